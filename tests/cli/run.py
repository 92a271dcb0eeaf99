#!/usr/bin/env python3
"""Tests of the w2c command line: run.py [--cc CC] PATH_OF_W2C [NAME...]

Everything that a user can type or that can happen to a build: options, exit codes, messages, compilers that fail or
hang, interrupts, kept programs. CC is what `cc` is meanwhile. Prints each failure, then the sums.
"""
import argparse
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import cli_builds
import cli_cache
import cli_engines
import cli_grants
import cli_invalid
import cli_measure
import cli_sockets
import wasm_bytes
from cli_case import FAST, Test


class Help(Test):
    def test_no_arguments(self):
        done = self.w2c(code=2)
        self.assertEqual(done.stdout, "")
        self.assertIn("usage:", done.stderr)
        self.assertLess(done.stderr.count("\n"), 8)

    def test_help_is_a_screen(self):
        for words in (["--help"], ["-h"], ["help"], ["run", "--help"], ["help", "run"], ["validate", "--help"],
                      ["help", "validate"], ["help", "bench"], ["help", "profile"], ["add.wasm", "--help"]):
            done = self.w2c(*words)
            self.assertEqual(done.stderr, "")
            self.assertIn("usage:", done.stdout)
            self.assertIn("examples:", done.stdout)
            self.assertIn("exit codes:", done.stdout)
            self.assertLess(done.stdout.count("\n"), 60)
            self.assertLess(max(map(len, done.stdout.splitlines())), 116)

    def test_help_of_a_command_has_its_options(self):
        self.assertNotIn("--keep-c", self.w2c("help", "run").stdout)
        self.assertIn("--keep-c", self.w2c("help").stdout)
        self.assertIn("--dir", self.w2c("help", "run").stdout)

    def test_help_of_an_unknown_command(self):
        self.refused("help", "rum", code=2, says="did you mean 'run'?")

    def test_version(self):
        self.assertRegex(self.w2c("--version").stdout, r"^w2c \d+\.\d+\.\d+\n$")


class Usage(Test):
    def test_unknown_options(self):
        self.refused("add.wasm", "-o", "a.c", "--bonds=check", code=2, says="'--bonds=check': did you mean --bounds?")
        self.refused("add.wasm", "--sealled", code=2, says="did you mean --sealed?")
        self.refused("add.wasm", "--frobnicate", code=2, says="'--frobnicate'")
        self.refused("add.wasm", "-x", code=2, says="'-x'")
        self.refused("run", "-o", "x", "add.wasm", code=2, says="'-o'")
        self.refused("validate", "--dir", ".", "add.wasm", code=2, says="'--dir'")

    def test_values(self):
        for words, says in (
                (["--bounds=none"], "guard"), (["--runtime=x"], "embedded"), (["-j", "0"], "from 1"),
                (["--split", "2x"], "from 1"), (["-O7"], "-O0"), (["-Os"], "-O0"), (["--name", "a-b"], "a-b"),
                (["--name="], "identifier"), (["--env", "A"], "NAME=VALUE"), (["--env", "=A"], "NAME=VALUE"),
                (["--dir", ""], "folder"), (["--dir", "::/x"], "folder"), (["--dir", "x::"], "folder"),
                (["--dir", "x:::ro"], "folder"), (["--sealed=1"], "no value"), (["--cflags", "'open"], "quote"),
                (["--cc"], "wants a value"), (["--listen", "80"], "ADDRESS:PORT"),
                (["--listen", ":80"], "ADDRESS:PORT"), (["--listen", "[::1]:65536"], "ADDRESS:PORT"),
                (["--deterministic=x"], "decimal"),
                (["--deterministic=18446744073709551616"], "decimal")):
            with self.subTest(words=words):
                self.refused("add.wasm", "-o", "a.c", *words, code=2, says=says)

    def test_modules(self):
        self.refused("-o", "x.c", code=2, says="no module")
        self.refused("add.wasm", "trap.wasm", "-o", "x.c", code=2, says="one module")
        self.refused("valdate", "add.wasm", code=2, says="did you mean 'validate'?")
        self.refused("validate", code=2, says="no module")
        self.refused("run", code=2, says="no module")
        self.refused("add.wasm", code=2, says="-o")

    def test_options_that_exclude_each_other(self):
        self.refused("add.wasm", "-o", "a", "--library", code=2, says="-o FILE.c")
        self.refused("add.wasm", "-o", "a.c", "--library", "--dir", ".", code=2, says="programs")
        self.refused("add.wasm", "-o", "a.c", "--library", "--sealed", code=2, says="programs")
        self.refused("exit_seven.wasm", "-o", "a", "--runtime=external", code=2, says="--runtime=external")
        self.refused("exit_seven.wasm", "-o", "a.c", "--keep-c", "d", code=2, says="--keep-c")

    def test_grants_for_what_turns_out_to_be_a_library(self):
        self.refused("add.wasm", "-o", "a.c", "--dir", ".", code=2, says="library")
        self.refused("add.wasm", "-o", "a.o", "--inherit-env", code=2, says="library")
        self.assertEqual(self.listing("a.*"), [])


