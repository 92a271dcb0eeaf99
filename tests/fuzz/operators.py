"""The operators that a generator of random code chooses from: code, types of operands, types of results."""
from wasm_writer import F32, F64, I32, I64

NUMBERS = (I32, I64, F32, F64)


def _rows(first, count, parameters, results):
    return [(bytes([code]), parameters, results) for code in range(first, first + count)]


# Division, remainder: they trap on some operands.
DIVISIONS = _rows(0x6D, 4, [I32, I32], [I32]) + _rows(0x7F, 4, [I64, I64], [I64])

TRUNCATIONS = (_rows(0xA8, 2, [F32], [I32]) + _rows(0xAA, 2, [F64], [I32]) + _rows(0xAE, 2, [F32], [I64])
               + _rows(0xB0, 2, [F64], [I64]))

SATURATIONS = [(b"\xfc" + bytes([code]), [F64 if code & 2 else F32], [I64 if code & 4 else I32]) for code in range(8)]

PURE = (
    _rows(0x45, 1, [I32], [I32]) + _rows(0x46, 10, [I32, I32], [I32])
    + _rows(0x50, 1, [I64], [I32]) + _rows(0x51, 10, [I64, I64], [I32])
    + _rows(0x5B, 6, [F32, F32], [I32]) + _rows(0x61, 6, [F64, F64], [I32])
    + _rows(0x67, 3, [I32], [I32]) + _rows(0x6A, 3, [I32, I32], [I32]) + _rows(0x71, 8, [I32, I32], [I32])
    + _rows(0x79, 3, [I64], [I64]) + _rows(0x7C, 3, [I64, I64], [I64]) + _rows(0x83, 8, [I64, I64], [I64])
    + _rows(0x8B, 7, [F32], [F32]) + _rows(0x92, 6, [F32, F32], [F32])
    + _rows(0x99, 7, [F64], [F64]) + _rows(0xA0, 6, [F64, F64], [F64])
    + _rows(0xA7, 1, [I64], [I32]) + _rows(0xAC, 2, [I32], [I64])
    + _rows(0xB2, 2, [I32], [F32]) + _rows(0xB4, 2, [I64], [F32]) + _rows(0xB6, 1, [F64], [F32])
    + _rows(0xB7, 2, [I32], [F64]) + _rows(0xB9, 2, [I64], [F64]) + _rows(0xBB, 1, [F32], [F64])
    + _rows(0xBE, 1, [I32], [F32]) + _rows(0xBF, 1, [I64], [F64])
    + _rows(0xC0, 2, [I32], [I32]) + _rows(0xC2, 3, [I64], [I64])
    + SATURATIONS
)

# Where a NaN's payload or sign would become visible: copysign's second operand, reinterpretation.
LEAKS = [(b"\x98", [F32, F32], [F32]), (b"\xa6", [F64, F64], [F64]), (b"\xbc", [F32], [I32]), (b"\xbd", [F64], [I64])]

# (code, type, log2 of the width)
LOADS = [(0x28, I32, 2), (0x29, I64, 3), (0x2A, F32, 2), (0x2B, F64, 3), (0x2C, I32, 0), (0x2D, I32, 0), (0x2E, I32, 1),
         (0x2F, I32, 1),
         (0x30, I64, 0), (0x31, I64, 0), (0x32, I64, 1), (0x33, I64, 1), (0x34, I64, 2), (0x35, I64, 2)]
STORES = [(0x36, I32, 2), (0x37, I64, 3), (0x38, F32, 2), (0x39, F64, 3), (0x3A, I32, 0), (0x3B, I32, 1),
          (0x3C, I64, 0), (0x3D, I64, 1), (0x3E, I64, 2)]

INTEGERS = {
    I32: [0, 1, 2, 7, 31, 32, 33, 63, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF,
          0xFFFFFFFE, 0xFFFFFFF0],
    I64: [0, 1, 2, 31, 32, 63, 64, 65, 255, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, 0x7FFFFFFFFFFFFFFF,
          0x8000000000000000, 0x8000000000000001, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFF0, 0xFFFFFFFF80000000],
}
FLOATS = {
    F32: [0, 0x80000000, 0x3F800000, 0xBF800000, 0x40000000, 0x3F000000, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000,
          0x7FA00000, 0x7F800001, 1, 0x807FFFFF, 0x7F7FFFFF, 0x4F000000, 0xCF000000, 0x4F800000, 0x5F000000, 0x3DCCCCCD,
          0x40490FDB, 0x4EFFFFFF],
    F64: [0, 0x8000000000000000, 0x3FF0000000000000, 0xBFF0000000000000, 0x4000000000000000, 0x3FE0000000000000,
          0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 0x7FF4000000000000, 0x7FF0000000000001, 1,
          0x7FEFFFFFFFFFFFFF, 0x41E0000000000000, 0xC1E0000000000000, 0x41F0000000000000, 0x43E0000000000000,
          0x3FB999999999999A, 0x400921FB54442D18, 0x41DFFFFFFFC00000, 0xC1E0000000200000],
}
