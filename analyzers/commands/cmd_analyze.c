/* toilmeter analyze: one run; prints its id. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "analyze/analyze.h"
#include "command.h"
#include "toilmeter/timestamp.h"
#include "toilmeter/yaml.h"

struct analyze_options {
    const char *from, *to, *bin, *bands, *label;
    int64_t seed;
    bool timings;
};

const struct toil_option toil_cmd_analyze_options[] = {
    {"from", TOIL_OPTION_TEXT, offsetof(struct analyze_options, from), "T", NULL,
     "first instant of the window: a date in the catalog's zone, or RFC 3339; by default the first event"},
    {"to", TOIL_OPTION_TEXT, offsetof(struct analyze_options, to), "T", NULL,
     "end of the window, exclusive; by default the last event, or the watermark where partitions lag"},
    {"seed", TOIL_OPTION_INT, offsetof(struct analyze_options, seed), "N", NULL,
     "of all random numbers, 0 to 4294967295, 1 by default: the same seed and data give the same run"},
    {"bin", TOIL_OPTION_TEXT, offsetof(struct analyze_options, bin), "DURATION", NULL,
     "width of the bins in which tickets are counted, 5m by default; kept in the run's parameters"},
    {"bands", TOIL_OPTION_TEXT, offsetof(struct analyze_options, bands), "LIST", NULL,
     "lag bands behind an event, 0-15m,15-60m,1-4h,4-12h,12-24h,24-72h by default; kept in the run's parameters"},
    {"label", TOIL_OPTION_TEXT, offsetof(struct analyze_options, label), "TEXT", NULL, "a name for the run"},
    {"timings", TOIL_OPTION_FLAG, offsetof(struct analyze_options, timings), NULL, NULL,
     "say on standard error how many seconds each stage took, how much CPU of its own, and the peak of memory"},
    {0},
};

#define DEFAULT_BANDS "0-15m,15-60m,1-4h,4-12h,12-24h,24-72h"
#define MAX_BAND_US   (366 * TOIL_US_PER_DAY)

static int64_t unit_of(char letter)
{
    return letter == 'm' ? TOIL_US_PER_MINUTE : letter == 'h' ? TOIL_US_PER_HOUR : letter == 'd' ? TOIL_US_PER_DAY : 0;
}

/* One band, "15-60m": the unit is that of both numbers. Moves *text behind it. */
static bool read_band(const char **text, struct toil_lag_band *out)
{
    const char *at = *text;
    char *end;
    if (*at < '0' || *at > '9')
        return false;
    long long from = strtoll(at, &end, 10);
    if (*end != '-' || end[1] < '0' || end[1] > '9')
        return false;
    long long to = strtoll(end + 1, &end, 10);
    int64_t unit = unit_of(*end);
    if (unit == 0 || from >= to || to > MAX_BAND_US / unit)
        return false;
    *out = (struct toil_lag_band){from * unit, to * unit};
    *text = end + 1;
    return true;
}

/* Bands follow each other without overlap. */
static bool read_bands(const char *text, struct toil_analysis_options *out)
{
    for (out->band_count = 0; out->band_count < TOIL_LINK_MAX_BANDS;) {
        struct toil_lag_band *band = &out->bands[out->band_count];
        if (!read_band(&text, band) || (out->band_count > 0 && band->from_us < band[-1].to_us))
            return false;
        out->band_count++;
        if (*text == '\0')
            return true;
        if (*text++ != ',')
            return false;
    }
    return false;
}

static bool read_bin(const char *text, int64_t *out_us)
{
    int64_t ms;
    if (!toil_parse_duration_ms(text, &ms) || ms > 24 * 3600 * 1000)
        return false;
    *out_us = ms * 1000;
    return *out_us >= TOIL_US_PER_MINUTE && TOIL_US_PER_DAY % *out_us == 0;
}

/* What a person sees while it runs, and the time that each stage took. */
struct watch {
    bool bar, timings;
    struct toil_bar shown;
    const char *stage;              /* that runs; NULL before the first */
    double began, first, began_cpu; /* seconds; CPU: of all threads of this process */
};

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double now_seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

/* A bar on a terminal: one line, drawn over and over. */
static void show_bar(const struct toil_bar *shown)
{
    enum { WIDTH = 24 };
    char bar[WIDTH + 1], left[32];
    memset(bar, ' ', WIDTH);
    memset(bar, '#', (size_t)(shown->fraction * WIDTH));
    bar[WIDTH] = '\0';
    toil_bar_remaining(shown, left, sizeof left);
    fprintf(stderr, "\r[%s] %3.0f%%  %-24s %-18s", bar, floor(shown->fraction * 100), shown->stage, left);
}

