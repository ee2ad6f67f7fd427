#!/usr/bin/env python3
"""Synthetic tables, ours beside peers': how near they come to real rows, whether they copy, and what they cost.

    python benches/tables/quality.py TABLES [--only adult bank …] [--populace BINARY] [--repeats 1] [--python-mostlyai PYTHON] [--python-copula PYTHON] [--json FILE]
    python benches/tables/quality.py TABLES --speed [--populace BINARY]

TABLES/NAME holds `train.csv.gz` and `holdout.csv.gz`, two random halves of the table NAME. This Python wants mostlyai-qa, lightgbm, scikit-learn, pandas and pyarrow; the
peers of `peers.py` may live in others. Everyone learns the training half and makes as many rows, by turns, on two threads; `score.py` says what each figure of quality means. The
hold-out itself stands in the first row: what fresh real rows would get, and the predictor of its column is fitted to the training half.

- *learn*, *make*: wall seconds, with processor seconds in brackets; medians where there are repeats. Ours are whole programs from file to file; the peers' leave out
  starting Python, imports, reading and writing. *MB* is the largest resident memory of any of its programs, imports and data included.
- *membership* is the best attack of three.
- *CART* is synthpop's method; *ours, plain* is `make --plain`, where each row is drawn by itself; *ours* is refined.

`--speed` learns generated tables of 30 columns (`generated.py`), 100,000 and 1,000,000 rows of Parquet or those of `--rows`, and makes a million plain rows from the model of `adult`. It wants
pyarrow alone.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# No package is imported here: a program starts with the peak memory of the one that started it.
HERE = Path(__file__).resolve().parent
TARGETS = {"adult": "income", "bank": "y", "shoppers": "Revenue", "california": "median_house_value", "credit_default": "has_default"}


def measured(command):
    """Standard output, and wall seconds, processor seconds and largest resident megabytes of one program."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        started = time.monotonic()
        program = subprocess.Popen([str(word) for word in command], stdout=said, stderr=complained)
        _, status, usage = os.wait4(program.pid, 0)
        wall = time.monotonic() - started
        program.returncode = os.waitstatus_to_exitcode(status)
        for file in (said, complained):
            file.seek(0)
        if program.returncode:
            raise SystemExit(f"{command[0]} ended with {program.returncode}: {complained.read().decode(errors='replace')[-1000:]}")
        return said.read().decode(), {"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}


class Ours:
    def __init__(self, name, binary, *options):
        self.name, self.binary, self.options = name, binary, options

    def run(self, train, out):
        model = out.with_suffix(".model")
        _, learn = measured([self.binary, "learn", train, "-o", model, "--quiet"])
        _, make = measured([self.binary, "make", model, "-o", out, "--quiet", *self.options])
        return {"learn_s": learn["wall_s"], "learn_cpu_s": learn["cpu_s"], "make_s": make["wall_s"], "make_cpu_s": make["cpu_s"],
                "peak_mb": max(learn["peak_mb"], make["peak_mb"])}


class Peer:
    def __init__(self, name, python, key):
        self.name, self.python, self.key = name, python, key

    def run(self, train, out):
        said, usage = measured([self.python, HERE / "peers.py", self.key, train, out])
        return json.loads(said) | {"peak_mb": usage["peak_mb"]}


def synthesizers(arguments):
    """Those that can run here; who cannot is named."""
    chosen = [Peer("CART", sys.executable, "cart")]
    for key, name, package in (("mostlyai", "mostlyai-engine", "mostlyai.engine"), ("copula", "SDV Gaussian copula", "sdv.single_table")):
        python = getattr(arguments, f"python_{key}")
        if python and subprocess.run([python, "-c", f"import {package}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            chosen.append(Peer(name, python, key))
        else:
            print(f"{name} is left out: give a Python that has {package} as --python-{key}\n")
    return chosen + [Ours("**ours, plain**", arguments.populace, "--plain"), Ours("**ours**", arguments.populace)]


def one_table(name, arguments, chosen, folder):
    train, holdout = (arguments.tables / name / f"{half}.csv.gz" for half in ("train", "holdout"))
    costs = {each.name: [] for each in chosen}
    scores = {}
    for repeat in range(arguments.repeats):
        for index, each in enumerate(chosen):
            out = folder / f"{name}_{index}_{repeat}.csv"
            costs[each.name].append(each.run(train, out))
            if repeat == 0:
                references = [] if scores else ["--references"]
                said, _ = measured([sys.executable, HERE / "score.py", train, holdout, out, TARGETS[name], *references])
                scores[each.name] = json.loads(said)
    return {each.name: {key: statistics.median(cost[key] for cost in costs[each.name]) for key in costs[each.name][0]} | scores[each.name] for each in chosen}


def show(name, found):
    first = next(iter(found.values()))
    what = "R²" if name == "california" else "AUC"
    print(f"**{name}**, {first['rows']:,} rows\n")
    print(f"| | learn s (CPU) | make s (CPU) | MB | overall | DCR share, of all columns | identical % | C2ST | TSTR {what} | membership | TVD 2-way, to train / hold-out | 3-way | dependencies broken % |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    reference = {key: first[f"{key}_reference"] for key in ("overall", "dcr_share", "dcr_share_all", "c2st", "tstr", "tvd2", "tvd3")}
    # Each score draws other rows, and the library rounds to a tenth of a per cent.
    identical = statistics.mean(got["identical_reference"] for got in found.values())
    # Its share is that of one half of it beside the other. By symmetry, and its dependencies are those that hold in both halves.
    print(f"| hold-out | – | – | – | {reference['overall']:.4f} | {reference['dcr_share']:.3f}, {reference['dcr_share_all']:.3f} | {100 * identical:.1f} "
          f"| {reference['c2st']:.3f} | {reference['tstr']:.3f} | – | {reference['tvd2']:.4f} / – | {reference['tvd3']:.4f} / – | {'none of ' + str(first['dependencies']) if first['dependencies'] else 'has none'} |")
    for who, got in found.items():
        print(f"| {who} | {got['learn_s']:.1f} ({got['learn_cpu_s']:.1f}) | {got['make_s']:.1f} ({got['make_cpu_s']:.1f}) | {got['peak_mb']:.0f} | {got['overall']:.4f} "
              f"| {got['dcr_share']:.3f}, {got['dcr_share_all']:.3f} | {100 * got['identical']:.1f} | {got['c2st']:.3f} | {got['tstr']:.3f} "
              f"| {max(got[f'membership_{attack}'] for attack in ('nearest', 'ratio', 'density')):.3f} | {got['tvd2_train']:.4f} / {got['tvd2_holdout']:.4f} "
              f"| {got['tvd3_train']:.4f} / {got['tvd3_holdout']:.4f} | {'–' if got['broken'] is None else format(100 * got['broken'], '.1f')} |")
    print(flush=True)


def speed(arguments, folder):
    print("| program | rows | wall s | CPU s | MB | rows per wall s |\n|---|---|---|---|---|---|")

    def row(what, rows, usage):
        print(f"| {what} | {rows:,} | {usage['wall_s']:.1f} | {usage['cpu_s']:.1f} | {usage['peak_mb']:.0f} | {rows / usage['wall_s']:,.0f} |", flush=True)

    for rows in arguments.rows:
        table, model = folder / f"generated_{rows}.parquet", folder / "generated.model"
        measured([sys.executable, HERE / "generated.py", table, rows])
        _, usage = measured([arguments.populace, "learn", table, "-o", model, "--quiet"])
        row("`learn`, 30 columns of Parquet", rows, usage)
        table.unlink()
    model, rows = folder / "adult.model", 1_000_000
    measured([arguments.populace, "learn", arguments.tables / "adult/train.csv.gz", "-o", model, "--quiet"])
    for form in ("csv", "parquet"):
        _, usage = measured([arguments.populace, "make", model, "-n", rows, "--plain", "-o", folder / f"made.{form}", "--quiet"])
        row(f"`make --plain` of adult, to {form}", rows, usage)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", type=Path, help="the folder of tables")
    parser.add_argument("--only", nargs="+", choices=TARGETS, default=list(TARGETS), help="some of the tables")
    parser.add_argument("--populace", type=Path, default=HERE.parents[1] / "target/release/populace", help="the built program")
    parser.add_argument("--python-mostlyai", help="a Python with mostlyai-engine; without it that peer is left out")
    parser.add_argument("--python-copula", help="a Python with SDV; without it that peer is left out")
    parser.add_argument("--repeats", type=int, default=1, help="runs by turns, of which the first is scored")
    parser.add_argument("--speed", action="store_true", help="large tables instead of quality")
    parser.add_argument("--rows", type=lambda text: int(float(text)), nargs="+", default=[100_000, 1_000_000], help="sizes of the generated tables of --speed")
    parser.add_argument("--json", type=Path, help="also write every measurement there")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    with tempfile.TemporaryDirectory() as folder:
        if arguments.speed:
            speed(arguments, Path(folder))
            return
        chosen, found = synthesizers(arguments), {}
        for name in arguments.only:
            found[name] = one_table(name, arguments, chosen, Path(folder))
            show(name, found[name])
            if arguments.json:
                arguments.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
