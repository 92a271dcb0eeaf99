#!/usr/bin/env python3
"""Tail calls in constant space: with each compiler, at each level of optimisation, in each engine, on a small stack.

    check.py --w2c build/w2c --clang clang-19 [--quick]

endless.wat     a program: chains of a million to a hundred million tail calls, of all forms; what goes wrong traps
vectors.wat     a program: a chain with vectors as arguments, in registers and on the stack
recursion.wat   a program: ordinary calls among tail calls, without end, which must exhaust the stack
bounded.wat     a program: chains that end soon, which are ordinary calls and loops in C
libraries.wast  instances that call each other in tail position; carried out by the harness of the official suite
exceptions.wast tail calls out of try blocks; the same

--quick: two levels of optimisation instead of four.
"""
import pathlib
import resource
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
from checking import build, expect, main, run

STACK_BYTES = 512 << 10
TRAPPED = 134


def on_small_stack():
    resource.setrlimit(resource.RLIMIT_STACK, (STACK_BYTES, STACK_BYTES))


class Checker:
    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.suite = work / "suite"
        for name in ("endless", "vectors", "recursion", "bounded"):
            build(["wat2wasm", "--enable-tail-call", HERE / f"{name}.wat", "-o", work / f"{name}.wasm"])
        (self.suite / "core").mkdir(parents=True)
        for name in ("libraries", "exceptions"):
            build(["wast2json", "--enable-tail-call", "--enable-exceptions", HERE / f"{name}.wast", "-o",
                   self.suite / f"core/{name}.json"])
        (work / "none.txt").write_text("", encoding="utf-8")

    def check_run(self, name, command):
        code, out, err = run(command, preexec_fn=on_small_stack)
        text = (out + err).decode(errors="replace")
        if name != "recursion":
            expect(code == 0 and not text, f"exit code {code}: {text[:500]}")
        else:
            expect(code == TRAPPED and "call stack exhausted" in text, f"exit code {code}: {text[:500]}")

    def check_engine(self, name, engine, bounds):
        self.check_run(name, [self.options.w2c, "run", "--engine=" + engine, "--bounds=" + bounds,
                              self.work / f"{name}.wasm"])

    def check_compiled(self, name, cc, level, bounds):
        program = self.work / f"{name}-{cc}-{level}-{bounds}"
        build([self.options.w2c, self.work / f"{name}.wasm", "-o", program, "--cc", cc, "--bounds", bounds,
               "-O" + level, "--cflags", "-Wall -Wextra -Werror"])
        self.check_run(name, [program])

    def check_bounded(self):
        source = self.work / "bounded.c"
        build([self.options.w2c, self.work / "bounded.wasm", "-o", source])
        expect("w2c_tail_enter" not in source.read_text(encoding="utf-8"), "a bounded chain is taken for endless")

    def check_libraries(self, *words):
        code, out, err = run([sys.executable, HERE.parent / "spec/run.py", "--w2c", self.options.w2c, "--suite",
                              self.suite, "--unsupported", self.work / "none.txt", "--work",
                              self.work / "-".join(["libraries", *words]).replace("/", "_"), *words], timeout=600)
        text = (out + err).decode(errors="replace")
        expect(code == 0 and " 0 failed" in text, text[-1000:])

    def tests(self):
        levels = "02" if self.options.quick else "0123"
        for name in ("endless", "vectors", "recursion"):
            for engine, bounds in (("interp", "guard"), ("interp", "check"), ("tcc", "guard")):
                yield f"{name}, {engine}, {bounds}", lambda n=name, e=engine, b=bounds: self.check_engine(n, e, b)
            for cc in ("gcc", self.options.clang):
                for level in levels:
                    yield (f"{name}, {cc} -O{level}",
                           lambda n=name, c=cc, o=level: self.check_compiled(n, c, o, "guard"))
                yield f"{name}, {cc}, check", lambda n=name, c=cc: self.check_compiled(n, c, "1", "check")
        yield "bounded", self.check_bounded
        yield "bounded, gcc -O2", lambda: self.check_compiled("bounded", "gcc", "2", "guard")
        for engine in ("interp", "tcc"):
            yield f"libraries, {engine}", lambda e=engine: self.check_libraries("--engine", e)
        for cc in ("gcc", self.options.clang):
            for level in levels:
                yield (f"libraries, {cc} -O{level}",
                       lambda c=cc, o=level: self.check_libraries("--cc", c, "--cflags=-O" + o))


def plan(options, folder):
    return list(Checker(options, folder).tests())


if __name__ == "__main__":
    if not shutil.which("wat2wasm") or not shutil.which("wast2json"):
        print("wabt is not installed")
        sys.exit(77)
    main(__doc__, plan)
