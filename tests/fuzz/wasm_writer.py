"""WebAssembly's binary format, written directly: numbers, sections, and a module put together from its parts."""
import struct

I32, I64, F32, F64, V128, FUNCREF, EXTERNREF, EXNREF = 0x7F, 0x7E, 0x7D, 0x7C, 0x7B, 0x70, 0x6F, 0x69
LETTERS = {I32: "i", I64: "l", F32: "f", F64: "d", FUNCREF: "F", EXTERNREF: "E"}
EMPTY_BLOCK = b"\x40"
END = b"\x0b"


def leb(value):
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        out.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(out)


def signed_leb(value):
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        if (value == 0 and not byte & 0x40) or (value == -1 and byte & 0x40):
            out.append(byte)
            return bytes(out)
        out.append(byte | 0x80)


def signed(bits, width):
    """The number that these bits say, two's complement."""
    bits &= (1 << width) - 1
    return bits - (1 << width) if bits >> (width - 1) else bits


def i32_const(bits):
    return b"\x41" + signed_leb(signed(bits, 32))


def i64_const(bits):
    return b"\x42" + signed_leb(signed(bits, 64))


def f32_const(bits):
    return b"\x43" + struct.pack("<I", bits)


def f64_const(bits):
    return b"\x44" + struct.pack("<Q", bits)


def v128_const(bits):
    return b"\xfd\x0c" + bits.to_bytes(16, "little")


CONSTS = {I32: i32_const, I64: i64_const, F32: f32_const, F64: f64_const, V128: v128_const}


def null(kind):
    return b"\xd0" + (kind[1:] if isinstance(kind, bytes) else bytes([kind]))


def zero(kind):
    return CONSTS[kind](0) if kind in CONSTS else null(kind)


def vector(items):
    return leb(len(items)) + b"".join(items)


def name(string):
    data = string.encode()
    return leb(len(data)) + data


def section(number, content):
    return bytes([number]) + leb(len(content)) + content if content else b""


def valtype(kind):
    """A type of one byte, or the bytes of a longer one."""
    return kind if isinstance(kind, bytes) else bytes([kind])


def functype(parameters, results):
    return b"\x60" + vector([valtype(t) for t in parameters]) + vector([valtype(t) for t in results])


def load(op, align, offset, memory=0):
    where = leb(align | 0x40) + leb(memory) if memory else leb(align)
    return (op if isinstance(op, bytes) else bytes([op])) + where + leb(offset)


def local_get(idx):
    return b"\x20" + leb(idx)


def local_set(idx):
    return b"\x21" + leb(idx)


def local_tee(idx):
    return b"\x22" + leb(idx)


def global_get(idx):
    return b"\x23" + leb(idx)


def global_set(idx):
    return b"\x24" + leb(idx)


class Memory:
    def __init__(self, low, high, is_64=False):
        self.low = low
        self.high = high
        self.is_64 = is_64

    def encode(self):
        return (b"\x05" if self.is_64 else b"\x01") + leb(self.low) + leb(self.high)


class Module:
    """A memory or more and one table of funcref; types are added when they are asked for. `first_types` are those that
    stand before them, as bytes."""

    def __init__(self):
        self.types = []
        self.functions = []  # (type index, locals, body without END)
        self.globals = []    # (type, is mutable, initial value)
        self.exports = []
        self.elements = []
        self.datas = []
        self.first_types = []
        self.memories = [Memory(1, 4)]
        self.tags = []       # types of their parameters
        self.table = (10, 16)

    def type_index(self, parameters, results):
        key = (tuple(parameters), tuple(results))
        if key not in self.types:
            self.types.append(key)
        return len(self.first_types) + self.types.index(key)

    def add_global(self, kind, is_mutable, value):
        self.globals.append((kind, is_mutable, value))
        return len(self.globals) - 1

    def add_function(self, parameters, results, local_types, body):
        self.functions.append((self.type_index(parameters, results), local_types, body))
        return len(self.functions) - 1

    def export_function(self, text, idx):
        self.exports.append(name(text) + b"\x00" + leb(idx))

    def code(self, local_types, body):
        runs = []
        for kind in local_types:
            if runs and runs[-1][1] == kind:
                runs[-1][0] += 1
            else:
                runs.append([1, kind])
        content = vector([leb(count) + valtype(kind) for count, kind in runs]) + body + END
        return leb(len(content)) + content

    def encode(self):
        limits = b"".join(leb(limit) for limit in self.table)
        exports = [*self.exports, *[name(f"memory{i or ''}") + b"\x02" + leb(i) for i in range(len(self.memories))]]
        tags = [b"\x00" + leb(self.type_index(tag, [])) for tag in self.tags]
        codes = [self.code(local_types, body) for _, local_types, body in self.functions]
        return b"".join([
            b"\0asm\1\0\0\0",
            section(1, vector([*self.first_types, *[functype(*key) for key in self.types]])),
            section(3, vector([leb(idx) for idx, _, _ in self.functions])),
            section(4, vector([b"\x70\x01" + limits])),
            section(5, vector([memory.encode() for memory in self.memories])),
            section(13, vector(tags) if tags else b""),
            section(6, vector([valtype(kind) + bytes([mutable]) + value + END
                               for kind, mutable, value in self.globals])),
            section(7, vector(exports)),
            section(9, vector(self.elements) if self.elements else b""),
            section(12, leb(len(self.datas)) if self.datas else b""),
            section(10, vector(codes)),
            section(11, vector(self.datas) if self.datas else b""),
        ])
