/* What the tests of WASI share: a context with a hand-made linear memory, and a scratch directory.
 *
 *     SCRATCH/inside/     granted as "/" (descriptor 3), and read-only as "/ro" (descriptor 4)
 *     SCRATCH/outside/    never granted; has the file `secret`
 *
 * Linear memory is MEMORY_BYTES between two zones of canaries. `put` places texts and records in it, from the
 * beginning on; `reset` starts over. Calls are made as generated code makes them.
 */
#ifndef TESTS_WASI_FIXTURE_H
#define TESTS_WASI_FIXTURE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rt/wasi/wasi_abi.h"
#include "w2c/types.h"
#include "w2c/wasi.h"

enum { MEMORY_BYTES = 2 * 65536, CANARY_BYTES = 4096, CANARY = 0xa5, ROOT = 3, ROOT_READ_ONLY = 4 };

struct fixture {
    struct w2c_wasi *wasi;
    struct w2c_memory memory;
    u8 *block;
    u32 used;
    char scratch[64];
    char inside[80];
    char outside[80];
};

/* How to make the context; what is zero is as for w2c_wasi_new. */
static inline void fixture_open(struct fixture *fixture, struct w2c_wasi_options options) {
    const struct w2c_wasi_preopen preopens[] = {{fixture->inside, "/", false}, {fixture->inside, "/ro", true}};
    options.preopens = preopens;
    options.preopen_count = 2;
    char message[256];
    fixture->wasi = w2c_wasi_new(&options, message, sizeof(message));
    assert_non_null(fixture->wasi);
    w2c_wasi_set_memory(fixture->wasi, &fixture->memory);
}

static inline void write_file(const char *directory, const char *name, const char *text) {
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (int)strlen(text));
    close(file);
}

static inline void fixture_make(struct fixture *fixture, struct w2c_wasi_options options) {
    memset(fixture, 0, sizeof(*fixture));
    strcpy(fixture->scratch, "/tmp/w2c-test-wasi-XXXXXX");
    assert_non_null(mkdtemp(fixture->scratch));
    snprintf(fixture->inside, sizeof(fixture->inside), "%s/inside", fixture->scratch);
    snprintf(fixture->outside, sizeof(fixture->outside), "%s/outside", fixture->scratch);
    assert_int_equal(mkdir(fixture->inside, 0777), 0);
    assert_int_equal(mkdir(fixture->outside, 0777), 0);
    write_file(fixture->outside, "secret", "the secret");
    fixture->block = malloc(MEMORY_BYTES + 2 * CANARY_BYTES);
    memset(fixture->block, CANARY, MEMORY_BYTES + 2 * CANARY_BYTES);
    fixture->memory = (struct w2c_memory){
        .base = fixture->block + CANARY_BYTES, .size_bytes = MEMORY_BYTES, .max_pages = 2, .page_bytes = 65536};
    memset(fixture->memory.base, 0, MEMORY_BYTES);
    fixture_open(fixture, options);
}

static inline bool canaries_are_whole(const struct fixture *fixture) {
    u8 expected[CANARY_BYTES];
    memset(expected, CANARY, sizeof(expected));
    return memcmp(fixture->block, expected, CANARY_BYTES) == 0 &&
           memcmp(fixture->block + CANARY_BYTES + MEMORY_BYTES, expected, CANARY_BYTES) == 0;
}

static inline void fixture_drop(struct fixture *fixture) {
    w2c_wasi_delete(fixture->wasi);
    assert_true(canaries_are_whole(fixture));
    free(fixture->block);
    char command[256];
    snprintf(command, sizeof(command), "chmod -R u+rwx %s && rm -rf %s", fixture->scratch, fixture->scratch);
    assert_int_equal(system(command), 0);
}

/* ---- guest memory ---- */

static inline void reset(struct fixture *fixture) {
    fixture->used = 0;
}

/* Copies bytes to the next free place, its address. */
static inline u32 put(struct fixture *fixture, const void *bytes, size_t size) {
    u32 at = fixture->used;
    assert_true(at + size <= MEMORY_BYTES);
    memcpy(fixture->memory.base + at, bytes, size);
    fixture->used = (u32)(at + size + 1); /* odd on purpose: nothing may rely on alignment */
    return at;
}

static inline u32 room(struct fixture *fixture, u32 size) {
    u32 at = fixture->used;
    assert_true(at + size <= MEMORY_BYTES);
    memset(fixture->memory.base + at, 0xee, size);
    fixture->used = at + size + 1;
    return at;
}

