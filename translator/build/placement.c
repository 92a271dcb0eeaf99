/* The attempt: a program with such a section, which is right if it starts and finds the section where it should be.
 *
 * Fixed addresses have a price: the code of a program built this way is not moved about by the kernel (no PIE), its
 * heap, stack and libraries are. -fPIE -pie in --cflags brings that back; the memory then stays at a fixed distance. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "placement.h"

#include <stdio.h>

#include "jobs.h"
#include "scratch.h"

/* Non-PIE code reaches such an address with a 32-bit displacement. Below it is room for 250 MB of program. */
const char placement_compile_flags[] = "-DW2C_PLACED_MEMORY -fno-pie";
/* The unwinder that traces of traps need comes from an archive: one library less is half of what the dynamic linker
 * costs at the start of a small program. */
const char placement_link_flags[] = "-no-pie -static-libgcc -Wl,--section-start=.w2c_guest=0x10000000";

static const char attempt[] = "__asm__(\".pushsection .w2c_guest,\\\"a\\\",@nobits\\n.balign 4096\\n\"\n"
                              "        \"w2c_guest_memory: .zero 0x200011000\\n.popsection\\n\");\n"
                              "extern unsigned char w2c_guest_memory[];\n"
                              "int main(void) { return w2c_guest_memory == (unsigned char *)0x10000000 ? 0 : 1; }\n";

static bool write_attempt(const char *path) {
    FILE *file = fopen(path, "w");
    if (!file) return false;
    const bool is_written = fputs(attempt, file) >= 0;
    return fclose(file) == 0 && is_written;
}

static bool runs(const struct words *command) {
    struct text output = {0};
    const bool is_good = jobs_output(command, scratch_open(), &output);
    text_free(&output);
    return is_good;
}

bool placement_works(const struct toolchain *toolchain) {
#if defined(__linux__) && defined(__x86_64__)
    struct arena *arena = toolchain->compiler.arena;
    const char *source = scratch_path(arena, "placement.c");
    const char *program = scratch_path(arena, "placement");
    if (!write_attempt(source)) return false;
    struct words compile = {.arena = arena};
    words_add_all(&compile, &toolchain->compiler);
    words_split(&compile, placement_compile_flags);
    words_split(&compile, toolchain_lto_flags(toolchain, true));
    words_add_all(&compile, &toolchain->flags);
    words_add(&compile, source);
    words_add(&compile, "-o");
    words_add(&compile, program);
    words_split(&compile, placement_link_flags);
    struct words run = {.arena = arena};
    words_add(&run, program);
    return runs(&compile) && runs(&run);
#else
    (void)toolchain;
    return false;
#endif
}
