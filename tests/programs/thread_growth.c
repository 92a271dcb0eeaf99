/* Memory that grows while others use it: one thread makes blocks and hands them on, the others fill them at once, and
 * all the time write what they had before. Atomic operators of all widths count next to each other.
 *
 * run: growth
 * native:
 * cflags: -nostdlib -fno-builtin -matomics -mbulk-memory
 * cflags: -Wl,--import-memory,--export-memory,--shared-memory,--max-memory=67108864
 */
#include "threads.h"

enum { BLOCKS = 60, BLOCK_BYTES = 200000, WORKERS = 4, ROUNDS = 2000 };

static unsigned char *blocks[BLOCKS];
static int block_count;
static int next_block;
static struct {
    uint8_t bytes[4];
    uint16_t halves[2];
    uint32_t word;
    uint64_t wide;
} counts;

static uint64_t fill(unsigned char *block, int number) {
    uint64_t sum = 0;
    for (int i = 0; i < BLOCK_BYTES; i++)
        block[i] = (unsigned char)(i * (number + 3));
    for (int i = 0; i < BLOCK_BYTES; i++)
        sum += block[i];
    return sum;
}

static void work(int number) {
    for (;;) {
        const int mine = __atomic_fetch_add(&next_block, 1, __ATOMIC_SEQ_CST);
        if (mine >= BLOCKS) break;
        while (__atomic_load_n(&block_count, __ATOMIC_SEQ_CST) <= mine)
            continue;
        __atomic_fetch_add(&counts.wide, fill(blocks[mine], mine), __ATOMIC_SEQ_CST);
    }
    for (int i = 0; i < ROUNDS; i++) {
        __atomic_fetch_add(&counts.bytes[number % 4], 7, __ATOMIC_SEQ_CST);
        __atomic_fetch_sub(&counts.halves[number % 2], 3, __ATOMIC_SEQ_CST);
        __atomic_fetch_xor(&counts.word, 1u << number, __ATOMIC_SEQ_CST);
        uint64_t wide = __atomic_load_n(&counts.wide, __ATOMIC_SEQ_CST);
        while (!__atomic_compare_exchange_n(&counts.wide, &wide, wide + 5, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            continue;
    }
}

static void run_program(void) {
    static struct thread threads[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        thread_start(&threads[i], work, i);
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = (unsigned char *)new_bytes(BLOCK_BYTES);
        __atomic_store_n(&block_count, i + 1, __ATOMIC_SEQ_CST);
    }
    for (int i = 0; i < WORKERS; i++)
        thread_join(&threads[i]);
    uint64_t again = 0;
    for (int i = 0; i < BLOCKS; i++) {
        for (int k = 0; k < BLOCK_BYTES; k += 997)
            again += blocks[i][k];
    }
    print_number("wide", counts.wide);
    print_number("word", counts.word);
    print_number("halves", counts.halves[0] * 65536u + counts.halves[1]);
    for (int i = 0; i < 4; i++)
        print_number("byte", counts.bytes[i]);
    print_number("again", again);
}
