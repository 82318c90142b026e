# SPDX-License-Identifier: Apache-2.0
"""Model cases: functional graphs with several inputs and outputs, sharing, nesting, operators."""

import keras
import numpy as np
from keras import Input, Model, layers, losses, ops

from .model_case import Case, Draw, case
from .model_cases_sequential import glorot


@case
def seed_functional_small():
    d = Draw("seed_functional_small")
    input_tensor = layers.Input(shape=(12,))
    x = layers.Dense(8, activation="relu")(input_tensor)
    output_tensor = layers.Dense(10, activation="softmax")(x)
    model = Model(inputs=input_tensor, outputs=output_tensor)
    return Case(model, d.normal(12, 12), d.integers(0, 10, 12), "sparse_categorical_crossentropy",
                metrics=["accuracy"], fits=[{"optimizer": "rmsprop", "validation_split": 0.25}],
                note="the functional model of the walking skeleton, made small")


@case
def seed_functional_784():
    d = Draw("seed_functional_784")
    input_tensor = layers.Input(shape=(784,))
    x = layers.Dense(32, activation="relu", kernel_initializer=glorot(21))(input_tensor)
    output_tensor = layers.Dense(10, activation="softmax", kernel_initializer=glorot(22))(x)
    model = Model(inputs=input_tensor, outputs=output_tensor)
    return Case(model, d.uniform(8, 784), d.one_hot(10, 8), "categorical_crossentropy",
                metrics=["accuracy"], weights="initializer", rate_factor=0.1,
                note="784 inputs: the initial weights are those that the seeds in the config give")


@case
def two_inputs_list():
    d = Draw("two_inputs_list")
    a, b = Input((3,), name="a"), Input((4,), name="b")
    h = layers.Concatenate()([layers.Dense(4, "relu")(a), layers.Dense(3, "tanh")(b)])
    return Case(Model([a, b], layers.Dense(1)(h)), [d.normal(10, 3), d.normal(10, 4)],
                d.normal(10, 1), "mse", metrics=["mae"], fits=[{"validation_split": 0.3}])


@case
def two_inputs_dict():
    d = Draw("two_inputs_dict")
    a, b = Input((3,), name="left"), Input((4,), name="right")
    h = layers.Concatenate(axis=1)([layers.Dense(4)(a), b])
    model = Model({"left": a, "right": b}, layers.Dense(2, "softmax")(h))
    return Case(model, {"left": d.normal(10, 3), "right": d.normal(10, 4)}, d.one_hot(2, 10),
                "categorical_crossentropy", metrics=["accuracy"],
                fits=[{"validation_split": 0.3}])


@case
def three_inputs_unsorted_dict():
    d = Draw("three_inputs_unsorted_dict")
    z, m, a = Input((3,), name="z"), Input((3,), name="m"), Input((3,), name="a")
    h = layers.Add()([layers.Dense(4)(z), layers.Dense(4)(m), layers.Dense(4)(a)])
    model = Model({"z": z, "m": m, "a": a}, layers.Dense(1)(layers.Activation("relu")(h)))
    return Case(model, {"z": d.normal(9, 3), "m": d.normal(9, 3), "a": d.normal(9, 3)},
                d.normal(9, 1), "mse", note="dict keys that are not in alphabetical order")


@case
def list_model_fed_by_dict():
    d = Draw("list_model_fed_by_dict")
    a, b = Input((3,), name="a"), Input((2,), name="b")
    h = layers.Concatenate()([a, b])
    return Case(Model([a, b], layers.Dense(2)(h)), {"b": d.normal(8, 2), "a": d.normal(8, 3)},
                d.normal(8, 2), "mse", note="a model of a list of inputs, fed by input names")


@case
def nested_input_structure():
    d = Draw("nested_input_structure")
    a, b, c = Input((2,), name="a"), Input((2,), name="b"), Input((3,), name="c")
    h = layers.Concatenate()([layers.Add()([a, b]), c])
    model = Model({"pair": [a, b], "single": c}, layers.Dense(1)(h))
    return Case(model, {"pair": [d.normal(8, 2), d.normal(8, 2)], "single": d.normal(8, 3)},
                d.normal(8, 1), "mse")


@case
def two_outputs_list():
    d = Draw("two_outputs_list")
    a = Input((5,))
    h = layers.Dense(6, "relu")(a)
    price = layers.Dense(1, name="price")(h)
    kind = layers.Dense(3, "softmax", name="kind")(h)
    return Case(Model(a, [price, kind]), d.normal(12, 5), [d.normal(12, 1), d.integers(0, 3, 12)],
                ["mse", "sparse_categorical_crossentropy"], loss_weights=[0.5, 2.0],
                metrics=[["mae"], ["accuracy"]], fits=[{"validation_split": 0.25}])


