/* Builds the write-up from the reports about the item, so that a number in it is the number that they print. */
#include "writeup.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "growth_words.h"
#include "item_facts.h"
#include "item_savings.h"
#include "report_kind.h"
#include "report_numbers.h"
#include "report_plan.h"

#define YEAR_WEEKS 52.0

struct writeup {
    struct toil_scope *scope;
    struct toil_document *document;
    const struct toil_item *item;
    const struct toil_report *impact, *plan, *saved;  /* owned by the document; saved: NULL unless shipped */
    struct toil_item_facts facts;                     /* owned */
    char of_impact[160], of_plan[160], of_saved[160]; /* commands */
    bool known;                                       /* the impact is established */
};

/* ---- what the reports say ---- */

/* The row for machines is the first one. */
static const struct toil_report_cell *cell(const struct toil_report *report, const char *key)
{
    static const struct toil_report_cell none = {.null = true};
    return report && report->row_count > 0 ? toil_report_cell(report, 0, key) : &none;
}

static struct toil_estimate estimate(const struct toil_report *report, const char *key)
{
    return cell(report, key)->estimate;
}

static double number(const struct toil_report *report, const char *key)
{
    const struct toil_report_cell *at = cell(report, key);
    return at->null ? (double)NAN : at->number;
}

static void name_command(const struct writeup *writeup, const char *words, char out[160])
{
    struct toil_buf text = TOIL_BUF_INIT;
    toil_buf_printf(&text, "toilmeter %s --run %s%s ", words, writeup->scope->run_id,
                    *writeup->item->id == '-' ? " --" : "");
    toil_report_shell_add(&text, writeup->item->id);
    snprintf(out, 160, "%s", text.data);
    toil_buf_release(&text);
}

static enum toil_status beside(struct writeup *writeup, const struct toil_report_kind *kind,
                               const struct toil_report **out, struct toil_error *err)
{
    struct toil_report *report = NULL;
    enum toil_status status = toil_report_build_kind_beside(writeup->scope, kind, &report, err);
    toil_document_own(writeup->document, report);
    *out = report;
    return status;
}

static enum toil_status read_reports(struct writeup *writeup, struct toil_error *err)
{
    enum toil_status status =
        beside(writeup, toil_report_kind_find(toil_report_kinds, "impact"), &writeup->impact, err);
    if (status == TOIL_OK)
        status = beside(writeup, &toil_plan_kind, &writeup->plan, err);
    if (status == TOIL_OK && writeup->item->shipped_day != TOIL_TIME_NONE)
        status = beside(writeup, toil_report_kind_find(toil_report_kinds, "saved"), &writeup->saved, err);
    if (status == TOIL_OK)
        status = toil_item_facts_read(writeup->scope, writeup->item, false, &writeup->facts, err);
    name_command(writeup, "report impact", writeup->of_impact);
    name_command(writeup, "plan", writeup->of_plan);
    name_command(writeup, "report saved", writeup->of_saved);
    writeup->known = status == TOIL_OK && !writeup->impact->negative;
    return status;
}

/* ---- sentences ---- */

static void heading(struct writeup *writeup, const char *text)
{
    toil_document_add(writeup->document, TOIL_BLOCK_HEADING, text);
}

static void paragraph(struct writeup *writeup)
{
    toil_document_add(writeup->document, TOIL_BLOCK_PARAGRAPH, NULL);
}

static void bullet(struct writeup *writeup, const char *text)
{
    toil_document_add(writeup->document, TOIL_BLOCK_BULLET, text);
}

static void add_estimate(struct writeup *writeup, const char *about, const struct toil_estimate *of, int most,
                         const char *words, const char *command)
{
    size_t row = toil_document_find(writeup->document, about);
    if (row == SIZE_MAX)
        row = toil_document_evidence(writeup->document, about, of, command);
    toil_document_number(writeup->document, row, most, words);
}

static void add_count(struct writeup *writeup, const char *about, const char *key, const char *words)
{
    const struct toil_report_cell *at = cell(writeup->impact, key);
    size_t row = toil_document_counted(writeup->document, about, at->null ? 0 : at->integer, writeup->of_impact);
    toil_document_number(writeup->document, row, 0, words);
}

