"""Modules with any memories, tables and tags, and scripts of them in the form of the official suite."""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "fuzz"))
from wasm_writer import END, I32, I64, functype, i32_const, i64_const, leb, local_get, name, section, valtype, vector

MASK = (1 << 64) - 1
SHARED = 2
ADDRESS_64 = 4
PAGE_SIZE = 8


def limits(low, high=None, is_64=False, page_log2=None, is_shared=False):
    flags = ((1 if high is not None else 0) | (SHARED if is_shared else 0) | (ADDRESS_64 if is_64 else 0)
             | (PAGE_SIZE if page_log2 is not None else 0))
    return (bytes([flags]) + leb(low) + (leb(high) if high is not None else b"")
            + (leb(page_log2) if page_log2 is not None else b""))


def access(op, memory, offset, align=0):
    """A load or store: its operator, alignment with the memory's index, offset."""
    return bytes([op]) + leb(align | 0x40) + leb(memory) + leb(offset)


def bulk(code, *indices):
    return b"\xfc" + leb(code) + b"".join(leb(index) for index in indices)


def data(memory, offset, content):
    """`offset` is the code of a constant expression; None for a passive segment."""
    if offset is None:
        return b"\x01" + leb(len(content)) + content
    return b"\x02" + leb(memory) + offset + END + leb(len(content)) + content


class Binary:
    """A module put together from parts in index order."""

    def __init__(self, memories=(), tables=()):
        self.types = []
        self.imports = []
        self.imported_functions = 0
        self.functions = []
        self.memories = list(memories)
        self.tables = list(tables)
        self.tags = []
        self.imported_tags = 0
        self.globals = []
        self.start = None
        self.exports = []
        self.elements = []
        self.datas = []

    def type_index(self, parameters, results):
        key = (tuple(parameters), tuple(results))
        if key not in self.types:
            self.types.append(key)
        return self.types.index(key)

    def composite(self, encoded):
        """Adds a type that is none of a function; its index."""
        self.types.append(encoded)
        return len(self.types) - 1

    def function(self, text, parameters, results, body, local_types=()):
        """Exported as `text`, unless that is None. Its index, which can be known before: functions are numbered in
        order, behind those that are imported."""
        index = self.imported_functions + len(self.functions)
        code = vector([b"\x01" + valtype(kind) for kind in local_types]) + body + END
        self.functions.append((self.type_index(parameters, results), leb(len(code)) + code))
        if text is not None:
            self.exports.append(name(text) + b"\x00" + leb(index))
        return index

    def import_function(self, module, field, parameters, results):
        type_index = self.type_index(parameters, results)
        self.imports.append(name(module) + name(field) + b"\x00" + leb(type_index))
        self.imported_functions += 1
        return self.imported_functions - 1

    def import_table(self, module, field, table):
        self.imports.append(name(module) + name(field) + b"\x01\x70" + table)

    def export_table(self, text, index):
        self.exports.append(name(text) + b"\x01" + leb(index))

    def tag(self, text, parameters):
        """Its index; exported like a function."""
        self.tags.append(b"\x00" + leb(self.type_index(parameters, ())))
        index = self.imported_tags + len(self.tags) - 1
        if text is not None:
            self.exports.append(name(text) + b"\x04" + leb(index))
        return index

    def import_tag(self, module, field, parameters):
        self.imports.append(name(module) + name(field) + b"\x04\x00" + leb(self.type_index(parameters, ())))
        self.imported_tags += 1
        return self.imported_tags - 1

    def export_memory(self, text, index):
        self.exports.append(name(text) + b"\x02" + leb(index))

    def import_memory(self, module, field, memory):
        self.imports.append(name(module) + name(field) + b"\x02" + memory)

    def encode(self):
        def listed(number, items):
            return section(number, vector(items)) if items else b""
        return b"".join([
            b"\0asm\1\0\0\0",
            listed(1, [key if isinstance(key, bytes) else functype(*key) for key in self.types]),
            listed(2, self.imports),
            listed(3, [leb(index) for index, _ in self.functions]),
            listed(4, [table if table[0] > 0x40 else b"\x70" + table for table in self.tables]),
            listed(5, self.memories),
            listed(13, self.tags),
            listed(6, self.globals),
            listed(7, self.exports),
            b"" if self.start is None else section(8, leb(self.start)),
            listed(9, self.elements),
            section(12, leb(len(self.datas))) if self.datas else b"",
            listed(10, [code for _, code in self.functions]),
            listed(11, self.datas),
        ])


class Script:
    """Commands, and the modules that they name, as files."""

    def __init__(self, folder, script_name):
        self.folder = folder
        self.script_name = script_name
        self.commands = []
        self.count = 0

    def add(self, kind, **members):
        self.commands.append({"type": kind, "line": len(self.commands) + 1, **members})

    def write_module(self, binary):
        file_name = f"{self.script_name}.{self.count}.wasm"
        self.count += 1
        (self.folder / file_name).write_bytes(binary if isinstance(binary, bytes) else binary.encode())
        return file_name

    def module(self, binary, registered=None, instance=None):
        """Instantiates it; `instance` is what later commands can call it, `$NAME`."""
        self.add("module", filename=self.write_module(binary), **({"name": instance} if instance else {}))
        if registered:
            self.add("register", **{"as": registered})

    def refused(self, kind, binary, text):
        self.add(kind, filename=self.write_module(binary), text=text, module_type="binary")

    @staticmethod
    def action(field, arguments, instance):
        """Of the instance of that name; of the last one made if that is None."""
        named = {"module": instance} if instance else {}
        return {"type": "invoke", "field": field, "args": [value(*argument) for argument in arguments], **named}

    def returns(self, field, arguments, results, instance=None):
        self.add("assert_return", action=self.action(field, arguments, instance),
                 expected=[value(*result) for result in results])

    def traps(self, field, arguments, text="out of bounds memory access", instance=None):
        self.add("assert_trap", action=self.action(field, arguments, instance), text=text)

    def throws(self, field, arguments, instance=None):
        """Ends with an exception that nobody catches."""
        self.add("assert_exception", action=self.action(field, arguments, instance))

    def exhausts(self, field, arguments, instance=None):
        self.add("assert_exhaustion", action=self.action(field, arguments, instance), text="call stack exhausted")

    def close(self):
        lines = ",\n".join(json.dumps(command) for command in self.commands)
        text = f'{{"source_filename": "{self.script_name}.py", "commands": [\n{lines}\n]}}\n'
        (self.folder / f"{self.script_name}.json").write_text(text, encoding="utf-8")


def value(kind, number):
    width = 32 if kind == "i32" else 64
    return {"type": kind, "value": str(number & ((1 << width) - 1))}


def i32(number):
    return ("i32", number)


def i64(number):
    return ("i64", number)
