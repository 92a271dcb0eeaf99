#!/usr/bin/env python3
"""How soon a program is done that only says hello: natively, and by way of w2c.

    start_up.py --w2c build/w2c [--clang clang-19] [--cc gcc] [--spawns 500] [--python 'LABEL: COMMAND']...

The same C is compiled by CC -O2, linked statically and dynamically, and by clang to WebAssembly, from which w2c makes a
program with CC -O2, with guard pages and with comparisons. Each COMMAND is a Python, native or by way of w2c, maybe
behind settings of its environment (NAME=VALUE); they say hello without site packages, and are compared with the first.

In each round every program is started once, in an order that changes. Figures are microseconds: from the start of the
process to its end as the parent sees it, and processor time of user and system. Medians; differences are to the first
program in the same round, with their quartiles. Last are page faults that read nothing from a disk.
"""
import argparse
import os
import pathlib
import shlex
import statistics
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
from checking import build, expect
import measuring

HELLO = '#include <stdio.h>\nint main(void) {\n    puts("hello");\n    return 0;\n}\n'
WARM_UP = 5


def make_hello(options, work):
    source, module = work / "hello.c", work / "hello.wasm"
    source.write_text(HELLO)
    build([options.cc, "-O2", "-static", source, "-o", work / "static"])
    build([options.cc, "-O2", source, "-o", work / "dynamic"])
    build([options.clang, "--target=wasm32-wasi", "-O2", source, "-o", module])
    for bounds in ("guard", "check"):
        build([options.w2c, module, "-o", work / bounds, "--cc", options.cc, "--bounds", bounds])
    return {"native, static": [work / "static"], "native, dynamic": [work / "dynamic"],
            "w2c, guard": [work / "guard"], "w2c, check": [work / "check"]}


def plan_python(text):
    """(label, command)"""
    label, _, command = text.partition(": ")
    return label, [*shlex.split(command), "-S", "-c", "print('hello')"]


def spawn(command, output):
    """(elapsed, processor time) in microseconds, page faults"""
    words = [str(word) for word in command]
    environment = dict(os.environ)
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    start = time.perf_counter()
    pid = os.posix_spawnp(words[0], words, environment, file_actions=[(os.POSIX_SPAWN_DUP2, output, 1)])
    _, status, usage = os.wait4(pid, 0)
    elapsed = time.perf_counter() - start
    expect(status == 0, f"ended with {status}: {words}")
    return elapsed * 1e6, (usage.ru_utime + usage.ru_stime) * 1e6, usage.ru_minflt


def check_output(work, command):
    path = work / "output"
    with open(path, "wb") as stream:
        spawn(command, stream.fileno())
    expect(path.read_bytes() == b"hello\n", f"does not say hello: {command}")


def measure(programs, spawns):
    """By program, the results in the order of the rounds."""
    with open(os.devnull, "wb") as nowhere:
        results = measuring.in_turns(programs, spawns + WARM_UP, lambda command: spawn(command, nowhere.fileno()))
    return {label: mine[WARM_UP:] for label, mine in results.items()}


def over(mine, first, column):
    """Median and quartiles of the differences to the first program in the same round."""
    low, middle, high = statistics.quantiles([a[column] - b[column] for a, b in zip(mine, first)], n=4)
    return f"{middle:.0f} ({low:.0f} to {high:.0f})"


def show(results):
    print("| | elapsed | over the first | CPU | over the first | faults |\n| --- | --- | --- | --- | --- | --- |")
    first = next(iter(results.values()))
    for label, mine in results.items():
        elapsed, cpu, faults = (statistics.median(column) for column in zip(*mine))
        more = ["", ""] if mine is first else [over(mine, first, column) for column in (0, 1)]
        print(f"| {label} | {elapsed:.0f} | {more[0]} | {cpu:.0f} | {more[1]} | {faults:.0f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", type=pathlib.Path, required=True)
    parser.add_argument("--clang", default="clang")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--spawns", type=int, default=500)
    parser.add_argument("--python", action="append", default=[], metavar="'LABEL: COMMAND'")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="w2c-start-up-") as folder:
        work = pathlib.Path(folder)
        groups = [make_hello(options, work)]
        if options.python:
            groups.append(dict(plan_python(text) for text in options.python))
        for programs in groups:
            for command in programs.values():
                check_output(work, command)
            show(measure(programs, options.spawns))
            print()


if __name__ == "__main__":
    main()
