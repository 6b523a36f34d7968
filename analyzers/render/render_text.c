/* Text for a terminal or a mail: the answer first, then the table, the notes, and the small print. */
#include "render.h"
#include "render_svg.h"

#include <stdlib.h>
#include <string.h>

#define GAP         2  /* blanks between columns */
#define NARROW_TEXT 16 /* a text column shrinks to this before others are left out */
#define WIDEST_TEXT 40 /* and never grows beyond this */
#define LEAST_WIDTH 40
#define DASH        "\xe2\x80\x93"
#define RULE        "\xe2\x94\x80"

enum part { PART_VALUE, PART_RANGE, PART_GRADE };

/* One column on paper: a column of the model, or a part of an estimate. */
struct strip {
    size_t column;
    enum part part;
    const char *title, *unit;
    char room[32];
    bool right;
    bool left_out;
    unsigned importance;
    int decimals; /* most digits after the point in it */
    size_t natural, least, width;
};

struct page {
    const struct toil_report *report;
    const struct toil_render_options *options;
    struct toil_buf *out;
    size_t width;
    struct strip *strip;
    size_t strip_count;
    struct toil_shown *cell; /* [row][column] */
    bool *shown;
    const char **why; /* footnotes, distinct */
    size_t why_count;
};

static void add_blanks(struct toil_buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        toil_buf_add_char(out, ' ');
}

static void begin_style(const struct page *page, const char *style)
{
    if (page->options->colour)
        toil_buf_add_text(page->out, style);
}

static void end_style(const struct page *page)
{
    begin_style(page, "\033[0m");
}

#define BOLD  "\033[1m"
#define FAINT "\033[2m"

/* Words wrapped at the page's width; lines after the first are indented. A word too long for a line stands alone. */
static void add_wrapped(const struct page *page, const char *text, size_t first, size_t indent)
{
    struct toil_buf line = TOIL_BUF_INIT;
    toil_text_add_line(&line, text);
    size_t used = first;
    bool fresh = true;
    for (char *rest = line.data, *word; rest && *rest; rest = word + strlen(word) + 1) {
        word = rest + strspn(rest, " ");
        if (!*word)
            break;
        size_t len = strcspn(word, " ");
        bool last = word[len] == '\0';
        word[len] = '\0';
        size_t width = toil_text_width(word);
        if (!fresh && used + 1 + width > page->width) {
            toil_buf_add_char(page->out, '\n');
            add_blanks(page->out, indent);
            used = indent;
            fresh = true;
        }
        if (!fresh)
            toil_buf_add_char(page->out, ' ');
        toil_buf_add_text(page->out, word);
        used += width + (fresh ? 0 : 1);
        fresh = false;
        if (last)
            break;
    }
    toil_buf_add_char(page->out, '\n');
    toil_buf_release(&line);
}

static struct toil_shown *cell_at(const struct page *page, size_t row, size_t column)
{
    return &page->cell[row * page->report->column_count + column];
}

/* Reasons of the same sort share a footnote: what stands before a colon. The figures behind it are in JSON. */
static size_t footnote(struct page *page, const char *why)
{
    size_t len = strcspn(why, ":");
    for (size_t i = 0; i < page->why_count; i++)
        if (strcspn(page->why[i], ":") == len && strncmp(page->why[i], why, len) == 0)
            return i + 1;
    page->why = toil_xreallocarray(page->why, page->why_count + 1, sizeof *page->why);
    page->why[page->why_count++] = why;
    return page->why_count;
}

static void show_cells(struct page *page)
{
    const struct toil_report *report = page->report;
    page->cell = toil_xcalloc(report->row_count * report->column_count, sizeof *page->cell);
    for (size_t r = 0, previous = SIZE_MAX; r < report->row_count; r++) {
        if (!page->shown[r])
            continue;
        for (size_t c = 0; c < report->column_count; c++)
            toil_row_show(report, r, previous, c, cell_at(page, r, c));
        previous = r;
    }
}

