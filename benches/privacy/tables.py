#!/usr/bin/env python3
"""Tables under differential privacy, ours beside peers: what the same budget buys, and what it costs in time.

    python benches/privacy/tables.py TABLE [--target income] [--epsilon 0.3 1 3 10] [--delta 1e-9] [--populace BINARY] [--repeats 3] [--python-dpmm PYTHON]
                                     [--dpmm mst aim] [--cap 420] [--json FILE]

TABLE holds `train.csv.gz` and `holdout.csv.gz`, two random halves of one table. This Python wants lightgbm, scikit-learn and pandas; `--python-dpmm` one with dpmm 0.1.9. Everyone learns the
training half under the same (ε, δ) and makes as many rows, on two threads. Neighbouring tables differ in one row that is added or removed.

- *declared*: the values of categories and the ranges of numbers are taken as known to everybody, from both halves, as dpmm demands; how numbers are cut is found under the budget
  (dpmm: a tenth of ε for PrivTree). *nothing declared*: kinds, ranges and values are found under the same budget.
- *TVD*: mean total variation distance of the 2- and 3-way marginals to the training half, in the bins of `benches/tables/score.py`; *TSTR*: area under the curve of a booster that was fitted to the made
  rows and is tested on the hold-out. The first row is what the hold-out itself gets, and a booster fitted to the training half.
- *learn*: wall seconds, processor seconds in brackets, resident MB; ours is the whole program from file to file, the peer's its fit and sampling alone. Medians of the repeats.

A peer that is not finished after `--cap` wall seconds is ended.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tables"))
from quality import measured  # noqa: E402

SEED = 2024


def half(folder, name):
    return next(folder / f"{name}{end}" for end in (".csv.gz", ".csv") if (folder / f"{name}{end}").exists())


def declare(train, holdout, out):
    """What everybody knows: the values of categories and the ranges of numbers, as a columns file."""
    import pandas as pd

    both = pd.concat([pd.read_csv(path, low_memory=False) for path in (train, holdout)])
    lines = ["columns:"]
    for name, column in both.items():
        quoted = json.dumps(name)
        if column.dtype.kind in "if":
            written = pd.concat([pd.read_csv(path, dtype=str)[name] for path in (train, holdout)]).dropna()
            decimals = int(written.str.partition(".")[2].str.len().max())
            lines.append(f"  {quoted}: {{kind: number, decimals: {decimals}, range: [{column.min()}, {column.max()}]}}")
        else:
            values = ", ".join(json.dumps(value, ensure_ascii=False) for value in sorted(column.dropna().unique()) if value != "?")
            lines.append(f"  {quoted}: {{kind: category, values: [{values}]}}")
    out.write_text("\n".join(lines) + "\n")


def ours(binary, train, columns, epsilon, delta, rows, out):
    model = out.with_suffix(".model")
    options = ["--columns", columns] if columns else []
    _, learn = measured([binary, "learn", train, "-o", model, "--epsilon", epsilon, "--delta", delta, "--quiet", *options])
    _, make = measured([binary, "make", model, "--rows", rows, "-o", out, "--quiet"])
    return {"learn_s": learn["wall_s"], "cpu_s": learn["cpu_s"], "make_s": make["wall_s"], "peak_mb": max(learn["peak_mb"], make["peak_mb"])}


DPMM = '''
import json, os, sys, time
import pandas as pd
kind, train, holdout, epsilon, delta, seed, out = sys.argv[1:]
from dpmm.pipelines import AIMPipeline, MSTPipeline
table, other = (pd.read_csv(path, low_memory=False) for path in (train, holdout))
both, domain = pd.concat([table, other]), {}
for name in table:
    if table[name].dtype.kind in "if" and table[name].nunique() > 10:
        cast = int if table[name].dtype.kind == "i" else float
        domain[name] = {"lower": cast(both[name].min()), "upper": cast(both[name].max())}
    else:
        values = sorted(both[name].astype(str).unique().tolist())
        table[name] = pd.Categorical(table[name].astype(str), categories=values)
        domain[name] = {"categories": values}
pipeline = {"mst": MSTPipeline, "aim": AIMPipeline}[kind]
model = pipeline(epsilon=0.9 * float(epsilon), proc_epsilon=0.1 * float(epsilon), delta=float(delta), n_jobs=2, max_model_size=None if kind == "mst" else 80)
wall, cpu = time.time(), sum(os.times()[:4])
model.fit(table, domain, random_state=int(seed))
learned, used = time.time(), sum(os.times()[:4])
rows = model.generate(n_records=len(table), random_state=int(seed))
rows[list(table)].to_csv(out, index=False)
print("\\n@" + json.dumps({"learn_s": learned - wall, "cpu_s": used - cpu, "make_s": time.time() - learned}))
'''


def dpmm(python, kind, train, holdout, epsilon, delta, out, cap):
    """What one of dpmm's pipelines took, or None where it was not finished in time."""
    words = ["timeout", cap, python, "-c", DPMM, kind, train, holdout, epsilon, delta, SEED, out]
    try:
        said, usage = measured([str(word) for word in words])
    except SystemExit as ended:
        if "ended with 124" in str(ended):
            return None
        raise
    return json.loads(said.rpartition("@")[2]) | {"peak_mb": usage["peak_mb"]}


