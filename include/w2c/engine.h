/* For engines that run guest code in process without compiling it into an object of its own: an interpreter, a
 * compiler in memory. The runtime finds functions by symbols of object files and frames by the unwinder; code of such
 * an engine has neither, so the engine says what its addresses mean.
 *
 * Not in self-contained outputs: programs and libraries that w2c writes have one kind of code alone.
 */
#ifndef W2C_ENGINE_H
#define W2C_ENGINE_H

#include "w2c.h"

/* Addresses [low, high) stand for functions of one module. They need not be mapped: an interpreter reserves a number
 * for each function and reports it as the address of a frame. */
struct w2c_code_range {
    uintptr_t low;
    uintptr_t high;
    const char *module;         /* its name, for messages */
    /* Writes the name of a function, cut to `capacity` and closed by NUL; NULL: functions have no names. Called for
     * messages, never by signal handlers; so names need not be made before somebody reads them. */
    void (*write_name)(const void *names, uint32_t func_idx, char *name, size_t capacity);
    const void *names; /* for write_name */
    uint32_t function_count;
    /* The function that `address`, which is in the range, belongs to; false if it is none's. Called from signal
     * handlers: it takes no lock and allocates nothing. */
    bool (*find)(const struct w2c_code_range *range, uintptr_t address, uint32_t *func_idx);
    struct w2c_code_range *next; /* the runtime's */
};

/* The record must stay until it is removed. Not while guest code runs in another thread. */
W2C_RT_DECL void w2c_code_add(struct w2c_code_range *range);
W2C_RT_DECL void w2c_code_remove(struct w2c_code_range *range);

/* What collects the code addresses on the stack at a trap, innermost first, at most `capacity`; returns how many. The
 * unwinder's when NULL. An engine whose frames the unwinder cannot see sets it for its thread while it runs,
 * and may call w2c_native_frames for the host's own. Called from the fault handler, on its stack. */
typedef uint32_t (*w2c_frame_source)(void **frames, uint32_t capacity);
extern W2C_THREAD_LOCAL w2c_frame_source w2c_engine_frames;

/* What collects the same for a sampling profiler, whose signal may come between any two instructions of the thread:
 * only frames that are not native, and 0 while there is none. NULL for engines whose code keeps frame pointers. */
extern W2C_THREAD_LOCAL w2c_frame_source w2c_engine_samples;

/* What an engine does on this thread at the moment, in a record of its own; NULL: nothing. w2c_try leaves behind what
 * it found, so that after a trap this does not lead to frames that are gone. */
extern W2C_THREAD_LOCAL void *w2c_engine_position;

/* The signature that a type id stands for (w2c_type_id), NULL if there is none with that id. */
W2C_RT_DECL const char *w2c_type_signature(uint32_t id);

/* The unwinder's list of this thread, starting at the caller. */
W2C_RT_DECL uint32_t w2c_native_frames(void **frames, uint32_t capacity);

#endif
