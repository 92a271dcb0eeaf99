/* Files in and out, and the registry of temporary files that an interrupt removes.
 *
 * The registry is a list of blocks of slots that only grows. A slot holds the path of a temporary file, or NULL. Who
 * exchanges a path for NULL owns it: output_discard and output_commit free it, the signal handler unlinks it. So the
 * handler never reads memory that another thread is freeing, and takes no lock.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"

/* ---- input ---- */

/* Reads a pipe or a device to its end. */
static bool read_all(struct input_file *file, int fd) {
    uint8_t *bytes = NULL;
    size_t size = 0;
    size_t capacity = 0;
    for (;;) {
        if (size == capacity) {
            capacity = capacity ? capacity * 2 : 1 << 16;
            uint8_t *grown = realloc(bytes, capacity);
            if (!grown) arena_exhausted();
            bytes = grown;
        }
        const ssize_t got = read(fd, bytes + size, capacity - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            free(bytes);
            return false;
        }
        if (got == 0) break;
        size += (size_t)got;
    }
    *file = (struct input_file){.bytes = bytes, .size = size};
    return true;
}

static int64_t nanoseconds(struct timespec time) {
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static struct file_identity identity_of(const struct stat *status) {
#ifdef __APPLE__
    const struct timespec modified = status->st_mtimespec, changed = status->st_ctimespec;
#else
    const struct timespec modified = status->st_mtim, changed = status->st_ctim;
#endif
    return (struct file_identity){.device = (uint64_t)status->st_dev,
                                  .inode = (uint64_t)status->st_ino,
                                  .size = (uint64_t)status->st_size,
                                  .modified = nanoseconds(modified),
                                  .changed = nanoseconds(changed)};
}

/* Mapping costs nothing for the parts of a module that nobody reads, such as debug sections. */
static bool open_fd(struct input_file *file, int fd) {
    struct stat status;
    if (fstat(fd, &status) != 0) return false;
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return false;
    }
    /* Files without a size (pipes, and those of /proc) are read; standard input may stand in the middle of a file. */
    if (!S_ISREG(status.st_mode) || status.st_size == 0 || lseek(fd, 0, SEEK_CUR) != 0) return read_all(file, fd);
    const size_t size = (size_t)status.st_size;
    void *mapping = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapping == MAP_FAILED) return read_all(file, fd);
    *file = (struct input_file){.bytes = mapping, .size = size, .mapping = mapping};
    if (fstat(fd, &status) == 0) file->identity = identity_of(&status);
    return true;
}

bool input_open(struct input_file *file, const char *path) {
    *file = (struct input_file){0};
    if (strcmp(path, "-") == 0) return open_fd(file, STDIN_FILENO);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool is_open = open_fd(file, fd);
    const int error = errno;
    close(fd);
    errno = error;
    return is_open;
}

bool input_is_unchanged(const struct input_file *file, const char *path) {
    struct stat status;
    if (!file->mapping || stat(path, &status) != 0) return false;
    const struct file_identity now = identity_of(&status);
    return memcmp(&now, &file->identity, sizeof now) == 0;
}

void input_close(struct input_file *file) {
    if (file->mapping)
        munmap(file->mapping, file->size);
    else
        free((void *)(uintptr_t)file->bytes); /* const is for readers; read_all made it */
    *file = (struct input_file){0};
}

/* ---- registry of temporary files ---- */

enum { SLOTS = 64 };

struct slot_block {
    _Atomic(char *) paths[SLOTS];
    _Atomic(struct slot_block *) next;
};

static struct slot_block first_block;

/* Blocks are never freed: the handler may be walking them. */
static struct slot_block *next_block(struct slot_block *block) {
    struct slot_block *next = atomic_load(&block->next);
    if (next) return next;
    struct slot_block *made = calloc(1, sizeof *made);
    if (!made) arena_exhausted();
    if (atomic_compare_exchange_strong(&block->next, &next, made)) return made;
    free(made);
    return next; /* another thread was first */
}

