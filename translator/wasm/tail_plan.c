/* Tail calls make chains: f leaves its frame to g, g to h, and who called f gets what h returns. Most chains end soon,
 * for what compilers mark as tail calls is mostly a last call of some ordinary function. Such a chain costs no more
 * stack as calls than the module has functions, and calls are cheaper than anything else. A chain may be endless only
 * if it comes to a cycle of tail calls, or to a callee that nobody knows here: through a table, a reference, an import.
 *
 * So a function is *bounded* if all whom it calls in tail position are. A call of a function by itself does not count:
 * it is a jump. Found from the ends: a function is bounded once all of its tail callees are; what is never found is
 * not. Only functions with tail calls are read.
 */
#include "tail_plan.h"

#include "../base/arena.h"
#include "body.h"

enum { NO_EDGE = UINT32_MAX };

/* One tail call between functions of the module that make tail calls, in the list of the callee. */
struct tail_edge {
    uint32_t caller;
    uint32_t next;
};

struct tail_graph {
    const struct module *module;
    bool is_program;
    struct arena *arena;
    struct tail_edge *edges;
    uint32_t edge_count;
    uint32_t edge_capacity;
    uint32_t *callers; /* by callee: first edge */
    uint32_t *open;    /* by function: tail calls that are not known to be bounded; NO_EDGE: never */
    uint32_t *ready;   /* bounded functions whose callers have not been told */
    uint32_t ready_count;
};

bool module_makes_tail_calls(const struct module *module) {
    for (uint32_t i = module->imported_func_count; i < module->func_count; i++) {
        if (module->makes_tail_calls[i]) return true;
    }
    return false;
}

static void add_edge(struct tail_graph *g, uint32_t caller, uint32_t callee) {
    if (g->edge_count == g->edge_capacity) {
        const uint32_t capacity = g->edge_capacity ? g->edge_capacity * 2 : 64;
        struct tail_edge *edges = arena_array(g->arena, struct tail_edge, capacity);
        if (g->edge_count) memcpy(edges, g->edges, g->edge_count * sizeof *edges);
        g->edges = edges;
        g->edge_capacity = capacity;
    }
    g->edges[g->edge_count] = (struct tail_edge){caller, g->callers[callee]};
    g->callers[callee] = g->edge_count++;
    g->open[caller]++;
}

static void add_tail_call(struct tail_graph *g, uint32_t caller, uint32_t callee) {
    if (callee < g->module->imported_func_count) {
        if (!g->is_program) g->open[caller] = NO_EDGE;
    } else if (callee != caller && g->module->makes_tail_calls[callee]) {
        add_edge(g, caller, callee);
    }
}

static void read_function(struct tail_graph *g, struct diag_context *diag, uint32_t func_idx) {
    struct body body;
    struct instr instr;
    body_open(&body, g->module, g->arena, diag, func_idx);
    while (!body_at_end(&body) && g->open[func_idx] != NO_EDGE) {
        body_next(&body, &instr);
        if (instr.op == OP_RETURN_CALL) add_tail_call(g, func_idx, instr.idx);
        if (instr.op == OP_RETURN_CALL_INDIRECT || instr.op == OP_RETURN_CALL_REF) g->open[func_idx] = NO_EDGE;
    }
    if (g->open[func_idx] == 0) g->ready[g->ready_count++] = func_idx;
}

static void tell_callers(struct tail_graph *g, uint32_t callee) {
    for (uint32_t at = g->callers[callee]; at != NO_EDGE; at = g->edges[at].next) {
        const uint32_t caller = g->edges[at].caller;
        if (g->open[caller] != NO_EDGE && --g->open[caller] == 0) g->ready[g->ready_count++] = caller;
    }
}

const bool *tail_plan(const struct module *m, bool is_program, struct arena *arena, struct arena *scratch,
                      struct diag_context *diag) {
    if (!module_makes_tail_calls(m)) return NULL;
    struct tail_graph g = {.module = m, .is_program = is_program, .arena = scratch};
    g.callers = arena_array(scratch, uint32_t, m->func_count);
    g.open = arena_array(scratch, uint32_t, m->func_count);
    g.ready = arena_array(scratch, uint32_t, m->func_count);
    memset(g.callers, 0xff, m->func_count * sizeof *g.callers);
    for (uint32_t i = m->imported_func_count; i < m->func_count; i++) {
        if (m->makes_tail_calls[i]) read_function(&g, diag, i);
    }
    while (g.ready_count)
        tell_callers(&g, g.ready[--g.ready_count]);
    bool *is_endless = arena_array(arena, bool, m->func_count);
    bool are_any = false;
    for (uint32_t i = m->imported_func_count; i < m->func_count; i++) {
        is_endless[i] = m->makes_tail_calls[i] && g.open[i] != 0;
        are_any |= is_endless[i];
    }
    arena_reset(scratch);
    return are_any ? is_endless : NULL;
}
