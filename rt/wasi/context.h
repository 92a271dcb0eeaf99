/* What a WASI context holds, and what the files of rt/wasi use of each other.
 *
 *   wasi        making and deleting a context
 *   guest       guest memory: the only way to a host pointer
 *   fdtable     the guest's descriptors: numbers, rights, preopens
 *   path        from a directory and a path to a host descriptor that is surely below that directory
 *   stream      standard streams in memory
 *   listen      granting sockets; address reads what to listen on
 *   deterministic   time and random bytes that are the same in every run
 *   fd_io fd_stat directory path_ops clock poll args random process socket      the calls
 *   calls       what guests call: adapters around those, made from the table of calls
 *   trace trace_values      what an adapter shows of a call
 *   find        calls by name                                                   (libraries only)
 *
 * Calls return a WASI error number and take `void *` as context, for that is what an imported function's context
 * is. Every call follows one order: look up the descriptor and its rights, copy the input, check the room for
 * results, act, write results.
 */
#ifndef WASI_CONTEXT_H
#define WASI_CONTEXT_H

#include <pthread.h>
#include <sys/stat.h>

#include "calls.h"
#include "deterministic.h"
#include "fdtable.h"
#include "guest.h"
#include "stream.h"
#include "trace.h"
#include "w2c/wasi.h"

/* Arguments or environment, as args_get lays them out: strings one after another, each closed by NUL. */
struct wasi_strings {
    u32 count;
    u32 size;
    char *text;
};

struct w2c_wasi {
    const struct w2c_memory *memory;
    struct w2c_trace *trace; /* NULL: no call is shown */
    struct fd_table table;
    struct wasi_strings arguments;
    struct wasi_strings environment;
    struct memory_stream streams[3]; /* of 0, 1 and 2, if they are in memory */
    struct w2c_wasi_clock clock;
    struct w2c_wasi_random random; /* `fill` is NULL: the host's */
    struct deterministic_state deterministic;
    bool has_kernel_walk;  /* openat2 works */
    bool is_special;       /* traced or shared: calls go the long way (calls.c) */
    pthread_mutex_t *lock; /* of a context that threads share, held by each call while it does not wait; else NULL */
};

/* Around what may wait for long: meanwhile others may use the context, so what was found in it is to be looked up
 * again, and descriptors are to be held (w2c_fd_hold). */
W2C_INLINE void wasi_pause(const struct w2c_wasi *wasi) {
    if (W2C_UNLIKELY(wasi->lock != NULL)) {
        pthread_mutex_unlock(wasi->lock);
    }
}
W2C_INLINE void wasi_resume(const struct w2c_wasi *wasi) {
    if (W2C_UNLIKELY(wasi->lock != NULL)) {
        pthread_mutex_lock(wasi->lock);
    }
}

/* For a call that may wait on a descriptor: *held is the entry as it is now, and the context is let go of. If threads
 * share the context, and something may really be waited for, the host's descriptor is one of our own until
 * w2c_fd_release: what another thread closes meanwhile could otherwise become a file of somebody else. */
W2C_RT_DECL u32 w2c_fd_hold(const struct w2c_wasi *wasi, const struct fd_entry *entry, struct fd_entry *held);
W2C_RT_DECL void w2c_fd_release(const struct w2c_wasi *wasi, const struct fd_entry *held);

/* The WASI number for a host errno; IO for one that WASI has no number for. */
W2C_RT_DECL u32 w2c_wasi_error(int host);

/* The WASI file type of a host file. */
W2C_RT_DECL u8 w2c_wasi_filetype(const struct stat *status);

/* Nanoseconds, 0 for a time before 1970. */
W2C_INLINE u64 wasi_nanoseconds(struct timespec time) {
    return time.tv_sec < 0 ? 0 : (u64)time.tv_sec * 1000000000u + (u64)time.tv_nsec;
}

W2C_INLINE struct timespec wasi_timespec(u64 nanoseconds) {
    return (struct timespec){(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)};
}

/* Arguments of the calls that set times: INVAL if the flags are unknown or contradict each other. */
W2C_RT_DECL u32 w2c_wasi_times(u64 atim, u64 mtim, u32 flags, struct timespec times[2]);

/* What fd_filestat_get and path_filestat_get tell, before it takes the form of either snapshot. */
W2C_RT_DECL u32 w2c_wasi_stat_fd(const struct w2c_wasi *wasi, u32 fd, struct stat *status);
W2C_RT_DECL u32 w2c_wasi_stat_path(const struct w2c_wasi *wasi, u32 fd, u32 flags, struct guest_pointer path,
                                   u32 path_len, struct stat *status);

/* Writes a filestat record. */
W2C_RT_DECL u32 w2c_wasi_put_filestat(const struct w2c_memory *memory, struct guest_pointer pointer,
                                      const struct stat *status);

#endif
