# SPDX-License-Identifier: Apache-2.0
"""The layer calls that layers.py records: class name -> list of what `add` takes."""

import keras
import ml_dtypes
import numpy as np
from keras import layers

CASES: dict[str, list] = {}

INPUT_LAYERS = [
    {"shape": (3,)},
    {"shape": (None, 4), "name": "tokens"},
    {"shape": (2, 2), "batch_size": 5},
    {"batch_shape": (None, 7)},
    {"batch_shape": (8, 7), "dtype": "int32"},
    {"shape": (), "dtype": "uint8"},
    {"shape": (3,), "dtype": "bool", "optional": True},
    {"shape": (3,), "dtype": "float64", "sparse": False},
]


def normal(*shape, dtype="float32"):
    kind = ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype
    return lambda rng: rng.standard_normal(shape).astype(np.float32).astype(kind)


def integers(*shape, dtype="int32"):
    return lambda rng: rng.integers(0, 100, shape).astype(dtype)


def several(*makers):
    return lambda rng: [m(rng) for m in makers]


def mask(*shape):
    return lambda rng: rng.integers(0, 2, shape).astype(bool)


def no_mask(rng):
    del rng


def add(make, inputs, masks=None, x64=False, training=False, with_mask=False):
    """Adds a case; `with_mask` computes outputs and gradients on inputs that carry the masks."""
    name = type(make()).__name__
    CASES.setdefault(name, []).append(
        {"make": make, "inputs": inputs, "masks": masks, "x64": x64, "training": training,
         "with_mask": with_mask})


def dense():
    two = normal(5, 3)
    for activation in (None, "relu", "sigmoid", "tanh", "softmax", "linear"):
        add(lambda a=activation: layers.Dense(4, activation=a), two)
    add(lambda: layers.Dense(4, use_bias=False), two)
    add(lambda: layers.Dense(1, "relu", name="one_unit"), two)
    add(lambda: layers.Dense(4), normal(5, 6, 3), mask(5, 6))
    add(lambda: layers.Dense(4, "softmax"), normal(2, 3, 2, 3))
    add(lambda: layers.Dense(4), normal(5, 1))
    add(lambda: layers.Dense(3), normal(1, 3))
    add(lambda: layers.Dense(4, trainable=False), two)
    add(lambda: layers.Dense(4, kernel_initializer="random_normal", bias_initializer="ones"), two)
    add(lambda: layers.Dense(4, kernel_initializer=keras.initializers.Constant(0.5)), two)
    add(lambda: layers.Dense(
        4, kernel_initializer=keras.initializers.RandomUniform(-1.0, 1.0, seed=3)), two)
    add(lambda: layers.Dense(4), integers(5, 3))
    add(lambda: layers.Dense(4), integers(5, 3, dtype="uint8"))
    add(lambda: layers.Dense(4), normal(5, 3, dtype="float16"))
    for dtype in ("float64", "float16", "bfloat16"):
        add(lambda d=dtype: layers.Dense(4, "tanh", dtype=d), normal(5, 3, dtype=dtype), x64=True)
    for policy in ("mixed_float16", "mixed_bfloat16"):
        add(lambda p=policy: layers.Dense(4, "relu", dtype=p), two)
    add(lambda: layers.Dense(4, dtype="float64"), two, x64=True)
    add(lambda: layers.Dense(65), normal(33, 70))


def activation():
    x = normal(4, 6)
    for name in ("relu", "sigmoid", "tanh", "softmax", "linear"):
        add(lambda n=name: layers.Activation(n), x)
    large = lambda rng: (rng.standard_normal((4, 6)) * 30).astype(np.float32)  # noqa: E731
    for name in ("relu", "sigmoid", "tanh", "softmax"):
        add(lambda n=name: layers.Activation(n), large)
    add(lambda: layers.Activation("softmax"), normal(2, 3, 4), mask(2, 3))
    add(lambda: layers.Activation("relu", name="named", dtype="float64"), x, x64=True)
    add(lambda: layers.Activation("softmax", dtype="bfloat16"), x)
    add(lambda: layers.Activation("tanh", dtype="float16"), x)
    add(lambda: layers.Activation("relu"), integers(4, 6))
    zeros = lambda rng: np.array([[0.0, -0.0, 1.0, -1.0]], np.float32)  # noqa: E731
    add(lambda: layers.Activation("relu"), zeros)


def dropout():
    for rate in (0, 0.0, 0.25, 0.5, 1.0):
        add(lambda r=rate: layers.Dropout(r), normal(4, 6))
    add(lambda: layers.Dropout(0.5, seed=11), normal(4, 6))
    add(lambda: layers.Dropout(0.5, noise_shape=(None, 1, 3), seed=2), normal(2, 4, 3), mask(2, 4))
    add(lambda: layers.Dropout(0.1, name="drop", trainable=False), normal(3, 2))
    add(lambda: layers.Dropout(0.5), integers(3, 2))


