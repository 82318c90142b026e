# SPDX-License-Identifier: Apache-2.0
"""Real Keras and Keratin exchange models in both directions. Usage:

    python interop.py DRIVER [--count 40] [--seed N] [--only INDEX] [--work FOLDER]

Keras saves a random model; the driver loads it, saves it again, predicts, trains 10 steps and saves
it; Keras does the same steps, and opens both files. Prints what differs and the seed; exits with 1
when anything does.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile

sys.dont_write_bytecode = True
os.environ.update(KERAS_BACKEND="jax", JAX_PLATFORMS="cpu", TF_CPP_MIN_LOG_LEVEL="3",
                  XLA_FLAGS="--xla_cpu_multi_thread_eigen=false")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import absl.logging
import jax
import keras
import numpy as np

from random_models import Maker

FORWARD, TRAINING = 2e-6, 1e-5
STEPS, BATCH = 10, 8
absl.logging.set_verbosity(absl.logging.ERROR)  # legacy files make Keras speak of metrics


def flat(nest):
    return [np.asarray(x) for x in keras.tree.flatten(nest)]


def input_of(model):
    """Returns the inputs in their structure; a Sequential model has just one."""
    sequential = isinstance(model, keras.Sequential)
    return model.inputs[0] if sequential else model.input


def output_of(model):
    sequential = isinstance(model, keras.Sequential)
    return model.outputs[0] if sequential else model.output


def packed(structure, arrays):
    return keras.tree.pack_sequence_as(structure, arrays)


def difference(ours, theirs, tolerance):
    """Returns None where max|a - b| <= tolerance * max(1e-3, max|b|), else a text."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    if ours.shape != theirs.shape:
        return "shape %s against %s" % (ours.shape, theirs.shape)
    a, b = ours.astype("float64"), theirs.astype("float64")
    if not np.array_equal(np.isnan(a), np.isnan(b)):
        return "NaN at other places"
    if a.size == 0:
        return None
    worst = np.nanmax(np.abs(a - b), initial=0)
    allowed = tolerance * max(1e-3, np.nanmax(np.abs(b), initial=0))
    return None if worst <= allowed else "differs by %.3g, allowed are %.3g" % (worst, allowed)


def without_ids(config):
    if isinstance(config, dict):
        return {k: without_ids(v) for k, v in config.items() if k != "shared_object_id"}
    return [without_ids(item) for item in config] if isinstance(config, list) else config


def config_of(path):
    with zipfile.ZipFile(path) as archive:
        return without_ids(json.loads(archive.read("config.json")))


def first_difference(ours, theirs, where="config"):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in {**ours, **theirs}:
            if (key in ours) != (key in theirs):
                return "%s: %s only in %s" % (where, key, "ours" if key in ours else "Keras'")
            found = first_difference(ours[key], theirs[key], "%s.%s" % (where, key))
            if found:
                return found
        return None
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for i, (a, b) in enumerate(zip(ours, theirs)):
            found = first_difference(a, b, "%s[%d]" % (where, i))
            if found:
                return found
        return None
    same = ours == theirs and type(ours) is type(theirs) or ours != ours and theirs != theirs
    return None if same else "%s: %r against %r" % (where, ours, theirs)


def all_in(optimizer):
    """Returns an optimizer and those in it."""
    inner = getattr(optimizer, "optimizers", [getattr(optimizer, "inner_optimizer", None)])
    return [optimizer, *(each for each in inner if each is not None)]


def has_averages(optimizer):
    """Tells whether an optimizer, or one in it, gives the weights their averages."""
    return any(each.use_ema for each in all_in(optimizer))


def starts_from_weights(optimizer):
    """Tells whether slots begin as copies of the weights. Where a file has none, Keras copies the
    random weights that a model has before it reads those of the file."""
    return any(isinstance(each, keras.optimizers.ScheduleFreeAdamW) for each in all_in(optimizer))


def is_near_exact(ours, theirs, exact):
    """Tells whether the error against float64 is at most three times Keras' largest in some runs
    in float32, the second measure of docs/architecture.md, for models that magnify rounding."""
    exact = exact.astype("float64")
    assert exact.size and np.isfinite(exact).all()
    return np.abs(ours - exact).max() <= 3 * max(np.abs(each - exact).max() for each in theirs)


def nudged(array, chance):
    """Returns a copy whose floats are each the next one below or above, or the same."""
    if array.dtype.kind != "f":
        return array
    to = chance.choice(np.array([-np.inf, 0, np.inf], array.dtype), array.shape)
    return np.where(to == 0, array, np.nextafter(array, to)).astype(array.dtype)


def widened(arrays):
    """Returns the arrays, floats as float64."""
    return [a.astype("float64") if a.dtype.kind == "f" else a for a in arrays]


