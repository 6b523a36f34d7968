/* Headers of messages as the quarantine keeps them, there and back. */
#include <criterion/criterion.h>
#include <string.h>

#include "toilmeter/headers.h"

Test(headers, keep_every_byte)
{
    struct toil_buf out = TOIL_BUF_INIT;
    toil_headers_end(&out);
    cr_expect(out.len == 0);
    toil_headers_add(&out, "a", TOIL_SPAN("text \"quoted\""));
    toil_headers_add(&out, "a", (struct toil_span){NULL, 0});
    toil_headers_add(&out, "nul", TOIL_SPAN("x\0y"));
    toil_headers_add(&out, "bytes", TOIL_SPAN("\xff\xfe"));
    toil_headers_add(&out, "one", TOIL_SPAN("\xff"));
    toil_headers_add(&out, "empty", TOIL_SPAN(""));
    toil_headers_end(&out);
    cr_expect_str_eq(out.data, "[[\"a\",\"text \\\"quoted\\\"\"],[\"a\",null],[\"nul\",{\"base64\":\"eAB5\"}],"
                               "[\"bytes\",{\"base64\":\"//4=\"}],[\"one\",{\"base64\":\"/w==\"}],[\"empty\",\"\"]]");

    struct toil_headers back = TOIL_HEADERS_INIT;
    struct toil_span value;
    cr_assert(toil_headers_read(&back, (struct toil_span){out.data, out.len}));
    cr_expect_eq(back.count, 6);
    cr_expect(toil_headers_find(&back, "a", &value) && value.ptr == NULL, "the last of a name counts");
    cr_expect(toil_span_is(back.item[0].value, "text \"quoted\""));
    cr_expect(toil_headers_find(&back, "nul", &value) && value.len == 3 && memcmp(value.ptr, "x\0y", 3) == 0);
    cr_expect(toil_headers_find(&back, "bytes", &value) && value.len == 2 && memcmp(value.ptr, "\xff\xfe", 2) == 0);
    cr_expect(toil_headers_find(&back, "empty", &value) && value.ptr && value.len == 0);
    cr_expect(!toil_headers_find(&back, "other", &value));
    toil_headers_release(&back);
    toil_buf_release(&out);
}

Test(headers, of_another_form_are_none)
{
    static const char *const wrong[] = {"{}",
                                        "[1]",
                                        "[[]]",
                                        "[[\"a\"]]",
                                        "[[\"a\",\"b\",\"c\"]]",
                                        "[[1,\"b\"]]",
                                        "[[\"a\",1]]",
                                        "[[\"a\",{}]]",
                                        "[[\"a\",{\"base64\":1}]]",
                                        "[[\"a\",{\"base64\":\"!\"}]]",
                                        "[[\"a\",{\"base64\":\"AA==\",\"more\":1}]]",
                                        "[[\"a\",{\"base64\":\"AA==\"}]",
                                        "[[\"a\",[[[[[]]]]]]]"};
    struct toil_headers headers = TOIL_HEADERS_INIT;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_expect(!toil_headers_read(&headers, toil_span_of(wrong[i])), "%s", wrong[i]);
        cr_expect_eq(headers.count, 0);
    }
    cr_expect(toil_headers_read(&headers, (struct toil_span){NULL, 0}));
    cr_expect_eq(headers.count, 0);
    toil_headers_release(&headers);
}
