/* Tickets by component and period, so that a report need not go through every ticket again: over the whole window, and
 * by sprint, week and month. What each number means is told by the queries that count the same from tickets
 * (report_tickets.sql, report_tickets_customers.sql, report_tickets_count.sql); reports of a part of the window take
 * those. */
#include <math.h>
#include <stdlib.h>

#include "analyze_write.h"

#define LEAST_REST 1e-9 /* of 1 - share, whose logarithm is taken */

/* A share of a ticket. */
struct share {
    uint32_t component, customer, day, ticket; /* day: of the window, from 0 on */
    double weight;
    bool sure, hidden; /* sure: by name or topic */
};

/* How far the ends of the interval of a component's links in a topic are from their tickets, as a part of those. */
struct spread {
    uint32_t component, topic;
    double attributed, below, above; /* sums; below and above of squares */
};

/* Numbers of a component in a period. */
struct sums {
    uint64_t named, customers;
    double total, hidden, in_topic;
    double below, above; /* squares */
};

struct calculation {
    const struct toil_analysis *analysis;
    struct share *share; /* by component, customer, day, ticket */
    size_t share_count;
    struct spread *spread;
    size_t spread_count, spread_cap;
    int64_t first_day;
    size_t day_count;
    /* Of the division that is being written. */
    enum toil_period by;
    uint32_t *period; /* [day_count] number of the period of a day */
    int64_t *begin;   /* [period_count] first days */
    size_t period_count;
    struct sums *sums; /* [period_count] of the component at hand */
};

double toil_log_untouched(const struct toil_ticket *ticket, double share)
{
    return toil_ticket_is_sure(ticket) ? -(double)INFINITY : log(fmax(1 - share, LEAST_REST));
}

bool toil_is_touched(double log_untouched)
{
    return log_untouched <= log(1 - TOIL_SURE_FROM) + LEAST_REST;
}

/* ---- preparing ---- */

static int by_component(const void *a, const void *b)
{
    const struct share *x = a, *y = b;
    const uint32_t keys[][2] = {
        {x->component, y->component}, {x->customer, y->customer}, {x->day, y->day}, {x->ticket, y->ticket}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    return 0;
}

static void add_ticket(struct calculation *of, uint32_t index)
{
    const struct toil_analysis *analysis = of->analysis;
    const struct toil_ticket *ticket = &analysis->ticket[index];
    const struct toil_split *split = &analysis->names.split[ticket->split];
    uint32_t day = (uint32_t)(toil_zone_day(analysis->catalog->zone, ticket->at_us) - of->first_day);
    for (uint32_t n = 0; n < split->count; n++) {
        const struct toil_part *part = &analysis->names.part[split->begin + n];
        of->share[of->share_count++] = (struct share){.component = part->component,
                                                      .customer = ticket->customer,
                                                      .day = day,
                                                      .ticket = index,
                                                      .weight = part->weight,
                                                      .sure = toil_ticket_is_sure(ticket),
                                                      .hidden = part->hidden != TOIL_NO_TEXT};
    }
}

static void gather_shares(struct calculation *of)
{
    const struct toil_analysis *analysis = of->analysis;
    size_t count = 0;
    for (size_t i = 0; i < analysis->ticket_count; i++)
        count += analysis->ticket[i].counts ? analysis->names.split[analysis->ticket[i].split].count : 0;
    of->share = toil_xcalloc(count + 1, sizeof *of->share);
    for (size_t i = 0; i < analysis->ticket_count; i++)
        if (analysis->ticket[i].counts)
            add_ticket(of, (uint32_t)i);
    qsort(of->share, of->share_count, sizeof *of->share, by_component);
}

static struct spread *spread_of(struct calculation *of, uint32_t component, uint32_t topic)
{
    for (size_t i = 0; i < of->spread_count; i++)
        if (of->spread[i].component == component && of->spread[i].topic == topic)
            return &of->spread[i];
    return NULL;
}

/* Of a group each link tells the whole: the first counts. */
static bool repeats_group(const struct toil_links *found, size_t link)
{
    for (size_t i = 0; found->link[link].group != UINT32_MAX && i < link; i++)
        if (found->link[i].group == found->link[link].group && found->link[i].verdict == TOIL_LINK_ESTABLISHED)
            return true;
    return false;
}

static void gather_spreads(struct calculation *of)
{
    const struct toil_link_search *search = of->analysis->links;
    for (size_t i = 0; i < search->found.link_count; i++) {
        const struct toil_link *link = &search->found.link[i];
        if (link->verdict != TOIL_LINK_ESTABLISHED || repeats_group(&search->found, i))
            continue;
        uint32_t component = toil_link_component(search, link), topic = search->topic_text[link->topic];
        struct spread *spread = spread_of(of, component, topic);
        if (!spread) {
            of->spread = toil_grow(of->spread, of->spread_count, &of->spread_cap, sizeof *of->spread);
            spread = &of->spread[of->spread_count++];
            *spread = (struct spread){.component = component, .topic = topic};
        }
        double below = isnan(link->attributed_low) ? 0 : link->attributed - link->attributed_low;
        double above = isnan(link->attributed_high) ? 0 : link->attributed_high - link->attributed;
        spread->attributed += link->attributed;
        spread->below += below * below;
        spread->above += above * above;
    }
}

static void divide(struct calculation *of, enum toil_period by)
{
    const struct toil_catalog *catalog = of->analysis->catalog;
    int64_t next = of->first_day;
    of->by = by;
    of->period_count = 0;
    for (size_t day = 0; day < of->day_count; day++) {
        int64_t date = of->first_day + (int64_t)day, begin = date;
        if (day == 0 || (by != TOIL_PERIOD_ALL && date >= next)) {
            if (by != TOIL_PERIOD_ALL)
                begin = toil_period_start(by, date, catalog->sprint_start_day, catalog->sprint_days, &next);
            of->begin[of->period_count++] = begin;
        }
        of->period[day] = (uint32_t)of->period_count - 1;
    }
}

/* ---- one component ---- */

static void add_shares(struct calculation *of, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        const struct share *share = &of->share[i];
        struct sums *sums = &of->sums[of->period[share->day]];
        sums->named += share->sure;
        sums->total += share->weight;
        sums->hidden += share->hidden ? share->weight : 0;
    }
}

