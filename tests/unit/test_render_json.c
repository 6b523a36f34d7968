/* JSON: the frame, exact numbers, and null instead of what is no number. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_model.h"

static cJSON *parsed(void)
{
    struct toil_report *report = toil_model_new();
    char *text = toil_model_render(report, "json", true);
    cJSON *root = cJSON_Parse(text);
    cr_assert_not_null(root, "not JSON: %s", text);
    free(text);
    toil_report_free(report);
    return root;
}

Test(render_json, golden)
{
    struct toil_report *report = toil_model_new();
    char *text = toil_model_render(report, "json", true);
    toil_golden_check("model.json", text);
    free(text);
    toil_report_free(report);
}

Test(render_json, frame)
{
    cJSON *root = parsed();
    static const char *const keys[] = {"report", "schema", "run", "answer", "rows", "notes", "explain"};
    const cJSON *at = root->child;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++, at = at->next)
        cr_assert_str_eq(at->string, keys[i]);
    cr_assert_null(at);
    const cJSON *run = cJSON_GetObjectItem(root, "run");
    cr_assert_str_eq(cJSON_GetObjectItem(run, "from")->valuestring, "2025-12-31T23:00:00Z");
    cr_assert(cJSON_IsNull(cJSON_GetObjectItem(run, "watermark")));
    cr_assert(cJSON_IsObject(cJSON_GetObjectItem(run, "events")));
    cr_assert(cJSON_IsNull(cJSON_GetObjectItem(run, "parameters")), "what is not JSON must not be pasted in");
    cJSON_Delete(root);
}

Test(render_json, texts_come_back)
{
    cJSON *root = parsed();
    const cJSON *rows = cJSON_GetObjectItem(root, "rows");
    cr_assert_eq(cJSON_GetArraySize(rows), (int)toil_model_name_count + 1, "the row for people must not be here");
    for (size_t i = 0; i < toil_model_name_count; i++) {
        const char *name = cJSON_GetObjectItem(cJSON_GetArrayItem(rows, (int)i), "name")->valuestring;
        if (strstr(toil_model_names[i], "\xff"))
            cr_assert_str_eq(name, "bad\xef\xbf\xbd\xef\xbf\xbd(utf8");
        else
            cr_assert_str_eq(name, toil_model_names[i]);
    }
    cJSON_Delete(root);
}

Test(render_json, estimates_are_objects_and_never_nan)
{
    cJSON *root = parsed();
    const cJSON *rows = cJSON_GetObjectItem(root, "rows"), *row;
    cJSON_ArrayForEach(row, rows)
    {
        const cJSON *hours = cJSON_GetObjectItem(row, "hours"), *value = cJSON_GetObjectItem(hours, "value");
        cr_assert(cJSON_IsObject(hours));
        cr_assert_not_null(cJSON_GetObjectItem(hours, "unit"));
        if (cJSON_IsNull(value)) {
            cr_assert_str_eq(cJSON_GetObjectItem(hours, "grade")->valuestring, "none");
            cr_assert_not_null(cJSON_GetObjectItem(hours, "why"));
        } else {
            cr_assert(isfinite(value->valuedouble));
        }
        cr_assert_null(cJSON_GetObjectItem(row, "shown"), "a column for people");
    }
    char *text = cJSON_PrintUnformatted(root);
    cr_assert_null(strstr(text, ":nan"));
    cr_assert_null(strstr(text, ":inf"));
    free(text);
    cJSON_Delete(root);
}

Test(render_json, large_integers_keep_every_digit)
{
    struct toil_report *report = toil_model_new();
    char *text = toil_model_render(report, "json", false);
    cr_assert_not_null(strstr(text, "9007199254740993"));
    cr_assert_not_null(strstr(text, "9223372036854775807"));
    cr_assert_not_null(strstr(text, "0.30000000000000004"));
    free(text);
    toil_report_free(report);
}
