# SPDX-License-Identifier: Apache-2.0
"""The calls of keras.ops that ops.py records: name -> list of (positional, keyword) arguments."""

import itertools

import ml_dtypes
import numpy as np

from .pack import rng_of

CASES: dict[str, list] = {}
# Functions whose result does not depend on its input's values, or is not differentiable.
SKIP_GRADIENT = {"arange", "linspace", "sign", "floor", "ceil", "round", "trunc", "one_hot", "cast"}

FLOATS = ["float32", "float64", "float16", "bfloat16"]
INTEGERS = ["int32", "int64", "int8", "uint8", "int16", "uint16", "uint32"]
ALL = ["bool", *INTEGERS, *FLOATS]
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -2.5, 1e-8, 1e8, -1e8, 88.0, -88.0, 104.0,
                    np.inf, -np.inf, np.nan], np.float32)


def dtype_of(name):
    return np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)


class Source:
    """Random arrays of one op; the same in every run."""

    def __init__(self, name):
        self.rng = rng_of("ops/" + name)

    def __call__(self, *shape, dtype="float32", low=-2.0, high=2.0):
        if dtype == "bool":
            return self.rng.integers(0, 2, shape).astype(bool)
        if dtype.startswith(("int", "uint")):
            low = 0 if dtype.startswith("u") else int(low * 4)
            return np.asarray(self.rng.integers(low, int(high * 4) + 1, shape)).astype(dtype)
        return np.asarray(self.rng.uniform(low, high, shape)).astype(dtype_of(dtype))


def add(name, *args, **kwargs):
    CASES.setdefault(name, []).append((list(args), kwargs))


# name -> (domain of the random input, whether the special values are tried, integer inputs too)
UNARY = {
    "abs": (-2, 2), "absolute": (-2, 2), "negative": (-2, 2), "sign": (-2, 2), "square": (-2, 2),
    "sqrt": (0, 4), "rsqrt": (0.1, 4), "reciprocal": (0.2, 4), "exp": (-3, 3), "expm1": (-1, 1),
    "exp2": (-3, 3), "log": (0.1, 4), "log1p": (-0.5, 3), "log2": (0.1, 4), "log10": (0.1, 4),
    "sin": (-4, 4), "cos": (-4, 4), "tan": (-1.4, 1.4), "arcsin": (-1, 1), "arccos": (-1, 1),
    "arctan": (-4, 4), "sinh": (-3, 3), "cosh": (-3, 3), "tanh": (-3, 3), "arcsinh": (-3, 3),
    "arccosh": (1.1, 4), "arctanh": (-0.9, 0.9), "floor": (-4, 4), "ceil": (-4, 4),
    "round": (-4, 4), "trunc": (-4, 4), "isnan": (-2, 2), "isinf": (-2, 2), "isfinite": (-2, 2),
    "logical_not": (-2, 2), "erf": (-2, 2), "sigmoid": (-6, 6), "relu": (-2, 2),
    "softplus": (-6, 6), "log_sigmoid": (-6, 6), "silu": (-4, 4), "zeros_like": (-2, 2),
    "ones_like": (-2, 2),
}
FLOAT_ONLY = {"erf", "sigmoid", "relu", "softplus", "log_sigmoid", "silu", "rsqrt"}


def unary():
    for name, (low, high) in UNARY.items():
        s = Source(name)
        for shape in [(3, 4), (), (0, 3), (2, 1, 3)]:
            add(name, s(*shape, low=low, high=high))
        add(name, SPECIAL)
        for dtype in FLOATS[1:]:
            add(name, s(7, dtype=dtype, low=low, high=high))
        if name in FLOAT_ONLY:
            continue
        for dtype in ["int32", "int64", "int8", "uint8", "bool"]:
            if dtype == "bool" and name in ("negative", "sign", "round"):
                continue
            value = s(5, dtype=dtype, low=1, high=2)
            add(name, value if dtype != "bool" else np.array([True, False, True]))
    for value in (0.0, 1.0, 0.5, 1.5, 2.5, -0.5, -1.5):
        add("round", np.float32(value))
    add("round", np.array([1.234, -5.678], np.float32), decimals=2)


