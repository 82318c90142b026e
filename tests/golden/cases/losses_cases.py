# SPDX-License-Identifier: Apache-2.0
"""The inputs of the losses that are neither plain differences nor cross-entropies."""

import numpy as np

from .losses_inputs import Inputs, binary, categorical, regression, softmax


# Of the inputs that plain differences are tried on: ranks, weights, dtypes, ties and sizes.
CHOSEN = (0, 1, 4, 7, 12, 13, 15, 16, 17, 18)


def numbers(name):
    inputs = regression(name)
    return [inputs[i] for i in CHOSEN]


def positive(name):
    """As `numbers`, with counts as labels and rates as predictions."""
    return [(np.abs(t), np.abs(p) + np.float32(0.1) if p.dtype == np.float32 else p, w)
            for t, p, w in numbers(name)]


def shares(name):
    """Two distributions, with zeros and ones among them."""
    i = Inputs(name)
    hard = np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0]]
    return [(softmax(i.normal(6, 4)), softmax(i.normal(6, 4)), None),
            (softmax(i.normal(6, 4)), softmax(i.normal(6, 4)), i.weights(6)),
            (softmax(i.normal(6, 4)), softmax(i.normal(6, 4)), i.weights(6, 1)),
            (softmax(i.normal(2, 3, 4)), softmax(i.normal(2, 3, 4)), i.weights(2, 3)),
            (softmax(i.normal(3, 3, 4)), softmax(i.normal(3, 3, 4)), None),
            (i.one_hot(4, 6), softmax(i.normal(6, 4)), None),
            (i.one_hot(4, 6).astype("int32"), softmax(i.normal(6, 4)), None),
            (softmax(i.normal(5, 4)), hard, None), (hard, hard, None),
            (softmax(i.normal(5, 4)), i.uniform(5, 4) * 2, None),
            (softmax(i.normal(5, 4)), i.normal(5, 4), i.weights(5))]


def margins(name):
    """Labels -1 and 1, labels 0 and 1, and labels that are neither, with predictions around 1."""
    i = Inputs(name)
    signs = lambda *s: (i.labels(2, *s) * 2 - 1).astype(np.float32)  # noqa: E731
    cases = [(signs(*shape), i.normal(*shape), None) for shape in [(6, 3), (6, 1), (6,), (2, 3, 2)]]
    cases += [(i.labels(2, *shape).astype(np.float32), i.normal(*shape), None)
              for shape in [(6, 3), (6, 1), (4, 2, 2)]]
    return cases + [
        (signs(6, 3), i.normal(6, 3), i.weights(6)), (signs(6, 1), i.normal(6, 1), i.weights(6, 1)),
        (signs(6), i.normal(6, 1), i.weights(6)), (i.labels(2, 6, 3), i.normal(6, 3), None),
        (i.labels(2, 6, 1, dtype="uint8"), i.normal(6, 1), None), (i.normal(5, 2), i.normal(5, 2),
                                                                   i.weights(5)),
        (i.labels(3, 5, 2).astype(np.float32), i.normal(5, 2, scale=20.0), None),
        (np.zeros((3, 2), np.float32), i.normal(3, 2), None),
    ]


def overlaps(name):
    """Masks of objects, and how sure a model is of them."""
    i = Inputs(name)
    m = lambda *s: i.labels(2, *s).astype(np.float32)  # noqa: E731
    return [(m(3, 4, 4, 1), i.uniform(3, 4, 4, 1), None), (m(6, 3), i.uniform(6, 3), None),
            (m(2, 3, 4), i.uniform(2, 3, 4), None), (m(6, 3), m(6, 3), None),
            (np.zeros((3, 2), np.float32), np.zeros((3, 2), np.float32), None),
            (i.labels(2, 6, 3), i.uniform(6, 3), None), (m(5, 2), i.normal(5, 2), None)]


def embeddings(name):
    i = Inputs(name)

    def unit(n, d):
        x = i.normal(n, d)
        return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)

    return [(i.labels(3, 8), unit(8, 4), None), (i.labels(3, 8), unit(8, 4), i.weights(8)),
            (i.labels(2, 6, 1), unit(6, 3), None),
            (i.labels(3, 8, dtype="int64"), unit(8, 4), None),
            (i.labels(4, 12).astype(np.float32), unit(12, 5), i.weights(12))]


