# SPDX-License-Identifier: Apache-2.0
"""What keras.utils.Progbar prints, with a patched clock and a captured stdout.

make_terminal_text.py runs this. A line of a scenario is an option, the start, or a step: kind,
time, number of steps, finalize, then names and values (`s:` a number, `l:` a list).
"""

import io
import random
import warnings
from unittest import mock


def progress_scenarios():
    """Yields (name, options, start time, steps); a step is (kind, time, n, finalize, values)."""

    def update(time, current, values=(), finalize=None):
        return ("update", time, current, finalize, list(values))

    def run(target, step_seconds, values, start=1000.0):
        return [update(start + (i + 1) * step_seconds, i + 1, values(i)) for i in range(target)]

    fit_like = {"stateless_metrics": []}
    falling = lambda i: [("accuracy", 0.1 + 0.01 * i), ("loss", 2.3 / (i + 1))]

    yield "target_1", {"target": 1}, 1000.0, run(1, 0.3, falling)
    yield "target_3", {"target": 3}, 1000.0, run(3, 0.2, falling)
    yield "target_3_fit", {"target": 3, **fit_like}, 1000.0, run(3, 0.0123, falling)
    yield "target_100", {"target": 100, **fit_like}, 1000.0, run(100, 0.031, falling)
    yield "target_469_sampled", {"target": 469}, 5.0, [
        update(5.0 + 0.0021 * i, i, [("loss", 1.0 / i)]) for i in (1, 2, 40, 41, 100, 200, 468, 469)
    ]
    yield "unknown_target", {"target": None}, 10.0, [
        update(10.0 + 0.1 * i, i, [("loss", 1.0 / i)]) for i in range(1, 6)
    ] + [update(10.7, 5, [("loss", 0.25)], True)]
    yield "zero_target", {"target": 0}, 10.0, [update(10.2, 0, [("loss", 1.0)]), update(10.5, 1)]
    yield "zero_target_verbose_2", {"target": 0, "verbose": 2}, 10.0, [update(10.2, 0)]
    yield "silent", {"target": 2, "verbose": 0}, 10.0, [update(10.2, 1), update(10.5, 2)]

    numbers = [
        0.0,
        -0.0,
        1e-3,
        1.0000001e-3,
        9.99999e-4,
        1e-12,
        0.5,
        -0.5,
        -1e-3,
        -2e-3,
        -1e-5,
        123456.789,
        1e15,
        1e22,
        -3.5e7,
        float("nan"),
        -float("nan"),
        float("inf"),
        -float("inf"),
        0.00125,
        2.00005,
        0.12345,
        1e300,
        5e-324,
        0.99995,
        1.2e-4,
    ]
    for verbose in (1, 2):
        yield f"numbers_verbose_{verbose}", {
            "target": len(numbers),
            "verbose": verbose,
            **fit_like,
        }, 0.0, [update(1.0 + i, i + 1, [("value", v)]) for i, v in enumerate(numbers)]
        yield f"all_numbers_verbose_{verbose}", {"target": 1, "verbose": verbose}, 50.0, [
            update(51.0, 1, [(f"m{i}", v) for i, v in enumerate(numbers)])
        ]
        yield f"averages_verbose_{verbose}", {
            "target": 6,
            "verbose": verbose,
            "stateful_metrics": ["auc"],
        }, 7.0, [
            update(8.0, 1, [("loss", 4.0), ("auc", 0.1)]),
            update(9.0, 4, [("loss", 1.0), ("auc", 0.2)]),
            update(10.0, 5, [("auc", 0.3), ("loss", 1e-5)]),
            update(11.0, 6, [("loss", 0.75), ("val_loss", 0.5)]),
        ]
        yield f"lists_verbose_{verbose}", {"target": 4, "verbose": verbose}, 7.0, [
            update(8.0, 2, [("pair", [1.0, 2.0])]),
            update(9.0, 3, [("pair", [5.0, 3.0]), ("empty_later", [0.25])]),
            update(10.0, 4, [("pair", [0.5, 0.25, 0.125])]),
        ]
        yield f"stateless_exclusion_{verbose}", {
            "target": 3,
            "verbose": verbose,
            "stateless_metrics": ["a"],
        }, 7.0, [
            update(8.0, 1, [("a", 1.0), ("b", 1.0)]),
            update(8.2, 2, [("a", 3.0), ("b", 3.0)]),
            update(8.4, 3, [("c", 9.0)]),
        ]
    yield "one_line_fit", {"target": 469, "verbose": 2, **fit_like}, 100.0, [
        update(101.4, 469, [("accuracy", 0.8), ("loss", 0.5)], True)
    ]
    yield "verbose_2_unknown_then_known", {"target": None, "verbose": 2, **fit_like}, 100.0, [
        update(101.0, 5, [("loss", 1.0)]),
        ("target", 102.0, 5, None, []),
        update(102.0, 5, [("loss", 0.5)], True),
    ]
    yield "fit_unknown_then_known", {"target": None, **fit_like}, 100.0, [
        update(101.0, 1, [("loss", 1.0)]),
        update(101.5, 2, [("loss", 0.9)]),
        ("target", 102.0, 2, None, []),
        update(102.0, 2, [("loss", 0.5), ("val_loss", 0.75)], True),
    ]

    yield "within_interval", {"target": 10}, 50.0, [
        update(50.04, 1),
        update(50.06, 2),
        update(50.109, 3),
        update(50.11, 4),
        update(50.1599, 5),
        update(50.16, 6),
        update(50.161, 10),
    ]
    yield "small_clock", {"target": 5}, 0.0, [update(0.01 * i, i) for i in range(1, 6)]
    yield "interval_zero", {"target": 3, "interval": 0.0}, 50.0, [
        update(50.0, 1),
        update(50.0, 2),
        update(50.0, 3),
    ]
    yield "shrinking_text", {"target": 4, **fit_like}, 50.0, [
        update(51.0, 1, [("loss", -123456.5)]),
        update(52.0, 2, [("loss", 1.0)]),
        update(53.0, 3, [("loss", 12345678.25)]),
        update(54.0, 4, [("loss", 2.0)]),
    ]
    yield "eta_hours", {"target": 1000}, 0.0, [
        update(100.0, 1),
        update(200.0, 2),
        update(300.5, 600),
        update(301.0, 960),
        update(302.0, 1000),
    ]
    yield "eta_exact", {"target": 121}, 0.0, [
        update(30.0, 1),
        update(90.0, 61),
        update(150.0, 61, (), False),
        update(3660.0, 62),
        update(3720.0, 120),
        update(3780.0, 121),
    ]
    yield "per_step_units", {"target": 6}, 0.0, [
        update(1.0, 1),
        update(1.0000004, 2),
        update(1.001, 3),
        update(1.01, 4, (), True),
        update(9.0, 5, (), True),
        update(9.0, 6),
    ]
    yield "microseconds", {"target": 1000000, "interval": 0.0}, 2.0, [
        update(2.5, 1),
        update(2.51, 1000),
        update(2.52, 50000),
        update(3.0, 1000000),
    ]
    yield "without_first_step", {"target": 20}, 2.0, [
        update(3.0, 5),
        update(4.0, 10),
        update(5.0, 20),
    ]
    yield "first_step_twice", {"target": 1}, 2.0, [
        update(3.0, 1, [("loss", 1.0)]),
        update(5.0, 1, [("loss", 0.5), ("val_loss", 0.25)], True),
    ]
    yield "current_zero", {"target": 5}, 2.0, [
        update(3.0, 0),
        update(4.0, 1),
        update(5.0, 0, (), True),
    ]
    yield "beyond_target", {"target": 5}, 2.0, [
        update(3.0, 4),
        update(4.0, 7, (), False),
        update(9.0, 9),
        update(12.0, 12, [("x", 1.0)], False),
    ]
    yield "clock_goes_back", {"target": 5}, 20.0, [
        update(21.0, 1),
        update(20.5, 2, (), True),
        update(19.7, 3, (), True),
        update(19.0, 4, (), True),
    ]
    yield "add", {"target": 10, "unit_name": "sample"}, 2.0, [
        ("add", 3.0, 2, None, [("loss", 2.0)]),
        ("add", 4.0, 3, None, [("loss", 1.0)]),
        ("add", 5.0, 0, None, [("loss", 9.0)]),
        ("add", 6.0, 5, None, [("loss", 0.5)]),
    ]
    yield "width_5", {"target": 10, "width": 5}, 2.0, [update(2.0 + i, i) for i in range(1, 11)]
    yield "width_30_unit", {"target": 7, "width": 30, "unit_name": "Schritt é"}, 2.0, [
        update(2.0 + i, i, [("Verlust ü", 1.0 / i)]) for i in range(1, 8)
    ]

    rng = random.Random(20240611)
    for index in range(30):
        target = rng.choice([None, 1, 3, 9, 10, 99, 469, 1000, 12345])
        options = {
            "target": target,
            "verbose": rng.choice([1, 1, 1, 2]),
            "width": rng.choice([20, 20, 7]),
        }
        if rng.random() < 0.5:
            options["stateless_metrics"] = []
        elif rng.random() < 0.5:
            options["stateful_metrics"] = ["b"]
        start = time = round(rng.uniform(0, 1e9), 6)
        current, steps = 0, []
        for _ in range(8):
            current += rng.choice([1, 1, 2, max(1, (target or 30) // 5)])
            current = min(current, target) if target else current
            time += rng.choice([1e-5, 0.003, 0.049, 0.2, 3.0, 700.0])
            values = [
                (name, rng.uniform(-1, 1) * 10 ** rng.randint(-6, 6))
                for name in "abc"
                if rng.random() < 0.7
            ]
            steps.append(update(time, current, values))
        steps.append(update(time + 0.5, target or current, [("a", 0.5), ("val_a", 0.25)], True))
        yield f"random_{index}", options, start, steps


def write_progress(path):
    from keras.utils import Progbar

    warnings.simplefilter("ignore")  # the mean of an empty list
    out = io.BytesIO()
    line = lambda *fields: out.write(("\t".join(map(str, fields)) + "\n").encode())

    def number_text(value):
        return "l:" + ",".join(map(repr, value)) if isinstance(value, list) else f"s:{value!r}"

    for name, options, start, steps in progress_scenarios():
        line("scenario", name)
        for key, value in options.items():
            line(key, ",".join(value) if isinstance(value, list) else value)
        line("start", repr(start))
        with mock.patch("time.time") as clock:
            clock.return_value = start
            bar = Progbar(**options)
            for kind, time, n, finalize, values in steps:
                fields = [field for key, value in values for field in (key, number_text(value))]
                line(
                    kind, repr(time), n, {None: "auto", True: "yes", False: "no"}[finalize], *fields
                )
                clock.return_value = time
                captured = io.StringIO()
                with mock.patch("sys.stdout", captured):
                    if kind == "update":
                        bar.update(n, values, finalize)
                    elif kind == "add":
                        bar.add(n, values)
                    else:
                        bar.target = n
                text = captured.getvalue().encode()
                line("output", len(text))
                out.write(text + b"\n")
    with open(path, "wb") as file:
        file.write(out.getvalue())
