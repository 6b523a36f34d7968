/* The checks of `toilmeter doctor` that look into the tables: lag, gaps, quarantine, names, doubles. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_store.h"
#include "doctor.h"
#include "quarantine/quarantine.h"
#include "toilmeter/yaml.h"

#define QUERY_DEADLINE_MS 300000 /* names and doubles read whole tables */
#define SHOWN             5      /* of a list, in a message */
#define MOST_NAMES        "10000"
#define LAG_SECONDS       300 /* a partition with messages waiting and no write for so long is not being read */

struct check {
    const char *name;
    const struct toil_sql *sql;
    unsigned param_count; /* all but the last null; the last is MOST_NAMES */
    void (*judge)(const struct toil_result *rows, const struct toil_catalog *catalog, struct toil_findings *out);
};

static char *age(int64_t seconds)
{
    if (seconds < 120)
        return toil_xasprintf("%" PRId64 " s", seconds);
    if (seconds < 7200)
        return toil_xasprintf("%" PRId64 " min", seconds / 60);
    return seconds < 172800 ? toil_xasprintf("%" PRId64 " h", seconds / 3600)
                            : toil_xasprintf("%" PRId64 " days", seconds / 86400);
}

static void judge_lag(const struct toil_result *rows, const struct toil_catalog *catalog, struct toil_findings *out)
{
    (void)catalog;
    int64_t behind = 0;
    size_t late = 0, count = toil_result_rows(rows);
    for (size_t i = 0; i < count; i++) {
        int64_t lag = toil_result_int64(rows, i, 3), written = toil_result_int64(rows, i, 4);
        behind += lag;
        if (lag == 0 || written < LAG_SECONDS || ++late > SHOWN)
            continue;
        char *since = age(written), *message = age(toil_result_int64(rows, i, 5));
        toil_finding_add(out, "lag", TOIL_HEALTH_BAD,
                         toil_xasprintf("%s/%s[%s]: %" PRId64 " messages wait, nothing was written for %s, the last "
                                        "message read is %s old",
                                        toil_result_text(rows, i, 0), toil_result_text(rows, i, 1),
                                        toil_result_text(rows, i, 2), lag, since, message),
                         "is toilmeterd running? See its log and /-/ready");
        free(since);
        free(message);
    }
    if (count == 0)
        toil_finding_add(out, "lag", TOIL_HEALTH_LOOK, toil_xstrdup("no partition was ever read"),
                         "start toilmeterd; with imports alone this is as it should be");
    else if (late > SHOWN)
        toil_finding_add(out, "lag", TOIL_HEALTH_BAD, toil_xasprintf("%zu more partitions wait", late - SHOWN),
                         "is toilmeterd running? See its log and /-/ready");
    else if (late == 0)
        toil_finding_add(out, "lag", TOIL_HEALTH_OK,
                         toil_xasprintf("%zu partitions, %" PRId64 " messages behind when last seen", count, behind),
                         NULL);
}

static void judge_gaps(const struct toil_result *rows, const struct toil_catalog *catalog, struct toil_findings *out)
{
    (void)catalog;
    for (size_t i = 0; i < toil_result_rows(rows); i++) {
        bool harmless = strcmp(toil_result_text(rows, i, 2), "aborted or compacted") == 0;
        toil_finding_add(
            out, "gaps", harmless ? TOIL_HEALTH_OK : TOIL_HEALTH_BAD,
            toil_xasprintf("%s/%s: %s offsets never read (%s), last found %s", toil_result_text(rows, i, 0),
                           toil_result_text(rows, i, 1), toil_result_text(rows, i, 3), toil_result_text(rows, i, 2),
                           toil_result_text(rows, i, 4)),
            harmless ? NULL : "lost for good: raise the topic's retention, and import what the source still has");
    }
    if (toil_result_rows(rows) == 0)
        toil_finding_add(out, "gaps", TOIL_HEALTH_OK, toil_xstrdup("no offset was left out"), NULL);
}

static void judge_quarantine(const struct toil_result *rows, const struct toil_catalog *catalog,
                             struct toil_findings *out)
{
    (void)catalog;
    for (size_t i = 0; i < toil_result_rows(rows); i++) {
        const char *reason = toil_result_text(rows, i, 0);
        toil_finding_add(out, "quarantine", TOIL_HEALTH_LOOK,
                         toil_xasprintf("%s messages for %s, %s of them from %s, the last at %s",
                                        toil_result_text(rows, i, 1), reason, toil_result_text(rows, i, 3),
                                        toil_result_text(rows, i, 2), toil_result_text(rows, i, 4)),
                         toil_quarantine_remedy(reason));
    }
    if (toil_result_rows(rows) == 0)
        toil_finding_add(out, "quarantine", TOIL_HEALTH_OK, toil_xstrdup("empty"), NULL);
}

