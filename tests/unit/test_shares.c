/* What the search for links found, to shares of tickets: sums, groups, rests. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/analyze/analyze_links.h"

static const char catalog_text[] = "teams:\n"
                                   "  - {name: web}\n"
                                   "  - {name: data}\n"
                                   "components:\n"
                                   "  - {name: b, team: web}\n"
                                   "  - {name: a, team: web}\n"
                                   "  - {name: c, team: data}\n"
                                   "  - {name: d}\n";
enum { B, A, C, D, UNMAPPED, UNEXPLAINED, FIRST_EXTRA };
enum { TICKETS = 2, MOST_LINKS = 8, MOST_SHARES = 8 };

/* One topic with two tickets; sources as given. */
static struct toil_analysis world_of(const struct toil_link_source *source, size_t count)
{
    struct toil_analysis analysis;
    struct toil_error err;
    toil_analysis_init(&analysis, &(const struct toil_analysis_options){0});
    cr_assert_eq(toil_catalog_load_text("test", toil_span_of(catalog_text), &analysis.catalog, &err), TOIL_OK, "%s",
                 err.message);
    toil_names_init(&analysis.names, analysis.catalog);
    toil_links_begin(&analysis);
    struct toil_link_search *search = analysis.links;
    search->source = toil_xcalloc(count + 1, sizeof *source);
    memcpy(search->source, source, count * sizeof *source);
    search->source_count = count;
    search->topic_count = 1;
    search->ticket_begin = toil_xcalloc(2, sizeof *search->ticket_begin);
    search->ticket = toil_xcalloc(TICKETS, sizeof *search->ticket);
    search->ticket[0] = 1; /* by time, not by id */
    search->ticket[1] = 0;
    search->found.link = toil_xcalloc(MOST_LINKS, sizeof *search->found.link);
    search->found.share = toil_xcalloc(MOST_SHARES, sizeof *search->found.share);
    analysis.ticket = toil_xcalloc(TICKETS, sizeof *analysis.ticket);
    analysis.ticket_count = TICKETS;
    for (size_t i = 0; i < TICKETS; i++)
        analysis.ticket[i] = (struct toil_ticket){
            .split = UNEXPLAINED, .item = TOIL_NO_TEXT, .how = TOIL_HOW_UNEXPLAINED, .counts = true};
    analysis.ticket[1].item = toil_analysis_add_item(&analysis, TOIL_KIND_SUPPORT_TICKET, 0, UNEXPLAINED);
    analysis.ticket_how[TOIL_HOW_UNEXPLAINED] = TICKETS;
    return analysis;
}

static void link_source(struct toil_analysis *analysis, uint32_t source, uint32_t group)
{
    struct toil_links *found = &analysis->links->found;
    found->link[found->link_count++] = (struct toil_link){.source = source, .group = group};
    if (group != UINT32_MAX && group >= found->group_count)
        found->group_count = (size_t)group + 1;
}

static void share(struct toil_analysis *analysis, uint32_t ticket, uint32_t link, double part, int64_t event_at_us)
{
    struct toil_links *found = &analysis->links->found;
    found->share[found->share_count++] = (struct toil_link_ticket_share){
        .ticket = ticket, .link = link, .share = part, .low = part / 2, .high = part * 2, .event_at_us = event_at_us};
}

/* "component weight kind event, ..." of the ticket at an index of analysis.ticket. */
static void expect_parts(const struct toil_analysis *analysis, size_t ticket, const char *expected)
{
    struct toil_buf out = TOIL_BUF_INIT;
    const struct toil_split *split = &analysis->names.split[analysis->ticket[ticket].split];
    double sum = 0;
    for (uint32_t i = 0; i < split->count; i++) {
        const struct toil_part *part = &analysis->names.part[split->begin + i];
        toil_buf_printf(&out, "%s%s %.4g", i ? ", " : "", toil_component_name(&analysis->names, part->component),
                        part->weight);
        if (part->hidden != TOIL_NO_TEXT) {
            const struct toil_hidden *hidden = &analysis->hidden[part->hidden];
            toil_buf_printf(&out, " %s %lld [%.3g %.3g]", toil_kinds[hidden->kind].name, (long long)hidden->event_at_us,
                            hidden->low, hidden->high);
        }
        sum += part->weight;
    }
    cr_expect_str_eq(out.data, expected, "%s, expected %s", out.data, expected);
    cr_expect_eq(sum, 1, "they sum to %.17g", sum);
    cr_expect_eq(split->clock, UNEXPLAINED);
    toil_buf_release(&out);
}

