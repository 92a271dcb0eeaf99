"""The operators on vectors for the generator, from the table of w2c: code with immediates, operands, results.

An operator of lanes is there with several lanes. Relaxed operators are not: engines may differ in what they compute."""
import pathlib
import random
import re

from nans import canonical_vector
from operators import FLOATS, INTEGERS, NUMBERS
from wasm_writer import CONSTS, F32, F64, I32, I64, V128, leb

TABLE = pathlib.Path(__file__).resolve().parents[2] / "translator" / "wasm" / "ops_simd.def"
ROW = re.compile(r'OP\(\w+,\s*0xfd(\w+),\s*"([^"]+)",\s*(\w+),\s*"([^"]+)",\s*(\w+),\s*(\w+),')
TYPES = {"i": I32, "l": I64, "f": F32, "d": F64, "v": V128}
LANES = {"LANE16": 16, "LANE8": 8, "LANE4": 4, "LANE2": 2}
WIDTHS = {"MEM8": 0, "MEM16": 1, "MEM32": 2, "MEM64": 3, "MEM128": 4}

# Where a NaN may be one of several: what arithmetic gives, by its lanes.
ARITHMETIC = re.compile(r"(f32x4|f64x2)\.(add|sub|mul|div|min|max|sqrt|ceil|floor|trunc|nearest|demote|promote)")


def _immediates(imm, choose):
    if imm == "SHUFFLE":
        first = choose.randrange(17)
        patterns = [range(first, first + 16), [choose.randrange(32) for _ in range(16)],
                    [i // 2 + 16 * (i % 2) for i in range(16)], [choose.randrange(16) ^ 3 for _ in range(16)]]
        return [bytes(lanes) for lanes in patterns] * 2
    if imm in LANES:
        return [bytes([choose.randrange(LANES[imm])]) for _ in range(3)]
    return [b""]


def _read():
    choose = random.Random(7)
    rows, nans, loads, stores = [], {}, [], []
    for code, name, imm, signature, feature, form in ROW.findall(TABLE.read_text(encoding="utf-8")):
        if feature != "SIMD" or imm == "V128":
            continue
        opcode = b"\xfd" + leb(int(code, 16))
        width, _, lane = imm.partition("_")
        if form in ("LOAD", "STORE"):
            suffix = bytes([choose.randrange(16 >> WIDTHS[width])]) if lane else b""
            (loads if form == "LOAD" else stores).append((opcode, signature, WIDTHS[width], suffix))
            continue
        parameters, results = [[TYPES[letter] for letter in part] for part in signature.split(":")]
        for immediates in _immediates(imm, choose):
            rows.append((opcode + immediates, parameters, results))
            found = ARITHMETIC.match(name)
            if found:
                nans[opcode + immediates] = found[1]
    return rows, nans, loads, stores


# (code, operands, results); code -> shape; (code, signature, log2 of the width, lane)
VECTORS, NANS, VECTOR_LOADS, VECTOR_STORES = _read()


class VectorBody:
    """What the maker of a body (bodies.py) does with vectors alone."""

    def vector_constant(self):
        kind = self.random.choice(NUMBERS)
        width = 32 if kind in (I32, F32) else 64
        choices = INTEGERS.get(kind) or FLOATS[kind]
        lanes = [self.random.choice(choices) & (1 << width) - 1 for _ in range(128 // width)]
        if self.chance(0.5):
            lanes = lanes[:1] * len(lanes)
        return CONSTS[V128](sum(lane << width * i for i, lane in enumerate(lanes)))

    def emit_operator(self, code):
        self.emit(code)
        if code in NANS:
            self.emit(canonical_vector(NANS[code], self.scratch[V128]))
