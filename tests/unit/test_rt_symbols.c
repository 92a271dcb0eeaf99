/* From addresses to wasm functions, and what is printed of them. The functions below are named like generated
 * ones; this program's own symbol table is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rt.h"

static volatile int depth;

/* Noinline and with something to do after the call, so that each has a frame. */
#define GUEST W2C_NOINLINE static

GUEST void sample_fn2_inner(void) {
    if (depth == 0) {
        w2c_trap(W2C_TRAP_INTEGER_DIVIDE_BY_ZERO);
    }
    W2C_KEEP_FRAME();
}

GUEST void sample_fn1(void) {
    if (depth-- > 0) {
        sample_fn1();
    } else {
        depth = 0;
        sample_fn2_inner();
    }
    W2C_KEEP_FRAME();
}

GUEST void sample_fn0_start(void *argument) {
    (void)argument;
    sample_fn1();
    W2C_KEEP_FRAME();
}

/* Beyond the module's functions: no guest function. */
GUEST void sample_fn9_host(void *argument) {
    sample_fn0_start(argument);
    W2C_KEEP_FRAME();
}

static const char function_names[] = "_start\0\0in\"\x1b[31m\xc3\xa9\xff\xe2\x80\xaemost\nx\0";
static const struct w2c_names names = {"sample.wasm", "sample_", function_names, 3};

static void finds_functions(void **state) {
    (void)state;
    struct w2c_symbol symbol;
    const char *inside = (const char *)(uintptr_t)sample_fn2_inner + 1;
    assert_false(w2c_symbols_find(inside, &symbol));
    assert_null(w2c_symbols_module());
    assert_true(w2c_symbols_add(&names));
    assert_true(w2c_symbols_add(&names));
    w2c_symbols_remove(&names);
    assert_true(w2c_symbols_find(inside, &symbol));
    assert_int_equal(symbol.index, 2);
    assert_string_equal(symbol.names.module, "sample.wasm");
    assert_string_equal(w2c_symbols_module(), "sample.wasm");
    assert_false(w2c_symbols_find((const void *)(uintptr_t)sample_fn9_host, &symbol));
    assert_false(w2c_symbols_find((const void *)(uintptr_t)finds_functions, &symbol));
    assert_false(w2c_symbols_find(&symbol, &symbol));
    assert_false(w2c_symbols_find(NULL, &symbol));
    w2c_symbols_remove(&names);
    assert_false(w2c_symbols_find(inside, &symbol));
}

/* What w2c_error_print writes for a trap in sample_fn2_inner under `calls` + 1 calls of sample_fn1. */
static char *print_trap(int calls) {
    struct w2c_error error;
    char *text = NULL;
    size_t size = 0;
    depth = calls;
    assert_int_equal(w2c_try(sample_fn9_host, NULL, &error), W2C_TRAP_INTEGER_DIVIDE_BY_ZERO);
    FILE *stream = open_memstream(&text, &size);
    w2c_error_print(&error, stream);
    fclose(stream);
    return text;
}

#define INNER "func 2 \"in\\x22\\x1b[31m\xc3\xa9\\xff\\xe2\\x80\\xaemost\\x0ax\"\n"

static void prints_a_backtrace_of_the_guest(void **state) {
    (void)state;
    w2c_symbols_add(&names);
    char *text = print_trap(0);
    assert_string_equal(text, "sample.wasm: trap: integer divide by zero in " INNER "  #0 " INNER
                              "  #1 func 1\n  #2 func 0 \"_start\"\n");
    free(text);
    w2c_symbols_remove(&names);
}

static void prints_no_more_than_32_lines(void **state) {
    (void)state;
    w2c_symbols_add(&names);
    char *text = print_trap(40);
    assert_non_null(strstr(text, "  #31 func 1\n  ... 11 more\n"));
    free(text);
    text = print_trap(1000);
    assert_non_null(strstr(text, "  #31 func 1\n  ... at least "));
    free(text);
    w2c_symbols_remove(&names);
}

static void prints_without_names(void **state) {
    (void)state;
    char *text = print_trap(0);
    assert_string_equal(text, "w2c: trap: integer divide by zero\n");
    free(text);
}

