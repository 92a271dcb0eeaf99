/* Lines of --trace: what goes into a call, what comes out of it. See trace.h.
 *
 * The guest chooses the pointers, so what they point to is shown only if all of it is in memory (guest.h), at most the
 * beginning of it, and with everything escaped that a terminal could take for a command. A pointer that leads out of
 * memory is shown as a number. Nothing here changes what the call itself will find or decide.
 *
 * A line is written in one piece when its call is over, so that lines of several contexts do not mix, nor with what
 * the guest prints. TRACE_LINE_BYTES are room for the longest, a link or rename with two paths of nothing but bytes to
 * be escaped.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "wasi/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "wasi/quiet.h"

enum { TRACE_MOST_TEXT = 256, TRACE_MOST_ITEMS = 8 };

/* A call that is being shown. */
struct trace_view {
    struct w2c_message *line;
    const struct w2c_memory *memory;
    const struct trace_parameter *parameters;
    const u64 *values;
};

W2C_RT struct w2c_trace *w2c_trace_new(int fd) {
    struct w2c_trace *trace = malloc(sizeof(*trace));
    if (trace) {
        trace->fd = fd;
        trace->is_open = false;
    }
    return trace;
}

/* A line that cannot be written is lost; neither the guest nor the process must notice. */
static void trace_write(struct w2c_trace *trace) {
    trace->is_open = false;
    struct w2c_message *line = &trace->line;
    struct quiet quiet;
    line->text[line->used++] = '\n'; /* in place of the NUL */
    w2c_quiet_begin(&quiet);
    for (size_t done = 0; done < line->used;) {
        ssize_t result = write(trace->fd, line->text + done, line->used - done);
        if (result < 0 && errno != EINTR) {
            break;
        }
        done += result > 0 ? (size_t)result : 0;
    }
    w2c_quiet_end(&quiet);
}

W2C_RT void w2c_trace_end(struct w2c_trace *trace) {
    w2c_message_add(&trace->line, " = ?");
    trace_write(trace);
}

W2C_RT void w2c_trace_free(struct w2c_trace *trace) {
    if (trace && trace->is_open) {
        w2c_trace_end(trace);
    }
    free(trace);
}

/* ---- what goes in ---- */

/* For what does not lie in memory. */
static void trace_place(const struct trace_view *view, u32 pointer, u32 size) {
    w2c_message_add(view->line, "0x%x[%u]", pointer, size);
}

static void trace_text(const struct trace_view *view, u32 pointer, u32 size) {
    const u8 *bytes = w2c_guest_bytes(view->memory, guest_at(pointer), size);
    if (!bytes) {
        trace_place(view, pointer, size);
        return;
    }
    w2c_message_add(view->line, "\"");
    w2c_message_escape_most(view->line, (const char *)bytes, size, TRACE_MOST_TEXT);
    w2c_message_add(view->line, "\"");
}

/* The sizes of the buffers. Where they lie says little to who reads. */
static void trace_vectors(const struct trace_view *view, u32 pointer, u32 count) {
    const u8 *records = w2c_guest_bytes(view->memory, guest_at(pointer), (u64)count * WASI_IOVEC_BYTES);
    if (!records) {
        trace_place(view, pointer, count);
        return;
    }
    w2c_message_add(view->line, "[");
    for (u32 i = 0; i < count && i < TRACE_MOST_ITEMS; i++) {
        w2c_message_add(view->line, i ? ", %u" : "%u", record_u32(records + i * WASI_IOVEC_BYTES, WASI_IOVEC_SIZE));
    }
    w2c_message_add(view->line, count > TRACE_MOST_ITEMS ? ", ...]" : "]");
}

static u32 trace_next_word(const struct trace_view *view, size_t at) {
    while (view->parameters[at].kind != TRACE_WORD) {
        at++;
    }
    return (u32)view->values[at];
}

static void trace_subscriptions(const struct trace_view *view, size_t at) {
    const u32 size = view->parameters[at].size;
    const u32 pointer = (u32)view->values[at];
    const u32 count = trace_next_word(view, at);
    const u8 *records = w2c_guest_bytes(view->memory, guest_at(pointer), (u64)count * size);
    if (!records) {
        trace_place(view, pointer, count);
        return;
    }
    w2c_message_add(view->line, "[");
    for (u32 i = 0; i < count && i < TRACE_MOST_ITEMS; i++) {
        w2c_message_add(view->line, i ? ", " : "");
        w2c_trace_subscription(view->line, records + i * size, size);
    }
    w2c_message_add(view->line, count > TRACE_MOST_ITEMS ? ", ...]" : "]");
}

