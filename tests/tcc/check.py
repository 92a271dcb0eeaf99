#!/usr/bin/env python3
"""The engine that compiles in memory, looked at from outside: what is mapped with which rights, what is kept, what
happens when what was kept is damaged, when the addresses are taken, at the end of the stack.

    check.py --w2c build/w2c [--clang clang]
"""
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests" / "tools"))
from checking import Skip, build, expect, main, run

TRAPPED = 134
WORDS = ["delta", "3.5", "alpha", "-7", "omega", "12e3"]
OUTPUT = b"-7 -2.333333\n12e3 4000.000000\n3.5 1.166667\nalpha 0.000000\ndelta 0.000000\nomega 0.000000\nready\n"
ANSWER = b"6 hello\n"
SETTLED_SECONDS = 2.2  # a file that was changed more recently is not known by its times


MAIN_OF_LIBRARY = """#include <stdio.h>
#include "queens.h"
int main(void) {
    struct queens *queens = queens_new(NULL);
    printf("%u solutions\\n", queens_kernel(queens, 1));
    queens_delete(queens);
    return 0;
}
"""


class Bench:
    """The modules, and a folder for the cache of each test."""

    def __init__(self, options, folder):
        self.w2c = options.w2c.resolve()
        self.folder = folder
        self.clang = options.clang
        self.waits = self.compile("waits")
        self.exhausts = self.compile("exhausts")
        time.sleep(SETTLED_SECONDS)

    def compile(self, name, *flags, source=None):
        module = self.folder / f"{name}.wasm"
        build([self.clang, "--target=wasm32-wasi", "-O2", source or HERE / f"{name}.c", "-o", module, *flags])
        return module

    def cache(self, name):
        """An empty cache of that name."""
        folder = self.folder / name
        folder.mkdir()
        return folder

    def command(self, module, *words):
        return [str(self.w2c), "run", "--engine=tcc", str(module), *words]

    def run_waits(self, cache, environment=None, module=None, **options):
        """The program's run with this cache, which must go well; what it said on standard error."""
        code, out, err = run(self.command(module or self.waits, *WORDS), stdin=b"hello\n",
                             environment={"XDG_CACHE_HOME": str(cache), **(environment or {})}, **options)
        expect(code == len(WORDS) + 1, f"exit code {code}: {err.decode(errors='replace')}")
        expect(out == OUTPUT + ANSWER, f"printed {out}")
        return err

    def kept(self, cache):
        """The file of code, or None."""
        files = [path for path in cache.glob("w2c/*") if path.is_file() and path.read_bytes()[:8] == b"w2c tcc "]
        expect(len(files) <= 1, f"kept {files}")
        return files[0] if files else None

    def started(self, cache, environment=None):
        """The program, where it waits."""
        process = subprocess.Popen(self.command(self.waits, *WORDS), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env={**os.environ, "XDG_CACHE_HOME": str(cache), **(environment or {})})
        for expected in OUTPUT.splitlines():
            line = process.stdout.readline()
            expect(line == expected + b"\n", f"printed {line}, not {expected}")
        return process

    def maps(self, cache, environment=None):
        """Lines of /proc/PID/maps while the program waits."""
        process = self.started(cache, environment)
        with process:
            text = pathlib.Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8", errors="replace")
            process.stdin.write(b"hello\n")
            process.stdin.close()
            expect(process.stdout.read() == ANSWER, "another answer")
        return text.splitlines()


def is_code(line):
    """In the part of the address space that is for code."""
    return 0x220000000 <= int(line.split("-")[0], 16) < 0x260000000


# ---- rights ----

def check_rights(bench):
    cache = bench.cache("rights")
    for round_ in ("compiled", "kept"):
        lines = bench.maps(cache)
        for line in lines:
            rights = line.split()[1]
            expect("w" not in rights or "x" not in rights, f"{round_}: {line}")
        expect(any(is_code(line) and line.split()[1] == "r-xp" for line in lines), f"{round_}: no code: {lines}")
        from_file = any(is_code(line) and str(cache) in line for line in lines)
        expect(from_file == (round_ == "kept"), f"{round_}: code from a file is {from_file}")


