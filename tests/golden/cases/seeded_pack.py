# SPDX-License-Identifier: Apache-2.0
"""Packs the float32 results of seeded.py with their float64 twins into one file per run."""

import os

import numpy as np

from .pack import Pack


def pack_one(result, f64):
    pack = Pack()
    case = {"kind": "seeded"}
    for key in ("name", "versions", "set_random_seed", "config", "compile", "callbacks",
                "iterations"):
        case[key] = result[key]
    for key in ("x", "y"):
        case[key] = pack.put_tree(key, result[key])
    case["fit"] = fit = dict(result["fit"])
    for key in ("sample_weight", "validation_data"):
        if key in fit:
            fit[key] = pack.put_tree(key, fit[key])
    if "class_weight" in fit:
        fit["class_weight"] = {str(k): v for k, v in fit["class_weight"].items()}
    case["initial_weights"] = pack.put_tree("initial", result["initial"])
    case["final_weights"] = pack.put_tree("final", result["final_weights"], f64["final_weights"])
    case["seed_states"] = pack.put_tree("state", result["seed_states"])
    # The first fit builds the model with a batch, whose order no epoch uses.
    case["epoch_orders"] = pack.put("orders", np.array(result["orders"][1:], np.int16))
    case["losses"] = pack.put("losses", np.array(result["losses"], np.float32),
                              np.array(f64["losses"]))
    for key in ("history", "evaluate"):
        case[key], case[key + "_f64"] = result[key], f64[key]
    case["csv"] = result["csv"]
    return pack, case


def pack(out, first, second):
    total = 0
    for name, result in first.items():
        packed, case = pack_one(result, second[name])
        total += packed.write(os.path.join(out, "seeded", name + ".npz"), case)
    print(f"   {len(first)} runs, {total} bytes")
