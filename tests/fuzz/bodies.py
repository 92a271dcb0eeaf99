"""Random bodies of functions. Code is made as the operand stack sees it, step by step: each step takes what lies on the
stack, if it fits, and adds what is missing. So values lie pending under calls, stores, blocks and branches, which is
where a translator that keeps expressions unwritten can go wrong."""
from exceptions import ExceptionBody
from memories import MemoryBody
from objects import OBJECTS, ObjectBody
from nans import AND, AS_FLOAT, AS_INTEGER, SELECT, canonical
from operators import DIVISIONS, FLOATS, INTEGERS, LEAKS, NUMBERS, PURE, TRUNCATIONS
from vectors import VECTORS, VectorBody
from wasm_writer import (CONSTS, EMPTY_BLOCK, END, EXNREF, F32, F64, FUNCREF, I32, I64, V128, global_get, global_set,
                         i32_const, leb, local_get, local_set, local_tee, null, valtype, zero)

FUEL = 0  # index of the global
ELSE, DROP, RETURN, UNREACHABLE = b"\x05", b"\x1a", b"\x0f", b"\x00"
MAX_DEPTH = 5


def spend_fuel():
    """Leaves on the stack whether none is left."""
    return global_get(FUEL) + i32_const(1) + b"\x6b" + global_set(FUEL) + global_get(FUEL) + i32_const(0) + b"\x48"


class Signature:
    def __init__(self, parameters, results, is_guarded, throws=False):
        self.parameters = parameters
        self.results = results
        self.is_guarded = is_guarded  # spends fuel when it is called, so that anybody may call it
        self.throws = throws          # may let an exception out


class Frame:
    def __init__(self, base, label_types, result_types, needs_fuel, parameters=(), catches_all=False):
        self.catches_all = catches_all
        self.base = base
        self.parameters = parameters
        self.label_types = label_types
        self.result_types = result_types
        self.needs_fuel = needs_fuel  # a loop whose head spends none: whoever jumps to it must


