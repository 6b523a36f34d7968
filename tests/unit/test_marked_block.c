/* Renewing the marked part of a file: what stands around it stays, byte for byte; twice is once; marks that leave a
 * doubt are refused. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/render/marked_block.h"

#define BEGIN "<!-- toilmeter:begin TD-1 -->"
#define END   "<!-- toilmeter:end TD-1 -->"

static char *replace(const char *text, const char *content, struct toil_error *err)
{
    struct toil_buf out = TOIL_BUF_INIT;
    enum toil_status status = toil_marked_block_replace(toil_span_of(text), "TD-1", toil_span_of(content), &out, err);
    cr_assert((status == TOIL_OK) == (out.data != NULL), "text is made when it went well, and only then");
    return out.data;
}

static void check(const char *text, const char *content, const char *expected)
{
    struct toil_error err;
    char *once = replace(text, content, &err);
    cr_assert_not_null(once, "%s", err.message);
    cr_assert_str_eq(once, expected);
    char *twice = replace(once, content, &err);
    cr_assert_str_eq(twice, once);
    free(once);
    free(twice);
}

Test(marked_block, leaves_all_else_alone)
{
    check("a\n" BEGIN "\nold\nolder\n" END "\nb \tc", "new\n", "a\n" BEGIN "\nnew\n" END "\nb \tc");
    check(BEGIN "\n" END, "new", BEGIN "\nnew\n" END);
    check("x " BEGIN "\n" BEGIN " \t\nold\n" END "\n", "", "x " BEGIN "\n" BEGIN " \t\n" END "\n");
    check(BEGIN "\n<!-- toilmeter:begin TD-12 -->\n" END "\n<!-- toilmeter:end TD-12 -->\n", "new",
          BEGIN "\nnew\n" END "\n<!-- toilmeter:end TD-12 -->\n");
}

Test(marked_block, ends_lines_as_the_file_does)
{
    check("a\r\n" BEGIN "\r\nold\r\n" END "\r\nb\r\n", "1\n2", "a\r\n" BEGIN "\r\n1\r\n2\r\n" END "\r\nb\r\n");
}

Test(marked_block, refuses_marks_that_leave_a_doubt)
{
    static const char *const texts[] = {
        "",
        "no marks",
        BEGIN "\n",
        END "\n",
        END "\n" BEGIN "\n",
        BEGIN "\n" BEGIN "\n" END "\n",
        BEGIN "\n" END "\n" END "\n",
        " " BEGIN "\n" END "\n",
        BEGIN " x\n" END "\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct toil_error err = {0};
        cr_expect_null(replace(texts[i], "new", &err), "text %zu", i);
        cr_expect_eq(err.status, TOIL_BAD_INPUT);
    }
}

Test(marked_block, refuses_names_that_would_end_the_comment)
{
    static const char *const names[] = {"a-->b", "a--b", "a>", "a\nb"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct toil_error err;
        struct toil_buf out = TOIL_BUF_INIT;
        cr_expect_eq(toil_marked_block_replace(TOIL_SPAN(""), names[i], TOIL_SPAN(""), &out, &err), TOIL_BAD_INPUT);
        cr_expect_null(out.data);
    }
}

Test(marked_block, survives_any_bytes)
{
    static const char bytes[] = "\0\xff" BEGIN "\n" BEGIN "\n\0\n" END "\n\xfe\0";
    struct toil_error err;
    struct toil_buf out = TOIL_BUF_INIT;
    const struct toil_span text = {bytes, sizeof bytes - 1};
    cr_assert_eq(toil_marked_block_replace(text, "TD-1", TOIL_SPAN("n\n"), &out, &err), TOIL_OK, "%s", err.message);
    cr_assert_eq(out.len, text.len);
    cr_assert_eq(memcmp(out.data, "\0\xff" BEGIN "\n" BEGIN "\nn\n" END "\n\xfe\0", out.len), 0);
    toil_buf_release(&out);
}
