/* A joint fit of one topic of a scene, with what the fit borrows; and a count of its columns the slow way. */
#ifndef LIB_FIT_H
#define LIB_FIT_H

#include "analyzers/stats/joint_fit.h"
#include "support/lib_scene.h"

struct test_fit {
    const struct test_scene *scene;
    struct toil_link_clock clock;
    struct toil_joint_source *source; /* all of the scene's, with all bands */
    struct toil_joint *joint;
};

/* None is allowed yet. The scene is borrowed until test_fit_release. */
void test_fit_init(struct test_fit *fit, const struct test_scene *scene, size_t topic);
/* The same with all sources allowed, and fitted. */
void test_fit_all(struct test_fit *fit, const struct test_scene *scene, size_t topic);
void test_fit_release(struct test_fit *fit);

/* What the model says a ticket meets: events of one source in one lag band. An event without a scope counts in every
 * scope (and among tickets of none) by that one's part of the tickets; one with a scope in its scope, but for the part
 * of tickets that have none, which counts there. */
double test_fit_column(const struct test_fit *fit, size_t source, size_t band, size_t ticket);
/* By what sources' columns are weighed in a cell of the clock: its hour's rho, and the level of the time. */
double test_fit_pace(const struct test_fit *fit, size_t cell);
/* Operational hours of a source's band in one week of the window, cell by cell. */
double test_fit_exposure(const struct test_fit *fit, size_t source, size_t band, size_t week);

/* A scene with everything at once: 30 weeks from the middle of an hour on, five sources of different kinds, four
 * scopes, tags, growth, office hours. Ready. */
struct test_scene *test_scene_of_everything(unsigned long seed);

#endif
