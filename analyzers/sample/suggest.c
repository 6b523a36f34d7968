/* The code behind suggest.h. */
#include "sample/suggest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/json_scan.h"

enum {
    MAX_SEEN = 4000,    /* pointers */
    MAX_DEPTH = 10,     /* steps of a pointer that is looked at */
    MAX_DISTINCT = 512, /* different values that are told apart */
    MAX_WORDS = 8,      /* values that are shown of a pointer with few */
    WORD_BYTES = 40,
    MAX_CANDIDATES = 3, /* of a field */
    TABLE = 8192,
};

/* What stood at one pointer. */
struct seen {
    char *pointer; /* owned, as RFC 6901 has it */
    uint64_t count, texts, numbers, lists_of_objects;
    uint64_t times_text, times_naive, times_number[TOIL_UNIT_NS + 1];
    uint64_t *hash; /* owned; of the different values */
    unsigned distinct;
    bool many; /* more different ones than are told apart */
    char word[MAX_WORDS][WORD_BYTES + 1];
    unsigned words;
};

struct toil_suggest {
    struct seen *seen; /* owned */
    unsigned count;
    unsigned slot[TABLE]; /* index + 1 by hash of the pointer */
    uint64_t messages, others;
    bool full;
};

struct toil_suggest *toil_suggest_new(void)
{
    struct toil_suggest *suggest = toil_xcalloc(1, sizeof *suggest);
    suggest->seen = toil_xcalloc(MAX_SEEN, sizeof *suggest->seen);
    return suggest;
}

void toil_suggest_free(struct toil_suggest *suggest)
{
    if (!suggest)
        return;
    for (unsigned i = 0; i < suggest->count; i++) {
        free(suggest->seen[i].pointer);
        free(suggest->seen[i].hash);
    }
    free(suggest->seen);
    free(suggest);
}

static uint64_t hash_of(struct toil_span text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(1099511628211);
    return hash;
}

static struct seen *seen_at(struct toil_suggest *suggest, struct toil_span pointer)
{
    unsigned slot = (unsigned)(hash_of(pointer) % TABLE);
    for (; suggest->slot[slot]; slot = (slot + 1) % TABLE) {
        struct seen *seen = &suggest->seen[suggest->slot[slot] - 1];
        if (toil_span_is(pointer, seen->pointer))
            return seen;
    }
    if (suggest->count == MAX_SEEN) {
        suggest->full = true;
        return NULL;
    }
    struct seen *seen = &suggest->seen[suggest->count++];
    suggest->slot[slot] = suggest->count;
    seen->pointer = toil_xstrndup(pointer.ptr, pointer.len);
    seen->hash = toil_xcalloc(MAX_DISTINCT, sizeof *seen->hash);
    return seen;
}

/* ---- looking ---- */

static void note_value(struct seen *seen, struct toil_span text)
{
    uint64_t hash = hash_of(text);
    for (unsigned i = 0; i < seen->distinct; i++) {
        if (seen->hash[i] == hash)
            return;
    }
    if (seen->distinct == MAX_DISTINCT) {
        seen->many = true;
        return;
    }
    seen->hash[seen->distinct++] = hash;
    if (seen->words < MAX_WORDS && text.len > 0 && text.len <= WORD_BYTES && !memchr(text.ptr, '\\', text.len))
        memcpy(seen->word[seen->words++], text.ptr, text.len);
}

/* In which unit a number is a time of this century's first half, which is as good as it gets: they lie far apart. */
static void note_number(struct seen *seen, const struct toil_json_value *value)
{
    static const double second_low = 946684800, second_high = 2524608000;
    double number = toil_json_number(value), factor = 1;
    seen->numbers++;
    for (int unit = TOIL_UNIT_S; unit <= TOIL_UNIT_NS; unit++, factor *= 1000)
        seen->times_number[unit] += number >= second_low * factor && number < second_high * factor;
}

/* A number in quotes: how a time in nanoseconds keeps its digits. */
static void note_digits(struct seen *seen, struct toil_span text)
{
    struct toil_json_scan scan;
    struct toil_json_value value;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return;
    }
    if (text.len >= 9 && text.len <= 20 && toil_json_open(&scan, text, 1) && toil_json_read(&scan, &value))
        note_number(seen, &value);
}

