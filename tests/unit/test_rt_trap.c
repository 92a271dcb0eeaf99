/* Traps and faults: nesting, guard pages, the native stack's end, other people's signal handlers, threads.
 * What ends a process is tried in a child, of which the exit status or signal is compared.
 *
 * A sanitizer that takes SIGSEGV for itself must be told not to: ASAN_OPTIONS=handle_segv=0:handle_sigbus=0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rt.h"
#include "w2c/ops_stack.h"

static void nothing(void *argument) {
    (void)argument;
}

static void trap_now(void *argument) {
    w2c_trap(*(enum w2c_trap *)argument);
}

static void text_follows_the_list(void **state) {
    (void)state;
    assert_string_equal(w2c_trap_text(W2C_TRAP_UNREACHABLE), "unreachable");
    assert_string_equal(w2c_trap_text(W2C_TRAP_STACK_EXHAUSTED), "call stack exhausted");
    assert_string_equal(w2c_trap_text((enum w2c_trap)1000), "unknown trap");
}

static void trap_fills_the_error(void **state) {
    (void)state;
    struct w2c_error error;
    enum w2c_trap trap = W2C_TRAP_INTEGER_OVERFLOW;
    assert_int_equal(w2c_try(trap_now, &trap, &error), W2C_TRAP_INTEGER_OVERFLOW);
    assert_int_equal(error.trap, W2C_TRAP_INTEGER_OVERFLOW);
    assert_string_equal(error.message, "trap: integer overflow");
    assert_true(error.frame_count > 0);
    assert_int_equal(w2c_try(trap_now, &trap, NULL), W2C_TRAP_INTEGER_OVERFLOW);
    assert_int_equal(w2c_try(nothing, NULL, &error), W2C_OK);
    assert_int_equal(error.trap, W2C_OK);
    assert_int_equal(error.frame_count, 0);
}

static void try_inside(void *argument) {
    struct w2c_error error;
    enum w2c_trap trap = W2C_TRAP_UNREACHABLE;
    assert_int_equal(w2c_try(trap_now, &trap, &error), W2C_TRAP_UNREACHABLE);
    assert_true(w2c_trap_is_caught());
    w2c_trap_message(W2C_TRAP_HOST, argument);
}

static void tries_nest(void **state) {
    (void)state;
    struct w2c_error error;
    char text[] = "no such host";
    assert_int_equal(w2c_try(try_inside, text, &error), W2C_TRAP_HOST);
    assert_string_equal(error.message, "trap: no such host");
    assert_false(w2c_trap_is_caught());
}

static void exit_7(void *argument) {
    (void)argument;
    w2c_exit(7);
}

static void exit_unwinds(void **state) {
    (void)state;
    struct w2c_error error;
    assert_int_equal(w2c_try(exit_7, NULL, &error), W2C_TRAP_EXIT);
    assert_int_equal(error.exit_code, 7);
    assert_string_equal(error.message, "exit with code 7");
}

/* ---- guard pages ---- */

/* The test framework handles SIGSEGV itself and sets that up for each test, over the runtime's handlers. */
static struct sigaction our_segv, our_bus;

static void learn_handlers(void) {
    w2c_try(nothing, NULL, NULL);
    sigaction(SIGSEGV, NULL, &our_segv);
    sigaction(SIGBUS, NULL, &our_bus);
}

static void take_faults(void) {
    sigaction(SIGSEGV, &our_segv, NULL);
    sigaction(SIGBUS, &our_bus, NULL);
}

static struct w2c_memory make_memory(void) {
    struct w2c_memory memory;
    struct w2c_memory_type type = {.min_pages = 1};
    assert_true(w2c_memory_init(&memory, type, W2C_BOUNDS_GUARD));
    return memory;
}

static void touch(void *argument) {
    *(volatile char *)argument = 1;
}

static void accesses_past_the_end_trap(void **state) {
    (void)state;
    take_faults();
    struct w2c_memory memory = make_memory();
    struct w2c_error error;
    const uint64_t places[] = {65536, 0xffffffffu, 0x1ffffffffu + 8, 0x200000000u + 15};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        assert_int_equal(w2c_try(touch, memory.base + places[i], &error), W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
        assert_string_equal(error.message, "trap: out of bounds memory access");
        assert_true(error.frame_count > 2);
    }
    assert_int_equal(w2c_try(touch, memory.base + 65535, NULL), W2C_OK);
    w2c_memory_free(&memory);
}

