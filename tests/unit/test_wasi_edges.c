/* Every parameter of every call, one at a time at each edge of what it may be, the others being right: the error is the
 * one that it must be, and after an error not a byte of memory has changed.
 *
 * Calls, their parameters and the sizes of what these point to come from the table of calls, so a new row is tested
 * without a line here. What cannot be known from the table is said in `paths` and `draw_right`. For each call a
 * descriptor is looked for with which it succeeds when every argument is right; only then is an error due to the one
 * that is wrong. Combinations of wrong arguments are the matter of test_wasi_hostile.c.
 */
#include "wasi_fixture.h"

#include <sys/socket.h>
#include <sys/un.h>

/* ---- the table ---- */

enum kind {
    FD,
    WORD,
    LONG,
    PATH,
    PATH_SIZE,
    FILLS,
    FILLS_SIZE,
    ARRAY,
    ARRAY_COUNT,
    RESULT,
    POINTER,
    FLAGS,
    CHOICE,
    END
};

struct parameter {
    enum kind kind;
    const char *name;
    u32 size; /* of what a pointer points to; 0: unknown */
};

enum { MOST = 10, UNKNOWN = 0 };

/* Arguments by name, in order, as a row's parameters say. */
#define WASI_FD(name) u64 name;
#define WASI_WORD(name) u64 name;
#define WASI_LONG(name) u64 name;
#define WASI_PATH(pointer, size) u64 pointer, size;
#define WASI_FILLS(pointer, size) u64 pointer, size;
#define WASI_ARRAY(pointer, count, record_size) u64 pointer, count;
#define WASI_RESULT(pointer, size, form) u64 pointer;
#define WASI_POINTER(pointer) u64 pointer;
#define WASI_CALL(name, modules, signature, result, parameters)                                                        \
    struct arguments_of_##name {                                                                                       \
        parameters u64 end;                                                                                            \
    };
#include "w2c/wasi_calls.def"

#define MAKE_ERRNO(call) return call
#define MAKE_NORETURN(call) call
#define WASI_FD(name) , (u32)in.name
#define WASI_WORD(name) , (u32)in.name
#define WASI_LONG(name) , in.name
#define WASI_PATH(pointer, size) , (u32)in.pointer, (u32)in.size
#define WASI_FILLS(pointer, size) , (u32)in.pointer, (u32)in.size
#define WASI_ARRAY(pointer, count, record_size) , (u32)in.pointer, (u32)in.count
#define WASI_RESULT(pointer, size, form) , (u32)in.pointer
#define WASI_POINTER(pointer) , (u32)in.pointer
#define WASI_CALL(name, modules, signature, result, parameters)                                                        \
    static u32 make_##name(void *wasi, const u64 *values) {                                                            \
        struct arguments_of_##name in;                                                                                 \
        memcpy(&in, values, sizeof(in));                                                                               \
        MAKE_##result(w2c_wasi_##name(wasi parameters));                                                               \
    }
#include "w2c/wasi_calls.def"

struct call {
    const char *name;
    u32 (*make)(void *wasi, const u64 *values);
    struct parameter parameters[MOST + 1];
};

#define WASI_FD(name) {FD, #name, 0},
#define WASI_WORD(name) {WORD, #name, 0},
#define WASI_LONG(name) {LONG, #name, 0},
#define WASI_PATH(pointer, size) {PATH, #pointer, UNKNOWN}, {PATH_SIZE, #size, 0},
#define WASI_FILLS(pointer, size) {FILLS, #pointer, UNKNOWN}, {FILLS_SIZE, #size, 1},
#define WASI_ARRAY(pointer, count, record_size) {ARRAY, #pointer, record_size}, {ARRAY_COUNT, #count, record_size},
#define WASI_RESULT(pointer, size, form) {RESULT, #pointer, size},
#define WASI_POINTER(pointer) {POINTER, #pointer, UNKNOWN},
#define WASI_SUBSCRIPTIONS(pointer, size) {POINTER, #pointer, size},
#define WASI_FLAGS(name, set) {FLAGS, #name, 0},
#define WASI_CHOICE(name, set) {CHOICE, #name, 0},
#define WASI_CALL(name, modules, signature, result, parameters) {#name, make_##name, {parameters{END, NULL, 0}}},
static const struct call calls[] = {
#include "w2c/wasi_calls.def"
};
enum { CALLS = sizeof(calls) / sizeof(calls[0]) };

