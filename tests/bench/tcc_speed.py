#!/usr/bin/env python3
"""The engine that compiles in memory against what else tcc makes of the same programs.

    tcc_speed.py --w2c build/w2c [--rounds N] [--clang clang] [NAME...]

The kernels are kernels/*.c, compiled to WebAssembly by clang -O2. Each runs

    original    its C source, compiled by tcc
    wasm2c      the C that wabt's wasm2c makes of the module, compiled by tcc (where wasm2c is installed)
    w2c         w2c run --engine=tcc, which compiles it each time
    gcc -O2     its C source, compiled by gcc: how far away a real compiler is

in turns. A figure is the median of the processor time of the whole process, in milliseconds; ratios are medians over
the rounds. What programs print must agree.
"""
import argparse
import math
import pathlib
import shutil
import statistics
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE / "kernels"
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
from checking import build
import measuring

WASM2C_RUNTIME = pathlib.Path("/usr/share/wabt/wasm2c")
MAIN_FOR_WASM2C = """#include <stdio.h>
#include "NAME.h"
int main(void) {
    static Z_NAME_instance_t instance;
    wasm_rt_init();
    Z_NAME_init_module();
    Z_NAME_instantiate(&instance);
    printf("%u\\n", Z_NAMEZ_kernel(&instance, ROUNDS));
    return 0;
}
"""


def rounds_of(name):
    """The number that kernel_main.c passes."""
    for line in (SOURCES / f"{name}.c").read_text().splitlines():
        if line.startswith("const unsigned kernel_rounds = "):
            return line.split()[-1].rstrip(";")
    raise ValueError(f"{name}: no kernel_rounds")


def uses_library(name):
    return "#include <" in (SOURCES / f"{name}.c").read_text()


def native(name, folder, compiler, *flags):
    program = folder / f"native-{compiler}"
    build([compiler, *flags, SOURCES / f"{name}.c", SOURCES / "kernel_main.c", "-o", program, "-lm"])
    return [program]


def by_wasm2c(name, folder, clang):
    """As a library, for wasm2c has no WASI."""
    module = folder / "library.wasm"
    build([clang, "--target=wasm32-wasi", "-O2", "-nostartfiles", "-Wl,--no-entry", "-Wl,--export=kernel",
           SOURCES / f"{name}.c", "-o", module])
    build(["wasm2c", "-n", name, module, "-o", folder / f"{name}.c"])
    main = folder / "main.c"
    main.write_text(MAIN_FOR_WASM2C.replace("NAME", name).replace("ROUNDS", rounds_of(name)))
    program = folder / "wasm2c"
    build(["tcc", "-w", f"-I{WASM2C_RUNTIME}", f"-I{folder}", main, folder / f"{name}.c",
           WASM2C_RUNTIME / "wasm-rt-impl.c", "-o", program, "-lm"])
    return [program]


def by_w2c(name, folder, options):
    module = folder / f"{name}.wasm"
    build([options.clang, "--target=wasm32-wasi", "-O2", SOURCES / f"{name}.c", SOURCES / "kernel_main.c",
           "-o", module])
    return [options.w2c, "run", "--engine=tcc", module]


def commands_of(name, folder, options):
    commands = {"original": native(name, folder, "tcc"), "w2c": by_w2c(name, folder, options),
                "gcc -O2": native(name, folder, "gcc", "-O2")}
    if shutil.which("wasm2c") and WASM2C_RUNTIME.is_dir() and not uses_library(name):
        commands["wasm2c"] = by_wasm2c(name, folder, options.clang)
    return commands


def time_without_cache(command, cache):
    """(seconds of processor time, what it printed)"""
    shutil.rmtree(cache, ignore_errors=True)
    return measuring.time_once(command, {"XDG_CACHE_HOME": str(cache)})


def measure(name, options):
    """{way: [seconds]}"""
    with tempfile.TemporaryDirectory(prefix="w2c-tcc-speed-") as work:
        folder = pathlib.Path(work)
        commands = commands_of(name, folder, options)
        results = measuring.in_turns(commands, options.rounds,
                                     lambda command: time_without_cache(command, folder / "cache"))
        return measuring.times_that_agree(name, results)


def ratio(times, way, other):
    """How many times as long `way` takes, or None."""
    if way not in times: return None
    return statistics.median(a / b for a, b in zip(times[way], times[other]))


def cell(value, digits=2):
    return "" if value is None else f"{value:.{digits}f}"


def print_row(name, times):
    milliseconds = [cell(1000 * statistics.median(times[way]), 0) if way in times else ""
                    for way in ("original", "wasm2c", "w2c", "gcc -O2")]
    ratios = [cell(ratio(times, "w2c", "original")), cell(ratio(times, "wasm2c", "w2c"), 1)]
    print(f"| {name} | " + " | ".join(milliseconds + ratios) + " |", flush=True)


def geometric_mean(values):
    known = [value for value in values if value is not None]
    return math.exp(statistics.fmean(math.log(value) for value in known)) if known else None


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clang", default=shutil.which("clang-19") or "clang")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    options.w2c = options.w2c.resolve()
    return options


def main():
    options = parse_options()
    names = options.names or sorted(path.stem for path in SOURCES.glob("*.c") if path.stem != "kernel_main")
    print("| kernel | original, tcc | wasm2c, tcc | w2c, tcc | original, gcc -O2 | w2c / original | wasm2c / w2c |")
    print("| --- " * 7 + "|")
    results = {}
    for name in names:
        results[name] = measure(name, options)
        print_row(name, results[name])
    means = [geometric_mean(ratio(times, "w2c", "original") for times in results.values()),
             geometric_mean(ratio(times, "wasm2c", "w2c") for times in results.values())]
    print(f"| geometric mean | | | | | **{cell(means[0])}** | **{cell(means[1], 1)}** |")


if __name__ == "__main__":
    main()
