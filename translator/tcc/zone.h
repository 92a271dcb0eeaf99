/* Address space of a program that is compiled in memory, at the same place in every process if that place is free:
 *
 *     0x001000000   state: tables of pointers, records of memories, tables and functions, cells of globals
 *     0x008000000   nothing: room for better code, which may come later (tier/image.h)
 *     0x010000000   memory 0 and its guard, 8 GiB
 *     0x220000000   thunks, then code, up to 1 GiB
 *     0x260000000
 *
 * w2c is a position-independent program, which the kernel loads far above. State below 2 GiB has addresses that fit
 * into an instruction; and since all is where it was the last time, compiled code can be kept. Where something is in
 * the way, as under a sanitizer, everything is wherever there is room, and works as well, but is not kept.
 */
#ifndef W2C_TCC_ZONE_H
#define W2C_TCC_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zone {
    uint8_t *state;
    uint8_t *state_next;
    uint8_t *state_end; /* of what is writable */
    uint8_t *memory;    /* address space for memory 0 */
    uint8_t *code;
    uint8_t *code_next;
    uint8_t *code_end;
    bool is_fixed; /* at the addresses above */
};

/* False if the system has no such space. */
bool zone_open(struct zone *zone);
void zone_close(struct zone *zone);
/* Zeroed, aligned to 16; NULL if the space is full. */
void *zone_allocate(struct zone *zone, size_t bytes);
/* Opens room for `bytes` of code, which is writable, and cannot run, until zone_seal: then it is the other way round.
 * The pages around may be other code's, and are writable in between as well. NULL if the space is full. */
uint8_t *zone_open_code(struct zone *zone, size_t bytes);
bool zone_seal_code(struct zone *zone, uint8_t *code, size_t bytes);
/* The next code starts a page of its own; where that is. */
uint8_t *zone_align_code(struct zone *zone);

#endif