/* ---- files that lie: copies of this program with its section headers changed, which run all the same ---- */

struct image {
    char *bytes;
    size_t size;
};

static struct image read_self(void) {
    FILE *stream = fopen("/proc/self/exe", "rb");
    assert_non_null(stream);
    struct stat status;
    assert_int_equal(fstat(fileno(stream), &status), 0);
    struct image image = {malloc((size_t)status.st_size), (size_t)status.st_size};
    assert_int_equal(fread(image.bytes, 1, image.size, stream), image.size);
    fclose(stream);
    return image;
}

/* Runs the image with an argument that makes it print a trap; its exit code. */
static int run_image(const struct image *image) {
    char path[] = "/tmp/w2c_test_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, image->bytes, image->size), (ssize_t)image->size);
    assert_int_equal(fchmod(fd, 0700), 0);
    close(fd);
    pid_t child = fork();
    if (child == 0) {
        execl(path, path, "--print", (char *)NULL);
        _exit(96);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    unlink(path);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static uint32_t random_state = 1;

static uint32_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

/* Overwrites some words of the section headers with numbers that are large, small or near the file's end. */
static void spoil(struct image *image) {
    Elf64_Ehdr *header = (Elf64_Ehdr *)image->bytes;
    uint32_t *words = (uint32_t *)(image->bytes + header->e_shoff);
    size_t count = header->e_shnum * sizeof(Elf64_Shdr) / sizeof *words;
    for (int i = 0; i < 12; i++) {
        const uint32_t values[] = {0, 1, 0x7fffffff, 0xffffffff, (uint32_t)image->size, next_random()};
        words[next_random() % count] = values[next_random() % 6];
    }
}

static void wrong_symbol_tables_do_no_harm(void **state) {
    (void)state;
    struct image image = read_self();
    assert_int_equal(run_image(&image), 3);
    Elf64_Ehdr *header = (Elf64_Ehdr *)image.bytes;
    Elf64_Ehdr good = *header;
    const uint64_t offsets[] = {0, image.size, image.size - 1, UINT64_MAX, UINT64_MAX - 63};
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        header->e_shoff = offsets[i];
        assert_int_equal(run_image(&image), 0);
    }
    *header = good;
    header->e_shentsize = 1;
    assert_int_equal(run_image(&image), 0);
    *header = good;
    for (int round = 0; round < 40; round++) {
        spoil(&image);
        int frames = run_image(&image);
        assert_true(frames == 0 || frames == 3);
    }
    free(image.bytes);
}

static void long_names_are_cut(void **state) {
    (void)state;
    char name[1000], text[64];
    memset(name, 'x', sizeof name);
    struct w2c_message message = w2c_message_open(text, sizeof text);
    w2c_message_quote(&message, name, sizeof name);
    assert_int_equal(message.used, sizeof text - 1);
    assert_int_equal(strlen(text), sizeof text - 1);
    char wide[256];
    message = w2c_message_open(wide, sizeof wide);
    w2c_message_quote(&message, name, sizeof name);
    assert_int_equal(strlen(wide), 72 + strlen("\"...\""));
}

/* For run_image: the exit code is the number of guest frames that were named. */
static int print_and_count(void) {
    struct w2c_error error;
    struct w2c_symbol symbol;
    int found = 0;
    w2c_symbols_add(&names);
    w2c_try(sample_fn9_host, NULL, &error);
    for (uint32_t i = 0; i < error.frame_count; i++) {
        found += w2c_symbols_find(error.frames[i], &symbol);
    }
    return found;
}

int main(int argument_count, char **arguments) {
    if (argument_count == 2 && strcmp(arguments[1], "--print") == 0) {
        return print_and_count();
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_functions),
        cmocka_unit_test(prints_a_backtrace_of_the_guest),
        cmocka_unit_test(prints_no_more_than_32_lines),
        cmocka_unit_test(prints_without_names),
        cmocka_unit_test(wrong_symbol_tables_do_no_harm),
        cmocka_unit_test(long_names_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
