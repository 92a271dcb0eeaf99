/* Instances of library modules: made from a descriptor, linked to their imports, started, looked into, deleted.
 *
 *     make ----> link: check imports, module->link, module->start ----> in use ----> delete
 *                  | fails before start: deleted
 *                  | fails in start:     deleted, or kept for good if references to it may be outside
 *
 * An import matches if the specification says so (3.0, section 3.3): function types and types of constant globals
 * below the declared ones, other types equal to them, limits of memories and tables within the declared ones. One rule
 * is ours: code that relies on guard pages takes only guarded memories.
 *
 * Everything that can trap runs inside w2c_try, the checks too: they report by trapping with W2C_TRAP_LINK. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"
#include "w2c/exception.h"

#include <stdlib.h>
#include <string.h>

#include "w2c/type_records.h"

/* ---- types in words ---- */

/* "1..5", or "1.." without a maximum. */
static void inst_add_limits(struct w2c_message *message, bool is_64, uint64_t min, bool has_max, uint64_t max) {
    w2c_message_add(message, "%s%llu", is_64 ? "i64 " : "", (unsigned long long)min);
    if (has_max) {
        w2c_message_add(message, "..%llu", (unsigned long long)max);
    } else {
        w2c_message_add(message, "..");
    }
}

static void inst_add_pages(struct w2c_message *message, bool is_shared, uint32_t page_bytes) {
    w2c_message_add(message, "%smemory of %spages ", is_shared ? "shared " : "", page_bytes == 1 ? "1-byte " : "");
}

/* What the module declares, in words. */
static void inst_add_expected(struct w2c_message *message, const struct w2c_import *import, const uint32_t *ids) {
    switch (import->kind) {
    case W2C_FUNC:
        w2c_message_type(message, w2c_type_id_in_module(import->type, ids));
        break;
    case W2C_TABLE:
        w2c_message_add(message, "table of ");
        w2c_message_value_type(message, w2c_type_in_module(import->type, ids));
        w2c_message_add(message, " ");
        inst_add_limits(message, import->is_64, import->min, import->has_max, import->max);
        break;
    case W2C_MEMORY:
        inst_add_pages(message, import->is_shared, import->page_bytes);
        inst_add_limits(message, import->is_64, import->min, import->has_max, import->max);
        break;
    case W2C_GLOBAL:
        w2c_message_add(message, "%s global ", import->is_mutable ? "mutable" : "constant");
        w2c_message_value_type(message, w2c_type_in_module(import->type, ids));
        break;
    case W2C_TAG:
        w2c_message_add(message, "tag of ");
        w2c_message_type(message, w2c_type_id_in_module(import->type, ids));
        break;
    }
}

/* What the host gives, in the same words, with current sizes for minima. */
static void inst_add_found(struct w2c_message *message, const struct w2c_extern *found) {
    switch (found->kind) {
    case W2C_FUNC:
        w2c_message_type(message, found->func->type);
        break;
    case W2C_TABLE:
        w2c_message_add(message, "table of ");
        w2c_message_value_type(message, found->table->type);
        w2c_message_add(message, " ");
        inst_add_limits(message, found->table->is_64, found->table->size, found->table->has_max, found->table->max);
        break;
    case W2C_MEMORY:
        w2c_message_add(message, "%s", found->memory->is_guarded ? "" : "unguarded ");
        inst_add_pages(message, found->memory->is_shared, found->memory->page_bytes);
        inst_add_limits(message, found->memory->is_64,
                        w2c_memory_size(found->memory) / (found->memory->page_bytes == 1 ? 1 : W2C_PAGE_BYTES),
                        found->memory->has_max, found->memory->max_pages);
        break;
    case W2C_GLOBAL:
        w2c_message_add(message, "%s global ", found->global.is_mutable ? "mutable" : "constant");
        w2c_message_value_type(message, found->global.type);
        break;
    case W2C_TAG:
        w2c_message_add(message, "tag of ");
        w2c_message_type(message, found->tag->type);
        break;
    }
}

/* ---- matching ---- */

/* The size now counts, not the minimum it was made with: a memory that grew satisfies more imports. */
static bool inst_limits_match(const struct w2c_import *import, bool is_64, uint64_t size, bool has_max,
                              uint64_t max) {
    return is_64 == import->is_64 && size >= import->min && (!import->has_max || (has_max && max <= import->max));
}

/* What is read and written has one type; what is only read may have any below the declared one. */
static bool inst_global_matches(const struct w2c_import *import, const struct w2c_global *global,
                                const uint32_t *ids) {
    const uint32_t type = w2c_type_in_module(import->type, ids);
    return global->is_mutable == import->is_mutable &&
           (global->is_mutable ? global->type == type : w2c_value_type_matches(global->type, type));
}

