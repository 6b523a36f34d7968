/* The code behind family.h: names sorted by what stays of them. */
#include <stdlib.h>

#include "family_rule.h"

#define SIBLINGS_SURE   2 /* other names with a sure suffix, for a doubtful one to be taken for one */
#define SIBLINGS_DIGITS 3 /* families that differ in digits beside letters alone, for these to vary */

/* A name with the keys that it is sorted by: what stays of it, spelled without a doubt. */
struct keyed {
    size_t name;
    size_t begin, end, begin_narrow; /* in `bytes`: the key, and behind it the narrow one, up to end_narrow */
    size_t end_narrow;
};

struct gather {
    const struct toil_raw_name *name; /* borrowed */
    size_t count;
    unsigned char *flags; /* owned: what of each name varies although it is doubtful */
    struct toil_buf bytes;
    struct keyed *keyed; /* owned */
    size_t keyed_count;
};

static struct toil_span key_of(const struct gather *gather, const struct keyed *keyed)
{
    return (struct toil_span){gather->bytes.data + keyed->begin, keyed->end - keyed->begin};
}

static struct toil_span narrow_of(const struct gather *gather, const struct keyed *keyed)
{
    return (struct toil_span){gather->bytes.data + keyed->begin_narrow, keyed->end_narrow - keyed->begin_narrow};
}

/* Each part with its class and its length, so that no name can look like the key of another. */
static void add_key(struct toil_buf *out, struct toil_span name, unsigned flags)
{
    struct toil_name_parts parts;
    toil_name_split(name, flags, &parts);
    for (size_t i = 0; i < parts.count; i++) {
        const struct toil_name_part *part = &parts.part[i];
        toil_buf_add_char(out, (char)('A' + (int)part->class));
        if (part->class != TOIL_PART_LITERAL)
            continue;
        const uint32_t len = (uint32_t)part->text.len;
        toil_buf_add(out, &len, sizeof len);
        toil_buf_add_span(out, part->text);
    }
}

static void begin_keys(struct gather *gather)
{
    toil_buf_clear(&gather->bytes);
    toil_buf_reserve(&gather->bytes, 1); /* so that an empty key has a place, too */
    gather->keyed_count = 0;
}

/* narrow_flags as flags: no second key. */
static void add_keyed(struct gather *gather, size_t name, unsigned flags, unsigned narrow_flags)
{
    struct keyed *keyed = &gather->keyed[gather->keyed_count++];
    keyed->name = name;
    keyed->begin = gather->bytes.len;
    add_key(&gather->bytes, gather->name[name].text, flags);
    keyed->end = keyed->begin_narrow = gather->bytes.len;
    if (narrow_flags != flags)
        add_key(&gather->bytes, gather->name[name].text, narrow_flags);
    keyed->end_narrow = gather->bytes.len;
}

/* By key, then narrow key, then events, the most first, then bytes. */
static int compare_keyed(const void *a, const void *b, void *context)
{
    const struct gather *gather = context;
    const struct keyed *left = a, *right = b;
    int order = toil_name_compare(key_of(gather, left), key_of(gather, right));
    if (order == 0)
        order = toil_name_compare(narrow_of(gather, left), narrow_of(gather, right));
    const struct toil_raw_name *one = &gather->name[left->name], *other = &gather->name[right->name];
    if (order == 0)
        order = (one->events < other->events) - (one->events > other->events);
    return order ? order : toil_name_compare(one->text, other->text);
}

static void sort_keyed(struct gather *gather)
{
    qsort_r(gather->keyed, gather->keyed_count, sizeof *gather->keyed, compare_keyed, gather);
}

/* The end of those that share the key of number `from`. */
static size_t run_end(const struct gather *gather, size_t from)
{
    size_t end = from + 1;
    while (end < gather->keyed_count &&
           toil_span_equal(key_of(gather, &gather->keyed[from]), key_of(gather, &gather->keyed[end])))
        end++;
    return end;
}

static void judge_suffixes(struct gather *gather)
{
    struct toil_name_parts parts;
    begin_keys(gather);
    for (size_t i = 0; i < gather->count; i++) {
        toil_name_split(gather->name[i].text, 0, &parts);
        if (!gather->name[i].mapped && (parts.sure_suffix || parts.doubtful_suffix))
            add_keyed(gather, i, TOIL_PARTS_SUFFIX, TOIL_PARTS_SUFFIX);
    }
    sort_keyed(gather);
    for (size_t from = 0, end; from < gather->keyed_count; from = end) {
        size_t sure = 0;
        end = run_end(gather, from);
        for (size_t i = from; i < end; i++) {
            toil_name_split(gather->name[gather->keyed[i].name].text, 0, &parts);
            sure += parts.sure_suffix;
        }
        for (size_t i = from; i < end && sure >= SIBLINGS_SURE; i++)
            gather->flags[gather->keyed[i].name] |= TOIL_PARTS_SUFFIX;
    }
}

