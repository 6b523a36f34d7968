/* From parcels and positions to counters: what became of a committed parcel, and how far behind reading is. */
#ifndef COLLECTOR_TALLY_H
#define COLLECTOR_TALLY_H

#include "counters.h"
#include "parcel.h"

/* Counts a parcel that was committed. seconds: from handing it over to its commit. */
void tally_parcel(struct counters *counters, const char *const *topics, size_t topic_count, const struct parcel *parcel,
                  double seconds);
/* Publishes the lag of every partition; known: the ends are fresh, the broker answers. */
void tally_lags(struct counters *counters, const struct positions *positions, bool known);

#endif
