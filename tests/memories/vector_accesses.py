"""Loads and stores of vectors and of their lanes, on a memory of each kind: values, and the last address that is in
bounds."""
from module_text import I32, I64, Binary, data, i32, i32_const, i64, i64_const, leb, limits, local_get

SIZES = [65536, 65536, 40, 40]  # plain, 64 bits, bytes, bytes with 64 bits
CONTENT = bytes(range(1, 33))


def vector(code, *immediates):
    return b"\xfd" + leb(code) + b"".join(immediates)


def memory_immediate(memory, offset):
    return leb(0x40) + leb(memory) + leb(offset)


def half(index):
    return vector(0x1D, bytes([index]))  # i64x2.extract_lane


ONES = vector(0x0C, b"\x11" * 16)  # v128.const
LOADS = {"load": (0x00, 16, b""), "splat32": (0x09, 4, b""), "extend8": (0x01, 8, b""), "zero64": (0x5D, 8, b"")}
LANE_LOADS = {"lane8": (0x54, 1, 9), "lane32": (0x56, 4, 2), "lane64": (0x57, 8, 1)}
LANE_STORES = {"store8": (0x58, 1, 3), "store64": (0x5B, 8, 1)}


def sign_extended(content):
    return int.from_bytes(b"".join(bytes([byte, 0]) for byte in content), "little")  # all are positive


def loaded(operator, content):
    number = int.from_bytes(content, "little")
    if operator == "splat32":
        return sum(number << 32 * lane for lane in range(4))
    return sign_extended(content) if operator == "extend8" else number


def with_lane(width, lane, content):
    ones = bytearray(b"\x11" * 16)
    ones[lane * width:(lane + 1) * width] = content
    return int.from_bytes(ones, "little")


def depends(operator, width, lane, index):
    """Half `index` of the result comes from memory. Under guard a load of which a C compiler sees that it is useless
    need not trap (docs/CODEGEN.md, Loads that nothing uses)."""
    if lane is None:
        return operator != "zero64" or index == 0
    return lane * width // 8 == index


def module():
    m = Binary([limits(1), limits(1, None, True), limits(40, page_log2=0), limits(40, None, True, page_log2=0)])
    for memory, size in enumerate(SIZES):
        is_64 = memory % 2 == 1
        const = i64_const if is_64 else i32_const
        m.datas.append(data(memory, const(size - 32), CONTENT))
        address = local_get(0) + (b"\xad" if is_64 else b"")
        for operator, (code, _, _) in LOADS.items():
            for index in range(2):
                body = address + vector(code, memory_immediate(memory, 3)) + half(index)
                m.function(f"{operator}_{memory}_{index}", [I32], [I64], body)
        for operator, (code, _, lane) in LANE_LOADS.items():
            for index in range(2):
                body = address + ONES + vector(code, memory_immediate(memory, 3), bytes([lane])) + half(index)
                m.function(f"{operator}_{memory}_{index}", [I32], [I64], body)
        for operator, (code, _, lane) in LANE_STORES.items():
            body = address + ONES + vector(code, memory_immediate(memory, 3), bytes([lane]))
            m.function(f"{operator}_{memory}", [I32], [], body)
        # Copies 16 bytes from the plain memory's end to the start of this one.
        copy = (const(0) + i32_const(SIZES[0] - 16) + vector(0x00, memory_immediate(0, 0))
                + vector(0x0B, memory_immediate(memory, 0)))
        m.function(f"copy_{memory}", [], [], copy)
        m.function(f"store_{memory}", [I32], [], address + ONES + vector(0x0B, memory_immediate(memory, 3)))
    return m


def write(script):
    script.module(module())
    for memory, size in enumerate(SIZES):
        rows = [(operator, width, None) for operator, (_, width, _) in LOADS.items()]
        rows += [(operator, width, lane) for operator, (_, width, lane) in LANE_LOADS.items()]
        for operator, width, lane in rows:
            content = CONTENT[32 - width:]
            result = loaded(operator, content) if lane is None else with_lane(width, lane, content)
            for index in range(2):
                script.returns(f"{operator}_{memory}_{index}", [i32(size - width - 3)], [i64(result >> 64 * index)])
                if depends(operator, width, lane, index):
                    script.traps(f"{operator}_{memory}_{index}", [i32(size - width - 2)])
                    script.traps(f"{operator}_{memory}_{index}", [i32(-1)])
        script.returns(f"copy_{memory}", [], [])
        script.returns(f"load_{memory}_1", [i32(size - 19)], [i64(int.from_bytes(CONTENT[24:], "little"))])
        for operator, width in [("store", 16), *((name, width) for name, (_, width, _) in LANE_STORES.items())]:
            script.traps(f"{operator}_{memory}", [i32(size - width - 2)])
            script.returns(f"{operator}_{memory}", [i32(size - width - 3)], [])
        script.returns(f"load_{memory}_1", [i32(size - 19)], [i64(0x1111111111111111)])
    # What was copied from the plain memory, to whose end ones had been stored by then.
    for memory in (1, 2, 3):
        script.returns(f"zero64_{memory}_0", [i32(5)], [i64(0x1111111111111111)])
