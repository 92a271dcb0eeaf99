#!/usr/bin/env python3
"""w2c profile: what is counted, that both engines count the same, and that another interpreter agrees.

    check.py --w2c build/w2c --clang clang-19 [--quick] [NAME...]

The interpreter and instrumented C share the definition of basic blocks, so their agreement shows that neither misses
or invents one, but not that the definition is right: for that there are modules whose counts are known, and the
trace of wabt's wasm-interp, which lists every operator that it executes. --quick: the programs of tests/programs are
counted in both engines only where that takes moments.
"""
import collections
import csv
import io
import json
import pathlib
import re
import shlex
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parent / "cli"), str(HERE.parent / "programs")]
import check as programs  # tests/programs/check.py
import wasm_bytes
sys.path[:0] = [str(HERE.parent / "exceptions")]
import extremes
import programs as throwing  # tests/exceptions/programs.py
from checking import Skip, build, expect, main, run

ENGINES = ["interp", "cc"]
WASI = "wasi_snapshot_preview1"
TRAP_EXIT = 134

SLOW = {"bytecode_machine", "sort_pointers"}
WAITS = "its threads wait for each other, as often as it takes"
INCOMPARABLE = {"clocks_random": "executes what the clock and random numbers make it",
                "thread_ends": WAITS, "thread_growth": WAITS, "thread_queue": WAITS}
# Where the native stack ends, and so how many calls fit, is an engine's own.
EXHAUSTED = "stack exhausted"


class Checker:
    def __init__(self, options, work):
        self.w2c = options.w2c
        self.clang = options.clang
        self.is_quick = options.quick
        self.work = work

    def write(self, name, content):
        path = self.work / name
        path.write_bytes(content)
        return path

    def profile(self, *arguments, code=0, **settings):
        """(standard output, standard error), as text"""
        environment = {"XDG_CACHE_HOME": str(self.work / "cache"), "W2C_OPTIONS": ""}
        found, out, err = run([self.w2c, "profile", "-O0", *arguments], environment=environment, **settings)
        err = err.decode(errors="replace")
        expect(found == code, f"exit code {found}, not {code}: {arguments}: {err[-1500:]}")
        return out.decode(errors="replace"), err

    def count(self, engine, module, *arguments, options=(), **settings):
        with tempfile.NamedTemporaryFile(dir=self.work, suffix=".json") as file:
            self.profile(f"--engine={engine}", "--json", "--all", "-o", file.name, *options, module, *arguments,
                         **settings)
            counts = json.loads(pathlib.Path(file.name).read_text(encoding="utf-8"))
        expect(counts.pop("engine") == engine, "another engine counted")
        for key in ("operators", "functions"):
            rows = counts[key]
            expect(sum(row["count"] for row in rows) == counts["total"], f"{key} are not the total")
            expect(rows == sorted(rows, key=lambda row: -row["count"]), f"{key} are not in order")
        return counts

    def count_both(self, module, *arguments, **settings):
        """By operator, if the engines agree on operators and functions."""
        one, other = (self.count(engine, module, *arguments, **settings) for engine in ENGINES)
        expect_equal(one, other)
        return {row["name"]: row["count"] for row in one["operators"]}


def expect_equal(one, other):
    for key in ("operators", "functions"):
        rows = [{(row.get("index"), row["name"]): row["count"] for row in counts[key]} for counts in (one, other)]
        for name in {*rows[0], *rows[1]}:
            found = [each.get(name, 0) for each in rows]
            expect(found[0] == found[1], f"{name[1]} is executed {found[0]} times by one engine, {found[1]} by another")
    expect(one == other, "the engines disagree")


# ---- modules whose counts are known ----

LOOP, BLOCK, IF, ELSE, END = b"\x03\x40", b"\x02\x40", b"\x04\x40", b"\x05", b"\x0b"
BR_IF, RETURN, NOP, ADD, LESS, DIVIDE = b"\x0d", b"\x0f", b"\x01", b"\x6a", b"\x49", b"\x6e"
LOAD, STORE, DROP, UNREACHABLE = wasm_bytes.LOAD, wasm_bytes.STORE, wasm_bytes.DROP, wasm_bytes.UNREACHABLE
ZERO, ONE, TEN = (wasm_bytes.const(value) for value in (0, 1, 10))
MINUS_ONE = b"\x41\x7f"
EXIT = (WASI, "proc_exit", 1, 0)

