/* Tags of live instances. A tag is known by its address, so each instance makes its own. */
#include "../base/text.h"
#include "../wasm/module_facts.h"
#include "live.h"
#include "w2c/exception.h"

static const char *letters(struct live_instance *instance, const struct functype *type) {
    char *text = arena_array(&instance->arena, char, type->param_count + 1);
    for (uint32_t i = 0; i < type->param_count; i++)
        text[i] = type_letter(type->params[i]);
    return text;
}

void live_make_tags(struct live_instance *instance) {
    const struct live_module *live = instance->live;
    const struct module *m = live->module;
    for (uint32_t i = m->imported_tag_count; i < m->tag_count; i++) {
        const uint32_t type_idx = m->tags[i].type_idx;
        const struct functype *type = &m->types[type_idx].func;
        struct w2c_tag *tag = live_allocate(instance, sizeof *tag);
        *tag = (struct w2c_tag){live->type_ids[type_idx], type->param_count, letters(instance, type)};
        instance->tags[i] = tag;
    }
}
