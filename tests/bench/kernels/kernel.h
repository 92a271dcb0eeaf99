/* A kernel computes a number from a count of rounds, without any library, so that only its own code is measured. */
#ifndef KERNEL_H
#define KERNEL_H

extern const unsigned kernel_rounds; /* half a second or more when a compiler does not optimise */
unsigned kernel(unsigned rounds);

#endif
