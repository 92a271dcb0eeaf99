#!/usr/bin/env python3
"""Vectors as arguments and results: between functions of a program, with few and very many others, in all engines and
builds; between a library and its host, both in C, by the typed header, by values, through an imported function.

  check.py --w2c build/w2c [--clang clang] [--quick]

The host is compiled with vectors of the compiler, with both kinds of bounds, and with the structs that stand for
vectors where there are none.
"""
import pathlib
import sys

sys.dont_write_bytecode = True  # the sources stay as they are
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parent / "cli")]
import arguments
from checking import Ways, build, main

SEED = 1


def plan(options, folder):
    ways = Ways(options, folder)
    program, library, host = folder / "arguments.wasm", folder / "vectors.wasm", HERE / "vectors_host.c"
    program.write_bytes(arguments.program(SEED))
    build([options.clang, "--target=wasm32", "-O2", "-msimd128", "-nostdlib", "-Wl,--no-entry",
           HERE / "vectors_guest.c", "-o", library])
    return [
        ("arguments, interpreter", lambda: ways.engine(program, "interp")),
        ("arguments, interpreter, check", lambda: ways.engine(program, "interp", "--bounds=check")),
        ("arguments, compiler in memory", lambda: ways.engine(program, "tcc")),
        ("arguments, auto", lambda: ways.engine(program, "auto")),
        ("arguments, gcc", lambda: ways.native(program, "gcc")),
        ("arguments, clang, check", lambda: ways.native(program, options.clang, "--bounds=check")),
        ("gcc, guard", lambda: ways.host(library, host, "gcc")),
        ("clang, check", lambda: ways.host(library, host, options.clang, "--bounds=check")),
        ("gcc, structs", lambda: ways.host(library, host, "gcc", "--bounds=check", define=["-DW2C_SIMD_SCALAR"])),
    ]


if __name__ == "__main__":
    main(__doc__, plan)
