/* Sockets that were granted: accepting, moving bytes, waiting, ending, and what a guest must not do with them. */
#include "wasi_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include "rt/wasi/address.h"

static struct fixture fixture;
static int pair[2];      /* the guest has pair[0] */
static int datagrams[2]; /* and datagrams[0] */

/* Behind the two directories of the fixture. */
enum { LISTENER = 5, LISTENER_SIX, BORROWED, CONNECTED, DATAGRAMS, NEXT };

static int borrowed;

static int bind_to_loopback(int flags) {
    int host = socket(AF_INET, SOCK_STREAM | flags, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_true(host >= 0);
    assert_int_equal(bind(host, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(host, 5), 0);
    return host;
}

static int setup(void **state) {
    (void)state;
    static const char *const listen[] = {"localhost:0", "[::1]:0"};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams), 0);
    borrowed = bind_to_loopback(0);
    const int sockets[] = {borrowed, pair[0], datagrams[0]};
    fixture_make(&fixture,
                 (struct w2c_wasi_options){.listen = listen, .listen_count = 2, .sockets = sockets, .socket_count = 3});
    return 0;
}

static int teardown(void **state) {
    (void)state;
    fixture_drop(&fixture);
    assert_int_equal(fcntl(pair[0], F_GETFL) & O_NONBLOCK, 0); /* still open, and as it was */
    close(borrowed);
    for (int i = 0; i < 2; i++) {
        close(pair[i]);
        close(datagrams[i]);
    }
    return 0;
}

/* ---- the other side ---- */

static int connect_to(u32 listener) {
    uint16_t port = w2c_wasi_port(fixture.wasi, listener);
    assert_int_not_equal(port, 0);
    struct socket_address address;
    char text[32];
    snprintf(text, sizeof(text), listener == LISTENER_SIX ? "[::1]:%u" : "127.0.0.1:%u", port);
    assert_true(w2c_address_parse(text, &address));
    int client = socket(address.any.sa_family, SOCK_STREAM, 0);
    assert_true(client >= 0);
    assert_int_equal(connect(client, &address.any, address.size), 0);
    return client;
}

/* ---- calls ---- */

static u32 accept_it(u32 fd, u32 flags, u32 *opened) {
    u32 start = fixture.used;
    u32 result = room(&fixture, 4);
    u32 error = w2c_wasi_sock_accept(fixture.wasi, fd, flags, result);
    *opened = get_u32(&fixture, result);
    fixture.used = start;
    return error;
}

static u32 receive(u32 fd, u32 flags, char *text, u32 size, u16 *out_flags) {
    u32 start = fixture.used;
    u32 buffer = room(&fixture, size);
    u32 vector = put_vector(&fixture, buffer, size);
    u32 count = room(&fixture, 4);
    u32 result_flags = room(&fixture, 2);
    u32 error = w2c_wasi_sock_recv(fixture.wasi, fd, vector, 1, flags, count, result_flags);
    u32 got = error ? 0 : get_u32(&fixture, count);
    assert_true(got <= size);
    memcpy(text, fixture.memory.base + buffer, got);
    text[got] = 0;
    *out_flags = get_u16(&fixture, result_flags);
    fixture.used = start;
    return error;
}

static u32 send_text(u32 fd, const char *text, u32 flags, u32 *sent) {
    u32 start = fixture.used;
    u32 buffer = put(&fixture, text, strlen(text));
    u32 vector = put_vector(&fixture, buffer, (u32)strlen(text));
    u32 count = room(&fixture, 4);
    u32 error = w2c_wasi_sock_send(fixture.wasi, fd, vector, 1, flags, count);
    *sent = get_u32(&fixture, count);
    fixture.used = start;
    return error;
}

static u64 rights_of(u32 fd, u8 *type, u64 *inheriting) {
    u32 at = room(&fixture, WASI_FDSTAT_BYTES);
    assert_int_equal(w2c_wasi_fd_fdstat_get(fixture.wasi, fd, at), WASI_ESUCCESS);
    *type = fixture.memory.base[at];
    *inheriting = get_u64(&fixture, at + WASI_FDSTAT_RIGHTS_INHERITING);
    return get_u64(&fixture, at + WASI_FDSTAT_RIGHTS_BASE);
}

