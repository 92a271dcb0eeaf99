"""Exceptions where they are hard: at the start of instances, across several of them, in numbers and depths that no
compiler for C++ makes, at the end of the stack, and under the collector. A script in the form of the official suite.

What is said once for `try_table` is said again for the legacy form, where it has the same thing.
"""
import collections
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "memories"), str(HERE.parent / "fuzz")]
from module_text import Binary, Script, i32, limits
from wasm_writer import (END, F32, F64, I32, I64, global_get, global_set, i32_const, leb, local_get,
                         i64_const, local_set, local_tee, name, vector)

EXN = 0x69
EMPTY, GIVES_I32, GIVES_EXN = b"\x40", bytes([I32]), bytes([EXN])
DROP, RETURN, UNREACHABLE, CATCH_ALL, THROW_REF = b"\x1a", b"\x0f", b"\x00", b"\x19", b"\x0a"
ADD, SUBTRACT, MULTIPLY = b"\x6a", b"\x6b", b"\x6c"
BY_TAG, BY_TAG_REF, ALL, ALL_REF = range(4)
UNCAUGHT = "uncaught exception"

# tags: with a clause, and a handler of the legacy form, for each. depth: of tries in each other. handlers: in each
# other, each with what it has caught. targets: of delegate.
Sizes = collections.namedtuple("Sizes", "tags depth handlers targets")
HUGE = Sizes(tags=3000, depth=10000, handlers=1000, targets=60)
# C compilers take minutes for the above: their time grows with the square of a function's blocks.
LARGE = Sizes(tags=500, depth=500, handlers=100, targets=20)

VALUES = 1000      # the most that a tag can have
GARBAGE = 400000   # exceptions, of 64 bytes: more than the collector waits for


def indexed(operator):
    """What writes the operator with an index."""
    return lambda index: operator + leb(index)


throw, rethrow, delegate = indexed(b"\x08"), indexed(b"\x09"), indexed(b"\x18")
br, br_if, call, catch = indexed(b"\x0c"), indexed(b"\x0d"), indexed(b"\x10"), indexed(b"\x07")


def call_indirect(type_index):
    return b"\x11" + leb(type_index) + b"\x00"


def block(kind, body):
    return b"\x02" + kind + body + END


def loop(kind, body):
    return b"\x03" + kind + body + END


def if_(kind, body, otherwise=None):
    return b"\x04" + kind + body + (b"" if otherwise is None else b"\x05" + otherwise) + END


def legacy_try(kind, body, handlers):
    """`handlers` begins with a catch or is empty."""
    return b"\x06" + kind + body + handlers + END


def open_try_table(kind, *clauses):
    """clauses: (BY_TAG, tag, label), (ALL, label); labels count from outside."""
    return b"\x1f" + kind + vector([bytes([code]) + b"".join(map(leb, rest)) for code, *rest in clauses])


def try_table(kind, body, *clauses):
    return open_try_table(kind, *clauses) + body + END


def catching_i32(tag, body):
    """The exception's value, or what the body gives."""
    return block(GIVES_I32, try_table(GIVES_I32, body, (BY_TAG, tag, 0)))


# ---- starts and links ----

def throwing_start(catches):
    module = Binary()
    tag = module.tag(None, ())
    body = throw(tag)
    module.start = module.function(None, (), (), try_table(EMPTY, body, (ALL, 0)) if catches else body)
    return module


def provider():
    """throw(n) throws; through_table(n) calls what others have put into the table, and catches."""
    module = Binary(tables=[limits(4)])
    tag = module.tag("tag", (I32,))
    module.function("throw", (I32,), (I32,), local_get(0) + throw(tag))
    module.export_table("table", 0)
    taker = module.type_index((I32,), (I32,))
    module.function("through_table", (I32,), (I32,),
                    catching_i32(tag, local_get(0) + i32_const(1) + call_indirect(taker)))
    return module


def throwing_link():
    """Its elements are in the table of others when its start throws, and stay there."""
    module = Binary()
    thrower = module.import_function("provider", "throw", (I32,), (I32,))
    module.import_table("provider", "table", limits(4))
    module.start = module.function(None, (), (), i32_const(3) + call(thrower) + DROP)
    put = module.function(None, (I32,), (I32,), local_get(0) + i32_const(100) + ADD + call(thrower))
    module.elements.append(b"\x00" + i32_const(1) + END + vector([leb(put)]))
    return module


