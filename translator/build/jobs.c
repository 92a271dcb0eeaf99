/* Starting and awaiting processes.
 *
 * `running` lists the process groups that exist. It changes under the lock, and a process is reaped under the lock too,
 * so that jobs_stop, in the thread that awaits signals, never meets a number that the system has given
 * to somebody else. jobs_stop keeps the lock: nothing starts after it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../base/file.h"
#include "interrupt.h"
#include "report.h"

extern char **environ;

enum { MAX_RUNNING = 1024 };

static struct {
    pthread_mutex_t lock;
    size_t count;
    struct {
        pid_t pid;
        const struct job *job;
    } items[MAX_RUNNING];
} running = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- starting ---- */

/* The environment with TMPDIR set to `folder`; the caller frees the array and its first element. */
static char **make_environment(const char *folder) {
    size_t count = 0;
    while (environ[count]) count++;
    char **made = malloc((count + 2) * sizeof *made);
    char *setting = malloc(strlen(folder) + sizeof "TMPDIR=");
    if (!made || !setting) arena_exhausted();
    sprintf(setting, "TMPDIR=%s", folder);
    size_t size = 0;
    made[size++] = setting;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], "TMPDIR=", strlen("TMPDIR=")) != 0) made[size++] = environ[i];
    }
    made[size] = NULL;
    return made;
}

