/* What tells one build of this program from another. */
#ifndef W2C_TCC_BUILD_IDENTITY_H
#define W2C_TCC_BUILD_IDENTITY_H

#include <stdbool.h>

#include "../build/digest.h"

/* Adds it to the digest. False if the program has none. */
bool build_identity(struct digest *digest);

#endif
