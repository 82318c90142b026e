# SPDX-License-Identifier: Apache-2.0
"""Ten long seeded trainings, each of at least 200 steps, with what makes a training hard to repeat:
noise, shuffled rows, schedules, batch statistics, accumulation, averages and weights."""

import copy
import os
import re
import tempfile

import keras
import numpy as np
from keras import layers, optimizers
from keras.optimizers import schedules

from .draws import draw_in_float32, permutations_drawn
from .models import floats_of, to_floatx
from .pack import rng_of, versions

RUNS = {}


def run_of(function):
    RUNS[function.__name__] = function
    return function


def numbers(name, *shape):
    """Draws numbers of two decimals or so, which take little place in a file."""
    return (rng_of(name).integers(-16, 17, shape) / 8).astype(np.float32)


def classes_of(x, count):
    """Gives each row one of `count` classes, and a few rows a wrong one."""
    score = x.reshape(len(x), -1)[:, :6] @ np.linspace(-1, 1, 6) + x.reshape(len(x), -1)[:, 0] ** 2
    edges = np.quantile(score, np.linspace(0, 1, count + 1)[1:-1])
    labels = np.searchsorted(edges, score)
    labels[::11] = (labels[::11] + 1) % count
    return labels.astype(np.int32)


def values_of(x):
    """Gives each row a value that a network can learn, in quarters."""
    flat = x.reshape(len(x), -1)
    value = np.tanh(flat[:, :1]) * flat[:, 1:2] + 0.5 * flat[:, 2:3]
    return (np.round(value * 4) / 4).astype(np.float32)


def stack(*parts):
    return keras.Sequential(list(parts))


@run_of
def dropout_and_exponential_decay():
    x = numbers("dropout", 230, 10)
    model = stack(
        layers.Input((10,)), layers.Dense(16, activation="relu"), layers.Dropout(0.4),
        layers.Dense(8, activation="tanh"), layers.Dropout(0.2),
        layers.Dense(3, activation="softmax"))
    rate = schedules.ExponentialDecay(0.01, 30, 0.8, staircase=True)
    return dict(
        model=model, x=x, y=classes_of(x, 3),
        compile=dict(optimizer=optimizers.Adam(rate), loss="sparse_categorical_crossentropy",
                     metrics=["accuracy"]),
        fit=dict(epochs=17, batch_size=16, validation_split=0.2))


@run_of
def noise_and_cosine_with_warmup():
    x = numbers("noise", 200, 8)
    model = stack(
        layers.Input((8,)), layers.GaussianNoise(0.3), layers.Dense(16, activation="gelu"),
        layers.GaussianDropout(0.2), layers.Dense(8, activation="silu"), layers.Dense(1))
    rate = schedules.CosineDecay(0.001, 180, alpha=0.05, warmup_target=0.04, warmup_steps=20)
    return dict(
        model=model, x=x, y=values_of(x),
        compile=dict(optimizer=optimizers.SGD(rate, momentum=0.9, nesterov=True), loss="mse",
                     metrics=["mae", "root_mean_squared_error"]),
        fit=dict(epochs=15, batch_size=14))


@run_of
def batch_statistics_and_piecewise_rates():
    x = numbers("statistics", 180, 9)
    y = classes_of(x, 4)
    model = stack(
        layers.Input((9,)), layers.Dense(16, use_bias=False), layers.BatchNormalization(),
        layers.Activation("relu"), layers.Dense(12), layers.BatchNormalization(momentum=0.9),
        layers.Activation("elu"), layers.Dropout(0.3), layers.Dense(4))
    rate = schedules.PiecewiseConstantDecay([60, 140], [0.01, 0.004, 0.001])
    return dict(
        model=model, x=x[:150], y=y[:150],
        compile=dict(optimizer=optimizers.RMSprop(rate, momentum=0.5, centered=True),
                     loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                     metrics=["accuracy"]),
        fit=dict(epochs=21, batch_size=16, validation_data=[x[150:], y[150:]],
                 validation_batch_size=20))


@run_of
def plateaus_and_class_weights():
    x = numbers("plateaus", 160, 8)
    model = stack(
        layers.Input((8,)), layers.Dense(16, activation="relu"), layers.BatchNormalization(),
        layers.Dropout(0.25), layers.Dense(3, activation="softmax"))
    return dict(
        model=model, x=x, y=classes_of(x, 3),
        compile=dict(optimizer=optimizers.Nadam(0.02), loss="sparse_categorical_crossentropy",
                     metrics=["accuracy"], weighted_metrics=["accuracy"]),
        fit=dict(epochs=26, batch_size=16, validation_split=0.2,
                 class_weight={0: 1.0, 1: 2.5, 2: 0.5}),
        callbacks=[["ReduceLROnPlateau", {"monitor": "val_loss", "factor": 0.5, "patience": 2,
                                          "min_lr": 0.0005, "cooldown": 1}]])


