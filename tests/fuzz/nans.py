"""What WebAssembly leaves open, made one value: sign and payload of the NaNs that arithmetic gives."""
from wasm_writer import F32, F64, I32, I64, i32_const, i64_const, leb, local_get, local_tee

SELECT = b"\x1b"
EQ = {F32: b"\x5b", F64: b"\x61"}
AS_INTEGER = {F32: (I32, b"\xbc"), F64: (I64, b"\xbd")}
AS_FLOAT = {F32: b"\xbe", F64: b"\xbf"}
QUIET = {F32: i32_const(0x7FC00000), F64: i64_const(0x7FF8000000000000)}
AND = {I32: b"\x71", I64: b"\x83"}
QUIET_LANES = {"f32x4": b"\xfd\x0c" + b"\0\0\xc0\x7f" * 4, "f64x2": b"\xfd\x0c" + b"\0\0\0\0\0\0\xf8\x7f" * 2}
EQUAL_LANES = {"f32x4": b"\xfd\x41", "f64x2": b"\xfd\x47"}
VECTOR_AND, BITSELECT = b"\xfd\x4e", b"\xfd\x52"


def canonical(kind, float_local, integer_local):
    """The float on the stack becomes its bits; those of a NaN, sign and payload cleared but for the quiet bit."""
    integer, reinterpret = AS_INTEGER[kind]
    return (local_tee(float_local) + reinterpret + local_tee(integer_local)
            + local_get(integer_local) + QUIET[kind] + AND[integer]
            + local_get(float_local) * 2 + EQ[kind] + SELECT)


def canonical_vector(shape, local):
    """The NaNs in the vector on the stack lose sign and payload, but for the quiet bit."""
    get = b"\x20" + leb(local)
    return b"\x22" + leb(local) + get + QUIET_LANES[shape] + VECTOR_AND + get * 2 + EQUAL_LANES[shape] + BITSELECT
