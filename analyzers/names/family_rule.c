/* The code behind family_rule.h. */
#include "family_rule.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"
#include "toilmeter/utf8.h"

/* Steps of trying: a look at a name costs one, a match about as much as so many looks. At a nanosecond or ten a look
 * this is well below a second. */
#define BUDGET     INT64_C(30000000)
#define MATCH_COST 30
#define LONG_BEGIN 8  /* bytes: a shorter beginning says too little to be a rule */
#define SHOWN      60 /* bytes of a name in a reason */

int toil_name_compare(struct toil_span a, struct toil_span b)
{
    size_t both = a.len < b.len ? a.len : b.len;
    int order = both ? memcmp(a.ptr, b.ptr, both) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_names(const void *a, const void *b, void *context)
{
    const struct toil_raw_name *name = context;
    return toil_name_compare(name[*(const size_t *)a].text, name[*(const size_t *)b].text);
}

void toil_rule_maker_init(struct toil_rule_maker *maker, const struct toil_raw_name *name, size_t count)
{
    *maker = (struct toil_rule_maker){.name = name, .count = count, .budget = BUDGET};
    maker->sorted = toil_xcalloc(count, sizeof *maker->sorted);
    maker->family_of = toil_xcalloc(count, sizeof *maker->family_of);
    maker->matcher = toil_matcher_new();
    for (size_t i = 0; i < count; i++) {
        maker->sorted[i] = i;
        maker->family_of[i] = SIZE_MAX;
        maker->line_ends = maker->line_ends || (name[i].text.len > 0 && name[i].text.ptr[name[i].text.len - 1] == '\n');
    }
    qsort_r(maker->sorted, count, sizeof *maker->sorted, compare_names, (void *)(uintptr_t)name);
}

void toil_rule_maker_release(struct toil_rule_maker *maker)
{
    free(maker->sorted);
    free(maker->family_of);
    toil_matcher_free(maker->matcher);
    *maker = (struct toil_rule_maker){0};
}

/* ---- writing ---- */

static unsigned code_point(const unsigned char *p, size_t len)
{
    if (len == 1)
        return p[0];
    unsigned code = p[0] & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++)
        code = code << 6 | (p[i] & 0x3fu);
    return code;
}

/* A literal as a regular expression has it, and as one line of YAML takes it. */
static void add_escaped(struct toil_buf *out, struct toil_span text)
{
    for (size_t at = 0, len; at < text.len; at += len) {
        const unsigned char *p = (const unsigned char *)text.ptr + at;
        len = toil_utf8_len(p, text.len - at);
        len = len > 0 ? len : 1;
        const struct toil_span character = {text.ptr + at, len};
        if (!toil_catalog_may_hold(character) || toil_is_invisible(character)) {
            toil_buf_printf(out, "\\x{%x}", code_point(p, len));
            continue;
        }
        if (len == 1 && strchr("\\^$.|?*+()[]{}", text.ptr[at]))
            toil_buf_add_char(out, '\\');
        toil_buf_add_span(out, character);
    }
}

static void add_times(struct toil_buf *out, size_t least, size_t most)
{
    if (least == most)
        toil_buf_printf(out, "{%zu}", least);
    else
        toil_buf_printf(out, "{%zu,%zu}", least, most);
}

static void add_version(struct toil_buf *out, const struct toil_shape_part *part)
{
    if (part->v || part->capital_v) {
        toil_buf_add_text(out, part->v && part->capital_v ? "[vV]" : part->v ? "v" : "V");
        toil_buf_add_text(out, part->bare ? "?" : "");
    }
    toil_buf_add_text(out, part->bare && !part->undotted ? "[0-9]+(\\.[0-9]+)+" : "[0-9]+(\\.[0-9]+)*");
    if (part->tail)
        toil_buf_add_text(out, "([.-][A-Za-z]+[.-]?[0-9]*)?");
}

/* "[a-z0-9]" and the like, of the letters that are there. */
static void add_letters(struct toil_buf *out, const struct toil_shape_part *part, const char *small,
                        const char *capital)
{
    toil_buf_printf(out, "[%s%s0-9]", part->capital ? capital : "", part->small || !part->capital ? small : "");
}

