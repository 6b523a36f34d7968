/* The joint fit itself: making it, and Newton's method. See joint.h for the model. */
#include "joint_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"

#define WEEKS_PER_KNOT   4
#define TICKETS_PER_KNOT 20
#define MAX_KNOTS        400
#define MAX_STEPS        80
#define MAX_TURNS        8
#define MOST_HALVINGS    14
#define TURN_TOLERANCE   2e-3
#define STEP_TOLERANCE   1e-10

/* ---- making ---- */

static void place_tickets(struct toil_joint *joint)
{
    const struct toil_link_clock *clock = joint->clock;
    double last = clock->cell_count > 1 ? (double)(clock->cell_count - 1) : 1;
    for (size_t i = 0; i < joint->n; i++) {
        struct toil_joint_ticket *ticket = &joint->ticket[i];
        size_t cell = toil_link_clock_cell(clock, joint->topic->at_us[i]);
        double position = (double)cell / last * (double)(joint->hats - 1);
        size_t knot = (size_t)position;
        if (joint->hats > 1 && knot > joint->hats - 2)
            knot = joint->hats - 2;
        *ticket = (struct toil_joint_ticket){.week = (uint32_t)toil_link_clock_week(clock, joint->topic->at_us[i]),
                                             .knot = (uint16_t)knot,
                                             .hour_class = clock->class_of[cell],
                                             .beyond = joint->hats > 1 ? (float)(position - (double)knot) : 0};
    }
}

/* Merges the sources' columns into rows by ticket. */
static void merge_columns(struct toil_joint *joint)
{
    struct toil_joint_columns *columns = toil_xcalloc(joint->source_count + 1, sizeof *columns);
    joint->row = toil_xcalloc(joint->n + 2, sizeof *joint->row);
    size_t count = 0;
    for (size_t s = 0; s < joint->source_count; s++) {
        toil_joint_columns_init(&columns[s], joint->data, joint->topic, &joint->slots, &joint->source[s]);
        joint->source_week[s] = toil_xcalloc(joint->weeks * joint->bands + 1, sizeof **joint->source_week);
        for (size_t e = 0; e < columns[s].count; e++)
            joint->row[columns[s].entry[e].ticket + 2]++;
        count += columns[s].count;
    }
    for (size_t i = 0; i < joint->n; i++)
        joint->row[i + 2] += joint->row[i + 1];
    joint->entry = toil_xcalloc(count + 1, sizeof *joint->entry);
    for (size_t s = 0; s < joint->source_count; s++) {
        for (size_t e = 0; e < columns[s].count; e++) {
            struct toil_joint_entry entry = columns[s].entry[e];
            entry.source = (uint16_t)s;
            joint->entry[joint->row[entry.ticket + 1]++] = entry;
        }
        free(columns[s].entry);
    }
    free(columns);
}

static size_t choose_hats(const struct toil_joint *joint)
{
    size_t knots = joint->weeks / WEEKS_PER_KNOT;
    if (knots > joint->n / TICKETS_PER_KNOT)
        knots = joint->n / TICKETS_PER_KNOT;
    return 1 + (knots < MAX_KNOTS ? knots : MAX_KNOTS);
}

