/* What --trace shows: one line for each call, as strace does for system calls.
 *
 *     path_open(3, SYMLINK_FOLLOW, "data/x", CREAT|TRUNC, FD_READ|FD_WRITE, 0, 0) = 5
 *     fd_write(5, [12, 3]) = 15
 *     fd_filestat_get(5) = {REGULAR_FILE, inode 71, links 1, size 15}
 *     path_unlink_file(3, "y") = NOENT
 *     proc_exit(0) = ?
 *
 * In the parentheses is what goes in, behind the equals sign what comes out: SUCCESS if nothing does, the name of the
 * error, or `?` if the call does not return. The adapters (calls.c) describe their parameters by the table of calls.
 */
#ifndef WASI_TRACE_H
#define WASI_TRACE_H

#include "guest.h"
#include "rt.h"

/* How a wasm parameter is shown. */
enum trace_kind {
    TRACE_END, /* there are no more */
    TRACE_FD,
    TRACE_WORD,
    TRACE_LONG,
    TRACE_DELTA,
    TRACE_FLAGS,  /* detail: enum trace_names */
    TRACE_CHOICE, /* detail: enum trace_names */
    TRACE_RIGHTS,
    TRACE_PATH,          /* a pointer; its size is the next */
    TRACE_VECTORS,       /* a pointer; their number is the next */
    TRACE_SUBSCRIPTIONS, /* a pointer to records of `size`; their number is the next TRACE_WORD */
    TRACE_POINTER,
    TRACE_ROOM,   /* a pointer to be filled; the size of its room is the next */
    TRACE_TEXT,   /* the same; what is written there is shown */
    TRACE_SIZE,   /* belongs to the one before it */
    TRACE_RESULT, /* a pointer to a result of `size`; detail: enum trace_form */
};

/* What lies behind a pointer to a result. */
enum trace_form {
    TRACE_FORM_U32,
    TRACE_FORM_U64,
    TRACE_FORM_FD,
    TRACE_FORM_FDSTAT,
    TRACE_FORM_FILESTAT,
    TRACE_FORM_UNSTABLE_FILESTAT,
    TRACE_FORM_PRESTAT,
    TRACE_FORM_ROFLAGS,
};

/* Lists of names: of the bits of a set from bit 0 on, or of numbers from 0 on. */
enum trace_names {
    TRACE_NAMES_ADVICE,
    TRACE_NAMES_CLOCK,
    TRACE_NAMES_ERROR,
    TRACE_NAMES_EVENTTYPE,
    TRACE_NAMES_FDFLAGS,
    TRACE_NAMES_FILETYPE,
    TRACE_NAMES_FSTFLAGS,
    TRACE_NAMES_LOOKUP,
    TRACE_NAMES_OFLAGS,
    TRACE_NAMES_RIFLAGS,
    TRACE_NAMES_RIGHTS,
    TRACE_NAMES_ROFLAGS,
    TRACE_NAMES_SDFLAGS,
    TRACE_NAMES_SIGNAL,
    TRACE_NAMES_UNSTABLE_WHENCE,
    TRACE_NAMES_WHENCE,
};

struct trace_parameter {
    u8 kind;   /* enum trace_kind */
    u8 detail; /* depends on `kind` */
    u8 size;   /* depends on `kind` */
};

enum { TRACE_LINE_BYTES = 4096 };

/* Where a context's lines go; made once, so that a call allocates nothing. */
struct w2c_trace {
    int fd;
    bool is_open; /* the line is of a call that has not returned */
    struct w2c_message line;
    char text[TRACE_LINE_BYTES];
};

/* NULL if memory is short. `fd` stays the caller's. */
W2C_RT_DECL struct w2c_trace *w2c_trace_new(int fd);
/* Ends the line of a call that did not return. NULL is allowed. */
W2C_RT_DECL void w2c_trace_free(struct w2c_trace *trace);

/* Before a call. `parameters` are up to a TRACE_END, with as many `values`. */
W2C_RT_DECL void w2c_trace_enter(struct w2c_trace *trace, const struct w2c_memory *memory, const char *name,
                                 const struct trace_parameter *parameters, const u64 *values);
/* After it; returns `error`. */
W2C_RT_DECL u32 w2c_trace_leave(struct w2c_trace *trace, const struct w2c_memory *memory,
                                const struct trace_parameter *parameters, const u64 *values, u32 error);
/* Instead, for a call that will not return. */
W2C_RT_DECL void w2c_trace_end(struct w2c_trace *trace);

/* ---- trace_values.c ---- */

/* The name of a number, or the number. */
W2C_RT_DECL void w2c_trace_choice(struct w2c_message *line, enum trace_names names, u32 value);
/* "CREAT|TRUNC"; 0 if there is none. */
W2C_RT_DECL void w2c_trace_flags(struct w2c_message *line, enum trace_names names, u64 flags);
W2C_RT_DECL void w2c_trace_rights(struct w2c_message *line, u64 rights);
/* A result's bytes, as many as its form has. */
W2C_RT_DECL void w2c_trace_form(struct w2c_message *line, enum trace_form form, const u8 *record);
/* A subscription of `size` bytes. */
W2C_RT_DECL void w2c_trace_subscription(struct w2c_message *line, const u8 *record, u32 size);

#endif
