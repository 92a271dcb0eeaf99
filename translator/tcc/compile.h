/* libtcc, for one text at a time: compiled, measured, placed at an address of the caller's choice.
 *
 *     struct compilation c;
 *     if (compile_open(&c, text, NULL, 0)) {
 *         map compile_size bytes at `address`, readable and writable;
 *         compile_place(&c, address);
 *         ... compile_symbol(&c, "fn12") ...
 *     }
 *     compile_close(&c);
 *
 * libtcc has process-wide state: from open to close the process's other threads wait in compile_open. */
#ifndef W2C_TCC_COMPILE_H
#define W2C_TCC_COMPILE_H

#include <stdbool.h>
#include <stddef.h>

struct host_function;
struct TCCState;

struct compilation {
    struct TCCState *state;
    size_t size;       /* of code and data, in bytes */
    char message[200]; /* the compiler's first complaint */
};

/* False if the text cannot be compiled, which is an error of ours and is told on standard error. `text` is closed by
 * NUL. It may call the functions given. */
bool compile_open(struct compilation *compilation, const char *text, const struct host_function *functions,
                  size_t count);
/* Writes code and data to `address`, where they have to stay. False, after a message, on an error of ours. */
bool compile_place(struct compilation *compilation, void *address);
/* The address of a function or variable of the text, or NULL. After compile_place. */
void *compile_symbol(struct compilation *compilation, const char *name);
/* Also after a failure. */
void compile_close(struct compilation *compilation);

#endif
