#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails when an include breaks the order of the folders. Usage: check_layers.py [root]

Prints each problem as path:line: sentence; exits with 1 when there is one.
"""
import pathlib
import re
import sys

# What each folder may include; what that may include follows. Each folder's README has its row.
MAY_INCLUDE = {
    "base": [],
    "core": ["base"],
    "io": ["core"],
    "plot": ["io"],
    "graph": ["core"],
    "compiler": ["graph"],
    "runtime": ["compiler"],
    "nn": ["graph"],
    "data": ["io", "graph"],
    "model": ["nn", "runtime", "data", "io", "plot"],
    "c": ["model"],
    "cli": ["base", "core", "io", "plot", "graph", "compiler", "runtime", "nn", "data", "model"],
}
ONEDNN_FOLDER = "keratin/runtime/onednn/"

STD_HEADERS = set(
    """algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv
    chrono cinttypes climits cmath compare complex concepts condition_variable coroutine csignal
    cstdarg cstddef cstdint cstdio cstdlib cstring ctime cwchar deque exception filesystem
    forward_list fstream functional future initializer_list iomanip ios iosfwd istream iterator
    latch limits list locale map memory memory_resource mutex new numbers numeric optional ostream
    queue random ranges ratio regex scoped_allocator semaphore set shared_mutex source_location
    span sstream stack stdexcept stop_token streambuf string string_view syncstream system_error
    thread tuple type_traits typeindex typeinfo unordered_map unordered_set utility valarray
    variant vector version""".split()
)
C_HEADERS = {"stddef.h", "stdint.h"}  # of what C programs include
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def reachable(folder):
    """Returns the folders that `folder` may include, itself among them."""
    found = {folder}
    for lower in MAY_INCLUDE[folder]:
        found |= reachable(lower)
    return found


def level_of(path):
    """Returns the level folder of keratin/<folder>/..., or None for a file of keratin/ itself."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else None


def read_private_patterns(root):
    """Returns the patterns of the headers that are not installed."""
    lines = (root / "cmake/private_headers.txt").read_text().splitlines()
    return [re.compile(line) for line in lines if line and not line.startswith("#")]


def read_includes(root):
    """Yields (path, line number, quote, name) of each include of the C++ tree."""
    for top in ("keratin", "tests", "examples", "bench"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".h", ".cpp"):
                continue
            path = file.relative_to(root).as_posix()
            for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
                match = INCLUDE.match(line)
                if match:
                    yield path, number, match[1], match[2]


def check_own(path, name, is_private):
    """Returns what is wrong with the include of an own header, or None."""
    target = level_of(name)
    if target and target not in MAY_INCLUDE:
        return f"{name} is in no known folder."
    if path.startswith("keratin/"):
        source = level_of(path)
        if source and not target:
            return f"{name} is for users; include the header of the folder that is needed."
        if source and target not in reachable(source):
            allowed = ", ".join(MAY_INCLUDE[source]) or "the standard library"
            return f"keratin/{source} may include {allowed}, not {name}."
        if not source and target == "cli":
            return f"the library must not include {name}."
        if path.endswith(".h") and not is_private(path) and is_private(name):
            return (f"the public header includes {name}, which is not installed. "
                    "See cmake/private_headers.txt.")
    if path.startswith("examples/") and is_private(name):
        return f"an example includes {name}, which users do not have."
    return None


def check_foreign(path, name, is_private):
    """Returns what is wrong with the include of a header from elsewhere, or None."""
    if re.match(r"(oneapi/)?dnnl", name) and not path.startswith(ONEDNN_FOLDER):
        return f"only {ONEDNN_FOLDER} may include {name}."
    is_public = path.startswith("keratin/") and path.endswith(".h") and not is_private(path)
    for_c = path.startswith("keratin/c/") and name in C_HEADERS
    if is_public and name not in STD_HEADERS and not for_c:
        return f"a public header may include only own and C++ standard headers, not {name}."
    return None


def find_problems(root):
    patterns = read_private_patterns(root)

    def is_private(path):
        return any(pattern.search(path) for pattern in patterns)

    json_files = []
    for path, number, quote, name in read_includes(root):
        in_library = path.startswith("keratin/")
        if in_library and level_of(path) not in {None, *MAY_INCLUDE}:
            yield f"{path}:{number}: the folder is not in the table of tools/check_layers.py."
            continue
        if name.startswith("keratin/"):
            problem = check_own(path, name, is_private)
        elif quote == '"' and not any(name.startswith(top) and path.startswith(top)
                                      for top in ("tests/", "examples/")):
            problem = f'write the path of "{name}" from the root, or <{name}> if it is not ours.'
        else:
            problem = check_foreign(path, name, is_private)
        if problem:
            yield f"{path}:{number}: {problem}"
        if name.startswith("nlohmann/") and path not in [file for file, _ in json_files]:
            json_files.append((path, number))
    for path, number in json_files[1:]:
        yield f"{path}:{number}: {json_files[0][0]} alone may include nlohmann."


def find_readme_problems(root):
    for folder in sorted((root / "keratin").iterdir()):
        if not folder.is_dir():
            continue
        readme = folder / "README.md"
        path = readme.relative_to(root).as_posix()
        if not readme.exists():
            yield f"{path}:1: the folder has no README.md (purpose, may include, start here)."
            continue
        row = MAY_INCLUDE.get(folder.name, [])
        expected = f"May include: {', '.join(row) or 'std'}."
        lines = readme.read_text().splitlines()
        if expected not in lines:
            yield f'{path}:1: expected the line "{expected}"'
        for number, line in enumerate(lines, 1):
            for name in re.findall(r"`([\w/]+(?:\.h|\.cpp|/))`", line):
                if not (folder / name).exists() and not (root / name).exists():
                    yield f"{path}:{number}: there is no {name}."


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else __file__).resolve()
    root = root if root.is_dir() else root.parent.parent
    problems = [*find_problems(root), *find_readme_problems(root)]
    print("\n".join(problems) if problems else "check_layers: fine")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
