# SPDX-License-Identifier: Apache-2.0
"""Whole seeded trainings: initial weights, shuffled order, dropout, five epochs of fit."""

import re

import keras
import numpy as np
from keras import layers

from .draws import draw_in_float32, permutations_drawn
from .models import floats_of, to_floatx
from .pack import versions

DATA_RULE = (
    "All arithmetic in uint32. mix(h): h ^= h >> 16; h *= 0x85ebca6b; h ^= h >> 13; "
    "h *= 0xc2b2ae35; h ^= h >> 16. label[i] = mix(i ^ 0x9e3779b9) % classes; "
    "noise[i,j] = mix(i * features + j) & 255; "
    "pattern[c,j] = mix(0x51ed270b + c * features + j) & 255; "
    "bytes[i,j] = (3 * noise[i,j] + pattern[label[i],j]) >> 2 as uint8; "
    "x = float32(bytes) / float32(255); y = int32(label), or float32(label % 2) of shape (n, 1) "
    "when 'binary'."
)


def mix(h):
    """The finalizer of MurmurHash3, on arrays of uint32."""
    h = h.astype(np.uint32)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> np.uint32(16)
    return h


def make_data(n, features, classes, binary):
    """Makes the data set that DATA_RULE describes; gives the bytes, x and y."""
    i = np.arange(n, dtype=np.uint32)
    j = np.arange(features, dtype=np.uint32)[None, :]
    label = mix(i ^ np.uint32(0x9E3779B9)) % np.uint32(classes)
    noise = mix(i[:, None] * np.uint32(features) + j) & np.uint32(255)
    pattern = mix(np.uint32(0x51ED270B) + label[:, None] * np.uint32(features) + j) & np.uint32(255)
    raw = ((np.uint32(3) * noise + pattern) >> np.uint32(2)).astype(np.uint8)
    x = raw.astype(np.float32) / np.float32(255)
    y = (label % 2).astype(np.float32)[:, None] if binary else label.astype(np.int32)
    return raw, x, y


