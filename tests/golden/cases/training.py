# SPDX-License-Identifier: Apache-2.0
"""Custom training: loops and steps with a tape (TensorFlow), overridden parts of a step (JAX)."""

import keras
import numpy as np
from keras import layers, losses, metrics, ops, optimizers

from .pack import rng_of

ROWS, FEATURES, CLASSES, BATCH = 64, 5, 3, 8


def data():
    """Gives float rows, class numbers and a float target."""
    rng = rng_of("training/data")
    x = rng.standard_normal((ROWS, FEATURES))
    labels = np.argmax(x @ rng.standard_normal((FEATURES, CLASSES)), -1)
    target = np.sin(x[:, :1]) + 0.5 * x[:, 1:2]
    floatx = keras.config.floatx()
    return (
        x.astype(np.float32).astype(floatx),
        labels.astype(np.int32),
        target.astype(np.float32).astype(floatx),
    )


def start(model, name):
    """Gives a built model weights of a sensible size, and returns them."""
    rng = rng_of("training/" + name)
    weights = [
        (rng.standard_normal(w.shape) * 0.4).astype(np.float32) for w in model.get_weights()
    ]
    model.set_weights(weights)
    return weights


def classifier():
    return keras.Sequential([
        layers.Input((FEATURES,)),
        layers.Dense(16, activation="relu"),
        layers.Dense(CLASSES, activation="softmax"),
    ])


def batches(x, y, steps):
    for i in range(steps):
        at = i * BATCH % ROWS
        yield x[at : at + BATCH], y[at : at + BATCH]


def numbers(history):
    return {k: [float(v) for v in values] for k, values in history.history.items()}


# ---- with TensorFlow's tape


def hand_loop():
    """The training and evaluation loop of the book's chapter 7."""
    import tensorflow as tf

    x, y, _ = data()
    model = classifier()
    weights = start(model, "classifier")
    loss_fn = losses.SparseCategoricalCrossentropy()
    optimizer = optimizers.Adam(0.01)
    accuracy = metrics.SparseCategoricalAccuracy()
    tracker = metrics.Mean()
    result = {"losses": [], "accuracies": [], "means": []}
    for inputs, targets in batches(x, y, 20):
        with tf.GradientTape() as tape:
            predictions = model(inputs, training=True)
            loss = loss_fn(targets, predictions)
        gradients = tape.gradient(loss, model.trainable_weights)
        optimizer.apply_gradients(zip(gradients, model.trainable_weights))
        accuracy.update_state(targets, predictions)
        tracker.update_state(loss)
        result["losses"].append(float(loss))
        result["accuracies"].append(float(accuracy.result()))
        result["means"].append(float(tracker.result()))
    return {"weights": weights, "final_weights": model.get_weights(), **result}


def linear_classifier():
    """The linear classifier of chapter 3."""
    import tensorflow as tf

    x, _, y = data()
    rng = rng_of("training/linear")
    start_w = (0.5 * rng.standard_normal((FEATURES, 1))).astype(np.float32)
    w = tf.Variable(start_w.astype(keras.config.floatx()))
    b = tf.Variable(tf.zeros((1,), dtype=w.dtype))
    values = []
    for _ in range(40):
        with tf.GradientTape() as tape:
            predictions = tf.matmul(x, w) + b
            loss = tf.reduce_mean(tf.square(y - predictions))
        grad_w, grad_b = tape.gradient(loss, [w, b])
        w.assign_sub(grad_w * 0.1)
        b.assign_sub(grad_b * 0.1)
        values.append(float(loss))
    return {"weights": [start_w], "final_weights": [w.numpy(), b.numpy()], "losses": values}


