# SPDX-License-Identifier: Apache-2.0
"""Metrics over several update_state calls, and what the string 'accuracy' means for each shape."""

import os
import re

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import metrics
from keras.src.trainers.compile_utils import CompileMetrics

from . import metrics_cases, metrics_edges
from .losses_inputs import binary, categorical, regression
from .metrics_cases import class_of
from .pack import Pack, rng_of, versions


def ties(i):
    """Predictions in which the greatest value occurs more than once."""
    p = np.array([[0.4, 0.4, 0.2], [0.2, 0.4, 0.4], [1 / 3, 1 / 3, 1 / 3], [0.0, 0.0, 0.0]],
                 np.float32)
    return [(np.eye(3, dtype=np.float32)[[c] * 4], p, i.uniform(0, 1, 4).astype(np.float32))
            for c in (0, 1, 2)]


def accuracy_inputs(name):
    i = rng_of("metrics/" + name)

    def labels(*shape, dtype="float32"):
        return i.integers(0, 3, shape).astype(dtype)

    w = lambda *s: i.uniform(0, 2, s).astype(np.float32)  # noqa: E731
    return [
        (labels(6), labels(6), None), (labels(6, 1), labels(6, 1), None),
        (labels(6, 2), labels(6, 2), None), (labels(6, 2), labels(6, 2), w(6)),
        (labels(6, 2), labels(6, 2), w(6, 1)), (labels(6), labels(6, 1), None),
        (labels(6, 1), labels(6), w(6)), (labels(6, dtype="int32"), labels(6, dtype="int32"), None),
        (labels(6, dtype="int64"), labels(6), w(6)), (labels(4, 3, 2), labels(4, 3, 2), w(4)),
        (labels(4, 3, 2), labels(4, 3, 2), w(4, 3)), (labels(5, dtype="uint8"), labels(5), None),
    ]


def binary_inputs(name):
    edge = np.array([0.0, 0.5, 0.50000006, 0.49999997, 1.0, 0.3], np.float32)
    return binary(name, False) + [
        (np.array([0, 0, 1, 0, 1, 1], np.float32), edge, None),
        (np.array([[0], [1], [1], [0], [1], [1]], "int32"), edge[:, None], None),
    ]


def mean_inputs(name):
    i = rng_of("metrics/" + name)
    n = lambda *s: i.standard_normal(s).astype(np.float32)  # noqa: E731
    w = lambda *s: i.uniform(0, 2, s).astype(np.float32)  # noqa: E731
    return [
        (n(), None), (n(5), None), (n(5), w(5)), (n(4, 3), None), (n(4, 3), w(4)),
        (n(4, 3), w(4, 1)), (n(4, 3), w(4, 3)), (n(2, 3, 4), w(2)), (n(2, 3, 4), w(2, 3)),
        (n(5), np.zeros(5, np.float32)), (n(3), np.float32(2.5)), (n(1), None),
        (i.integers(0, 9, 5).astype("int32"), None), (i.integers(0, 2, 5).astype(bool), None),
    ]


def families():
    b = binary_inputs
    t = ties(rng_of("metrics/ties"))
    sparse_ties = [(np.argmax(y, -1).astype("int32"), p, w) for y, p, w in t]
    return [
        ("Accuracy", [{}], accuracy_inputs("Accuracy")),
        ("BinaryAccuracy", [{}, {"threshold": 0.3}, {"threshold": 0.0}], b("m_bin")),
        ("CategoricalAccuracy", [{}], categorical("m_cat", False, False) + t),
        ("SparseCategoricalAccuracy", [{}], categorical("m_sparse", False, True) + sparse_ties),
        ("MeanSquaredError", [{}, {"name": "squares"}], regression("m_mse")),
        ("MeanAbsoluteError", [{}, {"name": "off"}], regression("m_mae")),
        ("Mean", [{}, {"name": "average"}], mean_inputs("Mean")),
        *metrics_cases.families(),
    ]


def put_update(pack, update):
    names = ("values", "sample_weight") if len(update) == 2 else ("y_true", "y_pred",
                                                                  "sample_weight")
    return {n: None if a is None else pack.put(n, a) for n, a in zip(names, update)}


def compiled_update(metric, update):
    """Updates a metric in a jitted function, as fit does."""
    given = [a for a in update if a is not None]
    if not metric.variables:
        metric.update_state(*given)  # makes the variables
        metric.reset_state()

    def function(state, arguments):
        state = metric.stateless_update_state(state, *arguments)
        return state

    state = jax.jit(function)([v.value for v in metric.variables], given)
    for variable, value in zip(metric.variables, state):
        variable.assign(value)


def run_updates(pack, metric, updates, compiled=False):
    """Updates one metric object with each input in turn; the result after each is recorded."""
    config = keras.saving.serialize_keras_object(metric)
    steps = []
    for update in updates:
        if compiled:
            compiled_update(metric, update)
        else:
            metric.update_state(*(None if a is None else jnp.asarray(a) for a in update))
        steps.append({**put_update(pack, update),
                      "result": pack.put("r", np.asarray(metric.result()))})
    variables = [pack.put("v", np.asarray(v)) for v in metric.variables]
    metric.reset_state()
    return {
        "object": config,
        "updates": steps,
        "variables": variables,
        "after_reset": pack.put("r", np.asarray(metric.result())),
    }


