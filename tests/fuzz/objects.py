"""Bodies that make objects, read and change them, cast and compare references.

Types come first in the module: a structure that refers to itself, one that extends it, two arrays. All references may
be null; before most uses a null is replaced by a fresh object, and arrays have one element at least, so most accesses
do not trap."""
from wasm_writer import END, I32, I64, i32_const, i64_const, leb, local_get, local_set, local_tee, vector

STRUCT, LARGER, NUMBERS, BYTES = (b"\x63" + bytes([i]) for i in range(4))
EQ, I31 = 0x6D, 0x6C
OBJECTS = [STRUCT, LARGER, NUMBERS, BYTES, EQ, I31]
STRUCTS, ARRAYS = [STRUCT, LARGER], [NUMBERS, BYTES]
I8 = b"\x78"
FIELDS = {STRUCT: [I32, I64, I8, STRUCT], LARGER: [I32, I64, I8, STRUCT, I64, LARGER]}
ABOVE = {STRUCT: [LARGER], EQ: [STRUCT, LARGER, NUMBERS, BYTES, I31]}  # what may stand for it
IS_NULL, IF, ELSE, REMAINDER = b"\xd1", b"\x04", b"\x05", b"\x70"


def storage(kind):
    return kind if isinstance(kind, bytes) else bytes([kind])


def definitions():
    def fields(kind):
        return b"\x5f" + vector([storage(field) + b"\x01" for field in FIELDS[kind]])
    return [b"\x50\x00" + fields(STRUCT), b"\x50\x01\x00" + fields(LARGER), b"\x5e" + bytes([I32]) + b"\x01",
            b"\x5e" + I8 + b"\x01"]


def heap(kind):
    """What stands behind operators that name a heap type, or a defined type."""
    return kind[1:] if isinstance(kind, bytes) else bytes([kind])


def gc(code, *immediates):
    return b"\xfb" + leb(code) + b"".join(immediates)


def hash_of_global(idx, kind):
    """An i64: what the global's object says of itself."""
    get = b"\x23" + leb(idx)
    if kind == STRUCT:
        inside = (get + gc(2, b"\0\0") + b"\xad" + get + gc(2, b"\0\x01") + b"\x85"
                  + get + gc(3, b"\0\x02") + b"\xac\x7c")
    else:
        inside = get + gc(15) + b"\xad" + i64_const(32) + b"\x86" + get + i32_const(0) + gc(11, b"\x02") + b"\xad\x84"
    return get + IS_NULL + IF + bytes([I64]) + i64_const(5) + ELSE + inside + END


