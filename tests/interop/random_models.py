# SPDX-License-Identifier: Apache-2.0
"""Makes random Keras models: layers and arguments, shared layers, nested models, operators, several
inputs and outputs as lists and dicts, optimizers, losses and metrics."""

import functools

import keras
import numpy as np

ACTIVATIONS = ["relu", "tanh", "sigmoid", "softplus", "elu", "selu", "gelu", "silu", "softsign",
               "linear", None]
INITIALIZERS = ["glorot_uniform", "he_normal", "lecun_uniform", "random_normal",
                keras.initializers.VarianceScaling(2.0, "fan_avg", "uniform"),
                keras.initializers.RandomUniform(-0.3, 0.3)]

# Layers that keep the shape of vectors of `width` and draw no random numbers; those that Keratin
# has may occur.
EXTRA_LAYERS = {
    "Activation": lambda maker, _: keras.layers.Activation(
        maker.choice(["relu", "tanh", "softmax", "sigmoid"])),
    "Rescaling": lambda maker, width: keras.layers.Rescaling(
        maker.choice([maker.number(0.5, 2), [maker.number(0.5, 2) for _ in range(width)]]), 0.1),
    "Dropout": lambda maker, _: keras.layers.Dropout(0.0, seed=maker.choice([None, 3])),
    "Identity": lambda maker, _: keras.layers.Identity(),
    "ReLU": lambda maker, _: keras.layers.ReLU(
        maker.choice([None, 2.0]), maker.choice([0.0, 0.1]), maker.choice([0.0, 0.2])),
    "LeakyReLU": lambda maker, _: keras.layers.LeakyReLU(maker.number(0.1, 0.4)),
    "PReLU": lambda maker, _: keras.layers.PReLU(
        "random_uniform", alpha_regularizer=maker.choice([None, "l2"])),
    "ELU": lambda maker, _: keras.layers.ELU(maker.number(0.3, 1.5)),
    "Softmax": lambda maker, _: keras.layers.Softmax(maker.choice([-1, 1])),
    "BatchNormalization": lambda maker, _: keras.layers.BatchNormalization(
        momentum=maker.number(0.8, 0.99), center=maker.often(0.8), scale=maker.often(0.8),
        gamma_initializer=maker.choice(["ones", "random_uniform"])),
    "LayerNormalization": lambda maker, _: keras.layers.LayerNormalization(
        axis=maker.choice([-1, [1]]), epsilon=maker.choice([0.001, 0.01]),
        center=maker.often(0.8), scale=maker.often(0.8)),
    "RMSNormalization": lambda maker, _: keras.layers.RMSNormalization(
        epsilon=maker.choice([1e-6, 1e-3])),
    "UnitNormalization": lambda maker, _: keras.layers.UnitNormalization(maker.choice([-1, 1])),
    "GroupNormalization": lambda maker, _: keras.layers.GroupNormalization(
        maker.choice([1, -1]), epsilon=0.01),
    "ActivityRegularization": lambda maker, _: keras.layers.ActivityRegularization(
        l1=maker.choice([0.0, 0.001]), l2=0.001),
    "GaussianNoise": lambda maker, _: keras.layers.GaussianNoise(0.0),
    "GaussianDropout": lambda maker, _: keras.layers.GaussianDropout(0.0),
    "AlphaDropout": lambda maker, _: keras.layers.AlphaDropout(0.0),
    "Normalization": lambda maker, width: keras.layers.Normalization(
        *maker.choice([(-1, 0.2, 1.5), (-1, [0.1 * i for i in range(width)], [1.5] * width)]),
        invert=maker.often(0.3)),
    "Masking": lambda maker, _: keras.layers.Masking(-7.0),
    "EinsumDense": lambda maker, width: keras.layers.EinsumDense(
        maker.choice(["ab,bc->ac", "...b,bc->...c"]), width, bias_axes=maker.choice([None, "c"]),
        activation=maker.choice(ACTIVATIONS)),
    "SpectralNormalization": lambda maker, width: keras.layers.SpectralNormalization(
        keras.layers.Dense(width), power_iterations=maker.choice([1, 2])),
}
MERGING_LAYERS = ["Add", "Concatenate", "Subtract", "Multiply", "Average", "Maximum", "Minimum",
                  "Dot"]
