# SPDX-License-Identifier: Apache-2.0
"""The calls of layers that hold another layer."""

import keras
from keras import layers

from .layers_cases import add, integers, mask, normal


def time_distributed():
    make = layers.TimeDistributed
    add(lambda: make(layers.Dense(4)), normal(5, 3, 2))
    add(lambda: make(layers.Dense(4, "tanh", use_bias=False), name="steps"), normal(2, 6, 3))
    add(lambda: make(layers.Dense(2)), normal(3, 1, 4))
    add(lambda: make(layers.Dense(2)), normal(1, 4, 3, 2))
    add(lambda: make(layers.Dense(2, trainable=False)), normal(3, 2, 4))
    add(lambda: make(layers.Dense(2), trainable=False), normal(3, 2, 4))
    add(lambda: make(layers.Flatten()), normal(2, 3, 4, 2))
    add(lambda: make(layers.Reshape((2, 3))), normal(2, 3, 6))
    add(lambda: make(layers.Embedding(100, 3)), integers(2, 3, 4))
    add(lambda: make(layers.LayerNormalization()), normal(4, 3, 5))
    add(lambda: make(layers.Dense(3), dtype="float64"), normal(2, 3, 2, dtype="float64"), x64=True)
    add(lambda: make(layers.Dense(3, dtype="mixed_bfloat16"), dtype="mixed_bfloat16"),
        normal(2, 3, 2))
    # Each step updates the statistics and draws numbers of its own.
    add(lambda: make(layers.BatchNormalization()), normal(6, 3, 2), training=True)
    add(lambda: make(layers.BatchNormalization()), normal(6, 3, 2))
    add(lambda: make(layers.Dropout(0.5, seed=3)), normal(4, 3, 5), training=True)
    # Masks go on, and to layers that use them.
    add(lambda: make(layers.Dense(4)), normal(5, 3, 2), mask(5, 3), with_mask=True)
    add(lambda: make(layers.Softmax()), normal(2, 3, 4), mask(2, 3, 4), with_mask=True)
    add(lambda: make(layers.BatchNormalization()), normal(6, 3, 2), mask(6, 3), training=True,
        with_mask=True)
    add(lambda: make(make(layers.Dense(2))), normal(2, 3, 4, 5))
    add(lambda: make(keras.Sequential([keras.Input((2,)), layers.Dense(3, "relu"),
                                       layers.Dense(2)])), normal(4, 3, 2))


def spectral_normalization():
    make = layers.SpectralNormalization
    for training in (True, False):
        add(lambda: make(layers.Dense(4)), normal(5, 3), training=training)
        add(lambda: make(layers.EinsumDense("abc,cde->abde", (None, 2, 3))), normal(2, 3, 4),
            training=training)
        add(lambda: make(layers.Embedding(10, 3)), integers(2, 3), training=training)
    add(lambda: make(layers.Dense(3, "tanh"), power_iterations=4, name="spectral"),
        normal(5, 2, 3), training=True)
    add(lambda: make(layers.Dense(3, trainable=False)), normal(5, 3), training=True)
    add(lambda: make(layers.Dense(3), trainable=False), normal(5, 3), training=True)
    add(lambda: make(layers.Dense(4, kernel_initializer="ones")), normal(1, 1), training=True)
    add(lambda: make(layers.Dense(4), dtype="float64"), normal(5, 3, dtype="float64"),
        training=True, x64=True)
    for dtype in ("mixed_float16", "mixed_bfloat16"):
        add(lambda d=dtype: make(layers.Dense(8, dtype=d), dtype=d), normal(12, 8), training=True)


time_distributed()
spectral_normalization()
