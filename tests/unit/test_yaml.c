/* YAML with places: what is read, where an error points, sizes, durations, near words. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "toilmeter/yaml.h"

static struct toil_error err;

static struct toil_yaml *load(const char *text)
{
    struct toil_yaml *yaml;
    cr_assert_eq(toil_yaml_load_text("c.yaml", toil_span_of(text), &yaml, &err), TOIL_OK, "%s: %s", text, err.message);
    return yaml;
}

Test(yaml, tree)
{
    struct toil_yaml *yaml = load("# comment\nname: production\nempty:\nnothing: ~\nquoted: 'null'\n"
                                  "kafka: {bootstrap.servers: broker-1:9092}\nlist:\n  - a\n  - {b: 2}\n  - [x, y]\n");
    const toil_yaml_node *root = toil_yaml_root(yaml), *list = toil_yaml_get(root, "list");
    cr_expect(toil_yaml_is_map(root) && !toil_yaml_is_list(root) && !toil_yaml_is_scalar(root));
    cr_expect_eq(toil_yaml_count(root), 6);
    cr_expect_str_eq(toil_yaml_text(toil_yaml_get(root, "name")), "production");
    cr_expect_str_eq(toil_yaml_key(root, 0), "name");
    cr_expect_eq(toil_yaml_value(root, 0), toil_yaml_get(root, "name"));
    cr_expect(toil_yaml_is_null(toil_yaml_get(root, "empty")));
    cr_expect(toil_yaml_is_null(toil_yaml_get(root, "nothing")));
    cr_expect_not(toil_yaml_is_null(toil_yaml_get(root, "quoted")));
    cr_expect_not(toil_yaml_is_null(root));
    cr_expect_str_eq(toil_yaml_text(toil_yaml_get(toil_yaml_get(root, "kafka"), "bootstrap.servers")), "broker-1:9092");
    cr_expect(toil_yaml_is_list(list));
    cr_expect_eq(toil_yaml_count(list), 3);
    cr_expect_str_eq(toil_yaml_text(toil_yaml_item(list, 0)), "a");
    cr_expect_eq(toil_yaml_count(toil_yaml_item(list, 2)), 2);
    cr_expect_eq(toil_yaml_line(toil_yaml_item(list, 1)), 9);
    cr_expect_eq(toil_yaml_line(toil_yaml_get(root, "empty")), 3);
    cr_expect_str_eq(toil_yaml_file(list), "c.yaml");
    /* What is not there is NULL, and NULL is harmless. */
    cr_expect_null(toil_yaml_get(root, "other"));
    cr_expect_null(toil_yaml_get(list, "other"));
    cr_expect_null(toil_yaml_item(list, 3));
    cr_expect_null(toil_yaml_item(root, 0));
    cr_expect_null(toil_yaml_key(list, 0));
    cr_expect_null(toil_yaml_value(NULL, 0));
    cr_expect_null(toil_yaml_text(NULL));
    cr_expect_null(toil_yaml_text(list));
    cr_expect_eq(toil_yaml_count(NULL), 0);
    toil_yaml_free(yaml);
    toil_yaml_free(NULL);
}

Test(yaml, empty_documents_are_empty_maps)
{
    static const char *const rows[] = {"", "\n\n", "# only a comment\n", "---\n", "~\n", "--- {}\n"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct toil_yaml *yaml = load(rows[i]);
        cr_expect(toil_yaml_is_map(toil_yaml_root(yaml)), "%s", rows[i]);
        cr_expect_eq(toil_yaml_count(toil_yaml_root(yaml)), 0);
        toil_yaml_free(yaml);
    }
}

Test(yaml, aliases_stand_for_their_anchors)
{
    struct toil_yaml *yaml = load("a: &x {k: v}\nb: *x\nc: &y 5\nd: [*y, *y]\n");
    const toil_yaml_node *root = toil_yaml_root(yaml);
    cr_expect_eq(toil_yaml_get(root, "b"), toil_yaml_get(root, "a"));
    cr_expect_str_eq(toil_yaml_text(toil_yaml_item(toil_yaml_get(root, "d"), 1)), "5");
    toil_yaml_free(yaml);
}

