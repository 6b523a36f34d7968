/* What the search for links found, to shares of tickets and splits of the work on them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze_links.h"

/* Shares are multiples of 2^-40, so that those of a ticket and the rest sum to one exactly, in whatever order. */
#define SHARE_BITS 40

uint32_t toil_link_component(const struct toil_link_search *search, const struct toil_link *link)
{
    return link->group == UINT32_MAX ? search->source[link->source].component : search->group[link->group].component;
}

/* ---- groups ---- */

static int compare_names(const void *left, const void *right, void *context)
{
    return strcmp(toil_component_name(context, *(const uint32_t *)left),
                  toil_component_name(context, *(const uint32_t *)right));
}

/* Members sorted, each once; the team that all have, if they have one. */
static void name_group(struct toil_names *names, struct toil_link_group *group, uint32_t *member)
{
    size_t kept = 0;
    struct toil_buf name = TOIL_BUF_INIT;
    qsort_r(member, group->count, sizeof *member, compare_names, names);
    size_t team = toil_component_team(names, member[0]);
    for (size_t i = 0; i < group->count; i++) {
        if (kept > 0 && member[kept - 1] == member[i])
            continue;
        member[kept++] = member[i];
        if (toil_component_team(names, member[i]) != team)
            team = SIZE_MAX;
        toil_buf_add_text(&name, kept > 1 ? " | " : "");
        toil_buf_add_text(&name, toil_component_name(names, member[i]));
    }
    group->count = kept;
    group->component = kept == 1 ? member[0] : toil_names_extra(names, name.data, team);
    toil_buf_release(&name);
}

static void find_groups(struct toil_analysis *analysis)
{
    struct toil_link_search *search = analysis->links;
    const struct toil_links *found = &search->found;
    search->group = toil_xcalloc(found->group_count + 1, sizeof *search->group);
    search->member = toil_xcalloc(found->link_count + 1, sizeof *search->member);
    for (size_t i = 0; i < found->link_count; i++) {
        if (found->link[i].group != UINT32_MAX)
            search->group[found->link[i].group].count++;
    }
    for (size_t i = 1; i < found->group_count; i++)
        search->group[i].begin = search->group[i - 1].begin + search->group[i - 1].count;
    for (size_t i = 0; i < found->group_count; i++)
        search->group[i].count = 0;
    for (size_t i = 0; i < found->link_count; i++) {
        const struct toil_link *link = &found->link[i];
        if (link->group == UINT32_MAX)
            continue;
        struct toil_link_group *group = &search->group[link->group];
        search->member[group->begin + group->count++] = search->source[link->source].component;
    }
    for (size_t i = 0; i < found->group_count; i++) {
        if (search->group[i].count > 0)
            name_group(&analysis->names, &search->group[i], search->member + search->group[i].begin);
    }
}

/* ---- shares ---- */

/* What one component, or group, has of a ticket, by all its links. */
struct own {
    uint32_t component;
    double share, greatest; /* greatest: of its links' */
    struct toil_hidden hidden;
};

struct ticket_shares {
    struct own *own;
    size_t count, cap;
};

static double on_grid(double share)
{
    return share > 0 ? ldexp(nearbyint(ldexp(share, SHARE_BITS)), -SHARE_BITS) : 0;
}

/* Several kinds of events of one component sum up; the event that is told is that of the greatest. */
static void add_share(struct ticket_shares *shares, const struct toil_link_search *search,
                      const struct toil_link_ticket_share *from)
{
    const struct toil_link *link = &search->found.link[from->link];
    uint32_t component = toil_link_component(search, link);
    struct own *own = shares->own;
    while (own < shares->own + shares->count && own->component != component)
        own++;
    if (!own || own == shares->own + shares->count) {
        shares->own = toil_grow(shares->own, shares->count, &shares->cap, sizeof *shares->own);
        own = &shares->own[shares->count++];
        *own = (struct own){.component = component};
    }
    own->share += on_grid(from->share);
    own->hidden.low += from->low;
    own->hidden.high += from->high;
    if (from->share > own->greatest) {
        own->greatest = from->share;
        own->hidden.event_at_us = from->event_at_us;
        own->hidden.kind = (uint8_t)search->source[link->source].kind;
    }
}

/* Rounding may have brought the sum over one: the greatest share can spare that. Returns the rest. */
static double settle_rest(struct ticket_shares *shares)
{
    double sum = 0;
    size_t greatest = 0;
    for (size_t i = 0; i < shares->count; i++) {
        sum += shares->own[i].share;
        if (shares->own[i].share > shares->own[greatest].share)
            greatest = i;
    }
    if (sum <= 1)
        return 1 - sum;
    shares->own[greatest].share -= sum - 1;
    return 0;
}

static uint32_t keep_hidden(struct toil_analysis *analysis, const struct own *own)
{
    analysis->hidden =
        toil_grow(analysis->hidden, analysis->hidden_count, &analysis->hidden_cap, sizeof *analysis->hidden);
    struct toil_hidden *hidden = &analysis->hidden[analysis->hidden_count];
    *hidden = own->hidden;
    hidden->high = hidden->high < 1 ? hidden->high : 1;
    return (uint32_t)analysis->hidden_count++;
}

static void end_ticket(struct toil_analysis *analysis, struct ticket_shares *shares, struct toil_ticket *ticket)
{
    struct toil_part *part = toil_xcalloc(shares->count + 1, sizeof *part);
    size_t count = 0;
    double rest = settle_rest(shares);
    uint32_t unexplained = toil_unexplained(analysis->catalog);
    for (size_t i = 0; i < shares->count; i++) {
        const struct own *own = &shares->own[i];
        if (own->share > 0)
            part[count++] = (struct toil_part){own->component, keep_hidden(analysis, own), own->share};
    }
    if (count > 0) {
        analysis->ticket_how[TOIL_HOW_UNEXPLAINED]--;
        analysis->ticket_how[TOIL_HOW_HIDDEN]++;
        analysis->hidden_tickets += 1 - rest;
        if (rest > 0)
            part[count++] = (struct toil_part){unexplained, TOIL_NO_TEXT, rest};
        ticket->how = TOIL_HOW_HIDDEN;
        ticket->split = toil_names_split_parts(&analysis->names, part, count, unexplained);
        if (ticket->item != TOIL_NO_TEXT)
            analysis->item[ticket->item].split = ticket->split;
    }
    shares->count = 0;
    free(part);
}

void toil_links_apply(struct toil_analysis *analysis)
{
    const struct toil_link_search *search = analysis->links;
    const struct toil_links *found = &search->found;
    struct ticket_shares shares = {0};
    find_groups(analysis);
    for (size_t i = 0, end; i < found->share_count; i = end) {
        const struct toil_link_ticket_share *first = &found->share[i];
        for (end = i; end < found->share_count && found->share[end].topic == first->topic &&
                      found->share[end].ticket == first->ticket;
             end++)
            add_share(&shares, search, &found->share[end]);
        uint32_t ticket = search->ticket[search->ticket_begin[first->topic] + first->ticket];
        end_ticket(analysis, &shares, &analysis->ticket[ticket]);
    }
    free(shares.own);
}
