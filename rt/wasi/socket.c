/* Sockets. Preview 1 has no way to make one: a guest accepts connections from those it was granted (listen.c).
 *
 * Whether a call waits is said in each call (MSG_DONTWAIT), as the guest's own FDFLAGS_NONBLOCK has it, so
 * the host's O_NONBLOCK does not matter, whoever set it: what would block then is waited for with poll. Sockets that we
 * listen on are always non-blocking, for a connection can be gone between poll and accept.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "wasi/socket.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "wasi/context.h"

static bool socket_waits(const struct fd_entry *entry) {
    return !(entry->flags & WASI_FDFLAG_NONBLOCK);
}

/* After a call that failed: whether to make it again, as it was interrupted, or would block and has been waited for. */
static bool socket_may_repeat(const struct fd_entry *entry, short events) {
    if (errno == EAGAIN && socket_waits(entry)) {
        struct pollfd ready = {.fd = entry->host, .events = events};
        poll(&ready, 1, -1);
        return true;
    }
    return errno == EINTR;
}

static struct msghdr socket_message(const struct guest_vectors *vectors) {
    return (struct msghdr){.msg_iov = (struct iovec *)(uintptr_t)vectors->items, .msg_iovlen = (size_t)vectors->count};
}

/* To read nothing from a stream must not wait for something. */
W2C_RT u32 w2c_socket_receive(const struct fd_entry *entry, const struct guest_vectors *vectors, int flags, u32 *size,
                              bool *is_cut) {
    struct msghdr message = socket_message(vectors);
    ssize_t result = 0;
    flags |= socket_waits(entry) ? 0 : MSG_DONTWAIT;
    if (vectors->count > 0 || entry->type == WASI_FILETYPE_SOCKET_DGRAM) {
        do {
            result = recvmsg(entry->host, &message, flags);
        } while (result < 0 && socket_may_repeat(entry, POLLIN));
    }
    if (result < 0) {
        return w2c_wasi_error(errno);
    }
    *size = (u32)result; /* Linux moves less than 2 GiB at a time */
    if (is_cut) {
        *is_cut = (message.msg_flags & MSG_TRUNC) != 0;
    }
    return WASI_ESUCCESS;
}

W2C_RT u32 w2c_socket_send(const struct fd_entry *entry, const struct guest_vectors *vectors, u32 *size) {
    const struct msghdr message = socket_message(vectors);
    ssize_t result;
    do {
        result = sendmsg(entry->host, &message, MSG_NOSIGNAL | (socket_waits(entry) ? 0 : MSG_DONTWAIT));
    } while (result < 0 && socket_may_repeat(entry, POLLOUT));
    if (result < 0) {
        return w2c_wasi_error(errno);
    }
    *size = (u32)result;
    return WASI_ESUCCESS;
}

/* ---- calls ---- */

/* The entry, if it is a socket with these rights. What it is matters more than what may be done with it. */
static u32 socket_get(const struct w2c_wasi *wasi, u32 fd, u32 rights, struct fd_entry **entry) {
    u32 error = w2c_fd_get(&wasi->table, fd, 0, entry);
    if (error) {
        return error;
    }
    return socket_is(*entry) ? w2c_fd_get(&wasi->table, fd, rights, entry) : WASI_ENOTSOCK;
}

/* ECONNABORTED is about a connection that nobody waits for any more. */
static u32 socket_accept(const struct fd_entry *listener, int *host) {
    for (;;) {
        struct pollfd ready = {.fd = listener->host, .events = POLLIN};
        /* Of a socket that is not ours we do not know whether accept would wait. */
        if (listener->is_borrowed && !socket_waits(listener) && poll(&ready, 1, 0) == 0) {
            return WASI_EAGAIN;
        }
        *host = accept4(listener->host, NULL, NULL, SOCK_CLOEXEC);
        if (*host >= 0) {
            return WASI_ESUCCESS;
        }
        if (errno != ECONNABORTED && !socket_may_repeat(listener, POLLIN)) {
            return w2c_wasi_error(errno);
        }
    }
}

