/* Five bodies that attract each other: float arithmetic with divisions and roots. */
#include "kernel.h"

const unsigned kernel_rounds = 2000000;

enum { BODIES = 5 };

static struct body {
    double x, y, z, vx, vy, vz, mass;
} bodies[BODIES];

/* Newton's method, so that no library is asked. */
static double root(double x) {
    double r = x > 1 ? x / 2 : 1;
    for (int i = 0; i < 6; i++)
        r = (r + x / r) / 2;
    return r;
}

static void advance(double dt) {
    for (int i = 0; i < BODIES; i++) {
        struct body *p = &bodies[i];
        for (int k = i + 1; k < BODIES; k++) {
            struct body *q = &bodies[k];
            const double dx = p->x - q->x, dy = p->y - q->y, dz = p->z - q->z;
            const double square = dx * dx + dy * dy + dz * dz + 0.01;
            const double magnitude = dt / (square * root(square));
            p->vx -= dx * q->mass * magnitude, p->vy -= dy * q->mass * magnitude, p->vz -= dz * q->mass * magnitude;
            q->vx += dx * p->mass * magnitude, q->vy += dy * p->mass * magnitude, q->vz += dz * p->mass * magnitude;
        }
    }
    for (int i = 0; i < BODIES; i++) {
        bodies[i].x += dt * bodies[i].vx;
        bodies[i].y += dt * bodies[i].vy;
        bodies[i].z += dt * bodies[i].vz;
    }
}

unsigned kernel(unsigned rounds) {
    for (int i = 0; i < BODIES; i++) {
        bodies[i] = (struct body){.x = i * 1.5, .y = i * i * 0.7, .z = 3 - i, .vx = 0.1 * i, .vy = 0.3, .mass = 1 + i};
    }
    for (unsigned i = 0; i < rounds; i++)
        advance(0.001);
    return (unsigned)(int)(bodies[0].x * 1e6) ^ (unsigned)(int)(bodies[4].y * 1e6);
}
