"""Fashion-MNIST under differential privacy: a classifier trained on made pictures only, tested on real ones.

    apt-get install dataset-fashion-mnist
    pip install torch numpy pillow
    python benches/pictures/fashion.py POPULACE [EPSILON ...]

For each epsilon (delta 1e-5) it learns the 60,000 training pictures with `populace learn --as pictures`, makes 30,000 with
`populace make`, trains a small convolutional network on them, and prints its accuracy on the 10,000 real test pictures, with the CPU
seconds and the peak memory of learning. Last, the same network trained on the real training pictures.
"""

import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

DATA = Path("/usr/share/datasets/fashion-mnist")


def idx(name, header):
    return np.frombuffer(gzip.open(DATA / name).read()[header:], np.uint8)


def real(part):
    pictures = idx(f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)
    return pictures, idx(f"{part}-labels-idx1-ubyte.gz", 8)


def made(folder):
    rows = [line.split(",") for line in (folder / "labels.csv").read_text().split()[1:]]
    pictures = np.stack([np.asarray(Image.open(folder / file)) for file, _ in rows])
    return pictures[:, None], np.array([int(label) for _, label in rows], np.uint8)


def accuracy(pictures, labels, seed=0):
    """Of a network with two convolutions after three rounds, in percent."""
    torch.manual_seed(seed)
    nn = torch.nn
    net = nn.Sequential(
        nn.Conv2d(1, 16, 5, 2, 2), nn.ReLU(), nn.Conv2d(16, 32, 5, 2, 2), nn.ReLU(), nn.Flatten(), nn.Dropout(0.3),
        nn.Linear(32 * 49, 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 10),
    )
    inputs = torch.tensor(pictures, dtype=torch.float32) / 127.5 - 1
    labels = torch.tensor(labels.astype(np.int64))
    adam = torch.optim.Adam(net.parameters(), 1e-3)
    for _ in range(3):
        for batch in torch.randperm(len(inputs)).split(256):
            loss = nn.functional.cross_entropy(net(inputs[batch]), labels[batch])
            adam.zero_grad()
            loss.backward()
            adam.step()
    net.eval()
    test, truth = real("t10k")
    with torch.no_grad():
        found = net(torch.tensor(test, dtype=torch.float32) / 127.5 - 1).argmax(1).numpy()
    return 100 * float((found == truth).mean())


def main():
    populace = sys.argv[1]
    epsilons = [float(v) for v in sys.argv[2:]] or [1.0, 3.0, 10.0]
    print("| epsilon | real test accuracy | noise | learn s (CPU s) | peak MB |\n|---|---|---|---|---|")
    for epsilon in epsilons:
        with tempfile.TemporaryDirectory() as folder:
            model, out = Path(folder, "f.model"), Path(folder, "made")
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
            learn = subprocess.run(
                [populace, "learn", DATA, "--as", "pictures", "--epsilon", str(epsilon), "--delta", "1e-5", "-o", model, "--json"],
                check=True, stdout=subprocess.PIPE,
            )
            wall, after = time.time() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            noise = json.loads(learn.stdout)["noise_multiplier"]
            subprocess.run([populace, "make", model, "--count", "30000", "-o", out, "--quiet"], check=True)
            print(f"| {epsilon:g} | {accuracy(*made(out)):.1f} % | {noise:.2f} | {wall:.0f} ({cpu:.0f}) | {after.ru_maxrss / 1024:.0f} |", flush=True)
    print(f"| none: the real training pictures | {accuracy(*real('train')):.1f} % | | | |")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main()
