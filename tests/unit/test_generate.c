/* The demo generator: the same seed gives the same bytes; what it says it planted is what its files hold. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/catalog/catalog.h"
#include "analyzers/generate/gen_world.h"

enum { SEEDS = 10, NOW_YEAR = 2027 };

/* Every line of a topic is handed over with its arrival. */
typedef void (*line_fn)(void *context, enum gen_topic topic, struct toil_span line);

static struct gen_options options_of(int64_t seed, int64_t days)
{
    struct gen_options options;
    gen_options_init(&options);
    options.seed = seed;
    options.days = days;
    return options;
}

static void make(struct gen_world *world, int64_t seed, int64_t days)
{
    struct gen_options options = options_of(seed, days);
    gen_world_init(world, &options);
    gen_world_plan(world);
}

static void each_line(const struct gen_world *world, line_fn fn, void *context)
{
    for (size_t t = 0; t < GEN_TOPIC_COUNT; t++) {
        const struct gen_topic_lines *lines = &world->out.topic[t];
        for (size_t i = 0; i < lines->count; i++)
            fn(context, (enum gen_topic)t,
               (struct toil_span){lines->text.data + lines->line[i].offset, lines->line[i].len});
    }
}

static void add_line(void *context, enum gen_topic topic, struct toil_span line)
{
    struct toil_buf *all = context;
    toil_buf_printf(all, "%d ", (int)topic);
    toil_buf_add_span(all, line);
    toil_buf_add_char(all, '\n');
}

/* All that a seed makes, files beside the events included. */
static struct toil_buf bytes_of(int64_t seed)
{
    struct gen_world world;
    struct toil_buf all = TOIL_BUF_INIT;
    make(&world, seed, 56);
    each_line(&world, add_line, &all);
    gen_write_truth(&world, &all);
    gen_write_catalog(&world, &all);
    gen_world_release(&world);
    return all;
}

Test(generate, same_seed_same_bytes)
{
    struct toil_buf one = bytes_of(7), again = bytes_of(7), other = bytes_of(8);
    cr_assert(one.len > 1000000);
    cr_assert_eq(one.len, again.len);
    cr_assert_eq(memcmp(one.data, again.data, one.len), 0);
    cr_assert(one.len != other.len || memcmp(one.data, other.data, one.len) != 0);
    toil_buf_release(&one);
    toil_buf_release(&again);
    toil_buf_release(&other);
}

/* Random numbers as published with the generator, so that a change of it does not go by unseen. */
Test(generate, random_numbers_are_pcg)
{
    /* pcg32_srandom(42, 54) of the reference implementation's demo. */
    static const uint32_t expected[] = {0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293, 0xbfa4784b, 0xcbed606e};
    struct gen_random random;
    gen_random_init(&random, 42, 54);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        cr_assert_eq(gen_random_u32(&random), expected[i]);
}

Test(generate, exponential_and_logarithm_are_exact_enough)
{
    for (double x = -30; x < 30; x += 0.37) {
        double e = gen_exp(x);
        cr_assert_float_eq(gen_log(e), x, 1e-12, "at %g", x);
    }
    cr_assert_float_eq(gen_exp(1), 2.718281828459045, 1e-14);
    cr_assert_float_eq(gen_log(10), 2.302585092994046, 1e-14);
}

