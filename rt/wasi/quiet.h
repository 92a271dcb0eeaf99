/* Writing without the signals that would end the process of the embedder. See quiet.c. */
#ifndef WASI_QUIET_H
#define WASI_QUIET_H

#include <signal.h>
#include <sys/stat.h>

#include "w2c/types.h"

/* What stands between w2c_quiet_begin and w2c_quiet_end, which are called by one thread. */
struct quiet {
    sigset_t before;  /* the thread's mask */
    sigset_t waiting; /* signals that were there already: not ours to take */
};

/* Whether writing to a descriptor of such a file may raise one. */
W2C_RT_DECL bool w2c_quiet_is_needed(const struct stat *status);

W2C_RT_DECL void w2c_quiet_begin(struct quiet *quiet);

/* Leaves errno as it is. */
W2C_RT_DECL void w2c_quiet_end(const struct quiet *quiet);

#endif
