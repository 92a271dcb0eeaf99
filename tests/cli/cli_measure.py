"""Tests of the command line: w2c bench, w2c profile --flame, and readable names."""
import csv
import html.parser
import io
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import xml.etree.ElementTree

from cli_case import FAST, Test
from wasm_bytes import EXIT, LOAD, STORE, WASI, UNREACHABLE, call, const, leb, module, section, text, vector


def named(binary, *names):
    """The module with names for its functions, from function 0."""
    rows = vector([leb(i) + leb(len(name)) + name for i, name in enumerate(names)])
    return binary + section(0, text("name") + b"\x01" + leb(len(rows)) + rows)


def count_to(limit):
    """Counts in memory, from what is there."""
    return (b"\x03\x40" + const(0) + const(0) + LOAD + const(1) + b"\x6a" + STORE      # loop
            + const(0) + LOAD + const(limit) + b"\x49\x0d\x00\x0b")                     # br_if below


MANGLED = [b"_ZN4wasi9proc_exit17h0123456789abcdefE", b"_ZN3app4busy17h0123456789abcdefE"]
BUSY = named(module([EXIT], 0, 0, count_to(60_000_000) + const(3) + call(0), "_start"), *MANGLED)
HOSTILE = named(module([EXIT], 0, 0, count_to(20_000_000), "_start"), b"exit", b"<b>&;\n\x1b'\"")
ENDLESS = module([EXIT], 0, 0, b"\x03\x40\x0c\x00\x0b", "_start")
NAMED_TRAP = named(module([EXIT], 0, 0, UNREACHABLE, "_start"), *MANGLED)
# Writes as many bytes of standard input as one call gives, and exits with 5.
CAT = module([EXIT, (WASI, "fd_read", 4, 1), (WASI, "fd_write", 4, 1)], 0, 0,
             const(0) + const(64) + STORE + const(4) + const(4096) + STORE
             + const(0) + const(0) + const(1) + const(4) + call(1) + b"\x1a"
             + const(1) + const(0) + const(1) + const(8) + call(2) + b"\x1a"
             + const(5) + call(0), "_start")


class Page(html.parser.HTMLParser):
    """The tags of a page, and what it would load."""

    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.loads = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.loads += [value for name, value in attributes if name in ("src", "href", "xlink:href", "data")]


