/* What every answer of the search for links holds, whatever it was asked. */
#ifndef TESTS_LIB_LINKS_CHECK_H
#define TESTS_LIB_LINKS_CHECK_H

#include "analyzers/stats/links.h"

/* Expects (Criterion) that every number is finite or, where links.h says so, NAN; counts are not below 0; intervals
 * hold their numbers; shares of a ticket sum to at most one; ranges lie in their arrays; order is as promised. */
void test_links_check(const struct toil_link_data *data, const struct toil_links *links);

#endif
