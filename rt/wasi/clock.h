/* The host's clocks by WASI's numbers. */
#ifndef WASI_CLOCK_H
#define WASI_CLOCK_H

#include <time.h>

#include "context.h"

/* False if there is no clock of that number. */
W2C_RT_DECL bool w2c_clock_host(u32 id, clockid_t *host);

#endif
