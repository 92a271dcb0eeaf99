/* A program whose functions are compiled when they are first called: the parts of it that its files share.
 *
 *     lazy_program   the engine: where state is, what the runtime is told, the run
 *     group          which functions are compiled together, their text
 *     code_list      which function an address belongs to
 *     code_cache     code from one run to the next
 */
#ifndef W2C_TCC_LAZY_PROGRAM_H
#define W2C_TCC_LAZY_PROGRAM_H

#include "../emit/emit.h"
#include "../engine/live.h"
#include "code_cache.h"
#include "code_list.h"
#include "unwind.h"
#include "zone.h"

struct tcc_program {
    struct w2c_code_range range; /* first: a pointer to it is a pointer to this */
    const struct module *module; /* `planned` */
    struct module planned;       /* the decoded module, and how it makes tail calls */
    struct live_instance *instance;
    struct zone zone;
    struct places places;
    void **slots;        /* at places.slots; behind them those at places.tail_slots */
    uint8_t *thunks;     /* see thunk.h */
    uint8_t *code_start; /* of what is compiled */
    struct emitter emitter;
    struct arena arena;   /* for names and tables */
    struct arena scratch; /* of the function that is being compiled */
    uint64_t host_table;
    struct text prelude;      /* what every text begins with */
    struct text heap_prelude; /* and goes on with if it has objects */
    struct text bodies, text, body, head;
    unsigned char *group, *called, *types, *host_types, *tail_types; /* bits, as struct writer has them */
    struct code_list code;
    struct unwind_range unwind;
    struct code_cache *cache;
    bool writes_perf_map;
};

/* For who brings better code while the program runs (tier/takeover.h). */
struct tcc_hooks {
    void *argument;
    void (*linked)(void *argument, struct tcc_program *program); /* all state has its place, nothing has run */
    void (*ending)(void *argument);                              /* nothing runs any more; all goes away after this */
};
/* For the next program; process-wide. The hooks must stay. */
void tcc_set_hooks(const struct tcc_hooks *hooks);

/* The function's code is there now, behind all other code: for backtraces, and, unless they got better code meanwhile,
 * for callers by slot and by reference. */
void program_enter_code(struct tcc_program *program, uint32_t func_idx, void *code);

/* The function has code for tail calls beside the one that others call (see w2c/ops_tail.h). */
static inline bool program_has_tail_code(const struct tcc_program *program, uint32_t func_idx) {
    const bool *endless = program->module->has_endless_tail_calls;
    return endless && endless[func_idx];
}
/* That is there now. */
void program_enter_tail_code(struct tcc_program *program, uint32_t func_idx, void *code);

/* Compiles a function, and others with it, and enters their code into the slots. False after a message. */
bool group_compile(struct tcc_program *program, uint32_t func_idx);
/* Writes what every text begins with. */
void group_prepare(struct tcc_program *program, uint64_t host_table, uint64_t heap_table);

#endif
