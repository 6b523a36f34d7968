/* Command lines from tables: types, positions, and what is said about a wrong one. */
#include <criterion/criterion.h>
#include <string.h>

#include "toilmeter/options.h"

struct common {
    bool quiet;
    const char *db;
};

struct own {
    const char *format;
    int64_t seed;
    struct toil_option_list files;
};

static const char *const formats[] = {"text", "json", NULL};
static const struct toil_option common_table[] = {
    {"quiet", TOIL_OPTION_FLAG, offsetof(struct common, quiet), NULL, NULL, "say less"},
    {"db", TOIL_OPTION_TEXT, offsetof(struct common, db), "CONNINFO", NULL, "the database"},
    {0},
};
static const struct toil_option own_table[] = {
    {"format", TOIL_OPTION_TEXT, offsetof(struct own, format), "FORMAT", formats, "how to print"},
    {"seed", TOIL_OPTION_INT, offsetof(struct own, seed), "N", NULL, "the seed"},
    {"file", TOIL_OPTION_LIST, offsetof(struct own, files), "FILE", NULL, "a file"},
    {0},
};

static struct common common;
static struct own own;
static struct toil_error err;
static int positional;
static char *args[16];

static enum toil_status parse(int argc, const char *const *argv)
{
    static const struct toil_option *const tables[] = {common_table, own_table, NULL};
    void *const into[] = {&common, &own};
    memset(&common, 0, sizeof common);
    memset(&own, 0, sizeof own);
    toil_error_clear(&err);
    args[0] = (char *)"toilmeter";
    for (int i = 0; i < argc; i++)
        args[i + 1] = (char *)argv[i];
    return toil_options_parse(argc + 1, args, tables, into, &positional, &err);
}
#define PARSE(...)                                                                                                     \
    parse((int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)), (const char *const[]){__VA_ARGS__})

Test(options, every_type)
{
    cr_assert_eq(PARSE("--quiet", "report", "--seed=-7", "--db", "service=x", "hours", "--file", "a", "--format",
                       "json", "--file=b=c", "-", "--", "--file"),
                 TOIL_OK, "%s", err.message);
    cr_expect(common.quiet);
    cr_expect_str_eq(common.db, "service=x");
    cr_expect_eq(own.seed, -7);
    cr_expect_str_eq(own.format, "json");
    cr_assert_eq(own.files.count, 2);
    cr_expect_str_eq(own.files.item[0], "a");
    cr_expect_str_eq(own.files.item[1], "b=c");
    cr_assert_eq(positional, 4);
    cr_expect_str_eq(args[1], "report");
    cr_expect_str_eq(args[2], "hours");
    cr_expect_str_eq(args[3], "-");
    cr_expect_str_eq(args[4], "--file");
    toil_option_list_release(&own.files);
    cr_expect_eq(own.files.count, 0);
}

Test(options, nothing_given)
{
    cr_expect_eq(parse(0, NULL), TOIL_OK);
    cr_expect_eq(positional, 0);
    cr_expect_null(common.db);
}

Test(options, an_empty_value_is_a_value)
{
    cr_expect_eq(PARSE("--db="), TOIL_OK);
    cr_expect_str_eq(common.db, "");
    cr_expect_eq(PARSE("--db", "--quiet"), TOIL_OK, "what follows is the value, whatever it looks like");
    cr_expect_str_eq(common.db, "--quiet");
}

static void expect_refused(enum toil_status status, const char *message, const char *hint)
{
    cr_expect_eq(status, TOIL_BAD_INPUT);
    cr_expect(strstr(err.message, message), "%s", err.message);
    cr_expect(strstr(err.hint, hint), "%s", err.hint);
}

Test(options, refusals)
{
    expect_refused(PARSE("--formt", "json"), "unknown option --formt", "--format");
    expect_refused(PARSE("--Quiet"), "unknown option --Quiet", "--quiet");
    expect_refused(PARSE("--zzzzzz"), "unknown option --zzzzzz", "");
    cr_expect_eq(err.hint[0], '\0', "nothing is near");
    expect_refused(PARSE("-q"), "options begin with --", "");
    expect_refused(PARSE("--quiet=yes"), "takes no value", "");
    expect_refused(PARSE("--db"), "--db needs CONNINFO", "");
    expect_refused(PARSE("--seed", "7x"), "whole number", "");
    expect_refused(PARSE("--seed", ""), "whole number", "");
    expect_refused(PARSE("--seed", " 7"), "whole number", "");
    expect_refused(PARSE("--seed", "9223372036854775808"), "whole number", "");
    expect_refused(PARSE("--format", "jsn"), "none of text, json", "did you mean json");
}
