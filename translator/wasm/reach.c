/* The questions "can it throw?" and "can it make a memory grow?" as reachability in a graph:
 *
 *     nodes   functions, and function types as what a reference may be called by
 *     edges   from what throws to who then throws: callee -> caller; function -> its type, and the types above, if a
 *             reference to it can exist; type -> whoever calls a reference of that type
 *     start   functions with a throw of their own, imports other than WASI's, and all types if references to functions
 *             of others can get here
 *
 * Of growth the same holds, with memory.grow for the throw. But all imports of a library are where it starts: WASI's
 * calls throw nothing, and whoever gives a library functions of his own instead may let them do anything to a memory
 * that he knows. Which memory grows is not asked: two that are imported may be one.
 *
 * That a handler may catch all that comes is not considered: it would need the structure of bodies, and a function
 * that has one costs the same on its way in. One walk over the code, then each edge is followed at most once, however
 * long the chains of calls are.
 */
#include "reach.h"

#include <setjmp.h>
#include <string.h>

#include "../base/arena.h"
#include "body.h"
#include "module_facts.h"

struct edge {
    uint32_t from;
    uint32_t to;
};

struct question {
    bool (*is_source)(enum op op);
    bool has_sources; /* functions of the module may have such operators */
    bool is_of_wasi;  /* imports of WASI's calls are where it starts, too, in a library */
};

struct search {
    const struct module *module;
    struct question question;
    struct arena arena;   /* of the graph */
    struct arena scratch; /* of the function being read */
    struct edge *edges;
    size_t edge_count, edge_capacity;
    bool *reached; /* by node: functions, then types by canonical index */
    uint32_t *pending;
    uint32_t pending_count;
};

static uint32_t type_node(const struct module *m, uint32_t type_idx) {
    return m->func_count + m->types[type_idx].canonical;
}

static void add_edge(struct search *s, uint32_t from, uint32_t to) {
    if (s->edge_count == s->edge_capacity) {
        const size_t capacity = s->edge_capacity ? s->edge_capacity * 2 : 256;
        struct edge *edges = arena_array(&s->arena, struct edge, capacity);
        if (s->edge_count) memcpy(edges, s->edges, s->edge_count * sizeof *edges);
        s->edges = edges;
        s->edge_capacity = capacity;
    }
    s->edges[s->edge_count++] = (struct edge){from, to};
}

static void mark(struct search *s, uint32_t node) {
    if (s->reached[node]) return;
    s->reached[node] = true;
    s->pending[s->pending_count++] = node;
}

/* ---- foreign references ---- */

/* References by which functions, or objects that hold functions, get from one module into another. An externref may be
 * an object in disguise (any.convert_extern), which is of use only to who knows types of objects. */
static bool may_hold_funcs(const struct module *m, valtype type) {
    if (!type_is_ref(type)) return false;
    const enum type_code code = type_code(type);
    if (code == TYPE_EXTERN) return m->has_rich_types;
    return code != TYPE_NOEXTERN && code != TYPE_I31;
}

static bool any_may_hold_funcs(const struct module *m, const valtype *types, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (may_hold_funcs(m, types[i])) return true;
    }
    return false;
}

static bool signature_holds_funcs(const struct module *m, const struct functype *type) {
    return any_may_hold_funcs(m, type->params, type->param_count) ||
           any_may_hold_funcs(m, type->results, type->result_count);
}

/* On the way out as well: others may write references of their own into an object, and give them to a function. */
static bool object_lets_in(const struct module *m, enum extern_kind kind, uint32_t idx) {
    switch (kind) {
    case EXTERN_FUNC: return signature_holds_funcs(m, func_type(m, idx));
    case EXTERN_TABLE: return may_hold_funcs(m, m->tables[idx].type.element);
    case EXTERN_GLOBAL: return may_hold_funcs(m, m->globals[idx].type.type);
    case EXTERN_TAG: return signature_holds_funcs(m, &m->types[m->tags[idx].type_idx].func);
    default: return false;
    }
}

static bool lets_references_in(const struct module *m) {
    for (uint32_t i = 0; i < m->import_count; i++) {
        if (object_lets_in(m, m->imports[i].kind, m->imports[i].idx)) return true;
    }
    for (uint32_t i = 0; i < m->export_count; i++) {
        if (object_lets_in(m, m->exports[i].kind, m->exports[i].idx)) return true;
    }
    return false;
}

/* ---- the graph ---- */

static bool throws(enum op op) {
    return op == OP_THROW || op == OP_THROW_REF || op == OP_RETHROW;
}

static bool grows_memory(enum op op) {
    return op == OP_MEMORY_GROW;
}

