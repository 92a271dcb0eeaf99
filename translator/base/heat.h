/* How often a function probably runs, and so what a C compiler may spend on it. wasm/heat_estimate.h says where it
 * comes from. */
#ifndef W2C_HEAT_H
#define W2C_HEAT_H

enum heat { HEAT_HOT, HEAT_WARM, HEAT_COLD };
enum { HEAT_COUNT = 3 };

#endif
