# SPDX-License-Identifier: Apache-2.0
"""Values of the initializers for seeds and shapes, and the seeds drawn after set_random_seed."""

import os

import keras
import numpy as np

from .pack import Pack, versions
from .wide import wide_mode

SHAPES = [(5,), (3, 4), (2, 3, 4), (2, 2, 3, 2)]
RANDOM = {
    "glorot_uniform": keras.initializers.GlorotUniform,
    "random_normal": keras.initializers.RandomNormal,
    "random_uniform": keras.initializers.RandomUniform,
}


def entry(pack, initializer, shape, dtype="float32", calls=1):
    config = keras.saving.serialize_keras_object(initializer)
    values = [np.asarray(initializer(shape, dtype=dtype)) for _ in range(calls)]
    return {"object": config, "shape": list(shape), "dtype": dtype,
            "arrays": [pack.put("a", v) for v in values]}


def seeded(pack):
    i = keras.initializers
    cases = []
    for make in RANDOM.values():
        for seed in (0, 1, 42, 123456789, 2**31 - 1):
            cases += [entry(pack, make(seed=seed), shape) for shape in SHAPES]
        cases.append(entry(pack, make(seed=7), (784, 3)))
        cases.append(entry(pack, make(seed=7), (1,)))
        cases.append(entry(pack, make(seed=7), ()))
        cases.append(entry(pack, make(seed=7), (0, 3)))
        cases.append(entry(pack, make(seed=7), (3, 4), calls=2))
        for dtype in ("float16", "bfloat16"):
            cases.append(entry(pack, make(seed=7), (3, 4), dtype))
    cases.append(entry(pack, i.RandomNormal(mean=2.0, stddev=0.5, seed=3), (3, 4)))
    cases.append(entry(pack, i.RandomUniform(minval=-3.0, maxval=5.0, seed=3), (3, 4)))
    for make in (i.Zeros, i.Ones, lambda: i.Constant(0.25), lambda: i.Constant(-3),
                 lambda: i.Constant(True)):
        for shape in [(), *SHAPES]:
            cases.append(entry(pack, make(), shape))
        cases.append(entry(pack, make(), (3,), "int32"))
        cases.append(entry(pack, make(), (3,), "float16"))
    cases.append(entry(pack, i.Ones(), (3,), "bool"))
    cases.append(entry(pack, i.Zeros(), (3,), "bool"))
    return cases


WINDOWS = ["barthann", "bartlett", "blackman", "blackmanharris", "bohman", "boxcar", "cosine",
           "exponential", "flattop", "hamming", "hann", "lanczos", "nuttall", "parzen", "taylor",
           "triang", "tukey", "hann_periodic", "hamm", "tri_symmetric"]


def fourier(pack):
    """Each window of STFT, even, odd and alone, and its other arguments."""
    make = keras.initializers.STFT
    cases = [entry(pack, make("real", window, None, periodic), (length, 1, 3))
             for window in WINDOWS for length in (1, 8, 9) for periodic in (False, True)
             if not (window == "bartlett" and length == 1)]
    values = np.linspace(0.25, 1.0, 6).astype("float32")
    for side in ("real", "imag"):
        for scaling in ("density", "spectrum", None):
            cases.append(entry(pack, make(side, scaling=scaling), (128, 1, 65)))
            cases.append(entry(pack, make(side, values, scaling), (6, 1, 4)))
        cases.append(entry(pack, make(side, None), (16, 1, 9)))
        for dtype in ("float16", "bfloat16"):
            cases.append(entry(pack, make(side), (4, 1, 3), dtype))
    return cases


def wide(pack):
    """Draws in float64, which JAX does only in its 64-bit mode."""
    with wide_mode():
        return [entry(pack, make(seed=7), shape, "float64")
                for make in RANDOM.values() for shape in SHAPES]


def drawn(pack):
    """After set_random_seed, each initializer without a seed draws one when it is made."""
    sequences = []
    for seed in (0, 42, 1337):
        keras.utils.set_random_seed(seed)
        made = []
        for string in ("glorot_uniform", "random_normal", "glorot_uniform", "zeros",
                       "random_uniform"):
            initializer = keras.initializers.get(string)
            made.append({"string": string, "drawn_seed": getattr(initializer, "seed", None),
                         **entry(pack, initializer, (3, 4))})
        sequences.append({"set_random_seed": seed, "made": made})
    return sequences


def generators(pack):
    """A SeedGenerator as the seed gives new values at each call."""
    cases = []
    for make in RANDOM.values():
        generator = keras.random.SeedGenerator(5)
        initializer = make(seed=generator)
        arrays = [pack.put("a", np.asarray(initializer((3, 4)))) for _ in range(3)]
        cases.append({"class": type(initializer).__name__, "seed_generator": 5, "shape": [3, 4],
                      "arrays": arrays, "state": pack.put("state", np.asarray(generator.state))})
    return cases


def make(out, pattern):
    del pattern
    pack = Pack()
    case = {"kind": "initializers", "name": "initializers", "versions": versions(),
            "cases": seeded(pack), "cases_float64": wide(pack), "drawn": drawn(pack),
            "seed_generators": generators(pack)}
    size = pack.write(os.path.join(out, "initializers.npz"), case)
    print(f"   {len(case['cases'])} cases of initializers, {size} bytes")
    pack = Pack()
    case = {"kind": "initializers", "name": "initializers_stft", "versions": versions(),
            "cases": fourier(pack)}
    size = pack.write(os.path.join(out, "initializers_stft.npz"), case)
    print(f"   {len(case['cases'])} cases of STFT, {size} bytes")
