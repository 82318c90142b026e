# SPDX-License-Identifier: Apache-2.0
"""Writes tests/golden/random.txt, the random numbers that tests/core compares with.

Run: KERAS_BACKEND=jax python tests/golden/make_random.py

Each line is `<name> <arguments ...> : <values ...>`. A value is an integer in hexadecimal:
non-negative integers as they are, everything else as its bit pattern. Lines that begin with # are
comments.
"""

import os
import random
import sys

os.environ["KERAS_BACKEND"] = "jax"

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras.src.random.seed_generator import draw_seed

SEEDS = [0, 42, 1337, 2**31 - 1]
SIZES = [0, 1, 2, 3, 7, 8, 33]
FLOATS = ["float32", "float64", "float16", "bfloat16"]
lines = []


def emit(name, *values):
    flat = []
    for value in values:
        value = np.asarray(value)
        if value.dtype.kind not in "bu":
            value = value.view(f"uint{8 * value.dtype.itemsize}")
        flat.extend(f"{int(v):x}" for v in value.ravel())
    lines.append(f"{name} : {' '.join(flat)}".rstrip())


def u64(values):
    return np.array(values, dtype="uint64")


def python_draws():
    for seed in SEEDS + [2**32, 2**64 - 1]:
        r = random.Random(seed)
        count = 700 if seed == 42 else 30
        emit(f"python.randint {seed}", u64([r.randint(1, 10**9) for _ in range(count)]))
        emit(
            f"python.getrandbits {seed}",
            u64([r.getrandbits(k) for k in range(1, 65)]),
        )
        emit(
            f"python.below {seed}",
            u64([r.randrange(n) for n in [1, 2, 3, 2**32, 2**32 + 1, 2**63 + 5, 7]]),
        )
        emit(f"python.random {seed}", np.array([r.random() for _ in range(20)]))
        order = list(range(50))
        r.shuffle(order)
        emit(f"python.shuffle {seed}", u64(order))
        low, high = -(2**63), 2**63 - 2
        emit(
            f"python.wide {seed}",
            np.array([r.randint(low, high) for _ in range(5)], dtype="int64"),
        )


def numpy_draws():
    for seed in SEEDS + [2**32 - 1]:
        for size in SIZES + ([1000] if seed == 42 else []):
            r = np.random.RandomState(seed)
            emit(f"numpy.permutation {seed} {size}", r.permutation(size))
        r = np.random.RandomState(seed)
        indices = np.arange(10, 31)
        r.shuffle(indices)
        emit(f"numpy.shuffle {seed}", indices)
        for low, high in [(0, 1), (0, 10), (-5, 6), (0, 2**32), (-3, 2**32), (0, 2**40)]:
            emit(f"numpy.randint {seed} {low} {high}", r.randint(low, high, size=20))
        emit(f"numpy.randint {seed} -9223372036854775808 9223372036854775807",
             r.randint(-(2**63), 2**63 - 1, size=5))
        emit(f"numpy.random_sample {seed}", r.random_sample(20))
        emit(f"numpy.standard_normal {seed}", r.standard_normal(101))
        emit(f"numpy.normal {seed}", r.normal(3.0, 0.7, 11))
        emit(f"numpy.uniform {seed}", r.uniform(-0.3, 1.7, 20))
        emit(f"numpy.after {seed}", u64([r.randint(0, 1000), r.randint(0, 1000)]))


def check_layout(key):
    """Fails if an element depends on more than the key and its flat index."""
    whole = np.asarray(jax.random.normal(key, (1000,)))
    for shape in [(1,), (7,), (3, 5, 7), (2, 499), (999,)]:
        part = np.asarray(jax.random.normal(key, shape)).ravel()
        assert np.array_equal(part, whole[: part.size]), shape


