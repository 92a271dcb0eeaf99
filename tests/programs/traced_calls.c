/* What --trace shows of a program, on standard error; its own output is as ever.
 *
 * run: plain
 * grant: --dir .::/data
 * run: traced
 * grant: --dir .::/data --trace
 * stderr: ^fd_prestat_get\(3\) = \{DIR, 5\}\nfd_prestat_dir_name\(3, 5\) = "/data"\nfd_prestat_get\(4\) = BADF\n
 * stderr: \npath_open\(3, SYMLINK_FOLLOW, "a \\x1b\[2J\\x0a", CREAT\|TRUNC, ALL, ALL, 0\) = 4\nfd_write\(4, \[3\]\) = 3
 * stderr: \npath_unlink_file\(3, "none"\) = NOENT\n
 * stderr: \nfd_write\(1, \[\d+, \d+\]\) = \d+\nproc_exit\(3\) = \?\n$
 * exit: 3
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **arguments) {
    int file = open("/data/a \x1b[2J\n", O_RDWR | O_CREAT | O_TRUNC, 0666);
    printf("%s: %d, %d\n", count > 1 ? arguments[1] : "", file, (int)write(file, "abc", 3));
    printf("%s\n", unlink("/data/none") < 0 && errno == ENOENT ? "there is none" : "it went");
    fflush(stdout);
    return count > 1 && strcmp(arguments[1], "traced") == 0 ? 3 : 0;
}
