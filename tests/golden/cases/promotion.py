# SPDX-License-Identifier: Apache-2.0
"""keras.backend.result_type for every pair of dtypes, and with Python's int, float and bool."""

import itertools
import os

import keras

from .pack import Pack, versions
from .wide import wide_mode

DTYPES = ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64",
          "float16", "bfloat16", "float32", "float64"]
PYTHON = {"int": int, "float": float, "bool": bool}


def table():
    """The result types of all singles, pairs and some triples as they are in this mode."""
    kinds = {**{d: d for d in DTYPES}, **PYTHON}
    result = keras.backend.result_type
    pairs = [[a, b, result(kinds[a], kinds[b])] for a, b in itertools.product(kinds, kinds)]
    triples = [
        [a, b, c, result(kinds[a], kinds[b], kinds[c])]
        for a, b, c in [("int8", "uint8", "float16"), ("float16", "bfloat16", "int64"),
                        ("int32", "float", "bool"), ("int8", "int", "uint16"),
                        ("bool", "bool", "int"), ("uint32", "int32", "float16")]
    ]
    return {"singles": [[a, result(kinds[a])] for a in kinds], "pairs": pairs, "triples": triples}


def make(out, pattern):
    del pattern
    narrow = table()
    with wide_mode():
        wide = table()
    case = {"kind": "promotion", "name": "promotion", "versions": versions(), "jax": narrow,
            "wide": wide}
    size = Pack().write(os.path.join(out, "ops", "promotion.npz"), case)
    print(f"   {len(wide['pairs'])} pairs, {size} bytes")
