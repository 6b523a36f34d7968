/* HTML: self-contained, and no text from outside becomes markup. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_model.h"

static char *rendered(void)
{
    struct toil_report *report = toil_model_new();
    char *text = toil_model_render(report, "html", true);
    toil_report_free(report);
    return text;
}

Test(render_html, golden)
{
    char *text = rendered();
    toil_golden_check("model.html", text);
    free(text);
}

Test(render_html, no_markup_from_outside)
{
    char *text = rendered();
    cr_assert_null(strstr(text, "<script"));
    cr_assert_null(strstr(text, "<b>"));
    cr_assert_not_null(strstr(text, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    free(text);
}

Test(render_html, nothing_is_fetched)
{
    char *text = rendered();
    cr_assert_null(strstr(text, "src="));
    cr_assert_null(strstr(text, "href="));
    cr_assert_null(strstr(text, "@import"));
    cr_assert_null(strstr(text, "url("));
    free(text);
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (; (text = strstr(text, what)); text++)
        count++;
    return count;
}

Test(render_html, every_element_is_closed)
{
    char *text = rendered();
    static const char *const pairs[][2] = {{"<td", "</td>"},       {"<tr", "</tr>"}, {"<span", "</span>"},
                                           {"<table", "</table>"}, {"<dd", "</dd>"}, {"<li", "</li>"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        cr_assert_eq(count_of(text, pairs[i][0]), count_of(text, pairs[i][1]), "%s", pairs[i][0]);
    free(text);
}
