/* See deterministic.h, and w2c_wasi_options for what is promised.
 *
 * A clock that stood still would hang every guest that waits for it in a loop, so each reading moves time on.
 * Processor time moves with readings alone, as it would for a guest that sleeps the rest of the time.
 *
 * The generator is xoshiro256** (Blackman and Vigna, 2018): 256 bits of state, period 2^256 - 1, no weakness known to
 * statistical tests, though anybody who sees some of its output can tell the rest. Its authors advise to fill
 * the state from SplitMix64, which makes a good start of any seed, 0 too.
 */
#include "wasi/deterministic.h"

#include <string.h>

#include "wasi/wasi_abi.h"

enum { DETERMINISTIC_STEP = 1000 };                                       /* nanoseconds a reading */
static const u64 DETERMINISTIC_START = 946684800ull * 1000 * 1000 * 1000; /* 2000-01-01 00:00:00 UTC */

/* Time that has come to its end stays there. */
static u64 deterministic_sum(u64 a, u64 b) {
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

static u64 deterministic_now(void *user, u32 id) {
    struct deterministic_state *state = user;
    state->read = deterministic_sum(state->read, DETERMINISTIC_STEP);
    u64 passed = deterministic_sum(state->read, state->waited);
    switch (id) {
    case WASI_CLOCK_REALTIME: return deterministic_sum(DETERMINISTIC_START, passed);
    case WASI_CLOCK_MONOTONIC: return passed;
    default: return state->read;
    }
}

static void deterministic_pass(void *user, u64 nanoseconds) {
    struct deterministic_state *state = user;
    state->waited = deterministic_sum(state->waited, nanoseconds);
}

static u64 deterministic_rotate(u64 value, unsigned bits) {
    return value << bits | value >> (64 - bits);
}

static u64 deterministic_next(u64 s[4]) {
    u64 result = deterministic_rotate(s[1] * 5, 7) * 9;
    u64 shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = deterministic_rotate(s[3], 45);
    return result;
}

/* What is left of the last eight bytes is thrown away. */
static void deterministic_fill(void *user, void *bytes, size_t size) {
    struct deterministic_state *state = user;
    u8 *to = bytes;
    for (size_t done = 0; done < size; done += sizeof(u64)) {
        u64 next = deterministic_next(state->random);
        memcpy(to + done, &next, size - done < sizeof(next) ? size - done : sizeof(next));
    }
}

/* SplitMix64 (Steele, Lea and Flood, 2014). */
static u64 deterministic_mix(u64 *seed) {
    u64 z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

W2C_RT void w2c_deterministic_init(struct deterministic_state *state, u64 seed, struct w2c_wasi_clock *clock,
                                   struct w2c_wasi_random *random) {
    memset(state, 0, sizeof(*state));
    for (int i = 0; i < 4; i++) {
        state->random[i] = deterministic_mix(&seed);
    }
    *clock = (struct w2c_wasi_clock){deterministic_now, deterministic_pass, DETERMINISTIC_STEP, state};
    *random = (struct w2c_wasi_random){deterministic_fill, state};
}