static void wipe_bar(void)
{
    fprintf(stderr, "\r%*s\r", 78, "");
}

/* stage NULL: the last one is over. */
static void keep_timing(struct watch *watch, const char *stage, double now)
{
    if (watch->stage && stage && strcmp(watch->stage, stage) == 0)
        return;
    double cpu = watch->timings ? seconds_of(CLOCK_PROCESS_CPUTIME_ID) : 0;
    if (watch->timings && watch->bar)
        wipe_bar();
    if (watch->timings && watch->stage)
        fprintf(stderr, "%10.3f %10.3f  %s\n", now - watch->began, cpu - watch->began_cpu, watch->stage);
    else if (watch->timings)
        fputs("   seconds    own CPU  stage\n", stderr);
    watch->began_cpu = cpu;
    watch->stage = stage;
    watch->began = now;
}

static void on_progress(void *context, const char *stage, uint64_t done, uint64_t total)
{
    struct watch *watch = context;
    double now = now_seconds();
    if (!watch->stage)
        watch->first = now;
    keep_timing(watch, stage, now);
    if (watch->bar && toil_bar_update(&watch->shown, (int64_t)((now - watch->first) * 1000), stage, done, total))
        show_bar(&watch->shown);
}

static void end_watch(struct watch *watch)
{
    if (watch->timings) {
        struct rusage usage;
        keep_timing(watch, NULL, now_seconds());
        getrusage(RUSAGE_SELF, &usage);
        fprintf(stderr, "%10.3f %10.3f  in all\n%10.1f MiB of memory at its peak\n", now_seconds() - watch->first,
                seconds_of(CLOCK_PROCESS_CPUTIME_ID), (double)usage.ru_maxrss / 1024);
    }
    if (watch->bar)
        wipe_bar();
}

/* What a person should know who reads only this. */
static void remark(const struct toil_analysis *analysis)
{
    const struct toil_watermark *watermark = &analysis->watermark;
    if (analysis->to_us <= analysis->from_us)
        fputs("there are no events in the window: the run is empty\n", stderr);
    if (watermark->unread > 0)
        fprintf(stderr, "%u of %u partitions have not been read yet: the run has no watermark\n", watermark->unread,
                watermark->partitions);
    else if (watermark->lagging > 0)
        fprintf(stderr, "%u of %u partitions are not read to their end: the run stops at the watermark\n",
                watermark->lagging, watermark->partitions);
    if (analysis->catalog_id == 0)
        fputs("no catalog was applied: all names are (unmapped); see toilmeter catalog\n", stderr);
}

enum toil_exit toil_cmd_analyze(struct toil_context *context, int argc, char **argv)
{
    struct analyze_options given = {.bin = "5m", .bands = DEFAULT_BANDS, .seed = 1};
    int positional;
    if (!toil_command_parse(context, toil_cmd_analyze_options, &given, argc, argv, &positional))
        return TOIL_EXIT_USAGE;
    if (positional > 0)
        return toil_command_usage(context, "unexpected argument \"%.64s\"", argv[1]);
    if (given.seed < 0 || given.seed > UINT32_MAX)
        return toil_command_usage(context, "--seed %lld is not within 0 to 4294967295", (long long)given.seed);
    struct toil_analysis_options options = {
        .from = given.from, .to = given.to, .seed = (uint64_t)given.seed, .label = given.label};
    if (!read_bin(given.bin, &options.bin_us))
        return toil_command_usage(context, "--bin \"%.64s\" is not a duration of 1m to 24h that divides a day",
                                  given.bin);
    if (!read_bands(given.bands, &options))
        return toil_command_usage(
            context, "--bands \"%.64s\" is not a list as " DEFAULT_BANDS ": ascending, apart, units m, h or d",
            given.bands);
    struct watch watch = {.bar = !context->quiet && isatty(STDERR_FILENO), .timings = given.timings};
    options.progress = on_progress;
    options.progress_context = &watch;

    struct toil_db *db = NULL;
    struct toil_error err;
    struct toil_analysis analysis;
    int64_t run_id = 0;
    toil_analysis_init(&analysis, &options);
    enum toil_status status = toil_command_connect(context, &db, &err);
    if (status == TOIL_OK)
        status = toil_analyze(&analysis, db, &run_id, &err);
    end_watch(&watch);
    if (status == TOIL_OK && !context->quiet)
        remark(&analysis);
    toil_analysis_release(&analysis);
    toil_db_close(db);
    if (status != TOIL_OK)
        return toil_command_failed(context, &err);
    printf("%lld\n", (long long)run_id);
    return TOIL_EXIT_DONE;
}
