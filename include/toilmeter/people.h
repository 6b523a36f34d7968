/* Pseudonyms of people and customers: HMAC-SHA-256 under a key from a file (mode 0600), and the robots' patterns.
 *
 * A pseudonym is "<key id>:<32 hex digits>", where the key id is the first 8 hex digits of the key's fingerprint and
 * the digits are the first 128 bits of HMAC(key, domain || 0x00 || raw id). Domain is "actor" or "customer", so the
 * same raw id as actor and as customer gives two pseudonyms. */
#ifndef TOILMETER_PEOPLE_H
#define TOILMETER_PEOPLE_H

#include "toilmeter/buf.h"

/* Where both programs look for the key unless told otherwise: the state directory of the service. */
#define TOIL_PEOPLE_KEY_FILE "/var/lib/toilmeter/people.key"

#define TOIL_PSEUDONYM_BYTES 41 /* without NUL */

enum toil_domain { TOIL_DOMAIN_ACTOR, TOIL_DOMAIN_CUSTOMER };

struct toil_people; /* opaque; one per thread: it keeps a cache */

/* Reads the key file (64 hex digits, one line). `create` makes a new key (mode 0600, never overwriting, whole or not at
 * all) when the file does not exist. A file that group or others may read, or that holds no key, is refused
 * (TOIL_FATAL). robots: patterns as in the configuration, exact names, or a regular expression (PCRE2) after "~";
 * borrowed for the call; a wrong one is TOIL_BAD_INPUT. *out: owned by the caller. */
enum toil_status toil_people_open(const char *key_file, bool create, const char *const *robots, size_t robot_count,
                                  struct toil_people **out, struct toil_error *err) TOIL_MUST_CHECK;
/* Shows ids as they came: for check-mapping and tests of decoding; robots count once they are added. */
struct toil_people *toil_people_open_clear(void);
/* Adds robots' patterns, borrowed for the call. TOIL_BAD_INPUT when one is wrong; those before it stay. */
enum toil_status toil_people_add_robots(struct toil_people *people, const char *const *robots, size_t count,
                                        struct toil_error *err) TOIL_MUST_CHECK;
void toil_people_free(struct toil_people *people);

/* Hex SHA-256 of the key's 32 bytes, 64 digits and NUL: kept in the database so that a program with another key stops.
 * Empty for people in the clear. */
const char *toil_people_fingerprint(const struct toil_people *people);

/* The pseudonym of a raw id: borrowed, valid until the next call on `people`. In the clear it is `raw` itself. */
struct toil_span toil_people_pseudonym(struct toil_people *people, enum toil_domain domain, struct toil_span raw);

/* True when a raw actor matches the robots' patterns. */
bool toil_people_is_robot(struct toil_people *people, struct toil_span raw);

#endif
