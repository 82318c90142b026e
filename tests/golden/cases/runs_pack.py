# SPDX-License-Identifier: Apache-2.0
"""Packs the float32 results of runs.py with their float64 twins into one file per run."""

import os

import numpy as np

from .pack import Pack

# Kernels up to this size are stored whole; a float64 twin only of smaller ones.
WHOLE = 26_000
TWIN = 4096


def put_weight(pack, hint, array, f64, whole):
    """Stores a sample of a large weight with its float64 twin, and, if asked, the whole of it."""
    if array.size <= TWIN:
        return pack.put(hint, array, f64)
    digest = pack.put_digest(hint, array, f64)
    if whole and array.size <= WHOLE:
        digest["array"] = pack.put(hint + ".whole", array)
    return digest


def put_weights(pack, hint, arrays, f64, whole=False):
    f64 = [None] * len(arrays) if f64 is None else f64
    return [
        put_weight(pack, f"{hint}{i}", a, b, whole) for i, (a, b) in enumerate(zip(arrays, f64))
    ]


def pack_one(result, f64):
    pack = Pack()
    case = {"kind": "run"}
    for key in ("name", "data_rule", "versions", "set_random_seed", "config", "compile", "data",
                "paths", "drawn_seeds", "history", "evaluate"):
        case[key] = result[key]
    case["history_f64"] = f64["history"]
    case["fit"] = dict(result["fit"])
    if "class_weight" in case["fit"]:
        case["fit"]["class_weight"] = {str(k): v for k, v in case["fit"]["class_weight"].items()}
    raw = result["raw"]
    case["data_check"] = {
        "first_rows": pack.put("raw", raw[:4]),
        "sum": int(raw.astype(np.int64).sum()),
        "labels": pack.put("label", result["label"].astype(np.int32)),
    }
    case["initial_weights"] = put_weights(pack, "w", result["initial"], None)
    # The first fit after compile builds the model with a first batch and so draws one
    # permutation that no epoch uses; Keras does so only once.
    assert len(result["permutations"]) == result["fit"]["epochs"] + 1
    orders = [pack.put("order", p.astype(np.int32)) for p in result["permutations"][:4]]
    case["discarded_permutation"], case["epoch_orders"] = orders[0], orders[1:]
    case["first_losses"] = pack.put("losses", np.array(result["first_losses"], np.float32),
                                    np.array(f64["first_losses"]))
    for key, whole in (("weights_after_epoch_1", False), ("final_weights", True)):
        case[key] = put_weights(pack, key, result[key], f64[key], whole)
    case["seed_states"] = [pack.put("state", s) for s in result["seed_states"]]
    case["predict"] = pack.put("predict", result["predict"], f64["predict"])
    return pack, case


def initial_file(result):
    """The initial weights have a file of their own, as one file could not hold both sets."""
    pack = Pack()
    return pack, {
        "kind": "initial_weights",
        "name": result["name"],
        "versions": result["versions"],
        "set_random_seed": result["set_random_seed"],
        "config": result["config"],
        "paths": result["paths"],
        "weights": [pack.put(f"w{i}", w) for i, w in enumerate(result["initial"])],
    }


def pack(out, first, second):
    total = 0
    for name, result in first.items():
        if name == "shuffle":
            total += Pack().write(os.path.join(out, "runs", "shuffle.npz"), result)
            continue
        for title, (packed, case) in ((name, pack_one(result, second[name])),
                                      (name + "_initial", initial_file(result))):
            total += packed.write(os.path.join(out, "runs", title + ".npz"), case)
    print(f"   {len(first)} runs, {total} bytes")