def sequences(name):
    i = Inputs(name)
    fixed = np.array([[1, 2, 2, 0, 0], [3, 3, 3, 1, 0], [1, 2, 3, 4, 5], [4, 0, 0, 0, 0]], "int32")
    return [(i.labels(5, 4, 3) + 1, i.normal(4, 8, 6), None), (fixed, i.normal(4, 9, 6), None),
            (fixed, i.normal(4, 9, 6, scale=5.0), i.weights(4)),
            (fixed.astype("int64"), i.normal(4, 7, 6), None),
            (i.labels(3, 2, 1) + 1, i.normal(2, 1, 4), None)]


def integer_classes(name):
    i = Inputs(name)
    return [(i.labels(4, 6), softmax(i.normal(6, 4)), None),
            (i.labels(4, 6), softmax(i.normal(6, 4)), i.weights(6)),
            (i.labels(4, 2, 3), softmax(i.normal(2, 3, 4)), None),
            (i.labels(4, 6, dtype="uint8"), softmax(i.normal(6, 4)), None),
            (i.labels(4, 6).astype(np.float32), softmax(i.normal(6, 4)), None),
            (i.labels(4, 5), np.full((5, 4), 0.25, np.float32), None)]


FAMILIES = [
    ("MeanAbsolutePercentageError", {}, lambda: numbers("mape")),
    ("MeanSquaredLogarithmicError", {}, lambda: numbers("msle")),
    ("LogCosh", {}, lambda: numbers("log_cosh")),
    ("Huber", {}, lambda: numbers("huber")),
    ("Huber", {"delta": 0.3}, lambda: numbers("huber_small")[:3]),
    # Without the vectors of one element, whose cosines of 1 and -1 cancel to rounding alone.
    ("CosineSimilarity", {}, lambda: numbers("cosine")[:2] + numbers("cosine")[3:]),
    ("CosineSimilarity", {"axis": 1}, lambda: regression("cosine_axis")[10:12]),
    ("Poisson", {}, lambda: positive("poisson")),
    ("KLDivergence", {}, lambda: shares("kl")),
    ("Hinge", {}, lambda: margins("hinge")),
    ("SquaredHinge", {}, lambda: margins("squared_hinge")),
    ("CategoricalHinge", {}, lambda: shares("categorical_hinge")),
    ("BinaryFocalCrossentropy", {}, lambda: binary("bfce", False)[::2]),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.4, "gamma": 1.5},
     lambda: binary("bfce_balanced", False)[::7]),
    ("BinaryFocalCrossentropy", {"from_logits": True, "label_smoothing": 0.1, "gamma": 3},
     lambda: binary("bfce_logits", True)[::5]),
    ("CategoricalFocalCrossentropy", {}, lambda: categorical("cfce", False, False)[::2]),
    ("CategoricalFocalCrossentropy", {"alpha": 0.5, "gamma": 1.5, "label_smoothing": 0.1},
     lambda: categorical("cfce_smooth", False, False)[::7]),
    ("CategoricalFocalCrossentropy", {"from_logits": True},
     lambda: categorical("cfce_logits", True, False)[::5]),
    ("CategoricalGeneralizedCrossEntropy", {}, lambda: integer_classes("gce")),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.8}, lambda: integer_classes("gce_more")[:2]),
    ("Dice", {}, lambda: overlaps("dice")),
    ("Dice", {"axis": 1}, lambda: overlaps("dice_axis")[:3]),
    ("Dice", {"axis": (0, 1)}, lambda: overlaps("dice_axes")[:3]),
    ("Tversky", {}, lambda: overlaps("tversky")),
    ("Tversky", {"alpha": 0.2, "beta": 0.8, "axis": -1}, lambda: overlaps("tversky_axis")[:3]),
    ("Circle", {}, lambda: embeddings("circle")),
    ("Circle", {"gamma": 10.0, "margin": 0.25, "remove_diagonal": False},
     lambda: embeddings("circle_mild")[:2]),
    ("CTC", {}, lambda: sequences("ctc")),
]

FUNCTIONS = {
    "MeanAbsolutePercentageError": "mean_absolute_percentage_error",
    "MeanSquaredLogarithmicError": "mean_squared_logarithmic_error",
    "LogCosh": "log_cosh",
    "Huber": "huber",
    "CosineSimilarity": "cosine_similarity",
    "Poisson": "poisson",
    "KLDivergence": "kl_divergence",
    "Hinge": "hinge",
    "SquaredHinge": "squared_hinge",
    "CategoricalHinge": "categorical_hinge",
    "BinaryFocalCrossentropy": "binary_focal_crossentropy",
    "CategoricalFocalCrossentropy": "categorical_focal_crossentropy",
    "Dice": "dice",
    "Tversky": "tversky",
    "Circle": "circle",
    "CTC": "ctc",
}

NAMES = {name for name, _, _ in FAMILIES}
