"""Modules in the text format (spec 6) to binaries, and scripts of such modules to the form that the official suite has.

For what no assembler of a distribution reads yet: types of objects, their operators, typed references, exceptions. The
operators and their immediates are those of ops.def, so what w2c knows can be written. Written down in full: labels,
locals, types, functions and so on by name or number, folded or plain instructions, imports and exports where they
belong or inside of definitions. Left out: declarations that follow from use (every function has a type or a signature,
what `ref.func` names is declared), floats beyond what Python reads, annotations.

    module(text)               the binary of the one module
    script(text, json_path)    NAME.json and NAME.0.wasm ... beside it
"""
import json
import pathlib
import struct

from text_format import (HEAPS, NUMBERS, OPS, SHORT, Names, floating, is_list, number, parse, take_name,
                         vector_bytes)
from wasm_writer import leb, name, section, signed_leb, vector

STRUCTURED = {"block", "loop", "if", "try_table"}
CATCHES = ("catch", "catch_ref", "catch_all", "catch_all_ref")
KINDS = ("func", "table", "memory", "global", "tag")
SECTIONS = {"type": 1, "import": 2, "func": 3, "table": 4, "memory": 5, "tag": 13, "global": 6, "export": 7, "start": 8,
            "elem": 9, "count": 12, "code": 10, "data": 11}
MEMORY_LOG2 = {"MEM8": 0, "MEM16": 1, "MEM32": 2, "MEM64": 3, "MEM128": 4}


# ---- a module ----

