#!/usr/bin/env python3
"""Vectors as arguments and results: between functions of a program, with few and very many others, in all engines and
builds; between a library and its host, both in C, by the typed header, by values, through an imported function.

  check.py --w2c build/w2c [--clang clang] [--quick]

The host is compiled with vectors of the compiler, with both kinds of bounds, and with the structs that stand for
vectors where there are none.
"""
import argparse
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True  # the sources stay as they are
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parent / "cli")]
import arguments
from checking import build, expect, run, run_tests

SEED = 1


class Tests:
    def __init__(self, options, folder):
        self.w2c = options.w2c
        self.folder = folder
        self.library = folder / "vectors.wasm"
        build([options.clang, "--target=wasm32", "-O2", "-msimd128", "-nostdlib", "-Wl,--no-entry",
               HERE / "vectors_guest.c", "-o", self.library])
        self.program = self.write_program()

    def write_program(self):
        path = self.folder / "arguments.wasm"
        path.write_bytes(arguments.program(SEED))
        return path

    @staticmethod
    def expect_silence(command, **options):
        exit_code, out, err = run(command, **options)
        expect(exit_code == 0 and not out and not err, f"exit code {exit_code}: {out!r} {err!r}")

    def native(self, cc, *flags):
        output = self.folder / ("arguments-" + cc)
        build([self.w2c, "-O1", *flags, "--cc=" + cc, self.program, "-o", output])
        self.expect_silence([output])

    def engine(self, name, *flags):
        cache = self.folder / ("-".join(["cache", name, *flags]))
        for _ in range(2):  # the second time from what was kept
            self.expect_silence([self.w2c, "run", "--engine=" + name, *flags, self.program],
                                environment={"W2C_CACHE": cache, "XDG_CACHE_HOME": cache})

    def host(self, name, cc, *flags, define=()):
        source = self.folder / name / "vectors.c"
        source.parent.mkdir()
        build([self.w2c, *flags, self.library, "-o", source])
        output = source.parent / "host"
        build([cc, "-O1", "-Wall", "-Wextra", *define, "-I", source.parent, HERE / "vectors_host.c", source, "-o",
               output, "-lm", "-lpthread"])
        exit_code, out, err = run([output])
        expect(exit_code == 0, (out + err).decode())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=pathlib.Path)
    parser.add_argument("--clang", default="clang")
    parser.add_argument("--quick", action="store_true", help="accepted, and changes nothing: it is quick")
    options = parser.parse_args()
    options.w2c = options.w2c.resolve()
    with tempfile.TemporaryDirectory(prefix="w2c-vectors-") as folder:
        tests = Tests(options, pathlib.Path(folder))
        run_tests([
            ("arguments, interpreter", lambda: tests.engine("interp")),
            ("arguments, interpreter, check", lambda: tests.engine("interp", "--bounds=check")),
            ("arguments, compiler in memory", lambda: tests.engine("tcc")),
            ("arguments, auto", lambda: tests.engine("auto")),
            ("arguments, gcc", lambda: tests.native("gcc")),
            ("arguments, clang, check", lambda: tests.native(options.clang, "--bounds=check")),
            ("gcc, guard", lambda: tests.host("guard", "gcc")),
            ("clang, check", lambda: tests.host("check", options.clang, "--bounds=check")),
            ("gcc, structs", lambda: tests.host("structs", "gcc", "--bounds=check", define=["-DW2C_SIMD_SCALAR"])),
        ])


main()
