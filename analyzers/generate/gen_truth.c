/* truth.json: what was planted, counted from the plan itself, never from the files. */
#include "gen_world.h"

#include <inttypes.h>
#include <stdlib.h>

/* Hours of one component in one sprint, by work and by trace. */
struct cell {
    int64_t by_work_us[GEN_WORK_COUNT];
    int64_t by_trace_us[GEN_TRACE_COUNT];
};

static double hours(int64_t us)
{
    return (double)us / (double)TOIL_US_PER_HOUR;
}

static void add_date(struct toil_buf *out, int64_t day)
{
    int64_t year;
    unsigned month, date;
    toil_civil_from_days(day, &year, &month, &date);
    toil_buf_printf(out, "\"%04" PRId64 "-%02u-%02u\"", year, month, date);
}

static void add_key(struct toil_buf *out, const char *key)
{
    toil_buf_add_json_string(out, toil_span_of(key));
    toil_buf_add_char(out, ':');
}

static void add_count(struct toil_buf *out, const char *key, uint64_t count, bool more)
{
    add_key(out, key);
    toil_buf_printf(out, "%" PRIu64 "%s", count, more ? "," : "");
}

static void add_messages(const struct gen_world *world, struct toil_buf *out)
{
    uint64_t produced = 0, stored = 0, duplicates = 0, quarantined = 0;
    for (size_t i = 0; i < GEN_TOPIC_COUNT; i++) {
        produced += world->out.topic[i].count;
        quarantined += world->out.topic[i].quarantined;
    }
    for (size_t k = 0; k < TOIL_N_KINDS; k++) {
        stored += world->out.kind[k].unique + world->out.kind[k].endings;
        duplicates += world->out.kind[k].repeats + world->out.kind[k].adding;
    }
    toil_buf_add_text(out, "\"messages\":{");
    add_count(out, "produced", produced, true);
    add_count(out, "stored", stored, true);
    add_count(out, "duplicates", duplicates, true);
    add_count(out, "quarantined", quarantined, false);
    toil_buf_add_text(out, "},\n\"topics\":{");
    for (size_t i = 0; i < GEN_TOPIC_COUNT; i++) {
        const struct gen_topic_lines *topic = &world->out.topic[i];
        toil_buf_add_text(out, i ? ",\n  " : "\n  ");
        add_key(out, gen_topic_name((enum gen_topic)i));
        toil_buf_add_char(out, '{');
        add_count(out, "produced", topic->count, true);
        add_count(out, "duplicates", topic->repeats + topic->adding, true);
        add_count(out, "quarantined", topic->quarantined, false);
        toil_buf_add_char(out, '}');
    }
    toil_buf_add_text(out, "},\n");
}

static void add_kinds(const struct gen_world *world, struct toil_buf *out)
{
    toil_buf_add_text(out, "\"kinds\":{");
    for (size_t k = 0; k < TOIL_N_KINDS; k++) {
        const struct gen_counts *c = &world->out.kind[k];
        toil_buf_add_text(out, k ? ",\n  " : "\n  ");
        add_key(out, toil_kinds[k].name);
        toil_buf_add_char(out, '{');
        add_count(out, "produced", c->produced, true);
        add_count(out, "unique", c->unique, true);
        add_count(out, "endings", c->endings, true);
        add_count(out, "adding", c->adding, true);
        add_count(out, "repeats", c->repeats, false);
        toil_buf_add_char(out, '}');
    }
    toil_buf_add_text(out, "},\n\"quarantined\":{");
    const char *comma = "";
    for (size_t r = 1; r < TOIL_REASON_COUNT; r++)
        if (world->out.bad[r]) {
            toil_buf_add_text(out, comma);
            add_count(out, toil_reasons[r].name, world->out.bad[r], false);
            comma = ",";
        }
    toil_buf_add_text(out, "},\n");
    add_count(out, "endings_without_beginning", world->endings_alone, true);
    add_count(out, "ids_used_again", world->ids_again, true);
    toil_buf_add_char(out, '\n');
}

