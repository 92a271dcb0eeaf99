/* Reading, writing and seeking.
 *
 * Standard streams are shared with whoever started us, so their flags are left alone: what the guest sets
 * as FDFLAGS_NONBLOCK is imitated by asking poll first, and a stream that somebody else made non-blocking is waited
 * for. A write that may raise a signal is made with that held back in this thread: the guest gets PIPE or FBIG.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "wasi/context.h"
#include "wasi/quiet.h"
#include "wasi/socket.h"

enum io_kind { IO_READ, IO_WRITE, IO_PREAD, IO_PWRITE };

/* A read or write, its buffers checked. */
struct io_request {
    enum io_kind kind;
    off_t offset; /* of IO_PREAD and IO_PWRITE */
    struct guest_vectors vectors;
};

static bool io_is_writing(enum io_kind kind) {
    return kind == IO_WRITE || kind == IO_PWRITE;
}

/* May move less than asked for, which the guest is told. */
static ssize_t io_once(int host, const struct io_request *request) {
    const struct guest_vectors *vectors = &request->vectors;
    switch (request->kind) {
    case IO_READ: return readv(host, vectors->items, vectors->count);
    case IO_WRITE: return writev(host, vectors->items, vectors->count);
    case IO_PREAD: return preadv(host, vectors->items, vectors->count, request->offset);
    default: return pwritev(host, vectors->items, vectors->count, request->offset);
    }
}

/* Without the signals that a write may raise. */
static ssize_t io_once_quietly(int host, const struct io_request *request) {
    struct quiet quiet;
    w2c_quiet_begin(&quiet);
    ssize_t result = io_once(host, request);
    w2c_quiet_end(&quiet);
    return result;
}

/* Whether the stream is ready, after waiting for it if `timeout` is -1. */
static bool io_is_ready(int host, enum io_kind kind, int timeout) {
    struct pollfd ready = {.fd = host, .events = io_is_writing(kind) ? POLLOUT : POLLIN};
    return poll(&ready, 1, timeout) != 0;
}

/* Interrupted calls are made again: a guest has no signals, and its libc would not know what to do. */
static u32 io_transfer_file(const struct fd_entry *entry, const struct io_request *request, u32 *size) {
    bool is_nonblocking = (entry->flags & WASI_FDFLAG_NONBLOCK) != 0;
    bool is_quiet = entry->can_break && io_is_writing(request->kind);
    for (;;) {
        if (entry->is_borrowed && is_nonblocking && !io_is_ready(entry->host, request->kind, 0)) {
            return WASI_EAGAIN;
        }
        ssize_t result = is_quiet ? io_once_quietly(entry->host, request) : io_once(entry->host, request);
        if (result >= 0) {
            *size = (u32)result; /* Linux moves less than 2 GiB at a time */
            return WASI_ESUCCESS;
        }
        int error = errno;
        if (error == EAGAIN && entry->is_borrowed && !is_nonblocking) {
            io_is_ready(entry->host, request->kind, -1);
        } else if (error != EINTR) {
            return w2c_wasi_error(error);
        }
    }
}

/* FDFLAGS_SYNC and its kin, for a write: it has happened when it is on the disk. What is stored nowhere (EINVAL) has no
 * disk. */
static u32 io_settle(const struct fd_entry *entry) {
    bool is_data_enough = !(entry->flags & (WASI_FDFLAG_SYNC | WASI_FDFLAG_RSYNC));
    int result = is_data_enough ? fdatasync(entry->host) : fsync(entry->host);
    return result == 0 || errno == EINVAL ? WASI_ESUCCESS : w2c_wasi_error(errno);
}

/* No stream or socket has the right to seek, so requests with an offset are for files alone. */
static u32 io_transfer(const struct fd_entry *entry, const struct io_request *request, u32 *size) {
    bool is_writing = io_is_writing(request->kind);
    if (entry->stream) {
        return is_writing ? w2c_stream_write(entry->stream, &request->vectors, size)
                          : w2c_stream_read(entry->stream, &request->vectors, size);
    }
    if (socket_is(entry)) {
        return is_writing ? w2c_socket_send(entry, &request->vectors, size)
                          : w2c_socket_receive(entry, &request->vectors, 0, size, NULL);
    }
    u32 error = io_transfer_file(entry, request, size);
    return !error && is_writing && (entry->flags & WASI_FDFLAGS_SYNC) ? io_settle(entry) : error;
}

