/* Tested links: reading them, and the words for them. */
#include "report_link.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report_numbers.h"

#define LEVEL         0.95
#define BAD_FIT       0.01 /* below this p, and from this distance on, the rescaled times say that the fit does not */
#define BAD_DISTANCE  0.05 /* describe the tickets: with very many tickets p alone would blame every model */
#define MOST_BAD_FITS 5    /* named in the note */

enum fit_field { FIT_TOPIC, FIT_KS = 4, FIT_KS_P, FIT_CONVERGED = 8, FIT_WHY };

static const char *team_name(const struct toil_catalog *catalog, size_t component)
{
    size_t team = catalog->component[component].team;
    return team == SIZE_MAX ? "" : catalog->team[team].name;
}

bool toil_link_chosen_components(const struct toil_scope *scope, struct toil_buf *out)
{
    const struct toil_report_options *options = scope->options;
    if (!options->team && !options->component)
        return false;
    for (size_t i = 0; i < scope->catalog->component_count; i++) {
        const char *name = scope->catalog->component[i].name;
        if ((!options->component || strcmp(options->component, name) == 0) &&
            (!options->team || strcmp(options->team, team_name(scope->catalog, i)) == 0))
            toil_array_add_text(out, toil_span_of(name));
    }
    toil_array_end(out);
    return true;
}

/* The components of links, as a text[] parameter. */
static void add_linked(const struct toil_result *links, struct toil_buf *out)
{
    for (size_t r = 0; r < toil_result_rows(links); r++)
        toil_array_add_text(out, toil_span_of(toil_result_text(links, r, TOIL_LINK_COMPONENT)));
    toil_array_end(out);
}

static enum toil_status fetch_evidence(struct toil_scope *scope, const char *components, struct toil_link_rows *out,
                                       struct toil_error *err)
{
    enum toil_status status = toil_scope_query(scope, &toil_sql_report_link_bands,
                                               TOIL_PARAMS({scope->run_id}, {components}), &out->bands, err);
    if (status == TOIL_OK)
        status = toil_scope_query(scope, &toil_sql_report_link_placebos, TOIL_PARAMS({scope->run_id}, {components}),
                                  &out->placebos, err);
    return status;
}

static enum toil_status count_tested(struct toil_scope *scope, const char *components, struct toil_link_rows *out,
                                     struct toil_error *err)
{
    struct toil_result *counts = NULL;
    enum toil_status status = toil_scope_query(scope, &toil_sql_report_links_tested,
                                               TOIL_PARAMS({scope->run_id}, {components}), &counts, err);
    if (status == TOIL_OK) {
        out->tested = (size_t)toil_result_int64(counts, 0, 0);
        out->established = (size_t)toil_result_int64(counts, 0, 1);
    }
    toil_result_free(counts);
    return status;
}

enum toil_status toil_link_rows_fetch(struct toil_scope *scope, const char *components, size_t nearest,
                                      struct toil_link_rows *out, struct toil_error *err)
{
    char most[24];
    struct toil_buf linked = TOIL_BUF_INIT;
    bool all = nearest == SIZE_MAX;
    *out = (struct toil_link_rows){0};
    snprintf(most, sizeof most, "%zu", nearest);
    enum toil_status status =
        toil_scope_query(scope, &toil_sql_report_fits, TOIL_PARAMS({scope->run_id}), &out->fits, err);
    if (status == TOIL_OK)
        status = count_tested(scope, components, out, err);
    if (status == TOIL_OK)
        status = toil_scope_query(scope, &toil_sql_report_links,
                                  TOIL_PARAMS({scope->run_id}, {components}, {all ? NULL : most}), &out->links, err);
    if (status == TOIL_OK && !all)
        add_linked(out->links, &linked);
    if (status == TOIL_OK)
        status = fetch_evidence(scope, all ? components : linked.data, out, err);
    toil_buf_release(&linked);
    if (status == TOIL_OK)
        out->searched = toil_result_rows(out->fits) > 0 || out->tested > 0;
    else
        toil_link_rows_release(out);
    return status;
}

void toil_link_rows_release(struct toil_link_rows *rows)
{
    toil_result_free(rows->links);
    toil_result_free(rows->bands);
    toil_result_free(rows->placebos);
    toil_result_free(rows->fits);
    *rows = (struct toil_link_rows){0};
}

double toil_link_number(const struct toil_result *rows, size_t row, unsigned field)
{
    return toil_result_null(rows, row, field) ? (double)NAN : toil_result_double(rows, row, field);
}

bool toil_link_established(const struct toil_result *links, size_t row)
{
    return toil_result_bool(links, row, TOIL_LINK_ESTABLISHED);
}

