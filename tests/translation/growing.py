"""Modules with n of one thing each: what the translator does with them must take time in proportion to n."""
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "fuzz"))
from wasm_writer import leb, name, signed_leb, vector

I32, VOID, VALUE_TYPES = b"\x7f", b"\x40", b"\x7f\x7e\x7d\x7c"
GET, SET, CALL, DROP, END = b"\x20", b"\x21", b"\x10", b"\x1a", b"\x0b"
PASSIVE, MEMORY_INIT = b"\x01", b"\xfc\x08"


def section(number, content):
    return bytes([number]) + leb(len(content)) + content


def const(value):
    return b"\x41" + signed_leb(value)


def function_type(parameters=b"", results=b""):
    return b"\x60" + vector([bytes([t]) for t in parameters]) + vector([bytes([t]) for t in results])


def body(code, local_groups=()):
    content = vector(list(local_groups)) + code + END
    return leb(len(content)) + content


def module(bodies, *, types=None, indices=None, imports=(), exports=None, globals_=(), elements=(), datas=(),
           has_data_count=False, names=None):
    """Functions with these bodies, of type 0 unless `indices` says otherwise; one memory and one table."""
    types = types or [function_type()]
    indices = indices or [0] * len(bodies)
    exports = exports or [name("run") + b"\x00" + leb(len(imports))]
    parts = [b"\0asm\1\0\0\0", section(1, vector(types)), section(2, vector(list(imports))),
             section(3, vector([leb(i) for i in indices])), section(4, vector([b"\x70\x00\x10"])),
             section(5, vector([b"\x00\x10"])), section(6, vector(list(globals_))), section(7, vector(exports)),
             section(9, vector(list(elements)))]
    if has_data_count:
        parts.append(section(12, leb(len(datas))))
    parts += [section(10, vector(bodies)), section(11, vector(list(datas)))]
    if names:
        parts.append(section(0, name("name") + section(1, vector(names))))
    return b"".join(parts)


def one_function(code, local_groups=()):
    return module([body(code, local_groups), body(b"")])


def functions(n):
    return module([body(CALL + leb((i + 1) % n)) for i in range(n)],
                  names=[leb(i) + name(f"_ZN4core{len(str(i)) + 4}name{i}E") for i in range(n)])


def distinct_type(i):
    return function_type(bytes(VALUE_TYPES[i >> 2 * k & 3] for k in range(10)))


def types(n):
    return module([body(b"")] * n, types=[distinct_type(i) for i in range(n)], indices=range(n))


def equal_types(n):
    return module([body(b"")] * n, types=[function_type()] * n, indices=range(n))


def imports(n):
    return module([body(b"")], imports=[name("host") + name(f"call{i}") + b"\x00\x00" for i in range(n)])


def exports(n):
    return module([body(b"")], exports=[name(f"export{i}") + b"\x00\x00" for i in range(n)])


def globals_(n):
    return module([body(b"".join(b"\x23" + leb(i) + b"\x24" + leb(i) for i in range(n)))],
                  globals_=[b"\x7f\x01" + const(i) + END for i in range(n)])


def active_datas(n):
    return module([body(b"")], datas=[b"\x00" + const(i) + END + name("ab") for i in range(n)])


def passive_datas(n):
    code = b"".join(const(0) * 3 + MEMORY_INIT + leb(i) + b"\x00" for i in range(n))
    return module([body(code)], datas=[PASSIVE + name("ab")] * n, has_data_count=True)


def elements(n):
    return module([body(b"")], elements=[b"\x00" + const(i % 16) + END + vector([b"\x00"]) for i in range(n)])


def element_expressions(n):
    return module([body(b"")], elements=[b"\x05\x70" + vector([b"\xd2\x00" + END] * n)])


def locals_(n):
    n //= 8
    code = b"".join(GET + leb(i) + SET + leb(i + 1) for i in range(n - 1))
    return one_function(code * 8, [leb(1) + bytes([VALUE_TYPES[0]])] * n)


def operands(n):
    return one_function(const(1) * n + DROP * n)


def pending(n):
    """Values that wait on the stack while others come and go."""
    load = const(0) + b"\x28\x02\x00"
    return one_function((GET + leb(0)) * n + (load + CALL + leb(1) + DROP) * n + DROP * n, [leb(1) + I32])


def pending_sets(n):
    """Sets of a local that falls on the same bit of a set of variables as the one that the stack waits for."""
    return one_function((GET + leb(0)) * n + (GET + leb(1) + SET + leb(64)) * n + DROP * n, [leb(65) + I32])


def pending_selects(n):
    load = const(0) + b"\x28\x02\x00"
    return one_function((GET + leb(0)) * n + (load + load + const(1) + b"\x1b" + DROP) * n + DROP * n,
                        [leb(1) + I32])


def long_block(n):
    return one_function((const(1) + b"\x45" + SET + leb(0)) * n, [leb(1) + I32])


def blocks(n):
    return one_function((b"\x02" + VOID) * n + const(0) + b"\x0d" + leb(n // 2) + END * n)


def loops(n):
    return one_function((b"\x03" + VOID) * n + const(0) + b"\x0d" + leb(n // 2) + END * n)


def ifs(n):
    return one_function((const(0) + b"\x04" + VOID) * n + (b"\x05" + END) * n)


def dead_blocks(n):
    return one_function(b"\x00" + (b"\x02" + VOID) * n + END * n)


def branch_table(n):
    return one_function((b"\x02" + VOID) * 100 + const(0) + b"\x0e" + vector([leb(i % 100) for i in range(n)]) + leb(0)
                        + END * 100)


def branch_tables(n):
    table = (b"\x02" + VOID) * 3 + const(0) + b"\x0e" + vector([leb(i % 3) for i in range(9)]) + leb(0) + END * 3
    return one_function(table * (n // 4))


def calls(n):
    return one_function((CALL + leb(1)) * n)


MODULES = {make.__name__.strip("_"): make for make in (
    functions, types, equal_types, imports, exports, globals_, active_datas, passive_datas, elements,
    element_expressions, locals_, operands, pending, pending_sets, pending_selects, long_block, blocks, loops, ifs,
    dead_blocks, branch_table, branch_tables, calls)}