static void judge_intake(const struct toil_result *rows, const struct toil_catalog *catalog, struct toil_findings *out)
{
    (void)catalog;
    int64_t received = 0, duplicates = 0;
    for (size_t i = 0; i < toil_result_rows(rows); i++) {
        received += toil_result_int64(rows, i, 1);
        duplicates += toil_result_int64(rows, i, 2);
    }
    toil_finding_add(out, "duplicates", TOIL_HEALTH_OK,
                     toil_xasprintf("%" PRId64 " of %" PRId64 " messages had come before, and were stored once",
                                    duplicates, received),
                     NULL);
}

static void judge_key(const struct toil_result *rows, const struct toil_catalog *catalog, struct toil_findings *out)
{
    (void)catalog;
    bool known = toil_result_rows(rows) > 0;
    toil_finding_add(out, "key", TOIL_HEALTH_OK,
                     known ? toil_xasprintf("the people's key is in use since %s", toil_result_text(rows, 0, 0))
                           : toil_xstrdup("no people's key was used yet: the first collector or import makes it"),
                     NULL);
}

static void judge_kinds(const struct toil_result *rows, const struct toil_catalog *catalog, struct toil_findings *out)
{
    (void)catalog;
    struct toil_buf empty = TOIL_BUF_INIT;
    for (size_t i = 0; i < toil_result_rows(rows); i++) {
        if (!toil_result_bool(rows, i, 1))
            toil_buf_printf(&empty, "%s%s", empty.len ? ", " : "", toil_result_text(rows, i, 0));
    }
    if (empty.len == 0)
        toil_finding_add(out, "kinds", TOIL_HEALTH_OK, toil_xstrdup("there are events of every kind"), NULL);
    else
        toil_finding_add(out, "kinds", TOIL_HEALTH_LOOK, toil_xasprintf("no event of %s", empty.data),
                         "if you have such a source, give it a topic in the daemon's configuration");
    toil_buf_release(&empty);
}

static void judge_names(const struct toil_result *rows, const struct toil_catalog *catalog, struct toil_findings *out)
{
    struct toil_buf shown = TOIL_BUF_INIT;
    size_t unmapped = 0, names = 0;
    int64_t events = 0;
    for (size_t i = 0; i < toil_result_rows(rows); i++) {
        if (toil_result_null(rows, i, 0)) /* events that carry no name */
            continue;
        names++;
        if (toil_catalog_match(catalog, toil_span_of(toil_result_text(rows, i, 0))) != SIZE_MAX)
            continue;
        events += toil_result_int64(rows, i, 1);
        if (unmapped++ < SHOWN)
            toil_buf_printf(&shown, "%s%.60s (%s)", shown.len ? ", " : "", toil_result_text(rows, i, 0),
                            toil_result_text(rows, i, 1));
    }
    if (unmapped == 0)
        toil_finding_add(out, "names", TOIL_HEALTH_OK,
                         toil_xasprintf("every one of %zu component names has a rule", names), NULL);
    else
        toil_finding_add(
            out, "names", TOIL_HEALTH_LOOK,
            toil_xasprintf("%zu of %zu component names, in %" PRId64 " events, match no rule: %s%s", unmapped, names,
                           events, shown.data, unmapped > SHOWN ? ", ..." : ""),
            catalog->component_count == 0
                ? "declare components; see `toilmeter components unmapped`, then `toilmeter catalog apply FILE`"
                : "add rules; see `toilmeter components unmapped`, then `toilmeter catalog apply FILE`");
    toil_buf_release(&shown);
}

static void judge_extra(const struct toil_result *rows, const struct toil_catalog *catalog, struct toil_findings *out)
{
    (void)catalog;
    const char *known[TOIL_N_FIELDS + 1] = {0};
    for (int field = 0; field < TOIL_N_FIELDS; field++)
        known[field] = toil_fields[field].name;
    for (size_t i = 0; i < toil_result_rows(rows) && i < SHOWN; i++) {
        const char *near = toil_nearest(toil_result_text(rows, i, 1), known);
        char *remedy = near ? toil_xasprintf("is \"%s\" meant?", near) : toil_xstrdup("");
        toil_finding_add(out, "fields", near ? TOIL_HEALTH_LOOK : TOIL_HEALTH_OK,
                         toil_xasprintf("%s events of %s have an unknown field \"%.60s\", kept in extra",
                                        toil_result_text(rows, i, 2), toil_result_text(rows, i, 0),
                                        toil_result_text(rows, i, 1)),
                         remedy);
        free(remedy);
    }
    if (toil_result_rows(rows) == 0)
        toil_finding_add(out, "fields", TOIL_HEALTH_OK, toil_xstrdup("no event has an unknown field"), NULL);
}

