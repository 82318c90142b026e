# SPDX-License-Identifier: Apache-2.0
"""Writes tests/golden/callbacks/tensorboard.json: the events that TensorBoard of real Keras writes.

Run:  python tests/golden/make_tensorboard.py        (tensorflow is needed beside Keras on JAX)

Each case is a `fit` of the same small model; `events` holds for each folder [tag, step, plugin,
what the plugin is told, data class, dtype, shape, values] in the order in which they were written.
Values that depend on time are null; an image is its pixels; the model is null.
"""

import json
import os
import sys
import tempfile

sys.dont_write_bytecode = True
os.environ.update(KERAS_BACKEND="jax", JAX_PLATFORMS="cpu", TF_CPP_MIN_LOG_LEVEL="3",
                  CUDA_VISIBLE_DEVICES="", XLA_FLAGS="--xla_cpu_multi_thread_eigen=false")

import keras
import numpy as np
import tensorflow as tf

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "callbacks")
CASES = [
    {"name": "plain", "config": {}},
    {"name": "batch", "config": {"update_freq": "batch", "histogram_freq": 1}},
    {"name": "two", "config": {"update_freq": 2, "write_graph": False}},
    {"name": "three", "config": {"update_freq": 3, "histogram_freq": 2, "write_images": True}},
    {"name": "images", "config": {"histogram_freq": 2, "write_images": True}},
    {"name": "speed", "config": {"write_steps_per_second": True}},
    {"name": "speed_batch", "config": {"write_steps_per_second": True, "update_freq": 1}},
    {"name": "no_validation", "config": {}, "validation": False},
    {"name": "embeddings", "config": {"embeddings_freq": 2, "embeddings_metadata": "words.tsv"}},
    {"name": "embeddings_dict",
     "config": {"embeddings_freq": 1, "embeddings_metadata": {"table": "words.tsv"}}},
]


def make_model(embeds):
    if embeds:
        model = keras.Sequential([keras.Input((2,)), keras.layers.Embedding(4, 3, name="table"),
                                  keras.layers.Flatten(), keras.layers.Dense(1, name="head")])
    else:
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="body"),
                                  keras.layers.Dense(1, name="head")])
    for variable in model.trainable_variables:
        count = int(np.prod(variable.shape))
        variable.assign(np.reshape((np.arange(count) % 5 - 1.5) / 4, variable.shape))
    model.compile(keras.optimizers.SGD(0.125), "mse")
    return model


def value_of(value):
    plugin = value.metadata.plugin_data
    tensor = tf.make_ndarray(value.tensor)
    entry = [value.tag, None, plugin.plugin_name, plugin.content.decode("latin-1"),
             value.metadata.data_class, str(tf.as_dtype(value.tensor.dtype).name),
             list(tensor.shape)]
    if plugin.plugin_name == "images":
        pixels = [tf.io.decode_png(x).numpy() for x in tensor[2:]]
        return entry + [[tensor[0].decode(), tensor[1].decode()]
                        + [[list(p.shape), p.ravel().tolist()] for p in pixels]]
    if plugin.plugin_name == "graph_keras_model" or "per_second" in value.tag:
        return entry + [None]
    return entry + [tensor.ravel().tolist()]


def events_in(folder):
    result, versions = [], []
    for name in sorted(os.listdir(folder)):
        if "tfevents" not in name:
            continue
        for event in tf.compat.v1.train.summary_iterator(os.path.join(folder, name)):
            if event.file_version:
                versions.append(event.file_version)
            for value in event.summary.value:
                entry = value_of(value)
                entry[1] = event.step
                result.append(entry)
    return result, versions


def run(case):
    embeds = "embeddings_freq" in case["config"]
    model = make_model(embeds)
    x = np.array([[1, 2], [0, 3], [2, 1], [3, 0], [1, 1], [2, 2]], "float32")
    y = np.array([[1], [0], [-1], [2], [0.5], [-0.5]], "float32")
    validation = {} if case.get("validation") is False else {"validation_data": (x[4:], y[4:])}
    with tempfile.TemporaryDirectory() as folder:
        config = {**case["config"], "log_dir": folder}
        if isinstance(config.get("embeddings_metadata"), dict):
            config["embeddings_metadata"] = dict(config["embeddings_metadata"])
        board = keras.callbacks.TensorBoard(**config)
        model.fit(x[:4], y[:4], epochs=3, batch_size=1, shuffle=False, verbose=0,
                  callbacks=[board], **validation)
        files = sorted(os.path.relpath(os.path.join(at, name), folder)
                       for at, _, names in os.walk(folder) for name in names
                       if "tfevents" not in name)
        texts = {}
        for name in files:
            if name.endswith(".pbtxt"):
                with open(os.path.join(folder, name)) as file:
                    texts[name] = file.read()
        events, versions = {}, []
        for part in ("train", "validation"):
            if os.path.isdir(os.path.join(folder, part)):
                events[part], versions = events_in(os.path.join(folder, part))
    return {**case, "files": files, "texts": texts, "versions": versions, "events": events}


def main():
    with open(os.path.join(HERE, "tensorboard.json"), "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(run(case)) for case in CASES) + "\n]\n")


if __name__ == "__main__":
    main()