struct toil_joint *toil_joint_new(const struct toil_link_clock *clock, const struct toil_link_data *data,
                                  uint32_t topic, const struct toil_joint_source *source, size_t count)
{
    struct toil_joint *joint = toil_xcalloc(1, sizeof *joint);
    joint->clock = clock;
    joint->data = data;
    joint->topic = &data->topic[topic];
    joint->source = source;
    joint->source_count = count;
    joint->bands = data->band_count;
    joint->n = joint->topic->count;
    joint->weeks = clock->week_count;
    joint->degenerate = joint->n == 0 || clock->cell_count == 0;
    joint->hats = choose_hats(joint);
    joint->params = joint->hats + count * joint->bands;
    joint->allowed = toil_xcalloc(joint->params, sizeof *joint->allowed);
    joint->value = toil_xcalloc(joint->params, sizeof *joint->value);
    joint->total = toil_xcalloc(joint->params, sizeof *joint->total);
    joint->place = toil_xcalloc(joint->params, sizeof *joint->place);
    joint->least = toil_xcalloc(joint->params, sizeof *joint->least);
    joint->tide = toil_xcalloc(joint->hats, sizeof *joint->tide);
    joint->moving = toil_xcalloc(joint->params, sizeof *joint->moving);
    joint->source_week = toil_xcalloc(count + 1, sizeof *joint->source_week);
    joint->passed = toil_xcalloc(clock->cell_count + 1, sizeof *joint->passed);
    joint->hat_week = toil_xcalloc(joint->weeks * joint->hats + 1, sizeof *joint->hat_week);
    joint->ticket = toil_xcalloc(joint->n + 1, sizeof *joint->ticket);
    joint->lambda = toil_xcalloc(joint->n + 1, sizeof *joint->lambda);
    joint->base = toil_xcalloc(joint->n + 1, sizeof *joint->base);
    toil_joint_slots_init(&joint->slots, joint->topic);
    joint->pi = toil_xcalloc(joint->slots.count, sizeof *joint->pi);
    if (!joint->degenerate)
        place_tickets(joint);
    merge_columns(joint);
    for (size_t j = 0; j < joint->hats; j++)
        joint->allowed[j] = true;
    return joint;
}

void toil_joint_free(struct toil_joint *joint)
{
    if (!joint)
        return;
    for (size_t s = 0; s < joint->source_count; s++)
        free(joint->source_week[s]);
    free(joint->source_week);
    free(joint->allowed);
    free(joint->value);
    free(joint->total);
    free(joint->place);
    free(joint->pi);
    free(joint->least);
    free(joint->tide);
    free(joint->held);
    free(joint->moving);
    free(joint->factor);
    free(joint->push);
    free(joint->passed);
    free(joint->hat_week);
    free(joint->ticket);
    free(joint->lambda);
    free(joint->base);
    free(joint->entry);
    free(joint->row);
    free(joint->live);
    free(joint->live_row);
    toil_joint_slots_release(&joint->slots);
    free(joint);
}

void toil_joint_allow_band(struct toil_joint *joint, size_t source, size_t band, bool allow)
{
    size_t p = toil_joint_param(joint, source, band);
    joint->allowed[p] = allow && joint->source[source].band[band];
    if (!joint->allowed[p])
        joint->value[p] = 0;
}

void toil_joint_allow(struct toil_joint *joint, size_t source, bool allow)
{
    for (size_t k = 0; k < joint->bands; k++)
        toil_joint_allow_band(joint, source, k, allow);
}

/* ---- the maximum ---- */

void toil_joint_enliven(struct toil_joint *joint)
{
    size_t count = 0;
    if (!joint->live_row)
        joint->live_row = toil_xcalloc(joint->n + 1, sizeof *joint->live_row);
    for (size_t i = 0; i < joint->n; i++) {
        joint->live_row[i] = count;
        for (size_t e = joint->row[i]; e < joint->row[i + 1]; e++) {
            size_t p = toil_joint_entry_param(joint, &joint->entry[e]);
            if (!joint->allowed[p])
                continue;
            if (count == joint->live_cap) {
                joint->live_cap = joint->live_cap ? 2 * joint->live_cap : 1024;
                joint->live = toil_xreallocarray(joint->live, joint->live_cap, sizeof *joint->live);
            }
            joint->live[count++] = (struct toil_joint_live){(uint32_t)p, toil_joint_entry_slope(joint, i, e)};
        }
    }
    joint->live_row[joint->n] = count;
}

