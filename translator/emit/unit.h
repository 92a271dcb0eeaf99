/* The files of an output, as texts. One file for a small module:
 *
 *     OUT.c         prelude, shared declarations, prototypes, functions, state, start, runtime
 *
 * and for a large one, so that compilers can work in parallel and in bounded memory:
 *
 *     OUT_shared.h  prelude, shared declarations
 *     OUT.c         state, start, runtime
 *     OUT_1.c ...   prototypes and functions, of one heat each (shard_plan.h)
 *
 * A library has OUT.h besides, which all of these include.
 */
#ifndef W2C_UNIT_H
#define W2C_UNIT_H

#include "amalgam.h"
#include "emit.h"
#include "shard_plan.h"

/* Functions that go into one file, as C, with a bit for each function they call. */
struct shard {
    struct shard_range range;
    struct text text;
    unsigned char *called;
    unsigned char *copied; /* likewise, of those that it has copies of; set by unit_part_head */
    bool uses_heap;
    bool uses_v128;
    bool uses_atomics;
    bool uses_wide;
    bool changes_tables;
    unsigned char *tail_types;
    bool has_tail_callers; /* functions that are written when all others have been */
};

/* First line of every file that w2c writes. */
void unit_marker(struct text *out, const struct emitter *emitter);
/* OUT.h. Marks in `amalgam` what later files need not repeat. */
void unit_public_header(struct text *out, const struct emitter *emitter, struct amalgam *amalgam);
/* From the marker to the declarations: OUT_shared.h, or the beginning of a single OUT.c. */
void unit_shared(struct text *out, const struct emitter *emitter, struct amalgam *amalgam);
/* OUT_n.c: everything but the shard's own text, which follows. */
void unit_part_head(struct text *out, const struct emitter *emitter, const struct shard *shard);
/* The beginning of OUT.c of a split output: what does not depend on the functions, so that it can be written beside
 * them. It is data, for many modules a fourth of all text. */
void unit_main_data(struct text *out, const struct emitter *emitter);
/* What stands before the functions in a single file, or before the state in OUT.c of a split output. `called` is the
 * union of all shards. */
void unit_main_head(struct text *out, const struct emitter *emitter, const unsigned char *called);
/* State, start and runtime: the end of OUT.c. */
void unit_main_tail(struct text *out, const struct emitter *emitter, struct amalgam *amalgam);

#endif
