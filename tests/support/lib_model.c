/* A report made by hand, and golden files. */
#include "support/lib_model.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_proc.h"

const char *const toil_model_names[] = {
    "queue-balancer",
    "a|b \\| c",
    "say \"hi\", 'you' & <b>",
    "<script>alert(1)</script>",
    "=HYPERLINK(\"http://x\")",
    "+1",
    "-1",
    "@SUM(A1)",
    "'quoted",
    "line one\nline two\r\nline three",
    "\033[31mred\033[0m \007 bell",
    "\xe6\x9d\xb1\xe4\xba\xac \xe3\x82\xb5\xe3\x83\xbc\xe3\x83\x90", /* wide */
    "cafe\xcc\x81 \xf0\x9f\x94\xa5",                                 /* combining, emoji */
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d 12",                           /* right to left */
    "abc\xe2\x80\xae"
    "def",              /* direction override */
    "bad\xff\xc3(utf8", /* not UTF-8 */
    "[link](javascript:alert(1)) ![i](x) `code` *bold* #1 @all",
    "a-name-that-goes-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-never-ends",
    "",
};
const size_t toil_model_name_count = sizeof toil_model_names / sizeof toil_model_names[0];

static void add_columns(struct toil_report *report)
{
    const struct toil_column columns[] = {
        {.key = "name", .title = "name"},
        {.key = "count", .title = "count", .unit = "events", .kind = TOIL_COLUMN_COUNT},
        {.key = "hours", .title = "hours", .kind = TOIL_COLUMN_ESTIMATE, .decimals = 1},
        {.key = "share", .title = "share", .unit = "%", .kind = TOIL_COLUMN_NUMBER, .decimals = 2, .importance = 2},
        {.key = "day", .title = "day", .kind = TOIL_COLUMN_DATE, .importance = 3},
        {.key = "at", .title = "at", .kind = TOIL_COLUMN_TIME, .machine = true},
        {.key = "never", .title = "never", .kind = TOIL_COLUMN_ESTIMATE, .absent = "Never: there is no such number."},
        {.key = "shown", .title = "shown", .importance = 4, .people = true},
        {.key = "lag", .title = "lag", .kind = TOIL_COLUMN_LAG, .importance = 5},
        {.key = "sure", .title = "sure", .kind = TOIL_COLUMN_FLAG, .importance = 6},
        {.key = "list", .title = "list", .kind = TOIL_COLUMN_LIST, .importance = 7},
    };
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        toil_report_add_column(report, &columns[i]);
}

/* Estimates of every shape: a band, an exact one, bounds on one side, none, and numbers that are not finite. */
static struct toil_estimate estimate_of(size_t row)
{
    static const double inf = INFINITY;
    const struct toil_estimate shapes[] = {
        {1234.5678, 1100.25, 1400.75, 0.95, "hours", "A", NULL},
        {19.6, 17.1, 22.4, 0.95, "hours", "B", NULL},
        {12, 12, 12, NAN, "hours", "A", NULL},
        {5, 5, NAN, NAN, "hours", "C", "a lower bound"},
        {5, NAN, 5, NAN, "hours", "C", NULL},
        {NAN, 1, 2, 0.95, "hours", "A", "interval reaches zero: -4.1 to 9.8"},
        {inf, 1, 2, 0.95, "hours", "A", NULL},
        {-2.5, -inf, inf, NAN, "hours", "C", NULL},
        {0.1 + 0.2, 0.3, 0.30000000000000016, 0.95, "hours", "B", NULL},
    };
    return shapes[row % (sizeof shapes / sizeof shapes[0])];
}

