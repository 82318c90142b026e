#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes small faults in the library, one at a time, and tells which of them the tests see.

  tools/mutate.py --count 20 --seed 1 [--build build/dev] [--only keratin/nn/] [--jobs 2] [--list]

Picks random lines of keratin/**/*.cpp and changes one thing in each: a comparison, + to -, && to
||, a number, a condition, true to false, or it takes a statement out. Each is one line of the
report: killed (and by which test), SURVIVED, equal (the same machine code), or does not compile.
A survivor is a line that the fast tests do not look at, or a change that means the same. Lines
that only reserve room are left out: all changes of them mean the same.

The build folder must be built and its fast tests pass. Neither it nor the sources are touched: the
changed file is compiled to a place of its own, and the library linked anew, as a shared one that
copies of the test programs load. --list only shows the changes. The program's own sources in
keratin/cli are left out, since its tests run the program of the build folder.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
MEMORY = 8 << 30  # bytes of address space for a test, which a mutant may want to use up

Mutant = collections.namedtuple("Mutant", "path line old new")

# Binary operators, which clang-format puts between spaces; brackets of templates have none.
SWAPS = {" < ": " >= ", " >= ": " < ", " > ": " <= ", " <= ": " > ", " == ": " != ",
         " != ": " == ", " + ": " - ", " - ": " + ", " * ": " / ", " / ": " * ", " && ": " || ",
         " || ": " && ", " += ": " -= ", " -= ": " += "}
WORDS = {"true": "false", "false": "true", "std::min": "std::max", "std::max": "std::min",
         "continue": "break", "front": "back", "back": "front"}
NO_CODE = re.compile(r"\s*(#|using\b|namespace\b|template\b|struct\b|class\b|enum\b|extern\b"
                     r"|requires\b|static_assert\b|case\b|public:|private:|protected:|friend\b"
                     r"|\}?$)")
STATEMENT = re.compile(r"\s+(?!return\b|throw\b|delete\b|else\b|if\b|for\b|while\b|switch\b|do\b"
                       r"|require\b|fail\b|const\b|auto\b)"
                       r"[\w.:]+(->[\w.]+|\[[^\]]*\]|\([^()]*\)\.\w+)*( [-+*/|&]?= |\().*;$")
# Says how much room will be needed, which changes no result.
NO_MEANING = re.compile(r"\s*[\w.\[\]>-]+(\.|->)reserve\(.*\);$")
NO_TOKENS = re.compile(r'R"(\w*)\((?:.|\n)*?\)\1"|"(?:\\.|[^"\\\n])*"'  # texts
                       r"|(?<!\w)'(?:\\.|[^'\\\n])+'"  # characters
                       r"|//[^\n]*|/\*(?:.|\n)*?\*/")


def blank(text):
    """Returns C++ text with strings and comments made spaces, of the same length."""
    return NO_TOKENS.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def is_balanced(text):
    return all(text.count(a) == text.count(b) for a, b in ("()", "[]", "{}"))


def find_condition(code):
    """Returns where the condition of an `if` begins and ends, when it ends on this line."""
    start = re.match(r"\s*(\} else )?if \(", code)
    depth = 1 if start else 0
    for at in range(start.end() if start else len(code), len(code)):
        depth += (code[at] == "(") - (code[at] == ")")
        if depth == 0:
            is_plain = ";" not in code[start.end():at]  # no `if (int i = 0; i < n)`
            return (start.end(), at) if is_plain else (0, 0)
    return 0, 0


def changes(code, line, before):
    """Returns what one line may become: `line` as it is, `code` without strings and comments, and
    `before`, the code of the line above."""
    if NO_CODE.match(code) or NO_MEANING.match(code) or re.match(r"\s*$", code):
        return []
    found = []

    def put(begin, end, new):
        found.append(line[:begin] + new + line[end:])

    for old, new in SWAPS.items():
        for match in re.finditer(re.escape(old), code):
            joins_text = old == " + " and '"' in (line[match.start() - 1], line[match.end()])
            if not joins_text:
                put(match.start(), match.end(), new)
    for old, new in WORDS.items():
        for match in re.finditer(rf"(?<![\w.:]){old}\b" if old not in ("front", "back")
                                 else rf"(?<=\.){old}(?=\(\))", code):
            put(match.start(), match.end(), new)
    for match in re.finditer(r"(?<![\w.])\d+(?![\w.'])", code):
        put(match.start(), match.end(), str(int(match[0]) + 1))
    begin, end = find_condition(code)
    if begin < end:
        put(begin, end, f"!({line[begin:end]})")
    whole = re.search(r"[;{}]\s*$", before) is not None
    if whole and STATEMENT.match(code) and is_balanced(code):
        indent = len(code) - len(code.lstrip())
        put(indent, len(code.rstrip()), ";")
    return found


