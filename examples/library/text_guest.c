/* The library: compiled to WebAssembly, without any libc. It works on text in its own memory. */

static char buffer[4096];

/* Where callers put text; as large as buffer_size says. */
__attribute__((export_name("buffer"))) char *get_buffer(void) {
    return buffer;
}

__attribute__((export_name("buffer_size"))) unsigned get_buffer_size(void) {
    return sizeof buffer;
}

/* The Adler-32 checksum of so many bytes. What is outside of the memory traps. */
__attribute__((export_name("adler32"))) unsigned adler32(const unsigned char *bytes, unsigned size) {
    unsigned low = 1, high = 0;
    for (unsigned i = 0; i < size; i++) {
        low = (low + bytes[i]) % 65521;
        high = (high + low) % 65521;
    }
    return high << 16 | low;
}

/* Turns capital letters into small ones and the other way round, in place. */
__attribute__((export_name("swap_case"))) void swap_case(char *bytes, unsigned size) {
    for (unsigned i = 0; i < size; i++) {
        const char c = bytes[i] | 32;
        if (c >= 'a' && c <= 'z') bytes[i] ^= 32;
    }
}
