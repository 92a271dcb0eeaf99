/* All types of the process: from a text to its id, and from an id to its record (w2c/type_records.h).
 *
 * Groups are found by their canonical text (type_text.c) in a hash table. The types of a group have ids one after
 * another. Ids lead to records through chunks that double in size and never move, so that looking one up
 * takes no lock:
 *
 *     chunk 0: ids 1..64     chunk 1: ids 65..192     chunk 2: 128 and so on, twice as many each
 *
 * An indirect call compares ids. Who compares records has got them from here, and nothing here is ever freed. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"

#include <stdlib.h>
#include <string.h>

#include "w2c/type_records.h"

enum { W2C_TYPE_CHUNKS = 18, W2C_TYPE_FIRST_CHUNK = 64, W2C_TYPE_FIRST_BUCKETS = 256 };

struct type_group {
    struct type_group *next;
    u64 hash;
    uint32_t first_id;
    char text[];
};

static struct type_group **type_buckets; /* a power of two of them */
static size_t type_bucket_count;
static size_t type_group_count;
static struct w2c_type **type_chunks[W2C_TYPE_CHUNKS];
static uint32_t type_count;
static int type_lock;

/* ---- records by id ---- */

/* Where the record of `id` is: in *chunk, at the place that is returned. */
static uint32_t type_place(uint32_t id, unsigned *chunk) {
    uint32_t place = id - 1;
    uint32_t size = W2C_TYPE_FIRST_CHUNK;
    *chunk = 0;
    while (place >= size) {
        place -= size;
        size *= 2;
        *chunk += 1;
    }
    return place;
}

/* `type_count` is read without the lock: who has an id got it after it was counted. */
W2C_RT const struct w2c_type *w2c_type_of(uint32_t id) {
    if (id == 0 || id >= W2C_TYPE_LIMIT) {
        return NULL;
    }
    unsigned chunk;
    const uint32_t place = type_place(id, &chunk);
#if W2C_GNU
    struct w2c_type **records = __atomic_load_n(&type_chunks[chunk], __ATOMIC_ACQUIRE);
    return records ? __atomic_load_n(&records[place], __ATOMIC_ACQUIRE) : NULL;
#else
    return type_chunks[chunk] ? type_chunks[chunk][place] : NULL;
#endif
}

static bool type_set_record(uint32_t id, struct w2c_type *record) {
    unsigned chunk;
    const uint32_t place = type_place(id, &chunk);
    struct w2c_type **records = type_chunks[chunk];
    if (!records) {
        records = calloc((size_t)W2C_TYPE_FIRST_CHUNK << chunk, sizeof *records);
        if (!records) {
            return false;
        }
    }
#if W2C_GNU
    __atomic_store_n(&records[place], record, __ATOMIC_RELEASE);
    __atomic_store_n(&type_chunks[chunk], records, __ATOMIC_RELEASE);
#else
    records[place] = record;
    type_chunks[chunk] = records;
#endif
    return true;
}

W2C_RT bool w2c_type_is_subtype(uint32_t a, uint32_t b) {
    const struct w2c_type *below = w2c_type_of(a);
    const struct w2c_type *above = w2c_type_of(b);
    return below && above && w2c_type_extends(below, above);
}

W2C_RT const char *w2c_type_signature(uint32_t id) {
    const struct w2c_type *type = w2c_type_of(id);
    return type ? type->text : NULL;
}

/* ---- making records ---- */

/* One type of a canonical group: what its record is made from. */
struct type_part {
    const char *text; /* of the composite type */
    size_t size;
    uint32_t super;    /* an id, or 0 */
    uint32_t first_id; /* of the group */
    uint32_t id;
    bool is_final;
};

static uint32_t type_number(const char **at) {
    uint32_t number = 0;
    while (**at >= '0' && **at <= '9') {
        number = number * 10 + (uint32_t)(*(*at)++ - '0');
    }
    return number;
}

