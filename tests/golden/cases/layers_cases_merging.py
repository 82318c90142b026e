# SPDX-License-Identifier: Apache-2.0
"""The calls of merging and reshaping layers, and of those that pass data through."""

from keras import layers

from .layers_cases import add, integers, mask, no_mask, normal, several


def merging():
    for make in (layers.Subtract, layers.Multiply, layers.Average, layers.Maximum,
                 layers.Minimum):
        two_only = make is layers.Subtract
        add(make, several(normal(4, 3), normal(4, 3)))
        if not two_only:
            add(make, several(normal(4, 3), normal(4, 3), normal(4, 3)))
            add(make, several(normal(4, 1), normal(4, 3), normal(4, 2, 1)))
        add(lambda m=make: m(name="merged"), several(normal(2, 3, 4), normal(2, 3, 4)))
        add(make, several(normal(4, 3), normal(4, 1)))
        add(make, several(normal(4, 3), normal(4, 2, 3)))
        add(make, several(normal(4, 1, 3), normal(4, 2, 1)))
        if make is not layers.Average:
            add(make, several(integers(4, 3), integers(4, 3)))
        add(make, several(integers(4, 3), normal(4, 3)))
        add(lambda m=make: m(dtype="bfloat16"), several(normal(4, 3), normal(4, 3)))
        add(lambda m=make: m(dtype="float64"),
            several(normal(4, 3, dtype="float64"), normal(4, 3, dtype="float64")), x64=True)
        steps = several(normal(2, 3, 4), normal(2, 3, 4))
        for masks in ((mask(2, 3), mask(2, 3)), (mask(2, 3), no_mask), (no_mask, mask(2, 3))):
            add(make, steps, several(*masks), with_mask=True)
    three = several(normal(2, 3, 4), normal(2, 3, 4), normal(2, 3, 4))
    for make in (layers.Multiply, layers.Maximum, layers.Minimum):
        add(make, three, several(mask(2, 3), mask(2, 3), mask(2, 3)), with_mask=True)
        add(make, three, several(mask(2, 3), mask(2, 3), no_mask), with_mask=True)
    same = several(normal(3, 4), normal(3, 4))
    add(layers.Maximum, lambda rng: [same(rng)[0]] * 2)
    add(layers.Minimum, lambda rng: [same(rng)[0]] * 2)


def dot():
    add(lambda: layers.Dot(axes=1), several(normal(4, 3), normal(4, 3)))
    add(lambda: layers.Dot(axes=-1), several(normal(4, 3), normal(4, 3)))
    add(lambda: layers.Dot(axes=1, normalize=True), several(normal(4, 3), normal(4, 3)))
    add(lambda: layers.Dot(axes=(1, 2)), several(normal(2, 5, 3), normal(2, 4, 5)))
    add(lambda: layers.Dot(axes=(2, 1), name="dotted"), several(normal(2, 3, 5), normal(2, 5, 4)))
    add(lambda: layers.Dot(axes=(2, 2)), several(normal(2, 3, 5), normal(2, 4, 5)))
    add(lambda: layers.Dot(axes=1), several(normal(2, 5, 3), normal(2, 5, 4)))
    add(lambda: layers.Dot(axes=[1, 2], normalize=True), several(normal(2, 5, 3), normal(2, 4, 5)))
    add(lambda: layers.Dot(axes=(-1, -2)), several(normal(2, 3, 5), normal(2, 5, 4)))
    add(lambda: layers.Dot(axes=(1, 1)), several(normal(2, 5), normal(2, 5, 4)))
    add(lambda: layers.Dot(axes=(2, 1)), several(normal(2, 4, 5), normal(2, 5)))
    add(lambda: layers.Dot(axes=(3, 1)), several(normal(2, 3, 4, 5), normal(2, 5, 3)))
    add(lambda: layers.Dot(axes=(1, 3)), several(normal(2, 5, 3, 2), normal(2, 3, 2, 5)))
    add(lambda: layers.Dot(axes=1, dtype="float64"),
        several(normal(4, 3, dtype="float64"), normal(4, 3, dtype="float64")), x64=True)
    add(lambda: layers.Dot(axes=2), several(normal(2, 3, 4), normal(2, 3, 4)),
        several(mask(2, 3), mask(2, 3)))


def reshaping():
    add(lambda: layers.Permute((1,)), normal(4, 3))
    add(lambda: layers.Permute((2, 1)), normal(4, 3, 2))
    add(lambda: layers.Permute((3, 1, 2), name="turned"), normal(2, 3, 4, 5))
    add(lambda: layers.Permute([2, 3, 1]), normal(2, 3, 4, 5))
    add(lambda: layers.Permute((2, 1)), integers(4, 3, 2))
    add(lambda: layers.Permute((2, 1)), normal(2, 3, 4), mask(2, 3))
    for n in (1, 2, 5):
        add(lambda k=n: layers.RepeatVector(k), normal(4, 3))
    add(lambda: layers.RepeatVector(3, name="again"), integers(4, 3))
    add(lambda: layers.RepeatVector(2, dtype="float16"), normal(4, 3))
    for shape in ((4,), (4, 3), (2, 3, 4)):
        add(lambda: layers.Identity(), normal(*shape))
    add(lambda: layers.Identity(name="same", dtype="float16"), normal(4, 3))
    add(lambda: layers.Identity(), integers(4, 3))
    add(lambda: layers.Identity(), normal(2, 3, 4), mask(2, 3))


def masking():
    def sequence(value, dtype="float32"):
        def make(rng):
            x = rng.standard_normal((3, 4, 2)).astype(dtype)
            x[0, 1] = value
            x[1, 2:] = value
            x[2, 0, 0] = value
            return x
        return make

    for value in (0.0, -1.5, 2):
        add(lambda v=value: layers.Masking(v), sequence(value), lambda rng: None)
    add(lambda: layers.Masking(name="hide"), sequence(0.0), lambda rng: None)
    add(lambda: layers.Masking(mask_value=0.5, dtype="float16"), sequence(0.5), lambda rng: None)
    add(lambda: layers.Masking(), sequence(0.0), mask(3, 4))
    add(lambda: layers.Masking(1.0), normal(4, 3), lambda rng: None)
    add(lambda: layers.Masking(), lambda rng: rng.integers(0, 2, (3, 4, 2)).astype("int32"),
        lambda rng: None)


merging()
dot()
reshaping()
masking()