def derivatives():
    """Gradients of gradients: of functions of one number, and a gradient penalty."""
    import tensorflow as tf

    x, y, _ = data()
    t = tf.Variable(np.linspace(-1.5, 2.0, 8).astype(np.float32).astype(x.dtype))
    with tf.GradientTape() as third:
        with tf.GradientTape() as second:
            with tf.GradientTape() as first:
                value = tf.sin(t) ** 3 * tf.exp(t) + tf.nn.softplus(t)
            d1 = first.gradient(value, t)
        d2 = second.gradient(d1, t)
    d3 = third.gradient(d2, t)

    model = classifier()
    weights = start(model, "penalty")
    inputs = tf.constant(x[:BATCH])
    loss_fn = losses.SparseCategoricalCrossentropy()
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(inputs)
            loss = loss_fn(y[:BATCH], model(inputs))
        slope = inner.gradient(loss, inputs)
        penalty = tf.reduce_sum(tf.square(slope))
    gradients = outer.gradient(penalty, model.trainable_weights, unconnected_gradients="zero")
    return {
        "t": t.numpy(), "d1": d1.numpy(), "d2": d2.numpy(), "d3": d3.numpy(),
        "weights": weights, "slope": slope.numpy(), "penalty": float(penalty),
        "penalty_gradients": [np.asarray(g) for g in gradients],
    }


class OwnStep(keras.Model):
    """Has steps of its own around a loss of its own, as in chapter 7."""

    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(16, activation="relu")
        self.head = layers.Dense(CLASSES, activation="softmax")
        self.loss_fn = losses.SparseCategoricalCrossentropy()
        self.loss_tracker = metrics.Mean(name="loss")

    def call(self, inputs):
        return self.head(self.hidden(inputs))

    def train_step(self, data):
        import tensorflow as tf

        inputs, targets = data
        with tf.GradientTape() as tape:
            predictions = self(inputs, training=True)
            loss = self.loss_fn(targets, predictions)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result(), "batch": loss, "a": ops.max(predictions)}

    def test_step(self, data):
        inputs, targets = data
        loss = self.loss_fn(targets, self(inputs, training=False))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}

    def predict_step(self, data):
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return ops.log(self(x, training=False))

    @property
    def metrics(self):
        return [self.loss_tracker]


class CompiledStep(OwnStep):
    """Uses what compile was given."""

    def train_step(self, data):
        import tensorflow as tf

        inputs, targets = data
        with tf.GradientTape() as tape:
            predictions = self(inputs, training=True)
            loss = self.compute_loss(y=targets, y_pred=predictions)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(targets, predictions)
        return self.get_metrics_result()

    test_step = keras.Model.test_step
    predict_step = keras.Model.predict_step
    metrics = keras.Model.metrics


class RawStep(CompiledStep):
    """Returns the loss of the batch under the name of a metric that it does not update."""

    def train_step(self, data):
        import tensorflow as tf

        inputs, targets = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=targets, y_pred=self(inputs, training=True))
        self.optimizer.apply_gradients(
            zip(tape.gradient(loss, self.trainable_weights), self.trainable_weights))
        return {"loss": loss + 7.0}


def fit_and_test(model, x, y, compile_arguments, steps=1, validation=True, **fit):
    """Fits three epochs (24 steps) in order; gives what Keras reports and what callbacks see."""
    model(x[:BATCH])
    weights = start(model, "own")
    model.compile(steps_per_execution=steps, **compile_arguments)
    seen = Seen()
    history = model.fit(
        x, y, epochs=3, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[seen],
        validation_data=(x[:20], None if y is None else y[:20]) if validation else None, **fit)
    evaluated = model.evaluate(
        x, y, batch_size=BATCH, verbose=0, return_dict=True, callbacks=[seen])
    predicted = model.predict(x[:20], batch_size=BATCH, verbose=0, callbacks=[seen])
    return {
        "weights": weights, "final_weights": model.get_weights(), "history": numbers(history),
        "evaluate": {k: float(v) for k, v in evaluated.items()}, "predict": predicted,
        "events": seen.events,
    }


class Seen(keras.callbacks.Callback):
    """Notes the numbers of the batches that callbacks are called with, and their logs' names."""

    def __init__(self):
        super().__init__()
        self.events = []

    def on_train_batch_begin(self, batch, logs=None):
        self.events.append(f"train {batch}")

    def on_train_batch_end(self, batch, logs=None):
        self.events.append(f"train end {batch}: " + " ".join(logs))

    def on_test_batch_begin(self, batch, logs=None):
        self.events.append(f"test {batch}")

    def on_test_batch_end(self, batch, logs=None):
        self.events.append(f"test end {batch}: " + " ".join(logs))

    def on_predict_batch_begin(self, batch, logs=None):
        self.events.append(f"predict {batch}")

    def on_predict_batch_end(self, batch, logs=None):
        self.events.append(f"predict end {batch}")


