"""What the check.py scripts share: tests that run at the same time, and commands with a time limit."""
import concurrent.futures
import os
import subprocess
import sys
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
