#!/usr/bin/env python3
"""Programs in C++ that throw, with both encodings of exceptions, in all engines and builds, compared with the same
program compiled natively.

    programs.py --w2c build/w2c [--clang clang-19] [--quick] [NAME...]

program.cpp     catches by type and by base class, rethrows, runs destructors
unwinding.cpp   throws through pointers to functions, virtual functions, constructors, handlers, functions of C
combined.cpp    exceptions with vectors, tail calls and atomic operators
wide.cpp        exceptions in a 64-bit memory

and one in WebAssembly, with threads (extremes.py), which is to end with its own exit code.

The legacy form is what clang emits by default; the form of WebAssembly 3.0 (try_table) is emitted by clang 20 and
later, if one is installed. --clang links both, since it has the libraries; cxx_abi.cpp is what its C++ library lacks.
--quick: of the C compilers, gcc with guard pages alone.
"""
import argparse
import pathlib
import re
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(HERE.parent / "tools")]
import extremes
from checking import Skip, build, expect, run, run_tests

NAMES = ("program", "unwinding", "combined", "wide")
FORMS = ("legacy", "try_table")
THREAD_RUNS = 3
NEW_CLANGS = [f"clang-{version}" for version in (22, 21, 20, 23, 24)]


def find_compiler(clang, form):
    """(command, flags) of a compiler that emits this form."""
    if form == "legacy":
        return clang, []
    found = next((name for name in NEW_CLANGS if shutil.which(name)), None)
    if not found:
        raise Skip("no clang of version 20 or later is installed, and earlier ones emit the legacy form only")
    return found, ["-mllvm", "-wasm-use-legacy-eh=false"]


def compile_wasm(clang, name, form, folder):
    """The module's path."""
    compiler, flags = find_compiler(clang, form)
    source = HERE / f"{name}.cpp"
    own_flags = re.search(r"flags: (.*?)(?: \*/|\n)", source.read_text(encoding="utf-8"))
    own_flags = own_flags.group(1).split() if own_flags else []
    objects = []
    for path in (source, HERE / "cxx_abi.cpp", HERE / "cpp_tag.S"):
        objects.append(folder / f"{name}-{form}-{path.stem}.o")
        build([compiler, "--driver-mode=g++", "--target=wasm32-unknown-wasi", "-isystem", "/usr/include/wasm32-wasi",
               "-O1", "-fwasm-exceptions", "-w", *flags, *own_flags, "-c", path, "-o", objects[-1]])
    module = folder / f"{name}-{form}.wasm"
    build([clang, "--driver-mode=g++", "--target=wasm32-wasi", "-nostdlib++", *own_flags, *objects, "-o", module])
    return module


def native_run(clang, name, program):
    """(exit code, standard output, standard error). By clang, for its extensions."""
    build([clang, "--driver-mode=g++", "-O1", HERE / f"{name}.cpp", "-o", program])
    return run([program])


class Checker:
    def __init__(self, options, folder):
        self.w2c = options.w2c
        self.clang = options.clang
        self.is_quick = options.quick
        self.folder = folder
        self.modes = [("gcc", "guard")]
        if not options.quick:
            self.modes += [("gcc", "check"), (options.clang, "guard"), (options.clang, "check")]

    def commands(self, module):
        for engine, bounds in (("interp", "guard"), ("interp", "check"), ("tcc", "guard")):
            yield f"{engine}, {bounds}", [self.w2c, "run", f"--engine={engine}", f"--bounds={bounds}", module]
        yield "auto", [self.w2c, "run", "--engine=auto", "-O1", "--takeover-first", module]
        for cc, bounds in self.modes:
            program = module.with_suffix(f".{cc}.{bounds}")
            build([self.w2c, module, "-o", program, "-O1", "--cc", cc, "--bounds", bounds, "-j", "1", "--cflags",
                   "-Wall -Wextra -Werror"])
            yield f"{cc}, {bounds}", [program]

    def check(self, name, form):
        module = compile_wasm(self.clang, name, form, self.folder)
        expected = native_run(self.clang, name, module.with_suffix(".native"))
        cache = tempfile.mkdtemp(dir=self.folder)
        for mode, command in self.commands(module):
            found = run(command, environment={"XDG_CACHE_HOME": cache, "W2C_OPTIONS": ""})
            expect(found == expected, f"{mode}: exit code {found[0]}, not {expected[0]}\n{found[1][-500:]}"
                                      f"\n{expected[1][-500:]}\n{found[2][-500:]}")


    def check_threads(self):
        """With less memory than all exceptions take, so that they are collected while others are thrown."""
        module = self.folder / "threads.wasm"
        module.write_bytes(extremes.threads_program())
        for mode, command in self.commands(module):
            for _ in range(THREAD_RUNS):
                code, out, err = run(command, environment={"W2C_OPTIONS": "", "W2C_HEAP_LIMIT": "24M"})
                expect((code, out, err) == (extremes.THREADS_EXIT, b"", b""), f"{mode}: exit code {code}: {err[-500:]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=pathlib.Path)
    parser.add_argument("--clang", default="clang")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    options.w2c = options.w2c.resolve()
    with tempfile.TemporaryDirectory(prefix="w2c-exceptions-") as folder:
        checker = Checker(options, pathlib.Path(folder))
        run_tests([(f"{name}, {form}", lambda name=name, form=form: checker.check(name, form))
                   for name in options.names or NAMES for form in FORMS] + [("threads", checker.check_threads)])


if __name__ == "__main__":
    main()
