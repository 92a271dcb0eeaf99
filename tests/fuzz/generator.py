"""Random valid modules: `generate(seed)`.

Everything ends: loops and recursion spend fuel, a global. What WebAssembly leaves open is made one value before it can
be seen: a NaN's sign and payload (canonical(); whether it is quiet stays visible, since that is defined).

Exports of integers only: run0 ... (fill up the fuel, then call function 0 ...), and `state`, a hash of globals, tables,
sizes. The memory is for the host to look at. generate_program(seed) makes a module that looks at itself.
"""
import random

from bodies import FUEL, UNREACHABLE, Body, Signature
from exceptions import TAGS
from memories import PASSIVE_BYTES
from nans import AS_FLOAT, AS_INTEGER, canonical
from objects import NUMBERS as ARRAY, OBJECTS, STRUCT, definitions, hash_of_global
from operators import FLOATS, INTEGERS, NUMBERS
from wasm_writer import (CONSTS, END, F32, F64, FUNCREF, I32, I64, V128, Memory, Module, global_get, global_set,
                         i32_const, i64_const, leb, load, local_get, local_set, local_tee, zero)


SPLAT, LOW, HIGH = b"\xfd\x12", b"\xfd\x1d\x00", b"\xfd\x1d\x01"  # of vectors of i64


def as_integer(kind):
    """As what a value goes in and out; of a vector, both halves as one number."""
    return I64 if kind == V128 else AS_INTEGER[kind][0] if kind in FLOATS else kind


