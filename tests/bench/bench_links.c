/* The search for hidden links on alarms of real devices with known causes (lib_alarms.h): precision, recall and F1 of
 * the established links against the true pairs, beside those of the screen alone.
 *
 *     bench_links --alarms FILE --edges FILE [--list]
 *
 * Options and bands are the product's defaults: nothing is tuned to the data. --list prints each pair with its verdict
 * and why. Members of a group ("either") count as established each. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyzers/stats/links.h"
#include "support/lib_alarms.h"
#include "toilmeter/buf.h"

#define GOAL_F1 0.65
/* The best of the published results on these data (a topological Hawkes process). */
#define PUBLISHED_F1 0.5765

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

struct score {
    size_t claimed, right, edges;
    double precision, recall, f1;
};

static struct score score_of(const struct test_alarms *alarms, const bool *is_claimed)
{
    struct score score = {.edges = alarms->edge_count};
    for (size_t pair = 0; pair < alarms->type_count * alarms->type_count; pair++) {
        score.claimed += is_claimed[pair];
        score.right += is_claimed[pair] && alarms->is_edge[pair];
    }
    if (score.claimed)
        score.precision = (double)score.right / (double)score.claimed;
    if (score.edges)
        score.recall = (double)score.right / (double)score.edges;
    if (score.right)
        score.f1 = 2 * score.precision * score.recall / (score.precision + score.recall);
    return score;
}

static void print_score(const char *what, const struct score *score)
{
    printf("%-28s %7zu %7zu %10.4f %8.4f %8.4f\n", what, score->claimed, score->right, score->precision, score->recall,
           score->f1);
}

/* ---- the screen alone ---- */

static int compare_doubles(const void *a, const void *b)
{
    const double one = *(const double *)a, other = *(const double *)b;
    return (one > other) - (one < other);
}

/* Benjamini and Hochberg 1995: the greatest p that is rejected; below 0 when none is. */
static double threshold_of(const double *p, size_t count, double level)
{
    double *sorted = toil_xcalloc(count + 1, sizeof *sorted), threshold = -1;
    memcpy(sorted, p, count * sizeof *p);
    qsort(sorted, count, sizeof *sorted, compare_doubles);
    for (size_t i = 0; i < count; i++)
        if (sorted[i] <= level * (double)(i + 1) / (double)count)
            threshold = sorted[i];
    free(sorted);
    return threshold;
}

/* The least p of each pair over its bands, NAN where the screen abstains in all; *all owns every p there is. */
static double *screen_all(const struct test_alarms *alarms, double **all, size_t *count)
{
    const struct toil_link_data *data = &alarms->data;
    const size_t types = alarms->type_count;
    double *least = toil_xcalloc(types * types, sizeof *least);
    *all = toil_xcalloc(types * types * data->band_count, sizeof **all);
    *count = 0;
    for (size_t effect = 0; effect < types; effect++) {
        struct toil_screen_topic *topic = toil_screen_topic_new(data, (uint32_t)effect);
        for (size_t cause = 0; cause < types; cause++) {
            double *best = &least[cause * types + effect];
            struct toil_screen_result result;
            *best = (double)NAN;
            if (cause == effect)
                continue;
            struct toil_screen_source *source = toil_screen_source_new(data, (uint32_t)cause);
            toil_screen(data, topic, source, &result);
            toil_screen_source_free(source);
            for (size_t k = 0; k < data->band_count; k++)
                if (!isnan(result.band[k].p)) {
                    (*all)[(*count)++] = result.band[k].p;
                    *best = fmin(*best, result.band[k].p);
                }
        }
        toil_screen_topic_free(topic);
    }
    return least;
}

static void print_screen(const struct test_alarms *alarms)
{
    static const double level[] = {0.05, 0.01};
    const size_t pairs = alarms->type_count * alarms->type_count;
    size_t count;
    double *all, *least = screen_all(alarms, &all, &count);
    bool *is_claimed = toil_xcalloc(pairs, sizeof *is_claimed);
    for (size_t i = 0; i < sizeof level / sizeof *level; i++) {
        const double threshold = threshold_of(all, count, level[i]);
        char what[64];
        for (size_t pair = 0; pair < pairs; pair++)
            is_claimed[pair] = least[pair] <= threshold;
        const struct score score = score_of(alarms, is_claimed);
        snprintf(what, sizeof what, "screen alone, %.0f%%", 100 * level[i]);
        print_score(what, &score);
    }
    free(is_claimed);
    free(least);
    free(all);
}

/* ---- the whole method ---- */

