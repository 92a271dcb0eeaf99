/* What a program that is sampled does besides being one: see w2c/sampling.h.
 *
 * A thread of its own looks each millisecond at how much processor time the guest's thread has used since the last
 * sample, and if it has, sends it a signal: a guest that waits is left alone. (Timers of the kernel that count
 * processor time go by its clock ticks, of which there may be as few as a hundred a second.) The handler notes the time
 * used, which is the weight of the sample, and the frames, in a log that is nothing but reserved memory. All else,
 * as what the addresses mean, is found out at the end.
 *
 * Frames are found without the unwinder, which may take locks that the interrupted code holds. Sampled programs keep
 * frame pointers, as does the code of tcc:
 *
 *     [fp + 8]  where the function returns to
 *     [fp]      its caller's fp, which is higher          -- up to where this file called w2c_program_main
 *
 * Not everything keeps them: libraries of the system, and a function whose frame is not yet made or is gone again.
 * So what is read is checked: a frame pointer must lie on the stack above the one before, and a return address must
 * follow a call instruction in the program or in an engine's code. At the innermost function, where the chain
 * would skip a caller, the stack is searched for the first such address. A stack that cannot be followed is cut short.
 * Engines that have frames of their own say what they are (w2c_engine_samples). */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "w2c/sampling.h"

#include "rt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if W2C_HAS_GUARD && defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>

enum {
    W2C_SAMPLE_NANOSECONDS = 1000000,
    W2C_SAMPLE_LOG_WORDS = 1 << 27,     /* address space: a gigabyte, or about half an hour */
    W2C_SAMPLE_STACK_BYTES = 128 << 20, /* which the kernel keeps free of other mappings (native_stack.c) */
    W2C_SAMPLE_SEARCHED_WORDS = 2048
};

static struct {
    pthread_t guest, watcher;
    uintptr_t stack_high; /* nothing of the guest is above */
    u64 *log;
    size_t words;
    u64 lost;
    u64 seen_nanoseconds; /* of processor time, at the last sample; the handler's */
    int is_over;
} sample_state;

static u64 sample_clock(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (u64)time.tv_sec * 1000000000u + (u64)time.tv_nsec;
}

/* ---- frames ---- */

extern const char __executable_start[], etext[]; /* the linker's names for the program's own code */

static bool sample_is_code(uintptr_t address) {
    struct w2c_symbol symbol;
    return (address >= (uintptr_t)__executable_start && address < (uintptr_t)etext) || w2c_code_find(address, &symbol);
}

#if defined(__x86_64__)
/* Calls end in what is called: e8 and 32 bits, or ff /2 with 1 to 6 bytes that say where the address is. */
static bool sample_is_return(uintptr_t address) {
    const u8 *at = (const u8 *)address;
    if (!sample_is_code(address - 8) || !sample_is_code(address)) {
        return false;
    }
    bool is_call = at[-5] == 0xe8;
    for (int size = 2; size <= 7; size++) {
        is_call = is_call || (at[-size] == 0xff && (at[1 - size] & 0x38) == 0x10);
    }
    return is_call;
}
#else
/* bl, and blr by a register. */
static bool sample_is_return(uintptr_t address) {
    u32 before;
    if ((address & 3) != 0 || !sample_is_code(address - 4)) {
        return false;
    }
    memcpy(&before, (const void *)(address - 4), sizeof before);
    return before >> 26 == 0x25 || (before & 0xfffffc1fu) == 0xd63f0000u;
}
#endif

struct sample_frames {
    u64 *addresses;
    u32 count;
};

static void sample_add(struct sample_frames *frames, uintptr_t address) {
    if (frames->count < W2C_SAMPLE_MAX_FRAMES) {
        frames->addresses[frames->count++] = address;
    }
}

/* A frame pointer at `sp` or above it. */
static bool sample_is_frame(uintptr_t fp, uintptr_t sp) {
    return fp % sizeof(uintptr_t) == 0 && fp >= sp && fp < sample_state.stack_high - sizeof(uintptr_t) &&
           sample_is_return(((const uintptr_t *)fp)[1]);
}

/* One less than a return address is surely inside of the call. */
static void sample_follow(struct sample_frames *frames, uintptr_t fp, uintptr_t sp) {
    while (sample_is_frame(fp, sp) && frames->count < W2C_SAMPLE_MAX_FRAMES) {
        const uintptr_t *words = (const uintptr_t *)fp;
        sample_add(frames, words[1] - 1);
        sp = fp + 1;
        fp = words[0];
    }
}

/* The word on the stack, from `sp` up to `end`, that holds a return address; NULL if there is none near. */
static const uintptr_t *sample_search(uintptr_t sp, uintptr_t end) {
    if (end - sp > W2C_SAMPLE_SEARCHED_WORDS * sizeof(uintptr_t)) {
        end = sp + W2C_SAMPLE_SEARCHED_WORDS * sizeof(uintptr_t);
    }
    for (const uintptr_t *word = (const uintptr_t *)sp; word + 1 <= (const uintptr_t *)end; word++) {
        if (sample_is_return(*word)) {
            return word;
        }
    }
    return NULL;
}

