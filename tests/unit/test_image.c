/* Images for programs that run: which modules can have one, and files that are none. A file that is refused must have
 * changed nothing, so each test maps a page of its own where images go, and looks at it afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "module_bytes.h"
#include "tier/host_symbols.h"
#include "tier/image.h"

enum { PAGE = 4096, MEMORY_BASE = 0x10000000, FUNCTIONS = 3 };

/* A small image: one segment to read and write, with the head and its tables, and one of code. */
struct fake {
    Elf64_Ehdr elf;
    Elf64_Phdr segments[2];
    uint8_t gap[PAGE - sizeof(Elf64_Ehdr) - 2 * sizeof(Elf64_Phdr)];
    struct image_head head;
    uint64_t functions[FUNCTIONS];
    uint64_t hosts[256];
    uint64_t wasi;
    uint8_t more[PAGE];
};

static struct fake fake;
static char path[] = "/tmp/w2c-test-image-XXXXXX";
static uint8_t *page; /* what is there before */

static void *data_address(const void *member) {
    return (void *)(IMAGE_START + PAGE + (uintptr_t)((const uint8_t *)member - (const uint8_t *)&fake.head));
}

static void make_fake(void) {
    memset(&fake, 0, sizeof fake);
    memcpy(fake.elf.e_ident, ELFMAG, SELFMAG);
    fake.elf.e_ident[EI_CLASS] = ELFCLASS64;
    fake.elf.e_machine = EM_X86_64;
    fake.elf.e_type = ET_EXEC;
    fake.elf.e_phentsize = sizeof(Elf64_Phdr);
    fake.elf.e_phoff = offsetof(struct fake, segments);
    fake.elf.e_phnum = 2;
    fake.elf.e_entry = IMAGE_START + PAGE;
    fake.segments[0] = (Elf64_Phdr){.p_type = PT_LOAD,
                                    .p_flags = PF_R | PF_X,
                                    .p_offset = 0,
                                    .p_vaddr = IMAGE_START,
                                    .p_filesz = PAGE,
                                    .p_memsz = PAGE};
    fake.segments[1] = (Elf64_Phdr){.p_type = PT_LOAD,
                                    .p_flags = PF_R | PF_W,
                                    .p_offset = PAGE,
                                    .p_vaddr = IMAGE_START + PAGE,
                                    .p_filesz = sizeof fake - PAGE,
                                    .p_memsz = sizeof fake - PAGE + 2 * PAGE};
    fake.head = (struct image_head){.magic = IMAGE_MAGIC,
                                    .memory_base = MEMORY_BASE,
                                    .func_count = FUNCTIONS,
                                    .functions = data_address(fake.functions),
                                    .host_count = host_symbol_count,
                                    .hosts = data_address(fake.hosts),
                                    .wasi = data_address(&fake.wasi)};
}

static bool map_bytes(const void *bytes, size_t size) {
    struct mapped_image image;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return image_map(&image, path, MEMORY_BASE, &fake);
}

static void assert_refused_as(const char *what) {
    const bool is_mapped = map_bytes(&fake, sizeof fake);
    if (is_mapped) fail_msg("mapped: %s", what);
    assert_int_equal(page[0], 42);
    make_fake();
}

