/* Documents in every format: golden files, numbers that lead to their evidence, texts that try to break out. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/render/document_render.h"
#include "support/lib_model.h"

#define HOSTILE "<script>`a`|*b*{code}\n[x](http://y)\\ @all #1 {{c}} -d-"

static const struct toil_estimate hours = {19.62, 17.14, 22.41, 0.95, "hours/sprint", "A", NULL};
static const struct toil_estimate none = {NAN, NAN, NAN, NAN, "weeks", "none", "the saving's interval reaches zero"};

static struct toil_document *make(const char *subject, const char *text)
{
    struct toil_report *report = toil_report_new("writeup", "What belongs in the backlog?");
    struct toil_document *document = toil_document_new(report, subject);
    toil_report_answer(report, "%s", text);
    size_t of_hours = toil_document_evidence(document, "manual hours a sprint", &hours, "toilmeter report impact TD-1");
    size_t tickets = toil_document_counted(document, text, 1093, "toilmeter report tickets --run 7");
    size_t payback = toil_document_evidence(document, "payback", &none, text);
    toil_document_add(document, TOIL_BLOCK_TITLE, text);
    toil_document_add(document, TOIL_BLOCK_PARAGRAPH, "It costs ");
    toil_document_number(document, of_hours, 1, "hours a sprint");
    toil_document_text(document, " and %s", "");
    toil_document_number(document, tickets, 0, "tickets");
    toil_document_text(document, ". ");
    toil_document_strong(document, text);
    toil_document_add(document, TOIL_BLOCK_HEADING, "Payback");
    toil_document_add(document, TOIL_BLOCK_BULLET, "first: ");
    toil_document_number(document, payback, 0, "");
    toil_document_add(document, TOIL_BLOCK_BULLET, "second: ");
    toil_document_code(document, text);
    toil_document_add(document, TOIL_BLOCK_EVIDENCE, NULL);
    toil_document_add(document, TOIL_BLOCK_CODE, text);
    return document;
}

static char *rendered(const char *format, const char *subject, const char *text)
{
    struct toil_document *document = make(subject, text);
    struct toil_buf out = TOIL_BUF_INIT;
    toil_document_renderer_find(format)->whole(document, &out);
    toil_document_free(document);
    return out.data;
}

Test(document, golden_files)
{
    static const char *const extensions[][2] = {
        {"markdown", "document.md"}, {"html", "document.html"}, {"json", "document.json"}, {"jira", "document.jira"}};
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
        char *text = rendered(extensions[i][0], "TD-1", HOSTILE);
        toil_golden_check(extensions[i][1], text);
        free(text);
    }
}

Test(document, every_number_leads_to_its_evidence)
{
    char *markdown = rendered("markdown", "TD-1", "plain");
    cr_assert_not_null(strstr(markdown, "**19.6 hours a sprint** (17.1\xe2\x80\x93"
                                        "22.4, grade A, [E1](#td-1-e1))"));
    cr_assert_not_null(strstr(markdown, "**1,093 tickets** ([E2](#td-1-e2))"));
    cr_assert_not_null(strstr(markdown, "**not established** (grade none, [E3](#td-1-e3))"));
    char *html = rendered("html", "TD-1", "plain"), *jira = rendered("jira", "TD-1", "plain");
    for (int i = 1; i <= 3; i++) {
        char link[64], target[64];
        snprintf(target, sizeof target, "<a id=\"td-1-e%d\"></a>", i);
        cr_assert_not_null(strstr(markdown, target));
        snprintf(link, sizeof link, "href=\"#td-1-e%d\"", i);
        snprintf(target, sizeof target, "<tr id=\"td-1-e%d\">", i);
        cr_assert(strstr(html, link) && strstr(html, target));
        snprintf(link, sizeof link, "[E%d|#td-1-e%d]", i, i);
        snprintf(target, sizeof target, "{anchor:td-1-e%d}", i);
        cr_assert(strstr(jira, link) && strstr(jira, target));
    }
    free(markdown);
    free(html);
    free(jira);
}

Test(document, hostile_text_stays_text)
{
    char *markdown = rendered("markdown", "a\"><b>", HOSTILE);
    char *html = rendered("html", "a\"><b>", HOSTILE), *jira = rendered("jira", "a\"><b>", HOSTILE);
    cr_assert_null(strstr(html, "<script"));
    cr_assert_null(strstr(html, "a\"><b>"));
    /* In Markdown it stands in code alone as it is: a bullet, a cell and a block. */
    size_t raw = 0, escaped = 0;
    for (const char *at = markdown; (at = strstr(at, "[x](http")) != NULL; at++)
        raw++;
    for (const char *at = markdown; (at = strstr(at, "\\[x\\](http")) != NULL; at++)
        escaped++;
    cr_assert(raw == 3 && escaped == 3, "%zu as it is, %zu escaped", raw, escaped);
    cr_assert_not_null(strstr(markdown, "a---b--e1"), "an anchor of harmless characters");
    size_t fences = 0;
    for (const char *at = jira; (at = strstr(at, "{code")) != NULL; at++)
        fences += at == jira || at[-1] != '\\';
    cr_assert_eq(fences, 2, "a block of code opens and closes once, not %zu", fences);
    free(markdown);
    free(html);
    free(jira);
}

Test(document, json_has_the_frame_the_evidence_and_the_text)
{
    char *text = rendered("json", "TD-1", "plain");
    cJSON *root = cJSON_Parse(text);
    cr_assert_not_null(root);
    const cJSON *rows = cJSON_GetObjectItem(root, "rows"), *sections = cJSON_GetObjectItem(root, "sections");
    cr_assert_eq(cJSON_GetArraySize(rows), 3);
    cr_assert_eq(cJSON_GetArraySize(sections), 2);
    const cJSON *first = cJSON_GetArrayItem(rows, 0), *second = cJSON_GetArrayItem(rows, 1);
    const cJSON *estimate = cJSON_GetObjectItem(first, "estimate");
    cr_assert_float_eq(cJSON_GetObjectItem(estimate, "value")->valuedouble, 19.62, 1e-12);
    cr_assert_eq(cJSON_GetObjectItem(second, "count")->valueint, 1093);
    const cJSON *paragraph = cJSON_GetArrayItem(cJSON_GetObjectItem(cJSON_GetArrayItem(sections, 0), "paragraphs"), 0);
    cr_assert_not_null(strstr(paragraph->valuestring, "grade A, E1)"));
    cr_assert_not_null(strstr(cJSON_GetObjectItem(root, "markdown")->valuestring, "## plain"));
    cJSON_Delete(root);
    free(text);
}
