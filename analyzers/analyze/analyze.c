/* An analysis from beginning to end: see analyze.h for its stages. */
#include "analyze_links.h"
#include "analyze_weeks.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_store.h"
#include "toilmeter/store.h"
#include "toilmeter/timestamp.h"

/* Every so many rows the progress is told. */
#define STEP_ROWS 4096

/* Units of the progress: microseconds, as measured. */
#define UNITS_PER_ROW_READ       1.5
#define UNITS_PER_COMPONENT      30000.0 /* in the search for links, until that knows better */
#define UNITS_PER_ROW_OF_PEOPLE  8.0
#define UNITS_PER_TICKET_WRITTEN 10.0

void toil_analysis_init(struct toil_analysis *analysis, const struct toil_analysis_options *options)
{
    *analysis = (struct toil_analysis){.options = *options};
}

void toil_analysis_release(struct toil_analysis *analysis)
{
    toil_catalog_free(analysis->catalog);
    toil_buf_release(&analysis->catalog_json);
    toil_names_release(&analysis->names);
    toil_intern_release(&analysis->people);
    toil_intern_release(&analysis->texts);
    toil_intern_release(&analysis->refs);
    toil_intern_release(&analysis->tags);
    toil_links_free(analysis->links);
    toil_buf_release(&analysis->ticket_ids);
    free(analysis->ticket_tag);
    free(analysis->hidden);
    free(analysis->item);
    free(analysis->trace);
    free(analysis->ticket);
    free(analysis->referred);
    toil_hours_result_release(&analysis->hours);
    toil_weeks_free(analysis->weeks);
    for (size_t i = 0; i < analysis->reason_count; i++)
        free(analysis->reason[i].reason);
    free(analysis->reason);
    for (size_t i = 0; i < analysis->funnel_count; i++)
        free(analysis->funnel[i].why);
    free(analysis->funnel);
    *analysis = (struct toil_analysis){0};
}

bool toil_analysis_inside(const struct toil_analysis *analysis, int64_t time_us)
{
    return time_us >= analysis->from_us && time_us < analysis->to_us;
}

void toil_analysis_tell(const struct toil_analysis *analysis, const char *stage)
{
    if (analysis->options.progress)
        analysis->options.progress(analysis->options.progress_context, stage, toil_progress_done(&analysis->progress),
                                   toil_progress_total(&analysis->progress));
}

void toil_analysis_reach(struct toil_analysis *analysis, enum toil_stage work, const char *stage, double part)
{
    toil_progress_at(&analysis->progress, work, part);
    toil_analysis_tell(analysis, stage);
}

void toil_analysis_step(struct toil_analysis *analysis, const char *stage)
{
    if (++analysis->rows_done % STEP_ROWS == 0)
        toil_analysis_reach(analysis, TOIL_STAGE_READ, stage,
                            (double)analysis->rows_done / (double)analysis->rows_total);
}

/* From the first event to the last one, or to the watermark where partitions lag: what lies behind it is not complete.
 */
static void find_events(struct toil_analysis *analysis, int64_t *first_us, int64_t *last_us)
{
    *first_us = *last_us = TOIL_NO_TIME;
    for (int source = 0; source < TOIL_N_SOURCES; source++) {
        const struct toil_table_span *span = &analysis->spans[source];
        if (span->first_us != TOIL_NO_TIME && (*first_us == TOIL_NO_TIME || span->first_us < *first_us))
            *first_us = span->first_us;
        if (span->last_us > *last_us)
            *last_us = span->last_us;
    }
    struct toil_watermark *watermark = &analysis->watermark;
    bool files = analysis->imports > 0 || watermark->partitions == 0;
    if (watermark->lagging == 0 && files && *last_us > watermark->time_us)
        watermark->time_us = *last_us;
}

static enum toil_status find_window(struct toil_analysis *analysis, struct toil_error *err)
{
    const struct toil_analysis_options *options = &analysis->options;
    int64_t first, last, end;
    find_events(analysis, &first, &last);
    const struct toil_watermark *watermark = &analysis->watermark;
    end = watermark->lagging > 0 && watermark->time_us != TOIL_NO_TIME ? watermark->time_us : last;
    analysis->from_us = first == TOIL_NO_TIME ? 0 : first;
    analysis->to_us = end == TOIL_NO_TIME || first == TOIL_NO_TIME ? 0 : end + 1;
    enum toil_status status = TOIL_OK;
    if (options->from)
        status = toil_zone_read_moment(analysis->catalog->zone, "from", options->from, &analysis->from_us, err);
    if (status == TOIL_OK && options->to)
        status = toil_zone_read_moment(analysis->catalog->zone, "to", options->to, &analysis->to_us, err);
    if (status == TOIL_OK && options->from && options->to && analysis->from_us >= analysis->to_us)
        return toil_error_set(err, TOIL_BAD_INPUT, "--from %.64s is not before --to %.64s", options->from, options->to);
    if (analysis->to_us < analysis->from_us)
        analysis->to_us = analysis->from_us;
    return status;
}

