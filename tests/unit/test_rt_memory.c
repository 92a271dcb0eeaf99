/* Memories in both schemes: limits, zeroed pages, bases that stay, bounds of the bulk operators. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rt.h"
#include "w2c/ops_bulk.h"

enum { PAGE = 65536 };

static struct w2c_memory make(enum w2c_bounds bounds, uint64_t min, uint64_t max) {
    struct w2c_memory memory;
    struct w2c_memory_type type = {.min_pages = min, .max_pages = max, .has_max = true};
    assert_true(w2c_memory_init(&memory, type, bounds));
    return memory;
}

static bool is_zero(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static void grows(enum w2c_bounds bounds) {
    struct w2c_memory memory = make(bounds, 1, 4);
    const uint8_t *base = memory.base;
    assert_int_equal(memory.size_bytes, PAGE);
    assert_true(is_zero(memory.base, PAGE));
    memset(memory.base, 0x5a, PAGE);
    assert_int_equal(w2c_memory_grow(&memory, 2), 1);
    assert_int_equal(memory.size_bytes, 3 * PAGE);
    assert_int_equal(memory.base[PAGE - 1], 0x5a);
    assert_true(is_zero(memory.base + PAGE, 2 * PAGE));
    memory.base[3 * PAGE - 1] = 1;
    assert_int_equal(w2c_memory_grow(&memory, 2), UINT64_MAX);
    assert_int_equal(w2c_memory_grow(&memory, UINT64_MAX), UINT64_MAX);
    assert_int_equal(w2c_memory_grow(&memory, 0), 3);
    assert_int_equal(w2c_memory_grow(&memory, 1), 3);
    assert_int_equal(w2c_memory_grow(&memory, 0), 4);
    assert_true(bounds == W2C_BOUNDS_CHECK || memory.base == base);
    w2c_memory_free(&memory);
    assert_null(memory.base);
}

static void checked_memory_grows(void **state) {
    (void)state;
    grows(W2C_BOUNDS_CHECK);
}

static void guarded_memory_grows(void **state) {
    (void)state;
    grows(W2C_BOUNDS_GUARD);
}

static void empty_memory_exists(void **state) {
    (void)state;
    for (int bounds = W2C_BOUNDS_CHECK; bounds <= W2C_BOUNDS_GUARD; bounds++) {
        struct w2c_memory memory = make((enum w2c_bounds)bounds, 0, 65536);
        assert_non_null(w2c_memory_bytes(&memory, 0, 0));
        assert_null(w2c_memory_bytes(&memory, 0, 1));
        memory_fill(&memory, 0, 1, 0);
        memory_init(&memory, NULL, 0, 0, 0, 0);
        assert_int_equal(w2c_memory_grow(&memory, 1), 0);
        assert_true(is_zero(memory.base, PAGE));
        w2c_memory_free(&memory);
    }
}

static void guarded_memory_holds_4_gib(void **state) {
    (void)state;
    struct w2c_memory memory = make(W2C_BOUNDS_GUARD, 65535, 65536);
    assert_int_equal(w2c_memory_grow(&memory, 1), 65535);
    assert_int_equal(memory_size(&memory), 65536);
    memory.base[0xffffffffu] = 7;
    assert_ptr_equal(w2c_memory_bytes(&memory, 0xffffffffu, 1), memory.base + 0xffffffffu);
    assert_null(w2c_memory_bytes(&memory, 0xffffffffu, 2));
    assert_null(w2c_memory_bytes(&memory, UINT64_MAX, 2));
    assert_int_equal(memory_grow(&memory, 1), 0xffffffffu);
    w2c_memory_free(&memory);
}

/* The last page below 2^32 is one that it has from the beginning, or never: with it a comparison for several accesses
 * at once would not be exact. */
static void checked_memory_does_not_grow_to_4_gib(void **state) {
    (void)state;
    struct w2c_memory memory = make(W2C_BOUNDS_CHECK, 1, 65536);
    assert_int_equal(memory.max_pages, 65536);
    assert_int_equal(w2c_memory_grow(&memory, 65535), UINT64_MAX);
    assert_int_equal(w2c_memory_grow(&memory, 65536), UINT64_MAX);
    assert_int_equal(w2c_memory_grow(&memory, 2), 1);
    w2c_memory_free(&memory);
    struct w2c_memory_type bytes = {.min_pages = 1, .max_pages = 65536, .has_max = true, .page_bytes = 1};
    assert_true(w2c_memory_init(&memory, bytes, W2C_BOUNDS_CHECK));
    assert_int_equal(w2c_memory_grow(&memory, 65535), 1);
    w2c_memory_free(&memory);
}

