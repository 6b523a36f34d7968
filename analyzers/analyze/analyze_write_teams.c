/* How many persons stand behind the hours of each team: run_team. */
#include <stdlib.h>

#include "analyze_write.h"

#define TEAM_LEAST 3 /* persons; of fewer no number is kept */

struct team_people {
    uint32_t last, count; /* last: the person that was counted last, plus one */
    bool seen;            /* it has hours */
};

/* Counts a person once in each team that one of its traces gives hours to; traces of one person stand together. */
static void count_trace(const struct toil_analysis *analysis, const struct toil_trace *trace, struct team_people *team)
{
    const struct toil_names *names = &analysis->names;
    const struct toil_split *split = &names->split[analysis->item[trace->item].split];
    for (uint32_t i = split->begin; i < split->begin + split->count; i++) {
        size_t index = toil_component_team(names, names->part[i].component);
        if (index == SIZE_MAX || team[index].last == trace->actor + 1)
            continue;
        team[index].last = trace->actor + 1;
        team[index].count++;
    }
}

/* By team of the catalog. Owned by the caller. */
static struct team_people *count_people(const struct toil_analysis *analysis)
{
    struct team_people *team = toil_xcalloc(analysis->catalog->team_count + 1, sizeof *team);
    for (size_t i = 0; i < analysis->trace_count; i++) {
        if (analysis->trace[i].actor < analysis->people.count) /* else nobody knows who it was */
            count_trace(analysis, &analysis->trace[i], team);
    }
    for (size_t i = 0; i < analysis->hours.cell_count; i++) {
        size_t index = toil_component_team(&analysis->names, analysis->hours.cell[i].component);
        if (index != SIZE_MAX)
            team[index].seen = true;
    }
    return team;
}

enum toil_status toil_write_teams(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                  struct toil_error *err)
{
    struct team_people *team = count_people(analysis);
    for (size_t i = 0; i < analysis->catalog->team_count; i++) {
        if (!team[i].seen || team[i].count == 0) /* events that name nobody tell of no person's day */
            continue;
        toil_copy_row(copy, 3);
        toil_copy_int64(copy, run_id);
        toil_copy_text(copy, toil_span_of(analysis->catalog->team[i].name));
        toil_copy_int32_or_null(copy, (int32_t)team[i].count, team[i].count < TEAM_LEAST);
    }
    free(team);
    return toil_copy_send(copy, true, err);
}
