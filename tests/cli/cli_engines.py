"""Tests of the command line: w2c run by engines in its process. Neither a guest nor who reads its messages can tell
which engine runs it."""
import signal
import subprocess

from cli_case import FAST, Test
from wasm_bytes import DROP, EXIT, LOAD, WASI, call, const, module

IN_PROCESS = ("interp", "tcc")
ENGINES = (*IN_PROCESS, "cc")

OUT_OF_BOUNDS = module([EXIT], 0, 0, const(0x10000) + LOAD + DROP, "_start")
ENDLESS_RECURSION = module([EXIT], 0, 0, call(1) + const(0) + call(0), "_start")
DIVIDES_BY_ZERO = module([EXIT], 0, 0, const(1) + const(0) + b"\x6e" + DROP, "_start")
# The memory is not exported, so pointers of the guest lead nowhere: errno 21, EFAULT.
NO_MEMORY = module([EXIT, (WASI, "random_get", 2, 1)], 0, 0, const(0) + const(4) + call(1) + call(0), "_start",
                   memory=False)
WAITS = module([EXIT], 0, 0, b"\x03\x40\x0c\x00\x0b", "_start")


class Engines(Test):
    def by(self, engine, *arguments, **settings):
        return self.w2c("run", f"--engine={engine}", *(FAST if engine == "cc" else []), *arguments, **settings)

    def by_all(self, *arguments, **settings):
        """Standard output and error, which are the same whatever the engine."""
        found = [(engine, self.by(engine, *arguments, **settings)) for engine in ENGINES]
        for engine, done in found:
            self.assertEqual((engine, done.stdout, done.stderr), (engine, found[-1][1].stdout, found[-1][1].stderr))
        return found[-1][1]

    def test_arguments(self):
        done = self.by_all("./show_arguments.wasm", "--help", "-o", "x y", "--", "", code=6)
        self.assertEqual(done.stdout, "./show_arguments.wasm\0--help\0-o\0x y\0--\0\0")

    def test_grants(self):
        odd = "it's a \"test\" \\ $HOME\n\ttwo  spaces"
        done = self.by_all("--env", "A=" + odd, "--env=B=", "--dir", ".", "show_grants.wasm", code=100)
        self.assertEqual(done.stdout, f"A={odd}\0B=\0")
        self.assertEqual(self.by_all("show_grants.wasm", code=50, W2C_OPTIONS="--env A=B --dir .").stdout, "")
        for engine in ENGINES:
            done = self.by(engine, "--inherit-env", "show_grants.wasm", code=50, W2C_TEST="here")
            self.assertIn("W2C_TEST=here\0", done.stdout)
            self.assertNotIn("W2C_OPTIONS", done.stdout)

    def test_folders_that_are_not_there(self):
        self.assertIn("nowhere", self.by_all("--dir", "nowhere", "show_grants.wasm", code=1).stderr)

    def test_default(self):
        """Without a word about engines a program runs at once, whether there is a C compiler or not."""
        stuck = self.script("stuck", 'case "$*" in *--version*) exit 0;; esac\ntouch asked\nexit 1\n')
        for compiler in ("no-such-compiler", stuck):
            self.assertEqual(self.w2c("run", "exit_seven.wasm", code=7, CC=compiler).stderr, "")
        self.await_builders()
        self.refused("run", "--cc", "no-such-compiler", "exit_seven.wasm", code=1,
                     says="cannot run 'no-such-compiler'")

    def test_exit_codes(self):
        self.by_all("exit_seven.wasm", code=7)

    def test_traps(self):
        self.write("bounds.wasm", OUT_OF_BOUNDS)
        self.write("divides.wasm", DIVIDES_BY_ZERO)
        self.assertEqual(self.by_all("trap.wasm", code=134).stderr,
                         'trap.wasm: trap: unreachable in func 1 "_start"\n  #0 func 1 "_start"\n')
        self.assertIn("integer divide by zero", self.by_all("divides.wasm", code=134).stderr)
        for engine in IN_PROCESS:
            done = self.by(engine, "bounds.wasm", code=134)
            self.assertIn('bounds.wasm: trap: out of bounds memory access in func 1 "_start"\n', done.stderr)
        self.assertIn("out of bounds", self.by("interp", "--bounds=check", "bounds.wasm", code=134).stderr)

    def test_exhaustion(self):
        self.write("recursion.wasm", ENDLESS_RECURSION)
        for engine in ENGINES:
            done = self.by(engine, "recursion.wasm", code=134)
            self.assertIn('recursion.wasm: trap: call stack exhausted in func 1 "_start"\n  #0 func 1 "_start"\n',
                          done.stderr)
            self.assertIn("  ... at least ", done.stderr)

    def test_memory_that_is_not_exported(self):
        self.write("no_memory.wasm", NO_MEMORY)
        self.by_all("no_memory.wasm", code=21)

    def test_what_cannot_run(self):
        for engine in IN_PROCESS:
            engine = f"--engine={engine}"
            self.refused("run", engine, "invalid.wasm", code=1, says="invalid.wasm:0x")
            self.refused("run", engine, "add.wasm", code=1, says="add.wasm")
            self.refused("run", engine, "foreign_import.wasm", code=1, says="foreign_import.wasm")
            self.refused("run", engine, "missing.wasm", code=1, says="missing.wasm")
            self.write("empty.wasm", b"")
            self.refused("run", engine, "empty.wasm", code=1, says="empty")

    def test_wasi_of_other_types(self):
        """A call with the name of WASI's and another type, as pointers of 64 bits make it, is named."""
        self.write("other_wasi.wasm", module([(WASI, "fd_write", 3, 1)], 0, 0, b"", "_start"))
        for engine in ENGINES:
            self.refused("run", f"--engine={engine}", "other_wasi.wasm", code=1,
                         says="other_wasi.wasm: import 0, fd_write, has the type iii:i, and in WASI preview 1 iiii:i")

    def test_usage(self):
        self.refused("run", "--engine=jit", "exit_seven.wasm", code=2, says="'jit'")
        self.refused("run", "--engine", code=2, says="--engine")
        self.refused("exit_seven.wasm", "-o", "x", "--engine=interp", code=2, says="not for this command")
        self.refused("run", "--engine=tcc", "--bounds=check", "exit_seven.wasm", code=2, says="--bounds=check")

    def test_no_compiler_is_needed(self):
        for engine in IN_PROCESS:
            self.by(engine, "exit_seven.wasm", code=7, PATH="/nowhere", CC="/nowhere/cc")

    def test_no_home_is_needed(self):
        for engine in IN_PROCESS:
            self.by(engine, "exit_seven.wasm", code=7, HOME="", XDG_CACHE_HOME="")

    def test_signals_are_the_guests(self):
        self.write("waits.wasm", WAITS)
        for engine in IN_PROCESS:
            process = subprocess.Popen([self.path_of_w2c, "run", f"--engine={engine}", "waits.wasm"], cwd=self.folder,
                                       env=self.environment)
            with self.assertRaises(subprocess.TimeoutExpired):
                process.wait(timeout=0.3)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(timeout=20), -signal.SIGINT)

    def test_standard_input_as_module(self):
        data = (self.folder / "exit_seven.wasm").read_bytes()
        for engine in IN_PROCESS:
            done = subprocess.run([self.path_of_w2c, "run", f"--engine={engine}", "-"], input=data,
                                  cwd=self.folder, env=self.environment, capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (7, b"", b""))
