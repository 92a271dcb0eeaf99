/* The reader: LEB128 integers at the edges of their widths, counts, spans and floats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "catching.h"
#include "wasm/reader.h"

enum integer { U32, U64, S32, S33, S64 };

struct leb {
    enum integer kind;
    const uint8_t *bytes;
    size_t size;
    uint64_t value;    /* what was read, or */
    const char *error; /* how the message begins */
};

static void read_integer(struct diag_context *context, void *argument) {
    struct leb *leb = argument;
    struct reader r = {.start = leb->bytes, .next = leb->bytes, .end = leb->bytes + leb->size, .diag = context};
    switch (leb->kind) {
    case U32: leb->value = read_u32(&r); break;
    case U64: leb->value = read_u64(&r); break;
    case S32: leb->value = (uint64_t)(int64_t)read_s32(&r); break;
    case S33: leb->value = (uint64_t)read_s33(&r); break;
    case S64: leb->value = (uint64_t)read_s64(&r); break;
    }
    assert_int_equal(reader_left(&r), 0);
}

#define LEB(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static const struct leb good[] = {
    {U32, LEB(0x00), 0, NULL},
    {U32, LEB(0x7f), 0x7f, NULL},
    {U32, LEB(0x80, 0x01), 0x80, NULL},
    {U32, LEB(0x80, 0x80, 0x80, 0x80, 0x00), 0, NULL}, /* padded to its full length */
    {U32, LEB(0xff, 0xff, 0xff, 0xff, 0x0f), UINT32_MAX, NULL},
    {U64, LEB(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01), UINT64_MAX, NULL},
    {S32, LEB(0x3f), 63, NULL},
    {S32, LEB(0x40), (uint64_t)-64, NULL},
    {S32, LEB(0x7f), (uint64_t)-1, NULL},
    {S32, LEB(0xff, 0x00), 127, NULL},
    {S32, LEB(0x80, 0x7f), (uint64_t)-128, NULL},
    {S32, LEB(0xff, 0xff, 0xff, 0xff, 0x07), INT32_MAX, NULL},
    {S32, LEB(0x80, 0x80, 0x80, 0x80, 0x78), (uint64_t)INT32_MIN, NULL},
    {S33, LEB(0x40), (uint64_t)-64, NULL},
    {S33, LEB(0xff, 0xff, 0xff, 0xff, 0x0f), UINT32_MAX, NULL},
    {S33, LEB(0x80, 0x80, 0x80, 0x80, 0x70), (uint64_t)-0x100000000, NULL},
    {S64, LEB(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f), (uint64_t)INT64_MIN, NULL},
    {S64, LEB(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00), INT64_MAX, NULL},
};

static const struct leb bad[] = {
    {U32, NULL, 0, 0, "unexpected end"},
    {U32, LEB(0x80), 0, "unexpected end"},
    {U32, LEB(0x80, 0x80, 0x80, 0x80), 0, "unexpected end"},
    {U32, LEB(0x80, 0x80, 0x80, 0x80, 0x80, 0x00), 0, "integer representation too long"},
    {U32, LEB(0x80, 0x80, 0x80, 0x80, 0x10), 0, "integer too large"},
    {U64, LEB(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02), 0, "integer too large"},
    {U64, LEB(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00), 0, "integer representation too long"},
    {S32, LEB(0xff, 0xff, 0xff, 0xff, 0x0f), 0, "integer too large"}, /* sign bit, but bits beyond are clear */
    {S32, LEB(0x80, 0x80, 0x80, 0x80, 0x70), 0, "integer too large"}, /* bits beyond differ from the sign */
    {S32, LEB(0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), 0, "integer representation too long"},
    {S33, LEB(0x80, 0x80, 0x80, 0x80, 0x20), 0, "integer too large"},
    {S64, LEB(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7e), 0, "integer too large"},
};

static void integers_at_the_edges(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct leb leb = good[i];
        struct diag_context context = {0};
        leb.value = 0xdead;
        assert_false(catches(&context, read_integer, &leb));
        assert_true(leb.value == good[i].value);
    }
}

