/* The code behind report_unmapped.h. */
#include "report_unmapped.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "names/proposal.h"
#include "report_list.h"
#include "report_numbers.h"
#include "report_scope.h"
#include "toilmeter/event.h"

#define MOST_NAMES       100000 /* kept in memory: 1 KiB each at worst */
#define READ_DEADLINE_MS 600000 /* of the server's silence while it sums all events */
#define TOP              20
#define ENOUGH           0.95 /* of the unmapped events: so many rules are told in the answer, */
#define MOST_TOLD        10   /* at most, and so many reasons in notes */

/* A raw name and what its events are. */
struct seen {
    size_t begin, len; /* in `bytes` */
    int64_t events, first_us, last_us;
    int64_t of_kind[TOIL_N_KINDS];
};

struct unmapped {
    const struct toil_unmapped_options *options;
    struct toil_report *report;
    struct toil_buf bytes; /* of all names, one after the other */
    struct seen *seen;     /* owned */
    size_t count, cap;
    struct toil_raw_name *raw; /* owned: the same names, for the families */
    struct toil_likely likely; /* components by name */
    struct toil_families families;
    int64_t events, unmapped;     /* with a name; of these without a component */
    int64_t beyond, beyond_names; /* of these not in memory: events, names */
    struct seen nameless;
    char from[32], to[32]; /* RFC 3339, "" when not given */
};

enum field { F_NAME, F_EVENTS, F_FIRST, F_LAST, F_KINDS, F_COUNT = F_KINDS + TOIL_N_KINDS };

/* ---- reading ---- */

static enum toil_status on_name(void *context, const struct toil_span *field, unsigned field_count,
                                struct toil_error *err)
{
    struct unmapped *unmapped = context;
    struct seen seen = {.begin = unmapped->bytes.len, .len = field[F_NAME].len};
    (void)err;
    seen.events = toil_field_int64(field[F_EVENTS]);
    seen.first_us = toil_field_time_us(field[F_FIRST]);
    seen.last_us = toil_field_time_us(field[F_LAST]);
    for (unsigned kind = 0; kind < TOIL_N_KINDS && F_KINDS + kind < field_count; kind++)
        seen.of_kind[kind] = toil_field_int64(field[F_KINDS + kind]);
    if (!field[F_NAME].ptr) {
        unmapped->nameless = seen;
        return TOIL_OK;
    }
    unmapped->events += seen.events;
    if (unmapped->count == MOST_NAMES) {
        bool mapped = toil_catalog_match(unmapped->options->catalog, field[F_NAME]) != SIZE_MAX;
        unmapped->beyond += mapped ? 0 : seen.events;
        unmapped->beyond_names += !mapped;
        return TOIL_OK;
    }
    if (unmapped->count == unmapped->cap) {
        unmapped->cap = unmapped->cap > 0 ? 2 * unmapped->cap : 256;
        unmapped->seen = toil_xreallocarray(unmapped->seen, unmapped->cap, sizeof *unmapped->seen);
    }
    toil_buf_add_span(&unmapped->bytes, field[F_NAME]);
    unmapped->seen[unmapped->count++] = seen;
    return TOIL_OK;
}

static enum toil_status read_window(struct unmapped *unmapped, struct toil_error *err)
{
    const struct toil_unmapped_options *options = unmapped->options;
    struct toil_zone *zone = options->catalog->zone;
    int64_t from_us = INT64_MIN, to_us = INT64_MAX;
    if (options->from && toil_zone_read_moment(zone, "from", options->from, &from_us, err) != TOIL_OK)
        return err->status;
    if (options->to && toil_zone_read_moment(zone, "to", options->to, &to_us, err) != TOIL_OK)
        return err->status;
    if (from_us >= to_us) {
        toil_error_set(err, TOIL_BAD_INPUT, "--from must be before --to");
        toil_error_hint(err, "--to is the first day that does not count any more");
        return TOIL_BAD_INPUT;
    }
    if (options->from)
        toil_time_format(from_us, unmapped->from);
    if (options->to)
        toil_time_format(to_us, unmapped->to);
    return TOIL_OK;
}

