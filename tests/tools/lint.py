#!/usr/bin/env python3
"""What reviewers should not have to look for: who includes whom, sizes, names in documents, leftovers.

    lint.py [--figures]

Each check is a function that yields `FILE:LINE: what is wrong`. Looks at what is in version control or would be added
to it. --figures also prints the shape of the code. Exit code 1 if anything was found.
"""
import argparse
import pathlib
import re
import statistics
import subprocess
import sys

import wasi_table

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

MAX_COLUMNS = 120
MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 100
MAX_MEDIAN_LINES = 12
MAX_P99_LINES = 70
MIN_COMMENT_PERCENT = 10
C_SUFFIXES = (".c", ".h", ".def")
TEXT_SUFFIXES = (*C_SUFFIXES, ".py", ".sh", ".cmake", ".txt", ".md", ".wat", "")

# A folder may include those left of it, and include/w2c.
LAYERS = ["base", "wasm", "profile", "ir", "emit", "translate", "build", "engine", "interp", "tcc", "tier",
          "bench", "cli"]

# What runs modules in process needs no C: only what compiles C in memory may know the parts that write it.
NOT_FOR = {"engine": ("ir", "emit", "translate", "build"), "interp": ("ir", "emit", "translate", "build"),
           "tcc": ("interp", "translate")}

# Names that are the same in every folder that has one.
COMMON_NAMES = {"README.md", "run.sh", "run.py", "check.py", "expected.txt"}

# Files that examples in documents write: nobody expects them in the tree.
INVENTED_STEMS = {"app", "codec", "out", "lib", "prog", "rp", "program", "module", "name", "part", "script", "convert",
                  "python"}

LEFTOVERS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK|not imple" r"mented|unimple" r"mented|stu" r"b)\b")
FOREIGN = re.compile(
    r"(?<![\w.])/(wo" r"rk|ro" r"ot|ho" r"me/\w+)/|\bissue #?\d|regis" r"try\.npmjs|"
    r"(index|static)\.crates|py" r"pi\.org|"
    r"deb\.deb" r"ian|archive\.ub" r"untu|prox" r"y\.golang|\bClau" r"de\b|\bChat" r"GPT\b|\bsub-?ag" r"ent", re.I)


class File:
    def __init__(self, path):
        self.path = path
        self.name = path.name
        self.key = path.relative_to(ROOT).as_posix()
        self.top = self.key.split("/", maxsplit=1)[0]
        self.is_c = path.suffix in C_SUFFIXES
        self.text = path.read_text(encoding="utf-8", errors="surrogateescape")
        self.lines = self.text.split("\n")

    def at(self, number, message):
        return f"{self.key}:{number}: {message}"


