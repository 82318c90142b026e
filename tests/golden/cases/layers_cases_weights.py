# SPDX-License-Identifier: Apache-2.0
"""The calls of normalizing layers, Embedding and EinsumDense."""

import numpy as np
from keras import initializers, layers

from .layers_cases import add, integers, mask, normal

REGULARIZED = {
    "beta_initializer": initializers.RandomNormal(seed=1), "gamma_initializer": "zeros",
    "beta_regularizer": "l1", "gamma_regularizer": "l2", "beta_constraint": "non_neg",
    "gamma_constraint": "unit_norm",
}


def batch_normalization():
    make = layers.BatchNormalization
    for training in (False, True):
        for arguments in ({}, {"momentum": 0.5}, {"epsilon": 0.1}, {"center": False},
                          {"scale": False}, {"center": False, "scale": False},
                          {"momentum": 0}, {"epsilon": 1}):
            add(lambda a=arguments: make(**a), normal(6, 3), training=training)
        for axis in (1, 2, -1, -2):
            add(lambda a=axis: make(axis=a), normal(4, 2, 3), training=training)
        add(lambda: make(axis=1), normal(2, 3, 4, 2), training=training)
        add(lambda: make(**REGULARIZED), normal(6, 3), training=training)
        add(lambda: make(moving_mean_initializer="ones",
                         moving_variance_initializer=initializers.Constant(2.0)), normal(6, 3),
            training=training)
        add(lambda: make(name="frozen", trainable=False), normal(6, 3), training=training)
        add(lambda: make(), normal(4, 5, 3), mask(4, 5), training=training, with_mask=True)
        add(lambda: make(axis=1), normal(4, 5, 3), mask(4, 5), training=training, with_mask=True)
        for dtype in ("float16", "mixed_bfloat16"):
            add(lambda d=dtype: make(dtype=d), normal(6, 3), training=training)
        add(lambda: make(dtype="float64"), normal(6, 3, dtype="float64"), x64=True,
            training=training)
        for clipping in (None, {}, {"rmax": 1.5, "rmin": 0.5, "dmax": 0.3}, {"rmax": 2}):
            add(lambda c=clipping: make(renorm=True, renorm_clipping=c, renorm_momentum=0.8),
                normal(6, 3), training=training)
        add(lambda: make(renorm=True, center=False, scale=False), normal(6, 3), training=training)
        add(lambda: make(), integers(6, 3), training=training)
    add(lambda: make(), normal(1, 3), training=True)
    add(lambda: make(), lambda rng: np.full((4, 2), 3.0, np.float32), training=True)


def other_normalization():
    layer, group = layers.LayerNormalization, layers.GroupNormalization
    x = normal(2, 3, 4)
    for axis in (-1, 1, 2, (1, 2), [-1], [2, 1], [-2, -1]):
        add(lambda a=axis: layer(axis=a), x)
    for axis in (-1, (1, 2), [-1, -2]):  # Keras fails on axes that are not the last ones
        add(lambda a=axis: layers.RMSNormalization(axis=a), x)
    for axis in (-1, 1, (1, 2), [-1, -2]):
        add(lambda a=axis: layers.UnitNormalization(axis=a), x)
    options = ({"epsilon": 0.1}, {"center": False}, {"scale": False},
               {"center": False, "scale": False}, REGULARIZED, {"name": "n", "trainable": False})
    for arguments in options:
        add(lambda a=arguments: layer(**a), x)
        add(lambda a=arguments: group(groups=2, **a), x)
    add(lambda: layer(), x, mask(2, 3))
    add(lambda: layer(axis=2), normal(2, 3, 4, 2))
    add(lambda: layer(), lambda rng: np.full((4, 2), 3.0, np.float32))
    for groups in (1, 4, -1):
        add(lambda g=groups: group(groups=g), x)
    add(lambda: group(groups=3, axis=1), x)
    add(lambda: group(groups=2, axis=-2), normal(2, 3, 4, 2))
    add(lambda: group(), normal(2, 3, 64))
    add(lambda: group(groups=2), normal(3, 6))
    add(lambda: group(groups=2), x, mask(2, 3))
    add(lambda: layers.RMSNormalization(epsilon=0.1, name="rms"), x)
    add(lambda: layers.RMSNormalization(), normal(4, 3))
    add(lambda: layers.UnitNormalization(name="unit"), normal(4, 3))
    add(lambda: layers.UnitNormalization(), lambda rng: np.zeros((2, 3), np.float32) + 1e-20)
    add(lambda: layers.UnitNormalization(), x, mask(2, 3))
    for make in (layer, lambda **a: group(groups=2, **a), layers.RMSNormalization,
                 layers.UnitNormalization):
        for dtype in ("float16", "mixed_bfloat16"):
            add(lambda m=make, d=dtype: m(dtype=d), x)
        add(lambda m=make: m(dtype="float64"), normal(2, 3, 4, dtype="float64"), x64=True)


