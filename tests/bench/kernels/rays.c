/* A ray tracer: balls above a chequered floor, with shadows and mirrors. Roots, absolute values, signs and rounding of
 * doubles; colours are floats, and bytes in the picture. */
#include <math.h>

#include "kernel.h"

const unsigned kernel_rounds = 800;

enum { WIDTH = 96, HEIGHT = 64, BALLS = 6, MIRRORS = 4 };

struct vector {
    double x, y, z;
};

struct ball {
    struct vector centre;
    double radius;
    float shine;
};

static struct ball balls[BALLS];
static unsigned char picture[HEIGHT][WIDTH];

static struct vector plus(struct vector a, struct vector b, double times) {
    return (struct vector){a.x + b.x * times, a.y + b.y * times, a.z + b.z * times};
}

static double dot(struct vector a, struct vector b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static struct vector unit(struct vector a) {
    const double length = sqrt(dot(a, a));
    return (struct vector){a.x / length, a.y / length, a.z / length};
}

/* The distance at which a ray meets a ball, or a negative number. */
static double meet(const struct ball *ball, struct vector from, struct vector to) {
    const struct vector away = plus(ball->centre, from, -1);
    const double nearest = dot(away, to);
    const double square = ball->radius * ball->radius - dot(away, away) + nearest * nearest;
    return square < 0 ? -1 : nearest - sqrt(square);
}

static int find(struct vector from, struct vector to, double *distance) {
    int found = -1;
    *distance = 1e9;
    for (int i = 0; i < BALLS; i++) {
        const double at = meet(&balls[i], from, to);
        if (at > 1e-6 && at < *distance) *distance = at, found = i;
    }
    return found;
}

static float light_at(struct vector point, struct vector normal) {
    static const struct vector sun = {0.48, 0.64, -0.6};
    double distance;
    const float cosine = (float)dot(normal, sun);
    if (cosine <= 0 || find(point, sun, &distance) >= 0) return 0.125f;
    return 0.125f + 0.875f * cosine;
}

static float floor_colour(struct vector point) {
    const double x = floor(point.x), z = floor(point.z);
    const double sum = fabs(x + z);
    const float light = light_at(point, (struct vector){0, 1, 0});
    return sum - 2 * floor(sum / 2) != 0 ? light : light * 0.25f;
}

static float colour(struct vector from, struct vector to) {
    float sum = 0, weight = 1;
    for (int mirror = 0; mirror < MIRRORS; mirror++) {
        double distance;
        const int found = find(from, to, &distance);
        if (found < 0) {
            if (to.y >= 0) return sum + weight * (float)(0.5 + 0.5 * fabs(to.y));
            return sum + weight * floor_colour(plus(from, to, -from.y / to.y));
        }
        const struct vector point = plus(from, to, distance);
        const struct vector normal = unit(plus(point, balls[found].centre, -1));
        sum += weight * (1 - balls[found].shine) * light_at(point, normal);
        weight *= balls[found].shine;
        from = point;
        to = plus(to, normal, -2 * dot(to, normal));
    }
    return sum;
}

static unsigned draw(unsigned round) {
    unsigned sum = 0;
    for (int i = 0; i < BALLS; i++)
        balls[i] = (struct ball){{i - 2.5, 0.75 + (i * 7 + (int)round) % 5 * 0.25, i % 3 * 1.5 + 1}, 0.625, 0.5f};
    for (int row = 0; row < HEIGHT; row++) {
        for (int column = 0; column < WIDTH; column++) {
            const struct vector to = {(column - WIDTH / 2) / 64.0, (HEIGHT / 2 - row) / 64.0, 1};
            const float seen = colour((struct vector){0, 1.5, -4}, unit(to));
            picture[row][column] = (unsigned char)(255 * (seen > 1 ? 1 : seen));
            sum = sum * 31 + picture[row][column];
        }
    }
    return sum;
}

unsigned kernel(unsigned rounds) {
    unsigned sum = 0;
    for (unsigned round = 0; round < rounds; round++)
        sum = sum * 31 + draw(round);
    return sum;
}
