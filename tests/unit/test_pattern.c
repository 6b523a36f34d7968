/* Names and regular expressions: exact, unanchored, Unicode, and never for long. */
#include <criterion/criterion.h>
#include <string.h>

#include "toilmeter/pattern.h"
#include "toilmeter/timestamp.h"

Test(pattern, matches)
{
    static const struct {
        const char *pattern, *text;
        bool matches;
    } rows[] = {
        {"queue", "queue", true},
        {"queue", "queue-1", false},
        {"queue", "Queue", false},
        {"queue", "", false},
        {"", "", true},
        {"", "x", false},
        {"a.c", "abc", false},
        {"~a.c", "xabcx", true},
        {"~^qb-[0-9]+$", "qb-17", true},
        {"~^qb-[0-9]+$", "qb-", false},
        {"~^svc-", "my-svc-", false},
        {"~", "anything", true},
        {"~(?i)QUEUE", "the queue", true},
        {"~^.$", "\xc5\xbe", true},
        {"~^\\p{Lu}", "\xc5\xbd", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct toil_pattern *pattern;
        struct toil_error err;
        cr_assert_eq(toil_pattern_new(rows[i].pattern, &pattern, &err), TOIL_OK, "%s", err.message);
        cr_expect_eq(toil_pattern_matches(pattern, toil_span_of(rows[i].text)), rows[i].matches, "%s on %s",
                     rows[i].pattern, rows[i].text);
        toil_pattern_free(pattern);
    }
}

Test(pattern, says_where_an_expression_is_wrong)
{
    static const struct {
        const char *pattern, *in_message;
    } rows[] = {{"~a(b", "character 4"}, {"~a**", "character 3"}, {"~[z-a]", "character 4"}, {"~\\C", "character"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct toil_pattern *pattern;
        struct toil_error err;
        enum toil_status status = toil_pattern_new(rows[i].pattern, &pattern, &err);
        cr_expect_eq(status, TOIL_BAD_INPUT);
        cr_expect_null(pattern);
        cr_expect(strstr(err.message, rows[i].in_message), "%s: %s", rows[i].pattern, err.message);
    }
    toil_pattern_free(NULL);
}

/* An expression of exponential cost gives up within a moment instead of hanging the reader. */
Test(pattern, a_hostile_name_cannot_hang_it, .timeout = 20)
{
    struct toil_pattern *pattern;
    cr_assert_eq(toil_pattern_new("~^(a+)+$", &pattern, NULL), TOIL_OK);
    char name[4096];
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '!';
    int64_t begin_us = toil_time_now_us();
    for (int i = 0; i < 20; i++)
        cr_expect_not(toil_pattern_matches(pattern, (struct toil_span){name, sizeof name}));
    cr_expect_lt(toil_time_now_us() - begin_us, 5 * TOIL_US_PER_SECOND);
    toil_pattern_free(pattern);
}

Test(pattern, text_that_is_not_utf8_does_not_match)
{
    struct toil_pattern *pattern;
    cr_assert_eq(toil_pattern_new("~a", &pattern, NULL), TOIL_OK);
    cr_expect_not(toil_pattern_matches(pattern, toil_span_of("a\xff")));
    cr_expect_not(toil_pattern_matches(pattern, (struct toil_span){NULL, 0}));
    cr_expect(toil_pattern_matches(pattern, (struct toil_span){"b\0a", 3}));
    toil_pattern_free(pattern);
}

Test(pattern, groups_by_name_and_those_that_took_no_part)
{
    struct toil_pattern *pattern;
    struct toil_error err;
    struct toil_span group[16];
    struct toil_matcher *matcher = toil_matcher_new();
    cr_assert_eq(toil_pattern_new("~^(?<a>x)?(?<b>y)(z)?$", &pattern, &err), TOIL_OK);
    cr_assert_eq(toil_pattern_group(pattern, "b"), 2);
    cr_assert_eq(toil_pattern_group(pattern, "c"), -1);
    cr_assert_eq(toil_pattern_group_count(pattern), 3);
    memset(group, 0xff, sizeof group);
    cr_assert_eq(toil_pattern_find(pattern, TOIL_SPAN("y"), matcher, group, 16), TOIL_MATCH_YES);
    cr_expect(toil_span_is(group[0], "y"));
    cr_expect_null(group[1].ptr);
    cr_expect(toil_span_is(group[2], "y"));
    for (int i = 3; i < 16; i++)
        cr_expect_null(group[i].ptr, "group %d", i);
    cr_assert_eq(toil_pattern_find(pattern, TOIL_SPAN("z"), matcher, group, 16), TOIL_MATCH_NO);
    toil_pattern_free(pattern);
    cr_assert_eq(toil_pattern_new("exact", &pattern, &err), TOIL_OK);
    cr_assert_eq(toil_pattern_find(pattern, TOIL_SPAN("exact"), matcher, group, 2), TOIL_MATCH_YES);
    cr_expect(toil_span_is(group[0], "exact"));
    cr_expect_null(group[1].ptr);
    toil_pattern_free(pattern);
    toil_matcher_free(matcher);
}

Test(pattern, giving_up_is_not_the_same_as_no_match)
{
    struct toil_pattern *pattern;
    struct toil_error err;
    struct toil_matcher *matcher = toil_matcher_new();
    cr_assert_eq(toil_pattern_new("~^(a+)+$", &pattern, &err), TOIL_OK);
    cr_assert_eq(toil_pattern_find(pattern, TOIL_SPAN("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), matcher, NULL, 0),
                 TOIL_MATCH_GAVE_UP);
    cr_assert_eq(toil_pattern_find(pattern, TOIL_SPAN("aab"), matcher, NULL, 0), TOIL_MATCH_NO);
    toil_pattern_free(pattern);
    toil_matcher_free(matcher);
}
