/* See stream.h; and the buffer that embedders may collect output in.
 *
 * A call moves at most STREAM_MOST bytes, as a call of Linux does, so that sums of sizes fit in what WASI answers. */
#include "wasi/stream.h"

#include <stdlib.h>

static const size_t STREAM_MOST = 0x7ffff000;
enum { STREAM_FIRST_CAPACITY = 256 };

static size_t stream_least(size_t a, size_t b) {
    return a < b ? a : b;
}

W2C_RT u32 w2c_stream_read(struct memory_stream *stream, const struct guest_vectors *vectors, u32 *size) {
    size_t done = 0;
    for (int i = 0; i < vectors->count; i++) {
        const struct iovec *vector = &vectors->items[i];
        size_t part = stream_least(stream_least(vector->iov_len, stream->size), STREAM_MOST - done);
        memcpy(vector->iov_base, stream->bytes, part);
        stream->bytes += part;
        stream->size -= part;
        done += part;
    }
    *size = (u32)done;
    return WASI_ESUCCESS;
}

/* The function is the embedder's, but no answer of it makes the guest believe in more than it wrote. */
W2C_RT u32 w2c_stream_write(const struct memory_stream *stream, const struct guest_vectors *vectors, u32 *size) {
    size_t done = 0;
    for (int i = 0; i < vectors->count && done < STREAM_MOST; i++) {
        const struct iovec *vector = &vectors->items[i];
        size_t part = stream_least(vector->iov_len, STREAM_MOST - done);
        size_t taken = stream_least(stream->output.write(stream->output.user, vector->iov_base, part), part);
        done += taken;
        if (taken < part) {
            break;
        }
    }
    *size = (u32)done;
    return done == 0 && vectors->count > 0 ? WASI_ENOSPC : WASI_ESUCCESS;
}

/* Doubling, so that many small writes cost little each. */
static bool stream_make_room(struct w2c_wasi_buffer *buffer, size_t size) {
    if (size < buffer->capacity) { /* the NUL needs one more */
        return true;
    }
    size_t capacity = buffer->capacity ? buffer->capacity : STREAM_FIRST_CAPACITY;
    while (capacity <= size) {
        if (capacity > SIZE_MAX / 2) {
            return false;
        }
        capacity *= 2;
    }
    char *bytes = realloc(buffer->bytes, capacity);
    if (!bytes) {
        return false;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

W2C_RT size_t w2c_wasi_buffer_write(void *buffer_pointer, const void *bytes, size_t size) {
    struct w2c_wasi_buffer *buffer = buffer_pointer;
    size_t limit = buffer->limit ? buffer->limit : SIZE_MAX / 2;
    size_t part = buffer->size < limit ? stream_least(size, limit - buffer->size) : 0;
    if (!stream_make_room(buffer, buffer->size + part)) {
        return 0;
    }
    memcpy(buffer->bytes + buffer->size, bytes, part);
    buffer->size += part;
    buffer->bytes[buffer->size] = 0;
    return part;
}
