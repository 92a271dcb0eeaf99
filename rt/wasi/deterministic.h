/* Time and random bytes that are the same in every run. */
#ifndef WASI_DETERMINISTIC_H
#define WASI_DETERMINISTIC_H

#include "w2c/types.h"
#include "w2c/wasi.h"

struct deterministic_state {
    u64 read;      /* nanoseconds that passed by readings of a clock */
    u64 waited;    /* and by waiting */
    u64 random[4]; /* xoshiro256** */
};

/* Starts over from `seed`. The clock and the source of random bytes use `state`, which must outlive them. */
W2C_RT_DECL void w2c_deterministic_init(struct deterministic_state *state, u64 seed, struct w2c_wasi_clock *clock,
                                        struct w2c_wasi_random *random);

#endif