BINARY = ["add", "subtract", "multiply", "divide", "true_divide", "floor_divide", "mod", "power",
          "maximum", "minimum", "arctan2", "logaddexp", "equal", "not_equal", "greater",
          "greater_equal", "less", "less_equal", "logical_and", "logical_or", "logical_xor"]
ALL_PAIRS = ("add", "multiply", "divide", "floor_divide", "maximum", "greater")
SHAPES = [((3, 4), (3, 4)), ((3, 4), (4,)), ((3, 1), (1, 4)), ((), (2, 3)), ((2, 3), ()),
          ((0, 3), (1, 3)), ((2, 1, 3), (4, 1))]
SOME_PAIRS = [("int32", "float32"), ("int8", "uint8"), ("uint8", "int32"), ("bool", "int32"),
              ("int64", "int32"), ("float16", "bfloat16"), ("float16", "int64"),
              ("float32", "float64"), ("bool", "bool"), ("uint32", "int32"), ("int64", "int64")]


def operand(s, name, dtype, second):
    """Draws an operand without division by an integer zero or negative integer powers."""
    if name in ("divide", "true_divide", "floor_divide", "mod") and second:
        return np.ones(4, bool) if dtype == "bool" else s(4, dtype=dtype, low=0.25, high=2)
    if name == "power":
        return s(4, dtype=dtype, low=0.25, high=0.75)
    return s(4, dtype=dtype)


def binary():
    for name in BINARY:
        s = Source(name)
        low = 0.2 if name == "power" else -2.0
        for a, b in SHAPES:
            add(name, s(*a, low=low), s(*b))
        add(name, np.array([1, 1, 0, -1, np.inf, np.nan, 2], np.float32),
            np.array([1, 0, 0, 2, 1, 1, np.nan], np.float32))
        pairs = itertools.product(ALL, ALL) if name in ALL_PAIRS else SOME_PAIRS
        first = {dtype: operand(s, name, dtype, False) for dtype in ALL}
        second = {dtype: operand(s, name, dtype, True) for dtype in ALL}
        for a, b in pairs:
            if {a, b} == {"bool"} and name in ("subtract", "mod", "floor_divide", "power"):
                continue
            add(name, first[a], second[b])
        for dtype in ["int32", "uint8", "float16", "float32", "float64"]:
            x = operand(s, name, dtype, True)
            for number in (2, 2.5, True):
                add(name, x, number)
            add(name, 3, x)
            add(name, 1.5, x)
    signed = np.array([-7, 7, -7, 7, 6], np.int32), np.array([3, -3, -3, 3, -3], np.int32)
    for name in ("floor_divide", "mod"):
        add(name, *signed)
        add(name, *(v.astype(np.float32) for v in signed))
    ties = np.array([1, 2, 2, 0], np.float32), np.array([1, 1, 2, -0.0], np.float32)
    for name in ("maximum", "minimum"):
        add(name, *ties)


REDUCTIONS = ["sum", "mean", "max", "min", "prod", "var", "std", "any", "all", "argmax", "argmin",
              "logsumexp", "amax", "amin", "count_nonzero"]


