"""Modules for bugs that were found, and for shapes that chance does not reach: name -> function that makes one.

A module is (bytes, calls as (export, arguments)), as from generate()."""
from wasm_writer import F32, F64, I32, I64, Memory, Module, f32_const, f64_const, i32_const, i64_const, leb, load

GET0, CALL = b"\x20\x00", b"\x10"


def call(idx):
    return CALL + leb(idx)


def _runaway(bodies):
    """Functions i32 -> i32, exported as run0 ..., that never come to an end; they get their number's call at [0]."""
    module = Module()
    count = len(bodies)
    module.add_global(I32, 1, i32_const(0))
    for idx, body in enumerate(bodies):
        module.export_function(f"run{idx}", module.add_function([I32], [I32], [I32], body(idx, count)))
    module.add_function([I32], [I32], [], GET0)                # `count`: the identity
    module.add_function([], [], [], b"")                       # `count + 1`: nothing
    return module.encode(), [(f"run{idx}", ["i1"]) for idx in range(count)]


def recursion_that_could_be_a_loop():
    """What follows the recursive call comes to nothing."""
    again = GET0 + i32_const(1) + b"\x6a"
    return _runaway([
        lambda idx, count: again + call(idx),
        lambda idx, count: again + call(idx) + again + b"\x6a",
        lambda idx, count: again + call(idx) + call(count),
        lambda idx, count: again + call(idx) + call(count + 1),
        lambda idx, count: again + call(idx) + i32_const(0) + i32_const(0) + load(0x28, 2, 0) + load(0x36, 2, 0),
        lambda idx, count: again + call(idx) + b"\x23\x00\x24\x00",
        lambda idx, count: again + call(idx) + i32_const(0) * 3 + b"\xfc\x0b\x00",
        lambda idx, count: b"\x03\x40" + again + call(idx) + b"\x1a\x0c\x00\x0b\x00",
        lambda idx, count: again + call(idx) + b"\x00",
        lambda idx, count: GET0 + b"\x04\x7f" + again + call(idx) + b"\x05" + again + call(idx + 1) + b"\x0b",
        lambda idx, count: again + call(idx - 1),
    ])


def results_over_pending_values():
    """x + f(1) + f(2), with calls, divisions, several results, table.get, memory.grow in the place of f."""
    module = Module()
    same = module.add_function([I32], [I32], [], GET0)
    pair = module.add_function([I32], [I32, I32], [], GET0 + GET0 + i32_const(3) + b"\x6c")
    divide = i32_const(100) + GET0 + b"\x6d"
    bodies = [
        GET0 + GET0 + call(same) + b"\x6a" + i32_const(5) + call(same) + b"\x6a",
        GET0 + divide + b"\x6a" + divide + b"\x6a" + divide + b"\x6a",
        GET0 + GET0 + call(pair) + b"\x6a\x6a" + i32_const(9) + call(pair) + b"\x6b\x6b",
        GET0 + i32_const(1) + b"\x40\x00\x6a" + i32_const(1) + b"\x40\x00\x6a",
        GET0 + i32_const(0) + b"\x25\x00\xd1\x6a" + i32_const(1) + b"\x25\x00\xd1\x6a",
        GET0 + b"\x02\x7f" + divide + b"\x0b\x6a" + GET0 + b"\x04\x7f" + divide + b"\x05\x41\x07\x0b\x6a",
    ]
    for idx, body in enumerate(bodies):
        module.export_function(f"run{idx}", module.add_function([I32], [I32], [], body))
    return module.encode(), [(f"run{idx}", [argument]) for idx in range(len(bodies)) for argument in ("i2", "i7", "i0")]


