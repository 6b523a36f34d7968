/* Numbers as people read them, for sentences and for cells. All append to `out`; numbers are finite. */
#ifndef TOIL_REPORT_NUMBERS_H
#define TOIL_REPORT_NUMBERS_H

#include "report.h"

/* "1,234.5". decimals below 0 round to tens, hundreds, ... */
void toil_number_add(struct toil_buf *out, double number, int decimals);
void toil_count_add(struct toil_buf *out, int64_t count);
/* The shortest form that reads back as the same double. */
void toil_number_add_exact(struct toil_buf *out, double number);
/* Decimals for a number of this size when nothing tells how exact it is, at most `most`. */
int toil_number_decimals(double number, int most);
/* Decimals that an estimate's interval supports: two digits of its half width, at most `most`. */
int toil_estimate_decimals(const struct toil_estimate *estimate, int most);
/* "480-560" with an en dash, "-4.1 to 9.8", "from 12", "up to 40"; nothing when low and high
 * read the same or are unknown. */
void toil_range_add(struct toil_buf *out, const struct toil_estimate *estimate, int decimals);
/* "15-60 min", "1-4 h" with an en dash, "30-0 min before": for a cell. */
void toil_lag_add(struct toil_buf *out, int64_t from_minutes, int64_t to_minutes);
/* "15 to 60 minutes later", "within 15 minutes", "1 to 4 hours later": for a sentence. */
void toil_lag_add_words(struct toil_buf *out, int64_t from_minutes, int64_t to_minutes);
/* "512 (480-560)", for a sentence. */
void toil_estimate_add(struct toil_buf *out, const struct toil_estimate *estimate, int most);

#endif
