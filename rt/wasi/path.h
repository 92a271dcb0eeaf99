/* From a directory that the guest holds and a path that it chose to a host descriptor below that directory.
 *
 * The promise: nothing outside the directory is opened, created, removed or even looked at, whatever the path is,
 * whatever symbolic links lie in the way, and whoever renames things at the same time. Errors:
 * NOTCAPABLE for a path, or a link on the way, that is absolute or climbs out with "..".
 */
#ifndef WASI_PATH_H
#define WASI_PATH_H

#include "context.h"

/* Opens like openat(directory, path, flags, mode), closed on exec, below `directory`. A link as the last
 * component is followed unless O_NOFOLLOW is in `flags`. */
W2C_RT_DECL u32 w2c_path_open(const struct w2c_wasi *wasi, int directory, const char *path, int flags, mode_t mode,
                              int *host);

/* Whether a file or directory of the host lies on procfs, whichever mount of it: they differ in their device. */
W2C_RT_DECL bool w2c_path_is_on_proc(int host);

/* Whether the kernel resolves paths below a directory for us. */
W2C_RT_DECL bool w2c_path_kernel_works(void);

/* Where a name lies that is to be made, removed or looked at itself, not followed. */
struct path_place {
    int directory;
    bool is_owned;    /* `directory` is ours to close */
    bool has_slash;   /* the path ended in a slash: only a directory may be meant */
    const char *name; /* one component, in the path's text, neither "." nor ".." */
};

/* Resolves all but the last component; cuts the path's text. If the last one is "." or "..", the answer is
 * `dots_error`, or what else is wrong with the path. Leave with w2c_path_leave after success. */
W2C_RT_DECL u32 w2c_path_enter(const struct w2c_wasi *wasi, int directory, struct guest_path *path, u32 dots_error,
                               struct path_place *place);
W2C_RT_DECL void w2c_path_leave(const struct path_place *place);

#endif
