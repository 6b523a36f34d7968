/* Batches into a real database: what ends in the tables does not depend on order, repetition or grouping, and every
 * message is accounted for. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/lib_events.h"
#include "support/lib_pg.h"
#include "toilmeter/migrate.h"
#include "toilmeter/store.h"

enum { COMMIT_MS = 10000 };

static struct pg_server *server;
static struct toil_db *db;
static struct toil_store *store;
static struct toil_batch batch;
static struct toil_outcomes outcomes;
static struct toil_error err;

static void connect(void)
{
    struct toil_db_options options = {.conninfo = pg_conninfo(server), .application_name = "test_store"};
    cr_assert_eq(toil_db_open(&options, &db, &err), TOIL_OK, "%s", err.message);
    store = toil_store_new(db, "test");
}

static void disconnect(void)
{
    toil_store_free(store);
    toil_db_close(db);
    store = NULL;
    db = NULL;
}

static void setup(void)
{
    server = pg_start(NULL);
    connect();
    cr_assert_eq(toil_migrate_apply(db, false, NULL, NULL, NULL, &err), TOIL_OK, "%s", err.message);
    toil_batch_init(&batch);
}

static void teardown(void)
{
    toil_outcomes_release(&outcomes);
    toil_batch_release(&batch);
    disconnect();
    pg_stop(server);
}

TestSuite(store, .init = setup, .fini = teardown, .timeout = 120);

static enum toil_status write_fenced(toil_fence_fn fence, void *context)
{
    bool unknown;
    toil_batch_seal(&batch);
    enum toil_status status = toil_store_write(store, &batch, fence, context, COMMIT_MS, &outcomes, &unknown, &err);
    cr_assert(!unknown);
    return status;
}

static void write_batch(void)
{
    enum toil_status status = write_fenced(NULL, NULL);
    cr_assert_eq(status, TOIL_OK, "%s (%s)", err.message, err.sqlstate);
}

static void add(const struct test_event *event)
{
    toil_batch_add(&batch, toil_batch_source(&batch, "t", 0), &event->event);
}

static long long count(const char *sql)
{
    return pg_count(pg_conninfo(server), sql);
}

static void cr_assert_value(const char *sql, const char *expected)
{
    char *value = pg_value(pg_conninfo(server), sql);
    cr_assert_str_eq(value, expected, "%s gives %s", sql, value);
    free(value);
}

static const char *const every_table[] = {
    "service_restart",        "queue_rebalance", "measurement",      "deployment", "event_ending",
    "support_ticket_version", "support_ticket",  "work_log_version", "work_log",   "quarantine"};
enum { TABLES = sizeof every_table / sizeof every_table[0] };

/* Everything that was stored, but for the moment when it was. Owned by the caller. */
static char *dump(void)
{
    struct toil_buf sql = TOIL_BUF_INIT;
    for (int i = 0; i < TABLES; i++)
        toil_buf_printf(&sql, "%sselect '%s', (to_jsonb(t) - 'quarantined_at')::text collate \"C\" from toilmeter.%s t",
                        i ? " union all " : "", every_table[i], every_table[i]);
    toil_buf_add_text(&sql, " order by 1, 2");
    char *rows = pg_rows(pg_conninfo(server), sql.data);
    toil_buf_release(&sql);
    return rows;
}

static void empty(void)
{
    struct toil_buf sql = TOIL_BUF_INIT;
    toil_buf_add_text(&sql, "truncate toilmeter.intake");
    for (int i = 0; i < TABLES; i++)
        toil_buf_printf(&sql, ", toilmeter.%s", every_table[i]);
    pg_run(pg_conninfo(server), sql.data);
    toil_buf_release(&sql);
}

