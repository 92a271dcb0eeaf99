/* The program around a kernel, for every way of running it: `PROGRAM [ROUNDS]`. */
#include <stdio.h>
#include <stdlib.h>

#include "kernel.h"

int main(int argc, char **argv) {
    printf("%u\n", kernel(argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : kernel_rounds));
    return 0;
}
