/* Calls that act on a name: make, remove, rename, link, look at.
 *
 * Those that change a directory work on its last component alone (path_enter), which the host never follows. A
 * slash at the end says that a directory is meant; it is judged here, for hosts differ in whether they follow a
 * link that has one.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "wasi/path.h"

/* A name of the guest, resolved. Leave with w2c_path_leave if `error` is 0. */
struct named {
    struct guest_path path;
    struct path_place place;
};

/* Rights and path of a call that changes something. `dots_error` answers for "." and "..". */
static u32 named_enter(const struct w2c_wasi *wasi, u32 fd, u32 rights, struct guest_pointer path, u32 path_len,
                       u32 dots_error, struct named *named) {
    struct fd_entry *entry;
    u32 error = w2c_fd_get_directory(&wasi->table, fd, rights, &entry);
    if (error) {
        return error;
    }
    if (entry->is_read_only) {
        return WASI_EROFS;
    }
    error = w2c_guest_path(wasi->memory, path, path_len, &named->path);
    return error ? error : w2c_path_enter(wasi, entry->host, &named->path, dots_error, &named->place);
}

/* 0 from a host call becomes success; leaves the place, which may spoil errno. */
static u32 named_finish(const struct named *named, int result) {
    u32 error = result == 0 ? WASI_ESUCCESS : w2c_wasi_error(errno);
    w2c_path_leave(&named->place);
    return error;
}