/* The canonical text has been checked. */
static struct type_part type_take_part(const char *text, uint32_t first_id, uint32_t place) {
    struct type_part part = {.first_id = first_id, .id = first_id + place, .is_final = *text != '+'};
    const char *at = text + !part.is_final;
    if (*at == '<') {
        const bool is_place = at[1] == '@';
        at += 2;
        part.super = type_number(&at) + (is_place ? first_id : 0);
    }
    part.text = at;
    part.size = strcspn(at, ";");
    return part;
}

/* The text of one type, in which places become ids. `out` has room for W2C_TYPE_TEXT_GROWTH times the size. */
static void type_write_text(char *out, const struct type_part *part) {
    for (const char *at = part->text; at < part->text + part->size;) {
        if (*at != '@') {
            *out++ = *at++;
            continue;
        }
        at++;
        const uint32_t id = part->first_id + type_number(&at);
        char digits[12];
        struct w2c_message message = w2c_message_open(digits, sizeof digits);
        w2c_message_add(&message, "#%lu", (unsigned long)id);
        memcpy(out, digits, message.used);
        out += message.used;
    }
    *out = '\0';
}

/* Bytes of a value in an object, which is also what its offset is a multiple of. */
static uint32_t type_field_bytes(char letter) {
    switch (letter) {
    case 'b': return 1;
    case 'h': return 2;
    case 'i':
    case 'f': return 4;
    case 'l':
    case 'd': return 8;
    case 'v': return 16;
    default: return sizeof(void *);
    }
}

static bool type_is_reference_letter(char letter) {
    return !strchr("bhilfdv", letter);
}

/* The letter of the next field, `at` behind it: '#' and '!' stand for references. */
static char type_next_field(const char **at) {
    *at += **at == '~';
    const char letter = **at;
    *at += 1 + (letter == '!');
    while (**at >= '0' && **at <= '9') {
        ++*at;
    }
    return letter;
}

static uint32_t type_align(uint32_t offset, uint32_t bytes) {
    return (offset + bytes - 1) / bytes * bytes;
}

/* `offsets` has room for two numbers for each field. */
static void type_lay_out_struct(struct w2c_type *type, uint32_t *offsets) {
    type->fields = offsets;
    type->references = offsets + type->field_count;
    uint32_t *references = offsets + type->field_count;
    const char *at = type->text + 1;
    type->bytes = W2C_OBJECT_HEADER;
    for (uint32_t i = 0; i < type->field_count; i++) {
        const char letter = type_next_field(&at);
        const uint32_t bytes = type_field_bytes(letter);
        offsets[i] = type_align(type->bytes, bytes);
        type->bytes = offsets[i] + bytes;
        if (type_is_reference_letter(letter)) {
            references[type->reference_count++] = offsets[i];
        }
    }
    type->has_references = type->reference_count != 0;
}

static void type_lay_out_array(struct w2c_type *type) {
    const char *at = type->text + 1;
    const char letter = type_next_field(&at);
    type->element_bytes = type_field_bytes(letter);
    type->bytes = type_align(W2C_ARRAY_LENGTH + 4, type->element_bytes);
    type->has_references = type_is_reference_letter(letter);
}

static uint32_t type_count_fields(const struct type_part *part) {
    uint32_t count = 0;
    const char *at = part->text + 1;
    while (*at != '}' && *at != ']') {
        type_next_field(&at);
        count++;
    }
    return count;
}

