# SPDX-License-Identifier: Apache-2.0
"""Packs the float32 results of models.py with their float64 twins into one file per case."""

import os

from .pack import Pack


def pack_kwargs(pack, kwargs):
    """Replaces the arrays of fit's keyword arguments by their names."""
    result = {}
    for key, value in kwargs.items():
        if key in ("sample_weight", "validation_data"):
            value = pack.put_tree(key, value)
        elif key == "class_weight":
            value = {str(k): v for k, v in value.items()}
        result[key] = value
    return result


def pack_weights(pack, result):
    infos = []
    for i, (info, value) in enumerate(zip(result["weight_info"], result["weights"])):
        array = pack.put_results(f"w{i}", value)
        infos.append({"array": array, **info})
    return infos


def pack_train(pack, index, run, f64):
    hint = f"t{index}"
    return {
        "name": run["name"],
        "optimizer": run["optimizer"],
        "steps": run["steps"],
        "losses": pack.put(f"{hint}.losses", run["losses"], f64["losses"]),
        "logs": run["logs"],
        "final_weights": pack.put_results(f"{hint}.w", run["final_weights"], f64["final_weights"]),
        "optimizer_variables": [
            {"array": pack.put_results(f"{hint}.v{i}", v, exact), "path": path}
            for i, (v, exact, path) in enumerate(zip(
                run["optimizer_variables"], f64["optimizer_variables"], run["optimizer_paths"]))
        ],
    }


def pack_fit(pack, index, fit, f64):
    hint = f"f{index}"
    return {
        "name": fit["name"],
        "optimizer": fit["optimizer"],
        "x": pack.put_tree("x", fit["data"]["x"]),
        "y": pack.put_tree("y", fit["data"]["y"]),
        "kwargs": pack_kwargs(pack, fit["kwargs"]),
        "epoch": fit["epoch"],
        "history": fit["history"],
        "history_f64": f64["history"],
        "metrics_names": fit["metrics_names"],
        "evaluate_list": fit["evaluate_list"],
        "evaluate_dict": fit["evaluate_dict"],
        "predict": pack.put_results(f"{hint}.predict", fit["predict"], f64["predict"]),
        "final_weights": pack.put_results(f"{hint}.w", fit["final_weights"], f64["final_weights"]),
    }


def pack_one(result, f64):
    pack = Pack()
    case = {"kind": "model"}
    for key in ("name", "note", "versions", "config", "compile_config", "weights_from", "loss",
                "loss_weights", "metrics", "weighted_metrics", "loss_value", "test_on_batch"):
        case[key] = result[key]
    case["loss_value_f64"] = f64["loss_value"]
    case["weights"] = pack_weights(pack, result)
    case["trainable"] = result["trainable"]
    case["inputs"] = pack.put_tree("x", result["x"])
    case["targets"] = pack.put_tree("y", result["y"])
    case["sample_weight"] = pack.put_tree("sw", result["sample_weight"])
    case["outputs"] = pack.put_results("out", result["outputs"], f64["outputs"])
    case["gradients"] = pack.put_results("g", result["gradients"], f64["gradients"])
    case["input_gradients"] = pack.put_results("gx", result["input_gradients"],
                                               f64["input_gradients"])
    case["train"] = [
        pack_train(pack, i, a, b) for i, (a, b) in enumerate(zip(result["train"], f64["train"]))
    ]
    case["fit"] = [
        pack_fit(pack, i, a, b) for i, (a, b) in enumerate(zip(result["fit"], f64["fit"]))
    ]
    return pack, case


def pack(out, first, second):
    total = 0
    for name, f64 in second["results"].items():
        packed, case = pack_one(first["results"][name], f64)
        # The samples of digests keep theirs, as do forward passes, gradients and losses.
        packed.drop_twins(r"[tf]\d+\.[wv]\d+(_\d+)?$", 1e-6)
        total += packed.write(os.path.join(out, "models", name + ".npz"), case)
    print(f"   {len(second['results'])} models, {total} bytes")
    if first["failures"] or second["failures"]:
        raise RuntimeError("\n".join(first["failures"] + second["failures"]))