FUNCTIONS = {
    "BinaryAccuracy": "binary_accuracy",
    "CategoricalAccuracy": "categorical_accuracy",
    "SparseCategoricalAccuracy": "sparse_categorical_accuracy",
    "MeanSquaredError": "mean_squared_error",
    "MeanAbsoluteError": "mean_absolute_error",
    **metrics_cases.FUNCTIONS,
}


def function_case(pack, name, update):
    function = getattr(metrics, name)
    value = function(*(jnp.asarray(a) for a in update[:2]))
    return {"function": name, "kwargs": {}, "y_true": pack.put("y_true", update[0]),
            "y_pred": pack.put("y_pred", update[1]), "output": pack.put("out", np.asarray(value))}


def family_cases(pack, name, variants, inputs):
    cases = []
    for arguments in variants:
        keras.backend.clear_session()
        build = lambda: getattr(metrics, class_of(name))(**arguments)  # noqa: B023, E731
        compiled = name in metrics_cases.NAMES
        for update in inputs:
            cases.append(run_updates(pack, build(), [update], compiled))
        if name in metrics_cases.BUILT_LATE:
            cases.append(run_updates(pack, build(), inputs[1:3], compiled))
            continue
        cases.append(run_updates(pack, build(), inputs[:6], compiled))
        if not compiled:
            cases.append(run_updates(pack, build(), inputs[::-2]))
        cases.append(run_updates(pack, build(), []))
    if name in FUNCTIONS:
        cases += [function_case(pack, FUNCTIONS[name], u) for u in inputs if u[2] is None]
    return cases


def edge_cases(pack, name):
    cases = []
    for arguments, updates in metrics_edges.cases_of(name):
        keras.backend.clear_session()
        metric = getattr(metrics, class_of(name))(**arguments)
        written = metric.get_config()
        if set(arguments) - set(written):  # an argument that Keras does not write
            metric = getattr(metrics, class_of(name))(
                **{k: v for k, v in arguments.items() if k in written})
        cases.append(run_updates(pack, metric, updates))
    return cases


RESOLVED = [((6, 1), (6, 1)), ((6,), (6, 1)), ((6, 1), (6,)), ((6,), (6,)), ((6, 3), (6, 3)),
            ((6,), (6, 3)), ((6, 1), (6, 3)), ((6, 2), (6, 2)), ((4, 5), (4, 5, 3)),
            ((4, 5, 1), (4, 5, 3)), ((4, 5, 3), (4, 5, 3)), ((4, 5, 1), (4, 5, 1)),
            ((4, 5), (4, 5, 1)), ((4, 5), (4, 5))]


def resolution_cases(pack):
    """Compiles the string as a metric and records which class it becomes for which shapes."""
    rng = rng_of("metrics/resolution")
    cases = []
    for string in ("accuracy", "acc", "Accuracy", "crossentropy", "ce", "mse", "MAE"):
        for true_shape, pred_shape in RESOLVED if string == "accuracy" else RESOLVED[:9]:
            classes = pred_shape[-1] if pred_shape[-1] > 1 else 2
            y_true = rng.integers(0, min(classes, 2), true_shape).astype(np.float32)
            y_pred = rng.uniform(0.05, 1, pred_shape).astype(np.float32)
            keras.backend.clear_session()
            try:
                compiled = CompileMetrics([string], None)
                compiled.build(jnp.asarray(y_true), jnp.asarray(y_pred))
                compiled.update_state(jnp.asarray(y_true), jnp.asarray(y_pred), None)
                result = {k: float(v) for k, v in compiled.result().items()}
            except Exception as error:
                cases.append({"string": string, "y_true": pack.put("y_true", y_true),
                              "y_pred": pack.put("y_pred", y_pred),
                              "raises": type(error).__name__})
                continue
            metric = compiled.metrics[0]
            cases.append({
                "string": string,
                "y_true": pack.put("y_true", y_true),
                "y_pred": pack.put("y_pred", y_pred),
                "class": type(metric).__name__,
                "function": getattr(getattr(metric, "_fn", None), "__name__", None),
                "result": result,
            })
    return cases


def make(out, pattern):
    total = count = 0
    work = [(n, lambda p, n=n, v=v, i=i: family_cases(p, n, v, i)) for n, v, i in families()]
    work += [(n + "_edges", lambda p, n=n: edge_cases(p, n)) for n in metrics_edges.METRICS]
    for name, cases_of in [*work, ("string_resolution", resolution_cases)]:
        if not re.search(pattern, name):
            continue
        pack = Pack()
        cases = cases_of(pack)
        case = {"kind": "metrics", "name": name, "versions": versions(), "cases": cases}
        total += pack.write(os.path.join(out, "metrics", name + ".npz"), case)
        count += len(cases)
    print(f"   {count} cases of metrics, {total} bytes")
