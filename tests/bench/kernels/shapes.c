/* Objects with tables of functions, as C++ has them: calls whose target only the object knows. */
#include "kernel.h"

const unsigned kernel_rounds = 3000;

enum { OBJECTS = 30000 };

struct shape;

struct methods {
    unsigned (*area)(const struct shape *shape);
    unsigned (*edge)(const struct shape *shape);
    void (*grow)(struct shape *shape, unsigned by);
};

struct shape {
    const struct methods *methods;
    unsigned width, height;
};

static struct shape shapes[OBJECTS];

static unsigned square_area(const struct shape *s) {
    return s->width * s->width;
}
static unsigned square_edge(const struct shape *s) {
    return 4 * s->width;
}
static void square_grow(struct shape *s, unsigned by) {
    s->width += by;
}
static unsigned box_area(const struct shape *s) {
    return s->width * s->height;
}
static unsigned box_edge(const struct shape *s) {
    return 2 * (s->width + s->height);
}
static void box_grow(struct shape *s, unsigned by) {
    s->width += by;
    s->height ^= by;
}
static unsigned triangle_area(const struct shape *s) {
    return s->width * s->height / 2;
}
static unsigned triangle_edge(const struct shape *s) {
    return s->width + s->height + (s->width > s->height ? s->width : s->height);
}

static const struct methods kinds[] = {
    {square_area, square_edge, square_grow}, {box_area, box_edge, box_grow}, {triangle_area, triangle_edge, box_grow}};

unsigned kernel(unsigned rounds) {
    unsigned sum = 0;
    for (unsigned i = 0; i < OBJECTS; i++)
        shapes[i] = (struct shape){&kinds[i / 64 % 3], i % 100, i % 37};
    for (unsigned round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < OBJECTS; i++) {
            struct shape *shape = &shapes[i];
            sum += shape->methods->area(shape);
            if (shape->methods->edge(shape) & 1) shape->methods->grow(shape, round & 3);
        }
    }
    return sum;
}
