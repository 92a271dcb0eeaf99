"""Names that try to break out of the place where a translator writes them, and modules full of them."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from wasm_bytes import const, leb, section, vector

# Wherever this lands as code instead of a name, there is a symbol of its own, and a file when it runs.
PAYLOAD = '__attribute__((constructor)) void injected(void) { system("touch INJECTED"); }'

BREAKS = [
    '"', "'", '\\"', "\\", "\\\\", "*/", "/*", "//", "*\\\n/", "*??/\n/", "??/", "??/\n", "??=", "??'", "<:", "%>",
    "\n", "\r", "\r\n", "\t", "\0", "a\0b", "\x1b[2J", "\x7f", "\f", "\v", "//\\\n", "#", "##", "%s%n%s%n", "%", "$",
    "`",
    '*/ ' + PAYLOAD + ' /*', '"; ' + PAYLOAD + ' char *x = "', '\\"; ' + PAYLOAD + ' //', "\n" + PAYLOAD + "\n",
    "*\\\n/ " + PAYLOAD + " /\\\n*", "*??/\n/ " + PAYLOAD + " /*", "// ??/\n" + PAYLOAD, "// \\\n" + PAYLOAD,
    '\n#include "/etc/passwd"\n', "\n#define return exit(7);\n", "\n#error injected\n", '_Pragma("GCC error \\"x\\"")',
    "\n#line 1 \"x\"\n", "*/\n#pragma GCC error \"x\"\n/*", '${HOME}', "$(touch INJECTED)", "`touch INJECTED`",
    "; touch INJECTED", "@file", "--help", "\\u0041", "\\x41", "\\101", "\\N{DIGIT ZERO}",
]

C_WORDS = """
int char while for return if else do goto switch case default struct union enum typedef static extern inline register
volatile const restrict signed unsigned float double void long short sizeof auto break continue asm typeof
_Bool _Complex _Alignas _Atomic _Generic _Noreturn _Static_assert _Thread_local __asm__ __attribute__ __extension__
class new delete template this namespace virtual operator using try catch throw public private friend bool true false
nullptr alignas constexpr thread_local and or not xor compl bitand static_assert wchar_t char16_t concept requires
main printf malloc free calloc realloc memcpy memmove memset strlen exit _exit _Exit abort errno environ stdin stdout
stderr signal sigaction open read write close mmap munmap setjmp longjmp fopen system sqrt floor trunc rint round log
index rint y0 j1 gamma signgam pow exp select poll time clock getenv atexit alloca va_list jmp_buf FILE size_t uint32_t
NULL EOF INT_MAX INT64_MIN UINT32_MAX SIZE_MAX NAN INFINITY assert offsetof unix linux i386 __LINE__ __FILE__ __func__
__linux__ __COUNTER__ __VA_ARGS__ _GNU_SOURCE SIGSEGV EINVAL st_atime sa_handler I complex stdin_fd
w2c_trap w2c_instance w2c_try w2c_memory W2C_RT W2C_INLINE W2C_OK W2C_H w2c_program_wasi w2c_module w2c_value w2c_exit
self context host wasi imports error memory table base size_bytes module name type run start link instance f0 f1 f0_f0
l0 l1 s0 g0 m0 t0 B0 L0 f1_main x_new x_delete x_module x_imports new_ delete_ exit_ _start __wasm_call_ctors _ __ ___
__init fini _init _fini _end _edata etext __bss_start data_start _DYNAMIC _GLOBAL_OFFSET_TABLE_ __stack_chk_fail
""".split()

# Different names that look alike once what is no letter is gone, or that look alike in any case.
ALIKE = ["a.b", "a-b", "a_b", "a b", "a$b", "a__b", "a_2eb", "a_2", "a_1", "a", "A", "a_", "_a", "a\u0301",
         "\u00e1", "\u0430", "\u202ea", "a\u200b", "\ufeffa", "\u2028", "\U0001f600", "\u540d\u524d",
         "0a", "0", "00", "1e5", "-1", ""]

LONG = ["x" * 10000, "x" * 9999 + "y", "*/" * 5000, '"' * 10000, "\\" * 10000, "\u00e9" * 5000, "a" * 64, "a" * 65,
        ("very_long_name_" * 20)[:255], ("very_long_name_" * 20)[:256]]

# Only the name section and custom sections may have these: everywhere else a module with such a name is malformed, but
# what is wrong in a name section must not matter.
NOT_UTF8 = [b"\xff", b"a\xffb", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"*/\xff/*", b"\"\xfe"]

NAMES = [name.encode() for name in dict.fromkeys(BREAKS + C_WORDS + ALIKE + LONG)]

FUNCTION, TABLE, MEMORY, GLOBAL = range(4)
I32, FUNCREF = b"\x7f", b"\x70"
LIMITS = b"\x00\x01"
END = b"\x0b"


def text(name):
    return leb(len(name)) + name


def value_of(index):
    """What function `index` of a module returns."""
    return (index * 2654435761 + 12345) & 0x3FFFFFFF


def code(body, local_count=0):
    locals_ = vector([leb(local_count) + I32] if local_count else [])
    content = locals_ + body + END
    return leb(len(content)) + content


def name_map(names):
    return vector([leb(index) + text(name) for index, name in enumerate(names)])


def name_section(*subsections):
    """(number, content) of each."""
    content = text(b"name") + b"".join(bytes([number]) + leb(len(part)) + part for number, part in subsections)
    return section(0, content)


def module(*, types=(b"\x60\0" + vector([I32]),), imports=(), functions=(), tables=(), memories=(), globals_=(),
           exports=(), bodies=(), custom=()):
    parts = [(1, types), (2, imports), (3, functions), (4, tables), (5, memories), (6, globals_), (7, exports),
             (10, bodies)]
    return b"\0asm\1\0\0\0" + b"".join(section(number, vector(list(items))) for number, items in parts if items) + \
        b"".join(custom)


def constants(count):
    """Settings of a module with so many functions, each of which returns value_of its index."""
    return {"functions": [leb(0)] * count, "bodies": [code(const(value_of(i))) for i in range(count)]}


def exported_functions(names, custom=()):
    return module(exports=[text(name) + bytes([FUNCTION]) + leb(i) for i, name in enumerate(names)], custom=custom,
                  **constants(len(names)))


def named_functions(names, *custom):
    """Functions that are exported under harmless names."""
    harmless = [f"export{i}".encode() for i in range(len(names))]
    return exported_functions(harmless, [name_section((1, name_map(names))), *custom])


def exported_things(names):
    """Globals, and one memory and one table that have all the other names."""
    kinds = [(GLOBAL, MEMORY, TABLE)[i % 3] for i in range(len(names))]
    indices = [i if kind == GLOBAL else 0 for i, kind in enumerate(kinds)]
    return module(tables=[FUNCREF + LIMITS], memories=[LIMITS],
                  globals_=[I32 + b"\x01" + const(value_of(i)) + END for i in range(len(names))],
                  exports=[text(name) + bytes([kind]) + leb(index) for name, kind, index in zip(names, kinds, indices)])


def imported_functions(pairs):
    """Every function imported under (module, field) is called by an export of the same number."""
    count = len(pairs)
    return module(imports=[text(first) + text(second) + bytes([FUNCTION]) + leb(0) for first, second in pairs],
                  functions=[leb(0)] * count,
                  bodies=[code(b"\x10" + leb(i)) for i in range(count)],
                  exports=[text(f"export{i}".encode()) + bytes([FUNCTION]) + leb(count + i) for i in range(count)])


def imported_things(names):
    """Globals under the names as fields, a memory and a table under two of them; an export reads each global."""
    count = len(names)
    imports = [text(b"env") + text(name) + bytes([GLOBAL]) + I32 + b"\x00" for name in names]
    imports += [text(names[0]) + text(names[1]) + bytes([MEMORY]) + LIMITS]
    imports += [text(names[2]) + text(names[3]) + bytes([TABLE]) + FUNCREF + LIMITS]
    return module(imports=imports, functions=[leb(0)] * count,
                  bodies=[code(b"\x23" + leb(i)) for i in range(count)],
                  exports=[text(f"export{i}".encode()) + bytes([FUNCTION]) + leb(i) for i in range(count)])


def named_parts(names):
    """Locals, labels, types, tables, memories, globals, elements, data, all with names; and custom sections."""
    count = len(names)
    indirect = vector([leb(0) + name_map(names)])
    subsections = [(2, indirect), (3, indirect)] + [(number, name_map(names)) for number in range(4, 12)]
    custom = [name_section((0, text(names[0])), (1, name_map([b"f"])), *subsections)]
    custom += [section(0, text(name) + b"content") for name in names if name != b"name"]
    body = b"".join(const(value_of(i)) + b"\x21" + leb(i) for i in range(count)) + b"\x20" + leb(count - 1)
    return module(functions=[leb(0)], bodies=[code(body, count)], tables=[FUNCREF + LIMITS], memories=[LIMITS],
                  exports=[text(b"export0") + bytes([FUNCTION]) + leb(0)], custom=custom)


def named_module(name):
    return exported_functions([b"export0"], [name_section((0, text(name)))])


def broken_name_sections():
    """Name sections that lie: wrong lengths, indices that are not there, twice the same, no UTF-8, in no order."""
    function = name_map([b"f"])
    yield name_section((1, leb(1000000) + function[1:]))
    yield section(0, text(b"name") + b"\x01\xff\xff\xff\xff\x0f" + function)
    yield name_section((1, vector([leb(4000000000) + text(b"far")])))
    yield name_section((1, vector([leb(0) + text(b"one"), leb(0) + text(b"two")])))
    yield name_section((1, vector([leb(1) + text(b"one"), leb(0) + text(b"two")])))
    yield name_section((1, function)) + name_section((1, name_map([b"other"])))
    yield name_section((7, function), (1, function), (0, text(b"late")))
    yield name_section((1, leb(1) + leb(0) + leb(1000) + b"short"))
    yield section(0, text(b"name") + b"\x80")
    for name in NOT_UTF8:
        yield name_section((0, text(name)), (1, name_map([name])))


def traps_in(name):
    """A program whose _start calls a function of that name, which traps."""
    return module(types=[b"\x60\0\0"], functions=[leb(0), leb(0)], memories=[LIMITS],
                  bodies=[code(b"\x00"), code(b"\x10\0")],
                  exports=[text(b"_start") + bytes([FUNCTION]) + leb(1), text(b"memory") + bytes([MEMORY]) + leb(0)],
                  custom=[name_section((0, text(name)), (1, name_map([name, name])))])
