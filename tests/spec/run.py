#!/usr/bin/env python3
"""Runs the official WebAssembly suite through compiled C, and through the engines that run modules in process.

  run.py --w2c build/w2c --suite ../shared/spec-tests --work build/spec
  run.py ... --engine interp        the interpreter; tcc: compiled in memory
  run.py ... --all-modes            both engines; gcc and clang at -O2, guard and check, and at -O3
  run.py ... --all-modes --quick    engines in full, compilers at -O2 on QUICK_SCRIPTS
  run.py ... --all-levels           gcc and clang, guard and check, at every level, and exact traps at -O3
  run.py ... core/elem linking      only these scripts

For compiled C every module of the scripts is translated as a library and compiled; all objects of a mode, the runtime
and the harness (harness.c) become one program, which carries out one script for each process. For engines the harness
is the program spec_harness beside w2c, which reads modules itself. Binaries that must be refused go to `w2c validate`.
Malformed text is not for a tool that reads binaries: counted, not run.

unsupported.txt names what cannot pass yet. A listed thing that passes is as much a failure as an unlisted one that
fails. A refusal because of a missing feature (its message says "does not support") is no proof that a module is bad.

Exit code: 0, 1 (something failed), 77 (there is no suite).
"""

import argparse
import os
import re
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # the sources stay as they are
import suite
from toolchain import Toolchain, describe_exit

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77
SCRIPT_TIMEOUT_SECONDS = 30
MAX_SHOWN = 40  # failures of a mode; the rest goes to a file

CLANG = os.environ.get("W2C_CLANG", "clang-19")
USUAL_FLAGS = "-O2"
# "strict" are guard pages with exact traps.
BOUNDS = {"guard": ["--bounds=guard"], "check": ["--bounds=check"], "strict": ["--bounds=guard", "--strict-traps"]}
# (engine, compiler or None, bounds, flags of the compiler)
ENGINE_MODES = [("interp", None, "guard", ""), ("interp", None, "check", ""), ("tcc", None, "guard", "")]
USUAL_MODES = [("cc", cc, bounds, USUAL_FLAGS) for bounds in ("guard", "check") for cc in ("gcc", CLANG)]
HIGH_MODES = [("cc", cc, "guard", "-O3") for cc in ("gcc", CLANG)]
LEVEL_MODES = [("cc", cc, bounds, flags) for flags in ("-O0", "-O1", "-Os", "-O2", "-O3")
               for bounds in ("guard", "check") for cc in ("gcc", CLANG)]
LEVEL_MODES += [("cc", cc, "strict", "-O3") for cc in ("gcc", CLANG)]

# A part of every subject, in modules that compile quickly.
QUICK_SCRIPTS = """
core/address core/br_if core/call core/call_indirect core/conversions core/endianness core/f32 core/f64 core/fac
core/float_memory core/float_misc core/func core/func_ptrs core/global core/i32 core/i64 core/int_exprs core/labels
core/left-to-right core/linking core/memory_grow core/memory_trap core/nop core/skip-stack-guard-page core/start
core/table_get core/table_grow core/table_set core/traps core/unwind bulk-memory/memory_copy bulk-memory/table_fill
core/br_on_null core/call_ref core/return_call core/return_call_ref core/type-equivalence bulk-memory/table-sub
exceptions/tag exceptions/throw exceptions/throw_ref exceptions/try_table gc/array gc/br_on_cast gc/i31 gc/ref_cast
gc/struct gc/type-subtyping memory64/address64 memory64/call_indirect64 memory64/memory_grow64 memory64/table_get64
multi-memory/linking1 multi-memory/load1 multi-memory/memory_copy1 relaxed-simd/i8x16_relaxed_swizzle
relaxed-simd/relaxed_madd_nmadd simd/simd_bitwise simd/simd_conversions simd/simd_i8x16_sat_arith simd/simd_lane
simd/simd_linking simd/simd_load_extend simd/simd_select simd/simd_store8_lane
""".split()

PASSED, LISTED, FAILED, TEXT = "passed", "listed", "failed", "text"


def is_unsupported(message):
    return "does not support" in message


class Verdicts:
    """What became of each command of one script."""

    def __init__(self, script, mode_name):
        self.script = script
        self.mode_name = mode_name
        self.states = {}
        self.messages = {}

    def set(self, index, state, message=""):
        self.states[index] = state
        self.messages[index] = message

    def count(self, state):
        return sum(s == state for s in self.states.values())

    def failures(self):
        for index in sorted(self.states):
            if self.states[index] == FAILED:
                command = self.script.commands[index]
                yield f"{self.mode_name} {self.script.key}:{command['line']} {command['type']}: {self.messages[index]}"


