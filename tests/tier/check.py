#!/usr/bin/env python3
"""w2c run --engine=auto: programs that start in memory and get better code while they run, and the builder behind them.

    check.py --w2c build/w2c --clang clang-19 [--quick] [NAME...]

The programs of tests/programs run with the optimised code in place before they start (--takeover-first), so that all of
each is executed by code that was linked for the memory of a process that exists already. --quick: a few of them.
"""
import argparse
import fcntl
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parent / "cli"), str(HERE.parent / "programs")]
import check as programs  # tests/programs/check.py
import wasm_bytes
sys.path.insert(0, str(HERE.parent / "exceptions"))
import programs as throwing  # tests/exceptions/programs.py
from checking import build, expect, main, run

PATIENCE_SECONDS = 300
QUICK = {"arguments", "bytecode_machine", "deep_recursion", "traps", "folders"}
TOOK_OVER = "w2c: optimised code of "
EXIT = ("wasi_snapshot_preview1", "proc_exit", 1, 0)

# Calls a function by reference and by name until it has run for the seconds of processor time that are its argument.
BUSY = b"""#include <stdio.h>
#include <stdlib.h>
#include <time.h>
static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}
__attribute__((noinline)) static unsigned step(unsigned x) {
    for (int i = 0; i < 20000; i++) x = x * 31 ^ x >> 7;
    return x;
}
__attribute__((noinline)) static unsigned other(unsigned x) { return step(x) * 3 + 1; }
typedef unsigned (*function)(unsigned);
volatile function table[2] = {step, other};
int main(int count, char **arguments) {
    const double seconds = count > 1 ? atof(arguments[1]) : 1, start = now();
    const long steps = count > 2 ? atol(arguments[2]) : 0;
    unsigned x = 1;
    for (long n = 0; steps ? n < steps : now() - start < seconds; n++) x = table[n & 1](x) + step(n);
    if (steps) printf("%u\\n", x);
    return 5;
}
"""

# The same, a little in each millisecond until there is a file `stop`; prints how many steps that were, and the result.
PATIENT = BUSY[:BUSY.index(b"int main")].replace(b"<time.h>", b"<time.h>\n#include <unistd.h>") + b"""
int main(int count, char **arguments) {
    const long steps = count > 1 ? atol(arguments[1]) : 0;
    unsigned x = 1;
    long n = 0;
    while (steps ? n < steps : access("/stop", F_OK) != 0) {
        x = table[n & 1](x) + step(n);
        n++;
        if (!steps) usleep(1000);
    }
    printf("%ld %u\\n", n, x);
    return 5;
}
"""


class Cache:
    """A cache of its own, and a folder for temporary files that must be empty once all builders have ended."""

    def __init__(self, work):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=work, prefix="cache-"))
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self.environment = {"XDG_CACHE_HOME": str(self.folder), "TMPDIR": str(self.temporary), "W2C_OPTIONS": ""}

    def names(self, pattern):
        return sorted((self.folder / "w2c").glob(pattern))

    def kept(self):
        """Native programs."""
        return [path for path in self.names("*") if os.access(path, os.X_OK)]

    def await_builders(self):
        end = time.monotonic() + PATIENCE_SECONDS
        for path in self.names("*.lock"):
            with open(path, "rb") as lock:
                while True:
                    expect(time.monotonic() < end, f"a builder has not ended after {PATIENCE_SECONDS} s")
                    try:
                        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        break
                    except BlockingIOError:
                        time.sleep(0.05)
        left = list(self.temporary.iterdir())
        expect(not left, f"left behind: {left}")


class Checker:
    def __init__(self, options, work):
        self.w2c = options.w2c
        self.clang = options.clang
        self.work = work

    def command(self, *arguments):
        return [self.w2c, "run", "--engine=auto", *arguments]

    def run(self, cache, *arguments, code=0, **settings):
        """(standard output, standard error), as text"""
        found, out, err = run(self.command(*arguments), environment=cache.environment, timeout=PATIENCE_SECONDS,
                              **settings)
        out, err = out.decode(errors="replace"), err.decode(errors="replace")
        expect(found == code, f"exit code {found}, not {code}: {arguments}: {out}{err}")
        return out, err

    def module(self, name, content):
        path = self.work / f"{name}.wasm"
        path.write_bytes(content)
        return path

    def compile(self, name, source):
        path = self.work / f"{name}.c"
        path.write_bytes(source)
        module = path.with_suffix(".wasm")
        build([self.clang, "--target=wasm32-wasi", "-O2", "-D_WASI_EMULATED_PROCESS_CLOCKS", path, "-o", module,
               "-lwasi-emulated-process-clocks"])
        return module


