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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=pathlib.Path)
    parser.add_argument("--bless", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    options.w2c = options.w2c.resolve()
    folders = sorted(path.parent for path in (ROOT / "examples").glob("*/README.md"))
    folders = [folder for folder in folders if folder.name != "rustpython"]
    run_tests([(folder.name, lambda folder=folder: check(folder, options)) for folder in folders
               if not options.names or folder.name in options.names])


if __name__ == "__main__":
    main()