/* Baseline and whole intensity at every ticket; the log-likelihood, -INFINITY where a ticket is impossible. */
static double evaluate(struct toil_joint *joint, const double *value)
{
    double sum = 0;
    for (size_t p = 0; p < joint->params; p++)
        sum -= value[p] * joint->total[p];
    for (size_t i = 0; i < joint->n; i++) {
        const struct toil_joint_ticket *ticket = &joint->ticket[i];
        double level = value[ticket->knot];
        if (ticket->beyond > 0)
            level += (value[ticket->knot + 1] - level) * (double)ticket->beyond;
        double lambda = joint->base[i] = ticket->unit * level;
        for (size_t e = joint->live_row[i]; e < joint->live_row[i + 1]; e++)
            lambda += value[joint->live[e].param] * joint->live[e].slope;
        joint->lambda[i] = lambda;
        if (!(lambda > 0))
            return -INFINITY;
        sum += log(lambda);
    }
    return sum;
}

/* d lambda / d parameter over lambda, of all allowed ones. */
static size_t relative_slopes(const struct toil_joint *joint, size_t i, size_t *param, double *slope)
{
    const struct toil_joint_ticket *ticket = &joint->ticket[i];
    double scale = 1 / joint->lambda[i];
    size_t count = 0;
    param[count] = ticket->knot;
    slope[count++] = ticket->unit * (1 - (double)ticket->beyond) * scale;
    if (ticket->beyond > 0) {
        param[count] = (size_t)ticket->knot + 1;
        slope[count++] = ticket->unit * (double)ticket->beyond * scale;
    }
    for (size_t e = joint->live_row[i]; e < joint->live_row[i + 1]; e++) {
        param[count] = joint->live[e].param;
        slope[count++] = joint->live[e].slope * scale;
    }
    return count;
}

size_t toil_joint_slopes(const struct toil_joint *joint, size_t ticket, size_t *param, double *slope)
{
    size_t count = relative_slopes(joint, ticket, param, slope), kept = 0;
    for (size_t c = 0; c < count; c++) {
        if (joint->place[param[c]] == TOIL_JOINT_NONE)
            continue;
        param[kept] = param[c];
        slope[kept++] = slope[c] * joint->lambda[ticket];
    }
    return kept;
}

static void gradient(const struct toil_joint *joint, double *out, size_t *param, double *slope)
{
    for (size_t p = 0; p < joint->params; p++)
        out[p] = joint->allowed[p] ? -joint->total[p] : 0;
    for (size_t i = 0; i < joint->n; i++) {
        size_t count = relative_slopes(joint, i, param, slope);
        for (size_t c = 0; c < count; c++)
            out[param[c]] += slope[c];
    }
}

/* What is above its least value, or would rise from there. */
static void choose_moving(struct toil_joint *joint, const double *slope_of)
{
    joint->moving_count = 0;
    for (size_t p = 0; p < joint->params; p++) {
        joint->place[p] = TOIL_JOINT_NONE;
        if (joint->allowed[p] && joint->total[p] > 0 &&
            (joint->value[p] > joint->least[p] || (slope_of && slope_of[p] > 0))) {
            joint->place[p] = joint->moving_count;
            joint->moving[joint->moving_count++] = p;
        }
    }
}

static bool factor_in_place(double *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double *row = a + i * n;
        for (size_t j = 0; j <= i; j++) {
            const double *other = a + j * n;
            double sum = row[j];
            for (size_t k = 0; k < j; k++)
                sum -= row[k] * other[k];
            if (i == j) {
                if (!(sum > 0) || !isfinite(sum))
                    return false;
                row[i] = sqrt(sum);
            } else {
                row[j] = sum / other[j];
            }
        }
    }
    return true;
}

/* damping: added to the diagonal, relative to it. */
static bool factor_damped(struct toil_joint *joint, double damping)
{
    size_t n = joint->moving_count;
    size_t *param = toil_xcalloc(joint->params + 2, sizeof *param);
    double *slope = toil_xcalloc(joint->params + 2, sizeof *slope);
    free(joint->factor);
    joint->factor = toil_xcalloc(n * n + 1, sizeof *joint->factor);
    for (size_t i = 0; i < joint->n; i++) {
        size_t count = relative_slopes(joint, i, param, slope);
        for (size_t a = 0; a < count; a++) {
            size_t row = joint->place[param[a]];
            if (row == TOIL_JOINT_NONE)
                continue;
            for (size_t b = 0; b < count; b++) {
                size_t column = joint->place[param[b]];
                if (column != TOIL_JOINT_NONE && column <= row)
                    joint->factor[row * n + column] += slope[a] * slope[b];
            }
        }
    }
    /* A whisker on the diagonal: hats without tickets of their own, columns that are one another's copies. */
    for (size_t p = 0; p < n; p++)
        joint->factor[p * n + p] = joint->factor[p * n + p] * (1 + damping) + 1e-300;
    joint->factored = n > 0 && factor_in_place(joint->factor, n);
    free(param);
    free(slope);
    return joint->factored;
}

