#!/usr/bin/env python3
"""Random modules through the engines of w2c, through C compilers, and through another engine: all must say the same.

    run.py --w2c W2C --work DIR [--quick] [--seeds FIRST:LAST] [--programs FIRST:LAST] [--only NAME] [--keep]

Each module (generator.py, regressions.py) is run by driver.c in every way of WAYS: by an engine that reads it, or
translated and compiled. node ($W2C_NODE), where it is there and knows the features, is the reference, else the
interpreter. Modules are built and run in batches. A seed that fails can be tried again alone: --seeds N:N. Everything
that a failure needs is then in DIR.

A way that is not exact (guards, optimised, without --strict-traps) may miss a trap of a load that the C compiler found
useless, and after any trap its state is not looked at (docs/CODEGEN.md, "Loads that nothing uses"); all else must be
equal.

Some seeds are also made programs, whose functions, memory and globals C compilers know better: the program compares the
hash of all its results with the reference's.

--quick is a fixed selection. Prints `N passed, N failed, N skipped`; exit code 77 if there is no C compiler at all.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

from generator import generate, generate_program
from regressions import CASES, PROGRAMS
from walks import walk

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SKIPPED = 77
BATCH = 12
RUN_SECONDS = 60
COMPILE_SECONDS = 600
QUICK_SEEDS = range(1, 13)
QUICK_PROGRAMS = range(1, 4)
ENGINES = ROOT / "tests" / "engines"
BASE_FLAGS = ["-std=gnu11", "-w", f"-I{ROOT / 'include'}", f"-I{ENGINES}"]
OUT_OF_BOUNDS = "! out of bounds memory access"


class EngineWay:
    """An engine of w2c, in the process of fuzz_driver. Nothing is optimised away."""

    def __init__(self, engine, bounds):
        self.engine = engine
        self.bounds = bounds
        self.name = f"{engine}-{bounds}"
        self.is_exact = True


class Way:
    """A combination of bounds, compiler and optimisation. "strict" are guards with --strict-traps."""

    def __init__(self, bounds, cc, level):
        self.bounds = bounds
        self.cc = shutil.which(cc)
        self.level = level
        self.name = f"{cc}{level}-{bounds}"
        self.is_exact = bounds != "guard"  # gcc leaves out loads at -O0, too: a byte xor 1000 is never 0


CLANG = os.environ.get("W2C_CLANG", "clang-19")
WAYS = [Way("check", CLANG, "-O2"), Way("guard", "gcc", "-O2"), Way("guard", "gcc", "-O0"),
        Way("strict", "gcc", "-O3"), Way("strict", CLANG, "-O3"), Way("check", "gcc", "-O1"),
        Way("guard", "gcc", "-O3"), Way("guard", CLANG, "-O2")]
QUICK_WAYS = 5  # the first ones
WEBASSEMBLY_3 = 25  # the first node that knows all of it without being told
BOUNDS = {"check": ["--bounds=check"], "guard": ["--bounds=guard"], "strict": ["--bounds=guard", "--strict-traps"]}
ENGINE_WAYS = [EngineWay("interp", "check"), EngineWay("interp", "guard"), EngineWay("tcc", "guard")]


class Module:
    def __init__(self, name, data, calls):
        self.name = name
        self.data = data
        self.calls = [" ".join(["call", export, *arguments]) for export, arguments in calls]


class Failure(Exception):
    pass


def run(command, seconds, cwd=None):
    """(exit code, output). A timeout is the code of an alarm; what was said until then is kept."""
    try:
        done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds,
                              check=False)
    except subprocess.TimeoutExpired as error:
        return -14, (error.stdout or b"").decode("utf-8", "replace") + f"\nno end after {seconds} s"
    return done.returncode, done.stdout.decode("utf-8", "replace")


def must(what, command, seconds, cwd=None):
    code, text = run(command, seconds, cwd)
    if code != 0:
        raise Failure(f"{what}: exit code {code}: {text[-2000:]}")


def node_version(node):
    found = re.match(r"v(\d+)", run([node, "--version"], RUN_SECONDS)[1])
    return int(found[1]) if found else 0


class Runner:
    def __init__(self, arguments):
        self.w2c = os.path.abspath(arguments.w2c)
        self.runtime = os.path.join(os.path.dirname(self.w2c), "libw2c_rt.a")
        self.driver = os.path.join(os.path.dirname(self.w2c), "fuzz_driver")
        self.work = pathlib.Path(arguments.work).resolve()
        self.node = shutil.which(os.environ.get("W2C_NODE", "node"))
        self.node_is_old = bool(self.node) and node_version(self.node) < WEBASSEMBLY_3
        self.keep = arguments.keep
        self.ways = [way for way in (WAYS[:QUICK_WAYS] if arguments.quick else WAYS) if way.cc]
        self.passed = self.failed = self.skipped = 0

    # ---- building ----

    def translate(self, module, bounds):
        folder = self.work / bounds
        folder.mkdir(parents=True, exist_ok=True)
        must(f"w2c refuses {module.name}",
             [self.w2c, "--library", "--runtime=external", *BOUNDS[bounds], "--name", module.name,
              str(self.work / (module.name + ".wasm")), "-o", str(folder / (module.name + ".c"))], COMPILE_SECONDS)

    def build(self, modules, way):
        table = self.work / way.bounds / "table.c"
        kind = "CHECK" if way.bounds == "check" else "GUARD"
        table.write_text('#include "test_modules.h"\n'
                         + "".join(f"extern const struct w2c_module {m.name}_module;\n" for m in modules)
                         + "const struct test_module test_modules[] = {\n"
                         + "".join(f'    {{"{m.name}", &{m.name}_module}},\n' for m in modules) + "    {0, 0}};\n"
                         + f"const enum w2c_bounds test_bounds = W2C_BOUNDS_{kind};\n", encoding="utf-8")
        program = self.work / f"{way.name}.program"
        finder = ENGINES / "compiled" / "compiled_modules.c"
        sources = [str(HERE / "driver.c"), str(finder), "table.c", *[m.name + ".c" for m in modules]]
        must(way.name, [way.cc, *BASE_FLAGS, way.level, *sources, self.runtime, "-o", str(program), "-lm", "-lpthread"],
             COMPILE_SECONDS, cwd=self.work / way.bounds)
        return program

    # ---- running ----

    def answers(self, command, modules, ending=""):
        """Module name -> lines. One that kills the process has its answers cut short. `ending` makes the name in the
        plan of that of the module."""
        plan = self.work / "plan.txt"
        found = {}
        for batch in [modules, *[[m] for m in modules]]:
            waiting = [m for m in batch if m.name not in found]
            if not waiting:
                continue
            plan.write_text("".join(f"module {m.name}{ending}\n" + "".join(c + "\n" for c in m.calls) for m in waiting),
                            encoding="utf-8")
            code, text = run([*command, str(plan)], RUN_SECONDS, cwd=self.work)
            if code == 0 or len(waiting) == 1:
                found.update(self.split(text, ending))
            if code != 0 and len(waiting) == 1:
                found.setdefault(waiting[0].name, []).append(f"  exit code {code}: {text[-300:]}")
        return found

    @staticmethod
    def split(text, ending):
        found, lines = {}, []
        for line in text.splitlines():
            if not line.startswith(" ") and line:
                name, _, rest = line.partition(" ")
                lines = found.setdefault(name.removesuffix(ending), [])
                line = f"{name.removesuffix(ending)} {rest}"
            lines.append(line)
        return found

    def engine_answers(self, way, modules):
        return self.answers([self.driver, way.engine, way.bounds], modules, ".wasm")

    def reference(self, modules):
        """Who says what is right, and what that is."""
        if not self.node:
            return ENGINE_WAYS[0].name, self.engine_answers(ENGINE_WAYS[0], modules)
        answers = self.answers([self.node, str(HERE / "oracle.js"), str(self.work)], modules)
        too_new = [m for m in modules if self.node_is_old and answers[m.name][0].startswith(m.name + " refused ")]
        if too_new:
            answers.update(self.engine_answers(ENGINE_WAYS[0], too_new))
            self.skipped += len(too_new)
        return "node", answers

    def run_batch(self, modules):
        for module in modules:
            (self.work / (module.name + ".wasm")).write_bytes(module.data)
        for bounds in {way.bounds for way in self.ways}:
            for module in modules:
                self.translate(module, bounds)
        reference, answers = self.reference(modules)
        all_answers = {reference: answers}
        for way in ENGINE_WAYS:
            if way.name != reference:
                all_answers[way.name] = self.engine_answers(way, modules)
        for way in self.ways:
            all_answers[way.name] = self.answers([str(self.build(modules, way))], modules)
        for module in modules:
            self.judge(module, all_answers)

    # ---- programs ----

    def run_program(self, name, data, level):
        """What ran it -> (exit code, what it says)"""
        path = self.work / (name + ".wasm")
        path.write_bytes(data)
        must("w2c " + level, [self.w2c, level, "-j1", str(path), "-o", str(path.with_suffix(""))], COMPILE_SECONDS)
        found = {level: run([str(path.with_suffix(""))], RUN_SECONDS)}
        for way in ENGINE_WAYS:
            command = [self.w2c, "run", "--engine=" + way.engine, "--bounds=" + way.bounds, str(path)]
            found[way.name] = run(command, RUN_SECONDS)
        return found

    def count_program(self, name, expected, found, is_right):
        """`is_right` judges the exit code, the text, and whether nothing was optimised away."""
        is_good = True
        for way, (code, text) in found.items():
            is_good &= self.complain_unless(is_right(code, text, not way.startswith("-")), Module(name, b"", []), way,
                                            f"expected {expected}, got {code} {text[:300]}")
        self.passed += is_good
        self.failed += not is_good
        if is_good and not self.keep:
            (self.work / (name + ".wasm")).unlink()
            (self.work / name).unlink()

    def check_seed_program(self, seed):
        module = Module(f"program{seed}", *generate_program(seed))
        (self.work / (module.name + ".wasm")).write_bytes(module.data)
        answer = self.reference([module])[1][module.name][1]
        trap = re.search(r" ! (.*) / ", answer)
        found = re.search(r"= l([0-9a-f]+) /", answer)
        data = generate_program(seed, int(found[1], 16) if found else 0)[0]

        def is_right(code, text, is_exact):
            if trap and trap[1] == OUT_OF_BOUNDS[2:] and not is_exact:
                return code >= 0  # it may also go on
            return any(kind in text for kind in trap[1].split("|")) if trap else code == 0

        found = self.run_program(module.name, data, "-O3" if seed % 2 else "-O2")
        self.count_program(module.name, answer.strip(), found, is_right)

    def check_program(self, name, data, trap):
        def is_right(code, text, _):
            return "trap: " + trap in text if trap else code == 0

        self.count_program(name, trap or "no trap", self.run_program(name, data, "-O2"), is_right)

    # ---- comparing ----

    def judge(self, module, all_answers):
        reference = next(iter(all_answers))  # the first
        expected = all_answers[reference].get(module.name, [])
        is_good = self.complain_unless(len(expected) == len(module.calls) + 1, module, reference, "\n".join(expected))
        for way in [*ENGINE_WAYS, *self.ways]:
            got = all_answers[way.name].get(module.name, [])
            fault = None if way.name == reference else difference(expected, got, way.is_exact)
            is_good &= self.complain_unless(fault is None, module, way.name, fault)
        self.passed += is_good
        self.failed += not is_good
        if is_good and not self.keep:
            (self.work / (module.name + ".wasm")).unlink()

    @staticmethod
    def complain_unless(condition, module, where, what):
        if not condition:
            print(f"FAIL {module.name} {where}: {what}", flush=True)
        return condition


def same_trap(expected, got):
    """The reference may not be able to tell some kinds apart, and says "a|b"."""
    return any(got == "! " + kind for kind in expected[2:].split("|"))


def difference(expected, got, is_exact):
    """What is wrong with the answers `got`, or None."""
    for want, have in zip(expected, got):
        if want == have:
            continue
        want_call, want_state = want.rsplit(" / ", 1) if " / " in want else (want, "")
        have_call, have_state = have.rsplit(" / ", 1) if " / " in have else (have, "")
        position = max(want_call.find(" ! "), 0)
        is_trap = position > 0
        if is_trap and not is_exact and want_call.endswith(OUT_OF_BOUNDS) and want_call != have_call:
            return None  # it went on, and all that follows may be different
        if want_call != have_call and not (is_trap and same_trap(want_call[position + 1:], have_call[position + 1:])):
            return f"expected {want.strip()}, got {have.strip()}"
        if want_state != have_state and (is_exact or not is_trap):
            return f"expected {want.strip()}, got {have.strip()}"
    return None if len(expected) == len(got) else f"{len(got)} answers of {len(expected)}: {got[-1:]}"


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--w2c", required=True)
    parser.add_argument("--work", required=True, help="folder for what is built")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seeds", default=None, metavar="FIRST:LAST")
    parser.add_argument("--programs", default=None, metavar="FIRST:LAST", help="seeds for programs")
    parser.add_argument("--only", default=None, metavar="NAME", help="of a regression")
    parser.add_argument("--keep", action="store_true", help="modules that passed, too")
    return parser.parse_args()


def read_range(text, default):
    if not text:
        return default
    first, last = map(int, text.split(":"))
    return range(first, last + 1)


def choose_modules(arguments):
    is_chosen = arguments.seeds or arguments.programs
    seeds = read_range(arguments.seeds, () if is_chosen else QUICK_SEEDS)
    modules = [] if is_chosen else [Module(name, *case()) for name, case in CASES.items()]
    if arguments.only:
        return [module for module in modules if module.name == arguments.only]
    makers = {"seed": generate, "walk": walk}
    return modules + [Module(f"{kind}{seed}", *make(seed)) for seed in seeds for kind, make in makers.items()]


def run_programs(runner, arguments):
    is_chosen = arguments.seeds or arguments.only or arguments.programs
    checks = [] if is_chosen else [(runner.check_program, name, *make()) for name, make in PROGRAMS.items()]
    seeds = read_range(arguments.programs, () if is_chosen else QUICK_PROGRAMS)
    checks += [(runner.check_seed_program, seed) for seed in seeds]
    for check, *words in checks:
        try:
            check(*words)
        except Failure as failure:
            print(f"FAIL program {words[0]}: {failure}")
            runner.failed += 1


def main():
    arguments = read_arguments()
    runner = Runner(arguments)
    if not runner.ways or not os.path.exists(runner.runtime):
        print("SKIPPED: no C compiler, or no libw2c_rt.a beside w2c\n0 passed, 0 failed, 1 skipped")
        return SKIPPED
    if not runner.node:
        print("SKIPPED: node is not installed: the interpreter is the reference")
        runner.skipped += 1
    if runner.node_is_old:
        print("SKIPPED: node is old: for what it refuses, of WebAssembly 3.0, the interpreter is the reference")
    runner.work.mkdir(parents=True, exist_ok=True)
    modules = choose_modules(arguments)
    for first in range(0, len(modules), BATCH):
        batch = modules[first:first + BATCH]
        try:
            runner.run_batch(batch)
        except Failure as failure:
            print(f"FAIL {batch[0].name} ... {batch[-1].name}: {failure}")
            runner.failed += len(batch)
    run_programs(runner, arguments)
    print(f"{runner.passed} passed, {runner.failed} failed, {runner.skipped} skipped")
    return 1 if runner.failed else 0


if __name__ == "__main__":
    sys.exit(main())
