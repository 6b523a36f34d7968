/* Writes the SQL of schema/ as C: embed_sql LIST.h DATA.c FILE.sql...
 * Files of a folder "migrations" become rows of toil_migrations, in the order given; all others objects of their own.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, const char *path)
{
    fprintf(stderr, "embed_sql: %s: %s: %s\n", path, what, strerror(errno));
    exit(1);
}

static FILE *create(const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        fail("cannot write", path);
    return file;
}

/* The file's bytes as adjacent string literals, one a line, so that compilers' limits and diffs stay readable. */
static void write_text(FILE *out, const char *path)
{
    FILE *in = fopen(path, "r");
    if (!in)
        fail("cannot read", path);
    fputs("    \"", out);
    int c;
    while ((c = getc(in)) != EOF) {
        if (c == '\n')
            fputs("\\n\"\n    \"", out);
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c == '\t')
            fputs("\\t", out);
        else if ((unsigned char)c < 0x20 || c >= 0x7f)
            fprintf(out, "\\%03o", (unsigned)(unsigned char)c);
        else
            putc(c, out);
    }
    fputs("\"", out);
    if (ferror(in))
        fail("cannot read", path);
    fclose(in);
}

static void base_name(const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t len = strlen(name);
    if (len < 5 || len - 4 >= size || strcmp(name + len - 4, ".sql") != 0) {
        errno = EINVAL;
        fail("not a .sql file", path);
    }
    memcpy(out, name, len - 4);
    out[len - 4] = '\0';
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: embed_sql LIST.h DATA.c FILE.sql...\n", stderr);
        return 2;
    }
    FILE *list = create(argv[1]), *data = create(argv[2]);
    fputs("/* Made by embed_sql from schema/. */\n", list);
    fputs("/* Made by embed_sql from schema/. */\n#include \"toilmeter/sql.h\"\n", data);
    char name[128];
    int migrations = 0;
    for (int i = 3; i < argc; i++) {
        base_name(argv[i], name, sizeof name);
        if (strstr(argv[i], "/migrations/")) {
            migrations++;
            continue;
        }
        fprintf(list, "extern const struct toil_sql toil_sql_%s;\n", name);
        fprintf(data, "const struct toil_sql toil_sql_%s = {\"%s\",\n", name, name);
        write_text(data, argv[i]);
        fputs("};\n", data);
    }
    fputs("const struct toil_migration toil_migrations[] = {\n", data);
    for (int i = 3; i < argc; i++) {
        if (!strstr(argv[i], "/migrations/"))
            continue;
        base_name(argv[i], name, sizeof name);
        fprintf(data, "{%d, \"%s\",\n", (int)strtol(name, NULL, 10), name);
        write_text(data, argv[i]);
        fputs("},\n", data);
    }
    if (migrations == 0)
        fputs("{0, 0, 0}\n", data);
    fprintf(data, "};\nconst size_t toil_migration_count = %d;\n", migrations);
    if (fclose(list) != 0)
        fail("cannot write", argv[1]);
    if (fclose(data) != 0)
        fail("cannot write", argv[2]);
    return 0;
}