def check_rights_never_asked_for(bench):
    """Not even for a moment."""
    if not shutil.which("strace"):
        raise Skip("strace is not installed")
    trace = bench.folder / "trace"
    code, out, err = run(["strace", "-f", "-e", "trace=mmap,mprotect,mremap,pkey_mprotect", "-o", trace,
                          *bench.command(bench.waits, *WORDS)], stdin=b"hello\n",
                         environment={"XDG_CACHE_HOME": str(bench.cache("traced"))})
    if b"ptrace" in err:
        raise Skip("processes cannot be traced here")
    expect(code == len(WORDS) + 1 and out == OUTPUT + ANSWER, f"{code} {out} {err}")
    calls = trace.read_text(encoding="utf-8").splitlines()
    expect(sum("PROT_READ|PROT_EXEC" in call for call in calls) > 10, "hardly anything was compiled")
    for call in calls:
        expect("PROT_WRITE|PROT_EXEC" not in call, call)


# ---- the cache ----

def check_is_kept(bench):
    cache = bench.cache("kept")
    bench.run_waits(cache)
    first = bench.kept(cache)
    expect(first is not None, "nothing was kept")
    content = first.read_bytes()
    bench.run_waits(cache)
    expect(bench.kept(cache).read_bytes() == content, "written again, though nothing is new")


