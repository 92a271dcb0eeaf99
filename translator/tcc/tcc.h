/* The engine that compiles in memory, by libtcc. Nothing on disk is read or written but its cache.
 *
 * A library is compiled as a whole, into a descriptor like those of libraries that w2c writes as C: for any number of
 * instances, in any number of threads. A program is one instance, made here, whose functions are compiled when they
 * are first called (lazy_program.c).
 */
#ifndef W2C_TCC_H
#define W2C_TCC_H

#include "../base/file.h"
#include "../engine/run_program.h"
#include "../wasm/module.h"
#include "w2c/w2c.h"

/* ---- libraries ---- */
struct tcc_library;

/* Compiles a module, which was validated. `name` is for messages; it and `module` must outlive the library. Memories
 * have guard pages. NULL after a message. */
struct tcc_library *tcc_library_open(const struct module *module, const char *name);
/* What w2c_instantiate and the like take; lives as long as the library. */
const struct w2c_module *tcc_library_module(const struct tcc_library *library);
/* Nothing of it may be in use. */
void tcc_library_close(struct tcc_library *library);

/* ---- programs ---- */
/* Runs the program in this file to its end, as run_program does, whose request this is; bounds are guarded. The module
 * is decoded and validated first: a bad one, or one that is no program, is reported and gives 1. With `keeps_code`
 * what gets compiled goes to the cache, and what is there is used. */
int tcc_run_program(const struct input_file *file, const struct run_request *request, bool keeps_code);

#endif