/* Tickets by the component they name or their topic declares, deleted ones left out. */
static void add_tickets(const struct gen_world *world, struct toil_buf *out)
{
    size_t rows = world->component_count + GEN_NOWHERE_COUNT;
    uint64_t *named = toil_xcalloc(rows, sizeof *named), *declared = toil_xcalloc(rows, sizeof *declared);
    uint64_t deleted = 0, by_subject[GEN_SUBJECT_COUNT] = {0};
    for (size_t i = 0; i < world->ticket_count; i++) {
        const struct gen_ticket *ticket = &world->ticket[i];
        size_t owner = gen_component_of_subject(world, ticket->subject);
        deleted += ticket->deleted;
        if (ticket->deleted)
            continue;
        by_subject[ticket->subject]++;
        if (ticket->unmapped)
            named[world->component_count + GEN_UNMAPPED]++;
        else if (ticket->component != SIZE_MAX && ticket->told)
            named[ticket->component]++;
        else
            declared[owner == SIZE_MAX ? world->component_count + GEN_UNEXPLAINED : owner]++;
    }
    toil_buf_add_text(out, "\"tickets\":{");
    add_count(out, "opened", world->ticket_count, true);
    add_count(out, "deleted", deleted, true);
    toil_buf_add_text(out, "\"by_topic\":{");
    for (size_t s = 0; s < GEN_SUBJECT_COUNT; s++)
        add_count(out, gen_subjects[s].name, by_subject[s], s + 1 < GEN_SUBJECT_COUNT);
    toil_buf_add_text(out, "},\n \"components\":[");
    for (size_t i = 0; i < rows; i++) {
        toil_buf_add_text(out, i ? ",\n  {\"component\":" : "\n  {\"component\":");
        toil_buf_add_json_string(out, toil_span_of(gen_component_name(world, i)));
        toil_buf_add_char(out, ',');
        add_count(out, "named", named[i], true);
        add_count(out, "by_topic", declared[i], false);
        toil_buf_add_char(out, '}');
    }
    toil_buf_add_text(out, "]},\n");
    free(named);
    free(declared);
}

static int64_t sprint_start_us(const struct gen_world *world, unsigned sprint)
{
    return gen_place_instant_us(GEN_PRAGUE, world->first_day + (int64_t)sprint * GEN_SPRINT_DAYS, 0);
}

/* A session that crosses a sprint's end is cut there. */
static void spread(const struct gen_world *world, const struct gen_session *session, struct cell *cells)
{
    for (unsigned s = 0; s < world->sprint_count; s++) {
        int64_t from = sprint_start_us(world, s), to = sprint_start_us(world, s + 1);
        from = session->when.from_us > from ? session->when.from_us : from;
        to = session->when.to_us < to ? session->when.to_us : to;
        if (from >= to)
            continue;
        struct cell *cell = &cells[session->component * world->sprint_count + s];
        cell->by_work_us[session->work] += to - from;
        cell->by_trace_us[session->trace] += to - from;
    }
}

/* Handling: what is not work on features, debt or other things. */
static int64_t manual_us(const struct cell *cell)
{
    int64_t sum = 0;
    for (size_t w = 0; w < GEN_WORK_COUNT; w++)
        if (w != GEN_WORK_FEATURE && w != GEN_WORK_DEBT && w != GEN_WORK_OTHER)
            sum += cell->by_work_us[w];
    return sum;
}

