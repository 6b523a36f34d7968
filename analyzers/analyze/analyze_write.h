/* Parts of analyze_write.c in files of their own: links and their evidence; sums of tickets, satisfaction and
 * hours by period; persons behind teams. */
#ifndef TOIL_ANALYZE_WRITE_H
#define TOIL_ANALYZE_WRITE_H

#include "analyze_copy.h"
#include "analyze_links.h"

/* Writes the rows of one table, and sends what is left. */
typedef enum toil_status (*toil_write_fn)(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                          struct toil_error *err);
struct toil_write_table {
    const struct toil_sql *sql;
    toil_write_fn write;
};

#define TOIL_SURE_FROM 0.5 /* a ticket is a component's that has so much of it, or more */
/* The logarithm of the chance that a ticket is none of a component's that has this share of it. Summed over a
 * customer's tickets it tells whether the customer is touched: more likely than not. */
double toil_log_untouched(const struct toil_ticket *ticket, double share);
bool toil_is_touched(double log_untouched);

/* What tables call a division into periods: "all", "sprint", "week", "month"; index: enum toil_period. */
#define TOIL_N_PERIODS_BY (TOIL_PERIOD_MONTH + 1)
extern const char *const toil_period_by[TOIL_N_PERIODS_BY];

#define TOIL_N_LINK_TABLES 6
extern const struct toil_write_table toil_link_tables[TOIL_N_LINK_TABLES];

/* Tickets by component and period, and how many there are in all. */
enum toil_status toil_write_periods(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                    struct toil_error *err) TOIL_MUST_CHECK;
enum toil_status toil_write_ticket_count(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                         struct toil_error *err) TOIL_MUST_CHECK;

/* Satisfaction by component and period; that of items, and the customers that they touch. */
enum toil_status toil_write_csat(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                 struct toil_error *err) TOIL_MUST_CHECK;
enum toil_status toil_write_items(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                  struct toil_error *err) TOIL_MUST_CHECK;

/* Hours by component and period, and by team and week. */
enum toil_status toil_write_hours_periods(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                          struct toil_error *err) TOIL_MUST_CHECK;
enum toil_status toil_write_team_weeks(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                       struct toil_error *err) TOIL_MUST_CHECK;

/* Persons behind each team's hours; fewer than three are kept as null. */
enum toil_status toil_write_teams(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                  struct toil_error *err) TOIL_MUST_CHECK;

/* The end of every writer. */
enum toil_status toil_write_end(struct toil_copy *copy, enum toil_status status,
                                struct toil_error *err) TOIL_MUST_CHECK;
/* The settings of the search and what it says of itself, as members of the run's parameters. */
void toil_links_parameters(const struct toil_analysis *analysis, struct toil_buf *out);

#endif
