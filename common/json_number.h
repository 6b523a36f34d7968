/* Numbers of the JSON scanner; not for others. */
#ifndef TOILMETER_COMMON_JSON_NUMBER_H
#define TOILMETER_COMMON_JSON_NUMBER_H

#include "toilmeter/json_scan.h"

/* Reads the number at *at, which stands on '-' or a digit, into *value, and moves *at behind it. On a fault *at stands
 * on it. */
enum toil_json_fault toil_json_scan_number(const char **at, const char *end, struct toil_json_value *value);

#endif
