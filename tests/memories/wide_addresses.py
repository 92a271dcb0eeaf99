"""64-bit memories and tables: sums that wrap, offsets of every size, segments at computed places, limits that no host
can give."""
from module_text import END, I32, I64, Binary, access, bulk, data, i32, i32_const, i64, i64_const, limits, local_get

LOADS = [(0x28, I32, 4), (0x29, I64, 8), (0x2C, I32, 1), (0x2F, I32, 2), (0x34, I64, 4), (0x31, I64, 1)]
STORES = [(0x36, I32, 4), (0x37, I64, 8), (0x3A, I32, 1), (0x3D, I64, 2)]
OFFSETS = [0, 1, 0xFFFF, 0xFFFFFFFF, 0x100000000, (1 << 38) - 1, 1 << 38, (1 << 63), (1 << 64) - 16, (1 << 64) - 1]
ADDRESSES = [0, 8, 65528, 65536, 0xFFFFFFFF, 1 << 32, (1 << 38) - 8, 1 << 38, 1 << 63, (1 << 64) - 65536, (1 << 64) - 8,
             (1 << 64) - 1]
PAGE = 65536
CONSTS = {I32: i32_const, I64: i64_const}


def access_module():
    m = Binary([limits(1, 2, True)])
    for i, offset in enumerate(OFFSETS):
        for code, kind, width in LOADS:
            body = local_get(0) + access(code, 0, offset)
            m.function(f"load{i}_{code}", [I64], [kind], body)
        for code, kind, width in STORES:
            m.function(f"store{i}_{code}", [I64], [], local_get(0) + CONSTS[kind](0) + access(code, 0, offset))
    return m


def sums(script):
    script.module(access_module())
    for i, offset in enumerate(OFFSETS):
        for address in ADDRESSES:
            for code, kind, width in LOADS:
                arguments = [i64(address)]
                if address + offset + width <= PAGE:
                    script.returns(f"load{i}_{code}", arguments, [i32(0) if kind == I32 else i64(0)])
                else:
                    script.traps(f"load{i}_{code}", arguments)
            for code, kind, width in STORES:
                if address + offset + width <= PAGE:
                    script.returns(f"store{i}_{code}", [i64(address)], [])
                else:
                    script.traps(f"store{i}_{code}", [i64(address)])


def constant_addresses(script):
    """Addresses and offsets that compilers know."""
    m = Binary([limits(1, 1, True)])
    cases = [(address, offset) for address in ADDRESSES for offset in (0, 16, 1 << 32, (1 << 64) - 1)]
    for i, (address, offset) in enumerate(cases):
        m.function(f"c{i}", [], [I64], i64_const(address) + access(0x29, 0, offset))
        m.function(f"d{i}", [], [], i64_const(address) + access(0x28, 0, offset) + b"\x1a")  # nothing uses the value
    script.module(m)
    for i, (address, offset) in enumerate(cases):
        if address + offset + 8 <= PAGE:
            script.returns(f"c{i}", [], [i64(0)])
        else:
            script.traps(f"c{i}", [])
        if address + offset + 4 <= PAGE:
            script.returns(f"d{i}", [], [])
        else:
            script.traps(f"d{i}", [])


def segments(script):
    """Offsets are extended constant expressions of 64 bits."""
    m = Binary([limits(2, 2, True)], [limits(10, 10, True)])
    m.globals = [bytes([I64, 0]) + i64_const(0x1000) + END]
    get = b"\x23\0"
    m.function("seven", [], [I32], i32_const(7))
    m.datas = [data(0, get + i64_const(15) + b"\x7e" + i64_const(-0x10) + b"\x7c", b"hello")]  # global * 15 - 16
    m.elements = [b"\x02\0" + get + i64_const(0xFFA) + b"\x7d" + END + b"\0\x01\0"]  # global - 0xffa
    m.function("byte", [I64], [I32], local_get(0) + access(0x2D, 0, 0))
    m.function("call", [I64], [I32], local_get(0) + b"\x11\0\0")
    m.function("call_local", [I64], [I64, I32], local_get(0) + local_get(0) + b"\x11\0\0")
    script.module(m)
    script.returns("byte", [i64(0xEFF0)], [i32(ord("h"))])
    script.returns("byte", [i64(0xEFF4)], [i32(ord("o"))])
    script.returns("call", [i64(6)], [i32(7)])
    script.returns("call_local", [i64(6)], [i64(6), i32(7)])
    script.traps("call", [i64(5)], "uninitialized element")
    for index in (10, 1 << 32, (1 << 32) + 6, (1 << 64) - 1):
        script.traps("call", [i64(index)], "undefined element")