class Bench(Test):
    def setUp(self):
        super().setUp()
        self.write("cat.wasm", CAT)
        self.write("endless.wasm", ENDLESS)

    def rows(self, table):
        """The table's lines by subject."""
        lines = table.split("\n\n")[1].split("\n")[1:]
        return {re.split(r"  +", line)[0]: line for line in lines if line}

    def test_wrong_usage(self):
        self.refused("bench", code=2, says="no module")
        self.refused("bench", "-", code=2, says="file")
        self.refused("bench", "--engines=wasmtime", "cat.wasm", code=2, says="'wasmtime'")
        self.refused("bench", "--engines=O4", "cat.wasm", code=2, says="'O4'")
        self.refused("bench", "--engines=", "cat.wasm", code=2, says="nothing to measure")
        self.refused("bench", "--rounds=0", "cat.wasm", code=2, says="--rounds")
        self.refused("bench", "--timeout=x", "cat.wasm", code=2, says="--timeout")
        self.refused("bench", "--start='x", "cat.wasm", code=2, says="quote")
        self.refused("bench", "--vs", " ", "cat.wasm", code=2, says="no command")
        self.refused("bench", "--split=3", "cat.wasm", code=2, says="--split")
        self.refused("run", "--rounds=3", "cat.wasm", code=2, says="--rounds")

    def test_wrong_input(self):
        self.refused("bench", "none.wasm", code=1, says="none.wasm': No such file")
        self.refused("bench", "--engines=O0", "add.wasm", code=1, says="_start")
        self.refused("bench", "--engines=O0", "invalid.wasm", code=1, says="invalid.wasm")
        self.refused("bench", "--report=none/x.html", "cat.wasm", code=1, says="none")
        self.refused("bench", "--json=cat.wasm", "cat.wasm", code=1, says="overwrite")
        self.assertEqual(self.path_of("cat.wasm").read_bytes(), CAT)

    def path_of(self, name):
        return self.folder / name

    def test_all_agree(self):
        """Same input for all, same exit code; every kind of result."""
        self.write("text", "one line\nand another")
        with open(self.folder / "text", "rb") as stdin:
            done = subprocess.run([self.path_of_w2c, "bench", "--engines=interp,tcc,tcc-kept,O0", "--rounds=2",
                                   "--vs", "also-so=sh -c 'cat; exit 5'", "--report=r.html", "--json=r.json",
                                   "--csv=r.csv", "cat.wasm"], cwd=self.folder, env=self.environment, stdin=stdin,
                                  capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stderr, "")
        self.assertIn("outputs and exit codes agree", done.stdout)
        self.assertEqual(list(self.rows(done.stdout)), ["interp", "tcc", "tcc-kept", "cc -O0", "also-so"])
        self.check_results()

    def check_results(self):
        data = json.loads(self.path_of("r.json").read_text())
        self.assertEqual(data["input_bytes"], 20)
        for subject in data["subjects"]:
            with self.subTest(label=subject["label"]):
                self.assertIsNone(subject["problem"])
                self.assertEqual([(run["exit"], run["output_bytes"]) for run in subject["runs"]], [(5, 20)] * 2)
                self.assertGreater(subject["wall_seconds"]["median"], 0)
                self.assertGreater(subject["peak_bytes"], 100_000)
        rows = list(csv.DictReader(io.StringIO(self.path_of("r.csv").read_text())))
        self.assertEqual(len(rows), 10)
        self.assertEqual({(row["what"], row["end"], row["code"]) for row in rows}, {("run", "exit", "5")})
        page = Page(self.path_of("r.html").read_text())
        self.assertGreaterEqual(page.tags.count("svg"), 4)
        self.assertEqual((page.loads, page.tags.count("script")), ([], 0))

    def test_differences_are_told(self):
        done = self.w2c("bench", "--engines=interp", "--rounds=1", "--vs", "right=sh -c 'exit 5'",
                        "--vs", "wrong=sh -c 'exit 6'", "--vs", "loud=sh -c 'echo more; exit 5'",
                        "--vs", "dead=sh -c 'kill -9 $$'", "--vs", "none=./none", "cat.wasm", code=1)
        problems = done.stdout.split("\n\n")[2]
        self.assertEqual(problems.splitlines(), [
            "wrong: exit code 6, where interp has exit code 5",
            "loud: line 1 of its output is 'more', where interp has nothing",
            "dead: signal 9 (Killed), where interp has exit code 5",
            "none: cannot be run: No such file or directory"])
        self.assertNotIn("agree", done.stdout)

    def test_lines_that_vary_are_not_compared(self):
        count = self.script("count", 'echo same; echo x >>n; wc -l <n; exit 5\n')
        done = self.w2c("bench", "--engines=", "--vs", f"a={count}", "--vs", f"b={count}", "cat.wasm")
        self.assertIn("1 of 2 lines of output vary", done.stdout)
        done = self.w2c("bench", "--engines=", "--rounds=1", "--vs", f"a={count}", "--vs", f"b={count}", "cat.wasm",
                        code=1)
        self.assertIn("b: line 2 of its output", done.stdout)

    def test_time_limit(self):
        start = time.monotonic()
        done = self.w2c("bench", "--engines=interp", "--rounds=3", "--timeout=1", "--vs", "quick=true",
                        "endless.wasm", code=1)
        self.assertIn("interp: no end within 1 s", done.stdout)
        self.assertLess(time.monotonic() - start, 20, "tried again after the first time")
        self.assertRegex(self.rows(done.stdout)["quick"], r"\d ms|\d us")

    def test_compiler_that_fails(self):
        done = self.w2c("bench", "--engines=O0", "--cc", "false", "--cc", "cc", "--rounds=1", "cat.wasm", code=1)
        self.assertIn("false -O0: was not built", done.stdout)
        self.assertRegex(self.rows(done.stdout)["cc -O0"], r"1\.00x")

    def test_arguments_grants_and_start(self):
        """The guest's arguments are its own; --start has others; commands get the same; the cache is not the user's."""
        done = self.w2c("bench", "--engines=interp,tcc,O0", "--rounds=1", "--start=a", "--json=r.json", "--dir", ".",
                        "show_arguments.wasm", "--rounds", "x y")
        self.assertIn("start-up", done.stdout)
        for subject in json.loads(self.path_of("r.json").read_text())["subjects"]:
            self.assertEqual((subject["runs"][0]["exit"], subject["starts"][0]["exit"]), (3, 2))
        done = self.w2c("bench", "--engines=interp,O0", "--rounds=1", "--dir", ".", "--env", "A=b", "--json=r.json",
                        "show_grants.wasm")
        self.assertEqual([s["runs"][0]["exit"] for s in json.loads(self.path_of("r.json").read_text())["subjects"]],
                         [100, 100])
        self.assertEqual(self.listing("cache/w2c/*"), [])

    def test_odd_names(self):
        shutil.copy(self.folder / "cat.wasm", self.folder / "-a <b>&\n'c.wasm")
        done = self.w2c("bench", "--engines=interp,O0", "--rounds=1", "--vs", "x=sh -c 'exit 5'", "--vs",
                        "sh -c 'exit 5; # <script>&'", "--report=r.html", "--json=r.json", "--csv=r.csv", "--",
                        "-a <b>&\n'c.wasm")
        self.assertIn("agree", done.stdout)
        json.loads(self.path_of("r.json").read_text())
        self.assertEqual(len(list(csv.reader(io.StringIO(self.path_of("r.csv").read_text())))), 5)
        tags = Page(self.path_of("r.html").read_text()).tags
        self.assertEqual((tags.count("script"), tags.count("b")), (0, 0))

    def test_interrupt(self):
        mark = self.folder / "mark"
        child = self.script("child", f"sleep 61 &\necho $$ $! >{mark}.new; mv {mark}.new {mark}\nsleep 61\n")
        for number in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen([self.path_of_w2c, "bench", "--engines=", "--vs", child, "cat.wasm"],
                                       cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE)
            deadline = time.monotonic() + 30
            while not mark.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            process.send_signal(number)
            output = process.communicate(timeout=30)[0]
            self.assertEqual((process.returncode, output), (-number, b""))
            for pid in mark.read_text().split():
                while is_alive(pid):
                    self.assertLess(time.monotonic(), deadline, "a child lives on")
                    time.sleep(0.01)
            self.assertEqual(list(self.temporary.iterdir()), [])
            mark.unlink()


