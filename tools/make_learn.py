#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fills docs/learn/README.md with its programs, what they print and the pictures they draw.

    make_learn.py BUILD [NAME ...]           runs the programs of a build folder and writes the page
    make_learn.py --check                    is the page what this script makes of the sources?
    make_learn.py --check BUILD NAME ...     do these print and draw what the page says?
    make_learn.py --python                   does the Python print the same? (needs Keras)

The page holds its text and, for each program, a region: `<!-- program: PATH | what the picture
shows -->` to `<!-- end -->` (`run:` leaves out the code). A block of Python that follows
`<!-- prints as: PATH -->` prints what that program prints. KERATIN_PYTHON names a Python that has
Keras. Checks exit with 1 after a difference, with 77 when they cannot be made.
"""
import argparse
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[1]
REGION = re.compile(r"<!-- (program|run): (\S+)(?: \| (.+?))? -->\n(.*?)<!-- end -->", re.S)
PRINTED = re.compile(r"```text\n(.*?)```\n", re.S)
PICTURE = re.compile(r"!\[[^\]]*\]\(pictures/([^)]+)\)")
PYTHON = re.compile(r"<!-- prints as: (\S+) -->\n+```python\n(.*?)```\n", re.S)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
MAX_PICTURE_BYTES = 400 * 1024
MAX_PROGRAM_LINES = 60
# One thread is as fast as two here, and faster where others are at work; the other keeps sums from
# depending on the processor.
STEADY = {"KERATIN_THREADS": "1", "KERATIN_DETERMINISTIC": "1"}
POINTS, SHARE = 2.0, 0.02  # what a place and a written number may differ by


class Page:
    """Is the page, and the folder it lies in."""

    def __init__(self, folder):
        self.folder = folder
        self.text = (folder / "README.md").read_text()

    def regions(self):
        """Returns the path of each program and the text of its region."""
        return {match[2]: match[4] for match in REGION.finditer(self.text)}

    def printed(self, path):
        """Returns what the page says that a program prints."""
        found = PRINTED.search(self.regions()[path])
        return found[1] if found else ""

    def pictures(self, path):
        return PICTURE.findall(self.regions()[path])

    def filled(self, runs):
        """Returns the page with new regions; programs without a run keep what they printed."""
        def region(match):
            kind, path, caption = match[1], match[2], match[3]
            source = (self.folder / path).read_text()
            printed, pictures = runs.get(path) or (self.printed(path), self.pictures(path))
            parts = [f"[{pathlib.Path(path).name}]({path})"]
            parts[0] += ":" if kind == "program" else " prints:"
            if kind == "program":
                parts.append(f"```cpp\n{code_of(source)}```")
                if printed:
                    parts.append("It prints:")
            if printed:
                parts.append(f"```text\n{printed}```")
            parts += [f"![{caption}](pictures/{name})" for name in pictures]
            opening = match[0][:match[0].index("\n") + 1]
            return opening + "\n\n".join(parts) + "\n<!-- end -->"
        return REGION.sub(region, self.text)


def code_of(source):
    """Returns a program without its first comment."""
    lines = source.splitlines(keepends=True)
    while lines and lines[0].startswith("//"):
        lines.pop(0)
    return "".join(lines)


def run(page, build, path, folder):
    """Runs a program in a folder; returns what it printed and the names of the pictures."""
    name = pathlib.Path(path).stem
    places = [build / "docs/learn" / name, build / "examples" / name]
    program = next((place for place in places if place.is_file()), None)
    if program is None:
        raise SystemExit(f"make_learn: expected {places[0]}. Build it first.")
    done = subprocess.run([program.resolve()], cwd=folder, text=True, capture_output=True,
                          check=False, env={**STEADY, **os.environ})
    if done.returncode != 0:
        print(done.stdout, done.stderr, sep="\n")
        raise SystemExit(f"make_learn: {path} ended with {done.returncode}.")
    if done.stderr:
        raise SystemExit(f"make_learn: {path} wrote to standard error:\n{done.stderr}")
    return done.stdout, sorted(file.name for file in folder.iterdir())


def svg_difference(old, new):
    """Tells where two pictures differ by more than the rounding of another processor."""
    old_texts, new_texts = (re.findall(r">([^<\n]+)</text>", text) for text in (old, new))
    old_shape, new_shape = (re.sub(r">[^<\n]+</text>", ">", text) for text in (old, new))
    for name, one, other, near in [
            ("texts", "\n".join(old_texts), "\n".join(new_texts),
             lambda a, b: abs(a - b) <= SHARE * abs(a)),
            ("shapes", old_shape, new_shape, lambda a, b: abs(a - b) <= POINTS)]:
        if NUMBER.sub("#", one) != NUMBER.sub("#", other):
            return f"has other {name}"
        for a, b in zip(NUMBER.findall(one), NUMBER.findall(other)):
            if not near(float(a), float(b)):
                return f"has {b} among its {name}, not {a}"
    return None


def png_pixels(data):
    """Returns size and kind, and the unpacked rows of a PNG file."""
    at, packed, head = 8, b"", b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        packed += body if kind == b"IDAT" else b""
        head = body if kind == b"IHDR" else head
        at += length + 12
    return head, zlib.decompress(packed)


def picture_difference(old, new):
    """Tells how two files of pictures differ, or returns None."""
    if not old.is_file():
        return "is not there"
    if old.suffix == ".svg":
        return svg_difference(old.read_text(), new.read_text())
    return None if png_pixels(old.read_bytes()) == png_pixels(new.read_bytes()) else "differs"


def check_run(page, path, printed, folder):
    """Yields a sentence for each thing in which a run is not what the page says."""
    if printed != page.printed(path):
        yield f"{path} prints\n{printed}and the page says\n{page.printed(path)}"
    names = sorted(file.name for file in folder.iterdir())
    if names != page.pictures(path):
        yield f"{path} draws {names}, and the page shows {page.pictures(path)}."
        return
    for name in names:
        difference = picture_difference(page.folder / "pictures" / name, folder / name)
        if difference:
            yield f"pictures/{name} of {path} {difference}."


def check_sources(page):
    """Yields a sentence for each thing in which page, programs and pictures do not agree."""
    if page.filled({}) != page.text:
        yield "the page is not what the programs are now."
    regions = page.regions()
    for source in sorted((page.folder / "programs").glob("*.cpp")):
        path = f"programs/{source.name}"
        if path not in regions:
            yield f"{path} is not on the page."
        lines = len(source.read_text().splitlines())
        if lines > MAX_PROGRAM_LINES:
            yield f"{path} has {lines} lines, and {MAX_PROGRAM_LINES} are the limit."
    shown = {name for path in regions for name in page.pictures(path)}
    there = {file.name: file.stat().st_size for file in (page.folder / "pictures").iterdir()}
    for name in sorted(shown ^ set(there)):
        yield f"pictures/{name} is {'not there' if name in shown else 'not on the page'}."
    if sum(there.values()) > MAX_PICTURE_BYTES:
        yield f"the pictures have {sum(there.values())} bytes; {MAX_PICTURE_BYTES} are the limit."
    blocks = page.text.count("```python\n")
    if len(PYTHON.findall(page.text)) != blocks:
        yield "a block of Python has no `<!-- prints as: PATH -->` before it."
    for path, _ in PYTHON.findall(page.text):
        if path not in regions:
            yield f"there is no region of {path}, as which a block of Python prints."


def check_python(page):
    """Yields a sentence for each block of Python that does not print what the page says."""
    python = os.environ.get("KERATIN_PYTHON", sys.executable)
    environment = {**os.environ, "KERAS_BACKEND": "jax", "COLUMNS": "80"}
    if subprocess.run([python, "-c", "import keras, jax"], env=environment, capture_output=True,
                      check=False).returncode != 0:
        print("skipped: needs keras and jax; KERATIN_PYTHON names a Python that has them")
        raise SystemExit(77)
    for path, block in PYTHON.findall(page.text):
        done = subprocess.run([python, "-W", "ignore", "-c", block], env=environment, text=True,
                              capture_output=True, check=False)
        if done.returncode != 0:
            yield f"the Python beside {path} fails:\n{done.stderr}"
        elif done.stdout != page.printed(path):
            yield f"the Python beside {path} prints\n{done.stdout}"


def write(page, build, names):
    """Runs programs and writes their regions and pictures."""
    runs = {}
    pictures = page.folder / "pictures"
    pictures.mkdir(exist_ok=True)
    for path in page.regions():
        if names and pathlib.Path(path).stem not in names:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            runs[path] = run(page, build, path, folder)
            for file in folder.iterdir():
                (pictures / file.name).write_bytes(file.read_bytes())
        print(f"make_learn: {path}")
    (page.folder / "README.md").write_text(page.filled(runs))


def check(page, build, names):
    if not names:
        yield from check_sources(page)
    for name in names:
        path = next((path for path in page.regions() if pathlib.Path(path).stem == name), None)
        if path is None:
            yield f"{name} is not on the page."
            continue
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            printed, _ = run(page, build, path, folder)
            yield from check_run(page, path, printed, folder)


def main(arguments):
    parser = argparse.ArgumentParser(usage=__doc__.replace("%", "%%"))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--python", action="store_true")
    parser.add_argument("--page", type=pathlib.Path, default=ROOT / "docs/learn")
    parser.add_argument("build", nargs="?", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args(arguments)
    page = Page(options.page)
    if not options.check and not options.python:
        if options.build is None:
            parser.error("expected a build folder.")
        write(page, options.build, options.names)
        return 0
    found = check_python(page) if options.python else check(page, options.build, options.names)
    problems = [f"docs/learn: {sentence}" for sentence in found]
    print("\n".join(problems) if problems else "make_learn: fine")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