class Assembly:
    def __init__(self, fields):
        self.spaces = {kind: Names() for kind in ("type", "elem", "data", *KINDS)}
        self.fields = {}   # type index: Names of its fields
        self.signatures = []  # by type index: (parameters, results), or None
        self.sections = {kind: [] for kind in SECTIONS}
        self.declared = set()
        self.uses_data = False
        fields = [list(field) for field in fields]
        self.define_types(fields)
        self.define_names(fields)
        for field in fields:
            getattr(self, "emit_" + field[0])(field[1:])
        if self.declared:
            self.sections["elem"].append(b"\x03\x00" + vector([leb(i) for i in sorted(self.declared)]))

    def index(self, kind, word):
        return leb(self.spaces[kind][word])

    # ---- types ----

    def define_types(self, fields):
        groups = [[field] if field[0] == "type" else field[1:] for field in fields if field[0] in ("type", "rec")]
        for one in (one for group in groups for one in group):
            self.spaces["type"].add(one[1] if isinstance(one[1], str) else None)
        for group in groups:
            entries = [self.sub_type(one[-1]) for one in group]
            self.sections["type"].append(entries[0] if len(entries) == 1 else b"\x4e" + vector(entries))

    def sub_type(self, node):
        if not is_list(node, "sub"):
            return self.composite(node)
        supers = [item for item in node[1:-1] if item != "final"]
        head = b"\x4f" if "final" in node[1:-1] else b"\x50"
        return head + vector([self.index("type", word) for word in supers]) + self.composite(node[-1])

    def composite(self, node):
        index = len(self.signatures)
        self.signatures.append(None)
        if node[0] == "func":
            self.signatures[index] = self.signature(node[1:])[:2]
            return b"\x60" + b"".join(vector(types) for types in self.signatures[index])
        if node[0] == "array":
            return b"\x5e" + self.field_type(node[1])
        names, entries = Names(), []
        for items in node[1:]:
            items = items[1:]
            names.add(word) if (word := take_name(items)) else [names.add() for _ in items]
            entries += [self.field_type(item) for item in items]
        self.fields[index] = names
        return b"\x5f" + vector(entries)

    def field_type(self, node):
        return self.value_type(node[1]) + b"\x01" if is_list(node, "mut") else self.value_type(node) + b"\x00"

    def heap_type(self, word):
        return bytes([HEAPS[word]]) if word in HEAPS else signed_leb(self.spaces["type"][word])

    def value_type(self, node):
        if isinstance(node, str):
            return bytes([NUMBERS[node] if node in NUMBERS else HEAPS[SHORT[node]]])
        return (b"\x63" if node[1] == "null" else b"\x64") + self.heap_type(node[-1])

    def reference(self, node):
        """(is nullable, heap type) of the target of a cast."""
        return (True, SHORT[node]) if isinstance(node, str) else (node[1] == "null", node[-1])

    def signature(self, items, names=None):
        """(parameters, results) at the head of `items`, and what follows."""
        found = {"param": [], "result": []}
        items = list(items)
        while items and is_list(items[0], "param", "result"):
            kind, *types = items.pop(0)
            word = take_name(types)
            for one in types:
                found[kind].append(self.value_type(one))
                if kind == "param" and names is not None:
                    names.add(word)
        return found["param"], found["result"], items

    def type_use(self, items, names=None):
        """The index of a function's type, as named or as written, and what follows."""
        index = None
        if items and is_list(items[0], "type"):
            index = self.spaces["type"][items[0][1]]
            items = items[1:]
        before = names.count if names is not None else 0
        parameters, results, rest = self.signature(items, names)
        if index is None:
            return self.type_of(parameters, results), rest
        if names is not None and names.count == before:
            for _ in self.signatures[index][0]:
                names.add()
        return index, rest

    def type_of(self, parameters, results):
        for index, signature in enumerate(self.signatures):
            if signature == (parameters, results):
                return index
        self.signatures.append((parameters, results))
        self.sections["type"].append(b"\x60" + vector(parameters) + vector(results))
        return self.spaces["type"].add()

    # ---- names, imports, exports ----

    def define_names(self, fields):
        for field in fields:
            if is_list(field, "import"):
                self.spaces[field[3][0]].add(field[3][1] if len(field[3]) > 1 and isinstance(field[3][1], str)
                                             and field[3][1].startswith("$") else None)
        for field in fields:
            if field[0] in self.spaces and field[0] != "type":
                self.spaces[field[0]].add(take_name(rest := field[1:]))
                field[1:] = rest

    def exported(self, kind, items):
        """`items` without the exports among them, which are made. Definitions come in the order of their indices."""
        index = self.defined(kind)
        while items and is_list(items[0], "export"):
            self.export(items.pop(0)[1], kind, index)
        return items

    def defined(self, kind):
        imported = sum(entry[0] == kind for entry in self.sections["import"])
        return imported + len(self.sections[kind])

    def export(self, text, kind, index):
        self.sections["export"].append(name(text.decode()) + bytes([KINDS.index(kind)]) + leb(index))

    def emit_type(self, items):
        pass

    emit_rec = emit_type

    def emit_import(self, items):
        module_name, field, (kind, *rest) = items
        take_name(rest)
        described = {"func": lambda: leb(self.type_use(rest)[0]), "tag": lambda: b"\x00" + leb(self.type_use(rest)[0]),
                     "table": lambda: self.value_type(rest[-1]) + self.limits(rest[:-1]),
                     "memory": lambda: self.limits(rest), "global": lambda: self.field_type(rest[0])}[kind]()
        self.sections["import"].append((kind, name(module_name.decode()) + name(field.decode())
                                        + bytes([KINDS.index(kind)]) + described))

    def emit_export(self, items):
        self.export(items[0], items[1][0], self.spaces[items[1][0]][items[1][1]])

    def emit_start(self, items):
        self.sections["start"].append(self.index("func", items[0]))

    def limits(self, words):
        bounds = [word for word in words if word[0].isdigit()]
        flags = (len(bounds) == 2) | ("shared" in words) << 1 | ("i64" in words) << 2
        return bytes([flags]) + b"".join(leb(int(word, 0)) for word in bounds)

    # ---- definitions ----

    def emit_memory(self, items):
        self.sections["memory"].append(self.limits(self.exported("memory", items)))

    def emit_table(self, items):
        items = self.exported("table", items)
        if is_list(items[-1], "elem"):
            functions = items.pop()[1:]
            count = str(len(functions))
            table = self.defined("table")
            values = vector([self.index("func", word) for word in functions])
            self.sections["elem"].append(b"\x02" + leb(table) + self.constant([["i32.const", "0"]]) + b"\x00" + values)
            items = [count, count, *items]
        at = next(i for i, item in enumerate(items) if isinstance(item, list) or item[0].isalpha() and item != "i64")
        described = self.value_type(items[at]) + self.limits(items[:at])
        if len(items) > at + 1:
            described = b"\x40\x00" + described + self.constant(items[at + 1:])
        self.sections["table"].append(described)

    def emit_global(self, items):
        items = self.exported("global", items)
        self.sections["global"].append(self.field_type(items[0]) + self.constant(items[1:]))

    def emit_tag(self, items):
        self.sections["tag"].append(b"\x00" + leb(self.type_use(self.exported("tag", items))[0]))

    def emit_data(self, items):
        content = b"".join(item for item in items if isinstance(item, bytes))
        offset = [item for item in items if isinstance(item, list)]
        head = b"\x00" + self.constant(offset) if offset else b"\x01"
        self.sections["data"].append(head + leb(len(content)) + content)

    def emit_elem(self, items):
        """Passive, active in table 0 or a named one, or declared; the values as expressions or as functions."""
        items, flags, head = list(items), 1, b""
        if items[0] == "declare":
            items.pop(0)
            flags = 3
        else:
            table = b"\x00"
            if is_list(items[0], "table"):
                table = self.index("table", items.pop(0)[1])
            if isinstance(items[0], list) and items[0][0] != "ref":
                flags, head = 2, table + self.constant([items.pop(0)])
        if items[0] == "func":
            values = [self.index("func", word) for word in items[1:]]
            self.sections["elem"].append(bytes([flags]) + head + b"\x00" + vector(values))
        else:
            values = [self.constant(item[1:] if item[0] == "item" else [item]) for item in items[1:]]
            self.sections["elem"].append(bytes([flags | 4]) + head + self.value_type(items[0]) + vector(values))

    def emit_func(self, items):
        items = self.exported("func", items)
        names = Names()
        index, rest = self.type_use(items, names)
        groups = []
        while rest and is_list(rest[0], "local"):
            types = rest.pop(0)[1:]
            word = take_name(types)
            for one in types:
                names.add(word)
                groups.append(b"\x01" + self.value_type(one))
        content = vector(groups) + Body(self, names).code(rest) + b"\x0b"
        self.sections["func"].append(leb(index))
        self.sections["code"].append(leb(len(content)) + content)

    def constant(self, items):
        return Body(self, Names()).code(items) + b"\x0b"

    def encode(self):
        if self.uses_data:
            self.sections["count"] = [leb(len(self.sections["data"]))]
        out = b"\0asm\1\0\0\0"
        for kind, code in SECTIONS.items():
            entries = [entry[1] if kind == "import" else entry for entry in self.sections[kind]]
            if entries:
                out += section(code, entries[0] if kind in ("start", "count") else vector(entries))
        return out


