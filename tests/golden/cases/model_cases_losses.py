# SPDX-License-Identifier: Apache-2.0
"""Model cases: every loss of the walking skeleton with its options, and large logits."""

import keras
import numpy as np
from keras import layers, losses

from .model_case import Case, Draw, case


def network(inputs, units, activation=None):
    return keras.Sequential([
        layers.Input((inputs,)),
        layers.Dense(6, "relu", name="hidden"),
        layers.Dense(units, activation, name="logits"),
    ])


@case
def bce_from_logits():
    d = Draw("bce_from_logits")
    return Case(network(5, 1), d.normal(12, 5), d.binary(12, 1),
                losses.BinaryCrossentropy(from_logits=True),
                metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)])


@case
def bce_label_smoothing():
    d = Draw("bce_label_smoothing")
    return Case(network(5, 3, "sigmoid"), d.normal(12, 5), d.binary(12, 3),
                losses.BinaryCrossentropy(label_smoothing=0.2), metrics=["accuracy"],
                note="three sigmoid outputs, so 'accuracy' resolves to CategoricalAccuracy")


@case
def bce_sum():
    d = Draw("bce_sum")
    return Case(network(4, 1, "sigmoid"), d.normal(10, 4), d.binary(10, 1),
                losses.BinaryCrossentropy(reduction="sum"), metrics=["accuracy"],
                rate_factor=0.2)


@case
def bce_mean_with_sample_weight():
    d = Draw("bce_mean_with_sample_weight")
    return Case(network(4, 1, "sigmoid"), d.normal(10, 4), d.binary(10, 1),
                losses.BinaryCrossentropy(reduction="mean_with_sample_weight"),
                sample_weight=d.uniform(10, high=3.0), metrics=["accuracy"],
                weighted_metrics=["accuracy"])


@case
def bce_large_logits():
    d = Draw("bce_large_logits")
    return Case(network(5, 1, "sigmoid"), d.normal(16, 5), d.binary(16, 1),
                "binary_crossentropy", metrics=["accuracy"], scale={"logits/kernel": 40.0},
                rate_factor=0.1,
                note="logits up to some tens, so that the probabilities are clipped")


@case
def bce_large_logits_from_logits():
    d = Draw("bce_large_logits_from_logits")
    return Case(network(5, 1), d.normal(16, 5), d.binary(16, 1),
                losses.BinaryCrossentropy(from_logits=True), scale={"logits/kernel": 40.0},
                rate_factor=0.1)


@case
def cce_from_logits():
    d = Draw("cce_from_logits")
    return Case(network(5, 4), d.normal(12, 5), d.one_hot(4, 12),
                losses.CategoricalCrossentropy(from_logits=True), metrics=["accuracy"])


@case
def cce_label_smoothing():
    d = Draw("cce_label_smoothing")
    return Case(network(5, 4, "softmax"), d.normal(12, 5), d.one_hot(4, 12),
                losses.CategoricalCrossentropy(label_smoothing=0.1), metrics=["accuracy"])


@case
def cce_label_smoothing_from_logits_sum():
    d = Draw("cce_label_smoothing_from_logits_sum")
    return Case(network(5, 4), d.normal(12, 5), d.one_hot(4, 12),
                losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.3,
                                               reduction="sum"), rate_factor=0.2)


@case
def cce_not_normalised():
    d = Draw("cce_not_normalised")
    return Case(network(5, 4, "sigmoid"), d.normal(12, 5), d.one_hot(4, 12),
                "categorical_crossentropy", metrics=["accuracy"],
                note="sigmoid outputs: the loss divides them by their sum")


@case
def cce_large_logits():
    d = Draw("cce_large_logits")
    return Case(network(5, 4, "softmax"), d.normal(16, 5), d.one_hot(4, 16),
                "categorical_crossentropy", metrics=["accuracy"], scale={"logits/kernel": 20.0},
                rate_factor=0.1)


@case
def cce_large_logits_from_logits():
    d = Draw("cce_large_logits_from_logits")
    return Case(network(5, 4), d.normal(16, 5), d.one_hot(4, 16),
                losses.CategoricalCrossentropy(from_logits=True), scale={"logits/kernel": 20.0},
                rate_factor=0.1)


@case
def scce_from_logits():
    d = Draw("scce_from_logits")
    return Case(network(5, 4), d.normal(12, 5), d.integers(0, 4, 12, dtype="int64"),
                losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])


@case
def scce_float_labels():
    d = Draw("scce_float_labels")
    return Case(network(5, 4, "softmax"), d.normal(12, 5),
                d.integers(0, 4, 12, 1).astype(np.float32),
                "sparse_categorical_crossentropy", metrics=["accuracy"],
                note="float32 labels of shape (n, 1)")