# Layers between a vector that becomes steps of a few values and one again.
STEP_LAYERS = {
    "Dense": lambda maker: maker.dense(),
    "TimeDistributed": lambda maker: keras.layers.TimeDistributed(maker.dense()),
    "Permute": lambda maker: keras.layers.Permute((2, 1)),
    "SpatialDropout1D": lambda maker: keras.layers.SpatialDropout1D(0.0),
    "LayerNormalization": lambda maker: keras.layers.LayerNormalization(
        axis=maker.choice([-1, 1, [1, 2]])),
    "BatchNormalization": lambda maker: keras.layers.BatchNormalization(
        axis=maker.choice([-1, 1])),
    "GroupNormalization": lambda maker: keras.layers.GroupNormalization(
        maker.choice([1, -1]), axis=maker.choice([-1, 1])),
    "UnitNormalization": lambda maker: keras.layers.UnitNormalization(maker.choice([1, (1, 2)])),
    "Softmax": lambda maker: keras.layers.Softmax(maker.choice([1, -1])),
    "PReLU": lambda maker: keras.layers.PReLU("random_uniform", shared_axes=[1]),
}

# What each optimizer takes beside the common arguments.
OPTIMIZERS = {
    "SGD": [{}, {"momentum": 0.9}, {"momentum": 0.8, "nesterov": True}],
    "RMSprop": [{}, {"momentum": 0.5}, {"centered": True}, {"rho": 0.7, "epsilon": 1e-4}],
    "Adam": [{}, {"amsgrad": True}, {"beta_1": 0.8, "beta_2": 0.95}, {"epsilon": 1e-4}],
    "AdamW": [{}, {"amsgrad": True}, {"beta_1": 0.8}],
    "Adamax": [{}, {"beta_2": 0.9}, {"epsilon": 1e-4}],
    "Nadam": [{}, {"beta_1": 0.8}, {"epsilon": 1e-4}],
    "Adagrad": [{}, {"initial_accumulator_value": 0.5}, {"epsilon": 1e-4}],
    "Adadelta": [{}, {"rho": 0.8}, {"epsilon": 1e-4}],
    "Adafactor": [{}, {"relative_step": False}, {"beta_2_decay": -0.5}, {"clip_threshold": 0.5}],
    "Ftrl": [{}, {"l1_regularization_strength": 0.01}, {"learning_rate_power": -0.3},
             {"l2_regularization_strength": 0.1, "l2_shrinkage_regularization_strength": 0.05},
             {"beta": 0.2}],
    "Lion": [{}, {"beta_1": 0.8}],
    "Lamb": [{}, {"beta_1": 0.8}, {"epsilon": 1e-4}],
    "Muon": [{}, {"nesterov": False}, {"ns_steps": 3}, {"adam_lr_ratio": 0.5, "rms_rate": 0.4}],
    "ScheduleFreeAdamW": [{}, {"warmup_steps": 4}, {"beta_1": 0.8}],
}


