/* The code behind forget.h. */
#include "forget.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "name.h"
#include "quarantine/quarantine.h"
#include "toilmeter/utf8.h"

#define STATEMENT_DEADLINE_MS 3600000 /* tables are read whole */
#define COMMIT_DEADLINE_MS    60000
#define PAGE_ROWS             5000
#define PAGE_BYTES            (16u * 1024u * 1024u)

struct forgetting {
    struct toil_db *db;
    const struct toil_forget_options *options;
    struct toil_report *report;
    struct toil_name *name; /* [name_count]: actors, then customers */
    size_t name_count;
    struct toil_buf actors, customers, words; /* arrays */
    int64_t rows, messages, elsewhere;
};

enum field { F_TABLE, F_WHAT, F_ROWS, F_COUNT };

static const struct toil_column columns[F_COUNT] = {
    [F_TABLE] = {.key = "table", .title = "table"},
    [F_WHAT] = {.key = "what", .title = "what"},
    [F_ROWS] = {.key = "rows", .title = "rows", .kind = TOIL_COLUMN_COUNT},
};

/* ---- who ---- */

static enum toil_status add_people(struct forgetting *forgetting, enum toil_domain domain, const char *const *id,
                                   size_t count, struct toil_buf *pseudonyms, struct toil_error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct toil_span raw = toil_span_of(id[i]);
        if (raw.len == 0 || toil_utf8_valid_bytes(raw.ptr, raw.len) != raw.len)
            return toil_error_set(err, TOIL_BAD_INPUT, "an id is %s", raw.len == 0 ? "empty" : "not UTF-8");
        toil_array_add_text(pseudonyms, toil_people_pseudonym(forgetting->options->people, domain, raw));
        struct toil_name *name = &forgetting->name[forgetting->name_count++];
        toil_name_init(name, raw);
        for (size_t way = 0; way < name->ways; way++) {
            struct toil_buf pattern = TOIL_BUF_INIT;
            toil_name_pattern(name, way, &pattern);
            toil_array_add_text(&forgetting->words, (struct toil_span){pattern.data, pattern.len});
            toil_buf_release(&pattern);
        }
    }
    toil_array_end(pseudonyms);
    return TOIL_OK;
}

static enum toil_status read_people(struct forgetting *forgetting, struct toil_error *err)
{
    const struct toil_forget_options *options = forgetting->options;
    forgetting->name = toil_xcalloc(options->actor_count + options->customer_count + 1, sizeof *forgetting->name);
    enum toil_status status =
        add_people(forgetting, TOIL_DOMAIN_ACTOR, options->actor, options->actor_count, &forgetting->actors, err);
    if (status == TOIL_OK)
        status = add_people(forgetting, TOIL_DOMAIN_CUSTOMER, options->customer, options->customer_count,
                            &forgetting->customers, err);
    toil_array_end(&forgetting->words);
    return status;
}

/* ---- tables ---- */

static void tell(struct forgetting *forgetting, const char *table, const char *what, int64_t rows)
{
    if (rows == 0)
        return;
    toil_report_add_row(forgetting->report, 0, 0, NAN);
    toil_report_set_text(forgetting->report, F_TABLE, table);
    toil_report_set_text(forgetting->report, F_WHAT, what);
    toil_report_set_count(forgetting->report, F_ROWS, rows);
}

static enum toil_status forget_events(struct forgetting *forgetting, struct toil_error *err)
{
    struct toil_result *rows = NULL;
    enum toil_status status = toil_db_query(
        forgetting->db, &toil_sql_forget_events,
        TOIL_PARAMS({forgetting->actors.data}, {forgetting->customers.data}, {forgetting->words.data}), &rows, err);
    if (status != TOIL_OK)
        return status;
    for (size_t r = 0; r < toil_result_rows(rows); r++) {
        const char *what = toil_result_text(rows, r, 1);
        int64_t touched = toil_result_int64(rows, r, 2);
        bool elsewhere = strcmp(what, "elsewhere") == 0;
        *(elsewhere ? &forgetting->elsewhere : &forgetting->rows) += touched;
        tell(forgetting, toil_result_text(rows, r, 0), elsewhere ? "named elsewhere: still there" : what, touched);
    }
    toil_result_free(rows);
    return TOIL_OK;
}

