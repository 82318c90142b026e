# SPDX-License-Identifier: Apache-2.0
"""Every metric with arguments and weights drawn at random, over several updates, some of them with
numbers that are none or at the ends of the range."""

import numpy as np

from .losses_inputs import Inputs, softmax

OBJECTS, UPDATES = 5, 5
THRESHOLDS = {"thresholds": [None, 0.3, [0.2, 0.5, 0.8], [0.0, 0.9]]}
COUNTS = ("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives")
BOUNDED = {"num_thresholds": [200, 1, 5], "class_id": [None, 0, 1]}
CURVES = {"num_thresholds": [200, 3, 50], "curve": ["ROC", "PR", "PRGAIN"],
          "summation_method": ["interpolation", "minoring", "majoring"],
          "thresholds": [None, [0.1, 0.4, 0.8]], "from_logits": [False, False, True]}
AREAS = {"num_classes": [4], "ignore_class": [None, 0, 2]}

METRICS = {
    "Mean": ("values", {}), "Sum": ("values", {}),
    "MeanSquaredError": ("numbers", {}), "RootMeanSquaredError": ("numbers", {}),
    "MeanAbsoluteError": ("numbers", {}), "MeanAbsolutePercentageError": ("numbers", {}),
    "MeanSquaredLogarithmicError": ("positive", {}), "LogCoshError": ("numbers", {}),
    "CosineSimilarity": ("numbers", {"axis": [-1, 1, 0]}), "Poisson": ("positive", {}),
    "KLDivergence": ("shares", {}), "Hinge": ("margins", {}), "SquaredHinge": ("margins", {}),
    "CategoricalHinge": ("shares", {}),
    "ConcordanceCorrelation": ("related", {}), "PearsonCorrelation": ("related", {}),
    "R2Score": ("table", {"class_aggregation": ["uniform_average", "variance_weighted_average",
                                                None], "num_regressors": [0, 1, 2]}),
    "BinaryCrossentropy": ("decisions", {"label_smoothing": [0, 0.2]}),
    "CategoricalCrossentropy": ("shares", {"label_smoothing": [0, 0.2], "axis": [-1, 1]}),
    "SparseCategoricalCrossentropy": ("classes", {"ignore_class": [None, 1, 3]}),
    "Accuracy": ("equal", {}),
    "BinaryAccuracy": ("decisions", {"threshold": [0.5, 0.0, 0.8]}),
    "CategoricalAccuracy": ("shares", {}), "SparseCategoricalAccuracy": ("classes", {}),
    "TopKCategoricalAccuracy": ("shares", {"k": [1, 2, 3]}),
    "SparseTopKCategoricalAccuracy": ("classes", {"k": [1, 2, 3]}),
    **{name: ("decisions", THRESHOLDS) for name in COUNTS},
    **{name: ("decisions", {**THRESHOLDS, "top_k": [None, 1, 3], "class_id": [None, 0, 2]})
       for name in ("Precision", "Recall")},
    "SensitivityAtSpecificity": ("decisions", {"specificity": [0.5, 0.8, 0.0], **BOUNDED}),
    "SpecificityAtSensitivity": ("decisions", {"sensitivity": [0.5, 0.8, 1.0], **BOUNDED}),
    "PrecisionAtRecall": ("decisions", {"recall": [0.5, 0.8, 1.0], **BOUNDED}),
    "RecallAtPrecision": ("decisions", {"precision": [0.5, 0.7, 1.0], **BOUNDED}),
    "AUC": ("decisions", {**CURVES, "multi_label": [False]}),
    "AUC_labels": ("table_decisions", {**CURVES, "curve": ["ROC", "PR"], "multi_label": [True],
                                       "num_labels": [None, 4],
                                       "label_weights": [None, [1.0, 0.0, 2.0, 0.5]]}),
    "F1Score": ("table_decisions", {"average": [None, "micro", "macro", "weighted"],
                                    "threshold": [None, 0.5]}),
    "FBetaScore": ("table_decisions", {"average": [None, "micro", "macro", "weighted"],
                                       "beta": [0.5, 1.0, 3.0], "threshold": [None, 0.7]}),
    "BinaryIoU": ("pixels", {"target_class_ids": [(0, 1), (1,), (0,)],
                                "threshold": [0.5, 0.2]}),
    "IoU": ("segments", {**AREAS, "target_class_ids": [[0, 2], [3], [1, 2, 3]]}),
    "MeanIoU": ("segments", AREAS),
    "IoU_scores": ("scores", {**AREAS, "target_class_ids": [[0, 2], [3]],
                              "sparse_y_pred": [False]}),
    "MeanIoU_scores": ("scores", {**AREAS, "sparse_y_pred": [False]}),
    "OneHotIoU": ("hot", {**AREAS, "target_class_ids": [[0], [1, 3]]}),
    "OneHotMeanIoU": ("hot", AREAS),
}
# Others have five rows, or three of two, of four classes.
SHAPES = {"numbers": [(5, 4), (3, 2, 4)], "table": [(6, 2), (4, 2)], "shares": [(5, 4), (3, 2, 4)],
          "decisions": [(6, 4), (5, 4)], "pixels": [(6, 4)], "table_decisions": [(7, 4), (3, 4)],
          "classes": [(5, 4), (6, 4)], "scores": [(3, 4, 4)], "hot": [(3, 4, 4)]}


