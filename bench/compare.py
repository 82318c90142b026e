#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times the training steps of MLPs in Keratin and in the peers installed here, side by side.

  bench/compare.py --python PYTHON       all workloads, about 20 minutes
  bench/compare.py --quick               a minute: RMSprop, all cores, no torch.compile
  bench/compare.py --only "32-10 b128"   the workloads whose name holds the text
  bench/compare.py --random 30 --seed 7  so many MLPs of random depth, widths, batch, activations
                                         and optimizer instead

Prints Markdown. Each contestant is a process of its own that is warm before it is timed; all take
turns, and those whose turn it is not are stopped.
"""
import argparse
import contextlib
import ctypes
import dataclasses
import io
import json
import math
import os
import pathlib
import random
import selectors
import signal
import subprocess
import sys
import time

import report
from peer import BATCHES as TURNS, MODES

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
NETS, BATCHES, OPTIMIZERS = ("784-32-10", "784-512-512-10"), (32, 128), ("rmsprop", "adam")
WARM_UP_SECONDS, RUN_SECONDS = 300, 180
PR_SET_PDEATHSIG = 1


@dataclasses.dataclass
class Peer:
    """Says how a contestant is started; {python} stands for its interpreter."""
    title: str
    command: list
    threaded: bool = True  # false: it has one thread whatever it is told
    in_quick: bool = True


PEERS = {
    "keratin": Peer("Keratin", ["{keratin}"]),
    "jax": Peer("Keras, JAX", ["{python}", f"{HERE}/peer_keras.py", "--flavor", "jax"]),
    "tensorflow": Peer("Keras, TensorFlow",
                       ["{python}", f"{HERE}/peer_keras.py", "--flavor", "tensorflow"]),
    "torch": Peer("PyTorch", ["{python}", f"{HERE}/peer_torch.py"]),
    "compile": Peer("torch.compile", ["{python}", f"{HERE}/peer_torch.py", "--flavor", "compile"],
                    in_quick=False),
}


def cpu_flags():
    with contextlib.suppress(OSError):
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("flags"):
                return set(line.split())
    return set()


def environment(threads):
    """Returns the best settings known for each library, with so many threads."""
    count = str(threads)
    settings = dict(os.environ, CUDA_VISIBLE_DEVICES="", JAX_PLATFORMS="cpu",
                    TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="1",
                    TORCHINDUCTOR_COMPILE_THREADS="1", PYTHONDONTWRITEBYTECODE="1",
                    KERATIN_THREADS=count, OMP_NUM_THREADS=count, MKL_NUM_THREADS=count,
                    # Two pools that spin against each other cost OpenBLAS' users dearly.
                    OPENBLAS_NUM_THREADS="1", NPROC=count, PJRT_NPROC=count)
    if "avx512f" in cpu_flags():
        settings.setdefault("OPENBLAS_CORETYPE", "SkylakeX")
    return settings


class Gone(Exception):
    """Says why a contestant takes no further part."""


class Contestant:
    """Is one running process with one number of threads."""

    def __init__(self, peer, threads, rows, places):
        self.title, self.threads = peer.title, threads
        self.steps, self.versions, self.checksum = {}, {}, None
        command = [part.format(**places) for part in peer.command]
        command += ["--rows", str(rows), "--threads", str(threads)]
        libc = ctypes.CDLL(None)

        def die_with_driver():  # a stopped process would never see its input end
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=None if places.get("debug") else subprocess.DEVNULL,
                env=environment(threads), preexec_fn=die_with_driver)
        except OSError as problem:
            raise Gone(f"does not start: {problem.strerror}") from problem
        self.reader = selectors.DefaultSelector()
        self.reader.register(self.process.stdout, selectors.EVENT_READ)
        try:
            hello = self.receive(WARM_UP_SECONDS)
            if "skip" in hello:
                raise Gone(hello["skip"])
        except Gone:
            self.close()
            raise
        self.versions, self.checksum = hello.get("versions", {}), hello.get("checksum")
        self.stop()

    def receive(self, limit):
        if not self.reader.select(limit):
            self.process.kill()  # a late answer would be taken for the next one
            raise Gone(f"no answer within {limit} s")
        line = self.process.stdout.readline()
        if not line:
            raise Gone(f"ended by itself with code {self.process.wait()}")
        try:
            return json.loads(line)
        except ValueError as problem:
            raise Gone("answered with something else than JSON") from problem

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def ask(self, workload, mode, steps, limit=RUN_SECONDS):
        """Runs so many steps and returns the answer, with seconds per step."""
        net, batch, optimizer = workload
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.stdin.write(f"{net} {batch} {optimizer} {mode} {steps}\n".encode())
            self.process.stdin.flush()
            answer = self.receive(limit)
        except BrokenPipeError as problem:
            raise Gone("ended by itself") from problem
        finally:
            self.stop()
        if "error" in answer:
            raise Gone(answer["error"])
        if not math.isfinite(answer["loss"]):
            raise Gone("its loss is not finite")
        answer["micros"] = answer["seconds"] / steps * 1e6
        answer["cpu"] = answer.get("cpu", 0) / steps * 1e6
        return answer

    def warm_up(self, workload, mode, slice_seconds, rows):
        """Compiles a workload and chooses how many steps a slice has."""
        if mode == "fit":
            steps = rows // workload[1]
            self.ask(workload, mode, steps, WARM_UP_SECONDS)
        else:
            self.ask(workload, mode, 5, WARM_UP_SECONDS)
            micros = self.ask(workload, mode, 10)["micros"]
            steps = max(5, math.ceil(slice_seconds * 1e6 / micros))
        self.steps[workload, mode] = steps

    def close(self):
        self.process.kill()
        self.process.wait()


def start_all(options, places):
    """Starts the contestants one after the other; returns them and why others are missing."""
    running, absent = [], {}
    for key, peer in PEERS.items():
        if options.peers and key not in options.peers:
            continue
        if options.quick and not peer.in_quick:
            absent[peer.title] = "left out by --quick"
            continue
        for threads in options.threads if peer.threaded else [1]:
            try:
                say(f"starting {peer.title}, {threads} threads")
                where = dict(places, python=places["pythons"].get(key, places["python"]))
                running.append(Contestant(peer, threads, options.rows, where))
            except Gone as problem:
                absent[peer.title] = str(problem)
                break
    sums = {contestant.checksum for contestant in running}
    if len(sums) > 1:
        raise SystemExit("compare: expected the same data everywhere, got other checksums: " +
                         ", ".join(f"{c.title} {c.checksum}" for c in running))
    return running, absent


def measure(workload, running, options):
    """Runs the rounds of one workload; returns its samples and who failed, and why."""
    samples, failed = [], []
    jobs = [(contestant, mode) for mode in options.modes for contestant in running]

    def attempt(job, action):
        contestant, mode = job
        try:
            return action(contestant)
        except Gone as problem:
            what = f"{report.name_of(workload)} {mode} {contestant.threads}t"
            failed.append(report.Failure(contestant.title, str(problem), what))
            jobs.remove(job)
            return None

    for job in list(jobs):
        say(f"warming up {report.name_of(workload)}: {job[0].title}, {job[1]}")
        attempt(job, lambda c, m=job[1]: c.warm_up(workload, m, options.slice, options.rows))
    for round_number in range(options.rounds):
        say(f"{report.name_of(workload)}: round {round_number + 1} of {options.rounds}")
        for job in list(jobs):
            contestant, mode = job
            answer = attempt(job, lambda c, m=mode: c.ask(workload, m, c.steps[workload, m]))
            if answer:
                samples.append(report.Sample(workload, contestant.title, contestant.threads, mode,
                                             round_number, answer["micros"], answer["cpu"],
                                             answer.get("variant", "")))
    return samples, failed


def say(text):
    print(f"compare: {text}", file=sys.stderr, flush=True)


def find_keratin():
    """Builds Keratin's contestant with the preset release and returns its path."""
    program = ROOT / "build/release/bench/bench_train_step"
    commands = [] if (ROOT / "build/release/CMakeCache.txt").exists() else [
        ["cmake", "--preset", "release"]]
    commands.append(["cmake", "--build", "--preset", "release", "--target", "bench_train_step",
                     "--parallel", os.environ.get("KERATIN_JOBS", str(os.cpu_count()))])
    for command in commands:
        say(" ".join(command))
        subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
    return str(program)