/* In one block: the record, the display, the offsets of fields and of references, the text. NULL without memory. */
static struct w2c_type *type_make(const struct type_part *part) {
    const struct w2c_type *super = w2c_type_of(part->super);
    const u8 depth = super ? (u8)(super->depth + 1) : 0;
    const bool is_func = *part->text != '{' && *part->text != '[';
    const uint32_t fields = is_func ? 0 : type_count_fields(part);
    const size_t display_bytes = (size_t)(depth + 1) * sizeof(struct w2c_type *);
    const size_t offsets_bytes = (size_t)fields * 2 * sizeof(uint32_t);
    struct w2c_type *type =
        calloc(1, sizeof *type + display_bytes + offsets_bytes + part->size * W2C_TYPE_TEXT_GROWTH + 1);
    if (!type) {
        return NULL;
    }
    char *const offsets = (char *)type->display + display_bytes;
    *type = (struct w2c_type){.id = part->id, .is_final = part->is_final, .depth = depth, .field_count = fields};
    type_write_text(offsets + offsets_bytes, part);
    type->text = offsets + offsets_bytes;
    if (super) {
        memcpy(type->display, super->display, display_bytes - sizeof *type->display);
    }
    type->display[depth] = type;
    type->kind = is_func ? W2C_TYPE_FUNC : *type->text == '{' ? W2C_TYPE_STRUCT : W2C_TYPE_ARRAY;
    if (type->kind == W2C_TYPE_STRUCT) {
        type_lay_out_struct(type, (uint32_t *)offsets);
    } else if (type->kind == W2C_TYPE_ARRAY) {
        type_lay_out_array(type);
    }
    return type;
}

/* Supertypes must be of the same kind and not too many. Whether their fields match has been validated. */
static bool type_super_fits(const struct type_part *part) {
    const struct w2c_type *super = w2c_type_of(part->super);
    if (!super || super->is_final || super->depth == W2C_MAX_TYPE_DEPTH) {
        return false;
    }
    const char first = *part->text == '{' || *part->text == '[' ? *part->text : 'i';
    const char super_first = *super->text == '{' || *super->text == '[' ? *super->text : 'i';
    return first == super_first;
}

/* ---- groups by text, with the lock held ---- */

static u64 type_hash(const char *text) {
    u64 hash = 0xcbf29ce484222325u;
    for (const char *at = text; *at; at++) {
        hash = (hash ^ (u8)*at) * 0x100000001b3u;
    }
    return hash ^ hash >> 32;
}

/* 0 if there is no such group. */
static uint32_t type_find(const char *text, u64 hash) {
    if (type_bucket_count == 0) {
        return 0;
    }
    const struct type_group *group = type_buckets[hash & (type_bucket_count - 1)];
    while (group && (group->hash != hash || strcmp(group->text, text) != 0)) {
        group = group->next;
    }
    return group ? group->first_id : 0;
}

/* Without memory the chains grow instead, but there must be some. */
static bool type_grow_buckets(void) {
    if (type_group_count < type_bucket_count) {
        return true;
    }
    const size_t count = type_bucket_count ? type_bucket_count * 2 : W2C_TYPE_FIRST_BUCKETS;
    struct type_group **buckets = calloc(count, sizeof *buckets);
    if (!buckets) {
        return type_bucket_count != 0;
    }
    for (size_t i = 0; i < type_bucket_count; i++) {
        while (type_buckets[i]) {
            struct type_group *group = type_buckets[i];
            type_buckets[i] = group->next;
            group->next = buckets[group->hash & (count - 1)];
            buckets[group->hash & (count - 1)] = group;
        }
    }
    free(type_buckets);
    type_buckets = buckets;
    type_bucket_count = count;
    return true;
}

static enum w2c_type_fault type_make_record(const struct type_part *part) {
    if (part->super != 0 && !type_super_fits(part)) {
        return W2C_TYPE_MALFORMED;
    }
    struct w2c_type *type = type_make(part);
    if (!type || !type_set_record(part->id, type)) {
        free(type);
        return W2C_TYPE_NO_MEMORY;
    }
    return W2C_TYPE_GOOD;
}

/* Nobody has been told the id. */
static void type_forget_record(uint32_t id) {
    const struct w2c_type *type = w2c_type_of(id);
    if (type) {
        type_set_record(id, NULL);
        free((void *)(uintptr_t)type);
    }
}

/* Records for all types of a group, or for none. */
static enum w2c_type_fault type_make_records(const char *text, uint32_t first_id, uint32_t size) {
    enum w2c_type_fault fault = W2C_TYPE_GOOD;
    const char *at = text;
    uint32_t place = 0;
    for (; place < size && fault == W2C_TYPE_GOOD; place++) {
        const struct type_part part = type_take_part(at, first_id, place);
        fault = type_make_record(&part);
        at = part.text + part.size + 1;
    }
    while (fault != W2C_TYPE_GOOD && place-- > 0) {
        type_forget_record(first_id + place);
    }
    return fault;
}

