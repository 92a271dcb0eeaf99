#!/usr/bin/env python3
"""How long translation takes, and how much memory and text: w2c, and wasm2c beside it.

    translation.py --w2c build/w2c [--wasm2c wasm2c] [--w2c-old OLD]... [--rounds 5] [-j N] [--data CC] MODULE...

Each module is translated by all tools in turns, ROUNDS times; wasm2c only once, for it takes long. Figures: elapsed
time and processor time (user and system, over all threads), medians with the spread, half the distance of the
quartiles; peak memory, which includes the pages of the module's file that were read; the text, and how many bytes of
text there are for each byte of code, without the text of data segments. OLD is another w2c, to compare with.

--data CC: how long CC takes for the file that has the data, in seconds of processor time, at -O2.

wasm2c does not read every module; what it says then stands in the table.
"""
import argparse
import mmap
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
from checking import expect
import measuring

CODE_SECTION, DATA_SECTION = 10, 11


def read_leb(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80: return value, at


def section_sizes(path):
    """Mapped, not read: a child's peak memory is at least what its parent had when it was started."""
    sizes, at = {}, 8
    with open(path, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        while at < len(data):
            number = data[at]
            size, at = read_leb(data, at + 1)
            sizes[number] = sizes.get(number, 0) + size
            at += size
    return sizes


def data_text_bytes(folder):
    """Lines of string literals: those of data segments, but for a few."""
    total = 0
    for path in folder.glob("*.c"):
        with open(path, "rb") as lines:
            total += sum(len(line) for line in lines if line.startswith(b'    "'))
    return total


def text_bytes(folder):
    return sum(path.stat().st_size for path in folder.iterdir())


def translate(command):
    """(elapsed, processor time, peak bytes), or what was said of an error"""
    start = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode != 0: return f"exit code {process.returncode}: {message.strip()[:80]}"
    return elapsed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def plan(options, module):
    """(label, command without the output, rounds)"""
    threads = ["-j", str(options.threads)] if options.threads else []
    tools = [("w2c", [options.w2c, module, *threads, "-o"], options.rounds)]
    tools += [(str(old), [old, module, *threads, "-o"], options.rounds) for old in options.w2c_old]
    if options.wasm2c: tools.append(("wasm2c", [options.wasm2c, module, "-o"], 1))
    return tools


def measure(tools, work):
    results = {label: [] for label, _, _ in tools}
    for i in range(max(rounds for _, _, rounds in tools)):
        for label, command, rounds in tools:
            folder = work / pathlib.Path(label).name
            folder.mkdir(exist_ok=True)
            for path in folder.iterdir(): path.unlink()  # replacing a large file takes longer than making one
            if i < rounds: results[label].append(translate([*command, folder / "m.c"]))
    return results


def compile_data(options, folder):
    before = os.times()
    subprocess.run([options.data, "-O2", "-w", "-c", folder / "m.c", "-o", folder / "m.o"], check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def figure(values):
    median = statistics.median(values)
    return f"{median:.2f} s" + (f" ± {measuring.spread(values) * 100:.0f} %" if len(values) > 1 else "")


def show(options, module, tools, work):
    sizes = section_sizes(module)
    print(f"\n{module.name}: {module.stat().st_size / 1e6:.1f} MB, code {sizes.get(CODE_SECTION, 0) / 1e6:.1f} MB, "
          f"data {sizes.get(DATA_SECTION, 0) / 1e6:.1f} MB\n")
    print("| | elapsed | CPU | peak memory | text | of it data | text by code |\n" + "| --- " * 7 + "|")
    for label, results in measure(tools, work).items():
        if any(isinstance(result, str) for result in results):
            print(f"| {label} | {results[0]} |")
            continue
        elapsed, cpu, memory = zip(*results)
        folder = work / pathlib.Path(label).name
        text, data = text_bytes(folder), data_text_bytes(folder)
        own = label != "wasm2c"
        by_code = (text - (data if own else 0)) / max(sizes.get(CODE_SECTION, 0), 1)
        print(f"| {label} | {figure(elapsed)} | {figure(cpu)} | {max(memory) / 1e6:.0f} MB | {text / 1e6:.1f} MB | "
              f"{f'{data / 1e6:.1f} MB' if own else ''} | {by_code:.1f} |", flush=True)
    if options.data:
        print(f"\n{options.data} -O2 takes {compile_data(options, work / 'w2c'):.1f} s for the file with the data")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="+", type=pathlib.Path, metavar="MODULE")
    parser.add_argument("--w2c", type=pathlib.Path, required=True)
    parser.add_argument("--w2c-old", type=pathlib.Path, action="append", default=[])
    parser.add_argument("--wasm2c")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("-j", dest="threads", type=int)
    parser.add_argument("--data", metavar="CC")
    options = parser.parse_args()
    print(measuring.machine())
    for module in options.modules:
        expect(module.exists(), f"no such file: {module}")
        with tempfile.TemporaryDirectory(prefix="w2c-translation-") as folder:
            show(options, module, plan(options, module), pathlib.Path(folder))


if __name__ == "__main__":
    main()
