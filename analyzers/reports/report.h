/* The report model: what a report says, free of where it came from (SQL) and of how it is shown (a renderer).
 *
 * A report owns every text and cell in it; all setters copy. Texts become valid UTF-8 on the way in, and numbers that
 * are not finite become null with a reason, so no renderer can print NaN or broken bytes. */
#ifndef TOIL_REPORT_H
#define TOIL_REPORT_H

#include <stdarg.h>

#include "toilmeter/timestamp.h"

#define TOIL_TIME_NONE INT64_MIN /* a time or a day that is not known */

enum toil_column_kind {
    TOIL_COLUMN_TEXT,
    TOIL_COLUMN_COUNT,    /* counted: exact */
    TOIL_COLUMN_NUMBER,   /* calculated, without an interval of its own */
    TOIL_COLUMN_TIME,     /* microseconds since 1970 */
    TOIL_COLUMN_DATE,     /* days since 1970-01-01, a local date */
    TOIL_COLUMN_ESTIMATE, /* a value with its interval and its grade */
    TOIL_COLUMN_LAG,      /* a span of minutes behind an event; in CSV two columns, x_from_minutes and x_to_minutes */
    TOIL_COLUMN_FLAG,     /* yes or no */
    TOIL_COLUMN_LIST,     /* JSON for machines (in CSV as text), a few words for people */
};

struct toil_column {
    const char *key;   /* in JSON and CSV: a contract */
    const char *title; /* for people, without the unit */
    const char *unit;  /* shown with the title; NULL when there is none */
    enum toil_column_kind kind;
    int decimals;              /* NUMBER, ESTIMATE: for people, at most so many */
    unsigned importance;       /* 0 is always shown; where the width lacks, the greatest are left out first */
    unsigned range_importance; /* ESTIMATE: the same of its interval and grade, where greater than importance */
    bool machine;              /* in JSON and CSV only */
    bool people;               /* not in JSON and CSV: others there say the same, exactly */
    bool wrap;                 /* TEXT: sentences, shown whole over several lines where they are long */
    bool sparse;       /* made for some rows only: the cells of others are empty for people, not a dash with a reason */
    bool once;         /* TEXT: people see it in the first only of rows that have it and the first column alike */
    const char *range; /* ESTIMATE: title of the interval; NULL: "95% interval" or "range", as the rows say */
    const char *absent; /* told once to people when no row has a value; NULL: nothing to tell */
};

/* NAN stands for "not known" in every number. A value of NAN needs a why. `level` is the confidence of low and high;
 * NAN when they are a range over settings instead, or a bound. Texts: borrowed when setting, owned when reading. */
struct toil_estimate {
    double value, low, high, level;
    const char *unit;
    const char *grade; /* "A", "B", "C", "none" */
    const char *why;   /* why there is no value, or what limits it; NULL when there is nothing to say */
};

struct toil_report_cell {
    bool null;
    const char *text;   /* TEXT; LIST: the JSON */
    const char *people; /* TEXT, LIST: what people see instead; NULL: the same text, of a LIST nothing */
    union {
        int64_t integer; /* COUNT, TIME, DATE */
        double number;   /* NUMBER */
        bool flag;       /* FLAG */
        struct toil_estimate estimate;
        struct {
            int64_t from_minutes, to_minutes; /* LAG; negative: before the event */
        } lag;
    };
};

enum toil_row_flag {
    TOIL_ROW_PINNED = 1,  /* shown to people however many rows there are */
    TOIL_ROW_TOTAL = 2,   /* set off from the rows above it; implies pinned */
    TOIL_ROW_PEOPLE = 4,  /* not in JSON and CSV; pinned, too: it stands out, as what others sum to within a group */
    TOIL_ROW_MACHINE = 8, /* in JSON and CSV only: it tells people nothing that another row does not */
};

struct toil_row {
    struct toil_report_cell *cell; /* one per column */
    unsigned flags;
    size_t group;  /* rows of a group stand together: a period */
    double weight; /* share of the whole, 0 to 1; NAN when it has no meaning */
};

/* The run that a report was read from, as JSON's frame and the small print show it. */
struct toil_run_frame {
    bool known; /* false: the report is about several runs, or about none */
    int64_t id, seed;
    int64_t analyzed_us, from_us, to_us, watermark_us; /* TOIL_TIME_NONE when null */
    const char *events_json, *parameters_json;         /* JSON objects */
};

struct toil_line {
    const char *label; /* "" when there is none */
    const char *text;
};
struct toil_lines {
    struct toil_line *item;
    size_t count;
};

/* A query as it was run, for --explain. */
struct toil_explained {
    const char *name, *sql;
    const char **param; /* NULL is SQL NULL */
    size_t param_count;
};

