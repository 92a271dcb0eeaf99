#!/usr/bin/env python3
"""Programs in C and Rust, compiled to WebAssembly by clang and rustc, made native by w2c or run by its engines, and
compared with what they should do.

    check.py --w2c build/w2c --clang clang-19 [--quick] [--levels] [--bless] [--races] [NAME...]

Each NAME.c or NAME.rs begins with a comment whose lines say how it is run:

    run: WORD...       a run with these arguments; the lines that follow are about this run, up to the next `run:`
    grant: WORD...     W2C_OPTIONS
    stdin: TEXT        standard input, with escapes as in C
    exit: N            exit code (0)
    stderr: REGEX      must be found in standard error, each of several; without one standard error must be empty
    cflags: WORD...    for clang or rustc (the whole file)
    cc: WORD...        what w2c is told about the C compiler (the whole file)
    native:            the output is compared with that of the same source, compiled for this machine (the whole file)

A run is in a folder of its own, empty at first and shared by the runs of the file. Without `native:` the output of all
runs is in NAME.out, which --bless rewrites. --quick: not every compiler with every kind of bounds check; engines all.
--levels: compiled without optimisation and with all of it, instead of w2c's own choice.
--races: programs are compiled by clang with its detector of data races, which says on standard error what it finds; a
w2c that was built with -DW2C_SANITIZE=thread looks for races in the engines as well.
"""
import os
import pathlib
import re
import shlex
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
from checking import Failure, Skip, build, expect, main, run

RUST_TARGET = "wasm32-wasip1"
DIRECTIVE = re.compile(r"^[/ ]\* +(run|grant|stdin|exit|stderr|cflags|cc|native):(.*)$", re.M)


def expect_rust():
    """A compiler for Rust is large, so the tests install none."""
    if not shutil.which("rustc"):
        raise Skip("there is no rustc")
    _, libraries, _ = run(["rustc", "--print=target-libdir", "--target", RUST_TARGET])
    if not os.path.isdir(libraries.decode().strip()):
        raise Skip(f"rustc has no {RUST_TARGET}")


class Run:
    def __init__(self, words):
        self.words = shlex.split(words)
        self.grant = ""
        self.stdin = b""
        self.exit = 0
        self.stderr = []

    def title(self):
        return "$ " + " ".join(self.words) + "\n"


class Program:
    def __init__(self, path):
        self.path = path
        self.name = path.stem
        self.is_rust = path.suffix == ".rs"
        self.runs = []
        self.cflags = []
        self.w2c_flags = []
        self.is_native = False
        for key, value in DIRECTIVE.findall(path.read_text(encoding="utf-8").split("*/")[0]):
            self.set(key, value.strip())

    def set(self, key, value):
        if key == "run":
            self.runs.append(Run(value))
        elif key == "native":
            self.is_native = True
        elif key == "cflags":
            self.cflags += shlex.split(value)
        elif key == "cc":
            self.w2c_flags = shlex.split(value)
        elif key == "stdin":
            self.runs[-1].stdin = value.encode().decode("unicode_escape").encode()
        elif key == "exit":
            self.runs[-1].exit = int(value)
        elif key == "stderr":
            self.runs[-1].stderr.append(value)
        else:
            setattr(self.runs[-1], key, value)

    # ---- building ----

    def compile_wasm(self, clang, work):
        """The module; made once, whatever is done with it."""
        module = work / f"{self.name}.wasm"
        if self.is_rust:
            expect_rust()
            build(["rustc", "-O", "--target", RUST_TARGET, *self.cflags, self.path, "-o", module])
        else:
            build([clang, "--target=wasm32-wasi", "-O2", "-Wall", "-Wextra", "-Werror", *self.cflags, self.path, "-o",
                   module])
        return module

    def compile_native(self, work):
        program = work / f"{self.name}-native"
        compile_it = ["rustc", "-O", self.path] if self.is_rust else ["gcc", "-O2", "-w", self.path, "-lm"]
        build([*compile_it, "-o", program])
        return program

    # ---- running ----

    def output(self, command_of, is_wasm):
        """What all runs write to standard output, each below its title. `command_of` makes the command of a run, and
        the environment that it needs."""
        text = b""
        with tempfile.TemporaryDirectory() as folder:
            for one in self.runs:
                command, environment = command_of(one)
                code, out, err = run(command, cwd=folder, stdin=one.stdin, environment=environment)
                said = out.decode(errors="replace") + err.decode(errors="replace")
                expect(code == one.exit, f"{one.title()}exit code {code}, not {one.exit}: {said[-1000:]}")
                if is_wasm:
                    check_stderr(one, err.decode(errors="replace"))
                text += one.title().encode() + out
        return text