/* What a strip prints in a row. Null numbers are a dash, with a footnote when there is a reason. */
static void add_part(struct page *page, const struct strip *strip, size_t row, struct toil_buf *out)
{
    const struct toil_shown *cell = cell_at(page, row, strip->column);
    if (strip->part == PART_GRADE) {
        toil_buf_add_text(out, cell->grade);
        return;
    }
    const struct toil_buf *text = strip->part == PART_VALUE ? &cell->value : &cell->range;
    if (text->len) {
        toil_text_add_line(out, text->data);
        if (strip->part == PART_VALUE && strip->decimals > 0) {
            size_t has = cell->decimals > 0 ? (size_t)cell->decimals + 1 : 0;
            add_blanks(out, (size_t)strip->decimals + 1 - has);
        }
    } else if (strip->part == PART_VALUE && strip->right && !page->report->column[strip->column].sparse) {
        toil_buf_add_text(out, DASH);
        if (cell->why)
            toil_buf_printf(out, " [%zu]", footnote(page, cell->why));
    }
}

static void measure(struct page *page, struct strip *strip)
{
    for (size_t r = 0; r < page->report->row_count; r++)
        if (page->shown[r] && cell_at(page, r, strip->column)->decimals > strip->decimals)
            strip->decimals = cell_at(page, r, strip->column)->decimals;
    strip->natural = toil_text_width(strip->title);
    if (strip->unit && toil_text_width(strip->unit) > strip->natural)
        strip->natural = toil_text_width(strip->unit);
    strip->least = strip->natural;
    struct toil_buf text = TOIL_BUF_INIT;
    for (size_t r = 0; r < page->report->row_count; r++) {
        if (!page->shown[r])
            continue;
        toil_buf_clear(&text);
        add_part(page, strip, r, &text);
        size_t width = text.len ? toil_text_width(text.data) : 0;
        if (width > strip->natural)
            strip->natural = width;
    }
    toil_buf_release(&text);
    if (!strip->right && strip->natural > WIDEST_TEXT && !page->report->column[strip->column].wrap)
        strip->natural = WIDEST_TEXT;
    if (page->report->column[strip->column].kind != TOIL_COLUMN_TEXT || strip->natural < NARROW_TEXT)
        strip->least = strip->natural;
    else if (strip->least < NARROW_TEXT)
        strip->least = NARROW_TEXT;
}

static bool is_right(enum toil_column_kind kind)
{
    return kind == TOIL_COLUMN_COUNT || kind == TOIL_COLUMN_NUMBER || kind == TOIL_COLUMN_ESTIMATE;
}

static void add_strip(struct page *page, size_t column, enum part part, const char *title)
{
    const struct toil_column *of = &page->report->column[column];
    page->strip = toil_xreallocarray(page->strip, page->strip_count + 1, sizeof *page->strip);
    struct strip *strip = &page->strip[page->strip_count++];
    *strip =
        (struct strip){.column = column,
                       .part = part,
                       .title = title,
                       .right = is_right(of->kind) && part != PART_GRADE,
                       .importance = part != PART_VALUE && of->range_importance > of->importance ? of->range_importance
                                                                                                 : of->importance};
    if (part == PART_VALUE && of->unit && strcmp(of->unit, of->title) != 0)
        strip->unit = of->unit;
}

static void plan_strips(struct page *page)
{
    const struct toil_report *report = page->report;
    for (size_t c = 0; c < report->column_count; c++) {
        if (report->column[c].machine || (report->row_count && toil_report_column_empty(report, c)))
            continue;
        add_strip(page, c, PART_VALUE, report->column[c].title);
        if (report->column[c].kind != TOIL_COLUMN_ESTIMATE)
            continue;
        char room[32];
        const char *range = toil_column_range_title(report, c, room);
        if (range)
            add_strip(page, c, PART_RANGE, range);
        add_strip(page, c, PART_GRADE, "grade");
    }
    for (size_t i = 0; i < page->strip_count; i++) {
        struct strip *strip = &page->strip[i];
        if (strip->part == PART_RANGE) /* again, into memory that stays */
            strip->title = toil_column_range_title(report, strip->column, strip->room);
        measure(page, strip);
    }
}

static size_t least_sum(const struct page *page)
{
    size_t sum = 0, count = 0;
    for (size_t i = 0; i < page->strip_count; i++)
        if (!page->strip[i].left_out) {
            sum += page->strip[i].least;
            count++;
        }
    return sum + (count ? (count - 1) * GAP : 0);
}

static bool is_left_out(const struct page *page, unsigned importance)
{
    for (size_t i = 0; i < page->strip_count; i++)
        if (page->strip[i].importance == importance && page->strip[i].left_out)
            return true;
    return false;
}

