# SPDX-License-Identifier: Apache-2.0
"""Models in half precision: forward, 20 steps and fit, beside the same models in float64."""

import contextlib
import re

import keras
import numpy as np
from keras import layers

from . import models
from .model_case import Case, Draw

CASES = {}


def case(*policies):
    """Registers a case under each of these policies; a float64 run has that one in their place."""
    def register(function):
        for policy in policies:
            CASES[f"{function.__name__}_{policy}"] = (policy, function)
        return function
    return register


def here(policy):
    """The policy in this process: the half one, or float64."""
    return "float64" if keras.config.floatx() == "float64" else policy


@contextlib.contextmanager
def global_policy(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(here(policy))
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


@case("mixed_float16", "mixed_bfloat16", "float16", "bfloat16")
def dense():
    d = Draw("mixed_dense")
    model = keras.Sequential([
        layers.Input((12,)), layers.Dense(16, "relu"), layers.Dense(12, "tanh"),
        layers.Dense(5, "softmax")])
    return Case(model, d.normal(24, 12), d.integers(0, 5, 24), "sparse_categorical_crossentropy",
                metrics=["accuracy"], fits=[{"validation_split": 0.25}])


@case("mixed_float16")
def batch_normalization():
    d = Draw("mixed_batch_normalization")
    model = keras.Sequential([
        layers.Input((10,)), layers.Dense(16), layers.BatchNormalization(momentum=0.8),
        layers.ReLU(), layers.Dense(4), layers.BatchNormalization(scale=False), layers.Dense(2)])
    return Case(model, d.normal(24, 10), d.normal(24, 2), "mse", metrics=["mae"],
                fits=[{"batch_size": 8}])


@case("mixed_bfloat16")
def normalizations():
    d = Draw("mixed_normalizations")
    x = layers.Input((6, 8))
    y = layers.LayerNormalization()(x)
    y = layers.Dense(8, "gelu")(y)
    y = layers.add([x, layers.GroupNormalization(4)(y)])
    y = layers.RMSNormalization()(layers.Dense(8, "silu")(y))
    y = layers.UnitNormalization()(layers.Flatten()(y))
    return Case(keras.Model(x, layers.Dense(3)(y)), d.normal(20, 6, 8), d.one_hot(3, 20),
                keras.losses.CategoricalCrossentropy(from_logits=True), fits=[{}])


@case("mixed_float16")
def embedding():
    d = Draw("mixed_embedding")
    model = keras.Sequential([
        layers.Input((7,), dtype="int32"), layers.Embedding(20, 8),
        layers.TimeDistributed(layers.Dense(6, "elu")), layers.Flatten(),
        layers.Dense(1, "sigmoid")])
    return Case(model, d.integers(0, 20, 24, 7), d.binary(24, 1), "binary_crossentropy",
                metrics=["accuracy"], fits=[{"class_weight": {0: 0.5, 1: 2.0}}])


@case("mixed_float16")
def dropout():
    d = Draw("mixed_dropout")
    model = keras.Sequential([
        layers.Input((16,)), layers.Dense(24, "relu"), layers.Dropout(0.3, seed=5),
        layers.Dense(12, "relu"), layers.Dropout(0.5, seed=6), layers.Dense(1)])
    return Case(model, d.normal(24, 16), d.normal(24, 1), "mse", metrics=["mae"], fits=[{}])


@case("mixed_float16")
def head_in_float32():
    d = Draw("mixed_head_in_float32")
    a, b = layers.Input((6,), name="a"), layers.Input((6,), name="b")
    shared = layers.Dense(8, "softplus")
    y = layers.concatenate([shared(a), shared(b)])
    outputs = {
        "p": layers.Activation("softmax", dtype=here("float32"), name="p")(layers.Dense(4)(y)),
        "q": layers.Dense(1, dtype=here("bfloat16"), name="q")(
            layers.multiply([shared(a), b[:, :1]]))}
    return Case(keras.Model({"a": a, "b": b}, outputs),
                {"a": d.normal(20, 6), "b": d.normal(20, 6)},
                {"p": d.one_hot(4, 20), "q": d.normal(20, 1)},
                {"p": "categorical_crossentropy", "q": "mae"}, loss_weights={"p": 1.0, "q": 0.5},
                metrics={"p": ["accuracy"], "q": ["mse"]}, fits=[{}])


@case("mixed_float16")
def regularized():
    d = Draw("mixed_regularized")
    model = keras.Sequential([
        layers.Input((9,)),
        layers.Dense(12, "leaky_relu", kernel_regularizer="l2",
                     kernel_constraint=keras.constraints.MaxNorm(1.5)),
        layers.Dense(6, "selu", activity_regularizer=keras.regularizers.L1(0.01)),
        layers.ActivityRegularization(l2=0.01), layers.Dense(2)])
    return Case(model, d.normal(20, 9), d.normal(20, 2), "huber",
                sample_weight=d.uniform(20, low=0.5, high=1.5), fits=[{}])


@case("mixed_float16")
def overflows():
    d = Draw("mixed_overflows")
    model = keras.Sequential([layers.Input((8,)), layers.Dense(8, "relu"), layers.Dense(1)])
    return Case(model, d.normal(16, 8, scale=40.0), d.normal(16, 1, scale=100.0), "mse",
                rate_factor=0.001, fits=[],
                note="the first losses are so large that scaled gradients are infinite")


def optimizers_of(policy, name):
    # Adam's epsilon is 0 in float16, and it magnifies gradients that are rounding alone.
    if policy == "float16" or name.startswith(
            ("overflows", "normalizations", "head", "batch")):
        return ["sgd_momentum"]
    return ["adam"] if policy == "mixed_float16" else ["sgd_momentum", "adam"]


class MixedRunner(models.Runner):
    """Runs a case under its policy. In float64 it leaves out the steps that overflow in half."""

    def __init__(self, name, first):
        self.policy, function = CASES[name]
        self.fitting = False

        def under_policy():
            with global_policy(self.policy):
                return function()

        models.CASES[name] = under_policy
        super().__init__(name, first)
        self.first = first
        if first:
            self.initial = [w if w.dtype == np.float32 else w.astype(np.float64)
                            for w in map(np.asarray, self.initial)]
        else:  # as the dtype of the weights holds them
            self.initial = [abs(w) + 0.25 if v.name == "moving_variance" else w
                            for v, w in zip(self.model.weights, self.initial)]
            self.model.set_weights(self.initial)
            self.initial = [np.asarray(w) for w in self.model.get_weights()]
        self.case.train = optimizers_of(self.policy, name)
        for number, fit in enumerate(self.case.fits):
            fit["optimizer"] = self.case.train[(number + len(name)) % len(self.case.train)]

    def reset(self, optimizer):
        super().reset(optimizer)
        for layer in self.model._flatten_layers():
            if isinstance(layer, layers.Dropout):
                layer.seed_generator.state.assign(
                    keras.random.SeedGenerator(layer.seed).state.value)

    def step(self, skipped):
        """Trains on the batch; a skipped step changes statistics alone."""
        held = [*self.model.trainable_variables, *self.model.optimizer.variables]
        before = [np.asarray(v) for v in held]
        logs = self.model.train_on_batch(self.x, self.y, self.sample_weight, return_dict=True)
        if skipped:
            for variable, value in zip(held, before):
                variable.assign(value)
        return logs

    def fit(self):
        self.fitting = True
        return super().fit()

    def make_optimizer(self, name):
        optimizer = super().make_optimizer(name)
        if not self.fitting or here(self.policy) != "mixed_float16":
            return optimizer
        # No step of a fit overflows, as float64 could not leave it out.
        return keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=16.0)

    def train(self):
        return [self.train_one(name, number) for number, name in enumerate(self.case.train)]

    def train_one(self, name, number):
        inner = self.make_optimizer(name)
        self.reset(inner)
        skipped = self.first["train"][number]["skipped"] if self.first else []
        losses, counts = [], [0]
        for step in range(self.case.steps):
            logs = self.step(step in skipped)
            losses.append(logs["loss"])
            counts.append(int(self.model.optimizer.iterations))
        return {
            "name": name,
            "optimizer": keras.saving.serialize_keras_object(inner),
            "trained_by": keras.saving.serialize_keras_object(self.model.optimizer),
            "steps": self.case.steps,
            "skipped": [step for step in range(self.case.steps)
                        if counts[step] == counts[step + 1]],
            "losses": np.array(losses, keras.config.floatx()),
            "logs": models.floats_of(logs),
            "final_weights": [np.asarray(w) for w in self.model.get_weights()],
            "optimizer_variables": [np.asarray(v) for v in self.model.optimizer.variables],
            "optimizer_paths": [v.path for v in self.model.optimizer.variables],
        }


def run(pattern, first):
    if keras.config.floatx() == "float64":
        from .draws import draw_in_float32

        draw_in_float32()
    results = {}
    for name in CASES:
        if not re.search(pattern, name) or (first and name not in first["results"]):
            continue
        runner = MixedRunner(name, first and first["results"][name])
        result = {"config": keras.saving.serialize_keras_object(runner.model),
                  "policy": runner.policy, **runner.describe(), **runner.gradients()}
        result["train"] = runner.train()
        result["fit"] = runner.fit()
        problem = models.divergence(result)
        assert not problem, f"{name} diverges: {problem}"
        results[name] = result
        skips = [len(training["skipped"]) for training in result["train"]]
        print(f"   {keras.config.floatx()} {name}: loss {result['loss_value']:.6g}, left out "
              f"{skips}", flush=True)
    return {"results": results, "failures": []}
