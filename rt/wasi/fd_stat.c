/* What is known about a descriptor and its file, and changing it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "wasi/context.h"
#include "wasi/quiet.h"
#include "wasi/socket.h"

static u32 stat_result(int result) {
    return result == 0 ? WASI_ESUCCESS : w2c_wasi_error(errno);
}

/* ---- records ---- */

/* Stream or datagram would need another system call; no call of ours treats them differently. */
W2C_RT u8 w2c_wasi_filetype(const struct stat *status) {
    switch (status->st_mode & S_IFMT) {
    case S_IFBLK: return WASI_FILETYPE_BLOCK_DEVICE;
    case S_IFCHR: return WASI_FILETYPE_CHARACTER_DEVICE;
    case S_IFDIR: return WASI_FILETYPE_DIRECTORY;
    case S_IFREG: return WASI_FILETYPE_REGULAR_FILE;
    case S_IFLNK: return WASI_FILETYPE_SYMBOLIC_LINK;
    case S_IFSOCK: return WASI_FILETYPE_SOCKET_STREAM;
    default: return WASI_FILETYPE_UNKNOWN;
    }
}

/* Device and inode are the host's: programs compare them to know one file under two names, and as plain numbers
 * they open nothing. */
W2C_RT u32 w2c_wasi_put_filestat(const struct w2c_memory *memory, struct guest_pointer pointer,
                                 const struct stat *status) {
    u8 record[WASI_FILESTAT_BYTES] = {0};
    record_set_u64(record, 0, status->st_dev);
    record_set_u64(record, WASI_FILESTAT_INO, status->st_ino);
    record[WASI_FILESTAT_FILETYPE] = w2c_wasi_filetype(status);
    record_set_u64(record, WASI_FILESTAT_NLINK, status->st_nlink);
    record_set_u64(record, WASI_FILESTAT_SIZE, (u64)status->st_size);
    record_set_u64(record, WASI_FILESTAT_ATIM, wasi_nanoseconds(status->st_atim));
    record_set_u64(record, WASI_FILESTAT_MTIM, wasi_nanoseconds(status->st_mtim));
    record_set_u64(record, WASI_FILESTAT_CTIM, wasi_nanoseconds(status->st_ctim));
    return w2c_guest_put(memory, pointer, record, sizeof(record));
}

/* What utimensat takes for one of the two times. */
static struct timespec stat_time(u64 nanoseconds, bool is_given, bool is_now) {
    if (is_now) {
        return (struct timespec){.tv_nsec = UTIME_NOW};
    }
    return is_given ? wasi_timespec(nanoseconds) : (struct timespec){.tv_nsec = UTIME_OMIT};
}

W2C_RT u32 w2c_wasi_times(u64 atim, u64 mtim, u32 flags, struct timespec times[2]) {
    const u32 both_atim = WASI_FSTFLAG_ATIM | WASI_FSTFLAG_ATIM_NOW;
    const u32 both_mtim = WASI_FSTFLAG_MTIM | WASI_FSTFLAG_MTIM_NOW;
    bool is_contradiction = (flags & both_atim) == both_atim || (flags & both_mtim) == both_mtim;
    if (is_contradiction || (flags & ~(u32)WASI_FSTFLAGS_ALL)) {
        return WASI_EINVAL;
    }
    times[0] = stat_time(atim, flags & WASI_FSTFLAG_ATIM, flags & WASI_FSTFLAG_ATIM_NOW);
    times[1] = stat_time(mtim, flags & WASI_FSTFLAG_MTIM, flags & WASI_FSTFLAG_MTIM_NOW);
    return WASI_ESUCCESS;
}

/* ---- descriptor ---- */

/* Flags are those that the guest set, not the host's: of streams the host's are shared, and files have an O_NONBLOCK
 * that the guest did not ask for (path_open.c). */
W2C_RT u32 w2c_wasi_call_fd_fdstat_get(void *context, u32 fd, u32 stat_pointer) {
    struct w2c_wasi *wasi = context;
    struct fd_entry *entry;
    u32 error = w2c_fd_get(&wasi->table, fd, 0, &entry);
    if (error) {
        return error;
    }
    u8 record[WASI_FDSTAT_BYTES] = {0};
    record[0] = entry->type;
    record_set_u16(record, WASI_FDSTAT_FLAGS, entry->flags);
    record_set_u64(record, WASI_FDSTAT_RIGHTS_BASE, entry->rights_base);
    record_set_u64(record, WASI_FDSTAT_RIGHTS_INHERITING, entry->rights_inheriting);
    return w2c_guest_put(wasi->memory, guest_at(stat_pointer), record, sizeof(record));
}

/* What the guest may change. Of a stream that others share APPEND is not among it, for that is the host's flag; the
 * others are kept to ourselves there (fd_io.c, socket.c), and those of synchronisation everywhere. */
static u32 stat_changeable(const struct fd_entry *entry) {
    if (socket_is(entry) || entry->stream) {
        return WASI_FDFLAG_NONBLOCK;
    }
    return entry->is_borrowed ? WASI_FDFLAG_NONBLOCK | WASI_FDFLAGS_SYNC : (u32)WASI_FDFLAGS_ALL;
}

static u32 stat_set_flags(struct fd_entry *entry, u32 flags) {
    u32 changed = flags ^ entry->flags;
    if (changed & ~stat_changeable(entry)) {
        return WASI_ENOTSUP;
    }
    int host_flags = (flags & WASI_FDFLAG_APPEND ? O_APPEND : 0) | (flags & WASI_FDFLAG_NONBLOCK ? O_NONBLOCK : 0);
    bool is_hosts = (changed & (WASI_FDFLAG_APPEND | WASI_FDFLAG_NONBLOCK)) && !entry->is_borrowed && !socket_is(entry);
    if (is_hosts && fcntl(entry->host, F_SETFL, host_flags) != 0) {
        return w2c_wasi_error(errno);
    }
    entry->flags = (u8)flags;
    return WASI_ESUCCESS;
}