/* Five letters without a hash before them could be any word: these are told by their alphabet. */
static void add_kubernetes(struct toil_buf *out, const struct toil_shape_part *part, bool strict)
{
    bool hash = part->class == TOIL_PART_HASH;
    strict = strict || part->alone;
    if (part->digits && hash)
        toil_buf_add_text(out, "[0-9]");
    else
        toil_buf_add_text(out, strict && part->safe ? "[b-df-hj-np-tv-xz24-9]" : "[a-z0-9]");
    if (hash && (strict || part->digits))
        add_times(out, part->least, part->most);
    else
        toil_buf_add_text(out, hash ? "{8,10}" : "{5}");
}

/* strict: as narrow as the names allow, instead of as people would write it. */
static void add_part(struct toil_buf *out, const struct toil_shape_part *part, bool strict)
{
    switch (part->class) {
    case TOIL_PART_LITERAL:
        add_escaped(out, part->text);
        return;
    case TOIL_PART_UUID:
        for (int group = 0; group < 5; group++) {
            add_letters(out, part, "a-f", "A-F");
            toil_buf_add_text(out, (const char *const[]){"{8}-", "{4}-", "{4}-", "{4}-", "{12}"}[group]);
        }
        return;
    case TOIL_PART_HASH:
    case TOIL_PART_SUFFIX:
        add_kubernetes(out, part, strict);
        return;
    case TOIL_PART_VERSION:
        add_version(out, part);
        return;
    case TOIL_PART_NUMBER:
    case TOIL_PART_DIGITS:
        toil_buf_add_text(out, strict ? "[0-9]" : "[0-9]+");
        break;
    case TOIL_PART_HEX:
        add_letters(out, part, "a-f", "A-F");
        strict = true;
        break;
    case TOIL_PART_ID:
        add_letters(out, part, "a-z", "A-Z");
        strict = true;
        break;
    }
    if (strict)
        add_times(out, part->least, part->most);
}

static void add_end(const struct toil_rule_maker *maker, struct toil_buf *out)
{
    toil_buf_add_text(out, maker->line_ends ? "\\z" : "$");
}

static void write_pattern(const struct toil_rule_maker *maker, const struct toil_shape *shape, bool strict,
                          struct toil_buf *out)
{
    toil_buf_clear(out);
    toil_buf_add_text(out, "~^");
    for (size_t i = 0; i < shape->count; i++)
        add_part(out, &shape->part[i], strict);
    add_end(maker, out);
}

/* Bytes that all names of the family begin with, no character cut. */
static size_t common_bytes(const struct toil_rule_maker *maker, const struct toil_family *family)
{
    struct toil_span first = maker->name[family->member[0]].text;
    size_t common = first.len;
    for (size_t m = 1; m < family->member_count; m++) {
        struct toil_span text = maker->name[family->member[m]].text;
        common = text.len < common ? text.len : common;
        size_t at = 0;
        while (at < common && text.ptr[at] == first.ptr[at])
            at++;
        common = at;
    }
    while (common > 0 && common < first.len && ((unsigned char)first.ptr[common] & 0xc0) == 0x80)
        common--;
    return common;
}

/* The names themselves, in one rule; *out is too long when they do not fit. */
static void write_alternation(const struct toil_rule_maker *maker, const struct toil_family *family,
                              struct toil_buf *out)
{
    size_t common = common_bytes(maker, family);
    bool several = family->member_count > 1;
    toil_buf_clear(out);
    toil_buf_add_text(out, "~^");
    add_escaped(out, (struct toil_span){maker->name[family->member[0]].text.ptr, common});
    for (size_t m = 0; several && m < family->member_count && out->len <= TOIL_CATALOG_NAME_BYTES; m++) {
        struct toil_span text = maker->name[family->member[m]].text;
        toil_buf_add_text(out, m == 0 ? "(" : "|");
        add_escaped(out, (struct toil_span){text.ptr + common, text.len - common});
    }
    toil_buf_add_text(out, several ? ")" : "");
    add_end(maker, out);
}

/* What all names begin with, as much of it as a rule can hold; false when that is too little. */
static bool write_beginning(const struct toil_rule_maker *maker, const struct toil_family *family, struct toil_buf *out)
{
    struct toil_span first = maker->name[family->member[0]].text;
    size_t common = common_bytes(maker, family), at = 0;
    toil_buf_clear(out);
    toil_buf_add_text(out, "~^");
    for (size_t len; at < common; at += len) {
        size_t before = out->len;
        len = toil_utf8_len((const unsigned char *)first.ptr + at, first.len - at);
        len = len > 0 ? len : 1;
        add_escaped(out, (struct toil_span){first.ptr + at, len});
        if (out->len <= TOIL_CATALOG_NAME_BYTES)
            continue;
        out->data[out->len = before] = '\0';
        break;
    }
    while (out->len > 2 && out->data[out->len - 1] == ' ') /* a rule does not end in a blank */
        out->data[--out->len] = '\0';
    return at >= LONG_BEGIN;
}