def runaway_with_large_frames():
    """Frames larger than the guard page below a stack, by locals and by many results."""
    module = Module()
    again = GET0 + i32_const(1) + b"\x6a"
    wide = [I64] * 900
    locals_body = b"".join(again + b"\x21" + leb(1 + i) for i in range(3000)) + again + call(0)
    locals_body += b"".join(b"\x20" + leb(1 + i) + b"\x6a" for i in range(3000))
    module.export_function("run0", module.add_function([I32], [I32], [I32] * 3000, locals_body))
    drops = again + call(1) + b"\x1a" * 900 + again + call(1)
    module.add_function([I32], wide, [], drops)
    module.export_function("run1", module.add_function([I32], [I32], [], GET0 + call(1) + b"\x1a" * 900 + GET0))
    module.export_function("run2", module.add_function([I32], [], [], (again + call(4) + b"\x1a" * 900) * 40))
    module.add_function([I32], wide, [], again + call(3) + b"".join(i64_const(i) for i in range(900)))
    return module.encode(), [(f"run{idx}", ["i1"]) for idx in range(3)]


def deep_nesting():
    """More levels than compilers are given; all of them are left at once, and one by one."""
    module = Module()
    depth = 1500
    table = b"".join(leb(i % depth) for i in range(20000))
    blocks = b"\x02\x40" * depth + GET0 + b"\x0e" + leb(19999) + table
    for level in range(depth):
        blocks += b"\x0b" + b"\x20\x01" + i32_const(level) + b"\x6a\x21\x01"
    module.export_function("run0", module.add_function([I32], [I32], [I32], blocks + b"\x20\x01"))
    ifs = (GET0 + i32_const(1) + b"\x6b\x22\x00" + b"\x04\x7f") * 200 + i32_const(5)
    ifs += (GET0 + b"\x6a" + b"\x05" + i32_const(77) + b"\x0b") * 200
    module.export_function("run1", module.add_function([I32], [I32], [], ifs))
    arguments = ["i0", "i1", "i5", "i18", "i19", "i1a", "i63", "i64", "ic7", "ic8", "ic9", "i5db", "i5dc", "i4e1f",
                 "iffffffff"]
    return module.encode(), [(f"run{idx}", [argument]) for idx in range(2) for argument in arguments]


def quiet_results():
    """Arithmetic makes signalling NaNs quiet, also with constants of 0 and 1 that are computed. (Those that come from
    memory are not hidden from C compilers.)"""
    module = Module()
    one32, one64 = f32_const(0x3F800000), f64_const(0x3FF0000000000000)
    ones = [
        (one32, one64), (i32_const(0x3F800000) + b"\xbe", i64_const(0x3FF0000000000000) + b"\xbf"),
        (i32_const(1) + b"\xb2", i32_const(1) + b"\xb7"), (i64_const(1) + b"\xb5", i64_const(1) + b"\xba"),
        (one64 + b"\xb6", one32 + b"\xbb"), (f32_const(0xBF800000) + b"\x8c", f64_const(0xBFF0000000000000) + b"\x9a"),
        (f32_const(0x3F700000) + b"\x8d", f64_const(0x3FEF000000000000) + b"\x9b"),
        (one32 + b"\x91", one64 + b"\x9f"), (one32 * 2 + b"\x96", one64 * 2 + b"\xa5"),
    ]
    zeros = [(b"\x43" + bytes(4), b"\x44" + bytes(8)), (i32_const(0) + b"\xbe", i64_const(0) + b"\xbf"),
             (i32_const(0) + b"\xb3", i32_const(0) + b"\xb8"), (b"\x20\x01", b"\x20\x02"),
             (one32 * 2 + b"\x93", one64 * 2 + b"\xa1")]
    calls = []

    def add(body32, body64):
        idx = len(calls) // 4
        get32, get64 = GET0 + b"\xbe", GET0 + b"\xad" + i64_const(32) + b"\x86\xbf"
        mask = i32_const(0x7FC00000) + b"\x71"
        high = i64_const(32) + b"\x88\xa7" + i32_const(0x7FF80000) + b"\x71"
        body = get32 + body32 + b"\xbc" + mask + get64 + body64 + b"\xbd" + high
        module.export_function(f"run{idx}", module.add_function([I32], [I32, I32], [F32, F64], body))
        calls.extend((f"run{idx}", [argument]) for argument in ("i7fa00000", "i7ff40000", "i7f800001", "i3f800000"))

    for first, second in ones:
        add(first + b"\x94", second + b"\xa2")
        add(first + b"\x95", second + b"\xa3")
    for first, second in zeros:
        add(first + b"\x93", second + b"\xa1")
        add(first + b"\x8c\x92", second + b"\x9a\xa0")
    for code in range(7):  # abs, neg, rounding, sqrt
        add(bytes([0x8B + code]), bytes([0x99 + code]))
    add(b"\xbb\xb6", b"\xb6\xbb")
    add(GET0 + b"\xbe\x96", one64 + b"\xa5")
    return module.encode(), calls