static void print_link(const struct test_alarms *alarms, const struct toil_link *link)
{
    const bool is_true = alarms->is_edge[link->source * alarms->type_count + link->topic];
    const bool is_claimed = link->verdict == TOIL_LINK_ESTABLISHED;
    printf("%-5s %-11s %6s -> %-6s grade %-4s q %-9.3g joint p %-9.3g lag %6.0f..%-6.0f min", is_true ? "true" : "null",
           is_claimed == is_true ? "right"
           : is_claimed          ? "FALSE CLAIM"
                                 : "missed",
           alarms->name[link->source], alarms->name[link->topic], toil_grade_names[link->grade], link->q, link->joint_p,
           (double)link->lag.from_us / 6e7, (double)link->lag.to_us / 6e7);
    printf("  observed %.0f expected %.1f  attributed %.1f (%.1f to %.1f) of %zu", link->strongest.observed,
           link->strongest.expected, link->attributed, link->attributed_low, link->attributed_high,
           alarms->topic[link->topic].count);
    if (link->group != UINT32_MAX)
        printf("  group %u", link->group);
    printf("  %s\n", link->why);
}

static void print_fits(const struct test_alarms *alarms, const struct toil_links *links)
{
    for (size_t i = 0; i < alarms->type_count; i++) {
        const struct toil_link_fit *fit = &links->fit[i];
        printf(
            "fit of %-6s %6zu alarms, baseline %8.1f, %2zu candidates, ks %.3f, dispersion %.2f, %u iterations%s%s%s\n",
            alarms->name[i], alarms->topic[i].count, fit->baseline, fit->candidates, fit->goodness.ks,
            fit->goodness.dispersion, fit->goodness.iterations, fit->goodness.converged ? "" : ", not converged",
            fit->goodness.degenerate ? ", degenerate: " : "", fit->goodness.degenerate ? fit->goodness.why : "");
    }
}

static void judge(const struct test_alarms *alarms, bool is_list)
{
    const struct toil_link_options options = toil_link_options_default();
    struct toil_links links;
    bool *is_claimed = toil_xcalloc(alarms->type_count * alarms->type_count, sizeof *is_claimed);
    const double start = seconds_now();
    toil_links_find(&alarms->data, &options, &links);
    const double seconds = seconds_now() - start;
    for (size_t i = 0; i < links.link_count; i++) {
        const struct toil_link *link = &links.link[i];
        is_claimed[link->source * alarms->type_count + link->topic] = link->verdict == TOIL_LINK_ESTABLISHED;
        if (is_list)
            print_link(alarms, link);
    }
    if (is_list)
        print_fits(alarms, &links);
    const struct score score = score_of(alarms, is_claimed);
    printf("%zu alarms of %zu types on %u devices over %.0f days, %zu true pairs\n", alarms->alarm_count,
           alarms->type_count, alarms->data.scope_count,
           (double)(alarms->data.to_us - alarms->data.from_us) / (86400 * 1e6), alarms->edge_count);
    printf("%-28s %7s %7s %10s %8s %8s\n", "", "claimed", "true", "precision", "recall", "F1");
    print_score("established", &score);
    print_screen(alarms);
    printf("%-28s %7s %7s %10s %8s %8.4f\n", "published best", "", "", "", "", PUBLISHED_F1);
    printf("goal at least %.2f: %s; %zu pairs, %zu tests, %zu groups%s; %.2f s\n", GOAL_F1,
           score.f1 >= GOAL_F1 ? "reached" : "not reached", links.link_count, links.tests, links.group_count,
           links.suspect ? ", baseline suspect" : "", seconds);
    toil_links_release(&links);
    free(is_claimed);
}

int main(int argc, char **argv)
{
    static const struct option option[] = {{"alarms", required_argument, NULL, 'a'},
                                           {"edges", required_argument, NULL, 'e'},
                                           {"list", no_argument, NULL, 'l'},
                                           {0}};
    const char *alarms_file = NULL, *edges_file = NULL;
    bool is_list = false;
    for (int c; (c = getopt_long(argc, argv, "", option, NULL)) != -1;) {
        if (c == 'a')
            alarms_file = optarg;
        else if (c == 'e')
            edges_file = optarg;
        else if (c == 'l')
            is_list = true;
        else
            return TOIL_EXIT_USAGE;
    }
    if (!alarms_file || !edges_file || optind < argc) {
        fputs("usage: bench_links --alarms FILE --edges FILE [--list]\n", stderr);
        return TOIL_EXIT_USAGE;
    }
    struct test_alarms alarms;
    struct toil_error err;
    if (test_alarms_load(alarms_file, edges_file, &alarms, &err) != TOIL_OK) {
        fprintf(stderr, "bench_links: %s\n", err.message);
        return TOIL_EXIT_USAGE;
    }
    judge(&alarms, is_list);
    test_alarms_release(&alarms);
    return TOIL_EXIT_DONE;
}