static int set_up(void **state) {
    (void)state;
    page = mmap((void *)IMAGE_START, 16 * PAGE, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (page != (uint8_t *)IMAGE_START) return -1;
    memset(page, 42, 16 * PAGE);
    make_fake();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    return munmap(page, 16 * PAGE);
}

static void an_image_is_mapped_and_filled_in(void **state) {
    (void)state;
    assert_true(map_bytes(&fake, sizeof fake));
    const struct fake *there = (const struct fake *)IMAGE_START;
    for (size_t i = 0; i < host_symbol_count; i++)
        assert_true(there->hosts[i] == (uint64_t)(uintptr_t)host_symbols[i].code);
    assert_true(there->wasi == (uint64_t)(uintptr_t)&fake);
    const uint8_t *end = (const uint8_t *)IMAGE_START + sizeof fake;
    for (int i = 0; i < 2 * PAGE; i++)
        assert_int_equal(end[i], 0); /* behind the file's bytes, on their page and the next ones */
}

static void files_that_are_no_images_are_refused(void **state) {
    (void)state;
    for (size_t size = 0; size < sizeof fake; size += size < 200 ? 1 : 997)
        assert_false(map_bytes(&fake, size));
    assert_int_equal(page[0], 42);
    assert_false(map_bytes("#!/bin/sh\n", 10));
    fake.elf.e_ident[EI_CLASS] = ELFCLASS32;
    assert_refused_as("32 bits");
    fake.elf.e_machine = EM_AARCH64;
    assert_refused_as("another machine");
    fake.elf.e_type = ET_DYN;
    assert_refused_as("a shared object");
    fake.elf.e_phnum = 0xffff;
    assert_refused_as("more segments than bytes");
    fake.elf.e_phoff = UINT64_MAX - 8;
    assert_refused_as("segments outside of the file");
    fake.elf.e_phentsize = 1;
    assert_refused_as("segments of another size");
}

static void segments_stay_in_their_room(void **state) {
    (void)state;
    fake.segments[0].p_vaddr = IMAGE_START - PAGE;
    assert_refused_as("below");
    fake.segments[0].p_vaddr = IMAGE_END;
    assert_refused_as("above");
    fake.segments[0].p_memsz = IMAGE_END - IMAGE_START + 1;
    assert_refused_as("too long");
    fake.segments[0].p_memsz = UINT64_MAX;
    assert_refused_as("wraps around");
    fake.segments[0].p_filesz = PAGE + 1;
    assert_refused_as("more in the file than in memory");
    fake.segments[1].p_offset = UINT64_MAX - PAGE + 1;
    assert_refused_as("outside of the file");
    fake.segments[1].p_offset = PAGE + 8;
    assert_refused_as("not at its place in a page");
    fake.segments[1].p_flags |= PF_X;
    assert_refused_as("writable and executable");
}

static void the_head_is_in_a_segment(void **state) {
    (void)state;
    fake.elf.e_entry = 0;
    assert_refused_as("nowhere");
    fake.elf.e_entry = IMAGE_START;
    assert_refused_as("in the code");
    fake.elf.e_entry = IMAGE_START + sizeof fake - 8;
    assert_refused_as("partly outside");
}

/* These are seen only when it is mapped: it is not used, but what was there before is gone. */
static void an_image_for_something_else_is_refused(void **state) {
    (void)state;
    fake.head.magic++;
    assert_false(map_bytes(&fake, sizeof fake));
    make_fake();
    fake.head.memory_base += PAGE;
    assert_false(map_bytes(&fake, sizeof fake));
    make_fake();
    fake.head.host_count--;
    assert_false(map_bytes(&fake, sizeof fake));
}

/* ---- modules ---- */

/* With one function of this type, and these sections behind the code. */
static bool type_is_possible(const uint8_t *type, size_t size) {
    static struct image module;
    static struct loaded loaded;
    image_begin(&module);
    image_section(&module, 1, type, size);
    assert_true(load(&loaded, &module));
    const bool is_possible = image_is_possible(&loaded.module);
    unload(&loaded);
    return is_possible;
}

static void both_compilers_must_call_alike(void **state) {
    (void)state;
    assert_true(type_is_possible(BYTES(1, 0x60, 2, 0x7f, 0x7c, 1, 0x7e)));
    assert_false(type_is_possible(BYTES(1, 0x60, 0, 2, 0x7f, 0x7f)));
    uint8_t many[256] = {1, 0x60, 201 | 0x80, 1};
    memset(many + 4, 0x7f, 201);
    assert_false(type_is_possible(many, 4 + 201 + 1));
}

static bool segments_are_possible(uint8_t id, const uint8_t *section, size_t size) {
    static struct image module;
    static struct loaded loaded;
    image_begin(&module);
    SECTION(&module, 1, 1, 0x60, 0, 0);
    SECTION(&module, 3, 1, 0);
    SECTION(&module, 4, 1, 0x70, 0, 1);
    SECTION(&module, 5, 1, 0, 1);
    if (id == 9) image_section(&module, 9, section, size);
    image_code(&module, BYTES(0, 0x0b));
    if (id == 11) image_section(&module, 11, section, size);
    assert_true(load(&loaded, &module));
    const bool is_possible = image_is_possible(&loaded.module);
    unload(&loaded);
    return is_possible;
}

static void passive_segments_have_state_of_their_own(void **state) {
    (void)state;
    assert_true(segments_are_possible(11, BYTES(1, 0, 0x41, 0, 0x0b, 1, 'x')));
    assert_false(segments_are_possible(11, BYTES(1, 1, 1, 'x')));
    assert_true(segments_are_possible(9, BYTES(1, 0, 0x41, 0, 0x0b, 1, 0)));
    assert_false(segments_are_possible(9, BYTES(1, 1, 0, 1, 0)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_image_is_mapped_and_filled_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_that_are_no_images_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(segments_stay_in_their_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_head_is_in_a_segment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_image_for_something_else_is_refused, set_up, tear_down),
        cmocka_unit_test(both_compilers_must_call_alike),
        cmocka_unit_test(passive_segments_have_state_of_their_own),
    };
    const int failed = close(mkstemp(path)) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
