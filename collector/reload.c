/* SIGHUP: the code behind reload.h. */
#include "reload.h"

#include "config_text.h"

void reload_config(struct toil_config *config, const char *file, const char *const *environment, bool keep_level,
                   struct intake *intake, struct counters *counters, struct toil_log *log)
{
    struct toil_config *next;
    struct toil_people *people;
    struct toil_error err;
    if (toil_config_load(file, environment, source_refuses, &next, &err) != TOIL_OK) {
        toil_log_error(log, TOIL_LOG_ERROR, "reload_refused", &err);
        return;
    }
    if (toil_people_open(config->key_file, false, (const char *const *)next->robot, next->robot_count, &people, &err) !=
        TOIL_OK) {
        toil_log_error(log, TOIL_LOG_ERROR, "reload_refused", &err);
        toil_config_free(next);
        return;
    }
    struct toil_buf restart = TOIL_BUF_INIT;
    config_needs_restart(config, next, &restart);
    intake_set_people(intake, people);
    config_take_over(config, next);
    toil_config_free(next);
    if (!keep_level)
        toil_log_set_level(log, (enum toil_log_level)config->log_level);
    counters_add(counters, COUNTER_RELOADS, 1);
    toil_log_line(log, TOIL_LOG_INFO, "reloaded", "took the new configuration over", "needs_restart",
                  restart.len ? restart.data : "nothing", NULL);
    toil_buf_release(&restart);
}
