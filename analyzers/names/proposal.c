/* The code behind proposal.h. */
#include "proposal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- which component ---- */

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c == '_' ? '-' : c);
}

static size_t bytes_without_ending(const char *name)
{
    static const char *const endings[] = {"-service", "-svc"};
    size_t len = strlen(name);
    for (size_t e = 0; e < sizeof endings / sizeof *endings; e++) {
        size_t ending = strlen(endings[e]), at = 0;
        if (len <= ending)
            continue;
        while (at < ending && lower(name[len - ending + at]) == endings[e][at])
            at++;
        if (at == ending)
            return len - ending;
    }
    return len;
}

struct toil_likely_name {
    char *name; /* owned: without case and ending, dashes for underscores */
    size_t component;
};

static char *likely_name(const char *name)
{
    size_t len = bytes_without_ending(name);
    char *likely = toil_xstrndup(name, len);
    for (size_t i = 0; i < len; i++)
        likely[i] = lower(likely[i]);
    return likely;
}

static int compare_likely(const void *a, const void *b)
{
    const struct toil_likely_name *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    return order ? order : (left->component > right->component) - (left->component < right->component);
}

void toil_likely_init(struct toil_likely *likely, const struct toil_catalog *catalog)
{
    *likely = (struct toil_likely){.catalog = catalog, .count = catalog->component_count};
    likely->item = toil_xcalloc(likely->count, sizeof *likely->item);
    for (size_t i = 0; i < likely->count; i++)
        likely->item[i] = (struct toil_likely_name){likely_name(catalog->component[i].name), i};
    if (likely->count > 0)
        qsort(likely->item, likely->count, sizeof *likely->item, compare_likely);
}

void toil_likely_release(struct toil_likely *likely)
{
    for (size_t i = 0; i < likely->count; i++)
        free(likely->item[i].name);
    free(likely->item);
    *likely = (struct toil_likely){0};
}

