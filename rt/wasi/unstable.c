/* What the import module "wasi_unstable", snapshot 0 of WASI, has otherwise than preview 1. Its other calls are the
 * same functions, and its poll_oneoff is in poll.c.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "wasi/context.h"

W2C_RT u32 w2c_wasi_call_unstable_fd_seek(void *context, u32 fd, u64 offset, u32 whence, u32 newoffset) {
    static const u32 stable[] = {[WASI_UNSTABLE_WHENCE_CUR] = WASI_WHENCE_CUR,
                                 [WASI_UNSTABLE_WHENCE_END] = WASI_WHENCE_END,
                                 [WASI_UNSTABLE_WHENCE_SET] = WASI_WHENCE_SET};
    if (whence > WASI_UNSTABLE_WHENCE_SET) {
        return WASI_EINVAL;
    }
    return w2c_wasi_call_fd_seek(context, fd, offset, stable[whence], newoffset);
}

/* A number of links that 32 bits cannot hold becomes the largest one: programs ask whether there is one or more. */
static u32 unstable_put_filestat(const struct w2c_memory *memory, struct guest_pointer pointer,
                                 const struct stat *status) {
    u8 record[WASI_UNSTABLE_FILESTAT_BYTES] = {0};
    record_set_u64(record, 0, status->st_dev);
    record_set_u64(record, WASI_FILESTAT_INO, status->st_ino);
    record[WASI_FILESTAT_FILETYPE] = w2c_wasi_filetype(status);
    record_set_u32(record, WASI_UNSTABLE_FILESTAT_NLINK,
                   status->st_nlink < UINT32_MAX ? (u32)status->st_nlink : UINT32_MAX);
    record_set_u64(record, WASI_UNSTABLE_FILESTAT_SIZE, (u64)status->st_size);
    record_set_u64(record, WASI_UNSTABLE_FILESTAT_ATIM, wasi_nanoseconds(status->st_atim));
    record_set_u64(record, WASI_UNSTABLE_FILESTAT_MTIM, wasi_nanoseconds(status->st_mtim));
    record_set_u64(record, WASI_UNSTABLE_FILESTAT_CTIM, wasi_nanoseconds(status->st_ctim));
    return w2c_guest_put(memory, pointer, record, sizeof(record));
}

W2C_RT u32 w2c_wasi_call_unstable_fd_filestat_get(void *context, u32 fd, u32 stat_pointer) {
    const struct w2c_wasi *wasi = context;
    struct stat status;
    u32 error = w2c_wasi_stat_fd(wasi, fd, &status);
    return error ? error : unstable_put_filestat(wasi->memory, guest_at(stat_pointer), &status);
}

W2C_RT u32 w2c_wasi_call_unstable_path_filestat_get(void *context, u32 fd, u32 flags, u32 path, u32 path_len,
                                                    u32 stat_pointer) {
    const struct w2c_wasi *wasi = context;
    struct stat status;
    u32 error = w2c_wasi_stat_path(wasi, fd, flags, guest_at(path), path_len, &status);
    return error ? error : unstable_put_filestat(wasi->memory, guest_at(stat_pointer), &status);
}