static void maximum_defaults_to_address_space(void **state) {
    (void)state;
    struct w2c_memory memory;
    assert_true(w2c_memory_init(&memory, (struct w2c_memory_type){.min_pages = 1}, W2C_BOUNDS_GUARD));
    assert_int_equal(memory.max_pages, 65536);
    assert_int_equal(w2c_memory_grow(&memory, 65536), UINT64_MAX);
    w2c_memory_free(&memory);
}

static void impossible_types_are_refused(void **state) {
    (void)state;
    struct w2c_memory memory;
    struct w2c_memory_type wide = {.min_pages = W2C_WIDE_BYTES / PAGE + 1, .is_64 = true};
    assert_false(w2c_memory_init(&memory, wide, W2C_BOUNDS_GUARD));
    wide.min_pages = (uint64_t)1 << 48;
    assert_false(w2c_memory_init(&memory, wide, W2C_BOUNDS_CHECK));
    assert_false(w2c_memory_init(&memory, wide, W2C_BOUNDS_GUARD));
    assert_false(w2c_memory_init(&memory, (struct w2c_memory_type){.min_pages = 65537}, W2C_BOUNDS_CHECK));
}

/* A reservation of 256 GiB and what offsets below 2^32 reach from its last byte; growth ends with the former. */
static void wide_memory_is_guarded(void **state) {
    (void)state;
    struct w2c_memory memory;
    const struct w2c_memory_type type = {.min_pages = 1, .is_64 = true};
    assert_true(w2c_memory_init(&memory, type, W2C_BOUNDS_GUARD));
    const uintptr_t start = (uintptr_t)memory.base;
    assert_true(w2c_memory_reserves(start));
    assert_true(w2c_memory_reserves(start + W2C_WIDE_BYTES + 0xffffffffu + 16));
    assert_false(w2c_memory_reserves(start + memory.reserved_bytes));
    assert_int_equal(w2c_memory_grow(&memory, W2C_WIDE_BYTES / PAGE), UINT64_MAX);
    assert_int_equal(w2c_memory_grow(&memory, UINT64_MAX), UINT64_MAX);
    assert_int_equal(w2c_memory_grow(&memory, (uint64_t)1 << 47), UINT64_MAX);
    assert_int_equal(w2c_memory_grow(&memory, 2), 1);
    assert_int_equal(memory.size_bytes, 3 * PAGE);
    memory.base[3 * PAGE - 1] = 1;
    assert_null(w2c_memory_bytes(&memory, UINT64_MAX, UINT64_MAX));
    w2c_memory_free(&memory);
    assert_false(w2c_memory_reserves(start));
}

/* No processor guards single bytes, so that they are compared whatever is asked for. */
static void memory_of_bytes(void **state) {
    (void)state;
    for (int bounds = W2C_BOUNDS_CHECK; bounds <= W2C_BOUNDS_GUARD; bounds++) {
        struct w2c_memory memory;
        struct w2c_memory_type type = {.min_pages = 5, .max_pages = 100000, .has_max = true, .page_bytes = 1};
        assert_true(w2c_memory_init(&memory, type, (enum w2c_bounds)bounds));
        assert_false(memory.is_guarded);
        assert_int_equal(memory.size_bytes, 5);
        assert_non_null(w2c_memory_bytes(&memory, 4, 1));
        assert_null(w2c_memory_bytes(&memory, 4, 2));
        memset(memory.base, 7, 5);
        assert_int_equal(w2c_memory_grow(&memory, 3), 5); /* less than there is, then more */
        assert_int_equal(w2c_memory_grow(&memory, 90000), 8);
        assert_int_equal(memory.base[4], 7);
        assert_true(is_zero(memory.base + 5, 90003));
        assert_int_equal(w2c_memory_grow(&memory, 9993), UINT64_MAX);
        w2c_memory_free(&memory);
        type.min_pages = UINT64_MAX;
        type.has_max = false;
        assert_false(w2c_memory_init(&memory, type, (enum w2c_bounds)bounds));
    }
}

