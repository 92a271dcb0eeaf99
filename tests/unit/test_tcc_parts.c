/* What the engine that compiles in memory is made of: the compiler behind its wall, address space, thunks, the list of
 * code. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tcc/code_list.h"
#include "tcc/compile.h"
#include "tcc/host.h"
#include "tcc/thunk.h"
#include "tcc/zone.h"

enum { ROOM = 1 << 16 };

/* ---- the compiler ---- */

static uint8_t *map_room(void) {
    uint8_t *room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(room != MAP_FAILED);
    return room;
}

/* Rights of the mapping that an address is in, as "r-xp". */
static void read_rights(const void *address, char rights[5]) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    assert_non_null(maps);
    rights[0] = 0;
    while (fgets(line, sizeof line, maps)) {
        unsigned long low, high;
        char found[5];
        if (sscanf(line, "%lx-%lx %4s", &low, &high, found) != 3) continue;
        if ((uintptr_t)address >= low && (uintptr_t)address < high) memcpy(rights, found, sizeof found);
    }
    fclose(maps);
}

static void test_compiles_and_places(void **state) {
    (void)state;
    struct compilation c;
    uint8_t *room = map_room();
    assert_true(compile_open(&c, "int twice(int a) { return a * 2; } int seven = 7;", NULL, 0));
    assert_in_range(c.size, 1, ROOM);
    assert_true(compile_place(&c, room));
    char rights[5];
    read_rights(room, rights);
    assert_string_equal(rights, "rw-p"); /* libtcc asked for execution as well */
    assert_int_equal(mprotect(room, ROOM, PROT_READ | PROT_EXEC), 0);
    int (*twice)(int);
    void *address = compile_symbol(&c, "twice");
    memcpy(&twice, &address, sizeof twice);
    assert_int_equal(twice(21), 42);
    assert_int_equal(*(int *)compile_symbol(&c, "seven"), 7);
    assert_null(compile_symbol(&c, "thrice"));
    compile_close(&c);
    munmap(room, ROOM);
}

static uint64_t host_answer(void) {
    return 42;
}

static void test_calls_the_host(void **state) {
    (void)state;
    const struct host_function answer = {"answer", "", "", (w2c_code)host_answer};
    struct compilation c;
    uint8_t *room = map_room();
    assert_true(compile_open(&c, "int answer(void); int ask(void) { return answer() + 1; }", &answer, 1));
    assert_true(compile_place(&c, room));
    assert_int_equal(mprotect(room, ROOM, PROT_READ | PROT_EXEC), 0);
    int (*ask)(void);
    void *address = compile_symbol(&c, "ask");
    memcpy(&ask, &address, sizeof ask);
    assert_int_equal(ask(), 43);
    compile_close(&c);
    munmap(room, ROOM);
}

/* The message goes to standard error and is not ours to read; that there is one place for it is. */
static void test_refuses_bad_text(void **state) {
    (void)state;
    static const char *const texts[] = {"int f(void) { return }", "int f(void) { return g(); }", "#include <stdio.h>\n",
                                        "#include \"/etc/passwd\"\n"};
    fflush(stderr);
    const int kept = dup(STDERR_FILENO);
    assert_non_null(freopen("/dev/null", "w", stderr));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct compilation c;
        assert_false(compile_open(&c, texts[i], NULL, 0));
        assert_true(c.message[0] != 0);
        compile_close(&c);
    }
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
}

/* Compilations of several threads wait for each other, and each gets its own result. */
static void *compile_number(void *argument) {
    const int number = *(int *)argument;
    for (int i = 0; i < 50; i++) {
        char text[64];
        struct compilation c;
        uint8_t *room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        snprintf(text, sizeof text, "int number = %d;", number * 1000 + i);
        const bool good = compile_open(&c, text, NULL, 0) && compile_place(&c, room) &&
                          *(int *)compile_symbol(&c, "number") == number * 1000 + i;
        compile_close(&c);
        munmap(room, ROOM);
        if (!good) return argument;
    }
    return NULL;
}

