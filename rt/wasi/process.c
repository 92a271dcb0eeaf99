/* Ending, signalling, yielding. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sched.h>

#include "wasi/context.h"

W2C_RT void w2c_wasi_proc_exit(void *context, u32 code) {
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
W2C_RT u32 w2c_wasi_proc_raise(void *context, u32 sig) {
    (void)context;
    static const struct process_signal signals[] = {
        {0, PROCESS_NOTHING},  {1, PROCESS_ENDS},     {2, PROCESS_ENDS},   {3, PROCESS_ENDS},   {4, PROCESS_ENDS},
        {5, PROCESS_ENDS},     {6, PROCESS_ENDS},     {7, PROCESS_ENDS},   {8, PROCESS_ENDS},   {9, PROCESS_ENDS},
        {10, PROCESS_ENDS},    {11, PROCESS_ENDS},    {12, PROCESS_ENDS},  {13, PROCESS_ENDS},  {14, PROCESS_ENDS},
        {15, PROCESS_ENDS},    {17, PROCESS_NOTHING}, {18, PROCESS_NOTHING}, {19, PROCESS_STOPS}, {20, PROCESS_STOPS},
        {21, PROCESS_STOPS},   {22, PROCESS_STOPS},   {23, PROCESS_NOTHING}, {24, PROCESS_ENDS}, {25, PROCESS_ENDS},
        {26, PROCESS_ENDS},    {27, PROCESS_ENDS},    {28, PROCESS_NOTHING}, {29, PROCESS_ENDS}, {30, PROCESS_ENDS},
        {31, PROCESS_ENDS},
    };
    if (sig >= sizeof(signals) / sizeof(signals[0])) {
        return WASI_EINVAL;
    }
    switch (signals[sig].effect) {
    case PROCESS_ENDS: w2c_exit(128 + signals[sig].host);
    case PROCESS_STOPS: return WASI_ENOTSUP;
    default: return WASI_ESUCCESS;
    }
}

W2C_RT u32 w2c_wasi_sched_yield(void *context) {
    (void)context;
    sched_yield();
    return WASI_ESUCCESS;
}
