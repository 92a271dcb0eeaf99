/* The guest's descriptors: an array indexed by the guest's number, each entry naming a descriptor of the host.
 *
 * Guest numbers have nothing to do with host numbers; a guest can only name what is in its table.
 * Rights are the guest's own means to give up powers: they shrink (fd_fdstat_set_rights) and descend (what
 * path_open gives is at most `rights_inheriting` of the directory), and never grow. What the embedder
 * restricts is apart from that: `is_read_only` descends from a preopen to everything opened through it, and
 * makes calls that change something fail with ROFS, as on a file system mounted read-only.
 *
 * New descriptors get the lowest free number from 3 on. 0, 1 and 2 are not handed out again after the guest
 * closed them: whatever libc prints would go to a file that happened to be opened next.
 */
#ifndef WASI_FDTABLE_H
#define WASI_FDTABLE_H

#include "w2c/types.h"
#include "wasi_abi.h"

struct directory_reader; /* directory.c */
struct memory_stream;    /* stream.h */

/* In place of the host's descriptor: a number that is free, and a stream in memory. */
enum { FD_FREE = -1, FD_IN_MEMORY = -2 };

struct fd_entry {
    int host;           /* or FD_FREE, FD_IN_MEMORY */
    u8 type;            /* enum wasi_filetype */
    u8 flags;           /* enum wasi_fdflags */
    bool is_borrowed;   /* shared with the embedder: neither closing it nor its flags are our business */
    bool is_read_only;  /* below a read-only preopen */
    bool may_read_proc; /* below a preopen that lies on procfs itself */
    bool is_held;       /* a copy that a call waits with (w2c_fd_hold); never in the table */
    bool can_break;     /* writing may raise a signal: quiet.h */
    u32 rights_base;    /* enum wasi_rights */
    u32 rights_inheriting;
    u32 poll_slot;                   /* where poll_oneoff has it at the moment (poll.c) */
    struct memory_stream *stream;    /* of the context; NULL if there is a host descriptor */
    char *preopen_name;              /* owned; NULL if it is no preopen */
    struct directory_reader *reader; /* owned; NULL until the first fd_readdir */
};

struct fd_table {
    struct fd_entry *entries;
    u32 size;
    u32 limit;       /* of open descriptors, and of `size` */
    u32 first_maybe; /* no number from 3 up to here is free */
};

/* False if memory is short. */
W2C_RT_DECL bool w2c_fd_table_init(struct fd_table *table, u32 limit);
W2C_RT_DECL void w2c_fd_table_free(struct fd_table *table);

/* A number for a new entry, free, with room in the table, so that putting it there cannot fail. MFILE or NOMEM; may
 * move all entries. */
W2C_RT_DECL u32 w2c_fd_reserve(struct fd_table *table, u32 *fd);

/* Puts an entry under a number that was reserved, or under that of a standard stream. */
W2C_RT_DECL void w2c_fd_put(struct fd_table *table, u32 fd, const struct fd_entry *entry);

/* The entry, good until the next w2c_fd_reserve; NULL if the number is not open. */
W2C_INLINE struct fd_entry *fd_entry_at(const struct fd_table *table, u32 fd) {
    return fd < table->size && table->entries[fd].host != FD_FREE ? &table->entries[fd] : NULL;
}

/* The entry, if it has all of these rights. BADF if it is not open, or not for reading or writing; ISDIR for
 * what only files can do; SPIPE for seeking where that is impossible; else NOTCAPABLE. */
W2C_RT_DECL u32 w2c_fd_get(const struct fd_table *table, u32 fd, u32 rights, struct fd_entry **entry);

/* The same for a call that changes the file or what is below the directory: ROFS if that is read-only. */
W2C_RT_DECL u32 w2c_fd_get_writable(const struct fd_table *table, u32 fd, u32 rights, struct fd_entry **entry);

/* The same for a directory that a path starts from; NOTDIR if it is none. */
W2C_RT_DECL u32 w2c_fd_get_directory(const struct fd_table *table, u32 fd, u32 rights, struct fd_entry **entry);

#endif
