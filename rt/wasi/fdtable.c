/* The table of descriptors, and the calls that are about the table alone. See fdtable.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wasi/context.h"
#include "wasi/directory.h"

enum { FD_FIRST_NEW = 3, FD_FIRST_SIZE = 16 };

static const struct fd_entry fd_closed = {.host = FD_FREE};

/* Entries [from, size) are free. */
static bool fd_resize(struct fd_table *table, u32 size) {
    struct fd_entry *entries = realloc(table->entries, (size_t)size * sizeof(*entries));
    if (!entries) {
        return false;
    }
    for (u32 i = table->size; i < size; i++) {
        entries[i] = fd_closed;
    }
    table->entries = entries;
    table->size = size;
    return true;
}

W2C_RT bool w2c_fd_table_init(struct fd_table *table, u32 limit) {
    u32 least = limit < FD_FIRST_NEW ? FD_FIRST_NEW : limit;
    *table = (struct fd_table){.limit = least, .first_maybe = FD_FIRST_NEW};
    return fd_resize(table, least < FD_FIRST_SIZE ? least : FD_FIRST_SIZE);
}

/* Frees what belongs to the entry; the host's answer to closing. */
static u32 fd_release(struct fd_entry *entry) {
    u32 error = WASI_ESUCCESS;
    /* Linux has closed the descriptor even if it reports EINTR, so there is no second attempt. */
    if (!entry->is_borrowed && close(entry->host) != 0 && errno != EINTR) {
        error = w2c_wasi_error(errno);
    }
    free(entry->preopen_name);
    w2c_directory_free(entry->reader);
    *entry = fd_closed;
    return error;
}

W2C_RT void w2c_fd_table_free(struct fd_table *table) {
    for (u32 i = 0; i < table->size; i++) {
        if (table->entries[i].host != FD_FREE) {
            fd_release(&table->entries[i]);
        }
    }
    free(table->entries);
    *table = (struct fd_table){0};
}

W2C_RT u32 w2c_fd_reserve(struct fd_table *table, u32 *fd) {
    u32 i = table->first_maybe;
    while (i < table->size && table->entries[i].host != FD_FREE) {
        i++;
    }
    /* Doubling, so that opening many costs little each; never past the limit. */
    if (i == table->size) {
        if (table->size >= table->limit) {
            return WASI_EMFILE;
        }
        u32 size = table->size > table->limit / 2 ? table->limit : table->size * 2;
        if (!fd_resize(table, size)) {
            return WASI_ENOMEM;
        }
    }
    *fd = i;
    return WASI_ESUCCESS;
}

/* No number below a reserved one is free, but for those of standard streams. */
W2C_RT void w2c_fd_put(struct fd_table *table, u32 fd, const struct fd_entry *entry) {
    table->entries[fd] = *entry;
    table->first_maybe = fd >= FD_FIRST_NEW ? fd + 1 : table->first_maybe;
}

/* Which error a missing right is. Programs expect what POSIX says of a descriptor opened otherwise. */
static u32 fd_missing(const struct fd_entry *entry, u32 missing) {
    const u32 for_seeking = WASI_RIGHT_FD_SEEK | WASI_RIGHT_FD_TELL;
    if (entry->type == WASI_FILETYPE_DIRECTORY && (missing & ~(u32)WASI_RIGHTS_DIRECTORY)) {
        return WASI_EISDIR;
    }
    if (missing & (WASI_RIGHT_FD_READ | WASI_RIGHT_FD_WRITE)) {
        return WASI_EBADF;
    }
    return (missing & for_seeking) && entry->type != WASI_FILETYPE_REGULAR_FILE ? WASI_ESPIPE : WASI_ENOTCAPABLE;
}

W2C_RT u32 w2c_fd_get(const struct fd_table *table, u32 fd, u32 rights, struct fd_entry **entry) {
    *entry = fd_entry_at(table, fd);
    if (!*entry) {
        return WASI_EBADF;
    }
    u32 missing = rights & ~(*entry)->rights_base;
    return missing ? fd_missing(*entry, missing) : WASI_ESUCCESS;
}

