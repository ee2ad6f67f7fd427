#!/usr/bin/env python3
"""Trained on ours alone, tested on real pictures: beside the same network trained on the real training half.

    populace make benches/people/transfer/faces.yaml -o made/faces     # and hands, eyes
    python benches/people/transfer.py faces ../shared/data/faces_landmarks68 made/faces
    python benches/people/transfer.py hands ../shared/data/hands_real583 made/hands
    python benches/people/transfer.py eyes ../shared/data/eyes_masks_visible made/eyes

Needs torch, numpy, pillow. The real set is cut into halves: faces by identity, hands by time (one recording), eyes by file. One half trains the
peer, the other tests both, and a third network that begins with ours and goes on with the real half. All have one architecture (a U-Net of 0.5 M
weights on 64 x 64 pixels; heat maps with a soft arg max, or classes), one schedule (steps, not epochs), one augmentation, and no look at the
test half: the last weights count. Nothing trained here is released.

faces: mean distance of 68 points in distances of the outer corners of the eyes (NME). hands: mean distance of 21 joints in the size of the hand
(longer side of the box around its joints). eyes: intersection over union of sclera, iris and pupil, over all pixels.
"""
import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

SIDE = 64
CACHE = 96  # Crops are kept larger than the network sees, so that augmentation has room.
ROOM = 1.5  # How much wider than the points' box a crop is.


# ---- data: uint8 pictures [n, CACHE, CACHE, 3] and points [n, k, 2] in shares of the crop, or classes [n, CACHE, CACHE]


def square(image, centre, side, fill=0):
    """A square cut out of a picture, black beyond it."""
    half = side / 2
    box = (centre[0] - half, centre[1] - half, centre[0] + half, centre[1] + half)
    how = Image.Resampling.NEAREST if image.mode == "L" else Image.Resampling.BILINEAR
    return np.asarray(image.transform((CACHE, CACHE), Image.Transform.EXTENT, box, how, fillcolor=fill))


def around(image, points):
    low, high = points.min(0), points.max(0)
    # Wider than the network's view by what turning and shifting may need.
    centre, side = (low + high) / 2, (high - low).max() * ROOM * CACHE / SIDE
    crop = square(image.convert("RGB"), centre, side)
    return crop, (points - centre) / side + 0.5


def real_points(folder, listing, key):
    listed = json.loads((folder / listing).read_text())
    pairs = [around(Image.open(folder / "img" / one["file"].split("/")[-1]), np.array(one[key], float)) for one in listed]
    return listed, np.stack([p[0] for p in pairs]), np.stack([p[1] for p in pairs])


def made_points(folder, points_of):
    images, points = [], []
    for path in sorted((folder / "annotations").glob("*.json")):
        found = points_of(json.loads(path.read_text())["people"][0])
        if found is not None:
            crop, at = around(Image.open(folder / "images" / f"{path.stem}.png"), found)
            images.append(crop)
            points.append(at)
    return np.stack(images), np.stack(points)


def face(person):
    points = [p["px"] for p in person["landmarks"][:68]]
    return None if any(p is None for p in points) else np.array(points, float)


def hand(person):
    right = person["hands"][0]
    points = [j["px"] for j in right["joints"]]
    return None if any(p is None for p in points) or right["visible_share"] < 0.6 else np.array(points, float)


def real_eyes(folder):
    images, masks = [], []
    for path in sorted((folder / "img").glob("*.jpg")):
        image, mask = Image.open(path).convert("RGB"), Image.open(folder / "mask" / f"{path.stem}.png")
        add_eye(images, masks, image, mask)
    return np.stack(images), np.stack(masks)


def made_eyes(folder):
    images, masks = [], []
    for path in sorted((folder / "images").glob("*.png")):
        add_eye(images, masks, Image.open(path).convert("RGB"), Image.open(folder / "eye_parsing" / path.name))
    return np.stack(images), np.stack(masks)


def add_eye(images, masks, image, mask):
    mask = Image.fromarray(np.asarray(mask)[..., :] if np.asarray(mask).ndim == 2 else np.asarray(mask)[..., 0])
    # The whole height, from the middle: where the eye lies is the network's business.
    centre, side = np.array(image.size) / 2, image.size[1] * CACHE / SIDE
    images.append(square(image, centre, side))
    masks.append(square(mask, centre, side))


# ---- augmentation, the same for all