def seed_model():
    return keras.Sequential([
        layers.Input((784,)),
        layers.Dense(32, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ])


def seed_model_without_dropout():
    return keras.Sequential([
        layers.Input((784,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])


def normal_uniform_model():
    return keras.Sequential([
        layers.Input((64,)),
        layers.Dense(16, activation="tanh", kernel_initializer="random_normal"),
        layers.Dense(12, activation="relu", kernel_initializer="random_uniform",
                     bias_initializer="ones"),
        layers.Dense(4, activation="softmax"),
    ])


def two_dropouts_model():
    inputs = keras.Input((64,))
    h = layers.Dense(24, activation="relu")(inputs)
    h = layers.Dropout(0.3)(h)
    h = layers.Dense(16, activation="relu")(h)
    h = layers.Dropout(0.5)(h)
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(h))


RUNS = {
    "seed_dropout": dict(
        seed=42, build=seed_model, data=dict(n=1000, features=784, classes=10, binary=False),
        compile=dict(optimizer="rmsprop", loss="sparse_categorical_crossentropy",
                     metrics=["accuracy"]),
        fit=dict(epochs=5, batch_size=32, shuffle=True)),
    "seed_plain": dict(
        seed=42, build=seed_model_without_dropout,
        data=dict(n=1000, features=784, classes=10, binary=False),
        compile=dict(optimizer="rmsprop", loss="sparse_categorical_crossentropy",
                     metrics=["accuracy"]),
        fit=dict(epochs=5, batch_size=32, shuffle=True)),
    "normal_uniform_adam_class_weight": dict(
        seed=7, build=normal_uniform_model,
        data=dict(n=600, features=64, classes=4, binary=False),
        compile=dict(optimizer=lambda: keras.optimizers.Adam(0.005),
                     loss="sparse_categorical_crossentropy", metrics=["accuracy"],
                     weighted_metrics=["accuracy"]),
        fit=dict(epochs=5, batch_size=32, shuffle=True, validation_split=0.2,
                 class_weight={0: 1.0, 1: 0.5, 2: 2.0, 3: 1.5})),
    "functional_two_dropouts": dict(
        seed=1337, build=two_dropouts_model,
        data=dict(n=500, features=64, classes=2, binary=True),
        compile=dict(optimizer=lambda: keras.optimizers.SGD(0.1, momentum=0.9),
                     loss="binary_crossentropy", metrics=["accuracy"]),
        fit=dict(epochs=5, batch_size=32, shuffle=True, validation_split=0.1)),
}


class Recorder(keras.callbacks.Callback):
    """Keeps the weights after the first epoch and after the first batches."""

    def __init__(self):
        super().__init__()
        self.epoch_weights = []
        self.batch_losses = []

    def on_train_batch_end(self, batch, logs=None):
        if len(self.batch_losses) < 32:
            self.batch_losses.append(float(logs["loss"]))

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 0:
            self.epoch_weights = [np.asarray(w) for w in self.model.get_weights()]


def run_one(name, spec, first):
    keras.backend.clear_session()
    keras.utils.set_random_seed(spec["seed"])
    model = spec["build"]()
    if first:
        model.set_weights(to_floatx(first["initial"]))
    initial = [np.asarray(w) for w in model.get_weights()]
    config = keras.saving.serialize_keras_object(model)
    compiled = dict(spec["compile"])
    if callable(compiled["optimizer"]):
        compiled["optimizer"] = compiled["optimizer"]()
    model.compile(**compiled)
    compiled["optimizer"] = keras.saving.serialize_keras_object(model.optimizer)
    seeds = drawn_seeds(model)
    raw, x, y = make_data(**spec["data"])
    x, y = to_floatx(x), to_floatx(y)
    recorder = Recorder()
    with permutations_drawn() as permutations:
        history = model.fit(x, y, verbose=0, callbacks=[recorder], **spec["fit"])
    return {
        "name": name,
        "data_rule": DATA_RULE,
        "versions": versions(),
        "set_random_seed": spec["seed"],
        "config": config,
        "compile": compiled,
        "data": spec["data"],
        "raw": raw,
        "label": y,
        "fit": spec["fit"],
        "initial": initial,
        "paths": [v.path for v in model.weights],
        "drawn_seeds": seeds,
        "permutations": permutations,
        "history": {k: [float(v) for v in vs] for k, vs in history.history.items()},
        "first_losses": recorder.batch_losses,
        "weights_after_epoch_1": recorder.epoch_weights,
        "final_weights": [np.asarray(w) for w in model.get_weights()],
        "seed_states": [np.asarray(v) for v in model.non_trainable_variables
                        if "seed_generator" in v.path],
        "evaluate": floats_of(model.evaluate(x, y, verbose=0, return_dict=True)),
        "predict": np.asarray(model.predict(x[:8], verbose=0)),
    }


def drawn_seeds(model):
    """Gives the seeds that the layers drew when they were made, before anything was drawn."""
    result = []
    for layer in model.layers:
        initializer = getattr(layer, "kernel_initializer", None)
        if getattr(initializer, "seed", None) is not None:
            result.append([layer.name, initializer.seed])
        if isinstance(layer, layers.Dropout):
            result.append([layer.name, int(np.asarray(layer.seed_generator.state)[0])])
    return result


class OrderReader(keras.callbacks.Callback):
    """Reads the order of the rows from the loss, which is the row's number."""

    def __init__(self):
        super().__init__()
        self.orders = []

    def on_epoch_begin(self, epoch, logs=None):
        self.sums = [0.0]

    def on_train_batch_end(self, batch, logs=None):
        self.sums.append(float(logs["loss"]) * (batch + 1))

    def on_epoch_end(self, epoch, logs=None):
        self.orders.append([int(round(v)) for v in np.diff(self.sums)])


SHUFFLES = [
    dict(n=12, fits=[dict(epochs=3)]),
    dict(n=12, fits=[dict(epochs=2), dict(epochs=2)]),
    dict(n=12, fits=[dict(epochs=2, validation_split=0.25), dict(epochs=1)]),
    dict(n=12, fits=[dict(epochs=2, shuffle=False), dict(epochs=2)]),
    dict(n=12, fits=[dict(epochs=3, steps_per_epoch=4)]),
    dict(n=12, fits=[dict(epochs=3, steps_per_epoch=5)]),
    dict(n=12, fits=[dict(initial_epoch=2, epochs=4)]),
]


def shuffle_case(n, fits):
    """Records the row order of every epoch: the rows' numbers are the data, the rate is zero."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(42)
    model = keras.Sequential([
        layers.Input((1,)), layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(0.0), loss=lambda y_true, y_pred: y_pred)
    reader = OrderReader()
    x = np.arange(n, dtype=np.float32)[:, None]
    for kwargs in fits:
        model.fit(x, x, batch_size=1, verbose=0, callbacks=[reader], **kwargs)
    return {"set_random_seed": 42, "n": n, "batch_size": 1, "fits": fits,
            "epoch_orders": reader.orders}


def run(pattern, first):
    if keras.config.floatx() == "float64":
        draw_in_float32()
    results = {}
    for name, spec in RUNS.items():
        if re.search(pattern, name):
            results[name] = run_one(name, spec, first and first[name])
            print(f"   {keras.config.floatx()} {name}: {results[name]['evaluate']}", flush=True)
    if re.search(pattern, "shuffle") and not first:
        results["shuffle"] = {"kind": "shuffle", "name": "shuffle", "versions": versions(),
                              "cases": [shuffle_case(**s) for s in SHUFFLES]}
    return results
