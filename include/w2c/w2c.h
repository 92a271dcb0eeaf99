/* w2c: what generated C, the runtime and the programs that embed them agree on.
 *
 * A module translated as a *library* becomes one `const struct w2c_module` and a typed header of its own
 * (NAME.h, written beside NAME.c), which most users need alone:
 *
 *     struct w2c_error error;
 *     struct adder *a = adder_new(&error);
 *     if (!a) { w2c_error_print(&error, stderr); return 1; }
 *     printf("%u\n", adder_add(a, 2, 3));
 *     adder_delete(a);
 *
 * This header adds what works without knowing the module: looking up exports by name, calling them with
 * values, linking instances to each other, catching traps.
 *
 * A function that traps outside of any w2c_try prints the trap and aborts the process. Inside, control
 * returns to w2c_try, by longjmp: host frames in between are abandoned, so hold no lock there.
 *
 * An instance and what it imports must be used by one thread at a time. Instances that share nothing
 * may run in parallel.
 */
#ifndef W2C_H
#define W2C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config.h"

/* Version of the contract in this file. Generated code and runtime must have the same. */
#define W2C_ABI 2

enum w2c_trap {
    W2C_OK,
#define TRAP(name, text) W2C_TRAP_##name,
#include "trap.def"
#undef TRAP
    W2C_TRAP_LINK /* not a trap: an import is missing or of another type */
};

/* ---- values and types ----
 * A type is spelled as text. A value type is one letter:
 *
 *     i (i32)     l (i64)        f (f32)     d (f64)       v (v128)
 *     F (funcref) E (externref)  A (anyref)  Q (eqref)     I (i31ref)  S (structref)  R (arrayref)  X (exnref)
 *     u (nofunc)  e (noextern)   a (none)    x (noexn)
 *
 * or a reference to a defined type: #7, the type whose id is 7. References may be null, unless `!` stands before
 * them: "!F", "!#7". A function type is its parameters ':' its results, for example "il:d" or "i#7:". In it V is a
 * v128 that is passed as a struct of two u64, as the engines in memory do, where v is one in a register for
 * vectors (w2c/v128.h): whoever calls must do it as the function does, so the types differ.
 *
 * Types with more to them are written only by the translator:
 *
 *     {b~h~#7}     a struct: fields, ~ before those that can be written, b and h are i8 and i16
 *     [~b]         an array
 *     +<#7il:d     + it can be extended, <#7 it extends type 7
 *     T;T;T        a recursive group, in which @1 is the second type
 *
 * In the tables of a module $4 is its type 4, and ^2 stands for a type that belongs to the group two types before. */

union w2c_value {
    uint32_t i32;
    uint64_t i64;
    float f32;
    double f64;
    const void *ref; /* to a function, of whatever type: const struct w2c_func *; externref: the host's pointer;
                        NULL is null */
    uint8_t v128[16];
};

/* Any function. Cast to its real type before a call: in library code the first parameter is the
 * record's `context`, the others are the wasm parameters. Several results come back in a struct. */
typedef void (*w2c_code)(void);

/* A function reference points to one of these. It lives as long as the instance (or host) that made it. */
struct w2c_func {
    w2c_code code;
    void *context;
    uint32_t type; /* w2c_type_id of its signature */
    w2c_code body; /* for tail calls, by whoever keeps to w2c/ops_tail.h; NULL: `code` */
};

/* The id of a type, the same for equal types in every module of the process; never 0. Of a group: its first type's.
 * Thread-safe. Traps with OUT_OF_MEMORY if it cannot be stored, with LINK if the text is malformed. */
#if W2C_HAS_TYPES
W2C_RT_DECL uint32_t w2c_type_id(const char *text);
#endif

/* A value type as a number: its letter, or '#' with the id of a defined type in the bits above. */
#define W2C_NOT_NULL 0x100u
#define W2C_REFERENCE(id) ((uint32_t)'#' | (uint32_t)(id) << 9)
#define W2C_REFERENCE_ID(type) ((type) >> 9)

