#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails when a file breaks a rule of style. Usage: check_style.py [root]

Prints each problem as path:line: sentence; exits with 1 when there is one. Files over 400 lines
are only noted. clang-format-14 is asked too where it is installed.
"""
import concurrent.futures
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

TOPS = ("keratin", "tests", "examples", "bench", "docs", "tools", "cmake", ".ci")
CODE = {".h", ".cpp", ".py", ".sh", ".cmake"}
MAX_COLUMNS = 100
NOTED_LINES, MAX_LINES = 400, 600
MAX_README_LINES = 120
MAX_GOLDEN_BYTES = 200 * 1024
SPDX = "SPDX-License-Identifier: Apache-2.0"

# Unfinished work belongs in an issue, praise to the reader, and one machine's paths nowhere.
BANNED = [
    re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b"),
    re.compile(r"\b(blaz" r"ing(ly)?|seam" r"less(ly)?|state-of-the-" r"art|cutting-" r"edge"
               r"|world-" r"class|game-" r"changing|lever" r"age[sd]?|util" r"i[sz]e[sd]?)\b",
               re.I),
    re.compile(r"(?<![\w.])/(work|opt)/"),
]
REGISTRATION = re.compile(
    r"^(static|inline|const|constexpr|auto|bool|int|\[\[maybe_unused\]\])[\w\s:\[\]<>]*="
    r"[^;(]*register\w*\s*(<[^;]*>)?\s*\(|__attribute__\s*\(\(\s*constructor"
    r"|^(static\s+|inline\s+|const\s+)*[\w:]*(Registrar|Registration)\w*(<[^>]*>)?\s+\w+\s*[({;]",
    re.I,
)


def list_files(root):
    """Returns every file of the tree that a rule may concern, as paths from the root."""
    files = [file for file in root.iterdir() if file.is_file()]
    for top in TOPS:
        files += [file for file in (root / top).rglob("*") if file.is_file()]
    return sorted(file.relative_to(root) for file in files
                  if "__pycache__" not in file.parts and file.name != "LICENSE")


def is_golden(path):
    return path.parts[:2] == ("tests", "golden")


def is_code(path):
    return path.suffix in CODE or path.name == "CMakeLists.txt" or path.parts[0] == ".ci"


def check_header(path, lines):
    """Yields (line number, sentence) for the rules of C++ headers."""
    first = next((n for n, line in enumerate(lines) if line and not line.startswith("//")), 0)
    if not lines or lines[first] != "#pragma once":
        yield first + 1, "a header starts with `#pragma once`, after its comment."
    for number, line in enumerate(lines, 1):
        if re.match(r"\s*using\s+namespace\b", line):
            yield number, "a header must not say `using namespace`."


def check_code(path, lines):
    """Yields (line number, sentence) for the rules of source files in any language."""
    mark = "// " if path.suffix in (".h", ".cpp") else "# "
    at = 1 if lines and lines[0].startswith("#!") else 0
    if len(lines) <= at or lines[at] != mark + SPDX:
        yield at + 1, f"expected the line `{mark}{SPDX}`."
    if len(lines) > MAX_LINES:
        yield MAX_LINES, f"{len(lines)} lines are over the limit of {MAX_LINES}. Split the file."
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_COLUMNS:
            yield number, f"{len(line)} columns are over the limit of {MAX_COLUMNS}."
        if path.suffix in (".h", ".cpp") and REGISTRATION.search(line):
            yield number, "registration is an explicit list, never a static initialiser."


def check_text(lines):
    """Yields (line number, sentence) for the rules of every text that people read."""
    for number, line in enumerate(lines, 1):
        if "\t" in line:
            yield number, "a tab."
        if line != line.rstrip():
            yield number, "blanks at the end of the line."
        for pattern in BANNED:
            match = pattern.search(line)
            if match:
                yield number, f"`{match[0]}` is not wanted here."


def check_file(root, path):
    """Yields (line number, sentence) for each problem of one file."""
    if is_golden(path):
        size = (root / path).stat().st_size
        if size > MAX_GOLDEN_BYTES:
            yield 1, f"{size} bytes are over the limit of {MAX_GOLDEN_BYTES} for golden files."
    if not is_code(path) and (path.suffix != ".md" or is_golden(path)):
        return
    lines = (root / path).read_text(errors="replace").splitlines()
    yield from check_text(lines)
    if is_code(path):
        yield from check_code(path, lines)
    if path.suffix == ".h":
        yield from check_header(path, lines)
    if path.as_posix() == "README.md" and len(lines) > MAX_README_LINES:
        yield MAX_README_LINES, f"{len(lines)} lines are over the limit of {MAX_README_LINES}."


def ask_clang_format(root, paths):
    """Returns (path, line) where clang-format would change a file; knows clean files again."""
    tool = shutil.which("clang-format-14")
    if not tool:
        return []
    cache = root / "build/.clang-format-clean"
    known = set(cache.read_text().split()) if cache.exists() else set()
    style = (root / ".clang-format").read_bytes() if (root / ".clang-format").exists() else b""
    digest = {str(path): hashlib.sha256(style + (root / path).read_bytes()).hexdigest()
              for path in paths}
    unknown = [path for path in digest if digest[path] not in known]

    def first_changes(batch):
        run = subprocess.run([tool, "--dry-run", "-Werror", *batch], cwd=root, text=True,
                             capture_output=True, check=False)
        found = re.findall(r"^(.+?):(\d+):\d+: error", run.stderr, re.M)
        return {path: int(line) for path, line in reversed(found)}

    workers = os.cpu_count() or 1
    batches = [batch for batch in (unknown[i::workers] for i in range(workers)) if batch]
    changed = {}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for found in pool.map(first_changes, batches):
            changed.update(found)
    if unknown and cache.parent.is_dir():
        cache.write_text("\n".join(digest[path] for path in digest if path not in changed) + "\n")
    return sorted(changed.items())


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else __file__).resolve()
    root = root if root.is_dir() else root.parent.parent
    files = list_files(root)
    problems = [f"{path}:{number}: {sentence}"
                for path in files for number, sentence in check_file(root, path)]
    cpp = [path for path in files if path.suffix in (".h", ".cpp")]
    problems += [f"{path}:{line}: not formatted. Run clang-format-14 -i {path}"
                 for path, line in ask_clang_format(root, cpp)]
    for path in filter(is_code, files):
        count = len((root / path).read_text(errors="replace").splitlines())
        if NOTED_LINES < count <= MAX_LINES:
            print(f"note: {path} has {count} lines; {NOTED_LINES} is the aim.")
    print("\n".join(problems) if problems else "check_style: fine")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