/* The first place in the order whose name is not below. */
static size_t first_likely(const struct toil_likely *likely, const char *name)
{
    size_t low = 0, high = likely->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(likely->item[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t toil_likely_component(const struct toil_likely *likely, const char *name)
{
    char *wanted = likely_name(name);
    size_t found = SIZE_MAX;
    for (size_t i = first_likely(likely, wanted); i < likely->count; i++) {
        size_t component = likely->item[i].component;
        if (strcmp(likely->item[i].name, wanted) != 0)
            break;
        bool equal = strcmp(likely->catalog->component[component].name, name) == 0;
        if (equal || found == SIZE_MAX)
            found = component;
        if (equal)
            break;
    }
    free(wanted);
    return found;
}

size_t toil_likely_home(const struct toil_likely *likely, const struct toil_family *family)
{
    size_t component = toil_likely_component(likely, family->name);
    return component != SIZE_MAX ? component : toil_likely_component(likely, family->stem);
}

/* ---- YAML ---- */

/* What YAML, of any version, reads as something else than a text. */
static bool is_word_of_yaml(const char *text)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

static bool is_plain(const char *text)
{
    bool letter = (text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z');
    return letter && !is_word_of_yaml(text) &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == strlen(text);
}

/* With the quote around it; the characters of `escaped` get a backslash. */
static void add_quoted(struct toil_buf *out, const char *text, char quote, const char *escaped)
{
    toil_buf_add_char(out, quote);
    for (; *text; text++) {
        if (strchr(escaped, *text))
            toil_buf_add_char(out, '\\');
        toil_buf_add_char(out, *text);
    }
    toil_buf_add_char(out, quote);
}

void toil_yaml_add_scalar(struct toil_buf *out, const char *text)
{
    if (is_plain(text))
        toil_buf_add_text(out, text);
    else if (strpbrk(text, "\\\"") && !strchr(text, '\''))
        add_quoted(out, text, '\'', "");
    else
        add_quoted(out, text, '"', "\\\"");
}

void toil_yaml_add_rules(struct toil_buf *out, char *const *rule, size_t count)
{
    for (size_t r = 0; r < count; r++) {
        toil_buf_add_text(out, r > 0 ? ", " : "");
        toil_yaml_add_scalar(out, rule[r]);
    }
}

static void add_counts(struct toil_buf *out, const struct toil_family *family)
{
    toil_buf_printf(out, "%" PRId64 " event%s, %zu name%s", family->events, family->events == 1 ? "" : "s",
                    family->member_count, family->member_count == 1 ? "" : "s");
}

/* A family and where its rules go, in an order in which those that go to one place stand together. */
struct place {
    const struct toil_family *family;
    const char *name; /* of the component */
    size_t component; /* SIZE_MAX: a new one */
    size_t first;     /* rank of the first family that goes to the same place */
    size_t rank;
};

static int compare_names(const void *a, const void *b)
{
    const struct place *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    return order ? order : (left->rank > right->rank) - (left->rank < right->rank);
}

static int compare_ranks(const void *a, const void *b)
{
    const struct place *left = a, *right = b;
    if (left->first != right->first)
        return left->first > right->first ? 1 : -1;
    return (left->rank > right->rank) - (left->rank < right->rank);
}

static struct place *make_places(const struct toil_likely *likely, const struct toil_families *families, size_t count)
{
    struct place *place = toil_xcalloc(count, sizeof *place);
    for (size_t f = 0; f < count; f++) {
        const struct toil_family *family = &families->item[f];
        size_t component = toil_likely_home(likely, family);
        const char *name = component == SIZE_MAX ? family->name : likely->catalog->component[component].name;
        place[f] = (struct place){family, name, component, f, f};
    }
    qsort(place, count, sizeof *place, compare_names);
    for (size_t i = 1; i < count; i++)
        if (strcmp(place[i - 1].name, place[i].name) == 0)
            place[i].first = place[i - 1].first;
    qsort(place, count, sizeof *place, compare_ranks);
    return place;
}

static size_t place_end(const struct place *place, size_t from, size_t count)
{
    size_t end = from + 1;
    while (end < count && place[end].first == place[from].first)
        end++;
    return end;
}

/* The rules of several families, one after the other. */
static void add_all_rules(struct toil_buf *out, const struct place *place, size_t count, bool some)
{
    for (size_t i = 0; i < count; i++) {
        if (place[i].family->rule_count == 0)
            continue;
        toil_buf_add_text(out, some ? ", " : "");
        toil_yaml_add_rules(out, place[i].family->rule, place[i].family->rule_count);
        some = true;
    }
}

static bool has_rule(const struct place *place, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (place[i].family->rule_count > 0)
            return true;
    return false;
}

static void add_new(struct toil_buf *out, const struct place *place, size_t count)
{
    if (out->len == 0)
        toil_buf_add_text(out, "components:\n");
    toil_buf_add_text(out, "  - name: ");
    toil_yaml_add_scalar(out, place[0].name);
    toil_buf_add_text(out, " # ");
    for (size_t i = 0; i < count; i++) {
        toil_buf_add_text(out, i > 0 ? "; " : "");
        add_counts(out, place[i].family);
    }
    toil_buf_add_text(out, "\n    match: [");
    add_all_rules(out, place, count, false);
    toil_buf_add_text(out, "]\n");
}

static void add_known(struct toil_buf *out, const struct toil_component *component, const struct place *place,
                      size_t count)
{
    toil_buf_add_text(out, "#   ");
    toil_yaml_add_scalar(out, component->name);
    toil_buf_add_text(out, "\n#     match: [");
    toil_yaml_add_rules(out, component->match, component->match_count);
    add_all_rules(out, place, count, component->match_count > 0);
    toil_buf_add_text(out, "]\n");
}

static void add_hopeless(struct toil_buf *out, const struct toil_family *family, bool first)
{
    if (first)
        toil_buf_add_text(out, "# No rule was found for\n");
    toil_buf_add_text(out, "#   ");
    toil_yaml_add_scalar(out, family->name);
    toil_buf_add_text(out, " (");
    add_counts(out, family);
    toil_buf_add_text(out, ")\n");
}

void toil_proposal_yaml(const struct toil_likely *likely, const struct toil_families *families, size_t count,
                        struct toil_buf *out)
{
    struct toil_buf known = TOIL_BUF_INIT, hopeless = TOIL_BUF_INIT, fresh = TOIL_BUF_INIT;
    struct place *place = make_places(likely, families, count);
    for (size_t from = 0, end; from < count; from = end) {
        end = place_end(place, from, count);
        if (!has_rule(&place[from], end - from))
            continue;
        if (place[from].component == SIZE_MAX)
            add_new(&fresh, &place[from], end - from);
        else
            add_known(&known, &likely->catalog->component[place[from].component], &place[from], end - from);
    }
    for (size_t f = 0; f < count; f++)
        if (families->item[f].rule_count == 0)
            add_hopeless(&hopeless, &families->item[f], hopeless.len == 0);
    toil_buf_add(out, fresh.data, fresh.len);
    if (known.len > 0)
        toil_buf_printf(out, "# In components that are there already, `match` becomes\n%s", known.data);
    toil_buf_add(out, hopeless.data, hopeless.len);
    free(place);
    toil_buf_release(&known);
    toil_buf_release(&hopeless);
    toil_buf_release(&fresh);
}
