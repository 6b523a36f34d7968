/* Raw names to families: what is one component's name, which rule catches it, and that no rule catches another's. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyzers/names/name_parts.h"
#include "analyzers/names/proposal.h"
#include "toilmeter/timestamp.h"
#include "toilmeter/yaml.h"

/* Names of a test; a leading "=" says that the catalog has it. */
struct names {
    struct toil_raw_name *item; /* owned, the texts, too */
    size_t count, cap;
};

static void add_name(struct names *names, const char *text, size_t len, int64_t events, bool mapped)
{
    if (names->count == names->cap) {
        names->cap = names->cap ? 2 * names->cap : 64;
        names->item = toil_xreallocarray(names->item, names->cap, sizeof *names->item);
    }
    struct toil_span kept = {toil_xstrndup(text, len), len};
    names->item[names->count++] = (struct toil_raw_name){kept, events, mapped};
}

static struct names names_of(const char *const *texts)
{
    struct names names = {0};
    for (; *texts; texts++) {
        bool mapped = **texts == '=';
        add_name(&names, *texts + mapped, strlen(*texts) - mapped, 1, mapped);
    }
    return names;
}

static void release(struct names *names, struct toil_families *families)
{
    for (size_t i = 0; i < names->count; i++)
        free((char *)(uintptr_t)names->item[i].text.ptr);
    free(names->item);
    toil_families_release(families);
}

/* The families as lines "name | stem | rule, rule | names", sorted as they came. */
static char *told(const struct toil_families *families)
{
    struct toil_buf out = TOIL_BUF_INIT;
    for (size_t f = 0; f < families->count; f++) {
        const struct toil_family *family = &families->item[f];
        toil_buf_printf(&out, "%s | ", family->name);
        toil_yaml_add_rules(&out, family->rule, family->rule_count);
        toil_buf_printf(&out, " | %zu\n", family->member_count);
    }
    return toil_buf_take(&out);
}

