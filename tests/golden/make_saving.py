# SPDX-License-Identifier: Apache-2.0
"""Writes tests/golden/saving/: model files of real Keras 3.15.1 on JAX, and what it computes.

Run:  python tests/golden/make_saving.py [NAME ...]

NAME.keras is a model, NAME.npz its inputs `x_0`..., targets `y_0`..., predictions
`prediction_0`..., and the `losses` and `trained_prediction_0`... of four further training steps on
batches of 8 rows. unused_NAME.keras is such a model before any step, NAME_summary.txt what
`summary` prints. The dates in the files are set to one day, so that the files of two runs differ in
the ids of shared objects only.
"""

import json
import os
import sys
import zipfile

sys.dont_write_bytecode = True
os.environ.update(KERAS_BACKEND="jax", JAX_PLATFORMS="cpu", TF_CPP_MIN_LOG_LEVEL="3",
                  XLA_FLAGS="--xla_cpu_multi_thread_eigen=false")

import keras
import numpy as np

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "saving")
STEPS, BATCH = 4, 8


def path(name):
    return os.path.join(HERE, name)


def set_dates(name):
    """Gives all members of an archive one date."""
    with zipfile.ZipFile(path(name)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path(name), "w") as archive:
        for member, content in members:
            if member == "metadata.json":
                data = json.loads(content)
                data["date_saved"] = "2026-01-01@00:00:00"
                content = json.dumps(data).encode()
            archive.writestr(zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0)), content)


def sequential():
    model = keras.Sequential([
        keras.layers.Input((6,)),
        keras.layers.Rescaling(0.5, offset=0.1),
        keras.layers.Dense(8, activation="relu", kernel_regularizer="l2"),
        keras.layers.Reshape((2, 4)),
        keras.layers.Dense(3, activation="tanh"),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.0),
        keras.layers.Dense(2),
    ], name="stack")
    model.compile("adam", "mse", metrics=["mae"])
    return model


def functional():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    shared = keras.layers.Dense(4, activation="tanh", name="shared")
    inner = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(5)], name="inner")
    z = inner(shared(a) * 2.0 + shared(b))
    x = keras.Input((5,))
    fork = keras.Model(x, [keras.layers.Dense(2)(x), keras.layers.Dense(3)(x)], name="fork")
    two, three = fork(z)
    mean = keras.ops.mean(three, axis=-1, keepdims=True)
    p = keras.layers.Concatenate()([two, mean])[:, 0:2]
    outputs = {"p": p / 2.0, "r": keras.layers.Dense(1)(three)}
    model = keras.Model({"b": b, "a": a}, outputs, name="graph")
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    model.compile(keras.optimizers.SGD(rate, momentum=0.9),
                  loss={"p": "mse", "r": keras.losses.MeanAbsoluteError()},
                  metrics={"p": ["mae"]}, loss_weights={"p": 1.0, "r": 0.5})
    return model


def small(optimizer, *layers):
    model = keras.Sequential([keras.layers.Input((5,)), *layers], name="small")
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


def scaled():
    inner = keras.optimizers.Adam(0.01, use_ema=True)
    return small(keras.optimizers.LossScaleOptimizer(inner, initial_scale=8.0,
                                                     dynamic_growth_steps=3),
                 keras.layers.Dense(4, "tanh"), keras.layers.Dense(2))


def multi():
    momentum = keras.optimizers.SGD(0.05, momentum=0.9)
    chosen = {".*/bias": keras.optimizers.Adam(0.01), "head/kernel": keras.optimizers.SGD(0.1)}
    return small(keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(momentum, chosen)),
                 keras.layers.Dense(4, "tanh"), keras.layers.Dense(2, name="head"))


def spectral():
    return small("rmsprop", keras.layers.SpectralNormalization(keras.layers.Dense(4, "tanh")),
                 keras.layers.Dense(2))