/* One number of a query with one array. */
static enum toil_status count_of(struct forgetting *forgetting, const struct toil_sql *sql, const char *array,
                                 int64_t *out, struct toil_error *err)
{
    struct toil_result *rows = NULL;
    enum toil_status status = toil_db_query(forgetting->db, sql, TOIL_PARAMS({array}), &rows, err);
    *out = status == TOIL_OK ? toil_result_int64(rows, 0, 0) : 0;
    toil_result_free(rows);
    return status;
}

static enum toil_status forget_runs(struct forgetting *forgetting, struct toil_error *err)
{
    int64_t touched, catalogs;
    enum toil_status status = count_of(forgetting, &toil_sql_forget_runs, forgetting->customers.data, &touched, err);
    if (status == TOIL_OK)
        status = count_of(forgetting, &toil_sql_forget_catalog, forgetting->words.data, &catalogs, err);
    if (status != TOIL_OK)
        return status;
    tell(forgetting, "run_ticket", "customer", touched);
    tell(forgetting, "catalog", "named elsewhere: still there", catalogs);
    forgetting->rows += touched;
    forgetting->elsewhere += catalogs;
    return TOIL_OK;
}

/* ---- quarantine ---- */

/* Takes every name out of a text; returns how many were found. *out is the text without them. */
static size_t clean(const struct forgetting *forgetting, struct toil_span text, struct toil_buf *out)
{
    size_t found = 0;
    struct toil_buf next = TOIL_BUF_INIT;
    toil_buf_clear(out);
    toil_buf_add_span(out, text);
    for (size_t i = 0; i < forgetting->name_count; i++) {
        toil_buf_clear(&next);
        size_t here = toil_name_replace(&forgetting->name[i], (struct toil_span){out->data, out->len}, &next);
        if (here > 0) {
            struct toil_buf old = *out;
            *out = next;
            next = old;
        }
        found += here;
    }
    toil_buf_release(&next);
    return found;
}

static void to_hex(struct toil_buf *bytes)
{
    struct toil_buf hex = TOIL_BUF_INIT;
    toil_buf_reserve(&hex, 2 * bytes->len + 1);
    for (size_t i = 0; i < bytes->len; i++) {
        unsigned char c = (unsigned char)bytes->data[i];
        toil_buf_add_char(&hex, "0123456789abcdef"[c >> 4]);
        toil_buf_add_char(&hex, "0123456789abcdef"[c & 15]);
    }
    toil_buf_release(bytes);
    *bytes = hex;
    toil_buf_reserve(bytes, 1); /* never NULL: empty bytes are not absent ones */
}

static enum toil_status forget_message(struct forgetting *forgetting, const struct toil_quarantined *message,
                                       struct toil_error *err)
{
    struct toil_buf value = TOIL_BUF_INIT, key = TOIL_BUF_INIT, headers = TOIL_BUF_INIT, detail = TOIL_BUF_INIT;
    char partition[16], offset[24];
    size_t found = clean(forgetting, message->value, &value) + clean(forgetting, message->key, &key) +
                   clean(forgetting, message->headers, &headers) +
                   clean(forgetting, toil_span_of(message->detail), &detail);
    enum toil_status status = TOIL_OK;
    if (found > 0) {
        to_hex(&value);
        to_hex(&key);
        snprintf(partition, sizeof partition, "%" PRId32, message->partition);
        snprintf(offset, sizeof offset, "%" PRId64, message->offset);
        status =
            toil_db_query(forgetting->db, &toil_sql_forget_message,
                          TOIL_PARAMS({message->cluster}, {message->topic}, {partition}, {offset},
                                      {message->value.ptr ? value.data : NULL}, {message->key.ptr ? key.data : NULL},
                                      {headers.len ? headers.data : NULL}, {detail.len ? detail.data : NULL}),
                          NULL, err);
        forgetting->messages++;
    }
    toil_buf_release(&value);
    toil_buf_release(&key);
    toil_buf_release(&headers);
    toil_buf_release(&detail);
    return status;
}

