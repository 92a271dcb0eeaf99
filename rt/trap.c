/* Traps: how guest code stops.
 *
 * Each w2c_try puts a frame with a jump buffer on the C stack and links it to the thread's frame before it:
 *
 *     trap_innermost --> frame of inner w2c_try --> frame of outer w2c_try --> NULL
 *
 * A trap fills the error of the innermost frame and jumps there, past guest and host frames alike. The jump saves
 * no signal mask: setting one up must cost nothing near a system call, and the fault handler runs with the mask
 * of the code it interrupted (fault.c).
 *
 * Without a frame there is nobody to tell: the trap is printed and the process ends with the exit code that a
 * shell shows for abort(). */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "w2c/ops_stack.h"

#if W2C_POSIX
#include <unistd.h>
#endif

enum { W2C_EXIT_TRAPPED = 134, W2C_SHOWN_FRAMES = 32 };

W2C_RT W2C_THREAD_LOCAL W2C_NEAR_THREAD_LOCAL uintptr_t w2c_tail_limit;

struct trap_frame {
    jmp_buf jump;
    struct trap_frame *outer;
    struct w2c_error *error;     /* may be NULL */
    char *stack_limit;           /* w2c_stack_limit outside */
    uintptr_t tail_limit;        /* w2c_tail_limit outside */
    void *engine_position;       /* w2c_engine_position outside */
    volatile enum w2c_trap trap; /* written between setjmp and longjmp */
};

static W2C_THREAD_LOCAL struct trap_frame *trap_innermost;

W2C_RT void (*w2c_try_hook)(void);

W2C_RT const char *w2c_trap_text(enum w2c_trap trap) {
    switch (trap) {
    case W2C_OK: return "ok";
#define TRAP(name, text)                                                                                               \
    case W2C_TRAP_##name: return text;
#include "w2c/trap.def"
#undef TRAP
    case W2C_TRAP_LINK: return "link error";
    }
    return "unknown trap";
}

W2C_RT bool w2c_trap_is_caught(void) {
    return trap_innermost != NULL;
}

/* An exit or a link error is nobody's fault in the code, so it has no place there. */
static void trap_fill(struct w2c_error *error, enum w2c_trap trap, int exit_code, const char *text) {
    error->trap = trap;
    error->exit_code = exit_code;
    error->exception = NULL;
    bool has_place = trap != W2C_TRAP_EXIT && trap != W2C_TRAP_LINK;
    error->frame_count = has_place ? w2c_code_frames(error->frames, W2C_MAX_FRAMES) : 0;
    struct w2c_message message = w2c_message_open(error->message, sizeof error->message);
    w2c_message_add(&message, "%s%s", has_place ? "trap: " : "", text);
}

/* _exit, for handlers that are registered with atexit may need the state that the trap left half-way. */
W2C_NORETURN static void trap_end_process(enum w2c_trap trap, int exit_code, const char *text) {
    struct w2c_error error;
    if (trap == W2C_TRAP_EXIT) {
        exit(exit_code);
    }
    trap_fill(&error, trap, exit_code, text);
    w2c_error_print(&error, stderr);
    fflush(stderr);
    _exit(W2C_EXIT_TRAPPED);
}

W2C_NORETURN static void trap_leave(enum w2c_trap trap, int exit_code, const char *text) {
    struct trap_frame *frame = trap_innermost;
    if (!frame) {
        trap_end_process(trap, exit_code, text);
    }
    if (frame->error) {
        trap_fill(frame->error, trap, exit_code, text);
    }
    frame->trap = trap;
#if W2C_POSIX
    _longjmp(frame->jump, 1);
#else
    longjmp(frame->jump, 1);
#endif
}

W2C_RT void w2c_trap(enum w2c_trap trap) {
    trap_leave(trap, 0, w2c_trap_text(trap));
}

W2C_RT void w2c_trap_message(enum w2c_trap trap, const char *message) {
    trap_leave(trap, 0, message);
}

/* The text is for hosts that print every error they get; programs only take the code. */
W2C_RT void w2c_exit(int code) {
    char text[32];
    struct w2c_message message = w2c_message_open(text, sizeof text);
    w2c_message_add(&message, "exit with code %d", code);
    trap_leave(W2C_TRAP_EXIT, code, text);
}

/* A function of its own, so that no local variable of w2c_try lives across the jump. False after a trap. */
static bool trap_set_jump_and_run(struct trap_frame *frame, void (*body)(void *), void *argument) {
#if W2C_POSIX
    if (_setjmp(frame->jump) != 0) {
        return false;
    }
#else
    if (setjmp(frame->jump) != 0) {
        return false;
    }
#endif
    body(argument);
    return true;
}

static void trap_clear(struct w2c_error *error) {
    error->trap = W2C_OK;
    error->exit_code = 0;
    error->message[0] = 0;
    error->frame_count = 0;
    error->exception = NULL;
}

