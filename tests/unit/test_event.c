/* The vocabulary: the table is consistent, and its look-ups find every row and nothing else. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>

#include "toilmeter/event.h"

static void expect_column_name(const char *name)
{
    cr_expect(islower((unsigned char)*name), "%s", name);
    cr_expect_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(name), "%s", name);
    cr_expect_lt(strlen(name), 64, "%s: PostgreSQL cuts names", name);
}

Test(event, kinds)
{
    cr_expect_eq(TOIL_N_KINDS, 6);
    for (unsigned kind = 0; kind < TOIL_N_KINDS; kind++) {
        expect_column_name(toil_kinds[kind].name);
        cr_expect_eq(toil_kind_find(toil_span_of(toil_kinds[kind].name)), kind);
        bool state = toil_kinds[kind].shape == TOIL_SHAPE_STATE;
        cr_expect_eq(state, (TOIL_STATES >> kind & 1u) == 1, "%s: TOIL_STATES", toil_kinds[kind].name);
        cr_expect_eq(state, (TOIL_FACTS >> kind & 1u) == 0, "%s: TOIL_FACTS", toil_kinds[kind].name);
    }
    static const char *const none[] = {"", "service", "service_restarts", "Service_restart", "service_restart "};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        cr_expect_eq(toil_kind_find(toil_span_of(none[i])), TOIL_KIND_NONE, "%s", none[i]);
}

Test(event, fields)
{
    for (unsigned field = 0; field < TOIL_N_FIELDS; field++) {
        const struct toil_field_info *info = &toil_fields[field];
        bool has_length = info->type == TOIL_TYPE_TEXT || info->type == TOIL_TYPE_ID ||
                          info->type == TOIL_TYPE_PERSON || info->type == TOIL_TYPE_TAGS;
        expect_column_name(info->name);
        cr_expect_eq(toil_field_find(toil_span_of(info->name)), field);
        cr_expect_neq(info->kinds & TOIL_ALL, 0, "%s is of no kind", info->name);
        cr_expect_eq(info->kinds & ~TOIL_ALL, 0);
        cr_expect_eq(info->required & ~info->kinds, 0, "%s is required of a kind that has it not", info->name);
        cr_expect_eq(info->max_bytes > 0, has_length, "%s", info->name);
        cr_expect_gt(strlen(info->doc), 3, "%s", info->name);
        cr_expect_null(strpbrk(info->doc, "\"\\|"), "%s: the text goes into JSON and a table", info->name);
        cr_expect_gt(strlen(toil_type_name(info->type)), 0);
        for (unsigned other = 0; other < field; other++)
            cr_expect_str_neq(info->name, toil_fields[other].name);
    }
    cr_expect_eq(toil_fields[TOIL_FIELD_ID].required, TOIL_ALL);
    cr_expect_eq(toil_fields[TOIL_FIELD_VERSION].kinds, TOIL_STATES);
    static const char *const none[] = {"", "kind", "i", "idd", "At", "extra"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        cr_expect_eq(toil_field_find(toil_span_of(none[i])), TOIL_N_FIELDS, "%s", none[i]);
}

Test(event, types_have_names_and_columns)
{
    static const struct {
        enum toil_type type;
        const char *name, *column;
    } rows[] = {
        {TOIL_TYPE_TEXT, "text", "text"},
        {TOIL_TYPE_ID, "id", "text"},
        {TOIL_TYPE_PERSON, "person", "text"},
        {TOIL_TYPE_TIME, "time", "timestamptz"},
        {TOIL_TYPE_VERSION, "version", "bigint"},
        {TOIL_TYPE_INTEGER, "integer", "bigint"},
        {TOIL_TYPE_INT32, "int32", "integer"},
        {TOIL_TYPE_SEVERITY, "severity", "smallint"},
        {TOIL_TYPE_NUMBER, "number", "double precision"},
        {TOIL_TYPE_MINUTES, "minutes", "double precision"},
        {TOIL_TYPE_SHARE, "share", "double precision"},
        {TOIL_TYPE_BOOL, "bool", "boolean"},
        {TOIL_TYPE_TAGS, "tags", "text[]"},
        {TOIL_TYPE_STATUS, "status", "text"},
        {TOIL_TYPE_ACTIVITY, "activity", "text"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_str_eq(toil_type_name(rows[i].type), rows[i].name);
        cr_expect_str_eq(toil_type_column(rows[i].type), rows[i].column);
    }
}
