# SPDX-License-Identifier: Apache-2.0
"""Calls keras.ops functions on small inputs and writes one file for each function."""

import os
import re
import warnings

import jax
import jax.numpy as jnp
import keras
import numpy as np

from .ops_cases import CASES, SKIP_GRADIENT
from .pack import Pack, map_tree, rng_of, versions
from .wide import WIDE, wide_mode

GRADIENT_DTYPES = ("float32", "float64")


def encode(pack, value):
    """Turns an argument into JSON: arrays become {"array": name}, slices {"slice": [...]}."""
    if isinstance(value, (np.ndarray, np.generic)):
        return {"array": pack.put("in", value)}
    if isinstance(value, slice):
        return {"slice": [value.start, value.stop, value.step]}
    if value is Ellipsis:
        return {"ellipsis": True}
    if value is np.newaxis:
        return {"newaxis": True}
    if isinstance(value, (list, tuple)):
        return [encode(pack, v) for v in value]
    return value


def encode_argument(pack, value):
    """As encode, but a bare None is Python's None and not a new axis."""
    return None if value is None else encode(pack, value)


def to_jax(value):
    if isinstance(value, (np.ndarray, np.generic)):
        return jnp.asarray(value)
    if isinstance(value, list):
        return [to_jax(v) for v in value]
    return value


def call(name, args, kwargs):
    if name == "get_item":
        return args[0][args[1]]
    return getattr(keras.ops, name)(*args, **kwargs)


def is_wide(value):
    """Says whether an argument is, or asks for, a 64-bit dtype; only then is 64-bit mode on."""
    if isinstance(value, (list, tuple)):
        return any(is_wide(v) for v in value)
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.name in WIDE
    return isinstance(value, str) and value in WIDE


def symbolic_output(name, args, kwargs):
    """Gives shape and dtype as Keras infers them without values; null where it cannot."""
    if not any(isinstance(leaf, (np.ndarray, np.generic)) for a in args
               for leaf in (a if isinstance(a, list) else [a])):
        return None

    def symbol(value):
        if isinstance(value, (np.ndarray, np.generic)):
            return keras.KerasTensor(value.shape, value.dtype.name)
        return [symbol(v) for v in value] if isinstance(value, list) else value

    try:
        result = call(name, [symbol(a) for a in args], kwargs)
    except Exception:
        return None
    return map_tree(lambda t: {"shape": list(t.shape), "dtype": str(t.dtype)}, result)


def disagrees(output, symbolic):
    """Says whether a value's dtype is not the one Keras infers: JAX's 64-bit mode shows through."""
    return (isinstance(output, np.ndarray) and isinstance(symbolic, dict)
            and output.dtype.name != symbolic["dtype"])


def float_places(args):
    """Gives the places of the float arrays among the arguments: i, or (i, j) inside a list."""
    places = []
    for i, value in enumerate(args):
        if isinstance(value, np.ndarray) and value.dtype.name in GRADIENT_DTYPES:
            places.append((i,))
        elif isinstance(value, list):
            for j, inner in enumerate(value):
                if isinstance(inner, np.ndarray) and inner.dtype.name in GRADIENT_DTYPES:
                    places.append((i, j))
    return places


def gradients(name, args, kwargs, output, rng):
    """Pulls a random cotangent back to the float arguments; None where there is nothing to pull."""
    places = float_places(args)
    if name in SKIP_GRADIENT or not places or not isinstance(output, np.ndarray):
        return None
    if output.dtype.name not in GRADIENT_DTYPES or output.size == 0:
        return None

    def function(values):
        ready = [to_jax(a) for a in args]
        for place, value in zip(places, values):
            if len(place) == 1:
                ready[place[0]] = value
            else:
                ready[place[0]][place[1]] = value
        return call(name, ready, kwargs)

    primals = [to_jax(args[p[0]] if len(p) == 1 else args[p[0]][p[1]]) for p in places]
    cotangent = rng.standard_normal(output.shape).astype(output.dtype)
    _, pull = jax.vjp(function, primals)
    return places, cotangent, [np.asarray(g) for g in pull(jnp.asarray(cotangent))[0]]


def run_case(pack, name, number, args, kwargs):
    output = call(name, [to_jax(a) for a in args], {k: to_jax(v) for k, v in kwargs.items()})
    is_list = isinstance(output, (list, tuple))
    output = [np.asarray(o) for o in output] if is_list else np.asarray(output)
    symbolic = symbolic_output(name, args, kwargs)
    if disagrees(output, symbolic) and jax.config.jax_enable_x64:
        return None
    case = {
        "args": [encode_argument(pack, a) for a in args],
        "kwargs": {k: encode_argument(pack, v) for k, v in kwargs.items()},
        "output": pack.put_tree("out", output),
        "symbolic": symbolic,
    }
    pulled = gradients(name, args, kwargs, output, rng_of(f"{name}/{number}"))
    if pulled:
        places, cotangent, values = pulled
        case["cotangent"] = pack.put("ct", cotangent)
        case["gradients"] = [
            {"of": list(place), "array": pack.put("g", value)}
            for place, value in zip(places, values)
        ]
    return case


def make(out, pattern):
    warnings.filterwarnings("ignore")
    total = count = 0
    failures = []
    for name, cases in CASES.items():
        if not re.search(pattern, name):
            continue
        pack = Pack()
        done = []
        for number, (args, kwargs) in enumerate(cases):
            try:
                with wide_mode(is_wide([*args, *kwargs.values()])):
                    result = run_case(pack, name, number, args, kwargs)
                if result is None:
                    print(f"   left out: ops.{name} case {number}")
                else:
                    done.append(result)
            except Exception as error:
                shapes = [getattr(a, "dtype", a) for a in args]
                failures.append(f"ops.{name} case {number}: {shapes} {kwargs}: {error!r:.200}")
        case = {"kind": "ops", "name": name, "versions": versions(), "cases": done}
        total += pack.write(os.path.join(out, "ops", name + ".npz"), case)
        count += len(done)
    if failures:
        raise RuntimeError("\n".join(failures))
    print(f"   {count} cases of ops, {total} bytes")
