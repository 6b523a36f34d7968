/* Nobody is ranked, and a team of fewer than three is not broken down by what tells of one person: who is counted,
 * which cells are withheld, that no total gives them away, and that no output of any command holds a pseudonym. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_cli.h"
#include "toilmeter/buf.h"

static const char catalog[] = "zone: UTC\n"
                              "teams: [{name: alone}, {name: crowd}, {name: pair}, {name: trio}]\n"
                              "components:\n"
                              "  - {name: a, team: alone, match: [a]}\n"
                              "  - {name: c, team: crowd, match: [c]}\n"
                              "  - {name: p, team: pair, match: [p]}\n"
                              "  - {name: t, team: trio, match: [t]}\n";

/* One person's fortnight from a Monday: toil in the morning, two hours of it, an hour at night, and a feature. */
static void add_person(struct toil_buf *out, const char *actor, const char *component, const char *month)
{
    static const char *const what[][3] = {{"10", "12", "toil"}, {"23", "24", "toil"}, {"13", "16", "feature"}};
    for (int day = 5; day < 17; day++)
        for (size_t i = 0; i < sizeof what / sizeof *what; i++)
            toil_buf_printf(out,
                            "{\"kind\": \"work_log\", \"id\": \"%s-%s-%d-%zu\", \"version\": 1, "
                            "\"at\": \"2026-%s-%02dT%s:00:00Z\", \"ended_at\": \"2026-%s-%02dT%s:59:00Z\", "
                            "\"actor\": \"%s\", \"component\": \"%s\", \"activity\": \"%s\"}\n",
                            component, actor, day, i, month, day, what[i][0], month, day,
                            i == 1 ? what[i][0] : what[i][1], actor, component, what[i][2]);
}

static void import(const char *file, struct toil_buf *lines)
{
    cli_write_text(file, lines->data);
    char *line = toil_xasprintf("--quiet import --key-file @/people.key @/%s", file);
    EXPECT_RUN(line, 0);
    free(line);
    toil_buf_release(lines);
}

/* Run 1: in January one person of `alone`, three of `trio`, four of `crowd`. Run 2: in May also two of `pair`, beside
 * them a robot and somebody whom nobody knows. */
static void set_up(void)
{
    static const char *const january[][2] = {{"ann", "a"}, {"bob", "t"}, {"cy", "t"},  {"di", "t"},
                                             {"ed", "c"},  {"flo", "c"}, {"gus", "c"}, {"hal", "c"}};
    struct toil_buf first = TOIL_BUF_INIT, second = TOIL_BUF_INIT;
    cli_set_up();
    EXPECT_RUN("--quiet migrate", 0);
    cli_write_text("catalog.yaml", catalog);
    EXPECT_RUN("--quiet catalog apply @/catalog.yaml", 0);
    for (size_t i = 0; i < sizeof january / sizeof *january; i++)
        add_person(&first, january[i][0], january[i][1], "01");
    import("first.jsonl", &first);
    EXPECT_RUN("--quiet analyze", 0);
    add_person(&second, "ida", "p", "05");
    add_person(&second, "jo", "p", "05");
    toil_buf_add_text(
        &second, "{\"kind\": \"work_log\", \"id\": \"r\", \"version\": 1, \"at\": \"2026-05-06T09:00:00Z\", \"actor\": "
                 "\"robot\", \"automatic\": true, \"manual_minutes\": 30, \"component\": \"p\"}\n"
                 "{\"kind\": \"work_log\", \"id\": \"u\", \"version\": 1, \"at\": \"2026-05-06T09:00:00Z\", "
                 "\"manual_minutes\": 30, \"component\": \"p\"}\n");
    import("second.jsonl", &second);
    EXPECT_RUN("--quiet analyze", 0);
}

TestSuite(small_teams, .init = set_up, .fini = cli_tear_down, .timeout = 300);

static cJSON *json(const char *line)
{
    char *whole = toil_xasprintf("%s --format json", line);
    EXPECT_RUN(whole, 0);
    cJSON *root = cJSON_Parse(cli_said.out);
    cr_assert_not_null(root, "%s: %s", line, cli_said.out);
    free(whole);
    return root;
}

/* The row whose `key` is `value`. Aborts the test when there is none. */
static const cJSON *row_of(const cJSON *root, const char *key, const char *value)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(root, "rows"))
    {
        const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(row, key));
        if (text && strcmp(text, value) == 0)
            return row;
    }
    cr_assert(false, "no row with %s = %s", key, value);
    return NULL;
}

