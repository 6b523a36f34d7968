/* Draws charts over a plane of two axes: scales and ticks first, then bands, lines, points, marks, labels. */
#include "render_svg.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "reports/report_numbers.h"
#include "svg_parts.h"

#define X_TICKS 7

/* Okabe and Ito (2008), "Color universal design": told apart by all common kinds of colour vision. */
const char toil_svg_style[] =
    ":root{--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7}"
    "@media (prefers-color-scheme:dark){:root{--c0:#56b4e9;--c1:#e69f00;--c2:#2fc796;--c3:#e5a3c9}}"
    "figure{margin:1.5rem 0;max-width:48rem;overflow-x:auto}figcaption{font-weight:600;margin-bottom:.3rem}"
    "figure p{color:var(--faint);font-size:.85em;margin:.2rem 0 0}"
    "svg{width:100%;min-width:30rem;height:auto;display:block}svg text{font:12px "
    "system-ui,sans-serif;fill:var(--faint)}"
    "svg .grid{stroke:var(--line);stroke-width:1}svg .axis{stroke:var(--faint);stroke-width:1}"
    "svg .mark{stroke:var(--ink);stroke-width:1;stroke-dasharray:2 3}svg .note{fill:var(--ink)}"
    "svg .dash{stroke-dasharray:7 4}svg .line{fill:none;stroke-width:2}svg .band{stroke:none;opacity:.18}"
    "svg .bar{opacity:.75}svg .b1{opacity:.5}svg .whisker{stroke:var(--ink);stroke-width:1.5}"
    "@media print{figure{break-inside:avoid}}";

static void set_scales(struct toil_svg_drawing *drawing)
{
    const struct toil_chart *chart = drawing->chart;
    drawing->x = (struct toil_svg_scale){INFINITY, -INFINITY, TOIL_SVG_LEFT, TOIL_SVG_WIDTH - TOIL_SVG_RIGHT};
    drawing->y = (struct toil_svg_scale){0, -INFINITY, TOIL_SVG_HEIGHT - TOIL_SVG_BOTTOM, TOIL_SVG_TOP};
    for (size_t s = 0; s < chart->series_count; s++) {
        const struct toil_chart_series *series = &chart->series[s];
        for (size_t i = 0; i < series->count; i++) {
            if (!isfinite(series->x[i]) || !isfinite(series->y[i]))
                continue;
            double half =
                series->style == TOIL_CHART_BARS && series->count > 1 ? fabs(series->x[1] - series->x[0]) / 2 : 0;
            toil_svg_include(&drawing->x, series->x[i] - half);
            toil_svg_include(&drawing->x, series->x[i] + half);
            toil_svg_include(&drawing->y, series->y[i]);
            if (series->low)
                toil_svg_include(&drawing->y, series->low[i]);
            if (series->high)
                toil_svg_include(&drawing->y, series->high[i]);
        }
    }
    for (size_t m = 0; m < chart->mark_count; m++)
        toil_svg_include(chart->mark[m].vertical ? &drawing->x : &drawing->y, chart->mark[m].at);
    if (!(drawing->x.low <= drawing->x.high))
        drawing->x.low = 0, drawing->x.high = 1;
    if (!(drawing->y.high > drawing->y.low))
        drawing->y.high = drawing->y.low + 1;
    if (chart->axis == TOIL_CHART_NUMBER)
        drawing->x.low = fmin(drawing->x.low, 0);
    double margin = chart->axis == TOIL_CHART_NUMBER ? 0.08 * (drawing->x.high - drawing->x.low) : 4;
    drawing->x.high += margin > 0 ? margin : 1;
    drawing->x.low -= chart->axis == TOIL_CHART_DATE ? margin : 0;
    double step = toil_svg_step(drawing->y.high - drawing->y.low, TOIL_SVG_Y_TICKS);
    drawing->y.high = ceil(drawing->y.high / step) * step;
    drawing->y.low = floor(drawing->y.low / step) * step;
}

