/* The properties of a source as librdkafka takes them. For source.c. */
#ifndef COLLECTOR_SOURCE_CONF_H
#define COLLECTOR_SOURCE_CONF_H

#include <librdkafka/rdkafka.h>

#include "source.h"

/* Without callbacks. *out: owned. TOIL_BAD_INPUT names the property that is refused, never its value. */
enum toil_status source_conf_new(const struct source_options *options, rd_kafka_conf_t **out,
                                 struct toil_error *err) TOIL_MUST_CHECK;

#endif
