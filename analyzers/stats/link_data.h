/* What the search for hidden links reads: failures of components, and tickets that name none. Pure data, shared by the
 * screen (screen.h), the joint fit (joint.h) and the method that runs both (links.h).
 *
 * Times are microseconds since 1970, UTC. Nothing here is binned or spread over scopes: memory follows the events and
 * tickets that there are, not scopes times bins. */
#ifndef TOIL_STATS_LINK_DATA_H
#define TOIL_STATS_LINK_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOIL_NO_SCOPE       UINT32_MAX
#define TOIL_NO_TOPIC       UINT32_MAX
#define TOIL_LINK_MAX_BANDS 32

/* A lag band [from_us, to_us): a ticket is in it when it was opened that long after an event. */
struct toil_lag_band {
    int64_t from_us, to_us;
};

/* The events of one component and one kind. */
struct toil_link_source {
    const int64_t *at_us;  /* borrowed, ascending */
    const uint32_t *scope; /* borrowed; TOIL_NO_SCOPE where an event has none; NULL: none has one */
    size_t count;
    uint32_t component; /* the caller's number; sources of one component differ in their kind */
    uint32_t kind;      /* the caller's number */
    bool release;       /* deployments: they take their own blame */
    uint32_t own_topic; /* a topic that it must not explain (an alarm never explains itself); or TOIL_NO_TOPIC */
};

/* Tickets of one support topic that name no component. */
struct toil_link_topic {
    const int64_t *at_us;      /* borrowed, ascending; ties in an order that does not depend on arrival */
    const uint32_t *scope;     /* as above */
    const uint32_t *tag_begin; /* [count + 1] into tag; NULL: no ticket has tags */
    const uint32_t *tag;       /* the caller's numbers below tag_count, ascending within a ticket, no repeats */
    size_t count;
};

/* Local time: from from_us on, it is UTC plus offset_us. What people do follows their clocks, also over the change to
 * summer time: "the same time of the week" is meant locally. */
struct toil_link_offset {
    int64_t from_us, offset_us;
};

struct toil_link_data {
    int64_t from_us, to_us; /* the window, to_us exclusive; every event and ticket lies in it */
    int64_t bin_us;         /* resolution of curves and of the joint fit where tickets are many */
    struct toil_lag_band band[TOIL_LINK_MAX_BANDS]; /* ascending, disjoint, from 0 or later */
    size_t band_count;
    struct toil_lag_band lead;             /* before the event: a diagnosis, never a claim */
    const struct toil_link_offset *offset; /* borrowed, ascending; empty: UTC */
    size_t offset_count;
    const struct toil_link_source *source; /* borrowed */
    size_t source_count;
    const struct toil_link_topic *topic; /* borrowed */
    size_t topic_count;
    uint32_t tag_count, scope_count;
    uint64_t seed; /* of every random draw; each use derives its own stream from it, so that order does not matter */
};

#endif