#if defined(__x86_64__)
/* In the program's code: where the frame is not there yet, or no more, the return address is at a known place.
 * 55 push %rbp; 48 89 e5 mov %rsp,%rbp; c3 ret; f3 0f 1e fa endbr64. */
static const uintptr_t *sample_frameless(uintptr_t pc, uintptr_t sp) {
    static const u8 move[] = {0x48, 0x89, 0xe5}, endbr[] = {0xf3, 0x0f, 0x1e, 0xfa};
    const u8 *code = (const u8 *)pc;
    if (code[0] == 0x55 || code[0] == 0xc3 || memcmp(code, endbr, sizeof endbr) == 0) {
        return (const uintptr_t *)sp;
    }
    return memcmp(code, move, sizeof move) == 0 && code[-1] == 0x55 ? (const uintptr_t *)sp + 1 : NULL;
}
#else
static const uintptr_t *sample_frameless(uintptr_t pc, uintptr_t sp) {
    (void)pc, (void)sp;
    return NULL;
}
#endif

/* Code that is not ours has left `fp` alone, or uses it as we do, or for something else. In the last case the chain
 * goes on where two words on the stack look like a frame. An engine may compile on a stack of its own: of that
 * nothing is read, for only from `sp` to the high end of the guest's stack everything is mapped. */
static void sample_walk(struct sample_frames *frames, uintptr_t pc, uintptr_t sp, uintptr_t fp) {
    const uintptr_t high = sample_state.stack_high;
    if (sp % sizeof(uintptr_t) != 0 || sp >= high || high - sp > W2C_SAMPLE_STACK_BYTES) {
        return;
    }
    const bool has_chain = sample_is_frame(fp, sp);
    const uintptr_t *word = sample_is_code(pc) ? sample_frameless(pc, sp) : sample_search(sp, has_chain ? fp : high);
    const bool is_in_chain = has_chain && word == (const uintptr_t *)fp + 1;
    if (word && (uintptr_t)word < high && !is_in_chain && sample_is_return(*word)) {
        sample_add(frames, *word - 1);
    }
    for (; !has_chain && word && (uintptr_t)word + sizeof *word < high; word++) {
        if (sample_is_frame(*word, (uintptr_t)word)) {
            fp = *word;
            break;
        }
    }
    sample_follow(frames, fp, sp);
}

static void sample_collect(struct sample_frames *frames, const ucontext_t *context) {
    void *engine_frames[W2C_SAMPLE_MAX_FRAMES];
    const u32 count = w2c_code_samples(engine_frames, W2C_SAMPLE_MAX_FRAMES);
    for (u32 i = 0; i < count; i++) {
        sample_add(frames, (uintptr_t)engine_frames[i]);
    }
    if (count != 0) {
        return;
    }
#if defined(__x86_64__)
    const greg_t *registers = context->uc_mcontext.gregs;
    sample_add(frames, (uintptr_t)registers[REG_RIP]);
    sample_walk(frames, (uintptr_t)registers[REG_RIP], (uintptr_t)registers[REG_RSP], (uintptr_t)registers[REG_RBP]);
#else
    sample_add(frames, (uintptr_t)context->uc_mcontext.pc);
    sample_walk(frames, (uintptr_t)context->uc_mcontext.pc, (uintptr_t)context->uc_mcontext.sp,
                (uintptr_t)context->uc_mcontext.regs[29]);
#endif
}

/* ---- taking samples ---- */

static void sample_handle(int number, siginfo_t *info, void *context) {
    (void)number, (void)info;
    const u64 now = sample_clock(CLOCK_THREAD_CPUTIME_ID);
    const u64 used = now - sample_state.seen_nanoseconds;
    u64 *record = sample_state.log + sample_state.words;
    if (sample_state.words + 2 + W2C_SAMPLE_MAX_FRAMES > W2C_SAMPLE_LOG_WORDS) {
        sample_state.lost++;
        return;
    }
    struct sample_frames frames = {record + 2, 0};
    sample_collect(&frames, context);
    record[0] = used;
    record[1] = frames.count;
    sample_state.words += 2 + frames.count;
    sample_state.seen_nanoseconds = now;
}

/* The guest's clock is read from outside, so a thread that waits costs nothing and is not disturbed. */
static void *sample_watch(void *argument) {
    clockid_t clock;
    (void)argument;
    if (pthread_getcpuclockid(sample_state.guest, &clock) != 0) {
        return NULL;
    }
    u64 seen = 0;
    while (!__atomic_load_n(&sample_state.is_over, __ATOMIC_ACQUIRE)) {
        nanosleep(&(struct timespec){.tv_nsec = W2C_SAMPLE_NANOSECONDS}, NULL);
        const u64 now = sample_clock(clock);
        if (now - seen >= W2C_SAMPLE_NANOSECONDS / 2) {
            pthread_kill(sample_state.guest, SIGPROF);
            seen = now;
        }
    }
    return NULL;
}

