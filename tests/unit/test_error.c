/* Errors: one line, cut to size, safe to make from themselves. */
#include <criterion/criterion.h>
#include <string.h>

#include "toilmeter/error.h"

Test(error, set_hint_prefix)
{
    struct toil_error err;
    memset(&err, 'x', sizeof err);
    cr_expect_eq(toil_error_set(&err, TOIL_RETRY, "cannot reach %s", "db-1"), TOIL_RETRY);
    cr_expect_eq(err.status, TOIL_RETRY);
    cr_expect_str_eq(err.message, "cannot reach db-1");
    cr_expect_str_eq(err.hint, "");
    cr_expect_str_eq(err.sqlstate, "");
    toil_error_hint(&err, "is it up at %d?", 5432);
    cr_expect_str_eq(err.hint, "is it up at 5432?");
    cr_expect_eq(toil_error_prefix(&err, "loading %s", "catalog"), TOIL_RETRY);
    cr_expect_str_eq(err.message, "loading catalog: cannot reach db-1");
    cr_expect_str_eq(err.hint, "is it up at 5432?", "context keeps the hint");
    toil_error_set(&err, TOIL_FATAL, "again: %s", err.message);
    cr_expect_str_eq(err.message, "again: loading catalog: cannot reach db-1");
    cr_expect_str_eq(err.hint, "", "a new error has no old hint");
    toil_error_clear(&err);
    cr_expect_eq(err.status, TOIL_OK);
    cr_expect_str_eq(err.message, "");
}

Test(error, one_line_whatever_comes_in)
{
    struct toil_error err;
    toil_error_set(&err, TOIL_BAD_INPUT, "a\nb\r\x1b[31mc\x7f");
    cr_expect_str_eq(err.message, "a b  [31mc ");
    toil_error_prefix(&err, "x\ny");
    cr_expect_null(strchr(err.message, '\n'));
}

Test(error, long_texts_are_cut)
{
    struct toil_error err;
    char text[4096];
    memset(text, 'y', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    toil_error_set(&err, TOIL_FATAL, "%s", text);
    cr_expect_eq(strlen(err.message), sizeof err.message - 1);
    toil_error_prefix(&err, "%s", text);
    cr_expect_lt(strlen(err.message), sizeof err.message);
    toil_error_hint(&err, "%s", text);
    cr_expect_eq(strlen(err.hint), sizeof err.hint - 1);
}

Test(error, nobody_listens)
{
    cr_expect_eq(toil_error_set(NULL, TOIL_BAD_INPUT, "x"), TOIL_BAD_INPUT);
    toil_error_hint(NULL, "x");
    toil_error_clear(NULL);
    cr_expect_eq(toil_error_prefix(NULL, "x"), TOIL_FATAL);
}

Test(error, names)
{
    cr_expect_str_eq(toil_status_name(TOIL_OK), "ok");
    cr_expect_str_eq(toil_status_name(TOIL_RETRY), "retry");
    cr_expect_str_eq(toil_status_name(TOIL_BAD_INPUT), "bad input");
    cr_expect_str_eq(toil_status_name(TOIL_FATAL), "fatal");
}
