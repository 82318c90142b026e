# SPDX-License-Identifier: Apache-2.0
"""Triples of labels, predictions and weights for families of losses, plain and awkward ones."""

import numpy as np

from .pack import rng_of

EDGE = np.array([0.0, 1.0, 0.5, 1e-9, 1.0 - 1e-7, 1e-7, 0.9999999, 1e-30], np.float32)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True)).astype(np.float32)


class Inputs:
    """Makes (y_true, y_pred, sample_weight) triples for one family of losses."""

    def __init__(self, name):
        self.rng = rng_of("losses/" + name)

    def normal(self, *shape, scale=1.0):
        return (self.rng.standard_normal(shape) * scale).astype(np.float32)

    def uniform(self, *shape):
        return self.rng.uniform(0, 1, shape).astype(np.float32)

    def weights(self, *shape):
        w = self.rng.uniform(0, 2, shape).astype(np.float32)
        w.reshape(-1)[0] = 0.0
        return w

    def labels(self, k, *shape, dtype="int32"):
        return self.rng.integers(0, k, shape).astype(dtype)

    def one_hot(self, k, *shape):
        return np.eye(k, dtype=np.float32)[self.labels(k, *shape)]


def regression(name):
    i = Inputs(name)
    n = i.normal
    ties = np.array([[1.0, 2.0], [0.0, -0.0]], np.float32)
    return [
        (n(6, 3), n(6, 3), None), (n(6, 3), n(6, 3), i.weights(6)),
        (n(6, 3), n(6, 3), i.weights(6, 1)), (n(6, 1), n(6, 1), None),
        (n(6), n(6, 1), None), (n(6, 1), n(6), None), (n(6), n(6), None),
        (n(6), n(6, 1), i.weights(6)), (n(6, 1), n(6), i.weights(6, 1)),
        (n(6), n(6, 1), i.weights(6, 1)), (n(4, 3, 2), n(4, 3, 2), None),
        (n(4, 3, 2), n(4, 3, 2), i.weights(4, 3)), (n(4, 3, 2), n(4, 3, 2), i.weights(4, 1)),
        (i.labels(5, 6, 1), n(6, 1), None), (i.labels(5, 6, 1, dtype="uint8"), n(6, 1), None),
        (i.labels(2, 6, 2).astype(bool), i.uniform(6, 2), None), (ties, ties, None),
        (n(5, 2, scale=1e4), n(5, 2, scale=1e4), None), (n(1, 1), n(1, 1), None),
        (n(3, 2), n(3, 2), np.zeros(3, np.float32)), (n(5, 1), n(5, 4), None),
        (n(3, 2, 2, 2), n(3, 2, 2, 2), i.weights(3)),
        # As many rows as time steps: Keras multiplies the weights along the steps.
        (n(3, 3, 2), n(3, 3, 2), i.weights(3)),
    ]


def binary(name, logits):
    i = Inputs(name)
    scale = 3.0

    def p(*shape):
        return i.normal(*shape, scale=scale) if logits else i.uniform(*shape)

    def b(*shape, dtype="float32"):
        return i.labels(2, *shape, dtype=dtype)

    large = np.linspace(-40, 40, 22).astype(np.float32).reshape(11, 2)
    edge = large if logits else np.tile(EDGE.reshape(4, 2), (2, 1))
    edge_true = np.concatenate([np.zeros((len(edge) // 2, 2)),
                                np.ones((len(edge) - len(edge) // 2, 2))]).astype(np.float32)
    sure = large if logits else (1 / (1 + np.exp(-large.astype(np.float64)))).astype(np.float32)
    return [
        (b(6, 1), p(6, 1), None), (b(6, 1), p(6, 1), i.weights(6)),
        (b(6, 1), p(6, 1), i.weights(6, 1)), (b(6, 3), p(6, 3), None),
        (b(6, 3), p(6, 3), i.weights(6)), (b(6), p(6, 1), None), (b(6, 1), p(6), None),
        (b(6), p(6), None), (b(6), p(6, 1), i.weights(6)), (b(4, 3, 2), p(4, 3, 2), None),
        (b(4, 3, 2), p(4, 3, 2), i.weights(4, 3)), (b(6, 1, dtype="int32"), p(6, 1), None),
        (b(6, dtype="int64"), p(6, 1), None), (b(6, 1, dtype="uint8"), p(6, 1), None),
        (b(6, 1, dtype="bool"), p(6, 1), None), (edge_true, edge, None),
        (1 - edge_true, edge, None), (b(11, 2), sure, None),
        (i.uniform(6, 2), p(6, 2), None), (b(1, 1), p(1, 1), None),
        (b(5, 2), np.full((5, 2), 0.5, np.float32), i.weights(5)),
        (b(5, 2), p(5, 2), np.zeros(5, np.float32)),
    ]


def saturated(i, n, k):
    """Logits of size 16 to 40 of both signs."""
    return i.rng.uniform(16, 40, (n, k)) * np.sign(i.rng.standard_normal((n, k)))


def categorical(name, logits, sparse):
    i = Inputs(name)

    def p(*shape):
        z = i.normal(*shape, scale=2.0)
        return z if logits else softmax(z)

    def t(k, *shape, dtype="int32"):
        return i.labels(k, *shape, dtype=dtype) if sparse else i.one_hot(k, *shape)

    large = saturated(i, 8, 3).astype(np.float32)
    large = large if logits else softmax(large)
    hard = np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0]]
    cases = [
        (t(4, 6), p(6, 4), None), (t(4, 6), p(6, 4), i.weights(6)),
        (t(4, 6), p(6, 4), i.weights(6, 1)), (t(2, 6), p(6, 2), None),
        (t(4, 3, 2), p(3, 2, 4), None), (t(4, 3, 2), p(3, 2, 4), i.weights(3, 2)),
        (t(4, 3, 2), p(3, 2, 4), i.weights(3)), (t(3, 8), large, None),
        (t(3, 8), large, i.weights(8)), (t(4, 5), hard * (20.0 if logits else 1.0), None),
        (t(4, 6), i.uniform(6, 4) * 3, None), (t(4, 1), p(1, 4), None),
        (t(10, 7), p(7, 10), None), (t(4, 6), p(6, 4), np.zeros(6, np.float32)),
        (t(4, 2, 2, 2), p(2, 2, 2, 4), None),
        (t(3, 4), np.zeros((4, 3), np.float32), None),
        (t(3, 4), np.full((4, 3), 1 / 3, np.float32), None),
    ]
    if sparse:
        for dtype in ("uint8", "int64", "int8", "float32"):
            cases.append((i.labels(4, 6, dtype=dtype), p(6, 4), None))
        cases.append((i.labels(4, 6, 1), p(6, 4), None))
        cases.append((i.labels(4, 6, 1), p(6, 4), i.weights(6)))
        cases.append((i.labels(4, 3, 2, 1), p(3, 2, 4), None))
    else:
        soft = softmax(i.normal(6, 4))
        cases += [(soft, p(6, 4), None), (soft, p(6, 4), i.weights(6)),
                  (i.one_hot(4, 6).astype("int32"), p(6, 4), None),
                  (i.one_hot(4, 6).astype("uint8"), p(6, 4), None),
                  (np.zeros((3, 4), np.float32), p(3, 4), None)]
    return cases
