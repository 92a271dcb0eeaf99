/* Clocks. The precision that a guest asks for is met by what there is. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "wasi/clock.h"

#include <time.h>

static const clockid_t clock_hosts[] = {[WASI_CLOCK_REALTIME] = CLOCK_REALTIME,
                                        [WASI_CLOCK_MONOTONIC] = CLOCK_MONOTONIC,
                                        [WASI_CLOCK_PROCESS_CPUTIME] = CLOCK_PROCESS_CPUTIME_ID,
                                        [WASI_CLOCK_THREAD_CPUTIME] = CLOCK_THREAD_CPUTIME_ID};

/* Linux has all of them, so there is no error to tell. */
static u64 clock_host_now(void *user, u32 id) {
    (void)user;
    struct timespec time = {0, 0};
    clock_gettime(clock_hosts[id], &time);
    return wasi_nanoseconds(time);
}

static u64 clock_host_resolution(u32 id) {
    struct timespec time = {0, 1};
    clock_getres(clock_hosts[id], &time);
    return wasi_nanoseconds(time);
}

/* A resolution of 0 is how we know the host's clock. */
W2C_RT void w2c_clock_init(struct w2c_wasi *wasi, const struct w2c_wasi_options *options) {
    wasi->clock = (struct w2c_wasi_clock){.now = clock_host_now};
    if (options->is_deterministic) {
        w2c_deterministic_init(&wasi->deterministic, options->seed, &wasi->clock, &wasi->random);
    }
    if (options->clock) {
        wasi->clock = *options->clock;
        wasi->clock.resolution = wasi->clock.resolution ? wasi->clock.resolution : 1;
    }
    if (options->random) {
        wasi->random = *options->random;
    }
}

W2C_RT u32 w2c_wasi_call_clock_res_get(void *context, u32 id, u32 resolution) {
    const struct w2c_wasi *wasi = context;
    if (!clock_is_known(id)) {
        return WASI_EINVAL;
    }
    u64 nanoseconds = wasi->clock.resolution ? wasi->clock.resolution : clock_host_resolution(id);
    return guest_put_u64(wasi->memory, guest_at(resolution), nanoseconds);
}

/* The room first: a reading may move the clock. */
W2C_RT u32 w2c_wasi_call_clock_time_get(void *context, u32 id, u64 precision, u32 time_pointer) {
    const struct w2c_wasi *wasi = context;
    (void)precision;
    u32 error = clock_is_known(id) ? guest_check(wasi->memory, guest_at(time_pointer), sizeof(u64)) : (u32)WASI_EINVAL;
    return error ? error : guest_put_u64(wasi->memory, guest_at(time_pointer), clock_now(wasi, id));
}
