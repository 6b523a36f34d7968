/* Log lines: both formats, cutting, escaping, levels, and the flood limit. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "toilmeter/buf.h"
#include "toilmeter/log.h"

static int ends[2];

static void setup(void)
{
    cr_assert_eq(pipe(ends), 0);
}

TestSuite(log, .init = setup);

/* What was written so far; closes the writing end. */
static char *written(void)
{
    struct toil_buf text = TOIL_BUF_INIT;
    char chunk[4096];
    close(ends[1]);
    for (ssize_t n; (n = read(ends[0], chunk, sizeof chunk)) > 0;)
        toil_buf_add(&text, chunk, (size_t)n);
    close(ends[0]);
    return toil_buf_take(&text);
}

static unsigned count_lines(const char *text)
{
    unsigned lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

Test(log, text_lines)
{
    struct toil_log *log = toil_log_new(ends[1], TOIL_LOG_TEXT, TOIL_LOG_INFO);
    toil_log_line(log, TOIL_LOG_WARN, "batch_stored", "stored a batch", "rows", "20000", "empty", "", "odd",
                  "a=\"b\"\n", NULL);
    toil_log_line(log, TOIL_LOG_DEBUG, "hidden", "below the level", NULL);
    toil_log_line(NULL, TOIL_LOG_ERROR, "nowhere", "no log", NULL);
    toil_log_free(log);
    char *text = written();
    cr_expect_eq(strncmp(text, "time=20", 7), 0, "%s", text);
    cr_expect(strstr(text, " level=warn event=batch_stored message=\"stored a batch\" rows=20000 empty=\"\" "
                           "odd=\"a=\\\"b\\\"\\u000a\"\n"),
              "%s", text);
    cr_expect_eq(count_lines(text), 1);
    free(text);
}

Test(log, json_lines)
{
    struct toil_log *log = toil_log_new(ends[1], TOIL_LOG_JSON, TOIL_LOG_DEBUG);
    toil_log_line(log, TOIL_LOG_DEBUG, "e", "m\n\"\x1b[31m\x7f\xc2\x9b\xff", "key", "v", NULL);
    toil_log_free(log);
    char *text = written();
    cr_expect_null(strpbrk(text, "\x1b\x7f\xff"), "%s", text);
    cr_expect_null(strstr(text, "\xc2\x9b"), "%s", text);
    cJSON *line = cJSON_Parse(text);
    cr_assert_not_null(line, "%s", text);
    cr_expect_str_eq(cJSON_GetObjectItem(line, "level")->valuestring, "debug");
    cr_expect_str_eq(cJSON_GetObjectItem(line, "event")->valuestring, "e");
    cr_expect_str_eq(cJSON_GetObjectItem(line, "message")->valuestring, "m\n\"\x1b[31m\x7f\xc2\x9b\xef\xbf\xbd");
    cr_expect_str_eq(cJSON_GetObjectItem(line, "key")->valuestring, "v");
    cr_expect_not_null(cJSON_GetObjectItem(line, "time"));
    cJSON_Delete(line);
    free(text);
}

Test(log, long_values_are_cut_between_characters)
{
    char value[600];
    for (size_t i = 0; i + 2 < sizeof value; i += 3)
        memcpy(value + i, "\xe2\x82\xac", 3);
    value[sizeof value - 1] = '\0';
    struct toil_log *log = toil_log_new(ends[1], TOIL_LOG_JSON, TOIL_LOG_DEBUG);
    toil_log_line(log, TOIL_LOG_INFO, "e", "m", "key", value, NULL);
    toil_log_free(log);
    char *text = written();
    cJSON *line = cJSON_Parse(text);
    const char *shown = cJSON_GetObjectItem(line, "key")->valuestring;
    cr_expect_eq(strlen(shown), 255, "%zu", strlen(shown));
    cr_expect_null(strstr(shown, "\xef\xbf\xbd"));
    cJSON_Delete(line);
    free(text);
}

Test(log, errors)
{
    struct toil_error err;
    toil_error_set(&err, TOIL_RETRY, "server closed the connection");
    toil_error_hint(&err, "is it running?");
    memcpy(err.sqlstate, "08006", 6);
    struct toil_log *log = toil_log_new(ends[1], TOIL_LOG_TEXT, TOIL_LOG_INFO);
    toil_log_error(log, TOIL_LOG_ERROR, "database", &err);
    toil_log_free(log);
    char *text = written();
    cr_expect(strstr(text,
                     "level=error event=database message=\"server closed the connection\" hint=\"is it running?\" "
                     "sqlstate=08006\n"),
              "%s", text);
    free(text);
}

Test(log, floods_are_held_back)
{
    struct toil_log *log = toil_log_new(ends[1], TOIL_LOG_TEXT, TOIL_LOG_INFO);
    for (int i = 0; i < 10000; i++)
        toil_log_limited(log, TOIL_LOG_WARN, 3600, "bad_message", "unusable", NULL);
    toil_log_limited(log, TOIL_LOG_WARN, 3600, "other", "first of its name", NULL);
    toil_log_limited(log, TOIL_LOG_DEBUG, 0, "below", "not shown and not counted", NULL);
    usleep(1000);
    toil_log_limited(log, TOIL_LOG_WARN, 0, "bad_message", "unusable", "topic", "t", NULL);
    toil_log_limited(log, TOIL_LOG_WARN, 0, "bad_message", "unusable", NULL);
    toil_log_free(log);
    char *text = written();
    cr_expect_eq(count_lines(text), 4, "%s", text);
    cr_expect(strstr(text, "topic=t held_back=9999\n"), "%s", text);
    cr_expect_null(strstr(strstr(text, "held_back") + 1, "held_back"), "said once");
    free(text);
}

/* More names than it remembers: lines may pass too often then, but none is lost for good and nothing breaks. */
Test(log, many_names)
{
    struct toil_log *log = toil_log_new(ends[1], TOIL_LOG_TEXT, TOIL_LOG_INFO);
    for (int i = 0; i < 300; i++) {
        char name[100];
        snprintf(name, sizeof name, "name_%d_of_which_the_end_lies_beyond_the_sixty_fourth_byte_%d", i, i);
        toil_log_limited(log, TOIL_LOG_INFO, 3600, name, "m", NULL);
    }
    toil_log_free(log);
    char *text = written();
    cr_expect_eq(count_lines(text), 300);
    free(text);
}

static void *chatter(void *log)
{
    for (int i = 0; i < 100; i++)
        toil_log_line(log, TOIL_LOG_INFO, "chatter", "a line of some length that must stay whole", "n", "1", NULL);
    return NULL;
}

Test(log, lines_of_threads_stay_whole)
{
    struct toil_log *log = toil_log_new(ends[1], TOIL_LOG_TEXT, TOIL_LOG_INFO);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, chatter, log);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    toil_log_free(log);
    char *text = written();
    unsigned lines = 0;
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL && *line; lines++) {
        cr_assert_eq(strncmp(line, "time=", 5), 0, "%s", line);
        cr_assert_str_eq(line + strlen(line) - 4, " n=1");
    }
    cr_expect_eq(lines, 400);
    free(text);
}

Test(log, names_of_levels_and_formats)
{
    enum toil_log_level level;
    enum toil_log_format format;
    cr_expect(toil_log_level_find("error", &level) && level == TOIL_LOG_ERROR);
    cr_expect(toil_log_level_find("debug", &level) && level == TOIL_LOG_DEBUG);
    cr_expect_not(toil_log_level_find("loud", &level));
    cr_expect(toil_log_format_find("json", &format) && format == TOIL_LOG_JSON);
    cr_expect(toil_log_format_find("text", &format) && format == TOIL_LOG_TEXT);
    cr_expect_not(toil_log_format_find("xml", &format));
}