static void no_signal_stays_blocked(void **state) {
    (void)state;
    take_faults();
    struct w2c_memory memory = make_memory();
    sigset_t before, after;
    sigprocmask(SIG_BLOCK, NULL, &before);
    assert_int_equal(w2c_try(touch, memory.base + 65536, NULL), W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    sigprocmask(SIG_BLOCK, NULL, &after);
    for (int number = 1; number < 32; number++) {
        assert_int_equal(sigismember(&before, number), sigismember(&after, number));
    }
    w2c_memory_free(&memory);
}

/* ---- the end of the stack ---- */

static volatile bool is_endless = true;

/* The frame is touched, and used after the call, or else the recursion would be a loop. */
W2C_NOINLINE static uint32_t recurse(uint32_t n) {
    volatile char frame[200];
    frame[n % sizeof frame] = (char)n;
    if (!is_endless) {
        return n;
    }
    uint32_t result = recurse(n + 1) + (uint32_t)frame[n % sizeof frame];
    W2C_KEEP_FRAME();
    return result;
}

W2C_NOINLINE static uint32_t recurse_checked(uint32_t n) {
    volatile char frame[5000];
    W2C_CHECK_STACK(5000);
    frame[n % sizeof frame] = (char)n;
    if (!is_endless) {
        return n;
    }
    uint32_t result = recurse_checked(n + 1) + (uint32_t)frame[n % sizeof frame];
    W2C_KEEP_FRAME();
    return result;
}

static void run_recursion(void *argument) {
    (void)argument;
    recurse(0);
}

static void run_checked_recursion(void *argument) {
    (void)argument;
    recurse_checked(0);
}

static void recursion_ends_in_a_trap(void **state) {
    (void)state;
    take_faults();
    struct w2c_error error;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(w2c_try(run_recursion, NULL, &error), W2C_TRAP_STACK_EXHAUSTED);
        assert_string_equal(error.message, "trap: call stack exhausted");
    }
}

/* The check must come before the fault: with faults off, only it can stop the recursion. */
static void explicit_check_comes_first(void **state) {
    (void)state;
    assert_int_equal(w2c_try(nothing, NULL, NULL), W2C_OK);
    struct sigaction action, before;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    sigaction(SIGSEGV, &action, &before);
    assert_int_equal(w2c_try(run_checked_recursion, NULL, NULL), W2C_TRAP_STACK_EXHAUSTED);
    sigaction(SIGSEGV, &before, NULL);
    assert_null(w2c_stack_limit);
}

/* ---- threads ---- */

static void *thread_body(void *argument) {
    struct w2c_memory memory = make_memory();
    uintptr_t good = 0;
    for (int i = 0; i < 20; i++) {
        good += w2c_try(touch, memory.base + 65536 + i, NULL) == W2C_TRAP_OUT_OF_BOUNDS_MEMORY;
    }
    good += w2c_try(run_recursion, NULL, NULL) == W2C_TRAP_STACK_EXHAUSTED;
    good += w2c_try(run_checked_recursion, NULL, NULL) == W2C_TRAP_STACK_EXHAUSTED;
    w2c_memory_free(&memory);
    *(uintptr_t *)argument = good;
    return NULL;
}

static void threads_trap_on_their_own(void **state) {
    (void)state;
    take_faults();
    for (int round = 0; round < 4; round++) {
        pthread_t threads[4];
        uintptr_t good[4] = {0};
        for (int i = 0; i < 4; i++) {
            assert_int_equal(pthread_create(&threads[i], NULL, thread_body, &good[i]), 0);
        }
        for (int i = 0; i < 4; i++) {
            pthread_join(threads[i], NULL);
            assert_int_equal(good[i], 22);
        }
    }
}

/* ---- in a child process ---- */