static enum toil_status forget_quarantine(struct forgetting *forgetting, struct toil_error *err)
{
    const struct toil_quarantine_filter all = TOIL_QUARANTINE_FILTER_INIT;
    struct toil_quarantine_page page = TOIL_QUARANTINE_PAGE_INIT;
    enum toil_status status;
    do {
        status = toil_quarantine_next(forgetting->db, &all, PAGE_ROWS, PAGE_BYTES, &page, err);
        for (size_t i = 0; i < page.count && status == TOIL_OK; i++)
            status = forget_message(forgetting, &page.message[i], err);
    } while (status == TOIL_OK && page.count > 0);
    toil_quarantine_page_release(&page);
    tell(forgetting, "quarantine", "messages rewritten", forgetting->messages);
    return status;
}

/* ---- all of it ---- */

static enum toil_status forget_all(struct forgetting *forgetting, struct toil_error *err)
{
    bool unknown = false;
    enum toil_status status = toil_db_begin(forgetting->db, err);
    if (status == TOIL_OK)
        status = forget_quarantine(forgetting, err);
    if (status == TOIL_OK)
        status = forget_events(forgetting, err);
    if (status == TOIL_OK)
        status = forget_runs(forgetting, err);
    if (status == TOIL_OK && !forgetting->options->dry_run)
        status = toil_db_commit(forgetting->db, COMMIT_DEADLINE_MS, &unknown, err);
    if (status != TOIL_OK || forgetting->options->dry_run)
        toil_db_rollback(forgetting->db);
    if (unknown)
        toil_error_hint(err, "whether it was done is not known: run it again");
    return status;
}

static void answer(const struct forgetting *forgetting)
{
    struct toil_report *report = forgetting->report;
    bool dry_run = forgetting->options->dry_run;
    if (forgetting->rows + forgetting->messages == 0) {
        toil_report_answer(report, "Nothing was found of whom you named.");
        toil_report_note(report, "Write ids as the source writes them, capitals too.");
        report->negative = true;
    } else {
        toil_report_answer(
            report, "%s%" PRId64 " row%s and %" PRId64 " message%s in quarantine no longer say who it was.",
            dry_run ? "Dry run, nothing was written: " : "", forgetting->rows, forgetting->rows == 1 ? "" : "s",
            forgetting->messages, forgetting->messages == 1 ? "" : "s");
    }
    if (forgetting->elsewhere > 0)
        toil_report_note(report,
                         "%" PRId64 " row%s still hold%s a name in another column, such as a reason, a host or a tag: "
                         "look whether it is that person's.",
                         forgetting->elsewhere, forgetting->elsewhere == 1 ? "" : "s",
                         forgetting->elsewhere == 1 ? "s" : "");
    toil_report_note(report, "Backups, the topics of Kafka and the sources are not touched. Delete there first: what a "
                             "source sends again brings the person back.");
}

enum toil_status toil_forget(struct toil_db *db, const struct toil_forget_options *options, struct toil_report *report,
                             struct toil_error *err)
{
    struct forgetting forgetting = {.db = db, .options = options, .report = report};
    for (size_t field = 0; field < F_COUNT; field++)
        toil_report_add_column(report, &columns[field]);
    toil_db_deadline(db, STATEMENT_DEADLINE_MS);
    enum toil_status status = read_people(&forgetting, err);
    if (status == TOIL_OK)
        status = forget_all(&forgetting, err);
    if (status == TOIL_OK)
        answer(&forgetting);
    toil_db_deadline(db, 0);
    for (size_t i = 0; i < forgetting.name_count; i++)
        toil_name_release(&forgetting.name[i]);
    free(forgetting.name);
    toil_buf_release(&forgetting.actors);
    toil_buf_release(&forgetting.customers);
    toil_buf_release(&forgetting.words);
    return status;
}
