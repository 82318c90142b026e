# SPDX-License-Identifier: Apache-2.0
"""Turns the samples of compare.py into Markdown."""
import dataclasses
import os
import pathlib
import platform
import re
import statistics
import typing

OURS = "Keratin"
TITLES = {
    "step": "One step (`train_on_batch`; PyTorch: forward, backward, update)",
    "fit": "One step inside `fit`, with accuracy, no bar (PyTorch: a loop by hand)",
    "predict": "`predict_on_batch` of one batch (PyTorch: the net and softmax in inference mode)",
}
RATIO = re.compile(r"([0-9.]+)x")


class Sample(typing.NamedTuple):
    """Is the time of one slice, in microseconds per step."""
    workload: tuple
    title: str
    threads: int
    mode: str
    round: int
    micros: float
    cpu: float = 0.0
    variant: str = ""


class Failure(typing.NamedTuple):
    """Says who could not run what, and why."""
    title: str
    why: str
    what: str


@dataclasses.dataclass
class Run:
    """Is all that the text tells."""
    samples: list
    workloads: list
    titles: list
    absent: dict
    failed: list
    versions: dict
    modes: list
    rounds: int
    slice_seconds: float
    rows: int
    loads: list
    minutes: float
    rest: bool = True


def name_of(workload):
    net, batch, optimizer = workload
    return f"{net} b{batch} {optimizer}"


def cpu_name():
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def pick(samples, workload, title, mode):
    """Returns {threads: {round: microseconds}}."""
    found = {}
    for sample in samples:
        if (sample.workload, sample.title, sample.mode) == (workload, title, mode):
            found.setdefault(sample.threads, {})[sample.round] = sample.micros
    return found


def best(by_threads):
    """Returns (threads, {round: microseconds}) with the lowest median, or None."""
    if not by_threads:
        return None
    return min(by_threads.items(), key=lambda item: statistics.median(item[1].values()))


def ratio(theirs, ours):
    """Returns the median over the rounds of theirs / ours: load that both saw cancels out."""
    shared = [theirs[k] / ours[k] for k in theirs if k in ours]
    return statistics.median(shared) if shared else None


def number(value):
    digits = 0 if value >= 99.95 else 1 if value >= 9.995 else 2
    return f"{value:.{digits}f}"


def ratio_rows(run, mode):
    """Yields the cells of the table of ratios of one mode."""
    for workload in run.workloads:
        ours = best(pick(run.samples, workload, OURS, mode))
        cells = [name_of(workload), number(statistics.median(ours[1].values())) if ours else "-"]
        ratios = []
        for title in run.titles:
            if title == OURS:
                continue
            theirs = best(pick(run.samples, workload, title, mode))
            if not theirs:
                cells.append("-")
                continue
            threads, rounds = theirs
            times = ratio(rounds, ours[1]) if ours else None
            text = f"{times:.2f}x, " if times else ""
            cells.append(f"{number(statistics.median(rounds.values()))} ({text}{threads}t)")
            ratios += [times] if times else []
        yield [*cells, f"{min(ratios):.2f}x" if ratios else "-"]


def mean_row(rows):
    """Returns the geometric means of the ratios in the rows of a table of ratios."""
    columns = []
    for cells in zip(*[row[2:] for row in rows]):
        found = [float(match.group(1)) for match in map(RATIO.search, cells) if match]
        columns.append(f"{number(statistics.geometric_mean(found))}x" if found else "-")
    return ["geometric mean", "", *columns]


def with_mean(rows):
    rows = list(rows)
    return [*rows, mean_row(rows)]


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def fit_rows(run):
    """Yields how much longer a step takes inside fit, for each contestant."""
    for workload in run.workloads:
        cells = [name_of(workload)]
        for title in run.titles:
            step = best(pick(run.samples, workload, title, "step"))
            fit = best(pick(run.samples, workload, title, "fit"))
            value = ratio(fit[1], step[1]) if step and fit else None
            cells.append(f"{value:.2f}" if value else "-")
        yield cells


def all_rows(run):
    """Yields every measurement: median, lowest and highest of the rounds."""
    for workload in run.workloads:
        for title in run.titles:
            for mode in run.modes:
                for threads, rounds in sorted(pick(run.samples, workload, title, mode).items()):
                    values = list(rounds.values())
                    same = [sample for sample in run.samples
                            if sample[:4] == (workload, title, threads, mode)]
                    variants = {sample.variant for sample in same} - {""}
                    yield [name_of(workload), title, mode, str(threads),
                           number(statistics.median(values)), number(min(values)),
                           number(max(values)),
                           number(statistics.median(sample.cpu for sample in same)),
                           " ".join(sorted(variants))]


def failure_lines(run):
    """Yields one line for each contestant and reason."""
    cases = {}
    for title, why, what in run.failed:
        cases.setdefault((title, why), []).append(what)
    for (title, why), what in cases.items():
        yield f"- {title}: {why} ({'; '.join(what)})"


def markdown(run):
    """Returns the whole text."""
    others = [title for title in run.titles if title != OURS]
    head = ["workload", OURS, *others, "least ratio"]
    load = " to ".join(f"{value:.1f}" for value in run.loads)
    lines = ["# Training steps side by side", "",
             f"Processor: {cpu_name()}, {os.cpu_count()} cores. Load average {load}. "
             f"{run.minutes:.0f} minutes, {run.rounds} rounds in turn, slices of "
             f"{run.slice_seconds} s or one epoch of {run.rows} rows, float32, denormals flushed.",
             ""]
    for title in run.titles:
        versions = run.versions.get(title, {})
        text = ", ".join(f"{key} {value}" for key, value in versions.items())
        lines.append(f"- {title}: {run.absent.get(title) or text or 'took part'}")
    lines += ["", "Microseconds per step: the median; in brackets how many times Keratin's it is "
              "(median of the rounds) and the better number of threads."]
    for mode in run.modes:
        lines += ["", f"## {TITLES[mode]}", "", *table(head, with_mean(ratio_rows(run, mode)))]
    if {"step", "fit"} <= set(run.modes):
        lines += ["", "## Time inside `fit` / time of a step, each at its better number of threads",
                  "", *table(["workload", *run.titles], fit_rows(run))]
    if run.failed:
        lines += ["", "## Failed", "", *failure_lines(run)]
    if run.rest:
        lines += ["", "## All measurements", "",
                  *table(["workload", "contestant", "mode", "threads", "median", "min", "max",
                          "CPU time", "variant"], all_rows(run))]
    return "\n".join(lines)
