#!/usr/bin/env python3
"""Rays per CPU-second beside Embree's, on the reference head, in the same run and by turns.

    python benches/render/head.py HEAD
    cargo build --release -p populace-render --example rays
    python benches/render/rays.py HEAD [--ours BINARY] [--rounds 5]          # embreex 4.4.0.post1

*primary* are 1024² rays of the camera; *random* and *scanline* are as many cosine-distributed rays from what those hit, in random order and in the picture's.
One thread; the best of the rounds on either side, as other work on the machine only ever adds. Embree's figures hold the copies from and to Python's arrays.
Both must hit the same number of rays, or nearly: one in 10,000 may graze an edge. *build* and *refit* are of the head cut to 200,000 triangles, by the clock
on all cores, and on one thread by its processor time; embreex offers neither apart.
"""
import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from embreex import rtcore_scene
from embreex.mesh_construction import TriangleMesh

WIDTH = 1024


def read_ply(path):
    """Positions and triangles of a file that `head.py` wrote."""
    data = path.read_bytes()
    header, body = data.split(b"end_header\n", 1)
    words = header.split()
    vertices = int(words[words.index(b"vertex") + 1])
    faces = int(words[words.index(b"face") + 1])
    positions = np.frombuffer(body, "<f4", vertices * 8).reshape(-1, 8)[:, :3]
    triangles = np.frombuffer(body, [("count", "u1"), ("corners", "<i4", 3)], faces, vertices * 32)
    return positions, triangles["corners"]


def unit(vectors):
    return vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-20)


def primary(camera):
    eye, target = np.array(camera["eye"]), np.array(camera["target"])
    forward = unit(target - eye)
    right = unit(np.cross(forward, [0, 1, 0]))
    up = np.cross(right, forward)
    across = ((np.arange(WIDTH) + 0.5) / WIDTH * 2 - 1) * np.tan(np.radians(camera["fov_deg"] / 2))
    x, y = np.meshgrid(across, -across)
    directions = unit(forward + x[..., None] * right + y[..., None] * up).reshape(-1, 3)
    return np.tile(eye, (len(directions), 1)).astype("f4"), directions.astype("f4")


def bounced(scene, corners, rays, order, random):
    """Cosine-distributed rays from the places that rays hit."""
    found = scene.run(*rays, output=True)
    hit = found["primID"] >= 0
    points = (rays[0] + rays[1] * found["tfar"][:, None])[hit]
    a, b, c = (corners[found["primID"][hit], k] for k in range(3))
    normals = unit(np.cross(b - a, c - a))
    normals *= -np.sign((normals * rays[1][hit]).sum(1, keepdims=True))
    chosen = np.resize(order(len(points)), WIDTH * WIDTH)
    directions = unit(normals[chosen] + unit(random.normal(size=(len(chosen), 3))) * 0.999)
    return (points[chosen] + normals[chosen] * 1e-4).astype("f4"), directions.astype("f4")


def cut_to(corners, count):
    """Cuts triangles in four, then some in two, until there are `count`."""
    def halved(triangles):
        a, b, c = (triangles[:, k] for k in range(3))
        m = (a + b) / 2
        return np.concatenate([np.stack([a, m, c], 1), np.stack([m, b, c], 1)])
    while len(corners) * 4 <= count:
        a, b, c = (corners[:, k] for k in range(3))
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        corners = np.concatenate([np.stack(t, 1) for t in [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]])
    while len(corners) < count:
        more = min(count - len(corners), len(corners))
        corners = np.concatenate([halved(corners[:more]), corners[more:]])
    return corners


def embree(scene, rays, query):
    start = time.thread_time()
    found = scene.run(*rays, query=query)
    return len(found) / (time.thread_time() - start) * 1e-6, int((found >= 0).sum())


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("head", type=Path)
    arguments.add_argument("--ours", default="target/release/examples/rays")
    arguments.add_argument("--rounds", type=int, default=5)
    options = arguments.parse_args()

    meshes = [read_ply(options.head / f"{name}.ply") for name in ("body", "eyes", "ground")]
    corners = np.concatenate([positions[triangles] for positions, triangles in meshes]).astype("f4")
    scene = rtcore_scene.EmbreeScene()
    flat = np.ascontiguousarray(corners.reshape(-1, 3))
    TriangleMesh(scene, flat, np.arange(len(flat), dtype="i4").reshape(-1, 3))
    described = next(path for path in (options.head / "head.json", options.head / "scene.json") if path.exists())
    camera = json.loads(described.read_text())["camera"]
    random = np.random.default_rng(0)
    rays = {"primary": primary(camera)}
    rays["random"] = bounced(scene, corners, rays["primary"], random.permutation, random)
    rays["scanline"] = bounced(scene, corners, rays["primary"], np.arange, random)

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        corners.tofile(folder / "head")
        cut_to(corners, 200_000).astype("f4").tofile(folder / "cut")
        for name, (origins, directions) in rays.items():
            np.concatenate([origins, directions], 1).tofile(folder / name)

        def ours(triangles, repeats, names):
            files = [f"{name}={folder / name}" for name in names]
            lines = subprocess.run([options.ours, folder / triangles, str(repeats), *files], check=True, capture_output=True, text=True)
            return [json.loads(line) for line in lines.stdout.splitlines()]

        best = {}
        for _ in range(options.rounds):
            for line in ours("head", 2, rays)[1:]:
                for kind in ("closest", "any"):
                    entry = best.setdefault((kind, line["rays"]), {"ours": 0.0, "embree": 0.0})
                    entry["ours"] = max(entry["ours"], line[kind])
                    entry["our hits"] = line[f"{kind}_hits"]
            for name in rays:
                for kind, query in (("closest", "INTERSECT"), ("any", "OCCLUDED")):
                    entry = best[kind, name]
                    speed, hits = embree(scene, rays[name], query)
                    entry["embree"] = max(entry["embree"], speed)
                    if kind == "closest":
                        entry["embree hits"] = hits
        built = ours("cut", 20, [])[0]

    print(f"{len(corners)} triangles, {WIDTH}² rays, million rays per CPU-second\n")
    print("| rays | hit | ours | Embree | ours ÷ Embree |\n|---|---|---|---|---|")
    for (kind, name), entry in best.items():
        print(f"| {name} | {kind} | {entry['ours']:.1f} | {entry['embree']:.1f} | {entry['ours'] / entry['embree']:.2f} |")
        if kind == "closest" and abs(entry["our hits"] - entry["embree hits"]) > 1e-4 * WIDTH * WIDTH:
            raise SystemExit(f"{name}: {entry['our hits']} rays hit, {entry['embree hits']} for Embree")
    print(f"\n{built['triangles']} triangles: build {built['build_ms']:.0f} ms ({built['build_cpu_ms']:.0f} on one thread), "
          f"refit {built['refit_ms']:.1f} ms ({built['refit_cpu_ms']:.1f})")


if __name__ == "__main__":
    main()
