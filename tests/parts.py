#!/usr/bin/env python3
"""Builds w2c and runs every part of the tests; called by run.sh, which has installed what they need.

    parts.py [--full] [--only NAME]... [--shared DIR]

A part is a command that says what it counted in lines with `N passed, N failed, N skipped`; exit code 77 means that
there was nothing to test with. What a part prints goes to build/test-logs/NAME.log, its failures to the terminal too.
"""
import argparse
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LOGS = BUILD / "test-logs"
W2C = BUILD / "w2c"
SKIPPED = 77
PART_TIMEOUT_SECONDS = 5400
SHOWN_LINES = 12

# Faults of guest code are the runtime's to catch, and so are sizes that nobody can have.
SANITIZER_OPTIONS = {"ASAN_OPTIONS": "handle_segv=0:allow_user_segv_handler=1:detect_stack_use_after_return=0:"
                                     "allocator_may_return_null=1"}
# A process that ends with threads in it leaves what they have.
THREADS_SANITIZER_OPTIONS = {"ASAN_OPTIONS": SANITIZER_OPTIONS["ASAN_OPTIONS"] + ":detect_leaks=0"}

COUNTS = re.compile(r"^(?:[^|\n]*\s)?(\d+)(?: commands)? passed, (\d+) failed, (\d+) (?:skipped|listed)\b", re.M)
CMOCKA_COUNTS = [re.compile(rf"\[  {word} *\] (\d+) test", re.M) for word in ("PASSED", "FAILED", "SKIPPED")]
CTEST_FAILED = re.compile(r"tests passed, (\d+) tests? failed out of")
BAD_LINE = re.compile(r"FAIL|\berror\b|Error\b|ERROR|warning:|SKIPPED|no end after")


