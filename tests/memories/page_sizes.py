"""Memories with pages of one byte: their ends, growth, bulk operators, imports, next to other memories."""
from module_text import (I32, I64, Binary, access, bulk, data, i32, i32_const, i64, i64_const, limits, local_get)

I32_LOAD, I64_LOAD, I32_LOAD8_U, I32_STORE, I64_STORE = 0x28, 0x29, 0x2D, 0x36, 0x37
MEMORY_SIZE, MEMORY_GROW = b"\x3f", b"\x40"


def byte_module(is_64):
    """One memory of 10 to 40 bytes, and a function for each operator."""
    kind = I64 if is_64 else I32
    m = Binary([limits(10, 40, is_64, page_log2=0)])
    m.datas = [data(0, (i64_const if is_64 else i32_const)(4), b"abcdef"), data(0, None, b"xyz")]
    m.function("size", [], [kind], MEMORY_SIZE + b"\0")
    m.function("grow", [kind], [kind], local_get(0) + MEMORY_GROW + b"\0")
    m.function("load8", [kind], [I32], local_get(0) + access(I32_LOAD8_U, 0, 0))
    m.function("load32", [kind], [I32], local_get(0) + access(I32_LOAD, 0, 2))
    m.function("load64", [kind], [I64], local_get(0) + access(I64_LOAD, 0, 0))
    m.function("store", [kind, I32], [], local_get(0) + local_get(1) + access(I32_STORE, 0, 1))
    m.function("fill", [kind, I32, kind], [], local_get(0) + local_get(1) + local_get(2) + bulk(11, 0))
    m.function("copy", [kind] * 3, [], local_get(0) + local_get(1) + local_get(2) + bulk(10, 0, 0))
    m.function("init", [kind, I32, I32], [], local_get(0) + local_get(1) + local_get(2) + bulk(8, 1, 0))
    m.export_memory("memory", 0)
    return m


def ends(script, is_64):
    """Every access is exact to the byte, before and after growth."""
    number = i64 if is_64 else i32
    last = (1 << (64 if is_64 else 32)) - 1
    script.module(byte_module(is_64))
    script.returns("size", [], [number(10)])
    script.returns("load8", [number(9)], [i32(ord("f"))])
    script.traps("load8", [number(10)])
    script.traps("load8", [number(last)])
    script.returns("load32", [number(4)], [i32(int.from_bytes(b"cdef", "little"))])
    script.traps("load32", [number(5)])
    script.traps("load32", [number(last - 1)])
    script.traps("load64", [number(3)])
    script.returns("store", [number(5), i32(0x44434241)], [])
    script.traps("store", [number(6), i32(0)])
    script.returns("load64", [number(2)], [i64(int.from_bytes(b"\0\0abABCD", "little"))])
    script.returns("grow", [number(0)], [number(10)])
    script.returns("grow", [number(5)], [number(10)])
    script.returns("size", [], [number(15)])
    script.returns("load64", [number(7)], [i64(int.from_bytes(b"BCD", "little"))])
    script.traps("load64", [number(8)])
    script.returns("grow", [number(26)], [number(last)])
    script.returns("grow", [number(last)], [number(last)])
    script.returns("grow", [number(25)], [number(15)])
    script.returns("grow", [number(1)], [number(last)])
    script.returns("size", [], [number(40)])


def bulk_operators(script, is_64):
    number = i64 if is_64 else i32
    last = (1 << (64 if is_64 else 32)) - 1
    script.returns("fill", [number(38), i32(0x141), number(2)], [])
    script.returns("load8", [number(39)], [i32(0x41)])
    script.traps("fill", [number(39), i32(0), number(2)])
    script.traps("fill", [number(last), i32(0), number(last)])
    script.returns("fill", [number(40), i32(0), number(0)], [])
    script.traps("fill", [number(41), i32(0), number(0)])
    script.returns("copy", [number(30), number(4), number(6)], [])
    script.returns("load32", [number(28)], [i32(int.from_bytes(b"abAB", "little"))])
    script.traps("copy", [number(35), number(0), number(6)])
    script.traps("copy", [number(0), number(35), number(6)])
    script.traps("copy", [number(2), number(last), number(3)])
    script.returns("init", [number(37), i32(0), i32(3)], [])
    script.returns("load8", [number(39)], [i32(ord("z"))])
    script.traps("init", [number(38), i32(0), i32(3)])
    script.traps("init", [number(0), i32(1), i32(3)])
    script.traps("init", [number(0), i32(-1), i32(1)])


