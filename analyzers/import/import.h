/* Lines to tables: the decoder, batch and store of the daemon, fed from files. Repeating an import changes no event
 * and no quarantined line. */
#ifndef TOIL_IMPORT_H
#define TOIL_IMPORT_H

#include "import_read.h"
#include "toilmeter/mapping.h"
#include "toilmeter/store.h"

struct toil_import_counts {
    uint64_t lines, blank; /* blank ones are counted as skipped */
    uint64_t skipped;      /* lines that the mapping makes nothing of */
    uint64_t stored, duplicates, older, quarantined, unknown_fields;
    uint64_t reason[TOIL_REASON_COUNT]; /* unusable lines, those that were in quarantine before included */
    uint64_t kind[TOIL_N_KINDS];        /* events, duplicates included */
};

/* Called after every write, to show progress. */
typedef void (*toil_import_fn)(void *context, const struct toil_import_counts *counts);

struct toil_import; /* opaque */

/* All borrowed. db: usable, of the right schema. mapping: NULL for canonical events. cluster: the key of intake and
 * quarantine. now_us: the wall clock. */
struct toil_import *toil_import_new(struct toil_db *db, struct toil_people *people,
                                    const struct toil_decode_options *options, struct toil_mapping *mapping,
                                    const char *cluster, int64_t now_us);
void toil_import_free(struct toil_import *import);

/* Imports one file under `topic`. counts is filled as far as it came, also on an error: what is counted there is
 * committed. report may be NULL. */
enum toil_status toil_import_file(struct toil_import *import, struct toil_input *lines, const char *topic,
                                  toil_import_fn report, void *context, struct toil_import_counts *counts,
                                  struct toil_error *err) TOIL_MUST_CHECK;

#endif
