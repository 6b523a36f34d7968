/* What every event holds to, whatever it was made of. FUZZ_NAME: of the program, defined before. */
#ifndef TOILMETER_FUZZ_EVENT_H
#define TOILMETER_FUZZ_EVENT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/decode.h"
#include "toilmeter/utf8.h"

#define NOW_US (INT64_C(1767603600) * TOIL_US_PER_SECOND) /* 2026-01-05T09:00:00Z */

/* What must hold whatever comes in; a breach ends the program as a crash does. */
static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, FUZZ_NAME ": broken promise: %s\n", what);
    abort();
}

static void check_texts(const struct toil_event *event)
{
    for (unsigned field = 0; field < TOIL_N_FIELDS; field++) {
        enum toil_type type = toil_fields[field].type;
        bool text = type == TOIL_TYPE_TEXT || type == TOIL_TYPE_ID || type == TOIL_TYPE_PERSON;
        if (!text || !toil_event_has(event, (enum toil_field)field))
            continue;
        struct toil_span span = event->value[field].text;
        must(span.len > 0 && span.len <= toil_fields[field].max_bytes, "the length of a text");
        must(toil_utf8_valid_bytes(span.ptr, span.len) == span.len, "UTF-8");
        must(!memchr(span.ptr, '\0', span.len), "no NUL");
    }
}

static void check_tags(const struct toil_event *event)
{
    if (!toil_event_has(event, TOIL_FIELD_TAGS))
        return;
    const char *p = event->value[TOIL_FIELD_TAGS].text.ptr, *end = p + event->value[TOIL_FIELD_TAGS].text.len;
    uint32_t count = 0;
    for (; p < end; count++) {
        uint32_t len;
        must((size_t)(end - p) >= sizeof len, "the length of a tag");
        memcpy(&len, p, sizeof len);
        p += sizeof len;
        must(len <= (size_t)(end - p) && toil_utf8_valid_bytes(p, len) == len, "a tag");
        p += len;
    }
    must(count == event->tag_count, "the number of tags");
}

static void check_event(const struct toil_event *event)
{
    must((unsigned)event->kind < TOIL_N_KINDS, "a kind");
    must(toil_event_has(event, TOIL_FIELD_ID), "an id");
    bool state = toil_kinds[event->kind].shape == TOIL_SHAPE_STATE;
    must(!state || toil_event_has(event, TOIL_FIELD_VERSION), "a version of a state");
    must(state || event->ending != toil_event_has(event, TOIL_FIELD_AT), "a time of a fact, or an ending");
    for (unsigned field = 0; field < TOIL_N_FIELDS; field++)
        must(!toil_event_has(event, (enum toil_field)field) || toil_fields[field].kinds >> event->kind & 1u,
             "fields of the kind only");
    check_texts(event);
    check_tags(event);
}

#endif
