/* The code behind error.h. */
#include "toilmeter/error.h"

#include <stdio.h>
#include <string.h>

/* One line: whatever came from outside cannot break a log line in two. */
static void flatten(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = ' ';
    }
}

void toil_error_clear(struct toil_error *err)
{
    if (err)
        memset(err, 0, sizeof *err);
}

enum toil_status toil_error_set(struct toil_error *err, enum toil_status status, const char *fmt, ...)
{
    if (!err)
        return status;
    char text[sizeof err->message];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args); /* first into `text`: the arguments may point into *err */
    va_end(args);
    toil_error_clear(err);
    err->status = status;
    memcpy(err->message, text, sizeof text);
    flatten(err->message);
    return status;
}

void toil_error_hint(struct toil_error *err, const char *fmt, ...)
{
    if (!err)
        return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->hint, sizeof err->hint, fmt, args);
    va_end(args);
}

enum toil_status toil_error_prefix(struct toil_error *err, const char *fmt, ...)
{
    if (!err)
        return TOIL_FATAL;
    char prefix[256], rest[sizeof err->message];
    va_list args;
    va_start(args, fmt);
    vsnprintf(prefix, sizeof prefix, fmt, args);
    va_end(args);
    memcpy(rest, err->message, sizeof rest);
    snprintf(err->message, sizeof err->message, "%.255s: %.760s", prefix, rest);
    flatten(err->message);
    return err->status;
}

const char *toil_status_name(enum toil_status status)
{
    switch (status) {
    case TOIL_OK:
        return "ok";
    case TOIL_RETRY:
        return "retry";
    case TOIL_BAD_INPUT:
        return "bad input";
    case TOIL_FATAL:
        return "fatal";
    }
    return "unknown";
}
