#!/usr/bin/env python3
"""How fast the operators on vectors are: ours (include/w2c/ops_simd.h) and SIMDe's, in the same kernels.

    simd_cost.py [--rounds N] [--clang clang-19]

vectors/vector_kernels.c is compiled with either, by gcc and clang, for the processors that every x86-64 is and for
SSE4.1. All programs take turns; a figure is the least time over the rounds. A ratio is ours divided by SIMDe's. What
the kernels compute must agree. SIMDe is Debian's libsimde-dev.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = HERE.parents[1] / "include"
SOURCE = HERE / "vectors" / "vector_kernels.c"


def compile_all(compilers, folder):
    programs = {}
    for compiler in compilers:
        for level in ("", "-msse4.1"):
            for kind, flags in (("ours", ["-DW2C_OWN", f"-I{INCLUDE}"]), ("SIMDe", [])):
                program = folder / f"{compiler}{level}{kind}"
                command = [compiler, "-std=gnu11", "-O2", "-w", *level.split(), *flags, SOURCE, "-o", program]
                subprocess.run(command, check=True)
                programs[compiler, level, kind] = program
    return programs


def measure(programs, rounds):
    """Least time by program and kernel."""
    times, sums = {}, {}
    for _ in range(rounds):
        for key, program in programs.items():
            for line in subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines():
                name, time, checksum = line.split()
                times[key, name] = min(float(time), times.get((key, name), 1e9))
                if sums.setdefault(name, checksum) != checksum:
                    raise SystemExit(f"{name}: {key} computes {checksum}, not {sums[name]}")
    return times, list(sums)


def print_table(compilers, times, kernels):
    columns = [(compiler, level) for compiler in compilers for level in ("", "-msse4.1")]
    print("ns a vector: ours, SIMDe, ratio")
    print(f"{'kernel':12}" + "".join(f"{compiler + ' ' + (level or '(SSE2)'):>28}" for compiler, level in columns))
    for kernel in kernels:
        line = f"{kernel:12}"
        for compiler, level in columns:
            ours, other = times[(compiler, level, "ours"), kernel], times[(compiler, level, "SIMDe"), kernel]
            line += f"{ours:12.3f}{other:9.3f}{ours / other:7.2f}"
        print(line)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clang", default="clang-19")
    options = parser.parse_args()
    compilers = ["gcc", options.clang]
    with tempfile.TemporaryDirectory() as folder:
        programs = compile_all(compilers, pathlib.Path(folder))
        print_table(compilers, *measure(programs, options.rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
