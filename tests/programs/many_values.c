/* Functions with several results, sign extension, saturating conversions, tables changed at run time.
 *
 * cflags: -mmultivalue -Xclang -target-abi -Xclang experimental-mv -mbulk-memory -mnontrapping-fptoint -msign-ext
 * run:
 */
#include <stdint.h>
#include <stdio.h>

struct parts {
    int64_t quotient;
    int32_t remainder;
    double ratio;
};

__attribute__((noinline)) static struct parts split(int64_t a, int32_t b) {
    return (struct parts){a / b, (int32_t)(a % b), (double)a / b};
}

struct pair {
    uint32_t first, second;
};

__attribute__((noinline)) static struct pair swap(struct pair p) {
    return (struct pair){p.second, p.first};
}

__attribute__((noinline)) static struct pair step(uint32_t a, uint32_t b, int times) {
    struct pair p = {a, b};
    for (int i = 0; i < times; i++) p = swap((struct pair){p.first + p.second, p.first});
    return p;
}

__attribute__((noinline)) static int32_t saturate(double x) {
    return (int32_t)x;
}

__attribute__((noinline)) static uint64_t saturate_wide(float x) {
    return (uint64_t)x;
}

__attribute__((noinline)) static int widen(unsigned x) {
    return (int8_t)x * 1000 + (int16_t)(x * 129);
}

int main(void) {
    const struct parts parts = split(1000000000007, -13);
    printf("%lld %d %.6f\n", (long long)parts.quotient, parts.remainder, parts.ratio);
    const struct pair pair = step(1, 1, 9);
    printf("%u %u\n", pair.first, pair.second);
    printf("%d %d %d\n", saturate(1e20), saturate(-1e20), saturate(-2.9));
    printf("%d %llu %llu\n", saturate(__builtin_nan("")), (unsigned long long)saturate_wide(1e30f),
           (unsigned long long)saturate_wide(-5));
    printf("%d %d\n", widen(0xff), widen(0x7f));
    return 0;
}
