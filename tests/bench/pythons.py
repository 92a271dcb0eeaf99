#!/usr/bin/env python3
"""Python interpreters made of WebAssembly, beside each other: the same Python programs by each, in turns.

    pythons.py [--rounds N] [--json FILE] [--svg FILE] [--program FILE]... LABEL=COMMAND LABEL=COMMAND...

A command is split at blanks; it gets `-c TEXT` with the text of a program. The first is what the others are divided by.
    pythons.py native=./rustpython w2c=./rp 'node=node run_module.mjs rustpython.wasm' \\
               'wasmtime=python3 run_wasmtime.py rustpython.wasm'
The programs are pythons/*.py, and those of --program, say the arithmetic benchmark of ../shared/modules.

Each command runs once before the rounds. Two figures: processor time of the whole process, which includes what an
engine compiles whenever it starts, and the program's own clock from its first to its last line, which does not (but
for what is compiled while it runs); that one needs a quiet machine. A ratio is the median over the rounds of the time
divided by that of the first command in the same round; behind it the spread, half the distance of the quartiles. What
the programs print must agree.
"""
import argparse
import json
import pathlib
import re
import shlex
import statistics
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
from checking import expect
import dot_plot
import measuring

CLOCKED = """import time as clock_of_pythons
start_of_pythons = clock_of_pythons.perf_counter()
{text}
print("own clock", clock_of_pythons.perf_counter() - start_of_pythons)
"""
OWN_CLOCK = re.compile(rb"^own clock ([0-9.e-]+)\r?\n", re.M)
OWN_SECONDS = re.compile(rb"^seconds .*\n?", re.M)  # programs that measure themselves


def run_once(command, text):
    """(processor time, the program's own clock, what it printed)"""
    seconds, printed = measuring.time_once([*command, "-c", CLOCKED.format(text=text)])
    found = OWN_CLOCK.search(printed)
    expect(found, f"the program did not come to its end: {printed[-200:]}")
    return seconds, float(found[1]), OWN_SECONDS.sub(b"", OWN_CLOCK.sub(b"", printed)).strip()


def measure(commands, text, rounds):
    """{label: [(processor time, own clock)]}"""
    results = measuring.in_turns(commands, rounds, lambda command: run_once(command, text))
    outputs = {printed for column in results.values() for _, _, printed in column}
    expect(len(outputs) == 1, f"outputs differ: {outputs}")
    return {label: [(seconds, own) for seconds, own, _ in column] for label, column in results.items()}


def column(times, label, which):
    return [pair[which] for pair in times[label]]


def cells(times, which):
    first, *others = times
    base = column(times, first, which)
    yield f"{statistics.median(base):.3f} s"
    for label in others:
        median, spread = measuring.ratio(column(times, label, which), base)
        yield f"{median:.2f} ± {spread * 100:.0f} %"


def print_table(title, results, which):
    labels = list(next(iter(results.values())))
    print(f"\n{title}\n\n| program | " + " | ".join(labels) + " |\n" + "| --- " * (len(labels) + 1) + "|")
    for name, times in results.items():
        print(f"| {name} | " + " | ".join(cells(times, which)) + " |")
    means = [measuring.geomean([measuring.ratio(column(times, label, which), column(times, labels[0], which))[0]
                                for times in results.values()]) for label in labels[1:]]
    print("| geometric mean | | " + " | ".join(f"**{mean:.3f}**" for mean in means) + " |", flush=True)


def ratios(times):
    first, *others = times
    base = column(times, first, 0)
    return {label: measuring.ratio(column(times, label, 0), base)[0] for label in others}


def write_results(options, results):
    if options.json:
        options.json.write_text(json.dumps({"machine": measuring.machine(), "seconds": results}, indent=1) + "\n")
    if options.svg:
        first, *others = next(iter(results.values()))
        title = f"Processor time of Python programs, as a ratio to {first}"
        options.svg.write_text(dot_plot.plot(title, {name: ratios(times) for name, times in results.items()}, others))


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--svg", type=pathlib.Path)
    parser.add_argument("--program", type=pathlib.Path, action="append", default=[])
    parser.add_argument("--only", help="names of programs, with commas between")
    parser.add_argument("commands", nargs="+", metavar="LABEL=COMMAND")
    return parser.parse_args()


def main():
    options = parse_options()
    commands = {label: shlex.split(command) for label, command in (word.split("=", 1) for word in options.commands)}
    programs = {path.stem: path.read_text(encoding="utf-8")
                for path in [*options.program, *sorted((HERE / "pythons").glob("*.py"))]}
    wanted = options.only.split(",") if options.only else list(programs)
    print(f"{measuring.machine()}; {options.rounds} rounds")
    for command in commands.values():  # what an engine compiles once and keeps is no matter of a round
        measuring.time_once([*command, "-c", "print()"])
    results = {}
    for name in wanted:
        results[name] = measure(commands, programs[name], options.rounds)
        print(f"  {name}: " + ", ".join(f"{label} {statistics.median(column(results[name], label, 0)):.3f}"
                                        for label in commands), file=sys.stderr)
    print_table("Processor time of the process:", results, 0)
    print_table("The program's own clock:", results, 1)
    write_results(options, results)


if __name__ == "__main__":
    main()
