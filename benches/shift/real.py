"""Train on one half of the ages, foretell the other, and look.

A model (gradient boosting) is trained on the younger half of one half of a table. From the other half come the data that `populace shift` is
given: 2,000 rows of which OLD % are of the older half. It is asked about the older half alone (`only`), and about a population with both halves
alike (`share`); the truth is the model's accuracy on all older rows that were not given (for `share`, with all younger ones at equal weight).
With no older row at all it must refuse.

    python benches/shift/real.py POPULACE TABLES adult:income:>50K bank:y:yes credit_default:has_default:1 [--repeats 5] [--old 5]

TABLES holds NAME/train.csv.gz and NAME/holdout.csv.gz. Needs pandas and scikit-learn. Prints, in points of accuracy, for each route the error of
each repeat's figure (mean absolute) and how many 95 % intervals hold the truth; 3S is the synthetic test of van Breugel et al. 2023 by the same learned populations.
"""
import argparse, json, re, subprocess, tempfile, pathlib, resource
import numpy as np, pandas as pd
from scipy.stats import t as student
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

options = argparse.ArgumentParser()
options.add_argument("populace")
options.add_argument("tables")
options.add_argument("cases", nargs="+")
options.add_argument("--repeats", type=int, default=5)
options.add_argument("--old", type=float, default=5)
options.add_argument("--rows", type=int, default=2000)
options.add_argument("--members", type=int, default=6)
options = options.parse_args()


def number(text):
    return float(text.replace("\u00a0", "").replace("%", "").strip()) / (100 if "%" in text else 1)


def run(folder, target, only_members):
    command = [options.populace, "-q", "shift", "--data", folder / "data.csv", "--target", target, "--predictions", folder / "said.csv",
               "--to", folder / "shift.yaml", "-o", folder / "shift.html", "--json", "--members", str(only_members), "--draws", "5000"]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)["sections"][0]["findings"]


for case in options.cases:
    name, target, yes = case.split(":")
    parts = [pd.read_csv(f"{options.tables}/{name}/{half}.csv.gz") for half in ("holdout", "train")]
    middle = parts[0]["age"].median()
    y = [(part[target].astype(str) == yes).astype(int) for part in parts]
    x = [part.drop(columns=[target]) for part in parts]
    words = [c for c in x[0] if not pd.api.types.is_numeric_dtype(x[0][c])]
    model = make_pipeline(
        make_column_transformer((OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), words), remainder="passthrough"),
        HistGradientBoostingClassifier(max_iter=100, random_state=0),
    )
    young = x[0]["age"] < middle
    model.fit(x[0][young], y[0][young])
    said = model.predict_proba(x[1])[:, 1]
    right = (said >= 0.5) == (y[1] == 1)
    old = (x[1]["age"] >= middle).to_numpy()
    errors = {}
    for repeat in range(options.repeats):
        random = np.random.RandomState(repeat)
        few = round(options.rows * options.old / 100)
        given = np.concatenate([random.choice(np.where(~old)[0], options.rows - few, False), random.choice(np.where(old)[0], few, False)])
        random.shuffle(given)
        rest = np.ones(len(old), bool)
        rest[given] = False
        truths = {"only": right[rest & old].mean()}
        truths["share"] = (right[rest & old].mean() + right[rest & ~old].mean()) / 2
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "shift.yaml").write_text(
                f'shift: 1\npopulations:\n  only: {{only: "age >= {middle}"}}\n  share: {{share: {{"age >= {middle}": 50%}}}}\n')
            write = lambda rows: (parts[1].iloc[rows].to_csv(folder / "data.csv", index=False),
                                  pd.DataFrame({"prediction": said[rows].round(6)}).to_csv(folder / "said.csv", index=False))
            write(given)
            for kind, finding in zip(("only", "share"), run(folder, target, options.members)):
                truth = truths[kind]
                for route, value, low, high, _ in finding["details"][0]["table"]["rows"]:
                    value, low, high = number(value), number(low), number(high)
                    errors.setdefault((kind, route), []).append((abs(value - truth), low <= truth <= high))
                rows = {row[0]: row[1] for row in finding["details"][1]["table"]["rows"]}
                mean, spread = map(float, rows["members' own figures"].split(" ± "))
                reach = student.ppf(0.975, options.members - 1) * spread
                errors.setdefault((kind, "3S"), []).append((abs(mean - truth), abs(mean - truth) <= reach))
            if repeat == 0:
                write(given[~old[given]])
                refused = ["not_computed" in finding["outcome"] for finding in run(folder, target, 0)]
    print(f"{name}: {old.sum()} of {len(old)} rows are {middle:.0f} or older; accuracy below {right[~old].mean():.3f}, from there on {right[old].mean():.3f}; "
          f"without any older row {sum(refused)} of 2 populations are refused")
    for (kind, route), found in errors.items():
        found = np.array(found, float)
        print(f"  {kind:6} {route:12} mean absolute error {100 * found[:, 0].mean():5.2f}   intervals that hold the truth {int(found[:, 1].sum())} of {len(found)}", flush=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{used.ru_utime:.0f} CPU-seconds in populace")