static void add_components(struct writeup *writeup)
{
    const struct toil_item *item = writeup->item;
    for (size_t i = 0; i < item->component_count; i++) {
        toil_document_text(writeup->document, "%s", i == 0 ? "" : i + 1 == item->component_count ? " and " : ", ");
        toil_document_code(writeup->document, writeup->scope->catalog->component[item->component[i]].name);
    }
}

static void title(struct writeup *writeup)
{
    struct toil_buf text = TOIL_BUF_INIT;
    toil_buf_printf(&text, "%s: %s", writeup->item->id, writeup->item->title);
    toil_document_add(writeup->document, TOIL_BLOCK_TITLE, text.data);
    toil_buf_release(&text);
}

static void problem(struct writeup *writeup)
{
    struct toil_estimate hours = estimate(writeup->impact, "hours");
    paragraph(writeup);
    toil_document_strong(writeup->document, "The problem.");
    toil_document_text(writeup->document, " ");
    if (!writeup->known) {
        toil_document_text(writeup->document, "%s", writeup->impact->answer);
        return;
    }
    add_components(writeup);
    toil_document_text(writeup->document, " %s ", writeup->item->component_count == 1 ? "costs" : "cost");
    add_estimate(writeup, "manual hours a sprint", &hours, 1, "manual hours a sprint", writeup->of_impact);
    if (!isnan(writeup->facts.cost.value)) {
        struct toil_estimate cost = estimate(writeup->impact, "cost_of_delay");
        char words[48];
        cost.why = NULL;
        snprintf(words, sizeof words, "%.24s", cost.unit);
        toil_document_text(writeup->document, " and, with its tickets, ");
        add_estimate(writeup, "cost of delay", &cost, 0, words, writeup->of_impact);
    }
    toil_document_text(writeup->document, ".");
}

/* ---- evidence ---- */

static void evidence_of_hours(struct writeup *writeup)
{
    bool any = false;
    for (size_t k = 0; k < TOIL_ITEM_KINDS; k++) {
        const struct toil_series *hours = &writeup->facts.of_kind[k];
        struct toil_estimate of = toil_item_hours(writeup->scope, &writeup->facts, hours);
        char about[64];
        if (!(hours->total > 0))
            continue;
        if (!any)
            bullet(writeup, "Manual work, by what it was spent on: ");
        snprintf(about, sizeof about, "manual hours a sprint on %s", toil_item_kinds[k][1]);
        toil_document_text(writeup->document, "%s%s ", any ? "; " : "", toil_item_kinds[k][1]);
        add_estimate(writeup, about, &of, 1, "hours a sprint", writeup->of_impact);
        any = true;
    }
    if (any)
        toil_document_text(writeup->document, ".");
}

static void evidence(struct writeup *writeup)
{
    const struct toil_item_facts *facts = &writeup->facts;
    struct toil_estimate tickets = estimate(writeup->impact, "tickets"), csat = estimate(writeup->impact, "csat");
    heading(writeup, "Evidence");
    evidence_of_hours(writeup);
    bullet(writeup, "Tickets: ");
    add_estimate(writeup, "tickets a sprint", &tickets, 1, "tickets a sprint", writeup->of_impact);
    if (facts->hidden_tickets > 0)
        toil_document_text(writeup->document,
                           "; %.0f%% of them do not name it, and are attributed by the links of its failures",
                           100 * facts->hidden_tickets / fmax(facts->tickets.total, 1));
    toil_document_text(writeup->document, ".");
    bullet(writeup, "In the window: ");
    add_count(writeup, "restarts in the window", "restarts", "restarts");
    toil_document_text(writeup->document, " and ");
    add_count(writeup, "rebalances in the window", "rebalances", "rebalances");
    toil_document_text(writeup->document, "; ");
    add_count(writeup, "customers touched", "customers", "customers");
    toil_document_text(writeup->document, " were touched.");
    bullet(writeup, "Satisfaction of the customers touched, less that of the rest in the same weeks: ");
    add_estimate(writeup, "satisfaction, touched less the rest", &csat, 2, "points", writeup->of_impact);
    toil_document_text(writeup->document, ".");
    if (writeup->impact->chart_count > 0)
        toil_document_chart(writeup->document, &writeup->impact->chart[0]);
}

/* ---- if nothing is done ---- */

