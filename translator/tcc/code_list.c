/* See code_list.h. */
#include "code_list.h"

#include <assert.h>

void code_list_open(struct code_list *list, struct arena *arena, uint32_t capacity) {
    *list = (struct code_list){.entries = arena_array(arena, struct code_entry, capacity), .capacity = capacity};
}

/* The count is last: a handler may look in between. */
void code_list_add(struct code_list *list, uintptr_t start, uint32_t func_idx) {
    assert(list->count < list->capacity);
    assert(list->count == 0 || list->entries[list->count - 1].start < start);
    list->entries[list->count] = (struct code_entry){start, func_idx};
    __atomic_store_n(&list->count, list->count + 1, __ATOMIC_RELEASE);
}

bool code_list_find(const struct code_list *list, uintptr_t address, uint32_t *func_idx) {
    uint32_t low = 0, high = __atomic_load_n(&list->count, __ATOMIC_ACQUIRE);
    if (high == 0 || address < list->entries[0].start) return false;
    while (high - low > 1) { /* the one looked for is in [low, high) */
        const uint32_t middle = low + (high - low) / 2;
        if (list->entries[middle].start <= address) {
            low = middle;
        } else {
            high = middle;
        }
    }
    *func_idx = list->entries[low].func_idx;
    return true;
}
