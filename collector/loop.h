/* The daemon's loop: the only place that knows both source and sink.
 *
 * Two parcels: one is filled from the source while the other is written. When both are taken, reading waits, then
 * pauses. An assignment, a fence that failed, and a lost offset all lead to the same three steps: claim, ask for the
 * ends of the logs, go on at what the database says. */
#ifndef COLLECTOR_LOOP_H
#define COLLECTOR_LOOP_H

#include <signal.h>

#include "counters.h"
#include "health.h"
#include "intake.h"
#include "sink.h"
#include "toilmeter/config.h"

struct loop_options {
    struct toil_config *config;        /* borrowed; settings that are live may be changed by a reload */
    const char *config_file;           /* borrowed; NULL: the environment alone */
    const char *const *environment;    /* borrowed */
    bool until_end;                    /* stop when every partition has reached the end it had when assigned */
    bool log_level_fixed;              /* given on the command line: a reload does not change it */
    const volatile sig_atomic_t *stop; /* borrowed: not 0 asks for an orderly stop */
    volatile sig_atomic_t *reload;     /* borrowed: not 0 asks for the configuration to be read again */
    struct counters *counters;         /* borrowed */
    struct health_state *health;       /* borrowed */
    struct toil_log *log;              /* borrowed */
    struct sink *sink;                 /* borrowed: connected once, key known */
    struct intake *intake;             /* borrowed */
};

/* Runs until stopped, at the end (until_end), or failed. TOIL_OK: an orderly end. *orphaned: librdkafka did not end in
 * time and its threads still use log and counters; the process has to end without freeing them. */
enum toil_status loop_run(const struct loop_options *options, bool *orphaned, struct toil_error *err) TOIL_MUST_CHECK;

/* CLOCK_MONOTONIC in milliseconds. */
int64_t loop_clock_ms(void);

#endif
