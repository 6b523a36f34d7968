/* The code behind lib_links_check.h. */
#include "support/lib_links_check.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define TOLERANCE 1e-9

static bool is_number(double value)
{
    return isfinite(value);
}

static bool is_number_or_unknown(double value)
{
    return isnan(value) || isfinite(value);
}

static bool is_share_or_unknown(double value)
{
    return isnan(value) || (value >= 0 && value <= 1);
}

static void check_band(const struct toil_screen_band *band, bool may_be_unknown)
{
    const bool is_unknown = may_be_unknown && isnan(band->observed);
    if (!is_unknown) {
        cr_expect(band->observed >= 0 && is_number(band->observed));
        cr_expect(band->expected >= 0 && is_number(band->expected));
        cr_expect(is_number(band->excess) || (band->abstains && isnan(band->excess)));
        cr_expect(band->observed_all >= 0 && is_number(band->observed_all));
    }
    cr_expect(is_number_or_unknown(band->excess_low) && is_number_or_unknown(band->excess_high));
    cr_expect(is_number_or_unknown(band->ratio) && is_number_or_unknown(band->ratio_low) &&
              is_number_or_unknown(band->ratio_high));
    cr_expect(band->abstains || (is_number(band->excess_low) && is_number(band->excess_high)));
    cr_expect(!(band->excess_low > band->excess_high));
    cr_expect(is_share_or_unknown(band->p));
    cr_expect(band->abstains == isnan(band->p), "abstains %d, p %g", band->abstains, band->p);
    cr_expect_leq(band->paired, band->clusters);
    cr_expect_leq(band->clusters, band->windows);
    cr_expect_leq(band->carrying, band->clusters);
}

static void check_range(struct toil_link_range range, size_t count)
{
    cr_expect(range.count == 0 || (range.begin < count && range.count <= count - range.begin));
}

static void check_link(const struct toil_link_data *data, const struct toil_links *links, const struct toil_link *link)
{
    const bool is_established = link->verdict == TOIL_LINK_ESTABLISHED;
    cr_expect_lt(link->source, data->source_count);
    cr_expect_lt(link->topic, data->topic_count);
    cr_expect_neq(data->source[link->source].own_topic, link->topic);
    cr_expect(link->why[0] && memchr(link->why, 0, sizeof link->why));
    cr_expect(!strstr(link->why, "nan") && !strstr(link->why, " inf"), "%s", link->why);
    cr_expect((unsigned)link->grade <= TOIL_GRADE_NONE);
    cr_expect_eq(is_established, link->grade != TOIL_GRADE_NONE, "%s", link->why);
    cr_expect_lt(link->lag.from_us, link->lag.to_us);
    check_band(&link->strongest, true);
    cr_expect(is_share_or_unknown(link->q) && is_share_or_unknown(link->joint_p));
    cr_expect_leq(link->controls_raised, link->controls);
    for (size_t i = 0; i < TOIL_N_PLACEBOS; i++) {
        const struct toil_link_placebo_result *placebo = &link->placebo[i];
        cr_expect(is_number_or_unknown(placebo->excess) && is_number_or_unknown(placebo->excess_low) &&
                  is_number_or_unknown(placebo->excess_high) && is_share_or_unknown(placebo->p));
    }
    cr_expect(is_number(link->attributed) && link->attributed >= 0);
    cr_expect_leq(link->attributed, (double)data->topic[link->topic].count * (1 + TOLERANCE));
    if (is_established)
        cr_expect(link->attributed_low >= 0 && link->attributed_low <= link->attributed * (1 + TOLERANCE) &&
                      link->attributed <= link->attributed_high * (1 + TOLERANCE) && is_number(link->attributed_high),
                  "%g (%g to %g)", link->attributed, link->attributed_low, link->attributed_high);
    else
        cr_expect(link->attributed == 0 && isnan(link->attributed_low) && isnan(link->attributed_high));
    cr_expect(link->group == UINT32_MAX || link->group < links->group_count);
    check_range(link->bands, links->band_count);
    check_range(link->curve, links->curve_count);
    check_range(link->weeks, links->week_count);
}

static void check_evidence(const struct toil_links *links)
{
    for (size_t i = 0; i < links->band_count; i++) {
        check_band(&links->band[i].screen, false);
        cr_expect(is_share_or_unknown(links->band[i].q));
        cr_expect(is_number(links->band[i].attributed) && links->band[i].attributed >= 0);
    }
    for (size_t i = 0; i < links->curve_count; i++) {
        cr_expect_lt(links->curve[i].from_us, links->curve[i].to_us);
        cr_expect(is_number(links->curve[i].observed) && links->curve[i].observed >= 0);
        cr_expect(is_number(links->curve[i].expected) && links->curve[i].expected >= 0, "expected %g",
                  links->curve[i].expected);
    }
    for (size_t i = 0; i < links->week_count; i++)
        cr_expect(is_number(links->week[i].attributed) && links->week[i].attributed >= 0);
}

static void check_shares(const struct toil_link_data *data, const struct toil_links *links)
{
    double sum = 0;
    for (size_t i = 0; i < links->share_count; i++) {
        const struct toil_link_ticket_share *share = &links->share[i], *before = share - (i > 0);
        const bool is_same = i > 0 && share->topic == before->topic && share->ticket == before->ticket;
        cr_expect(share->topic < data->topic_count && share->ticket < data->topic[share->topic].count);
        cr_expect(i == 0 || share->topic > before->topic ||
                  (share->topic == before->topic && share->ticket > before->ticket) ||
                  (is_same && share->link > before->link));
        cr_expect_lt(share->link, links->link_count);
        cr_expect_eq(links->link[share->link].verdict, TOIL_LINK_ESTABLISHED);
        cr_expect_eq(links->link[share->link].topic, share->topic);
        cr_expect(share->share >= 0 && share->share <= 1 && share->low >= 0 && share->low <= share->share + TOLERANCE &&
                      share->share <= share->high + TOLERANCE && share->high <= 1,
                  "%g (%g to %g)", share->share, share->low, share->high);
        sum = (is_same ? sum : 0) + share->share;
        cr_expect_leq(sum, 1 + TOLERANCE);
        const int64_t lag_us = data->topic[share->topic].at_us[share->ticket] - share->event_at_us;
        cr_expect(lag_us >= 0 && lag_us < data->band[data->band_count - 1].to_us, "%g h", (double)lag_us / 3.6e9);
    }
}

static void check_fits(const struct toil_link_data *data, const struct toil_links *links)
{
    for (size_t i = 0; i < data->topic_count; i++) {
        const struct toil_link_fit *fit = &links->fit[i];
        const struct toil_joint_goodness *goodness = &fit->goodness;
        cr_expect(is_number(fit->baseline) && fit->baseline >= 0, "baseline %g", fit->baseline);
        cr_expect(is_share_or_unknown(goodness->ks) && is_share_or_unknown(goodness->p) &&
                  is_number_or_unknown(goodness->dispersion));
        cr_expect(is_number(goodness->log_likelihood));
        cr_expect((goodness->converged && !goodness->degenerate) || goodness->why != NULL);
    }
}

void test_links_check(const struct toil_link_data *data, const struct toil_links *links)
{
    for (size_t i = 0; i < links->link_count; i++) {
        const struct toil_link *link = &links->link[i], *before = link - (i > 0);
        cr_expect(i == 0 || link->topic > before->topic ||
                  (link->topic == before->topic && link->source > before->source));
        check_link(data, links, link);
    }
    check_evidence(links);
    check_shares(data, links);
    check_fits(data, links);
}
