/* path_open: from rights and flags of the guest to an open descriptor.
 *
 * The access mode on the host follows from the rights that are asked for. Everything is opened with O_NONBLOCK, for
 * a FIFO would otherwise wait for its other end for ever; the flag is taken back where it means something.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "wasi/path.h"
#include "wasi/quiet.h"

/* What the guest asks for, in host memory. */
struct open_request {
    u32 lookup;
    u32 oflags;
    u32 fdflags;
    u32 rights_base;
    u32 rights_inheriting;
};

static bool open_wants_writing(const struct open_request *request) {
    return (request->rights_base & WASI_RIGHTS_WRITING) != 0;
}

/* Rights to nothing (they are common: "does it exist?", or a directory to start paths from) still need an access
 * mode; reading is the one that directories allow. */
static int open_access_mode(const struct open_request *request) {
    bool is_reading = (request->rights_base & (WASI_RIGHT_FD_READ | WASI_RIGHT_FD_READDIR)) != 0;
    if (!open_wants_writing(request)) {
        return O_RDONLY;
    }
    return is_reading ? O_RDWR : O_WRONLY;
}

/* DSYNC, RSYNC and SYNC are kept in the entry (fd_io.c): the host could not change them later. */
static int open_host_flags(const struct open_request *request) {
    int flags = open_access_mode(request) | O_NONBLOCK | O_NOCTTY;
    flags |= request->lookup & WASI_LOOKUP_SYMLINK_FOLLOW ? 0 : O_NOFOLLOW;
    flags |= request->oflags & WASI_OFLAG_CREAT ? O_CREAT : 0;
    flags |= request->oflags & WASI_OFLAG_DIRECTORY ? O_DIRECTORY : 0;
    flags |= request->oflags & WASI_OFLAG_EXCL ? O_EXCL : 0;
    flags |= request->oflags & WASI_OFLAG_TRUNC ? O_TRUNC : 0;
    flags |= request->fdflags & WASI_FDFLAG_APPEND ? O_APPEND : 0;
    return flags;
}

/* Rights of the directory that the request needs. FDFLAGS_SYNC and its kin would need FD_SYNC by the letter of the
 * specification; no implementation asks for that, and the official tests do without. */
static u32 open_needed(const struct open_request *request) {
    u32 needed = WASI_RIGHT_PATH_OPEN;
    needed |= request->oflags & WASI_OFLAG_CREAT ? WASI_RIGHT_PATH_CREATE_FILE : 0;
    needed |= request->oflags & WASI_OFLAG_TRUNC ? WASI_RIGHT_PATH_FILESTAT_SET_SIZE : 0;
    return needed;
}

static bool open_is_valid(const struct open_request *request) {
    const u32 both = WASI_OFLAG_CREAT | WASI_OFLAG_DIRECTORY; /* old kernels make a file and then fail */
    return !(request->lookup & ~(u32)WASI_LOOKUP_SYMLINK_FOLLOW) && !(request->oflags & ~(u32)WASI_OFLAGS_ALL) &&
           !(request->fdflags & ~(u32)WASI_FDFLAGS_ALL) && (request->oflags & both) != both;
}

/* Rights cannot grow on the way down. WASI lets us grant less than is asked for only where a right cannot apply to what
 * was opened (open_applicable_rights); more than the directory passes on is an error. */
static u32 open_check(const struct open_request *request, const struct fd_entry *directory) {
    if ((request->rights_base | request->rights_inheriting) & ~directory->rights_inheriting) {
        return WASI_ENOTCAPABLE;
    }
    bool is_changing = open_wants_writing(request) || (request->oflags & (WASI_OFLAG_CREAT | WASI_OFLAG_TRUNC));
    return is_changing && directory->is_read_only ? WASI_EROFS : WASI_ESUCCESS;
}

/* A grant of "/" is not meant to hand out this process's memory and environment: files of procfs are only
 * opened below a preopen on procfs, and never for writing (/proc/self/mem would be the whole sandbox). Files with
 * blocks of their own or a block device behind them are spared the system call. */
