/* The code behind screen_tickets.h. */
#include "screen_tickets.h"

#include <stdlib.h>

#include "screen.h"
#include "toilmeter/buf.h"

/* Tickets by time. */
struct tickets {
    int64_t *at_us;
    uint32_t *topic; /* from 0 on */
    size_t count;
    uint32_t *of_topic; /* how many of each */
};

struct toil_screen_topic {
    uint32_t first, count;
    struct tickets all;   /* owned, as all arrays here; without scopes the only one */
    uint32_t *scope;      /* of all; NULL: none has one */
    struct tickets sorts; /* by scope, then those without one */
    struct tickets unscoped, scoped;
    size_t *scope_begin; /* [scope_count + 1] into sorts */
    uint32_t scope_count;
};

struct toil_meeting {
    const struct toil_screen_topic *topic;
    const struct toil_plan_events *events;
    struct tickets rest; /* of scopes in which the source has none; owned; made when a view asks */
};

struct record {
    int64_t at_us;
    uint32_t topic, scope;
    size_t place;
};

static int compare_records(const void *left, const void *right)
{
    const struct record *a = left, *b = right;
    if (a->at_us != b->at_us)
        return a->at_us < b->at_us ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

static struct tickets tickets_new(size_t count, uint32_t topics)
{
    return (struct tickets){.at_us = toil_xcalloc(count, sizeof(int64_t)),
                            .topic = toil_xcalloc(count, sizeof(uint32_t)),
                            .of_topic = toil_xcalloc(topics, sizeof(uint32_t))};
}

static void tickets_release(struct tickets *tickets)
{
    free(tickets->at_us);
    free(tickets->topic);
    free(tickets->of_topic);
}

static void tickets_add(struct tickets *tickets, int64_t at_us, uint32_t topic)
{
    tickets->at_us[tickets->count] = at_us;
    tickets->topic[tickets->count++] = topic;
    tickets->of_topic[topic]++;
}

/* All tickets by time, topics in turn where times are the same; returns how many have a scope. */
static size_t collect(const struct toil_link_data *data, struct toil_screen_topic *ready)
{
    size_t count = 0, at = 0, with_scope = 0;
    for (uint32_t t = 0; t < ready->count; t++)
        count += data->topic[ready->first + t].count;
    struct record *record = toil_xcalloc(count, sizeof *record);
    for (uint32_t t = 0; t < ready->count; t++) {
        const struct toil_link_topic *its = &data->topic[ready->first + t];
        for (size_t i = 0; i < its->count; i++, at++)
            record[at] = (struct record){its->at_us[i], t, its->scope ? its->scope[i] : TOIL_NO_SCOPE, at};
    }
    if (ready->count > 1)
        qsort(record, count, sizeof *record, compare_records);
    ready->all = tickets_new(count, ready->count);
    ready->scope = toil_xcalloc(count, sizeof *ready->scope);
    for (size_t i = 0; i < count; i++) {
        tickets_add(&ready->all, record[i].at_us, record[i].topic);
        ready->scope[i] = record[i].scope < data->scope_count ? record[i].scope : TOIL_NO_SCOPE;
        with_scope += ready->scope[i] != TOIL_NO_SCOPE;
    }
    free(record);
    return with_scope;
}

static void sort_by_scope(struct toil_screen_topic *ready, size_t with_scope)
{
    const size_t scope_count = ready->scope_count, topics = ready->count;
    ready->sorts.at_us = toil_xcalloc(with_scope, sizeof *ready->sorts.at_us);
    ready->sorts.topic = toil_xcalloc(with_scope, sizeof *ready->sorts.topic);
    ready->sorts.of_topic = toil_xcalloc(scope_count * topics, sizeof *ready->sorts.of_topic);
    ready->unscoped = tickets_new(ready->all.count - with_scope, ready->count);
    ready->scoped = tickets_new(with_scope, ready->count);
    /* Counted one place further, so that filling moves each beginning to where it belongs. */
    ready->scope_begin = toil_xcalloc(scope_count + 1, sizeof *ready->scope_begin);
    size_t *end = ready->scope_begin + 1, begin = 0;
    for (size_t i = 0; i < ready->all.count; i++) {
        if (ready->scope[i] != TOIL_NO_SCOPE)
            end[ready->scope[i]]++;
    }
    for (size_t s = 0; s < scope_count; s++) {
        const size_t in_scope = end[s];
        end[s] = begin;
        begin += in_scope;
    }
    for (size_t i = 0; i < ready->all.count; i++) {
        const uint32_t scope = ready->scope[i], topic = ready->all.topic[i];
        const int64_t at_us = ready->all.at_us[i];
        tickets_add(scope == TOIL_NO_SCOPE ? &ready->unscoped : &ready->scoped, at_us, topic);
        if (scope == TOIL_NO_SCOPE)
            continue;
        ready->sorts.at_us[end[scope]] = at_us;
        ready->sorts.topic[end[scope]++] = topic;
        ready->sorts.of_topic[scope * topics + topic]++;
    }
}

static struct toil_screen_topic *topics_new(const struct toil_link_data *data, uint32_t first, uint32_t count)
{
    struct toil_screen_topic *ready = toil_xcalloc(1, sizeof *ready);
    ready->first = first;
    ready->count = count;
    const size_t with_scope = collect(data, ready);
    if (with_scope > 0) {
        ready->scope_count = data->scope_count;
        sort_by_scope(ready, with_scope);
    }
    return ready;
}

struct toil_screen_topic *toil_screen_topic_new(const struct toil_link_data *data, uint32_t topic)
{
    return topics_new(data, topic, 1);
}

struct toil_screen_topic *toil_screen_topics_new(const struct toil_link_data *data)
{
    return topics_new(data, 0, (uint32_t)data->topic_count);
}

void toil_screen_topic_free(struct toil_screen_topic *topic)
{
    if (!topic)
        return;
    tickets_release(&topic->all);
    tickets_release(&topic->sorts);
    tickets_release(&topic->unscoped);
    tickets_release(&topic->scoped);
    free(topic->scope);
    free(topic->scope_begin);
    free(topic);
}

uint32_t toil_screen_topic_first(const struct toil_screen_topic *topic)
{
    return topic->first;
}

uint32_t toil_screen_topic_count(const struct toil_screen_topic *topic)
{
    return topic->count;
}

struct toil_meeting *toil_meeting_new(const struct toil_screen_topic *topic, const struct toil_plan_events *events)
{
    struct toil_meeting *meeting = toil_xcalloc(1, sizeof *meeting);
    meeting->topic = topic;
    meeting->events = events;
    return meeting;
}

void toil_meeting_free(struct toil_meeting *meeting)
{
    if (!meeting)
        return;
    tickets_release(&meeting->rest);
    free(meeting);
}

static const struct tickets *rest_of(struct toil_meeting *meeting)
{
    const struct toil_screen_topic *topic = meeting->topic;
    if (meeting->rest.at_us)
        return &meeting->rest;
    meeting->rest = tickets_new(topic->scoped.count, topic->count);
    for (size_t i = 0; i < topic->all.count; i++) {
        if (topic->scope[i] != TOIL_NO_SCOPE && !toil_plan_events_has_scope(meeting->events, topic->scope[i]))
            tickets_add(&meeting->rest, topic->all.at_us[i], topic->all.topic[i]);
    }
    return &meeting->rest;
}

static struct tickets tickets_of(struct toil_meeting *meeting, const struct toil_plan_view *view)
{
    const struct toil_screen_topic *topic = meeting->topic;
    if (view->part_count == 0)
        return (struct tickets){0};
    switch (view->tickets) {
    case TOIL_VIEW_ALL:
        return topic->all;
    case TOIL_VIEW_UNSCOPED:
        return topic->scope_count > 0 ? topic->unscoped : topic->all;
    case TOIL_VIEW_REST:
        return *rest_of(meeting);
    case TOIL_VIEW_SCOPED:
        return topic->scoped;
    case TOIL_VIEW_SCOPE:
        break;
    }
    if (view->scope >= topic->scope_count)
        return (struct tickets){0};
    const size_t begin = topic->scope_begin[view->scope], end = topic->scope_begin[view->scope + 1];
    return (struct tickets){topic->sorts.at_us + begin, topic->sorts.topic + begin, end - begin,
                            topic->sorts.of_topic + (size_t)view->scope * topic->count};
}

/* Counts windows and clusters of the views in which a topic has tickets. Whether one of the topics has enough. */
static bool count_clusters(struct toil_meeting *meeting, const struct toil_screen_plan *plan, struct toil_tally *tally,
                           struct toil_tally_total *total)
{
    const size_t topics = meeting->topic->count;
    bool enough = false;
    for (size_t v = 0; v < plan->view_count; v++) {
        const struct toil_plan_view *view = &plan->view[v];
        const struct tickets tickets = tickets_of(meeting, view);
        for (size_t t = 0; tickets.count > 0 && t < topics; t++) {
            if (tickets.of_topic[t] == 0)
                continue;
            for (size_t i = 0; i < view->part_count; i++) {
                const struct toil_plan_part *part = &plan->part[view->part_begin + i];
                struct toil_tally *cluster = &tally[part->cluster * topics + t];
                total[t].windows += (uint32_t)part->window_count;
                cluster->parts++;
                cluster->paired += part->kept_count > 0;
                cluster->pairs = part->pairs;
            }
        }
    }
    for (size_t t = 0; t < topics; t++) {
        for (size_t i = 0; i < plan->cluster_count; i++) {
            const struct toil_tally *cluster = &tally[i * topics + t];
            total[t].clusters += cluster->parts > 0;
            total[t].paired += toil_plan_cluster_counts(cluster->parts, cluster->paired);
        }
        total[t].abstains = toil_plan_too_few(total[t].clusters, total[t].paired);
        enough = enough || !total[t].abstains;
    }
    return enough;
}

static void count_referents(const struct toil_screen_plan *plan, const struct toil_plan_part *part,
                            const struct tickets *tickets, size_t *hint, struct toil_tally *cluster)
{
    for (size_t w = 0; w < part->kept_count; w++) {
        const struct toil_window *window = &plan->window[part->window_begin + w];
        const int64_t *moved = plan->moved[part->moved_begin + w].at_us;
        for (size_t r = 0; r < TOIL_PLAN_REFERENTS; r++) {
            const int64_t to_us = moved[r] + (window->to_us - window->from_us);
            if (!(part->pairs & (1 << (r / 2))))
                continue;
            for (size_t i = toil_times_find(tickets->at_us, tickets->count, moved[r], &hint[r]);
                 i < tickets->count && tickets->at_us[i] < to_us; i++)
                cluster[tickets->topic[i]].option[1 + r]++;
        }
    }
}

static void count_own(const struct toil_screen_plan *plan, const struct toil_plan_part *part,
                      const struct tickets *tickets, size_t *hint, struct toil_tally *cluster,
                      struct toil_tally_total *total)
{
    for (size_t w = 0; w < part->window_count; w++) {
        const struct toil_window *window = &plan->window[part->window_begin + w];
        for (size_t i = toil_times_find(tickets->at_us, tickets->count, window->from_us, hint);
             i < tickets->count && tickets->at_us[i] < window->to_us; i++) {
            total[tickets->topic[i]].observed_all++;
            cluster[tickets->topic[i]].option[0] += w < part->kept_count;
        }
    }
}

void toil_meeting_count(struct toil_meeting *meeting, const struct toil_screen_plan *plan, struct toil_tally *tally,
                        struct toil_tally_total *total)
{
    const size_t topics = meeting->topic->count;
    for (size_t t = 0; t < topics; t++)
        total[t] = (struct toil_tally_total){0};
    const bool enough = count_clusters(meeting, plan, tally, total);
    for (size_t v = 0; v < plan->view_count; v++) {
        const struct toil_plan_view *view = &plan->view[v];
        const struct tickets tickets = tickets_of(meeting, view);
        size_t hint[TOIL_PLAN_REFERENTS] = {0}, own_hint = 0;
        for (size_t i = 0; tickets.count > 0 && i < view->part_count; i++) {
            const struct toil_plan_part *part = &plan->part[view->part_begin + i];
            struct toil_tally *cluster = &tally[part->cluster * topics];
            count_own(plan, part, &tickets, &own_hint, cluster, total);
            if (enough && part->kept_count > 0)
                count_referents(plan, part, &tickets, hint, cluster);
        }
    }
}
