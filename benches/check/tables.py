"""CPU seconds and peak memory of `populace check` beside the Python packages that compute the same measures.

    pip install mostlyai-qa==1.10.11 sdmetrics==0.32.0 anonymeter==1.1.0
    python3 benches/check/tables.py DIR [--binary target/release/populace] [--only populace|sdmetrics|mostlyai|anonymeter]

DIR holds train.csv.gz and holdout.csv.gz; rows to judge are made from the training rows by `populace learn` and `make`. Each package runs in a process of its own on what
it shares with `check`: accuracies of columns, pairs and triples with `mostlyai-qa` (its bins and counts, without the embedding), shapes and trends with `sdmetrics`, and the attacks of
`anonymeter` with as many targets as `check` has (2,000 linked in three ways; 1,000 for each secret; 1,000 conditions). CPU time is that of all threads.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

PEERS = ["sdmetrics", "mostlyai", "anonymeter"]


def measured(command):
    """CPU seconds, peak MiB, and wall seconds of a command."""
    import time

    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = child.stderr.read().decode()[-2000:]
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{command[0]} failed: {errors}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, wall


def tables(folder):
    import pandas as pd

    folder = pathlib.Path(folder)
    return [pd.read_csv(folder / name) for name in ("train.csv", "synthetic.csv", "holdout.csv")]


def peer(name, folder):
    train, synthetic, holdout = tables(folder)
    numbers = [column for column in train.columns if train[column].dtype.kind in "if"]
    if name == "sdmetrics":
        from sdmetrics.reports.single_table import QualityReport

        metadata = {"columns": {c: {"sdtype": "numerical" if c in numbers else "categorical"} for c in train.columns}}
        for other in (synthetic, holdout):
            QualityReport().generate(train, other, metadata, verbose=False)
    elif name == "mostlyai":
        from mostlyai.qa._accuracy import bin_data, calculate_bivariates, calculate_trivariates, calculate_univariates
        from mostlyai.qa._sampling import harmonize_dtype

        def prepared(table):
            table = table.apply(harmonize_dtype)
            table.columns = ["tgt::" + column for column in table.columns]
            return table

        own, bins = bin_data(prepared(train), bins=10)
        for other in (synthetic, holdout):
            binned, _ = bin_data(prepared(other), bins=bins)
            for measure in (calculate_univariates, calculate_bivariates, calculate_trivariates):
                measure(own, binned)
    else:
        import random

        from anonymeter.evaluators import InferenceEvaluator, LinkabilityEvaluator, SinglingOutEvaluator

        for mode, columns in (("univariate", 1), ("multivariate", 3)):
            SinglingOutEvaluator(train, synthetic, n_attacks=1000, n_cols=columns, control=holdout, max_attempts=150_000).evaluate(mode=mode)
        dice = random.Random(0)
        for _ in range(3):
            order = list(train.columns)
            dice.shuffle(order)
            first, second = order[: len(order) // 2], order[len(order) // 2 :]
            LinkabilityEvaluator(train, synthetic, aux_cols=(first, second), n_attacks=2000, control=holdout).evaluate(n_jobs=1)
        for secret in train.columns:
            known = [column for column in train.columns if column != secret]
            InferenceEvaluator(train, synthetic, aux_cols=known, secret=secret, n_attacks=1000, control=holdout).evaluate(n_jobs=1)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("data")
    arguments.add_argument("--binary", default="target/release/populace")
    arguments.add_argument("--only")
    arguments.add_argument("--peer", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.peer:
        peer(given.peer, given.data)
        return
    import gzip
    import shutil

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name in ("train", "holdout"):
            with gzip.open(pathlib.Path(given.data) / f"{name}.csv.gz") as source, open(folder / f"{name}.csv", "wb") as copy:
                shutil.copyfileobj(source, copy)
        quiet = [given.binary, "-q"]
        subprocess.run([*quiet, "learn", folder / "train.csv", "-o", folder / "table.model"], check=True)
        subprocess.run([*quiet, "make", folder / "table.model", "-o", folder / "synthetic.csv"], check=True)
        print(f"{'program':<12} {'CPU s':>8} {'wall s':>8} {'MiB':>7}")
        for name in ["populace", *PEERS]:
            if given.only and given.only != name:
                continue
            if name == "populace":
                command = [*quiet, "check", folder / "synthetic.csv", "--real", folder / "train.csv", "--holdout", folder / "holdout.csv", "-o", folder / "report.html"]
            else:
                command = [sys.executable, __file__, str(folder), "--peer", name]
            cpu, memory, wall = measured([str(part) for part in command])
            print(f"{name:<12} {cpu:8.1f} {wall:8.1f} {memory:7.0f}", flush=True)


if __name__ == "__main__":
    main()
