/* Links, their evidence and the fits behind them, as rows of a run. */
#include <math.h>
#include <stdlib.h>

#include "analyze_write.h"
#include "toilmeter/timestamp.h"

static const char *const verdicts[] = {
    [TOIL_LINK_NOT_ESTABLISHED] = "not established", [TOIL_LINK_ESTABLISHED] = "established"};
static const char *const placebos[TOIL_N_PLACEBOS] = {[TOIL_PLACEBO_MIRROR] = "mirror", [TOIL_PLACEBO_SHIFT] = "shift"};

enum toil_status toil_write_end(struct toil_copy *copy, enum toil_status status, struct toil_error *err)
{
    return status == TOIL_OK ? toil_copy_send(copy, true, err) : status;
}

static struct toil_span topic_name(const struct toil_analysis *analysis, uint32_t topic)
{
    struct toil_span text = toil_intern_text(&analysis->texts, analysis->links->topic_text[topic]);
    return text.ptr ? text : TOIL_SPAN("");
}

/* The key that all tables of links begin with; so many fields follow it. */
static void begin_row(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                      const struct toil_link *link, unsigned more)
{
    const struct toil_link_source *source = &analysis->links->source[link->source];
    toil_copy_row(copy, 4 + more);
    toil_copy_int64(copy, run_id);
    toil_copy_text(copy, toil_span_of(toil_component_name(&analysis->names, source->component)));
    toil_copy_text(copy, toil_span_of(toil_kinds[source->kind].name));
    toil_copy_text(copy, topic_name(analysis, link->topic));
}

static int32_t minutes(int64_t us)
{
    return (int32_t)(us / TOIL_US_PER_MINUTE);
}

static double known(bool known, double value)
{
    return known ? value : (double)NAN;
}

static void put_either(const struct toil_analysis *analysis, struct toil_copy *copy, const struct toil_link *link)
{
    const struct toil_link_search *search = analysis->links;
    if (link->group == UINT32_MAX) {
        toil_copy_texts(copy, NULL, 0);
        return;
    }
    const struct toil_link_group *group = &search->group[link->group];
    struct toil_span *name = toil_xcalloc(group->count + 1, sizeof *name);
    for (size_t i = 0; i < group->count; i++)
        name[i] = toil_span_of(toil_component_name(&analysis->names, search->member[group->begin + i]));
    toil_copy_texts(copy, name, group->count);
    free(name);
}

/* What the screen saw of the strongest band; unknown where it abstained. */
static void put_strongest(struct toil_copy *copy, const struct toil_link *link)
{
    const struct toil_screen_band *band = &link->strongest;
    bool seen = !link->abstained && !band->abstains;
    const double values[] = {band->observed,    band->expected, band->excess,    band->excess_low,
                             band->excess_high, band->ratio,    band->ratio_low, band->ratio_high};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        toil_copy_double(copy, known(seen, values[i]));
}

static enum toil_status write_links(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                    struct toil_error *err)
{
    const struct toil_links *found = &analysis->links->found;
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; status == TOIL_OK && i < found->link_count; i++) {
        const struct toil_link *link = &found->link[i];
        begin_row(analysis, copy, run_id, link, 26);
        toil_copy_text(copy, toil_span_of(verdicts[link->verdict]));
        toil_copy_text(copy, toil_span_of(link->why));
        toil_copy_text(copy, toil_span_of(toil_grade_names[link->grade]));
        put_either(analysis, copy, link);
        toil_copy_int64(copy, (int64_t)analysis->links->source[link->source].count);
        toil_copy_double(copy, link->attributed);
        toil_copy_double(copy, link->attributed_low);
        toil_copy_double(copy, link->attributed_high);
        toil_copy_int32(copy, minutes(link->lag.from_us));
        toil_copy_int32(copy, minutes(link->lag.to_us));
        put_strongest(copy, link);
        toil_copy_double(copy, link->q);
        toil_copy_bool(copy, link->abstained);
        toil_copy_bool_or_null(copy, link->confirmed, !link->heldout_tested);
        toil_copy_bool(copy, link->common_cause);
        toil_copy_int32(copy, (int32_t)link->controls);
        toil_copy_int32(copy, (int32_t)link->controls_raised);
        toil_copy_double(copy, link->joint_p);
        toil_copy_int64(copy, (int64_t)analysis->links->topic[link->topic].count);
        status = toil_copy_send(copy, false, err);
    }
    return toil_write_end(copy, status, err);
}

static void put_band(struct toil_copy *copy, const struct toil_link_band *band)
{
    const struct toil_screen_band *screen = &band->screen;
    const double values[] = {screen->observed,   screen->expected,    screen->excess,
                             screen->excess_low, screen->excess_high, screen->p};
    toil_copy_int32(copy, minutes(band->lag.from_us));
    toil_copy_int32(copy, minutes(band->lag.to_us));
    toil_copy_bool(copy, band->lead);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        toil_copy_double(copy, known(!screen->abstains, values[i]));
    toil_copy_double(copy, band->q);
    toil_copy_int32(copy, (int32_t)screen->clusters);
    toil_copy_int32(copy, (int32_t)screen->paired);
    toil_copy_int32(copy, (int32_t)screen->carrying);
    toil_copy_double(copy, band->attributed);
}

static enum toil_status write_bands(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                    struct toil_error *err)
{
    const struct toil_links *found = &analysis->links->found;
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; status == TOIL_OK && i < found->link_count; i++) {
        const struct toil_link *link = &found->link[i];
        for (size_t n = 0; n < link->bands.count; n++) {
            begin_row(analysis, copy, run_id, link, 14);
            put_band(copy, &found->band[link->bands.begin + n]);
        }
        status = toil_copy_send(copy, false, err);
    }
    return toil_write_end(copy, status, err);
}