# ---- instructions ----

class Body:
    def __init__(self, assembly, names):
        self.assembly = assembly
        self.locals = names
        self.labels = []

    def code(self, items):
        items = list(items)
        out = b""
        while items:
            out += self.instruction(items)
        return out

    def label(self, word):
        return leb(self.labels[::-1].index(word) if word.startswith("$") else int(word))

    def instruction(self, items):
        head = items.pop(0)
        if isinstance(head, list):
            return self.folded(list(head))
        if head in STRUCTURED:
            return self.opening(head, items)
        if head in ("else", "end"):
            take_name(items)
            if head == "end":
                self.labels.pop()
            return OPS[head][0]
        return self.operator(head, items)

    def folded(self, items):
        head = items.pop(0)
        if head == "if":
            return self.folded_if(items)
        if head in STRUCTURED:
            return self.opening(head, items) + self.code(items) + self.close()
        operator = self.operator(head, items)
        return self.code(items) + operator

    def folded_if(self, items):
        opening = self.opening("if", items)
        label = self.labels.pop()
        at = next(i for i, item in enumerate(items) if is_list(item, "then"))
        condition = self.code(items[:at])
        self.labels.append(label)
        out = condition + opening + self.code(items[at][1:])
        if len(items) > at + 1:
            out += OPS["else"][0] + self.code(items[at + 1][1:])
        return out + self.close()

    def close(self):
        self.labels.pop()
        return OPS["end"][0]

    def opening(self, head, items):
        label = take_name(items)
        out = OPS[head][0] + self.block_type(items)
        if head == "try_table":
            catches = []
            while items and is_list(items[0], *CATCHES):
                kind, *words = items.pop(0)
                tag = self.assembly.index("tag", words[0]) if len(words) == 2 else b""
                catches.append(bytes([CATCHES.index(kind)]) + tag + self.label(words[-1]))
            out += vector(catches)
        self.labels.append(label)
        return out

    def block_type(self, items):
        if items and is_list(items[0], "type"):
            return signed_leb(self.assembly.spaces["type"][items.pop(0)[1]])
        parameters, results, rest = self.assembly.signature(items)
        items[:] = rest
        if parameters or len(results) > 1:
            return signed_leb(self.assembly.type_of(parameters, results))
        return results[0] if results else b"\x40"

    # ---- immediates ----

    def operator(self, head, items):
        if head in ("ref.test", "ref.cast"):
            is_nullable, heap = self.assembly.reference(items.pop(0))
            return b"\xfb" + leb((0x14 if head == "ref.test" else 0x16) + is_nullable) + self.assembly.heap_type(heap)
        if head == "select" and items and is_list(items[0], "result"):
            return b"\x1c" + vector([self.assembly.value_type(one) for one in items.pop(0)[1:]])
        code, imm = OPS[head]
        if imm in MEMORY_LOG2:
            return code + self.access(MEMORY_LOG2[imm], items)
        return code + getattr(self, "imm_" + imm.lower())(items)

    @staticmethod
    def access(log2, items):
        found = {"offset": 0, "align": 1 << log2}
        while items and isinstance(items[0], str) and "=" in items[0]:
            key, value = items.pop(0).split("=")
            found[key] = int(value, 0)
        return leb(found["align"].bit_length() - 1) + leb(found["offset"])

    def imm_none(self, items):
        return b""

    def imm_zero(self, items):
        return b"\x00"

    def imm_label(self, items):
        return self.label(items.pop(0))

    def imm_labels(self, items):
        found = []
        while items and isinstance(items[0], str):
            found.append(self.label(items.pop(0)))
        return vector(found[:-1]) + found[-1]

    def imm_label_cast(self, items):
        label = self.label(items.pop(0))
        (from_null, from_heap), (to_null, to_heap) = [self.assembly.reference(items.pop(0)) for _ in range(2)]
        return (bytes([from_null | to_null << 1]) + label + self.assembly.heap_type(from_heap)
                + self.assembly.heap_type(to_heap))

    def imm_func(self, items):
        word = items.pop(0)
        self.assembly.declared.add(self.assembly.spaces["func"][word])
        return self.assembly.index("func", word)

    def imm_local(self, items):
        return leb(self.locals[items.pop(0)])

    def imm_type_table(self, items):
        table = self.optional("table", items)
        index, rest = self.assembly.type_use(items)
        items[:] = rest
        return leb(index) + table

    def imm_heaptype(self, items):
        return self.assembly.heap_type(items.pop(0))

    def imm_type_field(self, items):
        index = self.assembly.spaces["type"][items.pop(0)]
        return leb(index) + leb(self.assembly.fields[index][items.pop(0)])

    def imm_type_count(self, items):
        return self.imm_type(items) + leb(int(items.pop(0)))

    def imm_type_data(self, items):
        self.assembly.uses_data = True
        return self.imm_type(items) + self.assembly.index("data", items.pop(0))

    def imm_type_elem(self, items):
        return self.imm_type(items) + self.assembly.index("elem", items.pop(0))

    def imm_type_type(self, items):
        return self.imm_type(items) + self.imm_type(items)

    def imm_elem_table(self, items):
        table = self.optional("table", items) if len([word for word in items if isinstance(word, str)]) > 1 else b"\x00"
        return self.assembly.index("elem", items.pop(0)) + table

    def optional(self, kind, items):
        """An index that may be left out: then it is 0."""
        names = self.assembly.spaces[kind]
        if items and isinstance(items[0], str) and (items[0] in names.index or items[0].isdigit()):
            return leb(names[items.pop(0)])
        return b"\x00"

    def imm_table(self, items):
        return self.optional("table", items)

    def imm_memory(self, items):
        return self.optional("memory", items)

    def imm_table_table(self, items):
        return self.imm_table(items) + self.imm_table(items)

    def imm_memory_memory(self, items):
        return self.imm_memory(items) + self.imm_memory(items)

    def imm_i32(self, items):
        return signed_leb(number(items.pop(0), 32))

    def imm_i64(self, items):
        return signed_leb(number(items.pop(0), 64))

    def imm_f32(self, items):
        return struct.pack("<f", floating(items.pop(0)))

    def imm_f64(self, items):
        return struct.pack("<d", floating(items.pop(0)))

    def imm_v128(self, items):
        return vector_bytes(items.pop(0), items)

    def imm_lane16(self, items):
        return bytes([int(items.pop(0))])

    imm_lane8 = imm_lane4 = imm_lane2 = imm_lane16


