/* Questions about a whole module that everybody who makes something of it asks: is it a program, what are its functions
 * called, how is a type spelled in the runtime's contract (w2c.h). */
#ifndef W2C_MODULE_FACTS_H
#define W2C_MODULE_FACTS_H

#include "module.h"

struct text;

/* The texts of w2c.h: 'i' for i32 and so on, '#' for a defined type; "il:d" for a function. */
char type_letter(valtype type);
void text_signature(struct text *out, const struct functype *type);
/* A value type as it stands in a module's tables: "i", "!F", "$5". */
void text_value_type(struct text *out, valtype type);
/* How functions take and give vectors is a part of their type at run time: what does not fit is not linked, nor called
 * through a table. The values are the letters of w2c.h. */
enum vector_passing { VECTORS_IN_REGISTERS = 'v', VECTORS_AS_STRUCTS = 'V' };
/* The same for a function's type: its signature, or "$5" if more belongs to it than the signature says. */
void text_func_type(struct text *out, const struct module *module, uint32_t type_idx, enum vector_passing vectors);
/* What a module's table of types has for this one: its signature; the text of its recursive group; or "^2" where the
 * group began two types before. */
void text_type_entry(struct text *out, const struct module *module, uint32_t type_idx, enum vector_passing vectors);

/* The call of the runtime's WASI that serves an import: NAME of w2c_wasi_NAME. NULL if none of that type does. */
const char *wasi_call_name(const struct module *module, uint32_t import_idx);
bool is_wasi_import(const struct module *module, uint32_t import_idx);

/* It defines types of structures or arrays, or tags, or has variables that hold references below any: so there may be
 * objects that only its state leads to. */
bool module_has_objects(const struct module *module);
/* Its variables may hold references to objects, which may be those of other modules: an externref or exnref is enough.
 */
bool module_keeps_references(const struct module *module);
/* A reference of this type may lead to an object; to a function it never does. */
bool type_may_be_object(const struct module *module, valtype type);

/* The import by which wasi-threads makes a thread, in a module that can be run in one: it exports wasi_thread_start,
 * and the shared memory that it imports. */
bool is_spawn_import(const struct module *module, uint32_t import_idx);

/* A program exports _start: [] -> [] and imports nothing but WASI, thread-spawn (is_spawn_import) and shared memories,
 * which are made for it. */
bool module_has_start(const struct module *module);
/* Of a program: it imports thread-spawn or a shared memory. */
bool module_is_threaded(const struct module *module);
/* The first import that a program cannot have, or NULL. */
const struct import *module_foreign_import(const struct module *module);

/* Says on standard error which import has the name of a WASI call and another type than it, if there is one: that is
 * why it is foreign. */
void module_report_wasi_types(const struct module *module, const char *path);

/* By function: the name section's word for it, else the name it is imported or first exported under, or empty. */
const struct name *module_func_names(const struct module *module, struct arena *arena);
/* The same for people to read: names of Rust and C++ are demangled. */
const struct name *module_display_names(const struct module *module, struct arena *arena);
/* That of one function, cut to `capacity` and closed by NUL. A NUL in it becomes a space. */
void module_write_display_name(const struct module *module, uint32_t func_idx, char *name, size_t capacity);
/* The same names in the form of w2c_module.function_names: one after another, each closed by NUL. A NUL in a name
 * becomes a space. */
void text_function_names(struct text *out, const struct name *names, uint32_t count);

#endif
