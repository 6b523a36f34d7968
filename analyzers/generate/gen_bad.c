/* The bad lines: what real topics carry besides events, a few of each sort. */
#include "gen_world.h"

#include <string.h>

struct bad {
    enum gen_topic topic;
    enum toil_reason reason;
    const char *text; /* %N is replaced by a number */
};

#define R GEN_TOPIC_RESTARTS
#define B GEN_TOPIC_REBALANCES
#define T GEN_TOPIC_TICKETS
#define W GEN_TOPIC_WORK_LOGS
#define E GEN_TOPIC_EVENTS
#define D "2026-01-15T10:00:00Z"

static const struct bad bad_lines[] = {
    {R, TOIL_REASON_NOT_JSON, "panic: runtime error: index out of range [%N]"},
    {B, TOIL_REASON_NOT_JSON, "id=bad-%N component=event-bus moved=3"},
    {E, TOIL_REASON_NOT_JSON, "{\"kind\":\"measurement\",\"id\":\"bad-%N\"} trailing"},
    {W, TOIL_REASON_NOT_OBJECT, "[\"bad-%N\"]"},
    {E, TOIL_REASON_NOT_OBJECT, "%N"},
    {T, TOIL_REASON_TRUNCATED, "{\"id\":\"bad-%N\",\"version\":1,\"at\":\"" D "\",\"status\":\"op"},
    {E, TOIL_REASON_TRUNCATED, "{\"kind\":\"deployment\",\"id\":\"bad-%N\","},
    {R, TOIL_REASON_UTF8, "{\"id\":\"bad-%N\",\"at\":\"" D "\",\"component\":\"caf\xe9\"}"},
    {T, TOIL_REASON_UTF8, "{\"id\":\"bad-%N\",\"version\":1,\"at\":\"" D "\",\"topic\":\"\xc3\x28\"}"},
    {T, TOIL_REASON_ESCAPE, "{\"id\":\"bad-%N\",\"version\":1,\"at\":\"" D "\",\"topic\":\"\\ud800\"}"},
    {W, TOIL_REASON_ESCAPE, "{\"id\":\"bad-%N\",\"version\":1,\"at\":\"" D "\",\"ref\":\"\\x41\"}"},
    {R, TOIL_REASON_NUL, "{\"id\":\"bad-%N\\u0000\",\"at\":\"" D "\",\"component\":\"scheduler\"}"},
    {E, TOIL_REASON_NUMBER,
     "{\"kind\":\"measurement\",\"id\":\"bad-%N\",\"at\":\"" D "\",\"component\":\"scheduler\",\"metric\":\"m\","
     "\"value\":1e999}"},
    {E, TOIL_REASON_NUMBER,
     "{\"kind\":\"measurement\",\"id\":\"bad-%N\",\"at\":\"" D "\",\"component\":\"scheduler\",\"metric\":\"m\","
     "\"value\":01}"},
    {E, TOIL_REASON_DUPLICATE_KEY, "{\"kind\":\"deployment\",\"id\":\"bad-%N\",\"id\":\"other\",\"at\":\"" D "\"}"},
    {E, TOIL_REASON_KIND, "{\"kind\":\"coffee_break\",\"id\":\"bad-%N\",\"at\":\"" D "\"}"},
    {E, TOIL_REASON_KIND, "{\"id\":\"bad-%N\",\"at\":\"" D "\",\"component\":\"scheduler\"}"},
    {R, TOIL_REASON_KIND, "{\"kind\":\"deployment\",\"id\":\"bad-%N\",\"at\":\"" D "\",\"component\":\"scheduler\"}"},
    {R, TOIL_REASON_MISSING, "{\"id\":\"bad-%N\",\"at\":\"" D "\"}"},
    {R, TOIL_REASON_MISSING, "{\"at\":\"" D "\",\"component\":\"scheduler\",\"host\":\"node-%N\"}"},
    {T, TOIL_REASON_MISSING, "{\"id\":\"bad-%N\",\"status\":\"closed\"}"},
    {R, TOIL_REASON_TYPE, "{\"id\":\"bad-%N\",\"at\":\"" D "\",\"component\":[\"scheduler\"]}"},
    {B, TOIL_REASON_TYPE, "{\"id\":\"bad-%N\",\"at\":\"" D "\",\"component\":\"event-bus\",\"moved\":\"many\"}"},
    {T, TOIL_REASON_RANGE, "{\"id\":\"bad-%N\",\"version\":1,\"at\":\"" D "\",\"severity\":9}"},
    {T, TOIL_REASON_RANGE, "{\"id\":\"bad-%N\",\"version\":1,\"at\":\"" D "\",\"status\":\"sovled\"}"},
    {T, TOIL_REASON_RANGE, "{\"id\":\"bad-%N\",\"version\":1,\"at\":\"" D "\",\"csat\":4.5}"},
    {R, TOIL_REASON_TIME, "{\"id\":\"bad-%N\",\"at\":\"2026-02-30T10:00:00Z\",\"component\":\"scheduler\"}"},
    {B, TOIL_REASON_TIME, "{\"id\":\"bad-%N\",\"at\":\"yesterday\",\"component\":\"event-bus\"}"},
    {R, TOIL_REASON_IMPLAUSIBLE_TIME,
     "{\"id\":\"bad-%N\",\"at\":\"1970-01-01T00:00:00Z\",\"component\":\"scheduler\"}"},
    {B, TOIL_REASON_IMPLAUSIBLE_TIME,
     "{\"id\":\"bad-%N\",\"at\":\"2999-01-01T00:00:00Z\",\"component\":\"event-bus\"}"},
    {B, TOIL_REASON_IMPLAUSIBLE_TIME,
     "{\"id\":\"bad-%N\",\"at\":\"" D "\",\"ended_at\":\"2026-01-15T09:00:00Z\",\"component\":\"event-bus\"}"},
};
enum { BAD_COUNT = sizeof bad_lines / sizeof *bad_lines, DEEP = 64 };