static void cr_assert_reconciled(void)
{
    cr_assert_eq(count("select count(*) from toilmeter.intake "
                       "where received <> stored + duplicates + quarantined + skipped or older > stored"),
                 0);
    for (int i = 0; i < 4; i++) {
        char *sql = toil_xasprintf("select (select count(*) from toilmeter.%s) + (select count(*) from "
                                   "toilmeter.event_ending where kind = '%s') - coalesce(sum(stored), 0) "
                                   "from toilmeter.intake where kind = '%s'",
                                   every_table[i], every_table[i], every_table[i]);
        cr_assert_eq(count(sql), 0, "%s", sql);
        free(sql);
    }
    static const char *const states[] = {"support_ticket", "work_log"};
    for (int i = 0; i < 2; i++) {
        char *sql = toil_xasprintf("select (select count(*) from toilmeter.%s_version) - coalesce(sum(stored), 0) "
                                   "from toilmeter.intake where kind = '%s'",
                                   states[i], states[i]);
        cr_assert_eq(count(sql), 0, "%s", sql);
        free(sql);
        sql = toil_xasprintf("select count(*) from toilmeter.%s c where (versions, version) <> (select count(*), "
                             "max(version) from toilmeter.%s_version v where v.id = c.id)",
                             states[i], states[i]);
        cr_assert_eq(count(sql), 0, "%s", sql);
        free(sql);
    }
}

Test(store, any_order_any_grouping_any_repetition_gives_the_same_tables)
{
    enum { EVENTS = 500, ROUNDS = 10 };
    struct test_random random = {.state = 20260105};
    struct test_event *event = toil_xcalloc(EVENTS, sizeof *event);
    uint32_t order[2 * EVENTS];
    for (int i = 0; i < EVENTS; i++)
        test_event_random(&event[i], &random, 20);

    char *expected = NULL;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t total = 0;
        for (uint32_t i = 0; i < EVENTS; i++) {
            order[total++] = i;
            if (round > 0 && test_random_below(&random, 2))
                order[total++] = i;
        }
        for (uint32_t i = total; round > 0 && i > 1; i--) {
            uint32_t j = test_random_below(&random, i), swap = order[i - 1];
            order[i - 1] = order[j];
            order[j] = swap;
        }
        /* one batch, batches of one, and what lies between */
        static const uint32_t most[] = {2 * EVENTS, 5, 20, 60, 300};
        uint32_t sent = 0;
        for (uint32_t i = 0; i < total;) {
            uint32_t size = round == 0 ? total : 1 + test_random_below(&random, most[round % 5]);
            for (; size && i < total; size--, i++)
                toil_batch_add(&batch, toil_batch_source(&batch, "t", (int32_t)test_random_below(&random, 3)),
                               &event[order[i]].event);
            write_batch();
            toil_batch_clear(&batch);
            sent = i;
        }
        cr_assert_eq(sent, total);
        cr_assert_eq(count("select sum(received) from toilmeter.intake"), (long long)total);
        cr_assert_reconciled();
        char *got = dump();
        if (!expected)
            expected = toil_xstrdup(got);
        cr_assert_str_eq(got, expected, "round %d", round);
        free(got);
        empty();
    }
    cr_assert_gt(strlen(expected), 10000u);
    free(expected);
    free(event);
}

static void make_restart(struct test_event *out, const char *id, const char *at)
{
    test_event_init(out, TOIL_KIND_SERVICE_RESTART);
    test_event_text(out, TOIL_FIELD_ID, id);
    test_event_time(out, TOIL_FIELD_AT, at);
    test_event_text(out, TOIL_FIELD_COMPONENT, "queue-balancer");
}

Test(store, a_repeat_fills_what_was_absent_and_keeps_the_greater)
{
    struct test_event first, again;
    make_restart(&first, "r-1", "2026-01-05T09:00:00Z");
    test_event_integer(&first, TOIL_FIELD_COUNT, 7);
    test_event_text(&first, TOIL_FIELD_REASON, "OOM");
    test_event_bool(&first, TOIL_FIELD_AUTOMATIC, false);
    make_restart(&again, "r-1", "2026-01-05T09:00:00Z");
    test_event_integer(&again, TOIL_FIELD_COUNT, 5);
    test_event_time(&again, TOIL_FIELD_ENDED_AT, "2026-01-05T09:04:00Z");
    test_event_bool(&again, TOIL_FIELD_AUTOMATIC, true);
    add(&first);
    write_batch();
    toil_batch_clear(&batch);
    add(&again);
    write_batch();
    cr_assert_value("select format('%s %s %s %s', count, reason, automatic, ended_at at time zone 'UTC') "
                    "from toilmeter.service_restart",
                    "7 OOM t 2026-01-05 09:04:00");
    const struct toil_outcome *outcome = &outcomes.of[TOIL_KIND_SERVICE_RESTART];
    cr_assert_eq(outcome->duplicates, 1u);
    cr_assert_eq(outcome->stored, 0u);
    cr_assert_reconciled();
}

