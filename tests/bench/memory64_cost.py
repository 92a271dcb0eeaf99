#!/usr/bin/env python3
"""What 64-bit addresses cost: kernels compiled to wasm32 and to wasm64 by the same clang, made native by w2c.

    memory64_cost.py --w2c build/w2c [--clang clang-19] [--cc gcc] [--rounds 5] [NAME...]

The kernels are those of kernels/ that work on memory, or all that are named. All programs of a kernel run once in each
round. A figure is processor time in milliseconds, the median; a ratio is the median over the rounds of the time divided
by that of wasm32 with guard pages in the same round.
"""
import argparse
import math
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
KERNELS = HERE / "kernels"
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
from checking import build, expect

USUAL = ["allocator", "automaton", "edit_distance", "hash_table", "heapsort", "lempel_ziv", "matrix", "quicksort",
         "sieve", "text_lines", "virtual_machine"]
VARIANTS = [("wasm32", "guard"), ("wasm64", "guard"), ("wasm32", "check"), ("wasm64", "check")]


def make(options, work, kernel):
    programs = []
    for target in ("wasm32", "wasm64"):
        build([options.clang, "--target=" + target, "-O2", "-nostdlib", "-fno-builtin", "-mbulk-memory", "-I", KERNELS,
               KERNELS / f"{kernel}.c", HERE / "memory64_main.c", "-o", work / f"{kernel}-{target}.wasm"])
    for target, bounds in VARIANTS:
        program = work / f"{kernel}-{target}-{bounds}"
        build([options.w2c, work / f"{kernel}-{target}.wasm", "-o", program, "--cc", options.cc, "--bounds", bounds])
        programs.append(program)
    return programs


def measure(program):
    """(milliseconds of the processor, output)"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run([program], capture_output=True, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000, output


def compare(options, work, kernel):
    """Medians of times, and of ratios to the first variant."""
    programs = make(options, work, kernel)
    rounds = []
    for _ in range(options.rounds):
        results = [measure(program) for program in programs]
        expect(len({output for _, output in results}) == 1, f"{kernel}: the programs do not agree")
        rounds.append([time for time, _ in results])
    times = [statistics.median(column) for column in zip(*rounds)]
    ratios = [statistics.median(time / row[0] for time, row in zip(column, rounds)) for column in zip(*rounds)]
    return times, ratios


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=pathlib.Path)
    parser.add_argument("--clang", default="clang-19")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    options.w2c = options.w2c.resolve()
    print("| kernel | " + " | ".join(" ".join(variant) for variant in VARIANTS) + " | ratios |")
    print("| --- |" + " --- |" * (len(VARIANTS) + 1))
    all_ratios = []
    with tempfile.TemporaryDirectory() as folder:
        for kernel in options.names or USUAL:
            times, ratios = compare(options, pathlib.Path(folder), kernel)
            all_ratios.append(ratios)
            print(f"| {kernel} | " + " | ".join(f"{time:.0f}" for time in times) + " | "
                  + ", ".join(f"{ratio:.2f}" for ratio in ratios[1:]) + " |", flush=True)
    means = [math.exp(statistics.mean(math.log(ratio) for ratio in column)) for column in zip(*all_ratios)]
    print("| geometric mean | | | | | " + ", ".join(f"**{mean:.2f}**" for mean in means[1:]) + " |")


if __name__ == "__main__":
    main()
