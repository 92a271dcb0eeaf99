/* To digest 31 MB takes longer than most of what else happens between the command and the guest's first instruction. So
 * the key that came of it is written to a note in the cache, whose name is a digest of the file's identity: device,
 * inode, size, and the times of its last modification and change. The kernel sets the latter, whatever is done to a
 * file, to the time of its clock: as long as it is old, nothing was done.
 *
 * A clock ticks, though. A file that is changed twice within a tick may look the same after both, so nothing is noted
 * of a file that was changed moments ago.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "known_modules.h"

#include <string.h>
#include <time.h>

#include "../build/cache.h"

#define SETTLED_NANOSECONDS ((int64_t)2000000000)

static bool is_settled(const struct input_file *module) {
    struct timespec now;
    if (!module->mapping || clock_gettime(CLOCK_REALTIME, &now) != 0) return false;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - module->identity.changed > SETTLED_NANOSECONDS;
}

static bool is_key(const char *text, size_t size) {
    return size == DIGEST_TEXT - 1 && strspn(text, "0123456789abcdef") >= size;
}

static bool read_note(const char *path, char key[DIGEST_TEXT]) {
    struct input_file note;
    if (!input_open(&note, path)) return false;
    char text[DIGEST_TEXT] = "";
    if (note.size == DIGEST_TEXT - 1) memcpy(text, note.bytes, note.size);
    const bool is_good = is_key(text, note.size);
    if (is_good) memcpy(key, text, DIGEST_TEXT);
    input_close(&note);
    return is_good;
}

static void write_note(const char *path, const char key[DIGEST_TEXT]) {
    struct output_file note;
    if (!output_open(&note, path)) return;
    const bool is_written = output_write(&note, key, DIGEST_TEXT - 1);
    if (!output_finish(&note) || !is_written || !output_commit(&note)) output_discard(&note);
}

static const char *note_path(struct arena *arena, struct digest digest, const struct input_file *module) {
    char name[DIGEST_TEXT];
    digest_word(&digest, "known module");
    digest_bytes(&digest, &module->identity, sizeof module->identity);
    digest_end(&digest, name);
    return cache_path_if_possible(arena, name);
}

bool known_module_key(struct arena *arena, const struct digest *digest, const struct input_file *module,
                      char key[DIGEST_TEXT]) {
    const char *path = note_path(arena, *digest, module);
    if (!path) return false;
    const bool may_be_noted = is_settled(module);
    if (may_be_noted && read_note(path, key)) return true;
    struct digest all = *digest;
    digest_bytes(&all, module->bytes, module->size);
    digest_end(&all, key);
    if (may_be_noted) write_note(path, key);
    return true;
}