static void judge_digits(struct gather *gather)
{
    struct toil_name_parts parts;
    begin_keys(gather);
    for (size_t i = 0; i < gather->count; i++) {
        toil_name_split(gather->name[i].text, gather->flags[i], &parts);
        if (!gather->name[i].mapped && parts.has_digits)
            add_keyed(gather, i, gather->flags[i] | TOIL_PARTS_DIGITS, gather->flags[i]);
    }
    sort_keyed(gather);
    for (size_t from = 0, end; from < gather->keyed_count; from = end) {
        size_t families = 1;
        end = run_end(gather, from);
        for (size_t i = from + 1; i < end; i++)
            families +=
                !toil_span_equal(narrow_of(gather, &gather->keyed[i - 1]), narrow_of(gather, &gather->keyed[i]));
        for (size_t i = from; i < end && families >= SIBLINGS_DIGITS; i++)
            gather->flags[gather->keyed[i].name] |= TOIL_PARTS_DIGITS;
    }
}

static struct toil_family family_of(const struct gather *gather, size_t from, size_t end)
{
    struct toil_family family = {.member_count = end - from};
    family.member = toil_xcalloc(family.member_count, sizeof *family.member);
    for (size_t i = from; i < end; i++) {
        family.member[i - from] = gather->keyed[i].name;
        family.events += gather->name[gather->keyed[i].name].events;
    }
    return family;
}

static void collect(struct gather *gather, struct toil_families *out)
{
    begin_keys(gather);
    for (size_t i = 0; i < gather->count; i++)
        if (!gather->name[i].mapped)
            add_keyed(gather, i, gather->flags[i], gather->flags[i]);
    sort_keyed(gather);
    out->item = toil_xcalloc(gather->keyed_count, sizeof *out->item);
    for (size_t from = 0, end; from < gather->keyed_count; from = end) {
        end = run_end(gather, from);
        out->item[out->count++] = family_of(gather, from, end);
    }
}

static int compare_families(const void *a, const void *b, void *context)
{
    const struct toil_raw_name *name = context;
    const struct toil_family *left = a, *right = b;
    if (left->events != right->events)
        return left->events < right->events ? 1 : -1;
    return toil_name_compare(name[left->member[0]].text, name[right->member[0]].text);
}

/* Name, stem and rule. */
static void describe(const struct gather *gather, struct toil_rule_maker *maker, struct toil_family *family,
                     size_t index)
{
    struct toil_shape shape, loose;
    unsigned flags = gather->flags[family->member[0]];
    toil_shape_make(gather->name, family->member, family->member_count, flags, false, &shape);
    toil_shape_make(gather->name, family->member, family->member_count, flags, true, &loose);
    family->name =
        toil_shape_varies(&shape) ? toil_shape_stem(&shape) : toil_stem_of(gather->name[family->member[0]].text);
    family->stem = toil_shape_stem(&loose);
    toil_rule_make(maker, family, index, &shape);
}

void toil_families_make(const struct toil_raw_name *name, size_t count, struct toil_families *out)
{
    struct gather gather = {.name = name, .count = count};
    struct toil_rule_maker maker;
    *out = (struct toil_families){0};
    gather.flags = toil_xcalloc(count, sizeof *gather.flags);
    gather.keyed = toil_xcalloc(count, sizeof *gather.keyed);
    judge_suffixes(&gather);
    judge_digits(&gather);
    collect(&gather, out);
    qsort_r(out->item, out->count, sizeof *out->item, compare_families, (void *)(uintptr_t)name);
    toil_rule_maker_init(&maker, name, count);
    for (size_t f = 0; f < out->count; f++)
        for (size_t m = 0; m < out->item[f].member_count; m++)
            maker.family_of[out->item[f].member[m]] = f;
    for (size_t f = 0; f < out->count; f++)
        describe(&gather, &maker, &out->item[f], f);
    toil_rule_maker_release(&maker);
    toil_buf_release(&gather.bytes);
    free(gather.keyed);
    free(gather.flags);
}

void toil_families_release(struct toil_families *families)
{
    for (size_t f = 0; f < families->count; f++) {
        struct toil_family *family = &families->item[f];
        for (size_t r = 0; r < family->rule_count; r++)
            free(family->rule[r]);
        free(family->rule);
        free(family->member);
        free(family->name);
        free(family->stem);
        free(family->why);
    }
    free(families->item);
    *families = (struct toil_families){0};
}
