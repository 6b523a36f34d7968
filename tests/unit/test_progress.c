/* How far an analysis is, and how long it still takes. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "analyzers/analyze/analyze_progress.h"
#include "analyzers/analyze/analyze_texts.h"

static struct toil_progress planned(void)
{
    struct toil_progress progress = {0};
    toil_progress_plan(&progress, TOIL_STAGE_READ, 1000);
    toil_progress_plan(&progress, TOIL_STAGE_LINKS, 500);
    toil_progress_plan(&progress, TOIL_STAGE_HOURS, 300);
    toil_progress_plan(&progress, TOIL_STAGE_WRITE, 200);
    return progress;
}

Test(progress, work_of_all_stages_sums_up)
{
    static const struct {
        enum toil_stage stage;
        double part;
        uint64_t done;
    } cases[] = {{TOIL_STAGE_READ, 0, 0},      {TOIL_STAGE_READ, 0.5, 500},   {TOIL_STAGE_READ, 1.5, 1000},
                 {TOIL_STAGE_LINKS, 0, 1000},  {TOIL_STAGE_LINKS, 0.5, 1250}, {TOIL_STAGE_LINKS, (double)NAN, 1000},
                 {TOIL_STAGE_HOURS, -1, 1500}, {TOIL_STAGE_WRITE, 0, 1800},   {TOIL_STAGE_WRITE, 1, 2000}};
    struct toil_progress progress = planned();
    cr_expect_eq(toil_progress_total(&progress), 2000);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        toil_progress_at(&progress, cases[i].stage, cases[i].part);
        cr_expect_eq(toil_progress_done(&progress), cases[i].done, "case %zu: %llu", i,
                     (unsigned long long)toil_progress_done(&progress));
        cr_expect_eq(toil_progress_total(&progress), 2000);
    }
}

Test(progress, a_stage_may_turn_out_longer)
{
    struct toil_progress progress = planned();
    toil_progress_at(&progress, TOIL_STAGE_LINKS, 0);
    toil_progress_plan(&progress, TOIL_STAGE_LINKS, 2500);
    cr_expect_eq(toil_progress_total(&progress), 4000);
    cr_expect_eq(toil_progress_done(&progress), 1000);
    struct toil_progress nothing = {0};
    toil_progress_plan(&nothing, TOIL_STAGE_READ, (double)NAN);
    toil_progress_at(&nothing, TOIL_STAGE_WRITE, 1);
    cr_expect_eq(toil_progress_total(&nothing), 0);
}

Test(progress, the_time_that_is_left_is_by_the_speed_of_this_run)
{
    static const struct {
        int64_t elapsed_ms;
        uint64_t done, total;
        double seconds; /* NAN: not told */
        const char *text;
    } cases[] = {{2000, 500, 2000, 6, "6 s left"},
                 {8000, 500, 2000, 24, "24 s left"},
                 {2000, 2000, 2000, 0, "0 s left"},
                 {100000, 500, 2000, 300, "about 5 min left"},
                 {7200000, 500, 2000, 21600, "about 6.0 h left"},
                 {2000, 10, 2000, (double)NAN, ""},  /* hardly begun */
                 {100, 500, 2000, (double)NAN, ""},  /* hardly any time */
                 {2000, 0, 0, (double)NAN, ""},      /* nothing known */
                 {2000, 5000, 2000, 0, "0 s left"}}; /* more than planned */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct toil_bar bar = {0};
        char text[32];
        cr_assert(toil_bar_update(&bar, cases[i].elapsed_ms, "links", cases[i].done, cases[i].total));
        toil_bar_remaining(&bar, text, sizeof text);
        cr_expect_eq(isnan(bar.remaining_seconds), isnan(cases[i].seconds), "case %zu", i);
        if (!isnan(cases[i].seconds))
            cr_expect_float_eq(bar.remaining_seconds, cases[i].seconds, 1e-9, "case %zu", i);
        cr_expect_str_eq(text, cases[i].text, "case %zu: %s", i, text);
        cr_expect(bar.fraction >= 0 && bar.fraction <= 1);
    }
}

Test(progress, the_bar_never_goes_back_but_the_time_tells)
{
    struct toil_bar bar = {0};
    cr_assert(toil_bar_update(&bar, 1000, "reading", 1000, 2000));
    cr_assert(toil_bar_update(&bar, 2000, "links", 1000, 4000));
    cr_expect_float_eq(bar.fraction, 0.5, 1e-9);
    cr_expect_float_eq(bar.remaining_seconds, 6, 1e-9);
}

Test(progress, it_is_drawn_ten_times_a_second_at_most)
{
    struct toil_bar bar = {0};
    size_t drawn = 0;
    for (int64_t ms = 0; ms < 10000; ms++)
        drawn += toil_bar_update(&bar, ms, "reading", (uint64_t)ms, 10000);
    cr_expect_eq(drawn, 100, "%zu", drawn);
    cr_expect(toil_bar_update(&bar, 9910, "links", 9910, 10000), "a new stage shows at once");
    cr_expect_not(toil_bar_update(&bar, 9910, "hours", 9910, 10000));
}

/* ---- lists of texts ---- */

Test(texts, a_list_is_read_as_it_was_written)
{
    static const struct toil_span list[] = {{"late", 4}, {"", 0}, {"data, and more", 14}};
    struct toil_buf bytes = TOIL_BUF_INIT;
    toil_texts_add(&bytes, list, 3);
    struct toil_texts texts = toil_texts_of((struct toil_span){bytes.data, bytes.len});
    struct toil_span text;
    for (size_t i = 0; i < 3; i++) {
        cr_assert(toil_texts_next(&texts, &text));
        cr_expect(toil_span_equal(text, list[i]));
    }
    cr_expect_not(toil_texts_next(&texts, &text));
    toil_buf_release(&bytes);
}

Test(texts, what_is_no_list_has_no_element)
{
    static const char null_element[] = "\0\0\0\1\0\0\0\1\0\0\0\31\0\0\0\2\0\0\0\1\377\377\377\377\0\0\0\1x";
    static const char cut[] = "\0\0\0\1\0\0\0\0\0\0\0\31\0\0\0\1\0\0\0\1\0\0\0\5xy";
    static const char empty[] = "\0\0\0\0\0\0\0\0\0\0\0\31";
    static const struct {
        struct toil_span field;
        size_t count;
    } cases[] = {{{NULL, 0}, 0},
                 {{empty, sizeof empty - 1}, 0},
                 {{cut, sizeof cut - 1}, 0},
                 {{cut, 22}, 0},
                 {{cut, 7}, 0},
                 {{null_element, sizeof null_element - 1}, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct toil_texts texts = toil_texts_of(cases[i].field);
        struct toil_span text;
        size_t count = 0;
        while (toil_texts_next(&texts, &text))
            count++;
        cr_expect_eq(count, cases[i].count, "case %zu: %zu", i, count);
    }
}