static u16 flags_of(u32 fd) {
    u32 at = room(&fixture, WASI_FDSTAT_BYTES);
    assert_int_equal(w2c_wasi_fd_fdstat_get(fixture.wasi, fd, at), WASI_ESUCCESS);
    return get_u16(&fixture, at + WASI_FDSTAT_FLAGS);
}

/* ---- tests ---- */

static void test_types_and_rights(void **state) {
    (void)state;
    u8 type;
    u64 inheriting;
    for (u32 fd = LISTENER; fd <= BORROWED; fd++) {
        assert_int_equal(rights_of(fd, &type, &inheriting), WASI_RIGHTS_LISTENER);
        assert_int_equal(type, WASI_FILETYPE_SOCKET_STREAM);
        assert_int_equal(inheriting, WASI_RIGHTS_CONNECTION);
    }
    assert_int_equal(rights_of(CONNECTED, &type, &inheriting), WASI_RIGHTS_CONNECTION);
    assert_int_equal(inheriting, 0);
    rights_of(DATAGRAMS, &type, &inheriting);
    assert_int_equal(type, WASI_FILETYPE_SOCKET_DGRAM);
    u32 at = room(&fixture, WASI_FILESTAT_BYTES);
    assert_int_equal(w2c_wasi_fd_filestat_get(fixture.wasi, CONNECTED, at), WASI_ESUCCESS);
    assert_int_equal(fixture.memory.base[at + WASI_FILESTAT_FILETYPE], WASI_FILETYPE_SOCKET_STREAM);
    assert_int_equal(w2c_wasi_fd_prestat_get(fixture.wasi, LISTENER, at), WASI_EBADF);
}

static void test_accept_and_talk(void **state) {
    (void)state;
    for (u32 listener = LISTENER; listener <= BORROWED; listener++) {
        int client = connect_to(listener);
        u32 fd;
        u32 sent;
        char text[32];
        u8 type;
        u64 inheriting;
        assert_int_equal(accept_it(listener, 0, &fd), WASI_ESUCCESS);
        assert_int_equal(fd, NEXT);
        assert_int_equal(rights_of(fd, &type, &inheriting), WASI_RIGHTS_CONNECTION);
        assert_int_equal(type, WASI_FILETYPE_SOCKET_STREAM);
        assert_int_equal(inheriting, 0);
        assert_int_equal(send_text(fd, "hello", 0, &sent), WASI_ESUCCESS);
        assert_int_equal(sent, 5);
        assert_int_equal(recv(client, text, sizeof(text), 0), 5);
        assert_int_equal(write_text(&fixture, fd, "again"), WASI_ESUCCESS);
        assert_int_equal(recv(client, text, sizeof(text), 0), 5);
        assert_int_equal(send(client, "answer", 6, 0), 6);
        assert_int_equal(read_text(&fixture, fd, text, 31), WASI_ESUCCESS);
        assert_string_equal(text, "answer");
        close(client);
        assert_int_equal(read_text(&fixture, fd, text, 31), WASI_ESUCCESS);
        assert_string_equal(text, "");
        assert_int_equal(w2c_wasi_fd_close(fixture.wasi, fd), WASI_ESUCCESS);
    }
}

static void test_nonblocking(void **state) {
    (void)state;
    u32 fd;
    char text[8];
    u16 flags;
    for (u32 listener = LISTENER; listener <= BORROWED; listener++) {
        assert_int_equal(w2c_wasi_fd_fdstat_set_flags(fixture.wasi, listener, WASI_FDFLAG_NONBLOCK), WASI_ESUCCESS);
        assert_int_equal(flags_of(listener), WASI_FDFLAG_NONBLOCK);
        assert_int_equal(accept_it(listener, 0, &fd), WASI_EAGAIN);
        int client = connect_to(listener);
        assert_int_equal(accept_it(listener, WASI_FDFLAG_NONBLOCK, &fd), WASI_ESUCCESS);
        assert_int_equal(flags_of(fd), WASI_FDFLAG_NONBLOCK);
        assert_int_equal(receive(fd, 0, text, 7, &flags), WASI_EAGAIN);
        assert_int_equal(read_text(&fixture, fd, text, 7), WASI_EAGAIN);
        assert_int_equal(read_text(&fixture, fd, text, 0), WASI_ESUCCESS);
        assert_int_equal(w2c_wasi_fd_close(fixture.wasi, fd), WASI_ESUCCESS);
        close(client);
    }
    assert_int_equal(w2c_wasi_fd_fdstat_set_flags(fixture.wasi, CONNECTED, WASI_FDFLAG_NONBLOCK), WASI_ESUCCESS);
    assert_int_equal(receive(CONNECTED, 0, text, 7, &flags), WASI_EAGAIN);
    assert_int_equal(w2c_wasi_fd_fdstat_set_flags(fixture.wasi, CONNECTED, WASI_FDFLAG_APPEND), WASI_ENOTSUP);
}