/* A memory that grew a lot is not touched where nobody writes: the pages are not there. */
static void growth_is_sparse(void **state) {
    (void)state;
    enum { GROWN = 1 << 14 }; /* 1 GiB */
    struct w2c_memory memory = make(W2C_BOUNDS_CHECK, 1, GROWN + 1);
    memory.base[PAGE - 1] = 1;
    assert_int_equal(w2c_memory_grow(&memory, GROWN), 1);
    assert_int_equal(memory.base[PAGE - 1], 1);
    unsigned char is_there[2];
    uint8_t *const middle = memory.base + (size_t)GROWN * PAGE / 2;
    assert_int_equal(mincore(middle - (uintptr_t)middle % 4096, 4097, is_there), 0);
    assert_int_equal(is_there[0] & 1, 0);
    w2c_memory_free(&memory);
}

static void placed_memory_stays_reserved(void **state) {
    (void)state;
    size_t size = (size_t)0x210000000u;
    uint8_t *space = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(space != MAP_FAILED);
    struct w2c_memory_type type = {.min_pages = 1, .address = space};
    for (int i = 0; i < 2; i++) {
        struct w2c_memory memory;
        assert_true(w2c_memory_init(&memory, type, W2C_BOUNDS_GUARD));
        assert_true(memory.is_placed);
        assert_ptr_equal(memory.base, space);
        assert_int_equal(memory.base[5], 0);
        memory.base[5] = 1;
        w2c_memory_free(&memory);
        assert_false(w2c_memory_reserves((uintptr_t)space));
    }
    munmap(space, size);
}

/* Under check it needs no more than its maximum, and grows where it stands. */
static void placed_memory_does_not_move(void **state) {
    (void)state;
    uint8_t *space = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(space != MAP_FAILED);
    struct w2c_memory_type type = {.min_pages = 1, .max_pages = 4, .has_max = true, .address = space};
    for (int i = 0; i < 2; i++) {
        struct w2c_memory memory;
        assert_true(w2c_memory_init(&memory, type, W2C_BOUNDS_CHECK));
        assert_ptr_equal(memory.base, space);
        assert_int_equal(memory.base[PAGE - 1], 0);
        memory.base[PAGE - 1] = 1;
        assert_int_equal(w2c_memory_grow(&memory, 3), 1);
        assert_ptr_equal(memory.base, space);
        assert_int_equal(memory.base[PAGE - 1], 1);
        assert_int_equal(memory.base[4 * PAGE - 1], 0);
        memory.base[4 * PAGE - 1] = 1;
        assert_int_equal(w2c_memory_grow(&memory, 1), UINT64_MAX);
        assert_int_equal(memory.size_bytes, 4 * PAGE);
        assert_false(w2c_memory_reserves((uintptr_t)space));
        w2c_memory_free(&memory);
    }
    munmap(space, 4 * PAGE);
}

/* Each for one test: what was moved is gone. */
static const uint8_t W2C_ON_PAGE moved_image[8192] = {'m', [1] = 'o', [4095] = 'v', [4096] = 'e', [8191] = 'd'};
static const uint8_t W2C_ON_PAGE copied_image[8192] = {'c', [1] = 'o', [4095] = 'p', [4096] = 'i', [8191] = 'e'};

static bool is_mapped(const uint8_t *page) {
    unsigned char residence;
    return mincore((void *)(uintptr_t)page, 1, &residence) == 0;
}

/* Whole pages of this program become pages of the memory, between zeros, and are as good as any. */
static void image_is_moved(void **state) {
    (void)state;
    uint8_t expected[8192];
    memcpy(expected, moved_image, sizeof expected);
    struct w2c_memory memory = make(W2C_BOUNDS_GUARD, 1, 4);
    assert_true(w2c_memory_take(&memory, moved_image, 12288, 8192));
    assert_memory_equal(memory.base + 12288, expected, 8192);
    assert_true(is_zero(memory.base, 12288));
    assert_true(is_zero(memory.base + 12288 + 8192, PAGE - 12288 - 8192));
#ifdef __linux__
    assert_int_equal(is_mapped(moved_image), sysconf(_SC_PAGESIZE) != 4096);
#endif
    memory.base[12288] = 'M';
    memory.base[12288 + 8191] = 'D';
    assert_int_equal(memory.base[12289], 'o');
    assert_int_equal(w2c_memory_grow(&memory, 3), 1);
    assert_int_equal(memory.base[12288 + 8191], 'D');
    w2c_memory_free(&memory);
}

