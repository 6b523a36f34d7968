/* The SQL of schema/, embedded at build time: one object per file of schema/queries (toil_sql_<file name>) and the
 * migrations in order. tools/embed_sql.c writes the definitions and build/gen/toilmeter/sql_list.h. */
#ifndef TOILMETER_SQL_H
#define TOILMETER_SQL_H

#include <stddef.h>

struct toil_sql {
    const char *name; /* file name without .sql */
    const char *text;
};

struct toil_migration {
    int version;      /* the number in front of the file name */
    const char *name; /* file name without .sql */
    const char *text;
};

extern const struct toil_migration toil_migrations[];
extern const size_t toil_migration_count;

#include "toilmeter/sql_list.h" /* extern const struct toil_sql toil_sql_...; */

#endif
