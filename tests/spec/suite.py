"""The scripts of the official suite, the list of what is not supported yet, and the harness's command files.

A script is known as FOLDER/NAME, for example core/elem. A command of it is known by its index in the JSON; people,
and unsupported.txt, know it by its line in the original script, which a few commands may share.
"""

import json
import os
import re

FOLDERS = ("core", "bulk-memory", "exceptions", "gc", "memory64", "multi-memory", "relaxed-simd", "simd")

# What harness.c calls the commands that it carries out.
VERBS = {
    "module": "module",
    "module_definition": "define",
    "module_instance": "instance",
    "register": "register",
    "action": "action",
    "assert_return": "return",
    "assert_trap": "trap",
    "assert_exhaustion": "trap",
    "assert_exception": "exception",
    "assert_unlinkable": "unlinkable",
    "assert_uninstantiable": "uninstantiable",
}
REJECTED = ("assert_invalid", "assert_malformed")
WITH_MODULE = ("module", "module_definition", "assert_unlinkable", "assert_uninstantiable")

LETTERS = {
    "i32": "i", "i64": "l", "f32": "f", "f64": "d",
    "funcref": "F", "externref": "E", "anyref": "A", "eqref": "Q", "i31ref": "I", "structref": "S", "arrayref": "R",
    "exnref": "X", "nullfuncref": "u", "nullexternref": "e", "nullref": "a", "nullexnref": "x", "refnull": "*",
}


class Script:
    def __init__(self, suite, folder, name):
        self.key = folder + "/" + name
        self.folder = os.path.join(suite, folder)
        self.prefix = re.sub(r"\W", "_", folder + "_" + name)
        with open(os.path.join(self.folder, name + ".json"), encoding="utf-8") as file:
            self.commands = json.load(file)["commands"]

    def path(self, command):
        return os.path.join(self.folder, command["filename"])

    def modules(self):
        """(index, C name, path) of each module that must be translated."""
        for index, command in enumerate(self.commands):
            if command["type"] in WITH_MODULE:
                number = command["filename"].split(".")[-2]
                yield index, f"{self.prefix}_{number}", self.path(command)

    def rejected(self):
        """(index, path) of each binary that must be refused."""
        for index, command in enumerate(self.commands):
            if command["type"] in REJECTED and command["module_type"] == "binary":
                yield index, self.path(command)

    def is_text(self, index):
        """True of what asks for a reader of the text format."""
        return self.commands[index].get("module_type") == "text"


def find_scripts(suite, filters=()):
    """The scripts of FOLDERS that a filter names: as FOLDER/NAME, NAME or FOLDER."""
    scripts = []
    for folder in FOLDERS:
        path = os.path.join(suite, folder)
        names = sorted(n[:-5] for n in os.listdir(path) if n.endswith(".json")) if os.path.isdir(path) else []
        for name in names:
            if not filters or {name, folder, folder + "/" + name} & set(filters):
                scripts.append(Script(suite, folder, name))
    return scripts


class Unsupported:
    """unsupported.txt: whole scripts, and single commands of scripts that are supported otherwise."""

    def __init__(self, path):
        self.scripts = {}
        self.lines = {}
        with open(path, encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                if text.strip() and not text.startswith("#"):
                    self.add(f"{path}:{number}", text.split(None, 1))

    def add(self, where, words):
        if len(words) != 2:
            raise SystemExit(f"{where}: name the feature that is missing")
        key, colon, line = words[0].partition(":")
        if not colon:
            self.scripts[key] = words[1].strip()
        else:
            self.lines.setdefault(key, {})[int(line)] = words[1].strip()

    def check(self, scripts):
        """Entries about scripts or lines that do not exist; an entry must not outlive what it speaks of."""
        lines = {script.key: {command["line"] for command in script.commands} for script in scripts}
        for key in set(self.scripts) | set(self.lines):
            if key not in lines:
                yield f"{key}: no such script"
            for line in self.lines.get(key, {}):
                if key in self.scripts:
                    yield f"{key}:{line}: the whole script is listed as well"
                elif line not in lines.get(key, {line}):
                    yield f"{key}:{line}: no command there"

    def is_line_listed(self, script, index):
        return script.commands[index]["line"] in self.lines.get(script.key, {})


# ---- command files: the notation is explained in harness.c ----

def encode_name(text):
    return "-" if text is None else "=" + text.encode("utf-8", "surrogatepass").hex()


def encode_module(module):
    """What the harness calls a module, or why there is none."""
    return module if module in ("listed", "broken") else encode_name(module)


def encode_lanes(value):
    return f"v:{value['lane_type']}:" + "/".join(value["value"]).replace("nan:", "")


def encode_value(value):
    if value["type"] == "either":
        return "|".join(encode_value(one) for one in value["values"])
    if value["type"] == "v128":
        return encode_lanes(value)
    letter = LETTERS.get(value["type"], "?")
    if letter == "*":
        return "*:null"
    return letter + ":" + value.get("value", "any").replace("nan:", "")


def encode_values(values):
    return ",".join(encode_value(value) for value in values) or "-"


def encode_action(command):
    action = command["action"]
    arguments = encode_values(action.get("args", []))
    return [encode_name(action.get("module")), action["type"], encode_name(action["field"]), arguments]


def encode_command(command, module):
    """The words of one command, or None if it is none of the harness's. `module` is its module in the harness."""
    kind = command["type"]
    if kind not in VERBS:
        return None
    words = [VERBS[kind]]
    if kind in ("module", "module_definition"):
        words += [encode_module(module), encode_name(command.get("name"))]
    elif kind == "module_instance":
        words += [encode_name(command.get("instance")), encode_name(command.get("module"))]
    elif kind == "register":
        words += [encode_name(command.get("name")), encode_name(command["as"])]
    elif kind in ("assert_unlinkable", "assert_uninstantiable"):
        words += [encode_module(module), encode_name(command["text"])]
    else:
        words += encode_action(command)
        if kind == "assert_return":
            words.append(encode_values(command["expected"]))
        elif kind not in ("action", "assert_exception"):
            words.append(encode_name(command["text"]))
    return words


def encode_script(script, modules):
    """The command file. `modules`: index of a command -> what the harness calls its module."""
    lines = []
    for index, command in enumerate(script.commands):
        words = encode_command(command, modules.get(index))
        if words:
            lines.append(f"{index} {' '.join(words)}\n")
    return "".join(lines)
