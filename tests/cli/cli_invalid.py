"""Modules that break a rule of WebAssembly 3.0: each is refused with a message that says where in the file, in which
section or function, and which rule."""
import pathlib
import sys

from cli_case import Test

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "memories"), str(HERE.parent / "fuzz")]
from module_text import ADDRESS_64, limits
from wasm_writer import END, I32, I64, V128, functype, i32_const, i64_const, leb, name, section, v128_const, vector

DROP, UNREACHABLE, BLOCK, EMPTY = b"\x1a", b"\x00", b"\x02", b"\x40"
NOTHING = functype((), ())
SHARED = 2
FUNC, EXN, ANY, EXTERN = 0x70, 0x69, 0x6E, 0x6F


def module(*sections, types=(NOTHING,), body=None, locals_=()):
    """With one function of type 0, if there is a body."""
    codes = []
    if body is not None:
        code = vector([b"\x01" + kind for kind in locals_]) + body + END
        codes = [(3, vector([b"\x00"])), (10, vector([leb(len(code)) + code]))]
    parts = sorted([(1, vector(types)), *sections, *codes], key=lambda part: ORDER.index(part[0]))
    return b"\0asm\1\0\0\0" + b"".join(section(*part) for part in parts)


ORDER = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11]


def memory(*types):
    return 5, vector(types)


def table(*types):
    return 4, vector(types)


def tag(*types):
    return 13, vector([b"\x00" + leb(index) for index in types])


def global_(kind, code, mutable=b"\x00"):
    return 6, vector([kind + mutable + code + END])


def vectors(code):
    return b"\xfd" + leb(code)


def atomic(code, align, offset=0):
    return b"\xfe" + bytes([code]) + leb(align) + leb(offset)


def gc(code, *operands):
    return b"\xfb" + leb(code) + b"".join(leb(operand) for operand in operands)


def try_table(*clauses):
    return b"\x1f" + EMPTY + vector(clauses) + END


ZEROS = v128_const(0)
ADDRESS = i32_const(0)
STRUCT, ARRAY = b"\x5f" + vector([bytes([I32]) + b"\x00"]), b"\x5e" + bytes([I32]) + b"\x00"
TAKES_I32, GIVES_I32 = functype((I32,), ()), functype((), (I32,))
STRUCT_REF = b"\x63\x01"
ONE_PAGE, WIDE, BYTES = limits(1), limits(1, is_64=True), limits(1, page_log2=0)
NULL_FUNC, NULL_ANY = b"\xd0\x70", b"\xd0\x6e"