Test(generate, clocks_change_where_they_do)
{
    int64_t march = toil_days_from_civil(2026, 3, 29), november = toil_days_from_civil(2026, 11, 1);
    cr_assert_eq(gen_place_offset_us(GEN_PRAGUE, march * TOIL_US_PER_DAY), TOIL_US_PER_HOUR);
    cr_assert_eq(gen_place_offset_us(GEN_PRAGUE, march * TOIL_US_PER_DAY + TOIL_US_PER_HOUR), 2 * TOIL_US_PER_HOUR);
    int64_t change = november * TOIL_US_PER_DAY + 6 * TOIL_US_PER_HOUR;
    cr_assert_eq(gen_place_offset_us(GEN_NEW_YORK, change - 1), -4 * TOIL_US_PER_HOUR);
    cr_assert_eq(gen_place_offset_us(GEN_NEW_YORK, change), -5 * TOIL_US_PER_HOUR);
    cr_assert(gen_holiday(GEN_NEW_YORK, toil_days_from_civil(2025, 11, 27)));
    cr_assert(gen_holiday(GEN_PRAGUE, toil_days_from_civil(2025, 10, 28)));
    cr_assert_not(gen_working_day(GEN_KOLKATA, toil_days_from_civil(2026, 2, 1)));
}

/* What a collector would find in the files. */
struct found {
    struct toil_decoder *decoder;
    struct toil_decode_options options;
    int64_t now_us;
    uint64_t decoded[TOIL_N_KINDS], endings, bad[TOIL_REASON_COUNT];
    struct toil_buf keys; /* lines, repeats included */
};

static void take_line(void *context, enum gen_topic topic, struct toil_span line)
{
    struct found *found = context;
    struct toil_event event;
    char detail[256];
    found->options.kind = gen_topic_kind(topic);
    enum toil_reason reason =
        toil_decode(found->decoder, &found->options, line, found->now_us, &event, detail, sizeof detail);
    if (reason != TOIL_REASON_NONE) {
        found->bad[reason]++;
        bool planted = memmem(line.ptr, line.len, "bad-", 4) || line.len < 80;
        cr_assert(planted, "%s: %.*s", detail, (int)line.len, line.ptr);
        return;
    }
    cr_assert_eq(event.unknown_fields, 0);
    found->decoded[event.kind]++;
    found->endings += event.ending;
    bool fact = toil_kinds[event.kind].shape == TOIL_SHAPE_FACT;
    enum toil_field key = event.ending ? TOIL_FIELD_ENDED_AT : fact ? TOIL_FIELD_AT : TOIL_FIELD_VERSION;
    int64_t number = fact ? event.value[key].time_us : event.value[key].integer;
    struct toil_span id = event.value[TOIL_FIELD_ID].text;
    toil_buf_printf(&found->keys, "%s%s\t%.*s\t%lld\n", event.ending ? "ending:" : "", toil_kinds[event.kind].name,
                    (int)id.len, id.ptr, (long long)number);
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Distinct lines, sorted; the buffer is cut into texts. */
static size_t distinct(struct toil_buf *text, char ***out)
{
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < text->len; i++)
        count += text->data[i] == '\n';
    char **line = toil_xcalloc(count, sizeof *line);
    char *next = text->data;
    for (size_t i = 0; i < count; i++) {
        line[i] = next;
        next = strchr(next, '\n');
        *next++ = '\0';
    }
    qsort(line, count, sizeof *line, by_text);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || strcmp(line[kept - 1], line[i]) != 0)
            line[kept++] = line[i];
    *out = line;
    return kept;
}

static void compare_keys(struct found *found, struct gen_world *world)
{
    char **read, **planted;
    size_t planted_lines = 0;
    for (size_t i = 0; i < world->out.keys.len; i++)
        planted_lines += world->out.keys.data[i] == '\n';
    size_t read_count = distinct(&found->keys, &read), planted_count = distinct(&world->out.keys, &planted);
    cr_assert_eq(planted_lines, planted_count, "a key was planted twice");
    cr_assert_eq(read_count, planted_count);
    for (size_t i = 0; i < read_count; i++)
        cr_assert_str_eq(read[i], planted[i]);
    free(read);
    free(planted);
}

