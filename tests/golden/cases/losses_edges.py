# SPDX-License-Identifier: Apache-2.0
"""Every loss with arguments, reductions, weights and masks drawn at random, and with
numbers that are none, infinite ones, and no rows at all."""

import numpy as np

from .losses_inputs import Inputs, softmax

COUNT = 24
REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"]
AXES = {"axis": [-1, 1]}
SMOOTHED = {"label_smoothing": [0.0, 0.15]}
FOCAL = {"alpha": [0.25, 0.6], "gamma": [2.0, 1.5], "from_logits": [False, True], **SMOOTHED}

# The family of inputs, and the arguments with the values that are drawn.
LOSSES = {
    "MeanSquaredError": ("numbers", {}),
    "MeanAbsoluteError": ("numbers", {}),
    "MeanAbsolutePercentageError": ("numbers", {}),
    "MeanSquaredLogarithmicError": ("positive", {}),
    "LogCosh": ("numbers", {}),
    "Huber": ("numbers", {"delta": [1.0, 0.25, 3.0]}),
    "CosineSimilarity": ("numbers", {"axis": [-1, 1, 0]}),
    "Poisson": ("positive", {}),
    "KLDivergence": ("shares", {}),
    "Hinge": ("margins", {}),
    "SquaredHinge": ("margins", {}),
    "CategoricalHinge": ("shares", {}),
    "BinaryCrossentropy": ("binary", {"from_logits": [False, True], **SMOOTHED, **AXES}),
    "BinaryFocalCrossentropy": ("binary", {"apply_class_balancing": [False, True], **FOCAL,
                                           **AXES}),
    "CategoricalCrossentropy": ("shares", {"from_logits": [False, True], **SMOOTHED, **AXES}),
    "CategoricalFocalCrossentropy": ("shares", {**FOCAL, **AXES}),
    "SparseCategoricalCrossentropy": ("classes", {"from_logits": [False, True],
                                                  "ignore_class": [None, 0, 2]}),
    "CategoricalGeneralizedCrossEntropy": ("classes", {"q": [0.5, 0.9, 0.1]}),
    "Dice": ("binary", {"axis": [None, -1, (0, 1)]}),
    "Tversky": ("binary", {"axis": [None, 1], "alpha": [0.5, 0.2], "beta": [0.5, 0.9]}),
    "Circle": ("embeddings", {"gamma": [80.0, 12.0], "margin": [0.4, 0.2],
                              "remove_diagonal": [True, False]}),
    "CTC": ("sequences", {}),
}
NO_EDGES = ("embeddings",)
ONE_PER_ROW = ("embeddings", "sequences")
# XLA makes a choice of its product with one-hot labels: what is not the label does not count there,
# even if it is no number. Without jit it does, as here.
FEW_EDGES = {"CategoricalGeneralizedCrossEntropy": ("", "empty"),
             "CTC": ("", "large", "nan", "empty")}


def labels_and_predictions(i, family, shape, logits):
    n = i.normal(*shape)
    if family == "numbers":
        return i.normal(*shape), n
    if family == "positive":
        return np.abs(i.normal(*shape)), np.abs(n)
    if family == "shares":
        return softmax(i.normal(*shape) * 3), n if logits else softmax(n)
    if family == "margins":
        return (i.labels(2, *shape) * 2 - 1).astype(np.float32), n
    if family == "binary":
        return i.labels(2, *shape).astype(np.float32), n * 3 if logits else i.uniform(*shape)
    if family == "classes":
        return i.labels(shape[-1], *shape[:-1]), n if logits else softmax(n)
    if family == "sequences":  # of any length with none; some do not fit in the steps
        rows, length, kinds = shape[0], shape[-1], 5
        labels = i.labels(kinds - 1, rows, length) + 1
        labels[np.arange(length) >= i.rng.integers(0, length + 1, (rows, 1))] = 0
        return labels, i.normal(rows, length + i.rng.integers(0, 6), kinds)
    n = i.normal(7, 4)
    return i.labels(3, 7), n / np.linalg.norm(n, axis=1, keepdims=True)


def spoil(i, kind, y_true, y_pred):
    """Puts in a number that is none, or infinite ones, or ones at the ends of the range."""
    at = tuple(i.rng.integers(0, d) for d in y_pred.shape)
    if kind == "nan":
        y_pred[at] = np.nan
    elif kind == "nan_label" and y_true.dtype == np.float32:
        y_true[at] = np.nan
    elif kind == "inf":
        y_pred[at] = np.inf
    elif kind == "ends":
        y_pred[...] = np.sign(y_pred) * i.labels(2, *y_pred.shape)
    elif kind == "large":
        y_pred[...] = y_pred * 40


def weights_and_masks(i, y_pred, choice, mask_choice):
    rows, inner = y_pred.shape[0], y_pred.shape[:-1]
    weight = [None, i.weights(rows) if rows else None, i.rng.uniform(
        0, 2, (rows, 1)).astype(np.float32), i.rng.uniform(0, 2, inner).astype(np.float32)][choice]
    mask = [None, None, i.labels(2, *inner).astype(bool), np.zeros(inner, bool)][mask_choice]
    return weight, mask


def cases_of(name):
    """Yields (arguments, reduction, y_true, y_pred, sample_weight, mask)."""
    family, options = LOSSES[name]
    i = Inputs("edges/" + name)
    kinds = ["", "", "", "nan", "", "ends", "", "nan_label", "", "inf", "empty", "large"]
    for number in range(COUNT):
        arguments = {key: values[i.rng.integers(0, len(values))]
                     for key, values in options.items()}
        kind = kinds[number % len(kinds)] if family not in NO_EDGES else ""
        kind = kind if kind in FEW_EDGES.get(name, kinds) else ""
        shape = [(5, 4), (3, 2, 4), (4, 3)][number % 3]
        if kind == "empty":
            shape = (0, *shape[1:])
        y_true, y_pred = labels_and_predictions(i, family, shape,
                                                arguments.get("from_logits", False))
        if kind != "empty":
            spoil(i, kind, y_true, y_pred)
        weight, mask = weights_and_masks(i, y_pred, i.rng.integers(0, 4), i.rng.integers(0, 4))
        if family in ONE_PER_ROW:
            mask = None
            weight = None if weight is None or weight.ndim > 1 else weight
        reduction = REDUCTIONS[i.rng.integers(0, len(REDUCTIONS))]
        yield arguments, reduction, y_true, y_pred, weight, mask
