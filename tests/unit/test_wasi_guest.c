/* The door to guest memory: offsets at, around and far behind its end; vectors; paths. */
#include "wasi_fixture.h"

#include "rt/wasi/guest.h"

#include <sys/mman.h>

static u8 bytes[64];
static const struct w2c_memory memory = {.base = bytes, .size_bytes = sizeof(bytes)};

static bool reaches(u32 offset, u64 size) {
    return w2c_guest_bytes(&memory, guest_at(offset), size) != NULL;
}

static void test_bounds(void **state) {
    (void)state;
    assert_ptr_equal(w2c_guest_bytes(&memory, guest_at(7), 3), bytes + 7);
    assert_true(reaches(0, 64));
    assert_true(reaches(63, 1));
    assert_true(reaches(64, 0));
    assert_false(reaches(0, 65));
    assert_false(reaches(63, 2));
    assert_false(reaches(64, 1));
    assert_false(reaches(65, 0));
    assert_false(reaches(UINT32_MAX, 0));
    assert_false(reaches(UINT32_MAX, 1));
    assert_false(reaches(1, UINT32_MAX));
    assert_false(reaches(1, UINT64_MAX));
    assert_false(reaches(0, (u64)UINT32_MAX * 8));
}

static void test_no_memory(void **state) {
    (void)state;
    const struct w2c_memory empty = {0};
    assert_null(w2c_guest_bytes(NULL, guest_at(0), 0));
    assert_int_equal(guest_put_u32(NULL, guest_at(0), 1), WASI_EFAULT);
    assert_non_null(w2c_guest_bytes(&empty, guest_at(0), 0));
    assert_null(w2c_guest_bytes(&empty, guest_at(0), 1));
}

static void test_unaligned(void **state) {
    (void)state;
    for (u32 at = 1; at < 9; at++) {
        assert_int_equal(guest_put_u64(&memory, guest_at(at), 0x0102030405060708u), WASI_ESUCCESS);
        assert_int_equal(bytes[at], 8); /* little-endian */
        assert_int_equal(record_u64(bytes, at), 0x0102030405060708u);
        assert_int_equal(record_u32(bytes, at), 0x05060708u);
        assert_int_equal(record_u16(bytes, at), 0x0708u);
    }
    assert_int_equal(guest_put_u64(&memory, guest_at(57), 1), WASI_EFAULT);
    assert_int_equal(guest_put_u32(&memory, guest_at(61), 1), WASI_EFAULT);
}

static u32 take_vectors(const u32 *vectors, u32 count, struct guest_vectors *out) {
    memset(bytes, 0, sizeof(bytes));
    memcpy(bytes, vectors, count * sizeof(u32) * 2);
    return w2c_guest_vectors(&memory, guest_at(0), count, out);
}

static void test_vectors(void **state) {
    (void)state;
    struct guest_vectors out;
    const u32 good[] = {8, 4, 0, 0, 60, 4};
    assert_int_equal(take_vectors(good, 3, &out), WASI_ESUCCESS);
    assert_int_equal(out.count, 2); /* the empty one is gone */
    assert_ptr_equal(out.items[1].iov_base, bytes + 60);
    const u32 bad[] = {8, 4, 61, 4, 0, 1};
    assert_int_equal(take_vectors(bad, 3, &out), WASI_EFAULT);
    const u32 wrapping[] = {8, UINT32_MAX};
    assert_int_equal(take_vectors(wrapping, 1, &out), WASI_EFAULT);
    const u32 empty_outside[] = {65, 0};
    assert_int_equal(take_vectors(empty_outside, 1, &out), WASI_EFAULT);
    assert_int_equal(w2c_guest_vectors(&memory, guest_at(0), 0x20000000, &out), WASI_EFAULT); /* * 8 is 2^32 */
    assert_int_equal(w2c_guest_vectors(&memory, guest_at(0), UINT32_MAX, &out), WASI_EFAULT);
    assert_int_equal(w2c_guest_vectors(&memory, guest_at(64), 0, &out), WASI_ESUCCESS);
}

