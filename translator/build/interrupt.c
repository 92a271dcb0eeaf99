/* The thread that waits for signals.
 *
 * sigwait takes a signal only while it is blocked, in every thread: hence the mask before the thread, and hence no
 * other thread may be there yet. A handler would be simpler to install, but could do next to nothing:
 * waiting for children and removing a folder of unknown files are not for handlers.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "interrupt.h"

#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

static struct {
    bool is_on;
    pthread_t thread;
    sigset_t awaited;
    sigset_t outer;
    void (*clean)(void);
} watch;

static void *wait_for_signal(void *unused) {
    (void)unused;
    int number;
    while (sigwait(&watch.awaited, &number) != 0) continue;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL); /* interrupt_end waits for us now, in vain */
    watch.clean();
    signal(number, SIG_DFL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    kill(getpid(), number);
    _exit(128 + number); /* not reached unless the signal cannot kill us, as process 1 of a container */
}

void interrupt_begin(void (*clean)(void)) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    sigemptyset(&watch.awaited);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction action;
        sigaction(numbers[i], NULL, &action);
        if (action.sa_handler != SIG_IGN) sigaddset(&watch.awaited, numbers[i]);
    }
    watch.clean = clean;
    pthread_sigmask(SIG_BLOCK, &watch.awaited, &watch.outer);
    watch.is_on = pthread_create(&watch.thread, NULL, wait_for_signal, NULL) == 0;
    if (!watch.is_on) pthread_sigmask(SIG_SETMASK, &watch.outer, NULL);
}

void interrupt_end(void) {
    if (!watch.is_on) return;
    pthread_cancel(watch.thread);
    pthread_join(watch.thread, NULL);
    watch.is_on = false;
    pthread_sigmask(SIG_SETMASK, &watch.outer, NULL);
}

const sigset_t *interrupt_outer_mask(void) {
    if (!watch.is_on) pthread_sigmask(SIG_SETMASK, NULL, &watch.outer);
    return &watch.outer;
}
