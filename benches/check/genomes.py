"""Checks artificial genomes of Yelmen et al. (2021) beside people of the 1000 Genomes Project: 805 sites, by a GAN and by an RBM; and the training people themselves, as if they were artificial.

    python3 benches/check/genomes.py DATA DIR

DATA has `805_SNP_1000G_real_train.hapt.gz`, `805_SNP_GAN_AG_20000epochs.hapt.gz`, `805_SNP_RBM_AG_800epochs.hapt.gz` and `805_SNP.legend` (the authors' repository, `artificial_genomes`; real people in part). DIR gets both halves of the real
people, parted at random, and reports. Both generators saw all of these people, so attacks can find nothing by comparing halves; the training people as artificial ones must be found. Needs a release build of `populace`, and nothing but Python.
"""

import argparse
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
given = arguments.parse_args()
given.folder.mkdir(parents=True, exist_ok=True)

lines = gzip.open(given.data / "805_SNP_1000G_real_train.hapt.gz", "rt").read().splitlines()
people = [lines[at : at + 2] for at in range(0, len(lines), 2)]
random.Random(1).shuffle(people)
half = len(people) // 2
for name, part in (("train", people[:half]), ("fresh", people[half:])):
    (given.folder / f"{name}.hapt").write_text("".join(f"{line}\n" for person in part for line in person))
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