def processor_seconds():
    """Of all processes that were started here and have been waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def read_counts(text):
    """(passed, failed, skipped), summed over all lines that count."""
    rows = [tuple(map(int, row)) for row in COUNTS.findall(text)]
    return tuple(sum(row[i] for row in rows) for i in range(3))


def read_cmocka_counts(text):
    """As ctest shows them. A program that dies says nothing, so it is counted as one failure."""
    passed, failed, skipped = (sum(map(int, pattern.findall(text))) for pattern in CMOCKA_COUNTS)
    programs = CTEST_FAILED.search(text)
    return passed, max(failed, int(programs.group(1)) if programs else 1), skipped


def one_step(text):
    """A part that has no tests of its own, like a build, is one test."""
    del text
    return 0, 0, 0


class Part:
    def __init__(self, name, *commands, counts=read_counts, only_full=False, environment=None):
        self.name = name
        self.commands = [[str(word) for word in command] for command in commands]
        self.counts = counts
        self.only_full = only_full
        self.environment = {**os.environ, **(environment or {})}
        self.log = LOGS / f"{name}.log"

    def run(self):
        """(passed, failed, skipped)"""
        start, processor_start = time.monotonic(), processor_seconds()
        print(f"{self.name:26}", end="", flush=True)
        code = self.run_commands()
        text = self.log.read_text(encoding="utf-8", errors="replace")
        passed, failed, skipped = self.counts(text)
        if code == SKIPPED and passed + failed == 0:
            skipped = max(skipped, 1)
        elif code != 0:
            failed = max(failed, 1)
        elif passed + failed + skipped == 0:
            passed = 1 if self.counts is one_step else 0
            failed = 1 - passed
        print(f"{passed:7} passed {failed:5} failed {skipped:5} skipped {time.monotonic() - start:8.1f} s "
              f"({processor_seconds() - processor_start:.0f} s of processors)", flush=True)
        if failed or code == SKIPPED:
            self.show(text)
        return passed, failed, skipped

    def run_commands(self):
        with open(self.log, "wb") as log:
            for command in self.commands:
                log.write(("$ " + " ".join(command) + "\n").encode())
                log.flush()
                try:
                    code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                                          cwd=ROOT, env=self.environment, timeout=PART_TIMEOUT_SECONDS,
                                          check=False).returncode
                except subprocess.TimeoutExpired:
                    log.write(b"no end after an hour and a half\n")
                    return 1
                if code != 0:
                    return code
        return 0

    def show(self, text):
        lines = [line[:300] for line in text.splitlines() if BAD_LINE.search(line)] or text.splitlines()
        for line in lines[:SHOWN_LINES]:
            print("    " + line)
        print(f"    (all of it: {os.path.relpath(self.log, ROOT)})", flush=True)


def print_sums(outcomes):
    """outcomes: (part, its counts). The end of the output is what is looked at first, so all that was not green is
    named there again."""
    for word, column in (("failed", 1), ("skipped", 2)):
        found = [f"{part.name} ({counts[column]})" for part, counts in outcomes if counts[column]]
        print(f"{word} in {len(found)} of {len(outcomes)} parts{': ' if found else ''}{', '.join(found)}")
    passed, failed, skipped = (sum(column) for column in zip(*(counts for _, counts in outcomes)))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")


# ---- the parts ----

def build_part(name, folder, *settings, target="all", **options):
    return Part(name, ["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DW2C_WERROR=ON", *settings],
                ["cmake", "--build", folder, "--target", target], counts=one_step, **options)


def optimised(flags):
    """A setting for build_part: instead of what the usual build has, which comes last on a compiler's command line and
    so cannot be changed by CMAKE_C_FLAGS."""
    return f"-DCMAKE_C_FLAGS_RELWITHDEBINFO={flags}"


def unit_part(name, folder, **options):
    return Part(name, ["ctest", "--test-dir", folder, "--verbose", "-E", "^cli$"], counts=read_cmocka_counts,
                environment=SANITIZER_OPTIONS, **options)


def python(script, *arguments):
    return [sys.executable, ROOT / "tests" / script, *arguments]


def spec_part(shared, cc, bounds, *options, **settings):
    """One part for each mode, because only run.sh knows the clang of this machine."""
    return Part(f"spec-{cc}-{bounds}", python("spec/run.py", "--w2c", W2C, "--suite", shared / "spec-tests", "--work",
                                              BUILD / "spec", "--cc", cc, "--bounds", bounds, "-j", os.cpu_count(),
                                              *options), **settings)


def spec_levels_part(shared):
    return Part("spec-levels", python("spec/run.py", "--w2c", W2C, "--suite", shared / "spec-tests", "--work",
                                      BUILD / "spec", "-j", os.cpu_count(), "--all-levels"), only_full=True)


def wasi_part(shared, name, *options, **settings):
    """The second run of a program, which is kept, takes only the usual error where POSIX allows several."""
    run = python("wasi/run.py", "--w2c", W2C, "--suite", shared / "wasi-tests", "--work", BUILD / "wasi",
                 "-j", os.cpu_count(), *options)
    return Part(f"wasi-{name}", run, [*run, "--unix-errors"], **settings)


def compiled_wasi_parts(shared, clang):
    """Without optimisation always, for these tests are of the runtime; the other levels with --full."""
    ways = [(clang, "guard", "-O0"), ("gcc", "guard", "-O0"), ("gcc", "check", "-O3"), (clang, "guard", "-O3"),
            (clang, "check", None), ("gcc", "guard", None)]
    for number, (cc, bounds, level) in enumerate(ways):
        flag = [f"--w2c-flag={level}"] if level else []
        yield wasi_part(shared, f"{cc}-{bounds}{level or ''}", "--cc", cc, "--bounds", bounds, *flag,
                        only_full=number > 0)


def thread_runs(shared, clang, full):
    """Programs with threads, again and again: what goes wrong in them goes wrong once in many times."""
    run = python("wasi/run.py", "--w2c", W2C, "--suite", shared / "wasi-tests", "--work", BUILD / "wasi",
                 "-j", os.cpu_count(), "--repeat", 100 if full else 5)
    ways = [("--engine", "interp"), ("--engine", "tcc"), ("--cc", "gcc", "--bounds", "guard"),
            ("--cc", clang, "--bounds", "check")]
    return [[*run, *way, "threads/"] for way in ways]


def engine_parts(shared, size):
    """All that compiled programs must do, the engines in the process of w2c must do as well."""
    def spec(engine, bounds, folder=BUILD):
        name = f"spec-{engine}-{bounds}" + ("" if folder == BUILD else "-" + folder.name)
        return Part(name, python("spec/run.py", "--w2c", folder / "w2c", "--suite", shared / "spec-tests", "--work",
                                 BUILD / "spec", "--engine", engine, "--bounds", bounds, "-j", os.cpu_count()),
                    environment=SANITIZER_OPTIONS)

    def wasi(engine, bounds):
        return wasi_part(shared, f"{engine}-{bounds}", "--engine", engine, "--bounds", bounds)

    def pythons(engine):
        return Part(f"pythons-{engine}", python("pythons/check.py", "--w2c", W2C, "--shared", shared, "--engine",
                                                engine, *size))

    sanitized = BUILD / "sanitize"
    return [spec("interp", "guard"), spec("interp", "check"), spec("tcc", "guard"), spec("interp", "guard", sanitized),
            spec("tcc", "guard", sanitized), wasi("interp", "guard"), wasi("interp", "check"), wasi("tcc", "guard"),
            pythons("interp"), pythons("tcc")]


def race_parts(clang):
    """Programs with threads under clang's detector of data races: what w2c writes, its runtime, and the engines."""
    folder = BUILD / "races"
    return [build_part("build-races", folder, f"-DCMAKE_C_COMPILER={clang}", "-DW2C_SANITIZE=thread",
                       optimised("-O1 -g"), target="w2c", only_full=True),
            Part("thread-races", python("programs/check.py", "--races", "--w2c", folder / "w2c", "--clang", clang,
                                        "thread_ends", "thread_growth", "thread_queue"), only_full=True)]


