/* The Mandelbrot set in single precision. */
#include "kernel.h"

const unsigned kernel_rounds = 25;

static unsigned escape(float x, float y) {
    float a = 0, b = 0;
    unsigned steps = 0;
    for (; steps < 200 && a * a + b * b < 4; steps++) {
        const float next = a * a - b * b + x;
        b = 2 * a * b + y;
        a = next;
    }
    return steps;
}

unsigned kernel(unsigned rounds) {
    unsigned total = 0;
    for (unsigned round = 0; round < rounds; round++) {
        for (int row = 0; row < 300; row++) {
            for (int column = 0; column < 400; column++)
                total += escape((float)column / 133.0f - 2.1f, (float)row / 120.0f - 1.25f);
        }
    }
    return total;
}
