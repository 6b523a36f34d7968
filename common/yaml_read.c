/* The readers of yaml.h: scalars to numbers, sizes, durations and words, each refused with its place. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/yaml.h"

struct suffix {
    const char *name;
    int64_t factor;
};

static const struct suffix byte_suffixes[] = {
    {"", 1}, {"B", 1}, {"KiB", INT64_C(1) << 10}, {"MiB", INT64_C(1) << 20}, {"GiB", INT64_C(1) << 30}, {NULL, 0}};
static const struct suffix duration_suffixes[] = {{"ms", 1},       {"s", 1000},      {"m", 60000}, {"h", 3600000},
                                                  {"d", 86400000}, {"w", 604800000}, {NULL, 0}};

/* Digits and one of the suffixes; at most one space between. */
static bool parse_with_suffix(const char *text, const struct suffix *suffixes, int64_t *out)
{
    int64_t number = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (__builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, *p - '0', &number))
            return false;
    }
    if (p == text)
        return false;
    if (*p == ' ' && p[1])
        p++;
    for (const struct suffix *suffix = suffixes; suffix->name; suffix++) {
        if (strcmp(p, suffix->name) == 0)
            return !__builtin_mul_overflow(number, suffix->factor, out);
    }
    return false;
}

bool toil_parse_bytes(const char *text, int64_t *out)
{
    return parse_with_suffix(text, byte_suffixes, out);
}

bool toil_parse_duration_ms(const char *text, int64_t *out)
{
    return parse_with_suffix(text, duration_suffixes, out);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

#define NEAREST_BYTES 64

/* Edit distance where two neighbours that changed places count once; words are short, so three rows on the stack. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][NEAREST_BYTES + 1], a_len = strlen(a), b_len = strlen(b);
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *now = rows[i % 3], *before = rows[(i - 1) % 3], *twice_before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t change = before[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = least(change, least(before[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], twice_before[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

const char *toil_nearest(const char *word, const char *const *list)
{
    const char *best = NULL;
    size_t len = strnlen(word, NEAREST_BYTES + 1);
    size_t best_distance = len / 3 + 1; /* further away it is another word, not a slip */
    for (; *list && len <= NEAREST_BYTES; list++) {
        if (strlen(*list) > NEAREST_BYTES)
            continue;
        size_t far = distance(word, *list);
        if (far <= best_distance && far < len && (!best || far < best_distance)) {
            best = *list;
            best_distance = far;
        }
    }
    return best;
}

/* What stands there instead, for messages. */
static const char *what_is(const toil_yaml_node *node)
{
    if (toil_yaml_is_map(node))
        return "a map";
    if (toil_yaml_is_list(node))
        return "a list";
    return toil_yaml_is_null(node) ? "nothing" : "something else";
}

enum toil_status toil_yaml_read_text(const toil_yaml_node *node, const char *key, const char **out,
                                     struct toil_error *err)
{
    if (!toil_yaml_is_scalar(node) || toil_yaml_is_null(node))
        return toil_yaml_error(node, err, "%s: expected a text, found %s", key, what_is(node));
    *out = toil_yaml_text(node);
    return TOIL_OK;
}

static bool parse_int(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    bool begins_well = (*text >= '0' && *text <= '9') || *text == '-';
    *out = number;
    return begins_well && *end == '\0' && errno == 0;
}

static bool parse_double(const char *text, double *out)
{
    char *end;
    if (text[strspn(text, "0123456789+-.eE")] != '\0') /* neither hexadecimal, nor inf or nan */
        return false;
    errno = 0;
    *out = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*out);
}

/* The scalar's text, or "" for what cannot be a number anyway. */
static const char *number_text(const toil_yaml_node *node)
{
    const char *text = toil_yaml_text(node);
    return text ? text : "";
}

enum toil_status toil_yaml_read_int(const toil_yaml_node *node, const char *key, int64_t low, int64_t high,
                                    int64_t *out, struct toil_error *err)
{
    if (!parse_int(number_text(node), out) || *out < low || *out > high)
        return toil_yaml_error(node, err, "%s: expected a whole number from %lld to %lld", key, (long long)low,
                               (long long)high);
    return TOIL_OK;
}

