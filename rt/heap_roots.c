/* Roots: memory that holds references, as instances, engines and hosts have said.
 *
 * Lists are arrays. What is removed was mostly added last, so the search for it begins at the end. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "heap_state.h"

#include <stdlib.h>

struct heap_root {
    const void *start;
    size_t bytes;
};

/* An object that hosts keep, so many times. */
struct heap_kept {
    struct heap_kept *next;
    const void *reference;
    u64 count;
};

enum { HEAP_KEPT_BUCKETS = 256 };

static struct heap_root *heap_roots;
static size_t heap_root_count, heap_root_room;
static const struct w2c_table **heap_tables;
static size_t heap_table_count, heap_table_room;
static struct w2c_heap_source *heap_sources;
static struct heap_kept *heap_kept[HEAP_KEPT_BUCKETS];

/* Room for one more of `size` bytes; false without memory. */
static bool heap_make_room(void **list, size_t count, size_t *room, size_t size) {
    if (count < *room) {
        return true;
    }
    const size_t more = *room ? *room * 2 : 64;
    void *grown = realloc(*list, more * size);
    if (!grown) {
        return false;
    }
    *list = grown;
    *room = more;
    return true;
}

static void heap_finish_adding(bool is_good) {
    w2c_unlock(&w2c_heap.lock);
    if (!is_good) {
        w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
    }
}

W2C_RT void w2c_heap_root_add(const void *start, size_t bytes) {
    w2c_lock(&w2c_heap.lock);
    void *list = heap_roots;
    const bool is_good = heap_make_room(&list, heap_root_count, &heap_root_room, sizeof *heap_roots);
    heap_roots = list;
    if (is_good) {
        heap_roots[heap_root_count++] = (struct heap_root){start, bytes};
    }
    heap_finish_adding(is_good);
}

W2C_RT void w2c_heap_root_remove(const void *start) {
    w2c_lock(&w2c_heap.lock);
    for (size_t i = heap_root_count; i-- > 0;) {
        if (heap_roots[i].start == start) {
            heap_roots[i] = heap_roots[--heap_root_count];
            break;
        }
    }
    w2c_unlock(&w2c_heap.lock);
}

W2C_RT void w2c_heap_table_add(const struct w2c_table *table) {
    w2c_lock(&w2c_heap.lock);
    void *list = heap_tables;
    const bool is_good = heap_make_room(&list, heap_table_count, &heap_table_room, sizeof *heap_tables);
    heap_tables = list;
    if (is_good) {
        heap_tables[heap_table_count++] = table;
    }
    heap_finish_adding(is_good);
}

W2C_RT void w2c_heap_table_remove(const struct w2c_table *table) {
    w2c_lock(&w2c_heap.lock);
    for (size_t i = heap_table_count; i-- > 0;) {
        if (heap_tables[i] == table) {
            heap_tables[i] = heap_tables[--heap_table_count];
            break;
        }
    }
    w2c_unlock(&w2c_heap.lock);
}

W2C_RT void w2c_heap_source_add(struct w2c_heap_source *source) {
    w2c_lock(&w2c_heap.lock);
    source->next = heap_sources;
    heap_sources = source;
    w2c_unlock(&w2c_heap.lock);
}

W2C_RT void w2c_heap_source_remove(struct w2c_heap_source *source) {
    w2c_lock(&w2c_heap.lock);
    struct w2c_heap_source **at = &heap_sources;
    while (*at && *at != source) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = source->next;
    }
    w2c_unlock(&w2c_heap.lock);
}

/* ---- references that hosts keep ---- */

static struct heap_kept **heap_find_kept(const void *reference) {
    struct heap_kept **at = &heap_kept[((uintptr_t)reference / W2C_HEAP_GRAIN) % HEAP_KEPT_BUCKETS];
    while (*at && (*at)->reference != reference) {
        at = &(*at)->next;
    }
    return at;
}

W2C_RT void w2c_ref_keep(const void *reference) {
    if (!w2c_heap_has(reference)) {
        return;
    }
    w2c_lock(&w2c_heap.lock);
    struct heap_kept **at = heap_find_kept(reference);
    if (!*at) {
        *at = calloc(1, sizeof **at);
    }
    if (*at) {
        (*at)->reference = reference;
        (*at)->count++;
    }
    heap_finish_adding(*at != NULL);
}

W2C_RT void w2c_ref_release(const void *reference) {
    w2c_lock(&w2c_heap.lock);
    struct heap_kept **at = heap_find_kept(reference);
    struct heap_kept *kept = *at;
    if (kept && --kept->count == 0) {
        *at = kept->next;
        free(kept);
    }
    w2c_unlock(&w2c_heap.lock);
}

/* ---- marking ---- */

W2C_RT void w2c_heap_mark_roots(void) {
    for (size_t i = 0; i < heap_root_count; i++) {
        w2c_heap_mark_words(heap_roots[i].start, heap_roots[i].bytes);
    }
    for (size_t i = 0; i < heap_table_count; i++) {
        w2c_heap_mark_words(heap_tables[i]->elements, heap_tables[i]->size * sizeof(void *));
    }
    for (const struct w2c_heap_source *source = heap_sources; source; source = source->next) {
        const void *start = NULL;
        size_t bytes = 0;
        source->extent(source, &start, &bytes);
        w2c_heap_mark_words(start, bytes);
    }
    for (size_t i = 0; i < HEAP_KEPT_BUCKETS; i++) {
        for (const struct heap_kept *kept = heap_kept[i]; kept; kept = kept->next) {
            w2c_heap_mark_words(&kept->reference, sizeof kept->reference);
        }
    }
}
