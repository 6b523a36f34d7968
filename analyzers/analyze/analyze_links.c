/* What the search for links reads: sources, topics, local time. */
#include "analyze_links.h"

#include <stdlib.h>
#include <string.h>

#include "toilmeter/timestamp.h"

/* Units of the progress: microseconds, as measured. */
#define UNITS_PER_PAIR            3000.0
#define UNITS_PER_EVENT_AND_TOPIC 0.3
#define UNITS_PER_TICKET          30.0

static const enum toil_kind source_kinds[] = {TOIL_KIND_SERVICE_RESTART, TOIL_KIND_QUEUE_REBALANCE,
                                              TOIL_KIND_DEPLOYMENT};
enum { SOURCE_KINDS = sizeof source_kinds / sizeof *source_kinds };

void toil_links_begin(struct toil_analysis *analysis)
{
    struct toil_link_search *search = toil_xcalloc(1, sizeof *search);
    for (size_t i = 0; i < SOURCE_KINDS; i++)
        search->events[source_kinds[i]] = toil_xcalloc(analysis->catalog->component_count + 1, sizeof **search->events);
    search->options = toil_link_options_default();
    analysis->links = search;
}

static void add(struct toil_link_events *events, int64_t at_us, uint32_t scope)
{
    size_t cap = events->cap;
    events->at_us = toil_grow(events->at_us, events->count, &events->cap, sizeof *events->at_us);
    bool first = !events->scope && scope != TOIL_NO_SCOPE;
    if (first || (events->scope && cap != events->cap))
        events->scope = toil_xreallocarray(events->scope, events->cap, sizeof *events->scope);
    for (size_t i = 0; first && i < events->count; i++)
        events->scope[i] = TOIL_NO_SCOPE;
    if (events->scope)
        events->scope[events->count] = scope;
    events->at_us[events->count++] = at_us;
}

/* An empty text says as little as none. */
static uint32_t number_of(struct toil_intern *intern, struct toil_span text)
{
    return text.len > 0 ? toil_intern_add(intern, text) : TOIL_NO_TEXT;
}

_Static_assert(TOIL_NO_TEXT == TOIL_NO_SCOPE, "a scope's number is that of its text");

void toil_links_add_event(struct toil_analysis *analysis, const struct toil_fact_row *row, uint32_t component)
{
    struct toil_link_search *search = analysis->links;
    if (component >= analysis->catalog->component_count || !search->events[row->kind])
        return;
    uint32_t scope = number_of(&search->scopes, row->scope);
    if (row->kind != TOIL_KIND_DEPLOYMENT) {
        add(&search->events[row->kind][component], row->at_us, scope);
        return;
    }
    search->deployment =
        toil_grow(search->deployment, search->deployment_count, &search->deployment_cap, sizeof *search->deployment);
    search->deployment[search->deployment_count++] =
        (struct toil_deployment){row->at_us, component, scope, number_of(&search->labels, row->version_label)};
}

/* ---- sources ---- */

static void gather_releases(struct toil_link_search *search)
{
    size_t count = search->deployment_count;
    uint32_t *release_of = toil_xcalloc(count + 1, sizeof *release_of);
    struct toil_release *release = toil_xcalloc(count / 2 + 1, sizeof *release);
    size_t releases = toil_releases_find(search->deployment, count, release_of, release);
    for (size_t i = 0; i < count; i++) {
        const struct toil_deployment *deployment = &search->deployment[i];
        if (release_of[i] == TOIL_NO_RELEASE)
            add(&search->events[TOIL_KIND_DEPLOYMENT][deployment->component], deployment->at_us, deployment->scope);
    }
    for (size_t i = 0; i < releases; i++)
        add(&search->shared, release[i].at_us, release[i].scope);
    free(release_of);
    free(release);
}

