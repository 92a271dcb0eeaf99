/* Granting sockets: listening on addresses, and taking over sockets that the embedder has made.
 *
 * A guest learns of them by their numbers, which follow those of the preopened directories: libc looks for
 * directories from 3 on and stops at the first number that is none.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "wasi/listen.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "wasi/address.h"
#include "wasi/socket.h"

/* A value of the level SOL_SOCKET; -1 if it is no socket. */
static int listen_socket_option(int host, int option) {
    int value = -1;
    socklen_t size = sizeof(value);
    return getsockopt(host, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

/* [::] is not to mean every IPv4 address too; and a program that is started again should not wait until the
 * connections of its predecessor are forgotten. */
static bool listen_on(int host, const struct socket_address *address) {
    const int yes = 1;
    bool is_six = address->any.sa_family == AF_INET6;
    return setsockopt(host, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
           (!is_six || setsockopt(host, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) == 0) &&
           bind(host, &address->any, address->size) == 0 && listen(host, SOMAXCONN) == 0;
}

/* -1, and errno, if there can be no such socket. */
static int listen_open(const char *text) {
    struct socket_address address;
    if (!w2c_address_parse(text, &address)) {
        errno = EINVAL;
        return -1;
    }
    int host = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (host >= 0 && !listen_on(host, &address)) {
        int error = errno;
        close(host);
        errno = error;
        return -1;
    }
    return host;
}

static bool listen_complain(char *message, size_t message_size, const char *what, const char *why) {
    snprintf(message, message_size, "cannot give the guest the socket %s: %s", what, why);
    return false;
}

static bool listen_add_address(struct w2c_wasi *wasi, const char *text, char *message, size_t message_size) {
    u32 fd;
    if (w2c_fd_reserve(&wasi->table, &fd)) {
        return listen_complain(message, message_size, text, "too many descriptors");
    }
    const struct fd_entry entry = {
        .host = listen_open(text),
        .type = WASI_FILETYPE_SOCKET_STREAM,
        .rights_base = WASI_RIGHTS_LISTENER,
        .rights_inheriting = WASI_RIGHTS_CONNECTION,
    };
    if (entry.host < 0) {
        const char *why = errno == EINVAL ? "it is no ADDRESS:PORT" : strerror(errno);
        return listen_complain(message, message_size, text, why);
    }
    w2c_fd_put(&wasi->table, fd, &entry);
    return true;
}

static bool listen_add_socket(struct w2c_wasi *wasi, int host, char *message, size_t message_size) {
    char text[16];
    u32 fd;
    snprintf(text, sizeof(text), "%d", host);
    int kind = listen_socket_option(host, SO_TYPE);
    if (kind < 0) {
        return listen_complain(message, message_size, text, strerror(errno));
    }
    if (w2c_fd_reserve(&wasi->table, &fd)) {
        return listen_complain(message, message_size, text, "too many descriptors");
    }
    bool is_listening = listen_socket_option(host, SO_ACCEPTCONN) == 1;
    const struct fd_entry entry = {
        .host = host,
        .type = kind == SOCK_DGRAM ? WASI_FILETYPE_SOCKET_DGRAM : WASI_FILETYPE_SOCKET_STREAM,
        .is_borrowed = true,
        .rights_base = is_listening ? WASI_RIGHTS_LISTENER : WASI_RIGHTS_CONNECTION,
        .rights_inheriting = is_listening ? WASI_RIGHTS_CONNECTION : 0,
    };
    w2c_fd_put(&wasi->table, fd, &entry);
    return true;
}

W2C_RT bool w2c_listen_grant(struct w2c_wasi *wasi, const struct w2c_wasi_options *options, char *message,
                             size_t message_size) {
    for (size_t i = 0; i < options->listen_count; i++) {
        if (!listen_add_address(wasi, options->listen[i], message, message_size)) {
            return false;
        }
    }
    for (size_t i = 0; i < options->socket_count; i++) {
        if (!listen_add_socket(wasi, options->sockets[i], message, message_size)) {
            return false;
        }
    }
    return true;
}

W2C_RT uint16_t w2c_wasi_port(const struct w2c_wasi *wasi, uint32_t fd) {
    const struct fd_entry *entry = fd_entry_at(&wasi->table, fd);
    struct socket_address address = {.size = sizeof(address.six)};
    if (!entry || !socket_is(entry) || getsockname(entry->host, &address.any, &address.size) != 0) {
        return 0;
    }
    return w2c_address_port(&address);
}
