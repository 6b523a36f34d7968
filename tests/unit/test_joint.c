/* The joint fit: its columns and exposures against a slow count, its profile, and that it stands at the likelihood's
 * maximum. What it says of links is in test_joint_infer.c, what of tickets in test_joint_tell.c. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_fit.h"
#include "toilmeter/buf.h"

static double close_to(double a, double b)
{
    return fabs(a - b) / fmax(1e-12, fmax(fabs(a), fabs(b)));
}

/* ---- columns ---- */

Test(joint, counts_the_events_that_each_ticket_meets)
{
    struct test_scene *scene = test_scene_of_everything(1);
    struct test_fit fit;
    test_fit_init(&fit, scene, 0);
    const struct toil_joint *joint = fit.joint;
    size_t met = 0, entries = 0;
    for (size_t i = 0; i < joint->n; i++)
        for (size_t s = 0; s < joint->source_count; s++)
            for (size_t k = 0; k < joint->bands; k++) {
                double got = 0, want = test_fit_column(&fit, s, k, i);
                for (size_t e = joint->row[i]; e < joint->row[i + 1]; e++)
                    if (joint->entry[e].source == s && joint->entry[e].band == k) {
                        got += joint->entry[e].x;
                        entries++;
                    }
                cr_assert_float_eq(got, want, 1e-12, "ticket %zu, source %zu, band %zu: %g, not %g", i, s, k, got,
                                   want);
                met += want > 0;
            }
    cr_expect_gt(met, 1000);
    cr_expect_eq(entries, met); /* one each, none of nothing */
    test_fit_release(&fit);
    test_scene_free(scene);
}