static void add_instr(struct search *s, uint32_t func_idx, const struct instr *instr) {
    const struct module *m = s->module;
    const enum imm imm = op_infos[instr->op].imm;
    if (s->question.is_source(instr->op)) mark(s, func_idx);
    switch (instr->op) {
    case OP_REF_FUNC: return;
    case OP_CALL_REF:
    case OP_RETURN_CALL_REF:
        if (instr->idx < m->type_count) add_edge(s, type_node(m, instr->idx), func_idx);
        return;
    default: break;
    }
    if (imm == IMM_FUNC && instr->idx < m->func_count) add_edge(s, instr->idx, func_idx);
    if (imm == IMM_TYPE_TABLE && instr->idx < m->type_count) add_edge(s, type_node(m, instr->idx), func_idx);
}

static void read_function(struct search *s, struct diag_context *diag, uint32_t func_idx) {
    struct body body;
    struct instr instr;
    arena_reset(&s->scratch);
    body_open(&body, s->module, &s->scratch, diag, func_idx);
    while (!body_at_end(&body)) {
        body_next(&body, &instr);
        add_instr(s, func_idx, &instr);
    }
}

/* False if a body is malformed: whoever translates it will say so. */
static bool read_functions(struct search *s) {
    jmp_buf catcher;
    struct diag_context diag = {.catcher = &catcher};
    if (setjmp(catcher) != 0) return false;
    for (uint32_t i = s->module->imported_func_count; i < s->module->func_count; i++)
        read_function(s, &diag, i);
    return true;
}

/* A function that a reference may lead to can be called as its type and as those above it. */
static void add_references(struct search *s) {
    const struct module *m = s->module;
    for (uint32_t i = 0; i < m->func_count; i++) {
        if (!m->funcs[i].is_declared) continue;
        for (uint32_t type = m->funcs[i].type_idx; type != NO_TYPE; type = m->types[type].supertype)
            add_edge(s, i, type_node(m, type));
    }
}

/* ---- the search ---- */

/* Edges by where they start, as a list of ends and for each node where its own begin. */
static void follow_edges(struct search *s, uint32_t node_count) {
    uint32_t *first = arena_array(&s->arena, uint32_t, (size_t)node_count + 2);
    uint32_t *ends = arena_array(&s->arena, uint32_t, s->edge_count + 1);
    for (size_t i = 0; i < s->edge_count; i++)
        first[s->edges[i].from + 2]++;
    for (uint32_t i = 2; i < node_count + 2; i++)
        first[i] += first[i - 1];
    for (size_t i = 0; i < s->edge_count; i++)
        ends[first[s->edges[i].from + 1]++] = s->edges[i].to;
    while (s->pending_count) {
        const uint32_t node = s->pending[--s->pending_count];
        for (uint32_t i = first[node]; i < first[node + 1]; i++)
            mark(s, ends[i]);
    }
}

static void mark_sources(struct search *s, bool is_program) {
    const struct module *m = s->module;
    if (is_program) return;
    for (uint32_t i = 0; i < m->imported_func_count; i++) {
        if (s->question.is_of_wasi || !is_wasi_import(m, (uint32_t)m->funcs[i].import)) mark(s, i);
    }
    if (!lets_references_in(m)) return;
    for (uint32_t i = 0; i < m->type_count; i++)
        mark(s, type_node(m, i));
}

static const struct reach_facts *make_facts(const struct search *s, struct arena *arena, uint32_t node_count) {
    struct reach_facts *facts = arena_new(arena, struct reach_facts);
    bool *reached = arena_array(arena, bool, (size_t)node_count + 1);
    memcpy(reached, s->reached, node_count);
    *facts = (struct reach_facts){.funcs = reached, .types = reached + s->module->func_count};
    return facts;
}

static const struct reach_facts *find(const struct module *m, struct arena *arena, bool is_program,
                                      struct question question) {
    const uint32_t node_count = m->func_count + m->type_count;
    struct search s = {.module = m, .question = question};
    s.reached = arena_array(&s.arena, bool, (size_t)node_count + 1);
    s.pending = arena_array(&s.arena, uint32_t, (size_t)node_count + 1);
    mark_sources(&s, is_program);
    const bool is_open = question.has_sources || s.pending_count;
    if (is_open && read_functions(&s)) {
        add_references(&s);
        follow_edges(&s, node_count);
    } else if (is_open) {
        memset(s.reached, true, node_count);
    }
    const struct reach_facts *facts = make_facts(&s, arena, node_count);
    arena_free(&s.scratch);
    arena_free(&s.arena);
    return facts;
}

const struct reach_facts *find_throws(const struct module *m, struct arena *arena, bool is_program) {
    if (is_program && m->tag_count == 0) return NULL;
    const struct question question = {.is_source = throws, .has_sources = m->tag_count != 0};
    const struct reach_facts *facts = find(m, arena, is_program, question);
    return memchr(facts->funcs, true, m->func_count + m->type_count) ? facts : NULL;
}

const struct reach_facts *find_growth(const struct module *m, struct arena *arena, bool is_program) {
    const struct question question = {.is_source = grows_memory, .has_sources = true, .is_of_wasi = true};
    return find(m, arena, is_program, question);
}
