/* One small number for each function type, so that an indirect call compares numbers.
 *
 * Types are equal if their texts are (w2c.h), in whatever module they stand. A hash table with chains, under a
 * lock; entries are never removed, for ids live in function records that any table may hold. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"

#include <stdlib.h>
#include <string.h>

enum { W2C_TYPE_BUCKETS = 1024 };

struct type_entry {
    struct type_entry *next;
    uint32_t id;
    char signature[];
};

static struct type_entry *type_buckets[W2C_TYPE_BUCKETS];
static uint32_t type_count;
static int type_lock;

/* Signatures are short and alike, so the low bits get a share of the high ones. */
static struct type_entry **type_bucket(const char *signature) {
    uint32_t hash = 5381;
    for (const char *at = signature; *at; at++) {
        hash = hash * 33 + (u8)*at;
    }
    return &type_buckets[(hash ^ hash >> 15) % W2C_TYPE_BUCKETS];
}

/* 0 if the chain does not have it. */
static uint32_t type_find(const struct type_entry *entry, const char *signature) {
    while (entry && strcmp(entry->signature, signature) != 0) {
        entry = entry->next;
    }
    return entry ? entry->id : 0;
}

/* The new id, or 0 without memory. */
static uint32_t type_add(struct type_entry **bucket, const char *signature) {
    size_t bytes = strlen(signature) + 1;
    struct type_entry *entry = malloc(sizeof *entry + bytes);
    if (!entry) {
        return 0;
    }
    memcpy(entry->signature, signature, bytes);
    entry->id = ++type_count;
    entry->next = *bucket;
    *bucket = entry;
    return entry->id;
}

/* With the lock held. */
static uint32_t type_intern(const char *signature) {
    struct type_entry **bucket = type_bucket(signature);
    uint32_t id = type_find(*bucket, signature);
    return id != 0 ? id : type_add(bucket, signature);
}

W2C_RT uint32_t w2c_type_id(const char *signature) {
    w2c_lock(&type_lock);
    uint32_t id = type_intern(signature);
    w2c_unlock(&type_lock); /* before the trap, which would jump over it */
    if (id == 0) {
        w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
    }
    return id;
}

/* Threads may instantiate one module at the same time: who comes second finds the ids and writes nothing. */
W2C_RT bool w2c_type_ids(const char *const *signatures, uint32_t *ids, uint32_t count) {
    bool is_complete = true;
    w2c_lock(&type_lock);
    for (uint32_t i = 0; i < count && is_complete; i++) {
        if (ids[i] == 0) {
            ids[i] = type_intern(signatures[i]);
        }
        is_complete = ids[i] != 0;
    }
    w2c_unlock(&type_lock);
    return is_complete;
}

/* Walks everything: only messages ask. */
W2C_RT const char *w2c_type_signature(uint32_t id) {
    const char *found = NULL;
    w2c_lock(&type_lock);
    for (size_t i = 0; i < W2C_TYPE_BUCKETS && !found; i++) {
        struct type_entry *entry = type_buckets[i];
        while (entry && entry->id != id) {
            entry = entry->next;
        }
        found = entry ? entry->signature : NULL;
    }
    w2c_unlock(&type_lock);
    return found;
}
