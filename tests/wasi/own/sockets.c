/* sock_accept, sock_recv, sock_send: a server of two connections on a granted socket. The client, which is the runner,
 * sends "hello world", waits for "HELLO", ends its side, and reads to the end; the second one only connects and ends.
 */
#include <string.h>
#include <unistd.h>

#include "wasi_own.h"

enum { LISTENER = 4, CLOSED = 100 };

static uint8_t buffer[100];

static __wasi_errno_t receive(__wasi_fd_t fd, size_t size, __wasi_riflags_t flags, size_t *got) {
    __wasi_iovec_t vector = {buffer, size};
    __wasi_roflags_t out = 0xffff;
    __wasi_errno_t error = __wasi_sock_recv(fd, &vector, 1, flags, got, &out);
    EXPECT(out, error ? 0xffff : 0);
    return error;
}

static __wasi_errno_t send_text(__wasi_fd_t fd, const char *text, size_t *sent) {
    __wasi_ciovec_t vector = {(const uint8_t *)text, strlen(text)};
    return __wasi_sock_send(fd, &vector, 1, 0, sent);
}

/* What a connection is, and what cannot be done with it. */
static void look(__wasi_fd_t connection) {
    __wasi_fdstat_t status;
    size_t size;
    EXPECT(__wasi_fd_fdstat_get(connection, &status), 0);
    EXPECT(status.fs_filetype, __WASI_FILETYPE_SOCKET_STREAM);
    EXPECT(receive(connection, 5, 0x80, &size), __WASI_ERRNO_INVAL);
    EXPECT(__wasi_sock_shutdown(connection, 0), __WASI_ERRNO_INVAL);
    __wasi_fd_t other;
    EXPECT(__wasi_sock_accept(connection, 0, &other) != 0, 1);
}

static void serve(__wasi_fd_t connection) {
    size_t size = 0;
    EXPECT(receive(connection, 11, __WASI_RIFLAGS_RECV_WAITALL, &size), 0);
    EXPECT(size, 11);
    EXPECT(memcmp(buffer, "hello world", 11), 0);
    EXPECT(send_text(connection, "HELLO", &size), 0);
    EXPECT(size, 5);
    EXPECT(receive(connection, 3, __WASI_RIFLAGS_RECV_PEEK, &size), 0);
    EXPECT(size, 3);
    EXPECT(memcmp(buffer, "bye", 3), 0);
    EXPECT(receive(connection, 50, 0, &size), 0); /* what was peeked at is still there */
    EXPECT(size, 3);
    EXPECT(receive(connection, 50, 0, &size), 0);
    EXPECT(size, 0); /* the end */
    EXPECT(write(connection, " AND BYE", 8), 8);
    EXPECT(__wasi_sock_shutdown(connection, __WASI_SDFLAGS_WR), 0);
    EXPECT(send_text(connection, "x", &size), __WASI_ERRNO_PIPE);
    EXPECT(close(connection), 0);
}

int main(void) {
    __wasi_fd_t connection = 0;
    size_t size;
    EXPECT(__wasi_sock_accept(CLOSED, 0, &connection), __WASI_ERRNO_BADF);
    EXPECT(__wasi_sock_accept(0, 0, &connection), __WASI_ERRNO_NOTSOCK);
    EXPECT(__wasi_sock_accept(LISTENER, 0xffff, &connection), __WASI_ERRNO_INVAL);
    EXPECT(receive(0, 5, 0, &size), __WASI_ERRNO_NOTSOCK);
    EXPECT(send_text(1, "x", &size), __WASI_ERRNO_NOTSOCK);
    EXPECT(receive(CLOSED, 5, 0, &size), __WASI_ERRNO_BADF);
    EXPECT(__wasi_sock_accept(LISTENER, 0, &connection), 0);
    look(connection);
    serve(connection);
    EXPECT(__wasi_sock_accept(LISTENER, __WASI_FDFLAGS_NONBLOCK, &connection), 0);
    __wasi_errno_t error = receive(connection, 5, 0, &size);
    EXPECT(error == __WASI_ERRNO_AGAIN || (error == 0 && size == 0), 1);
    EXPECT(close(connection), 0);
    EXPECT(close(LISTENER), 0);
    EXPECT(__wasi_sock_accept(LISTENER, 0, &connection), __WASI_ERRNO_BADF);
    return own_result();
}
