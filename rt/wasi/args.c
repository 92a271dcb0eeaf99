/* Arguments and environment. Both are arrays of pointers and the strings they point to, which the guest makes room
 * for after it has asked for the sizes. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "wasi/context.h"

/* Both results are checked before the first is written. */
static u32 args_put_sizes(const struct w2c_memory *memory, const struct wasi_strings *strings,
                          struct guest_pointer count, struct guest_pointer size) {
    u32 error = guest_check(memory, size, sizeof(u32));
    error = error ? error : guest_put_u32(memory, count, strings->count);
    return error ? error : guest_put_u32(memory, size, strings->size);
}

/* Pointers first, for where the rooms overlap it is the strings that come out whole. */
static u32 args_put(const struct w2c_memory *memory, const struct wasi_strings *strings, struct guest_pointer pointers,
                    struct guest_pointer text) {
    u8 *array = w2c_guest_bytes(memory, pointers, (u64)strings->count * sizeof(u32));
    if (!array || !w2c_guest_bytes(memory, text, strings->size)) {
        return WASI_EFAULT;
    }
    u32 at = 0;
    for (u32 i = 0; i < strings->count; i++) {
        record_set_u32(array, (size_t)i * sizeof(u32), text.offset + at);
        at += (u32)strlen(strings->text + at) + 1;
    }
    return w2c_guest_put(memory, text, strings->text, strings->size);
}

W2C_RT u32 w2c_wasi_call_args_sizes_get(void *context, u32 argc, u32 argv_buf_size) {
    const struct w2c_wasi *wasi = context;
    return args_put_sizes(wasi->memory, &wasi->arguments, guest_at(argc), guest_at(argv_buf_size));
}

W2C_RT u32 w2c_wasi_call_args_get(void *context, u32 argv, u32 argv_buf) {
    const struct w2c_wasi *wasi = context;
    return args_put(wasi->memory, &wasi->arguments, guest_at(argv), guest_at(argv_buf));
}

W2C_RT u32 w2c_wasi_call_environ_sizes_get(void *context, u32 environc, u32 environ_buf_size) {
    const struct w2c_wasi *wasi = context;
    return args_put_sizes(wasi->memory, &wasi->environment, guest_at(environc), guest_at(environ_buf_size));
}

W2C_RT u32 w2c_wasi_call_environ_get(void *context, u32 environ_list, u32 environ_buf) {
    const struct w2c_wasi *wasi = context;
    return args_put(wasi->memory, &wasi->environment, guest_at(environ_list), guest_at(environ_buf));
}
