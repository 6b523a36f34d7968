/* An address to listen on, as people write it: ADDRESS:PORT. */
#ifndef TOILMETER_LISTEN_H
#define TOILMETER_LISTEN_H

#include <netinet/in.h>
#include <stdbool.h>

#include "toilmeter/error.h"

struct toil_listen {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at;
    bool is_v6;
};

/* An IPv4 address or localhost, or an IPv6 address in brackets, then a port; 0 lets the system choose one. No name is
 * looked up. TOIL_BAD_INPUT when the text is none. */
enum toil_status toil_listen_parse(const char *text, struct toil_listen *out, struct toil_error *err) TOIL_MUST_CHECK;

#endif