static enum w2c_type_fault type_add(const char *text, u64 hash, uint32_t size, uint32_t *id) {
    const size_t bytes = strlen(text) + 1;
    if (size >= W2C_TYPE_LIMIT - type_count || !type_grow_buckets()) {
        return W2C_TYPE_NO_MEMORY;
    }
    struct type_group *group = malloc(sizeof *group + bytes);
    if (!group) {
        return W2C_TYPE_NO_MEMORY;
    }
    const enum w2c_type_fault fault = type_make_records(text, type_count + 1, size);
    if (fault != W2C_TYPE_GOOD) {
        free(group);
        return fault;
    }
    memcpy(group->text, text, bytes);
    group->hash = hash;
    group->first_id = *id = type_count + 1;
    struct type_group **bucket = &type_buckets[hash & (type_bucket_count - 1)];
    group->next = *bucket;
    *bucket = group;
    type_count += size;
    type_group_count++;
    return W2C_TYPE_GOOD;
}

static enum w2c_type_fault type_intern(const char *text, const uint32_t *ids, uint32_t id_count, uint32_t *id) {
    char *canonical;
    uint32_t size;
    enum w2c_type_fault fault = w2c_type_canonical(text, ids, id_count, &canonical, &size);
    if (fault != W2C_TYPE_GOOD) {
        return fault;
    }
    const u64 hash = type_hash(canonical);
    *id = type_find(canonical, hash);
    if (*id == 0) {
        fault = type_add(canonical, hash, size, id);
    }
    free(canonical);
    return fault;
}

/* ---- the ways in ---- */

/* Without the lock, which the trap would jump over. */
static void type_complain(enum w2c_type_fault fault) {
    if (fault == W2C_TYPE_MALFORMED) {
        w2c_trap_message(W2C_TRAP_LINK, "malformed text of a type");
    }
    if (fault == W2C_TYPE_NO_MEMORY) {
        w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
    }
}

W2C_RT uint32_t w2c_type_id(const char *text) {
    uint32_t id = 0;
    w2c_lock(&type_lock);
    const enum w2c_type_fault fault = type_intern(text, NULL, 0, &id);
    w2c_unlock(&type_lock);
    type_complain(fault);
    return id;
}

/* Entry `i` of a module's table, whose earlier entries have their ids. */
static enum w2c_type_fault type_define_one(const char *text, uint32_t *ids, uint32_t i) {
    if (*text != '^') {
        return type_intern(text, ids, i, &ids[i]);
    }
    const char *at = text + 1;
    const uint32_t back = type_number(&at);
    if (back == 0 || back > i) {
        return W2C_TYPE_MALFORMED;
    }
    ids[i] = ids[i - back] + back;
    return w2c_type_of(ids[i]) ? W2C_TYPE_GOOD : W2C_TYPE_MALFORMED;
}

/* Threads may instantiate one module at the same time: who comes second finds the id and writes nothing. */
static enum w2c_type_fault type_define_entry(const char *const *texts, uint32_t *ids, const struct w2c_type **records,
                                             uint32_t i) {
    enum w2c_type_fault fault = W2C_TYPE_GOOD;
    w2c_lock(&type_lock);
    if (ids[i] == 0) {
        fault = type_define_one(texts[i], ids, i);
    }
    if (records && !records[i]) {
        records[i] = w2c_type_of(ids[i]);
    }
    w2c_unlock(&type_lock);
    return fault;
}

/* The lock is taken for each entry: a module may have a million. */
W2C_RT void w2c_type_define(const char *const *texts, uint32_t *ids, const struct w2c_type **records, uint32_t count) {
    enum w2c_type_fault fault = W2C_TYPE_GOOD;
    for (uint32_t i = 0; i < count && fault == W2C_TYPE_GOOD; i++) {
        fault = type_define_entry(texts, ids, records, i);
    }
    type_complain(fault);
}