def flatten():
    for shape in [(4,), (4, 3), (2, 3, 4), (2, 3, 4, 5), (2, 1, 3)]:
        add(lambda: layers.Flatten(), normal(*shape))
    add(lambda: layers.Flatten(data_format="channels_first"), normal(2, 3, 4, 5))
    add(lambda: layers.Flatten(data_format="channels_first"), normal(2, 3, 4))
    add(lambda: layers.Flatten(data_format="channels_last", name="flat"), normal(2, 3, 4))
    add(lambda: layers.Flatten(), integers(2, 3, 4))
    add(lambda: layers.Flatten(), normal(2, 3, 4), mask(2, 3))


def reshape():
    for target in [(12,), (3, 4), (-1,), (2, -1), (-1, 3), (1, 12, 1), (3, 2, -1)]:
        add(lambda t=target: layers.Reshape(t), normal(5, 4, 3))
    add(lambda: layers.Reshape((3, -1), name="r"), normal(2, 6))
    add(lambda: layers.Reshape((6,)), integers(2, 3, 2, dtype="uint8"))
    add(lambda: layers.Reshape((2, 6)), normal(5, 4, 3), mask(5, 4))
    add(lambda: layers.Reshape(()), normal(5, 1))


def rescaling():
    for scale, offset in [(1.0 / 255, 0.0), (2, 1), (0.5, -0.25), ([1.0, 2.0, 3.0], 0.0),
                          ([1.0, 2.0, 3.0], [0.1, 0.2, 0.3]), (2.0, [1.0, 0.0, -1.0])]:
        add(lambda s=scale, o=offset: layers.Rescaling(s, offset=o), normal(4, 3))
    for dtype in ("uint8", "int32", "int64"):
        add(lambda: layers.Rescaling(1.0 / 127.5, -1), integers(2, 4, 3, dtype=dtype))
    add(lambda: layers.Rescaling(0.1, dtype="float64", name="scaled"), normal(4, 3), x64=True)
    add(lambda: layers.Rescaling(0.1, dtype="bfloat16"), normal(4, 3))
    add(lambda: layers.Rescaling(1.0 / 255, dtype="mixed_float16"), integers(4, 3, dtype="uint8"))
    add(lambda: layers.Rescaling(3.0), normal(2, 4, 3), mask(2, 4))


def concatenate():
    add(lambda: layers.Concatenate(), several(normal(4, 3), normal(4, 2)))
    add(lambda: layers.Concatenate(), several(normal(4, 3), normal(4, 1), normal(4, 2)))
    add(lambda: layers.Concatenate(axis=1), several(normal(2, 3, 4), normal(2, 5, 4)))
    add(lambda: layers.Concatenate(axis=-2), several(normal(2, 3, 4), normal(2, 1, 4)))
    add(lambda: layers.Concatenate(axis=2, name="cat"), several(normal(2, 3, 4), normal(2, 3, 1)))
    add(lambda: layers.Concatenate(axis=0), several(normal(2, 3), normal(3, 3)))
    add(lambda: layers.Concatenate(), several(integers(4, 3), integers(4, 2)))
    add(lambda: layers.Concatenate(), several(integers(4, 3, dtype="uint8"), normal(4, 2)))
    add(lambda: layers.Concatenate(dtype="float16"), several(normal(4, 3), normal(4, 2)))
    three = several(normal(2, 3, 4), normal(2, 3, 2))
    add(lambda: layers.Concatenate(), three, several(mask(2, 3), mask(2, 3)))
    add(lambda: layers.Concatenate(), three, several(mask(2, 3), no_mask))
    add(lambda: layers.Concatenate(axis=1), several(normal(2, 3, 4), normal(2, 2, 4)),
        several(mask(2, 3), mask(2, 2)))


def added():
    add(lambda: layers.Add(), several(normal(4, 3), normal(4, 3)))
    add(lambda: layers.Add(), several(normal(4, 3), normal(4, 3), normal(4, 3)))
    add(lambda: layers.Add(name="sum_up"), several(normal(2, 3, 4), normal(2, 3, 4)))
    add(lambda: layers.Add(), several(normal(4, 3), normal(4, 1)))
    add(lambda: layers.Add(), several(normal(4, 3), normal(4, 2, 3)))
    add(lambda: layers.Add(), several(normal(4, 1, 3), normal(4, 2, 1)))
    add(lambda: layers.Add(), several(integers(4, 3), integers(4, 3)))
    add(lambda: layers.Add(), several(integers(4, 3), normal(4, 3)))
    add(lambda: layers.Add(dtype="bfloat16"), several(normal(4, 3), normal(4, 3)))
    two = several(normal(2, 3, 4), normal(2, 3, 4))
    add(lambda: layers.Add(), two, several(mask(2, 3), mask(2, 3)))
    add(lambda: layers.Add(), two, several(mask(2, 3), no_mask))


dense()
activation()
dropout()
flatten()
reshape()
rescaling()
concatenate()
added()