/* ---- the scene, made anew for each call ---- */

enum { LISTENER = 5, CONNECTION = 6, FILE_A = 7, DIRECTORY = 8, BUFFER = 60001, FILLED_BYTES = 100 };

static struct fixture fixture;
static int listener = -1;
static int client = -1;
static int connection[2] = {-1, -1};
static u8 snapshot[MEMORY_BYTES];
static u64 attempts;

static void put_back(const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", fixture.inside, name);
    unlink(path);
    rmdir(path);
    if (text && strcmp(text, "link") == 0) {
        assert_int_equal(symlink("a", path), 0);
    } else if (text && strcmp(text, "directory") == 0) {
        assert_int_equal(mkdir(path, 0777), 0);
    } else if (text) {
        write_file(fixture.inside, name, text);
    }
}

static void make_sockets(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", fixture.scratch);
    unlink(address.sun_path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 4), 0);
    client = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, connection), 0);
    assert_int_equal(write(connection[1], "hello world", 11), 11);
}

static void drop_sockets(void) {
    close(listener);
    close(client);
    close(connection[0]);
    close(connection[1]);
}

static void prepare(void) {
    static const char *const words[] = {"x"};
    if (fixture.wasi) {
        w2c_wasi_delete(fixture.wasi);
        drop_sockets();
    }
    put_back("a", "some text");
    put_back("new", NULL);
    put_back("link", "link");
    put_back("empty", "directory");
    make_sockets();
    const int sockets[] = {listener, connection[0]};
    fixture_open(&fixture, (struct w2c_wasi_options){.argument_count = 1,
                                                     .arguments = words,
                                                     .environment_count = 1,
                                                     .environment = words,
                                                     .stdin_fd = -1,
                                                     .stdout_fd = -1,
                                                     .stderr_fd = -1,
                                                     .socket_count = 2,
                                                     .sockets = sockets});
    reset(&fixture);
    assert_int_equal(open_or_fail(&fixture, "a", 0, WASI_RIGHTS_FILE), FILE_A);
    assert_int_equal(open_or_fail(&fixture, "empty", WASI_OFLAG_DIRECTORY, WASI_RIGHTS_DIRECTORY), DIRECTORY);
}

/* ---- right arguments ---- */

/* Names that a call can do its work on; others take "a" and, if there are two, make "new". */
static const char *path_of(const char *call, const char *parameter) {
    static const char *const others[][2] = {
        {"path_create_directory", "new"}, {"path_remove_directory", "empty"}, {"path_readlink", "link"}};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strcmp(call, others[i][0]) == 0) {
            return others[i][1];
        }
    }
    return strcmp(parameter, "new_path") == 0 ? "new" : "a";
}

static u64 slot(size_t index) {
    return 1024 * (index + 1) + 1; /* nothing aligned */
}

static u64 right_number(const struct parameter *parameter) {
    bool is_one = parameter->kind == LONG || strcmp(parameter->name, "nsubscriptions") == 0 ||
                  strcmp(parameter->name, "how") == 0;
    return is_one && strcmp(parameter->name, "cookie") != 0;
}

/* Fills memory and `values`. */
static void draw_right(const struct call *call, u32 fd, u64 values[MOST + 1]) {
    const u32 vector[2] = {BUFFER, 4};
    memset(fixture.memory.base, 0, MEMORY_BYTES);
    for (size_t i = 0; call->parameters[i].kind != END; i++) {
        const struct parameter *parameter = &call->parameters[i];
        switch (parameter->kind) {
        case FD: values[i] = fd; break;
        case PATH:
            values[i] = slot(i);
            values[i + 1] = strlen(path_of(call->name, parameter->name));
            memcpy(fixture.memory.base + slot(i), path_of(call->name, parameter->name), values[i + 1]);
            break;
        case ARRAY: memcpy(fixture.memory.base + slot(i), vector, sizeof(vector)); /* fall through */
        case FILLS:
        case RESULT:
        case POINTER: values[i] = slot(i); break;
        case FILLS_SIZE: values[i] = FILLED_BYTES; break;
        case ARRAY_COUNT: values[i] = 1; break;
        case PATH_SIZE: break;
        default: values[i] = right_number(parameter); break;
        }
    }
}

