/* Calls the kernels as a library: the host of exceptions_cost.py. */
#include <stdlib.h>

#include "exceptions_kernels.h"
#include "kernels.h"

int main(int count, char **words) {
    struct w2c_error error;
    struct kernels *self = count == 3 ? kernels_new(&error) : NULL;
    return self ? show_result(kernels_run_kernel(self, (uint32_t)atoi(words[1]), (uint32_t)atoi(words[2]))) : 2;
}
