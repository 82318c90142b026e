# SPDX-License-Identifier: Apache-2.0
"""A contestant with invented times, for compare.py --self-test."""
import argparse
import json
import sys


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--flavor")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--rows")
    arguments = parser.parse_args()
    flavor = arguments.flavor

    def answer(**fields):
        print(json.dumps(fields), flush=True)

    if flavor == "missing":
        return answer(skip="not installed (nothing)")
    answer(versions={"Fake": "1"}, checksum=7)
    for line in sys.stdin:
        _, _, _, mode, steps = line.split()
        if flavor == "dying":
            return None
        if flavor == "failing":
            answer(error="ValueError: no luck in ...")
            continue
        micros = float(flavor) / arguments.threads * (2 if mode == "fit" else 1)
        seconds = int(steps) * micros * 1e-6
        answer(seconds=seconds, cpu=seconds * 3, loss=1.0, variant="")
    return None


if __name__ == "__main__":
    main()