static void files_hold_what_was_planted(int64_t seed)
{
    struct gen_world world;
    make(&world, seed, 84);
    struct toil_people *people = toil_people_open_clear();
    struct found found = {.decoder = toil_decoder_new(people),
                          .now_us = toil_days_from_civil(NOW_YEAR, 1, 1) * TOIL_US_PER_DAY};
    toil_decode_options_init(&found.options);
    each_line(&world, take_line, &found);
    uint64_t endings = 0, again = 0;
    for (size_t k = 0; k < TOIL_N_KINDS; k++) {
        const struct gen_counts *c = &world.out.kind[k];
        cr_assert_eq(found.decoded[k], c->produced, "%s", toil_kinds[k].name);
        cr_assert_eq(c->produced, c->unique + c->endings + c->adding + c->repeats);
        cr_assert(c->unique > 0);
        again += c->repeats + c->adding;
        endings += c->endings;
    }
    cr_assert(again > 100);
    for (size_t r = 1; r < TOIL_REASON_COUNT; r++)
        cr_assert_eq(found.bad[r], world.out.bad[r], "%s: %llu found, %llu planted", toil_reasons[r].name,
                     (unsigned long long)found.bad[r], (unsigned long long)world.out.bad[r]);
    cr_assert(found.endings >= endings, "endings may be repeated");
    compare_keys(&found, &world);
    toil_buf_release(&found.keys);
    toil_decoder_free(found.decoder);
    toil_people_free(people);
    gen_world_release(&world);
}

Test(generate, files_hold_what_was_planted)
{
    for (int64_t seed = 1; seed <= SEEDS; seed++)
        files_hold_what_was_planted(seed);
}

Test(generate, arrivals_are_in_order)
{
    struct gen_world world;
    make(&world, 3, 28);
    for (size_t t = 0; t < GEN_TOPIC_COUNT; t++)
        for (size_t i = 1; i < world.out.topic[t].count; i++)
            cr_assert_leq(world.out.topic[t].line[i - 1].arrival_us, world.out.topic[t].line[i].arrival_us);
    gen_world_release(&world);
}

static int by_person(const void *left, const void *right)
{
    const struct gen_session *a = left, *b = right;
    if (a->person != b->person)
        return a->person < b->person ? -1 : 1;
    return a->when.from_us < b->when.from_us ? -1 : a->when.from_us > b->when.from_us;
}

static void nobody_works_on_two_things_at_once(struct gen_world *world)
{
    qsort(world->session, world->session_count, sizeof *world->session, by_person);
    cr_assert(world->session_count > 10000);
    for (size_t i = 0; i < world->session_count; i++) {
        const struct gen_session *s = &world->session[i];
        cr_assert(s->when.from_us >= world->start_us && s->when.to_us <= world->end_us);
        cr_assert(s->when.from_us < s->when.to_us);
        if (i > 0 && s[-1].person == s->person)
            cr_assert(s[-1].when.to_us + GEN_PAUSE_US <= s->when.from_us);
    }
}

/* The story: about twenty hours a sprint go into reshuffling queues, and nothing else is done by hand there. */
static void queues_take_twenty_hours_a_sprint(const struct gen_world *world)
{
    double *hours = toil_xcalloc(world->sprint_count, sizeof *hours);
    for (size_t i = 0; i < world->session_count; i++) {
        const struct gen_session *s = &world->session[i];
        if (s->component != GEN_QUEUE_BALANCER)
            continue;
        int64_t day = gen_place_day(GEN_PRAGUE, s->when.from_us, NULL);
        hours[(day - world->first_day) / GEN_SPRINT_DAYS] +=
            (double)(s->when.to_us - s->when.from_us) / (double)TOIL_US_PER_HOUR;
    }
    for (unsigned s = 0; s < world->sprint_count; s++)
        cr_assert(hours[s] >= 18.5 && hours[s] <= 21.5, "seed %d sprint %u: %.2f hours", (int)world->options.seed, s,
                  hours[s]);
    free(hours);
}