static void leave_out(struct page *page, unsigned importance, bool left_out)
{
    for (size_t i = 0; i < page->strip_count; i++)
        if (page->strip[i].importance == importance)
            page->strip[i].left_out = left_out;
}

/* Leaves out what matters least until the rest fits. What matters less than a wide column but is narrow may fit in its
 * place. */
static void choose_strips(struct page *page)
{
    unsigned first = 0;
    while (least_sum(page) > page->width) {
        unsigned least_important = 0;
        for (size_t i = 0; i < page->strip_count; i++)
            if (!page->strip[i].left_out && page->strip[i].importance > least_important)
                least_important = page->strip[i].importance;
        if (least_important == 0)
            return;
        first = first > least_important ? first : least_important;
        leave_out(page, least_important, true);
    }
    for (unsigned importance = 1; importance <= first; importance++) {
        bool was = is_left_out(page, importance);
        leave_out(page, importance, false);
        if (was && least_sum(page) > page->width)
            leave_out(page, importance, true);
    }
}

/* Gives what the chosen columns leave over to those of text. */
static void fit_strips(struct page *page)
{
    choose_strips(page);
    size_t sum = least_sum(page), over = sum < page->width ? page->width - sum : 0;
    for (size_t i = 0; i < page->strip_count; i++) {
        struct strip *strip = &page->strip[i];
        size_t more = strip->natural - strip->least;
        if (strip->left_out)
            continue;
        more = more < over ? more : over;
        strip->width = strip->least + more;
        over -= more;
    }
}

