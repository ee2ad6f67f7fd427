"""Checks sets of pictures: a hold-out's other half as if it were synthetic, and faults planted in it.

    apt-get install dataset-fashion-mnist
    python3 benches/check/pictures.py DIR

DIR gets five thousand training, synthetic and fresh pictures as IDX files, and reports. Needs a release build of `populace`, and nothing but Python.
"""

import argparse
import gzip
import json
import pathlib
import random
import resource
import struct
import subprocess

SOURCE = pathlib.Path("/usr/share/datasets/fashion-mnist")
EACH, PIXELS = 5_000, 784


def write(folder, name, pictures):
    head = struct.pack(">IIII", 0x803, len(pictures), 28, 28)
    (folder / f"{name}-images-idx3-ubyte").write_bytes(head + b"".join(pixels for pixels, _ in pictures))
    (folder / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, len(pictures)) + bytes(label for _, label in pictures))


arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("folder", type=pathlib.Path)
arguments.add_argument("--populace", default="target/release/populace")
given = arguments.parse_args()
given.folder.mkdir(parents=True, exist_ok=True)
if not SOURCE.is_dir():
    raise SystemExit(f"{SOURCE} is missing: apt-get install dataset-fashion-mnist")
images = gzip.open(SOURCE / "train-images-idx3-ubyte.gz").read()[16:]
labels = gzip.open(SOURCE / "train-labels-idx1-ubyte.gz").read()[8:]
everything = [(images[PIXELS * i : PIXELS * (i + 1)], labels[i]) for i in range(len(labels))]
dice = random.Random(7)
dice.shuffle(everything)
train, made, fresh, more = (everything[EACH * i : EACH * (i + 1)] for i in range(4))


def noisy(pixels, sd):
    return bytes(min(255, max(0, round(v + dice.gauss(0, sd)))) for v in pixels)


few = made[:50]
sets = {
    "fresh-again": made,
    "copies-1-percent": [(noisy(p, 3), c) for p, c in train[: EACH // 100]] + made[EACH // 100 :],
    "mode-collapse": [(noisy(p, 3), c) for p, c in (few[i % len(few)] for i in range(EACH))],
    "no-shirts": ([one for one in made + more if one[1] != 6])[:EACH],
    "training-itself": train,
}
write(given.folder, "train", train)
write(given.folder, "fresh", fresh)
for name, pictures in sets.items():
    write(given.folder, name, pictures)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = given.folder / f"{name}.html"
    place = lambda n: str(given.folder / f"{n}-images-idx3-ubyte")
    command = [given.populace, "check", place(name), "--real", place("train"), "--holdout", place("fresh"), "-o", str(report), "-q"]
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    findings = [f for s in json.loads(report.with_suffix(".json").read_text())["sections"] for f in s["findings"]]
    bad = [f["id"] for f in findings if f["standing"] in ("bad", "attention")]
    number = {f["id"]: f["outcome"]["computed"]["value"] for f in findings if "computed" in f["outcome"]}
    told = ", ".join(f"{i.split('.')[1]} {number[i]:.3f}" for i in ("fidelity.frechet", "fidelity.kernel", "fidelity.precision", "fidelity.recall", "fidelity.density", "fidelity.coverage", "fidelity.two_sample", "privacy.near_copies", "privacy.membership"))
    print(f"{name}: {cpu:.1f} CPU-s; {told}; not good: {', '.join(bad) or 'nothing'}", flush=True)
