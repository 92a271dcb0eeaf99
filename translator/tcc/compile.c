/* See compile.h.
 *
 * libtcc is told to look for nothing outside: no headers, no library of its own, no start files. It gives the pages of
 * code that it places all three rights at once; __wrap_mprotect, which the linker puts in the place of mprotect, does
 * not let it: whoever mapped the memory protects it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "compile.h"

#include <libtcc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "host.h"

static pthread_mutex_t compile_mutex = PTHREAD_MUTEX_INITIALIZER;

/* The linker sends calls of mprotect here (--wrap in CMakeLists.txt), those of libtcc among them. No page of this
 * process is ever writable and executable. */
int __real_mprotect(void *address, size_t size, int rights);
int __wrap_mprotect(void *address, size_t size, int rights);

int __wrap_mprotect(void *address, size_t size, int rights) {
    const int both = PROT_WRITE | PROT_EXEC;
    if ((rights & both) == both) return 0;
    return __real_mprotect(address, size, rights);
}

static void note_message(void *opaque, const char *message) {
    struct compilation *c = opaque;
    if (c->message[0]) return;
    snprintf(c->message, sizeof c->message, "%s", message);
}

static bool complain(const struct compilation *c) {
    fprintf(stderr, "w2c: the compiler in memory refused code of ours: %s\n", c->message[0] ? c->message : "no reason");
    return false;
}

bool compile_open(struct compilation *c, const char *text, const struct host_function *functions, size_t count) {
    *c = (struct compilation){0};
    pthread_mutex_lock(&compile_mutex);
    c->state = tcc_new();
    if (!c->state) return complain(c);
    tcc_set_error_func(c->state, c, note_message);
    tcc_set_options(c->state, "-nostdlib -nostdinc -w");
    tcc_set_output_type(c->state, TCC_OUTPUT_MEMORY);
    for (size_t i = 0; i < count; i++)
        tcc_add_symbol(c->state, functions[i].name, (const void *)functions[i].code);
    if (tcc_compile_string(c->state, text) != 0) return complain(c);
    const int size = tcc_relocate(c->state, NULL);
    if (size < 0) return complain(c);
    c->size = (size_t)size;
    return true;
}

bool compile_place(struct compilation *c, void *address) {
    return tcc_relocate(c->state, address) == 0 || complain(c);
}

void *compile_symbol(struct compilation *c, const char *name) {
    return tcc_get_symbol(c->state, name);
}

void compile_close(struct compilation *c) {
    if (c->state) tcc_delete(c->state);
    pthread_mutex_unlock(&compile_mutex);
}
