/* Loads and stores: fixed width, chosen at translate time, bounds-checked in one of two ways.
 *
 * A function that touches memory opens it once: `memory_view m0 = memory_open(&memory0);`, then says
 * `i32_load(m0, address, offset)`. The address is an i32, the offset a constant below 2^32, and their sum has 33 bits:
 * it is never reduced to 32.
 *
 * Under guard (W2C_BOUNDS_IS_GUARD) a view is the base pointer; every sum lies in reserved address space, and what is
 * not memory faults. The compiler may drop a load whose value is not used, and with it the trap; where the
 * translator sees that, it says force_i32(...).
 * Under check a view is the memory itself, and each access compares against its size of that moment. Where the base is
 * is W2C_BASE: a program whose memory is a symbol says so there, and the C compiler knows then that no store to the
 * memory changes its size, which it need not read again after each.
 *
 * Accesses are macros over an inlined address, not functions: half of all C statements are accesses, and inlining a
 * function at each costs a compiler more time than all else (see docs/CODEGEN.md). */
#ifndef W2C_OPS_MEMORY_H
#define W2C_OPS_MEMORY_H

#include <string.h>

#include "types.h"
#include "w2c.h"

#if W2C_BOUNDS_IS_GUARD && (!W2C_GNU || UINTPTR_MAX <= 0xffffffffu)
#error "w2c: guard pages need gcc or clang and 64-bit addresses; translate with --bounds=check"
#endif

/* Where a memory is shared, threads may grow it between two accesses. Elsewhere a size that was read once is kept in a
 * register as long as nothing is written that it could be. */
#ifdef W2C_HAS_SHARED_MEMORY
#define W2C_SIZE_AT_ACCESS(memory) w2c_memory_size(memory)
#else
#define W2C_SIZE_AT_ACCESS(memory) ((memory)->size_bytes)
#endif

#if W2C_BOUNDS_IS_GUARD
typedef u8 *const memory_view;
#define memory_open(memory) ((memory)->base)
#define W2C_ADDRESS(view, address, offset, width) ((view) + (u64)(address) + (offset))
#else
typedef const struct w2c_memory *const memory_view;
#define memory_open(memory) (memory)
/* A view of base and size as they are now, for functions in which they stay so: no store can change variables of the
 * function, and so these are in registers. */
#define memory_copied(memory)                                                                                          \
    (&(const struct w2c_memory){.base = (memory)->base, .size_bytes = (memory)->size_bytes})
#define W2C_BASE(view) ((view)->base)
/* Of what is only unlikely gcc thinks one time in ten: loops with several comparisons end soon, in its eyes, and it
 * makes the trap what they fall into. */
#if defined(__clang__) || !W2C_GNU || __GNUC__ < 9
#define W2C_NEVER(x) W2C_UNLIKELY(x)
#else
#define W2C_NEVER(x) __builtin_expect_with_probability(!!(x), 0, 1.0)
#endif
/* The sum, if all bytes of the access are in the memory. Neither side can overflow: addresses and sizes are far below
 * 2^63. All constants are on the size's side, where a loop computes them once. */
