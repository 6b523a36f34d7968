/* A person's name in texts: found alone and in each way to write it, replaced everywhere, and nothing else touched. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/forget/name.h"

static void expect(const char *id, const char *text, const char *wanted, size_t found)
{
    struct toil_name name;
    struct toil_buf out = TOIL_BUF_INIT;
    toil_name_init(&name, toil_span_of(id));
    size_t got = toil_name_replace(&name, toil_span_of(text), &out);
    cr_expect_eq(got, found, "%s in %s: %zu", id, text, got);
    cr_expect_str_eq(out.data ? out.data : "", wanted);
    toil_name_release(&name);
    toil_buf_release(&out);
}

Test(forget_name, stands_alone)
{
    expect("ann", "ann", "forgotten", 1);
    expect("ann", "{\"who\":\"ann\",\"by\":\"ann, bo and ann.\"}",
           "{\"who\":\"forgotten\",\"by\":\"forgotten, bo and forgotten.\"}", 3);
    static const char *const others[] = {"joann",   "anna",    "ann@example.com", "ann.lee", "lee.ann",
                                         "ann-bot", "ann_bot", "x-ann",           "Ann",     "\u00e9ann"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        expect("ann", others[i], others[i], 0);
    expect("ann@example.com", "mail ann@example.com.", "mail forgotten.", 1);
    expect("ann", "told by\\nann\\nand ann", "told by\\nforgotten\\nand forgotten", 2);
    expect("ann", "", "", 0);
}

Test(forget_name, is_found_in_each_way_to_write_it)
{
    expect("J\xc3\xa9r\xc3\xb4me",
           "\"J\xc3\xa9r\xc3\xb4me\" \"J\\u00e9r\\u00f4me\" \"J\\u00E9r\\u00F4me\" \"J\\u00e9r\\u00f4m\"",
           "\"forgotten\" \"forgotten\" \"forgotten\" \"J\\u00e9r\\u00f4m\"", 3);
    expect("\xf0\x9f\x98\x80", "\"\\ud83d\\ude00\" \"\\uD83D\\uDE00\"", "\"forgotten\" \"forgotten\"", 2);
    expect("a\"b", "a\"b and \"a\\\"b\"", "forgotten and \"forgotten\"", 2);
    expect("7012", "{\"id\":7012,\"n\":70123,\"s\":\"7012\"}", "{\"id\":0,\"n\":70123,\"s\":\"0\"}", 2);
}

Test(forget_name, has_patterns_whose_letters_are_literal)
{
    struct toil_name name;
    struct toil_buf out = TOIL_BUF_INIT;
    toil_name_init(&name, TOIL_SPAN("a.*(b)\\"));
    cr_expect_eq(name.ways, 2, "as it is, and as JSON has it");
    toil_name_pattern(&name, 0, &out);
    cr_expect(strstr(out.data, "a\\.\\*\\(b\\)\\\\($|"), "%s", out.data);
    toil_name_release(&name);
    toil_buf_release(&out);
}
