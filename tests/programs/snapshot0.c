/* A program for snapshot 0 of WASI: imports from wasi_unstable, with its numbers and its records.
 *
 * cflags: -nostartfiles
 * run:
 * grant: --dir .
 */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define IMPORT(name) __attribute__((import_module("wasi_unstable"), import_name(#name))) extern u32 name

struct buffer {
    const void *bytes;
    u32 size;
};
IMPORT(fd_write)(u32 fd, const struct buffer *buffers, u32 count, u32 *written);
IMPORT(fd_seek)(u32 fd, u64 offset, u32 whence, u64 *position);
IMPORT(fd_filestat_get)(u32 fd, void *stat);
IMPORT(path_filestat_get)(u32 fd, u32 flags, const char *path, u32 size, void *stat);
IMPORT(path_open)(u32 fd, u32 lookup, const char *path, u32 size, u32 oflags, u64 rights, u64 inheriting, u32 flags,
                  u32 *opened);
IMPORT(poll_oneoff)(const void *subscriptions, void *events, u32 count, u32 *ready);
__attribute__((import_module("wasi_unstable"), import_name("proc_exit"), noreturn)) extern void proc_exit(u32 code);

enum { CUR, END, SET, CREAT = 1, TEN = 10 };
static const u64 RIGHTS = 1 << 1 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 21; /* read, seek, tell, write, filestat */

struct filestat {
    u64 device, inode;
    u8 type;
    u32 links;
    u64 size, atim, mtim, ctim;
};

struct subscription {
    u64 userdata;
    u8 type;
    u64 identifier;
    u32 clock;
    u64 timeout, precision;
    unsigned short flags;
};

static void print(const char *text, u64 number) {
    char line[64];
    char digits[20];
    u32 size = 0;
    u32 count = 0;
    for (; text[size]; size++)
        line[size] = text[size];
    do
        digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count)
        line[size++] = digits[--count];
    line[size++] = '\n';
    const struct buffer buffer = {line, size};
    u32 written;
    if (fd_write(1, &buffer, 1, &written) != 0 || written != size) proc_exit(9);
}

static void seek_everywhere(u32 fd) {
    u64 position = 0;
    print("fd_seek: ", fd_seek(fd, 4, SET, &position));
    print("from the start: ", position);
    fd_seek(fd, 3, CUR, &position);
    print("from there: ", position);
    fd_seek(fd, (u64)-1, END, &position);
    print("from the end: ", position);
    print("from nowhere: ", fd_seek(fd, 0, 3, &position));
}

/* What follows each record shows how long it was. */
static void look_at(u32 fd) {
    struct {
        struct filestat stat;
        u64 behind;
    } of = {{0}, 77};
    _Static_assert(sizeof(struct filestat) == 56, "as snapshot 0 has it");
    print("fd_filestat_get: ", fd_filestat_get(fd, &of.stat));
    print("type ", of.stat.type);
    print("links ", of.stat.links);
    print("size ", of.stat.size);
    print("behind ", of.behind);
    of.stat.size = 0;
    print("path_filestat_get: ", path_filestat_get(3, 0, "file", 4, &of.stat));
    print("size ", of.stat.size);
    print("behind ", of.behind);
}

static void wait(u32 fd) {
    struct subscription subscriptions[2] = {{.userdata = 5, .type = 1}, {.userdata = 6, .identifier = 1ull << 40}};
    struct {
        u64 userdata;
        unsigned short error;
        u8 type;
        u64 bytes, flags;
    } events[2];
    u32 ready = 0;
    _Static_assert(sizeof(struct subscription) == 56, "as snapshot 0 has it");
    *(u32 *)&subscriptions[0].identifier = fd;
    subscriptions[1].clock = 1;
    subscriptions[1].timeout = 3600ull * 1000000000;
    print("poll_oneoff: ", poll_oneoff(subscriptions, events, 2, &ready));
    print("ready ", ready);
    print("which ", events[0].userdata);
    subscriptions[1].timeout = 1000;
    print("poll_oneoff: ", poll_oneoff(subscriptions + 1, events, 1, &ready));
    print("which ", events[0].userdata);
    print("error ", events[0].error);
}

void _start(void) {
    const struct buffer text = {"0123456789", TEN};
    u32 fd = 0;
    u32 written = 0;
    print("path_open: ", path_open(3, 0, "file", 4, CREAT, RIGHTS | 1 << 27, RIGHTS, 0, &fd));
    print("fd_write: ", fd_write(fd, &text, 1, &written));
    seek_everywhere(fd);
    look_at(fd);
    wait(fd);
    proc_exit(0);
}