def damages(content):
    """(name, bytes): what may become of a file."""
    numbers = random.Random(1)
    for place in [0, 16, 24, 40, 60, 70, 88, 100, 110, *(numbers.randrange(len(content)) for _ in range(12)),
                  len(content) - 1]:
        changed = bytearray(content)
        changed[place] ^= 1 << numbers.randrange(8)
        yield f"a bit at {place}", bytes(changed)
    yield "empty", b""
    yield "the head alone", content[:100]
    yield "half", content[:len(content) // 2]
    yield "a byte less", content[:-1]
    yield "a byte more", content + b"\0"
    yield "zeroes at the end", content[:len(content) // 2] + bytes(len(content) - len(content) // 2)
    yield "zeroes", bytes(len(content))
    yield "two pages exchanged", content[:8192] + content[12288:16384] + content[8192:12288] + content[16384:]


def check_damage(bench):
    cache = bench.cache("damaged")
    bench.run_waits(cache)
    path = bench.kept(cache)
    content = path.read_bytes()
    for name, changed in damages(content):
        path.write_bytes(changed)
        err = bench.run_waits(cache)
        expect(not err, f"{name}: {err}")
        lines = bench.maps(cache)
        expect(any(is_code(line) and str(path) in line for line in lines), f"{name}: not written anew")
    path.unlink()
    path.mkdir()
    bench.run_waits(cache)


def check_other_writers(bench):
    """A file that others may write is not run, but replaced."""
    cache = bench.cache("writable")
    bench.run_waits(cache, umask=0)
    path = bench.kept(cache)
    expect(path.stat().st_mode & 0o777 == 0o600, f"mode {path.stat().st_mode:o}")
    expect(any(is_code(line) and str(path) in line for line in bench.maps(cache)), "not used")
    for mode in (0o620, 0o602):
        path.chmod(mode)
        expect(not any(is_code(line) and str(path) in line for line in bench.maps(cache)), f"used with mode {mode:o}")
        expect(path.stat().st_mode & 0o777 == 0o600, f"mode {path.stat().st_mode:o} after another run")


def check_concurrency(bench):
    cache = bench.cache("concurrent")
    for _ in range(3):
        processes = [bench.started(cache) for _ in range(8)]
        for process in processes:
            with process:
                process.stdin.write(b"hello\n")
                process.stdin.close()
                expect(process.stdout.read() == ANSWER, "another answer")
            expect(process.returncode == len(WORDS) + 1, f"exit code {process.returncode}")
        left = [path.name for path in cache.glob("w2c/*") if not re.fullmatch("[0-9a-f]{64}", path.name)]
        expect(not left, f"left behind: {left}")
    expect(any(is_code(line) and str(cache) in line for line in bench.maps(cache)), "what was kept is not used")


def check_killed(bench):
    """A process that is killed leaves the cache as it was."""
    cache = bench.cache("killed")
    process = bench.started(cache)
    process.kill()
    process.communicate()
    expect(process.returncode == -signal.SIGKILL, f"exit code {process.returncode}")
    expect(bench.kept(cache) is None, "half a run was kept")
    bench.run_waits(cache)


def check_no_cache(bench):
    """Without a word, for a cache is not what was asked for."""
    blocked = bench.folder / "blocked"
    blocked.write_text("no folder")
    for environment in ({"HOME": "", "XDG_CACHE_HOME": ""}, {"XDG_CACHE_HOME": str(blocked)},
                        {"XDG_CACHE_HOME": "/proc/self"}):
        err = bench.run_waits("unused", environment)
        expect(not err, f"{environment}: {err}")


def check_changed_module(bench):
    """Another module of the same size, in the same place, with the same time of modification."""
    cache = bench.cache("changed")
    source = (HERE / "waits.c").read_text()
    other = bench.folder / "other.c"
    other.write_text(source.replace("ready", "steady"[:5]))
    module = bench.folder / "changing.wasm"
    shutil.copy(bench.waits, module)
    time.sleep(SETTLED_SECONDS)
    bench.run_waits(cache, module=module)
    bench.run_waits(cache, module=module)
    status = module.stat()
    changed = bench.compile("other", source=other).read_bytes()
    expect(len(changed) == status.st_size, "the test is wrong: the sizes differ")
    with open(module, "r+b") as file:
        file.write(changed)
    os.utime(module, ns=(status.st_atime_ns, status.st_mtime_ns))
    code, out, err = run(bench.command(module), stdin=b"hello\n", environment={"XDG_CACHE_HOME": str(cache)})
    expect(code == 1 and out == b"stead\n" + ANSWER, f"{code} {out} {err}")


def check_bad_module(bench):
    """Not valid: refused, with or without a cache, twice."""
    cache = bench.cache("bad")
    content = bench.waits.read_bytes()
    module = bench.folder / "bad.wasm"
    module.write_bytes(content[:len(content) // 2])
    for _ in range(2):
        code, out, err = run(bench.command(module), environment={"XDG_CACHE_HOME": str(cache)})
        expect(code == 1 and not out and b"bad.wasm:0x" in err, f"{code} {out} {err}")
    expect(bench.kept(cache) is None, "something was kept")


# ---- addresses ----

def check_taken_addresses(bench):
    library = bench.folder / "occupy.so"
    build(["cc", "-shared", "-fPIC", "-O1", HERE / "occupy.c", "-o", library])
    for address in ("1000000", "10000000", "180000000", "240000000"):
        cache = bench.cache("taken" + address)
        environment = {"LD_PRELOAD": str(library), "OCCUPY": address}
        err = bench.run_waits(cache, environment)
        expect(not err, f"{address}: {err}")
        expect(bench.kept(cache) is None, f"{address}: kept what is for other addresses")
        bench.run_waits(cache)
        expect(bench.kept(cache) is not None, f"{address}: nothing was kept")
        bench.run_waits(cache, environment)


def check_no_address_space(bench):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31))

    code, out, err = run(bench.command(bench.waits), preexec_fn=limit)
    expect(code == 1 and not out, f"exit code {code}, printed {out}")
    expect(b"address space" in err, f"said {err}")


# ---- running ----

def check_exhaustion(bench):
    for way, name in (("small", "small"), ("large", "large"), ("late", "late")):
        for cache in (bench.folder / "exhausted", bench.folder / "exhausted"):
            code, _, err = run(bench.command(bench.exhausts, way), environment={"XDG_CACHE_HOME": str(cache)})
            text = err.decode(errors="replace")
            expect(code == TRAPPED, f"{way}: exit code {code}: {text}")
            expect("trap: call stack exhausted" in text, f"{way}: {text}")
            expect(f'"{name}"' in text or f'"{name}.' in text or "func" in text, f"{way}: {text}")


def check_objects(bench):
    if not shutil.which("wat2wasm"):
        raise Skip("wat2wasm is not installed")
    module = bench.folder / "objects.wasm"
    build(["wat2wasm", HERE / "objects.wat", "-o", module])
    cache = bench.cache("objects")
    for _ in range(2):
        code, _, err = run(bench.command(module), environment={"XDG_CACHE_HOME": str(cache)})
        expect(code == 0 and not err, f"check {code} failed: {err}")


def write_huge_program(path):
    """A function of many statements, one of many cases, one of many parameters, one of deep nesting."""
    count = 900
    lines = ["#include <stdio.h>", "volatile unsigned sink = 1;"]
    lines += ["static unsigned statements(unsigned x) {"]
    lines += [f"    x = x * {2 * i + 3}u + (sink ^ {i * 977}u); if (x % {i + 7} == 3) sink += x;" for i in range(2000)]
    lines += ["    return x;", "}", "static unsigned cases(unsigned x) {", "    switch (x) {"]
    lines += [f"    case {i}: sink += {i * i}; return {i * 7919 % 65536};" for i in range(5000)]
    lines += ["    }", "    return 1;", "}"]
    parameters = ", ".join(f"{('unsigned', 'double', 'unsigned long long', 'float')[i % 4]} p{i}" for i in range(count))
    lines += [f"__attribute__((noinline)) static unsigned parameters({parameters}) {{", "    double sum = 0;"]
    lines += [f"    sum = sum * 0.5 + (double)p{i};" for i in range(count)]
    lines += ["    return (unsigned)(sum * 1000);", "}", "static unsigned nested(unsigned x) {", "    unsigned y = 0;"]
    lines += ["    if (sink != x) {" for _ in range(120)] + ["    y = x;"] + ["    sink++; }" for _ in range(120)]
    lines += ["    return y + sink;", "}", "int main(void) {", "    const unsigned z = sink;"]
    arguments = ", ".join(f"z + {i}" for i in range(count))
    lines += ["    unsigned sum = statements(z);", "    for (unsigned i = 0; i < 5001; i++) sum = sum * 31 + cases(i);",
              f"    sum += parameters({arguments});", "    sum += nested(sum);", '    printf("%u\\n", sum);',
              "    return 0;", "}"]
    path.write_text("\n".join(lines) + "\n")


def check_huge_functions(bench):
    source = bench.folder / "huge.c"
    write_huge_program(source)
    for level in ("-O0", "-O1"):
        native = bench.folder / f"huge{level}"
        build([bench.clang, "-O1", "-w", "-fbracket-depth=1000", source, "-o", native])
        module = bench.compile("huge" + level, level, "-w", "-fbracket-depth=1000", source=source)
        _, expected, _ = run([native])
        code, out, err = run(bench.command(module), environment={"XDG_CACHE_HOME": str(bench.folder / "huge")})
        expect(code == 0 and out == expected, f"{level}: {code} {out} instead of {expected}: {err}")


def check_tcc_as_compiler(bench):
    """C that w2c wrote, compiled by tcc as anybody may: with checks it runs; guard pages are refused in words."""
    if not shutil.which("tcc"):
        raise Skip("tcc is not installed")
    source = ROOT / "tests" / "bench" / "kernels" / "queens.c"
    module = bench.compile("queens", "-nostdlib", "-Wl,--no-entry", "-Wl,--export=kernel", source=source)
    main_text = bench.folder / "main.c"
    main_text.write_text(MAIN_OF_LIBRARY)
    for bounds in ("check", "guard"):
        folder = bench.folder / bounds
        folder.mkdir()
        build([bench.w2c, f"--bounds={bounds}", module, "-o", folder / "queens.c"])
        code, _, err = run(["tcc", "-w", f"-I{folder}", folder / "queens.c", main_text, "-o", folder / "queens", "-lm"])
        if bounds == "guard":
            expect(code != 0 and b"--bounds=check" in err, f"guard: exit code {code}: {err}")
            continue
        expect(code == 0, f"check: {err}")
        code, out, err = run([folder / "queens"])
        expect(code == 0 and out == b"2680 solutions\n" and not err, f"{code} {out} {err}")


def plan(options, folder):
    bench = Bench(options, folder)
    names = [name for name in globals() if name.startswith("check_")]
    return [(name.removeprefix("check_"), lambda name=name: globals()[name](bench)) for name in names]


if __name__ == "__main__":
    main(__doc__, plan)