class Files(Test):
    def test_inputs(self):
        self.write("empty.wasm", b"")
        self.refused("none.wasm", "-o", "x.c", code=1, says="none.wasm': No such file")
        self.refused(".", "-o", "x.c", code=1, says="folder")
        self.refused("empty.wasm", "-o", "x.c", code=1, says="empty")
        for command in ("run", "validate"):
            self.refused(command, "none.wasm", code=1, says="none.wasm': No such file")
            self.refused(command, "tmp", code=1, says="folder")
            self.refused(command, "empty.wasm", code=1, says="empty")
        self.assertEqual(self.listing("x*"), [])

    def test_outputs(self):
        self.refused("add.wasm", "-o", "none/x.c", code=1, says="none")
        self.refused("add.wasm", "-o", "add.wasm/x.c", code=1, says="add.wasm")
        self.refused("add.wasm", "-o", "tmp", code=1, says="folder")
        self.refused("add.wasm", "-o", "", code=2, says="-o")

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_unwritable_folder(self):
        (self.folder / "locked").mkdir(0o555)
        self.refused("add.wasm", "-o", "locked/x.c", code=1, says="locked")

    def test_output_is_the_input(self):
        os.link(self.folder / "add.wasm", self.folder / "linked.c")
        os.symlink("add.wasm", self.folder / "symbolic.c")
        for name in ("add.wasm", "./add.wasm", "linked.c", "symbolic.c"):
            self.refused("add.wasm", "-o", name, code=2, says="overwrite")
        self.assertEqual((self.folder / "add.wasm").read_bytes(), wasm_bytes.add)

    def test_bad_input_leaves_the_old_output(self):
        self.write("x.c", "old")
        self.refused("invalid.wasm", "-o", "x.c", code=1, says="invalid.wasm:0x")
        self.assertEqual((self.folder / "x.c").read_text(), "old")
        self.refused("invalid.wasm", "-o", "x", code=1, says="invalid.wasm:0x")
        self.assertEqual(self.listing("x*"), ["x.c"])

    def test_names_with_dashes_and_spaces(self):
        self.write("-odd name.wasm", wasm_bytes.exit_seven)
        self.w2c("-o", "odd name", *FAST, "--", "-odd name.wasm")
        self.run_program("odd name", code=7)


class Validate(Test):
    def test_verdicts(self):
        done = self.w2c("validate", "add.wasm", "exit_seven.wasm")
        self.assertEqual(done.stdout + done.stderr, "")
        message = self.refused("validate", "add.wasm", "invalid.wasm", "trap.wasm", code=1, says="invalid.wasm:0x")
        self.assertEqual(message.count("\n"), 1)
        self.write("garbage.wasm", b"garbage, not a module")
        message = self.refused("validate", "garbage.wasm", "invalid.wasm", "none.wasm", code=1, says="garbage.wasm:0x")
        self.assertEqual(message.count("\n"), 3)

    def test_standard_input(self):
        for module, code in ((wasm_bytes.add, 0), (wasm_bytes.invalid, 1)):
            done = subprocess.run([self.path_of_w2c, "validate", "-"], input=module, capture_output=True)
            self.assertEqual(done.returncode, code)