COUNT_TO_TEN = LOOP + ZERO + ZERO + LOAD + ONE + ADD + STORE + ZERO + LOAD + TEN + LESS + BR_IF + b"\0" + END
ARMS = ONE + IF + NOP + ELSE + NOP + NOP + END + ZERO + IF + NOP + ELSE + NOP + NOP + END + ZERO + IF + NOP + END

# name: (body of _start, counts of what is executed, exit code, imports)
KNOWN = {
    "empty": (b"", {"end": 1}, 0, []),
    # A branch to a loop executes it again; its end is reached once.
    "loop": (COUNT_TO_TEN, {"loop": 10, "i32.const": 50, "i32.load": 20, "i32.add": 10, "i32.store": 10,
                            "i32.lt_u": 10, "br_if": 10, "end": 2}, 0, []),
    # An arm that is taken ends with its else or end; an if without else that is not taken has none.
    "arms": (ARMS, {"i32.const": 3, "if": 3, "nop": 3, "else": 1, "end": 2}, 0, []),
    # A branch to a block continues behind its end.
    "branch": (BLOCK + ONE + BR_IF + b"\0" + NOP + END + BLOCK + ZERO + BR_IF + b"\0" + NOP + END,
               {"block": 2, "i32.const": 2, "br_if": 2, "nop": 1, "end": 2}, 0, []),
    # Nothing behind a return is executed, nor its end.
    "return": (NOP + RETURN + NOP + NOP, {"nop": 1, "return": 1}, 0, []),
    # A call that does not come back has been executed, what follows it has not.
    "exit": (NOP + wasm_bytes.const(7) + wasm_bytes.call(0) + NOP, {"nop": 1, "i32.const": 1, "call": 1}, 7, [EXIT]),
    "trap": (NOP + UNREACHABLE + NOP, {"nop": 1, "unreachable": 1}, TRAP_EXIT, []),
    # The rest of the block in which an operator traps counts as executed, in both engines.
    "division": (ONE + ZERO + DIVIDE + DROP + NOP, {"i32.const": 2, "i32.div_u": 1, "drop": 1, "nop": 1, "end": 1},
                 TRAP_EXIT, []),
    "out of bounds": (MINUS_ONE + LOAD + DROP + COUNT_TO_TEN, {"i32.const": 1, "i32.load": 1, "drop": 1},
                      TRAP_EXIT, []),
}


def check_known(checker, name):
    body, expected, code, imports = KNOWN[name]
    module = checker.write(f"{name}.wasm", wasm_bytes.module(imports, 0, 0, body, "_start"))
    found = checker.count_both(module, code=code)
    expect(found == expected, f"found {found}, expected {expected}")


# ---- programs ----

def count_runs(checker, program, module, engine):
    """The counts of all runs, in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        return [checker.count(engine, module, *one.words, code=one.exit, options=shlex.split(one.grant),
                              stdin=one.stdin, cwd=folder)
                for one in program.runs if EXHAUSTED not in str(one.stderr)]


def check_program(checker, program):
    if program.name in INCOMPARABLE:
        raise Skip(INCOMPARABLE[program.name])
    if checker.is_quick and program.name in SLOW:
        raise Skip("takes long, and --quick was given")
    module = program.compile_wasm(checker.clang, checker.work)
    found = [count_runs(checker, program, module, engine) for engine in ENGINES]
    for one, other in zip(*found):
        expect_equal(one, other)


def check_tail_calls(checker):
    """Of a chain that takes its callers' place all is counted, as often as it is entered."""
    if not shutil.which("wat2wasm"):
        raise Skip("wabt is not installed")
    module = checker.work / "tail-calls.wasm"
    build(["wat2wasm", "--enable-tail-call", HERE.parent / "tail" / "vectors.wat", "-o", module])
    found = checker.count_both(module)
    expected = {"return_call": 500000, "return_call_indirect": 500000, "call": 1, "i64x2.add": 500001, "return": 1}
    expect({name: found.get(name) for name in expected} == expected, f"found {found}, expected {expected}")


