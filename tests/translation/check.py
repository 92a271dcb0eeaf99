#!/usr/bin/env python3
"""The translator's own speed, memory and determinism, on modules of growing.py; data segments in large numbers.

    check.py --w2c build/w2c [--clang clang-19] [--quick]

- Four times as much of anything takes at most FACTOR times the processor time, and four times the memory.
- The output does not depend on the number of threads.
- A module with many active segments has the same memory in all engines, whatever order and lengths they come in.
--quick: segments with one compiler.
"""
import argparse
import os
import pathlib
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
from checking import build, expect, run, run_tests
import growing
from growing import CALL, END, const, function_type, leb, name, section, vector

# A step that compares all with all would take 16 times as long. Below MIN_SECONDS more is made of a thing, up to MOST,
# so that what a process takes in any case does not count.
FACTOR, MIN_SECONDS, FIRST, MOST, ROUNDS = 8.0, 0.03, 2000, 64000, 3
FILE_LIMIT = 16 << 20
LIMITS = {"locals": 96000, "types": 250000, "imports": 64000, "operands": 240000, "pending": 240000,
          "pending_sets": 240000, "pending_selects": 240000}


def translate(w2c, source, out, threads):
    """(processor time in seconds, peak memory in bytes)"""
    command = [str(w2c), str(source), "-j", str(threads), "-o", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    expect(process.returncode == 0, f"exit code {process.returncode}: {source}\n{message}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def least(options, make, count):
    source = options.work / f"{make.__name__}-{count}.wasm"
    source.write_bytes(make(count))
    results = [translate(options.w2c, source, source.with_suffix(".c"), 1) for _ in range(ROUNDS)]
    return min(time for time, _ in results), min(memory for _, memory in results)


def check_growth(options, label, make):
    count, limit = FIRST, LIMITS.get(label, 4 * MOST)
    time, memory = least(options, make, count)
    while time < MIN_SECONDS and count * 8 <= limit:
        count *= 2
        time, memory = least(options, make, count)
    more_time, more_memory = least(options, make, count * 4)
    print(f"{label}: {count} in {time * 1000:.0f} ms, {memory >> 20} MB; "
          f"{count * 4} in {more_time * 1000:.0f} ms, {more_memory >> 20} MB", flush=True)
    expect(more_time <= FACTOR * max(time, MIN_SECONDS), f"{count} in {time:.3f} s, {count * 4} in {more_time:.3f} s")
    expect(more_memory <= 4 * memory + (8 << 20), f"{count} in {memory} bytes, {count * 4} in {more_memory} bytes")


def check_threads(options):
    """Enough code for several files."""
    source = options.work / "threads.wasm"
    source.write_bytes(growing.module([growing.body((const(i) + CALL + leb(i // 2) + b"\x1a") * 4000)
                                       for i in range(1000)]))
    outputs = []
    for threads in (1, 2, 7):
        folder = options.work / f"threads-{threads}"
        folder.mkdir()
        translate(options.w2c, source, folder / "m.c", threads)
        outputs.append({path.name: path.read_bytes() for path in folder.iterdir()})
    expect(len(outputs[0]) > 5, f"not split: {sorted(outputs[0])}")
    expect(outputs[0] == outputs[1] == outputs[2], "the output depends on the number of threads")


def refuse_large_files():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, FILE_LIMIT))


def check_full_disk(options):
    """Only the file with the data is too large; what was written beside it goes too."""
    source, folder = options.work / "full.wasm", options.work / "full"
    folder.mkdir()
    calls = growing.body((CALL + b"\x00") * 1000)
    data = b"\x00" + const(0) + END + leb(FILE_LIMIT) + b"\x7f" * FILE_LIMIT
    source.write_bytes(growing.module([calls] * 1100, datas=[data]))
    code, _, err = run([options.w2c, source, "-o", folder / "m.c"], preexec_fn=refuse_large_files)
    expect(code == 1, f"exit code {code}")
    expect(re.search(rb"m\.c: cannot write: File too large", err), f"says: {err}")
    expect(err.count(b"\n") == 1, f"says more than once: {err}")
    expect(not list(folder.iterdir()), f"left: {list(folder.iterdir())}")


def check_invalid(options):
    """A function somewhere in a large module is wrong: nothing is left of all that was written."""
    source, folder = options.work / "invalid.wasm", options.work / "invalid"
    folder.mkdir()
    good, bad = growing.body((CALL + b"\x00") * 1000), growing.body(b"\x1a")
    for place in (0, 700, 1499):
        source.write_bytes(growing.module([good] * place + [bad] + [good] * (1499 - place),
                                          datas=[b"\x00" + const(0) + END + name("data")]))
        code, _, err = run([options.w2c, source, "-o", folder / "m.c"])
        expect(code == 1 and err.count(b"\n") == 1, f"exit code {code}: {err}")
        expect(f"func {place}".encode() in err, f"says: {err}")
        expect(not list(folder.iterdir()), f"left: {list(folder.iterdir())}")


# ---- many segments ----

MEMORY_BYTES = 0x10000


def segments():
    """(offset, bytes): overlapping, empty, at the end, of bytes that literals have to escape."""
    source = random.Random(7)
    made = [(MEMORY_BYTES, b""), (MEMORY_BYTES - 3, b"end"), (64, b"\"\\?" b"?=0\x007\n"), (64, b"")]
    for _ in range(500):
        made.append((source.randrange(64, 60000), source.randbytes(source.randrange(90))))
    return made


def segment_module(placed):
    """Writes its memory to standard output."""
    wasi = name("wasi_snapshot_preview1") + name("fd_write") + b"\x00\x01"
    store = b"\x36\x02\x00"
    code = (const(16) + const(0) + store + const(20) + const(MEMORY_BYTES) + store
            + const(1) + const(16) + const(1) + const(32) + CALL + leb(0) + b"\x1a")
    return b"".join([
        b"\0asm\1\0\0\0", section(1, vector([function_type(), function_type(b"\x7f" * 4, b"\x7f")])),
        section(2, vector([wasi])), section(3, vector([leb(0)])), section(5, vector([b"\x00\x01"])),
        section(7, vector([name("_start") + b"\x00\x01", name("memory") + b"\x02\x00"])),
        section(10, vector([growing.body(code)])),
        section(11, vector([b"\x00" + const(offset) + END + leb(len(content)) + content
                            for offset, content in placed])),
    ])


def expected_memory(placed):
    memory = bytearray(MEMORY_BYTES)
    for offset, content in placed:
        memory[offset:offset + len(content)] = content
    memory[16:24] = (0).to_bytes(4, "little") + MEMORY_BYTES.to_bytes(4, "little")
    return bytes(memory)


def check_segments(options, cc, bounds):
    source, program = options.work / f"segments-{cc}-{bounds}.wasm", options.work / f"segments-{cc}-{bounds}"
    placed = segments()
    source.write_bytes(segment_module(placed))
    build([options.w2c, source, "-o", program, "--cc", cc, "--bounds", bounds])
    for command in ([program], [options.w2c, "run", "--engine=tcc", source], [options.w2c, "run", "--engine=interp",
                                                                              source]):
        code, out, err = run(command)
        expect(code == 0, f"exit code {code}: {command}: {err.decode(errors='replace')}")
        expect(out == expected_memory(placed), f"other bytes: {command}")


def check_late_segment(options):
    """One that does not fit is found where it stands in the order."""
    source, program = options.work / "late.wasm", options.work / "late"
    source.write_bytes(segment_module(segments() + [(MEMORY_BYTES - 1, b"xy")]))
    build([options.w2c, source, "-o", program, "--cc", "gcc"])
    code, out, err = run([program])
    expect(code == 134 and out == b"", f"exit code {code}")
    expect(re.search(rb"out of bounds memory access", err), err.decode(errors="replace"))


def check_library(options):
    """As a library, whose instances are made by a host in C."""
    source, text = options.work / "library.wasm", options.work / "library.c"
    source.write_bytes(growing.active_datas(100))
    expect(translate(options.w2c, source, text, 1), "")
    build(["gcc", "-Wall", "-Wextra", "-Werror", "-O1", "-c", text, "-o", options.work / "library.o"])
    build([options.clang, "-Wall", "-Wextra", "-Werror", "-O1", "-c", text, "-o", options.work / "library.o"])


def plan(options):
    compilers = [("gcc", "guard")] if options.quick else [("gcc", "guard"), ("gcc", "check"), (options.clang, "guard")]
    tests = [(f"growth: {label}", lambda label=label, make=make: check_growth(options, label, make))
             for label, make in growing.MODULES.items()]
    tests += [("threads", lambda: check_threads(options)), ("full disk", lambda: check_full_disk(options)),
              ("invalid", lambda: check_invalid(options)),
              ("late segment", lambda: check_late_segment(options)),
              ("library", lambda: check_library(options))]
    return tests + [(f"segments: {cc}, {bounds}", lambda cc=cc, bounds=bounds: check_segments(options, cc, bounds))
                    for cc, bounds in compilers]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", type=pathlib.Path, required=True)
    parser.add_argument("--clang", default="clang")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="", help="tests whose name contains this")
    options = parser.parse_args()
    options.w2c = options.w2c.resolve()
    with tempfile.TemporaryDirectory(prefix="w2c-translation-") as folder:
        options.work = pathlib.Path(folder)
        run_tests([test for test in plan(options) if options.only in test[0]], jobs=1)


if __name__ == "__main__":
    main()