/* What is to be done, as well as the sizes of the tables tell it. */
static void plan_progress(struct toil_analysis *analysis)
{
    static const enum toil_source_table streamed[] = {
        TOIL_FROM_SERVICE_RESTART, TOIL_FROM_QUEUE_REBALANCE,        TOIL_FROM_DEPLOYMENT, TOIL_FROM_MEASUREMENT,
        TOIL_FROM_SUPPORT_TICKET,  TOIL_FROM_SUPPORT_TICKET_VERSION, TOIL_FROM_WORK_LOG};
    for (size_t i = 0; i < sizeof streamed / sizeof *streamed; i++)
        analysis->rows_total += analysis->spans[streamed[i]].rows;
    double tickets = (double)analysis->spans[TOIL_FROM_SUPPORT_TICKET].rows;
    double people =
        (double)(analysis->spans[TOIL_FROM_SUPPORT_TICKET_VERSION].rows + analysis->spans[TOIL_FROM_WORK_LOG].rows);
    toil_progress_plan(&analysis->progress, TOIL_STAGE_READ, (double)analysis->rows_total * UNITS_PER_ROW_READ);
    toil_progress_plan(&analysis->progress, TOIL_STAGE_LINKS,
                       (double)analysis->catalog->component_count * UNITS_PER_COMPONENT);
    toil_progress_plan(&analysis->progress, TOIL_STAGE_HOURS, people * UNITS_PER_ROW_OF_PEOPLE);
    toil_progress_plan(&analysis->progress, TOIL_STAGE_WRITE, tickets * UNITS_PER_TICKET_WRITTEN);
}

static enum toil_status read_all(struct toil_analysis *analysis, struct toil_db *db, struct toil_logs **logs,
                                 struct toil_error *err)
{
    enum toil_status status =
        toil_catalog_fetch(db, &analysis->catalog, &analysis->catalog_id, &analysis->catalog_json, err);
    if (status == TOIL_OK)
        status = toil_fetch_spans(db, analysis->spans, err);
    if (status == TOIL_OK)
        status = toil_funnel_fetch(analysis, db, err);
    if (status == TOIL_OK)
        status = find_window(analysis, err);
    if (status != TOIL_OK)
        return status;
    plan_progress(analysis);
    toil_names_init(&analysis->names, analysis->catalog);
    toil_links_begin(analysis);
    toil_analysis_tell(analysis, "work logs");
    status = toil_logs_fetch(analysis, db, logs, err);
    toil_analysis_tell(analysis, "restarts and rebalances");
    if (status == TOIL_OK)
        status = toil_analyze_facts(analysis, db, err);
    if (status == TOIL_OK)
        status = toil_analyze_tickets(analysis, db, err);
    return status;
}

enum toil_status toil_analyze(struct toil_analysis *analysis, struct toil_db *db, int64_t *run_id,
                              struct toil_error *err)
{
    struct toil_logs *logs = NULL;
    toil_analysis_tell(analysis, "counts");
    enum toil_status status = toil_store_check_schema(db, err);
    if (status == TOIL_OK)
        status = toil_fetch_watermark(db, &analysis->watermark, err);
    if (status == TOIL_OK)
        status = toil_fetch_begin(db, err);
    if (status == TOIL_OK) {
        status = read_all(analysis, db, &logs, err);
        toil_db_rollback(db); /* nothing was written */
    }
    if (status == TOIL_OK) {
        toil_analysis_reach(analysis, TOIL_STAGE_LINKS, "links", 0);
        toil_links_run(analysis);
        toil_tickets_refer(analysis);
        toil_analysis_reach(analysis, TOIL_STAGE_HOURS, "hours", 0);
        toil_logs_understand(analysis, logs);
        toil_analyze_hours(analysis);
        toil_analyze_weeks(analysis);
        toil_funnel_fill(analysis);
        toil_analysis_reach(analysis, TOIL_STAGE_WRITE, "writing the run", 0);
        status = toil_analyze_write(analysis, db, run_id, err);
    }
    toil_logs_free(logs);
    return status;
}
