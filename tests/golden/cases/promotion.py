# SPDX-License-Identifier: Apache-2.0
"""keras.backend.result_type for every pair of dtypes, and with Python's int, float and bool."""

import itertools
import os

import keras

from .pack import Pack, versions

DTYPES = ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64",
          "float16", "bfloat16", "float32", "float64"]
PYTHON = {"int": int, "float": float, "bool": bool}


def make(out, pattern):
    del pattern
    kinds = {**{d: d for d in DTYPES}, **PYTHON}
    pairs = [
        [a, b, keras.backend.result_type(kinds[a], kinds[b])]
        for a, b in itertools.product(kinds, kinds)
    ]
    triples = [
        [a, b, c, keras.backend.result_type(kinds[a], kinds[b], kinds[c])]
        for a, b, c in [("int8", "uint8", "float16"), ("float16", "bfloat16", "int64"),
                        ("int32", "float", "bool"), ("int8", "int", "uint16"),
                        ("bool", "bool", "int"), ("uint32", "int32", "float16")]
    ]
    singles = [[a, keras.backend.result_type(kinds[a])] for a in kinds]
    case = {"kind": "promotion", "name": "promotion", "versions": versions(), "singles": singles,
            "pairs": pairs, "triples": triples}
    size = Pack().write(os.path.join(out, "ops", "promotion.npz"), case)
    print(f"   {len(pairs)} pairs, {size} bytes")
