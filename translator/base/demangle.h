/* Names as compilers of Rust and C++ write them into modules, turned back into what programmers wrote.
 *
 *     _ZN4core3fmt9Formatter3pad17h1f0c6e0b6a4f2d9aE     core::fmt::Formatter::pad
 *     _RNvNtCs6TxCtTcuIIP_3std3env7__var_os              std::env::_var_os
 *     _ZN3foo3barEi                                      foo::bar(int) */
#ifndef W2C_DEMANGLE_H
#define W2C_DEMANGLE_H

#include <stdbool.h>

#include "text.h"

/* Longer names are left as they are, and so are those that would become longer. */
enum { DEMANGLE_MAX_BYTES = 4096 };

/* Appends the readable form of a name; false, with nothing appended, if it has none. Any bytes may be given: time,
 * stack and output are bounded. */
bool demangle(struct text *out, const char *name, size_t size);

#endif
