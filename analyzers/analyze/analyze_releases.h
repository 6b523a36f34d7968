/* Which deployments are one release of several components. Pure.
 *
 * What a release of many components at once causes is told to none of them alone: they would stand together in every
 * statistic, and the blame would fall on whichever comes first. So deployments within ten minutes of the first of them
 * are one shared release when they are of three components or more, or of two or more that carry the same version
 * label. A deployment of one component, repeated or not, stands alone. */
#ifndef TOIL_ANALYZE_RELEASES_H
#define TOIL_ANALYZE_RELEASES_H

#include <stddef.h>
#include <stdint.h>

#define TOIL_RELEASE_WINDOW_US  INT64_C(600000000) /* ten minutes, both ends included */
#define TOIL_RELEASE_COMPONENTS 3                  /* so many make a release whatever their labels */
#define TOIL_NO_RELEASE         UINT32_MAX

/* Components, scopes and labels are the caller's numbers, given out from 0 on without gaps. */
struct toil_deployment {
    int64_t at_us;
    uint32_t component;
    uint32_t scope, label; /* UINT32_MAX when there is none */
};

struct toil_release {
    int64_t at_us;  /* of its first deployment */
    uint32_t scope; /* that of all its deployments; UINT32_MAX when they differ */
};

/* deployment: ascending by time. Writes to release_of[count] which release each belongs to, or TOIL_NO_RELEASE, and to
 * release[count / 2] the releases, ascending by time. Returns how many there are. */
size_t toil_releases_find(const struct toil_deployment *deployment, size_t count, uint32_t *release_of,
                          struct toil_release *release);

#endif