W2C_RT u32 w2c_fd_get_writable(const struct fd_table *table, u32 fd, u32 rights, struct fd_entry **entry) {
    u32 error = w2c_fd_get(table, fd, rights, entry);
    if (error) {
        return error;
    }
    return (*entry)->is_read_only ? WASI_EROFS : WASI_ESUCCESS;
}

W2C_RT u32 w2c_fd_get_directory(const struct fd_table *table, u32 fd, u32 rights, struct fd_entry **entry) {
    u32 error = w2c_fd_get(table, fd, 0, entry);
    if (error) {
        return error;
    }
    return (*entry)->type == WASI_FILETYPE_DIRECTORY ? w2c_fd_get(table, fd, rights, entry) : WASI_ENOTDIR;
}

/* ---- calls ---- */

/* Keeps the promise of `first_maybe`. */
static void fd_note_free(struct fd_table *table, u32 fd) {
    if (fd >= FD_FIRST_NEW && fd < table->first_maybe) {
        table->first_maybe = fd;
    }
}

/* A standard stream is only forgotten: the host's descriptor belongs to the embedder. */
W2C_RT u32 w2c_wasi_call_fd_close(void *context, u32 fd) {
    struct w2c_wasi *wasi = context;
    struct fd_entry *entry;
    u32 error = w2c_fd_get(&wasi->table, fd, 0, &entry);
    if (error) {
        return error;
    }
    fd_note_free(&wasi->table, fd);
    return fd_release(entry);
}

/* Both numbers must be open, so a guest cannot choose numbers; onto itself it changes nothing. */
W2C_RT u32 w2c_wasi_call_fd_renumber(void *context, u32 fd, u32 to) {
    struct w2c_wasi *wasi = context;
    struct fd_entry *source = fd_entry_at(&wasi->table, fd);
    struct fd_entry *target = fd_entry_at(&wasi->table, to);
    if (!source || !target) {
        return WASI_EBADF;
    }
    if (fd == to) {
        return WASI_ESUCCESS;
    }
    fd_release(target);
    *target = *source;
    *source = fd_closed;
    fd_note_free(&wasi->table, fd);
    return WASI_ESUCCESS;
}

/* libc asks from 3 on until the first BADF. */
W2C_RT u32 w2c_wasi_call_fd_prestat_get(void *context, u32 fd, u32 prestat) {
    struct w2c_wasi *wasi = context;
    const struct fd_entry *entry = fd_entry_at(&wasi->table, fd);
    if (!entry || !entry->preopen_name) {
        return WASI_EBADF;
    }
    u8 record[WASI_PRESTAT_BYTES] = {0}; /* tag 0: a directory */
    record_set_u32(record, WASI_PRESTAT_NAME_SIZE, (u32)strlen(entry->preopen_name));
    return w2c_guest_put(wasi->memory, guest_at(prestat), record, sizeof(record));
}

W2C_RT u32 w2c_wasi_call_fd_prestat_dir_name(void *context, u32 fd, u32 path, u32 path_len) {
    struct w2c_wasi *wasi = context;
    const struct fd_entry *entry = fd_entry_at(&wasi->table, fd);
    if (!entry || !entry->preopen_name) {
        return WASI_EBADF;
    }
    u32 error = guest_check(wasi->memory, guest_at(path), path_len);
    if (error) {
        return error;
    }
    size_t size = strlen(entry->preopen_name);
    return path_len < size ? WASI_ENAMETOOLONG : w2c_guest_put(wasi->memory, guest_at(path), entry->preopen_name, size);
}

/* Only ever less. */
W2C_RT u32 w2c_wasi_call_fd_fdstat_set_rights(void *context, u32 fd, u64 rights_base, u64 rights_inheriting) {
    struct w2c_wasi *wasi = context;
    struct fd_entry *entry;
    u32 error = w2c_fd_get(&wasi->table, fd, 0, &entry);
    if (error) {
        return error;
    }
    if ((rights_base & ~(u64)entry->rights_base) || (rights_inheriting & ~(u64)entry->rights_inheriting)) {
        return WASI_ENOTCAPABLE;
    }
    entry->rights_base = (u32)rights_base;
    entry->rights_inheriting = (u32)rights_inheriting;
    return WASI_ESUCCESS;
}
