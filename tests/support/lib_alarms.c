/* The code behind lib_alarms.h. */
#include "support/lib_alarms.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"
#include "toilmeter/timestamp.h"

#define MAX_COLUMNS 16
#define MAX_SECONDS 1e11

void test_link_data_defaults(struct toil_link_data *data)
{
    static const int64_t minutes[] = {0, 15, 60, 240, 720, 1440, 4320};
    data->band_count = sizeof minutes / sizeof *minutes - 1;
    for (size_t k = 0; k < data->band_count; k++)
        data->band[k] = (struct toil_lag_band){minutes[k] * TOIL_US_PER_MINUTE, minutes[k + 1] * TOIL_US_PER_MINUTE};
    data->lead = (struct toil_lag_band){-30 * TOIL_US_PER_MINUTE, 0};
    data->bin_us = 5 * TOIL_US_PER_MINUTE;
    data->seed = 1;
}

/* ---- CSV ---- */

struct table {
    FILE *file;
    const char *name;
    char *line; /* of getline */
    size_t line_size, line_number;
    char *field[MAX_COLUMNS]; /* into line */
    size_t field_count;
};

static enum toil_status bad(const struct table *table, struct toil_error *err, const char *what)
{
    return toil_error_set(err, TOIL_BAD_INPUT, "%s, line %zu: %s", table->name, table->line_number, what);
}

static bool next_line(struct table *table)
{
    ssize_t length;
    do {
        length = getline(&table->line, &table->line_size, table->file);
        table->line_number++;
        while (length > 0 && strchr("\r\n", table->line[length - 1]))
            table->line[--length] = '\0';
    } while (length == 0);
    if (length < 0)
        return false;
    table->field_count = 0;
    char *rest = table->line;
    while (rest && table->field_count < MAX_COLUMNS)
        table->field[table->field_count++] = strsep(&rest, ",");
    return true;
}

/* Opens a file and finds the named columns in its first line. */
static enum toil_status open_table(struct table *table, const char *name, const char *const *column, size_t *index,
                                   size_t count, struct toil_error *err)
{
    *table = (struct table){.file = fopen(name, "r"), .name = name};
    if (!table->file)
        return toil_error_set(err, TOIL_BAD_INPUT, "%s: %s", name, strerror(errno));
    if (!next_line(table))
        return bad(table, err, "the line with the columns' names is missing");
    for (size_t i = 0; i < count; i++) {
        for (index[i] = 0; index[i] < table->field_count; index[i]++)
            if (strcmp(table->field[index[i]], column[i]) == 0)
                break;
        if (index[i] == table->field_count)
            return bad(table, err, "a column is missing");
    }
    return TOIL_OK;
}

static void close_table(struct table *table)
{
    if (table->file)
        fclose(table->file);
    free(table->line);
}

/* ---- names ---- */

struct names {
    char **name; /* owned */
    size_t count, room;
};

static int compare_names(const char *a, const char *b)
{
    const size_t length_a = strlen(a), length_b = strlen(b);
    return length_a != length_b ? (length_a < length_b ? -1 : 1) : strcmp(a, b);
}

static int compare_name_places(const void *a, const void *b)
{
    return compare_names(*(char *const *)a, *(char *const *)b);
}

/* The place of a name in the ascending list, and where it belongs when it isn't there. */
static bool find_name(const struct names *names, const char *name, size_t *place)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (compare_names(names->name[middle], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *place = low;
    return low < names->count && compare_names(names->name[low], name) == 0;
}

static void append_name(struct names *names, const char *name)
{
    if (names->count == names->room) {
        names->room = 2 * names->room + 64;
        names->name = toil_xreallocarray(names->name, names->room, sizeof *names->name);
    }
    names->name[names->count++] = toil_xstrdup(name);
}

static void add_name(struct names *names, const char *name)
{
    size_t place;
    if (find_name(names, name, &place))
        return;
    append_name(names, name);
    qsort(names->name, names->count, sizeof *names->name, compare_name_places);
}

static void release_names(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->name[i]);
    free(names->name);
}

/* ---- alarms ---- */

struct alarm {
    int64_t at_us;
    size_t type, device; /* number of first appearance, later in the names' order */
};

struct reader {
    struct alarm *alarm;
    size_t count, room;
    char **type_of, **device_of; /* [count] texts, owned */
    struct names types, devices;
};

static void add_alarm(struct reader *reader, const char *type, const char *device, double seconds)
{
    if (reader->count == reader->room) {
        reader->room = 2 * reader->room + 1024;
        reader->alarm = toil_xreallocarray(reader->alarm, reader->room, sizeof *reader->alarm);
        reader->type_of = toil_xreallocarray(reader->type_of, reader->room, sizeof *reader->type_of);
        reader->device_of = toil_xreallocarray(reader->device_of, reader->room, sizeof *reader->device_of);
    }
    reader->alarm[reader->count] = (struct alarm){.at_us = (int64_t)llround(seconds * TOIL_US_PER_SECOND)};
    reader->type_of[reader->count] = toil_xstrdup(type);
    reader->device_of[reader->count++] = toil_xstrdup(device);
    add_name(&reader->types, type);
    add_name(&reader->devices, device);
}

static enum toil_status read_alarms(const char *file, struct reader *reader, struct toil_error *err)
{
    static const char *const column[] = {"alarm_id", "device_id", "start_timestamp"};
    size_t at[3];
    struct table table;
    enum toil_status status = open_table(&table, file, column, at, 3, err);
    while (status == TOIL_OK && next_line(&table)) {
        if (table.field_count <= at[0] || table.field_count <= at[1] || table.field_count <= at[2]) {
            status = bad(&table, err, "a field is missing");
            break;
        }
        char *end;
        const double seconds = strtod(table.field[at[2]], &end);
        if (end == table.field[at[2]] || *end || !(fabs(seconds) < MAX_SECONDS))
            status = bad(&table, err, "start_timestamp is not a number of seconds");
        else
            add_alarm(reader, table.field[at[0]], table.field[at[1]], seconds);
    }
    if (status == TOIL_OK && reader->count == 0)
        status = bad(&table, err, "no alarm");
    close_table(&table);
    return status;
}