def loads_that_only_c_compilers_find_useless():
    """A product with 0, half of what is read, the same twice, and globals set before and behind a load that traps. What
    the global was then is asked last."""
    module = Module()
    seen = module.add_global(I32, 1, i32_const(0))
    read32, read64 = GET0 + load(0x28, 2, 0), GET0 + load(0x29, 3, 0)
    twice = b"\x22\x01\x20\x01"
    bodies = [read32 + i32_const(0) + b"\x6c", read64 + twice + b"\x1a\xa7", read64 + twice + b"\x85\xa7",
              i32_const(1) + b"\x24" + leb(seen) + read32 + i32_const(2) + b"\x24" + leb(seen) + i32_const(0) + b"\x71",
              read32 + i32_const(16) + b"\x74" + i32_const(16) + b"\x76", b"\x23" + leb(seen)]
    for idx, body in enumerate(bodies):
        module.export_function(f"run{idx}", module.add_function([I32], [I32], [I64], body))
    arguments = ["i0", "ifff8", "ifffc", "ifffe", "i10000", "i7fffffff"]
    return module.encode(), [(f"run{idx}", [argument]) for idx in range(len(bodies)) for argument in arguments]


def empty_memory_is_not_read_early():
    """A load that is never reached, from a memory without pages."""
    module = Module()
    module.memories = [Memory(0, 4)]
    loop = (b"\x03\x40" + GET0 + b"\x04\x40\x20\x02" + i32_const(0) + load(0x28, 2, 0) + b"\x6a\x21\x02\x0b"
            + b"\x20\x01" + i32_const(1) + b"\x6b\x22\x01\x0d\x00\x0b\x20\x02")
    branch = GET0 + b"\x04\x40" + i32_const(0) + load(0x28, 2, 0) + b"\x21\x02\x0b\x20\x02"
    bodies = [module.add_function([I32, I32], [I32], [I32], body) for body in (loop, branch)]
    refs = b"".join(leb(idx) for idx in bodies)
    module.elements.append(b"\x00" + i32_const(0) + b"\x0b" + leb(len(bodies)) + refs)
    through_table = leb(module.type_index([I32, I32], [I32])) + b"\x00"
    start = b"".join(i32_const(0) + i32_const(5) + i32_const(idx) + b"\x11" + through_table + b"\x1a" for idx in bodies)
    module.export_function("_start", module.add_function([], [], [], start))
    return module.encode(), None


def global_that_is_only_written():
    """The store after the recursive call comes to nothing."""
    module = Module()
    written = module.add_global(I32, 1, i32_const(0))
    module.add_function([I32], [], [], GET0 + i32_const(1) + b"\x6a" + call(0) + i32_const(1) + b"\x24" + leb(written))
    module.export_function("_start", module.add_function([], [], [], i32_const(1) + call(0)))
    return module.encode(), "call stack exhausted"


def address_that_was_a_large_constant():
    """The address is chosen from constants, one of which is no int, and then changed."""
    module = Module()
    module.memories = [Memory(1, 1)]
    address = i32_const(-1) + i32_const(31) + GET0 + b"\x1b" + i32_const(32760) + b"\x71"
    one = b"\x23" + leb(module.add_global(I32, 1, i32_const(0x3F800000))) + b"\xbe"
    check = address + load(0x2A, 2, 0) + one + b"\x5f\x45\x04\x40\x00\x0b"  # trap unless it is at most 1.0
    module.add_function([I32], [], [], i32_const(32760) + i32_const(0x3F800000) + load(0x36, 2, 0) + check)
    module.export_function("_start", module.add_function([], [], [], i32_const(1) + call(0)))
    return module.encode(), None


