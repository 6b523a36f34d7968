/* The page of metrics and the line of totals. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <regex.h>
#include <string.h>

#include "collector/counters.h"
#include "collector/health.h"
#include "collector/tally.h"
#include "toilmeter/listen.h"

static const char *const topics[] = {"plain", "odd\"name\\"};

static char *render(struct counters *counters)
{
    struct toil_buf out = TOIL_BUF_INIT;
    counters_render(counters, &out);
    return toil_buf_take(&out);
}

static void expect_line(const char *page, const char *line)
{
    size_t len = strlen(line);
    const char *found = page;
    while (found && (strncmp(found, line, len) != 0 || found[len] != '\n')) {
        found = strchr(found, '\n');
        found = found ? found + 1 : NULL;
    }
    cr_expect(found != NULL, "no line %s", line);
}

Test(counters, each_value_has_its_series)
{
    struct counters *counters = counters_new(topics, 2);
    counters_add_of(counters, COUNTER_STORED, 0, TOIL_KIND_SERVICE_RESTART, 3);
    counters_add_of(counters, COUNTER_STORED, 0, TOIL_KIND_SERVICE_RESTART, 4);
    counters_add_of(counters, COUNTER_STORED, 1, TOIL_KIND_WORK_LOG, 5);
    counters_add_of(counters, COUNTER_QUARANTINED, 0, TOIL_REASON_TOMBSTONE, 2);
    counters_add_topic(counters, COUNTER_REREAD, 1, 9);
    counters_set(counters, COUNTER_READY, 1);
    char *page = render(counters);
    expect_line(page, "toilmeterd_events_stored_total{topic=\"plain\",kind=\"service_restart\"} 7");
    expect_line(page, "toilmeterd_events_stored_total{topic=\"odd\\\"name\\\\\",kind=\"work_log\"} 5");
    expect_line(page, "toilmeterd_messages_quarantined_total{topic=\"plain\",reason=\"tombstone\"} 2");
    expect_line(page, "toilmeterd_messages_reread_total{topic=\"plain\"} 0");
    expect_line(page, "toilmeterd_messages_reread_total{topic=\"odd\\\"name\\\\\"} 9");
    expect_line(page, "toilmeterd_ready 1");
    expect_line(page, "toilmeterd_build_info{version=\"" TOIL_VERSION "\"} 1");
    cr_expect(strstr(page, "kind=\"deployment\"") == NULL, "series that never counted are left out");
    free(page);
    counters_free(counters);
}

Test(counters, every_line_is_prometheus_text)
{
    struct counters *counters = counters_new(topics, 2);
    counters_observe(counters, HISTOGRAM_COMMIT_SECONDS, 0.3);
    const struct counters_lag lags[] = {{.topic_index = 1, .partition = 3, .known = true, .lag = 12}, {.partition = 4}};
    counters_set_lags(counters, lags, 2);
    counters_add_of(counters, COUNTER_OLDER, 1, TOIL_KIND_WORK_LOG, 1);
    char *page = render(counters);
    regex_t line;
    cr_assert(eq(int,
                 regcomp(&line,
                         "^(# (HELP [a-z_]+ .+|TYPE [a-z_]+ (counter|gauge|histogram))|"
                         "[a-z_]+(\\{([a-z]+=\"([^\"\\]|\\\\.)*\",?)+\\})? ([0-9.]+|NaN))$",
                         REG_EXTENDED | REG_NOSUB),
                 0));
    char *save = NULL;
    for (char *text = strtok_r(page, "\n", &save); text; text = strtok_r(NULL, "\n", &save))
        cr_expect(eq(int, regexec(&line, text, 0, NULL, 0), 0), "not in the format: %s", text);
    regfree(&line);
    free(page);
    counters_free(counters);
}

Test(counters, buckets_add_up)
{
    struct counters *counters = counters_new(topics, 2);
    static const double seen[] = {0.001, 0.005, 0.0051, 0.7, 61, 1e6};
    for (size_t i = 0; i < 6; i++)
        counters_observe(counters, HISTOGRAM_COMMIT_SECONDS, seen[i]);
    counters_observe(counters, HISTOGRAM_BATCH_MESSAGES, 5e6);
    char *page = render(counters);
    expect_line(page, "toilmeterd_batch_write_seconds_bucket{le=\"0.005\"} 2");
    expect_line(page, "toilmeterd_batch_write_seconds_bucket{le=\"0.01\"} 3");
    expect_line(page, "toilmeterd_batch_write_seconds_bucket{le=\"0.5\"} 3");
    expect_line(page, "toilmeterd_batch_write_seconds_bucket{le=\"1\"} 4");
    expect_line(page, "toilmeterd_batch_write_seconds_bucket{le=\"60\"} 4");
    expect_line(page, "toilmeterd_batch_write_seconds_bucket{le=\"+Inf\"} 6");
    expect_line(page, "toilmeterd_batch_write_seconds_count 6");
    expect_line(page, "toilmeterd_batch_write_seconds_sum 1000061.711100");
    expect_line(page, "toilmeterd_batch_messages_bucket{le=\"100000\"} 0");
    expect_line(page, "toilmeterd_batch_messages_bucket{le=\"+Inf\"} 1");
    free(page);
    counters_free(counters);
}

Test(counters, lag_is_unknown_rather_than_zero)
{
    struct counters *counters = counters_new(topics, 2);
    struct positions positions = {0};
    struct position *position = positions_add(&positions, topics[0], 0, 0);
    position->stored = position->next = 90;
    position->end = 100;
    positions_add(&positions, topics[0], 0, 1)->next = 3;
    tally_lags(counters, &positions, true);
    char *page = render(counters);
    expect_line(page, "toilmeterd_lag_messages{topic=\"plain\",partition=\"0\"} 10");
    expect_line(page, "toilmeterd_lag_messages{topic=\"plain\",partition=\"1\"} NaN");
    free(page);
    tally_lags(counters, &positions, false);
    page = render(counters);
    expect_line(page, "toilmeterd_lag_messages{topic=\"plain\",partition=\"0\"} NaN");
    free(page);
    positions_release(&positions);
    counters_free(counters);
}

Test(counters, totals_are_one_line_for_scripts)
{
    struct counters *counters = counters_new(topics, 1);
    counters_add_of(counters, COUNTER_STORED, 0, TOIL_KIND_SERVICE_RESTART, 7);
    counters_add_of(counters, COUNTER_STORED, 0, TOIL_KIND_WORK_LOG, 2);
    counters_add_of(counters, COUNTER_DUPLICATES, 0, TOIL_KIND_WORK_LOG, 1);
    counters_add_of(counters, COUNTER_QUARANTINED, 0, TOIL_REASON_EMPTY, 4);
    counters_add_topic(counters, COUNTER_SKIPPED, 0, 3);
    struct toil_buf line = TOIL_BUF_INIT;
    counters_totals(counters, &line);
    cr_expect(eq(str, line.data,
                 (char *)"totals stored=9 duplicates=1 older=0 quarantined=4 skipped=3 "
                         "topic=plain stored=9 duplicates=1 older=0 quarantined=4 skipped=3"));
    toil_buf_release(&line);
    counters_free(counters);
}

Test(health, reasons_are_words)
{
    struct toil_buf out = TOIL_BUF_INIT;
    health_reasons(0, &out);
    cr_expect(eq(str, out.data, (char *)"ready"));
    health_reasons(HEALTH_DATABASE | HEALTH_TOPIC, &out);
    cr_expect(eq(str, out.data, (char *)"the database does not answer, a topic is missing"));
    toil_buf_release(&out);
}

Test(listen, addresses)
{
    static const struct {
        const char *listen;
        enum toil_status status;
    } rows[] = {
        {"127.0.0.1:9464", TOIL_OK},
        {"0.0.0.0:0", TOIL_OK},
        {"[::1]:80", TOIL_OK},
        {"localhost:1", TOIL_OK},
        {"127.0.0.1", TOIL_BAD_INPUT},
        {"127.0.0.1:65536", TOIL_BAD_INPUT},
        {":9464", TOIL_BAD_INPUT},
        {"[::1:80", TOIL_BAD_INPUT},
        {"host.example:80", TOIL_BAD_INPUT},
        {"127.0.0.1:", TOIL_BAD_INPUT},
        {"127.0.0.1:12x", TOIL_BAD_INPUT},
        {"[]:1", TOIL_BAD_INPUT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct toil_error err;
        struct toil_listen listen;
        cr_expect(eq(int, toil_listen_parse(rows[i].listen, &listen, &err), rows[i].status), "%s", rows[i].listen);
    }
}
