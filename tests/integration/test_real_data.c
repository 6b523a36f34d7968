/* Tickets of a real service desk and failures of real machines that had nothing to do with it: whatever the search for
 * links finds between the two is a false discovery. The failures are years older, so besides as they are they are moved
 * by whole weeks (hours and days of the week stay) to lie in the tickets' time, each time another part of them.
 *
 * The data is not part of the project: TOIL_TEST_DATA names the folder that holds real/, else ../shared/data. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_cli.h"
#include "toilmeter/buf.h"

enum { SYSTEMS = 24 };
#define TICKETS  "real/servicenow-tickets.jsonl.gz"
#define RESTARTS "real/lanl-restarts.jsonl.gz"
/* The tickets' time. */
#define FROM "2016-02-29"
#define TO   "2016-06-01"

/* Owned by the caller; skips the test where the file is absent. */
static char *data_path(const char *name)
{
    const char *folder = getenv("TOIL_TEST_DATA");
    char *path = toil_xasprintf("%s/%s", folder ? folder : "../shared/data", name);
    FILE *file = fopen(path, "rb");
    if (!file)
        cr_skip_test("%s is absent: TOIL_TEST_DATA names the folder that holds it", path);
    cr_assert_eq(fclose(file), 0);
    return path;
}

static void import_file(const char *path, long long least)
{
    char *line = toil_xasprintf("--quiet import --key-file @/people.key %s", path);
    EXPECT_RUN(line, 0);
    free(line);
    cr_assert_geq(cli_count("select sum(stored) from toilmeter.intake"), least);
}

static void set_up(void)
{
    char *tickets = data_path(TICKETS), *restarts = data_path(RESTARTS);
    cli_set_up();
    EXPECT_RUN("--quiet migrate", 0);
    struct toil_buf catalog = TOIL_BUF_INIT;
    toil_buf_add_text(&catalog, "zone: America/Denver\nteams:\n  - {name: operators, zone: America/Denver}\n"
                                "components:\n");
    for (int i = 2; i <= SYSTEMS; i++)
        toil_buf_printf(&catalog, "  - {name: system-%d, team: operators, match: [system-%d]}\n", i, i);
    cli_write_text("catalog.yaml", catalog.data);
    toil_buf_release(&catalog);
    EXPECT_RUN("--quiet catalog apply @/catalog.yaml", 0);
    cli_shell("head -c 32 /dev/zero | od -A n -v -t x1 | tr -d ' \\n' >people.key; chmod 600 people.key");
    import_file(tickets, 119000);
    import_file(restarts, 119000 + 23000);
    pg_run(pg_conninfo(cli_server), "create table moved as select * from toilmeter.service_restart");
    free(tickets);
    free(restarts);
}

TestSuite(real_data, .init = set_up, .fini = cli_tear_down, .timeout = 300);

#define LAST "run_id = (select max(run_id) from toilmeter.run)"

/* What is established, with its evidence, a line each; owned by the caller. */
static char *established(void)
{
    return pg_rows(pg_conninfo(cli_server),
                   "select component, topic, events, tickets, attributed, attributed_low, attributed_high, q, why from "
                   "toilmeter.run_link where " LAST " and verdict = 'established' order by 1, 3");
}

static void expect_nothing(const char *what)
{
    char *found = established();
    cr_expect_str_eq(found, "", "%s: %s", what, found);
    free(found);
    cr_expect_eq(cli_count("select count(*) from toilmeter.run_ticket_share where " LAST " and how = 'hidden'"), 0);
    EXPECT_RUN("report links", 0);
    EXPECT_RUN("report tickets", 0);
    EXPECT_SAID(out, "No hidden tickets: no link is established.");
}

/* As they are, no failure is near a ticket: there is nothing to test, and the report says so. */
Test(real_data, years_apart_nothing_is_tested)
{
    EXPECT_RUN("--quiet analyze", 0);
    expect_nothing("as they are");
    cr_expect_eq(cli_count("select count(*) from toilmeter.run_ticket where " LAST), 20769);
    EXPECT_RUN("report links", 0);
    EXPECT_SAID(out, "The data establish no link yet");
}

Test(real_data, in_the_same_weeks_nothing_is_established)
{
    /* Weeks from the failures' time to the tickets': parts of 1998 (most of all systems) to 2005. */
    static const int weeks[] = {550, 580, 610, 640, 670, 700, 730, 760, 790, 820, 850, 880, 910, 930};
    long long tested = 0;
    pg_run(pg_conninfo(cli_server),
           "select toilmeter.ensure_month('service_restart', m::date) from generate_series(date "
           "'2016-02-01', '2016-06-01', interval '1 month') m");
    for (size_t i = 0; i < sizeof weeks / sizeof *weeks; i++) {
        char *sql =
            toil_xasprintf("delete from toilmeter.service_restart; insert into toilmeter.service_restart select "
                           "(jsonb_populate_record(r, jsonb_build_object('at', r.at + interval '7 days' * %d, "
                           "'ended_at', r.ended_at + interval '7 days' * %d))).* from moved r where r.at + "
                           "interval '7 days' * %d >= '" FROM "' and r.at + interval '7 days' * %d < '" TO "'",
                           weeks[i], weeks[i], weeks[i], weeks[i]);
        char *what = toil_xasprintf("moved by %d weeks", weeks[i]);
        pg_run(pg_conninfo(cli_server), sql);
        EXPECT_RUN("--quiet analyze --from " FROM " --to " TO, 0);
        expect_nothing(what);
        long long pairs = cli_count("select count(*) from toilmeter.run_link where " LAST);
        cr_expect_gt(pairs, 50, "%s: %lld pairs tested", what, pairs);
        EXPECT_RUN("report links", 0);
        EXPECT_SAID(out, "The data establish no link yet");
        tested += pairs;
        free(sql);
        free(what);
    }
    cr_expect_gt(tested, 1000);
}