def reductions():
    for name in REDUCTIONS:
        s = Source(name)
        one_axis = name in ("argmax", "argmin")
        keeps = name != "count_nonzero"
        axes = [None, 0, -1, 1] if one_axis else [None, 0, -1, (0, 2), (1,), (-1, 0, 1)]
        for axis in axes:
            x = s(2, 3, 4, dtype="bool") if name in ("any", "all") else s(2, 3, 4)
            add(name, x, axis=axis)
            if keeps:
                add(name, x, axis=axis, keepdims=True)
        if not (one_axis and name):
            add(name, s())
        add(name, s(1))
        for dtype in ["bool", "int8", "uint8", "int32", "int64", "uint32", "float16", "bfloat16",
                      "float64"]:
            if name == "logsumexp" and dtype == "bool":
                continue
            add(name, s(3, 4, dtype=dtype), axis=1)
        if name in ("sum", "mean", "prod", "any", "all", "count_nonzero"):
            add(name, s(0, 3))
            add(name, s(0, 3), axis=0)
            add(name, s(2, 0, 3), axis=1)
        if name in ("max", "min"):
            add(name, s(3, 4), axis=0, initial=0.5)
            add(name, s(0, 4), axis=0, initial=-1.0)
        ties = np.array([[1, 3, 3, 2], [0, 0, 0, 0], [-1, -5, -5, -1]], np.float32)
        add(name, ties, axis=1)
        add(name, np.array([[1, np.nan, 2], [np.inf, 1, 2]], np.float32), axis=1)
    add("logsumexp", np.array([[1000.0, 1000.0], [-1000.0, -1001.0]], np.float32), axis=1)
    add("logsumexp", np.full((2, 2), -np.inf, np.float32), axis=0)


def products():
    s = Source("matmul")
    shapes = [((3,), (3,)), ((3,), (3, 4)), ((2, 3), (3,)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)),
              ((2, 3), (5, 3, 4)), ((5, 2, 3), (5, 3, 4)), ((5, 2, 3), (3,)), ((3,), (5, 3, 4)),
              ((1, 2, 3), (5, 3, 2)), ((2, 1, 2, 3), (5, 3, 4)), ((2, 5, 2, 3), (2, 5, 3, 1)),
              ((2, 1, 2, 3), (1, 4, 3, 2)), ((0, 3), (3, 4)), ((2, 0), (0, 4)), ((1, 1), (1, 1)),
              ((17, 33), (33, 9))]
    for a, b in shapes:
        add("matmul", s(*a), s(*b))
    pairs = [("float64", "float64"), ("float16", "float16"), ("bfloat16", "bfloat16"),
             ("float16", "float32"), ("int32", "int32"), ("int8", "int8"), ("uint8", "uint8"),
             ("int32", "float32"), ("bool", "bool"), ("int64", "int32"), ("int8", "float32")]
    for a, b in pairs:
        add("matmul", s(2, 3, dtype=a), s(3, 4, dtype=b))
    for a, b in [((3,), (3,)), ((2, 3), (3, 4)), ((2, 3), (3,)), ((), (2, 3)), ((2, 3), ()),
                 ((5, 2, 3), (3,)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (4, 3, 2))]:
        add("dot", s(*a), s(*b))
    add("dot", s(2, 3, dtype="int32"), s(3, dtype="float32"))


def named_products():
    s = Source("einsum")
    for subscripts, *given in [
            ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ij,kj->ki", (2, 3), (4, 3)),
            ("i,i->", (3,), (3,)), ("i,j->ij", (3,), (4,)), ("i,i->i", (3,), (3,)),
            ("ij->ji", (2, 3)), ("ij->i", (2, 3)), ("ij->", (2, 3)), ("ba", (2, 3)),
            ("ii->i", (3, 3)), ("ii", (3, 3)), ("iji->j", (3, 2, 3)),
            ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("bij,bkj->bki", (2, 3, 4), (2, 5, 4)),
            ("abcd,cde->abe", (2, 3, 4, 2), (4, 2, 3)), ("abc,cde->abde", (2, 3, 4), (4, 2, 3)),
            ("btnh,bsnh->bnts", (2, 3, 2, 4), (2, 5, 2, 4)),
            ("bnts,bsnh->btnh", (2, 2, 3, 5), (2, 5, 2, 4)),
            ("...x,xy->...y", (2, 3, 4), (4, 5)), ("...ij,...jk->...ik", (2, 1, 2, 3), (5, 3, 4)),
            ("ab...,bc->ac...", (2, 3, 4, 2), (3, 5)), ("...,...->...", (2, 3), (3,)),
            ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)), ("ij,j,i->", (2, 3), (3,), (2,)),
            ("abc,dbe->adce", (2, 3, 2), (4, 3, 2)), ("ij,ik->k", (2, 3), (2, 4))]:
        add("einsum", subscripts, *(s(*shape) for shape in given))
    for a, b in [("float64", "float64"), ("float16", "float16"), ("int32", "int32"),
                 ("int8", "int8"), ("int32", "float32"), ("bfloat16", "bfloat16")]:
        add("einsum", "ij,jk->ik", s(2, 3, dtype=a), s(3, 4, dtype=b))
    s = Source("normalize")
    for arguments in ({}, {"axis": 0}, {"axis": (0, 1)}, {"order": 1}, {"order": 3},
                      {"epsilon": 2.0}, {"axis": 1, "order": 2, "epsilon": 1e-3}):
        add("normalize", s(3, 4), **arguments)
    add("normalize", s(2, 3, 4), axis=1)
    add("normalize", s(4))
    for dtype in FLOATS[1:]:
        add("normalize", s(3, 4, dtype=dtype))


