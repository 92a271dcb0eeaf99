#!/usr/bin/env python3
"""Hostile names in every place where a module, or the user, can put a name.

    check.py --w2c build/w2c --clang clang-19 [--quick]

For each place a module with all names of hostile.py: the C compiles without a warning (gcc and clang, with trigraphs,
its header also as C++), defines and calls nothing that a name asked for, and the exports are found under their names
and return what they should. --quick: with one bounds mode.
"""
import os
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
import hostile
from checking import build, expect, main, run
from hostile import NAMES, NOT_UTF8

STRICT = ["-Wall", "-Wextra", "-Werror", "-O1"]
FORBIDDEN_SYMBOLS = {"injected", "system"}

# Names that the user gives.
FILE_NAMES = ["a b", "it's", 'say "x"', "int", "main", "0start", "\u00fcn\u00ef", "new\nline", "$HOME",
              "$(touch INJECTED)", "a;touch INJECTED", "back\\slash", "*", "%s%n", "-dash", "printf", "x" * 200, "...",
              "*??", "a.b", "w2c"]
PREFIXES = ["int", "*/", "a b", '"', "1x", "", "x;y", "\n", "printf", "_", "w2c", "class", "main", "x" * 5000]


def export_names(count):
    return [f"export{i}".encode() for i in range(count)]


def plan_modules():
    """(name, module, imports, exports to call)"""
    count = len(NAMES)
    pairs = [(name, b"x") for name in NAMES] + [(b"env", name) for name in NAMES] + [(name, name) for name in NAMES]
    pairs += [(b"same", b"same")] * 3
    things = [(b"env", name) for name in NAMES] + [(NAMES[0], NAMES[1]), (NAMES[2], NAMES[3])]
    harmless = export_names(count)
    yield "exports", hostile.exported_functions(NAMES), [], NAMES
    yield "exports-of-things", hostile.exported_things(NAMES), [], []
    yield "imports", hostile.imported_functions(pairs), pairs, export_names(len(pairs))
    yield "imports-of-things", hostile.imported_things(NAMES), things, harmless
    yield "functions", hostile.named_functions(NAMES), [], harmless
    yield "functions-twice", hostile.named_functions([b"same"] * count), [], harmless
    yield "functions-not-utf8", hostile.named_functions(NOT_UTF8), [], export_names(len(NOT_UTF8))


