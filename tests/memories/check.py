#!/usr/bin/env python3
"""Memories and numbers that the official suite says little or nothing of: pages of one byte, wide arithmetic, the far
ends of 64-bit addresses, memories that grow while they are used. Each module of this folder writes a script in the form
of that suite, which its runner then carries out: through compiled C and through the engines.

    check.py --w2c build/w2c --work DIR [--clang clang-19] [--quick] [--engines]

--engines: nothing is compiled by a C compiler.
"""
import argparse
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
import growth
import page_sizes
import vector_accesses
import wide_addresses
import wide_numbers
from module_text import HERE, Script

SCRIPTS = {"growth": growth, "page-sizes": page_sizes, "vector-accesses": vector_accesses,
           "wide-addresses": wide_addresses, "wide-numbers": wide_numbers}


def write_suite(folder):
    core = folder / "core"
    core.mkdir(parents=True, exist_ok=True)
    for script_name, source in SCRIPTS.items():
        script = Script(core, script_name)
        source.write(script)
        script.close()


def modes(options):
    engines = [("interp", "guard"), ("interp", "check"), ("tcc", "guard")]
    compilers = [("gcc", "guard"), (options.clang, "check")]
    if options.engines:
        compilers = []
    elif not options.quick:
        compilers += [("gcc", "check"), (options.clang, "guard")]
    plain = [["--engine", engine, "--bounds", bounds] for engine, bounds in engines] + [
        ["--cc", cc, "--bounds", bounds] for cc, bounds in compilers]
    # As where compilers have no integers of 128 bits.
    without_int128 = ["--cc", "gcc", "--bounds", "guard", "--cflags=-DW2C_NO_INT128", "core/wide-numbers"]
    return plain if options.engines or options.quick else [*plain, without_int128]


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--clang", default="clang")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--engines", action="store_true")
    return parser.parse_args()


def main():
    options = parse_options()
    write_suite(options.work / "suite")
    unsupported = options.work / "unsupported.txt"
    unsupported.write_text("", encoding="utf-8")
    runner = [sys.executable, HERE.parent / "spec" / "run.py", "--w2c", options.w2c.resolve(), "--suite",
              options.work / "suite", "--work", options.work / "run", "--unsupported", unsupported]
    codes = [subprocess.run([*map(str, runner), *mode], check=False).returncode for mode in modes(options)]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