static bool open_is_secret(const struct open_request *request, const struct fd_entry *directory, int host,
                           const struct stat *status) {
    bool may_be_proc = status->st_blocks == 0 && major(status->st_dev) == 0 && !S_ISDIR(status->st_mode);
    return may_be_proc && (!directory->may_read_proc || open_wants_writing(request)) && w2c_path_is_on_proc(host);
}

/* Asking for more, such as to seek in a directory, is no error. */
static u32 open_applicable_rights(int host, u8 type) {
    if (type == WASI_FILETYPE_DIRECTORY) {
        return WASI_RIGHTS_DIRECTORY;
    }
    return type == WASI_FILETYPE_CHARACTER_DEVICE && isatty(host) ? WASI_RIGHTS_TERMINAL : WASI_RIGHTS_FILE;
}

/* Makes the entry for what was opened. */
static u32 open_describe(const struct open_request *request, const struct fd_entry *directory, int host,
                         struct fd_entry *entry) {
    struct stat status;
    if (fstat(host, &status) != 0) {
        return w2c_wasi_error(errno);
    }
    if (open_is_secret(request, directory, host, &status)) {
        return WASI_EACCES;
    }
    /* On files and directories O_NONBLOCK has no meaning, and two system calls are saved. */
    bool is_plain = S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
    if (!is_plain && !(request->fdflags & WASI_FDFLAG_NONBLOCK) &&
        fcntl(host, F_SETFL, request->fdflags & WASI_FDFLAG_APPEND ? O_APPEND : 0) != 0) {
        return w2c_wasi_error(errno);
    }
    u8 type = w2c_wasi_filetype(&status);
    *entry = (struct fd_entry){
        .host = host,
        .type = type,
        .flags = (u8)request->fdflags,
        .is_read_only = directory->is_read_only,
        .may_read_proc = directory->may_read_proc,
        .can_break = open_wants_writing(request) && w2c_quiet_is_needed(&status),
        .rights_base = request->rights_base & open_applicable_rights(host, type),
        .rights_inheriting = type == WASI_FILETYPE_DIRECTORY ? request->rights_inheriting : 0,
    };
    return WASI_ESUCCESS;
}

W2C_RT u32 w2c_wasi_call_path_open(void *context, u32 fd, u32 dirflags, u32 path, u32 path_len, u32 oflags,
                                   u64 rights_base, u64 rights_inheriting, u32 fdflags, u32 opened_fd) {
    struct w2c_wasi *wasi = context;
    const struct open_request request = {dirflags, oflags, fdflags, (u32)(rights_base & WASI_RIGHTS_ALL),
                                         (u32)(rights_inheriting & WASI_RIGHTS_ALL)};
    struct fd_entry *directory;
    u32 number;
    u32 error = open_is_valid(&request) ? WASI_ESUCCESS : WASI_EINVAL;
    error = error ? error : w2c_fd_get_directory(&wasi->table, fd, open_needed(&request), &directory);
    error = error ? error : open_check(&request, directory);
    error = error ? error : guest_check(wasi->memory, guest_at(opened_fd), sizeof(u32));
    struct guest_path text;
    error = error ? error : w2c_guest_path(wasi->memory, guest_at(path), path_len, &text);
    /* Before anything is created or cut: a call that fails for want of a number must have done nothing. */
    error = error ? error : w2c_fd_reserve(&wasi->table, &number);
    if (error) {
        return error;
    }
    directory = fd_entry_at(&wasi->table, fd); /* the table may have moved */
    int host;
    error = w2c_path_open(wasi, directory->host, text.text, open_host_flags(&request), 0666, &host);
    if (error) {
        return error;
    }
    struct fd_entry entry;
    error = open_describe(&request, directory, host, &entry);
    if (error) {
        close(host);
        return error;
    }
    w2c_fd_put(&wasi->table, number, &entry);
    return guest_put_u32(wasi->memory, guest_at(opened_fd), number);
}