class Source(Test):
    def compile(self, *words):
        subprocess.run(["cc", "-O0", *words, "-lm"], cwd=self.folder, check=True, env=self.environment)

    def test_program(self):
        done = self.w2c("exit_seven.wasm", "-o", "seven.c")
        self.assertEqual(done.stdout + done.stderr, "")
        self.assertEqual(self.listing("seven*"), ["seven.c"])
        self.compile("seven.c", "-o", "seven")
        self.run_program("seven", code=7)

    def test_library(self):
        self.w2c("add.wasm", "-o", "sum.c")
        self.assertEqual(self.listing("sum*"), ["sum.c", "sum.h"])
        self.w2c("foreign_import.wasm", "-o", "foreign.c")
        self.assertEqual(self.listing("foreign.*"), ["foreign.c", "foreign.h"])
        self.refused("foreign_import.wasm", "-o", "other.c", "--program", code=1, says="foreign_import.wasm")
        self.assertEqual(self.listing("other*"), [])

    def test_parts(self):
        done = self.w2c("show_arguments.wasm", "-o", "p.c", "--split", "2")
        self.assertIn("cc -O2 p*.c -o p -lm", done.stdout)
        self.assertEqual(self.listing("p*"), ["p.c", "p_1.c", "p_2.c", "p_shared.h"])
        self.compile("p.c", "p_1.c", "p_2.c", "-o", "p")
        self.run_program("p", "x", code=2)

    def test_stale_parts(self):
        self.w2c("show_arguments.wasm", "-o", "p.c", "--split", "2")
        for number in (3, 4, 6):
            shutil.copy(self.folder / "p_1.c", self.folder / f"p_{number}.c")
        self.write("p_5.c", "int mine;\n")
        self.w2c("show_arguments.wasm", "-o", "p.c", "--split", "2")
        self.assertEqual(self.listing("p*"), ["p.c", "p_1.c", "p_2.c", "p_5.c", "p_shared.h"])
        self.write("p_3.c", "int mine;\n")
        self.w2c("show_arguments.wasm", "-o", "p.c", "--split", "1")
        self.assertEqual(self.listing("p*"), ["p.c", "p_3.c", "p_5.c"])

    def test_same_bytes_again(self):
        self.w2c("show_arguments.wasm", "-o", "p.c", "-j", "1")
        first = (self.folder / "p.c").read_bytes()
        self.w2c("show_arguments.wasm", "-o", "p.c", "-j", "3")
        self.assertEqual((self.folder / "p.c").read_bytes(), first)


