#!/usr/bin/env python3
"""What objects cost: the programs of tests/gc with more to do, as native programs, through the engines, and in node.

    objects_cost.py --w2c build/w2c [--clang clang-19] [--node node] [--rounds 5] [NAME...]

All ways run a program once in each round, and must print what Python has worked out. A figure is processor time in
milliseconds, of all threads (node collects in several), the median of the rounds; compiling is in those of engines.
"""
import argparse
import pathlib
import resource
import statistics
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parent / "gc")]
from check import PROGRAMS, run_measured
from checking import build, expect

SCALES = {"trees": 16, "lists": 500, "sort": 500000, "map": 2000000, "language": 200000}


def make_ways(options, work, name, module):
    """(title, command)"""
    ways = []
    for title, compiler in (("gcc", "gcc"), ("clang", options.clang)):
        program = work / f"{name}-{title}"
        build([options.w2c, module, "--cc=" + compiler, "-o", program])
        ways.append((title, [program]))
    ways += [(engine, [options.w2c, "run", "--engine=" + engine, module]) for engine in ("tcc", "interp")]
    if options.node:
        ways.append(("node", [options.node, "--no-warnings", HERE / "run_module.mjs", module]))
    return ways


def measure(command, expected):
    """Milliseconds of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code, text, _ = run_measured(command, {})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    expect(code == 0 and text == expected, f"{command}: exit code {code}: {text[:300]}")
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=pathlib.Path)
    parser.add_argument("--clang", default="clang-19")
    parser.add_argument("--node")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    options.w2c = options.w2c.resolve()
    is_first = True
    with tempfile.TemporaryDirectory() as folder:
        for program in (one for one in PROGRAMS if one.name in (options.names or SCALES)):
            scale = SCALES[program.name]
            module = pathlib.Path(folder) / f"{program.name}.wasm"
            module.write_bytes(program.module("", scale))
            ways = make_ways(options, pathlib.Path(folder), program.name, module)
            if is_first:
                print("| program | " + " | ".join(title for title, _ in ways) + " |\n| --- |" + " --- |" * len(ways))
            is_first = False
            expected = program.expected("", scale)
            rounds = [[measure(command, expected) for _, command in ways] for _ in range(options.rounds)]
            cells = [f"{statistics.median(column):.0f}" for column in zip(*rounds)]
            print(f"| {program.name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
