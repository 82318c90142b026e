# SPDX-License-Identifier: Apache-2.0
"""The real TensorBoard and real Keras read what the callbacks write. Usage:

    python callbacks.py DRIVER

The driver trains a model with TensorBoard and with BackupAndRestore, whose backup it leaves. Prints
what is wrong and exits with 1 when anything is. Needs keras 3.15.1, jax and tensorboard.
"""

import csv
import glob
import io
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
os.environ.update(KERAS_BACKEND="jax", JAX_PLATFORMS="cpu", TF_CPP_MIN_LOG_LEVEL="3")

import keras
import numpy as np
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_inspector import get_inspection_units
from tensorboard.plugins.graph import keras_util
from tensorboard.util import tensor_util

problems = []


def check(holds, sentence):
    if not holds:
        problems.append(sentence)


def tensors(events, tag):
    return [(e.step, tensor_util.make_ndarray(e.tensor_proto)) for e in events.Tensors(tag)]


def read_events(folder):
    events = EventAccumulator(folder, size_guidance={"tensors": 0})
    events.Reload()
    return events


def check_tensorboard(folder):
    with open(os.path.join(folder, "log.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    units = get_inspection_units(os.path.join(folder, "logs"))
    check(sorted(os.path.basename(u.name) for u in units) == ["train", "validation"],
          "TensorBoard finds the runs train and validation")
    train = read_events(os.path.join(folder, "logs", "train"))
    validation = read_events(os.path.join(folder, "logs", "validation"))
    for events, prefix in ((train, ""), (validation, "val_")):
        for name in ("loss", "mae"):
            values = tensors(events, "epoch_" + name)
            check([step for step, _ in values] == list(range(len(rows))),
                  "epoch_%s has a value for each epoch" % name)
            check(np.array_equal([v for _, v in values],
                                 np.float32([float(row[prefix + name]) for row in rows])),
                  "epoch_%s is what the CSV file says" % (prefix + name))
    plugins = train.summary_metadata
    weights = [tag for tag in train.Tags()["tensors"] if tag.endswith("/histogram")]
    check(len(weights) == 4, "each of four weights has histograms, not " + str(weights))
    for tag in weights:
        check(plugins[tag].plugin_data.plugin_name == "histograms", tag + " is a histogram")
        for _, value in tensors(train, tag):
            check(value.shape == (30, 3) and np.all(value[:, 0] <= value[:, 1]),
                  tag + " has 30 buckets")
    images = [tag for tag in train.Tags()["tensors"] if tag.endswith("/image")]
    check(len(images) > 0, "weights are images too")
    for tag in images:
        for _, value in tensors(train, tag):
            for png in value[2:]:
                size = Image.open(io.BytesIO(png)).size
                check(size == (int(value[0]), int(value[1])), tag + " has the size it tells")
    model = json.loads(tensors(train, "keras")[0][1].item())
    graph = keras_util.keras_model_to_graph_def(model)
    check(any("dense" in node.name.lower() for node in graph.node), "the graph shows the model")


def check_backup(folder):
    backup = os.path.join(folder, "backup")
    with open(os.path.join(backup, "training_metadata.json")) as file:
        check(json.load(file) == {"epoch": 3, "batch": 0}, "the backup is that of three epochs")
    model = keras.models.load_model(os.path.join(folder, "model.keras"))
    model.optimizer.build(model.trainable_variables)
    expected = [np.array(v) for v in [*model.weights, *model.optimizer.variables]]
    for variable in [*model.weights, *model.optimizer.variables]:
        variable.assign(np.zeros(variable.shape, variable.dtype))
    callback = keras.callbacks.BackupAndRestore(backup, delete_checkpoint=False)
    callback.set_model(model)
    callback.on_train_begin()
    check(model._initial_epoch == 3, "Keras goes on after the third epoch")
    got = [np.array(v) for v in [*model.weights, *model.optimizer.variables]]
    check(all(np.array_equal(a, b) for a, b in zip(got, expected, strict=True)),
          "Keras restores the weights and the optimizer")


def check_checkpoints(folder):
    paths = sorted(glob.glob(os.path.join(folder, "checkpoints", "*.keras")))
    check(len(paths) == 3, "there are three checkpoints")
    for path in paths:
        keras.models.load_model(path)


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], "callbacks", folder], check=True)
        check_tensorboard(folder)
        check_backup(folder)
        check_checkpoints(folder)
    for problem in problems:
        print("not true: " + problem)
    print("callbacks: %d problems" % len(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