/* The request's vectors stay uninitialised until they are checked: 16 KiB on the stack cost nothing that way. */
static u32 io_call(const struct w2c_wasi *wasi, u32 fd, u32 rights, struct guest_pointer iovs, u32 iovs_len,
                   struct io_request *request, struct guest_pointer moved) {
    struct fd_entry *entry;
    u32 error = w2c_fd_get(&wasi->table, fd, rights, &entry);
    error = error ? error : w2c_guest_vectors(wasi->memory, iovs, iovs_len, &request->vectors);
    error = error ? error : guest_check(wasi->memory, moved, sizeof(u32));
    struct fd_entry held;
    u32 size = 0;
    error = error ? error : w2c_fd_hold(wasi, entry, &held);
    if (error) {
        return error;
    }
    error = io_transfer(&held, request, &size);
    w2c_fd_release(wasi, &held);
    return error ? error : guest_put_u32(wasi->memory, moved, size);
}

W2C_RT u32 w2c_wasi_call_fd_read(void *context, u32 fd, u32 iovs, u32 iovs_len, u32 nread) {
    struct io_request request;
    request.kind = IO_READ;
    return io_call(context, fd, WASI_RIGHT_FD_READ, guest_at(iovs), iovs_len, &request, guest_at(nread));
}

W2C_RT u32 w2c_wasi_call_fd_write(void *context, u32 fd, u32 iovs, u32 iovs_len, u32 nwritten) {
    struct io_request request;
    request.kind = IO_WRITE;
    return io_call(context, fd, WASI_RIGHT_FD_WRITE, guest_at(iovs), iovs_len, &request, guest_at(nwritten));
}

W2C_RT u32 w2c_wasi_call_fd_pread(void *context, u32 fd, u32 iovs, u32 iovs_len, u64 offset, u32 nread) {
    struct io_request request;
    request.kind = IO_PREAD;
    request.offset = (off_t)offset; /* a negative one is the kernel's EINVAL */
    return io_call(context, fd, WASI_RIGHT_FD_READ | WASI_RIGHT_FD_SEEK, guest_at(iovs), iovs_len, &request,
                   guest_at(nread));
}

/* With FDFLAGS_APPEND the data goes to the end whatever the offset is, as Linux has it. */
W2C_RT u32 w2c_wasi_call_fd_pwrite(void *context, u32 fd, u32 iovs, u32 iovs_len, u64 offset, u32 nwritten) {
    struct io_request request;
    request.kind = IO_PWRITE;
    request.offset = (off_t)offset;
    return io_call(context, fd, WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_SEEK, guest_at(iovs), iovs_len, &request,
                   guest_at(nwritten));
}

/* ---- position ---- */

static u32 io_seek(const struct w2c_wasi *wasi, u32 fd, s64 offset, int whence, struct guest_pointer position) {
    struct fd_entry *entry;
    u32 error = w2c_fd_get(&wasi->table, fd, 0, &entry);
    if (error) {
        return error;
    }
    /* The right to seek includes that to tell. */
    bool is_telling = offset == 0 && whence == SEEK_CUR && !(entry->rights_base & WASI_RIGHT_FD_SEEK);
    error = w2c_fd_get(&wasi->table, fd, is_telling ? WASI_RIGHT_FD_TELL : WASI_RIGHT_FD_SEEK, &entry);
    error = error ? error : guest_check(wasi->memory, position, sizeof(u64));
    if (error) {
        return error;
    }
    off_t result = lseek(entry->host, offset, whence);
    return result < 0 ? w2c_wasi_error(errno) : guest_put_u64(wasi->memory, position, (u64)result);
}

W2C_RT u32 w2c_wasi_call_fd_seek(void *context, u32 fd, u64 offset, u32 whence, u32 newoffset) {
    static const int hosts[] = {
        [WASI_WHENCE_SET] = SEEK_SET, [WASI_WHENCE_CUR] = SEEK_CUR, [WASI_WHENCE_END] = SEEK_END};
    if (whence > WASI_WHENCE_END) {
        return WASI_EINVAL;
    }
    return io_seek(context, fd, (s64)offset, hosts[whence], guest_at(newoffset));
}

W2C_RT u32 w2c_wasi_call_fd_tell(void *context, u32 fd, u32 offset) {
    return io_seek(context, fd, 0, SEEK_CUR, guest_at(offset));
}