def beyond(script):
    """Segments that do not fit, by their offset alone or by its sum with the length."""
    for offset in (PAGE - 2, PAGE + 1, 1 << 32, 1 << 38, (1 << 64) - 1, (1 << 64) - 3):
        m = Binary([limits(1, 1, True)])
        m.datas = [data(0, i64_const(offset), b"abc")]
        script.refused("assert_uninstantiable", m, "out of bounds memory access")
    for offset in (3, 1 << 32, (1 << 32) + 1, (1 << 64) - 1):
        m = Binary(tables=[limits(3, 3, True)])
        m.function("f", [], [], b"")
        m.elements = [b"\x02\0" + i64_const(offset) + END + b"\0\x01\0"]
        script.refused("assert_uninstantiable", m, "out of bounds table access")


def tables(script):
    m = Binary(tables=[limits(4, 9, True), limits(4, 9)])
    m.function("size", [], [I64], b"\xfc\x10\0")
    m.function("grow", [I64], [I64], b"\xd0\x70" + local_get(0) + b"\xfc\x0f\0")
    m.function("get", [I64], [I32], local_get(0) + b"\x25\0\xd1")
    m.function("fill", [I64, I64], [], local_get(0) + b"\xd0\x70" + local_get(1) + b"\xfc\x11\0")
    m.function("copy", [I64, I32, I32], [], local_get(0) + local_get(1) + local_get(2) + b"\xfc\x0e\0\x01")
    script.module(m)
    minus_one = i64(-1)
    text = "out of bounds table access"
    script.returns("get", [i64(3)], [i32(1)])
    for index in (4, 1 << 32, -1):
        script.traps("get", [i64(index)], text)
    script.returns("grow", [i64(1 << 32)], [minus_one])
    script.returns("grow", [i64(-1)], [minus_one])
    script.returns("grow", [i64(5)], [i64(4)])
    script.returns("size", [], [i64(9)])
    script.returns("fill", [i64(9), i64(0)], [])
    for start, count in ((10, 0), (0, 10), (1 << 32, 0), (0, 1 << 32), (-1, 1), (1, -1)):
        script.traps("fill", [i64(start), i64(count)], text)
    script.returns("copy", [i64(5), i32(0), i32(4)], [])
    script.traps("copy", [i64(6), i32(0), i32(4)], text)
    script.traps("copy", [i64(1 << 32), i32(0), i32(0)], text)


def growth(script):
    """Whatever a type allows, the host has less; and -1 is of 64 bits."""
    m = Binary([limits(1, None, True)])
    m.function("grow", [I64], [I64], local_get(0) + b"\x40\0")
    m.function("size", [], [I64], b"\x3f\0")
    m.function("fill", [I64, I64], [], local_get(0) + i32_const(1) + local_get(1) + bulk(11, 0))
    script.module(m)
    for pages in ((1 << 48) - 1, 1 << 48, 1 << 47, (1 << 64) - 1, (1 << 64) - 2):
        script.returns("grow", [i64(pages)], [i64(-1)])
    script.returns("grow", [i64(2)], [i64(1)])
    script.returns("size", [], [i64(3)])
    script.returns("fill", [i64(3 * PAGE - 5), i64(5)], [])
    for start, count in ((3 * PAGE - 5, 6), (-1, 1), (-1, -1), (1, -1), (1 << 63, 1 << 63), (3 * PAGE + 1, 0)):
        script.traps("fill", [i64(start), i64(count)])
    script.add("module_definition", filename=script.write_module(Binary([limits(1 << 48, 1 << 48, True)])))
    script.refused("assert_invalid", Binary([limits((1 << 48) + 1, None, True)]), "memory size must be at most")
    script.refused("assert_invalid", Binary([limits(2, 1, True)]), "size minimum must not be greater")
    script.refused("assert_malformed", Binary(tables=[b"\x06\0\0"]), "malformed limits flags")


def types(script):
    """Addresses of the wrong width, each operator once."""
    for body in (i32_const(0) + access(0x28, 0, 0) + b"\x1a", i32_const(0) + i32_const(0) + access(0x36, 0, 0),
                 i32_const(0) + b"\x40\0\x1a", i64_const(0) + i32_const(0) + i32_const(0) + bulk(11, 0),
                 i64_const(0) + i64_const(0) + i64_const(0) + bulk(10, 1, 0),
                 i64_const(0) + i64_const(0) + i64_const(0) + bulk(10, 0, 1),
                 i64_const(0) + i64_const(0) + access(0x37, 1, 0)):
        m = Binary([limits(1, 1, True), limits(1, 1)])
        m.function("f", [], [], body)
        script.refused("assert_invalid", m, "type mismatch")
    for memory, offset, wanted in ((2, 0, "unknown memory"), (1, 1 << 32, "offset out of range")):
        m = Binary([limits(1, 1, True), limits(1, 1)])
        m.function("f", [], [], i32_const(0) + access(0x28, memory, offset) + b"\x1a")
        script.refused("assert_invalid", m, wanted)


def write(script):
    sums(script)
    constant_addresses(script)
    segments(script)
    beyond(script)
    tables(script)
    growth(script)
    types(script)