def mixed():
    keras.config.set_dtype_policy("mixed_float16")
    model = small(keras.optimizers.SGD(0.05, momentum=0.9), keras.layers.Dense(4, "tanh"),
                  keras.layers.BatchNormalization(), keras.layers.Dense(2, dtype="float32"))
    keras.config.set_dtype_policy("float32")
    return model


def masked():
    """Masks are calls of ops in the graph: made by layers, merged, and given to calls."""
    words = keras.Input((6,), dtype="int32", name="words")
    more = keras.Input((6,), dtype="int32", name="more")
    steps = keras.Input((6, 3), name="steps")
    embed = keras.layers.Embedding(5, 4, mask_zero=True, name="embed")
    both = keras.layers.Concatenate()([embed(words), embed(more)])
    x = keras.layers.TimeDistributed(keras.layers.Dense(3, "tanh"))(both)
    added = keras.layers.Add()([x, keras.layers.Masking()(keras.layers.ReLU()(steps))])
    normal = keras.layers.BatchNormalization()(added)
    i = keras.Input((6, 3))
    inner = keras.Model(i, keras.layers.Dense(3)(keras.layers.BatchNormalization()(i)))
    z = inner(normal)
    z = keras.layers.Softmax()(z, mask=keras.ops.greater(z, -0.5))
    out = keras.layers.Dense(2)(keras.layers.Flatten()(z))
    model = keras.Model([words, more, steps], out, name="masked")
    model.compile("adam", "mse")
    return model


MODELS = {"sequential": sequential, "functional": functional, "scaled": scaled, "multi": multi,
          "spectral": spectral, "mixed": mixed, "masked": masked}


def random_array(random, tensor):
    shape = (STEPS * BATCH, *tensor.shape[1:])
    if tensor.dtype == "int32":
        return random.integers(0, 5, size=shape).astype("int32")
    return random.normal(size=shape).astype("float32")


def write(name, model):
    random = np.random.default_rng(7)
    inputs = keras.tree.flatten(model.inputs)
    x = [random_array(random, t) for t in inputs]
    outputs = keras.tree.flatten(model.outputs)
    y = [random_array(random, t) for t in outputs]

    def packed(arrays, structure, rows=slice(None)):
        arrays = [a[rows] for a in arrays]
        if isinstance(model, keras.Sequential):
            return arrays[0]
        return keras.tree.pack_sequence_as(structure(), arrays)

    def batch(step):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        return (packed(x, lambda: model.input, rows), packed(y, lambda: model.output, rows))

    def predict(prefix):
        result = keras.tree.flatten(model.predict(packed(x, lambda: model.input), verbose=0))
        return {"%s_%d" % (prefix, i): array for i, array in enumerate(result)}

    for step in range(STEPS):
        model.train_on_batch(*batch(step))
    model.save(path(name + ".keras"))
    set_dates(name + ".keras")
    # Keras itself cannot compile a model from a legacy file that says "mse" or "mae".
    model.save(path(name + ".h5"))
    data = {"x_%d" % i: array for i, array in enumerate(x)}
    data.update({"y_%d" % i: array for i, array in enumerate(y)})
    data.update(predict("prediction"))
    # What the files must hold to the bit.
    data.update({"state_%d" % i: np.asarray(v) for i, v in enumerate(
        [*model.weights, *model.optimizer.variables])})
    losses = [model.train_on_batch(*batch(step), return_dict=True)["loss"]
              for step in range(STEPS)]
    data["losses"] = np.array(losses, "float32")
    data.update(predict("trained_prediction"))
    np.savez_compressed(path(name + ".npz"), **data)


