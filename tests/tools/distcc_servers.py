"""Servers of distcc on this machine, as if it were several: for tests and measurements of builds over many hosts."""
import os
import re
import shutil
import socket
import subprocess
import time

START_SECONDS = 20
COMPILED = re.compile(r"COMPILE_OK .* (\S+\.c)$", re.M)


def are_there():
    return bool(shutil.which("distcc") and shutil.which("distccd"))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """One distccd, to be used by `with`. Its log goes to `folder`, which must be there and open for everybody, because
    distccd gives up the rights of root."""

    def __init__(self, folder, name, jobs):
        self.port = free_port()
        self.jobs = jobs
        self.log = folder / f"distccd-{name}.log"

    def __enter__(self):
        self.log.write_text("")
        self.log.chmod(0o666)
        self.process = subprocess.Popen(
            ["distccd", "--no-detach", "--allow", "127.0.0.1", "--listen", "127.0.0.1", "--port", str(self.port),
             "--jobs", str(self.jobs), "--enable-tcp-insecure", "--log-file", self.log, "--log-level", "info"],
            env={**os.environ, "TMPDIR": "/tmp"}, stderr=subprocess.DEVNULL)
        self.await_start()
        return self

    def await_start(self):
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"distccd does not listen: {self.log.read_text()}") from None
                time.sleep(0.02)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=START_SECONDS)

    def host(self):
        return f"127.0.0.1:{self.port}/{self.jobs}"

    def compiled(self):
        """The names of the files it has compiled."""
        return COMPILED.findall(self.log.read_text(errors="replace"))


def environment(servers, folder):
    """What a build needs so that `distcc cc` goes to these servers and nowhere else."""
    state = folder / "distcc"
    state.mkdir(exist_ok=True)
    return {"DISTCC_HOSTS": " ".join(server.host() for server in servers), "DISTCC_FALLBACK": "0",
            "DISTCC_DIR": str(state)}
