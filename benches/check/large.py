"""Makes three tables of a million rows and thirty columns, and measures `populace check` on them.

    pip install numpy
    python3 benches/check/large.py DIR [--rows 1000000] [--populace target/release/populace]

Ten numbers that hang together by three hidden ones, ten categories of 2 to 40 levels, five whole numbers with many equal values and five with missing values; the synthetic table's numbers are noisier by a tenth.
Prints CPU seconds, wall seconds and peak MiB.
"""

import argparse
import os
import pathlib
import subprocess
import time

import numpy as np

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("folder", type=pathlib.Path)
arguments.add_argument("--rows", type=int, default=1_000_000)
arguments.add_argument("--populace", default="target/release/populace")
given = arguments.parse_args()
given.folder.mkdir(parents=True, exist_ok=True)


def write(path, seed, noise):
    dice = np.random.default_rng(seed)
    shape = np.random.default_rng(1).normal(size=(3, 10))
    with open(path, "w") as file:
        file.write(",".join(f"c{i}" for i in range(30)) + "\n")
        for start in range(0, given.rows, 50_000):
            n = min(50_000, given.rows - start)
            hidden = dice.normal(size=(n, 3))
            numbers = hidden @ shape + noise * dice.normal(size=(n, 10))
            columns = [np.char.mod("%.3f", numbers[:, i]) for i in range(10)]
            for i in range(10):
                levels = 2 + 4 * i
                place = np.clip(((hidden[:, i % 3] + 3 + 0.5 * dice.normal(size=n)) / 6 * levels).astype(int), 0, levels - 1)
                columns.append(np.char.add(f"level{i}_", place.astype(str)))
            for i in range(5):
                columns.append(dice.poisson(np.exp(1 + 0.3 * hidden[:, i % 3])).astype(str))
            for i in range(5):
                column = np.char.mod("%.1f", hidden[:, i % 3] * 10 + dice.normal(size=n))
                column[dice.random(n) < 0.1] = ""
                columns.append(column)
            file.write("\n".join(map(",".join, zip(*columns))) + "\n")


for name, seed, noise in (("train", 2, 0.5), ("holdout", 3, 0.5), ("synthetic", 4, 0.55)):
    path = given.folder / f"{name}.csv"
    if not path.exists():
        write(path, seed, noise)
command = [given.populace, "check", given.folder / "synthetic.csv", "--real", given.folder / "train.csv", "--holdout", given.folder / "holdout.csv", "-o", given.folder / "report.html", "-q"]
start = time.monotonic()
child = subprocess.Popen([str(part) for part in command])
_, status, usage = os.wait4(child.pid, 0)
print(f"exit {os.waitstatus_to_exitcode(status)}: {usage.ru_utime + usage.ru_stime:.0f} CPU-s, {time.monotonic() - start:.0f} s, {usage.ru_maxrss / 1024:.0f} MiB")
