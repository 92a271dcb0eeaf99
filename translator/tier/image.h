/* Optimised code of a program's functions, made to be mapped into a process that already runs that program by the
 * compiler in memory.
 *
 * The C compiler's objects of a split translation name all state by symbols: memory0, table0, g0_stack_pointer. The
 * process has that state at fixed low addresses (tcc/zone.h). So the objects are linked once more, with these
 * addresses as the values of the symbols, to run at a place of their own below the guest's memory, where code that is
 * not position-independent reaches everything:
 *
 *     0x001000000   state of the process
 *     0x008000000   IMAGE_START   the image: a statically linked ELF file without a start
 *     0x010000000   IMAGE_END     memory 0
 *
 * What the objects call in the runtime and in libc is at another address in each process, and far away; the image has
 * a jump through a table for each such function (host_symbols.def), and whoever maps it fills in the table. */
#ifndef W2C_IMAGE_H
#define W2C_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../emit/emit.h"

#define IMAGE_START ((uintptr_t)0x8000000)
#define IMAGE_END ((uintptr_t)0x10000000)
#define IMAGE_MAGIC ((uint64_t)0x3130656d69346332)

/* Where a process has the state of a module; arrays are by index. */
struct image_places {
    uint64_t memory_base;
    const uint64_t *memories; /* of struct w2c_memory */
    const uint64_t *tables;
    const uint64_t *globals;
    const uint64_t *tags;
    uint64_t slots; /* by function: where its code is, also of imports, which are called without a context there */
};

/* At the entry address of the image. The assembler text of image_write.c has the same members in the same order. */
struct image_head {
    uint64_t magic;
    uint64_t memory_base;      /* what it was linked for */
    uint64_t func_count;       /* of the module */
    const uint64_t *functions; /* code by function, 0 for imports */
    uint64_t host_count;
    uint64_t *hosts; /* to be filled in: what the jumps lead to */
    uint64_t *wasi;  /* to be filled in: the value of w2c_program_wasi */
    void *frames;    /* for the unwinder, up to an end mark */
};

/* ---- image_write.c ---- */
/* Can code of this module be taken over? Not if functions are called in ways that the two compilers do differently, or
 * if what is left of passive segments would have to be known to both. */
bool image_is_possible(const struct module *module);
/* Assembler text: the beginning and the end of what is linked, with the objects in between. */
void image_write_head(struct text *out, const struct emitter *emitter, const struct image_places *places);
void image_write_tail(struct text *out);
/* Options for the compiler driver, which links. */
extern const char image_link_flags[];

/* ---- image_map.c ---- */
struct mapped_image {
    const struct image_head *head;
    uintptr_t code_low, code_high;
};
/* Maps the file to its place, over whatever is there, and fills in the tables. False if it is no image for a process
 * with this memory; then nothing of it is used. `wasi` is the process's w2c_program_wasi. */
bool image_map(struct mapped_image *image, const char *path, uint64_t memory_base, void *wasi);

#endif
