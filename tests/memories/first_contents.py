#!/usr/bin/env python3
"""What a program finds in its memory at its start: exactly what its data segments say, in whichever form they are in C
(translator/emit/emit_data.c).

    first_contents.py --w2c build/w2c [--clang clang] [--quick] [NAME...]

Each program writes all of its memory to standard output, then stores a byte to each page of 4096 bytes, as an image of
the memory has them, and writes it again. It is compared with what is computed here.
"""
import os
import random
import sys

sys.dont_write_bytecode = True
from module_text import (END, HERE, I32, Binary, access, bulk, data, i32_const, i64_const, leb, limits)

sys.path.insert(0, str(HERE.parent / "tools"))
from checking import build, expect, main, run

PAGE, HOST_PAGE = 65536, 4096
I32_STORE, I32_STORE8 = 0x36, 0x3A
MEMORY_GROW, CALL, DROP = b"\x40\0", b"\x10", b"\x1a"
TRAP = 134
MARK = 0x77


def store(address, value):
    return i32_const(address) + i32_const(value) + access(I32_STORE, 0, 0)


def write_all(size):
    """The call of fd_write, whose operands are behind the memory as it was at first."""
    return (store(size, 0) + store(size + 4, size) + i32_const(1) + i32_const(size) + i32_const(1) + i32_const(size + 8)
            + CALL + leb(0) + DROP)


def mark_pages(size):
    """for (l0 = size; l0 != 0;) memory[l0 -= 4096] = MARK;"""
    step = b"\x20\0" + i32_const(HOST_PAGE) + b"\x6b\x22\0" + i32_const(MARK) + access(I32_STORE8, 0, 0)
    return i32_const(size) + b"\x21\0" + b"\x03\x40" + step + b"\x20\0\x0d\0" + END


class Program:
    """(offset, bytes) of segments of memory 0; `others` are segments in binary form, before them in the module. `body`
    is carried out before the memory is written, and `change` does to the contents what `body` does."""

    def __init__(self, pages, segments, others=(), memories=(), body=b"", change=None, is_trapping=False,
                 is_shared=False):
        self.pages = pages
        self.segments = segments
        self.others = list(others)
        self.memories = list(memories)
        self.body = body
        self.change = change
        self.is_trapping = is_trapping
        self.is_shared = is_shared
        self.globals = []

    def encode(self, shows_memory=True):
        size = self.pages * PAGE
        own = limits(self.pages, self.pages + 1, is_shared=self.is_shared)
        m = Binary(self.memories if self.is_shared else [own, *self.memories])
        m.import_function("wasi_snapshot_preview1", "fd_write", [I32] * 4, [I32])
        if self.is_shared:
            m.import_memory("env", "memory", own)
        m.datas = self.others + [data(0, offset if isinstance(offset, bytes) else i32_const(offset), content)
                                 for offset, content in self.segments]
        m.globals = self.globals
        grow = i32_const(1) + MEMORY_GROW + DROP
        show = grow + write_all(size) + mark_pages(size) + write_all(size)
        m.function("_start", [], [], self.body + (show if shows_memory else b""), [I32])
        m.export_memory("memory", 0)
        return m.encode()

    def expected(self):
        memory = bytearray(self.pages * PAGE)
        for offset, content in self.segments:
            if not isinstance(offset, bytes):
                memory[offset:offset + len(content)] = content
        if self.change:
            self.change(memory)
        first = bytes(memory)
        memory[::HOST_PAGE] = bytes([MARK]) * len(memory[::HOST_PAGE])
        return first + bytes(memory)


def noise(seed, size):
    """No byte is 0, so that every one counts."""
    return bytes(byte or 1 for byte in random.Random(seed).randbytes(size))


def runs():
    """As of a module made from the memory of a running program: many short segments, close together, in any order."""
    numbers = random.Random(1)
    segments, offset = [], 70001
    for i in range(3000):
        size = numbers.randrange(1, 90)
        segments.append((offset, noise(i, size)))
        offset += size + numbers.randrange(9, 40)
    numbers.shuffle(segments)
    return Program(5, segments)


def passive():
    def change(memory):
        memory[200000:200005] = b"assiv"
    init = i32_const(200000) + i32_const(1) + i32_const(5) + bulk(8, 0, 0)
    none = i32_const(4 * PAGE) + i32_const(0) + i32_const(0) + bulk(8, 1, 0)
    drop = bulk(9, 0) + bulk(9, 1)
    return Program(4, [(100, noise(2, 90000))], others=[data(0, None, b"passive")], body=init + none + drop + drop,
                   change=change)


def dropped():
    """An active segment has no bytes for memory.init."""
    init = i32_const(0) + i32_const(0) + i32_const(1) + bulk(8, 0, 0)
    return Program(2, [(0, noise(3, 90000))], body=init, is_trapping=True)


def by_global():
    program = Program(3, [(b"\x23\0", b"here"), (9, noise(4, 80000))])
    program.globals = [bytes([I32, 0]) + i32_const(100000) + END]

    def change(memory):
        memory[100000:100004] = b"here"
    program.change = change
    return program


def memories():
    """A second memory, of 64-bit addresses, whose contents are copied to the first."""
    def change(memory):
        memory[100000:100000 + 70000] = noise(5, 70000)
    copy = i32_const(100000) + i64_const(3) + i32_const(70000) + bulk(10, 0, 1)
    return Program(4, [(1, noise(6, 70000))], others=[data(1, i64_const(3), noise(5, 70000))],
                   memories=[limits(2, 2, True)], body=copy, change=change)


