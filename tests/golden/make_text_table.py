# SPDX-License-Identifier: Apache-2.0
"""Writes what Rich 15.0.0 makes of text, tables and widths into tests/golden/terminal/.

Run:  python tests/golden/make_text_table.py

table.txt   random tables and lines of styled text; output is `output\t<bytes>\n<output>\n`
widths.txt  columns that each code point takes, as runs `first last width`

`--width-tables` prints the tables of keratin/base/terminal_text.cpp instead.
"""

import io
import os
import random
import sys

from rich.cells import get_character_cell_size
from rich.console import Console
from rich.style import Style
from rich.table import Column, Table
from rich.text import Text

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "terminal")
STYLES = {
    "plain": "",
    "bold": "bold",
    "green": "color(34)",
    "blue": "color(33)",
    "cyan": "color(45)",
    "red": "color(9)",
    "bold green": "bold color(34)",
    "bold red": "bold color(9)",
}
CONSOLES = {
    "none": dict(force_terminal=False, color_system=None),
    "bold": dict(force_terminal=True, color_system="256", no_color=True),
    "standard": dict(force_terminal=True, color_system="standard"),
    "eight_bit": dict(force_terminal=True, color_system="256"),
}
ATOMS = [
    "a",
    "Z",
    "_",
    "0",
    ",",
    "(",
    ")",
    "[",
    "é",
    "e\u0301",
    "層",
    "名",
    "😀",
    "❤\ufe0f",
    "👩\u200d🚀",
    "─",
]


def random_text(rng, longest):
    """Returns pieces (style name, text) whose neighbours differ: Rich keeps equal ones apart."""
    atoms = ATOMS if rng.random() < 0.4 else ATOMS[:8]
    pieces, style = [], None
    for _ in range(rng.randint(0, 5)):
        style = rng.choice([name for name in STYLES if name != style])
        words = [
            "".join(rng.choices(atoms, k=rng.randint(1, longest))) for _ in range(rng.randint(1, 4))
        ]
        text = " ".join(words)
        if rng.random() < 0.3:
            text += rng.choice([" ", "  ", ", "])
        if rng.random() < 0.1:
            text = rng.choice([" ", "   ", "\t", "a\nb", "\n", "\u3000"])
        pieces.append((style, text))
    return pieces


def to_rich(pieces):
    text = Text()
    for style, part in pieces:
        text.append(part, STYLES[style])
    return text


def fields(pieces):
    escaped = (part.replace("\t", "\\t").replace("\n", "\\n") for _, part in pieces)
    return [field for (style, _), part in zip(pieces, escaped) for field in (style, part)]


def write_tables(path):
    rng = random.Random(7)
    out = bytearray()

    def line(*values):
        out.extend(("\t".join(map(str, values)) + "\n").encode())

    for _ in range(160):
        colors = rng.choice(list(CONSOLES))
        columns = rng.choice([rng.randint(10, 40), 80])
        file = io.StringIO()
        Style.parse.cache_clear()  # a style keeps the codes of the first console that showed it
        Style._add.cache_clear()
        console = Console(
            file=file, width=columns, height=25, highlight=False, _environ={}, **CONSOLES[colors]
        )
        line("console", columns, colors)
        if rng.random() < 0.4:
            pieces = random_text(rng, rng.choice([4, 30]))
            line("text", *fields(pieces))
            console.print(to_rich(pieces))
        else:
            width = rng.choice([rng.randint(3, 30), rng.randint(20, 60)])
            count = rng.randint(1, 5)
            headers = [
                (
                    rng.choice(["A", "Name (type)", "Param #", "層 の 名"]),
                    rng.choice(["left", "right", "center"]),
                    rng.choice([rng.randint(1, 9), rng.randint(1, 30)]),
                )
                for _ in range(count)
            ]
            table = Table(
                *(Column(h, justify=j, width=w) for h, j, w in headers),
                width=width,
                show_lines=True,
            )
            line("table", width)
            for header in headers:
                line("column", *header)
            for _ in range(rng.randint(0, 3)):
                line("row")
                cells = [random_text(rng, rng.choice([3, 12])) for _ in headers]
                for cell in cells:
                    line("cell", *fields(cell))
                table.add_row(*map(to_rich, cells))
            console.print(table)
        text = file.getvalue().encode()
        line("output", len(text))
        out.extend(text + b"\n")
    with open(path, "wb") as file:
        file.write(out)


def write_widths(path):
    runs = []
    for code in range(0x110000):
        width = get_character_cell_size(chr(code))
        if runs and runs[-1][2] == width:
            runs[-1][1] = code
        else:
            runs.append([code, code, width])
    with open(path, "w") as file:
        file.writelines(f"{a} {b} {w}\n" for a, b, w in runs)


def print_width_tables():
    from rich._unicode_data import load

    table = load("latest")
    emoji = []
    for code in sorted(map(ord, table.narrow_to_wide)):
        if emoji and emoji[-1][1] + 1 == code:
            emoji[-1][1] = code
        else:
            emoji.append([code, code])
    for name, ranges in (
        ("zero_width", [(a, b) for a, b, w in table.widths if w == 0]),
        ("double_width", [(a, b) for a, b, w in table.widths if w == 2]),
        ("wide_as_emoji", emoji),
    ):
        print(f"constexpr Range {name}[] = {{")
        text = "   "
        for a, b in ranges:
            item = f" {{0x{a:X}, 0x{b:X}}},"
            if len(text + item) > 100:
                print(text)
                text = "   "
            text += item
        print(text + "\n};\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--width-tables"]:
        print_width_tables()
    else:
        os.makedirs(HERE, exist_ok=True)
        write_widths(os.path.join(HERE, "widths.txt"))
        write_tables(os.path.join(HERE, "table.txt"))