/* The tickets' part of the score of the moving parameters, by week. */
static void push_weeks(struct toil_joint *joint)
{
    size_t *param = toil_xcalloc(joint->params + 2, sizeof *param), n = joint->moving_count;
    double *slope = toil_xcalloc(joint->params + 2, sizeof *slope);
    free(joint->push);
    joint->push = toil_xcalloc(joint->weeks * n + 1, sizeof *joint->push);
    for (size_t i = 0; i < joint->n; i++) {
        size_t count = relative_slopes(joint, i, param, slope);
        for (size_t c = 0; c < count; c++)
            if (joint->place[param[c]] != TOIL_JOINT_NONE)
                joint->push[joint->ticket[i].week * n + joint->place[param[c]]] += slope[c];
    }
    free(param);
    free(slope);
}

bool toil_joint_factor(struct toil_joint *joint)
{
    push_weeks(joint);
    return factor_damped(joint, 1e-9);
}

void toil_joint_solve(const struct toil_joint *joint, double *b)
{
    size_t n = joint->moving_count;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= joint->factor[i * n + k] * b[k];
        b[i] /= joint->factor[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= joint->factor[k * n + i] * b[k];
        b[i] /= joint->factor[i * n + i];
    }
}

double toil_joint_week_total(const struct toil_joint *joint, size_t param, size_t week)
{
    if (param < joint->hats)
        return joint->hat_week[week * joint->hats + param];
    size_t source = (param - joint->hats) / joint->bands, band = (param - joint->hats) % joint->bands;
    return joint->source_week[source][week * joint->bands + band];
}

/* EM: every parameter by its tickets over its exposure; never lowers the likelihood, keeps what is 0 at 0. */
static void step_em(const struct toil_joint *joint, const double *slope_of, double *next)
{
    for (size_t p = 0; p < joint->params; p++)
        next[p] = joint->total[p] > 0 ? joint->value[p] * (slope_of[p] + joint->total[p]) / joint->total[p] : 0;
}

/* Along a direction, cut to what is allowed, halved until the likelihood rises. False when it does not. */
static bool step_along(struct toil_joint *joint, const double *slope_of, const double *direction, double *next)
{
    double before = joint->log_likelihood;
    double length = 1;
    for (unsigned half = 0; half < MOST_HALVINGS; half++, length /= 2) {
        double gain = 0;
        memcpy(next, joint->value, joint->params * sizeof *next);
        for (size_t m = 0; m < joint->moving_count; m++) {
            size_t p = joint->moving[m];
            double to = joint->value[p] + length * direction[m];
            next[p] = to > joint->least[p] ? to : joint->least[p];
            gain += slope_of[p] * (next[p] - joint->value[p]);
        }
        double after = evaluate(joint, next);
        if (after >= before + 1e-4 * gain && gain > 0) {
            joint->log_likelihood = after;
            return true;
        }
    }
    (void)evaluate(joint, joint->value);
    return false;
}

/* Newton's step; where columns are nearly one another's copies it runs far along their difference, and what is cut off
 * at the bounds spoils it: then damped (Levenberg and Marquardt), in the end along the slope. False when nothing helps.
 */
static bool step_newton(struct toil_joint *joint, const double *slope_of, double *next, double *direction)
{
    static const double damping[] = {1e-9, 1e-3, 1e-1, 10, 1000};
    choose_moving(joint, slope_of);
    for (size_t d = 0; d < sizeof damping / sizeof *damping; d++) {
        if (!factor_damped(joint, damping[d]))
            continue;
        for (size_t m = 0; m < joint->moving_count; m++)
            direction[m] = slope_of[joint->moving[m]];
        toil_joint_solve(joint, direction);
        if (step_along(joint, slope_of, direction, next))
            return true;
    }
    return false;
}

