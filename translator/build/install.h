/* Putting a finished file where the user wants it, whole or not at all. */
#ifndef W2C_INSTALL_H
#define W2C_INSTALL_H

#include <stdbool.h>

/* Copies `from` to `to`, over what was there, with the permissions that a program or a plain file gets.
 * `trailer` (may be NULL) is appended. False after a message. */
bool install_file(const char *from, const char *to, bool is_program, const char *trailer);

#endif
