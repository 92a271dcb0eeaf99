#!/usr/bin/env python3
"""Exceptions where the official suite has no tests: the legacy form, the cases of extremes.py and those of
foreign_functions.py, as scripts for the suite's own harness, in every engine and, as C, by gcc and clang.

  check.py [--quick]      needs wast2json of wabt 1.0.30 or later; --quick leaves out the C compilers
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
import extremes
import foreign_functions

SKIPPED = 77
# Too little for all exceptions that extremes.py makes: what nobody holds must go.
SMALL_HEAP = {**os.environ, "W2C_HEAP_LIMIT": "24M"}
MODES = [
    ("--engine", "interp", "--bounds", "guard"),
    ("--engine", "interp", "--bounds", "check"),
    ("--engine", "tcc"),
    ("--cc", "gcc", "--bounds", "guard"),
    ("--cc", "gcc", "--bounds", "check"),
    ("--cc", "clang", "--bounds", "guard"),
]


def make_suite(work, name, sizes):
    """The scripts in the form and at the place of the official ones."""
    folder = pathlib.Path(work, name, "core")
    folder.mkdir(parents=True, exist_ok=True)
    script = extremes.Script(folder, "extremes")
    extremes.write(script, sizes)
    script.close()
    script = extremes.Script(folder, "foreign-functions")
    foreign_functions.write(script)
    script.close()
    subprocess.run(["wast2json", "--enable-exceptions", os.path.join(HERE, "legacy.wast"), "-o",
                    folder / "legacy.json"], check=True)
    return folder.parent


def main():
    root = os.path.dirname(TESTS)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", default=os.path.join(root, "build", "w2c"))
    parser.add_argument("--work", default=os.path.join(root, "build", "exceptions"))
    parser.add_argument("--clang", default="clang-19")
    parser.add_argument("--quick", action="store_true", help="leave out the C compilers")
    options = parser.parse_args()
    if not shutil.which("wast2json"):
        print("SKIPPED: no wast2json (package wabt): the legacy form of exceptions was not tested")
        return SKIPPED
    suites = {"--engine": make_suite(options.work, "huge", extremes.HUGE),
              "--cc": make_suite(options.work, "large", extremes.LARGE)}
    none = os.path.join(options.work, "none.txt")
    with open(none, "w", encoding="utf-8"):
        pass
    failed = 0
    for mode in MODES:
        mode = [options.clang if word == "clang" else word for word in mode]
        if mode[0] == "--cc" and (options.quick or not shutil.which(mode[1])):
            continue
        failed += subprocess.run([sys.executable, os.path.join(TESTS, "spec", "run.py"), "--w2c", options.w2c,
                                  "--suite", suites[mode[0]], "--work", os.path.join(options.work, "spec"),
                                  "--unsupported", none, *mode], check=False, env=SMALL_HEAP).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