W2C_RT u32 w2c_wasi_call_fd_fdstat_set_flags(void *context, u32 fd, u32 flags) {
    struct w2c_wasi *wasi = context;
    struct fd_entry *entry;
    u32 error = w2c_fd_get(&wasi->table, fd, WASI_RIGHT_FD_FDSTAT_SET_FLAGS, &entry);
    if (error) {
        return error;
    }
    return flags & ~(u32)WASI_FDFLAGS_ALL ? WASI_EINVAL : stat_set_flags(entry, flags);
}

/* ---- file ---- */

/* A stream in memory has nothing to tell but that it is one. */
static u32 stat_read(const struct fd_entry *entry, struct stat *status) {
    if (entry->stream) {
        *status = (struct stat){.st_nlink = 1, .st_mode = S_IFIFO};
        return WASI_ESUCCESS;
    }
    return stat_result(fstat(entry->host, status));
}

W2C_RT u32 w2c_wasi_stat_fd(const struct w2c_wasi *wasi, u32 fd, struct stat *status) {
    struct fd_entry *entry;
    u32 error = w2c_fd_get(&wasi->table, fd, WASI_RIGHT_FD_FILESTAT_GET, &entry);
    return error ? error : stat_read(entry, status);
}

W2C_RT u32 w2c_wasi_call_fd_filestat_get(void *context, u32 fd, u32 stat_pointer) {
    const struct w2c_wasi *wasi = context;
    struct stat status;
    u32 error = w2c_wasi_stat_fd(wasi, fd, &status);
    return error ? error : w2c_wasi_put_filestat(wasi->memory, guest_at(stat_pointer), &status);
}

/* Makes the file end at `offset`; if `length` is not negative, sees to it that there is room for as much behind it. */
static u32 stat_resize(const struct fd_entry *entry, off_t offset, off_t length) {
    struct quiet quiet;
    if (entry->can_break) {
        w2c_quiet_begin(&quiet);
    }
    u32 error = stat_result(length < 0 ? ftruncate(entry->host, offset) : fallocate(entry->host, 0, offset, length));
    if (entry->can_break) {
        w2c_quiet_end(&quiet);
    }
    return error;
}

/* A size past INT64_MAX becomes negative, and the kernel's INVAL. */
W2C_RT u32 w2c_wasi_call_fd_filestat_set_size(void *context, u32 fd, u64 size) {
    struct w2c_wasi *wasi = context;
    struct fd_entry *entry;
    u32 error = w2c_fd_get_writable(&wasi->table, fd, WASI_RIGHT_FD_FILESTAT_SET_SIZE, &entry);
    return error ? error : stat_resize(entry, (off_t)size, -1);
}

W2C_RT u32 w2c_wasi_call_fd_filestat_set_times(void *context, u32 fd, u64 atim, u64 mtim, u32 fst_flags) {
    struct w2c_wasi *wasi = context;
    struct fd_entry *entry;
    struct timespec times[2];
    u32 error = w2c_fd_get_writable(&wasi->table, fd, WASI_RIGHT_FD_FILESTAT_SET_TIMES, &entry);
    error = error ? error : w2c_wasi_times(atim, mtim, fst_flags, times);
    return error ? error : stat_result(futimens(entry->host, times));
}

/* The advice's order in WASI is not the host's everywhere. */
W2C_RT u32 w2c_wasi_call_fd_advise(void *context, u32 fd, u64 offset, u64 len, u32 advice) {
    static const int hosts[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
    struct w2c_wasi *wasi = context;
    struct fd_entry *entry;
    u32 error = w2c_fd_get(&wasi->table, fd, WASI_RIGHT_FD_ADVISE, &entry);
    if (error) {
        return error;
    }
    if (advice >= sizeof(hosts) / sizeof(hosts[0]) || offset > INT64_MAX || len > INT64_MAX) {
        return WASI_EINVAL;
    }
    return w2c_wasi_error(posix_fadvise(entry->host, (off_t)offset, (off_t)len, hosts[advice]));
}

/* fallocate, not posix_fallocate: that would write to every block where the file system cannot do it. */
W2C_RT u32 w2c_wasi_call_fd_allocate(void *context, u32 fd, u64 offset, u64 len) {
    struct w2c_wasi *wasi = context;
    struct fd_entry *entry;
    u32 error = w2c_fd_get_writable(&wasi->table, fd, WASI_RIGHT_FD_ALLOCATE, &entry);
    if (error) {
        return error;
    }
    return offset > INT64_MAX || len > INT64_MAX ? WASI_EINVAL : stat_resize(entry, (off_t)offset, (off_t)len);
}

W2C_RT u32 w2c_wasi_call_fd_sync(void *context, u32 fd) {
    struct w2c_wasi *wasi = context;
    struct fd_entry *entry;
    u32 error = w2c_fd_get(&wasi->table, fd, WASI_RIGHT_FD_SYNC, &entry);
    return error ? error : stat_result(fsync(entry->host));
}

W2C_RT u32 w2c_wasi_call_fd_datasync(void *context, u32 fd) {
    struct w2c_wasi *wasi = context;
    struct fd_entry *entry;
    u32 error = w2c_fd_get(&wasi->table, fd, WASI_RIGHT_FD_DATASYNC, &entry);
    return error ? error : stat_result(fdatasync(entry->host));
}
