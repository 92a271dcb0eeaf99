#!/usr/bin/env python3
"""Programs for the calls that the official WASI suite never makes: fd_sync, fd_datasync, proc_raise, sock_accept,
sock_recv, sock_send. From C in own/ to WebAssembly by clang, and run in two ways or through an engine of w2c.

    own.py --w2c build/w2c --clang clang-19 [--cc CC] [--engine NAME] [--flag WORD]... [--keep DIR]

Without --engine each module becomes a program (`w2c MODULE -o PROGRAM`, grants in W2C_OPTIONS); with it, it is run by
`w2c run --engine NAME GRANTS MODULE`. --flag is for either command. --keep leaves the modules in DIR, for other
runtimes: what they need is printed with -v.
"""
import argparse
import os
import pathlib
import shlex
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 20


class Failure(Exception):
    """A program did not do what it should; the text says what."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connect(port):
    end = time.monotonic() + SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise Failure("nobody listens") from None
            time.sleep(0.01)


def read_all(connection):
    parts = []
    while part := connection.recv(100):
        parts.append(part)
    return b"".join(parts)


def talk(port):
    """The client of sockets.c."""
    with connect(port) as connection:
        connection.sendall(b"hello ")
        time.sleep(0.05)
        connection.sendall(b"world")
        first = connection.recv(5)
        connection.sendall(b"bye")
        connection.shutdown(socket.SHUT_WR)
        if (answer := first + read_all(connection)) != b"HELLO AND BYE":
            raise Failure(f"the server said {answer!r}")
    with connect(port):
        pass


class Case:
    def __init__(self, program, *arguments, code=0, out="", client=None):
        self.program = program
        self.arguments = list(arguments)
        self.name = " ".join([program, *arguments])
        self.code = code
        self.out = out
        self.client = client

    def grants(self, folder, port):
        return ["--dir", f"{folder}::/", *(["--listen", f"127.0.0.1:{port}"] if self.client else [])]


CASES = [
    Case("sync"),
    Case("raise"),
    Case("raise", "6", code=134, out="raising\n"),
    Case("raise", "9", code=137, out="raising\n"),
    Case("raise", "14", code=142, out="raising\n"),
    Case("sockets", client=talk),
]


class Runner:
    def __init__(self, options, work):
        self.options = options
        self.work = work

    def module(self, program):
        target = pathlib.Path(self.options.keep or self.work) / f"own_{program}.wasm"
        if not target.exists():
            self.do([self.options.clang, "--target=wasm32-wasi", "-O1", "-Wall", "-Wextra", "-Werror",
                     HERE / "own" / f"{program}.c", "-o", target])
        return target

    def native(self, program):
        target = self.work / program
        if not target.exists():
            cc = ["--cc", self.options.cc] if self.options.cc else []
            self.do([self.options.w2c, self.module(program), *cc, *self.options.flag, "-o", target])
        return target

    def do(self, command):
        words = [str(word) for word in command]
        done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            raise Failure(f"{shlex.join(words)}: {done.stderr.strip()[-800:]}")

    def command(self, case, grants):
        """(words, environment)"""
        if self.options.engine:
            words = [self.options.w2c, "run", "--engine", self.options.engine, *self.options.flag, *grants,
                     self.module(case.program), *case.arguments]
            return [str(word) for word in words], dict(os.environ)
        return [str(self.native(case.program)), *case.arguments], dict(os.environ, W2C_OPTIONS=shlex.join(grants))

    def run(self, case):
        with tempfile.TemporaryDirectory(dir=self.work) as folder:
            port = free_port()
            words, environment = self.command(case, case.grants(folder, port))
            if self.options.verbose:
                print("$", shlex.join(words), f"(W2C_OPTIONS={environment.get('W2C_OPTIONS', '')})")
            with subprocess.Popen(words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True) as process:
                try:
                    if case.client:
                        case.client(port)
                    out, err = process.communicate(timeout=SECONDS)
                except (subprocess.TimeoutExpired, OSError, Failure) as failure:
                    process.kill()
                    out, err = process.communicate()
                    raise Failure(f"{failure}; {out}{err}") from None
        if process.returncode != case.code or out != case.out:
            raise Failure(f"exit code {process.returncode}, expected {case.code}; {out}{err}")


def run_all(runner):
    failed = 0
    for case in CASES:
        try:
            runner.run(case)
            print(f"pass   {case.name}")
        except Failure as failure:
            failed += 1
            print(f"FAIL   {case.name}: {failure}")
    print(f"wasi-own: {len(CASES) - failed} passed, {failed} failed, 0 skipped")
    return failed == 0


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--clang", default="clang")
    parser.add_argument("--cc")
    parser.add_argument("--engine")
    parser.add_argument("--flag", action="append", default=[])
    parser.add_argument("--keep", metavar="DIR")
    parser.add_argument("-v", "--verbose", action="store_true")
    return parser.parse_args()


def main():
    options = parse_options()
    with tempfile.TemporaryDirectory(prefix="w2c-own-") as work:
        return 0 if run_all(Runner(options, pathlib.Path(work))) else 1


if __name__ == "__main__":
    sys.exit(main())
