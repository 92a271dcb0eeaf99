/* Heat flows from where a module is entered along its calls.
 *
 *     entered     exports, the start function, and whatever a reference may lead to: one unit each
 *     call        passes on the caller's heat, four times as much for each loop around the call
 *     indirect    goes to a node of its type, which divides it among the functions of that type that are declared
 *
 * Three rounds of that are made. What counts is how many loops and callers lead to a function from nearby: with more
 * rounds, heat gathers wherever a cycle of calls is, and in large programs most functions are in one. (Measured:
 * CPython and RustPython running one benchmark, whose operators were counted by `w2c profile`. The hottest fifth of the
 * code by this estimate holds 87 and 90 percent of them after three rounds, 45 and 66 percent after eight.)
 *
 * The rank of a function is how often, by this estimate, an average byte of its code is executed. The hottest fifteen
 * percent of the code are hot, what follows is warm. Ranks are compared by their logarithms, in coarse steps:
 * when one function of a module changes, others shall not move from one side of a limit to the other, for each that
 * does changes two more files.
 */
#include "heat_estimate.h"

#include <setjmp.h>
#include <string.h>

#include "../base/arena.h"
#include "../base/pool.h"
#include "body.h"
#include "module_facts.h"

enum { ROUNDS = 3, LOOP_LOG2 = 2, MAX_LOOPS = 3, FUNCS_PER_READER = 512, UNIT = 1024 };
enum { HOT_PERCENT = 15, WARM_PERCENT = 35 };
enum { STEPS = 64 * 2 }; /* ranks are told apart by half powers of two */

#define MOST_HEAT ((uint64_t)1 << 52)

/* An edge is a node (a function, or behind them a type), and the loops around the call in its lowest two bits. */
struct reader_of_calls {
    struct arena arena;   /* of the edges */
    struct arena scratch; /* of the function being read */
    uint32_t *edges;
    size_t edge_count, edge_capacity;
};

struct function_calls {
    const uint32_t *edges;
    uint32_t count;
    uint64_t work; /* instructions, each as often as the loops around it suggest */
};

struct heat_map {
    const struct module *module;
    struct arena arena;
    struct reader_of_calls *readers;
    struct function_calls *funcs;
    uint64_t *heat; /* by node: in this round, and the next */
    uint64_t *next;
    uint32_t *members; /* by canonical type: declared functions */
};

/* ---- reading ---- */

static void add_edge(struct reader_of_calls *reader, uint32_t node, unsigned loops) {
    if (reader->edge_count == reader->edge_capacity) {
        const size_t capacity = reader->edge_capacity ? reader->edge_capacity * 2 : 4096;
        uint32_t *edges = arena_array(&reader->arena, uint32_t, capacity);
        if (reader->edge_count) memcpy(edges, reader->edges, reader->edge_count * sizeof *edges);
        reader->edges = edges;
        reader->edge_capacity = capacity;
    }
    reader->edges[reader->edge_count++] = node << 2 | loops;
}

static void add_call(struct reader_of_calls *reader, const struct module *m, const struct instr *instr,
                     unsigned loops) {
    const enum imm imm = op_infos[instr->op].imm;
    const bool is_by_reference = instr->op == OP_CALL_REF || instr->op == OP_RETURN_CALL_REF || imm == IMM_TYPE_TABLE;
    if (is_by_reference && instr->idx < m->type_count) {
        add_edge(reader, m->func_count + m->types[instr->idx].canonical, loops);
    } else if (imm == IMM_FUNC && instr->op != OP_REF_FUNC && instr->idx < m->func_count) {
        add_edge(reader, instr->idx, loops);
    }
}

static void read_calls(struct heat_map *map, struct reader_of_calls *reader, struct diag_context *diag, uint32_t func) {
    struct body body;
    struct instr instr;
    arena_reset(&reader->scratch);
    bool *is_loop = arena_array(&reader->scratch, bool, map->module->funcs[func].body.size + 1); /* by nesting */
    size_t depth = 0;
    unsigned loops = 0;
    body_open(&body, map->module, &reader->scratch, diag, func);
    while (!body_at_end(&body)) {
        body_next(&body, &instr);
        const unsigned counted = loops < MAX_LOOPS ? loops : MAX_LOOPS;
        map->funcs[func].work += (uint64_t)1 << LOOP_LOG2 * counted;
        if (op_infos[instr.op].imm == IMM_BLOCK || instr.op == OP_TRY_TABLE) {
            is_loop[depth++] = instr.op == OP_LOOP;
            loops += instr.op == OP_LOOP;
        } else if ((instr.op == OP_END || instr.op == OP_DELEGATE) && depth) {
            loops -= is_loop[--depth];
        } else {
            add_call(reader, map->module, &instr, counted);
        }
    }
}

/* The reader's functions up to the first that is malformed: whoever translates that one will say so. */
static void read_range(void *shared, unsigned worker, size_t item) {
    (void)worker;
    struct heat_map *map = shared;
    const struct module *m = map->module;
    struct reader_of_calls *reader = &map->readers[item];
    const uint32_t first = m->imported_func_count + (uint32_t)item * FUNCS_PER_READER;
    const uint32_t end = m->func_count - first < FUNCS_PER_READER ? m->func_count : first + FUNCS_PER_READER;
    jmp_buf catcher;
    struct diag_context diag = {.catcher = &catcher};
    if (setjmp(catcher) == 0) {
        for (uint32_t i = first; i < end; i++) {
            const size_t before = reader->edge_count;
            read_calls(map, reader, &diag, i);
            map->funcs[i].count = (uint32_t)(reader->edge_count - before);
        }
    }
    const uint32_t *at = reader->edges;
    for (uint32_t i = first; i < end; i++) {
        map->funcs[i].edges = at;
        at += map->funcs[i].count;
    }
}

