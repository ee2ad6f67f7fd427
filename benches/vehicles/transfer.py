#!/usr/bin/env python3
"""Damage found by a network that saw ours alone, tested on real photographs, beside random decals and the real training half.

    populace make recipes/damage-closeup-pairs.yaml -o made/closeups
    python benches/vehicles/transfer.py ../shared/data/vehicles/damage_polygons made/closeups --seeds 3

Needs torch, numpy, pillow. One U-Net of 0.5 M weights on 96 x 96 pixels, one schedule, one augmentation, four ways to train it:

ours       made pictures with their damage, and the same cars before it
decals     the pictures before alone, on half of them blobs or bundles of strokes of any colour at a random place of the car: what a network learns from "something is drawn on it"
real       the real training half
ours+real  ours, then as many steps on ours and the real half by turns

The real photographs are cut into halves by picture (near copies and mirrored ones together); what trains on one half is tested on the other, both ways, so that every
photograph is tested once a seed. Masks of real damage are loose outlines, so made marks are closed over gaps of a twelfth of the picture. The last weights count; the threshold is the
best one on a tenth of the network's own training pictures that it did not see (`real` has too few: on those it saw).

Prints means over seeds with 95 % intervals over photographs (bootstrap): average precision of pixels, whose chance is the share of damage; intersection over union at the threshold; and how often
the pixel told most surely lies in damage. Nothing trained here is kept.
"""
import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import nn
from torch.nn import functional as F

SIDE = 96
KEPT = 136  # Pictures are kept larger than the network sees, so that augmentation has room.
BATCH = 10


# ---- data: uint8 pictures [n, KEPT, KEPT, 3] and bool masks [n, KEPT, KEPT]


def sized(image, how=Image.Resampling.BOX, side=KEPT):
    return np.asarray(image.resize((side, side), how))


def closed(mask):
    """A mask with gaps narrower than a twelfth of its side filled."""
    reach = round(mask.shape[-1] / 24)
    m = torch.from_numpy(mask).float()[None, None]
    m = F.max_pool2d(m, 2 * reach + 1, 1, reach)
    m = -F.max_pool2d(F.pad(-m, [reach] * 4, value=-1.0), 2 * reach + 1, 1)
    return m[0, 0].numpy() > 0.5


def real_pictures(folder):
    listed = json.loads((folder / "annotations.json").read_text())
    images, masks, thumbs = [], [], []
    for one in listed:
        image = Image.open(folder / one["file"]).convert("RGB")
        mask = Image.new("L", image.size)
        for polygon in one["damage_polygons"]:
            ImageDraw.Draw(mask).polygon([tuple(p) for p in polygon], fill=255)
        images.append(sized(image))
        masks.append(sized(mask) > 127)
        thumb = sized(image, side=12).astype(float)
        thumbs.append((thumb - thumb.mean()) / thumb.std())
    # Copies and mirrored copies belong to one group.
    group = list(range(len(listed)))
    for i, a in enumerate(thumbs):
        for j in range(i):
            if max((a * thumbs[j]).mean(), (a * thumbs[j][:, ::-1]).mean()) > 0.8:
                group = [group[j] if g == group[i] else g for g in group]
    return np.stack(images), np.stack(masks), np.array(group)


def made_pictures(folder):
    """Pictures before and after, masks of damage, masks of the car; n each."""
    before, after, masks, cars = [], [], [], []
    names = sorted(path.stem for path in (folder / "images").glob("*.png"))
    shown = {n: json.loads((folder / "annotations" / f"{n}.json").read_text())["attributes"]["damage.shown"] for n in names}
    for clean, worn in zip(names[::2], names[1::2]):
        if (shown[clean], shown[worn]) != ("no", "yes"):
            raise SystemExit(f"{clean} and {worn} are no pair of before and after")
        damage = closed(sized(Image.fromarray((np.asarray(Image.open(folder / "damage" / f"{worn}.png")) > 0).astype(np.uint8) * 255)) > 60)
        car = np.asarray(Image.open(folder / "instances" / f"{clean}.png")) == 1
        if damage.mean() < 0.002:
            continue
        before.append(sized(Image.open(folder / "images" / f"{clean}.png").convert("RGB")))
        after.append(sized(Image.open(folder / "images" / f"{worn}.png").convert("RGB")))
        masks.append(damage)
        cars.append(sized(Image.fromarray(car.astype(np.uint8) * 255)) > 127)
    return [np.stack(x) for x in (before, after, masks, cars)]


