"""Bodies that throw and catch, and that call in tail position.

A function may let an exception out only if its signature says so: whoever calls it mostly does so inside of a try, so
exceptions are caught near and far, and calls that end in an exception are not too many."""
from wasm_writer import EMPTY_BLOCK, END, EXNREF, F64, I32, I64, i32_const, leb

TAGS = [[], [I32], [I64, F64], [I32]]
CATCH, CATCH_REF, CATCH_ALL, CATCH_ALL_REF = range(4)
BLOCK, TRY_TABLE, BR, THROW, THROW_REF = b"\x02", b"\x1f", b"\x0c", b"\x08", b"\x0a"


class Clause:
    """What a try catches: with which values it goes to its label."""

    def __init__(self, kind, tag=0):
        self.kind = kind
        self.tag = tag
        self.types = [*(TAGS[tag] if kind in (CATCH, CATCH_REF) else []),
                      *([EXNREF] if kind in (CATCH_REF, CATCH_ALL_REF) else [])]

    def encode(self, label):
        return bytes([self.kind]) + (leb(self.tag) if self.kind in (CATCH, CATCH_REF) else b"") + leb(label)


class ExceptionBody:
    """What the maker of a body (bodies.py) does with exceptions and tail calls."""

    EXCEPTION_STEPS = [("try", 4), ("throw_if", 3)]

    def may_throw_here(self):
        return any(frame.catches_all for frame in self.frames) or self.signature.throws or self.chance(self.trap_rate)

    def random_clause(self):
        kind = self.random.randrange(4)
        return Clause(kind, self.random.randrange(len(TAGS)))

    def step_try(self):
        if self.maker.has_exceptions and len(self.frames) < 8:
            results = self.random_types(2)
            self.try_block(results, lambda: self.fill(self.random.randrange(1, 6)))

    def try_block(self, results, fill):
        """(block results (block of the handler (try_table ... (br)) handler)); some try has a further clause, to
        whatever label is of the right types. `fill` leaves the results."""
        clause = self.random_clause()
        base = len(self.stack)
        self.emit(BLOCK, self.block_type([], results))
        self.open_frame(base, results)
        self.emit(BLOCK, self.block_type([], clause.types))
        self.open_frame(base, clause.types)
        others = [] if clause.kind >= CATCH_ALL else self.other_clauses()
        clauses = [clause.encode(0), *[other.encode(label) for other, label in others]]
        self.random.shuffle(clauses)
        self.emit(TRY_TABLE, self.block_type([], results), leb(len(clauses)), *clauses)
        self.open_frame(base, results, any(one.kind >= CATCH_ALL for one in [clause, *[row[0] for row in others]]))
        fill()
        self.close_frame(base, results)
        self.emit(BR + leb(1))
        self.close_frame(base, clause.types)
        self.finish()
        self.close_frame(base, results)

    def other_clauses(self):
        """(clause, label), labels counted from outside of the try."""
        found = []
        for _ in range(self.random.randrange(3)):
            clause = self.random_clause()
            labels = [label for label in self.targets() if self.types_at(label) == clause.types]
            if labels:
                found.append((clause, self.random.choice(labels)))
        return found

    def call_in_try(self, idx):
        """All but what a clause misses is caught; zeros stand for the results then."""
        results = self.maker.signatures[idx].results
        self.need(self.maker.signatures[idx].parameters)
        count = len(self.maker.signatures[idx].parameters)
        base = len(self.stack) - count
        parameters = self.stack[base:]
        self.emit(BLOCK, self.block_type(parameters, results))
        self.open_frame(base, results)
        self.emit(BLOCK, self.block_type(parameters, []))
        self.open_frame(base, [])
        self.emit(TRY_TABLE, self.block_type(parameters, results), leb(1), bytes([CATCH_ALL]), leb(0),
                  b"\x10" + leb(idx), END, BR + leb(1))
        self.close_frame(base, [])
        self.finish()
        self.close_frame(base, results)

    def jump_throw(self):
        if not self.maker.has_exceptions or not self.may_throw_here():
            return False
        if self.chance(0.15):
            self.need([EXNREF])
            self.emit(THROW_REF)
            return True
        tag = self.random.randrange(len(TAGS))
        self.need(TAGS[tag])
        self.emit(THROW + leb(tag))
        return True

    def step_throw_if(self):
        """Now and then, by a number that is known only when it runs."""
        if not self.maker.has_exceptions or not self.may_throw_here():
            return
        self.push(I32)
        self.emit(i32_const(self.random.choice([1, 3, 7])), b"\x71\x04", EMPTY_BLOCK)
        self.pop(1)
        self.open_frame(len(self.stack), [])
        if self.jump_throw():
            self.dead_code()
        self.close_frame(self.frames[-1].base, [])

    # ---- tail calls ----

    def jump_tail_call(self):
        if not self.maker.has_tail_calls:
            return False
        found = [i for i in self.callees() if self.maker.signatures[i].results == self.signature.results
                 and self.signature.throws >= self.maker.signatures[i].throws]
        if not found:
            return False
        idx = self.random.choice(found)
        self.need(self.maker.signatures[idx].parameters)
        if self.maker.signatures[idx].is_guarded and self.chance(0.5):
            self.emit_reference_call(idx, b"\x15" if self.chance(0.5) else b"\x13")
        else:
            self.emit(b"\x12" + leb(idx))
        return True

    def emit_reference_call(self, idx, operator):
        """A tail call of the function by a reference to it, or by the table, in which it is put before."""
        signature = self.maker.signatures[idx]
        kind = leb(self.module.type_index(signature.parameters, signature.results))
        if operator == b"\x15":
            self.emit(b"\xd2" + leb(idx) + operator + kind)
            return
        slot = i32_const(self.random.randrange(4))
        self.emit(slot, b"\xd2" + leb(idx), b"\x26\x00", slot, operator + kind + b"\x00")
