/* The guest's clocks: the host's, those of a deterministic run, or the embedder's. */
#ifndef WASI_CLOCK_H
#define WASI_CLOCK_H

#include "context.h"

/* Chooses the clock and the source of random bytes that the options ask for. */
W2C_RT_DECL void w2c_clock_init(struct w2c_wasi *wasi, const struct w2c_wasi_options *options);

W2C_INLINE bool clock_is_known(u32 id) {
    return id <= WASI_CLOCK_THREAD_CPUTIME;
}

/* Nanoseconds on a known clock. */
W2C_INLINE u64 clock_now(const struct w2c_wasi *wasi, u32 id) {
    return wasi->clock.now(wasi->clock.user, id);
}

#endif
