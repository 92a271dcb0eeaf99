"""The text format below modules: words, strings and lists in parentheses; numbers; names of indices; the operators,
from ops.def. For assemble.py."""
import pathlib
import re
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "fuzz"))
from wasm_writer import leb, signed

OPERATORS = HERE.parent.parent / "translator" / "wasm"
ROW = re.compile(r'^OP\((\w+),\s*(0x\w+),\s*"([^"]+)",\s*(\w+)', re.M)
TOKEN = re.compile(r'\s*(?:;;[^\n]*|\(;.*?;\)|"((?:[^"\\]|\\.)*)"|([()])|([^\s()";]+))', re.S)

NUMBERS = {"i32": 0x7F, "i64": 0x7E, "f32": 0x7D, "f64": 0x7C, "v128": 0x7B, "i8": 0x78, "i16": 0x77}
HEAPS = {"exn": 0x69, "array": 0x6A, "struct": 0x6B, "i31": 0x6C, "eq": 0x6D, "any": 0x6E, "extern": 0x6F,
         "func": 0x70, "none": 0x71, "noextern": 0x72, "nofunc": 0x73, "noexn": 0x74}
SHORT = {"nullref": "none", "nullexternref": "noextern", "nullfuncref": "nofunc", "nullexnref": "noexn",
         **{heap + "ref": heap for heap in HEAPS}}


def read_operators():
    """text: (binary code, kind of immediates). Of two with one text the first counts; the others are made by hand."""
    found = {}
    for path in sorted(OPERATORS.glob("ops*.def"), key=lambda path: path.name != "ops.def"):
        for _, code, text, imm in ROW.findall(path.read_text(encoding="utf-8")):
            number = int(code, 16)
            found.setdefault(text, (bytes([number >> 16]) + leb(number & 0xFFFF) if number > 0xFF else bytes([number]),
                                    imm))
    return found


OPS = read_operators()


# ---- expressions in parentheses ----

def escaped(text):
    """A string as bytes."""
    def one(match):
        word = match.group(1)
        return {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}.get(word) or chr(int(word, 16))
    return re.sub(r"\\([ntr\"'\\]|[0-9a-fA-F]{2})", one, text).encode("latin-1")


def parse(text):
    """Lists of words (str), strings (bytes), and lists."""
    stack = [[]]
    end = 0
    for match in TOKEN.finditer(text):
        if match.start() != end:
            break
        end = match.end()
        string, bracket, word = match.groups()
        if bracket == "(":
            stack.append([])
        elif bracket == ")":
            done = stack.pop()
            stack[-1].append(done)
        elif string is not None:
            stack[-1].append(escaped(string))
        elif word is not None:
            stack[-1].append(word)
    if len(stack) != 1 or text[end:].strip():
        raise SyntaxError(f"cannot be read from here: {text[end:end + 60]!r}")
    return stack[0]


def is_list(node, *heads):
    return isinstance(node, list) and bool(node) and node[0] in heads


def number(word, bits):
    return signed(int(word.replace("_", ""), 0), bits)


def floating(word):
    word = word.replace("_", "")
    return float.fromhex(word) if "0x" in word else float(word)


class Names:
    """Indices of one space, by name."""

    def __init__(self):
        self.index = {}
        self.count = 0

    def add(self, word=None):
        if word is not None:
            self.index[word] = self.count
        self.count += 1
        return self.count - 1

    def __getitem__(self, word):
        return self.index[word] if word.startswith("$") else int(word)


def take_name(items):
    return items.pop(0) if items and isinstance(items[0], str) and items[0].startswith("$") else None


LANES = {"i8x16": "b", "i16x8": "h", "i32x4": "i", "i64x2": "q", "f32x4": "f", "f64x2": "d"}


def vector_bytes(shape, items):
    letter = LANES[shape]
    width = struct.calcsize(letter)
    lanes = [items.pop(0) for _ in range(16 // width)]
    return struct.pack(f"<{16 // width}{letter}", *[floating(lane) if letter in "fd" else number(lane, 8 * width)
                                                     for lane in lanes])
