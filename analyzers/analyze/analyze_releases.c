/* The code behind analyze_releases.h: one pass with a window of ten minutes that slides over the deployments. */
#include "analyze_releases.h"

#include <stdbool.h>
#include <stdlib.h>

#include "toilmeter/buf.h"

#define NOWHERE SIZE_MAX

struct search {
    const struct toil_deployment *deployment;
    size_t count;
    uint32_t *release_of;
    struct toil_release *release;
    size_t release_count;
    size_t end;         /* the window is [now, end) */
    uint32_t *open;     /* by component: its deployments in the window that are in no release yet */
    size_t distinct;    /* components that have some */
    size_t *same_label; /* the next deployment of another component with the same label, or NOWHERE */
};

static size_t room_for(const struct search *search, uint32_t (*number_of)(const struct toil_deployment *))
{
    size_t room = 0;
    for (size_t i = 0; i < search->count; i++) {
        uint32_t number = number_of(&search->deployment[i]);
        if (number != UINT32_MAX && number >= room)
            room = (size_t)number + 1;
    }
    return room;
}

static uint32_t label_of(const struct toil_deployment *deployment)
{
    return deployment->label;
}

static uint32_t component_of(const struct toil_deployment *deployment)
{
    return deployment->component;
}

/* From the last to the first: of each label the nearest deployment to come, and the nearest of another component than
 * that one's. */
static void find_same_labels(struct search *search)
{
    size_t room = room_for(search, label_of);
    size_t *nearest = toil_xcalloc(2 * room + 1, sizeof *nearest), *other = nearest + room;
    for (size_t label = 0; label < 2 * room; label++)
        nearest[label] = NOWHERE;
    for (size_t i = search->count; i-- > 0;) {
        uint32_t label = search->deployment[i].label;
        search->same_label[i] = NOWHERE;
        if (label == UINT32_MAX)
            continue;
        size_t next = nearest[label];
        if (next != NOWHERE && search->deployment[next].component != search->deployment[i].component)
            other[label] = next;
        search->same_label[i] = other[label];
        nearest[label] = i;
    }
    free(nearest);
}

static void enter(struct search *search, size_t i)
{
    search->distinct += search->open[search->deployment[i].component]++ == 0;
}

static void leave(struct search *search, size_t i)
{
    search->distinct -= --search->open[search->deployment[i].component] == 0;
}

/* Takes what is in no release yet from the window: all of it, or what carries the label of its first deployment. */
static void make_release(struct search *search, size_t first, bool all)
{
    const struct toil_deployment *head = &search->deployment[first];
    struct toil_release *release = &search->release[search->release_count];
    *release = (struct toil_release){head->at_us, head->scope};
    for (size_t i = first; i < search->end; i++) {
        const struct toil_deployment *deployment = &search->deployment[i];
        if (search->release_of[i] != TOIL_NO_RELEASE || (!all && deployment->label != head->label))
            continue;
        search->release_of[i] = (uint32_t)search->release_count;
        leave(search, i);
        if (deployment->scope != release->scope)
            release->scope = UINT32_MAX;
    }
    search->release_count++;
}

size_t toil_releases_find(const struct toil_deployment *deployment, size_t count, uint32_t *release_of,
                          struct toil_release *release)
{
    struct search search = {.deployment = deployment, .count = count, .release_of = release_of, .release = release};
    search.open = toil_xcalloc(room_for(&search, component_of) + 1, sizeof *search.open);
    search.same_label = toil_xcalloc(count + 1, sizeof *search.same_label);
    find_same_labels(&search);
    for (size_t i = 0; i < count; i++)
        release_of[i] = TOIL_NO_RELEASE;
    for (size_t i = 0; i < count; i++) {
        for (; search.end < count && deployment[search.end].at_us - deployment[i].at_us <= TOIL_RELEASE_WINDOW_US;)
            enter(&search, search.end++);
        if (release_of[i] != TOIL_NO_RELEASE)
            continue;
        if (search.distinct >= TOIL_RELEASE_COMPONENTS)
            make_release(&search, i, true);
        else if (search.same_label[i] < search.end)
            make_release(&search, i, false);
        else
            leave(&search, i);
    }
    free(search.open);
    free(search.same_label);
    return search.release_count;
}
