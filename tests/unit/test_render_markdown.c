/* Markdown: every table row has as many cells as its header, and no text from outside is markup. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_model.h"

static char *rendered(bool explain)
{
    struct toil_report *report = toil_model_new();
    char *text = toil_model_render(report, "markdown", explain);
    toil_report_free(report);
    return text;
}

Test(render_markdown, golden)
{
    char *text = rendered(true);
    toil_golden_check("model.md", text);
    free(text);
}

/* Pipes that are not escaped. */
static size_t pipes(const char *line)
{
    size_t count = 0;
    for (const char *p = line; *p && *p != '\n'; p++) {
        if (*p == '\\' && p[1])
            p++;
        else if (*p == '|')
            count++;
    }
    return count;
}

Test(render_markdown, all_rows_have_the_cells_of_the_header)
{
    char *text = rendered(false);
    size_t expected = 0, rows = 0;
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (*line != '|')
            continue;
        expected = expected ? expected : pipes(line);
        cr_assert_eq(pipes(line), expected, "%.200s", line);
        rows++;
    }
    cr_assert_eq(rows, 2 + 17 + 2);
    free(text);
}

Test(render_markdown, no_markup_from_outside)
{
    char *text = rendered(false);
    cr_assert_null(strstr(text, "<script"));
    cr_assert_null(strstr(text, "link](javascript"));
    cr_assert_null(strstr(text, "@all"), "would call everybody");
    cr_assert_null(strstr(text, "\033"));
    free(text);
}

Test(render_markdown, a_fence_in_a_query_does_not_end_its_block)
{
    char *text = rendered(true);
    cr_assert_not_null(strstr(text, "`````sql\n"));
    free(text);
}