def normalization():
    make = layers.Normalization
    add(lambda: make(), normal(4, 3))
    for arguments in ({"mean": 1.5, "variance": 4.0}, {"mean": 2, "variance": 3},
                      {"mean": [1.0, 2.0, 3.0], "variance": [0.5, 1.0, 0.0]},
                      {"mean": [1.0, 2.0, 3.0], "variance": [0.5, 1.0, 2.0], "invert": True}):
        add(lambda a=arguments: make(**a), normal(4, 3))
        add(lambda a=arguments: make(**a), normal(2, 4, 3), mask(2, 4))
    add(lambda: make(axis=None), normal(4, 3))
    add(lambda: make(axis=None, mean=1.0, variance=2.0), normal(4, 3))
    add(lambda: make(axis=1), normal(4, 3, 2))
    add(lambda: make(axis=(1, 2)), normal(4, 3, 2))
    add(lambda: make(axis=1, mean=[1.0, 2.0, 3.0], variance=[0.5, 1.0, 2.0]), normal(4, 3, 2))
    add(lambda: make(invert=True, name="back"), normal(4, 3))
    add(lambda: make(mean=1.0, variance=2.0), integers(4, 3))
    add(lambda: make(mean=1.0, variance=2.0, dtype="float16"), normal(4, 3))


def embedding():
    make = layers.Embedding
    tokens = lambda *shape, dtype="int32": (  # noqa: E731
        lambda rng: rng.integers(0, 7, shape).astype(dtype))
    add(lambda: make(7, 3), tokens(2, 4))
    add(lambda: make(7, 3), tokens(5))
    add(lambda: make(7, 3), tokens(2, 3, 2))
    for dtype in ("uint8", "int64", "float32", "int8"):
        add(lambda: make(7, 3), tokens(2, 4, dtype=dtype), x64=dtype == "int64")
    add(lambda: make(7, 3, mask_zero=True, name="words"), tokens(2, 4), lambda rng: None)
    add(lambda: make(7, 3, mask_zero=True), tokens(2, 4, dtype="float32"), lambda rng: None)
    add(lambda: make(7, 3), tokens(2, 4), mask(2, 4))
    add(lambda: make(7, 3, embeddings_initializer="normal", embeddings_regularizer="l2",
                     embeddings_constraint="unit_norm"), tokens(2, 4))
    add(lambda: make(7, 3, trainable=False), tokens(2, 4))
    add(lambda: make(7, 3, dtype="float16"), tokens(2, 4))
    add(lambda: make(7, 3, dtype="mixed_bfloat16"), tokens(2, 4))
    add(lambda: make(7, 3), lambda rng: np.array([[0, 6], [3, 3]], "int32"))


def einsum_dense():
    make = layers.EinsumDense
    add(lambda: make("ab,bc->ac", output_shape=4), normal(5, 3))
    add(lambda: make("ab,bc->ac", output_shape=4, bias_axes="c"), normal(5, 3))
    add(lambda: make("ab,bc->ac", 4, activation="relu", bias_axes="c"), normal(5, 3))
    add(lambda: make("abc,cd->abd", output_shape=(None, 4), bias_axes="d"), normal(2, 3, 5))
    add(lambda: make("abc,cd->abd", output_shape=(3, 4), bias_axes="bd"), normal(2, 3, 5))
    add(lambda: make("...x,xy->...y", output_shape=4, bias_axes="y"), normal(2, 3, 5))
    add(lambda: make("abc,cde->abde", output_shape=(None, 2, 3), bias_axes="de"), normal(2, 4, 5))
    add(lambda: make("abde,dec->abc", output_shape=(None, 5), bias_axes="c"), normal(2, 4, 2, 3))
    add(lambda: make("abc,dc->abd", output_shape=(None, 4), bias_axes="d"), normal(2, 3, 5))
    add(lambda: make("abc,bcd->abd", output_shape=(3, 4)), normal(2, 3, 5))
    add(lambda: make("abc,bd->adc", output_shape=(4, 5), bias_axes="d"), normal(2, 3, 5))
    add(lambda: make("ab...,bc->ac...", output_shape=4, bias_axes="c"), normal(2, 3, 5, 2))
    add(lambda: make("abc,cd->adb", output_shape=(4, 3), bias_axes="b"), normal(2, 3, 5))
    add(lambda: make("ab,b->a", output_shape=()), normal(5, 3))
    add(lambda: make("ab,bc->ac", 4, bias_axes="c", kernel_initializer="he_normal",
                     bias_initializer="ones", kernel_regularizer="l2", bias_regularizer="l1",
                     kernel_constraint="max_norm", bias_constraint="non_neg", name="e",
                     activity_regularizer="l1"), normal(5, 3))
    add(lambda: make("ab,bc->ac", 4, trainable=False), normal(5, 3))
    for dtype in ("float16", "mixed_bfloat16"):
        add(lambda d=dtype: make("ab,bc->ac", 4, bias_axes="c", dtype=d), normal(5, 3))


batch_normalization()
other_normalization()
normalization()
embedding()
einsum_dense()
