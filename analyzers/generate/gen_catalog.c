/* The demo's catalog.yaml and the collector's configuration. */
#include "gen_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void add_date(struct toil_buf *out, int64_t day)
{
    int64_t year;
    unsigned month, date;
    toil_civil_from_days(day, &year, &month, &date);
    toil_buf_printf(out, "%04" PRId64 "-%02u-%02u", year, month, date);
}

static void add_minutes(struct toil_buf *out, int minute)
{
    toil_buf_printf(out, "%02d:%02d", minute / 60, minute % 60);
}

static void add_head(const struct gen_world *world, struct toil_buf *out)
{
    toil_buf_printf(out, "# The demo's company, made by toilmeter generate --seed %" PRId64 ".\n", world->options.seed);
    toil_buf_add_text(out, "currency: EUR\nzone: Europe/Prague\nsprints: {start: ");
    add_date(out, world->first_day);
    toil_buf_add_text(out, ", length: 2w}\npeople_hours_per_sprint: 80\nticket_cost:\n  - {from: ");
    add_date(out, world->first_day);
    toil_buf_add_text(out, ", amount: 11}\n  - {from: ");
    add_date(out, world->first_day + world->day_count / 4);
    toil_buf_add_text(out, ", amount: 12}\n");
}

/* Rates rise after a quarter of the time. */
static void add_team(const struct gen_world *world, const struct gen_team *team, struct toil_buf *out)
{
    toil_buf_printf(out, "  - name: %s\n    zone: %s\n    working: Mon-Fri ", team->name, gen_place_zone(team->place));
    add_minutes(out, team->from_minute);
    toil_buf_add_char(out, '-');
    add_minutes(out, team->to_minute);
    toil_buf_add_text(out, "\n    evening: ");
    add_minutes(out, team->to_minute);
    toil_buf_add_text(out, "-22:00\n    rate: [{from: ");
    add_date(out, world->first_day);
    toil_buf_printf(out, ", amount: %.0f}, {from: ", team->rate);
    add_date(out, world->first_day + world->day_count / 4);
    toil_buf_printf(out, ", amount: %.0f}]\n", team->rate + 3);
}

static void add_component(const struct gen_component *c, struct toil_buf *out)
{
    toil_buf_printf(out, "  - name: %s\n    team: %s\n    match: [%s", c->name, gen_teams[c->team].name, c->name);
    if (c->match)
        toil_buf_printf(out, ", \"%s\"", c->match);
    toil_buf_add_text(out, "]\n");
    if (c->subject)
        toil_buf_printf(out, "    topics: [%s]\n", c->subject);
}

struct item {
    const char *id, *title, *components, *leader, *teams, *goal, *state;
    int proposed_sprint; /* counted from the start */
    double sprints, people;
    const char *promise; /* what stands in its braces */
    const char *payback;
};

static const struct item items[] = {
    {"TD-1", "Rebuild queue load balancing", "queue-balancer", "platform-lead", "platform", "data is never late",
     "proposed", 10, 2, 1, "measure: manual_hours, change: -90%, within: 8w", "8w"},
    {"TD-2", "Split the record that everybody reads", "record-sync, mobile-api, export-service", "data-lead",
     "data, mobile", "pages open in a second", "proposed", 16, 4, 2,
     "measure: \"metric:load_time\", change: -50%, within: 26w", "52w"},
    {"TD-3", "Rewrite routing", "route-planner, routing-gateway", "routing-lead", "routing", "routes are right",
     "shipped", 2, 10, 3, "measure: tickets, change: -30%, within: 26w", "104w"},
    {"TD-4", "One service for shared records", "order-desk, profile-pages, customer-portal", "web-lead", "web",
     "features in half the time", "shipped", 3, 6, 2, "measure: development_hours, change: -20%, within: 26w", "52w"},
    {"TD-5", "Upgrade the orders database", "orders-db", "data-lead", "data", "pages open in a second", "planned", 14,
     3, 2, "measure: tickets, change: -60%, within: 12w", "26w"},
    {"TD-6", "Themes for everybody", "theme-engine", "web-lead", "web", NULL, "proposed", 18, 3, 1,
     "measure: tickets, change: -20%, within: 26w", NULL},
};

static void add_goals(const struct gen_world *world, struct toil_buf *out)
{
    static const char *const goals[][2] = {{"data is never late", "cto"},
                                           {"pages open in a second", "cto"},
                                           {"routes are right", "head-of-product"},
                                           {"features in half the time", "head-of-engineering"}};
    toil_buf_add_text(out, "goals:\n");
    for (size_t i = 0; i < sizeof goals / sizeof *goals; i++) {
        toil_buf_printf(out, "  - {name: %s, owner: %s, by: ", goals[i][0], goals[i][1]);
        add_date(out, world->first_day + world->day_count + 182);
        toil_buf_add_text(out, "}\n");
    }
}

static void add_item(const struct gen_world *world, const struct item *item, struct toil_buf *out)
{
    toil_buf_printf(out, "  - id: %s\n    title: %s\n    components: [%s]\n    leader: %s\n    teams: [%s]\n", item->id,
                    item->title, item->components, item->leader, item->teams);
    if (item->goal)
        toil_buf_printf(out, "    goal: %s\n", item->goal);
    toil_buf_printf(out, "    state: %s\n    proposed: ", item->state);
    int64_t sprint = item->proposed_sprint * (int64_t)world->sprint_count / 26;
    add_date(out, world->first_day + sprint * GEN_SPRINT_DAYS + 7);
    if (strcmp(item->state, "shipped") == 0) {
        toil_buf_add_text(out, "\n    shipped: ");
        add_date(out, gen_place_day(GEN_PRAGUE, world->ship_us, NULL));
    }
    toil_buf_printf(out, "\n    effort: {sprints: %g, people: %g}\n    promise: {%s}\n", item->sprints, item->people,
                    item->promise);
    if (item->payback)
        toil_buf_printf(out, "    payback_target: %s\n", item->payback);
}

void gen_write_catalog(const struct gen_world *world, struct toil_buf *out)
{
    add_head(world, out);
    toil_buf_add_text(out, "teams:\n");
    for (size_t i = 0; i < GEN_TEAM_COUNT; i++)
        add_team(world, &gen_teams[i], out);
    toil_buf_add_text(out, "components:\n");
    for (size_t i = 0; i < world->component_count; i++)
        add_component(&world->component[i], out);
    add_goals(world, out);
    toil_buf_add_text(out, "items:\n");
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        add_item(world, &items[i], out);
}

void gen_write_collector(struct toil_buf *out)
{
    toil_buf_add_text(out, "# The demo's collector: canonical events. Broker and database come from the environment\n"
                           "# (TOILMETER_KAFKA__BOOTSTRAP_SERVERS, PG*), the key for pseudonyms is made on first use.\n"
                           "cluster: demo\nkafka:\n  bootstrap.servers: 127.0.0.1:9092\n  group.id: toilmeter-demo\n"
                           "topics:\n");
    for (size_t i = 0; i < GEN_TOPIC_COUNT; i++) {
        enum toil_kind kind = gen_topic_kind((enum gen_topic)i);
        toil_buf_printf(out, "  - {topic: %s", gen_topic_name((enum gen_topic)i));
        if (kind != TOIL_KIND_NONE)
            toil_buf_printf(out, ", kind: %s", toil_kinds[kind].name);
        toil_buf_add_text(out, "}\n");
    }
    toil_buf_add_text(out, "people: {key_file: people.key, robots: [\"~^svc-\", deploy-bot]}\n"
                           "http: {listen: 127.0.0.1:0}\n");
}