static bool same_field(const struct toil_result *rows, size_t a, size_t b, unsigned field)
{
    return strcmp(toil_result_text(rows, a, field), toil_result_text(rows, b, field)) == 0;
}

bool toil_link_repeats_group(const struct toil_result *links, size_t row)
{
    if (toil_result_null(links, row, TOIL_LINK_EITHER))
        return false;
    for (size_t r = 0; r < row; r++)
        if (same_field(links, r, row, TOIL_LINK_EITHER_JSON) && same_field(links, r, row, TOIL_LINK_TOPIC) &&
            toil_link_established(links, r) == toil_link_established(links, row))
            return true;
    return false;
}

/* Byte order, as the tables' collation has it. */
static int compare_keys(const struct toil_result *links, size_t row, const struct toil_result *evidence, size_t at)
{
    for (unsigned field = TOIL_LINK_COMPONENT; field <= TOIL_LINK_TOPIC; field++) {
        int order = strcmp(toil_result_text(links, row, field), toil_result_text(evidence, at, field));
        if (order)
            return order;
    }
    return 0;
}

size_t toil_link_evidence(const struct toil_result *links, size_t row, const struct toil_result *evidence,
                          size_t *first)
{
    size_t low = 0, high = toil_result_rows(evidence);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_keys(links, row, evidence, middle) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    *first = low;
    while (low < toil_result_rows(evidence) && compare_keys(links, row, evidence, low) == 0)
        low++;
    return low - *first;
}

static struct toil_estimate estimate_at(const struct toil_result *rows, size_t row, unsigned field, const char *unit,
                                        const char *grade, const char *why)
{
    double value = toil_link_number(rows, row, field);
    return (struct toil_estimate){.value = value,
                                  .low = toil_link_number(rows, row, field + 1),
                                  .high = toil_link_number(rows, row, field + 2),
                                  .level = LEVEL,
                                  .unit = unit,
                                  .grade = grade,
                                  .why = isfinite(value) ? NULL : why};
}

struct toil_estimate toil_link_attributed(const struct toil_result *links, size_t row)
{
    struct toil_estimate estimate =
        estimate_at(links, row, TOIL_LINK_ATTRIBUTED, "tickets", toil_result_text(links, row, TOIL_LINK_GRADE), NULL);
    if (toil_link_established(links, row))
        return estimate;
    estimate.value = estimate.low = 0;
    estimate.high = fmax(estimate.high, 0); /* fmax passes over NAN */
    if (toil_result_null(links, row, TOIL_LINK_ATTRIBUTED + 2))
        estimate.low = estimate.high = estimate.level = NAN;
    estimate.grade = "none";
    estimate.why = "not established";
    return estimate;
}

static const char *why_no_screen(const struct toil_result *links, size_t row)
{
    return toil_result_bool(links, row, TOIL_LINK_ABSTAINED)
               ? "the screen abstained: too few clean weeks to compare with"
               : "nothing was expected";
}

struct toil_estimate toil_link_excess(const struct toil_result *links, size_t row)
{
    return estimate_at(links, row, TOIL_LINK_EXCESS, "tickets", toil_result_text(links, row, TOIL_LINK_GRADE),
                       why_no_screen(links, row));
}

struct toil_estimate toil_link_ratio(const struct toil_result *links, size_t row)
{
    return estimate_at(links, row, TOIL_LINK_RATIO, "times", toil_result_text(links, row, TOIL_LINK_GRADE),
                       why_no_screen(links, row));
}

struct toil_estimate toil_link_band_excess(const struct toil_result *bands, size_t row, const char *grade)
{
    return estimate_at(bands, row, TOIL_BAND_EXCESS, "tickets", grade, "too few clean weeks to compare with");
}

const char *toil_link_name(const struct toil_result *links, size_t row)
{
    bool group = !toil_result_null(links, row, TOIL_LINK_EITHER);
    return toil_result_text(links, row, group ? TOIL_LINK_EITHER : TOIL_LINK_COMPONENT);
}

void toil_link_add_failures(struct toil_buf *out, const struct toil_result *links, size_t row)
{
    const char *name = toil_link_name(links, row);
    if (name[0] == '(') /* "(shared release)" */
        toil_buf_printf(out, "%.*ss", (int)strcspn(name + 1, ")"), name + 1);
    else
        toil_buf_printf(out, "%ss of %s", toil_report_kind_title(toil_result_text(links, row, TOIL_LINK_KIND)), name);
    if (!toil_result_null(links, row, TOIL_LINK_EITHER))
        toil_buf_add_text(out, " (the data can't tell which)");
}

void toil_link_add_tickets(struct toil_buf *out, const char *topic)
{
    if (*topic)
        toil_buf_printf(out, "tickets about %s", topic);
    else
        toil_buf_add_text(out, "tickets without a topic");
}