/* Ten lists of ten of the one before: as a copied tree it would be 10^30 nodes. */
Test(yaml, aliases_do_not_explode, .timeout = 10)
{
    struct toil_buf text = TOIL_BUF_INIT;
    toil_buf_add_text(&text, "a0: &a0 x\n");
    for (int i = 1; i <= 30; i++) {
        toil_buf_printf(&text, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++)
            toil_buf_printf(&text, "%s*a%d", j ? ", " : "", i - 1);
        toil_buf_add_text(&text, "]\n");
    }
    struct toil_yaml *yaml = load(text.data);
    cr_expect_eq(toil_yaml_count(toil_yaml_root(yaml)), 31);
    toil_yaml_free(yaml);
    toil_buf_release(&text);
}

Test(yaml, errors_show_the_place)
{
    static const struct {
        const char *text, *message, *excerpt;
    } rows[] = {
        {"a: 1\na: 2\n", "c.yaml:2:1: key \"a\" stands twice; first in line 1", "    2 | a: 2\n      | ^"},
        {"a: 1\nb: {x: 1, y: 2, x: 3}\n", "c.yaml:2:17: key \"x\" stands twice", "b: {x: 1"},
        {"a:\n\t- b\n", "c.yaml:2:", "    2 | \t- b\n"},
        {"a: [1, 2\nb: 3\n", "c.yaml:3:1", "    3 | "},
        {"a: [1,\nb: 3\n", "c.yaml:2:1", "    2 | b: 3"},
        {"a: 'open\n", "c.yaml:1:", "    1 | a: 'open"},
        {"k: v: w\n", "c.yaml:1:5", "k: v: w\n      |     ^"},
        {"a: *nobody\n", "c.yaml:1:5: alias *nobody", "a: *nobody"},
        {"a: &x [*x]\n", "alias *x", "a: &x [*x]"},
        {"a\n---\nb\n", "c.yaml:3:1: a second document", "    3 | b"},
        {"[a]: b\n", "c.yaml:1:1: a key must be a text", "[a]: b"},
        {"a: \"\\0\"\n", "c.yaml:1:5: a NUL character", "a:"},
        {"a: b\nc: d\xff\n", "c.yaml:2:5: not UTF-8", ""},
        {"\xc3\xa9\xc3\xa9: [\n", "c.yaml:2:1", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct toil_yaml *yaml;
        cr_expect_eq(toil_yaml_load_text("c.yaml", toil_span_of(rows[i].text), &yaml, &err), TOIL_BAD_INPUT);
        cr_expect_null(yaml);
        cr_expect(strstr(err.message, rows[i].message), "%s: %s", rows[i].text, err.message);
        cr_expect(strstr(err.hint, rows[i].excerpt), "%s: %s", rows[i].text, err.hint);
    }
    struct toil_yaml *yaml;
    cr_expect_eq(toil_yaml_load_text("c.yaml", (struct toil_span){"a: \0b", 5}, &yaml, &err), TOIL_BAD_INPUT);
    cr_expect(strstr(err.message, "c.yaml:1:4"), "%s", err.message);
}

Test(yaml, deep_nesting_is_refused)
{
    struct toil_buf text = TOIL_BUF_INIT;
    for (int i = 0; i < 100000; i++)
        toil_buf_add_char(&text, '[');
    struct toil_yaml *yaml;
    cr_expect_eq(toil_yaml_load_text("c.yaml", (struct toil_span){text.data, text.len}, &yaml, &err), TOIL_BAD_INPUT);
    toil_buf_release(&text);
}

Test(yaml, carets_stand_below_their_column)
{
    struct toil_buf text = TOIL_BUF_INIT;
    for (int i = 0; i < 30; i++)
        toil_buf_printf(&text, "%s\xc3\xa9k%d: {", i ? "" : "", i);
    toil_buf_add_text(&text, "target: 1");
    for (int i = 0; i < 30; i++)
        toil_buf_add_char(&text, '}');
    struct toil_yaml *yaml = load(text.data);
    const toil_yaml_node *node = toil_yaml_root(yaml);
    while (!toil_yaml_get(node, "target"))
        node = toil_yaml_value(node, 0);
    cr_expect_eq(toil_yaml_error(toil_yaml_key_node(node, 0), &err, "wrong %s", "word"), TOIL_BAD_INPUT);
    cr_expect(strstr(err.message, ": wrong word"), "%s", err.message);
    const char *second = strchr(err.hint, '\n');
    cr_assert_not_null(second);
    size_t caret = strchr(second + 1, '^') - (second + 1), column = 0;
    const char *p = err.hint;
    for (; column < caret; column++) {
        p++;
        while (((unsigned char)*p & 0xc0) == 0x80)
            p++;
    }
    cr_expect_eq(strncmp(p, "target", 6), 0, "%s", err.hint);
    cr_expect_lt(strlen(err.hint), 300, "a long line is shown in part");
    toil_yaml_free(yaml);
    toil_buf_release(&text);
    cr_expect_eq(toil_yaml_error(NULL, &err, "topics: missing"), TOIL_BAD_INPUT);
    cr_expect_str_eq(err.message, "topics: missing");
}

Test(yaml, files)
{
    struct toil_yaml *yaml;
    cr_expect_eq(toil_yaml_load_file("/nonexistent.yaml", &yaml, &err), TOIL_BAD_INPUT);
    cr_expect_str_eq(err.message, "/nonexistent.yaml: No such file or directory");
    cr_expect_eq(toil_yaml_load_file("/tmp", &yaml, &err), TOIL_BAD_INPUT);
    char path[] = "/tmp/toil-yaml-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, "a: b\n", 5) == 5);
    close(fd);
    cr_assert_eq(toil_yaml_load_file(path, &yaml, &err), TOIL_OK, "%s", err.message);
    cr_expect_str_eq(toil_yaml_text(toil_yaml_get(toil_yaml_root(yaml), "a")), "b");
    cr_expect_str_eq(toil_yaml_file(toil_yaml_root(yaml)), path);
    toil_yaml_free(yaml);
    unlink(path);
}

Test(yaml, readers)
{
    struct toil_yaml *yaml = load("i: 42\nd: 2.5\nt: true\nn: ~\ns: 16MiB\nw: 2w\nx: 0x10\ninf: inf\nm: {}\nneg: -5\n");
    const toil_yaml_node *root = toil_yaml_root(yaml);
    const char *text;
    int64_t number;
    double real;
    bool truth;
#define GET(key) toil_yaml_get(root, key), key
    cr_expect(toil_yaml_read_text(GET("i"), &text, &err) == TOIL_OK && strcmp(text, "42") == 0);
    cr_expect(toil_yaml_read_int(GET("i"), 1, 42, &number, &err) == TOIL_OK && number == 42);
    cr_expect(toil_yaml_read_int(GET("neg"), -5, 0, &number, &err) == TOIL_OK && number == -5);
    cr_expect(toil_yaml_read_double(GET("d"), 0, 10, &real, &err) == TOIL_OK && real == 2.5);
    cr_expect(toil_yaml_read_bool(GET("t"), &truth, &err) == TOIL_OK && truth);
    cr_expect(toil_yaml_read_bytes(GET("s"), 0, INT64_MAX, &number, &err) == TOIL_OK && number == 16 << 20);
    cr_expect(toil_yaml_read_duration_ms(GET("w"), 0, INT64_MAX, &number, &err) == TOIL_OK && number == 1209600000);
    static const char *const expected[] = {
        "c.yaml:4:4: n: expected a text, found nothing",
        "c.yaml:9:4: m: expected a text, found a map",
        "c.yaml:1:4: i: expected a whole number from 1 to 41",
        "c.yaml:2:4: d: expected a whole number",
        "c.yaml:7:4: x: expected a number from 0 to 99",
        "c.yaml:8:6: inf: expected a number",
        "c.yaml:1:4: i: expected true or false",
        "c.yaml:6:4: w: expected a size such as",
        "c.yaml:5:4: s: expected a size from 0 to 5 bytes",
        "c.yaml:5:4: s: expected a duration such as",
        "c.yaml:6:4: w: expected a duration from 0ms to 5ms",
        "gone: expected a text",
    };
    for (unsigned i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        enum toil_status status[] = {i == 0    ? toil_yaml_read_text(GET("n"), &text, &err)
                                     : i == 1  ? toil_yaml_read_text(GET("m"), &text, &err)
                                     : i == 2  ? toil_yaml_read_int(GET("i"), 1, 41, &number, &err)
                                     : i == 3  ? toil_yaml_read_int(GET("d"), 1, 41, &number, &err)
                                     : i == 4  ? toil_yaml_read_double(GET("x"), 0, 99, &real, &err)
                                     : i == 5  ? toil_yaml_read_double(GET("inf"), 0, 99, &real, &err)
                                     : i == 6  ? toil_yaml_read_bool(GET("i"), &truth, &err)
                                     : i == 7  ? toil_yaml_read_bytes(GET("w"), 0, 5, &number, &err)
                                     : i == 8  ? toil_yaml_read_bytes(GET("s"), 0, 5, &number, &err)
                                     : i == 9  ? toil_yaml_read_duration_ms(GET("s"), 0, 5, &number, &err)
                                     : i == 10 ? toil_yaml_read_duration_ms(GET("w"), 0, 5, &number, &err)
                                               : toil_yaml_read_text(GET("gone"), &text, &err)};
        cr_expect_eq(status[0], TOIL_BAD_INPUT, "row %u", i);
        cr_expect(strstr(err.message, expected[i]) == err.message, "%s", err.message);
    }
    toil_yaml_free(yaml);
}

Test(yaml, known_keys)
{
    static const char *const known[] = {"topics", "kafka", "postgres", NULL};
    struct toil_yaml *yaml = load("kafka: {}\ntopcis: []\nzebra: 1\n");
    const toil_yaml_node *root = toil_yaml_root(yaml);
    cr_expect_eq(toil_yaml_only_keys(root, "configuration", known, &err), TOIL_BAD_INPUT);
    cr_expect_str_eq(err.message, "c.yaml:2:1: configuration: unknown key \"topcis\"; did you mean \"topics\"?");
    static const char *const others[] = {"kafka", "topcis", NULL};
    cr_expect_eq(toil_yaml_only_keys(root, "configuration", others, &err), TOIL_BAD_INPUT);
    cr_expect_str_eq(err.message, "c.yaml:3:1: configuration: unknown key \"zebra\"; known are kafka, topcis");
    static const char *const all[] = {"zebra", "kafka", "topcis", NULL};
    cr_expect_eq(toil_yaml_only_keys(root, "configuration", all, &err), TOIL_OK);
    cr_expect_eq(toil_yaml_only_keys(toil_yaml_get(root, "topcis"), "topics", all, &err), TOIL_BAD_INPUT);
    cr_expect_str_eq(err.message, "c.yaml:2:9: topics: expected a map of keys and values, found a list");
    toil_yaml_free(yaml);
}

Test(yaml, sizes_and_durations)
{
    static const struct {
        const char *text;
        bool (*parse)(const char *, int64_t *);
        int64_t value; /* -1: refused */
    } rows[] = {
        {"0", toil_parse_bytes, 0},
        {"1048576", toil_parse_bytes, 1048576},
        {"64KiB", toil_parse_bytes, 65536},
        {"16 MiB", toil_parse_bytes, 16777216},
        {"2GiB", toil_parse_bytes, INT64_C(2147483648)},
        {"7B", toil_parse_bytes, 7},
        {"", toil_parse_bytes, -1},
        {"KiB", toil_parse_bytes, -1},
        {"1kb", toil_parse_bytes, -1},
        {"-1", toil_parse_bytes, -1},
        {"1.5MiB", toil_parse_bytes, -1},
        {"1 ", toil_parse_bytes, -1},
        {"9223372036854775807", toil_parse_bytes, INT64_MAX},
        {"9223372036854775808", toil_parse_bytes, -1},
        {"9007199254740993KiB", toil_parse_bytes, -1},
        {"250ms", toil_parse_duration_ms, 250},
        {"1s", toil_parse_duration_ms, 1000},
        {"5m", toil_parse_duration_ms, 300000},
        {"2h", toil_parse_duration_ms, 7200000},
        {"1d", toil_parse_duration_ms, 86400000},
        {"2w", toil_parse_duration_ms, 1209600000},
        {"5", toil_parse_duration_ms, -1},
        {"s", toil_parse_duration_ms, -1},
        {"5 min", toil_parse_duration_ms, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value = -1;
        bool parsed = rows[i].parse(rows[i].text, &value);
        cr_expect_eq(parsed, rows[i].value >= 0, "%s", rows[i].text);
        if (parsed)
            cr_expect_eq(value, rows[i].value, "%s", rows[i].text);
    }
}

Test(yaml, nearest_words)
{
    static const char *const words[] = {"topics", "kafka", "postgres", "people", "batch", "id", NULL};
    static const struct {
        const char *word, *nearest;
    } rows[] = {
        {"topcis", "topics"}, {"topic", "topics"},
        {"kafak", "kafka"},   {"postgresql", "postgres"},
        {"peple", "people"},  {"bach", "batch"},
        {"ib", "id"},         {"zebra", NULL},
        {"x", NULL},          {"", NULL},
        {"kafka", "kafka"},   {"a word that is far longer than any word which somebody would have in a table", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *nearest = toil_nearest(rows[i].word, words);
        cr_expect(nearest == rows[i].nearest || (nearest && rows[i].nearest && strcmp(nearest, rows[i].nearest) == 0),
                  "%s: %s", rows[i].word, nearest ? nearest : "none");
    }
}
