/* runs diff: the numbers of each component that changed from one run to the other, and why. A run is made from nothing
 * but its events, parameters, catalog and program; so within the days that both cover, what those do not explain is
 * data that came late. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report_numbers.h"
#include "report_runs_diff.h"

#define ANEW "estimated anew from another window"

/* Columns of the query, in its order. */
enum field { F_MEASURE, F_COMPONENT, F_A, F_B, F_A_BOTH, F_B_BOTH };

static const struct measure {
    const char *name, *section;
    int decimals;
    bool counted; /* of events as they came: no parameter moves it */
} measures[] = {
    {"manual_hours", "hours", 1, false}, {"manual_cost", "cost", 0, false},     {"tickets", "tickets", 1, false},
    {"restarts", "restarts", 0, true},   {"rebalances", "rebalances", 0, true},
};

static const struct measure *measure_of(const char *name)
{
    for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++)
        if (strcmp(measures[i].name, name) == 0)
            return &measures[i];
    abort();
}

/* A row of the query. */
struct change {
    const struct measure *measure;
    const char *component; /* NULL: the sum over all */
    double a, b;
    double known, only; /* b less a: within the days that both cover, and outside them */
};

static struct change change_of(const struct toil_result *rows, size_t row)
{
    struct change change = {measure_of(toil_result_text(rows, row, F_MEASURE)),
                            toil_result_null(rows, row, F_COMPONENT) ? NULL : toil_result_text(rows, row, F_COMPONENT),
                            toil_result_double(rows, row, F_A),
                            toil_result_double(rows, row, F_B),
                            0,
                            0};
    change.known = toil_result_double(rows, row, F_B_BOTH) - toil_result_double(rows, row, F_A_BOTH);
    change.only = change.b - change.a - change.known;
    return change;
}

static const struct change *find(const struct change *changes, size_t count, const char *measure, const char *component)
{
    for (size_t i = 0; i < count; i++) {
        const char *other = changes[i].component;
        if (strcmp(changes[i].measure->name, measure) == 0 &&
            (component && other ? strcmp(component, other) == 0 : component == other))
            return &changes[i];
    }
    return NULL;
}

/* Would a reader see it? */
static bool shows(double number, int decimals)
{
    return fabs(number) >= 0.5 * pow(10, -decimals);
}

static bool known_differs(const struct change *changes, size_t count, const char *measure, const char *component)
{
    const struct change *change = find(changes, count, measure, component);
    return change && shows(change->known, change->measure->decimals);
}

static void add_signed(struct toil_buf *out, double number, int decimals)
{
    toil_buf_add_text(out, number < 0 ? "\u2212" : "+");
    toil_number_add(out, fabs(number), decimals);
}

static void add_cause(struct toil_buf *out, size_t *count, bool holds, const char *cause)
{
    if (!holds)
        return;
    toil_buf_printf(out, "%s%s", *count ? " or " : "", cause);
    (*count)++;
}

/* What can have changed a number within days that both runs cover. Estimates learn from all of their window: how long
 * handling takes, whose hidden tickets are. Sums over all components do not depend on how names
 * are mapped, so where those are the same and one component's are not, names were mapped otherwise. */
static void add_causes(const struct toil_runs_two *two, const struct change *changes, size_t count,
                       const struct change *change, struct toil_buf *out)
{
    const struct measure *measure = change->measure;
    bool cost_alone =
        strcmp(measure->name, "manual_cost") == 0 && !known_differs(changes, count, "manual_hours", change->component);
    bool moved = measure->counted && two->catalog && !known_differs(changes, count, measure->name, NULL);
    size_t causes = 0;
    if (cost_alone && two->catalog) {
        toil_buf_add_text(out, "another catalog (rates)");
        return;
    }
    if (moved) {
        toil_buf_add_text(out, "another catalog (names mapped otherwise)");
        return;
    }
    add_cause(out, &causes, two->late, "late data");
    add_cause(out, &causes, two->window && !measure->counted, ANEW);
    add_cause(out, &causes, two->parameters && !measure->counted, "other parameters");
    add_cause(out, &causes, two->catalog, "another catalog");
    add_cause(out, &causes, two->version, "another version");
    if (causes == 0)
        toil_buf_add_text(out, "late data");
}

/* Days that one run alone covers: the later's, the earlier's, or of both. */
static const char *name_only(const struct toil_runs_two *two)
{
    const struct toil_run_frame *a = &two->a.report->run, *b = &two->b.report->run;
    bool more = b->to_us > a->to_us || b->from_us < a->from_us, less = b->to_us < a->to_us || b->from_us > a->from_us;
    return more && less ? "the window moved" : less ? "days left out" : "new data";
}

static void add_number(struct toil_runs_two *two, const struct change *changes, size_t count,
                       const struct change *change)
{
    int decimals = change->measure->decimals;
    struct toil_buf before = TOIL_BUF_INIT, after = TOIL_BUF_INIT, why = TOIL_BUF_INIT;
    bool known = shows(change->known, decimals), only = shows(change->only, decimals);
    toil_number_add(&before, change->a, decimals);
    toil_number_add(&after, change->b, decimals);
    if (only) {
        toil_buf_add_text(&why, name_only(two));
        toil_buf_add_text(&why, " ");
        add_signed(&why, change->only, decimals);
    }
    if (known) {
        toil_buf_add_text(&why, only ? "; " : "");
        add_causes(two, changes, count, change, &why);
        toil_buf_add_text(&why, " ");
        add_signed(&why, change->known, decimals);
    }
    toil_runs_two_add(two, change->measure->section, change->component ? change->component : "(total)", before.data,
                      after.data, why.data);
    toil_buf_release(&before);
    toil_buf_release(&after);
    toil_buf_release(&why);
}

static void add_numbers(struct toil_runs_two *two, const struct change *changes, size_t count)
{
    const struct measure *measure = NULL;
    for (size_t i = 0; i < count; i++) {
        int decimals = changes[i].measure->decimals;
        if (!shows(changes[i].known, decimals) && !shows(changes[i].only, decimals))
            continue;
        if (changes[i].measure != measure)
            two->group++;
        measure = changes[i].measure;
        two->hours = two->hours || strcmp(measure->name, "manual_hours") == 0;
        add_number(two, changes, count, &changes[i]);
    }
}

enum toil_status toil_runs_two_numbers(struct toil_runs_two *two, struct toil_error *err)
{
    char from[32], to[32];
    struct toil_result *rows = NULL;
    toil_report_day_text(two->both_from_day, from);
    toil_report_day_text(two->both_to_day, to);
    enum toil_status status = toil_scope_query(&two->b, &toil_sql_report_diff_numbers,
                                               TOIL_PARAMS({two->a.run_id}, {two->b.run_id}, {from}, {to}), &rows, err);
    if (status != TOIL_OK)
        return status;
    size_t count = toil_result_rows(rows);
    struct change *changes = toil_xcalloc(count + 1, sizeof *changes);
    for (size_t r = 0; r < count; r++)
        changes[r] = change_of(rows, r);
    /* As many events as came, whatever they are called; and what changed the hours of the same window when nothing else
     * did. */
    bool same_rules = !two->window && !two->parameters && !two->catalog && !two->version;
    two->late = two->late || known_differs(changes, count, "restarts", NULL) ||
                known_differs(changes, count, "rebalances", NULL) || known_differs(changes, count, "tickets", NULL) ||
                (same_rules && known_differs(changes, count, "manual_hours", NULL));
    add_numbers(two, changes, count);
    free(changes);
    toil_result_free(rows);
    return TOIL_OK;
}
