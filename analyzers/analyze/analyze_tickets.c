/* Tickets and their versions: which components a ticket belongs to, and who worked on it when. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze.h"
#include "analyze_texts.h"

bool toil_ticket_is_sure(const struct toil_ticket *ticket)
{
    return ticket->how == TOIL_HOW_NAMED || ticket->how == TOIL_HOW_TOPIC;
}

struct toil_span toil_ticket_id(const struct toil_analysis *analysis, const struct toil_ticket *ticket)
{
    return (struct toil_span){analysis->ticket_ids.data + ticket->id_begin, ticket->id_len};
}

/* By name, else by topic, else not at all. */
static uint32_t split_of(struct toil_analysis *analysis, const struct toil_ticket_row *row, uint64_t count,
                         enum toil_how *how)
{
    *how = TOIL_HOW_NAMED;
    if (row->component.ptr)
        return toil_names_map(&analysis->names, analysis->catalog, row->component, count);
    uint32_t split = toil_names_topic(&analysis->names, analysis->catalog, row->topic);
    *how = split == toil_unexplained(analysis->catalog) ? TOIL_HOW_UNEXPLAINED : TOIL_HOW_TOPIC;
    return split;
}

/* Does the ticket count in this run, and where does it go if not. */
static bool judge_ticket(struct toil_analysis *analysis, const struct toil_ticket_row *row)
{
    struct toil_kind_counts *counts = &analysis->counts[TOIL_KIND_SUPPORT_TICKET];
    counts->known++;
    if (row->status.ptr && toil_span_is(row->status, "deleted"))
        counts->deleted++;
    else if (row->at_us == TOIL_NO_TIME)
        counts->timeless++;
    else if (!toil_analysis_inside(analysis, row->at_us))
        counts->outside++;
    else
        return true;
    return false;
}

static void count_ticket(struct toil_analysis *analysis, const struct toil_ticket_row *row,
                         const struct toil_ticket *ticket)
{
    struct toil_kind_counts *counts = &analysis->counts[TOIL_KIND_SUPPORT_TICKET];
    counts->inside++;
    counts->window_versions += (uint64_t)row->versions;
    if (ticket->split == toil_unmapped(analysis->catalog)) {
        counts->unmapped++;
        analysis->ticket_unmapped++;
    } else {
        analysis->ticket_how[ticket->how]++;
        if (ticket->how == TOIL_HOW_NAMED)
            counts->mapped++;
        else
            counts->nameless++;
    }
}

static int compare_tags(const void *left, const void *right, void *context)
{
    const struct toil_intern *tags = context;
    return toil_span_compare(toil_intern_text(tags, *(const uint32_t *)left),
                             toil_intern_text(tags, *(const uint32_t *)right));
}

/* Tags by bytes, each once: the same ticket has the same tags in whatever order its source tells them. */
static void keep_tags(struct toil_analysis *analysis, struct toil_ticket *ticket, struct toil_span field)
{
    struct toil_texts texts = toil_texts_of(field);
    struct toil_span text;
    size_t begin = analysis->ticket_tag_count, count = 0;
    while (toil_texts_next(&texts, &text) && analysis->ticket_tag_count - begin < UINT16_MAX) {
        analysis->ticket_tag = toil_grow(analysis->ticket_tag, analysis->ticket_tag_count, &analysis->ticket_tag_cap,
                                         sizeof *analysis->ticket_tag);
        analysis->ticket_tag[analysis->ticket_tag_count++] = toil_intern_add(&analysis->tags, text);
    }
    uint32_t *tag = analysis->ticket_tag ? analysis->ticket_tag + begin : NULL;
    size_t told = analysis->ticket_tag_count - begin;
    if (told > 1)
        qsort_r(tag, told, sizeof *tag, compare_tags, &analysis->tags);
    for (size_t i = 0; i < told; i++) {
        if (count == 0 || tag[count - 1] != tag[i])
            tag[count++] = tag[i];
    }
    analysis->ticket_tag_count = begin + count;
    ticket->tag_begin = (uint32_t)begin;
    ticket->tag_count = (uint16_t)count;
}

static void on_ticket(void *context, const struct toil_ticket_row *row)
{
    struct toil_analysis *analysis = context;
    toil_analysis_step(analysis, "tickets");
    bool keep = judge_ticket(analysis, row);
    enum toil_how how;
    uint32_t split = split_of(analysis, row, keep, &how);
    analysis->ticket =
        toil_grow(analysis->ticket, analysis->ticket_count, &analysis->ticket_cap, sizeof *analysis->ticket);
    struct toil_ticket *ticket = &analysis->ticket[analysis->ticket_count++];
    *ticket = (struct toil_ticket){.id_begin = analysis->ticket_ids.len,
                                   .id_len = (uint32_t)row->id.len,
                                   .split = split,
                                   .item = TOIL_NO_TEXT,
                                   .at_us = row->at_us,
                                   .closed_at_us = row->closed_at_us,
                                   .status = toil_intern_add(&analysis->texts, row->status),
                                   .topic = toil_intern_add(&analysis->texts, row->topic),
                                   .scope = toil_intern_add(&analysis->texts, row->scope),
                                   .customer = toil_intern_add(&analysis->texts, row->customer),
                                   .csat = row->csat,
                                   .versions = row->versions,
                                   .severity = (uint8_t)row->severity,
                                   .how = (uint8_t)how,
                                   .counts = keep};
    toil_buf_add_span(&analysis->ticket_ids, row->id);
    if (keep) {
        keep_tags(analysis, ticket, row->tags);
        count_ticket(analysis, row, ticket);
    }
}

/* ---- versions ---- */