/* Wait status of a child that runs `body`, its stderr closed to keep the output of the tests clean. */
static int in_child(void (*body)(void)) {
    pid_t child = fork();
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr)) {
            _exit(98);
        }
        body();
        _exit(99);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static bool exited(int status, int code) {
    return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

static bool killed(int status, int number) {
    return WIFSIGNALED(status) && WTERMSIG(status) == number;
}

static void trap_unreachable(void) {
    w2c_trap(W2C_TRAP_UNREACHABLE);
}

static void fault_uncaught(void) {
    struct w2c_memory memory = make_memory();
    touch(memory.base + 65536);
}

static void exit_uncaught(void) {
    w2c_exit(5);
}

static void uncaught_traps_end_the_process(void **state) {
    (void)state;
    assert_true(exited(in_child(trap_unreachable), 134));
    assert_true(exited(in_child(fault_uncaught), 134));
    assert_true(exited(in_child(exit_uncaught), 5));
}

static void *forbidden_page(void) {
    return mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void touch_foreign(void) {
    w2c_try(touch, forbidden_page(), NULL);
}

static void send_segv(void) {
    w2c_try(nothing, NULL, NULL);
    kill(getpid(), SIGSEGV);
}

static void handle_and_exit(int number) {
    _exit(number == SIGSEGV ? 41 : 97);
}

static void *expected_page;

static void inspect_and_exit(int number, siginfo_t *info, void *context) {
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    bool is_right = number == SIGSEGV && info->si_addr == expected_page && context &&
                    sigismember(&mask, SIGSEGV) == 1 && sigismember(&mask, SIGUSR1) == 1;
    _exit(is_right ? 42 : 97);
}

static void after_plain_handler(void) {
    signal(SIGSEGV, handle_and_exit);
    touch_foreign();
}

static void after_info_handler(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = inspect_and_exit;
    action.sa_flags = SA_SIGINFO;
    sigaddset(&action.sa_mask, SIGUSR1);
    sigaction(SIGSEGV, &action, NULL);
    expected_page = forbidden_page();
    w2c_try(touch, expected_page, NULL);
}

static void after_default_handler(void) {
    signal(SIGSEGV, SIG_DFL);
    touch_foreign();
}

static void after_ignored_fault(void) {
    signal(SIGSEGV, SIG_IGN);
    touch_foreign();
}

static void after_ignored_signal(void) {
    signal(SIGSEGV, SIG_IGN);
    send_segv();
    _exit(43);
}

static void after_default_signal(void) {
    signal(SIGSEGV, SIG_DFL);
    send_segv();
}

static volatile sig_atomic_t repaired;

static void repair(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    repaired++;
    mprotect(info->si_addr, 4096, PROT_READ | PROT_WRITE);
}

/* A handler that repairs and returns (a garbage collector's barrier) goes on working, also beside our faults. */
static void after_repairing_handler(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = repair;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, NULL);
    struct w2c_memory memory = make_memory();
    bool is_right = w2c_try(touch, forbidden_page(), NULL) == W2C_OK;
    is_right = is_right && w2c_try(touch, memory.base + 65536, NULL) == W2C_TRAP_OUT_OF_BOUNDS_MEMORY;
    touch(forbidden_page());
    _exit(is_right && repaired == 2 ? 44 : 97);
}

static void foreign_signals_are_passed_on(void **state) {
    (void)state;
    assert_true(exited(in_child(after_plain_handler), 41));
    assert_true(exited(in_child(after_info_handler), 42));
    assert_true(killed(in_child(after_default_handler), SIGSEGV));
    assert_true(killed(in_child(after_ignored_fault), SIGSEGV));
    assert_true(exited(in_child(after_ignored_signal), 43));
    assert_true(killed(in_child(after_default_signal), SIGSEGV));
    assert_true(exited(in_child(after_repairing_handler), 44));
}

static void overflow_uncaught(void) {
    signal(SIGSEGV, SIG_DFL);
    w2c_try(nothing, NULL, NULL);
    recurse(0);
}

/* The stack of host code that overflows outside of any try is not ours to explain. */
static void host_overflow_is_passed_on(void **state) {
    (void)state;
    assert_true(killed(in_child(overflow_uncaught), SIGSEGV));
}

static void touch_60_mib(void *argument) {
    (void)argument;
    uintptr_t here = w2c_stack_pointer();
    for (size_t depth = 256; depth < 60 << 20; depth += 1024) {
        *(volatile char *)(here - depth) = 1;
    }
}

/* Touches downwards from one frame: the kernel grows the stack for addresses far below its pointer as well. */
static void use_60_mib(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_STACK, &limit);
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < 64 << 20) {
        _exit(45);
    }
    w2c_stack_raise();
    _exit(w2c_try(touch_60_mib, NULL, NULL) == W2C_OK ? 45 : 97);
}

static void main_stack_grows_when_raised(void **state) {
    (void)state;
    assert_true(exited(in_child(use_60_mib), 45));
}

/* The children install the handlers themselves: they are forked while this process has none. */
int main(void) {
    const struct CMUnitTest in_children[] = {
        cmocka_unit_test(foreign_signals_are_passed_on),
        cmocka_unit_test(host_overflow_is_passed_on),
        cmocka_unit_test(uncaught_traps_end_the_process),
        cmocka_unit_test(main_stack_grows_when_raised),
    };
    const struct CMUnitTest here[] = {
        cmocka_unit_test(text_follows_the_list),
        cmocka_unit_test(trap_fills_the_error),
        cmocka_unit_test(tries_nest),
        cmocka_unit_test(exit_unwinds),
        cmocka_unit_test(accesses_past_the_end_trap),
        cmocka_unit_test(no_signal_stays_blocked),
        cmocka_unit_test(recursion_ends_in_a_trap),
        cmocka_unit_test(explicit_check_comes_first),
        cmocka_unit_test(threads_trap_on_their_own),
    };
    int failed = cmocka_run_group_tests(in_children, NULL, NULL);
    learn_handlers();
    return failed + cmocka_run_group_tests(here, NULL, NULL);
}
