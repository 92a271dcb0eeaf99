/* Inside of prove_bounds: what is known of addresses (bounds_facts.c), and the walk over the statements (bounds.c). */
#ifndef W2C_BOUNDS_H
#define W2C_BOUNDS_H

#include "../base/arena.h"
#include "builder.h"

/* A load or store, wherever it stands. */
struct access {
    struct expr **address;
    uint64_t *offset;
    bool *is_in_bounds;
    uint32_t memory_idx;
    unsigned bytes;
    bool has_unchecked_form; /* or it compares in any case, and only shows something to others */
};

/* Comparisons that may be one, as long as nothing that can be seen lies between them: that of the access which comes
 * first, extended to what follows. lo and hi are relative to what the variable is ahead of the statement. */
struct check_group {
    struct stmt *stmt;
    struct access first;
    int64_t first_lo;
    int64_t lo, hi;
    struct range_check *check; /* NULL: the first access compares, for itself alone */
};

/* With a = (variable + lo) modulo 2^32: a + (hi - lo) is not above the memory's size. */
struct fact {
    uint32_t variable, memory_idx;
    int64_t lo, hi;
    struct check_group *group; /* that can be extended, or NULL */
    int64_t moved;             /* by how much the variable has changed since the group's statement */
    uint32_t made_at, used_at; /* statements */
};

enum { MAX_FACTS = 16 };

struct facts {
    uint32_t count;
    bool is_reached; /* or control does not get here */
    struct fact list[MAX_FACTS];
};

struct bounds {
    struct arena *arena;
    struct function *function;
    struct facts facts;
    uint32_t stmt_idx;
    struct proven *proven; /* accesses whose address is yet to be written relative to their group's */
};

/* Variables are the locals, and the slots of type i32. */
uint32_t bounds_slot(const struct bounds *b, uint32_t height);

/* ---- bounds_facts.c ---- */
/* The access is about to happen in the statement at hand: it follows from what is known, or is known from now on. */
void facts_meet_access(struct bounds *b, const struct access *access);
/* Something happens that can be seen: no comparison may move from behind it to before it. */
void facts_close_groups(struct bounds *b);
void facts_forget(struct bounds *b, uint32_t variable);
void facts_forget_slots_from(struct bounds *b, uint32_t height);
void facts_copy(struct facts *to, const struct facts *from);
void facts_assign(struct bounds *b, uint32_t variable, const struct expr *value);
/* What is true in both. */
void facts_join(struct facts *facts, const struct facts *other);
/* Rewrites addresses: at the end, when groups are complete. */
void facts_write_addresses(struct bounds *b);

#endif
