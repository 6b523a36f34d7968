/* Satisfaction by component and period, and by item, so that a report need not go through every rated ticket again; and
 * the customers that an item touches. What each number means is told by the queries that count the same from tickets
 * (report_tickets_csat.sql, item_csat.sql, item_customers.sql). */
#include <math.h>
#include <stdlib.h>

#include "analyze_write.h"
#include "stats/matched.h"

#define LEVEL 0.95

/* A rating. */
struct vote {
    uint32_t who, ticket;
    int32_t day, week, period; /* local; week: from the first vote's on; period: its first day */
    uint32_t cell;             /* from the period's first on */
};

/* What of a cell is on tickets of a component or of an item, the subject, or shared with it. */
struct part {
    int32_t period;
    uint32_t subject;
    struct toil_rating_part rating;
};

struct ratings {
    const struct toil_analysis *analysis;
    struct vote *vote; /* by period, who, week */
    size_t vote_count, week_count;
    struct toil_rating_cell *cell; /* [vote_count], the periods' one after the other */
    size_t cell_count;
    struct part *part;
    size_t part_count, part_cap;
};

/* ---- preparing ---- */

static void gather_votes(struct ratings *of)
{
    const struct toil_analysis *analysis = of->analysis;
    int32_t first = INT32_MAX;
    of->vote = toil_xcalloc(analysis->ticket_count + 1, sizeof *of->vote);
    for (size_t i = 0; i < analysis->ticket_count; i++) {
        const struct toil_ticket *ticket = &analysis->ticket[i];
        if (!ticket->counts || isnan(ticket->csat))
            continue;
        int64_t day = toil_zone_day(analysis->catalog->zone, ticket->at_us);
        bool known = ticket->customer != TOIL_NO_TEXT; /* who has no name speaks for one ticket */
        of->vote[of->vote_count++] =
            (struct vote){.who = known ? ticket->customer : (uint32_t)(analysis->texts.count + i),
                          .ticket = (uint32_t)i,
                          .day = (int32_t)day,
                          .week = toil_monday_of(day)};
        first = toil_monday_of(day) < first ? toil_monday_of(day) : first;
    }
    for (size_t i = 0; i < of->vote_count; i++) {
        of->vote[i].week = (of->vote[i].week - first) / 7;
        of->week_count = (size_t)of->vote[i].week >= of->week_count ? (size_t)of->vote[i].week + 1 : of->week_count;
    }
    of->cell = toil_xcalloc(of->vote_count + 1, sizeof *of->cell);
}