class Maker:
    def __init__(self, seed, is_program=False):
        self.random = random.Random(seed)
        self.is_program = is_program  # then it should trap rarely, for nothing comes after a trap
        self.has_vectors = random.Random(seed ^ 0x5EED).random() < 0.4
        features = random.Random(seed ^ 0xFEA7)
        self.has_tail_calls = features.random() < 0.5
        self.has_exceptions = features.random() < 0.4
        self.module = Module()
        self.module.memories[0].is_64 = features.random() < 0.25
        if features.random() < 0.35:
            self.module.memories.append(Memory(1, 3, features.random() < 0.4))
        self.has_objects = features.random() < 0.35
        self.module.first_types = definitions() if self.has_objects else []
        self.module.tags = TAGS if self.has_exceptions else []
        self.count = self.random.randrange(2, 6)
        self.signatures = [self.signature(i) for i in range(self.count)]

    def types(self, most):
        kinds = [I32, I32, I64, F32, F64, *[V128] * self.has_vectors]
        return [self.random.choice(kinds) for _ in range(self.random.randrange(most + 1))]

    def signature(self, idx):
        results = self.types(1) if self.random.random() < 0.7 else self.types(4)
        is_guarded = idx == 0 or self.random.random() < 0.4
        return Signature(self.types(4), results, is_guarded, self.has_exceptions and self.random.random() < 0.5)

    def make_state(self):
        self.module.add_global(I32, 1, i32_const(0))
        for kind in (I32, I64, F32, F64, FUNCREF, I32):
            self.module.add_global(kind, 1, zero(kind))
        if self.has_vectors:
            self.module.add_global(V128, 1, CONSTS[V128](0x0102030405060708090A0B0C0D0E0F10))
        for kind in (STRUCT, ARRAY) if self.has_objects else ():
            self.module.add_global(kind, 1, zero(kind))
        self.module.add_global(I32, 0, i32_const(77))
        self.module.add_global(F64, 0, CONSTS[F64](0x3FF8000000000000))
        refs = [leb(self.random.randrange(self.count)) for _ in range(4)]
        self.module.elements = [b"\x01\x00" + leb(4) + b"".join(refs),
                                b"\x00" + i32_const(2) + END + leb(3) + b"".join(refs[:3]),
                                b"\x03\x00" + leb(self.count) + b"".join(leb(i) for i in range(self.count))]
        noise = bytes(self.random.getrandbits(8) for _ in range(PASSIVE_BYTES))
        self.module.datas = [b"\x01" + leb(len(noise)) + noise]
        for idx, memory in enumerate(self.module.memories):
            const = i64_const if memory.is_64 else i32_const
            self.module.datas.append(b"\x02" + leb(idx) + const(3) + END + leb(len(noise)) + noise)

    def add_wrapper(self, idx):
        """Integers in and out; floats as their bits."""
        signature = self.signatures[idx]
        parameters = [as_integer(kind) for kind in signature.parameters]
        results = [as_integer(kind) for kind in signature.results]
        body = i32_const(self.random.choice([20, 60])) + global_set(FUEL)
        for i, kind in enumerate(signature.parameters):
            body += local_get(i) + (SPLAT if kind == V128 else AS_FLOAT.get(kind, b""))
        body += b"\x10" + leb(idx)
        first = len(parameters)
        places = [first + len(NUMBERS) + i for i in range(len(results))]
        for place in reversed(places):
            body += local_set(place)
        for kind, place in zip(signature.results, places):
            body += local_get(place)
            if kind == V128:
                body += LOW + i64_const(1) + b"\x89" + local_get(place) + HIGH + b"\x85"
            if kind in FLOATS:
                integer = AS_INTEGER[kind][0]
                body += canonical(kind, first + NUMBERS.index(kind), first + NUMBERS.index(integer))
        wrapper = self.module.add_function(parameters, results, [*NUMBERS, *signature.results], body)
        self.module.export_function(f"run{idx}", wrapper)
        return parameters

    def add_state_hash(self):
        body = i64_const(1469598103934665603)
        mix = b"\x85" + i64_const(1099511628211) + b"\x7e"
        for idx, (kind, _, _) in enumerate(self.module.globals):
            if kind in OBJECTS:
                body += hash_of_global(idx, kind) + mix
                continue
            body += global_get(idx)
            if kind in FLOATS:
                body += canonical(kind, NUMBERS.index(kind), NUMBERS.index(AS_INTEGER[kind][0]))
                kind = AS_INTEGER[kind][0]
            if kind == V128:
                body += LOW + mix + global_get(idx) + HIGH
                kind = I64
            if kind == FUNCREF:
                body += b"\xd1"
            body += (b"" if kind == I64 else b"\xad") + mix
        for memory in range(len(self.module.memories)):
            body += self.memory_size(memory) + mix
        body += b"\xfc\x10\x00\xad" + mix
        for i in range(10):
            body += i32_const(i) + b"\x25\x00\xd1\xad" + mix
        idx = self.module.add_function([], [I64], list(NUMBERS), body)
        self.module.export_function("state", idx)

    def memory_size(self, memory):
        """As an i64."""
        return b"\x3f" + leb(memory) + (b"" if self.module.memories[memory].is_64 else b"\xad")

    def fold_memory(self, memory, address, fold):
        """A loop over all words; the local `address` is an i64, and 0 before and after."""
        cut = b"" if self.module.memories[memory].is_64 else b"\xa7"
        return (b"\x03\x40" + local_get(address) + cut + load(0x29, 3, 0, memory) + fold
                + local_get(address) + i64_const(8) + b"\x7c" + local_tee(address)
                + self.memory_size(memory) + i64_const(16) + b"\x86\x54\x0d\x00" + END
                + i64_const(0) + local_set(address))

    def add_check(self, calls, expected):
        """`check` makes all calls, one after another, and returns a hash of the results, the state and the memory.
        `_start` has nothing to do, or traps if that hash is not as expected."""
        acc, address = 0, 1
        fold = local_get(acc) + b"\x85" + i64_const(1099511628211) + b"\x7e" + local_set(acc)
        body = b""
        for export, arguments in calls:
            signature = self.signatures[int(export[len("run"):])]
            for word in arguments:
                body += CONSTS[I32 if word[0] == "i" else I64](int(word[1:], 16))
            body += b"\x10" + leb(self.count + int(export[len("run"):]))
            for kind in reversed(signature.results):
                body += (b"" if kind in (I64, F64, V128) else b"\xad") + fold
        body += b"\x10" + leb(2 * self.count) + fold
        body += b"".join(self.fold_memory(i, address, fold) for i in range(len(self.module.memories)))
        body += local_get(acc)
        check = self.module.add_function([], [I64], [I64, I64], body)
        self.module.export_function("check", check)
        start = b"" if expected is None else (
            b"\x10" + leb(check) + i64_const(expected) + b"\x52\x04\x40" + UNREACHABLE + END)
        self.module.export_function("_start", self.module.add_function([], [], [], start))

    def arguments(self, kind):
        pick = self.random.choice(INTEGERS[kind] + [b for b in FLOATS[F32 if kind == I32 else F64]])
        if self.random.random() < 0.5:
            pick = self.random.randrange(12)
        return f"{'i' if kind == I32 else 'l'}{pick:x}"

    def make(self, expected=None):
        """The bytes, and calls as (export, arguments)."""
        self.make_state()
        for idx in range(self.count):
            body = Body(self, idx)
            code = body.make()
            self.module.functions.append(None)
            self.module.functions[idx] = (
                self.module.type_index(body.signature.parameters, body.signature.results), body.local_types, code)
        calls = []
        for idx in range(self.count):
            parameters = self.add_wrapper(idx)
            calls += [(f"run{idx}", [self.arguments(kind) for kind in parameters]) for _ in range(3)]
        self.add_state_hash()
        if self.is_program:
            self.add_check(calls, expected)
            calls = [("check", [])]
        return self.module.encode(), calls


def generate(seed):
    return Maker(seed).make()


def generate_program(seed, expected=None):
    return Maker(seed, True).make(expected)