# ---- exceptions ----

def thrown_module(is_legacy):
    """Throws an exception in the middle of a block and catches it; calls a function that throws, five times; and one
    that is left by an exception, which a handler throws again."""
    module = extremes.Binary()
    tag = module.tag(None, (extremes.I32,))
    five = extremes.i32_const(5)
    throws = module.function(None, (), (), NOP + five + extremes.throw(tag))
    passes = module.function(None, (), (), NOP + extremes.call(throws) + NOP + NOP)
    again = extremes.legacy_try(extremes.EMPTY, extremes.call(passes), extremes.CATCH_ALL + NOP + extremes.rethrow(0))
    if not is_legacy:
        again = extremes.block(extremes.GIVES_EXN, extremes.try_table(
            extremes.EMPTY, extremes.call(passes), (extremes.ALL_REF, 0)) + RETURN) + NOP + extremes.THROW_REF
    again = module.function(None, (), (), again)

    def catching(body):
        if is_legacy:
            return extremes.legacy_try(extremes.GIVES_I32, body + five, extremes.catch(tag) + NOP) + DROP
        return extremes.catching_i32(tag, body + five) + NOP + DROP
    repeat = (extremes.local_get(0) + ONE + ADD + extremes.local_tee(0) + five + LESS + BR_IF + b"\0")
    module.function("_start", (), (), catching(five + extremes.throw(tag)) + extremes.loop(
        extremes.EMPTY, catching(extremes.call(throws)) + repeat) + catching(extremes.call(again)),
                    local_types=(extremes.I32,))
    return module.encode()


# What an exception leaves behind it is not executed; a catch that it comes to counts like the end of a block.
THROWN = {"call": 8, "throw": 7, "i32.const": 17, "local.get": 5, "local.tee": 5, "i32.add": 5, "i32.lt_u": 5,
          "br_if": 5, "loop": 5, "drop": 7}
THROWN_FORMS = {"legacy": {**THROWN, "try": 8, "nop": 15, "rethrow": 1, "end": 9},
                "try_table": {**THROWN, "block": 8, "try_table": 8, "nop": 15, "throw_ref": 1, "end": 2}}


def check_thrown(checker, form):
    module = checker.write(f"thrown-{form}.wasm", thrown_module(form == "legacy"))
    found = checker.count_both(module)
    expect(found == THROWN_FORMS[form], f"found {found}, expected {THROWN_FORMS[form]}")


def check_throwing_program(checker, name, form):
    module = throwing.compile_wasm(checker.clang, name, form, checker.work)
    code, _, _ = run([checker.w2c, "run", "--engine=interp", module])
    found = checker.count_both(module, code=code)
    opening = "try" if form == "legacy" else form
    expect(found.get("throw", 0) > 4 and found.get(opening, 0) > 4, f"nothing is thrown: {found}")


def check_throwing_samples(checker):
    """Samples are taken in what throws, and have its callers."""
    module = throwing.compile_wasm(checker.clang, "unwinding", "legacy", checker.work)
    for engine in ("interp", "tcc", "cc"):
        folded = checker.work / f"throwing-{engine}.txt"
        checker.profile(f"--engine={engine}", "--folded", folded, module, "2000", code=3)
        text = folded.read_text(encoding="utf-8")
        expect("deep(unsigned int);deep(unsigned int)" in text, f"{engine}: no sample in what throws: {text[:2000]}")


# ---- another interpreter ----

# wasm-interp makes its own branches of control operators, and of the function's end a return.
TRANSLATED = re.compile(r"block|loop|if|else|end|br.*|return|drop_keep|alloca|catch_drop|interp_.*")
TRACE_LINE = re.compile(r"#\d+\. +\d+: V:\d+ *\| (\S+)")
ORACLE = """
typedef int (*operation)(int);
static int thrice(int a) { return a * 3; }
static int less(int a) { return a - 7; }
operation volatile operations[2] = {thrice, less};
volatile int sink;
static unsigned char bytes[300];
__attribute__((noinline)) int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
__attribute__((noinline)) double sum(double x) {
    double result = 0;
    for (int i = 1; i < 9; i++) result += x / i;
    return result;
}
__attribute__((export_name("_start"))) void start(void) {
    int s = 0;
    for (int i = 0; i < 14; i++) {
        s += fibonacci(i) % 7;
        if (s & 1) s *= 3;
        switch (i & 3) {
        case 0: s++; break;
        case 1: s--; break;
        default: s ^= 5;
        }
        s = operations[i & 1](s);
        bytes[i] = s;
        s += (int)sum(s);
        for (int k = 0; k < i; k++) {
            if (bytes[k] == bytes[i]) continue;
            if (k == 7) break;
            s += k < 5 ? bytes[k] : -s;
        }
    }
    sink = s;
}
"""