def write_summary(name, model):
    lines = []
    model.summary(line_length=80, print_fn=lambda text, line_break=False: lines.append(text))
    with open(path(name + "_summary.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


def write_others():
    plain = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)], name="plain")
    plain.save(path("uncompiled.keras"))
    plain.save_weights(path("plain.weights.h5"))
    # A shard holds the kernel or the bias of the layer, not both.
    plain.save_weights(path("sharded.weights.json"), max_shard_size=24 / 2**30)
    python = keras.Sequential([keras.layers.Input((3,)), keras.layers.Lambda(lambda x: x + 1)])
    python.save(path("refused_lambda.keras"))

    @keras.saving.register_keras_serializable(package="book")
    class Scale(keras.layers.Layer):
        def __init__(self, factor=1.0, **kwargs):
            super().__init__(**kwargs)
            self.factor = factor

        def build(self, shape):
            self.offset = self.add_weight(name="offset", shape=(shape[-1],), initializer="ones")

        def call(self, x):
            return x * self.factor + self.offset

        def get_config(self):
            return {**super().get_config(), "factor": self.factor}

    custom = keras.Sequential([keras.layers.Input((3,)), Scale(2.5), keras.layers.Dense(2)])
    custom.save(path("custom.keras"))
    for name in ("uncompiled", "refused_lambda", "custom"):
        set_dates(name + ".keras")


def write_subclassed():
    """Files name what a class of the user holds by the attributes of the class."""

    @keras.saving.register_keras_serializable(package="book")
    class Gated(keras.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.wide = keras.layers.Dense(3, "tanh")
            self.gate = keras.layers.Dense(3, "sigmoid")

        def build(self, shape):
            self.wide.build(shape)
            self.gate.build(shape)
            self.scale = self.add_weight(name="scale", shape=(3,), initializer="ones")

        def call(self, x):
            return self.wide(x) * self.gate(x) * self.scale

    @keras.saving.register_keras_serializable(package="book")
    class Net(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.stem = Gated()
            self.blocks = [keras.layers.Dense(3, "relu"), Gated(), keras.layers.Dense(3)]
            self._head = keras.layers.Dense(2)

        def call(self, x):
            x = self.stem(x)
            for block in self.blocks:
                x = block(x)
            return self._head(x)

    random = np.random.default_rng(7)
    x = random.normal(size=(BATCH, 3)).astype("float32")
    y = random.normal(size=(BATCH, 2)).astype("float32")
    model = Net(name="net")
    model.compile("adam", "mse")
    model.train_on_batch(x, y)
    model.save(path("subclassed.keras"))
    set_dates("subclassed.keras")
    data = {"x": x, "y": y, "prediction": model.predict(x, verbose=0)}
    data["loss"] = np.float32(model.train_on_batch(x, y))
    np.savez_compressed(path("subclassed.npz"), **data)


def write_dict_of_layers():
    """Layers in a dict are named as those of a list of its values."""

    @keras.saving.register_keras_serializable(package="book")
    class Heads(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.heads = {"wide": keras.layers.Dense(3), "first": keras.layers.Dense(2),
                          "norm": keras.layers.LayerNormalization()}

        def call(self, x):
            x = self.heads["norm"](self.heads["wide"](x))
            return self.heads["first"](x)

    model = Heads(name="heads")
    x = np.random.default_rng(8).normal(size=(BATCH, 3)).astype("float32")
    data = {"x": x, "prediction": model.predict(x, verbose=0)}
    model.save(path("dict_of_layers.keras"))
    set_dates("dict_of_layers.keras")
    np.savez_compressed(path("dict_of_layers.npz"), **data)


def write_unused():
    """Models whose optimizers, in another one, have not moved anything yet."""
    for name in ("scaled", "multi"):
        MODELS[name]().save(path("unused_%s.keras" % name))
        set_dates("unused_%s.keras" % name)


if __name__ == "__main__":
    os.makedirs(HERE, exist_ok=True)
    keras.utils.set_random_seed(1)
    others = {"others": write_others, "subclassed": write_subclassed, "unused": write_unused,
              "dict": write_dict_of_layers}
    for chosen_name in sys.argv[1:] or [*MODELS, *others]:
        if chosen_name in others:
            others[chosen_name]()
        else:
            made = MODELS[chosen_name]()
            if chosen_name == "masked":
                write_summary(chosen_name, made)
            write(chosen_name, made)