/* Calls, and compares memory if that fails. */
static u32 attempt(const struct call *call, const u64 values[MOST + 1]) {
    attempts++;
    memcpy(snapshot, fixture.memory.base, MEMORY_BYTES);
    u32 error = call->make(fixture.wasi, values);
    assert_true(canaries_are_whole(&fixture));
    if (error != WASI_ESUCCESS) {
        assert_memory_equal(snapshot, fixture.memory.base, MEMORY_BYTES);
    }
    return error;
}

static bool find_descriptor(const struct call *call, u32 *fd) {
    static const u32 fds[] = {ROOT, FILE_A, CONNECTION, LISTENER};
    u64 values[MOST + 1] = {0};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        prepare();
        draw_right(call, fds[i], values);
        if (attempt(call, values) == WASI_ESUCCESS) {
            *fd = fds[i];
            return true;
        }
    }
    return false;
}

/* ---- wrong ones ---- */

/* One argument replaced; `error` is what must come, or with `is_other` what must not. */
static void try_value(const struct call *call, u32 fd, size_t index, u64 value, u32 error, bool is_other) {
    u64 values[MOST + 1] = {0};
    prepare();
    draw_right(call, fd, values);
    values[index] = value;
    u32 result = attempt(call, values);
    if ((result == error) == is_other) {
        print_error("%s, %s = %llu: error %u\n", call->name, call->parameters[index].name, (unsigned long long)value,
                    (unsigned)result);
        fail();
    }
}

/* The bytes that a pointer needs at least and at most, with the right arguments. */
static void needed(const struct call *call, size_t index, u64 *least, u64 *most) {
    const struct parameter *parameter = &call->parameters[index];
    *least = *most = parameter->size;
    if (parameter->kind == PATH) {
        *least = *most = strlen(path_of(call->name, parameter->name));
    } else if (parameter->kind == FILLS) {
        *least = *most = FILLED_BYTES;
    } else if (parameter->size == UNKNOWN) {
        *least = 2;
        *most = 64;
    }
}

static void try_pointer(const struct call *call, u32 fd, size_t index) {
    u64 least;
    u64 most;
    needed(call, index, &least, &most);
    const u64 end = MEMORY_BYTES;
    const u64 inside[] = {0, 1, 2, 3, 7, end - most, end - most - 1};
    const u64 outside[] = {end - least + 1,     end - 1,    end,        end + 1,
                           end + 65536,         0x7fffffff, 0x80000000, 0xffffffff,
                           0x100000000 - least, 0xfffffffe};
    for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
        try_value(call, fd, index, inside[i], WASI_EFAULT, true);
    }
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        if (outside[i] + least > end) {
            try_value(call, fd, index, outside[i], WASI_EFAULT, false);
        }
    }
}

/* The pointer is the argument before. */
static void try_size(const struct call *call, u32 fd, size_t index) {
    u32 unit = call->parameters[index].size ? call->parameters[index].size : 1;
    u64 room = (MEMORY_BYTES - slot(index - 1)) / unit;
    const u64 sizes[] = {room + 1,   0x10000000, 0x20000000, 0x20000001, 0x40000000,
                         0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x100000000 - slot(index - 1)};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        try_value(call, fd, index, sizes[i], WASI_EFAULT, false);
    }
    try_value(call, fd, index, 0, WASI_EFAULT, true);
    try_value(call, fd, index, room, WASI_EFAULT, true);
}