static void add_source(struct toil_link_search *search, const struct toil_link_events *events, uint32_t component,
                       enum toil_kind kind)
{
    if (events->count == 0)
        return;
    search->source[search->source_count++] = (struct toil_link_source){.at_us = events->at_us,
                                                                       .scope = events->scope,
                                                                       .count = events->count,
                                                                       .component = component,
                                                                       .kind = (uint32_t)kind,
                                                                       .release = kind == TOIL_KIND_DEPLOYMENT,
                                                                       .own_topic = TOIL_NO_TOPIC};
}

static void gather_sources(struct toil_analysis *analysis)
{
    struct toil_link_search *search = analysis->links;
    size_t components = analysis->catalog->component_count;
    gather_releases(search);
    search->source = toil_xcalloc(SOURCE_KINDS * components + 1, sizeof *search->source);
    for (uint32_t component = 0; component < components; component++) {
        for (size_t i = 0; i < SOURCE_KINDS; i++)
            add_source(search, &search->events[source_kinds[i]][component], component, source_kinds[i]);
    }
    if (search->shared.count > 0)
        add_source(search, &search->shared, toil_names_extra(&analysis->names, TOIL_SHARED_RELEASE, SIZE_MAX),
                   TOIL_KIND_DEPLOYMENT);
}

/* ---- topics ---- */

static int compare_texts(const void *left, const void *right, void *context)
{
    const struct toil_intern *intern = context;
    return toil_span_compare(toil_intern_text(intern, *(const uint32_t *)left),
                             toil_intern_text(intern, *(const uint32_t *)right));
}

/* rank[number] of texts, by their bytes. Owned by the caller. */
static uint32_t *rank_texts(const struct toil_intern *intern)
{
    uint32_t *sorted = toil_xcalloc(intern->count + 1, sizeof *sorted);
    uint32_t *rank = toil_xcalloc(intern->count + 1, sizeof *rank);
    for (uint32_t i = 0; i < intern->count; i++)
        sorted[i] = i;
    if (intern->count > 1)
        qsort_r(sorted, intern->count, sizeof *sorted, compare_texts, (void *)(uintptr_t)intern);
    for (uint32_t i = 0; i < intern->count; i++)
        rank[sorted[i]] = i;
    free(sorted);
    return rank;
}

/* A candidate; tickets are read in the order of their ids, so a smaller index is a smaller id. */
struct candidate {
    struct toil_span topic;
    int64_t at_us;
    uint32_t ticket;
};

static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    int topic = toil_span_compare(a->topic, b->topic);
    if (topic != 0)
        return topic;
    if (a->at_us != b->at_us)
        return a->at_us < b->at_us ? -1 : 1;
    return (a->ticket > b->ticket) - (a->ticket < b->ticket);
}

static struct candidate *find_candidates(const struct toil_analysis *analysis, size_t *out_count)
{
    size_t count = 0;
    struct candidate *candidate = toil_xcalloc(analysis->ticket_count + 1, sizeof *candidate);
    for (uint32_t i = 0; i < analysis->ticket_count; i++) {
        const struct toil_ticket *ticket = &analysis->ticket[i];
        if (!ticket->counts || ticket->how != TOIL_HOW_UNEXPLAINED)
            continue;
        candidate[count].topic = toil_intern_text(&analysis->texts, ticket->topic);
        candidate[count].at_us = ticket->at_us;
        candidate[count++].ticket = i;
    }
    if (count > 0)
        qsort(candidate, count, sizeof *candidate, compare_candidates);
    *out_count = count;
    return candidate;
}

static void begin_topic(struct toil_analysis *analysis, const struct candidate *candidate, size_t at)
{
    struct toil_link_search *search = analysis->links;
    size_t number = search->topic_count++;
    search->topic_text = toil_xreallocarray(search->topic_text, number + 1, sizeof *search->topic_text);
    search->ticket_begin = toil_xreallocarray(search->ticket_begin, number + 2, sizeof *search->ticket_begin);
    search->topic_text[number] = candidate->topic.len > 0 ? analysis->ticket[candidate->ticket].topic : TOIL_NO_TEXT;
    search->ticket_begin[number] = at;
}

