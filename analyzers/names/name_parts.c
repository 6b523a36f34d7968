/* The code behind name_parts.h. */
#include "name_parts.h"

#include <string.h>
#include <strings.h>

#define UUID_BYTES   36
#define SUFFIX_BYTES 5
#define HASH_LEAST   8
#define HASH_MOST    10
#define HEX_LEAST    7
#define HEX_SURE     16 /* as long, letters behind digits are no word with a number */
#define ID_LEAST     10
#define ID_TURNS     4

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_letter(char c)
{
    return is_small(c) || (c >= 'A' && c <= 'Z');
}

static bool is_word(char c)
{
    return is_digit(c) || is_letter(c) || (unsigned char)c >= 0x80;
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool all(struct toil_span text, bool (*is)(char))
{
    for (size_t i = 0; i < text.len; i++)
        if (!is(text.ptr[i]))
            return false;
    return text.len > 0;
}

static bool any(struct toil_span text, bool (*is)(char))
{
    for (size_t i = 0; i < text.len; i++)
        if (is(text.ptr[i]))
            return true;
    return false;
}

static bool is_safe(char c)
{
    return c != '\0' && strchr("bcdfghjklmnpqrstvwxz2456789", c) != NULL;
}

bool toil_name_is_safe(struct toil_span text)
{
    return all(text, is_safe);
}

bool toil_name_is_digits(struct toil_span text)
{
    return all(text, is_digit);
}

static bool is_small_or_digit(char c)
{
    return is_small(c) || is_digit(c);
}

/* How often digits and letters take turns. */
static size_t turns(struct toil_span text)
{
    size_t count = 0;
    for (size_t i = 1; i < text.len; i++)
        count += is_digit(text.ptr[i]) != is_digit(text.ptr[i - 1]);
    return count;
}

static struct toil_span word_at(struct toil_span name, size_t at)
{
    size_t end = at;
    while (end < name.len && is_word(name.ptr[end]))
        end++;
    return (struct toil_span){name.ptr + at, end - at};
}

static size_t uuid_at(struct toil_span name, size_t at)
{
    if (name.len - at < UUID_BYTES || (name.len - at > UUID_BYTES && is_word(name.ptr[at + UUID_BYTES])))
        return 0;
    for (size_t i = 0; i < UUID_BYTES; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? name.ptr[at + i] != '-' : !is_hex(name.ptr[at + i]))
            return 0;
    }
    return UUID_BYTES;
}

/* Minutes or seconds since 1970, of the years 2015 to 2038. */
static bool is_cron_time(struct toil_span digits)
{
    uint64_t number = 0;
    for (size_t i = 0; i < digits.len; i++)
        number = number * 10 + (uint64_t)(digits.ptr[i] - '0');
    return (number >= UINT64_C(23667840) && number <= UINT64_C(35791394)) ||
           (number >= UINT64_C(1420070400) && number <= UINT64_C(2147483647));
}

static bool is_hash(struct toil_span word)
{
    if (word.len < HASH_LEAST || word.len > HASH_MOST)
        return false;
    return toil_name_is_safe(word) || (all(word, is_digit) && is_cron_time(word));
}

/* Is the word at `at` a hash, with a dash and five more that end the name? */
static bool hash_at(struct toil_span name, size_t at, struct toil_span word)
{
    size_t behind = at + word.len;
    if (at < 2 || name.ptr[at - 1] != '-' || !is_hash(word) || name.len - behind != 1 + SUFFIX_BYTES ||
        name.ptr[behind] != '-')
        return false;
    return all((struct toil_span){name.ptr + behind + 1, SUFFIX_BYTES}, is_small_or_digit);
}

/* Five safe letters that end the name behind a dash. */
static bool may_be_suffix(struct toil_span name, size_t at, struct toil_span word)
{
    return word.len == SUFFIX_BYTES && at >= 2 && name.ptr[at - 1] == '-' && at + word.len == name.len &&
           toil_name_is_safe(word);
}

/* Letters, letters before digits and digits alone may be meant. */
static bool is_random(struct toil_span word)
{
    size_t count = turns(word);
    return count > 1 || (count == 1 && is_digit(word.ptr[0]));
}

/* The end of digits from `at` on, each group behind a dot. */
static size_t dotted_end(struct toil_span text, size_t at)
{
    size_t end = at;
    while (end < text.len && is_digit(text.ptr[end])) {
        while (end < text.len && is_digit(text.ptr[end]))
            end++;
        if (end + 1 >= text.len || text.ptr[end] != '.' || !is_digit(text.ptr[end + 1]))
            break;
        end++;
    }
    return end;
}

size_t toil_version_core(struct toil_span version)
{
    bool letter = version.len > 0 && (version.ptr[0] == 'v' || version.ptr[0] == 'V');
    return dotted_end(version, letter);
}

/* "-rc.1", "-SNAPSHOT", ".beta2" behind a version: its bytes. */
static size_t prerelease_at(struct toil_span name, size_t at)
{
    static const char *const words[] = {"alpha", "beta", "rc", "pre", "snapshot", "release", "final"};
    if (at >= name.len || (name.ptr[at] != '-' && name.ptr[at] != '.'))
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t len = strlen(words[i]), end = at + 1 + len;
        if (name.len < end || strncasecmp(name.ptr + at + 1, words[i], len) != 0)
            continue;
        if (end + 1 < name.len && (name.ptr[end] == '.' || name.ptr[end] == '-') && is_digit(name.ptr[end + 1]))
            end++;
        while (end < name.len && is_digit(name.ptr[end]))
            end++;
        if (end == name.len || !is_word(name.ptr[end]))
            return end - at;
    }
    return 0;
}