def decal(image, car, draw):
    """A blob or a bundle of strokes of any colour, somewhere on the car; about as large as damage is."""
    ys, xs = np.nonzero(car)
    if len(xs) == 0:
        return image, np.zeros(car.shape, bool)
    k = draw.integers(len(xs))
    centre, size = np.array([xs[k], ys[k]], float), KEPT * draw.uniform(0.06, 0.22)
    mask = Image.new("L", (KEPT, KEPT))
    pen = ImageDraw.Draw(mask)
    stretch, turn = draw.uniform(0.3, 1.0), draw.uniform(0, np.pi)
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    if draw.random() < 0.4:
        angles = np.sort(draw.uniform(0, 2 * np.pi, 12))
        radii = size * draw.uniform(0.4, 1.1, 12)
        points = np.stack([radii * np.cos(angles), radii * stretch * np.sin(angles)], 1) @ axes + centre
        pen.polygon([tuple(p) for p in points], fill=255)
    else:
        for _ in range(draw.integers(1, 40)):
            start = np.array([draw.uniform(-1, 0.2) * size, draw.uniform(-stretch, stretch) * size])
            ends = np.stack([start, start + [size * draw.uniform(0.3, 1.2), draw.normal(0, 0.04) * size]]) @ axes + centre
            pen.line([tuple(p) for p in ends], fill=255, width=int(draw.integers(1, 3)))
    drawn = (np.asarray(mask) > 127) & car
    colour = draw.uniform(0, 255, 3)
    share = draw.uniform(0.4, 1.0) * drawn[..., None]
    return (image * (1 - share) + colour * share).astype(np.uint8), closed(drawn)


def augmented(images, masks, draw):
    """A batch as tensors [n, 3, SIDE, SIDE] and [n, 1, SIDE, SIDE]: mirrored, turned, scaled, shifted, recoloured, blurred, with noise."""
    n = len(images)
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    y = torch.from_numpy(masks)[:, None].float()
    uniform = lambda low, high, *shape: torch.from_numpy(draw.uniform(low, high, (n, *shape))).float()
    scale, aspect, turn = uniform(0.6, 1.0), torch.exp(uniform(-0.25, 0.25)), uniform(-0.2, 0.2)
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    sx, sy = (scale * aspect).clamp(max=1.0), (scale / aspect).clamp(max=1.0)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = sx * torch.cos(turn) * mirror, -sy * torch.sin(turn)
    theta[:, 1, 0], theta[:, 1, 1] = sx * torch.sin(turn) * mirror, sy * torch.cos(turn)
    theta[:, 0, 2], theta[:, 1, 2] = (1 - sx) * uniform(-1, 1), (1 - sy) * uniform(-1, 1)
    grid = F.affine_grid(theta, (n, 3, SIDE, SIDE), align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    y = F.grid_sample(y, grid, padding_mode="zeros", align_corners=False).round()
    x = x.clamp(0, 1) ** torch.exp(uniform(-0.5, 0.5, 1, 1, 1))
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * uniform(0.3, 1.6, 1, 1, 1)
    x = (x - x.mean((1, 2, 3), keepdim=True)) * uniform(0.7, 1.4, 1, 1, 1) + x.mean((1, 2, 3), keepdim=True)
    x = x * uniform(0.85, 1.15, 3, 1, 1) + uniform(-0.1, 0.1, 1, 1, 1)
    soft = F.avg_pool2d(F.pad(x, [1] * 4, mode="replicate"), 3, 1)
    x = x + (soft - x) * uniform(0, 1, 1, 1, 1)
    x = x + torch.from_numpy(draw.normal(0, 1, x.shape)).float() * uniform(0, 0.04, 1, 1, 1)
    return x.clamp(0, 1) - 0.5, y


# ---- network


def block(inward, outward):
    layers = []
    for a, b in ((inward, outward), (outward, outward)):
        layers += [nn.Conv2d(a, b, 3, padding=1, bias=False), nn.GroupNorm(4, b), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class Net(nn.Module):
    def __init__(self, widths=(16, 32, 48, 64, 96)):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, widths[0], 5, stride=2, padding=2), nn.ReLU(inplace=True))
        self.down = nn.ModuleList([block(a, b) for a, b in zip((widths[0],) + widths[:-1], widths)])
        self.up = nn.ModuleList([block(a + b, a) for a, b in zip(widths[:-1], widths[1:])])
        self.last = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x):
        x, held = self.first(x), []
        for k, down in enumerate(self.down):
            x = down(F.max_pool2d(x, 2) if k else x)
            held.append(x)
        for k in reversed(range(len(self.up))):
            x = self.up[k](torch.cat([held[k], F.interpolate(x, scale_factor=2)], 1))
        return F.interpolate(self.last(x), scale_factor=2, mode="bilinear")


