/* SHA-256 against the examples of FIPS 180-4. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/digest.h"

Test(digest, examples_of_the_standard)
{
    static const struct {
        const char *text, *hex;
    } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char hex[2 * TOIL_SHA256_BYTES + 1];
        unsigned char bytes[TOIL_SHA256_BYTES];
        toil_sha256_hex(toil_span_of(rows[i].text), hex);
        cr_expect_str_eq(hex, rows[i].hex);
        toil_sha256(toil_span_of(rows[i].text), bytes);
        cr_expect_eq(bytes[0], strtoul((char[]){hex[0], hex[1], '\0'}, NULL, 16));
    }
}

Test(digest, a_million_letters)
{
    char *text = toil_xmalloc(1000000), hex[2 * TOIL_SHA256_BYTES + 1];
    memset(text, 'a', 1000000);
    toil_sha256_hex((struct toil_span){text, 1000000}, hex);
    cr_expect_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(text);
}