class Compiled(Test):
    def test_program(self):
        for bounds in ("guard", "check"):
            done = self.w2c("show_arguments.wasm", "-o", "show", "--bounds", bounds, *FAST)
            self.assertEqual(done.stdout + done.stderr, "")
            shown = self.run_program("show", "--help", "b c", "", code=4)
            self.assertEqual(shown.split("\0")[1:], ["--help", "b c", "", ""])
        self.assertEqual(self.listing("show*"), ["show", "show_arguments.wasm", "show_grants.wasm"])

    def test_program_of_parts(self):
        self.w2c("show_arguments.wasm", "-o", "show", "--split", "3", "-j", "2", *FAST)
        self.run_program("show", code=1)

    def test_no_program(self):
        for module in ("add.wasm", "foreign_import.wasm"):
            self.refused(module, "-o", "x", code=1, says="-o FILE.c, FILE.o, FILE.so or FILE.a")
        self.assertEqual(self.listing("x*"), [])

    def test_library_results(self):
        for name in ("sum.o", "sum.a", "sum.so"):
            self.w2c("add.wasm", "-o", name, *FAST)
            self.assertEqual(self.listing("sum*"), ["sum.h", name] if name > "sum.h" else [name, "sum.h"])
            symbols = subprocess.run(["nm", "-D" if name == "sum.so" else "-g", name], cwd=self.folder,
                                     capture_output=True, text=True).stdout
            self.assertIn("sum_add", symbols)
            (self.folder / "sum.h").unlink()
            (self.folder / name).unlink()

    def test_object_of_parts(self):
        self.w2c("add.wasm", "-o", "sum.o", "--split", "2", *FAST)
        self.assertEqual(self.listing("sum*"), ["sum.h", "sum.o"])

    def test_use_of_a_library(self):
        self.write("main.c", """
            #include "sum.h"
            int main(void) {
                struct w2c_error error;
                struct sum *sum = sum_new(&error);
                if (!sum) {
                    w2c_error_print(&error, stderr);
                    return 1;
                }
                const unsigned five = sum_add(sum, 2, 3);
                sum_delete(sum);
                return (int)five;
            }
        """)
        for name in ("sum.c", "sum.o", "sum.a", "sum.so"):
            with self.subTest(name=name):
                self.w2c("add.wasm", "-o", name, *FAST)
                subprocess.run(["cc", "main.c", "./" + name, "-o", "five", "-lm"], cwd=self.folder, check=True)
                self.run_program("five", code=5)

    def test_flags_reach_the_compiler(self):
        log = self.folder / "log"
        compiler = self.script("mycc", f'echo "$@" >>{log}\nexec cc "$@"\n')
        self.w2c("exit_seven.wasm", "-o", "x", "--cc", f"'{compiler}' -DONE", "-O1", "--cflags", "-DTWO='a b' -g0",
                 "--cflags=-DTHREE")
        lines = [line for line in log.read_text().splitlines() if not re.search(r"placement\.c|--version", line)]
        self.assertEqual(len(lines), 2)
        self.assertRegex(lines[0], "^-DONE -O1 .*-DTWO=a b -g0 -DTHREE -c ")
        log.unlink()
        self.w2c("exit_seven.wasm", "-o", "x", CC=f"{compiler} -DFOUR")
        self.assertIn("-DFOUR -O2", log.read_text())

    def test_clang_keeps_conditional_moves(self):
        for machine, expected in (("x86_64", 1), ("aarch64", 0)):
            log = self.folder / machine
            says = f"clang version 19\\nTarget: {machine}-pc-linux-gnu\\n"
            compiler = self.script("clang", f'[ "$1" = --version ] && printf "{says}" && exit\n'
                                            f'echo "$@" >>{log}\nexit 1\n')
            self.w2c("exit_seven.wasm", "-o", "x", "--cc", compiler, code=1)
            self.assertEqual(log.read_text().count("-mllvm -x86-cmov-converter=false"), expected)

    def test_keep_c(self):
        self.w2c("exit_seven.wasm", "-o", "x", "--keep-c", "kept", "--split", "2", *FAST)
        self.w2c("exit_seven.wasm", "-o", "x", "--keep-c", "kept", "--split", "1", *FAST)
        self.assertEqual(self.listing("kept/*"), ["x.c"])
        self.run_program("x", code=7)

    def test_verbose_shows_commands(self):
        self.assertRegex(self.w2c("exit_seven.wasm", "-o", "x", "-v", *FAST).stderr, "cc -O0 .*-c ")

    def test_program_that_is_running_is_replaced(self):
        self.w2c("exit_seven.wasm", "-o", "x", *FAST)
        before = (self.folder / "x").stat().st_ino
        os.link(self.folder / "x", self.folder / "old")
        self.w2c("exit_seven.wasm", "-o", "x", *FAST)
        self.assertNotEqual((self.folder / "x").stat().st_ino, before)

    def test_devices_stay_devices(self):
        self.w2c("exit_seven.wasm", "-o", "/dev/null", *FAST)
        self.assertTrue(pathlib.Path("/dev/null").is_char_device())

    def test_mode_follows_umask(self):
        before = os.umask(0o027)
        try:
            self.w2c("exit_seven.wasm", "-o", "x", *FAST)
        finally:
            os.umask(before)
        self.assertEqual((self.folder / "x").stat().st_mode & 0o777, 0o750)

    def test_progress_on_a_terminal(self):
        if not os.path.exists("/dev/pts/ptmx"):
            self.skipTest("no pseudo-terminals here")  # containers may have none
        main, other = pty.openpty()
        code = subprocess.run([self.path_of_w2c, "exit_seven.wasm", "-o", "x", "--split", "1", *FAST], cwd=self.folder,
                              env=self.environment, stderr=other).returncode
        os.close(other)
        shown = b""
        try:
            while chunk := os.read(main, 4096):
                shown += chunk
        except OSError:
            pass  # how Linux ends a terminal
        os.close(main)
        self.assertEqual(code, 0)
        self.assertIn(b"[0/2] compiling x.c", shown)
        self.assertIn(b"[1/2] linking", shown)
        self.assertTrue(shown.endswith(b"\r\033[K"))


