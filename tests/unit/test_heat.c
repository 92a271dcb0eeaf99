/* The estimate of heat on modules whose heat is plain, and the division of functions into files: what it promises of
 * sizes, and that it stays where it is when a function grows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "emit/shard_plan.h"
#include "module_bytes.h"
#include "wasm/heat_estimate.h"

enum { LOOP = 0x03, END = 0x0b, CALL = 0x10, CALL_INDIRECT = 0x11, NOP = 0x01, CONST = 0x41, NONE = 0x40 };

/* ---- estimate ---- */

static struct image image, code;
static struct loaded loaded;

static void add_body(const uint8_t *bytes, size_t size) {
    image_u32(&code, (uint32_t)size + 1);
    image_u32(&code, 0);
    image_bytes(&code, bytes, size);
}

/* Function 0 is exported, function `declared` is in the table; all are [] -> []. What is returned lives as long as
 * `loaded`. */
static const unsigned char *estimate(uint8_t count, uint8_t declared, unsigned threads) {
    static struct image types;
    types.size = 0;
    image_u32(&types, count);
    for (uint8_t i = 0; i < count; i++)
        image_u32(&types, 0);
    image_begin(&image);
    SECTION(&image, 1, 1, 0x60, 0, 0);
    image_section(&image, 3, types.bytes, types.size);
    SECTION(&image, 4, 1, 0x70, 0, 1);
    SECTION(&image, 7, 1, 1, 'f', 0, 0);
    SECTION(&image, 9, 1, 0, CONST, 0, END, 1, declared);
    image_section(&image, 10, code.bytes, code.size);
    if (!load(&loaded, &image)) fail_msg("%s", loaded.context.diag.message);
    return heat_estimate(&loaded.module, &loaded.arena, threads);
}

static void begin_code(uint8_t count) {
    code.size = 0;
    image_u32(&code, count);
}

static void add_idle(int count) {
    static const uint8_t idle[100] = {[0 ... 98] = NOP, [99] = END};
    for (int i = 0; i < count; i++)
        add_body(idle, sizeof idle);
}

/* 0 calls 1 in a loop, 1 calls 2 in a loop: 2 is the hottest. Nobody calls the others. */
static void loops_are_hot(void **state) {
    (void)state;
    for (unsigned threads = 1; threads < 4; threads++) {
        begin_code(23);
        add_body(BYTES(LOOP, NONE, CALL, 1, END, END));
        add_body(BYTES(LOOP, NONE, CALL, 2, END, END));
        add_body(BYTES(LOOP, NONE, NOP, END, END));
        add_idle(20);
        const unsigned char *heats = estimate(23, 0, threads);
        assert_int_equal(heats[1], HEAT_HOT);
        assert_int_equal(heats[2], HEAT_HOT);
        for (int i = 3; i < 23; i++)
            assert_int_equal(heats[i], HEAT_COLD);
        unload(&loaded);
    }
}

/* The only function that the call in 0 can lead to is the one in the table. */
static void calls_by_table_lead_somewhere(void **state) {
    (void)state;
    begin_code(22);
    add_body(BYTES(LOOP, NONE, CONST, 0, CALL_INDIRECT, 0, 0, END, END));
    add_idle(20);
    add_body(BYTES(LOOP, NONE, NOP, END, END));
    const unsigned char *heats = estimate(22, 21, 1);
    assert_int_equal(heats[21], HEAT_HOT);
    for (int i = 1; i < 21; i++)
        assert_int_equal(heats[i], HEAT_COLD);
    unload(&loaded);
}

/* Numbers stay in their range where heat would grow without end. */
static void cycles_end(void **state) {
    (void)state;
    begin_code(22);
    add_body(BYTES(LOOP, NONE, LOOP, NONE, LOOP, NONE, LOOP, NONE, CALL, 1, CALL, 0, END, END, END, END, END));
    add_body(BYTES(LOOP, NONE, LOOP, NONE, LOOP, NONE, LOOP, NONE, CALL, 1, CALL, 0, END, END, END, END, END));
    add_idle(20);
    const unsigned char *heats = estimate(22, 0, 2);
    assert_int_equal(heats[1], HEAT_HOT);
    assert_int_equal(heats[2], HEAT_COLD);
    unload(&loaded);
}

/* ---- measurement ---- */

enum { MEASURED = 8 };

static struct func measured_funcs[MEASURED];
static const struct module measured_module = {
    .funcs = measured_funcs, .func_count = MEASURED, .imported_func_count = 1};

/* Every function has 100 bytes, but for 7, which has 10 000. */
static void set_sizes(void) {
    for (int i = 1; i < MEASURED; i++)
        measured_funcs[i].body.size = i == 7 ? 10000 : 100;
}

static void what_ran_is_hot(void **state) {
    (void)state;
    static struct heat_count counts[] = {{2, 60}, {3, 90}, {7, 10000}, {5, 1000000}, {4, 100}, {6, 400}};
    static const enum heat expected[MEASURED] = {HEAT_COLD, HEAT_COLD, HEAT_COLD, HEAT_WARM,
                                                 HEAT_HOT,  HEAT_HOT,  HEAT_HOT,  HEAT_HOT};
    set_sizes();
    struct arena arena = {0};
    const struct heat_profile profile = {counts, sizeof counts / sizeof counts[0]};
    assert_true(heat_profile_fits(&measured_module, &profile));
    const unsigned char *found = heat_measured(&measured_module, &arena, &profile);
    for (int i = 0; i < MEASURED; i++)
        assert_int_equal(found[i], expected[i]);
    arena_free(&arena);
}