W2C_ALWAYS_INLINE u64 w2c_checked(memory_view view, u64 address, u64 offset, u64 width) {
    if (W2C_NEVER((s64)address > (s64)W2C_SIZE_AT_ACCESS(view) - (s64)(offset + width))) {
        w2c_trap(W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    }
    return address + offset;
}
#define W2C_ADDRESS(view, address, offset, width) (W2C_BASE(view) + w2c_checked(view, (u64)(address), offset, width))
#define W2C_ADDRESS_IN(view, address, offset) (W2C_BASE(view) + ((u64)(address) + (offset)))
#endif

/* --strict-traps: under guard, too, every load and store happens, whole and in its place (docs/CODEGEN.md). */
#ifndef W2C_STRICT_TRAPS
#define W2C_STRICT_TRAPS 0
#endif

#if W2C_GNU
typedef u16 W2C_UNALIGNED w2c_mem_u16;
typedef u32 W2C_UNALIGNED w2c_mem_u32;
typedef u64 W2C_UNALIGNED w2c_mem_u64;
typedef f32 W2C_UNALIGNED w2c_mem_f32;
typedef f64 W2C_UNALIGNED w2c_mem_f64;
typedef u8 w2c_mem_u8; /* a character type may alias anything */
#endif

#if W2C_GNU && W2C_STRICT_TRAPS && W2C_BOUNDS_IS_GUARD
/* Volatile: neither left out, nor narrowed, nor joined. Between two of these statements stores stay where they are, so
 * that whoever goes on after the trap finds what was written before the access, and nothing of what comes behind it. */
#define W2C_IN_ORDER() __asm__ volatile("" : : : "memory")
#define W2C_ACCESS(type)                                                                                               \
    W2C_ALWAYS_INLINE type w2c_load_##type(const u8 *p) {                                                              \
        W2C_IN_ORDER();                                                                                                \
        const type value = *(const volatile w2c_mem_##type *)p;                                                        \
        W2C_IN_ORDER();                                                                                                \
        return value;                                                                                                  \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE void w2c_store_##type(u8 *p, type value) {                                                       \
        W2C_IN_ORDER();                                                                                                \
        *(volatile w2c_mem_##type *)p = value;                                                                         \
        W2C_IN_ORDER();                                                                                                \
    }
#elif W2C_GNU
#define W2C_LOAD(type, width, m, a, o) (*(const w2c_mem_##type *)W2C_ADDRESS(m, a, o, width))
#define W2C_STORE(type, width, m, a, o, v) ((void)(*(w2c_mem_##type *)W2C_ADDRESS(m, a, o, width) = (type)(v)))
#define W2C_LOAD_IN(type, m, a, o) (*(const w2c_mem_##type *)W2C_ADDRESS_IN(m, a, o))
#define W2C_STORE_IN(type, m, a, o, v) ((void)(*(w2c_mem_##type *)W2C_ADDRESS_IN(m, a, o) = (type)(v)))
#else
#define W2C_ACCESS(type)                                                                                               \
    W2C_INLINE type w2c_load_##type(const u8 *p) {                                                                     \
        type value;                                                                                                    \
        memcpy(&value, p, sizeof value);                                                                               \
        return value;                                                                                                  \
    }                                                                                                                  \
    W2C_INLINE void w2c_store_##type(u8 *p, type value) {                                                              \
        memcpy(p, &value, sizeof value);                                                                               \
    }
#endif

#ifdef W2C_ACCESS
W2C_ACCESS(u8)
W2C_ACCESS(u16)
W2C_ACCESS(u32)
W2C_ACCESS(u64)
W2C_ACCESS(f32)
W2C_ACCESS(f64)
#undef W2C_ACCESS
#define W2C_LOAD(type, width, m, a, o) w2c_load_##type(W2C_ADDRESS(m, a, o, width))
#define W2C_STORE(type, width, m, a, o, v) w2c_store_##type(W2C_ADDRESS(m, a, o, width), (type)(v))
#define W2C_LOAD_IN(type, m, a, o) w2c_load_##type(W2C_ADDRESS_IN(m, a, o))
#define W2C_STORE_IN(type, m, a, o, v) w2c_store_##type(W2C_ADDRESS_IN(m, a, o), (type)(v))
#endif

#define i32_load(m, a, o) W2C_LOAD(u32, 4, m, a, o)
#define i64_load(m, a, o) W2C_LOAD(u64, 8, m, a, o)
#define f32_load(m, a, o) W2C_LOAD(f32, 4, m, a, o)
#define f64_load(m, a, o) W2C_LOAD(f64, 8, m, a, o)
#define i32_load8_s(m, a, o) ((u32)(s32)(s8)W2C_LOAD(u8, 1, m, a, o))
#define i32_load8_u(m, a, o) ((u32)W2C_LOAD(u8, 1, m, a, o))
#define i32_load16_s(m, a, o) ((u32)(s32)(s16)W2C_LOAD(u16, 2, m, a, o))
#define i32_load16_u(m, a, o) ((u32)W2C_LOAD(u16, 2, m, a, o))
#define i64_load8_s(m, a, o) ((u64)(s64)(s8)W2C_LOAD(u8, 1, m, a, o))
#define i64_load8_u(m, a, o) ((u64)W2C_LOAD(u8, 1, m, a, o))
#define i64_load16_s(m, a, o) ((u64)(s64)(s16)W2C_LOAD(u16, 2, m, a, o))
#define i64_load16_u(m, a, o) ((u64)W2C_LOAD(u16, 2, m, a, o))
#define i64_load32_s(m, a, o) ((u64)(s64)(s32)W2C_LOAD(u32, 4, m, a, o))
#define i64_load32_u(m, a, o) ((u64)W2C_LOAD(u32, 4, m, a, o))
#define i32_store(m, a, o, v) W2C_STORE(u32, 4, m, a, o, v)
#define i64_store(m, a, o, v) W2C_STORE(u64, 8, m, a, o, v)
#define f32_store(m, a, o, v) W2C_STORE(f32, 4, m, a, o, v)
#define f64_store(m, a, o, v) W2C_STORE(f64, 8, m, a, o, v)
#define i32_store8(m, a, o, v) W2C_STORE(u8, 1, m, a, o, v)
#define i32_store16(m, a, o, v) W2C_STORE(u16, 2, m, a, o, v)
#define i64_store8(m, a, o, v) W2C_STORE(u8, 1, m, a, o, v)
#define i64_store16(m, a, o, v) W2C_STORE(u16, 2, m, a, o, v)
#define i64_store32(m, a, o, v) W2C_STORE(u32, 4, m, a, o, v)