def results_of(model, x, y):
    """Returns what the driver writes too: predictions, and those after training."""
    out = {}
    for i, array in enumerate(flat(model.predict(packed(input_of(model), x), verbose=0))):
        out["prediction_%d" % i] = array
    if not y:
        return out
    losses = []
    for step in range(STEPS):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        losses.append(model.train_on_batch(packed(input_of(model), [a[rows] for a in x]),
                                           packed(output_of(model), [a[rows] for a in y]),
                                           return_dict=True)["loss"])
    out["losses"] = np.array(losses, "float32")
    for i, weight in enumerate(model.get_weights()):
        out["trained_weight_%d" % i] = weight
    for i, variable in enumerate(model.optimizer.variables):
        out["optimizer_%d" % i] = np.asarray(variable)
    for i, array in enumerate(flat(model.predict(packed(input_of(model), x), verbose=0))):
        out["trained_prediction_%d" % i] = array
    return out


class Case:
    def __init__(self, folder, seed, layers):
        self.folder = folder
        self.problems = []
        self.unreadable = False  # the legacy file of Keras, by Keras
        self.in_float64, self.runs = {}, {}  # what Keras gives, by the file
        maker = Maker(seed, layers)
        model = maker.sequential() if maker.often(0.35) else maker.functional()
        self.x = maker.data(input_of(model), STEPS * BATCH)
        self.y = []
        if maker.often(0.8) and model.trainable_weights:
            maker.compile(model)
            self.y = maker.data(output_of(model), STEPS * BATCH)
            if maker.often(0.5) or starts_from_weights(model.optimizer):
                model.fit(packed(input_of(model), self.x), packed(output_of(model), self.y),
                          batch_size=BATCH, epochs=1, shuffle=False, verbose=0)
        self.weights = model.get_weights()
        model.save(self.path("model.keras"))
        self.save_legacy()
        named = {"x_%d" % i: a for i, a in enumerate(self.x)}
        named.update({"y_%d" % i: a for i, a in enumerate(self.y)})
        np.savez(self.path("data.npz"), **named)
        # Keras on JAX cannot go on training a model whose weights have become their averages.
        if self.y and has_averages(model.optimizer):
            model = keras.models.load_model(self.path("model.keras"))
        self.expected = results_of(model, self.x, self.y)

    def path(self, name):
        return os.path.join(self.folder, name)

    def note(self, what, problem):
        if problem:
            self.problems.append("%s: %s" % (what, problem))

    def computed_in_float64(self, name, y):
        """Returns what Keras gives for a model file when it computes in float64."""
        path = self.path("float64.keras")
        with zipfile.ZipFile(self.path(name)) as source, zipfile.ZipFile(path, "w") as target:
            for member in source.namelist():
                content = source.read(member)
                if member == "config.json":
                    content = content.replace(b"float32", b"float64")
                target.writestr(member, content)
        with jax.enable_x64(True):
            keras.config.set_floatx("float64")
            try:
                return results_of(keras.models.load_model(path), widened(self.x), widened(y))
            finally:
                keras.config.set_floatx("float32")

    def exact(self, name, y):
        if name not in self.in_float64:
            self.in_float64[name] = self.computed_in_float64(name, y)
        return self.in_float64[name]

    def runs_of(self, name, y):
        """Returns what Keras gives for a model file and for four whose weights and inputs differ
        from it in the last bit: what rounding makes of this model, which one run tells by chance
        only, in a tensor of a few numbers."""
        if name not in self.runs:
            chance = np.random.default_rng(0)
            results = [results_of(keras.models.load_model(self.path(name)), self.x, y)]
            for _ in range(4):
                model = keras.models.load_model(self.path(name))
                model.set_weights([nudged(weight, chance) for weight in model.get_weights()])
                results.append(results_of(model, [nudged(a, chance) for a in self.x], y))
            self.runs[name] = results
        return self.runs[name]

    def is_rounding(self, ours, name, y, key):
        """Tells whether what differs from Keras is within the second measure."""
        theirs = [each[key] for each in self.runs_of(name, y)]
        return is_near_exact(ours, theirs, self.exact(name, y)[key])

    def compare(self, what, ours, tolerance=None):
        for key, theirs in self.expected.items():
            limit = FORWARD if key.startswith("prediction_") else TRAINING
            if key not in ours:
                self.note(what, key + " is missing")
            else:
                problem = difference(ours[key], theirs, limit if tolerance is None else tolerance)
                if problem and tolerance is None and ours[key].shape == theirs.shape:
                    if self.is_rounding(ours[key], "model.keras", self.y, key):
                        problem = None
                self.note("%s %s" % (what, key), problem)

    def check(self):
        if not os.path.exists(self.path("ours.npz")):
            self.note("driver", "wrote no results")
            return
        ours = dict(np.load(self.path("ours.npz")))
        for i, weight in enumerate(self.weights):
            self.note("loaded weight %d" % i, difference(ours["loaded_weight_%d" % i], weight, 0))
        self.compare("Keratin", ours)
        self.note("resaved", first_difference(config_of(self.path("resaved.keras")),
                                              config_of(self.path("model.keras"))))
        again = keras.models.load_model(self.path("resaved.keras"))
        if self.y and not again.compiled:
            self.note("resaved", "is not compiled")
        self.compare("Keras on what we saved", results_of(again, self.x, self.y), 0)
        bare = keras.models.load_model(self.path("model.keras"), compile=bool(self.y))
        bare.set_weights([np.zeros_like(w) for w in self.weights])
        bare.load_weights(self.path("resaved.weights.h5"))
        for a, b in zip(bare.get_weights(), self.weights):
            self.note("weights file", difference(a, b, 0))
        self.check_legacy()
        self.check_trained(ours)

    def save_legacy(self):
        """Writes what was saved as a legacy file, which the driver is to do too, unless Keras
        cannot: of Adafactor several variables have one name."""
        path = self.path("legacy.h5")
        try:
            keras.models.load_model(self.path("model.keras")).save(path)
        except ValueError as error:
            assert "already exists" in str(error), error
            os.remove(path)

    def keras_reads_its_own(self):
        """Tells whether Keras reads its own legacy file: of several axes of LayerNormalization
        it reads one, and some calls of ops are unknown layers to it."""
        try:
            keras.models.load_model(self.path("legacy.h5"), compile=False)
            return True
        except (ValueError, TypeError):
            return False

    def check_legacy(self):
        if not os.path.exists(self.path("legacy.h5")):
            return
        path = self.path("resaved.h5")
        try:
            legacy = keras.models.load_model(path)
            if self.y and not legacy.compiled:
                self.note("legacy file", "is not compiled")
        except (ValueError, TypeError) as error:
            if "Could not interpret optimizer identifier" in str(error):  # it knows some only
                legacy = keras.models.load_model(path, compile=False)
            elif self.keras_reads_its_own():
                raise
            else:
                self.unreadable = True
                return
        for a, b in zip(legacy.get_weights(), self.weights):
            self.note("legacy file", difference(a, b, 0))

    def check_trained(self, ours):
        trained = keras.models.load_model(self.path("trained.keras"))
        predictions = flat(trained.predict(packed(input_of(trained), self.x), verbose=0))
        for i, array in enumerate(predictions):
            key = "trained_prediction_%d" % i if self.y else "prediction_%d" % i
            problem = difference(array, ours[key], FORWARD)
            if problem and array.shape == ours[key].shape:
                found = self.is_rounding(ours[key], "trained.keras", [], "prediction_%d" % i)
                problem = None if found else problem
            self.note("trained", problem)
        if self.y:
            for i, variable in enumerate(trained.optimizer.variables):
                self.note("trained optimizer", difference(np.asarray(variable),
                                                          ours["optimizer_%d" % i], 0))


