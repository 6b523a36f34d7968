/* Base64 there and back, both alphabets, padding or not, and what is none. */
#include <criterion/criterion.h>
#include <string.h>

#include "toilmeter/base64.h"

Test(base64, there_and_back)
{
    char bytes[64], back[TOIL_BASE64_BYTES(96)];
    for (size_t len = 0; len <= sizeof bytes; len++) {
        struct toil_buf text = TOIL_BUF_INIT;
        size_t got = 99;
        for (size_t i = 0; i < len; i++)
            bytes[i] = (char)(i * 37 + len * 11);
        toil_base64_add(&text, (struct toil_span){bytes, len});
        cr_expect_eq(text.len, (len + 2) / 3 * 4);
        cr_assert(toil_base64_decode((struct toil_span){text.data, text.len}, back, &got), "%zu bytes", len);
        cr_expect(got == len && memcmp(back, bytes, len) == 0, "%zu bytes", len);
        toil_buf_release(&text);
    }
}

Test(base64, known_texts_and_what_is_none)
{
    static const struct {
        const char *text, *bytes; /* NULL: refused */
    } rows[] = {{"", ""},
                {"Zg==", "f"},
                {"Zg", "f"},
                {"Zm8=", "fo"},
                {"Zm9vYmFy", "foobar"},
                {"-_-_", "\xfb\xff\xbf"},
                {"+/+/", "\xfb\xff\xbf"},
                {"Z", NULL},
                {"Zg=a", NULL},
                {"Zm9v YmFy", NULL},
                {"Zh==", NULL},
                {"\xff\xff", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[32];
        size_t len = 0;
        bool good = toil_base64_decode(toil_span_of(rows[i].text), out, &len);
        cr_expect_eq(good, rows[i].bytes != NULL, "%s", rows[i].text);
        if (good)
            cr_expect(len == strlen(rows[i].bytes) && memcmp(out, rows[i].bytes, len) == 0, "%s", rows[i].text);
    }
}
