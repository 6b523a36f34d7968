/* The code behind lib_scene_links.h. */
#include "support/lib_scene_links.h"

#include <criterion/criterion.h>

#include "support/lib_links_check.h"

struct test_scene *test_quiet_scene(unsigned long seed, size_t sources, size_t topics)
{
    struct test_scene *scene = test_scene_new(seed, 50);
    for (size_t s = 0; s < sources; s++)
        test_scene_add_source(scene);
    for (size_t t = 0; t < topics; t++)
        test_scene_ask_at_random(scene, test_scene_add_topic(scene), 20, 0);
    return scene;
}

struct toil_links test_scene_find_with(struct test_scene *scene, struct toil_link_options options)
{
    struct toil_links links;
    test_scene_ready(scene);
    options.threads = 1;
    toil_links_find(&scene->data, &options, &links);
    test_links_check(&scene->data, &links);
    return links;
}

struct toil_links test_scene_find(struct test_scene *scene)
{
    return test_scene_find_with(scene, toil_link_options_default());
}

bool test_is_listed(const struct toil_links *links, size_t source, size_t topic)
{
    for (size_t i = 0; i < links->link_count; i++)
        if (links->link[i].source == source && links->link[i].topic == topic)
            return true;
    return false;
}

const struct toil_link *test_link_of(const struct toil_links *links, size_t source, size_t topic)
{
    size_t i = 0;
    while (i < links->link_count && (links->link[i].source != source || links->link[i].topic != topic))
        i++;
    cr_assert_lt(i, links->link_count, "source %zu and topic %zu are not listed", source, topic);
    return &links->link[i];
}

bool test_is_link(const struct toil_links *links, size_t source, size_t topic)
{
    return test_link_of(links, source, topic)->verdict == TOIL_LINK_ESTABLISHED;
}