Test(store, the_same_id_at_another_time_is_another_row)
{
    struct test_event one, other;
    make_restart(&one, "r-1", "2026-01-05T09:00:00Z");
    make_restart(&other, "r-1", "2026-01-05T09:00:00.000001Z");
    add(&one);
    add(&other);
    write_batch();
    cr_assert_eq(count("select count(*) from toilmeter.service_restart"), 2);
}

static void make_ticket(struct test_event *out, int64_t version, const char *status)
{
    test_event_init(out, TOIL_KIND_SUPPORT_TICKET);
    test_event_text(out, TOIL_FIELD_ID, "T-1");
    test_event_integer(out, TOIL_FIELD_VERSION, version);
    test_event_text(out, TOIL_FIELD_STATUS, status);
}

Test(store, the_current_row_is_the_last_known_value_of_each_field)
{
    struct test_event opened, touched, closed, late;
    make_ticket(&opened, 10, "open");
    test_event_time(&opened, TOIL_FIELD_AT, "2026-01-05T09:00:00Z");
    test_event_text(&opened, TOIL_FIELD_COMPONENT, "sync");
    test_event_integer(&opened, TOIL_FIELD_SEVERITY, 2);
    make_ticket(&touched, 20, "pending");
    test_event_integer(&touched, TOIL_FIELD_SEVERITY, 4);
    test_event_tags(&touched, (const char *const[]){"x", "y", NULL});
    make_ticket(&closed, 30, "closed");
    make_ticket(&late, 15, "open");
    test_event_text(&late, TOIL_FIELD_COMPONENT, "search");
    test_event_integer(&late, TOIL_FIELD_SEVERITY, 1);
    test_event_time(&late, TOIL_FIELD_AT, "2026-01-05T08:00:00Z");

    const char *const current = "select format('%s %s %s %s %s %s %s', at at time zone 'UTC', version, versions, "
                                "component, severity, status, tags) from toilmeter.support_ticket";
    add(&opened);
    write_batch();
    toil_batch_clear(&batch);
    cr_assert_value(current, "2026-01-05 09:00:00 10 1 sync 2 open ");
    add(&closed);
    add(&touched);
    write_batch();
    cr_assert_value(current, "2026-01-05 09:00:00 30 3 sync 4 closed {x,y}");
    cr_assert_eq(outcomes.of[TOIL_KIND_SUPPORT_TICKET].stored, 2u);
    cr_assert_eq(outcomes.of[TOIL_KIND_SUPPORT_TICKET].older, 1u, "the touched one came after the closed one");
    toil_batch_clear(&batch);
    add(&late);
    write_batch();
    cr_assert_value(current, "2026-01-05 08:00:00 30 4 search 4 closed {x,y}");
    cr_assert_eq(outcomes.of[TOIL_KIND_SUPPORT_TICKET].older, 1u);
    cr_assert_reconciled();
}

static void *commit_later(void *holder)
{
    bool unknown;
    struct toil_error error;
    toil_sleep_ms(500);
    enum toil_status status = toil_db_commit(holder, COMMIT_MS, &unknown, &error);
    return status == TOIL_OK ? holder : NULL;
}

/* Two writers with versions of one ticket at the same time: the second waits, and makes the current row of both. */
Test(store, writers_of_the_same_ticket_lose_nothing)
{
    struct test_event first, second;
    make_ticket(&first, 10, "open");
    test_event_text(&first, TOIL_FIELD_COMPONENT, "sync");
    make_ticket(&second, 20, "closed");
    /* the first writer's transaction, held open by hand */
    struct toil_db *holder;
    struct toil_db_options options = {.conninfo = pg_conninfo(server), .application_name = "holder"};
    cr_assert_eq(toil_db_open(&options, &holder, &err), TOIL_OK);
    cr_assert_eq(toil_db_begin(holder, &err), TOIL_OK);
    cr_assert_eq(toil_db_script(holder,
                                "insert into toilmeter.support_ticket (id, version, versions) values ('T-1', 10, 1);"
                                "insert into toilmeter.support_ticket_version (id, version, status, component)"
                                " values ('T-1', 10, 'open', 'sync');"
                                "update toilmeter.support_ticket set status = 'open', component = 'sync'",
                                &err),
                 TOIL_OK, "%s", err.message);
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, commit_later, holder), 0);
    long long begun = toil_clock_ms();
    add(&second);
    write_batch();
    cr_assert_gt(toil_clock_ms() - begun, 300, "it did not wait");
    pthread_join(thread, NULL);
    toil_db_close(holder);
    cr_assert_value("select format('%s %s %s %s', version, versions, status, component) from toilmeter.support_ticket",
                    "20 2 closed sync");
}