static size_t version_at(struct toil_span name, size_t at)
{
    const struct toil_span rest = {name.ptr + at, name.len - at};
    bool letter = rest.ptr[0] == 'v' || rest.ptr[0] == 'V';
    size_t len = toil_version_core(rest);
    bool dotted = len > 0 && memchr(rest.ptr, '.', len) != NULL;
    if (len <= letter || (!letter && !dotted) || (len < rest.len && is_word(rest.ptr[len])))
        return 0;
    return len + prerelease_at(name, at + len);
}

static bool is_hex_id(struct toil_span word)
{
    bool small = any(word, is_small), capital = false;
    for (size_t i = 0; i < word.len; i++)
        capital = capital || (is_letter(word.ptr[i]) && !is_small(word.ptr[i]));
    if (word.len < HEX_LEAST || !all(word, is_hex) || small == capital || !any(word, is_digit))
        return false;
    return turns(word) >= 2 || word.len >= HEX_SURE;
}

static bool is_plain(char c)
{
    return is_digit(c) || is_letter(c);
}

static bool is_mixed_id(struct toil_span word)
{
    return word.len >= ID_LEAST && all(word, is_plain) && turns(word) >= ID_TURNS;
}

static void add(struct toil_name_parts *out, enum toil_part_class class, struct toil_span text)
{
    struct toil_name_part *last = out->count > 0 ? &out->part[out->count - 1] : NULL;
    if (text.len == 0)
        return;
    if (class != TOIL_PART_LITERAL && out->count + 2 > TOIL_PARTS_MAX)
        class = TOIL_PART_LITERAL; /* room stays for one literal behind the last part that varies */
    if (class == TOIL_PART_LITERAL && last && last->class == TOIL_PART_LITERAL)
        last->text.len += text.len;
    else
        out->part[out->count++] = (struct toil_name_part){class, text};
}

/* Letters stay, digits between them vary where that was asked for. */
static void add_word(struct toil_name_parts *out, struct toil_span word, unsigned flags)
{
    bool some = any(word, is_digit);
    out->has_digits = out->has_digits || some;
    if (!some || !(flags & TOIL_PARTS_DIGITS)) {
        add(out, TOIL_PART_LITERAL, word);
        return;
    }
    for (size_t at = 0, end; at < word.len; at = end) {
        bool digits = is_digit(word.ptr[at]);
        for (end = at; end < word.len && is_digit(word.ptr[end]) == digits;)
            end++;
        add(out, digits ? TOIL_PART_DIGITS : TOIL_PART_LITERAL, (struct toil_span){word.ptr + at, end - at});
    }
}

/* Adds five letters that may be a suffix; false when they are to be looked at as any other word. */
static bool add_suffix(struct toil_name_parts *out, struct toil_span word, unsigned flags)
{
    bool sure = is_random(word);
    out->sure_suffix = out->sure_suffix || sure;
    out->doubtful_suffix = out->doubtful_suffix || !sure;
    if (!sure && !(flags & TOIL_PARTS_SUFFIX))
        return false;
    add(out, TOIL_PART_SUFFIX, word);
    return true;
}

/* Adds what begins at `at` with a word's first byte; returns the place behind it. */
static size_t add_part(struct toil_name_parts *out, struct toil_span name, size_t at, unsigned flags)
{
    const struct toil_span word = word_at(name, at);
    size_t len = uuid_at(name, at);
    enum toil_part_class class = TOIL_PART_UUID;
    if (len == 0 && hash_at(name, at, word)) {
        size_t behind = at + word.len;
        out->hash = true;
        add(out, TOIL_PART_HASH, word);
        add(out, TOIL_PART_LITERAL, (struct toil_span){name.ptr + behind, 1});
        add(out, TOIL_PART_SUFFIX, (struct toil_span){name.ptr + behind + 1, SUFFIX_BYTES});
        return name.len;
    }
    if (len == 0 && may_be_suffix(name, at, word) && add_suffix(out, word, flags))
        return name.len;
    if (len == 0) {
        len = version_at(name, at);
        class = TOIL_PART_VERSION;
    }
    if (len == 0) {
        len = word.len;
        class = all(word, is_digit) ? TOIL_PART_NUMBER
                : is_hex_id(word)   ? TOIL_PART_HEX
                : is_mixed_id(word) ? TOIL_PART_ID
                                    : TOIL_PART_LITERAL;
    }
    if (class == TOIL_PART_LITERAL)
        add_word(out, word, flags);
    else
        add(out, class, (struct toil_span){name.ptr + at, len});
    return at + len;
}

void toil_name_split(struct toil_span name, unsigned flags, struct toil_name_parts *out)
{
    out->count = 0;
    out->hash = out->doubtful_suffix = out->sure_suffix = out->has_digits = false;
    for (size_t at = 0; at < name.len;) {
        if (is_word(name.ptr[at])) {
            at = add_part(out, name, at, flags);
            continue;
        }
        add(out, TOIL_PART_LITERAL, (struct toil_span){name.ptr + at, 1});
        at++;
    }
}
