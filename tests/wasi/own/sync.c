/* fd_sync and fd_datasync: on a file, on a folder, and where they cannot be. */
#include <fcntl.h>
#include <unistd.h>

#include "wasi_own.h"

enum { FOLDER = 3, CLOSED = 100 };

/* Rights are given up in turn: each call has a right of its own. */
static void give_up_rights(__wasi_fd_t file) {
    __wasi_fdstat_t status;
    EXPECT(__wasi_fd_fdstat_get(file, &status), 0);
    __wasi_rights_t rest = status.fs_rights_base & ~(__wasi_rights_t)__WASI_RIGHTS_FD_SYNC;
    EXPECT(__wasi_fd_fdstat_set_rights(file, rest, 0), 0);
    EXPECT(__wasi_fd_sync(file), __WASI_ERRNO_NOTCAPABLE);
    EXPECT(__wasi_fd_datasync(file), 0);
    rest &= ~(__wasi_rights_t)__WASI_RIGHTS_FD_DATASYNC;
    EXPECT(__wasi_fd_fdstat_set_rights(file, rest, 0), 0);
    EXPECT(__wasi_fd_datasync(file), __WASI_ERRNO_NOTCAPABLE);
}

int main(void) {
    int file = open("/file", O_RDWR | O_CREAT, 0666);
    EXPECT(file >= 0, 1);
    EXPECT(write(file, "text", 4), 4);
    EXPECT(__wasi_fd_datasync(file), 0);
    EXPECT(__wasi_fd_sync(file), 0);
    EXPECT(fsync(file), 0);
    EXPECT(fdatasync(file), 0);
    EXPECT(__wasi_fd_sync(FOLDER), 0);
    EXPECT(__wasi_fd_datasync(FOLDER), 0);
    EXPECT(__wasi_fd_sync(CLOSED), __WASI_ERRNO_BADF);
    EXPECT(__wasi_fd_datasync(CLOSED), __WASI_ERRNO_BADF);
    EXPECT(__wasi_fd_sync(0), __WASI_ERRNO_INVAL); /* a pipe has nothing to be synchronised with */
    give_up_rights(file);
    EXPECT(close(file), 0);
    EXPECT(__wasi_fd_sync(file), __WASI_ERRNO_BADF);
    return own_result();
}
