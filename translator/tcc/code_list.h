/* Where functions are in compiled code: their first addresses, in ascending order, because code is placed so. */
#ifndef W2C_TCC_CODE_LIST_H
#define W2C_TCC_CODE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/arena.h"

struct code_entry {
    uintptr_t start;
    uint32_t func_idx;
};

struct code_list {
    struct code_entry *entries;
    uint32_t count;
    uint32_t capacity;
};

/* Room for `capacity` functions, in the arena. */
void code_list_open(struct code_list *list, struct arena *arena, uint32_t capacity);
/* Behind all that are in the list. */
void code_list_add(struct code_list *list, uintptr_t start, uint32_t func_idx);
/* The function that starts at the address or last before it. Safe in signal handlers. */
bool code_list_find(const struct code_list *list, uintptr_t address, uint32_t *func_idx);

#endif
