/* The code behind sweep.h. */
#include "sweep.h"

#include <stdlib.h>

#include "merge_sort.h"
#include "toilmeter/buf.h"

#define NOT_OPEN UINT32_MAX

struct slot {
    uint32_t measured, inferred; /* how many intervals hold it open */
    uint32_t place;              /* in sweep.open; NOT_OPEN when none */
    bool suspended;              /* open by inference, but the person began something measured after its last point */
    enum toil_hours_tag tag;
    int64_t from_us; /* since when it has not been handed out */
    double from_w;
};

struct sweep {
    uint32_t actor;
    const uint32_t *items;
    const struct toil_hours_clock *clock;
    toil_piece_fn piece;
    void *context;
    struct slot *slots;
    uint32_t *open; /* slots that are open */
    uint32_t open_count;
    uint32_t *waiting; /* slots that are suspended */
    uint32_t waiting_count;
    uint32_t declared, session, measured; /* how many are on */
    uint32_t touched;                     /* slot of the last point */
    int64_t now_us, cut_us;
    double w; /* microseconds */
};

static bool comes_before(const struct toil_edge *a, const struct toil_edge *b)
{
    if (a->time_us != b->time_us)
        return a->time_us < b->time_us;
    if (a->type != b->type)
        return a->type < b->type;
    if (a->slot != b->slot)
        return a->slot < b->slot;
    return a->delta > b->delta; /* opening first: a count never falls below zero */
}

/* Sessions bring their edges one after the other. */
TOIL_MERGE_SORT(sort_edges, struct toil_edge, comes_before)

static void hand_out(struct sweep *sweep, uint32_t slot, enum toil_hours_tag tag, int64_t from_us, double weight)
{
    struct toil_piece piece = {sweep->actor, sweep->items[slot], tag, from_us, sweep->now_us, weight};
    sweep->piece(sweep->context, &piece);
}

/* Hands out what an open item has gathered, and begins anew here. */
static void flush(struct sweep *sweep, uint32_t slot)
{
    struct slot *s = &sweep->slots[slot];
    double share = sweep->w - s->from_w;
    if (share > 0 && sweep->now_us > s->from_us)
        hand_out(sweep, slot, s->tag, s->from_us, share / (double)(sweep->now_us - s->from_us));
    s->from_us = sweep->now_us;
    s->from_w = sweep->w;
}

static void flush_all(struct sweep *sweep)
{
    for (uint32_t i = 0; i < sweep->open_count; i++)
        flush(sweep, sweep->open[i]);
}

/* Puts a slot among the open ones or takes it out, as its counts say. */
static void settle(struct sweep *sweep, uint32_t slot)
{
    struct slot *s = &sweep->slots[slot];
    bool open = s->measured > 0 || (s->inferred > 0 && !s->suspended);
    if (open && s->place == NOT_OPEN) {
        if (sweep->open_count == 0)
            sweep->w = 0; /* nobody remembers it: small numbers keep their digits */
        s->place = sweep->open_count;
        sweep->open[sweep->open_count++] = slot;
        s->from_us = sweep->now_us;
        s->from_w = sweep->w;
    } else if (!open && s->place != NOT_OPEN) {
        uint32_t last = sweep->open[--sweep->open_count];
        sweep->open[s->place] = last;
        sweep->slots[last].place = s->place;
        s->place = NOT_OPEN;
    }
    s->tag = s->measured > 0 ? TOIL_HOURS_MEASURED : TOIL_HOURS_INFERRED;
}

/* Who begins something measured leaves what was open by inference, until its next point or until nothing is measured.
 */
static void suspend_inferred(struct sweep *sweep)
{
    flush_all(sweep);
    for (uint32_t i = sweep->open_count; i-- > 0;) {
        uint32_t slot = sweep->open[i];
        if (sweep->slots[slot].inferred == 0 || sweep->slots[slot].suspended)
            continue;
        sweep->slots[slot].suspended = true;
        sweep->waiting[sweep->waiting_count++] = slot;
        settle(sweep, slot);
    }
}

static void resume_inferred(struct sweep *sweep)
{
    for (uint32_t i = 0; i < sweep->waiting_count; i++) {
        sweep->slots[sweep->waiting[i]].suspended = false;
        settle(sweep, sweep->waiting[i]);
    }
    sweep->waiting_count = 0;
}

