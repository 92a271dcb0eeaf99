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
 * A context serves one instance, and one thread at a time.
 *
 * Nothing process-wide is changed: no signal handler, no umask, no current directory, no flag of the
 * standard streams (the guest's FDFLAGS_NONBLOCK on them is imitated). A write to a pipe that nobody
 * reads gives the guest EPIPE and no SIGPIPE to the process. Directories and files that the guest opens are
 * descriptors of the process, closed on exec, as many as `descriptor_limit` allows.
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
    uint32_t descriptor_limit; /* most descriptors that the guest may have open; 0 stands for 1024 */
    bool force_path_walk;      /* resolve paths step by step even where the kernel can do it (for tests) */
};

/* Copies all that it needs from the options. NULL if a directory cannot be opened or memory is short,
 * with a line about it, cut to fit, in `message` (which may be NULL if message_size is 0). */
W2C_RT_DECL struct w2c_wasi *w2c_wasi_new(const struct w2c_wasi_options *options, char *message, size_t message_size);

/* The memory that pointers are offsets into; must outlive the calls. NULL (also before the first call of
 * this): every pointer is refused with EFAULT. */
W2C_RT_DECL void w2c_wasi_set_memory(struct w2c_wasi *wasi, struct w2c_memory *memory);

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
