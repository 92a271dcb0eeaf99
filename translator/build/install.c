/* A copy, not a rename: the scratch folder may be on another file system, and a copy has the permissions of a new file.
 *
 * The copy is made beside its place and renamed there (base/file.h): a program that is running keeps its old file, and
 * one that is being started finds either the old or the new.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "install.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/file.h"
#include "report.h"

/* Whoever may read a program may run it. */
static bool make_executable(int fd) {
    struct stat status;
    if (fstat(fd, &status) != 0) return false;
    const mode_t mode = status.st_mode & 0777;
    return fchmod(fd, mode | (mode & 0444) >> 2) == 0;
}

static bool write_copy(const struct input_file *in, const char *to, bool is_program, const char *trailer) {
    struct output_file out;
    if (!output_open(&out, to)) return false;
    bool is_good = output_write(&out, (const char *)in->bytes, in->size);
    if (is_good && trailer) is_good = output_write(&out, trailer, strlen(trailer));
    if (is_good && is_program && out.temporary_path) is_good = make_executable(out.fd);
    is_good = output_finish(&out) && is_good && output_commit(&out);
    if (!is_good) output_discard(&out);
    return is_good;
}

bool install_file(const char *from, const char *to, bool is_program, const char *trailer) {
    struct input_file in;
    if (!input_open(&in, from)) {
        report("cannot read '%s': %s", from, strerror(errno));
        return false;
    }
    const bool is_written = write_copy(&in, to, is_program, trailer);
    if (!is_written) report("cannot write '%s': %s", to, strerror(errno));
    input_close(&in);
    return is_written;
}
