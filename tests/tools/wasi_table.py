#!/usr/bin/env python3
"""The table of calls in docs/WASI.md, made from include/w2c/wasi_calls.def.

    wasi_table.py [--write]

Prints the table, or with --write puts it between its two marks in the document. The lint compares them.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TABLE = ROOT / "include" / "w2c" / "wasi_calls.def"
DOCUMENT = ROOT / "docs" / "WASI.md"
BEGIN = "<!-- made by tests/tools/wasi_table.py --write -->\n"
END = "<!-- end of what is made -->\n"
UNSTABLE = "unstable_"

ROW = re.compile(r'^WASI_CALL\((\w+), (\w+), "([a-z]*:[a-z]*)", (\w+),((?:[^()]|\([^()]*\))*)\)$', re.M)
PARAMETER = re.compile(r"WASI_(\w+)\(([^()]*)\)")

# What the macros of parameters mean to a reader; {0} and so on are their arguments.
TAKES = {
    "FD": "{0}", "WORD": "{0}", "LONG": "{0}", "RIGHTS": "{0}", "FLAGS": "{0}", "CHOICE": "{0}",
    "DELTA": "{0} (signed)",
    "PATH": "{0} (text)", "ARRAY": "{0} (buffers)", "SUBSCRIPTIONS": "{0} ({1} bytes each)", "POINTER": "{0} (room)",
    "FILLS": "{0} (room)", "TEXT": "{0} (room)", "RESULT": None,
}
GIVES = {"RESULT": "{0} ({1} bytes)"}


class Call:
    def __init__(self, name, modules, result, parameters):
        self.name = name.removeprefix(UNSTABLE) if modules == "UNSTABLE" else name
        self.modules = modules
        self.returns = result != "NORETURN"
        self.parameters = [(kind, [word.strip() for word in words.split(",")])
                           for kind, words in PARAMETER.findall(parameters)]

    def list(self, meanings):
        texts = [meanings[kind].format(*words) for kind, words in self.parameters if meanings.get(kind)]
        return ", ".join(texts) or "-"

    def row(self, in_unstable):
        gives = self.list(GIVES) if self.returns else "does not return"
        return f"| `{self.name}` | {self.list(TAKES)} | {gives} | {in_unstable} |\n"


def read_calls():
    text = TABLE.read_text(encoding="utf-8")
    calls = [Call(name, modules, result, parameters) for name, modules, _, result, parameters in ROW.findall(text)]
    assert len(calls) == len(re.findall(r"^WASI_CALL\(\w+, ", text, re.M)), "a row of the table cannot be read"
    return calls


def how_they_differ(call, other):
    """What the call of snapshot 0 takes or gives instead."""
    pairs = zip(call.parameters, other.parameters)
    differing = [(kind, words) for (_, before), (kind, words) in pairs if words != before]
    texts = [(TAKES[kind] or GIVES[kind]).format(*words) for kind, words in differing]
    return "other " + ", ".join(texts)


def make_table():
    calls = read_calls()
    unstable = {call.name: call for call in calls if call.modules == "UNSTABLE"}
    lines = ["| call | takes | gives | in wasi_unstable |\n", "| --- | --- | --- | --- |\n"]
    for call in calls:
        if call.modules == "BOTH":
            lines.append(call.row("the same"))
        elif call.modules == "PREVIEW1":
            other = unstable.get(call.name)
            lines.append(call.row(how_they_differ(call, other) if other else "no"))
    return "".join(lines)


def split_document():
    """What is before the table, the table, what is behind it."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    table, end, behind = rest.partition(END)
    assert end, "docs/WASI.md has no place for the table"
    return before, table, behind


def is_fresh():
    return split_document()[1] == make_table()


def main():
    if sys.argv[1:] == ["--write"]:
        before, _, behind = split_document()
        DOCUMENT.write_text(before + BEGIN + make_table() + END + behind, encoding="utf-8")
    else:
        print(make_table(), end="")


if __name__ == "__main__":
    main()