Test(generate, people_and_the_queue_story)
{
    for (int64_t seed = 1; seed <= SEEDS; seed++) {
        struct gen_world world;
        make(&world, seed, 364);
        nobody_works_on_two_things_at_once(&world);
        queues_take_twenty_hours_a_sprint(&world);
        gen_world_release(&world);
    }
}

Test(generate, links_cause_the_tickets_they_promise)
{
    struct gen_world world;
    make(&world, 5, 364);
    for (size_t i = 0; i < GEN_LINK_COUNT; i++) {
        uint64_t tickets = 0;
        for (size_t t = 0; t < world.ticket_count; t++)
            tickets += world.ticket[t].link == (enum gen_link_id)i;
        double expected = gen_links[i].mean * (double)world.link_events[i];
        cr_assert_eq(tickets, world.link_caused[i]);
        cr_assert(world.link_events[i] > 20);
        /* Within five standard deviations of a Poisson count. */
        double off = (double)tickets - expected;
        cr_assert(off * off < 25 * expected, "%s: %.0f expected", gen_links[i].story, expected);
    }
    gen_world_release(&world);
}

Test(generate, options_are_checked)
{
    struct gen_options options = options_of(1, 30);
    struct toil_error err;
    cr_assert_eq(gen_options_check(&options, &err), TOIL_BAD_INPUT);
    cr_assert(strstr(err.message, "multiple of 14") != NULL);
    options = options_of(1, 28);
    options.start = "2025-10-07";
    cr_assert_eq(gen_options_check(&options, &err), TOIL_BAD_INPUT);
    cr_assert(strstr(err.message, "Monday") != NULL);
    options = options_of(1, 28);
    options.components = 3;
    cr_assert_eq(gen_options_check(&options, &err), TOIL_BAD_INPUT);
    options = options_of(1, 28);
    cr_assert_eq(gen_options_check(&options, &err), TOIL_OK);
}

/* A company of another size keeps its promises. */
Test(generate, other_sizes)
{
    struct gen_options options = options_of(2, 28);
    struct gen_world world;
    options.components = 90;
    options.people = 60;
    options.scale = 3;
    gen_world_init(&world, &options);
    gen_world_plan(&world);
    cr_assert_eq(world.component_count, 90);
    for (size_t t = 0; t < GEN_TEAM_COUNT; t++) {
        size_t people = 0;
        for (size_t i = 0; i < world.person_count; i++)
            people += world.person[i].team == (enum gen_team_id)t;
        cr_assert_eq(people, 2 * gen_teams[t].share);
    }
    for (size_t i = 0; i < world.person_count; i++)
        for (size_t k = 0; k < i; k++)
            cr_assert_str_neq(world.person[i].name, world.person[k].name);
    gen_world_release(&world);
}

Test(generate, catalog_knows_every_name)
{
    struct gen_world world;
    struct toil_buf text = TOIL_BUF_INIT;
    struct toil_catalog *catalog;
    struct toil_error err;
    make(&world, 4, 28);
    gen_write_catalog(&world, &text);
    enum toil_status status =
        toil_catalog_load_text("catalog.yaml", (struct toil_span){text.data, text.len}, &catalog, &err);
    cr_assert_eq(status, TOIL_OK, "%s", err.message);
    cr_assert_eq(catalog->warning_count, 0);
    for (size_t i = 0; i < world.component_count; i++)
        for (int times = 0; times < 20; times++) {
            char raw[GEN_NAME_BYTES];
            gen_raw_name(&world, i, raw);
            cr_assert_eq(toil_catalog_match(catalog, toil_span_of(raw)), i, "%s", raw);
        }
    cr_assert_eq(toil_catalog_match(catalog, toil_span_of("legacy-fax-gateway")), SIZE_MAX);
    for (size_t s = 0; s < GEN_SUBJECT_COUNT; s++) {
        size_t found = SIZE_MAX, owner = gen_component_of_subject(&world, (enum gen_subject_id)s);
        size_t count = toil_catalog_topic(catalog, toil_span_of(gen_subjects[s].name), &found, 1);
        cr_assert_eq(count, owner == SIZE_MAX ? 0 : 1);
        cr_assert_eq(found, owner);
    }
    toil_catalog_free(catalog);
    toil_buf_release(&text);
    gen_world_release(&world);
}

