/* What is found of links stays: the same seed gives the same run to the last bit, in whatever order the events came in,
 * and a week more of data moves no old ticket's share by more than its interval. On some months of the demo's company.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_cli.h"
#include "toilmeter/buf.h"

/* Nine sprints from a Monday on. */
#define GENERATE  "--quiet generate --out @/data --days 126 --start 2026-01-05 --seed "
#define FROM      "2026-01-05"
#define WEEK_LESS "2026-05-04"
#define TO        "2026-05-11"

static void set_up(void)
{
    cli_set_up();
    EXPECT_RUN("--quiet migrate", 0);
    cli_shell("head -c 32 /dev/zero | od -A n -v -t x1 | tr -d ' \\n' >people.key; chmod 600 people.key");
}

TestSuite(links_stable, .init = set_up, .fini = cli_tear_down, .timeout = 300);

/* The generator plants lines that nobody can read; importing tells of them by its status. */
static void import_folder(const char *folder)
{
    static const char *const topics[][2] = {{"platform.restarts", "--kind service_restart"},
                                            {"platform.rebalances", "--kind queue_rebalance"},
                                            {"desk.tickets", "--kind support_ticket"},
                                            {"work.logs", "--kind work_log"},
                                            {"platform.events", ""}};
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        char *line = toil_xasprintf(
            "--quiet import --key-file @/people.key --robots ~^svc- --robots deploy-bot %s%s@/%s/%s.jsonl",
            topics[i][1], topics[i][1][0] ? " " : "", folder, topics[i][0]);
        int status = cli_run(line);
        cr_assert(status == 0 || status == 1, "%s: status %d\n%s", line, status, cli_said.err);
        free(line);
    }
    cr_assert_gt(cli_count("select count(*) from toilmeter.support_ticket"), 1000);
}

static void generate(const char *seed)
{
    char *line = toil_xasprintf(GENERATE "%s", seed);
    EXPECT_RUN(line, 0);
    free(line);
    EXPECT_RUN("--quiet catalog apply @/data/catalog.yaml", 0);
    import_folder("data");
}

static long long analyze(const char *from, const char *to)
{
    char *line = toil_xasprintf("--quiet analyze --from %s --to %s --seed 7", from, to);
    EXPECT_RUN(line, 0);
    free(line);
    return cli_count("select max(run_id) from toilmeter.run");
}

/* The funnel tells how many versions came after a higher one. */
#define TELLS_ORDER "of these older versions"

/* Tables of runs, a line each: how many rows a run has, and a digest of them without what names the run. */
static char *digests(long long run)
{
    struct toil_buf sql = TOIL_BUF_INIT;
    char *tables = pg_rows(pg_conninfo(cli_server),
                           "select table_name from information_schema.tables where table_schema = 'toilmeter' and "
                           "table_name ~ '^run(_|$)' order by 1");
    size_t count = 0;
    for (char *rest = tables, *name = strsep(&rest, "\n"); name && *name; name = strsep(&rest, "\n"), count++)
        toil_buf_printf(
            &sql,
            "%s select '%s', count(*), md5(string_agg(row, E'\\n' order by row)) from (select (to_jsonb(t) - "
            "'run_id' - 'analyzed_at')::text as row from toilmeter.%s t where run_id = %lld) r where row !~ "
            "'" TELLS_ORDER "'",
            count ? " union all" : "", name, name, run);
    free(tables);
    cr_assert_geq(count, 13);
    toil_buf_add_text(&sql, " order by 1");
    char *rows = pg_rows(pg_conninfo(cli_server), sql.data);
    toil_buf_release(&sql);
    return rows;
}

static void expect_same_run(const char *what, const char *one, const char *other)
{
    cr_assert_str_eq(one, other, "%s:\n%s\nbut\n%s", what, one, other);
}

Test(links_stable, same_seed_or_shuffled_input_same_rows)
{
    generate("3");
    long long run = analyze(FROM, TO);
    cr_assert_gt(cli_count("select count(*) from toilmeter.run_link where verdict = 'established'"), 3);
    char *first = digests(run), *again = digests(analyze(FROM, TO));
    expect_same_run("analysed again", first, again);
    /* Another seed draws other numbers, or the digests would not see them. */
    EXPECT_RUN("--quiet analyze --from " FROM " --to " TO " --seed 8", 0);
    char *other = digests(cli_count("select max(run_id) from toilmeter.run"));
    cr_assert_str_neq(first, other);
    cli_shell("mkdir shuffled && for file in data/*.jsonl; do shuf --random-source=data/work.logs.jsonl $file "
              ">shuffled/${file#data/}; done");
    pg_run(pg_conninfo(cli_server), "truncate toilmeter.service_restart, toilmeter.queue_rebalance, "
                                    "toilmeter.deployment, toilmeter.measurement, toilmeter.support_ticket, "
                                    "toilmeter.support_ticket_version, toilmeter.work_log, toilmeter.work_log_version, "
                                    "toilmeter.event_ending, toilmeter.quarantine, toilmeter.intake");
    import_folder("shuffled");
    char *shuffled = digests(analyze(FROM, TO));
    expect_same_run("imported in another order", first, shuffled);
    free(first);
    free(again);
    free(other);
    free(shuffled);
}

/* Hidden shares of two runs in tickets before the end of the first; an absent share is 0. One moved too far when
 * neither lies in the interval of the other. */
static void compare_shares(long long old, long long new)
{
    char *sql = toil_xasprintf(
        "create table compared as with old as (select * from toilmeter.run_ticket_share where run_id = %lld and how = "
        "'hidden'), new as (select s.* from toilmeter.run_ticket_share s join toilmeter.run_ticket t using (run_id, "
        "id) "
        "where run_id = %lld and how = 'hidden' and t.at < (select window_to from toilmeter.run where run_id = %lld)) "
        "select id, component, o.id is not null and n.id is not null as in_both, "
        "coalesce(o.share, 0) as share, coalesce(o.low, 0) as low, coalesce(o.high, 0) as high, "
        "coalesce(n.share, 0) as new_share, coalesce(n.low, 0) as new_low, coalesce(n.high, 0) as new_high "
        "from old o full join new n using (id, component)",
        old, new, old);
    pg_run(pg_conninfo(cli_server), sql);
    free(sql);
}

#define MOVED                                                                                                          \
    "not (new_share between low - 1e-9 and high + 1e-9) and not (share between new_low - 1e-9 and new_high + 1e-9)"

Test(links_stable, one_more_week_moves_no_old_share_beyond_its_interval)
{
    generate("2");
    long long old = analyze(FROM, WEEK_LESS), new = analyze(FROM, TO);
    compare_shares(old, new);
    /* Something was there to move, and did. */
    cr_assert_gt(cli_count("select count(*) from compared where in_both"), 300);
    cr_assert_gt(cli_count("select count(*) from compared where share <> new_share"), 300);
    char *moved = pg_rows(pg_conninfo(cli_server), "select * from compared where " MOVED " order by abs(new_share - "
                                                   "share) desc limit 5");
    cr_expect_str_eq(moved, "", "%s", moved);
    free(moved);
}
