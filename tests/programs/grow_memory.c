/* Memory that grows: a lot of it, moved by realloc; more than there can be is NULL and not the end.
 *
 * run:
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_filled(const unsigned char *bytes, size_t size, unsigned char with) {
    for (size_t i = 0; i < size; i += 4093)
        if (bytes[i] != with) return 0;
    return bytes[size - 1] == with;
}

int main(void) {
    const size_t before = __builtin_wasm_memory_size(0);
    unsigned char *bytes = NULL;
    size_t size = 1000;
    for (int turn = 0; turn < 18; turn++, size *= 2) {
        unsigned char *larger = realloc(bytes, size);
        if (!larger) return 1;
        if (turn && !is_filled(larger, size / 2, (unsigned char)turn)) return 2;
        bytes = larger;
        memset(bytes, turn + 1, size);
    }
    printf("%zu bytes, grown %d\n", size / 2, __builtin_wasm_memory_size(0) > before);
    free(bytes);
    void *volatile too_large = malloc(0xf0000000u);
    printf("%d\n", too_large == NULL);
    printf("%d\n", __builtin_wasm_memory_grow(0, 65536) == SIZE_MAX);
    const size_t pages = __builtin_wasm_memory_size(0);
    printf("%d\n", __builtin_wasm_memory_grow(0, 3) == pages);
    const unsigned char *fresh = (const unsigned char *)(pages * 65536);
    printf("%d %d\n", fresh[0], fresh[3 * 65536 - 1]);
    return 0;
}
