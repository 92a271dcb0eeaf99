/* Resolving paths that cannot leave their directory. See path.h for the promise.
 *
 * Two ways to keep it:
 *
 * - Linux 5.6 has openat2 with RESOLVE_BENEATH: the kernel resolves the whole path in one call and refuses to
 *   leave, also if directories are moved meanwhile. RESOLVE_NO_MAGICLINKS keeps /proc/PID/fd and its like shut.
 *
 * - Elsewhere (older kernels, seccomp filters) we walk: each component is opened relative to the one before with
 *   O_NOFOLLOW, so no link is ever followed by the kernel; links are read and expanded here, their text being
 *   walked like the rest. ".." goes back to the descriptor we came from, never through the file system:
 *   a directory that was moved out of the root in between does not take us along.
 *
 * What was tried on others and has no hold here: "..", also behind links; absolute paths and links; a slash behind
 * a link (it makes the link an inner component, which is expanded like any); links swapped between check and use
 * (there is no check apart from the use); long chains and loops of links (40 expansions); depth
 * (PATH_MAX_DEPTH descriptors, for the length of one call); magic links (their text is absolute or names nothing).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "wasi/path.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { PATH_MAX_LINKS = 40, PATH_MAX_DEPTH = 128, PATH_MAX_NAME = 255, PATH_MAX_RETRIES = 64 };

/* ---- by the kernel ---- */

/* <linux/openat2.h>, which older systems do not have. */
struct path_open_how {
    u64 flags;
    u64 mode;
    u64 resolve;
};
enum { PATH_RESOLVE_NO_MAGICLINKS = 0x02, PATH_RESOLVE_BENEATH = 0x08 };

#ifdef SYS_openat2
enum { PATH_SYS_OPENAT2 = SYS_openat2 };
#else
enum { PATH_SYS_OPENAT2 = 437 }; /* the same on every architecture that has it under Linux's common numbering */
#endif

/* The mode must be 0 where nothing can be created, or the kernel refuses. */
static int path_openat2(int directory, const char *path, int flags, mode_t mode) {
    struct path_open_how how = {.flags = (u64)(unsigned)(flags | O_CLOEXEC),
                                .mode = flags & O_CREAT ? mode : 0,
                                .resolve = PATH_RESOLVE_BENEATH | PATH_RESOLVE_NO_MAGICLINKS};
    return (int)syscall(PATH_SYS_OPENAT2, directory, path, &how, sizeof(how));
}

/* Tried rather than asked for by version: seccomp filters of containers refuse calls that they do not know. */
W2C_RT bool w2c_path_kernel_works(void) {
    int host = path_openat2(AT_FDCWD, ".", O_PATH, 0);
    if (host >= 0) {
        close(host);
    }
    return host >= 0;
}

W2C_RT bool w2c_path_is_on_proc(int host) {
    enum { PROC_MAGIC = 0x9fa0 }; /* statfs(2) */
    struct statfs system;
    return fstatfs(host, &system) == 0 && system.f_type == PROC_MAGIC;
}

static u32 path_open_by_kernel(int directory, const char *path, int flags, mode_t mode, int *host) {
    /* EAGAIN: somebody renamed a directory, and the kernel cannot tell whether ".." stayed inside. */
    for (int i = 0; i < PATH_MAX_RETRIES; i++) {
        *host = path_openat2(directory, path, flags, mode);
        if (*host >= 0) {
            return WASI_ESUCCESS;
        }
        if (errno != EAGAIN && errno != EINTR) {
            break;
        }
    }
    return errno == EXDEV ? WASI_ENOTCAPABLE : w2c_wasi_error(errno);
}

/* ---- step by step ---- */

/* The walk stands in the last of `entered`, or in the root if there is none. */
struct path_walk {
    int root;
    int depth;
    int links; /* expanded so far */
    size_t at; /* what of `pending` is done */
    int entered[PATH_MAX_DEPTH];
    char pending[WASI_MAX_PATH];
};

static int path_here(const struct path_walk *walk) {
    return walk->depth > 0 ? walk->entered[walk->depth - 1] : walk->root;
}

/* If `name` is a link, puts its text before what is pending. INVAL if it is none. */
static u32 path_expand(struct path_walk *walk, const char *name) {
    char target[WASI_MAX_PATH];
    ssize_t size = readlinkat(path_here(walk), name, target, sizeof(target));
    if (size < 0) {
        return w2c_wasi_error(errno);
    }
    if (++walk->links > PATH_MAX_LINKS) {
        return WASI_ELOOP;
    }
    if (size > 0 && target[0] == '/') {
        return WASI_ENOTCAPABLE;
    }
    size_t rest = strlen(walk->pending + walk->at);
    if ((size_t)size + rest >= sizeof(walk->pending)) {
        return WASI_ENAMETOOLONG;
    }
    memmove(walk->pending + size, walk->pending + walk->at, rest + 1);
    memcpy(walk->pending, target, (size_t)size);
    walk->at = 0;
    return WASI_ESUCCESS;
}