static void integers_that_are_none(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct leb leb = bad[i];
        struct diag_context context = {0};
        assert_true(catches(&context, read_integer, &leb));
        assert_begins_with(context.diag.message, bad[i].error);
        assert_int_equal(context.diag.kind, DIAG_MALFORMED);
    }
}

/* The shortest encoding of a signed value, as a simple independent encoder makes it. */
static size_t encode_signed(uint8_t *bytes, int64_t value) {
    size_t size = 0;
    for (;;) {
        const uint8_t byte = (uint8_t)(value & 0x7f);
        value = value < 0 ? ~(~value >> 7) : value >> 7;
        const bool is_last = (value == 0 && !(byte & 0x40)) || (value == -1 && (byte & 0x40));
        bytes[size++] = is_last ? byte : byte | 0x80;
        if (is_last) return size;
    }
}

static void signed_integers_come_back(void **state) {
    (void)state;
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        const int64_t value = (int64_t)random >> (i % 64);
        uint8_t bytes[10];
        struct leb leb = {.kind = S64, .bytes = bytes, .size = encode_signed(bytes, value)};
        struct diag_context context = {0};
        assert_false(catches(&context, read_integer, &leb));
        assert_true((int64_t)leb.value == value);
        if (value < INT32_MIN || value > INT32_MAX) continue;
        leb.kind = S32;
        assert_false(catches(&context, read_integer, &leb));
        assert_true((int64_t)leb.value == value);
    }
}

static void floats_are_little_endian(void **state) {
    (void)state;
    const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0x92};
    struct reader r = {.start = bytes, .next = bytes, .end = bytes + sizeof bytes};
    assert_int_equal(read_f32_bits(&r), 0x04030201);
    assert_true(read_f64_bits(&r) == 0x920b0a0908070605u);
}

/* ---- counts and spans ---- */

static void read_three_pairs(struct diag_context *context, void *argument) {
    const size_t *size = argument;
    static const uint8_t bytes[] = {3, 0, 0, 0, 0, 0, 0, 0};
    struct reader r = {.start = bytes, .next = bytes, .end = bytes + *size, .diag = context};
    assert_int_equal(read_count(&r, 2, "pairs"), 3);
}

static void counts_fit_in_what_follows(void **state) {
    (void)state;
    struct diag_context context = {0};
    for (size_t size = 7; size <= 8; size++) assert_false(catches(&context, read_three_pairs, &size));
    for (size_t size = 1; size < 7; size++) {
        assert_true(catches(&context, read_three_pairs, &size));
        assert_begins_with(context.diag.message, "unexpected end: 3 pairs");
        assert_int_equal(context.diag.offset, 0);
    }
}

static void read_beyond(struct diag_context *context, void *argument) {
    (void)argument;
    static const uint8_t bytes[4];
    struct reader r = {.start = bytes, .next = bytes, .end = bytes + 4, .diag = context};
    struct reader sub = read_sub(&r, 3, "a part");
    assert_int_equal(reader_left(&r), 1);
    assert_int_equal(reader_left(&sub), 3);
    read_u8(&sub);
    assert_int_equal(reader_offset(&sub), 1);
    const struct span span = read_span(&sub, 2, "a span");
    assert_int_equal(span.offset, 1);
    assert_int_equal(span.size, 2);
    read_span(&r, 2, "a span");
}

static void parts_end_where_they_should(void **state) {
    (void)state;
    struct diag_context context = {0};
    assert_true(catches(&context, read_beyond, NULL));
    assert_begins_with(context.diag.message, "length out of bounds");
    assert_int_equal(context.diag.offset, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_at_the_edges),       cmocka_unit_test(integers_that_are_none),
        cmocka_unit_test(signed_integers_come_back),   cmocka_unit_test(floats_are_little_endian),
        cmocka_unit_test(counts_fit_in_what_follows), cmocka_unit_test(parts_end_where_they_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
