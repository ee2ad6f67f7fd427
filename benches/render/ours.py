"""Our renderer, run as a program: `crates/render/examples/reference.rs`."""
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]


def program(given=None):
    """The example's binary: the given one, or one that is built now."""
    if given:
        return Path(given)
    command = ["cargo", "build", "--release", "-p", "populace-render", "--example", "reference", "--message-format", "json"]
    built = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    messages = [json.loads(line) for line in built.stdout.splitlines()]
    return Path(next(m["executable"] for m in messages if m.get("executable")))


def pictures(binary, description, folder, samples, repeats, *options):
    """`[repeats, height, width, 3]` in double precision, and what the program says of its time."""
    with tempfile.TemporaryDirectory() as temporary:
        # Beside the scene's files, whose names are relative.
        file = folder / f"described_{Path(temporary).name}.json"
        try:
            plain = dict(description, materials=[{k: v for k, v in m.items() if k not in ("mitsuba", "medium")} for m in description["materials"]])
            file.write_text(json.dumps(plain))
            out = Path(temporary) / "picture.npy"
            command = [binary, file, out, "--samples", samples, "--repeats", repeats, *options]
            said = subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True).stdout
            images, times = np.load(out).astype(np.float64), json.loads(said)
            return images, times
        finally:
            file.unlink(missing_ok=True)
