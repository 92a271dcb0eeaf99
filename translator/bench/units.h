/* Times and sizes as people read them: three digits and a unit. */
#ifndef W2C_UNITS_H
#define W2C_UNITS_H

#include <stdint.h>

#include "../base/arena.h"

enum unit { UNIT_SECONDS, UNIT_BYTES, UNIT_RATIO };

/* "412 us", "1.23 ms", "14.1 s", "231 s"; "512 B", "1.20 MB" (of 1000 kB); "1.00x", "15.2x", "104x". */
char *unit_text(struct arena *arena, enum unit unit, double value);
/* The same without zeros at the end, for round numbers: "2 s", "0.5 s", "20 MB". */
char *unit_mark(struct arena *arena, enum unit unit, double value);

#endif
