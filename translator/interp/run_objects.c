/* Handlers of operators on globals, memories and tables. What they work on is in the code as a pointer; operands other
 * than those of globals stand in slots next to each other, where the result goes as well. */
#include "run.h"
#include "w2c/ops_bulk.h"
#include "w2c/ops_table.h"

#define GLOBAL(type)                                                                                                   \
    HANDLER(GLOBAL_GET_##type) {                                                                                       \
        SET_ACCUMULATOR_##type(*(const C_TYPE_##type *)pc[1].constant_pointer);                                        \
        STORE_ACCUMULATOR_##type(pc->a);                                                                               \
        NEXT(2);                                                                                                       \
    }                                                                                                                  \
    HANDLER(GLOBAL_GET_##type##_A) {                                                                                   \
        SET_ACCUMULATOR_##type(*(const C_TYPE_##type *)pc[1].constant_pointer);                                        \
        NEXT(2);                                                                                                       \
    }                                                                                                                  \
    HANDLER(GLOBAL_SET_##type) {                                                                                       \
        *(C_TYPE_##type *)pc[1].pointer = IN_SLOT_##type(pc->b);                                                       \
        NEXT(2);                                                                                                       \
    }                                                                                                                  \
    HANDLER(GLOBAL_SET_##type##_A) {                                                                                   \
        *(C_TYPE_##type *)pc[1].pointer = ACCUMULATOR_##type;                                                          \
        NEXT(2);                                                                                                       \
    }
GLOBAL(i)
GLOBAL(l)
GLOBAL(f)
GLOBAL(d)

/* How functions make room on the guest's stack, and give it back. */
HANDLER(GLOBAL_SUM) {
    acc = *(const u32 *)pc[1].constant_pointer + (u32)pc->x;
    fp[pc->a].i64 = acc;
    NEXT(2);
}
HANDLER(GLOBAL_SUM_A) {
    acc = *(const u32 *)pc[1].constant_pointer + (u32)pc->x;
    NEXT(2);
}
HANDLER(GLOBAL_MOVE) {
    u32 *const cell = pc[1].pointer;
    const u32 value = *cell + (u32)pc->x;
    *cell = value;
    acc = value;
    fp[pc->a].i64 = value;
    NEXT(2);
}
HANDLER(GLOBAL_SET_SUM) {
    *(u32 *)pc[1].pointer = fp[pc->b].i32 + (u32)pc->c;
    NEXT(2);
}

HANDLER(USE_MEMORY) {
    memory = pc[1].constant_pointer;
    NEXT(2);
}

HANDLER(MEMORY_SIZE) {
    OPERANDS;
    operands[0].i64 = memory_size(pc[1].constant_pointer);
    NEXT(2);
}
HANDLER(MEMORY_GROW) {
    OPERANDS;
    operands[0].i64 = memory_grow(pc[1].pointer, operands[0].i32);
    NEXT(2);
}
HANDLER(MEMORY_FILL) {
    OPERANDS;
    memory_fill(pc[1].pointer, operands[0].i32, operands[1].i32, operands[2].i32);
    NEXT(2);
}
HANDLER(MEMORY_COPY) {
    OPERANDS;
    memory_copy(pc[1].pointer, pc[2].constant_pointer, operands[0].i32, operands[1].i32, operands[2].i32);
    NEXT(3);
}
HANDLER(MEMORY_INIT) {
    OPERANDS;
    const struct span *const data = pc[2].constant_pointer;
    memory_init(pc[1].pointer, data->bytes, data->size, operands[0].i32, operands[1].i32, operands[2].i32);
    NEXT(3);
}
HANDLER(DATA_DROP) {
    ((struct span *)pc[1].pointer)->size = 0;
    NEXT(2);
}

HANDLER(TABLE_GET) {
    OPERANDS;
    operands[0].ref = table_get(pc[1].constant_pointer, operands[0].i32);
    NEXT(2);
}
HANDLER(TABLE_SET) {
    OPERANDS;
    table_set(pc[1].pointer, operands[0].i32, operands[1].ref);
    NEXT(2);
}
HANDLER(TABLE_SIZE) {
    OPERANDS;
    operands[0].i64 = table_size(pc[1].constant_pointer);
    NEXT(2);
}
HANDLER(TABLE_GROW) {
    OPERANDS;
    operands[0].i64 = table_grow(pc[1].pointer, operands[0].ref, operands[1].i32);
    NEXT(2);
}
HANDLER(TABLE_FILL) {
    OPERANDS;
    table_fill(pc[1].pointer, operands[0].i32, operands[1].ref, operands[2].i32);
    NEXT(2);
}
HANDLER(TABLE_COPY) {
    OPERANDS;
    table_copy(pc[1].pointer, pc[2].constant_pointer, operands[0].i32, operands[1].i32, operands[2].i32);
    NEXT(3);
}
HANDLER(TABLE_INIT) {
    OPERANDS;
    const struct live_element *const element = pc[2].constant_pointer;
    table_init(pc[1].pointer, element->refs, element->count, operands[0].i32, operands[1].i32, operands[2].i32);
    NEXT(3);
}
HANDLER(ELEM_DROP) {
    ((struct live_element *)pc[1].pointer)->count = 0;
    NEXT(2);
}

HANDLER(REF_AS_NON_NULL) {
    OPERANDS;
    ref_as_non_null(operands[0].ref);
    NEXT(1);
}

void run_fill_objects(struct handler_table *table) {
    run_handler **run = table->run;
#define ENTER_GLOBAL(type)                                                                                             \
    run[RUN_GLOBAL_GET_##type] = run_GLOBAL_GET_##type;                                                                \
    run[RUN_GLOBAL_GET_##type##_A] = run_GLOBAL_GET_##type##_A;                                                        \
    run[RUN_GLOBAL_SET_##type] = run_GLOBAL_SET_##type;                                                                \
    run[RUN_GLOBAL_SET_##type##_A] = run_GLOBAL_SET_##type##_A;
    ENTER_GLOBAL(i)
    ENTER_GLOBAL(l)
    ENTER_GLOBAL(f)
    ENTER_GLOBAL(d)
    run[RUN_GLOBAL_SUM] = run_GLOBAL_SUM;
    run[RUN_GLOBAL_SUM_A] = run_GLOBAL_SUM_A;
    run[RUN_GLOBAL_MOVE] = run_GLOBAL_MOVE;
    run[RUN_GLOBAL_SET_SUM] = run_GLOBAL_SET_SUM;
    run[RUN_USE_MEMORY] = run_USE_MEMORY;
    run[RUN_MEMORY_SIZE] = run_MEMORY_SIZE;
    run[RUN_MEMORY_GROW] = run_MEMORY_GROW;
    run[RUN_MEMORY_FILL] = run_MEMORY_FILL;
    run[RUN_MEMORY_COPY] = run_MEMORY_COPY;
    run[RUN_MEMORY_INIT] = run_MEMORY_INIT;
    run[RUN_DATA_DROP] = run_DATA_DROP;
    run[RUN_TABLE_GET] = run_TABLE_GET;
    run[RUN_TABLE_SET] = run_TABLE_SET;
    run[RUN_TABLE_SIZE] = run_TABLE_SIZE;
    run[RUN_TABLE_GROW] = run_TABLE_GROW;
    run[RUN_TABLE_FILL] = run_TABLE_FILL;
    run[RUN_TABLE_COPY] = run_TABLE_COPY;
    run[RUN_TABLE_INIT] = run_TABLE_INIT;
    run[RUN_ELEM_DROP] = run_ELEM_DROP;
    run[RUN_REF_AS_NON_NULL] = run_REF_AS_NON_NULL;
}