@run_of
def accumulated_gradients():
    x = numbers("accumulated", 150, 8)
    model = stack(
        layers.Input((8,)), layers.Dense(16, activation="softplus", kernel_regularizer="l2"),
        layers.Dropout(0.2), layers.Dense(8, activation="selu"), layers.BatchNormalization(),
        layers.Dense(1))
    optimizer = optimizers.AdamW(0.02, weight_decay=0.02, clipnorm=0.5,
                                 gradient_accumulation_steps=4)
    return dict(
        model=model, x=x, y=values_of(x),
        compile=dict(optimizer=optimizer, loss="huber", metrics=["mae"]),
        fit=dict(epochs=21, batch_size=14, validation_split=0.1))


@run_of
def moving_averages_and_sample_weights():
    x = numbers("averages", 168, 6, 4)
    model = stack(
        layers.Input((6, 4)), layers.Dense(8, activation="tanh"), layers.SpatialDropout1D(0.3),
        layers.Flatten(), layers.Dense(1, activation="sigmoid"))
    optimizer = optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=40,
                                global_clipnorm=1.0)
    weights = (1 + np.arange(168) % 5).astype(np.float32) / 4
    return dict(
        model=model, x=x, y=classes_of(x, 2)[:, None].astype(np.float32),
        compile=dict(optimizer=optimizer, loss="binary_crossentropy",
                     metrics=["binary_accuracy", "auc"], weighted_metrics=["mse"]),
        fit=dict(epochs=19, batch_size=13, validation_split=0.2, sample_weight=weights))


@run_of
def two_inputs_and_two_outputs():
    left, right = numbers("left", 176, 6), numbers("right", 176, 5)
    a, b = layers.Input((6,), name="left"), layers.Input((5,), name="right")
    h = layers.Concatenate()([layers.Dense(10, activation="relu")(a),
                              layers.Dense(6, activation="tanh")(b)])
    h = layers.Dropout(0.3)(layers.LayerNormalization()(h))
    kind = layers.Dense(3, activation="softmax", name="kind")(h)
    value = layers.Dense(1, name="value")(layers.Add()([h, layers.Dense(16)(b)]))
    return dict(
        model=keras.Model([a, b], [kind, value]), x=[left, right],
        y=[classes_of(left, 3), values_of(right)],
        compile=dict(optimizer=optimizers.Adamax(0.01),
                     loss=["sparse_categorical_crossentropy", "mse"], loss_weights=[1.0, 0.25],
                     metrics=[["accuracy"], ["mae"]]),
        fit=dict(epochs=19, batch_size=13, validation_split=0.2))


@run_of
def an_optimizer_for_each_part():
    x = numbers("parts", 170, 8)
    model = stack(
        layers.Input((8,)), layers.Dense(16, activation="relu", name="below"),
        layers.AlphaDropout(0.1), layers.Dense(8, activation="relu", name="above"),
        layers.Dense(4, activation="softmax", name="last"))
    rate = schedules.InverseTimeDecay(0.05, 50, 0.5)
    optimizer = optimizers.MultiOptimizer(optimizers.OptimizerMap(
        optimizers.SGD(rate, momentum=0.8), {".*below/.*": optimizers.Adam(0.01),
                                             ".*last/.*": optimizers.RMSprop(0.005)}))
    return dict(
        model=model, x=x, y=np.eye(4, dtype=np.float32)[classes_of(x, 4)],
        compile=dict(optimizer=optimizer, loss="categorical_crossentropy",
                     metrics=["accuracy", "top_k_categorical_accuracy"]),
        fit=dict(epochs=19, batch_size=15))


@run_of
def words_and_restarts():
    x = rng_of("words").integers(0, 20, (190, 7)).astype(np.int32)
    model = stack(
        layers.Input((7,), dtype="int32"), layers.Embedding(20, 6), layers.SpatialDropout1D(0.2),
        layers.Flatten(), layers.Dense(8, activation="relu"), layers.Dropout(0.2),
        layers.Dense(1))
    rate = schedules.CosineDecayRestarts(0.05, 40, t_mul=1.5, m_mul=0.8, alpha=0.02)
    return dict(
        model=model, x=x, y=(x[:, :1] + x[:, 1:2] > 19).astype(np.float32),
        compile=dict(optimizer=optimizers.Adagrad(rate),
                     loss=keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
                     metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)]),
        fit=dict(epochs=21, batch_size=16, validation_split=0.2, validation_freq=2))


