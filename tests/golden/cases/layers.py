# SPDX-License-Identifier: Apache-2.0
"""Calls every layer with each argument varied and writes one file for each layer class."""

import os
import re

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras.src.backend.common.keras_tensor import KerasTensor
from keras.src.backend.common.masking import get_keras_mask, set_keras_mask

from . import (layers_cases_activations, layers_cases_merging, layers_cases_weights,
               layers_cases_wrappers)
from .layers_cases import CASES, INPUT_LAYERS
from .pack import Pack, map_tree, rng_of, versions
from .wide import wide_mode


HALF = ("float16", "bfloat16")


def is_float(array):
    return array.dtype.name in (*HALF, "float32", "float64")


def to_float64(nest):
    return map_tree(lambda a: a.astype("float64") if is_float(a) else a, nest)


def weights_of(layer, rng):
    """Replaces each weight by random values of its dtype, biases too."""
    for variable in layer.weights:
        if "seed_generator" not in variable.path:
            value = rng.standard_normal(variable.shape) * 0.5
            is_spread = variable.name.endswith(("variance", "stddev"))
            variable.assign(abs(value) + 0.25 if is_spread else value)
    if hasattr(layer, "finalize_state"):
        layer.finalize_state()  # Normalization computes with copies of its weights
    return [np.asarray(v) for v in layer.weights]


def as_list(nest):
    return nest if isinstance(nest, list) else [nest]


def carry_masks(tensors, masks):
    for tensor, mask in zip(tensors, as_list(masks)):
        if mask is not None:
            set_keras_mask(tensor, jnp.asarray(mask))


def forward_and_gradients(layer, inputs, make_cotangent, training, masks):
    """Gives outputs, a cotangent, and what it pulls back to the inputs and weights.

    Then what the call leaves behind: the new values of the other variables, and its loss.
    """
    leaves = [jnp.asarray(v) for v in as_list(inputs)]
    arguments = {"training": training} if layer._call_has_training_arg else {}
    floats = [i for i, leaf in enumerate(leaves) if is_float(leaf)]

    def function(trainable, values):
        ready = list(leaves)
        for i, value in zip(floats, values):
            ready[i] = value
        carry_masks(ready, masks)
        # Not stateless_call: that skips __call__, and so the cast of the inputs.
        with keras.StatelessScope(zip(layer.trainable_variables, trainable),
                                  collect_losses=True) as scope:
            y = layer(ready if isinstance(inputs, list) else ready[0], **arguments)
        updates = [scope.get_current_value(v) for v in layer.non_trainable_variables]
        return y, (updates, sum(scope.losses) if scope.losses else None)

    trainable = [v.value for v in layer.trainable_variables]
    outputs, pull, (updates, loss) = jax.vjp(
        function, trainable, [leaves[i] for i in floats], has_aux=True)
    outputs = np.asarray(outputs)
    left = {"updates": [np.asarray(v.value if u is None else u)
                        for u, v in zip(updates, layer.non_trainable_variables)],
            "loss": loss if loss is None else np.asarray(loss)}
    if not is_float(outputs):
        return outputs, None, None, None, left
    cotangent = make_cotangent(outputs)
    by_weight, by_float = pull(jnp.asarray(cotangent))
    by_input = [None] * len(leaves)
    for i, g in zip(floats, by_float):
        by_input[i] = np.asarray(g)
    return outputs, cotangent, [np.asarray(g) for g in by_weight], (
        by_input if isinstance(inputs, list) else by_input[0]), left


def run_mask(pack, layer, inputs, masks):
    """Gives the mask that the layer's output carries when its inputs carry these."""
    tensors = map_tree(jnp.asarray, inputs)
    carry_masks(as_list(tensors), masks)
    result = get_keras_mask(layer(tensors))
    return {
        "in": pack.put_tree("mask", masks),
        "out": None if result is None else pack.put("mask", np.asarray(result)),
        "supports_masking": layer.supports_masking,
    }


def needs_twin(layer, inputs, training):
    """Says whether to compute a case in float64 too: in half types Keras' own error decides.

    Not where random numbers are drawn: those of another dtype are others.
    """
    if training and any("seed_generator" in v.path for v in layer.variables):
        return False
    return layer.compute_dtype in HALF or any(a.dtype.name in HALF for a in as_list(inputs))