static void trim_line(struct toil_buf *out)
{
    while (out->len && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
    toil_buf_add_char(out, '\n');
}

/* Right-aligned numbers that hold a decimal point are padded inside, so the title ends where the digits may end. */
static void add_aligned(struct toil_buf *out, const char *text, const struct strip *strip)
{
    size_t width = toil_text_width(text);
    if (strip->right && width < strip->width)
        add_blanks(out, strip->width - width);
    size_t used = toil_text_add_cut(out, text, strip->width);
    if (!strip->right)
        add_blanks(out, strip->width - used);
}

static void add_title_line(struct page *page, bool units)
{
    bool first = true;
    for (size_t i = 0; i < page->strip_count; i++) {
        const struct strip *strip = &page->strip[i];
        if (strip->left_out)
            continue;
        add_blanks(page->out, first ? 0 : GAP);
        const char *text = units ? strip->unit : strip->title;
        add_aligned(page->out, text ? text : "", strip);
        first = false;
    }
    trim_line(page->out);
}

static void add_rule(struct page *page)
{
    bool first = true;
    for (size_t i = 0; i < page->strip_count; i++) {
        if (page->strip[i].left_out)
            continue;
        add_blanks(page->out, first ? 0 : GAP);
        for (size_t w = 0; w < page->strip[i].width; w++)
            toil_buf_add_text(page->out, RULE);
        first = false;
    }
    trim_line(page->out);
}

/* Bytes of `text` that fit into `width` columns without cutting a word, unless the first word alone is longer: then
 * all of it, and the caller cuts. */
static size_t fitting(const char *text, size_t width)
{
    size_t fits = 0;
    for (size_t at = strspn(text, " "); text[at]; at += strspn(text + at, " ")) {
        at += strcspn(text + at, " ");
        char *part = toil_xstrndup(text, at);
        bool too_wide = toil_text_width(part) > width;
        free(part);
        if (too_wide && fits > 0)
            break;
        fits = at;
        if (too_wide)
            break;
    }
    return fits;
}

/* The strip's part of one line of a row; true when there is more of it for a next line. */
static bool add_piece(struct page *page, const struct strip *strip, struct toil_buf *rest)
{
    if (!page->report->column[strip->column].wrap || !rest->len) {
        add_aligned(page->out, rest->len ? rest->data : "", strip);
        toil_buf_clear(rest);
        return false;
    }
    size_t take = fitting(rest->data, strip->width);
    char *piece = toil_xstrndup(rest->data, take);
    char *left = toil_xstrdup(rest->data + take + strspn(rest->data + take, " "));
    add_aligned(page->out, piece, strip);
    toil_buf_clear(rest);
    toil_buf_add_text(rest, left);
    free(piece);
    free(left);
    return rest->len > 0;
}

static void add_row(struct page *page, size_t row)
{
    struct toil_buf *rest = toil_xcalloc(page->strip_count, sizeof *rest);
    for (size_t i = 0; i < page->strip_count; i++)
        if (!page->strip[i].left_out)
            add_part(page, &page->strip[i], row, &rest[i]);
    for (bool more = true; more;) {
        more = false;
        bool first = true;
        for (size_t i = 0; i < page->strip_count; i++) {
            if (page->strip[i].left_out)
                continue;
            add_blanks(page->out, first ? 0 : GAP);
            more = add_piece(page, &page->strip[i], &rest[i]) || more;
            first = false;
        }
        trim_line(page->out);
    }
    for (size_t i = 0; i < page->strip_count; i++)
        toil_buf_release(&rest[i]);
    free(rest);
}

static void add_header(struct page *page)
{
    bool units = false;
    for (size_t i = 0; i < page->strip_count; i++)
        units = units || (!page->strip[i].left_out && page->strip[i].unit);
    begin_style(page, BOLD);
    add_title_line(page, false);
    if (units)
        add_title_line(page, true);
    end_style(page);
    add_rule(page);
}

static void add_rows(struct page *page)
{
    const struct toil_report *report = page->report;
    size_t previous = SIZE_MAX;
    for (size_t r = 0; r < report->row_count; r++) {
        if (!page->shown[r])
            continue;
        bool total = report->row[r].flags & TOIL_ROW_TOTAL;
        bool after_total = previous != SIZE_MAX && (report->row[previous].flags & TOIL_ROW_TOTAL);
        if (previous != SIZE_MAX && report->row[r].group != report->row[previous].group && !total)
            toil_buf_add_char(page->out, '\n');
        if (total && previous != SIZE_MAX && !after_total)
            add_rule(page);
        add_row(page, r);
        previous = r;
    }
}

static void add_bullet(struct page *page, const char *bullet, const char *text)
{
    toil_buf_add_text(page->out, bullet);
    add_wrapped(page, text, toil_text_width(bullet), toil_text_width(bullet));
}

/* Columns without any value: said once below the table instead of a column of dashes. */
static void add_absent(struct page *page)
{
    const struct toil_report *report = page->report;
    for (size_t c = 0; c < report->column_count && report->row_count; c++)
        if (!report->column[c].machine && report->column[c].absent && toil_report_column_empty(report, c))
            add_bullet(page, "- ", report->column[c].absent);
}

static void add_left_out_columns(struct page *page)
{
    struct toil_buf text = TOIL_BUF_INIT;
    for (size_t i = 0; i < page->strip_count; i++) {
        if (!page->strip[i].left_out || page->strip[i].part != PART_VALUE)
            continue;
        toil_buf_add_text(&text, text.len ? ", " : "Left out at this width: ");
        toil_buf_add_text(&text, page->strip[i].title);
    }
    if (text.len) {
        toil_buf_add_text(&text, ". A wider terminal, --width, or another format shows them.");
        add_bullet(page, "- ", text.data);
    }
    toil_buf_release(&text);
}

static void add_remarks(struct page *page, size_t left_out, double weight)
{
    struct toil_buf text = TOIL_BUF_INIT;
    size_t before = page->out->len;
    for (size_t i = 0; i < page->why_count; i++) {
        toil_buf_clear(&text);
        toil_buf_printf(&text, "[%zu] ", i + 1);
        char *sort = toil_xstrndup(page->why[i], strcspn(page->why[i], ":"));
        add_bullet(page, text.data, sort);
        free(sort);
    }
    toil_buf_clear(&text);
    toil_left_out_add(&text, page->report, left_out, weight);
    if (text.len)
        add_bullet(page, "- ", text.data);
    add_absent(page);
    for (size_t i = 0; i < page->report->notes.count; i++)
        add_bullet(page, "- ", page->report->notes.item[i].text);
    add_left_out_columns(page);
    if (page->out->len > before && page->report->small.count)
        toil_buf_add_char(page->out, '\n');
    toil_buf_release(&text);
}

static void add_lines(struct page *page, const struct toil_lines *lines)
{
    size_t widest = 0;
    for (size_t i = 0; i < lines->count; i++) {
        size_t width = toil_text_width(lines->item[i].label);
        widest = width > widest ? width : widest;
    }
    for (size_t i = 0; i < lines->count; i++) {
        size_t width = toil_text_width(lines->item[i].label);
        toil_text_add_line(page->out, lines->item[i].label);
        add_blanks(page->out, widest - width + GAP);
        add_wrapped(page, lines->item[i].text, widest + GAP, widest + GAP);
    }
}

static void add_small_print(struct page *page)
{
    if (page->report->small.count == 0)
        return;
    begin_style(page, FAINT);
    add_lines(page, &page->report->small);
    end_style(page);
}

/* SQL and blocks keep their lines; what is left of control characters becomes blanks. */
static void add_verbatim(struct page *page, const char *indent, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        char *line = toil_xstrndup(text, len);
        toil_buf_add_text(page->out, indent);
        toil_text_add_line(page->out, line);
        trim_line(page->out);
        free(line);
        text += len + (text[len] == '\n');
    }
}

