/* Halving parcels: the code behind narrow.h. */
#include "narrow.h"

#include <stdio.h>

bool narrow_refused(struct narrow *narrow, const struct parcel *parcel, const char *sqlstate)
{
    uint64_t messages = parcel->batch.messages;
    if (messages == 0)
        return false;
    if (narrow->limit == 0 || messages > narrow->left)
        narrow->left = messages;
    narrow->limit = messages > 1 ? messages / 2 : 1;
    if (messages == 1) {
        narrow->topic = parcel->last_topic;
        narrow->partition = parcel->last_partition;
        narrow->offset = parcel->last_offset;
        snprintf(narrow->sqlstate, sizeof narrow->sqlstate, "%s", sqlstate);
    }
    return true;
}

void narrow_stored(struct narrow *narrow, const struct parcel *parcel)
{
    uint64_t messages = parcel->batch.messages;
    narrow->left -= messages < narrow->left ? messages : narrow->left;
    bool settled = narrow->topic && narrow->topic == parcel->last_topic &&
                   narrow->partition == parcel->last_partition && narrow->offset == parcel->last_offset;
    if (settled) /* not before it is stored: else the next bad row would make this one be looked for again */
        narrow->topic = NULL;
    if (settled || (narrow->left == 0 && !narrow->topic))
        narrow->limit = 0;
}

bool narrow_is_culprit(const struct narrow *narrow, const struct position *position, int64_t offset)
{
    return narrow->topic == position->topic && narrow->partition == position->partition && narrow->offset == offset;
}
