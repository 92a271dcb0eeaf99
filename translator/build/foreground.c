/* Starting and waiting. An interrupt from the terminal reaches the program by itself, since it is in our process group;
 * a signal sent to us alone is passed on by foreground_stop. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "foreground.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interrupt.h"
#include "report.h"

/* The lock keeps a number that waitpid has given back to the system from being signalled. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t running;

static int spawn(const char *file, const struct words *command, pid_t *pid) {
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, interrupt_outer_mask());
    const int error = posix_spawn(pid, file, NULL, &attributes, command->items, environ);
    posix_spawnattr_destroy(&attributes);
    return error;
}

/* Waits without taking the number away, and takes it under the lock. */
static int await(pid_t pid) {
    siginfo_t info;
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
        continue;
    int status = 0;
    pthread_mutex_lock(&lock);
    running = 0;
    waitpid(pid, &status, 0);
    pthread_mutex_unlock(&lock);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int foreground_run(const char *file, const struct words *command) {
    pid_t pid;
    pthread_mutex_lock(&lock);
    const int error = spawn(file, command, &pid);
    running = error ? 0 : pid;
    pthread_mutex_unlock(&lock);
    if (!error) return await(pid);
    report("cannot run '%s': %s", file, strerror(error));
    return -1;
}

void foreground_stop(void) {
    pthread_mutex_lock(&lock);
    if (running) kill(running, SIGTERM);
    pthread_mutex_unlock(&lock);
}
