"""What tests of the command line share: a folder with modules in it, and w2c run in there."""
import fcntl
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import wasm_bytes

FAST = ["-O0"]


class Test(unittest.TestCase):
    """Each test has a folder of its own, with the modules in it, and a TMPDIR that must be empty in the end."""
    path_of_w2c = None  # set by run.py

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="w2c-cli-"))
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        for name in ("exit_seven", "show_arguments", "show_grants", "trap", "add", "foreign_import", "invalid"):
            self.write(name + ".wasm", getattr(wasm_bytes, name))
        self.environment = {**os.environ, "TMPDIR": str(self.temporary), "XDG_CACHE_HOME": str(self.folder / "cache")}
        for name in ("CC", "AR", "W2C_OPTIONS"):
            self.environment.pop(name, None)

    def await_builders(self):
        """Until nobody builds for the cache any more: each holds the lock of what it builds until it ends."""
        for path in (self.folder / "cache").rglob("*.lock"):
            with open(path, "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)

    def tearDown(self):
        self.await_builders()
        left = list(self.temporary.iterdir())
        names = [p.name for p in self.folder.rglob("*.tmp")]
        shutil.rmtree(self.folder)
        self.assertEqual(left, [], "left in TMPDIR")
        self.assertEqual(names, [], "temporary files beside the output")

    def write(self, name, content, executable=False):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if executable:
            path.chmod(0o755)
        return path

    def script(self, name, text):
        return str(self.write(name, "#!/bin/sh\n" + text, executable=True))

    def w2c(self, *arguments, code=0, **settings):
        """Runs w2c in the folder and expects an exit code; standard output and error as text."""
        done = subprocess.run([self.path_of_w2c, *arguments], cwd=self.folder, env={**self.environment, **settings},
                              capture_output=True, timeout=300, errors="replace", stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, f"w2c {arguments}: {done.stdout}{done.stderr}")
        return done

    def run_program(self, name, *arguments, code=0, errors=False, **settings):
        """Runs a program that was made; its standard output, or with `errors` standard error."""
        environment = {**self.environment, **settings}
        done = subprocess.run([str(self.folder / name), *arguments], cwd=self.folder, env=environment,
                              capture_output=True, timeout=60, errors="replace", stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stderr if errors else done.stdout

    def listing(self, pattern):
        return sorted(p.name for p in self.folder.glob(pattern))

    def refused(self, *arguments, code, says):
        """Exactly one message, on standard error, and it says so."""
        done = self.w2c(*arguments, code=code)
        self.assertEqual(done.stdout, "")
        self.assertIn(says, done.stderr)
        self.assertNotIn("\n\n", done.stderr)
        return done.stderr
