"""Makes three small tables of nobody, and what mostlyai-qa, sdmetrics and anonymeter say of them.

    pip install mostlyai-qa==1.10.11 sdmetrics==0.32.0 anonymeter==1.1.0
    python3 agree.py

writes train.csv, synthetic.csv, holdout.csv and values.json beside this file; `crates/check/tests/agreement.rs` compares.
"""

import json
import pathlib
import random

import numpy as np
import pandas as pd
from anonymeter.evaluators import InferenceEvaluator, LinkabilityEvaluator
from mostlyai.qa._accuracy import bin_data, calculate_bivariates, calculate_trivariates, calculate_univariates
from mostlyai.qa._sampling import harmonize_dtype
from sdmetrics.reports.single_table import QualityReport
from sdmetrics.reports.single_table._properties import ColumnPairTrends

HERE = pathlib.Path(__file__).parent
ROWS = 600
# The ways to part the columns that the report tries with seed 0, told by its own table.
SPLITS = json.loads((HERE / "splits.json").read_text()) if (HERE / "splits.json").exists() else []


def person(dice, drift):
    town = dice.choices(["Aalen", "Bremen", "Celle", "Dessau", "Essen", "Fulda", "Gera", "Halle", "Jena", "Kiel", "Lübeck", "Mainz"], range(24, 0, -2))[0]
    age = int(min(95, max(18, dice.gauss(44 + 3 * drift, 15))))
    plan = dice.choices(["basic", "plus", "pro"], [5, 3 + drift, 1 + age / 60])[0]
    income = round(max(5, dice.gauss(20 + age * 0.4 + 12 * (plan == "pro"), 9)), 2)
    hours = dice.choice([0, 10, 20, 30, 35, 40]) if drift == 0 or dice.random() < 0.9 else 40
    churn = "yes" if dice.random() < 0.15 + 0.2 * (plan == "basic") else "no"
    bonus = "" if dice.random() < 0.2 else f"{dice.gauss(3, 1):.1f}"
    channel = "" if dice.random() < 0.1 else dice.choice(["shop", "web", "phone"])
    since = pd.Timestamp("2015-01-01") + pd.Timedelta(days=int(dice.triangular(0, 3000, 2500)))
    return [town, age, plan, income, hours, churn, bonus, channel, since.strftime("%Y-%m-%d")]


NAMES = ["town", "age", "plan", "income", "hours", "churn", "bonus", "channel", "since"]


def tables():
    dice = random.Random(20)
    train = [person(dice, 0) for _ in range(ROWS)]
    holdout = [person(dice, 0) for _ in range(ROWS)]
    synthetic = [person(dice, 1) for _ in range(ROWS - 120)] + [list(row) for row in train[:120]]
    for name, rows in [("train", train), ("synthetic", synthetic), ("holdout", holdout)]:
        pd.DataFrame(rows, columns=NAMES).to_csv(HERE / f"{name}.csv", index=False, lineterminator="\n")


def read(name):
    return pd.read_csv(HERE / f"{name}.csv", parse_dates=["since"])


def accuracies(train, other):
    def prepared(table):
        table = table.apply(harmonize_dtype)
        table.columns = ["tgt::" + column for column in table.columns]
        return table

    train, bins = bin_data(prepared(train), bins=10)
    other, _ = bin_data(prepared(other), bins=bins)
    found = {}
    for name, measure in [("univariate", calculate_univariates), ("bivariate", calculate_bivariates), ("trivariate", calculate_trivariates)]:
        found[name] = float(measure(train, other)["accuracy"].mean())
    found["accuracy"] = float(np.mean(list(found.values())))
    return found


def quality(train, other):
    kinds = {"town": "categorical", "plan": "categorical", "churn": "categorical", "channel": "categorical", "since": "datetime"}
    metadata = {"columns": {name: {"sdtype": kinds.get(name, "numerical")} for name in NAMES}}
    metadata["columns"]["since"]["datetime_format"] = "%Y-%m-%d"
    report = QualityReport()
    report.generate(train, other, metadata, verbose=False)
    scores = report.get_properties().set_index("Property")["Score"]
    every = ColumnPairTrends()
    return {
        "column_shapes": float(scores["Column Shapes"]),
        "pair_trends": float(scores["Column Pair Trends"]),
        "pair_trends_all": float(every.get_score(train.copy(), other.copy(), metadata)),
    }


def plain(table):
    """Without what anonymeter takes otherwise: missing values, and dates as categories."""
    return table.drop(columns=["bonus", "channel", "since"])


def attacks(train, synthetic, holdout):
    found = {"inference": {}, "linkability": []}
    for secret in train.columns:
        known = [column for column in train.columns if column != secret]
        evaluator = InferenceEvaluator(train, synthetic, aux_cols=known, secret=secret, regression=train[secret].dtype.kind in "if", n_attacks=ROWS, control=holdout)
        evaluator.evaluate(n_jobs=1)
        results = evaluator.results()
        found["inference"][secret] = [int(results.n_success), int(results.n_control)]
    for first in SPLITS:
        second = [column for column in train.columns if column not in first]
        evaluator = LinkabilityEvaluator(train, synthetic, aux_cols=(first, second), n_attacks=ROWS, control=holdout)
        evaluator.evaluate(n_jobs=1)
        results = evaluator.results()
        risk = evaluator.risk()
        found["linkability"].append({"first": first, "linked": [int(results.n_success), int(results.n_control)], "risk": float(risk.value)})
    return found


tables()
train, synthetic, holdout = read("train"), read("synthetic"), read("holdout")
values = {
    "synthetic": accuracies(train, synthetic) | quality(train, synthetic),
    "holdout": accuracies(train, holdout) | quality(train, holdout),
    "attacks": attacks(plain(train), plain(synthetic), plain(holdout)),
}
(HERE / "values.json").write_text(json.dumps(values, indent=1) + "\n")
print(json.dumps(values, indent=1))
