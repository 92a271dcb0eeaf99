#!/usr/bin/env python3
"""Checks that tests/parts.py counts what its parts say, all of it and only that, and that nothing red looks green."""
import contextlib
import io
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]
import parts
from checking import expect, run_tests

SPEC_TABLE = ("mode               scripts   passed  failed  listed    text  seconds\n"
              "interp-guard            2       66       0       0       0      0.1\n\n")
CTEST = "1: [==========] 3 test(s) run.\n1: [  PASSED  ] 2 test(s).\n1: [  FAILED  ] 1 test(s), listed below:\n"


def say(text, code=0):
    """What a command prints, and its exit code."""
    return text, code


def run_part(*sayings, **settings):
    """(counts, what was printed) of a part of such commands. Each reads its text from a file, for the log has commands
    in it as well."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as shown:
        commands = []
        for number, (text, code) in enumerate(sayings):
            path = pathlib.Path(folder) / str(number)
            path.write_text(text)
            commands.append(["sh", "-c", f"cat {path}; exit {code}"])
        part = parts.Part("subject", *commands, **settings)
        part.log = pathlib.Path(folder) / "log"
        return part.run(), shown.getvalue()


def expect_counts(wanted, *commands, **settings):
    found, shown = run_part(*commands, **settings)
    expect(found == wanted, f"{found}, not {wanted}: {shown}")


def check_sums():
    one, other = say("wasi cc: 87 passed, 0 failed, 2 listed\n"), say("pass x\n5 passed, 0 failed, 1 skipped\n")
    expect_counts((92, 0, 3), one, other)
    expect_counts((66, 0, 0), say(SPEC_TABLE + "spec interp: 66 commands passed, 0 failed, 0 listed (2 scripts)\n"))
    expect_counts((132, 0, 0), say("spec gcc: 66 commands passed, 0 failed, 0 listed\n" * 2))
    expect_counts((0, 1, 0), say("| cell | 66 passed, 0 failed, 0 skipped\n"))


def check_red():
    expect_counts((4, 1, 0), say("4 passed, 1 failed, 0 skipped\n", 1))
    expect_counts((4, 1, 0), say("4 passed, 0 failed, 0 skipped\n", 1))
    expect_counts((4, 1, 0), say("4 passed, 0 failed, 0 skipped\n"), say("Traceback\n", 1))
    expect_counts((0, 1, 0), say("nothing that counts\n"))
    expect_counts((0, 1, 0), say("killed\n", 137))


def check_skipped():
    expect_counts((0, 0, 1), say("SKIPPED: there is no suite\n", parts.SKIPPED))


def check_other_counts():
    expect_counts((2, 1, 0), say(CTEST, 8), counts=parts.read_cmocka_counts)
    expect_counts((1, 0, 0), say("made\n"), counts=parts.one_step)
    expect_counts((0, 1, 0), say("error\n", 1), counts=parts.one_step)


def check_last_lines():
    """What failed or was skipped is named, and the last line is the sum."""
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        parts.print_sums([(parts.Part("a"), (3, 0, 0)), (parts.Part("b"), (2, 1, 0)), (parts.Part("c"), (0, 0, 1))])
    expect(shown.getvalue().splitlines() == ["failed in 1 of 3 parts: b (1)", "skipped in 1 of 3 parts: c (1)",
                                             "5 passed, 1 failed, 1 skipped"], shown.getvalue())


if __name__ == "__main__":
    run_tests([(name.removeprefix("check_"), function) for name, function in sorted(globals().items())
               if name.startswith("check_")], jobs=1)  # each takes the place of standard output
