/* What C for tcc begins with, in place of the headers of a C library: it is compiled in memory, by a compiler that is
 * part of w2c, on machines that may have no headers.
 *
 * One-letter variables and short type names are those of the text that translator/emit/emit_tcc.c writes.
 */
#ifndef W2C_TCC_TYPES_H
#define W2C_TCC_TYPES_H

typedef unsigned char u8, uint8_t;
typedef unsigned short u16, uint16_t;
typedef unsigned int u32, uint32_t;
typedef unsigned long u64, uint64_t, size_t, uintptr_t;
typedef signed char s8, int8_t;
typedef short s16, int16_t;
typedef int s32, int32_t;
typedef long s64, int64_t;
typedef float f32;
typedef double f64;
typedef const void *ref;
typedef union w2c_value *exception_values;
typedef const struct w2c_exception **pending;
typedef struct w2c_v128 {
    u64 low, high;
} v128, v128_bytes, w2c_v128;
typedef _Bool bool;
typedef struct w2c_file FILE;

#define true 1
#define false 0
#define NULL ((void *)0)
#define INT32_MIN (-0x7fffffff - 1)
#define INT64_MIN (-0x7fffffffffffffffl - 1)

/* tcc calls these by itself, to copy and to clear structs: small ones, which never overlap but in whole. Code that is
 * not linked with a C library brings its own. */
#ifdef W2C_TCC_OWN_COPIES
static void *memmove(void *to, const void *from, u64 size) {
    u8 *destination = to;
    const u8 *source = from;
    if (size == 16) { /* a vector: nearly all copies are */
        *(u64 *)to = *(u64 *)from;
        ((u64 *)to)[1] = ((u64 *)from)[1];
        return to;
    }
    for (; size >= 8; size -= 8) {
        *(u64 *)destination = *(u64 *)source;
        destination += 8;
        source += 8;
    }
    while (size--)
        *destination++ = *source++;
    return to;
}
static void *memset(void *to, int value, u64 size) {
    u8 *destination = to;
    while (size--)
        *destination++ = (u8)value;
    return to;
}
#endif

#endif
