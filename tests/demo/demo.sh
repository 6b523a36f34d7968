#!/usr/bin/env bash
# A year of a plausible company through a broker into PostgreSQL, and out as reports that are compared with what was
# planted. Reports go to stdout, the same for the same seed; everything else to stderr.
#
#   demo.sh run    generates, collects (one of two collectors is killed on the way), analyses, compares, cleans up
#   demo.sh up     the same, and leaves the database up; BUILD/demo/env sets PG* variables
#   demo.sh down   stops what `up` left
#
# BUILD names the build folder, SEED the company (1), BROKER=kafka or mock the broker; GENERATE adds options of
# `toilmeter generate`. Everything it makes is in BUILD/demo, but for the database's files: as root those belong to the
# user postgres, who need not be able to reach this folder, so they lie below /tmp.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

BUILD=${BUILD:-build}
SEED=${SEED:-1}
work=$PWD/$BUILD/demo
data=$work/data
logs=$work/logs
reports=$work/reports
pages=$work/pages
toilmeter=$PWD/$BUILD/toilmeter
collectors=()
broker=
analysed=no

say() {
    printf '%4ds  %s\n' "$SECONDS" "$*" >&2
}

die() {
    echo "demo: $*" >&2
    exit "${2:-1}"
}

# Stops the database that an earlier run left up.
down() {
    [ -L "$work/postgres" ] || return 0
    local folder
    folder=$(readlink "$work/postgres")
    tests/support/postgres.sh stop "$folder" >&2 || true
    rm -rf "$folder"
    rm -f "$work/postgres" "$work/env"
}

cleanup() {
    local status=$? pid
    trap - EXIT
    for pid in "${collectors[@]}"; do
        kill -TERM "$pid" 2>/dev/null || true
    done
    for pid in "${collectors[@]}"; do
        wait "$pid" 2>/dev/null || true
    done
    [ -z "$broker" ] || tests/support/broker.sh stop "$broker" >&2 || true
    rm -rf "$broker"
    if [ "$keep" = no ] || [ "$analysed" = no ]; then
        down
    fi
    exit "$status"
}

build() {
    tools/install_deps.sh build test --optional kafka >&2
    make --no-print-directory -s -j"$(nproc)" BUILD="$BUILD" all tools >&2
}

start_database() {
    local folder
    folder=$(mktemp -d /tmp/toilmeter-demo.XXXXXX)
    ln -s "$folder" "$work/postgres"
    [ "$keep" = yes ] || export POSTGRES_OWNER=$$
    tests/support/postgres.sh start "$folder" >"$logs/postgres" 2>&1 || {
        cat "$logs/postgres" >&2
        die "PostgreSQL did not start" 3
    }
    cat >"$work/env" <<ENV
export PGHOST=$folder PGPORT=$(cat "$folder/port") PGUSER=postgres PGDATABASE=toilmeter
export PATH=$PWD/$BUILD:\$PATH
ENV
    # shellcheck disable=SC1091 # written above
    . "$work/env"
    psql -X -q -d postgres -c 'create database toilmeter'
}

start_broker() {
    local answer
    broker=$work/broker
    answer=$(KAFKA_OWNER=$$ tests/support/broker.sh start "$broker") || die "no broker" 3
    bootstrap=$(tail -n 1 <<<"$answer")
    if [ -p "$broker/control" ]; then
        export TOIL_BROKER_CONTROL=$broker/control
    fi
    head -n 1 <<<"$answer"
}

generate() {
    read -ra more <<<"${GENERATE:-}"
    "$toilmeter" --quiet generate --out "$data" --seed "$SEED" "${more[@]}"
    produced=$(jq .messages.produced "$data/truth.json")
}

