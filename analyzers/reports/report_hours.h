/* Between the files of report hours: sums (report_hours_sums.c), what is withheld of small teams
 * (report_hours_teams.c), charts (report_hours_charts.c), notes (report_hours_notes.c). */
#ifndef TOIL_REPORT_HOURS_H
#define TOIL_REPORT_HOURS_H

#include "report_link.h"
#include "report_scope.h"
#include "team_size.h"

#define TOIL_HOURS_FEW_EVIDENCE   10  /* fewer days with work than this are counts, not evidence: grade C */
#define TOIL_HOURS_DIRECT_SHARE   0.9 /* declared, measured and calibrated hours dominate from here on: grade A */
#define TOIL_HOURS_FOLLOWED_SHARE 0.1 /* from this part of the hours on, followed ones take the grade of their link */

/* Columns of the query, in its order. */
enum toil_hours_field {
    TOIL_HOURS_ROW_COMPONENT,
    TOIL_HOURS_ROW_TEAM,
    TOIL_HOURS_ROW_KIND,
    TOIL_HOURS_ROW_PERIOD,
    TOIL_HOURS_ROW_HOURS,
    TOIL_HOURS_ROW_WORKING,
    TOIL_HOURS_ROW_EVENING,
    TOIL_HOURS_ROW_NIGHT,
    TOIL_HOURS_ROW_DECLARED,
    TOIL_HOURS_ROW_MEASURED,
    TOIL_HOURS_ROW_INFERRED,
    TOIL_HOURS_ROW_CALIBRATED,
    TOIL_HOURS_ROW_GAP10,
    TOIL_HOURS_ROW_GAP20,
    TOIL_HOURS_ROW_GAP30,
    TOIL_HOURS_ROW_GAP60,
    TOIL_HOURS_ROW_COST,
    TOIL_HOURS_ROW_UNPRICED,
    TOIL_HOURS_ROW_EVIDENCE,
    TOIL_HOURS_ROW_FOLLOWED,
    TOIL_HOURS_ROW_COUNT,
    TOIL_HOURS_ROW_SUMS = TOIL_HOURS_ROW_COUNT - TOIL_HOURS_ROW_HOURS,
};

/* Sums of the numbers of rows: sum[field - TOIL_HOURS_ROW_HOURS]. */
struct toil_hours_sums {
    double sum[TOIL_HOURS_ROW_SUMS];
    bool priced;          /* some row had a cost */
    bool told;            /* some row tells followed hours: the run was made with attribution */
    double below, above;  /* what the interval of hidden shares adds to the range on either side */
    const char *followed; /* weakest grade of the links behind followed hours; NULL: none */
};

/* What rows are summed with. */
struct toil_hours_rows {
    struct toil_result *rows;            /* owned; of the components that were asked for */
    struct toil_result *others;          /* owned; of all, where only (unexplained) was asked for; else NULL */
    struct toil_attribution attribution; /* owned */
    struct toil_hours_sums *sum;         /* owned: of each of rows */
    struct toil_team_sizes sizes;        /* owned */
    bool chosen; /* a part of the components; of all, a sum does not depend on shares: they move hours between rows */
};

struct toil_hours_share {
    const char *component;
    struct toil_hours_sums sums;
};

/* ---- report_hours_sums.c ---- */

double toil_hours_of(const struct toil_hours_sums *sums, enum toil_hours_field field);
/* Fills hours->sum once its rows are there. */
void toil_hours_sum_rows(struct toil_hours_rows *hours);
/* The range is that of these hours themselves: for a total, of the four totals. */
struct toil_estimate toil_hours_band(const struct toil_hours_sums *sums);
bool toil_hours_same_period(const struct toil_result *rows, size_t a, size_t b);
/* Of the rows of the period that begins with row `first`. */
struct toil_hours_sums toil_hours_sum_period(const struct toil_hours_rows *hours, size_t first);
/* Components over all their kinds and periods, by name. Owned by the caller. */
struct toil_hours_share *toil_hours_sum_components(const struct toil_hours_rows *hours, size_t *count);
struct toil_hours_sums toil_hours_sum_all(const struct toil_hours_rows *hours);

/* ---- report_hours_teams.c ---- */

/* Why a row's hours are not told by working time, evening and night; NULL: they are. */
const char *toil_hours_withheld(struct toil_hours_rows *hours, size_t row);
/* The same of the sum of the period that begins with row `first`: rows that are told would leave the withheld ones. */
const char *toil_hours_withheld_period(struct toil_hours_rows *hours, size_t first);
/* The same of the total: it tells nothing of any one team where it holds two or more that are withheld. */
const char *toil_hours_withheld_total(struct toil_hours_rows *hours);
/* Notes what is withheld, or that nothing is, since nobody knows. */
void toil_hours_note_teams(struct toil_scope *scope, struct toil_hours_rows *hours);

/* ---- report_hours_charts.c ---- */

void toil_hours_draw_components(struct toil_report *report, const struct toil_hours_rows *hours);
void toil_hours_draw_periods(struct toil_scope *scope, const struct toil_hours_rows *hours);

/* ---- report_hours_notes.c ---- */

/* Notes logged work of other kinds than manual toil, with its sum; not that of a team of few people, nor a sum that
 * holds one such team, whose own would be that less all others. */
enum toil_status toil_hours_note_other(struct toil_scope *scope, struct toil_team_sizes *sizes,
                                       struct toil_error *err) TOIL_MUST_CHECK;
/* Notes how many logged hours an inferred one stood for, and whether that was used. */
enum toil_status toil_hours_note_calibration(struct toil_scope *scope, struct toil_error *err) TOIL_MUST_CHECK;

#endif