/* Before the end of memory is nothing but empty vectors, behind it nothing at all: reading there is a crash. */
static void test_wrapping_counts(void **state) {
    (void)state;
    enum { PAGE = 65536 };
    u8 *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(page != MAP_FAILED);
    assert_int_equal(mprotect(page + PAGE, PAGE, PROT_NONE), 0);
    const struct w2c_memory one_page = {.base = page, .size_bytes = PAGE};
    static const u32 counts[] = {PAGE / 8 + 1, 0x20000000, 0x20000001, 0x40000000, 0x80000000, UINT32_MAX};
    struct guest_vectors out;
    assert_int_equal(w2c_guest_vectors(&one_page, guest_at(0), PAGE / 8, &out), WASI_ESUCCESS);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        assert_int_equal(w2c_guest_vectors(&one_page, guest_at(0), counts[i], &out), WASI_EFAULT);
    }
    munmap(page, 2 * PAGE);
}

static void test_many_vectors(void **state) {
    (void)state;
    enum { COUNT = 3000 };
    static u32 records[COUNT * 2];
    const struct w2c_memory large = {.base = (u8 *)records, .size_bytes = sizeof(records)};
    for (u32 i = 0; i < COUNT; i++) {
        records[2 * i] = i;
        records[2 * i + 1] = 1;
    }
    struct guest_vectors out;
    assert_int_equal(w2c_guest_vectors(&large, guest_at(0), COUNT, &out), WASI_ESUCCESS);
    assert_int_equal(out.count, WASI_MAX_VECTORS);
    records[2 * COUNT - 1] = sizeof(records); /* all are checked, not just those that are used */
    assert_int_equal(w2c_guest_vectors(&large, guest_at(0), COUNT, &out), WASI_EFAULT);
}

static u32 take_path(const char *text, u32 size) {
    struct guest_path path;
    memset(bytes, 0, sizeof(bytes));
    memcpy(bytes, text, size);
    return w2c_guest_path(&memory, guest_at(0), size, &path);
}

static void test_paths(void **state) {
    (void)state;
    struct guest_path path;
    assert_int_equal(take_path("a/b", 3), WASI_ESUCCESS);
    assert_int_equal(take_path("", 0), WASI_ESUCCESS);
    assert_int_equal(take_path("a\0b", 3), WASI_EINVAL);
    assert_int_equal(take_path("a\0", 2), WASI_EINVAL);
    assert_int_equal(w2c_guest_path(&memory, guest_at(60), 5, &path), WASI_EFAULT);
    static u8 much[WASI_MAX_PATH + 1];
    memset(much, 'x', sizeof(much));
    const struct w2c_memory large = {.base = much, .size_bytes = sizeof(much)};
    assert_int_equal(w2c_guest_path(&large, guest_at(0), WASI_MAX_PATH - 1, &path), WASI_ESUCCESS);
    assert_int_equal(w2c_guest_path(&large, guest_at(0), WASI_MAX_PATH, &path), WASI_ENAMETOOLONG);
}

static void test_utf8(void **state) {
    (void)state;
    static const char *const good[] = {
        "\x7f",         "\xc2\x80",     "\xdf\xbf",         "\xe0\xa0\x80",     "\xed\x9f\xbf",
        "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "gr\xc3\xbc\xc3\x9f"};
    static const char *const bad[] = {"\x80",         "\xc0\xaf",         "\xc1\xbf",         "\xc3",
                                      "\xe0\x80\xaf", "\xed\xa0\x80",     "\xe2\x82",         "\xf0\x80\x80\xaf",
                                      "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
                                      "\xc3\x28",     "\xe2\x28\xa1"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(take_path(good[i], (u32)strlen(good[i])), WASI_ESUCCESS);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(take_path(bad[i], (u32)strlen(bad[i])), WASI_EILSEQ);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds),  cmocka_unit_test(test_no_memory),    cmocka_unit_test(test_unaligned),
        cmocka_unit_test(test_vectors), cmocka_unit_test(test_many_vectors), cmocka_unit_test(test_wrapping_counts),
        cmocka_unit_test(test_paths),   cmocka_unit_test(test_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
