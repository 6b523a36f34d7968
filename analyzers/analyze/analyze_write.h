/* Parts of analyze_write.c in files of their own: links and their evidence; tickets by component and period. */
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

#define TOIL_N_LINK_TABLES 6
extern const struct toil_write_table toil_link_tables[TOIL_N_LINK_TABLES];

/* Tickets by component and period, and how many there are in all. */
enum toil_status toil_write_periods(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                    struct toil_error *err) TOIL_MUST_CHECK;
enum toil_status toil_write_ticket_count(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                         struct toil_error *err) TOIL_MUST_CHECK;

/* The end of every writer. */
enum toil_status toil_write_end(struct toil_copy *copy, enum toil_status status,
                                struct toil_error *err) TOIL_MUST_CHECK;
/* The settings of the search and what it says of itself, as members of the run's parameters. */
void toil_links_parameters(const struct toil_analysis *analysis, struct toil_buf *out);

#endif