@case
def two_outputs_list_dict_of_losses():
    d = Draw("two_outputs_list_dict_of_losses")
    a = Input((5,))
    h = layers.Dense(6, "relu")(a)
    price = layers.Dense(1, name="price")(h)
    kind = layers.Dense(3, "softmax", name="kind")(h)
    return Case(Model(a, [price, kind]), d.normal(12, 5),
                {"price": d.normal(12, 1), "kind": d.one_hot(3, 12)},
                {"kind": "categorical_crossentropy", "price": "mae"},
                loss_weights={"price": 0.25, "kind": 1.0},
                metrics={"kind": ["accuracy", "mse"], "price": "mse"},
                note="a list of outputs; losses, weights, metrics and targets by output name")


@case
def two_outputs_dict():
    d = Draw("two_outputs_dict")
    a = Input((5,))
    h = layers.Dense(6, "tanh")(a)
    model = Model(a, {"yes": layers.Dense(1, "sigmoid", name="dense_yes")(h),
                      "many": layers.Dense(4, "softmax", name="dense_many")(h)})
    return Case(model, d.normal(12, 5), {"yes": d.binary(12, 1), "many": d.integers(0, 4, 12)},
                {"yes": "binary_crossentropy", "many": "sparse_categorical_crossentropy"},
                loss_weights={"yes": 1.0, "many": 0.3},
                metrics={"yes": ["accuracy"], "many": ["accuracy"]},
                fits=[{"validation_split": 0.25}],
                note="a dict of outputs whose keys are not the layers' names")


@case
def two_outputs_one_loss_for_all():
    d = Draw("two_outputs_one_loss_for_all")
    a = Input((4,))
    model = Model(a, [layers.Dense(2, name="one")(a), layers.Dense(1, name="two")(a)])
    return Case(model, d.normal(8, 4), [d.normal(8, 2), d.normal(8, 1)], ["mse", "mse"],
                metrics=[["mae", "mse"], ["mae", "mse"]])


@case
def one_of_two_outputs_without_loss():
    d = Draw("one_of_two_outputs_without_loss")
    a = Input((4,))
    h = layers.Dense(5, "relu")(a)
    model = Model(a, [layers.Dense(2, name="used")(h), layers.Dense(3, name="unused")(h)])
    return Case(model, d.normal(8, 4), [d.normal(8, 2), d.normal(8, 3)], ["mse", None],
                note="the second output has no loss, so its kernel's gradient is zero")


@case
def two_outputs_weighted():
    d = Draw("two_outputs_weighted")
    a = Input((4,))
    h = layers.Dense(5, "relu")(a)
    model = Model(a, [layers.Dense(1, name="p")(h), layers.Dense(3, "softmax", name="q")(h)])
    return Case(model, d.normal(10, 4), [d.normal(10, 1), d.one_hot(3, 10)],
                ["mse", losses.CategoricalCrossentropy(label_smoothing=0.1)],
                sample_weight=[d.uniform(10), d.uniform(10)],
                metrics=[["mae"], ["accuracy"]], weighted_metrics=[["mae"], ["accuracy"]],
                note="one vector of sample weights for each output")


@case
def shared_dense_called_twice():
    d = Draw("shared_dense_called_twice")
    a, b = Input((4,)), Input((4,))
    shared = layers.Dense(5, "tanh", name="shared")
    h = layers.Concatenate()([shared(a), shared(b)])
    return Case(Model([a, b], layers.Dense(1, "sigmoid")(h)), [d.normal(10, 4), d.normal(10, 4)],
                d.binary(10, 1), "binary_crossentropy", metrics=["accuracy"])


@case
def shared_dense_in_a_row():
    d = Draw("shared_dense_in_a_row")
    a = Input((4,))
    shared = layers.Dense(4, "tanh", name="shared")
    return Case(Model(a, layers.Dense(2)(shared(shared(shared(a))))), d.normal(8, 4),
                d.normal(8, 2), "mse", note="one layer applied to its own output")


@case
def model_used_as_a_layer_twice():
    d = Draw("model_used_as_a_layer_twice")
    i = Input((4,))
    tower = Model(i, layers.Dense(3, "relu")(layers.Dense(5, "tanh")(i)), name="tower")
    a, b = Input((4,)), Input((4,))
    h = layers.Concatenate()([tower(a), tower(b)])
    return Case(Model([a, b], layers.Dense(2, "softmax")(h)), [d.normal(10, 4), d.normal(10, 4)],
                d.one_hot(2, 10), "categorical_crossentropy", metrics=["accuracy"])