static void *connect_later(void *argument) {
    (void)argument;
    usleep(20000);
    return (void *)(intptr_t)connect_to(LISTENER);
}

static void *send_later(void *argument) {
    usleep(20000);
    assert_int_equal(send(*(int *)argument, "late", 4, 0), 4);
    return NULL;
}

/* Our listening sockets are non-blocking on the host, and the embedder's may be: the guest waits all the same. */
static void test_waiting(void **state) {
    (void)state;
    pthread_t thread;
    void *client;
    u32 fd;
    char text[8];
    assert_int_equal(pthread_create(&thread, NULL, connect_later, NULL), 0);
    assert_int_equal(accept_it(LISTENER, 0, &fd), WASI_ESUCCESS);
    pthread_join(thread, &client);
    close((int)(intptr_t)client);
    assert_int_equal(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(pthread_create(&thread, NULL, send_later, &pair[1]), 0);
    assert_int_equal(read_text(&fixture, CONNECTED, text, 7), WASI_ESUCCESS);
    assert_string_equal(text, "late");
    pthread_join(thread, NULL);
    assert_int_equal(fcntl(pair[0], F_SETFL, 0), 0);
}

static void test_flags_of_receiving(void **state) {
    (void)state;
    char text[16];
    u16 flags;
    assert_int_equal(send(pair[1], "abcdef", 6, 0), 6);
    assert_int_equal(receive(CONNECTED, WASI_RIFLAG_RECV_PEEK, text, 3, &flags), WASI_ESUCCESS);
    assert_string_equal(text, "abc");
    assert_int_equal(receive(CONNECTED, 0, text, 4, &flags), WASI_ESUCCESS);
    assert_string_equal(text, "abcd");
    assert_int_equal(flags, 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, send_later, &pair[1]), 0);
    assert_int_equal(receive(CONNECTED, WASI_RIFLAG_RECV_WAITALL, text, 6, &flags), WASI_ESUCCESS);
    assert_string_equal(text, "eflate");
    pthread_join(thread, NULL);
    assert_int_equal(receive(CONNECTED, 4, text, 6, &flags), WASI_EINVAL);
    assert_int_equal(receive(CONNECTED, 0x80000001, text, 6, &flags), WASI_EINVAL);
}

static void test_datagrams_are_cut(void **state) {
    (void)state;
    char text[16];
    u16 flags;
    assert_int_equal(send(datagrams[1], "abcdef", 6, 0), 6);
    assert_int_equal(send(datagrams[1], "xy", 2, 0), 2);
    assert_int_equal(receive(DATAGRAMS, 0, text, 4, &flags), WASI_ESUCCESS);
    assert_string_equal(text, "abcd");
    assert_int_equal(flags, WASI_ROFLAG_DATA_TRUNCATED);
    assert_int_equal(receive(DATAGRAMS, 0, text, 4, &flags), WASI_ESUCCESS);
    assert_string_equal(text, "xy");
    assert_int_equal(flags, 0);
}

