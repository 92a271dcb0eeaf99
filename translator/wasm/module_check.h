/* A module from bytes to "valid", with the usual messages: what every command and every engine starts with. */
#ifndef W2C_MODULE_CHECK_H
#define W2C_MODULE_CHECK_H

#include "../base/diag.h"
#include "module.h"

/* Prints what is wrong with the module on standard error: file, offset, function, operator, reason. */
void module_report(const struct module *module, const char *path, const struct diag *diag);

/* decode_module. False after a report. `path` is for messages and must outlive the module. */
bool module_decode(struct module *module, struct arena *arena, const char *path, const uint8_t *bytes, size_t size);

/* Validates all function bodies, on up to `threads` threads (0: as many as there are processors). False after a
 * report of the first error in the file. */
bool module_validate(const struct module *module, unsigned threads);

#endif
