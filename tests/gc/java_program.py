#!/usr/bin/env python3
"""A program in Java, made a module by TeaVM and native by w2c, against the same program in a Java virtual machine.

    java_program.py --w2c build/w2c --work DIR [--jars DIR]

The jars are fetched by Maven, unless --jars or W2C_TEAVM_JARS says where they are. Without Java, or without the jars,
nothing is tested (exit code 77). The module is a library (it wants a host of JavaScript), so its host is
java/java_host.c.
"""
import argparse
import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tools"))
from checking import Failure, build, expect, run

SKIPPED = 77
SOURCES = HERE / "java"
MAVEN_SECONDS = 300


class Missing(Exception):
    """What the test needs and this machine has not; the text says what."""


def find_jars(options):
    given = options.jars or os.environ.get("W2C_TEAVM_JARS")
    if given:
        return pathlib.Path(given).resolve()
    folder = options.work / "jars"
    for tool in ("javac", "mvn"):
        if not shutil.which(tool):
            raise Missing(f"there is no {tool}")
    if not any(folder.glob("teavm-*.jar")):
        code, out, _ = run(["mvn", "-q", "-f", SOURCES / "pom.xml", "dependency:copy-dependencies",
                            f"-DoutputDirectory={folder}"], timeout=MAVEN_SECONDS)
        if code != 0:
            raise Missing("Maven has no TeaVM: " + out.decode(errors="replace")[:300])
    return folder


def make_module(options, jars):
    classes = options.work / "classes"
    classpath = os.pathsep.join([str(classes), *sorted(str(path) for path in jars.glob("*.jar"))])
    classes.mkdir(parents=True, exist_ok=True)
    build(["javac", "-nowarn", "-cp", classpath, "-d", classes, *sorted(SOURCES.glob("*.java"))])
    build(["java", "-cp", classpath, "CompileToObjects", "Collections", options.work, "java.wasm"])
    return classes


def check(options):
    jars = find_jars(options)
    classes = make_module(options, jars)
    build([options.w2c.resolve(), options.work / "java.wasm", "-o", options.work / "java.c"])
    host = options.work / "java-host"
    build(["gcc", "-O1", "-Wall", "-Wextra", "-I", options.work, "-I", HERE.parent.parent / "include",
           SOURCES / "java_host.c", options.work / "java.c", "-o", host, "-lm", "-lpthread"])
    code, expected, _ = run(["java", "-cp", classes, "Collections"])
    expect(code == 0 and expected, "no output of the virtual machine")
    for environment in ({}, {"W2C_HEAP_LIMIT": "40M"}):
        code, out, err = run([host], environment=environment)
        expect(code == 0 and out == expected, f"exit code {code}: {out.decode()} {err.decode()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--w2c", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--jars", type=pathlib.Path)
    options = parser.parse_args()
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    try:
        check(options)
    except Missing as missing:
        print(f"SKIPPED Java: {missing}\n0 passed, 0 failed, 1 skipped")
        return SKIPPED
    except Failure as failure:
        print(f"FAIL Java: {failure}\n0 passed, 1 failed, 0 skipped")
        return 1
    print("Java: 1 passed, 0 failed, 0 skipped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
