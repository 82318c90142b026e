# SPDX-License-Identifier: Apache-2.0
"""Learning rate schedules at each of the first steps and at some late ones."""

import os
import re

import keras
import numpy as np
from keras.optimizers import schedules

from .pack import Pack, versions

STEPS = np.array([*range(40), 99, 100, 101, 1000, 123456], np.int32)
CASES = [
    lambda: schedules.ExponentialDecay(0.3, 4, 0.5),
    lambda: schedules.ExponentialDecay(0.1, 3, 0.4, staircase=True, name="stairs"),
    lambda: schedules.InverseTimeDecay(0.05, 2, 0.7),
    lambda: schedules.InverseTimeDecay(0.05, 7.5, 0.7, staircase=True),
    lambda: schedules.PiecewiseConstantDecay([5, 10, 100], [1.0, 0.5, 0.25, 0.1]),
    lambda: schedules.PiecewiseConstantDecay([7], [0.1, 0.01], name="two"),
    lambda: schedules.PolynomialDecay(0.1, 20),
    lambda: schedules.PolynomialDecay(0.1, 20, 0.01, power=0.5),
    lambda: schedules.PolynomialDecay(0.1, 10, 0.01, power=2.0, cycle=True, name="cycles"),
    lambda: schedules.CosineDecay(0.1, 20),
    lambda: schedules.CosineDecay(0.1, 20, alpha=0.2, name="cosine"),
    lambda: schedules.CosineDecay(0.0, 20, warmup_target=0.1, warmup_steps=10),
    lambda: schedules.CosineDecay(0.01, 15, alpha=0.1, warmup_target=0.1, warmup_steps=5),
    lambda: schedules.CosineDecay(0.01, 15, warmup_target=0.1),
    lambda: schedules.CosineDecayRestarts(0.1, 5),
    lambda: schedules.CosineDecayRestarts(0.1, 8, t_mul=1.0, m_mul=0.5),
    lambda: schedules.CosineDecayRestarts(0.1, 6, t_mul=1.5, m_mul=0.9, alpha=0.05, name="warm"),
]


def make(out, pattern):
    if not re.search(pattern, "schedules"):
        return
    pack = Pack()
    cases = []
    for build in CASES:
        schedule = build()
        rates = np.array([np.asarray(schedule(keras.ops.convert_to_tensor(s))) for s in STEPS])
        cases.append({"object": keras.saving.serialize_keras_object(schedule),
                      "steps": pack.put("steps", STEPS),
                      "rates": pack.put("rates", rates.astype(np.float32))})
    case = {"kind": "schedules", "name": "schedules", "versions": versions(), "cases": cases}
    size = pack.write(os.path.join(out, "schedules.npz"), case)
    print(f"   {len(cases)} cases of schedules, {size} bytes")
