/* Which teams' time may not be broken down by what tells of a person's day: their share of toil, their other work,
 * their hours by working time, evening and night. A team of one or two persons has none of these, in no format. A
 * report that has a total beside its teams withholds the next team, too, where one alone would be withheld: else that
 * one's numbers would be the total less all others. Decided once for a run, over all of its window, whatever part of it
 * is asked for.
 */
#ifndef TOIL_TEAM_SIZE_H
#define TOIL_TEAM_SIZE_H

#include "report_scope.h"

#define TOIL_TEAM_FEW_WHY    "fewer than three people"
#define TOIL_TEAM_BESIDE_WHY "withheld with a smaller team's, which would else be the total less the others"

enum toil_team_size {
    TOIL_TEAM_UNKNOWN, /* its events name nobody, or the run was made before people were counted */
    TOIL_TEAM_FEW,     /* fewer than three people */
    TOIL_TEAM_BESIDE,  /* the one with the fewest people of the others, where only one has few */
    TOIL_TEAM_ENOUGH,
};

struct toil_team_sizes {
    struct toil_result *rows; /* owned */
    size_t few;               /* teams of fewer than three people */
    bool unknown;             /* a team was asked for of which it is not known */
};

/* Of the scope's run. */
enum toil_status toil_team_sizes_fetch(struct toil_scope *scope, struct toil_team_sizes *out,
                                       struct toil_error *err) TOIL_MUST_CHECK;
void toil_team_sizes_release(struct toil_team_sizes *sizes);
/* No team (NULL, ""): enough, since what has no team tells of none. */
enum toil_team_size toil_team_size_of(struct toil_team_sizes *sizes, const char *team);
/* Notes that it is not known of a team that was asked for, if so. */
void toil_team_sizes_note_unknown(struct toil_scope *scope, const struct toil_team_sizes *sizes);

#endif