static inline u32 get_u32(const struct fixture *fixture, u32 at) {
    u32 value;
    memcpy(&value, fixture->memory.base + at, sizeof(value));
    return value;
}

static inline u64 get_u64(const struct fixture *fixture, u32 at) {
    u64 value;
    memcpy(&value, fixture->memory.base + at, sizeof(value));
    return value;
}

static inline u16 get_u16(const struct fixture *fixture, u32 at) {
    u16 value;
    memcpy(&value, fixture->memory.base + at, sizeof(value));
    return value;
}

/* A vector of one buffer. */
static inline u32 put_vector(struct fixture *fixture, u32 buffer, u32 size) {
    const u32 vector[2] = {buffer, size};
    return put(fixture, vector, sizeof(vector));
}

/* ---- calls ---- */

static const u64 READING = WASI_RIGHT_FD_READ | WASI_RIGHT_FD_SEEK | WASI_RIGHT_FD_TELL | WASI_RIGHT_FD_FILESTAT_GET |
                           WASI_RIGHT_FD_READDIR | WASI_RIGHT_POLL_FD_READWRITE | WASI_RIGHT_FD_FDSTAT_SET_FLAGS;
static const u64 WRITING = WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_SEEK | WASI_RIGHT_FD_TELL | WASI_RIGHT_FD_FILESTAT_GET |
                           WASI_RIGHT_FD_FILESTAT_SET_SIZE | WASI_RIGHT_FD_ALLOCATE | WASI_RIGHT_FD_FILESTAT_SET_TIMES |
                           WASI_RIGHT_FD_FDSTAT_SET_FLAGS | WASI_RIGHT_FD_SYNC | WASI_RIGHT_FD_DATASYNC |
                           WASI_RIGHT_POLL_FD_READWRITE;

struct opening {
    u32 lookup;
    u32 oflags;
    u64 rights;
    u32 fdflags;
};

/* path_open below `directory`; the descriptor in *fd. */
static inline u32 open_path(struct fixture *fixture, u32 directory, const char *path, struct opening how, u32 *fd) {
    u32 start = fixture->used;
    u32 text = put(fixture, path, strlen(path));
    u32 result = room(fixture, 4);
    u32 error = w2c_wasi_path_open(fixture->wasi, directory, how.lookup, text, (u32)strlen(path), how.oflags,
                                   how.rights, WASI_RIGHTS_ALL, how.fdflags, result);
    *fd = get_u32(fixture, result);
    fixture->used = start;
    return error;
}

/* Opens for reading, a last link being followed, and closes again: the error alone. */
static inline u32 try_open(struct fixture *fixture, const char *path) {
    u32 fd;
    u32 error = open_path(fixture, ROOT, path, (struct opening){WASI_LOOKUP_SYMLINK_FOLLOW, 0, READING, 0}, &fd);
    return error ? error : w2c_wasi_fd_close(fixture->wasi, fd);
}

static inline u32 open_or_fail(struct fixture *fixture, const char *path, u32 oflags, u64 rights) {
    u32 fd;
    assert_int_equal(open_path(fixture, ROOT, path, (struct opening){0, oflags, rights, 0}, &fd), WASI_ESUCCESS);
    return fd;
}

static inline u32 write_text(struct fixture *fixture, u32 fd, const char *text) {
    u32 start = fixture->used;
    u32 buffer = put(fixture, text, strlen(text));
    u32 vector = put_vector(fixture, buffer, (u32)strlen(text));
    u32 error = w2c_wasi_fd_write(fixture->wasi, fd, vector, 1, room(fixture, 4));
    fixture->used = start;
    return error;
}

/* Reads up to `size` bytes into `text` (size + 1 bytes), closed by NUL. */
static inline u32 read_text(struct fixture *fixture, u32 fd, char *text, u32 size) {
    u32 start = fixture->used;
    u32 buffer = room(fixture, size);
    u32 vector = put_vector(fixture, buffer, size);
    u32 count = room(fixture, 4);
    u32 error = w2c_wasi_fd_read(fixture->wasi, fd, vector, 1, count);
    u32 got = error ? 0 : get_u32(fixture, count);
    assert_true(got <= size);
    memcpy(text, fixture->memory.base + buffer, got);
    text[got] = 0;
    fixture->used = start;
    return error;
}

#endif
