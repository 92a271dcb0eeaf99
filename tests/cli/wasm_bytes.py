"""Small modules, byte by byte, so that the tests of the command line need no other tool."""
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "fuzz"))
from wasm_writer import leb, name as text, signed_leb, vector


def const(value):
    """i32.const"""
    return b"\x41" + signed_leb(value)


def section(number, content):
    return bytes([number]) + leb(len(content)) + content


I32 = b"\x7f"
DROP, UNREACHABLE, LOAD, STORE = b"\x1a", b"\x00", b"\x28\x02\x00", b"\x36\x02\x00"


def call(index):
    return b"\x10" + leb(index)


def module(imports, parameters, results, body, export, memory=True):
    """One function of i32s with `body`, exported as `export`. imports: (module, name, parameters, results), all i32."""
    types = [b"\x60" + vector([I32] * p) + vector([I32] * r) for _, _, p, r in imports]
    types.append(b"\x60" + vector([I32] * parameters) + vector([I32] * results))
    code = leb(0) + body + b"\x0b"
    exports = [text(export) + b"\x00" + leb(len(imports))]
    if memory:
        exports.append(text("memory") + b"\x02\x00")
    return b"".join([
        b"\0asm\1\0\0\0",
        section(1, vector(types)),
        section(2, vector([text(m) + text(n) + b"\x00" + leb(i) for i, (m, n, _, _) in enumerate(imports)])),
        section(3, vector([leb(len(imports))])),
        section(5, vector([b"\x00\x01"])) if memory else b"",
        section(7, vector(exports)),
        section(10, vector([leb(len(code)) + code])),
    ])


WASI = "wasi_snapshot_preview1"
EXIT = (WASI, "proc_exit", 1, 0)

# Exits with 7.
exit_seven = module([EXIT], 0, 0, const(7) + call(0), "_start")

# Writes its arguments, each closed by NUL, and exits with their number.
show_arguments = module(
    [EXIT, (WASI, "args_sizes_get", 2, 1), (WASI, "args_get", 2, 1), (WASI, "fd_write", 4, 1)], 0, 0,
    const(0) + const(4) + call(1) + DROP + const(64) + const(1024) + call(2) + DROP
    + const(8) + const(1024) + STORE + const(12) + const(4) + LOAD + STORE
    + const(1) + const(8) + const(1) + const(16) + call(3) + DROP + const(0) + LOAD + call(0), "_start")

# Writes its environment likewise and exits with 100 if it was granted a folder, else with 50.
show_grants = module(
    [EXIT, (WASI, "environ_sizes_get", 2, 1), (WASI, "environ_get", 2, 1), (WASI, "fd_write", 4, 1),
     (WASI, "fd_prestat_get", 2, 1)], 0, 0,
    const(0) + const(4) + call(1) + DROP + const(64) + const(1024) + call(2) + DROP
    + const(8) + const(1024) + STORE + const(12) + const(4) + LOAD + STORE
    + const(1) + const(8) + const(1) + const(16) + call(3) + DROP
    + const(50) + const(100) + const(3) + const(32) + call(4) + b"\x1b" + call(0), "_start")  # select

trap = module([EXIT], 0, 0, UNREACHABLE, "_start")
add = module([], 2, 1, b"\x20\x00\x20\x01\x6a", "add", memory=False)
foreign_import = module([("env", "f", 0, 0)], 0, 0, call(0), "_start")
invalid = module([], 0, 1, b"\x42\x00", "f", memory=False)  # i64.const where an i32 is due


def large(code=7, changed=0):
    """So much code that it is split, of functions that do next to nothing: one is called in a loop, five are called,
    and to the others nothing leads. The last one stores `changed`. Exits with `code`."""
    nothing = b"\x01" * 60000
    types = [b"\x60" + vector([I32]) + vector([]), b"\x60" + vector([]) + vector([])]
    start = b"\x03\x40" + call(2) + b"\x0b" + b"".join(call(3 + i) for i in range(5)) + const(code) + call(0)
    bodies = [start] + [nothing + const(64) + const(i) + STORE for i in range(39)]
    bodies[-1] = nothing + const(64) + const(1000 + changed) + STORE
    bodies = [leb(0) + body + b"\x0b" for body in bodies]
    return b"".join([
        b"\0asm\1\0\0\0",
        section(1, vector(types)),
        section(2, vector([text(WASI) + text("proc_exit") + b"\x00" + leb(0)])),
        section(3, vector([leb(1)] * len(bodies))),
        section(5, vector([b"\x00\x01"])),
        section(7, vector([text("_start") + b"\x00" + leb(1), text("memory") + b"\x02\x00"])),
        section(10, vector([leb(len(body)) + body for body in bodies])),
    ])
