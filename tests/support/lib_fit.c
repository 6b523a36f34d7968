/* The code behind lib_fit.h. */
#include "support/lib_fit.h"

#include <math.h>
#include <stdlib.h>

#include "toilmeter/buf.h"

void test_fit_init(struct test_fit *fit, const struct test_scene *scene, size_t topic)
{
    fit->scene = scene;
    toil_link_clock_init(&fit->clock, &scene->data);
    fit->source = toil_xcalloc(scene->data.source_count + 1, sizeof *fit->source);
    for (size_t s = 0; s < scene->data.source_count; s++) {
        const struct toil_link_source *from = &scene->data.source[s];
        fit->source[s] = (struct toil_joint_source){.at_us = from->at_us, .scope = from->scope, .count = from->count};
        for (size_t k = 0; k < scene->data.band_count; k++)
            fit->source[s].band[k] = true;
    }
    fit->joint = toil_joint_new(&fit->clock, &scene->data, (uint32_t)topic, fit->source, scene->data.source_count);
}

void test_fit_all(struct test_fit *fit, const struct test_scene *scene, size_t topic)
{
    test_fit_init(fit, scene, topic);
    for (size_t s = 0; s < scene->data.source_count; s++)
        toil_joint_allow(fit->joint, s, true);
    toil_joint_fit(fit->joint);
}

void test_fit_release(struct test_fit *fit)
{
    toil_joint_free(fit->joint);
    toil_link_clock_release(&fit->clock);
    free(fit->source);
}

/* ---- the slow way ---- */

/* Part of the topic's tickets that have this scope. */
static double part_of(const struct toil_link_topic *topic, uint32_t scope)
{
    double with = 0;
    for (size_t i = 0; i < topic->count; i++)
        with += (topic->scope ? topic->scope[i] : TOIL_NO_SCOPE) == scope;
    return with / (double)topic->count;
}

double test_fit_column(const struct test_fit *fit, size_t source, size_t band, size_t ticket)
{
    const struct toil_joint_source *from = &fit->source[source];
    const struct toil_link_topic *topic = fit->joint->topic;
    const struct toil_lag_band *lag = &fit->scene->data.band[band];
    uint32_t scope = topic->scope ? topic->scope[ticket] : TOIL_NO_SCOPE;
    double own = part_of(topic, scope), none = part_of(topic, TOIL_NO_SCOPE), x = 0;
    for (size_t e = 0; e < from->count; e++) {
        int64_t lag_us = topic->at_us[ticket] - from->at_us[e];
        uint32_t its = from->scope ? from->scope[e] : TOIL_NO_SCOPE;
        if (lag_us < lag->from_us || lag_us >= lag->to_us)
            continue;
        if (scope == TOIL_NO_SCOPE || its == TOIL_NO_SCOPE)
            x += own;
        else if (its == scope)
            x += 1 - none;
    }
    return x;
}

double test_fit_pace(const struct test_fit *fit, size_t cell)
{
    const struct toil_joint *joint = fit->joint;
    const double last = (double)(fit->clock.cell_count - 1);
    double tide = 0;
    for (size_t j = 0; j < joint->hats; j++)
        tide += joint->tide[j] * fmax(0, 1 - fabs((double)cell / last * (double)(joint->hats - 1) - (double)j));
    return joint->rho[fit->clock.class_of[cell]] * tide;
}

double test_fit_exposure(const struct test_fit *fit, size_t source, size_t band, size_t week)
{
    const struct toil_joint_source *from = &fit->source[source];
    const struct toil_link_data *data = &fit->scene->data;
    const int64_t week_us = data->from_us + (int64_t)week * SCENE_WEEK;
    double sum = 0;
    for (size_t e = 0; e < from->count; e++) {
        const int64_t begin_us = from->at_us[e] + data->band[band].from_us;
        const int64_t end_us = from->at_us[e] + data->band[band].to_us;
        if (begin_us >= week_us + SCENE_WEEK || end_us <= week_us)
            continue;
        for (size_t c = 168 * week; c < 168 * (week + 1) && c < fit->clock.cell_count; c++) {
            const int64_t cell_us = data->from_us + (int64_t)c * SCENE_HOUR;
            const int64_t begin = begin_us > cell_us ? begin_us : cell_us;
            int64_t end = end_us < cell_us + SCENE_HOUR ? end_us : cell_us + SCENE_HOUR;
            end = end < data->to_us ? end : data->to_us;
            if (begin < end)
                sum += (double)(end - begin) / (double)SCENE_HOUR * test_fit_pace(fit, c);
        }
    }
    return sum;
}

/* ---- everything at once ---- */

struct test_scene *test_scene_of_everything(unsigned long seed)
{
    struct test_scene *scene = test_scene_new(seed, 30);
    scene->data.from_us += 22 * SCENE_MINUTE;
    scene->data.to_us -= 95 * SCENE_MINUTE;
    size_t topic = test_scene_add_topic(scene);
    for (int s = 0; s < 5; s++)
        test_scene_add_source(scene);
    test_scene_ask_in_office_hours(scene, topic, 30, 0);
    test_scene_ask_at_random(scene, topic, 10, 4);
    test_scene_fail_at_random(scene, 0, 3);
    test_scene_fail_at_random(scene, 1, 20);
    for (int e = 0; e < 60; e++) {
        int64_t at_us = scene->data.from_us + (int64_t)(gsl_rng_uniform(scene->random) * 30 * (double)SCENE_WEEK);
        test_scene_event(scene, 2, at_us, (uint32_t)(e % 5)); /* no ticket has scope 4 */
        test_scene_event(scene, 3, at_us + 40 * SCENE_MINUTE, e % 3 ? TOIL_NO_SCOPE : 1);
    }
    for (int e = 0; e < 3; e++)
        test_scene_event(scene, 4, scene->data.to_us - e * 30 * SCENE_HOUR - 1, TOIL_NO_SCOPE);
    test_scene_event(scene, 4, scene->data.from_us, TOIL_NO_SCOPE);
    for (int i = 0; i < 300; i++) { /* growth */
        double place = sqrt(gsl_rng_uniform(scene->random));
        test_scene_ticket(scene, topic, scene->data.from_us + (int64_t)(place * 30 * (double)SCENE_WEEK), TOIL_NO_SCOPE,
                          (uint32_t)(i % 4));
    }
    test_scene_cause(scene, 0, topic, 2, (struct toil_lag_band){0, SCENE_HOUR}, 4);
    test_scene_cause(scene, 2, topic, 2, (struct toil_lag_band){SCENE_HOUR, 4 * SCENE_HOUR}, 8);
    test_scene_cause(scene, 3, topic, 1, (struct toil_lag_band){0, 24 * SCENE_HOUR}, 0);
    test_scene_ready(scene);
    return scene;
}