Test(joint, a_lag_band_has_its_begin_and_not_its_end)
{
    static const struct {
        int64_t lag_us;
        double in[3]; /* of the first three bands */
    } cases[] = {
        {-1, {0, 0, 0}},
        {0, {1, 0, 0}},
        {15 * SCENE_MINUTE - 1, {1, 0, 0}},
        {15 * SCENE_MINUTE, {0, 1, 0}},
        {SCENE_HOUR - 1, {0, 1, 0}},
        {SCENE_HOUR, {0, 0, 1}},
        {4 * SCENE_HOUR, {0, 0, 0}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct test_scene *scene = test_scene_new(1, 10);
        struct test_fit fit;
        test_scene_event(scene, test_scene_add_source(scene), SCENE_START + SCENE_WEEK, TOIL_NO_SCOPE);
        test_scene_ticket(scene, test_scene_add_topic(scene), SCENE_START + SCENE_WEEK + cases[c].lag_us, TOIL_NO_SCOPE,
                          0);
        test_scene_ready(scene);
        test_fit_init(&fit, scene, 0);
        for (size_t k = 0; k < 3; k++) {
            double x = 0;
            for (size_t e = fit.joint->row[0]; e < fit.joint->row[1]; e++)
                x += fit.joint->entry[e].band == k ? fit.joint->entry[e].x : 0;
            cr_expect_float_eq(x, cases[c].in[k], 0, "case %zu, band %zu: %g", c, k, x);
        }
        test_fit_release(&fit);
        test_scene_free(scene);
    }
}

/* Over all tickets of all scopes an event counts once: where each scope has one ticket a moment behind it, the columns
 * sum to the events' number. */
Test(joint, an_event_counts_once_over_all_scopes)
{
    static const uint32_t event_scope[] = {TOIL_NO_SCOPE, 0, 1};
    for (size_t c = 0; c < 3; c++) {
        struct test_scene *scene = test_scene_new(1, 10);
        struct test_fit fit;
        double sum = 0;
        test_scene_add_topic(scene);
        test_scene_event(scene, test_scene_add_source(scene), SCENE_START + SCENE_WEEK, event_scope[c]);
        for (uint32_t scope = 0; scope < 3; scope++)
            test_scene_ticket(scene, 0, SCENE_START + SCENE_WEEK + scope, scope < 2 ? scope : TOIL_NO_SCOPE, 0);
        test_scene_ready(scene);
        test_fit_init(&fit, scene, 0);
        for (size_t e = 0; e < fit.joint->row[3]; e++)
            sum += fit.joint->entry[e].x;
        cr_expect_float_eq(sum, 1, 1e-12, "%g", sum);
        test_fit_release(&fit);
        test_scene_free(scene);
    }
}

Test(joint, exposes_each_week_by_its_operational_hours)
{
    struct test_scene *scene = test_scene_of_everything(2);
    struct test_fit fit;
    test_fit_all(&fit, scene, 0);
    const struct toil_joint *joint = fit.joint;
    for (size_t s = 0; s < joint->source_count; s++)
        for (size_t k = 0; k < joint->bands; k++) {
            double sum = 0;
            for (size_t w = 0; w < joint->weeks; w++) {
                double got = joint->source_week[s][w * joint->bands + k], want = test_fit_exposure(&fit, s, k, w);
                cr_assert_float_eq(got, want, 1e-9 * (1 + want), "source %zu, band %zu, week %zu: %g, not %g", s, k, w,
                                   got, want);
                sum += want;
            }
            cr_expect_lt(close_to(joint->total[toil_joint_param(joint, s, k)], sum), 1e-9);
        }
    /* The last event comes a microsecond before the end: next to nothing of its bands is in the window. */
    cr_expect_lt(joint->total[toil_joint_param(joint, 4, 5)], 3 * 72 * 5);
    test_fit_release(&fit);
    test_scene_free(scene);
}

/* ---- profile ---- */

Test(joint, the_profile_has_a_mean_of_one_and_scopes_sum_to_one)
{
    for (unsigned long seed = 1; seed <= 4; seed++) {
        struct test_scene *scene = test_scene_of_everything(seed);
        struct test_fit fit;
        test_fit_all(&fit, scene, 0);
        double mass = 0, hours = 0, parts = 0;
        for (size_t c = 0; c < fit.clock.cell_count; c++) {
            double rho = fit.joint->rho[fit.clock.class_of[c]];
            cr_expect(rho > 0 && isfinite(rho));
            mass += rho * fit.clock.hours[c];
            hours += fit.clock.hours[c];
        }
        for (size_t s = 0; s < fit.joint->slots.count; s++)
            parts += fit.joint->pi[s];
        cr_expect_float_eq(mass / hours, 1, 1e-9, "%.12g", mass / hours);
        cr_expect_float_eq(parts, 1, 1e-9, "%.12g", parts);
        test_fit_release(&fit);
        test_scene_free(scene);
    }
}

/* Parts of all tickets by hour: office hours of 100 of 168 tickets a week, the rest at any time. */
Test(joint, the_profile_finds_the_hours_that_people_keep)
{
    struct test_scene *scene = test_scene_new(5, 50);
    struct test_fit fit;
    test_scene_add_topic(scene);
    test_scene_ask_in_office_hours(scene, 0, 100, 0);
    test_scene_ask_at_random(scene, 0, 68, 0);
    test_scene_ready(scene);
    test_fit_all(&fit, scene, 0);
    double office = 0, night = 0, weekend = 0;
    for (unsigned c = 0; c < TOIL_HOURS_PER_WEEK; c++) {
        double rho = fit.joint->rho[c] * 168; /* tickets of this hour, of 168 a week */
        if (c / 24 >= 5)
            weekend += rho / 48 / 168;
        else if (c % 24 >= 8 && c % 24 < 18)
            office += rho / 50 / 168;
        else
            night += rho / 70 / 168;
    }
    cr_expect_float_eq(office, 2 + 68 / 168.0, 0.12, "%g", office);
    cr_expect_float_eq(night, 68 / 168.0, 0.06, "%g", night);
    cr_expect_float_eq(weekend, 68 / 168.0, 0.06, "%g", weekend);
    test_fit_release(&fit);
    test_scene_free(scene);
}

/* The mean of rho over workdays' hours [from, to). */
static double mean_rho(const struct test_fit *fit, unsigned from, unsigned to)
{
    double sum = 0;
    for (unsigned c = 0; c < 5 * 24; c++)
        if (c % 24 >= from && c % 24 < to)
            sum += fit->joint->rho[c] / 5 / (to - from);
    return sum;
}

/* Topic 0 has many tickets at night; others have theirs from 8 to 18, many, few, or next to none. */
Test(joint, the_fewer_its_tickets_the_more_a_topic_keeps_the_hours_of_all)
{
    static const struct {
        double per_week, night_at_least, night_at_most;
    } cases[] = {{100, 0, 0.1}, {4, 0.2, 0.9}, {0.04, 2, 4}};
    struct test_scene *scene = test_scene_new(8, 50);
    test_scene_add_topic(scene);
    for (int i = 0; i < 50 * 7 * 100; i++)
        test_scene_ticket(scene, 0, SCENE_START + i / 100 * SCENE_DAY + i % 100 * 4 * SCENE_MINUTE, TOIL_NO_SCOPE, 0);
    for (size_t c = 0; c < 3; c++)
        test_scene_ask_in_office_hours(scene, test_scene_add_topic(scene), cases[c].per_week, 0);
    test_scene_ready(scene);
    for (size_t c = 0; c < 3; c++) {
        struct test_fit fit;
        test_fit_all(&fit, scene, 1 + c);
        const double night = mean_rho(&fit, 0, 6);
        cr_expect(night >= cases[c].night_at_least && night <= cases[c].night_at_most, "case %zu: %g", c, night);
        test_fit_release(&fit);
    }
    test_scene_free(scene);
}

Test(joint, an_hour_of_the_week_may_be_unlike_its_day_and_hour)
{
    struct test_scene *scene = test_scene_new(9, 50);
    struct test_fit fit;
    test_scene_add_topic(scene);
    test_scene_ask_at_random(scene, 0, 100, 0);
    for (int week = 0; week < 50; week++) /* Wednesdays 3:30 */
        for (int i = 0; i < 20; i++)
            test_scene_ticket(scene, 0, SCENE_START + week * SCENE_WEEK + 51 * SCENE_HOUR + 30 * SCENE_MINUTE + i,
                              TOIL_NO_SCOPE, 0);
    test_scene_ready(scene);
    test_fit_all(&fit, scene, 0);
    cr_expect_gt(fit.joint->rho[51], 20, "%g", fit.joint->rho[51]); /* 28 by its tickets, 6 by day times hour */
    cr_expect_lt(fit.joint->rho[27], 4, "%g", fit.joint->rho[27]);
    test_fit_release(&fit);
    test_scene_free(scene);
}

Test(joint, hours_are_local_also_over_a_change_of_the_clocks)
{
    struct test_scene *scene = test_scene_new(6, 20);
    const struct toil_link_offset offset[] = {{SCENE_START, SCENE_HOUR},
                                              {SCENE_START + 10 * SCENE_WEEK, 2 * SCENE_HOUR}};
    struct test_fit fit;
    test_scene_add_topic(scene);
    for (int day = 0; day < 140; day++) /* ten tickets a day at 9:30 local */
        for (int i = 0; i < 10; i++)
            test_scene_ticket(scene, 0,
                              SCENE_START + day * SCENE_DAY + 9 * SCENE_HOUR + 30 * SCENE_MINUTE + i -
                                  offset[day >= 70].offset_us,
                              TOIL_NO_SCOPE, 0);
    scene->data.offset = offset;
    scene->data.offset_count = 2;
    test_scene_ready(scene);
    test_fit_all(&fit, scene, 0);
    for (size_t i = 0; i < fit.joint->n; i++)
        cr_assert_eq(fit.joint->ticket[i].hour_class % 24, 9);
    for (unsigned c = 0; c < TOIL_HOURS_PER_WEEK; c++)
        cr_expect(c % 24 == 9 ? fit.joint->rho[c] > 5 : fit.joint->rho[c] < 1, "hour %u: %g", c, fit.joint->rho[c]);
    test_fit_release(&fit);
    test_scene_free(scene);
}

/* ---- the maximum ---- */

/* The identities of joint.h: each source's tickets are the sum of its parts in them, and nothing is left over. */
static void expect_identities(const struct toil_joint *joint)
{
    double all = toil_joint_baseline(joint), expected = 0;
    for (size_t w = 0; w < joint->weeks; w++)
        for (size_t p = 0; p < joint->params; p++)
            expected += joint->value[p] * toil_joint_week_total(joint, p, w);
    for (size_t s = 0; s < joint->source_count; s++) {
        double parts = 0, exposed = 0;
        for (size_t i = 0; i < joint->n; i++)
            for (size_t e = joint->row[i]; e < joint->row[i + 1]; e++)
                if (joint->entry[e].source == s)
                    parts += joint->value[toil_joint_entry_param(joint, &joint->entry[e])] *
                             toil_joint_entry_slope(joint, i, e) / joint->lambda[i];
        for (size_t k = 0; k < joint->bands; k++)
            exposed += joint->value[toil_joint_param(joint, s, k)] * joint->total[toil_joint_param(joint, s, k)];
        cr_expect_float_eq(toil_joint_attributed(joint, s), exposed, 1e-9 * (1 + exposed));
        cr_expect_float_eq(exposed, parts, 1e-6 * fmax(1, parts), "source %zu: %.9g, not %.9g", s, exposed, parts);
        all += exposed;
    }
    cr_expect_float_eq(all, (double)joint->n, 1e-6 * (double)joint->n, "%.9g of %zu tickets", all, joint->n);
    cr_expect_float_eq(expected, (double)joint->n, 1e-6 * (double)joint->n);
}

Test(joint, both_identities_hold_at_the_optimum)
{
    for (unsigned long seed = 1; seed <= 6; seed++) {
        struct test_scene *scene = test_scene_of_everything(seed);
        struct test_fit fit;
        test_fit_all(&fit, scene, 0);
        cr_expect(fit.joint->converged);
        cr_expect_gt(toil_joint_attributed(fit.joint, 0), 50); /* it did find the ones that there are */
        expect_identities(fit.joint);
        toil_joint_allow(fit.joint, 0, false);
        toil_joint_fit(fit.joint);
        cr_expect_float_eq(toil_joint_attributed(fit.joint, 0), 0, 0);
        expect_identities(fit.joint);
        test_fit_release(&fit);
        test_scene_free(scene);
    }
}

/* The model by its formula, at the fit's rho, level, pi and marks; columns and exposures are the slow ones. */
struct slow {
    size_t n, params;
    double *slope; /* [n][params] d lambda / d parameter */
    double *total; /* [params] */
};

static void slow_init(struct slow *slow, const struct test_fit *fit)
{
    const struct toil_joint *joint = fit->joint;
    double last = (double)(fit->clock.cell_count - 1);
    *slow = (struct slow){joint->n, joint->params, toil_xcalloc(joint->n * joint->params, sizeof(double)),
                          toil_xcalloc(joint->params, sizeof(double))};
    for (size_t c = 0; c < fit->clock.cell_count; c++)
        for (size_t j = 0; j < joint->hats; j++) {
            double away = fabs((double)c / last * (double)(joint->hats - 1) - (double)j);
            slow->total[j] += fmax(0, 1 - away) * fit->clock.hours[c] * joint->rho[fit->clock.class_of[c]];
        }
    for (size_t s = 0; s < joint->source_count; s++)
        for (size_t k = 0; k < joint->bands; k++)
            for (size_t w = 0; w < joint->weeks; w++)
                slow->total[toil_joint_param(joint, s, k)] += test_fit_exposure(fit, s, k, w);
    for (size_t i = 0; i < joint->n; i++) {
        double *slope = slow->slope + i * joint->params;
        size_t cell = toil_link_clock_cell(&fit->clock, joint->topic->at_us[i]);
        for (size_t j = 0; j < joint->hats; j++)
            slope[j] =
                fmax(0, 1 - fabs((double)cell / last * (double)(joint->hats - 1) - (double)j)) * joint->ticket[i].unit;
        for (size_t e = joint->row[i]; e < joint->row[i + 1]; e++)
            slope[toil_joint_entry_param(joint, &joint->entry[e])] =
                test_fit_pace(fit, cell) * test_fit_column(fit, joint->entry[e].source, joint->entry[e].band, i);
    }
}

static void slow_release(struct slow *slow)
{
    free(slow->slope);
    free(slow->total);
}

static double slow_lambda(const struct slow *slow, const double *value, size_t i)
{
    double lambda = 0;
    for (size_t p = 0; p < slow->params; p++)
        lambda += value[p] * slow->slope[i * slow->params + p];
    return lambda;
}

static double slow_log_likelihood(const struct slow *slow, const double *value)
{
    double sum = 0;
    for (size_t p = 0; p < slow->params; p++)
        sum -= value[p] * slow->total[p];
    for (size_t i = 0; i < slow->n; i++)
        sum += log(slow_lambda(slow, value, i));
    return sum;
}

/* d log-likelihood / d parameter, by a central difference; at 0 forward alone. */
static double slow_slope(const struct slow *slow, double *value, size_t p, double step)
{
    double kept = value[p], down = fmin(kept, step);
    value[p] = kept + step;
    double above = slow_log_likelihood(slow, value);
    value[p] = kept - down;
    double below = slow_log_likelihood(slow, value);
    value[p] = kept;
    return (above - below) / (step + down);
}

Test(joint, no_step_from_the_optimum_goes_uphill)
{
    for (unsigned long seed = 1; seed <= 2; seed++) {
        struct test_scene *scene = test_scene_of_everything(seed);
        struct test_fit fit;
        struct slow slow;
        test_fit_all(&fit, scene, 0);
        struct toil_joint *joint = fit.joint;
        slow_init(&slow, &fit);
        double log_likelihood = slow_log_likelihood(&slow, joint->value);
        cr_expect_float_eq(joint->log_likelihood, log_likelihood, 1e-7 * fabs(log_likelihood));
        for (size_t p = 0; p < joint->params; p++) {
            /* In tickets: what a relative change of the parameter by one would bring. */
            double scale = fmax(joint->value[p], 1 / fmax(joint->total[p], 1));
            double slope = slow_slope(&slow, joint->value, p, 1e-4 * scale) * scale;
            if (joint->value[p] > 1e-9 * scale)
                cr_expect_lt(fabs(slope), 1e-3 * (1 + joint->value[p] * joint->total[p]), "%zu: %g", p, slope);
            else
                cr_expect_lt(slope, 1e-3, "%zu: %g", p, slope);
        }
        slow_release(&slow);
        test_fit_release(&fit);
        test_scene_free(scene);
    }
}

Test(joint, slopes_and_information_are_those_of_the_likelihood)
{
    struct test_scene *scene = test_scene_of_everything(3);
    struct test_fit fit;
    struct slow slow;
    test_fit_all(&fit, scene, 0);
    struct toil_joint *joint = fit.joint;
    slow_init(&slow, &fit);
    size_t *param = toil_xcalloc(joint->params + 2, sizeof *param), m = joint->moving_count;
    double *slope = toil_xcalloc(joint->params + 2, sizeof *slope), *b = toil_xcalloc(m, sizeof *b);
    for (size_t i = 0; i < joint->n; i++) {
        size_t count = toil_joint_slopes(joint, i, param, slope);
        cr_expect_lt(close_to(joint->lambda[i], slow_lambda(&slow, joint->value, i)), 1e-6);
        for (size_t c = 0; c < count; c++)
            cr_expect_float_eq(slope[c], slow.slope[i * slow.params + param[c]],
                               1e-6 * (joint->ticket[i].unit + slope[c]));
    }
    cr_assert(toil_joint_factor(joint));
    /* I times a unit vector, solved, is the unit vector. */
    for (size_t u = 0; u < m; u += 5) {
        for (size_t v = 0; v < m; v++) {
            b[v] = 0;
            for (size_t i = 0; i < slow.n; i++)
                b[v] += slow.slope[i * slow.params + joint->moving[u]] *
                        slow.slope[i * slow.params + joint->moving[v]] / (joint->lambda[i] * joint->lambda[i]);
        }
        toil_joint_solve(joint, b);
        for (size_t v = 0; v < m; v++)
            cr_expect_float_eq(b[v] * joint->total[joint->moving[v]], u == v ? joint->total[joint->moving[v]] : 0,
                               1e-3 * joint->total[joint->moving[v]], "%zu %zu: %g", u, v, b[v]);
    }
    free(param);
    free(slope);
    free(b);
    slow_release(&slow);
    test_fit_release(&fit);
    test_scene_free(scene);
}

/* EM as the textbook has it: each parameter by its tickets over its exposure, many times. */
Test(joint, plain_em_ends_at_the_same_maximum)
{
    struct test_scene *scene = test_scene_of_everything(4);
    struct test_fit fit;
    struct slow slow;
    test_fit_all(&fit, scene, 0);
    const struct toil_joint *joint = fit.joint;
    slow_init(&slow, &fit);
    double *value = toil_xcalloc(slow.params, sizeof *value), *next = toil_xcalloc(slow.params, sizeof *next);
    for (size_t p = 0; p < slow.params; p++)
        value[p] = slow.total[p] > 0 ? 10 / slow.total[p] : 0;
    for (int step = 0; step < 2500; step++) {
        memset(next, 0, slow.params * sizeof *next);
        for (size_t i = 0; i < slow.n; i++) {
            double lambda = slow_lambda(&slow, value, i);
            for (size_t p = 0; p < slow.params; p++)
                next[p] += value[p] * slow.slope[i * slow.params + p] / lambda;
        }
        for (size_t p = 0; p < slow.params; p++)
            value[p] = slow.total[p] > 0 ? next[p] / slow.total[p] : 0;
    }
    double em = slow_log_likelihood(&slow, value), newton = slow_log_likelihood(&slow, joint->value);
    cr_expect_float_eq(em, newton, 1e-3, "EM %.9g, Newton %.9g", em, newton);
    cr_expect_geq(newton, em - 1e-9 * fabs(em));
    for (size_t s = 0; s < joint->source_count; s++) {
        double sum = 0, got = toil_joint_attributed(joint, s);
        for (size_t k = 0; k < joint->bands; k++)
            sum += value[toil_joint_param(joint, s, k)] * slow.total[toil_joint_param(joint, s, k)];
        cr_expect_float_eq(got, sum, 0.05 + 1e-3 * sum, "source %zu: %g by EM, %g by Newton", s, sum, got);
    }
    free(value);
    free(next);
    slow_release(&slow);
    test_fit_release(&fit);
    test_scene_free(scene);
}

Test(joint, the_order_of_sources_does_not_matter)
{
    struct test_scene *scene = test_scene_of_everything(5);
    struct test_fit fit;
    struct toil_joint_source turned[5];
    test_fit_all(&fit, scene, 0);
    for (size_t s = 0; s < 5; s++)
        turned[s] = fit.source[4 - s];
    struct toil_joint *other = toil_joint_new(&fit.clock, &scene->data, 0, turned, 5);
    for (size_t s = 0; s < 5; s++)
        toil_joint_allow(other, s, true);
    toil_joint_fit(other);
    for (size_t s = 0; s < 5; s++) {
        double one = toil_joint_attributed(fit.joint, s), two = toil_joint_attributed(other, 4 - s);
        cr_expect_float_eq(one, two, 1e-6 * (1 + one), "%g %g", one, two);
    }
    toil_joint_free(other);
    test_fit_release(&fit);
    test_scene_free(scene);
}