/* Starts `command` with `out_fd` as its standard output, and as its standard error if `has_errors`. An errno, or 0. */
static int spawn(const struct words *command, int out_fd, bool has_errors, const char *temporary_folder, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
    if (has_errors)
        posix_spawn_file_actions_adddup2(&actions, out_fd, STDERR_FILENO);
    else
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, interrupt_outer_mask());
    char **environment = temporary_folder ? make_environment(temporary_folder) : NULL;
    char *const *arguments = command->items;
    const int error = posix_spawnp(pid, arguments[0], &actions, &attributes, arguments,
                                   environment ? environment : environ);
    if (environment) free(environment[0]);
    free(environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Starts a command and lists it as running. An errno, or 0. */
static int start(const struct words *command, int out_fd, const struct job *job, const char *temporary_folder,
                 pid_t *pid) {
    pthread_mutex_lock(&running.lock);
    const int error = spawn(command, out_fd, job != NULL, temporary_folder, pid);
    if (!error) {
        running.items[running.count].pid = *pid;
        running.items[running.count++].job = job;
    }
    pthread_mutex_unlock(&running.lock);
    return error;
}

static int start_job(const struct job *job, const char *temporary_folder) {
    const int log = open(job->log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (log < 0) return errno;
    pid_t pid;
    const int error = start(&job->command, log, job, temporary_folder, &pid);
    close(log);
    return error;
}

/* ---- ending ---- */

/* Reaps `pid`, which has ended, and takes it off the list; its job. */
static const struct job *reap(pid_t pid, int *status) {
    const struct job *job = NULL;
    pthread_mutex_lock(&running.lock);
    waitpid(pid, status, 0);
    for (size_t i = 0; i < running.count; i++) {
        if (running.items[i].pid != pid) continue;
        job = running.items[i].job;
        running.items[i] = running.items[--running.count];
        break;
    }
    pthread_mutex_unlock(&running.lock);
    return job;
}

/* Waits without reaping: until reap holds the lock, the number still belongs to the process that ended. */
static const struct job *await_any(int *status) {
    siginfo_t ended;
    while (waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT) != 0) {
        if (errno != EINTR) return NULL;
    }
    return reap(ended.si_pid, status);
}

/* True when the process has ended. What is left of its group is killed before its number can be anybody else's. */
static bool reap_group(pid_t pid, int how) {
    siginfo_t ended = {0};
    if (waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT | how) == 0 && ended.si_pid == 0) return false;
    kill(-pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return true;
}

/* SIGTERM lets a compiler remove what it wrote; whoever is still there after a second is killed. With the lock held. */
static void stop_all(void) {
    enum { STEPS = 100 };
    for (size_t i = 0; i < running.count; i++) kill(-running.items[i].pid, SIGTERM);
    for (int step = 0; running.count && step < STEPS; step++) {
        for (size_t i = running.count; i-- > 0;) {
            if (reap_group(running.items[i].pid, WNOHANG)) running.items[i] = running.items[--running.count];
        }
        if (running.count) nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    for (; running.count; running.count--) {
        const pid_t pid = running.items[running.count - 1].pid;
        kill(-pid, SIGKILL);
        reap_group(pid, 0);
    }
}

void jobs_stop(void) {
    pthread_mutex_lock(&running.lock);
    stop_all();
}

static void stop_others(void) {
    pthread_mutex_lock(&running.lock);
    stop_all();
    pthread_mutex_unlock(&running.lock);
}

/* ---- telling ---- */

static void print_command(const struct job *job) {
    struct text line = {0};
    for (size_t i = 0; i < job->command.count; i++) words_quote(&line, job->command.items[i]);
    report_progress_end();
    fprintf(stderr, "%s\n", text_string(&line));
    text_free(&line);
}

/* In one piece, when the program has ended: several compilers' complaints must not mix. True if there are none. */
static bool print_log(const struct job *job) {
    struct input_file log;
    if (!input_open(&log, job->log_path)) return false;
    const bool is_silent = log.size == 0;
    if (!is_silent) {
        report_progress_end();
        fwrite(log.bytes, 1, log.size, stderr);
    }
    input_close(&log);
    return is_silent;
}

static void report_failure(const struct job *job, int status) {
    const char *program = job->command.items[0];
    if (WIFSIGNALED(status))
        report("%s was ended by signal %d (%s) while %s", program, WTERMSIG(status), strsignal(WTERMSIG(status)),
               job->doing);
    else
        report("%s failed with exit code %d while %s", program, WEXITSTATUS(status), job->doing);
}

static void report_start_failure(const struct job *job, int error) {
    const char *program = job->command.items[0];
    report("cannot run '%s': %s%s", program, strerror(error),
           error == ENOENT ? " (install a C compiler, or name one with --cc or CC)" : "");
}

/* ---- running ---- */

/* The heaviest first: started last, it would run alone in the end. */
static int compare_weights(const void *left, const void *right) {
    const struct job *a = left, *b = right;
    return (a->weight < b->weight) - (a->weight > b->weight);
}

/* Awaits one; false if it failed. */
static bool finish_one(const struct jobs_options *options) {
    int status;
    const struct job *job = await_any(&status);
    if (!job) return false;
    const bool is_silent = print_log(job); /* of those that succeed as well: warnings */
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        if (options->succeeded) options->succeeded(job, is_silent);
        return true;
    }
    report_failure(job, status);
    return false;
}

/* The line of progress counts what is done and names what was started last. */
bool jobs_run(struct job *jobs, size_t count, const struct jobs_options *options) {
    qsort(jobs, count, sizeof *jobs, compare_weights);
    const size_t parallel = options->parallel < MAX_RUNNING ? options->parallel : MAX_RUNNING;
    size_t started = 0;
    for (size_t done = 0; done < count;) {
        if (started < count && started - done < parallel) {
            if (options->is_verbose) print_command(&jobs[started]);
            report_progress(options->done + done, options->total, jobs[started].doing);
            const int error = start_job(&jobs[started], options->temporary_folder);
            if (error) report_start_failure(&jobs[started], error);
            if (error) break;
            started++;
        } else {
            if (!finish_one(options)) break;
            done++;
            if (started == count) report_progress(options->done + done, options->total, jobs[started - 1].doing);
        }
        if (done == count) return true;
    }
    stop_others();
    return count == 0;
}

bool jobs_output(const struct words *command, const char *temporary_folder, struct text *out) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    pid_t pid;
    const int error = start(command, ends[1], NULL, temporary_folder, &pid);
    close(ends[1]);
    char buffer[4096];
    for (ssize_t got; !error && (got = read(ends[0], buffer, sizeof buffer)) > 0;) {
        text_bytes(out, buffer, (size_t)got);
    }
    close(ends[0]);
    if (error) return false;
    int status = -1;
    reap(pid, &status);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