static void expect_families(const char *const *texts, const char *expected)
{
    struct names names = names_of(texts);
    struct toil_families families;
    toil_families_make(names.item, names.count, &families);
    char *found = told(&families);
    cr_expect_str_eq(found, expected, "found:\n%s\nexpected:\n%s", found, expected);
    free(found);
    release(&names, &families);
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

Test(families, what_kubernetes_calls_its_pods)
{
    expect_families(NAMES("cart-7d9f8b6c5d-x2x4z"), "cart | \"~^cart-[a-z0-9]{8,10}-[a-z0-9]{5}$\" | 1\n");
    expect_families(NAMES("cart-7d9f8b6c5d-x2x4z", "cart-7d9f8b6c5d-fresh", "cart-5c6b7d8f9-bcdfg"),
                    "cart | \"~^cart-[a-z0-9]{8,10}-[a-z0-9]{5}$\" | 3\n");
    expect_families(NAMES("job-28391820-abcde", "job-28391835-x9z2k"), "job | \"~^job-[0-9]{8}-[a-z0-9]{5}$\" | 2\n");
    expect_families(NAMES("cart-0", "cart-1", "cart-12"), "cart | \"~^cart-[0-9]+$\" | 3\n");
    expect_families(NAMES("log-x2x4z", "log-9kq7d"), "log | \"~^log-[b-df-hj-np-tv-xz24-9]{5}$\" | 2\n");
    /* A date is no minute of a CronJob, and proxy no pod. */
    expect_families(NAMES("build-20240101-proxy"), "build-20240101-proxy | build-20240101-proxy | 1\n");
}

Test(families, words_that_look_like_a_suffix_stay)
{
    expect_families(NAMES("cart-fresh"), "cart-fresh | cart-fresh | 1\n");
    expect_families(NAMES("db-mssql", "db-pgsql"), "db-mssql | db-mssql | 1\ndb-pgsql | db-pgsql | 1\n");
    expect_families(NAMES("db-srv24"), "db-srv24 | db-srv24 | 1\n");
    /* Beside one pod it may still be a word: the pods' rule has to let it alone. */
    expect_families(NAMES("db-mssql", "db-x2x4z"), "db-mssql | db-mssql | 1\ndb | db-x2x4z | 1\n");
    expect_families(NAMES("db-mssql", "db-x2x4z", "db-9kq7d"), "db | \"~^db-[b-df-hj-np-tv-xz24-9]{5}$\" | 3\n");
    /* With a vowel it is none for sure: the class lets it alone. */
    expect_families(NAMES("db-fresh", "db-x2x4z", "db-9kq7d"),
                    "db | \"~^db-[b-df-hj-np-tv-xz24-9]{5}$\" | 2\ndb-fresh | db-fresh | 1\n");
}

Test(families, numbers_hosts_versions_and_ids)
{
    expect_families(NAMES("qb-17", "qb-4"), "qb | \"~^qb-[0-9]+$\" | 2\n");
    expect_families(NAMES("qb-17"), "qb-17 | qb-17 | 1\n");
    expect_families(NAMES("host-003.eu", "host-011.eu"), "host | '~^host-[0-9]+\\.eu$' | 2\n");
    expect_families(NAMES("ip-10-0-0-1", "ip-10-0-0-2"), "ip-10-0-0 | \"~^ip-10-0-0-[0-9]+$\" | 2\n");
    expect_families(NAMES("app-v2.3.1"), "app | '~^app-v[0-9]+(\\.[0-9]+)*$' | 1\n");
    expect_families(NAMES("app-2.3.1", "app-v2", "app-v2.4.0-rc.1"),
                    "app | '~^app-v?[0-9]+(\\.[0-9]+)*([.-][A-Za-z]+[.-]?[0-9]*)?$' | 3\n");
    expect_families(NAMES("app-v2"), "app-v2 | app-v2 | 1\n");
    expect_families(NAMES("run-3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
                    "run | \"~^run-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$\" | 1\n");
    expect_families(NAMES("3F2504E0-4F89-41D3-9A0C-0305E82C3301"),
                    "uuid | \"~^[A-F0-9]{8}-[A-F0-9]{4}-[A-F0-9]{4}-[A-F0-9]{4}-[A-F0-9]{12}$\" | 1\n");
    expect_families(NAMES("box_3f2a9c81d0e4", "box_81d0e43f2a9c"), "box | \"~^box_[a-f0-9]{12}$\" | 2\n");
    expect_families(NAMES("shard-1-cart", "shard-22-cart"), "shard-cart | \"~^shard-[0-9]+-cart$\" | 2\n");
    expect_families(NAMES("10.0.0.1", "10.0.0.2"), "address | '~^[0-9]+(\\.[0-9]+)+$' | 2\n");
}

Test(families, digits_beside_letters_need_three_siblings)
{
    expect_families(NAMES("mp3", "mp4"), "mp3 | mp3 | 1\nmp4 | mp4 | 1\n");
    expect_families(NAMES("web1", "web2", "web30"), "web | \"~^web[0-9]+$\" | 3\n");
    expect_families(NAMES("eu1-web1", "eu1-web2", "eu1-web3"), "eu1-web | \"~^eu1-web[0-9]+$\" | 3\n");
    /* Many pods of two services are still two services. */
    expect_families(NAMES("s3-7d9f8b6c5d-x2x4z", "s3-7d9f8b6c5d-9kq7d", "s3-7d9f8b6c5d-b4b5c", "s4-7d9f8b6c5d-x2x4z"),
                    "s3 | \"~^s3-[a-z0-9]{8,10}-[a-z0-9]{5}$\" | 3\ns4 | \"~^s4-[a-z0-9]{8,10}-[a-z0-9]{5}$\" | 1\n");
}

Test(families, rules_let_mapped_names_alone)
{
    expect_families(NAMES("qb-1", "qb-2", "=qb-3"), "qb | \"~^qb-(1|2)$\" | 2\n");
    expect_families(NAMES("qb-1", "qb-2", "=qb-333"), "qb | \"~^qb-[0-9]{1}$\" | 2\n");
    struct names names = {0};
    struct toil_families families;
    char text[32];
    for (int i = 0; i < 500; i++) {
        int len = snprintf(text, sizeof text, "qb-%d", i);
        add_name(&names, text, (size_t)len, 1, i == 77);
    }
    toil_families_make(names.item, names.count, &families);
    cr_assert_eq(families.count, 1);
    cr_expect_eq(families.item[0].rule_count, 0);
    cr_expect_str_eq(families.item[0].why,
                     "no rule: they are too many: a pattern would match qb-77, too, which is mapped already");
    release(&names, &families);
}

Test(families, names_that_no_catalog_takes_as_they_are)
{
    expect_families(NAMES("~tilde"), "~tilde | \"~^~tilde$\" | 1\n");
    expect_families(NAMES("two\nlines"), "two_lines | '~^two\\x{a}lines$' | 1\n");
    expect_families(NAMES("end\n", "end"), "end | end | 1\nend_ | '~^end\\x{a}\\z' | 1\n");
    expect_families(NAMES("back\xe2\x80\xaewards"), "back_wards | '~^back\\x{202e}wards$' | 1\n");
    expect_families(NAMES(" lead"), "lead | \"~^ lead$\" | 1\n");
    expect_families(NAMES("a.b*c[1]", "a.b*c[2]"), "a.b*c | '~^a\\.b\\*c\\[[0-9]+\\]$' | 2\n");
    expect_families(NAMES("it's \"5\""), "it's \"5\" | \"it's \\\"5\\\"\" | 1\n");
    expect_families(NAMES("true"), "true | \"true\" | 1\n");
    expect_families(NAMES("(unmapped)"), "unmapped) | \"(unmapped)\" | 1\n");
    expect_families(NAMES(""), "unnamed | \"~^$\" | 1\n");
    char longer[1025];
    memset(longer, 'x', 1024);
    longer[1024] = '\0';
    struct names names = names_of(NAMES(longer));
    struct toil_families families;
    toil_families_make(names.item, names.count, &families);
    cr_expect_eq(families.item[0].rule_count, 1);
    cr_expect_eq(strlen(families.item[0].rule[0]), 256);
    cr_expect(strncmp(families.item[0].why, "by what they begin with", 23) == 0, "%s", families.item[0].why);
    release(&names, &families);
}

/* ---- properties, over made-up names ---- */

static uint32_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static void add_random(struct toil_buf *out, uint64_t *state, const char *letters, size_t least, size_t most)
{
    size_t len = least + next(state) % (most - least + 1);
    for (size_t i = 0; i < len; i++)
        toil_buf_add_char(out, letters[next(state) % strlen(letters)]);
}

/* Few different pieces, so that names come near each other. */
static void add_piece(struct toil_buf *out, uint64_t *state)
{
    static const char *const words[] = {"cart",
                                        "qb",
                                        "mssql",
                                        "fresh",
                                        "host",
                                        ".eu",
                                        "v",
                                        "~",
                                        "^",
                                        "$",
                                        "\n",
                                        "'",
                                        "\"",
                                        "\\",
                                        "(",
                                        ")",
                                        "[",
                                        "]",
                                        "*",
                                        "+",
                                        "?",
                                        "{",
                                        "}",
                                        "|",
                                        ".",
                                        " ",
                                        "\t",
                                        "\x7f",
                                        "\xc2\x85",
                                        "\xe2\x80\xa8",
                                        "\xef\xbb\xbf",
                                        "\xef\xbf\xbe",
                                        "\xf0\x9f\x9a\x80",
                                        "\xc3\xa9",
                                        "#",
                                        ": ",
                                        "-",
                                        "-",
                                        "_",
                                        "/"};
    switch (next(state) % 8) {
    case 0:
        add_random(out, state, "0123456789", 1, 3);
        break;
    case 1:
        toil_buf_add_char(out, '-');
        add_random(out, state, "bcdfghjklmnpqrstvwxz2456789", 5, 5);
        break;
    case 2:
        toil_buf_add_char(out, '-');
        add_random(out, state, "456789bcdf", 8, 10);
        break;
    case 3:
        add_random(out, state, "0123456789abcdef", 1, 12);
        break;
    case 4:
        toil_buf_printf(out, "-v%u.%u", next(state) % 3, next(state) % 9);
        break;
    case 5:
        if (next(state) % 40 == 0)
            add_random(out, state, "ab-1\xc2", 1, 1), toil_buf_add_text(out, "x");
        /* fall through */
    default:
        toil_buf_add_text(out, words[next(state) % (sizeof words / sizeof *words)]);
        break;
    }
}

static int compare_texts(const void *a, const void *b)
{
    const struct toil_raw_name *left = a, *right = b;
    size_t both = left->text.len < right->text.len ? left->text.len : right->text.len;
    int order = both ? memcmp(left->text.ptr, right->text.ptr, both) : 0;
    return order ? order : (left->text.len > right->text.len) - (left->text.len < right->text.len);
}

static struct names random_names(uint64_t seed, size_t count)
{
    struct names names = {0};
    struct toil_buf text = TOIL_BUF_INIT;
    uint64_t state = seed;
    for (size_t i = 0; i < count; i++) {
        toil_buf_clear(&text);
        for (unsigned pieces = 1 + next(&state) % 5; pieces > 0; pieces--)
            add_piece(&text, &state);
        while (next(&state) % 50 == 0 && text.len < 1000)
            add_random(&text, &state, "ab1-", 100, 300);
        bool valid = !memchr(text.data, '\xc2', text.len) || strstr(text.data, "\xc2\x85");
        if (valid)
            add_name(&names, text.data, text.len, 1 + next(&state) % 9, next(&state) % 10 == 0);
    }
    toil_buf_release(&text);
    qsort(names.item, names.count, sizeof *names.item, compare_texts);
    size_t kept = 0;
    for (size_t i = 0; i < names.count; i++) {
        if (kept > 0 && compare_texts(&names.item[kept - 1], &names.item[i]) == 0)
            free((char *)(uintptr_t)names.item[i].text.ptr);
        else
            names.item[kept++] = names.item[i];
    }
    names.count = kept;
    return names;
}

static bool any_rule_matches(struct toil_pattern *const *pattern, size_t count, struct toil_span text)
{
    for (size_t r = 0; r < count; r++)
        if (toil_pattern_matches(pattern[r], text))
            return true;
    return false;
}

/* Every rule stands in a catalog, all of a family match, nobody else does. */
static void check_family(const struct names *names, const struct toil_family *family)
{
    struct toil_pattern *pattern[TOIL_FAMILY_RULES];
    struct toil_error err;
    bool *own = toil_xcalloc(names->count, sizeof *own);
    for (size_t m = 0; m < family->member_count; m++)
        own[family->member[m]] = true;
    for (size_t r = 0; r < family->rule_count; r++) {
        cr_assert(toil_catalog_name_fits(toil_span_of(family->rule[r])), "%s", family->rule[r]);
        cr_assert_eq(toil_pattern_new(family->rule[r], &pattern[r], &err), TOIL_OK, "%s", err.message);
    }
    for (size_t i = 0; i < names->count && family->rule_count > 0; i++)
        cr_assert_eq(any_rule_matches(pattern, family->rule_count, names->item[i].text), own[i], "%s and \"%.*s\"",
                     family->rule[0], (int)names->item[i].text.len, names->item[i].text.ptr);
    cr_assert(family->rule_count > 0 || family->why, "neither rule nor reason: %s", family->name);
    for (size_t r = 0; r < family->rule_count; r++)
        toil_pattern_free(pattern[r]);
    free(own);
}

/* Each unmapped name is in one family, with its events. */
static void check_whole(const struct names *names, const struct toil_families *families)
{
    size_t members = 0, wanted = 0;
    int64_t events = 0, all = 0;
    for (size_t f = 0; f < families->count; f++) {
        members += families->item[f].member_count;
        events += families->item[f].events;
        cr_assert(f == 0 || families->item[f - 1].events >= families->item[f].events);
        for (size_t m = 0; m < families->item[f].member_count; m++)
            cr_assert_not(names->item[families->item[f].member[m]].mapped);
    }
    for (size_t i = 0; i < names->count; i++) {
        wanted += !names->item[i].mapped;
        all += names->item[i].mapped ? 0 : names->item[i].events;
    }
    cr_assert_eq(members, wanted);
    cr_assert_eq(events, all);
}

/* The snippet is a catalog, and its rules leave no name without a component but those that have none. */
static void check_yaml(const struct names *names, const struct toil_families *families)
{
    struct toil_catalog *none = toil_catalog_empty(), *catalog;
    struct toil_buf yaml = TOIL_BUF_INIT;
    struct toil_likely likely;
    struct toil_error err;
    toil_likely_init(&likely, none);
    toil_proposal_yaml(&likely, families, families->count, &yaml);
    cr_assert_eq(toil_catalog_load_text("proposed", (struct toil_span){yaml.data, yaml.len}, &catalog, &err), TOIL_OK,
                 "%s\n%s", err.message, err.hint);
    for (size_t f = 0; f < families->count; f++) {
        const struct toil_family *family = &families->item[f];
        for (size_t m = 0; m < family->member_count; m++) {
            size_t component = toil_catalog_match(catalog, names->item[family->member[m]].text);
            cr_assert_eq(component != SIZE_MAX, family->rule_count > 0, "%s", family->name);
            cr_assert(component == SIZE_MAX || strcmp(catalog->component[component].name, family->name) == 0);
        }
    }
    for (size_t i = 0; i < names->count; i++)
        cr_assert(!names->item[i].mapped || toil_catalog_match(catalog, names->item[i].text) == SIZE_MAX);
    toil_likely_release(&likely);
    toil_catalog_free(catalog);
    toil_catalog_free(none);
    toil_buf_release(&yaml);
}

Test(families, every_rule_matches_its_names_and_no_other, .timeout = 60)
{
    size_t patterns = 0, reasons = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct names names = random_names(seed, 400);
        struct toil_families families;
        toil_families_make(names.item, names.count, &families);
        check_whole(&names, &families);
        for (size_t f = 0; f < families.count; f++) {
            check_family(&names, &families.item[f]);
            patterns += families.item[f].member_count > 1 && families.item[f].rule_count == 1;
            reasons += families.item[f].why != NULL;
        }
        check_yaml(&names, &families);
        release(&names, &families);
    }
    /* The names are such that both happen. */
    cr_expect_gt(patterns, 100, "%zu", patterns);
    cr_expect_gt(reasons, 100, "%zu", reasons);
}

Test(families, the_order_of_the_names_does_not_matter)
{
    struct names names = random_names(7, 300);
    struct toil_families one, other;
    toil_families_make(names.item, names.count, &one);
    char *before = told(&one);
    for (size_t i = 0; i < names.count / 2; i++) {
        struct toil_raw_name swapped = names.item[i];
        names.item[i] = names.item[names.count - 1 - i];
        names.item[names.count - 1 - i] = swapped;
    }
    toil_families_make(names.item, names.count, &other);
    char *after = told(&other);
    cr_expect_str_eq(before, after);
    free(before);
    free(after);
    toil_families_release(&other);
    release(&names, &one);
}

/* Sanitizers make it five times slower. */
#ifdef __SANITIZE_ADDRESS__
#define SECONDS 10.0
#else
#define SECONDS 2.0
#endif

static double seconds_for(struct names *names, struct toil_families *families)
{
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    toil_families_make(names->item, names->count, families);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

/* All pods of one service; two names each of very many; what differs stands between the same beginning and end. */
Test(families, fifty_thousand_names_in_two_seconds, .timeout = 60)
{
    static const char *const shapes[] = {"cart-%08u5d-x2x4z", "app%c%c%c%c-%u", "host-%u-%c%c%c%c-1.example.com"};
    for (size_t shape = 0; shape < sizeof shapes / sizeof *shapes; shape++) {
        struct names names = {0};
        struct toil_families families;
        char text[64];
        for (unsigned i = 0; i < 50000; i++) {
            unsigned half = i / 2;
            char a = (char)('a' + half % 26), b = (char)('a' + half / 26 % 26), c = (char)('a' + half / 676 % 26),
                 d = (char)('a' + half / 17576 % 26);
            int len = shape == 0   ? snprintf(text, sizeof text, "cart-%08u5d-x2x4z", i)
                      : shape == 1 ? snprintf(text, sizeof text, "app%c%c%c%c-%u", a, b, c, d, i % 2)
                                   : snprintf(text, sizeof text, "host-%u-%c%c%c%c-1.example.com", i % 2, a, b, c, d);
            add_name(&names, text, (size_t)len, 1, false);
        }
        double seconds = seconds_for(&names, &families);
        cr_expect_lt(seconds, SECONDS, "%s: %.2f s", shapes[shape], seconds);
        size_t without = 0;
        for (size_t f = 0; f < families.count; f++)
            without += families.item[f].rule_count == 0;
        cr_expect_eq(without, 0, "%s: %zu of %zu", shapes[shape], without, families.count);
        check_family(&names, &families.item[0]);
        check_family(&names, &families.item[families.count - 1]);
        release(&names, &families);
    }
}

Test(families, a_component_of_nearly_that_name)
{
    struct toil_catalog *catalog;
    struct toil_error err;
    cr_assert_eq(toil_catalog_load_text("c",
                                        TOIL_SPAN("components:\n- {name: Queue_Balancer}\n- {name: cart-service}\n"
                                                  "- {name: cart}\n- {name: svc}\n"),
                                        &catalog, &err),
                 TOIL_OK, "%s", err.message);
    struct toil_likely likely;
    toil_likely_init(&likely, catalog);
    cr_expect_eq(toil_likely_component(&likely, "queue-balancer"), 0);
    cr_expect_eq(toil_likely_component(&likely, "queue-balancer-svc"), 0);
    cr_expect_eq(toil_likely_component(&likely, "cart"), 2);
    cr_expect_eq(toil_likely_component(&likely, "CART"), 1);
    cr_expect_eq(toil_likely_component(&likely, "svc"), 3);
    cr_expect_eq(toil_likely_component(&likely, "carts"), SIZE_MAX);
    cr_expect_eq(toil_likely_component(&likely, "-svc"), SIZE_MAX);

    /* A lone ordinal keeps its exact name, and belongs to the component all the same. */
    struct names names = names_of(NAMES("queue-balancer-7", "new-1", "new-2"));
    struct toil_families families;
    struct toil_buf yaml = TOIL_BUF_INIT;
    toil_families_make(names.item, names.count, &families);
    toil_proposal_yaml(&likely, &families, families.count, &yaml);
    cr_expect_str_eq(yaml.data,
                     "components:\n"
                     "  - name: new # 2 events, 2 names\n"
                     "    match: [\"~^new-[0-9]+$\"]\n"
                     "# In components that are there already, `match` becomes\n"
                     "#   Queue_Balancer\n"
                     "#     match: [Queue_Balancer, queue-balancer-7]\n",
                     "%s", yaml.data);
    toil_buf_release(&yaml);
    release(&names, &families);
    toil_likely_release(&likely);
    toil_catalog_free(catalog);
}
