/* Certificates for tests: see lib_certs.h. */
#include "support/lib_certs.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOUR_S = 3600 };

#define HERE "DNS:localhost, IP:127.0.0.1, IP:::1"

struct pair {
    EVP_PKEY *key;
    X509 *certificate;
};

struct wanted {
    const char *common_name;
    const char *names; /* subjectAltName; NULL: none */
    const char *use;   /* extendedKeyUsage; NULL: an authority */
    long from_s, to_s; /* from now */
};

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "test certificates: %s\n", what);
    abort();
}

static void add(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (extension == NULL || X509_add_ext(certificate, extension, -1) != 1)
        give_up(value);
    X509_EXTENSION_free(extension);
}

static void add_all(X509 *certificate, X509 *issuer, const struct wanted *wanted)
{
    add(certificate, issuer, NID_basic_constraints, wanted->use != NULL ? "critical,CA:FALSE" : "critical,CA:TRUE");
    add(certificate, issuer, NID_key_usage,
        wanted->use != NULL ? "critical,digitalSignature" : "critical,keyCertSign,cRLSign");
    add(certificate, issuer, NID_subject_key_identifier, "hash");
    add(certificate, issuer, NID_authority_key_identifier, "keyid");
    if (wanted->use != NULL)
        add(certificate, issuer, NID_ext_key_usage, wanted->use);
    if (wanted->names != NULL)
        add(certificate, issuer, NID_subject_alt_name, wanted->names);
}

/* by: who signs; NULL: itself. */
static struct pair make(const struct wanted *wanted, const struct pair *by)
{
    static long serial = 1;
    struct pair made = {EVP_EC_gen("P-256"), X509_new()};
    if (made.key == NULL || made.certificate == NULL)
        give_up("no key or no certificate");
    X509 *certificate = made.certificate;
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), wanted->from_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate), wanted->to_s);
    X509_set_pubkey(certificate, made.key);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)wanted->common_name, -1, -1, 0);
    X509_set_issuer_name(certificate, by != NULL ? X509_get_subject_name(by->certificate) : name);
    add_all(certificate, by != NULL ? by->certificate : certificate, wanted);
    if (X509_sign(certificate, by != NULL ? by->key : made.key, EVP_sha256()) == 0)
        give_up("signing");
    return made;
}

static void release(struct pair *pair)
{
    EVP_PKEY_free(pair->key);
    X509_free(pair->certificate);
}

static FILE *begin_file(const char *dir, const char *name, const char *suffix, mode_t mode)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.%s", dir, name, suffix);
    FILE *file = fopen(path, "we");
    if (file == NULL || fchmod(fileno(file), mode) != 0)
        give_up(path);
    return file;
}

static void end_file(FILE *file, int written)
{
    if (fclose(file) != 0 || written != 1)
        give_up("a file cannot be written");
}

static void write_certificate(const char *dir, const char *name, const struct pair *pair)
{
    FILE *file = begin_file(dir, name, "crt", 0644);
    end_file(file, PEM_write_X509(file, pair->certificate));
}

static int write_key(FILE *file, const struct pair *pair)
{
    return PEM_write_PKCS8PrivateKey(file, pair->key, NULL, NULL, 0, NULL, NULL);
}

static void write_all(const char *dir, const char *name, const struct pair *pair)
{
    write_certificate(dir, name, pair);
    FILE *file = begin_file(dir, name, "key", 0600);
    end_file(file, write_key(file, pair));
    file = begin_file(dir, name, "pem", 0600);
    end_file(file, write_key(file, pair) == 1 && PEM_write_X509(file, pair->certificate) == 1);
}

static void make_one(const char *dir, const char *file, const struct wanted *wanted, const struct pair *by)
{
    struct pair made = make(wanted, by);
    write_all(dir, file, &made);
    release(&made);
}

void toil_certs_make(const char *dir, const char *client_name)
{
    const struct wanted authority = {"toilmeter test", NULL, NULL, -HOUR_S, HOUR_S};
    const struct wanted stranger = {"somebody else", NULL, NULL, -HOUR_S, HOUR_S};
    const struct wanted server = {"localhost", HERE, "serverAuth", -HOUR_S, HOUR_S};
    const struct wanted expired = {"localhost", HERE, "serverAuth", -2L * HOUR_S, -HOUR_S};
    const struct wanted elsewhere = {"elsewhere.example", "DNS:elsewhere.example", "serverAuth", -HOUR_S, HOUR_S};
    const struct wanted client = {client_name, NULL, "clientAuth", -HOUR_S, HOUR_S};
    struct pair ca = make(&authority, NULL), other = make(&stranger, NULL);
    write_certificate(dir, "ca", &ca);
    write_certificate(dir, "other-ca", &other);
    make_one(dir, "server", &server, &ca);
    make_one(dir, "expired", &expired, &ca);
    make_one(dir, "elsewhere", &elsewhere, &ca);
    make_one(dir, "client", &client, &ca);
    make_one(dir, "stranger", &client, &other);
    release(&ca);
    release(&other);
}
