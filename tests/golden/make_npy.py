# SPDX-License-Identifier: Apache-2.0
"""Writes tests/golden/npy/: files of NumPy 2.4.6, idx files, and what Keras 3.15.1 gives in
keras.utils.to_categorical and keras.utils.normalize.

Run:  KERAS_BACKEND=jax python tests/golden/make_npy.py

Element k of each array is (37 k + 11) mod 101, less 50 for signed types, times a number that uses
all bytes of an integer; floats are a quarter of it, and booleans tell whether 3 divides k.
"""

import gzip
import os
import struct

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import ml_dtypes
import numpy as np

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "npy")
DTYPES = ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64",
          "float16", "float32", "float64"]
SCALES = {1: 1, 2: 300, 4: 10**7, 8: 10**16}


def values(dtype, shape):
    count = int(np.prod(shape, dtype=int))
    numbers = [(37 * k + 11) % 101 for k in range(count)]
    kind = np.dtype(dtype).kind
    if kind == "b":
        numbers = [k % 3 == 0 for k in range(count)]
    elif kind in "fV":  # the kind of bfloat16 is V
        numbers = [(n - 50) / 4 for n in numbers]
    else:
        scale = SCALES[np.dtype(dtype).itemsize]
        numbers = [(n - (50 if kind == "i" else 0)) * scale for n in numbers]
    return np.array(numbers, dtype=dtype).reshape(shape)


def path(name):
    return os.path.join(HERE, name)


def save(name, array, version=None):
    with open(path(name), "wb") as file:
        np.lib.format.write_array(file, array, version=version)


def write_npy():
    for dtype in DTYPES:
        array = values(dtype, (2, 3))
        save(f"{dtype}.npy", array)
        if array.dtype.itemsize > 1:
            save(f"{dtype}_big.npy", array.astype(array.dtype.newbyteorder(">")))
    save("bfloat16.npy", values(ml_dtypes.bfloat16, (2, 3)).view("V2"))
    save("bfloat16_ml_dtypes.npy", values(ml_dtypes.bfloat16, (2, 3)))
    save("scalar.npy", values("float32", ()))
    save("vector.npy", values("int8", (5,)))
    save("empty.npy", values("float32", (0, 3)))
    save("deep.npy", values("float64", (2, 1, 3, 1, 2)))
    save("fortran.npy", np.asfortranarray(values("float32", (2, 3, 4))))
    save("fortran_big.npy", np.asfortranarray(values("int16", (2, 3)).astype(">i2")))
    save("version_2.npy", values("int32", (2, 3)), (2, 0))
    save("version_3.npy", values("int32", (2, 3)), (3, 0))


def write_refused():
    np.save(path("refused_objects.npy"), np.array([1, "a"], dtype=object), allow_pickle=True)
    save("refused_unicode.npy", np.array(["ab", "c"]))
    save("refused_bytes.npy", np.array([b"ab", b"c"]))
    save("refused_records.npy", np.zeros(2, dtype=[("a", "<i4"), ("b", "<f4")]))
    save("refused_complex.npy", np.zeros(2, dtype="complex64"))
    save("refused_dates.npy", np.zeros(2, dtype="datetime64[s]"))
    save("refused_longdouble.npy", np.zeros(2, dtype="longdouble"))


def write_npz():
    items = {"a": values("int32", (2, 3)), "b/kernel": values("float32", (4,)),
             "none": values("uint8", (0, 2)), "zeros": np.zeros((40, 50), "float32")}
    np.savez(path("stored.npz"), **items)
    np.savez_compressed(path("deflated.npz"), **items)


def write_idx():
    codes = {"uint8": 8, "int8": 9, "int16": 11, "int32": 12, "float32": 13, "float64": 14}
    for dtype, code in codes.items():
        array = values(dtype, (2, 3))
        front = struct.pack(">BBBBII", 0, 0, code, 2, 2, 3)
        content = front + array.astype(array.dtype.newbyteorder(">")).tobytes()
        with open(path(f"{dtype}.idx"), "wb") as file:
            file.write(content)
        with open(path(f"{dtype}.idx.gz"), "wb") as file:
            file.write(gzip.compress(content, mtime=0))


def normalize(x, axis, order):
    """Calls Keras with a negative axis, since it confuses axis 0 with the last one."""
    return keras.utils.normalize(x, axis if axis < 0 else axis - x.ndim, order)


def write_keras_utils():
    """Names of items: <function>:<case>:<arguments>:<x or y>."""
    items = {}
    labels = [([0, 2, 1], None), ([[0], [2]], None), (3, None), ([-1, 0, 1], 3), ([], 3),
              ([[0, 1], [2, 0]], None), ([1.9, 0.2], 2), (np.zeros((2, 0)), 3), ([0, 1], 0),
              ([True, False], None), (np.zeros((1, 1)), 2), ([[[4], [1]], [[0], [2]]], 7)]
    for i, (x, classes) in enumerate(labels):
        x = np.asarray(x)
        items[f"to_categorical:{i}:{classes}:x"] = x
        items[f"to_categorical:{i}:{classes}:y"] = keras.utils.to_categorical(x, classes)
    matrix = np.array([[3.0, 4, 0], [0, 0, 0], [1, -2, 5]])
    orders = [0, 1, 2, 3, 2.5, -1, np.inf, -np.inf]
    cases = [(matrix, axis, order) for axis in (-1, 0, 1) for order in orders]
    cases += [(values("float32", (2, 3, 4)), axis, 2) for axis in (-3, -2, -1, 0, 1, 2)]
    cases += [(np.array([1, np.nan, 3.0, 4]).reshape(2, 2), -1, o) for o in (2, np.inf, -np.inf)]
    cases += [(values(dtype, (2, 3)), -1, 2) for dtype in DTYPES]
    cases += [(values("float32", (4,)), axis, 1) for axis in (-1, 0)]
    cases += [(np.array([[300.0, 1.0]], dtype="float16"), -1, 2), (np.zeros((0, 2)), -1, 2),
              (np.zeros((2, 0)), -1, 2)]
    with np.errstate(all="ignore"):
        for i, (x, axis, order) in enumerate(cases):
            items[f"normalize:{i}:{axis},{order}:x"] = x
            items[f"normalize:{i}:{axis},{order}:y"] = normalize(x, axis, order)
    np.savez_compressed(path("keras_utils.npz"), **items)


if __name__ == "__main__":
    os.makedirs(HERE, exist_ok=True)
    write_npy()
    write_refused()
    write_npz()
    write_idx()
    write_keras_utils()
