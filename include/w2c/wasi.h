/* WASI preview 1 for programs that embed a module: what the guest is given, and the calls themselves.
 *
 *     struct w2c_wasi_preopen directory = {.host = "data", .guest = "/"};
 *     struct w2c_wasi_options options = {.preopens = &directory, .preopen_count = 1};
 *     char message[256];
 *     struct w2c_wasi *wasi = w2c_wasi_new(&options, message, sizeof(message));
 *     if (!wasi) { fprintf(stderr, "%s\n", message); return 1; }
 *     ... instantiate with the functions below as imports, `wasi` their context ...
 *     w2c_wasi_set_memory(wasi, memory);   (the memory that the module exports as "memory")
 *     ... call the module ...
 *     w2c_wasi_delete(wasi);
 *
 * The guest is not trusted. It has no descriptor, path, argument or variable that the options do not
 * give; no path leads out of a preopened directory; every pointer it passes is checked against its memory.
 * A context serves one instance, and one thread at a time, unless it is shared (w2c_wasi_share).
 *
 * Nothing process-wide is changed: no signal handler, no umask, no current directory, no flag of the
 * standard streams (the guest's FDFLAGS_NONBLOCK on them is imitated). A write to a pipe that nobody
 * reads gives the guest PIPE and no SIGPIPE to the process, one past RLIMIT_FSIZE FBIG and no SIGXFSZ. Directories
 * and files that the guest opens are descriptors of the process, closed on exec, as many as `descriptor_limit` allows.
 */
#ifndef W2C_WASI_H
#define W2C_WASI_H

#include "w2c.h"

/* A host directory that the guest sees under the name `guest`. In a read-only one every call that would
 * change anything in or below it fails with ROFS. */
struct w2c_wasi_preopen {
    const char *host;
    const char *guest;
    bool read_only;
};

/* What the guest writes to a stream goes to a function instead of a descriptor. `bytes` lie in the guest's memory:
 * they are good for the length of the call. Returns how many it took, which the guest is told; 0 stops the
 * guest's write with NOSPC. May end the guest by w2c_exit or w2c_trap; must not call it. */
struct w2c_wasi_output {
    size_t (*write)(void *user, const void *bytes, size_t size);
    void *user;
};

/* The usual function for that: keeps everything. All zero is an empty buffer.
 *
 *     struct w2c_wasi_buffer text = {0};
 *     options.stdout_to = (struct w2c_wasi_output){w2c_wasi_buffer_write, &text};
 *     ...
 *     puts(text.bytes ? text.bytes : "");
 *     free(text.bytes); */
struct w2c_wasi_buffer {
    char *bytes; /* closed by a NUL that does not count; NULL before the first byte. From malloc, for the caller to free
                  */
    size_t size;
    size_t capacity; /* of `bytes` */
    size_t limit;    /* takes no more than this; 0: as much as there is memory */
};
W2C_RT_DECL size_t w2c_wasi_buffer_write(void *buffer, const void *bytes, size_t size);

/* Time as the guest sees it. `id` is 0 for real time (nanoseconds since 1970), 1 for monotonic time, 2 and 3 for
 * the processor time of process and thread.
 *
 * With `pass`, time is made here alone: where the guest would wait for `nanoseconds` (UINT64_MAX: for ever), pass is
 * called instead, and the wait is over. Only a guest that waits for descriptors as well really waits, and pass
 * is called if its time ran out first. Without `pass` waits last as long as they say. Both functions must return: a
 * call that waits for much may hold memory meanwhile, so they cannot end the guest. */
struct w2c_wasi_clock {
    uint64_t (*now)(void *user, uint32_t id);
    void (*pass)(void *user, uint64_t nanoseconds); /* NULL: time passes by itself */
    uint64_t resolution;                            /* in nanoseconds, of all clocks; 0 stands for 1 */
    void *user;
};

/* Where random_get gets its bytes. */
struct w2c_wasi_random {
    void (*fill)(void *user, void *bytes, size_t size);
    void *user;
};