class Compilers(Test):
    def test_failure_is_shown_whole(self):
        lines = "".join(f"echo 'x.c:{i}: no such luck' >&2\n" for i in range(300))
        failing = self.script("failing", lines + "exit 3\n")
        done = self.w2c("exit_seven.wasm", "-o", "x", "--cc", failing, code=1)
        self.assertEqual(done.stderr.count("no such luck"), 300)
        self.assertIn("failed with exit code 3 while compiling x.c", done.stderr)
        self.assertEqual(self.listing("x*"), [])

    def test_link_failure(self):
        failing = self.script("failing", 'case "$*" in *" -c "*) exec cc "$@";; esac\necho no link >&2\nexit 1\n')
        self.write("x", "old")
        done = self.w2c("exit_seven.wasm", "-o", "x", "--cc", failing, *FAST, code=1)
        self.assertIn("no link", done.stderr)
        self.assertIn("while linking", done.stderr)
        self.assertEqual((self.folder / "x").read_text(), "old")

    def test_killed_compiler(self):
        done = self.w2c("exit_seven.wasm", "-o", "x", "--cc", self.script("dying", "kill -9 $$\n"), code=1)
        self.assertIn("signal 9", done.stderr)

    def test_missing_compiler(self):
        self.refused("exit_seven.wasm", "-o", "x", "--cc", "no-such-cc", code=1, says="cannot run 'no-such-cc'")
        self.refused("run", "--cc", "no-such-cc", "exit_seven.wasm", code=1, says="cannot run 'no-such-cc'")
        self.refused("exit_seven.wasm", "-o", "x", "--cc", "", code=1, says="--cc")

    def test_failure_ends_the_others(self):
        """One part fails at once; the other compilers would take a minute."""
        slow = self.script("slow", 'case "$*" in *_1.c*|*placement.c*|*--version*) exit 1;; esac\nsleep 60\n')
        start = time.monotonic()
        self.w2c("show_arguments.wasm", "-o", "x", "--split", "2", "-j", "2", "--cc", slow, code=1)
        self.assertLess(time.monotonic() - start, 20)

    def test_warnings_are_shown(self):
        warning = self.script("warning", 'echo "careful" >&2\nexec cc "$@"\n')
        self.assertIn("careful", self.w2c("exit_seven.wasm", "-o", "x", "--cc", warning, *FAST).stderr)

    def test_archiver(self):
        log = self.folder / "log"
        archiver = self.script("myar", f'echo "$@" >{log}\nexec ar "$@"\n')
        self.w2c("add.wasm", "-o", "sum.a", *FAST, AR=archiver)
        self.assertTrue(log.read_text().startswith("rcs "))

    def test_compiler_has_no_input(self):
        self.w2c("exit_seven.wasm", "-o", "x", "--cc", self.script("reader", 'cat\nexec cc "$@"\n'), *FAST)