class Body(MemoryBody, VectorBody, ExceptionBody, ObjectBody):
    def __init__(self, maker, idx):
        self.maker = maker
        self.module = maker.module
        self.random = maker.random
        self.signature = maker.signatures[idx]
        self.idx = idx
        self.vector_kinds = [V128, V128] if maker.has_vectors else []
        self.pure = PURE + VECTORS if maker.has_vectors else PURE
        self.kinds = [I32, I32, I64, F32, F64, FUNCREF, *self.vector_kinds, *[EXNREF] * maker.has_exceptions,
                      *OBJECTS * maker.has_objects]
        kinds = self.kinds
        extra = [self.random.choice(kinds) for _ in range(self.random.randrange(9))]
        if self.random.random() < 0.04:
            extra += [self.random.choice(kinds) for _ in range(700)]
        self.locals = [*self.signature.parameters, *extra]
        self.scratch = {kind: len(self.locals) + i for i, kind in enumerate(NUMBERS)}
        self.scratch[V128] = len(self.locals) + len(NUMBERS)
        self.local_types = [*extra, *NUMBERS, *self.vector_kinds[:1]]
        if maker.has_objects:
            first = len(self.signature.parameters) + len(self.local_types)
            self.scratch.update((kind, first + i) for i, kind in enumerate(OBJECTS))
            self.local_types += OBJECTS
        self.code = bytearray()
        self.stack = []
        self.frames = []
        self.depth = 0  # of pushes inside of pushes
        self.floor = 0  # what is below belongs to somebody who is pushing something on it
        self.trap_rate = maker.random.choice([0.0] if maker.is_program else [0.0, 0.0, 0.002, 0.01, 0.05])
        self.steps = 0

    # ---- small things ----

    def chance(self, probability):
        return self.random.random() < probability

    def emit(self, *parts):
        for part in parts:
            self.code += part

    def pop(self, count):
        del self.stack[len(self.stack) - count:]

    def height(self):
        return len(self.stack) - max(self.frames[-1].base, self.floor)

    def constant(self, kind):
        if kind == EXNREF or kind in OBJECTS:
            return null(kind)
        if kind == FUNCREF:
            return null(FUNCREF) if self.chance(0.5) else b"\xd2" + leb(self.random.randrange(self.maker.count))
        if kind == V128:
            return self.vector_constant()
        choices = INTEGERS.get(kind) or FLOATS[kind]
        if self.chance(0.6):
            return CONSTS[kind](self.random.choice(choices))
        width = 32 if kind in (I32, F32) else 64
        return CONSTS[kind](self.random.getrandbits(self.random.randrange(1, width + 1)))

    def local_of(self, kind):
        found = [i for i, one in enumerate(self.locals) if one == kind]
        if not found:
            return None
        return self.random.choice(found[:6] if self.chance(0.8) else found)

    def need(self, kinds):
        """Puts values of these types on top, using what lies there as far as it fits."""
        kept = 0
        if not self.chance(0.15):
            for count in range(min(len(kinds), self.height()), 0, -1):
                if self.stack[len(self.stack) - count:] == list(kinds[:count]):
                    kept = count
                    break
        for kind in kinds[kept:]:
            self.push(kind)

    # ---- values ----

    def push(self, kind):
        floor, self.floor = self.floor, len(self.stack)
        self.depth += 1
        self.random.choice(self.ways_to_push(kind))(kind)
        self.depth -= 1
        self.floor = floor

    def ways_to_push(self, kind):
        ways = [self.push_constant, self.push_local, self.push_local, self.push_global]
        if self.depth > MAX_DEPTH or self.steps > 900:
            return ways[:2]
        if kind in OBJECTS:
            return [*ways, *self.ways_to_push_object(kind)]
        if self.maker.has_objects and kind in (I32, I64):
            ways += [self.push_field] + [self.push_element, self.push_question] * (kind == I32)
        ways += [self.push_select, self.push_block, self.push_tee]
        if kind == EXNREF:
            ways += [self.push_call]
        elif kind != FUNCREF:
            ways += [self.push_load] * 2 + [self.push_operator] * 8 + [self.push_call]
        else:
            ways += [self.push_table_get]
        return ways

    def push_constant(self, kind):
        self.emit(self.constant(kind))
        self.stack.append(kind)

    def push_local(self, kind):
        idx = self.local_of(kind)
        if idx is None:
            self.push_constant(kind)
            return
        self.emit(local_get(idx))
        self.stack.append(kind)

    def push_global(self, kind):
        found = [i for i, (one, _, _) in enumerate(self.module.globals) if one == kind and i != FUEL]
        if not found:
            self.push_constant(kind)
            return
        self.emit(global_get(self.random.choice(found)))
        self.stack.append(kind)

    def push_select(self, kind):
        self.push(kind)
        self.push(kind)
        self.push(I32)
        self.emit(b"\x1c\x01" + valtype(kind) if kind in (FUNCREF, EXNREF, *OBJECTS) or self.chance(0.2) else SELECT)
        self.pop(2)

    def push_block(self, kind):
        self.block([], [kind])

    def push_tee(self, kind):
        self.push(kind)
        idx = self.local_of(kind)
        if idx is not None:
            self.emit(local_tee(idx))

    def push_table_get(self, kind):
        self.push_index()
        self.emit(b"\x25\x00")
        self.pop(1)
        self.stack.append(kind)

    def push_call(self, kind):
        found = [i for i in self.callees() if self.maker.signatures[i].results == [kind]]
        if not found:
            self.push_constant(kind)
            return
        self.call(self.random.choice(found))

    def push_operator(self, kind):
        rows = [row for row in self.pure if row[2] == [kind]]
        draw = self.random.random()
        if draw < 0.12:
            rows = [row for row in DIVISIONS if row[2] == [kind]] or rows
        elif draw < 0.12 + self.trap_rate:
            rows = [row for row in TRUNCATIONS if row[2] == [kind]] or rows
        elif draw < 0.25:
            rows = [row for row in LEAKS if row[2] == [kind]] or rows
        self.operate(self.random.choice(rows))

    def operate(self, row):
        code, parameters, results = row
        if row in DIVISIONS:
            self.need(parameters)
            self.guard_divisor(parameters[0])
        elif len(parameters) == 2 and parameters[0] in INTEGERS and self.chance(0.3):
            self.need(parameters[:1])
            self.push_constant(parameters[1])
        else:
            self.need(parameters)
        if V128 in results and parameters[-1] in FLOATS:
            self.emit_bits(parameters[-1])
        if row in LEAKS:
            kind = parameters[0]
            self.emit(canonical(kind, self.scratch[kind], self.scratch[AS_INTEGER[kind][0]]))
            if len(parameters) == 2:
                self.emit(AS_FLOAT[kind], code)
        else:
            self.emit_operator(code)
        self.pop(len(parameters))
        self.stack += results

    def emit_bits(self, kind):
        """A float whose bits become visible."""
        self.emit(canonical(kind, self.scratch[kind], self.scratch[AS_INTEGER[kind][0]]), AS_FLOAT[kind])

    def guard_divisor(self, kind):
        if self.chance(self.trap_rate * 3):
            return
        if self.chance(0.5):
            self.emit(DROP, CONSTS[kind](self.random.choice([1, 2, 3, 7, 10, 1 << 31, 0x7FFFFFFF, -1, -2])))
        else:
            self.emit(CONSTS[kind](1), b"\x72" if kind == I32 else b"\x84")

    # ---- variables and the stack ----

    def step_push(self):
        self.push(self.random.choice([I32, *self.kinds]))

    def step_set(self):
        kind = self.random.choice(self.kinds[1:])
        if self.height() and self.chance(0.7):
            kind = self.stack[-1]
        idx = self.local_of(kind)
        if idx is None:
            return
        self.need([kind])
        if self.chance(0.4):
            self.emit(local_tee(idx))
        else:
            self.emit(local_set(idx))
            self.pop(1)

    def step_set_global(self):
        found = [i for i, (_, mutable, _) in enumerate(self.module.globals) if mutable and i != FUEL]
        idx = self.random.choice(found)
        self.need([self.module.globals[idx][0]])
        self.emit(global_set(idx))
        self.pop(1)

    def step_drop(self):
        if self.height():
            self.emit(DROP)
            self.pop(1)

    def step_operator(self):
        kind = self.stack[-1] if self.height() else I32
        rows = [row for row in self.pure if row[1][-1] == kind]
        if rows:
            self.operate(self.random.choice(rows))

    def step_null(self):
        self.need([self.random.choice([kind for kind in self.kinds if kind in (FUNCREF, EXNREF, *OBJECTS)])])
        self.emit(b"\xd1")
        self.pop(1)
        self.stack.append(I32)

    # ---- calls ----

    def callees(self):
        """Every cycle of calls has one to a function that spends fuel."""
        return [i for i, one in enumerate(self.maker.signatures) if i > self.idx or one.is_guarded]

    def call(self, idx):
        signature = self.maker.signatures[idx]
        if signature.throws and not self.may_throw_here():
            self.call_in_try(idx)
            return
        self.need(signature.parameters)
        self.emit(b"\x10" + leb(idx))
        self.pop(len(signature.parameters))
        self.stack += signature.results

    def step_call(self):
        found = self.callees()
        if found:
            self.call(self.random.choice(found))

    def step_call_indirect(self):
        guarded = [i for i, one in enumerate(self.maker.signatures)
                   if one.is_guarded and (not one.throws or self.may_throw_here())]
        if not guarded:
            return
        idx = self.random.choice(guarded)
        signature = self.maker.signatures[idx]
        self.need(signature.parameters)
        if self.chance(1 - self.trap_rate * 5):
            slot = self.random.randrange(4)
            self.emit(i32_const(slot), b"\xd2" + leb(idx), b"\x26\x00", i32_const(slot))
            self.stack.append(I32)
        else:
            self.push_index()
        self.emit(b"\x11" + leb(self.module.type_index(signature.parameters, signature.results)) + b"\x00")
        self.pop(len(signature.parameters) + 1)
        self.stack += signature.results

    # ---- blocks ----

    def block_type(self, parameters, results):
        if not parameters and not results:
            return EMPTY_BLOCK
        if not parameters and len(results) == 1 and self.chance(0.8):
            return valtype(results[0])
        idx = self.module.type_index(parameters, results)
        return leb(idx) if idx < 64 else bytes([idx & 0x7F | 0x80, idx >> 7])

    def open_frame(self, base, types, catches_all=False):
        """Of a block whose label is at its end."""
        self.frames.append(Frame(base, types, types, False, catches_all=catches_all))

    def close_frame(self, base, types):
        self.frames.pop()
        self.emit(END)
        del self.stack[base:]
        self.stack += types

    def random_types(self, most):
        return [self.random.choice(self.kinds) for _ in range(self.random.randrange(most + 1))]

    def step_block(self):
        if len(self.frames) > 8:
            return
        count = self.random.randrange(min(3, self.height()) + 1)
        parameters = self.stack[len(self.stack) - count:]
        results = list(parameters) if self.chance(0.3) else self.random_types(3)
        self.block(parameters, results)

    def block(self, parameters, results):
        """The parameters are on the stack."""
        kind = self.random.choice(["block", "block", "loop", "if", "if"])
        if kind == "if":
            self.push(I32)
            self.pop(1)
        base = len(self.stack) - len(parameters)
        op = {"block": b"\x02", "loop": b"\x03", "if": b"\x04"}[kind]
        self.emit(op, self.block_type(parameters, results))
        is_loop = kind == "loop"
        has_head = is_loop and self.chance(0.5)
        self.frames.append(Frame(base, parameters if is_loop else results, results, is_loop and not has_head))
        if has_head:
            self.return_without_fuel()
        self.fill(self.random.randrange(1, 7))
        if kind == "if" and (parameters != results or self.chance(0.6)):
            self.emit(ELSE)
            del self.stack[base:]
            self.stack += parameters
            self.fill(self.random.randrange(1, 7))
        self.frames.pop()
        self.emit(END)
        del self.stack[base:]
        self.stack += results

    def return_without_fuel(self):
        """Nothing is taken from the stack."""
        self.emit(spend_fuel(), b"\x04\x40")
        for kind in self.signature.results:
            self.emit(zero(kind))
        self.emit(RETURN, END)

    def fill(self, steps):
        """Some steps, then exactly the results of the frame on the stack; or else a jump, and code never reached."""
        for _ in range(steps):
            self.step()
        if self.chance(0.12) and self.jump():
            self.dead_code()
            return
        self.finish()

    def finish(self):
        frame = self.frames[-1]
        wanted = list(frame.result_types)
        keep = 0
        while keep < min(self.height(), len(wanted)) and self.stack[frame.base + keep] == wanted[keep]:
            keep += 1
        while self.height() > keep:
            self.emit(DROP)
            self.pop(1)
        for kind in wanted[keep:]:
            self.push(kind)

    # ---- branches ----

    def targets(self, needs_fuel=False):
        """Depths of labels to jump to."""
        last = len(self.frames) - 1
        return [last - i for i, frame in enumerate(self.frames) if frame.needs_fuel == needs_fuel]

    def types_at(self, depth):
        return self.frames[len(self.frames) - 1 - depth].label_types

    def step_br_if(self):
        needs_fuel = self.chance(0.4)
        found = self.targets(needs_fuel)
        if not found:
            return
        depth = self.random.choice(found)
        self.need(self.types_at(depth))
        self.push(I32)
        if needs_fuel:
            self.emit(spend_fuel(), b"\x45", AND[I32])
        self.emit(b"\x0d" + leb(depth))
        self.pop(1)

    def jump(self):
        """A branch for good. Then the stack's types are unknown to the validator, and what is on it stays unused."""
        return self.random.choice([self.jump_br, self.jump_br, self.jump_br_table, self.jump_return, self.jump_trap,
                                   *[self.jump_tail_call] * 2, self.jump_throw])()

    def jump_br(self):
        depth = self.random.choice(self.targets())
        self.need(self.types_at(depth))
        self.emit(b"\x0c" + leb(depth))
        return True

    def jump_br_table(self):
        types = self.types_at(self.random.choice(self.targets()))
        found = [depth for depth in self.targets() if self.types_at(depth) == types]
        count = self.random.choice([0, 1, 3, 5, 12]) if self.chance(0.97) else 3000
        self.need(types)
        self.push(I32)
        if self.chance(0.7):
            self.emit(i32_const(count + 2), b"\x70")
        self.emit(b"\x0e" + leb(count))
        for _ in range(count + 1):
            self.emit(leb(self.random.choice(found)))
        return True

    def jump_return(self):
        self.need(self.signature.results)
        self.emit(RETURN)
        return True

    def jump_trap(self):
        if not self.chance(self.trap_rate * 5):
            return False
        self.emit(UNREACHABLE)
        return True

    def dead_code(self):
        """After a jump: anything may be taken from the empty stack."""
        stores = [] if self.module.memories[0].is_64 else [b"\x36\x02\x00"]
        for _ in range(self.random.randrange(3)):
            self.emit(self.random.choice([
                DROP, b"\x6a" + DROP, b"\x02\x40\x0c\x00\x0b", b"\x03\x40\x0b",
                b"\x04\x40\x0c\x00\x05\x00\x0b", b"\x02\x7f\x41\x01\x0b\x1a",
                b"\x04\x7f\x41\x01\x05\x00\x0b\x1a", UNREACHABLE, b"\x1b\x1a", *stores]))

    # ---- shapes of their own ----

    def step_deep_ifs(self):
        """More than compilers are given braces for. The values pass through all levels."""
        if self.steps > 300 or len(self.frames) > 3 or not self.chance(0.08):
            return
        levels = self.random.randrange(20, 40)
        self.push(I32)
        for _ in range(levels):
            self.step_set_global()
            self.push(I32)
            self.pop(1)
            kind = self.stack[-1] if self.height() else None
            taken = [kind] if kind else []
            self.emit(b"\x04", self.block_type(taken, [I32]))
            self.frames.append(Frame(len(self.stack) - len(taken), [I32], [I32], False, taken))
        for _ in range(levels):
            self.finish_level()

    def finish_level(self):
        frame = self.frames[-1]
        if self.chance(0.3):
            self.step_br_if()
        self.finish()
        self.emit(ELSE)
        del self.stack[frame.base:]
        self.stack += frame.parameters
        if self.chance(0.2) and self.jump():
            self.dead_code()
        else:
            self.finish()
        self.emit(END)
        self.frames.pop()
        del self.stack[frame.base:]
        self.stack.append(I32)

    def step_long_chain(self):
        """An expression larger than a tree may become."""
        if not self.chance(0.2):
            return
        kind = self.random.choice([*NUMBERS, *self.vector_kinds])
        rows = [row for row in self.pure if row[1] == [kind, kind] and row[2] == [kind]]
        self.push(kind)
        for _ in range(self.random.randrange(10, 60)):
            self.push_local(kind)
            if self.chance(0.6):
                self.emit_operator(self.random.choice(rows)[0])
                self.pop(1)
        while self.height() > 1 and self.stack[-2:] == [kind, kind]:
            self.emit_operator(self.random.choice(rows)[0])
            self.pop(1)

    STEPS = [("push", 6), ("operator", 6), ("set", 8), ("set_global", 3), ("drop", 3), ("store", 5), ("block", 5),
             ("br_if", 5), ("call", 2), ("call_indirect", 1), ("bulk", 1), ("table", 1), ("grow", 1), ("size", 1),
             ("drop_segment", 1), ("null", 1), ("deep_ifs", 1), ("long_chain", 1)]

    def step(self):
        self.steps += 1
        if self.steps > 400:
            return
        rows = [*self.STEPS, *self.EXCEPTION_STEPS * self.maker.has_exceptions,
                *self.OBJECT_STEPS * self.maker.has_objects]
        step, = self.random.choices([row[0] for row in rows], [row[1] for row in rows])
        getattr(self, "step_" + step)()

    def make(self):
        self.frames.append(Frame(0, self.signature.results, self.signature.results, False))
        if self.signature.is_guarded:
            self.return_without_fuel()
        self.fill(self.random.randrange(3, 25))
        return bytes(self.code)