#if W2C_HAS_TYPES
/* Reads the value type that `text` begins with and returns what follows it; NULL if there is none (*type is 0). */
W2C_RT_DECL const char *w2c_read_value_type(const char *text, uint32_t *type);
/* Whether a value of type `a` can stand where one of type `b` is wanted (spec 3.3). */
W2C_RT_DECL bool w2c_value_type_matches(uint32_t a, uint32_t b);
#endif

/* ---- linear memory ----
 * Under `guard` a memory reserves address space for every address that wasm can form, and its base
 * never moves; accesses past `size_bytes` fault, and the fault becomes a trap. Of 64-bit addresses those below
 * 256 GiB are reserved, which is as far as such a memory grows. Under `check`, and always if pages are of one byte,
 * base may move whenever the memory grows, unless the memory is shared or was placed at an address. */
struct w2c_memory {
    uint8_t *base;
    uint64_t size_bytes;
    uint64_t max_pages;      /* declared maximum, or what the address type allows */
    uint64_t reserved_bytes; /* address space behind base; 0 of a memory that may move */
    uint32_t page_bytes;     /* 65536 or 1 */
    bool has_max;            /* the module declared a maximum */
    bool is_64;              /* 64-bit addresses */
    bool is_guarded;
    bool is_placed;          /* the address space belongs to the program's image, not to us */
    bool is_shared;          /* threads may use it at the same time; base never moves, under check either */
};

/* How far the addresses of a guarded 64-bit memory reach, and how large it becomes: 256 GiB. */
#define W2C_WIDE_BYTES ((uint64_t)1 << 38)

enum w2c_bounds { W2C_BOUNDS_CHECK, W2C_BOUNDS_GUARD };

/* What a module or host says about a memory it wants. `address` is where to put it, or NULL. */
struct w2c_memory_type {
    uint64_t min_pages;
    uint64_t max_pages;
    bool has_max;
    bool is_64;
    uint8_t *address;
    bool is_shared; /* has a maximum: address space for all of it is taken at once */
    uint32_t page_bytes; /* 0 stands for 65536 */
};

/* The size now, in bytes. Other threads may make a shared memory larger meanwhile; what lies below the size that this
 * gives can be used. Whoever knows that the memory is not shared may read `size_bytes`. */
W2C_INLINE uint64_t w2c_memory_size(const struct w2c_memory *memory) {
#if W2C_GNU
    return __atomic_load_n(&memory->size_bytes, __ATOMIC_ACQUIRE);
#else
    return memory->size_bytes;
#endif
}

/* Makes a zeroed memory of min_pages. False if the host cannot give it. */
W2C_RT_DECL bool w2c_memory_init(struct w2c_memory *memory, struct w2c_memory_type type, enum w2c_bounds bounds);
W2C_RT_DECL void w2c_memory_free(struct w2c_memory *memory);

/* Puts `size` bytes of a constant array at `offset` into a memory that nobody has used yet. If these are whole pages of
 * the program's own, they may be moved instead of copied, so nobody may read the array afterwards. False if the memory
 * is smaller than that; traps if the host runs out of memory. */
W2C_RT_DECL bool w2c_memory_take(struct w2c_memory *memory, const uint8_t *image, uint64_t offset, uint64_t size);

/* Adds pages; the size before, in pages, or UINT64_MAX if the limit or the host refuses. */
W2C_RT_DECL uint64_t w2c_memory_grow(struct w2c_memory *memory, uint64_t pages);

/* The bytes [offset, offset + size) of the memory, or NULL if any of them is outside. */
W2C_RT_DECL uint8_t *w2c_memory_bytes(const struct w2c_memory *memory, uint64_t offset, uint64_t size);

/* ---- tables: references of one type, each a pointer, NULL for null ---- */
struct w2c_table {
    const void **elements;
    uint64_t size;
    uint64_t max;
    uint32_t type; /* value type of the elements */
    bool has_max;
    bool is_64;
};