static enum toil_status growth_of(struct writeup *writeup, const struct toil_series *series, const char *of)
{
    struct toil_growth growth;
    enum toil_stats_result result = toil_item_growth(series, &growth);
    struct toil_buf words = TOIL_BUF_INIT;
    char about[160];
    if (result != TOIL_STATS_OK)
        return TOIL_OK;
    struct toil_estimate percent = toil_growth_percent(result, &growth);
    snprintf(about, sizeof about, "growth of %s%s%s", toil_measure_title(series->measure), *of ? " of " : "", of);
    bullet(writeup, "");
    toil_document_text(writeup->document, "%s%s%s: ", toil_measure_title(series->measure), *of ? " of " : "", of);
    add_estimate(writeup, about, &percent, 1, "% a month", writeup->of_impact);
    toil_growth_add_words(&words, result, &growth);
    toil_document_text(writeup->document, "; %s.", words.data);
    toil_buf_release(&words);
    return TOIL_OK;
}

static enum toil_status growth_of_levels(struct writeup *writeup, struct toil_error *err)
{
    const char **measures;
    size_t count;
    enum toil_status status = toil_series_measures(writeup->scope, &measures, &count, err);
    for (size_t m = 0; m < count && status == TOIL_OK; m++)
        for (size_t i = 0; i < writeup->item->component_count && status == TOIL_OK; i++) {
            struct toil_series series;
            const size_t *component = &writeup->item->component[i];
            const struct toil_series_query query = {
                .measure = measures[m], .component = component, .component_count = 1};
            if (strncmp(measures[m], "metric:", 7) != 0)
                continue;
            status = toil_series_read(writeup->scope, &query, &series, err);
            if (status != TOIL_OK)
                break;
            status = growth_of(writeup, &series, writeup->scope->catalog->component[*component].name);
            toil_series_release(&series);
        }
    free(measures);
    return status;
}

static enum toil_status nothing_done(struct writeup *writeup, struct toil_error *err)
{
    struct toil_estimate now = estimate(writeup->impact, "cost_of_delay");
    struct toil_estimate later = estimate(writeup->impact, "cost_of_delay_in_12_months");
    heading(writeup, "If nothing is done");
    enum toil_status status = growth_of(writeup, &writeup->facts.hours, "");
    if (status == TOIL_OK)
        status = growth_of(writeup, &writeup->facts.tickets, "");
    if (status == TOIL_OK)
        status = growth_of_levels(writeup, err);
    if (isnan(now.value))
        return status;
    bullet(writeup, "Waiting costs ");
    now.why = NULL;
    add_estimate(writeup, "cost of delay", &now, 0, now.unit, writeup->of_impact);
    toil_document_text(writeup->document, " now and ");
    const char *why = later.why;
    later.why = NULL;
    add_estimate(writeup, "cost of delay in 12 months", &later, 0, later.unit, writeup->of_impact);
    toil_document_text(writeup->document, " in 12 months%s%s.", why ? ": " : "", why ? why : "");
    return status;
}

/* ---- effort, payback, proof ---- */

static void payback(struct writeup *writeup)
{
    const struct toil_item *item = writeup->item;
    struct toil_estimate back = estimate(writeup->impact, "payback"), saving = estimate(writeup->impact, "saving");
    double effort = number(writeup->impact, "effort_hours"), chance = number(writeup->impact, "payback_by_target");
    heading(writeup, "Effort and payback");
    paragraph(writeup);
    if (isnan(effort)) {
        toil_document_text(writeup->document, "The effort is not known. ");
    } else {
        struct toil_buf text = TOIL_BUF_INIT;
        toil_number_add_exact(&text, item->effort_sprints);
        toil_buf_printf(&text, " sprint%s of ", item->effort_sprints == 1 ? "" : "s");
        toil_number_add_exact(&text, item->effort_people);
        toil_buf_printf(&text, " %s, ", item->effort_people == 1 ? "person" : "people");
        toil_number_add(&text, effort, 0);
        toil_document_text(writeup->document, "%s hours of work. ", text.data);
        toil_buf_release(&text);
    }
    if (isnan(back.value)) {
        toil_document_text(writeup->document, "When it pays back is not established: %s.", back.why ? back.why : "");
        return;
    }
    toil_document_text(writeup->document, "What is promised saves ");
    add_estimate(writeup, "saving promised", &saving, 0, saving.unit, writeup->of_impact);
    toil_document_text(writeup->document, "; it pays back ");
    add_estimate(writeup, "payback, from the start of the work", &back, 0, "weeks", writeup->of_impact);
    toil_document_text(writeup->document, " after work begins (80%% range)");
    if (!isnan(chance))
        toil_document_text(writeup->document, ", with a probability of %.0f%% within the target of %lld weeks",
                           100 * chance, (long long)item->payback_target_days / 7);
    toil_document_text(writeup->document, ".");
}