static enum toil_status read_names(struct unmapped *unmapped, struct toil_db *db, struct toil_error *err)
{
    enum toil_status status = read_window(unmapped, err);
    if (status != TOIL_OK)
        return status;
    const char *const texts[] = {*unmapped->from ? unmapped->from : NULL, *unmapped->to ? unmapped->to : NULL, NULL};
    const struct toil_param params[] = {{texts[0]}, {texts[1]}, {NULL}};
    toil_report_explain_query(unmapped->report, toil_sql_raw_names.name, toil_sql_raw_names.text, texts, 3);
    toil_db_deadline(db, READ_DEADLINE_MS);
    status = toil_db_stream(db, &toil_sql_raw_names, params, 3, on_name, unmapped, err);
    toil_db_deadline(db, 0);
    return status;
}

static void make_families(struct unmapped *unmapped)
{
    unmapped->raw = toil_xcalloc(unmapped->count, sizeof *unmapped->raw);
    unmapped->unmapped = unmapped->beyond;
    for (size_t i = 0; i < unmapped->count; i++) {
        const struct seen *seen = &unmapped->seen[i];
        const struct toil_span text = {unmapped->bytes.data + seen->begin, seen->len};
        bool mapped = toil_catalog_match(unmapped->options->catalog, text) != SIZE_MAX;
        unmapped->raw[i] = (struct toil_raw_name){text, seen->events, mapped};
        unmapped->unmapped += mapped ? 0 : seen->events;
    }
    toil_families_make(unmapped->raw, unmapped->count, &unmapped->families);
}

/* ---- telling ---- */

enum column {
    C_NAME,
    C_EVENTS,
    C_SHARE,
    C_PERCENT,
    C_NAMES,
    C_EXAMPLE,
    C_KINDS,
    C_FIRST,
    C_LAST,
    C_LAST_TEXT,
    C_RULE,
    C_COMPONENT,
    C_WHY,
    C_COUNT,
};

static const struct toil_column columns[C_COUNT] = {
    [C_NAME] = {.key = "name", .title = "name"},
    [C_EVENTS] = {.key = "events", .title = "events", .kind = TOIL_COLUMN_COUNT},
    [C_SHARE] = {.key = "share", .title = "share", .kind = TOIL_COLUMN_NUMBER, .machine = true},
    [C_PERCENT] =
        {.key = "percent", .title = "share", .unit = "%", .kind = TOIL_COLUMN_NUMBER, .decimals = 1, .people = true},
    [C_NAMES] = {.key = "names", .title = "names", .kind = TOIL_COLUMN_COUNT},
    [C_EXAMPLE] = {.key = "example", .title = "most frequent", .importance = 4},
    [C_KINDS] = {.key = "kinds", .title = "kinds", .kind = TOIL_COLUMN_LIST, .importance = 5},
    [C_FIRST] = {.key = "first_seen", .title = "first seen", .kind = TOIL_COLUMN_TIME, .machine = true},
    [C_LAST] = {.key = "last_seen", .title = "last seen", .kind = TOIL_COLUMN_TIME, .machine = true},
    [C_LAST_TEXT] = {.key = "last", .title = "last seen", .importance = 6, .people = true},
    [C_RULE] = {.key = "rule", .title = "rule", .importance = 2},
    [C_COMPONENT] = {.key = "component", .title = "component", .importance = 1},
    [C_WHY] = {.key = "why", .title = "why", .machine = true},
};

static const char *plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

static struct seen sum_of(const struct unmapped *unmapped, const struct toil_family *family)
{
    struct seen sum = unmapped->seen[family->member[0]];
    for (size_t m = 1; m < family->member_count; m++) {
        const struct seen *seen = &unmapped->seen[family->member[m]];
        sum.first_us = seen->first_us < sum.first_us ? seen->first_us : sum.first_us;
        sum.last_us = seen->last_us > sum.last_us ? seen->last_us : sum.last_us;
        for (unsigned kind = 0; kind < TOIL_N_KINDS; kind++)
            sum.of_kind[kind] += seen->of_kind[kind];
    }
    return sum;
}

