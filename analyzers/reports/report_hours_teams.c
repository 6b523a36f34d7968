/* What report hours does not tell of a team of fewer than three people: when of the day they work. Hours of components
 * stay; so does the total where nobody's can be worked out from it. */
#include <string.h>

#include "report_hours.h"

static const char *team_of(const struct toil_hours_rows *hours, size_t row)
{
    return toil_result_text(hours->rows, row, TOIL_HOURS_ROW_TEAM);
}

const char *toil_hours_withheld(struct toil_hours_rows *hours, size_t row)
{
    enum toil_team_size size = toil_team_size_of(&hours->sizes, team_of(hours, row));
    return size == TOIL_TEAM_FEW ? TOIL_TEAM_FEW_WHY : size == TOIL_TEAM_BESIDE ? TOIL_TEAM_BESIDE_WHY : NULL;
}

const char *toil_hours_withheld_period(struct toil_hours_rows *hours, size_t first)
{
    const char *why = NULL;
    for (size_t r = first; !why && r < toil_result_rows(hours->rows) && toil_hours_same_period(hours->rows, first, r);
         r++)
        why = toil_hours_withheld(hours, r);
    return why;
}

const char *toil_hours_withheld_total(struct toil_hours_rows *hours)
{
    const char *why = NULL, *team = NULL;
    for (size_t r = 0; r < toil_result_rows(hours->rows); r++) {
        const char *own = toil_hours_withheld(hours, r);
        if (own && team && strcmp(team, team_of(hours, r)) != 0)
            return NULL;
        if (own) {
            team = team_of(hours, r);
            why = own;
        }
    }
    return why;
}

void toil_hours_note_teams(struct toil_scope *scope, struct toil_hours_rows *hours)
{
    bool few = false, beside = false;
    for (size_t r = 0; r < toil_result_rows(hours->rows); r++) {
        enum toil_team_size size = toil_team_size_of(&hours->sizes, team_of(hours, r));
        few = few || size == TOIL_TEAM_FEW;
        beside = beside || size == TOIL_TEAM_BESIDE;
    }
    if (few || beside)
        toil_report_note(scope->report,
                         "Working, evening and night hours of a team of fewer than three people are not told: they "
                         "would be a person's day.%s",
                         beside ? " Those of the team with the next fewest people are withheld with them: else a total "
                                  "less the others would tell them."
                                : "");
    toil_team_sizes_note_unknown(scope, &hours->sizes);
}