struct version {
    int64_t time_us; /* TOIL_NO_TIME when none is told */
    bool dated;      /* time_us is that of the update */
    bool automatic;
    uint32_t actor; /* of versions.actors */
    double minutes; /* the ticket's declared minutes as this version tells them; NAN when it does not */
    double added;   /* what this version adds to them */
};

/* Versions of one ticket, gathered until the next ticket's begin. */
struct versions {
    struct toil_analysis *analysis;
    struct toil_buf id;
    struct version *of;
    size_t count, cap;
    struct toil_intern actors;
    size_t next; /* ticket that the next id can be */
};

/* The declared minutes of a ticket are part of its state, a running total that the highest version tells: a version
 * adds what it tells beyond the total before. When the total falls, the latest additions are taken back. So a ticket's
 * declared time is that of its current row, whoever repeats it how often. */
static void spread_minutes(struct version *of, size_t count)
{
    double total = 0;
    for (size_t i = 0; i < count; i++) {
        of[i].added = 0;
        if (isnan(of[i].minutes))
            continue;
        if (of[i].minutes > total)
            of[i].added = of[i].minutes - total;
        double back = total - of[i].minutes;
        for (size_t j = i; back > 0 && j-- > 0;) {
            double taken = of[j].added < back ? of[j].added : back;
            of[j].added -= taken;
            back -= taken;
        }
        total = of[i].minutes;
    }
}

/* Tickets and versions come in the same order, so that one pass meets all; NULL when there is no such ticket. */
static struct toil_ticket *find_ticket(struct versions *versions, struct toil_span id)
{
    struct toil_analysis *analysis = versions->analysis;
    int order = -1;
    while (versions->next < analysis->ticket_count &&
           (order = toil_span_compare(toil_ticket_id(analysis, &analysis->ticket[versions->next]), id)) < 0)
        versions->next++;
    return order == 0 ? &analysis->ticket[versions->next] : NULL;
}

static void work_on(struct toil_analysis *analysis, struct toil_ticket *ticket, const struct toil_action *action)
{
    if (!toil_analysis_judge(analysis, action))
        return;
    if (ticket->item == TOIL_NO_TEXT)
        ticket->item = toil_analysis_add_item(analysis, TOIL_KIND_SUPPORT_TICKET, 0, ticket->split);
    toil_analysis_add_trace(analysis, action, ticket->item);
}

static void end_ticket(struct versions *versions)
{
    if (versions->count == 0)
        return;
    struct toil_ticket *ticket = find_ticket(versions, (struct toil_span){versions->id.data, versions->id.len});
    spread_minutes(versions->of, versions->count);
    for (size_t i = 0; ticket && i < versions->count; i++) {
        const struct version *version = &versions->of[i];
        struct toil_action action = {.kind = TOIL_KIND_SUPPORT_TICKET,
                                     .actor = toil_intern_text(&versions->actors, version->actor),
                                     .from_us = version->time_us,
                                     .to_us = TOIL_NO_TIME,
                                     .automatic = version->automatic,
                                     .minutes = version->added > 0 ? version->added : (double)NAN};
        /* Opening tells when the ticket began, not that somebody acted: without an update's time there is no action,
         * but declared time counts from the opening. */
        if (!version->dated && isnan(action.minutes))
            action.from_us = TOIL_NO_TIME;
        else if (action.from_us == TOIL_NO_TIME)
            action.from_us = ticket->at_us;
        work_on(versions->analysis, ticket, &action);
    }
    versions->count = 0;
}

static void on_version(void *context, const struct toil_version_row *row)
{
    struct versions *versions = context;
    toil_analysis_step(versions->analysis, "ticket updates");
    versions->analysis->counts[TOIL_KIND_SUPPORT_TICKET].versions++;
    if (!toil_span_equal(row->id, (struct toil_span){versions->id.data, versions->id.len})) {
        end_ticket(versions);
        toil_buf_clear(&versions->id);
        toil_buf_add_span(&versions->id, row->id);
    }
    bool dated = row->updated_at_us != TOIL_NO_TIME;
    versions->of = toil_grow(versions->of, versions->count, &versions->cap, sizeof *versions->of);
    versions->of[versions->count++] = (struct version){.time_us = dated ? row->updated_at_us : row->at_us,
                                                       .dated = dated,
                                                       .automatic = row->automatic,
                                                       .actor = toil_intern_add(&versions->actors, row->actor),
                                                       .minutes = row->manual_minutes};
}

enum toil_status toil_analyze_tickets(struct toil_analysis *analysis, struct toil_db *db, struct toil_error *err)
{
    struct versions versions = {.analysis = analysis};
    toil_analysis_tell(analysis, "tickets");
    enum toil_status status = toil_fetch_tickets(db, on_ticket, analysis, err);
    toil_analysis_tell(analysis, "ticket updates");
    if (status == TOIL_OK)
        status = toil_fetch_versions(db, on_version, &versions, err);
    if (status == TOIL_OK)
        end_ticket(&versions);
    toil_intern_release(&versions.actors);
    toil_buf_release(&versions.id);
    free(versions.of);
    return status;
}

void toil_tickets_refer(struct toil_analysis *analysis)
{
    if (analysis->refs.count == 0)
        return;
    for (size_t i = 0; i < analysis->ticket_count; i++) {
        const struct toil_ticket *ticket = &analysis->ticket[i];
        uint32_t ref = toil_intern_find(&analysis->refs, toil_ticket_id(analysis, ticket));
        if (ref != TOIL_NO_TEXT) /* a ticket before a fact of the same id: tickets are what people refer to */
            analysis->referred[ref] = (struct toil_referred){ticket->split, ticket->item, true};
    }
}
