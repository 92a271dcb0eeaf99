/* Sockets. Preview 1 has no way to make one, and none is granted yet: a stream that happens to be a socket is
 * read and written as a file, and what only sockets can do is refused by what the descriptor is. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "wasi/context.h"

static u32 socket_refuse(const struct w2c_wasi *wasi, u32 fd) {
    const struct fd_entry *entry = fd_entry_at(&wasi->table, fd);
    if (!entry) {
        return WASI_EBADF;
    }
    bool is_socket = entry->type == WASI_FILETYPE_SOCKET_STREAM || entry->type == WASI_FILETYPE_SOCKET_DGRAM;
    return is_socket ? WASI_ENOTSUP : WASI_ENOTSOCK;
}

W2C_RT u32 w2c_wasi_call_sock_accept(void *context, u32 fd, u32 flags, u32 opened_fd) {
    (void)flags, (void)opened_fd;
    return socket_refuse(context, fd);
}

W2C_RT u32 w2c_wasi_call_sock_recv(void *context, u32 fd, u32 ri_data, u32 ri_data_len, u32 ri_flags, u32 ro_datalen,
                                   u32 ro_flags) {
    (void)ri_data, (void)ri_data_len, (void)ri_flags, (void)ro_datalen, (void)ro_flags;
    return socket_refuse(context, fd);
}

W2C_RT u32 w2c_wasi_call_sock_send(void *context, u32 fd, u32 si_data, u32 si_data_len, u32 si_flags, u32 so_datalen) {
    (void)si_data, (void)si_data_len, (void)si_flags, (void)so_datalen;
    return socket_refuse(context, fd);
}

W2C_RT u32 w2c_wasi_call_sock_shutdown(void *context, u32 fd, u32 how) {
    (void)how;
    return socket_refuse(context, fd);
}
