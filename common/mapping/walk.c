/* One pass over a document: it goes into what a pointer leads through, keeps what a pointer names, and validates the
 * rest. The depth of the recursion is that of the pointers, whatever the message. */
#include <string.h>

#include "mapping/run.h"

struct walker {
    struct run *run;
    const struct toil_mapping *mapping;
    uint64_t filling;
    enum toil_reason reason; /* found by the walk itself; the scan has its own */
};

static bool walk_value(struct walker *walker, struct toil_json_scan *scan, int node);

static int member_of(struct walker *walker, int node, struct toil_span key, bool escaped)
{
    const struct path *path = walker->mapping->path;
    if (escaped) {
        char *plain = scratch_take(walker->run->call.scratch, key.len);
        key = (struct toil_span){plain, toil_json_unescape(key, plain)};
    }
    for (int child = path[node].child; child >= 0; child = path[child].next) {
        if (path[child].token.len == key.len && memcmp(path[child].token.ptr, key.ptr, key.len) == 0)
            return child;
    }
    return -1;
}

static void keep(struct walker *walker, int node, const struct toil_json_value *value)
{
    int slot = walker->mapping->path[node].slot;
    if (slot >= 0)
        walker->run->slot[slot] = (struct slot){walker->filling, *value};
}

/* A node of the tree stands for one place of the document: false when the walk was there before. */
static bool first_time(struct walker *walker, int node)
{
    bool first = walker->run->visited[node] != walker->filling;
    walker->run->visited[node] = walker->filling;
    return first;
}

/* A member that a pointer goes through must stand once: which of two counts is anybody's guess. */
static bool walk_member(struct walker *walker, struct toil_json_scan *scan, int child, struct toil_span key)
{
    if (first_time(walker, child))
        return walk_value(walker, scan, child);
    char shown[SHOWN_BYTES + 1];
    show_bytes(key, shown);
    walker->reason = complain(&walker->run->call, TOIL_REASON_DUPLICATE_KEY, "key \"%s\" stands twice", shown);
    return false;
}

static bool walk_object(struct walker *walker, struct toil_json_scan *scan, int node)
{
    struct toil_span key;
    bool first = true, escaped;
    if (!toil_json_enter(scan))
        return false;
    while (toil_json_member_next(scan, &first, &key, &escaped)) {
        struct toil_json_value value;
        int child = member_of(walker, node, key, escaped);
        bool good = child < 0 ? toil_json_read(scan, &value) : walk_member(walker, scan, child, key);
        if (!good)
            return false;
    }
    return scan->fault == TOIL_JSON_OK;
}

/* Does the item's member `selector` say what is wanted? The item is whole and valid. */
static bool is_selected(struct walker *walker, const struct path *path, struct toil_span item)
{
    struct toil_json_scan scan;
    struct toil_json_member member;
    if (!toil_json_object_begin(&scan, item, TOIL_JSON_MAX_DEPTH))
        return false;
    while (toil_json_next(&scan, &member)) {
        if (member.key_escaped || !toil_span_equal(member.key, path->selector))
            continue;
        struct toil_span text = member.value.text;
        if (member.value.type == TOIL_JSON_STRING)
            text = string_text(&walker->run->call, &member.value);
        return toil_span_equal(text, path->wanted);
    }
    return false;
}

static bool is_wanted(struct walker *walker, int child, int64_t index, const struct toil_json_value *item)
{
    const struct path *path = &walker->mapping->path[child];
    if (path->selector.len == 0)
        return path->index == index;
    return item->type == TOIL_JSON_OBJECT && is_selected(walker, path, item->text) && first_time(walker, child);
}

/* An item that selectors may pick: it is read whole first, since the member that decides may come last. */
static bool walk_item(struct walker *walker, struct toil_json_scan *scan, int node, int64_t index)
{
    const struct path *path = walker->mapping->path;
    struct toil_json_value value;
    if (!toil_json_read(scan, &value))
        return false;
    for (int child = path[node].child; child >= 0; child = path[child].next) {
        if (!is_wanted(walker, child, index, &value))
            continue;
        struct toil_json_scan inner;
        if (path[child].child < 0 || value.type == TOIL_JSON_STRING)
            keep(walker, child, &value);
        else if (toil_json_open(&inner, value.text, TOIL_JSON_MAX_DEPTH) && !walk_value(walker, &inner, child))
            return false;
    }
    return true;
}

static bool walk_array(struct walker *walker, struct toil_json_scan *scan, int node)
{
    bool first = true;
    if (!toil_json_enter(scan))
        return false;
    for (int64_t index = 0; toil_json_item_next(scan, &first); index++) {
        if (!walk_item(walker, scan, node, index))
            return false;
    }
    return scan->fault == TOIL_JSON_OK;
}

static bool walk_value(struct walker *walker, struct toil_json_scan *scan, int node)
{
    const struct path *path = &walker->mapping->path[node];
    struct toil_json_value value = {0};
    enum toil_json_type type = toil_json_at(scan);
    bool enters = path->child >= 0 && (type == TOIL_JSON_OBJECT || (type == TOIL_JSON_ARRAY && path->indexes));
    if (!enters) {
        if (!toil_json_read(scan, &value))
            return false;
        keep(walker, node, &value);
        return true;
    }
    const char *begin = scan->at;
    bool good = type == TOIL_JSON_OBJECT ? walk_object(walker, scan, node) : walk_array(walker, scan, node);
    value.type = type;
    value.text = (struct toil_span){begin, (size_t)(scan->at - begin)};
    if (good)
        keep(walker, node, &value);
    return good;
}

enum toil_reason walk(struct run *run, const struct level *level, struct document *document)
{
    struct toil_json_scan scan;
    document->filling = ++run->fillings;
    struct walker walker = {run, run->mapping, document->filling, TOIL_REASON_NONE};
    /* An escaped key needs room for itself at most. */
    if (toil_json_open(&scan, document->text, TOIL_MAPPED_DEPTH) && walk_value(&walker, &scan, level->root))
        toil_json_close(&scan);
    if (walker.reason != TOIL_REASON_NONE)
        return walker.reason;
    return scan_fault(&run->call, &scan);
}

const struct toil_json_value *slot_value(const struct run *run, const struct document *document, int slot)
{
    const struct slot *at = &run->slot[slot];
    return at->filling == document->filling ? &at->value : NULL;
}
