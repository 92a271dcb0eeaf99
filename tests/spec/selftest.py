#!/usr/bin/env python3
"""Checks that run.py can fail: a small suite of our own, in which one script is right and the others are wrong in every
way that a script can be wrong. Each wrong command must be reported, and nothing else.

  selftest.py --w2c build/w2c [--work DIR] [--cc CC]
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the sources stay as they are
import run
import suite

# ---- modules, byte by byte ----

I32, F32, V128 = 0x7F, 0x7D, 0x7B
FUNC, GLOBAL = 0, 3
END = 0x0B


def name(text):
    return bytes([len(text)]) + text.encode()


def section(number, *items):
    body = bytes([len(items)]) + b"".join(items)
    return bytes([number, len(body)]) + body


def start_section(function):
    return bytes([8, 1, function])


def code(*operators):
    body = bytes([0, *operators, END])
    return bytes([len(body)]) + body


def assemble(*sections):
    return b"\0asm\1\0\0\0" + b"".join(sections)


def type_section(*results):
    return section(1, *[bytes([0x60, 0, len(result), *result]) for result in results])


# f: 42; t: unreachable; n: a NaN with a payload of its own; g: a global, 7
MAIN = assemble(
    type_section([I32], [F32]),
    section(3, b"\0", b"\0", b"\1"),
    section(6, bytes([I32, 0, 0x41, 7, END])),
    section(7, name("f") + bytes([FUNC, 0]), name("t") + bytes([FUNC, 1]), name("n") + bytes([FUNC, 2]),
            name("g") + bytes([GLOBAL, 0])),
    section(10, code(0x41, 42), code(0x00), code(0x43, 0x01, 0x00, 0xC0, 0x7F)))
EMPTY = assemble()
STARTS_WITH_TRAP = assemble(type_section([]), section(3, b"\0"), start_section(0), section(10, code(0x00)))
IMPORTS_I64 = assemble(section(2, name("spectest") + name("global_i32") + bytes([GLOBAL, 0x7E, 0])))
IMPORTS_NOTHING = assemble(section(2, name("nobody") + name("x") + bytes([GLOBAL, I32, 0])))
RETURNS_NOTHING = assemble(type_section([I32]), section(3, b"\0"), section(10, code()))
# v: as f32, a NaN whose payload is its top bit, one with more in it, 1 and 0
LANES = bytes.fromhex("0000c07f 0100c07f 0000803f 00000000")
VECTOR = assemble(type_section([V128]), section(3, b"\0"), section(7, name("v") + bytes([FUNC, 0])),
                  section(10, code(0xFD, 0x0C, *LANES)))

# ---- scripts: (command, is it right?) ----


def invoke(field, instance=None):
    action = {"type": "invoke", "field": field, "args": []}
    return dict(action, module=instance) if instance else action


def returns(field, kind, value):
    return {"type": "assert_return", "action": invoke(field), "expected": [{"type": kind, "value": value}]}


def lanes(kind, *values):
    return {"type": "v128", "lane_type": kind, "value": list(values)}


def returns_vector(*alternatives):
    expected = alternatives[0] if len(alternatives) == 1 else {"type": "either", "values": list(alternatives)}
    return {"type": "assert_return", "action": invoke("v"), "expected": [expected]}


def traps(field, text):
    return {"type": "assert_trap", "action": invoke(field), "text": text}


def refused(kind, module, text):
    return {"type": kind, "binary": module, "text": text, "module_type": "binary"}


def gets(value):
    return {"type": "assert_return", "action": {"type": "get", "field": "g"},
            "expected": [{"type": "i32", "value": value}]}


RIGHT = [
    {"type": "module", "binary": MAIN, "name": "$main"},
    returns("f", "i32", "42"), returns("n", "f32", "nan:arithmetic"), returns("n", "f32", str(0x7FC00001)), gets("7"),
    traps("t", "unreachable"), traps("t", "unreachable, with a word more"),
    {"type": "action", "action": invoke("f", "$main")},
    {"type": "register", "as": "main"},
    refused("assert_unlinkable", IMPORTS_I64, "incompatible import type"),
    refused("assert_unlinkable", IMPORTS_NOTHING, "unknown import"),
    refused("assert_uninstantiable", STARTS_WITH_TRAP, "unreachable"),
    refused("assert_invalid", RETURNS_NOTHING, "type mismatch"),
    refused("assert_malformed", EMPTY[:7], "unexpected end"),
    refused("assert_malformed", b"(module", "unexpected token") | {"module_type": "text"},
]
WRONG = [
    returns("f", "i32", "43"), returns("f", "i64", "42"), returns("n", "f32", "nan:canonical"), gets("8"),
    {"type": "assert_return", "action": invoke("f"), "expected": []},
    returns("t", "i32", "42"), returns("nobody", "i32", "42"),
    traps("f", "unreachable"), traps("t", "integer overflow"), traps("t", "unreach"),
    {"type": "assert_exhaustion", "action": invoke("t"), "text": "call stack exhausted"},
    {"type": "action", "action": invoke("t")}, {"type": "action", "action": invoke("f", "$nobody")},
    {"type": "register", "as": "x", "name": "$nobody"},
    refused("assert_unlinkable", EMPTY, "unknown import"),
    refused("assert_unlinkable", IMPORTS_I64, "unknown import"),
    refused("assert_unlinkable", STARTS_WITH_TRAP, "unknown import"),
    refused("assert_uninstantiable", EMPTY, "unreachable"),
    refused("assert_uninstantiable", STARTS_WITH_TRAP, "integer overflow"),
    refused("assert_uninstantiable", IMPORTS_I64, "unreachable"),
    refused("assert_invalid", EMPTY, "type mismatch"),
    refused("assert_malformed", MAIN, "unexpected end"),
    {"type": "module", "binary": RETURNS_NOTHING},
    returns("f", "i32", "42"),
]
ONE = str(0x3F800000)
AS_FLOATS = lanes("f32", "nan:canonical", "nan:arithmetic", ONE, "0")
AS_INTEGERS = lanes("i64", str(int.from_bytes(LANES[:8], "little")), ONE)
AS_BYTES = lanes("i8", *map(str, LANES))
ZEROS = lanes("i16", *["0"] * 8)
RIGHT_VECTORS = [returns_vector(AS_FLOATS), returns_vector(AS_INTEGERS), returns_vector(AS_BYTES),
                 returns_vector(ZEROS, AS_FLOATS), returns_vector(AS_BYTES, ZEROS)]
WRONG_VECTORS = [returns_vector(lanes("f32", "nan:canonical", "nan:canonical", ONE, "0")),
                 returns_vector(lanes("f32", "nan:canonical", "nan:arithmetic", ONE, "1")),
                 returns_vector(lanes("f64", "nan:arithmetic", "0")),
                 returns_vector(ZEROS), returns_vector(ZEROS, lanes("i32", "0", "0", "0", ONE)),
                 returns("v", "i32", "42")]
SCRIPTS = {
    "right": [(command, True) for command in RIGHT],
    "wrong": [(RIGHT[0], True)] + [(command, False) for command in WRONG],
    "vectors": [({"type": "module", "binary": VECTOR}, True)] + [(command, True) for command in RIGHT_VECTORS]
               + [(command, False) for command in WRONG_VECTORS],
    "listed_and_passes": [(RIGHT[0], False), (RIGHT[1], True)],
    "line_listed_and_passes": [(RIGHT[0], True), (RIGHT[1], False)],
    "line_listed": [({"type": "module", "binary": RETURNS_NOTHING}, True), (returns("f", "i32", "42"), True)],
}
LIST = """# Of the scripts above.
core/listed_and_passes         nothing
core/line_listed_and_passes:2  nothing
core/line_listed:1             its module is refused
"""


def write_script(folder, script, commands):
    lines = []
    for line, (command, _) in enumerate(commands, 1):
        command = dict(command, line=line)
        if "binary" in command:
            command["filename"] = f"{script}.{line}.wasm"
            with open(os.path.join(folder, command["filename"]), "wb") as file:
                file.write(command.pop("binary"))
        lines.append(command)
    with open(os.path.join(folder, script + ".json"), "w", encoding="utf-8") as file:
        json.dump({"source_filename": script, "commands": lines}, file)


def run_suite(options, work):
    folder = os.path.join(work, "suite", "core")
    os.makedirs(folder, exist_ok=True)
    for script, commands in SCRIPTS.items():
        write_script(folder, script, commands)
    listed = os.path.join(work, "listed.txt")
    with open(listed, "w", encoding="utf-8") as file:
        file.write(LIST)
    done = subprocess.run([sys.executable, os.path.join(run.HERE, "run.py"), "--w2c", options.w2c, "--cc", options.cc,
                           "--suite", os.path.join(work, "suite"), "--unsupported", listed, "--work", work,
                           "--source-root", options.source_root],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def check_suite(options, work):
    """Differences between what run.py reports and what is wrong."""
    code, output = run_suite(options, work)
    reported = set(re.findall(r"^FAIL \S+ (core/\w+:\d+) ", output, re.M))
    wrong = {f"core/{script}:{line}" for script, commands in SCRIPTS.items()
             for line, (_, is_right) in enumerate(commands, 1) if not is_right}
    problems = [f"{where}: wrong, but not reported" for where in sorted(wrong - reported)]
    problems += [f"{where}: right, but reported" for where in sorted(reported - wrong)]
    if code != 1:
        problems.append(f"run.py's exit code is {code}")
    return problems + ([output] if problems else [])


def check_crash():
    """A harness that dies at the second of three commands: that one and the third have failed."""
    with tempfile.TemporaryDirectory() as folder:
        write_script(folder, "crash", [(RIGHT[0], True), (RIGHT[1], True), (RIGHT[1], True)])
        script = suite.Script(os.path.dirname(folder), os.path.basename(folder), "crash")
    verdicts = run.Verdicts(script, "mode")
    text = suite.encode_script(script, {0: "x"})
    run.Mode.judge_answers(script, text, ["0 ok"], "killed by SIGSEGV", verdicts)
    states = [verdicts.states[index] for index in range(3)]
    return [] if states == [run.PASSED, run.FAILED, run.FAILED] else [f"after a crash: {states}"]


def check_absent_suite():
    done = subprocess.run([sys.executable, os.path.join(run.HERE, "run.py"), "--suite", "/nonexistent"],
                          capture_output=True, text=True, check=False)
    right = done.returncode == run.SKIPPED and "SKIPPED" in done.stdout
    return [] if right else [f"without a suite: exit code {done.returncode}, {done.stdout}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True)
    parser.add_argument("--work", help="default: a temporary directory")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--source-root", default=os.path.dirname(os.path.dirname(run.HERE)))
    options = parser.parse_args()
    problems = check_crash() + check_absent_suite()
    with tempfile.TemporaryDirectory() as temporary:
        problems += check_suite(options, os.path.abspath(options.work or temporary))
    for problem in problems:
        print(problem)
    print(f"spec runner: {'FAILED' if problems else 'all wrong scripts noticed'}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
