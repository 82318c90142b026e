#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes rows/: how Keras 3.15.1 shuffles and cuts the sets of rows, shown on a small file.

Run it with a Python that has keras 3.15.1 and numpy: python tests/golden/make_rows.py
"""

import os
import sys

os.environ.update(KERAS_BACKEND="jax", JAX_PLATFORMS="cpu")

import keras
import numpy as np
from keras.src.datasets import boston_housing, california_housing

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = {
    "boston": (boston_housing, {}),
    "boston_all": (boston_housing, {"test_split": 0.0, "seed": 7}),
    "boston_seed": (boston_housing, {"test_split": 0.35, "seed": 2**32 - 1}),
    "boston_most": (boston_housing, {"test_split": 0.9999, "seed": 0}),
    "california": (california_housing, {}),
    "california_small": (california_housing, {"version": "small", "test_split": 0.3, "seed": 1}),
}


def main():
    if keras.__version__ != "3.15.1":
        sys.exit(f"keras 3.15.1 is needed, this is {keras.__version__}")
    folder = os.path.join(HERE, "rows")
    os.makedirs(folder, exist_ok=True)
    source = os.path.join(folder, "source.npz")
    rows = np.arange(650)
    np.savez_compressed(source, x=np.stack([rows * 0.5, 1.0 / (rows + 1)], 1), y=rows - 0.25)
    results = {}
    for name, (module, arguments) in CASES.items():
        module.get_file = lambda *_, **__: source
        (x_train, y_train), (x_test, y_test) = module.load_data(**arguments)
        results.update({f"{name}/x_train": x_train, f"{name}/y_train": y_train,
                        f"{name}/x_test": x_test, f"{name}/y_test": y_test})
    np.savez_compressed(os.path.join(folder, "results.npz"), **results)


main()