static void trace_parameter(const struct trace_view *view, size_t at) {
    const struct trace_parameter *parameter = &view->parameters[at];
    const u64 value = view->values[at];
    switch ((enum trace_kind)parameter->kind) {
    case TRACE_FD: w2c_message_add(view->line, "%d", (s32)value); break;
    case TRACE_WORD: w2c_message_add(view->line, "%u", (u32)value); break;
    case TRACE_LONG: w2c_message_add(view->line, "%llu", (unsigned long long)value); break;
    case TRACE_DELTA: w2c_message_add(view->line, "%lld", (long long)value); break;
    case TRACE_FLAGS: w2c_trace_flags(view->line, (enum trace_names)parameter->detail, value); break;
    case TRACE_CHOICE: w2c_trace_choice(view->line, (enum trace_names)parameter->detail, (u32)value); break;
    case TRACE_RIGHTS: w2c_trace_rights(view->line, value); break;
    case TRACE_PATH: trace_text(view, (u32)value, (u32)view->values[at + 1]); break;
    case TRACE_VECTORS: trace_vectors(view, (u32)value, (u32)view->values[at + 1]); break;
    case TRACE_SUBSCRIPTIONS: trace_subscriptions(view, at); break;
    case TRACE_POINTER: w2c_message_add(view->line, "0x%x", (u32)value); break;
    case TRACE_ROOM:
    case TRACE_TEXT: w2c_message_add(view->line, "%u", (u32)view->values[at + 1]); break;
    case TRACE_END:
    case TRACE_SIZE:
    case TRACE_RESULT: break;
    }
}

W2C_RT void w2c_trace_enter(struct w2c_trace *trace, const struct w2c_memory *memory, const char *name,
                            const struct trace_parameter *parameters, const u64 *values) {
    if (trace->is_open) {
        w2c_trace_end(trace);
    }
    struct w2c_message *line = &trace->line;
    const struct trace_view view = {line, memory, parameters, values};
    *line = w2c_message_open(trace->text, TRACE_LINE_BYTES);
    trace->is_open = true;
    w2c_message_add(line, "%s(", name);
    const char *separator = "";
    for (size_t i = 0; parameters[i].kind != TRACE_END; i++) {
        if (parameters[i].kind != TRACE_SIZE && parameters[i].kind != TRACE_RESULT) {
            w2c_message_add(line, "%s", separator);
            trace_parameter(&view, i);
            separator = ", ";
        }
    }
    w2c_message_add(line, ")");
}

/* ---- what comes out ---- */

/* Text is as long as the result behind it says, if there is one. Results are the guest's memory: another thread of the
 * host could have changed them since. */
static void trace_written_text(const struct trace_view *view, size_t at) {
    u32 size = (u32)view->values[at + 1];
    if (view->parameters[at + 2].kind == TRACE_RESULT) {
        const u8 *used = w2c_guest_bytes(view->memory, guest_at((u32)view->values[at + 2]), sizeof(u32));
        size = used && record_u32(used, 0) < size ? record_u32(used, 0) : size;
    }
    trace_text(view, (u32)view->values[at], size);
}

static void trace_result(const struct trace_view *view, size_t at) {
    const struct trace_parameter *parameter = &view->parameters[at];
    const u32 pointer = (u32)view->values[at];
    const u8 *record = w2c_guest_bytes(view->memory, guest_at(pointer), parameter->size);
    if (record) {
        w2c_trace_form(view->line, (enum trace_form)parameter->detail, record);
    } else {
        trace_place(view, pointer, parameter->size);
    }
}

/* Adds all results; false if the call has none. */
static bool trace_results(const struct trace_view *view) {
    const char *separator = "";
    for (size_t i = 0; view->parameters[i].kind != TRACE_END; i++) {
        const u8 kind = view->parameters[i].kind;
        if (kind != TRACE_TEXT && kind != TRACE_RESULT) {
            continue;
        }
        w2c_message_add(view->line, "%s", separator);
        separator = ", ";
        if (kind == TRACE_TEXT) {
            trace_written_text(view, i);
        } else {
            trace_result(view, i);
        }
    }
    return *separator != 0;
}

/* Says of a FAULT which places for results are not in memory; the others stand in the parentheses already. */
static void trace_faults(const struct trace_view *view) {
    for (size_t i = 0; view->parameters[i].kind != TRACE_END; i++) {
        const u8 kind = view->parameters[i].kind;
        const u32 pointer = (u32)view->values[i];
        u32 size = kind == TRACE_RESULT ? view->parameters[i].size : 0;
        if (kind == TRACE_ROOM || kind == TRACE_TEXT) {
            size = (u32)view->values[i + 1];
        }
        if (size && !w2c_guest_bytes(view->memory, guest_at(pointer), size)) {
            w2c_message_add(view->line, " ");
            trace_place(view, pointer, size);
        }
    }
}

W2C_RT u32 w2c_trace_leave(struct w2c_trace *trace, const struct w2c_memory *memory,
                           const struct trace_parameter *parameters, const u64 *values, u32 error) {
    const struct trace_view view = {&trace->line, memory, parameters, values};
    w2c_message_add(&trace->line, " = ");
    if (error || !trace_results(&view)) {
        w2c_trace_choice(&trace->line, TRACE_NAMES_ERROR, error);
    }
    if (error == WASI_EFAULT) {
        trace_faults(&view);
    }
    trace_write(trace);
    return error;
}