static void add_ticket(struct toil_analysis *analysis, const uint32_t *tag_rank, uint32_t index, size_t at)
{
    struct toil_link_search *search = analysis->links;
    const struct toil_ticket *ticket = &analysis->ticket[index];
    search->ticket[at] = index;
    search->ticket_at_us[at] = ticket->at_us;
    search->ticket_scope[at] = number_of(&search->scopes, toil_intern_text(&analysis->texts, ticket->scope));
    uint32_t begin = search->tag_begin[at];
    for (uint32_t i = 0; i < ticket->tag_count; i++)
        search->tag[begin + i] = tag_rank[analysis->ticket_tag[ticket->tag_begin + i]];
    search->tag_begin[at + 1] = begin + ticket->tag_count;
}

static void gather_topics(struct toil_analysis *analysis)
{
    struct toil_link_search *search = analysis->links;
    size_t count;
    struct candidate *candidate = find_candidates(analysis, &count);
    uint32_t *tag_rank = rank_texts(&analysis->tags);
    search->ticket = toil_xcalloc(count + 1, sizeof *search->ticket);
    search->ticket_at_us = toil_xcalloc(count + 1, sizeof *search->ticket_at_us);
    search->ticket_scope = toil_xcalloc(count + 1, sizeof *search->ticket_scope);
    search->tag_begin = toil_xcalloc(count + 1, sizeof *search->tag_begin);
    search->tag = toil_xcalloc(analysis->ticket_tag_count + 1, sizeof *search->tag);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || toil_span_compare(candidate[i - 1].topic, candidate[i].topic) != 0)
            begin_topic(analysis, &candidate[i], i);
        add_ticket(analysis, tag_rank, candidate[i].ticket, i);
    }
    search->topic = toil_xcalloc(search->topic_count + 1, sizeof *search->topic);
    for (size_t i = 0; i < search->topic_count; i++) {
        size_t begin = search->ticket_begin[i], end = i + 1 < search->topic_count ? search->ticket_begin[i + 1] : count;
        search->topic[i] = (struct toil_link_topic){.at_us = search->ticket_at_us + begin,
                                                    .scope = search->ticket_scope + begin,
                                                    .tag_begin = search->tag_begin + begin,
                                                    .tag = search->tag,
                                                    .count = end - begin};
    }
    free(tag_rank);
    free(candidate);
}

/* ---- local time ---- */

static void add_offset(struct toil_link_search *search, int64_t from_us, int64_t offset_us)
{
    search->offset = toil_grow(search->offset, search->offset_count, &search->offset_cap, sizeof *search->offset);
    search->offset[search->offset_count++] = (struct toil_link_offset){from_us, offset_us};
}

/* Where the zone's offset changes: looked for day by day, then to the second. */
static void gather_offsets(struct toil_analysis *analysis)
{
    const int64_t room = 7 * TOIL_LINK_ROOM_WEEKS * TOIL_US_PER_DAY;
    struct toil_zone *zone = analysis->catalog->zone;
    int64_t now = toil_days_from_us(analysis->from_us) * TOIL_US_PER_DAY - room, end = analysis->to_us + room;
    int64_t offset = toil_zone_offset_us(zone, now);
    add_offset(analysis->links, now, offset);
    for (; now < end; now += TOIL_US_PER_DAY) {
        int64_t next = toil_zone_offset_us(zone, now + TOIL_US_PER_DAY);
        if (next == offset)
            continue;
        int64_t before = now, after = now + TOIL_US_PER_DAY;
        while (after - before > TOIL_US_PER_SECOND) {
            int64_t middle = before + (after - before) / 2 / TOIL_US_PER_SECOND * TOIL_US_PER_SECOND;
            middle = middle > before ? middle : before + TOIL_US_PER_SECOND;
            if (toil_zone_offset_us(zone, middle) == offset)
                before = middle;
            else
                after = middle;
        }
        add_offset(analysis->links, after, next);
        offset = next;
    }
}

