/* Text: nothing reaches the terminal that moves its cursor, no line is wider than asked, numbers say what is known. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_model.h"

Test(render_text, golden)
{
    struct toil_report *report = toil_model_new();
    char *text = toil_model_render(report, "text", true);
    toil_golden_check("model.txt", text);
    free(text);
    toil_report_free(report);
}

Test(render_text, no_line_is_wider_than_asked)
{
    struct toil_report *report = toil_model_new();
    for (int width = 80; width <= 200; width += 7) {
        const struct toil_render_options options = {.width = width, .top = 0};
        struct toil_buf out = TOIL_BUF_INIT;
        toil_render_text(report, &options, &out);
        for (char *line = out.data; *line;) {
            size_t len = strcspn(line, "\n");
            line[len] = '\0';
            cr_assert_leq(toil_text_width(line), (size_t)width, "at %d: %s", width, line);
            line += len + 1;
        }
        toil_buf_release(&out);
    }
    toil_report_free(report);
}

Test(render_text, nothing_harmful_comes_through)
{
    struct toil_report *report = toil_model_new();
    char *text = toil_model_render(report, "text", true);
    for (const char *p = text; *p; p++)
        cr_assert(*p == '\n' || (unsigned char)*p >= 0x20, "control character %d", *p);
    cr_assert_null(strstr(text, "\xe2\x80\xae"), "a direction override");
    cr_assert_null(strstr(text, "\xff"), "not UTF-8");
    free(text);
    toil_report_free(report);
}

Test(render_text, colour_only_when_asked)
{
    struct toil_report *report = toil_model_new();
    const struct toil_render_options options = {.width = 80, .colour = true, .top = SIZE_MAX};
    struct toil_buf out = TOIL_BUF_INIT;
    toil_render_text(report, &options, &out);
    cr_assert_not_null(strstr(out.data, "\033[1m"));
    toil_buf_release(&out);
    toil_report_free(report);
}

Test(render_text, rows_left_out_are_told)
{
    struct toil_report *report = toil_model_new();
    char *text = toil_model_render(report, "text", false);
    cr_assert_not_null(strstr(text, "2 smaller rows with together 10% of the hours are not shown"), "%s", text);
    cr_assert_not_null(strstr(text, "(total)"));
    free(text);
    toil_report_free(report);
}

Test(render_text, widths)
{
    cr_assert_eq(toil_text_width("abc"), 3);
    cr_assert_eq(toil_text_width("\xe6\x9d\xb1\xe4\xba\xac"), 4);
    cr_assert_eq(toil_text_width("e\xcc\x81"), 1);
    cr_assert_eq(toil_text_width("\xf0\x9f\x94\xa5"), 2);
    cr_assert_eq(toil_text_width("\xd7\xa9\xd7\x9c"), 2);
}

Test(render_text, cutting_never_splits_a_wide_character)
{
    struct toil_buf out = TOIL_BUF_INIT;
    cr_assert_eq(toil_text_add_cut(&out, "\xe6\x9d\xb1\xe4\xba\xac\xe6\x9d\xb1", 4), 3);
    cr_assert_str_eq(out.data, "\xe6\x9d\xb1\xe2\x80\xa6");
    toil_buf_release(&out);
}

static const struct {
    double value, low, high;
    int most;
    const char *said;
} numbers[] = {
    {19.6, 17.1, 22.4, 1,
     "19.6 (17.1\xe2\x80\x93"
     "22.4)"},
    {1957, 1712, 2243, 1,
     "1,960 (1,710\xe2\x80\x93"
     "2,240)"},
    {205.4, 190.2, 231.9, 1,
     "205 (190\xe2\x80\x93"
     "232)"},
    {-0.031, -0.052, -0.012, 2, "-0.03 (-0.05 to -0.01)"},
    {69.15, 69.15, 69.15, 1, "69.2"},
    {157.4999999985, 157.4999999985, 157.4999999985, 0, "158"}, /* half, summed from parts told to a billionth */
    {157.49999, 157.49999, 157.49999, 0, "157"},
    {1234567, 1234567, 1234567, 1, "1,234,567"},
};

Test(render_text, numbers_are_rounded_to_what_the_interval_supports)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct toil_buf out = TOIL_BUF_INIT;
        const struct toil_estimate estimate = {numbers[i].value, numbers[i].low, numbers[i].high, 0.95, "", "A", NULL};
        toil_estimate_add(&out, &estimate, numbers[i].most);
        cr_assert_str_eq(out.data, numbers[i].said);
        toil_buf_release(&out);
    }
}