/* No signal of the process is to land in the watcher. */
static bool sample_start_watcher(void) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool is_started = pthread_create(&sample_state.watcher, NULL, sample_watch, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return is_started;
}

static bool sample_start(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = sample_handle;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    sigdelset(&action.sa_mask, SIGSEGV);
    sigdelset(&action.sa_mask, SIGBUS);
    void *log = mmap(NULL, W2C_SAMPLE_LOG_WORDS * sizeof(u64), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (log == MAP_FAILED) {
        return false;
    }
    sample_state.log = log;
    sample_state.guest = pthread_self();
    sample_state.stack_high = (uintptr_t)__builtin_frame_address(0);
    sample_state.seen_nanoseconds = sample_clock(CLOCK_THREAD_CPUTIME_ID);
    return sigaction(SIGPROF, &action, NULL) == 0 && sample_start_watcher();
}

static void sample_stop(void) {
    __atomic_store_n(&sample_state.is_over, 1, __ATOMIC_RELEASE);
    pthread_join(sample_state.watcher, NULL);
    signal(SIGPROF, SIG_IGN);
}

/* ---- what the addresses mean ---- */

static int sample_compare(const void *left, const void *right) {
    const u64 a = *(const u64 *)left, b = *(const u64 *)right;
    return (a > b) - (a < b);
}

/* Every address of the log once, in ascending order; how many. */
static size_t sample_addresses(u64 *addresses) {
    size_t count = 0, unique = 0;
    for (size_t at = 0; at < sample_state.words; at += 2 + sample_state.log[at + 1]) {
        memcpy(addresses + count, sample_state.log + at + 2, sample_state.log[at + 1] * sizeof *addresses);
        count += sample_state.log[at + 1];
    }
    qsort(addresses, count, sizeof *addresses, sample_compare);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || addresses[i] != addresses[i - 1]) {
            addresses[unique++] = addresses[i];
        }
    }
    return unique;
}

/* Addresses come in order, so those of one function follow each other and are looked up once. */
static u64 sample_write_places(FILE *file, FILE *names, const u64 *addresses, size_t count) {
    struct w2c_place place = {.low = 1};
    u64 name_bytes = 0, offset = 0;
    for (size_t i = 0; i < count; i++) {
        if (addresses[i] < place.low || addresses[i] >= place.high) {
            w2c_symbols_describe((const void *)(uintptr_t)addresses[i], &place);
            offset = name_bytes;
            if (!place.is_guest) {
                name_bytes += fwrite(place.name, 1, strlen(place.name) + 1, names);
            }
        }
        const struct w2c_sample_place row = {addresses[i], place.is_guest ? W2C_SAMPLE_GUEST : W2C_SAMPLE_HOST,
                                             place.is_guest ? place.index : (u32)offset};
        fwrite(&row, sizeof row, 1, file);
    }
    return name_bytes;
}

static bool sample_write_all(FILE *file, FILE *names) {
    u64 *addresses = malloc((sample_state.words + 1) * sizeof *addresses);
    if (!addresses) {
        return false;
    }
    struct w2c_samples_header header = {W2C_SAMPLES_MAGIC, sample_state.words, 0, 0, sample_state.lost};
    header.place_count = sample_addresses(addresses);
    fwrite(&header, sizeof header, 1, file);
    fwrite(sample_state.log, sizeof *sample_state.log, sample_state.words, file);
    header.name_bytes = sample_write_places(file, names, addresses, header.place_count);
    free(addresses);
    rewind(names);
    for (int c; (c = getc(names)) != EOF;) {
        putc(c, file);
    }
    rewind(file);
    fwrite(&header, sizeof header, 1, file);
    return !ferror(names);
}

static bool sample_write(const char *path) {
    FILE *names = tmpfile();
    FILE *file = names ? fopen(path, "wb") : NULL;
    bool is_written = file && sample_write_all(file, names);
    is_written = file && !ferror(file) && is_written;
    is_written = file && fclose(file) == 0 && is_written;
    if (names) {
        fclose(names);
    }
    return is_written;
}

#else

static bool sample_start(void) {
    return false;
}

static void sample_stop(void) {
}

static bool sample_write(const char *path) {
    (void)path;
    return false;
}

#endif

/* The symbols of the program must be known while addresses are looked up, so they are added once more here. */
W2C_RT int w2c_sampling_main(const struct w2c_program *program, int argument_count, char **arguments) {
    const char *value = secure_getenv("W2C_SAMPLES");
    if (!value) {
        return w2c_program_main(program, argument_count, arguments);
    }
    char *path = strdup(value);
    unsetenv("W2C_SAMPLES");
    struct w2c_names names = {program->name, "", program->function_names, program->function_count};
    w2c_symbols_add(&names);
    const bool is_started = path && sample_start();
    int code = w2c_program_main(program, argument_count, arguments);
    if (is_started) {
        sample_stop();
    }
    if (!is_started || !sample_write(path)) {
        fprintf(stderr, "%s: cannot sample, or write what was sampled\n", path ? path : "w2c");
        code = 1;
    }
    free(path);
    return code;
}
