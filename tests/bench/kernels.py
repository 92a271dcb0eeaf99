#!/usr/bin/env python3
"""What WebAssembly and w2c cost programs that only compute: each kernel natively and through w2c, by the same compiler.

    kernels.py --w2c build/w2c [--rounds N] [--json FILE] [--svg FILE] [--node NODE] [--wasmtime PYTHON]
               [--wazero WAZERO] [--wasm2c] [--only VARIANTS] [NAME...]
    kernels.py --w2c build/w2c --smoke [--quick]

The kernels are kernels/*.c. Each is compiled natively by gcc and by clang, and to WebAssembly by the same clang (with
-mbulk-memory, its default from version 20 on), all with -O2; then w2c and either compiler make programs of the module.
All programs of a kernel run once in each round, so that what disturbs the machine for a while disturbs all of them, and
each round starts with another one. A figure is processor time; a ratio is the median over the rounds of the time
divided by that of the native program, by the same compiler, in the same round. Behind the median stands the spread:
half the distance of the quartiles, relative. What programs print must agree.

--before W2C adds columns for another w2c: what did a change gain? Peers, whose ratios are to native gcc: --wasm2c adds
wabt's, with gcc -O2; --node a node that runs the module; --wasmtime a Python that has the package wasmtime; --wazero
its command, whose compiled code is kept. Of these three a run that computes nothing is taken off, for their start is
longer than some kernels.
--smoke measures nothing: with -O1 and little to do, it tests that all agree, and counts. With --quick the kinds of
bounds checks take turns over the kernels.
"""
import argparse
import json
import pathlib
import shutil
import statistics
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE / "kernels"
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
from checking import build, expect, run, run_tests
import dot_plot
from measuring import machine, spread, time_once
import measuring

TO_WASM = ["--target=wasm32-wasi", "-O2", "-mbulk-memory"]
SMOKE_ROUNDS = "2"
NO_ROUNDS = "0"
PLOT_TITLE = "Processor time of kernels, as a ratio to the native program by the same compiler"
WASM2C_RUNTIME = pathlib.Path("/usr/share/wabt/wasm2c")
WASM2C_MAIN = """#include <stdio.h>
#include "kernel.h"
int main(void) {
    static Z_kernel_instance_t instance;
    wasm_rt_init();
    Z_kernel_init_module();
    Z_kernel_instantiate(&instance);
    const u8 *rounds = &instance.w2c_memory.data[*Z_kernelZ_kernel_rounds(&instance)];
    printf("%u\\n", Z_kernelZ_kernel(&instance, *(const u32 *)rounds));
    return 0;
}
"""


class Variant:
    """A way to make a program of a kernel. `baseline` is the variant that its time is divided by, or None. If it
    `starts_slowly`, its start is not counted."""

    def __init__(self, name, make, baseline=None, starts_slowly=False):
        self.name = name
        self.make = make
        self.baseline = baseline
        self.starts_slowly = starts_slowly


def source_files(name):
    return [SOURCES / f"{name}.c", SOURCES / "kernel_main.c"]


def native(compiler, level="-O2"):
    def make(name, module, program):
        del module
        build([compiler, level, "-Wall", "-Wextra", *source_files(name), "-o", program, "-lm"])
        return [program]
    return make


def by_w2c(w2c, compiler, bounds, level="-O2"):
    def make(name, module, program):
        del name
        build([w2c, module, "--cc", compiler, level, f"--bounds={bounds}", "-o", program])
        return [program]
    return make


def by_node(node):
    def make(name, module, program):
        del name, program
        return [node, "--no-warnings", HERE / "run_module.mjs", module]
    return make


def by_wasmtime(python):
    def make(name, module, program):
        del name, program
        command = [python, HERE / "run_wasmtime.py", module]
        time_once([*command, NO_ROUNDS])  # compiles, and keeps what it has compiled
        return command
    return make


def by_wazero(wazero):
    def make(name, module, program):
        del name
        command = [wazero, "run", f"-cachedir={program}.cache", module]
        time_once([*command, NO_ROUNDS])
        return command
    return make


def by_wasm2c(clang):
    """As a library, for wasm2c has no WASI."""
    def make(name, module, program):
        del module
        folder = pathlib.Path(f"{program}.wasm2c")
        folder.mkdir()
        library = folder / "kernel.wasm"
        build([clang, *TO_WASM, "-nostartfiles", "-Wl,--no-entry", "-Wl,--export=kernel",
               "-Wl,--export=kernel_rounds", SOURCES / f"{name}.c", "-o", library])
        build(["wasm2c", "--module-name=kernel", library, "-o", folder / "kernel.c"])
        (folder / "main.c").write_text(WASM2C_MAIN)
        build(["gcc", "-O2", "-w", f"-I{WASM2C_RUNTIME}", folder / "main.c", folder / "kernel.c",
               WASM2C_RUNTIME / "wasm-rt-impl.c", "-lm", "-o", program])
        return [program]
    return make


def plan_variants(options):
    variants = [Variant("gcc", native("gcc")), Variant("clang", native(options.clang), "gcc")]
    for label, w2c in (("", options.w2c), ("before ", options.before)):
        if not w2c: continue
        variants += [Variant(f"{label}gcc guard", by_w2c(w2c, "gcc", "guard"), "gcc"),
                     Variant(f"{label}gcc check", by_w2c(w2c, "gcc", "check"), "gcc"),
                     Variant(f"{label}clang guard", by_w2c(w2c, options.clang, "guard"), "clang"),
                     Variant(f"{label}clang check", by_w2c(w2c, options.clang, "check"), "clang")]
    if options.node: variants.append(Variant("node", by_node(options.node), "gcc", starts_slowly=True))
    if options.wasmtime: variants.append(Variant("wasmtime", by_wasmtime(options.wasmtime), "gcc", starts_slowly=True))
    if options.wazero: variants.append(Variant("wazero", by_wazero(options.wazero), "gcc", starts_slowly=True))
    if options.wasm2c: variants.append(Variant("wasm2c", by_wasm2c(options.clang), "gcc"))
    if options.only:
        wanted = {"gcc", "clang", *options.only.split(",")}
        variants = [variant for variant in variants if variant.name in wanted]
    return variants