def by_program(program):
    return lambda one: ([program, *one.words], {"W2C_OPTIONS": one.grant})


def by_engine(w2c, engine, bounds, module):
    return lambda one: ([w2c, "run", "--engine=" + engine, "--bounds=" + bounds, *shlex.split(one.grant), module,
                         *one.words], {})


def check_stderr(one, text):
    if not one.stderr:
        expect(text == "", f"{one.title()}standard error: {text[:500]}")
    for pattern in one.stderr:
        expect(re.search(pattern, text), f"{one.title()}standard error does not match {pattern}: {text[:500]}")


ENGINES = [("interp", "guard"), ("interp", "check"), ("tcc", "guard")]


class Checker:
    def __init__(self, options, work):
        self.options = options
        self.work = work

    def modes(self, program):
        """(compiler, bounds, options of w2c besides)"""
        levels = ["-O0"], ["-O3"], ["-O3", "--strict-traps"]
        for cc, bounds in self.compiled_modes(program):
            for level in levels if self.options.levels else [[]]:
                if bounds == "guard" or "--strict-traps" not in level:
                    yield cc, bounds, level

    def compiled_modes(self, program):
        clang = self.options.clang
        if self.options.races:
            # Code with the detector in it cannot end at the end of its stack: it dies, or hangs, in the detector.
            exhausts = any("stack exhausted" in " ".join(one.stderr) for one in program.runs)
            return [] if exhausts else [(clang, "guard"), (clang, "check")]
        if self.options.quick:
            return [("gcc", "guard"), (clang, "check")]
        return [(cc, bounds) for cc in ("gcc", clang) for bounds in ("guard", "check")]

    def expected(self, program):
        if program.is_native:
            return program.output(by_program(program.compile_native(self.work)), is_wasm=False)
        path = program.path.with_suffix(".out")
        return path.read_bytes() if path.exists() else b""

    def check(self, program):
        """One test: all modes give the expected output. Translated and compiled silently, too."""
        expect(program.runs, "has no run: line")
        module = program.compile_wasm(self.options.clang, self.work)
        expected = self.expected(program)
        for engine, bounds in ENGINES:
            self.compare(program, f"{engine}, {bounds}", by_engine(self.options.w2c, engine, bounds, module), expected)
        flags = "-Wall -Wextra -Werror" + " -fsanitize=thread" * self.options.races
        for cc, bounds, level in self.modes(program):
            native = self.work / "-".join([program.name, cc, bounds, *level])
            build([self.options.w2c, module, "-o", native, "--cc", cc, "--bounds", bounds, "-j", "1", *level,
                   "--cflags", flags, *program.w2c_flags])
            self.compare(program, ", ".join([cc, bounds, *level]), by_program(native), expected)

    def compare(self, program, mode, command_of, expected):
        try:
            found = program.output(command_of, is_wasm=True)
        except Failure as failure:
            raise Failure(f"{mode}: {failure}") from None
        if self.options.bless and not program.is_native:
            program.path.with_suffix(".out").write_bytes(found)
        else:
            expect(found == expected, f"{mode}: " + difference(found, expected))


def difference(found, expected):
    lines = found.split(b"\n"), expected.split(b"\n")
    for number, (one, other) in enumerate(zip(*lines), 1):
        if one != other:
            return f"line {number}: found {one!r}, expected {other!r}"
    return f"{len(lines[0])} lines of output, expected {len(lines[1])}"


def plan(options, work):
    if options.races:
        # A trap leaves the handler of a fault for good, by longjmp; the detector believes it is still in there.
        os.environ.setdefault("TSAN_OPTIONS", "report_signal_unsafe=0")
    checker = Checker(options, work)
    programs = [Program(path) for path in sorted([*HERE.glob("*.c"), *HERE.glob("*.rs")])]
    return [(program.name, lambda program=program: checker.check(program)) for program in programs]


if __name__ == "__main__":
    main(__doc__, plan, "--bless", "--levels", "--races")
