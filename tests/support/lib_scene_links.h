/* The search for links on a scene, and its answer. */
#ifndef LIB_SCENE_LINKS_H
#define LIB_SCENE_LINKS_H

#include "analyzers/stats/links.h"
#include "support/lib_scene.h"

/* Fifty weeks, so many topics of 20 tickets a week at any time, so many sources without events. */
struct test_scene *test_quiet_scene(unsigned long seed, size_t sources, size_t topics);

/* Makes the scene ready, searches it by one thread, and expects of the answer what holds of every one
 * (lib_links_check.h). Owned by the caller. */
struct toil_links test_scene_find_with(struct test_scene *scene, struct toil_link_options options);
struct toil_links test_scene_find(struct test_scene *scene);

bool test_is_listed(const struct toil_links *links, size_t source, size_t topic);
/* The pair must be listed. */
const struct toil_link *test_link_of(const struct toil_links *links, size_t source, size_t topic);
bool test_is_link(const struct toil_links *links, size_t source, size_t topic);

#endif
