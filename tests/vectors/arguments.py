"""A program whose functions take many arguments, numbers and vectors mixed, and give results in all forms. Each adds up
what it was given, weighted by position; the program traps if a sum is not what it must be."""
import random
import struct

from wasm_bytes import leb, section, text, vector

END, UNREACHABLE, ADD64 = b"\x0b", b"\x00", b"\x7c"
TYPES = {"i": b"\x7f", "l": b"\x7e", "f": b"\x7d", "d": b"\x7c", "v": b"\x7b"}
TO_I64 = {"i": b"\xad", "l": b"", "f": b"\xae", "d": b"\xb0"}
MASK = 2**64 - 1
HIGH_LANE = 7  # a vector's upper half is so many times the lower one
SIZES = [0, 1, 2, 3, 5, 8, 12, 20, 60, 199, 200, 201, 230, 300]


def signed_leb(number):
    out = b""
    while True:
        low = number & 127
        number >>= 7
        if (number == 0 and not low & 64) or (number == -1 and low & 64):
            return out + bytes([low])
        out += bytes([low | 128])


def const64(number):
    number &= MASK
    return b"\x42" + signed_leb(number - 2**64 if number >> 63 else number)


def constant(kind, number):
    if kind == "i":
        return b"\x41" + signed_leb(number)
    if kind == "l":
        return const64(number)
    if kind == "v":
        return b"\xfd\x0c" + struct.pack("<QQ", number, number * HIGH_LANE)
    return b"\x43" + struct.pack("<f", number) if kind == "f" else b"\x44" + struct.pack("<d", number)


def lane(number):
    return b"\xfd\x1d" + bytes([number])


def as_number(kind, index):
    get = b"\x20" + leb(index)
    return get + lane(0) + get + lane(1) + ADD64 if kind == "v" else get + TO_I64[kind]


class Callee:
    """Its type, its code, and what its results come to with the arguments of the call."""

    def __init__(self, choose, size):
        self.kinds = [choose.choice("ilfdvv") for _ in range(size)]
        self.results = choose.choice(["l", "v", "vlv"])
        self.arguments = [choose.randrange(1, 1000) for _ in self.kinds]

    def type(self):
        return (b"\x60" + vector([TYPES[kind] for kind in self.kinds])
                + vector([TYPES[kind] for kind in self.results]))

    def body(self):
        total = const64(0)
        for index, kind in enumerate(self.kinds):
            total += as_number(kind, index) + const64(index + 1) + b"\x7e" + ADD64
        if self.results == "v":
            return total + b"\xfd\x12"
        return constant("v", 5) + total + constant("v", 6) if self.results == "vlv" else total

    def sum(self):
        weights = ((index + 1) * (1 + HIGH_LANE if kind == "v" else 1) for index, kind in enumerate(self.kinds))
        total = sum(weight * number for weight, number in zip(weights, self.arguments))
        return (total + (5 * HIGH_LANE + 6 * HIGH_LANE if self.results == "vlv" else 0)) & MASK

    def call(self, instruction):
        """The call, its results as one number in local 0, and a trap if that is wrong."""
        arguments = b"".join(map(constant, self.kinds, self.arguments))
        result = {"l": b"", "v": lane(1), "vlv": lane(1) + ADD64 + b"\x21\x00" + lane(1) + b"\x20\x00" + ADD64}
        return (arguments + instruction + result[self.results] + const64(self.sum()) + b"\x52\x04\x40" + UNREACHABLE
                + END)


def code(body, local_types=()):
    content = vector([b"\x01" + kind for kind in local_types]) + body + END
    return leb(len(content)) + content


def program(seed, sizes=SIZES):
    choose = random.Random(seed)
    callees = [Callee(choose, size) for size in sizes for _ in range(3)]
    start = len(callees)
    calls = b"".join(callee.call(b"\x10" + leb(i)) + callee.call(constant("i", i) + b"\x11" + leb(i) + b"\x00")
                     for i, callee in enumerate(callees))
    return b"".join([
        b"\0asm\1\0\0\0", section(1, vector([callee.type() for callee in callees] + [b"\x60\x00\x00"])),
        section(3, vector([leb(i) for i in range(start + 1)])), section(4, vector([b"\x70\x00" + leb(start)])),
        section(7, vector([text("_start") + b"\x00" + leb(start)])),
        section(9, vector([b"\x00\x41\x00" + END + vector([leb(i) for i in range(start)])])),
        section(10, vector([code(callee.body()) for callee in callees] + [code(calls, [TYPES["l"]])]))])