static void add_cell(const struct gen_world *world, const struct cell *cell, size_t component, unsigned sprint,
                     struct toil_buf *out)
{
    int64_t total = 0;
    for (size_t t = 0; t < GEN_TRACE_COUNT; t++)
        total += cell->by_trace_us[t];
    toil_buf_add_text(out, "  {\"component\":");
    toil_buf_add_json_string(out, toil_span_of(gen_component_name(world, component)));
    toil_buf_add_text(out, ",\"team\":");
    bool owned = component < world->component_count;
    toil_buf_add_json_string(out, toil_span_of(owned ? gen_teams[world->component[component].team].name : ""));
    toil_buf_add_text(out, ",\"sprint\":");
    add_date(out, world->first_day + (int64_t)sprint * GEN_SPRINT_DAYS);
    toil_buf_printf(out, ",\"hours\":%.4f,\"manual\":%.4f", hours(total), hours(manual_us(cell)));
    for (size_t t = 0; t < GEN_TRACE_COUNT; t++)
        if (cell->by_trace_us[t])
            toil_buf_printf(out, ",\"%s\":%.4f", gen_trace_name((enum gen_trace)t), hours(cell->by_trace_us[t]));
    toil_buf_add_text(out, ",\"work\":{");
    const char *comma = "";
    for (size_t w = 0; w < GEN_WORK_COUNT; w++)
        if (cell->by_work_us[w]) {
            toil_buf_printf(out, "%s\"%s\":%.4f", comma, gen_work_name((enum gen_work)w), hours(cell->by_work_us[w]));
            comma = ",";
        }
    toil_buf_add_text(out, "}}");
}

static void add_hours(const struct gen_world *world, struct toil_buf *out)
{
    size_t rows = world->component_count + GEN_NOWHERE_COUNT;
    struct cell *cells = toil_xcalloc(rows * world->sprint_count, sizeof *cells);
    for (size_t i = 0; i < world->session_count; i++)
        spread(world, &world->session[i], cells);
    toil_buf_add_text(out, "\"hours\":[");
    const char *comma = "\n";
    for (size_t c = 0; c < rows; c++)
        for (unsigned s = 0; s < world->sprint_count; s++) {
            const struct cell *cell = &cells[c * world->sprint_count + s];
            toil_buf_add_text(out, comma);
            add_cell(world, cell, c, s, out);
            comma = ",\n";
        }
    toil_buf_add_text(out, "],\n");
    free(cells);
}

/* What reports call the failures of a link: those that always fail together can't be told apart, and a release that
 * several components share stands for itself. */
static void add_failures(const struct gen_world *world, enum gen_link_id link, struct toil_buf *out)
{
    if (link == GEN_LINK_PAIR)
        toil_buf_printf(out, "[\"%s\",\"%s\"]", world->component[GEN_SESSION_CACHE].name,
                        world->component[GEN_SESSION_STORE].name);
    else
        toil_buf_printf(out, "[\"%s\"]",
                        link == GEN_LINK_RELEASE ? "(shared release)"
                                                 : world->component[gen_links[link].component].name);
}

static void add_link(const struct gen_world *world, enum gen_link_id link, struct toil_buf *out)
{
    const struct gen_link *l = &gen_links[link];
    toil_buf_printf(out, "{\"story\":\"%s\",\"failures\":", l->story);
    add_failures(world, link, out);
    toil_buf_printf(out,
                    ",\"kind\":\"%s\",\"topic\":\"%s\",\"from_minutes\":%d,\"to_minutes\":%d,"
                    "\"tickets_per_event\":%.2f,\"scope\":\"%s\",",
                    toil_kinds[l->kind].name, gen_subjects[l->subject].name, l->from_minutes, l->to_minutes, l->mean,
                    link == GEN_LINK_REGION ? gen_regions[GEN_REGION_COUNT - 1] : "");
    add_count(out, "events", world->link_events[link], true);
    add_count(out, "caused", world->link_caused[link], true);
    toil_buf_printf(out, "\"ticket_hours\":%.4f}", hours(world->link_work_us[link]));
}

/* Red herrings, and why their failures seem to bring tickets, or tickets to follow them. */
static void add_no_links(const struct gen_world *world, struct toil_buf *out)
{
    static const struct {
        enum gen_component_id component;
        const char *because;
    } herrings[] = {
        {GEN_REPORT_BUILDER, "fails in office hours, when tickets are opened"},
        {GEN_SEARCH_INDEXER, "follows the tickets about search"},
        {GEN_ORDER_DESK, "shares the release"},
        {GEN_PROFILE_PAGES, "shares the release"},
        {GEN_CUSTOMER_PORTAL, "shares the release"},
        {GEN_BILLING_PORTAL, "shares the release"},
    };
    toil_buf_add_text(out, "\"no_links\":[");
    for (size_t i = 0; i < sizeof herrings / sizeof *herrings; i++)
        toil_buf_printf(out, "%s\n  {\"component\":\"%s\",\"because\":\"%s\"}", i ? "," : "",
                        world->component[herrings[i].component].name, herrings[i].because);
    toil_buf_printf(out, "],\n\"follows\":{\"component\":\"%s\",\"kind\":\"%s\",\"topic\":\"%s\"},\n",
                    world->component[GEN_SEARCH_INDEXER].name, toil_kinds[TOIL_KIND_SERVICE_RESTART].name,
                    gen_subjects[GEN_SEARCH].name);
}

