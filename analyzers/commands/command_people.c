/* The code behind command_people.h. */
#include "command_people.h"

#include <stdlib.h>
#include <unistd.h>

#include "toilmeter/store.h"

static const char *key_file_of(const struct toil_people_options *options)
{
    const char *variable = getenv(TOIL_PEOPLE_KEY_VARIABLE);
    if (options->key_file)
        return options->key_file;
    return variable && *variable ? variable : TOIL_PEOPLE_KEY_FILE;
}

enum toil_status toil_command_people(struct toil_db *db, const struct toil_people_options *options,
                                     struct toil_people **out, struct toil_error *err)
{
    bool known = false;
    const char *file = key_file_of(options);
    *out = NULL;
    enum toil_status status = toil_store_has_key(db, &known, err);
    if (status == TOIL_OK)
        status = toil_people_open(file, !known, options->robots.item, options->robots.count, out, err);
    if (status != TOIL_OK && known && access(file, F_OK) != 0)
        toil_error_hint(err,
                        "the database knows a key already: bring the daemon's key file here, or name it: --key-file");
    if (status == TOIL_OK)
        status = toil_store_check_key(db, toil_people_fingerprint(*out), err);
    if (status == TOIL_FATAL && !err->sqlstate[0])
        err->status = status = TOIL_BAD_INPUT; /* the key file, not the database, is what must be mended */
    if (status != TOIL_OK) {
        toil_people_free(*out);
        *out = NULL;
    }
    return status;
}
