/* A report made by hand, for tests of renderers: every kind of column, every kind of nothing, and texts that try to
 * break out of each format. */
#ifndef TESTS_LIB_MODEL_H
#define TESTS_LIB_MODEL_H

#include "analyzers/render/render.h"

/* Texts of column "name" in rows 0 .. toil_model_name_count - 1, as they were given. */
extern const char *const toil_model_names[];
extern const size_t toil_model_name_count;

struct toil_report *toil_model_new(void);
/* Rendered by name of the format, at a width of 80, without colour. Owned by the caller. */
char *toil_model_render(const struct toil_report *report, const char *format, bool explain);

/* Compares `text` with tests/golden/NAME; with TOIL_RENEW_GOLDEN=1 writes it there instead. Fails the test when they
 * differ, and leaves what came out beside the golden file's name in TMPDIR or /tmp. */
void toil_golden_check(const char *name, const char *text);

#endif