void toil_link_add_effect(struct toil_buf *out, const struct toil_result *links, size_t row)
{
    const struct toil_estimate attributed = toil_link_attributed(links, row);
    toil_estimate_add(out, &attributed, 1);
    toil_buf_add_char(out, ' ');
    toil_link_add_tickets(out, toil_result_text(links, row, TOIL_LINK_TOPIC));
    toil_buf_add_text(out, ", ");
    toil_lag_add_words(out, toil_result_int64(links, row, TOIL_LINK_FROM), toil_result_int64(links, row, TOIL_LINK_TO));
}

enum toil_status toil_attribution_fetch(struct toil_scope *scope, struct toil_attribution *out, struct toil_error *err)
{
    struct toil_result *fits = NULL;
    *out = (struct toil_attribution){0};
    enum toil_status status = toil_scope_query(scope, &toil_sql_report_fits, TOIL_PARAMS({scope->run_id}), &fits, err);
    if (status == TOIL_OK)
        status = toil_scope_query(scope, &toil_sql_report_link_grades, TOIL_PARAMS({scope->run_id}), &out->grades, err);
    if (status == TOIL_OK)
        out->searched = toil_result_rows(fits) > 0 || toil_result_rows(out->grades) > 0;
    toil_result_free(fits);
    return status;
}

void toil_attribution_release(struct toil_attribution *attribution)
{
    toil_result_free(attribution->grades);
    attribution->grades = NULL;
}

enum grade_field { G_COMPONENT, G_GRADE, G_EITHER, G_BELOW, G_ABOVE };

static size_t find_grade(const struct toil_attribution *attribution, const char *component)
{
    size_t r = 0, count = toil_result_rows(attribution->grades);
    while (r < count && strcmp(toil_result_text(attribution->grades, r, G_COMPONENT), component) != 0)
        r++;
    return r < count ? r : SIZE_MAX;
}

const char *toil_attribution_grade(const struct toil_attribution *attribution, const char *component)
{
    size_t row = find_grade(attribution, component);
    return row == SIZE_MAX ? "none" : toil_result_text(attribution->grades, row, G_GRADE);
}

const char *toil_attribution_either(const struct toil_attribution *attribution, const char *component)
{
    size_t row = find_grade(attribution, component);
    if (row == SIZE_MAX || toil_result_null(attribution->grades, row, G_EITHER))
        return NULL;
    return toil_result_text(attribution->grades, row, G_EITHER);
}

void toil_attribution_spread(const struct toil_attribution *attribution, const char *component, double *below,
                             double *above)
{
    size_t row = find_grade(attribution, component);
    *below = row == SIZE_MAX ? 0 : toil_result_double(attribution->grades, row, G_BELOW);
    *above = row == SIZE_MAX ? 0 : toil_result_double(attribution->grades, row, G_ABOVE);
}

const char *toil_weaker_grade(const char *a, const char *b)
{
    return strcmp(a, b) > 0 ? a : b; /* A, B, C, none: in the order of bytes */
}

static bool is_bad_fit(const struct toil_result *fits, size_t row)
{
    return !toil_result_bool(fits, row, FIT_CONVERGED) ||
           (!toil_result_null(fits, row, FIT_KS_P) && toil_result_double(fits, row, FIT_KS_P) < BAD_FIT &&
            toil_result_double(fits, row, FIT_KS) >= BAD_DISTANCE);
}

void toil_link_note_fits(struct toil_scope *scope, const struct toil_link_rows *rows)
{
    const struct toil_result *fits = rows->fits;
    size_t bad = 0;
    struct toil_buf text = TOIL_BUF_INIT;
    for (size_t r = 0; r < toil_result_rows(fits); r++) {
        if (!is_bad_fit(fits, r) || ++bad > MOST_BAD_FITS)
            continue;
        toil_buf_add_text(&text, bad > 1 ? "; " : "");
        toil_link_add_tickets(&text, toil_result_text(fits, r, FIT_TOPIC));
        if (!toil_result_null(fits, r, FIT_WHY))
            toil_buf_printf(&text, " (%s)", toil_result_text(fits, r, FIT_WHY));
        else if (!toil_result_bool(fits, r, FIT_CONVERGED))
            toil_buf_add_text(&text, " (it did not converge)");
        else
            toil_buf_printf(&text, " (Kolmogorov-Smirnov p %.2g)", toil_result_double(fits, r, FIT_KS_P));
    }
    if (bad > MOST_BAD_FITS)
        toil_buf_printf(&text, "; and %zu more topics", bad - MOST_BAD_FITS);
    if (bad)
        toil_report_note(scope->report, "The joint fit does not describe well: %s. Take their numbers with care.",
                         text.data);
    toil_buf_release(&text);
}
