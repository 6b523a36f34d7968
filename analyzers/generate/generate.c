/* Checks what was asked for, lives through it, and fills the folder. */
#include "generate.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "gen_world.h"

void gen_options_init(struct gen_options *options)
{
    *options =
        (struct gen_options){.start = "2025-10-06", .seed = 1, .days = 364, .components = 40, .people = 30, .scale = 1};
}

static enum toil_status check_range(const char *name, int64_t value, int64_t low, int64_t high, struct toil_error *err)
{
    if (value >= low && value <= high)
        return TOIL_OK;
    return toil_error_set(err, TOIL_BAD_INPUT, "--%s is %" PRId64 "; expected %" PRId64 " to %" PRId64, name, value,
                          low, high);
}

enum toil_status gen_options_check(const struct gen_options *options, struct toil_error *err)
{
    const struct {
        const char *name;
        int64_t value, low, high;
    } ranges[] = {{"seed", options->seed, 0, INT64_MAX},
                  {"days", options->days, 2 * (int64_t)GEN_SPRINT_DAYS, 3640},
                  {"components", options->components, GEN_STORY_COMPONENTS, 5000},
                  {"people", options->people, 24, 400},
                  {"scale", options->scale, 1, 100}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        enum toil_status status = check_range(ranges[i].name, ranges[i].value, ranges[i].low, ranges[i].high, err);
        if (status != TOIL_OK)
            return status;
    }
    if (options->days % GEN_SPRINT_DAYS != 0)
        return toil_error_set(err, TOIL_BAD_INPUT, "--days is %" PRId64 "; expected a multiple of %d", options->days,
                              GEN_SPRINT_DAYS);
    int64_t day;
    if (!toil_date_parse(toil_span_of(options->start), &day) || gen_weekday(day) != 0)
        return toil_error_set(err, TOIL_BAD_INPUT, "--start is \"%.32s\"; expected a Monday such as 2025-10-06",
                              options->start);
    return TOIL_OK;
}

typedef void (*write_fn)(const struct gen_world *world, struct toil_buf *out);

static void write_collector(const struct gen_world *world, struct toil_buf *out)
{
    (void)world;
    gen_write_collector(out);
}

static enum toil_status write_beside(const struct gen_world *world, const char *dir, const char *name, write_fn write,
                                     struct toil_error *err)
{
    struct toil_buf text = TOIL_BUF_INIT;
    write(world, &text);
    enum toil_status status = gen_write_file(dir, name, (struct toil_span){text.data, text.len}, err);
    toil_buf_release(&text);
    return status;
}

enum toil_status gen_generate(const struct gen_options *options, struct toil_error *err)
{
    enum toil_status status = gen_options_check(options, err);
    if (status != TOIL_OK)
        return status;
    if (mkdir(options->out, 0777) != 0 && errno != EEXIST)
        return toil_error_set(err, TOIL_RETRY, "cannot make %s: %s", options->out, strerror(errno));
    struct gen_world world;
    gen_world_init(&world, options);
    gen_world_plan(&world);
    status = gen_out_write(&world.out, options->out, err);
    if (status == TOIL_OK)
        status = write_beside(&world, options->out, "catalog.yaml", gen_write_catalog, err);
    if (status == TOIL_OK)
        status = write_beside(&world, options->out, "toilmeterd.yaml", write_collector, err);
    if (status == TOIL_OK)
        status = write_beside(&world, options->out, "truth.json", gen_write_truth, err);
    gen_world_release(&world);
    return status;
}
