/* w2c validate: one verdict a file, silence for good ones.
 *
 * All files are looked at, also after a bad one. The translator prints what is wrong with a module; it is the same
 * check that every translation starts with.
 */
#include "commands.h"

int command_validate(const struct options *options) {
    int code = EXIT_GOOD;
    for (size_t i = 0; i < options->modules.count; i++) {
        struct translate_options translation = options->translate;
        translation.input_path = options->modules.items[i];
        translation.validate_only = true;
        struct input_file module;
        if (!module_open(&module, translation.input_path)) {
            code = EXIT_BAD_INPUT;
            continue;
        }
        struct translate_result result = {0};
        if (!translate(module.bytes, module.size, &translation, &result)) code = EXIT_BAD_INPUT;
        translate_result_free(&result);
        input_close(&module);
    }
    return code;
}
