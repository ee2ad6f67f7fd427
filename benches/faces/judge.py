#!/usr/bin/env python3
"""Do detectors trained on real photographs find our people, and do their points lie where our labels say?

    populace make recipes/judged.yaml -o DIR
    python benches/faces/judge.py DIR JUDGES.PY [-o TABLE.md]

JUDGES.PY is a file with `load(path)`, `faces(image)` and `mesh(image)` on MediaPipe 0.10.21 (`pip install "mediapipe==0.10.21" "numpy<2"`).
Counts faces that were found, and the distance between detected and labelled points as a share of the distance between the outer eye
corners, by Monk tone, sex and age. Only frontal faces count: |yaw| below 30 degrees against the camera.
"""
import argparse
import importlib.util
import json
from pathlib import Path

import numpy as np

# MediaPipe's face mesh -> iBUG-68, for points both define.
SAME_POINTS = {
    "eyes": {33: 36, 160: 37, 158: 38, 133: 39, 153: 40, 144: 41, 362: 42, 385: 43, 387: 44, 263: 45, 373: 46, 380: 47},
    "nose": {1: 30, 168: 27, 2: 33, 98: 31, 327: 35},
    "mouth": {61: 48, 291: 54, 0: 51, 17: 57, 13: 62, 14: 66, 78: 60, 308: 64},
}


def overlap(found, truth):
    """Intersection of a detected box (x0 y0 x1 y1) with the labelled one (x y width height), as a share of the smaller."""
    x, y, w, h = truth
    width = min(found[2], x + w) - max(found[0], x)
    height = min(found[3], y + h) - max(found[1], y)
    area = min((found[2] - found[0]) * (found[3] - found[1]), w * h)
    return max(width, 0) * max(height, 0) / max(area, 1e-9)


def judge(judges, directory):
    for path in sorted((directory / "annotations").glob("*.json")):
        labels = json.loads(path.read_text())
        person = labels["people"][0]
        if abs(person["head_pose"]["yaw_deg"]) >= 30:
            continue
        truth = np.array([point["px"] for point in person["landmarks"]])
        image = judges.load(directory / "images" / f"{path.stem}.png")
        boxes = judges.faces(image)
        mesh = judges.mesh(image)
        scale = np.linalg.norm(truth[36] - truth[45])
        result = {"attributes": labels["attributes"], "found": any(overlap(box, person["boxes"]["face"]) > 0.5 for box in boxes), "file": path.stem}
        if len(mesh):
            points = min(mesh[..., :2], key=lambda m: np.abs(m[1] - truth[30]).sum())
            for group, pairs in SAME_POINTS.items():
                result[group] = np.array([np.linalg.norm(points[a] - truth[b]) / scale for a, b in pairs.items()])
        yield result


def table(results):
    lines = ["| group | frontal faces | found | eyes % | nose % | mouth % | all points % |", "|---|---|---|---|---|---|---|"]

    def row(name, chosen):
        if not chosen:
            return
        found = sum(r["found"] for r in chosen)
        medians = []
        for groups in (["eyes"], ["nose"], ["mouth"], list(SAME_POINTS)):
            values = [v for r in chosen for g in groups if g in r for v in r[g]]
            medians.append(f"{100 * np.median(values):.1f}" if values else "none found")
        lines.append(f"| {name} | {len(chosen)} | {100 * found / len(chosen):.0f} % | " + " | ".join(medians) + " |")

    row("all", results)
    for tone in range(1, 11):
        row(f"Monk {tone}", [r for r in results if round(r["attributes"]["skin_tone"]) == tone])
    for sex in ("female", "male"):
        row(sex, [r for r in results if r["attributes"]["sex"] == sex])
    for low, high in ((0, 35), (35, 55), (55, 120)):
        row(f"{low}–{high} years", [r for r in results if low <= r["attributes"]["age_years"] < high])
    missed = [r["file"] for r in results if not r["found"]]
    lines.append("")
    lines.append("Not found: " + (", ".join(missed) if missed else "none") + ".")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("judges", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    spec = importlib.util.spec_from_file_location("judges", args.judges)
    judges = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(judges)
    text = table(list(judge(judges, args.directory)))
    print(text)
    if args.output:
        args.output.write_text(text + "\n")


if __name__ == "__main__":
    main()
