/* Compiler and platform differences, all in one place.
 *
 * Everything that a standard C11 compiler cannot say is behind a name from this file, with a plain C
 * fallback, so that no other header needs an #if for a compiler. Generated C includes this first.
 */
#ifndef W2C_CONFIG_H
#define W2C_CONFIG_H

#if defined(__GNUC__)
#define W2C_GNU 1
#define W2C_LIKELY(x) __builtin_expect(!!(x), 1)
#define W2C_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define W2C_INLINE static inline __attribute__((unused))
#define W2C_ALWAYS_INLINE static inline __attribute__((always_inline, unused))
#define W2C_NOINLINE __attribute__((noinline))
#define W2C_NORETURN __attribute__((noreturn, cold))
#define W2C_UNUSED __attribute__((unused))
#define W2C_ON_PAGE __attribute__((aligned(4096)))
#define W2C_HIDDEN __attribute__((visibility("hidden")))
#ifdef W2C_SHARED /* for a shared library: the runtime is part of what it offers */
#define W2C_WEAK __attribute__((weak))
#else
#define W2C_WEAK __attribute__((weak, visibility("hidden")))
#endif
#define W2C_UNALIGNED __attribute__((aligned(1), may_alias))
/* An empty statement that the compiler must keep in place: a call before it is no tail call. */
#define W2C_KEEP_FRAME() __asm__ volatile("")
/* The compiler forgets what it knows of where the pointer points. */
#define W2C_HIDE_POINTER(pointer) __asm__("" : "+r"(pointer))
#else
#define W2C_GNU 0
#define W2C_LIKELY(x) (x)
#define W2C_UNLIKELY(x) (x)
#define W2C_INLINE static inline
#define W2C_ALWAYS_INLINE static inline
#define W2C_NOINLINE
#define W2C_NORETURN _Noreturn
#define W2C_UNUSED
#define W2C_ON_PAGE
#define W2C_HIDDEN
#define W2C_WEAK
#define W2C_KEEP_FRAME() ((void)0)
#define W2C_HIDE_POINTER(pointer) ((void)0)
#endif

/* A part of a split output has small functions of other parts as well, for the compiler to inline. Without optimisation
 * they would be read for nothing, and are functions like others (W2C_CODE, which the translator defines). */
#if defined(__OPTIMIZE__)
#define W2C_HAS_COPIES 1
#define W2C_COPY W2C_INLINE
#else
#define W2C_HAS_COPIES 0
#define W2C_COPY W2C_CODE
#endif

/* A function of many loops with more variables live in all of them than there are registers. gcc allocates by regions,
 * which are loops, and moves variables from one place on the stack to another where a region ends; partial
 * redundancies, which it removes before, make more variables. So here the function is one region, and they are left. */
#if defined(__OPTIMIZE__) && W2C_GNU && !defined(__clang__)
#define W2C_CROWDED __attribute__((optimize("ira-region=one", "no-tree-pre")))
#else
#define W2C_CROWDED
#endif

/* How the functions and variables of the runtime are linked (rt/ defines them with W2C_RT, headers
 * declare them with W2C_RT_DECL). The translator sets W2C_LINKAGE in the text it writes:
 *   1  one self-contained program file: everything static
 *   2  a self-contained library: weak, so that several libraries in one program share one runtime
 *   0  (default) the runtime is a separate translation unit: plain external symbols
 * A declaration of static functions needs the attribute as well, or gcc complains of unused ones. */
#ifndef W2C_LINKAGE
#define W2C_LINKAGE 0
#endif
#if W2C_LINKAGE == 1
#define W2C_RT static W2C_UNUSED
#define W2C_RT_DECL static W2C_UNUSED
#if W2C_GNU /* a program has not all of the runtime, and what it has not is declared all the same */
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
#elif W2C_LINKAGE == 2
#define W2C_RT W2C_WEAK
#define W2C_RT_DECL W2C_WEAK extern
#else
#define W2C_RT
#define W2C_RT_DECL extern
#endif

/* A program of one file has the runtime's registry of types only if the translator says that it needs it. */
#if !defined(W2C_HAS_TYPES)
#define W2C_HAS_TYPES (W2C_LINKAGE != 1)
#endif

#if defined(__TINYC__)
#define W2C_THREAD_LOCAL
#else
#define W2C_THREAD_LOCAL _Thread_local
#endif
/* A variable of a thread that is read often: at a fixed distance from the thread pointer, also in shared libraries, for
 * which the loader keeps some room (docs/ENGINES.md, "Threads"). Only for variables of a few bytes. */
#if W2C_GNU && defined(__linux__) && defined(__ELF__)
#define W2C_NEAR_THREAD_LOCAL __attribute__((tls_model("initial-exec")))
#else
#define W2C_NEAR_THREAD_LOCAL
#endif

/* A return of a call that takes the caller's frame for certain; caller and callee must have the same type. */
#if defined(__clang__) && defined(__has_attribute) && (defined(__x86_64__) || defined(__aarch64__))
#if __has_attribute(musttail)
#define W2C_MUSTTAIL __attribute__((musttail))
#define W2C_HAS_MUSTTAIL 1
#endif
#endif
#ifndef W2C_HAS_MUSTTAIL
#define W2C_HAS_MUSTTAIL 0
#endif

#if defined(__BYTE_ORDER__) && defined(__ORDER_LITTLE_ENDIAN__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "w2c: linear memory is little-endian, and so must the machine be"
#endif
#if defined(__FAST_MATH__)
#error "w2c: -ffast-math breaks the arithmetic that WebAssembly prescribes"
#endif
/* a*b+c must round twice. gcc contracts it to one instruction where the target has one, unless told. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__) && (defined(__FMA__) || !defined(__x86_64__))
#pragma GCC optimize("fp-contract=off")
#endif

#endif
