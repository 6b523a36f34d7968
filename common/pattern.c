/* The code behind pattern.h: the one file that knows PCRE2. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "toilmeter/pattern.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_LIMIT 1000u
#define HEAP_LIMIT  256u /* KiB */

struct toil_pattern {
    char *exact;      /* owned; of an exact name */
    size_t exact_len; /* bytes */
    pcre2_code *code; /* owned; of a regular expression */
    pcre2_match_context *limits;
};

static enum toil_status compile(struct toil_pattern *pattern, const char *text, struct toil_error *err)
{
    int code;
    PCRE2_SIZE at;
    /* NEVER_BACKSLASH_C: \C could cut a character in two. */
    uint32_t flags = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;
    pattern->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, flags, &code, &at, NULL);
    if (!pattern->code) {
        PCRE2_UCHAR reason[160];
        pcre2_get_error_message(code, reason, sizeof reason);
        return toil_error_set(err, TOIL_BAD_INPUT, "regular expression \"%.200s\": character %zu: %s", text,
                              (size_t)at + 1, (const char *)reason);
    }
    /* Without JIT on this machine the interpreter matches the same, only slower. */
    (void)pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
    pattern->limits = pcre2_match_context_create(NULL);
    if (!pattern->limits)
        abort();
    pcre2_set_match_limit(pattern->limits, TOIL_PATTERN_STEPS);
    pcre2_set_depth_limit(pattern->limits, DEPTH_LIMIT);
    pcre2_set_heap_limit(pattern->limits, HEAP_LIMIT);
    return TOIL_OK;
}

enum toil_status toil_pattern_new(const char *text, struct toil_pattern **out, struct toil_error *err)
{
    *out = NULL;
    struct toil_pattern *pattern = toil_xcalloc(1, sizeof *pattern);
    if (text[0] == '~') {
        enum toil_status status = compile(pattern, text + 1, err);
        if (status != TOIL_OK) {
            toil_pattern_free(pattern);
            return status;
        }
    } else {
        pattern->exact = toil_xstrdup(text);
        pattern->exact_len = strlen(text);
    }
    *out = pattern;
    return TOIL_OK;
}

void toil_pattern_free(struct toil_pattern *pattern)
{
    if (!pattern)
        return;
    free(pattern->exact);
    pcre2_code_free(pattern->code);
    pcre2_match_context_free(pattern->limits);
    free(pattern);
}

#define GROUPS_MAX 16

struct toil_matcher {
    pcre2_match_data *match;
};

struct toil_matcher *toil_matcher_new(void)
{
    struct toil_matcher *matcher = toil_xcalloc(1, sizeof *matcher);
    matcher->match = pcre2_match_data_create(GROUPS_MAX, NULL);
    if (!matcher->match)
        abort();
    return matcher;
}

void toil_matcher_free(struct toil_matcher *matcher)
{
    if (!matcher)
        return;
    pcre2_match_data_free(matcher->match);
    free(matcher);
}

static bool is_exactly(const struct toil_pattern *pattern, struct toil_span text)
{
    return text.len == pattern->exact_len && (text.len == 0 || memcmp(text.ptr, pattern->exact, text.len) == 0);
}

/* pairs: those that the match has filled in; what stands behind them is not to be read. */
static void take_groups(pcre2_match_data *match, unsigned pairs, struct toil_span text, struct toil_span *group,
                        unsigned count)
{
    const PCRE2_SIZE *place = pcre2_get_ovector_pointer(match);
    for (unsigned i = 0; i < count; i++) {
        bool took_part = i < pairs && place[2 * i] != PCRE2_UNSET && place[2 * i] <= place[2 * i + 1];
        group[i] = (struct toil_span){NULL, 0};
        if (took_part)
            group[i] = (struct toil_span){text.ptr + place[2 * i], place[2 * i + 1] - place[2 * i]};
    }
}

enum toil_match toil_pattern_find(const struct toil_pattern *pattern, struct toil_span text,
                                  struct toil_matcher *matcher, struct toil_span *group, unsigned count)
{
    if (!text.ptr)
        text.ptr = "";
    if (pattern->exact) {
        for (unsigned i = 0; i < count; i++)
            group[i] = i == 0 ? text : (struct toil_span){NULL, 0};
        return is_exactly(pattern, text) ? TOIL_MATCH_YES : TOIL_MATCH_NO;
    }
    int found = pcre2_match(pattern->code, (PCRE2_SPTR)text.ptr, text.len, 0, 0, matcher->match, pattern->limits);
    if (found == PCRE2_ERROR_NOMATCH)
        return TOIL_MATCH_NO;
    if (found < 0)
        return TOIL_MATCH_GAVE_UP;
    take_groups(matcher->match, found > 0 ? (unsigned)found : GROUPS_MAX, text, group, count);
    return TOIL_MATCH_YES;
}

int toil_pattern_group(const struct toil_pattern *pattern, const char *name)
{
    int number = pattern->code ? pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR)name) : -1;
    return number > 0 ? number : -1;
}

unsigned toil_pattern_group_count(const struct toil_pattern *pattern)
{
    uint32_t count = 0;
    if (pattern->code)
        pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
}

bool toil_pattern_matches(const struct toil_pattern *pattern, struct toil_span text)
{
    if (pattern->exact)
        return is_exactly(pattern, text);
    /* Made here: the pattern itself is shared by threads. */
    struct toil_matcher *matcher = toil_matcher_new();
    bool matches = toil_pattern_find(pattern, text, matcher, NULL, 0) == TOIL_MATCH_YES;
    toil_matcher_free(matcher);
    return matches;
}
