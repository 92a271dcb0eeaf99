#!/usr/bin/env python3
"""What exceptions cost: kernels that could throw and do not, and round trips of what is thrown.

    exceptions_cost.py --w2c build/w2c [--clang clang-19] [--node node] [--rounds 5] [--quick]

The kernels are those of exceptions_kernels.cpp. First they are compiled by clang -O2 with -fno-exceptions and with
-fwasm-exceptions, and made native by w2c, as programs and as libraries, by gcc and clang; a figure is processor time
in milliseconds without exceptions, the median, and how many times as long it takes with them, the median of the ratios
of all rounds. Natively, with the tables that C++ usually has, the same ratio is taken.

Then an exception is thrown and caught: from a function right below the handler, and from ten frames further down, each
with something to destroy. Nanoseconds for one round trip, the median. --quick: a hundredth of the work, to see that
all agree.
"""
import argparse
import pathlib
import statistics
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
from checking import build, expect
import measuring

KERNELS = {"leaf_calls": 60000, "recursion": 10000, "virtual_calls": 40000, "destructors": 40000, "tries": 60000}
ROUND_TRIPS = {"from right below": (5, 200000), "from ten frames down": (6, 50000)}
SOURCE = HERE / "exceptions_kernels.cpp"
ABI = HERE.parent / "exceptions" / "cxx_abi.cpp"
FORMS = ("plain", "throwing")


class Builder:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder

    def wasm(self, form, kind):
        module = self.folder / f"{form}-{kind}.wasm"
        extra = ["-mexec-model=reactor", "-DAS_LIBRARY"] if kind == "library" else []
        throws = ["-fwasm-exceptions", ABI] if form == "throwing" else ["-fno-exceptions", "-fno-rtti"]
        build([self.options.clang, "--driver-mode=g++", "--target=wasm32-wasi", "-O2", "-nostdlib++", *throws, *extra,
               SOURCE, "-o", module])
        return module

    def native(self, form, cc):
        program = self.folder / f"native-{form}-{cc}"
        flags = ["-fno-exceptions"] if form == "plain" else []
        build([cc, "-xc++", "-O2", "-Wno-attributes", *flags, SOURCE, "-o", program, "-lstdc++"])
        return [program]

    def program(self, module, cc):
        program = module.with_suffix(f".{cc}")
        build([self.options.w2c, module, "-o", program, "--cc", cc])
        return [program]

    def library(self, module, cc):
        place = self.folder / f"{module.stem}-{cc}"
        place.mkdir()
        build([self.options.w2c, module, "-o", place / "kernels.c"])
        build([cc, "-O2", "-I", HERE, "-I", place, place / "kernels.c", HERE / "exceptions_host.c", "-lm", "-lpthread",
               "-o", place / "host"])
        return [place / "host"]


    def subjects(self):
        """Name -> (command without, command with exceptions), of all that is compiled, and the program that throws as
        WebAssembly."""
        programs = [self.wasm(form, "program") for form in FORMS]
        libraries = [self.wasm(form, "library") for form in FORMS]
        compilers = ("gcc", self.options.clang)
        subjects = {}
        for cc in compilers:
            subjects[f"program, {cc}"] = [self.program(module, cc) for module in programs]
            subjects[f"library, {cc}"] = [self.library(module, cc) for module in libraries]
        subjects.update({f"native, {cc}": [self.native(form, cc) for form in FORMS] for cc in compilers})
        return subjects, programs[1]


def measure(command, number, count):
    """(milliseconds of the processor, output)"""
    seconds, output = measuring.time_once([*command, number, count])
    return seconds * 1000, output


def time_pairs(options, subjects, number, count):
    """Name -> the pairs of milliseconds, without and with exceptions, of all rounds. All must print the same."""
    results = measuring.in_turns(subjects, options.rounds,
                                 lambda pair: [measure(command, number, count) for command in pair])
    outputs = {output for pairs in results.values() for pair in pairs for _, output in pair}
    expect(len(outputs) == 1, f"kernel {number}: the programs do not agree: {outputs}")
    return {name: [[time for time, _ in pair] for pair in pairs] for name, pairs in results.items()}


def compare_kernels(options, subjects):
    """subjects: name -> (command without, command with exceptions)."""
    print("| kernel | " + " | ".join(subjects) + " |\n| --- |" + " --- |" * len(subjects))
    ratios = {name: [] for name in subjects}
    for number, (kernel, count) in enumerate(KERNELS.items()):
        cells = []
        for name, pairs in time_pairs(options, subjects, number, count // options.divisor).items():
            ratios[name].append(statistics.median(throwing / plain for plain, throwing in pairs))
            cells.append(f"{statistics.median(plain for plain, _ in pairs):.0f}, {ratios[name][-1]:.2f}")
        print(f"| {kernel} | " + " | ".join(cells) + " |", flush=True)
    means = [f"**{measuring.geomean(column):.2f}**" for column in ratios.values()]
    print("| geometric mean | " + " | ".join(means) + " |\n")


def time_round_trip(options, command, number, count, known):
    """Nanoseconds for one. What it takes to start and to end is taken off. `known` has the outputs of the others."""
    times = []
    for _ in range(options.rounds):
        empty, _ = measure(command, number, 0)
        time, output = measure(command, number, count)
        expect(known.setdefault((number, count), output) == output, f"{command}: {output}")
        times.append((time - empty) * 1e6 / count)
    return statistics.median(times)


def compare_round_trips(options, subjects):
    """subjects: name -> (command, how much less it is asked to do)."""
    print("| | " + " | ".join(ROUND_TRIPS) + " |\n| --- |" + " --- |" * len(ROUND_TRIPS))
    known = {}
    for name, (command, less) in subjects.items():
        times = [time_round_trip(options, command, number, count // (less * options.divisor), known)
                 for number, count in ROUND_TRIPS.values()]
        cells = [f"{time:.0f} ns" for time in times]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def add_engines(options, trips, module):
    for engine, less in (("tcc", 1), ("interp", 10)):
        trips[f"--engine={engine}"] = ([options.w2c, "run", f"--engine={engine}", module], less)
    if options.node:
        trips["node"] = ([options.node, HERE / "run_module.mjs", module], 10)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--clang", default="clang-19")
    parser.add_argument("--node")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", dest="divisor", action="store_const", const=100, default=1)
    return parser.parse_args()


def main():
    options = parse_options()
    with tempfile.TemporaryDirectory() as folder:
        subjects, throwing_module = Builder(options, pathlib.Path(folder)).subjects()
        compare_kernels(options, subjects)
        trips = {name: (pair[1], 1) for name, pair in subjects.items()}
        add_engines(options, trips, throwing_module)
        compare_round_trips(options, trips)


if __name__ == "__main__":
    main()
