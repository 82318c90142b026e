#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tells what share of each reader's lines its fuzzer reaches. Usage:

    python3 tests/fuzz/coverage.py BUILD_FOLDER [--corpus] [--lines]

BUILD_FOLDER is any build of this project: the fuzzers are built once more beside it, in
`fuzz-coverage`. The seeds are run, and with --corpus also what run.sh has found. Functions that
write, or that only name a path, are no part of a reader. Exits with 1 below 95 % of any reader;
--lines prints the lines that are not reached.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WANTED = 95.0

# The files of each reader, and the functions in them that are none of it (by their plain names).
READERS = {
    "json": (["base/json.cpp"], r"\bwrite|to_json"),
    "npy": (["io/npy.cpp"], r"write_npy|npy_bytes|header_text|file_front|data_of"),
    "idx": (["io/idx.cpp", "io/gzip.cpp"], None),
    "csv": (["io/csv.cpp"], None),
    "zip": (["io/zip.cpp"], r"ZipWriter|tail_of_file|ZipReader::operator=|ZipReader::has"),
    "hdf5": (["io/hdf5_reader.cpp", "io/hdf5_message.cpp", "io/hdf5_data.cpp"],
             r"Hdf5Group::make|may_be_damaged"),
}
# What opens a file by its path and hands its bytes to the function that is fuzzed.
BY_PATH = r"::(read_\w+|ZipReader)\(std::__cxx11::basic_string"


def seeds_of(name: str, corpus: pathlib.Path, with_corpus: bool) -> list[str]:
    folders = [HERE / "seeds" / name]
    if name in ("hdf5", "npy"):
        folders.append(ROOT / "tests" / "golden" / name)
    if with_corpus:
        folders.append(corpus / name)
    return [str(folder) for folder in folders if folder.is_dir()]


def export(program: pathlib.Path, profile: pathlib.Path, sources: list[str], form: str) -> str:
    command = ["llvm-cov-14", "export", str(program), f"-instr-profile={profile}",
               f"-format={form}", *sources]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def plain_names(names: list[str]) -> list[str]:
    result = subprocess.run(["llvm-cxxfilt-14"], check=True, capture_output=True, text=True,
                            input="\n".join(names))
    return result.stdout.splitlines()


def left_out(exported: dict, excluded: str | None) -> dict[str, set[int]]:
    """Returns the lines of functions that are no part of a reader, by file."""
    pattern = re.compile(f"{BY_PATH}|{excluded}" if excluded else BY_PATH)
    functions = exported["data"][0]["functions"]
    # The name of a function of one file begins with that file's.
    names = plain_names([item["name"].rsplit(":", 1)[-1] for item in functions])
    lines: dict[str, set[int]] = {}
    for item, name in zip(functions, names):
        signature = "::" + name.replace("keratin::", "::").lstrip(":")
        if pattern.search(signature):
            first, last = item["regions"][0][0], item["regions"][0][2]
            file = os.path.normpath(item["filenames"][0])
            lines.setdefault(file, set()).update(range(first, last + 1))
    return lines


def counted_lines(report: str) -> dict[str, dict[int, int]]:
    files: dict[str, dict[int, int]] = {}
    lines: dict[int, int] = {}
    for row in report.splitlines():
        if row.startswith("SF:"):
            lines = files.setdefault(os.path.normpath(row[3:]), {})
        elif row.startswith("DA:"):
            number, count = row[3:].split(",")[:2]
            lines[int(number)] = int(count)
    return files


def measure(name: str, build: pathlib.Path, args: argparse.Namespace) -> float:
    program = build / "tests" / "fuzz" / f"keratin_fuzz_{name}"
    seeds = seeds_of(name, build.parent / "fuzz" / "corpus", args.corpus)
    with tempfile.TemporaryDirectory() as folder:
        raw, profile = pathlib.Path(folder) / "raw", pathlib.Path(folder) / "profile"
        command = [str(program), "-runs=0", "-max_len=65536", "-verbosity=0", *seeds]
        subprocess.run(command, check=True, capture_output=True,
                       env={"LLVM_PROFILE_FILE": str(raw)})
        subprocess.run(["llvm-profdata-14", "merge", str(raw), "-o", str(profile)], check=True)
        files, excluded = READERS[name]
        sources = [str(ROOT / "keratin" / file) for file in files]
        others = left_out(json.loads(export(program, profile, sources, "text")), excluded)
        counts = counted_lines(export(program, profile, sources, "lcov"))
    reached = total = 0
    for file in sources:
        lines = counts[file]
        kept = {n: c for n, c in lines.items() if n not in others.get(file, set())}
        total += len(kept)
        reached += sum(c > 0 for c in kept.values())
        if args.lines:
            text = pathlib.Path(file).read_text().splitlines()
            for number in sorted(n for n, c in kept.items() if c == 0):
                print(f"{pathlib.Path(file).name}:{number}: {text[number - 1]}")
    share = 100.0 * reached / total
    print(f"{name}: {share:.1f} % ({reached} of {total} lines)")
    return share


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--corpus", action="store_true")
    parser.add_argument("--lines", action="store_true")
    args = parser.parse_args()
    build = pathlib.Path(args.build).resolve().parent / "fuzz-coverage"
    subprocess.run(["cmake", "-S", str(ROOT), "-B", str(build), "--preset", "fuzz-coverage"],
                   check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", str(build), "--parallel", "2", "--target",
                    *(f"keratin_fuzz_{name}" for name in READERS)],
                   check=True, stdout=subprocess.DEVNULL)
    shares = [measure(name, build, args) for name in READERS]
    return 0 if min(shares) >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
