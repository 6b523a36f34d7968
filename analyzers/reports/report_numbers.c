/* Numbers as people read them: thousands apart, rounded to what is known. */
#include "report_numbers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HAIR          1e-7 /* nothing that is shown is so small */
#define HAIR_OF_DIGIT 1e-4 /* of the last digit that is shown */

#define EN_DASH "\xe2\x80\x93"

/* Digits with a comma between thousands; `digits` may begin with a minus and end with a fraction. */
static void add_grouped(struct toil_buf *out, const char *digits)
{
    if (*digits == '-')
        toil_buf_add_char(out, *digits++);
    size_t whole = strcspn(digits, ".");
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0)
            toil_buf_add_char(out, ',');
        toil_buf_add_char(out, digits[i]);
    }
    toil_buf_add_text(out, digits + whole);
}

void toil_count_add(struct toil_buf *out, int64_t count)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%lld", (long long)count);
    add_grouped(out, digits);
}

void toil_number_add(struct toil_buf *out, double number, int decimals)
{
    if (fabs(number) >= 1e15) {
        toil_buf_printf(out, "%.3g", number);
        return;
    }
    /* Sums are kept to a billionth and summed on: 69.15 may come out a hair below it, and is still 69.2. */
    number += copysign(fmin(HAIR, HAIR_OF_DIGIT * pow(10, -decimals)), number);
    if (decimals < 0) {
        double unit = pow(10, -decimals);
        number = round(number / unit) * unit;
        decimals = 0;
    }
    char digits[64];
    snprintf(digits, sizeof digits, "%.*f", decimals > 9 ? 9 : decimals, number);
    bool zero = strspn(digits, "-0.") == strlen(digits);
    add_grouped(out, zero && digits[0] == '-' ? digits + 1 : digits);
}

void toil_number_add_exact(struct toil_buf *out, double number)
{
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, number);
        if (strtod(digits, NULL) == number)
            break;
    }
    toil_buf_add_text(out, digits);
}

int toil_number_decimals(double number, int most)
{
    int decimals = fabs(number) >= 1000 ? 0 : fabs(number) >= 100 ? 1 : most;
    return decimals < most ? decimals : most;
}

int toil_estimate_decimals(const struct toil_estimate *estimate, int most)
{
    double half = (estimate->high - estimate->low) / 2;
    bool bound = isfinite(estimate->low) != isfinite(estimate->high);
    if (bound && estimate->value == floor(estimate->value)) /* counted */
        return 0;
    if (!isfinite(estimate->low) && !isfinite(estimate->high) && estimate->value == floor(estimate->value))
        return 0;
    if (!isfinite(half) || half <= 0)
        return toil_number_decimals(estimate->value, most);
    int decimals = 1 - (int)floor(log10(half));
    return decimals < most ? decimals : most;
}

static bool reads_the_same(double a, double b, int decimals)
{
    struct toil_buf first = TOIL_BUF_INIT, second = TOIL_BUF_INIT;
    toil_number_add(&first, a, decimals);
    toil_number_add(&second, b, decimals);
    bool same = strcmp(first.data, second.data) == 0;
    toil_buf_release(&first);
    toil_buf_release(&second);
    return same;
}

void toil_range_add(struct toil_buf *out, const struct toil_estimate *estimate, int decimals)
{
    bool low = isfinite(estimate->low), high = isfinite(estimate->high);
    if (low && high && reads_the_same(estimate->low, estimate->high, decimals))
        return;
    if (low && !high)
        toil_buf_add_text(out, "from ");
    if (high && !low)
        toil_buf_add_text(out, "up to ");
    if (low)
        toil_number_add(out, estimate->low, decimals);
    if (low && high)
        toil_buf_add_text(out, estimate->low < 0 ? " to " : EN_DASH);
    if (high)
        toil_number_add(out, estimate->high, decimals);
}

void toil_estimate_add(struct toil_buf *out, const struct toil_estimate *estimate, int most)
{
    int decimals = toil_estimate_decimals(estimate, most);
    toil_number_add(out, estimate->value, decimals);
    struct toil_buf range = TOIL_BUF_INIT;
    toil_range_add(&range, estimate, decimals);
    if (range.len)
        toil_buf_printf(out, " (%s)", range.data);
    toil_buf_release(&range);
}

/* In hours when that leaves whole numbers and minutes would be many. */
static bool in_hours(int64_t from_minutes, int64_t to_minutes)
{
    return from_minutes % 60 == 0 && to_minutes % 60 == 0 && (to_minutes > 60 || from_minutes < -60);
}

void toil_lag_add(struct toil_buf *out, int64_t from_minutes, int64_t to_minutes)
{
    bool hours = in_hours(from_minutes, to_minutes), before = from_minutes < 0 && to_minutes <= 0;
    int64_t unit = (hours ? 60 : 1) * (before ? -1 : 1);
    bool negative = from_minutes < 0 && !before;
    toil_buf_printf(out, "%lld%s%lld %s%s", (long long)(from_minutes / unit), negative ? " to " : EN_DASH,
                    (long long)(to_minutes / unit), hours ? "h" : "min", before ? " before" : "");
}

void toil_lag_add_words(struct toil_buf *out, int64_t from_minutes, int64_t to_minutes)
{
    bool hours = in_hours(from_minutes, to_minutes), before = from_minutes < 0 && to_minutes <= 0;
    int64_t unit = (hours ? 60 : 1) * (before ? -1 : 1);
    const char *name = hours ? "hours" : "minutes";
    if (from_minutes == 0)
        toil_buf_printf(out, "within %lld %s", (long long)(to_minutes / unit), name);
    else
        toil_buf_printf(out, "%lld to %lld %s %s", (long long)(from_minutes / unit), (long long)(to_minutes / unit),
                        name, before ? "before" : "later");
}