static enum toil_status write_placebos(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                       struct toil_error *err)
{
    const struct toil_links *found = &analysis->links->found;
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; status == TOIL_OK && i < found->link_count; i++) {
        const struct toil_link *link = &found->link[i];
        /* Placebos are tried on what has evidence beside them. */
        for (int n = 0; link->bands.count > 0 && n < TOIL_N_PLACEBOS; n++) {
            const struct toil_link_placebo_result *placebo = &link->placebo[n];
            begin_row(analysis, copy, run_id, link, 6);
            toil_copy_text(copy, toil_span_of(placebos[n]));
            toil_copy_double(copy, known(placebo->tested, placebo->excess));
            toil_copy_double(copy, known(placebo->tested, placebo->excess_low));
            toil_copy_double(copy, known(placebo->tested, placebo->excess_high));
            toil_copy_double(copy, known(placebo->tested, placebo->p));
            toil_copy_bool_or_null(copy, placebo->passed, !placebo->tested);
        }
        status = toil_copy_send(copy, false, err);
    }
    return toil_write_end(copy, status, err);
}

static enum toil_status write_curves(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                     struct toil_error *err)
{
    const struct toil_links *found = &analysis->links->found;
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; status == TOIL_OK && i < found->link_count; i++) {
        const struct toil_link *link = &found->link[i];
        for (size_t n = 0; n < link->curve.count; n++) {
            const struct toil_link_curve_point *point = &found->curve[link->curve.begin + n];
            if (isnan(point->observed) || isnan(point->expected))
                continue; /* no week to compare this lag with */
            begin_row(analysis, copy, run_id, link, 4);
            toil_copy_double(copy, (double)point->from_us / (double)TOIL_US_PER_MINUTE);
            toil_copy_double(copy, (double)point->to_us / (double)TOIL_US_PER_MINUTE);
            toil_copy_double(copy, point->observed);
            toil_copy_double(copy, point->expected);
        }
        status = toil_copy_send(copy, false, err);
    }
    return toil_write_end(copy, status, err);
}

static enum toil_status write_weeks(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                    struct toil_error *err)
{
    const struct toil_links *found = &analysis->links->found;
    /* Seven local days each: an hour more or less in spring and autumn moves no week to another date. */
    int64_t first_day = toil_zone_day(analysis->catalog->zone, analysis->from_us);
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; status == TOIL_OK && i < found->link_count; i++) {
        const struct toil_link *link = &found->link[i];
        for (size_t n = 0; n < link->weeks.count; n++) {
            const struct toil_link_week *week = &found->week[link->weeks.begin + n];
            begin_row(analysis, copy, run_id, link, 3);
            toil_copy_date(copy, first_day + 7 * (int64_t)week->week);
            toil_copy_int64(copy, (int64_t)week->events);
            toil_copy_double(copy, week->attributed);
        }
        status = toil_copy_send(copy, false, err);
    }
    return toil_write_end(copy, status, err);
}

static enum toil_status write_fits(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                   struct toil_error *err)
{
    const struct toil_link_search *search = analysis->links;
    enum toil_status status = TOIL_OK;
    for (uint32_t i = 0; search->found.fit && status == TOIL_OK && i < search->topic_count; i++) {
        const struct toil_link_fit *fit = &search->found.fit[i];
        const struct toil_joint_goodness *goodness = &fit->goodness;
        toil_copy_row(copy, 11);
        toil_copy_int64(copy, run_id);
        toil_copy_text(copy, topic_name(analysis, i));
        toil_copy_int64(copy, (int64_t)search->topic[i].count);
        toil_copy_double(copy, fit->baseline);
        toil_copy_int32(copy, (int32_t)fit->candidates);
        toil_copy_double(copy, goodness->ks);
        toil_copy_double(copy, goodness->p);
        toil_copy_double(copy, goodness->dispersion);
        toil_copy_int32(copy, (int32_t)goodness->iterations);
        toil_copy_bool(copy, goodness->converged && !goodness->degenerate);
        toil_copy_text(copy, toil_span_of(goodness->why));
        status = toil_copy_send(copy, false, err);
    }
    return toil_write_end(copy, status, err);
}

const struct toil_write_table toil_link_tables[TOIL_N_LINK_TABLES] = {{&toil_sql_run_copy_link, write_links},
                                                                      {&toil_sql_run_copy_link_band, write_bands},
                                                                      {&toil_sql_run_copy_link_placebo, write_placebos},
                                                                      {&toil_sql_run_copy_link_curve, write_curves},
                                                                      {&toil_sql_run_copy_link_week, write_weeks},
                                                                      {&toil_sql_run_copy_fit, write_fits}};

void toil_links_parameters(const struct toil_analysis *analysis, struct toil_buf *out)
{
    const struct toil_link_options *options = &analysis->links->options;
    const struct toil_links *found = &analysis->links->found;
    toil_buf_printf(out, ", \"link_level\": %.10g, \"link_floor_share\": %.10g, \"link_floor_tickets\": %.10g",
                    options->level, options->floor_share, options->floor_tickets);
    toil_buf_printf(out, ", \"link_min_events\": %zu, \"link_min_tickets\": %zu, \"link_lead_minutes\": %d",
                    options->min_events, options->min_tickets, minutes(TOIL_LINK_LEAD_US));
    toil_buf_printf(out, ", \"release_minutes\": %d, \"release_components\": %d", minutes(TOIL_RELEASE_WINDOW_US),
                    TOIL_RELEASE_COMPONENTS);
    toil_buf_printf(out, ", \"link_tests\": %zu, \"link_unlisted\": %zu, \"link_suspect\": %s", found->tests,
                    found->unlisted, found->suspect ? "true" : "false");
}
