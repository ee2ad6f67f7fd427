#!/usr/bin/env python3
"""A day of data sets in small: many are composed, trained on and scored on real data, and the winner is held against what the search never saw.

    python benches/trial/day.py adult target/release/populace ../shared/data/tables/adult /tmp/adult
    python benches/trial/day.py faces target/release/populace ../shared/data/faces_landmarks68 /tmp/faces

`adult`: a model is learned from the training table, 500 real rows are at hand besides, 100 data sets of made and real rows train boosted trees. `faces`: made faces train the built-in network to find 68 points; half of the real people
is what the search looks at, the other half what it never saw, cut as `landmarks.py` cuts them. Writes the plan beside the study (`plan.yaml`, `study/report.html`) and prints seconds. Needs nothing but Python. A study that was stopped goes on.
"""
import argparse
import csv
import gzip
import json
import subprocess
import time
from pathlib import Path

from landmarks import coco

ADULT = """trial: 1
name: adult
seed: 1
sources:
  made: {model: adult.model}
  real: {table: few.csv, weight: 0}
amount: 4000
knobs:
  amount: {of: amount, from: 500, to: 16000, scale: log}
  real: {of: weight real, values: [null, 0.02, 0.1]}
  rich: {of: "share income = '>50K'", from: 0.1, to: 0.9}
  heat: {of: temperature, values: [null, 0.8, 1.2]}
base: {amount: 4000}
learner: {trees: 100}
holdout: test.csv
target: income
metric: log_loss
groups: [sex, race]
budget: {trials: TRIALS, minutes: MINUTES, parallel: 2}
search: {method: model, halving: {rungs: 3, keep: 3}}
repeats: 5
"""

FACES = """trial: 1
name: faces
seed: 1
sources:
  made: {recipe: faces.yaml}
amount: AMOUNT
knobs:
  yaw: {of: set head.yaw_deg, values: [{normal: [0, 2]}, {normal: [0, 12]}, {normal: [0, 25], within: [-70, 70]}]}
  glasses: {of: set eyewear, values: [null, none]}
  camera: {of: learner camera, values: [null, 0]}
base: {yaw: {normal: [0, 2]}}
learner: {network: {landmarks: face_contour, steps: STEPS}}
holdout: {search: A/real.json, confirm: B/real.json}
groups: [turned]
slices: SLICES
budget: {trials: TRIALS, minutes: MINUTES}
search: {method: model, halving: {rungs: 2, keep: 3}}
repeats: 3
"""


def adult(asked):
    for name, half in (("train", "train"), ("test", "holdout")):
        (asked.out / f"{name}.csv").write_bytes(gzip.decompress((asked.real / f"{half}.csv.gz").read_bytes()))
    lines = (asked.out / "train.csv").read_text().splitlines()
    (asked.out / "few.csv").write_text("\n".join(lines[:501]) + "\n")
    if not (asked.out / "adult.model").exists():
        subprocess.run([asked.program, "-q", "learn", asked.out / "train.csv", "-o", asked.out / "adult.model"], check=True)
    return ADULT


def turned(points):
    """Where a face looks, in the picture: by how far the tip of its nose is from the outer corners of its eyes."""
    left, right = points[30][0] - points[36][0], points[45][0] - points[30][0]
    skew = (left - right) / (abs(left) + abs(right))
    return "left" if skew < -0.3 else "right" if skew > 0.3 else "ahead"


def faces(asked):
    listed = json.loads((asked.real / "landmarks.json").read_text())
    for half, name in enumerate("AB"):
        folder = asked.out / name
        folder.mkdir(exist_ok=True)
        mine = [one for one in listed if one["identity_index"] % 2 == half]
        for one in mine:
            picture = folder / Path(one["file"]).name
            if not picture.exists():
                picture.symlink_to((asked.real / one["file"]).resolve())
        coco(mine, folder / "real.json")
        with open(folder / "groups.csv", "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["turned"])
            table.writerows([[turned(one["landmarks68"])] for one in mine])
    recipe = Path(__file__).resolve().parents[1] / "people" / "transfer" / "faces.yaml"
    (asked.out / "faces.yaml").write_text(recipe.read_text().replace("labels: [boxes, landmarks]", "labels: [boxes, landmarks, contour_landmarks]"))
    return FACES


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("study", choices=["adult", "faces"])
    parser.add_argument("program", type=Path)
    parser.add_argument("real", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--trials", type=int, help="data sets, 100 of adult and 24 of faces unless said otherwise")
    parser.add_argument("--minutes", type=int)
    parser.add_argument("--amount", type=int, default=240, help="faces of a data set")
    parser.add_argument("--steps", type=int, default=1000, help="of the network")
    parser.add_argument("--slices", default="none", help="an attribute, such as age_years, whose thirds are weighed")
    asked = parser.parse_args()
    asked.program = asked.program.resolve()
    if not asked.real.is_dir():
        raise SystemExit(f"{asked.real} is not there: this bench needs real data")
    asked.out.mkdir(parents=True, exist_ok=True)
    plan = {"adult": adult, "faces": faces}[asked.study](asked)
    usual = {"adult": (100, 30), "faces": (24, 180)}[asked.study]
    values = {"TRIALS": asked.trials or usual[0], "MINUTES": asked.minutes or usual[1], "AMOUNT": asked.amount, "STEPS": asked.steps, "SLICES": asked.slices}
    for name, value in values.items():
        plan = plan.replace(name, str(value))
    (asked.out / "plan.yaml").write_text(plan.replace("slices: none\n", ""))
    began = time.monotonic()
    subprocess.run([asked.program, "trial", asked.out / "plan.yaml", "-o", asked.out / "study"], check=True)
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