def labels_and_predictions(i, family, shape, arguments):
    p = i.uniform(*shape)
    if family == "values":
        return (i.normal(*shape),)
    if family == "related":  # so that correlations of both signs do not cancel
        y_true = i.normal(*shape)
        return y_true, y_true * np.float32(0.8) + i.normal(*shape) * np.float32(0.2)
    if family in ("numbers", "table"):
        return i.normal(*shape), i.normal(*shape)
    if family == "positive":
        return np.abs(i.normal(*shape)), np.abs(i.normal(*shape))
    if family == "shares":
        return i.one_hot(shape[-1], *shape[:-1]), softmax(i.normal(*shape))
    if family == "margins":
        return (i.labels(2, *shape) * 2 - 1).astype(np.float32), i.normal(*shape)
    if family in ("decisions", "table_decisions", "pixels"):
        p = i.normal(*shape) * 2 if arguments.get("from_logits") else p
        return i.labels(2, *shape).astype(np.float32), p
    if family == "classes":
        return i.labels(shape[-1], *shape[:-1]), softmax(i.normal(*shape))
    if family == "equal":
        return i.labels(3, *shape).astype(np.float32), i.labels(3, *shape).astype(np.float32)
    if family == "segments":
        return i.labels(4, *shape), i.labels(4, *shape)
    if family == "scores":
        return i.labels(4, *shape[:-1]), softmax(i.normal(*shape))
    return i.one_hot(4, 3, 4), i.normal(*shape)


def weights(i, family, labels, choice):
    """Gives weights that the metric takes: as many as labels, or one for each row."""
    rows = len(labels)
    if choice == 0:
        return None
    if family in ("segments", "pixels"):
        return i.labels(3, *labels.shape)
    if family in ("scores", "hot"):
        return i.labels(3, 3, 4)
    if choice == 2:
        return i.labels(2, rows).astype(np.float32)
    return np.round(i.uniform(rows) * 16) / 8  # whose sums are exact


def cases_of(name):
    """Yields (arguments, updates), the updates as `run_updates` takes them."""
    family, options = METRICS[name]
    i = Inputs("metrics/edges/" + name)
    shapes = SHAPES.get(family, [(5, 4), (3, 2, 4)])
    for number in range(OBJECTS):
        arguments = {key: values[i.rng.integers(0, len(values))]
                     for key, values in options.items()}
        arguments = {k: v for k, v in arguments.items() if v is not None}
        if "thresholds" in arguments:
            arguments.pop("num_thresholds", None)
        updates = []
        for _ in range(UPDATES):
            shape = shapes[number % len(shapes)]
            given = labels_and_predictions(i, family, shape, arguments)
            if family == "decisions" and i.rng.integers(0, 4) == 0:
                given[1][...] = np.round(given[1] * 4) / 4  # on thresholds
            choice = i.rng.integers(0, 3)
            other_axis = family in ("numbers", "shares") and arguments.get("axis", -1) != -1
            weight = None if other_axis else weights(i, family, given[0], choice)
            updates.append((*given, weight))
        if family == "numbers" and number == OBJECTS - 1:
            updates[2][1][0] = np.nan
        yield arguments, updates
