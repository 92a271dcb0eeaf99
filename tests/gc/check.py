#!/usr/bin/env python3
"""Objects of WebAssembly GC: programs and scripts in the text format, assembled by tools/assemble.py, as native
programs and through the engines.

    check.py --w2c build/w2c --work DIR [--suite spec-tests] [--clang clang-19] [--quick] [--engines]

Programs are NAME.wat; what they print is compared with what Python works out in another way. Each runs twice: with some
work to do, and with little of it and a collection before every allocation, which overwrites what is dead
(W2C_HEAP_STRESS): a reference that no root leads to is found then. So are the scripts NAME.wast of this folder, and the
scripts about references, objects and exceptions of the official suite, by its own runner.

churn.wat makes 10 GB of objects that live briefly (1 GB with --quick, less through engines) and may never have more
than 100 MB of memory. --engines: nothing is compiled by a C compiler, as for a sanitized w2c, of which memory is not
asked.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
import assemble
from checking import Failure, TIMEOUT_SECONDS, build, expect, run_tests

MASK = (1 << 64) - 1
MOST_RESIDENT_KB = 100 << 10
SCRIPTS = ["roots", "vectors"]
STRESS = {"W2C_HEAP_STRESS": "1"}
SUITE_FOLDERS = ["gc", "exceptions"]
SUITE_SCRIPTS = """
core/br_on_non_null core/br_on_null core/call_ref core/elem core/global core/instance core/linking
core/ref_as_non_null core/ref_func core/ref_is_null core/ref_null core/return_call core/return_call_indirect
core/return_call_ref core/select core/table core/table_get core/table_grow core/table_set core/type-equivalence
core/type-rec bulk-memory/table_copy bulk-memory/table_fill bulk-memory/table_init bulk-memory/table-sub
""".split()


# ---- what programs print ----

def random_numbers(count):
    x = 0
    for _ in range(count):
        x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
        yield x


def churn(rounds):
    lists = sum(1000 * (number - 99) for number in range(99, rounds))
    return [rounds * 2047 + sum(number + number % 256 for number in range(rounds)) + lists]


def churned_bytes(rounds):
    """The record's pointer, then two references; a number and a reference; a length and elements."""
    return rounds * (2047 * 24 + 1000 * 24 + 12 + 40000 + 12 + 1000)


def trees(scale):
    nodes = [(16 << (scale - depth)) * ((2 << depth) - 1) for depth in range(4, scale + 1, 4)]
    return [*nodes, (2 << scale) - 1]


def lists(scale):
    total = 0
    for number in range(1, 10001, 2):
        total = (total * 3 + number * number) & MASK
    return [total * scale & MASK]


def sort(scale):
    keys = sorted(x >> 8 for x in random_numbers(scale))
    return [sum(key * place for place, key in enumerate(keys)) & MASK, 0]


def word_map(scale):
    counts, found = {}, 0
    for i, x in enumerate(random_numbers(scale)):
        key = (x >> 4) % scale
        counts[key] = counts.get(key, 0) + 1
        if i % 3 == 0:
            found += scale - key in counts
        if i % 5 == 0:
            del counts[key]
    return [len(counts), sum(counts.values()), found]


def threads(rounds, effort):
    """Per round four spawned, two that allocate, one that sleeps; each thread checks four things."""
    return [rounds * (4 + 2 * effort + 1 + 16), 0]


def tails(chains, length):
    return [chains, 0]


def language(scale):
    """See language.wat: what its expressions come to."""
    total = 0
    for i in range(scale):
        value = ((i * 3 + 1) * (i + 2)) - i
        total += value + (1 if i % 7 == 3 else 0)
    return [total & MASK, sum(1 for i in range(scale) if i % 5 == 4)]


class Program:
    """Of `scale` there are two: for a usual run, and for one in which every allocation collects."""

    def __init__(self, name, model, scale, stressed, effort=None):
        self.name = name
        self.model = model
        self.scales = {"": scale, "stressed ": stressed}
        self.efforts = dict(zip(("", "stressed "), effort or (None, None)))

    def module(self, kind, scale=None):
        scale = scale or self.scales[kind]
        text = (HERE / f"{self.name}.wat").read_text(encoding="utf-8")
        if "(func $print" not in text:
            text = (HERE / "print.wat").read_text(encoding="utf-8") + text
        text += f"(global $scale i32 (i32.const {scale}))"
        if self.efforts[kind]:
            text += f"(global $effort i32 (i32.const {self.efforts[kind]}))"
        return assemble.module(text)

    def expected(self, kind, scale=None):
        effort = [self.efforts[kind]] if self.efforts[kind] else []
        numbers = self.model(scale or self.scales[kind], *effort)
        return "".join(f"{number}\n" for number in numbers)


PROGRAMS = [
    Program("churn", churn, 300, 1),
    Program("trees", trees, 12, 4),
    Program("lists", lists, 30, 1),
    Program("sort", sort, 100000, 300),
    Program("map", word_map, 100000, 2000),
    Program("language", language, 20000, 150),
    Program("threads", threads, 10, 1, effort=(1000, 2)),
    Program("tails", tails, 20, 1, effort=(320000, 2048)),
]
CHURN = PROGRAMS[0]


def run_measured(command, environment):
    """(exit code, standard output, what was resident at most, in KB: of this process when it forked, or the child)"""
    with subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env={**os.environ, **environment}) as child:
        text = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, text.decode(errors="replace"), usage.ru_maxrss


