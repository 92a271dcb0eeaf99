#!/usr/bin/env python3
"""What V8 says of every operator on vectors: writes simd_expectations.def, for test_ops_simd.c.

    simd_expectations.py NODE > simd_expectations.def

Each operator is a function of a module made here; node runs it on a few values at the edges of its kind. Operators of
relaxed SIMD get values on which the specification leaves no choice.
"""
import json
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile

ROWS = pathlib.Path(__file__).resolve().parents[2] / "translator" / "wasm" / "ops_simd.def"
ROW = re.compile(r'OP\(\w+,\s*0xfd(\w+),\s*"([^"]+)",\s*(\w+),\s*"([^"]+)",\s*\w+,\s*(\w+),\s*"?(\w+)')
LANES = {"LANE16": 16, "LANE8": 8, "LANE4": 4, "LANE2": 2, "MEM8_LANE": 16, "MEM16_LANE": 8, "MEM32_LANE": 4,
         "MEM64_LANE": 2}
SHUFFLE = [31, 0, 9, 22, 9, 1, 30, 17, 3, 3, 3, 28, 16, 5, 12, 8]
NUMBER_LOADS = {"i": b"\x28\x00\x30", "l": b"\x29\x00\x30", "f": b"\x2a\x00\x30", "d": b"\x2b\x00\x30"}
RESULT_STORES = {"v": b"\xfd\x0b\x00\x40", "i": b"\x36\x00\x40", "l": b"\x37\x00\x40", "f": b"\x38\x00\x40",
                 "d": b"\x39\x00\x40"}

INTEGERS = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF,
            0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 0x7F80FF01807FFE02, 0x80007FFF0001FFFF, 0x0123456789ABCDEF]
FLOATS = [0.0, -0.0, 1.5, -1.5, 2.5, -0.5, 0.4999999701976776, 3e9, -3e9, 5e9, 2147483648.0, -2147483904.0, 1e-40,
          float("inf"), float("-inf"), float("nan")]


def leb(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def vector_bytes(items):
    return leb(len(items)) + b"".join(items)


def section(number, content):
    return bytes([number]) + leb(len(content)) + content


def body(row, lane):
    """Vectors are at 0, 16 and 32, the number at 48; the result goes to 64, stores to 136."""
    code, _, imm, signature, form, _ = row
    parameters, results = signature.split(":")
    access = b"\x00\x03" if form in ("LOAD", "STORE") else b""
    out = b"" if form == "STORE" else b"\x41\xc0\x00"
    vector = 0
    for letter in parameters:
        if letter == "v":
            out += b"\x41\x00\xfd\x00\x00" + bytes([16 * vector])
            vector += 1
        elif letter == "p":
            out += b"\x41\x85\x01"
        else:
            out += b"\x41\x00" + NUMBER_LOADS[letter]
    out += b"\xfd" + leb(int(code, 16)) + access
    out += bytes(SHUFFLE) if imm == "SHUFFLE" else bytes([lane]) if imm in LANES else b""
    if form != "STORE":
        store = RESULT_STORES[results]
        out += store[:-2] + b"\x00\x00"
    return vector_bytes([]) + out + b"\x0b"


def module(rows, lanes):
    bodies = [body(row, lane) for row, lane in zip(rows, lanes)]
    return (b"\0asm\1\0\0\0" + section(1, b"\x01\x60\x00\x00") + section(3, vector_bytes([b"\0"] * len(rows)))
            + section(5, b"\x01\x00\x01")
            + section(7, vector_bytes([b"\1m\2\0"] + [leb(len(str(i))) + str(i).encode() + b"\0" + leb(i)
                                                      for i in range(len(rows))]))
            + section(10, vector_bytes([leb(len(code)) + code for code in bodies])))


def float_bytes(row, values):
    return struct.pack("<2d", *values[:2]) if "f64x2" in row[1].split("convert")[0] and "promote" not in row[1] \
        else struct.pack("<4f", *values[:4])


def operand(row, choose):
    name = row[1]
    if "relaxed" in name:
        if "swizzle" in name:
            return bytes(choose.choices(range(16), k=16))
        if "laneselect" in name:
            return struct.pack("<2Q", *[choose.choice([0, 0xFFFFFFFFFFFFFFFF]) for _ in range(2)])
        if "dot" in name or "q15" in name:
            return bytes(choose.choices(range(0, 128), k=16))
        return float_bytes(row, [choose.choice([0.5, 1.5, 3.0, 100.0, 7.25]) for _ in range(4)])
    is_float = name.startswith("f") and "convert_" not in name or "trunc_sat" in name
    if is_float and choose.random() < 0.9:
        shaped = row if "trunc_sat_f64x2" not in name else (row[0], "f64x2") + row[2:]
        shaped = row[:1] + ("f64x2",) + row[2:] if "demote" in name else shaped
        shaped = row[:1] + ("f32x4",) + row[2:] if "trunc_sat_f32x4" in name else shaped
        return float_bytes(shaped, choose.choices(FLOATS, k=4))
    return struct.pack("<2Q", *[choose.choice(INTEGERS + [choose.getrandbits(64)]) for _ in range(2)])


def inputs(row, choose):
    vectors = [operand(row, choose) for _ in range(3)]
    number = struct.unpack("<Q", operand(row, choose)[:8])[0]
    if row[3] == "vi:v" and row[2] == "NONE":
        number = choose.choice([0, 1, 3, 7, 8, 15, 16, 31, 33, 63, 64, 0xFFFFFFFF])
    return vectors, number


def run(node, rows, lanes, cases):
    script = """
const [bytes, cases] = JSON.parse(require('fs').readFileSync(process.argv[2]));
const e = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes))).exports;
const m = new Uint8Array(e.m.buffer);
console.log(JSON.stringify(cases.map((c, i) => {
  m.fill(0); m.set(c.memory, 0);
  for (let k = 0; k < 16; k++) m[136 + k] = 0x81 + k;
  e[i](); return Array.from(c.stores ? m.slice(136, 152) : m.slice(64, 80)); })));"""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "run.js").write_text(script, encoding="utf-8")
        (path / "data.json").write_text(json.dumps([list(module(rows, lanes)), cases]), encoding="utf-8")
        return json.loads(subprocess.run([node, path / "run.js", path / "data.json"], check=True,
                                         capture_output=True).stdout)


def halves(data):
    return "{0x%x, 0x%x}" % struct.unpack("<2Q", bytes(data))


def main():
    choose = random.Random(3)
    found = [match.groups() for match in ROW.finditer(ROWS.read_text(encoding="utf-8"))]
    rows, lanes, cases, texts = [], [], [], []
    for row in found:
        if row[5] != "NULL":
            lane = 3 if row[2] == "SHUFFLE" else choose.randrange(LANES.get(row[2], 1))
            if lane not in (0, 1, 2, 3, 5, 12):
                lane = LANES[row[2]] - 1
            vectors, number = inputs(row, choose)
            rows.append(row)
            lanes.append(lane)
            cases.append({"memory": list(b"".join(vectors) + struct.pack("<Q", number)), "stores": row[4] == "STORE"})
            texts.append('{"%s",%s%s, %s,\n %s, 0x%x, %d, ' %
                         (row[5], "\n " if len(row[5]) > 30 else " ", *map(halves, vectors), number, lane))
    print("/* Written by simd_expectations.py from what V8 computes: name, three operands, number, lane, result. */")
    print("/* clang-format off */")
    for text, result in zip(texts, run(sys.argv[1], rows, lanes, cases)):
        print(text + halves(result) + "},")


if __name__ == "__main__":
    main()
