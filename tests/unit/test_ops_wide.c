/* Products of 128 bits, in the two forms that they have: by the compiler's type of that size, and in digits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "w2c/ops_wide.h"

static const u64 edges[] = {0,
                            1,
                            2,
                            0x7fffffff,
                            0x80000000,
                            0xffffffff,
                            0x100000000,
                            0x100000001,
                            0x7fffffffffffffff,
                            0x8000000000000000,
                            0x8000000000000001,
                            0xffffffff00000000,
                            0xffffffff00000001,
                            0xfffffffffffffffe,
                            0xffffffffffffffff};
enum { EDGES = sizeof edges / sizeof *edges, RANDOM_PAIRS = 200000 };

static void expect_equal(u64 a, u64 b) {
    const struct w2c_wide u = i64_mul_wide_u(a, b), u_digits = w2c_mul_digits_u(a, b);
    const struct w2c_wide s = i64_mul_wide_s(a, b), s_digits = w2c_mul_digits_s(a, b);
    assert_int_equal(u_digits.low, u.low);
    assert_int_equal(u_digits.high, u.high);
    assert_int_equal(s_digits.low, s.low);
    assert_int_equal(s_digits.high, s.high);
}

static void both_forms_agree(void **state) {
    (void)state;
    for (size_t i = 0; i < EDGES; i++) {
        for (size_t j = 0; j < EDGES; j++)
            expect_equal(edges[i], edges[j]);
    }
    u64 number = 0x9e3779b97f4a7c15;
    for (int i = 0; i < RANDOM_PAIRS; i++) {
        const u64 a = number;
        number = number * 6364136223846793005u + 1442695040888963407u;
        expect_equal(a >> (i % 64), number);
    }
}

/* By hand, for a compiler may lack the type: then there is one form. */
static void known_products(void **state) {
    (void)state;
    struct w2c_wide product = w2c_mul_digits_u(UINT64_MAX, UINT64_MAX);
    assert_int_equal(product.low, 1);
    assert_int_equal(product.high, UINT64_MAX - 1);
    product = w2c_mul_digits_s(UINT64_MAX, UINT64_MAX);
    assert_int_equal(product.low, 1);
    assert_int_equal(product.high, 0);
    product = w2c_mul_digits_s((u64)1 << 63, (u64)1 << 63);
    assert_int_equal(product.low, 0);
    assert_int_equal(product.high, (u64)1 << 62);
    product = w2c_mul_digits_s((u64)1 << 63, 3);
    assert_int_equal(product.low, (u64)1 << 63);
    assert_int_equal(product.high, UINT64_MAX - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_agree),
        cmocka_unit_test(known_products),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