Test(shares, kinds_of_one_component_are_one_share)
{
    static const struct toil_link_source source[] = {{.component = B, .kind = TOIL_KIND_SERVICE_RESTART},
                                                     {.component = B, .kind = TOIL_KIND_QUEUE_REBALANCE},
                                                     {.component = C, .kind = TOIL_KIND_DEPLOYMENT}};
    struct toil_analysis analysis = world_of(source, 3);
    for (uint32_t i = 0; i < 3; i++)
        link_source(&analysis, i, UINT32_MAX);
    share(&analysis, 0, 0, 0.25, 5);
    share(&analysis, 0, 1, 0.125, 7);
    share(&analysis, 0, 2, 0.5, 9);
    toil_links_apply(&analysis);
    expect_parts(&analysis, 1,
                 "b 0.375 service_restart 5 [0.188 0.75], c 0.5 deployment 9 [0.25 1], (unexplained) 0.125");
    expect_parts(&analysis, 0, "(unexplained) 1");
    cr_expect_eq(analysis.ticket[1].how, TOIL_HOW_HIDDEN);
    cr_expect_eq(analysis.ticket[0].how, TOIL_HOW_UNEXPLAINED);
    cr_expect_eq(analysis.ticket_how[TOIL_HOW_HIDDEN], 1);
    cr_expect_eq(analysis.ticket_how[TOIL_HOW_UNEXPLAINED], 1);
    cr_expect_eq(analysis.hidden_tickets, 0.875);
    cr_expect_eq(analysis.item[analysis.ticket[1].item].split, analysis.ticket[1].split, "work follows its ticket");
    toil_analysis_release(&analysis);
}

Test(shares, rounding_leaves_no_rest_and_no_excess)
{
    static const struct {
        double part[3];
        const char *expected;
    } cases[] = {
        {{1, 0, 0}, "b 1 service_restart 1 [0.5 1]"},
        {{0.5, 0.5, 0}, "b 0.5 service_restart 1 [0.25 1], a 0.5 service_restart 2 [0.25 1]"},
        {{0.6, 0.4 + 1e-9, 0}, "b 0.6 service_restart 1 [0.3 1], a 0.4 service_restart 2 [0.2 0.8]"},
        {{1.0 / 3, 1.0 / 3, 1.0 / 3},
         "b 0.3333 service_restart 1 [0.167 0.667], a 0.3333 service_restart 2 [0.167 0.667], c 0.3333 "
         "service_restart 3 [0.167 0.667], (unexplained) 9.095e-13"},
        {{1e-15, 0, 0}, "(unexplained) 1"},
        {{0, 0.25, 0}, "a 0.25 service_restart 2 [0.125 0.5], (unexplained) 0.75"},
    };
    static const struct toil_link_source source[] = {{.component = B}, {.component = A}, {.component = C}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct toil_analysis analysis = world_of(source, 3);
        for (uint32_t n = 0; n < 3; n++) {
            link_source(&analysis, n, UINT32_MAX);
            share(&analysis, 1, n, cases[i].part[n], n + 1);
        }
        toil_links_apply(&analysis);
        expect_parts(&analysis, 0, cases[i].expected);
        toil_analysis_release(&analysis);
    }
}

Test(shares, what_cannot_be_told_apart_is_one)
{
    static const struct toil_link_source source[] = {
        {.component = B, .kind = TOIL_KIND_SERVICE_RESTART}, {.component = A, .kind = TOIL_KIND_SERVICE_RESTART},
        {.component = A, .kind = TOIL_KIND_QUEUE_REBALANCE}, {.component = C, .kind = TOIL_KIND_SERVICE_RESTART},
        {.component = D, .kind = TOIL_KIND_SERVICE_RESTART}, {.component = D, .kind = TOIL_KIND_QUEUE_REBALANCE}};
    static const uint32_t group[] = {0, 0, 0, UINT32_MAX, 1, 1};
    struct toil_analysis analysis = world_of(source, 6);
    for (uint32_t i = 0; i < 6; i++)
        link_source(&analysis, i, group[i]);
    share(&analysis, 0, 0, 0.5, 3);
    share(&analysis, 0, 3, 0.25, 4);
    share(&analysis, 1, 4, 0.5, 6);
    toil_links_apply(&analysis);
    /* Named by bytes, each once; two kinds of one component need no other name. */
    expect_parts(&analysis, 1,
                 "a | b 0.5 service_restart 3 [0.25 1], c 0.25 service_restart 4 [0.125 0.5], (unexplained) 0.25");
    expect_parts(&analysis, 0, "d 0.5 service_restart 6 [0.25 1], (unexplained) 0.5");
    cr_expect_eq(analysis.links->group[0].component, FIRST_EXTRA);
    cr_expect_eq(analysis.links->group[0].count, 2);
    cr_expect_str_eq(toil_component_team_name(&analysis.names, FIRST_EXTRA), "web");
    cr_expect_eq(analysis.links->group[1].component, D);
    toil_analysis_release(&analysis);
}

Test(shares, a_group_has_the_team_that_all_have)
{
    static const struct {
        uint32_t one, other;
        const char *team;
    } cases[] = {{B, A, "web"}, {A, C, ""}, {C, D, ""}, {D, D, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct toil_link_source source[] = {{.component = cases[i].one}, {.component = cases[i].other}};
        struct toil_analysis analysis = world_of(source, 2);
        link_source(&analysis, 0, 0);
        link_source(&analysis, 1, 0);
        toil_links_apply(&analysis);
        uint32_t component = toil_link_component(analysis.links, &analysis.links->found.link[1]);
        cr_expect_str_eq(toil_component_team_name(&analysis.names, component), cases[i].team, "case %zu", i);
        toil_analysis_release(&analysis);
    }
}
