/* Writing C. What is fixed for a module is in struct emitter, shared read-only by all workers; what is being written
 * is in struct writer, one for each worker.
 *
 * The dialect. Every value is a C variable or expression of type u32, u64, f32, f64 or const void * (references), v128.
 *   l5        local 5; parameters first
 *   i3        operand-stack slot at height 3: i (u32), j (u64), x (f32), y (f64), r (reference), v (v128)
 *   B7        label
 *   fn12_parse function 12, called "parse" in the name section
 *   g0_sp     global, memory0, table0, data3, elem2, type5: as they sound
 *   m0        in a function: the view of memory 0 (w2c/ops_memory.h)
 * In a library all of a module's state is in `struct PREFIX`, reached by `self`; in a program it is at file scope.
 */
#ifndef W2C_EMIT_H
#define W2C_EMIT_H

#include "../base/arena.h"
#include "../base/bits.h"
#include "../base/text.h"
#include "../ir/ir.h"
#include "../profile/blocks.h"
#include "../wasm/module_facts.h"

/* Where the state of a live instance is: for code that is compiled in its process, which has these addresses as
 * numbers in its text (emit_tcc.c). Arrays are by index. */
struct places {
    uint64_t memory_base;     /* of memory 0 if it is a plain one, else 0; it never moves */
    const uint64_t *memories; /* struct w2c_memory */
    const uint64_t *tables;   /* struct w2c_table */
    const uint64_t *tags;     /* struct w2c_tag */
    const uint64_t *elements; /* a pointer to references, and a uint32_t count */
    const uint64_t *datas;    /* a pointer to bytes, and a uint64_t size */
    const uint64_t *records;  /* struct w2c_func of functions: what references point to */
    uint64_t imports;         /* by function: code and context of an imported one */
    uint64_t slots;           /* by function: code of an own one */
    uint64_t tail_slots;      /* the same for tail calls, if the module makes any that matter */
    uint64_t type_ids;        /* of a module with rich types, by type index: u32 */
    uint64_t type_records;    /* and const struct w2c_type * */
    uint64_t atomics;         /* by operator, from the first of ops_atomic.def: code of what carries it out */
};
enum { IMPORT_BYTES = 16 };

struct emitter {
    const struct module *module;
    bool is_program;
    bool is_guarded;
    bool is_for_tcc;             /* see emit_tcc.c */
    const struct places *places; /* of a live instance, which is a program and for tcc; else NULL */
    bool is_split;               /* functions are in several files, so they have external linkage */
    bool has_embedded_runtime;
    bool needs_wasi;
    bool is_sealed;
    bool has_strict_traps; /* see translate_options */
    bool uses_heap;                  /* the text has objects; known when its functions are written */
    bool uses_v128;                  /* the text has vectors; known when its functions are written */
    bool is_threaded;                /* a program with an instance for each thread (emit_threads.c) */
    bool uses_atomics;               /* known once all functions are written */
    bool uses_wide;                  /* some function has an operator of wide arithmetic */
    bool changes_tables;             /* some function has an operator that does; known like these */
    bool has_memory_study;           /* see translate_options */
    const struct function_copy *copies; /* by function, of a split output; NULL: none (copies.h) */
    const struct block_plan *blocks; /* of a program that counts them, or NULL */
    bool is_sampled;                 /* the program can be sampled (w2c/sampling.h) */
    const char *grants;
    const char *name;                 /* C identifier of the library or program */
    const char *prefix;               /* of internal identifiers: w2c_NAME_ in libraries, else empty */
    const char *shared_name;          /* file name of the shared header of a split output */
    const char *header_name;          /* file name of a library's public header, or NULL */
    const struct text *header_text;   /* its text, if its name is one that C cannot include */
    const char *source_name;          /* the module's file name, for comments */
    const struct name *display_names; /* of functions, for people */
    const char **func_names;          /* C identifiers */
    const char **global_names;        /* C expressions that read or write the global, by index */
    const bool *import_is_repeated;   /* by import: the same module and name occur again */
    uint32_t *func_refs;              /* place in func_refs[] of the generated C for every declared function */
    uint32_t func_ref_count;
    const uint32_t *data_offsets; /* by data segment, if they are one array and a list (emit_data.c), else NULL */
    const struct data_image *data_image; /* what memory 0 begins with, if that is an image (emit_data.c), else NULL */
    unsigned char *tail_types; /* bits of the types that functions with tail calls turned out to need */
    struct arena *arena; /* of the module: for what emitters prepare before workers start */
    struct diag_context *diag;
};