static void resume_one(struct sweep *sweep, uint32_t slot)
{
    for (uint32_t i = 0; i < sweep->waiting_count; i++) {
        if (sweep->waiting[i] == slot) {
            sweep->waiting[i] = sweep->waiting[--sweep->waiting_count];
            break;
        }
    }
    sweep->slots[slot].suspended = false;
    settle(sweep, slot);
}

static void open_or_close(struct sweep *sweep, const struct toil_edge *edge)
{
    struct slot *s = &sweep->slots[edge->slot];
    if (s->place != NOT_OPEN)
        flush(sweep, edge->slot);
    uint32_t *held = edge->type == TOIL_EDGE_MEASURED ? &s->measured : &s->inferred;
    *held = edge->delta > 0 ? *held + 1 : *held - 1;
    settle(sweep, edge->slot);
}

static void open_or_close_measured(struct sweep *sweep, const struct toil_edge *edge)
{
    open_or_close(sweep, edge);
    if (edge->delta > 0) {
        sweep->measured++;
        suspend_inferred(sweep);
    } else if (--sweep->measured == 0) {
        resume_inferred(sweep);
    }
}

static void apply(struct sweep *sweep, const struct toil_edge *edge)
{
    switch ((enum toil_edge_type)edge->type) {
    case TOIL_EDGE_DECLARED:
        flush_all(sweep); /* so that no piece reaches over a booking */
        sweep->declared = edge->delta > 0 ? sweep->declared + 1 : sweep->declared - 1;
        break;
    case TOIL_EDGE_SESSION:
        sweep->session = edge->delta > 0 ? sweep->session + 1 : sweep->session - 1;
        break;
    case TOIL_EDGE_MEASURED:
        open_or_close_measured(sweep, edge);
        break;
    case TOIL_EDGE_INFERRED:
        open_or_close(sweep, edge);
        break;
    case TOIL_EDGE_TOUCH:
        sweep->touched = edge->slot;
        if (sweep->slots[edge->slot].suspended)
            resume_one(sweep, edge->slot);
        break;
    }
}

/* Lets time pass up to to_us, between two edges. */
static void pass(struct sweep *sweep, int64_t to_us)
{
    bool idle = sweep->declared > 0 || (sweep->open_count == 0 && sweep->session == 0);
    while (!idle && sweep->now_us < to_us) {
        if (sweep->now_us >= sweep->cut_us)
            sweep->cut_us = sweep->clock->cut(sweep->clock->context, sweep->now_us);
        int64_t from = sweep->now_us, end = sweep->cut_us < to_us ? sweep->cut_us : to_us;
        sweep->now_us = end;
        if (sweep->open_count > 0)
            sweep->w += (double)(end - from) / sweep->open_count;
        else
            hand_out(sweep, sweep->touched, TOIL_HOURS_INFERRED, from, 1);
        if (end == sweep->cut_us)
            flush_all(sweep);
    }
    sweep->now_us = to_us;
}

void toil_sweep(uint32_t actor, struct toil_edge *edges, size_t edge_count, const uint32_t *items, size_t item_count,
                const struct toil_hours_clock *clock, toil_piece_fn piece, void *context)
{
    if (edge_count == 0)
        return;
    sort_edges(edges, edge_count);
    struct sweep sweep = {.actor = actor, .items = items, .clock = clock, .piece = piece, .context = context};
    sweep.slots = toil_xcalloc(item_count, sizeof *sweep.slots);
    sweep.open = toil_xcalloc(item_count, sizeof *sweep.open);
    sweep.waiting = toil_xcalloc(item_count, sizeof *sweep.waiting);
    for (size_t i = 0; i < item_count; i++)
        sweep.slots[i].place = NOT_OPEN;
    sweep.now_us = edges[0].time_us;
    sweep.cut_us = INT64_MIN;
    for (size_t i = 0; i < edge_count; i++) {
        if (edges[i].time_us > sweep.now_us)
            pass(&sweep, edges[i].time_us);
        apply(&sweep, &edges[i]);
    }
    free(sweep.open);
    free(sweep.waiting);
    free(sweep.slots);
}
