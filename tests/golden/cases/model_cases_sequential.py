# SPDX-License-Identifier: Apache-2.0
"""Model cases: Sequential stacks, each layer and activation of the walking skeleton."""

import keras
from keras import layers

from .model_case import Case, Draw, case


def stack(*parts, **kwargs):
    return keras.Sequential(list(parts), **kwargs)


def glorot(seed):
    return keras.initializers.GlorotUniform(seed=seed)


@case
def seed_sequential_small():
    d = Draw("seed_sequential_small")
    model = keras.Sequential()
    model.add(layers.Dense(8, activation="relu", input_shape=(12,)))
    model.add(layers.Dense(10, activation="softmax"))
    return Case(
        model, d.normal(12, 12), d.one_hot(10, 12), "categorical_crossentropy",
        metrics=["accuracy"],
        fits=[
            {"optimizer": "rmsprop"},
            {"optimizer": "adam", "validation_split": 0.25, "epochs": 3},
            {"optimizer": "sgd", "initial_epoch": 2, "epochs": 4},
            {"optimizer": "sgd_momentum", "steps_per_epoch": 2, "epochs": 3},
        ],
        note="the Sequential model of the walking skeleton, made small",
    )


@case
def seed_sequential_784():
    d = Draw("seed_sequential_784")
    model = keras.Sequential()
    model.add(layers.Input((784,)))
    model.add(layers.Dense(32, activation="relu", kernel_initializer=glorot(11)))
    model.add(layers.Dense(10, activation="softmax", kernel_initializer=glorot(12)))
    return Case(
        model, d.uniform(8, 784), d.integers(0, 10, 8), "sparse_categorical_crossentropy",
        metrics=["accuracy"], weights="initializer", rate_factor=0.1,
        note="784 inputs: the initial weights are those that the seeds in the config give",
    )


@case
def one_dense_linear_mse():
    d = Draw("one_dense_linear_mse")
    return Case(
        stack(layers.Input((3,)), layers.Dense(1)), d.normal(8, 3), d.normal(8, 1), "mse",
        metrics=["mae", "mse"],
    )


@case
def targets_rank1_against_rank2():
    d = Draw("targets_rank1_against_rank2")
    return Case(
        stack(layers.Input((4,)), layers.Dense(1)), d.normal(11, 4), d.normal(11), "mse",
        metrics=["mae", "mean_squared_error"],
        fits=[{}, {"validation_split": 0.3, "sample_weight": d.uniform(11)}],
        note="y of shape (n,) against predictions of shape (n, 1)",
    )


@case
def targets_rank1_binary():
    d = Draw("targets_rank1_binary")
    return Case(
        stack(layers.Input((4,)), layers.Dense(5, "tanh"), layers.Dense(1, "sigmoid")),
        d.normal(13, 4), d.integers(0, 2, 13, dtype="int64"), "binary_crossentropy",
        metrics=["accuracy", "binary_accuracy"],
        fits=[{"class_weight": {0: 0.5, 1: 2.0}}],
        note="int64 labels of shape (n,) against predictions of shape (n, 1)",
    )


@case
def dense_activations():
    d = Draw("dense_activations")
    return Case(
        stack(layers.Input((6,)), layers.Dense(7, "relu"), layers.Dense(6, "sigmoid"),
              layers.Dense(5, "tanh"), layers.Dense(4, "linear"), layers.Dense(3, "softmax")),
        d.normal(10, 6), d.one_hot(3, 10), "categorical_crossentropy",
        metrics=["acc", "mae"],
    )