#if !W2C_BOUNDS_IS_GUARD
/* Of all bytes from the address: several accesses in one comparison. */
#define check_bytes(m, a, n) ((void)w2c_checked(m, a, 0, n))

/* Of bytes that are known to be in the memory, because they were compared before. */
#define i32_load_in(m, a, o) W2C_LOAD_IN(u32, m, a, o)
#define i64_load_in(m, a, o) W2C_LOAD_IN(u64, m, a, o)
#define f32_load_in(m, a, o) W2C_LOAD_IN(f32, m, a, o)
#define f64_load_in(m, a, o) W2C_LOAD_IN(f64, m, a, o)
#define i32_load8_s_in(m, a, o) ((u32)(s32)(s8)W2C_LOAD_IN(u8, m, a, o))
#define i32_load8_u_in(m, a, o) ((u32)W2C_LOAD_IN(u8, m, a, o))
#define i32_load16_s_in(m, a, o) ((u32)(s32)(s16)W2C_LOAD_IN(u16, m, a, o))
#define i32_load16_u_in(m, a, o) ((u32)W2C_LOAD_IN(u16, m, a, o))
#define i64_load8_s_in(m, a, o) ((u64)(s64)(s8)W2C_LOAD_IN(u8, m, a, o))
#define i64_load8_u_in(m, a, o) ((u64)W2C_LOAD_IN(u8, m, a, o))
#define i64_load16_s_in(m, a, o) ((u64)(s64)(s16)W2C_LOAD_IN(u16, m, a, o))
#define i64_load16_u_in(m, a, o) ((u64)W2C_LOAD_IN(u16, m, a, o))
#define i64_load32_s_in(m, a, o) ((u64)(s64)(s32)W2C_LOAD_IN(u32, m, a, o))
#define i64_load32_u_in(m, a, o) ((u64)W2C_LOAD_IN(u32, m, a, o))
#define i32_store_in(m, a, o, v) W2C_STORE_IN(u32, m, a, o, v)
#define i64_store_in(m, a, o, v) W2C_STORE_IN(u64, m, a, o, v)
#define f32_store_in(m, a, o, v) W2C_STORE_IN(f32, m, a, o, v)
#define f64_store_in(m, a, o, v) W2C_STORE_IN(f64, m, a, o, v)
#define i32_store8_in(m, a, o, v) W2C_STORE_IN(u8, m, a, o, v)
#define i32_store16_in(m, a, o, v) W2C_STORE_IN(u16, m, a, o, v)
#define i64_store8_in(m, a, o, v) W2C_STORE_IN(u8, m, a, o, v)
#define i64_store16_in(m, a, o, v) W2C_STORE_IN(u16, m, a, o, v)
#define i64_store32_in(m, a, o, v) W2C_STORE_IN(u32, m, a, o, v)
#endif

/* Evaluates a value that nothing uses, for the trap that its load may be. */
#if W2C_GNU
W2C_ALWAYS_INLINE void force_i32(u32 value) {
    __asm__ volatile("" : : "r"(value));
}
W2C_ALWAYS_INLINE void force_i64(u64 value) {
    __asm__ volatile("" : : "r"(value));
}
#else
W2C_INLINE void force_i64(u64 value) {
    volatile u64 sink = value;
    (void)sink;
}
W2C_INLINE void force_i32(u32 value) {
    force_i64(value);
}
#endif
W2C_ALWAYS_INLINE void force_f32(f32 value) {
    u32 bits;
    memcpy(&bits, &value, sizeof bits);
    force_i32(bits);
}
W2C_ALWAYS_INLINE void force_f64(f64 value) {
    u64 bits;
    memcpy(&bits, &value, sizeof bits);
    force_i64(bits);
}

#endif
