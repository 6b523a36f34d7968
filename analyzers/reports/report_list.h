/* JSON text for cells of kind TOIL_COLUMN_LIST: an array of objects, key by key. All append to `out`; what is not
 * known (NAN) becomes null, so nothing here can make invalid JSON.
 *
 *   toil_list_begin(&out); toil_list_item(&out); toil_list_add_...(&out, ...); toil_list_item_end(&out); ...
 *   toil_list_end(&out); */
#ifndef TOIL_REPORT_LIST_H
#define TOIL_REPORT_LIST_H

#include "report.h"

void toil_list_begin(struct toil_buf *out);
void toil_list_end(struct toil_buf *out);
void toil_list_item(struct toil_buf *out);
void toil_list_item_end(struct toil_buf *out);

/* One key of the item that is open; key: plain, without quotes in it. */
void toil_list_add_text(struct toil_buf *out, const char *key, const char *text); /* NULL: null */
void toil_list_add_integer(struct toil_buf *out, const char *key, int64_t integer);
void toil_list_add_number(struct toil_buf *out, const char *key, double number);
/* known: false is null. */
void toil_list_add_flag(struct toil_buf *out, const char *key, bool known, bool flag);
/* The same object that an estimate's cell makes in JSON. */
void toil_list_add_estimate(struct toil_buf *out, const char *key, const struct toil_estimate *estimate);

#endif
