/* The code behind options.h. */
#include "toilmeter/options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"
#include "toilmeter/yaml.h"

/* The row of a name, and the struct that it fills. */
static const struct toil_option *find(const struct toil_option *const *tables, void *const *into, const char *name,
                                      size_t len, void **target)
{
    for (size_t t = 0; tables[t]; t++) {
        for (const struct toil_option *row = tables[t]; row->name; row++) {
            if (strlen(row->name) == len && memcmp(row->name, name, len) == 0) {
                *target = into[t];
                return row;
            }
        }
    }
    return NULL;
}

static enum toil_status unknown(const struct toil_option *const *tables, const char *name, size_t len,
                                struct toil_error *err)
{
    size_t count = 0;
    for (size_t t = 0; tables[t]; t++) {
        for (const struct toil_option *row = tables[t]; row->name; row++)
            count++;
    }
    const char **names = toil_xcalloc(count + 1, sizeof *names);
    count = 0;
    for (size_t t = 0; tables[t]; t++) {
        for (const struct toil_option *row = tables[t]; row->name; row++)
            names[count++] = row->name;
    }
    char *word = toil_xstrndup(name, len);
    const char *near = toil_nearest(word, names);
    toil_error_set(err, TOIL_BAD_INPUT, "unknown option --%.100s", word);
    if (near)
        toil_error_hint(err, "did you mean --%s?", near);
    free(word);
    free(names);
    return TOIL_BAD_INPUT;
}

static enum toil_status check_word(const struct toil_option *row, const char *value, struct toil_error *err)
{
    if (!row->words)
        return TOIL_OK;
    struct toil_buf list = TOIL_BUF_INIT;
    for (const char *const *word = row->words; *word; word++) {
        if (strcmp(*word, value) == 0) {
            toil_buf_release(&list);
            return TOIL_OK;
        }
        toil_buf_printf(&list, "%s%s", list.len ? ", " : "", *word);
    }
    const char *near = toil_nearest(value, row->words);
    toil_error_set(err, TOIL_BAD_INPUT, "--%s: \"%.100s\" is none of %s", row->name, value, list.data ? list.data : "");
    if (near)
        toil_error_hint(err, "did you mean %s?", near);
    toil_buf_release(&list);
    return TOIL_BAD_INPUT;
}

static enum toil_status set_int(const struct toil_option *row, const char *value, void *member, struct toil_error *err)
{
    char *end;
    if (!value)
        return toil_error_set(err, TOIL_BAD_INPUT, "--%s: a value is missing", row->name);
    errno = 0;
    intmax_t number = strtoimax(value, &end, 10);
    bool begins_well = (*value >= '0' && *value <= '9') || *value == '-';
    if (!begins_well || *end || errno == ERANGE || number < INT64_MIN || number > INT64_MAX)
        return toil_error_set(err, TOIL_BAD_INPUT, "--%s: \"%.100s\" is not a whole number", row->name, value);
    *(int64_t *)member = number;
    return TOIL_OK;
}

static void add_item(struct toil_option_list *list, const char *value)
{
    list->item = toil_xreallocarray(list->item, list->count + 1, sizeof *list->item);
    list->item[list->count++] = value;
}

/* value: NULL for a flag. */
static enum toil_status set(const struct toil_option *row, const char *value, void *target, struct toil_error *err)
{
    void *member = (char *)target + row->offset;
    enum toil_status status = value ? check_word(row, value, err) : TOIL_OK;
    if (status != TOIL_OK)
        return status;
    switch (row->type) {
    case TOIL_OPTION_FLAG:
        *(bool *)member = true;
        break;
    case TOIL_OPTION_TEXT:
        *(const char **)member = value;
        break;
    case TOIL_OPTION_INT:
        return set_int(row, value, member, err);
    case TOIL_OPTION_LIST:
        add_item(member, value);
        break;
    }
    return TOIL_OK;
}

enum toil_status toil_options_parse(int argc, char **argv, const struct toil_option *const *tables, void *const *into,
                                    int *positional, struct toil_error *err)
{
    int kept = 0;
    *positional = 0;
    for (int i = 1; i < argc; i++) {
        char *arg = argv[i];
        if (strcmp(arg, "--") == 0) {
            while (++i < argc)
                argv[1 + kept++] = argv[i];
            break;
        }
        if (arg[0] != '-' || arg[1] == '\0') { /* a lone "-" is standard input */
            argv[1 + kept++] = arg;
            continue;
        }
        if (arg[1] != '-')
            return toil_error_set(err, TOIL_BAD_INPUT, "unknown option %.100s: options begin with --", arg);
        const char *name = arg + 2;
        size_t len = strcspn(name, "=");
        const char *value = name[len] ? name + len + 1 : NULL;
        void *target = NULL;
        const struct toil_option *row = find(tables, into, name, len, &target);
        if (!row)
            return unknown(tables, name, len, err);
        if (row->type == TOIL_OPTION_FLAG && value)
            return toil_error_set(err, TOIL_BAD_INPUT, "--%s takes no value", row->name);
        if (row->type != TOIL_OPTION_FLAG && !value) {
            if (++i >= argc)
                return toil_error_set(err, TOIL_BAD_INPUT, "--%s needs %s", row->name, row->value);
            value = argv[i];
        }
        enum toil_status status = set(row, value, target, err);
        if (status != TOIL_OK)
            return status;
    }
    *positional = kept;
    return TOIL_OK;
}

void toil_option_list_release(struct toil_option_list *list)
{
    free(list->item);
    list->item = NULL;
    list->count = 0;
}