def mixed_module():
    """Memory 0: pages, 32 bits. 1: bytes, 32 bits. 2: pages, 64 bits. 3: bytes, 64 bits."""
    m = Binary([limits(1, 2), limits(16, 99, page_log2=0), limits(1, 3, True), limits(24, None, True, page_log2=0)])
    address = [local_get(0), local_get(0), local_get(0) + b"\xad", local_get(0) + b"\xad"]
    for memory in range(4):
        m.function(f"load{memory}", [I32], [I64], address[memory] + access(I64_LOAD, memory, 0))
        m.function(f"store{memory}", [I32, I64], [], address[memory] + local_get(1) + access(I64_STORE, memory, 0))
    for to in range(4):
        for source in range(4):
            zeros = [i64_const if memory >= 2 else i32_const for memory in (to, source, min(to, source))]
            body = zeros[0](8) + zeros[1](0) + zeros[2](8) + bulk(10, to, source)
            m.function(f"copy{to}{source}", [], [], body)
    # All four in one expression, twice: each access starts from a memory of its own.
    total = b"".join(address[memory] + access(I64_LOAD, memory, 8) for memory in (0, 1, 2, 3, 0, 3, 1, 2))
    m.function("total", [I32], [I64], total + b"\x7c" * 7)
    # A loop that stores to all of them and counts in memory 0.
    step = b"".join(address[memory] + local_get(1) + access(I64_STORE, memory, 8) for memory in range(4))
    count = i32_const(0) + i32_const(0) + access(I64_LOAD, 0, 0) + i64_const(1) + b"\x7c" + access(I64_STORE, 0, 0)
    again = local_get(1) + i64_const(1) + b"\x7d\x22\x01" + i64_const(0) + b"\x52\x0d\0"
    loop = b"\x03\x40" + step + count + again + b"\x0b" + i32_const(0) + access(I64_LOAD, 0, 0)
    m.function("loop", [I32, I64], [I64], loop)
    return m


def mixed(script):
    script.module(mixed_module())
    sizes = [65536, 16, 65536, 24]
    for memory, size in enumerate(sizes):
        script.returns(f"store{memory}", [i32(0), i64(1000 + memory)], [])
        script.returns(f"load{memory}", [i32(0)], [i64(1000 + memory)])
        script.returns(f"load{memory}", [i32(size - 8)], [i64(0)])
        script.traps(f"load{memory}", [i32(size - 7)])
        script.traps(f"store{memory}", [i32(size - 7), i64(1)])
        script.traps(f"load{memory}", [i32(-1)])
    for to in range(4):
        for source in range(4):
            script.returns(f"copy{to}{source}", [], [])
            script.returns(f"load{to}", [i32(8)], [i64(1000 + source)])
    script.returns("total", [i32(0)], [i64(2 * 4 * 1003)])
    script.returns("loop", [i32(0), i64(5)], [i64(1005)])
    script.returns("total", [i32(0)], [i64(8)])
    script.traps("total", [i32(8)])


def imports(script):
    provider = Binary([limits(5, 9, page_log2=0)])
    provider.export_memory("bytes", 0)
    script.module(provider, "provider")
    taker = Binary()
    taker.import_memory("provider", "bytes", limits(5, 9, page_log2=0))
    taker.function("size", [], [I32], MEMORY_SIZE + b"\0")
    script.module(taker)
    script.returns("size", [], [i32(5)])
    for wanted in (limits(0), limits(0, 9, page_log2=16), limits(6, 9, page_log2=0), limits(5, 8, page_log2=0),
                   limits(5, 9, True, page_log2=0)):
        wrong = Binary()
        wrong.import_memory("provider", "bytes", wanted)
        script.refused("assert_unlinkable", wrong, "incompatible import type")


def refusals(script):
    for log2 in (1, 12, 15, 17, 31, 63):
        script.refused("assert_invalid", Binary([limits(0, 1, page_log2=log2)]), "invalid custom page size")
    script.refused("assert_invalid", Binary([limits(1 << 32, page_log2=0)]), "memory size must be at most")
    script.refused("assert_invalid", Binary([limits(0, 1 << 32, page_log2=0)]), "memory size must be at most")
    script.refused("assert_invalid", Binary([limits(2, 1, page_log2=0)]), "size minimum must not be greater")
    script.refused("assert_invalid", Binary([limits(65537, page_log2=16)]), "memory size must be at most")
    script.refused("assert_malformed", Binary(tables=[limits(0, 1, page_log2=0)]), "malformed limits flags")
    beyond = Binary([limits(7, page_log2=0)])
    beyond.datas = [data(0, i32_const(4), b"abcd")]
    script.refused("assert_uninstantiable", beyond, "out of bounds memory access")
    script.add("module_definition", filename=script.write_module(Binary([limits((1 << 64) - 1, None, True, 0)])))


def write(script):
    for is_64 in (False, True):
        ends(script, is_64)
        bulk_operators(script, is_64)
    mixed(script)
    imports(script)
    refusals(script)
