/* toilmeter as people type it, about the items of a run: plan, writeup (printed, and into a marked part of a file), and
 * what report and runs say to those who mistype. The run is that of decisions.sql, the latest of five. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/lib_cli.h"
#include "support/lib_model.h"
#include "toilmeter/buf.h"

#define BEGIN "<!-- toilmeter:begin TD-1 -->"
#define END   "<!-- toilmeter:end TD-1 -->"

static void load_rows(const char *path)
{
    char *rows = toil_file_text(path);
    cr_assert_str_neq(rows, "", "%s", path);
    pg_run(pg_conninfo(cli_server), rows);
    free(rows);
}

/* The catalog takes the way that people's catalogs take; a run keeps the one that was in force. */
static void set_up(void)
{
    cli_set_up();
    EXPECT_RUN("migrate --quiet", 0);
    load_rows("tests/golden/runs.sql");
    load_rows("tests/golden/decisions.sql");
    EXPECT_RUN("catalog apply tests/golden/decisions.yaml", 0);
    pg_run(pg_conninfo(cli_server),
           "update toilmeter.run set catalog = (select document from toilmeter.catalog) where run_id = 5");
}

TestSuite(cli_items, .init = set_up, .fini = cli_tear_down, .timeout = 300);

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* A line that cannot be done: status 2, nothing on standard output, and on standard error one message that holds
 * `message`, then at most one line with the remedy, which holds `hint`. */
static void expect_refused(const char *line, const char *message, const char *hint)
{
    EXPECT_RUN(line, 2);
    cr_expect_str_eq(cli_said.out, "", "toilmeter %s: %s", line, cli_said.out);
    char *start = toil_xasprintf("toilmeter %.*s: ", (int)strcspn(line, " "), line);
    char *first = toil_xstrndup(cli_said.err, strcspn(cli_said.err, "\n"));
    cr_expect(strncmp(first, start, strlen(start)) == 0, "toilmeter %s: %s", line, cli_said.err);
    cr_expect(strstr(first, message) != NULL, "toilmeter %s: no \"%s\" in %s", line, message, cli_said.err);
    cr_expect(strstr(cli_said.err + strlen(first), hint) != NULL, "toilmeter %s: no \"%s\" in %s", line, hint,
              cli_said.err);
    cr_expect_eq(count_lines(cli_said.err), *hint ? 2 : 1, "toilmeter %s: %s", line, cli_said.err);
    free(start);
    free(first);
}

/* ---- plan ---- */

Test(cli_items, plan_says_when_a_promise_could_be_proven)
{
    EXPECT_RUN("plan TD-1 --format json", 0);
    toil_golden_check("plan.json", cli_said.out);
    cr_expect_str_eq(cli_said.err, "");

    /* Nothing to plan is an answer, too: status 1, and a report with what is missing and where it comes from. */
    EXPECT_RUN("plan TD-8", 1);
    EXPECT_SAID(out, "the key promise: {measure, change, within} is missing");
    EXPECT_SAID(out, "toilmeter plan --run 5 TD-8");
    cr_expect_str_eq(cli_said.err, "");
}

Test(cli_items, plan_takes_one_item_of_the_run)
{
    expect_refused("plan", "expected one ITEM", "toilmeter plan --help");
    expect_refused("plan TD-1 TD-2", "expected one ITEM", "toilmeter plan --help");
    expect_refused("plan td-1", "no item \"td-1\"", "did you mean TD-1?");
    expect_refused("plan TD-111", "no item \"TD-111\"", "did you mean TD-11?");
    expect_refused("plan routing", "no item \"routing\"", "`toilmeter catalog show` lists");
    expect_refused("plan TD-1 --run 1", "the catalog of the run has no items", "`toilmeter analyze` again");
    expect_refused("plan TD-1 --run 999", "there is no run 999", "`toilmeter runs` lists");
}

/* ---- writeup, printed ---- */

Test(cli_items, writeup_in_every_format)
{
    static const char *const formats[][2] = {{"", "writeup.md"},
                                             {" --format markdown", "writeup.md"},
                                             {" --format html", "writeup.html"},
                                             {" --format json", "writeup.json"},
                                             {" --format jira", "writeup.jira"}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        char line[64];
        snprintf(line, sizeof line, "writeup TD-1%s", formats[i][0]);
        EXPECT_RUN(line, 0);
        toil_golden_check(formats[i][1], cli_said.out);
        cr_expect_str_eq(cli_said.err, "");
    }
    EXPECT_RUN("writeup TD-12", 1);
    EXPECT_SAID(out, "## TD-12: No component");
}

