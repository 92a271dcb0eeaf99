/* BLAKE2b with 256 bits of result (RFC 7693): names what `w2c run` keeps, and tells whether it is whole.
 * A cryptographic one, because a module is somebody else's and must not be able to pass for another. */
#ifndef W2C_DIGEST_H
#define W2C_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_BYTES = 32, DIGEST_TEXT = 2 * DIGEST_BYTES + 1, DIGEST_BLOCK = 128 };

struct digest {
    uint64_t chain[8];
    uint64_t total_bytes;
    unsigned char block[DIGEST_BLOCK];
    size_t block_bytes;
};

void digest_begin(struct digest *digest);
void digest_bytes(struct digest *digest, const void *bytes, size_t size);
void digest_word(struct digest *digest, const char *word); /* the string and its end */
void digest_end(struct digest *digest, char text[DIGEST_TEXT]); /* hexadecimal, NUL-terminated */

#endif