def threefry_bits():
    assert jax.config.jax_threefry_partitionable
    for key in [[0, 0], [2**32 - 1, 2**32 - 1], [0x13198A2E, 0x03707344]]:
        emit(
            f"threefry.bits32 {key[0]} {key[1]} 0",
            jax.random.bits(jnp.array(key, "uint32"), (9,), "uint32"),
        )
    for seed in SEEDS:
        key = jnp.array([seed, 7], dtype="uint32")
        check_layout(key)
        emit(f"threefry.split {seed} 7", jax.random.split(key, 5))
        folds = [0, 1, 2**32 - 1]
        emit(f"threefry.fold_in {seed} 7", *[jax.random.fold_in(key, d) for d in folds])
        for size in SIZES:
            for width in (8, 16, 32):
                bits = jax.random.bits(key, (size,), f"uint{width}")
                emit(f"threefry.bits{width} {seed} 7 {size}", bits)
            with jax.enable_x64(True):
                emit(f"threefry.bits64 {seed} 7 {size}", jax.random.bits(key, (size,), "uint64"))


def jax_floats(key, name, dtype, size):
    emit(f"uniform.{dtype} {name}", jax.random.uniform(key, (size,), dtype))
    emit(
        f"uniform_range.{dtype} {name}",
        jax.random.uniform(key, (size,), dtype, minval=-0.3, maxval=1.7),
    )
    emit(f"normal.{dtype} {name}", jax.random.normal(key, (size,), dtype))
    emit(
        f"truncated_normal.{dtype} {name}",
        jax.random.truncated_normal(key, -2.0, 2.0, (size,), dtype),
    )
    if size <= 33:
        emit(
            f"truncated_uneven.{dtype} {name}",
            jax.random.truncated_normal(key, -0.5, 3.0, (size,), dtype),
        )
        emit(f"gumbel.{dtype} {name}", jax.random.gumbel(key, (size,), dtype))


def jax_draws():
    for seed in SEEDS:
        key = jnp.array([seed, 0], dtype="uint32")
        sizes = [0, 1, 7, 33] + ([300] if seed == 42 else [])
        for size in sizes:
            for dtype in FLOATS:
                with jax.enable_x64(dtype == "float64"):
                    jax_floats(key, f"{seed} {size}", dtype, size)
        for p in (0.0, 0.1, 0.5, 0.8, 1.0 - 0.3, 1.0):
            emit(f"bernoulli {seed} {p}", jax.random.bernoulli(key, p, (65,)))
        jax_integers(key, seed)
        for shape in [(1, 0, 1), (1, 1, 1), (1, 9, 1), (1, 1700, 1), (3, 4, 5)]:
            if shape[1] > 1000 and seed != 42:
                continue
            x = jnp.broadcast_to(jnp.arange(shape[1])[None, :, None], shape)
            name = " ".join(str(n) for n in shape)
            emit(f"shuffle {seed} {name}", keras.random.shuffle(x, axis=1, seed=seed))


def jax_integers(key, seed):
    ranges = {
        "int32": [(0, 10), (-5, 6), (0, 2**31 - 1), (3, 3), (7, 2), (-(2**31), 2**31 - 1)],
        "int8": [(-128, 128), (0, 300), (5, 9)],
        "uint8": [(0, 256), (-4, 17)],
        "int16": [(-100, 100)],
        "uint16": [(0, 65536)],
    }
    wide = {
        "int32": [(-(2**31), 2**31), (0, 2**31)],
        "uint32": [(0, 2**32), (0, 2**32 - 1), (1, 2**40)],
        "int64": [(0, 10), (-(2**63), 2**63 - 1), (-5, 2**40)],
        "uint64": [(0, 2**63 - 1), (5, 10**12)],
    }
    for x64, table in ((False, ranges), (True, wide)):
        with jax.enable_x64(x64):
            for dtype, bounds in table.items():
                for low, high in bounds:
                    values = jax.random.randint(key, (12,), low, high, dtype)
                    emit(f"randint.{dtype} {seed} {low} {high}", values)


