/* The code behind listen.h. */
#include "toilmeter/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool parse_port(const char *text, in_port_t *out)
{
    char *end;
    errno = 0;
    long port = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || port < 0 || port > 65535)
        return false;
    *out = htons((uint16_t)port);
    return true;
}

static bool parse(const char *text, struct toil_listen *out)
{
    char host[INET6_ADDRSTRLEN];
    const char *colon = strrchr(text, ':');
    in_port_t port;
    *out = (struct toil_listen){.is_v6 = text[0] == '['};
    if (!colon || !parse_port(colon + 1, &port))
        return false;
    size_t len = (size_t)(colon - text), brackets = out->is_v6 ? 1 : 0;
    if (out->is_v6 && (len < 2 || text[len - 1] != ']'))
        return false;
    if (len - 2 * brackets >= sizeof host)
        return false;
    memcpy(host, text + brackets, len - 2 * brackets);
    host[len - 2 * brackets] = '\0';
    if (out->is_v6) {
        out->at.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
        return inet_pton(AF_INET6, host, &out->at.v6.sin6_addr) == 1;
    }
    out->at.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
    return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &out->at.v4.sin_addr) == 1;
}

enum toil_status toil_listen_parse(const char *text, struct toil_listen *out, struct toil_error *err)
{
    if (parse(text, out))
        return TOIL_OK;
    return toil_error_set(err, TOIL_BAD_INPUT, "\"%s\" is not ADDRESS:PORT, such as 127.0.0.1:9464 or [::1]:9464",
                          text);
}
