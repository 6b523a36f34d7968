/* What the joint fit says of single tickets, weeks and itself: shares, marks, goodness; and of hopeless data. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "support/lib_fit.h"
#include "toilmeter/buf.h"

/* ---- shares ---- */

struct told {
    const struct test_fit *fit;
    double *sum;        /* [n] of a ticket's shares */
    double *of_source;  /* [source_count] */
    size_t count, last; /* the last told, as ticket * sources + source */
};

static bool is_met(const struct told *told, size_t ticket, size_t source, int64_t event_at_us)
{
    const struct toil_joint_source *from = &told->fit->source[source];
    const struct toil_link_topic *topic = told->fit->joint->topic;
    const struct toil_link_data *data = &told->fit->scene->data;
    const uint32_t scope = topic->scope ? topic->scope[ticket] : TOIL_NO_SCOPE;
    const int64_t lag_us = topic->at_us[ticket] - event_at_us;
    if (lag_us < data->band[0].from_us || lag_us >= data->band[data->band_count - 1].to_us)
        return false;
    for (size_t e = 0; e < from->count; e++) {
        const uint32_t its = from->scope ? from->scope[e] : TOIL_NO_SCOPE;
        if (from->at_us[e] == event_at_us && (its == scope || its == TOIL_NO_SCOPE || scope == TOIL_NO_SCOPE))
            return true;
    }
    return false;
}

static void tell(void *context, const struct toil_joint_share *told_share)
{
    const size_t ticket = told_share->ticket, source = told_share->source;
    const double share = told_share->share;
    const int64_t event_at_us = told_share->event_at_us;
    struct told *told = context;
    const size_t place = ticket * told->fit->joint->source_count + source;
    cr_expect(share > 0 && share <= 1, "%g", share);
    cr_expect(told->count == 0 || place > told->last, "not by ticket and source");
    cr_expect(is_met(told, ticket, source, event_at_us), "ticket %zu does not meet this event of %zu", ticket, source);
    told->sum[ticket] += share;
    told->of_source[source] += share;
    told->last = place;
    told->count++;
}

Test(joint_tell, shares_are_parts_and_with_the_rest_sum_to_one)
{
    for (unsigned long seed = 1; seed <= 4; seed++) {
        struct test_scene *scene = test_scene_of_everything(seed);
        struct test_fit fit;
        test_fit_all(&fit, scene, 0);
        const struct toil_joint *joint = fit.joint;
        struct told told = {.fit = &fit,
                            .sum = toil_xcalloc(joint->n, sizeof(double)),
                            .of_source = toil_xcalloc(joint->source_count, sizeof(double))};
        toil_joint_shares(joint, NULL, tell, &told);
        cr_expect_gt(told.count, 200);
        for (size_t i = 0; i < joint->n; i++)
            cr_expect(told.sum[i] >= 0 && told.sum[i] <= 1 + 1e-12, "ticket %zu: %g", i, told.sum[i]);
        for (size_t s = 0; s < joint->source_count; s++)
            cr_expect_float_eq(told.of_source[s], toil_joint_attributed(joint, s), 1e-6 * (1 + told.of_source[s]));
        free(told.sum);
        free(told.of_source);
        test_fit_release(&fit);
        test_scene_free(scene);
    }
}

static void note_event(void *context, const struct toil_joint_share *told_share)
{
    const size_t ticket = told_share->ticket, source = told_share->source;
    const double share = told_share->share;
    const int64_t event_at_us = told_share->event_at_us;
    int64_t *event = context;
    (void)source;
    (void)share;
    event[ticket] = event_at_us;
}

/* Tickets come two hours behind events, and at each twentieth there is another event a minute before them; as many such
 * events bring none. The one two hours back weighs most. */
