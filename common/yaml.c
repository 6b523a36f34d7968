/* The code behind yaml.h that knows libfyaml: its events become a tree of our own, in which every node knows its place,
 * so that an error found much later can still show the line. */
#include "toilmeter/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "toilmeter/utf8.h"

#define MAX_FILE_BYTES ((size_t)16 << 20)
#define MAX_DEPTH      64
#define EXCERPT_CHARS  80

enum node_type { SCALAR, LIST, MAP };

struct toil_yaml_node {
    struct toil_yaml *yaml;
    enum node_type type;
    bool plain;             /* a scalar without quotes */
    char *text;             /* of a scalar, owned */
    int line;               /* from 1 */
    int column;             /* from 1, in characters */
    size_t count;           /* of items or pairs */
    toil_yaml_node **keys;  /* of a map */
    toil_yaml_node **items; /* of a list, values of a map */
};

struct anchor {
    char *name; /* owned */
    toil_yaml_node *node;
};

struct toil_yaml {
    char *file; /* owned */
    char *text; /* owned: the source, for excerpts */
    size_t len;
    toil_yaml_node **nodes; /* owned, all of them: an alias makes one node stand in two places */
    size_t node_count, node_cap;
    struct anchor *anchors;
    size_t anchor_count;
    toil_yaml_node *root;
};

/* A container that has begun and not ended. */
struct open_node {
    toil_yaml_node *node;
    toil_yaml_node *key; /* of a map: read, its value not yet */
    char *anchor;        /* owned, or NULL */
};

struct builder {
    struct toil_yaml *yaml;
    struct open_node stack[MAX_DEPTH];
    unsigned depth;
    struct toil_error *err;
};

/* Length in bytes of the character at p; broken UTF-8 counts byte by byte. */
static size_t char_len(const char *p, const char *end)
{
    size_t len = 1;
    if (((unsigned char)*p & 0xc0) == 0xc0) {
        while (p + len < end && ((unsigned char)p[len] & 0xc0) == 0x80 && len < 4)
            len++;
    }
    return len;
}

static const char *line_start(const struct toil_yaml *yaml, int line)
{
    const char *p = yaml->text, *end = yaml->text + yaml->len;
    while (line > 1 && p) {
        p = memchr(p, '\n', (size_t)(end - p));
        p = p ? p + 1 : NULL;
        line--;
    }
    return p;
}

/* "  12 | kafka: [a, b" and below it the caret; of a long line the part around the column. */
static void excerpt(const struct toil_yaml *yaml, int line, int column, struct toil_error *err)
{
    const char *p = line_start(yaml, line), *end = yaml->text + yaml->len;
    if (!p || !err)
        return;
    struct toil_buf shown = TOIL_BUF_INIT, caret = TOIL_BUF_INIT;
    int first = column > EXCERPT_CHARS - 20 ? column - EXCERPT_CHARS / 2 : 1;
    int at = 1;
    for (; p < end && *p != '\n' && at < first + EXCERPT_CHARS; at++) {
        size_t len = char_len(p, end);
        if (at >= first) {
            bool tab = *p == '\t', control = (unsigned char)*p < 0x20 || *p == 0x7f;
            toil_buf_add(&shown, control ? (tab ? "\t" : " ") : p, control ? 1 : len);
            if (at < column)
                toil_buf_add_char(&caret, tab ? '\t' : ' ');
        }
        p += len;
    }
    toil_buf_add_char(&caret, '^');
    toil_error_hint(err, "%5d | %s\n      | %s", line, shown.data ? shown.data : "", caret.data);
    toil_buf_release(&shown);
    toil_buf_release(&caret);
}

static enum toil_status error_at(const struct toil_yaml *yaml, int line, int column, struct toil_error *err,
                                 const char *message)
{
    toil_error_set(err, TOIL_BAD_INPUT, "%s:%d:%d: %s", yaml->file, line, column, message);
    excerpt(yaml, line, column, err);
    return TOIL_BAD_INPUT;
}