Test(store, ten_thousand_duplicates_are_counted_and_refused)
{
    enum { EVENTS = 10000 };
    struct test_event event;
    char id[32];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < EVENTS; i++) {
            snprintf(id, sizeof id, "r-%d", i);
            make_restart(&event, id, "2026-01-05T09:00:00Z");
            toil_batch_add(&batch, toil_batch_source(&batch, "t", i % 2), &event.event);
        }
        write_batch();
        for (uint32_t source = 0; source < 2; source++) {
            const struct toil_outcome *outcome = &outcomes.of[source * (TOIL_N_KINDS + 1) + TOIL_KIND_SERVICE_RESTART];
            cr_assert_eq(outcome->stored, round ? 0u : EVENTS / 2u);
            cr_assert_eq(outcome->duplicates, round ? EVENTS / 2u : 0u);
        }
        toil_batch_clear(&batch);
    }
    cr_assert_eq(count("select count(*) from toilmeter.service_restart"), EVENTS);
    cr_assert_reconciled();
}

Test(store, months_are_made_and_made_again)
{
    struct test_event event;
    make_restart(&event, "r-1", "2026-01-31T23:59:59.999999Z");
    add(&event);
    struct test_event next;
    make_restart(&next, "r-2", "2026-02-01T00:00:00Z");
    add(&next);
    write_batch();
    cr_assert_eq(count("select count(*) from toilmeter.service_restart_2026_01"), 1);
    cr_assert_eq(count("select count(*) from toilmeter.service_restart_2026_02"), 1);
    /* retention dropped a month that the store knows */
    pg_run(pg_conninfo(server), "drop table toilmeter.service_restart_2026_01");
    toil_batch_clear(&batch);
    make_restart(&event, "r-3", "2026-01-01T00:00:00Z");
    add(&event);
    write_batch();
    cr_assert_eq(count("select count(*) from toilmeter.service_restart_2026_01"), 1);
    cr_assert_eq(outcomes.of[TOIL_KIND_SERVICE_RESTART].stored, 1u);
}

Test(store, two_connections_make_one_month)
{
    for (int i = 0; i < 20; i++) {
        int pids[4];
        for (int p = 0; p < 4; p++) {
            pids[p] = fork();
            if (pids[p] == 0) {
                char *sql = toil_xasprintf("select toilmeter.ensure_month('measurement', (date '2020-01-01' + "
                                           "make_interval(months => %d))::date)",
                                           i);
                char *failed = pg_try(pg_conninfo(server), sql);
                if (failed)
                    fprintf(stderr, "month %d: %s\n", i, failed);
                _exit(failed ? 1 : 0);
            }
        }
        for (int p = 0; p < 4; p++) {
            int status = 1;
            cr_assert_eq(waitpid(pids[p], &status, 0), pids[p]);
            cr_assert_eq(status, 0);
        }
    }
    cr_assert_eq(count("select count(*) from pg_inherits where inhparent = 'toilmeter.measurement'::regclass"), 20);
    pg_run(pg_conninfo(server), "alter table toilmeter.measurement detach partition toilmeter.measurement_2020_01");
    char *failed = pg_try(pg_conninfo(server), "select toilmeter.ensure_month('measurement', '2020-01-01')");
    cr_assert_str_eq(failed, "TM002");
    free(failed);
}