@case
def activation_layers():
    d = Draw("activation_layers")
    return Case(
        stack(layers.Input((6,)), layers.Dense(7), layers.Activation("relu"), layers.Dense(6),
              layers.Activation("tanh"), layers.Dense(4), layers.Activation("sigmoid"),
              layers.Dense(3), layers.Activation("linear"), layers.Activation("softmax")),
        d.normal(9, 6), d.integers(0, 3, 9), "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )


@case
def dense_without_bias():
    d = Draw("dense_without_bias")
    return Case(
        stack(layers.Input((5,)), layers.Dense(6, "relu", use_bias=False),
              layers.Dense(2, use_bias=False)),
        d.normal(8, 5), d.normal(8, 2), "mae", metrics=["mse"],
    )


@case
def dense_rank3():
    d = Draw("dense_rank3")
    return Case(
        stack(layers.Input((4, 3)), layers.Dense(5, "tanh"), layers.Dense(2)),
        d.normal(7, 4, 3), d.normal(7, 4, 2), "mse", metrics=["mae"],
        fits=[{"batch_size": 3}],
    )


@case
def dense_rank4():
    d = Draw("dense_rank4")
    return Case(
        stack(layers.Input((2, 3, 4)), layers.Dense(5, "relu"), layers.Dense(1)),
        d.normal(6, 2, 3, 4), d.normal(6, 2, 3, 1), "mse", metrics=["mse"],
    )


@case
def time_softmax_weighted():
    d = Draw("time_softmax_weighted")
    return Case(
        stack(layers.Input((4, 3)), layers.Dense(6, "relu"), layers.Dense(5, "softmax")),
        d.normal(8, 4, 3), d.integers(0, 5, 8, 4), "sparse_categorical_crossentropy",
        sample_weight=d.uniform(8, 4), metrics=["accuracy"], weighted_metrics=["accuracy"],
        note="rank-3 predictions with one weight for each time step",
    )


@case
def flatten_rescaling_uint8():
    d = Draw("flatten_rescaling_uint8")
    return Case(
        stack(layers.Input((3, 4), dtype="uint8"), layers.Rescaling(1.0 / 255, offset=-0.5),
              layers.Flatten(), layers.Dense(6, "relu"), layers.Dense(3, "softmax")),
        d.integers(0, 256, 10, 3, 4, dtype="uint8"), d.integers(0, 3, 10, dtype="uint8"),
        "sparse_categorical_crossentropy", metrics=["accuracy"],
        fits=[{"validation_split": 0.2}],
    )


@case
def integers_into_float_input():
    d = Draw("integers_into_float_input")
    return Case(
        stack(layers.Input((5,)), layers.Rescaling(0.1), layers.Dense(4, "tanh"),
              layers.Dense(1)),
        d.integers(-20, 20, 9, 5, dtype="int64"), d.integers(-2, 3, 9, 1, dtype="int64"), "mse",
        metrics=["mae"],
        note="integer data fed to a float32 Input, integer targets",
    )


@case
def reshape_minus_one():
    d = Draw("reshape_minus_one")
    return Case(
        stack(layers.Input((12,)), layers.Reshape((-1, 3)), layers.Dense(4, "relu"),
              layers.Reshape((2, -1)), layers.Dense(3), layers.Flatten(),
              layers.Reshape((6,)), layers.Dense(2)),
        d.normal(8, 12), d.normal(8, 2), "mse",
    )


@case
def rescaling_per_feature():
    d = Draw("rescaling_per_feature")
    return Case(
        stack(layers.Input((3,)), layers.Rescaling([0.5, 2.0, -1.0], offset=[0.0, 1.0, 0.25]),
              layers.Dense(4, "relu"), layers.Dense(1)),
        d.normal(8, 3), d.normal(8, 1), "mse",
    )


@case
def dropout_rate_zero():
    d = Draw("dropout_rate_zero")
    return Case(
        stack(layers.Input((5,)), layers.Dense(6, "relu"), layers.Dropout(0.0),
              layers.Dense(2, "softmax")),
        d.normal(8, 5), d.one_hot(2, 8), "categorical_crossentropy", metrics=["accuracy"],
        note="Dropout of rate 0 makes no seed generator",
    )


@case
def dropout_inference():
    d = Draw("dropout_inference")
    return Case(
        stack(layers.Input((5,)), layers.Dropout(0.3, seed=3), layers.Dense(6, "relu"),
              layers.Dropout(0.5, seed=7), layers.Dense(1)),
        d.normal(8, 5), d.normal(8, 1), "mse", train=[], fits=[],
        note="Dropout of rate > 0, only with training=False",
    )


@case
def frozen_first_layer():
    d = Draw("frozen_first_layer")
    return Case(
        stack(layers.Input((5,)), layers.Dense(6, "relu", trainable=False), layers.Dense(4, "tanh"),
              layers.Dense(1)),
        d.normal(10, 5), d.normal(10, 1), "mse", metrics=["mae"],
    )


@case
def frozen_middle_layer():
    d = Draw("frozen_middle_layer")
    model = stack(layers.Input((5,)), layers.Dense(6, "relu"), layers.Dense(4, "tanh"),
                  layers.Dense(1))
    model.layers[1].trainable = False
    return Case(model, d.normal(10, 5), d.normal(10, 1), "mse")


@case
def everything_frozen_but_bias_layer():
    d = Draw("everything_frozen_but_bias_layer")
    inner = stack(layers.Input((4,)), layers.Dense(5, "relu"), layers.Dense(3, "relu"))
    inner.trainable = False
    return Case(
        stack(layers.Input((4,)), inner, layers.Dense(2, "softmax")),
        d.normal(8, 4), d.one_hot(2, 8), "categorical_crossentropy", metrics=["accuracy"],
        note="a frozen nested Sequential",
    )


@case
def deferred_build():
    d = Draw("deferred_build")
    return Case(
        stack(layers.Dense(5, "relu"), layers.Dense(2)), d.normal(8, 4), d.normal(8, 2), "mse",
        note="a Sequential without an Input, built by its first call",
    )


@case
def sequential_of_sequentials():
    d = Draw("sequential_of_sequentials")
    first = stack(layers.Input((5,)), layers.Dense(6, "relu"), layers.Dense(4), name="first")
    second = stack(layers.Input((4,)), layers.Activation("tanh"), layers.Dense(3), name="second")
    return Case(
        stack(layers.Input((5,)), first, second, layers.Activation("softmax"), name="outer"),
        d.normal(9, 5), d.integers(0, 3, 9, 1), "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        note="labels of shape (n, 1) for sparse categorical crossentropy",
    )


@case
def sequential_holding_functional():
    d = Draw("sequential_holding_functional")
    a = layers.Input((4,))
    h = layers.Dense(4, "relu")(a)
    inner = keras.Model(a, layers.Add()([a, h]), name="residual")
    return Case(
        stack(layers.Input((4,)), inner, layers.Dense(2)),
        d.normal(8, 4), d.normal(8, 2), "mse",
    )


@case
def fixed_batch_size():
    d = Draw("fixed_batch_size")
    return Case(
        stack(layers.Input(batch_shape=(8, 3)), layers.Dense(4, "sigmoid"), layers.Dense(1)),
        d.normal(8, 3), d.normal(8, 1), "mse", fits=[{"batch_size": 8}],
    )


@case
def initializers_in_config():
    d = Draw("initializers_in_config")
    i = keras.initializers
    return Case(
        stack(layers.Input((6,)),
              layers.Dense(5, "relu", kernel_initializer=i.RandomNormal(0.1, 0.3, seed=5),
                           bias_initializer="ones"),
              layers.Dense(4, "tanh", kernel_initializer=i.RandomUniform(-0.4, 0.2, seed=6),
                           bias_initializer=i.Constant(0.25)),
              layers.Dense(2, kernel_initializer=i.GlorotUniform(seed=7))),
        d.normal(8, 6), d.normal(8, 2), "mse", weights="initializer",
        note="the initial weights are those that the seeds in the config give",
    )


@case
def fit_variants():
    d = Draw("fit_variants")
    validation = [d.normal(6, 4), d.one_hot(3, 6)]
    return Case(
        stack(layers.Input((4,)), layers.Dense(6, "relu"), layers.Dense(3, "softmax")),
        d.normal(16, 4), d.one_hot(3, 16), "categorical_crossentropy",
        metrics=["accuracy", keras.metrics.CategoricalAccuracy(name="cat")],
        weighted_metrics=["accuracy", "mse"], train=["sgd"],
        fits=[
            {"optimizer": "adam", "validation_data": validation},
            {"optimizer": "adam", "validation_data": [*validation, d.uniform(6)],
             "validation_batch_size": 4},
            {"optimizer": "sgd", "class_weight": {0: 1.0, 1: 3.0, 2: 0.25}},
            {"optimizer": "sgd", "class_weight": {1: 3.0}, "validation_split": 0.5},
            {"optimizer": "rmsprop", "sample_weight": d.uniform(16), "validation_split": 0.25},
            {"optimizer": "sgd", "batch_size": 32, "epochs": 3},
            {"optimizer": "sgd", "batch_size": 1, "epochs": 1},
            {"optimizer": "sgd", "initial_epoch": 1, "epochs": 3, "validation_split": 0.1},
            {"optimizer": "sgd", "steps_per_epoch": 2, "epochs": 2},
            {"optimizer": "sgd", "validation_data": validation, "validation_freq": 2, "epochs": 4},
            {"optimizer": "sgd", "validation_data": validation, "validation_freq": [1, 3],
             "epochs": 3},
            {"optimizer": "sgd", "validation_data": validation, "validation_batch_size": 2,
             "validation_steps": 2},
        ],
        note="one model, many forms of fit",
    )