PROGRAMS = {
    "small": Program(1, [(4, b"abc"), (0xFFFF, b"z")]),
    "one": Program(4, [(1234, noise(7, 100000))]),
    "whole": Program(2, [(0, noise(8, 2 * PAGE))]),
    "on-pages": Program(4, [(PAGE, noise(9, PAGE)), (2 * PAGE, noise(10, HOST_PAGE))]),
    "zeros": Program(2, [(10, bytes(100000)), (110000, b"1234567" * 2)]),
    "runs": runs(),
    "far": Program(70, [(69 * PAGE - 3, noise(11, PAGE + 3)), (0, noise(12, 40000)), (40 * PAGE + 5, noise(13, PAGE))]),
    "sparse": Program(64, [(i * PAGE + i, noise(i, 2000)) for i in range(64)]),
    "overlapping": Program(3, [(0, noise(14, 90000)), (50000, noise(15, 90000)), (60000, b"last")]),
    "empty": Program(2, [(0, noise(16, 90000)), (2 * PAGE, b"")]),
    "passive": passive(),
    "by-global": by_global(),
    "memories": memories(),
    "shared": Program(3, [(77, noise(17, 90000))], is_shared=True),
    "dropped": dropped(),
    "out-of-bounds": Program(2, [(0, noise(18, 90000)), (2 * PAGE - 3, b"four")], is_trapping=True),
    "empty-out-of-bounds": Program(2, [(0, noise(19, 90000)), (2 * PAGE + 1, b"")], is_trapping=True),
}
# Those whose text is written differently; the others stand for themselves.
FORMS = {"small": "data1[2]", "one": "image0[", "runs": "image0[", "far": "image2[", "sparse": "data_list[64]",
         "overlapping": "data2[5]", "passive": "data0[8]", "empty-out-of-bounds": "data1[1]"}


def expect_contents(program, command):
    code, out, err = run(command)
    if program.is_trapping:
        expect(code == TRAP and b"out of bounds memory access" in err, f"exit code {code}: {err!r}")
        return
    wanted = program.expected()
    expect(code == 0 and not err, f"exit code {code}: {err!r}")
    wrong = next((i for i, (a, b) in enumerate(zip(out, wanted)) if a != b), min(len(out), len(wanted)))
    expect(out == wanted, f"{len(out)} bytes, expected {len(wanted)}; they differ at {wrong}")


class Cases:
    def __init__(self, options, folder):
        self.w2c = options.w2c
        self.clang = options.clang
        self.folder = folder

    def module(self, name):
        return self.folder / (name + ".wasm")

    def built(self, name, *flags):
        output = self.folder / "-".join([name, "built", *flags]).replace("/", "_")
        build([self.w2c, self.module(name), "-O1", *flags, "-o", output])
        expect_contents(PROGRAMS[name], [output])

    def compiled(self, name, cc, *flags):
        """By hand, so that no linker places the memory."""
        source = self.folder / ("-".join([name, cc, *flags]).replace("/", "_") + ".c")
        build([self.w2c, self.module(name), *flags, "-o", source])
        expect(FORMS.get(name, "") in source.read_text(encoding="latin-1"), f"no {FORMS.get(name)} in {source.name}")
        build([cc, "-O1", "-Wall", "-Wextra", source, "-o", source.with_suffix(""), "-lm", "-lpthread"])
        expect_contents(PROGRAMS[name], [source.with_suffix("")])

    def engine(self, name, *flags):
        cache = self.folder / "-".join(["cache", name, *flags])
        expect_contents(PROGRAMS[name], ["env", f"XDG_CACHE_HOME={cache}", self.w2c, "run", *flags, self.module(name)])

    def untouched(self):
        """Nobody reads 16 MB at start: pages that the guest does not touch cost no fault."""
        module, output = self.folder / "large.wasm", self.folder / "large"
        module.write_bytes(Program(256, [(0, noise(20, 256 * PAGE))]).encode(shows_memory=False))
        build([self.w2c, module, "-O1", "-o", output])
        pid = os.posix_spawn(output, [str(output)], os.environ)
        _, status, usage = os.wait4(pid, 0)
        expect(status == 0, f"status {status}")
        expect(usage.ru_minflt < 1000, f"{usage.ru_minflt} page faults")


def plan(options, folder):
    cases = Cases(options, folder)
    for name, program in PROGRAMS.items():
        cases.module(name).write_bytes(program.encode())
        yield name, lambda name=name: cases.built(name)
        yield name + "-engine-interp", lambda name=name: cases.engine(name, "--engine=interp")
        yield name + "-engine-tcc", lambda name=name: cases.engine(name, "--engine=tcc")
        if options.quick:
            continue
        yield name + "-check", lambda name=name: cases.built(name, "--bounds=check")
        yield name + "-gcc", lambda name=name: cases.compiled(name, "gcc")
        yield name + "-clang-check", lambda name=name: cases.compiled(name, cases.clang, "--bounds=check")
    yield "parts", lambda: cases.built("far", "--split=2")
    if sys.platform == "linux":
        yield "untouched", cases.untouched


if __name__ == "__main__":
    main(__doc__, plan)