def batch(rng, images, truth, size, flip):
    """Turned, scaled, shifted, mirrored, and seen by another camera: darker, noisier, blurred, paler."""
    pick = rng.integers(len(images), size=size)
    turn = rng.normal(0, 0.25, size)
    scale = np.exp(rng.normal(0, 0.12, size)) * SIDE / CACHE
    shift = rng.normal(0, 0.05, (size, 2))
    mirror = np.where(rng.random(size) < 0.5, -1.0, 1.0)
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    # From the network's coordinates (-1..1) to the crop's.
    to_crop = np.stack([np.stack([cos * mirror, -sin, shift[:, 0]], 1), np.stack([sin * mirror, cos, shift[:, 1]], 1)], 1)
    theta = torch.tensor(to_crop, dtype=torch.float32)
    grid = F.affine_grid(theta, (size, 3, SIDE, SIDE), align_corners=False)
    x = torch.tensor(images[pick]).permute(0, 3, 1, 2).float() / 255
    x = F.grid_sample(x, grid, align_corners=False)
    draw = lambda sd: torch.tensor(rng.normal(0, sd, (size, 1, 1, 1)), dtype=torch.float32)
    x = x.clamp(1e-3, 1) ** torch.exp(draw(0.4))
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * torch.tensor(rng.uniform(0.1, 1.3, (size, 1, 1, 1)), dtype=torch.float32)
    x = x * torch.exp(draw(0.35)) * torch.exp(torch.tensor(rng.normal(0, 0.12, (size, 3, 1, 1)), dtype=torch.float32)) + draw(0.06)
    soft = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
    x = torch.where(torch.tensor(rng.random((size, 1, 1, 1)) < 0.4), soft, x)
    x = (x + torch.tensor(rng.normal(0, 1, x.shape), dtype=torch.float32) * draw(0.03).abs()).clamp(0, 1)
    if truth.ndim == 3 and truth.shape[-1] == 2:
        inverse = np.linalg.inv(to_crop[:, :, :2])
        points = np.einsum("nij,nkj->nki", inverse, truth[pick] * 2 - 1 - to_crop[:, None, :, 2])
        mirrored = points[:, flip] if flip is not None else points
        points = np.where((mirror < 0)[:, None, None], mirrored, points)
        return x, torch.tensor((points + 1) / 2, dtype=torch.float32)
    classes = torch.tensor(truth[pick]).unsqueeze(1).float()
    return x, F.grid_sample(classes, grid, mode="nearest", align_corners=False).squeeze(1).long()


def whole(images):
    x = torch.tensor(images).permute(0, 3, 1, 2).float() / 255
    cut = (CACHE - SIDE) // 2
    return x[:, :, cut : cut + SIDE, cut : cut + SIDE]


# ---- the network


def block(inside, outside, stride=1):
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(True),
        nn.Conv2d(outside, outside, 3, 1, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(True),
    )


class Net(nn.Module):
    def __init__(self, out):
        super().__init__()
        self.down = nn.ModuleList([block(3, 24, 2), block(24, 40, 2), block(40, 64, 2), block(64, 96, 2)])
        self.up = nn.ModuleList([block(96 + 64, 64), block(64 + 40, 40), block(40 + 24, 32)])
        self.head = nn.Conv2d(32, out, 1)

    def forward(self, x):
        # Each picture by itself: light and exposure are nothing to learn.
        x = (x - x.mean((1, 2, 3), keepdim=True)) / (x.std((1, 2, 3), keepdim=True) + 0.05)
        levels = []
        for down in self.down:
            x = down(x)
            levels.append(x)
        for up, level in zip(self.up, levels[-2::-1]):
            x = up(torch.cat([F.interpolate(x, scale_factor=2), level], 1))
        return self.head(x)


def where(maps):
    """The mean of each heat map, in shares of the picture."""
    n, k, h, w = maps.shape
    weights = maps.flatten(2).softmax(2).view(n, k, h, w)
    xs, ys = (torch.arange(w) + 0.5) / w, (torch.arange(h) + 0.5) / h
    return torch.stack([(weights.sum(2) * xs).sum(2), (weights.sum(3) * ys).sum(2)], 2)