# ---- programs in optimised code ----

def run_taken_over(checker, program, module):
    """The output of all runs, each with a cache of its own, so that each starts in memory."""
    caches = []

    def command_of(one):
        caches.append(Cache(checker.work))
        return checker.command("-O1", "--takeover-first", *shlex.split(one.grant), *program.w2c_flags, module,
                               *one.words), caches[-1].environment

    output = program.output(command_of, is_wasm=True)
    for cache in caches:
        cache.await_builders()
        expect(len(cache.kept()) == 1, "no program is kept")
    return output


def check_program(checker, program):
    module = program.compile_wasm(checker.clang, checker.work)
    expected = programs.Checker(argparse.Namespace(clang=checker.clang), checker.work).expected(program)
    found = run_taken_over(checker, program, module)
    expect(found == expected, programs.difference(found, expected))


def check_all_of_it_is_taken_over(checker):
    """What the other tests rely on."""
    cache = Cache(checker.work)
    module = checker.compile("all", BUSY)
    _, err = checker.run(cache, "--verbose", "--takeover-first", module, "1", "10", code=5)
    expect(err.startswith(TOOK_OVER) and err.count("\n") == 1, err)
    cache.await_builders()


def check_while_it_runs(checker):
    """Code is exchanged between one call and the next, and the result is what it would have been. The program goes on
    until it has been taken over, however long a busy machine needs for that, and for some steps in the new code."""
    cache = Cache(checker.work)
    module = checker.compile("while", PATIENT)
    folder = cache.folder / "guest"
    folder.mkdir()
    command = [*checker.command("--verbose", "--dir", f"{folder}::/", module)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, **cache.environment}) as process:
        giving_up = threading.Timer(PATIENCE_SECONDS, process.kill)
        giving_up.start()
        said = process.stderr.readline()
        time.sleep(0.2)
        (folder / "stop").touch()
        out, err = process.communicate()
        giving_up.cancel()
    expect(said.startswith(TOOK_OVER.encode()), f"it was not taken over: {said + err}")
    expect(process.returncode == 5, f"exit code {process.returncode}: {err}")
    steps = out.split()[0].decode()
    _, interpreted, _ = run([checker.w2c, "run", "--engine=interp", module, steps], environment=cache.environment,
                            timeout=PATIENCE_SECONDS)
    expect(out == interpreted, f"{out} instead of {interpreted}")
    cache.await_builders()


def check_while_it_throws(checker):
    """What new code throws is caught in frames of the old code, and the other way round."""
    cache = Cache(checker.work)
    module = throwing.compile_wasm(checker.clang, "unwinding", "legacy", checker.work)
    rounds = "400000"
    out, err = checker.run(cache, "-O1", "--verbose", module, rounds, code=3)
    expect(err.startswith(TOOK_OVER), f"it was not taken over: {err}")
    cache.await_builders()
    native, err = checker.run(cache, "-O1", "--verbose", module, rounds, code=3)
    expect((native, err) == (out, ""), f"{out[-100:]} instead of {native[-100:]}")


# ---- what cannot be taken over ----

def two_results():
    """A function with two results, which the two compilers return in ways of their own."""
    types = [b"\x60\x00\x00", b"\x60\x00\x02\x7f\x7f", b"\x60\x01\x7f\x00"]
    body = wasm_bytes.call(2) + b"\x6a" + wasm_bytes.call(0)  # adds what it returns, exits with it
    codes = [b"\x00" + body + b"\x0b", b"\x00" + wasm_bytes.const(3) + wasm_bytes.const(4) + b"\x0b"]
    return b"".join([b"\0asm\1\0\0\0", wasm_bytes.section(1, wasm_bytes.vector(types)),
                     wasm_bytes.section(2, wasm_bytes.vector([wasm_bytes.text(EXIT[0]) + wasm_bytes.text(EXIT[1]) +
                                                              b"\x00\x02"])),
                     wasm_bytes.section(3, wasm_bytes.vector([b"\x00", b"\x01"])),
                     wasm_bytes.section(7, wasm_bytes.vector([wasm_bytes.text("_start") + b"\x00\x01"])),
                     wasm_bytes.section(10, wasm_bytes.vector([wasm_bytes.leb(len(code)) + code for code in codes]))])