/* What the name itself is, a link not being followed: its mode, or an error. */
static u32 named_mode(const struct path_place *place, mode_t *mode) {
    struct stat status;
    if (fstatat(place->directory, place->name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return w2c_wasi_error(errno);
    }
    *mode = status.st_mode;
    return WASI_ESUCCESS;
}

/* A link cannot be made under a name with a slash; whether the name exists decides how that is said. */
static u32 named_refuse_slash(const struct path_place *place) {
    if (!place->has_slash) {
        return WASI_ESUCCESS;
    }
    mode_t mode;
    u32 error = named_mode(place, &mode);
    if (error) {
        return error;
    }
    return S_ISDIR(mode) ? WASI_EEXIST : WASI_ENOTDIR;
}

/* The process's umask narrows the mode, as for any program; preview 1 knows no modes. */
W2C_RT u32 w2c_wasi_call_path_create_directory(void *context, u32 fd, u32 path, u32 path_len) {
    struct w2c_wasi *wasi = context;
    struct named named;
    u32 error = named_enter(wasi, fd, WASI_RIGHT_PATH_CREATE_DIRECTORY, guest_at(path), path_len, WASI_EEXIST, &named);
    return error ? error : named_finish(&named, mkdirat(named.place.directory, named.place.name, 0777));
}

W2C_RT u32 w2c_wasi_call_path_remove_directory(void *context, u32 fd, u32 path, u32 path_len) {
    struct w2c_wasi *wasi = context;
    struct named named;
    u32 error = named_enter(wasi, fd, WASI_RIGHT_PATH_REMOVE_DIRECTORY, guest_at(path), path_len, WASI_EINVAL, &named);
    return error ? error : named_finish(&named, unlinkat(named.place.directory, named.place.name, AT_REMOVEDIR));
}

/* With a slash nothing is ever removed: it is no file, or it is a link, and then the slash speaks of its target. */
W2C_RT u32 w2c_wasi_call_path_unlink_file(void *context, u32 fd, u32 path, u32 path_len) {
    struct w2c_wasi *wasi = context;
    struct named named;
    u32 error = named_enter(wasi, fd, WASI_RIGHT_PATH_UNLINK_FILE, guest_at(path), path_len, WASI_EISDIR, &named);
    if (error) {
        return error;
    }
    if (!named.place.has_slash) {
        return named_finish(&named, unlinkat(named.place.directory, named.place.name, 0));
    }
    mode_t mode;
    error = named_mode(&named.place, &mode);
    w2c_path_leave(&named.place);
    return error ? error : S_ISDIR(mode) ? WASI_EISDIR : WASI_ENOTDIR;
}

W2C_RT u32 w2c_wasi_call_path_symlink(void *context, u32 old_path, u32 old_path_len, u32 fd, u32 new_path,
                                      u32 new_path_len) {
    struct w2c_wasi *wasi = context;
    struct guest_path target;
    u32 error = w2c_guest_path(wasi->memory, guest_at(old_path), old_path_len, &target);
    if (error) {
        return error;
    }
    /* No path of the guest could follow it; another program might, to where the guest pleases. */
    if (target.text[0] == '/') {
        return WASI_ENOTCAPABLE;
    }
    struct named named;
    error = named_enter(wasi, fd, WASI_RIGHT_PATH_SYMLINK, guest_at(new_path), new_path_len, WASI_EEXIST, &named);
    if (error) {
        return error;
    }
    error = named_refuse_slash(&named.place);
    if (error) {
        w2c_path_leave(&named.place);
        return error;
    }
    return named_finish(&named, symlinkat(target.text, named.place.directory, named.place.name));
}

/* ---- calls on two names ---- */

/* A slash behind either name demands that the old one is a directory. */
static u32 named_rename(const struct path_place *source, const struct path_place *target) {
    if (source->has_slash || target->has_slash) {
        mode_t mode;
        u32 error = named_mode(source, &mode);
        if (error || !S_ISDIR(mode)) {
            return error ? error : WASI_ENOTDIR;
        }
    }
    int result = renameat(source->directory, source->name, target->directory, target->name);
    return result == 0 ? WASI_ESUCCESS : w2c_wasi_error(errno);
}

/* Directories cannot have two names anywhere; Linux says PERM. */
static u32 named_link(const struct path_place *source, const struct path_place *target) {
    u32 error = named_refuse_slash(target);
    if (error) {
        return error;
    }
    if (source->has_slash) {
        mode_t mode;
        error = named_mode(source, &mode);
        return error ? error : S_ISDIR(mode) ? WASI_EPERM : WASI_ENOTDIR;
    }
    int result = linkat(source->directory, source->name, target->directory, target->name, 0);
    return result == 0 ? WASI_ESUCCESS : w2c_wasi_error(errno);
}

/* Both directories are changed, so neither may be read-only: what is moved out is gone, what is moved in is new. */
W2C_RT u32 w2c_wasi_call_path_rename(void *context, u32 fd, u32 old_path, u32 old_path_len, u32 new_fd, u32 new_path,
                                     u32 new_path_len) {
    struct w2c_wasi *wasi = context;
    struct named source;
    u32 error =
        named_enter(wasi, fd, WASI_RIGHT_PATH_RENAME_SOURCE, guest_at(old_path), old_path_len, WASI_EBUSY, &source);
    if (error) {
        return error;
    }
    struct named target;
    error =
        named_enter(wasi, new_fd, WASI_RIGHT_PATH_RENAME_TARGET, guest_at(new_path), new_path_len, WASI_EBUSY, &target);
    if (!error) {
        error = named_rename(&source.place, &target.place);
        w2c_path_leave(&target.place);
    }
    w2c_path_leave(&source.place);
    return error;
}

/* The source must be writable too: a second name elsewhere would undo a read-only preopen. */
W2C_RT u32 w2c_wasi_call_path_link(void *context, u32 old_fd, u32 old_flags, u32 old_path, u32 old_path_len, u32 new_fd,
                                   u32 new_path, u32 new_path_len) {
    struct w2c_wasi *wasi = context;
    if (old_flags != 0) {
        return WASI_EINVAL; /* linking what a link leads to is not offered */
    }
    struct named source;
    u32 error =
        named_enter(wasi, old_fd, WASI_RIGHT_PATH_LINK_SOURCE, guest_at(old_path), old_path_len, WASI_EPERM, &source);
    if (error) {
        return error;
    }
    struct named target;
    error =
        named_enter(wasi, new_fd, WASI_RIGHT_PATH_LINK_TARGET, guest_at(new_path), new_path_len, WASI_EEXIST, &target);
    if (!error) {
        error = named_link(&source.place, &target.place);
        w2c_path_leave(&target.place);
    }
    w2c_path_leave(&source.place);
    return error;
}

/* ---- calls that only look ---- */

/* The text of a link; what does not fit is cut off, as by readlink. */
static u32 named_read_link(const struct path_place *place, char *text, size_t *size) {
    if (place->has_slash) {
        mode_t mode;
        u32 error = named_mode(place, &mode);
        return error ? error : S_ISDIR(mode) || S_ISLNK(mode) ? WASI_EINVAL : WASI_ENOTDIR;
    }
    ssize_t result = readlinkat(place->directory, place->name, text, WASI_MAX_PATH);
    *size = result < 0 ? 0 : (size_t)result;
    return result < 0 ? w2c_wasi_error(errno) : WASI_ESUCCESS;
}

/* The text goes to host memory first: the guest's buffer may be where its path is. A link's text is data that the
 * guest may see whole, wherever it points. */
W2C_RT u32 w2c_wasi_call_path_readlink(void *context, u32 fd, u32 path, u32 path_len, u32 buf, u32 buf_len,
                                       u32 bufused) {
    struct w2c_wasi *wasi = context;
    struct fd_entry *entry;
    struct named named;
    u32 error = w2c_fd_get_directory(&wasi->table, fd, WASI_RIGHT_PATH_READLINK, &entry);
    error = error ? error : w2c_guest_path(wasi->memory, guest_at(path), path_len, &named.path);
    error = error ? error : guest_check(wasi->memory, guest_at(buf), buf_len);
    error = error ? error : guest_check(wasi->memory, guest_at(bufused), sizeof(u32));
    error = error ? error : w2c_path_enter(wasi, entry->host, &named.path, WASI_EINVAL, &named.place);
    if (error) {
        return error;
    }
    char text[WASI_MAX_PATH];
    size_t size = 0;
    error = named_read_link(&named.place, text, &size);
    w2c_path_leave(&named.place);
    if (error) {
        return error;
    }
    u32 used = size < buf_len ? (u32)size : buf_len;
    error = w2c_guest_put(wasi->memory, guest_at(buf), text, used);
    return error ? error : guest_put_u32(wasi->memory, guest_at(bufused), used);
}

/* Opens what the path names without access to it, the last link being followed if the guest says so. */
static u32 named_open(const struct w2c_wasi *wasi, const struct fd_entry *entry, u32 lookup, struct guest_pointer path,
                      u32 path_len, int *host) {
    if (lookup & ~(u32)WASI_LOOKUP_SYMLINK_FOLLOW) {
        return WASI_EINVAL;
    }
    struct guest_path text;
    u32 error = w2c_guest_path(wasi->memory, path, path_len, &text);
    int flags = lookup & WASI_LOOKUP_SYMLINK_FOLLOW ? O_PATH : O_PATH | O_NOFOLLOW;
    return error ? error : w2c_path_open(wasi, entry->host, text.text, flags, 0, host);
}

/* O_PATH needs no permission on the file and does not wake a device or a FIFO. */
W2C_RT u32 w2c_wasi_stat_path(const struct w2c_wasi *wasi, u32 fd, u32 flags, struct guest_pointer path, u32 path_len,
                              struct stat *status) {
    struct fd_entry *entry;
    u32 error = w2c_fd_get_directory(&wasi->table, fd, WASI_RIGHT_PATH_FILESTAT_GET, &entry);
    int host;
    error = error ? error : named_open(wasi, entry, flags, path, path_len, &host);
    if (error) {
        return error;
    }
    error = fstat(host, status) == 0 ? WASI_ESUCCESS : w2c_wasi_error(errno);
    close(host);
    return error;
}

W2C_RT u32 w2c_wasi_call_path_filestat_get(void *context, u32 fd, u32 flags, u32 path, u32 path_len, u32 stat_pointer) {
    const struct w2c_wasi *wasi = context;
    struct stat status;
    u32 error = w2c_wasi_stat_path(wasi, fd, flags, guest_at(path), path_len, &status);
    return error ? error : w2c_wasi_put_filestat(wasi->memory, guest_at(stat_pointer), &status);
}

/* Sets the times of what an O_PATH descriptor names, a link included. Linux before 5.8 has no way but procfs. */
static int named_set_times(int host, const struct timespec times[2]) {
    int result = utimensat(host, "", times, AT_EMPTY_PATH);
    if (result == 0 || errno != EINVAL) {
        return result;
    }
    char name[40];
    snprintf(name, sizeof(name), "/proc/self/fd/%d", host);
    return utimensat(AT_FDCWD, name, times, 0);
}

W2C_RT u32 w2c_wasi_call_path_filestat_set_times(void *context, u32 fd, u32 flags, u32 path, u32 path_len, u64 atim,
                                                 u64 mtim, u32 fst_flags) {
    struct w2c_wasi *wasi = context;
    struct fd_entry *entry;
    struct timespec times[2];
    u32 error = w2c_fd_get_directory(&wasi->table, fd, WASI_RIGHT_PATH_FILESTAT_SET_TIMES, &entry);
    error = error ? error : entry->is_read_only ? WASI_EROFS : w2c_wasi_times(atim, mtim, fst_flags, times);
    int host;
    error = error ? error : named_open(wasi, entry, flags, guest_at(path), path_len, &host);
    if (error) {
        return error;
    }
    error = named_set_times(host, times) == 0 ? WASI_ESUCCESS : w2c_wasi_error(errno);
    close(host);
    return error;
}