class Mode:
    """One way to run modules, over a list of scripts. Subclasses say what it is:

    build(scripts)             makes what is needed before anything is judged
    module_error(name, path)   why a module cannot be run, or None
    module_warnings(name)      what compilers said of it
    module_word(name, path)    what the harness calls it
    harness_command()          the words before the command file
    """

    def __init__(self, name, tools, unsupported):
        self.name = name
        self.tools = tools
        self.unsupported = unsupported

    # ---- judging one script ----

    def judge(self, script, refused):
        verdicts = Verdicts(script, self.name)
        modules = self.judge_modules(script, verdicts, refused)
        for index, path in script.rejected():
            self.judge_rejection(verdicts, index, refused.get(path))
        for index in range(len(script.commands)):
            if script.is_text(index):
                verdicts.set(index, TEXT)
        if script.key not in self.unsupported.scripts or "broken" not in modules.values():
            self.run(script, modules, verdicts)
        return self.apply_list(script, verdicts)

    def judge_modules(self, script, verdicts, refused):
        """Names for the harness of the modules; failures that are known before it runs."""
        modules = {}
        for index, name, path in script.modules():
            error = self.module_error(name, path)
            if self.unsupported.is_line_listed(script, index) and error:
                modules[index] = "listed"
            elif error:
                modules[index] = "broken"
                verdicts.set(index, FAILED, error.splitlines()[0])
            else:
                modules[index] = self.module_word(name, path)
                if path in refused:
                    verdicts.set(index, FAILED, "w2c validate: " + refused[path])
                elif "warning:" in self.module_warnings(name):
                    verdicts.set(index, FAILED, "warning: " + first_warning(self.module_warnings(name)))
        return modules

    def judge_rejection(self, verdicts, index, message):
        wanted = verdicts.script.commands[index]["text"]
        if message is None:
            verdicts.set(index, FAILED, f'accepted, but must be refused: "{wanted}"')
        elif message.startswith("crash: "):
            verdicts.set(index, FAILED, message)
        elif is_unsupported(message):
            verdicts.set(index, FAILED, f'refused for a missing feature, not for "{wanted}": {message}')
        else:
            verdicts.set(index, PASSED)

    def run(self, script, modules, verdicts):
        path = os.path.join(self.tools.folder("scripts-" + self.name), script.prefix + ".txt")
        text = suite.encode_script(script, modules)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        answers, end = run_harness(self.harness_command(), path)
        self.judge_answers(script, text, answers, end, verdicts)

    @staticmethod
    def judge_answers(script, text, answers, end, verdicts):
        """`text` is the command file, `answers` what the harness printed, `end` how it died or None."""
        said = dict(answer.split(" ", 1) for answer in answers if answer[:1].isdigit())
        expected = [int(line.split(" ", 1)[0]) for line in text.splitlines()]
        for index in expected:
            if verdicts.states.get(index) == FAILED:
                continue
            answer = said.get(str(index))
            if answer is None:
                verdicts.set(index, FAILED, f"not done: {end}")
            elif answer == "ok":
                verdicts.set(index, PASSED)
            elif answer == "listed":
                verdicts.set(index, LISTED)
            else:
                verdicts.set(index, FAILED, answer.removeprefix("FAIL "))
        if end and expected and str(expected[-1]) in said:
            verdicts.set(expected[-1], FAILED, f"after the script, while freeing: {end}")

    def apply_list(self, script, verdicts):
        """Failures that are listed are no failures; what is listed and passes is one."""
        if script.key in self.unsupported.scripts:
            return self.apply_script_entry(script, verdicts)
        lines = {}
        for index in verdicts.states:
            if self.unsupported.is_line_listed(script, index):
                lines.setdefault(script.commands[index]["line"], []).append(index)
        for indexes in lines.values():
            has_failed = any(verdicts.states[index] != PASSED for index in indexes)
            for index in indexes:
                if not has_failed:
                    verdicts.set(index, FAILED, "listed as unsupported, but it passes: unlist it")
                elif verdicts.states[index] == FAILED:
                    verdicts.set(index, LISTED)
        return verdicts

    @staticmethod
    def apply_script_entry(script, verdicts):
        passes = len(verdicts.states) == len(script.commands) and not verdicts.count(FAILED)
        if passes:
            verdicts.set(0, FAILED, "the script is listed as unsupported, but it passes: unlist it")
            return verdicts
        for index in range(len(script.commands)):
            if not script.is_text(index):
                verdicts.set(index, LISTED)
        return verdicts


class EngineMode(Mode):
    """An engine in the harness's process. What it needs is all there."""

    def __init__(self, tools, unsupported, engine, bounds, refused):
        super().__init__(f"{engine}-{bounds}", tools, unsupported)
        self.refused = refused
        self.command = [os.path.join(os.path.dirname(tools.w2c), "spec_harness"), engine, bounds]

    def build(self, scripts):
        if not os.path.exists(self.command[0]):
            raise SystemExit(f"{self.command[0]} is not there: it is built with w2c")

    def module_error(self, name, path):
        return self.refused.get(path)

    def module_warnings(self, name):
        return ""

    def module_word(self, name, path):
        return path

    def harness_command(self):
        return self.command


