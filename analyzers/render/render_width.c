/* UTF-8 on a terminal: how wide it is, how it is cut, and what must never reach a terminal. */
#include "render.h"

#include <string.h>

struct range {
    uint32_t first, last;
};

/* Unicode's nonspacing and enclosing marks and default ignorables, in the blocks that text is likely to hold. */
static const struct range zero_width[] = {
    {0x00ad, 0x00ad}, {0x0300, 0x036f}, {0x0483, 0x0489},   {0x0591, 0x05bd},   {0x05bf, 0x05bf}, {0x05c1, 0x05c2},
    {0x05c4, 0x05c5}, {0x0610, 0x061a}, {0x064b, 0x065f},   {0x0670, 0x0670},   {0x06d6, 0x06dc}, {0x06df, 0x06e4},
    {0x0900, 0x0902}, {0x093a, 0x093a}, {0x093c, 0x093c},   {0x0941, 0x0948},   {0x094d, 0x094d}, {0x0e31, 0x0e31},
    {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff},   {0x1dc0, 0x1dff},   {0x200b, 0x200f}, {0x2028, 0x202e},
    {0x2060, 0x2064}, {0x2066, 0x206f}, {0x20d0, 0x20f0},   {0x302a, 0x302d},   {0x3099, 0x309a}, {0xfe00, 0xfe0f},
    {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0x1f3fb, 0x1f3ff}, {0xe0000, 0xe01ef},
};

/* East Asian wide and fullwidth, and pictographs that terminals draw two columns wide. */
static const struct range double_width[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x2614, 0x2615},   {0x2648, 0x2653},
    {0x26a1, 0x26a1},   {0x26bd, 0x26be},   {0x2705, 0x2705},   {0x274c, 0x274c},   {0x2753, 0x2757},
    {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},
    {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
    {0xffe0, 0xffe6},   {0x1f300, 0x1f3fa}, {0x1f400, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
    {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};

static bool in_ranges(uint32_t point, const struct range *ranges, size_t count)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (point < ranges[middle].first)
            high = middle;
        else if (point > ranges[middle].last)
            low = middle + 1;
        else
            return true;
    }
    return false;
}

#define IN(point, ranges) in_ranges((point), (ranges), sizeof(ranges) / sizeof(ranges)[0])

/* The next code point of valid UTF-8 and its length in bytes. */
static uint32_t next_point(const char *text, size_t *len)
{
    const unsigned char *p = (const unsigned char *)text;
    *len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t point = *len == 1 ? p[0] : p[0] & (0x7fu >> *len);
    for (size_t i = 1; i < *len; i++) {
        if ((p[i] & 0xc0) != 0x80) { /* not valid after all: one byte at a time */
            *len = 1;
            return 0xfffd;
        }
        point = point << 6 | (p[i] & 0x3fu);
    }
    return point;
}

/* Controls move the cursor or change the terminal; direction overrides make a line read as another one. */
static bool is_harmful(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069) || point == 0x200e || point == 0x200f;
}

static size_t point_width(uint32_t point)
{
    if (is_harmful(point))
        return 1; /* shown as a blank */
    if (point < 0x300 && point != 0xad)
        return 1;
    return IN(point, zero_width) ? 0 : IN(point, double_width) ? 2 : 1;
}

size_t toil_text_width(const char *text)
{
    size_t width = 0, len;
    for (; *text; text += len)
        width += point_width(next_point(text, &len));
    return width;
}

static void add_point(struct toil_buf *out, const char *text, size_t len, uint32_t point)
{
    if (is_harmful(point))
        toil_buf_add_char(out, ' ');
    else
        toil_buf_add(out, text, len);
}

void toil_text_add_line(struct toil_buf *out, const char *text)
{
    size_t len;
    for (; *text; text += len) {
        uint32_t point = next_point(text, &len);
        add_point(out, text, len, point);
    }
}

size_t toil_text_add_cut(struct toil_buf *out, const char *text, size_t width)
{
    size_t whole = toil_text_width(text);
    if (whole <= width) {
        toil_text_add_line(out, text);
        return whole;
    }
    if (width == 0)
        return 0;
    size_t used = 0, len;
    for (; *text; text += len) {
        uint32_t point = next_point(text, &len);
        if (used + point_width(point) > width - 1)
            break;
        used += point_width(point);
        add_point(out, text, len, point);
    }
    toil_buf_add_text(out, "\xe2\x80\xa6");
    return used + 1;
}
