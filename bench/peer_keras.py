# SPDX-License-Identifier: Apache-2.0
"""Keras as a contestant: train_on_batch and fit on the backend that --flavor names."""
import os
import sys

import peer

NEEDS = {"jax": ["keras", "jax", "numpy"], "tensorflow": ["keras", "tensorflow", "numpy"]}


def start(arguments, x, y):
    backend = arguments.flavor
    os.environ["KERAS_BACKEND"] = backend
    if backend == "tensorflow":
        import tensorflow
        tensorflow.config.threading.set_intra_op_parallelism_threads(arguments.threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(arguments.threads)
        engine = tensorflow.__version__
    else:
        import jax
        engine = jax.__version__
    import keras
    import numpy as np
    scaled = x.astype(np.float32) / np.float32(255)
    # Keras' "auto" asks XLA to compile; on TensorFlow the plain graph may be faster.
    ways = ["auto"] if backend == "jax" else ["auto", "graph"]
    models = {}

    def make(case, way, metrics):
        stack = [keras.Input((peer.FEATURES,))]
        behind = {"dropout": lambda: keras.layers.Dropout(0.5),
                  "noise": lambda: keras.layers.GaussianNoise(0.1),
                  "batchnorm": keras.layers.BatchNormalization,
                  "layernorm": keras.layers.LayerNormalization}
        for width, activation, layer in case.hidden:
            stack.append(keras.layers.Dense(width, activation=activation))
            stack += [behind[layer]()] if layer else []
        stack += [keras.layers.Dense(peer.CLASSES, activation="softmax")]
        model = keras.Sequential(stack)
        model.compile(optimizer=case.optimizer, loss="sparse_categorical_crossentropy",
                      metrics=metrics, jit_compile="auto" if way == "auto" else False)
        return model

    def run_steps(model, case):
        loss = None
        for inputs, targets in peer.turns(case, scaled, y):
            loss = model.train_on_batch(inputs, targets)
        return loss

    def run_predict(model, case):
        outputs = None
        for inputs, in peer.turns(case, scaled):
            outputs = model.predict_on_batch(inputs)
        return outputs.sum()

    def models_for(case):
        key = case.without_run()
        if key not in models:
            candidates = [(way, lambda way=way: make(case, way, None)) for way in ways]
            way, model = peer.fastest(candidates,
                                      lambda m, n: run_steps(m, case._replace(steps=n)))
            models[key] = way, model, make(case, way, ["accuracy"])
        return models[key]

    def run(case):
        way, stepped, fitted = models_for(case)
        if case.mode != "fit":
            watch = peer.Stopwatch()
            loss = (run_steps if case.mode == "step" else run_predict)(stepped, case)
            return watch.read(), loss, way
        rows = case.steps * case.batch
        watch = peer.Stopwatch()
        history = fitted.fit(scaled[:rows], y[:rows], batch_size=case.batch, epochs=1, verbose=0)
        return watch.read(), history.history["loss"][0], way

    name = {"jax": "JAX", "tensorflow": "TensorFlow"}[backend]
    return {"Keras": keras.__version__, name: engine, "NumPy": np.__version__,
            "Python": sys.version.split()[0]}, run


if __name__ == "__main__":
    flavor = sys.argv[sys.argv.index("--flavor") + 1]
    peer.serve(NEEDS[flavor], start)
