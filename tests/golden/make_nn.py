#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes nn.npz: activations, regularizers, constraints, further initializers, metrics and
optimizers, and losses and metrics of masked predictions, as Keras 3.15.1 on JAX has them.

Run it with a Python that has keras 3.15.1, jax and numpy: python tests/golden/make_nn.py
"""

import os
import sys

os.environ.update(KERAS_BACKEND="jax", JAX_PLATFORMS="cpu", JAX_ENABLE_X64="0")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import activations, constraints, initializers, losses, metrics, optimizers, regularizers

from cases.pack import Pack, rng_of, versions

ACTIVATIONS = ["relu", "leaky_relu", "relu6", "softmax", "celu", "elu", "selu", "softplus",
               "softsign", "silu", "swish", "gelu", "tanh", "tanh_shrink", "sigmoid",
               "exponential", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "linear",
               "mish", "log_softmax", "log_sigmoid", "hard_shrink", "soft_shrink", "squareplus",
               "sparse_plus", "sparse_sigmoid", "sparsemax"]
ARGUMENTS = [("relu", {"negative_slope": 0.1}), ("relu", {"max_value": 1.5}),
             ("relu", {"threshold": 0.5}),
             ("relu", {"negative_slope": 0.3, "max_value": 2.0, "threshold": 0.25}),
             ("relu", {"negative_slope": 0.3, "max_value": 2.0}), ("leaky_relu", {
                 "negative_slope": 0.4}), ("elu", {"alpha": 0.7}), ("celu", {"alpha": 1.7}),
             ("gelu", {"approximate": True}), ("softmax", {"axis": 0}),
             ("log_softmax", {"axis": 0}), ("glu", {"axis": 0}), ("sparsemax", {"axis": 0}),
             ("hard_shrink", {"threshold": 1.5}), ("soft_shrink", {"threshold": 1.5}),
             ("squareplus", {"b": 1.0}),
             ("threshold", {"threshold": 0.25, "default_value": -1.0})]


def envelope(thing):
    return keras.saving.serialize_keras_object(thing)


def activation_cases(pack):
    rng = rng_of("nn/activations")
    # No element sits on a kink, where a subgradient is a matter of taste.
    x = np.concatenate([rng.standard_normal((6, 5)) * 3, [[-30, 30, 5.9, -2.9, 1e-3]]])
    all_rows = x.astype(np.float32)
    cases = []
    for name, arguments in [*((n, {}) for n in ACTIVATIONS), *ARGUMENTS]:
        x = all_rows[:6] if name == "glu" else all_rows  # which halves an axis
        function = getattr(activations, name)
        y = function(jnp.asarray(x), **arguments)
        weight = rng.standard_normal(y.shape).astype(np.float32)
        gradient = jax.grad(lambda v: jnp.sum(function(v, **arguments) * weight))(jnp.asarray(x))
        cases.append({"name": name, "arguments": arguments, "x": pack.put("x", x),
                      "output": pack.put("y", np.asarray(y)),
                      "weight": pack.put("w", weight),
                      "gradient": pack.put("g", np.asarray(gradient))})
    return cases


def weight_function_cases(pack, objects, rng):
    cases = []
    for made in objects:
        for shape in ((4, 3), (2, 3, 4), (5,)):
            w = (rng.standard_normal(shape) * 2).astype(np.float32)
            axis = made.get_config().get("axis", 0) if hasattr(made, "get_config") else 0
            if max(axis if isinstance(axis, list) else [axis]) >= len(shape):
                continue
            if isinstance(made, regularizers.OrthogonalRegularizer) and len(shape) != 2:
                continue
            cases.append({"object": envelope(made), "weight": pack.put("w", w),
                          "output": pack.put("o", np.asarray(made(jnp.asarray(w))))})
    return cases


def regularizer_objects():
    r = regularizers
    return [r.get("l1"), r.get("l2"), r.get("l1l2"), r.L1(0.3), r.L2(0.7), r.L1L2(0.2, 0.1),
            r.L1L2(l1=0.5), r.L1L2(l2=0.5), r.OrthogonalRegularizer(),
            r.OrthogonalRegularizer(0.3, mode="columns")]


def constraint_objects():
    c = constraints
    return [c.get("max_norm"), c.MaxNorm(1.5), c.MaxNorm(1, axis=1), c.MaxNorm(2.5, axis=[0, 1]),
            c.NonNeg(), c.UnitNorm(), c.UnitNorm(axis=1), c.MinMaxNorm(),
            c.MinMaxNorm(0.5, 1.5, rate=0.3, axis=1)]


def initializer_cases(pack):
    i = initializers
    made = [i.HeNormal(3), i.HeUniform(3), i.LecunNormal(3), i.LecunUniform(3), i.GlorotNormal(3),
            i.TruncatedNormal(seed=3), i.TruncatedNormal(1.0, 0.5, seed=4),
            i.VarianceScaling(seed=5), i.VarianceScaling(2.0, "fan_out", "uniform", seed=5),
            i.VarianceScaling(0.5, "fan_avg", "untruncated_normal", seed=6),
            i.GlorotUniform(7, input_axes=[0, 1], output_axes=[2]),
            i.Orthogonal(seed=3), i.Orthogonal(gain=2.0, seed=4), i.Identity(),
            i.Constant(np.array([1.0, -2.0, 3.0])), i.Constant(np.array([[1], [2]], "int32"))]
    cases = []
    for initializer in made:
        for shape in ((5, 3), (2, 3, 3), (2, 2, 2, 3)):
            axes = initializer.get_config().get("input_axes")
            if len(shape) != 3 and (axes or "Constant" in str(initializer) and len(shape) == 4):
                continue
            try:
                value = initializer(shape)
            except (TypeError, ValueError):
                continue
            cases.append({"object": envelope(initializer), "shape": list(shape),
                          "array": pack.put("a", np.asarray(value))})
    return cases


def masked(prediction, mask):
    prediction = jnp.asarray(prediction)
    prediction._keras_mask = jnp.asarray(mask)
    return prediction


def masked_cases(pack):
    rng = rng_of("nn/masked")
    cases = []
    masks = [rng.integers(0, 2, (4, 3)).astype(bool), np.zeros((4, 3), bool),
             np.ones((4, 3), bool)]
    for reduction in ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", None):
        for mask in masks:
            for weight in (None, rng.uniform(0, 2, (4, 3)).astype(np.float32),
                           rng.uniform(0, 2, (4, 1)).astype(np.float32)):
                y = rng.standard_normal((4, 3, 2)).astype(np.float32)
                p = rng.standard_normal((4, 3, 2)).astype(np.float32)
                loss = losses.MeanSquaredError(reduction=reduction)
                value = loss(jnp.asarray(y), masked(p, mask),
                             None if weight is None else jnp.asarray(weight))
                metric = metrics.MeanSquaredError()
                metric.update_state(jnp.asarray(y), masked(p, mask),
                                    None if weight is None else jnp.asarray(weight))
                cases.append({
                    "loss": envelope(loss), "y_true": pack.put("t", y), "y_pred": pack.put("p", p),
                    "mask": pack.put("m", mask),
                    "sample_weight": None if weight is None else pack.put("sw", weight),
                    "output": pack.put("o", np.asarray(value)),
                    "metric": pack.put("r", np.asarray(metric.result()))})
    return cases


def metric_cases(pack):
    rng = rng_of("nn/metrics")
    p3 = rng.uniform(0.05, 1, (6, 3)).astype(np.float32)
    y3 = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 6)]
    ys = rng.integers(0, 3, 6).astype(np.int32)
    yb = rng.integers(0, 2, (6, 1)).astype(np.float32)
    pb = rng.uniform(0.05, 0.95, (6, 1)).astype(np.float32)
    w = rng.uniform(0, 2, 6).astype(np.float32)
    m = metrics
    made = [
        (m.Sum(), [(pb, None), (p3, w), (p3[0], None), (p3, rng.uniform(0, 1, (6, 3)).astype(
            np.float32))]),
        (m.RootMeanSquaredError(), [(y3, p3, None), (y3, p3, w), (yb[:, 0], pb, None)]),
        (m.BinaryCrossentropy(), [(yb, pb, None), (yb, pb, w)]),
        (m.BinaryCrossentropy(from_logits=True, label_smoothing=0.1), [(yb, pb * 4 - 2, None)]),
        (m.CategoricalCrossentropy(), [(y3, p3, None), (y3, p3, w)]),
        (m.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2), [(y3, p3, w)]),
        (m.SparseCategoricalCrossentropy(), [(ys, p3, None), (ys[:, None], p3, w)]),
        (m.SparseCategoricalCrossentropy(ignore_class=1), [(ys, p3, None), (ys, p3, w)]),
        (m.MeanMetricWrapper(losses.mean_squared_error, name="wrapped"), [(y3, p3, w)]),
    ]
    cases = []
    for metric, updates in made:
        steps = []
        for update in updates:
            metric.update_state(*(None if a is None else jnp.asarray(a) for a in update))
            steps.append({"arguments": [None if a is None else pack.put("u", a) for a in update],
                          "result": pack.put("r", np.asarray(metric.result()))})
        cases.append({"object": envelope(metric), "updates": steps,
                      "paths": [v.path for v in metric.variables]})
    return cases


def crossentropy_cases(pack):
    """The losses "crossentropy" and "ce", which are chosen by the shapes."""
    from keras.src.trainers.compile_utils import get_loss

    rng = rng_of("nn/crossentropy")
    cases = []
    for true_shape, pred_shape in [((6, 1), (6, 1)), ((6,), (6, 1)), ((6, 1), (6,)),
                                   ((6,), (6, 3)), ((6, 1), (6, 3)), ((6, 3), (6, 3)),
                                   ((4, 5), (4, 5, 3)), ((4, 5, 1), (4, 5, 3))]:
        y = rng.integers(0, 2, true_shape).astype(np.float32)
        p = rng.uniform(0.05, 1, pred_shape).astype(np.float32)
        case = {"string": "CE" if len(cases) % 2 else "crossentropy", "y_true": pack.put("t", y),
                "y_pred": pack.put("p", p)}
        y, p = jnp.asarray(y), jnp.asarray(p)
        try:
            case["output"] = pack.put("o", np.asarray(get_loss(case["string"], y, p)(y, p)))
        except ValueError:
            case["raises"] = True
        cases.append(case)
    return cases


def optimizer_cases(pack):
    schedules = optimizers.schedules
    made = [
        ("adamw", optimizers.AdamW(0.02), None),
        ("adamw_amsgrad", optimizers.AdamW(0.02, weight_decay=0.1, amsgrad=True), None),
        ("exponential", optimizers.SGD(schedules.ExponentialDecay(0.3, 4, 0.5)), None),
        ("staircase", optimizers.Adam(schedules.ExponentialDecay(0.1, 3, 0.4, staircase=True)),
         None),
        ("inverse", optimizers.RMSprop(schedules.InverseTimeDecay(0.05, 2, 0.7)), None),
        ("accumulated_schedule", optimizers.SGD(schedules.InverseTimeDecay(0.3, 2, 0.7,
         staircase=True), momentum=0.5, gradient_accumulation_steps=2), None),
        ("constrained", optimizers.SGD(0.5), constraints.MaxNorm(1.0)),
        ("constrained_ema", optimizers.Adam(0.1, use_ema=True, ema_overwrite_frequency=3),
         constraints.NonNeg()),
        ("accumulated_ema", optimizers.Adam(0.1, use_ema=True, ema_momentum=0.7,
         ema_overwrite_frequency=2, gradient_accumulation_steps=3), None),
        ("missing_gradient", optimizers.RMSprop(0.1, use_ema=True, weight_decay=0.05), None),
        ("infinite_norm", optimizers.SGD(0.1, global_clipnorm=1.0), None),
    ]
    rng = rng_of("nn/optimizers")
    start = [rng.standard_normal(s).astype(np.float32) for s in ((3, 2), (2,))]
    steps = [[rng.standard_normal(s).astype(np.float32) for s in ((3, 2), (2,))]
             for _ in range(12)]
    cases = []
    for title, optimizer, constraint in made:
        variables = [keras.Variable(v, name=f"v{i}") for i, v in enumerate(start)]
        variables[0].constraint = constraint
        config = envelope(optimizer)
        gradients = [list(g) for g in steps]
        if title == "missing_gradient":
            for i in (0, 2, 5):
                gradients[i][i % 2] = None
        if title == "infinite_norm":
            gradients[7] = [gradients[7][0], np.array([np.inf, 1.0], np.float32)]
        after = []
        for given in gradients:
            optimizer.apply([None if g is None else jnp.asarray(g) for g in given], variables)
            after.append([pack.put("s", np.asarray(v)) for v in variables])
        cases.append({
            "title": title, "optimizer": config, "initial": pack.put_tree("i", start),
            "constraint": envelope(constraint) if constraint else None,
            "gradients": [[None if g is None else pack.put("g", g) for g in given]
                          for given in gradients],
            "after": after,
            "optimizer_variables": [{"array": pack.put("v", np.asarray(v)), "path": v.path}
                                    for v in optimizer.variables],
            "learning_rate": float(optimizer.learning_rate)})
    return cases


def main():
    pack = Pack()
    case = {
        "kind": "nn", "versions": versions(),
        "activations": activation_cases(pack),
        "regularizers": weight_function_cases(pack, regularizer_objects(), rng_of("nn/regular")),
        "constraints": weight_function_cases(pack, constraint_objects(), rng_of("nn/constraint")),
        "initializers": initializer_cases(pack),
        "masked": masked_cases(pack),
        "metrics": metric_cases(pack),
        "crossentropy": crossentropy_cases(pack),
        "optimizers": optimizer_cases(pack),
    }
    size = pack.write(os.path.join(HERE, "nn.npz"), case)
    print(f"nn.npz: {size} bytes")


if __name__ == "__main__":
    main()
