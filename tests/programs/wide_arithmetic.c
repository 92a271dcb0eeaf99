/* 64-bit and 128-bit arithmetic: division and remainder of all signs, shifts by too much, bits, big factorials.
 *
 * native:
 * run:
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const int64_t values[] = {0,         1,         -1,          2,         -3,        7,
                                 1000003,   INT32_MAX, INT32_MIN,   INT64_MAX, INT64_MIN, 0x123456789abcdef,
                                 -99999999, 1LL << 32, -(1LL << 33)};
enum { COUNT = sizeof values / sizeof values[0] };

static void print_pair(int64_t a, int64_t b) {
    const uint64_t x = (uint64_t)a, y = (uint64_t)b;
    printf("%" PRIx64 " %" PRIx64 " %" PRIx64 " %d%d", x + y, x - y, x * y, a < b, x < y);
    if (b != 0) printf(" %" PRIu64 " %" PRIu64, x / y, x % y);
    if (b != 0 && !(a == INT64_MIN && b == -1)) printf(" %" PRId64 " %" PRId64, a / b, a % b);
    const unsigned __int128 product = (unsigned __int128)x * y;
    printf(" %" PRIx64 " %" PRIx64 " %" PRId64 "\n", (uint64_t)(product >> 64), x << (y & 63), a >> (y & 63));
}

static void print_bits(uint64_t x) {
    printf("%d %d %d %" PRIx64 "\n", __builtin_popcountll(x), x ? __builtin_clzll(x) : 64, x ? __builtin_ctzll(x) : 64,
           __builtin_bswap64(x));
}

/* Decimal digits of n!, in a big number of base 10^9. */
static void print_factorial(unsigned n) {
    static uint32_t digits[400];
    memset(digits, 0, sizeof digits);
    digits[0] = 1;
    for (unsigned i = 2; i <= n; i++) {
        uint64_t carry = 0;
        for (size_t j = 0; j < 400; j++) {
            carry += (uint64_t)digits[j] * i;
            digits[j] = (uint32_t)(carry % 1000000000);
            carry /= 1000000000;
        }
    }
    size_t top = 399;
    while (digits[top] == 0) top--;
    printf("%u", digits[top]);
    while (top-- > 0) printf("%09u", digits[top]);
    printf("\n");
}

int main(void) {
    for (int i = 0; i < COUNT; i++) {
        print_bits((uint64_t)values[i]);
        for (int j = 0; j < COUNT; j++) print_pair(values[i], values[j]);
    }
    print_factorial(25);
    print_factorial(1000);
    return 0;
}
