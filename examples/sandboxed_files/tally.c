/* Counts the bytes and lines of files, and writes the result to a file. Knows nothing of any sandbox. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int tally(const char *path, FILE *report) {
    FILE *file = fopen(path, "r");
    if (!file) {
        printf("%s: cannot be read\n", path);
        return 1;
    }
    unsigned bytes = 0, lines = 0;
    for (int c; (c = getc(file)) != EOF; bytes++) lines += c == '\n';
    fclose(file);
    fprintf(report, "%s: %u bytes, %u lines\n", path, bytes, lines);
    return 0;
}

/* tally REPORT FILE... */
int main(int argc, char **argv) {
    FILE *report = argc > 1 ? fopen(argv[1], "w") : NULL;
    if (!report) {
        printf("%s: cannot be written\n", argc > 1 ? argv[1] : "the report");
        return 2;
    }
    int failures = 0;
    for (int i = 2; i < argc; i++) failures += tally(argv[i], report);
    fclose(report);
    return failures != 0;
}