Test(joint_tell, a_share_names_the_event_that_weighs_most)
{
    struct test_scene *scene = test_scene_new(7, 40);
    struct test_fit fit;
    int64_t *event = toil_xcalloc(2000, sizeof *event);
    size_t named = 0;
    test_scene_add_topic(scene);
    test_scene_add_source(scene);
    test_scene_ask_at_random(scene, 0, 3, 0);
    for (int i = 0; i < 80; i++) {
        const int64_t at_us = SCENE_START + i * 80 * SCENE_HOUR;
        test_scene_event(scene, 0, at_us, TOIL_NO_SCOPE);
        for (int n = 0; n < 3; n++)
            test_scene_ticket(scene, 0, at_us + 2 * SCENE_HOUR + n, TOIL_NO_SCOPE, 0);
        if (i % 20 == 0)
            test_scene_event(scene, 0, at_us + 2 * SCENE_HOUR - SCENE_MINUTE, TOIL_NO_SCOPE);
        if (i % 20 == 1)
            test_scene_event(scene, 0, at_us + 40 * SCENE_HOUR, TOIL_NO_SCOPE);
    }
    test_scene_ready(scene);
    test_fit_all(&fit, scene, 0);
    toil_joint_shares(fit.joint, NULL, note_event, event);
    for (size_t i = 0; i < fit.joint->n; i++) {
        const int64_t ago_us = (scene->topic[0].at_us[i] - SCENE_START) % (80 * SCENE_HOUR);
        if (ago_us < 2 * SCENE_HOUR || ago_us > 2 * SCENE_HOUR + 2)
            continue;
        cr_expect_eq(event[i], scene->topic[0].at_us[i] - ago_us);
        named++;
    }
    cr_expect_geq(named, 240);
    free(event);
    test_fit_release(&fit);
    test_scene_free(scene);
}

Test(joint_tell, weeks_sum_to_the_whole)
{
    struct test_scene *scene = test_scene_of_everything(2);
    struct test_fit fit;
    test_fit_all(&fit, scene, 0);
    double *week = toil_xcalloc(fit.joint->weeks, sizeof *week);
    for (int freed = 0; freed < 2; freed++) {
        for (size_t s = 0; s < fit.joint->source_count; s++) {
            double sum = 0, whole = toil_joint_attributed(fit.joint, s);
            toil_joint_weeks(fit.joint, s, week);
            for (size_t w = 0; w < fit.joint->weeks; w++)
                sum += week[w];
            cr_expect_float_eq(sum, whole, 1e-9 * (1 + fabs(whole)), "source %zu: %g, not %g", s, sum, whole);
        }
        toil_joint_free_signs(fit.joint);
    }
    free(week);
    test_fit_release(&fit);
    test_scene_free(scene);
}

/* A source that fails in two weeks alone has tickets in those and where their bands reach. */
Test(joint_tell, weeks_are_those_of_the_failures)
{
    struct test_scene *scene = test_scene_new(3, 20);
    struct test_fit fit;
    double week[20];
    test_scene_add_topic(scene);
    test_scene_add_source(scene);
    test_scene_ask_at_random(scene, 0, 20, 0);
    for (int i = 0; i < 20; i++)
        test_scene_event(scene, 0, SCENE_START + (i % 2 ? 5 : 12) * SCENE_WEEK + i * 6 * SCENE_HOUR, TOIL_NO_SCOPE);
    test_scene_cause(scene, 0, 0, 5, (struct toil_lag_band){0, SCENE_HOUR}, 0);
    test_scene_ready(scene);
    test_fit_all(&fit, scene, 0);
    toil_joint_weeks(fit.joint, 0, week);
    for (int w = 0; w < 20; w++)
        cr_expect(w == 5 || w == 12   ? week[w] > 30
                  : w == 6 || w == 13 ? week[w] < 30
                                      : week[w] == 0,
                  "week %d: %g", w, week[w]);
    test_fit_release(&fit);
    test_scene_free(scene);
}

/* ---- marks ---- */

/* The first's shares in tickets of tag 0, in those of tag 1. */
struct mark_share {
    const struct test_scene *scene;
    double sum[2];
};