# What it is: (module, where, the rule)
INVALID = {
    # vectors
    "lane of an extraction": (module(body=ZEROS + vectors(21) + b"\x10" + DROP), "func 0: i8x16.extract_lane_s",
                              "invalid lane index 16"),
    "lane of a replacement": (module(body=ZEROS + i64_const(0) + vectors(30) + b"\x02" + DROP),
                              "func 0: i64x2.replace_lane", "invalid lane index 2"),
    "lanes of a shuffle": (module(body=ZEROS * 2 + vectors(13) + b"\x20" * 16 + DROP), "func 0: i8x16.shuffle",
                           "invalid lane index 32"),
    "lane of a load": (module(memory(ONE_PAGE), body=ADDRESS + ZEROS + vectors(84) + b"\0\0\x10" + DROP),
                       "func 0: v128.load8_lane", "invalid lane index 16"),
    "alignment of a vector": (module(memory(ONE_PAGE), body=ADDRESS + vectors(0) + b"\x05\x00" + DROP),
                              "func 0: v128.load", "alignment"),
    "a number for a vector": (module(body=ADDRESS + vectors(83) + DROP), "func 0: v128.any_true",
                              "expected v128, found i32"),
    "a relaxed operator on numbers": (module(body=ADDRESS * 2 + vectors(256) + DROP),
                                      "func 0: i8x16.relaxed_swizzle", "expected v128, found i32"),
    # addresses of 64 bits
    "pages beyond 2^48": (module(memory(limits((1 << 48) + 1, is_64=True))), "memory section", "2^48"),
    "pages beyond 2^16": (module(memory(limits(65537))), "memory section", "65536 pages"),
    "a minimum above the maximum": (module(memory(limits(2, 1, is_64=True))), "memory section",
                                    "size minimum must not be greater than maximum"),
    "an address of 32 bits for a wide memory": (module(memory(WIDE), body=ADDRESS + b"\x28\x02\x00" + DROP),
                                                "func 0: i32.load", "expected i64, found i32"),
    "an offset of 33 bits for a narrow memory": (
        module(memory(ONE_PAGE), body=ADDRESS + b"\x28\x02" + leb(1 << 32) + DROP), "func 0: i32.load", "offset"),
    "an index of 32 bits for a wide table": (
        module(table(b"\x70" + limits(1, is_64=True)), body=ADDRESS + b"\x25\x00" + DROP), "func 0: table.get",
        "expected i64, found i32"),
    "a data offset of 32 bits for a wide memory": (
        module(memory(WIDE), (11, vector([b"\x00" + ADDRESS + END + leb(0)]))), "data section",
        "expected i64, found i32"),
    # tail calls
    "a tail call of other results": (module((3, vector([b"\0", b"\1"])), (10, vector([b"\x04\x00\x12\x01\x0b",
                                                                                   b"\x04\x00\x41\x00\x0b"])),
                                           types=(NOTHING, GIVES_I32)), "func 0: return_call", "type mismatch"),
    "an indirect tail call of other results": (
        module(table(b"\x70" + limits(1)), types=(NOTHING, GIVES_I32), body=ADDRESS + b"\x13\x01\x00"),
        "func 0: return_call_indirect", "type mismatch"),
    "a tail call by a reference of another type": (module(types=(NOTHING, STRUCT), body=b"\xd0\x00\x15\x01"),
                                                   "func 0: return_call_ref", "type 1"),
    # exceptions and tags
    "a tag with results": (module(tag(0), types=(GIVES_I32,)), "tag section", "result"),
    "a tag of a type that is none": (module(tag(3)), "tag section", "unknown type 3"),
    "a tag that is none": (module(tag(0), body=b"\x08\x01"), "func 0: throw", "unknown tag 1"),
    "values of a throw": (module(tag(1), types=(NOTHING, TAKES_I32), body=i64_const(0) + b"\x08\x00"),
                          "func 0: throw", "expected i32, found i64"),
    "a throw of what is no exception": (module(body=ADDRESS + b"\x0a"), "func 0: throw_ref", "type mismatch"),
    "a clause to a label that is none": (module(body=try_table(b"\x02\x05")), "func 0: try_table", "unknown label 5"),
    "a clause to a label of other types": (module(tag(1), types=(NOTHING, TAKES_I32), body=try_table(b"\0\0\0")),
                                           "func 0: try_table", "type mismatch"),
    "a clause of no kind": (module(body=try_table(b"\x04\x00")), "func 0: try_table", "catch"),
    "a rethrow outside of handlers": (module(body=BLOCK + EMPTY + b"\x09\x00" + END), "func 0: rethrow", "label"),
    "a catch without a try": (module(tag(0), body=b"\x07\x00"), "func 0: catch:", "catch outside of try"),
    "a delegate without a try": (module(body=BLOCK + EMPTY + b"\x18\x00"), "func 0: delegate:", "outside of try"),
    # typed references
    "a call by a reference of another type": (
        module(types=(NOTHING, GIVES_I32), body=b"\xd0\x01\x14\x00"), "func 0: call_ref", "type mismatch"),
    "a local without a value": (module(types=(NOTHING,), locals_=(b"\x64\x00",), body=b"\x20\x00" + DROP),
                                "func 0: local.get", "uninitialized local"),
    "a function that is not declared": (module(body=b"\xd2\x00" + DROP), "func 0: ref.func",
                                        "undeclared function reference"),
    "a table without a value": (module(table(b"\x64\x70" + limits(1))), "table section", "type mismatch"),
    "a null for what is never null": (module(global_(b"\x64\x70", NULL_FUNC)), "global section", "type mismatch"),
    "a branch on null of a number": (module(body=ADDRESS + b"\xd5\x00"), "func 0: br_on_null", "type mismatch"),
    # objects
    "a supertype that is final": (module(types=(b"\x4f\x00" + STRUCT, b"\x50\x01\x00" + STRUCT)), "type section",
                                  "sub type"),
    "a supertype that does not match": (module(types=(b"\x50\x00" + STRUCT, b"\x50\x01\x00" + ARRAY)), "type section",
                                        "sub type"),
    "a supertype that comes later": (module(types=(b"\x50\x01\x01" + STRUCT, b"\x50\x00" + STRUCT)), "type section",
                                     "unknown type"),
    "a field that is none": (module(types=(NOTHING, STRUCT), body=b"\xd0\x01" + gc(2, 1, 7) + DROP),
                             "func 0: struct.get", "unknown field"),
    "a field that is constant": (module(types=(NOTHING, STRUCT), body=b"\xd0\x01" + ADDRESS + gc(5, 1, 0)),
                                 "func 0: struct.set", "immutable"),
    "an array that is constant": (module(types=(NOTHING, ARRAY), body=b"\xd0\x01" + ADDRESS * 2 + gc(14, 1)),
                                  "func 0: array.set", "immutable"),
    "an array made of a structure's type": (module(types=(NOTHING, STRUCT), body=ADDRESS * 2 + gc(6, 1) + DROP),
                                            "func 0: array.new", "array"),
    "a cast to another hierarchy": (module(body=NULL_FUNC + b"\xfb\x16\x6e" + DROP), "func 0: ref.cast",
                                    "type mismatch"),
    "a branch on a cast upwards": (module(body=BLOCK + b"\x6e" + NULL_ANY + b"\xfb\x18\x03\x00\x6b\x6e" + END + DROP),
                                   "func 0: br_on_cast", "type mismatch"),
    "an extern reference for any": (module(body=b"\xd0\x6f" + gc(27) + DROP), "func 0: extern.convert_any",
                                    "type mismatch"),
    # threads
    "an atomic access that is not aligned": (module(memory(ONE_PAGE), body=ADDRESS + atomic(0x10, 1) + DROP),
                                             "func 0: i32.atomic.load", "alignment"),
    "a shared memory without a maximum": (module(memory(bytes([SHARED]) + leb(1))), "memory section",
                                          "shared memory must have maximum"),
    "an atomic access without a memory": (module(body=ADDRESS * 2 + atomic(0, 2) + DROP),
                                          "func 0: memory.atomic.notify", "unknown memory 0"),
    # several memories
    "a memory that is none": (module(memory(ONE_PAGE, ONE_PAGE), body=ADDRESS + b"\x28\x42\x02\x00" + DROP),
                              "func 0: i32.load", "unknown memory 2"),
    "a copy to a memory that is none": (module(memory(ONE_PAGE), body=ADDRESS * 3 + b"\xfc\x0a\x01\x00"),
                                        "func 0: memory.copy", "unknown memory 1"),
    "data for a memory that is none": (module(memory(ONE_PAGE), (11, vector([b"\2\1" + ADDRESS + END + leb(0)]))),
                                       "data section", "unknown memory 1"),
    "lengths of wide and narrow memories": (
        module(memory(WIDE, ONE_PAGE), body=i64_const(0) + ADDRESS + i64_const(0) + b"\xfc\x0a\x00\x01"),
        "func 0: memory.copy", "expected i32, found i64"),
    # sizes of pages
    "pages of two bytes": (module(memory(limits(1, page_log2=1))), "memory section", "page size"),
    "pages beyond 2^64": (module(memory(limits(1, page_log2=64))), "memory section", "page size"),
    "small pages beyond 2^32": (module(memory(limits(1 << 32, page_log2=0))), "memory section", "memory size"),
    # wide arithmetic
    "halves of 32 bits": (module(body=i64_const(0) * 3 + ADDRESS + b"\xfc\x13" + DROP * 2), "func 0: i64.add128",
                          "expected i64, found i32"),
    "one factor": (module(body=i64_const(0) + b"\xfc\x16" + DROP * 2), "func 0: i64.mul_wide_u",
                   "expected i64, found an empty stack"),
    # constant expressions
    "a call in a constant": (module(global_(bytes([I32]), b"\x10\x00"), body=b""), "global section: call", "constant"),
    "a global that comes later": (module(global_(bytes([I32]), b"\x23\x00")), "global section: global.get",
                                  "unknown global 0"),
    "a division in a constant": (module(global_(bytes([I32]), ADDRESS * 2 + b"\x6e")), "global section: i32.div_u",
                                 "constant"),
    # the rest of the sections
    "an import of no kind": (module((2, vector([name("a") + name("b") + b"\x05\x00"]))), "import section",
                             "import kind"),
    "two exports of a name": (module((7, vector([name("a") + b"\x00\x00"] * 2)), body=b""), "export section",
                              "duplicate export name"),
    "a start with parameters": (module((8, b"\x00"), types=(TAKES_I32,), body=b""), "start section", "start function"),
    "elements of another type": (
        module(table(b"\x6f" + limits(1)), (9, vector([b"\x00" + ADDRESS + END + vector([b"\x00"])])), body=b""),
        "element section", "type mismatch"),
    "a section that goes on": (b"\0asm\1\0\0\0" + section(1, b"\x00\x00"), "type section", "section size mismatch"),
}


class Invalid(Test):
    def test_every_rule(self):
        for what, (binary, where, rule) in INVALID.items():
            with self.subTest(what):
                self.write("bad.wasm", binary)
                message = self.w2c("validate", "bad.wasm", code=1).stderr
                self.assertRegex(message, r"^bad\.wasm:0x[0-9a-f]+: [^\n]+\n$")
                offset = int(message.split(":")[1], 16)
                self.assertTrue(8 <= offset <= len(binary), message)
                self.assertIn(where, message)
                self.assertIn(rule, message)

    def test_all_commands_say_the_same(self):
        """Whatever the module is wanted for; nothing is written."""
        for what in ("lanes of a shuffle", "a tag with results", "a supertype that is final"):
            self.write("bad.wasm", INVALID[what][0])
            message = self.w2c("validate", "bad.wasm", code=1).stderr
            for arguments in (["run", "--engine=interp"], ["run", "--engine=tcc"], ["run", "--engine=cc"],
                              ["-o", "bad.c"], ["-o", "bad"]):
                done = self.w2c(*arguments, "bad.wasm", code=1)
                self.assertEqual((done.stderr, done.stdout), (message, ""), f"{what}: {arguments}")
            self.assertEqual(self.listing("bad*"), ["bad.wasm"])