def passive_segment():
    """Copies a byte of a passive segment to memory, drops the segment, exits with the byte."""
    body = (wasm_bytes.const(0) + wasm_bytes.const(1) + wasm_bytes.const(1) + b"\xfc\x08\x00\x00" + b"\xfc\x09\x00" +
            wasm_bytes.const(0) + b"\x2d\x00\x00" + wasm_bytes.call(0))
    code = b"\x00" + body + b"\x0b"
    return b"".join([b"\0asm\1\0\0\0", wasm_bytes.section(1, wasm_bytes.vector([b"\x60\x01\x7f\x00", b"\x60\x00\x00"])),
                     wasm_bytes.section(2, wasm_bytes.vector([wasm_bytes.text(EXIT[0]) + wasm_bytes.text(EXIT[1]) +
                                                              b"\x00\x00"])),
                     wasm_bytes.section(3, wasm_bytes.vector([b"\x01"])),
                     wasm_bytes.section(5, b"\x01\x00\x01"),
                     wasm_bytes.section(7, wasm_bytes.vector([wasm_bytes.text("_start") + b"\x00\x01"])),
                     wasm_bytes.section(12, b"\x01"),
                     wasm_bytes.section(10, wasm_bytes.vector([wasm_bytes.leb(len(code)) + code])),
                     wasm_bytes.section(11, b"\x01\x01\x02\x08\x09")])


def check_not_taken_over(checker):
    for name, content, code in (("two_results", two_results(), 7), ("passive", passive_segment(), 9)):
        cache = Cache(checker.work)
        module = checker.module(name, content)
        _, err = checker.run(cache, "--verbose", "--takeover-first", module, code=code)
        expect(err == "", err)
        cache.await_builders()
        expect(len(cache.kept()) == 1, "no program is kept")
        checker.run(cache, module, code=code)


# ---- the builder ----

def exit_module(checker, name, code):
    return checker.module(name, wasm_bytes.module([EXIT], 0, 0, wasm_bytes.const(code) + wasm_bytes.call(0), "_start"))


def script(checker, name, text):
    path = checker.work / name
    path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
    path.chmod(0o755)
    return path


def check_next_run_is_native(checker):
    cache = Cache(checker.work)
    log = checker.work / "next.log"
    compiler = script(checker, "next-cc", f'echo "$@" >>{log}\nexec cc "$@"\n')
    module = exit_module(checker, "next", 7)
    checker.run(cache, "--cc", compiler, module, code=7)
    cache.await_builders()
    expect(len(cache.kept()) == 1, f"kept: {cache.kept()}")
    text = log.read_text(encoding="utf-8")
    code = cache.names("*")
    checker.run(cache, "--cc", compiler, module, code=7)
    checker.run(cache, "--cc", compiler, "--engine=cc", module, code=7)
    new = log.read_text(encoding="utf-8")[len(text):]
    expect(" -c " not in new and cache.names("*") == code, f"something was built again: {new}")


def check_one_builder(checker):
    """Several that start at once build once."""
    cache = Cache(checker.work)
    log = checker.work / "one.log"
    compiler = script(checker, "one-cc", f'case "$*" in *result*) echo link >>{log};; esac\nsleep 0.2\nexec cc "$@"\n')
    module = exit_module(checker, "one", 7)
    command = [str(word) for word in checker.command("--cc", compiler, module)]
    processes = [subprocess.Popen(command, env={**os.environ, **cache.environment}) for _ in range(5)]
    expect([process.wait(timeout=PATIENCE_SECONDS) for process in processes] == [7] * 5, "exit codes")
    cache.await_builders()
    links = log.read_text(encoding="utf-8").count("link")
    expect(links == 1, f"{links} programs were linked")


def check_builder_outlives_the_program(checker):
    """It is in no process group that is killed with the program, and takes no terminal's signals."""
    cache = Cache(checker.work)
    started = checker.work / "outlives.started"
    compiler = script(checker, "outlives-cc", f'case "$*" in *" -c "*) touch {started}; sleep 1;; esac\nexec cc "$@"\n')
    module = checker.compile("outlives", BUSY)
    process = subprocess.Popen([str(word) for word in checker.command("-O0", "--cc", compiler, module, "100")],
                               env={**os.environ, **cache.environment}, start_new_session=True)
    end = time.monotonic() + PATIENCE_SECONDS
    while not started.exists():
        expect(time.monotonic() < end, "the compiler was not started")
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGHUP)
    expect(process.wait(timeout=PATIENCE_SECONDS) == -signal.SIGHUP, "the program goes on")
    cache.await_builders()
    expect(len(cache.kept()) == 1, "no program is kept")


