/* Three significant digits say all that a measurement on a shared machine can. */
#include "units.h"

#include <string.h>

#include "../build/words.h"

struct scale {
    double factor; /* of the unit above in the table's order: values from here on */
    const char *name;
};

static char *three_digits(struct arena *arena, double value, const char *unit) {
    const int decimals = value < 0.0995 ? 3 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return words_format(arena, "%.*f%s", decimals, value, unit);
}

/* The largest unit of which there is at least one (as rounded), else the smallest. */
static char *scaled(struct arena *arena, double value, const struct scale *scales, size_t count) {
    size_t i = 0;
    while (i + 1 < count && value < scales[i].factor * 0.9995)
        i++;
    const bool is_whole = i + 1 == count; /* bytes and microseconds have no decimals worth showing */
    if (is_whole) return words_format(arena, "%.0f%s", value / scales[i].factor, scales[i].name);
    return three_digits(arena, value / scales[i].factor, scales[i].name);
}

char *unit_text(struct arena *arena, enum unit unit, double value) {
    static const struct scale seconds[] = {{1, " s"}, {1e-3, " ms"}, {1e-6, " us"}};
    static const struct scale bytes[] = {{1e9, " GB"}, {1e6, " MB"}, {1e3, " kB"}, {1, " B"}};
    switch (unit) {
    case UNIT_SECONDS: return scaled(arena, value, seconds, sizeof seconds / sizeof seconds[0]);
    case UNIT_BYTES: return scaled(arena, value, bytes, sizeof bytes / sizeof bytes[0]);
    default: return three_digits(arena, value, "x");
    }
}

char *unit_mark(struct arena *arena, enum unit unit, double value) {
    char *text = unit_text(arena, unit, value);
    char *end = text + strspn(text, "0123456789."), *last = end;
    if (!memchr(text, '.', (size_t)(end - text))) return text;
    while (last[-1] == '0')
        last--;
    if (last[-1] == '.') last--;
    memmove(last, end, strlen(end) + 1);
    return text;
}
