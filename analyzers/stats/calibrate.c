/* The code behind calibrate.h. */
#include "calibrate.h"

#include <gsl/gsl_rng.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"

static int compare_units(const void *left, const void *right)
{
    const struct toil_calibration_unit *a = left, *b = right;
    if (a->person != b->person)
        return a->person < b->person ? -1 : 1;
    if (a->logged_hours < b->logged_hours || a->logged_hours > b->logged_hours)
        return a->logged_hours < b->logged_hours ? -1 : 1;
    return (a->inferred_hours > b->inferred_hours) - (a->inferred_hours < b->inferred_hours);
}

static int compare_doubles(const void *left, const void *right)
{
    double a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

/* Sums by person, in an order that does not depend on the input's. Returns how many people there are. */
static size_t sum_by_person(const struct toil_calibration_unit *units, size_t count,
                            struct toil_calibration_unit *people, struct toil_calibration *out)
{
    struct toil_calibration_unit *sorted = toil_xcalloc(count + 1, sizeof *sorted);
    size_t kept = 0, person_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (units[i].logged_hours > 0 && units[i].inferred_hours > 0)
            sorted[kept++] = units[i];
    }
    qsort(sorted, kept, sizeof *sorted, compare_units);
    for (size_t i = 0; i < kept; i++) {
        if (person_count == 0 || people[person_count - 1].person != sorted[i].person)
            people[person_count++] = (struct toil_calibration_unit){.person = sorted[i].person};
        people[person_count - 1].logged_hours += sorted[i].logged_hours;
        people[person_count - 1].inferred_hours += sorted[i].inferred_hours;
        out->logged_hours += sorted[i].logged_hours;
        out->inferred_hours += sorted[i].inferred_hours;
    }
    out->units = (uint32_t)kept;
    free(sorted);
    return person_count;
}

static void bootstrap(const struct toil_calibration_unit *people, size_t count, uint64_t seed, unsigned draw_count,
                      struct toil_calibration *out)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(random, (unsigned long)(seed & UINT32_MAX));
    double *draws = toil_xcalloc(draw_count, sizeof *draws);
    for (size_t draw = 0; draw < draw_count; draw++) {
        double logged = 0, inferred = 0;
        for (size_t i = 0; i < count; i++) {
            const struct toil_calibration_unit *person = &people[gsl_rng_uniform_int(random, count)];
            logged += person->logged_hours;
            inferred += person->inferred_hours;
        }
        draws[draw] = logged / inferred;
    }
    qsort(draws, draw_count, sizeof *draws, compare_doubles);
    out->low = gsl_stats_quantile_from_sorted_data(draws, 1, draw_count, 0.025);
    out->high = gsl_stats_quantile_from_sorted_data(draws, 1, draw_count, 0.975);
    free(draws);
    gsl_rng_free(random);
}

struct toil_calibration toil_calibrate(const struct toil_calibration_unit *units, size_t count, uint64_t seed,
                                       unsigned draws)
{
    struct toil_calibration out = {.ratio = NAN, .low = NAN, .high = NAN};
    struct toil_calibration_unit *people = toil_xcalloc(count + 1, sizeof *people);
    size_t person_count = sum_by_person(units, count, people, &out);
    out.people = (uint32_t)person_count;
    out.enough = person_count >= TOIL_CALIBRATION_MIN_PEOPLE && out.units >= TOIL_CALIBRATION_MIN_UNITS;
    if (out.enough) {
        out.ratio = out.logged_hours / out.inferred_hours;
        if (draws > 0)
            bootstrap(people, person_count, seed, draws, &out);
    }
    free(people);
    return out;
}

double toil_calibration_factor(double ratio, double inferred_hours, double known_hours, double day_hours)
{
    double room = day_hours - known_hours;
    if (inferred_hours <= 0)
        return ratio;
    if (room <= 0)
        return 0;
    return ratio * inferred_hours > room ? room / inferred_hours : ratio;
}
