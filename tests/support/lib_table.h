/* Tables of numbers for tests: comma-separated, one line of column names, lines that begin with # say where it is from.
 */
#ifndef TESTS_LIB_TABLE_H
#define TESTS_LIB_TABLE_H

#include <stddef.h>

#define TOIL_TABLE_MAX_COLUMNS 16

struct toil_table {
    size_t row_count, column_count;
    char name[TOIL_TABLE_MAX_COLUMNS][32];
    double *cell[TOIL_TABLE_MAX_COLUMNS]; /* owned; a cell is the number that it begins with, "nan" is NAN */
};

/* Fails the test when the file can't be read or a line has the wrong number of cells. */
void toil_table_read(struct toil_table *table, const char *path);
/* The same of data that is not part of the project: NAME below TOIL_TEST_DATA or ../shared/data. Skips the test, with a
 * message, where it is absent. */
void toil_table_read_shared(struct toil_table *table, const char *name);
void toil_table_release(struct toil_table *table);
/* The column of that name, borrowed; fails the test when there is none. */
const double *toil_table_column(const struct toil_table *table, const char *name);

#endif