static void expect_times(const cJSON *root, const char *component, bool told, const char *why)
{
    static const char *const keys[] = {"working", "evening", "night"};
    const cJSON *row = row_of(root, "component", component);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        cr_expect_eq(!cJSON_IsNull(cJSON_GetObjectItem(row, keys[i])), told, "%s of %s", keys[i], component);
    cr_expect_gt(cJSON_GetNumberValue(cJSON_GetObjectItem(cJSON_GetObjectItem(row, "hours"), "value")), 1,
                 "hours of a component are always told");
    const char *says = cJSON_GetStringValue(cJSON_GetObjectItem(row, "why"));
    cr_expect(told ? says == NULL : says && strstr(says, why) != NULL, "%s: %s", component, says ? says : "null");
}

static void expect_note(const cJSON *root, const char *text, bool there)
{
    char *notes = cJSON_PrintUnformatted(cJSON_GetObjectItem(root, "notes"));
    cr_expect_eq(strstr(notes, text) != NULL, there, "\"%s\" in %s", text, notes);
    free(notes);
}

Test(small_teams, persons_are_counted_once_and_fewer_than_three_never)
{
    char *rows = pg_rows(pg_conninfo(cli_server),
                         "select run_id, team, coalesce(people::text, 'few') from toilmeter.run_team order by 1, 2");
    cr_expect_str_eq(rows, "1|alone|few\n1|crowd|4\n1|trio|3\n2|alone|few\n2|crowd|4\n2|pair|few\n2|trio|3\n");
    free(rows);
    char *failed = pg_try(pg_conninfo(cli_server), "insert into toilmeter.run_team values (9, 'alone', 1)");
    cr_expect_not_null(failed, "a count below three can be kept");
    free(failed);
}

Test(small_teams, hours_of_one_small_team_are_no_total_less_the_others)
{
    cJSON *root = json("report hours --run 1");
    expect_times(root, "a", false, "fewer than three people");
    expect_times(root, "t", false, "with a smaller team's");
    expect_times(root, "c", true, NULL);
    expect_times(root, "(total)", true, NULL);
    expect_note(root, "would be a person's day", true);
    expect_note(root, "Logged work of other kinds is not told", true);
    expect_note(root, "feature", false);
    cJSON_Delete(root);
    static const char *const parts[] = {"report hours --run 1 --team alone", "report hours --run 1 --component a"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        root = json(parts[i]);
        expect_times(root, "a", false, "fewer than three people");
        expect_times(root, "(total)", false, "fewer than three people");
        expect_note(root, "feature", false);
        cJSON_Delete(root);
    }
}

Test(small_teams, hours_of_two_small_teams_hide_in_the_total)
{
    cJSON *root = json("report hours --run 2");
    expect_times(root, "a", false, "fewer than three people");
    expect_times(root, "p", false, "fewer than three people");
    expect_times(root, "t", true, NULL);
    expect_times(root, "(total)", true, NULL);
    expect_note(root, "feature", true);
    cJSON_Delete(root);
    root = json("report hours --run 2 --from 2026-05-01"); /* one of the two alone: its total is its own */
    expect_times(root, "p", false, "fewer than three people");
    expect_times(root, "(total)", false, "fewer than three people");
    cJSON_Delete(root);
}

/* Text shows what each month comes to: in May that is one small team alone. */
Test(small_teams, no_total_of_a_period_tells_either)
{
    EXPECT_RUN("report hours --run 2 --by month --width 220", 0);
    EXPECT_SAID(out, "(all of it)");
    for (const char *line = cli_said.out; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        const char *end = strchr(line, '\n'), *found = strstr(line, "(all of it)");
        if (found && end && found < end)
            cr_expect(memmem(line, (size_t)(end - line), "–", strlen("–")) != NULL, "%.*s", (int)(end - line), line);
    }
}