static void test_threads(void **state) {
    (void)state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    int numbers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i + 1;
        assert_int_equal(pthread_create(&threads[i], NULL, compile_number, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *bad;
        assert_int_equal(pthread_join(threads[i], &bad), 0);
        assert_null(bad);
    }
}

/* ---- address space ---- */

static void test_zone(void **state) {
    (void)state;
    struct zone zone;
    assert_true(zone_open(&zone));
    uint8_t *a = zone_allocate(&zone, 1), *b = zone_allocate(&zone, 100), *c = zone_allocate(&zone, 16);
    assert_ptr_equal(b, a + 16);
    assert_ptr_equal(c, b + 112);
    for (int i = 0; i < 100; i++)
        assert_int_equal(b[i], 0);
    assert_null(zone_allocate(&zone, (size_t)1 << 40));
    char rights[5];
    uint8_t *code = zone_open_code(&zone, 100);
    assert_non_null(code);
    read_rights(code, rights);
    assert_string_equal(rights, "rw-p");
    memset(code, 0xc3, 100);
    assert_true(zone_seal_code(&zone, code, 100));
    read_rights(code, rights);
    assert_string_equal(rights, "r-xp");
    uint8_t *next = zone_open_code(&zone, 10); /* on the same page, which cannot be executed now */
    assert_ptr_equal(next, code + 112);
    read_rights(code, rights);
    assert_string_equal(rights, "rw-p");
    assert_true(zone_seal_code(&zone, next, 10));
    assert_int_equal((uintptr_t)zone_align_code(&zone) % (uintptr_t)sysconf(_SC_PAGESIZE), 0);
    assert_null(zone_open_code(&zone, (size_t)1 << 40));
    zone_close(&zone);
}

/* A second one finds the addresses taken, and is somewhere else. */
static void test_zone_elsewhere(void **state) {
    (void)state;
    struct zone first, second;
    assert_true(zone_open(&first));
    assert_true(zone_open(&second));
    assert_false(second.is_fixed);
    assert_ptr_not_equal(first.memory, second.memory);
    assert_non_null(zone_allocate(&second, 1000));
    zone_close(&second);
    zone_close(&first);
}

/* ---- thunks ---- */

#if THUNKS_WORK

static uint32_t resolved;

static uint64_t target(uint64_t a, double x, uint64_t b, float y, uint64_t c, uint64_t d, uint64_t e, uint64_t f,
                       uint64_t g, double z) {
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + (uint64_t)(x * 100) + (uint64_t)(y * 1000) +
           (uint64_t)(z * 10000);
}

/* Uses what registers it can. */
static void *resolve(uint32_t func_idx) {
    volatile double sum = func_idx;
    for (int i = 0; i < 100; i++)
        sum = sum * 1.5 + i;
    resolved = func_idx;
    return (void *)(uintptr_t)target;
}

static void test_thunks(void **state) {
    (void)state;
    enum { COUNT = 1000 };
    struct zone zone;
    assert_true(zone_open(&zone));
    assert_true(thunk_open(resolve));
    uint8_t *block = zone_open_code(&zone, thunk_block_bytes(COUNT));
    assert_non_null(block);
    thunk_write(block, COUNT);
    assert_true(zone_seal_code(&zone, block, thunk_block_bytes(COUNT)));
    for (uint32_t i = 0; i < COUNT; i += 333) {
        void *thunk = thunk_at(block, i);
        uint64_t (*function)(uint64_t, double, uint64_t, float, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                             double);
        memcpy(&function, &thunk, sizeof function);
        assert_int_equal(function(1, 1.5, 2, 2.5f, 3, 4, 5, 6, 7, 3.5), 140 + 150 + 2500 + 35000);
        assert_int_equal(resolved, i);
    }
    zone_close(&zone);
}

#endif

/* ---- the list of code ---- */

static void test_code_list(void **state) {
    (void)state;
    struct arena arena = {0};
    struct code_list list;
    uint32_t func_idx = 99;
    code_list_open(&list, &arena, 3);
    assert_false(code_list_find(&list, 100, &func_idx));
    code_list_add(&list, 100, 7);
    code_list_add(&list, 200, 3);
    code_list_add(&list, 300, 5);
    assert_false(code_list_find(&list, 99, &func_idx));
    static const struct {
        uintptr_t address;
        uint32_t func_idx;
    } rows[] = {{100, 7}, {199, 7}, {200, 3}, {299, 3}, {300, 5}, {4000, 5}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(code_list_find(&list, rows[i].address, &func_idx));
        assert_int_equal(func_idx, rows[i].func_idx);
    }
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compiles_and_places),
        cmocka_unit_test(test_calls_the_host),
        cmocka_unit_test(test_refuses_bad_text),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_zone),
        cmocka_unit_test(test_zone_elsewhere),
#if THUNKS_WORK
        cmocka_unit_test(test_thunks),
#endif
        cmocka_unit_test(test_code_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
