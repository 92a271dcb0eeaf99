"""What the check.py scripts share: their command line, tests that run at the same time, commands with a time limit, and
programs and libraries in the ways that there are to run them."""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

TIMEOUT_SECONDS = 120
BUILD_TIMEOUT_SECONDS = 600


class Failure(Exception):
    """A test did not do what it should; the text says what."""


class Skip(Exception):
    """A test cannot be done here; the text says why."""


def expect(condition, message):
    if not condition:
        raise Failure(message)


def run(command, *, timeout=TIMEOUT_SECONDS, stdin=b"", environment=None, **options):
    """(exit code, standard output, standard error), as bytes. A signal is a negative exit code."""
    try:
        done = subprocess.run([str(word) for word in command], input=stdin, capture_output=True, timeout=timeout,
                              env={**os.environ, **(environment or {})}, check=False, **options)
    except subprocess.TimeoutExpired:
        raise Failure(f"no end after {timeout} s: {describe(command)}") from None
    return done.returncode, done.stdout, done.stderr


def build(command, **options):
    """Runs a compiler, which must say nothing."""
    code, out, err = run(command, timeout=BUILD_TIMEOUT_SECONDS, **options)
    text = (out + err).decode(errors="replace").strip()
    expect(code == 0, f"exit code {code}: {describe(command)}\n{text[-1500:]}")
    expect(not text, f"not silent: {describe(command)}\n{text[:1500]}")


def describe(command):
    return " ".join(str(word) for word in command)


def attempt(test):
    """(name, state, message)"""
    name, function = test
    try:
        function()
        return name, "passed", ""
    except Failure as failure:
        return name, "failed", str(failure)
    except Skip as skip:
        return name, "skipped", str(skip)
    except Exception:  # pylint: disable=broad-except  # a bug in a test must not hide the other tests
        return name, "failed", traceback.format_exc()


def run_tests(tests, jobs=None):
    """Runs (name, function) pairs, prints what did not pass and the sums; exits."""
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    with concurrent.futures.ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
        for name, state, message in pool.map(attempt, tests):
            counts[state] += 1
            if state != "passed":
                word = "FAIL" if state == "failed" else "SKIPPED"
                print(f"{word} {name}: " + message.replace("\n", "\n    "), flush=True)
    print(", ".join(f"{count} {state}" for state, count in counts.items()))
    sys.exit(1 if counts["failed"] else 0)


def main(doc, plan, *flags):
    """A check.py. plan(options, folder) gives the tests, as (name, function), of which those named in the command line
    are run, or all; the folder is theirs until all have run. `flags` are switches besides those that all have."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--clang", default=os.environ.get("W2C_CLANG", "clang"))
    parser.add_argument("--quick", action="store_true")
    for flag in flags:
        parser.add_argument(flag, action="store_true")
    parser.add_argument("names", nargs="*", help="tests; all if there are none")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="w2c-check-") as folder:
        tests = list(plan(options, pathlib.Path(folder)))
        run_tests([test for test in tests if not options.names or test[0] in options.names])


class Ways:
    """A program and a library, run in each way that there is. What a program has to say is `exit_code`, and nothing
    else; the library has a host in C, which says what is wrong and fails."""

    def __init__(self, options, folder, exit_code=0):
        self.w2c = options.w2c
        self.folder = folder
        self.exit_code = exit_code

    def expect_exit(self, command, **options):
        exit_code, out, err = run(command, **options)
        expect(exit_code == self.exit_code and not out and not err, f"exit code {exit_code}: {out!r} {err!r}")

    def native(self, program, cc, *flags):
        output = self.folder / "-".join([program.stem, cc, *flags]).replace("/", "_")
        build([self.w2c, "-O1", *flags, "--cc=" + cc, program, "-o", output])
        self.expect_exit([output])

    def engine(self, program, name, *flags):
        cache = self.folder / "-".join(["cache", program.stem, name, *flags])
        for _ in range(2):  # the second time from what was kept
            self.expect_exit([self.w2c, "run", "--engine=" + name, *flags, program],
                             environment={"W2C_CACHE": cache, "XDG_CACHE_HOME": cache})

    def host(self, library, host, cc, *flags, define=()):
        folder = self.folder / "-".join([library.stem, cc, *flags, *define]).replace("/", "_")
        folder.mkdir()
        source = folder / (library.stem + ".c")
        build([self.w2c, *flags, library, "-o", source])
        output = folder / "host"
        build([cc, "-O1", "-Wall", "-Wextra", *define, "-I", folder, host, source, "-o", output, "-lm", "-lpthread"])
        exit_code, out, err = run([output])
        expect(exit_code == 0, (out + err).decode())
