/* A program that runs in the compiler in memory gets better code while it runs.
 *
 *     this process                                 a builder, detached (background.h)
 *     takeover_begin: hooks into the engine
 *     ... the guest starts ...
 *     the watcher, a thread:  where state is ---->  compiles; links an image for these addresses
 *                             maps it        <----  where the image is
 *                             enters its functions for all calls to come
 *     takeover_end                                  goes on to put the program into the cache
 *
 * Both ends talk over a socket; whoever finds it closed goes on alone. */
#ifndef W2C_TAKEOVER_H
#define W2C_TAKEOVER_H

#include <stdbool.h>

struct takeover_options {
    bool is_told;     /* by a line on standard error, when it has happened */
    bool comes_first; /* the program does not start before: for tests */
};

/* The next program that the engine runs is to be taken over by what comes from `socket`, which is closed in the end. */
void takeover_begin(int socket, struct takeover_options options);

#endif
