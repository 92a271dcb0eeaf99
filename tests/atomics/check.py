#!/usr/bin/env python3
"""What every atomic operator gives and leaves in memory, in all engines and ways of compiling, by the rows of
ops_atomic.def: each on several values, at the end of its word, so that what is around the cell is seen too.

    check.py --w2c build/w2c --clang clang-19 [--quick]

Wrapping of narrow operators, of both operands of a compare-and-exchange too, is what the proposal says; the expected
values are computed here. Then each operator is made to trap: at an address that is not aligned, outside of the memory,
and where address and offset sum up to more than an address has bits; waits also on a memory that is not shared.

One module for each kind of memory (shared or not, addresses of 32 or 64 bits) does all of it: with no argument the
values, else the trap whose number is the number of arguments.
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parent / "fuzz")]
from checking import build, expect, main, run
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


class Kind:
    """Of a memory."""

    def __init__(self, is_shared, is_64):
        self.is_shared = is_shared
        self.is_64 = is_64
        self.name = ("shared" if is_shared else "unshared") + (" 64-bit" if is_64 else "")
        self.address = i64_const if is_64 else i32_const
        self.type = bytes([1 | is_shared << 1 | is_64 << 2, 1, 1])


KINDS = [Kind(is_shared, is_64) for is_64 in (False, True) for is_shared in (True, False)]


def check_values(kind, row, number):
    address = WORD + (64 - row.bits) // 8
    body = b""
    for word, operands, result, after in cases(row):
        body += kind.address(WORD) + i64_const(word) + I64_STORE + leb(0)
        body += kind.address(address - OFFSET) + row.operands(operands) + row.instruction(OFFSET)
        if result is not None:
            const, differs = (i64_const, I64_NE) if row.result == "l" else (i32_const, I32_NE)
            body += fail_unless_equal(const(result) + differs, number)
        body += kind.address(WORD) + I64_LOAD + leb(0)
        body += fail_unless_equal(i64_const(after) + I64_NE, number)
    return body


# ---- traps ----

UNALIGNED, OUTSIDE, SHARED = "unaligned atomic", "out of bounds memory access", "expected shared memory"


def traps(kind):
    """(row, address, offset, message)"""
    last = (1 << 64 if kind.is_64 else 1 << 32) - 8
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
        yield row, last, 0x10, OUTSIDE
        yield row, last, WORD + 8, OUTSIDE
        yield row, last, last, OUTSIDE
        if kind.is_64:
            yield row, WORD, 1 << 32, OUTSIDE
            yield row, 1 << 32 | WORD, 0, OUTSIDE
            yield row, 1 << 38 | WORD, 0, OUTSIDE
        if "wait" in row.text and not kind.is_shared:
            yield row, WORD, 0, SHARED


def trap_body(kind, row, address, offset):
    body = kind.address(address) + row.operands((0, 0)) + row.instruction(offset)
    return body + (DROP if row.result else b"")


# ---- the module ----

def function(body):
    content = leb(0) + body + END
    return leb(len(content)) + content


def encode(kind):
    chosen = [row for row in rows() if row.bits and "notify" not in row.text and "wait" not in row.text]
    checks = [check_values(kind, row, number) for number, row in enumerate(chosen, 1)]
    count = kind.address(0) + b"\x28\x02\x00"
    start = i32_const(0) + i32_const(4) + CALL + leb(ARGUMENTS) + DROP
    first = 2 + len(checks)
    start += count + i32_const(1) + I32_EQ + IF
    start += b"".join(CALL + leb(2 + number) for number in range(len(checks))) + END
    trapping = [trap_body(kind, *trap[:3]) for trap in traps(kind)]
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
        section(5, vector([kind.type])),
        section(7, vector([name("memory") + b"\x02\x00", name("_start") + b"\x00" + leb(1 + len(bodies))])),
        section(10, vector([function(body) for body in bodies])),
    ])


# ---- running ----

def check(command, kind):
    code, _, err = run(command)
    expect(code == 0, f"values: exit code {code}, the number of the operator: {err.decode()[:300]}")
    for number, (row, address, offset, message) in enumerate(traps(kind), 1):
        code, _, err = run([*command, *["x"] * number])
        expect(code == 134 and message in err.decode(errors="replace"),
               f"{row.text} at {address:#x} + {offset:#x}: exit code {code}, {err.decode()[:200]}")


def ways(kind, is_quick, clang):
    """(engines with bounds, compilers with bounds). What is there of 64-bit memories in a quick run is what differs:
    the check of an address, in each engine and in C once."""
    if is_quick and kind.is_64:
        return ([("interp", "guard"), ("tcc", "guard")], [("gcc", "guard")]) if kind.is_shared else ([], [])
    engines = [("interp", "guard"), ("interp", "check"), ("tcc", "guard")]
    if is_quick:
        return engines, [("gcc", "guard"), (clang, "check")]
    return engines, [(cc, bounds) for cc in ("gcc", clang) for bounds in ("guard", "check")]


def plan(options, work):
    for kind in KINDS:
        module = work / f"{kind.name}.wasm"
        module.write_bytes(encode(kind))
        engines, compilers = ways(kind, options.quick, options.clang)
        for engine, bounds in engines:
            command = [options.w2c, "run", f"--engine={engine}", f"--bounds={bounds}", module]
            yield f"{kind.name} {engine} {bounds}", lambda command=command, kind=kind: check(command, kind)
        for cc, bounds in compilers:
            def compiled(cc=cc, bounds=bounds, module=module, kind=kind):
                program = work / f"{kind.name}-{cc}-{bounds}"
                build([options.w2c, module, "-o", program, "--cc", cc, "--bounds", bounds, "-O1", "--cflags",
                       "-Wall -Wextra -Werror"])
                check([program], kind)
            yield f"{kind.name} {cc} {bounds}", compiled


if __name__ == "__main__":
    main(__doc__, plan)
