# SPDX-License-Identifier: Apache-2.0
"""Optimizers moving five variables of ranks 0 to 4 by random gradients for 20 steps."""

import os
import re

import jax
import keras
import numpy as np

from .pack import Pack, rng_of, versions

SHAPES = [(), (3,), (2, 3), (2, 1, 3), (2, 2, 1, 2)]
STEPS = 20

# Arguments common to every optimizer: the name of the variant -> arguments.
COMMON = {
    "weight_decay": {"weight_decay": 0.02},
    "clipnorm": {"clipnorm": 0.7},
    "clipvalue": {"clipvalue": 0.4},
    "global_clipnorm": {"global_clipnorm": 1.0},
    "ema": {"use_ema": True, "ema_momentum": 0.8},
    "ema_overwrite": {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 7},
    "accumulate": {"gradient_accumulation_steps": 3},
    "accumulate_clip_decay": {"gradient_accumulation_steps": 2, "clipnorm": 0.5,
                              "weight_decay": 0.01},
    "loss_scale_factor": {"loss_scale_factor": 8.0},
    "everything": {"weight_decay": 0.01, "global_clipnorm": 0.9, "use_ema": True,
                   "ema_overwrite_frequency": 5},
}
OWN = {
    "SGD": {
        "default": {},
        "momentum": {"momentum": 0.9},
        "nesterov": {"momentum": 0.8, "nesterov": True},
        "nesterov_without_momentum": {"nesterov": True},
        "large_rate": {"learning_rate": 0.5, "momentum": 0.5},
    },
    "RMSprop": {
        "default": {},
        "rho": {"rho": 0.5, "learning_rate": 0.01},
        "momentum": {"momentum": 0.9, "learning_rate": 0.01},
        "centered": {"centered": True, "learning_rate": 0.01},
        "centered_momentum": {"centered": True, "momentum": 0.7, "learning_rate": 0.01},
        "epsilon": {"epsilon": 0.1, "learning_rate": 0.01},
    },
    "Adam": {
        "default": {},
        "amsgrad": {"amsgrad": True, "learning_rate": 0.01},
        "betas": {"beta_1": 0.5, "beta_2": 0.9, "learning_rate": 0.01},
        "epsilon": {"epsilon": 0.1, "learning_rate": 0.01},
        "betas_zero": {"beta_1": 0.0, "beta_2": 0.5, "learning_rate": 0.01},
    },
    "AdamW": {"default": {}, "decay": {"weight_decay": 0.1, "learning_rate": 0.01}},
    "Adamax": {
        "default": {},
        "betas": {"beta_1": 0.5, "beta_2": 0.9, "learning_rate": 0.01},
        "epsilon": {"epsilon": 0.1, "learning_rate": 0.01},
    },
    "Nadam": {
        "default": {},
        "betas": {"beta_1": 0.5, "beta_2": 0.9, "learning_rate": 0.01},
        "epsilon": {"epsilon": 0.1, "learning_rate": 0.01},
    },
    "Adagrad": {
        "default": {},
        "start": {"initial_accumulator_value": 1.0, "learning_rate": 0.1},
        "epsilon": {"epsilon": 0.1, "learning_rate": 0.1},
    },
    "Adadelta": {
        "default": {},
        "rho": {"rho": 0.5, "learning_rate": 1.0},
        "epsilon": {"epsilon": 0.01, "learning_rate": 1.0},
    },
    "Adafactor": {
        "default": {},
        "large_rate": {"learning_rate": 0.5},
        "fixed_step": {"learning_rate": 0.5, "relative_step": False},
        "decay": {"beta_2_decay": -0.5, "learning_rate": 0.05},
        "epsilons": {"epsilon_1": 1e-3, "epsilon_2": 0.1, "learning_rate": 0.05},
        "clip": {"clip_threshold": 0.5, "learning_rate": 0.05},
    },
    "Ftrl": {
        "default": {},
        "power": {"learning_rate_power": -0.3, "learning_rate": 0.1},
        "start": {"initial_accumulator_value": 0.5, "learning_rate": 0.1},
        "l1": {"l1_regularization_strength": 0.1, "learning_rate": 0.1},
        "l2": {"l2_regularization_strength": 0.1, "learning_rate": 0.1},
        "shrinkage": {"l2_shrinkage_regularization_strength": 0.1, "learning_rate": 0.1},
        "beta": {"beta": 0.5, "learning_rate": 0.1},
    },
    "Lion": {
        "default": {},
        "betas": {"beta_1": 0.5, "beta_2": 0.9, "learning_rate": 0.01},
    },
    "Lamb": {
        "default": {},
        "betas": {"beta_1": 0.5, "beta_2": 0.9, "learning_rate": 0.01},
        "epsilon": {"epsilon": 0.1, "learning_rate": 0.01},
    },
    "ScheduleFreeAdamW": {
        "default": {},
        "betas": {"beta_1": 0.5, "beta_2": 0.9, "learning_rate": 0.01},
        "epsilon": {"epsilon": 0.1, "learning_rate": 0.01},
        "warmup": {"warmup_steps": 5, "learning_rate": 0.01},
    },
    "Muon": {
        "default": {},
        "plain": {"nesterov": False, "momentum": 0.8, "learning_rate": 0.01},
        "steps": {"ns_steps": 3, "rms_rate": None, "learning_rate": 0.01},
        "coefficients": {"muon_a": 2.0, "muon_b": -1.5, "muon_c": 0.5, "learning_rate": 0.01},
        "adam": {"adam_beta_1": 0.5, "adam_beta_2": 0.9, "adam_lr_ratio": 0.5, "epsilon": 1e-3,
                 "adam_weight_decay": 0.1, "learning_rate": 0.01},
        "excluded": {"exclude_layers": ["v2"], "exclude_embeddings": False,
                     "learning_rate": 0.01},
    },
}



