/* toilmeter doctor: looks at everything that a number hangs on, and says what to do. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "doctor/doctor.h"
#include "render/render.h"

struct doctor_options {
    const char *format;
};

static const char *const formats[] = {"text", "json", NULL};

const struct toil_option toil_cmd_doctor_options[] = {
    {"format", TOIL_OPTION_TEXT, offsetof(struct doctor_options, format), "FORMAT", formats, "text, or JSON"},
    {0},
};

static const char *answer(const struct toil_findings *findings)
{
    switch (toil_findings_worst(findings)) {
    case TOIL_HEALTH_OK:
        return "all is well";
    case TOIL_HEALTH_LOOK:
        return "nothing is broken; some things deserve a look";
    case TOIL_HEALTH_BAD:
        break;
    }
    return "something is broken";
}

/* Findings quote names out of events: nothing in them may command a terminal. */
static void print_text(const struct toil_findings *findings)
{
    struct toil_buf out = TOIL_BUF_INIT;
    for (size_t i = 0; i < findings->count; i++) {
        const struct toil_finding *finding = &findings->item[i];
        toil_buf_printf(&out, "%-4s  %-10s  ", toil_health_name(finding->health), finding->check);
        toil_text_add_line(&out, finding->message);
        if (finding->remedy[0]) {
            toil_buf_printf(&out, "\n%18s", "");
            toil_text_add_line(&out, finding->remedy);
        }
        toil_buf_add_char(&out, '\n');
    }
    toil_buf_printf(&out, "%s\n", answer(findings));
    fputs(out.data, stdout);
    toil_buf_release(&out);
}

static void print_json(const struct toil_findings *findings)
{
    struct toil_buf out = TOIL_BUF_INIT;
    toil_buf_add_text(&out, "{\"report\": \"doctor\", \"schema\": 1, \"answer\": ");
    toil_buf_add_json_string(&out, toil_span_of(answer(findings)));
    toil_buf_add_text(&out, ", \"rows\": [");
    for (size_t i = 0; i < findings->count; i++) {
        const struct toil_finding *finding = &findings->item[i];
        toil_buf_printf(&out, "%s\n {\"check\": \"%s\", \"state\": \"%s\", \"message\": ", i ? "," : "", finding->check,
                        toil_health_name(finding->health));
        toil_buf_add_json_string(&out, toil_span_of(finding->message));
        toil_buf_add_text(&out, ", \"remedy\": ");
        toil_buf_add_json_string(&out, toil_span_of(finding->remedy));
        toil_buf_add_char(&out, '}');
    }
    toil_buf_add_text(&out, "]}\n");
    fputs(out.data, stdout);
    toil_buf_release(&out);
}

/* The connection, and if it stands all the rest. A failure on the way is a finding, too. */
static enum toil_status examine(const struct toil_context *context, struct toil_findings *findings,
                                struct toil_error *err)
{
    struct toil_db *db = NULL;
    enum toil_status status = toil_command_connect(context, &db, err);
    if (status == TOIL_OK && toil_doctor_base(db, findings))
        status = toil_doctor_tables(db, findings, err);
    toil_db_close(db);
    if (status != TOIL_OK)
        toil_finding_add(findings, "connection", TOIL_HEALTH_BAD, toil_xstrdup(err->message), err->hint);
    return status;
}

enum toil_exit toil_cmd_doctor(struct toil_context *context, int argc, char **argv)
{
    struct doctor_options options = {.format = "text"};
    struct toil_findings findings = TOIL_FINDINGS_INIT;
    struct toil_error err;
    int positional;
    if (!toil_command_parse(context, toil_cmd_doctor_options, &options, argc, argv, &positional))
        return TOIL_EXIT_USAGE;
    if (positional > 0)
        return toil_command_usage(context, "unexpected argument \"%.64s\"", argv[1]);
    enum toil_status status = examine(context, &findings, &err);
    if (strcmp(options.format, "json") == 0)
        print_json(&findings);
    else
        print_text(&findings);
    bool broken = toil_findings_worst(&findings) == TOIL_HEALTH_BAD;
    toil_findings_release(&findings);
    if (status != TOIL_OK)
        return TOIL_EXIT_OUTSIDE;
    return broken ? TOIL_EXIT_NO : TOIL_EXIT_DONE;
}