/* A folder with a truth and a report, compared. */
static enum toil_status check_texts(const char *truth, const char *report, const struct gen_options *options,
                                    bool *agree)
{
    char dir[] = "/tmp/toil-test-generate-XXXXXX";
    struct toil_error err;
    cr_assert_not_null(mkdtemp(dir));
    char *truth_path = toil_xasprintf("%s/truth.json", dir), *path = toil_xasprintf("%s/report.json", dir);
    cr_assert_eq(gen_write_file(dir, "truth.json", toil_span_of(truth), &err), TOIL_OK);
    cr_assert_eq(gen_write_file(dir, "report.json", toil_span_of(report), &err), TOIL_OK);
    const struct gen_options asked = {.check = dir,
                                      .hours = options->hours ? path : NULL,
                                      .sprints = options->sprints ? path : NULL,
                                      .tickets = options->tickets ? path : NULL,
                                      .links = options->links ? path : NULL};
    *agree = false;
    enum toil_status status = gen_check(&asked, agree, &err);
    remove(truth_path);
    remove(path);
    remove(dir);
    free(truth_path);
    free(path);
    return status;
}

static const struct gen_options of_hours = {.hours = "", .sprints = ""}, of_tickets = {.tickets = ""},
                                of_links = {.links = ""};

/* Compares a truth of 20 hours with a report of a band; followed: hours that links brought besides. */
static bool check_says(double low, double high, double followed, const char *report)
{
    static const char truth[] =
        "{\"tickets\":{\"components\":[{\"component\":\"queue-balancer\",\"named\":3,\"by_topic\":1}]},"
        "\"links\":[],"
        "\"hours\":[{\"component\":\"queue-balancer\",\"sprint\":\"2026-01-05\",\"manual\":20.0}],"
        "\"stories\":{\"TD-1\":{\"hours_per_sprint\":20,\"tolerance\":2}}}";
    struct toil_buf text = TOIL_BUF_INIT;
    bool agree;
    toil_buf_printf(
        &text,
        "{\"report\":\"%s\",\"rows\":[{\"component\":\"queue-balancer\",\"period\":\"2026-01-05\","
        "\"hours\":{\"value\":%g,\"low\":%g,\"high\":%g},\"followed\":%g},{\"component\":\"(total)\",\"hours\":"
        "{\"value\":99,\"low\":9,\"high\":999}}]}",
        report, (low + high) / 2 + followed, low + followed, high + followed, followed);
    enum toil_status status = check_texts(truth, text.data, &of_hours, &agree);
    cr_assert_eq(status, strcmp(report, "hours") == 0 ? TOIL_OK : TOIL_BAD_INPUT);
    toil_buf_release(&text);
    return agree;
}

Test(generate, check_tells_agreement_from_the_rest)
{
    cr_assert(check_says(19, 22, 0, "hours"));
    cr_assert(check_says(20, 20, 0, "hours"));
    cr_assert(check_says(19, 22, 30, "hours"), "what follows tickets was planted elsewhere");
    cr_assert_not(check_says(20.2, 21, 30, "hours"));
    cr_assert_not(check_says(20.2, 21, 0, "hours"), "the truth lies below the band");
    cr_assert_not(check_says(18, 19.8, 0, "hours"), "the truth lies above the band");
    cr_assert_not(check_says(19, 27, 0, "hours"), "the story is more than two hours off");
    cr_assert_not(check_says(19, 22, 0, "tickets"), "another report");
}