def check_trace(checker):
    if not shutil.which("wasm-interp"):
        raise Skip("wasm-interp is not installed")
    source = checker.write("oracle.c", ORACLE.encode())
    module = checker.work / "oracle.wasm"
    build([checker.clang, "--target=wasm32", "-nostdlib", "-Wl,--no-entry", "-fno-builtin", "-O1", source, "-o",
           module])
    _, out, _ = run(["wasm-interp", "--run-all-exports", "--trace", module])
    traced = collections.Counter(TRACE_LINE.findall(out.decode()))
    found = checker.count_both(module)
    for name in {*traced, *found}:
        if not TRANSLATED.fullmatch(name):
            expect(found.get(name, 0) == traced[name],
                   f"{name} is executed {found.get(name, 0)} times, and {traced[name]} by wasm-interp")
    expect(len(found) > 20 and sum(found.values()) > 10000, f"few operators are executed: {found}")


# ---- the command ----

def loop_module(checker):
    return checker.write("command.wasm", wasm_bytes.module([], 0, 0, COUNT_TO_TEN, "_start"))


def check_table(checker):
    out, err = checker.profile("--top", "2", loop_module(checker))
    expect(out == "", f"standard output is the guest's: {out}")
    lines = err.splitlines()
    expect(lines[0].split() == ["executed", "share", "operator"], err)
    expect(lines[1].split() == ["50", "40.98%", "i32.const"] and lines[2].split() == ["20", "16.39%", "i32.load"], err)
    expect(lines[3].split() == ["6", "more"] and lines[4].split() == ["122", "operators", "in", "all"], err)
    expect(lines[7].split() == ["122", "100.00%", "0", "_start"], err)


def check_csv(checker):
    _, err = checker.profile("--csv", "--all", loop_module(checker))
    rows = list(csv.DictReader(io.StringIO(err)))
    expect([row["kind"] for row in rows] == ["operator"] * 8 + ["function"], err)
    expect(list(rows[0].values()) == ["operator", "", "i32.const", "50", "0.409836066"], err)
    expect(rows[8]["index"] == "0" and rows[8]["name"] == "_start" and rows[8]["count"] == "122", err)


def check_names(checker):
    """Names are a module's own: none breaks a format or reaches a terminal as it is."""
    name = 'a"b,\\\n\x1b[31m\u202e'
    body = wasm_bytes.module([], 0, 0, b"", "_start")
    section = wasm_bytes.text("name") + b"\x01" + wasm_bytes.leb(len(name.encode()) + 3) + b"\x01\x00" + \
        wasm_bytes.leb(len(name.encode())) + name.encode()
    module = checker.write("names.wasm", body + wasm_bytes.section(0, section))
    _, err = checker.profile("--json", module)
    expect(json.loads(err)["functions"][0]["name"] == name, err)
    _, err = checker.profile("--csv", module)
    expect(list(csv.DictReader(io.StringIO(err)))[1]["name"] == name, err)
    _, err = checker.profile(module)
    expect(err.isprintable() or not set(err) & set("\x1b\u202e"), f"control characters in the table: {err!r}")


def check_refused(checker):
    library = checker.write("library.wasm", wasm_bytes.module([], 0, 0, b"", "run"))
    invalid = checker.write("invalid.wasm", wasm_bytes.module([], 0, 0, ADD, "_start"))
    module = loop_module(checker)
    for arguments, code, message in [
            ([library], 1, "is no program"),
            ([invalid], 1, "type mismatch"),
            ([checker.work / "absent.wasm"], 1, "cannot read"),
            (["-o", checker.work / "absent" / "file", module], 1, "absent"),
            (["--engine=cc", "--cc", "false", module], 1, "failed"),
            (["--engine=tcc", module], 2, "'interp' or 'cc'"),
            (["--top", "0", module], 2, "--top"),
            ([], 2, "no module")]:
        _, err = checker.profile(*arguments, code=code)
        expect(message in err, f"{arguments}: {err}")


