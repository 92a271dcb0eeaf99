/* The runtime from the inside: what its files promise each other.
 *
 *   message       bounded text for error messages; names from a module never reach a terminal raw
 *   memory        linear memories, and the list of reserved address space that the fault handler reads
 *   table         tables and the operators on ranges of them
 *   type_text     texts of types, checked and made comparable
 *   type_registry one number and one record for each type of the process
 *   type_match    subtyping of value types; types in words, for messages
 *   symbols       from a code address to a wasm function, by the symbol table of the running object
 *   backtrace     the code addresses on the stack at a trap
 *   code_ranges   the same for code that is in no object file (in the library alone)
 *   native_stack  where this thread's stack ends; explicit and implicit exhaustion
 *   trap          w2c_try and the ways out of it
 *   wait          threads that sleep until an address of a shared memory is named (where there are atomic operators)
 *   exception     what is pending, and what nobody catches (libraries, and programs with tags)
 *   throw         making exceptions (modules with tags)
 *   fault         SIGSEGV and SIGBUS become traps if they are ours, and somebody else's signal if not
 *   heap          objects that are collected: memory and allocation (only where a module makes some)
 *   heap_mark     which of them are alive
 *   heap_roots    where references are
 *   heap_threads  which threads have some, and how they are stopped
 *   instance      library modules: link, start, look up, delete (libraries only)
 *   wasi/         the system interface (programs, and libraries that import it)
 *   grants        options text: what a program may touch (programs only)
 *   program       main() of a program (programs only)
 *
 * The same text is compiled as separate files (W2C_LINKAGE 0) and pasted into one file with generated code (1, 2),
 * so names of static functions are unique over all files and no macro but W2C_... leaves its file.
 *
 * Invariants
 *   - A guarded memory's base never changes; reservation and registry entry live from init to free.
 *   - Trapping is a longjmp from the trapping frame, or from the signal handler, to the innermost w2c_try of the
 *     thread. No lock of ours is held where guest code or a host function runs.
 *   - A signal handler reads: the registry of reservations, thread-locals of stack, trap and fault. It never
 *     waits, except on the way to the end of the process.
 *   - Locks are leaves: none is taken while another is held. */
#ifndef W2C_RT_H
#define W2C_RT_H

#include <stdarg.h>

#include "w2c/types.h"
#include "w2c/w2c.h"

#if defined(__unix__) || (defined(__APPLE__) && defined(__MACH__))
#define W2C_POSIX 1
#else
#define W2C_POSIX 0
#endif

/* Guard pages need 8 GiB of addresses a memory, and a handler with atomics and thread-local state. */
#if W2C_POSIX && W2C_GNU && UINTPTR_MAX > 0xffffffffu
#define W2C_HAS_GUARD 1
#else
#define W2C_HAS_GUARD 0
#endif

/* Before version 2.34, glibc kept threads in a library of their own. A program that links without it has one
 * thread and finds these functions NULL. */
#if W2C_GNU && defined(__GLIBC__) && (__GLIBC__ < 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ < 34))
#define W2C_WEAK_THREADS 1
#else
#define W2C_WEAK_THREADS 0
#endif

#define W2C_PAGE_BYTES 65536u

/* ---- message: text into a buffer of fixed size, cut where it is full, always closed by NUL ---- */
struct w2c_message {
    char *text;
    size_t size; /* of the buffer, at least 1 */
    size_t used; /* without the NUL */
};

W2C_RT_DECL struct w2c_message w2c_message_open(char *text, size_t size);
#if W2C_GNU
__attribute__((format(printf, 2, 3)))
#endif
W2C_RT_DECL void w2c_message_add(struct w2c_message *message, const char *format, ...);
/* The bytes, with everything escaped that a terminal could take for a command; long ones are cut. */
W2C_RT_DECL void w2c_message_escape(struct w2c_message *message, const char *bytes, size_t size);
/* The same, cut after about `most` bytes of them. */
W2C_RT_DECL void w2c_message_escape_most(struct w2c_message *message, const char *bytes, size_t size, size_t most);
/* As w2c_message_escape, in double quotes. */
W2C_RT_DECL void w2c_message_quote(struct w2c_message *message, const char *bytes, size_t size);