def find_mutants(root, only=""):
    """Returns lists of the mutants of each line, for all lines that have any."""
    result = []
    for file in sorted((root / "keratin").rglob("*.cpp")):
        path = file.relative_to(root).as_posix()
        if path.startswith("keratin/cli/") or not path.startswith(only):
            continue
        text = file.read_text()
        lines, codes = text.splitlines(), blank(text).splitlines()
        before = ""
        for number, (line, code) in enumerate(zip(lines, codes), 1):
            ways = [Mutant(path, number, line, new) for new in changes(code, line, before)]
            if ways:
                result.append(ways)
            before = code if code.strip() else before
    return result


def pick(lines, count, seed):
    """Returns one mutant for each of `count` lines; the same for the same seed and sources."""
    chance = random.Random(seed)
    return [chance.choice(ways) for ways in chance.sample(lines, min(count, len(lines)))]


def describe(mutant):
    return f"{mutant.path}:{mutant.line}: `{mutant.old.strip()}` -> `{mutant.new.strip()}`"


def prepare_test():
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs ignore it
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


class Test:
    """Is one line of ctest: a command, where and how it runs, and how long it took once."""

    def __init__(self, entry):
        self.name, self.command = entry["name"], entry.get("command", [])
        properties = {item["name"]: item["value"] for item in entry.get("properties", [])}
        self.folder = properties.get("WORKING_DIRECTORY")
        self.skip_code = properties.get("SKIP_RETURN_CODE")
        self.environment = dict(item.split("=", 1) for item in properties.get("ENVIRONMENT", []))
        self.seconds = 60.0

    def run(self):
        """Tells whether the test passes, within ten times what it took before."""
        process = subprocess.Popen(
            self.command, cwd=self.folder, env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, preexec_fn=prepare_test)
        try:
            code = process.wait(10 * self.seconds + 10)
        except subprocess.TimeoutExpired:
            return False
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return code == 0 or code == self.skip_code


def run_tests(tests, jobs):
    """Returns the name of a test that fails, or None; starts none after the first failure."""
    failed = []

    def run(test):
        if not failed and not test.run():
            failed.append(test.name)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(run, tests))
    return failed[0] if failed else None


class Build:
    """Knows how the build folder compiles and links, and does both elsewhere."""

    def __init__(self, folder, work, root=ROOT):
        self.folder, self.work = pathlib.Path(folder).resolve(), pathlib.Path(work)
        self.library = self.work / "libkeratin_mutant.so"
        made = self.folder / "CMakeFiles/keratin.dir"
        # A source that is gone leaves its object behind.
        self.objects = [file for file in sorted(made.glob("keratin/**/*.cpp.o"))
                        if (root / file.relative_to(made).with_suffix("")).exists()]

    def command(self, target):
        """Returns the words of the last command that makes a target of the build folder."""
        text = subprocess.run(["ninja", "-C", self.folder, "-t", "commands", target], check=True,
                              capture_output=True, text=True).stdout
        line = [line for line in text.splitlines() if f"-o {target}" in line][-1]
        words = shlex.split(line)
        begin = next(i for i, word in enumerate(words) if re.search(r"(\+\+|ccache)[\d.-]*$", word))
        return words[begin:words.index("&&", begin) if "&&" in words[begin:] else len(words)]

    def call(self, words):
        """Runs a command in the build folder; returns whether it works."""
        return subprocess.run(words, cwd=self.folder, capture_output=True).returncode == 0

    def compile(self, path, text):
        """Compiles a changed source; returns the object, or None."""
        copy = self.work / "source" / pathlib.Path(path).name
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(text)
        made = copy.with_suffix(".o")
        words = self.command(f"CMakeFiles/keratin.dir/{path}.o")
        words[words.index("-o") + 1] = str(made)
        words[words.index("-c") + 1] = str(copy)
        if "-MF" in words:
            words[words.index("-MF") + 1] = str(copy.with_suffix(".d"))
        return made if self.call([*words, "-w"]) else None

    def is_equal(self, path, made):
        """Tells whether an object is the one of the build folder, but for what debuggers read."""
        both = []
        for number, file in enumerate([self.folder / f"CMakeFiles/keratin.dir/{path}.o", made]):
            plain = self.work / f"plain{number}.o"
            subprocess.run(["objcopy", "--strip-debug", file, plain], check=True)
            both.append(plain.read_bytes())
        return both[0] == both[1]

    def link_library(self, path=None, made=None):
        """Links the library, with one object in the place of another."""
        old = self.folder / f"CMakeFiles/keratin.dir/{path}.o"
        objects = [str(made if file == old else file) for file in self.objects]
        response = self.work / "objects"
        response.write_text("\n".join(objects))
        return self.call([self.compiler, "-shared", "-Wl,--strip-debug", "-o", str(self.library),
                          f"@{response}"])

    def link_program(self, program):
        """Links a program of the build folder with the shared library; returns the copy."""
        words = self.command(program.relative_to(self.folder).as_posix())
        self.compiler = words[0]
        copy = self.work / program.name
        words[words.index("-o") + 1] = str(copy)
        words = [str(self.library) if re.search(r"(^|/)libkeratin\.(a|so[\d.]*)$", word) else word
                 for word in words]
        if not self.library.exists() and not self.link_library():
            sys.exit("mutate: expected objects that can be linked as a shared library, got others.")
        if not self.call([*words, f"-Wl,-rpath,{self.work}", "-Wl,--strip-debug"]):
            sys.exit(f"mutate: expected {program.name} to link with the library as a shared one, "
                     "got an error.")
        return copy

    def tests(self):
        """Returns the fast tests that run code of the library, with copies of their programs."""
        text = subprocess.run(["ctest", "--test-dir", self.folder, "-LE", "slow|checks",
                               "--show-only=json-v1"], check=True, capture_output=True).stdout
        tests = [Test(entry) for entry in json.loads(text)["tests"]]
        copies = {}
        result = []
        for test in tests:
            program = pathlib.Path(test.command[0]) if test.command else ROOT
            is_ours = program.name.startswith("keratin_tests_") or program.parent.name == "examples"
            if not is_ours or program.name == "keratin_tests_cli" or not program.exists():
                continue
            if program not in copies:
                copies[program] = str(self.link_program(program))
            test.command[0] = copies[program]
            result.append(test)
        return result