def check_builder_that_dies(checker):
    """Leaves nothing that would keep the next one from working, and the program does not care."""
    cache = Cache(checker.work)
    compiler = script(checker, "dies-cc", 'case "$*" in *" -c "*) kill -9 $PPID; exit 1;; esac\nexec cc "$@"\n')
    module = exit_module(checker, "dies", 7)
    checker.run(cache, "--cc", compiler, module, code=7)
    time.sleep(0.2)
    lock, = cache.names("*.lock")
    with open(lock, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
    expect(not cache.kept() and not cache.names("*.failed"), "something was noted")
    shutil.rmtree(cache.temporary)  # a killed process cannot clean up
    cache.temporary.mkdir()
    script(checker, "dies-cc", 'exec cc "$@"\n')
    checker.run(cache, "--cc", compiler, module, code=7)
    cache.await_builders()
    expect(len(cache.kept()) == 1, "no program is kept")


def check_compiler_that_fails(checker):
    """Is not asked again for a day, and then it is."""
    cache = Cache(checker.work)
    log = checker.work / "fails.log"
    compiler = script(checker, "fails-cc", f'case "$*" in *" -c "*) echo >>{log}; exit 1;; esac\nexec cc "$@"\n')
    module = exit_module(checker, "fails", 7)
    attempts = []
    for _ in range(3):
        _, err = checker.run(cache, "--cc", compiler, module, code=7)
        expect(err == "", err)
        cache.await_builders()
        attempts.append(len(log.read_text(encoding="utf-8")))
    note, = cache.names("*.failed")
    yesterday = time.time() - 25 * 3600
    os.utime(note, (yesterday, yesterday))
    script(checker, "fails-cc", 'exec cc "$@"\n')
    checker.run(cache, "--cc", compiler, module, code=7)
    cache.await_builders()
    expect(attempts[0] > 0 and attempts[1:] == attempts[:1] * 2, f"it was asked {attempts} times")
    expect(len(cache.kept()) == 1 and not cache.names("*.failed"), "it was not tried again")


def check_no_compiler(checker):
    cache = Cache(checker.work)
    for command in ("no-such-compiler", "false"):
        _, err = checker.run(cache, "--cc", command, exit_module(checker, "none", 7), code=7)
        expect(err == "", err)
        cache.await_builders()


def check_no_cache(checker):
    """What cannot be kept is run all the same."""
    module = exit_module(checker, "nowhere", 7)
    for settings in ({"XDG_CACHE_HOME": "/dev/null"}, {"XDG_CACHE_HOME": "", "HOME": ""}):
        code, out, err = run(checker.command(module), environment={**settings, "W2C_OPTIONS": ""})
        expect((code, out, err) == (7, b"", b""), f"{settings}: {code} {err}")


def check_damaged_program(checker):
    """Is as good as none: the run is in memory, and it is built again."""
    cache = Cache(checker.work)
    module = exit_module(checker, "damaged", 7)
    checker.run(cache, "-O0", module, code=7)
    cache.await_builders()
    path, = cache.kept()
    whole = path.read_bytes()
    path.write_bytes(whole[:len(whole) // 2])
    checker.run(cache, "-O0", module, code=7)
    cache.await_builders()
    expect(path.read_bytes() == whole, "it was not built again")


def check_refused(checker):
    cache = Cache(checker.work)
    for name, content, code, message in [
            ("library", wasm_bytes.module([], 0, 0, b"", "run"), 1, "is no program"),
            ("invalid", wasm_bytes.module([], 0, 0, b"\x6a", "_start"), 1, "type mismatch")]:
        _, err = checker.run(cache, checker.module(name, content), code=code)
        expect(message in err, err)
        expect(not cache.names("*.lock"), "a builder was started for it")
    _, err = checker.run(cache, "--bounds=check", exit_module(checker, "bounds", 7), code=2)
    expect("guard pages only" in err, err)


# ---- all ----

TESTS = (check_all_of_it_is_taken_over, check_while_it_runs, check_while_it_throws, check_not_taken_over,
         check_next_run_is_native, check_one_builder, check_builder_outlives_the_program, check_builder_that_dies,
         check_compiler_that_fails, check_no_compiler, check_no_cache, check_damaged_program, check_refused)


def plan_tests(checker, quick):
    for function in TESTS:
        yield function.__name__.removeprefix("check_"), lambda function=function: function(checker)
    for path in sorted((HERE.parent / "programs").glob("*.c")):
        program = programs.Program(path)
        if not quick or program.name in QUICK:
            yield program.name, lambda program=program: check_program(checker, program)


def plan(options, work):
    return plan_tests(Checker(options, work), options.quick)


if __name__ == "__main__":
    main(__doc__, plan)