Test(small_teams, budget_judges_no_person)
{
    cJSON *root = json("report budget --run 2");
    static const char *const keys[] = {"known_hours", "toil_share"};
    static const char *const few[] = {"alone", "pair"}, *const enough[] = {"crowd", "trio"};
    for (size_t i = 0; i < 2; i++) {
        const cJSON *row = row_of(root, "team", few[i]), *told = row_of(root, "team", enough[i]);
        const cJSON *share = cJSON_GetObjectItem(row, keys[1]);
        cr_expect(cJSON_IsNull(cJSON_GetObjectItem(row, keys[0])) && cJSON_IsNull(cJSON_GetObjectItem(share, "value")));
        cr_expect(!cJSON_IsNumber(cJSON_GetObjectItem(share, "low")) &&
                  !cJSON_IsNumber(cJSON_GetObjectItem(share, "high")));
        cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(share, "why")), "fewer than three people");
        cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(row, "verdict")), "withheld");
        cr_expect(cJSON_IsNumber(cJSON_GetObjectItem(told, keys[0])));
        cr_expect(cJSON_IsNumber(cJSON_GetObjectItem(cJSON_GetObjectItem(told, keys[1]), "value")));
    }
    cr_expect_not_null(strstr(cJSON_GetStringValue(cJSON_GetObjectItem(root, "answer")), "of 2 it is withheld"));
    cJSON_Delete(root);
    EXPECT_RUN("report budget --run 2 --format html", 0);
    char *chart = strstr(cli_said.out, "<svg"), *end = chart ? strstr(chart, "</svg>") : NULL;
    cr_assert(chart && end, "no chart");
    cr_expect_not_null(memmem(chart, (size_t)(end - chart), "crowd", 5));
    cr_expect_null(memmem(chart, (size_t)(end - chart), "alone", 5));
}

Test(small_teams, a_team_of_whose_people_nobody_knows_tells_all_and_says_so)
{
    struct toil_buf lines = TOIL_BUF_INIT, all = TOIL_BUF_INIT;
    const char *end = strchr(strstr(catalog, "teams:"), ']');
    toil_buf_printf(&all, "%.*s, {name: nameless}%s  - {name: n, team: nameless, match: [n]}\n", (int)(end - catalog),
                    catalog, end);
    cli_write_text("nameless.yaml", all.data);
    toil_buf_release(&all);
    EXPECT_RUN("--quiet catalog apply @/nameless.yaml", 0);
    toil_buf_add_text(&lines,
                      "{\"kind\": \"work_log\", \"id\": \"n\", \"version\": 1, \"at\": \"2026-05-06T09:00:00Z\", "
                      "\"manual_minutes\": 90, \"activity\": \"toil\", \"component\": \"n\"}\n");
    import("nameless.jsonl", &lines);
    EXPECT_RUN("--quiet analyze", 0);
    cr_expect_eq(cli_count("select count(*) from toilmeter.run_team where run_id = 3 and team = 'nameless'"), 0);
    cJSON *root = json("report hours --run 3");
    expect_times(root, "n", true, NULL);
    expect_note(root, "its events name nobody", true);
    cJSON_Delete(root);
}

Test(small_teams, runs_of_before_tell_all_and_say_so)
{
    pg_run(pg_conninfo(cli_server), "delete from toilmeter.run_team where run_id = 2");
    cJSON *root = json("report hours --run 2");
    expect_times(root, "a", true, NULL);
    expect_note(root, "before they were counted", true);
    cJSON_Delete(root);
    root = json("report budget --run 2");
    expect_note(root, "before they were counted", true);
    cr_expect(cJSON_IsNumber(cJSON_GetObjectItem(row_of(root, "team", "alone"), "known_hours")));
    cJSON_Delete(root);
}

/* ---- no person anywhere ---- */

static void expect_no_person(const char *line, const regex_t *pseudonym)
{
    regmatch_t at;
    cr_assert_lt(cli_run(line), 2, "toilmeter %s: %s", line, cli_said.err);
    cr_expect_gt(strlen(cli_said.out), 0, "toilmeter %s", line);
    const char *const said[] = {cli_said.out, cli_said.err};
    for (size_t i = 0; i < 2; i++)
        cr_expect_neq(regexec(pseudonym, said[i], 1, &at, 0), 0, "toilmeter %s: %.41s", line, said[i] + at.rm_so);
}

/* A ticket, asked for by its id, tells which customer's it is, by its pseudonym. A text for the backlog has no
 * such formats as text and csv. */
static bool is_excused(const char *line, const char *format)
{
    bool no_format = strcmp(format, "csv") == 0 || strcmp(format, "text") == 0;
    return strncmp(line, "show ticket ", 12) == 0 || (no_format && strncmp(line, "writeup ", 8) == 0);
}

static char *value(const char *sql)
{
    return pg_value(pg_conninfo(cli_server), sql);
}