def is_alive(pid):
    """A zombie that nobody in this container reaps is dead enough."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class Flame(Test):
    def setUp(self):
        super().setUp()
        self.write("busy.wasm", BUSY)

    def folded(self, name):
        """Stacks and weights in microseconds."""
        lines = [line.rpartition(" ") for line in (self.folder / name).read_text().splitlines()]
        return {stack: int(weight) for stack, _, weight in lines}

    def test_wrong_usage(self):
        self.refused("profile", "--engine=wasmtime", "--flame=x.svg", "busy.wasm", code=2, says="'wasmtime'")
        self.refused("profile", "--engine=tcc", "busy.wasm", code=2, says="--flame")
        self.refused("profile", "--flame=none/x.svg", "busy.wasm", code=1, says="none")
        self.refused("profile", "--flame=busy.wasm", "busy.wasm", code=2, says="overwrite")
        self.refused("profile", "--flame=x.svg", "none.wasm", code=1, says="No such file")
        self.refused("profile", "--flame=x.svg", "invalid.wasm", code=1, says="invalid.wasm")
        self.refused("profile", "--flame=x.svg", "add.wasm", code=1, says="no program")
        self.assertEqual(self.listing("x.svg*"), [])

    def test_engines(self):
        """Nearly all of the time is the guest's, under its readable name; its exit code is ours."""
        for engine, words in (("interp", []), ("tcc", []), ("cc", FAST)):  # clang computes nothing of it otherwise
            with self.subTest(engine=engine):
                done = self.w2c("profile", f"--engine={engine}", *words, "--flame=f.svg", "--folded=f.txt",
                                "busy.wasm", code=3)
                self.assertEqual(done.stdout, "")
                self.assertRegex(done.stderr, rf"^w2c: .*\d+ samples.*\n$")
                stacks = self.folded("f.txt")
                total = sum(stacks.values())
                busy = sum(weight for stack, weight in stacks.items() if "app::busy" in stack.split(";"))
                self.assertGreater(total, 5000)
                self.assertGreater(busy, 0.8 * total)
                self.check_picture("app::busy")

    def check_picture(self, name):
        root = xml.etree.ElementTree.parse(self.folder / "f.svg").getroot()
        titles = [node.text for node in root.iter("{http://www.w3.org/2000/svg}title")]
        self.assertTrue(titles[0].startswith("all ("), titles[0])
        self.assertTrue(any(title.startswith(name + " (") for title in titles), titles)
        for node in root.iter():
            self.assertEqual([key for key in node.attrib if key.startswith("on") or "href" in key], [])

    def test_hostile_names(self):
        self.write("hostile.wasm", HOSTILE)
        self.w2c("profile", "--engine=cc", *FAST, "--flame=f.svg", "--folded=f.txt", "hostile.wasm")
        self.check_picture("<b>&;\n\ufffd'\"")
        self.assertTrue(any(stack.endswith("<b>&:??'\"") for stack in self.folded("f.txt")))

    def test_arguments_and_grants(self):
        for engine in ("interp", "cc"):
            done = self.w2c("profile", f"--engine={engine}", *FAST, "--folded=f.txt", "show_arguments.wasm", "--flame",
                            "x y", code=3)
            self.assertEqual(done.stdout.split("\0")[1:], ["--flame", "x y", ""])
            done = self.w2c("profile", f"--engine={engine}", *FAST, "--folded=f.txt", "--env", "A=b", "--dir", ".",
                            "show_grants.wasm", code=100, W2C_OPTIONS="--env C=d")
            self.assertEqual(done.stdout, "A=b\0")

    def test_the_guest_is_not_told(self):
        done = self.w2c("profile", "--engine=interp", "--folded=f.txt", "--inherit-env", "show_grants.wasm", code=50)
        self.assertNotIn("W2C_SAMPLES", done.stdout)

    def test_trap_and_death(self):
        self.w2c("profile", "--folded=f.txt", "trap.wasm", code=134)
        self.write("endless.wasm", ENDLESS)
        process = subprocess.Popen([self.path_of_w2c, "profile", "--folded=g.txt", "endless.wasm"], cwd=self.folder,
                                   env=self.environment, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(1)
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)
        self.assertNotEqual(process.returncode, 0)
        self.assertEqual(self.listing("g.txt*"), [])

    def test_kept_programs_differ(self):
        """A sampled program is none that `run` may take, nor the other way round."""
        self.w2c("profile", "--engine=cc", *FAST, "--folded=f.txt", "exit_seven.wasm", code=7)
        self.w2c("run", "--engine=cc", *FAST, "exit_seven.wasm", code=7)
        self.assertEqual(len(self.listing("cache/w2c/*")), 2)


