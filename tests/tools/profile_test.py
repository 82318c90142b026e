# SPDX-License-Identifier: Apache-2.0
"""Tests of tools/profile.py: how it sums up a trace."""
import importlib.util
import pathlib
import unittest

PATH = pathlib.Path(__file__).parents[2] / "tools" / "profile.py"
SPEC = importlib.util.spec_from_file_location("profile_tool", PATH)
profile = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(profile)


def run(step, slice_, dur, flop=4000, size=1000):
    return {"name": "add", "tid": slice_, "dur": dur,
            "args": {"step": step, "operands": "float32[2]", "slice": slice_, "flop": flop,
                     "bytes": size}}


class Profile(unittest.TestCase):
    def test_the_slower_thread_counts_and_first_runs_do_not(self):
        events = [run(0, 0, 90), run(0, 1, 90)] + 3 * [run(0, 0, 2), run(0, 1, 4)]
        (row,), waits = profile.table(events, 1, (1.0, 1.0))
        cost, step, name, operands, threads, runs, longest, rate, of_limit = row
        self.assertEqual((step, name, operands, threads, runs, longest),
                         (0, "add", "float32[2]", 2, 4, 4))
        self.assertEqual(cost, 16)
        self.assertEqual(rate, 0.5)  # of each thread: 2000 operations in 4 us
        self.assertEqual(of_limit, "50 %")  # 2 us at one operation a nanosecond
        self.assertEqual(waits, {})

    def test_the_dearest_step_comes_first_and_waits_are_apart(self):
        events = [run(0, 0, 1), run(1, 0, 5), {"name": "wait", "tid": 3, "dur": 7}]
        rows, waits = profile.table(events, 0, None)
        self.assertEqual([row[1] for row in rows], [1, 0])
        self.assertEqual(rows[0][-1], "")
        self.assertEqual(waits, {3: 7})


if __name__ == "__main__":
    unittest.main()
