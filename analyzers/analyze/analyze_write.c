/* The run: one row, its rows in a dozen tables, one transaction. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyze_weeks.h"
#include "analyze_write.h"
#include "toilmeter/timestamp.h"

#define COMMIT_DEADLINE_MS (60 * 1000)

const char *const toil_period_by[TOIL_N_PERIODS_BY] = {[TOIL_PERIOD_ALL] = "all",
                                                       [TOIL_PERIOD_SPRINT] = "sprint",
                                                       [TOIL_PERIOD_WEEK] = "week",
                                                       [TOIL_PERIOD_MONTH] = "month"};

static void add_number(struct toil_buf *out, double value)
{
    if (isnan(value))
        toil_buf_add_text(out, "null");
    else
        toil_buf_printf(out, "%.10g", value);
}

void toil_analysis_parameters(const struct toil_analysis *analysis, struct toil_buf *out)
{
    const struct toil_hours_result *hours = &analysis->hours;
    const struct toil_analysis_options *options = &analysis->options;
    toil_buf_printf(out, "{\"gap_minutes\": %d, \"pre_minutes\": ", toil_gap_minutes[TOIL_DEFAULT_GAP]);
    add_number(out, (double)hours->rules.pre_us / (double)TOIL_US_PER_MINUTE);
    toil_buf_add_text(out, ", \"post_minutes\": ");
    add_number(out, (double)hours->rules.post_us / (double)TOIL_US_PER_MINUTE);
    toil_buf_printf(out, ", \"post_learned\": %s, \"post_gaps\": %llu, \"post_actors\": %u, \"band_gap_minutes\": [",
                    hours->learned.post_us > 0 ? "true" : "false", (unsigned long long)hours->learned.gaps,
                    hours->learned.actors);
    for (int gap = 0; gap < TOIL_N_GAPS; gap++)
        toil_buf_printf(out, "%s%d", gap ? ", " : "", toil_gap_minutes[gap]);
    toil_buf_add_text(out, "], \"calibration_ratio_by_gap\": [");
    for (int gap = 0; gap < TOIL_N_GAPS; gap++) {
        toil_buf_add_text(out, gap ? ", " : "");
        add_number(out, hours->gap_ratio[gap]);
    }
    toil_buf_printf(out, "], \"calibration_min_people\": %d, \"calibration_min_units\": %d, \"calibration_draws\": %d",
                    TOIL_CALIBRATION_MIN_PEOPLE, TOIL_CALIBRATION_MIN_UNITS, TOIL_CALIBRATION_DRAWS);
    toil_buf_add_text(out, ", \"declared_hours_lost\": ");
    add_number(out, (double)hours->totals.lost_us / (double)TOIL_US_PER_HOUR);
    toil_buf_add_text(out, ", \"calibrated_hours_capped\": ");
    add_number(out, hours->capped_hours);
    toil_buf_add_text(out, ", \"bin_minutes\": ");
    add_number(out, (double)options->bin_us / (double)TOIL_US_PER_MINUTE);
    toil_buf_add_text(out, ", \"bands_minutes\": [");
    for (size_t i = 0; i < options->band_count; i++)
        toil_buf_printf(out, "%s[%lld, %lld]", i ? ", " : "",
                        (long long)(options->bands[i].from_us / TOIL_US_PER_MINUTE),
                        (long long)(options->bands[i].to_us / TOIL_US_PER_MINUTE));
    toil_buf_add_char(out, ']');
    toil_links_parameters(analysis, out);
    toil_buf_printf(out, ", \"catalog_id\": %lld, \"partitions\": %u, \"partitions_lagging\": %u, \"imports\": %llu",
                    (long long)analysis->catalog_id, analysis->watermark.partitions, analysis->watermark.lagging,
                    (unsigned long long)analysis->imports);
    toil_buf_add_text(out, ", \"from\": ");
    if (options->from)
        toil_buf_add_json_string(out, toil_span_of(options->from));
    else
        toil_buf_add_text(out, "null");
    toil_buf_add_text(out, ", \"to\": ");
    if (options->to)
        toil_buf_add_json_string(out, toil_span_of(options->to));
    else
        toil_buf_add_text(out, "null");
    toil_buf_add_char(out, '}');
}

void toil_analysis_events(const struct toil_analysis *analysis, struct toil_buf *out)
{
    toil_buf_add_char(out, '{');
    for (int kind = 0; kind < TOIL_N_KINDS; kind++) {
        const struct toil_kind_counts *counts = &analysis->counts[kind];
        toil_buf_printf(out, "%s\"%s\": %llu", kind ? ", " : "", toil_kinds[kind].name,
                        (unsigned long long)counts->inside);
        if (toil_kinds[kind].shape == TOIL_SHAPE_STATE)
            toil_buf_printf(out, ", \"%s_versions\": %llu", toil_kinds[kind].name,
                            (unsigned long long)counts->window_versions);
    }
    toil_buf_add_char(out, '}');
}

static const char *time_text(int64_t time_us, char out[32])
{
    if (time_us == TOIL_NO_TIME)
        return NULL;
    toil_time_format(time_us, out);
    return out;
}

static enum toil_status insert_run(struct toil_analysis *analysis, struct toil_db *db, int64_t *run_id,
                                   struct toil_error *err)
{
    struct toil_buf parameters = TOIL_BUF_INIT, events = TOIL_BUF_INIT;
    struct toil_result *result = NULL;
    char from[32], to[32], watermark[32], seed[32];
    bool any = analysis->to_us > analysis->from_us;
    toil_analysis_parameters(analysis, &parameters);
    toil_analysis_events(analysis, &events);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)analysis->options.seed);
    const struct toil_param params[] = {{analysis->options.label},
                                        {TOIL_VERSION},
                                        {time_text(any ? analysis->from_us : TOIL_NO_TIME, from)},
                                        {time_text(any ? analysis->to_us : TOIL_NO_TIME, to)},
                                        {time_text(analysis->watermark.time_us, watermark)},
                                        {seed},
                                        {parameters.data},
                                        {events.data},
                                        {analysis->catalog_json.data}};
    enum toil_status status =
        toil_db_query(db, &toil_sql_run_insert, params, sizeof params / sizeof *params, &result, err);
    if (status == TOIL_OK)
        *run_id = toil_result_int64(result, 0, 0);
    toil_result_free(result);
    toil_buf_release(&parameters);
    toil_buf_release(&events);
    return status;
}

static enum toil_status write_funnel(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                     struct toil_error *err)
{
    for (size_t i = 0; i < analysis->funnel_count; i++) {
        const struct toil_funnel_row *row = &analysis->funnel[i];
        toil_copy_row(copy, 6);
        toil_copy_int64(copy, run_id);
        toil_copy_int32(copy, (int32_t)i + 1);
        toil_copy_text(copy, toil_span_of(row->stage));
        toil_copy_text(copy, toil_span_of(row->kind));
        toil_copy_int64(copy, (int64_t)row->count);
        toil_copy_text(copy, toil_span_of(row->why));
    }
    return toil_copy_send(copy, true, err);
}

static enum toil_status write_names(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                    struct toil_error *err)
{
    enum toil_status status = TOIL_OK;
    for (uint32_t i = 0; status == TOIL_OK && i < analysis->names.raw.count; i++) {
        if (analysis->names.events[i] == 0)
            continue;
        toil_copy_row(copy, 4);
        toil_copy_int64(copy, run_id);
        toil_copy_text(copy, toil_intern_text(&analysis->names.raw, i));
        toil_copy_text(copy, toil_span_of(toil_component_name(&analysis->names, analysis->names.component[i])));
        toil_copy_int64(copy, (int64_t)analysis->names.events[i]);
        status = toil_copy_send(copy, false, err);
    }
    return toil_write_end(copy, status, err);
}

static const char *activity_of(const struct toil_cell *cell)
{
    return toil_activities[cell->activity];
}

static enum toil_status write_hours(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                    struct toil_error *err)
{
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; status == TOIL_OK && i < analysis->hours.cell_count; i++) {
        const struct toil_cell *cell = &analysis->hours.cell[i];
        toil_copy_row(copy, 20);
        toil_copy_int64(copy, run_id);
        toil_copy_text(copy, toil_span_of(toil_component_name(&analysis->names, cell->component)));
        toil_copy_text(copy, toil_span_of(toil_component_team_name(&analysis->names, cell->component)));
        toil_copy_text(copy, toil_span_of(toil_kinds[cell->kind].name));
        toil_copy_text(copy, toil_span_of(activity_of(cell)));
        toil_copy_date(copy, cell->day);
        toil_copy_double(copy, cell->hours[TOIL_DEFAULT_GAP]);
        for (int shift = 0; shift < TOIL_N_SHIFTS; shift++)
            toil_copy_double(copy, cell->shift[shift]);
        toil_copy_double(copy, cell->declared);
        toil_copy_double(copy, cell->measured);
        toil_copy_double(copy, cell->inferred);
        toil_copy_double(copy, cell->calibrated);
        for (int gap = 0; gap < TOIL_N_GAPS; gap++)
            toil_copy_double(copy, cell->hours[gap]);
        toil_copy_double(copy, cell->cost);
        toil_copy_double(copy, cell->followed);
        status = toil_copy_send(copy, false, err);
    }
    return toil_write_end(copy, status, err);
}

static enum toil_status write_calibration(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                          struct toil_error *err)
{
    for (size_t i = 0; i < analysis->hours.calibration_count; i++) {
        const struct toil_calibration_row *row = &analysis->hours.calibration[i];
        toil_copy_row(copy, 10);
        toil_copy_int64(copy, run_id);
        toil_copy_text(copy, toil_span_of(row->period));
        toil_copy_double(copy, row->result.logged_hours);
        toil_copy_double(copy, row->result.inferred_hours);
        toil_copy_int32(copy, (int32_t)row->result.people);
        toil_copy_int32(copy, (int32_t)row->result.units);
        toil_copy_double(copy, row->result.ratio);
        toil_copy_double(copy, row->result.low);
        toil_copy_double(copy, row->result.high);
        toil_copy_bool(copy, row->used);
    }
    return toil_copy_send(copy, true, err);
}

static void put_tags(const struct toil_analysis *analysis, struct toil_copy *copy, const struct toil_ticket *ticket,
                     struct toil_span *scratch)
{
    for (uint32_t i = 0; i < ticket->tag_count; i++)
        scratch[i] = toil_intern_text(&analysis->tags, analysis->ticket_tag[ticket->tag_begin + i]);
    toil_copy_texts(copy, ticket->tag_count > 0 ? scratch : NULL, ticket->tag_count);
}

static enum toil_status write_tickets(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                      struct toil_error *err)
{
    enum toil_status status = TOIL_OK;
    struct toil_span *tags = toil_xcalloc(UINT16_MAX, sizeof *tags);
    for (size_t i = 0; status == TOIL_OK && i < analysis->ticket_count; i++) {
        const struct toil_ticket *ticket = &analysis->ticket[i];
        if (!ticket->counts)
            continue;
        toil_copy_row(copy, 12);
        toil_copy_int64(copy, run_id);
        toil_copy_text(copy, toil_ticket_id(analysis, ticket));
        toil_copy_time(copy, ticket->at_us);
        toil_copy_time(copy, ticket->closed_at_us);
        toil_copy_text(copy, toil_intern_text(&analysis->texts, ticket->status));
        toil_copy_int16(copy, ticket->severity, ticket->severity == 0);
        toil_copy_text(copy, toil_intern_text(&analysis->texts, ticket->topic));
        toil_copy_text(copy, toil_intern_text(&analysis->texts, ticket->scope));
        toil_copy_text(copy, toil_intern_text(&analysis->texts, ticket->customer));
        toil_copy_double(copy, ticket->csat);
        toil_copy_int32(copy, ticket->versions);
        put_tags(analysis, copy, ticket, tags);
        status = toil_copy_send(copy, false, err);
    }
    free(tags);
    return toil_write_end(copy, status, err);
}

/* How a ticket came by one of its parts. */
static const char *how_of(const struct toil_ticket *ticket, const struct toil_part *part)
{
    static const char *const hows[TOIL_N_HOWS] = {[TOIL_HOW_NAMED] = "named",
                                                  [TOIL_HOW_TOPIC] = "topic",
                                                  [TOIL_HOW_UNEXPLAINED] = "unexplained",
                                                  [TOIL_HOW_HIDDEN] = "hidden"};
    bool rest = ticket->how == TOIL_HOW_HIDDEN && part->hidden == TOIL_NO_TEXT;
    return hows[rest ? TOIL_HOW_UNEXPLAINED : ticket->how];
}

