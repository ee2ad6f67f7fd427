#!/usr/bin/env python3
"""A learner for `populace trial`: face landmarks by a small network, in PyTorch.

Called as `learn.py FOLDER HOLDOUT ANSWER`. FOLDER/set.json names the parts of the data set (folders as `populace make` writes them, and how many samples of each are meant), HOLDOUT
has real pictures and landmarks.json; ANSWER gets the error of each real picture, in distances of the outer corners of the eyes, a line each.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

SIDE, ROOM, STEPS, BATCH = 64, 1.5, 600, 64


def square(path, points):
    """The square around the points, as `ROOM` times their box, and the points in its shares."""
    low, high = points.min(0), points.max(0)
    centre, side = (low + high) / 2, (high - low).max() * ROOM
    box = (centre[0] - side / 2, centre[1] - side / 2, centre[0] + side / 2, centre[1] + side / 2)
    picture = Image.open(path).convert("RGB").transform((SIDE, SIDE), Image.Transform.EXTENT, box, Image.Resampling.BILINEAR)
    return np.asarray(picture, np.uint8), (points - centre) / side + 0.5


def made(part):
    folder = Path(part["path"])
    for path in sorted((folder / "annotations").glob("*.json"))[: part["samples"]]:
        points = [point["px"] for point in json.loads(path.read_text())["people"][0]["landmarks"][:68]]
        if all(points):
            yield square(folder / "images" / f"{path.stem}.png", np.array(points, float))


def real(folder):
    for one in json.loads((folder / "landmarks.json").read_text()):
        yield square(folder / one["file"], np.array(one["landmarks68"], float))


def tensors(pairs):
    pictures, points = zip(*pairs)
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255, torch.from_numpy(np.stack(points)).float()


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        layers, width = [], 3
        for out in (24, 48, 96, 160):
            layers += [nn.Conv2d(width, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU(), nn.MaxPool2d(2)]
            width = out
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(width * 16, 256), nn.ReLU(), nn.Linear(256, 136))

    def forward(self, pictures):
        return self.body(pictures).view(-1, 68, 2) * 0.3 + 0.5


def augmented(pictures, points, blur):
    """Turned, moved, scaled, brighter or darker; with `blur` some are softened."""
    n = len(pictures)
    turn, scale, move = torch.randn(n) * 0.15, 1 + torch.randn(n) * 0.06, torch.randn(n, 2) * 0.03
    cos, sin = torch.cos(turn) * scale, torch.sin(turn) * scale
    matrix = torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1)
    grid = nn.functional.affine_grid(torch.cat([matrix, 2 * move[:, :, None]], 2), pictures.shape, align_corners=False)
    pictures = nn.functional.grid_sample(pictures, grid, align_corners=False)
    points = torch.linalg.solve(matrix, ((points - 0.5 - move[:, None]).transpose(1, 2))).transpose(1, 2) + 0.5
    if blur:
        soft = nn.functional.avg_pool2d(pictures, 3, 1, 1)
        pictures = torch.where(torch.rand(n, 1, 1, 1) < 0.5, soft, pictures)
    gain, lift = 1 + 0.25 * torch.randn(n, 1, 1, 1), 0.1 * torch.randn(n, 1, 1, 1)
    return ((pictures - 0.5) * gain + 0.5 + lift + 0.03 * torch.randn_like(pictures)).clamp(0, 1), points


def main():
    folder, holdout, answer = map(Path, sys.argv[1:4])
    told = json.loads((folder / "set.json").read_text())
    torch.manual_seed(told["seed"])
    pictures, points = tensors([pair for part in told["parts"] for pair in made(part)])
    network = Network()
    optimiser = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, STEPS)
    for _ in range(STEPS):
        chosen = torch.randint(len(pictures), (BATCH,))
        seen, wanted = augmented(pictures[chosen], points[chosen], told["learner"].get("blur", 0))
        loss = (network(seen) - wanted).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    network.eval()
    pictures, points = tensors(list(real(holdout)))
    with torch.no_grad():
        off = (network(pictures) - points).norm(dim=2).mean(1)
    eyes = (points[:, 36] - points[:, 45]).norm(dim=1)
    answer.write_text("".join(f"{loss:.6f}\n" for loss in (off / eyes).tolist()))


if __name__ == "__main__":
    main()