def plan_parts(shared, full):
    clang = os.environ.get("W2C_CLANG", "clang")
    sanitize = BUILD / "sanitize"
    size = [] if full else ["--quick"]
    own = ["--w2c", W2C, "--clang", clang, *size]
    return [
        unit_part("unit", BUILD),
        Part("lint", python("tools/lint.py")),
        Part("part-runner", python("tools/parts_selftest.py")),
        Part("attacks", python("attacks/mutate.py")),
        Part("races", ["ctest", "--test-dir", BUILD, "--verbose", "-R", "^wasi_race$"], counts=read_cmocka_counts,
             only_full=True, environment={"W2C_RACE_SECONDS": "15"}),
        build_part("build-clang", BUILD / "clang", f"-DCMAKE_C_COMPILER={clang}",
                   optimised("-O2 -g" if full else "-O0")),
        unit_part("unit-clang", BUILD / "clang", only_full=True),
        build_part("build-sanitize", sanitize, "-DW2C_SANITIZE=address,undefined", optimised("-O1 -g1")),
        unit_part("unit-sanitize", sanitize),
        Part("cli", python("cli/run.py", W2C)),
        Part("cli-sanitize", python("cli/run.py", "--cc", clang, sanitize / "w2c")),
        Part("examples", python("examples/check.py", "--w2c", W2C)),
        Part("atomics", python("atomics/check.py", *own)),
        Part("threads", *thread_runs(shared, clang, full)),
        *race_parts(clang),
        Part("programs", python("programs/check.py", *own)),
        Part("programs-levels", python("programs/check.py", "--levels", *own), only_full=True),
        Part("memories", python("memories/check.py", "--work", BUILD / "memories", *own),
             python("memories/first_contents.py", *own)),
        Part("memories-sanitize", python("memories/check.py", "--work", BUILD / "memories", "--engines", "--w2c",
                                         sanitize / "w2c"), environment=SANITIZER_OPTIONS),
        Part("kernels", python("bench/kernels.py", "--w2c", W2C, "--clang", clang, "--smoke", *size)),
        Part("profile", python("profile/check.py", *own)),
        Part("tier", python("tier/check.py", *own)),
        Part("tcc", python("tcc/check.py", *own)),
        Part("gc", python("gc/check.py", "--work", BUILD / "gc", "--suite", shared / "spec-tests", *own)),
        Part("gc-sanitize", python("gc/check.py", "--work", BUILD / "gc-sanitize", "--suite", shared / "spec-tests",
                                   "--engines", "--w2c", sanitize / "w2c"), environment=THREADS_SANITIZER_OPTIONS),
        Part("gc-java", python("gc/java_program.py", "--w2c", W2C, "--work", BUILD / "gc-java"), only_full=True),
        Part("exceptions", python("exceptions/check.py", "--work", BUILD / "exceptions", *own),
             python("exceptions/programs.py", *own), python("exceptions/host_calls.py", *own)),
        Part("references", python("references/check.py", *own)),
        Part("vectors", python("vectors/check.py", *own)),
        Part("tail", python("tail/check.py", *own)),
        Part("translation", python("translation/check.py", *own), python("translation/copies.py", *own)),
        Part("names", python("names/check.py", *own)),
        Part("fuzz", python("fuzz/run.py", "--w2c", W2C, "--work", BUILD / "fuzz", *size)),
        Part("spec-runner", python("spec/selftest.py", "--w2c", W2C), counts=one_step),
        *engine_parts(shared, size),
        spec_part(shared, "gcc", "guard", *size),
        spec_part(shared, clang, "guard", *size),
        spec_part(shared, "gcc", "check", *size),
        spec_part(shared, clang, "check", *size),
        spec_levels_part(shared),
        Part("wasi-own", python("wasi/own.py", "--w2c", W2C, "--clang", clang),
             python("wasi/own.py", "--w2c", W2C, "--clang", clang, "--cc", clang, "--flag=--bounds=check"),
             python("wasi/own.py", "--w2c", W2C, "--clang", clang, "--engine", "interp"),
             python("wasi/own.py", "--w2c", W2C, "--clang", clang, "--engine", "tcc")),
        *compiled_wasi_parts(shared, clang),
        Part("pythons", python("pythons/check.py", "--w2c", W2C, "--shared", shared, *size, "--cc",
                               "gcc" if full else clang)),
    ]


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", action="append", metavar="NAME", default=[])
    parser.add_argument("--shared", type=pathlib.Path, default=ROOT.parent / "shared")
    return parser.parse_args()


def main():
    options = parse_options()
    # What a shell starts in the background ignores interrupts, under nohup hang-ups too; and so would what is tested.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, lambda number, frame: None)
    LOGS.mkdir(parents=True, exist_ok=True)
    shared = options.shared.resolve()
    parts = [part for part in plan_parts(shared, options.full) if options.full or not part.only_full]
    known = [part.name for part in parts]
    if unknown := set(options.only) - set(known):
        sys.exit(f"no such part: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    chosen = [part for part in parts if part.name in options.only or not options.only]
    start = time.monotonic()
    build = build_part("build", BUILD, f"-DW2C_SHARED_DIR={shared}")
    outcomes = [(build, build.run())]
    if outcomes[0][1][1]:
        print("w2c could not be built: nothing else was tested")
        outcomes += [(part, (0, 0, 1)) for part in chosen]
    else:
        outcomes += [(part, part.run()) for part in chosen]
    print(f"{time.monotonic() - start:.0f} s in all, {processor_seconds():.0f} s of processors")
    print_sums(outcomes)
    return 1 if any(failed for _, (_, failed, _) in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
