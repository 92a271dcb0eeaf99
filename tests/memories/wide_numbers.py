"""Wide arithmetic: sums, differences and products of 128 bits, by Python's integers."""
from module_text import I32, I64, MASK, Binary, i64, i64_const, local_get

EDGES = [0, 1, 2, MASK, MASK - 1, 1 << 63, (1 << 63) - 1, (1 << 32) - 1, 1 << 32, 0x9E3779B97F4A7C15]
OPERATORS = {"add": b"\xfc\x13", "sub": b"\xfc\x14", "mul_s": b"\xfc\x15", "mul_u": b"\xfc\x16"}


def signed(number):
    return number - (1 << 64) if number >> 63 else number


def halves(number):
    return [i64(number), i64(number >> 64)]


def expected(operator, operands):
    if operator == "mul_u":
        return operands[0] * operands[1]
    if operator == "mul_s":
        return signed(operands[0]) * signed(operands[1])
    a, b = operands[0] | operands[1] << 64, operands[2] | operands[3] << 64
    return a + b if operator == "add" else a - b


def arithmetic_module():
    m = Binary()
    for operator, code in OPERATORS.items():
        count = 2 if operator.startswith("mul") else 4
        gets = b"".join(local_get(i) for i in range(count))
        m.function(operator, [I64] * count, [I64, I64], gets + code)
        m.function(operator + "_low", [I64] * count, [I64], gets + code + b"\x1a")
        m.function(operator + "_high", [I64] * count, [I64], gets + code + b"\x21\0\x1a" + local_get(0))
        # The results replace the operands, which stand where the results go.
        m.function(operator + "_again", [I64] * count, [I64, I64],
                   gets + code + gets[:4] + code if count == 4 else gets + code + code)
        constants = b"".join(i64_const(signed(EDGES[i + 3])) for i in range(count))
        m.function(operator + "_constant", [], [I64, I64], constants + code)
    # A factorial of 34 by products and sums of carries: 34! has 128 bits.
    step = (local_get(1) + local_get(0) + OPERATORS["mul_u"] + b"\x21\x03\x21\x04" + local_get(2) + local_get(0)
            + b"\x7e" + local_get(3) + b"\x7c\x21\x02" + local_get(4) + b"\x21\x01")
    loop = (i64_const(1) + b"\x21\x01\x03\x40" + step + local_get(0) + i64_const(1) + b"\x7d\x22\x00" + i64_const(0)
            + b"\x52\x0d\0\x0b" + local_get(1) + local_get(2))
    m.function("factorial", [I64], [I64, I64], loop, [I64] * 4)
    return m


def operand_lists(count):
    for a in EDGES:
        for b in EDGES:
            yield [a, b] if count == 2 else [a, b, b ^ 0x5555555555555555, (a * 3 + 1) & MASK]


def check(script, operator, operands):
    result = expected(operator, operands)
    arguments = [i64(operand) for operand in operands]
    script.returns(operator, arguments, halves(result))
    script.returns(operator + "_low", arguments, halves(result)[:1])
    script.returns(operator + "_high", arguments, halves(result)[1:])
    low, high = result & MASK, result >> 64 & MASK
    again = [low, high, *operands[:2]] if len(operands) == 4 else [low, high]
    script.returns(operator + "_again", arguments, halves(expected(operator, again)))


def write(script):
    script.module(arithmetic_module())
    for operator in OPERATORS:
        count = 2 if operator.startswith("mul") else 4
        for operands in operand_lists(count):
            check(script, operator, operands)
        script.returns(operator + "_constant", [], halves(expected(operator, EDGES[3:3 + count])))
    factorial = 1
    for i in range(1, 35):
        factorial *= i
        script.returns("factorial", [i64(i)], halves(factorial))
    for code in OPERATORS.values():
        short = Binary()
        short.function("f", [], [I64, I64], i64_const(1) + code)
        script.refused("assert_invalid", short, "type mismatch")
        narrow = Binary()
        narrow.function("f", [I32], [I64, I64], local_get(0) * 4 + code)
        script.refused("assert_invalid", narrow, "type mismatch")