struct toil_report {
    const char *name, *question;
    const char *answer; /* one sentence or two, never NULL */
    bool negative;      /* the answer is no, or not established: a command exits 1, with the whole report shown */
    struct toil_run_frame run;
    struct toil_column *column;
    size_t column_count;
    struct toil_row *row;
    size_t row_count;
    struct toil_lines notes, small, arithmetic; /* small print: run, window, how to reproduce */
    struct toil_explained *query;
    size_t query_count;
    struct toil_line block; /* lines to copy, for people: a title, and the text with its line ends; text NULL: none */
    const char *block_language; /* "yaml" */
    struct toil_chart *chart;   /* owned; see chart.h */
    size_t chart_count;
    size_t top;              /* people see so many rows that are not pinned, in each group; 0: all */
    size_t unread;           /* rows that are not there, since nobody was to see them */
    double unread_weight;    /* of them together */
    const char *weight_name; /* what a row's weight is a share of: "the hours" */
    struct toil_text_chunk *texts;
};

struct toil_report *toil_report_new(const char *name, const char *question);
void toil_report_free(struct toil_report *report);
/* A copy that lives as long as the report, made valid UTF-8. NULL gives NULL. */
const char *toil_report_keep(struct toil_report *report, const char *text);
const char *toil_report_keep_format(struct toil_report *report, const char *fmt, va_list args) TOIL_PRINTF(2, 0);

/* Columns come before rows. Returns the column's index. */
size_t toil_report_add_column(struct toil_report *report, const struct toil_column *column);
/* The index of a key; column_count when there is none. */
size_t toil_report_find_column(const struct toil_report *report, const char *key);
/* The cell of a key; one that is null when the report has no such column. */
const struct toil_report_cell *toil_report_cell(const struct toil_report *report, size_t row, const char *key);
/* A column of estimates takes the unit that those of all rows have, "EUR/week"; keeps its own where they differ. */
void toil_report_take_unit(struct toil_report *report, size_t column);
/* Rows that are not added, since only people read the report and they are not among the first: they count as left out.
 * weight: of them together. */
void toil_report_leave_out(struct toil_report *report, size_t count, double weight);
/* A new last row, all null. The setters below fill cells of the last row; the kind must be the column's. */
void toil_report_add_row(struct toil_report *report, unsigned flags, size_t group, double weight);
void toil_report_set_text(struct toil_report *report, size_t column, const char *text); /* NULL: null */
/* The same, shown to people in other words. */
void toil_report_set_named(struct toil_report *report, size_t column, const char *text, const char *people);
void toil_report_set_count(struct toil_report *report, size_t column, int64_t count);
void toil_report_set_number(struct toil_report *report, size_t column, double number); /* not finite: null */
void toil_report_set_time(struct toil_report *report, size_t column, int64_t time_us); /* TOIL_TIME_NONE: null */
void toil_report_set_day(struct toil_report *report, size_t column, int64_t day);      /* TOIL_TIME_NONE: null */
void toil_report_set_estimate(struct toil_report *report, size_t column, const struct toil_estimate *estimate);
void toil_report_set_lag(struct toil_report *report, size_t column, int64_t from_minutes, int64_t to_minutes);
void toil_report_set_flag(struct toil_report *report, size_t column, bool flag);
/* json: a whole JSON value, valid; people: the same for people, or NULL. */
void toil_report_set_list(struct toil_report *report, size_t column, const char *json, const char *people);

void toil_report_answer(struct toil_report *report, const char *fmt, ...) TOIL_PRINTF(2, 3);
void toil_report_note(struct toil_report *report, const char *fmt, ...) TOIL_PRINTF(2, 3);
void toil_report_small(struct toil_report *report, const char *label, const char *fmt, ...) TOIL_PRINTF(3, 4);
/* What people may copy elsewhere, below all else; text: lines without control characters. */
void toil_report_block(struct toil_report *report, const char *title, const char *language, const char *text);
/* A line of --explain: how `label` is calculated. */
void toil_report_arithmetic(struct toil_report *report, const char *label, const char *fmt, ...) TOIL_PRINTF(3, 4);
void toil_report_explain_query(struct toil_report *report, const char *name, const char *sql, const char *const *param,
                               size_t param_count);

/* Which rows people see: shown[row_count] is filled. top: SIZE_MAX takes the report's own. Returns how many are left
 * out, and in *weight the sum of their weights (NAN when unknown). */
size_t toil_report_choose_rows(const struct toil_report *report, size_t top, bool *shown, double *weight);
/* Is there a row that people see? */
bool toil_report_has_table(const struct toil_report *report);
/* Does a row with these flags stand out from the rows of its group? */
bool toil_row_is_part(unsigned flags);
/* Has any row a value in this column? An estimate without one does not count. */
bool toil_report_column_empty(const struct toil_report *report, size_t column);

#endif
