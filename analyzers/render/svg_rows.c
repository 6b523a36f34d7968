/* Charts of rows: a name, and bars to the right that go on where the one before ends, with the interval of what they
 * come to. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "svg_parts.h"

#define ROW        24.0
#define BAR        14.0
#define NAME_MOST  240.0 /* width of names; longer ones are cut */
#define HEAD       12.0
#define HEAD_MARKS 28.0 /* where a mark has a name to stand above the rows */
#define TICKS      6

static size_t row_count(const struct toil_chart *chart)
{
    return chart->series_count ? chart->series[0].count : 0;
}

static double head_of(const struct toil_chart *chart)
{
    return chart->mark_count ? HEAD_MARKS : HEAD;
}

double toil_svg_rows_height(const struct toil_chart *chart)
{
    return head_of(chart) + ROW * (double)row_count(chart) + TOIL_SVG_BOTTOM;
}

static const char *name_of(const struct toil_chart *chart, size_t row)
{
    const char *const *label = chart->series[0].label;
    return label && label[row] ? label[row] : "";
}

/* Characters, of UTF-8. */
static size_t length_of(const char *name)
{
    size_t length = 0;
    for (; *name; name++)
        length += ((unsigned char)*name & 0xc0) != 0x80;
    return length;
}

static void add_name(struct toil_svg_drawing *drawing, double x, double y, const char *name)
{
    size_t most = (size_t)(NAME_MOST / TOIL_SVG_CHARACTER), bytes = 0;
    struct toil_buf text = TOIL_BUF_INIT;
    if (length_of(name) <= most) {
        toil_svg_text(drawing, x, y, "end", "note", name);
        return;
    }
    for (size_t kept = 0; name[bytes] && kept < most; bytes++)
        kept += ((unsigned char)name[bytes + 1] & 0xc0) != 0x80;
    toil_buf_add_span(&text, (struct toil_span){name, bytes});
    toil_buf_add_text(&text, "\u2026");
    toil_svg_text(drawing, x, y, "end", "note", text.data);
    toil_buf_release(&text);
}

static void set_scale(struct toil_svg_drawing *drawing)
{
    const struct toil_chart *chart = drawing->chart;
    size_t longest = 0;
    drawing->x = (struct toil_svg_scale){0, -INFINITY, 0, TOIL_SVG_WIDTH - TOIL_SVG_RIGHT};
    for (size_t r = 0; r < row_count(chart); r++) {
        double sum = 0;
        size_t length = length_of(name_of(chart, r));
        longest = length > longest ? length : longest;
        for (size_t s = 0; s < chart->series_count; s++) {
            const struct toil_chart_series *series = &chart->series[s];
            if (series->high)
                toil_svg_include(&drawing->x, sum + series->high[r]);
            sum += isfinite(series->y[r]) ? series->y[r] : 0;
            toil_svg_include(&drawing->x, sum);
        }
    }
    for (size_t m = 0; m < chart->mark_count; m++)
        toil_svg_include(&drawing->x, chart->mark[m].at);
    if (!(drawing->x.high > 0))
        drawing->x.high = 1;
    drawing->x.from = fmin(TOIL_SVG_CHARACTER * (double)longest, NAME_MOST) + 20;
    double step = toil_svg_step(drawing->x.high, TICKS);
    drawing->x.high = ceil(drawing->x.high / step - 1e-9) * step;
}

static void draw_axis(struct toil_svg_drawing *drawing, double top, double bottom)
{
    double step = toil_svg_step(drawing->x.high, TICKS);
    for (int i = 0; i * step <= drawing->x.high + step * 1e-6; i++) {
        double at = toil_svg_place(&drawing->x, i * step);
        struct toil_buf text = TOIL_BUF_INIT;
        toil_svg_tick(i * step, step, &text);
        toil_svg_line(drawing, at, top, at, bottom, i == 0 ? "axis" : "grid");
        toil_svg_text(drawing, at, bottom + 16, "middle", "", text.data);
        toil_buf_release(&text);
    }
}

static void draw_row(struct toil_svg_drawing *drawing, size_t row, double middle)
{
    const struct toil_chart *chart = drawing->chart;
    double sum = 0;
    add_name(drawing, drawing->x.from - 8, middle + 4, name_of(chart, row));
    for (size_t s = 0; s < chart->series_count; s++) {
        const struct toil_chart_series *series = &chart->series[s];
        if (!isfinite(series->y[row]))
            continue;
        double from = toil_svg_place(&drawing->x, sum), to = toil_svg_place(&drawing->x, sum + series->y[row]);
        size_t colour = s % TOIL_SVG_COLOURS;
        toil_buf_printf(drawing->out,
                        "<rect class=\"bar b%zu\" style=\"fill:var(--c%zu)\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                        "height=\"%.1f\"/>\n",
                        colour, colour, from, middle - BAR / 2, fmax(to - from, 0.5), BAR);
        if (series->low && series->high && isfinite(series->low[row]) && isfinite(series->high[row]) &&
            series->high[row] > series->low[row])
            toil_svg_line(drawing, toil_svg_place(&drawing->x, fmax(sum + series->low[row], 0)), middle,
                          toil_svg_place(&drawing->x, sum + series->high[row]), middle, "whisker");
        sum += series->y[row];
    }
}

void toil_svg_draw_rows(struct toil_svg_drawing *drawing)
{
    const struct toil_chart *chart = drawing->chart;
    double top = head_of(chart), bottom = top + ROW * (double)row_count(chart);
    set_scale(drawing);
    draw_axis(drawing, top, bottom);
    for (size_t r = 0; r < row_count(chart); r++)
        draw_row(drawing, r, top + ROW * ((double)r + 0.5));
    for (size_t m = 0; m < chart->mark_count; m++) {
        double at = toil_svg_place(&drawing->x, chart->mark[m].at);
        toil_svg_line(drawing, at, top - 6, at, bottom, "mark");
        toil_svg_text(drawing, at, top - 10, "middle", "note", chart->mark[m].label);
    }
    toil_svg_legend(drawing, bottom + TOIL_SVG_BOTTOM - 8);
}
