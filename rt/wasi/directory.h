/* The state of a directory that is being read; see directory.c. */
#ifndef WASI_DIRECTORY_H
#define WASI_DIRECTORY_H

#include "w2c/config.h"

struct directory_reader;

/* NULL is allowed. */
W2C_RT_DECL void w2c_directory_free(struct directory_reader *reader);

#endif