enum toil_status toil_yaml_read_double(const toil_yaml_node *node, const char *key, double low, double high,
                                       double *out, struct toil_error *err)
{
    if (!parse_double(number_text(node), out) || !(*out >= low && *out <= high))
        return toil_yaml_error(node, err, "%s: expected a number from %g to %g", key, low, high);
    return TOIL_OK;
}

enum toil_status toil_yaml_read_bool(const toil_yaml_node *node, const char *key, bool *out, struct toil_error *err)
{
    const char *text = number_text(node);
    bool yes = strcmp(text, "true") == 0, no = strcmp(text, "false") == 0;
    if (!yes && !no)
        return toil_yaml_error(node, err, "%s: expected true or false", key);
    *out = yes;
    return TOIL_OK;
}

enum toil_status toil_yaml_read_bytes(const toil_yaml_node *node, const char *key, int64_t low, int64_t high,
                                      int64_t *out, struct toil_error *err)
{
    if (!toil_parse_bytes(number_text(node), out))
        return toil_yaml_error(node, err, "%s: expected a size such as 64KiB, 16MiB or 1048576", key);
    if (*out < low || *out > high)
        return toil_yaml_error(node, err, "%s: expected a size from %lld to %lld bytes", key, (long long)low,
                               (long long)high);
    return TOIL_OK;
}

enum toil_status toil_yaml_read_duration_ms(const toil_yaml_node *node, const char *key, int64_t low, int64_t high,
                                            int64_t *out, struct toil_error *err)
{
    if (!toil_parse_duration_ms(number_text(node), out))
        return toil_yaml_error(node, err, "%s: expected a duration such as 250ms, 1s, 5m, 2h, 1d or 2w", key);
    if (*out < low || *out > high)
        return toil_yaml_error(node, err, "%s: expected a duration from %lldms to %lldms", key, (long long)low,
                               (long long)high);
    return TOIL_OK;
}

static enum toil_status unknown_key(const toil_yaml_node *key, const char *what, const char *const *known,
                                    struct toil_error *err)
{
    const char *word = toil_yaml_text(key), *near = toil_nearest(word, known);
    if (near)
        return toil_yaml_error(key, err, "%s: unknown key \"%.100s\"; did you mean \"%s\"?", what, word, near);
    struct toil_buf list = TOIL_BUF_INIT;
    for (size_t i = 0; known[i]; i++)
        toil_buf_printf(&list, "%s%s", i ? ", " : "", known[i]);
    toil_yaml_error(key, err, "%s: unknown key \"%.100s\"; known are %s", what, word, list.data ? list.data : "none");
    toil_buf_release(&list);
    return TOIL_BAD_INPUT;
}

enum toil_status toil_yaml_only_keys(const toil_yaml_node *map, const char *what, const char *const *known,
                                     struct toil_error *err)
{
    if (!toil_yaml_is_map(map))
        return toil_yaml_error(map, err, "%s: expected a map of keys and values, found %s", what, what_is(map));
    for (size_t i = 0; i < toil_yaml_count(map); i++) {
        bool found = false;
        for (size_t k = 0; known[k] && !found; k++)
            found = strcmp(known[k], toil_yaml_key(map, i)) == 0;
        if (!found)
            return unknown_key(toil_yaml_key_node(map, i), what, known, err);
    }
    return TOIL_OK;
}

void toil_yaml_write(const toil_yaml_node *node, struct toil_buf *out)
{
    bool map = toil_yaml_is_map(node), list = toil_yaml_is_list(node);
    if (!map && !list) {
        const char *text = toil_yaml_text(node);
        if (toil_yaml_is_null(node) || !text)
            toil_buf_add_text(out, "null");
        else
            toil_buf_add_json_string(out, toil_span_of(text));
        return;
    }
    toil_buf_add_char(out, map ? '{' : '[');
    for (size_t i = 0; i < toil_yaml_count(node); i++) {
        toil_buf_add_text(out, i ? ", " : "");
        if (map) {
            toil_buf_add_json_string(out, toil_span_of(toil_yaml_key(node, i)));
            toil_buf_add_text(out, ": ");
        }
        toil_yaml_write(map ? toil_yaml_value(node, i) : toil_yaml_item(node, i), out);
    }
    toil_buf_add_char(out, map ? '}' : ']');
}
