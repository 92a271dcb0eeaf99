#!/usr/bin/env python3
"""Removes each defence of attacks.py in a copy of the sources and demands that the test which guards it fails.

    mutate.py [--work DIR] [--cc CC] [-j N] [NAME ...]     NAMEs select rows by a part of attack, test or file
    mutate.py --list                                       the rows, with the lines where the defences are

The runtime is compiled once, unoptimised. A mutation compiles the file that it changes (all, if it is a header), links
the one test program and runs it. Every named test must pass before anything is removed. A test that hangs or
crashes has failed. Exit code 1 if a test did not notice.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from attacks import DEFENCES

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COPIED = ("include", "rt", "tests/unit")
FLAGS = ["-std=gnu11", "-O0", "-w", "-pthread"]
INCLUDES = ("include", "rt", ".")
SECONDS = 60
RACE_SECONDS = "0.5"
ATTEMPTS_AT_RACES = 20

OUTCOME = re.compile(r"^\[ +(RUN|OK|FAILED|SKIPPED) +\] (.+)$", re.M)


class Broken(Exception):
    """The tests could not be carried out; the text says why."""


def find_place(defence, root):
    """FILE:LINE of a defence, or FILE alone if its text is not there exactly once."""
    text = (root / defence.file).read_text(encoding="utf-8")
    if text.count(defence.old) != 1:
        return defence.file
    return f"{defence.file}:{text[:text.index(defence.old)].count(chr(10)) + 1}"


def run_command(command, cwd):
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Broken(f"{' '.join(map(str, command))}\n{done.stderr[-2000:]}")


class Tree:
    """A copy of the sources with its object files."""

    def __init__(self, folder, compiler):
        self.folder = folder
        self.compiler = compiler
        self.sources = sorted(path.relative_to(folder) for path in (folder / "rt").rglob("*.c"))

    def compile(self, source, target):
        includes = [f"-I{self.folder / name}" for name in INCLUDES]
        run_command([self.compiler, *FLAGS, *includes, "-c", self.folder / source, "-o", target], self.folder)
        return target

    def compile_runtime(self, objects, pool=None):
        objects.mkdir(exist_ok=True)
        names = [(source, objects / (source.stem + ".o")) for source in self.sources]
        list((pool.map if pool else map)(lambda item: self.compile(*item), names))

    def link(self, objects, program):
        target = program.with_suffix("")
        # What a test plays itself (test_rt_program plays WASI) goes before what the runtime has.
        run_command([self.compiler, "-pthread", "-Wl,--allow-multiple-definition", program, *objects, "-lcmocka", "-lm",
                     "-o", target], self.folder)
        return target


def run_program(program, seconds):
    """test -> True if it passed, False if it failed, hung or crashed, None if it was skipped."""
    environment = dict(os.environ, W2C_RACE_SECONDS=RACE_SECONDS)
    with subprocess.Popen([program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=environment, start_new_session=True) as process:
        try:
            text = process.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            text = process.communicate()[0]
    results = {}
    for outcome, test in OUTCOME.findall(text.decode(errors="replace")):
        results[test.strip()] = {"OK": True, "SKIPPED": None}.get(outcome, False)
    return results


class Runner:
    def __init__(self, work, compiler, pool):
        self.work = work
        self.base = work / "base"
        for name in COPIED:
            shutil.copytree(ROOT / name, self.base / name)
        self.tree = Tree(self.base, compiler)
        self.objects = work / "objects"
        self.tree.compile_runtime(self.objects, pool)
        self.tests = {}
        self.before = {}
        self.seconds = {}  # after so many a mutated program hangs

    def prepare(self, program):
        """Compiles a test program and runs it against the sources as they are."""
        target = self.tree.compile(pathlib.Path(f"tests/unit/test_{program}.c"), self.work / f"test_{program}.o")
        self.tests[program] = target
        start = time.monotonic()
        self.before[program] = run_program(self.tree.link(self.objects.glob("*.o"), target), SECONDS)
        self.seconds[program] = 3 + 4 * (time.monotonic() - start)

    def compile_mutation(self, defence, folder):
        """The object files of the runtime without the defence, and that of the test."""
        text = (self.base / defence.file).read_text(encoding="utf-8")
        if text.count(defence.old) != 1:
            raise Broken(f"{text.count(defence.old)} places, not one, have {defence.old!r}")
        text = text.replace(defence.old, defence.new)
        test = folder / "test.o"
        if defence.file.endswith(".c"):
            changed = pathlib.Path(defence.file)
            source = folder / changed.name
            source.write_text(text, encoding="utf-8")
            objects = {path.name: path for path in self.objects.glob("*.o")}
            objects[changed.stem + ".o"] = self.tree.compile(source, folder / (changed.stem + ".o"))
            shutil.copy(self.tests[defence.program], test)
            return objects.values(), test
        for name in COPIED:
            shutil.copytree(self.base / name, folder / name)
        (folder / defence.file).write_text(text, encoding="utf-8")
        tree = Tree(folder, self.tree.compiler)
        tree.compile_runtime(folder / "objects")
        tree.compile(pathlib.Path(f"tests/unit/test_{defence.program}.c"), test)
        return (folder / "objects").glob("*.o"), test

    def attempt(self, defence):
        """What is wrong, or None: the test passes with the defence and fails without."""
        before = self.before[defence.program].get(defence.test, False)
        if before is None:
            return "skipped"
        if not before:
            return "fails as it is"
        with tempfile.TemporaryDirectory(dir=self.work) as scratch:
            folder = pathlib.Path(scratch)
            try:
                objects, test = self.compile_mutation(defence, folder)
                is_noticed = self.fails(self.tree.link(objects, test), defence)
            except Broken as broken:
                return f"cannot be tried: {broken}"
        return None if is_noticed else "does not notice"

    def fails(self, program, defence):
        """A race may need several attempts to be lost."""
        attempts = ATTEMPTS_AT_RACES if defence.program == "wasi_race" else 1
        return any(run_program(program, self.seconds[defence.program]).get(defence.test, False) is False
                   for _ in range(attempts))


def select(names):
    words = [name.lower() for name in names]
    return [defence for defence in DEFENCES
            if not words or any(word in f"{defence.attack} {defence.program} {defence.test} {defence.file}".lower()
                                for word in words)]


def print_list(defences):
    for defence in defences:
        print(f"{defence.attack:72}  {find_place(defence, ROOT):28}  test_{defence.program} \"{defence.test}\"")


def print_answer(defence, place, answer):
    word = {None: "ok", "skipped": "skipped"}.get(answer, "FAIL")
    print(f"{word:8}{defence.attack}\n        without {place}, test_{defence.program} \"{defence.test}\" "
          f"{answer or 'fails'}")


def run_all(options, defences):
    with tempfile.TemporaryDirectory(prefix="w2c-attacks-", dir=options.work) as scratch, \
            concurrent.futures.ThreadPoolExecutor(options.j) as pool:
        runner = Runner(pathlib.Path(scratch), options.cc, pool)
        list(pool.map(runner.prepare, sorted({defence.program for defence in defences})))
        answers = list(pool.map(runner.attempt, defences))
        for defence, answer in zip(defences, answers):
            print_answer(defence, find_place(defence, runner.base), answer)
    skipped = answers.count("skipped")
    passed = answers.count(None)
    print(f"attacks: {passed} passed, {len(answers) - passed - skipped} failed, {skipped} skipped")
    return passed + skipped == len(answers)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--work", type=pathlib.Path, help="folder for scratch files (default: that of the system)")
    parser.add_argument("--cc", default="cc")
    parser.add_argument("-j", type=int, default=os.cpu_count())
    parser.add_argument("names", nargs="*", metavar="NAME")
    return parser.parse_args()


def main():
    options = parse_options()
    defences = select(options.names)
    if not defences:
        sys.exit("no row has such a name")
    if options.list:
        print_list(defences)
        return 0
    if options.work:
        options.work.mkdir(parents=True, exist_ok=True)
    return 0 if run_all(options, defences) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Broken as broken:
        sys.exit(f"attacks: {broken}")
