"""Tests of the command line: what a program is granted, and which calls of WASI it may make and w2c shows."""
import os
import unittest

import wasm_bytes
from cli_case import FAST, Test
from wasm_bytes import DROP, EXIT, call, const, module

NOBODY = 65534


class Grants(Test):
    def test_nothing_by_default(self):
        self.assertEqual(self.w2c("run", *FAST, "show_grants.wasm", code=100 - 50).stdout, "")

    def test_run(self):
        odd = "it's a \"test\" \\ $HOME\n\ttwo  spaces"
        done = self.w2c("run", *FAST, "--env", "A=" + odd, "--env=B=", "--dir", ".", "show_grants.wasm", code=100)
        self.assertEqual(done.stdout, f"A={odd}\0B=\0")
        done = self.w2c("run", *FAST, "--inherit-env", "show_grants.wasm", code=50, W2C_TEST="here")
        self.assertIn("W2C_TEST=here\0", done.stdout)
        self.assertNotIn("W2C_OPTIONS", done.stdout)

    def test_run_replaces_the_variable(self):
        done = self.w2c("run", *FAST, "show_grants.wasm", code=50, W2C_OPTIONS="--env A=B --dir .")
        self.assertEqual(done.stdout, "")

    def test_run_with_an_odd_folder(self):
        (self.folder / "it's a folder").mkdir()
        self.w2c("run", *FAST, "--dir", "it's a folder::/data:ro", "show_grants.wasm", code=100)

    def test_built_in(self):
        self.w2c("show_grants.wasm", "-o", "granted", "--dir", ".::/here", "--env", "A=it's", *FAST)
        self.assertEqual(self.run_program("granted", code=100), "A=it's\0")
        self.assertEqual(self.run_program("granted", code=100, W2C_OPTIONS="--env C=D"), "A=it's\0C=D\0")

    def test_at_run_time(self):
        self.w2c("show_grants.wasm", "-o", "plain", *FAST)
        self.assertEqual(self.run_program("plain", code=50), "")
        self.assertEqual(self.run_program("plain", code=100, W2C_OPTIONS="--dir . --env 'A=b c'"), "A=b c\0")
        self.run_program("plain", code=2, W2C_OPTIONS="--what")

    def test_sealed(self):
        self.w2c("show_grants.wasm", "-o", "sealed", "--sealed", "--env", "A=B", *FAST)
        self.assertEqual(self.run_program("sealed", code=50, W2C_OPTIONS="--dir . --env C=D"), "A=B\0")

    @unittest.skipIf(os.getuid() != 0, "only root can make a program that runs with the rights of somebody else")
    def test_rights_of_somebody_else(self):
        """Whoever starts a set-user-ID program must not choose what it grants."""
        self.w2c("show_grants.wasm", "-o", "plain", "--env", "A=B", *FAST)
        os.chown(self.folder / "plain", NOBODY, NOBODY)
        self.assertEqual(self.run_program("plain", code=50, W2C_OPTIONS="--env C=D"), "A=B\0C=D\0")
        (self.folder / "plain").chmod(0o4755)
        self.assertEqual(self.run_program("plain", code=50, W2C_OPTIONS="--env C=D"), "A=B\0")


OLD = "wasi_unstable"


def tell(imported):
    """Asks for the position of a descriptor that is not open, and exits with 7."""
    return module([EXIT, (imported, "fd_tell", 2, 1)], 0, 0,
                  const(3) + const(16) + call(1) + DROP + const(7) + call(0), "_start")


class Trace(Test):
    LINES = "fd_tell(3) = BADF\nproc_exit(7) = ?\n"

    def setUp(self):
        super().setUp()
        self.write("tell.wasm", tell(wasm_bytes.WASI))

    def test_run(self):
        done = self.w2c("run", *FAST, "--trace", "tell.wasm", code=7)
        self.assertEqual((done.stdout, done.stderr), ("", self.LINES))
        self.assertEqual(self.w2c("run", *FAST, "tell.wasm", code=7).stderr, "")

    def test_paths(self):
        done = self.w2c("run", *FAST, "--trace", "--dir", ".::/x", "show_grants.wasm", code=100)
        self.assertIn("fd_prestat_get(3) = {DIR, 2}\n", done.stderr)
        self.assertTrue(done.stderr.endswith("proc_exit(100) = ?\n"))

    def test_built_in(self):
        self.w2c("tell.wasm", "-o", "traced", "--trace", *FAST)
        self.assertEqual(self.run_program("traced", code=7, errors=True), self.LINES)

    def test_at_run_time(self):
        self.w2c("tell.wasm", "-o", "plain", *FAST)
        self.assertEqual(self.run_program("plain", code=7, errors=True), "")
        self.assertEqual(self.run_program("plain", code=7, errors=True, W2C_OPTIONS="--trace"), self.LINES)

    def test_sealed(self):
        self.w2c("tell.wasm", "-o", "sealed", "--sealed", *FAST)
        self.assertEqual(self.run_program("sealed", code=7, errors=True, W2C_OPTIONS="--trace"), "")

    def test_not_for_libraries(self):
        self.refused("add.wasm", "-o", "a.o", "--trace", code=2, says="--trace")


class Snapshot0(Test):
    """Modules that import the older wasi_unstable."""

    def test_program(self):
        self.write("tell.wasm", tell(OLD))
        self.assertEqual(self.w2c("run", *FAST, "--trace", "tell.wasm", code=7).stderr, Trace.LINES)

    def test_calls_that_differ(self):
        self.write("old.wasm", module([(OLD, "fd_filestat_get", 2, 1), EXIT], 0, 0,
                                      const(77) + const(0) + call(0) + call(1), "_start"))
        done = self.w2c("run", *FAST, "--trace", "old.wasm", code=8)
        self.assertIn("unstable_fd_filestat_get(77) = BADF\n", done.stderr)

    def test_library(self):
        self.write("old.wasm", module([(OLD, "fd_filestat_get", 2, 1), (wasm_bytes.WASI, "fd_filestat_get", 2, 1)],
                                      0, 0, const(77) + const(0) + call(0) + DROP, "f"))
        self.w2c("old.wasm", "-o", "old.o", "--library", *FAST)
        self.w2c("old.wasm", "-o", "old.c", "--library", "--runtime=external")
        text = (self.folder / "old.c").read_text(encoding="utf-8")
        self.assertIn("w2c_wasi_unstable_fd_filestat_get", text)
        self.assertIn("w2c_wasi_fd_filestat_get", text)

    def test_what_it_lacks(self):
        self.write("old.wasm", module([(OLD, "sock_accept", 3, 1)], 0, 0, b"", "_start"))
        self.refused("old.wasm", "-o", "old", "--program", code=1, says="sock_accept")
        self.write("odd.wasm", module([(OLD, "unstable_fd_filestat_get", 2, 1)], 0, 0, b"", "_start"))
        self.refused("odd.wasm", "-o", "odd", "--program", code=1, says="unstable_fd_filestat_get")