def own_step():
    x, y, _ = data()
    return fit_and_test(OwnStep(), x, y, {"optimizer": optimizers.Adam(0.01)})


def compiled_step():
    x, y, _ = data()
    return fit_and_test(
        CompiledStep(), x, y,
        {"optimizer": optimizers.Adam(0.01), "loss": "sparse_categorical_crossentropy",
         "metrics": ["accuracy"]})


def raw_step():
    x, y, _ = data()
    return fit_and_test(
        RawStep(), x, y,
        {"optimizer": optimizers.SGD(0.05), "loss": "sparse_categorical_crossentropy"})


# ---- in JAX's own steps


class OwnLoss(keras.Model):
    """Overrides compute_loss, with a tracker of its own."""

    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(16, activation="tanh", kernel_regularizer="l2")
        self.head = layers.Dense(1)
        self.part_tracker = metrics.Mean(name="part")

    def call(self, inputs):
        return self.head(self.hidden(inputs))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        part = ops.mean(ops.square(y - y_pred)) * (1.0 if training else 2.0)
        self.part_tracker.update_state(part)
        return part + sum(self.losses) + 0.01 * ops.mean(ops.abs(x))


class OwnMetrics(OwnLoss):
    """Overrides compute_metrics, around the compiled ones."""

    compute_loss = keras.Model.compute_loss

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        results = super().compute_metrics(x, y, y_pred, sample_weight)
        self.part_tracker.update_state(ops.max(ops.abs(y - y_pred)))
        results["part"] = self.part_tracker.result()
        return results


class Sparse(layers.Layer):
    """Adds a loss in its call, only while it trains, and one of several elements."""

    def call(self, inputs, training=None):
        if training:
            self.add_loss(0.01 * ops.mean(ops.square(inputs)))
        self.add_loss(1e-4 * ops.abs(inputs))
        return inputs


class Adding(keras.Model):
    """Adds losses in a layer, in its own call, and by regularizers."""

    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(
            16, activation="tanh", kernel_regularizer="l2", activity_regularizer="l2")
        self.sparse = Sparse()
        self.head = layers.Dense(1)

    def call(self, inputs, training=None):
        y = self.head(self.sparse(self.hidden(inputs), training=training))
        self.add_loss(0.1 * ops.mean(ops.square(y)))
        return y


def own_loss():
    x, _, y = data()
    return fit_and_test(OwnLoss(), x, y, {"optimizer": optimizers.RMSprop(0.01)})


def own_metrics():
    x, _, y = data()
    return fit_and_test(
        OwnMetrics(), x, y,
        {"optimizer": optimizers.RMSprop(0.01), "loss": "mse", "metrics": ["mae"]})


def add_loss():
    x, _, y = data()
    return fit_and_test(
        Adding(), x, y, {"optimizer": optimizers.Adam(0.01), "loss": "mae", "metrics": ["mse"]})


def add_loss_alone():
    """Trains for added losses, without targets and compiled loss."""
    x, _, _ = data()
    return fit_and_test(Adding(), x, None, {"optimizer": optimizers.SGD(0.1)})


def steps_per_execution():
    x, y, _ = data()
    return fit_and_test(
        classifier(), x, y,
        {"optimizer": optimizers.Adam(0.01), "loss": "sparse_categorical_crossentropy",
         "metrics": ["accuracy"]}, steps=3)


def steps_of_generator():
    """Five steps of a generator without an end, two at a time."""
    x, y, _ = data()
    taken = []

    def generate():
        while True:
            for inputs, targets in batches(x, y, ROWS // BATCH):
                taken.append(1)
                yield inputs, targets

    model = classifier()
    weights = start(model, "own")
    model.compile(optimizer=optimizers.SGD(0.1), loss="sparse_categorical_crossentropy",
                  steps_per_execution=2)
    seen = Seen()
    history = model.fit(generate(), epochs=2, steps_per_epoch=5, verbose=0, callbacks=[seen])
    return {
        "weights": weights, "final_weights": model.get_weights(), "history": numbers(history),
        "events": seen.events, "iterations": int(model.optimizer.iterations),
    }

