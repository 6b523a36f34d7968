/* SHA-256 over bytes (libcrypto). */
#ifndef TOILMETER_DIGEST_H
#define TOILMETER_DIGEST_H

#include "toilmeter/buf.h"

#define TOIL_SHA256_BYTES 32

void toil_sha256(struct toil_span data, unsigned char out[TOIL_SHA256_BYTES]);
/* 64 lower-case hex digits and NUL. */
void toil_sha256_hex(struct toil_span data, char out[2 * TOIL_SHA256_BYTES + 1]);

#endif
