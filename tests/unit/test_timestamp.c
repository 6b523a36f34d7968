/* Times and dates: what is read, what is refused, and the calendar there and back. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "toilmeter/timestamp.h"

Test(timestamp, reads_rfc_3339)
{
    static const struct {
        const char *text, *same;
    } rows[] = {
        {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
        {"2026-01-05t09:00:00z", "2026-01-05T09:00:00Z"},
        {"2026-01-05 09:00:00+00:00", "2026-01-05T09:00:00Z"},
        {"2026-01-05T09:00:00-00:00", "2026-01-05T09:00:00Z"},
        {"2026-01-05T09:00:00.5Z", "2026-01-05T09:00:00.500000Z"},
        {"2026-01-05T09:00:00.123456Z", "2026-01-05T09:00:00.123456Z"},
        {"2026-01-05T09:00:00.123456999Z", "2026-01-05T09:00:00.123456Z"},
        {"2026-01-05T09:00:00.000000000000000000001Z", "2026-01-05T09:00:00Z"},
        {"2026-01-05T09:00:00+05:30", "2026-01-05T03:30:00Z"},
        {"2026-01-05T09:00:00-11:00", "2026-01-05T20:00:00Z"},
        {"2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
        {"2016-12-31T23:59:60.75Z", "2017-01-01T00:00:00Z"},
        {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
        {"2000-02-29T12:00:00Z", "2000-02-29T12:00:00Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
        {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
        {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t time_us;
        char text[32];
        cr_assert(toil_time_parse(toil_span_of(rows[i].text), &time_us), "%s", rows[i].text);
        toil_time_format(time_us, text);
        cr_expect_str_eq(text, rows[i].same);
    }
    int64_t time_us;
    cr_assert(toil_time_parse(toil_span_of("2026-01-05T09:00:00Z"), &time_us));
    cr_expect_eq(time_us, INT64_C(1767603600000000));
    cr_assert(toil_time_parse(toil_span_of("2000-01-01T00:00:00Z"), &time_us));
    cr_expect_eq(time_us, TOIL_PG_EPOCH_US);
}

Test(timestamp, refuses_all_else)
{
    static const char *const rows[] = {
        "",
        "2026-01-05",
        "2026-01-05T09:00Z",
        "2026-01-05T09:00:00",
        "2026-01-05T09:00:00 Z",
        "2026-01-05T09:00:00ZZ",
        "2026-01-05T09:00:00+0530",
        "2026-01-05T09:00:00+05",
        "2026-01-05T09:00:00+24:00",
        "2026-01-05T09:00:00+01:60",
        "2026-01-05T09:00:00.Z",
        "2026-01-05T09:00:00,5Z",
        "2026-01-05_09:00:00Z",
        "2026-1-05T09:00:00Z",
        "2026-00-05T09:00:00Z",
        "2026-13-05T09:00:00Z",
        "2026-01-00T09:00:00Z",
        "2026-01-32T09:00:00Z",
        "2026-02-29T09:00:00Z",
        "2026-02-30T09:00:00Z",
        "1900-02-29T09:00:00Z",
        "2026-04-31T09:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-01-05T24:00:00Z",
        "2026-01-05T09:60:00Z",
        "2026-01-05T09:00:61Z",
        "-026-01-05T09:00:00Z",
        "12026-01-05T09:00:00Z",
        " 2026-01-05T09:00:00Z",
        "2026-01-05T0a:00:00Z",
        "2026-01-05T09:00:00\xc2\xb5Z",
        "2026/01/05T09:00:00Z",
        "2026-01-05T09-00-00Z",
        "1767603600",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t time_us;
        cr_expect_not(toil_time_parse(toil_span_of(rows[i]), &time_us), "%s", rows[i]);
    }
}

Test(timestamp, numbers_with_a_unit)
{
    static const struct {
        double number;
        enum toil_time_unit unit;
        int64_t us;
    } rows[] = {
        {1767603600, TOIL_UNIT_S, INT64_C(1767603600000000)},
        {1767603600.123456, TOIL_UNIT_S, INT64_C(1767603600123456)},
        {1767603600123, TOIL_UNIT_MS, INT64_C(1767603600123000)},
        {1767603600123456, TOIL_UNIT_US, INT64_C(1767603600123456)},
        {1500, TOIL_UNIT_NS, 2},
        {-1, TOIL_UNIT_S, -1000000},
        {0, TOIL_UNIT_NS, 0},
    };
    int64_t time_us;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert(toil_time_from_number(rows[i].number, rows[i].unit, &time_us));
        cr_expect_eq(time_us, rows[i].us, "row %zu: %lld", i, (long long)time_us);
    }
    cr_expect_not(toil_time_from_number(1, TOIL_UNIT_NONE, &time_us));
    cr_expect_not(toil_time_from_number(NAN, TOIL_UNIT_S, &time_us));
    cr_expect_not(toil_time_from_number(INFINITY, TOIL_UNIT_NS, &time_us));
    cr_expect_not(toil_time_from_number(1e13, TOIL_UNIT_S, &time_us));
    cr_expect_not(toil_time_from_number(-0x1.0000000000001p63, TOIL_UNIT_US, &time_us));
    cr_expect_not(toil_time_from_number(0x1p63, TOIL_UNIT_US, &time_us));
    cr_expect(toil_time_from_number(-0x1p63, TOIL_UNIT_US, &time_us));
}

Test(timestamp, units)
{
    cr_expect_eq(toil_time_unit_find(toil_span_of("s")), TOIL_UNIT_S);
    cr_expect_eq(toil_time_unit_find(toil_span_of("ms")), TOIL_UNIT_MS);
    cr_expect_eq(toil_time_unit_find(toil_span_of("us")), TOIL_UNIT_US);
    cr_expect_eq(toil_time_unit_find(toil_span_of("ns")), TOIL_UNIT_NS);
    cr_expect_eq(toil_time_unit_find(toil_span_of("sec")), TOIL_UNIT_NONE);
    cr_expect_eq(toil_time_unit_find(toil_span_of("")), TOIL_UNIT_NONE);
}

/* Every day of 800 years follows the one before, and comes back from its number. */
Test(timestamp, calendar_there_and_back)
{
    static const unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t expected = toil_days_from_civil(1600, 1, 1);
    for (int64_t y = 1600; y < 2400; y++) {
        bool leap = y % 400 == 0 || (y % 4 == 0 && y % 100 != 0);
        for (unsigned m = 1; m <= 12; m++) {
            for (unsigned d = 1; d <= lengths[m - 1] + (m == 2 && leap); d++, expected++) {
                int64_t year;
                unsigned month, day;
                cr_assert_eq(toil_days_from_civil(y, m, d), expected);
                toil_civil_from_days(expected, &year, &month, &day);
                cr_assert(year == y && month == m && day == d, "%lld-%u-%u", (long long)y, m, d);
            }
        }
    }
    cr_expect_eq(toil_days_from_civil(1970, 1, 1), 0);
    cr_expect_eq(toil_days_from_civil(-4713, 11, 24), -2440588); /* Julian day 0, noon apart */
    cr_expect_eq(toil_days_from_us(-1), -1);
    cr_expect_eq(toil_days_from_us(0), 0);
    cr_expect_eq(toil_days_from_us(-TOIL_US_PER_DAY), -1);
    cr_expect_eq(toil_days_from_us(TOIL_US_PER_DAY - 1), 0);
}

Test(timestamp, dates)
{
    int64_t days;
    cr_expect(toil_date_parse(toil_span_of("2026-01-05"), &days) && days == 20458);
    static const char *const bad[] = {"", "2026-1-5", "2026-01-05T", "2026-02-29", "20260105", "2026-01-0x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_not(toil_date_parse(toil_span_of(bad[i]), &days), "%s", bad[i]);
}

Test(timestamp, format_takes_every_time)
{
    char text[32];
    toil_time_format(INT64_MIN, text);
    cr_expect_lt(strlen(text), sizeof text);
    toil_time_format(INT64_MAX, text);
    cr_expect_lt(strlen(text), sizeof text);
    toil_time_format(-1, text);
    cr_expect_str_eq(text, "1969-12-31T23:59:59.999999Z");
}
