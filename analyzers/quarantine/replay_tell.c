/* What a replay did, as a report: a part of replay.h. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "replay.h"

enum field {
    F_CLUSTER,
    F_TOPIC,
    F_MESSAGES,
    F_USED,
    F_EVENTS,
    F_STORED,
    F_DUPLICATES,
    F_SKIPPED,
    F_LEFT,
    F_WHY,
    F_COUNT,
};

static const struct toil_column columns[F_COUNT] = {
    [F_CLUSTER] = {.key = "cluster", .title = "cluster", .importance = 5},
    [F_TOPIC] = {.key = "topic", .title = "topic"},
    [F_MESSAGES] = {.key = "messages", .title = "messages", .kind = TOIL_COLUMN_COUNT},
    [F_USED] = {.key = "used", .title = "used", .kind = TOIL_COLUMN_COUNT},
    [F_EVENTS] = {.key = "events", .title = "events", .kind = TOIL_COLUMN_COUNT, .importance = 3},
    [F_STORED] = {.key = "stored", .title = "stored", .kind = TOIL_COLUMN_COUNT, .importance = 1},
    [F_DUPLICATES] = {.key = "duplicates", .title = "duplicates", .kind = TOIL_COLUMN_COUNT, .importance = 4},
    [F_SKIPPED] = {.key = "skipped", .title = "skipped", .kind = TOIL_COLUMN_COUNT, .importance = 2},
    [F_LEFT] = {.key = "left", .title = "still unusable", .kind = TOIL_COLUMN_COUNT},
    [F_WHY] = {.key = "why", .title = "why", .wrap = true, .importance = 1},
};

static void add_why(const struct toil_replayed *result, struct toil_buf *out)
{
    if (result->unread > 0)
        toil_buf_add_text(out, "not configured");
    for (int reason = 0; reason < TOIL_REASON_COUNT; reason++) {
        if (result->reason[reason] > 0)
            toil_buf_printf(out, "%s%" PRIu64 " %s", out->len ? ", " : "", result->reason[reason],
                            toil_reasons[reason].name);
    }
}

static void add_row(struct toil_report *report, const struct toil_replayed *result, bool dry_run)
{
    struct toil_buf why = TOIL_BUF_INIT;
    toil_report_add_row(report, 0, 0, NAN);
    toil_report_set_text(report, F_CLUSTER, result->cluster);
    toil_report_set_text(report, F_TOPIC, result->topic);
    toil_report_set_count(report, F_MESSAGES, (int64_t)result->messages);
    toil_report_set_count(report, F_USED, (int64_t)result->used);
    toil_report_set_count(report, F_EVENTS, (int64_t)result->events);
    if (!dry_run) { /* else it is not known */
        toil_report_set_count(report, F_STORED, (int64_t)result->stored);
        toil_report_set_count(report, F_DUPLICATES, (int64_t)result->duplicates);
    }
    toil_report_set_count(report, F_SKIPPED, (int64_t)result->skipped);
    toil_report_set_count(report, F_LEFT, (int64_t)(result->left + result->unread));
    add_why(result, &why);
    toil_report_set_text(report, F_WHY, why.len ? why.data : NULL);
    toil_buf_release(&why);
}

void toil_replay_tell(const struct toil_replay *replay, struct toil_report *report)
{
    size_t count;
    const struct toil_replayed *result = toil_replay_results(replay, &count);
    bool dry_run = toil_replay_is_dry(replay);
    uint64_t messages = 0, used = 0, skipped = 0, left = 0, unread = 0;
    for (size_t field = 0; field < F_COUNT; field++)
        toil_report_add_column(report, &columns[field]);
    for (size_t i = 0; i < count; i++) {
        add_row(report, &result[i], dry_run);
        messages += result[i].messages;
        used += result[i].used;
        skipped += result[i].skipped;
        left += result[i].left;
        unread += result[i].unread;
    }
    report->negative = left + unread > 0;
    if (messages == 0)
        toil_report_answer(report, "No message in quarantine is meant.");
    else
        toil_report_answer(report,
                           "%s%" PRIu64 " of %" PRIu64 " message%s became events, %" PRIu64
                           " are skipped on purpose now, %" PRIu64 " stay.",
                           dry_run ? "Dry run, nothing was written: " : "", used, messages, messages == 1 ? "" : "s",
                           skipped, left + unread);
    if (unread > 0)
        toil_report_note(report,
                         "%" PRIu64 " of a topic that the configuration does not have: name how it is read, with "
                         "--topic and --preset, --mapping or --canonical.",
                         unread);
    if (left > 0)
        toil_report_note(report, "`toilmeter quarantine list` has the reasons of those that stay.");
}