class ObjectBody:
    """What the maker of a body (bodies.py) does with objects."""

    def ways_to_push_object(self, kind):
        ways = [self.make_object] * 3 + [self.push_select, self.push_block, self.push_tee]
        if kind in ABOVE:
            ways += [self.push_from_above] * 2
        if kind in FIELDS[LARGER]:
            ways.append(self.push_field)
        if kind in (STRUCT, LARGER, NUMBERS, BYTES):
            ways.append(self.push_cast)
        return ways

    def push_from_above(self, kind):
        self.push(self.random.choice(ABOVE[kind]))
        self.stack[-1] = kind

    def make_object(self, kind):
        if kind in STRUCTS:
            self.make_struct(kind)
        elif kind in ARRAYS:
            self.make_array(kind)
        elif kind == I31:
            self.push(I32)
            self.emit(gc(28))
            self.stack[-1] = I31
        else:
            self.push_from_above(kind)

    def make_struct(self, kind):
        if self.chance(0.3):
            self.emit(gc(1, heap(kind)))
        else:
            for field in FIELDS[kind]:
                self.push(I32 if field == I8 else field)
            self.pop(len(FIELDS[kind]))
            self.emit(gc(0, heap(kind)))
        self.stack.append(kind)

    def push_length(self):
        self.push_small(8)
        if not self.chance(self.trap_rate):
            self.emit(i32_const(1), b"\x6a")

    def make_array(self, kind):
        way = self.random.randrange(3)
        if way == 0:
            self.push_length()
            self.emit(gc(7, heap(kind)))
            self.pop(1)
        elif way == 1:
            self.push(I32)
            self.push_length()
            self.emit(gc(6, heap(kind)))
            self.pop(2)
        else:
            count = self.random.randrange(1, 4)
            for _ in range(count):
                self.push(I32)
            self.emit(gc(8, heap(kind), leb(count)))
            self.pop(count)
        self.stack.append(kind)

    def push_present(self, kind):
        """A reference that is mostly not null."""
        self.push(kind)
        if self.chance(self.trap_rate * 3):
            return
        fresh = gc(1, heap(kind)) if kind in STRUCTS else i32_const(3) + gc(7, heap(kind)) if kind in ARRAYS else (
            i32_const(5) + gc(28))
        self.emit(local_tee(self.scratch[kind]), IS_NULL, IF, storage(kind), fresh, ELSE, local_get(self.scratch[kind]),
                  END)

    # ---- reading ----

    def push_field(self, kind):
        owners = [(owner, i) for owner in STRUCTS for i, field in enumerate(FIELDS[owner])
                  if field == kind or (field == I8 and kind == I32)]
        owner, idx = self.random.choice(owners)
        self.push_present(owner)
        code = self.random.choice([3, 4]) if FIELDS[owner][idx] == I8 else 2
        self.emit(gc(code, heap(owner), leb(idx)))
        self.stack[-1] = kind

    def push_place(self, kind):
        """An array, and an index that is mostly one of its."""
        self.push_present(kind)
        self.push(I32)
        if not self.chance(self.trap_rate):
            index, array = self.scratch[I32], self.scratch[kind]
            self.emit(local_set(index), local_tee(array), local_get(index), local_get(array), gc(15), REMAINDER)

    def push_element(self, kind):
        array = self.random.choice(ARRAYS)
        self.push_place(array)
        self.emit(gc(11 if array == NUMBERS else self.random.choice([12, 13]), heap(array)))
        self.pop(2)
        self.stack.append(kind)

    def push_question(self, kind):
        """What is asked of references: an i32."""
        question = self.random.randrange(4)
        if question == 0:
            self.push(EQ)
            self.push(EQ)
            self.emit(b"\xd3")
            self.pop(1)
        elif question == 1:
            source = self.random.choice([STRUCT, EQ])
            self.push(source)
            self.emit(gc(self.random.choice([20, 21]), heap(self.random.choice(ABOVE[source]))))
        elif question == 2:
            self.push_present(self.random.choice(ARRAYS))
            self.emit(gc(15))
        else:
            self.push_present(I31)
            self.emit(gc(self.random.choice([29, 30])))
        self.stack[-1] = kind

    def push_cast(self, kind):
        """From above; what is of another type mostly becomes null first."""
        source = STRUCT if kind == LARGER else EQ
        self.push(source)
        if not self.chance(self.trap_rate):
            place = local_get(self.scratch[source])
            self.emit(local_tee(self.scratch[source]), gc(20, heap(kind)), IF, storage(source), place, ELSE,
                      b"\xd0" + heap(source), END)
        self.emit(gc(23, heap(kind)))
        self.stack[-1] = kind

    # ---- changing ----

    def step_set_field(self):
        owner = self.random.choice(STRUCTS)
        idx = self.random.randrange(len(FIELDS[owner]))
        field = FIELDS[owner][idx]
        self.push_present(owner)
        self.push(I32 if field == I8 else field)
        self.emit(gc(5, heap(owner), leb(idx)))
        self.pop(2)

    def step_set_element(self):
        array = self.random.choice(ARRAYS)
        way = self.random.randrange(3)
        if way == 0:
            self.push_place(array)
            self.push(I32)
            self.emit(gc(14, heap(array)))
            self.pop(3)
        elif way == 1:
            self.push(I32)
            value = self.scratch[I64]
            self.emit(b"\xad", local_set(value))
            self.pop(1)
            self.emit(i32_const(self.random.randrange(1, 9)), gc(7, heap(array)), local_tee(self.scratch[array]),
                      i32_const(0), local_get(value), b"\xa7", local_get(self.scratch[array]), gc(15),
                      gc(16, heap(array)), local_get(self.scratch[array]))
            self.stack.append(array)
        else:
            self.push_present(array)
            self.emit(i32_const(0))
            self.stack.append(I32)
            self.push_present(array)
            self.emit(i32_const(0), i32_const(self.random.choice([0, 1, 1, 1])), gc(17, heap(array), heap(array)))
            self.pop(3)

    # ---- branches ----

    def step_br_on_null(self):
        depths = self.targets()
        if not depths:
            return
        depth = self.random.choice(depths)
        self.need(self.types_at(depth))
        self.push(self.random.choice(OBJECTS))
        self.emit(b"\xd5" + leb(depth))

    def step_br_on_object(self):
        """By not being null, by being of a type, or not."""
        found = [depth for depth in self.targets() if self.types_at(depth) and self.types_at(depth)[-1] in OBJECTS]
        if not found:
            return
        depth = self.random.choice(found)
        *others, kind = self.types_at(depth)
        self.need(others)
        if kind not in (LARGER, NUMBERS, BYTES, I31) or self.chance(0.3):
            self.push(kind)
            self.emit(b"\xd6" + leb(depth))
            self.pop(1)
            return
        source = STRUCT if kind == LARGER else EQ
        self.push(source)
        self.emit(gc(24, bytes([self.random.choice([1, 3])]), leb(depth), heap(source), heap(kind)))

    OBJECT_STEPS = [("set_field", 4), ("set_element", 3), ("br_on_null", 2), ("br_on_object", 3)]