enum toil_status toil_yaml_error(const toil_yaml_node *node, struct toil_error *err, const char *fmt, ...)
{
    char *message = NULL;
    va_list args;
    va_start(args, fmt);
    int len = vasprintf(&message, fmt, args);
    va_end(args);
    if (len < 0)
        abort();
    enum toil_status status = node ? error_at(node->yaml, node->line, node->column, err, message)
                                   : toil_error_set(err, TOIL_BAD_INPUT, "%s", message);
    free(message);
    return status;
}

static toil_yaml_node *new_node(struct builder *builder, enum node_type type, struct fy_event *event)
{
    struct toil_yaml *yaml = builder->yaml;
    if (yaml->node_count == yaml->node_cap) {
        yaml->node_cap = yaml->node_cap ? 2 * yaml->node_cap : 64;
        yaml->nodes = toil_xreallocarray(yaml->nodes, yaml->node_cap, sizeof(toil_yaml_node *));
    }
    toil_yaml_node *node = toil_xcalloc(1, sizeof *node);
    yaml->nodes[yaml->node_count++] = node;
    const struct fy_mark *mark = fy_event_start_mark(event);
    const toil_yaml_node *key = builder->depth ? builder->stack[builder->depth - 1].key : NULL;
    node->yaml = yaml;
    node->type = type;
    /* An empty value has no place of its own: it is shown at its key. */
    node->line = mark ? mark->line + 1 : key ? key->line : 1;
    node->column = mark ? mark->column + 1 : key ? key->column : 1;
    return node;
}

static char *token_text(struct fy_token *token)
{
    size_t len = 0;
    const char *text = token ? fy_token_get_text(token, &len) : NULL;
    return text ? toil_xstrndup(text, len) : NULL;
}

/* Takes the name. */
static void add_anchor(struct toil_yaml *yaml, char *name, toil_yaml_node *node)
{
    if (!name)
        return;
    yaml->anchors = toil_xreallocarray(yaml->anchors, yaml->anchor_count + 1, sizeof *yaml->anchors);
    yaml->anchors[yaml->anchor_count++] = (struct anchor){name, node};
}

static toil_yaml_node **grow(toil_yaml_node **list, size_t count)
{
    bool full = (count & (count - 1)) == 0; /* at 0 and at powers of two */
    return full ? toil_xreallocarray(list, count ? 2 * count : 1, sizeof *list) : list;
}

/* Puts a finished or beginning node where it belongs: root, item, key or value. */
static enum toil_status place(struct builder *builder, toil_yaml_node *node)
{
    if (builder->depth == 0) {
        if (builder->yaml->root)
            return toil_yaml_error(node, builder->err, "a second document: one file holds one");
        builder->yaml->root = node;
        return TOIL_OK;
    }
    struct open_node *open = &builder->stack[builder->depth - 1];
    toil_yaml_node *parent = open->node;
    if (parent->type == MAP && !open->key) {
        if (node->type != SCALAR)
            return toil_yaml_error(node, builder->err, "a key must be a text");
        open->key = node;
        return TOIL_OK;
    }
    parent->items = grow(parent->items, parent->count);
    if (parent->type == MAP) {
        parent->keys = grow(parent->keys, parent->count);
        parent->keys[parent->count] = open->key;
        open->key = NULL;
    }
    parent->items[parent->count++] = node;
    return TOIL_OK;
}

static int compare_keys(const void *a, const void *b)
{
    const toil_yaml_node *left = *(toil_yaml_node *const *)a, *right = *(toil_yaml_node *const *)b;
    int order = strcmp(left->text, right->text);
    if (order)
        return order;
    return left->line != right->line ? (left->line > right->line) - (left->line < right->line)
                                     : left->column - right->column;
}