def list_versioned():
    """Empty where there is no git, or no version control."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                                capture_output=True, check=False).stdout.decode()
    except FileNotFoundError:
        return []
    return [name for name in listed.split("\0") if name]


def find_files():
    names = list_versioned()
    if not names:
        names = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*")]
        names = [name for name in names if not name.startswith((".git/", "build"))]
    paths = [ROOT / name for name in sorted(set(names))]
    return [File(path) for path in paths if path.is_file() and path.suffix in TEXT_SUFFIXES]


# ---- who includes whom ----

INCLUDE = re.compile(r'\s*#\s*include\s+(["<])([^">]+)[">]')


def layer_of(key):
    """The index in LAYERS, or None. translate.c and translate.h are a layer of their own."""
    parts = key.split("/")
    if parts[0] != "translator":
        return None
    name = parts[1].split(".")[0]
    return LAYERS.index(name) if name in LAYERS else None


def check_includes(files):
    """LAYERS, and NOT_FOR; neither of rt/ and translator/ knows the other."""
    by_key = {file.key: file for file in files}
    for file in files:
        if not file.is_c or file.top not in ("translator", "rt", "include"):
            continue
        for number, line in enumerate(file.lines, 1):
            match = INCLUDE.match(line)
            if match and match[1] == '"':
                yield from check_include(file, number, match[2], by_key)


def check_include(file, number, included, by_key):
    target = find_included(file, included, by_key)
    if target is None:
        yield file.at(number, f"includes {included}, which is not in the tree")
        return
    top = target.split("/", maxsplit=1)[0]
    if top not in (file.top, "include"):
        yield file.at(number, f"{file.top}/ must not include {target}")
    layer, other = layer_of(file.key), layer_of(target)
    if layer is not None and other is not None and other > layer:
        yield file.at(number, f"{LAYERS[layer]} must not include {target}, which is of {LAYERS[other]}")
    elif layer is not None and other is not None and LAYERS[other] in NOT_FOR.get(LAYERS[layer], ()):
        yield file.at(number, f"{LAYERS[layer]} must not include {target}: {LAYERS[other]} is for what writes C")


def find_included(file, included, by_key):
    beside = (file.path.parent / included).resolve()
    candidates = [beside.relative_to(ROOT).as_posix()] if beside.is_relative_to(ROOT) else []
    candidates += [f"include/{included}", f"rt/{included}"]
    return next((candidate for candidate in candidates if candidate in by_key), None)


def check_lists(files):
    """A source that CMakeLists.txt does not name is not built."""
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    for file in files:
        if file.top in ("translator", "rt") and file.path.suffix == ".c" and file.key not in text:
            yield file.at(1, "is not in CMakeLists.txt")


# ---- sizes ----

NOT_A_HEAD = re.compile(r"(struct|enum|union|typedef)\b[^()]*\{?$|#|extern \"C\"")


def functions(lines):
    """(first line, length) of every function: from a head in column 0 to the next closing brace in column 0."""
    start = body = None
    for number, line in enumerate(lines, 1):
        if body:
            if line.startswith("}"):
                yield start, number - start + 1
                start = body = None
            continue
        if start is None and re.match(r"[A-Za-z_]", line) and not NOT_A_HEAD.match(line):
            start = number
        if start is None:
            continue
        head = " ".join(lines[start - 1:number])
        if line.rstrip().endswith("{"):
            body = "(" in head and "=" not in head.split("(", maxsplit=1)[0]
            start = start if body else None
        elif line.rstrip().endswith((";", "}")) or not line.strip():
            start = None


def is_table_switch(lines, start, length):
    """Longer functions are allowed where they are nothing but a table, and say so."""
    return any("table switch" in line for line in lines[max(0, start - 6):start + length])


def count_comment_lines(lines):
    count, inside = 0, False
    for line in lines:
        text = line.strip()
        opens = text.startswith("/*")
        count += inside or opens or text.startswith("//")
        if inside or opens:
            inside = "*/" not in text
    return count


def product_files(files):
    return [file for file in files if file.is_c and file.top in ("translator", "rt", "include")]


def check_function_lengths(files):
    lengths = []
    for file in files:
        if file.path.suffix not in (".c", ".h"):
            continue
        for start, length in functions(file.lines):
            if file.top in ("translator", "rt", "include"):
                lengths.append(length)
            if length > MAX_FUNCTION_LINES and not is_table_switch(file.lines, start, length):
                yield file.at(start, f"a function of {length} lines, at most {MAX_FUNCTION_LINES}")
    lengths.sort()
    if lengths and statistics.median(lengths) > MAX_MEDIAN_LINES:
        yield f"half of the functions are longer than {MAX_MEDIAN_LINES} lines"
    if lengths and lengths[len(lengths) * 99 // 100] > MAX_P99_LINES:
        yield f"one function in a hundred is longer than {MAX_P99_LINES} lines"


def check_file_lengths(files):
    for file in files:
        length = len(file.lines) - 1
        is_code = file.path.suffix in (".c", ".h", ".py", ".sh", ".cmake")
        if is_code and length > MAX_FILE_LINES:
            yield file.at(1, f"{length} lines, at most {MAX_FILE_LINES}")


def check_examples(files):
    """An example is to be read in one go."""
    for file in files:
        limit = {".md": 30, ".c": 120}.get(file.path.suffix)
        if file.top == "examples" and limit and len(file.lines) - 1 > limit:
            yield file.at(1, f"{len(file.lines) - 1} lines, at most {limit}")


def check_comments(files):
    for file in product_files(files):
        if not file.text.startswith("/*"):
            yield file.at(1, "does not begin with a comment that says what it is for")
    total = sum(len(file.lines) for file in product_files(files))
    comments = sum(count_comment_lines(file.lines) for file in product_files(files))
    if 100 * comments < MIN_COMMENT_PERCENT * total:
        yield f"{100 * comments // total} % of the lines are comments, at least {MIN_COMMENT_PERCENT} %"


# ---- text ----

def check_lines(files):
    for file in files:
        if file.name == "LICENSE":
            continue
        for number, line in enumerate(file.lines, 1):
            if len(line) > MAX_COLUMNS and file.path.suffix != ".md":
                yield file.at(number, f"{len(line)} columns, at most {MAX_COLUMNS}")
            if line != line.rstrip() or "\t" in line:
                yield file.at(number, "a tab, or space at the end of the line")
        if file.text and not file.text.endswith("\n"):
            yield file.at(len(file.lines), "the last line has no end")


def check_leftovers(files):
    for file in files:
        for number, line in enumerate(file.lines, 1):
            for pattern, what in ((LEFTOVERS, "unfinished"), (FOREIGN, "does not belong here")):
                match = pattern.search(line)
                if match and file.name != "LICENSE":
                    yield file.at(number, f"{what}: {match[0]}")


def check_unique_names(files):
    """The public headers apart: they are always named with their folder."""
    seen = {}
    for file in files:
        if file.name in COMMON_NAMES or file.key.startswith("include/w2c/"):
            continue
        if file.name in seen:
            yield file.at(1, f"has the name of {seen[file.name]}")
        seen.setdefault(file.name, file.key)


# ---- documents ----

QUOTED = re.compile(r"`([^`\n]+)`")
FILE_NAME = re.compile(r"[\w./-]*\w\.(c|h|def|py|sh|md|cmake|txt)$")
FOLDER_NAME = re.compile(r"(translator|rt|include|tests|examples|docs)/[\w/-]*$")
IDENTIFIER = re.compile(r"(?:struct |enum )?([A-Za-z]\w*_\w+)(?:\(\))?$")
GENERATED = re.compile(r"(fn|[flgmtsBdekpr]|app_fn|lib_fn)\d+(_|$)")
COMMENT_FILE_NAME = re.compile(r"(?<![\w./*<-])([a-z]\w*(?:/\w+)*\.(?:c|h|def|py))\b(?![\w(/])")


def is_invented(name):
    stem = name.rsplit("/", maxsplit=1)[-1].split(".")[0].split("_")[0]
    return stem.isupper() or stem in INVENTED_STEMS or "_NAME" in name


def exists(name, files):
    return any(file.key == name or file.key.endswith("/" + name) for file in files)


def check_documents(files):
    """Files and identifiers in backticks are there."""
    words = {word for file in files if file.path.suffix != ".md" for word in re.findall(r"\w+", file.text)}
    for file in files:
        if file.path.suffix != ".md":
            continue
        is_code = False
        for number, line in enumerate(file.lines, 1):
            is_code ^= line.startswith("```")
            for quoted in [] if is_code else QUOTED.findall(line):
                problem = check_quoted(quoted.strip(), file, files, words)
                if problem:
                    yield file.at(number, problem)


def check_quoted(quoted, file, files, words):
    if FILE_NAME.match(quoted):
        is_there = exists(quoted, files) or (file.path.parent / quoted).exists() or is_invented(quoted)
        return None if is_there or quoted.startswith(("../", "build/")) else f"there is no file {quoted}"
    if FOLDER_NAME.match(quoted):
        return None if (ROOT / quoted).exists() else f"there is no folder {quoted}"
    match = IDENTIFIER.match(quoted)
    is_prefix = quoted.endswith("_")
    if match and not (is_prefix or match[1] in words or GENERATED.match(match[1]) or is_invented(match[1])):
        return f"nothing is called {match[1]}"
    return None


def check_wasi_table(files):
    """The table of calls is the one that the table of calls makes."""
    if any(file.path == wasi_table.DOCUMENT for file in files) and not wasi_table.is_fresh():
        yield "docs/WASI.md: its table is not that of include/w2c/wasi_calls.def: run tests/tools/wasi_table.py --write"


def check_comment_names(files):
    """Source files that comments refer to are there."""
    for file in product_files(files):
        for number, line in enumerate(file.lines, 1):
            if not re.match(r"\s*(/\*|\*|//)", line):
                continue
            for name in COMMENT_FILE_NAME.findall(line):
                if not exists(name, files) and not is_invented(name):
                    yield file.at(number, f"there is no file {name}")


# ---- all of it ----

CHECKS = [check_includes, check_lists, check_function_lengths, check_file_lengths, check_examples, check_comments,
          check_lines, check_leftovers, check_unique_names, check_documents, check_wasi_table,
          check_comment_names]


def print_figures(files):
    chosen = product_files(files)
    lengths = sorted(length for file in chosen for _, length in functions(file.lines))
    lines = sum(len(file.lines) for file in chosen)
    comments = sum(count_comment_lines(file.lines) for file in chosen)
    print(f"{len(chosen)} files, {lines} lines, {100 * comments // lines} % comments; {len(lengths)} functions: "
          f"median {statistics.median(lengths):.0f}, p99 {lengths[len(lengths) * 99 // 100]}, longest {lengths[-1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figures", action="store_true")
    options = parser.parse_args()
    files = find_files()
    failed = 0
    for check in CHECKS:
        problems = list(check(files))
        failed += bool(problems)
        for problem in problems:
            print("FAIL", problem)
    if options.figures:
        print_figures(files)
    print(f"{len(CHECKS) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