@case
def nested_two_levels():
    d = Draw("nested_two_levels")
    i = Input((4,))
    inner = Model(i, layers.Dense(4, "relu")(i), name="inner")
    j = Input((4,))
    middle = Model(j, layers.Add()([inner(j), j]), name="middle")
    a = Input((4,))
    return Case(Model(a, layers.Dense(1)(middle(a))), d.normal(8, 4), d.normal(8, 1), "mse")


@case
def nested_model_with_two_outputs():
    d = Draw("nested_model_with_two_outputs")
    i = Input((4,))
    inner = Model(i, [layers.Dense(3, "relu")(i), layers.Dense(2)(i)], name="inner")
    a = Input((4,))
    p, q = inner(a)
    return Case(Model(a, layers.Dense(1)(layers.Concatenate()([q, p]))), d.normal(8, 4),
                d.normal(8, 1), "mse")


@case
def nested_frozen_model():
    d = Draw("nested_frozen_model")
    i = Input((4,))
    inner = Model(i, layers.Dense(3, "relu")(i), name="inner")
    inner.trainable = False
    a = Input((4,))
    return Case(Model(a, layers.Dense(1)(inner(a))), d.normal(8, 4), d.normal(8, 1), "mse")


@case
def residual_add():
    d = Draw("residual_add")
    a = Input((5,))
    h = layers.Dense(5, "relu")(a)
    h = layers.Add()([h, a])
    g = layers.add([layers.Dense(5, "tanh")(h), h, a])
    return Case(Model(a, layers.Dense(3, "softmax")(g)), d.normal(10, 5), d.integers(0, 3, 10),
                "sparse_categorical_crossentropy", metrics=["accuracy"])


@case
def add_broadcasts():
    d = Draw("add_broadcasts")
    a, b = Input((1,)), Input((4, 3))
    h = layers.Add()([layers.Dense(3)(a), layers.Dense(3, "relu")(b)])
    return Case(Model([a, b], layers.Dense(1)(layers.Flatten()(h))),
                [d.normal(4, 1), d.normal(4, 4, 3)], d.normal(4, 1), "mse",
                fits=[{"batch_size": 4}],
                note="Add of ranks 2 and 3: a rank-2 input gets an axis of 1 after the batch")


@case
def concatenate_axes():
    d = Draw("concatenate_axes")
    a, b = Input((2, 3)), Input((4, 3))
    h = layers.Concatenate(axis=1)([a, b])
    g = layers.Concatenate(axis=-1)([h, layers.Dense(2, "relu")(h)])
    k = layers.concatenate([g, g], axis=-2)
    return Case(Model([a, b], layers.Dense(1)(layers.Flatten()(k))),
                [d.normal(6, 2, 3), d.normal(6, 4, 3)], d.normal(6, 1), "mse")


@case
def operators_between_tensors():
    d = Draw("operators_between_tensors")
    a, b = Input((4,)), Input((4,))
    x, y = layers.Dense(3, "tanh")(a), layers.Dense(3, "sigmoid")(b)
    h = (x + y) * x - y / (y + 1.0)
    h = -h + 2.0 - 0.5 * x
    return Case(Model([a, b], layers.Dense(1)(h)), [d.normal(8, 4), d.normal(8, 4)],
                d.normal(8, 1), "mse", note="operators between two tensors and with numbers")


@case
def operators_power_and_reversed():
    d = Draw("operators_power_and_reversed")
    a = Input((4,))
    x = layers.Dense(3, "sigmoid")(a)
    h = 1.0 / (x + 0.5) + (1.0 - x) + x**2 + abs(x - 0.5)
    return Case(Model(a, layers.Dense(1)(h * 2)), d.normal(8, 4), d.normal(8, 1), "mse",
                rate_factor=0.05, note="numbers on the left, power, abs, and an integer factor")


@case
def operator_matmul():
    d = Draw("operator_matmul")
    a, b = Input((2, 3)), Input((3, 4))
    h = layers.Dense(3)(a) @ b
    return Case(Model([a, b], layers.Dense(1)(layers.Flatten()(h))),
                [d.normal(6, 2, 3), d.normal(6, 3, 4)], d.normal(6, 1), "mse")


@case
def slices_of_tensors():
    d = Draw("slices_of_tensors")
    a = Input((5, 4))
    h = layers.Dense(4, "relu")(a)
    last = h[:, -1]
    middle = h[:, 1:4, ::2]
    other = h[..., 0]
    k = layers.Concatenate()([last, layers.Flatten()(middle), other])
    return Case(Model(a, layers.Dense(1)(k)), d.normal(6, 5, 4), d.normal(6, 1), "mse",
                note="x[:, -1], x[:, 1:4, ::2], x[..., 0]")


