/* The chart model: copies what it is given. */
#include "chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct toil_chart *toil_report_add_chart(struct toil_report *report, const char *title, const char *alternative)
{
    report->chart = toil_xreallocarray(report->chart, report->chart_count + 1, sizeof *report->chart);
    struct toil_chart *chart = &report->chart[report->chart_count++];
    *chart = (struct toil_chart){.title = toil_report_keep(report, title),
                                 .alternative = toil_report_keep(report, alternative),
                                 .x_title = "",
                                 .y_title = ""};
    return chart;
}

void toil_chart_axes(struct toil_report *report, struct toil_chart *chart, enum toil_chart_axis axis,
                     const char *x_title, const char *y_title)
{
    chart->axis = axis;
    chart->x_title = toil_report_keep(report, x_title);
    chart->y_title = toil_report_keep(report, y_title);
}

static double *copy(const double *values, size_t count)
{
    if (!values)
        return NULL;
    double *out = toil_xcalloc(count + 1, sizeof *out);
    memcpy(out, values, count * sizeof *out);
    return out;
}

void toil_chart_add(struct toil_report *report, struct toil_chart *chart, const struct toil_chart_series *series)
{
    size_t count = series->count < TOIL_CHART_MOST_POINTS ? series->count : TOIL_CHART_MOST_POINTS;
    chart->series = toil_xreallocarray(chart->series, chart->series_count + 1, sizeof *chart->series);
    struct toil_chart_series *kept = &chart->series[chart->series_count++];
    *kept = *series;
    kept->name = toil_report_keep(report, series->name);
    kept->count = count;
    kept->x = copy(series->x, count);
    kept->y = copy(series->y, count);
    kept->low = copy(series->low, count);
    kept->high = copy(series->high, count);
    if (!series->label)
        return;
    const char **label = toil_xcalloc(count + 1, sizeof *label);
    for (size_t i = 0; i < count; i++)
        label[i] = toil_report_keep(report, series->label[i]);
    kept->label = label;
}

void toil_chart_mark(struct toil_report *report, struct toil_chart *chart, bool vertical, double at, const char *label)
{
    if (!isfinite(at))
        return;
    chart->mark = toil_xreallocarray(chart->mark, chart->mark_count + 1, sizeof *chart->mark);
    chart->mark[chart->mark_count++] = (struct toil_chart_mark){vertical, at, toil_report_keep(report, label)};
}

void toil_chart_release(struct toil_chart *chart)
{
    for (size_t s = 0; s < chart->series_count; s++) {
        struct toil_chart_series *series = &chart->series[s];
        free((void *)series->x);
        free((void *)series->y);
        free((void *)series->low);
        free((void *)series->high);
        free((void *)series->label);
    }
    free(chart->series);
    free(chart->mark);
}
