/* One description serves all code that tcc makes for x86-64, because each of its functions begins and ends alike:
 *
 *     push %rbp          the frame:  rbp + 16   what the caller's stack pointer was (the CFA)
 *     mov  %rsp, %rbp                rbp + 8    return address
 *     sub  $N, %rsp                  rbp        the caller's rbp
 *     ...
 *     leave
 *     ret
 *
 * It holds wherever a function can stop: at calls, and at accesses that fault. Only the push itself can fault outside
 * of it, when the stack is full; then the caller is missing from the list, once.
 *
 * The form is that of .eh_frame (LSB 5.0, 10.6): a record of what is common (CIE), one of a range of code (FDE), and an
 * end. The unwinder that comes with gcc takes them at run time.
 */
#include "unwind.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__) && defined(__linux__)

void __register_frame(void *begin);
void __deregister_frame(void *begin);

enum { CIE_BYTES = 24, FDE_BYTES = 24, REGISTER_RBP = 6, REGISTER_RETURN = 16 };

static const uint8_t cie[CIE_BYTES] = {
    CIE_BYTES - 4,
    0,
    0,
    0, /* bytes that follow */
    0,
    0,
    0,
    0, /* this is a CIE */
    1,
    0, /* version; no augmentation */
    1,
    0x78, /* a unit of code, and of data: -8 */
    REGISTER_RETURN,
    0x0c,
    REGISTER_RBP,
    16, /* the CFA is rbp + 16 */
    0x80 | REGISTER_RBP,
    2, /* rbp is saved at CFA - 2 * 8 */
    0x80 | REGISTER_RETURN,
    1, /* the return address at CFA - 8 */
};

void unwind_add(struct unwind_range *range, uintptr_t low, uintptr_t high) {
    const uint32_t fde_size = FDE_BYTES - 4, to_cie = CIE_BYTES + 4;
    const uint64_t begin = low, size = high - low;
    memset(range->bytes, 0, sizeof range->bytes);
    memcpy(range->bytes, cie, CIE_BYTES);
    memcpy(range->bytes + CIE_BYTES, &fde_size, sizeof fde_size);
    memcpy(range->bytes + CIE_BYTES + 4, &to_cie, sizeof to_cie);
    memcpy(range->bytes + CIE_BYTES + 8, &begin, sizeof begin);
    memcpy(range->bytes + CIE_BYTES + 16, &size, sizeof size);
    range->low = low;
    __register_frame(range->bytes);
}

void unwind_remove(struct unwind_range *range) {
    if (range->low) __deregister_frame(range->bytes);
    range->low = 0;
}

#else

void unwind_add(struct unwind_range *range, uintptr_t low, uintptr_t high) {
    (void)high;
    range->low = low;
}

void unwind_remove(struct unwind_range *range) {
    range->low = 0;
}

#endif
