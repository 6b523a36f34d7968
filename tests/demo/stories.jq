# Compares reports about the catalog's items with what the generator planted. Input: {truth, trend, impact: {ITEM: report}, saved:
# {ITEM: report}}. Output: a line for each story, "right" or "WRONG" first; what was planted lies in the interval reported.

def inside($estimate; $truth): $estimate.low != null and $estimate.low <= $truth and $truth <= $estimate.high;
def shown($estimate; $digits): pow(10; $digits) as $p |
    "\(($estimate.value // 0) * $p | round / $p) (\(($estimate.low // 0) * $p | round / $p) to \(($estimate.high // 0) * $p | round / $p))";
def story($name; $right; $text): "\(if $right then "right" else "WRONG" end)  \($name)  \($text)";
def trend($component; $measure): first(.trend.rows[] | select(.component == $component and .measure == $measure)) // {};

. as $all | .truth as $truth | .truth.stories as $stories |

(.impact["TD-1"].rows[0] as $row | first($row.hours_by_kind[] | select(.kind == "queue_rebalance")).hours as $hours |
    ($stories["TD-1"].csat_touched - $stories["TD-1"].csat_rest) as $csat |
    story("TD-1"; inside($hours; $stories["TD-1"].hours_per_sprint) and inside($row.csat; $csat) and $row.payback.value != null;
        "hours a sprint by hand: planted \($stories["TD-1"].hours_per_sprint), reported \(shown($hours; 1)); satisfaction: " +
        "planted \($csat * 1000 | round / 1000), reported \(shown($row.csat; 3)); pays back after " +
        "\(shown($row.payback; 0)) weeks")),

([$stories["TD-2"].grows[] as $component | $truth.growth_per_month[$component] as $planted |
    ($all | trend($component; "metric:\($planted.metric)")).doubling_months as $doubling |
    {right: inside($doubling; $planted.doubling_months),
     text: "\($component): planted \($planted.doubling_months * 10 | round / 10), reported \(shown($doubling; 1))"}] |
    # Three intervals at 95% all hold on six of seven companies only: one may miss.
    story("TD-2"; ([.[] | select(.right)] | length) >= 2; "months to double: " + ([.[].text] | join("; ")))),

(("TD-3", "TD-4") as $item | .saved[$item].rows[0] as $row | $stories[$item].change as $change |
    story($item; inside($row.delivered; $change) and $row.verdict == "saved";
        "\($row.measure): planted \($change), reported \(shown($row.delivered; 2)): \($row.verdict)")),

(trend("orders-db"; "metric:query_time").growth_per_month as $query | trend("orders-db"; "tickets").growth_per_month as $tickets |
    story("TD-5"; inside($query; $stories["TD-5"].query_time_growth_per_month) and
        inside($tickets; $stories["TD-5"].tickets_growth_per_month);
        "growth a month: planted \($stories["TD-5"].query_time_growth_per_month), query time \(shown($query; 3)), tickets \(shown($tickets; 3))")),

(.impact["TD-6"] as $report | story("TD-6"; ($report.answer | startswith("Not established")) and $report.rows[0].cost_of_delay.value == null;
    $report.answer)),

([.saved | to_entries[] | select(.key != "TD-3" and .key != "TD-4") | select(.value.rows[0].verdict == "saved") | .key] |
    story("none"; . == []; if . == [] then "no saving is claimed where none was planted" else "claimed: \(join(", "))" end))
