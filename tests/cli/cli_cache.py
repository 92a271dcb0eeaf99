"""What w2c keeps: how much, what goes first, what others may find there, and what happens to it."""
import os
import pathlib
import re
import subprocess
import time

import wasm_bytes
from cli_case import FAST, Test

HOUR = 3600


def exit_with(code):
    return wasm_bytes.module([wasm_bytes.EXIT], 0, 0, wasm_bytes.const(code) + wasm_bytes.call(0), "_start")


class Cache(Test):
    def setUp(self):
        super().setUp()
        self.cache = self.folder / "cache" / "w2c"
        self.environment.pop("W2C_CACHE_LIMIT", None)

    def keep(self, number, **settings):
        """The path of a program that is kept after this; its exit code is its number."""
        before = set(self.cache.glob("*"))
        self.write(f"exit{number}.wasm", exit_with(number))
        self.w2c("run", *FAST, "--engine=cc", f"exit{number}.wasm", code=number, **settings)
        new = set(self.cache.glob("*")) - before
        self.assertEqual(len(new), 1)
        return new.pop()

    @staticmethod
    def age(path, hours):
        when = time.time() - hours * HOUR
        os.utime(path, (when, when))

    def test_shows_what_is_kept(self):
        self.assertRegex(self.w2c("cache").stdout, rf"^{self.cache}: 0 B of at most 2.00 GB\n$")
        one, other = self.keep(1), self.keep(2)
        self.age(one, 2)
        self.age(other, 1)
        lines = self.w2c("cache").stdout.splitlines()
        self.assertEqual([line.split()[-1] for line in lines[1:]], ["exit2", "exit1"], lines)
        self.assertRegex(lines[1], r"^ *[\d.]+ kB  \d{4}-\d\d-\d\d \d\d:\d\d  program  exit2$")
        self.assertIn("of at most 500 MB", self.w2c("cache", W2C_CACHE_LIMIT="500M").stdout)
        self.assertNotIn("at most", self.w2c("cache", W2C_CACHE_LIMIT="0").stdout)

    def test_a_use_counts(self):
        path = self.keep(1)
        self.age(path, 5)
        self.w2c("run", *FAST, "--engine=cc", "exit1.wasm", code=1)
        self.assertLess(time.time() - path.stat().st_mtime, HOUR)

    def test_the_least_recently_used_goes_first(self):
        paths = [self.keep(number) for number in (1, 2, 3)]
        for path, hours in zip(paths, (2, 3, 1)):
            self.age(path, hours)
        size = paths[0].stat().st_blocks * 512
        new = self.keep(4, W2C_CACHE_LIMIT=str(size * 7 // 2))
        self.assertEqual([path.exists() for path in paths], [True, False, True])
        self.assertTrue(new.exists())
        self.w2c("run", *FAST, "--engine=cc", "exit2.wasm", code=2)  # it is built again

    def test_what_was_added_stays_whatever_its_size(self):
        one = self.keep(1)
        other = self.keep(2, W2C_CACHE_LIMIT="1k")
        self.assertEqual((one.exists(), other.exists()), (False, True))

    def test_no_limit(self):
        paths = [self.keep(number, W2C_CACHE_LIMIT="0") for number in (1, 2, 3)]
        self.assertTrue(all(path.exists() for path in paths))

    def test_limits_that_are_none(self):
        for limit in ("x", "-1", "1T", "1.5G", "99999999999999999999", "18446744073709551615G"):
            done = self.w2c("cache", W2C_CACHE_LIMIT=limit)
            self.assertIn("W2C_CACHE_LIMIT is a size", done.stderr)
            self.assertIn("2.00 GB", done.stdout)

    def test_others_lose_nothing(self):
        """Not by clearing, and not when room is made, wherever XDG_CACHE_HOME points to."""
        path = self.keep(1)
        foreign = [self.cache / name for name in ("notes.txt", "abc", path.name[:-1], path.name + "0", "." + path.name)]
        for each in foreign:
            each.write_bytes(b"x" * 100000)
            self.age(each, 1000)
        (self.cache / ("0" * 64)).mkdir()
        target = self.write("target", "precious")
        (self.cache / ("1" * 64)).symlink_to(target)
        self.keep(2, W2C_CACHE_LIMIT="1k")
        self.w2c("cache", "--clear")
        self.assertTrue(all(each.exists() for each in foreign))
        self.assertTrue(target.exists() and (self.cache / ("0" * 64)).is_dir())
        self.assertFalse(path.exists())

    def test_clear(self):
        self.keep(1)
        self.keep(2)
        self.assertRegex(self.w2c("cache", "--clear").stdout, r"^[\d.]+ kB freed\n$")
        self.assertEqual(list(self.cache.iterdir()), [])
        self.assertEqual(self.w2c("cache", "--clear").stdout, "0 B freed\n")
        self.keep(1)

    def test_what_dead_processes_left_is_removed(self):
        path = self.keep(1)
        old, new = (pathlib.Path(f"{path}.{number}.tmp") for number in (123, 456))
        for each in (old, new):
            each.write_bytes(b"half")
        self.age(old, 2)
        self.keep(2)
        self.assertEqual((old.exists(), new.exists()), (False, True))
        new.unlink()

    def test_a_program_that_runs_may_lose_its_file(self):
        """It goes on, and the next start builds it again."""
        echo = "echo.wasm"
        self.write(echo, wasm_bytes.show_arguments)
        self.w2c("run", *FAST, "--engine=cc", echo, "a", code=2)
        self.w2c("cache", "--clear")
        self.assertEqual(self.w2c("run", *FAST, "--engine=cc", echo, "a", code=2).stdout, "echo.wasm\0a\0")

    def test_adding_and_making_room_at_once(self):
        """Every run gives its own exit code, whoever removes what in the meantime."""
        for number in range(1, 7):
            self.write(f"exit{number}.wasm", exit_with(number))
        environment = {**self.environment, "W2C_CACHE_LIMIT": "200k"}
        for _ in range(2):
            runs = [subprocess.Popen([self.path_of_w2c, "run", *FAST, "--engine=cc", "-j", "1", f"exit{number}.wasm"],
                                     cwd=self.folder, env=environment) for number in range(1, 7)]
            self.assertEqual([each.wait(timeout=300) for each in runs], list(range(1, 7)))

    def test_usage(self):
        self.refused("cache", "app.wasm", code=2, says="no module")
        self.refused("cache", "--dir", ".", code=2, says="not for this command")
        done = self.w2c("cache", code=1, XDG_CACHE_HOME="", HOME="")
        self.assertIn("XDG_CACHE_HOME", done.stderr)
        self.assertTrue(re.search("W2C_CACHE_LIMIT", self.w2c("cache", "--help").stdout))
