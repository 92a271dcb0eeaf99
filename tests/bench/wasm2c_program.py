#!/usr/bin/env python3
"""Makes a program of a WASI command with wabt's wasm2c, to measure beside ours.

    wasm2c_program.py --wasm2c WASM2C --wabt DIR --rt build/libw2c_rt.a [--cc CC] [-O2] [-j N] MODULE -o PROGRAM

wasm2c has no WASI, so the calls go to w2c's runtime, whose functions have the same types; guard pages, as is its
default. DIR has wasm-rt.h and wasm-rt-impl.c (Debian: /usr/include and /usr/share/wabt/wasm2c). What stays beside
PROGRAM is its C.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import resource
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
from checking import build

WASI = "w2c_wasi__snapshot__preview1_"
FILES = 32
MAIN = """#include <stdio.h>
#include <stdlib.h>
#include "guest.h"
#include "w2c/wasi.h"

/* The runtime checks against this size, which does not follow memory.grow; the rest is left to the guard pages. */
static struct w2c_memory memory = {.size_bytes = (uint64_t)1 << 32};

void w2c_wasi__snapshot__preview1_proc_exit(struct w2c_wasi__snapshot__preview1 *wasi, u32 code) {
    (void)wasi;
    exit((int)code);
}

int main(int count, char **arguments) {
    struct w2c_wasi_options options = {.argument_count = (size_t)count, .arguments = (const char *const *)arguments};
    char message[256];
    struct w2c_wasi *wasi = w2c_wasi_new(&options, message, sizeof(message));
    static w2c_guest guest;
    if (!wasi) {
        fprintf(stderr, "%s\\n", message);
        return 1;
    }
    wasm_rt_init();
    wasm2c_guest_instantiate(&guest, (struct w2c_wasi__snapshot__preview1 *)(void *)wasi);
    memory.base = guest.w2c_memory.data;
    w2c_wasi_set_memory(wasi, &memory);
    w2c_guest_0x5Fstart(&guest);
    return 0;
}
"""


def translate(options, folder):
    build([options.wasm2c, f"--num-outputs={FILES}", "-n", "guest", options.module, "-o", folder / "guest.c"])
    (folder / "main.c").write_text(MAIN)


def compile_all(options, folder):
    runtime = [*options.wabt.rglob("wasm-rt-impl.c"), *options.wabt.rglob("wasm-rt-mem-impl.c")]
    sources = sorted([*folder.glob("*.c"), *runtime], key=lambda path: -path.stat().st_size)
    headers = {path.parent for path in options.wabt.rglob("wasm-rt*.h")}
    includes = [f"-I{path}" for path in (*sorted(headers), HERE.parent.parent / "include", folder)]

    def compile_one(source):
        target = folder / (source.stem + ".o")
        build([options.cc, options.level, "-w", *includes, "-c", source, "-o", target])
        return target

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        return list(pool.map(compile_one, sources))


def link(options, folder, objects):
    calls = set(re.findall(rf"\b{WASI}(\w+)\(", (folder / "guest.h").read_text())) - {"proc_exit"}
    names = [f"-Wl,--defsym={WASI}{call}=w2c_wasi_{call}" for call in sorted(calls)]
    keep = [f"-Wl,-u,w2c_wasi_{call}" for call in sorted(calls)]
    build([options.cc, *objects, *keep, *names, options.rt, "-lm", "-lpthread", "-o", options.program])


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wasm2c", default="wasm2c")
    parser.add_argument("--wabt", type=pathlib.Path, default=pathlib.Path("/usr/share/wabt"))
    parser.add_argument("--rt", type=pathlib.Path, required=True)
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("-O", dest="level", default="2")
    parser.add_argument("-j", type=int, dest="jobs", default=os.cpu_count())
    parser.add_argument("-o", dest="program", type=pathlib.Path, required=True)
    parser.add_argument("module", type=pathlib.Path)
    options = parser.parse_args()
    options.level = "-O" + options.level
    return options


def main():
    options = parse_options()
    folder = options.program.with_name(options.program.name + ".wasm2c")
    folder.mkdir(exist_ok=True)
    translate(options, folder)
    print(f"{sum(path.stat().st_size for path in folder.glob('*.c'))} bytes of C", flush=True)
    link(options, folder, compile_all(options, folder))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{used.ru_utime + used.ru_stime:.1f} s of processor time, {used.ru_maxrss >> 10} MB at most for a process")


if __name__ == "__main__":
    main()