struct writer {
    const struct emitter *emitter;
    struct text *out;
    struct text *body; /* scratch buffers, kept from function to function */
    struct text *head;
    unsigned char *called;                 /* bit for each function that the text mentions, or NULL */
    unsigned char *types;                  /* for a live instance: bits of the function types that the text mentions, */
    unsigned char *host_types;             /* and of those of imports */
    unsigned char *tail_types;             /* bits of the function types of tail calls */
    const unsigned char *group;            /* for a live instance: bits of the functions that are in the same text */
    uint32_t temporary_count[CTYPE_COUNT]; /* for tcc: in this statement, and at most in one of the function */
    uint32_t temporary_max[CTYPE_COUNT];
    bool is_copy;    /* the function is written for the part of another one (copies.h) */
    unsigned indent; /* in columns */
    bool uses_self;
    bool uses_context;
    bool uses_callee; /* the variable of that name */
};

/* ---- emitter.c ---- */
/* Fills in what follows from the members set before: module, arena, diag, is_..., grants. `name` may be NULL. */
void emitter_prepare(struct emitter *emitter, const char *input_path, const char *output_path, const char *name);
/* The function as this emitter writes it: with counters, if blocks are counted, and without comparisons of accesses
 * that are known to be in bounds, if such are written at all. Fails by fail_at. */
struct function *emitter_build(const struct emitter *emitter, struct arena *arena, struct diag_context *diag,
                               uint32_t func_idx);
/* `path` with `suffix` in place of its ".c". */
const char *sibling_path(struct arena *arena, const char *path, const char *suffix);

/* ---- names.c ---- */
const char *func_identifier(struct arena *arena, const char *prefix, uint32_t func_idx, struct name name);
const char *global_identifier(struct arena *arena, uint32_t global_idx, struct name name);
/* Injective: different names give different identifiers; see the essay in names.c. `position` tells apart names
 * that are too long to be spelled out. */
void text_export_identifier(struct text *out, struct name name, uint32_t position);
bool is_identifier(const char *string);
bool is_library_name(const char *string); /* what --name may be */
/* The name so that it is harmless, and recognisable, inside of a comment. */
void text_comment(struct text *out, struct name name);
/* A C string literal, quotes included. */
void text_literal(struct text *out, const void *bytes, size_t size);

/* ---- emit_type.c ---- */
const char *ctype_name(enum ctype type);
/* The C type of the results: void, u32, struct results_i64_i32. */
void text_result_type(struct text *out, const struct emitter *emitter, const struct functype *type);
/* "u32 l0, u64 l1", with `void *context` first in libraries; "void" if there is nothing. */
void text_parameters(struct text *out, const struct emitter *emitter, const struct functype *type);
void emit_result_structs(struct text *out, const struct emitter *emitter);
void emit_types(struct text *out, const struct emitter *emitter); /* the function types */
void emit_type(struct text *out, const struct emitter *emitter, uint32_t type_idx);
/* Whether types of functions or globals have vectors in them. */
bool module_mentions_v128(const struct module *module);
/* A value type as the runtime has it, as an expression in C. */
void text_value_type_code(struct text *out, const struct emitter *emitter, valtype type);
/* The lowest type index with an equal function type: what type ids and type names are made from. */
uint32_t canonical_type(const struct module *module, uint32_t type_idx);

/* ---- emit_expr.c ---- */
void emit_expr(struct writer *w, const struct expr *expr);      /* as an argument or right-hand side */
void emit_number(struct writer *w, const struct expr *expr);    /* as an operand: never of type int */
void emit_stored(struct writer *w, const struct expr *expr);    /* a value that only goes to memory */
void emit_condition(struct writer *w, const struct expr *expr); /* where C wants a truth value */
void emit_forced(struct writer *w, const struct expr *expr);    /* statements that evaluate its loads */
void emit_slot(struct writer *w, enum ctype type, uint32_t height);
void emit_memory(struct writer *w, uint32_t memory_idx); /* pointers to struct w2c_memory, struct w2c_table */
void emit_table(struct writer *w, uint32_t table_idx);
/* "self->" where state is in an instance. */
void emit_self(struct writer *w);
void emit_func_name(struct writer *w, uint32_t func_idx);
void emit_func_ref(struct writer *w, uint32_t func_idx);
void emit_type_id(struct writer *w, uint32_t type_idx);
void emit_type_record(struct writer *w, uint32_t type_idx); /* const struct w2c_type *; the module has rich types */