Test(cli_items, writeup_refuses_what_it_cannot_write)
{
    expect_refused("writeup", "expected one ITEM", "toilmeter writeup --help");
    expect_refused("writeup TD-1 TD-2", "expected one ITEM", "toilmeter writeup --help");
    expect_refused("writeup TD-111", "no item \"TD-111\"", "did you mean TD-11?");
    expect_refused("writeup TD-1 --format jria", "\"jria\" is none of markdown, html, json, jira",
                   "did you mean jira?");
    expect_refused("writeup TD-1 --format spreadsheet", "\"spreadsheet\" is none of markdown, html, json, jira", "");
}

/* ---- writeup, into a file ---- */

static char *path_of(const char *name)
{
    return toil_xasprintf("%s/%s", cli_dir, name);
}

static void expect_file(const char *name, const char *expected)
{
    char *path = path_of(name), *text = toil_file_text(path);
    cr_assert_str_eq(text, expected, "%s", name);
    free(text);
    free(path);
}

static struct stat stat_of(const char *name)
{
    struct stat info;
    char *path = path_of(name);
    cr_assert_eq(lstat(path, &info), 0, "%s: %s", path, strerror(errno));
    free(path);
    return info;
}

/* What the program prints stands between the marks; before and behind stay, whatever they are: marks of another item,
 * marks in the midst of a line, blanks, line ends of another kind, a last line without one. */
#define BEFORE "# Backlog\r\n<!-- toilmeter:begin TD-12 -->\nmine\n<!-- toilmeter:end TD-12 -->\n  " BEGIN "\n\n"
#define BEHIND "\ttail " END "\n\n\xff trailing blanks  \nno line end"

Test(cli_items, writeup_into_a_file_renews_the_marked_part_alone)
{
    EXPECT_RUN("writeup TD-1", 0);
    char *whole = toil_xasprintf("%s%s\n%s%s\n%s", BEFORE, BEGIN, cli_said.out, END, BEHIND);
    cli_write_text("backlog.md", BEFORE BEGIN "\nold\n\nolder\n" END "\n" BEHIND);
    EXPECT_RUN("writeup TD-1 --into @/backlog.md", 0);
    cr_expect_str_eq(cli_said.out, "");
    EXPECT_SAID(err, "backlog.md: renewed");
    expect_file("backlog.md", whole);

    /* Twice is once: the file isn't even written. */
    ino_t before = stat_of("backlog.md").st_ino;
    EXPECT_RUN("writeup TD-1 --into @/backlog.md", 0);
    EXPECT_SAID(err, "backlog.md: says the same already");
    expect_file("backlog.md", whole);
    cr_expect_eq(stat_of("backlog.md").st_ino, before);

    /* Another format takes the same place, and gives it back. */
    EXPECT_RUN("writeup TD-1 --into @/backlog.md --format html --quiet", 0);
    cr_expect_str_eq(cli_said.err, "");
    char *path = path_of("backlog.md"), *html = toil_file_text(path);
    cr_expect(strncmp(html, BEFORE BEGIN "\n<", strlen(BEFORE BEGIN "\n<")) == 0, "%.300s", html);
    cr_expect_null(strstr(html, "<!DOCTYPE"), "a part of a page, not a page");
    EXPECT_RUN("writeup TD-1 --into @/backlog.md --format markdown", 0);
    expect_file("backlog.md", whole);
    free(html);
    free(path);
    free(whole);
}

Test(cli_items, writeup_into_a_file_keeps_its_mode_and_the_link_to_it)
{
    cli_write_text("backlog.md", BEGIN "\n" END "\n");
    cli_shell("chmod 640 backlog.md && ln -s backlog.md link.md");
    EXPECT_RUN("writeup TD-1 --into @/link.md", 0);
    EXPECT_SAID(err, "link.md: renewed");
    cr_expect(S_ISLNK(stat_of("link.md").st_mode));
    cr_expect_eq(stat_of("backlog.md").st_mode & 07777, 0640);
    cli_shell("grep -q '^## TD-1: ' backlog.md");
    cli_shell("test \"$(ls | grep -c 'md')\" = 2"); /* nothing is left lying beside them */
}

