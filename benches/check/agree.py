"""Numbers of `populace check` beside those of `mostlyai-qa` and `sdmetrics` on real tables.

    pip install mostlyai-qa==1.10.11 sdmetrics==0.32.0
    python3 benches/check/agree.py DIR [--binary target/release/populace]

DIR holds train.csv.gz and holdout.csv.gz; rows to judge are made from the training rows. Columns are what `check` takes them for, so that only definitions are compared.
"""

import argparse
import gzip
import json
import pathlib
import shutil
import subprocess
import tempfile
import warnings

import pandas as pd
from mostlyai.qa._accuracy import bin_data, calculate_bivariates, calculate_trivariates, calculate_univariates
from mostlyai.qa._sampling import harmonize_dtype
from sdmetrics.reports.single_table import QualityReport
from sdmetrics.reports.single_table._properties import ColumnPairTrends

warnings.filterwarnings("ignore")
arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("data", type=pathlib.Path)
arguments.add_argument("--binary", default="target/release/populace")
given = arguments.parse_args()


def prepared(table):
    table = table.apply(harmonize_dtype)
    table.columns = ["tgt::" + column for column in table.columns]
    return table


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    for name in ("train", "holdout"):
        with gzip.open(given.data / f"{name}.csv.gz") as source, open(folder / f"{name}.csv", "wb") as copy:
            shutil.copyfileobj(source, copy)
    run = lambda *words: subprocess.run([given.binary, "-q", *map(str, words)], check=True, capture_output=True, text=True).stdout
    run("learn", folder / "train.csv", "-o", folder / "table.model")
    run("make", folder / "table.model", "-o", folder / "synthetic.csv")
    kinds = {column["name"]: column["is"] for column in json.loads(run("learn", folder / "train.csv", "--kinds", "--json"))["columns"]}
    report = json.loads(run("check", folder / "synthetic.csv", "--real", folder / "train.csv", "--holdout", folder / "holdout.csv", "-o", folder / "report.html", "--json"))
    numbers = [name for name, kind in kinds.items() if kind.startswith("number")]
    read = lambda name: pd.read_csv(folder / f"{name}.csv", dtype={c: "float64" if c in numbers else "string" for c in kinds}, keep_default_na=False, na_values={c: ["", "NA"] for c in numbers})
    train, synthetic = read("train"), read("synthetic")

ours = {finding["id"]: finding["outcome"].get("computed", {}).get("value") for finding in report["sections"][0]["findings"]}
own, bins = bin_data(prepared(train), bins=10)
other, _ = bin_data(prepared(synthetic), bins=bins)
theirs = {}
for name, measure in (("univariate", calculate_univariates), ("bivariate", calculate_bivariates), ("trivariate", calculate_trivariates)):
    theirs[f"fidelity.{name}"] = float(measure(own, other)["accuracy"].mean())
metadata = {"columns": {c: {"sdtype": "numerical" if c in numbers else "categorical"} for c in kinds}}
quality = QualityReport()
quality.generate(train, synthetic, metadata, verbose=False)
scores = quality.get_properties().set_index("Property")["Score"]
theirs["fidelity.column_shapes"] = float(scores["Column Shapes"])
theirs["fidelity.pair_trends"] = float(scores["Column Pair Trends"])
theirs["fidelity.pair_trends_all"] = float(ColumnPairTrends().get_score(train.copy(), synthetic.copy(), metadata))
print(f"{'number':<26} {'populace':>10} {'package':>10} {'difference':>11}")
for name, value in theirs.items():
    print(f"{name:<26} {ours[name]:10.6f} {value:10.6f} {ours[name] - value:+11.6f}")