Test(small_teams, no_output_holds_a_pseudonym)
{
    cli_import_company(84);
    EXPECT_RUN("--quiet analyze", 0);
    regex_t pseudonym;
    cr_assert_eq(regcomp(&pseudonym, "[0-9a-f]{8}:[0-9a-f]{32}", REG_EXTENDED), 0);
    char *actor = value("select actor from toilmeter.work_log where actor is not null limit 1");
    char *ticket =
        value("select id from toilmeter.run_ticket where run_id = 3 and customer is not null order by id limit 1");
    char *component =
        value("select component from toilmeter.run_hours where run_id = 3 and component !~ '[(|]' group by 1 "
              "order by sum(hours) desc limit 1");
    char *item = value("select name from (select id as name from toilmeter.item) i order by 1 limit 1");
    cr_assert_eq(regexec(&pseudonym, actor, 0, NULL, 0), 0, "%s is no pseudonym as the test looks for them", actor);
    const char *const lines[] = {"report funnel",
                                 "report hours",
                                 "report hours --by week",
                                 "report tickets",
                                 "report links",
                                 "report trend",
                                 "report rank",
                                 "report matrix",
                                 "report strategy",
                                 "report budget",
                                 "report budget --by month",
                                 "runs",
                                 "runs show 3",
                                 "runs diff 2 3"};
    const char *const about[][2] = {{"report impact", item}, {"report saved", item},        {"plan", item},
                                    {"show item", item},     {"show component", component}, {"show ticket", ticket},
                                    {"writeup", item}};
    static const char *const formats[] = {"json", "csv", "html", "text", "markdown"};
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
        for (size_t i = 0; i < sizeof lines / sizeof *lines + sizeof about / sizeof *about; i++) {
            size_t own = i - sizeof lines / sizeof *lines;
            char *line = i < sizeof lines / sizeof *lines
                             ? toil_xasprintf("%s --format %s", lines[i], formats[f])
                             : toil_xasprintf("%s %s --format %s", about[own][0], about[own][1], formats[f]);
            if (!is_excused(line, formats[f]))
                expect_no_person(line, &pseudonym);
            free(line);
        }
    }
    expect_no_person("doctor", &pseudonym);
    expect_no_person("doctor --format json", &pseudonym);
    regfree(&pseudonym);
    free(actor);
    free(ticket);
    free(component);
    free(item);
}

/* ---- the dashboard ---- */

static const char *share_query(const cJSON *root)
{
    const cJSON *panel, *target;
    const char *found = NULL;
    cJSON_ArrayForEach(panel, cJSON_GetObjectItem(root, "panels"))
    {
        cJSON_ArrayForEach(target, cJSON_GetObjectItem(panel, "targets"))
        {
            const char *sql = cJSON_GetStringValue(cJSON_GetObjectItem(target, "rawSql"));
            cr_expect(strstr(sql, "actor") == NULL && strstr(sql, "run_ticket ") == NULL, "%s", sql);
            static const char *const withheld[] = {"working", "evening", "night"};
            for (size_t i = 0; i < 3; i++)
                cr_expect_null(strstr(sql, withheld[i]), "%s", sql);
            found = strstr(sql, "run_team_week") ? sql : found;
        }
    }
    cr_assert_not_null(found, "no panel of teams");
    return found;
}

Test(small_teams, the_dashboard_shows_no_person_and_no_share_of_a_small_team)
{
    char *text = toil_file_text("deploy/grafana/toilmeter.json");
    cJSON *root = cJSON_Parse(text);
    const char *sql = share_query(root);
    struct toil_buf query = TOIL_BUF_INIT;
    toil_buf_add_text(&query, "select string_agg(distinct metric, ' ' order by metric) from (");
    for (const char *at = sql; *at; at++) {
        if (strncmp(at, "${run}", 6) == 0) {
            toil_buf_add_char(&query, '2');
            at += 5;
        } else if (strncmp(at, "$__timeFilter(week)", 19) == 0) {
            toil_buf_add_text(&query, "true");
            at += 18;
        } else {
            toil_buf_add_char(&query, *at);
        }
    }
    toil_buf_add_text(&query, ") q");
    char *teams = value(query.data);
    cr_expect_str_eq(teams, "crowd trio");
    free(teams);
    toil_buf_release(&query);
    cJSON_Delete(root);
    free(text);
}