class Maker:
    """Draws from one generator whatever a model needs. `layers` are the classes that may occur."""

    def __init__(self, seed, layers):
        self.random = np.random.default_rng(seed)
        self.layers = set(layers)

    def choice(self, items):
        return items[self.random.integers(len(items))]

    def often(self, share):
        return self.random.random() < share

    def dense(self, units=None, once=True):
        """Returns a Dense layer; `once` says that it is called once. Of a layer that is called
        again, Keras on JAX counts the activity loss of the last call alone, as of a layer in a
        model that is called again."""
        kwargs = {"activation": self.choice(ACTIVATIONS)}
        if self.often(0.2):
            kwargs["use_bias"] = False
        if self.often(0.3):
            kwargs["kernel_initializer"] = self.choice(INITIALIZERS)
        if self.often(0.2):
            kwargs["bias_initializer"] = keras.initializers.Constant(0.1)
        if self.often(0.2):
            kwargs["kernel_regularizer"] = self.choice(
                ["l2", keras.regularizers.L1(0.001), keras.regularizers.L1L2(0.001, 0.002)])
        if self.often(0.1):
            kwargs["kernel_constraint"] = self.choice(
                [keras.constraints.MaxNorm(2.0), keras.constraints.UnitNorm(axis=0)])
        if once and self.often(0.1):
            kwargs["activity_regularizer"] = keras.regularizers.L2(0.001)
        if self.often(0.15):
            kwargs["trainable"] = False
        return keras.layers.Dense(units or int(self.random.integers(2, 9)), **kwargs)

    def number(self, low, high):
        return float(self.random.uniform(low, high))

    def extra(self, width):
        """Returns a layer that keeps the shape of vectors, or None."""
        kinds = [kind for kind in EXTRA_LAYERS if kind in self.layers] + [None]
        kind = self.choice(kinds)
        return None if kind is None else EXTRA_LAYERS[kind](self, width)

    def on_steps(self, width):
        """Returns layers that make steps of a vector, or a picture, do something and flatten it."""
        if self.often(0.2):
            rank = int(self.choice([2, 3]))
            return [keras.layers.Reshape((1,) * rank + (width,)),
                    getattr(keras.layers, "SpatialDropout%dD" % rank)(0.0), keras.layers.Flatten()]
        first = (keras.layers.Reshape((2, width // 2)) if width % 2 == 0 and self.often(0.5)
                 else keras.layers.RepeatVector(2))
        kinds = [kind for kind in STEP_LAYERS if kind in self.layers]
        inner = [STEP_LAYERS[self.choice(kinds)](self) for _ in range(self.random.integers(1, 3))]
        return [first, *inner, keras.layers.Flatten()]

    def stack(self, width):
        """Returns layers for a Sequential model over vectors."""
        layers = [keras.layers.Input((width,))] if self.often(0.8) else []
        for _ in range(self.random.integers(1, 4)):
            if self.often(0.25) and layers and isinstance(layers[0], keras.KerasTensor):
                units = int(self.choice([4, 5, 6, 8]))
                layers += [keras.layers.Dense(units), *self.on_steps(units)]
            layers.append(self.dense())
            extra = self.extra(layers[-1].units)
            if extra is not None:
                layers.append(extra)
        return layers

    def sequential(self):
        width = int(self.random.integers(3, 9))
        layers = self.stack(width) + [self.dense(int(self.random.integers(1, 4)))]
        if self.often(0.3):
            inner = keras.Sequential([keras.layers.Input((width,)), self.dense(width)])
            layers = [keras.layers.Input((width,)), inner] + [
                layer for layer in layers if not isinstance(layer, keras.KerasTensor)]
        model = keras.Sequential(layers)
        model.build((None, width))
        return model

    def op(self, x, y):
        """Returns an operation on tensors of one shape."""
        ops = keras.ops
        return self.choice([
            lambda: x + y, lambda: x - y * 0.5, lambda: x * y, lambda: 1.5 - x,
            lambda: x / (ops.abs(y) + 1.0), lambda: ops.maximum(x, y), lambda: x[:, ::2],
            lambda: ops.concatenate([x, y], axis=-1), lambda: ops.tanh(x) ** 2,
            lambda: ops.where(x > 0, x, y), lambda: x + ops.mean(y, axis=-1, keepdims=True),
            lambda: ops.softmax(x) + y, lambda: ops.stack([x, y], axis=1)[:, 0],
            lambda: ops.expand_dims(x, 1)[:, -1, :] + y, lambda: ops.clip(x, -1.0, 1.0),
            lambda: x + np.ones((1, x.shape[-1]), "float32"),
            lambda: ops.sum(ops.square(x), axis=1, keepdims=True) + y,
        ])()

    def embedded(self, tokens):
        """Returns a vector for a few class numbers."""
        x = keras.layers.Embedding(
            5, int(self.random.integers(1, 4)), mask_zero=self.often(0.3),
            embeddings_regularizer=self.choice([None, "l2"]))(tokens)
        return keras.layers.Flatten()(x)

    def merge(self, x, y):
        kinds = [kind for kind in MERGING_LAYERS if kind in self.layers]
        kind = self.choice(kinds)
        kwargs = {"axes": 1, "normalize": self.often(0.5)} if kind == "Dot" else {}
        return getattr(keras.layers, kind)(**kwargs)([x, y])

    def functional(self, depth=0):
        width = int(self.random.integers(3, 7))
        count = int(self.random.integers(1, 4)) if depth == 0 else 1
        names = ["in_%s" % name for name in self.random.permutation(list("abc"))[:count]]
        inputs = [keras.layers.Input((width,), name=name if self.often(0.5) else None)
                  for name in names]
        shared = self.dense(width, once=False)
        tensors = [shared(x) for x in inputs]
        ends = list(inputs)
        if depth == 0 and "Embedding" in self.layers and self.often(0.25):
            tokens = keras.layers.Input((3,), dtype="int32", name="tokens")
            names.append("tokens")
            ends.append(tokens)
            tensors.append(self.embedded(tokens))
        for _ in range(self.random.integers(2, 6)):
            x, y = (tensors[self.random.integers(len(tensors))] for _ in range(2))
            if x.shape != y.shape:
                y = x
            step = self.choice(["dense", "shared", "op", "merge", "nested", "extra", "steps"])
            if step == "dense":
                tensors.append(self.dense()(x))
            elif step == "shared" and x.shape[-1] == width:
                tensors.append(shared(x))
            elif step == "op":
                tensors.append(self.op(x, y))
            elif step == "merge":
                tensors.append(self.merge(x, y))
            elif step == "nested" and depth == 0:
                inner = self.inner(x.shape[-1])
                tensors.append(inner(x))
                if self.often(0.3):
                    tensors.append(inner(tensors[-2]) if tensors[-2].shape == x.shape
                                   else tensors[-1] * 2.0)
            elif step == "extra":
                extra = self.extra(x.shape[-1])
                tensors.append(extra(x) if extra is not None else x)
            elif step == "steps":
                tensors.append(keras.Sequential(self.on_steps(x.shape[-1]))(x) if self.often(0.3)
                               else functools.reduce(lambda t, layer: layer(t),
                                                     self.on_steps(x.shape[-1]), x))
        outputs = [self.dense(int(self.random.integers(1, 4)))(tensors[-1])]
        total = keras.ops.concatenate(
            [shared(x) for x in inputs] + tensors[len(inputs):len(ends)], axis=-1)
        if depth == 0 and self.often(0.5):
            outputs.append(keras.layers.Dense(2, name="second")(total))
        else:
            outputs[0] = outputs[0] + keras.layers.Dense(outputs[0].shape[-1])(total)
        return keras.Model(self.structure(ends, names), self.structure(outputs, ["p", "q"]))

    def structure(self, tensors, names):
        kind = self.choice(["plain", "list", "dict"])
        if kind == "dict":
            return dict(zip(names, tensors))
        return tensors[0] if kind == "plain" and len(tensors) == 1 else tensors

    def inner(self, width):
        if self.often(0.5):
            return keras.Sequential([keras.layers.Input((width,)), self.dense(once=False),
                                     self.dense(once=False)])
        x = keras.layers.Input((width,))
        y = self.dense(once=False)(x)
        return keras.Model(x, keras.ops.tanh(y) + 0.5)

    def rate(self):
        rate = float(self.random.uniform(0.001, 0.02))
        schedules = keras.optimizers.schedules
        return self.choice([
            rate, rate, rate, rate, rate, rate, schedules.ExponentialDecay(rate, 4, 0.9),
            schedules.InverseTimeDecay(rate, 4, 0.5, staircase=True),
            schedules.PiecewiseConstantDecay([3, 7], [rate, rate / 2, rate / 4]),
            schedules.PolynomialDecay(rate, 6, rate / 10, power=0.5, cycle=True),
            schedules.CosineDecay(rate / 10, 8, alpha=0.1, warmup_target=rate, warmup_steps=3),
            schedules.CosineDecayRestarts(rate, 4, t_mul=1.5, m_mul=0.9)])

    def plain_optimizer(self, without=()):
        """Returns an optimizer that moves variables itself, of another class than `without`."""
        kwargs = {"learning_rate": self.rate()}
        if self.often(0.2):
            kwargs[self.choice(["clipnorm", "clipvalue", "global_clipnorm"])] = 0.5
        if self.often(0.15):
            kwargs.update(use_ema=True, ema_momentum=0.9,
                          ema_overwrite_frequency=self.choice([None, 3]))
        if self.often(0.1):
            kwargs["gradient_accumulation_steps"] = 2
        if self.often(0.15):
            kwargs["weight_decay"] = 0.01
        name = self.choice(sorted(set(OPTIMIZERS) - set(without)))
        kwargs.update(self.choice(OPTIMIZERS[name]))
        return getattr(keras.optimizers, name)(**kwargs)

    def optimizer(self):
        kind = self.random.random()
        if kind < 0.1:
            # In a LossScaleOptimizer Keras forgets a variable of Nadam, on JAX with each step.
            return keras.optimizers.LossScaleOptimizer(
                self.plain_optimizer(without=["Nadam"]),
                initial_scale=2.0 ** int(self.random.integers(0, 16)),
                dynamic_growth_steps=int(self.random.integers(1, 6)))
        if kind < 0.2:
            return keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(
                self.plain_optimizer(), {".*/bias": self.plain_optimizer()}))
        return self.plain_optimizer()

    def compile(self, model):
        losses = ["mse", "mae", "mean_squared_error", keras.losses.MeanSquaredError(),
                  keras.losses.MeanAbsoluteError(reduction="sum")]
        metrics = [["mae"], ["mse", keras.metrics.MeanAbsoluteError(name="error")], None]
        loss = self.choice(losses)
        kwargs = {"metrics": self.choice(metrics)}
        output = None if isinstance(model, keras.Sequential) else model.output
        names = sorted(output) if isinstance(output, dict) else None
        if len(model.outputs) > 1:
            loss = [self.choice(losses) for _ in model.outputs]
            kwargs["metrics"] = [self.choice(metrics[:2]) for _ in model.outputs]
            if self.often(0.5):
                kwargs["loss_weights"] = [1.0, 0.5]
        if names is not None:
            listed = loss if isinstance(loss, list) else [loss]
            loss = dict(zip(names, listed))
            if len(names) > 1:
                kwargs["metrics"] = dict(zip(names, kwargs["metrics"]))
                if "loss_weights" in kwargs:
                    kwargs["loss_weights"] = dict(zip(names, kwargs["loss_weights"]))
            else:
                kwargs["metrics"] = None
        model.compile(self.optimizer(), loss=loss, **kwargs)

    def data(self, tensors, rows):
        flat = keras.tree.flatten(tensors)
        return [self.random.integers(0, 5, (rows, *t.shape[1:])).astype("int32")
                if t.dtype == "int32"
                else self.random.normal(size=(rows, *t.shape[1:])).astype("float32")
                for t in flat]