static void image_is_copied(void **state) {
    (void)state;
    struct w2c_memory memory = make(W2C_BOUNDS_CHECK, 1, 1);
    assert_true(w2c_memory_take(&memory, copied_image, 4096, 8192));
    assert_memory_equal(memory.base + 4096, copied_image, 8192);
    w2c_memory_free(&memory);
    /* Pages that somebody else has a part of stay where they are. */
    memory = make(W2C_BOUNDS_GUARD, 1, 1);
    assert_true(w2c_memory_take(&memory, copied_image, 1, 4096));
    assert_true(w2c_memory_take(&memory, copied_image + 4095, 8192, 4096));
    assert_true(w2c_memory_take(&memory, copied_image, PAGE - 5, 5));
    assert_true(is_mapped(copied_image));
    assert_memory_equal(memory.base + 1, copied_image, 4096);
    assert_memory_equal(memory.base + 8192, copied_image + 4095, 4096);
    assert_memory_equal(memory.base + PAGE - 5, copied_image, 5);
    w2c_memory_free(&memory);
}

static void image_must_fit(void **state) {
    (void)state;
    struct w2c_memory memory = make(W2C_BOUNDS_GUARD, 1, 4);
    assert_false(w2c_memory_take(&memory, copied_image, PAGE - 4096, 8192));
    assert_false(w2c_memory_take(&memory, copied_image, UINT64_MAX - 4095, 8192));
    assert_true(w2c_memory_take(&memory, copied_image, PAGE, 0));
    assert_true(is_zero(memory.base, PAGE));
    w2c_memory_free(&memory);
}

/* More than one chunk of the registry, with holes. */
static void registry_knows_many_reservations(void **state) {
    (void)state;
    enum { COUNT = 150 };
    static struct w2c_memory memories[COUNT];
    for (int i = 0; i < COUNT; i++) {
        memories[i] = make(W2C_BOUNDS_GUARD, 0, 1);
    }
    for (int i = 0; i < COUNT; i += 2) {
        uintptr_t start = (uintptr_t)memories[i].base;
        w2c_memory_free(&memories[i]);
        assert_false(w2c_memory_reserves(start));
    }
    for (int i = 1; i < COUNT; i += 2) {
        uintptr_t start = (uintptr_t)memories[i].base;
        assert_true(w2c_memory_reserves(start));
        assert_true(w2c_memory_reserves(start + memories[i].reserved_bytes - 1));
        w2c_memory_free(&memories[i]);
    }
}

/* ---- bulk operators: arguments and the result that is expected of them ---- */

struct bulk {
    char operator;
    u32 d, s, n;
};

static struct w2c_memory bulk_memory;
static const u8 bulk_segment[4] = {1, 2, 3, 4};

static void run_bulk(void *argument) {
    const struct bulk *bulk = argument;
    switch (bulk->operator) {
    case 'c': memory_copy(&bulk_memory, &bulk_memory, bulk->d, bulk->s, bulk->n); break;
    case 's': memory_copy_short(&bulk_memory, &bulk_memory, bulk->d, bulk->s, bulk->n); break;
    case 'f': memory_fill(&bulk_memory, bulk->d, 0x1234, bulk->n); break;
    case 'i': memory_init(&bulk_memory, bulk_segment, sizeof bulk_segment, bulk->d, bulk->s, bulk->n); break;
    }
}

static enum w2c_trap bulk(char operator, u32 d, u32 s, u32 n) {
    struct bulk arguments = {operator, d, s, n};
    return w2c_try(run_bulk, &arguments, NULL);
}

static void bulk_operators_check_first(void **state) {
    (void)state;
    bulk_memory = make(W2C_BOUNDS_GUARD, 1, 1);
    const enum w2c_trap outside = W2C_TRAP_OUT_OF_BOUNDS_MEMORY;
    assert_int_equal(bulk('f', PAGE, 0, 0), W2C_OK);
    assert_int_equal(bulk('f', PAGE + 1, 0, 0), outside);
    assert_int_equal(bulk('f', PAGE - 4, 0, 5), outside);
    assert_int_equal(bulk('f', 0xffffffffu, 0, 0xffffffffu), outside);
    assert_int_equal(bulk('c', PAGE, PAGE, 0), W2C_OK);
    assert_int_equal(bulk('c', 0, PAGE + 1, 0), outside);
    assert_int_equal(bulk('c', PAGE - 1, 0, 2), outside);
    assert_int_equal(bulk('c', 0xffffff00u, 0, 0x100), outside);
    assert_int_equal(bulk('i', 0, 4, 0), W2C_OK);
    assert_int_equal(bulk('i', 0, 5, 0), outside);
    assert_int_equal(bulk('i', 0, 1, 4), outside);
    assert_int_equal(bulk('i', PAGE - 3, 0, 4), outside);
    assert_true(is_zero(bulk_memory.base, PAGE));
    w2c_memory_free(&bulk_memory);
}

