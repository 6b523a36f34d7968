/* Reports against the truth: reads the files, compares hours and counts of tickets. */
#include "gen_check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"

#define ROUNDING_TICKETS 0.01 /* shares of thousands of tickets */
#define QUEUE_STORY      "queue-balancer"
#define UNEXPLAINED      "(unexplained)"
#define SHARED_RELEASE   "(shared release)"

/* Hours of a component, summed over the rows of a report. */
struct hours {
    double value, low, high;
    double followed; /* of these, what came by links: planted where the tickets lie, under (unexplained) */
};

double gen_number_of(const toil_yaml_node *map, const char *key)
{
    const char *text = toil_yaml_text(toil_yaml_get(map, key));
    return text ? strtod(text, NULL) : 0;
}

const char *gen_text_of(const toil_yaml_node *map, const char *key)
{
    const char *text = toil_yaml_text(toil_yaml_get(map, key));
    return text ? text : "";
}

static enum toil_status load_report(const char *path, const char *name, struct toil_yaml **out,
                                    const toil_yaml_node **rows, struct toil_error *err)
{
    enum toil_status status = toil_yaml_load_file(path, out, err);
    if (status != TOIL_OK)
        return status;
    const toil_yaml_node *root = toil_yaml_root(*out);
    *rows = toil_yaml_get(root, "rows");
    if (strcmp(gen_text_of(root, "report"), name) == 0 && toil_yaml_is_list(*rows))
        return TOIL_OK;
    toil_yaml_free(*out);
    *out = NULL;
    return toil_error_set(err, TOIL_BAD_INPUT, "%s is not the JSON of report %s", path, name);
}

/* The truth's hours of a component, of one sprint or, with sprint NULL, of all. */
static double true_hours(const toil_yaml_node *truth, const char *component, const char *sprint)
{
    const toil_yaml_node *cells = toil_yaml_get(truth, "hours");
    double sum = 0;
    for (size_t i = 0; i < toil_yaml_count(cells); i++) {
        const toil_yaml_node *cell = toil_yaml_item(cells, i);
        if (strcmp(gen_text_of(cell, "component"), component) == 0 &&
            (!sprint || strcmp(gen_text_of(cell, "sprint"), sprint) == 0))
            sum += gen_number_of(cell, "manual");
    }
    return sum;
}

static struct hours reported_hours(const toil_yaml_node *rows, const char *component, const char *period)
{
    struct hours sum = {0};
    for (size_t i = 0; i < toil_yaml_count(rows); i++) {
        const toil_yaml_node *row = toil_yaml_item(rows, i);
        if (strcmp(gen_text_of(row, "component"), component) != 0 ||
            (period && strcmp(gen_text_of(row, "period"), period) != 0))
            continue;
        const toil_yaml_node *hours = toil_yaml_get(row, "hours");
        sum.value += gen_number_of(hours, "value");
        sum.low += gen_number_of(hours, "low");
        sum.high += gen_number_of(hours, "high");
        sum.followed += gen_number_of(row, "followed");
    }
    return sum;
}

/* What links brought to other rows than (unexplained), in all. */
static double all_followed(const toil_yaml_node *rows)
{
    double sum = 0;
    for (size_t i = 0; i < toil_yaml_count(rows); i++) {
        const toil_yaml_node *row = toil_yaml_item(rows, i);
        if (gen_text_of(row, "component")[0] != '(' || strcmp(gen_text_of(row, "component"), SHARED_RELEASE) == 0)
            sum += gen_number_of(row, "followed");
    }
    return sum;
}

/* As it was planted: hours that follow tickets back where those lie. */
static struct hours planted_hours(const toil_yaml_node *rows, const char *component, const char *period)
{
    struct hours hours = reported_hours(rows, component, period);
    double moved = strcmp(component, UNEXPLAINED) == 0 ? -all_followed(rows) : hours.followed;
    return (struct hours){hours.value - moved, hours.low - moved, hours.high - moved, hours.followed};
}

/* Every component with planted hours, the two that stand for none included. */
static bool check_components(const toil_yaml_node *truth, const toil_yaml_node *rows)
{
    const toil_yaml_node *components = toil_yaml_get(toil_yaml_get(truth, "tickets"), "components");
    size_t inside = 0, count = toil_yaml_count(components);
    printf("%-20s %10s %10s %10s %10s %10s\n", "component", "true h", "reported", "low", "high", "+ followed");
    for (size_t i = 0; i < count; i++) {
        const char *name = gen_text_of(toil_yaml_item(components, i), "component");
        double planted = true_hours(truth, name, NULL);
        struct hours found = planted_hours(rows, name, NULL);
        bool holds = planted >= found.low - GEN_ROUNDING_HOURS && planted <= found.high + GEN_ROUNDING_HOURS;
        inside += holds;
        printf("%-20s %10.1f %10.1f %10.1f %10.1f %10.1f%s\n", name, planted, found.value, found.low, found.high,
               found.followed, holds ? "" : "  OUTSIDE");
    }
    printf("hours: truth within the band for %zu of %zu components\n\n", inside, count);
    return inside == count;
}