class CompiledMode(Mode):
    """One compiler with one bounds mode."""

    def __init__(self, tools, unsupported, cc, cflags, bounds):
        level = "" if cflags == USUAL_FLAGS else re.sub(r"\W+", "-", cflags)
        super().__init__(f"{cc}-{bounds}{level}", tools, unsupported)
        self.cc = cc
        self.runtime = cc + level
        self.engines = os.path.join(os.path.dirname(HERE), "engines")
        self.flags = [*cflags.split(), "-Wall", "-Wextra", "-I" + os.path.join(tools.root, "include"),
                      "-I" + self.engines]
        self.bounds = bounds

    def build(self, scripts):
        modules = [(name, path) for script in scripts for _, name, path in script.modules()]
        self.translated = self.tools.translate(modules, self.bounds, BOUNDS[self.bounds])
        folder = self.tools.folder("c-" + self.bounds)
        sources = [(name, os.path.join(folder, name + ".c"), self.translated[name]["text"])
                   for name, _ in modules if not self.translated[name]["error"]]
        self.compiled = self.tools.compile(sources, "o-" + self.name, self.cc, self.flags)
        good = sorted(name for name, finding in self.compiled.items() if not finding["error"])
        self.harness = os.path.join(self.tools.work, "harness-" + self.name)
        objects = [os.path.join(self.tools.work, "o-" + self.name, name + ".o") for name in good]
        self.tools.link([self.cc, *self.flags], self.common_objects(good) + objects, self.harness)

    def common_objects(self, modules):
        table = os.path.join(self.tools.folder("table-" + self.name), "module_table.c")
        write_module_table(table, modules, self.bounds)
        runtime = os.path.join(self.tools.root, "rt")
        return (self.tools.compile_own(runtime, "rt-" + self.runtime, self.cc, [*self.flags, "-I" + runtime])
                + self.tools.compile_own(HERE, "harness-o-" + self.runtime, self.cc, [*self.flags, "-I" + HERE])
                + self.tools.compile_own(os.path.join(self.engines, "compiled"), "finder-o-" + self.runtime, self.cc,
                                         self.flags)
                + self.tools.compile_own(os.path.dirname(table), "table-o-" + self.name, self.cc, self.flags))

    def module_error(self, name, path):
        return self.translated[name]["error"] or self.compiled[name]["error"]

    def module_warnings(self, name):
        return self.compiled[name]["warnings"]

    def module_word(self, name, path):
        return name

    def harness_command(self):
        return [self.harness]


def first_warning(text):
    return next(line for line in text.splitlines() if "warning:" in line)


def write_module_table(path, modules, bounds):
    lines = ['/* Every module of the suite that compiled. */\n#include "test_modules.h"\n\n']
    lines += [f"extern const struct w2c_module {name}_module;\n" for name in modules]
    lines += ["\nconst struct test_module test_modules[] = {\n"]
    lines += [f'    {{"{name}", &{name}_module}},\n' for name in modules]
    kind = "CHECK" if bounds == "check" else "GUARD"
    lines += ["    {NULL, NULL},\n};\n\n", f"const enum w2c_bounds test_bounds = W2C_BOUNDS_{kind};\n"]
    with open(path, "w", encoding="ascii") as file:
        file.writelines(lines)


def run_harness(harness, path):
    """The lines it answered, and how it died (None: it came to its end)."""
    try:
        done = subprocess.run([*harness, path], capture_output=True, stdin=subprocess.DEVNULL, check=False,
                              timeout=SCRIPT_TIMEOUT_SECONDS)
        output, errors, end = done.stdout, done.stderr, describe_exit(done.returncode)
    except subprocess.TimeoutExpired as timeout:
        output, errors, end = timeout.stdout or b"", b"", f"no end after {SCRIPT_TIMEOUT_SECONDS} s"
    answers = output.decode("utf-8", "replace").splitlines()
    if answers[-1:] == ["end"] and end == "exit code 0":
        return answers[:-1], None
    message = errors.decode("utf-8", "replace").strip().splitlines()
    return answers, end + (f" ({message[0]})" if message else "")


# ---- report ----

