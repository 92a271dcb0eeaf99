#!/usr/bin/env python3
"""Typed function references, as programs and libraries that are written byte by byte: no compiler for C emits them.

  check.py --w2c build/w2c [--clang clang] [--quick]

The program calls functions by references, through a table of references that are never null, by a type that its own
type extends, and branches on nulls; it exits with a number in which each of these has a digit. It must do so as a
native program with both kinds of bounds, in both engines, and from the code that an engine keeps. The library is
given a function by a host written in C (references_host.c), which also looks at what it gets back.
"""
import pathlib
import sys

sys.dont_write_bytecode = True  # the sources stay as they are
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parent / "cli")]
from checking import Ways, main
from wasm_bytes import I32, WASI, call, const, leb, section, text, vector
from wasm_writer import local_get

END, DROP, ADD, MUL, BLOCK, EMPTY, LOOP = b"\x0b", b"\x1a", b"\x6a", b"\x6c", b"\x02", b"\x40", b"\x03"
RETURN = b"\x0f"


def reference(index, nullable=False):
    return (b"\x63" if nullable else b"\x64") + leb(index)


def function(parameters, results):
    return b"\x60" + vector(parameters) + vector(results)


def open_type(composite):
    return b"\x50\x00" + composite


def extending(index, composite):
    return b"\x4f\x01" + leb(index) + composite


def code(body, local_groups=()):
    content = vector([leb(count) + kind for count, kind in local_groups]) + body + END
    return leb(len(content)) + content


def indexed(operator):
    """What writes the operator with an index."""
    return lambda index: operator + leb(index)


call_ref, null, ref_func = indexed(b"\x14"), indexed(b"\xd0"), indexed(b"\xd2")
br_on_null, br_on_non_null = indexed(b"\xd5"), indexed(b"\xd6")


def call_indirect(index):
    return b"\x11" + leb(index) + b"\x00"


def block(kind, body):
    return BLOCK + kind + body + END


def program():
    """exit, _start, successor (type 3, which extends type 2), apply. The digits from the last: by the table and the
    type above; by a reference; a null that branches; one that does not."""
    types = [function([I32], []), function([], []), open_type(function([I32], [I32])),
             extending(2, function([I32], [I32])), function([reference(2), I32], [I32]),
             function([reference(2, nullable=True)], [I32])]
    start = (const(1) + const(0) + call_indirect(2)                          # 2
             + ref_func(2) + const(2) + call(3) + const(10) + MUL + ADD      # 30
             + null(2) + call(4) + const(50) + MUL + ADD                     # 0 or 50
             + ref_func(2) + call(4) + const(100) + MUL + ADD                # 100
             + call(0))
    successor = local_get(0) + const(1) + ADD
    apply = local_get(1) + local_get(0) + call_ref(2)
    is_there = block(EMPTY, local_get(0) + br_on_null(0) + DROP + const(1) + RETURN) + const(0)
    table = b"\x40\x00" + reference(2) + b"\x00\x01" + ref_func(2) + END
    return b"".join([
        b"\0asm\1\0\0\0", section(1, vector(types)),
        section(2, vector([text(WASI) + text("proc_exit") + b"\x00\x00"])),
        section(3, vector([leb(i) for i in (1, 3, 4, 5)])), section(4, vector([table])),
        section(7, vector([text("_start") + b"\x00\x01"])),
        section(10, vector([code(start), code(successor), code(apply), code(is_there)]))])


EXIT_CODE = 132


def library():
    """apply(f, n) calls f, or traps if it is null; successor() is a reference to n + 1; both of types that extend one
    of the library's own. keep(f) puts f into a global, kept() calls it with 20."""
    types = [open_type(function([I32], [I32])), extending(0, function([I32], [I32])),
             function([reference(0, nullable=True), I32], [I32]), function([], [reference(1)]),
             function([reference(0, nullable=True)], []), function([], [I32])]
    bodies = [code(local_get(0) + const(1) + ADD), code(local_get(1) + local_get(0) + call_ref(0)), code(ref_func(0)),
              code(local_get(0) + b"\x24\x00"),
              code(const(20) + block(reference(0), b"\x23\x00" + br_on_non_null(0) + const(0) + RETURN)
                   + call_ref(0))]
    exports = [text(name) + b"\x00" + leb(i) for i, name in enumerate(["", "apply", "successor", "keep", "kept"]) if i]
    return b"".join([
        b"\0asm\1\0\0\0", section(1, vector(types)), section(3, vector([leb(i) for i in (1, 2, 3, 4, 5)])),
        section(6, vector([reference(0, nullable=True) + b"\x01" + null(0) + END])),
        section(7, vector([*exports, text("cell") + b"\x03\x00"])), section(9, vector([b"\x03\x00\x01\x00"])),
        section(10, vector(bodies))])


def plan(options, folder):
    ways = Ways(options, folder, EXIT_CODE)
    program_file, library_file = folder / "program.wasm", folder / "references.wasm"
    program_file.write_bytes(program())
    library_file.write_bytes(library())
    host = HERE / "references_host.c"
    return [
        ("native, guard", lambda: ways.native(program_file, "gcc")),
        ("native, check", lambda: ways.native(program_file, "gcc", "--bounds=check")),
        ("native, clang", lambda: ways.native(program_file, options.clang)),
        ("interpreter", lambda: ways.engine(program_file, "interp")),
        ("compiler in memory", lambda: ways.engine(program_file, "tcc")),
        ("auto", lambda: ways.engine(program_file, "auto")),
        ("host in C", lambda: ways.host(library_file, host, "gcc")),
        ("host in C, clang, check", lambda: ways.host(library_file, host, options.clang, "--bounds=check")),
    ]


if __name__ == "__main__":
    main(__doc__, plan)
