#!/usr/bin/env python3
"""Runs the run.sh of every example that has an expected.txt, and compares what it prints.

    check.py --w2c build/w2c [--bless] [NAME...]
"""
import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests" / "tools"))
from checking import BUILD_TIMEOUT_SECONDS, expect, run, run_tests


def check(folder, options):
    code, out, err = run([folder / "run.sh"], timeout=BUILD_TIMEOUT_SECONDS, environment={"W2C": str(options.w2c)})
    expect(code == 0, f"exit code {code}: {(out + err).decode(errors='replace')[-1500:]}")
    path = folder / "expected.txt"
    if options.bless:
        path.write_bytes(out)
    expect(out == path.read_bytes(), f"it prints\n{out.decode(errors='replace')}")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--bless", action="store_true")
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def find_examples(names):
    """Their folders. RustPython's takes minutes, and tests/pythons does more."""
    folders = sorted(path.parent for path in (ROOT / "examples").glob("*/README.md"))
    return [folder for folder in folders if folder.name != "rustpython" and (not names or folder.name in names)]


def main():
    options = parse_options()
    run_tests([(folder.name, lambda folder=folder: check(folder, options)) for folder in find_examples(options.names)])


if __name__ == "__main__":
    main()