/* ---- emit_memory.c: what depends on the kind of a memory or table ---- */
/* "m0, l0, 4": the first arguments of an access's macro. `access` is its operator. */
void emit_access(struct writer *w, enum op access, uint32_t memory_idx, const struct expr *address, uint64_t offset);
bool uses_memories(const struct function *function); /* by loads or stores */
void emit_memory_views(struct writer *w, const struct function *function);
/* Functions that no memory grows in (find_growth) can use copies of base and size; where they are not symbols. */
bool may_copy_views(const struct emitter *emitter);
/* "memory_grow(", by the kind of what the operator names; `kinds` has idx2 if the operator has two. */
void emit_object_function(struct writer *w, enum op op, uint32_t idx, uint32_t idx2);
bool is_short_copy(const struct writer *w, const struct stmt *stmt);
/* An index into any table, as a u32. */
void emit_table_index(struct writer *w, const struct expr *index);
/* As code for tcc and for C compilers does it. */
enum vector_passing vector_passing(const struct emitter *emitter);
/* Threads may grow a memory of the module between two accesses to it. */
bool has_shared_memory(const struct module *module);
/* The module has memories or tables whose operators are those of w2c/ops_bulk64.h. */
bool needs_bulk64(const struct module *module);
/* Functions of a program open memory 0 as MEMORY0. */
bool has_plain_memory0(const struct module *module);
/* And the linker may place it, so that MEMORY0 is a symbol. */
bool may_place_memory(const struct emitter *emitter);

/* An operator by the spelling of ops.def. */
void emit_spelling(struct writer *w, const struct expr *expr, const char *spelling);

/* ---- emit_simd.c ---- */
void emit_v128_const(struct writer *w, const uint8_t bytes[16]);
void emit_shuffle_lanes(struct writer *w, const uint8_t lanes[16]);
void emit_lane(struct writer *w, unsigned op, unsigned lane); /* ", LANE" for an access of one lane */
/* An operand of an operator, hidden where a compiler would compute with vectors of floats as wasm does not. */
void emit_argument(struct writer *w, const struct expr *expr, const struct expr *operand);

/* ---- emit_gc.c ---- */
void emit_heap_expr(struct writer *w, const struct expr *expr); /* of an operator of form HEAP */

/* ---- emit_tcc.c ---- */
void emit_tcc_load(struct writer *w, const struct expr *expr);
void emit_tcc_store(struct writer *w, const struct stmt *stmt);
/* False if the operator is spelled like for other compilers. */
bool emit_tcc_operator(struct writer *w, const struct expr *expr);
/* A constant that must be hidden where it stands. */
bool is_folded_by_tcc(const struct expr *expr, const struct expr *parent);
void text_tcc_address(struct text *out, uint64_t address); /* of type u64 */
void emit_tcc_pointer(struct writer *w, uint64_t address);
void emit_tcc_object(struct writer *w, const char *type, uint64_t address); /* what is at the address */
/* A function of the live instance: by its name if it is in the same text, else by way of its slot. */
void emit_tcc_callee(struct writer *w, uint32_t func_idx);
void emit_tcc_context(struct writer *w, uint32_t func_idx); /* first argument of an import */
void emit_tcc_callee_cast(struct writer *w, uint32_t type_idx);
void emit_tcc_lookup(struct writer *w, const struct stmt *stmt);
/* "BYTES, SIZE" of a segment of the live instance. */
void emit_tcc_segment(struct writer *w, bool is_data, uint32_t idx);
void emit_tcc_drop(struct writer *w, bool is_data, uint32_t idx);
void emit_tcc_temporaries(struct writer *w); /* declarations */
/* The type by which a live instance calls imports of this function type. */
void emit_tcc_host_type(struct text *out, const struct emitter *emitter, uint32_t type_idx);
/* A function of the live instance that calls the import: for references to it. */
void emit_tcc_import(struct writer *w, uint32_t func_idx);

/* ---- emit_tcc_call.c ---- */
struct tcc_call {
    struct writer *w;
    const struct functype *type;
    const char *context;                                           /* text of an argument before all, or NULL */
    void (*callee)(const struct tcc_call *call);                   /* writes the function, or a pointer to it */
    void (*argument)(const struct tcc_call *call, uint32_t param); /* writes an argument */
    const void *data;                                              /* for these two */
};
/* More arguments than tcc can hold: then the call is written by emit_tcc_large_call, as an expression. */
bool tcc_call_is_large(const struct functype *type);
void emit_tcc_large_call(const struct tcc_call *call);

