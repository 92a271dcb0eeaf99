/* Recording and printing errors of the input. */
#include "diag.h"

#include <stdarg.h>

/* The message is cut to its buffer, never allocated: this runs when anything may be wrong. */
void fail_at(struct diag_context *context, enum diag_kind kind, size_t offset, const char *format, ...) {
    struct diag *diag = &context->diag;
    diag->kind = kind;
    diag->offset = offset;
    diag->func_idx = context->func_idx;
    diag->section = context->section;
    diag->op = context->op;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(diag->message, sizeof diag->message, format, arguments);
    va_end(arguments);
    longjmp(*context->catcher, 1);
}

/* A name from the module goes to a terminal: control characters, quotes and anything that is not ASCII are escaped as
 * the text format escapes them, so that no module can send escape sequences, and long names are cut. */
static void print_name(const char *name, size_t size, FILE *stream) {
    enum { SHOWN_BYTES = 200 };
    for (size_t i = 0; i < size && i < SHOWN_BYTES; i++) {
        const unsigned char c = (unsigned char)name[i];
        const int is_plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
        fprintf(stream, is_plain ? "%c" : "\\%02x", c);
    }
    if (size > SHOWN_BYTES) fputs("...", stream);
}

/* Offsets are those of the file, in hexadecimal, as every disassembler of wasm prints them. */
void diag_print(const struct diag *diag, const char *file, const char *func_name, size_t func_name_bytes,
                FILE *stream) {
    fprintf(stream, "%s:0x%zx: ", file, diag->offset);
    if (diag->func_idx != DIAG_NO_FUNC) {
        fprintf(stream, "func %u", (unsigned)diag->func_idx);
        if (func_name && func_name_bytes) {
            fputs(" \"", stream);
            print_name(func_name, func_name_bytes, stream);
            fputc('"', stream);
        }
        fputs(": ", stream);
    } else if (diag->section) {
        fprintf(stream, "%s section: ", diag->section);
    }
    if (diag->op) fprintf(stream, "%s: ", diag->op);
    fprintf(stream, "%s\n", diag->message);
}