/* How far from the optimum's identities: the greatest difference of tickets, over all tickets. */
static double imbalance(const struct toil_joint *joint, const double *slope_of)
{
    double worst = 0;
    for (size_t p = 0; p < joint->params; p++) {
        if (!joint->allowed[p] || joint->total[p] <= 0)
            continue;
        double above = joint->value[p] - joint->least[p];
        double off =
            above > 0 ? fabs(fmax(above, fabs(joint->value[p])) * slope_of[p]) : fmax(0, slope_of[p]) / joint->total[p];
        worst = off > worst ? off : worst;
    }
    return worst / (double)joint->n;
}

void toil_joint_maximise(struct toil_joint *joint)
{
    double *slope_of = toil_xcalloc(joint->params + 1, sizeof *slope_of);
    double *next = toil_xcalloc(joint->params + 1, sizeof *next);
    double *direction = toil_xcalloc(joint->params + 1, sizeof *direction);
    double *slope = toil_xcalloc(joint->params + 2, sizeof *slope);
    size_t *param = toil_xcalloc(joint->params + 2, sizeof *param);
    joint->log_likelihood = evaluate(joint, joint->value);
    joint->converged = false;
    for (unsigned step = 0; step < MAX_STEPS && !joint->converged; step++) {
        gradient(joint, slope_of, param, slope);
        joint->converged = imbalance(joint, slope_of) < STEP_TOLERANCE;
        if (joint->converged)
            break;
        joint->iterations++;
        if (!step_newton(joint, slope_of, next, direction)) {
            if (joint->held)
                break;
            step_em(joint, slope_of, next);
            double before = joint->log_likelihood;
            joint->log_likelihood = evaluate(joint, next);
            /* As exact as numbers go. */
            joint->converged = joint->log_likelihood - before < 1e-12 * fabs(before) + 1e-12;
        }
        memcpy(joint->value, next, joint->params * sizeof *next);
    }
    choose_moving(joint, NULL);
    free(slope_of);
    free(next);
    free(direction);
    free(slope);
    free(param);
}

/* Beginning: all tickets by the baseline. */
static void begin(struct toil_joint *joint)
{
    double hours = 0, level = 0;
    for (size_t j = 0; j < joint->hats; j++) {
        hours += joint->total[j];
        level += joint->value[j];
    }
    for (size_t j = 0; j < joint->hats && !(level > 0); j++)
        joint->value[j] = hours > 0 ? (double)joint->n / hours : 0;
}

/* A level of 0 where there may be tickets after the profile moved: lift it, Newton goes on from there. */
static void lift(struct toil_joint *joint)
{
    double greatest = 0;
    for (size_t j = 0; j < joint->hats; j++)
        greatest = fmax(greatest, joint->value[j]);
    for (size_t j = 0; j < joint->hats; j++)
        joint->value[j] = fmax(joint->value[j], 1e-6 * greatest);
}

void toil_joint_fit(struct toil_joint *joint)
{
    joint->iterations = 0;
    joint->log_likelihood = 0;
    joint->factored = false;
    if (joint->degenerate)
        return;
    if (joint->lambda[0] <= 0)
        toil_joint_update_profile(joint);
    for (unsigned turn = 0; turn < MAX_TURNS; turn++) {
        toil_joint_update_totals(joint);
        toil_joint_enliven(joint);
        begin(joint);
        lift(joint);
        toil_joint_maximise(joint);
        if (turn + 1 == MAX_TURNS || toil_joint_update_profile(joint) < TURN_TOLERANCE)
            break;
    }
    /* The optimum's identities hold at the profile that the last turn left. */
    toil_joint_update_totals(joint);
    toil_joint_enliven(joint);
    lift(joint);
    toil_joint_maximise(joint);
    toil_joint_factor(joint);
}