struct w2c_table_type {
    uint64_t min;
    uint64_t max;
    bool has_max;
    bool is_64;
    uint32_t type;
};

W2C_RT_DECL bool w2c_table_init(struct w2c_table *table, struct w2c_table_type type, const void *fill);
W2C_RT_DECL void w2c_table_free(struct w2c_table *table);
/* Adds `count` elements of value `fill`; the size before, or UINT64_MAX if that is refused. */
W2C_RT_DECL uint64_t w2c_table_grow(struct w2c_table *table, uint64_t count, const void *fill);

/* ---- globals: `cell` points to a value of the C type that the value type `type` has ---- */
struct w2c_global {
    void *cell;
    uint32_t type;
    bool is_mutable;
};

/* ---- what can be imported and exported ---- */
enum w2c_kind { W2C_FUNC, W2C_TABLE, W2C_MEMORY, W2C_GLOBAL, W2C_TAG };

struct w2c_tag; /* w2c/exception.h */
struct w2c_exception;

struct w2c_extern {
    enum w2c_kind kind;
    union {
        const struct w2c_func *func;
        const struct w2c_tag *tag;
        struct w2c_table *table;
        struct w2c_memory *memory;
        struct w2c_global global;
    };
};

/* ---- modules: tables that the translator writes and the runtime reads ---- */
struct w2c_import {
    const char *module;
    const char *name;
    uint32_t module_bytes; /* names may contain NUL */
    uint32_t name_bytes;
    enum w2c_kind kind;
    const char *type; /* signature, or the value type of a global or of a table's elements; or "$4" */
    bool is_mutable;  /* globals */
    bool is_64;       /* memories, tables */
    bool is_shared;   /* memories */
    bool has_max;
    uint64_t min;
    uint64_t max;
    uint32_t page_bytes; /* memories; 0 stands for 65536 */
};

/* Calls `func` with values; written by the translator for each exported function. May trap. */
typedef void (*w2c_invoker)(const struct w2c_func *func, const union w2c_value *arguments, union w2c_value *results);

struct w2c_export {
    const char *name;
    uint32_t name_bytes;
    enum w2c_kind kind;
    const char *type; /* as in w2c_import; the record of a function or object says it as a number */
    w2c_invoker invoke; /* functions; else NULL */
};

struct w2c_instance; /* the head of every instance of a library */
struct w2c_type;

struct w2c_module {
    uint32_t abi; /* W2C_ABI */
    enum w2c_bounds bounds;
    const char *name;
    const char *symbol_prefix;  /* functions are symbols PREFIXfn12_name */
    const char *function_names; /* one after another, each closed by NUL, from function 0; or NULL */
    uint32_t function_count;
    size_t instance_bytes;
    const struct w2c_import *imports;
    const struct w2c_export *exports;
    uint32_t import_count;
    uint32_t export_count;
    const char *const *types; /* the runtime puts their ids into type_ids */
    uint32_t *type_ids;
    const struct w2c_type **type_records; /* and their records here, if this is not NULL (type_records.h) */
    uint32_t type_count;
    /* Imports are checked and in order of `imports`. Makes memories, tables and globals; may trap. */
    void (*link)(struct w2c_instance *instance, const struct w2c_extern *imports);
    /* Copies element and data segments, then runs the start function; may trap. */
    void (*start)(struct w2c_instance *instance);
    struct w2c_extern (*get_export)(struct w2c_instance *instance, uint32_t index);
    void (*free)(struct w2c_instance *instance); /* own memories and tables; also after half a link */
};

struct w2c_instance {
    const struct w2c_module *module;
};

/* ---- traps and errors ---- */
enum { W2C_MAX_FRAMES = 64 };

struct w2c_error {
    enum w2c_trap trap;
    int exit_code;     /* with W2C_TRAP_EXIT */
    char message[256]; /* one line, without newline */
    uint32_t frame_count;
    void *frames[W2C_MAX_FRAMES]; /* code addresses, innermost first */
    const struct w2c_exception *exception; /* with W2C_TRAP_EXCEPTION: frames[0] is where it was thrown */
};

