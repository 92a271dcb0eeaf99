/* UTF-8 as names must have it: every code point once, nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "catching.h"
#include "wasm/reader.h"

static size_t encode(uint8_t *bytes, uint32_t point) {
    if (point < 0x80) return bytes[0] = (uint8_t)point, 1;
    const size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; point >>= 6) bytes[i] = (uint8_t)(0x80 | (point & 0x3f));
    bytes[0] = (uint8_t)((0xf00u >> size) | point);
    return size;
}

static void every_code_point(void **state) {
    (void)state;
    for (uint32_t point = 0; point < 0x110000; point++) {
        uint8_t bytes[4];
        const size_t size = encode(bytes, point);
        const bool is_surrogate = point >= 0xd800 && point < 0xe000;
        if (utf8_is_valid(bytes, size) == is_surrogate) fail_msg("code point 0x%x", (unsigned)point);
    }
}

/* All sequences of up to three bytes, against a decoder that works by value rather than by table. */
static bool is_one_point(const uint8_t *bytes, size_t size) {
    static const uint8_t lead[] = {0, 0x00, 0xc0, 0xe0, 0xf0};
    static const uint8_t mask[] = {0, 0x80, 0xe0, 0xf0, 0xf8};
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if ((bytes[0] & mask[size]) != lead[size]) return false;
    uint32_t point = bytes[0] & (uint8_t)~mask[size];
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80) return false;
        point = point << 6 | (bytes[i] & 0x3f);
    }
    return point >= least[size] && point < 0x110000 && !(point >= 0xd800 && point < 0xe000);
}

static bool is_points(const uint8_t *bytes, size_t size) {
    if (size == 0) return true;
    for (size_t first = 1; first <= size && first <= 4; first++) {
        if (is_one_point(bytes, first)) return is_points(bytes + first, size - first);
    }
    return false;
}

static void every_short_sequence(void **state) {
    (void)state;
    for (uint32_t all = 0; all < 1u << 24; all += all < 1u << 16 ? 1 : 7) {
        const uint8_t bytes[] = {(uint8_t)all, (uint8_t)(all >> 8), (uint8_t)(all >> 16)};
        for (size_t size = 1; size <= 3; size++) {
            if (utf8_is_valid(bytes, size) != is_points(bytes, size))
                fail_msg("%02x %02x %02x, %zu bytes", bytes[0], bytes[1], bytes[2], size);
        }
    }
}

static void edges_of_four_bytes(void **state) {
    (void)state;
    assert_true(utf8_is_valid((const uint8_t *)"\xf0\x90\x80\x80", 4));
    assert_false(utf8_is_valid((const uint8_t *)"\xf0\x8f\xbf\xbf", 4)); /* overlong */
    assert_true(utf8_is_valid((const uint8_t *)"\xf4\x8f\xbf\xbf", 4));
    assert_false(utf8_is_valid((const uint8_t *)"\xf4\x90\x80\x80", 4)); /* 0x110000 */
    assert_false(utf8_is_valid((const uint8_t *)"\xf5\x80\x80\x80", 4));
    assert_false(utf8_is_valid((const uint8_t *)"\xf0\x90\x80", 3)); /* cut off */
    assert_false(utf8_is_valid((const uint8_t *)"\xf0\x90\x80\x20", 4));
    assert_true(utf8_is_valid(NULL, 0));
}

static void read_the_name(struct diag_context *context, void *argument) {
    struct reader *r = argument;
    r->diag = context;
    const struct name name = read_name(r);
    assert_int_equal(name.size, 3);
    assert_memory_equal(name.bytes, "a\0b", 3);
}

static void names_are_checked(void **state) {
    (void)state;
    struct diag_context context = {0};
    const uint8_t good[] = {3, 'a', 0, 'b'};
    struct reader r = {.start = good, .next = good, .end = good + sizeof good};
    assert_false(catches(&context, read_the_name, &r));
    const uint8_t broken[] = {2, 'a', 0x80};
    r = (struct reader){.start = broken, .next = broken, .end = broken + sizeof broken};
    assert_true(catches(&context, read_the_name, &r));
    assert_begins_with(context.diag.message, "malformed UTF-8 encoding");
    const uint8_t cut[] = {3, 'a', 'b'};
    r = (struct reader){.start = cut, .next = cut, .end = cut + sizeof cut};
    assert_true(catches(&context, read_the_name, &r));
    assert_begins_with(context.diag.message, "length out of bounds");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(every_short_sequence),
        cmocka_unit_test(edges_of_four_bytes),
        cmocka_unit_test(names_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