def random_workloads(count, seed):
    """Returns so many MLPs; the sizes are spread evenly over their logarithms."""
    dice = random.Random(seed)

    def size(low, high):
        return round(low * (high / low) ** dice.random())

    def net():
        hidden = [f"{size(8, 1024)}{dice.choice(['', '', 'tanh', 'sigmoid'])}"
                  for _ in range(dice.randint(1, 5))]
        return "-".join(["784", *hidden, "10"])

    return [(net(), size(8, 400), dice.choice(["rmsprop", "adam", "sgd"])) for _ in range(count)]


def run(options, places):
    """Measures everything that the options ask for and returns the Markdown text."""
    workloads = [(net, batch, optimizer) for net in options.net or NETS
                 for batch in options.batch or BATCHES
                 for optimizer in OPTIMIZERS if not options.quick or optimizer == "rmsprop"]
    if options.random:
        workloads = random_workloads(options.random, options.seed)
    workloads = [workload for workload in workloads
                 if not options.only or any(text in report.name_of(workload)
                                            for text in options.only)]
    if not workloads:
        raise SystemExit("compare: expected --only to be part of a name such as "
                         f"'{report.name_of((NETS[0], 32, 'adam'))}', got {options.only}.")
    began, loads = time.time(), [os.getloadavg()[0]]
    running, absent = start_all(options, places)
    samples, failed = [], []
    try:
        for workload in workloads:
            found, gone = measure(workload, running, options)
            samples += found
            failed += gone
    finally:
        for contestant in running:
            contestant.close()
    loads.append(os.getloadavg()[0])
    titles = [peer.title for key, peer in PEERS.items()
              if not options.peers or key in options.peers]
    return report.markdown(report.Run(
        samples=samples, workloads=workloads, titles=titles, absent=absent, failed=failed,
        versions={contestant.title: contestant.versions for contestant in running},
        modes=options.modes, rounds=options.rounds, slice_seconds=options.slice,
        rows=options.rows, loads=loads,
        minutes=(time.time() - began) / 60, rest=not options.brief))


