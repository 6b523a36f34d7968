/* The catalog: teams, components, matching rules, sprints, rates, goals and debt items, as the catalog file declares
 * them. Read whole from YAML, or from the canonical JSON that a database keeps (JSON is YAML, so by the same reader).
 */
#ifndef TOIL_CATALOG_H
#define TOIL_CATALOG_H

#include "calendar.h"
#include "toilmeter/pattern.h"

#define TOIL_UNMAPPED    "(unmapped)"    /* a raw name that no rule matches */
#define TOIL_UNEXPLAINED "(unexplained)" /* a ticket or hour that names no component */

/* What ISO 4217 has for "no currency". */
#define TOIL_NO_CURRENCY "XXX"

/* An amount of the catalog's currency from a date on. Lists are sorted by date. */
struct toil_rate {
    int64_t from_day; /* days since 1970-01-01 */
    double amount;
};
struct toil_rates {
    struct toil_rate *item; /* owned */
    size_t count;
};

struct toil_team {
    char *name;              /* owned, as every text here */
    struct toil_zone *zone;  /* owned */
    char *working, *evening; /* as written */
    struct toil_calendar calendar;
    struct toil_rates rate; /* of one hour */
};

struct toil_component {
    char *name;
    size_t team;  /* index into team[], SIZE_MAX when none */
    char **match; /* as written */
    struct toil_pattern **pattern;
    size_t match_count;
    char **topic;
    size_t topic_count;
};

struct toil_goal {
    char *name, *leader;
    int64_t by_day; /* INT64_MIN when not given */
};

enum toil_item_state {
    TOIL_ITEM_PROPOSED,
    TOIL_ITEM_PLANNED,
    TOIL_ITEM_IN_PROGRESS,
    TOIL_ITEM_SHIPPED,
    TOIL_ITEM_DROPPED
};

struct toil_item {
    char *id, *title, *leader;
    size_t *component; /* indices */
    size_t component_count;
    size_t *team;
    size_t team_count;
    size_t goal; /* SIZE_MAX when none */
    enum toil_item_state state;
    int64_t proposed_day, shipped_day;    /* INT64_MIN when not given */
    double effort_sprints, effort_people; /* NAN when not given */
    char *promise_measure;                /* NULL when there is no promise */
    double promise_change;                /* -0.9 for "-90%" */
    int64_t promise_within_days;
    int64_t payback_target_days; /* 0 when not given */
};

struct toil_name_cache; /* opaque */

struct toil_catalog {
    char *currency;                /* three capital letters; XXX (no currency) when not given, and no amount is */
    struct toil_zone *zone;        /* owned; UTC when absent */
    struct toil_calendar calendar; /* for what has no team: the zone, Mon-Fri 09:00-17:00, evening 17:00-22:00 */
    int64_t sprint_start_day;
    int sprint_days;
    double people_hours_per_sprint;
    struct toil_rates ticket_cost;
    struct toil_team *team;
    size_t team_count;
    struct toil_component *component;
    size_t component_count;
    struct toil_goal *goal;
    size_t goal_count;
    struct toil_item *item;
    size_t item_count;
    char **warning; /* what was accepted but is likely a slip, a line each */
    size_t warning_count;
    struct toil_name_cache *names; /* owned: raw names that toil_catalog_match has met; one thread at a time */
};

/* What the keys `state` and `measure` may say, NULL-terminated; toil_item_states in the order of enum toil_item_state,
 * toil_measures without metric:NAME. */
extern const char *const toil_item_states[];
extern const char *const toil_measures[];

/* Errors name file, line, column, key and what was expected. *out: owned. */
enum toil_status toil_catalog_load_file(const char *path, struct toil_catalog **out,
                                        struct toil_error *err) TOIL_MUST_CHECK;
enum toil_status toil_catalog_load_text(const char *name, struct toil_span text, struct toil_catalog **out,
                                        struct toil_error *err) TOIL_MUST_CHECK;
/* No team, no component, UTC, two-week sprints from 2024-01-01 (a Monday): what holds before a catalog is applied. */
struct toil_catalog *toil_catalog_empty(void);
void toil_catalog_free(struct toil_catalog *catalog);

/* Canonical JSON: the same keys as the YAML, fixed order, every default written out. Loading it gives an equal catalog.
 */
void toil_catalog_to_json(const struct toil_catalog *catalog, struct toil_buf *out);

/* Names, rules and other texts of a catalog have at most so many bytes. */
enum { TOIL_CATALOG_NAME_BYTES = 256 };
/* No control character and no line separator in it? An empty text holds none. */
bool toil_catalog_may_hold(struct toil_span text);
/* Can it stand in a catalog file as a name or a rule: 1 to TOIL_CATALOG_NAME_BYTES of the above, no blanks around? */
bool toil_catalog_name_fits(struct toil_span text);

/* The component of a raw name: first match wins, in file order. SIZE_MAX when no rule matches. */
size_t toil_catalog_match(const struct toil_catalog *catalog, struct toil_span raw);
/* Components that declare a support topic: fills up to `room` indices, returns how many there are. */
size_t toil_catalog_topic(const struct toil_catalog *catalog, struct toil_span topic, size_t *out, size_t room);
/* The amount in force on a day; NAN before the first. */
double toil_rates_on(const struct toil_rates *rates, int64_t day);

#endif
