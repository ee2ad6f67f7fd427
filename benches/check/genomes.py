"""Checks artificial genomes of Yelmen et al. (2021) beside people of the 1000 Genomes Project: 805 sites, by a GAN and by an RBM; and the training people themselves, as if they were artificial.

    python3 benches/check/genomes.py DATA DIR [--splits 40]

DATA has `805_SNP_1000G_real_train.hapt.gz`, `805_SNP_GAN_AG_20000epochs.hapt.gz`, `805_SNP_RBM_AG_800epochs.hapt.gz` and `805_SNP.legend` (the authors' repository, `artificial_genomes`; real people in part). DIR gets both halves of the real
people, parted at random, and reports. Both generators saw all of these people, so attacks can find nothing by comparing halves; the training people as artificial ones must be found. With --splits real people are
parted in three at random again and again, and counted is what is called wrong with one third as if it were synthetic: false alarms. Needs a release build of `populace`, and nothing but Python.
"""

import argparse
import collections
import gzip
import json
import pathlib
import random
import resource
import subprocess

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("data", type=pathlib.Path)
arguments.add_argument("folder", type=pathlib.Path)
arguments.add_argument("--populace", default="target/release/populace")
arguments.add_argument("--splits", type=int, default=0)
given = arguments.parse_args()
given.folder.mkdir(parents=True, exist_ok=True)

lines = gzip.open(given.data / "805_SNP_1000G_real_train.hapt.gz", "rt").read().splitlines()
people = [lines[at : at + 2] for at in range(0, len(lines), 2)]
random.Random(1).shuffle(people)
half = len(people) // 2


def write(name, part):
    path = given.folder / f"{name}.hapt"
    path.write_text("".join(f"{line}\n" for person in part for line in person))
    return path


write("train", people[:half])
write("fresh", people[half:])
made = {
    "GAN": given.data / "805_SNP_GAN_AG_20000epochs.hapt.gz",
    "RBM": given.data / "805_SNP_RBM_AG_800epochs.hapt.gz",
    "training": given.folder / "train.hapt",
}
for name, path in made.items():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = given.folder / f"{name}.html"
    real = ["--real", given.folder / "train.hapt", "--holdout", given.folder / "fresh.hapt", "--legend", given.data / "805_SNP.legend"]
    subprocess.run([given.populace, "check", path, *real, "-o", report, "-q"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{name}: {cpu:.1f} CPU-s", flush=True)
    for section in json.loads(report.with_suffix(".json").read_text())["sections"]:
        for finding in section["findings"]:
            number = finding["outcome"].get("computed")
            if number:
                interval = number["interval"] or {"low": float("nan"), "high": float("nan")}
                best = number["best_reachable"]
                print(f"  {finding['id']:28} {number['value']:.3f} ({interval['low']:.3f} to {interval['high']:.3f}), best reachable {best:.3f}: {finding['standing']}")

alarms = collections.Counter()
third = len(people) // 3
for split in range(given.splits):
    parted = people[:]
    random.Random(100 + split).shuffle(parted)
    train, fresh, other = (write(f"third-{n}", parted[third * n : third * (n + 1)]) for n in range(3))
    report = given.folder / "split.html"
    subprocess.run([given.populace, "check", other, "--real", train, "--holdout", fresh, "--legend", given.data / "805_SNP.legend", "-o", report, "-q"], check=True)
    for section in json.loads(report.with_suffix(".json").read_text())["sections"]:
        for finding in section["findings"]:
            if finding["standing"] in ("bad", "attention", "inconclusive"):
                alarms[f"{finding['id']} {finding['standing']}"] += 1
if given.splits:
    print(f"{given.splits} splits of real people: {dict(alarms) or 'nothing'}")
