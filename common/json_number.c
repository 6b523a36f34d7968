/* Numbers of json_scan.h: the grammar, the range, and the way to a double. */
#include "json_number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Far outside of a double's 1e-324 to 1e308; greater exponents are refused whatever the digits, zeros too. */
#define EXPONENT_LIMIT 4000
/* Decimal magnitudes between which no double over- or underflows, so that no conversion is needed to know it. */
#define SAFE_MAGNITUDE 300

/* A number taken apart: value = digits x 10^exponent. */
struct parts {
    const char *digits, *digits_end; /* with the point, if any */
    int exponent;                    /* as written */
    int magnitude;                   /* value < 10^magnitude, roughly its size; meaningless for zero */
    bool zero;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Skips digits; a number needs at least one. */
static enum toil_json_fault digits(const char **at, const char *end)
{
    const char *p = *at;
    if (p == end)
        return TOIL_JSON_TRUNCATED;
    if (!is_digit(*p))
        return TOIL_JSON_NUMBER;
    while (p < end && is_digit(*p))
        p++;
    *at = p;
    return TOIL_JSON_OK;
}

static enum toil_json_fault exponent_at(const char **at, const char *end, int *out)
{
    bool negative = false;
    ++*at;
    if (*at < end && (**at == '+' || **at == '-')) {
        negative = **at == '-';
        ++*at;
    }
    const char *p = *at;
    enum toil_json_fault fault = digits(at, end);
    int value = 0;
    for (; p < *at && value <= EXPONENT_LIMIT; p++)
        value = value * 10 + (*p - '0');
    if (fault == TOIL_JSON_OK && value > EXPONENT_LIMIT)
        return TOIL_JSON_NUMBER;
    *out = negative ? -value : value;
    return fault;
}

/* Where the first digit that is not 0 stands, seen from the point. */
static void measure(struct parts *parts)
{
    const char *point = memchr(parts->digits, '.', (size_t)(parts->digits_end - parts->digits));
    const char *whole_end = point ? point : parts->digits_end;
    const char *p = parts->digits;
    while (p < parts->digits_end && (*p == '0' || *p == '.'))
        p++;
    parts->zero = p == parts->digits_end;
    parts->magnitude = (int)(whole_end - p) + (p > whole_end ? 1 : 0) + parts->exponent;
}

/* Nearest double of the parts, without a point in the text: strtod would look for the locale's. */
static double convert(const struct parts *parts, bool negative)
{
    char text[TOIL_JSON_NUMBER_BYTES + 32];
    size_t len = 0;
    int fraction = 0;
    bool behind_point = false;
    for (const char *p = parts->digits; p < parts->digits_end; p++) {
        if (*p == '.') {
            behind_point = true;
            continue;
        }
        text[len++] = *p;
        fraction += behind_point;
    }
    snprintf(text + len, sizeof text - len, "e%d", parts->exponent - fraction);
    double value = strtod(text, NULL);
    return negative ? -value : value;
}

/* The common case: up to 18 digits, no fraction, no exponent. */
static bool short_integer(const char **at, const char *end, struct toil_json_value *value)
{
    const char *p = *at;
    bool negative = *p == '-';
    p += negative;
    const char *first = p;
    int64_t number = 0;
    while (p < end && p - first < 18 && is_digit(*p))
        number = number * 10 + (*p++ - '0');
    if (p == first || (*first == '0' && p - first > 1))
        return false;
    if (p < end && (is_digit(*p) || *p == '.' || *p == 'e' || *p == 'E'))
        return false;
    value->whole = value->fits = true;
    value->integer = negative ? -number : number;
    value->beyond_2_53 = number > TOIL_JSON_MAX_EXACT;
    *at = p;
    return true;
}

static enum toil_json_fault grammar(const char **at, const char *end, struct parts *parts, bool *whole)
{
    *parts = (struct parts){.digits = *at};
    *whole = true;
    if (*at < end && **at == '0') {
        ++*at;
        if (*at < end && is_digit(**at))
            return TOIL_JSON_NUMBER;
    } else {
        enum toil_json_fault fault = digits(at, end);
        if (fault != TOIL_JSON_OK)
            return fault;
    }
    if (*at < end && **at == '.') {
        *whole = false;
        ++*at;
        enum toil_json_fault fault = digits(at, end);
        if (fault != TOIL_JSON_OK)
            return fault;
    }
    parts->digits_end = *at;
    if (*at < end && (**at == 'e' || **at == 'E')) {
        *whole = false;
        return exponent_at(at, end, &parts->exponent);
    }
    return TOIL_JSON_OK;
}

static void set_integer(struct toil_json_value *value, const struct parts *parts, bool negative)
{
    uint64_t number = 0;
    value->fits = true;
    for (const char *p = parts->digits; p < parts->digits_end && value->fits; p++)
        value->fits = !__builtin_mul_overflow(number, UINT64_C(10), &number) &&
                      !__builtin_add_overflow(number, (uint64_t)(*p - '0'), &number);
    value->fits = value->fits && number <= (uint64_t)INT64_MAX;
    value->beyond_2_53 = !value->fits || number > (uint64_t)TOIL_JSON_MAX_EXACT;
    if (value->fits)
        value->integer = negative ? -(int64_t)number : (int64_t)number;
}

enum toil_json_fault toil_json_scan_number(const char **at, const char *end, struct toil_json_value *value)
{
    const char *begin = *at;
    value->type = TOIL_JSON_NUMERIC;
    value->whole = value->fits = value->beyond_2_53 = false;
    value->integer = 0;
    if (!short_integer(at, end, value)) {
        bool negative = **at == '-', whole;
        struct parts parts;
        *at += negative;
        enum toil_json_fault fault = grammar(at, end, &parts, &whole);
        if (fault != TOIL_JSON_OK)
            return fault;
        bool too_long = *at - begin > TOIL_JSON_NUMBER_BYTES;
        if (!too_long)
            measure(&parts);
        if (too_long || (!parts.zero && abs(parts.magnitude) > SAFE_MAGNITUDE &&
                         (!isfinite(convert(&parts, negative)) || convert(&parts, negative) == 0.0))) {
            *at = begin;
            return TOIL_JSON_NUMBER;
        }
        value->whole = whole;
        if (whole)
            set_integer(value, &parts, negative);
    }
    value->text = (struct toil_span){begin, (size_t)(*at - begin)};
    return TOIL_JSON_OK;
}

/* Powers of ten that are exact as doubles. */
static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* A decimal of few digits: one division of two exact numbers is rounded right. False when it is not that simple. */
static bool short_decimal(const char *p, const char *end, double *out)
{
    int64_t mantissa = 0;
    int seen = 0, fraction = 0;
    bool behind_point = false;
    for (; p < end; p++) {
        if (*p == '.') {
            behind_point = true;
        } else if (is_digit(*p) && seen++ < 15) {
            mantissa = mantissa * 10 + (*p - '0');
            fraction += behind_point;
        } else {
            return false;
        }
    }
    *out = (double)mantissa / exact_powers[fraction];
    return true;
}

double toil_json_number(const struct toil_json_value *value)
{
    if (value->fits)
        return value->integer == 0 && *value->text.ptr == '-' ? -0.0 : (double)value->integer;
    const char *p = value->text.ptr, *end = p + value->text.len;
    bool negative = *p == '-', whole;
    p += negative;
    double number;
    if (short_decimal(p, end, &number))
        return negative ? -number : number;
    struct parts parts;
    if (grammar(&p, end, &parts, &whole) != TOIL_JSON_OK)
        return NAN;
    return convert(&parts, negative);
}