static void try_numbers(const struct call *call, u32 fd, size_t index, u32 error) {
    static const u32 closed[] = {0, 1, 9, 31, 1023, 1024, 0x7fffffff, 0x80000000, 0xffffffff};
    static const u32 unknown[] = {0x100, 0x7fff0000, 0x80000000, 0xffffff00, 0xffffffff};
    const u32 *numbers = error == WASI_EBADF ? closed : unknown;
    size_t count = error == WASI_EBADF ? sizeof(closed) / 4 : sizeof(unknown) / 4;
    for (size_t i = 0; i < count; i++) {
        try_value(call, fd, index, numbers[i], error, false);
    }
}

static void try_parameter(const struct call *call, u32 fd, size_t index) {
    static const u64 longs[] = {0, 1, INT64_MAX, (u64)INT64_MAX + 1, UINT64_MAX - 1, UINT64_MAX, 0x100000000};
    switch (call->parameters[index].kind) {
    case FD: try_numbers(call, fd, index, WASI_EBADF); break;
    case FLAGS:
    case CHOICE: try_numbers(call, fd, index, WASI_EINVAL); break;
    case PATH:
    case FILLS:
    case ARRAY:
    case RESULT:
    case POINTER: try_pointer(call, fd, index); break;
    case PATH_SIZE:
    case FILLS_SIZE:
    case ARRAY_COUNT: try_size(call, fd, index); break;
    case LONG:
        for (size_t i = 0; i < sizeof(longs) / sizeof(longs[0]); i++) {
            try_value(call, fd, index, longs[i], WASI_EFAULT, true);
        }
        break;
    default: break;
    }
}

/* ---- tests ---- */

static int setup(void **state) {
    (void)state;
    fixture_make(&fixture, (struct w2c_wasi_options){0});
    w2c_wasi_delete(fixture.wasi);
    fixture.wasi = NULL;
    return 0;
}

static int teardown(void **state) {
    (void)state;
    drop_sockets();
    fixture_drop(&fixture);
    return 0;
}

static void each_call(void (*test)(const struct call *call, u32 fd)) {
    attempts = 0;
    for (size_t i = 0; i < CALLS; i++) {
        u32 fd = 0;
        if (strcmp(calls[i].name, "proc_exit") == 0) {
            continue; /* ends the guest whatever its argument is */
        }
        if (!find_descriptor(&calls[i], &fd)) {
            print_error("%s does not succeed with right arguments\n", calls[i].name);
            fail();
        }
        test(&calls[i], fd);
    }
    print_message("%llu calls of %d functions\n", (unsigned long long)attempts, (int)CALLS - 1);
}

static void try_each_parameter(const struct call *call, u32 fd) {
    for (size_t i = 0; call->parameters[i].kind != END; i++) {
        try_parameter(call, fd, i);
    }
}

static void test_each_parameter(void **state) {
    (void)state;
    each_call(try_each_parameter);
}

static bool is_output(const struct parameter *parameter) {
    return parameter->kind == RESULT || parameter->kind == FILLS ||
           (parameter->kind == POINTER && parameter->size == UNKNOWN);
}

static bool is_pointer(const struct parameter *parameter) {
    return is_output(parameter) || parameter->kind == PATH || parameter->kind == ARRAY || parameter->kind == POINTER;
}

/* Results over inputs, over each other, and over the buffers that vectors name: the call succeeds as before, for all
 * input is taken before the first result is written. */
static void try_overlaps(const struct call *call, u32 fd) {
    static const int shifts[] = {-3, -1, 0, 1, 4};
    for (size_t i = 0; call->parameters[i].kind != END; i++) {
        for (size_t j = 0; is_output(&call->parameters[i]) && call->parameters[j].kind != END; j++) {
            u64 other = call->parameters[j].kind == ARRAY_COUNT ? (u64)BUFFER : slot(j);
            bool is_place = is_pointer(&call->parameters[j]) || call->parameters[j].kind == ARRAY_COUNT;
            for (size_t k = 0; is_place && j != i && k < sizeof(shifts) / sizeof(shifts[0]); k++) {
                try_value(call, fd, i, other + (u64)shifts[k], WASI_ESUCCESS, false);
            }
        }
    }
}

static void test_overlaps(void **state) {
    (void)state;
    each_call(try_overlaps);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {TEST(test_each_parameter), TEST(test_overlaps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
