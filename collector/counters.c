/* Counting, and the page of metrics: the code behind counters.h. */
#include "counters.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX       "toilmeterd_"
#define N_SUBS       (TOIL_N_KINDS + 1)
#define BUCKET_LIMIT 14

static const struct counter_info {
    const char *name, *type, *help;
    enum counter_scope scope;
} infos[COUNTER_COUNT] = {
#define X(ID, name, type, scope, help) {PREFIX #name, #type, help, COUNTER_##scope},
    COUNTERS(X)
#undef X
};

static const struct histogram_info {
    const char *name, *help;
    double bound[BUCKET_LIMIT]; /* ascending, ended by 0 */
} histogram_infos[HISTOGRAM_COUNT] = {
#define X(ID, name, help) [HISTOGRAM_##ID] = {PREFIX #name, help, BOUNDS_##ID},
#define BOUNDS_COMMIT_SECONDS                                                                                          \
    {                                                                                                                  \
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60                                                \
    }
#define BOUNDS_BATCH_MESSAGES                                                                                          \
    {                                                                                                                  \
        1, 10, 100, 500, 1000, 2500, 5000, 10000, 20000, 50000, 100000                                                 \
    }
#define BOUNDS_BATCH_BYTES                                                                                             \
    {                                                                                                                  \
        1024, 16384, 262144, 1048576, 4194304, 8388608, 16777216, 67108864                                             \
    }
    HISTOGRAMS(X)
#undef X
};

enum other {
#define X(ID, name, type, labels, help) OTHER_##ID,
    OTHERS(X)
#undef X
        OTHER_COUNT,
};

static const struct other_info {
    const char *name, *type, *help;
} other_infos[OTHER_COUNT] = {
#define X(ID, name, type, labels, help) {PREFIX #name, #type, help},
    OTHERS(X)
#undef X
};

struct histogram_values {
    _Atomic uint64_t bucket[BUCKET_LIMIT + 1]; /* the last one counts what is above all bounds */
    _Atomic uint64_t micro_sum;                /* in millionths, so that adding is one atomic step */
};

struct counters {
    const char *const *topics;
    size_t topic_count;
    _Atomic uint64_t *value[COUNTER_COUNT]; /* owned arrays, sized by scope */
    struct histogram_values histogram[HISTOGRAM_COUNT];
    pthread_mutex_t lag_lock;
    struct counters_lag *lag; /* owned */
    size_t lag_count;
};

static size_t subs_of(enum counter_scope scope)
{
    switch (scope) {
    case COUNTER_BY_TOPIC_KIND:
        return N_SUBS;
    case COUNTER_BY_TOPIC_REASON:
        return TOIL_REASON_COUNT;
    case COUNTER_BY_NOTHING:
    case COUNTER_BY_TOPIC:
        break;
    }
    return 1;
}

struct counters *counters_new(const char *const *topics, size_t topic_count)
{
    struct counters *counters = toil_xcalloc(1, sizeof *counters);
    counters->topics = topics;
    counters->topic_count = topic_count;
    pthread_mutex_init(&counters->lag_lock, NULL);
    for (unsigned id = 0; id < COUNTER_COUNT; id++) {
        size_t topics_of = infos[id].scope == COUNTER_BY_NOTHING ? 1 : topic_count + 1;
        counters->value[id] = toil_xcalloc(topics_of * subs_of(infos[id].scope), sizeof *counters->value[id]);
    }
    return counters;
}

void counters_free(struct counters *counters)
{
    if (!counters)
        return;
    for (unsigned id = 0; id < COUNTER_COUNT; id++)
        free(counters->value[id]);
    free(counters->lag);
    pthread_mutex_destroy(&counters->lag_lock);
    free(counters);
}

void counters_add_of(struct counters *counters, enum counter id, unsigned topic, unsigned sub, uint64_t n)
{
    size_t index = topic * subs_of(infos[id].scope) + sub;
    atomic_fetch_add_explicit(&counters->value[id][index], n, memory_order_relaxed);
}

void counters_add_topic(struct counters *counters, enum counter id, unsigned topic, uint64_t n)
{
    counters_add_of(counters, id, topic, 0, n);
}

void counters_add(struct counters *counters, enum counter id, uint64_t n)
{
    counters_add_of(counters, id, 0, 0, n);
}

void counters_set(struct counters *counters, enum counter id, uint64_t value)
{
    atomic_store_explicit(&counters->value[id][0], value, memory_order_relaxed);
}

static uint64_t load(const _Atomic uint64_t *value)
{
    return atomic_load_explicit(value, memory_order_relaxed);
}

uint64_t counters_get(const struct counters *counters, enum counter id)
{
    return load(&counters->value[id][0]);
}

uint64_t counters_get_topic(const struct counters *counters, enum counter id, unsigned topic)
{
    size_t subs = subs_of(infos[id].scope);
    uint64_t sum = 0;
    for (size_t sub = 0; sub < subs; sub++)
        sum += load(&counters->value[id][topic * subs + sub]);
    return sum;
}

