/* The table of renderers: a new format is a file and a row here. */
#include "render.h"

#include <string.h>

const struct toil_renderer toil_renderers[] = {
    {"text", toil_render_text}, {"markdown", toil_render_markdown}, {"json", toil_render_json},
    {"csv", toil_render_csv},   {"html", toil_render_html},         {NULL, NULL},
};

const char *const toil_format_names[] = {"text", "markdown", "json", "csv", "html", NULL};

const struct toil_renderer *toil_renderer_find(const char *name)
{
    for (const struct toil_renderer *renderer = toil_renderers; renderer->name; renderer++)
        if (strcmp(renderer->name, name) == 0)
            return renderer;
    return NULL;
}
