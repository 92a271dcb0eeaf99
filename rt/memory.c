/* Linear memories, in two schemes.
 *
 * Guard: every address that a 32-bit memory access can form lies in one reservation without access rights,
 *
 *     base                    base + size_bytes                          base + 8 GiB + 64 KiB
 *     | readable and writable | no access: a touch faults, the fault becomes a trap |
 *
 * because an index (below 2^32) plus a constant offset (below 2^32) plus the width of the access (16 bytes at
 * most) stays below 2^33 + 16. Growing opens more pages; nothing ever moves. The reservation comes from the
 * kernel, or is a part of the program's image that the linker set aside (`address` in the memory's type), so that
 * generated code knows the base as a constant. A 64-bit memory reserves what indices below W2C_WIDE_BYTES can form, and
 * code compares each index with that constant (w2c/ops_memory64.h).
 *
 * Check: a block from the allocator, and accesses compare with size_bytes. Growing may move the block. A memory with
 * pages of one byte is always of this kind: no processor protects single bytes.
 *
 * A shared memory never moves, and a part of the program's image does not either. Under check these get address space
 * for their maximum, and the rest is as under guard.
 *
 * The fault handler must know our reservations without taking a lock: they stand in fixed chunks of slots, linked
 * into a list that only grows. A slot is taken with compare-and-swap and given back by storing 0. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"

#include <stdlib.h>
#include <string.h>

#define W2C_MAX_PAGES_32 65536u

#if W2C_HAS_GUARD
#include <sys/mman.h>
#include <unistd.h>

#define W2C_RESERVATION ((size_t)0x200000000u + W2C_PAGE_BYTES)
/* Offsets of accesses that are written with a comparison of the index alone are below 2^32. */
#define W2C_WIDE_RESERVATION ((size_t)W2C_WIDE_BYTES + 0x100000000u + W2C_PAGE_BYTES)
enum { W2C_REGISTRY_SLOTS = 62, W2C_REGISTRY_WIDE = 1 };

struct mem_registry {
    uintptr_t starts[W2C_REGISTRY_SLOTS]; /* 0 is a free slot; W2C_REGISTRY_WIDE is added for a 64-bit memory */
    struct mem_registry *next;
};

static struct mem_registry mem_reservations;

static size_t mem_reservation(bool is_64) {
    return is_64 ? W2C_WIDE_RESERVATION : W2C_RESERVATION;
}

/* What stands in the registry for a memory. */
static uintptr_t mem_entry(const u8 *base, bool is_64) {
    return (uintptr_t)base + (is_64 ? W2C_REGISTRY_WIDE : 0);
}

/* False if the chunk is full. */
static bool mem_claim_slot(struct mem_registry *registry, uintptr_t start) {
    for (size_t i = 0; i < W2C_REGISTRY_SLOTS; i++) {
        uintptr_t free_slot = 0;
        if (__atomic_compare_exchange_n(&registry->starts[i], &free_slot, start, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED)) {
            return true;
        }
    }
    return false;
}

/* The chunk after this one, made if there is none; NULL without memory. The loser of a race frees its own. */
static struct mem_registry *mem_next_registry(struct mem_registry *registry) {
    struct mem_registry *next = __atomic_load_n(&registry->next, __ATOMIC_ACQUIRE);
    if (next) {
        return next;
    }
    struct mem_registry *fresh = calloc(1, sizeof *fresh);
    if (fresh &&
        !__atomic_compare_exchange_n(&registry->next, &next, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        free(fresh);
        return next;
    }
    return fresh;
}

/* Before the first access to the memory, so that no fault in it goes unrecognised. */
static bool mem_register(uintptr_t start) {
    for (struct mem_registry *r = &mem_reservations; r; r = mem_next_registry(r)) {
        if (mem_claim_slot(r, start)) {
            return true;
        }
    }
    return false;
}

static void mem_unregister(uintptr_t start) {
    for (struct mem_registry *r = &mem_reservations; r; r = __atomic_load_n(&r->next, __ATOMIC_ACQUIRE)) {
        for (size_t i = 0; i < W2C_REGISTRY_SLOTS; i++) {
            if (__atomic_load_n(&r->starts[i], __ATOMIC_RELAXED) == start) {
                __atomic_store_n(&r->starts[i], 0, __ATOMIC_RELEASE);
                return;
            }
        }
    }
}

W2C_RT bool w2c_memory_reserves(uintptr_t address) {
    for (struct mem_registry *r = &mem_reservations; r; r = __atomic_load_n(&r->next, __ATOMIC_ACQUIRE)) {
        for (size_t i = 0; i < W2C_REGISTRY_SLOTS; i++) {
            uintptr_t start = __atomic_load_n(&r->starts[i], __ATOMIC_ACQUIRE);
            bool is_64 = (start & W2C_REGISTRY_WIDE) != 0;
            if (start != 0 && address - (start & ~(uintptr_t)W2C_REGISTRY_WIDE) < mem_reservation(is_64)) {
                return true;
            }
        }
    }
    return false;
}

/* Address space without rights, at `address` (replacing what is there) or anywhere; NULL if refused. */
static u8 *mem_reserve(u8 *address, size_t bytes) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | (address ? MAP_FIXED : 0);
#ifdef MAP_NORESERVE
    flags |= MAP_NORESERVE; /* it counts against what the system promises only when it is used */
#endif
    void *start = mmap(address, bytes, PROT_NONE, flags, -1, 0);
    if (start == MAP_FAILED) {
        return NULL;
    }
#ifdef MADV_DONTDUMP
    madvise(start, bytes, MADV_DONTDUMP);
#endif
    return start;
}