static int by_period(const void *a, const void *b)
{
    const struct vote *x = a, *y = b;
    const int64_t keys[][2] = {{x->period, y->period}, {x->who, y->who}, {x->week, y->week}, {x->ticket, y->ticket}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    return 0;
}

/* Votes of one person in one week of a period are a cell. */
static void divide(struct ratings *of, enum toil_period by, int64_t first_day)
{
    const struct toil_catalog *catalog = of->analysis->catalog;
    size_t begin = 0;
    int64_t next;
    for (size_t i = 0; i < of->vote_count; i++)
        of->vote[i].period =
            (int32_t)(by == TOIL_PERIOD_ALL ? first_day
                                            : toil_period_start(by, of->vote[i].day, catalog->sprint_start_day,
                                                                catalog->sprint_days, &next));
    qsort(of->vote, of->vote_count, sizeof *of->vote, by_period);
    of->cell_count = 0;
    for (size_t i = 0; i < of->vote_count; i++) {
        struct vote *vote = &of->vote[i];
        bool new_period = i == 0 || vote[-1].period != vote->period;
        begin = new_period ? of->cell_count : begin;
        if (new_period || vote[-1].who != vote->who || vote[-1].week != vote->week)
            of->cell[of->cell_count++] = (struct toil_rating_cell){.customer = vote->who, .week = (uint32_t)vote->week};
        struct toil_rating_cell *cell = &of->cell[of->cell_count - 1];
        cell->count++;
        cell->sum += of->analysis->ticket[vote->ticket].csat;
        vote->cell = (uint32_t)(of->cell_count - 1 - begin);
    }
}

/* own: the ticket counts as the subject's. */
static void add_part(struct ratings *of, const struct vote *vote, uint32_t subject, double share, bool own)
{
    struct toil_rating_part rating = {.cell = vote->cell};
    if (own) {
        rating.count = 1;
        rating.sum = of->analysis->ticket[vote->ticket].csat;
        rating.share = share;
    } else {
        rating.rest_share = share;
    }
    of->part = toil_grow(of->part, of->part_count, &of->part_cap, sizeof *of->part);
    of->part[of->part_count++] = (struct part){vote->period, subject, rating};
}

static void add_components(struct ratings *of)
{
    const struct toil_names *names = &of->analysis->names;
    of->part_count = 0;
    for (size_t i = 0; i < of->vote_count; i++) {
        const struct toil_ticket *ticket = &of->analysis->ticket[of->vote[i].ticket];
        const struct toil_split *split = &names->split[ticket->split];
        for (uint32_t n = 0; n < split->count; n++) {
            const struct toil_part *part = &names->part[split->begin + n];
            add_part(of, &of->vote[i], part->component, part->weight,
                     toil_ticket_is_sure(ticket) || part->weight >= TOIL_SURE_FROM);
        }
    }
}

/* What part of a ticket the components of an item have together. */
static double weight_of(const struct toil_analysis *analysis, const struct toil_ticket *ticket,
                        const struct toil_item *item)
{
    const struct toil_split *split = &analysis->names.split[ticket->split];
    double weight = 0;
    for (uint32_t n = 0; n < split->count; n++)
        for (size_t c = 0; c < item->component_count; c++)
            if (analysis->names.part[split->begin + n].component == item->component[c])
                weight += analysis->names.part[split->begin + n].weight;
    return weight;
}

static void add_item(struct ratings *of, uint32_t index)
{
    const struct toil_item *item = &of->analysis->catalog->item[index];
    of->part_count = 0;
    for (size_t i = 0; i < of->vote_count; i++) {
        const struct toil_ticket *ticket = &of->analysis->ticket[of->vote[i].ticket];
        double weight = weight_of(of->analysis, ticket, item);
        if (weight > 0)
            add_part(of, &of->vote[i], index, weight, toil_ticket_is_sure(ticket) || weight >= TOIL_SURE_FROM);
    }
}

static int by_subject(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    const int64_t keys[][2] = {{x->period, y->period}, {x->subject, y->subject}, {x->rating.cell, y->rating.cell}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    return 0;
}

/* ---- comparing ---- */

/* Cells of a period: from *first on. */
static size_t cells_of(const struct ratings *of, int32_t period, size_t *first)
{
    size_t begin = 0, end = of->vote_count, cells = 0;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (of->vote[middle].period < period)
            begin = middle + 1;
        else
            end = middle;
    }
    /* Cells before: those of every period before. */
    *first = 0;
    for (size_t i = 0; i < begin; i++)
        *first += i == 0 || of->vote[i].period != of->vote[i - 1].period || of->vote[i].cell != of->vote[i - 1].cell;
    for (size_t i = begin; i < of->vote_count && of->vote[i].period == period; i++)
        cells = of->vote[i].cell + 1;
    return cells;
}

/* Parts [begin, end) of one subject and period, sorted. */
static bool compare(const struct ratings *of, size_t first_cell, size_t cell_count, size_t begin, size_t end,
                    struct toil_matched *out)
{
    struct toil_rating_part *rating = toil_xcalloc(end - begin + 1, sizeof *rating);
    size_t count = 0;
    for (size_t i = begin; i < end; i++) {
        const struct toil_rating_part *next = &of->part[i].rating;
        if (count > 0 && rating[count - 1].cell == next->cell) {
            rating[count - 1].count += next->count;
            rating[count - 1].sum += next->sum;
            rating[count - 1].share += next->share;
            rating[count - 1].rest_share += next->rest_share;
        } else {
            rating[count++] = *next;
        }
    }
    bool told = toil_matched_effect(of->cell + first_cell, cell_count, of->week_count, rating, count, LEVEL, out);
    free(rating);
    return told;
}

/* Does any rating count as the subject's? */
static bool rated(const struct ratings *of, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++)
        if (of->part[i].rating.count > 0)
            return true;
    return false;
}

static void put_matched(struct toil_copy *copy, const struct toil_matched *matched, bool told)
{
    toil_copy_int64(copy, (int64_t)matched->customers);
    toil_copy_int64(copy, (int64_t)matched->rest_customers);
    toil_copy_double(copy, told ? matched->difference : (double)NAN);
    toil_copy_double(copy, told ? matched->low : (double)NAN);
    toil_copy_double(copy, told ? matched->high : (double)NAN);
}

