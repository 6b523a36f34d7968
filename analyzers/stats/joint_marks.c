/* Whose ticket is it? The parts of sources in single tickets, with what their tags say. See joint.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "joint_fit.h"
#include "toilmeter/buf.h"

/* Tickets' worth of what is believed beforehand of a tag: that it is as frequent as in all tickets. */
#define TAG_PRIOR 20.0
/* Tags of a ticket speak for one row against another by so much at the most: several say the same thing often. */
#define MOST_MARK 400.0
#define ROUNDS    6
/* Fitting of totals: rounds, relative difference that is none, and how far a source may be stretched. */
#define MOST_FITTING 200
#define FITTED       1e-9
#define MOST_SCALE   1e9

/* Rows are the baseline, then the sources. */
struct shares {
    const struct toil_joint *joint;
    size_t rows;
    size_t *row_begin; /* [n + 1] into cell: those rows that have a part in the ticket, the baseline first */
    struct cell {
        uint32_t row;
        double weight; /* lambda of the row */
        double mark, part;
    } * cell;
    double *scale;  /* [rows] so that parts sum to the totals */
    double *total;  /* [rows] */
    double *common; /* [tag_count] frequency in all tickets; NULL: no tags */
    double *with;   /* [rows][tag_count] parts of tickets that have the tag */
    double *all;    /* [rows] */
};

static size_t tags_of(const struct toil_joint *joint, size_t i, const uint32_t **tag)
{
    const struct toil_link_topic *topic = joint->topic;
    if (!topic->tag_begin)
        return 0;
    *tag = topic->tag + topic->tag_begin[i];
    return topic->tag_begin[i + 1] - topic->tag_begin[i];
}

static void fill_cells(struct shares *shares)
{
    const struct toil_joint *joint = shares->joint;
    size_t count = 0;
    shares->row_begin = toil_xcalloc(joint->n + 1, sizeof *shares->row_begin);
    shares->cell = toil_xcalloc(joint->n + joint->row[joint->n] + 1, sizeof *shares->cell);
    for (size_t i = 0; i < joint->n; i++) {
        shares->row_begin[i] = count;
        shares->cell[count++] = (struct cell){0, joint->base[i], 1, 0};
        for (size_t e = joint->row[i]; e < joint->row[i + 1]; e++) {
            uint32_t row = 1 + joint->entry[e].source;
            double weight =
                joint->value[toil_joint_entry_param(joint, &joint->entry[e])] * toil_joint_entry_slope(joint, i, e);
            if (weight <= 0)
                continue;
            if (shares->cell[count - 1].row != row)
                shares->cell[count++] = (struct cell){row, 0, 1, 0};
            shares->cell[count - 1].weight += weight;
        }
    }
    shares->row_begin[joint->n] = count;
}

static void divide(struct shares *shares)
{
    for (size_t i = 0; i < shares->joint->n; i++) {
        double sum = 0;
        for (size_t c = shares->row_begin[i]; c < shares->row_begin[i + 1]; c++) {
            struct cell *cell = &shares->cell[c];
            cell->part = cell->weight * cell->mark * shares->scale[cell->row];
            sum += cell->part;
        }
        for (size_t c = shares->row_begin[i]; c < shares->row_begin[i + 1]; c++)
            shares->cell[c].part = sum > 0 ? shares->cell[c].part / sum : 0;
    }
}

/* Iterative proportional fitting: each source's parts to its total, what is left to the baseline. Parts can't exceed
 * one, so that a total beyond the tickets that a source can have is only approached. */
static void fit_totals(struct shares *shares)
{
    double *sum = toil_xcalloc(shares->rows, sizeof *sum), change = 1;
    for (unsigned round = 0; round < MOST_FITTING && change > FITTED; round++) {
        change = 0;
        divide(shares);
        memset(sum, 0, shares->rows * sizeof *sum);
        for (size_t c = 0; c < shares->row_begin[shares->joint->n]; c++)
            sum[shares->cell[c].row] += shares->cell[c].part;
        for (size_t r = 1; r < shares->rows; r++)
            if (sum[r] > 0) {
                shares->scale[r] = fmin(shares->scale[r] * shares->total[r] / sum[r], MOST_SCALE);
                change = fmax(change, fabs(sum[r] / shares->total[r] - 1));
            }
    }
    divide(shares);
    free(sum);
}

static void count_tags(struct shares *shares)
{
    const struct toil_joint *joint = shares->joint;
    size_t tags = joint->data->tag_count;
    memset(shares->with, 0, shares->rows * tags * sizeof *shares->with);
    memset(shares->all, 0, shares->rows * sizeof *shares->all);
    for (size_t i = 0; i < joint->n; i++) {
        const uint32_t *tag = NULL;
        size_t count = tags_of(joint, i, &tag);
        for (size_t c = shares->row_begin[i]; c < shares->row_begin[i + 1]; c++) {
            const struct cell *cell = &shares->cell[c];
            shares->all[cell->row] += cell->part;
            for (size_t t = 0; t < count; t++)
                shares->with[cell->row * tags + tag[t]] += cell->part;
        }
    }
}

