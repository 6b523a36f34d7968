/* Writes the mappings of presets/ as C: embed_presets DATA.c FILE.yaml... in the order given. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, const char *path)
{
    fprintf(stderr, "embed_presets: %s: %s: %s\n", path, what, strerror(errno));
    exit(1);
}

/* The file's bytes as an array: a preset may be longer than a string literal may. */
static void write_bytes(FILE *out, const char *path)
{
    FILE *in = fopen(path, "r");
    if (!in)
        fail("cannot read", path);
    int c;
    for (unsigned n = 0; (c = getc(in)) != EOF; n++)
        fprintf(out, "%d,%s", (signed char)c, n % 24 == 23 ? "\n" : "");
    if (ferror(in))
        fail("cannot read", path);
    fclose(in);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: embed_presets DATA.c FILE.yaml...\n", stderr);
        return 2;
    }
    FILE *out = fopen(argv[1], "w");
    if (!out)
        fail("cannot write", argv[1]);
    fputs("/* Made by embed_presets from presets/. */\n#include \"toilmeter/mapping.h\"\n", out);
    for (int i = 2; i < argc; i++) {
        fprintf(out, "static const char text_%d[] = {", i - 2);
        write_bytes(out, argv[i]);
        fputs("0};\n", out);
    }
    fputs("const struct toil_preset toil_presets[] = {\n", out);
    for (int i = 2; i < argc; i++) {
        const char *slash = strrchr(argv[i], '/');
        const char *name = slash ? slash + 1 : argv[i];
        size_t len = strlen(name);
        if (len < 6 || strcmp(name + len - 5, ".yaml") != 0) {
            errno = EINVAL;
            fail("not a .yaml file", argv[i]);
        }
        fprintf(out, "{\"%.*s\", text_%d},\n", (int)(len - 5), name, i - 2);
    }
    fprintf(out, "};\nconst size_t toil_preset_count = %d;\n", argc - 2);
    return fclose(out) == 0 ? 0 : 1;
}
