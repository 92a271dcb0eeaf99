/* How handlers, the functions that carry out one operation each, are written and chained.
 *
 * The machine's registers are parameters of every handler, and so live in registers of the processor: code pointer,
 * frame pointer, the start of memory 0, the accumulators, the activation, the table of handlers. Each handler
 * ends with a call of the next one through the table. A compiler that makes a jump of it (a tail call) gets
 * an interpreter with threaded dispatch, in which each operation has its own indirect jump, and registers are
 * allocated for one small function at a time: a loop with a switch has neither.
 *
 * That the jump is made, and the stack does not grow, is certain with clang's musttail and with gcc as it
 * optimises. Everywhere else, handlers put the registers into the activation and return to a loop (interp_run).
 */
#ifndef W2C_INTERP_RUN_H
#define W2C_INTERP_RUN_H

#include "code.h"

#if defined(__clang__) && defined(__has_attribute)
#if __has_attribute(musttail)
#define INTERP_TAIL_CALL __attribute__((musttail))
#define INTERP_IS_THREADED 1
#endif
#elif defined(__GNUC__) && defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define INTERP_TAIL_CALL
#define INTERP_IS_THREADED 1
#endif
#ifndef INTERP_IS_THREADED
#define INTERP_IS_THREADED 0
#endif

#define RUN_PARAMETERS                                                                                                 \
    const union word *pc, union slot *fp, const void *memory, u64 acc, struct activation *activation,                  \
        const struct handler_table *handlers, f32 f32_acc, f64 f64_acc

/* False: the loop ends. */
typedef bool run_handler(RUN_PARAMETERS);

struct handler_table {
    run_handler *run[OPERATION_COUNT];
};

#if INTERP_IS_THREADED
#define CONTINUE_WITH(handler)                                                                                         \
    INTERP_TAIL_CALL return (handler)(pc, fp, memory, acc, activation, handlers, f32_acc, f64_acc)
#else
#define CONTINUE_WITH(handler)                                                                                         \
    do {                                                                                                               \
        (void)(handler);                                                                                               \
        activation->code = pc;                                                                                         \
        activation->frame = fp;                                                                                        \
        activation->memory = memory;                                                                                   \
        activation->integer = acc;                                                                                     \
        activation->handlers = handlers;                                                                               \
        activation->f32 = f32_acc;                                                                                     \
        activation->f64 = f64_acc;                                                                                     \
        return true;                                                                                                   \
    } while (0)
#endif

/* Leaves the instruction to another handler. */
#define GO_TO(handler) return (handler)(pc, fp, memory, acc, activation, handlers, f32_acc, f64_acc)

/* Goes on `words` further. */
#define NEXT(words)                                                                                                    \
    do {                                                                                                               \
        pc += (words);                                                                                                 \
        CONTINUE_WITH(handlers->run[pc->op]);                                                                          \
    } while (0)

#define HANDLER(name) static bool run_##name(RUN_PARAMETERS)

/* Of operators whose operands stand in slots next to each other, where the result goes as well. */
#define OPERANDS union slot *const operands = fp + pc->x

/* Handlers of calls whose callee is found at run time: in a table, in one whose type may be extended, or by a
 * reference. The index or the reference is in a slot (S) or in the accumulator (A). `call`(func, words, call_host) goes
 * on in the function, or, if that is a host's, in the handler `call_host`, which is `call`_HOST(func, words). */