def score(train, holdout, made, target):
    program = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); import score as s; import pandas as pd; p = sys.argv[2:];"
        "t = s.read(p[0]); h = s.read(p[1], t); m = s.read(p[2], t);"
        "print(json.dumps(s.marginals(t, h, m, True) | s.usefulness(t, h, m, p[3], True)))"
    )
    said, _ = measured([sys.executable, "-c", program, HERE.parent / "tables", train, holdout, made, target])
    return json.loads(said)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--target", default="income")
    parser.add_argument("--epsilon", type=float, nargs="+", default=[0.3, 1, 3, 10])
    parser.add_argument("--delta", type=float, default=1e-9)
    parser.add_argument("--populace", type=Path, default=HERE.parents[1] / "target/release/populace")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--python-dpmm", type=Path)
    parser.add_argument("--dpmm", nargs="*", default=["mst", "aim"], choices=["mst", "aim"])
    parser.add_argument("--cap", type=int, default=420)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    train, holdout = half(arguments.table, "train"), half(arguments.table, "holdout")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        columns, out = folder / "columns.yaml", folder / "made.csv"
        declare(train, holdout, columns)
        rows = sum(1 for _ in __import__("pandas").read_csv(train, usecols=[0]).index)
        runs = [("**ours**, declared", lambda e: ours(arguments.populace, train, columns, e, arguments.delta, rows, out), arguments.repeats),
                ("**ours**, nothing declared", lambda e: ours(arguments.populace, train, None, e, arguments.delta, rows, out), arguments.repeats)]
        if arguments.python_dpmm:
            for kind in arguments.dpmm:
                runs.append((f"dpmm {kind.upper()}", lambda e, kind=kind: dpmm(arguments.python_dpmm, kind, train, holdout, e, arguments.delta, out, arguments.cap), 1))
        results, reference = [], None
        print("| ε | | TVD 2-way | TVD 3-way | TSTR | learn s (CPU) | make s | MB |\n|---|---|---|---|---|---|---|---|")
        for epsilon in arguments.epsilon:
            for name, run, repeats in runs:
                found = []
                for _ in range(repeats):
                    used = run(epsilon)
                    if used is None:
                        break
                    found.append(used | score(train, holdout, out, arguments.target))
                if not found:
                    print(f"| {epsilon:g} | {name} | not finished after {arguments.cap} s | | | | | |", flush=True)
                    results.append({"epsilon": epsilon, "who": name})
                    continue
                middle = {key: statistics.median(one[key] for one in found) for key in found[0] if isinstance(found[0][key], (int, float))}
                if reference is None:
                    reference = middle
                    print(f"| | hold-out | {middle['tvd2_reference']:.4f} | {middle['tvd3_reference']:.4f} | {middle['tstr_reference']:.3f} | | | |")
                results.append({"epsilon": epsilon, "who": name, "runs": found})
                print(f"| {epsilon:g} | {name} | {middle['tvd2_train']:.4f} | {middle['tvd3_train']:.4f} | {middle['tstr']:.3f} | "
                      f"{middle['learn_s']:.1f} ({middle['cpu_s']:.1f}) | {middle['make_s']:.1f} | {middle['peak_mb']:.0f} |", flush=True)
        if arguments.json:
            arguments.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
