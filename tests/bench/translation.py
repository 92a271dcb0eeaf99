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
    usage = measuring.wait_for(process)
    elapsed = time.monotonic() - start
    process.stderr.close()
    if process.returncode != 0: return f"exit code {process.returncode}: {message.strip()[:80]}"
    return elapsed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def plan(options, module, work):
    """{label: (folder for the text, command without the output)} of what takes turns"""
    threads = ["-j", str(options.threads)] if options.threads else []
    tools = {"w2c": (work / "0", [options.w2c, module, *threads, "-o"])}
    for number, old in enumerate(options.w2c_old, 1):
        tools[str(old)] = work / str(number), [old, module, *threads, "-o"]
    return tools


def translate_afresh(subject):
    """Into an empty folder, for replacing a large file takes longer than making one."""
    folder, command = subject
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir(): path.unlink()
    return translate([*command, folder / "m.c"])


def compile_data(options, folder):
    before = os.times()
    subprocess.run([options.data, "-O2", "-w", "-c", folder / "m.c", "-o", folder / "m.o"], check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def figure(values):
    median = statistics.median(values)
    return f"{median:.2f} s" + (f" ± {measuring.spread(values) * 100:.0f} %" if len(values) > 1 else "")


def text_cells(folder, code_bytes, is_own):
    text, data = text_bytes(folder), data_text_bytes(folder) if is_own else 0
    return [f"{text / 1e6:.1f} MB", f"{data / 1e6:.1f} MB" if is_own else "",
            f"{(text - data) / max(code_bytes, 1):.1f}"]


def show(options, module, work):
    sizes = section_sizes(module)
    print(f"\n{module.name}: {module.stat().st_size / 1e6:.1f} MB, code {sizes.get(CODE_SECTION, 0) / 1e6:.1f} MB, "
          f"data {sizes.get(DATA_SECTION, 0) / 1e6:.1f} MB\n")
    print("| | elapsed | CPU | peak memory | text | of it data | text by code |\n" + "| --- " * 7 + "|")
    tools = plan(options, module, work)
    all_results = measuring.in_turns(tools, options.rounds, translate_afresh)
    if options.wasm2c:
        tools["wasm2c"] = work / "wasm2c", [options.wasm2c, module, "-o"]
        all_results["wasm2c"] = [translate_afresh(tools["wasm2c"])]
    for label, results in all_results.items():
        if any(isinstance(result, str) for result in results):
            print(f"| {label} | {results[0]} |")
            continue
        elapsed, cpu, memory = zip(*results)
        cells = text_cells(tools[label][0], sizes.get(CODE_SECTION, 0), is_own=label != "wasm2c")
        cells = [figure(elapsed), figure(cpu), f"{max(memory) / 1e6:.0f} MB", *cells]
        print(f"| {label} | " + " | ".join(cells) + " |", flush=True)
    if options.data:
        print(f"\n{options.data} -O2 takes {compile_data(options, tools['w2c'][0]):.1f} s for the file with the data")


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
            show(options, module, pathlib.Path(folder))


if __name__ == "__main__":
    main()
