/* Ending, signalling, yielding. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sched.h>

#include "wasi/context.h"

/* Codes above 255 are passed on whole; what a process can show of them is up to who ends it. */
W2C_RT void w2c_wasi_call_proc_exit(void *context, u32 code) {
    (void)context;
    w2c_exit((int)code);
}

/* WASI's signals, by what they do to a process that does not catch them. */
enum process_effect { PROCESS_NOTHING, PROCESS_ENDS, PROCESS_STOPS };
struct process_signal {
    u8 host; /* the number under which shells report it */
    u8 effect;
};

/* The signal goes to the guest, not to the process it runs in: one that would end it ends the guest with
 * the exit code that a shell would show, 128 and the signal's number. Stopping is not offered. */
W2C_RT u32 w2c_wasi_call_proc_raise(void *context, u32 sig) {
    enum { NONE = PROCESS_NOTHING, ENDS = PROCESS_ENDS, STOP = PROCESS_STOPS };
    /* clang-format off */
    static const struct process_signal signals[] = {
        {0, NONE},  {1, ENDS},  {2, ENDS},  {3, ENDS},  {4, ENDS},  {5, ENDS},  {6, ENDS},  {7, ENDS},
        {8, ENDS},  {9, ENDS},  {10, ENDS}, {11, ENDS}, {12, ENDS}, {13, ENDS}, {14, ENDS}, {15, ENDS},
        {17, NONE}, {18, NONE}, {19, STOP}, {20, STOP}, {21, STOP}, {22, STOP}, {23, NONE}, {24, ENDS},
        {25, ENDS}, {26, ENDS}, {27, ENDS}, {28, NONE}, {29, ENDS}, {30, ENDS}, {31, ENDS},
    };
    /* clang-format on */
    if (sig >= sizeof(signals) / sizeof(signals[0])) {
        return WASI_EINVAL;
    }
    switch (signals[sig].effect) {
    case PROCESS_ENDS: wasi_pause(context); w2c_exit(128 + signals[sig].host);
    case PROCESS_STOPS: return WASI_ENOTSUP;
    default: return WASI_ESUCCESS;
    }
}

W2C_RT u32 w2c_wasi_call_sched_yield(void *context) {
    wasi_pause(context);
    sched_yield();
    wasi_resume(context);
    return WASI_ESUCCESS;
}
