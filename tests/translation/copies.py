#!/usr/bin/env python3
"""Small functions in each file that calls them (translator/emit/copies.c): which ones, and that a C compiler needs no
call of them.

    copies.py --w2c build/w2c [--clang clang-19] [--quick] [NAME...]

The module is split in as many parts as it has functions, or nearly. Each function is called by one that stands in
another part, and the program's exit code says that all of them did their work.
"""
import re
import sys
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parent / "fuzz")]
from checking import build, expect, main, run
import assemble

MODULE = """(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (type $unary (func (param i32) (result i32)))
  (table 1 funcref)
  (elem (i32.const 0) func $wide)
  (func $field (param i32) (result i32) (i32.load offset=4 (local.get 0)))
  (func $passes_on (param i32) (result i32) (call $wide (i32.add (local.get 0) (i32.const 8))))
  (func $through_two (param i32) (result i32) (call $passes_on (local.get 0)))
  (func $by_table (param i32) (result i32) (call_indirect (type $unary) (local.get 0) (i32.const 0)))
  (func $chooses (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 9)))) (i32.const 4))
  (func $loops (param i32) (result i32)
    (loop $again (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.const 1))
  (func $calls_itself (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $calls_itself (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 0))))
  (func $calls_often (param i32) (result i32)
    (i32.sub (call $wide (local.get 0)) (call $wide (local.get 0))))
  (func $may_fail (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (drop (call $wide (local.get 0))) (unreachable))) (i32.const 5))
  (func $wide (param i32) (result i32) (local i32)
    %s
    (i32.store offset=4 (local.get 0) (i32.const 3)) (local.get 1))
  (func $main (export "_start") (local i32)
    %s
    (call $exit (local.get 0)))
)"""
SMALL = ["field", "passes_on", "through_two", "by_table", "chooses", "may_fail"]
LARGE = ["loops", "calls_itself", "calls_often", "wide"]
# wide counts to thirty, and leaves a 3 behind; $field reads the 3 at 36 that passes_on's callee put there.
RESULTS = {"passes_on": 30, "through_two": 30, "by_table": 30, "chooses": 4, "loops": 1, "calls_itself": 32,
           "calls_often": 0, "may_fail": 5, "wide": 30, "field": 3}


def module():
    steps = "(local.set 1 (i32.add (local.get 1) (i32.const 1)))\n" * 30
    calls = "".join(f"(local.set 0 (i32.add (local.get 0) (call ${name} (i32.const 32))))\n" for name in RESULTS)
    return assemble.module(MODULE % (steps, calls))


def number(name):
    """Of the function; the import is 0."""
    return 1 + ["field", "passes_on", "through_two", "by_table", "chooses", "loops", "calls_itself", "calls_often",
                "may_fail", "wide", "main"].index(name)


def translate(options, folder, *flags):
    folder.mkdir()
    (folder / "m.wasm").write_bytes(module())
    code, _, err = run([options.w2c, folder / "m.wasm", "-o", folder / "m.c", "--split", "11", *flags])
    expect(code == 0 and not err, err)
    return folder


def parts(folder):
    return sorted(folder.glob("m_[0-9]*.c"))


def part_of(folder, name):
    """The one with its own definition."""
    wanted = [path for path in parts(folder)
              if re.search(rf"^W2C_CODE \w+ fn{number(name)}(?!\d)\w*\([^;]*\{{$", path.read_text(), re.M)]
    expect(len(wanted) == 1, f"{name} is defined in {wanted}")
    return wanted[0]


def copies_in(path):
    found = re.findall(r"^W2C_COPY \w+ fn(\d+)\w*\(.*\{$", path.read_text(), re.M)
    return sorted(map(int, found))


def check_choice(options, folder):
    translate(options, folder)
    expect(copies_in(part_of(folder, "main")) == sorted(map(number, SMALL)), "main's part has other copies")
    expect(copies_in(part_of(folder, "passes_on")) == [], "a function is copied into its own part")


def check_calls(options, folder, compiler, bounds):
    """What an optimised object calls by name: the large ones, and no small one."""
    translate(options, folder, f"--bounds={bounds}")
    path = part_of(folder, "main")
    build([compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-c", path, "-o", folder / "main.o"])
    code, out, err = run(["nm", "-u", folder / "main.o"])
    expect(code == 0 and not err, err)
    called = {int(digits) for digits in re.findall(rb"\bfn(\d+)", out)}
    expect(called == set(map(number, LARGE)), f"it calls {sorted(called)}")


def check_result(options, folder, compiler, level, *flags):
    translate(options, folder, *flags)
    build([compiler, level, "-Wall", "-Wextra", "-Werror", folder / "m.c", *parts(folder), "-lm", "-o", folder / "m"])
    code, out, err = run([folder / "m"])
    expect((code, out, err) == (sum(RESULTS.values()), b"", b""), f"exit code {code}, {out!r} {err!r}")


def plan(options, folder):
    yield "choice", lambda: check_choice(options, folder / "choice")
    compilers = ["gcc"] if options.quick else ["gcc", options.clang]
    for compiler in compilers:
        for bounds in ("guard", "check"):
            yield (f"calls {compiler} {bounds}",
                   lambda c=compiler, b=bounds: check_calls(options, folder / f"calls-{c}-{b}", c, b))
        for level in ("-O0", "-Og", "-O2"):
            yield (f"result {compiler} {level}",
                   lambda c=compiler, l=level: check_result(options, folder / f"result-{c}{l}", c, l))


if __name__ == "__main__":
    main(__doc__, plan)