/* ---- trying ---- */

enum verdict { FITS, DOES_NOT_FIT, UNTRIED };

static bool begins_with(struct toil_span text, struct toil_span begin)
{
    return text.len >= begin.len && (begin.len == 0 || memcmp(text.ptr, begin.ptr, begin.len) == 0);
}

static bool ends_with(struct toil_span text, struct toil_span end)
{
    return text.len >= end.len && (end.len == 0 || memcmp(text.ptr + text.len - end.len, end.ptr, end.len) == 0);
}

/* The first place in the order whose name is not below `begin`. */
static size_t first_with(const struct toil_rule_maker *maker, struct toil_span begin)
{
    size_t low = 0, high = maker->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (toil_name_compare(maker->name[maker->sorted[middle]].text, begin) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool matches(const struct toil_rule_maker *maker, const struct toil_pattern *pattern, struct toil_span text)
{
    return toil_pattern_find(pattern, text, maker->matcher, NULL, 0) == TOIL_MATCH_YES;
}

/* What a rule is tried with: only names that begin and end as the rule asks can match at all. */
struct trial {
    struct toil_span begin, end;
    size_t family; /* whose names it shall match */
    size_t caught; /* out: a name of somebody else; SIZE_MAX */
};

static enum verdict try_others(struct toil_rule_maker *maker, const struct toil_pattern *pattern, struct trial *trial)
{
    for (size_t i = first_with(maker, trial->begin); i < maker->count; i++) {
        size_t other = maker->sorted[i];
        struct toil_span text = maker->name[other].text;
        if (!begins_with(text, trial->begin))
            break;
        if (--maker->budget < 0)
            return UNTRIED;
        if (maker->family_of[other] == trial->family || !ends_with(text, trial->end))
            continue;
        maker->budget -= MATCH_COST;
        if (!matches(maker, pattern, text))
            continue;
        trial->caught = other;
        return DOES_NOT_FIT;
    }
    return FITS;
}

static enum verdict try_rule(struct toil_rule_maker *maker, const struct toil_family *family, const char *rule,
                             struct trial *trial)
{
    struct toil_pattern *pattern;
    struct toil_error err;
    if (!toil_catalog_name_fits(toil_span_of(rule)) || toil_pattern_new(rule, &pattern, &err) != TOIL_OK)
        return DOES_NOT_FIT;
    enum verdict verdict = FITS;
    for (size_t m = 0; m < family->member_count && verdict == FITS; m++)
        if (!matches(maker, pattern, maker->name[family->member[m]].text))
            verdict = DOES_NOT_FIT;
    if (verdict == FITS)
        verdict = try_others(maker, pattern, trial);
    toil_pattern_free(pattern);
    return verdict;
}

/* ---- choosing ---- */

bool toil_rule_is_exact(struct toil_span name)
{
    if (!toil_catalog_name_fits(name) || name.ptr[0] == '~')
        return false;
    for (size_t at = 0, len; at < name.len; at += len) {
        len = toil_utf8_len((const unsigned char *)name.ptr + at, name.len - at);
        if (len == 0 || toil_is_invisible((struct toil_span){name.ptr + at, len}))
            return false;
    }
    return true;
}

static void take_rule(struct toil_family *family, const char *text, size_t len)
{
    family->rule = toil_xreallocarray(family->rule, family->rule_count + 1, sizeof *family->rule);
    family->rule[family->rule_count++] = toil_xstrndup(text, len);
}

/* Each name as a rule of its own, where there are few and all can be. */
static bool take_names(const struct toil_rule_maker *maker, struct toil_family *family)
{
    bool fit = family->member_count <= TOIL_FAMILY_RULES;
    for (size_t m = 0; m < family->member_count && fit; m++)
        fit = toil_rule_is_exact(maker->name[family->member[m]].text);
    for (size_t m = 0; m < family->member_count && fit; m++) {
        struct toil_span text = maker->name[family->member[m]].text;
        take_rule(family, text.ptr, text.len);
    }
    return fit;
}

/* The reason why no pattern was taken, in front of what was done instead. */
static char *reason_of(const struct toil_rule_maker *maker, const struct trial *trial, enum verdict verdict,
                       const char *instead)
{
    if (verdict == UNTRIED)
        return toil_xasprintf("%s: too many names are alike to try a pattern against them all", instead);
    if (trial->caught == SIZE_MAX)
        return toil_xasprintf("%s: a pattern does not fit into a rule's %d bytes", instead, TOIL_CATALOG_NAME_BYTES);
    struct toil_span text = maker->name[trial->caught].text;
    size_t shown = text.len < SHOWN ? text.len : SHOWN;
    while (shown > 0 && shown < text.len && ((unsigned char)text.ptr[shown] & 0xc0) == 0x80)
        shown--;
    return toil_xasprintf("%s: a pattern would match %.*s%s, too, which %s", instead, (int)shown, text.ptr,
                          shown < text.len ? "..." : "",
                          maker->name[trial->caught].mapped ? "is mapped already" : "is of another family");
}

/* A pattern by the shape, as people write it or narrow. */
static enum verdict try_pattern(struct toil_rule_maker *maker, struct toil_family *family,
                                const struct toil_shape *shape, struct trial *trial, struct toil_buf *text)
{
    const struct toil_shape_part none = {.class = TOIL_PART_LITERAL}; /* of an empty name */
    const struct toil_shape_part *first = shape->count > 0 ? &shape->part[0] : &none;
    const struct toil_shape_part *last = shape->count > 0 ? &shape->part[shape->count - 1] : &none;
    enum verdict verdict = DOES_NOT_FIT;
    trial->begin = first->class == TOIL_PART_LITERAL ? first->text : (struct toil_span){0};
    trial->end = last->class == TOIL_PART_LITERAL ? last->text : (struct toil_span){0};
    for (int strict = 0; strict < 2 && verdict == DOES_NOT_FIT; strict++) {
        write_pattern(maker, shape, strict, text);
        verdict = try_rule(maker, family, text->data, trial);
    }
    return verdict;
}

static enum verdict try_beginning(struct toil_rule_maker *maker, const struct toil_family *family, struct trial *trial,
                                  struct toil_buf *text)
{
    struct trial beginning = {.family = trial->family, .caught = SIZE_MAX};
    if (!write_beginning(maker, family, text))
        return DOES_NOT_FIT;
    /* What the rule holds is as long as the names' beginning at most: four bytes of it look at few enough others. */
    beginning.begin = (struct toil_span){maker->name[family->member[0]].text.ptr, 4};
    return try_rule(maker, family, text->data, &beginning);
}

/* One name alone: itself, where a rule can hold it. */
static bool take_exact(const struct toil_rule_maker *maker, struct toil_family *family)
{
    struct toil_span name = maker->name[family->member[0]].text;
    if (!toil_rule_is_exact(name))
        return false;
    take_rule(family, name.ptr, name.len);
    return true;
}

/* What there is when no pattern fits. */
static void make_narrow(struct toil_rule_maker *maker, struct toil_family *family, struct trial *trial,
                        enum verdict verdict, struct toil_buf *text)
{
    const char *instead = family->member_count == 1 ? "this name alone" : "these names alone";
    struct trial alone = {.begin = maker->name[family->member[0]].text, .family = trial->family, .caught = SIZE_MAX};
    alone.begin.len = common_bytes(maker, family);
    write_alternation(maker, family, text);
    bool exact = family->member_count == 1 && take_exact(maker, family);
    /* Spelt-out names match nothing else: whether all others could be tried does not matter. */
    if (!exact && try_rule(maker, family, text->data, &alone) != DOES_NOT_FIT) {
        take_rule(family, text->data, text->len);
    } else if (!exact && !take_names(maker, family)) {
        instead = "by what they begin with";
        if (try_beginning(maker, family, trial, text) == FITS)
            take_rule(family, text->data, text->len);
        else
            instead = family->member_count == 1 ? "no rule: it is too long" : "no rule: they are too many";
    }
    family->why = reason_of(maker, trial, verdict, instead);
}

void toil_rule_make(struct toil_rule_maker *maker, struct toil_family *family, size_t index,
                    const struct toil_shape *shape)
{
    struct trial trial = {.family = index, .caught = SIZE_MAX};
    struct toil_buf text = TOIL_BUF_INIT;
    if (!toil_shape_varies(shape) && take_exact(maker, family))
        return;
    enum verdict verdict = try_pattern(maker, family, shape, &trial, &text);
    if (verdict == FITS)
        take_rule(family, text.data, text.len);
    else
        make_narrow(maker, family, &trial, verdict, &text);
    toil_buf_release(&text);
}
