/* The key of the pseudonyms and the robots' names, for commands that store events or forget people. */
#ifndef TOIL_COMMAND_PEOPLE_H
#define TOIL_COMMAND_PEOPLE_H

#include "toilmeter/db.h"
#include "toilmeter/options.h"
#include "toilmeter/people.h"

struct toil_people_options {
    const char *key_file; /* borrowed; NULL: $TOILMETER_PEOPLE__KEY_FILE, else the daemon's default */
    struct toil_option_list robots;
};

#define TOIL_PEOPLE_KEY_VARIABLE "TOILMETER_PEOPLE__KEY_FILE" /* the daemon's */

/* A row of an option table for a struct whose member `member` is a struct toil_people_options. */
#define TOIL_KEY_FILE_OPTION_ROW(type, member)                                                                         \
    {                                                                                                                  \
        "key-file", TOIL_OPTION_TEXT, offsetof(type, member.key_file), "FILE", NULL,                                   \
            "the key of the pseudonyms, the same as the daemon's; by default $" TOIL_PEOPLE_KEY_VARIABLE               \
            ", else " TOIL_PEOPLE_KEY_FILE                                                                             \
    }
#define TOIL_PEOPLE_OPTION_ROWS(type, member)                                                                          \
    TOIL_KEY_FILE_OPTION_ROW(type, member),                                                                            \
    {                                                                                                                  \
        "robots", TOIL_OPTION_LIST, offsetof(type, member.robots), "NAME", NULL,                                       \
            "an actor who is no person; after ~ a regular expression"                                                  \
    }

/* Opens the key, and checks that it is the one that the database knows. The key is made only when neither the file nor
 * a fingerprint in the database is there yet. TOIL_BAD_INPUT: the key file must be mended. *out: owned. */
enum toil_status toil_command_people(struct toil_db *db, const struct toil_people_options *options,
                                     struct toil_people **out, struct toil_error *err) TOIL_MUST_CHECK;

#endif
