/* Making and deleting a WASI context: copies of arguments and environment, standard streams, preopens. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "wasi/path.h"

enum { WASI_DEFAULT_LIMIT = 1024 };

/* errno values differ between systems, and some are equal on one and not on another; the table has those that are
 * distinct on Linux. */
W2C_RT u32 w2c_wasi_error(int host) {
    switch (host) {
    case 0: return WASI_ESUCCESS;
#define WASI_ERROR(name, number, host_number)                                                                          \
    case host_number: return number;
#define WASI_ERROR_OF_OURS(name, number)
#include "wasi/errno.def"
#undef WASI_ERROR
#undef WASI_ERROR_OF_OURS
    default: return WASI_EIO;
    }
}

/* Copies the strings, one behind the other. False if memory is short, or 32 bits for the guest's pointers. */
static bool wasi_copy_strings(struct wasi_strings *strings, const char *const *items, size_t count) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += strlen(items[i]) + 1;
    }
    if (size > UINT32_MAX || count > UINT32_MAX / sizeof(u32)) {
        return false;
    }
    *strings = (struct wasi_strings){(u32)count, (u32)size, malloc(size + 1)};
    if (!strings->text) {
        return false;
    }
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(items[i]) + 1;
        memcpy(strings->text + at, items[i], length);
        at += length;
    }
    return true;
}

/* Rights of a standard stream: to read or to write, by its number and how it is open, never to change the
 * file behind it in other ways; none for a directory, which nobody has granted. */
static u32 wasi_stream_rights(u32 fd, int host, int flags, u8 type) {
    u32 rights = type == WASI_FILETYPE_CHARACTER_DEVICE && isatty(host) ? WASI_RIGHTS_TERMINAL : WASI_RIGHTS_FILE;
    rights &= ~(u32)(WASI_RIGHT_FD_ADVISE | WASI_RIGHT_FD_ALLOCATE | WASI_RIGHT_FD_FILESTAT_SET_SIZE |
                     WASI_RIGHT_FD_FILESTAT_SET_TIMES);
    if (fd == 0 || (flags & O_ACCMODE) == O_RDONLY) {
        rights &= ~(u32)WASI_RIGHT_FD_WRITE;
    }
    if (fd != 0 || (flags & O_ACCMODE) == O_WRONLY) {
        rights &= ~(u32)WASI_RIGHT_FD_READ;
    }
    return type == WASI_FILETYPE_DIRECTORY ? 0 : rights;
}

/* A descriptor that is not open is left out. If it were not, it might later be one that the guest opened. */
static void wasi_add_stream(struct w2c_wasi *wasi, u32 fd, int option) {
    int host = option == 0 ? (int)fd : option;
    struct stat status;
    int flags = host < 0 ? -1 : fcntl(host, F_GETFL);
    if (flags < 0 || fstat(host, &status) != 0) {
        return;
    }
    u8 type = w2c_wasi_filetype(&status);
    struct fd_entry entry = {
        .host = host,
        .type = type,
        .flags = flags & O_APPEND ? WASI_FDFLAG_APPEND : 0,
        .is_borrowed = true,
        .can_break = S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode),
        .rights_base = wasi_stream_rights(fd, host, flags, type),
    };
    w2c_fd_put_stream(&wasi->table, fd, &entry);
}

/* What the entry owns is freed by the caller, also after failure. */
static bool wasi_preopen_entry(const struct w2c_wasi_preopen *preopen, struct fd_entry *entry) {
    *entry = (struct fd_entry){
        .host = open(preopen->host, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
        .type = WASI_FILETYPE_DIRECTORY,
        .is_read_only = preopen->read_only,
        .rights_base = WASI_RIGHTS_DIRECTORY,
        .rights_inheriting = WASI_RIGHTS_ALL,
        .preopen_name = strdup(preopen->guest),
    };
    if (entry->host < 0 || !entry->preopen_name) {
        return false;
    }
    entry->may_read_proc = w2c_path_is_on_proc(entry->host);
    return true;
}

/* The host's path is followed wherever it leads: it comes from the embedder. */
static bool wasi_add_preopen(struct w2c_wasi *wasi, const struct w2c_wasi_preopen *preopen, char *message,
                             size_t message_size) {
    struct fd_entry entry;
    u32 fd;
    errno = 0;
    if (wasi_preopen_entry(preopen, &entry) && w2c_fd_add(&wasi->table, &entry, &fd) == WASI_ESUCCESS) {
        return true;
    }
    snprintf(message, message_size, "cannot open the directory \"%s\" for the guest: %s", preopen->host,
             errno ? strerror(errno) : "too many directories");
    if (entry.host >= 0) {
        close(entry.host);
    }
    free(entry.preopen_name);
    return false;
}

/* Everything but the preopens. */
static bool wasi_init(struct w2c_wasi *wasi, const struct w2c_wasi_options *options) {
    wasi->has_kernel_walk = !options->force_path_walk && w2c_path_kernel_works();
    u32 limit = options->descriptor_limit ? options->descriptor_limit : WASI_DEFAULT_LIMIT;
    if (!wasi_copy_strings(&wasi->arguments, options->arguments, options->argument_count) ||
        !wasi_copy_strings(&wasi->environment, options->environment, options->environment_count) ||
        !w2c_fd_table_init(&wasi->table, limit)) {
        return false;
    }
    wasi_add_stream(wasi, 0, options->stdin_fd);
    wasi_add_stream(wasi, 1, options->stdout_fd);
    wasi_add_stream(wasi, 2, options->stderr_fd);
    return true;
}

W2C_RT struct w2c_wasi *w2c_wasi_new(const struct w2c_wasi_options *options, char *message, size_t message_size) {
    struct w2c_wasi *wasi = calloc(1, sizeof(*wasi));
    if (!wasi || !wasi_init(wasi, options)) {
        snprintf(message, message_size, "not enough memory for arguments and environment");
        w2c_wasi_delete(wasi);
        return NULL;
    }
    for (size_t i = 0; i < options->preopen_count; i++) {
        if (!wasi_add_preopen(wasi, &options->preopens[i], message, message_size)) {
            w2c_wasi_delete(wasi);
            return NULL;
        }
    }
    return wasi;
}

W2C_RT void w2c_wasi_set_memory(struct w2c_wasi *wasi, struct w2c_memory *memory) {
    wasi->memory = memory;
}

W2C_RT void w2c_wasi_delete(struct w2c_wasi *wasi) {
    if (!wasi) {
        return;
    }
    w2c_fd_table_free(&wasi->table);
    free(wasi->arguments.text);
    free(wasi->environment.text);
    free(wasi);
}
