/* Tested links as the run tables hold them, and how reports speak of them: shared by the reports that tell of links. */
#ifndef TOIL_REPORT_LINK_H
#define TOIL_REPORT_LINK_H

#include "report_scope.h"

/* Columns of report_links, in its order. */
enum toil_link_field {
    TOIL_LINK_COMPONENT,
    TOIL_LINK_KIND,
    TOIL_LINK_TOPIC,
    TOIL_LINK_ESTABLISHED,
    TOIL_LINK_WHY,
    TOIL_LINK_GRADE,
    TOIL_LINK_EITHER,
    TOIL_LINK_EITHER_JSON,
    TOIL_LINK_EVENTS,
    TOIL_LINK_TICKETS,
    TOIL_LINK_ATTRIBUTED, /* low and high behind it; as for excess and ratio */
    TOIL_LINK_FROM = TOIL_LINK_ATTRIBUTED + 3,
    TOIL_LINK_TO,
    TOIL_LINK_OBSERVED,
    TOIL_LINK_EXPECTED,
    TOIL_LINK_EXCESS,
    TOIL_LINK_RATIO = TOIL_LINK_EXCESS + 3,
    TOIL_LINK_Q = TOIL_LINK_RATIO + 3,
    TOIL_LINK_ABSTAINED,
    TOIL_LINK_CONFIRMED,
    TOIL_LINK_COMMON_CAUSE,
    TOIL_LINK_CONTROLS,
    TOIL_LINK_CONTROLS_RAISED,
    TOIL_LINK_JOINT_P,
};
/* Columns of report_link_bands behind component, kind and topic. */
enum toil_link_band_field {
    TOIL_BAND_FROM = TOIL_LINK_TOPIC + 1,
    TOIL_BAND_TO,
    TOIL_BAND_LEAD,
    TOIL_BAND_OBSERVED,
    TOIL_BAND_EXPECTED,
    TOIL_BAND_EXCESS,
    TOIL_BAND_Q = TOIL_BAND_EXCESS + 3,
    TOIL_BAND_CLUSTERS,
    TOIL_BAND_PAIRED,
    TOIL_BAND_CARRYING,
    TOIL_BAND_ATTRIBUTED,
};
/* Columns of report_link_placebos behind component, kind and topic. */
enum toil_link_placebo_field {
    TOIL_PLACEBO_NAME = TOIL_LINK_TOPIC + 1,
    TOIL_PLACEBO_EXCESS,
    TOIL_PLACEBO_P = TOIL_PLACEBO_EXCESS + 3,
    TOIL_PLACEBO_PASSED,
};

struct toil_link_rows {
    struct toil_result *links, *bands, *placebos, *fits; /* owned */
    size_t tested, established; /* pairs, also those that were not read; each member of a group counted */
    bool searched;              /* false: the run was made before links were searched for */
};

/* Reads the links of the scope's run. components: a text[] parameter, NULL for all. nearest: of the pairs that are not
 * established read so many; SIZE_MAX for all. */
enum toil_status toil_link_rows_fetch(struct toil_scope *scope, const char *components, size_t nearest,
                                      struct toil_link_rows *out, struct toil_error *err) TOIL_MUST_CHECK;
void toil_link_rows_release(struct toil_link_rows *rows);

/* The components that --team and --component choose, as a text[] parameter appended to `out`. False: all. */
bool toil_link_chosen_components(const struct toil_scope *scope, struct toil_buf *out);

/* NAN for null. */
double toil_link_number(const struct toil_result *rows, size_t row, unsigned field);
bool toil_link_established(const struct toil_result *links, size_t row);
/* True when an earlier row tells of the same group: components that can't be told apart have a row each. */
bool toil_link_repeats_group(const struct toil_result *links, size_t row);
/* Rows of bands or placebos that belong to a link: from *first on; returns how many. */
size_t toil_link_evidence(const struct toil_result *links, size_t row, const struct toil_result *evidence,
                          size_t *first);

/* Estimates of a link; texts in them are borrowed from `links`. attributed is 0 with an upper bound where the link is
 * not established. */
struct toil_estimate toil_link_attributed(const struct toil_result *links, size_t row);
struct toil_estimate toil_link_excess(const struct toil_result *links, size_t row);
struct toil_estimate toil_link_ratio(const struct toil_result *links, size_t row);
struct toil_estimate toil_link_band_excess(const struct toil_result *bands, size_t row, const char *grade);

/* "session-cache or session-store" of a group, else the component. Borrowed from `links`. */
const char *toil_link_name(const struct toil_result *links, size_t row);
/* "restarts of queue-balancer", "restarts of session-cache or session-store (the data can't tell which)". */
void toil_link_add_failures(struct toil_buf *out, const struct toil_result *links, size_t row);
/* "tickets about late-data", "tickets without a topic". */
void toil_link_add_tickets(struct toil_buf *out, const char *topic);
/* "12.5 (9.1-16) tickets about late-data, 15 to 60 minutes later". */
void toil_link_add_effect(struct toil_buf *out, const struct toil_result *links, size_t row);

/* What attribution found about components as a whole, for reports of tickets and hours. */
struct toil_attribution {
    bool searched;              /* false: the run was made before links were searched for */
    struct toil_result *grades; /* owned; of report_link_grades */
};
enum toil_status toil_attribution_fetch(struct toil_scope *scope, struct toil_attribution *out,
                                        struct toil_error *err) TOIL_MUST_CHECK;
void toil_attribution_release(struct toil_attribution *attribution);
/* The weakest grade of the component's established links, "none" without any. Borrowed. */
const char *toil_attribution_grade(const struct toil_attribution *attribution, const char *component);
/* "session-cache or session-store" when the data can't tell the component from others; NULL. Borrowed. */
const char *toil_attribution_either(const struct toil_attribution *attribution, const char *component);
/* How far the ends of the interval of the component's hidden tickets are from their number, as a part of it; 0 where
 * nothing is known. */
void toil_attribution_spread(const struct toil_attribution *attribution, const char *component, double *below,
                             double *above);
/* The weaker of two grades. */
const char *toil_weaker_grade(const char *a, const char *b);

/* Notes where a joint fit of one of the topics did not converge or describes the tickets badly. */
void toil_link_note_fits(struct toil_scope *scope, const struct toil_link_rows *rows);

#endif