static void test_shutdown(void **state) {
    (void)state;
    char text[8];
    u32 sent;
    assert_int_equal(w2c_wasi_sock_shutdown(fixture.wasi, CONNECTED, 0), WASI_EINVAL);
    assert_int_equal(w2c_wasi_sock_shutdown(fixture.wasi, CONNECTED, 4), WASI_EINVAL);
    assert_int_equal(w2c_wasi_sock_shutdown(fixture.wasi, CONNECTED, 0x80000001), WASI_EINVAL);
    assert_int_equal(w2c_wasi_sock_shutdown(fixture.wasi, CONNECTED, WASI_SDFLAG_WR), WASI_ESUCCESS);
    assert_int_equal(recv(pair[1], text, 8, 0), 0);
    assert_int_equal(send_text(CONNECTED, "x", 0, &sent), WASI_EPIPE);
    assert_int_equal(send(pair[1], "in", 2, 0), 2);
    assert_int_equal(w2c_wasi_sock_shutdown(fixture.wasi, CONNECTED, WASI_SDFLAG_RD), WASI_ESUCCESS);
    assert_int_equal(read_text(&fixture, CONNECTED, text, 7), WASI_ESUCCESS);
    assert_string_equal(text, "in");
    assert_int_equal(read_text(&fixture, CONNECTED, text, 7), WASI_ESUCCESS);
    assert_string_equal(text, "");
    int client = connect_to(LISTENER);
    u32 fd;
    assert_int_equal(accept_it(LISTENER, 0, &fd), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_sock_shutdown(fixture.wasi, fd, WASI_SDFLAG_RD | WASI_SDFLAG_WR), WASI_ESUCCESS);
    assert_int_equal(recv(client, text, 8, 0), 0);
    close(client);
}

static volatile sig_atomic_t broken_pipes;

static void count_broken_pipe(int number) {
    (void)number;
    broken_pipes++;
}

static void test_no_signal(void **state) {
    (void)state;
    u32 sent;
    signal(SIGPIPE, count_broken_pipe);
    close(pair[1]);
    assert_int_equal(send_text(CONNECTED, "x", 0, &sent), WASI_EPIPE);
    assert_int_equal(write_text(&fixture, CONNECTED, "x"), WASI_EPIPE);
    assert_int_equal(broken_pipes, 0);
    signal(SIGPIPE, SIG_DFL);
    pair[1] = dup(pair[0]);
}

static void test_poll(void **state) {
    (void)state;
    enum { TIMEOUT = 10 * 1000 * 1000 };
    u8 records[2 * WASI_SUBSCRIPTION_BYTES] = {0};
    records[WASI_SUBSCRIPTION_TYPE] = WASI_EVENTTYPE_FD_READ;
    const u32 fd = LISTENER;
    const u32 clock = WASI_CLOCK_MONOTONIC;
    const u64 timeout = TIMEOUT;
    memcpy(records + WASI_SUBSCRIPTION_FD, &fd, 4);
    memcpy(records + WASI_SUBSCRIPTION_BYTES + WASI_SUBSCRIPTION_CLOCK, &clock, 4);
    memcpy(records + WASI_SUBSCRIPTION_BYTES + WASI_SUBSCRIPTION_TIMEOUT, &timeout, 8);
    u32 in = put(&fixture, records, sizeof(records));
    u32 out = room(&fixture, 2 * WASI_EVENT_BYTES);
    u32 count = room(&fixture, 4);
    assert_int_equal(w2c_wasi_poll_oneoff(fixture.wasi, in, out, 2, count), WASI_ESUCCESS);
    assert_int_equal(fixture.memory.base[out + WASI_EVENT_TYPE], WASI_EVENTTYPE_CLOCK);
    int client = connect_to(LISTENER);
    assert_int_equal(w2c_wasi_poll_oneoff(fixture.wasi, in, out, 2, count), WASI_ESUCCESS);
    assert_int_equal(get_u32(&fixture, count), 1);
    assert_int_equal(fixture.memory.base[out + WASI_EVENT_TYPE], WASI_EVENTTYPE_FD_READ);
    assert_int_equal(get_u16(&fixture, out + WASI_EVENT_ERROR), WASI_ESUCCESS);
    close(client);
}

