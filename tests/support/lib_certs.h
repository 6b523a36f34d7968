/* Certificates for tests of secured connections, made with libcrypto: EC keys, good for an hour, nothing but files. */
#ifndef TESTS_LIB_CERTS_H
#define TESTS_LIB_CERTS_H

/* Writes into DIR, which exists, in PEM:
 *
 *   ca.crt, other-ca.crt             two authorities that know nothing of each other
 *   server.{crt,key,pem}             for localhost, 127.0.0.1 and ::1, by ca
 *   expired.{crt,key,pem}            the same, good until an hour ago
 *   elsewhere.{crt,key,pem}          by ca, for elsewhere.example alone
 *   client.{crt,key}                 by ca, its common name as given
 *   stranger.{crt,key}               the same by other-ca
 *
 * A .pem holds key and certificate, as Kafka wants them. Keys are PKCS#8 without a password, mode 0600. Ends the test
 * with a message when it cannot. */
void toil_certs_make(const char *dir, const char *client_name);

#endif
