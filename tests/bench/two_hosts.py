#!/usr/bin/env python3
"""A module that is compiled by several servers of distcc, which are all on this machine.

    two_hosts.py --w2c build/w2c [--cc gcc] [--hosts 2] [--jobs 2] MODULE [OPTION...]

What w2c writes for MODULE (with OPTIONs of w2c) is made by ninja, first by CC alone, then by HOSTS servers, each with
JOBS compilers at a time. Per server: the parts that it has compiled, as its log says, and for how long. Together they
must be all of them.
"""
import argparse
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
from checking import expect
import distcc_servers
import measuring

MILLISECONDS = re.compile(r"COMPILE_OK .* time:(\d+)ms")


def run_ninja(folder, jobs, **environment):
    """(elapsed, processor seconds of what it started and has waited for)"""
    start, before = time.monotonic(), os.times()
    done = subprocess.run(["ninja", "-C", folder, f"-j{jobs}"], env={**os.environ, **environment}, capture_output=True,
                          text=True, check=False)
    expect(done.returncode == 0, done.stdout[-2000:])
    after = os.times()
    return (time.monotonic() - start,
            after.children_user + after.children_system - before.children_user - before.children_system)


def write_build(options, folder):
    """The names of the parts."""
    subprocess.run([options.w2c, options.module, *options.more, "-o", folder / "build.ninja"], check=True,
                   stdout=subprocess.DEVNULL)
    return sorted(path.name for path in folder.glob("*.c"))


def compile_alone(options, folder):
    parts = write_build(options, folder)
    elapsed, used = run_ninja(folder, options.hosts * options.jobs, CC=options.cc)
    print(f"{measuring.machine()}; {options.module.name}, {options.module.stat().st_size / 1e6:.1f} MB, "
          f"{len(parts)} parts\n\n{options.cc} alone: {elapsed:.0f} s, {used:.0f} s of processors\n", flush=True)


def compile_shared(options, folder, work):
    """Prints what each server compiled, and sees that together they compiled all of it."""
    parts = write_build(options, folder)
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(distcc_servers.Server(work, str(number + 1), options.jobs))
                   for number in range(options.hosts)]
        elapsed, used = run_ninja(folder, options.hosts * options.jobs, CC=f"distcc {options.cc}",
                                  **distcc_servers.environment(servers, work))
    print("| | parts | compiling |\n| --- | --- | --- |")
    for number, server in enumerate(servers, 1):
        seconds = sum(map(int, MILLISECONDS.findall(server.log.read_text()))) / 1000
        print(f"| host {number} | {len(server.compiled())} | {seconds:.0f} s |")
    print(f"\nwith distcc: {elapsed:.0f} s; {used:.0f} s of processors beside the hosts", flush=True)
    compiled = [name for server in servers for name in server.compiled()]
    expect(sorted(compiled) == parts, f"{len(compiled)} of {len(parts)} parts were compiled by hosts")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--hosts", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("module", type=pathlib.Path, metavar="MODULE")
    parser.add_argument("more", nargs="*", metavar="OPTION", help="for w2c, behind --")
    return parser.parse_args()


def main():
    options = parse_options()
    expect(distcc_servers.are_there(), "distcc and distccd are not installed")
    with tempfile.TemporaryDirectory(prefix="w2c-two-hosts-") as folder:
        work = pathlib.Path(folder)
        work.chmod(0o755)
        compile_alone(options, work / "alone")
        compile_shared(options, work / "shared", work)


if __name__ == "__main__":
    main()