/* "restart 12, ticket 3", the most first in the order of the kinds. */
static void add_kinds(struct toil_buf *people, const struct seen *seen)
{
    for (unsigned kind = 0; kind < TOIL_N_KINDS; kind++) {
        if (seen->of_kind[kind] == 0)
            continue;
        toil_buf_printf(people, "%s%s ", people->len > 0 ? ", " : "", toil_report_kind_title(toil_kinds[kind].name));
        toil_count_add(people, seen->of_kind[kind]);
    }
}

static void set_kinds(struct toil_report *report, const struct seen *seen)
{
    struct toil_buf json = TOIL_BUF_INIT, people = TOIL_BUF_INIT;
    toil_list_item(&json);
    for (unsigned kind = 0; kind < TOIL_N_KINDS; kind++)
        if (seen->of_kind[kind] > 0)
            toil_list_add_integer(&json, toil_kinds[kind].name, seen->of_kind[kind]);
    toil_list_item_end(&json);
    add_kinds(&people, seen);
    toil_report_set_list(report, C_KINDS, json.data, people.data);
    toil_buf_release(&json);
    toil_buf_release(&people);
}

static void set_name_and_example(const struct unmapped *unmapped, const struct toil_family *family)
{
    const struct toil_raw_name *first = &unmapped->raw[family->member[0]];
    char *example = toil_xstrndup(first->text.ptr, first->text.len);
    toil_report_set_text(unmapped->report, C_NAME, family->name);
    toil_report_set_text(unmapped->report, C_EXAMPLE, example);
    free(example);
}

static void set_rule(const struct unmapped *unmapped, const struct toil_family *family)
{
    struct toil_buf rules = TOIL_BUF_INIT;
    toil_yaml_add_rules(&rules, family->rule, family->rule_count);
    toil_report_set_text(unmapped->report, C_RULE, rules.data); /* null where there is none */
    size_t component = toil_likely_home(&unmapped->likely, family);
    if (component != SIZE_MAX)
        toil_report_set_text(unmapped->report, C_COMPONENT, unmapped->options->catalog->component[component].name);
    toil_report_set_text(unmapped->report, C_WHY, family->why);
    toil_buf_release(&rules);
}

static void add_family(const struct unmapped *unmapped, const struct toil_family *family)
{
    struct toil_report *report = unmapped->report;
    const struct seen sum = sum_of(unmapped, family);
    double share = (double)family->events / (double)unmapped->unmapped;
    char last[40];
    toil_report_add_row(report, 0, 0, share);
    set_name_and_example(unmapped, family);
    toil_report_set_count(report, C_EVENTS, family->events);
    toil_report_set_number(report, C_SHARE, share);
    toil_report_set_number(report, C_PERCENT, 100 * share);
    toil_report_set_count(report, C_NAMES, (int64_t)family->member_count);
    set_kinds(report, &sum);
    toil_report_set_time(report, C_FIRST, sum.first_us);
    toil_report_set_time(report, C_LAST, sum.last_us);
    toil_report_time_text(unmapped->options->catalog->zone, sum.last_us, last);
    toil_report_set_text(report, C_LAST_TEXT, last);
    set_rule(unmapped, family);
}

/* How many rules, the most frequent families' first, catch most of it; *caught: events. */
static size_t rules_to_tell(const struct unmapped *unmapped, int64_t *caught)
{
    size_t rules = 0;
    *caught = 0;
    for (size_t f = 0; f < unmapped->families.count; f++) {
        const struct toil_family *family = &unmapped->families.item[f];
        if ((double)*caught >= ENOUGH * (double)unmapped->unmapped || rules + family->rule_count > MOST_TOLD)
            break;
        rules += family->rule_count;
        *caught += family->rule_count > 0 ? family->events : 0;
    }
    return rules;
}

