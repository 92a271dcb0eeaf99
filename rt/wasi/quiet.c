/* Two signals tell a process about its own writes, and end it if it does not care: SIGPIPE, when nobody reads the pipe,
 * and SIGXFSZ, when the file would outgrow the process's limit (RLIMIT_FSIZE). The guest is to get PIPE or FBIG
 * instead, and whoever runs it is to live. So both are held back in this thread while it writes, and what the write has
 * raised is taken away. That costs four system calls, and is done only where it is needed.
 *
 * sigprocmask means this thread on Linux, and unlike pthread_sigmask is in libc in every version.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "wasi/quiet.h"

#include <errno.h>
#include <stddef.h>
#include <sys/resource.h>
#include <time.h>

static void quiet_list(sigset_t *signals) {
    sigemptyset(signals);
    sigaddset(signals, SIGPIPE);
    sigaddset(signals, SIGXFSZ);
}

W2C_RT bool w2c_quiet_is_needed(const struct stat *status) {
    struct rlimit limit;
    if (S_ISREG(status->st_mode)) {
        return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    }
    return S_ISFIFO(status->st_mode);
}

W2C_RT void w2c_quiet_begin(struct quiet *quiet) {
    sigset_t held;
    quiet_list(&held);
    sigpending(&quiet->waiting);
    sigprocmask(SIG_BLOCK, &held, &quiet->before);
}

W2C_RT void w2c_quiet_end(const struct quiet *quiet) {
    static const int numbers[] = {SIGPIPE, SIGXFSZ};
    const struct timespec at_once = {0, 0};
    int error = errno;
    sigset_t raised;
    sigset_t taken;
    sigpending(&raised);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (sigismember(&raised, numbers[i]) && !sigismember(&quiet->waiting, numbers[i])) {
            sigemptyset(&taken);
            sigaddset(&taken, numbers[i]);
            sigtimedwait(&taken, NULL, &at_once);
        }
    }
    sigprocmask(SIG_SETMASK, &quiet->before, NULL);
    errno = error;
}
