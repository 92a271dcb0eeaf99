/* What programs with a 64-bit memory need of an environment: there is no C library for them. The same functions over
 * stdio where they are compiled for this machine.
 *
 * WASI preview 1 has pointers of 32 bits, and reaches the first 4 GiB of such a memory; data and stack of a small
 * program are there. */
#ifndef FREESTANDING_H
#define FREESTANDING_H

#include <stddef.h>
#include <stdint.h>

#ifdef __wasm__

struct write_vector {
    uint32_t bytes;
    uint32_t size;
};
__attribute__((import_module("wasi_snapshot_preview1"), import_name("fd_write"))) uint32_t
wasi_fd_write(uint32_t fd, uint32_t vectors, uint32_t count, uint32_t written);

static inline uint32_t wasi_pointer(const volatile void *pointer) {
    return (uint32_t)(uintptr_t)pointer;
}

static inline void put_bytes(const char *bytes, size_t size) {
    uint32_t written;
    const struct write_vector vector = {wasi_pointer(bytes), (uint32_t)size};
    wasi_fd_write(1, wasi_pointer(&vector), 1, wasi_pointer(&written));
}

int main(void);
__attribute__((export_name("_start"))) void _start(void);
void _start(void) {
    main();
}

#else

#include <stdio.h>

static inline void put_bytes(const char *bytes, size_t size) {
    fwrite(bytes, 1, size, stdout);
}

#endif

/* "NAME 123\n" */
static inline void put_number(const char *name, uint64_t value) {
    char text[64];
    size_t end = sizeof text, start = end;
    text[--start] = '\n';
    do {
        text[--start] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    size_t length = 0;
    while (name[length])
        length++;
    put_bytes(name, length);
    put_bytes(" ", 1);
    put_bytes(text + start, end - start);
}

#endif
