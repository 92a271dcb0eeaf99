"""Running w2c and C compilers over many small modules, with a cache in the work directory.

A step is repeated only if what it reads has changed: a translation depends on the w2c binary, the module and the
options; an object on the C text, the headers, the compiler and its flags. So a new w2c that writes the same C costs
no compilation. What is known of a step is kept in one JSON file for each kind of step.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import signal
import subprocess

BATCH = 8  # files that one compiler driver is given
VALIDATE_BATCH = 100
TIMEOUT_SECONDS = 300


def digest(*parts):
    total = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        total.update(b"%d:" % len(data) + data)
    return total.hexdigest()


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def digest_tree(*roots):
    paths = sorted(os.path.join(folder, name) for root in roots for folder, _, names in os.walk(root) for name in names)
    return digest(*[digest(path, read_bytes(path)) for path in paths])


def run(command, timeout=TIMEOUT_SECONDS, **options):
    """(exit code, standard error). A signal or a timeout is a negative exit code."""
    try:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              timeout=timeout, check=False, **options)
    except subprocess.TimeoutExpired:
        return -signal.SIGALRM, f"no end after {timeout} s"
    return done.returncode, done.stderr.decode("utf-8", "replace").strip()


def describe_exit(code):
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


class Memory:
    """What earlier runs found out: name -> (key, finding), kept in a file."""

    def __init__(self, path):
        self.path = path
        self.entries = {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.entries = json.load(file)

    def recall(self, name, key):
        """The finding, or None."""
        known_key, finding = self.entries.get(name, (None, None))
        return finding if known_key == key else None

    def store(self, name, key, finding):
        self.entries[name] = (key, finding)

    def save(self):
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(self.entries, file)


class Toolchain:
    def __init__(self, w2c, source_root, work, jobs):
        self.w2c = os.path.abspath(w2c)
        self.root = os.path.abspath(source_root)
        self.work = os.path.abspath(work)
        self.jobs = jobs
        self.w2c_digest = digest(read_bytes(self.w2c))
        self.headers_digest = digest_tree(os.path.join(self.root, "include"))
        self.compiler_versions = {}

    def folder(self, *names):
        path = os.path.join(self.work, *names)
        os.makedirs(path, exist_ok=True)
        return path

    def each(self, function, items):
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            return list(pool.map(function, items))

    # ---- w2c ----

    def translate(self, modules, way, flags):
        """modules: (name, path). Name -> {"error": text or None, "text": digest of the C}. `way` names the folder of
        what w2c makes with `flags`."""
        folder = self.folder("c-" + way)
        memory = Memory(os.path.join(self.work, f"c-{way}.json"))
        waiting, results = [], {}
        for name, path in modules:
            key = digest(self.w2c_digest, read_bytes(path), name, *flags)
            finding = memory.recall(name, key)
            if finding and (finding["error"] or os.path.exists(os.path.join(folder, name + ".c"))):
                results[name] = finding
            else:
                waiting.append((name, path, key))

        def translate_one(item):
            name, path, key = item
            results[name] = self.translate_one(name, path, folder, flags)
            memory.store(name, key, results[name])

        self.each(translate_one, waiting)
        memory.save()
        return results

    def translate_one(self, name, path, folder, flags):
        output = os.path.join(folder, name + ".c")
        if os.path.exists(output):
            os.remove(output)
        code, message = run([self.w2c, "--library", "--runtime=external", *flags, "--name", name, path, "-o", output])
        if code != 0:
            return {"error": f"w2c: {message or describe_exit(code)}", "text": None}
        if not os.path.exists(output):
            return {"error": "w2c succeeded, but wrote no C", "text": None}
        header = output[:-2] + ".h"
        header_bytes = read_bytes(header) if os.path.exists(header) else b""
        return {"error": None, "text": digest(read_bytes(output), header_bytes)}

    def validate(self, paths):
        """Path -> the message, for those that are refused. Where w2c did neither accept nor refuse in due form, the
        message begins with "crash: "."""
        batches = [paths[i:i + VALIDATE_BATCH] for i in range(0, len(paths), VALIDATE_BATCH)]
        refused = {}
        for found in self.each(self.validate_batch, batches):
            refused.update(found)
        return refused

    def validate_batch(self, paths):
        code, text = run([self.w2c, "validate", *paths])
        refused = {}
        for line in text.splitlines():
            match = re.search(r"(/.*?\.wasm)[:'] ?(.*)", line)  # the form without an offset is that of an empty file
            if match and match[1] in paths:
                refused[match[1]] = match[2]
        if code == (1 if refused else 0):
            return refused
        if len(paths) == 1:
            return {paths[0]: f"crash: {describe_exit(code)}: {text[:200]}"}
        return {path: why for one in paths for path, why in self.validate_batch([one]).items()}

    # ---- C ----

    def compiler_version(self, cc):
        if cc not in self.compiler_versions:
            done = subprocess.run([cc, "--version"], capture_output=True, text=True, check=False)
            self.compiler_versions[cc] = done.stdout
        return self.compiler_versions[cc]

    def compile(self, sources, group, cc, flags):
        """sources: (name, path, digest of the text). Name -> {"error": text or None, "warnings": text}. The object
        of `name` is GROUP/NAME.o in the work directory. Names must be the base names of the paths."""
        folder = self.folder(group)
        memory = Memory(os.path.join(self.work, group + ".json"))
        context = digest(self.headers_digest, cc, self.compiler_version(cc), *flags)
        waiting, results = [], {}
        for name, path, text in sources:
            key = digest(context, text)
            finding = memory.recall(name, key)
            if finding and (finding["error"] or os.path.exists(os.path.join(folder, name + ".o"))):
                results[name] = finding
            else:
                waiting.append((name, path, key))

        def compile_batch(batch):
            found = self.compile_batch([(name, path) for name, path, _ in batch], folder, cc, flags)
            for name, _, key in batch:
                results[name] = found[name]
                memory.store(name, key, found[name])

        self.each(compile_batch, [waiting[i:i + BATCH] for i in range(0, len(waiting), BATCH)])
        memory.save()
        return results

    def compile_batch(self, sources, folder, cc, flags):
        for name, _ in sources:
            if os.path.exists(os.path.join(folder, name + ".o")):
                os.remove(os.path.join(folder, name + ".o"))
        code, text = run([cc, *flags, "-c", *[path for _, path in sources]], cwd=folder)
        if code == 0 and not text:
            return {name: {"error": None, "warnings": ""} for name, _ in sources}
        if len(sources) == 1:
            error = f"{cc}: {text or describe_exit(code)}" if code else None
            return {sources[0][0]: {"error": error, "warnings": text}}
        return {name: found for one in sources for name, found in self.compile_batch([one], folder, cc, flags).items()}

    def compile_own(self, folder, group, cc, flags):
        """All C files below one of our own folders: the objects' paths. An error or a warning ends the run."""
        text = digest_tree(folder)
        sources = [(name[:-2], os.path.join(where, name), text)
                   for where, _, names in os.walk(folder) for name in names if name.endswith(".c")]
        objects = []
        for name, finding in self.compile(sources, group, cc, flags).items():
            if finding["error"] or finding["warnings"]:
                raise SystemExit(f"{name}.c: {finding['error'] or finding['warnings']}")
            objects.append(os.path.join(self.work, group, name + ".o"))
        return sorted(objects)

    def link(self, command, objects, output):
        """The objects are named in a file, for they may be too many for a command line."""
        response = output + ".objects"
        with open(response, "w", encoding="utf-8") as file:
            file.writelines(f'"{path}"\n' for path in objects)
        code, text = run([*command, "-o", output, "@" + response, "-lm", "-lpthread"])
        if code != 0:
            raise SystemExit(f"linking failed: {text[:4000]}")