Test(store, a_row_that_the_database_refuses_is_bad_input)
{
    struct test_event event;
    make_restart(&event, "r-1", "2026-01-05T09:00:00Z");
    add(&event);
    make_restart(&event, "r-2", "2026-01-05T09:00:00Z");
    event.event.present &= ~(1u << TOIL_FIELD_COMPONENT);
    add(&event);
    cr_assert_eq(write_fenced(NULL, NULL), TOIL_BAD_INPUT);
    cr_assert_str_eq(err.sqlstate, "23502");
    cr_assert_eq(count("select count(*) from toilmeter.service_restart"), 0, "half a batch was kept");
    cr_assert_eq(count("select count(*) from toilmeter.intake"), 0);
    /* the connection goes on */
    toil_batch_clear(&batch);
    make_restart(&event, "r-1", "2026-01-05T09:00:00Z");
    add(&event);
    write_batch();
    cr_assert_eq(count("select count(*) from toilmeter.service_restart"), 1);
}

Test(store, a_text_that_is_not_utf8_is_bad_input)
{
    struct test_event event;
    make_restart(&event, "r-\xff", "2026-01-05T09:00:00Z");
    add(&event);
    cr_assert_eq(write_fenced(NULL, NULL), TOIL_BAD_INPUT);
    cr_assert_str_eq(err.sqlstate, "22021");
}

static enum toil_status refuse(void *context, struct toil_db *in, struct toil_error *error)
{
    (void)in;
    *(int *)context += 1;
    return toil_error_set(error, TOIL_RETRY, "somebody else moved on");
}

Test(store, a_fence_that_refuses_rolls_everything_back)
{
    struct test_event event;
    int calls = 0;
    make_restart(&event, "r-1", "2026-01-05T09:00:00Z");
    add(&event);
    cr_assert_eq(write_fenced(refuse, &calls), TOIL_RETRY);
    cr_assert_str_eq(err.message, "somebody else moved on");
    cr_assert_eq(calls, 1);
    cr_assert_eq(count("select count(*) from toilmeter.service_restart"), 0);
    cr_assert_eq(count("select count(*) from toilmeter.intake"), 0);
    cr_assert(toil_db_usable(db));
}

Test(store, unusable_messages_are_kept_whole_and_once)
{
    char value[256];
    for (int i = 0; i < 256; i++)
        value[i] = (char)i;
    struct toil_bad_message bad = {.value = {value, sizeof value},
                                   .key = {"k\0y", 3},
                                   .headers = TOIL_SPAN("[[\"trace\",\"a\\u0000b\\\\u0000\"]]"),
                                   .offset = 41,
                                   .timestamp_us = INT64_C(1767600000000000),
                                   .reason = TOIL_REASON_NUL,
                                   .detail = "field \"id\": \xff"};
    struct toil_bad_message tombstone = {.offset = 42, .timestamp_us = INT64_MIN + 1, .reason = TOIL_REASON_TOMBSTONE};
    struct toil_bad_message blank = {
        .value = {"", 0}, .offset = 43, .timestamp_us = INT64_MIN, .reason = TOIL_REASON_EMPTY};
    for (int round = 0; round < 2; round++) {
        uint32_t source = toil_batch_source(&batch, "t", 0);
        toil_batch_add_bad(&batch, source, "test", &bad);
        toil_batch_add_bad(&batch, source, "test", &tombstone);
        toil_batch_add_bad(&batch, source, "test", &blank);
        toil_batch_add_skipped(&batch, source);
        write_batch();
        toil_batch_clear(&batch);
        cr_assert_eq(outcomes.of[TOIL_KIND_NONE].received, 4u);
        cr_assert_eq(outcomes.of[TOIL_KIND_NONE].quarantined, round == 0 ? 3u : 0u);
        cr_assert_eq(outcomes.of[TOIL_KIND_NONE].duplicates, round == 0 ? 0u : 3u);
        cr_assert_eq(outcomes.of[TOIL_KIND_NONE].skipped, 1u);
    }
    cr_assert_value(
        "select string_agg(format('%s %s %s %s %s', kafka_offset, reason, message is null, "
        "length(message), message_at at time zone 'UTC'), ', ' order by kafka_offset) from toilmeter.quarantine",
        "41 nul f 256 2026-01-05 08:00:00, 42 tombstone t  , 43 empty f 0 ");
    cr_assert_value("select count(*) from toilmeter.quarantine, generate_series(0, 255) i "
                    "where kafka_offset = 41 and get_byte(message, i) = i and key = '\\x6b0079'",
                    "256");
    cr_assert_value(
        "select format('%s %s', headers -> 0 ->> 1, detail) from toilmeter.quarantine where kafka_offset = 41",
        "a\xef\xbf\xbd"
        "b\\u0000 field \"id\": \xef\xbf\xbd");
    cr_assert_reconciled();
}

