#!/usr/bin/env python3
"""Do detectors trained on real photographs find our bodies and hands, and do their joints lie where our labels say?

    populace make recipes/bodies-balanced.yaml --set count=160 -o bodies
    populace make recipes/hands-gestures.yaml --set count=120 -o hands
    python benches/people/judge.py JUDGES.PY --bodies bodies --hands hands [-o TABLE.md]

JUDGES.PY is a file with `load(path)`, `pose(image)` and `hands(image)` on MediaPipe 0.10.21 (`pip install "mediapipe==0.10.21" "numpy<2"`).
Only people and hands count of whose joints the label calls at least 60 % visible. Bodies: share found, and the distance of 12 joints (shoulders to
ankles) as a share of the labelled person's height in the picture. Hands: share found, and the mean distance of 21 joints as a share of the hand's
size (the longer side of the box around its labelled joints). Medians, by Monk tone, age and BMI; groups below ten samples are left out.
"""
import argparse
import importlib.util
import json
from pathlib import Path

import numpy as np

# COCO's joints 5..16 among MediaPipe's 33.
POSE = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
LEAST_VISIBLE = 0.6
LEAST_GROUP = 10


def bands(labels):
    """The groups a sample belongs to."""
    row, measured = labels["attributes"], labels["people"][0]["measured"]
    tone, age, bmi = row["skin_tone"], row["age_years"], measured["bmi_kg_m2"]
    band = lambda value, edges: next((f"{a}-{b}" for a, b in zip(edges, edges[1:]) if value < b), f"{edges[-2]}-{edges[-1]}")
    return [("all", ""), ("Monk tone", band(tone, [1, 4, 7, 10.1])), ("age", band(age, [0, 13, 40, 65, 91])),
            ("BMI", band(bmi, [12, 19, 25, 32, 51])), ("sex", row["sex"])]


def pixels(points):
    return np.array([p["px"] or [np.nan, np.nan] for p in points], float)


def bodies(judges, directory):
    for path in sorted((directory / "annotations").glob("*.json")):
        labels = json.loads(path.read_text())
        points = labels["people"][0]["keypoints"][:17]
        if np.mean([p["visible"] for p in points]) < LEAST_VISIBLE:
            continue
        image = judges.load(directory / "images" / f"{path.stem}.png")
        found = judges.pose(image)
        truth = pixels(points)
        height = np.ptp(pixels(labels["people"][0]["keypoints"][:23])[:, 1])
        error = np.nan
        if len(found):
            away = np.linalg.norm(found[POSE, :2] - truth[5:], axis=1) / height
            error = float(np.nanmedian(away))
            # A skeleton somewhere else is not this person.
            if error > 0.25:
                error = np.nan
        yield labels, error, path.stem


def hands(judges, directory):
    for path in sorted((directory / "annotations").glob("*.json")):
        labels = json.loads(path.read_text())
        image = None
        for side, hand in enumerate(labels["people"][0]["hands"]):
            inside = np.mean([p["inside"] for p in hand["joints"]])
            if hand["visible_share"] < LEAST_VISIBLE or inside < 1 or not hand["box"]:
                continue
            truth = pixels(hand["joints"])
            size = max(np.ptp(truth, axis=0))
            if size < 40:
                continue
            image = judges.load(directory / "images" / f"{path.stem}.png") if image is None else image
            found = judges.hands(image)["points"][:, :, :2]
            errors = [np.mean(np.linalg.norm(one - truth, axis=1)) / size for one in found]
            error = min(errors, default=np.nan)
            yield labels, error if error < 0.5 else np.nan, f"{path.stem} {'right left'.split()[side]} {labels['attributes']['hands.right']}"


def table(title, rows, limit):
    groups = {}
    for labels, error, _ in rows:
        for band in bands(labels):
            groups.setdefault(band, []).append(error)
    lines = [f"### {title}", "", "| group | | n | found | median error | 90 % |", "|---|---|---|---|---|---|"]
    for (kind, band), errors in sorted(groups.items()):
        errors = np.array(errors, float)
        if kind != "all" and len(errors) < LEAST_GROUP:
            continue
        got = errors[~np.isnan(errors)]
        middle, most = (np.median(got), np.quantile(got, 0.9)) if len(got) else (np.nan, np.nan)
        lines.append(f"| {kind} | {band} | {len(errors)} | {100 * len(got) / len(errors):.1f} % | {100 * middle:.1f} % | {100 * most:.1f} % |")
    missed = [name for _, error, name in rows if np.isnan(error)]
    lines += ["", f"Missed: {', '.join(missed) or 'none'}.", f"Bar: found in at least 97 %, {limit}.", ""]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("judges", type=Path)
    parser.add_argument("--bodies", type=Path)
    parser.add_argument("--hands", type=Path)
    parser.add_argument("-o", "--out", type=Path)
    options = parser.parse_args()
    spec = importlib.util.spec_from_file_location("judges", options.judges)
    judges = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(judges)
    text = ""
    if options.bodies:
        text += table("Bodies", list(bodies(judges, options.bodies)), "no group more than 2 points below another")
    if options.hands:
        text += table("Hands", list(hands(judges, options.hands)), "joints within 8 % of the hand's size in the median")
    print(text)
    if options.out:
        options.out.write_text(text)


if __name__ == "__main__":
    main()
