# SPDX-License-Identifier: Apache-2.0
"""The calls of activation layers and of those that regularize."""

import numpy as np
from keras import initializers, layers

from .layers_cases import add, integers, mask, normal


def activations():
    x = normal(4, 6)
    edge = lambda rng: np.array([[0.0, -0.0, 1.0, -1.0, 6.0, 7.5, -30.0]], np.float32)  # noqa: E731
    for arguments in ({}, {"max_value": 6}, {"max_value": 1.0}, {"negative_slope": 0.25},
                      {"threshold": 0.5}, {"max_value": 1.5, "negative_slope": 0.1},
                      {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.25},
                      {"negative_slope": 0.3, "threshold": 1}, {"max_value": 0.0}):
        add(lambda a=arguments: layers.ReLU(**a), x)
        add(lambda a=arguments: layers.ReLU(**a), edge)
    for slope in (0.3, 0.0, 1, 0.05):
        add(lambda s=slope: layers.LeakyReLU(s), x)
        add(lambda s=slope: layers.LeakyReLU(s), edge)
    for alpha in (1.0, 0.5, 2):
        add(lambda a=alpha: layers.ELU(a), x)
        add(lambda a=alpha: layers.ELU(a), edge)
    for axis in (-1, 1, 2, 0, (1, 2), [2]):
        add(lambda a=axis: layers.Softmax(a), normal(2, 3, 4))
    add(lambda: layers.Softmax(), lambda rng: (rng.standard_normal((4, 6)) * 10).astype("float32"))
    add(lambda: layers.Softmax(), x, mask(4, 6), with_mask=True)
    add(lambda: layers.Softmax(axis=1), normal(2, 3, 4), mask(2, 3, 4), with_mask=True)
    add(lambda: layers.Softmax(axis=(1, 2)), normal(2, 3, 4), mask(2, 3, 4), with_mask=True)
    add(lambda: layers.Softmax(), normal(2, 4, 4), mask(4, 4), with_mask=True)
    add(lambda: layers.Softmax(dtype="float16"), normal(4, 6), mask(4, 6), with_mask=True)
    for make in (layers.ReLU, layers.LeakyReLU, layers.ELU, layers.Softmax, layers.PReLU):
        add(lambda m=make: m(name="named", trainable=False), x)
        add(lambda m=make: m(), integers(4, 6))
        add(lambda m=make: m(dtype="bfloat16"), x)
        add(lambda m=make: m(dtype="float64"), normal(4, 6, dtype="float64"), x64=True)
        if make is not layers.Softmax:
            add(lambda m=make: m(), normal(2, 3, 4), mask(2, 3))
    add(lambda: layers.PReLU(), normal(2, 3, 4))
    add(lambda: layers.PReLU(), edge)
    for shared in (1, [1], (1, 2), [2]):
        add(lambda s=shared: layers.PReLU(shared_axes=s), normal(2, 3, 4))
    add(lambda: layers.PReLU(
        alpha_initializer=initializers.Constant(0.25), alpha_regularizer="l2",
        alpha_constraint="non_neg", shared_axes=[1, 2]), normal(2, 3, 4, 2))


def random_layers():
    """In training, each with a seed of its own, so that the same numbers are drawn again."""
    for rate in (0.0, 0.2, 0.5, 0.9, 1):
        if rate < 1:  # Keras raises ZeroDivisionError there
            add(lambda r=rate: layers.AlphaDropout(r, seed=3), normal(4, 6), training=True)
        add(lambda r=rate: layers.AlphaDropout(r), normal(4, 6))
        add(lambda r=rate: layers.Dropout(r, seed=5), normal(4, 6), training=True)
    for rate in (0.0, 0.1, 0.5, 0.8):
        add(lambda r=rate: layers.GaussianDropout(r, seed=7), normal(4, 6), training=True)
        add(lambda r=rate: layers.GaussianNoise(r, seed=9), normal(4, 6), training=True)
    add(lambda: layers.GaussianDropout(0.3), normal(4, 6))
    add(lambda: layers.GaussianNoise(1), normal(4, 6))
    add(lambda: layers.GaussianNoise(1, seed=1), normal(2, 3, 4), training=True)
    three, four, five = normal(2, 4, 3), normal(2, 3, 2, 4), normal(2, 2, 3, 2, 4)
    for rate in (0.0, 0.4, 0.75):
        add(lambda r=rate: layers.SpatialDropout1D(r, seed=13), three, training=True)
        add(lambda r=rate: layers.SpatialDropout2D(r, seed=13), four, training=True)
        add(lambda r=rate: layers.SpatialDropout3D(r, seed=13), five, training=True)
    add(lambda: layers.SpatialDropout2D(0.5, "channels_first", seed=2), four, training=True)
    add(lambda: layers.SpatialDropout3D(0.5, "channels_first", seed=2), five, training=True)
    add(lambda: layers.SpatialDropout1D(0.5, name="drop", dtype="float16"), three, mask(2, 4))
    add(lambda: layers.SpatialDropout2D(0.5, name="drop"), four)
    add(lambda: layers.SpatialDropout3D(0.5, name="drop"), five)
    for make in (layers.AlphaDropout, layers.Dropout):
        add(lambda m=make: m(0.5, noise_shape=(None, 1, 3), seed=2), three, training=True)
        add(lambda m=make: m(0.5, noise_shape=(2, 4, 1), seed=2), three, training=True)
    for make in (layers.AlphaDropout, layers.GaussianDropout, layers.GaussianNoise):
        add(lambda m=make: m(0.5, seed=1, name="noisy", trainable=False), three, mask(2, 4),
            training=True)
        add(lambda m=make: m(0.5, seed=4, dtype="float16"), normal(4, 6), training=True)
        add(lambda m=make: m(0.5, seed=4, dtype="mixed_bfloat16"), normal(4, 6), training=True)


def activity():
    for arguments in ({}, {"l1": 0.1}, {"l2": 0.2}, {"l1": 0.3, "l2": 1}):
        for training in (False, True):
            add(lambda a=arguments: layers.ActivityRegularization(**a), normal(4, 3),
                training=training)
    add(lambda: layers.ActivityRegularization(0.1, name="held"), normal(2, 3, 4), mask(2, 3))
    add(lambda: layers.Dense(3, activity_regularizer="l2"), normal(4, 3))


activations()
random_layers()
activity()