Test(store, a_batch_of_nothing_but_skipped_messages_is_counted)
{
    toil_batch_add_skipped(&batch, toil_batch_source(&batch, "t", 3));
    write_batch();
    cr_assert_eq(count("select skipped from toilmeter.intake where partition = 3 and kind = ''"), 1);
}

/* Names and types of the columns are those of the vocabulary; what is required may not be null. Their place in the
 * table is free, since a migration can add a column at the end only and every query names what it means. */
Test(store, tables_follow_the_vocabulary)
{
    for (unsigned table = 0; table <= TOIL_TABLE_ENDING; table++) {
        bool state = table < TOIL_N_KINDS && toil_kinds[table].shape == TOIL_SHAPE_STATE;
        const char *name = table < TOIL_N_KINDS ? toil_kinds[table].name : "event_ending";
        struct toil_buf expected = TOIL_BUF_INIT, names = TOIL_BUF_INIT;
        enum toil_field fields[TOIL_N_FIELDS];
        unsigned n = toil_table_fields(table, fields);
        if (table == TOIL_TABLE_ENDING)
            toil_buf_add_text(&expected, "kind|text|t|C\n");
        toil_buf_add_text(&names, "kind");
        for (unsigned i = 0; i < n; i++) {
            const struct toil_field_info *info = &toil_fields[fields[i]];
            const char *type = toil_type_column(info->type);
            toil_buf_printf(&names, ",%s", info->name);
            bool required = table == TOIL_TABLE_ENDING ? fields[i] == TOIL_FIELD_ID || fields[i] == TOIL_FIELD_ENDED_AT
                                                       : (info->required & (1u << table)) != 0;
            toil_buf_printf(&expected, "%s|%s|%c|%s\n", info->name,
                            strcmp(type, "timestamptz") == 0 ? "timestamp with time zone" : type, required ? 't' : 'f',
                            strncmp(type, "text", 4) == 0 ? "C" : "~");
        }
        toil_buf_add_text(&expected, "extra|jsonb|f|~\n");
        char *sql = toil_xasprintf("select a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, c.collname "
                                   "from pg_attribute a left join pg_collation c on c.oid = a.attcollation "
                                   "where attrelid = 'toilmeter.%s%s'::regclass and attnum > 0 "
                                   "order by array_position('{%s,extra}'::text[], a.attname::text), attnum",
                                   name, state ? "_version" : "", names.data);
        char *got = pg_rows(pg_conninfo(server), sql);
        cr_assert_str_eq(got, expected.data, "%s", name);
        free(got);
        free(sql);
        toil_buf_release(&expected);
        toil_buf_release(&names);
    }
}

Test(store, an_unknown_schema_or_key_is_refused)
{
    const char *const one = "00ff", *const other = "00fe";
    bool found;
    cr_assert_eq(toil_store_check_schema(db, &err), TOIL_OK, "%s", err.message);
    cr_assert_eq(toil_store_has_key(db, &found, &err), TOIL_OK);
    cr_assert(!found);
    cr_assert_eq(toil_store_check_key(db, one, &err), TOIL_OK);
    cr_assert_eq(toil_store_check_key(db, one, &err), TOIL_OK);
    cr_assert_eq(toil_store_has_key(db, &found, &err), TOIL_OK);
    cr_assert(found);
    cr_assert_eq(toil_store_check_key(db, other, &err), TOIL_FATAL);
    cr_assert(strstr(err.hint, "key file"));
    pg_run(pg_conninfo(server), "delete from toilmeter.schema_migration where version > 1");
    enum toil_status status = toil_store_check_schema(db, &err);
    cr_assert_eq(status, toil_migration_count > 1 ? TOIL_FATAL : TOIL_OK);
    pg_run(pg_conninfo(server), "drop schema toilmeter cascade");
    cr_assert_eq(toil_store_check_schema(db, &err), TOIL_FATAL);
    cr_assert(strstr(err.hint, "toilmeter migrate"), "%s", err.hint);
}
