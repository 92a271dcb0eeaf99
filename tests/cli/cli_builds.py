"""How modules of several parts are compiled: what gets which level, and what is not compiled again."""
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import time
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
import distcc_servers
import wasm_bytes
from cli_case import FAST, Test


class Builds(Test):
    def setUp(self):
        super().setUp()
        self.environment.pop("W2C_CACHE_LIMIT", None)
        self.log = self.folder / "log"
        self.compiler = self.script("mycc", f'echo "$@" >>{self.log}\nexec cc "$@"\n')

    def compiled(self):
        """The commands that compiled a part since the last time this was asked: {name of the source: command}."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        found = [(re.search(r"(\S+\.c)\b", line), line) for line in lines if " -c " in line]
        return {match.group(1).rsplit("/", 1)[-1]: line for match, line in found}

    def build(self, *words, **module):
        self.write("large.wasm", wasm_bytes.large(**module))
        self.w2c("large.wasm", "-o", "large", "--cc", self.compiler, *words)
        self.run_program("large", code=module.get("code", 7))
        return self.compiled()


class Heat(Builds):
    def levels(self, *words):
        self.environment["XDG_CACHE_HOME"] = ""
        self.environment["HOME"] = ""
        commands = self.build(*words)
        self.assertGreater(len(commands), 4)
        return [re.search(r"-O\S", commands[name]).group() for name in sorted(commands)]

    def test_what_is_hot_gets_more(self):
        levels = self.levels()
        self.assertEqual({*levels}, {"-O2", "-O1", "-Og"})
        self.assertEqual(levels.count("-O2"), 2)  # the hot part, and what the program consists of besides
        self.assertGreater(levels.count("-Og"), levels.count("-O1"))

    def test_a_level_that_is_asked_for_is_for_all(self):
        self.assertEqual({*self.levels("-O1")}, {"-O1"})

    def test_parts_are_the_same_at_every_level(self):
        self.write("large.wasm", wasm_bytes.large())
        for level in ("1", "3"):
            self.w2c("large.wasm", "-o", "large", "--cc", self.compiler, "-O0", "--keep-c", "kept" + level, "-j", level)
        for name in self.listing("kept1/*"):
            self.assertEqual((self.folder / "kept1" / name).read_bytes(), (self.folder / "kept3" / name).read_bytes())


class Measured(Builds):
    """--profile: what is hot is what ran."""
    def setUp(self):
        super().setUp()
        self.write("large.wasm", wasm_bytes.large())

    def functions(self, *words):
        """{name of a part: the functions that are defined in it}, and the levels of parts, when this is built."""
        commands = self.build("--keep-c", "kept", *words)
        levels = {name: re.search(r"-O\S", commands[name]).group() for name in commands}
        parts = {path.name: re.findall(r"^W2C_CODE void fn(\d+)[^;]*{$", path.read_text(), re.M)
                 for path in (self.folder / "kept").glob("large_*.c")}
        return {name: [int(function) for function in found] for name, found in parts.items()}, levels

    def test_what_was_executed(self):
        self.w2c("profile", "--all", "--csv", "-o", "counts.csv", "large.wasm", code=7)
        parts, levels = self.functions("--profile", "counts.csv")
        self.assertEqual(parts["large_1.c"], [2, 3, 4, 5, 6, 7])
        self.assertEqual((levels.pop("large.c"), levels.pop("large_1.c")), ("-O2", "-O2"))
        self.assertEqual({*levels.values()}, {"-Og"})
        self.assertEqual(sorted(sum(parts.values(), [])), list(range(1, 41)))

    def test_what_somebody_wrote(self):
        rows = ["kind,index,name,count,share", 'operator,,nop,99,0.5', 'function,30,"a ""b"", c\nd",1000000,0.5',
                "function,20,,500,0.1", "function,10,,1,0", ""]
        self.write("counts.csv", "\n".join(rows))
        parts, levels = self.functions("--profile=counts.csv")
        self.assertEqual([parts["large_1.c"], parts["large_2.c"]], [[30], [20]])
        self.assertEqual([levels["large_1.c"], levels["large_2.c"], levels["large_3.c"]], ["-O2", "-O1", "-Og"])

    def test_what_is_no_profile(self):
        header = "kind,index,name,count,share\n"
        rows = ("function", "function,1,,2,0", "function,x,,2,0\n", "function,1,,-2,0\n", 'function,1,"a,2,0\n',
                "thing,1,,2,0\n", "function,4294967296,,2,0\n", "function,1,2\n")
        for text in ("", "\n", header[:-1], *(header + row for row in rows)):
            with self.subTest(text=text):
                self.write("counts.csv", text)
                self.refused("large.wasm", "-o", "l", "--profile", "counts.csv", code=1, says="is not what w2c profile")
        self.refused("large.wasm", "-o", "l", "--profile", "none.csv", code=1, says="cannot read 'none.csv'")
        self.write("counts.csv", header + "function,41,,2,0\n")
        self.refused("large.wasm", "-o", "l", "--profile", "counts.csv", code=1, says="profile is of another module")
        self.assertEqual(self.listing("l"), [])

    def test_training_tells(self):
        """Once to find out what is hot, by a program that is cheap to compile, and once to count in what is."""
        self.environment["XDG_CACHE_HOME"] = ""
        self.environment["HOME"] = ""
        command = "./large; ./large; test $? = 7; echo >>trained"
        self.w2c("large.wasm", "-o", "large", "--cc", self.compiler, "--pgo", command, "--keep-c", "kept")
        self.run_program("large", code=7)
        self.assertEqual((self.folder / "trained").read_text(), "\n\n")
        hot = re.findall(r"^W2C_CODE void fn(\d+)[^;]*{$", (self.folder / "kept/large_1.c").read_text(), re.M)
        self.assertEqual(hot, ["2", "3", "4", "5", "6", "7"])
        lines = [line for line in self.log.read_text().splitlines() if " -c " in line]
        sources = {kind: sorted(re.search(r"(\w+\.c) ", line).group(1) for line in lines if kind in line)
                   for kind in ("-fprofile-generate", "-fprofile-use")}
        self.assertEqual(sources, dict.fromkeys(sources, ["large.c", "large_1.c"]))
        self.assertEqual({re.search(r"-O\S", line).group() for line in lines if "-fprofile" not in line}, {"-Og"})

    def test_runs_add_up(self):
        """Also those that end at the same time."""
        self.w2c("profile", "--engine=cc", *FAST, "exit_seven.wasm", code=7)
        program, = [path for path in (self.folder / "cache").rglob("*") if path.is_file() and os.access(path, os.X_OK)]
        environment = {**self.environment, "W2C_COUNTS": "counts"}
        for count, total in ((1, 1), (2, 3), (9, 12)):
            runs = [subprocess.Popen([program], cwd=self.folder, env=environment) for _ in range(count)]
            self.assertEqual({run.wait(timeout=60) for run in runs}, {7})
            numbers = struct.unpack("=2Q", (self.folder / "counts").read_bytes())
            self.assertEqual(numbers, (total, 0))  # what stands behind the call that does not return is a block, too

    def test_training_that_counts_nothing(self):
        self.refused("large.wasm", "-o", "l", "--pgo", "true", code=1, says="the training command left no profile")


class Objects(Builds):
    def objects(self):
        return sorted((self.folder / "cache" / "w2c").glob("*"))

    def test_one_changed_function_is_one_compilation(self):
        for words in (FAST, []):
            all_of_them = self.build(*words)
            self.assertEqual(self.build(*words), {})
            self.assertEqual(len(self.build(*words, changed=1)), 1)
            self.assertEqual(self.build(*words, changed=0), {})
            self.assertGreater(len(all_of_them), 4)

    def test_shown(self):
        count = len(self.build(*FAST))
        self.assertEqual(len(self.objects()), count)
        lines = self.w2c("cache").stdout.splitlines()[1:]
        self.assertEqual({line.split()[-2] for line in lines}, {"object"})
        self.assertIn("large_1", self.w2c("cache").stdout)
        done = self.w2c("large.wasm", "-o", "again", "--cc", self.compiler, *FAST, "-v")
        self.assertNotIn("compiled before", done.stderr)  # parts have other names, and say so
        done = self.w2c("large.wasm", "-o", "large", "--cc", self.compiler, *FAST, "-v")
        self.assertEqual(done.stderr.count("compiled before"), count)

    def test_what_makes_a_difference(self):
        count = len(self.build(*FAST))
        self.assertEqual(len(self.build(*FAST, "--cflags=-DX")), count)
        self.assertEqual(len(self.build(*FAST, "--bounds=check")), count)
        other = self.script("other", 'case "$*" in *--version*) echo other; exit;; esac\nexec cc "$@"\n')
        self.compiler, mine = other, self.compiler
        self.build(*FAST)
        self.assertEqual(len(self.objects()), 4 * count)
        self.compiler = mine
        self.assertEqual(len(self.build(*FAST, code=8)), 1)

    def test_flags_that_touch_files_turn_it_off(self):
        self.write("more.h", "#define MORE 1\n")
        version = subprocess.run(["cc", "--version"], capture_output=True, text=True, check=True).stdout
        missing_profile = [] if "clang" in version else ["-fprofile-use=x"]  # which is an error for clang
        for flag in ("-include more.h", "-g", "-march=native", "@flags", "-save-temps=obj", *missing_profile):
            self.write("flags", "-O0")
            count = len(self.build(*FAST, "--cflags", flag))
            self.assertGreater(count, 4, flag)
            self.assertEqual(self.objects(), [], flag)

    def test_damaged_objects_are_made_again(self):
        count = len(self.build(*FAST))
        for number, path in enumerate(self.objects()):
            whole = path.read_bytes()
            path.write_bytes([b"", b"x", whole[:len(whole) // 2], whole[:-1], b"????" + whole[4:]][number % 5])
        self.assertEqual(len(self.build(*FAST)), count)
        self.assertEqual(self.build(*FAST), {})

    def test_warnings_come_again(self):
        self.compiler = self.script("warning", f'echo "$@" >>{self.log}\necho careful >&2\nexec cc "$@"\n')
        count = len(self.build(*FAST))
        self.assertEqual(len(self.build(*FAST)), count)

    def test_an_interrupted_build_goes_on(self):
        """What was compiled before one part failed is not compiled again."""
        failing = self.script("failing", '[ "$1" = --version ] && exec cc "$@"\n'
                                         f'case "$*" in *_3.c*) [ -e {self.folder}/good ] || exit 1;; esac\n'
                                         f'echo "$@" >>{self.log}\nexec cc "$@"\n')
        self.write("large.wasm", wasm_bytes.large())
        self.w2c("large.wasm", "-o", "large", "--cc", failing, *FAST, "-j1", code=1)
        before = self.compiled()
        self.write("good", "")
        self.w2c("large.wasm", "-o", "large", "--cc", failing, *FAST)
        after = self.compiled()
        self.assertFalse({*before} & {*after})
        self.assertIn("large_3.c", after)

    def test_several_at_once_and_little_room(self):
        self.write("large.wasm", wasm_bytes.large())
        for limit in ("2G", "1k"):
            environment = {**self.environment, "W2C_CACHE_LIMIT": limit}
            folders = [self.folder / f"{limit}{i}" for i in range(3)]
            for folder in folders:
                folder.mkdir()
            command = [self.path_of_w2c, self.folder / "large.wasm", "-o", "large", *FAST]
            processes = [subprocess.Popen(command, cwd=folder, env=environment) for folder in folders]
            self.assertEqual([process.wait(timeout=300) for process in processes], [0] * 3)
            for folder in folders:
                self.run_program(folder / "large", code=7)


class BuildFiles(Builds):
    """Each tool makes what w2c makes, with the same flags; the compiler can be another one."""
    tools = (("ninja", "build.ninja", ["ninja", "-C", "ninja"], "ninja"),
             ("make", "Makefile", ["make", "-C", "make", "-j2"], "make"))

    def run_tool(self, command, **settings):
        done = subprocess.run(command, cwd=self.folder, env={**self.environment, **settings}, capture_output=True,
                              text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def flags_of(self, commands):
        """{source: its flags}, without names of files, and without what clang gets from w2c alone: a build file does
        not know which compiler it will be used with."""
        for_clang = {"-mllvm", "-x86-cmov-converter=false"}
        return {name: {word for word in line.split() if word[0] == "-"} - for_clang for name, line in commands.items()}

    def test_ninja_and_make(self):
        wanted = self.flags_of(self.build("--cflags=-DX=1"))
        for tool, file, command, folder in self.tools:
            if not shutil.which(tool):
                self.skipTest(f"{tool} is not installed")
            with self.subTest(tool=tool):
                done = self.w2c("large.wasm", "-o", f"{tool}/{file}", "--cflags=-DX=1")
                self.assertIn(" ".join(command[:3]), done.stdout)
                arguments = [f"CC={self.compiler}"] if tool == "make" else []
                self.run_tool(command + arguments, CC=self.compiler)
                self.assertEqual(self.flags_of(self.compiled()), wanted)
                self.run_program(f"{folder}/large", code=7)
                self.write("large.wasm", wasm_bytes.large(changed=1))
                self.w2c("large.wasm", "-o", f"{tool}/{file}", "--cflags=-DX=1")
                self.run_tool(command + arguments, CC=self.compiler)
                self.assertEqual(len(self.compiled()), 1)
                self.run_program(f"{folder}/large", code=7)
                self.write("large.wasm", wasm_bytes.large())

    @unittest.skipUnless(shutil.which("cmake"), "cmake is not installed")
    def test_cmake(self):
        wanted = self.flags_of(self.build())
        self.w2c("large.wasm", "-o", "c/CMakeLists.txt")
        self.run_tool(["cmake", "-S", "c", "-B", "b", f"-DCMAKE_C_COMPILER={self.compiler}"])
        self.log.unlink(missing_ok=True)
        self.run_tool(["cmake", "--build", "b", "-j2"])
        made = self.flags_of(self.compiled())
        self.assertEqual({*made}, {*wanted})
        for name, flags in made.items():
            self.assertLessEqual(wanted[name], flags)
        self.run_program("b/large", code=7)

    def test_small_modules_and_libraries(self):
        for module, results in (("exit_seven", ["exit_seven"]), ("add", ["add.a", "add.h"])):
            for tool, file, command, folder in self.tools:
                self.w2c(f"{module}.wasm", "-o", f"{tool}/{file}", *FAST)
                self.run_tool(command)
                for result in results:
                    self.assertTrue((self.folder / folder / result).exists())
        self.run_program("ninja/exit_seven", code=7)
        self.w2c("add.wasm", "-o", "c/CMakeLists.txt")
        self.run_tool(["cmake", "-S", "c", "-B", "b"])
        self.run_tool(["cmake", "--build", "b"])
        self.assertTrue((self.folder / "b" / "add.a").exists())

    def test_odd_names(self):
        self.write("-a $b 'c.wasm", wasm_bytes.exit_seven)
        for tool, file, command, folder in self.tools:
            self.w2c("-o", f"{tool}/{file}", *FAST, "--cflags='-DA=\"a b\"' '-DB=$c'", "--", "-a $b 'c.wasm")
            self.run_tool(command)
            self.run_program(f"{folder}/_a__b__c", code=7)

    def test_wrong_use(self):
        self.refused("add.wasm", "-o", "d/Makefile", "--keep-c", "x", code=2, says="--keep-c")
        self.refused("add.wasm", "-o", "none/d/Makefile", code=1, says="none/d")
        self.refused("add.wasm", "-o", "d/Makefile", "--dir", ".", code=2, says="library")

    @unittest.skipUnless(distcc_servers.are_there(), "distcc is not installed")
    def test_two_hosts(self):
        """distcc gives the parts to two servers, and every part is compiled by one of them."""
        self.write("large.wasm", wasm_bytes.large())
        self.w2c("large.wasm", "-o", "ninja/build.ninja")
        self.folder.chmod(0o755)
        with distcc_servers.Server(self.folder, "1", 2) as one, distcc_servers.Server(self.folder, "2", 2) as other:
            self.run_tool(["ninja", "-C", "ninja", "-j4"], CC="distcc cc",
                          **distcc_servers.environment([one, other], self.folder))
            self.run_program("ninja/large", code=7)
            self.assertTrue(one.compiled() and other.compiled())
            self.assertEqual(sorted(one.compiled() + other.compiled()),
                             sorted(path.name for path in (self.folder / "ninja").glob("*.c")))


class Tuned(Builds):
    """--pgo, --lto and --march, with the compilers that are there."""
    compilers = [name for name in ("gcc", "clang-19") if shutil.which(name)]

    def test_training(self):
        arguments = ("show_arguments.wasm", "-o", "show", *FAST, "--split", "2")
        for compiler in self.compilers:
            for command in ("./show a b >seen; test $? = 3", "show a b >seen; test $? = 3",
                            '"$W2C_PROGRAM" a b >seen; test $? = 3'):
                with self.subTest(compiler=compiler, command=command):
                    (self.folder / "show").unlink(missing_ok=True)
                    logging = self.script("logging", f'echo "$@" >>{self.log}\nexec {compiler} "$@"\n')
                    self.w2c(*arguments, "--cc", logging, "--pgo", command)
                    self.assertEqual((self.folder / "seen").read_text().split("\0")[1:], ["a", "b", ""])
                    lines = [line for line in self.log.read_text().splitlines() if " -c " in line and "p" in line]
                    self.log.unlink()
                    self.assertEqual(sum("-fprofile-generate" in line for line in lines), 3)
                    self.assertEqual(sum("-fprofile-use" in line for line in lines), 3)
                    self.run_program("show", "x", code=2)
                    self.assertEqual(self.listing("*.gcda") + self.listing("*.profraw"), [])

    def test_training_that_fails(self):
        self.write("seven", "old")
        for command, says in (("exit 3", "training command ended with exit code 3: exit 3"),
                              ("true", "left no profile: it must run 'seven' or \"$W2C_PROGRAM\""),
                              ("./seven", "ended with exit code 7")):
            done = self.w2c("exit_seven.wasm", "-o", "seven", *FAST, "--pgo", command, code=1)
            self.assertIn(says, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertEqual((self.folder / "seven").read_text(), "old")

    def test_training_that_is_interrupted(self):
        command = [self.path_of_w2c, "exit_seven.wasm", "-o", "seven", *FAST, "--pgo", "touch started; sleep 60"]
        process = subprocess.Popen(command, cwd=self.folder, env=self.environment)
        while not (self.folder / "started").exists():
            self.assertIsNone(process.poll(), "ended before the signal")
            time.sleep(0.01)
        process.terminate()
        self.assertNotEqual(process.wait(timeout=30), 0)
        self.assertEqual(self.listing("seven"), [])

    def test_wrong_use(self):
        self.refused("exit_seven.wasm", "-o", "x.c", "--pgo", "./x", code=2, says="--pgo is for programs")
        self.refused("exit_seven.wasm", "-o", "x", "--pgo", "", code=2, says="--pgo wants a command")
        self.refused("add.wasm", "-o", "x.a", "--lto", code=2, says="--lto is for programs")
        self.refused("add.wasm", "-o", "x.o", "--march=", code=2, says="--march wants")

    def test_together(self):
        for compiler in self.compilers:
            if compiler == "clang-19" and not shutil.which("ld.lld") and not shutil.which("ld.lld-19"):
                continue
            with self.subTest(compiler=compiler):
                done = self.w2c("show_arguments.wasm", "-o", "show", "--split", "2", "--lto", "--march=native",
                                "--cc", compiler, "-j2", "-v")
                self.assertEqual(done.stderr.count("-march=native"), 4)
                self.assertIn("-flto=2" if compiler == "gcc" else "--thinlto-jobs=2", done.stderr)
                self.assertNotIn("warning", done.stderr)
                self.run_program("show", "x", code=2)
                self.w2c("add.wasm", "-o", "add.so", "--split", "2", "--lto", "--cc", compiler)
                self.assertIn("add_add", subprocess.run(["nm", "-D", "add.so"], cwd=self.folder, capture_output=True,
                                                        text=True).stdout)
