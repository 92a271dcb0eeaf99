/* A daemon in the classic way: forked twice, in a session of its own, with nothing of ours open. It is forked, not
 * executed, so that it is the same program with the same options, whatever becomes of the file of w2c in the meantime.
 *
 * Beside the place in the cache are two empty files. One is locked as long as a builder works for that place, by the
 * kernel, which forgets locks of the dead. The other is there if the last attempt failed: a compiler that is not
 * installed, or not up to a module, is not asked again at every run. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "background.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_SECONDS = 24 * 3600, LOWEST_PRIORITY = 19, PATH_ROOM = 4096 };

static bool make_name(char name[PATH_ROOM], const char *path, const char *ending) {
    return snprintf(name, PATH_ROOM, "%s%s", path, ending) < PATH_ROOM;
}

static bool failed_lately(const char *path) {
    char name[PATH_ROOM];
    struct stat status;
    return make_name(name, path, ".failed") && stat(name, &status) == 0 &&
           time(NULL) - status.st_mtime < PATIENCE_SECONDS;
}

static void note_outcome(const char *path, bool is_good) {
    char name[PATH_ROOM];
    if (!make_name(name, path, ".failed")) return;
    unlink(name);
    const int fd = is_good ? -1 : open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) close(fd);
}

/* A descriptor that holds the lock until the last copy of it is closed; -1 if another process has it. */
static int take_lock(const char *path) {
    char name[PATH_ROOM];
    const int fd = make_name(name, path, ".lock") ? open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    close(fd);
    return -1;
}

static void leave_everything(void) {
    setsid();
    setpriority(PRIO_PROCESS, 0, LOWEST_PRIORITY);
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2 && nothing >= 0; fd++)
        dup2(nothing, fd);
}

/* ---- work that nobody needs later ---- */

static pid_t starter;
static void (*clean_up)(void);

static void *await_starter(void *unused) {
    (void)unused;
    const struct timespec pause = {.tv_nsec = 50000000};
    while (kill(starter, 0) == 0)
        nanosleep(&pause, NULL);
    clean_up();
    _exit(1);
}

void background_end_with_program(void (*clean)(void)) {
    pthread_t thread;
    clean_up = clean;
    if (pthread_create(&thread, NULL, await_starter, NULL) == 0) pthread_detach(thread);
}

/* ---- the start ---- */

/* In the grandchild, which never returns. */
static void build(const char *path, background_work *work, void *argument, int socket) {
    leave_everything();
    note_outcome(path, work(argument, socket));
    _exit(0);
}

/* The child in between ends at once, so that nobody has to wait for the builder. */
static bool fork_twice(const char *path, background_work *work, void *argument, int socket, int other) {
    const pid_t child = fork();
    if (child == 0) {
        close(other);
        const pid_t builder = fork();
        if (builder == 0) build(path, work, argument, socket);
        _exit(builder < 0);
    }
    int status = 1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

int background_start(const char *path, background_work *work, void *argument) {
    int sockets[2];
    if (failed_lately(path)) return -1;
    const int lock = take_lock(path);
    if (lock < 0) return -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
        close(lock);
        return -1;
    }
    starter = getpid();
    const bool is_started = fork_twice(path, work, argument, sockets[1], sockets[0]);
    close(lock);
    close(sockets[1]);
    if (is_started) return sockets[0];
    close(sockets[0]);
    return -1;
}
