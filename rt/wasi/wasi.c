/* Making and deleting a WASI context: copies of arguments and environment, standard streams, preopens, and
 * the choice of clocks. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "wasi/clock.h"
#include "wasi/listen.h"
#include "wasi/path.h"
#include "wasi/quiet.h"
#include "wasi/socket.h"

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
 * file behind it in other ways, or to end the connection for others; none for a directory, which nobody has granted. */
static u32 wasi_stream_rights(u32 fd, const struct fd_entry *entry, int flags) {
    u32 rights =
        WASI_RIGHTS_FILE & ~(u32)(WASI_RIGHT_FD_ADVISE | WASI_RIGHT_FD_ALLOCATE | WASI_RIGHT_FD_FILESTAT_SET_SIZE |
                                  WASI_RIGHT_FD_FILESTAT_SET_TIMES | WASI_RIGHT_SOCK_SHUTDOWN | WASI_RIGHT_SOCK_ACCEPT);
    bool is_terminal = entry->type == WASI_FILETYPE_CHARACTER_DEVICE && isatty(entry->host);
    rights &= is_terminal ? (u32)WASI_RIGHTS_TERMINAL : UINT32_MAX;
    rights &= socket_is(entry) || entry->stream ? (u32)WASI_RIGHTS_CONNECTION : UINT32_MAX;
    if (fd == 0 || (flags & O_ACCMODE) == O_RDONLY) {
        rights &= ~(u32)WASI_RIGHT_FD_WRITE;
    }
    if (fd != 0 || (flags & O_ACCMODE) == O_WRONLY) {
        rights &= ~(u32)WASI_RIGHT_FD_READ;
    }
    return entry->type == WASI_FILETYPE_DIRECTORY ? 0 : rights;
}

/* A descriptor that is not open is left out. If it were not, it might later be one that the guest opened. */
static void wasi_add_host_stream(struct w2c_wasi *wasi, u32 fd, int option) {
    int host = option == 0 ? (int)fd : option;
    struct stat status;
    int flags = host < 0 ? -1 : fcntl(host, F_GETFL);
    if (flags < 0 || fstat(host, &status) != 0) {
        return;
    }
    struct fd_entry entry = {
        .host = host,
        .type = w2c_wasi_filetype(&status),
        .flags = flags & O_APPEND ? WASI_FDFLAG_APPEND : 0,
        .is_borrowed = true,
        .can_break = w2c_quiet_is_needed(&status),
    };
    entry.rights_base = wasi_stream_rights(fd, &entry, flags);
    w2c_fd_put(&wasi->table, fd, &entry);
}

/* To the guest it is a pipe: no terminal, and no file in which to seek. */
static void wasi_add_memory_stream(struct w2c_wasi *wasi, u32 fd, struct memory_stream stream) {
    wasi->streams[fd] = stream;
    struct fd_entry entry = {
        .host = FD_IN_MEMORY, .type = WASI_FILETYPE_UNKNOWN, .is_borrowed = true, .stream = &wasi->streams[fd]};
    entry.rights_base = wasi_stream_rights(fd, &entry, O_RDWR);
    w2c_fd_put(&wasi->table, fd, &entry);
}

static void wasi_add_streams(struct w2c_wasi *wasi, const struct w2c_wasi_options *options) {
    if (options->stdin_bytes) {
        wasi_add_memory_stream(wasi, 0,
                               (struct memory_stream){.bytes = options->stdin_bytes, .size = options->stdin_size});
    } else {
        wasi_add_host_stream(wasi, 0, options->stdin_fd);
    }
    const struct w2c_wasi_output outputs[] = {options->stdout_to, options->stderr_to};
    const int hosts[] = {options->stdout_fd, options->stderr_fd};
    for (u32 i = 0; i < 2; i++) {
        if (outputs[i].write) {
            wasi_add_memory_stream(wasi, i + 1, (struct memory_stream){.output = outputs[i]});
        } else {
            wasi_add_host_stream(wasi, i + 1, hosts[i]);
        }
    }
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
    if (wasi_preopen_entry(preopen, &entry) && w2c_fd_reserve(&wasi->table, &fd) == WASI_ESUCCESS) {
        w2c_fd_put(&wasi->table, fd, &entry);
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

/* Everything but preopens and sockets. */
static bool wasi_init(struct w2c_wasi *wasi, const struct w2c_wasi_options *options) {
    wasi->has_kernel_walk = !options->force_path_walk && w2c_path_kernel_works();
    u32 limit = options->descriptor_limit ? options->descriptor_limit : WASI_DEFAULT_LIMIT;
    if (!wasi_copy_strings(&wasi->arguments, options->arguments, options->argument_count) ||
        !wasi_copy_strings(&wasi->environment, options->environment, options->environment_count) ||
        !w2c_fd_table_init(&wasi->table, limit)) {
        return false;
    }
    w2c_clock_init(wasi, options);
    wasi_add_streams(wasi, options);
    wasi->trace = options->trace_fd ? w2c_trace_new(options->trace_fd) : NULL;
    if (options->trace_fd && !wasi->trace) {
        return false;
    }
    wasi->is_special = wasi->trace != NULL;
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
    if (!w2c_listen_grant(wasi, options, message, message_size)) {
        w2c_wasi_delete(wasi);
        return NULL;
    }
    return wasi;
}

/* What is held is told from the entry by its number. */
W2C_RT u32 w2c_fd_hold(const struct w2c_wasi *wasi, const struct fd_entry *entry, struct fd_entry *held) {
    *held = *entry;
    if (!wasi->lock || entry->stream || entry->type == WASI_FILETYPE_REGULAR_FILE ||
        entry->type == WASI_FILETYPE_DIRECTORY) {
        return WASI_ESUCCESS;
    }
    held->host = fcntl(entry->host, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (held->host < 0) {
        return w2c_wasi_error(errno);
    }
    held->is_held = true;
    pthread_mutex_unlock(wasi->lock);
    return WASI_ESUCCESS;
}

W2C_RT void w2c_fd_release(const struct w2c_wasi *wasi, const struct fd_entry *held) {
    if (held->is_held) {
        close(held->host);
        pthread_mutex_lock(wasi->lock);
    }
}

W2C_RT bool w2c_wasi_share(struct w2c_wasi *wasi) {
    if (wasi->lock) {
        return true;
    }
    pthread_mutex_t *lock = malloc(sizeof *lock);
    if (!lock || pthread_mutex_init(lock, NULL) != 0) {
        free(lock);
        return false;
    }
    wasi->lock = lock;
    wasi->is_special = true;
    return true;
}

W2C_RT void w2c_wasi_set_memory(struct w2c_wasi *wasi, struct w2c_memory *memory) {
    wasi->memory = memory;
}

W2C_RT void w2c_wasi_delete(struct w2c_wasi *wasi) {
    if (!wasi) {
        return;
    }
    w2c_trace_free(wasi->trace);
    if (wasi->lock) {
        pthread_mutex_destroy(wasi->lock);
        free(wasi->lock);
    }
    w2c_fd_table_free(&wasi->table);
    free(wasi->arguments.text);
    free(wasi->environment.text);
    free(wasi);
}
