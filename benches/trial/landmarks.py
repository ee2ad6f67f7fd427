#!/usr/bin/env python3
"""The built-in learner of pictures, trained on made faces and tested on real ones, beside itself trained on the real training half.

    populace make benches/people/transfer/faces.yaml --set count=2000 -o made/faces
    cargo build --release -p populace-vision --example landmarks
    python benches/trial/landmarks.py ../shared/data/faces_landmarks68 made/faces target/release/examples/landmarks

Needs nothing but Python. The real set is cut into halves by identity, as `benches/people/transfer.py faces` cuts it, whose U-Net of PyTorch is the peer. Both networks have
the settings that trials have; what follows the program's name is passed on (`side=48 cached=72 made=contour`). `--curve` trains on an eighth, a quarter and a half of the made faces, too. Nothing trained here is kept.

Prints the mean distance of 68 points in distances of the outer corners of the eyes, with a 95 % interval over people (bootstrap), and seconds.
"""
import argparse
import json
import random
import resource
import subprocess
import tempfile
import time
from pathlib import Path


def coco(listed, path):
    """A COCO file of key points; an annotation for each picture."""
    names = [str(point) for point in range(68)]
    images = [{"id": at, "file_name": Path(one["file"]).name} for at, one in enumerate(listed)]
    annotations = [
        {"id": at, "image_id": at, "category_id": 1, "keypoints": [v for x, y in one["landmarks68"] for v in (x, y, 2)]}
        for at, one in enumerate(listed)
    ]
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": [{"id": 1, "keypoints": names}]}))


def interval(losses, people):
    """95 % of what the mean would be with other people."""
    draw = random.Random(1)
    by = {}
    for loss, person in zip(losses, people):
        by.setdefault(person, []).append(loss)
    groups = list(by.values())
    means = []
    for _ in range(2000):
        drawn = [loss for _ in groups for loss in draw.choice(groups)]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return means[50], means[1949]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("real", type=Path)
    parser.add_argument("made", type=Path)
    parser.add_argument("program", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--curve", action="store_true")
    asked, settings = parser.parse_known_args()
    if not asked.real.is_dir():
        raise SystemExit(f"{asked.real} is not there: this bench needs the real pictures")
    listed = json.loads((asked.real / "landmarks.json").read_text())
    halves = [[one for one in listed if one["identity_index"] % 2 == half] for half in (0, 1)]
    people = [one["identity_index"] for one in halves[1]]
    print("| trained on | pictures | mean | 95 % | wall s | CPU s |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "img").symlink_to((asked.real / "img").resolve())
        for name, half in zip(("train", "test"), halves):
            coco(half, folder / f"{name}.json")
        count = sum(1 for _ in (asked.made / "images").rglob("*.png"))
        parts = [[f"first={count // part}"] for part in ((8, 4, 2) if asked.curve else ())]
        for name, source, few in [*(("made", asked.made, few) for few in parts), ("made", asked.made, []), ("the real half", folder / "train.json", [])]:
            for seed in range(asked.seeds):
                before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
                command = [asked.program, source, folder / "test.json", f"seed={seed}", *few, *settings]
                done = subprocess.run(command, capture_output=True, text=True)
                if done.returncode:
                    raise SystemExit(done.stderr)
                after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
                spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                found = json.loads(done.stdout)
                low, high = interval(found["losses"], people)
                row = f"| {name} | {found['train']} | {100 * found['mean']:.2f} % | {100 * low:.2f}–{100 * high:.2f} % |"
                print(f"{row} {wall:.0f} | {spent:.0f} |", flush=True)


if __name__ == "__main__":
    main()