static void note_text(struct seen *seen, struct toil_span text)
{
    int64_t days, time_us;
    seen->texts++;
    bool zoned = toil_time_parse(text, &time_us);
    /* Year 1 and 1970 stand for "not yet": such a time says nothing of the pointer. */
    seen->times_text += zoned && time_us >= toil_days_from_civil(1990, 1, 1) * TOIL_US_PER_DAY;
    seen->times_naive += !zoned && text.len >= 19 && toil_date_parse((struct toil_span){text.ptr, 10}, &days);
    note_digits(seen, text);
}

static void look_at(struct toil_suggest *suggest, struct toil_json_scan *scan, struct toil_buf *pointer, int depth);

static void add_step(struct toil_buf *pointer, struct toil_span key)
{
    toil_buf_add_char(pointer, '/');
    for (size_t i = 0; i < key.len; i++) {
        if (key.ptr[i] == '~' || key.ptr[i] == '/')
            toil_buf_add_text(pointer, key.ptr[i] == '~' ? "~0" : "~1");
        else
            toil_buf_add_char(pointer, key.ptr[i]);
    }
}

static void cut_back(struct toil_buf *pointer, size_t len)
{
    pointer->len = len;
    pointer->data[len] = '\0';
}

static void look_inside(struct toil_suggest *suggest, struct toil_json_scan *scan, struct toil_buf *pointer, int depth)
{
    bool object = toil_json_at(scan) == TOIL_JSON_OBJECT, first = true, escaped = false;
    size_t len = pointer->len;
    struct toil_span key = TOIL_SPAN("0");
    struct toil_json_value value;
    if (!toil_json_enter(scan))
        return;
    for (unsigned index = 0;
         object ? toil_json_member_next(scan, &first, &key, &escaped) : toil_json_item_next(scan, &first); index++) {
        if (escaped || key.len > 200 || (!object && index > 0)) { /* of a list, the first item speaks for all */
            if (!toil_json_read(scan, &value))
                return;
            continue;
        }
        add_step(pointer, key);
        look_at(suggest, scan, pointer, depth + 1);
        cut_back(pointer, len);
        if (scan->fault != TOIL_JSON_OK)
            return;
    }
}

static void look_at(struct toil_suggest *suggest, struct toil_json_scan *scan, struct toil_buf *pointer, int depth)
{
    struct toil_json_value value;
    enum toil_json_type type = toil_json_at(scan);
    struct seen *seen = depth > 0 ? seen_at(suggest, (struct toil_span){pointer->data, pointer->len}) : NULL;
    if ((type == TOIL_JSON_OBJECT || type == TOIL_JSON_ARRAY) && depth < MAX_DEPTH) {
        const char *inside = scan->at + 1;
        if (seen && type == TOIL_JSON_ARRAY && inside < scan->end && *inside == '{')
            seen->lists_of_objects++;
        look_inside(suggest, scan, pointer, depth);
        return;
    }
    if (!toil_json_read(scan, &value) || !seen || value.type == TOIL_JSON_NULL)
        return;
    seen->count++;
    note_value(seen, value.text);
    if (value.type == TOIL_JSON_NUMERIC)
        note_number(seen, &value);
    else if (value.type == TOIL_JSON_STRING)
        note_text(seen, value.text);
}

void toil_suggest_look(struct toil_suggest *suggest, struct toil_span message)
{
    struct toil_json_scan scan;
    struct toil_json_member member;
    struct toil_buf pointer = TOIL_BUF_INIT;
    bool good = toil_json_object_begin(&scan, message, TOIL_MAPPED_DEPTH);
    while (good && toil_json_next(&scan, &member))
        continue;
    if (!good || scan.fault != TOIL_JSON_OK) {
        suggest->others++;
        return;
    }
    suggest->messages++;
    toil_buf_add_text(&pointer, "");
    toil_buf_reserve(&pointer, 64);
    if (toil_json_open(&scan, message, TOIL_MAPPED_DEPTH))
        look_at(suggest, &scan, &pointer, 0);
    toil_buf_release(&pointer);
}

/* ---- proposing ---- */

/* The last step of a pointer that is no index, in small letters. */
static void last_name(const char *pointer, char out[64])
{
    const char *end = pointer + strlen(pointer), *begin = end;
    for (;;) {
        while (begin > pointer && begin[-1] != '/')
            begin--;
        if (begin == pointer || strspn(begin, "0123456789") < (size_t)(end - begin))
            break;
        end = --begin;
    }
    size_t len = (size_t)(end - begin) < 63 ? (size_t)(end - begin) : 63;
    for (size_t i = 0; i < len; i++)
        out[i] = begin[i] >= 'A' && begin[i] <= 'Z' ? (char)(begin[i] - 'A' + 'a') : begin[i];
    out[len] = '\0';
}

