/* Programs that are sampled while they run: where they are, with all callers, about a thousand times a second.
 *
 * What is sampled is written, when the guest has ended in whatever way, to the file that the environment variable
 * W2C_SAMPLES names; without it nothing is sampled. The guest does not get to see that variable. The file is a header,
 * the log, what its addresses mean, and names; all in the machine's order. */
#ifndef W2C_SAMPLING_H
#define W2C_SAMPLING_H

#include "types.h"
#include "w2c.h"

enum { W2C_SAMPLE_MAX_FRAMES = 1024 };

#define W2C_SAMPLES_MAGIC 0x3173656c706d6173u /* "samples1" */

struct w2c_samples_header {
    u64 magic;
    u64 log_words;   /* u64 each: for each sample nanoseconds, a count, and so many addresses, innermost first */
    u64 place_count; /* of struct w2c_sample_place, in ascending order of address, each address of the log once */
    u64 name_bytes;  /* each name closed by NUL */
    u64 lost;        /* samples for which the log had no room */
};

enum w2c_sample_kind { W2C_SAMPLE_GUEST, W2C_SAMPLE_HOST };

struct w2c_sample_place {
    u64 address;
    u32 kind;  /* enum w2c_sample_kind */
    u32 value; /* guest: index of the function; host: offset of the symbol's or file's name, "" if there is none */
};

/* main() of such a program: w2c_program_main, then the file. 1 if that cannot be written. */
W2C_RT_DECL int w2c_sampling_main(const struct w2c_program *program, int argument_count, char **arguments);

#endif
