# SPDX-License-Identifier: Apache-2.0
"""What one model case is, and the list that the files model_cases_*.py fill."""

import dataclasses
from typing import Any, Callable

import keras
import numpy as np

from .pack import rng_of


@dataclasses.dataclass
class Case:
    """One model, its data and how it is compiled and fitted."""

    model: Any
    x: Any
    y: Any
    loss: Any = None
    sample_weight: Any = None
    loss_weights: Any = None
    metrics: Any = None
    weighted_metrics: Any = None
    # Each: {"optimizer": ..., plus fit's keyword arguments}; arrays in them are kept as arrays.
    fits: list = dataclasses.field(default_factory=lambda: [{}])
    # "random": made here from the name. "initializer": as the seeds in the config give them.
    weights: str = "random"
    # Factors on the kernels of the named layers, to reach large logits.
    scale: dict = dataclasses.field(default_factory=dict)
    # The names of the optimizers to train with (see OPTIMIZERS), or None for all.
    train: Any = None
    steps: int = 20
    # The rate of every optimizer, where the usual one would make the losses explode.
    rate_factor: float = 1.0
    note: str = ""


CASES: dict[str, Callable[[], Case]] = {}


def case(function):
    """Registers a function that builds a Case under its own name."""
    assert function.__name__ not in CASES, function.__name__
    CASES[function.__name__] = function
    return function


def optimizers(factor=1.0):
    """Gives fresh optimizers, each under the name the golden files use."""
    o = keras.optimizers
    return {
        "sgd": o.SGD(0.05 * factor),
        "sgd_momentum": o.SGD(0.05 * factor, momentum=0.9),
        "sgd_nesterov": o.SGD(0.05 * factor, momentum=0.9, nesterov=True),
        "rmsprop": o.RMSprop(0.01 * factor),
        "rmsprop_momentum_centered": o.RMSprop(0.01 * factor, momentum=0.9, centered=True),
        "adam": o.Adam(0.01 * factor),
        "adam_amsgrad": o.Adam(0.01 * factor, amsgrad=True),
    }


class Draw:
    """Random inputs of one case; the same in every run."""

    def __init__(self, name):
        self.rng = rng_of(name)

    def normal(self, *shape, scale=1.0):
        return (self.rng.standard_normal(shape) * scale).astype(np.float32)

    def uniform(self, *shape, low=0.0, high=1.0):
        return self.rng.uniform(low, high, shape).astype(np.float32)

    def integers(self, low, high, *shape, dtype="int32"):
        return self.rng.integers(low, high, shape).astype(dtype)

    def one_hot(self, classes, *shape):
        return np.eye(classes, dtype=np.float32)[self.rng.integers(0, classes, shape)]

    def binary(self, *shape):
        return self.rng.integers(0, 2, shape).astype(np.float32)
