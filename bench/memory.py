#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tells the memory that training takes in Keratin and in the peers installed here.

  bench/memory.py --python PYTHON       all workloads of compare.py

Prints Markdown: the most that a process has resident while it builds a model and trains 30 batches,
less what it had before the model was built, with its libraries and the data; in MiB, the median of
fresh processes.
"""
import argparse
import os
import pathlib
import re
import statistics
import sys

import compare
import report


def resident(process, field):
    """Returns VmRSS, what a process has now, or VmHWM, the most it had, in MiB."""
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", text).group(1)) / 1024


def measure(peer, workload, threads, rows, places):
    """Starts a contestant, trains, and returns the MiB that it took."""
    contestant = compare.Contestant(peer, threads, rows, places)
    try:
        before = resident(contestant.process, "VmRSS")
        pathlib.Path(f"/proc/{contestant.process.pid}/clear_refs").write_text("5")
        contestant.ask(workload, "step", 30, compare.WARM_UP_SECONDS)
        return resident(contestant.process, "VmHWM") - before
    finally:
        contestant.close()


def rows_of(options, places):
    """Yields the cells of one workload each."""
    titles = list(compare.PEERS)
    for net in compare.NETS:
        for batch in compare.BATCHES:
            workload = (net, batch, "rmsprop")
            taken = {}
            for key in titles:
                peer = compare.PEERS[key]
                command = [*peer.command, "--ways", "1"]  # no choice among variants
                chosen = compare.Peer(peer.title, command, peer.threaded)
                try:
                    taken[key] = statistics.median(
                        measure(chosen, workload, options.threads, 16 * batch, places)
                        for _ in range(options.rounds))
                except compare.Gone as problem:
                    compare.say(f"{peer.title}: {problem}")
            ours = taken.get("keratin")
            others = [value for key, value in taken.items() if key != "keratin"]
            cells = [f"{taken[key]:.1f}" if key in taken else "-" for key in titles]
            least = f"{ours / min(others):.2f}" if ours is not None and others else "-"
            yield [report.name_of(workload), *cells, least]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="interpreter of the peers")
    parser.add_argument("--keratin", help="path of bench_train_step")
    parser.add_argument("--rounds", type=int, default=3, help="processes of each (default 3)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    places = {"python": options.python, "keratin": options.keratin or compare.find_keratin()}
    head = ["workload", *[peer.title for peer in compare.PEERS.values()], "of the best peer"]
    print("\n".join(report.table(head, list(rows_of(options, places)))))


if __name__ == "__main__":
    main()
