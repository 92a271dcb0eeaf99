/* Whether a program's linear memory can be placed by the linker, at an address that code knows as a constant.
 *
 * The section .w2c_guest (unit.c in translator/emit writes it) takes 8 GiB of address space and nothing of the file. It
 * is put at a fixed address, above the program and below what the kernel maps; the kernel then keeps heap and libraries
 * clear of it. That needs a compiler, linker and kernel that agree, and flags that do not forbid it (sanitizers use the
 * same addresses): asking the system is surer than knowing it, so a program of a few bytes is built and started. */
#ifndef W2C_PLACEMENT_H
#define W2C_PLACEMENT_H

#include "toolchain.h"

/* Flags for compiling and for linking a program with placed memory. */
extern const char placement_compile_flags[];
extern const char placement_link_flags[];

/* The scratch folder must be open. False also when anything about the attempt fails; nothing is printed. */
bool placement_works(const struct toolchain *toolchain);

#endif
