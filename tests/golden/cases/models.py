# SPDX-License-Identifier: Apache-2.0
"""Runs every model case once in the floatx of this process and returns plain values."""

import re

import jax
import jax.numpy as jnp
import keras
import numpy as np

from . import model_cases_functional  # noqa: F401  fills CASES
from . import model_cases_losses  # noqa: F401
from . import model_cases_metrics  # noqa: F401
from . import model_cases_sequential  # noqa: F401
from .model_case import CASES, optimizers
from .pack import map_tree, rng_of, versions


def to_floatx(tree):
    """Casts the float32 arrays of a nest to the floatx of the process."""

    def cast(leaf):
        if isinstance(leaf, np.ndarray) and leaf.dtype == np.float32:
            return leaf.astype(keras.config.floatx())
        return leaf

    return map_tree(cast, tree)


def to_numpy(tree):
    return map_tree(np.asarray, tree)


def to_jax(tree):
    return map_tree(jnp.asarray, tree)


def leaves_of(tree):
    """Gives the leaves of a nest in the order in which map_tree visits them."""
    leaves = []
    map_tree(leaves.append, tree)
    return leaves


def random_weights(name, case):
    """Draws weights of a sensible size for every variable of the model."""
    rng = rng_of(name + "/weights")
    result = []
    for variable in case.model.weights:
        shape = tuple(variable.shape)
        if "seed_generator" in variable.path:
            result.append(np.asarray(variable))
            continue
        fan_in = shape[0] if len(shape) > 1 else 100.0
        value = rng.standard_normal(shape) * (fan_in**-0.5)
        for part, factor in case.scale.items():
            if part in variable.path:
                value = value * factor
        result.append(value.astype(np.float32))
    return result


