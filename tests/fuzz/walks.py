"""Random modules whose accesses follow each other closely: `walk(seed)`.

Everything stands on a few addresses in locals: loads and stores at small distances from them, up and down, through all
widths, while the locals are moved, copied and set, in branches and loops, between calls and growing memory. Arguments
put them at the ends of the memory and of the address space. A compiler that leaves out or joins comparisons of
addresses with the memory's size must trap in the same calls, and leave the same memory and globals behind.
"""
import random

from wasm_writer import (EMPTY_BLOCK, END, I32, I64, Memory, Module, global_get, global_set, i32_const, load,
                         local_get, local_set, local_tee)

PAGE = 65536
ADDRESSES, SUM, COUNT = range(4), 4, 5  # locals; the first two addresses are parameters
CONDITION = 6
DISTANCES = [0, 0, 0, 4, 4, 8, 12, 16, -4, -8, 24, 60, 100, -64, 255, 1280, 70000, -70000]
OFFSETS = [0, 0, 0, 1, 2, 4, 8, 8, 12, 16, 20, 64, 1000, 65535, 65536, 0xFFFFFFFF]
LOADS = [(0x28, b""), (0x2C, b""), (0x2D, b""), (0x2E, b""), (0x2F, b""), (0x29, b"\xa7"), (0x35, b"\xa7"),
         (0x30, b"\xa7"), (0x2A, b"\xbc"), (0x2B, b"\xbd\xa7")]
STORES = [(0x36, b""), (0x3A, b""), (0x3B, b""), (0x37, b"\xad"), (0x3C, b"\xad"), (0x3E, b"\xad"), (0x38, b"\xbe")]
NEAR = [0, 1, 4, 8, 12, 16, 64, 100, 1024, PAGE - 1300, PAGE - 1280, PAGE - 128, PAGE - 64, PAGE - 24, PAGE - 16,
        PAGE - 12, PAGE - 8, PAGE - 5, PAGE - 4, PAGE - 1, PAGE, 2 * PAGE - 8, 2 * PAGE, 2**32 - 1280, 2**32 - 64,
        2**32 - 8, 2**32 - 4, 2**32 - 1]


