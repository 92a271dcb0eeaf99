#!/usr/bin/env python3
"""Exceptions and host functions: a host throws, catches, and passes on what the guest throws that it calls back, in
both engines (the program throwing_host beside w2c) and as a library by gcc and clang.

    host_calls.py --w2c build/w2c [--clang clang-19] [--quick]
"""
import pathlib
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
ENGINES = HERE.parent / "engines"
sys.path.insert(0, str(HERE.parent / "tools"))
import extremes
from checking import build, expect, main, run

TABLE = """#include "test_modules.h"
extern const struct w2c_module guest_module;
const struct test_module test_modules[] = {{"guest", &guest_module}, {0, 0}};
const enum w2c_bounds test_bounds = W2C_BOUNDS_%s;
"""


def guest():
    """plain(n) and catching(n) call the host; throw(n) is called by the host, with whose tag it throws."""
    i32 = (extremes.I32,)
    module = extremes.Binary()
    host = module.import_function("host", "call", i32, i32)
    tag = module.import_tag("host", "tag", i32)
    asked = extremes.local_get(0) + extremes.call(host)
    module.function("plain", i32, i32, asked)
    module.function("catching", i32, i32, extremes.catching_i32(tag, asked))
    module.function("throw", i32, i32, extremes.local_get(0) + extremes.throw(tag))
    return module.encode()


def check_engine(options, module, engine, bounds):
    expect_silence([options.w2c.parent / "throwing_host", engine, bounds, module])


def check_library(options, module, cc, bounds):
    folder = module.parent / f"{cc}-{bounds}"
    folder.mkdir()
    build([options.w2c, module, "-o", folder / "guest.c", f"--bounds={bounds}"])
    (folder / "table.c").write_text(TABLE % bounds.upper(), encoding="utf-8")
    build([cc, "-O1", "-Wall", "-Wextra", "-I", ENGINES, "-I", ENGINES.parents[1] / "include", folder / "guest.c",
           HERE / "throwing_host.c", ENGINES / "compiled/compiled_modules.c", folder / "table.c", "-o", folder / "host",
           "-lm", "-lpthread"])
    expect_silence([folder / "host", "guest"])


def expect_silence(command):
    code, out, err = run(command)
    expect(code == 0 and not out and not err, f"exit code {code}: {out.decode()[:500]}{err.decode()[:500]}")


def plan(options, folder):
    ways = [(check_engine, "interp", "guard"), (check_engine, "interp", "check"), (check_engine, "tcc", "guard"),
            (check_library, "gcc", "guard"), (check_library, options.clang, "check")]
    module = folder / "guest.wasm"
    module.write_bytes(guest())
    return [(f"{how}, {bounds}", lambda check=check, how=how, bounds=bounds: check(options, module, how, bounds))
            for check, how, bounds in ways]


if __name__ == "__main__":
    main(__doc__, plan)