static void draw_y_axis(struct toil_svg_drawing *drawing)
{
    double step = toil_svg_step(drawing->y.high - drawing->y.low, TOIL_SVG_Y_TICKS);
    for (int i = 0; drawing->y.low + i * step <= drawing->y.high + step * 1e-6; i++) {
        double value = drawing->y.low + i * step, at = toil_svg_place(&drawing->y, value);
        struct toil_buf text = TOIL_BUF_INIT;
        toil_svg_tick(value, step, &text);
        toil_svg_line(drawing, TOIL_SVG_LEFT, at, TOIL_SVG_WIDTH - TOIL_SVG_RIGHT, at,
                      fabs(value) < step * 1e-6 ? "axis" : "grid");
        toil_svg_text(drawing, TOIL_SVG_LEFT - 8, at + 4, "end", "", text.data);
        toil_buf_release(&text);
    }
    toil_svg_text(drawing, 4, 14, "start", "", drawing->chart->y_title);
}

static void draw_number_axis(struct toil_svg_drawing *drawing)
{
    double step = toil_svg_step(drawing->x.high - drawing->x.low, X_TICKS);
    double first = ceil(drawing->x.low / step) * step;
    for (int i = 0; first + i * step <= drawing->x.high + step * 1e-6; i++) {
        double value = first + i * step, at = toil_svg_place(&drawing->x, value);
        struct toil_buf text = TOIL_BUF_INIT;
        toil_svg_tick(value, step, &text);
        toil_svg_line(drawing, at, TOIL_SVG_HEIGHT - TOIL_SVG_BOTTOM, at, TOIL_SVG_HEIGHT - TOIL_SVG_BOTTOM + 5,
                      "axis");
        toil_svg_text(drawing, at, TOIL_SVG_HEIGHT - TOIL_SVG_BOTTOM + 20, "middle", "", text.data);
        toil_buf_release(&text);
    }
}

/* First days of months, every so many that the names have room. */
static void draw_date_axis(struct toil_svg_drawing *drawing)
{
    double months = (drawing->x.high - drawing->x.low) / 30.4375;
    static const int steps[] = {1, 2, 3, 6, 12, 24, 60, 120};
    size_t s = 0;
    while (s + 1 < sizeof steps / sizeof steps[0] && months / steps[s] > X_TICKS + 2)
        s++;
    int64_t year;
    unsigned month, day;
    toil_civil_from_days((int64_t)ceil(drawing->x.low), &year, &month, &day);
    for (int64_t at = year * 12 + (month - 1); at < year * 12 + 12 * 400; at++) {
        double value = (double)toil_days_from_civil(at / 12, (unsigned)(at % 12) + 1, 1);
        char text[32];
        if (at % steps[s] != 0 || value < drawing->x.low)
            continue;
        if (value > drawing->x.high)
            break;
        snprintf(text, sizeof text, "%04d-%02d", (int)(at / 12), (int)(at % 12) + 1);
        toil_svg_line(drawing, toil_svg_place(&drawing->x, value), TOIL_SVG_HEIGHT - TOIL_SVG_BOTTOM,
                      toil_svg_place(&drawing->x, value), TOIL_SVG_HEIGHT - TOIL_SVG_BOTTOM + 5, "axis");
        toil_svg_text(drawing, toil_svg_place(&drawing->x, value), TOIL_SVG_HEIGHT - TOIL_SVG_BOTTOM + 20, "middle", "",
                      text);
    }
}

static bool known(const struct toil_chart_series *series, size_t i)
{
    return isfinite(series->x[i]) && isfinite(series->y[i]);
}

