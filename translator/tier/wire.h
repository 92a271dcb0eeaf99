/* What a running program and its builder tell each other, over a stream socket:
 *
 *     program -> builder   where its state is       once it has all of it
 *     builder -> program   where the image is       once it is linked
 *     program -> builder   (closes)                 once it has mapped it
 *
 * All functions return false when the other end is gone. */
#ifndef W2C_WIRE_H
#define W2C_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "image.h"

enum { WIRE_PATH_BYTES = 4096 };

bool wire_send_places(int socket, const struct module *module, const struct image_places *places);
/* The arrays are in `arena`. */
bool wire_receive_places(int socket, const struct module *module, struct image_places *places, struct arena *arena);
bool wire_send_path(int socket, const char *path);
bool wire_receive_path(int socket, char path[WIRE_PATH_BYTES]);
/* Waits until the other end closes, but not for ever. */
void wire_await_end(int socket);

#endif
