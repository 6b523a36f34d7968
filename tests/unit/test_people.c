/* Pseudonyms: HMAC-SHA-256 by known examples, the key file's rules, the cache, robots. */
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "toilmeter/digest.h"
#include "toilmeter/people.h"

static char folder[] = "/tmp/toil-people-XXXXXX";
static char path[128];
static struct toil_error err;

static void setup(void)
{
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/people.key", folder);
}

static void teardown(void)
{
    unlink(path);
    cr_expect_eq(rmdir(folder), 0, "something was left behind");
}

TestSuite(people, .init = setup, .fini = teardown);

static const char key_text[] = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F\n";

static void write_key(const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
    cr_assert_eq(chmod(path, mode), 0);
}

static struct toil_people *open_people(void)
{
    struct toil_people *people;
    cr_assert_eq(toil_people_open(path, false, NULL, 0, &people, &err), TOIL_OK, "%s", err.message);
    return people;
}

/* The pseudonym by libcrypto's one-call HMAC, which shares no code with ours. */
static void expected_pseudonym(const char *domain, struct toil_span raw, char out[TOIL_PSEUDONYM_BYTES + 1])
{
    unsigned char key[32], mac[EVP_MAX_MD_SIZE];
    char hex[65];
    unsigned len;
    struct toil_buf text = TOIL_BUF_INIT;
    for (unsigned i = 0; i < sizeof key; i++)
        key[i] = (unsigned char)i;
    toil_buf_add(&text, domain, strlen(domain) + 1);
    toil_buf_add_span(&text, raw);
    HMAC(EVP_sha256(), key, sizeof key, (const unsigned char *)text.data, text.len, mac, &len);
    toil_sha256_hex((struct toil_span){(const char *)key, sizeof key}, hex);
    int done = snprintf(out, TOIL_PSEUDONYM_BYTES + 1, "%.8s:", hex);
    for (unsigned i = 0; i < 16; i++)
        done += snprintf(out + done, TOIL_PSEUDONYM_BYTES + 1 - (size_t)done, "%02x", mac[i]);
    toil_buf_release(&text);
}

/* RFC 4231's cases have keys of other lengths; the one-call function that the rest is compared with passes them. */
Test(people, the_yardstick_passes_rfc_4231)
{
    unsigned char key[20], mac[EVP_MAX_MD_SIZE];
    unsigned len;
    memset(key, 0x0b, sizeof key);
    HMAC(EVP_sha256(), key, sizeof key, (const unsigned char *)"Hi There", 8, mac, &len);
    cr_expect_eq(len, 32);
    cr_expect_arr_eq(mac,
                     "\xb0\x34\x4c\x61\xd8\xdb\x38\x53\x5c\xa8\xaf\xce\xaf\x0b\xf1\x2b\x88\x1d\xc2\x00\xc9\x83\x3d"
                     "\xa7\x26\xe9\x37\x6c\x2e\x32\xcf\xf7",
                     32);
    HMAC(EVP_sha256(), "Jefe", 4, (const unsigned char *)"what do ya want for nothing?", 28, mac, &len);
    cr_expect_arr_eq(mac,
                     "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7\x5a\x00\x3f\x08\x9d\x27\x39"
                     "\x83\x9d\xec\x58\xb9\x64\xec\x38\x43",
                     32);
}

/* Short and long ids, twice each so that both the cache and the way past it are taken, in changing order. */
Test(people, pseudonyms)
{
    write_key(key_text, 0600);
    struct toil_people *people = open_people();
    char long_id[1024];
    memset(long_id, 'x', sizeof long_id);
    for (int round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 6000; i++) {
            char id[32], expected[TOIL_PSEUDONYM_BYTES + 1];
            snprintf(id, sizeof id, "person-%u", i % 5000);
            struct toil_span raw = i % 50 ? toil_span_of(id) : (struct toil_span){long_id, 60 + i % 900};
            enum toil_domain domain = i % 3 ? TOIL_DOMAIN_ACTOR : TOIL_DOMAIN_CUSTOMER;
            expected_pseudonym(i % 3 ? "actor" : "customer", raw, expected);
            struct toil_span got = toil_people_pseudonym(people, domain, raw);
            cr_assert(toil_span_is(got, expected), "%.*s: %.*s", (int)raw.len, raw.ptr, (int)got.len, got.ptr);
        }
    }
    toil_people_free(people);
}

