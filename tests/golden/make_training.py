#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes training/: custom training loops and steps, by real Keras 3.15.1.

What has a tape runs on the TensorFlow backend, the rest on JAX; each once in float32 and once in
float64, in a process of its own. Run it with a Python that has keras 3.15.1, jax and tensorflow:
python tests/golden/make_training.py [name ...]
"""

import os
import pickle
import subprocess
import sys
import tempfile

CASES = {
    "tensorflow": ["hand_loop", "linear_classifier", "derivatives", "own_step", "compiled_step",
                   "raw_step", "layer_metrics", "jacobians"],
    "jax": ["own_loss", "own_metrics", "add_loss", "add_loss_alone", "steps_per_execution",
            "steps_of_generator", "bar_of_executions", "class_numbers_out_of_range"],
}
HERE = os.path.dirname(os.path.abspath(__file__))


def run_cases(backend, floatx, names, path):
    os.environ.update(
        KERAS_BACKEND=backend, JAX_PLATFORMS="cpu", TF_CPP_MIN_LOG_LEVEL="2",
        JAX_ENABLE_X64=str(int(floatx == "float64")),
        XLA_FLAGS="--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    import keras

    if keras.__version__ != "3.15.1":
        sys.exit(f"keras 3.15.1 is needed, this is {keras.__version__}")
    keras.config.set_floatx(floatx)
    from cases import training, training_more

    results = {}
    for name in CASES[backend]:
        if names and name not in names:
            continue
        keras.utils.clear_session()
        keras.utils.set_random_seed(1)
        case = getattr(training, name, None) or getattr(training_more, name)
        results[name] = {"backend": backend, **case()}
    with open(path, "wb") as f:
        pickle.dump((keras.__version__, [x for x in training.data()], results), f)


def write(name, version, data, result, exact):
    from cases.pack import Pack

    pack = Pack()
    x, labels, target = data
    case = {"kind": "training", "name": name, "versions": {"keras": version}}
    case.update(x=pack.put("x", x), labels=pack.put("labels", labels),
                target=pack.put("target", target))
    for key, value in result.items():
        if key in ("backend", "events", "iterations", "penalty", "metrics_names", "texts"):
            case[key] = value
        elif key in ("weights", "t", "own_labels"):
            case[key] = pack.put_tree(key, value)
        elif key in ("history", "evaluate"):
            case[key] = value
            case[key + "_f64"] = exact[key]
        elif key in ("losses", "accuracies", "means"):
            case[key] = value
            case[key + "_f64"] = exact[key]
        else:
            case[key] = pack.put_tree(key, value, exact[key])
    size = pack.write(os.path.join(HERE, "training", name + ".npz"), case)
    print(f"{name}: {size} bytes")


def main():
    sys.path.insert(0, HERE)
    if len(sys.argv) > 1 and sys.argv[1] == "--child":
        run_cases(sys.argv[2], sys.argv[3], sys.argv[5:], sys.argv[4])
        return
    with tempfile.TemporaryDirectory() as folder:
        for backend, cases in CASES.items():
            if len(sys.argv) > 1 and not set(sys.argv[1:]) & set(cases):
                continue
            runs = {}
            for floatx in ("float32", "float64"):
                path = os.path.join(folder, floatx)
                subprocess.run([sys.executable, __file__, "--child", backend, floatx, path,
                                *sys.argv[1:]], check=True)
                with open(path, "rb") as f:
                    runs[floatx] = pickle.load(f)
            version, data, results = runs["float32"]
            for name, result in results.items():
                write(name, version, data, result, runs["float64"][2][name])


if __name__ == "__main__":
    main()