def check_made(folder):
    """Opens the models that the driver made of its own."""
    problems = []
    for name in sorted(os.listdir(folder)):
        model = keras.models.load_model(os.path.join(folder, name, "made.keras"))
        ours = dict(np.load(os.path.join(folder, name, "ours.npz")))
        x = [ours["x_%d" % i] for i in range(len(model.inputs))]
        for i, array in enumerate(flat(model.predict(packed(input_of(model), x), verbose=0))):
            found = difference(array, ours["prediction_%d" % i], FORWARD)
            if found:
                problems.append("%s: %s" % (name, found))
        if int(model.optimizer.iterations) != 3:
            problems.append("%s: %s iterations" % (name, model.optimizer.iterations))
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("driver")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", type=int, help="this one of the models of a seed")
    parser.add_argument("--work", default=None)
    args = parser.parse_args()
    print("interop: seed %d, Keras %s" % (args.seed, keras.__version__), flush=True)
    work = args.work or tempfile.mkdtemp(prefix="keratin_interop_")
    layers = subprocess.run([args.driver, "layers"], check=True, capture_output=True,
                            text=True).stdout.split()
    failed = unreadable = 0
    made = os.path.join(work, "made")
    os.makedirs(made, exist_ok=True)
    subprocess.run([args.driver, "make", made], check=True)
    for problem in check_made(made):
        failed += 1
        print("made %s" % problem)
    chosen = range(args.count) if args.only is None else [args.only]
    for index in chosen:
        keras.utils.clear_session()
        folder = os.path.join(work, str(index))
        os.makedirs(folder, exist_ok=True)
        case = Case(folder, [args.seed, index], layers)
        output = subprocess.run([args.driver, "case", folder], check=False, capture_output=True,
                                text=True)
        case.note("driver", (output.stdout + output.stderr).strip())
        case.check()
        for problem in case.problems[:4]:
            print("%s: %s" % (folder, problem), flush=True)
        failed += bool(case.problems)
        unreadable += case.unreadable
    print("interop: of %d models Keras cannot read the legacy file that it wrote" % unreadable)
    print("interop: %d of %d models are the same in both directions"
          % (len(chosen) - failed, len(chosen)))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
