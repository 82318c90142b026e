# SPDX-License-Identifier: Apache-2.0
"""Writes tests/golden/callbacks/: what the callbacks of real Keras 3.15.1 on JAX do.

Run:  python tests/golden/make_callbacks.py

signatures.json  the arguments of each class with their defaults (null where there is none).
formats.json     [pattern, epoch, value, what str.format gives or null where it raises].
driven_*.json    callbacks that are called with logs made up here. `events` are
                 [station, at, logs]; `after` says after each of them the learning rate, whether
                 training stops and which files there are, `out` what was printed, `warnings` the
                 warnings, `files` what CSV files hold at the end.
fits.json        whole runs of `fit`: history, printed lines, files, weights after each epoch.
backup/          what BackupAndRestore has written when a run is interrupted in its fourth epoch.
resumed.json     the weights in it and those after Keras has gone on from it to the sixth epoch.
"""

import contextlib
import inspect
import io
import json
import os
import random
import shutil
import sys
import tempfile
import warnings

sys.dont_write_bytecode = True
os.environ.update(KERAS_BACKEND="jax", JAX_PLATFORMS="cpu", TF_CPP_MIN_LOG_LEVEL="3",
                  XLA_FLAGS="--xla_cpu_multi_thread_eigen=false")

import keras
import numpy as np

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "callbacks")
CLASSES = ["BackupAndRestore", "CSVLogger", "EarlyStopping", "LambdaCallback",
           "LearningRateScheduler", "ModelCheckpoint", "ReduceLROnPlateau", "RemoteMonitor",
           "SwapEMAWeights", "TensorBoard", "TerminateOnNaN"]
SCHEDULES = {"same": lambda epoch, rate: rate, "halve": lambda epoch, rate: rate * 0.5,
             "by_epoch": lambda epoch: 0.1 / (epoch + 1)}


def write(name, value):
    with open(os.path.join(HERE, name), "w", encoding="utf-8") as file:
        items = value.items() if isinstance(value, dict) else None
        if items is not None:
            lines = ["%s: %s" % (json.dumps(k), json.dumps(v)) for k, v in items]
            file.write("{\n" + ",\n".join(lines) + "\n}\n")
        else:
            file.write("[\n" + ",\n".join(json.dumps(v) for v in value) + "\n]\n")


def signatures():
    result = {}
    for name in CLASSES:
        parameters = inspect.signature(getattr(keras.callbacks, name).__init__).parameters
        result[name] = [[p.name, None if p.default is p.empty else p.default]
                        for p in list(parameters.values())[1:]
                        if p.kind is not p.VAR_KEYWORD]
    return result


def formats():
    chosen = random.Random(1)
    patterns = ["{epoch}", "{epoch:02d}", "{epoch:5}", "{epoch:<5}|", "{epoch:^7}", "{epoch:*^7d}",
                "{epoch:+d}", "{epoch: d}", "{epoch:x}", "{epoch:#X}", "{epoch:b}", "{epoch:#o}",
                "{epoch:,}", "{epoch:_d}", "{epoch:012,d}", "{epoch:.2f}", "{epoch:e}", "{epoch:%}",
                "{epoch:08.3f}", "{x}", "{x:.2f}", "{x:.4f}", "{x:8.3f}", "{x:08.3f}", "{x:+.1e}",
                "{x:.3g}", "{x:#.3g}", "{x:G}", "{x:.0f}", "{x:.1%}", "{x:.3}", "{x:10}", "{x:<9}|",
                "{x:^9.2f}|", "{x:,.2f}", "{x:d}", "{x:.f}", "{x:02d}", "{epoch:.3d}", "{y}",
                "a{{b}}{epoch}", "{epoch", "epoch}", "{epoch:02d}-{x:.2f}.keras", "{epoch:z}",
                "{x:=+9.2f}", "{epoch:=6}", "{x:_>9.2f}"]
    values = [0.5, 1.0, 0.1, -0.25, 1234.5678, 1e-7, 123456789.0, float("nan"), float("inf"), 0.0,
              float(np.float32(0.1)), 2.5e20]
    result = []
    for pattern in patterns:
        for value in chosen.sample(values, 4):
            epoch = chosen.choice([1, 7, 12, 1234567])
            try:
                text = pattern.format(epoch=epoch, x=value)
            except (ValueError, KeyError):
                text = None
            result.append([pattern, epoch, value, text])
    return result


def make_model(rate=0.1):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse", metrics=["mae", keras.metrics.R2Score()])
    model.train_on_batch(np.ones((2, 2)), np.ones((2, 1)))
    model.optimizer.learning_rate = rate
    return model


def float32(values):
    return [float(np.float32(v)) for v in values]