def check_environment(checker):
    """The guest does not see by what it is counted: its environment is what was granted."""
    source = checker.write("environment.c", b"""#include <stdio.h>
extern char **environ;
int main(void) { for (char **e = environ; *e; e++) puts(*e); }
""")
    module = checker.work / "environment.wasm"
    build([checker.clang, "--target=wasm32-wasi", "-O1", source, "-o", module])
    for engine in ENGINES:
        out, _ = checker.profile(f"--engine={engine}", "--inherit-env", "--env", "A=b", module)
        expect("A=b\n" in out and "PATH=" in out, out)
        expect("W2C_COUNTS" not in out, out)


def check_kept(checker):
    """The counting program is kept apart from the plain one, and used again."""
    module = checker.write("kept.wasm", wasm_bytes.module([EXIT], 0, 0, ZERO + wasm_bytes.call(0), "_start"))
    folder = checker.work / "kept"
    settings = {"environment": {"XDG_CACHE_HOME": str(folder), "W2C_OPTIONS": ""}}
    for _ in range(2):
        code, _, err = run([checker.w2c, "profile", "--engine=cc", "-O0", module], **settings)
        expect(code == 0 and b"i32.const" in err, err)
    code, _, err = run([checker.w2c, "run", "--engine=cc", "-O0", module], **settings)
    expect(code == 0 and not err, err)
    kept = [path for path in (folder / "w2c").iterdir() if path.is_file() and path.stat().st_size > 1000]
    expect(len(kept) == 2, f"{len(kept)} programs are kept")


# ---- the study of memory helpers ----

def check_memory_helpers(checker):
    """Every helper gives the same results, and is made of the code that the study is about."""
    for name in ("wide_arithmetic", "print_formats"):
        program = programs.Program(HERE.parent / "programs" / f"{name}.c")
        module = program.compile_wasm(checker.clang, checker.work)
        code, out, err = run([checker.w2c, "bench", "--memory-helpers", "--rounds", "1", "--cc", "gcc", module,
                              *program.runs[0].words])
        text = (out + err).decode()
        expect(code == 0 and "outputs and exit codes agree" in text, text)
    for row in ("118.28 s 1.064", "115.74 s 1.041", "111.19 s 1.000", "111.34 s 1.001"):
        expect(row in text, f"no row of the study's {row}: {text}")
    sections = dict(part.split("\n", 1) for part in text.split("\n\n") if "\n" in part)
    for engine in ("interp", "gcc -O2"):
        calls = {helper: sections[f"{engine} {helper}"].count("memcpy")
                 for helper in ("fixed", "length", "switch", "both")}
        expect(calls == {"fixed": 0, "length": 2, "switch": 2, "both": 0}, f"{engine}: calls of memcpy: {calls}")
        expect(sections[f"{engine} fixed"].count("\n") < 30, sections[f"{engine} fixed"])


# ---- all ----

def plan_tests(checker):
    yield from ((f"known: {name}", lambda name=name: check_known(checker, name)) for name in KNOWN)
    for function in (check_trace, check_table, check_csv, check_names, check_refused, check_environment, check_kept,
                     check_memory_helpers, check_tail_calls):
        yield function.__name__.removeprefix("check_"), lambda function=function: function(checker)
    for form in THROWN_FORMS:
        yield f"thrown: {form}", lambda form=form: check_thrown(checker, form)
        for name in throwing.NAMES:
            yield f"{name}, {form}", lambda name=name, form=form: check_throwing_program(checker, name, form)
    yield "throwing samples", lambda: check_throwing_samples(checker)
    for path in sorted((HERE.parent / "programs").glob("*.c")):
        program = programs.Program(path)
        yield program.name, lambda program=program: check_program(checker, program)


def plan(options, work):
    return plan_tests(Checker(options, work))


if __name__ == "__main__":
    main(__doc__, plan)
