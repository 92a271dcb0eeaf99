/* Arguments arrive as they were typed, also those that look like options of w2c; variables only if granted.
 *
 * run:
 * run: one 'two words' '' --dir / --help -v "it's" ünï
 * exit: 4
 * run: x
 * grant: --env W2C_TEST=1 --env 'SPACED=a b'
 * exit: 2
 * run: deep
 * exit: 77
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void at_exit(void) {
    puts("at exit");
}

__attribute__((noinline)) static void leave(int depth) {
    if (depth == 0) exit(77);
    leave(depth - 1);
    puts("never here");
}

int main(int argc, char **argv) {
    atexit(at_exit);
    for (int i = 1; i < argc; i++) printf("[%s]\n", argv[i]);
    printf("%s %s %s\n", getenv("W2C_TEST") ? getenv("W2C_TEST") : "-", getenv("SPACED") ? getenv("SPACED") : "-",
           getenv("PATH") ? "PATH is there" : "-");
    if (argc == 2 && strcmp(argv[1], "deep") == 0) leave(100);
    return argc > 2 ? 4 : (argc - 1) * 2;
}
