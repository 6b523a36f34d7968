/* Offsets: steps, placing after a claim, the order of positions, closing of parcels, and the comparison after a lost
 * COMMIT. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "collector/narrow.h"
#include "collector/parcel.h"
#include "collector/position.h"
#include "collector/session.h"

Test(positions, a_step_is_told_by_the_distance)
{
    static const struct {
        int64_t next, offset;
        enum position_step step;
    } rows[] = {
        {0, 0, POSITION_EXPECTED}, {7, 7, POSITION_EXPECTED}, {7, 6, POSITION_REREAD}, {7, 0, POSITION_REREAD},
        {7, 8, POSITION_MARKER},   {7, 9, POSITION_HOLE},     {0, 500, POSITION_HOLE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct position position = {.next = rows[i].next};
        cr_expect(eq(int, position_step(&position, rows[i].offset), rows[i].step), "row %zu", i);
    }
}

Test(positions, placing_tells_loss_from_a_beginning)
{
    static const struct {
        int64_t stored, low, high;
        bool latest;
        int64_t start;
        enum position_loss loss;
    } rows[] = {
        {POSITION_NONE, 0, 10, false, 0, POSITION_LOSS_NONE},
        {POSITION_NONE, 4, 10, false, 4, POSITION_LOSS_NONE},
        {POSITION_NONE, 4, 10, true, 10, POSITION_LOSS_NONE},
        {POSITION_NONE, 0, 0, true, 0, POSITION_LOSS_NONE},
        {5, 0, 10, false, 5, POSITION_LOSS_NONE},
        {5, 5, 10, true, 5, POSITION_LOSS_NONE},
        {10, 0, 10, false, 10, POSITION_LOSS_NONE},
        {10, 10, 10, false, 10, POSITION_LOSS_NONE},
        {5, 6, 10, false, 6, POSITION_LOSS_RETENTION},
        {0, 10, 10, false, 10, POSITION_LOSS_RETENTION},
        {11, 0, 10, false, 0, POSITION_LOSS_RECREATED},
        {11, 3, 10, true, 3, POSITION_LOSS_RECREATED},
        {1, 0, 0, false, 0, POSITION_LOSS_RECREATED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t start = -7;
        enum position_loss loss = position_place(rows[i].stored, rows[i].low, rows[i].high, rows[i].latest, &start);
        cr_expect(eq(int, loss, rows[i].loss), "row %zu", i);
        cr_expect(eq(i64, start, rows[i].start), "row %zu", i);
    }
}

Test(positions, stay_in_order_and_once_each)
{
    struct positions positions = {0};
    static const char *const topics[] = {"b", "a", "c"};
    for (int round = 0; round < 2; round++) {
        for (unsigned t = 0; t < 3; t++) {
            for (int32_t partition = 40; partition-- > 0;)
                positions_add(&positions, topics[t], t, partition);
        }
    }
    cr_assert(eq(sz, positions.count, 120));
    for (size_t i = 0; i < positions.count; i++) {
        cr_expect(eq(int, positions.at[i].topic[0], (int)('a' + i / 40)));
        cr_expect(eq(int, positions.at[i].partition, (int)(i % 40)));
    }
    positions_remove(&positions, "b", 0);
    positions_remove(&positions, "b", 0);
    cr_expect(eq(sz, positions.count, 119));
    cr_expect(positions_find(&positions, "b", 0) == NULL);
    char name[] = "b"; /* another pointer, the same name */
    struct position *found = positions_find(&positions, name, 1);
    cr_assert(found != NULL);
    cr_expect(eq(int, found->partition, 1));
    cr_expect(positions_find(&positions, "b", 40) == NULL);
    cr_expect(positions_find(&positions, "d", 0) == NULL);
    positions_release(&positions);
}

Test(positions, skipping_counts_and_never_goes_back)
{
    struct position position = {.next = 5};
    position_skip_to(&position, 9);
    position_skip_to(&position, 7);
    cr_expect(eq(i64, position.next, 9));
    cr_expect(eq(u64, position.skipped, 4));
    cr_expect(position.touched);
}

Test(positions, a_clock_ahead_does_not_move_the_watermark)
{
    struct position position = {.next = 0, .reading = true, .read_to_us = POSITION_NO_TIME};
    position_take(&position, POSITION_NO_TIME, 1000);
    cr_expect(position.read_to_us == POSITION_NO_TIME);
    position_take(&position, 500, 1000);
    cr_expect(eq(i64, position.read_to_us, 500));
    position_take(&position, 300, 1000);
    cr_expect(eq(i64, position.read_to_us, 500));
    position_take(&position, 99999, 1000);
    cr_expect(eq(i64, position.read_to_us, 1000));
    cr_expect(eq(i64, position.next, 4));
}

Test(positions, the_end_moves_the_watermark_only_when_reached)
{
    struct position position = {.next = 9, .reading = true, .read_to_us = 100};
    position_hear_end(&position, 10, 2000);
    cr_expect(eq(i64, position.read_to_us, 100));
    cr_expect(not(position.touched));
    position_hear_end(&position, 9, 2000);
    cr_expect(eq(i64, position.read_to_us, 2000));
    cr_expect(position.touched);
    position.reading = false;
    position_hear_end(&position, 9, 3000);
    cr_expect(eq(i64, position.read_to_us, 2000));
}