/* A share in percent that is not rounded to nought or to all. */
static void add_percent(struct toil_buf *out, double part, double whole)
{
    double percent = 100 * part / whole;
    if (part < whole && percent > 99.9)
        toil_buf_add_text(out, "more than 99.9%");
    else if (part > 0 && percent < 0.1)
        toil_buf_add_text(out, "less than 0.1%");
    else
        toil_buf_printf(out, "%.*f%%", percent == rint(percent) || (percent >= 10 && percent < 99) ? 0 : 1, percent);
}

static void add_answer(const struct unmapped *unmapped)
{
    struct toil_report *report = unmapped->report;
    struct toil_buf text = TOIL_BUF_INIT;
    int64_t caught;
    size_t rules = rules_to_tell(unmapped, &caught);
    if (unmapped->unmapped > 0) {
        toil_count_add(&text, unmapped->unmapped);
        toil_buf_add_text(&text, " of ");
    }
    toil_count_add(&text, unmapped->events);
    toil_buf_printf(&text, " event%s", plural(unmapped->events));
    if (unmapped->events == 0) {
        toil_report_answer(report, "There is no event yet that names a component%s.",
                           *unmapped->from || *unmapped->to ? " in this time" : "");
    } else if (unmapped->unmapped == 0) {
        toil_report_answer(report, "Nothing is unmapped: all of %s name%s a component of the catalog.", text.data,
                           unmapped->events == 1 ? "s" : "");
    } else {
        toil_buf_add_text(&text, " (");
        add_percent(&text, (double)unmapped->unmapped, (double)unmapped->events);
        toil_buf_printf(&text, ") name%s no component of the catalog", unmapped->unmapped == 1 ? "s" : "");
        if (rules > 0) {
            toil_buf_printf(&text, "; %zu rule%s would catch ", rules, plural((int64_t)rules));
            if (caught == unmapped->unmapped)
                toil_buf_add_text(&text, "all");
            else
                add_percent(&text, (double)caught, (double)unmapped->unmapped);
            toil_buf_add_text(&text, " of them");
        }
        toil_report_answer(report, "%s.", text.data);
    }
    toil_buf_release(&text);
}

/* What people should know of the rules of the first families that have something to tell. */
static void note_reasons(const struct unmapped *unmapped)
{
    size_t told = 0;
    for (size_t f = 0; f < unmapped->families.count && told < MOST_TOLD; f++) {
        const struct toil_family *family = &unmapped->families.item[f];
        if (!family->why)
            continue;
        toil_report_note(unmapped->report, "%s: %s.", family->name, family->why);
        told++;
    }
}

static void note_nameless(const struct unmapped *unmapped)
{
    struct toil_buf text = TOIL_BUF_INIT, kinds = TOIL_BUF_INIT;
    int64_t events = unmapped->nameless.events;
    toil_count_add(&text, events);
    add_kinds(&kinds, &unmapped->nameless);
    toil_report_note(unmapped->report,
                     "%s more event%s carr%s no name at all (%s): no rule can catch %s; topics, "
                     "references and links may.",
                     text.data, plural(events), events == 1 ? "ies" : "y", kinds.data, events == 1 ? "it" : "them");
    toil_buf_release(&kinds);
    toil_buf_release(&text);
}

static void note_beyond(const struct unmapped *unmapped)
{
    struct toil_buf names = TOIL_BUF_INIT, events = TOIL_BUF_INIT, most = TOIL_BUF_INIT;
    toil_count_add(&names, unmapped->beyond_names);
    toil_count_add(&events, unmapped->beyond);
    toil_count_add(&most, MOST_NAMES);
    toil_report_note(unmapped->report,
                     "Only the %s most frequent names were gathered and tried; of the others %s, in %s events, are "
                     "unmapped, too.",
                     most.data, names.data, events.data);
    toil_buf_release(&names);
    toil_buf_release(&events);
    toil_buf_release(&most);
}

