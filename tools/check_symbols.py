#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails when the object file of an instruction level defines a symbol that the linker may use for
others: one compiled for a newer processor would end the program on an older one.
Usage: check_symbols.py OBJECT..."""
import re
import subprocess
import sys


LEVEL = re.compile(r"(level|gemm)_(baseline|v3|v4)\.cpp\.o")


def problems(listing):
    """Yields weak symbols of level_*.o in the output of nm -A."""
    seen = False
    for line in listing.splitlines():
        if not LEVEL.search(line):
            continue
        seen = True
        found = re.search(r" ([VWuvw]) (.+)$", line)
        if found:
            yield f"{found.group(2)} is weak ({found.group(1)}): use builtins and static functions."
    if not seen:
        yield "expected object files named level_*.cpp.o, got none. Check the build folder."


def main():
    files = [path for path in sys.argv[1:] if LEVEL.search(path)]
    listing = subprocess.run(["nm", "-A", "-C", *files], capture_output=True, text=True,
                             check=True).stdout if files else ""
    found = list(problems(listing))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