static bool check_queue_story(const toil_yaml_node *truth, const toil_yaml_node *rows)
{
    const toil_yaml_node *story = toil_yaml_get(toil_yaml_get(truth, "stories"), "TD-1");
    const toil_yaml_node *cells = toil_yaml_get(truth, "hours");
    double target = gen_number_of(story, "hours_per_sprint"), tolerance = gen_number_of(story, "tolerance");
    double lowest = INFINITY, highest = -INFINITY, farthest = 0;
    size_t inside = 0, count = 0;
    for (size_t i = 0; i < toil_yaml_count(cells); i++) {
        const toil_yaml_node *cell = toil_yaml_item(cells, i);
        if (strcmp(gen_text_of(cell, "component"), QUEUE_STORY) != 0)
            continue;
        double planted = gen_number_of(cell, "manual");
        double found = planted_hours(rows, QUEUE_STORY, gen_text_of(cell, "sprint")).value;
        lowest = fmin(lowest, found);
        highest = fmax(highest, found);
        farthest = fmax(farthest, fabs(found - planted));
        inside += fabs(found - target) <= tolerance && fabs(planted - target) <= tolerance;
        count++;
    }
    printf(
        "queue balancing by hand: %zu of %zu sprints at %.0f +- %.0f hours; reported %.1f to %.1f, at most %.2f from "
        "the truth\n",
        inside, count, target, tolerance, lowest, highest, farthest);
    return count > 0 && inside == count;
}

/* Tickets as they were planted: those that name a component or have its topic are counted; all others lie under
 * (unexplained), whatever links make of them. */
static double planted_tickets(const toil_yaml_node *rows, const char *component)
{
    bool rest = strcmp(component, UNEXPLAINED) == 0;
    double found = 0;
    for (size_t r = 0; r < toil_yaml_count(rows); r++) {
        const toil_yaml_node *row = toil_yaml_item(rows, r);
        bool own = strcmp(gen_text_of(row, "component"), component) == 0;
        double hidden = gen_number_of(toil_yaml_get(row, "attributed"), "value");
        found += own ? gen_number_of(toil_yaml_get(row, "total"), "value") : 0;
        found += rest && strcmp(gen_text_of(row, "component"), "(total)") != 0 ? hidden : 0;
        found -= own && !rest ? hidden : 0;
    }
    return found;
}

/* They must agree to the last one. */
static bool check_tickets(const toil_yaml_node *truth, const toil_yaml_node *rows)
{
    const toil_yaml_node *components = toil_yaml_get(toil_yaml_get(truth, "tickets"), "components");
    size_t equal = 0, count = toil_yaml_count(components);
    double tickets = 0;
    for (size_t i = 0; i < count; i++) {
        const toil_yaml_node *planted = toil_yaml_item(components, i);
        const char *name = gen_text_of(planted, "component");
        double expected = gen_number_of(planted, "named") + gen_number_of(planted, "by_topic");
        double found = planted_tickets(rows, name);
        bool same = fabs(found - expected) < ROUNDING_TICKETS;
        tickets += expected;
        equal += same;
        if (!same)
            printf("tickets of %s: %.0f planted, %.2f reported\n", name, expected, found);
    }
    printf("tickets: %.0f planted, counted alike for %zu of %zu components\n", tickets, equal, count);
    return equal == count;
}

typedef bool (*check_fn)(const toil_yaml_node *truth, const toil_yaml_node *rows);

static enum toil_status check_report(const toil_yaml_node *truth, const char *path, const char *name, check_fn check,
                                     bool *agree, struct toil_error *err)
{
    struct toil_yaml *yaml;
    const toil_yaml_node *rows;
    enum toil_status status = load_report(path, name, &yaml, &rows, err);
    if (status != TOIL_OK)
        return status;
    *agree &= check(truth, rows);
    toil_yaml_free(yaml);
    return TOIL_OK;
}

enum toil_status gen_check(const struct gen_options *options, bool *agree, struct toil_error *err)
{
    const struct {
        const char *path, *report;
        check_fn check;
    } checks[] = {{options->hours, "hours", check_components},     {options->sprints, "hours", check_queue_story},
                  {options->tickets, "tickets", check_tickets},    {options->links, "links", gen_check_links},
                  {options->tickets, "tickets", gen_check_hidden}, {options->hours, "hours", gen_check_followed}};
    if (!options->hours && !options->sprints && !options->tickets && !options->links)
        return toil_error_set(err, TOIL_BAD_INPUT, "--check needs --hours, --sprints, --tickets or --links");
    struct toil_yaml *truth;
    char *path = toil_xasprintf("%s/truth.json", options->check);
    enum toil_status status = toil_yaml_load_file(path, &truth, err);
    free(path);
    if (status != TOIL_OK)
        return status;
    *agree = true;
    for (size_t i = 0; i < sizeof checks / sizeof *checks && status == TOIL_OK; i++)
        if (checks[i].path)
            status = check_report(toil_yaml_root(truth), checks[i].path, checks[i].report, checks[i].check, agree, err);
    toil_yaml_free(truth);
    *agree &= status == TOIL_OK;
    return status;
}