# Optimizers around others: a function that makes it, and the steps with a gradient that is not
# finite.
def scaled(inner, **arguments):
    return keras.optimizers.LossScaleOptimizer(inner, **arguments)


def mapped(default, optimizers, **arguments):
    return keras.optimizers.MultiOptimizer(
        keras.optimizers.OptimizerMap(default, optimizers), **arguments)


OVERFLOWS = {0: np.inf, 5: np.nan, 6: -np.inf, 13: np.inf}
o = keras.optimizers
WRAPPERS = {
    "LossScaleOptimizer": {
        "default": (lambda: scaled(o.SGD(0.01, momentum=0.9)), {}),
        "growth": (lambda: scaled(o.Adam(0.01), initial_scale=8.0, dynamic_growth_steps=4), {}),
        "overflow": (lambda: scaled(o.Adam(0.01), initial_scale=1024, dynamic_growth_steps=3),
                     OVERFLOWS),
        "overflow_grown": (lambda: scaled(o.SGD(0.01), initial_scale=2.0, dynamic_growth_steps=1),
                           {4: np.nan, 12: np.inf}),
        "overflow_ema": (lambda: scaled(
            o.RMSprop(0.01, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3)), OVERFLOWS),
        "overflow_accumulate": (lambda: scaled(o.AdamW(0.01, gradient_accumulation_steps=2)),
                                OVERFLOWS),
        "clip_decay_schedule": (lambda: scaled(o.Lion(
            o.schedules.ExponentialDecay(0.01, 5, 0.5), clipnorm=0.5, weight_decay=0.01)),
            OVERFLOWS),
        "inner_factor_is_dropped": (lambda: scaled(o.Adamax(0.01, loss_scale_factor=4.0)), {}),
        "multi": (lambda: scaled(mapped(o.SGD(0.01), {"v[012]": o.Adam(0.01)},
                                        loss_scale_factor=2.0), name="scaled"), OVERFLOWS),
    },
    "MultiOptimizer": {
        "default_only": (lambda: mapped(o.SGD(0.01, momentum=0.9), {}), {}),
        "map": (lambda: mapped(o.Adam(0.01), {"v0": o.SGD(0.1), "v[12]": o.RMSprop(0.01)}), {}),
        "exact_before_pattern": (lambda: mapped(o.Adam(0.01), {"v.": o.SGD(0.1),
                                                               "v3": o.Nadam(0.01)}), {}),
        "unused": (lambda: mapped(o.Adagrad(0.01), {"w": o.SGD(0.1)}, name="many"), {}),
        "loss_scale_factor": (lambda: mapped(
            o.SGD(0.01, loss_scale_factor=8.0), {"v1": o.SGD(0.1)}, loss_scale_factor=4.0), {}),
        "ema_and_clip": (lambda: mapped(
            o.SGD(0.01, use_ema=True, ema_momentum=0.8),
            {"v[34]": o.Adam(0.01, global_clipnorm=0.3, weight_decay=0.1)}), {}),
    },
}


def combined():
    """Gives each optimizer once with clipping, averages, accumulation, decay and a schedule."""
    s = keras.optimizers.schedules
    rates = [lambda: s.ExponentialDecay(0.02, 4, 0.7), lambda: s.CosineDecay(
        0.001, 12, alpha=0.1, warmup_target=0.03, warmup_steps=3),
        lambda: s.PiecewiseConstantDecay([3, 9], [0.02, 0.01, 0.004]),
        lambda: s.InverseTimeDecay(0.03, 2, 0.5, staircase=True),
        lambda: s.PolynomialDecay(0.03, 5, 0.002, power=2.0, cycle=True),
        lambda: s.CosineDecayRestarts(0.02, 3, t_mul=1.5, m_mul=0.9)]
    clips = [{"clipnorm": 0.6}, {"clipvalue": 0.3}, {"global_clipnorm": 0.8}]
    for i, name in enumerate(OWN):
        yield name, "all_at_once_" + name, {
            "learning_rate": rates[i % len(rates)](), "weight_decay": 0.03, "use_ema": True,
            "ema_momentum": 0.7, "ema_overwrite_frequency": [None, 4, 6][i % 3],
            "gradient_accumulation_steps": 2 + i % 3, **clips[i % len(clips)],
            **({"loss_scale_factor": 4.0} if i % 4 == 1 else {})}