def pairs(name, function, x):
    """Emits each argument followed by its value."""
    emit(f"{name}.{x.dtype}", np.stack([x, np.asarray(function(x))], axis=1))


def xla_functions():
    rng = np.random.default_rng(1)
    powers = np.exp(rng.uniform(-80, 80, 60))
    small = np.concatenate([rng.uniform(-0.999, 1.5, 60), np.exp(rng.uniform(-40, 20, 20))])
    ends = 1 - np.exp(rng.uniform(-15.5, 0, 40))
    inner = np.concatenate([rng.uniform(-1, 1, 40), ends, -ends, [-1, 0, 1, 1.5, -1.5]])
    pairs("xla.log", jax.lax.log, np.append(powers, [0, np.inf, -1, 1]).astype("float32"))
    pairs("xla.erf", jax.lax.erf, np.append(rng.uniform(-4, 4, 60), 9).astype("float32"))
    for dtype in ("float32", "float64"):
        with jax.enable_x64(dtype == "float64"):
            pairs("xla.log1p", jax.lax.log1p, small.astype(dtype))
            pairs("xla.erf_inv", jax.lax.erf_inv, inner.astype(dtype))
            if dtype == "float64":
                extreme = 1 - np.exp(rng.uniform(-36, -15, 40))
                pairs("xla.erf_inv", jax.lax.erf_inv, extreme)


def keras_draws():
    for seed in SEEDS:
        emit(f"keras.seed_key {seed}", draw_seed(seed))
        generator = keras.random.SeedGenerator(seed)
        emit(f"keras.ordered {seed}", *[generator.next() for _ in range(4)], generator.state.value)
        generator = keras.random.SeedGenerator(seed)
        emit(f"keras.unordered {seed}", *[generator.next(ordered=False) for _ in range(9)])
        keras.utils.set_random_seed(seed)
        emit(f"keras.global {seed}", *[draw_seed(None) for _ in range(5)])
        keras.utils.set_random_seed(seed)
        first = keras.initializers.GlorotUniform()
        second = keras.initializers.Orthogonal()
        emit(f"keras.default_seeds {seed}", u64([first.seed, second.seed]))
        emit(f"keras.fit_order {seed}", np.random.permutation(10), np.random.permutation(10))
        for dtype in ("float32", "float16", "bfloat16"):
            name = f"{dtype} {seed}"
            emit(f"keras.normal.{name}", keras.random.normal((5, 7), 0.25, 0.3, dtype, seed))
            emit(
                f"keras.truncated_normal.{name}",
                keras.random.truncated_normal((5, 7), -0.5, 0.05, dtype, seed),
            )
            emit(f"keras.uniform.{name}", keras.random.uniform((5, 7), -0.05, 0.05, dtype, seed))
        glorot = keras.initializers.GlorotUniform(seed=seed)
        emit(f"keras.glorot_uniform {seed}", glorot((13, 4)))
        emit(f"keras.he_normal {seed}", keras.initializers.HeNormal(seed=seed)((3, 3, 2, 4)))
        ones = np.ones((6, 11), "float32")
        emit(f"keras.dropout {seed}", keras.random.dropout(ones, 0.3, seed=seed) != 0)
    generator = keras.random.SeedGenerator(5)
    generator.state.assign(np.array([5, 2**32 - 1], dtype="uint32"))
    emit("keras.wrap", generator.next(), generator.next())


def main():
    lines.append("# Made by tests/golden/make_random.py with Python "
                 f"{sys.version.split()[0]}, NumPy {np.__version__}, JAX {jax.__version__}, "
                 f"Keras {keras.__version__}.")
    python_draws()
    numpy_draws()
    threefry_bits()
    jax_draws()
    xla_functions()
    keras_draws()
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "random.txt")
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    size = os.path.getsize(path)
    assert size <= 200_000, size
    print(f"{len(lines)} lines, {size} bytes")


main()
