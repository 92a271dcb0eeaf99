"""How modules of several parts are compiled: what gets which level, and what is not compiled again."""
import re

import wasm_bytes
from cli_case import FAST, Test


class Builds(Test):
    def setUp(self):
        super().setUp()
        self.environment.pop("W2C_CACHE_LIMIT", None)
        self.log = self.folder / "log"
        self.compiler = self.script("mycc", f'echo "$@" >>{self.log}\nexec cc "$@"\n')

    def compiled(self):
        """The commands that compiled a part since the last time this was asked: {name of the source: command}."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        found = [(re.search(r"(\S+\.c)\b", line), line) for line in lines if " -c " in line]
        return {match.group(1).rsplit("/", 1)[1]: line for match, line in found}

    def build(self, *words, **module):
        self.write("large.wasm", wasm_bytes.large(**module))
        self.w2c("large.wasm", "-o", "large", "--cc", self.compiler, *words)
        self.run_program("large", code=module.get("code", 7))
        return self.compiled()


class Heat(Builds):
    def levels(self, *words):
        self.environment["XDG_CACHE_HOME"] = ""
        self.environment["HOME"] = ""
        commands = self.build(*words)
        self.assertGreater(len(commands), 4)
        return [re.search(r"-O\S", commands[name]).group() for name in sorted(commands)]

    def test_what_is_hot_gets_more(self):
        levels = self.levels()
        self.assertEqual({*levels}, {"-O2", "-O1", "-Og"})
        self.assertEqual(levels.count("-O2"), 2)  # the hot part, and what the program consists of besides
        self.assertGreater(levels.count("-Og"), levels.count("-O1"))

    def test_a_level_that_is_asked_for_is_for_all(self):
        self.assertEqual({*self.levels("-O1")}, {"-O1"})

    def test_parts_are_the_same_at_every_level(self):
        self.write("large.wasm", wasm_bytes.large())
        for level in ("1", "3"):
            self.w2c("large.wasm", "-o", "large", "--cc", self.compiler, "-O0", "--keep-c", "kept" + level, "-j", level)
        for name in self.listing("kept1/*"):
            self.assertEqual((self.folder / "kept1" / name).read_bytes(), (self.folder / "kept3" / name).read_bytes())
