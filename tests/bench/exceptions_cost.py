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
import resource
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
from checking import build, expect

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


def measure(command, number, count):
    """(milliseconds of the processor, output)"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run([str(word) for word in [*command, number, count]], capture_output=True, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000, output


def compare_kernels(options, subjects):
    """subjects: name -> (command without, command with exceptions)."""
    print("| kernel | " + " | ".join(subjects) + " |\n| --- |" + " --- |" * len(subjects))
    ratios = {name: [] for name in subjects}
    for number, (kernel, count) in enumerate(KERNELS.items()):
        rounds, outputs = [], set()
        for _ in range(options.rounds):
            results = {name: [measure(command, number, count // options.divisor) for command in commands]
                       for name, commands in subjects.items()}
            outputs |= {output for pair in results.values() for _, output in pair}
            rounds.append({name: [time for time, _ in pair] for name, pair in results.items()})
        expect(len(outputs) == 1, f"{kernel}: the programs do not agree: {outputs}")
        cells = []
        for name in subjects:
            plain = statistics.median(row[name][0] for row in rounds)
            ratio = statistics.median(row[name][1] / row[name][0] for row in rounds)
            ratios[name].append(ratio)
            cells.append(f"{plain:.0f}, {ratio:.2f}")
        print(f"| {kernel} | " + " | ".join(cells) + " |", flush=True)
    means = [f"**{statistics.geometric_mean(column):.2f}**" for column in ratios.values()]
    print("| geometric mean | " + " | ".join(means) + " |\n")


def time_round_trips(options, subjects):
    """subjects: name -> (command, how much less it is asked to do)."""
    print("| | " + " | ".join(ROUND_TRIPS) + " |\n| --- |" + " --- |" * len(ROUND_TRIPS))
    outputs = {}
    for name, (command, less) in subjects.items():
        cells = []
        for number, count in ROUND_TRIPS.values():
            count //= less * options.divisor
            times = []
            for _ in range(options.rounds):
                empty, _ = measure(command, number, 0)
                time, output = measure(command, number, count)
                expect(outputs.setdefault((number, count), output) == output, f"{name}: {output}")
                times.append((time - empty) * 1e6 / count)
            cells.append(f"{statistics.median(times):.0f} ns")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=pathlib.Path)
    parser.add_argument("--clang", default="clang-19")
    parser.add_argument("--node")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", dest="divisor", action="store_const", const=100, default=1)
    options = parser.parse_args()
    options.w2c = options.w2c.resolve()
    with tempfile.TemporaryDirectory() as folder:
        builder = Builder(options, pathlib.Path(folder))
        programs = [builder.wasm(form, "program") for form in FORMS]
        libraries = [builder.wasm(form, "library") for form in FORMS]
        compilers = ("gcc", options.clang)
        subjects = {}
        for cc in compilers:
            subjects[f"program, {cc}"] = [builder.program(module, cc) for module in programs]
            subjects[f"library, {cc}"] = [builder.library(module, cc) for module in libraries]
        natives = {f"native, {cc}": [builder.native(form, cc) for form in FORMS] for cc in compilers}
        compare_kernels(options, {**subjects, **natives})
        trips = {name: (pair[1], 1) for name, pair in {**subjects, **natives}.items()}
        for engine, less in (("tcc", 1), ("interp", 10)):
            trips[f"--engine={engine}"] = ([options.w2c, "run", f"--engine={engine}", programs[1]], less)
        if options.node:
            trips["node"] = ([options.node, HERE / "run_module.mjs", programs[1]], 10)
        time_round_trips(options, trips)


if __name__ == "__main__":
    main()