class Interrupts(Test):
    def interrupt(self, number, *arguments, trap=""):
        """Sends a signal while a compiler runs; nothing may be left, of files or of processes."""
        mark = self.folder / "started"
        slow = self.script("slow", f'{trap}\ncase "$*" in *--version*) exit 0;; esac\ntouch "$TMPDIR/junk"\n'
                                   f'sleep 61 &\necho $$ $! >{mark}.new; mv {mark}.new {mark}\nwait\nsleep 61\n')
        process = subprocess.Popen([self.path_of_w2c, *arguments[:1], "--cc", slow, *arguments[1:]], cwd=self.folder,
                                   env=self.environment, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 60
        while not mark.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertIsNone(process.poll(), "ended before the signal")
        self.assertNotEqual(list(self.temporary.iterdir()), [])
        process.send_signal(number)
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, -number)
        self.assertEqual(list(self.temporary.iterdir()), [])
        for pid in mark.read_text().split():
            while self.is_alive(pid):  # killed, but perhaps not quite dead
                self.assertLess(time.monotonic(), deadline, "compiler lives on")
                time.sleep(0.01)
        mark.unlink()

    def is_alive(self, pid):
        """A zombie that nobody in this container reaps is dead enough."""
        try:
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
        except OSError:
            return False

    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number=number):
                self.interrupt(number, "exit_seven.wasm", "-o", "x")
                self.assertEqual(self.listing("x*"), [])

    def test_stubborn_compiler(self):
        self.interrupt(signal.SIGINT, "exit_seven.wasm", "-o", "x", trap="trap '' TERM INT")

    def test_run(self):
        self.interrupt(signal.SIGINT, "run", "exit_seven.wasm")
        self.assertEqual(self.listing("cache/w2c/*"), [])

    def test_ignored_signals_stay_ignored(self):
        waiting = self.script("waiting", 'case "$*" in *" -c "*) touch started; sleep 1;; esac\nexec cc "$@"\n')
        process = subprocess.Popen(
            [self.path_of_w2c, "exit_seven.wasm", "-o", "x", "--cc", waiting, *FAST], cwd=self.folder,
            env=self.environment, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        while not (self.folder / "started").exists():
            self.assertIsNone(process.poll(), "ended before the signal")
            time.sleep(0.01)
        process.send_signal(signal.SIGHUP)
        self.assertEqual(process.wait(timeout=60), 0)
        self.run_program("x", code=7)


class Run(Test):
    def kept(self):
        return sorted((self.folder / "cache" / "w2c").iterdir())

    def test_arguments_are_the_guests(self):
        done = self.w2c("run", *FAST, "./show_arguments.wasm", "--help", "-o", "x y", "--", code=5)
        self.assertEqual(done.stdout, "./show_arguments.wasm\0--help\0-o\0x y\0--\0")
        self.assertEqual(done.stderr, "")

    def test_exit_codes(self):
        self.w2c("run", *FAST, "exit_seven.wasm", code=7)
        done = self.w2c("run", *FAST, "trap.wasm", code=134)
        self.assertIn("unreachable", done.stderr)
        self.refused("run", "invalid.wasm", code=1, says="invalid.wasm:0x")
        self.refused("run", "add.wasm", code=1, says="no program")

    def test_second_time_needs_no_build(self):
        log = self.folder / "log"
        compiler = self.script("mycc", f'echo "$@" >>{log}\nexec cc "$@"\n')
        for _ in range(3):
            self.w2c("run", *FAST, "--cc", compiler, "exit_seven.wasm", code=7)
        self.assertEqual(sum(" -c " in line for line in log.read_text().splitlines()), 1)
        self.assertEqual(len(self.kept()), 1)

    def test_what_makes_a_difference(self):
        self.w2c("run", *FAST, "exit_seven.wasm", code=7)
        self.w2c("run", *FAST, "--dir", ".", "--env", "A=B", "-j", "1", "exit_seven.wasm", "x", code=7)
        self.assertEqual(len(self.kept()), 1)
        self.w2c("run", "-O1", "exit_seven.wasm", code=7)
        self.w2c("run", *FAST, "--bounds=check", "exit_seven.wasm", code=7)
        self.w2c("run", *FAST, "--cflags", "-DX", "exit_seven.wasm", code=7)
        self.w2c("run", *FAST, "--cc", "cc -DX", "exit_seven.wasm", code=7)
        self.assertEqual(len(self.kept()), 5)
        self.write("exit_seven.wasm", wasm_bytes.module([wasm_bytes.EXIT], 0, 0,
                                                        wasm_bytes.const(8) + wasm_bytes.call(0), "_start"))
        self.w2c("run", *FAST, "exit_seven.wasm", code=8)
        self.assertEqual(len(self.kept()), 6)

    def test_version_of_the_compiler(self):
        for version in ("1", "2"):
            compiler = self.script("mycc", f'[ "$1" = --version ] && echo {version} && exit\n'
                                           '[ "$2" = --version ] && echo no && exit\nexec cc "$@"\n')
            self.w2c("run", *FAST, "--cc", compiler, "exit_seven.wasm", code=7)
        self.assertEqual(len(self.kept()), 2)

    def test_damaged_programs_are_built_again(self):
        self.w2c("run", *FAST, "exit_seven.wasm", code=7)
        path, = self.kept()
        whole = path.read_bytes()
        half = len(whole) // 2
        for damaged in (b"", b"x", whole[:half], whole[:-1], whole + b"x", whole[:half] + b"????" + whole[half + 4:]):
            path.unlink()
            path.write_bytes(damaged)
            self.w2c("run", *FAST, "exit_seven.wasm", code=7)
            self.assertEqual(path.read_bytes(), whole)
            self.assertEqual(self.kept(), [path])

    def test_several_at_once(self):
        command = [self.path_of_w2c, "run", *FAST, "-j", "1", "exit_seven.wasm"]
        processes = [subprocess.Popen(command, cwd=self.folder, env=self.environment) for _ in range(6)]
        self.assertEqual([process.wait(timeout=120) for process in processes], [7] * 6)
        self.assertEqual(len(self.kept()), 1)

    def test_places_for_the_cache(self):
        self.environment["HOME"] = str(self.folder / "home")
        self.w2c("run", *FAST, "exit_seven.wasm", code=7, XDG_CACHE_HOME="")
        self.assertEqual(len(self.listing("home/.cache/w2c/*")), 1)
        done = self.w2c("run", *FAST, "exit_seven.wasm", code=1, XDG_CACHE_HOME="", HOME="")
        self.assertIn("XDG_CACHE_HOME", done.stderr)
        done = self.w2c("run", *FAST, "exit_seven.wasm", code=1, XDG_CACHE_HOME="/dev/null")
        self.assertIn("/dev/null", done.stderr)

    def test_standard_streams_belong_to_the_guest(self):
        done = self.w2c("run", *FAST, "exit_seven.wasm", code=7)
        self.assertEqual(done.stdout + done.stderr, "")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("w2c", type=os.path.abspath)
    parser.add_argument("names", nargs="*", help="parts of test names")
    return parser.parse_args()


def run_all(names):
    loader = unittest.TestLoader()
    if names:
        loader.testNamePatterns = [f"*{name}*" for name in names]
    modules = (sys.modules[__name__], cli_builds, cli_cache, cli_engines, cli_grants, cli_invalid, cli_measure,
               cli_sockets)
    suite = unittest.TestSuite(map(loader.loadTestsFromModule, modules))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(suite)
    failed = len({case.id().split(" ")[0] for case, _ in result.failures + result.errors})
    skipped = len(result.skipped)
    print(f"{result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


def main():
    # What a shell starts in the background, or nohup, ignores these, and so would all that is tested.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, lambda number, frame: None)
    options = parse_options()
    Test.path_of_w2c = options.w2c
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # compilers that run as somebody else find it, too
        os.symlink(shutil.which(options.cc) or sys.exit(f"there is no {options.cc}"), os.path.join(folder, "cc"))
        os.environ["PATH"] = folder + os.pathsep + os.environ["PATH"]
        sys.exit(run_all(options.names))


if __name__ == "__main__":
    main()