/* What was planted: 50 tickets by the queue, 30 by two that always fail together, 12 hours on each. */
static const char links_truth[] =
    "{\"links\":[{\"failures\":[\"queue\"],\"kind\":\"service_restart\",\"topic\":\"late data\",\"from_minutes\":15,"
    "\"to_minutes\":60,\"caused\":50,\"ticket_hours\":12},"
    "{\"failures\":[\"cache\",\"store\"],\"kind\":\"service_restart\",\"topic\":\"logged out\",\"from_minutes\":0,"
    "\"to_minutes\":15,\"caused\":30,\"ticket_hours\":12}],"
    "\"no_links\":[{\"component\":\"office\",\"because\":\"fails in office hours\"}],"
    "\"follows\":{\"component\":\"indexer\",\"kind\":\"service_restart\",\"topic\":\"search\"},"
    "\"tickets\":{\"components\":[]},"
    "\"hours\":[{\"component\":\"queue\",\"sprint\":\"2026-01-05\",\"manual\":5.0},"
    "{\"component\":\"(unexplained)\",\"sprint\":\"2026-01-05\",\"manual\":60.0}]}";

/* Rows of the report as it should be; each case puts others in the place of one or more. */
enum link_row { ROW_QUEUE, ROW_CACHE, ROW_STORE, ROW_OFFICE, ROW_INDEXER, LINK_ROWS };
#define LINK(component, topic, verdict, value, low, high, from, to, either)                                            \
    "{\"component\":\"" component "\",\"kind\":\"service_restart\",\"topic\":\"" topic "\",\"verdict\":\"" verdict     \
    "\",\"why\":\"so\",\"attributed\":{\"value\":" #value ",\"low\":" #low ",\"high\":" #high                          \
    "},\"lag\":{\"from_minutes\":" #from ",\"to_minutes\":" #to "},\"either\":" either ",\"grade\":\"A\"}"
#define PAIR                      "[\"cache\",\"store\"]"
#define FALSE_CLAIM(topic)        LINK("queue", topic, "established", 9, 5, 12, 15, 60, "null")
#define NO_LINK(component, topic) LINK(component, topic, "not established", 0, 0, 0, 0, 15, "null")
static const char *const right_rows[LINK_ROWS] = {
    [ROW_QUEUE] = LINK("queue", "late data", "established", 52, 45, 58, 15, 60, "null"),
    [ROW_CACHE] = LINK("cache", "logged out", "established", 31, 27, 35, 0, 15, PAIR),
    [ROW_STORE] = LINK("store", "logged out", "established", 31, 27, 35, 0, 15, PAIR),
    [ROW_OFFICE] = NO_LINK("office", "late data"),
    [ROW_INDEXER] = NO_LINK("indexer", "search"),
};