def several_results():
    """Returned in structs, which compilers copy by calls that nobody wrote."""
    module = Module()
    results = [I64, I64, I64, I64]
    module.add_function([I64], results, [], GET0 + (GET0 + b"\x42\x01\x7c\x22\x00") * 3)
    last = call(0) + b"\x21\x00\x1a\x1a\x1a" + GET0 + b"\x42\x08\x52\x04\x40\x00\x0b"  # trap unless it is 8
    module.add_function([], [], [I64], b"\x42\x05" + last)
    module.export_function("_start", 1)
    return module.encode(), None


def vector_at_a_comparison():
    """The address of a vector is what a comparison gives."""
    module = Module()
    module.memories = [Memory(1, 1)]
    vector = GET0 + i32_const(5) + b"\x48" + load(b"\xfd\x00", 0, 8)  # v128.load at 0 or 1
    one = b"\xfd\x1b\x00" + i32_const(0x01000000) + b"\x47\x04\x40\x00\x0b"  # trap unless lane 0 is this
    module.add_function([I32], [], [], i32_const(12) + i32_const(1) + load(0x3A, 0, 0) + vector + one)
    module.export_function("_start", module.add_function([], [], [], i32_const(1) + call(0)))
    return module.encode(), None


def _table_call(index, parameters, trap, change=b""):
    """Calls an element of a table that has x + 1 at 100; x + 2 at 101, where x + 1 was before; an i64's own at 102;
    and no more up to its end at 110. If there is no trap, 5 must become 7."""
    module = Module()
    module.table = (110, 110)
    for addend in (1, 2):
        module.add_function([I32], [I32], [], GET0 + i32_const(addend) + b"\x6a")
    module.add_function([I64], [I64], [], GET0)
    for offset, functions in ((100, [0, 0, 2]), (101, [1])):
        module.elements.append(b"\x00" + i32_const(offset) + b"\x0b" + leb(len(functions)) + bytes(functions))
    arguments = {I32: i32_const(5), F64: f64_const(0)}[parameters[0]]
    called = arguments + index + b"\x11" + leb(module.type_index(parameters, [I32])) + b"\x00"
    unequal = i32_const(7) + b"\x47\x04\x40\x00\x0b"
    module.export_function("_start", module.add_function([], [], [], change + called + unequal))
    return module.encode(), trap


def _at(index):
    """An index that no C compiler knows."""
    return i32_const(index) + i32_const(0) + load(0x28, 2, 0) + b"\x6a"


TABLE_CALLS = {
    "table_call": (_at(101), [I32], None),
    "table_call_by_constant": (i32_const(101), [I32], None),
    "table_call_of_other_type": (_at(102), [I32], "indirect call type mismatch"),
    "table_call_of_type_that_is_not_there": (_at(100), [F64], "indirect call type mismatch"),
    "table_call_of_null": (_at(103), [I32], "uninitialized element"),
    "table_call_before_all": (_at(99), [I32], "uninitialized element"),
    "table_call_at_end": (_at(110), [I32], "undefined element"),
    "table_call_far_away": (_at(-1), [I32], "undefined element"),
    "table_call_after_copy": (_at(105), [I32], None, i32_const(105) + i32_const(101) + i32_const(1)
                              + b"\xfc\x0e\x00\x00"),
    "table_call_after_copy_of_null": (_at(101), [I32], "uninitialized element",
                                      i32_const(101) + i32_const(103) + i32_const(1) + b"\xfc\x0e\x00\x00"),
}


CASES = {function.__name__: function for function in (
    recursion_that_could_be_a_loop, results_over_pending_values, runaway_with_large_frames,
    deep_nesting, quiet_results, loads_that_only_c_compilers_find_useless)}

# (bytes, the trap's text or None)
PROGRAMS = {function.__name__: function for function in (
    empty_memory_is_not_read_early, global_that_is_only_written, address_that_was_a_large_constant, several_results,
    vector_at_a_comparison)}
PROGRAMS |= {title: lambda row=row: _table_call(*row) for title, row in TABLE_CALLS.items()}