def write_starts(script):
    script.refused("assert_uninstantiable", throwing_start(catches=False), UNCAUGHT)
    script.module(throwing_start(catches=True))
    script.module(provider(), registered="provider", instance="$provider")
    script.traps("through_table", [i32(1)], "uninitialized element", instance="$provider")
    script.refused("assert_uninstantiable", throwing_link(), UNCAUGHT)
    script.returns("through_table", [i32(1)], [i32(101)], instance="$provider")
    script.throws("throw", [i32(1)], instance="$provider")


# ---- across instances ----

def passer(origin, field):
    """Passes on what it has no tag of."""
    module = Binary()
    thrower = module.import_function(origin, field, (I32,), (I32,))
    module.function("pass", (I32,), (I32,), local_get(0) + call(thrower) + i32_const(1) + ADD)
    return module


def stranger(origin):
    """Catches by a tag of its own, which looks the same; or everything, to throw it again."""
    module = Binary()
    inner = module.import_function(origin, "pass", (I32,), (I32,))
    tag = module.tag(None, (I32,))
    module.function("pass", (I32,), (I32,), catching_i32(tag, local_get(0) + call(inner)))
    module.function("again", (I32,), (I32,), block(GIVES_EXN, try_table(
        EMPTY, local_get(0) + call(inner) + RETURN, (ALL_REF, 0)) + UNREACHABLE) + THROW_REF)
    return module


def friend():
    module = Binary()
    tag = module.import_tag("provider", "tag", (I32,))
    fields = ("pass", "again")
    inner = [module.import_function("stranger", field, (I32,), (I32,)) for field in fields]
    for field, index in zip(fields, inner):
        module.function("catch_" + field, (I32,), (I32,), catching_i32(tag, local_get(0) + call(index)))
    return module


def write_instances(script):
    script.module(passer("provider", "throw"), registered="passer")
    script.module(stranger("passer"), registered="stranger", instance="$stranger")
    script.throws("pass", [i32(1)], instance="$stranger")
    script.throws("again", [i32(1)], instance="$stranger")
    script.module(friend())
    script.returns("catch_pass", [i32(5)], [i32(5)])
    script.returns("catch_again", [i32(6)], [i32(6)])
    script.throws("pass", [i32(1)], instance="$stranger")


# ---- numbers ----

def many_tags(sizes):
    """Function 0 throws the tag of its argument; the others say which one they caught."""
    module = Binary()
    tags = [module.tag(None, ()) for _ in range(sizes.tags)]
    choice = local_get(0) + b"\x0e" + vector([leb(n) for n in range(sizes.tags)]) + leb(sizes.tags)
    thrower = module.function(None, (I32,), (), b"\x02\x40" * (sizes.tags + 1) + choice
                              + b"".join(END + throw(tag) for tag in tags) + END)
    blocks = (b"\x02" + GIVES_I32 + b"\x02\x40" * sizes.tags
              + try_table(EMPTY, local_get(0) + call(thrower), *((BY_TAG, tag, n) for n, tag in enumerate(tags)))
              + i32_const(-1) + br(sizes.tags))
    ends = b"".join(END + i32_const(n) + br(sizes.tags - 1 - n) for n in range(sizes.tags))
    module.function("clauses", (I32,), (I32,), blocks + ends + END)
    handlers = b"".join(catch(tag) + i32_const(n) for n, tag in enumerate(tags))
    module.function("handlers", (I32,), (I32,),
                    legacy_try(GIVES_I32, local_get(0) + call(thrower) + i32_const(-1), handlers))
    last = block(EMPTY, try_table(EMPTY, local_get(0) + call(thrower), (BY_TAG, tags[-1], 0)) + i32_const(0) + RETURN)
    module.function("last", (I32,), (I32,), last + i32_const(1))
    return module


