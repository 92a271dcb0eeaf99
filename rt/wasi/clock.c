/* Clocks. The precision that a guest asks for is met by what there is. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <time.h>

#include "wasi/clock.h"

W2C_RT bool w2c_clock_host(u32 id, clockid_t *host) {
    static const clockid_t hosts[] = {[WASI_CLOCK_REALTIME] = CLOCK_REALTIME,
                                      [WASI_CLOCK_MONOTONIC] = CLOCK_MONOTONIC,
                                      [WASI_CLOCK_PROCESS_CPUTIME] = CLOCK_PROCESS_CPUTIME_ID,
                                      [WASI_CLOCK_THREAD_CPUTIME] = CLOCK_THREAD_CPUTIME_ID};
    if (id >= sizeof(hosts) / sizeof(hosts[0])) {
        return false;
    }
    *host = hosts[id];
    return true;
}

typedef int clock_reader(clockid_t, struct timespec *);

static u32 clock_answer(const struct w2c_wasi *wasi, u32 id, clock_reader *reader, struct guest_pointer result) {
    clockid_t host;
    if (!w2c_clock_host(id, &host)) {
        return WASI_EINVAL;
    }
    struct timespec time;
    if (reader(host, &time) != 0) {
        return w2c_wasi_error(errno);
    }
    return guest_put_u64(wasi->memory, result, wasi_nanoseconds(time));
}

W2C_RT u32 w2c_wasi_call_clock_res_get(void *context, u32 id, u32 resolution) {
    return clock_answer(context, id, clock_getres, guest_at(resolution));
}

W2C_RT u32 w2c_wasi_call_clock_time_get(void *context, u32 id, u64 precision, u32 time_pointer) {
    (void)precision;
    return clock_answer(context, id, clock_gettime, guest_at(time_pointer));
}