class Result:
    """The sums of one mode."""

    def __init__(self, mode, verdicts, seconds, work):
        self.name = mode.name
        self.scripts = len(verdicts)
        self.counts = {state: sum(v.count(state) for v in verdicts) for state in (PASSED, LISTED, FAILED, TEXT)}
        self.seconds = seconds
        self.report(verdicts, os.path.join(work, f"failures-{mode.name}.txt"))

    @staticmethod
    def report(verdicts, path):
        failures = [failure for v in verdicts for failure in v.failures()]
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(failure + "\n" for failure in failures)
        for failure in failures[:MAX_SHOWN]:
            print("FAIL", failure[:400])
        if len(failures) > MAX_SHOWN:
            print(f"... and {len(failures) - MAX_SHOWN} more failures, all in {path}")

    def row(self):
        c = self.counts
        return (f"{self.name:18}{self.scripts:8}{c[PASSED]:9}{c[FAILED]:8}{c[LISTED]:8}{c[TEXT]:8}"
                f"{self.seconds:9.1f}")

    def line(self):
        c = self.counts
        return (f"spec {self.name}: {c[PASSED]} commands passed, {c[FAILED]} failed, {c[LISTED]} listed "
                f"({self.scripts} scripts)")


def print_table(results):
    print(f"\n{'mode':18}{'scripts':>8}{'passed':>9}{'failed':>8}{'listed':>8}{'text':>8}{'seconds':>9}")
    for result in results:
        print(result.row())
    print(f"all of it{sum(result.seconds for result in results):59.1f}")
    print("text: malformed text format, not for a binary tool\n")
    for result in results:
        print(result.line())


# ---- the command line ----

def parse_arguments():
    root = os.path.dirname(os.path.dirname(HERE))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", default=os.path.join(root, "build", "w2c"))
    parser.add_argument("--suite", default=os.path.join(root, "..", "shared", "spec-tests"))
    parser.add_argument("--source-root", default=root, help="where include/ and rt/ are")
    parser.add_argument("--work", default=os.path.join(root, "build", "spec"), help="cache of translations and objects")
    parser.add_argument("--unsupported", default=os.path.join(HERE, "unsupported.txt"))
    parser.add_argument("--engine", choices=("cc", "interp", "tcc"), default="cc", help="what runs the modules")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--cflags", default=USUAL_FLAGS)
    parser.add_argument("--bounds", choices=tuple(BOUNDS), default="guard",
                        help="strict: guard pages and --strict-traps, for --engine=cc")
    parser.add_argument("-j", type=int, default=2, dest="jobs")
    parser.add_argument("--quick", action="store_true", help="only QUICK_SCRIPTS")
    parser.add_argument("--all-modes", action="store_true")
    parser.add_argument("--all-levels", action="store_true")
    parser.add_argument("scripts", nargs="*", help="FOLDER/NAME, NAME or FOLDER")
    options = parser.parse_args()
    if options.bounds == "strict" and options.engine != "cc":
        parser.error("engines are always exact: --bounds=strict is for --engine=cc")
    return options


def plan_modes(options, scripts):
    """(engine, compiler, bounds, flags, scripts) of each mode."""
    quick = [script for script in scripts if script.key in QUICK_SCRIPTS]
    for_compilers = quick if options.quick else scripts
    if options.all_levels:
        return [(*mode, for_compilers) for mode in LEVEL_MODES]
    if options.all_modes:
        compiled = USUAL_MODES if options.quick else USUAL_MODES + HIGH_MODES
        return [(*mode, scripts) for mode in ENGINE_MODES] + [(*mode, for_compilers) for mode in compiled]
    return [(options.engine, options.cc, options.bounds, options.cflags, for_compilers)]


def main():
    options = parse_arguments()
    suite_path = os.path.abspath(options.suite)
    if not os.path.isdir(os.path.join(suite_path, suite.FOLDERS[0])):
        print(f"SKIPPED: the official suite is not at {suite_path}: NOTHING OF IT WAS TESTED")
        return SKIPPED
    scripts = suite.find_scripts(suite_path, options.scripts)
    if not scripts:
        print("no script has such a name")
        return 1
    unsupported = suite.Unsupported(options.unsupported)
    stale = [] if options.scripts else list(unsupported.check(scripts))
    for entry in stale:
        print("FAIL", os.path.basename(options.unsupported), entry)
    tools = Toolchain(options.w2c, options.source_root, options.work, options.jobs)
    tools.folder()
    refused = tools.validate(sorted({path for script in scripts for _, path in script.rejected()}
                                    | {path for script in scripts for _, _, path in script.modules()}))
    results = []
    for engine, cc, bounds, cflags, chosen in plan_modes(options, scripts):
        start = time.monotonic()
        if engine == "cc":
            mode = CompiledMode(tools, unsupported, cc, cflags, bounds)
        else:
            mode = EngineMode(tools, unsupported, engine, bounds, refused)
        mode.build(chosen)
        verdicts = tools.each(lambda script, mode=mode: mode.judge(script, refused), chosen)
        results.append(Result(mode, verdicts, time.monotonic() - start, tools.work))
        print(f"{mode.name}: {results[-1].seconds:.0f} s", file=sys.stderr, flush=True)
    print_table(results)
    return 1 if stale or any(result.counts[FAILED] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
