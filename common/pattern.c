/* The code behind pattern.h: the one file that knows PCRE2. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "toilmeter/pattern.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

/* A name that needs more steps than this does not match: about a millisecond at worst. */
#define MATCH_LIMIT 100000u
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
    pcre2_set_match_limit(pattern->limits, MATCH_LIMIT);
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

bool toil_pattern_matches(const struct toil_pattern *pattern, struct toil_span text)
{
    if (pattern->exact)
        return text.len == pattern->exact_len && (text.len == 0 || memcmp(text.ptr, pattern->exact, text.len) == 0);
    /* One pair only, made here: the pattern itself is shared by threads. */
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    if (!match)
        abort();
    PCRE2_SPTR subject = (PCRE2_SPTR)(text.ptr ? text.ptr : "");
    int found = pcre2_match(pattern->code, subject, text.len, 0, 0, match, pattern->limits);
    pcre2_match_data_free(match);
    return found >= 0;
}