def epochs(values, name="val_loss", others=None):
    """Returns the events of a training whose epochs gave these values."""
    events = [["train_begin", 0, {}]]
    for at, value in enumerate(values):
        logs = {**(others or {}), name: value}
        events += [["epoch_begin", at, {}], ["epoch_end", at, logs]]
    return events + [["train_end", 0, {}]]


def batches(numbers, logs):
    """Returns the events of epochs with these numbers of batches."""
    events = [["train_begin", 0, {}]]
    for at, count in enumerate(numbers):
        events.append(["epoch_begin", at, {}])
        events += [["train_batch_end", batch, logs(at, batch)] for batch in range(count)]
        events.append(["epoch_end", at, logs(at, count - 1)])
    return events + [["train_end", 0, {}]]


def walk(chosen, count):
    """Returns values that mostly fall, with plateaus."""
    values, value = [], 1.0
    for _ in range(count):
        value += chosen.choice([-0.1, -0.01, 0.0, 0.0, 0.05, 0.2, -1e-5])
        values.append(value)
    return float32(values)


def driven_cases():
    chosen = random.Random(2)
    for i in range(24):
        mode = chosen.choice(["auto", "min", "max"])
        yield "EarlyStopping", {
            "monitor": "val_loss", "min_delta": chosen.choice([0, 0.0, 0.01, -0.02]),
            "patience": chosen.choice([0, 1, 2, 3]), "verbose": chosen.choice([0, 1]),
            "mode": mode, "baseline": chosen.choice([None, None, 0.9]),
            "restore_best_weights": chosen.choice([True, False]),
            "start_from_epoch": chosen.choice([0, 0, 2])}, epochs(walk(chosen, 12))
    nan = float("nan")
    yield "EarlyStopping", {"patience": 1, "verbose": 1}, epochs([1.0, nan, 0.5, nan, nan])
    yield "EarlyStopping", {"patience": 1}, epochs([1.0, 2.0], "loss")
    yield "EarlyStopping", {"monitor": "val_r2_score", "verbose": 1}, epochs(
        [0.1, 0.2, 0.15, 0.3], "val_r2_score")
    yield "EarlyStopping", {"monitor": "mae", "mode": "least", "verbose": 1}, epochs(
        [0.1, 0.2, 0.15, 0.3], "mae")
    for i in range(24):
        yield "ReduceLROnPlateau", {
            "monitor": "val_loss", "factor": chosen.choice([0.1, 0.5, 0.9, 0.25]),
            "patience": chosen.choice([0, 1, 2]), "verbose": 1,
            "mode": chosen.choice(["auto", "min", "max"]),
            "min_delta": chosen.choice([1e-4, 0, 0.05]), "cooldown": chosen.choice([0, 1, 3]),
            "min_lr": chosen.choice([0.0, 0.01, 0.03, 1e-5])}, epochs(walk(chosen, 14))
    yield "ReduceLROnPlateau", {"patience": 1}, epochs([1.0, 2.0], "loss")
    yield "ReduceLROnPlateau", {"monitor": "learning_rate", "mode": "min", "patience": 1,
                                "verbose": 1}, epochs([1.0] * 5)
    for name in SCHEDULES:
        for verbose in (0, 1):
            yield "LearningRateScheduler", {"schedule": name, "verbose": verbose}, epochs([1.0] * 4)
    yield from csv_cases(chosen)
    yield from checkpoint_cases(chosen)
    for bad in (nan, float("inf"), -float("inf"), 1e30):
        losses = [0.5, bad, 0.25]
        yield "TerminateOnNaN", {}, batches([3, 2], lambda at, batch: {"loss": losses[batch]})


def csv_cases(chosen):
    values = [0.5, 1.0, 1e-7, 1e20, float("nan"), float("-inf"), float(np.float32(0.1)), 123456.0]
    for separator in (",", ";", "\t", ".", "e", "-"):
        yield "CSVLogger", {"filename": "log.csv", "separator": separator}, epochs(
            values, "loss", {"accuracy": 0.25, "mae": float(np.float32(0.3))})
    yield "CSVLogger", {"filename": "log.csv"}, epochs(values[:3], "val_loss", {"loss": 2.0})
    validated = [["train_begin", 0, {}], ["epoch_end", 0, {"loss": 1.5}],
                 ["epoch_end", 1, {"loss": 0.5, "val_loss": 0.75, "other": 1.0}],
                 ["train_end", 0, {}]]
    late = [["train_begin", 0, {}], ["epoch_end", 0, {"loss": 1.5, "val_loss": 0.125}],
            ["epoch_end", 1, {"loss": 0.5}], ["train_end", 0, {}]]
    empty = [["train_begin", 0, {}], ["epoch_end", 0, {}], ["epoch_end", 3, {"a": 1.0}],
             ["train_end", 0, {}]]
    odd = [["train_begin", 0, {}], ["epoch_end", 0, {'a,"b"': 1.5, "c\n": 0.125, "d e": 3.0}],
           ["train_end", 0, {}]]
    for events in (validated, late, empty, odd, validated + late, late + validated):
        for append in (False, True):
            yield "CSVLogger", {"filename": "log.csv", "append": append}, events
    yield "CSVLogger", {"filename": "there.csv", "append": True}, late
    yield "CSVLogger", {"filename": "there.csv", "append": False}, late
    yield "CSVLogger", {"filename": "blank.csv", "append": True}, late


