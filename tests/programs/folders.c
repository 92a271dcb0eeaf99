/* Folders: made, listed (more entries than one buffer holds), walked with links, removed only when empty.
 *
 * native:
 * run:
 * grant: --dir .
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_text(const void *a, const void *b) {
    return strcmp(a, b);
}

static void list(const char *path) {
    static char names[1000][32];
    size_t count = 0;
    DIR *folder = opendir(path);
    if (!folder) {
        printf("%s: not a folder: %d\n", path, errno == ENOTDIR);
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder)) && count < 1000;)
        snprintf(names[count++], sizeof names[0], "%.31s", entry->d_name);
    closedir(folder);
    qsort(names, count, sizeof names[0], by_text);
    printf("%s: %zu:", path, count);
    for (size_t i = 0; i < count; i += 1 + count / 10) printf(" %s", names[i]);
    printf("\n");
}

static void touch(const char *path) {
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (descriptor < 0) printf("cannot make %s\n", path);
    close(descriptor);
}

static void show(int result) {
    printf("%d\n", result);
}

int main(void) {
    show(mkdir("a", 0700));
    show(mkdir("a/b", 0700));
    for (int i = 0; i < 300; i++) {
        char path[64];
        snprintf(path, sizeof path, "a/b/file-with-a-longer-name-%03d", i);
        touch(path);
    }
    list(".");
    list("a");
    list("a/b");
    list("a/b/file-with-a-longer-name-000");
    list("a/../a/./b/..");
    show(symlink("b", "a/link"));
    char target[64];
    const ssize_t length = readlink("a/link", target, sizeof target);
    printf("%.*s\n", (int)length, target);
    list("a/link");
    struct stat status;
    show(lstat("a/link", &status));
    show(S_ISLNK(status.st_mode) != 0);
    show(stat("a/link", &status));
    show(S_ISDIR(status.st_mode) != 0);
    show(rmdir("a/b"));
    show(errno == ENOTEMPTY);
    for (int i = 0; i < 300; i++) {
        char path[64];
        snprintf(path, sizeof path, "a/b/file-with-a-longer-name-%03d", i);
        if (unlink(path) != 0) printf("cannot remove %s\n", path);
    }
    show(unlink("a/link"));
    show(rmdir("a/b"));
    show(rmdir("a"));
    show(rmdir("a"));
    show(errno == ENOENT);
    return 0;
}
