#!/usr/bin/env python3
"""What objects cost: the programs of tests/gc with more to do, as native programs, through the engines, and in node.

    objects_cost.py --w2c build/w2c [--clang clang-19] [--node node] [--rounds 5] [NAME...]

All ways run a program once in each round, and must print what Python has worked out. A figure is processor time in
milliseconds, of all threads (node collects in several), the median of the rounds; compiling is in those of engines.
"""
import argparse
import pathlib
import statistics
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parent / "gc")]
from check import PROGRAMS
from checking import build, expect
import measuring

SCALES = {"trees": 16, "lists": 500, "sort": 500000, "map": 2000000, "language": 200000}


def make_ways(options, work, name, module):
    """{title: command}"""
    ways = {}
    for title, compiler in (("gcc", "gcc"), ("clang", options.clang)):
        program = work / f"{name}-{title}"
        build([options.w2c, module, "--cc=" + compiler, "-o", program])
        ways[title] = [program]
    for engine in ("tcc", "interp"):
        ways[engine] = [options.w2c, "run", "--engine=" + engine, module]
    if options.node:
        ways["node"] = [options.node, "--no-warnings", HERE / "run_module.mjs", module]
    return ways


def measure(command, expected):
    """Milliseconds of the processor."""
    seconds, output = measuring.time_once(command)
    expect(output.decode() == expected, f"{command}: {output[:300]}")
    return seconds * 1000


def measure_program(options, program, work):
    """Way -> its times, in the order of the rounds."""
    module = work / f"{program.name}.wasm"
    module.write_bytes(program.module("", SCALES[program.name]))
    expected = program.expected("", SCALES[program.name])
    ways = make_ways(options, work, program.name, module)
    return measuring.in_turns(ways, options.rounds, lambda command: measure(command, expected))


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--clang", default="clang-19")
    parser.add_argument("--node")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def main():
    options = parse_options()
    programs = [program for program in PROGRAMS if program.name in (options.names or SCALES)]
    with tempfile.TemporaryDirectory() as folder:
        for number, program in enumerate(programs):
            times = measure_program(options, program, pathlib.Path(folder))
            if number == 0:
                print("| program | " + " | ".join(times) + " |\n| --- |" + " --- |" * len(times))
            cells = [f"{statistics.median(column):.0f}" for column in times.values()]
            print(f"| {program.name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