static enum toil_status check_duplicates(const toil_yaml_node *map, struct toil_error *err)
{
    if (map->count < 2)
        return TOIL_OK;
    toil_yaml_node **sorted = toil_xreallocarray(NULL, map->count, sizeof *sorted);
    memcpy(sorted, map->keys, map->count * sizeof *sorted);
    qsort(sorted, map->count, sizeof *sorted, compare_keys);
    enum toil_status status = TOIL_OK;
    for (size_t i = 1; i < map->count && status == TOIL_OK; i++) {
        if (strcmp(sorted[i - 1]->text, sorted[i]->text) == 0)
            status = toil_yaml_error(sorted[i], err, "key \"%.100s\" stands twice; first in line %d", sorted[i]->text,
                                     sorted[i - 1]->line);
    }
    free(sorted);
    return status;
}

static enum toil_status on_scalar(struct builder *builder, struct fy_event *event)
{
    struct fy_token *value = event->scalar.value;
    toil_yaml_node *node = new_node(builder, SCALAR, event);
    node->plain = !value || fy_token_scalar_style(value) == FYSS_PLAIN;
    node->text = token_text(value);
    if (!node->text)
        node->text = toil_xstrdup("");
    if (value && strlen(node->text) != fy_token_get_text_length(value))
        return toil_yaml_error(node, builder->err, "a NUL character in a text");
    add_anchor(builder->yaml, token_text(event->scalar.anchor), node);
    return place(builder, node);
}

static enum toil_status on_alias(struct builder *builder, struct fy_event *event)
{
    struct toil_yaml *yaml = builder->yaml;
    char *name = token_text(event->alias.anchor);
    toil_yaml_node *target = NULL;
    for (size_t i = yaml->anchor_count; i > 0 && !target && name; i--) {
        if (strcmp(yaml->anchors[i - 1].name, name) == 0)
            target = yaml->anchors[i - 1].node;
    }
    enum toil_status status = TOIL_OK;
    if (!target) {
        toil_yaml_node *here = new_node(builder, SCALAR, event);
        status = toil_yaml_error(here, builder->err, "alias *%.100s stands for no finished anchor", name ? name : "");
    } else {
        status = place(builder, target);
    }
    free(name);
    return status;
}

static enum toil_status on_start(struct builder *builder, struct fy_event *event, enum node_type type,
                                 struct fy_token *anchor)
{
    toil_yaml_node *node = new_node(builder, type, event);
    if (builder->depth == MAX_DEPTH)
        return toil_yaml_error(node, builder->err, "nested deeper than %d", MAX_DEPTH);
    enum toil_status status = place(builder, node);
    if (status != TOIL_OK)
        return status;
    builder->stack[builder->depth++] = (struct open_node){.node = node, .anchor = token_text(anchor)};
    return TOIL_OK;
}

/* An anchor counts once its node is whole, so an alias can never make a node its own child. */
static enum toil_status on_end(struct builder *builder)
{
    struct open_node *open = &builder->stack[--builder->depth];
    add_anchor(builder->yaml, open->anchor, open->node);
    open->anchor = NULL;
    return open->node->type == MAP ? check_duplicates(open->node, builder->err) : TOIL_OK;
}

static enum toil_status on_event(struct builder *builder, struct fy_event *event)
{
    switch (event->type) {
    case FYET_SCALAR:
        return on_scalar(builder, event);
    case FYET_ALIAS:
        return on_alias(builder, event);
    case FYET_MAPPING_START:
        return on_start(builder, event, MAP, event->mapping_start.anchor);
    case FYET_SEQUENCE_START:
        return on_start(builder, event, LIST, event->sequence_start.anchor);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        return on_end(builder);
    default:
        return TOIL_OK;
    }
}

/* What libfyaml collected first; without any, a line that says so. */
static enum toil_status syntax_error(const struct toil_yaml *yaml, struct fy_diag *diag, struct toil_error *err)
{
    void *cursor = NULL;
    const struct fy_diag_error *first = fy_diag_errors_iterate(diag, &cursor);
    if (!first)
        return toil_error_set(err, TOIL_BAD_INPUT, "%s: not YAML", yaml->file);
    const char *message = first->msg ? first->msg : "not YAML";
    return error_at(yaml, first->line > 0 ? first->line : 1, first->column > 0 ? first->column : 1, err, message);
}

