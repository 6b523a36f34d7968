/* quarantine list: how many unusable messages there are and why, or which ones. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "quarantine.h"
#include "reports/report_scope.h"

enum list_field {
    L_TOPIC,
    L_REASON,
    L_MESSAGES,
    L_FIRST,
    L_LAST,
    L_EXAMPLE,
    L_DETAIL,
    L_CLUSTER,
    L_REMEDY,
    L_COUNT,
};

static const struct toil_column list_columns[L_COUNT] = {
    [L_TOPIC] = {.key = "topic", .title = "topic"},
    [L_REASON] = {.key = "reason", .title = "reason"},
    [L_MESSAGES] = {.key = "messages", .title = "messages", .kind = TOIL_COLUMN_COUNT},
    [L_FIRST] = {.key = "first_at", .title = "first", .kind = TOIL_COLUMN_TIME, .importance = 5},
    [L_LAST] = {.key = "last_at", .title = "last", .kind = TOIL_COLUMN_TIME, .importance = 3},
    [L_EXAMPLE] = {.key = "example", .title = "the last one", .importance = 2},
    [L_DETAIL] = {.key = "detail", .title = "what is wrong with the last one", .importance = 1, .wrap = true},
    [L_CLUSTER] = {.key = "cluster", .title = "cluster", .importance = 4},
    [L_REMEDY] = {.key = "remedy", .title = "remedy", .machine = true},
};

enum each_field { E_PLACE, E_REASON, E_QUARANTINED, E_MESSAGE, E_DETAIL, E_TOPIC, E_CLUSTER, E_COUNT };

static const struct toil_column each_columns[E_COUNT] = {
    [E_PLACE] = {.key = "place", .title = "message", .wrap = true},
    [E_REASON] = {.key = "reason", .title = "reason"},
    [E_QUARANTINED] = {.key = "quarantined_at", .title = "quarantined", .kind = TOIL_COLUMN_TIME, .importance = 2},
    [E_MESSAGE] = {.key = "message_at", .title = "sent", .kind = TOIL_COLUMN_TIME, .machine = true},
    [E_DETAIL] = {.key = "detail", .title = "what is wrong with it", .importance = 1, .wrap = true},
    [E_TOPIC] = {.key = "topic", .title = "topic", .machine = true},
    [E_CLUSTER] = {.key = "cluster", .title = "cluster", .machine = true},
};

/* What to do about each reason. */
static const char *const remedies[TOIL_REASON_COUNT] = {
    [TOIL_REASON_NOT_JSON] = "does the topic carry JSON without framing? A mapping's `decode` takes a frame off",
    [TOIL_REASON_NOT_OBJECT] = "each message must be one JSON object",
    [TOIL_REASON_TRUNCATED] = "the source cuts messages off: see its size limit",
    [TOIL_REASON_EMPTY] = "the source sends messages without contents",
    [TOIL_REASON_TOMBSTONE] = "a compacted topic's deletions are no events: use a topic of events",
    [TOIL_REASON_UTF8] = "the source must write UTF-8",
    [TOIL_REASON_ESCAPE] = "the source writes wrong escapes: see its JSON library",
    [TOIL_REASON_NUL] = "the source puts a NUL character into texts",
    [TOIL_REASON_NUMBER] = "numbers above 2^53 belong into strings",
    [TOIL_REASON_DEPTH] = "send flat events",
    [TOIL_REASON_DUPLICATE_KEY] = "the source writes a key twice: one value would be lost",
    [TOIL_REASON_TOO_LARGE] = "raise limits.message, or send less with each event",
    [TOIL_REASON_TOO_MANY] = "send fewer fields or tags",
    [TOIL_REASON_KIND] = "give the topic a kind in the configuration, or each event its own",
    [TOIL_REASON_MISSING] = "add the field that `toilmeter quarantine list` names",
    [TOIL_REASON_TYPE] = "`toilmeter quarantine list` names the field and the type that it has to have",
    [TOIL_REASON_RANGE] = "`toilmeter quarantine list` names the field and what it may be",
    [TOIL_REASON_TIME] = "times are RFC 3339 with a zone, or numbers with a declared unit",
    [TOIL_REASON_IMPLAUSIBLE_TIME] = "is the unit right, seconds or milliseconds? Is the source's clock?",
    [TOIL_REASON_MAPPING] = "mend the mapping of the topic, then `toilmeter quarantine replay`",
    [TOIL_REASON_DATABASE] = "`toilmeter quarantine list` holds the database's words",
};

