/* Reports against the truth: what the comparisons share. Nodes are of truth.json and of the reports' JSON, read by the
 * YAML reader, since JSON is YAML. Each comparison prints what was planted and what was reported, and returns whether
 * the one lies where it must. */
#ifndef TOIL_GEN_CHECK_H
#define TOIL_GEN_CHECK_H

#include "toilmeter/yaml.h"

/* Hours are printed and stored with fewer digits than they have. */
#define GEN_ROUNDING_HOURS 0.05

/* 0 and "" where there is none. */
double gen_number_of(const toil_yaml_node *map, const char *key);
const char *gen_text_of(const toil_yaml_node *map, const char *key);

/* report links: planted links are established with their lag and their tickets, red herrings and all others are not. */
bool gen_check_links(const toil_yaml_node *truth, const toil_yaml_node *rows);
/* report tickets: hidden tickets of planted links, and of no other component. */
bool gen_check_hidden(const toil_yaml_node *truth, const toil_yaml_node *rows);
/* report hours: those that follow the tickets of planted links. */
bool gen_check_followed(const toil_yaml_node *truth, const toil_yaml_node *rows);

#endif