def choices():
    s = Source("where")
    c = s(3, 4, dtype="bool")
    add("where", c, s(3, 4), s(3, 4))
    add("where", c, s(4), s(3, 1))
    add("where", s(3, 1, dtype="bool"), s(), s(4))
    add("where", c, 1.0, s(3, 4))
    add("where", c, s(3, 4), 0)
    add("where", c, 1, 2)
    add("where", c, 1.5, 2)
    add("where", s(4, dtype="int32"), s(4), s(4))
    add("where", np.zeros((0, 2), bool), s(0, 2), s(2))
    first, second = ({dtype: s(4, dtype=dtype) for dtype in ALL} for _ in range(2))
    for a, b in itertools.product(ALL, ALL):
        add("where", np.array([True, False, True, False]), first[a], second[b])
    s = Source("clip")
    add("clip", s(3, 4), -1.0, 1.0)
    add("clip", s(3, 4), -1, 1)
    add("clip", np.array([-1, 1, 0.5, np.nan, np.inf], np.float32), -1.0, 1.0)
    add("clip", s(3, 4), s(4, low=-1, high=0), s(3, 1, low=0, high=1))
    for dtype in ["int32", "uint8", "bool", "float16", "float64"]:
        add("clip", s(5, dtype=dtype), 0, 1)
    add("clip", s(5, dtype="int32"), 0.5, 2.5)
    s = Source("take")
    x = s(3, 4, 2)
    for axis in (None, 0, 1, -1):
        add("take", x, np.array([[0, 1], [1, 0]], np.int32), axis=axis)
    add("take", x, np.array([-1, 0], np.int64), axis=1)
    add("take", x, 1, axis=0)
    add("take", s(5, dtype="int64"), np.array([0, 4, 4], np.uint8), axis=0)
    add("take", x, np.zeros((0,), np.int32), axis=0)
    s = Source("take_along_axis")
    x = s(3, 4)
    add("take_along_axis", x, np.array([[0, 3], [1, 1], [2, 0]], np.int32), axis=1)
    add("take_along_axis", x, np.array([[2, 0, 1, 2]], np.int32), axis=0)
    add("take_along_axis", x, np.array([[-1], [-2], [0]], np.int64), axis=-1)
    add("take_along_axis", x, np.array([11, 0, 5], np.int32), axis=None)
    s = Source("get_item")
    x = s(4, 5, 6)
    keys = [(Ellipsis, slice(1, -1, 2), None), slice(1, 3), (0,), -1, (slice(None), -1),
            (slice(None, None, -1),), (Ellipsis, 0), (None, Ellipsis), (1, 2, 3),
            (slice(None), slice(4, 0, -2), slice(-3, None)), (slice(2, 2),), (slice(0, 100),),
            (0, Ellipsis, None, slice(None, 2)), (slice(None), None, 1), (slice(-100, 2),)]
    for key in keys:
        add("get_item", x, key)
    add("get_item", x, np.array([0, 2, 2], np.int32))
    add("get_item", x, (slice(None), np.array([0, 2, 2], np.int32)))
    add("get_item", s(5, dtype="int64"), slice(None, None, 2))


