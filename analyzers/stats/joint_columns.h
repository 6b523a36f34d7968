/* Columns of the joint fit: for each ticket of a topic, how many events of one source each lag band holds before it,
 * and each band's whole exposure. Pure. Internal to the joint fit (joint.h). */
#ifndef TOIL_STATS_JOINT_COLUMNS_H
#define TOIL_STATS_JOINT_COLUMNS_H

#include "joint.h"

/* Tickets of a topic by scope: slot 0 are those without one. */
struct toil_joint_slots {
    size_t count;
    uint32_t *scope; /* [count] ascending from slot 1 on; scope[0] is TOIL_NO_SCOPE; owned */
    size_t *begin;   /* [count + 1] into order; owned */
    uint32_t *order; /* tickets by slot, then time; owned */
    uint32_t *slot;  /* [tickets]; owned */
    double *part;    /* [count] share of the topic's tickets; owned */
};
void toil_joint_slots_init(struct toil_joint_slots *slots, const struct toil_link_topic *topic);
void toil_joint_slots_release(struct toil_joint_slots *slots);

/* Exposure of tickets to one source; entries by band, then scope, then ticket. */
struct toil_joint_entry {
    uint32_t ticket;
    uint16_t source; /* of the fit; 0 outside of one */
    uint8_t band;
    double x;
};
struct toil_joint_columns {
    struct toil_joint_entry *entry; /* owned */
    size_t count, cap;
};
/* Bands that may take no blame have no entries. */
void toil_joint_columns_init(struct toil_joint_columns *columns, const struct toil_link_data *data,
                             const struct toil_link_topic *topic, const struct toil_joint_slots *slots,
                             const struct toil_joint_source *source);
/* Exposure of all scopes by week and band, in operational hours: passed[cell_count + 1] up to each cell's begin.
 * week[week_count][band_count] is filled; 0 of bands that may take no blame. */
void toil_joint_expose(const struct toil_link_clock *clock, const struct toil_link_data *data,
                       const struct toil_joint_source *source, const double *passed, double *week);
void toil_joint_columns_release(struct toil_joint_columns *columns);

#endif