@case
def ops_elementwise():
    d = Draw("ops_elementwise")
    a = Input((4,))
    x = layers.Dense(5)(a)
    h = ops.maximum(ops.tanh(x), 0.1) + ops.exp(-ops.square(x)) * ops.sigmoid(x)
    h = ops.concatenate([h, ops.relu(x), ops.sqrt(ops.abs(x) + 1.0)], axis=-1)
    return Case(Model(a, layers.Dense(1)(h)), d.normal(8, 4), d.normal(8, 1), "mse")


@case
def ops_reductions_and_shapes():
    d = Draw("ops_reductions_and_shapes")
    a = Input((3, 4))
    x = layers.Dense(4, "tanh")(a)
    h = ops.mean(x, axis=1) + ops.sum(x, axis=-2) * 0.1
    g = ops.reshape(ops.transpose(x, (0, 2, 1)), (-1, 12))
    k = ops.concatenate([h, g, ops.squeeze(ops.expand_dims(ops.max(x, axis=1), -1), -1)], axis=1)
    return Case(Model(a, layers.Dense(1)(k)), d.normal(8, 3, 4), d.normal(8, 1), "mse")


@case
def ops_where_and_matmul():
    d = Draw("ops_where_and_matmul")
    a, b = Input((3,)), Input((3,))
    x, y = layers.Dense(4)(a), layers.Dense(4)(b)
    h = ops.where(ops.greater(x, y), x, y * 0.5)
    h = ops.matmul(h, ops.transpose(np.arange(8, dtype="float32").reshape(2, 4) * 0.1))
    return Case(Model([a, b], ops.softmax(h)), [d.normal(8, 3), d.normal(8, 3)], d.one_hot(2, 8),
                "categorical_crossentropy", metrics=["accuracy"],
                note="ops with a constant array inside the graph; an op makes the output")


@case
def prediction_of_rank1():
    d = Draw("prediction_of_rank1")
    a = Input((4,))
    y = ops.squeeze(layers.Dense(1)(layers.Dense(5, "relu")(a)), axis=-1)
    return Case(Model(a, y), d.normal(9, 4), d.normal(9, 1), "mse", metrics=["mae"],
                note="predictions of shape (n,) against y of shape (n, 1)")


@case
def hidden_layer_is_an_output():
    d = Draw("hidden_layer_is_an_output")
    a = Input((4,))
    h = layers.Dense(3, "tanh", name="hidden")(a)
    model = Model(a, [h, layers.Dense(1, name="last")(h)])
    return Case(model, d.normal(8, 4), [d.normal(8, 3), d.normal(8, 1)], ["mae", "mse"],
                loss_weights=[0.1, 1.0])


@case
def inner_part_of_a_bigger_graph():
    d = Draw("inner_part_of_a_bigger_graph")
    a = Input((4,))
    h = layers.Dense(3, "tanh", name="first")(a)
    used = layers.Dense(2, name="second")(h)
    layers.Dense(5, name="not_reached")(used)
    return Case(Model(a, used), d.normal(8, 4), d.normal(8, 2), "mse",
                note="layers after the output do not belong to the model")


@case
def ticket_model():
    d = Draw("ticket_model")
    title, body = Input((6,), name="title"), Input((6,), name="body")
    tags = Input((3,), name="tags")
    h = layers.Dense(8, "relu", name="dense_features")(
        layers.Concatenate()([title, body, tags]))
    priority = layers.Dense(1, "sigmoid", name="priority")(h)
    department = layers.Dense(4, "softmax", name="department")(h)
    return Case(Model([title, body, tags], [priority, department]),
                [d.binary(12, 6), d.binary(12, 6), d.binary(12, 3)],
                [d.uniform(12, 1), d.one_hot(4, 12)],
                {"priority": "mean_squared_error", "department": "categorical_crossentropy"},
                metrics={"priority": ["mean_absolute_error"], "department": ["accuracy"]},
                fits=[{"optimizer": "rmsprop", "epochs": 1}, {"validation_split": 0.25}],
                note="three inputs, two outputs, losses and metrics by name")


@case
def regression_four_inputs_mixed_dtypes():
    d = Draw("regression_four_inputs_mixed_dtypes")
    a, b = Input((2,), dtype="int32"), Input((2,), dtype="uint8")
    c, e = Input((2,)), Input((2,), dtype="bool")
    parts = [layers.Rescaling(0.1)(a), layers.Rescaling(1 / 255)(b), c, ops.cast(e, c.dtype)]
    return Case(Model([a, b, c, e], layers.Dense(1)(layers.Concatenate()(parts))),
                [d.integers(-9, 9, 8, 2), d.integers(0, 256, 8, 2, dtype="uint8"),
                 d.normal(8, 2), d.binary(8, 2).astype(bool)],
                d.normal(8, 1), "mse")