/* ---- memory ---- */

/* True if the address lies in the reservation of a guarded memory. Async-signal-safe. */
W2C_RT_DECL bool w2c_memory_reserves(uintptr_t address);

/* ---- types: texts, records (w2c/type_records.h), matching ---- */
#if W2C_HAS_TYPES
enum {
    W2C_TYPE_LIMIT = 1 << 23,   /* ids are below: W2C_REFERENCE has room for no more */
    W2C_TYPE_TEXT_GROWTH = 5    /* "$0" may become "#8388607" */
};
enum w2c_type_fault { W2C_TYPE_GOOD, W2C_TYPE_MALFORMED, W2C_TYPE_NO_MEMORY };

/* Checks a text and brings it into the form by which types are compared: *out is to be freed. $0, $1 ... stand for
 * `ids`. */
W2C_RT_DECL enum w2c_type_fault w2c_type_canonical(const char *text, const uint32_t *ids, uint32_t id_count,
                                                   char **out, uint32_t *group_size);
/* The text of a type, as in struct w2c_type; NULL if there is none with that id. */
W2C_RT_DECL const char *w2c_type_signature(uint32_t id);
/* The value type at the beginning of `text`, in which $4 is ids[4]. */
W2C_RT_DECL uint32_t w2c_type_in_module(const char *text, const uint32_t *ids);
/* The id of a function's type from a module's tables: its text, or "$4". */
W2C_RT_DECL uint32_t w2c_type_id_in_module(const char *text, const uint32_t *ids);
W2C_RT_DECL void w2c_message_value_type(struct w2c_message *message, uint32_t type);
/* "func (i32 i64) -> (f64)", "struct", "array". */
W2C_RT_DECL void w2c_message_type(struct w2c_message *message, uint32_t id);
#endif

/* ---- symbols: modules are known from their first instance to their last ---- */
struct w2c_names {
    const char *module;
    const char *symbol_prefix;
    const char *function_names; /* as in w2c_module, may be NULL */
    uint32_t function_count;
};

struct w2c_code_range;
struct w2c_symbol {
    struct w2c_names names;
    uint32_t index;
    const struct w2c_code_range *range; /* who knows the name instead of `names`, or NULL */
};

/* False if there is no memory to remember it; only messages suffer. Each success needs one removal. */
W2C_RT_DECL bool w2c_symbols_add(const struct w2c_names *names);
W2C_RT_DECL void w2c_symbols_remove(const struct w2c_names *names);
/* The wasm function that the code at `address` belongs to. */
W2C_RT_DECL bool w2c_symbols_find(const void *address, struct w2c_symbol *out);
/* What is known of any code address: the function it lies in, by its symbol or, without one, its file. */
struct w2c_place {
    uintptr_t low, high; /* the addresses of which the rest is true; at least the one asked for */
    bool is_guest;
    uint32_t index;      /* of the wasm function, if it is the guest's */
    char name[160];      /* of the symbol, or the file as "[libc.so.6]"; empty if nothing is known */
};
W2C_RT_DECL void w2c_symbols_describe(const void *address, struct w2c_place *out);
/* The name of the only module there is, or NULL. */
W2C_RT_DECL const char *w2c_symbols_module(void);

/* ---- backtrace ---- */

/* Addresses inside the functions on the stack, innermost first; how many. 0 where there is no unwinder. */
W2C_RT_DECL uint32_t w2c_backtrace(void **frames, uint32_t capacity);

/* ---- code of engines in this process (w2c/engine.h): only where the runtime is a library of its own, not
 * pasted into an output (the translator says so in the text it writes) ---- */
