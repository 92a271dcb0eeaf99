/* Loaded before a program: takes an address. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

__attribute__((constructor)) static void occupy(void) {
    const char *address = getenv("OCCUPY");
    if (address) {
        mmap((void *)strtoul(address, NULL, 16), 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
             0);
    }
}