static enum toil_status read_events(struct builder *builder, struct fy_parser *parser, struct fy_diag *diag)
{
    enum toil_status status = TOIL_OK;
    struct fy_event *event;
    while (status == TOIL_OK && (event = fy_parser_parse(parser)) != NULL) {
        status = on_event(builder, event);
        fy_parser_event_free(parser, event);
    }
    if (status == TOIL_OK && fy_parser_get_stream_error(parser))
        status = syntax_error(builder->yaml, diag, builder->err);
    for (unsigned i = 0; i < builder->depth; i++)
        free(builder->stack[i].anchor);
    return status;
}

static enum toil_status parse(struct toil_yaml *yaml, struct toil_error *err)
{
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag};
    struct fy_parser *parser = diag ? fy_parser_create(&cfg) : NULL;
    if (!parser)
        abort();
    fy_diag_set_collect_errors(diag, true);
    struct builder builder = {.yaml = yaml, .err = err};
    enum toil_status status = TOIL_OK;
    /* Of an empty string libfyaml makes an error; for us it is an empty map. */
    if (yaml->len > 0) {
        if (fy_parser_set_string(parser, yaml->text, yaml->len) != 0)
            abort();
        status = read_events(&builder, parser, diag);
    }
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return status;
}

static enum toil_status not_text(const struct toil_yaml *yaml, struct toil_error *err)
{
    const char *nul = memchr(yaml->text, '\0', yaml->len);
    size_t good = toil_utf8_valid_bytes(yaml->text, nul ? (size_t)(nul - yaml->text) : yaml->len);
    int line = 1, column = 1;
    for (size_t i = 0; i < good; i++) {
        bool is_newline = yaml->text[i] == '\n', begins_char = ((unsigned char)yaml->text[i] & 0xc0) != 0x80;
        line += is_newline;
        column = is_newline ? 1 : column + begins_char;
    }
    return toil_error_set(err, TOIL_BAD_INPUT, "%s:%d:%d: not UTF-8 text", yaml->file, line, column);
}

/* Takes the text. */
static enum toil_status load(const char *file, char *text, size_t len, struct toil_yaml **out, struct toil_error *err)
{
    struct toil_yaml *yaml = toil_xcalloc(1, sizeof *yaml);
    yaml->file = toil_xstrdup(file);
    yaml->text = text;
    yaml->len = len;
    enum toil_status status = TOIL_OK;
    if (memchr(text, '\0', len) || toil_utf8_valid_bytes(text, len) < len)
        status = not_text(yaml, err);
    if (status == TOIL_OK)
        status = parse(yaml, err);
    if (status != TOIL_OK) {
        toil_yaml_free(yaml);
        return status;
    }
    if (!yaml->root || toil_yaml_is_null(yaml->root)) {
        yaml->nodes = toil_xreallocarray(yaml->nodes, yaml->node_count + 1, sizeof(toil_yaml_node *));
        yaml->root = toil_xcalloc(1, sizeof *yaml->root);
        *yaml->root = (toil_yaml_node){.yaml = yaml, .type = MAP, .line = 1, .column = 1};
        yaml->nodes[yaml->node_count++] = yaml->root;
    }
    *out = yaml;
    return TOIL_OK;
}

enum toil_status toil_yaml_load_text(const char *name, struct toil_span text, struct toil_yaml **out,
                                     struct toil_error *err)
{
    *out = NULL;
    return load(name, toil_xstrndup(text.ptr, text.len), text.len, out, err);
}

