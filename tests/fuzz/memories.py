"""Bodies that use memories: loads and stores of all kinds, what there is for memories as a whole, tables' elements.

A module has one memory or two, each with addresses of 32 or 64 bits (wasm_writer.Memory)."""
from nans import AND
from operators import FLOATS, LOADS, STORES
from vectors import VECTOR_LOADS, VECTOR_STORES
from wasm_writer import FUNCREF, I32, I64, V128, i32_const, i64_const, leb, load

PASSIVE_BYTES = 40
EXTEND = b"\xad"


class MemoryBody:
    """What the maker of a body (bodies.py) does with memories and tables."""

    def some_memory(self):
        return self.random.randrange(len(self.module.memories))

    def address_kind(self, memory):
        return I64 if self.module.memories[memory].is_64 else I32

    def address(self, memory):
        """Makes of the address on the stack one that is mostly in bounds, and draws an offset to go with it."""
        is_64 = self.module.memories[memory].is_64
        if self.chance(self.trap_rate):
            far = [1 << 32, 1 << 38, (1 << 64) - 1, (1 << 64) - 8] if is_64 else []
            return self.random.choice([0, 65533, 70000, 0x7FFFFFFF, 0xFFFFFFFF, *far])
        const = i64_const if is_64 else i32_const
        self.emit(const(self.random.choice([0x7F, 0xFF, 0x7FF8, 0x3C])), AND[self.address_kind(memory)])
        return self.random.choice([0, 0, 0, 1, 4, 8, 200])

    def access(self, code, width, offset, memory):
        return load(code, self.random.randrange(width + 1), offset, memory)

    def push_load(self, kind):
        memory = self.some_memory()
        code, width, lane = None, None, b""
        if kind == V128:
            code, _, width, lane = self.random.choice(VECTOR_LOADS)
        else:
            code, _, width = self.random.choice([row for row in LOADS if row[1] == kind])
        self.push(self.address_kind(memory))
        offset = self.address(memory)
        if lane:
            self.push(V128)
            self.pop(1)
        self.emit(self.access(code, width, offset, memory) + lane)
        self.pop(1)
        self.stack.append(kind)

    def step_store(self):
        memory = self.some_memory()
        code, kind, width, lane = (*self.random.choice(STORES), b"")
        if self.vector_kinds and self.chance(0.3):
            code, kind, width, lane = self.random.choice(VECTOR_STORES)
            kind = V128
        self.need([self.address_kind(memory)])
        offset = self.address(memory)
        self.push(kind)
        if kind in FLOATS:
            self.emit_bits(kind)
        self.emit(self.access(code, width, offset, memory) + lane)
        self.pop(2)

    def push_small(self, limit, kind=I32):
        """A number that is mostly below `limit`."""
        if self.chance(0.5):
            self.emit(i32_const(self.random.randrange(limit)))
        else:
            self.push(I32)
            self.pop(1)
            if not self.chance(self.trap_rate):
                self.emit(i32_const(limit), b"\x70")
        if kind == I64:
            self.emit(EXTEND)
        self.stack.append(kind)

    def push_index(self):
        self.push_small(10)

    def push_operands(self, *operands):
        """(limit, type) of each."""
        for limit, kind in operands:
            self.push_small(limit, kind)

    # ---- whole memories and tables ----

    def step_bulk(self):
        self.random.choice([self.fill_memory, self.copy_memory, self.init_memory, self.copy_table, self.init_table])()
        self.pop(3)

    def fill_memory(self):
        memory = self.some_memory()
        kind = self.address_kind(memory)
        self.push_operands((4000, kind), (256, I32), (300, kind))
        self.emit(b"\xfc\x0b" + leb(memory))

    def copy_memory(self):
        """The length is of the narrower address type of the two."""
        to, source = self.some_memory(), self.some_memory()
        kinds = self.address_kind(to), self.address_kind(source)
        self.push_operands((4000, kinds[0]), (4000, kinds[1]), (300, I64 if kinds == (I64, I64) else I32))
        self.emit(b"\xfc\x0a" + leb(to) + leb(source))

    def init_memory(self):
        memory = self.some_memory()
        self.push_operands((4000, self.address_kind(memory)), (PASSIVE_BYTES // 2, I32), (PASSIVE_BYTES // 2, I32))
        self.emit(b"\xfc\x08\x00" + leb(memory))

    def copy_table(self):
        self.push_operands((6, I32), (6, I32), (5, I32))
        self.emit(b"\xfc\x0e\x00\x00")

    def init_table(self):
        self.push_operands((6, I32), (2, I32), (3, I32))
        self.emit(b"\xfc\x0c\x00\x00")

    def step_drop_segment(self):
        if self.chance(self.trap_rate * 3):
            self.emit(self.random.choice([b"\xfc\x09\x00", b"\xfc\x0d\x00"]))

    def step_table(self):
        self.push_index()
        self.push(FUNCREF)
        if self.chance(0.6):
            self.emit(b"\x26\x00")
            self.pop(2)
            return
        self.push_small(4)
        self.emit(b"\xfc\x11\x00")
        self.pop(3)

    def step_grow(self):
        if self.chance(0.5):
            memory = self.some_memory()
            self.push_small(3, self.address_kind(memory))
            self.emit(b"\x40" + leb(memory))
        else:
            self.push(FUNCREF)
            self.push_small(4)
            self.emit(b"\xfc\x0f\x00")
            self.pop(2)
            self.stack.append(I32)

    def step_size(self):
        if self.chance(0.5):
            self.emit(b"\xfc\x10\x00")
            self.stack.append(I32)
            return
        memory = self.some_memory()
        self.emit(b"\x3f" + leb(memory))
        self.stack.append(self.address_kind(memory))
