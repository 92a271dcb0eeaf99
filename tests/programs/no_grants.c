/* A program sees nothing that is not granted, and does not get out of a folder that is.
 *
 * run: none
 * run: folder
 * grant: --dir .::/data
 * run: read-only
 * grant: --dir .::/data:ro
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void attempt(const char *path, int flags) {
    const int descriptor = open(path, flags, 0600);
    printf("%-28s %s\n", path, descriptor >= 0 ? "opened" : "refused");
    if (descriptor >= 0) close(descriptor);
}

int main(int argc, char **argv) {
    printf("%s\n", argc > 1 ? argv[1] : "");
    attempt("/etc/passwd", O_RDONLY);
    attempt("etc/passwd", O_RDONLY);
    attempt("../../../../../../etc/passwd", O_RDONLY);
    attempt("/data/../../../../etc/passwd", O_RDONLY);
    attempt("/proc/self/environ", O_RDONLY);
    attempt("/dev/null", O_RDONLY);
    attempt("/data/new", O_WRONLY | O_CREAT);
    attempt("/data/new", O_RDONLY);
    printf("%d\n", symlink("/etc/passwd", "/data/absolute"));
    printf("%d\n", symlink("../../../../../../../etc/passwd", "/data/relative"));
    attempt("/data/absolute", O_RDONLY);
    attempt("/data/relative", O_RDONLY);
    unlink("/data/absolute");
    unlink("/data/relative");
    return 0;
}