def write_numbers(script, sizes):
    script.module(many_tags(sizes))
    for number in (0, 1, sizes.tags // 2, sizes.tags - 1):
        script.returns("clauses", [i32(number)], [i32(number)])
        script.returns("handlers", [i32(number)], [i32(number)])
    for field in ("clauses", "handlers"):
        script.returns(field, [i32(sizes.tags)], [i32(-1)])
    script.throws("last", [i32(0)])
    script.returns("last", [i32(sizes.tags - 1)], [i32(1)])
    script.returns("last", [i32(sizes.tags)], [i32(0)])


# ---- depths ----

def deep(sizes):
    """Tries in tries: of `wanted`, which only the outermost takes, and `other`, which those inside would take."""
    module = Binary()
    wanted, other = module.tag(None, (I32,)), module.tag(None, (I32,))
    fails = module.function(None, (I32,), (), local_get(0) + if_(EMPTY, local_get(0) + throw(wanted)))
    body = local_get(0) + call(fails) + i32_const(-1)
    tables = b"".join(open_try_table(GIVES_I32, (BY_TAG, other, depth)) for depth in range(sizes.depth))
    module.function("tables", (I32,), (I32,), catching_i32(wanted, tables + body + END * sizes.depth))
    tries = (b"\x06" + GIVES_I32) * (sizes.depth + 1) + body + (catch(other) + END) * sizes.depth + catch(wanted) + END
    module.function("tries", (I32,), (I32,), tries)
    # Each of these takes what is thrown inside, adds one and throws it again.
    again = i32_const(1) + ADD + throw(wanted) + END
    module.function("chain", (I32,), (I32,), (b"\x06" + GIVES_I32) * (sizes.depth + 1) + body
                    + (catch(wanted) + again) * sizes.depth + catch(wanted) + END)
    # Tries that follow each other: the last has to be found among them.
    one = block(GIVES_I32, try_table(EMPTY, i32_const(0) + call(fails), (BY_TAG, other, 0)) + i32_const(0)) + DROP
    row = one * (sizes.depth - 1) + catching_i32(wanted, body)
    module.function("row", (I32,), (I32,), row)
    return module


def write_depths(script, sizes):
    script.module(deep(sizes))
    for field in ("tables", "tries", "row"):
        script.returns(field, [i32(0)], [i32(-1)])
        script.returns(field, [i32(7)], [i32(7)])
    script.returns("chain", [i32(7)], [i32(7 + sizes.depth)])


def rethrows(sizes):
    """Handlers in handlers, the innermost of which throws again what the one of the given depth has caught: exception
    n is thrown at depth n, from outside."""
    module = Binary()
    tag = module.tag(None, (I32,))
    for label in (0, 1, sizes.handlers // 2, sizes.handlers - 1):
        opened = b"".join(b"\x06" + EMPTY + i32_const(depth) + throw(tag) + catch(tag) + DROP
                          for depth in range(sizes.handlers))
        module.function(f"rethrow_{label}", (), (I32,), legacy_try(
            GIVES_I32, opened + rethrow(label) + END * sizes.handlers + i32_const(-1), catch(tag)))
    return module


def delegates(sizes):
    """delegate_N leaves what is thrown to the try that is N further out; the last of them, to the caller."""
    module = Binary()
    tag = module.tag(None, (I32,))
    for label in range(sizes.targets + 1):
        opened = (b"\x06" + GIVES_I32) * sizes.targets
        inner = b"\x06" + GIVES_I32 + local_get(0) + throw(tag) + delegate(label)
        handlers = b"".join(catch(tag) + i32_const(1000 * depth) + ADD + END for depth in range(sizes.targets))
        module.function(f"delegate_{label}", (I32,), (I32,), opened + inner + handlers)
    return module


def write_targets(script, sizes):
    script.module(rethrows(sizes))
    for label in (0, 1, sizes.handlers // 2, sizes.handlers - 1):
        script.returns(f"rethrow_{label}", [], [i32(sizes.handlers - 1 - label)])
    script.module(delegates(sizes))
    for label in range(sizes.targets):
        script.returns(f"delegate_{label}", [i32(5)], [i32(1000 * label + 5)])
    script.throws(f"delegate_{sizes.targets}", [i32(5)])


# ---- values ----

KINDS = (I32, I64, F32, F64)
TO_I32 = {I32: b"", I64: b"\xa7", F32: b"\xa8", F64: b"\xaa"}      # wrap, trunc_f32_s, trunc_f64_s
FROM_I32 = {I32: b"", I64: b"\xac", F32: b"\xb2", F64: b"\xb7"}    # extend, convert, convert


def weighted_sum(count):
    """Of the values on the stack; local 1 is the sum, local 2 a value."""
    taken = b"".join(TO_I32[KINDS[n % 4]] + i32_const(n + 1) + MULTIPLY + local_get(1) + ADD + local_set(1)
                     for n in reversed(range(count)))
    return taken + local_get(1)


def many_values():
    module = Binary()
    types = tuple(KINDS[n % 4] for n in range(VALUES))
    tag = module.tag(None, types)
    given = b"".join(i32_const(n) + local_get(0) + ADD + FROM_I32[KINDS[n % 4]] for n in range(VALUES))
    thrower = module.function(None, (I32,), (), given + throw(tag))
    gives_all = leb(module.type_index((), types))
    table = block(gives_all, try_table(EMPTY, local_get(0) + call(thrower), (BY_TAG, tag, 0)) + UNREACHABLE)
    module.function("clause", (I32,), (I32,), table + weighted_sum(VALUES), local_types=(I32,))
    table = block(gives_all, try_table(EMPTY, given + throw(tag), (BY_TAG, tag, 0)) + UNREACHABLE)
    module.function("clause_here", (I32,), (I32,), table + weighted_sum(VALUES), local_types=(I32,))
    legacy = legacy_try(gives_all, local_get(0) + call(thrower) + UNREACHABLE, catch(tag))
    module.function("handler", (I32,), (I32,), legacy + weighted_sum(VALUES), local_types=(I32,))
    module.function("uncaught", (I32,), (), local_get(0) + call(thrower))
    return module


def write_values(script):
    script.module(many_values())
    for first in (0, 3):
        expected = sum((n + first) * (n + 1) for n in range(VALUES))
        for field in ("clause", "clause_here", "handler"):
            script.returns(field, [i32(first)], [i32(expected)])
    script.throws("uncaught", [i32(0)])


# ---- the end of the stack ----

def endless():
    """Calls without end, in tries that would take everything; and many frames that each catch and throw."""
    module = Binary()
    tag = module.tag(None, (I32,))
    again = local_get(0) + i32_const(1) + ADD
    module.function("tables", (I32,), (I32,), block(EMPTY, try_table(
        EMPTY, again + call(0) + i32_const(1) + ADD + RETURN, (ALL, 0))) + i32_const(-1))
    module.function("tries", (I32,), (I32,), legacy_try(
        GIVES_I32, again + call(1) + i32_const(1) + ADD, CATCH_ALL + i32_const(-1)))
    module.function("thrower", (I32,), (I32,), local_get(0) + if_(
        EMPTY, legacy_try(EMPTY, local_get(0) + i32_const(1) + SUBTRACT + call(2) + DROP,
                          catch(tag) + i32_const(1) + ADD + throw(tag))) + i32_const(0) + throw(tag))
    module.function("frames", (I32,), (I32,), catching_i32(tag, local_get(0) + call(2)))
    module.function("handler", (I32,), (I32,), legacy_try(
        GIVES_I32, i32_const(1) + throw(tag), catch(tag) + call(0)))
    return module


def write_exhaustion(script):
    script.module(endless())
    for field in ("tables", "tries", "handler"):
        script.exhausts(field, [i32(0)])
        script.returns("frames", [i32(5000)], [i32(5000)])


# ---- the collector ----

def keeper():
    """held(n) makes exceptions that are held by a local, an operand, a global, a table, another exception and an
    object, each alone; then n others of which none is kept; and throws those again, one by one. The result has a digit
    of each."""
    module = Binary(tables=[bytes([EXN]) + limits(1)])
    tag = module.tag(None, (I32,))
    boxes = module.tag(None, (EXN,))
    box = module.composite(b"\x5f" + vector([bytes([EXN]) + b"\x01"]))
    reference = b"\x63" + leb(box)
    module.globals.append(bytes([EXN]) + b"\x01\xd0" + bytes([EXN]) + END)
    make = module.function(None, (I32,), (EXN,), block(
        leb(module.type_index((), (I32, EXN))),
        try_table(EMPTY, local_get(0) + throw(tag), (BY_TAG_REF, tag, 0)) + UNREACHABLE)
        + local_set(1) + DROP + local_get(1), local_types=(EXN,))
    take = module.function(None, (EXN,), (I32,), catching_i32(tag, local_get(0) + THROW_REF))
    wrap = module.function(None, (EXN,), (EXN,), block(
        GIVES_EXN, try_table(EMPTY, local_get(0) + throw(boxes), (ALL_REF, 0)) + UNREACHABLE))
    unwrap = module.function(None, (EXN,), (EXN,), block(
        GIVES_EXN, try_table(EMPTY, local_get(0) + THROW_REF, (BY_TAG, boxes, 0)) + UNREACHABLE))
    waste = module.function(None, (I32,), (), loop(EMPTY, local_get(0) + call(make) + DROP + local_get(0)
                                                   + i32_const(1) + SUBTRACT + local_tee(0) + br_if(0)))
    stored = i32_const(2) + call(make) + global_set(0) + i32_const(0) + i32_const(3) + call(make) + b"\x26\x00"
    local = i32_const(1) + call(make) + local_set(1)
    wrapped = i32_const(4) + call(make) + call(wrap) + local_set(2)
    boxed = i32_const(5) + call(make) + b"\xfb\x00" + leb(box) + local_set(3)
    operand = i32_const(6) + call(make)
    places = [local_get(1), global_get(0), i32_const(0) + b"\x25\x00", local_get(2) + call(unwrap),
              local_get(3) + b"\xfb\x02" + leb(box) + leb(0)]
    taken = call(take) + b"".join(place + call(take) + i32_const(10 ** power) + MULTIPLY + ADD
                                  for power, place in enumerate(places, 1))
    body = stored + local + wrapped + boxed + operand + local_get(0) + call(waste) + taken
    module.function("held", (I32,), (I32,), body, local_types=(EXN, EXN, reference))
    # What a handler has caught stays while the handler runs; the pending one while a frame is left.
    module.function("handler", (I32,), (I32,), legacy_try(
        GIVES_I32, legacy_try(GIVES_I32, i32_const(7) + throw(tag), catch(tag) + DROP + local_get(0) + call(waste)
                              + rethrow(0)), catch(tag)))
    return module


def write_collection(script):
    script.module(keeper())
    for _ in range(2):
        script.returns("held", [i32(GARBAGE)], [i32(543216)])
        script.returns("handler", [i32(GARBAGE)], [i32(7)])


# ---- threads ----

THREADS = 4
THREADS_EXIT = 5


def threads_program():
    """Each thread holds an exception of its own while all of them make others, and the heap is collected again and
    again; it traps if it does not get it back. Exits with THREADS_EXIT."""
    module = Binary()
    spawn = module.import_function("wasi", "thread-spawn", (I32,), (I32,))
    leave = module.import_function("wasi_snapshot_preview1", "proc_exit", (I32,), ())
    module.import_memory("env", "memory", limits(1, 1, is_shared=True))
    module.exports.append(name("memory") + b"\x02\x00")
    tag = module.tag(None, (I32,))
    make = module.function(None, (I32,), (EXN,), block(GIVES_EXN, try_table(
        EMPTY, local_get(0) + throw(tag), (ALL_REF, 0)) + UNREACHABLE))
    waste = module.function(None, (I32,), (), loop(EMPTY, local_get(0) + call(make) + DROP + local_get(0)
                                                   + i32_const(1) + SUBTRACT + local_tee(0) + br_if(0)))
    done, everybody = i32_const(0), i32_const(-1)
    body = (local_get(1) + call(make) + local_set(2) + i32_const(GARBAGE) + call(waste)
            + catching_i32(tag, local_get(2) + THROW_REF) + local_get(1) + SUBTRACT + if_(EMPTY, UNREACHABLE)
            + done + i32_const(1) + b"\xfe\x1e\x02\x00" + DROP + done + everybody + b"\xfe\x00\x02\x00" + DROP)
    module.function("wasi_thread_start", (I32, I32), (), body, local_types=(EXN,))
    started = b"".join(i32_const(number) + call(spawn) + i32_const(0) + b"\x4c" + if_(EMPTY, UNREACHABLE)
                       for number in range(1, THREADS + 1))
    seen = done + b"\xfe\x10\x02\x00" + local_tee(0)
    waits = loop(EMPTY, seen + i32_const(THREADS) + SUBTRACT + if_(
        EMPTY, done + local_get(0) + i64_const(-1) + b"\xfe\x01\x02\x00" + DROP + br(1)))
    module.function("_start", (), (), started + i32_const(GARBAGE) + call(waste) + waits + i32_const(THREADS_EXIT)
                    + call(leave), local_types=(I32,))
    return module.encode()


def write(script, sizes):
    for part in (write_starts, write_instances, write_values, write_exhaustion, write_collection):
        part(script)
    for part in (write_numbers, write_depths, write_targets):
        part(script, sizes)