/* Log of the chance of a ticket's tags in a row, told by the other tickets. */
static double chance_of(const struct shares *shares, const struct cell *cell, const uint32_t *tag, size_t count)
{
    size_t tags = shares->joint->data->tag_count;
    double sum = 0;
    for (size_t t = 0; t < count; t++) {
        double with = fmax(0, shares->with[cell->row * tags + tag[t]] - cell->part);
        double all = fmax(0, shares->all[cell->row] - cell->part);
        sum += log((with + TAG_PRIOR * shares->common[tag[t]]) / (all + TAG_PRIOR));
    }
    return sum;
}

static void mark_cells(struct shares *shares)
{
    const struct toil_joint *joint = shares->joint;
    for (size_t i = 0; i < joint->n; i++) {
        const uint32_t *tag = NULL;
        size_t count = tags_of(joint, i, &tag), begin = shares->row_begin[i], end = shares->row_begin[i + 1];
        double most = -INFINITY;
        if (count == 0 || end == begin + 1)
            continue;
        for (size_t c = begin; c < end; c++) {
            shares->cell[c].mark = chance_of(shares, &shares->cell[c], tag, count);
            most = fmax(most, shares->cell[c].mark);
        }
        for (size_t c = begin; c < end; c++)
            shares->cell[c].mark = fmax(exp(shares->cell[c].mark - most), 1 / MOST_MARK);
    }
}

static void weigh_tags(struct shares *shares)
{
    const struct toil_joint *joint = shares->joint;
    size_t tags = joint->data->tag_count;
    if (tags == 0 || !joint->topic->tag_begin || shares->rows == 1)
        return;
    shares->common = toil_xcalloc(tags, sizeof *shares->common);
    shares->with = toil_xcalloc(shares->rows * tags, sizeof *shares->with);
    shares->all = toil_xcalloc(shares->rows, sizeof *shares->all);
    for (size_t i = 0; i < joint->n; i++) {
        const uint32_t *tag = NULL;
        size_t count = tags_of(joint, i, &tag);
        for (size_t t = 0; t < count; t++)
            shares->common[tag[t]] += 1 / (double)joint->n;
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        count_tags(shares);
        mark_cells(shares);
        fit_totals(shares);
    }
}

static bool meets(const struct toil_joint_source *source, size_t event, uint32_t scope)
{
    return !source->scope || scope == TOIL_NO_SCOPE || source->scope[event] == TOIL_NO_SCOPE ||
           source->scope[event] == scope;
}

/* The latest event of a source that the ticket meets in a band; the ticket has exposure to it, so there is one. */
static int64_t event_in(const struct toil_joint *joint, size_t i, size_t source, size_t band)
{
    const struct toil_joint_source *from = &joint->source[source];
    int64_t latest = joint->topic->at_us[i] - joint->data->band[band].from_us;
    uint32_t scope = joint->topic->scope ? joint->topic->scope[i] : TOIL_NO_SCOPE;
    size_t low = 0, high = from->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (from->at_us[middle] <= latest)
            low = middle + 1;
        else
            high = middle;
    }
    while (low > 1 && !meets(from, low - 1, scope))
        low--;
    return from->at_us[low - 1];
}

/* The band that weighs most in a source's part of a ticket. */
static size_t heaviest_band(const struct toil_joint *joint, size_t i, size_t source)
{
    double most = 0;
    size_t heaviest = 0;
    for (size_t e = joint->row[i]; e < joint->row[i + 1]; e++) {
        double alpha = joint->value[toil_joint_entry_param(joint, &joint->entry[e])];
        if (joint->entry[e].source == source && alpha > most) {
            most = alpha;
            heaviest = joint->entry[e].band;
        }
    }
    return heaviest;
}

static void tell(const struct shares *shares, toil_joint_share_fn share, void *context)
{
    const struct toil_joint *joint = shares->joint;
    for (size_t i = 0; i < joint->n; i++)
        for (size_t c = shares->row_begin[i] + 1; c < shares->row_begin[i + 1]; c++) {
            const struct cell *cell = &shares->cell[c];
            if (cell->part <= 0)
                continue;
            struct toil_joint_share out = {.ticket = i, .source = cell->row - 1, .share = cell->part};
            out.band = heaviest_band(joint, i, out.source);
            out.event_at_us = event_in(joint, i, out.source, out.band);
            share(context, &out);
        }
}

void toil_joint_shares(const struct toil_joint *joint, const double *total, toil_joint_share_fn share, void *context)
{
    if (joint->degenerate)
        return;
    struct shares shares = {.joint = joint, .rows = joint->source_count + 1};
    shares.scale = toil_xcalloc(shares.rows, sizeof *shares.scale);
    shares.total = toil_xcalloc(shares.rows, sizeof *shares.total);
    for (size_t r = 0; r < shares.rows; r++) {
        shares.scale[r] = 1;
        if (r > 0)
            shares.total[r] = total ? total[r - 1] : toil_joint_attributed(joint, r - 1);
    }
    fill_cells(&shares);
    fit_totals(&shares);
    weigh_tags(&shares);
    tell(&shares, share, context);
    free(shares.scale);
    free(shares.total);
    free(shares.row_begin);
    free(shares.cell);
    free(shares.common);
    free(shares.with);
    free(shares.all);
}
