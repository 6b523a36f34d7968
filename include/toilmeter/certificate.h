/* What is wrong with a certificate, by the code that the check gives. Pure. */
#ifndef TOILMETER_CERTIFICATE_H
#define TOILMETER_CERTIFICATE_H

enum toil_certificate_fault {
    TOIL_CERTIFICATE_FINE,
    TOIL_CERTIFICATE_UNTRUSTED, /* signed by nobody that is trusted here */
    TOIL_CERTIFICATE_EXPIRED,
    TOIL_CERTIFICATE_EARLY, /* not good yet */
    TOIL_CERTIFICATE_NAME,  /* for another host */
    TOIL_CERTIFICATE_OTHER, /* see toil_certificate_text */
};

/* code: OpenSSL's, X509_V_ERR_... */
enum toil_certificate_fault toil_certificate_fault(int code);
/* OpenSSL's few words for a code. Borrowed: a constant. */
const char *toil_certificate_text(int code);

#endif
