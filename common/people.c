/* The code behind people.h: HMAC-SHA-256 by libcrypto, and a small cache, since few people make most events. */
#include "toilmeter/people.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "toilmeter/digest.h"
#include "toilmeter/pattern.h"

#define KEY_BYTES     32
#define KEY_ID_DIGITS 8
#define MAC_BYTES     32
#define TAG_BYTES     16 /* of the MAC, in the pseudonym */

/* One id of the cache; longer ids than RAW_BYTES are computed each time. A line is replaced by the next id that falls
 * on it: memory is bounded, and a hostile choice of ids costs speed only. */
#define CACHE_LINES 2048
#define RAW_BYTES   80

enum robot { ROBOT_UNKNOWN, ROBOT_NO, ROBOT_YES };

struct cache_line {
    uint64_t hash;
    unsigned char used, domain, robot, raw_len;
    char raw[RAW_BYTES];
    char pseudonym[TOIL_PSEUDONYM_BYTES];
};

struct toil_people {
    bool clear;
    char fingerprint[2 * TOIL_SHA256_BYTES + 1];
    EVP_MAC *algorithm;
    EVP_MAC_CTX *mac; /* keyed once; each id only resets it */
    struct toil_pattern **robots;
    size_t robot_count;
    struct cache_line *cache;        /* [CACHE_LINES] */
    char last[TOIL_PSEUDONYM_BYTES]; /* of an id too long for the cache */
};

static const char hex_digits[] = "0123456789abcdef";

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void to_hex(const unsigned char *bytes, size_t count, char *out)
{
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = hex_digits[bytes[i] >> 4];
        out[2 * i + 1] = hex_digits[bytes[i] & 15];
    }
}