/* The first free slot. Slots are many hundred at most: one for each part of a large output. */
static int register_path(char *path) {
    int slot = 0;
    for (struct slot_block *block = &first_block;; block = next_block(block)) {
        for (int i = 0; i < SLOTS; i++, slot++) {
            char *expected = NULL;
            if (atomic_compare_exchange_strong(&block->paths[i], &expected, path)) return slot;
        }
    }
}

/* The path, now the caller's, or NULL if the signal handler has taken it. */
static char *unregister_path(int slot) {
    struct slot_block *block = &first_block;
    for (; slot >= SLOTS; slot -= SLOTS) block = atomic_load(&block->next);
    return atomic_exchange(&block->paths[slot], NULL);
}

void output_discard_all(void) {
    for (struct slot_block *block = &first_block; block; block = atomic_load(&block->next)) {
        for (int i = 0; i < SLOTS; i++) {
            const char *path = atomic_exchange(&block->paths[i], NULL);
            if (path) unlink(path);
        }
    }
}

/* ---- output ---- */

/* True if `path` is something that must be written in place: a device or a pipe, which a rename would replace. */
static bool is_special(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

static char *make_temporary_path(const char *path) {
    static atomic_uint counter; /* makes names of one process differ; the process id those of several */
    const size_t capacity = strlen(path) + 48;
    char *temporary = malloc(capacity);
    if (!temporary) arena_exhausted();
    snprintf(temporary, capacity, "%s.%ld-%u.tmp", path, (long)getpid(), atomic_fetch_add(&counter, 1));
    return temporary;
}

/* Registered before it exists, so that there is no moment at which an interrupt leaves it behind. */
static bool open_temporary(struct output_file *file) {
    for (;;) {
        file->temporary_path = make_temporary_path(file->path);
        file->slot = register_path(file->temporary_path);
        file->fd = open(file->temporary_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file->fd >= 0) return true;
        const int error = errno;
        free(unregister_path(file->slot));
        file->temporary_path = NULL;
        errno = error;
        if (error != EEXIST) return false;
    }
}

/* rename would say so only at the end, when everything has been written. */
static bool refuse_directory(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) return false;
    errno = EISDIR;
    return true;
}

bool output_open(struct output_file *file, const char *path) {
    *file = (struct output_file){.fd = -1, .slot = -1};
    if (refuse_directory(path)) return false;
    file->path = strdup(path);
    if (!file->path) arena_exhausted();
    if (is_special(path))
        file->fd = open(path, O_WRONLY | O_CLOEXEC);
    else if (open_temporary(file))
        return true;
    if (file->fd >= 0) return true;
    free(file->path);
    file->path = NULL;
    return false;
}

bool output_write(struct output_file *file, const char *bytes, size_t size) {
    while (size) {
        const ssize_t written = write(file->fd, bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

bool output_finish(struct output_file *file) {
    const int fd = file->fd;
    file->fd = -1;
    return fd >= 0 && close(fd) == 0;
}

/* Forgets the file, whether or not it was renamed. */
static void release(struct output_file *file) {
    if (file->fd >= 0) close(file->fd);
    if (file->slot >= 0) free(unregister_path(file->slot));
    free(file->path);
    *file = (struct output_file){.fd = -1, .slot = -1};
}

bool output_commit(struct output_file *file) {
    if (file->temporary_path && rename(file->temporary_path, file->path) != 0) return false;
    release(file);
    return true;
}

static bool have_same_content(const char *path, const char *other) {
    struct input_file a, b;
    if (!input_open(&a, path)) return false;
    bool is_same = input_open(&b, other);
    if (is_same) {
        is_same = a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
        input_close(&b);
    }
    input_close(&a);
    return is_same;
}

bool output_commit_if_changed(struct output_file *file) {
    if (!file->temporary_path || !have_same_content(file->temporary_path, file->path)) return output_commit(file);
    output_discard(file);
    return true;
}

void output_discard(struct output_file *file) {
    if (!file->path) return; /* never opened, maybe all zeros: descriptor 0 and slot 0 are somebody else's */
    const int error = errno; /* callers report the error that made them discard */
    if (file->temporary_path) unlink(file->temporary_path);
    release(file);
    errno = error;
}
