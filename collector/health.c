/* The HTTP server (libmicrohttpd): the code behind health.h. */
#include "health.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "toilmeter/listen.h"

/* A loop that has not gone round for so long hangs: its longest wait is a few seconds. */
#define BEAT_LIMIT_MS 60000

struct health {
    struct MHD_Daemon *daemon; /* owned */
    struct counters *counters;
    const struct health_state *state;
};

static const struct {
    unsigned bit;
    const char *word;
} words[] = {
    {HEALTH_STARTING, "starting"},        {HEALTH_DATABASE, "the database does not answer"},
    {HEALTH_BROKER, "no broker answers"}, {HEALTH_ASSIGNMENT, "no assignment yet"},
    {HEALTH_TOPIC, "a topic is missing"}, {HEALTH_STOPPING, "stopping"},
};

void health_reasons(unsigned not_ready, struct toil_buf *out)
{
    toil_buf_clear(out);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!(not_ready & words[i].bit))
            continue;
        if (out->len > 0)
            toil_buf_add_text(out, ", ");
        toil_buf_add_text(out, words[i].word);
    }
    if (out->len == 0)
        toil_buf_add_text(out, "ready");
}

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, const char *type,
                             struct toil_buf *body)
{
    toil_buf_reserve(body, 1);
    size_t len = body->len;
    struct MHD_Response *response = MHD_create_response_from_buffer(len, toil_buf_take(body), MHD_RESPMEM_MUST_FREE);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static bool is_alive(const struct health_state *state)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    return now_ms - atomic_load(&state->beat_ms) < BEAT_LIMIT_MS;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_bytes, void **state)
{
    (void)version, (void)upload, (void)upload_bytes, (void)state;
    const struct health *health = context;
    struct toil_buf body = TOIL_BUF_INIT;
    unsigned status = MHD_HTTP_OK;
    const char *type = "text/plain; charset=utf-8";
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        status = MHD_HTTP_METHOD_NOT_ALLOWED;
        toil_buf_add_text(&body, "only GET\n");
    } else if (strcmp(url, "/metrics") == 0) {
        type = "text/plain; version=0.0.4; charset=utf-8";
        counters_render(health->counters, &body);
    } else if (strcmp(url, "/-/healthy") == 0) {
        bool alive = is_alive(health->state);
        status = alive ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
        toil_buf_add_text(&body, alive ? "healthy\n" : "the loop hangs\n");
    } else if (strcmp(url, "/-/ready") == 0) {
        unsigned not_ready = atomic_load(&health->state->not_ready);
        status = not_ready ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK;
        health_reasons(not_ready, &body);
        toil_buf_add_char(&body, '\n');
    } else {
        status = MHD_HTTP_NOT_FOUND;
        toil_buf_add_text(&body, "there are /metrics, /-/healthy and /-/ready\n");
    }
    return reply(connection, status, type, &body);
}

enum toil_status health_new(const char *listen, struct counters *counters, const struct health_state *state,
                            struct health **out, struct toil_error *err)
{
    struct toil_listen address;
    enum toil_status status = toil_listen_parse(listen, &address, err);
    if (status != TOIL_OK)
        return status;
    struct health *health = toil_xcalloc(1, sizeof *health);
    health->counters = counters;
    health->state = state;
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | (address.is_v6 ? MHD_USE_IPv6 : 0u);
    health->daemon =
        MHD_start_daemon(flags, 0, NULL, NULL, answer, health, MHD_OPTION_SOCK_ADDR, &address.at.any,
                         MHD_OPTION_CONNECTION_LIMIT, 32u, MHD_OPTION_CONNECTION_TIMEOUT, 10u, MHD_OPTION_END);
    if (!health->daemon) {
        free(health);
        toil_error_set(err, TOIL_FATAL, "cannot listen on %s: %s", listen, strerror(errno));
        toil_error_hint(err, "set http.listen to a free address, or to off");
        return TOIL_FATAL;
    }
    *out = health;
    return TOIL_OK;
}

void health_free(struct health *health)
{
    if (!health)
        return;
    MHD_stop_daemon(health->daemon);
    free(health);
}

unsigned health_port(const struct health *health)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(health->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}
