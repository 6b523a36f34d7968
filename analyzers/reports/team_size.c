/* Teams of so few people that numbers of the team are numbers of a person. */
#include <string.h>

#include "team_size.h"

enum size_field { S_TEAM, S_SIZE };

static enum toil_team_size size_at(const struct toil_result *rows, size_t row)
{
    const char *size = toil_result_text(rows, row, S_SIZE);
    if (strcmp(size, "few") == 0)
        return TOIL_TEAM_FEW;
    return strcmp(size, "beside") == 0 ? TOIL_TEAM_BESIDE : TOIL_TEAM_ENOUGH;
}

enum toil_status toil_team_sizes_fetch(struct toil_scope *scope, struct toil_team_sizes *out, struct toil_error *err)
{
    *out = (struct toil_team_sizes){0};
    enum toil_status status =
        toil_scope_query(scope, &toil_sql_report_teams, TOIL_PARAMS({scope->run_id}), &out->rows, err);
    for (size_t r = 0; status == TOIL_OK && r < toil_result_rows(out->rows); r++)
        out->few += size_at(out->rows, r) == TOIL_TEAM_FEW;
    return status;
}

void toil_team_sizes_release(struct toil_team_sizes *sizes)
{
    toil_result_free(sizes->rows);
    *sizes = (struct toil_team_sizes){0};
}

enum toil_team_size toil_team_size_of(struct toil_team_sizes *sizes, const char *team)
{
    if (!team || !*team)
        return TOIL_TEAM_ENOUGH;
    for (size_t r = 0; r < toil_result_rows(sizes->rows); r++)
        if (strcmp(toil_result_text(sizes->rows, r, S_TEAM), team) == 0)
            return size_at(sizes->rows, r);
    sizes->unknown = true;
    return TOIL_TEAM_UNKNOWN;
}

void toil_team_sizes_note_unknown(struct toil_scope *scope, const struct toil_team_sizes *sizes)
{
    if (sizes->unknown)
        toil_report_note(scope->report, "How many people stand behind a team's hours is not known: its events name "
                                        "nobody, or the run was made before they were counted. So nothing is withheld "
                                        "of a team of fewer than three.");
}
