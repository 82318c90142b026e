# SPDX-License-Identifier: Apache-2.0
"""More of training: on the TensorFlow backend metrics that layers track (whose update in a layer's
call Keras on JAX refuses) and jacobians; on JAX what the progress bar prints of several steps in
one execution, and class numbers that are out of range."""

import io
import itertools
from types import SimpleNamespace
from unittest import mock

import keras
import numpy as np
from keras import layers, metrics, ops, optimizers

from .training import BATCH, CLASSES, FEATURES, classifier, data, fit_and_test, start


class Size(layers.Layer):
    """Tells the mean size of what goes through it."""

    def __init__(self, metric, **kwargs):
        super().__init__(**kwargs)
        self.size = metrics.Mean(name=metric)

    def call(self, inputs):
        self.size.update_state(ops.abs(inputs))
        return inputs


class Block(layers.Layer):
    """Tracks a metric itself and has two layers that do, around one with weights."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.before = Size("before")
        self.dense = layers.Dense(8, activation="tanh")
        self.after = Size("after")
        self.calls = metrics.Sum(name="calls")

    def build(self, shape):
        self.dense.build(shape)

    def call(self, inputs, training=None):
        if training:
            self.calls.update_state(ops.ones(()))
        return self.after(self.dense(self.before(inputs)))


def layer_metrics():
    """Layers track metrics: in a layer, in a model in the model, and two of one name."""
    x, _, y = data()
    inner = keras.Sequential([layers.Input((8,)), Size("inner"), layers.Dense(4)])
    model = keras.Sequential([
        layers.Input((FEATURES,)), Size("size"), Block(), inner, Size("size"), layers.Dense(1)])
    result = fit_and_test(
        model, x, y, {"optimizer": optimizers.Adam(0.01), "loss": "mse", "metrics": ["mae"]})
    names = []
    for metric in model.metrics:
        names += [m.name for m in getattr(metric, "metrics", [metric])]
    # What each of the tracked metrics holds after `predict`, which updates them too.
    left = [float(m.result()) for m in model.metrics if m.name not in ("loss", "compile_metrics")]
    return {**result, "metrics_names": names, "losses": left}


def jacobians():
    """Jacobians of a vector and a matrix, of a network, and of a gradient."""
    import tensorflow as tf

    x, _, _ = data()
    t = tf.Variable(np.linspace(-1.5, 2.0, 6).astype(np.float32).astype(x.dtype).reshape(2, 3))
    with tf.GradientTape(persistent=True) as tape:
        matrix = tf.matmul(tf.sin(t), tf.transpose(t * t))
        total = tf.reduce_sum(tf.exp(t))
        slope = tape.gradient(total * total, t)
        # The second has rows that depend on other rows, whose gradients TensorFlow adds.
        rows = tf.stack([tf.sin(t), t * t, tf.exp(t)], -1)
        mixed = rows[:, 1:] * tf.reduce_sum(t)
    result = {"t": t.numpy(), "matrix": tape.jacobian(matrix, t).numpy(),
              "total": tape.jacobian(total, t).numpy(), "hessian": tape.jacobian(slope, t).numpy(),
              "rows": tape.batch_jacobian(rows, t).numpy(),
              "mixed": tape.batch_jacobian(mixed, t).numpy()}

    model = classifier()
    result["weights"] = start(model, "jacobians")
    inputs = tf.constant(x[:BATCH])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        outputs = model(inputs)
    result["by_rows"] = tape.batch_jacobian(outputs, inputs).numpy()
    found = tape.jacobian(outputs, [inputs, *model.trainable_weights])
    result["network"] = [g.numpy() for g in found]
    return result


def bar_of_executions():
    """What the bar prints for nine batches, three or four in one execution: of arrays, and of a
    generator whose end is not known. The clock moves on whenever the bar looks at it, as callbacks
    may run beside the steps."""
    x = np.arange(18, dtype=np.float32)[:, None] / 4
    texts = []
    for steps in (3, 4):
        model = keras.Sequential([
            layers.Input((1,)), layers.Dense(1, use_bias=False, kernel_initializer="ones")])
        model.compile(optimizers.SGD(0.0), loss=lambda y_true, y_pred: y_pred,
                      steps_per_execution=steps)

        def generate():
            for at in range(0, 18, 2):
                yield x[at : at + 2], x[at : at + 2]

        for run in (
                lambda kw: model.fit(x, x, epochs=2, batch_size=2, shuffle=False, **kw),
                lambda kw: model.fit(x, x, batch_size=2, validation_data=(x[:6], x[:6]),
                                     shuffle=False, **kw),
                lambda kw: model.fit(generate(), **kw),
                lambda kw: model.evaluate(x, x, batch_size=2, **kw),
                lambda kw: model.predict(x, batch_size=2, **kw)):
            clock = SimpleNamespace(time=lambda now=itertools.count(100.0, 0.25): next(now))
            with mock.patch("keras.src.utils.progbar.time", clock), \
                    mock.patch("sys.stdout", io.StringIO()) as out:
                run({"verbose": 1})
            texts.append(out.getvalue())
    return {"texts": texts}


def class_numbers_out_of_range():
    """Class numbers below and beyond the classes: a loss of 0 without a gradient, and a miss."""
    x, labels, _ = data()
    labels = labels.copy()
    labels[::5], labels[3::7] = -1, CLASSES + 2
    model = classifier()
    loss = keras.losses.sparse_categorical_crossentropy
    result = fit_and_test(
        model, x, labels,
        {"optimizer": optimizers.SGD(0.1), "loss": lambda y_true, y_pred: loss(y_true, y_pred),
         "metrics": ["sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy"]})
    return {**result, "own_labels": labels}