def variants():
    for name, own in OWN.items():
        for title, arguments in own.items():
            yield name, title, arguments
        for title, arguments in COMMON.items():
            base = {"momentum": 0.9} if name == "SGD" else {}
            yield name, title, {"learning_rate": 0.01, **base, **arguments}


def make_gradients(rng, title):
    """Draws gradients of changing size; some entries and some whole steps are zero."""
    gradients = []
    for shape in SHAPES:
        g = rng.standard_normal((STEPS, *shape)) * rng.uniform(0.1, 3.0, (STEPS,) + (1,) * len(
            shape))
        g[7] = 0.0
        gradients.append(g.astype(np.float32))
    del title
    return gradients


def compiled_steps(optimizer, variables, gradients):
    """Applies the gradients of each step in a jitted function, as fit does; yields the steps."""
    optimizer.build(variables)
    step_function = jax.jit(optimizer.stateless_apply)
    values = [v.value for v in variables]
    state = [v.value for v in optimizer.variables]
    for step in range(STEPS):
        values, state = step_function(state, [g[step] for g in gradients], values)
        for variable, value in zip([*variables, *optimizer.variables], [*values, *state]):
            variable.assign(value)
        yield step


def steps(optimizer, variables, gradients):
    for step in range(STEPS):
        optimizer.apply([keras.ops.convert_to_tensor(g[step]) for g in gradients], variables)
        yield step


def wrapped_gradients(rng, title, overflows, optimizer):
    """Draws gradients as of a scaled loss; in some steps one element is not finite."""
    gradients = make_gradients(rng, title)
    factor = np.float32(getattr(optimizer, "initial_scale", 1.0))
    gradients = [g * factor for g in gradients]
    for step, value in overflows.items():
        gradients[step % len(SHAPES)][step:step + 1].reshape(-1)[-1:] = value
    return gradients


def run_case(pack, name, title, arguments):
    """`arguments` are a class's, or what makes an optimizer around others, with its overflows."""
    keras.backend.clear_session()
    # Every variant has the same start and gradients, which are so stored once.
    rng = rng_of("optimizers")
    start = [rng.standard_normal(s).astype(np.float32) for s in SHAPES]
    variables = [keras.Variable(v, name=f"v{i}") for i, v in enumerate(start)]
    if isinstance(arguments, tuple):
        make_one, overflows = arguments
        optimizer = make_one()
        gradients = wrapped_gradients(rng, title, overflows, optimizer)
    else:
        optimizer = getattr(keras.optimizers, name)(**arguments)
        gradients = make_gradients(rng, title)
    config = keras.saving.serialize_keras_object(optimizer)
    excluded = title == "everything" or title.startswith("all_at_once")
    if excluded:
        optimizer.exclude_from_weight_decay(var_names=["v3", "v4"])
    snapshots = {}
    run = steps if name in ("SGD", "RMSprop", "Adam") else compiled_steps
    for step in run(optimizer, variables, gradients):
        if step + 1 in (1, 2, 10):
            snapshots[str(step + 1)] = [pack.put("s", np.asarray(v)) for v in variables]
    case = {
        "title": title,
        "optimizer": config,
        "excluded_from_weight_decay": ["v3", "v4"] if excluded else [],
        "steps": STEPS,
        "variable_names": [v.name for v in variables],
        "initial": pack.put_tree("i", start),
        "gradients": pack.put_tree("g", gradients),
        "after": snapshots,
        "final": [pack.put("f", np.asarray(v)) for v in variables],
        "iterations": int(optimizer.iterations),
        "optimizer_variables": [
            {"array": pack.put("v", np.asarray(v)), "path": v.path, "name": v.name}
            for v in optimizer.variables
        ],
        "config_after": keras.saving.serialize_keras_object(optimizer),
    }
    if isinstance(arguments, tuple) or arguments.get("use_ema"):
        optimizer.finalize_variable_values(variables)
        case["finalized"] = [pack.put("e", np.asarray(v)) for v in variables]
    return case


def make(out, pattern):
    total = count = 0
    files = {}
    for name, title, arguments in variants():
        files.setdefault(name, []).append((title, arguments))
    files.update({name: list(entries.items()) for name, entries in WRAPPERS.items()})
    files["Combined"] = []
    for name, entries in files.items():
        if not re.search(pattern, name):
            continue
        pack = Pack()
        cases = [run_case(pack, name, title, arguments) for title, arguments in entries]
        if name == "Combined":
            cases = [run_case(pack, *variant) for variant in combined()]
        case = {"kind": "optimizers", "name": name, "versions": versions(), "cases": cases}
        total += pack.write(os.path.join(out, "optimizers", name + ".npz"), case)
        count += len(cases)
    print(f"   {count} cases of optimizers, {total} bytes")
