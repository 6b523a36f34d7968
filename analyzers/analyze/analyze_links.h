/* From the window's failures and tickets to the search for hidden links (stats/links.h), and what it found to shares of
 * tickets.
 *
 * Sources are restarts, rebalances and deployments of the catalog's components, each kind by itself. By whom does not
 * matter, nor how a failure ended: a failure is a failure. Deployments of several components at once are events of one
 * more source, "(shared release)" (see analyze_releases.h). Tickets are those that name no component and whose topic no
 * component declares. */
#ifndef TOIL_ANALYZE_LINKS_H
#define TOIL_ANALYZE_LINKS_H

#include "analyze.h"
#include "analyze_releases.h"
#include "stats/links.h"

#define TOIL_SHARED_RELEASE  "(shared release)"
#define TOIL_LINK_LEAD_US    (30 * INT64_C(60000000)) /* failures begin before their record */
#define TOIL_LINK_ROOM_WEEKS 5                        /* either side of the window: referents are weeks away */

struct toil_link_events {
    int64_t *at_us;
    uint32_t *scope; /* NULL as long as no event has one */
    size_t count, cap;
};

/* What the data can't tell apart. */
struct toil_link_group {
    size_t begin, count; /* in toil_link_search.member: its components, by name, each once */
    uint32_t component;  /* that stands for it: the only member, or an extra called "a | b" */
};

struct toil_link_search {
    struct toil_intern scopes, labels;
    struct toil_link_events *events[TOIL_N_KINDS]; /* [components of the catalog]; NULL of kinds that are no source */
    struct toil_link_events shared;                /* releases of several components */
    struct toil_deployment *deployment;
    size_t deployment_count, deployment_cap;

    struct toil_link_source *source; /* by component, kind; the shared releases last */
    size_t source_count;
    struct toil_link_topic *topic; /* by name */
    uint32_t *topic_text;          /* [topic_count] of analysis.texts; TOIL_NO_TEXT: tickets without one */
    size_t topic_count;
    uint32_t *ticket;     /* index into analysis.ticket, by topic, time, id */
    size_t *ticket_begin; /* [topic_count + 1] where each topic's begin in `ticket` and the arrays below */
    int64_t *ticket_at_us;
    uint32_t *ticket_scope, *tag_begin, *tag;
    struct toil_link_offset *offset;
    size_t offset_count, offset_cap;

    struct toil_link_options options;
    struct toil_links found;
    struct toil_link_group *group; /* [found.group_count] */
    uint32_t *member;
};

/* Once the catalog is known. */
void toil_links_begin(struct toil_analysis *analysis);
/* An event of the window, not a repeated one, of any kind of fact; component: its number, of which only the catalog's
 * count. In the order of (at, id). */
void toil_links_add_event(struct toil_analysis *analysis, const struct toil_fact_row *row, uint32_t component);
/* Finds links and gives tickets their shares; once all tickets are read. */
void toil_links_run(struct toil_analysis *analysis);
void toil_links_free(struct toil_link_search *search);
uint32_t toil_link_component(const struct toil_link_search *search, const struct toil_link *link);

/* Between the two files. Pure but for the analysis that they fill. */
void toil_links_gather(struct toil_analysis *analysis);
void toil_links_apply(struct toil_analysis *analysis);

#endif