/* Without an indent: it is there to be copied. */
static void add_block(struct page *page)
{
    const struct toil_line *block = &page->report->block;
    if (!block->text)
        return;
    toil_buf_add_char(page->out, '\n');
    add_wrapped(page, block->label, 0, 0);
    toil_buf_add_char(page->out, '\n');
    add_verbatim(page, "", block->text);
}

static void add_explanation(struct page *page)
{
    const struct toil_report *report = page->report;
    toil_buf_add_text(page->out, "\nHow the numbers are calculated\n\n");
    add_lines(page, &report->arithmetic);
    for (size_t i = 0; i < report->query_count; i++) {
        const struct toil_explained *query = &report->query[i];
        toil_buf_printf(page->out, "\nQuery %s, with\n", query->name);
        for (size_t p = 0; p < query->param_count; p++) {
            toil_buf_printf(page->out, "    $%zu = ", p + 1);
            toil_text_add_line(page->out, query->param[p] ? query->param[p] : "null");
            toil_buf_add_char(page->out, '\n');
        }
        toil_buf_add_char(page->out, '\n');
        add_verbatim(page, "    ", query->sql);
    }
}

static void release_page(struct page *page)
{
    for (size_t i = 0; i < page->report->row_count * page->report->column_count; i++)
        toil_shown_release(&page->cell[i]);
    free(page->cell);
    free(page->strip);
    free(page->shown);
    free(page->why);
}

/* What a chart draws first as a line of bars, where it is a series that fits. */
static void add_charts(struct page *page)
{
    for (size_t i = 0; i < page->report->chart_count; i++) {
        const struct toil_chart *chart = &page->report->chart[i];
        struct toil_buf bars = TOIL_BUF_INIT;
        toil_sparkline_add(&bars, chart);
        if (bars.len && toil_text_width(bars.data) <= page->width) {
            toil_buf_add_char(page->out, '\n');
            add_wrapped(page, chart->title, 0, 0);
            toil_buf_printf(page->out, "%s\n", bars.data);
        }
        toil_buf_release(&bars);
    }
}

void toil_render_text(const struct toil_report *report, const struct toil_render_options *options, struct toil_buf *out)
{
    struct page page = {.report = report, .options = options, .out = out};
    page.width = options->width < LEAST_WIDTH ? LEAST_WIDTH : (size_t)options->width;
    page.shown = toil_xcalloc(report->row_count, sizeof *page.shown);
    double weight;
    size_t left_out = toil_report_choose_rows(report, options->top, page.shown, &weight);
    show_cells(&page);
    begin_style(&page, BOLD);
    add_wrapped(&page, report->answer, 0, 0);
    end_style(&page);
    add_charts(&page);
    if (toil_report_has_table(report)) {
        toil_buf_add_char(out, '\n');
        plan_strips(&page);
        fit_strips(&page);
        page.why_count = 0; /* only those of the columns that are shown */
        add_header(&page);
        add_rows(&page);
    }
    size_t before = out->len;
    toil_buf_add_char(out, '\n');
    add_remarks(&page, left_out, weight);
    add_small_print(&page);
    if (out->len == before + 1) /* nothing followed */
        out->data[--out->len] = '\0';
    add_block(&page);
    if (options->explain)
        add_explanation(&page);
    release_page(&page);
}