/* 64 hex digits with at most one line end. */
static bool parse_key(const char *text, size_t len, unsigned char key[KEY_BYTES])
{
    if (len > 0 && text[len - 1] == '\n')
        len--;
    if (len > 0 && text[len - 1] == '\r')
        len--;
    if (len != 2 * KEY_BYTES)
        return false;
    for (size_t i = 0; i < KEY_BYTES; i++) {
        int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        key[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static bool read_some(int fd, char *out, size_t size, size_t *len)
{
    *len = 0;
    while (*len < size) {
        ssize_t n = read(fd, out + *len, size - *len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            break;
        *len += (size_t)n;
    }
    return true;
}

static enum toil_status check_mode(int fd, const char *path, struct toil_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return toil_error_set(err, TOIL_FATAL, "key file %s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return toil_error_set(err, TOIL_FATAL, "key file %s is not a regular file", path);
    if (info.st_mode & (S_IRWXG | S_IRWXO)) {
        toil_error_set(err, TOIL_FATAL, "key file %s is open to others (mode %04o)", path,
                       (unsigned)(info.st_mode & 07777));
        toil_error_hint(err, "chmod 600 %.400s", path);
        return TOIL_FATAL;
    }
    return TOIL_OK;
}

static enum toil_status read_key(int fd, const char *path, unsigned char key[KEY_BYTES], struct toil_error *err)
{
    enum toil_status status = check_mode(fd, path, err);
    if (status != TOIL_OK)
        return status;
    char text[2 * KEY_BYTES + 3];
    size_t len;
    bool read_well = read_some(fd, text, sizeof text, &len);
    if (!read_well)
        status = toil_error_set(err, TOIL_FATAL, "key file %s: %s", path, strerror(errno));
    else if (!parse_key(text, len, key))
        status =
            toil_error_set(err, TOIL_FATAL, "key file %s: expected one line of %d hex digits", path, 2 * KEY_BYTES);
    OPENSSL_cleanse(text, sizeof text);
    return status;
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static bool random_bytes(unsigned char *out, size_t size)
{
    return getrandom(out, size, 0) == (ssize_t)size;
}

/* Writes the new key's text to a file of its own name. */
static bool write_new(const char *path, const char *line, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    bool done = fchmod(fd, 0600) == 0 && write_all(fd, line, len) && fsync(fd) == 0;
    int error = errno;
    done = close(fd) == 0 && done;
    errno = error;
    return done;
}

static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? toil_xstrndup(path, (size_t)(slash - path) + 1) : toil_xstrdup(".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd); /* some file systems know no fsync of folders: nothing more can be done there */
        close(fd);
    }
    free(folder);
}

/* Makes the key under another name and links it: of two programs that start at once one wins, and neither ever reads
 * half a key. */
static enum toil_status create_key(const char *path, struct toil_error *err)
{
    unsigned char key[KEY_BYTES], salt[8];
    char line[2 * KEY_BYTES + 1], suffix[2 * sizeof salt + 1] = {0};
    if (!random_bytes(key, sizeof key) || !random_bytes(salt, sizeof salt))
        return toil_error_set(err, TOIL_FATAL, "cannot make a key: %s", strerror(errno));
    to_hex(key, sizeof key, line);
    line[2 * KEY_BYTES] = '\n';
    to_hex(salt, sizeof salt, suffix);
    char *fresh = toil_xasprintf("%s.%s", path, suffix);
    bool done = write_new(fresh, line, sizeof line) && (link(fresh, path) == 0 || errno == EEXIST);
    enum toil_status status = TOIL_OK;
    if (!done)
        status = toil_error_set(err, TOIL_FATAL, "cannot make key file %s: %s", path, strerror(errno));
    if (!done)
        toil_error_hint(err, "make its folder, writable for this user, or name another key file");
    unlink(fresh);
    sync_folder(path);
    free(fresh);
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(line, sizeof line);
    return status;
}

static enum toil_status load_key(const char *path, bool create, unsigned char key[KEY_BYTES], struct toil_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT && create) {
        enum toil_status status = create_key(path, err);
        if (status != TOIL_OK)
            return status;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    }
    if (fd < 0)
        return toil_error_set(err, TOIL_FATAL, "key file %s: %s", path, strerror(errno));
    enum toil_status status = read_key(fd, path, key, err);
    close(fd);
    return status;
}

static void set_key(struct toil_people *people, const unsigned char key[KEY_BYTES])
{
    char digest_name[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
                           OSSL_PARAM_construct_end()};
    toil_sha256_hex((struct toil_span){(const char *)key, KEY_BYTES}, people->fingerprint);
    people->algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
    people->mac = people->algorithm ? EVP_MAC_CTX_new(people->algorithm) : NULL;
    if (!people->mac || !EVP_MAC_init(people->mac, key, KEY_BYTES, params)) {
        fputs("toilmeter: libcrypto has no HMAC-SHA-256\n", stderr);
        abort();
    }
}

enum toil_status toil_people_add_robots(struct toil_people *people, const char *const *robots, size_t count,
                                        struct toil_error *err)
{
    people->robots = toil_xreallocarray(people->robots, people->robot_count + count, sizeof(struct toil_pattern *));
    for (size_t i = 0; i < count; i++) {
        enum toil_status status = toil_pattern_new(robots[i], &people->robots[people->robot_count], err);
        if (status != TOIL_OK)
            return toil_error_prefix(err, "robots");
        people->robot_count++;
    }
    if (people->cache)
        memset(people->cache, 0, CACHE_LINES * sizeof *people->cache);
    return TOIL_OK;
}

enum toil_status toil_people_open(const char *key_file, bool create, const char *const *robots, size_t robot_count,
                                  struct toil_people **out, struct toil_error *err)
{
    *out = NULL;
    struct toil_people *people = toil_xcalloc(1, sizeof *people);
    unsigned char key[KEY_BYTES];
    enum toil_status status = toil_people_add_robots(people, robots, robot_count, err);
    if (status == TOIL_OK)
        status = load_key(key_file, create, key, err);
    if (status != TOIL_OK) {
        toil_people_free(people);
        return status;
    }
    set_key(people, key);
    OPENSSL_cleanse(key, sizeof key);
    people->cache = toil_xcalloc(CACHE_LINES, sizeof *people->cache);
    *out = people;
    return TOIL_OK;
}

struct toil_people *toil_people_open_clear(void)
{
    struct toil_people *people = toil_xcalloc(1, sizeof *people);
    people->clear = true;
    return people;
}

void toil_people_free(struct toil_people *people)
{
    if (!people)
        return;
    for (size_t i = 0; i < people->robot_count; i++)
        toil_pattern_free(people->robots[i]);
    free(people->robots);
    EVP_MAC_CTX_free(people->mac);
    EVP_MAC_free(people->algorithm);
    if (people->cache)
        OPENSSL_cleanse(people->cache, CACHE_LINES * sizeof *people->cache);
    free(people->cache);
    free(people);
}

const char *toil_people_fingerprint(const struct toil_people *people)
{
    return people->fingerprint;
}

static void compute(struct toil_people *people, enum toil_domain domain, struct toil_span raw,
                    char out[TOIL_PSEUDONYM_BYTES])
{
    static const struct toil_span domains[] = {{"actor", sizeof "actor"}, {"customer", sizeof "customer"}};
    struct toil_span prefix = domains[domain]; /* with its NUL */
    unsigned char mac[MAC_BYTES];
    size_t len = 0;
    if (!EVP_MAC_init(people->mac, NULL, 0, NULL) ||
        !EVP_MAC_update(people->mac, (const unsigned char *)prefix.ptr, prefix.len) ||
        !EVP_MAC_update(people->mac, (const unsigned char *)raw.ptr, raw.len) ||
        !EVP_MAC_final(people->mac, mac, &len, sizeof mac) || len != sizeof mac) {
        fputs("toilmeter: libcrypto failed to compute a pseudonym\n", stderr);
        abort();
    }
    memcpy(out, people->fingerprint, KEY_ID_DIGITS);
    out[KEY_ID_DIGITS] = ':';
    to_hex(mac, TAG_BYTES, out + KEY_ID_DIGITS + 1);
}

/* Eight bytes a step; it only spreads ids over the cache. */
static uint64_t hash_bytes(const char *p, size_t len, uint64_t seed)
{
    uint64_t hash = seed ^ (len * UINT64_C(0x9e3779b97f4a7c15));
    for (; len >= 8; p += 8, len -= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    uint64_t tail = 0;
    memcpy(&tail, p, len);
    hash = (hash ^ tail) * UINT64_C(0xff51afd7ed558ccd);
    return hash ^ hash >> 29;
}

/* The cache's line of an id, filled; NULL when the id is too long for it. */
static struct cache_line *line_of(struct toil_people *people, enum toil_domain domain, struct toil_span raw)
{
    if (raw.len == 0 || raw.len > RAW_BYTES)
        return NULL;
    uint64_t hash = hash_bytes(raw.ptr, raw.len, (uint64_t)domain);
    struct cache_line *line = &people->cache[hash % CACHE_LINES];
    if (line->used && line->hash == hash && line->domain == domain && line->raw_len == raw.len &&
        memcmp(line->raw, raw.ptr, raw.len) == 0)
        return line;
    line->used = 1;
    line->hash = hash;
    line->domain = (unsigned char)domain;
    line->robot = ROBOT_UNKNOWN;
    line->raw_len = (unsigned char)raw.len;
    memcpy(line->raw, raw.ptr, raw.len);
    compute(people, domain, raw, line->pseudonym);
    return line;
}

struct toil_span toil_people_pseudonym(struct toil_people *people, enum toil_domain domain, struct toil_span raw)
{
    if (people->clear)
        return raw;
    struct cache_line *line = line_of(people, domain, raw);
    if (line)
        return (struct toil_span){line->pseudonym, TOIL_PSEUDONYM_BYTES};
    compute(people, domain, raw, people->last);
    return (struct toil_span){people->last, TOIL_PSEUDONYM_BYTES};
}

static bool matches_robot(const struct toil_people *people, struct toil_span raw)
{
    for (size_t i = 0; i < people->robot_count; i++) {
        if (toil_pattern_matches(people->robots[i], raw))
            return true;
    }
    return false;
}

bool toil_people_is_robot(struct toil_people *people, struct toil_span raw)
{
    if (people->robot_count == 0)
        return false;
    struct cache_line *line = people->clear ? NULL : line_of(people, TOIL_DOMAIN_ACTOR, raw);
    if (!line)
        return matches_robot(people, raw);
    if (line->robot == ROBOT_UNKNOWN)
        line->robot = matches_robot(people, raw) ? ROBOT_YES : ROBOT_NO;
    return line->robot == ROBOT_YES;
}
