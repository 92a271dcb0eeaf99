/* Sockets that a guest is granted. */
#ifndef WASI_LISTEN_H
#define WASI_LISTEN_H

#include "context.h"

/* Puts what options->listen and options->sockets say into the table. False, with a line about it in `message`, if
 * that is not possible; what was put there stays. */
W2C_RT_DECL bool w2c_listen_grant(struct w2c_wasi *wasi, const struct w2c_wasi_options *options, char *message,
                                  size_t message_size);

#endif
