/* What all charts are drawn with: places on a scale, ticks, texts, lines, shapes, the legend. */
#include "svg_parts.h"

#include <math.h>
#include <string.h>

#include "escape.h"
#include "reports/report_numbers.h"

double toil_svg_place(const struct toil_svg_scale *scale, double value)
{
    return scale->from + (value - scale->low) / (scale->high - scale->low) * (scale->to - scale->from);
}

void toil_svg_include(struct toil_svg_scale *scale, double value)
{
    if (!isfinite(value))
        return;
    scale->low = fmin(scale->low, value);
    scale->high = fmax(scale->high, value);
}

/* 1, 2 or 5 times a power of ten that gives about so many steps. */
double toil_svg_step(double range, int steps)
{
    double raw = range / steps, power = pow(10, floor(log10(raw))), part = raw / power;
    return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
}

void toil_svg_text(struct toil_svg_drawing *drawing, double x, double y, const char *anchor, const char *class,
                   const char *text)
{
    toil_buf_printf(drawing->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s%s%s>", x, y, anchor,
                    *class ? " class=\"" : "", class, *class ? "\"" : "");
    toil_html_add_escaped(drawing->out, text);
    toil_buf_add_text(drawing->out, "</text>\n");
}

void toil_svg_line(struct toil_svg_drawing *drawing, double x1, double y1, double x2, double y2, const char *class)
{
    toil_buf_printf(drawing->out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", x1, y1, x2,
                    y2, class);
}

void toil_svg_tick(double value, double step, struct toil_buf *out)
{
    int decimals = step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9);
    toil_number_add(out, fabs(value) < step * 1e-6 ? 0 : value, decimals > 6 ? 6 : decimals);
}

/* Shapes by series: circle, square, diamond, triangle. */
void toil_svg_shape(struct toil_svg_drawing *drawing, double x, double y, size_t colour)
{
    static const char *const shapes[TOIL_SVG_COLOURS] = {"M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z", "M-4 -4H4V4H-4Z",
                                                         "M0 -5L5 0L0 5L-5 0Z", "M0 -5L5 4H-5Z"};
    toil_buf_printf(drawing->out, "<path style=\"fill:var(--c%zu)\" transform=\"translate(%.1f %.1f)\" d=\"%s\"/>\n",
                    colour, x, y, shapes[colour]);
}

void toil_svg_legend(struct toil_svg_drawing *drawing, double y)
{
    const struct toil_chart *chart = drawing->chart;
    double x = TOIL_SVG_LEFT;
    for (size_t s = 0; s < chart->series_count && chart->series_count > 1; s++) {
        const struct toil_chart_series *series = &chart->series[s];
        size_t colour = s % TOIL_SVG_COLOURS;
        if (series->style == TOIL_CHART_POINTS)
            toil_svg_shape(drawing, x + 11, y - 4, colour);
        else if (series->style == TOIL_CHART_BARS)
            toil_buf_printf(drawing->out,
                            "<rect class=\"bar b%zu\" style=\"fill:var(--c%zu)\" x=\"%.1f\" y=\"%.1f\" "
                            "width=\"22\" height=\"10\"/>\n",
                            colour, colour, x, y - 9);
        else
            toil_buf_printf(drawing->out, "<path class=\"line%s\" style=\"stroke:var(--c%zu)\" d=\"M%.1f %.1fh22\"/>\n",
                            series->style == TOIL_CHART_DASHED ? " dash" : "", colour, x, y - 4);
        toil_svg_text(drawing, x + 28, y, "start", "", series->name);
        x += 44 + TOIL_SVG_CHARACTER * (double)strlen(series->name);
    }
    if (*chart->x_title)
        toil_svg_text(drawing, TOIL_SVG_WIDTH - TOIL_SVG_RIGHT, y, "end", "", chart->x_title);
}
