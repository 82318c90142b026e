# SPDX-License-Identifier: Apache-2.0
"""Packs the half-precision results of mixed.py with their float64 twins."""

import os

from .models_pack import pack_one


def with_own_state(half, exact):
    """The state of the optimizer around the one that a float64 run has alone is its own twin."""
    count = len(half["optimizer_variables"]) - len(exact["optimizer_variables"])
    return {**exact, "optimizer_variables": half["optimizer_variables"][:count] +
            exact["optimizer_variables"]}


def pack(out, first, second):
    total = 0
    for name, f64 in second["results"].items():
        half = first["results"][name]
        f64["train"] = [with_own_state(*both) for both in zip(half["train"], f64["train"])]
        packed, case = pack_one(half, f64)
        case.update(kind="mixed", policy=half["policy"], test_on_batch_f64=f64["test_on_batch"])
        for training, run, exact in zip(case["train"], half["train"], f64["train"]):
            training.update(trained_by=run["trained_by"], skipped=run["skipped"],
                            logs_f64=exact["logs"])
        for fit, exact in zip(case["fit"], f64["fit"]):
            fit.update(evaluate_list_f64=exact["evaluate_list"],
                       evaluate_dict_f64=exact["evaluate_dict"])
        total += packed.write(os.path.join(out, "mixed", name + ".npz"), case)
    print(f"   {len(second['results'])} models in half precision, {total} bytes")
