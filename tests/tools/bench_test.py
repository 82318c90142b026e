# SPDX-License-Identifier: Apache-2.0
"""Tests the driver of bench/ with invented contestants, and how it computes its tables."""
import io
import pathlib
import runpy
import subprocess
import sys
import unittest
import unittest.mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"
sys.dont_write_bytecode = True
with unittest.mock.patch.object(sys, "path", [str(BENCH), *sys.path]):
    import peer
    import report
    COMPARE = runpy.run_path(str(BENCH / "compare.py"))

SMALL = ("784-32-10", 32, "adam")


def sample(title, threads, mode, turn, micros):
    return report.Sample(SMALL, title, threads, mode, turn, micros)


def text_of(samples, **others):
    values = {"samples": samples, "workloads": [SMALL], "titles": ["Keratin", "Peer"], "absent": {},
              "failed": [], "versions": {}, "modes": ["step", "fit"],
              "rounds": 3, "slice_seconds": 0.1, "rows": 64,
              "loads": [0.0, 0.0], "minutes": 1, **others}
    return report.markdown(report.Run(**values))


class Driver(unittest.TestCase):
    def test_the_self_test_passes(self):
        run = subprocess.run([sys.executable, "-B", str(BENCH / "compare.py"), "--self-test"],
                             capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertEqual(run.stdout, "self-test: fine\n")

    def test_a_wrong_workload_is_refused_with_a_name_that_would_be_right(self):
        options = COMPARE["parse"](["--only", "784-33"])
        with self.assertRaisesRegex(SystemExit, "784-32-10 b32 adam"):
            COMPARE["run"](options, {})

    def test_a_wrong_mode_is_refused(self):
        with unittest.mock.patch.object(sys, "stderr", io.StringIO()) as said:
            with self.assertRaises(SystemExit):
                COMPARE["parse"](["--modes", "step,predicts"])
        self.assertIn("expected some of step,fit,predict, got step,predicts", said.getvalue())

    def test_batches_that_the_rows_do_not_hold_are_refused(self):
        self.assertEqual(COMPARE["parse"](["--quick", "--batch", "400"]).batch, [400])
        for size in ("401", "0"):
            with unittest.mock.patch.object(sys, "stderr", io.StringIO()) as said:
                with self.assertRaises(SystemExit):
                    COMPARE["parse"](["--quick", "--batch", size])
            self.assertIn(f"expected sizes from 1 to 400, got {size}.", said.getvalue())

    def test_an_interpreter_that_is_not_there_is_an_absent_peer(self):
        options = COMPARE["parse"](["--quick", "--peers", "torch", "--threads", "1"])
        places = {"python": "/no/such/python", "pythons": {}, "keratin": ""}
        with unittest.mock.patch.object(sys, "stderr", io.StringIO()):
            text = COMPARE["run"](options, places)
        self.assertIn("- PyTorch: does not start: No such file or directory", text)


class Report(unittest.TestCase):
    def test_the_ratio_is_the_median_of_the_rounds_and_not_the_ratio_of_medians(self):
        # Load that falls on one round alone: 60 / 20 says 3, each other round says 4 or more.
        ours = [sample("Keratin", 1, "step", turn, 10 * (turn + 1)) for turn in range(3)]
        theirs = [sample("Peer", 1, "step", turn, 60) for turn in range(3)]
        theirs[2] = sample("Peer", 1, "step", 2, 120)
        self.assertIn("| 784-32-10 b32 adam | 20.0 | 60.0 (4.00x, 1t) | 4.00x |",
                      text_of(ours + theirs))

    def test_the_better_number_of_threads_counts(self):
        samples = [sample("Keratin", 1, "step", 0, 10), sample("Peer", 1, "step", 0, 50),
                   sample("Peer", 2, "step", 0, 40)]
        text = text_of(samples)
        self.assertIn("| 40.0 (4.00x, 2t) | 4.00x |", text)
        self.assertIn("| 784-32-10 b32 adam | Peer | step | 1 | 50.0 | 50.0 | 50.0 |", text)

    def test_without_keratin_there_are_times_and_no_ratios(self):
        text = text_of([sample("Peer", 1, "step", 0, 50)])
        self.assertIn("| 784-32-10 b32 adam | - | 50.0 (1t) | - |", text)

    def test_only_what_was_timed_has_a_table(self):
        samples = [sample("Keratin", 1, "predict", 0, 10), sample("Peer", 1, "predict", 0, 50)]
        text = text_of(samples, modes=["predict"])
        self.assertIn("## `predict_on_batch`", text)
        self.assertIn("| 784-32-10 b32 adam | 10.0 | 50.0 (5.00x, 1t) | 5.00x |", text)
        self.assertNotIn("fit", text)

    def test_absent_and_failed_peers_are_named(self):
        failures = [report.Failure("Peer", "too old", "a"), report.Failure("Peer", "too old", "b")]
        text = text_of([], absent={"Peer": "not installed"}, failed=failures)
        self.assertIn("- Peer: not installed", text)
        self.assertIn("- Peer: too old (a; b)", text)


class Protocol(unittest.TestCase):
    def test_no_path_of_the_machine_is_told(self):
        told = peer.without_paths("no file '/home/me/lib/x.so' in ~/a/b: ratio 3/4\nmore")
        self.assertEqual(told, "no file '...' in ...: ratio 3/4")

    def test_a_case_says_what_is_wrong(self):
        self.assertEqual(peer.parse_case("784-32-64tanh+dropout-10 32 adam fit 7").hidden,
                         [(32, "relu", ""), (64, "tanh", "dropout")])
        with self.assertRaisesRegex(ValueError, "such as 64, 64tanh"):
            peer.parse_case("784-32+drops-10 32 adam fit 7").hidden
        with self.assertRaisesRegex(ValueError, "a mode of .*predict"):
            peer.parse_case("784-32-10 32 adam fat 7")
        with self.assertRaisesRegex(ValueError, "784-...-10"):
            peer.parse_case("9-10 32 adam fit 7").hidden

    def test_the_fastest_way_wins_and_broken_ways_are_left_out(self):
        def broken():
            raise TypeError("unknown argument")

        def spin(runner, steps):
            for _ in range(runner * steps):
                pass

        ways = [("slow", lambda: 20000), ("fast", lambda: 10), ("broken", broken)]
        self.assertEqual(peer.fastest(ways, spin), ("fast", 10))
        with self.assertRaises(TypeError):
            peer.fastest([("broken", broken)], spin)


if __name__ == "__main__":
    unittest.main()
