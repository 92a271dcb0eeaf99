/* fd_readdir: entries of a directory, from any cookie, into a buffer of any size.
 *
 * A cookie is the kernel's own position behind an entry (d_off), 0 the beginning. The kernel hands out entries
 * in chunks; the last one is kept, so a guest that reads on where it stopped, in however small
 * buffers, gets every entry from the chunk and moves nothing. Any other cookie is a seek, to which the
 * file system gives meaning as it does for telldir and seekdir. Cookie 0 reads anew, and sees what changed.
 *
 *     chunk   | entry | entry | entry |
 *             ^ start ^ d_off ^ d_off ^ d_off: where the kernel goes on
 *
 * A snapshot of the whole directory would survive more kinds of change, but its size would be the guest's to choose.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "wasi/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wasi/context.h"

enum { DIRECTORY_CHUNK_BYTES = 32768 };

struct directory_reader {
    u64 start; /* cookie of the chunk's first entry */
    size_t at; /* next entry in the chunk */
    size_t used;
    u8 chunk[DIRECTORY_CHUNK_BYTES];
};

/* One entry in the chunk, as getdents64 lays it out: ino 8, off 8, reclen 2, type 1, name closed by NUL. */
struct directory_entry {
    u64 ino;
    u64 next;
    u16 record_size;
    u8 type; /* DT_ */
    const char *name;
};
enum { DIRECTORY_NEXT = 8, DIRECTORY_RECORD_SIZE = 16, DIRECTORY_TYPE = 18, DIRECTORY_NAME = 19 };

static struct directory_entry directory_entry_at(const struct directory_reader *reader, size_t at) {
    const u8 *record = reader->chunk + at;
    return (struct directory_entry){record_u64(record, 0), record_u64(record, DIRECTORY_NEXT),
                                    record_u16(record, DIRECTORY_RECORD_SIZE), record[DIRECTORY_TYPE],
                                    (const char *)record + DIRECTORY_NAME};
}

W2C_RT void w2c_directory_free(struct directory_reader *reader) {
    free(reader);
}

/* Stands the reader behind the entry with this cookie, if the chunk has it. */
static bool directory_find(struct directory_reader *reader, u64 cookie) {
    reader->at = 0;
    if (reader->used > 0 && reader->start == cookie) {
        return true;
    }
    while (reader->at < reader->used) {
        struct directory_entry entry = directory_entry_at(reader, reader->at);
        reader->at += entry.record_size;
        if (entry.next == cookie) {
            return true;
        }
    }
    return false;
}

/* A cookie that the file system does not know gives entries from somewhere, or none; never anything of ours. */
static u32 directory_move(struct directory_reader *reader, int host, u64 cookie) {
    if (cookie != 0 && directory_find(reader, cookie)) {
        return WASI_ESUCCESS;
    }
    if (cookie > INT64_MAX || lseek(host, (off_t)cookie, SEEK_SET) < 0) {
        return WASI_EINVAL;
    }
    reader->start = cookie;
    reader->at = 0;
    reader->used = 0;
    return WASI_ESUCCESS;
}

/* Gets the next chunk if this one is done; at the end of the directory it is empty. ENOENT is Linux's word for a
 * directory that has been removed: to POSIX its end, too. */
static u32 directory_refill(struct directory_reader *reader, int host, u64 cookie) {
    if (reader->at < reader->used) {
        return WASI_ESUCCESS;
    }
    long result = syscall(SYS_getdents64, host, reader->chunk, sizeof(reader->chunk));
    reader->start = cookie;
    reader->at = 0;
    reader->used = result > 0 ? (size_t)result : 0;
    return result < 0 && errno != ENOENT ? w2c_wasi_error(errno) : WASI_ESUCCESS;
}

