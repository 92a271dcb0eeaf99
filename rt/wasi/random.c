/* Random bytes: from the kernel, in pieces, for it gives at most 32 MiB - 1 at a time, and fewer when a signal comes;
 * or from where the embedder says. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <sys/random.h>

#include "wasi/context.h"

enum { RANDOM_PIECE_BYTES = 1 << 20 };

static u32 random_fill(u8 *bytes, u32 size) {
    u32 done = 0;
    while (done < size) {
        u32 piece = size - done < RANDOM_PIECE_BYTES ? size - done : RANDOM_PIECE_BYTES;
        ssize_t result = getrandom(bytes + done, piece, 0);
        if (result > 0) {
            done += (u32)result;
        } else if (errno != EINTR) {
            return w2c_wasi_error(errno);
        }
    }
    return WASI_ESUCCESS;
}

W2C_RT u32 w2c_wasi_call_random_get(void *context, u32 buf, u32 buf_len) {
    const struct w2c_wasi *wasi = context;
    u8 *bytes = w2c_guest_bytes(wasi->memory, guest_at(buf), buf_len);
    if (!bytes) {
        return WASI_EFAULT;
    }
    if (!wasi->random.fill) {
        return random_fill(bytes, buf_len);
    }
    wasi->random.fill(wasi->random.user, bytes, buf_len);
    return WASI_ESUCCESS;
}