def compile_module(name, options, work):
    module = work / f"{name}.wasm"
    build([options.clang, *TO_WASM, "-Wall", "-Wextra", *source_files(name), "-o", module])
    return module


# ---- measuring ----

def time_variant(variant, command):
    seconds, text = time_once(command)
    if variant.starts_slowly: seconds -= time_once([*command, NO_ROUNDS])[0]
    return seconds, text


def measure(name, variants, options, work):
    """{variant: [seconds]}"""
    module = compile_module(name, options, work)
    commands = [variant.make(name, module, work / f"{name}-{variant.name.replace(' ', '-')}") for variant in variants]
    subjects = {variant.name: (variant, command) for variant, command in zip(variants, commands)}
    results = measuring.in_turns(subjects, options.rounds, lambda subject: time_variant(*subject))
    return measuring.times_that_agree(name, results)


def ratio(times, variant):
    """(median, spread)"""
    return measuring.ratio(times[variant.name], times[variant.baseline])


# ---- results ----

def print_head(variants):
    heads = [f"{variant.name}" for variant in variants if variant.baseline]
    print("| kernel | gcc, ms | " + " | ".join(heads) + " |")
    print("| --- | --- |" + " --- |" * len(heads), flush=True)


def print_row(name, times, variants):
    cells = [f"{statistics.median(times['gcc']) * 1000:.0f} ± {spread(times['gcc']) * 100:.0f} %"]
    for variant in variants:
        if not variant.baseline: continue
        median, range_ = ratio(times, variant)
        cells.append(f"{median:.2f} ± {range_ * 100:.0f} %")
    print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def geomeans(results, variants):
    return {variant.name: measuring.geomean([ratio(times, variant)[0] for times in results.values()])
            for variant in variants if variant.baseline}


def print_geomeans(results, variants):
    cells = [f"**{value:.3f}**" for value in geomeans(results, variants).values()]
    print("| geometric mean | | " + " | ".join(cells) + " |")


def write_results(options, results, variants):
    if options.json:
        document = {"machine": machine(), "rounds": options.rounds, "seconds": results,
                    "geomeans": geomeans(results, variants)}
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    if options.svg:
        shown = [variant for variant in variants if variant.baseline and variant.name != "clang"]
        rows = {name: {variant.name: ratio(times, variant)[0] for variant in shown} for name, times in results.items()}
        options.svg.write_text(dot_plot.plot(PLOT_TITLE, rows, [variant.name for variant in shown]))


def benchmark(names, options):
    variants = plan_variants(options)
    results = {}
    print(f"{machine()}; {options.rounds} rounds\n")
    print_head(variants)
    for name in names:
        with tempfile.TemporaryDirectory(prefix="w2c-kernel-") as work:
            folder = options.keep or pathlib.Path(work)
            results[name] = measure(name, variants, options, folder)
        print_row(name, results[name], variants)
    print_geomeans(results, variants)
    write_results(options, results, variants)


# ---- the smoke test ----

def smoke(name, options, all_bounds):
    """Little work: do all print the same?"""
    with tempfile.TemporaryDirectory(prefix="w2c-kernel-") as work:
        folder = pathlib.Path(work)
        module = compile_module(name, options, folder)
        makers = {"native": native("gcc", "-O1"),
                  **{bounds: by_w2c(options.w2c, "gcc", bounds, "-O1") for bounds in all_bounds}}
        outputs = {}
        for label, make in makers.items():
            code, out, err = run([*make(name, module, folder / label), SMOKE_ROUNDS])
            expect(code == 0 and not err, f"{label}: exit code {code}: {err.decode(errors='replace')}")
            outputs[label] = out
        expect(len(set(outputs.values())) == 1, f"outputs differ: {outputs}")


def smoke_all(names, options):
    tests = []
    for i, name in enumerate(names):
        all_bounds = [("guard", "check")[i % 2]] if options.quick else ["guard", "check"]
        tests.append((name, lambda name=name, all_bounds=all_bounds: smoke(name, options, all_bounds)))
    run_tests(tests)


def path(text):
    return pathlib.Path(text).resolve()


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=path)
    parser.add_argument("--before", type=path, metavar="W2C")
    parser.add_argument("--clang", default=shutil.which("clang-19") or "clang", help="with a WASI libc")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", metavar="VARIANTS", help="with commas between: gcc guard,gcc check")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--svg", type=pathlib.Path)
    parser.add_argument("--node")
    parser.add_argument("--wasmtime", metavar="PYTHON")
    parser.add_argument("--wazero")
    parser.add_argument("--wasm2c", action="store_true")
    parser.add_argument("--keep", type=path, metavar="DIR", help="leave modules and programs there")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    return parser.parse_args()


def main():
    options = parse_options()
    known = sorted(path.stem for path in SOURCES.glob("*.c") if path.stem != "kernel_main")
    if unknown := set(options.names) - set(known):
        sys.exit(f"no such kernel: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    names = options.names or known
    if options.smoke:
        smoke_all(names, options)
    else:
        benchmark(names, options)


if __name__ == "__main__":
    main()
