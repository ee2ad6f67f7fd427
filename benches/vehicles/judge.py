#!/usr/bin/env python3
"""What a detector that was trained on real photographs calls our whole cars, by style and view, beside what it calls real ones.

    npm pack @mediapipe/objectron@0.4.1675468480
    populace make benches/vehicles/whole.yaml -o made/whole
    python benches/vehicles/judge.py mediapipe-objectron-0.4.1675468480.tgz made/whole ../shared/data/vehicles/car_parts/img

Needs numpy, pillow, ai-edge-litert. The judge is the first stage of MediaPipe's Objectron: an SSD with MobileNetV2 for 23 classes of Open Images V4 (Apache 2.0; its weights are in the package,
nothing is downloaded further). `Car` is a child of `Vehicle` there, and so are vans, lorries and buses; the judge's answer is the class of its surest box. A picture counts as a car where that is
`Car` or `Vehicle`; `Car` alone is told besides. Whole pictures are made 300 x 300 pixels, as the network has them.
"""
import argparse
import json
import math
import re
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

VIEWS = ("front", "front left", "left", "rear left", "rear", "rear right", "right", "front right")


def judge_of(archive):
    """The network and its classes, out of the package's packed assets."""
    with tarfile.open(archive) as tar:
        read = lambda name: tar.extractfile(f"package/objectron_solution_packed_assets{name}").read()
        loader, data = read("_loader.js").decode(), read(".data")
    listed = json.loads(re.search(r"loadPackage\((\{.*?\})\)", loader, re.S).group(1))["files"]
    files = {Path(one["filename"]).suffix: data[one["start"] : one["end"]] for one in listed}
    network = Interpreter(model_content=files[".tflite"], num_threads=2)
    network.allocate_tensors()
    return network, files[".txt"].decode().split("\n")


def answer(network, classes, path):
    """The class of the surest box, and how sure."""
    image = Image.open(path).convert("RGB").resize((300, 300), Image.Resampling.BILINEAR)
    network.set_tensor(network.get_input_details()[0]["index"], np.asarray(image, np.float32)[None] / 127.5 - 1)
    network.invoke()
    scores = next(o for o in network.get_output_details() if "class" in o["name"])
    logits = network.get_tensor(scores["index"])[0, :, 1:].max(0)
    best = int(logits.argmax())
    return classes[best + 1], 1 / (1 + math.exp(-logits[best]))


def interval(k, n):
    """95 % of Wilson's."""
    z, p = 1.96, k / n
    centre, half = (p + z * z / (2 * n)) / (1 + z * z / n), z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return centre - half, centre + half


def row(name, answers):
    kind = [one in ("Car", "Vehicle") for one, _ in answers]
    low, high = interval(sum(kind), len(kind))
    car = sum(one == "Car" for one, _ in answers) / len(answers)
    others = Counter(one for (one, _), ok in zip(answers, kind) if not ok)
    print(
        f"| {name} | {len(answers)} | {100 * np.mean(kind):.1f} % ({100 * low:.0f} to {100 * high:.0f}) | {100 * car:.0f} % | {np.median([s for _, s in answers]):.2f} | "
        + ", ".join(f"{k} {v}" for k, v in others.most_common())
        + " |"
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("judge", type=Path)
    parser.add_argument("made", type=Path)
    parser.add_argument("real", type=Path)
    parser.add_argument("--missed", action="store_true", help="name the pictures that are no car to the judge")
    asked = parser.parse_args()
    network, classes = judge_of(asked.judge)
    print("| pictures | n | car or vehicle | car | median score | else |\n|---|---|---|---|---|---|")
    row("real photographs", [answer(network, classes, path) for path in sorted(asked.real.glob("*.jpg"))])
    told, styles, views = {}, {}, {}
    for path in sorted((asked.made / "images").glob("*.png")):
        sample = json.loads((asked.made / "annotations" / f"{path.stem}.json").read_text())
        told[path] = answer(network, classes, path)
        styles.setdefault(sample["vehicles"][0]["style"], []).append(path)
        views.setdefault(round(sample["attributes"]["camera.yaw_deg"] / 45) % 8, []).append(path)
    row("ours", list(told.values()))
    for style, paths in sorted(styles.items()):
        row(style, [told[path] for path in paths])
    for view, paths in sorted(views.items()):
        row(VIEWS[view], [told[path] for path in paths])
    if asked.missed:
        for path, (kind, score) in told.items():
            if kind not in ("Car", "Vehicle"):
                print(f"{path.name}: {kind} {score:.2f}")


if __name__ == "__main__":
    main()
