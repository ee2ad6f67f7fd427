#!/usr/bin/env python3
"""How far our faces lie from real ones, group by group, in a fixed space that was made from real faces.

    populace make benches/people/transfer/faces.yaml -o made/faces
    python benches/people/realism.py ../shared/data/faces_fairface made/faces

Needs `pip install dlib-bin face_recognition_models numpy pillow setuptools`. The space is dlib's face embedding (a ResNet-29 of 128 numbers, trained on
three million real faces; King 2017), on faces that dlib's own detector finds and its five points align: stated, downloaded as a package, never trained
here. Distances are squared kernel distances (unbiased MMD^2 with the cubic kernel of KID, Binkowski et al. 2018), x 1000, with the standard error of
50 random halves. Beside each stands the distance between two halves of the real group itself, which is 0 but for noise, and between the real group and
the real faces of the other ancestries, which says how large a distance is.

Groups: FairFace's Black, East and Southeast Asian, and White faces beside ours of more than 60 % African, Asian and European ancestry; ages; sex.
"""
import argparse
import csv
import json
from pathlib import Path

import dlib
import face_recognition_models as models
import numpy as np
from PIL import Image

RACES = {"Black": "african", "East Asian": "asian", "Southeast Asian": "asian", "White": "european"}
AGES = {"20-29": "18-39", "30-39": "18-39", "40-49": "40-59", "50-59": "40-59", "60-69": "60-85", "more than 70": "60-85", "70+": "60-85"}


class Embedder:
    def __init__(self):
        self.detector = dlib.get_frontal_face_detector()
        self.points = dlib.shape_predictor(models.pose_predictor_five_point_model_location())
        self.net = dlib.face_recognition_model_v1(models.face_recognition_model_location())

    def of(self, path):
        image = Image.open(path).convert("RGB")
        if image.width < 224:
            image = image.resize((224, 224), Image.Resampling.BICUBIC)
        image = np.asarray(image)
        found = self.detector(image, 1)
        if not found:
            return None
        largest = max(found, key=lambda box: box.area())
        return np.array(self.net.compute_face_descriptor(image, self.points(image, largest)))


def band(age):
    return "18-39" if age < 40 else "40-59" if age < 60 else "60-85"


def real(folder, embedder):
    for row in csv.DictReader((folder / "labels.csv").open()):
        race, age = RACES.get(row["race"]), AGES.get(row["age_range"])
        if race and age:
            yield {"ancestry": race, "age": age, "sex": row["gender"].lower()}, embedder.of(folder / row["file"])


def made(folder, embedder):
    names = ["african", "asian", "european"]
    for path in sorted((folder / "annotations").glob("*.json")):
        row = json.loads(path.read_text())["attributes"]
        mix = row["ancestry"]
        weights = [mix[name] for name in names] if isinstance(mix, dict) else mix
        top = int(np.argmax(weights))
        group = {"ancestry": names[top] if weights[top] > 0.6 else "mixed", "age": band(row["age_years"]), "sex": row["sex"]}
        yield group, embedder.of(folder / "images" / f"{path.stem}.png")


def distance(a, b):
    kernel = lambda x, y: (x @ y.T / 4 + 1) ** 3
    n, m = len(a), len(b)
    aa, bb = kernel(a, a), kernel(b, b)
    return (aa.sum() - np.trace(aa)) / (n * (n - 1)) + (bb.sum() - np.trace(bb)) / (m * (m - 1)) - 2 * kernel(a, b).mean()


def halves(rng, a, b):
    """Mean and spread over random halves."""
    pick = lambda x: x[rng.permutation(len(x))[: max(2, len(x) // 2)]]
    found = [1000 * distance(pick(a), pick(b)) for _ in range(50)]
    return float(np.mean(found)), float(np.std(found))


def collect(pairs):
    groups, faces, lost = [], [], 0
    for group, face in pairs:
        if face is None:
            lost += 1
        else:
            groups.append(group)
            faces.append(face)
    return groups, np.array(faces), lost


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("real", type=Path)
    parser.add_argument("made", type=Path)
    asked = parser.parse_args()
    if not asked.real.is_dir():
        raise SystemExit(f"{asked.real} is not there: this bench needs the real faces")
    embedder, rng = Embedder(), np.random.default_rng(0)
    of_real, real_faces, real_lost = collect(real(asked.real, embedder))
    of_made, made_faces, made_lost = collect(made(asked.made, embedder))
    print(f"real: {len(real_faces)} faces, {real_lost} not found; made: {len(made_faces)}, {made_lost} not found\n")
    print("| group | real | made | made from real | real half from half | real from the other groups |\n|---|---|---|---|---|---|")
    for axis in ["ancestry", "age", "sex"]:
        names = sorted({g[axis] for g in of_real})
        gaps = {}
        for name in names:
            ours = made_faces[[g[axis] == name for g in of_made]]
            theirs = real_faces[[g[axis] == name for g in of_real]]
            others = real_faces[[g[axis] != name for g in of_real]]
            if min(len(ours), len(theirs)) < 30:
                print(f"| {axis} {name} | {len(theirs)} | {len(ours)} | too few | | |")
                continue
            gaps[name] = halves(rng, ours, theirs)
            mixed = theirs[rng.permutation(len(theirs))]
            within = 1000 * distance(mixed[::2], mixed[1::2])
            across = halves(rng, theirs, others)
            print(f"| {axis} {name} | {len(theirs)} | {len(ours)} | {gaps[name][0]:.1f} ± {gaps[name][1]:.1f} | {within:.1f} | {across[0]:.1f} ± {across[1]:.1f} |")
        if len(gaps) > 1:
            values = [gap[0] for gap in gaps.values()]
            print(f"| {axis}: worst over best | | | {max(values) / min(values):.2f} | | |")


if __name__ == "__main__":
    main()