@case
def scce_ignore_class():
    d = Draw("scce_ignore_class")
    y = d.integers(0, 4, 12)
    y[::3] = -1
    return Case(network(5, 4, "softmax"), d.normal(12, 5), y,
                losses.SparseCategoricalCrossentropy(ignore_class=-1),
                note="every third label is -1 and ignored")


@case
def scce_sum_weighted():
    d = Draw("scce_sum_weighted")
    return Case(network(5, 4, "softmax"), d.normal(12, 5), d.integers(0, 4, 12),
                losses.SparseCategoricalCrossentropy(reduction="sum"),
                sample_weight=d.uniform(12), metrics=["accuracy"],
                weighted_metrics=["accuracy", "sparse_categorical_accuracy"], rate_factor=0.2)


@case
def scce_large_logits():
    d = Draw("scce_large_logits")
    return Case(network(5, 4, "softmax"), d.normal(16, 5), d.integers(0, 4, 16),
                "sparse_categorical_crossentropy", metrics=["accuracy"],
                scale={"logits/kernel": 20.0}, rate_factor=0.1)


@case
def scce_large_logits_from_logits():
    d = Draw("scce_large_logits_from_logits")
    return Case(network(5, 4), d.normal(16, 5), d.integers(0, 4, 16),
                losses.SparseCategoricalCrossentropy(from_logits=True),
                scale={"logits/kernel": 20.0}, rate_factor=0.1)


@case
def logits_16_to_40_binary():
    d = Draw("logits_16_to_40_binary")
    logits = np.concatenate([np.linspace(16, 40, 8), np.linspace(-40, -16, 8)])
    x = np.stack([logits, d.normal(16)], axis=1).astype(np.float32)
    model = keras.Sequential([
        layers.Input((2,)),
        layers.Dense(1, "sigmoid", kernel_initializer=keras.initializers.Constant(1.0)),
    ])
    return Case(model, x * np.array([1.0, 0.1], np.float32), (d.rng.permutation(16) % 2)
                .astype(np.float32), "binary_crossentropy", metrics=["accuracy"],
                weights="initializer", rate_factor=0.02,
                note="logits from 16 to 40 of both signs, made by a kernel of ones")


@case
def logits_16_to_40_sparse():
    d = Draw("logits_16_to_40_sparse")
    x = d.uniform(16, 3, low=16.0, high=40.0) * np.sign(d.normal(16, 3))
    model = keras.Sequential([
        layers.Input((3,)),
        layers.Reshape((3, 1)),
        layers.Dense(1, use_bias=False, kernel_initializer="ones"),
        layers.Flatten(),
        layers.Activation("softmax"),
    ])
    return Case(model, x.astype(np.float32), d.integers(0, 3, 16),
                "sparse_categorical_crossentropy", metrics=["accuracy"],
                weights="initializer", rate_factor=0.02,
                note="logits from 16 to 40 of both signs, made by a kernel of ones; a bias would "
                     "move all of them alike, so that its gradient were rounding errors around "
                     "zero")


@case
def mse_sum_weighted():
    d = Draw("mse_sum_weighted")
    return Case(network(4, 2), d.normal(10, 4), d.normal(10, 2),
                losses.MeanSquaredError(reduction="sum"), sample_weight=d.uniform(10),
                metrics=["mse"], weighted_metrics=["mse", "mae"], rate_factor=0.2)


@case
def mae_mean():
    d = Draw("mae_mean")
    return Case(network(4, 2), d.normal(10, 4), d.normal(10, 2),
                losses.MeanAbsoluteError(reduction="mean"), sample_weight=d.uniform(10),
                metrics=["mae"])


@case
def mse_mean_with_sample_weight():
    d = Draw("mse_mean_with_sample_weight")
    weight = d.uniform(10, 1)
    weight[3] = 0.0
    return Case(network(4, 2), d.normal(10, 4), d.normal(10, 2),
                losses.MeanSquaredError(reduction="mean_with_sample_weight"),
                sample_weight=weight, metrics=["mse"], weighted_metrics=["mse"],
                note="weights of shape (n, 1), one of them 0")


@case
def loss_function_object():
    d = Draw("loss_function_object")
    return Case(network(4, 2), d.normal(10, 4), d.normal(10, 2), keras.losses.mean_squared_error,
                metrics=[keras.metrics.MeanAbsoluteError(name="off_by"),
                         keras.metrics.MeanSquaredError()],
                note="the loss given as a function")