def serialized(thing):
    """Serializes loss and metric objects inside lists and dicts; strings stay as they are."""
    if isinstance(thing, dict):
        return {k: serialized(v) for k, v in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [serialized(v) for v in thing]
    if thing is None or isinstance(thing, (str, int, float)):
        return thing
    return keras.saving.serialize_keras_object(thing)


class Runner:
    def __init__(self, name, first):
        keras.backend.clear_session()
        keras.utils.set_random_seed(1)
        self.name = name
        self.case = CASES[name]()
        case = self.case
        self.model = case.model
        self.x, self.y = to_floatx(case.x), to_floatx(case.y)
        self.sample_weight = to_floatx(case.sample_weight)
        if not self.model.built:
            self.model(to_jax(self.x))
        if first:
            self.initial = first["weights"]
        elif case.weights == "random":
            self.initial = random_weights(name, case)
        else:
            self.initial = [np.asarray(w) for w in self.model.get_weights()]
        # Two optimizers of a case must not differ in their automatic names.
        self.rate_factor = case.rate_factor

    def reset(self, optimizer):
        self.model.set_weights(to_floatx(self.initial))
        keras.backend.clear_session()
        case = self.case
        self.model.compile(
            optimizer=optimizer,
            loss=case.loss,
            loss_weights=case.loss_weights,
            metrics=_fresh(case.metrics),
            weighted_metrics=_fresh(case.weighted_metrics),
        )

    def make_optimizer(self, name):
        keras.backend.clear_session()
        return optimizers(self.rate_factor)[name]

    def describe(self):
        model, case = self.model, self.case
        self.reset(self.make_optimizer("sgd"))
        trainable = {id(v) for v in model.trainable_variables}
        index = {id(v): i for i, v in enumerate(model.weights)}
        return {
            "name": self.name,
            "note": case.note,
            "versions": versions(),
            "weights": self.initial,
            "weights_from": case.weights,
            "weight_info": [
                {"path": v.path, "trainable": id(v) in trainable} for v in model.weights
            ],
            "trainable": [index[id(v)] for v in model.trainable_variables],
            "x": case.x,
            "y": case.y,
            "sample_weight": case.sample_weight,
            "loss": serialized(case.loss),
            "loss_weights": case.loss_weights,
            "metrics": serialized(case.metrics),
            "weighted_metrics": serialized(case.weighted_metrics),
            "compile_config": model.get_compile_config(),
        }

    def gradients(self):
        """Forward pass, loss and every gradient at the initial weights."""
        model = self.model
        self.reset(self.make_optimizer("sgd"))
        model._symbolic_build(data_batch=(self.x, self.y, self.sample_weight))
        leaves = leaves_of(self.x)
        is_float = [np.issubdtype(leaf.dtype, np.floating) for leaf in leaves]
        y, sample_weight = to_jax(self.y), to_jax(self.sample_weight)
        trainable = [v.value for v in model.trainable_variables]
        rest = [v.value for v in model.non_trainable_variables]
        metrics = [v.value for v in model.metrics_variables]

        def loss_of(variables, floats):
            floats = iter(floats)
            ready = iter([next(floats) if f else jnp.asarray(v) for f, v in zip(is_float, leaves)])
            x = map_tree(lambda _: next(ready), self.x)
            return model.compute_loss_and_updates(
                variables, rest, metrics, x, y, sample_weight, training=False)[0]

        floats = [jnp.asarray(v) for f, v in zip(is_float, leaves) if f]
        loss, (by_weight, by_input) = jax.jit(jax.value_and_grad(loss_of, argnums=(0, 1)))(
            trainable, floats)
        by_input = iter(by_input)
        by_leaf = iter([np.asarray(next(by_input)) if f else None for f in is_float])
        outputs = model(to_jax(self.x), training=False)
        return {
            "outputs": to_numpy(outputs),
            "loss_value": float(loss),
            "gradients": to_numpy(by_weight),
            "input_gradients": map_tree(lambda _: next(by_leaf), self.x),
            "test_on_batch": floats_of(model.test_on_batch(
                self.x, self.y, self.sample_weight, return_dict=True)),
        }

    def train(self):
        runs = []
        names = self.case.train
        for name in optimizers() if names is None else names:
            optimizer = self.make_optimizer(name)
            self.reset(optimizer)
            losses = []
            for _ in range(self.case.steps):
                logs = self.model.train_on_batch(
                    self.x, self.y, self.sample_weight, return_dict=True)
                losses.append(logs["loss"])
            runs.append({
                "name": name,
                "optimizer": keras.saving.serialize_keras_object(optimizer),
                "steps": self.case.steps,
                "losses": np.array(losses, keras.config.floatx()),
                "logs": floats_of(logs),
                "final_weights": [np.asarray(w) for w in self.model.get_weights()],
                "optimizer_variables": [np.asarray(v) for v in optimizer.variables],
                "optimizer_paths": [v.path for v in optimizer.variables],
            })
        return runs

    def fit(self):
        return [self.fit_one(dict(f), number) for number, f in enumerate(self.case.fits)]

    def fit_one(self, given, number):
        """One fit from the initial weights, then evaluate and predict with what it gave."""
        names = list(optimizers())
        name = given.pop("optimizer", names[(rng_of(self.name).integers(7) + number) % 7])
        optimizer = self.make_optimizer(name)
        self.reset(optimizer)
        data = {k: given.pop(k, v) for k, v in (("x", self.case.x), ("y", self.case.y))}
        kwargs = {"epochs": 2, "batch_size": 5, "shuffle": False, **given}
        if self.case.sample_weight is not None and "class_weight" not in kwargs:
            kwargs.setdefault("sample_weight", self.case.sample_weight)
        ready = to_floatx({**data, **kwargs})
        if isinstance(ready.get("validation_data"), list):
            ready["validation_data"] = tuple(ready["validation_data"])
        history = self.model.fit(**ready, verbose=0)
        weights = {k: ready[k] for k in ("sample_weight",) if k in ready}
        test = dict(x=ready["x"], y=ready["y"], batch_size=4, verbose=0, **weights)
        listed = self.model.evaluate(**test)
        return {
            "name": name,
            "optimizer": keras.saving.serialize_keras_object(optimizer),
            "data": data,
            "kwargs": kwargs,
            "epoch": list(history.epoch),
            "history": {k: [float(v) for v in values] for k, values in history.history.items()},
            "evaluate_list": floats_of(listed),
            "evaluate_dict": floats_of(self.model.evaluate(**test, return_dict=True)),
            "metrics_names": list(self.model.metrics_names),
            "predict": to_numpy(self.model.predict(ready["x"], batch_size=4, verbose=0)),
            "final_weights": [np.asarray(w) for w in self.model.get_weights()],
        }


def _fresh(metrics):
    """Copies metric objects, as one that was compiled before keeps its state."""
    if isinstance(metrics, dict):
        return {k: _fresh(v) for k, v in metrics.items()}
    if isinstance(metrics, (list, tuple)):
        return [_fresh(v) for v in metrics]
    if isinstance(metrics, keras.metrics.Metric):
        return type(metrics).from_config(metrics.get_config())
    return metrics


def floats_of(tree):
    return map_tree(float, tree)


def divergence(result):
    """Says which training of a case diverges, as such a case would test nothing but noise."""
    limit = 10.0 * abs(result["loss_value"]) + 1.0
    for training in result["train"]:
        if not np.all(np.abs(training["losses"]) < limit):
            return f"{training['name']}: {training['losses']}"
    for fit in result["fit"]:
        if not all(abs(v) < limit for v in fit["history"]["loss"]):
            return f"fit with {fit['name']}: {fit['history']['loss']}"
    return None


def run(pattern, first):
    """Runs the cases matching the pattern; `first` holds the float32 results in a float64 run."""
    results, failures = {}, []
    for name in CASES:
        if not re.search(pattern, name) or (first and name not in first["results"]):
            continue
        runner = Runner(name, first and first["results"][name])
        config = keras.saving.serialize_keras_object(runner.model)
        result = {"config": config, **runner.describe(), **runner.gradients()}
        for array in leaves_of([result["outputs"], result["gradients"]]):
            assert array.dtype == keras.config.floatx(), (name, array.dtype)
        result["train"] = runner.train()
        result["fit"] = runner.fit()
        problem = divergence(result)
        if problem:
            failures.append(f"{name} diverges: {problem}")
            print(f"   {failures[-1]}", flush=True)
        else:
            results[name] = result
        print(f"   {keras.config.floatx()} {name}: loss {result['loss_value']:.6g}", flush=True)
    return {"results": results, "failures": failures}
