/* The catalog as canonical JSON: the keys of the file, in a fixed order, every default written out. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog_read.h"

static void add_text(struct toil_buf *out, const char *text)
{
    toil_buf_add_json_string(out, toil_span_of(text));
}

/* ,"key": in front of a value; no comma after an opening bracket. */
static void add_key(struct toil_buf *out, const char *key)
{
    if (out->len > 0 && out->data[out->len - 1] != '{')
        toil_buf_add_char(out, ',');
    toil_buf_printf(out, "\"%s\":", key);
}

static void add_text_key(struct toil_buf *out, const char *key, const char *text)
{
    if (!text)
        return;
    add_key(out, key);
    add_text(out, text);
}

static void add_date_key(struct toil_buf *out, const char *key, int64_t day)
{
    int64_t year;
    unsigned month, day_of_month;
    if (day == TOIL_NO_DAY)
        return;
    toil_civil_from_days(day, &year, &month, &day_of_month);
    add_key(out, key);
    toil_buf_printf(out, "\"%04d-%02u-%02u\"", (int)year, month, day_of_month);
}

/* The shortest decimal that reads back as the same number. */
static void add_number(struct toil_buf *out, double number)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) >= number && strtod(text, NULL) <= number)
            break;
    }
    toil_buf_add_text(out, text);
}

static void add_number_key(struct toil_buf *out, const char *key, double number)
{
    if (isnan(number))
        return;
    add_key(out, key);
    add_number(out, number);
}

static void add_days_key(struct toil_buf *out, const char *key, int64_t days)
{
    add_key(out, key);
    if (days % 7 == 0)
        toil_buf_printf(out, "\"%lldw\"", (long long)days / 7);
    else
        toil_buf_printf(out, "\"%lldd\"", (long long)days);
}

static void add_rates_key(struct toil_buf *out, const char *key, const struct toil_rates *rates)
{
    add_key(out, key);
    toil_buf_add_char(out, '[');
    for (size_t i = 0; i < rates->count; i++) {
        toil_buf_add_text(out, i ? ",{" : "{");
        add_date_key(out, "from", rates->item[i].from_day);
        add_number_key(out, "amount", rates->item[i].amount);
        toil_buf_add_char(out, '}');
    }
    toil_buf_add_char(out, ']');
}

static void add_texts_key(struct toil_buf *out, const char *key, char *const *texts, size_t count)
{
    add_key(out, key);
    toil_buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            toil_buf_add_char(out, ',');
        add_text(out, texts[i]);
    }
    toil_buf_add_char(out, ']');
}

static void add_references_key(struct toil_buf *out, const char *key, const struct toil_names *names,
                               const size_t *index, size_t count)
{
    add_key(out, key);
    toil_buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            toil_buf_add_char(out, ',');
        add_text(out, names->name_at(names->catalog, index[i]));
    }
    toil_buf_add_char(out, ']');
}

static void add_team(struct toil_buf *out, const struct toil_team *team)
{
    add_text_key(out, "name", team->name);
    add_text_key(out, "zone", toil_zone_name(team->zone));
    add_text_key(out, "working", team->working);
    add_text_key(out, "evening", team->evening);
    add_rates_key(out, "rate", &team->rate);
}

static void add_component(struct toil_buf *out, const struct toil_catalog *catalog,
                          const struct toil_component *component)
{
    add_text_key(out, "name", component->name);
    if (component->team != SIZE_MAX)
        add_text_key(out, "team", catalog->team[component->team].name);
    add_texts_key(out, "match", component->match, component->match_count);
    add_texts_key(out, "topics", component->topic, component->topic_count);
}

static void add_promise(struct toil_buf *out, const struct toil_item *item)
{
    if (!item->promise_measure)
        return;
    add_key(out, "promise");
    toil_buf_add_char(out, '{');
    add_text_key(out, "measure", item->promise_measure);
    add_key(out, "change");
    toil_buf_printf(out, "\"%.12g%%\"", item->promise_change * 100);
    add_days_key(out, "within", item->promise_within_days);
    toil_buf_add_char(out, '}');
}

static void add_item(struct toil_buf *out, const struct toil_catalog *catalog, const struct toil_item *item)
{
    struct toil_names components = toil_component_names(catalog), teams = toil_team_names(catalog);
    add_text_key(out, "id", item->id);
    add_text_key(out, "title", item->title);
    add_references_key(out, "components", &components, item->component, item->component_count);
    add_text_key(out, "leader", item->leader);
    add_references_key(out, "teams", &teams, item->team, item->team_count);
    if (item->goal != SIZE_MAX)
        add_text_key(out, "goal", catalog->goal[item->goal].name);
    add_text_key(out, "state", toil_item_states[item->state]);
    add_date_key(out, "proposed", item->proposed_day);
    add_date_key(out, "shipped", item->shipped_day);
    if (!isnan(item->effort_sprints) || !isnan(item->effort_people)) {
        add_key(out, "effort");
        toil_buf_add_char(out, '{');
        add_number_key(out, "sprints", item->effort_sprints);
        add_number_key(out, "people", item->effort_people);
        toil_buf_add_char(out, '}');
    }
    add_promise(out, item);
    if (item->payback_target_days > 0)
        add_days_key(out, "payback_target", item->payback_target_days);
}

static void open_item(struct toil_buf *out, size_t index)
{
    toil_buf_add_text(out, index ? ",{" : "{");
}

static void add_lists(struct toil_buf *out, const struct toil_catalog *catalog)
{
    toil_buf_add_text(out, ",\"teams\":[");
    for (size_t i = 0; i < catalog->team_count; i++) {
        open_item(out, i);
        add_team(out, &catalog->team[i]);
        toil_buf_add_char(out, '}');
    }
    toil_buf_add_text(out, "],\"components\":[");
    for (size_t i = 0; i < catalog->component_count; i++) {
        open_item(out, i);
        add_component(out, catalog, &catalog->component[i]);
        toil_buf_add_char(out, '}');
    }
    toil_buf_add_text(out, "],\"goals\":[");
    for (size_t i = 0; i < catalog->goal_count; i++) {
        open_item(out, i);
        add_text_key(out, "name", catalog->goal[i].name);
        add_text_key(out, "owner", catalog->goal[i].leader);
        add_date_key(out, "by", catalog->goal[i].by_day);
        toil_buf_add_char(out, '}');
    }
    toil_buf_add_text(out, "],\"items\":[");
    for (size_t i = 0; i < catalog->item_count; i++) {
        open_item(out, i);
        add_item(out, catalog, &catalog->item[i]);
        toil_buf_add_char(out, '}');
    }
    toil_buf_add_char(out, ']');
}

void toil_catalog_to_json(const struct toil_catalog *catalog, struct toil_buf *out)
{
    toil_buf_add_char(out, '{');
    add_text_key(out, "currency", catalog->currency);
    add_text_key(out, "zone", toil_zone_name(catalog->zone));
    add_key(out, "sprints");
    toil_buf_add_char(out, '{');
    add_date_key(out, "start", catalog->sprint_start_day);
    add_days_key(out, "length", catalog->sprint_days);
    toil_buf_add_char(out, '}');
    add_number_key(out, "people_hours_per_sprint", catalog->people_hours_per_sprint);
    add_rates_key(out, "ticket_cost", &catalog->ticket_cost);
    add_lists(out, catalog);
    toil_buf_add_char(out, '}');
}