static enum toil_status write_division(struct ratings *of, struct toil_copy *copy, int64_t run_id, const char *by,
                                       struct toil_error *err)
{
    enum toil_status status = TOIL_OK;
    size_t first_cell = 0, cells = 0;
    if (of->part_count > 0)
        qsort(of->part, of->part_count, sizeof *of->part, by_subject);
    for (size_t begin = 0, end; begin < of->part_count && status == TOIL_OK; begin = end) {
        const struct part *part = &of->part[begin];
        struct toil_matched matched;
        for (end = begin;
             end < of->part_count && of->part[end].period == part->period && of->part[end].subject == part->subject;)
            end++;
        if (begin == 0 || part->period != part[-1].period)
            cells = cells_of(of, part->period, &first_cell);
        if (!rated(of, begin, end))
            continue;
        bool told = compare(of, first_cell, cells, begin, end, &matched);
        toil_copy_row(copy, 9);
        toil_copy_int64(copy, run_id);
        toil_copy_text(copy, toil_span_of(by));
        toil_copy_text(copy, toil_span_of(toil_component_name(&of->analysis->names, part->subject)));
        toil_copy_date(copy, part->period);
        put_matched(copy, &matched, told);
        status = toil_copy_send(copy, false, err);
    }
    return status;
}

static int64_t first_day_of(const struct toil_analysis *analysis)
{
    return analysis->to_us > analysis->from_us ? toil_zone_day(analysis->catalog->zone, analysis->from_us) : 0;
}

static void release(struct ratings *of)
{
    free(of->vote);
    free(of->cell);
    free(of->part);
}

enum toil_status toil_write_csat(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                 struct toil_error *err)
{
    struct ratings of = {.analysis = analysis};
    enum toil_status status = TOIL_OK;
    gather_votes(&of);
    for (enum toil_period by = TOIL_PERIOD_ALL; by <= TOIL_PERIOD_MONTH && status == TOIL_OK && of.vote_count > 0;
         by++) {
        divide(&of, by, first_day_of(analysis));
        add_components(&of);
        status = write_division(&of, copy, run_id, toil_period_by[by], err);
    }
    release(&of);
    return toil_write_end(copy, status, err);
}

/* ---- items ---- */

/* Of each customer, what is known of its tickets: the logarithm of the chance that none is the item's. */
static uint64_t count_touched(const struct toil_analysis *analysis, const struct toil_item *item, double *untouched)
{
    uint64_t touched = 0;
    for (size_t i = 0; i < analysis->texts.count; i++)
        untouched[i] = 0;
    for (size_t i = 0; i < analysis->ticket_count; i++) {
        const struct toil_ticket *ticket = &analysis->ticket[i];
        const struct toil_split *split = &analysis->names.split[ticket->split];
        if (!ticket->counts || ticket->customer == TOIL_NO_TEXT)
            continue;
        for (uint32_t n = 0; n < split->count; n++) {
            const struct toil_part *part = &analysis->names.part[split->begin + n];
            for (size_t c = 0; c < item->component_count; c++)
                if (part->component == item->component[c])
                    untouched[ticket->customer] += toil_log_untouched(ticket, part->weight);
        }
    }
    for (size_t i = 0; i < analysis->texts.count; i++)
        touched += toil_is_touched(untouched[i]);
    return touched;
}

enum toil_status toil_write_items(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                  struct toil_error *err)
{
    struct ratings of = {.analysis = analysis};
    enum toil_status status = TOIL_OK;
    double *untouched = toil_xcalloc(analysis->texts.count + 1, sizeof *untouched);
    gather_votes(&of);
    divide(&of, TOIL_PERIOD_ALL, first_day_of(analysis));
    for (size_t i = 0; i < analysis->catalog->item_count && status == TOIL_OK; i++) {
        const struct toil_item *item = &analysis->catalog->item[i];
        struct toil_matched matched = {0};
        add_item(&of, (uint32_t)i);
        if (of.part_count > 0)
            qsort(of.part, of.part_count, sizeof *of.part, by_subject);
        bool told = of.part_count > 0 && compare(&of, 0, of.cell_count, 0, of.part_count, &matched);
        toil_copy_row(copy, 8);
        toil_copy_int64(copy, run_id);
        toil_copy_text(copy, toil_span_of(item->id));
        toil_copy_int64(copy, (int64_t)count_touched(analysis, item, untouched));
        put_matched(copy, &matched, told);
        status = toil_copy_send(copy, false, err);
    }
    free(untouched);
    release(&of);
    return toil_write_end(copy, status, err);
}
