/* Checking guest addresses, and copying vectors and paths out of guest memory. See guest.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "wasi/guest.h"

/* What a pointer to no bytes becomes when the memory itself is empty and has no base. */
static u8 guest_nothing[1];

/* Written so that no sum can overflow: the size of memory minus an offset inside of it. */
W2C_RT u8 *w2c_guest_bytes(const struct w2c_memory *memory, struct guest_pointer pointer, u64 size) {
    u64 memory_bytes = memory ? w2c_memory_size(memory) : 0;
    if (!memory || pointer.offset > memory_bytes || size > memory_bytes - pointer.offset) {
        return NULL;
    }
    return memory->base ? memory->base + pointer.offset : guest_nothing;
}

W2C_RT u32 w2c_guest_put(const struct w2c_memory *memory, struct guest_pointer pointer, const void *bytes,
                         size_t size) {
    u8 *target = w2c_guest_bytes(memory, pointer, size);
    if (!target) {
        return WASI_EFAULT;
    }
    memcpy(target, bytes, size);
    return WASI_ESUCCESS;
}

W2C_RT u32 w2c_guest_vectors(const struct w2c_memory *memory, struct guest_pointer pointer, u32 count,
                             struct guest_vectors *vectors) {
    vectors->count = 0;
    const u8 *records = w2c_guest_bytes(memory, pointer, (u64)count * WASI_IOVEC_BYTES);
    if (!records) {
        return WASI_EFAULT;
    }
    for (u32 i = 0; i < count; i++) {
        const u8 *record = records + (size_t)i * WASI_IOVEC_BYTES;
        u32 offset = record_u32(record, 0);
        u32 size = record_u32(record, WASI_IOVEC_SIZE);
        /* Another thread may write there: what is checked must be what is used, and not be read again. */
        W2C_HIDE_POINTER(offset);
        W2C_HIDE_POINTER(size);
        u8 *bytes = w2c_guest_bytes(memory, guest_at(offset), size);
        if (!bytes) {
            return WASI_EFAULT;
        }
        if (size > 0 && vectors->count < WASI_MAX_VECTORS) {
            vectors->items[vectors->count++] = (struct iovec){bytes, size};
        }
    }
    return WASI_ESUCCESS;
}

/* The length of the character at `text`, or 0 if it is none: over-long, a surrogate, past U+10FFFF, or cut
 * off. (Unicode table 3-7: only the second byte's range depends on the first.) */
static size_t guest_utf8_length(const u8 *text, size_t size) {
    u8 first = text[0];
    if (first < 0x80) {
        return 1;
    }
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || length > size) {
        return 0;
    }
    u8 low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    u8 high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (text[1] < low || text[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return length;
}

/* WASI's paths are UTF-8, so that they mean the same on every host. */
static bool guest_is_utf8(const u8 *text, size_t size) {
    size_t i = 0;
    while (i < size) {
        size_t length = guest_utf8_length(text + i, size - i);
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

W2C_RT u32 w2c_guest_path(const struct w2c_memory *memory, struct guest_pointer pointer, u32 size,
                          struct guest_path *path) {
    const u8 *bytes = w2c_guest_bytes(memory, pointer, size);
    if (!bytes) {
        return WASI_EFAULT;
    }
    if (size >= WASI_MAX_PATH) {
        return WASI_ENAMETOOLONG;
    }
    memcpy(path->text, bytes, size);
    path->text[size] = 0;
    path->size = size;
    if (memchr(path->text, 0, size)) {
        return WASI_EINVAL;
    }
    return guest_is_utf8((const u8 *)path->text, size) ? WASI_ESUCCESS : WASI_EILSEQ;
}
