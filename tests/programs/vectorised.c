/* Loops that clang turns into vectors by itself: what most modules with vectors consist of.
 *
 * cflags: -msimd128 -O3
 * native:
 * run:
 */
#include <stdint.h>
#include <stdio.h>

enum { SIZE = 3001 }; /* what does not fill a vector is left over */

static int8_t narrow[SIZE];
static uint16_t half[SIZE];
static int32_t word[SIZE];
static uint64_t wide[SIZE];
static float single[SIZE];
static double twice[SIZE];

static void fill(void) {
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < SIZE; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        wide[i] = state;
        narrow[i] = (int8_t)(state >> 32);
        half[i] = (uint16_t)(state >> 24);
        word[i] = (int32_t)(state >> 17);
        single[i] = (float)(int32_t)(state >> 20) / 1024;
        twice[i] = (double)(int64_t)state / 3;
    }
}

#define CHECKSUM(name, type, bits)                                                                                     \
    static void name(const char *what, const type *values) {                                                           \
        uint64_t sum = 0;                                                                                              \
        for (int i = 0; i < SIZE; i++) {                                                                               \
            bits word_of_bits;                                                                                         \
            __builtin_memcpy(&word_of_bits, &values[i], sizeof word_of_bits);                                          \
            sum = sum * 31 + word_of_bits;                                                                             \
        }                                                                                                              \
        printf("%s %016llx\n", what, (unsigned long long)sum);                                                         \
    }
CHECKSUM(check8, int8_t, uint8_t)
CHECKSUM(check16, uint16_t, uint16_t)
CHECKSUM(check32, int32_t, uint32_t)
CHECKSUM(check64, uint64_t, uint64_t)
CHECKSUM(check_single, float, uint32_t)
CHECKSUM(check_twice, double, uint64_t)

static void integers(void) {
    for (int i = 0; i < SIZE; i++)
        narrow[i] = (int8_t)(narrow[i] > 20 ? narrow[i] - 3 : narrow[i] ^ 0x55);
    check8("narrow", narrow);
    for (int i = 0; i < SIZE; i++)
        half[i] = (uint16_t)((half[i] * 40503u >> 16) + (uint8_t)narrow[i]);
    check16("half", half);
    for (int i = 0; i < SIZE; i++) {
        const int32_t distance = word[i] < half[i] ? half[i] - word[i] % 65536 : word[i] - half[i];
        word[i] = (int32_t)((uint32_t)distance * 2654435761u) >> (i & 7);
    }
    check32("word", word);
    for (int i = 0; i < SIZE; i++)
        wide[i] = (wide[i] ^ wide[i] >> 31) * 0x9e3779b97f4a7c15u + (uint64_t)(int64_t)word[i];
    check64("wide", wide);
}

static void sums(void) {
    uint32_t of_bytes = 0;
    int32_t product = 0, smallest = INT32_MAX, largest = INT32_MIN;
    uint64_t of_words = 0;
    for (int i = 0; i < SIZE; i++) {
        of_bytes += (uint8_t)narrow[i];
        product += narrow[i] * (int16_t)half[i] % 128;
        smallest = word[i] < smallest ? word[i] : smallest;
        largest = word[i] > largest ? word[i] : largest;
        of_words += (uint64_t)(uint32_t)word[i] * half[i];
    }
    printf("sums %u %d %d %d %llu\n", of_bytes, product, smallest, largest, (unsigned long long)of_words);
}

static void floats(void) {
    for (int i = 0; i < SIZE; i++)
        single[i] = (single[i] * 0.5f + (float)word[i]) / (1.5f + (float)(half[i] & 15));
    check_single("single", single);
    for (int i = 0; i < SIZE; i++)
        single[i] = __builtin_fabsf(single[i]) > 100 ? __builtin_sqrtf(__builtin_fabsf(single[i])) : -single[i];
    check_single("roots", single);
    for (int i = 0; i < SIZE; i++)
        twice[i] = __builtin_floor(twice[i] * 1e-9) + (double)single[i] * (double)word[i];
    check_twice("twice", twice);
    for (int i = 0; i < SIZE; i++)
        single[i] = (float)twice[i];
    check_single("rounded", single);
    for (int i = 0; i < SIZE; i++)
        word[i] = (int32_t)(single[i] * 1e-9f);
    check32("cut", word);
}

int main(void) {
    fill();
    integers();
    sums();
    floats();
    return 0;
}