static void add_share(void *context, const struct toil_joint_share *told_share)
{
    const size_t ticket = told_share->ticket, source = told_share->source;
    const double share = told_share->share;
    const int64_t event_at_us = told_share->event_at_us;
    struct mark_share *marks = context;
    const uint32_t tags = marks->scene->ticket[0].item[ticket].tags;
    (void)event_at_us;
    if (source == 0 && tags != 4)
        marks->sum[tags == 2] += share;
}

/* Two sources with effects of one size that fail near each other; all tickets of the first bear tag 0, those of the
 * second tag 1; of all others a tenth each, the rest tag 2. */
Test(joint_tell, a_tag_that_only_one_sources_tickets_have_moves_blame_to_it)
{
    double own[2], others[2], total[2][2];
    for (int marked = 0; marked < 2; marked++) {
        struct test_scene *scene = test_scene_new(4, 40);
        struct test_fit fit;
        test_scene_add_topic(scene);
        for (int s = 0; s < 2; s++)
            test_scene_add_source(scene);
        for (int i = 0; i < 280; i++)
            test_scene_ticket(scene, 0, SCENE_START + i * SCENE_DAY + i * 37 % 24 * SCENE_HOUR, TOIL_NO_SCOPE,
                              i % 10 < 2 ? 1U << i % 10 : 4);
        for (int i = 0; i < 100; i++) {
            const int64_t at_us = SCENE_START + i * 65 * SCENE_HOUR;
            test_scene_event(scene, 0, at_us, TOIL_NO_SCOPE);
            test_scene_event(scene, 1, at_us + (i % 4 - 2) * 3 * SCENE_HOUR, TOIL_NO_SCOPE);
        }
        const double first = (double)test_scene_cause(scene, 0, 0, 2, (struct toil_lag_band){0, 12 * SCENE_HOUR}, 1);
        const double second = (double)test_scene_cause(scene, 1, 0, 2, (struct toil_lag_band){0, 12 * SCENE_HOUR}, 2);
        test_scene_ready(scene);
        if (!marked)
            scene->data.tag_count = 0;
        test_fit_init(&fit, scene, 0);
        for (size_t k = 0; k < 4; k++) /* longer bands would cover all of the time */
            for (size_t s = 0; s < 2; s++)
                toil_joint_allow_band(fit.joint, s, k, true);
        toil_joint_fit(fit.joint);
        struct mark_share marks = {.scene = scene};
        toil_joint_shares(fit.joint, NULL, add_share, &marks);
        own[marked] = marks.sum[0] / first;
        others[marked] = marks.sum[1] / second;
        for (size_t s = 0; s < 2; s++)
            total[marked][s] = toil_joint_attributed(fit.joint, s) / (s ? second : first);
        test_fit_release(&fit);
        test_scene_free(scene);
    }
    cr_expect_gt(own[1], own[0] + 0.2, "%g, without marks %g", own[1], own[0]);
    cr_expect_lt(others[1], others[0] - 0.2, "%g, without marks %g", others[1], others[0]);
    cr_expect_gt(own[1], 0.8);
    cr_expect_lt(others[1], 0.3);
    for (size_t s = 0; s < 2; s++)
        cr_expect_float_eq(total[1][s], 1, 0.2, "source %zu: %g of what it caused", s, total[1][s]);
}

static void sum_shares(void *context, const struct toil_joint_share *told_share)
{
    const size_t ticket = told_share->ticket, source = told_share->source;
    const double share = told_share->share;
    const int64_t event_at_us = told_share->event_at_us;
    (void)ticket, (void)event_at_us;
    ((double *)context)[source] += share;
}