def plain_index(kind):
    def read(self, items):
        return self.assembly.index(kind, items.pop(0))
    return read


for _kind in ("type", "global", "tag", "elem"):
    setattr(Body, "imm_" + _kind, plain_index(_kind))


def read_data(self, items):
    self.assembly.uses_data = True
    return self.assembly.index("data", items.pop(0))


Body.imm_data = read_data

def module(text):
    nodes = parse(text)
    fields = nodes[0][1:] if len(nodes) == 1 and is_list(nodes[0], "module") else nodes
    return assemble(fields)


def assemble(fields):
    fields = list(fields)
    take_name(fields)
    return Assembly(fields).encode()


# ---- scripts ----

def script_value(node):
    kind, *words = node
    if kind == "v128.const":
        content = vector_bytes(words[0], words[1:])
        return {"type": "v128", "lane_type": "i32", "value": [str(lane) for lane in struct.unpack("<4I", content)]}
    if kind.endswith(".const"):
        kind = kind.split(".")[0]
        if kind[0] == "i":
            return {"type": kind, "value": str(int(words[0].replace("_", ""), 0) & ((1 << int(kind[1:])) - 1))}
        code = {"f32": "<f", "f64": "<d"}[kind]
        return {"type": kind, "value": str(int.from_bytes(struct.pack(code, floating(words[0])), "little"))}
    if kind == "ref.null":
        return {"type": words[0] + "ref", "value": "null"}
    heap = kind.split(".")[1]
    return {"type": heap + "ref", **({"value": words[0]} if words else {})}