static void add_delivered(struct writeup *writeup)
{
    struct toil_estimate delivered = estimate(writeup->saved, "delivered");
    const struct toil_report_cell *verdict = cell(writeup->saved, "verdict");
    bool score = strcmp(delivered.unit, "points") == 0;
    paragraph(writeup);
    toil_document_text(writeup->document, "Shipped. ");
    if (isnan(delivered.value)) {
        toil_document_text(writeup->document, "%s", writeup->saved->answer);
        return;
    }
    if (!score) {
        delivered.value *= 100;
        delivered.low *= 100;
        delivered.high *= 100;
        delivered.unit = "%";
    }
    toil_document_text(writeup->document, "Delivered so far: ");
    add_estimate(writeup, "change delivered", &delivered, 1, score ? "points" : "%", writeup->of_saved);
    toil_document_text(writeup->document, ": ");
    toil_document_strong(writeup->document, verdict->null ? "" : verdict->text);
    toil_document_text(writeup->document, ".");
}

static void proof(struct writeup *writeup)
{
    heading(writeup, "Promise and proof");
    paragraph(writeup);
    toil_document_text(writeup->document, "%s", writeup->plan->answer);
    for (size_t i = 0; i < writeup->plan->notes.count; i++)
        bullet(writeup, writeup->plan->notes.item[i].text);
    if (writeup->saved)
        add_delivered(writeup);
}

/* ---- what it rests on ---- */

static void assumptions(struct writeup *writeup)
{
    const struct toil_item_facts *facts = &writeup->facts;
    char text[256];
    heading(writeup, "Assumptions");
    if (!isnan(facts->rate)) {
        snprintf(text, sizeof text, "An hour costs %.2f %s in the mean%s.", facts->rate,
                 writeup->scope->catalog->currency,
                 isnan(facts->ticket_cost) ? "; a ticket costs no more than the hours spent on it" : "");
        bullet(writeup, text);
    }
    if (facts->unpriced)
        bullet(writeup, facts->unpriced);
    bullet(writeup, "The true effort lies within a factor of 1.5 of the plan in 8 of 10 cases.");
    bullet(writeup, "The promise is kept in full from the day it ships; growth goes on as in the window.");
    for (size_t i = 0; i < writeup->impact->notes.count; i++)
        bullet(writeup, writeup->impact->notes.item[i].text);
}

/* From where on the target would be missed, and what would lift the grade. */
static void other_ends(struct writeup *writeup)
{
    const struct toil_item *item = writeup->item;
    struct toil_estimate saving = estimate(writeup->impact, "saving");
    double effort = number(writeup->impact, "effort_hours"), rate = writeup->facts.rate;
    bool priced = saving.value > 0 && effort > 0;
    double an_hour = isnan(rate) ? 1 : rate;
    heading(writeup, "What would change the conclusion");
    if (priced && item->payback_target_days > 0) {
        double lead = item->effort_sprints * writeup->scope->catalog->sprint_days / 7.0;
        double target = (double)item->payback_target_days / 7;
        double weeks = lead + effort * an_hour / saving.value;
        double part = target > lead ? 100 * effort * an_hour / saving.value / (target - lead) : (double)INFINITY;
        char text[256];
        if (weeks <= target)
            snprintf(
                text, sizeof text,
                "An effort more than %.1f times the plan, or a saving of less than %.0f%% of what is promised, would "
                "miss the target of %.0f weeks.",
                target / weeks, part, target);
        else
            snprintf(text, sizeof text,
                     "As planned it takes %.0f weeks to pay back, and the target is %.0f: the effort would have to be "
                     "%.0f%% of the plan%s to meet it.",
                     weeks, target, 100 * target / weeks, isfinite(part) ? ", or the saving larger than promised" : "");
        bullet(writeup, text);
    }
    if (priced) {
        char text[256];
        double part = 100 * effort * an_hour / saving.value / YEAR_WEEKS;
        snprintf(text, sizeof text,
                 "It pays back within a year of shipping as long as %.0f%% of what is promised is kept.", part);
        if (part <= 100)
            bullet(writeup, text);
    }
    if (strcmp(writeup->facts.hours_grade, "A") != 0 && writeup->facts.hours.total > 0)
        bullet(writeup,
               "Hours are graded below A: minutes in the events, or two weeks of work logs, would make them exact.");
    bullet(writeup, "A run with new data: what is marked in this text is renewed by the command below.");
}