static void add_links(const struct gen_world *world, struct toil_buf *out)
{
    toil_buf_add_text(out, "\"links\":[");
    for (size_t i = 0; i < GEN_LINK_COUNT; i++) {
        toil_buf_add_text(out, i ? ",\n  " : "\n  ");
        add_link(world, (enum gen_link_id)i, out);
    }
    toil_buf_add_text(out, "],\n");
    add_no_links(world, out);
}

static void add_growth(const struct gen_world *world, struct toil_buf *out)
{
    toil_buf_add_text(out, "\"growth_per_month\":{");
    const char *comma = "";
    for (size_t i = 0; i < world->component_count; i++)
        if (gen_load_growth(i) > 0) {
            double doubling = gen_log(2) / gen_log(1 + gen_load_growth(i));
            toil_buf_printf(out, "%s\n  \"%s\":{\"metric\":\"%s\",\"rate\":%.3f,\"doubling_months\":%.4f}", comma,
                            world->component[i].name, i == GEN_ORDERS_DB ? "query_time" : "load_time",
                            gen_load_growth(i), doubling);
            comma = ",";
        }
    toil_buf_add_text(out, "},\n");
}

static double mean(double sum, uint64_t count)
{
    return count ? sum / (double)count : 0;
}

static void add_stories(const struct gen_world *world, struct toil_buf *out)
{
    toil_buf_printf(out,
                    "\"stories\":{\n"
                    "  \"TD-1\":{\"hours_per_sprint\":20,\"tolerance\":2,\"csat_touched\":%.4f,\"csat_rest\":%.4f},\n"
                    "  \"TD-2\":{\"grows\":[\"record-sync\",\"mobile-api\",\"export-service\"]},\n"
                    "  \"TD-3\":{\"measure\":\"tickets\",\"change\":-0.45,\"shipped\":",
                    mean(world->csat_touched, world->csat_touched_count),
                    mean(world->csat_rest, world->csat_rest_count));
    add_date(out, gen_place_day(GEN_PRAGUE, world->ship_us, NULL));
    toil_buf_printf(out,
                    "},\n"
                    "  \"TD-4\":{\"measure\":\"development_hours\",\"change\":-0.30,\"features_before\":%" PRIu64
                    ",\"hours_each_before\":%.4f,\"features_after\":%" PRIu64 ",\"hours_each_after\":%.4f},\n"
                    "  \"TD-5\":{\"tickets_growth_per_month\":0.04,\"query_time_growth_per_month\":%.3f},\n"
                    "  \"TD-6\":{\"events\":0}\n}",
                    world->features_before, mean(world->feature_hours_before, world->features_before),
                    world->features_after, mean(world->feature_hours_after, world->features_after),
                    gen_load_growth(GEN_ORDERS_DB));
}

void gen_write_truth(const struct gen_world *world, struct toil_buf *out)
{
    toil_buf_printf(out, "{\"schema\":1,\"seed\":%" PRId64 ",\"start\":", world->options.seed);
    add_date(out, world->first_day);
    toil_buf_printf(out, ",\"days\":%" PRId64 ",\"sprint_days\":%d,\n", world->day_count, GEN_SPRINT_DAYS);
    add_messages(world, out);
    add_kinds(world, out);
    add_tickets(world, out);
    add_hours(world, out);
    add_links(world, out);
    add_growth(world, out);
    add_stories(world, out);
    toil_buf_add_text(out, "}\n");
}