def trained(net, batches, steps):
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps, pct_start=0.15)
    net.train()
    for step in range(steps):
        x, y = batches(step)
        told = net(x)
        p = told.sigmoid()
        overlap = 1 - (2 * (p * y).sum() + 1) / ((p + y).sum() + 1)
        loss = F.binary_cross_entropy_with_logits(told, y) + 0.5 * overlap
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return net


@torch.no_grad()
def told(net, images):
    """Probabilities [n, SIDE, SIDE] of whole pictures, the mean with their mirrored selves."""
    net.eval()
    x = torch.stack([torch.from_numpy(sized(Image.fromarray(i), side=SIDE).copy()) for i in images])
    x = x.permute(0, 3, 1, 2).float() / 255 - 0.5
    return ((net(x).sigmoid() + net(x.flip(3)).sigmoid().flip(3)) / 2)[:, 0].numpy()


def small(masks):
    return np.stack([sized(Image.fromarray(m.astype(np.uint8) * 255), side=SIDE) > 127 for m in masks])


# ---- figures


BINS = 1000


def histograms(p, y):
    """For each picture how many pixels of damage and of the rest fall into each bin of probability: [n, 2, BINS]."""
    bins = np.clip((p * BINS).astype(int), 0, BINS - 1).reshape(len(p), -1)
    y = y.reshape(len(y), -1)
    return np.stack([[np.bincount(b[m], minlength=BINS) for m in (t, ~t)] for b, t in zip(bins, y)])


def average_precision(counts):
    """Of pixels, from summed histograms [2, BINS]; pixels of a bin count as ties."""
    hits, rest = np.cumsum(counts[:, ::-1], 1)
    precision = hits / np.maximum(hits + rest, 1)
    return (precision * counts[0, ::-1]).sum() / max(hits[-1], 1)


def threshold(p, y):
    levels = np.linspace(0.02, 0.98, 49)
    return max(levels, key=lambda t: ((p > t) & y).sum() / max(((p > t) | y).sum(), 1))


def by_picture(p, y, level):
    """What figures are made of, for each photograph: histograms, pixels of the intersection and of the union, whether the surest pixel is damage."""
    seen = p > level[:, None, None]
    surest = p.reshape(len(p), -1).argmax(1)
    hit = y.reshape(len(y), -1)[np.arange(len(y)), surest]
    return histograms(p, y), (seen & y).sum((1, 2)), (seen | y).sum((1, 2)), hit


