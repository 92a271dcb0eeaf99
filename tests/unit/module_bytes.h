/* Modules made by hand: bytes appended to an image, with the sizes of sections and bodies filled in. */
#ifndef W2C_MODULE_BYTES_H
#define W2C_MODULE_BYTES_H

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "catching.h"
#include "wasm/validate.h"

struct image {
    uint8_t bytes[1 << 16];
    size_t size;
};

static inline void image_bytes(struct image *image, const uint8_t *bytes, size_t size) {
    assert(size <= sizeof image->bytes - image->size);
    memcpy(image->bytes + image->size, bytes, size);
    image->size += size;
}

static inline void image_u32(struct image *image, uint32_t value) {
    do {
        const uint8_t byte = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        image_bytes(image, &byte, 1);
        value >>= 7;
    } while (value);
}

static inline void image_begin(struct image *image) {
    static const uint8_t header[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    image->size = 0;
    image_bytes(image, header, sizeof header);
}

static inline void image_section(struct image *image, uint8_t id, const uint8_t *content, size_t size) {
    image_bytes(image, &id, 1);
    image_u32(image, (uint32_t)size);
    image_bytes(image, content, size);
}

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})
#define SECTION(image, id, ...) image_section((image), (id), BYTES(__VA_ARGS__))

/* A code section with one body. */
static inline void image_code(struct image *image, const uint8_t *body, size_t size) {
    static struct image content;
    content.size = 0;
    image_u32(&content, 1);
    image_u32(&content, (uint32_t)size);
    image_bytes(&content, body, size);
    image_section(image, 10, content.bytes, content.size);
}

/* ---- decoding an image ---- */

struct loaded {
    const uint8_t *bytes;
    size_t size;
    struct arena arena; /* of the module */
    struct arena func_arena;
    struct module module;
    struct diag_context context;
};

static inline void load_body(struct diag_context *context, void *argument) {
    struct loaded *loaded = argument;
    decode_module(&loaded->module, &loaded->arena, context, "test.wasm", loaded->bytes, loaded->size);
    for (uint32_t i = loaded->module.imported_func_count; i < loaded->module.func_count; i++) {
        struct body body;
        body_open(&body, &loaded->module, &loaded->func_arena, context, i);
        struct validator *validator = validate_open(&loaded->module, &loaded->func_arena, &body, i);
        while (!validate_is_done(validator)) {
            struct instr instr;
            body_next(&body, &instr);
            validate_step(validator, &instr);
        }
        validate_close(validator);
    }
}

/* Decodes and validates; true if all is well. Free with unload. */
static inline bool load_bytes(struct loaded *loaded, const uint8_t *bytes, size_t size) {
    memset(loaded, 0, sizeof *loaded);
    loaded->bytes = bytes;
    loaded->size = size;
    return !catches(&loaded->context, load_body, loaded);
}

static inline bool load(struct loaded *loaded, const struct image *image) {
    return load_bytes(loaded, image->bytes, image->size);
}

static inline void unload(struct loaded *loaded) {
    arena_free(&loaded->arena);
    arena_free(&loaded->func_arena);
}

/* The image must be refused like this: `kind`, and a message that begins with `message`. */
#define assert_refused(image, expected_kind, expected_message)                                                         \
    do {                                                                                                               \
        static struct loaded refused;                                                                                  \
        assert_false(load(&refused, (image)));                                                                         \
        assert_begins_with(refused.context.diag.message, (expected_message));                                          \
        assert_int_equal(refused.context.diag.kind, (expected_kind));                                                  \
        unload(&refused);                                                                                              \
    } while (0)

#define assert_accepted(image)                                                                                         \
    do {                                                                                                               \
        static struct loaded accepted;                                                                                 \
        if (!load(&accepted, (image))) fail_msg("%s", accepted.context.diag.message);                                  \
        unload(&accepted);                                                                                             \
    } while (0)

#endif
