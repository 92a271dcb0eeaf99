/* Files by stdio: written, appended to, sought in, read back, renamed, removed; what is not there is an error.
 *
 * native:
 * run: write
 * grant: --dir .
 * run: read
 * grant: --dir .
 * run: remove
 * grant: --dir .
 * run: read
 * grant: --dir .
 * exit: 1
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void stop(const char *what) {
    printf("%s: %s\n", what, strerror(errno) ? "failed" : "");
    exit(1);
}

static void write_files(void) {
    FILE *file = fopen("a.txt", "w");
    if (!file) stop("a.txt");
    for (int i = 0; i < 20000; i++) fprintf(file, "line %d of the file\n", i);
    fclose(file);
    file = fopen("a.txt", "a");
    if (!file) stop("append");
    fputs("the end\n", file);
    fclose(file);
    file = fopen("b.bin", "wb+");
    if (!file) stop("b.bin");
    for (int i = 0; i < 256; i++) fputc(i, file);
    fseek(file, 100, SEEK_SET);
    fwrite("\0\0\0", 1, 3, file);
    fseek(file, 1000, SEEK_SET);
    fputc('x', file);
    printf("%ld\n", ftell(file));
    fclose(file);
    if (rename("b.bin", "c.bin") != 0) stop("rename");
    if (mkdir("c.bin", 0700) == 0 || errno != EEXIST) stop("mkdir over a file");
}

static void read_files(void) {
    FILE *file = fopen("a.txt", "r");
    if (!file) stop("a.txt");
    char line[64];
    unsigned lines = 0, sum = 0;
    while (fgets(line, sizeof line, file)) {
        lines++;
        for (const char *c = line; *c; c++) sum = sum * 33 + (unsigned char)*c;
    }
    printf("%u lines, sum %u, end %d, at %ld\n", lines, sum, feof(file), ftell(file));
    fseek(file, -8, SEEK_END);
    printf("%s", fgets(line, sizeof line, file));
    fclose(file);
    file = fopen("c.bin", "rb");
    if (!file) stop("c.bin");
    static unsigned char bytes[2000];
    size_t size = fread(bytes, 1, sizeof bytes, file);
    printf("%zu bytes: %d %d %d %d %c\n", size, bytes[99], bytes[100], bytes[103], bytes[500], bytes[1000]);
    fclose(file);
    struct stat status;
    if (stat("c.bin", &status) != 0) stop("stat");
    printf("%lld bytes, regular %d\n", (long long)status.st_size, S_ISREG(status.st_mode) != 0);
    if (truncate("c.bin", 10) != 0 || stat("c.bin", &status) != 0) stop("truncate");
    printf("%lld bytes\n", (long long)status.st_size);
}

static void remove_files(void) {
    printf("%d", unlink("a.txt"));
    printf(" %d", unlink("c.bin"));
    printf(" %d\n", unlink("c.bin"));
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    if (strcmp(argv[1], "write") == 0) write_files();
    if (strcmp(argv[1], "read") == 0) read_files();
    if (strcmp(argv[1], "remove") == 0) remove_files();
    return 0;
}
