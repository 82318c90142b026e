# SPDX-License-Identifier: Apache-2.0
"""Writes tests/golden/printing.txt: arrays as NumPy 2.4.6 (ml_dtypes 0.6.0) prints them.

Run:  python tests/golden/make_printing.py [count seed file]

Each case is
    case <dtype> <sizes of the axes, or `scalar`>
    data <hexadecimal bits of the elements; repeated until the array is full>
    |<one line of str(array)>, as many as there are
With arguments it writes `count` random cases to another file instead, for longer comparisons.
"""

import os
import sys

import ml_dtypes
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
FLOATS = [np.float16, np.float32, np.float64, ml_dtypes.bfloat16]
INTS = [np.uint8, np.uint16, np.uint32, np.uint64, np.int8, np.int16, np.int32, np.int64]
BITS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}

SHAPES = [(), (1,), (3,), (7,), (25,), (2, 3), (1, 1), (4, 9), (2, 2, 3), (1, 3, 1, 2), (12, 5),
          (2, 1, 40), (0,), (3, 0), (1001,), (11, 100), (200, 7), (7, 13, 12), (1100, 1), (6, 200),
          (3, 2, 180), (2, 7, 80)]


def float_values(rng, dtype, kind, count):
    """Returns `count` floats of a kind that takes one of the ways through NumPy's formatting."""
    if kind == "normal":
        values = rng.standard_normal(count)
    elif kind == "whole":
        values = rng.integers(-500, 500, count)
    elif kind == "decimal":
        values = rng.integers(-9999, 9999, count) / 10.0 ** rng.integers(0, 5)
    elif kind == "wide":
        values = rng.standard_normal(count) * 10.0 ** rng.uniform(-12, 12, count)
    elif kind == "large":
        values = rng.standard_normal(count) * 10.0 ** rng.integers(2, 9)
    elif kind == "small":
        values = rng.standard_normal(count) * 10.0 ** -rng.integers(2, 9).astype(float)
    elif kind == "powers_of_two":
        values = 2.0 ** rng.integers(-20, 20, count)
    elif kind == "powers_of_ten":
        values = 10.0 ** rng.integers(-5, 9, count).astype(float)
    elif kind == "positive":
        values = rng.uniform(0.1, 90, count)
    elif kind == "special":
        values = rng.choice([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -2.5, 0.125], count)
    elif kind == "mixed":
        values = rng.standard_normal(count) * 10.0 ** rng.integers(-3, 6)
        values[rng.random(count) < 0.3] = rng.choice([np.nan, np.inf, -np.inf, 0.0, -0.0])
    elif kind == "bits":
        kinds = BITS[np.dtype(dtype).itemsize]
        bits = rng.integers(0, np.iinfo(kinds).max, count, kinds, endpoint=True)
        return bits.view(dtype)
    with np.errstate(all="ignore"):
        return values.astype(dtype)


KINDS = ["normal", "whole", "decimal", "wide", "large", "small", "powers_of_two", "powers_of_ten",
         "positive", "special", "mixed", "bits"]


def values_of(rng, dtype, kind, count):
    if dtype is np.bool_:
        return rng.integers(0, 2, count).astype(np.bool_)
    if dtype in INTS:
        info = np.iinfo(dtype)
        low = max(info.min, -(10 ** int(rng.integers(1, 19))))
        high = min(info.max, 10 ** int(rng.integers(1, 19)))
        return rng.integers(low, high, count, dtype, endpoint=True)
    return float_values(rng, dtype, kind, count)


def write_case(out, dtype, shape, values):
    bits = values.view(BITS[values.dtype.itemsize])
    digits = 2 * values.dtype.itemsize
    array = np.resize(values, shape)
    sizes = " ".join(map(str, shape)) if shape else "scalar"
    out.write(f"case {np.dtype(dtype).name} {sizes}\n")
    out.write("data " + " ".join(f"{int(b):0{digits}x}" for b in bits) + "\n")
    for line in str(array).split("\n"):
        out.write("|" + line + "\n")


def write_random_case(out, rng, dtype, kind, shape):
    # Long arrays repeat a short run of values, which keeps the file small.
    count = max(1, min(int(np.prod(shape)), int(rng.integers(1, 60))))
    with np.errstate(all="ignore"):
        write_case(out, dtype, shape, values_of(rng, dtype, kind, count))


def write_committed(out):
    rng = np.random.default_rng(20240611)
    for dtype in FLOATS:
        for kind in KINDS:
            for shape in [(), (5,), SHAPES[rng.integers(2, len(SHAPES))]]:
                write_random_case(out, rng, dtype, kind, shape)
    for dtype in [*INTS, np.bool_]:
        for shape in [(), (9,), SHAPES[rng.integers(2, len(SHAPES))], (40, 30)]:
            write_random_case(out, rng, dtype, "", shape)
    edges = {
        np.float16: [1e-4, 9.9e-5, 999.5, 1000, 65504, 6e-8, 6.1e-5, 2048],
        np.float32: [1e-4, 999999.9, 1e6, 16777216, 9.5367432e-7, 1e8, 3.4028235e38, 1e-45],
        np.float64: [1e-4, 9.9999e-5, 1e8, 99999999.5, 9007199254740993.0, 5e-324, 1e23, 1e16,
                     9.99999999e7, 0.1 + 0.2, 2.0 ** -44],
    }
    for dtype, values in edges.items():
        for value in values:
            for shape in [(), (2,)]:
                write_case(out, dtype, shape, np.array([value, 1.0], dtype))


def main():
    if len(sys.argv) > 1:
        rng = np.random.default_rng(int(sys.argv[2]))
        with open(sys.argv[3], "w", encoding="ascii") as out:
            for _ in range(int(sys.argv[1])):
                dtype = [*FLOATS[:3], *FLOATS, *INTS, np.bool_][rng.integers(0, 16)]
                kind = KINDS[rng.integers(0, len(KINDS))]
                write_random_case(out, rng, dtype, kind, SHAPES[rng.integers(0, len(SHAPES))])
        return
    with open(os.path.join(HERE, "printing.txt"), "w", encoding="ascii") as out:
        write_committed(out)


if __name__ == "__main__":
    main()