/* ---- flowing ---- */

static void warm(uint64_t *heat, uint64_t more) {
    *heat = MOST_HEAT - *heat < more ? MOST_HEAT : *heat + more;
}

static void enter(struct heat_map *map, uint64_t *heat) {
    const struct module *m = map->module;
    for (uint32_t i = 0; i < m->export_count; i++) {
        if (m->exports[i].kind == EXTERN_FUNC) heat[m->exports[i].idx] = UNIT;
    }
    if (m->start_func != NO_FUNC) heat[m->start_func] = UNIT;
    for (uint32_t i = m->imported_func_count; i < m->func_count; i++) {
        if (m->funcs[i].is_declared) heat[i] = UNIT;
    }
}

static uint64_t looped(uint64_t heat, unsigned loops) {
    const unsigned shift = LOOP_LOG2 * loops;
    return heat > MOST_HEAT >> shift ? MOST_HEAT : heat << shift;
}

static void flow_once(struct heat_map *map) {
    const struct module *m = map->module;
    memset(map->next, 0, ((size_t)m->func_count + m->type_count) * sizeof *map->next);
    enter(map, map->next);
    for (uint32_t i = m->imported_func_count; i < m->func_count; i++) {
        const struct function_calls *calls = &map->funcs[i];
        for (uint32_t k = 0; map->heat[i] && k < calls->count; k++)
            warm(&map->next[calls->edges[k] >> 2], looped(map->heat[i], calls->edges[k] & 3));
    }
    for (uint32_t i = m->imported_func_count; i < m->func_count; i++) {
        const uint32_t type = m->types[m->funcs[i].type_idx].canonical;
        if (m->funcs[i].is_declared) warm(&map->next[i], map->next[m->func_count + type] / map->members[type]);
    }
    uint64_t *const swapped = map->heat;
    map->heat = map->next;
    map->next = swapped;
}

/* ---- ranking ---- */

/* Twice the logarithm to base 2, rounded down. */
static unsigned step_of(uint64_t value) {
    const unsigned log2 = 63 - (unsigned)__builtin_clzll(value | 1);
    const uint64_t rest = value << (63 - log2) << 1; /* the digits behind the first */
    return 2 * log2 + (rest >= 0x6a09e667f3bcc909u); /* the square root of 2, less 1 */
}

/* How often an average byte is executed. */
static unsigned rank(const struct heat_map *map, uint32_t func) {
    const size_t size = map->module->funcs[func].body.size;
    const uint64_t work = map->funcs[func].work * 256 / (size ? size : 1) + 1;
    const uint64_t heat = map->heat[func] + 1;
    const unsigned step = step_of(work) + step_of(heat);
    return step < STEPS ? step : STEPS - 1;
}

/* The steps above this rank hold no more than so much of the code. */
static unsigned limit(const size_t bytes[STEPS], size_t all, unsigned percent) {
    unsigned step = STEPS;
    size_t sum = 0;
    while (step > 0 && sum + bytes[step - 1] <= all / 100 * percent)
        sum += bytes[--step];
    return step;
}

static const unsigned char *divide(const struct heat_map *map, struct arena *arena) {
    const struct module *m = map->module;
    unsigned char *heats = arena_array(arena, unsigned char, (size_t)m->func_count + 1);
    size_t bytes[STEPS] = {0};
    size_t all = 0;
    for (uint32_t i = m->imported_func_count; i < m->func_count; i++) {
        bytes[rank(map, i)] += m->funcs[i].body.size;
        all += m->funcs[i].body.size;
    }
    const unsigned hot = limit(bytes, all, HOT_PERCENT), lukewarm = limit(bytes, all, WARM_PERCENT);
    for (uint32_t i = m->imported_func_count; i < m->func_count; i++) {
        const unsigned step = rank(map, i);
        heats[i] = step >= hot ? HEAT_HOT : step >= lukewarm ? HEAT_WARM : HEAT_COLD;
    }
    return heats;
}

const unsigned char *heat_estimate(const struct module *m, struct arena *arena, unsigned threads) {
    struct heat_map map = {.module = m};
    const size_t nodes = (size_t)m->func_count + m->type_count + 1;
    const size_t readers = (m->func_count - m->imported_func_count + FUNCS_PER_READER - 1) / FUNCS_PER_READER;
    map.readers = arena_array(&map.arena, struct reader_of_calls, readers + 1);
    map.funcs = arena_array(&map.arena, struct function_calls, nodes);
    map.heat = arena_array(&map.arena, uint64_t, nodes);
    map.next = arena_array(&map.arena, uint64_t, nodes);
    map.members = arena_array(&map.arena, uint32_t, nodes);
    for (uint32_t i = m->imported_func_count; i < m->func_count; i++)
        map.members[m->types[m->funcs[i].type_idx].canonical] += m->funcs[i].is_declared;
    pool_run(threads ? threads : pool_default_threads(), readers, read_range, &map);
    enter(&map, map.heat);
    for (int round = 0; round < ROUNDS; round++)
        flow_once(&map);
    const unsigned char *heats = divide(&map, arena);
    for (size_t i = 0; i < readers; i++) {
        arena_free(&map.readers[i].arena);
        arena_free(&map.readers[i].scratch);
    }
    arena_free(&map.arena);
    return heats;
}
