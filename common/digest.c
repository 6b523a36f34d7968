/* The code behind digest.h. */
#include "toilmeter/digest.h"

#include <openssl/sha.h>

void toil_sha256(struct toil_span data, unsigned char out[TOIL_SHA256_BYTES])
{
    SHA256((const unsigned char *)data.ptr, data.len, out);
}

void toil_sha256_hex(struct toil_span data, char out[2 * TOIL_SHA256_BYTES + 1])
{
    static const char hex[] = "0123456789abcdef";
    unsigned char digest[TOIL_SHA256_BYTES];
    toil_sha256(data, digest);
    for (unsigned i = 0; i < TOIL_SHA256_BYTES; i++) {
        out[2 * i] = hex[digest[i] >> 4];
        out[2 * i + 1] = hex[digest[i] & 15];
    }
    out[2 * TOIL_SHA256_BYTES] = '\0';
}
