/* Standard streams that are bytes in memory, not descriptors of the host. */
#ifndef WASI_STREAM_H
#define WASI_STREAM_H

#include "guest.h"
#include "w2c/wasi.h"

/* Either for reading (`output.write` is NULL) or for writing. */
struct memory_stream {
    const u8 *bytes; /* those not read yet */
    size_t size;
    struct w2c_wasi_output output;
};

/* Moves bytes between guest and stream; in *size how many. NOSPC if the function takes nothing. */
W2C_RT_DECL u32 w2c_stream_read(struct memory_stream *stream, const struct guest_vectors *vectors, u32 *size);
W2C_RT_DECL u32 w2c_stream_write(const struct memory_stream *stream, const struct guest_vectors *vectors, u32 *size);

#endif
