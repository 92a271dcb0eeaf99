/* Measuring a process from outside, the same way for any program.
 *
 * The clock is read before the process is made and when the kernel says that it ended (a pidfd becomes readable), so
 * loading, dynamic linking and clean-up are part of the time, as they are for whoever types the command.
 *
 * It is made by fork and not by posix_spawn. The kernel counts into the peak of a process what was resident in the
 * address space that it leaves at exec, and with posix_spawn that is all of ours; after fork it is
 * the few hundred kilobytes that were copied. For the same reason bench translates in a child of its own.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../build/interrupt.h"

/* The process group that runs, or 0. It changes under the lock, and a process is reaped under it, so that child_stop
 * never kills a number that has come to belong to somebody else. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t running;

double clock_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- in the child ---- */

static bool use_as(int fd, int number) {
    return fd >= 0 && dup2(fd, number) == number;
}

/* Says what went wrong through `report_fd`, which exec closes. */
static _Noreturn void become(const struct words *command, const struct child_settings *settings, int output,
                             int report_fd) {
    setpgid(0, 0);
    const bool is_ready = use_as(open(settings->input_path, O_RDONLY), STDIN_FILENO) && use_as(output, STDOUT_FILENO) &&
                          use_as(open(settings->errors_path, O_WRONLY | O_CREAT | O_TRUNC, 0666), STDERR_FILENO);
    pthread_sigmask(SIG_SETMASK, interrupt_outer_mask(), NULL);
    if (is_ready) execvp(settings->program ? settings->program : command->items[0], command->items);
    const int error = errno;
    const ssize_t written = write(report_fd, &error, sizeof error);
    _exit(written == sizeof error ? 127 : 126);
}

/* ---- starting ---- */

struct child {
    pid_t pid;
    int pidfd;  /* -1 where the kernel has none */
    int output; /* reading end */
};

/* Makes the process, with the lock held. An errno, or 0 once it has become the command. */
static int start(const struct words *command, const struct child_settings *settings, struct child *child) {
    int output[2], report[2];
    if (pipe2(output, O_CLOEXEC) != 0) return errno;
    if (pipe2(report, O_CLOEXEC) != 0) return errno;
    child->pid = fork();
    if (child->pid == 0) become(command, settings, output[1], report[1]);
    close(output[1]);
    close(report[1]);
    child->output = output[0];
    int error = child->pid < 0 ? errno : 0;
    if (!error) {
        setpgid(child->pid, child->pid); /* here as well: whoever is first */
        if (read(report[0], &error, sizeof error) != sizeof error) error = 0;
        if (error) waitpid(child->pid, NULL, 0);
    }
    close(report[0]);
    if (error) close(output[0]);
    child->pidfd = error ? -1 : (int)syscall(SYS_pidfd_open, child->pid, 0);
    return error;
}

/* ---- watching ---- */

static bool has_ended(const struct child *child) {
    siginfo_t ended = {0};
    return waitid(P_PID, (id_t)child->pid, &ended, WEXITED | WNOWAIT | WNOHANG) != 0 || ended.si_pid != 0;
}

/* What can be read now. Sets the time of the first byte, and closes the pipe at its end. */
static void read_output(struct child *child, double start_time, struct child_result *result) {
    char buffer[1 << 16];
    const ssize_t got = read(child->output, buffer, sizeof buffer);
    if (got > 0) {
        if (result->first_output_seconds < 0) result->first_output_seconds = clock_seconds() - start_time;
        capture_add(&result->output, buffer, (size_t)got);
    } else if (got == 0 || errno != EINTR) {
        close(child->output);
        child->output = -1;
    }
}

/* What the pipe still holds; whoever has its other end open is not waited for. */
static void drain_output(struct child *child, double start_time, struct child_result *result) {
    while (child->output >= 0) {
        struct pollfd ready = {.fd = child->output, .events = POLLIN};
        if (poll(&ready, 1, 0) <= 0) break;
        read_output(child, start_time, result);
    }
    if (child->output >= 0) close(child->output);
}

/* Without a pidfd the process is looked after each millisecond. */
static int wait_milliseconds(const struct child *child, double left) {
    if (child->pidfd < 0) return 1;
    return left > 1e6 ? 1000000000 : (int)(left * 1e3) + 1;
}

/* Returns when the process has ended, by itself or by its time limit. */
static void watch(struct child *child, double start_time, unsigned timeout_seconds, struct child_result *result) {
    while (!has_ended(child)) {
        const double left = start_time + timeout_seconds - clock_seconds();
        if (left <= 0 && result->end != CHILD_TIMED_OUT) {
            result->end = CHILD_TIMED_OUT;
            kill(-child->pid, SIGKILL);
        }
        struct pollfd ready[] = {{.fd = child->output, .events = POLLIN}, {.fd = child->pidfd, .events = POLLIN}};
        if (poll(ready, 2, left <= 0 ? 1 : wait_milliseconds(child, left)) > 0 && ready[0].revents) {
            read_output(child, start_time, result);
        }
    }
    result->wall_seconds = clock_seconds() - start_time;
    drain_output(child, start_time, result);
    if (child->pidfd >= 0) close(child->pidfd);
}

static double seconds_of(struct timeval time) {
    return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

static void reap(const struct child *child, struct child_result *result) {
    enum { KILOBYTE = 1024 };
    int status = 0;
    struct rusage usage = {0};
    pthread_mutex_lock(&lock);
    kill(-child->pid, SIGKILL); /* the group still has the number, for its leader is not reaped */
    wait4(child->pid, &status, 0, &usage);
    running = 0;
    pthread_mutex_unlock(&lock);
    result->cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    result->peak_bytes = (uint64_t)usage.ru_maxrss * KILOBYTE;
    if (result->end == CHILD_TIMED_OUT) return;
    result->end = WIFSIGNALED(status) ? CHILD_SIGNALLED : CHILD_EXITED;
    result->code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

struct child_result child_run(const struct words *command, const struct child_settings *settings) {
    struct child_result result = {.end = CHILD_EXITED, .first_output_seconds = -1};
    struct child child;
    pthread_mutex_lock(&lock);
    const double start_time = clock_seconds();
    const int error = start(command, settings, &child);
    if (!error) running = child.pid;
    pthread_mutex_unlock(&lock);
    if (error) {
        result.end = CHILD_NOT_STARTED;
        result.code = error;
        return result;
    }
    watch(&child, start_time, settings->timeout_seconds, &result);
    reap(&child, &result);
    return result;
}

void child_stop(void) {
    pthread_mutex_lock(&lock); /* for good: nothing starts any more */
    if (running) kill(-running, SIGKILL);
}

char *child_explain(struct arena *arena, const struct child_result *result, unsigned timeout_seconds) {
    switch (result->end) {
    case CHILD_TIMED_OUT: return words_format(arena, "no end within %u s", timeout_seconds);
    case CHILD_SIGNALLED: return words_format(arena, "signal %d (%s)", result->code, strsignal(result->code));
    case CHILD_NOT_STARTED: return words_format(arena, "cannot be run: %s", strerror(result->code));
    default: return words_format(arena, "exit code %d", result->code);
    }
}