def checkpoint_cases(chosen):
    def logs(at, batch):
        return {"loss": float(np.float32(1 / (1 + at + batch))),
                "val_loss": float(np.float32(0.5 + 0.1 * ((at * 7 + batch) % 4)))}

    for path in ("m.keras", "{epoch}.keras", "{epoch:02d}-{val_loss:.2f}.keras",
                 "sub/dir/{epoch:03d}.h5", "a{{x}}-{loss:.3e}.keras", "{epoch:+d}_{loss:08.4f}.h5"):
        yield "ModelCheckpoint", {"filepath": path, "verbose": 1}, batches([1, 1, 1, 1], logs)
    for path in ("w.weights.h5", "{epoch:02d}-{val_loss:.2f}.weights.h5"):
        for best in (False, True):
            for mode in ("auto", "min", "max"):
                yield "ModelCheckpoint", {
                    "filepath": path, "verbose": chosen.choice([0, 1]), "save_best_only": best,
                    "save_weights_only": True, "mode": mode,
                    "initial_value_threshold": chosen.choice([None, 0.65])}, batches(
                        [1] * 6, logs)
    for freq in (1, 2, 3, 5, 7):
        yield "ModelCheckpoint", {
            "filepath": "{epoch:02d}-{batch:02d}.weights.h5", "verbose": 1,
            "save_weights_only": True, "save_freq": freq}, batches([4, 4, 3], logs)
    yield "ModelCheckpoint", {"filepath": "b.keras", "save_best_only": True, "verbose": 1,
                              "monitor": "val_acc", "mode": "max"}, batches([1, 1], logs)
    yield "ModelCheckpoint", {"filepath": "b.keras", "save_best_only": True, "verbose": 1,
                              "monitor": "loss", "initial_value_threshold": 0.4}, batches(
                                  [1] * 5, logs)


def call(callback, event):
    station, at, logs = event
    logs = dict(logs)
    if station in ("train_begin", "train_end"):
        getattr(callback, "on_" + station)(logs)
    else:
        getattr(callback, "on_" + station)(at, logs)
    return logs


def files_here():
    return sorted(os.path.relpath(os.path.join(folder, name))
                  for folder, _, names in os.walk(".") for name in names)


def drive(name, config, events):
    model = make_model()
    kwargs = {**config, **({"schedule": SCHEDULES[config["schedule"]]} if "schedule" in config
                           else {})}
    out, after = io.StringIO(), []
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), \
            warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(out):
        warnings.simplefilter("always")
        for there, text in (("there.csv", "epoch,loss\r\n0,9.0\r\n"), ("blank.csv", "")):
            if config.get("filename") == there:
                with open(there, "w", newline="") as file:
                    file.write(text)
        callback = getattr(keras.callbacks, name)(**kwargs)
        callback.set_params({"verbose": 0, "epochs": 100, "steps": None})
        callback.set_model(model)
        model.stop_training = False
        for event in events:
            logs = call(callback, event)
            after.append([float(model.optimizer.learning_rate), model.stop_training, files_here(),
                          {k: v for k, v in logs.items() if k not in event[2]}])
        texts = {}
        for path in files_here():
            if path.endswith(".csv"):
                with open(path, newline="") as file:
                    texts[path] = file.read()
    told = [str(w.message) for w in caught if issubclass(w.category, UserWarning)
            and "HDF5 file" not in str(w.message)]
    return {"callback": name, "config": config, "events": events, "after": after,
            "out": out.getvalue(), "warnings": told, "files": texts}