static u8 directory_filetype(int host, const struct directory_entry *entry) {
    switch (entry->type) {
    case DT_BLK: return WASI_FILETYPE_BLOCK_DEVICE;
    case DT_CHR: return WASI_FILETYPE_CHARACTER_DEVICE;
    case DT_DIR: return WASI_FILETYPE_DIRECTORY;
    case DT_LNK: return WASI_FILETYPE_SYMBOLIC_LINK;
    case DT_REG: return WASI_FILETYPE_REGULAR_FILE;
    case DT_SOCK: return WASI_FILETYPE_SOCKET_STREAM;
    case DT_FIFO: return WASI_FILETYPE_UNKNOWN;
    default: break; /* some file systems do not say */
    }
    struct stat status;
    bool is_known = fstatat(host, entry->name, &status, AT_SYMLINK_NOFOLLOW) == 0;
    return is_known ? w2c_wasi_filetype(&status) : (u8)WASI_FILETYPE_UNKNOWN;
}

/* The part of a buffer that is not filled yet. */
struct directory_room {
    u8 *bytes;
    u32 size;
    u32 used;
};

static void directory_put(struct directory_room *room, const void *bytes, size_t size) {
    u32 fitting = size < room->size - room->used ? (u32)size : room->size - room->used;
    memcpy(room->bytes + room->used, bytes, fitting);
    room->used += fitting;
}

/* What does not fit is cut off; a full buffer tells the guest that there is more. */
static void directory_put_entry(struct directory_room *room, int host, const struct directory_entry *entry) {
    size_t name_size = strlen(entry->name);
    /* ".." may lie outside of the preopen. Its number is nobody's business, and libc does not ask. */
    bool is_parent = strcmp(entry->name, "..") == 0;
    u8 record[WASI_DIRENT_BYTES] = {0};
    record_set_u64(record, 0, entry->next);
    record_set_u64(record, WASI_DIRENT_INO, is_parent ? 0 : entry->ino);
    record_set_u32(record, WASI_DIRENT_NAME_SIZE, (u32)name_size);
    record[WASI_DIRENT_TYPE] = directory_filetype(host, entry);
    directory_put(room, record, sizeof(record));
    directory_put(room, entry->name, name_size);
}

/* Fills the room from `cookie` on; less than full means the end. */
static u32 directory_read(struct directory_reader *reader, int host, u64 cookie, struct directory_room *room) {
    u32 error = directory_move(reader, host, cookie);
    u64 position = cookie;
    while (!error && room->used < room->size) {
        error = directory_refill(reader, host, position);
        if (error || reader->at == reader->used) {
            break;
        }
        struct directory_entry entry = directory_entry_at(reader, reader->at);
        directory_put_entry(room, host, &entry);
        reader->at += entry.record_size;
        position = entry.next;
    }
    return error;
}

/* The chunk is allocated at the first use, for most directories are opened to start paths from. At most
 * `descriptor_limit` of them exist. */
static u32 directory_get_reader(struct fd_entry *entry) {
    if (!entry->reader) {
        entry->reader = malloc(sizeof(*entry->reader));
        if (!entry->reader) {
            return WASI_ENOMEM;
        }
        entry->reader->used = 0;
    }
    return WASI_ESUCCESS;
}

W2C_RT u32 w2c_wasi_call_fd_readdir(void *context, u32 fd, u32 buf, u32 buf_len, u64 cookie, u32 bufused) {
    struct w2c_wasi *wasi = context;
    struct fd_entry *entry;
    u32 error = w2c_fd_get_directory(&wasi->table, fd, WASI_RIGHT_FD_READDIR, &entry);
    error = error ? error : guest_check(wasi->memory, guest_at(buf), buf_len);
    error = error ? error : guest_check(wasi->memory, guest_at(bufused), sizeof(u32));
    error = error ? error : directory_get_reader(entry);
    if (error) {
        return error;
    }
    struct directory_room room = {w2c_guest_bytes(wasi->memory, guest_at(buf), buf_len), buf_len, 0};
    error = directory_read(entry->reader, entry->host, cookie, &room);
    return error ? error : guest_put_u32(wasi->memory, guest_at(bufused), room.used);
}