def shapes():
    s = Source("shapes")
    x = s(2, 3, 4)
    add("transpose", x)
    add("transpose", s(2, 3))
    add("transpose", s(4))
    add("transpose", s())
    for axes in [(0, 2, 1), (2, 0, 1), (1, 2, 0)]:
        add("transpose", x, axes=axes)
    add("transpose", s(2, 3, dtype="bool"))
    for shape in [(6, 4), (-1,), (2, -1), (4, 3, 2), (1, 2, 3, 4, 1), (2, 3, -1, 2)]:
        add("reshape", x, shape)
    add("reshape", s(), (1, 1))
    add("reshape", s(1), ())
    add("reshape", s(0, 3), (3, 0))
    add("reshape", s(2, 3, dtype="int8"), (3, 2))
    add("concatenate", [s(2, 3), s(4, 3)], axis=0)
    add("concatenate", [s(2, 3), s(2, 1), s(2, 2)], axis=-1)
    add("concatenate", [s(2, 3), s(0, 3)], axis=0)
    add("concatenate", [s(2, 3, 2), s(2, 1, 2)], axis=1)
    for a, b in SOME_PAIRS:
        add("concatenate", [s(2, dtype=a), s(3, dtype=b)], axis=0)
    for axis in (0, 1, -1, 2):
        add("stack", [s(2, 3), s(2, 3), s(2, 3)], axis=axis)
    add("stack", [s(), s()], axis=0)
    add("stack", [s(2, dtype="int32"), s(2, dtype="float16")], axis=0)
    add("split", s(6, 2), 3, axis=0)
    add("split", s(2, 6), [1, 4], axis=1)
    add("split", s(2, 6), [2, 2, 5], axis=-1)
    add("split", s(4), 1, axis=0)
    for axis in (0, 1, -1, -2, (0, -1)):
        add("expand_dims", s(2, 3), axis)
    add("expand_dims", s(), 0)
    add("squeeze", s(1, 2, 1))
    for axis in (0, -1, (0, 2)):
        add("squeeze", s(1, 2, 1), axis=axis)
    add("squeeze", s(1, 1))
    for repeats in [2, (2,), (1, 3), (2, 1, 2), (0, 2)]:
        add("tile", s(2, 3), repeats)
    add("tile", s(), (3,))
    for repeats, axis in [(2, None), (3, 0), (2, 1), (2, -1), (0, 0)]:
        add("repeat", s(2, 3), repeats, axis=axis)
    add("repeat", s(2, 3), np.array([1, 2], np.int32), axis=0)
    for width in [1, ((1, 2),), ((1, 0), (0, 2)), ((0, 0), (2, 1))]:
        add("pad", s(2, 3), width)
    add("pad", s(2, 3), ((1, 1), (0, 2)), mode="constant", constant_values=5)
    add("pad", s(3, 4), ((1, 2), (2, 1)), mode="reflect")
    add("pad", s(3, 4), ((1, 2), (2, 1)), mode="symmetric")
    add("pad", s(3, dtype="int32"), ((1, 1),))
    for shape in [(2, 3), (4, 2, 3)]:
        add("broadcast_to", s(3), shape)
    add("broadcast_to", s(2, 1), (2, 4))
    add("broadcast_to", s(), (2, 0))
    for axis in (None, 0, 1, -1):
        add("flip", s(2, 3), axis=axis)
        add("roll", s(2, 3), 1, axis=axis)
    add("swapaxes", s(2, 3, 4), 0, -1)
    add("moveaxis", s(2, 3, 4), 0, -1)
    add("moveaxis", s(2, 3, 4), (0, 1), (-1, 0))
    add("ravel", s(2, 3))