static void draw_band(struct toil_svg_drawing *drawing, const struct toil_chart_series *series, size_t colour)
{
    struct toil_buf *out = drawing->out;
    for (size_t begin = 0, end; begin < series->count; begin = end + 1) {
        for (end = begin;
             end < series->count && known(series, end) && isfinite(series->low[end]) && isfinite(series->high[end]);)
            end++;
        if (end - begin < 2)
            continue;
        toil_buf_printf(out, "<path class=\"band\" style=\"fill:var(--c%zu)\" d=\"M", colour);
        for (size_t i = begin; i < end; i++)
            toil_buf_printf(out, "%s%.1f %.1f", i > begin ? "L" : "", toil_svg_place(&drawing->x, series->x[i]),
                            toil_svg_place(&drawing->y, series->high[i]));
        for (size_t i = end; i-- > begin;)
            toil_buf_printf(out, "L%.1f %.1f", toil_svg_place(&drawing->x, series->x[i]),
                            toil_svg_place(&drawing->y, series->low[i]));
        toil_buf_add_text(out, "Z\"/>\n");
    }
}

static void draw_line(struct toil_svg_drawing *drawing, const struct toil_chart_series *series, size_t colour)
{
    bool begun = false, drawn = false;
    toil_buf_printf(drawing->out, "<path class=\"line%s\" style=\"stroke:var(--c%zu)\" d=\"",
                    series->style == TOIL_CHART_DASHED ? " dash" : "", colour);
    for (size_t i = 0; i < series->count; i++) {
        if (known(series, i)) {
            toil_buf_printf(drawing->out, "%s%.1f %.1f", begun ? "L" : "M", toil_svg_place(&drawing->x, series->x[i]),
                            toil_svg_place(&drawing->y, series->y[i]));
            drawn = true;
        }
        begun = known(series, i);
    }
    toil_buf_printf(drawing->out, "%s\"/>\n", drawn ? "" : "M0 0");
}

static void draw_bars(struct toil_svg_drawing *drawing, const struct toil_chart_series *series, size_t colour)
{
    double width = series->count > 1 ? (drawing->x.to - drawing->x.from) / (double)series->count * 0.7 : 24;
    double zero = toil_svg_place(&drawing->y, 0);
    for (size_t i = 0; i < series->count; i++) {
        if (!known(series, i))
            continue;
        double x = toil_svg_place(&drawing->x, series->x[i]), y = toil_svg_place(&drawing->y, series->y[i]);
        toil_buf_printf(
            drawing->out,
            "<rect class=\"bar\" style=\"fill:var(--c%zu)\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
            colour, x - width / 2, fmin(y, zero), width, fabs(zero - y));
    }
}

static void draw_points(struct toil_svg_drawing *drawing, const struct toil_chart_series *series, size_t colour)
{
    for (size_t i = 0; i < series->count; i++) {
        if (!known(series, i))
            continue;
        double x = toil_svg_place(&drawing->x, series->x[i]), y = toil_svg_place(&drawing->y, series->y[i]);
        if (series->low && series->high && isfinite(series->low[i]) && isfinite(series->high[i]))
            toil_svg_line(drawing, x, toil_svg_place(&drawing->y, series->low[i]), x,
                          toil_svg_place(&drawing->y, series->high[i]), "axis");
        toil_svg_shape(drawing, x, y, colour);
        if (!series->label || !series->label[i])
            continue;
        bool right = x + 12 + TOIL_SVG_CHARACTER * (double)strlen(series->label[i]) < TOIL_SVG_WIDTH;
        toil_svg_text(drawing, right ? x + 9 : x - 9, y - 6, right ? "start" : "end", "note", series->label[i]);
    }
}

static void draw_series(struct toil_svg_drawing *drawing)
{
    const struct toil_chart *chart = drawing->chart;
    for (size_t s = 0; s < chart->series_count; s++) {
        const struct toil_chart_series *series = &chart->series[s];
        bool line = series->style == TOIL_CHART_LINE || series->style == TOIL_CHART_DASHED;
        if (line && series->low && series->high)
            draw_band(drawing, series, s % TOIL_SVG_COLOURS);
    }
    for (size_t s = 0; s < chart->series_count; s++) {
        const struct toil_chart_series *series = &chart->series[s];
        if (series->style == TOIL_CHART_BARS)
            draw_bars(drawing, series, s % TOIL_SVG_COLOURS);
        else if (series->style == TOIL_CHART_POINTS)
            draw_points(drawing, series, s % TOIL_SVG_COLOURS);
        else
            draw_line(drawing, series, s % TOIL_SVG_COLOURS);
    }
}