/* ---- the search ---- */

void toil_links_gather(struct toil_analysis *analysis)
{
    gather_sources(analysis);
    gather_topics(analysis);
    gather_offsets(analysis);
}

static void on_progress(void *context, size_t done, size_t total)
{
    toil_analysis_reach(context, TOIL_STAGE_LINKS, "links", total > 0 ? (double)done / (double)total : 1);
}

static void find(struct toil_analysis *analysis)
{
    struct toil_link_search *search = analysis->links;
    struct toil_link_data data = {.from_us = analysis->from_us,
                                  .to_us = analysis->to_us,
                                  .bin_us = analysis->options.bin_us,
                                  .band_count = analysis->options.band_count,
                                  .lead = {-TOIL_LINK_LEAD_US, 0},
                                  .offset = search->offset,
                                  .offset_count = search->offset_count,
                                  .source = search->source,
                                  .source_count = search->source_count,
                                  .topic = search->topic,
                                  .topic_count = search->topic_count,
                                  .tag_count = (uint32_t)analysis->tags.count,
                                  .scope_count = (uint32_t)search->scopes.count,
                                  .seed = analysis->options.seed};
    memcpy(data.band, analysis->options.bands, data.band_count * sizeof *data.band);
    struct toil_link_options options = search->options;
    options.progress = on_progress;
    options.progress_context = analysis;
    toil_links_find(&data, &options, &search->found);
}

/* Work of a search in units of the progress: draws for each pair, windows of events against tickets, and the fits. */
static double units_of(const struct toil_link_search *search)
{
    double events = 0, tickets = 0;
    for (size_t i = 0; i < search->source_count; i++)
        events += (double)search->source[i].count;
    for (size_t i = 0; i < search->topic_count; i++)
        tickets += (double)search->topic[i].count;
    double topics = (double)search->topic_count;
    return (double)search->source_count * topics * UNITS_PER_PAIR + events * topics * UNITS_PER_EVENT_AND_TOPIC +
           tickets * UNITS_PER_TICKET;
}

static void free_events(struct toil_link_events *events)
{
    free(events->at_us);
    free(events->scope);
    *events = (struct toil_link_events){0};
}

/* What only the search reads; afterwards how many events a source had is all that is asked for. */
static void forget_events(struct toil_link_search *search, size_t components)
{
    for (size_t kind = 0; kind < TOIL_N_KINDS; kind++) {
        for (size_t i = 0; search->events[kind] && i < components; i++)
            free_events(&search->events[kind][i]);
        free(search->events[kind]);
        search->events[kind] = NULL;
    }
    free_events(&search->shared);
    free(search->deployment);
    search->deployment = NULL;
    search->deployment_count = search->deployment_cap = 0;
    for (size_t i = 0; i < search->source_count; i++) {
        search->source[i].at_us = NULL;
        search->source[i].scope = NULL;
    }
}

void toil_links_run(struct toil_analysis *analysis)
{
    toil_links_gather(analysis);
    toil_progress_plan(&analysis->progress, TOIL_STAGE_LINKS, units_of(analysis->links));
    if (analysis->options.band_count > 0)
        find(analysis);
    forget_events(analysis->links, analysis->catalog->component_count);
    toil_links_apply(analysis);
}

void toil_links_free(struct toil_link_search *search)
{
    if (!search)
        return;
    toil_intern_release(&search->scopes);
    toil_intern_release(&search->labels);
    free(search->source);
    free(search->topic);
    free(search->topic_text);
    free(search->ticket);
    free(search->ticket_begin);
    free(search->ticket_at_us);
    free(search->ticket_scope);
    free(search->tag_begin);
    free(search->tag);
    free(search->offset);
    free(search->group);
    free(search->member);
    toil_links_release(&search->found);
    free(search);
}
