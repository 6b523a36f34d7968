/* Findings, and the checks of server, schema, rights and clock. */
#include "doctor.h"

#include <inttypes.h>
#include <stdlib.h>

#include "toilmeter/migrate.h"
#include "toilmeter/timestamp.h"

#define OLDEST_SERVER  150000
#define CLOCK_OK_US    (2 * TOIL_US_PER_SECOND)
#define CLOCK_LIMIT_US TOIL_US_PER_MINUTE

void toil_finding_add(struct toil_findings *findings, const char *check, enum toil_health health, char *message,
                      const char *remedy)
{
    findings->item = toil_xreallocarray(findings->item, findings->count + 1, sizeof *findings->item);
    findings->item[findings->count++] =
        (struct toil_finding){check, health, message, toil_xstrdup(remedy ? remedy : "")};
}

void toil_findings_release(struct toil_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->item[i].message);
        free(findings->item[i].remedy);
    }
    free(findings->item);
    *findings = TOIL_FINDINGS_INIT;
}

enum toil_health toil_findings_worst(const struct toil_findings *findings)
{
    enum toil_health worst = TOIL_HEALTH_OK;
    for (size_t i = 0; i < findings->count; i++)
        worst = findings->item[i].health > worst ? findings->item[i].health : worst;
    return worst;
}

const char *toil_health_name(enum toil_health health)
{
    static const char *const names[] = {"ok", "look", "bad"};
    return names[health];
}

static bool check_schema(struct toil_db *db, struct toil_findings *out)
{
    struct toil_migration_list list = TOIL_MIGRATION_LIST_INIT;
    struct toil_error err;
    size_t pending = 0;
    enum toil_status status = toil_migrate_status(db, &list, &err);
    if (status == TOIL_OK)
        status = toil_migrate_check(&list, &err);
    for (size_t i = 0; i < list.count; i++)
        pending += list.row[i].state == TOIL_MIGRATION_PENDING;
    if (status != TOIL_OK)
        toil_finding_add(out, "schema", TOIL_HEALTH_BAD, toil_xstrdup(err.message), err.hint);
    else if (pending > 0)
        toil_finding_add(out, "schema", TOIL_HEALTH_BAD,
                         toil_xasprintf("%zu of %zu migrations are not applied", pending, list.count),
                         "run `toilmeter migrate` as the schema's owner");
    else
        toil_finding_add(out, "schema", TOIL_HEALTH_OK, toil_xasprintf("all %zu migrations are applied", list.count),
                         NULL);
    toil_migration_list_release(&list);
    return status == TOIL_OK && pending == 0;
}

static void add_rights(const struct toil_result *row, struct toil_findings *out)
{
    static const char *const deeds[] = {"collect and import", "replay and forget", "analyse", "read reports"};
    struct toil_buf may = TOIL_BUF_INIT;
    for (unsigned i = 0; i < sizeof deeds / sizeof *deeds; i++) {
        if (toil_result_bool(row, 0, 2 + i))
            toil_buf_printf(&may, "%s%s", may.len ? ", " : "", deeds[i]);
    }
    bool any = may.len > 0;
    toil_finding_add(out, "rights", any ? TOIL_HEALTH_OK : TOIL_HEALTH_BAD,
                     toil_xasprintf("%s may %s", toil_result_text(row, 0, 0), any ? may.data : "do nothing"),
                     any ? NULL
                         : "as the owner: GRANT toilmeter_reader, toilmeter_analyst, toilmeter_operator or "
                           "toilmeter_collector TO it");
    toil_buf_release(&may);
}

static void add_clock(int64_t before_us, int64_t server_us, int64_t after_us, struct toil_findings *out)
{
    /* The server looked at its clock between the two: what lies outside of them is a difference. */
    int64_t off_us = server_us < before_us ? before_us - server_us : server_us > after_us ? server_us - after_us : 0;
    enum toil_health health = off_us <= CLOCK_OK_US      ? TOIL_HEALTH_OK
                              : off_us <= CLOCK_LIMIT_US ? TOIL_HEALTH_LOOK
                                                         : TOIL_HEALTH_BAD;
    toil_finding_add(out, "clock", health,
                     toil_xasprintf("this machine and the server differ by %.1f s", (double)off_us / 1e6),
                     health == TOIL_HEALTH_OK ? NULL : "set both clocks by NTP: plausibility of times hangs on them");
}

bool toil_doctor_base(struct toil_db *db, struct toil_findings *out)
{
    struct toil_result *row;
    struct toil_error err;
    int version = toil_db_server_version(db);
    bool old = version < OLDEST_SERVER;
    toil_finding_add(out, "server", old ? TOIL_HEALTH_BAD : TOIL_HEALTH_OK,
                     toil_xasprintf("PostgreSQL %d.%d", version / 10000, version % 10000),
                     old ? "toilmeter needs PostgreSQL 15 or later" : NULL);
    if (!check_schema(db, out))
        return false;
    int64_t before_us = toil_time_now_us();
    if (toil_db_query(db, &toil_sql_doctor_server, TOIL_NO_PARAMS, &row, &err) != TOIL_OK) {
        toil_finding_add(out, "rights", TOIL_HEALTH_BAD, toil_xstrdup(err.message), err.hint);
        return false;
    }
    add_rights(row, out);
    add_clock(before_us, toil_result_int64(row, 0, 1), toil_time_now_us(), out);
    toil_result_free(row);
    return true;
}