static void put_share(const struct toil_analysis *analysis, struct toil_copy *copy, const struct toil_ticket *ticket,
                      const struct toil_part *part)
{
    static const struct toil_hidden nothing = {(double)NAN, (double)NAN, TOIL_NO_TIME, 0};
    bool hidden = part->hidden != TOIL_NO_TEXT;
    const struct toil_hidden *by = hidden ? &analysis->hidden[part->hidden] : &nothing;
    toil_copy_text(copy, toil_ticket_id(analysis, ticket));
    toil_copy_text(copy, toil_span_of(toil_component_name(&analysis->names, part->component)));
    toil_copy_double(copy, part->weight);
    toil_copy_text(copy, toil_span_of(how_of(ticket, part)));
    toil_copy_double(copy, by->low);
    toil_copy_double(copy, by->high);
    toil_copy_text(copy, hidden ? toil_span_of(toil_kinds[by->kind].name) : (struct toil_span){NULL, 0});
    toil_copy_time(copy, by->event_at_us);
}

static enum toil_status write_shares(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                     struct toil_error *err)
{
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; status == TOIL_OK && i < analysis->ticket_count; i++) {
        const struct toil_ticket *ticket = &analysis->ticket[i];
        const struct toil_split *split = &analysis->names.split[ticket->split];
        for (uint32_t n = 0; ticket->counts && n < split->count; n++) {
            toil_copy_row(copy, 9);
            toil_copy_int64(copy, run_id);
            put_share(analysis, copy, ticket, &analysis->names.part[split->begin + n]);
        }
        status = toil_copy_send(copy, false, err);
    }
    return toil_write_end(copy, status, err);
}

