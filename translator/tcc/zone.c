/* See zone.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "zone.h"

#include <sys/mman.h>
#include <unistd.h>

#define STATE_START ((uintptr_t)0x1000000)
#define STATE_END ((uintptr_t)0x8000000)
#define MEMORY_START ((uintptr_t)0x10000000)
#define CODE_START ((uintptr_t)0x220000000)
#define CODE_END ((uintptr_t)0x260000000)
#define ZONE_BYTES (CODE_END - STATE_START)

enum { ALIGNMENT = 16, STATE_STEP = 1 << 18 };

static uint8_t *reserve(void *address, int flags) {
    void *found = mmap(address, ZONE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
    return found == MAP_FAILED ? NULL : found;
}

/* Kernels that do not know MAP_FIXED_NOREPLACE take the address as a hint, so the answer counts. */
static uint8_t *reserve_fixed(void) {
#ifdef MAP_FIXED_NOREPLACE
    uint8_t *found = reserve((void *)STATE_START, MAP_FIXED_NOREPLACE);
    if (found == (uint8_t *)STATE_START) return found;
    if (found) munmap(found, ZONE_BYTES);
#endif
    return NULL;
}

bool zone_open(struct zone *zone) {
    uint8_t *start = reserve_fixed();
    *zone = (struct zone){.is_fixed = start != NULL};
    if (!start) start = reserve(NULL, 0);
    if (!start) return false;
    zone->state = zone->state_next = zone->state_end = start;
    zone->memory = start + (MEMORY_START - STATE_START);
    zone->code = zone->code_next = start + (CODE_START - STATE_START);
    zone->code_end = start + ZONE_BYTES;
    return true;
}

void zone_close(struct zone *zone) {
    if (zone->state) munmap(zone->state, ZONE_BYTES);
    zone->state = NULL;
}

/* Makes the next steps of the state's space writable, up to `needed`: no more than is used counts against what the
 * system has promised. */
static bool open_state(struct zone *zone, const uint8_t *needed) {
    if (needed <= zone->state_end) return true;
    const size_t bytes = ((size_t)(needed - zone->state_end) + STATE_STEP - 1) / STATE_STEP * STATE_STEP;
    if (mprotect(zone->state_end, bytes, PROT_READ | PROT_WRITE) != 0) return false;
    zone->state_end += bytes;
    return true;
}

void *zone_allocate(struct zone *zone, size_t bytes) {
    uint8_t *found = zone->state_next;
    const size_t room = STATE_END - STATE_START - (size_t)(found - zone->state);
    if (room < ALIGNMENT || bytes > room - ALIGNMENT) return NULL;
    uint8_t *next = found + (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!open_state(zone, next)) return NULL;
    zone->state_next = next;
    return found;
}

/* All pages that [code, code + bytes) touches. */
static bool protect(uint8_t *code, size_t bytes, int rights) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t low = (uintptr_t)code / page * page;
    const uintptr_t high = ((uintptr_t)code + bytes + page - 1) / page * page;
    return mprotect((void *)low, high - low, rights) == 0;
}

uint8_t *zone_open_code(struct zone *zone, size_t bytes) {
    uint8_t *code = zone->code_next;
    if (bytes > (size_t)(zone->code_end - code) || !protect(code, bytes, PROT_READ | PROT_WRITE)) return NULL;
    return code;
}

bool zone_seal_code(struct zone *zone, uint8_t *code, size_t bytes) {
    if (!protect(code, bytes, PROT_READ | PROT_EXEC)) return false;
    zone->code_next = code + (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return true;
}

uint8_t *zone_align_code(struct zone *zone) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    zone->code_next = (uint8_t *)(((uintptr_t)zone->code_next + page - 1) / page * page);
    return zone->code_next;
}
