#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes control.npz: what keras.ops.scan, cond, while_loop and the like give on JAX.

Run it with a Python that has keras 3.15.1, jax and numpy:
    python tests/golden/make_control.py [cases] [training]

Each function here has its twin of that name in tests/runtime/control_golden_test.cpp: it takes a
list of tensors and returns a list. A case has `inputs`, `outputs` and, where there are floats to
pull back, `cotangents` (null for integers) and the `gradients` of the sum of outputs times
cotangents for each float input (null for others). With `second`, `weights` and `second` are the
same once more: of the sum of gradients times weights. Results of floats have `.f64` twins.

control_training.npz: a model with a layer of the user that goes over time with ops.scan, fitted to
one batch, `x` and `y`, for 20 epochs: its `weights` before, `losses`, `final_weights`.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
os.environ.update(KERAS_BACKEND="jax", JAX_PLATFORMS="cpu", TF_CPP_MIN_LOG_LEVEL="3")

import jax
import jax.numpy as jnp
import keras
import ml_dtypes
import numpy as np
from keras import ops

from cases.pack import Pack, rng_of, versions
from cases.wide import wide_mode

CASES = []


def case(*shapes, dtype="float32", second=False):
    """Adds a case: arrays as they are, random ones for shapes."""

    def add(function):
        rng = rng_of("control/" + function.__name__ + str(len(CASES)))
        kind = np.dtype(ml_dtypes.bfloat16) if dtype == "bfloat16" else np.dtype(dtype)
        arrays = [
            np.asarray(s) if not isinstance(s, tuple) else
            np.asarray(rng.uniform(-1, 1, s)).astype(kind) for s in shapes
        ]
        CASES.append((function, arrays, second))
        return function

    return add


@case((), (5,), second=True)
def running_sum(init, xs):
    return list(ops.scan(lambda c, x: (c + x, c + x), init, xs))


@case(np.int32(0), np.array([1, 2, 3, 4, 5], np.int32))
def integer_sum(init, xs):
    return list(ops.scan(lambda c, x: (c + x, c * x), init, xs))


def cell(w, u, b):
    def step(h, x):
        h = ops.tanh(ops.matmul(x, w) + ops.matmul(h, u) + b)
        return h, h
    return step


RNN = [(3, 6), (5, 3, 4), (4, 6), (6, 6), (6,)]


@case(*RNN, dtype="bfloat16")
@case(*RNN, dtype="float16")
@case(*RNN, second=True)
def rnn(h, xs, w, u, b):
    return list(ops.scan(cell(w, u, b), h, xs))


@case(*RNN, second=True)
def rnn_reverse(h, xs, w, u, b):
    return list(ops.scan(cell(w, u, b), h, xs, reverse=True))


@case(*RNN)
def rnn_last_state(h, xs, w, u, b):
    step = cell(w, u, b)
    return [ops.scan(lambda h, x: (step(h, x)[0], None), h, xs)[0]]


@case((4,), second=True)
def without_xs(init):
    return list(ops.scan(lambda c, x: (c * 1.1 + ops.sin(c), c), init, None, length=6))


@case((2, 3), (2, 3), (5, 2, 3), (5, 2, 3), (3, 3))
def dict_carry(h, c, x, m, w):
    def step(carry, x):
        gate = ops.sigmoid(ops.matmul(x["x"], w) + carry["h"])
        c = gate * carry["c"] + (1 - gate) * x["m"]
        h = ops.tanh(c) * gate
        return {"h": h, "c": c}, [gate, h]
    carry, ys = ops.scan(step, {"h": h, "c": c}, {"x": x, "m": m})
    return [carry["h"], carry["c"], *ys]


@case((3,), (0, 3))
def zero_length(init, xs):
    return list(ops.scan(lambda c, x: (c + x, c * x), init, xs))


@case((3,))
def zero_length_without_xs(init):
    return list(ops.scan(lambda c, x: (ops.sin(c), c), init, None, length=0))


@case(np.int32(0), (4,), (5, 4))
def integer_in_carry(i, v, xs):
    def step(carry, x):
        i, v = carry
        v = v * ops.cast(i, "float32") * 0.5 + x
        return [i + 1, v], v * ops.cast(i, "float32")
    (i, v), ys = ops.scan(step, [i, v], xs)
    return [i, v, ys]


