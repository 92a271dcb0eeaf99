/* Reading and writing of sockets, which fd_io.c shares with sock_recv and sock_send. */
#ifndef WASI_SOCKET_H
#define WASI_SOCKET_H

#include <sys/socket.h>

#include "fdtable.h"
#include "guest.h"

W2C_INLINE bool socket_is(const struct fd_entry *entry) {
    return entry->type == WASI_FILETYPE_SOCKET_STREAM || entry->type == WASI_FILETYPE_SOCKET_DGRAM;
}

/* Into the vectors; `flags` are MSG_ flags. *size is how many bytes came; *is_cut, which may be NULL, whether the end
 * of a datagram was lost. */
W2C_RT_DECL u32 w2c_socket_receive(const struct fd_entry *entry, const struct guest_vectors *vectors, int flags,
                                   u32 *size, bool *is_cut);

/* From the vectors. PIPE, and no signal, if nobody reads any more. */
W2C_RT_DECL u32 w2c_socket_send(const struct fd_entry *entry, const struct guest_vectors *vectors, u32 *size);

#endif
