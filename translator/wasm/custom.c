/* Custom sections, of which only "name" is read (spec 7.4.1). What is wrong in it never makes a module invalid: the
 * names up to there are kept. */
#include <setjmp.h>
#include <string.h>

#include "decode_internal.h"

/* Its own name is part of the format and must be right. Names are read at the end, when all index spaces are known. */
void decode_custom(struct decoder *d, struct reader *r) {
    const struct name name = read_name(r);
    const struct span content = read_span(r, reader_left(r), "a custom section");
    if (name.size == 4 && memcmp(name.bytes, "name", 4) == 0) d->names = content;
}

/* A name map: pairs of index and name. */
static void read_func_names(struct decoder *d, struct reader *r) {
    const uint32_t count = read_count(r, 2, "names");
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t idx = read_u32(r);
        const struct name name = read_name(r);
        if (idx < d->module->func_count) d->funcs[idx].name = name;
    }
}

static void read_global_names(struct decoder *d, struct reader *r) {
    const uint32_t count = read_count(r, 2, "names");
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t idx = read_u32(r);
        const struct name name = read_name(r);
        if (idx < d->module->global_count) d->globals[idx].name = name;
    }
}

static void read_subsections(struct decoder *d, struct reader *r) {
    enum { MODULE_NAME = 0, FUNC_NAMES = 1, GLOBAL_NAMES = 7 };
    while (reader_left(r)) {
        const uint8_t id = read_u8(r);
        const uint32_t size = read_u32(r);
        struct reader content = read_sub(r, size, "names");
        if (id == MODULE_NAME) d->module->name = read_name(&content);
        if (id == FUNC_NAMES) read_func_names(d, &content);
        if (id == GLOBAL_NAMES) read_global_names(d, &content);
    }
}

/* The readers fail by fail_at; here that leads back to us, and the rest of the section is ignored. */
void decode_names(struct decoder *d) {
    const struct span *names = &d->names;
    if (!names->size) return;
    struct reader r = {.start = names->bytes - names->offset,
                       .next = names->bytes,
                       .end = names->bytes + names->size,
                       .diag = d->diag};
    jmp_buf *const outer = d->diag->catcher;
    jmp_buf here;
    d->diag->catcher = &here;
    if (setjmp(here) == 0) read_subsections(d, &r);
    d->diag->catcher = outer;
}
