#!/usr/bin/env python3
"""How fast the operators on vectors are: ours (include/w2c/ops_simd.h) and SIMDe's, in the same kernels.

    simd_cost.py [--rounds N] [--clang clang-19] [--engines build/w2c]

vectors/vector_kernels.c is compiled with either, by gcc and clang, for the processors that every x86-64 is and for
SSE4.1. All programs take turns; a figure is the least time over the rounds. A ratio is ours divided by SIMDe's. What
the kernels compute must agree. SIMDe is Debian's libsimde-dev.

--engines: instead, the same kernels as a module, through the engines of that w2c and as a program by gcc.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = HERE.parents[1] / "include"
SOURCE = HERE / "vectors" / "vector_kernels.c"


def compile_all(compilers, folder):
    programs = {}
    for compiler in compilers:
        for level in ("", "-msse4.1"):
            for kind, flags in (("ours", ["-DW2C_OWN", f"-I{INCLUDE}"]), ("SIMDe", [])):
                program = folder / f"{compiler}{level}{kind}"
                command = [compiler, "-std=gnu11", "-O2", "-w", *level.split(), *flags, SOURCE, "-o", program]
                subprocess.run(command, check=True)
                programs[compiler, level, kind] = program
    return programs


def measure(programs, rounds):
    """Least time by program and kernel."""
    times, sums = {}, {}
    for _ in range(rounds):
        for key, program in programs.items():
            command = program if isinstance(program, list) else [program]
            for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
                name, time, checksum = line.split()
                times[key, name] = min(float(time), times.get((key, name), 1e9))
                if sums.setdefault(name, checksum) != checksum:
                    raise SystemExit(f"{name}: {key} computes {checksum}, not {sums[name]}")
    return times, list(sums)


def print_table(compilers, times, kernels):
    columns = [(compiler, level) for compiler in compilers for level in ("", "-msse4.1")]
    print("ns a vector: ours, SIMDe, ratio")
    print(f"{'kernel':12}" + "".join(f"{compiler + ' ' + (level or '(SSE2)'):>28}" for compiler, level in columns))
    for kernel in kernels:
        line = f"{kernel:12}"
        for compiler, level in columns:
            ours, other = times[(compiler, level, "ours"), kernel], times[(compiler, level, "SIMDe"), kernel]
            line += f"{ours:12.3f}{other:9.3f}{ours / other:7.2f}"
        print(line)


def compile_for_engines(w2c, clang, folder):
    module, program = folder / "kernels.wasm", folder / "kernels"
    subprocess.run([clang, "--target=wasm32-wasi", "-O2", "-msimd128", "-DW2C_OWN", SOURCE, "-o", module], check=True)
    subprocess.run([w2c, "-O2", "--cc=gcc", module, "-o", program], check=True)
    return {"interp": [w2c, "run", "--engine=interp", module], "tcc": [w2c, "run", "--engine=tcc", module],
            "gcc -O2": program}


def print_engines(times, kernels):
    engines = ("interp", "tcc", "gcc -O2")
    print("ns a vector\n" + f"{'kernel':12}" + "".join(f"{engine:>10}" for engine in engines))
    for kernel in kernels:
        print(f"{kernel:12}" + "".join(f"{times[engine, kernel]:10.1f}" for engine in engines))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clang", default="clang-19")
    parser.add_argument("--engines", type=pathlib.Path, metavar="W2C")
    options = parser.parse_args()
    compilers = ["gcc", options.clang]
    with tempfile.TemporaryDirectory() as folder:
        if options.engines:
            programs = compile_for_engines(options.engines.resolve(), options.clang, pathlib.Path(folder))
            print_engines(*measure(programs, options.rounds))
            return 0
        programs = compile_all(compilers, pathlib.Path(folder))
        print_table(compilers, *measure(programs, options.rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