static void bulk_operators_write(void **state) {
    (void)state;
    bulk_memory = make(W2C_BOUNDS_CHECK, 1, 1);
    assert_int_equal(bulk('i', 8, 1, 3), W2C_OK);
    assert_memory_equal(bulk_memory.base + 7, "\0\2\3\4\0", 5);
    assert_int_equal(bulk('c', 9, 8, 3), W2C_OK);
    assert_memory_equal(bulk_memory.base + 8, "\2\2\3\4", 4);
    assert_int_equal(bulk('f', 9, 0, 2), W2C_OK);
    assert_memory_equal(bulk_memory.base + 8, "\2\x34\x34\4", 4);
    w2c_memory_free(&bulk_memory);
}

/* Every length, and every distance at which the parts overlap, or touch, or do not. */
static void short_copies_move(void **state) {
    (void)state;
    enum { FIRST = 16, LAST = 128, SOURCE = 256, BYTES = SOURCE + 2 * LAST + 1 };
    bulk_memory = make(W2C_BOUNDS_CHECK, 1, 1);
    u8 expected[BYTES];
    for (u32 n = FIRST; n <= LAST; n++) {
        for (u32 d = SOURCE - LAST - 1; d <= SOURCE + LAST + 1; d++) {
            for (u32 i = 0; i < BYTES; i++)
                expected[i] = bulk_memory.base[i] = (u8)(i * 7 + i / 256);
            memmove(expected + d, expected + SOURCE, n);
            assert_int_equal(bulk('s', d, SOURCE, n), W2C_OK);
            assert_memory_equal(bulk_memory.base, expected, BYTES);
        }
    }
    w2c_memory_free(&bulk_memory);
}

static void short_copies_check_first(void **state) {
    (void)state;
    bulk_memory = make(W2C_BOUNDS_GUARD, 1, 1);
    const enum w2c_trap outside = W2C_TRAP_OUT_OF_BOUNDS_MEMORY;
    memset(bulk_memory.base, 1, 128);
    assert_int_equal(bulk('s', PAGE - 99, 0, 100), outside);
    assert_int_equal(bulk('s', 0xfffffff0u, 0, 100), outside);
    assert_true(is_zero(bulk_memory.base + 128, PAGE - 128));
    assert_int_equal(bulk('s', 0, PAGE - 99, 100), outside);
    assert_int_equal(bulk('s', 0, 0xfffffff0u, 100), outside);
    assert_int_equal(bulk_memory.base[0], 1);
    assert_int_equal(bulk('s', PAGE - 100, 0, 100), W2C_OK);
    assert_int_equal(bulk('s', 0, PAGE - 16, 16), W2C_OK);
    w2c_memory_free(&bulk_memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checked_memory_grows),
        cmocka_unit_test(guarded_memory_grows),
        cmocka_unit_test(empty_memory_exists),
        cmocka_unit_test(guarded_memory_holds_4_gib),
        cmocka_unit_test(checked_memory_does_not_grow_to_4_gib),
        cmocka_unit_test(maximum_defaults_to_address_space),
        cmocka_unit_test(impossible_types_are_refused),
        cmocka_unit_test(wide_memory_is_guarded),
        cmocka_unit_test(memory_of_bytes),
        cmocka_unit_test(growth_is_sparse),
        cmocka_unit_test(placed_memory_stays_reserved),
        cmocka_unit_test(placed_memory_does_not_move),
        cmocka_unit_test(image_is_moved),
        cmocka_unit_test(image_is_copied),
        cmocka_unit_test(image_must_fit),
        cmocka_unit_test(registry_knows_many_reservations),
        cmocka_unit_test(bulk_operators_check_first),
        cmocka_unit_test(bulk_operators_write),
        cmocka_unit_test(short_copies_move),
        cmocka_unit_test(short_copies_check_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
