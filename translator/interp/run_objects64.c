/* Handlers of operators on memories and tables with 64-bit addresses or pages of one byte, and of wide arithmetic. As
 * in run_objects.c, operands are in slots next to each other, and what they are of is a pointer in the code. */
#include "run.h"
#include "w2c/ops_bulk64.h"
#include "w2c/ops_wide.h"

HANDLER(EXTEND) {
    OPERANDS;
    operands[0].i64 = operands[0].i32;
    NEXT(1);
}
HANDLER(TABLE_INDEX) {
    OPERANDS;
    operands[0].i64 = table_index(operands[0].i64);
    NEXT(1);
}

HANDLER(MEMORY_SIZE_64) {
    OPERANDS;
    operands[0].i64 = memory_size_64(pc[1].constant_pointer);
    NEXT(2);
}
HANDLER(MEMORY_GROW_64) {
    OPERANDS;
    operands[0].i64 = memory_grow_64(pc[1].pointer, operands[0].i64);
    NEXT(2);
}
HANDLER(MEMORY_FILL_64) {
    OPERANDS;
    memory_fill_64(pc[1].pointer, operands[0].i64, operands[1].i32, operands[2].i64);
    NEXT(2);
}
HANDLER(MEMORY_COPY_64) {
    OPERANDS;
    memory_copy_64(pc[1].pointer, pc[2].constant_pointer, operands[0].i64, operands[1].i64, operands[2].i64);
    NEXT(3);
}
HANDLER(MEMORY_INIT_64) {
    OPERANDS;
    const struct span *const data = pc[2].constant_pointer;
    memory_init_64(pc[1].pointer, data->bytes, data->size, operands[0].i64, operands[1].i32, operands[2].i32);
    NEXT(3);
}
HANDLER(TABLE_GROW_64) {
    OPERANDS;
    operands[0].i64 = table_grow_64(pc[1].pointer, operands[0].ref, operands[1].i64);
    NEXT(2);
}

static void keep_wide(union slot *operands, struct w2c_wide value) {
    operands[0].i64 = value.low;
    operands[1].i64 = value.high;
}

HANDLER(I64_ADD128) {
    OPERANDS;
    keep_wide(operands, i64_add128(operands[0].i64, operands[1].i64, operands[2].i64, operands[3].i64));
    NEXT(1);
}
HANDLER(I64_SUB128) {
    OPERANDS;
    keep_wide(operands, i64_sub128(operands[0].i64, operands[1].i64, operands[2].i64, operands[3].i64));
    NEXT(1);
}
HANDLER(I64_MUL_WIDE_S) {
    OPERANDS;
    keep_wide(operands, i64_mul_wide_s(operands[0].i64, operands[1].i64));
    NEXT(1);
}
HANDLER(I64_MUL_WIDE_U) {
    OPERANDS;
    keep_wide(operands, i64_mul_wide_u(operands[0].i64, operands[1].i64));
    NEXT(1);
}

void run_fill_objects64(struct handler_table *table) {
    run_handler **run = table->run;
    run[RUN_EXTEND] = run_EXTEND;
    run[RUN_TABLE_INDEX] = run_TABLE_INDEX;
    run[RUN_MEMORY_SIZE_64] = run_MEMORY_SIZE_64;
    run[RUN_MEMORY_GROW_64] = run_MEMORY_GROW_64;
    run[RUN_MEMORY_FILL_64] = run_MEMORY_FILL_64;
    run[RUN_MEMORY_COPY_64] = run_MEMORY_COPY_64;
    run[RUN_MEMORY_INIT_64] = run_MEMORY_INIT_64;
    run[RUN_TABLE_GROW_64] = run_TABLE_GROW_64;
    run[RUN_I64_ADD128] = run_I64_ADD128;
    run[RUN_I64_SUB128] = run_I64_SUB128;
    run[RUN_I64_MUL_WIDE_S] = run_I64_MUL_WIDE_S;
    run[RUN_I64_MUL_WIDE_U] = run_I64_MUL_WIDE_U;
}