/* The specification's text for a trap. */
W2C_RT_DECL const char *w2c_trap_text(enum w2c_trap trap);

/* Runs body(argument); W2C_OK if it returned, else the trap, with *error (may be NULL) filled. Nests. */
W2C_RT_DECL enum w2c_trap w2c_try(void (*body)(void *), void *argument, struct w2c_error *error);

/* Stops the guest. Host functions may call these too. */
W2C_NORETURN W2C_RT_DECL void w2c_trap(enum w2c_trap trap);
W2C_NORETURN W2C_RT_DECL void w2c_trap_message(enum w2c_trap trap, const char *message);
W2C_NORETURN W2C_RT_DECL void w2c_exit(int code); /* unwinds like a trap, as W2C_TRAP_EXIT */

/* The message, and where frames are known a line for each wasm function, innermost first. */
W2C_RT_DECL void w2c_error_print(const struct w2c_error *error, FILE *stream);

/* ---- instances without knowing the module ----
 * A program is one instance that it makes by itself, and its file has none of these. */
#if W2C_LINKAGE != 1

/* Checks the imports (as many as, and in the order of, module->imports) and makes an instance, in which
 * the start function has run. NULL, with *error filled, if linking fails or start-up traps; references
 * that a failed start-up left in imported tables stay valid. Delete with w2c_instance_delete. */
W2C_RT_DECL struct w2c_instance *w2c_instantiate(const struct w2c_module *module, const struct w2c_extern *imports,
                                                 size_t import_count, struct w2c_error *error);
/* The same in two steps, for typed headers: the instance's own storage exists before it is linked.
 * w2c_instance_link deletes the instance when it returns false. */
W2C_RT_DECL struct w2c_instance *w2c_instance_make(const struct w2c_module *module, struct w2c_error *error);
W2C_RT_DECL bool w2c_instance_link(struct w2c_instance *instance, const struct w2c_extern *imports,
                                   size_t import_count, struct w2c_error *error);
/* Nothing of the instance may be in use: no running call, no reference in a table that lives on. */
W2C_RT_DECL void w2c_instance_delete(struct w2c_instance *instance);

/* False if there is no such export. `name` is `name_bytes` long. */
W2C_RT_DECL bool w2c_find_export(struct w2c_instance *instance, const char *name, size_t name_bytes,
                                 struct w2c_extern *out, const struct w2c_export **description);

/* Calls the exported function `name`, catching traps. W2C_TRAP_LINK if there is no such function. */
W2C_RT_DECL enum w2c_trap w2c_invoke(struct w2c_instance *instance, const char *name, size_t name_bytes,
                                     const union w2c_value *arguments, union w2c_value *results,
                                     struct w2c_error *error);

#endif

/* ---- programs: a module with `_start` that imports only WASI becomes one process ---- */
struct w2c_wasi;

struct w2c_program {
    uint32_t abi;
    const char *name;           /* of the module, for messages */
    const char *function_names; /* as in w2c_module */
    uint32_t function_count;
    const char *grants;         /* options in the form of W2C_OPTIONS, given when it was built */
    bool is_sealed;             /* ignore W2C_OPTIONS at run time */
    struct w2c_memory *memory;  /* the memory exported as "memory", or NULL */
    void (*run)(void);          /* instantiates, then calls _start */
    /* In place of `run` if the guest can make threads (w2c_threads_run): its end is in *error, and nothing of it may be
     * freed then. NULL for all others. */
    void (*run_threads)(struct w2c_wasi *wasi, uint32_t thread_limit, struct w2c_error *error);
};

/* What program code passes to every WASI call. Set before `run`. */
W2C_RT_DECL struct w2c_wasi *w2c_program_wasi;

/* main() of a program: reads grants, sets up WASI, runs, reports a trap; the exit code. */
W2C_RT_DECL int w2c_program_main(const struct w2c_program *program, int argument_count, char **arguments);

#endif
