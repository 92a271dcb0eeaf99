#!/usr/bin/env python3
"""What 64-bit addresses cost: kernels compiled to wasm32 and to wasm64 by the same clang, made native by w2c.

    memory64_cost.py --w2c build/w2c [--clang clang-19] [--cc gcc] [--rounds 5] [NAME...]

The kernels are those of kernels/ that work on memory, or all that are named. All programs of a kernel run once in each
round. A figure is processor time in milliseconds, the median; a ratio is the median over the rounds of the time divided
by that of wasm32 with guard pages in the same round.
"""
import argparse
import pathlib
import statistics
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
KERNELS = HERE / "kernels"
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
from checking import build
import measuring

USUAL = ["allocator", "automaton", "edit_distance", "hash_table", "heapsort", "lempel_ziv", "matrix", "quicksort",
         "sieve", "text_lines", "virtual_machine"]
VARIANTS = [("wasm32", "guard"), ("wasm64", "guard"), ("wasm32", "check"), ("wasm64", "check")]


def make(options, work, kernel):
    """{variant: command}"""
    programs = {}
    for target in ("wasm32", "wasm64"):
        build([options.clang, "--target=" + target, "-O2", "-nostdlib", "-fno-builtin", "-mbulk-memory", "-I", KERNELS,
               KERNELS / f"{kernel}.c", HERE / "memory64_main.c", "-o", work / f"{kernel}-{target}.wasm"])
    for target, bounds in VARIANTS:
        program = work / f"{kernel}-{target}-{bounds}"
        build([options.w2c, work / f"{kernel}-{target}.wasm", "-o", program, "--cc", options.cc, "--bounds", bounds])
        programs[target, bounds] = [program]
    return programs


def compare(options, work, kernel):
    """Medians of times in milliseconds, and of ratios to the first variant."""
    results = measuring.in_turns(make(options, work, kernel), options.rounds, measuring.time_once)
    columns = list(measuring.times_that_agree(kernel, results).values())
    return ([statistics.median(column) * 1000 for column in columns],
            [measuring.ratio(column, columns[0])[0] for column in columns])


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
    means = [measuring.geomean(column) for column in zip(*all_ratios)]
    print("| geometric mean | | | | | " + ", ".join(f"**{mean:.2f}**" for mean in means[1:]) + " |")


if __name__ == "__main__":
    main()