static void draw_marks(struct toil_svg_drawing *drawing)
{
    const struct toil_chart *chart = drawing->chart;
    for (size_t m = 0; m < chart->mark_count; m++) {
        const struct toil_chart_mark *mark = &chart->mark[m];
        if (mark->vertical) {
            double x = toil_svg_place(&drawing->x, mark->at);
            bool right = x + 8 + TOIL_SVG_CHARACTER * (double)strlen(mark->label) < TOIL_SVG_WIDTH;
            toil_svg_line(drawing, x, TOIL_SVG_TOP - 4, x, TOIL_SVG_HEIGHT - TOIL_SVG_BOTTOM, "mark");
            toil_svg_text(drawing, right ? x + 4 : x - 4, TOIL_SVG_TOP + 6 + 15 * (double)(m % 2),
                          right ? "start" : "end", "note", mark->label);
        } else {
            double y = toil_svg_place(&drawing->y, mark->at);
            toil_svg_line(drawing, TOIL_SVG_LEFT, y, TOIL_SVG_WIDTH - TOIL_SVG_RIGHT, y, "mark");
            toil_svg_text(drawing, TOIL_SVG_LEFT + 14, y - 5, "start", "note", mark->label);
        }
    }
}

static void draw_plane(struct toil_svg_drawing *drawing)
{
    draw_y_axis(drawing);
    if (drawing->chart->axis == TOIL_CHART_DATE)
        draw_date_axis(drawing);
    else
        draw_number_axis(drawing);
    draw_series(drawing);
    draw_marks(drawing);
    toil_svg_legend(drawing, TOIL_SVG_HEIGHT - 8);
}

void toil_svg_add_figure(struct toil_buf *out, const struct toil_chart *chart, const char *id)
{
    struct toil_svg_drawing drawing = {.chart = chart, .out = out};
    bool rows = chart->axis == TOIL_CHART_ROWS;
    double height = rows ? toil_svg_rows_height(chart) : TOIL_SVG_HEIGHT;
    if (!rows)
        set_scales(&drawing);
    toil_buf_add_text(out, "<figure><figcaption>");
    toil_html_add_escaped(out, chart->title);
    toil_buf_printf(out,
                    "</figcaption>\n<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-labelledby=\"%s-t %s-d\">\n"
                    "<title id=\"%s-t\">",
                    TOIL_SVG_WIDTH, height, id, id, id);
    toil_html_add_escaped(out, chart->title);
    toil_buf_printf(out, "</title><desc id=\"%s-d\">", id);
    toil_html_add_escaped(out, chart->alternative);
    toil_buf_add_text(out, "</desc>\n");
    if (rows)
        toil_svg_draw_rows(&drawing);
    else
        draw_plane(&drawing);
    toil_buf_add_text(out, "</svg>\n<p>");
    toil_html_add_escaped(out, chart->alternative);
    toil_buf_add_text(out, "</p></figure>\n");
}

void toil_sparkline_add(struct toil_buf *out, const struct toil_chart *chart)
{
    const struct toil_chart_series *series = chart->series;
    if (chart->series_count == 0 || chart->axis == TOIL_CHART_ROWS)
        return;
    static const char *const heights[] = {"\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83", "\xe2\x96\x84",
                                          "\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88"};
    double high = 0;
    for (size_t i = 0; i < series->count; i++) {
        if (i > 0 && !(series->x[i] > series->x[i - 1]))
            return;
        high = isfinite(series->y[i]) ? fmax(high, series->y[i]) : high;
    }
    for (size_t i = 0; i < series->count && series->count >= 4 && high > 0; i++) {
        if (isfinite(series->y[i]))
            toil_buf_add_text(out, heights[(size_t)fmin(fmax(series->y[i], 0) / high * 8, 7)]);
        else
            toil_buf_add_char(out, ' ');
    }
}
