/* Files by which other tools build what w2c would build itself: ninja, make, CMake. */
#ifndef W2C_BUILD_FILES_H
#define W2C_BUILD_FILES_H

#include "toolchain.h"

enum build_tool { TOOL_NONE, TOOL_NINJA, TOOL_MAKE, TOOL_CMAKE };

/* The tool whose file has this name: build.ninja, Makefile, CMakeLists.txt, in any folder. */
enum build_tool build_tool_of(const char *path);

/* What the file `path` is about: C beside it, from which a program or an archive `result` is made beside it. Names have
 * only letters, digits and the characters - _ and . in them. */
struct build_plan {
    const struct toolchain *toolchain;
    const struct sources *sources;
    const char *result;
    bool is_program;
    bool is_placed; /* the linker places the memory (placement.h) */
};

/* Writes the file; false after a message. */
bool build_file_write(enum build_tool tool, const char *path, const struct build_plan *plan);

#endif