def words_of(text):
    """Returns the beginnings of the words in a name or path, such as `metri` of MetricsText."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).lower()
    return {word[:5] for word in re.findall(r"[a-z]+", spaced)} - {"cpp", "test", "kerat"}


def in_likely_order(tests, path):
    """Returns the tests, first those that are likely to see a change of a file and are quick: of
    its folder and with a word in common, then of its folder."""
    folder, _, rest = path.removeprefix("keratin/").partition("/")
    words = words_of(rest)

    def key(test):
        is_own = test.name.startswith(folder + ".")
        return not (is_own and words & words_of(test.name)), not is_own, test.seconds

    return sorted(tests, key=key)


def try_mutant(build, tests, mutant, jobs, root=ROOT):
    """Returns what happens to a mutant: killed by a test, or something else."""
    lines = (root / mutant.path).read_text().splitlines()
    lines[mutant.line - 1] = mutant.new
    made = build.compile(mutant.path, "\n".join(lines) + "\n")
    if made is None:
        return "does not compile"
    if build.is_equal(mutant.path, made):
        return "equal"
    if not build.link_library(mutant.path, made):
        return "does not compile"  # a function that nothing defines any more
    killer = run_tests(in_likely_order(tests, mutant.path), jobs)
    return f"killed by {killer}" if killer else "SURVIVED"


def report(results):
    """Prints the counts and, once more, the survivors."""
    counts = collections.Counter(outcome.split(" by ")[0] for _, outcome in results)
    print("\n" + ", ".join(f"{counts[kind]} {kind}" for kind in
                           ("killed", "SURVIVED", "equal", "does not compile") if counts[kind]))
    for mutant, outcome in results:
        if outcome == "SURVIVED":
            print(f"survived: {describe(mutant)}")


def run_all(build, mutants, jobs, root=ROOT):
    tests = build.tests()
    if not tests:
        sys.exit(f"mutate: expected tests in {build.folder}, got none. Build it first.")
    for test in tests:
        begin = time.monotonic()
        if not test.run():
            sys.exit(f"mutate: expected tests that pass, got a failure of {test.name}. Mend it, or "
                     "build the folder anew.")
        test.seconds = time.monotonic() - begin
    results = []
    for mutant in mutants:
        results.append((mutant, try_mutant(build, tests, mutant, jobs, root)))
        print(f"{results[-1][1]}: {describe(mutant)}", flush=True)
    report(results)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--build", default=str(ROOT / "build/dev"))
    parser.add_argument("--only", default="", help="paths that begin so, such as keratin/nn/")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--list", action="store_true", help="only show the changes")
    options = parser.parse_args(arguments)
    mutants = pick(find_mutants(ROOT, options.only), options.count, options.seed)
    if options.list:
        print("\n".join(describe(mutant) for mutant in mutants))
        return 0
    work = tempfile.mkdtemp(prefix="keratin-mutate-")
    try:
        run_all(Build(options.build, work), mutants, options.jobs)
    finally:
        shutil.rmtree(work)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
