/* The code behind family_shape.h. */
#include "family_shape.h"

#include <string.h>

#include "catalog/catalog.h"
#include "toilmeter/utf8.h"

static bool span_has(struct toil_span text, char from, char to)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= from && text.ptr[i] <= to)
            return true;
    return false;
}

static void look_at_version(struct toil_shape_part *part, struct toil_span text)
{
    size_t core = toil_version_core(text);
    part->v = part->v || text.ptr[0] == 'v';
    part->capital_v = part->capital_v || text.ptr[0] == 'V';
    part->bare = part->bare || (text.ptr[0] >= '0' && text.ptr[0] <= '9');
    bool dotted = memchr(text.ptr, '.', core) != NULL;
    part->dotted = part->dotted || dotted;
    part->undotted = part->undotted || !dotted;
    part->tail = part->tail || core < text.len;
}

static void look_at(struct toil_shape_part *part, struct toil_span text)
{
    part->least = text.len < part->least ? text.len : part->least;
    part->most = text.len > part->most ? text.len : part->most;
    part->same = part->same && toil_span_equal(part->text, text);
    part->digits = part->digits && toil_name_is_digits(text);
    part->safe = part->safe && toil_name_is_safe(text);
    part->small = part->small || span_has(text, 'a', 'z');
    part->capital = part->capital || span_has(text, 'A', 'Z');
    if (part->class == TOIL_PART_VERSION)
        look_at_version(part, text);
}

/* A number that never differs says nothing about the next one. */
static bool is_literal(const struct toil_shape_part *part)
{
    bool soft = part->class == TOIL_PART_NUMBER || part->class == TOIL_PART_DIGITS ||
                (part->class == TOIL_PART_VERSION && !part->dotted);
    return part->class == TOIL_PART_LITERAL || (soft && part->same);
}

/* Literals that have come to stand side by side become one; they do in the first name, too. */
static void settle(struct toil_shape *shape, bool loose)
{
    size_t kept = 0;
    for (size_t i = 0; i < shape->count; i++) {
        struct toil_shape_part *part = &shape->part[i], *last = kept > 0 ? &shape->part[kept - 1] : NULL;
        if (!loose && is_literal(part))
            part->class = TOIL_PART_LITERAL;
        if (last && last->class == TOIL_PART_LITERAL && part->class == TOIL_PART_LITERAL)
            last->text.len += part->text.len;
        else
            shape->part[kept++] = *part;
    }
    shape->count = kept;
}

void toil_shape_make(const struct toil_raw_name *name, const size_t *member, size_t member_count, unsigned flags,
                     bool loose, struct toil_shape *out)
{
    struct toil_name_parts parts;
    toil_name_split(name[member[0]].text, flags, &parts);
    out->count = parts.count;
    for (size_t i = 0; i < parts.count; i++)
        out->part[i] = (struct toil_shape_part){.class = parts.part[i].class,
                                                .text = parts.part[i].text,
                                                .alone = parts.part[i].class == TOIL_PART_SUFFIX && !parts.hash,
                                                .least = SIZE_MAX,
                                                .same = true,
                                                .digits = true,
                                                .safe = true};
    for (size_t m = 0; m < member_count; m++) {
        toil_name_split(name[member[m]].text, flags, &parts);
        for (size_t i = 0; i < parts.count && i < out->count; i++)
            look_at(&out->part[i], parts.part[i].text);
    }
    settle(out, loose);
}

bool toil_shape_varies(const struct toil_shape *shape)
{
    for (size_t i = 0; i < shape->count; i++)
        if (shape->part[i].class != TOIL_PART_LITERAL)
            return true;
    return false;
}

static bool is_separator(char c)
{
    return c != '\0' && strchr("-_./:@#+=, []{}()<>", c) != NULL;
}

static void trim_end(struct toil_buf *text)
{
    while (text->len > 0 && is_separator(text->data[text->len - 1]))
        text->data[--text->len] = '\0';
}

/* Joins what stands on both sides of a part that varies: "shard-" and "-cart" are "shard-cart". */
static void join(struct toil_buf *stem, struct toil_span literal)
{
    size_t skip = 0;
    while (skip < literal.len && is_separator(literal.ptr[skip]))
        skip++;
    if (skip == literal.len)
        return;
    char joint = skip > 0 ? literal.ptr[0] : '-';
    if (skip == 0 && stem->len > 0 && is_separator(stem->data[stem->len - 1]))
        joint = stem->data[stem->len - 1];
    trim_end(stem);
    if (stem->len > 0)
        toil_buf_add_char(stem, joint);
    toil_buf_add(stem, literal.ptr + skip, literal.len - skip);
}

/* ".eu.example.com" behind the number of a host. */
static bool is_domain(const struct toil_shape *shape, size_t at)
{
    const struct toil_shape_part *part = &shape->part[at];
    return at > 0 && at + 1 == shape->count && part->text.len > 1 && part->text.ptr[0] == '.' &&
           (shape->part[at - 1].class == TOIL_PART_NUMBER || shape->part[at - 1].class == TOIL_PART_DIGITS);
}

bool toil_is_invisible(struct toil_span character)
{
    if (character.len != 3)
        return false;
    const unsigned char *p = (const unsigned char *)character.ptr;
    unsigned code = (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    return (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || code >= 0xfffe;
}

char *toil_stem_of(struct toil_span text)
{
    struct toil_buf stem = TOIL_BUF_INIT;
    size_t at = 0;
    while (at < text.len && (text.ptr[at] == '(' || text.ptr[at] == ' '))
        at++;
    while (at < text.len) {
        size_t len = toil_utf8_len((const unsigned char *)text.ptr + at, text.len - at);
        len = len > 0 ? len : 1;
        if (stem.len + len > TOIL_CATALOG_NAME_BYTES)
            break;
        const struct toil_span character = {text.ptr + at, len};
        if (toil_catalog_may_hold(character) && !toil_is_invisible(character))
            toil_buf_add_span(&stem, character);
        else
            toil_buf_add_char(&stem, '_');
        at += len;
    }
    while (stem.len > 0 && stem.data[stem.len - 1] == ' ')
        stem.data[--stem.len] = '\0';
    if (stem.len == 0)
        toil_buf_add_text(&stem, "unnamed");
    return toil_buf_take(&stem);
}

char *toil_shape_stem(const struct toil_shape *shape)
{
    static const char *const words[] = {
        [TOIL_PART_LITERAL] = "unnamed", [TOIL_PART_UUID] = "uuid",       [TOIL_PART_HASH] = "pod",
        [TOIL_PART_SUFFIX] = "pod",      [TOIL_PART_VERSION] = "address", [TOIL_PART_NUMBER] = "number",
        [TOIL_PART_HEX] = "hex",         [TOIL_PART_ID] = "id",           [TOIL_PART_DIGITS] = "number"};
    struct toil_buf joined = TOIL_BUF_INIT;
    for (size_t i = 0; i < shape->count; i++)
        if (shape->part[i].class == TOIL_PART_LITERAL && !is_domain(shape, i))
            join(&joined, shape->part[i].text);
    if (toil_shape_varies(shape))
        trim_end(&joined);
    if (joined.len == 0)
        toil_buf_add_text(&joined, words[shape->count > 0 ? shape->part[0].class : TOIL_PART_LITERAL]);
    char *stem = toil_stem_of((struct toil_span){joined.data, joined.len});
    toil_buf_release(&joined);
    return stem;
}