/* ---- emit_func.c ---- */
void emit_function(struct writer *w, const struct function *function);
/* `storage` is W2C_CODE, or W2C_COPY (copies.h). */
void emit_prototype(struct text *out, const struct emitter *emitter, const char *storage, uint32_t func_idx);
/* Statements but the final return, whose value's expression is the result: for constant expressions. */
const struct expr *emit_constant_stmts(struct writer *w, const struct function *function);
void emit_indent(struct writer *w);

/* ---- emit_tail.c ---- */
/* What tcc is told instead of w2c/ops_tail.h. */
#define TCC_TAIL_CALL_STRUCT "struct w2c_tail_call{void*resume,*code,*context;};\n"
/* What tail calls of functions of these types need, behind the types. */
void emit_tail_types(struct text *out, const struct emitter *emitter, const unsigned char *tail_types);

/* ---- emit_state.c: the module's variables ---- */
void emit_state_declarations(struct text *out, const struct emitter *emitter);
void emit_state_definitions(struct text *out, const struct emitter *emitter);

/* ---- emit_data.c: data segments ---- */
void emitter_plan_data(struct emitter *emitter); /* sets data_offsets, data_image */
void emit_data_declarations(struct text *out, const struct emitter *emitter);
/* Needs the declarations, and no others before it. */
void emit_data_definitions(struct text *out, const struct emitter *emitter);
void emit_copy_data(struct writer *w); /* statements that put active segments into memories */

/* ---- emit_table.c: calls through tables of programs ---- */
/* An indirect call names its code, TABLE0_CODE(type, index), and no variable `callee`. */
bool calls_by_code(const struct emitter *emitter);
void emit_table_declarations(struct text *out, const struct emitter *emitter);
void emit_table_definitions(struct text *out, const struct emitter *emitter);
/* The same for an assembler: for code that is linked without the program's own file (tier/image.h). */
void emit_table_assembly(struct text *out, const struct emitter *emitter);

/* ---- emit_exception.c: tags, in the state of a program or of a library's instance ---- */
void emit_tag_declarations(struct text *out, const struct emitter *emitter);
void emit_tag_definitions(struct text *out, const struct emitter *emitter);
void emit_make_tags(struct text *out, const struct emitter *emitter);

/* ---- emit_start.c: instantiation ---- */
/* Statements that make memories, tables, globals and element segments; then those that copy the active segments. */
void emit_make_state(struct writer *w);
void emit_define_types(struct writer *w); /* in a program: before anything else */
void emit_make_memory(struct writer *w, uint32_t idx);
/* "    {", and the variable `offset` with the value of the expression. */
void emit_offset(struct writer *w, const struct constexpr *offset, const struct limits *limits);
void emit_copy_segments(struct writer *w);
/* In the function that frees an instance, or leaves a thread's: undoes what emit_make_state registered. */
void emit_forget_roots(struct text *out, const struct emitter *emitter);

/* ---- emit_program.c, emit_library.c, emit_header.c ---- */
void emit_program_imports(struct text *out, const struct emitter *emitter);
void emit_function_names(struct text *out, const struct emitter *emitter);
void emit_program(struct text *out, const struct emitter *emitter);
void emit_library_imports(struct text *out, const struct emitter *emitter);
void emit_library(struct text *out, const struct emitter *emitter);
/* Of that only NAME_module and what it needs. */
void emit_descriptor_of_library(struct text *out, const struct emitter *emitter);
/* The public header, without the runtime's part. */
void emit_header(struct text *out, const struct emitter *emitter);
/* "NAME_export", the C name by which users know an export. */
void text_export_name(struct text *out, const struct emitter *emitter, uint32_t export_idx);
/* "uint32_t *NAME_export(struct NAME *self)": what gives a library's user an exported global, table or memory. */
void text_object_accessor(struct text *out, const struct emitter *emitter, uint32_t export_idx);
/* The member of struct NAME_imports. */
void text_import_name(struct text *out, const struct emitter *emitter, uint32_t import_idx);
/* "ARRAY[i].i32": a value of a union w2c_value as the type wants it. */
void text_value_member(struct text *out, const char *array, uint32_t i, valtype type);
const char *public_ctype_name(enum ctype type); /* as the public headers spell it */

/* ---- emit_threads.c: programs with threads; emit_program.c ---- */
void emit_instantiation(struct writer *w); /* state, segments, start function */
void emit_shared_memories(struct writer *w);
void emit_thread_functions(struct writer *w);
void emit_thread_program(struct text *out);

#endif
