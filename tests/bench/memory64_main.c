/* The program around a kernel where there is no C library: for 64-bit memories. */
#include "../programs/freestanding.h"
#include "kernel.h"

int main(void) {
    put_number("result", kernel(kernel_rounds));
    return 0;
}