#define CALLS_BY_REFERENCE(prefix, call, element_words, ref_words)                                                     \
    FOUND_HANDLERS(prefix##_INDIRECT, call, element_words, FIND_ELEMENT(table_func, fp[pc->a].i32),                    \
                   FIND_ELEMENT(table_func, (u32)acc))                                                                 \
    FOUND_HANDLERS(prefix##_INDIRECT_BELOW, call, element_words, FIND_ELEMENT(table_func_below, fp[pc->a].i32),        \
                   FIND_ELEMENT(table_func_below, (u32)acc))                                                           \
    FOUND_HANDLERS(prefix##_REF, call, ref_words, ref_func(fp[pc->a].ref), ref_func((const void *)(uintptr_t)acc))
#define FIND_ELEMENT(lookup, index) lookup(pc[1].constant_pointer, index, (u32)pc[2].bits)
#define FOUND_HANDLERS(name, call, words, in_slot, in_accumulator)                                                     \
    W2C_NOINLINE HANDLER(name##_HOST_S) {                                                                              \
        call##_HOST(in_slot, words);                                                                                   \
    }                                                                                                                  \
    W2C_NOINLINE HANDLER(name##_HOST_A) {                                                                              \
        call##_HOST(in_accumulator, words);                                                                            \
    }                                                                                                                  \
    HANDLER(name##_S) {                                                                                                \
        call(in_slot, words, run_##name##_HOST_S);                                                                     \
    }                                                                                                                  \
    HANDLER(name##_A) {                                                                                                \
        call(in_accumulator, words, run_##name##_HOST_A);                                                              \
    }

/* By the letter of a type: its C type, an operand in a slot or in an accumulator, and the two ways to keep a result.
 * Slots of integers are always written as a whole, since copies read them so: a narrow store behind
 * a wide load is what processors cannot forward. */
#define C_TYPE_i u32
#define C_TYPE_l u64
#define C_TYPE_f f32
#define C_TYPE_d f64
#define IN_SLOT_i(n) fp[n].i32
#define IN_SLOT_l(n) fp[n].i64
#define IN_SLOT_f(n) fp[n].f32
#define IN_SLOT_d(n) fp[n].f64
#define ACCUMULATOR_i (u32) acc
#define ACCUMULATOR_l acc
#define ACCUMULATOR_f f32_acc
#define ACCUMULATOR_d f64_acc
#define SET_ACCUMULATOR_i(value) (acc = (u32)(value))
#define SET_ACCUMULATOR_l(value) (acc = (u64)(value))
#define SET_ACCUMULATOR_f(value) (f32_acc = (value))
#define SET_ACCUMULATOR_d(value) (f64_acc = (value))
#define STORE_ACCUMULATOR_i(n) (fp[n].i64 = acc)
#define STORE_ACCUMULATOR_l(n) (fp[n].i64 = acc)
#define STORE_ACCUMULATOR_f(n) (fp[n].f32 = f32_acc)
#define STORE_ACCUMULATOR_d(n) (fp[n].f64 = f64_acc)

/* Each file of handlers enters its own. */
void run_fill_values(struct handler_table *table);
void run_fill_branches(struct handler_table *table);
void run_fill_calls(struct handler_table *table);
void run_fill_tail(struct handler_table *table);
void run_fill_objects(struct handler_table *table);
void run_fill_exceptions(struct handler_table *table);
/* Behind a call of a host function that left an exception pending; `pc` is still at the call. */
bool interp_unwind_here(RUN_PARAMETERS);
/* The same, and handlers in this function are not asked: it was a tail call. */
bool interp_unwind_caller(RUN_PARAMETERS);
void run_fill_heap(struct handler_table *table);
void run_fill_atomic(struct handler_table *table);
void run_fill_objects64(struct handler_table *table);
void run_fill_simd(struct handler_table *table);
#define RUN_FILL_MEMORY(name) void run_fill_memory_##name(struct handler_table *table)
RUN_FILL_MEMORY(guard_fixed);
RUN_FILL_MEMORY(guard_length);
RUN_FILL_MEMORY(guard_switch);
RUN_FILL_MEMORY(guard_fixed_switch);
RUN_FILL_MEMORY(check_fixed);
RUN_FILL_MEMORY(check_length);
RUN_FILL_MEMORY(check_switch);
RUN_FILL_MEMORY(check_fixed_switch);

#endif