static void nothing_ran(void **state) {
    (void)state;
    static struct heat_count counts[] = {{1, 0}, {2, 0}};
    set_sizes();
    struct arena arena = {0};
    for (size_t count = 0; count <= 2; count++) {
        const unsigned char *found = heat_measured(&measured_module, &arena, &(struct heat_profile){counts, count});
        for (int i = 0; i < MEASURED; i++)
            assert_int_equal(found[i], HEAT_COLD);
    }
    arena_free(&arena);
}

/* Counts that add up to more than 64 bits hold are those of a forger, but no reason to fail. */
static void extreme_counts_are_numbers(void **state) {
    (void)state;
    static struct heat_count counts[] = {{1, UINT64_MAX}, {2, UINT64_MAX}, {3, 1}};
    set_sizes();
    struct arena arena = {0};
    const unsigned char *found = heat_measured(&measured_module, &arena, &(struct heat_profile){counts, 3});
    assert_int_equal(found[1], HEAT_HOT);
    assert_int_equal(found[2], HEAT_HOT);
    assert_int_equal(found[3], HEAT_COLD);
    assert_false(heat_profile_fits(&measured_module, &(struct heat_profile){&(struct heat_count){MEASURED, 1}, 1}));
    arena_free(&arena);
}

/* ---- division ---- */

enum { FUNCS = 4000, WANTED = 20000 };

static struct func funcs[FUNCS];
static unsigned char heats[FUNCS];
static const struct module module = {.funcs = funcs, .func_count = FUNCS};

static void make_functions(void) {
    uint32_t random = 1;
    for (int i = 0; i < FUNCS; i++) {
        random = random * 1103515245 + 12345;
        funcs[i].body.size = 20 + (random >> 16) % 1000;
        heats[i] = (random >> 8) % 10 == 0 ? HEAT_HOT : (random >> 8) % 10 < 4 ? HEAT_WARM : HEAT_COLD;
    }
    funcs[1234].body.size = 10 * WANTED;
}

static size_t bytes_of(const struct shard_range *range) {
    size_t sum = 0;
    for (uint32_t i = 0; i < range->count; i++)
        sum += funcs[range->funcs[i]].body.size;
    return sum;
}

static bool has_giant(const struct shard_range *range) {
    for (uint32_t i = 0; i < range->count; i++) {
        if (range->funcs[i] == 1234) return true;
    }
    return false;
}

static void all_are_there_once(const struct shard_plan *plan) {
    static unsigned char seen[FUNCS];
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < plan->count; i++) {
        for (uint32_t k = 0; k < plan->ranges[i].count; k++)
            assert_int_equal(seen[plan->ranges[i].funcs[k]]++, 0);
    }
    assert_null(memchr(seen, 0, FUNCS));
}

static void ranges_have_one_heat_and_a_size(void **state) {
    (void)state;
    struct arena arena = {0};
    make_functions();
    const struct shard_plan plan = shard_plan_heat(&module, &arena, heats, WANTED);
    all_are_there_once(&plan);
    for (size_t i = 0; i < plan.count; i++) {
        const struct shard_range *range = &plan.ranges[i];
        for (uint32_t k = 0; k < range->count; k++)
            assert_int_equal(heats[range->funcs[k]], range->heat);
        if (has_giant(range)) continue;
        const bool is_last = i + 1 == plan.count || plan.ranges[i + 1].heat != range->heat;
        assert_true(bytes_of(range) <= WANTED * 5 / 4);
        assert_true(is_last || bytes_of(range) >= WANTED * 3 / 4 || has_giant(range + 1));
    }
    arena_free(&arena);
}

static bool has_range(const struct shard_plan *plan, const struct shard_range *range) {
    for (size_t i = 0; i < plan->count; i++) {
        const struct shard_range *other = &plan->ranges[i];
        if (other->count == range->count &&
            memcmp(other->funcs, range->funcs, range->count * sizeof *range->funcs) == 0) {
            return true;
        }
    }
    return false;
}

static unsigned count_new_ranges(const struct shard_plan *before, const struct shard_plan *after) {
    unsigned count = 0;
    for (size_t i = 0; i < after->count; i++)
        count += !has_range(before, &after->ranges[i]);
    return count;
}

/* Half of the changes move nothing, and the others little; the sum of all is what counts. */
static void a_change_stays_where_it_is(void **state) {
    (void)state;
    struct arena arena = {0};
    make_functions();
    const struct shard_plan before = shard_plan_heat(&module, &arena, heats, WANTED);
    unsigned moved = 0, changes = 0;
    for (int func = 0; func < FUNCS; func += 40, changes++) {
        make_functions();
        funcs[func].body.size += 300;
        const struct shard_plan after = shard_plan_heat(&module, &arena, heats, WANTED);
        moved += count_new_ranges(&before, &after);
    }
    assert_true(moved < changes);
    arena_free(&arena);
}

static void a_number_of_ranges_is_kept(void **state) {
    (void)state;
    struct arena arena = {0};
    make_functions();
    for (size_t count = 1; count < 100; count += 7) {
        const struct shard_plan plan = shard_plan_count(&module, &arena, count);
        assert_int_equal(plan.count, count);
        all_are_there_once(&plan);
    }
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_are_hot),
        cmocka_unit_test(calls_by_table_lead_somewhere),
        cmocka_unit_test(cycles_end),
        cmocka_unit_test(what_ran_is_hot),
        cmocka_unit_test(nothing_ran),
        cmocka_unit_test(extreme_counts_are_numbers),
        cmocka_unit_test(ranges_have_one_heat_and_a_size),
        cmocka_unit_test(a_change_stays_where_it_is),
        cmocka_unit_test(a_number_of_ranges_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