/* Shares of one customer in one period stand together. */
static void add_customers(struct calculation *of, size_t first, size_t end)
{
    for (size_t i = first, next; i < end; i = next) {
        const struct share *share = &of->share[i];
        uint32_t period = of->period[share->day];
        double untouched = 0;
        for (next = i;
             next < end && of->share[next].customer == share->customer && of->period[of->share[next].day] == period;
             next++)
            untouched += toil_log_untouched(&of->analysis->ticket[of->share[next].ticket], of->share[next].weight);
        if (share->customer != TOIL_NO_TEXT)
            of->sums[period].customers += toil_is_touched(untouched);
    }
}

/* A period has the part of a link's distances that it has of its tickets. */
static void add_distances(struct calculation *of, size_t first, size_t end)
{
    for (size_t s = 0; s < of->spread_count; s++) {
        const struct spread *spread = &of->spread[s];
        if (spread->component != of->share[first].component || !(spread->attributed > 0))
            continue;
        for (size_t i = first; i < end; i++)
            if (of->share[i].hidden && of->analysis->ticket[of->share[i].ticket].topic == spread->topic)
                of->sums[of->period[of->share[i].day]].in_topic += of->share[i].weight;
        for (size_t p = 0; p < of->period_count; p++) {
            double part = of->sums[p].in_topic / spread->attributed;
            of->sums[p].below += part * part * spread->below;
            of->sums[p].above += part * part * spread->above;
            of->sums[p].in_topic = 0;
        }
    }
}

static void put_periods(const struct calculation *of, struct toil_copy *copy, int64_t run_id, uint32_t component)
{
    for (size_t p = 0; p < of->period_count; p++) {
        const struct sums *sums = &of->sums[p];
        if (!(sums->total > 0))
            continue;
        toil_copy_row(copy, 10);
        toil_copy_int64(copy, run_id);
        toil_copy_text(copy, toil_span_of(toil_period_by[of->by]));
        toil_copy_text(copy, toil_span_of(toil_component_name(&of->analysis->names, component)));
        toil_copy_date(copy, of->begin[p]);
        toil_copy_int64(copy, (int64_t)sums->named);
        toil_copy_sum(copy, sums->total);
        toil_copy_sum(copy, sums->hidden);
        toil_copy_double(copy, sqrt(sums->below));
        toil_copy_double(copy, sqrt(sums->above));
        toil_copy_int64(copy, (int64_t)sums->customers);
    }
}

static enum toil_status write_division(struct calculation *of, struct toil_copy *copy, int64_t run_id,
                                       struct toil_error *err)
{
    enum toil_status status = TOIL_OK;
    for (size_t first = 0, end; first < of->share_count && status == TOIL_OK; first = end) {
        for (end = first; end < of->share_count && of->share[end].component == of->share[first].component;)
            end++;
        for (size_t p = 0; p < of->period_count; p++)
            of->sums[p] = (struct sums){0};
        add_shares(of, first, end);
        add_customers(of, first, end);
        add_distances(of, first, end);
        put_periods(of, copy, run_id, of->share[first].component);
        status = toil_copy_send(copy, false, err);
    }
    return status;
}

enum toil_status toil_write_periods(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                    struct toil_error *err)
{
    struct calculation of = {.analysis = analysis};
    enum toil_status status = TOIL_OK;
    if (analysis->to_us > analysis->from_us) {
        of.first_day = toil_zone_day(analysis->catalog->zone, analysis->from_us);
        of.day_count = (size_t)(toil_zone_day(analysis->catalog->zone, analysis->to_us - 1) - of.first_day + 1);
    }
    of.period = toil_xcalloc(of.day_count + 1, sizeof *of.period);
    of.begin = toil_xcalloc(of.day_count + 1, sizeof *of.begin);
    of.sums = toil_xcalloc(of.day_count + 1, sizeof *of.sums);
    gather_shares(&of);
    gather_spreads(&of);
    for (enum toil_period by = TOIL_PERIOD_ALL; by <= TOIL_PERIOD_MONTH && status == TOIL_OK; by++) {
        divide(&of, by);
        status = write_division(&of, copy, run_id, err);
    }
    free(of.share);
    free(of.spread);
    free(of.period);
    free(of.begin);
    free(of.sums);
    return toil_write_end(copy, status, err);
}

enum toil_status toil_write_ticket_count(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                         struct toil_error *err)
{
    uint64_t tickets = 0, customers = 0, rated = 0;
    bool *seen = toil_xcalloc(analysis->texts.count + 1, sizeof *seen);
    for (size_t i = 0; i < analysis->ticket_count; i++) {
        const struct toil_ticket *ticket = &analysis->ticket[i];
        if (!ticket->counts)
            continue;
        tickets++;
        rated += !isnan(ticket->csat);
        if (ticket->customer == TOIL_NO_TEXT || seen[ticket->customer])
            continue;
        seen[ticket->customer] = true;
        customers++;
    }
    free(seen);
    toil_copy_row(copy, 4);
    toil_copy_int64(copy, run_id);
    toil_copy_int64(copy, (int64_t)tickets);
    toil_copy_int64(copy, (int64_t)customers);
    toil_copy_int64(copy, (int64_t)rated);
    return toil_copy_send(copy, true, err);
}
