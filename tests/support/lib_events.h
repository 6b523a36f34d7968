/* Events for tests, made without the decoder: by hand, or at random from small ranges, so that keys meet and fields
 * contradict each other. */
#ifndef TESTS_LIB_EVENTS_H
#define TESTS_LIB_EVENTS_H

#include "toilmeter/batch.h"

/* An event that owns its texts; it must not be moved or copied, since the event points into it. */
struct test_event {
    struct toil_event event;
    char text[TOIL_N_FIELDS][32];
    char tags[64];
    char extra[96];
};

void test_event_init(struct test_event *out, enum toil_kind kind);
void test_event_text(struct test_event *out, enum toil_field field, const char *text);
void test_event_time(struct test_event *out, enum toil_field field, const char *rfc3339);
void test_event_integer(struct test_event *out, enum toil_field field, int64_t value);
void test_event_number(struct test_event *out, enum toil_field field, double value);
void test_event_bool(struct test_event *out, enum toil_field field, bool value);
/* Up to four tags; NULL ends them. */
void test_event_tags(struct test_event *out, const char *const *tags);
void test_event_extra(struct test_event *out, const char *json);

/* A small generator of numbers, the same on every machine. */
struct test_random {
    uint64_t state;
};
uint32_t test_random_below(struct test_random *random, uint32_t bound);

/* An event of any kind; ids come from id_count different ones. */
void test_event_random(struct test_event *out, struct test_random *random, uint32_t id_count);

#endif