/* Tags that say nothing change next to nothing. */
Test(joint_tell, tags_at_random_move_no_blame)
{
    double with[3] = {0}, without[3] = {0};
    for (int marked = 0; marked < 2; marked++) {
        struct test_scene *scene = test_scene_new(5, 40);
        struct test_fit fit;
        test_scene_add_topic(scene);
        for (size_t s = 0; s < 3; s++) {
            test_scene_add_source(scene);
            test_scene_fail_at_random(scene, s, 4);
        }
        for (int i = 0; i < 800; i++)
            test_scene_ticket(scene, 0, SCENE_START + (int64_t)(gsl_rng_uniform(scene->random) * 40 * SCENE_WEEK),
                              TOIL_NO_SCOPE, (uint32_t)gsl_rng_uniform_int(scene->random, 256));
        for (uint32_t i = 0; i < 4; i++)
            test_scene_cause(scene, 0, 0, 0.5, (struct toil_lag_band){0, SCENE_HOUR}, 1 << i | 1 << (i + 4));
        test_scene_ready(scene);
        if (!marked)
            scene->data.tag_count = 0;
        test_fit_all(&fit, scene, 0);
        toil_joint_shares(fit.joint, NULL, sum_shares, marked ? with : without);
        test_fit_release(&fit);
        test_scene_free(scene);
    }
    cr_expect_gt(without[0], 200);
    for (size_t s = 0; s < 3; s++)
        cr_expect_float_eq(with[s], without[s], 3 + 0.1 * without[s], "source %zu: %g, not %g", s, with[s], without[s]);
}

/* ---- goodness ---- */

Test(joint_tell, goodness_tells_bursts_from_a_good_fit)
{
    for (int bursts = 0; bursts < 2; bursts++) {
        struct test_scene *scene = test_scene_new(6, 40);
        struct test_fit fit;
        test_scene_add_topic(scene);
        test_scene_add_source(scene);
        test_scene_fail_at_random(scene, 0, 3);
        test_scene_ask_at_random(scene, 0, 40, 0);
        if (bursts)
            test_scene_ask_in_office_hours(scene, 0, 40, 2);
        test_scene_cause(scene, 0, 0, 2, (struct toil_lag_band){0, SCENE_HOUR}, 0);
        test_scene_ready(scene);
        test_fit_all(&fit, scene, 0);
        const struct toil_joint_goodness got = toil_joint_goodness(fit.joint);
        cr_expect(got.converged && !got.degenerate && !got.why);
        cr_expect_float_eq(got.log_likelihood, toil_joint_log_likelihood(fit.joint), 0);
        if (bursts)
            cr_expect(got.dispersion > 3 && got.p < 1e-4, "%g, %g", got.dispersion, got.p);
        else
            cr_expect(got.dispersion > 0.8 && got.dispersion < 1.25 && got.p > 0.01, "%g, %g", got.dispersion, got.p);
        test_fit_release(&fit);
        test_scene_free(scene);
    }
}

/* ---- hopeless data ---- */

enum shape {
    NO_TICKETS,
    ONE_TICKET,
    FIVE_TICKETS,
    ONE_INSTANT,
    NO_EVENTS,
    EMPTY_WINDOW,
    ONE_HOUR,
    LAST_MOMENT,
    NO_SOURCES
};

