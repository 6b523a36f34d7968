/* From message to batch: decodes, or puts whole into the quarantine with the reason. Used by one thread. */
#ifndef COLLECTOR_INTAKE_H
#define COLLECTOR_INTAKE_H

#include "source.h"
#include "toilmeter/batch.h"
#include "toilmeter/config.h"
#include "toilmeter/people.h"

struct intake; /* opaque */

/* config: borrowed, must outlive it. people: taken. */
struct intake *intake_new(const struct toil_config *config, struct toil_people *people);
void intake_free(struct intake *intake);
/* Other robots from now on; people: taken. */
void intake_set_people(struct intake *intake, struct toil_people *people);

/* Adds a message to the batch. source: its index there; topic_index: of the configuration's topics. Returns why it was
 * quarantined, or TOIL_REASON_NONE. */
enum toil_reason intake_take(struct intake *intake, struct toil_batch *batch, uint32_t source, unsigned topic_index,
                             const struct source_message *message, int64_t now_us);
/* Adds a message that the database refused. sqlstate: borrowed for the call. */
void intake_take_refused(struct intake *intake, struct toil_batch *batch, uint32_t source,
                         const struct source_message *message, const char *sqlstate);

#endif
