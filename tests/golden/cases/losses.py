# SPDX-License-Identifier: Apache-2.0
"""Losses, as objects with each reduction and as functions, on plain and on awkward inputs."""

import inspect
import os
import re

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import losses
from keras.src.backend.common.masking import set_keras_mask

from . import losses_cases, losses_edges
from .losses_inputs import binary, categorical, regression
from .pack import Pack, versions
from .wide import wide_mode

REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"]


FAMILIES = [
    ("MeanSquaredError", {}, lambda: regression("mse")),
    ("MeanAbsoluteError", {}, lambda: regression("mae")),
    ("BinaryCrossentropy", {}, lambda: binary("bce", False)),
    ("BinaryCrossentropy", {"from_logits": True}, lambda: binary("bce_logits", True)),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, lambda: binary("bce_smooth", False)),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1},
     lambda: binary("bce_logits_smooth", True)),
    ("CategoricalCrossentropy", {}, lambda: categorical("cce", False, False)),
    ("CategoricalCrossentropy", {"from_logits": True},
     lambda: categorical("cce_logits", True, False)),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1},
     lambda: categorical("cce_smooth", False, False)),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.3},
     lambda: categorical("cce_logits_smooth", True, False)),
    ("SparseCategoricalCrossentropy", {}, lambda: categorical("scce", False, True)),
    ("SparseCategoricalCrossentropy", {"from_logits": True},
     lambda: categorical("scce_logits", True, True)),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1},
     lambda: categorical("scce_ignore", False, True)),
    ("SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": 0},
     lambda: categorical("scce_logits_ignore", True, True)),
    *losses_cases.FAMILIES,
]

FUNCTIONS = {
    "MeanSquaredError": "mean_squared_error",
    "MeanAbsoluteError": "mean_absolute_error",
    "BinaryCrossentropy": "binary_crossentropy",
    "CategoricalCrossentropy": "categorical_crossentropy",
    "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
    **losses_cases.FUNCTIONS,
}


def masked(function, mask):
    """Gives a function that calls another with predictions which have a mask."""
    def call(y_true, y_pred, weight):
        y_pred = y_pred + 0.0  # a new one: masks are kept by the object
        set_keras_mask(y_pred, jnp.asarray(mask))
        return function(y_true, y_pred, weight)

    return function if mask is None else call


def call_and_gradient(function, y_true, y_pred, weight, dtype, compiled):
    """Gives the loss and the gradient of its sum with respect to y_pred, computed in `dtype`.

    `compiled` calls are one jitted function each, as in fit, which is made much faster.
    """
    cast = [a if a is None or a.dtype != np.float32 else a.astype(dtype)
            for a in (y_true, y_pred, weight)]
    y_true, y_pred, weight = (None if a is None else jnp.asarray(a) for a in cast)
    if compiled:
        def summed(p):
            value = function(y_true, p, weight)
            return jnp.sum(value), value

        gradient, value = jax.jit(jax.grad(summed, has_aux=True))(y_pred)
        return np.asarray(value), np.asarray(gradient)
    value = np.asarray(function(y_true, y_pred, weight))
    gradient = jax.grad(lambda p: jnp.sum(function(y_true, p, weight)))(y_pred)
    return value, np.asarray(gradient)


def run_case(pack, make, y_true, y_pred, weight, compiled, mask=None):
    """Runs one call in float32 and once more in float64; or records that Keras raises."""
    given = {
        "y_true": pack.put("t", y_true),
        "y_pred": pack.put("p", y_pred),
        "sample_weight": None if weight is None else pack.put("sw", weight),
    }
    if mask is not None:
        given["mask"] = pack.put("m", mask)
    try:
        value, gradient = call_and_gradient(masked(make("float32"), mask), y_true, y_pred, weight,
                                            "float32", compiled)
    except (ValueError, TypeError) as error:
        return {**given, "raises": type(error).__name__}
    with wide_mode():
        keras.config.set_floatx("float64")
        try:
            value64, gradient64 = call_and_gradient(masked(make("float64"), mask), y_true, y_pred,
                                                    weight, "float64", compiled)
        finally:
            keras.config.set_floatx("float32")
    return {
        **given,
        "output": pack.put("out", value, value64),
        "gradient": pack.put("g", gradient, gradient64),
    }


