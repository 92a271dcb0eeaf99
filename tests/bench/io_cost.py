#!/usr/bin/env python3
"""What WASI costs where a program does little but ask for it: the same C, natively and through WebAssembly and w2c.

    io_cost.py --w2c build/w2c [--cc CC] [--clang CLANG] [--rounds N] [--work DIR]

Native and wasm run in turns; each figure is the median of the rounds, the ratio the median of the rounds' ratios. Times
are taken by the programs around their loops. The rows "without openat2" run both programs under a filter that
refuses that system call, so that the runtime walks paths step by step; the filter's own cost is in both.
Prints a table with the bounds that are promised; nothing fails, for other programs may be using the machine.
"""
import argparse
import ctypes
import os
import pathlib
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE_BYTES = 128 << 20
COPIES = 8
OPENS = 100000

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
OPENAT2, ENOSYS = 437, 38


def refuse_openat2():
    """In a child: from now on openat2 fails with ENOSYS (seccomp(2))."""
    load, jump_if_equal, answer = 0x20, 0x15, 0x06
    refuse, allow = 0x00050000 | ENOSYS, 0x7fff0000
    rows = [(load, 0, 0, 0), (jump_if_equal, 0, 1, OPENAT2), (answer, 0, 0, refuse), (answer, 0, 0, allow)]
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *row) for row in rows))
    header = struct.pack("@HP", len(rows), ctypes.addressof(program))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def build(options, name, work):
    """(native program, wasm program)"""
    source, native, module, wasm = HERE / f"{name}.c", work / f"{name}-native", work / f"{name}.wasm", work / name
    for command in ([options.cc, "-O2", source, "-o", native],
                    [options.clang, "--target=wasm32-wasi", "-O2", source, "-o", module],
                    [options.w2c, module, "--cc", options.cc, "-o", wasm]):
        subprocess.run([str(word) for word in command], check=True)
    return native, wasm


def run_once(program, arguments, work, is_walking):
    """Nanoseconds."""
    environment = dict(os.environ, W2C_OPTIONS=f"--dir {work}::/ --dir {work}::.")
    done = subprocess.run([program, *arguments], cwd=work, env=environment, capture_output=True, text=True, check=True,
                          preexec_fn=refuse_openat2 if is_walking else None)
    return int(done.stdout)


def measure(programs, arguments, options, work, is_walking=False):
    """(native median, wasm median, median ratio), times in milliseconds"""
    pairs = [tuple(run_once(program, arguments, work, is_walking) / 1e6 for program in programs)
             for _ in range(options.rounds)]
    natives, wasms = zip(*pairs)
    return statistics.median(natives), statistics.median(wasms), statistics.median(w / n for n, w in pairs)


def print_row(name, figures, bound):
    native, wasm, ratio = figures
    promise = f"{bound:.2f}{'' if ratio <= bound else ' MISSED'}" if bound else "-"
    print(f"{name:44} {native:10.1f} {wasm:10.1f} {ratio:7.2f}   {promise}", flush=True)


def run_all(options, work):
    (work / "source").write_bytes(os.urandom(1 << 20) * (SOURCE_BYTES >> 20))
    deep = work / "a" / "b" / "c"
    deep.mkdir(parents=True)
    for folder in (work, deep):
        (folder / "file").write_text("text")
    print(f"{'':44} {'native ms':>10} {'wasm ms':>10} {'ratio':>7}   bound")
    copy = build(options, "copy_pieces", work)
    print_row("1 GB, 64 KB at a time", measure(copy, ["source", "target", str(COPIES)], options, work), 1.15)
    opening = build(options, "open_close", work)
    for is_walking in (False, True):
        how = " without openat2" if is_walking else ""
        for name in ("file", "a/b/c/file"):
            figures = measure(opening, [".", name, str(OPENS)], options, work, is_walking)
            print_row(f"{OPENS} opens of {name}{how}", figures, None if is_walking else 2.0)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--clang", default=shutil.which("clang-19") or "clang", help="with a WASI libc")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--work", default="/dev/shm" if os.path.isdir("/dev/shm") else None, help="where files lie")
    return parser.parse_args()


def main():
    options = parse_options()
    with tempfile.TemporaryDirectory(prefix="w2c-io-", dir=options.work) as work:
        run_all(options, pathlib.Path(work))
    return 0


if __name__ == "__main__":
    sys.exit(main())
