# SPDX-License-Identifier: Apache-2.0
"""The inputs of the metrics that are neither plain means nor accuracies of the first kind."""

import numpy as np

from .losses_cases import margins, numbers, positive, shares
from .losses_inputs import Inputs, softmax


def ranks(name, classes=6, sparse=False):
    """Labels among several classes, with ties and weights."""
    i = Inputs(name)
    p = softmax(i.normal(8, classes))
    ties = np.array([[0.2, 0.2, 0.2, 0.2, 0.1, 0.1]] * 3, np.float32)[:, :classes]
    labels = lambda *s: i.labels(classes, *s) if sparse else i.one_hot(classes, *s)  # noqa: E731
    cases = [(labels(8), p, None), (labels(8), p, i.weights(8)), (labels(3), ties, None),
             (labels(2, 3), softmax(i.normal(2, 3, classes)), None),
             (labels(2, 3), softmax(i.normal(2, 3, classes)), i.weights(2, 3))]
    if sparse:
        cases.append((i.labels(classes, 8).astype(np.float32), p, None))
    return cases


def sorted_ids(name):
    i = Inputs(name)
    order = np.argsort(i.normal(8, 6), axis=1).astype(np.float32)
    return [(i.labels(6, 8), order, None), (i.labels(6, 8), order, i.weights(8))]


def decisions(name):
    """Labels 0 and 1 and probabilities on and beside the usual thresholds."""
    i = Inputs(name)
    b = lambda *s: i.labels(2, *s).astype(np.float32)  # noqa: E731
    edge = np.array([0.0, 0.5, 0.3, 0.6, 1.0, 0.49999997, 0.50000006, 0.25], np.float32)
    return [(b(8), edge, None), (b(8, 1), i.uniform(8, 1), i.weights(8)),
            (b(5, 3), i.uniform(5, 3), i.weights(5)), (i.labels(2, 8), i.normal(8) * 2, None),
            (np.zeros(4, np.float32), i.uniform(4), None)]


def several_labels(name):
    i = Inputs(name)
    b = lambda *s: i.labels(2, *s).astype(np.float32)  # noqa: E731
    return [(b(8, 3), i.uniform(8, 3), None), (b(8, 3), i.uniform(8, 3), i.weights(8)),
            (b(5, 3), i.uniform(5, 3), None)]


def classes(name):
    """One-hot labels and probabilities, or several labels for a sample."""
    i = Inputs(name)
    return [(i.one_hot(3, 8), softmax(i.normal(8, 3)), None),
            (i.one_hot(3, 8), softmax(i.normal(8, 3)), i.weights(8)),
            (i.labels(2, 6, 3).astype(np.float32), i.uniform(6, 3), None),
            (i.labels(2, 6, 3), i.uniform(6, 3), i.weights(6)),
            (i.one_hot(3, 4), np.zeros((4, 3), np.float32), None),
            (i.one_hot(3, 4), np.full((4, 3), 1 / 3, np.float32), None)]


def segments(name, hot=False, beyond=False):
    """Integer classes, or one-hot labels and scores; some classes do not occur."""
    i = Inputs(name)
    if hot:
        return [(i.one_hot(4, 8), softmax(i.normal(8, 4)), None),
                (i.one_hot(4, 8), softmax(i.normal(8, 4)), i.labels(3, 8)),
                (i.one_hot(4, 2, 3), softmax(i.normal(2, 3, 4)), None)]
    top = 6 if beyond else 4
    return [(i.labels(top, 8), i.labels(4, 8), None), (i.labels(4, 2, 3), i.labels(4, 2, 3), None),
            (i.labels(4, 8), i.labels(top, 8), i.labels(3, 8)),
            (i.labels(2, 5), i.labels(2, 5), None), (i.labels(4, 3, 1), i.labels(4, 3, 1), None),
            (i.labels(4, 6).astype(np.float32), i.labels(4, 6).astype(np.float32), None)]


def targets(name):
    i = Inputs(name)
    return [(i.normal(8, 1), i.normal(8, 1), None), (i.normal(8, 3), i.normal(8, 3), None),
            (i.normal(8, 3), i.normal(8, 3), i.weights(8)),
            (i.normal(6, 2), i.normal(6, 2), i.weights(6, 1)),
            (np.ones((4, 2), np.float32), i.normal(4, 2), None)]


def flat(name):
    """Without the inputs whose vectors are constant: their correlation is not a number."""
    i = Inputs(name)
    return [(i.normal(6, 4), i.normal(6, 4), None), (i.normal(6, 4), i.normal(6, 4), i.weights(6)),
            (i.normal(2, 3, 5), i.normal(2, 3, 5), None), (i.labels(5, 4, 6), i.normal(4, 6), None)]


THRESHOLDS = [{}, {"thresholds": [0.25, 0.6]}, {"thresholds": [0.0, 0.5, 1.0]}]