def action(node):
    _, *rest = node
    word = take_name(rest)
    found = {"type": "invoke", "field": rest[0].decode(), "args": [script_value(one) for one in rest[1:]]}
    return {**found, **({"module": word} if word else {})}


def script(text, json_path):
    """Commands: module, register, invoke, assert_return, assert_trap, assert_exception, assert_uninstantiable."""
    commands = []
    json_path = pathlib.Path(json_path)

    def write(fields):
        file_name = f"{json_path.stem}.{len(commands)}.wasm"
        (json_path.parent / file_name).write_bytes(assemble(fields))
        return file_name

    for line, node in enumerate(parse(text), 1):
        kind, *rest = node
        command = {"type": kind, "line": line}
        if kind == "module":
            word = rest[0] if rest and isinstance(rest[0], str) else None
            command.update({"filename": write(rest), **({"name": word} if word else {})})
        elif kind == "register":
            command.update({"as": rest[0].decode(), **({"name": rest[1]} if len(rest) > 1 else {})})
        elif kind == "assert_trap" and rest[0][0] == "module":
            command.update({"type": "assert_uninstantiable", "filename": write(rest[0][1:]), "text": rest[1].decode(),
                            "module_type": "binary"})
        elif kind == "invoke":
            command.update({"type": "action", "action": action(node), "expected": []})
        else:
            command["action"] = action(rest[0])
            if kind == "assert_trap":
                command["text"] = rest[1].decode()
            command["expected"] = [script_value(one) for one in rest[1:]] if kind == "assert_return" else []
        commands.append(command)
    document = {"source_filename": json_path.stem + ".wast", "commands": commands}
    json_path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
