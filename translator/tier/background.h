/* The builder: a process of its own that outlives this one, and builds at low priority what the next run starts with.
 */
#ifndef W2C_BACKGROUND_H
#define W2C_BACKGROUND_H

#include <stdbool.h>

/* What is done there: everything up to the cache. False if it was in vain: then nobody tries again for a day. `socket`
 * leads to the process that runs the program now. */
typedef bool background_work(void *argument, int socket);

/* To be called by the work: it ends when the process that started it does, after clean(). */
void background_end_with_program(void (*clean)(void));

/* Starts a builder, unless one is at work for the same `path` in the cache, or failed there lately. Returns a socket
 * that leads to it, or -1. Call before there are threads. */
int background_start(const char *path, background_work *work, void *argument);

#endif
