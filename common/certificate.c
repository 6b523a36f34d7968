/* The code behind certificate.h. */
#include "toilmeter/certificate.h"

#include <openssl/x509.h>

enum toil_certificate_fault toil_certificate_fault(int code)
{
    switch (code) {
    case X509_V_OK:
        return TOIL_CERTIFICATE_FINE;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: /* an authority of the same name with another key */
    case X509_V_ERR_CERT_UNTRUSTED:
        return TOIL_CERTIFICATE_UNTRUSTED;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return TOIL_CERTIFICATE_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return TOIL_CERTIFICATE_EARLY;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return TOIL_CERTIFICATE_NAME;
    default:
        return TOIL_CERTIFICATE_OTHER;
    }
}

const char *toil_certificate_text(int code)
{
    return X509_verify_cert_error_string(code);
}
