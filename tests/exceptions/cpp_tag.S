/* The tag of all C++ exceptions, for compilers that leave it to the library. Weak: others define it in every object. */
#ifdef __wasm64__
    .tagtype __cpp_exception i64
#else
    .tagtype __cpp_exception i32
#endif
    .globl __cpp_exception
    .weak __cpp_exception
__cpp_exception:
