/* The dashboard of deploy/grafana, query by query, as a login that has the reader's rights and no others, on a database
 * with a run: each is understood, may be asked, and brings rows. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_cli.h"
#include "toilmeter/buf.h"

static char *viewer;

static void set_up(void)
{
    cli_set_up();
    EXPECT_RUN("--quiet migrate", 0);
    cli_import_company(56);
    EXPECT_RUN("--quiet analyze --label nightly", 0);
    /* What only the daemon writes. */
    pg_run(pg_conninfo(cli_server),
           "insert into toilmeter.kafka_offset (cluster, topic, partition, next_offset, end_offset, read_to) "
           "values ('production', 'desk.tickets', 0, 90, 100, now());"
           "insert into toilmeter.kafka_gap values ('production', 'desk.tickets', 0, 5, 7, 'retention');"
           "create role viewer login in role toilmeter_reader");
    viewer = toil_xasprintf("host=%s port=%d user=viewer dbname=postgres", cli_server->dir, cli_server->port);
}

static void tear_down(void)
{
    free(viewer);
    cli_tear_down();
}

TestSuite(grafana, .init = set_up, .fini = tear_down, .timeout = 180);

static cJSON *dashboard(void)
{
    char *text = toil_file_text("deploy/grafana/toilmeter.json");
    cJSON *root = cJSON_Parse(text);
    cr_assert_not_null(root, "deploy/grafana/toilmeter.json is no JSON");
    free(text);
    return root;
}

/* What Grafana makes of a query: $__timeFilter(X) bounds X, ${NAME} is the chosen value of a variable. */
static char *expand(const char *sql, const char *run)
{
    static const char filter[] = "$__timeFilter(", variable[] = "${run}";
    struct toil_buf out = TOIL_BUF_INIT;
    while (*sql) {
        if (strncmp(sql, filter, sizeof filter - 1) == 0) {
            sql += sizeof filter - 1;
            size_t len = strcspn(sql, ")");
            toil_buf_printf(&out, "%.*s between '2000-01-01T00:00:00Z' and '2100-01-01T00:00:00Z'", (int)len, sql);
            sql += len + 1;
        } else if (strncmp(sql, variable, sizeof variable - 1) == 0) {
            toil_buf_add_text(&out, run);
            sql += sizeof variable - 1;
        } else {
            cr_assert(*sql != '$', "neither a macro nor a variable that is known: %s", sql);
            toil_buf_add_char(&out, *sql++);
        }
    }
    return toil_buf_take(&out);
}

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    cr_assert_not_null(text, "\"%s\" is missing", key);
    return text;
}

/* One statement that only reads, as a text that holds the first row. */
static char *ask(const char *title, const char *sql)
{
    char *failed = pg_try(viewer, sql);
    cr_assert_null(failed, "%s: %s: %s", title, failed, sql);
    cr_assert(strncmp(sql, "select ", 7) == 0 || strncmp(sql, "with ", 5) == 0, "%s does not begin as a query", title);
    return pg_rows(viewer, sql);
}

Test(grafana, every_panel_has_rows_for_a_reader)
{
    cJSON *root = dashboard();
    const cJSON *panel, *target;
    char *run = pg_value(viewer, "select max(run_id) from toilmeter.run");
    size_t queries = 0;
    cJSON_ArrayForEach(panel, cJSON_GetObjectItemCaseSensitive(root, "panels"))
    {
        const char *title = text_of(panel, "title");
        cr_expect_gt(strlen(text_of(panel, "description")), 10, "%s is not described", title);
        cJSON_ArrayForEach(target, cJSON_GetObjectItemCaseSensitive(panel, "targets"))
        {
            char *sql = expand(text_of(target, "rawSql"), run), *rows = ask(title, sql);
            cr_expect_gt(strlen(rows), 0, "%s: no row", title);
            queries++;
            free(rows);
            free(sql);
        }
    }
    cr_expect_geq(queries, 9);
    free(run);
    cJSON_Delete(root);
}

Test(grafana, variables_offer_the_runs_and_every_panel_asks_the_chosen_database)
{
    cJSON *root = dashboard();
    const cJSON *variable, *panel;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(root, "templating"), "list");
    bool offered = false;
    cJSON_ArrayForEach(variable, list)
    {
        if (strcmp(text_of(variable, "name"), "run") != 0)
            continue;
        char *rows = ask("run", text_of(variable, "query"));
        cr_expect_str_eq(rows, "1 nightly|1\n");
        free(rows);
        offered = true;
    }
    cr_expect(offered);
    cJSON_ArrayForEach(panel, cJSON_GetObjectItemCaseSensitive(root, "panels"))
        cr_expect_str_eq(text_of(cJSON_GetObjectItemCaseSensitive(panel, "datasource"), "uid"), "${datasource}");
    cJSON_Delete(root);
}

/* The sums by period that the panel reads are those of the days that reports read. */
Test(grafana, hours_are_those_of_the_days_behind_them)
{
    cJSON *root = dashboard();
    const cJSON *panel;
    cJSON_ArrayForEach(panel, cJSON_GetObjectItemCaseSensitive(root, "panels"))
    {
        if (strcmp(text_of(panel, "title"), "Where the money goes") == 0)
            break;
    }
    cr_assert_not_null(panel);
    char *sql =
        expand(text_of(cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(panel, "targets"), 0), "rawSql"), "1");
    char *differing = toil_xasprintf(
        "select count(*) filter (where abs(p.hours - d.hours) <= 0.1) || ' of ' || count(*) || ' alike' from (%s) p "
        "left join (select component, sum(hours) as hours from toilmeter.run_hours where run_id = 1 and activity in "
        "('toil', 'incident') group by component) d using (component)",
        sql);
    char *alike = pg_value(viewer, differing);
    cr_expect_str_eq(alike, "15 of 15 alike");
    free(alike);
    free(differing);
    free(sql);
    cJSON_Delete(root);
}

Test(grafana, a_reader_may_not_see_messages_or_change_anything)
{
    static const char *const refused[] = {"select * from toilmeter.quarantine", "delete from toilmeter.run",
                                          "select * from toilmeter.people_key"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char *state = pg_try(viewer, refused[i]);
        cr_expect_str_eq(state ? state : "it did", "42501", "%s", refused[i]);
        free(state);
    }
}