void counters_observe(struct counters *counters, enum histogram id, double value)
{
    const double *bound = histogram_infos[id].bound;
    unsigned bucket = 0;
    while (bucket < BUCKET_LIMIT && bound[bucket] > 0 && value > bound[bucket])
        bucket++;
    if (bucket < BUCKET_LIMIT && !(bound[bucket] > 0))
        bucket = BUCKET_LIMIT;
    struct histogram_values *values = &counters->histogram[id];
    atomic_fetch_add_explicit(&values->bucket[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&values->micro_sum, (uint64_t)(value * 1e6), memory_order_relaxed);
}

void counters_set_lags(struct counters *counters, const struct counters_lag *lags, size_t count)
{
    pthread_mutex_lock(&counters->lag_lock);
    counters->lag = toil_xreallocarray(counters->lag, count ? count : 1, sizeof *counters->lag);
    if (count > 0)
        memcpy(counters->lag, lags, count * sizeof *lags);
    counters->lag_count = count;
    pthread_mutex_unlock(&counters->lag_lock);
}

static void add_head(struct toil_buf *out, const char *name, const char *type, const char *help)
{
    toil_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Kafka's topic names need no escaping, but the configuration's are only as good as the broker's check of them. */
static void add_label(struct toil_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            toil_buf_add_char(out, '\\');
        toil_buf_add_char(out, *text == '\n' ? ' ' : *text);
    }
}

static void add_series(struct toil_buf *out, const struct counters *counters, enum counter id, size_t topic, size_t sub)
{
    const struct counter_info *info = &infos[id];
    uint64_t value = load(&counters->value[id][topic * subs_of(info->scope) + sub]);
    if (value == 0 && info->scope > COUNTER_BY_TOPIC)
        return;
    toil_buf_add_text(out, info->name);
    if (info->scope != COUNTER_BY_NOTHING) {
        toil_buf_add_text(out, "{topic=\"");
        add_label(out, counters->topics[topic]);
        if (info->scope == COUNTER_BY_TOPIC_KIND)
            toil_buf_printf(out, "\",kind=\"%s", sub < TOIL_N_KINDS ? toil_kinds[sub].name : "none");
        if (info->scope == COUNTER_BY_TOPIC_REASON)
            toil_buf_printf(out, "\",reason=\"%s", toil_reasons[sub].name);
        toil_buf_add_text(out, "\"}");
    }
    toil_buf_printf(out, " %llu\n", (unsigned long long)value);
}

static void add_counter(struct toil_buf *out, const struct counters *counters, enum counter id)
{
    add_head(out, infos[id].name, infos[id].type, infos[id].help);
    size_t topics = infos[id].scope == COUNTER_BY_NOTHING ? 1 : counters->topic_count;
    for (size_t topic = 0; topic < topics; topic++) {
        for (size_t sub = 0; sub < subs_of(infos[id].scope); sub++)
            add_series(out, counters, id, topic, sub);
    }
}

static void add_histogram(struct toil_buf *out, const struct counters *counters, enum histogram id)
{
    const struct histogram_info *info = &histogram_infos[id];
    const struct histogram_values *values = &counters->histogram[id];
    add_head(out, info->name, "histogram", info->help);
    uint64_t sum = 0;
    for (unsigned i = 0; i < BUCKET_LIMIT && info->bound[i] > 0; i++) {
        sum += load(&values->bucket[i]);
        toil_buf_printf(out, "%s_bucket{le=\"%g\"} %llu\n", info->name, info->bound[i], (unsigned long long)sum);
    }
    sum += load(&values->bucket[BUCKET_LIMIT]);
    toil_buf_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n", info->name, (unsigned long long)sum);
    toil_buf_printf(out, "%s_sum %.6f\n", info->name, (double)load(&values->micro_sum) / 1e6);
    toil_buf_printf(out, "%s_count %llu\n", info->name, (unsigned long long)sum);
}

static void add_lags(struct toil_buf *out, struct counters *counters)
{
    const struct other_info *info = &other_infos[OTHER_LAG];
    add_head(out, info->name, info->type, info->help);
    pthread_mutex_lock(&counters->lag_lock);
    for (size_t i = 0; i < counters->lag_count; i++) {
        const struct counters_lag *lag = &counters->lag[i];
        toil_buf_printf(out, "%s{topic=\"", info->name);
        add_label(out, counters->topics[lag->topic_index]);
        toil_buf_printf(out, "\",partition=\"%d\"} ", (int)lag->partition);
        if (lag->known)
            toil_buf_printf(out, "%lld\n", (long long)lag->lag);
        else
            toil_buf_add_text(out, "NaN\n");
    }
    pthread_mutex_unlock(&counters->lag_lock);
}

void counters_render(struct counters *counters, struct toil_buf *out)
{
    const struct other_info *build = &other_infos[OTHER_BUILD_INFO];
    add_head(out, build->name, build->type, build->help);
    toil_buf_printf(out, "%s{version=\"" TOIL_VERSION "\"} 1\n", build->name);
    for (unsigned id = 0; id < COUNTER_COUNT; id++)
        add_counter(out, counters, id);
    for (unsigned id = 0; id < HISTOGRAM_COUNT; id++)
        add_histogram(out, counters, id);
    add_lags(out, counters);
}

static const struct {
    const char *name;
    enum counter id;
} totals[] = {
    {"stored", COUNTER_STORED},           {"duplicates", COUNTER_DUPLICATES}, {"older", COUNTER_OLDER},
    {"quarantined", COUNTER_QUARANTINED}, {"skipped", COUNTER_SKIPPED},
};
#define N_TOTALS (sizeof totals / sizeof totals[0])

void counters_totals(const struct counters *counters, struct toil_buf *out)
{
    toil_buf_add_text(out, "totals");
    for (size_t i = 0; i < N_TOTALS; i++) {
        uint64_t sum = 0;
        for (size_t topic = 0; topic < counters->topic_count; topic++)
            sum += counters_get_topic(counters, totals[i].id, (unsigned)topic);
        toil_buf_printf(out, " %s=%llu", totals[i].name, (unsigned long long)sum);
    }
    for (size_t topic = 0; topic < counters->topic_count; topic++) {
        toil_buf_printf(out, " topic=%s", counters->topics[topic]);
        for (size_t i = 0; i < N_TOTALS; i++)
            toil_buf_printf(out, " %s=%llu", totals[i].name,
                            (unsigned long long)counters_get_topic(counters, totals[i].id, (unsigned)topic));
    }
}