# ---- ways to run ----

class Way:
    """An engine, or a C compiler with flags."""

    def __init__(self, tests, bounds, engine=None, cc=None, cflags="-O2"):
        self.tests = tests
        self.flags = ["--bounds=" + bounds]
        self.engine = engine
        self.name = f"{engine or cc + ' ' + cflags}, {bounds}"
        if cc:
            self.flags += ["--cc=" + cc, "--cflags=" + cflags + " -Wall -Wextra -Werror", "-j", "1"]
        self.runner_flags = (["--engine", engine] if engine else ["--cc", cc]) + ["--bounds", bounds]

    def command(self, module):
        if self.engine:
            return [self.tests.w2c, "run", "--engine=" + self.engine, *self.flags, module]
        output = module.with_suffix("." + "".join(c for c in self.name if c.isalnum()))
        build([self.tests.w2c, *self.flags, module, "-o", output])
        return [output]


class Tests:
    def __init__(self, options):
        self.w2c = options.w2c.resolve()
        self.work = options.work
        self.options = options
        self.work.mkdir(parents=True, exist_ok=True)
        ways = [Way(self, "guard", engine="interp"), Way(self, "check", engine="interp"),
                Way(self, "guard", engine="tcc")]
        if not options.engines:
            ways += [Way(self, "guard", cc="gcc"), Way(self, "check", cc=options.clang)]
        if not options.engines and not options.quick:
            ways += [Way(self, "guard", cc="gcc", cflags="-O0"), Way(self, "guard", cc=options.clang, cflags="-O3")]
        self.ways = ways

    def write(self, name, content):
        path = self.work / name
        path.write_bytes(content)
        return path

    def expect_output(self, command, expected, environment):
        code, text, resident = run_measured(["timeout", TIMEOUT_SECONDS, *command], environment)
        expect(code == 0 and text == expected, f"exit code {code}: {text[:500]!r}, expected {expected!r}")
        return resident

    def program(self, program, way):
        for kind, environment in (("", {}), ("stressed ", STRESS)):
            module = self.write(f"{kind.strip()}{program.name}-{way.name.replace(' ', '')}.wasm", program.module(kind))
            try:
                self.expect_output(way.command(module), program.expected(kind), environment)
            except Failure as failure:
                raise Failure(f"{kind}{failure}") from None

    def much(self, gigabytes, way):
        """In as few rounds as make so many bytes."""
        rounds = int(gigabytes * 10**9 / churned_bytes(1)) + 1
        module = self.write(f"churn{gigabytes}-{way.name.replace(' ', '')}.wasm", CHURN.module("", rounds))
        command = way.command(module)
        start = time.monotonic()
        resident = self.expect_output(command, CHURN.expected("", rounds), {})
        print(f"{way.name}: {churned_bytes(rounds) / 1e9:.1f} GB of objects in {time.monotonic() - start:.1f} s, "
              f"{resident >> 10} MB resident at most", flush=True)
        expect(resident <= MOST_RESIDENT_KB or self.options.engines, f"{resident} KB resident")

    def all(self):
        found = [(f"{program.name}, {way.name}", lambda program=program, way=way: self.program(program, way))
                 for program in PROGRAMS for way in self.ways]
        for way in self.ways:
            gigabytes = 0.25 if way.engine == "interp" else 1 if self.options.quick or way.engine else 10
            found.append((f"much, {way.name}", lambda way=way, gigabytes=gigabytes: self.much(gigabytes, way)))
        return found

    # ---- scripts, by the runner of the official suite ----

    def scripts(self):
        """How many runs failed; what they say is printed. Engines take part in everything, one compiler in part."""
        folder = self.work / "suite" / "core"
        folder.mkdir(parents=True, exist_ok=True)
        for name in SCRIPTS:
            assemble.script((HERE / f"{name}.wast").read_text(encoding="utf-8"), folder / f"{name}.json")
        empty = self.write("unsupported.txt", b"")
        failed = 0
        for way in self.ways:
            for environment in ({}, STRESS):
                failed += self.run_suite(folder.parent, ["--unsupported", empty, *way.runner_flags], environment)
            if way.engine or way.flags == self.ways[3].flags and not self.options.quick:
                failed += self.official(way)
        return failed

    def official(self, way):
        if not self.options.suite.exists():
            print(f"SKIPPED {way.name}: there is no official suite at {self.options.suite}")
            print("0 passed, 0 failed, 1 skipped")
            return 0
        whole = [f"{folder}/{path.stem}" for folder in SUITE_FOLDERS
                 for path in sorted((self.options.suite / folder).glob("*.json"))]
        return self.run_suite(self.options.suite, [*way.runner_flags, *whole, *SUITE_SCRIPTS], STRESS)

    def run_suite(self, suite, words, environment):
        command = [sys.executable, HERE.parent / "spec" / "run.py", "--w2c", self.w2c, "--suite", suite, "--work",
                   self.work / "run", *words]
        return subprocess.run([str(word) for word in command], env={**os.environ, **environment},
                              check=False).returncode != 0


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--suite", type=pathlib.Path, default=HERE.parent.parent.parent / "shared" / "spec-tests")
    parser.add_argument("--clang", default="clang")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--engines", action="store_true")
    return parser.parse_args()


def main():
    tests = Tests(parse_options())
    failed = tests.scripts()
    try:
        run_tests(tests.all())
    except SystemExit as end:
        sys.exit(1 if failed else end.code)


if __name__ == "__main__":
    main()
