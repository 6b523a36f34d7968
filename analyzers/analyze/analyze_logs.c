/* Work logs: whose time, on what, and as which activity. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze_weeks.h"
#include "toilmeter/timestamp.h"

struct log {
    int64_t at_us, ended_at_us;
    double minutes;
    uint32_t actor, component, ref; /* of logs.texts, logs.texts, analysis.refs */
    uint8_t activity;               /* NO_ACTIVITY when not told */
    bool automatic;
};
#define NO_ACTIVITY 255

struct toil_logs {
    struct toil_analysis *analysis;
    struct toil_intern texts;
    struct log *of;
    size_t count, cap;
};

static unsigned activity_of(struct toil_span name)
{
    for (unsigned i = 0; name.ptr && toil_activities[i]; i++) {
        if (toil_span_is(name, toil_activities[i]))
            return i;
    }
    return NO_ACTIVITY;
}

static void on_log(void *context, const struct toil_log_row *row)
{
    struct toil_logs *logs = context;
    struct toil_analysis *analysis = logs->analysis;
    struct toil_kind_counts *counts = &analysis->counts[TOIL_KIND_WORK_LOG];
    toil_analysis_step(analysis, "work logs");
    counts->known++;
    if (row->status.ptr && toil_span_is(row->status, "deleted")) {
        counts->deleted++;
        return;
    }
    if (row->at_us == TOIL_NO_TIME) {
        counts->timeless++;
        return;
    }
    if (!toil_analysis_inside(analysis, row->at_us)) {
        counts->outside++;
        return;
    }
    counts->inside++;
    counts->window_versions += (uint64_t)row->versions;
    logs->of = toil_grow(logs->of, logs->count, &logs->cap, sizeof *logs->of);
    logs->of[logs->count++] = (struct log){.at_us = row->at_us,
                                           .ended_at_us = row->ended_at_us,
                                           .minutes = row->manual_minutes,
                                           .actor = toil_intern_add(&logs->texts, row->actor),
                                           .component = toil_intern_add(&logs->texts, row->component),
                                           .ref = toil_intern_add(&analysis->refs, row->ref),
                                           .activity = (uint8_t)activity_of(row->activity),
                                           .automatic = row->automatic};
}

enum toil_status toil_logs_fetch(struct toil_analysis *analysis, struct toil_db *db, struct toil_logs **out,
                                 struct toil_error *err)
{
    struct toil_logs *logs = toil_xcalloc(1, sizeof *logs);
    logs->analysis = analysis;
    *out = logs;
    enum toil_status status = toil_fetch_logs(db, on_log, logs, err);
    analysis->referred = toil_xcalloc(analysis->refs.count + 1, sizeof *analysis->referred);
    for (size_t i = 0; i < analysis->refs.count; i++)
        analysis->referred[i].item = TOIL_NO_TEXT;
    return status;
}

void toil_logs_free(struct toil_logs *logs)
{
    if (!logs)
        return;
    toil_intern_release(&logs->texts);
    free(logs->of);
    free(logs);
}

/* The components of the debt item that a reference names; (unexplained) when it names none. */
static uint32_t split_of_debt_item(struct toil_analysis *analysis, struct toil_span ref)
{
    const struct toil_catalog *catalog = analysis->catalog;
    for (size_t i = 0; i < catalog->item_count; i++) {
        const struct toil_item *item = &catalog->item[i];
        if (!toil_span_is(ref, item->id) || item->component_count == 0)
            continue;
        uint32_t *component = toil_xcalloc(item->component_count, sizeof *component);
        for (size_t n = 0; n < item->component_count; n++)
            component[n] = (uint32_t)item->component[n];
        uint32_t split = toil_names_split(&analysis->names, component, item->component_count);
        free(component);
        return split;
    }
    return toil_unexplained(catalog);
}

/* What references to debt items come to, worked out once each. */
static void understand_refs(struct toil_analysis *analysis)
{
    for (uint32_t ref = 0; ref < analysis->refs.count; ref++) {
        struct toil_referred *referred = &analysis->referred[ref];
        if (!referred->known)
            referred->split = split_of_debt_item(analysis, toil_intern_text(&analysis->refs, ref));
    }
}

static uint32_t split_of_log(struct toil_analysis *analysis, const struct toil_logs *logs, const struct log *log)
{
    struct toil_kind_counts *counts = &analysis->counts[TOIL_KIND_WORK_LOG];
    struct toil_span raw = toil_intern_text(&logs->texts, log->component);
    if (raw.ptr) {
        uint32_t component = toil_names_map(&analysis->names, analysis->catalog, raw, 1);
        counts->unmapped += component == toil_unmapped(analysis->catalog);
        counts->mapped += component != toil_unmapped(analysis->catalog);
        return component;
    }
    counts->nameless++;
    return log->ref == TOIL_NO_TEXT ? toil_unexplained(analysis->catalog) : analysis->referred[log->ref].split;
}

void toil_logs_understand(struct toil_analysis *analysis, const struct toil_logs *logs)
{
    const unsigned toil = activity_of(TOIL_SPAN("toil")), other = activity_of(TOIL_SPAN("other"));
    const unsigned feature = activity_of(TOIL_SPAN("feature"));
    understand_refs(analysis);
    for (size_t i = 0; i < logs->count; i++) {
        const struct log *log = &logs->of[i];
        const struct toil_referred *referred = log->ref == TOIL_NO_TEXT ? NULL : &analysis->referred[log->ref];
        uint32_t split = split_of_log(analysis, logs, log);
        unsigned activity = log->activity;
        if (activity == NO_ACTIVITY)
            activity = referred && referred->known ? toil : other;
        struct toil_action action = {.kind = TOIL_KIND_WORK_LOG,
                                     .actor = toil_intern_text(&logs->texts, log->actor),
                                     .from_us = log->at_us,
                                     .to_us = log->ended_at_us,
                                     .automatic = log->automatic,
                                     .minutes = log->minutes};
        if (!toil_analysis_judge(analysis, &action))
            continue;
        if (activity == feature && log->ref != TOIL_NO_TEXT)
            toil_weeks_add_feature(analysis, &action, log->ref, split);
        uint32_t item = toil_analysis_add_item(analysis, TOIL_KIND_WORK_LOG, activity, split);
        if (referred && referred->item != TOIL_NO_TEXT)
            analysis->item[item].unit = analysis->item[referred->item].unit;
        toil_analysis_add_trace(analysis, &action, item);
    }
}
