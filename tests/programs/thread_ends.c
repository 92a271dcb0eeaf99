/* How threads end, and what they are refused: the number of words says which. Threads that wait, and that never stop,
 * are there in most.
 *
 * run: return
 * grant: --max-threads 2
 * run: exit 2
 * grant: --max-threads 3
 * exit: 42
 * run: trap in_a_thread 3
 * exit: 134
 * stderr: integer divide by zero
 * stderr: divide
 * run: stack of a thread
 * exit: 134
 * stderr: call stack exhausted
 * run: refusal of a thread here
 * grant: --max-threads 20
 * run: a wait out of bounds here
 * exit: 134
 * stderr: out of bounds memory access
 * run: a notify that is not aligned here
 * exit: 134
 * stderr: unaligned atomic
 * run: many threads one after the other here now
 * run: the first one leaves while another runs for ever
 * exit: 7
 * run: no thread at all is what may be had here
 * grant: --max-threads 0
 * cflags: -nostdlib -fno-builtin -matomics -mbulk-memory
 * cflags: -Wl,--import-memory,--export-memory,--shared-memory,--max-memory=67108864
 */
#include "threads.h"

static struct thread threads[MOST_THREADS];
static int word;
static volatile int zero;

static void wait_for_ever(int number) {
    (void)number;
    __builtin_wasm_memory_atomic_wait32(&word, 0, -1);
}

static void run_for_ever(int number) {
    (void)number;
    for (;;)
        __atomic_fetch_add(&word, 0, __ATOMIC_SEQ_CST);
}

static void leave(int number) {
    (void)number;
    wasi_exit(42);
}

__attribute__((noinline)) static int divide_in_thread(int number) {
    return number / zero;
}

static void divide(int number) {
    word = divide_in_thread(number);
}

/* Nothing to the guest's stack, all to the machine's. */
__attribute__((noinline)) static int descend(int depth) {
    if (depth == -1) return zero;
    return descend(depth + 1) * 3 + 1;
}

static void descend_for_ever(int number) {
    word = descend(number);
}

static void nothing(int number) {
    (void)number;
}

static void count_refusals(void) {
    int made = 0;
    while (made < MOST_THREADS && thread_start(&threads[made], wait_for_ever, made) > 0)
        made++;
    print_number("made", (uint64_t)made);
    print_number("refused with", (uint64_t)-thread_start(&threads[made], nothing, made));
    int woken = 0;
    while (woken < made)
        woken += (int)__builtin_wasm_memory_atomic_notify(&word, ~0u);
    for (int i = 0; i < made; i++)
        thread_join(&threads[i]);
    print_number("woken", (uint64_t)woken);
    print_number("again", thread_start(&threads[0], nothing, 0) > 0);
}

/* A joined thread may be on its way out still, and count. */
static void make_many(void) {
    for (int i = 0; i < 3000; i++) {
        while (thread_start(&threads[i % MOST_THREADS], nothing, i % MOST_THREADS) < 0)
            continue;
        thread_join(&threads[i % MOST_THREADS]);
    }
    print("3000 threads\n");
}

static void run_program(void) {
    const int which = argument_count();
    if (which <= 5) {
        thread_start(&threads[10], wait_for_ever, 10);
        thread_start(&threads[11], run_for_ever, 11);
    }
    switch (which) {
    case 2: print("returns\n"); break;
    case 3: thread_start(&threads[0], leave, 0); wait_for_ever(0); break;
    case 4: thread_start(&threads[0], divide, 5); wait_for_ever(0); break;
    case 5: thread_start(&threads[0], descend_for_ever, 0); wait_for_ever(0); break;
    case 6: count_refusals(); break;
    case 7: __builtin_wasm_memory_atomic_wait32((int *)0xfffffff0, 0, 0); break;
    case 8: __builtin_wasm_memory_atomic_notify((int *)((char *)&word + 1), 1); break;
    case 9: make_many(); break;
    case 10: thread_start(&threads[0], run_for_ever, 0); wasi_exit(7);
    default: print_number("refused with", (uint64_t)-thread_start(&threads[0], nothing, 0)); break;
    }
}
