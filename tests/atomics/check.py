#!/usr/bin/env python3
"""What every atomic operator gives and leaves in memory, in all engines and ways of compiling, by the rows of
ops_atomic.def: each on several values, at the end of its word, so that what is around the cell is seen too.

    check.py --w2c build/w2c --clang clang-19 [--quick]

Wrapping of narrow operators, of both operands of a compare-and-exchange too, is what the proposal says; the expected
values are computed here. Then each operator is made to trap: at an address that is not aligned, outside of the memory,
and where address and offset sum up to more than 32 bits; waits also on a memory that is not shared.

One module does all of it: with no argument the values, else the trap whose number is the number of arguments.
"""
import argparse
import pathlib
import re
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parent / "fuzz")]
from checking import build, expect, run, run_tests
from wasm_writer import (END, I32, I64, Module, functype, i32_const, i64_const, leb, name, section, vector)

ROW = re.compile(r'^OP\((\w+), +0x(\w+), +"([\w.]+)", +(\w+), +"(\w*):(\w?)"', re.M)
ALL = (1 << 64) - 1
CELLS = (0, ALL, 0x0123456789ABCDEF, 0x8000000080008080, 0x7F7F7F7F7FFF7F7F)
OPERANDS = (0, 1, 0x80, 0xFF, 0x8001, 0xFFFFFFFF, 0x80000000, ALL, 0xFEDCBA9876543210)
WORD = 64      # address of the word that operators work on
OFFSET = 40    # as immediate
PAGE = 65536
I64_LOAD, I64_STORE, I64_NE, I32_NE, I32_EQ = b"\x29\x03", b"\x37\x03", b"\x52", b"\x47", b"\x46"
DROP, CALL, IF = b"\x1a", b"\x10", b"\x04\x40"
EXIT, ARGUMENTS = 0, 1  # imported functions


