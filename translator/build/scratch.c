/* Making and removing the temporary folder. There is one in the life of a process, and its name is never used again. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "scratch.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "report.h"
#include "words.h"

static char folder[PATH_MAX]; /* stays when the folder is gone: a thread may still be about to use the name */
static bool is_there;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* an interrupt must see either no folder or its name */

static bool make_folder(void) {
    if (folder[0]) return true;
    const char *parent = getenv("TMPDIR");
    if (!parent || !*parent) parent = "/tmp";
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/w2c-XXXXXX", parent) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return false;
    }
    is_there = mkdtemp(path) != NULL;
    if (is_there) strcpy(folder, path);
    return is_there;
}

const char *scratch_open(void) {
    pthread_mutex_lock(&lock);
    const bool is_made = make_folder();
    const int error = errno;
    pthread_mutex_unlock(&lock);
    if (!is_made) report("cannot make a temporary folder (in TMPDIR, or else /tmp): %s", strerror(error));
    return is_made ? folder : NULL;
}

char *scratch_path(struct arena *arena, const char *name) {
    return words_format(arena, "%s/%s", folder, name);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where) {
    (void)status, (void)type, (void)where;
    remove(path);
    return 0;
}

/* After an interrupt, threads of the translator may still be making files: then the folder is not empty at first. */
void scratch_remove(void) {
    enum { TRIES = 100, OPEN_FOLDERS = 16 };
    pthread_mutex_lock(&lock);
    for (int i = 0; is_there && i < TRIES; i++) {
        nftw(folder, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
        is_there = access(folder, F_OK) == 0;
        if (is_there) nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    pthread_mutex_unlock(&lock);
}
