#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the cases of the metrics that Keras does not have (see README.md in this folder).

Needs numpy, scikit-learn, scikit-image, sacrebleu, nltk and jiwer:
    python tests/golden/make_practice.py [--only classes,text] [--out DIR]
What none of them has follows its definition, written out here in numpy.
"""

import argparse
import os
import sys
import warnings

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import numpy as np  # noqa: E402
from cases.pack import Pack, rng_of  # noqa: E402

COUNT = 60  # random inputs of each family


class Pool:
    """Puts all arrays of a file one behind the other: float32 inputs and float64 results."""

    def __init__(self):
        self.parts = {"inputs": [], "results": []}
        self.sizes = {"inputs": 0, "results": 0}
        self.cases = []

    def put(self, kind, array):
        dtype = np.float32 if kind == "inputs" else np.float64
        stored = np.asarray(array, dtype)
        if kind == "inputs":
            assert np.array_equal(stored, np.asarray(array)), "inputs must be float32"
        at = self.sizes[kind]
        self.parts[kind].append(stored.ravel())
        self.sizes[kind] += stored.size
        return {"at": at, "shape": list(stored.shape)}

    def case(self, y_true, y_pred, weight, results, integers=False):
        """Adds an input; `results` are (class, arguments, value)."""
        self.cases.append({
            "y_true": self.put("inputs", y_true),
            "y_pred": self.put("inputs", y_pred),
            "weight": None if weight is None else self.put("inputs", weight),
            "integers": integers,
            "results": [{"class": name, "arguments": arguments,
                         "result": self.put("results", value)}
                        for name, arguments, value in results],
        })

    def write(self, path, versions):
        pack = Pack()
        names = {kind: pack.put(kind, np.concatenate(parts))
                 for kind, parts in self.parts.items()}
        size = pack.write(path, {"kind": "practice", "versions": versions, **names,
                                 "cases": self.cases})
        print(f"{path}: {len(self.cases)} inputs, {size} bytes")


def weights_of(i, n, kind):
    """Gives no weights, quarters with zeros among them, or any."""
    if kind == 0:
        return None
    if kind == 1:
        return (i.integers(0, 5, n) / 4).astype(np.float32)
    return i.uniform(0.1, 2, n).astype(np.float32)


def some(weight):
    return weight is None or weight.sum() > 0


def shares(i, n, classes, ties):
    p = i.uniform(0, 1, (n, classes))
    if ties:
        p = np.round(p, 1) + 0.1
    return (p / p.sum(1, keepdims=True)).astype(np.float32)


def binary_scores(i, n, ties):
    p = i.uniform(0, 1, n)
    return (np.round(p, 1) if ties else p).astype(np.float32)


def classes(pool):
    from sklearn import metrics as m

    i = rng_of("practice/classes")
    for number in range(COUNT):
        n = int(i.integers(2, 25))
        c = 2 if number % 3 == 0 else int(i.integers(3, 6))
        used = c if number % 4 else max(1, c - 1)  # a class that never occurs
        t = i.integers(0, used, n)
        w = weights_of(i, n, number % 3)
        w = w if some(w) else None
        own = {}
        if number % 3 == 0:
            s = binary_scores(i, n, number % 2)
            limit = 0.5 if number % 2 else 0.3
            own = {} if limit == 0.5 else {"threshold": limit}
            p = (s > np.float32(limit)).astype(int)
            y, given = t, s if number % 4 else s[:, None]
        elif number % 5 == 0:
            p = given = i.integers(0, c, n)
            y, own = t, {"num_classes": c, "sparse_y_pred": True}
        else:
            given = shares(i, n, c, number % 2)
            p = given.argmax(1)
            y = np.eye(c)[t] if number % 2 else (t if number % 4 else t[:, None])
        matrix = lambda kind: np.nan_to_num(m.confusion_matrix(  # noqa: B023, E731
            t, p, labels=list(range(c)), sample_weight=w, normalize=kind))
        cm = matrix(None).astype(np.float64)
        negative = cm.sum() - cm.sum(1)
        rates = (negative - (cm.sum(0) - np.diag(cm)))[negative > 0] / negative[negative > 0]
        if c == 2:
            rates = [(cm[0, 0] / negative[1])] if negative[1] > 0 else [0.0]
        present = [k for k in range(c) if cm[k].sum() > 0]
        recalls = np.array([cm[k, k] / cm[k].sum() for k in present])
        balanced = m.balanced_accuracy_score(t, p, sample_weight=w)
        assert abs(balanced - recalls.mean()) < 1e-12
        results = [("ConfusionMatrix", {**own}, cm),
                   *[("ConfusionMatrix", {**own, "normalize": kind}, matrix(kind))
                     for kind in ("true", "pred", "all")],
                   ("Specificity", {**own}, np.mean(rates) if len(rates) else 0.0),
                   ("BalancedAccuracy", {**own}, balanced),
                   ("MatthewsCorrelation", {**own}, m.matthews_corrcoef(t, p, sample_weight=w))]
        if len(present) > 1:
            adjusted = m.balanced_accuracy_score(t, p, sample_weight=w, adjusted=True)
            results.append(("BalancedAccuracy", {**own, "adjusted": True}, adjusted))
        for kind in (None, "linear", "quadratic"):
            kappa = m.cohen_kappa_score(t, p, labels=list(range(c)), weights=kind,
                                        sample_weight=w, replace_undefined_by=0.0)
            results.append(("CohenKappa", {**own, **({"weights": kind} if kind else {})}, kappa))
        pool.case(y, given, w, results)


def calibration(confidence, hit, weight, bins, norm):
    place = np.clip(np.ceil(confidence * np.float32(bins)) - 1, 0, bins - 1).astype(int)
    w = np.ones(len(hit)) if weight is None else weight.astype(np.float64)
    gaps, parts = [], []
    for b in range(bins):
        inside = place == b
        total = w[inside].sum()
        if total > 0:
            of = lambda v: (v[inside] * w[inside]).sum() / total  # noqa: B023, E731
            gaps.append(abs(of(hit.astype(np.float64)) - of(confidence.astype(np.float64))))
            parts.append(total / w.sum())
    gaps, parts = np.array(gaps), np.array(parts)
    if norm == "max":
        return gaps.max()
    return (gaps * parts).sum() if norm == "l1" else np.sqrt((gaps**2 * parts).sum())


def probabilities(pool):
    from sklearn import metrics as m

    i = rng_of("practice/probabilities")
    for number in range(COUNT):
        n = int(i.integers(1, 40))
        w = weights_of(i, n, number % 3)
        w = w if some(w) else None
        if number % 2:
            c = int(i.integers(3, 6))
            t = i.integers(0, c - number % 3 // 2, n)
            p = shares(i, n, c, number % 4 == 1)
            if number % 5 == 0:
                p[0] = np.eye(c)[t[0]]
            y = np.eye(c)[t] if number % 4 == 1 else t
            brier = m.brier_score_loss(t, p, sample_weight=w, labels=list(range(c)),
                                       scale_by_half=False)
            loss = m.log_loss(t, p, sample_weight=w, labels=list(range(c)))
            confidence, hit = p.max(1), p.argmax(1) == t
        else:
            t = i.integers(0, 2, n) if number % 4 else np.full(n, number // 4 % 2)
            s = binary_scores(i, n, number % 4 == 2)
            p, y = (s, t) if number % 3 else (s[:, None], t[:, None])
            brier = m.brier_score_loss(t, s, sample_weight=w, labels=[0, 1], pos_label=1)
            loss = m.log_loss(t, s, sample_weight=w, labels=[0, 1])
            confidence, hit = s, t
        results = [("BrierScore", {}, brier), ("LogLoss", {}, loss)]
        for bins, norm in ((15, "l1"), (10, "l2"), (7, "max")):
            own = {"num_bins": bins, "norm": norm}
            results.append(("CalibrationError", own, calibration(confidence, hit, w, bins, norm)))
        pool.case(y, p, w, results)


def perplexity(pool):
    i = rng_of("practice/perplexity")
    for number in range(COUNT):
        n, steps, tokens = int(i.integers(1, 5)), int(i.integers(1, 6)), int(i.integers(2, 7))
        t = i.integers(0, tokens, (n, steps))
        logits = bool(number % 2)
        p = (i.standard_normal((n, steps, tokens)) * 3).astype(np.float32)
        if not logits:
            p = shares(i, n * steps, tokens, False).reshape(n, steps, tokens)
        wide = p.astype(np.float64)
        logs = np.log(np.clip(wide, 1e-7, 1))
        if logits:
            top = wide.max(-1, keepdims=True)
            logs = wide - top - np.log(np.exp(wide - top).sum(-1, keepdims=True))
        values = -np.take_along_axis(logs, t[..., None], -1)[..., 0]
        w = weights_of(i, n, number % 3)
        w = w if some(w) else None
        full = np.ones_like(values) if w is None else np.repeat(w[:, None], steps, 1)
        own = {"from_logits": logits}
        if number % 4 == 0:
            own["ignore_class"] = 0
            full = full * (t != 0)
        total = full.sum()
        mean = (values * full).sum() / total if total > 0 else 0.0
        pool.case(t, p, w, [("Perplexity", own, np.exp(mean))])


def curves(pool):
    from sklearn import metrics as m

    i = rng_of("practice/curves")
    for number in range(COUNT):
        n = int(i.integers(1, 60))
        t = i.integers(0, 2, n)
        if number % 10 == 0:
            t = np.full(n, number // 10 % 2)  # a class that never occurs
        s = binary_scores(i, n, number % 2)
        w = weights_of(i, n, number % 2)  # quarters: sums are exact
        w = w if some(w) else None
        results = []
        for drop in (True, False):
            fpr, tpr, at = m.roc_curve(t, s, sample_weight=w, drop_intermediate=drop, pos_label=1)
            own = {} if drop else {"drop_intermediate": False}
            results.append(("ROCCurve", own, np.stack([fpr, tpr, at])))
            precision, recall, at = m.precision_recall_curve(
                t, s, sample_weight=w, drop_intermediate=drop, pos_label=1)
            own = {"drop_intermediate": True} if drop else {}
            points = np.stack([precision, recall, np.append(at, np.inf)])
            results.append(("PrecisionRecallCurve", own, points))
        area = m.average_precision_score(t, s, sample_weight=w, pos_label=1)
        results.append(("AveragePrecision", {}, area))
        pool.case(t, s if number % 3 else s[:, None], w, results)
    for number in range(COUNT):
        n, labels = int(i.integers(2, 20)), int(i.integers(2, 5))
        t = i.integers(0, 2, (n, labels))
        s = binary_scores(i, n * labels, number % 2).reshape(n, labels)
        w = weights_of(i, n, number % 3)
        w = w if some(w) else None
        results = [("AveragePrecision", {"average": kind} if kind == "micro" else {},
                    m.average_precision_score(t, s, average=kind, sample_weight=w))
                   for kind in ("macro", "micro")]
        pool.case(t, s, w, results)


def errors(pool):
    from sklearn import metrics as m

    i = rng_of("practice/errors")
    for number in range(COUNT):
        n = int(i.integers(2, 40))
        outputs = int(i.integers(2, 4)) if number % 3 == 0 else 1
        shape = (n, outputs) if outputs > 1 else ((n, 1) if number % 2 else (n,))
        t = (i.standard_normal(shape) * 3).astype(np.float32)
        e = i.standard_normal(shape)
        if number % 4 == 0:  # ties
            t, e = np.round(t * 2) / 2, np.round(e * 2) / 2
        if number % 10 == 5:
            t = np.full(shape, 1.5, np.float32)  # does not vary
            e = e * (number % 20 == 5)
        p = (t + e).astype(np.float32)
        w = weights_of(i, n, number % 3)
        w = w if some(w) else None
        wide_t, wide_p = t.astype(np.float64), p.astype(np.float64)
        kept = np.ones(n, bool) if w is None else w != 0
        full = np.ones(n) if w is None else w.astype(np.float64)
        off = np.abs(wide_t - wide_p).reshape(n, -1)
        average = lambda v: np.average(v.mean(1), weights=full)  # noqa: B023, E731
        results = [
            ("ExplainedVariance", {}, m.explained_variance_score(wide_t, wide_p, sample_weight=w)),
            ("MedianAbsoluteError", {}, m.median_absolute_error(wide_t, wide_p,
                                                                sample_weight=full)),
            ("MaxError", {}, off[kept].max()),
            ("InlierRatio", {"threshold": 0.75}, average(off <= 0.75)),
            ("InlierRatio", {"threshold": 0.25, "relative": True},
             average(off <= 0.25 * np.abs(wide_t).reshape(n, -1))),
        ]
        if outputs == 1:
            flat = m.max_error(wide_t.ravel()[kept], wide_p.ravel()[kept])
            assert flat == off[kept].max()
        for quantile in (0.5, 0.1, 0.9):
            loss = m.mean_pinball_loss(wide_t, wide_p, sample_weight=w, alpha=quantile)
            results.append(("QuantileLoss", {} if quantile == 0.5 else {"quantile": quantile},
                            loss))
        pool.case(t, p, w, results)


def ranking(pool):
    from sklearn import metrics as m

    i = rng_of("practice/ranking")
    for number in range(COUNT):
        n, items = int(i.integers(1, 8)), int(i.integers(2, 12))
        graded = i.integers(0, 4, (n, items))
        if number % 6 == 0:
            graded[0] = 0  # nothing is relevant
        s = binary_scores(i, n * items, number % 2).reshape(n, items)
        w = weights_of(i, n, number % 3)
        w = w if some(w) else None
        k = int(i.integers(1, items + 1))
        order = np.argsort(-s, axis=1, kind="stable")
        sorted_hits = np.take_along_axis(graded > 0, order, 1)
        places = np.arange(1, items + 1)

        def mean(values):
            return np.average(values, weights=w)  # noqa: B023

        def reciprocal(limit):
            return [1 / (np.argmax(r) + 1) if r[:limit].any() else 0.0
                    for r in sorted_hits]  # noqa: B023

        def precisions(limit):
            rows = []
            for r in sorted_hits:  # noqa: B023
                at = (np.cumsum(r) / places)[:limit][r[:limit]]
                possible = r.sum() if limit is None else min(r.sum(), limit)
                rows.append(at.sum() / possible if possible else 0.0)
            return rows

        hits = sorted_hits[:, :k].sum(1)
        relevant = (graded > 0).sum(1)
        results = [
            ("MeanReciprocalRank", {}, mean(reciprocal(None))),
            ("MeanReciprocalRank", {"k": k}, mean(reciprocal(k))),
            ("MeanAveragePrecision", {}, mean(precisions(None))),
            ("MeanAveragePrecision", {"k": k}, mean(precisions(k))),
            ("DCG", {}, m.dcg_score(graded, s, sample_weight=w)),
            ("DCG", {"k": k}, m.dcg_score(graded, s, k=k, sample_weight=w)),
            ("NDCG", {}, m.ndcg_score(graded, s, sample_weight=w)),
            ("NDCG", {"k": k}, m.ndcg_score(graded, s, k=k, sample_weight=w)),
            ("PrecisionAtK", {"k": k}, mean(hits / k)),
            ("RecallAtK", {"k": k}, mean(np.where(relevant > 0, hits / np.maximum(relevant, 1),
                                                  0.0))),
        ]
        pool.case(graded, s, w, results)


def padded(rows, length):
    return np.array([list(r) + [-1] * (length - len(r)) for r in rows])


def text(pool):
    import jiwer
    from nltk.metrics.distance import edit_distance
    from nltk.translate.bleu_score import corpus_bleu
    from sacrebleu.metrics import BLEU

    i = rng_of("practice/text")
    for number in range(COUNT):
        n = int(i.integers(1, 6))
        sequence = lambda low: list(i.integers(0, 6, int(i.integers(low, 14))))  # noqa: E731
        truth = [sequence(1) for _ in range(n)]
        guess = []
        for row in truth:  # with some tokens changed, dropped and added
            kept = [int(i.integers(0, 6)) if i.uniform() < 0.2 else x for x in row
                    if i.uniform() > 0.1]
            guess.append(kept + sequence(0)[:2] if i.uniform() < 0.4 else kept)
        if number % 7 == 0:
            guess[0] = []
        distances = np.array([edit_distance(a, b) for a, b in zip(truth, guess)], np.float64)
        longest = np.array([max(len(a), len(b)) for a, b in zip(truth, guess)])
        lengths = np.array([len(a) for a in truth], np.float64)
        w = weights_of(i, n, number % 3)
        w = w if some(w) else None
        full = np.ones(n) if w is None else w.astype(np.float64)
        spoken = lambda rows: [" ".join(f"w{x}" for x in r) for r in rows]  # noqa: E731
        rate = (distances * full).sum() / (lengths * full).sum()
        if w is None:
            assert abs(rate - jiwer.wer(spoken(truth), spoken(guess))) < 1e-12
        width = max(len(r) for r in truth + guess) + 1
        results = [
            ("EditDistance", {}, np.average(distances, weights=full)),
            ("EditDistance", {"normalize": True}, np.average(distances / longest, weights=full)),
            ("WordErrorRate", {}, rate),
        ]
        pool.case(padded(truth, width), padded(guess, width), w, results, integers=True)
        others = [sequence(1) for _ in range(n)]
        several = number % 2 == 1
        references = [spoken(truth), spoken(others)] if several else [spoken(truth)]
        results = []
        for order in (4, 2):
            score = BLEU(tokenize="none", smooth_method="none", force=True,
                         max_ngram_order=order).corpus_score(spoken(guess), references).score / 100
            lists = [[r.split() for r in rows] for rows in zip(*references)]
            # nltk counts a run even where a text is too short for one.
            if score > 0 and min(len(g) for g in guess) >= order:
                other = corpus_bleu(lists, [g.split() for g in spoken(guess)],
                                    weights=[1 / order] * order)
                assert abs(score - other) < 1e-9, (score, other)
            results.append(("BLEU", {} if order == 4 else {"max_order": order}, score))
        width = max(width, max(len(r) for r in others))
        y = padded(truth, width)
        if several:
            y = np.stack([y, padded(others, width)], 1)
        pool.case(y, padded(guess, width), None, results, integers=True)


def images(pool):
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    i = rng_of("practice/images")
    for number in range(COUNT):
        n, c = int(i.integers(1, 3)), int(i.integers(1, 3))
        h, v = int(i.integers(11, 15)), int(i.integers(11, 15))
        size = 255.0 if number % 2 else 1.0
        t = i.uniform(0, 1, (n, h, v, c))
        if number % 5 == 0:
            t = np.broadcast_to(t[:, :1, :1], t.shape)  # flat
        p = np.clip(t + 0.1 * i.standard_normal(t.shape), 0, 1)
        t, p = ((np.round(255 * a) / (1 if size == 255.0 else 256)).astype(np.float32)
                for a in (t, p))
        if number % 9 == 0:
            p = t.copy()
        w = weights_of(i, n, number % 3 // 2 * 2) if number % 9 else None
        wide_t, wide_p = t.astype(np.float64), p.astype(np.float64)
        noise = [peak_signal_noise_ratio(a, b, data_range=size) for a, b in zip(wide_t, wide_p)]
        alike = [structural_similarity(a, b, data_range=size, channel_axis=-1,
                                       gaussian_weights=True, sigma=1.5,
                                       use_sample_covariance=False)
                 for a, b in zip(wide_t, wide_p)]
        own = {"max_value": size}
        pool.case(t, p, w, [("PSNR", own, np.average(noise, weights=w)),
                            ("SSIM", own, np.average(alike, weights=w))])


FAMILIES = {f.__name__: f for f in (classes, probabilities, perplexity, curves, errors, ranking,
                                    text, images)}
PACKAGES = ("numpy", "scikit-learn", "scikit-image", "sacrebleu", "nltk", "jiwer")


def main():
    from importlib.metadata import version

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(FAMILIES), help="families between commas")
    parser.add_argument("--out", default=HERE, help="the folder to write to")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    np.seterr(all="ignore")
    versions = {name: version(name) for name in PACKAGES}
    for name in args.only.split(","):
        pool = Pool()
        FAMILIES[name](pool)
        pool.write(os.path.join(args.out, "practice", f"{name}.npz"), versions)


if __name__ == "__main__":
    main()