/* What is not a socket, not open, or not allowed; each before anything happens. */
static void test_refused(void **state) {
    (void)state;
    u32 fd;
    u32 sent;
    char text[8];
    u16 flags;
    u32 file = open_or_fail(&fixture, "a", WASI_OFLAG_CREAT, READING | WRITING);
    const u32 plain[] = {ROOT, file};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(accept_it(plain[i], 0, &fd), WASI_ENOTSOCK);
        assert_int_equal(receive(plain[i], 0, text, 7, &flags), WASI_ENOTSOCK);
        assert_int_equal(send_text(plain[i], "x", 0, &sent), WASI_ENOTSOCK);
        assert_int_equal(w2c_wasi_sock_shutdown(fixture.wasi, plain[i], WASI_SDFLAG_RD), WASI_ENOTSOCK);
    }
    assert_int_equal(accept_it(99, 0, &fd), WASI_EBADF);
    assert_int_equal(receive(99, 0, text, 7, &flags), WASI_EBADF);
    assert_int_equal(send_text(99, "x", 0, &sent), WASI_EBADF);
    assert_int_equal(w2c_wasi_sock_shutdown(fixture.wasi, 99, WASI_SDFLAG_RD), WASI_EBADF);
    assert_int_equal(accept_it(LISTENER, WASI_FDFLAG_APPEND, &fd), WASI_EINVAL);
    assert_int_equal(accept_it(LISTENER, 32, &fd), WASI_EINVAL);
    assert_int_equal(accept_it(CONNECTED, 0, &fd), WASI_ENOTCAPABLE);
    assert_int_equal(send_text(CONNECTED, "x", 1, &sent), WASI_EINVAL);
    assert_int_equal(w2c_wasi_sock_shutdown(fixture.wasi, LISTENER, WASI_SDFLAG_RD), WASI_ENOTCAPABLE);
    assert_int_equal(w2c_wasi_fd_sync(fixture.wasi, CONNECTED), WASI_ENOTCAPABLE);
    u32 at = room(&fixture, 8);
    assert_int_equal(w2c_wasi_fd_seek(fixture.wasi, CONNECTED, 0, WASI_WHENCE_SET, at), WASI_ESPIPE);
    assert_int_equal(w2c_wasi_fd_pread(fixture.wasi, CONNECTED, at, 0, 0, at), WASI_ESPIPE);
}

/* Rights that the listener gave up do not come back with a connection. */
static void test_rights_descend(void **state) {
    (void)state;
    u64 less = WASI_RIGHTS_CONNECTION & ~(u64)WASI_RIGHT_FD_WRITE;
    assert_int_equal(w2c_wasi_fd_fdstat_set_rights(fixture.wasi, LISTENER, WASI_RIGHTS_LISTENER, less), WASI_ESUCCESS);
    int client = connect_to(LISTENER);
    u32 fd;
    assert_int_equal(accept_it(LISTENER, 0, &fd), WASI_ESUCCESS);
    assert_int_equal(write_text(&fixture, fd, "x"), WASI_EBADF);
    less = WASI_RIGHTS_LISTENER & ~(u64)WASI_RIGHT_SOCK_ACCEPT;
    assert_int_equal(w2c_wasi_fd_fdstat_set_rights(fixture.wasi, LISTENER, less, 0), WASI_ESUCCESS);
    assert_int_equal(accept_it(LISTENER, 0, &fd), WASI_ENOTCAPABLE);
    close(client);
}

static void test_pointers(void **state) {
    (void)state;
    assert_int_equal(send(pair[1], "keep", 4, 0), 4);
    int client = connect_to(LISTENER);
    u32 vector = put_vector(&fixture, 0, 8);
    u32 outside = put_vector(&fixture, MEMORY_BYTES - 1, 2);
    struct w2c_wasi *wasi = fixture.wasi;
    const u32 end = MEMORY_BYTES;
    assert_int_equal(w2c_wasi_sock_accept(wasi, LISTENER, 0, end - 3), WASI_EFAULT);
    assert_int_equal(w2c_wasi_sock_recv(wasi, CONNECTED, vector, 1, 0, end - 3, 100), WASI_EFAULT);
    assert_int_equal(w2c_wasi_sock_recv(wasi, CONNECTED, vector, 1, 0, 100, end - 1), WASI_EFAULT);
    assert_int_equal(w2c_wasi_sock_recv(wasi, CONNECTED, outside, 1, 0, 100, 110), WASI_EFAULT);
    assert_int_equal(w2c_wasi_sock_recv(wasi, CONNECTED, vector, 0x20000001, 0, 100, 110), WASI_EFAULT);
    assert_int_equal(w2c_wasi_sock_send(wasi, CONNECTED, outside, 1, 0, 100), WASI_EFAULT);
    assert_int_equal(w2c_wasi_sock_send(wasi, CONNECTED, vector, 1, 0, end - 3), WASI_EFAULT);
    char text[8];
    u16 flags;
    assert_int_equal(receive(CONNECTED, 0, text, 7, &flags), WASI_ESUCCESS);
    assert_string_equal(text, "keep"); /* nothing was taken by the calls that failed */
    u32 fd;
    assert_int_equal(accept_it(LISTENER, 0, &fd), WASI_ESUCCESS);
    close(client);
}

