/* Questions about files that are settled before the work starts, so that nobody waits a minute for "no such folder".
 * The answers may be out of date when the file is written; then writing fails, with a message of its own.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../build/report.h"
#include "commands.h"

bool module_open(struct input_file *module, const char *path) {
    if (!input_open(module, path)) {
        report("cannot read '%s': %s", path, errno == EISDIR ? "it is a folder" : strerror(errno));
        return false;
    }
    if (module->size) return true;
    report("'%s' is empty: no WebAssembly module", path);
    input_close(module);
    return false;
}

/* New files are made beside the output and renamed, so it is the folder that must allow it. */
static bool folder_is_writable(const char *output) {
    const char *slash = strrchr(output, '/');
    struct arena arena = {0};
    const size_t size = slash == output ? 1 : (size_t)(slash - output);
    const char *folder = slash ? arena_copy(&arena, output, size) : ".";
    struct stat status;
    bool is_good = false;
    if (stat(folder, &status) != 0)
        report("cannot write '%s': folder '%s': %s", output, folder, strerror(errno));
    else if (!S_ISDIR(status.st_mode))
        report("cannot write '%s': '%s' is no folder", output, folder);
    else if (access(folder, W_OK | X_OK) != 0)
        report("cannot write '%s': folder '%s': %s", output, folder, strerror(errno));
    else
        is_good = true;
    arena_free(&arena);
    return is_good;
}

bool output_is_possible(const char *output) {
    struct stat status;
    if (stat(output, &status) != 0 || S_ISREG(status.st_mode)) return folder_is_writable(output);
    if (!S_ISDIR(status.st_mode)) return true; /* a device is written in place */
    report("cannot write '%s': it is a folder", output);
    return false;
}

/* The same file by any name: another spelling of the path, a link. */
bool output_is_other(const char *output, const char *module) {
    struct stat out, in;
    if (stat(output, &out) != 0 || stat(module, &in) != 0) return true;
    if (in.st_dev != out.st_dev || in.st_ino != out.st_ino) return true;
    report("-o %s would overwrite the module", output);
    return false;
}

/* Another w2c may be on the PATH. */
char *own_path(struct arena *arena) {
    char path[PATH_MAX];
    const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
    if (size > 0 && size < (ssize_t)sizeof path) return arena_copy(arena, path, (size_t)size);
    report("cannot find this program's own file: %s", strerror(errno));
    return NULL;
}
