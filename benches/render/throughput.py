#!/usr/bin/env python3
"""Labelled faces per second, from recipe to files on disk; what labels and files cost of it; and whether the last sample costs what the first did.

    python benches/render/throughput.py [--populace BINARY] [--count 400] [--size 256] [--recipe recipes/faces.yaml] [--quick]

Runs `populace make` with all labels and reads /proc while it works (Linux): processor time, resident memory, samples done. Then the same rows again with one tiny label
(`head_pose`): the difference in processor time is what labels and their files cost. The picture's own PNG counts to the picture. `--count 10000` is the long run.
"""
import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


def read_status(pid):
    """Processor seconds and resident megabytes of a process."""
    words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    resident = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return (int(words[11]) + int(words[12])) / TICKS, int(resident.split()[1]) / 1024


def pictures_in(folder):
    try:
        return sum(1 for entry in os.scandir(folder / "images") if entry.name.endswith(".png"))
    except FileNotFoundError:
        return 0


def make(binary, recipe, count, size, threads, labels=None):
    """Observations (wall s, processor s, resident MB, samples) while a data set is made; the last one is the end."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        text = Path(recipe).read_text()
        if labels:
            text += f"\nlabels: [{', '.join(labels)}]\n"
        (folder / "recipe.yaml").write_text(text)
        out = folder / "out"
        command = [binary, "make", folder / "recipe.yaml", "--count", count, "--size", size, "--threads", threads, "--quiet", "-o", out]
        started = time.monotonic()
        program = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL)
        observed = [(0.0, 0.0, 0.0, 0)]
        while program.poll() is None:
            time.sleep(0.2)
            try:
                observed.append((time.monotonic() - started, *read_status(program.pid), pictures_in(out)))
            except (FileNotFoundError, StopIteration, ProcessLookupError):
                break
        # `wait4` knows the whole, after the last look.
        program.wait()
        if program.returncode:
            raise SystemExit(f"populace make ended with {program.returncode}")
        wall, cpu, memory, _ = observed[-1]
        observed.append((wall, cpu, memory, count))
        size_mb = sum(file.stat().st_size for file in out.rglob("*") if file.is_file()) / 1e6
        return observed, size_mb


def between(observed, low, high):
    """Processor and wall seconds a sample between two shares of the run, interpolated, and the largest memory there."""
    total = observed[-1][3]

    def at(done):
        for before, after in zip(observed, observed[1:]):
            if before[3] <= done <= after[3] and after[3] > before[3]:
                share = (done - before[3]) / (after[3] - before[3])
                return [before[k] + share * (after[k] - before[k]) for k in (0, 1)]
        return list(observed[-1][:2])

    (wall_low, cpu_low), (wall_high, cpu_high) = at(low * total), at(high * total)
    memory = max((seen[2] for seen in observed if low * total <= seen[3] <= high * total), default=observed[-1][2])
    count = (high - low) * total
    return (cpu_high - cpu_low) / count, (wall_high - wall_low) / count, memory


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--populace", default=ROOT / "target/release/populace", help="the built program")
    parser.add_argument("--recipe", default=ROOT / "recipes/faces.yaml")
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="40 samples")
    arguments = parser.parse_args()
    count = 40 if arguments.quick else arguments.count
    run = (arguments.populace, arguments.recipe)
    # What is derived once per installation, and the disk's cache.
    make(*run, 2, arguments.size, arguments.threads)
    observed, size_mb = make(*run, count, arguments.size, arguments.threads)
    # A subset of the rows is enough for a ratio.
    few = min(count, 100)
    whole, _ = make(*run, few, arguments.size, arguments.threads)
    bare, _ = make(*run, few, arguments.size, arguments.threads, labels=["head_pose"])
    wall, cpu = observed[-1][:2]
    whole_cpu, bare_cpu = (between(seen, 0.1, 1.0)[0] for seen in (whole, bare))
    print(f"{count} samples of {Path(arguments.recipe).name} at {arguments.size}², {arguments.threads} threads, all labels\n")
    print("| what | value |\n|---|---|")
    print(f"| faces per second of wall time, start included | {count / wall:.2f} |")
    print(f"| faces per second on {arguments.threads} idle cores, from processor time | {arguments.threads * count / cpu:.2f} |")
    print(f"| processor s a face, recipe to files | {cpu / count:.3f} |")
    print(f"| of that labels and their files | {100 * (1 - bare_cpu / whole_cpu):.0f} % |")
    print(f"| MB a face on disk | {size_mb / count:.2f} |\n")
    print("| tenth of the run | processor s a face | wall s a face | largest resident MB |\n|---|---|---|---|")
    for tenth in range(10):
        cpu_each, wall_each, memory = between(observed, tenth / 10, (tenth + 1) / 10)
        print(f"| {tenth + 1} | {cpu_each:.3f} | {wall_each:.3f} | {memory:.0f} |")


if __name__ == "__main__":
    main()