/* All zero is a good start: no arguments, nothing granted, the process's own standard streams. */
struct w2c_wasi_options {
    size_t argument_count;
    const char *const *arguments; /* with argv[0] */
    size_t environment_count;
    const char *const *environment; /* "K=V" */
    size_t preopen_count;
    const struct w2c_wasi_preopen *preopens; /* descriptors 3, 4, ... in this order */
    /* Host descriptors of the guest's 0, 1 and 2, never closed by us. 0 stands for the usual one
     * (0, 1, 2); -1, or a descriptor that is not open, leaves the guest's closed. */
    int stdin_fd;
    int stdout_fd;
    int stderr_fd;
    /* Standard streams in memory: each goes before the descriptor above. To the guest they are as pipes are, always
     * ready. stdin_bytes must outlive the context; a stdin of no bytes is "" with size 0. */
    const void *stdin_bytes;
    size_t stdin_size;
    struct w2c_wasi_output stdout_to;
    struct w2c_wasi_output stderr_to;
    /* Addresses to listen on: "127.0.0.1:8080", "[::1]:8080", "localhost:0" (port 0: any that is free,
     * see w2c_wasi_port). Hosts are numbers or "localhost", which is 127.0.0.1; no name is looked up. Descriptors
     * of the guest behind the preopens, in this order. The guest may accept connections, and use those. */
    size_t listen_count;
    const char *const *listen;
    /* Sockets of the host, listening or connected, as descriptors behind those; never closed by us. A listening one
     * that other processes accept from as well should be non-blocking, so that no race lets the guest wait. */
    size_t socket_count;
    const int *sockets;
    /* Time and random bytes for the guest. NULL: the host's. Copied, but `user` is not. */
    const struct w2c_wasi_clock *clock;
    const struct w2c_wasi_random *random;
    /* The same time and random bytes in every run, unless `clock` or `random` say otherwise. Real time starts at
     * 2000-01-01 00:00:00 UTC, the others at 0; each reading of any clock moves all of them on by a microsecond, and
     * where the guest would sleep they move on by the time it asked for (those of the processor do not), at once.
     * Random bytes are those of xoshiro256** seeded from `seed`: no secrets. What stays the host's:
     * times of files, order of directories, device and inode numbers. */
    bool is_deterministic;
    uint64_t seed;
    uint32_t descriptor_limit; /* most descriptors that the guest may have open; 0 stands for 1024 */
    int trace_fd;              /* host descriptor that a line for each call is written to; 0: none is */
    bool force_path_walk;      /* resolve paths step by step even where the kernel can do it (for tests) */
};

/* Copies all that it needs from the options but for what they say must outlive it. NULL if a directory cannot be
 * opened, an address is wrong or taken, a descriptor in `sockets` is no socket, or memory is short, with a line about
 * it, cut to fit, in `message` (which may be NULL if message_size is 0). */
W2C_RT_DECL struct w2c_wasi *w2c_wasi_new(const struct w2c_wasi_options *options, char *message, size_t message_size);

/* The memory that pointers are offsets into; must outlive the calls. NULL (also before the first call of
 * this): every pointer is refused with EFAULT. */
W2C_RT_DECL void w2c_wasi_set_memory(struct w2c_wasi *wasi, struct w2c_memory *memory);

/* Lets several threads make calls at the same time, as instances do that share a memory. A call that waits (for input,
 * a connection, a time) keeps nobody else waiting. Streams to functions, clocks and random bytes that the options give
 * are still asked by one thread at a time, and must not end the guest. Before the first call; false without memory. */
W2C_RT_DECL bool w2c_wasi_share(struct w2c_wasi *wasi);

/* The port that the guest's descriptor `fd` listens on or is bound to; 0 if it is no socket with a port. For
 * addresses with port 0: descriptors count from 3 + preopen_count. */
W2C_RT_DECL uint16_t w2c_wasi_port(const struct w2c_wasi *wasi, uint32_t fd);

/* Closes everything that the guest left open. NULL is allowed. */
W2C_RT_DECL void w2c_wasi_delete(struct w2c_wasi *wasi);

/* One of the calls, for linking by name. `code` takes the context (`struct w2c_wasi *`, as void *) and
 * then the wasm parameters. */
struct w2c_wasi_function {
    const char *name;
    const char *signature;
    w2c_code code;
};

/* Programs call what they need directly and do not carry the table. */
#if W2C_LINKAGE != 1
/* What serves the import `name` of `module`, which is "wasi_snapshot_preview1" or the older "wasi_unstable"; NULL
 * if there is nothing of that name. The names may contain NUL. */
W2C_RT_DECL const struct w2c_wasi_function *w2c_wasi_find(const char *module, size_t module_bytes, const char *name,
                                                          size_t name_bytes);
#endif

/* uint32_t w2c_wasi_NAME(void *wasi, parameters) of every call; i32 is uint32_t, i64 uint64_t. */
#define WASI_RESULT_ERRNO W2C_RT_DECL uint32_t
#define WASI_RESULT_NORETURN W2C_NORETURN W2C_RT_DECL void
#define WASI_FD(name) , uint32_t name
#define WASI_WORD(name) , uint32_t name
#define WASI_LONG(name) , uint64_t name
#define WASI_PATH(pointer, size) , uint32_t pointer, uint32_t size
#define WASI_FILLS(pointer, size) , uint32_t pointer, uint32_t size
#define WASI_ARRAY(pointer, count, record_size) , uint32_t pointer, uint32_t count
#define WASI_RESULT(pointer, size, form) , uint32_t pointer
#define WASI_POINTER(pointer) , uint32_t pointer
#define WASI_CALL(name, modules, signature, result, parameters)                                                        \
    WASI_RESULT_##result w2c_wasi_##name(void *wasi parameters);
#include "wasi_calls.def"
#undef WASI_RESULT_ERRNO
#undef WASI_RESULT_NORETURN

#endif
