/* CRC-32 with a table of 1 KB, byte by byte: each step waits for the load before it. */
#include "kernel.h"

const unsigned kernel_rounds = 3000;

enum { DATA = 50000 };

static unsigned table[256];
static unsigned char data[DATA];

static void make_table(void) {
    for (unsigned i = 0; i < 256; i++) {
        unsigned value = i;
        for (int bit = 0; bit < 8; bit++)
            value = value & 1 ? value >> 1 ^ 0xedb88320u : value >> 1;
        table[i] = value;
    }
}

static unsigned crc(unsigned sum, const unsigned char *bytes, unsigned size) {
    sum = ~sum;
    for (unsigned i = 0; i < size; i++)
        sum = table[(sum ^ bytes[i]) & 255] ^ sum >> 8;
    return ~sum;
}

unsigned kernel(unsigned rounds) {
    make_table();
    for (unsigned i = 0; i < DATA; i++)
        data[i] = (unsigned char)(i ^ i >> 5);
    unsigned sum = 0;
    for (unsigned round = 0; round < rounds; round++)
        sum = crc(sum, data, DATA);
    return sum;
}