static void add_notes(const struct unmapped *unmapped)
{
    struct toil_report *report = unmapped->report;
    struct toil_buf names = TOIL_BUF_INIT;
    toil_count_add(&names, (int64_t)unmapped->count);
    if (unmapped->families.count > 0)
        toil_report_note(report,
                         "Each rule was tried against all %s names: it matches those of its family, and none that is "
                         "mapped or of another family.",
                         names.data);
    note_reasons(unmapped);
    if (unmapped->nameless.events > 0)
        note_nameless(unmapped);
    if (unmapped->beyond_names > 0)
        note_beyond(unmapped);
    if (unmapped->options->catalog->component_count == 0 && unmapped->unmapped > 0)
        toil_report_note(report,
                         "The catalog declares no component: `toilmeter catalog apply FILE` puts one in force.");
    toil_buf_release(&names);
}

static void add_small(const struct unmapped *unmapped)
{
    const struct toil_unmapped_options *options = unmapped->options;
    struct toil_report *report = unmapped->report;
    struct toil_buf command = TOIL_BUF_INIT;
    if (options->file)
        toil_report_small(report, "catalog", "%s, %zu components; not applied by this", options->file,
                          options->catalog->component_count);
    else if (options->catalog_id > 0)
        toil_report_small(report, "catalog", "%" PRId64 ", in force, %zu components", options->catalog_id,
                          options->catalog->component_count);
    else
        toil_report_small(report, "catalog", "none was applied yet");
    if (options->from || options->to)
        toil_report_small(report, "window", "%s%s%s%s", options->from ? "from " : "", unmapped->from,
                          options->to ? (options->from ? " to " : "up to ") : "", unmapped->to);
    toil_buf_add_text(&command, "toilmeter components unmapped");
    toil_report_option_add(&command, "catalog", options->file);
    toil_report_option_add(&command, "from", options->from);
    toil_report_option_add(&command, "to", options->to);
    toil_report_small(report, "again", "%s", command.data);
    toil_buf_release(&command);
}

/* top: SIZE_MAX takes `otherwise`, 0 is all. */
static size_t families_in_block(const struct unmapped *unmapped, size_t otherwise)
{
    size_t top = unmapped->options->top == SIZE_MAX ? otherwise : unmapped->options->top;
    return top == 0 || top > unmapped->families.count ? unmapped->families.count : top;
}

static void add_block(const struct unmapped *unmapped)
{
    struct toil_buf yaml = TOIL_BUF_INIT;
    toil_proposal_yaml(&unmapped->likely, &unmapped->families, families_in_block(unmapped, TOP), &yaml);
    if (yaml.len > 0)
        toil_report_block(unmapped->report, "For the catalog; mend names, add teams and topics:", "yaml", yaml.data);
    toil_buf_release(&yaml);
}

static void tell(const struct unmapped *unmapped)
{
    struct toil_report *report = unmapped->report;
    for (unsigned column = 0; column < C_COUNT; column++)
        toil_report_add_column(report, &columns[column]);
    report->top = TOP;
    report->weight_name = "the unmapped events";
    for (size_t f = 0; f < unmapped->families.count; f++)
        add_family(unmapped, &unmapped->families.item[f]);
    add_answer(unmapped);
    add_notes(unmapped);
    add_small(unmapped);
    add_block(unmapped);
    toil_report_arithmetic(report, "events",
                           "current rows of tickets and work logs that are not deleted, and all "
                           "other events; each as often as it is stored");
    toil_report_arithmetic(report, "share", "events of the family / unmapped events");
}

static void release(struct unmapped *unmapped)
{
    toil_families_release(&unmapped->families);
    toil_likely_release(&unmapped->likely);
    toil_buf_release(&unmapped->bytes);
    free(unmapped->seen);
    free(unmapped->raw);
}

enum toil_status toil_unmapped_build(struct toil_db *db, const struct toil_unmapped_options *options,
                                     struct toil_report *report, struct toil_buf *yaml, struct toil_error *err)
{
    struct unmapped unmapped = {.options = options, .report = report};
    toil_likely_init(&unmapped.likely, options->catalog);
    enum toil_status status = read_names(&unmapped, db, err);
    if (status == TOIL_OK) {
        make_families(&unmapped);
        tell(&unmapped);
        if (yaml)
            toil_proposal_yaml(&unmapped.likely, &unmapped.families, families_in_block(&unmapped, 0), yaml);
    }
    release(&unmapped);
    return status;
}