Test(generate, check_tells_planted_links_from_others)
{
    static const struct {
        const char *what;
        const char *row[LINK_ROWS];
        bool agree;
    } cases[] = {
        {"all as planted", {NULL}, true},
        {"the story lies outside its interval",
         {[ROW_QUEUE] = LINK("queue", "late data", "established", 60, 51, 69, 15, 60, "null")},
         false},
        {"another may miss",
         {[ROW_CACHE] = LINK("cache", "logged out", "established", 40, 35, 45, 0, 15, PAIR),
          [ROW_STORE] = LINK("store", "logged out", "established", 40, 35, 45, 0, 15, PAIR)},
         true},
        {"another lag", {[ROW_QUEUE] = LINK("queue", "late data", "established", 52, 45, 58, 0, 15, "null")}, false},
        {"not established", {[ROW_QUEUE] = NO_LINK("queue", "late data")}, false},
        {"one of two that can't be told apart",
         {[ROW_CACHE] = LINK("cache", "logged out", "established", 31, 27, 35, 0, 15, "null"),
          [ROW_STORE] = NO_LINK("store", "logged out")},
         false},
        {"a third in the group",
         {[ROW_CACHE] = LINK("cache", "logged out", "established", 31, 27, 35, 0, 15, "[\"cache\",\"queue\"]")},
         false},
        {"the herring is taken",
         {[ROW_OFFICE] = LINK("office", "late data", "established", 9, 5, 12, 15, 60, "null")},
         false},
        {"the follower is taken",
         {[ROW_INDEXER] = LINK("indexer", "search", "established", 9, 5, 12, 0, 15, "null")},
         false},
        {"the follower was not looked at", {[ROW_INDEXER] = NO_LINK("indexer", "late data")}, false},
        {"a link that nobody planted", {[ROW_OFFICE] = NO_LINK("office", "late data") "," FALSE_CLAIM("search")}, true},
        {"two links that nobody planted",
         {[ROW_OFFICE] = NO_LINK("office", "late data") "," FALSE_CLAIM("search") "," FALSE_CLAIM("logged out")},
         false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct toil_buf text = TOIL_BUF_INIT;
        bool agree;
        toil_buf_add_text(&text, "{\"report\":\"links\",\"rows\":[");
        for (size_t r = 0; r < LINK_ROWS; r++)
            toil_buf_printf(&text, "%s%s", r ? "," : "", cases[i].row[r] ? cases[i].row[r] : right_rows[r]);
        toil_buf_add_text(&text, "]}");
        cr_assert_eq(check_texts(links_truth, text.data, &of_links, &agree), TOIL_OK);
        cr_assert_eq(agree, cases[i].agree, "%s", cases[i].what);
        toil_buf_release(&text);
    }
}

Test(generate, check_tells_hidden_tickets_and_their_hours)
{
#define HIDDEN(component, value, low, high)                                                                            \
    "{\"component\":\"" component "\",\"attributed\":{\"value\":" #value ",\"low\":" #low ",\"high\":" #high           \
    "},\"total\":{\"value\":" #value "}}"
#define HOURS(component, low, high, followed)                                                                          \
    "{\"component\":\"" component "\",\"hours\":{\"value\":" #low ",\"low\":" #low ",\"high\":" #high                  \
    "},\"followed\":" #followed "}"
#define PAIR_HIDDEN HIDDEN("cache | store", 31, 27, 35)
#define PAIR_HOURS  HOURS("cache | store", 11, 13, 12)
    static const struct {
        const char *what, *report, *rows;
        bool agree;
    } cases[] = {
        {"tickets as planted", "tickets", HIDDEN("queue", 52, 45, 58) "," PAIR_HIDDEN, true},
        {"one may miss", "tickets", HIDDEN("queue", 62, 55, 68) "," PAIR_HIDDEN, true},
        {"two miss", "tickets", HIDDEN("queue", 62, 55, 68) "," HIDDEN("cache | store", 41, 37, 45), false},
        {"tickets of another", "tickets", HIDDEN("queue", 52, 45, 58) "," PAIR_HIDDEN "," HIDDEN("office", 3, 1, 5),
         true},
        {"tickets of two others", "tickets",
         HIDDEN("queue", 52, 45, 58) "," PAIR_HIDDEN "," HIDDEN("office", 3, 1, 5) "," HIDDEN("store", 3, 1, 5), false},
        {"hours as planted", "hours", HOURS("queue", 16, 18, 12) "," PAIR_HOURS "," HOURS("(unexplained)", 30, 40, 0),
         true},
        {"hours that did not follow", "hours", HOURS("queue", 4, 6, 0) "," HOURS("(unexplained)", 55, 65, 0), false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool agree;
        bool hours = strcmp(cases[i].report, "hours") == 0;
        char *text = toil_xasprintf("{\"report\":\"%s\",\"rows\":[%s]}", cases[i].report, cases[i].rows);
        const struct gen_options only_hours = {.hours = ""};
        cr_assert_eq(check_texts(links_truth, text, hours ? &only_hours : &of_tickets, &agree), TOIL_OK);
        cr_assert_eq(agree, cases[i].agree, "%s", cases[i].what);
        free(text);
    }
}
