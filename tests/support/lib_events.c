/* Events for tests: see lib_events.h. */
#include "support/lib_events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/timestamp.h"

static union toil_value *present(struct test_event *out, enum toil_field field)
{
    out->event.present |= 1u << field;
    return &out->event.value[field];
}

void test_event_init(struct test_event *out, enum toil_kind kind)
{
    memset(out, 0, sizeof *out);
    out->event.kind = kind;
}

void test_event_text(struct test_event *out, enum toil_field field, const char *text)
{
    snprintf(out->text[field], sizeof out->text[field], "%s", text);
    present(out, field)->text = toil_span_of(out->text[field]);
}

void test_event_time(struct test_event *out, enum toil_field field, const char *rfc3339)
{
    if (!toil_time_parse(toil_span_of(rfc3339), &present(out, field)->time_us))
        abort();
}

void test_event_integer(struct test_event *out, enum toil_field field, int64_t value)
{
    present(out, field)->integer = value;
}

void test_event_number(struct test_event *out, enum toil_field field, double value)
{
    present(out, field)->number = value;
}

void test_event_bool(struct test_event *out, enum toil_field field, bool value)
{
    present(out, field)->boolean = value;
}

void test_event_tags(struct test_event *out, const char *const *tags)
{
    size_t len = 0;
    for (out->event.tag_count = 0; *tags; tags++, out->event.tag_count++) {
        uint32_t tag_len = (uint32_t)strlen(*tags);
        if (len + sizeof tag_len + tag_len > sizeof out->tags)
            abort();
        memcpy(out->tags + len, &tag_len, sizeof tag_len);
        memcpy(out->tags + len + sizeof tag_len, *tags, tag_len);
        len += sizeof tag_len + tag_len;
    }
    present(out, TOIL_FIELD_TAGS)->text = (struct toil_span){out->tags, len};
}

void test_event_extra(struct test_event *out, const char *json)
{
    snprintf(out->extra, sizeof out->extra, "%s", json);
    out->event.extra = toil_span_of(out->extra);
    out->event.unknown_fields = 1;
}

uint32_t test_random_below(struct test_random *random, uint32_t bound)
{
    random->state = random->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random->state >> 33) % bound);
}

static int64_t random_time(struct test_random *random)
{
    /* three months around a new year, on few instants */
    return INT64_C(1764547200) * TOIL_US_PER_SECOND + (int64_t)test_random_below(random, 12) * 7 * TOIL_US_PER_DAY;
}

static void random_field(struct test_event *out, enum toil_field field, struct test_random *random)
{
    static const char *const tags[][3] = {{NULL}, {"a", NULL}, {"a", "b"}, {"\xc3\xa9t\xc3\xa9", NULL}};
    char text[32];
    switch (toil_fields[field].type) {
    case TOIL_TYPE_TEXT:
    case TOIL_TYPE_ID:
    case TOIL_TYPE_PERSON:
        snprintf(text, sizeof text, "%s-%u", toil_fields[field].name, test_random_below(random, 4));
        test_event_text(out, field, text);
        break;
    case TOIL_TYPE_STATUS:
        test_event_text(out, field, toil_ticket_states[test_random_below(random, 5)]);
        break;
    case TOIL_TYPE_ACTIVITY:
        test_event_text(out, field, toil_activities[test_random_below(random, 5)]);
        break;
    case TOIL_TYPE_TIME:
        present(out, field)->time_us = random_time(random);
        break;
    case TOIL_TYPE_VERSION:
    case TOIL_TYPE_INTEGER:
    case TOIL_TYPE_INT32:
    case TOIL_TYPE_SEVERITY:
        test_event_integer(out, field, 1 + test_random_below(random, 5));
        break;
    case TOIL_TYPE_NUMBER:
    case TOIL_TYPE_MINUTES:
    case TOIL_TYPE_SHARE:
        test_event_number(out, field, test_random_below(random, 3) == 0 ? -0.0 : test_random_below(random, 4) / 4.0);
        break;
    case TOIL_TYPE_BOOL:
        test_event_bool(out, field, test_random_below(random, 2));
        break;
    case TOIL_TYPE_TAGS: {
        const char *some[4] = {NULL};
        memcpy(some, tags[test_random_below(random, 4)], 3 * sizeof some[0]);
        test_event_tags(out, some);
        break;
    }
    }
}

void test_event_random(struct test_event *out, struct test_random *random, uint32_t id_count)
{
    /* equal numbers that are written differently, a key of its own, nested values */
    static const char *const extras[] = {"{\"k\": 1}", "{\"k\": 1.0}", "{\"k\": \"x\", \"l\": [1, {\"m\": null}]}",
                                         "{\"l\": true}", "{}"};
    enum toil_kind kind = (enum toil_kind)test_random_below(random, TOIL_N_KINDS);
    test_event_init(out, kind);
    for (unsigned field = 0; field < TOIL_N_FIELDS; field++) {
        bool required = toil_fields[field].required & (1u << kind);
        if ((toil_fields[field].kinds & (1u << kind)) && (required || test_random_below(random, 2)))
            random_field(out, (enum toil_field)field, random);
    }
    char id[32];
    snprintf(id, sizeof id, "id-%u", test_random_below(random, id_count));
    test_event_text(out, TOIL_FIELD_ID, id);
    if (test_random_below(random, 3) == 0)
        test_event_extra(out, extras[test_random_below(random, 5)]);
    bool may_end = toil_kinds[kind].shape == TOIL_SHAPE_FACT && (toil_fields[TOIL_FIELD_ENDED_AT].kinds & (1u << kind));
    if (may_end && toil_event_has(&out->event, TOIL_FIELD_ENDED_AT) && test_random_below(random, 3) == 0) {
        out->event.ending = true;
        out->event.present &= ~(1u << TOIL_FIELD_AT);
    }
}