@case((3,), (4, 5, 3), second=True)
def nested(init, xs):
    def inner(c, x):
        c = ops.tanh(c + x)
        return c, c * x
    def outer(c, rows):
        last, ys = ops.scan(inner, c, rows)
        return last * 0.5, ops.sum(ys, axis=0)
    return list(ops.scan(outer, init, xs))


@case((3,), (3, 3), (4, 3), (2, 3), second=True)
def nested_captures(init, w, xs, zs):
    def outer(c, x):
        def inner(d, z):
            d = ops.tanh(ops.matmul(d, w) + x * z + c)
            return d, d
        last, ys = ops.scan(inner, x, zs, reverse=True)
        return c + last, ops.mean(ys)
    return list(ops.scan(outer, init, xs))


@case((3,), (5, 3), (3, 3), second=True)
def cond_in_scan(init, xs, w):
    def step(c, x):
        c = ops.cond(ops.sum(x) > 0, lambda: ops.tanh(ops.matmul(c, w)), lambda: c * x)
        return c, ops.cond(ops.sum(c) > 0, lambda: c, lambda: -c * 2.0)
    return list(ops.scan(step, init, xs))


@case(np.array(False), (3,), (5, 3))
@case(np.array(True), (3,), (5, 3))
def scan_in_cond(pred, init, xs):
    def one():
        return ops.scan(lambda c, x: (c * x + x, None), init, xs)[0]
    return [ops.cond(pred, one, lambda: ops.sum(xs * xs, axis=0))]


@case(np.float32(0.0), (3,), (3,))
@case(np.float32(2.0), (3,), (3,), second=True)
def number_as_pred(pred, a, b):
    return [ops.cond(pred, lambda: a * b * a, lambda: ops.exp(a))]


@case((3,), (3,), second=True)
def cond_of_nests(a, b):
    result = ops.cond(ops.sum(a) > ops.sum(b), lambda: {"x": a, "y": [b, a * b]},
                      lambda: {"x": b, "y": [a, a - b]})
    return [result["x"], *result["y"]]


@case((2,), (2,))
def nested_cond(a, b):
    return [ops.cond(a[0] > 0, lambda: ops.cond(b[0] > 0, lambda: a, lambda: a * b),
                     lambda: ops.cond(b[1] > 0, lambda: b, lambda: a / (b * b + 1)))]


@case(np.int32(-3), (3,), (3,))
@case(np.int32(7), (3,), (3,))
@case(np.int32(1), (3,), (3,))
def switch(index, a, b):
    branches = [lambda x, y: x + y, lambda x, y: x * y, lambda x, y: ops.sin(x) * y]
    return [ops.switch(index, branches, a, b)]


@case(np.array([1.0, 3.0], np.float32))
def doubling(x):
    return [ops.while_loop(lambda v: ops.sum(v) < 100, lambda v: v * 2, x)]


@case(np.array([1.0, 3.0], np.float32))
def at_most_three(x):
    return [ops.while_loop(lambda v: ops.sum(v) < 100, lambda v: v * 2, x, maximum_iterations=3)]


@case(np.int32(1071), np.int32(462))
def greatest_divisor(a, b):
    return list(ops.while_loop(lambda a, b: b > 0, lambda a, b: (b, a % b), (a, b)))


@case(np.int32(5), np.int32(0))
def no_step(a, b):
    return list(ops.while_loop(lambda a, b: b > 0, lambda a, b: (b, a % b), (a, b)))