def self_test():
    """Runs the whole driver on contestants that invent their times; no library is needed."""
    fake = ["{python}", f"{HERE}/peer_fake.py", "--flavor"]
    PEERS.clear()
    PEERS.update(keratin=Peer("Keratin", [*fake, "100"], threaded=False),
                 slow=Peer("Slow", [*fake, "400"]), missing=Peer("Missing", [*fake, "missing"]),
                 dying=Peer("Dying", [*fake, "dying"]), failing=Peer("Failing", [*fake, "failing"]))
    options = parse(["--quick", "--threads", "1,2", "--only", "b128"])
    with contextlib.redirect_stderr(io.StringIO()):
        text = run(options, {"python": sys.executable, "pythons": {}, "keratin": ""})
    expected = ["| 784-32-10 b128 rmsprop | 100 | 200 (2.00x, 2t) | - | - | - | 2.00x |",
                "- Missing: not installed (nothing)", "- Dying: ended by itself (",
                "- Failing: ValueError: no luck in ... (784-32-10 b128 rmsprop step 1t; ",
                "Processor: ", "| 784-32-10 b128 rmsprop | 2.00 | 2.00 | - | - | - |",
                "| 784-512-512-10 b128 rmsprop | Slow | fit | 1 | 800 | 800 | 800 | 2400 |",
                "| geometric mean |  | 2.00x | - | - | - | 2.00x |"]
    lacking = [part for part in expected if part not in text]
    if lacking or str(ROOT) in text:
        print(text)
        print("self-test: the output lacks, or has a path:", *lacking, sep="\n  ")
        return 1
    print("self-test: fine")
    return 0


def parse(arguments):
    cores = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--python", action="append", default=[], metavar="[PEER=]PYTHON",
        help="interpreter of the peers, or of one: jax=..., tensorflow=..., torch=..., compile=...")
    add("--keratin", help="path of bench_train_step; otherwise the preset release builds it")
    add("--peers", type=lambda text: text.split(","), help=f"some of {','.join(PEERS)}")
    add("--only", action="append", metavar="TEXT", help="workloads whose name holds the text")
    add("--net", action="append", metavar="NET",
        help="nets instead, such as 784-64-32tanh+dropout-10 (or +noise, +batchnorm, +layernorm)")
    add("--batch", action="append", type=int, metavar="N", help="batch sizes instead")
    add("--modes", type=lambda text: text.split(","), default=["step", "fit"],
        help=f"what is timed, of {','.join(MODES)} (default step,fit)")
    add("--random", type=int, default=0, metavar="N", help="so many random MLPs instead")
    add("--seed", type=int, default=1, help="of the random MLPs (default 1)")
    add("--quick", action="store_true", help="one minute, less exact")
    add("--rounds", type=int, help="turns of each contestant (default 7)")
    add("--threads", type=lambda text: [int(part) for part in text.split(",")],
        help=f"thread counts (default 1,{cores})")
    add("--brief", action="store_true", help="only the tables of ratios")
    add("--out", metavar="FILE.md", type=pathlib.Path, help="write the table there too")
    add("--debug", action="store_true", help="show what the contestants print")
    add("--self-test", action="store_true", help="test the driver with invented contestants")
    options = parser.parse_args(arguments)
    if set(options.modes) - set(MODES):
        parser.error(f"--modes: expected some of {','.join(MODES)}, got "
                     f"{','.join(options.modes)}.")
    options.rounds = options.rounds or (3 if options.quick else 7)
    options.threads = options.threads or ([cores] if options.quick else sorted({1, cores}))
    options.slice = 0.05 if options.quick else 0.3
    options.rows = 6400 if options.quick else 60000
    largest = options.rows // TURNS
    if not all(1 <= batch <= largest for batch in options.batch or ()):
        parser.error(f"--batch: expected sizes from 1 to {largest}, got "
                     f"{', '.join(map(str, options.batch))}.")
    return options


def main(arguments):
    options = parse(arguments)
    if options.self_test:
        return self_test()
    pythons = dict(text.split("=", 1) for text in options.python if text.split("=")[0] in PEERS)
    general = [text for text in options.python if text.split("=")[0] not in PEERS]
    places = {"python": general[-1] if general else sys.executable, "pythons": pythons,
              "keratin": options.keratin or find_keratin(), "debug": options.debug}
    text = run(options, places)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