/* The number comes before the connection: one that there is no room for stays in the queue. */
W2C_RT u32 w2c_wasi_call_sock_accept(void *context, u32 fd, u32 flags, u32 opened_fd) {
    struct w2c_wasi *wasi = context;
    struct fd_entry *listener;
    u32 number;
    int host;
    u32 error = socket_get(wasi, fd, WASI_RIGHT_SOCK_ACCEPT, &listener);
    error = error ? error : flags & ~(u32)WASI_FDFLAG_NONBLOCK ? WASI_EINVAL : WASI_ESUCCESS;
    error = error ? error : guest_check(wasi->memory, guest_at(opened_fd), sizeof(u32));
    error = error ? error : w2c_fd_reserve(&wasi->table, &number);
    if (error) {
        return error;
    }
    struct fd_entry held;
    listener = fd_entry_at(&wasi->table, fd); /* the table may have moved */
    error = w2c_fd_hold(wasi, listener, &held);
    if (error) {
        return error;
    }
    error = socket_accept(&held, &host);
    w2c_fd_release(wasi, &held);
    if (error) {
        return error;
    }
    error = held.is_held ? w2c_fd_reserve(&wasi->table, &number) : WASI_ESUCCESS; /* others may have taken it */
    if (error) {
        close(host);
        return error;
    }
    const struct fd_entry connection = {
        .host = host,
        .type = held.type,
        .flags = (u8)flags,
        .rights_base = held.rights_inheriting & WASI_RIGHTS_CONNECTION,
    };
    w2c_fd_put(&wasi->table, number, &connection);
    return guest_put_u32(wasi->memory, guest_at(opened_fd), number);
}

W2C_RT u32 w2c_wasi_call_sock_recv(void *context, u32 fd, u32 ri_data, u32 ri_data_len, u32 ri_flags, u32 ro_datalen,
                                   u32 ro_flags) {
    const struct w2c_wasi *wasi = context;
    struct fd_entry *entry;
    struct guest_vectors vectors;
    u32 error = socket_get(wasi, fd, WASI_RIGHT_FD_READ, &entry);
    error = error ? error : ri_flags & ~(u32)WASI_RIFLAGS_ALL ? WASI_EINVAL : WASI_ESUCCESS;
    error = error ? error : w2c_guest_vectors(wasi->memory, guest_at(ri_data), ri_data_len, &vectors);
    error = error ? error : guest_check(wasi->memory, guest_at(ro_datalen), sizeof(u32));
    error = error ? error : guest_check(wasi->memory, guest_at(ro_flags), sizeof(u16));
    int flags =
        (ri_flags & WASI_RIFLAG_RECV_PEEK ? MSG_PEEK : 0) | (ri_flags & WASI_RIFLAG_RECV_WAITALL ? MSG_WAITALL : 0);
    u32 size;
    bool is_cut;
    struct fd_entry held;
    error = error ? error : w2c_fd_hold(wasi, entry, &held);
    if (error) {
        return error;
    }
    error = w2c_socket_receive(&held, &vectors, flags, &size, &is_cut);
    w2c_fd_release(wasi, &held);
    error = error ? error : guest_put_u32(wasi->memory, guest_at(ro_datalen), size);
    return error ? error : guest_put_u16(wasi->memory, guest_at(ro_flags), is_cut ? WASI_ROFLAG_DATA_TRUNCATED : 0);
}

/* There are no flags for sending. */
W2C_RT u32 w2c_wasi_call_sock_send(void *context, u32 fd, u32 si_data, u32 si_data_len, u32 si_flags, u32 so_datalen) {
    const struct w2c_wasi *wasi = context;
    struct fd_entry *entry;
    struct guest_vectors vectors;
    u32 error = socket_get(wasi, fd, WASI_RIGHT_FD_WRITE, &entry);
    error = error ? error : si_flags ? WASI_EINVAL : WASI_ESUCCESS;
    error = error ? error : w2c_guest_vectors(wasi->memory, guest_at(si_data), si_data_len, &vectors);
    error = error ? error : guest_check(wasi->memory, guest_at(so_datalen), sizeof(u32));
    u32 size;
    struct fd_entry held;
    error = error ? error : w2c_fd_hold(wasi, entry, &held);
    if (error) {
        return error;
    }
    error = w2c_socket_send(&held, &vectors, &size);
    w2c_fd_release(wasi, &held);
    return error ? error : guest_put_u32(wasi->memory, guest_at(so_datalen), size);
}

W2C_RT u32 w2c_wasi_call_sock_shutdown(void *context, u32 fd, u32 how) {
    static const int hosts[] = {
        [WASI_SDFLAG_RD] = SHUT_RD, [WASI_SDFLAG_WR] = SHUT_WR, [WASI_SDFLAG_RD | WASI_SDFLAG_WR] = SHUT_RDWR};
    const struct w2c_wasi *wasi = context;
    struct fd_entry *entry;
    u32 error = socket_get(wasi, fd, WASI_RIGHT_SOCK_SHUTDOWN, &entry);
    if (error) {
        return error;
    }
    if (how == 0 || how >= sizeof(hosts) / sizeof(hosts[0])) {
        return WASI_EINVAL;
    }
    return shutdown(entry->host, hosts[how]) == 0 ? WASI_ESUCCESS : w2c_wasi_error(errno);
}
