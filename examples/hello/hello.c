/* An ordinary C program. It knows nothing of WebAssembly. */
#include <stdio.h>

int main(int argc, char **argv) {
    printf("hello from %s, with %d argument%s\n", argc > 0 ? argv[0] : "nowhere", argc - 1, argc == 2 ? "" : "s");
    for (int i = 1; i < argc; i++) printf("  %s\n", argv[i]);
    return argc - 1;
}
