/* Alarms of devices with known causes, as data for the search for links: each alarm type is a source and a topic,
 * each device a scope, and no type may explain itself.
 *
 * Two CSV files with a line of names first: alarms with the columns alarm_id, device_id and start_timestamp (seconds;
 * other columns are passed over), true pairs with the columns cause and effect. Names are texts; no field is quoted. */
#ifndef TESTS_LIB_ALARMS_H
#define TESTS_LIB_ALARMS_H

#include "analyzers/stats/link_data.h"
#include "toilmeter/error.h"

/* Made whole by test_alarms_load, released by test_alarms_release; data borrows from the rest. */
struct test_alarms {
    struct toil_link_data data; /* source[i] and topic[i] are the type of name[i] */
    char **name;                /* [type_count], shorter names first, so that numbers are in their order */
    size_t type_count;
    bool *is_edge;     /* [cause * type_count + effect] */
    size_t edge_count; /* different pairs; a pair of a type with itself is left out */
    size_t alarm_count;
    int64_t *at_us;                  /* by type, then time, then device */
    uint32_t *scope;                 /* of at_us */
    struct toil_link_source *source; /* [type_count] */
    struct toil_link_topic *topic;   /* [type_count] */
};

/* TOIL_BAD_INPUT with file and line when a file cannot be read or understood; then out need not be released. */
enum toil_status test_alarms_load(const char *alarms_file, const char *edges_file, struct test_alarms *out,
                                  struct toil_error *err) TOIL_MUST_CHECK;
void test_alarms_release(struct test_alarms *alarms);

/* Bands, lead band, bin, seed and clock as the product has them by default. */
void test_link_data_defaults(struct toil_link_data *data);

#endif
