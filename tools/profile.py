#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sums up a trace that KERATIN_PROFILE=trace.json has written: what each step takes, and how near
it comes to what the machine can do.

  tools/profile.py trace.json [--skip 10] [--gflops 100 --gbytes 12] [--rows 30]

--gflops and --gbytes are the float32 operations and the bytes of memory that one thread does in a
nanosecond (bench/README.md says how they are measured); with them each row says the percentage of
the nearer limit. --skip leaves out the first runs of each step, while caches are cold.
"""
import argparse
import collections
import json
import statistics


def table(events, skip, limits):
    steps, waits = collections.defaultdict(list), collections.defaultdict(float)
    for event in events:
        if event["name"] == "wait":
            waits[event["tid"]] += event["dur"]
            continue
        args = event["args"]
        key = (args["step"], event["name"], args["operands"], args["flop"], args["bytes"])
        steps[key].append((args["slice"], event["dur"]))
    rows = []
    for (step, name, operands, flop, size), runs in steps.items():
        slices = collections.defaultdict(list)
        for part, time in runs:
            slices[part].append(time)
        medians = [statistics.median(times[skip:] or times) for times in slices.values()]
        longest, runs_of_one = max(medians), max(len(times) for times in slices.values())
        share = 1 / len(slices)
        of_limit = ""
        if limits and longest > 0:
            least = max(flop * share / limits[0], size * share / limits[1]) / 1000
            of_limit = f"{100 * least / longest:.0f} %"
        rate = flop * share / longest / 1000 if longest else 0
        rows.append((longest * runs_of_one, step, name, operands, len(slices), runs_of_one, longest,
                     rate, of_limit))
    return sorted(rows, reverse=True), waits


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trace")
    parser.add_argument("--skip", type=int, default=10)
    parser.add_argument("--gflops", type=float)
    parser.add_argument("--gbytes", type=float)
    parser.add_argument("--rows", type=int, default=30)
    options = parser.parse_args()
    with open(options.trace, encoding="utf-8") as file:
        trace = json.load(file)
    limits = (options.gflops, options.gbytes) if options.gflops and options.gbytes else None
    rows, waits = table(trace["traceEvents"], options.skip, limits)
    total = sum(row[0] for row in rows)
    print("| share | step | op | operands | threads | runs | us | GF/s a thread | of limit |")
    print("|---|---|---|---|---|---|---|---|---|")
    for cost, step, name, operands, threads, runs, longest, rate, of_limit in rows[:options.rows]:
        name = name if len(name) <= 60 else name[:57] + "..."
        print(f"| {100 * cost / total:.1f} % | {step} | {name} | {operands.strip()} | {threads}"
              f" | {runs} | {longest:.2f} | {rate:.1f} | {of_limit} |")
    for thread, time in sorted(waits.items()):
        print(f"\nthread {thread} waited {time / 1000:.2f} ms")
    dropped = trace.get("otherData", {}).get("dropped", "0")
    if dropped != "0":
        print(f"\n{dropped} later events are not in the trace")


if __name__ == "__main__":
    main()
