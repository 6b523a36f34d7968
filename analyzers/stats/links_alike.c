/* Sources that can't be told apart, because their events come together nearly always. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "links_work.h"
#include "toilmeter/buf.h"

/* Both ways, so many of the events coincide. */
#define ALWAYS 0.8

static uint32_t scope_at(const uint32_t *scope, size_t i)
{
    return scope ? scope[i] : TOIL_NO_SCOPE;
}

static bool same_scope(uint32_t a, uint32_t b)
{
    return a == b || a == TOIL_NO_SCOPE || b == TOIL_NO_SCOPE;
}

double toil_coincidence(const struct toil_link_source *a, const struct toil_link_source *b, int64_t tolerance_us)
{
    size_t met = 0, first = 0;
    for (size_t i = 0; i < a->count; i++) {
        while (first < b->count && b->at_us[first] < a->at_us[i] - tolerance_us)
            first++;
        for (size_t j = first; j < b->count && b->at_us[j] <= a->at_us[i] + tolerance_us; j++)
            if (same_scope(scope_at(a->scope, i), scope_at(b->scope, j))) {
                met++;
                break;
            }
    }
    return a->count ? (double)met / (double)a->count : 0;
}

static size_t find_root(const size_t *parent, size_t i)
{
    while (parent[i] != i)
        i = parent[i];
    return i;
}

struct event {
    int64_t at_us;
    uint32_t scope, member;
};

static int compare_events(const void *left, const void *right)
{
    const struct event *a = left, *b = right;
    if (a->at_us != b->at_us)
        return a->at_us < b->at_us ? -1 : 1;
    if (a->scope != b->scope)
        return a->scope < b->scope ? -1 : 1;
    return (a->member > b->member) - (a->member < b->member);
}

/* The events of all members; what follows another member's within the tolerance is the same failure. */
static void merge_events(const struct toil_links_work *work, struct toil_unit *unit)
{
    size_t all = 0, count = 0, n = 0;
    for (size_t m = 0; m < unit->member_count; m++)
        all += work->data->source[unit->member[m]].count;
    struct event *event = toil_xcalloc(all + 1, sizeof *event);
    for (size_t m = 0; m < unit->member_count; m++) {
        const struct toil_link_source *source = &work->data->source[unit->member[m]];
        for (size_t i = 0; i < source->count; i++)
            event[n++] = (struct event){source->at_us[i], scope_at(source->scope, i), (uint32_t)m};
    }
    if (n > 0)
        qsort(event, n, sizeof *event, compare_events);
    unit->own_at_us = toil_xcalloc(all + 1, sizeof *unit->own_at_us);
    unit->own_scope = toil_xcalloc(all + 1, sizeof *unit->own_scope);
    uint32_t *from = toil_xcalloc(all + 1, sizeof *from);
    for (size_t i = 0; i < n; i++) {
        bool known = false;
        for (size_t j = count; j-- > 0 && unit->own_at_us[j] >= event[i].at_us - work->data->bin_us && !known;)
            known = from[j] != event[i].member && same_scope(unit->own_scope[j], event[i].scope);
        if (known)
            continue;
        unit->own_at_us[count] = event[i].at_us;
        unit->own_scope[count] = event[i].scope;
        from[count++] = event[i].member;
    }
    unit->joint.at_us = unit->own_at_us;
    unit->joint.scope = unit->own_scope;
    unit->joint.count = count;
    free(event);
    free(from);
}

/* The unit of all suspects below one root. */
static void make_unit(const struct toil_links_work *work, struct toil_links_topic *topic, const size_t *parent,
                      size_t root)
{
    struct toil_unit *unit = &topic->unit[topic->unit_count];
    unit->member = toil_xcalloc(topic->suspect_count, sizeof *unit->member);
    unit->joint_p = NAN;
    unit->unscreened = true;
    for (size_t i = root; i < topic->suspect_count; i++) {
        if (find_root(parent, i) != root)
            continue;
        topic->suspect[i].unit = topic->unit_count;
        unit->member[unit->member_count++] = topic->suspect[i].source;
        unit->claim = unit->claim || (topic->suspect[i].claim && toil_links_stands(&topic->suspect[i]));
        unit->unscreened = unit->unscreened && !topic->suspect[i].tried;
    }
    const struct toil_link_source *first = &work->data->source[unit->member[0]];
    if (unit->member_count > 1)
        merge_events(work, unit);
    else
        unit->joint = (struct toil_joint_source){.at_us = first->at_us, .scope = first->scope, .count = first->count};
    topic->unit_count++;
}

void toil_unit_release(struct toil_unit *unit)
{
    free(unit->member);
    free(unit->own_at_us);
    free(unit->own_scope);
    *unit = (struct toil_unit){0};
}

void toil_units_make(const struct toil_links_work *work, struct toil_links_topic *topic)
{
    size_t count = topic->suspect_count;
    size_t *parent = toil_xcalloc(count + 1, sizeof *parent);
    for (size_t i = 0; i < count; i++)
        parent[i] = i;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++) {
            const struct toil_link_source *a = &work->data->source[topic->suspect[i].source];
            const struct toil_link_source *b = &work->data->source[topic->suspect[j].source];
            bool alike = topic->suspect[i].near && topic->suspect[i].claim && topic->suspect[j].claim &&
                         topic->suspect[j].near && (double)a->count >= ALWAYS * (double)b->count &&
                         (double)b->count >= ALWAYS * (double)a->count &&
                         toil_coincidence(a, b, work->data->bin_us) >= ALWAYS &&
                         toil_coincidence(b, a, work->data->bin_us) >= ALWAYS;
            if (alike)
                parent[find_root(parent, i)] = find_root(parent, j);
        }
    topic->unit = toil_xcalloc(count + 1, sizeof *topic->unit);
    for (size_t root = 0; root < count; root++)
        if (topic->suspect[root].near && find_root(parent, root) == root)
            make_unit(work, topic, parent, root);
    free(parent);
}
