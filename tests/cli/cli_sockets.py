"""Tests of the command line: programs that accept connections, and those that are the same in every run."""
import re
import socket
import subprocess

from cli_case import FAST, Test
from wasm_bytes import DROP, EXIT, LOAD, STORE, WASI, call, const, module

# Accepts one connection on descriptor 3, sends back what came first, and exits with the number of bytes.
ECHO = module(
    [EXIT, (WASI, "sock_accept", 3, 1), (WASI, "sock_recv", 6, 1), (WASI, "sock_send", 5, 1),
     (WASI, "sock_shutdown", 2, 1)], 0, 0,
    const(3) + const(0) + const(0) + call(1) + DROP
    + const(8) + const(1024) + STORE + const(12) + const(100) + STORE
    + const(0) + LOAD + const(8) + const(1) + const(0) + const(4) + const(20) + call(2) + DROP
    + const(12) + const(4) + LOAD + STORE
    + const(0) + LOAD + const(8) + const(1) + const(0) + const(24) + call(3) + DROP
    + const(0) + LOAD + const(3) + call(4) + DROP
    + const(4) + LOAD + call(0), "_start")

# Exits with a random byte.
DRAW = module([EXIT, (WASI, "random_get", 2, 1)], 0, 0,
              const(0) + const(1) + call(1) + DROP + const(0) + LOAD + call(0), "_start")

PORT = re.compile(r"has port (\d+)\n")


class Sockets(Test):
    def setUp(self):
        super().setUp()
        self.write("echo.wasm", ECHO)

    def serve(self, command, address="127.0.0.1", **settings):
        """Starts a server on port 0, whose number it tells, and sends it a line."""
        with subprocess.Popen(command, cwd=self.folder, env={**self.environment, **settings}, text=True,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as server:
            told = PORT.search(server.stderr.readline())
            self.assertTrue(told)
            with socket.create_connection((address, int(told[1])), timeout=30) as client:
                client.sendall(b"hello")
                self.assertEqual(client.recv(100), b"hello")
                self.assertEqual(client.recv(100), b"")
            self.assertEqual(server.wait(30), 5)

    def test_run(self):
        self.serve([self.path_of_w2c, "run", *FAST, "--listen", "localhost:0", "echo.wasm"])

    def test_version_6(self):
        self.serve([self.path_of_w2c, "run", *FAST, "--listen", "[::1]:0", "echo.wasm"], "::1")

    def test_at_run_time(self):
        self.w2c("echo.wasm", "-o", "echo", *FAST)
        self.serve(["./echo"], W2C_OPTIONS="--listen 127.0.0.1:0")
        self.assertIn("ADDRESS", self.run_program("echo", code=2, errors=True, W2C_OPTIONS="--listen example.org:80"))

    def test_built_in(self):
        self.w2c("echo.wasm", "-o", "echo", "--listen", "127.0.0.1:0", "--sealed", *FAST)
        self.serve(["./echo"])

    def test_nothing_by_default(self):
        self.w2c("run", *FAST, "echo.wasm", code=0)

    def test_an_address_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            done = self.w2c("run", *FAST, "--listen", address, "echo.wasm", code=1)
        self.assertIn(address, done.stderr)


class Deterministic(Test):
    def setUp(self):
        super().setUp()
        self.write("draw.wasm", DRAW)

    def test_seeds(self):
        self.w2c("draw.wasm", "-o", "draw", *FAST)
        for options, code in (("--deterministic", 0xB4), ("--deterministic=0", 0xB4), ("--deterministic=1", 0xC5)):
            self.run_program("draw", code=code, W2C_OPTIONS=options)
            self.run_program("draw", code=code, W2C_OPTIONS=options)
        self.run_program("draw", code=2, W2C_OPTIONS="--deterministic=-1")

    def test_run_and_built_in(self):
        self.w2c("run", *FAST, "--deterministic", "draw.wasm", code=0xB4)
        self.w2c("draw.wasm", "-o", "draw", "--deterministic=0", *FAST)
        self.run_program("draw", code=0xB4)
