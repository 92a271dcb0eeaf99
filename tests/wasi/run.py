#!/usr/bin/env python3
"""The official WASI preview 1 tests, each built into a native program by w2c, or given to an engine that runs it in the
process of w2c, in a fresh directory.

    run.py --w2c build/w2c [--engine interp|tcc|cc] [--cc CC] [--bounds guard|check] [--suite DIR] [--work DIR] [-j N]
           [--repeat N] [NAME ...]

The suite is a folder of prebuilt modules (assemblyscript/, c/, rust/, threads/), each NAME.wasm with an optional
NAME.json that says arguments, environment, the directory to grant as "/", and what must come out. NAMEs select tests by
a part of FOLDER/NAME. Programs are kept in the work directory and built again only when the module, w2c or an
option has changed.

known_failures.txt beside this file lists tests that may fail, one a line: FOLDER/NAME, then the reason. A listed test
that passes is a failure, so that the list stays honest. --repeat says how often each test is run: those of threads/
hang or fail once in many times, if at all.

Exit code: 0, or 1 if anything failed, or 77 if the suite is not there.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FOLDERS = ("assemblyscript", "c", "rust", "threads")
TIMEOUT_SECONDS = 30
BUILD_TIMEOUT_SECONDS = 600
DEFAULTS = {"args": [], "env": {}, "root": None, "exit_code": 0}


class Failure(Exception):
    """A test did not do what it should; the text says what."""


def digest(*parts):
    total = hashlib.sha256()
    for part in parts:
        total.update(part if isinstance(part, bytes) else str(part).encode())
        total.update(b"\0")
    return total.hexdigest()[:24]


def find_tests(suite, names):
    """(name, module, settings) of every selected test."""
    tests = []
    for folder in FOLDERS:
        for module in sorted((suite / folder).glob("*.wasm")):
            name = f"{folder}/{module.stem}"
            if names and not any(part in name for part in names):
                continue
            description = module.with_suffix(".json")
            settings = dict(DEFAULTS, **(json.loads(description.read_text()) if description.exists() else {}))
            tests.append((name, module, settings))
    return tests


def read_known_failures():
    """name -> reason."""
    known = {}
    for line in (HERE / "known_failures.txt").read_text().splitlines():
        line = line.split("#", 1)[0].strip()
        if line:
            name, _, reason = line.partition(" ")
            if not reason.strip():
                sys.exit(f"known_failures.txt: {name} has no reason")
            known[name] = reason.strip()
    return known


class Runner:
    def __init__(self, options):
        self.w2c = str(pathlib.Path(options.w2c).resolve())
        self.flags = []
        if options.cc:
            self.flags += ["--cc", options.cc]
        if options.bounds:
            self.flags += [f"--bounds={options.bounds}"]
        self.engine = options.engine
        self.flags += options.w2c_flag
        self.extra_environment = {"ERRNO_MODE_UNIX": "1"} if options.unix_errors else {}
        self.work = pathlib.Path(options.work).resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        self.w2c_digest = digest(pathlib.Path(self.w2c).read_bytes())

    def build(self, module):
        """The native program of a module, from the work directory if it is there."""
        key = digest(module.read_bytes(), self.w2c_digest, *self.flags)
        program = self.work / f"{module.stem}-{key}"
        if program.exists():
            return program
        partial = program.with_suffix(".partial")
        done = subprocess.run([self.w2c, str(module), *self.flags, "-o", str(partial)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=BUILD_TIMEOUT_SECONDS, check=False)
        if done.returncode != 0:
            raise Failure(f"w2c exits with {done.returncode}: {(done.stderr or done.stdout).strip()[-600:]}")
        partial.rename(program)
        return program

    def run(self, name, module, settings):
        program = self.build(module) if self.engine == "cc" else None
        with tempfile.TemporaryDirectory(prefix="root-", dir=self.work) as scratch:
            grants = []
            if settings["root"]:
                root = pathlib.Path(scratch) / "root"
                shutil.copytree(module.parent / settings["root"], root, symlinks=True)
                make_writable(root)
                grants += ["--dir", f"{root}::/"]
            extra = self.extra_environment if name.startswith("rust/") else {}
            for key, value in {**settings["env"], **extra}.items():
                grants += ["--env", f"{key}={value}"]
            if program:
                code, out, err = run_program(program, [module.stem, *settings["args"]], grants)
            else:
                code, out, err = run_program(self.w2c, [self.w2c, "run", f"--engine={self.engine}", *self.flags,
                                                        *grants, str(module), *settings["args"]], [])
        judge(settings, code, out, err)


def make_writable(root):
    """The suite may lie in a read-only folder, the copy of a fixture must not."""
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o700 if path.is_dir() else 0o600))


def run_program(program, arguments, grants):
    """Exit code, stdout and stderr. Its stdin is a pipe that nobody writes to and that stays open."""
    environment = dict(os.environ, W2C_OPTIONS=" ".join(shlex.quote(word) for word in grants))
    read_end, write_end = os.pipe()
    try:
        with subprocess.Popen(arguments, executable=program, env=environment, stdin=read_end,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            try:
                out, err = process.communicate(timeout=TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                raise Failure(f"still running after {TIMEOUT_SECONDS} s") from None
            return process.returncode, out, err
    finally:
        os.close(read_end)
        os.close(write_end)


def judge(settings, code, out, err):
    if code != settings["exit_code"]:
        raise Failure(f"exit code {code}, expected {settings['exit_code']}: {err.decode(errors='replace')[-600:]}")
    for stream, text in (("stdout", out), ("stderr", err)):
        expected = settings.get(stream)
        if expected is not None and text != expected.encode():
            raise Failure(f"{stream} is {text[:200]!r}, expected {expected!r}")


def attempt(runner, test, repeat):
    """(name, None or what went wrong)."""
    try:
        for _ in range(repeat):
            runner.run(*test)
        return test[0], None
    except Failure as failure:
        return test[0], str(failure)
    except subprocess.TimeoutExpired:
        return test[0], f"w2c still running after {BUILD_TIMEOUT_SECONDS} s"


def report(results, known, engine):
    """Prints the table and the counts; True if nothing is red."""
    passed = failed = listed = 0
    for name, wrong in results:
        if wrong is None and name in known:
            failed += 1
            print(f"FAIL   {name}\n         passes, but is in known_failures.txt: take it out")
        elif wrong is None:
            passed += 1
            print(f"pass   {name}")
        elif name in known:
            listed += 1
            print(f"listed {name}: {known[name]}")
        else:
            failed += 1
            print(f"FAIL   {name}\n         " + wrong.replace("\n", "\n         "))
    print(f"wasi {engine}: {passed} passed, {failed} failed, {listed} listed")
    return failed == 0


def parse_options():
    default_suite = os.environ.get("W2C_WASI_TESTS", HERE.parent.parent.parent / "shared" / "wasi-tests")
    parser = argparse.ArgumentParser(description="Run the official WASI preview 1 tests.")
    parser.add_argument("--w2c", required=True, help="the translator")
    parser.add_argument("--engine", choices=("cc", "interp", "tcc"), default="cc", help="what runs the tests")
    parser.add_argument("--cc", help="C compiler, passed to w2c")
    parser.add_argument("--bounds", choices=("guard", "check"), help="passed to w2c")
    parser.add_argument("--w2c-flag", action="append", default=[], help="another option for w2c; may be repeated")
    parser.add_argument("--unix-errors", action="store_true",
                        help="ask the Rust tests to accept only the usual Unix error of several possible ones")
    parser.add_argument("--suite", default=default_suite, help="folder of the suite (default: %(default)s)")
    parser.add_argument("--work", default=pathlib.Path(tempfile.gettempdir()) / f"w2c-wasi-tests-{os.getuid()}",
                        help="where programs are kept (default: %(default)s)")
    parser.add_argument("-j", type=int, default=2, help="tests at a time (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="runs of each test (default: %(default)s)")
    parser.add_argument("names", nargs="*", help="parts of test names")
    return parser.parse_args()


def main():
    options = parse_options()
    suite = pathlib.Path(options.suite)
    if not suite.is_dir():
        print(f"SKIPPED: the WASI test suite is not there ({suite}); nothing was tested")
        return 77
    tests = find_tests(suite, options.names)
    if not tests:
        print(f"no test matches in {suite}")
        return 1
    runner = Runner(options)
    with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
        results = list(pool.map(lambda test: attempt(runner, test, options.repeat), tests))
    return 0 if report(results, read_known_failures(), options.engine) else 1


if __name__ == "__main__":
    sys.exit(main())