const char *toil_quarantine_remedy(const char *reason)
{
    for (int r = 0; r < TOIL_REASON_COUNT; r++) {
        if (strcmp(toil_reasons[r].name, reason) == 0 && remedies[r])
            return remedies[r];
    }
    return "look at it: `toilmeter quarantine show`";
}

/* Cells of a row of the query, in the order of the columns; those behind the query's are left null. */
static void add_row(struct toil_report *report, const struct toil_column *columns, const struct toil_result *rows,
                    size_t row)
{
    toil_report_add_row(report, 0, 0, NAN);
    for (unsigned field = 0; field < toil_result_columns(rows); field++) {
        bool null = toil_result_null(rows, row, field);
        if (columns[field].kind == TOIL_COLUMN_TIME)
            toil_report_set_time(report, field, null ? TOIL_TIME_NONE : toil_result_int64(rows, row, field));
        else if (columns[field].kind == TOIL_COLUMN_COUNT)
            toil_report_set_count(report, field, toil_result_int64(rows, row, field));
        else
            toil_report_set_text(report, field, null ? NULL : toil_result_text(rows, row, field));
    }
}

static enum toil_status ask(struct toil_db *db, struct toil_report *report, const struct toil_sql *sql,
                            const struct toil_param *params, size_t param_count, struct toil_result **rows,
                            struct toil_error *err)
{
    struct toil_scope scope = {.db = db, .report = report};
    return toil_scope_query(&scope, sql, params, param_count, rows, err);
}

enum toil_status toil_quarantine_list(struct toil_db *db, const struct toil_quarantine_filter *filter,
                                      struct toil_report *report, struct toil_error *err)
{
    struct toil_param params[TOIL_QUARANTINE_PARAMS];
    struct toil_result *rows = NULL;
    toil_quarantine_filter_params(filter, params);
    enum toil_status status = ask(db, report, &toil_sql_quarantine_list, params, TOIL_QUARANTINE_PARAMS, &rows, err);
    if (status != TOIL_OK)
        return status;
    int64_t messages = 0;
    size_t count = toil_result_rows(rows);
    for (unsigned field = 0; field < L_COUNT; field++)
        toil_report_add_column(report, &list_columns[field]);
    for (size_t r = 0; r < count; r++) {
        add_row(report, list_columns, rows, r);
        toil_report_set_text(report, L_REMEDY, toil_quarantine_remedy(toil_result_text(rows, r, L_REASON)));
        messages += toil_result_int64(rows, r, L_MESSAGES);
    }
    report->top = 30;
    if (count == 0)
        toil_report_answer(report, "No message is in quarantine%s.",
                           toil_quarantine_filter_is_open(filter) ? "" : " that was asked for");
    else
        toil_report_answer(report, "%lld message%s could not be used; %s wait%s whole.", (long long)messages,
                           messages == 1 ? "" : "s", messages == 1 ? "it" : "they", messages == 1 ? "s" : "");
    if (count > 0)
        toil_report_note(report,
                         "`toilmeter quarantine show --topic TOPIC --reason REASON` shows them; once they can be "
                         "read, `toilmeter quarantine replay` brings them back.");
    toil_result_free(rows);
    return TOIL_OK;
}

enum toil_status toil_quarantine_each(struct toil_db *db, const struct toil_quarantine_filter *filter, int64_t most,
                                      struct toil_report *report, struct toil_error *err)
{
    struct toil_param params[TOIL_QUARANTINE_PARAMS + 1];
    struct toil_result *rows = NULL;
    char limit[24];
    toil_quarantine_filter_params(filter, params);
    snprintf(limit, sizeof limit, "%lld", (long long)most);
    params[TOIL_QUARANTINE_PARAMS].text = limit;
    enum toil_status status =
        ask(db, report, &toil_sql_quarantine_each, params, TOIL_QUARANTINE_PARAMS + 1, &rows, err);
    if (status != TOIL_OK)
        return status;
    size_t count = toil_result_rows(rows);
    for (unsigned field = 0; field < E_COUNT; field++)
        toil_report_add_column(report, &each_columns[field]);
    for (size_t r = 0; r < count; r++)
        add_row(report, each_columns, rows, r);
    toil_report_answer(report, "%zu message%s, the last one first%s.", count, count == 1 ? "" : "s",
                       (int64_t)count == most ? "; there may be more: --limit" : "");
    toil_result_free(rows);
    return TOIL_OK;
}