def widened(config):
    """Gives a layer's config with float64 in the place of each dtype policy."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return {**config, "config": {"name": "float64"}}
        # SpatialDropout writes the name alone.
        return {k: "float64" if k == "dtype" and v in HALF else widened(v)
                for k, v in config.items()}
    return [widened(v) for v in config] if isinstance(config, list) else config


def run_twin(config, symbolic_input, weights, inputs, cotangent, entry, masks):
    """Gives what forward_and_gradients gives for the same layer, weights and inputs in float64."""
    with wide_mode():
        layer = keras.saving.deserialize_keras_object(widened(config))
        layer(map_tree(lambda t: KerasTensor(t.shape, "float64" if is_float_name(t.dtype) else
                                             t.dtype), symbolic_input))
        layer.set_weights(to_float64(weights))
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
        outputs, _, by_weight, by_input, left = forward_and_gradients(
            layer, to_float64(inputs),
            lambda _: None if cotangent is None else cotangent.astype("float64"),
            entry["training"], masks)
        return outputs, by_weight, by_input, left


def is_float_name(dtype):
    return "float" in str(dtype)


def with_unknown_batch(shape):
    return [None, *shape[1:]]


def run_case(pack, name, number, entry):
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    rng = rng_of(f"layers/{name}/{number}")
    layer = entry["make"]()
    inputs = entry["inputs"](rng)
    shapes = map_tree(lambda a: tuple(a.shape), inputs)
    unknown = ([tuple(with_unknown_batch(s)) for s in shapes] if isinstance(inputs, list)
               else tuple(with_unknown_batch(inputs.shape)))
    symbolic_input = map_tree(lambda a: KerasTensor(with_unknown_batch(a.shape), a.dtype.name),
                              inputs)
    # The config before and after building differs by "build_config".
    config = keras.saving.serialize_keras_object(layer)
    symbolic = layer(symbolic_input)
    weights = weights_of(layer, rng)
    carried = entry["masks"](rng) if entry["with_mask"] else None
    outputs, cotangent, by_weight, by_input, left = forward_and_gradients(
        layer, inputs, lambda y: rng.standard_normal(y.shape).astype(y.dtype), entry["training"],
        carried)
    exact = exact_by_weight = exact_by_input = exact_left = None
    if needs_twin(layer, inputs, entry["training"]) and is_float(outputs):
        exact, exact_by_weight, exact_by_input, exact_left = run_twin(
            config, symbolic_input, weights, inputs, cotangent, entry, carried)
    case = {
        "config": config,
        "built_config": keras.saving.serialize_keras_object(layer),
        "inputs": pack.put_tree("x", inputs),
        "weights": [
            {"array": pack.put("w", w), "path": v.path, "trainable": bool(v.trainable)}
            for w, v in zip(weights, layer.weights)
        ],
        "training": entry["training"],
        "outputs": pack.put("out", outputs, exact),
        "cotangent": None if cotangent is None else pack.put("ct", cotangent),
        "gradients": pack.put_tree("g", by_weight, exact_by_weight),
        "input_gradients": pack.put_tree("gx", by_input, exact_by_input),
        "compute_output_shape": {
            "in": [list(s) for s in unknown] if isinstance(unknown, list) else list(unknown),
            "out": list(layer.compute_output_shape(unknown)),
        },
        "symbolic_output": {"shape": list(symbolic.shape), "dtype": str(symbolic.dtype)},
    }
    if entry["training"] and left["updates"]:
        case["updates"] = pack.put_tree("u", left["updates"],
                                        exact_left and exact_left["updates"])
    if left["loss"] is not None:
        case["loss"] = pack.put("loss", left["loss"], exact_left and exact_left["loss"])
    if entry["masks"]:
        masks = carried if entry["with_mask"] else entry["masks"](rng)
        case["mask"] = run_mask(pack, layer, inputs, masks)
        if entry["with_mask"]:
            case["mask"]["in_forward"] = True
    return case


def input_layer_cases():
    cases = []
    for arguments in INPUT_LAYERS:
        keras.backend.clear_session()
        layer = keras.layers.InputLayer(**arguments)
        cases.append({
            "config": keras.saving.serialize_keras_object(layer),
            "output_shape": list(layer.output.shape),
            "output_dtype": str(layer.output.dtype),
            "tensor_name": layer.output.name,
        })
    return cases


def make(out, pattern):
    total = count = 0
    for name, entries in {**CASES, "InputLayer": None}.items():
        if not re.search(pattern, name):
            continue
        pack = Pack()
        if entries is None:
            cases = input_layer_cases()
        else:
            cases = []
            for number, entry in enumerate(entries):
                with wide_mode(entry.get("x64")):
                    cases.append(run_case(pack, name, number, entry))
        case = {"kind": "layers", "name": name, "versions": versions(), "cases": cases}
        total += pack.write(os.path.join(out, "layers", name + ".npz"), case)
        count += len(cases)
    print(f"   {count} cases of layers, {total} bytes")
