/* proc_raise, which wasi-libc does not have: of the signal that the argument names by its number, or else of all that
 * let the program live. */
#include "wasi_own.h"

__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_raise"))) int32_t proc_raise(int32_t number);

/* WASI's numbers. */
enum { NONE = 0, CHLD = 16, CONT = 17, STOP = 18, TSTP = 19, URG = 22, WINCH = 27, SYS = 30 };

int main(int argc, char **argv) {
    if (argc > 1) {
        printf("raising\n");
        fflush(stdout);
        EXPECT(proc_raise(atoi(argv[1])), -1);
        return own_result();
    }
    EXPECT(proc_raise(NONE), 0);
    EXPECT(proc_raise(CHLD), 0);
    EXPECT(proc_raise(CONT), 0);
    EXPECT(proc_raise(URG), 0);
    EXPECT(proc_raise(WINCH), 0);
    EXPECT(proc_raise(STOP), __WASI_ERRNO_NOTSUP);
    EXPECT(proc_raise(TSTP), __WASI_ERRNO_NOTSUP);
    EXPECT(proc_raise(SYS + 1), __WASI_ERRNO_INVAL);
    EXPECT(proc_raise(-1), __WASI_ERRNO_INVAL);
    return own_result();
}