/* A connection for which there is no number stays in the queue. */
static void test_no_room(void **state) {
    (void)state;
    w2c_wasi_delete(fixture.wasi);
    static const char *const listen[] = {"127.0.0.1:0"};
    fixture_open(&fixture, (struct w2c_wasi_options){.listen = listen, .listen_count = 1, .descriptor_limit = 6});
    int client = connect_to(LISTENER);
    u32 fd;
    assert_int_equal(accept_it(LISTENER, 0, &fd), WASI_EMFILE);
    assert_int_equal(w2c_wasi_fd_close(fixture.wasi, ROOT_READ_ONLY), WASI_ESUCCESS);
    assert_int_equal(accept_it(LISTENER, 0, &fd), WASI_ESUCCESS);
    close(client);
}

static void test_grants_that_fail(void **state) {
    (void)state;
    char message[256];
    char taken[32];
    snprintf(taken, sizeof(taken), "127.0.0.1:%u", w2c_wasi_port(fixture.wasi, LISTENER));
    const char *const addresses[] = {"127.0.0.1", taken};
    static const char *const complaints[] = {"no ADDRESS:PORT", "in use"};
    for (int i = 0; i < 2; i++) {
        const struct w2c_wasi_options options = {.listen = &addresses[i], .listen_count = 1};
        assert_null(w2c_wasi_new(&options, message, sizeof(message)));
        assert_non_null(strstr(message, complaints[i]));
    }
    int file = open("/dev/null", O_RDONLY);
    assert_null(
        w2c_wasi_new(&(struct w2c_wasi_options){.sockets = &file, .socket_count = 1}, message, sizeof(message)));
    assert_non_null(strstr(message, "ocket"));
    close(file);
    assert_int_equal(w2c_wasi_port(fixture.wasi, ROOT), 0);
    assert_int_equal(w2c_wasi_port(fixture.wasi, 99), 0);
    assert_int_equal(w2c_wasi_port(fixture.wasi, CONNECTED), 0);
}

static void test_addresses(void **state) {
    (void)state;
    static const char *const good[] = {"127.0.0.1:80", "0.0.0.0:0", "localhost:65535", "[::]:1", "[::1]:00080"};
    static const char *const bad[] = {"",
                                      ":80",
                                      "80",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "127.0.0.1:x",
                                      "127.1:80",
                                      "::1:80",
                                      "[::1:80",
                                      "[]:80",
                                      "[::1]",
                                      "[localhost]:80",
                                      "name:80",
                                      "1.2.3.4:65536",
                                      "1.2.3.4: 80",
                                      "1.2.3.4:+80",
                                      "1.2.3.4:0x50",
                                      "[::1]]:80",
                                      "[1.2.3.4]:80"};
    struct socket_address address;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(w2c_address_parse(good[i], &address));
    }
    assert_int_equal(w2c_address_port(&address), 80);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(w2c_address_parse(bad[i], &address));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_types_and_rights), TEST(test_accept_and_talk),    TEST(test_nonblocking),
        TEST(test_waiting),          TEST(test_flags_of_receiving), TEST(test_datagrams_are_cut),
        TEST(test_shutdown),         TEST(test_no_signal),          TEST(test_poll),
        TEST(test_refused),          TEST(test_rights_descend),     TEST(test_pointers),
        TEST(test_no_room),          TEST(test_grants_that_fail),   TEST(test_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