def train(net, sets, steps, flip, seed, rate, what):
    """`sets` take turns."""
    rng = np.random.default_rng(seed)
    optimiser = torch.optim.AdamW(net.parameters(), rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, steps)
    net.train()
    began, lost = time.time(), 0.0
    for step in range(steps):
        x, y = batch(rng, *sets[step % len(sets)], 32, flip)
        out = net(x)
        if y.ndim == 3 and y.shape[-1] == 2:
            loss = F.smooth_l1_loss(where(out) * SIDE, y * SIDE, beta=1.5)
        else:
            out = F.interpolate(out, (SIDE, SIDE), mode="bilinear", align_corners=False)
            loss = F.cross_entropy(out, y, weight=torch.tensor([1.0, 2.0, 2.0, 3.0]))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        lost = 0.98 * lost + 0.02 * float(loss.detach())
    print(f"  {what}: {steps} steps, {time.time() - began:.0f} s, loss {lost:.3f}", flush=True)
    net.eval()
    return net


# ---- judging


@torch.no_grad()
def point_errors(net, images, points, size_of):
    x = whole(images)
    found = torch.cat([where(net(part)) for part in x.split(64)]).numpy()
    # From the middle of the crop to the crop.
    found = (found - 0.5) * SIDE / CACHE + 0.5
    return np.linalg.norm(found - points, axis=2).mean(1) / size_of(points)


@torch.no_grad()
def overlaps(net, images, masks):
    out = torch.cat([F.interpolate(net(part), (SIDE, SIDE), mode="bilinear") for part in whole(images).split(64)]).argmax(1).numpy()
    cut = (CACHE - SIDE) // 2
    truth = masks[:, cut : cut + SIDE, cut : cut + SIDE]
    return [float(((out == c) & (truth == c)).sum() / max(1, ((out == c) | (truth == c)).sum())) for c in (1, 2, 3)]


# Which point is which in a mirror: iBUG's 68.
FLIP68 = [*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1), 45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
          *range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), *range(67, 64, -1)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["faces", "hands", "eyes"])
    parser.add_argument("real", type=Path)
    parser.add_argument("made", type=Path)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seeds", type=int, default=2)
    asked = parser.parse_args()
    if not asked.real.is_dir():
        raise SystemExit(f"{asked.real} is not there: this bench needs the real pictures")
    torch.set_num_threads(2)
    flip = None
    if asked.what == "faces":
        listed, images, truth = real_points(asked.real, "landmarks.json", "landmarks68")
        first = np.array([one["identity_index"] % 2 == 0 for one in listed])
        made, out, flip = made_points(asked.made, face), 68, FLIP68
        judge = lambda net, i, t: point_errors(net, i, t, lambda p: np.linalg.norm(p[:, 36] - p[:, 45], axis=1))
    elif asked.what == "hands":
        listed, images, truth = real_points(asked.real, "keypoints.json", "joints2d")
        first = np.arange(len(listed)) < len(listed) // 2
        made, out = made_points(asked.made, hand), 21
        judge = lambda net, i, t: point_errors(net, i, t, lambda p: (p.max(1) - p.min(1)).max(1))
    else:
        images, truth = real_eyes(asked.real)
        first = np.arange(len(images)) % 2 == 0
        made, out, judge = made_eyes(asked.made), 4, overlaps
    real = (images[first], truth[first])
    test = (images[~first], truth[~first])
    print(f"{asked.what}: {len(made[0])} made, {len(real[0])} real to train, {len(test[0])} real to test", flush=True)
    rows = {"trained on ours": [], "trained on the real half": [], "ours, then the real half": []}
    for seed in range(asked.seeds):
        torch.manual_seed(seed)
        ours = train(Net(out), [made], asked.steps, flip, seed, 3e-3, "ours")
        rows["trained on ours"].append(judge(ours, *test))
        torch.manual_seed(seed)
        peer = train(Net(out), [real], asked.steps, flip, seed, 3e-3, "real")
        rows["trained on the real half"].append(judge(peer, *test))
        both = train(ours, [made, real], asked.steps // 2, flip, seed, 1e-3, "both")
        rows["ours, then the real half"].append(judge(both, *test))
    if asked.what == "eyes":
        print("| | sclera IoU | iris IoU | pupil IoU | mean |\n|---|---|---|---|---|")
        for name, found in rows.items():
            mean = np.mean(found, 0)
            print(f"| {name} | " + " | ".join(f"{v:.3f}" for v in [*mean, mean.mean()]) + " |")
    else:
        print("| | mean | median | nine tenths below | by seed |\n|---|---|---|---|---|")
        for name, found in rows.items():
            every = np.concatenate(found)
            each = ", ".join(f"{100 * f.mean():.2f}" for f in found)
            print(f"| {name} | {100 * every.mean():.2f} % | {100 * np.median(every):.2f} % | {100 * np.quantile(every, 0.9):.2f} % | {each} |")


if __name__ == "__main__":
    main()
