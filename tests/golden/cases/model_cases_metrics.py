# SPDX-License-Identifier: Apache-2.0
"""Model cases about how losses and metrics are named and in which order they are reported."""

from keras import Input, Model, Sequential, layers, metrics

from .model_case import Case, Draw, case


def two_heads():
    a = Input((4,))
    h = layers.Dense(5, "tanh")(a)
    return a, layers.Dense(2, name="zed")(h), layers.Dense(3, name="abe")(h)


VALIDATED = {"validation_split": 0.25, "epochs": 3}


@case
def metrics_named_alike():
    d = Draw("metrics_named_alike")
    model = Sequential([Input((4,)), layers.Dense(3)])
    return Case(model, d.normal(12, 4), d.normal(12, 3), "mse", sample_weight=d.uniform(12),
                metrics=["mae", "mse", "mae"], weighted_metrics=["mae", "mse", "mae"],
                train=["adam"], fits=[{}, {"validation_split": 0.25}],
                note="Keras' list has a metric once for each that calls itself so")


@case
def metrics_of_unsorted_list():
    d = Draw("metrics_of_unsorted_list")
    a, zed, abe = two_heads()
    return Case(Model(a, [zed, abe]), d.normal(12, 4), [d.normal(12, 2), d.normal(12, 3)],
                ["mse", "mae"], sample_weight=[d.uniform(12), d.uniform(12)],
                loss_weights=[0.5, 2.0], metrics=[["mse", "mae"], ["mae"]],
                weighted_metrics=[["mse"], ["mae", "mse"]], train=["rmsprop"],
                fits=[{}, dict(VALIDATED)])


@case
def metrics_of_dict_with_other_keys():
    d = Draw("metrics_of_dict_with_other_keys")
    a, zed, abe = two_heads()
    return Case(Model(a, {"y": zed, "b": abe}), d.normal(12, 4),
                {"y": d.normal(12, 2), "b": d.normal(12, 3)}, {"y": "mse", "b": "mae"},
                metrics={"b": ["mse", "mae"], "y": ["mae"]}, weighted_metrics={"y": ["mae"]},
                train=["sgd"], fits=[dict(VALIDATED)],
                note="keys that are not the names of the layers")


@case
def metrics_of_one_output_without_loss():
    d = Draw("metrics_of_one_output_without_loss")
    a, zed, abe = two_heads()
    return Case(Model(a, [zed, abe]), d.normal(12, 4), [d.normal(12, 2), d.normal(12, 3)],
                ["mse", None], metrics=[None, ["mae", "mse"]], train=["sgd"],
                fits=[dict(VALIDATED)])


@case
def metrics_named_as_losses():
    d = Draw("metrics_named_as_losses")
    a, zed, abe = two_heads()
    named = metrics.MeanAbsoluteError
    return Case(Model(a, [zed, abe]), d.normal(12, 4), [d.normal(12, 2), d.normal(12, 3)], "mse",
                metrics=[[named(name="zed_loss")], [named(name="loss"), named(name="abe_loss")]],
                train=["sgd"], fits=[{}],
                note="asked for its own name, a metric of an output finds a loss")
