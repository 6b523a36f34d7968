/* Which deployments are one release of several components. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/analyze/analyze_releases.h"
#include "toilmeter/buf.h"

#define NONE   UINT32_MAX
#define MINUTE INT64_C(60000000)
enum { MOST = 16 };

static const struct {
    const char *name;
    struct {
        int minute;
        uint32_t component, scope, label;
    } of[MOST];
    size_t count;
    const char *expected; /* release of each, '-' for none; then the releases' minute and scope */
} cases[] = {
    {"nothing", {{0}}, 0, ""},
    {"one", {{5, 0, NONE, NONE}}, 1, "-"},
    {"two without a label stand alone", {{0, 0, NONE, NONE}, {1, 1, NONE, NONE}}, 2, "--"},
    {"three are a release", {{3, 0, NONE, NONE}, {4, 1, NONE, NONE}, {5, 2, NONE, NONE}}, 3, "000 3:-"},
    {"two with one label are", {{3, 0, NONE, 7}, {4, 1, NONE, 7}}, 2, "00 3:-"},
    {"two with two labels are not", {{3, 0, NONE, 7}, {4, 1, NONE, 6}}, 2, "--"},
    {"one component again and again is not", {{0, 4, NONE, 1}, {1, 4, NONE, 1}, {2, 4, NONE, 1}}, 3, "---"},
    {"ten minutes are near enough", {{0, 0, NONE, 7}, {10, 1, NONE, 7}}, 2, "00 0:-"},
    {"eleven are not", {{0, 0, NONE, 7}, {11, 1, NONE, 7}}, 2, "--"},
    {"minutes count from the first one on",
     {{0, 0, NONE, NONE}, {8, 1, NONE, NONE}, {12, 2, NONE, NONE}, {17, 3, NONE, NONE}},
     4,
     "-000 8:-"},
    {"what is between, with another label, stands alone",
     {{0, 0, NONE, 7}, {1, 1, NONE, 5}, {2, 0, NONE, 7}, {11, 0, NONE, 5}},
     4,
     "-0-0 1:-"},
    {"a label's next component counts, not its next deployment",
     {{0, 0, NONE, 7}, {1, 0, NONE, 7}, {2, 1, NONE, 7}},
     3,
     "000 0:-"},
    {"taken deployments do not make another release",
     {{0, 0, NONE, 7}, {1, 1, NONE, NONE}, {2, 2, NONE, 7}, {3, 3, NONE, NONE}},
     4,
     "0000 0:-"},
    {"nor do the rest of a label's window",
     {{0, 0, NONE, 7}, {1, 1, NONE, 7}, {11, 2, NONE, NONE}, {12, 3, NONE, NONE}},
     4,
     "00-- 0:-"},
    {"two releases", {{0, 0, NONE, 7}, {1, 1, NONE, 7}, {60, 0, NONE, 8}, {61, 1, NONE, 8}}, 4, "0011 0:- 60:-"},
    {"the scope that all have", {{0, 0, 3, 7}, {1, 1, 3, 7}}, 2, "00 0:3"},
    {"no scope when they differ", {{0, 0, 3, 7}, {1, 1, 4, 7}}, 2, "00 0:-"},
    {"no scope when one has none", {{0, 0, 3, 7}, {1, 1, NONE, 7}}, 2, "00 0:-"},
};

static char *releases_of(const struct toil_deployment *deployment, size_t count)
{
    struct toil_buf out = TOIL_BUF_INIT;
    uint32_t *release_of = toil_xcalloc(count + 1, sizeof *release_of);
    struct toil_release *release = toil_xcalloc(count / 2 + 1, sizeof *release);
    size_t releases = toil_releases_find(deployment, count, release_of, release);
    for (size_t i = 0; i < count; i++) {
        if (release_of[i] == TOIL_NO_RELEASE)
            toil_buf_add_char(&out, '-');
        else
            toil_buf_printf(&out, "%u", release_of[i]);
    }
    for (size_t i = 0; i < releases; i++) {
        toil_buf_printf(&out, " %d:", (int)(release[i].at_us / MINUTE));
        if (release[i].scope == NONE)
            toil_buf_add_char(&out, '-');
        else
            toil_buf_printf(&out, "%u", release[i].scope);
    }
    free(release_of);
    free(release);
    return toil_buf_take(&out);
}

Test(releases, several_components_within_ten_minutes)
{
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct toil_deployment deployment[MOST];
        for (size_t i = 0; i < cases[c].count; i++)
            deployment[i] = (struct toil_deployment){cases[c].of[i].minute * MINUTE, cases[c].of[i].component,
                                                     cases[c].of[i].scope, cases[c].of[i].label};
        char *got = releases_of(deployment, cases[c].count);
        cr_expect_str_eq(got, cases[c].expected, "%s: %s, expected %s", cases[c].name, got, cases[c].expected);
        free(got);
    }
}

/* A slow pipeline that deploys without end must not make the search quadratic. */
Test(releases, a_million_at_one_instant_are_one_pass, .timeout = 20)
{
    enum { COUNT = 1000000 };
    struct toil_deployment *deployment = toil_xcalloc(COUNT, sizeof *deployment);
    uint32_t *release_of = toil_xcalloc(COUNT, sizeof *release_of);
    struct toil_release *release = toil_xcalloc(COUNT / 2 + 1, sizeof *release);
    for (size_t i = 0; i < COUNT; i++)
        deployment[i] = (struct toil_deployment){0, 1, NONE, 2};
    cr_assert_eq(toil_releases_find(deployment, COUNT, release_of, release), 0);
    deployment[COUNT - 1].component = 0;
    cr_assert_eq(toil_releases_find(deployment, COUNT, release_of, release), 1);
    cr_assert_eq(release_of[0], 0);
    free(deployment);
    free(release_of);
    free(release);
}
