/* People's days: nobody works on two things at once, and nobody works without a pause between two. */
#include "gen_world.h"

enum { LEAVE_DAYS = 14, SEARCH_DAYS = 40 };

bool gen_person_shift(const struct gen_world *world, size_t person, int64_t day, struct gen_interval *out)
{
    const struct gen_person *p = &world->person[person];
    const struct gen_team *team = &gen_teams[p->team];
    if (!gen_working_day(team->place, day))
        return false;
    for (size_t i = 0; i < 2; i++)
        if (day >= p->away_from[i] && day < p->away_from[i] + LEAVE_DAYS)
            return false;
    out->from_us = gen_place_instant_us(team->place, day, team->from_minute);
    out->to_us = gen_place_instant_us(team->place, day, team->to_minute);
    return out->from_us >= world->start_us && out->to_us <= world->end_us;
}

/* Index of a local day in the diary, or -1 outside it. */
static int64_t day_index(const struct gen_world *world, int64_t day)
{
    int64_t index = day - world->first_day + 1;
    return index >= 0 && index < world->day_count + 2 ? index : -1;
}

/* First booked stretch of a day's list that leaves no pause before or after `when`, or NULL. */
static const struct gen_interval *clash(const struct gen_day *day, struct gen_interval when)
{
    for (size_t i = 0; i < day->count; i++)
        if (when.from_us < day->item[i].to_us + GEN_PAUSE_US && day->item[i].from_us < when.to_us + GEN_PAUSE_US)
            return &day->item[i];
    return NULL;
}

static const struct gen_interval *clash_near(const struct gen_world *world, size_t person, struct gen_interval when)
{
    enum gen_place place = gen_teams[world->person[person].team].place;
    int64_t day = gen_place_day(place, when.from_us, NULL);
    for (int64_t d = day - 1; d <= day + 1; d++) {
        int64_t index = day_index(world, d);
        const struct gen_interval *found = index < 0 ? NULL : clash(&world->person[person].day[index], when);
        if (found)
            return found;
    }
    return NULL;
}

bool gen_person_free(const struct gen_world *world, size_t person, struct gen_interval when)
{
    return when.from_us >= world->start_us && when.to_us < world->end_us && !clash_near(world, person, when);
}

static void add_session(struct gen_world *world, struct gen_session session)
{
    if (world->session_count == world->session_cap) {
        world->session_cap = world->session_cap ? 2 * world->session_cap : 4096;
        world->session = toil_xreallocarray(world->session, world->session_cap, sizeof *world->session);
    }
    world->session[world->session_count++] = session;
}

void gen_book(struct gen_world *world, size_t person, struct gen_interval when, size_t component, enum gen_work work,
              enum gen_trace trace)
{
    enum gen_place place = gen_teams[world->person[person].team].place;
    int64_t index = day_index(world, gen_place_day(place, when.from_us, NULL));
    struct gen_day *day = &world->person[person].day[index < 0 ? 0 : index];
    if (day->count == day->cap) {
        day->cap = day->cap ? 2 * day->cap : 8;
        day->item = toil_xreallocarray(day->item, day->cap, sizeof *day->item);
    }
    size_t at = day->count++;
    for (; at > 0 && day->item[at - 1].from_us > when.from_us; at--)
        day->item[at] = day->item[at - 1];
    day->item[at] = when;
    add_session(world, (struct gen_session){person, component, work, trace, when});
}

static bool find_for_person(const struct gen_world *world, size_t person, int64_t earliest_us, int64_t latest_us,
                            int64_t length_us, int64_t *start_us)
{
    enum gen_place place = gen_teams[world->person[person].team].place;
    int64_t first = gen_place_day(place, earliest_us, NULL);
    for (int64_t day = first; day < first + SEARCH_DAYS; day++) {
        struct gen_interval shift;
        if (!gen_person_shift(world, person, day, &shift))
            continue;
        if (shift.from_us > latest_us)
            return false;
        int64_t start = shift.from_us > earliest_us ? shift.from_us : earliest_us;
        while (start + length_us <= shift.to_us && start + length_us <= latest_us) {
            const struct gen_interval *busy =
                clash_near(world, person, (struct gen_interval){start, start + length_us});
            if (!busy) {
                *start_us = start;
                return true;
            }
            start = busy->to_us + GEN_PAUSE_US;
        }
    }
    return false;
}

bool gen_find_slot(const struct gen_world *world, enum gen_team_id team, int64_t earliest_us, int64_t latest_us,
                   int64_t length_us, size_t *person, int64_t *start_us)
{
    bool found = false;
    for (size_t i = 0; i < world->person_count; i++) {
        int64_t start;
        if (world->person[i].team != team ||
            !find_for_person(world, i, earliest_us, found ? *start_us + length_us - 1 : latest_us, length_us, &start))
            continue;
        if (!found || start < *start_us) {
            found = true;
            *person = i;
            *start_us = start;
        }
    }
    return found;
}

size_t gen_on_call(const struct gen_world *world, enum gen_team_id team, int64_t time_us)
{
    size_t count = 0, found = 0;
    for (size_t i = 0; i < world->person_count; i++)
        count += world->person[i].team == team;
    size_t sprint = (size_t)((time_us - world->start_us) / (GEN_SPRINT_DAYS * TOIL_US_PER_DAY));
    size_t turn = count ? sprint % count : 0;
    for (size_t i = 0; i < world->person_count; i++)
        if (world->person[i].team == team && turn-- == 0)
            found = i;
    return found;
}
