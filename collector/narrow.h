/* Narrowing a refused row down to one message. The database says that some row of a parcel is refused for its contents,
 * not which: so what the parcel held is read again in halves, until the message stands alone and is known. It is kept
 * in mind until it has been stored in the quarantine; then parcels have their full size again. Pure. */
#ifndef COLLECTOR_NARROW_H
#define COLLECTOR_NARROW_H

#include "parcel.h"

struct narrow {
    uint64_t limit;    /* greatest number of messages of a parcel; 0: no limit but the usual */
    uint64_t left;     /* messages still to be stored before the limit is lifted without a culprit */
    const char *topic; /* of the message found; NULL while it is not. Borrowed from the configuration */
    int32_t partition;
    int64_t offset;
    char sqlstate[6];
};

/* A parcel was refused. False when it held no message: then no message is to blame. */
bool narrow_refused(struct narrow *narrow, const struct parcel *parcel, const char *sqlstate);
/* A parcel was stored. */
void narrow_stored(struct narrow *narrow, const struct parcel *parcel);
/* Is this the message that was found? */
bool narrow_is_culprit(const struct narrow *narrow, const struct position *position, int64_t offset);

#endif