static enum toil_status read_all(int fd, const char *path, struct toil_buf *text, struct toil_error *err)
{
    struct stat info;
    if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode))
        return toil_error_set(err, TOIL_BAD_INPUT, "%s: is a directory", path);
    for (;;) {
        toil_buf_reserve(text, 65536);
        ssize_t n = read(fd, text->data + text->len, 65536);
        if (n == 0)
            return TOIL_OK;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return toil_error_set(err, TOIL_BAD_INPUT, "%s: %s", path, strerror(errno));
        text->len += (size_t)n;
        text->data[text->len] = '\0';
        if (text->len > MAX_FILE_BYTES)
            return toil_error_set(err, TOIL_BAD_INPUT, "%s: larger than 16 MiB", path);
    }
}

enum toil_status toil_yaml_load_file(const char *path, struct toil_yaml **out, struct toil_error *err)
{
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return toil_error_set(err, TOIL_BAD_INPUT, "%s: %s", path, strerror(errno));
    struct toil_buf text = TOIL_BUF_INIT;
    enum toil_status status = read_all(fd, path, &text, err);
    close(fd);
    if (status != TOIL_OK) {
        toil_buf_release(&text);
        return status;
    }
    size_t len = text.len;
    return load(path, toil_buf_take(&text), len, out, err);
}

void toil_yaml_free(struct toil_yaml *yaml)
{
    if (!yaml)
        return;
    for (size_t i = 0; i < yaml->node_count; i++) {
        toil_yaml_node *node = yaml->nodes[i];
        free(node->text);
        free(node->keys);
        free(node->items);
        free(node);
    }
    for (size_t i = 0; i < yaml->anchor_count; i++)
        free(yaml->anchors[i].name);
    free(yaml->anchors);
    free(yaml->nodes);
    free(yaml->text);
    free(yaml->file);
    free(yaml);
}

const toil_yaml_node *toil_yaml_root(const struct toil_yaml *yaml)
{
    return yaml->root;
}

bool toil_yaml_is_map(const toil_yaml_node *node)
{
    return node && node->type == MAP;
}

bool toil_yaml_is_list(const toil_yaml_node *node)
{
    return node && node->type == LIST;
}

bool toil_yaml_is_scalar(const toil_yaml_node *node)
{
    return node && node->type == SCALAR;
}

bool toil_yaml_is_null(const toil_yaml_node *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    if (!toil_yaml_is_scalar(node) || !node->plain)
        return false;
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(node->text, words[i]) == 0)
            return true;
    }
    return false;
}

size_t toil_yaml_count(const toil_yaml_node *node)
{
    return node ? node->count : 0;
}

const toil_yaml_node *toil_yaml_item(const toil_yaml_node *list, size_t index)
{
    return toil_yaml_is_list(list) && index < list->count ? list->items[index] : NULL;
}

const toil_yaml_node *toil_yaml_key_node(const toil_yaml_node *map, size_t index)
{
    return toil_yaml_is_map(map) && index < map->count ? map->keys[index] : NULL;
}

const char *toil_yaml_key(const toil_yaml_node *map, size_t index)
{
    const toil_yaml_node *key = toil_yaml_key_node(map, index);
    return key ? key->text : NULL;
}

const toil_yaml_node *toil_yaml_value(const toil_yaml_node *map, size_t index)
{
    return toil_yaml_is_map(map) && index < map->count ? map->items[index] : NULL;
}

const toil_yaml_node *toil_yaml_get(const toil_yaml_node *map, const char *key)
{
    for (size_t i = 0; toil_yaml_is_map(map) && i < map->count; i++) {
        if (strcmp(map->keys[i]->text, key) == 0)
            return map->items[i];
    }
    return NULL;
}

const char *toil_yaml_text(const toil_yaml_node *node)
{
    return toil_yaml_is_scalar(node) ? node->text : NULL;
}

int toil_yaml_line(const toil_yaml_node *node)
{
    return node ? node->line : 0;
}

const char *toil_yaml_file(const toil_yaml_node *node)
{
    return node ? node->yaml->file : "";
}