static unsigned depth_of(const char *pointer)
{
    unsigned depth = 0;
    for (; *pointer; pointer++)
        depth += *pointer == '/';
    return depth;
}

/* How well a name fits: the words of a field, the best first. */
static int name_score(const char *name, const char *const *words)
{
    for (int i = 0; words[i]; i++) {
        if (strcmp(name, words[i]) == 0)
            return 40 - i;
    }
    for (int i = 0; words[i]; i++) {
        if (strstr(name, words[i]))
            return 20 - i;
    }
    return 0;
}

static bool is_time(const struct seen *seen)
{
    return seen->count > 0 &&
           (seen->times_text == seen->count || seen->times_naive == seen->count ||
            seen->times_number[TOIL_UNIT_S] == seen->count || seen->times_number[TOIL_UNIT_MS] == seen->count ||
            seen->times_number[TOIL_UNIT_US] == seen->count || seen->times_number[TOIL_UNIT_NS] == seen->count);
}

/* The unit of a time that is a number; NULL: it is a text. */
static const char *unit_of(const struct seen *seen)
{
    static const char *const names[] = {NULL, "s", "ms", "us", "ns"};
    for (int unit = TOIL_UNIT_S; unit <= TOIL_UNIT_NS; unit++) {
        if (seen->times_number[unit] == seen->count)
            return names[unit];
    }
    return NULL;
}

enum looks_like { LIKE_ID, LIKE_TIME, LIKE_NAME, LIKE_PERSON };

struct wish {
    const char *field;
    enum looks_like like;
    const char *words[10];
    const char *otherwise; /* where nothing fits: what to write instead */
};

static const struct wish wishes[] = {
    {"id", LIKE_ID, {"id", "uid", "uuid", "guid", "fingerprint", "key", "number", NULL}, "$kafka.offset"},
    {"at",
     LIKE_TIME,
     {"startsat", "started_at", "opened_at", "created_at", "created", "time", "timestamp", "at", "date", NULL},
     "$kafka.timestamp"},
    {"ended_at", LIKE_TIME, {"endsat", "ended_at", "resolved_at", "closed_at", "finished", "end", NULL}, NULL},
    {"component",
     LIKE_NAME,
     {"component", "service", "app", "application", "job", "queue", "name", "source", NULL},
     "unknown"},
    {"scope", LIKE_NAME, {"region", "tenant", "shard", "cluster", "namespace", "zone", NULL}, NULL},
    {"actor", LIKE_PERSON, {"actor", "user", "author", "agent", "login", "operator", NULL}, NULL},
};

/* The more, the better it fits; 0: it does not. */
static int score(const struct toil_suggest *suggest, const struct seen *seen, const struct wish *wish)
{
    char name[64];
    last_name(seen->pointer, name);
    int words = name_score(name, wish->words);
    if (seen->count == 0 || words == 0)
        return 0;
    bool time = is_time(seen), different = (seen->many || seen->distinct == seen->count) && seen->count > 1;
    int near = 10 - (int)depth_of(seen->pointer), all = (int)(30 * seen->count / suggest->messages);
    switch (wish->like) {
    case LIKE_ID:
        return time ? 0 : words + near + all + (different ? 30 : 0);
    case LIKE_TIME:
        return time ? words + near + all + 30 : 0;
    case LIKE_NAME:
        return seen->texts == seen->count && !time ? words + near + all + (different && seen->count > 3 ? 0 : 20) : 0;
    case LIKE_PERSON:
        return time ? 0 : words + near;
    }
    return 0;
}

static unsigned best(const struct toil_suggest *suggest, const struct wish *wish,
                     const struct seen *out[MAX_CANDIDATES])
{
    int scores[MAX_CANDIDATES] = {0};
    unsigned count = 0;
    for (unsigned i = 0; i < suggest->count; i++) {
        int points = score(suggest, &suggest->seen[i], wish);
        unsigned at = 0;
        while (at < count && scores[at] >= points)
            at++;
        if (points == 0 || at == MAX_CANDIDATES)
            continue;
        count += count < MAX_CANDIDATES;
        for (unsigned k = count - 1; k > at; k--) {
            scores[k] = scores[k - 1];
            out[k] = out[k - 1];
        }
        scores[at] = points;
        out[at] = &suggest->seen[i];
    }
    return count;
}