Test(people, domains_and_keys_part_them)
{
    write_key(key_text, 0400);
    struct toil_people *people = open_people();
    struct toil_span actor = toil_people_pseudonym(people, TOIL_DOMAIN_ACTOR, toil_span_of("ann"));
    char kept[TOIL_PSEUDONYM_BYTES];
    memcpy(kept, actor.ptr, actor.len);
    struct toil_span customer = toil_people_pseudonym(people, TOIL_DOMAIN_CUSTOMER, toil_span_of("ann"));
    cr_expect_neq(memcmp(kept, customer.ptr, customer.len), 0);
    cr_expect_eq(strlen(toil_people_fingerprint(people)), 64);
    cr_expect_eq(memcmp(toil_people_fingerprint(people), customer.ptr, 8), 0);
    toil_people_free(people);
    chmod(path, 0600);
    write_key("ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 0600);
    people = open_people();
    actor = toil_people_pseudonym(people, TOIL_DOMAIN_ACTOR, toil_span_of("ann"));
    cr_expect_neq(memcmp(kept + 9, actor.ptr + 9, 32), 0);
    cr_expect_neq(memcmp(kept, actor.ptr, 8), 0);
    toil_people_free(people);
}

Test(people, key_file_is_made_once)
{
    struct toil_people *people, *again;
    cr_expect_eq(toil_people_open(path, false, NULL, 0, &people, &err), TOIL_FATAL, "not made unless asked");
    cr_expect(strstr(err.message, path), "%s", err.message);
    cr_expect_eq(access(path, F_OK), -1);
    cr_assert_eq(toil_people_open(path, true, NULL, 0, &people, &err), TOIL_OK, "%s", err.message);
    struct stat info;
    cr_assert_eq(stat(path, &info), 0);
    cr_expect_eq(info.st_mode & 07777, 0600);
    cr_expect_eq(info.st_size, 65);
    cr_expect_eq(info.st_nlink, 1);
    cr_assert_eq(toil_people_open(path, true, NULL, 0, &again, &err), TOIL_OK, "%s", err.message);
    cr_expect_str_eq(toil_people_fingerprint(people), toil_people_fingerprint(again));
    toil_people_free(people);
    toil_people_free(again);
}

static void *race(void *fingerprint)
{
    struct toil_people *people = NULL;
    struct toil_error own;
    if (toil_people_open(path, true, NULL, 0, &people, &own) == TOIL_OK)
        memcpy(fingerprint, toil_people_fingerprint(people), 65);
    toil_people_free(people);
    return NULL;
}

/* Programs that start at once must come out with one key. */
Test(people, a_race_for_the_key_has_one_winner)
{
    for (int round = 0; round < 30; round++) {
        char fingerprints[8][65] = {{0}};
        pthread_t threads[8];
        for (int i = 0; i < 8; i++)
            pthread_create(&threads[i], NULL, race, fingerprints[i]);
        for (int i = 0; i < 8; i++)
            pthread_join(threads[i], NULL);
        for (int i = 0; i < 8; i++)
            cr_assert(fingerprints[i][0] && strcmp(fingerprints[i], fingerprints[0]) == 0, "round %d, thread %d", round,
                      i);
        unlink(path);
    }
}

Test(people, key_files_that_are_refused)
{
    static const struct {
        const char *text;
        mode_t mode;
        const char *in_message;
    } rows[] = {
        {key_text, 0640, "open to others (mode 0640)"},
        {key_text, 0604, "open to others"},
        {key_text, 0610, "open to others"},
        {"", 0600, "64 hex digits"},
        {"00", 0600, "64 hex digits"},
        {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1g\n", 0600, "64 hex digits"},
        {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f00\n", 0600, "64 hex digits"},
        {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n\n", 0600, "64 hex digits"},
        {" 00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0600, "64 hex digits"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct toil_people *people;
        write_key(rows[i].text, rows[i].mode);
        cr_expect_eq(toil_people_open(path, true, NULL, 0, &people, &err), TOIL_FATAL, "row %zu", i);
        cr_expect_null(people);
        cr_expect(strstr(err.message, rows[i].in_message), "%s", err.message);
        cr_expect_null(strstr(err.message, "0001020304"), "the key is in the message");
    }
    struct toil_people *people;
    cr_expect_eq(toil_people_open(folder, true, NULL, 0, &people, &err), TOIL_FATAL);
    cr_expect_eq(toil_people_open("/nonexistent/folder/key", true, NULL, 0, &people, &err), TOIL_FATAL);
    cr_expect(strstr(err.message, "No such file"), "%s", err.message);
}

Test(people, robots)
{
    static const char *const robots[] = {"deploy-bot", "~^svc-"};
    static const char *const wrong[] = {"fine", "~("};
    struct toil_people *people;
    write_key(key_text, 0600);
    cr_expect_eq(toil_people_open(path, false, wrong, 2, &people, &err), TOIL_BAD_INPUT);
    cr_assert_eq(toil_people_open(path, false, robots, 2, &people, &err), TOIL_OK);
    for (int twice = 0; twice < 2; twice++) {
        cr_expect(toil_people_is_robot(people, toil_span_of("deploy-bot")));
        cr_expect(toil_people_is_robot(people, toil_span_of("svc-1")));
        cr_expect_not(toil_people_is_robot(people, toil_span_of("ann")));
        cr_expect_not(toil_people_is_robot(people, toil_span_of("deploy-bot2")));
        cr_expect_not(toil_people_is_robot(people, toil_span_of("")));
        char long_id[200] = "svc-";
        memset(long_id + 4, 'x', sizeof long_id - 4);
        cr_expect(toil_people_is_robot(people, (struct toil_span){long_id, sizeof long_id}));
    }
    static const char *const more[] = {"ann"};
    cr_assert_eq(toil_people_add_robots(people, more, 1, &err), TOIL_OK);
    cr_expect(toil_people_is_robot(people, toil_span_of("ann")), "what was cached before is asked anew");
    toil_people_free(people);
}

Test(people, in_the_clear)
{
    static const char *const robots[] = {"~^svc-"};
    struct toil_people *people = toil_people_open_clear();
    cr_expect_not(toil_people_is_robot(people, toil_span_of("svc-1")));
    cr_assert_eq(toil_people_add_robots(people, robots, 1, &err), TOIL_OK);
    cr_expect(toil_people_is_robot(people, toil_span_of("svc-1")));
    cr_expect(toil_span_is(toil_people_pseudonym(people, TOIL_DOMAIN_ACTOR, toil_span_of("ann")), "ann"));
    cr_expect_str_eq(toil_people_fingerprint(people), "");
    toil_people_free(people);
    toil_people_free(NULL);
}