class Walk:
    def __init__(self, seed):
        self.random = random.Random(seed * 7919)
        self.has_second = self.random.random() < 0.3
        self.favourites = [self.random.choice(ADDRESSES) for _ in range(2)]

    def pick(self, choices):
        return self.random.choice(choices)

    def local(self):
        return self.pick(self.favourites) if self.random.random() < 0.7 else self.pick(ADDRESSES)

    def sum(self, local):
        distance = self.pick(DISTANCES)
        return local_get(local) + (i32_const(distance) + b"\x6a" if distance else b"")

    def address(self):
        dice = self.random.random()
        if dice < 0.85:
            return self.sum(self.local())
        if dice < 0.92:
            return i32_const(self.pick([0, 8, 1024, PAGE - 8, PAGE - 4, PAGE, 2 * PAGE]))
        return local_get(self.local()) + i32_const(self.pick([255, 0xFFF8, 0xFFFF])) + b"\x71"

    def where(self):
        return self.pick(OFFSETS), int(self.has_second and self.random.random() < 0.3)

    def load(self):
        op, narrow = self.pick(LOADS)
        return self.address() + load(op, 0, *self.where()) + narrow

    def add(self):
        """Into the sum: one load, or several in one expression."""
        body = self.load()
        for _ in range(self.pick([0, 0, 1, 2])):
            body += self.load() + self.pick([b"\x6a", b"\x73"])
        return local_get(SUM) + i32_const(31) + b"\x6c" + body + b"\x6a" + local_set(SUM)

    def store(self):
        op, widen = self.pick(STORES)
        value = local_get(SUM) if self.random.random() < 0.7 else self.load()
        return self.address() + value + widen + load(op, 0, *self.where())

    def move(self):
        local = self.local()
        dice = self.random.random()
        if dice < 0.5:
            return self.sum(local) + local_set(local)
        if dice < 0.8:
            return self.sum(self.local()) + local_set(local)
        if dice < 0.9:
            return local_get(SUM) + i32_const(0x1FFFF) + b"\x71" + local_set(local)
        return self.load() + local_set(local)

    def tee(self):
        local = self.local()
        return (local_get(SUM) + self.sum(self.local()) + local_tee(local) + load(0x28, 0, self.pick(OFFSETS)) + b"\x6a"
                + local_set(SUM))

    def effect(self):
        return self.pick([
            local_get(SUM) + global_set(0),
            global_get(0) + local_get(SUM) + b"\x73" + local_set(SUM),
            self.sum(self.local()) + local_get(SUM) + b"\x10\x00" + local_set(SUM),
            i32_const(1) + b"\x40\x00" + local_set(SUM),
            local_get(SUM) + local_get(SUM) + i32_const(3) + b"\x71\x6e" + local_set(SUM),  # may divide by zero
        ])

    def condition(self):
        if self.random.random() < 0.3:
            return self.load() + i32_const(1) + b"\x71"
        return local_get(CONDITION) + i32_const(1 << self.random.randrange(8)) + b"\x71"

    def branching(self, depth):
        inner = self.statements(self.random.randrange(1, 5), depth + 1)
        kind = self.random.randrange(5)
        if kind == 0:
            return self.condition() + b"\x04" + EMPTY_BLOCK + inner + END
        if kind == 1:
            return (self.condition() + b"\x04" + EMPTY_BLOCK + inner + b"\x05"
                    + self.statements(self.random.randrange(1, 4), depth + 1) + END)
        if kind == 2:
            return (b"\x02" + EMPTY_BLOCK + inner + self.condition() + b"\x0d\x00"
                    + self.statements(self.random.randrange(1, 4), depth + 1) + END)
        if kind == 3:
            return (b"\x02" + EMPTY_BLOCK + b"\x02" + EMPTY_BLOCK + inner + self.condition()
                    + b"\x0e\x01\x00\x01" + END + self.statements(2, depth + 1) + END)
        again = local_get(COUNT) + i32_const(1) + b"\x6b" + local_tee(COUNT) + i32_const(0) + b"\x4a\x0d\x00"
        return (i32_const(self.random.randrange(1, 4)) + local_set(COUNT) + b"\x03" + EMPTY_BLOCK + inner
                + again + END)

    def statements(self, count, depth=0):
        body = b""
        for _ in range(count):
            dice = self.random.random()
            if dice < 0.4:
                body += self.add()
            elif dice < 0.6:
                body += self.store()
            elif dice < 0.75:
                body += self.move()
            elif dice < 0.82:
                body += self.tee()
            elif dice < 0.88 or depth > 2:
                body += self.effect()
            else:
                body += self.branching(depth)
        return body

    def make(self):
        module = Module()
        module.memories = [Memory(1, 3)] + [Memory(1, 2)] * self.has_second
        module.add_global(I32, 1, i32_const(1))
        helper = (local_get(0) + local_get(1) + load(0x36, 0, 4) + local_get(0) + load(0x28, 0, 0))
        module.add_function([I32, I32], [I32], [], helper)
        calls = []
        for idx in range(6):
            body = self.statements(self.random.randrange(4, 14)) + local_get(SUM)
            # Parameters: both addresses; then two more addresses, sum, count, and what decides conditions.
            code = (local_get(2) + local_set(CONDITION) + local_get(0) + local_set(2) + local_get(1) + local_set(3)
                    + body)
            function = module.add_function([I32, I32, I32], [I32], [I32, I32, I32, I32], code)
            module.export_function(f"run{idx}", function)
            for _ in range(8):
                words = [self.pick(NEAR), self.pick(NEAR[:20]), self.random.randrange(256)]
                calls.append((f"run{idx}", [f"i{word:x}" for word in words]))
        state = module.add_function([], [I64], [], global_get(0) + b"\xad" + b"\x3f\x00\xad\x85")
        module.export_function("state", state)
        return module.encode(), calls


def walk(seed):
    return Walk(seed).make()
