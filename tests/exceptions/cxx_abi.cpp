/* What clang's C++ exceptions want of their runtime, as little as program.cpp needs: Debian's libc++abi for WASI has
 * been built without them. Exceptions have a header in front; handlers are found by the language-specific data of each
 * landing pad, as the Itanium ABI describes it. Pointers are thrown by their exact types only. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
namespace std {
class type_info {
  public:
    virtual ~type_info();
    const char *name_;
};
type_info::~type_info() {
}
} // namespace std
namespace __cxxabiv1 {
class __fundamental_type_info : public std::type_info {
  public:
    virtual ~__fundamental_type_info();
};
__fundamental_type_info::~__fundamental_type_info() {
}
class __pointer_type_info : public std::type_info {
  public:
    virtual ~__pointer_type_info();
};
__pointer_type_info::~__pointer_type_info() {
}
class __class_type_info : public std::type_info {
  public:
    virtual ~__class_type_info();
};
__class_type_info::~__class_type_info() {
}
class __si_class_type_info : public __class_type_info {
  public:
    virtual ~__si_class_type_info();
    const __class_type_info *base;
};
__si_class_type_info::~__si_class_type_info() {
}
} // namespace __cxxabiv1
struct header {
    const void *type;
    void *(*destroy)(void *); /* in WebAssembly a destructor returns its argument */
    int handlers;             /* that are open; negative while it is thrown again */
    header *next;
};
static header *caught;

extern "C" {
struct landing {
    uintptr_t index;
    uintptr_t lsda;
    uintptr_t selector;
};
landing __wasm_lpad_context;
void *__cxa_allocate_exception(size_t n) {
    header *h = (header *)calloc(1, sizeof(header) + n);
    return h + 1;
}
void __cxa_free_exception(void *p) {
    free((header *)p - 1);
}
void __cxa_throw(void *p, void *type, void *(*destroy)(void *)) {
    header *h = (header *)p - 1;
    h->type = type;
    h->destroy = destroy;
    __builtin_wasm_throw(0, p);
}
extern void *pointer_vtable asm("_ZTVN10__cxxabiv119__pointer_type_infoE");
/* A pointer that was thrown is what is caught; of all else, the address. */
void *__cxa_begin_catch(void *p) {
    header *h = (header *)p - 1;
    h->handlers = (h->handlers < 0 ? -h->handlers : h->handlers) + 1;
    if (caught != h) {
        h->next = caught;
        caught = h;
    }
    return *(void **)h->type == (void *)(&pointer_vtable + 2) ? *(void **)p : p;
}
void __cxa_end_catch() {
    header *h = caught;
    const bool is_thrown_again = h->handlers < 0;
    h->handlers += is_thrown_again ? 1 : -1;
    if (h->handlers != 0) return;
    caught = h->next;
    if (is_thrown_again) return;
    if (h->destroy) h->destroy(h + 1);
    free(h);
}
void __cxa_rethrow() {
    header *h = caught;
    h->handlers = -h->handlers;
    __builtin_wasm_throw(0, h + 1);
}
void *__cxa_get_exception_ptr(void *p) {
    return p;
}
[[noreturn]] void __cxa_pure_virtual() {
    abort();
}
static uintptr_t uleb(const uint8_t *&p) {
    uintptr_t r = 0;
    int s = 0;
    for (;;) {
        uint8_t b = *p++;
        r |= (uintptr_t)(b & 127) << s;
        s += 7;
        if (!(b & 128)) return r;
    }
}
static intptr_t sleb(const uint8_t *&p) {
    intptr_t r = 0;
    int s = 0;
    uint8_t b;
    do {
        b = *p++;
        r |= (intptr_t)(b & 127) << s;
        s += 7;
    } while (b & 128);
    if ((b & 64) && s < (int)sizeof r * 8) r |= -((intptr_t)1 << s);
    return r;
}
static bool matches(const std::type_info *wanted, const std::type_info *thrown) {
    if (!wanted || wanted == thrown) return true;
    extern void *si_vtable asm("_ZTVN10__cxxabiv120__si_class_type_infoE");
    while (*(void **)thrown == (void *)(&si_vtable + 2)) {
        thrown = ((const __cxxabiv1::__si_class_type_info *)thrown)->base;
        if (thrown == wanted) return true;
    }
    return false;
}
int _Unwind_CallPersonality(void *p) {
    const uint8_t *at = (const uint8_t *)__wasm_lpad_context.lsda;
    const header *h = (header *)p - 1;
    __wasm_lpad_context.selector = 0;
    if (*at++ != 0xff) abort();
    uint8_t tencoding = *at++;
    const uint8_t *types = 0;
    if (tencoding != 0xff) {
        uintptr_t off = uleb(at);
        types = at + off;
    }
    at++;
    uintptr_t length = uleb(at);
    const uint8_t *actions = at + length;
    uintptr_t action = 0;
    for (uintptr_t i = 0;; i++) {
        uleb(at);
        action = uleb(at);
        if (i == __wasm_lpad_context.index) break;
    }
    if (!action) return 0;
    const uint8_t *a = actions + action - 1;
    for (;;) {
        intptr_t index = sleb(a);
        const uint8_t *link = a;
        intptr_t next = sleb(a);
        if (index > 0 && matches(((const std::type_info *const *)types)[-index], (const std::type_info *)h->type)) {
            __wasm_lpad_context.selector = (uintptr_t)index;
            return 0;
        }
        if (!next) return 0;
        a = link + next;
    }
}
int __gxx_wasm_personality_v0() {
    return 0;
}
namespace std {}
}
namespace std {
[[noreturn]] void terminate() noexcept {
    abort();
}
} // namespace std
void *operator new(size_t n) {
    void *p = malloc(n ? n : 1);
    if (!p) abort();
    return p;
}
void operator delete(void *p) noexcept {
    free(p);
}
void operator delete(void *p, size_t) noexcept {
    free(p);
}