class PerfMap(Test):
    def test_map(self):
        """Lines of start, size and readable name, in the order of addresses, readable by its owner alone."""
        self.write("busy.wasm", BUSY)
        for _ in range(2):  # what the first run keeps is not used, for perf would look into that file
            process = subprocess.Popen([self.path_of_w2c, "run", "--engine=tcc", "--perf-map", "busy.wasm"],
                                       cwd=self.folder, env=self.environment)
            path = pathlib.Path(f"/tmp/perf-{process.pid}.map")
            self.addCleanup(lambda path=path: path.unlink(missing_ok=True))
            path.symlink_to(self.folder / "victim")
            self.assertEqual(process.wait(timeout=60), 3)
            self.assertEqual(self.listing("victim"), [])
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            rows = [line.split(" ", 2) for line in path.read_text().splitlines()]
            self.assertEqual([name for _, _, name in rows], ["app::busy"])
            self.assertTrue(all(int(start, 16) > 0 and int(size, 16) > 0 for start, size, _ in rows))

    def test_wrong_usage(self):
        self.refused("bench", "--perf-map", "exit_seven.wasm", code=2, says="--perf-map")


class Names(Test):
    def test_traps_have_readable_names(self):
        self.write("named.wasm", NAMED_TRAP)
        for engine in ("interp", "tcc", "cc"):
            done = self.w2c("run", f"--engine={engine}", *([] if engine != "cc" else FAST), "named.wasm", code=134)
            self.assertIn('func 1 "app::busy"', done.stderr)

    def test_identifiers_are_the_modules(self):
        self.write("named.wasm", NAMED_TRAP)
        self.w2c("named.wasm", "-o", "named.c")
        self.assertEqual(set(re.findall(r"\bfn1\w*", (self.folder / "named.c").read_text())), {"fn1_ZN3app4busy"})