/* Rows that are still to be written make the rest of the progress; those of tickets and hours are by far the most. */
static uint64_t rows_to_write(const struct toil_analysis *analysis)
{
    return 1 + analysis->funnel_count + analysis->names.raw.count + analysis->hours.cell_count +
           2 * analysis->ticket_count + analysis->links->found.link_count;
}

struct writing {
    struct toil_analysis *analysis;
    uint64_t done, total;
};

static void on_sent(void *context, size_t rows)
{
    struct writing *writing = context;
    writing->done += rows;
    toil_analysis_reach(writing->analysis, TOIL_STAGE_WRITE, "writing the run",
                        (double)writing->done / (double)writing->total);
}

static enum toil_status write_table(struct writing *writing, struct toil_db *db, const struct toil_write_table *table,
                                    int64_t run_id, struct toil_error *err)
{
    struct toil_copy copy;
    toil_copy_init(&copy, db, table->sql);
    copy.sent = on_sent;
    copy.context = writing;
    enum toil_status status = table->write(writing->analysis, &copy, run_id, err);
    toil_copy_release(&copy);
    return status;
}

static enum toil_status write_tables(struct toil_analysis *analysis, struct toil_db *db, int64_t run_id,
                                     struct toil_error *err)
{
    static const struct toil_write_table tables[] = {{&toil_sql_run_copy_funnel, write_funnel},
                                                     {&toil_sql_run_copy_name, write_names},
                                                     {&toil_sql_run_copy_hours, write_hours},
                                                     {&toil_sql_run_copy_calibration, write_calibration},
                                                     {&toil_sql_run_copy_ticket, write_tickets},
                                                     {&toil_sql_run_copy_ticket_share, write_shares},
                                                     {&toil_sql_run_copy_ticket_period, toil_write_periods},
                                                     {&toil_sql_run_copy_ticket_count, toil_write_ticket_count},
                                                     {&toil_sql_run_copy_csat, toil_write_csat},
                                                     {&toil_sql_run_copy_item, toil_write_items},
                                                     {&toil_sql_run_copy_hours_period, toil_write_hours_periods},
                                                     {&toil_sql_run_copy_team_week, toil_write_team_weeks},
                                                     {&toil_sql_run_copy_team, toil_write_teams},
                                                     {&toil_sql_run_copy_week, toil_write_weeks},
                                                     {&toil_sql_run_copy_feature, toil_write_features}};
    struct writing writing = {analysis, 0, rows_to_write(analysis)};
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; status == TOIL_OK && i < sizeof tables / sizeof *tables; i++)
        status = write_table(&writing, db, &tables[i], run_id, err);
    for (size_t i = 0; status == TOIL_OK && i < TOIL_N_LINK_TABLES; i++)
        status = write_table(&writing, db, &toil_link_tables[i], run_id, err);
    return status;
}

enum toil_status toil_analyze_write(struct toil_analysis *analysis, struct toil_db *db, int64_t *run_id,
                                    struct toil_error *err)
{
    bool unknown = false;
    enum toil_status status = toil_db_begin(db, err);
    if (status == TOIL_OK)
        status = insert_run(analysis, db, run_id, err);
    if (status == TOIL_OK)
        status = write_tables(analysis, db, *run_id, err);
    if (status == TOIL_OK)
        status = toil_db_query(db, &toil_sql_run_statistics, TOIL_NO_PARAMS, NULL, err);
    if (status != TOIL_OK) {
        toil_db_rollback(db);
        return status;
    }
    status = toil_db_commit(db, COMMIT_DEADLINE_MS, &unknown, err);
    if (status != TOIL_OK && unknown)
        toil_error_hint(err, "run %lld may be there all the same: toilmeter runs tells", (long long)*run_id);
    return status;
}