static void release_reader(struct reader *reader)
{
    for (size_t i = 0; i < reader->count; i++) {
        free(reader->type_of[i]);
        free(reader->device_of[i]);
    }
    free(reader->type_of);
    free(reader->device_of);
    free(reader->alarm);
    release_names(&reader->types);
    release_names(&reader->devices);
}

/* Reads the true pairs. A type without an alarm becomes known too: a pair that can't be found is still a pair. */
static enum toil_status read_edges(const char *file, struct names *causes, struct names *effects, struct names *types,
                                   struct toil_error *err)
{
    static const char *const column[] = {"cause", "effect"};
    size_t at[2];
    struct table table;
    enum toil_status status = open_table(&table, file, column, at, 2, err);
    while (status == TOIL_OK && next_line(&table)) {
        if (table.field_count <= at[0] || table.field_count <= at[1]) {
            status = bad(&table, err, "a field is missing");
            break;
        }
        append_name(causes, table.field[at[0]]);
        append_name(effects, table.field[at[1]]);
        add_name(types, table.field[at[0]]);
        add_name(types, table.field[at[1]]);
    }
    close_table(&table);
    return status;
}

static void mark_edges(const struct names *causes, const struct names *effects, const struct names *types,
                       struct test_alarms *out)
{
    out->is_edge = toil_xcalloc(types->count * types->count, sizeof *out->is_edge);
    for (size_t i = 0; i < causes->count; i++) {
        size_t cause, effect;
        find_name(types, causes->name[i], &cause);
        find_name(types, effects->name[i], &effect);
        bool *edge = &out->is_edge[cause * types->count + effect];
        out->edge_count += cause != effect && !*edge;
        *edge = cause != effect;
    }
}

static int compare_alarms(const void *a, const void *b)
{
    const struct alarm *one = a, *other = b;
    if (one->type != other->type)
        return one->type < other->type ? -1 : 1;
    if (one->at_us != other->at_us)
        return one->at_us < other->at_us ? -1 : 1;
    return (one->device > other->device) - (one->device < other->device);
}

/* The alarms, ordered, as sources and as topics. */
static void make_data(struct reader *reader, struct test_alarms *out)
{
    for (size_t i = 0; i < reader->count; i++) {
        find_name(&reader->types, reader->type_of[i], &reader->alarm[i].type);
        find_name(&reader->devices, reader->device_of[i], &reader->alarm[i].device);
    }
    qsort(reader->alarm, reader->count, sizeof *reader->alarm, compare_alarms);

    const size_t types = reader->types.count;
    out->alarm_count = reader->count;
    out->at_us = toil_xcalloc(reader->count, sizeof *out->at_us);
    out->scope = toil_xcalloc(reader->count, sizeof *out->scope);
    out->source = toil_xcalloc(types, sizeof *out->source);
    out->topic = toil_xcalloc(types, sizeof *out->topic);
    int64_t from_us = INT64_MAX, last_us = INT64_MIN;
    for (size_t i = 0; i < reader->count; i++) {
        const struct alarm *alarm = &reader->alarm[i];
        out->at_us[i] = alarm->at_us;
        out->scope[i] = (uint32_t)alarm->device;
        from_us = alarm->at_us < from_us ? alarm->at_us : from_us;
        last_us = alarm->at_us > last_us ? alarm->at_us : last_us;
        if (out->topic[alarm->type].count++ == 0) {
            out->topic[alarm->type].at_us = &out->at_us[i];
            out->topic[alarm->type].scope = &out->scope[i];
        }
    }
    for (size_t type = 0; type < types; type++)
        out->source[type] = (struct toil_link_source){.at_us = out->topic[type].at_us,
                                                      .scope = out->topic[type].scope,
                                                      .count = out->topic[type].count,
                                                      .component = (uint32_t)type,
                                                      .own_topic = (uint32_t)type};
    test_link_data_defaults(&out->data);
    out->data.from_us = from_us;
    out->data.to_us = last_us + 1;
    out->data.source = out->source;
    out->data.topic = out->topic;
    out->data.source_count = out->data.topic_count = types;
    out->data.scope_count = (uint32_t)reader->devices.count;
}

enum toil_status test_alarms_load(const char *alarms_file, const char *edges_file, struct test_alarms *out,
                                  struct toil_error *err)
{
    struct reader reader = {0};
    struct names causes = {0}, effects = {0};
    *out = (struct test_alarms){0};
    enum toil_status status = read_alarms(alarms_file, &reader, err);
    if (status == TOIL_OK)
        status = read_edges(edges_file, &causes, &effects, &reader.types, err);
    if (status == TOIL_OK) {
        mark_edges(&causes, &effects, &reader.types, out);
        make_data(&reader, out);
        out->name = reader.types.name;
        out->type_count = reader.types.count;
        reader.types = (struct names){0};
    }
    release_names(&causes);
    release_names(&effects);
    release_reader(&reader);
    return status;
}

void test_alarms_release(struct test_alarms *alarms)
{
    for (size_t i = 0; i < alarms->type_count; i++)
        free(alarms->name[i]);
    free(alarms->name);
    free(alarms->is_edge);
    free(alarms->at_us);
    free(alarms->scope);
    free(alarms->source);
    free(alarms->topic);
    *alarms = (struct test_alarms){0};
}