def figures(parts, pick):
    counts, both, either, hit = (part[pick] for part in parts)
    return np.array([average_precision(counts.sum(0)), both.sum() / max(either.sum(), 1), hit.mean()])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("real", type=Path)
    parser.add_argument("made", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=220)
    asked = parser.parse_args()
    if not asked.real.is_dir():
        raise SystemExit(f"{asked.real} is not there: this bench needs the real pictures")
    torch.set_num_threads(1)
    real, real_masks, group = real_pictures(asked.real)
    before, after, masks, cars = made_pictures(asked.made)
    truth = small(real_masks)
    groups = np.unique(group)
    print(f"{len(before)} made pairs; {len(real)} real photographs in {len(groups)} groups; damage is {100 * truth.mean():.1f} % of their pixels", flush=True)
    arms = ("ours", "decals", "real", "ours+real")
    answers = {arm: [] for arm in arms}  # by seed
    own = {arm: [] for arm in arms}
    for seed in range(asked.seeds):
        began = time.process_time()
        draw = np.random.default_rng(seed)
        half = np.isin(group, draw.permutation(groups)[: len(groups) // 2])
        held = draw.permutation(len(before))[: max(1, len(before) // 10)]
        learned = np.setdiff1d(np.arange(len(before)), held)
        nothing = np.zeros_like(masks[0])

        def ours(draw, n):
            pick = draw.choice(learned, n)
            worn = draw.random(n) < 0.6
            return (np.stack([after[k] if w else before[k] for k, w in zip(pick, worn)]), np.stack([masks[k] if w else nothing for k, w in zip(pick, worn)]))

        def decals(draw, n, of=learned):
            pairs = [decal(before[k], cars[k], draw) if draw.random() < 0.6 else (before[k], nothing) for k in draw.choice(of, n)]
            return np.stack([a for a, _ in pairs]), np.stack([b for _, b in pairs])

        def photographs(train):
            def some(draw, n):
                pick = draw.choice(np.nonzero(train)[0], n)
                return real[pick], real_masks[pick]

            return some

        def learn(source, name, net=None, steps=asked.steps):
            own = np.random.default_rng([seed, arms.index(name)])
            torch.manual_seed(seed)
            return trained(net or Net(), lambda step: augmented(*source(own, BATCH), own), steps)

        def level_of(net, images, masks):
            return threshold(told(net, images), small(masks))

        p = {arm: np.zeros(truth.shape, np.float32) for arm in arms}
        level = {arm: np.zeros(len(real)) for arm in arms}
        net = learn(ours, "ours")
        begun = {k: v.clone() for k, v in net.state_dict().items()}
        p["ours"][:], level["ours"][:] = told(net, real), level_of(net, after[held], masks[held])
        own["ours"].append(average_precision(histograms(told(net, after[held]), small(masks[held])).sum(0)))
        net = learn(decals, "decals")
        check = [decal(before[k], cars[k], draw) for k in held]
        check = np.stack([a for a, _ in check]), np.stack([b for _, b in check])
        p["decals"][:], level["decals"][:] = told(net, real), level_of(net, *check)
        own["decals"].append(average_precision(histograms(told(net, check[0]), small(check[1])).sum(0)))
        for train in (half, ~half):
            net = learn(photographs(train), "real")
            p["real"][~train], level["real"][~train] = told(net, real[~train]), level_of(net, real[train], real_masks[train])
            net = Net()
            net.load_state_dict(begun)
            both = photographs(train)

            def mixed(draw, n, both=both):
                a, b = ours(draw, n // 2), both(draw, n - n // 2)
                return np.concatenate([a[0], b[0]]), np.concatenate([a[1], b[1]])

            net = learn(mixed, "ours+real", net)
            p["ours+real"][~train], level["ours+real"][~train] = told(net, real[~train]), level_of(net, after[held], masks[held])
        for arm in arms:
            answers[arm].append(by_picture(p[arm], truth, level[arm]))
        told_now = "; ".join(f"{arm} {average_precision(histograms(p[arm], truth).sum(0)):.3f}" for arm in arms)
        print(f"seed {seed}: {told_now} ({time.process_time() - began:.0f} CPU s)", flush=True)

    everything = np.arange(len(real))
    draw = np.random.default_rng(99)
    picks = [np.concatenate([np.nonzero(group == g)[0] for g in draw.choice(groups, len(groups))]) for _ in range(1000)]
    mean = lambda arm, pick: np.mean([figures(parts, pick) for parts in answers[arm]], 0)
    whole = {arm: mean(arm, everything) for arm in arms}
    again = {arm: np.stack([mean(arm, pick) for pick in picks]) for arm in arms}
    chance = truth.mean()
    chances = np.array([truth[pick].mean() for pick in picks])
    bounds = lambda values: tuple(np.percentile(values, [2.5, 97.5], axis=0))

    def cell(value, values):
        low, high = bounds(values)
        return f"{100 * value:.1f} % ({100 * low:.1f} to {100 * high:.1f})"

    print("| trained on | average precision | IoU at its threshold | surest pixel in damage | average precision on its own kind |\n|---|---|---|---|---|")
    for arm in arms:
        cells = " | ".join(cell(whole[arm][k], again[arm][:, k]) for k in range(3))
        print(f"| {arm} | {cells} | {100 * np.mean(own[arm]):.1f} % |" if own[arm] else f"| {arm} | {cells} | |")
    print(f"| chance | {cell(chance, chances)} | {cell(chance, chances)} | {cell(chance, chances)} | |")
    for one, other in (("ours", "decals"), ("ours+real", "real")):
        cells = " | ".join(cell(whole[one][k] - whole[other][k], again[one][:, k] - again[other][:, k]) for k in range(3))
        print(f"| {one} − {other} | {cells} | |")
    print(f"| ours − chance | {cell(whole['ours'][0] - chance, again['ours'][:, 0] - chances)} | | {cell(whole['ours'][2] - chance, again['ours'][:, 2] - chances)} | |")


if __name__ == "__main__":
    main()