def others():
    s = Source("others")
    for kwargs in [{}, {"axis": 0}, {"axis": 1}, {"axis": (1, 2)}]:
        add("softmax", s(2, 3, 4), **kwargs)
        add("log_softmax", s(2, 3, 4), **kwargs)
    big = np.array([[16, 40, -40], [-16, 0, 100], [0, 0, 0], [1e4, -1e4, 1e4]], np.float32)
    for name in ("softmax", "log_softmax"):
        add(name, big)
        add(name, s(1))
        add(name, s(0, 3))
        add(name, s(5, dtype="float16"))
        add(name, s(5, dtype="bfloat16"))
        add(name, s(5, dtype="float64"))
    for axis in (None, 0, 1, -1):
        add("cumsum", s(3, 4), axis=axis)
        add("cumprod", s(3, 4), axis=axis)
    for dtype in ("bool", "int8", "uint8", "int32", "float16"):
        add("cumsum", s(4, dtype=dtype))
    add("cumsum", s(4, dtype="int32"), dtype="float32")
    labels = np.array([[0, 2], [3, 1]], np.int32)
    for kwargs in [{}, {"axis": 0}, {"axis": 1}, {"dtype": "int32"}, {"dtype": "bool"}]:
        add("one_hot", labels, 4, **kwargs)
    add("one_hot", np.array([-1, 0, 4, 9], np.int64), 4)
    add("one_hot", np.array(2, np.uint8), 3)
    for args in [(5,), (2, 7), (1, 10, 3), (5, 0, -2), (2.5,), (0.0, 1.0, 0.25), (0, 1, 0.3), (0,),
                 (3, 3)]:
        add("arange", *args)
    for dtype in ("float32", "int64", "float16", "uint8"):
        add("arange", 4, dtype=dtype)
    for kwargs in [{}, {"num": 5}, {"num": 4, "endpoint": False}, {"num": 1}, {"num": 0},
                   {"num": 5, "dtype": "float64"}, {"num": 4, "dtype": "int32"}]:
        add("linspace", -1.0, 4.0, **kwargs)
    add("linspace", 0, 10, num=3)
    add("linspace", s(3), s(3), num=4, axis=-1)
    values = np.array([-2.75, -1.0, -0.5, 0.0, 0.5, 1.5, 2.5, 100.25])
    for a, b in itertools.product(ALL, ALL):
        x = np.abs(values) if b.startswith("u") else values
        x = np.array([0, 1, 100], np.int64) if a.startswith(("int", "uint")) else x
        x = x != 0 if a == "bool" else x
        add("cast", x.astype(dtype_of(a)), b)
    add("cast", np.array([300, -1, 65536, 2**31 - 1], np.int64), "uint8")
    add("cast", np.array([300, -1, 65536, 2**31 - 1], np.int64), "int8")
    add("cast", np.array([2**33 + 5, -(2**40)], np.int64), "int32")
    add("cast", np.array([65504.0, 65520.0, 1e-8, 1.0009765], np.float32), "float16")
    add("cast", np.array([1.00390625, 1.01171875, 3.4e38, 1e-40], np.float32), "bfloat16")
    for name, shape in itertools.product(("zeros", "ones"), [(2, 3), (), (0, 2)]):
        add(name, shape)
    add("ones", (2,), dtype="int32")
    add("full", (2, 3), 1.5)
    add("full", (2,), 7, dtype="uint8")
    add("eye", 3)
    add("eye", 2, 4, 1)
    for threshold in (2, -1):
        add("leaky_relu", s(6), negative_slope=0.1 * abs(threshold))
    for args in [(s(4, 3),), (s(2, 0),)]:
        add("sort", *args)
        add("argsort", *args)
    add("sort", s(3, 4), axis=0)


unary()
binary()
reductions()
products()
named_products()
choices()
shapes()
others()