static struct test_scene *hopeless(enum shape shape)
{
    struct test_scene *scene = test_scene_new(1, 12);
    test_scene_add_topic(scene);
    if (shape != NO_SOURCES)
        test_scene_add_source(scene);
    if (shape != NO_EVENTS && shape != EMPTY_WINDOW && shape != NO_SOURCES)
        for (int i = 0; i < 20; i++)
            test_scene_event(scene, 0,
                             shape == LAST_MOMENT   ? scene->data.to_us - 1
                             : shape == ONE_INSTANT ? SCENE_START + 5 * SCENE_WEEK
                             : shape == ONE_HOUR    ? SCENE_START + i * SCENE_MINUTE
                                                    : SCENE_START + i * 90 * SCENE_HOUR,
                             TOIL_NO_SCOPE);
    const int tickets = shape == NO_TICKETS || shape == EMPTY_WINDOW ? 0
                        : shape == ONE_TICKET                        ? 1
                        : shape == FIVE_TICKETS                      ? 5
                                                                     : 40;
    for (int i = 0; i < tickets; i++)
        test_scene_ticket(scene, 0,
                          shape == ONE_INSTANT ? SCENE_START + 5 * SCENE_WEEK
                          : shape == ONE_HOUR  ? SCENE_START + i * SCENE_MINUTE
                                               : SCENE_START + i * 45 * SCENE_HOUR,
                          TOIL_NO_SCOPE, 1);
    if (shape == EMPTY_WINDOW)
        scene->data.to_us = scene->data.from_us;
    if (shape == ONE_HOUR)
        scene->data.to_us = scene->data.from_us + SCENE_HOUR;
    test_scene_ready(scene);
    return scene;
}

static void any_share(void *context, const struct toil_joint_share *told_share)
{
    const size_t ticket = told_share->ticket, source = told_share->source;
    const double share = told_share->share;
    const int64_t event_at_us = told_share->event_at_us;
    (void)ticket;
    (void)source;
    (void)event_at_us;
    *(double *)context += share;
    cr_expect(share > 0 && share <= 1);
}

Test(joint_tell, hopeless_data_have_an_answer)
{
    static const struct {
        enum shape shape;
        bool degenerate;
    } cases[] = {{NO_TICKETS, true},   {ONE_TICKET, false},  {FIVE_TICKETS, false},
                 {ONE_INSTANT, false}, {NO_EVENTS, false},   {EMPTY_WINDOW, true},
                 {ONE_HOUR, false},    {LAST_MOMENT, false}, {NO_SOURCES, false}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct test_scene *scene = hopeless(cases[c].shape);
        struct test_fit fit;
        double shares = 0, p[TOIL_LINK_MAX_BANDS];
        test_fit_all(&fit, scene, 0);
        const double tickets = (double)fit.joint->n;
        const struct toil_joint_goodness got = toil_joint_goodness(fit.joint);
        cr_expect_eq(got.degenerate, cases[c].degenerate, "case %zu", c);
        cr_expect(!got.degenerate || got.why, "case %zu", c);
        cr_expect(isfinite(got.log_likelihood) && !isinf(got.ks) && !isinf(got.p) && !isinf(got.dispersion));
        cr_expect(!(tickets < 8) || (isnan(got.ks) && isnan(got.p)), "case %zu", c);
        toil_joint_shares(fit.joint, NULL, any_share, &shares);
        double baseline = toil_joint_baseline(fit.joint), attributed = 0;
        for (size_t s = 0; s < scene->data.source_count; s++) {
            attributed += toil_joint_attributed(fit.joint, s);
            const struct toil_joint_interval interval = toil_joint_interval(fit.joint, s, 1);
            cr_expect(isfinite(interval.value) && !isinf(interval.low) && !isinf(interval.high), "case %zu", c);
            cr_expect(isnan(interval.low) || (interval.low >= 0 && interval.low <= interval.high &&
                                              interval.high <= fmax(tickets, interval.value)),
                      "case %zu: %g to %g", c, interval.low, interval.high);
            toil_joint_allow(fit.joint, s, false);
            toil_joint_fit(fit.joint);
            const double score = toil_joint_score(fit.joint, s, p);
            cr_expect(isnan(score) || (score >= 0 && score <= 1), "case %zu: %g", c, score);
        }
        cr_expect_float_eq(baseline + attributed, got.degenerate ? 0 : tickets, 1e-6 * (1 + tickets), "case %zu", c);
        cr_expect_float_eq(shares, attributed, 1e-6 * (1 + tickets), "case %zu", c);
        toil_joint_free_signs(fit.joint);
        toil_joint_hold_signs(fit.joint);
        test_fit_release(&fit);
        test_scene_free(scene);
    }
}