static void judge_twice(const struct toil_result *rows, const struct toil_catalog *catalog, struct toil_findings *out)
{
    (void)catalog;
    bool any = false;
    for (size_t i = 0; i < toil_result_rows(rows); i++) {
        if (toil_result_int64(rows, i, 1) == 0)
            continue;
        any = true;
        toil_finding_add(out, "times", TOIL_HEALTH_LOOK,
                         toil_xasprintf("%s ids of %s came with several times (%s rows too many), such as \"%.60s\"",
                                        toil_result_text(rows, i, 1), toil_result_text(rows, i, 0),
                                        toil_result_text(rows, i, 2), toil_result_text(rows, i, 3)),
                         "a fault of the source: `at` must not change; analyses count the earliest, once");
    }
    if (!any)
        toil_finding_add(out, "times", TOIL_HEALTH_OK, toil_xstrdup("no id came with two times"), NULL);
}

static void check_catalog(const struct toil_catalog *catalog, int64_t id, struct toil_findings *out)
{
    if (id == 0)
        toil_finding_add(out, "catalog", TOIL_HEALTH_LOOK, toil_xstrdup("no catalog was applied yet"),
                         "write one, see deploy/examples/catalog.yaml, then `toilmeter catalog apply FILE`");
    else
        toil_finding_add(out, "catalog", TOIL_HEALTH_OK,
                         toil_xasprintf("catalog %" PRId64 " is in force: %zu components, %zu items", id,
                                        catalog->component_count, catalog->item_count),
                         NULL);
}

/* A finding in place of an answer; what broke the connection ends the visit. */
static enum toil_status cannot_look(struct toil_db *db, const char *check, struct toil_findings *out,
                                    struct toil_error *err)
{
    bool forbidden = strcmp(err->sqlstate, "42501") == 0;
    if (!toil_db_usable(db))
        return toil_error_prefix(err, "%s", check);
    toil_finding_add(out, check, TOIL_HEALTH_LOOK, toil_xasprintf("not looked at: %s", err->message),
                     forbidden ? "run it as a member of toilmeter_analyst to see this, too" : err->hint);
    return TOIL_OK;
}

static const struct check checks[] = {
    {"lag", &toil_sql_doctor_lag, 0, judge_lag},
    {"gaps", &toil_sql_doctor_gaps, 0, judge_gaps},
    {"key", &toil_sql_doctor_key, 0, judge_key},
    {"quarantine", &toil_sql_doctor_quarantine, 0, judge_quarantine},
    {"duplicates", &toil_sql_doctor_intake, 0, judge_intake},
    {"kinds", &toil_sql_doctor_kinds, 0, judge_kinds},
    {"names", &toil_sql_raw_names, 3, judge_names},
    {"fields", &toil_sql_doctor_extra, 1, judge_extra},
    {"times", &toil_sql_doctor_twice, 0, judge_twice},
};

static enum toil_status run_check(struct toil_db *db, const struct check *check, const struct toil_catalog *catalog,
                                  struct toil_findings *out, struct toil_error *err)
{
    struct toil_result *rows = NULL;
    struct toil_param params[3] = {{NULL}};
    if (check->param_count > 0)
        params[check->param_count - 1].text = MOST_NAMES;
    if (toil_db_query(db, check->sql, params, check->param_count, &rows, err) != TOIL_OK)
        return cannot_look(db, check->name, out, err);
    check->judge(rows, catalog, out);
    toil_result_free(rows);
    return TOIL_OK;
}

enum toil_status toil_doctor_tables(struct toil_db *db, struct toil_findings *out, struct toil_error *err)
{
    struct toil_catalog *catalog = NULL;
    int64_t id = 0;
    toil_db_deadline(db, QUERY_DEADLINE_MS);
    enum toil_status status = toil_catalog_fetch(db, &catalog, &id, NULL, err);
    if (status == TOIL_OK) {
        check_catalog(catalog, id, out);
    } else {
        status = cannot_look(db, "catalog", out, err);
        catalog = toil_catalog_empty();
    }
    for (size_t i = 0; i < sizeof checks / sizeof *checks && status == TOIL_OK; i++)
        status = run_check(db, &checks[i], catalog, out, err);
    toil_catalog_free(catalog);
    return status;
}