def families():
    bounded = [{}, {"num_thresholds": 1}]
    return [
        ("MeanAbsolutePercentageError", [{}], numbers("m_mape")),
        ("MeanSquaredLogarithmicError", [{"name": "msle"}], positive("m_msle")),
        ("LogCoshError", [{}], numbers("m_log_cosh")),
        ("CosineSimilarity", [{}], flat("m_cosine")),
        ("Hinge", [{}], margins("m_hinge")),
        ("SquaredHinge", [{}], margins("m_squared_hinge")),
        ("CategoricalHinge", [{}], shares("m_categorical_hinge")),
        ("KLDivergence", [{}], shares("m_kl")),
        ("Poisson", [{}], positive("m_poisson")),
        ("PearsonCorrelation", [{}], flat("m_pearson")[:3]),
        ("PearsonCorrelation_axis", [{"axis": 0}], flat("m_pearson")[:1]),
        ("ConcordanceCorrelation", [{}], flat("m_concordance")[:3]),
        ("ConcordanceCorrelation_axis", [{"axis": 0}], flat("m_concordance")[:1]),
        ("TopKCategoricalAccuracy", [{"k": 1}, {"k": 3}, {}], ranks("m_top")),
        ("SparseTopKCategoricalAccuracy", [{"k": 1}, {"k": 2}, {}],
         ranks("m_sparse_top", sparse=True)),
        ("SparseTopKCategoricalAccuracy_sorted", [{"k": 2, "from_sorted_ids": True}],
         sorted_ids("m_sorted")),
        ("R2Score", [{}, {"class_aggregation": None}, {"num_regressors": 2},
                     {"class_aggregation": "variance_weighted_average"}], targets("m_r2")),
        *[(name, THRESHOLDS, decisions(name)) for name in
          ("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives")],
        *[(name, [*THRESHOLDS, {"class_id": 1}, {"top_k": 2}, {"top_k": 1, "class_id": 0}],
           several_labels(name)) for name in
          ("Precision", "Recall")],
        *[(name + "_flat", THRESHOLDS, decisions(name + "_flat")) for name in
          ("Precision", "Recall")],
        *[(name, [{bound: 0.5, **a} for a in bounded], decisions(name)[:4])
          for name, bound in [("SensitivityAtSpecificity", "specificity"),
                              ("SpecificityAtSensitivity", "sensitivity"),
                              ("PrecisionAtRecall", "recall"),
                              ("RecallAtPrecision", "precision")]],
        ("AUC", [{}, {"curve": "PR"}, {"curve": "PRGAIN"}, {"num_thresholds": 5},
                 {"summation_method": "minoring"},
                 {"curve": "PR", "summation_method": "majoring"},
                 {"thresholds": [0.2, 0.7], "name": "area"}, {"thresholds": [0.25, 0.5, 0.75]},
                 {"from_logits": True}], decisions("AUC")[:4]),
        ("AUC_labels", [{"multi_label": True}, {"multi_label": True, "curve": "PR"},
                        {"multi_label": True, "label_weights": [1.0, 2.0, 0.5]},
                        {"label_weights": [1.0, 2.0, 0.5]}], several_labels("AUC_labels")),
        ("FBetaScore", [{}, {"average": "micro"}, {"average": "macro", "beta": 2.0},
                        {"average": "weighted", "threshold": 0.5}, {"threshold": 0.4}],
         classes("FBetaScore")),
        ("F1Score", [{}, {"average": "macro"}, {"threshold": 0.5}], classes("F1Score")),
        ("IoU", [{"num_classes": 4, "target_class_ids": [0, 2]},
                 {"num_classes": 4, "target_class_ids": [1], "ignore_class": 0, "name": "iou"}],
         segments("IoU", beyond=True)),
        ("BinaryIoU", [{}, {"target_class_ids": [1], "threshold": 0.3}],
         decisions("BinaryIoU")[::3]),
        ("MeanIoU", [{"num_classes": 4}, {"num_classes": 4, "ignore_class": 3},
                     {"num_classes": 4, "dtype": "float32"}], segments("MeanIoU")),
        ("OneHotIoU", [{"num_classes": 4, "target_class_ids": [0, 3]}],
         segments("OneHotIoU", hot=True)),
        ("OneHotMeanIoU", [{"num_classes": 4}, {"num_classes": 4, "ignore_class": 1}],
         segments("OneHotMeanIoU", hot=True)),
    ]


def class_of(name):
    """Gives the class of a file, some of which hold more cases of one."""
    return name.split("_")[0]



# Metrics that make their variables in the first update have no result before it.
BUILT_LATE = {"R2Score", "AUC_labels", "FBetaScore", "F1Score"}

FUNCTIONS = {
    "TopKCategoricalAccuracy": "top_k_categorical_accuracy",
    "SparseTopKCategoricalAccuracy": "sparse_top_k_categorical_accuracy",
    "PearsonCorrelation": "pearson_correlation",
    "ConcordanceCorrelation": "concordance_correlation",
}

NAMES = {name for name, _, _ in families()}
