/* More than 4 GiB of memory, of which a few pages are used: addresses that need more than 32 bits, offsets beyond 2^32
 * in instructions, and the trap behind the end.
 *
 * cflags: --target=wasm64 -nostdlib -fno-builtin -mbulk-memory
 * run:
 * exit: 134
 * stderr: out of bounds memory access
 */
#include "freestanding.h"

enum { PAGE = 65536 };
static const uint64_t GIB = 1u << 30;

static volatile uint64_t *at(uint64_t address) {
    return (volatile uint64_t *)(uintptr_t)address;
}

static void store_and_sum(uint64_t start, uint64_t end) {
    uint64_t sum = 0, count = 0;
    for (uint64_t address = start; address < end; address += GIB / 4, count++)
        *at(address) = address * 3;
    for (uint64_t address = start; address < end; address += GIB / 4)
        sum += *at(address);
    put_number("words", count);
    put_number("sum", sum);
}

int main(void) {
    const uint64_t old_pages = __builtin_wasm_memory_grow(0, 5 * GIB / PAGE);
    if (old_pages == UINT64_MAX) {
        put_number("no memory", 0);
        return 1;
    }
    const uint64_t start = old_pages * PAGE, end = start + 5 * GIB;
    put_number("pages", __builtin_wasm_memory_size(0) - old_pages);
    store_and_sum(start, end);
    /* The constant becomes the instruction's offset. */
    uint64_t *const far = (uint64_t *)(uintptr_t)(start + 123456);
    far[4 * GIB / 8 + 1000] = 77;
    put_number("far", *at(start + 123456 + 4 * GIB + 8000));
    __builtin_memcpy((char *)(uintptr_t)(end - 64), (const char *)(uintptr_t)(start + 123456 + 4 * GIB + 8000), 8);
    put_number("copied", *at(end - 64));
    put_number("zero", *at(end - 8));
    put_number("refused", __builtin_wasm_memory_grow(0, UINT64_MAX >> 17) == UINT64_MAX);
    put_number("behind the end", *at(end - 4));
    return 0;
}
