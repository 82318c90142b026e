# SPDX-License-Identifier: Apache-2.0
"""What the Python peers share: the data, and the loop that answers compare.py.

A peer prints one JSON line when it is ready, {"versions": {...}, "checksum": n} or
{"skip": reason}, and then answers each line "NET BATCH OPTIMIZER MODE STEPS" with
{"seconds": s, "cpu": c, "loss": l, "variant": v} or {"error": text}; cpu is the time of the
process on all its threads. Modes: step (one batch after the other, no metrics), fit (one epoch of
STEPS shuffled batches with accuracy, without output) and predict (the outputs of one batch after
the other; its loss is their sum in the last).
"""
import argparse
import importlib.util
import json
import os
import re
import sys
import time
import typing

FEATURES, CLASSES = 784, 10
LAYERS = ("", "dropout", "noise", "batchnorm", "layernorm")  # that may stand behind an activation
MODES = ("step", "fit", "predict")
BATCHES = 16  # so many batches take turns in the modes step and predict
ways = None  # so many variants are tried, the first ones; None: all


class Stopwatch:
    """Gives the seconds since it was made: on the wall, and of the process on all its threads."""

    def __init__(self):
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self):
        return {"seconds": time.perf_counter() - self.wall, "cpu": time.process_time() - self.cpu}


class Case(typing.NamedTuple):
    """Is one line of the driver."""
    net: str
    batch: int
    optimizer: str
    mode: str
    steps: int

    @property
    def hidden(self):
        """(width, activation, layer behind it) between input and output: "784-32-64tanh+dropout-10"
        has [(32, "relu", ""), (64, "tanh", "dropout")]."""
        parts = self.net.split("-")
        if len(parts) < 2 or (parts[0], parts[-1]) != (str(FEATURES), str(CLASSES)):
            raise ValueError(f"expected a net {FEATURES}-...-{CLASSES}, got {self.net}.")
        layers = [re.fullmatch(r"(\d+)([a-z]*)(?:\+([a-z]+))?", part) for part in parts[1:-1]]
        if None in layers or any((layer[3] or "") not in LAYERS for layer in layers):
            raise ValueError(f"expected parts such as 64, 64tanh or 64+dropout (of {LAYERS[1:]}), "
                             f"got {self.net}.")
        return [(int(layer[1]), layer[2] or "relu", layer[3] or "") for layer in layers]

    def without_run(self):
        return self._replace(mode="", steps=0)


def parse_case(line):
    net, batch, optimizer, mode, steps = line.split()
    if mode not in MODES:
        raise ValueError(f"expected a mode of {MODES}, got {mode}.")
    return Case(net, int(batch), optimizer, mode, int(steps))


def make_data(rows):
    """Returns x uint8 [rows, 784], four fifths of it zero as in MNIST, and y int32 [rows]."""
    import numpy as np
    cell = np.arange(rows * FEATURES, dtype=np.uint32)
    level = (cell * np.uint32(2654435761)) >> np.uint32(24)
    cell %= np.uint32(1009)
    x = np.where(cell % np.uint32(5) == 0, level, 0).astype(np.uint8).reshape(rows, FEATURES)
    y = (np.arange(rows, dtype=np.uint32) * np.uint32(2246822519) >> np.uint32(16)) % CLASSES
    return x, y.astype(np.int32)


def checksum(x, y):
    """Returns a number by which the driver sees that all train on the same first 1000 rows."""
    import numpy as np
    pixels = x[:1000].reshape(-1).astype(np.int64)
    weights = np.arange(pixels.size, dtype=np.int64) % 251 + 1
    labels = y[:1000].astype(np.int64)
    return int(pixels @ weights + labels @ (np.arange(labels.size, dtype=np.int64) + 1))


def turns(case, *arrays):
    """Yields the rows of each array for one step after the other."""
    for i in range(case.steps):
        at = i % BATCHES * case.batch
        yield tuple(array[at:at + case.batch] for array in arrays)


def without_paths(text):
    """Returns the first line of a text with no path of this machine in it."""
    lines = str(text).strip().splitlines() or [""]
    return re.sub(r"(?<![\w.])~?(/[\w.+@=-]+){2,}/?", "...", lines[0])[:200]


def fastest(candidates, run, steps=30):
    """Returns the (name, runner) for which run(runner, n) takes least; drops those that fail."""
    times, failed = {}, None
    for name, make in candidates[:ways]:
        try:
            runner = make()
            run(runner, 3)
            times[name] = [float("inf"), runner]
        except Exception as problem:  # a way that this version does not know
            failed = problem
    if not times:
        raise failed
    for _ in range(3 if len(times) > 1 else 0):
        for entry in times.values():
            start = time.perf_counter()
            run(entry[1], steps)
            entry[0] = min(entry[0], time.perf_counter() - start)
    name = min(times, key=lambda key: times[key][0])
    return name, times[name][1]


def serve(needs, start):
    """Answers the driver. start(arguments, x, y) returns (versions, run) where run(case) returns
    (what a Stopwatch says, loss, variant)."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=12800)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--flavor", default="")
    parser.add_argument("--ways", type=int)
    arguments = parser.parse_args()
    global ways
    ways = arguments.ways
    # Libraries print on standard output as they please; only answers may go to the driver.
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(**fields):
        print(json.dumps(fields), file=channel, flush=True)

    missing = [name for name in needs if importlib.util.find_spec(name) is None]
    if missing:
        return answer(skip=f"not installed ({', '.join(missing)})")
    try:
        x, y = make_data(arguments.rows)
        versions, run = start(arguments, x, y)
    except Exception as problem:
        return answer(skip=without_paths(f"does not start: {type(problem).__name__}: {problem}"))
    answer(versions=versions, checksum=checksum(x, y))
    for line in sys.stdin:
        try:
            times, loss, variant = run(parse_case(line))
            answer(**times, loss=float(loss), variant=variant)
        except Exception as problem:
            answer(error=without_paths(f"{type(problem).__name__}: {problem}"))