static void reproduce(struct writeup *writeup)
{
    const struct toil_lines *small = &writeup->document->report->small;
    struct toil_buf commands = TOIL_BUF_INIT;
    char again[160];
    heading(writeup, "How to reproduce");
    for (size_t i = 0; i < small->count; i++) {
        struct toil_buf line = TOIL_BUF_INIT;
        if (strcmp(small->item[i].label, "again") == 0)
            continue;
        toil_buf_printf(&line, "%s: %s", small->item[i].label, small->item[i].text);
        bullet(writeup, line.data);
        toil_buf_release(&line);
    }
    name_command(writeup, "writeup", again);
    toil_buf_printf(&commands, "%s\n%s --explain\n%s --explain%s%s%s", again, writeup->of_impact, writeup->of_plan,
                    writeup->saved ? "\n" : "", writeup->saved ? writeup->of_saved : "",
                    writeup->saved ? " --explain" : "");
    toil_document_add(writeup->document, TOIL_BLOCK_CODE, commands.data);
    toil_buf_release(&commands);
    heading(writeup, "Evidence, row by row");
    paragraph(writeup);
    toil_document_text(writeup->document,
                       "Grades: A direct or jointly attributed, confirmed, hours declared or "
                       "calibrated; B significant, but hours inferred or not confirmed yet; C counts "
                       "only, or few events; none: not established.");
    toil_document_add(writeup->document, TOIL_BLOCK_EVIDENCE, NULL);
}

static enum toil_status write_all(struct writeup *writeup, struct toil_error *err)
{
    enum toil_status status = TOIL_OK;
    title(writeup);
    problem(writeup);
    if (writeup->known) {
        evidence(writeup);
        status = nothing_done(writeup, err);
        payback(writeup);
    }
    proof(writeup);
    if (writeup->known) {
        assumptions(writeup);
        other_ends(writeup);
    } else {
        heading(writeup, "What to collect");
        for (size_t i = 0; i < writeup->impact->notes.count; i++)
            bullet(writeup, writeup->impact->notes.item[i].text);
    }
    reproduce(writeup);
    return status;
}

enum toil_status toil_writeup(struct toil_db *db, const char *run, const char *item, struct toil_document **out,
                              struct toil_error *err)
{
    struct toil_report_options options = {.run = run, .command = "writeup"};
    struct toil_report *report = toil_report_new("writeup", "What belongs in the backlog?");
    struct toil_scope scope;
    *out = NULL;
    toil_subject_set(TOIL_SUBJECT_ITEM, item, &options);
    enum toil_status status = toil_scope_open(db, &options, report, &scope, err);
    if (status != TOIL_OK) {
        toil_report_free(report);
        return status;
    }
    struct writeup writeup = {.scope = &scope, .item = scope.item};
    writeup.document = toil_document_new(report, item);
    if (toil_scope_empty(&scope)) {
        report->negative = true;
        title(&writeup);
        toil_document_add(writeup.document, TOIL_BLOCK_PARAGRAPH, report->answer);
    } else {
        status = read_reports(&writeup, err);
        if (status == TOIL_OK) {
            toil_report_answer(report, "%s", writeup.impact->answer);
            report->negative = writeup.impact->negative;
            status = write_all(&writeup, err);
        }
        toil_item_facts_release(&writeup.facts);
    }
    toil_scope_release(&scope);
    if (status == TOIL_OK)
        *out = writeup.document;
    else
        toil_document_free(writeup.document);
    return status;
}
