/* A flame graph: where time went, by whole stacks of callers.
 *
 * Stacks with a common beginning share it. The outermost functions stand in the first row, what they call below them;
 * a width is a share of time. So a wide frame with little below it is where to look. */
#ifndef W2C_FLAME_H
#define W2C_FLAME_H

#include <stdint.h>

#include "../base/arena.h"
#include "../base/text.h"

enum flame_kind { FLAME_GUEST, FLAME_HOST };

struct flame_frame {
    const char *name; /* frames of one name are one function; not copied */
    enum flame_kind kind;
};

struct flame;

struct flame *flame_open(struct arena *arena);
/* A stack, outermost first, that was seen for `weight`. */
void flame_add(struct flame *flame, const struct flame_frame *frames, size_t count, uint64_t weight);
uint64_t flame_total(const struct flame *flame);

/* An SVG file that needs nothing but a browser: names and shares under the pointer, zoom by a click, search. Weights
 * are microseconds. */
void flame_svg(struct flame *flame, const char *title, const char *subtitle, struct text *out);

/* Folded stacks, a line each: names with ';' between, a space, the weight as an integer. */
void flame_folded(struct flame *flame, struct text *out);

#endif
