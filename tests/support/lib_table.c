/* The code behind lib_table.h. */
#include "support/lib_table.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"

#define MAX_LINE 1024

static void take_names(struct toil_table *table, char *line)
{
    char *rest = line, *name;
    while ((name = strsep(&rest, ",")) != NULL) {
        cr_assert_lt(table->column_count, TOIL_TABLE_MAX_COLUMNS);
        snprintf(table->name[table->column_count++], sizeof table->name[0], "%s", name);
    }
}

static void take_row(struct toil_table *table, char *line, const char *path)
{
    char *rest = line, *cell;
    size_t column = 0, row = table->row_count++;
    while ((cell = strsep(&rest, ",")) != NULL) {
        cr_assert_lt(column, table->column_count, "%s: row %zu is too long", path, row);
        table->cell[column] = toil_xreallocarray(table->cell[column], row + 1, sizeof(double));
        table->cell[column++][row] = strtod(cell, NULL);
    }
    cr_assert_eq(column, table->column_count, "%s: row %zu is too short", path, row);
}

void toil_table_read(struct toil_table *table, const char *path)
{
    char line[MAX_LINE];
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s: tests run in the source folder", path);
    *table = (struct toil_table){0};
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '#' || line[0] == '\0')
            continue;
        if (table->column_count == 0)
            take_names(table, line);
        else
            take_row(table, line, path);
    }
    cr_assert_eq(fclose(file), 0);
}

void toil_table_read_shared(struct toil_table *table, const char *name)
{
    const char *folder = getenv("TOIL_TEST_DATA");
    char path[MAX_LINE];
    snprintf(path, sizeof path, "%s/%s", folder ? folder : "../shared/data", name);
    FILE *file = fopen(path, "r");
    if (!file)
        cr_skip_test("%s is absent: TOIL_TEST_DATA names the folder that holds it", path);
    cr_assert_eq(fclose(file), 0);
    toil_table_read(table, path);
}

void toil_table_release(struct toil_table *table)
{
    for (size_t i = 0; i < table->column_count; i++)
        free(table->cell[i]);
    *table = (struct toil_table){0};
}

const double *toil_table_column(const struct toil_table *table, const char *name)
{
    size_t column = 0;
    while (column < table->column_count && strcmp(table->name[column], name) != 0)
        column++;
    cr_assert_lt(column, table->column_count, "no column %s", name);
    return table->cell[column];
}