static bool inst_table_matches(const struct w2c_import *import, const struct w2c_table *table, const uint32_t *ids) {
    return table->type == w2c_type_in_module(import->type, ids) &&
           inst_limits_match(import, table->is_64, table->size, table->has_max, table->max);
}

/* Checked code compares with the size before each access and so works with a guarded memory, too. Accesses of a memory
 * of bytes are checked in both modes. */
static bool inst_memory_matches(const struct w2c_import *import, const struct w2c_memory *memory,
                                enum w2c_bounds bounds) {
    const uint32_t page_bytes = import->page_bytes ? import->page_bytes : W2C_PAGE_BYTES;
    return (bounds == W2C_BOUNDS_CHECK || memory->is_guarded || page_bytes == 1) &&
           memory->is_shared == import->is_shared && memory->page_bytes == page_bytes &&
           inst_limits_match(import, memory->is_64, w2c_memory_size(memory) / page_bytes, memory->has_max,
                             memory->max_pages);
}

static bool inst_matches(const struct w2c_import *import, const struct w2c_extern *found,
                         const struct w2c_module *module) {
    const uint32_t *const ids = module->type_ids;
    if (import->kind != found->kind) {
        return false;
    }
    switch (import->kind) {
    case W2C_FUNC:
        return w2c_type_is_subtype(found->func->type, w2c_type_id_in_module(import->type, ids));
    case W2C_TABLE:
        return inst_table_matches(import, found->table, ids);
    case W2C_MEMORY:
        return inst_memory_matches(import, found->memory, module->bounds);
    case W2C_GLOBAL:
        return inst_global_matches(import, &found->global, ids);
    case W2C_TAG:
        return found->tag->type == w2c_type_id_in_module(import->type, ids);
    }
    return false;
}

/* A zeroed record stands for an import that nobody has. */
static bool inst_is_missing(const struct w2c_extern *found) {
    switch (found->kind) {
    case W2C_FUNC:
        return !found->func;
    case W2C_TABLE:
        return !found->table;
    case W2C_MEMORY:
        return !found->memory;
    case W2C_GLOBAL:
        return !found->global.cell;
    case W2C_TAG:
        return !found->tag;
    }
    return true;
}

/* Begins with the specification's words for the two cases (its test suite compares them), then says more. */
static void inst_check_import(const struct w2c_import *import, const struct w2c_extern *found,
                              const struct w2c_module *module) {
    char text[256];
    struct w2c_message message = w2c_message_open(text, sizeof text);
    bool is_missing = inst_is_missing(found);
    if (!is_missing && inst_matches(import, found, module)) {
        return;
    }
    w2c_message_add(&message, is_missing ? "unknown import " : "incompatible import type ");
    w2c_message_quote(&message, import->module, import->module_bytes);
    w2c_message_add(&message, " ");
    w2c_message_quote(&message, import->name, import->name_bytes);
    w2c_message_add(&message, ": expected ");
    inst_add_expected(&message, import, module->type_ids);
    if (!is_missing) {
        w2c_message_add(&message, ", found ");
        inst_add_found(&message, found);
    }
    w2c_trap_message(W2C_TRAP_LINK, text);
}

static void inst_check_imports(const struct w2c_module *module, const struct w2c_extern *imports, size_t count) {
    if (count != module->import_count) {
        char text[96];
        struct w2c_message message = w2c_message_open(text, sizeof text);
        w2c_message_add(&message, "%llu imports given, %lu needed", (unsigned long long)count,
                        (unsigned long)module->import_count);
        w2c_trap_message(W2C_TRAP_LINK, text);
    }
    for (size_t i = 0; i < count; i++) {
        inst_check_import(&module->imports[i], &imports[i], module);
    }
}

/* ---- make ---- */

static struct w2c_names inst_names(const struct w2c_module *module) {
    return (struct w2c_names){module->name, module->symbol_prefix, module->function_names, module->function_count};
}

struct inst_making {
    const struct w2c_module *module;
    struct w2c_instance *instance;
};

/* Runs inside w2c_try. The instance is reachable through `argument` for whoever cleans up. */
static void inst_make(void *argument) {
    struct inst_making *making = argument;
    const struct w2c_module *module = making->module;
    if (module->abi != W2C_ABI) {
        w2c_trap_message(W2C_TRAP_LINK, "the module was translated for another version of the runtime");
    }
    making->instance = calloc(1, module->instance_bytes);
    if (!making->instance) {
        w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
    }
    w2c_type_define(module->types, module->type_ids, module->type_records, module->type_count);
    making->instance->module = module;
}

W2C_RT struct w2c_instance *w2c_instance_make(const struct w2c_module *module, struct w2c_error *error) {
    struct inst_making making = {module, NULL};
    struct w2c_names names = inst_names(module);
    if (w2c_try(inst_make, &making, error) != W2C_OK) {
        free(making.instance);
        return NULL;
    }
    w2c_symbols_add(&names);
    return making.instance;
}