class Checker:
    def __init__(self, options, work):
        self.w2c = options.w2c.resolve()
        self.clang = options.clang
        self.work = work
        self.bounds = ["guard"] if options.quick else ["guard", "check"]

    def folder(self, name):
        path = self.work / name
        path.mkdir()
        return path

    # ---- a module ----

    def check_module(self, name, module, imports, exports):
        for bounds in self.bounds:
            folder = self.folder(f"{name}-{bounds}")
            self.translate(folder, module, bounds)
            with open(folder / "list", "wb") as file:
                write_list(file, imports, exports)
            for mode, compiler in (("gcc", ["gcc"]), ("clang", [self.clang]), ("trigraphs", ["gcc", "-trigraphs"])):
                self.check_compiled(folder, mode, compiler)
            self.check_header(folder)

    def translate(self, folder, module, bounds):
        (folder / "subject.wasm").write_bytes(module)
        build([self.w2c, "subject.wasm", "-o", "subject.c", "--library", "--bounds", bounds], cwd=folder)

    def check_compiled(self, folder, mode, compiler):
        build([*compiler, *STRICT, "-c", "subject.c", "-o", f"{mode}.o"], cwd=folder)
        check_symbols(folder / f"{mode}.o")
        build([compiler[0], *STRICT, "-I.", HERE / "names_host.c", f"{mode}.o", "-o", mode, "-lm"], cwd=folder)
        code, out, err = run([folder / mode, "list"], cwd=folder)
        expect(code == 0 and out == b"0 failures\n" and not err, f"{mode}: {code} {out[:500]!r} {err[:500]!r}")
        check_folder(folder)

    def check_header(self, folder):
        (folder / "header.cc").write_text('#include "subject.h"\nint main() { return subject_module.abi == 0; }\n')
        for compiler in (["g++"], ["g++", "-trigraphs"], [self.clang, "-x", "c++"]):
            build([*compiler, *STRICT, "-fsyntax-only", "header.cc"], cwd=folder)

    # ---- modules that cannot hold all names, or are not called ----

    def check_silent(self, folder, module):
        """Translates and compiles; there is little to call."""
        self.translate(folder, module, "check")
        for compiler in ("gcc", self.clang):
            build([compiler, *STRICT, "-fsyntax-only", "subject.c"], cwd=folder)

    def check_parts(self):
        folder = self.folder("parts")
        self.translate(folder, hostile.named_parts(NAMES), "guard")
        with open(folder / "list", "wb") as file:
            write_list(file, [], [])
        self.check_compiled(folder, "gcc", ["gcc", "-trigraphs"])

    def check_module_names(self):
        for index, name in enumerate([*NAMES, *NOT_UTF8]):
            self.check_silent(self.folder(f"module-name-{index}"), hostile.named_module(name))

    def check_broken_sections(self):
        for index, section in enumerate(hostile.broken_name_sections()):
            module = hostile.exported_functions([b"export0"], [section])
            self.check_silent(self.folder(f"broken-{index}"), module)

    def check_traps(self):
        """What is printed about a trap has the name in it, but no character that a terminal would obey."""
        for index, name in enumerate([name for name in NAMES if len(name) < 300] + NOT_UTF8):
            if index % 8:
                continue
            folder = self.folder(f"trap-{index}")
            (folder / "trap.wasm").write_bytes(hostile.traps_in(name))
            build([self.w2c, "trap.wasm", "-o", "trap", "-O0"], cwd=folder)
            code, out, err = run([folder / "trap"], cwd=folder)
            expect(code == 134 and not out, f"{name!r}: {code} {out!r}")
            expect(b"unreachable" in err and not set(err) & (set(range(32)) - {10}), f"{name!r}: {err!r}")
            check_folder(folder)

    # ---- names that the user gives ----

    def check_file_name(self, index, name):
        folder = self.folder(f"file-{index}")
        (folder / f"{name}.wasm").write_bytes(hostile.exported_functions([b"run"]))
        build([self.w2c, f"./{name}.wasm", "-o", f"./{name}.c"], cwd=folder)
        source = f"./{name}.c"
        if "\n" in name:  # gcc's own output for the assembler names the file, and the newline ends that string
            source = (folder / "other.c").write_bytes((folder / source).read_bytes()) and "other.c"
        build(["gcc", *STRICT, "-c", source, "-o", "x.o"], cwd=folder)
        build(["g++", *STRICT, "-fsyntax-only", "-x", "c++", f"./{name}.h"], cwd=folder)
        build([self.w2c, f"./{name}.wasm", "-o", f"./{name}.o", "-O0"], cwd=folder)
        check_symbols(folder / "x.o")
        (folder / f"{name}.wasm").write_bytes(hostile.traps_in(b"f"))
        build([self.w2c, f"./{name}.wasm", "-o", f"./{name}", "-O0"], cwd=folder)
        code, _, err = run([folder / name], cwd=folder)
        expect(code == 134 and b"unreachable" in err, f"exit code {code}: {err!r}")
        check_folder(folder)

    def check_prefix(self, index, prefix):
        """--name takes what can begin a C identifier, or refuses it."""
        folder = self.folder(f"prefix-{index}")
        (folder / "x.wasm").write_bytes(hostile.exported_functions(NAMES[:40]))
        code, _, err = run([self.w2c, "x.wasm", "-o", "y.c", "--name", prefix], cwd=folder)
        expect(code in (0, 2), f"exit code {code}: {err!r}")
        if code == 0:
            build(["gcc", *STRICT, "-c", "y.c", "-o", "y.o"], cwd=folder)
            build(["g++", *STRICT, "-fsyntax-only", "-x", "c++", "y.h"], cwd=folder)
            check_symbols(folder / "y.o")


def write_list(file, imports, exports):
    def write_name(name):
        file.write(struct.pack("=I", len(name)) + name)

    file.write(struct.pack("=I", len(imports)))
    for first, second in imports:
        write_name(first)
        write_name(second)
    file.write(struct.pack("=I", len(exports)))
    for name in exports:
        write_name(name)


def check_symbols(path):
    code, out, _ = run(["nm", path])
    expect(code == 0, f"nm fails on {path}")
    symbols = {line.split()[-1] for line in out.decode(errors="replace").splitlines() if line}
    expect(not symbols & FORBIDDEN_SYMBOLS, f"there are {symbols & FORBIDDEN_SYMBOLS}")


def check_folder(folder):
    expect("INJECTED" not in os.listdir(folder), "a name was run")


def plan(options, work):
    checker = Checker(options, work)
    tests = [(plan[0], lambda plan=plan: checker.check_module(*plan)) for plan in plan_modules()]
    tests += [("parts", checker.check_parts), ("module-name", checker.check_module_names),
              ("broken-name-sections", checker.check_broken_sections), ("traps", checker.check_traps)]
    tests += [(f"file name {name!r:.80}", lambda index=index, name=name: checker.check_file_name(index, name))
              for index, name in enumerate(FILE_NAMES)]
    tests += [(f"prefix {prefix!r:.80}", lambda index=index, prefix=prefix: checker.check_prefix(index, prefix))
              for index, prefix in enumerate(PREFIXES)]
    return tests


if __name__ == "__main__":
    main(__doc__, plan)