Test(cli_items, writeup_leaves_a_file_alone_whose_marks_leave_a_doubt)
{
    static const struct {
        const char *text, *message, *hint;
    } cases[] = {
        {"# Backlog\n", "the file has no marks", BEGIN " and " END},
        {"", "the file has no marks", BEGIN " and " END},
        {"<!-- toilmeter:begin TD-2 -->\n<!-- toilmeter:end TD-2 -->\n", "the file has no marks", BEGIN " and " END},
        {BEGIN "\nold\n", "the file has the first mark, but not the second", BEGIN " and " END},
        {"old\n" END "\n", "the file has the second mark, but not the first", BEGIN " and " END},
        {END "\n" BEGIN "\n", "the second mark (line 1) stands before the first (line 2)", ""},
        {BEGIN "\n" END "\n" BEGIN "\n" END "\n", "more than once, first in line 1", "leave one"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cli_write_text("backlog.md", cases[i].text);
        const struct stat before = stat_of("backlog.md");
        expect_refused("writeup TD-1 --into @/backlog.md", cases[i].message, cases[i].hint);
        cr_expect(strstr(cli_said.err, "/backlog.md: ") != NULL, "which file? %s", cli_said.err);
        expect_file("backlog.md", cases[i].text);
        cr_expect_eq(stat_of("backlog.md").st_ino, before.st_ino, "case %zu", i);
    }
}

Test(cli_items, writeup_into_what_is_no_file_says_so)
{
    expect_refused("writeup TD-1 --into=", "--into needs the name of a file", "toilmeter writeup --help");
    expect_refused("writeup TD-1 --into @/none.md", "/none.md: No such file", "");
    cli_shell("test ! -e none.md && mkdir folder && mkfifo pipe");
    expect_refused("writeup TD-1 --into @/folder", "--into takes a file", "");
    expect_refused("writeup TD-1 --into @/pipe", "--into takes a file", ""); /* and doesn't wait for a writer */
    cli_write_text("backlog.md", BEGIN "\nold\n" END "\n");
    expect_refused("writeup TD-111 --into @/backlog.md", "no item \"TD-111\"", "did you mean TD-11?");
    expect_refused("writeup TD-1 --into @/backlog.md --format jira", "--into works with markdown and html",
                   "toilmeter writeup --help");
    expect_refused("writeup TD-1 --into @/backlog.md --output @/other.md", "--into and --output say two places",
                   "toilmeter writeup --help");
    expect_file("backlog.md", BEGIN "\nold\n" END "\n");
    cli_shell("test ! -e other.md");
}

/* ---- report and runs, mistyped ---- */

Test(cli_items, report_refuses_a_name_or_an_item_that_does_not_belong)
{
    EXPECT_RUN("report impact TD-1 --format json", 0);
    toil_golden_check("impact.json", cli_said.out);
    expect_refused("report hours TD-1", "report hours takes no name behind it", "toilmeter report --help");
    expect_refused("report impact", "expected report impact ITEM", "toilmeter report --help");
    expect_refused("report saved TD-1 TD-3", "expected report saved ITEM", "toilmeter report --help");
    expect_refused("report impct TD-1", "there is no report \"impct\"",
                   "did you mean impact? There are: funnel, hours");
    expect_refused("report quarterly", "there is no report \"quarterly\"", "there are: funnel, hours");
    expect_refused("report saved TD-33", "no item \"TD-33\"", "did you mean TD-3?");
}

/* Without a name all reports are listed, which takes more lines than other remedies. */
Test(cli_items, report_without_a_name_lists_them)
{
    EXPECT_RUN("report", 2);
    cr_expect_str_eq(cli_said.out, "");
    EXPECT_SAID(err, "toilmeter report: expected the name of a report\n");
    EXPECT_SAID(err, "\n  impact   ITEM  What does this debt cost us");
    EXPECT_SAID(err, "\n  budget         Is a team over its toil budget?\n");
}

Test(cli_items, runs_diff_takes_two_runs_that_there_are)
{
    EXPECT_RUN("runs diff 1 2 --format json", 0);
    EXPECT_RUN("runs diff 1 1", 0);
    EXPECT_SAID(out, "Runs 1 and 1 say the same.");
    expect_refused("runs diff", "diff compares two runs: diff A B", "toilmeter runs --help");
    expect_refused("runs diff 1", "diff compares two runs: diff A B", "toilmeter runs --help");
    expect_refused("runs diff 1 2 3", "diff compares two runs: diff A B", "toilmeter runs --help");
    expect_refused("runs dif 1 2", "expected nothing, show ID, or diff A B", "toilmeter runs --help");
    expect_refused("runs diff 1 999", "there is no run 999; the nearest and the latest are", "`toilmeter runs` lists");
    expect_refused("runs diff 999 1", "there is no run 999; the nearest and the latest are", "`toilmeter runs` lists");
    expect_refused("runs diff 1 spring", "a run is named by its number, not by \"spring\"", "`toilmeter runs` lists");
}
