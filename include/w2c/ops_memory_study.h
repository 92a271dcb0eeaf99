/* The four ways to write a memory helper that the study behind this project compared, for whoever wants to measure
 * them: included after ops_memory.h, whose two primitives it replaces, by the interpreter's variants and by generated C
 * of `w2c bench --memory-helpers`. Nothing else includes this.
 *
 *     W2C_MEMORY_HELPER   an access is
 *     not defined         what it always is
 *     0  FIXED            memcpy of a length that is a constant where the helper is inlined: one move
 *     1  LENGTH           memcpy of a length that only the running program knows
 *     2  SWITCH           a switch over such a length, with typed moves where the address is aligned, else memcpy
 *     3  FIXED_SWITCH     that switch over a constant length: a compiler drops all but one case, and often finds
 *                     that both arms of its alignment check do the same
 *
 * That the length is unknown is what an empty asm makes the compiler believe: in an interpreter it comes from a helper
 * shared by all loads, which compiled code has no reason to have.
 */
#ifndef W2C_OPS_MEMORY_STUDY_H
#define W2C_OPS_MEMORY_STUDY_H

#include "ops_memory.h"

#ifdef W2C_MEMORY_HELPER

#if W2C_GNU
typedef u16 __attribute__((may_alias)) w2c_study_u16;
typedef u32 __attribute__((may_alias)) w2c_study_u32;
typedef u64 __attribute__((may_alias)) w2c_study_u64;
#define W2C_STUDY_HIDE(length) __asm__("" : "+r"(length))
#else
typedef u16 w2c_study_u16;
typedef u32 w2c_study_u32;
typedef u64 w2c_study_u64;
#define W2C_STUDY_HIDE(length) ((void)(length))
#endif

/* `value` is a C variable, `guest` in linear memory; `to` and `from` are these two in the order of the move. */
W2C_ALWAYS_INLINE void w2c_study_switch(void *to, const void *from, const void *guest, u32 length) {
    const uintptr_t address = (uintptr_t)guest;
    switch (length) {
    case 1: *(u8 *)to = *(const u8 *)from; return;
    case 2:
        if (address % 2 != 0) break;
        *(w2c_study_u16 *)to = *(const w2c_study_u16 *)from;
        return;
    case 4:
        if (address % 4 != 0) break;
        *(w2c_study_u32 *)to = *(const w2c_study_u32 *)from;
        return;
    case 8:
        if (address % 8 != 0) break;
        *(w2c_study_u64 *)to = *(const w2c_study_u64 *)from;
        return;
    default: break;
    }
    memcpy(to, from, length);
}

W2C_ALWAYS_INLINE void w2c_study_move(void *to, const void *from, const void *guest, u32 length) {
#if W2C_MEMORY_HELPER == 1 || W2C_MEMORY_HELPER == 2
    W2C_STUDY_HIDE(length);
#endif
#if W2C_MEMORY_HELPER >= 2
    w2c_study_switch(to, from, guest, length);
#else
    (void)guest;
    memcpy(to, from, length);
#endif
}

/* The variable has room for the widest access, since the compiler cannot know that the length is not more. */
#define W2C_STUDY_ACCESS(type)                                                                                         \
    W2C_ALWAYS_INLINE type w2c_study_load_##type(const u8 *guest) {                                                    \
        union {                                                                                                        \
            u64 room;                                                                                                  \
            type value;                                                                                                \
        } variable = {0};                                                                                              \
        w2c_study_move(&variable, guest, guest, sizeof(type));                                                         \
        return variable.value;                                                                                         \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE void w2c_study_store_##type(u8 *guest, type value) {                                             \
        union {                                                                                                        \
            u64 room;                                                                                                  \
            type value;                                                                                                \
        } variable = {0};                                                                                              \
        variable.value = value;                                                                                        \
        w2c_study_move(guest, &variable, guest, sizeof(type));                                                         \
    }
W2C_STUDY_ACCESS(u8)
W2C_STUDY_ACCESS(u16)
W2C_STUDY_ACCESS(u32)
W2C_STUDY_ACCESS(u64)
W2C_STUDY_ACCESS(f32)
W2C_STUDY_ACCESS(f64)
#undef W2C_STUDY_ACCESS

#undef W2C_LOAD
#undef W2C_STORE
#define W2C_LOAD(type, width, m, a, o) w2c_study_load_##type(W2C_ADDRESS(m, a, o, width))
#define W2C_STORE(type, width, m, a, o, v) w2c_study_store_##type(W2C_ADDRESS(m, a, o, width), (type)(v))

#endif

#endif