class Row:
    def __init__(self, match):
        self.id, code, self.text, imm, self.parameters, self.result = match
        self.code = int(code, 16) & 0xFFFF
        self.bits = int(imm[3:]) if imm.startswith("MEM") else 0
        self.kind = self.text.split(".")[-1].removesuffix("_u") if ".rmw" in self.text else ""

    def instruction(self, offset):
        align = (self.bits // 8).bit_length() - 1
        return b"\xfe" + leb(self.code) + leb(align) + leb(offset)

    def operands(self, values):
        return b"".join((i64_const if letter == "l" else i32_const)(value)
                        for letter, value in zip(self.parameters[1:], values))


def rows():
    text = (HERE.parent.parent / "translator" / "wasm" / "ops_atomic.def").read_text()
    return [Row(match) for match in ROW.findall(text)]


# ---- values ----

def update(kind, before, operand):
    return {"add": before + operand, "sub": before - operand, "and": before & operand, "or": before | operand,
            "xor": before ^ operand, "xchg": operand}[kind]


def cases(row):
    """(cell, operands, result, cell afterwards): the cell is the top part of a word of 64 bits."""
    shift = 64 - row.bits
    mask = (1 << row.bits) - 1
    for word in CELLS:
        before = word >> shift
        rest = word & ((1 << shift) - 1)
        if row.kind == "cmpxchg":
            junk = before | (ALL ^ mask)
            for expected in (before, before ^ 1, junk):
                for operand in OPERANDS[3:6]:
                    after = operand & mask if expected & mask == before else before
                    yield word, (expected, operand), before, rest | after << shift
        elif row.kind:
            for operand in OPERANDS:
                after = update(row.kind, before, operand & mask) & mask
                yield word, (operand,), before, rest | after << shift
        elif row.result:
            yield word, (), before, word
        else:
            for operand in OPERANDS:
                yield word, (operand,), None, rest | (operand & mask) << shift


def fail_unless_equal(comparison, number):
    return comparison + IF + i32_const(number) + CALL + leb(EXIT) + END


def check_values(row, number):
    address = WORD + (64 - row.bits) // 8
    body = b""
    for word, operands, result, after in cases(row):
        body += i32_const(WORD) + i64_const(word) + I64_STORE + leb(0)
        body += i32_const(address - OFFSET) + row.operands(operands) + row.instruction(OFFSET)
        if result is not None:
            const, differs = (i64_const, I64_NE) if row.result == "l" else (i32_const, I32_NE)
            body += fail_unless_equal(const(result) + differs, number)
        body += i32_const(WORD) + I64_LOAD + leb(0)
        body += fail_unless_equal(i64_const(after) + I64_NE, number)
    return body


# ---- traps ----

UNALIGNED, OUTSIDE, SHARED = "unaligned atomic", "out of bounds memory access", "expected shared memory"


def traps(is_shared):
    """(row, address, offset, message)"""
    for row in rows():
        if not row.bits:
            continue
        width = row.bits // 8
        if width > 1:
            yield row, WORD + width // 2, 0, UNALIGNED
            yield row, WORD, 1, UNALIGNED
            yield row, PAGE - width // 2, 0, UNALIGNED
        yield row, PAGE, 0, OUTSIDE
        yield row, PAGE - width, width, OUTSIDE
        yield row, 0xFFFFFFF8, 0x10, OUTSIDE
        yield row, 0xFFFFFFF8, 0xFFFFFFF8, OUTSIDE
        if "wait" in row.text and not is_shared:
            yield row, WORD, 0, SHARED


def trap_body(row, address, offset):
    body = i32_const(address) + row.operands((0, 0)) + row.instruction(offset)
    return body + (DROP if row.result else b"")


# ---- the module ----

def function(body):
    content = leb(0) + body + END
    return leb(len(content)) + content


def encode(is_shared):
    memory = b"\x03\x01\x01" if is_shared else b"\x01\x01\x01"
    chosen = [row for row in rows() if row.bits and "notify" not in row.text and "wait" not in row.text]
    checks = [check_values(row, number) for number, row in enumerate(chosen, 1)]
    count = b"".join([i32_const(0), b"\x28\x02\x00"])
    start = i32_const(0) + i32_const(4) + CALL + leb(ARGUMENTS) + DROP
    first = 2 + len(checks)
    start += count + i32_const(1) + I32_EQ + IF
    start += b"".join(CALL + leb(2 + number) for number in range(len(checks))) + END
    trapping = [trap_body(*trap[:3]) for trap in traps(is_shared)]
    for number in range(len(trapping)):
        start += count + i32_const(number + 2) + I32_EQ + IF + CALL + leb(first + number) + END
    bodies = [*checks, *trapping, start]
    wasi = name("wasi_snapshot_preview1")
    imports = [wasi + name("proc_exit") + b"\x00\x00", wasi + name("args_sizes_get") + b"\x00\x01"]
    return b"".join([
        b"\0asm\1\0\0\0",
        section(1, vector([functype([I32], []), functype([I32, I32], [I32]), functype([], [])])),
        section(2, vector(imports)),
        section(3, vector([b"\x02"] * len(bodies))),
        section(5, vector([memory])),
        section(7, vector([name("memory") + b"\x02\x00", name("_start") + b"\x00" + leb(1 + len(bodies))])),
        section(10, vector([function(body) for body in bodies])),
    ])


# ---- running ----

def check(command, environment, is_shared):
    code, _, err = run([*command], environment=environment)
    expect(code == 0, f"values: exit code {code}, the number of the operator: {err.decode()[:300]}")
    for number, (row, address, offset, message) in enumerate(traps(is_shared), 1):
        code, _, err = run([*command, *["x"] * number], environment=environment)
        expect(code == 134 and message in err.decode(errors="replace"),
               f"{row.text} at {address:#x} + {offset:#x}: exit code {code}, {err.decode()[:200]}")


def tests(options, work):
    modes = [("gcc", "guard"), (options.clang, "check")] if options.quick else [
        (cc, bounds) for cc in ("gcc", options.clang) for bounds in ("guard", "check")]
    for is_shared in (True, False):
        kind = "shared" if is_shared else "unshared"
        module = work / f"{kind}.wasm"
        module.write_bytes(encode(is_shared))
        for engine, bounds in (("interp", "guard"), ("interp", "check"), ("tcc", "guard")):
            command = [options.w2c, "run", f"--engine={engine}", f"--bounds={bounds}", module]
            yield f"{kind} {engine} {bounds}", lambda c=command, is_shared=is_shared: check(c, {}, is_shared)
        for cc, bounds in modes:
            def compiled(cc=cc, bounds=bounds, module=module, is_shared=is_shared, kind=kind):
                program = work / f"{kind}-{cc}-{bounds}"
                build([options.w2c, module, "-o", program, "--cc", cc, "--bounds", bounds, "-O1", "--cflags",
                       "-Wall -Wextra -Werror"])
                check([program], {}, is_shared)
            yield f"{kind} {cc} {bounds}", compiled


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=pathlib.Path)
    parser.add_argument("--clang", default="clang")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    options.w2c = options.w2c.resolve()
    work = pathlib.Path(tempfile.mkdtemp(prefix="w2c-atomics-"))
    try:
        run_tests(list(tests(options, work)))
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