/* As a YAML text, whatever is in the key. */
static void add_source(struct toil_buf *out, const struct seen *seen, bool time)
{
    const char *unit = time ? unit_of(seen) : NULL;
    bool naive = time && !unit && seen->times_naive > 0;
    if (unit || naive)
        toil_buf_add_text(out, "{from: ");
    toil_buf_add_json_string(out, toil_span_of(seen->pointer));
    if (unit)
        toil_buf_printf(out, ", unit: %s}", unit);
    else if (naive)
        toil_buf_add_text(out, ", zone: UTC}");
}

static void add_seen(struct toil_buf *out, const struct seen *seen)
{
    toil_buf_printf(out, "%" PRIu64 " times, %s%u different", seen->count, seen->many ? "more than " : "",
                    seen->distinct);
    for (unsigned i = 0; seen->distinct <= MAX_WORDS && i < seen->words; i++) {
        toil_buf_add_text(out, i ? ", " : ": ");
        toil_buf_add_json_string(out, toil_span_of(seen->word[i]));
    }
    toil_buf_add_char(out, '\n');
}

static void add_wish(const struct toil_suggest *suggest, const struct wish *wish, struct toil_buf *out)
{
    const struct seen *candidates[MAX_CANDIDATES];
    bool time = wish->like == LIKE_TIME;
    unsigned count = best(suggest, wish, candidates);
    if (count == 0 && wish->otherwise)
        toil_buf_printf(out, "      %s: %s # nothing looks like it\n", wish->field, wish->otherwise);
    for (unsigned i = 0; i < count; i++) {
        toil_buf_printf(out, "      %s%s: ", i ? "# or " : "", wish->field);
        add_source(out, candidates[i], time);
        toil_buf_add_text(out, " # ");
        add_seen(out, candidates[i]);
    }
}

/* The list that most messages have at the outside: their items may be the events. */
static const struct seen *list_of(const struct toil_suggest *suggest)
{
    for (unsigned i = 0; i < suggest->count; i++) {
        if (suggest->seen[i].lists_of_objects * 2 > suggest->messages && depth_of(suggest->seen[i].pointer) == 1)
            return &suggest->seen[i];
    }
    return NULL;
}

/* What tells messages apart, for `when`: few different texts. */
static void add_types(const struct toil_suggest *suggest, struct toil_buf *out)
{
    static const char *const words[] = {"type",   "event_type", "kind",  "event", "action",
                                        "reason", "status",     "state", NULL};
    for (unsigned i = 0; i < suggest->count; i++) {
        const struct seen *seen = &suggest->seen[i];
        char name[64];
        last_name(seen->pointer, name);
        if (seen->texts == 0 || seen->many || seen->distinct > MAX_WORDS || name_score(name, words) < 30)
            continue;
        toil_buf_add_text(out, "    # when: {");
        toil_buf_add_json_string(out, toil_span_of(seen->pointer));
        toil_buf_add_text(out, ": ...} # ");
        add_seen(out, seen);
    }
}

bool toil_suggest_write(const struct toil_suggest *suggest, struct toil_buf *out)
{
    if (suggest->messages == 0)
        return false;
    const struct seen *list = list_of(suggest);
    toil_buf_printf(out, "# Proposed from %" PRIu64 " messages", suggest->messages);
    if (suggest->others > 0)
        toil_buf_printf(out, "; %" PRIu64 " more are no JSON objects", suggest->others);
    toil_buf_add_text(out, suggest->full ? "; not all of their members were looked at" : "");
    toil_buf_add_text(out, ". Read it before you use it: it goes by names and forms, not by meaning.\n");
    if (list) {
        toil_buf_add_text(out, "# each: ");
        toil_buf_add_json_string(out, toil_span_of(list->pointer));
        toil_buf_add_text(out,
                          " # a list in most messages: if its items are the events, take it, and cut it off below\n");
    }
    toil_buf_add_text(out, "rules:\n  - name: proposed\n");
    add_types(suggest, out);
    toil_buf_add_text(
        out, "    kind: service_restart # or queue_rebalance, support_ticket, work_log, measurement, deployment\n"
             "    fields:\n");
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++)
        add_wish(suggest, &wishes[i], out);
    return true;
}