struct toil_report *toil_model_new(void)
{
    struct toil_report *report = toil_report_new("model", "Does it hold?");
    add_columns(report);
    report->run = (struct toil_run_frame){.known = true,
                                          .id = 7,
                                          .seed = INT64_C(9007199254740993),
                                          .analyzed_us = INT64_C(1770000000000000),
                                          .from_us = INT64_C(1767222000000000),
                                          .to_us = INT64_C(1769900400000000),
                                          .watermark_us = TOIL_TIME_NONE,
                                          .events_json = toil_report_keep(report, "{\"service_restart\": 512}"),
                                          .parameters_json = toil_report_keep(report, "not JSON")};
    for (size_t i = 0; i < toil_model_name_count; i++) {
        const struct toil_estimate estimate = estimate_of(i);
        toil_report_add_row(report, 0, 0, 0.05);
        toil_report_set_text(report, 0, toil_model_names[i]);
        toil_report_set_count(report, 1, i == 0 ? INT64_MAX : (int64_t)i * 1000);
        toil_report_set_estimate(report, 2, &estimate);
        toil_report_set_number(report, 3, i % 3 == 0 ? (double)NAN : (double)i * 100 / 3);
        toil_report_set_day(report, 4, i % 2 ? 20454 : TOIL_TIME_NONE);
        toil_report_set_time(report, 5, INT64_C(1767222000123456));
        toil_report_set_text(report, 7, "people only");
        if (i % 4 == 3)
            continue;
        toil_report_set_lag(report, 8, i % 2 ? -30 : 60, i % 2 ? 0 : (int64_t)i * 60 + 120);
        toil_report_set_flag(report, 9, i % 2);
        toil_report_set_list(report, 10, i == 2 ? "not JSON" : "[{\"name\": \"<b>, \\\"\"}]", "a <list> | of one");
    }
    toil_report_add_row(report, TOIL_ROW_PEOPLE | TOIL_ROW_PINNED, 0, NAN);
    toil_report_set_text(report, 0, "(people only)");
    toil_report_add_row(report, TOIL_ROW_TOTAL, 0, NAN);
    toil_report_set_text(report, 0, "(total)");
    toil_report_set_count(report, 1, 171000);
    report->top = 17;
    report->weight_name = "the hours";
    toil_report_answer(report, "It holds: %s says <so> | and \"so\".", "an answer that is long enough to be wrapped");
    toil_report_note(report, "A note with <b>, a | pipe and *stars*.");
    toil_report_small(report, "run", "7");
    toil_report_small(report, "window", "2026-01-01 to 2026-01-31");
    toil_report_arithmetic(report, "hours", "sum(hours) & <more>");
    const char *const params[] = {"7", NULL, "<b>"};
    toil_report_explain_query(report, "model", "select 1 -- ```` <b>\nfrom t;\n", params, 3);
    return report;
}

char *toil_model_render(const struct toil_report *report, const char *format, bool explain)
{
    const struct toil_render_options options = {.width = 80, .explain = explain, .top = SIZE_MAX};
    const struct toil_renderer *renderer = toil_renderer_find(format);
    cr_assert_not_null(renderer, "no renderer %s", format);
    struct toil_buf out = TOIL_BUF_INIT;
    renderer->render(report, &options, &out);
    return toil_buf_take(&out);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file, "cannot write %s", path);
    fputs(text, file);
    cr_assert_eq(fclose(file), 0);
}

void toil_golden_check(const char *name, const char *text)
{
    char path[256], came[256];
    snprintf(path, sizeof path, "tests/golden/%s", name);
    const char *renew = getenv("TOIL_RENEW_GOLDEN");
    if (renew && strcmp(renew, "1") == 0) {
        write_text(path, text);
        return;
    }
    char *golden = toil_file_text(path);
    bool same = strcmp(golden, text) == 0;
    free(golden);
    if (same)
        return;
    const char *tmp = getenv("TMPDIR");
    int folder = snprintf(came, sizeof came, "%s/came-", tmp ? tmp : "/tmp");
    snprintf(came + folder, sizeof came - (size_t)folder, "%s", name);
    for (char *slash = came + folder; (slash = strchr(slash, '/'));) /* of a golden file in a folder */
        *slash = '-';
    write_text(came, text);
    cr_assert_fail("differs from %s; what came is in %s (TOIL_RENEW_GOLDEN=1 renews it)", path, came);
}
