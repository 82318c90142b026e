#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes data/: windows of arrays, pipelines of tf.data, and in which order fit takes batches.

Run it with a Python that has keras 3.15.1, jax, numpy and tensorflow: tests/golden/make_data.py
"""

import io
import json
import os
import sys
import zipfile

os.environ.update(KERAS_BACKEND="jax", JAX_PLATFORMS="cpu", TF_CPP_MIN_LOG_LEVEL="3")

import keras
import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))


class File:
    """Collects a document and its arrays, each content once."""

    def __init__(self, **document):
        versions = {"keras": keras.__version__, "tensorflow": tf.__version__}
        self.document = {**document, "versions": versions}
        self.arrays = {}

    def add(self, array):
        array = np.asarray(array)
        for name, other in self.arrays.items():
            same = array.dtype == other.dtype and array.shape == other.shape
            if same and array.tobytes() == other.tobytes():
                return name
        name = f"a{len(self.arrays)}"
        self.arrays[name] = array
        return name

    def write(self, path):
        case = np.frombuffer(json.dumps(self.document).encode(), np.uint8)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, array in [("case", case), *self.arrays.items()]:
                buffer = io.BytesIO()
                np.lib.format.write_array(buffer, np.ascontiguousarray(array), (1, 0))
                archive.writestr(zipfile.ZipInfo(name + ".npy", (1980, 1, 1, 0, 0, 0)),
                                 buffer.getvalue(), zipfile.ZIP_DEFLATED)


def parts_of(file, element):
    element = element if isinstance(element, tuple) else (element,)
    return [file.add(part.numpy()) for part in element]


def timeseries():
    file = File(kind="data", name="timeseries")
    np.random.seed(1)
    rng = np.random.RandomState(3)
    table, line = rng.rand(30, 2).astype("float32"), np.arange(40)
    cases = [
        (line, None, {"sequence_length": 10}),
        (line, line * 2, {"sequence_length": 10, "sequence_stride": 3, "sampling_rate": 2}),
        (line, line[10:] + 0.5, {"sequence_length": 4, "batch_size": 7}),
        (line, line[:20], {"sequence_length": 5, "batch_size": 8, "sequence_stride": 20}),
        (table, table[:, :1], {"sequence_length": 3, "sampling_rate": 3, "start_index": 4,
                               "batch_size": 4}),
        (table, None, {"sequence_length": 6, "start_index": 5, "end_index": 20, "batch_size": 2}),
        (table, table[:, 0], {"sequence_length": 2, "end_index": 11, "batch_size": 3}),
        (table, None, {"sequence_length": 4, "batch_size": None, "sequence_stride": 7}),
        (table, table, {"sequence_length": 30, "batch_size": 5}),
        (table, None, {"sequence_length": 31, "batch_size": 5}),
        (rng.rand(12, 2, 3), np.arange(12, dtype="int32"), {"sequence_length": 2, "batch_size": 5}),
        (line, line, {"sequence_length": 3, "start_index": 0, "end_index": 39, "batch_size": 16}),
        (line, line, {"sequence_length": 6, "shuffle": True, "seed": 5, "batch_size": 4}),
        (table, None, {"sequence_length": 2, "shuffle": True, "batch_size": None}),
    ]
    file.document["cases"] = []
    for data, targets, kwargs in cases:
        dataset = keras.utils.timeseries_dataset_from_array(data, targets, **kwargs)
        file.document["cases"].append({
            "data": file.add(data), "targets": None if targets is None else file.add(targets),
            "kwargs": kwargs, "cardinality": int(dataset.cardinality()),
            "elements": [parts_of(file, element) for element in dataset],
        })
    return file


def source_of(spec):
    kind, count = spec
    if kind == "slices":
        return tf.data.Dataset.from_tensor_slices((np.arange(count * 2.0).reshape(count, 2),
                                                   np.arange(count)))
    return tf.data.Dataset.range(count)


def apply(dataset, call):
    name, *arguments = call
    if name == "filter":
        return dataset.filter(lambda x: x % arguments[0] != 0)
    if name == "map":
        return dataset.map(lambda x: x * arguments[0], num_parallel_calls=arguments[1])
    if name == "zip":
        return tf.data.Dataset.zip((dataset, source_of(arguments[0])))
    if name == "concatenate":
        return dataset.concatenate(source_of(arguments[0]))
    if name == "interleave":
        return dataset.interleave(lambda x: tf.data.Dataset.range(x % 4).map(lambda i: 10 * x + i),
                                  cycle_length=arguments[0], num_parallel_calls=arguments[1])
    return getattr(dataset, name)(*arguments)


def pipelines():
    file = File(kind="data", name="pipelines")
    ten = ["range", 10]
    cases = [
        [ten], [["range", 0]], [["slices", 5]], [["slices", 5], ["batch", 2]],
        [["slices", 5], ["batch", 2, True]], [["slices", 4], ["batch", 2, True]],
        [["slices", 3], ["batch", 8]], [["slices", 3], ["batch", 8, True]],
        [ten, ["batch", 5], ["batch", 2]], [ten, ["batch", 3], ["take", 2]],
        [ten, ["batch", 4], ["unbatch"]], [ten, ["batch", 4], ["rebatch", 3]],
        [ten, ["batch", 4], ["rebatch", 3, True]], [["slices", 5], ["batch", 3], ["unbatch"]],
        [ten, ["take", 0]], [ten, ["take", 20]], [ten, ["take", -1]], [ten, ["skip", 3]],
        [ten, ["skip", 20]], [ten, ["skip", -1]], [ten, ["skip", 0]],
        [["range", 3], ["repeat", 2]], [["range", 3], ["repeat", 0]],
        [["range", 3], ["repeat"], ["take", 8]], [["range", 3], ["repeat", -1], ["take", 4]],
        [["range", 0], ["repeat"]], [["range", 4], ["repeat"], ["batch", 3], ["take", 3]],
        [["range", 4], ["batch", 3], ["repeat", 2]], [ten, ["filter", 3]],
        [ten, ["filter", 3], ["batch", 2]], [ten, ["filter", 2], ["repeat", 2], ["skip", 2]],
        [ten, ["map", 3, None]], [ten, ["map", 3, 4]], [ten, ["map", 2, 3], ["batch", 4]],
        [ten, ["zip", ["range", 4]]], [["range", 3], ["zip", ["slices", 5]]],
        [["slices", 3], ["zip", ["range", 3]]], [["range", 2], ["repeat"], ["zip", ["range", 5]]],
        [ten, ["filter", 2], ["zip", ["range", 3]]], [ten, ["concatenate", ["range", 2]]],
        [["range", 2], ["concatenate", ["range", 3]], ["repeat", 2]],
        [ten, ["cache"], ["repeat", 2], ["batch", 7]], [ten, ["prefetch", 3], ["batch", 4]],
        [ten, ["prefetch", 0]], [ten, ["interleave", 1, None]], [ten, ["interleave", 2, None]],
        [ten, ["interleave", 3, None], ["batch", 4]], [ten, ["interleave", 20, None]],
        [["range", 7], ["interleave", 3, 2]], [["range", 1], ["interleave", 2, None]],
        [ten, ["shuffle", 1]], [ten, ["repeat"], ["skip", 7], ["take", 5]],
    ]
    file.document["cases"] = []
    for source, *calls in cases:
        dataset = source_of(source)
        cardinalities = [int(dataset.cardinality())]
        for call in calls:
            dataset = apply(dataset, call)
            cardinalities.append(int(dataset.cardinality()))
        elements = []
        for element in dataset:
            parts = [np.ravel(part.numpy()) for part in tf.nest.flatten(element)]
            elements.append(file.add(np.concatenate(parts)))
        file.document["cases"].append({"source": source, "calls": calls,
                                       "cardinalities": cardinalities, "elements": elements})
    return file


class Numbers(keras.utils.PyDataset):
    """Gives batches whose values are their number, and writes down what is called."""

    def __init__(self, count, log, **kwargs):
        super().__init__(**kwargs)
        self.count, self.log = count, log

    @property
    def num_batches(self):
        return self.count

    def __getitem__(self, index):
        self.log.append(str(index))
        return np.full((2, 1), index, "float32"), np.zeros((2, 1), "float32")

    def on_epoch_begin(self):
        self.log.append("begin")

    def on_epoch_end(self):
        self.log.append("end")


def numbers(kind, count, log):
    if kind == "py":
        return Numbers(count, log)
    x = np.repeat(np.arange(count or 5, dtype="float32"), 2)[:, None]
    dataset = tf.data.Dataset.from_tensor_slices((x, np.zeros_like(x))).batch(2)
    if kind == "unknown":
        dataset = dataset.filter(lambda x, y: True)
    return dataset if count else dataset.repeat()


def feeds():
    """Runs a model whose loss is the mean number of the batches that it has seen."""
    file = File(kind="data", name="feeds")
    names = ("kind", "count", "steps", "built", "validation", "validation_steps")
    cases = [{**dict(zip(names, values)), "shuffle": False} for values in [
        ("tf", 5, None, True, None, None), ("tf", 5, 2, True, None, None),
        ("tf", 5, 3, False, None, None), ("tf", 5, 5, False, 3, None),
        ("tf", 5, 7, True, 3, 2), ("tf", None, 4, False, None, 3), ("tf", 1, 1, True, 1, 1),
        ("unknown", 5, None, True, None, None), ("unknown", 5, 2, False, 4, 3),
        ("unknown", 5, 3, True, 4, None), ("py", 5, None, True, None, None),
        ("py", 5, None, False, 3, None), ("py", 5, 2, False, 3, 2), ("py", 5, 3, True, 2, 1),
        ("py", 5, 5, False, None, None), ("py", None, 3, True, None, 2),
        ("py", None, 3, False, None, 2)]]
    cases += [{**cases[10], "shuffle": True}, {**cases[12], "shuffle": True, "count": 9},
              {**cases[13], "shuffle": True, "count": 9, "steps": 4}]
    file.document["cases"] = cases
    for case in cases:
        keras.utils.set_random_seed(11)
        log, validation_log = [], []
        model = keras.Sequential([keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
        model.compile("sgd", "mae")
        model.optimizer.learning_rate = 0.0
        if case["built"]:
            model.train_on_batch(np.zeros((2, 1)), np.zeros((2, 1)))
        validation = case["validation"] or (None if case["validation_steps"] is None else 0)
        history = model.fit(
            numbers(case["kind"], case["count"], log), epochs=4, verbose=0, shuffle=case["shuffle"],
            steps_per_epoch=case["steps"], validation_steps=case["validation_steps"],
            validation_data=None if validation is None
            else numbers(case["kind"], validation or None, validation_log))
        log.append("evaluate")
        case["evaluate"] = model.evaluate(numbers(case["kind"], case["count"], log), verbose=0,
                                          steps=case["steps"])
        log.append("predict")
        predicted = model.predict(numbers(case["kind"], case["count"], log), verbose=0,
                                  steps=case["steps"])
        case["predict"] = file.add(predicted)
        case["history"] = history.history
        case["log"], case["validation_log"] = log, validation_log
    return file


def main():
    if keras.__version__ != "3.15.1":
        sys.exit(f"keras 3.15.1 is needed, this is {keras.__version__}")
    folder = os.path.join(HERE, "data")
    os.makedirs(folder, exist_ok=True)
    for make in (timeseries, pipelines, feeds):
        make().write(os.path.join(folder, make.__name__ + ".npz"))


main()
