#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the golden cases with real Keras 3.15.1 on JAX (see README.md in this folder).

Run it with a Python that has keras 3.15.1, jax and numpy:
    python tests/golden/make_models.py [--only models,ops] [--filter REGEX] [--out DIR]
"""

import argparse
import os
import pickle
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

# The kinds, in the order of making; each is one process, as 64-bit mode and floatx are global.
# "twice" kinds are run in float32 and again in float64, and packed from both results.
KINDS = {
    "promotion": "once",
    "ops": "once",
    "layers": "once",
    "losses": "once",
    "metrics": "once",
    "optimizers": "once",
    "schedules": "once",
    "initializers": "once",
    "models": "twice",
    "mixed": "twice",
    "runs": "twice",
    "seeded": "twice",
}


def environment():
    env = dict(os.environ)
    env.update(
        KERAS_BACKEND="jax",
        JAX_PLATFORMS="cpu",
        JAX_ENABLE_X64="0",
        XLA_FLAGS="--xla_cpu_multi_thread_eigen=false",
        OMP_NUM_THREADS="1",
        PYTHONHASHSEED="0",
        TF_CPP_MIN_LOG_LEVEL="3",
    )
    # The user's own keras.json must not change floatx or epsilon.
    env["KERAS_HOME"] = tempfile.gettempdir() + "/keras_home_of_goldens"
    return env


def work(arguments):
    """Runs one worker process to its end."""
    subprocess.run([sys.executable, os.path.abspath(__file__), *arguments], check=True,
                   env=environment())


def worker(args):
    import importlib
    import warnings

    warnings.filterwarnings("ignore")
    import jax
    import keras

    if keras.__version__ != "3.15.1":
        raise SystemExit(f"keras 3.15.1 is needed, this is {keras.__version__}")
    if args.floatx == "float64":
        from cases.wide import keep_wide_dtypes

        jax.config.update("jax_enable_x64", True)
        keep_wide_dtypes()
    keras.config.set_floatx(args.floatx)
    module = importlib.import_module(f"cases.{args.worker}")
    if KINDS[args.worker] == "twice":
        first = None
        if args.first:
            with open(args.first, "rb") as f:
                first = pickle.load(f)
        with open(args.result, "wb") as f:
            pickle.dump(module.run(args.filter, first), f)
    else:
        module.make(args.out, args.filter)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(KINDS), help="kinds, separated by commas")
    parser.add_argument("--filter", default="", help="only cases whose name matches this regex")
    parser.add_argument("--out", default=HERE, help="the folder to write to")
    parser.add_argument("--work", help="a folder to keep the results of both floatx runs in")
    for hidden in ("--worker", "--first", "--result"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    parser.add_argument("--floatx", default="float32", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        worker(args)
        return
    for kind in args.only.split(","):
        print(f"== {kind}", flush=True)
        common = ["--worker", kind, "--filter", args.filter, "--out", args.out]
        if KINDS[kind] != "twice":
            work(common)
            continue
        with tempfile.TemporaryDirectory() as temporary:
            folder = args.work or temporary
            os.makedirs(folder, exist_ok=True)
            first, second = f"{folder}/{kind}_float32", f"{folder}/{kind}_float64"
            work([*common, "--result", first])
            work([*common, "--result", second, "--first", first, "--floatx", "float64"])
            import importlib

            with open(first, "rb") as f32, open(second, "rb") as f64:
                importlib.import_module(f"cases.{kind}_pack").pack(
                    args.out, pickle.load(f32), pickle.load(f64))


if __name__ == "__main__":
    main()
