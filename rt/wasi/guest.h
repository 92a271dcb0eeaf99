/* The one door between offsets in guest memory and host pointers.
 *
 * An address that the guest passes becomes a `struct guest_pointer` and stays one: it is a type of its own, so
 * that nothing can dereference it, add to it or hand it to the kernel by mistake. The functions here are
 * the only ones that turn it into bytes, after checking offset and length, in 64 bits, against the size that the
 * memory has at that moment. What they return is good until the guest runs again.
 *
 * Whatever a call decides upon (paths, vectors, subscriptions) is first copied out of guest memory, so buffers
 * of the guest may overlap in any way. Results are computed in host memory and written at the end; the room for
 * them is checked before the call has any effect.
 */
#ifndef WASI_GUEST_H
#define WASI_GUEST_H

#include <string.h>
#include <sys/uio.h>

#include "w2c/types.h"
#include "w2c/w2c.h"
#include "wasi_abi.h"

/* POSIX's IOV_MAX on Linux: more vectors than this are served by a short read or write. */
enum { WASI_MAX_VECTORS = 1024, WASI_MAX_PATH = 4096 };

struct guest_pointer {
    u32 offset;
};

/* Buffers of a read or write, checked. Empty ones are left out. */
struct guest_vectors {
    struct iovec items[WASI_MAX_VECTORS];
    int count;
};

/* A path in host memory, closed by NUL, without NUL inside, valid UTF-8. */
struct guest_path {
    size_t size;
    char text[WASI_MAX_PATH];
};

W2C_INLINE struct guest_pointer guest_at(u32 offset) {
    return (struct guest_pointer){offset};
}

/* The bytes [pointer, pointer + size), or NULL if any of them is outside or there is no memory. Zero bytes
 * may lie at the end of memory, but not behind it. */
W2C_RT_DECL u8 *w2c_guest_bytes(const struct w2c_memory *memory, struct guest_pointer pointer, u64 size);

/* For results: WASI_EFAULT unless there is room of `size` bytes. */
W2C_INLINE u32 guest_check(const struct w2c_memory *memory, struct guest_pointer pointer, u64 size) {
    return w2c_guest_bytes(memory, pointer, size) ? WASI_ESUCCESS : WASI_EFAULT;
}

/* Copies host bytes to the guest. */
W2C_RT_DECL u32 w2c_guest_put(const struct w2c_memory *memory, struct guest_pointer pointer, const void *bytes,
                              size_t size);
W2C_INLINE u32 guest_put_u16(const struct w2c_memory *memory, struct guest_pointer pointer, u16 value) {
    return w2c_guest_put(memory, pointer, &value, sizeof(value));
}
W2C_INLINE u32 guest_put_u32(const struct w2c_memory *memory, struct guest_pointer pointer, u32 value) {
    return w2c_guest_put(memory, pointer, &value, sizeof(value));
}
W2C_INLINE u32 guest_put_u64(const struct w2c_memory *memory, struct guest_pointer pointer, u64 value) {
    return w2c_guest_put(memory, pointer, &value, sizeof(value));
}

/* Checks all `count` vectors, and takes the first WASI_MAX_VECTORS that are not empty. */
W2C_RT_DECL u32 w2c_guest_vectors(const struct w2c_memory *memory, struct guest_pointer pointer, u32 count,
                                  struct guest_vectors *vectors);

/* NAMETOOLONG from WASI_MAX_PATH bytes on, INVAL if there is a NUL, ILSEQ if it is no UTF-8. */
W2C_RT_DECL u32 w2c_guest_path(const struct w2c_memory *memory, struct guest_pointer pointer, u32 size,
                               struct guest_path *path);

/* Fields of a record that is put together in, or was copied to, host memory. */
W2C_INLINE void record_set_u16(u8 *record, size_t offset, u16 value) {
    memcpy(record + offset, &value, sizeof(value));
}
W2C_INLINE void record_set_u32(u8 *record, size_t offset, u32 value) {
    memcpy(record + offset, &value, sizeof(value));
}
W2C_INLINE void record_set_u64(u8 *record, size_t offset, u64 value) {
    memcpy(record + offset, &value, sizeof(value));
}
W2C_INLINE u16 record_u16(const u8 *record, size_t offset) {
    u16 value;
    memcpy(&value, record + offset, sizeof(value));
    return value;
}
W2C_INLINE u32 record_u32(const u8 *record, size_t offset) {
    u32 value;
    memcpy(&value, record + offset, sizeof(value));
    return value;
}
W2C_INLINE u64 record_u64(const u8 *record, size_t offset) {
    u64 value;
    memcpy(&value, record + offset, sizeof(value));
    return value;
}

#endif
