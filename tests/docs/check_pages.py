#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails when a page (README.md, docs/, examples/ ...) is not true. Usage: check_pages.py [root]

Prints each problem as path:line: sentence; exits with 1 when there is one. Looks at links, paths,
cpp blocks that begin with the path of a file (they stand in it), and the lists of coverage.md; the
lesson names all activations.
"""
import pathlib
import re
import sys

PATH = re.compile(r"(?:keratin|tests|tools|examples|docs|cmake|bench)/[\w./-]*\w/?")
LINK = re.compile(r"\]\(([^)#:]+)\)")


def read_blocks(text):
    """Yields (line number, lines) of each cpp block."""
    for match in re.finditer(r"^```cpp\n(.*?)^```$", text, re.M | re.S):
        yield text.count("\n", 0, match.start()) + 2, match[1].splitlines()


def find_missing(parts, source):
    """Returns the first line that does not stand in `source`, part after part, or None."""
    at = 0
    for part in parts:
        while part and source[at:at + len(part)] != part:
            at += 1
            if at + len(part) > len(source):
                return part[0].strip()
        at += len(part)
    return None


def check_blocks(root, text):
    """Yields (line number, sentence) for each block that is no program and not in the sources."""
    for number, lines in read_blocks(text):
        if any("int main(" in line for line in lines):
            continue
        path = lines[0].removeprefix("// ")
        if not (root / path).is_file():
            yield number, "a block starts with the path of its file as a comment, or is a program."
            continue
        parts = [[]]
        for line in lines[1:]:
            parts = [*parts, []] if line == "..." else [*parts[:-1], [*parts[-1], line]]
        missing = find_missing(parts, (root / path).read_text().splitlines())
        if missing is not None:
            yield number, f"{path} has no such lines from `{missing}` on."


def check_paths(root, page, text):
    """Yields (line number, sentence) for each link or path that leads nowhere."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        fenced ^= line.startswith("```")
        for target in [] if fenced else LINK.findall(line):
            if not (page.parent / target).exists():
                yield number, f"the link {target} leads nowhere."
        for quoted in re.findall(r"`([^`]+)`", line):
            for word in quoted.split():
                if PATH.fullmatch(word) and not (root / word).exists():
                    yield number, f"there is no {word}."


def declared_names(root, *patterns):
    """Returns what headers declare: classes, functions and function objects."""
    text = "\n".join(path.read_text() for pattern in patterns for path in root.glob(pattern))
    found = set(re.findall(r"\b(?:class|struct|namespace) (\w+)", text))
    words = r"^ *(?:inline |explicit |static |const )*[\w:<>&]+(?:, \w+>)? (\w+)\("
    found |= set(re.findall(words, text, re.M))
    found |= set(re.findall(r"constexpr \w+ (\w+)\{", text))
    for names in re.findall(r"KERATIN_(?:ACTIVATION|OPTIMIZER)\(([\w, ]+)\)", text):
        found |= set(names.split(", "))
    return found


# The headers that the lists of a section are about.
SECTIONS = {
    "Models and training": ["keratin/model/*.h", "keratin/nn/layer.h"],
    "Layers": ["keratin/nn/layers/*.h", "keratin/nn/custom_layer.h"],
    "Activations": ["keratin/nn/activation.h"],
    "Losses": ["keratin/nn/loss.h", "keratin/nn/losses.h"],
    "Metrics": ["keratin/nn/metric.h", "keratin/nn/metrics*.h"],
    "Optimizers": ["keratin/nn/optimizers.h", "keratin/nn/optimizer_wrappers.h",
                   "keratin/nn/schedule.h"],
    "Initializers, regularizers, constraints": [
        "keratin/nn/initializer.h", "keratin/nn/regularizer.h", "keratin/nn/constraint.h"],
    "Callbacks": ["keratin/model/callbacks/*.h", "keratin/model/train/logs.h"],
    "Ops": ["keratin/graph/ops/*.h"],
    "Data and utilities": ["keratin/data/*.h", "keratin/nn/*.h"],
}


def names_to_list(root, title):
    """Returns what must be listed: the layers of the registry, the functions of the ops."""
    if title == "Layers":
        registry = (root / "keratin/nn/registry.cpp").read_text()
        return set(re.findall(r'\{"(\w+)", make', registry))
    if title == "Ops":
        headers = [path for path in root.glob("keratin/graph/ops/*.h")
                   if path.name != "rules.h" and not path.name.endswith("_internal.h")]
        text = "\n".join(path.read_text() for path in headers)
        words = r"^(?:inline )?(?:std::vector<Tensor>|Tensor|Nest) (\w+)\("
        return set(re.findall(words, text, re.M))
    return set()


def section_of(text, title):
    """Returns the number of the first line of a section, and the section."""
    start = text.find(f"\n## {title}\n") + 1
    section = text[start:text.find("\n## ", start)] if "\n## " in text[start:] else text[start:]
    return text.count("\n", 0, start) + 1, section


def check_lesson(root, text):
    """Yields (line number, sentence) for each activation that the lesson does not name."""
    _, section = section_of((root / "docs/coverage.md").read_text(), "Activations")
    for name in sorted(set(re.findall(r"`(\w+)`", section)) - set(re.findall(r"\w+", text))):
        yield 1, f"the activation `{name}` is there, and the lesson does not name it."


def check_coverage(root, text):
    """Yields (line number, sentence) where the lists of coverage.md and the headers differ."""
    for title, patterns in SECTIONS.items():
        number, section = section_of(text, title)
        declared = declared_names(root, *patterns)
        listed = {"There": set(), "Not yet": set()}
        for paragraph in re.split(r"\n\n|\n- ", section):
            for word, names in listed.items():
                if re.match(rf"(?:- )?{word}\b", paragraph):
                    names |= set(re.findall(r"`(\w+)`", paragraph))
        for name in sorted(listed["There"] - declared):
            yield number, f"{title}: `{name}` is not there."
        for name in sorted(listed["Not yet"] & declared):
            yield number, f"{title}: `{name}` is there."
        for name in sorted(names_to_list(root, title) - set(re.findall(r"`(\w+)`", section))):
            yield number, f"{title}: `{name}` is there and not listed."


def find_problems(root):
    for page in [root / "README.md", root / "CONTRIBUTING.md", *sorted(root.glob("docs/**/*.md")),
                 *sorted(root.glob("examples/**/*.md"))]:
        text = page.read_text()
        problems = [*check_blocks(root, text), *check_paths(root, page, text)]
        if page.name == "coverage.md":
            problems += check_coverage(root, text)
        if page == root / "docs/learn/README.md":
            problems += check_lesson(root, text)
        for number, sentence in sorted(problems):
            yield f"{page.relative_to(root)}:{number}: {sentence}"


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else __file__).resolve()
    root = root if root.is_dir() else root.parent.parent.parent
    problems = list(find_problems(root))
    print("\n".join(problems) if problems else "check_pages: fine")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