/* Right after make as well: freeing what is still zero does nothing. */
W2C_RT void w2c_instance_delete(struct w2c_instance *instance) {
    struct w2c_names names = inst_names(instance->module);
    instance->module->free(instance);
    w2c_symbols_remove(&names);
    free(instance);
}

/* ---- link ---- */

/* Instances whose start-up trapped after others may have got references to them. They live to the process's end:
 * nothing tells when the last reference is gone. */
struct inst_kept {
    struct inst_kept *next;
    struct w2c_instance *instance;
};

static struct inst_kept *inst_kept_list;
static int inst_kept_lock;

/* Without memory for the list entry the instance is kept all the same, only on no list. */
static void inst_keep(struct w2c_instance *instance) {
    struct inst_kept *kept = malloc(sizeof *kept);
    if (kept) {
        w2c_lock(&inst_kept_lock);
        *kept = (struct inst_kept){inst_kept_list, instance};
        inst_kept_list = kept;
        w2c_unlock(&inst_kept_lock);
    }
}

/* References leave an instance through imported tables, mutable globals and calls of imported functions. */
static bool inst_can_leak(const struct w2c_module *module) {
    for (uint32_t i = 0; i < module->import_count; i++) {
        const struct w2c_import *import = &module->imports[i];
        if (import->kind == W2C_TABLE || import->kind == W2C_FUNC ||
            (import->kind == W2C_GLOBAL && import->is_mutable)) {
            return true;
        }
    }
    return false;
}

struct inst_linking {
    struct w2c_instance *instance;
    const struct w2c_extern *imports;
    size_t import_count;
    volatile bool is_started; /* read after a trap */
};

static void inst_link(void *argument) {
    struct inst_linking *linking = argument;
    const struct w2c_module *module = linking->instance->module;
    inst_check_imports(module, linking->imports, linking->import_count);
    module->link(linking->instance, linking->imports);
    linking->is_started = true;
    module->start(linking->instance);
}

W2C_RT bool w2c_instance_link(struct w2c_instance *instance, const struct w2c_extern *imports, size_t import_count,
                              struct w2c_error *error) {
    struct inst_linking linking = {instance, imports, import_count, false};
    if (w2c_try(inst_link, &linking, error) == W2C_OK) {
        return true;
    }
    if (linking.is_started && inst_can_leak(instance->module)) {
        inst_keep(instance);
    } else {
        w2c_instance_delete(instance);
    }
    return false;
}

W2C_RT struct w2c_instance *w2c_instantiate(const struct w2c_module *module, const struct w2c_extern *imports,
                                            size_t import_count, struct w2c_error *error) {
    struct w2c_instance *instance = w2c_instance_make(module, error);
    return instance && w2c_instance_link(instance, imports, import_count, error) ? instance : NULL;
}

/* ---- use ---- */

/* A walk over all exports: callers that care for speed look up once and keep what they found. */
W2C_RT bool w2c_find_export(struct w2c_instance *instance, const char *name, size_t name_bytes,
                            struct w2c_extern *out, const struct w2c_export **description) {
    const struct w2c_module *module = instance->module;
    for (uint32_t i = 0; i < module->export_count; i++) {
        const struct w2c_export *candidate = &module->exports[i];
        if (candidate->name_bytes == name_bytes && memcmp(candidate->name, name, name_bytes) == 0) {
            if (out) {
                *out = module->get_export(instance, i);
            }
            if (description) {
                *description = candidate;
            }
            return true;
        }
    }
    return false;
}

struct inst_call {
    struct w2c_instance *instance;
    const char *name;
    size_t name_bytes;
    const union w2c_value *arguments;
    union w2c_value *results;
};

/* Runs inside w2c_try, for the lookup may fail and the call may trap. */
static void inst_run_call(void *argument) {
    const struct inst_call *call = argument;
    const struct w2c_export *description;
    struct w2c_extern found;
    if (!w2c_find_export(call->instance, call->name, call->name_bytes, &found, &description) ||
        found.kind != W2C_FUNC) {
        char text[128];
        struct w2c_message message = w2c_message_open(text, sizeof text);
        w2c_message_add(&message, "unknown function ");
        w2c_message_quote(&message, call->name, call->name_bytes);
        w2c_trap_message(W2C_TRAP_LINK, text);
    }
    description->invoke(found.func, call->arguments, call->results);
}

W2C_RT enum w2c_trap w2c_invoke(struct w2c_instance *instance, const char *name, size_t name_bytes,
                                const union w2c_value *arguments, union w2c_value *results,
                                struct w2c_error *error) {
    struct inst_call call = {instance, name, name_bytes, arguments, results};
    return w2c_try(inst_run_call, &call, error);
}
