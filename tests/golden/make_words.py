#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes words/: small files in the form of the reviews and newswires, what Keras 3.15.1 makes of
them with its arguments, and arrays of lists in each protocol of pickle.

Run it with a Python that has keras 3.15.1 and numpy: python tests/golden/make_words.py
"""

import io
import json
import os
import pickle
import sys
import zipfile

os.environ.update(KERAS_BACKEND="jax", JAX_PLATFORMS="cpu")

import keras
import numpy as np
from keras.src.datasets import imdb, reuters

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "words")
CASES = {
    "imdb": (imdb, {}),
    "imdb_words": (imdb, {"num_words": 100}),
    "imdb_top": (imdb, {"num_words": 80, "skip_top": 10, "seed": 7}),
    "imdb_no_start": (imdb, {"start_char": None, "index_from": 5, "oov_char": 9, "num_words": 60}),
    "imdb_plain": (imdb, {"start_char": None, "index_from": 0, "skip_top": 3}),
    "imdb_short": (imdb, {"maxlen": 12, "num_words": 50, "seed": 2**32 - 1}),
    "imdb_no_oov": (imdb, {"oov_char": None, "num_words": 40, "skip_top": 5, "maxlen": 15}),
    "imdb_zeros": (imdb, {"num_words": 0, "maxlen": 0, "start_char": 0, "oov_char": 0}),
    "reuters": (reuters, {}),
    "reuters_words": (reuters, {"num_words": 100, "test_split": 0.35, "seed": 0}),
    "reuters_short": (reuters, {"maxlen": 11, "num_words": 50, "test_split": 0.0}),
    "reuters_plain": (reuters, {"start_char": None, "index_from": 0, "oov_char": None,
                                "skip_top": 4}),
    "reuters_start": (reuters, {"start_char": 7, "oov_char": 0, "index_from": -1,
                                "num_words": 90}),
    "reuters_few": (reuters, {"test_split": 0.999, "num_words": 30, "skip_top": 2}),
}


def texts(rng, count, classes):
    """Returns lists of word numbers from 1 on, frequent ones small, some of them typical of their
    class; and the classes."""
    labels = rng.randint(0, classes, count)
    lists = np.empty(count, object)
    for i, label in enumerate(labels):
        length = rng.randint(5, 25)
        common = np.minimum(rng.geometric(0.03, length), 400)
        typical = 20 + label * 3 + rng.randint(0, 3, length)
        lists[i] = [int(n) for n in np.where(rng.rand(length) < 0.4, typical, common)]
    return lists, labels


def save(name, protocol, **arrays):
    """Writes an archive as numpy.savez does, its objects in a protocol of choice."""
    with zipfile.ZipFile(os.path.join(FOLDER, name), "w", zipfile.ZIP_DEFLATED) as archive:
        for key, array in arrays.items():
            archive.writestr(zipfile.ZipInfo(key + ".npy", (1980, 1, 1, 0, 0, 0)),
                             npy_bytes(array, protocol), zipfile.ZIP_DEFLATED)


def npy_bytes(array, protocol):
    file = io.BytesIO()
    if array.dtype != object:
        np.lib.format.write_array(file, array, (1, 0))
        return file.getvalue()
    header = {"shape": array.shape, "fortran_order": False, "descr": "|O"}
    np.lib.format.write_array_header_1_0(file, header)
    pickle.dump(array, file, protocol=protocol)
    return file.getvalue()


def save_protocols():
    """Writes lists with numbers of each size, one of them twice, in each protocol."""
    lists = np.empty(6, object)
    shared = [5, 6]
    lists[:] = [[], [0, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**63 - 1],
                [-1, -2**31, -2**31 - 1, -2**63], list(range(1200)), shared, shared]
    numbers = np.array([3, -1, 70000], object)
    for protocol in (2, 3, 4, 5):
        for name, array in (("lists", lists), ("numbers", numbers)):
            with open(os.path.join(FOLDER, f"{name}_{protocol}.npy"), "wb") as file:
                file.write(npy_bytes(array, protocol))


def main():
    if keras.__version__ != "3.15.1":
        sys.exit(f"keras 3.15.1 is needed, this is {keras.__version__}")
    os.makedirs(FOLDER, exist_ok=True)
    rng = np.random.RandomState(5)
    x_train, y_train = texts(rng, 130, 2)
    x_test, y_test = texts(rng, 70, 2)
    save("imdb.npz", 3, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    x, y = texts(rng, 230, 46)
    save("reuters.npz", 4, x=x, y=y.astype(object))
    for name in ("imdb", "reuters"):
        with open(os.path.join(FOLDER, name + "_word_index.json"), "w") as file:
            words = {"the": 1, "caf\u00e9": 3, "a": 2, **{f"w{i}": i for i in range(4, 401)}}
            json.dump(words, file)
    save_protocols()
    results = {}
    for name, (module, arguments) in CASES.items():
        module.get_file = lambda fname=None, *_, **__: os.path.join(FOLDER, fname)
        (x_train, y_train), (x_test, y_test) = module.load_data(**arguments)
        for part, lists, labels in (("train", x_train, y_train), ("test", x_test, y_test)):
            lengths = [len(sequence) for sequence in lists]
            results[f"{name}/lengths_{part}"] = np.array(lengths, np.int64)
            results[f"{name}/x_{part}"] = np.array([n for s in lists for n in s], np.int32)
            results[f"{name}/y_{part}"] = np.array(list(labels), np.int64)
    save("results.npz", 4, **results)


main()