def object_cases(pack, name, arguments, inputs):
    for reduction in REDUCTIONS:
        build = lambda dtype: getattr(losses, name)(  # noqa: E731
            reduction=reduction, dtype=dtype, **arguments)  # noqa: B023
        config = keras.saving.serialize_keras_object(
            getattr(losses, name)(reduction=reduction, **arguments))
        # A reduction changes only the last step, so a third of the inputs is enough for each but
        # the first, and a scalar is enough where the per-sample values are known.
        chosen = inputs if reduction in ("sum_over_batch_size", "none") else inputs[::3]
        # The step itself is tried on the plain losses already.
        if name in losses_cases.NAMES and reduction != "sum_over_batch_size":
            chosen = inputs[1:2]
        # Keras does not write these arguments.
        unwritten = {"arguments": arguments} if set(arguments) - set(config["config"]) else {}
        for y_true, y_pred, weight in chosen:
            yield {"object": config, **unwritten, **run_case(pack, build, y_true, y_pred, weight,
                                                name in losses_cases.NAMES)}


def function_cases(pack, name, arguments, inputs):
    if name not in FUNCTIONS:
        return
    function = getattr(losses, FUNCTIONS[name])
    for y_true, y_pred, weight in inputs:
        if weight is not None or (name.startswith("Sparse") and y_true.dtype == np.float32):
            continue
        build = lambda dtype: lambda t, p, w: function(t, p, **arguments)  # noqa: E731
        yield {"function": FUNCTIONS[name], "kwargs": arguments,
               **run_case(pack, build, y_true, y_pred, None, name in losses_cases.NAMES)}


def reference_cases(pack):
    """The function circle with labels and embeddings to compare with."""
    inputs, references = losses_cases.embeddings("circle"), losses_cases.embeddings("circle_refs")
    for arguments in ({"remove_diagonal": False}, {}, {"gamma": 5, "margin": 0.2}):
        for (y_true, y_pred, _), (labels, embeddings, _) in zip(inputs, references):
            for given in ((labels[:5], embeddings[:5]), (None, embeddings), (labels, None)):
                kwargs = dict(zip(("ref_labels", "ref_embeddings"), given))

                def build(dtype):
                    ready = {k: v.astype(dtype) if k == "ref_embeddings" and v is not None else v
                             for k, v in kwargs.items()}  # noqa: B023
                    return lambda t, p, w: losses.circle(t, p, **ready, **arguments)  # noqa: B023

                yield {"function": "circle", "kwargs": arguments,
                       "references": {k: None if v is None else pack.put("ref", v)
                                      for k, v in kwargs.items()},
                       **run_case(pack, build, y_true, y_pred, None, True)}


def edge_cases(pack, name):
    for arguments, reduction, *given, mask in losses_edges.cases_of(name):
        build = lambda dtype: getattr(losses, name)(  # noqa: E731
            reduction=reduction, dtype=dtype, **arguments)  # noqa: B023
        config = keras.saving.serialize_keras_object(
            getattr(losses, name)(reduction=reduction, **arguments))
        defaults = inspect.signature(getattr(losses, name)).parameters
        unwritten = {k: v for k, v in arguments.items()
                     if k not in config["config"] and v != defaults[k].default}
        yield {"object": config, **({"arguments": unwritten} if unwritten else {}),
               **run_case(pack, build, *given, True, mask)}


def file_name(name, arguments):
    title = "_".join([name, *(k if v is True else f"{k}_{v}" for k, v in arguments.items())])
    return re.sub(r"[_(), ]+", "_", title).rstrip("_")


def families():
    """Gives the title of each file with what makes its cases in a pack."""
    for name, arguments, inputs in FAMILIES:
        yield file_name(name, arguments), lambda pack: [
            *object_cases(pack, name, arguments, inputs()),  # noqa: B023
            *function_cases(pack, name, arguments, inputs())]  # noqa: B023
    for name in losses_edges.LOSSES:
        yield name + "_edges", lambda pack: list(edge_cases(pack, name))  # noqa: B023
    yield "Circle_references", lambda pack: list(reference_cases(pack))


def make(out, pattern):
    total = count = 0
    for title, make_cases in families():
        if not re.search(pattern, title):
            continue
        pack = Pack()
        cases = make_cases(pack)
        case = {"kind": "losses", "name": title, "versions": versions(), "cases": cases}
        pack.drop_twins("(out|g)", 2e-7)
        total += pack.write(os.path.join(out, "losses", title + ".npz"), case)
        count += len(cases)
        print(f"   {title}: {len(cases)} cases", flush=True)
    print(f"   {count} cases of losses, {total} bytes")