/* The image's part stays reserved: its addresses must not be handed to anybody else. */
static void mem_unreserve(u8 *base, size_t bytes, bool is_placed) {
    if (is_placed) {
        mem_reserve(base, bytes);
    } else {
        munmap(base, bytes);
    }
}

/* The pages are zero: nobody could write to them before, and a placed memory is mapped anew each time. */
static bool mem_commit(u8 *base, u64 from, u64 bytes) {
    const u64 opened = from % W2C_PAGE_BYTES; /* where pages are of one byte, processors' pages may be open already */
    return bytes == 0 || mprotect(base + (from - opened), (size_t)(opened + bytes), PROT_READ | PROT_WRITE) == 0;
}

static bool mem_init_guarded(struct w2c_memory *m, u8 *address, u64 bytes) {
    const size_t reservation = mem_reservation(m->is_64);
    if (m->is_64 && bytes > W2C_WIDE_BYTES) {
        return false;
    }
    w2c_fault_enter();
    u8 *base = mem_reserve(address, reservation);
    if (!base) {
        return false;
    }
    if (!mem_commit(base, 0, bytes) || !mem_register(mem_entry(base, m->is_64))) {
        mem_unreserve(base, reservation, address != NULL);
        return false;
    }
    m->base = base;
    m->size_bytes = bytes;
    m->reserved_bytes = reservation;
    m->is_guarded = true;
    m->is_placed = address != NULL;
    return true;
}

/* Pages that the type allows may be more than the reservation has room for. */
static bool mem_grow_guarded(struct w2c_memory *m, u64 added_bytes) {
    if (m->is_guarded && m->is_64 && added_bytes > W2C_WIDE_BYTES - m->size_bytes) {
        return false;
    }
    return mem_commit(m->base, m->size_bytes, added_bytes);
}

/* A memory that cannot move, under check: address space for its maximum, opened page by page as a guarded one. */
static bool mem_init_fixed(struct w2c_memory *m, u8 *address, u64 most, u64 bytes) {
    if (most > SIZE_MAX / 2) {
        return false;
    }
    m->reserved_bytes = most != 0 ? most : W2C_PAGE_BYTES;
    u8 *base = mem_reserve(address, (size_t)m->reserved_bytes);
    if (!base) {
        return false;
    }
    if (!mem_commit(base, 0, bytes)) {
        mem_unreserve(base, (size_t)m->reserved_bytes, address != NULL);
        return false;
    }
    m->base = base;
    m->size_bytes = bytes;
    m->is_placed = address != NULL;
    return true;
}

static void mem_free_fixed(struct w2c_memory *m) {
    mem_unreserve(m->base, (size_t)m->reserved_bytes, m->is_placed);
}

static void mem_free_guarded(struct w2c_memory *m) {
    mem_unregister(mem_entry(m->base, m->is_64));
    mem_unreserve(m->base, (size_t)m->reserved_bytes, m->is_placed);
}

#else /* no guard pages on this host: w2c_memory_init refuses them */

W2C_RT bool w2c_memory_reserves(uintptr_t address) {
    (void)address;
    return false;
}

static bool mem_init_guarded(struct w2c_memory *m, u8 *address, u64 bytes) {
    (void)m, (void)address, (void)bytes;
    return false;
}

static bool mem_grow_guarded(struct w2c_memory *m, u64 added_bytes) {
    (void)m, (void)added_bytes; /* all of a shared memory, which alone comes here, is allocated */
    return true;
}