@case(np.array([3, 7, 27], np.int32), (3,))
def while_in_scan(numbers, xs):
    def step(c, x):
        n, v = x
        def next_number(state):
            n, steps = state
            return [ops.where(n % 2 == 0, n // 2, 3 * n + 1), steps + 1]
        _, steps = ops.while_loop(lambda n, s: n > 1, lambda n, s: next_number([n, s]),
                                  [n, ops.cast(0, "int32")])
        return c + steps, v * ops.cast(steps, "float32")
    return list(ops.scan(step, ops.cast(0, "int32"), [numbers, xs]))


@case((3,), second=True)
def counted(x):
    return [ops.fori_loop(2, 6, lambda i, s: ops.sin(s) * ops.cast(i, "float32"), x)]


@case(np.int32(4), np.array([1.0, 2.0], np.float32))
def counted_to(n, x):
    return [ops.fori_loop(0, n, lambda i, s: s * 2 + ops.cast(i, "float32"), x)]


@case((4, 3), second=True)
def mapped(xs):
    ys = ops.map(lambda x: {"a": x ** 2, "b": ops.sum(x)}, xs)
    return [ys["a"], ys["b"]]


@case((4, 3), (4,))
def mapped_nests(xs, zs):
    return [ops.map(lambda e: e[0] * e[1], [xs, zs])]


@case((4, 3), (3, 2))
def vectorized(xs, w):
    return [ops.vectorized_map(lambda x: ops.matmul(x, w), xs)]


@case((7, 2))
def prefix_sums(xs):
    return [ops.associative_scan(lambda a, b: a + b, xs)]


@case((6, 2, 2))
def prefix_products(xs):
    return [ops.associative_scan(ops.matmul, xs, reverse=True)]


@case((2, 5), (2, 5))
def prefix_nests(a, b):
    def combine(x, y):
        return [x[0] * y[0], x[1] * y[0] + y[1]]
    return list(ops.associative_scan(combine, [a, b], axis=1))


@case((3,), (5, 3))
def unrolled_by_two(init, xs):
    return list(ops.scan(lambda c, x: (c * x + 1, ops.exp(c)), init, xs, unroll=2))


@case((3,), (5, 3))
def unrolled(init, xs):
    return list(ops.scan(lambda c, x: (c * x + 1, ops.exp(c)), init, xs, unroll=True))


@case((5,))
def plain_number(xs):
    return list(ops.scan(lambda c, x: (c + x, c * 2), 0.0, xs))


@case((5,))
def plain_integer(xs):
    return list(ops.scan(lambda c, x: (c + x, c * 2), 0, xs))


@case((3,), (3,), (4, 3), second=True)
def passed_on(a, b, xs):
    (a, b), ys = ops.scan(lambda c, x: ([c[1], c[0] + x], c[0]), [a, b], xs)
    return [a, b, ys]


@case((2, 4), (5, 2, 4), (4, 4))
def composites(init, xs, w):
    def step(c, x):
        a = ops.softmax(ops.matmul(x, w) + c)
        m = ops.mean(a * x, axis=-1, keepdims=True)
        v = ops.var(a, axis=-1, keepdims=True)
        c = ops.relu((c - m) / ops.sqrt(v + 0.1)) + ops.softplus(x)
        return c, ops.logsumexp(c, axis=-1)
    return list(ops.scan(step, init, xs))


@case((3, 2), (5, 3, 2), np.array([[1, 0, 1], [1, 1, 0], [0, 0, 1], [1, 1, 1], [0, 1, 0]], bool))
def masked(init, xs, mask):
    def step(c, x):
        new = ops.tanh(c + x[0])
        c = ops.where(ops.expand_dims(x[1], -1), new, c)
        return c, c
    return list(ops.scan(step, init, [xs, mask]))


@case((6, 3), (3,), np.array([1, 5, 0, 5], np.int32))
def looked_up(table, init, tokens):
    def step(c, i):
        c = ops.tanh(c * 0.5 + ops.take(table, i, axis=0))
        return c, c
    return list(ops.scan(step, init, tokens))


def function_of(function, arrays):
    """Returns the function of the float inputs alone."""
    floats = [i for i, a in enumerate(arrays) if jnp.issubdtype(a.dtype, jnp.floating)]

    def call(values):
        full = [jnp.asarray(a) for a in arrays]
        for place, value in zip(floats, values):
            full[place] = value
        return function(*full)

    return floats, call


def is_float(value):
    return jnp.issubdtype(value.dtype, jnp.floating)


def weighted(values, weights):
    total = 0.0
    for value, weight in zip(values, weights):
        if weight is not None:
            total = total + jnp.sum(value * jnp.asarray(weight, value.dtype))
    return total


def run(function, arrays, second, random):
    """Returns outputs, gradients and second gradients."""
    floats, call = function_of(function, arrays)
    values = [jnp.asarray(arrays[i]) for i in floats]
    outputs = [jnp.asarray(o) for o in function(*[jnp.asarray(a) for a in arrays])]
    result = {"outputs": outputs}
    cotangents = [random(o.shape, 0) if is_float(o) else None for o in outputs]
    has_while = function.__name__ in ("doubling", "at_most_three", "counted_to")
    if not values or has_while or all(c is None for c in cotangents):
        return result
    gradient = jax.grad(lambda v: weighted(call(v), cotangents))
    result["cotangents"] = cotangents
    result["gradients"] = gradient(values)
    if second:
        weights = [random(v.shape, 1) for v in values]
        result["weights"] = weights
        result["second"] = jax.grad(lambda v: weighted(gradient(v), weights))(values)
    return result


def run_wide(function, arrays, second, random):
    with wide_mode():
        wide = [a.astype(np.float64) if is_float(a) else a for a in arrays]
        return run(function, wide, second, random)


def pack_case(pack, function, arrays, second):
    name = function.__name__
    def random(shape, which):
        rng = rng_of(f"control/{name}/{which}/{shape}")
        # Eighths are the same numbers in every dtype.
        return np.asarray(rng.integers(-8, 9, shape) / 8.0, np.float32)

    result = run(function, arrays, second, random)
    exact = run_wide(function, arrays, second, random)
    put = lambda hint, value: None if value is None else pack.put(hint, np.asarray(value))
    packed = {"name": name, "inputs": [put("in", a) for a in arrays]}
    for key, values in result.items():
        if key in ("cotangents", "weights"):
            packed[key] = [put("w", v) for v in values]
            continue
        packed[key] = [
            pack.put(key[0], np.asarray(v), np.asarray(e) if is_float(v) else None)
            for v, e in zip(values, exact[key])
        ]
    return packed


class SimpleCell(keras.layers.Layer):
    """Gives the last state of a recurrent cell over axis 1."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel")
        self.recurrent = self.add_weight(shape=(self.units, self.units), name="recurrent")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, x):
        xs = ops.transpose(x, (1, 0, 2))
        init = ops.zeros_like(ops.matmul(xs[0], self.kernel))

        def step(h, x):
            h = ops.tanh(ops.matmul(x, self.kernel) + ops.matmul(h, self.recurrent) + self.bias)
            return h, None

        return ops.scan(step, init, xs)[0]


def train():
    """Trains a model with the layer in float32 or float64, whichever floatx says."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((7, 4)), SimpleCell(6), keras.layers.Dense(2)])
    rng = rng_of("control/training")
    floatx = keras.config.floatx()
    weights = [(rng.uniform(-0.5, 0.5, w.shape)).astype("float32") for w in model.weights]
    model.set_weights(weights)
    x = rng.uniform(-1, 1, (8, 7, 4)).astype("float32")
    y = rng.uniform(-1, 1, (8, 2)).astype("float32")
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mean_squared_error")
    history = model.fit(x.astype(floatx), y.astype(floatx), batch_size=8, epochs=20, verbose=0)
    losses = np.asarray(history.history["loss"])
    return x, y, weights, losses, [np.asarray(w) for w in model.get_weights()]


def make_training():
    x, y, weights, losses, final = train()
    keras.config.set_floatx("float64")
    with wide_mode():
        *_, exact_losses, exact_final = train()
    keras.config.set_floatx("float32")
    pack = Pack()
    case = {
        "kind": "control_training",
        "versions": versions(),
        "x": pack.put("x", x),
        "y": pack.put("y", y),
        "weights": [pack.put("w", w) for w in weights],
        "losses": pack.put("losses", losses.astype(np.float32), exact_losses),
        "final_weights": [pack.put("f", w, e) for w, e in zip(final, exact_final)],
    }
    size = pack.write(os.path.join(HERE, "control_training.npz"), case)
    print(f"training, {size} bytes")


def make_cases():
    pack = Pack()
    cases = [pack_case(pack, *c) for c in CASES]
    path = os.path.join(HERE, "control.npz")
    size = pack.write(path, {"kind": "control", "versions": versions(), "cases": cases})
    print(f"{len(cases)} cases, {size} bytes")


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["cases", "training"]
    if "cases" in wanted:
        make_cases()
    if "training" in wanted:
        make_training()
