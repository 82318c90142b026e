#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does in Keras on JAX what examples/k_fold.cpp does, for several seeds.

    KERAS_BACKEND=jax python bench/k_fold_keras.py boston_housing.npz FIRST_SEED LAST_SEED

The step is Keras' own `train_step`, which `fit` compiles; a scan over the epoch's rows takes the
place of its loop, which needs half an hour for ten seeds. Prints the MAE of each fold and their
mean.
"""

import sys

import jax
import keras
import numpy as np

EPOCHS, FOLDS = 100, 4


def load(path):
    """Returns the training rows as keras.datasets.boston_housing has them, each feature scaled."""
    with np.load(path) as file:
        x, y = file["x"], file["y"]
    order = np.arange(len(x))
    np.random.RandomState(seed=113).shuffle(order)
    x, y = x[order], y[order]
    count = int(len(x) * 0.8)
    x, y = x[:count], y[:count]
    return ((x - x.mean(0)) / x.std(0)).astype("float32"), y.astype("float32")


def built(x, y):
    model = keras.Sequential([keras.layers.Input((13,)),
                              keras.layers.Dense(64, activation="relu"),
                              keras.layers.Dense(64, activation="relu"),
                              keras.layers.Dense(1)])
    model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
    model.optimizer.build(model.trainable_variables)
    model._symbolic_build(data_batch=(x, y))
    return model


def fold_error(x, y, fold, random):
    size = len(x) // FOLDS
    held = np.arange(fold * size, (fold + 1) * size)
    rest = np.setdiff1d(np.arange(len(x)), held)
    model = built(x[rest[:1]], y[rest[:1]])

    def step(state, data):
        logs, state = model.train_step(state, data)
        return tuple(list(part) for part in state), logs["loss"]

    epoch = jax.jit(lambda state, a, b: jax.lax.scan(step, state, (a[:, None, :], b[:, None]))[0])
    state = tuple([variable.value for variable in part] for part in
                  (model.trainable_variables, model.non_trainable_variables,
                   model.optimizer.variables, model.metrics_variables))
    for _ in range(EPOCHS):
        order = rest[random.permutation(len(rest))]
        state = epoch(state, x[order], y[order])
    for variable, value in zip(model.trainable_variables, state[0]):
        variable.assign(value)
    return float(np.mean(np.abs(np.asarray(model(x[held]))[:, 0] - y[held])))


def main():
    x, y = load(sys.argv[1])
    means = []
    for seed in range(int(sys.argv[2]), int(sys.argv[3]) + 1):
        keras.backend.clear_session()
        keras.utils.set_random_seed(seed)
        random = np.random.default_rng(seed)
        errors = [fold_error(x, y, fold, random) for fold in range(FOLDS)]
        means.append(np.mean(errors))
        print(seed, [round(error, 3) for error in errors], round(means[-1], 3), flush=True)
    if len(means) > 1:
        print(f"mean {np.mean(means):.3f}, deviation {np.std(means, ddof=1):.3f}")


if __name__ == "__main__":
    main()