static void mem_free_guarded(struct w2c_memory *m) {
    (void)m;
}

static bool mem_init_fixed(struct w2c_memory *m, u8 *address, u64 most, u64 bytes) {
    if (most > SIZE_MAX || address) {
        return false;
    }
    m->base = calloc(most != 0 ? (size_t)most : 1, 1);
    m->size_bytes = bytes;
    m->reserved_bytes = most;
    return m->base != NULL;
}

static void mem_free_fixed(struct w2c_memory *m) {
    free(m->base);
}

#endif

#if W2C_HAS_GUARD && defined(MREMAP_MAYMOVE) && defined(MREMAP_FIXED)
static bool mem_are_pages(uintptr_t to, uintptr_t image, u64 size) {
    const long page = sysconf(_SC_PAGESIZE);
    return page > 0 && size != 0 && ((to | image | size) & ((uintptr_t)page - 1)) == 0;
}

/* Moves the loader's private mapping of the program's file: what the guest writes stays its own. The pages become
 * writable before they move, since the system may refuse that, and after moving there would be nothing left to copy. A
 * move that fails may have taken away what was at `to`. */
static bool mem_move(const struct w2c_memory *m, u8 *to, const u8 *image, u64 size) {
    const bool is_ours = m->is_guarded || m->is_placed;
    if (!is_ours || !mem_are_pages((uintptr_t)to, (uintptr_t)image, size) ||
        mprotect((void *)(uintptr_t)image, (size_t)size, PROT_READ | PROT_WRITE) != 0) {
        return false;
    }
    if (mremap((void *)(uintptr_t)image, (size_t)size, (size_t)size, MREMAP_MAYMOVE | MREMAP_FIXED, to) != MAP_FAILED) {
        return true;
    }
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    if (mmap(to, (size_t)size, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) {
        w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
    }
    return false;
}
#else
static bool mem_move(const struct w2c_memory *m, u8 *to, const u8 *image, u64 size) {
    (void)m, (void)to, (void)image, (void)size;
    return false;
}
#endif

/* Allocations are never of 0 bytes, so that base is NULL only in a memory that does not exist. */
static bool mem_init_checked(struct w2c_memory *m, u64 bytes) {
    if (bytes > SIZE_MAX) {
        return false;
    }
    m->base = calloc(bytes != 0 ? (size_t)bytes : 1, 1);
    m->size_bytes = bytes;
    return m->base != NULL;
}

/* A block of this size with the bytes that there are, and zeros behind. Whichever is less is written: what is added, or
 * what there was. Fresh memory of the system is zero without being touched, so a guest that uses little of much costs
 * little. */
static u8 *mem_larger_block(const struct w2c_memory *m, u64 bytes) {
    const u64 added_bytes = bytes - m->size_bytes;
    if (added_bytes <= m->size_bytes) {
        u8 *base = realloc(m->base, (size_t)bytes);
        if (base) {
            memset(base + m->size_bytes, 0, (size_t)added_bytes);
        }
        return base;
    }
    u8 *base = calloc((size_t)bytes, 1);
    if (base) {
        memcpy(base, m->base, (size_t)m->size_bytes);
        free(m->base);
    }
    return base;
}

static bool mem_grow_checked(struct w2c_memory *m, u64 added_bytes) {
    u64 bytes = m->size_bytes + added_bytes;
    if (bytes < added_bytes || bytes > SIZE_MAX || added_bytes == 0) {
        return added_bytes == 0;
    }
    u8 *base = mem_larger_block(m, bytes);
    if (!base) {
        return false;
    }
    m->base = base;
    return true;
}

/* The most pages of a type (spec 3.2, memory types). A 64-bit memory may have 2^48 of 64 KiB, which is more bytes than
 * 64 bits count; no host gives a fraction of that. */
static u64 mem_type_limit(bool is_64, u32 page_bytes) {
    if (page_bytes == 1) {
        return is_64 ? UINT64_MAX : UINT32_MAX;
    }
    return is_64 ? (u64)1 << 48 : W2C_MAX_PAGES_32;
}

/* False if 64 bits do not count them. */
static bool mem_bytes_of(const struct w2c_memory *m, u64 pages, u64 *bytes) {
    *bytes = pages * m->page_bytes;
    return pages <= UINT64_MAX / m->page_bytes;
}

W2C_RT bool w2c_memory_init(struct w2c_memory *memory, struct w2c_memory_type type, enum w2c_bounds bounds) {
    const u32 page_bytes = type.page_bytes ? type.page_bytes : W2C_PAGE_BYTES;
    const u64 limit = mem_type_limit(type.is_64, page_bytes);
    u64 bytes, most;
    memset(memory, 0, sizeof *memory);
    memory->max_pages = type.has_max && type.max_pages < limit ? type.max_pages : limit;
    memory->page_bytes = page_bytes;
    memory->has_max = type.has_max;
    memory->is_64 = type.is_64;
    memory->is_shared = type.is_shared;
    if (type.min_pages > memory->max_pages || !mem_bytes_of(memory, type.min_pages, &bytes)) {
        return false;
    }
    if (bounds == W2C_BOUNDS_GUARD && page_bytes != 1) {
        return mem_init_guarded(memory, type.address, bytes);
    }
    if (type.is_shared || type.address) {
        const bool is_bounded = type.has_max || !type.is_shared;
        return is_bounded && mem_bytes_of(memory, memory->max_pages, &most) &&
               mem_init_fixed(memory, type.address, most, bytes);
    }
    return mem_init_checked(memory, bytes);
}

W2C_RT bool w2c_memory_take(struct w2c_memory *memory, const uint8_t *image, uint64_t offset, uint64_t size) {
    u8 *to = w2c_memory_bytes(memory, offset, size);
    if (!to) {
        return false;
    }
    if (!mem_move(memory, to, image, size)) {
        memcpy(to, image, (size_t)size);
    }
    return true;
}

W2C_RT void w2c_memory_free(struct w2c_memory *memory) {
    if (memory->is_guarded) {
        mem_free_guarded(memory);
    } else if (memory->is_shared || memory->is_placed) {
        mem_free_fixed(memory);
    } else {
        free(memory->base);
    }
    memset(memory, 0, sizeof *memory);
}

/* Threads that grow a memory at the same time take turns; those that only use it need not wait, for they compare with a
 * size that is published when its pages are open. */
static int mem_growth_lock;

static void mem_publish_size(struct w2c_memory *memory, u64 size) {
#if W2C_GNU
    __atomic_store_n(&memory->size_bytes, size, __ATOMIC_RELEASE);
#else
    memory->size_bytes = size;
#endif
}

/* How many pages it may grow by. Where several accesses are compared at once, the last 64 KiB below 2^32 would be a
 * special case for each of them (translator/ir/bounds_facts.c), so such memories do not grow to there. */
static u64 mem_room(const struct w2c_memory *memory, u64 old_pages) {
    const bool has_all = memory->max_pages == W2C_MAX_PAGES_32 && memory->page_bytes == W2C_PAGE_BYTES;
    const bool lacks_last = has_all && !memory->is_64 && !memory->is_guarded && old_pages < W2C_MAX_PAGES_32;
    return memory->max_pages - lacks_last - old_pages;
}

static uint64_t mem_grow_shared(struct w2c_memory *memory, uint64_t pages) {
    uint64_t old_pages = UINT64_MAX;
    u64 added_bytes;
    w2c_lock(&mem_growth_lock);
    u64 size = memory->size_bytes;
    if (pages <= mem_room(memory, size / memory->page_bytes) && mem_bytes_of(memory, pages, &added_bytes) &&
        mem_grow_guarded(memory, added_bytes)) {
        old_pages = size / memory->page_bytes;
        mem_publish_size(memory, size + added_bytes);
    }
    w2c_unlock(&mem_growth_lock);
    return old_pages;
}

W2C_RT uint64_t w2c_memory_grow(struct w2c_memory *memory, uint64_t pages) {
    if (memory->is_shared) {
        return mem_grow_shared(memory, pages);
    }
    const u64 old_pages = memory->size_bytes / memory->page_bytes;
    u64 added_bytes;
    if (pages > mem_room(memory, old_pages) || !mem_bytes_of(memory, pages, &added_bytes)) {
        return UINT64_MAX;
    }
    const bool stays = memory->is_guarded || memory->is_placed;
    if (!(stays ? mem_grow_guarded(memory, added_bytes) : mem_grow_checked(memory, added_bytes))) {
        return UINT64_MAX;
    }
    memory->size_bytes += added_bytes;
    return old_pages;
}

/* Compares by subtraction: offset + size may wrap. */
W2C_RT uint8_t *w2c_memory_bytes(const struct w2c_memory *memory, uint64_t offset, uint64_t size) {
    u64 size_bytes = w2c_memory_size(memory);
    if (!memory->base || offset > size_bytes || size > size_bytes - offset) {
        return NULL;
    }
    return memory->base + offset;
}