#if !defined(W2C_IS_PASTED)
/* The function that an engine says this address stands for. */
W2C_RT_DECL bool w2c_code_find(uintptr_t address, struct w2c_symbol *out);
/* The name of a function that was found so. */
W2C_RT_DECL void w2c_code_name(const struct w2c_symbol *symbol, char *name, size_t capacity);
/* The addresses on the stack as this thread's engine sees them; without one, w2c_backtrace. */
W2C_RT_DECL uint32_t w2c_code_frames(void **frames, uint32_t capacity);
/* Those of an engine with frames of its own at any moment (w2c_engine_samples); 0 without one. */
W2C_RT_DECL uint32_t w2c_code_samples(void **frames, uint32_t capacity);
/* What the engine does on this thread; and what it did, after a trap. */
W2C_RT_DECL void *w2c_code_position(void);
W2C_RT_DECL void w2c_code_go_back(void *position);
#else
W2C_INLINE void *w2c_code_position(void) {
    return NULL;
}
W2C_INLINE void w2c_code_go_back(void *position) {
    (void)position;
}
W2C_INLINE bool w2c_code_find(uintptr_t address, struct w2c_symbol *out) {
    (void)address, (void)out;
    return false;
}
W2C_INLINE void w2c_code_name(const struct w2c_symbol *symbol, char *name, size_t capacity) {
    (void)symbol, (void)capacity;
    name[0] = 0;
}
W2C_INLINE uint32_t w2c_code_samples(void **frames, uint32_t capacity) {
    (void)frames, (void)capacity;
    return 0;
}
W2C_INLINE uint32_t w2c_code_frames(void **frames, uint32_t capacity) {
    return w2c_backtrace(frames, capacity);
}
#endif

/* ---- stack ---- */

/* Finds this thread's stack, once, and sets w2c_stack_limit if the caller runs on it (not so in a coroutine). */
W2C_RT_DECL void w2c_stack_enter(void);
/* The stack that the platform gave this thread, both 0 if it does not say. Slow: see native_stack.c. */
struct w2c_stack_bounds {
    uintptr_t low;
    uintptr_t high;
};
W2C_RT_DECL struct w2c_stack_bounds w2c_stack_thread_bounds(void);
/* Whether a fault at `address` with this stack pointer (0: unknown) means that the stack is full. */
W2C_RT_DECL bool w2c_stack_is_overflow(uintptr_t address, uintptr_t pointer);
/* Lets the main thread's stack grow to 64 MiB, if the hard limit allows it. Call before anything else. */
W2C_RT_DECL void w2c_stack_raise(void);

/* ---- trap ---- */

/* See w2c/ops_tail.h. Here because w2c_try puts it back. */
W2C_RT_DECL W2C_THREAD_LOCAL W2C_NEAR_THREAD_LOCAL uintptr_t w2c_tail_limit;

W2C_RT_DECL bool w2c_trap_is_caught(void);
/* Called by every w2c_try if it is set: by the heap, which has to know the threads. */
W2C_RT_DECL void (*w2c_try_hook)(void);

/* ---- exceptions (w2c/exception.h): functions of libraries may always throw, or have others throw through them; a
 * program's only if it has tags, and then the translator says so in the text it writes ---- */
#if !defined(W2C_IS_PASTED) || W2C_LINKAGE == 2 || defined(W2C_EXCEPTIONS)
#define W2C_HAS_EXCEPTIONS 1
W2C_RT_DECL const struct w2c_exception *w2c_catch(void);
/* "uncaught exception (i32 7)"; where it was thrown. */
W2C_RT_DECL void w2c_exception_describe(struct w2c_message *message, const struct w2c_exception *exception);
W2C_RT_DECL void *w2c_exception_thrower(const struct w2c_exception *exception);
#else
#define W2C_HAS_EXCEPTIONS 0
#endif

/* ---- fault ---- */

/* Installs the handlers once in the process, and an alternate stack once in the thread. */
W2C_RT_DECL void w2c_fault_enter(void);

/* ---- locks: short, never held over foreign code ---- */
#if W2C_GNU
W2C_INLINE void w2c_lock(int *lock) {
    while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE)) {
    }
}
W2C_INLINE void w2c_unlock(int *lock) {
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}
#else
W2C_INLINE void w2c_lock(int *lock) {
    *lock = 1;
}
W2C_INLINE void w2c_unlock(int *lock) {
    *lock = 0;
}
#endif

#endif