@run_of
def several_batches_at_once():
    x = numbers("several", 210, 8)
    model = stack(
        layers.Input((8,)), layers.GaussianNoise(0.1), layers.Dense(12, activation="relu"),
        layers.BatchNormalization(), layers.Dropout(0.3), layers.Dense(6, activation="relu"),
        layers.Dense(1))
    rate = schedules.PolynomialDecay(0.02, 150, 0.002, power=2.0)
    return dict(
        model=model, x=x, y=values_of(x),
        compile=dict(optimizer=optimizers.Adam(rate, amsgrad=True, clipvalue=0.2), loss="mae",
                     metrics=["mse", "r2_score"], steps_per_execution=4),
        fit=dict(epochs=18, batch_size=16, validation_split=0.1, initial_epoch=1),
        callbacks=[["EarlyStopping", {"monitor": "val_loss", "patience": 30,
                                      "restore_best_weights": True}]])


class Losses(keras.callbacks.Callback):
    """Keeps the losses that the batches report."""

    def __init__(self):
        super().__init__()
        self.losses = []

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(float(logs["loss"]))


def serialized(compiled):
    result = {}
    for key, value in compiled.items():
        if isinstance(value, list):
            result[key] = [serialized({0: v})[0] for v in value]
        elif isinstance(value, (str, int, float)):
            result[key] = value
        else:
            result[key] = keras.saving.serialize_keras_object(value)
    return result


def train(model, spec, x, y, kwargs):
    """Fits the model; returns what the run reports, with the text of its CSV file."""
    losses = Losses()
    with tempfile.TemporaryDirectory() as folder, permutations_drawn() as permutations:
        path = os.path.join(folder, "log.csv")
        made = [getattr(keras.callbacks, name)(**config)
                for name, config in spec.get("callbacks", [])]
        history = model.fit(x, y, verbose=0, **kwargs,
                            callbacks=[*made, keras.callbacks.CSVLogger(path), losses])
        with open(path, newline="") as file:
            text = file.read()
    return {"history": {k: floats_of(v) for k, v in history.history.items()},
            "csv": text, "losses": losses.losses,
            "orders": [p.astype(np.int16) for p in permutations]}


def run_one(name, first):
    keras.backend.clear_session()
    spec = RUNS[name]()
    config = keras.saving.serialize_keras_object(spec["model"])
    # The layers draw their seeds when they are made, here in the order of the config.
    seed = 11 + list(RUNS).index(name)
    keras.utils.set_random_seed(seed)
    model = keras.saving.deserialize_keras_object(copy.deepcopy(config))
    if first:
        model.set_weights(to_floatx(first["initial"]))
    initial = [np.asarray(w) for w in model.get_weights()]
    compiled = serialized(spec["compile"])
    model.compile(**spec["compile"])
    x, y, kwargs = to_floatx(spec["x"]), to_floatx(spec["y"]), to_floatx(spec["fit"])
    if "validation_data" in kwargs:
        kwargs["validation_data"] = tuple(kwargs["validation_data"])
    result = train(model, spec, x, y, kwargs)
    steps = int(model.optimizer._iterations)  # `iterations` counts updates
    assert steps >= 200, (name, steps)
    return {
        "name": name, "versions": versions(), "set_random_seed": seed, "config": config,
        "compile": compiled, "fit": spec["fit"], "callbacks": spec.get("callbacks", []),
        "x": spec["x"], "y": spec["y"], "initial": initial, **result,
        "iterations": int(model.optimizer.iterations),
        "final_weights": [np.asarray(w) for w in model.get_weights()],
        "seed_states": [np.asarray(v) for v in model.non_trainable_variables
                        if "seed_generator" in v.path],
        "evaluate": floats_of(model.evaluate(x, y, verbose=0, return_dict=True)),
    }


def run(pattern, first):
    if keras.config.floatx() == "float64":
        draw_in_float32()
    results = {}
    for name in RUNS:
        if re.search(pattern, name):
            results[name] = run_one(name, first and first[name])
            print(f"   {keras.config.floatx()} {name}: {results[name]['evaluate']}", flush=True)
    return results
