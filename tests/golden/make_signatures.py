#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the arguments of Keras' public classes and activations into signatures.json.

For each kind: name -> {"arguments": [[name, default]], "keywords": whether it takes others too}.
The default is a JSON value; {"required": true} where there is none, {"python": text} for other
objects.
Run it with a Python that has keras 3.15.1 and jax.
"""

import inspect
import json
import os

os.environ["KERAS_BACKEND"] = "jax"

import keras  # noqa: E402

MODULES = {
    "layer": keras.layers,
    "loss": keras.losses,
    "metric": keras.metrics,
    "optimizer": keras.optimizers,
    "schedule": keras.optimizers.schedules,
    "initializer": keras.initializers,
    "regularizer": keras.regularizers,
    "constraint": keras.constraints,
    "callback": keras.callbacks,
}


def value_of(default):
    if default is inspect.Parameter.empty:
        return {"required": True}
    try:
        return json.loads(json.dumps(default))
    except TypeError:
        return {"python": getattr(default, "__name__", str(default))}


def signature_of(function):
    result = {"arguments": [], "keywords": False}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind == parameter.VAR_KEYWORD:
            result["keywords"] = True
        elif parameter.kind != parameter.VAR_POSITIONAL and name != "self":
            result["arguments"].append([name, value_of(parameter.default)])
    return result


def classes_of(module):
    """The classes of a module by their own names, without their aliases."""
    found = {}
    for name in sorted(dir(module)):
        thing = getattr(module, name)
        if inspect.isclass(thing) and thing.__name__ == name:
            found[name] = signature_of(thing.__init__)
    return found


def activations():
    found = {}
    for name in sorted(dir(keras.activations)):
        thing = getattr(keras.activations, name)
        if inspect.isfunction(thing) and name not in ("get", "serialize", "deserialize"):
            found[name] = signature_of(thing)
    return found


def main():
    if keras.__version__ != "3.15.1":
        raise SystemExit(f"keras 3.15.1 is needed, this is {keras.__version__}")
    kinds = {kind: classes_of(module) for kind, module in MODULES.items()}
    kinds["activation"] = activations()
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "signatures.json")
    with open(path, "w") as f:
        # One class on each line, so that changes can be read.
        lines = []
        for kind, classes in kinds.items():
            inner = ",\n".join(f"  {json.dumps(n)}: {json.dumps(s)}" for n, s in classes.items())
            lines.append(f" {json.dumps(kind)}: {{\n{inner}\n }}")
        f.write("{\n" + ",\n".join(lines) + "\n}\n")
    print({kind: len(classes) for kind, classes in kinds.items()})


if __name__ == "__main__":
    main()