#if W2C_HAS_EXCEPTIONS
static void trap_fill_uncaught(struct w2c_error *error, const struct w2c_exception *exception) {
    error->trap = W2C_TRAP_EXCEPTION;
    error->exit_code = 0;
    error->exception = exception;
    error->frames[0] = w2c_exception_thrower(exception);
    error->frame_count = error->frames[0] != NULL;
    struct w2c_message message = w2c_message_open(error->message, sizeof error->message);
    w2c_exception_describe(&message, exception);
}

/* What the body left pending is nobody's; what was pending at a trap is forgotten. */
static void trap_take_exception(struct trap_frame *frame, bool has_returned) {
    const struct w2c_exception *uncaught = w2c_catch();
    if (!uncaught || !has_returned) {
        return;
    }
    frame->trap = W2C_TRAP_EXCEPTION;
    if (frame->error) {
        trap_fill_uncaught(frame->error, uncaught);
    }
}
#else
static void trap_take_exception(struct trap_frame *frame, bool has_returned) {
    (void)frame, (void)has_returned;
}
#endif

W2C_RT enum w2c_trap w2c_try(void (*body)(void *), void *argument, struct w2c_error *error) {
    struct trap_frame frame = {.outer = trap_innermost,
                               .error = error,
                               .stack_limit = w2c_stack_limit,
                               .tail_limit = w2c_tail_limit,
                               .engine_position = w2c_code_position()};
    frame.trap = W2C_OK;
    w2c_fault_enter();
    w2c_stack_enter();
    if (w2c_try_hook) {
        w2c_try_hook();
    }
    trap_innermost = &frame;
    const bool has_returned = trap_set_jump_and_run(&frame, body, argument);
    if (has_returned && error) {
        trap_clear(error);
    }
    trap_take_exception(&frame, has_returned);
    trap_innermost = frame.outer;
    w2c_stack_limit = frame.stack_limit;
    w2c_tail_limit = frame.tail_limit;
    w2c_code_go_back(frame.engine_position);
    return frame.trap;
}

/* ---- printing ---- */

/* The name of a function in the list of names, which is not shorter than function_count. */
static const char *trap_function_name(const struct w2c_symbol *symbol) {
    const char *name = symbol->names.function_names;
    for (uint32_t i = 0; name && i < symbol->index; i++) {
        name += strlen(name) + 1;
    }
    return name ? name : "";
}

static void trap_add_function(struct w2c_message *message, const struct w2c_symbol *symbol) {
    char text[512] = "";
    const char *name = text;
    if (symbol->range) {
        w2c_code_name(symbol, text, sizeof text);
    } else {
        name = trap_function_name(symbol);
    }
    w2c_message_add(message, "func %lu", (unsigned long)symbol->index);
    if (name[0]) {
        w2c_message_add(message, " ");
        w2c_message_quote(message, name, strlen(name));
    }
}

/* The wasm functions among the error's frames; how many. */
static uint32_t trap_find_symbols(const struct w2c_error *error, struct w2c_symbol *symbols) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < error->frame_count && i < W2C_MAX_FRAMES; i++) {
        count += w2c_symbols_find(error->frames[i], &symbols[count]);
    }
    return count;
}

static void trap_print_frames(const struct w2c_error *error, const struct w2c_symbol *symbols, uint32_t count,
                              FILE *stream) {
    uint32_t shown = count < W2C_SHOWN_FRAMES ? count : W2C_SHOWN_FRAMES;
    for (uint32_t i = 0; i < shown; i++) {
        char text[512];
        struct w2c_message message = w2c_message_open(text, sizeof text);
        trap_add_function(&message, &symbols[i]);
        fprintf(stream, "  #%lu %s\n", (unsigned long)i, text);
    }
    if (shown < count) {
        /* A full list means that there were frames it did not record. */
        bool is_cut = error->frame_count == W2C_MAX_FRAMES;
        fprintf(stream, "  ... %s%lu more\n", is_cut ? "at least " : "", (unsigned long)(count - shown));
    }
}

/* The line is put together first and written in one go, so that lines of several threads do not mix. */
W2C_RT void w2c_error_print(const struct w2c_error *error, FILE *stream) {
    char text[1024];
    struct w2c_message message = w2c_message_open(text, sizeof text);
    struct w2c_symbol symbols[W2C_MAX_FRAMES] = {0};
    uint32_t count = trap_find_symbols(error, symbols);
    const char *module = count != 0 ? symbols[0].names.module : w2c_symbols_module();
    w2c_message_escape(&message, module ? module : "w2c", strlen(module ? module : "w2c"));
    w2c_message_add(&message, ": %s", error->message);
    if (count != 0) {
        w2c_message_add(&message, " in ");
        trap_add_function(&message, &symbols[0]);
    }
    fprintf(stream, "%s\n", text);
    trap_print_frames(error, symbols, count, stream);
}