# Six partitions, or as many as keep each below 2 MB, since the in-process cluster drops what is over 5.
produce() {
    local file topic partitions
    for file in "$data"/*.jsonl; do
        topic=$(basename "$file" .jsonl)
        partitions=$(($(stat -c %s "$file") / 2000000 + 1))
        [ "$partitions" -ge 6 ] || partitions=6
        "$BUILD/tools/toil-produce" --bootstrap "$bootstrap" --create --partitions "$partitions" --verify-count \
            --key-field id --timestamps "$data/$topic.arrivals" --topic "$topic" "$file"
    done >"$logs/produced" || die "producing failed" 3
    delivered=$(awk '{n += $2} END {print n}' "$logs/produced")
}

# Starts collector NUMBER; its pid goes to collectors[NUMBER].
collect() {
    "$PWD/$BUILD/toilmeterd" --config "$data/toilmeterd.yaml" --until-end >>"$logs/toilmeterd-$1.out" \
        2>>"$logs/toilmeterd-$1.log" &
    collectors[$1]=$!
}

behind() {
    psql -X -A -t -q -f tests/demo/progress.sql
}

# Two collectors; the first is killed when a quarter is behind them, and started again.
run_collectors() {
    local done_at_kill again
    export TOILMETER_KAFKA__BOOTSTRAP_SERVERS=$bootstrap TOILMETER_PEOPLE__KEY_FILE=$data/people.key
    collect 0
    collect 1
    until [ "$(behind)" -ge $((produced / 4)) ]; do
        kill -0 "${collectors[0]}" 2>/dev/null || die "a collector ended too early: $(tail -n 1 "$logs/toilmeterd-0.log")" 3
        sleep 0.05
    done
    kill -KILL "${collectors[0]}" 2>/dev/null || die "the collectors were done before one could be killed"
    wait "${collectors[0]}" 2>/dev/null || true
    done_at_kill=$(behind)
    [ "$done_at_kill" -lt "$produced" ] || die "the collectors were done before one could be killed"
    say "killed a collector with -9 when $done_at_kill of $produced messages were read, and started it again"
    collect 0
    ended 0
    ended 1
    # Until its session is over, the one that was killed may still own partitions, and nobody waits for those: a
    # collector is done when all that was assigned to it is read. One more sees to the rest.
    for again in 1 2 3; do
        [ "$(behind)" -lt "$produced" ] || break
        say "reading on: $(behind) of $produced messages were read (run $again)"
        sleep 5
        collect 0
        ended 0
    done
    collectors=()
}

# Waits for collector NUMBER, which must end well.
ended() {
    local status=0
    wait "${collectors[$1]}" || status=$?
    [ $status -eq 0 ] || {
        tail -n 5 "$logs/toilmeterd-$1.log" >&2
        die "collector $1 ended with status $status" 3
    }
}

# The end of the year by the catalog's calendar; the run covers what was generated, whenever it is made.
analyse() {
    local start days
    start=$(jq -r .start "$data/truth.json")
    days=$(jq .days "$data/truth.json")
    run=$("$toilmeter" --quiet analyze --from "$start" --to "$(date -u -d "$start + $days days" +%F)" --seed "$SEED" |
        grep -oE '[0-9]+' | head -n 1)
    "$toilmeter" report hours --run "$run" --format json >"$reports/hours.json"
    "$toilmeter" report hours --run "$run" --by sprint --format json >"$reports/hours-by-sprint.json"
    "$toilmeter" report tickets --run "$run" --format json >"$reports/tickets.json"
    "$toilmeter" report links --run "$run" --format json >"$reports/links.json"
}

# Status 1 is an answer: "not established".
answered() {
    local status=0
    "$@" || status=$?
    [ $status -le 1 ]
}

show() {
    answered "$toilmeter" report "$@" --run "$run" | tee "$reports/$1.txt"
    echo
}

# What the reports say in their first sentence, what somebody plans with first.
summary() {
    local report
    while read -r report; do
        # shellcheck disable=SC2086 # a report's words
        answered "$toilmeter" report $report --run "$run" --format json | jq -r .answer | fold -s -w 79 | sed 's/ *$//'
        echo
    done <<'REPORTS'
impact TD-1
rank
saved TD-3
saved TD-4
hours
tickets
links
trend
REPORTS
}

# Every report as a page, with an index.
write_pages() {
    local name item items text names=(hours tickets links trend rank matrix strategy budget funnel)
    items=$(jq -r '.stories | keys[]' "$data/truth.json")
    rm -rf "$pages"
    mkdir -p "$pages"
    for name in "${names[@]}"; do
        answered "$toilmeter" report "$name" --run "$run" --format html --output "$pages/$name.html"
    done
    for item in $items; do
        answered "$toilmeter" report impact "$item" --run "$run" --format html --output "$pages/impact-$item.html"
        answered "$toilmeter" report saved "$item" --run "$run" --format html --output "$pages/saved-$item.html"
        answered "$toilmeter" plan "$item" --run "$run" --format html --output "$pages/plan-$item.html"
        answered "$toilmeter" writeup "$item" --run "$run" --format html --output "$pages/writeup-$item.html"
    done
    {
        echo '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        echo '<meta name="viewport" content="width=device-width,initial-scale=1"><title>toilmeter: the demo</title>'
        echo '<style>:root{color-scheme:light dark}body{font:16px/1.6 system-ui,sans-serif;max-width:48rem;margin:2rem auto;'
        echo 'padding:0 1rem;background:Canvas;color:CanvasText}h2{font-size:1.1rem;margin:1.5rem 0 0}</style></head>'
        echo '<body><main><h1>Reports of the demo</h1><ul>'
        for name in "${names[@]}"; do
            echo "<li><a href=\"$name.html\">$(question "$pages/$name.html")</a></li>"
        done
        echo '</ul>'
        for item in $items; do
            echo "<h2>$(question "$pages/writeup-$item.html")</h2><ul>"
            for name in writeup impact plan saved; do
                text=$(question "$pages/$name-$item.html")
                [ "$name" != writeup ] || text='For the backlog'
                echo "<li><a href=\"$name-$item.html\">$text</a></li>"
            done
            echo '</ul>'
        done
        echo '</main></body></html>'
    } >"$pages/index.html"
}

# A page's heading, as HTML.
question() {
    sed -nE 's|.*<h1>(.*)</h1>.*|\1|p' "$1" | head -n 1
}

# Compares counts and keys with the truth; each number printed comes from the database, the broker or the comparison.
compare_events() {
    local counts stored duplicates quarantined lost=0 strange=0 wrong=0
    counts=$(psql -X -A -t -q -f tests/demo/counts.sql)
    stored=$(jq '([.kinds[]] | add) + .endings' <<<"$counts")
    duplicates=$(jq .duplicates <<<"$counts")
    quarantined=$(jq '[.quarantined[]] | add // 0' <<<"$counts")
    psql -X -q -f tests/demo/keys.sql | LC_ALL=C sort >"$work/keys.found"
    LC_ALL=C sort "$data/keys.tsv" >"$work/keys.planted"
    lost=$(LC_ALL=C comm -23 "$work/keys.planted" "$work/keys.found" | wc -l)
    strange=$(LC_ALL=C comm -13 "$work/keys.planted" "$work/keys.found" | wc -l)
    jq -e -n --argjson db "$counts" --slurpfile truth "$data/truth.json" --argjson delivered "$delivered" '
        $truth[0] as $t |
        {produced: [$delivered, $t.messages.produced], received: [$db.received, $t.messages.produced],
         offsets: [$db.offsets, $t.messages.produced], gaps: [$db.gaps, 0],
         duplicates: [$db.duplicates, $t.messages.duplicates],
         quarantined: [$db.quarantined, $t.quarantined],
         kinds: [$db.kinds, ($t.kinds | map_values(.unique))],
         endings: [$db.endings, ([$t.kinds[].endings] | add)]} |
        to_entries | map(select(.value[0] != .value[1])) |
        if . == [] then empty else (.[] | "differs: \(.key): found \(.value[0]), planted \(.value[1])") end' -r \
        >"$work/differences" || true
    if [ -s "$work/differences" ] || [ "$strange" -ne 0 ] || [ "$lost" -ne 0 ]; then
        cat "$work/differences"
        [ "$strange" -eq 0 ] || echo "stored but never planted: $strange"
        wrong=1
    fi
    echo "exactly once: $delivered produced, $stored stored, $duplicates duplicates sent and refused," \
        "$quarantined quarantined as planted, $lost lost"
    return $wrong
}

# A link that was planted within one scope: its tickets lie there. A few of others follow by chance.
compare_scopes() {
    local component scope tickets
    component=$(jq -r '.links[] | select(.scope != "") | .failures[0]' "$data/truth.json")
    scope=$(jq -r '.links[] | select(.scope != "") | .scope' "$data/truth.json")
    tickets=$(psql -X -A -t -q -v run="$run" -v component="$component" -f tests/demo/scopes.sql)
    jq -r --arg component "$component" --arg scope "$scope" '(.[$scope] // 0) as $inside | (add // 0) as $all |
        "only within its region: \($inside * 10 | round / 10) of the \($all * 10 | round / 10) hidden tickets of " +
        "\($component) are of \($scope)"' <<<"$tickets"
    jq -e --arg scope "$scope" '(.[$scope] // 0) > 0 and .[$scope] >= 0.95 * add' >/dev/null <<<"$tickets"
}

run() {
    local wrong=0
    mkdir -p "$work"
    down
    trap cleanup EXIT
    trap 'exit 130' INT TERM
    build
    rm -rf "$data" "$logs" "$reports"
    mkdir -p "$data" "$logs" "$reports"
    SECONDS=0
    start_broker
    start_database
    say "broker at $bootstrap, database in $PGHOST"
    generate
    "$toilmeter" --quiet migrate >&2
    "$toilmeter" --quiet catalog apply "$data/catalog.yaml" >"$logs/catalog"
    produce
    say "$delivered messages produced"
    run_collectors
    say "collected"
    analyse
    analysed=yes
    say "analysed"
    summary
    show hours
    show links
    show tickets
    show trend --top 8
    show rank
    show impact TD-1
    show saved TD-4
    show funnel
    "$toilmeter" generate --check "$data" --hours "$reports/hours.json" --sprints "$reports/hours-by-sprint.json" \
        --links "$reports/links.json" --tickets "$reports/tickets.json" || wrong=1
    compare_scopes || wrong=1
    TOILMETER=$toilmeter tests/demo/stories.sh "$run" "$data/truth.json" "$reports" || wrong=1
    compare_events || wrong=1
    echo
    answered "$toilmeter" writeup TD-1 --run "$run" | tee "$reports/writeup.md"
    write_pages
    say "done"
    say "every report as a page: $pages/index.html"
    [ $wrong -eq 0 ] || die "what came out is not what was planted; see $work"
    if [ "$keep" = yes ]; then
        echo "the database is up: . $BUILD/demo/env, then psql or toilmeter report hours --by sprint;" \
            "make demo-down stops it" >&2
    fi
}

keep=no
case ${1:-} in
run) run ;;
up)
    keep=yes
    run
    ;;
down) down ;;
*) die "usage: demo.sh run|up|down" 2 ;;
esac