Test(parcels, close_takes_touched_positions_and_chains_them)
{
    struct positions positions = {0};
    struct parcel parcel;
    parcel_init(&parcel);
    parcel_open(&parcel, 1);
    for (int32_t partition = 0; partition < 3; partition++)
        positions_add(&positions, "t", 0, partition)->next = 10;
    positions_find(&positions, "t", 1)->chained = 10;
    position_take(positions_find(&positions, "t", 1), POSITION_NO_TIME, 0);
    position_skip_to(positions_find(&positions, "t", 2), 13);
    cr_assert(parcel_close(&parcel, &positions));
    cr_assert(eq(sz, parcel.move_count, 2));
    cr_expect(eq(int, parcel.move[0].partition, 1));
    cr_expect(eq(i64, parcel.move[0].from, 10));
    cr_expect(eq(i64, parcel.move[0].to, 11));
    cr_expect(eq(i64, parcel.move[1].from, POSITION_NONE));
    cr_expect(eq(i64, parcel.move[1].to, 13));
    cr_expect(eq(u64, parcel.move[1].skipped, 3));
    parcel_open(&parcel, 2);
    cr_expect(not(parcel_close(&parcel, &positions)), "nothing is told twice");
    parcel_open(&parcel, 3);
    position_take(positions_find(&positions, "t", 1), POSITION_NO_TIME, 0);
    cr_assert(parcel_close(&parcel, &positions));
    cr_expect(eq(i64, parcel.move[0].from, 11), "parcels chain");
    parcel_release(&parcel);
    positions_release(&positions);
}

static struct parcel_move move(int32_t partition, int64_t from, int64_t to)
{
    return (struct parcel_move){.topic = "t", .partition = partition, .from = from, .to = to};
}

static struct sink_lease lease(int32_t partition, int64_t next)
{
    return (struct sink_lease){.topic = "t", .partition = partition, .next = next};
}

Test(sessions, what_the_database_holds_settles_a_lost_commit)
{
    struct parcel_move moves[] = {move(0, 5, 9), move(2, POSITION_NONE, 3)};
    const struct parcel parcel = {.move = moves, .move_count = 2};
    const struct sink_lease before[] = {lease(0, 5), lease(1, 7), lease(2, POSITION_NONE)};
    static const struct {
        int64_t next[3];
        enum session_standing standing;
    } rows[] = {
        {{5, 7, POSITION_NONE}, SESSION_BEFORE},
        {{9, 7, 3}, SESSION_AFTER},
        {{9, 7, POSITION_NONE}, SESSION_ELSEWHERE}, /* half of it is somebody else's work */
        {{5, 7, 3}, SESSION_ELSEWHERE},
        {{12, 7, 3}, SESSION_ELSEWHERE},            /* moved on beyond ours */
        {{4, 7, POSITION_NONE}, SESSION_ELSEWHERE}, /* the database went back */
        {{5, 8, POSITION_NONE}, SESSION_ELSEWHERE}, /* a partition that is not in the parcel moved */
        {{9, 6, 3}, SESSION_ELSEWHERE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct sink_lease after[] = {lease(0, rows[i].next[0]), lease(1, rows[i].next[1]),
                                           lease(2, rows[i].next[2])};
        cr_expect(eq(int, session_compare(&parcel, before, after, 3), rows[i].standing), "row %zu", i);
    }
    const struct sink_lease fewer[] = {lease(0, 5), lease(1, 7)};
    cr_expect(eq(int, session_compare(&parcel, before, fewer, 2), SESSION_ELSEWHERE), "a lease is gone");
}

/* A log of messages of which some are refused, written with the parcel sizes that narrowing asks for: returns how many
 * parcels it took, and checks that exactly the bad ones were quarantined. */
static unsigned write_all(unsigned count, const unsigned *bad, size_t bad_count, unsigned rows)
{
    static const char topic[] = "t";
    struct narrow narrow = {0};
    struct position position = {.topic = topic};
    unsigned at = 0, parcels = 0, quarantined = 0;
    while (at < count) {
        unsigned size = narrow.limit ? (unsigned)narrow.limit : rows;
        unsigned end = at + size < count ? at + size : count;
        bool refused = false;
        unsigned held = 0;
        for (unsigned i = at; i < end; i++) {
            bool culprit = narrow_is_culprit(&narrow, &position, i);
            held += culprit;
            for (size_t k = 0; k < bad_count; k++)
                refused = refused || (bad[k] == i && !culprit);
        }
        const struct parcel parcel = {.batch.messages = end - at, .last_topic = topic, .last_offset = end - 1};
        parcels++;
        cr_assert(lt(u32, parcels, 100000), "it never ends");
        if (refused) {
            cr_assert(narrow_refused(&narrow, &parcel, "23514"));
            continue;
        }
        quarantined += held;
        narrow_stored(&narrow, &parcel);
        at = end;
    }
    cr_expect(eq(u32, quarantined, (unsigned)bad_count));
    cr_expect(narrow.topic == NULL);
    return parcels;
}

Test(narrow, finds_every_refused_row)
{
    cr_expect(eq(u32, write_all(1000, NULL, 0, 100), 10));
    static const unsigned first[] = {0}, last[] = {999}, neighbours[] = {500, 501, 503}, all[] = {0, 1, 2, 3, 4};
    cr_expect(lt(u32, write_all(1000, first, 1, 1000), 30));
    cr_expect(lt(u32, write_all(1000, last, 1, 1000), 30));
    cr_expect(lt(u32, write_all(1000, neighbours, 3, 400), 90));
    write_all(5, all, 5, 5);
}

Test(narrow, a_parcel_without_messages_has_no_culprit)
{
    struct narrow narrow = {0};
    const struct parcel parcel = {0};
    cr_expect(not(narrow_refused(&narrow, &parcel, "23514")));
}