class Weights(keras.callbacks.Callback):
    """Remembers the weights where an epoch ends and where validation begins and ends."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def note(self):
        self.seen.append([float(v) for w in self.model.get_weights() for v in w.ravel()])

    def on_epoch_end(self, epoch, logs=None):
        self.note()

    def on_test_begin(self, logs=None):
        self.note()

    def on_test_end(self, logs=None):
        self.note()


FITS = [
    {"name": "csv", "optimizer": {"learning_rate": 0.125}, "callbacks": [
        ["CSVLogger", {"filename": "log.csv"}],
        ["ReduceLROnPlateau", {"factor": 0.5, "patience": 1, "min_delta": 1.0, "verbose": 1}],
        ["ModelCheckpoint", {"filepath": "{epoch}-{loss:.3f}.weights.h5", "verbose": 1,
                             "save_weights_only": True}]]},
    {"name": "csv_after", "optimizer": {"learning_rate": 0.125}, "callbacks": [
        ["LearningRateScheduler", {"schedule": "halve", "verbose": 1}],
        ["CSVLogger", {"filename": "log.csv", "separator": ";"}]]},
    {"name": "stopped", "optimizer": {"learning_rate": 0.125}, "callbacks": [
        ["EarlyStopping", {"min_delta": 10.0, "patience": 2, "restore_best_weights": True,
                           "verbose": 1}],
        ["CSVLogger", {"filename": "log.csv"}]]},
    {"name": "diverging", "optimizer": {"learning_rate": 1e25}, "callbacks": [
        ["TerminateOnNaN", {}], ["CSVLogger", {"filename": "log.csv"}]]},
    {"name": "swap", "optimizer": {"learning_rate": 0.125, "use_ema": True, "ema_momentum": 0.5},
     "callbacks": [["SwapEMAWeights", {}]]},
    {"name": "swap_on_epoch",
     "optimizer": {"learning_rate": 0.125, "use_ema": True, "ema_momentum": 0.5},
     "callbacks": [["SwapEMAWeights", {"swap_on_epoch": True}]]},
]


def fit(case):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.set_weights([np.array([[0.5], [-0.25]]), np.array([0.0])])
    model.compile(keras.optimizers.SGD(**case["optimizer"]), "mse")
    x = np.array([[1, 2], [-1, 0.5], [0.5, -1], [2, 0], [0, 1], [-0.5, -0.5]], "float32")
    y = np.array([[1], [0], [-1], [2], [0.5], [-0.5]], "float32")
    weights, out = Weights(), io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), \
            contextlib.redirect_stdout(out):
        made = []
        for name, config in case["callbacks"]:
            if "schedule" in config:
                config = {**config, "schedule": SCHEDULES[config["schedule"]]}
            made.append(getattr(keras.callbacks, name)(**config))
        history = model.fit(x[:4], y[:4], epochs=5, batch_size=2, shuffle=False, verbose=0,
                            validation_data=(x[4:], y[4:]), callbacks=[*made, weights])
        texts = {}
        for path in files_here():
            texts[path] = ""
            if path.endswith(".csv"):
                with open(path, newline="") as file:
                    texts[path] = file.read()
    return {**case, "history": {k: [float(x) for x in v] for k, v in history.history.items()},
            "out": out.getvalue(), "files": texts, "weights": weights.seen,
            "final": [float(v) for w in model.get_weights() for v in w.ravel()]}


class Interrupting(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 3:
            raise RuntimeError("interrupted")


def resume():
    """Returns the weights where a run was interrupted and where it ended; keeps the backup."""
    x = np.array([[1, 2], [-1, 0.5], [0.5, -1], [2, 0], [0, 1], [-0.5, -0.5]], "float32")
    y = np.array([[1], [0], [-1], [2], [0.5], [-0.5]], "float32")
    folder, result = os.path.join(HERE, "backup"), {}

    def run(*others):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.set_weights([np.array([[0.5], [-0.25]]), np.array([0.0])])
        model.compile(keras.optimizers.SGD(0.125, momentum=0.5), "mse")
        backup = keras.callbacks.BackupAndRestore(folder, delete_checkpoint=False)
        with contextlib.suppress(RuntimeError):
            model.fit(x, y, epochs=6, batch_size=2, shuffle=False, verbose=0,
                      callbacks=[backup, *others])
        return [float(v) for w in model.get_weights() for v in w.ravel()]

    shutil.rmtree(folder, ignore_errors=True)
    result["interrupted"] = run(Interrupting())
    kept = {name: open(os.path.join(folder, name), "rb").read() for name in os.listdir(folder)}
    result["resumed"] = run()
    for name, content in kept.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
    return result


def main():
    os.makedirs(HERE, exist_ok=True)
    write("signatures.json", signatures())
    write("formats.json", formats())
    driven = {}
    for case in driven_cases():
        driven.setdefault(case[0], []).append(drive(*case))
    for name, cases in driven.items():
        write("driven_%s.json" % name, cases)
    write("fits.json", [fit(case) for case in FITS])
    write("resumed.json", resume())


if __name__ == "__main__":
    main()
