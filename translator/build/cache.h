/* Programs that `w2c run` has built, kept in $XDG_CACHE_HOME/w2c or ~/.cache/w2c under a key of all that made them.
 *
 * A program ends in a line with the digest of what precedes it (loaders ignore what follows the last segment), so a
 * file that is cut or changed is noticed and built again. Files appear whole by a rename; two builders of the
 * same key write the same thing. The folder may be deleted at any time. */
#ifndef W2C_CACHE_H
#define W2C_CACHE_H

#include <stdbool.h>

#include "../base/arena.h"
#include "digest.h"

/* Where the program `key` is or will be, its folder made; NULL after a message. */
char *cache_path(struct arena *arena, const char key[DIGEST_TEXT]);
/* The same without a message: for who can do without a cache. */
char *cache_path_if_possible(struct arena *arena, const char key[DIGEST_TEXT]);
bool cache_is_whole(const char *path);
/* Copies the program at `from` into the cache and makes room for it (cache_room.h). `name` is what people know it by.
 * False after a message. */
bool cache_add(const char *from, const char *path, const char *name);
/* The name it was added with; false if it is not of this kind. */
enum cache_kind { CACHE_PROGRAM, CACHE_OBJECT };
bool cache_entry_name(const char *path, enum cache_kind kind, char *name, size_t size);

/* Objects of parts (object_cache.h) end likewise. Adding one tells nobody if it fails. */
void cache_add_object(const char *from, const char *path, const char *name);
/* Copies the object at `path` to `to`, without the line at its end; false if there is none, or none that is whole. */
bool cache_copy_object(const char *path, const char *to);
/* Whether there is a folder. */
bool cache_is_possible(struct arena *arena);
/* The folder, which need not exist; NULL if nothing says where it is. */
char *cache_folder(struct arena *arena);

#endif