static void send_bad(struct gen_world *world, enum gen_topic topic, struct toil_span text, enum toil_reason reason)
{
    int64_t span_s = (world->end_us - world->start_us) / TOIL_US_PER_SECOND;
    int64_t at = world->start_us + gen_random_between(&world->random, 0, span_s - 1) * TOIL_US_PER_SECOND;
    gen_out_send_bad(&world->out, topic, text, reason, at);
}

static void send_numbered(struct gen_world *world, const struct bad *bad, unsigned number)
{
    struct toil_buf text = TOIL_BUF_INIT;
    const char *mark = strstr(bad->text, "%N");
    toil_buf_add(&text, bad->text, mark ? (size_t)(mark - bad->text) : strlen(bad->text));
    if (mark) {
        toil_buf_printf(&text, "%u", number);
        toil_buf_add_text(&text, mark + 2);
    }
    send_bad(world, bad->topic, (struct toil_span){text.data, text.len}, bad->reason);
    toil_buf_release(&text);
}

static void send_deep(struct gen_world *world)
{
    struct toil_buf text = TOIL_BUF_INIT;
    toil_buf_add_text(&text, "{\"id\":\"bad-deep\",\"nested\":");
    for (int i = 0; i < DEEP; i++)
        toil_buf_add_char(&text, '[');
    for (int i = 0; i < DEEP; i++)
        toil_buf_add_char(&text, ']');
    toil_buf_add_char(&text, '}');
    send_bad(world, GEN_TOPIC_RESTARTS, (struct toil_span){text.data, text.len}, TOIL_REASON_DEPTH);
    toil_buf_release(&text);
}

void gen_plan_bad(struct gen_world *world)
{
    unsigned number = 100;
    for (size_t i = 0; i < BAD_COUNT; i++) {
        unsigned times = 1 + gen_random_below(&world->random, 2);
        for (unsigned k = 0; k < times; k++)
            send_numbered(world, &bad_lines[i], number++);
    }
    send_deep(world);
}