/* Steps into the directory `name`, or expands the link. */
static u32 path_descend(struct path_walk *walk, const char *name) {
    int host = openat(path_here(walk), name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (host >= 0) {
        if (walk->depth == PATH_MAX_DEPTH) {
            close(host);
            return WASI_ENAMETOOLONG;
        }
        walk->entered[walk->depth++] = host;
        return WASI_ESUCCESS;
    }
    if (errno != ENOTDIR && errno != ELOOP) {
        return w2c_wasi_error(errno);
    }
    u32 error = path_expand(walk, name);
    return error == WASI_EINVAL ? WASI_ENOTDIR : error;
}

/* ".." */
static u32 path_climb(struct path_walk *walk) {
    if (walk->depth == 0) {
        return WASI_ENOTCAPABLE;
    }
    close(walk->entered[--walk->depth]);
    return WASI_ESUCCESS;
}

/* Opens the last component, unless it is a link to be followed: then *host stays -1 and the walk goes on. */
static u32 path_finish(struct path_walk *walk, const char *name, int flags, mode_t mode, int *host) {
    bool is_exclusive = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
    if (!(flags & O_NOFOLLOW) && !is_exclusive) {
        u32 error = path_expand(walk, name);
        if (error != WASI_EINVAL && error != WASI_ENOENT) {
            return error;
        }
    }
    *host = openat(path_here(walk), name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
    return *host < 0 ? w2c_wasi_error(errno) : WASI_ESUCCESS;
}

/* One component of the path: enters, leaves, expands or opens something. */
static u32 path_step(struct path_walk *walk, int flags, mode_t mode, int *host) {
    walk->at += strspn(walk->pending + walk->at, "/");
    size_t size = strcspn(walk->pending + walk->at, "/");
    if (size == 0) { /* ended in a slash, "." or "..": it is the directory we stand in */
        *host = openat(path_here(walk), ".", flags | O_CLOEXEC, mode);
        return *host < 0 ? w2c_wasi_error(errno) : WASI_ESUCCESS;
    }
    char name[PATH_MAX_NAME + 1];
    if (size > PATH_MAX_NAME) {
        return WASI_ENAMETOOLONG;
    }
    memcpy(name, walk->pending + walk->at, size);
    name[size] = 0;
    walk->at += size;
    if (strcmp(name, ".") == 0) {
        return WASI_ESUCCESS;
    }
    if (strcmp(name, "..") == 0) {
        return path_climb(walk);
    }
    size_t slashes = strspn(walk->pending + walk->at, "/");
    if ((flags & O_CREAT) && slashes > 0 && walk->pending[walk->at + slashes] == 0) {
        return WASI_EISDIR; /* a name for a directory; the kernel does not look whether there is one either */
    }
    bool is_last = walk->pending[walk->at] == 0;
    return is_last ? path_finish(walk, name, flags, mode, host) : path_descend(walk, name);
}

static u32 path_open_by_walk(int directory, const char *path, int flags, mode_t mode, int *host) {
    *host = -1;
    size_t size = strlen(path);
    if (size == 0 || size >= WASI_MAX_PATH) {
        return size == 0 ? WASI_ENOENT : WASI_ENAMETOOLONG;
    }
    if (path[0] == '/') {
        return WASI_ENOTCAPABLE;
    }
    struct path_walk walk;
    walk.root = directory;
    walk.depth = 0;
    walk.links = 0;
    walk.at = 0;
    memcpy(walk.pending, path, size + 1);
    u32 error = WASI_ESUCCESS;
    while (*host < 0 && !error) {
        error = path_step(&walk, flags, mode, host);
    }
    while (walk.depth > 0) {
        path_climb(&walk);
    }
    return error;
}

W2C_RT u32 w2c_path_open(const struct w2c_wasi *wasi, int directory, const char *path, int flags, mode_t mode,
                         int *host) {
    return wasi->has_kernel_walk ? path_open_by_kernel(directory, path, flags, mode, host)
                                 : path_open_by_walk(directory, path, flags, mode, host);
}

/* ---- a name and where it lies ---- */

/* Whether what is before the dots exists and is inside. */
static u32 path_check_dots(const struct w2c_wasi *wasi, int directory, const char *path, u32 dots_error) {
    int host;
    u32 error = w2c_path_open(wasi, directory, path, O_PATH | O_DIRECTORY, 0, &host);
    if (error) {
        return error;
    }
    close(host);
    return dots_error;
}

W2C_RT u32 w2c_path_enter(const struct w2c_wasi *wasi, int directory, struct guest_path *path, u32 dots_error,
                          struct path_place *place) {
    char *text = path->text;
    if (path->size == 0 || text[0] == '/') {
        return path->size == 0 ? WASI_ENOENT : WASI_ENOTCAPABLE;
    }
    size_t size = path->size;
    while (text[size - 1] == '/') {
        size--;
    }
    text[size] = 0;
    char *slash = strrchr(text, '/');
    *place = (struct path_place){directory, false, size < path->size, slash ? slash + 1 : text};
    if (strcmp(place->name, ".") == 0 || strcmp(place->name, "..") == 0) {
        return path_check_dots(wasi, directory, text, dots_error);
    }
    if (!slash) {
        return WASI_ESUCCESS;
    }
    *slash = 0;
    place->is_owned = true;
    return w2c_path_open(wasi, directory, text, O_PATH | O_DIRECTORY, 0, &place->directory);
}

W2C_RT void w2c_path_leave(const struct path_place *place) {
    if (place->is_owned) {
        close(place->directory);
    }
}
