/* Uses the module as a library: text.h was written by w2c beside text.c. */
#include <stdio.h>
#include <string.h>

#include "text.h"

static void read_too_far(void *text) {
    text_adler32(text, 0xfffffff0u, 100);
}

int main(void) {
    struct w2c_error error;
    struct text *text = text_new(&error);
    if (!text) {
        w2c_error_print(&error, stderr);
        return 1;
    }

    /* The library sees its own memory only, so text is copied there. */
    const char message[] = "Hello, World";
    const uint32_t size = sizeof message - 1;
    const uint32_t address = text_buffer(text);
    uint8_t *bytes = w2c_memory_bytes(text_memory(text), address, size);
    memcpy(bytes, message, size);

    printf("buffer of %u bytes\n", text_buffer_size(text));
    printf("adler32 %08x\n", text_adler32(text, address, size));
    text_swap_case(text, address, size);
    printf("%.*s\n", (int)size, (const char *)bytes);

    /* Whatever the library does wrong, this process goes on. */
    if (w2c_try(read_too_far, text, &error) != W2C_OK) printf("caught: %s\n", w2c_trap_text(error.trap));
    text_delete(text);
    return 0;
}
