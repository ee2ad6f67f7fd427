#!/usr/bin/env python3
"""What a picture costs at equal error: ours beside Mitsuba 3 and Cycles, in the same run and by turns.

    python benches/render/head.py HEAD
    DRJIT_LIBLLVM_PATH=… python benches/render/pictures.py HEAD --cycles PYTHON-WITH-BPY [--quick] [--ours BINARY]
        [--oidn LIBRARY] [--hair cards|fibres] [--subsurface skin|random_walk]

512 × 512 pixels, five bounces, two threads. Cost is processor time, user and system, the median of the repeats: *scene* is what a new person costs before the first
ray (hierarchy; Cycles' sync of a moved mesh is inside its render and not told apart), *render* and *denoise* speak for themselves. Files are decoded and kernels compiled
beforehand. Error is `mean((x − r)² / (r² + 0.01))` over linear radiance against the same renderer's own reference. The reference is two independent halves r₁, r₂,
and (x − r₁)(x − r₂) takes the place of the square: its own noise then adds nothing. References are kept in HEAD/references.

*to 1 %* is the processor time until the noise is at an error of 0.01, from cost and error of the row, error falling as 1 / samples.
"""
import argparse
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

import numpy as np

import oidn
import ours
import peer_mitsuba
from correct import absorption
from head import POINTS_PER_STRAND

BOUNCES = 5
HAIR_COLOUR = [0.25, 0.14, 0.07]
TARGET = 0.01


def error(picture, reference):
    first, second = reference
    return float(((picture - first) * (picture - second) / (((first + second) / 2) ** 2 + 0.01)).mean())


def described(head, size, hair, subsurface):
    """The scene in our terms; the peers' materials are their own principled ones with the same numbers."""
    camera = dict(json.loads((head / "head.json").read_text())["camera"], width=size, height=size)

    def principled(texture, roughness):
        native = {"type": "twosided", "inner": {"type": "principled", "roughness": roughness, "specular": 0.5,
                                                "base_color": {"type": "bitmap", "filename": str(head / texture), "filter_type": "bilinear"}}}
        return {"base_color": [1, 1, 1], "base_color_texture": texture, "roughness": roughness, "ior": 1.5, "mitsuba": native}

    materials = [principled("skin.png", 0.45), principled("eye.png", 0.1), {"base_color": [0.4, 0.4, 0.4], "specular": 0.0}]
    if subsurface:
        materials[0]["interior"] = {subsurface: {"radius_m": [3.7e-3, 1.4e-3, 0.7e-3]}}
    things = [{"ply": f"{name}.ply", "material": index} for index, name in enumerate(("body", "eyes", "ground"))]
    scene = {"camera": camera, "objects": things, "materials": materials, "environment": {"file": "env.exr"}}
    if hair == "cards":
        card = principled("hair.png", 0.5)
        card["mitsuba"] = {"type": "mask", "opacity": {"type": "bitmap", "filename": str(opacity(head)), "filter_type": "bilinear", "raw": True}, "nested": card["mitsuba"]}
        materials.append(dict(card, alpha="hair.png"))
        things.append({"ply": "hair.ply", "material": 3})
    elif hair == "fibres":
        native = {"type": "hair", "int_ior": 1.55, "ext_ior": 1.0, "longitudinal_roughness": 0.3, "azimuthal_roughness": 0.3, "scale_tilt": 2.0,
                  "sigma_a": {"type": "rgb", "value": absorption(np.array(HAIR_COLOUR), 0.3)}}
        materials.append({"base_color": HAIR_COLOUR, "roughness": 0.3, "ior": 1.55, "interior": {"hair": {"azimuthal_roughness": 0.3, "scale_tilt": 0.035}}, "mitsuba": native})
        scene["fibres"] = [{"file": "fibres.f32", "points_per_strand": POINTS_PER_STRAND, "material": 3}]
    return scene


def opacity(head):
    """The hair's alpha as a picture of its own, which Mitsuba wants."""
    from PIL import Image

    path = head / "hair_alpha.png"
    if not path.exists():
        Image.open(head / "hair.png").convert("RGBA").getchannel("A").save(path)
    return path


class Ours:
    name = "ours"

    def __init__(self, arguments, scene):
        self.binary, self.head, self.scene = ours.program(arguments.ours), arguments.head, scene
        self.library = arguments.oidn or oidn.wheel()

    def draw(self, samples, seed, denoise):
        how = {None: "none", "own": "own", "oidn": self.library}[denoise]
        # Twice in one process: the first picture also prepares what a pipeline prepares once (tables, the denoiser's filter).
        options = ["--bounces", BOUNCES, "--seed", 2 * seed, "--denoise", how]
        images, said = ours.pictures(self.binary, self.scene, self.head, samples, 2 if denoise else 1, *options)
        return {"picture": images[-1], "scene": said["build_s"], "render": said["render_s"][-1], "denoise": said["denoise_s"][-1]}


class Mitsuba:
    name = "Mitsuba 3 llvm_ad_rgb"

    def __init__(self, arguments, scene):
        self.mi = peer_mitsuba.load_mitsuba()
        self.loaded = peer_mitsuba.scene(self.mi, scene, arguments.head, BOUNCES)
        self.guides = peer_mitsuba.guides(self.mi)
        self.parameters = self.mi.traverse(self.loaded)

    def draw(self, samples, seed, denoise):
        name = next(key for key in self.parameters.keys() if key.endswith("object0.vertex_positions"))
        # By less than anyone can see: the same picture, but the hierarchy has to be built again, which happens in the next render.
        seconds = []
        for move in (True, False):
            before = peer_mitsuba.processor_seconds()
            if move:
                self.parameters[name] = self.parameters[name] * (1 + 1e-7 * (1 + seed % 7))
                self.parameters.update()
            self.mi.render(self.loaded, spp=1)
            seconds.append(peer_mitsuba.processor_seconds() - before)
        images, (render,) = peer_mitsuba.pictures(self.mi, self.loaded, samples, 1, seed)
        drawn = {"picture": images[0], "scene": max(seconds[0] - seconds[1], 0.0), "render": render}
        if denoise:
            guides, (more,) = peer_mitsuba.pictures(self.mi, self.loaded, samples, 1, seed, self.guides)
            drawn |= {"albedo": guides[0][..., :3], "normal": guides[0][..., 3:6], "render": render + more}
        return drawn


class Cycles:
    name = "Cycles"

    def __init__(self, arguments, scene):
        options = {"hair": arguments.hair, "subsurface": bool(arguments.subsurface), "size": scene["camera"]["width"], "threads": 2}
        command = [arguments.cycles, str(Path(__file__).with_name("peer_cycles.py")), str(arguments.head), json.dumps(options)]
        self.program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.folder = tempfile.TemporaryDirectory()

    def draw(self, samples, seed, denoise, move=True, passes=True):
        import mitsuba as mi

        out = Path(self.folder.name) / "picture.exr"
        request = {"samples": samples, "seed": seed, "denoise": bool(denoise), "passes": passes, "move": move, "out": str(out)}
        self.program.stdin.write(json.dumps(request) + "\n")
        self.program.stdin.flush()
        said = json.loads(self.program.stdout.readline())
        bitmap = mi.Bitmap(str(out))
        names = [str(field.name) for field in bitmap.struct_()]
        combined = [next(i for i, name in enumerate(names) if name == c or name.endswith(f"Combined.{c}")) for c in "RGB"]
        return {"picture": np.array(bitmap, dtype=np.float64)[..., combined], "scene": 0.0, "render": said["cpu_s"]}


def references(renderer, key, samples, folder, step=128):
    """Two independent halves, drawn once."""
    folder.mkdir(exist_ok=True)
    halves = []
    for half in range(2):
        path = folder / f"{key}_{samples}_{half}.npy"
        if not path.exists():
            count = max(samples // 2 // step, 1)
            total = sum(renderer.draw(samples // 2 // count, 100_000 * (half + 1) + k, None)["picture"] for k in range(count))
            np.save(path, (total / count).astype(np.float32))
        halves.append(np.load(path).astype(np.float64))
    return halves


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("head", type=Path)
    parser.add_argument("--cycles", help="a Python with bpy; without it Cycles is left out")
    parser.add_argument("--quick", action="store_true", help="256 × 256 pixels, references of 512 samples, fewer repeats")
    parser.add_argument("--hair", choices=["cards", "fibres"], help="with hair cards, or 20,000 strands")
    parser.add_argument("--subsurface", choices=["skin", "random_walk"], help="with subsurface scattering in the skin: our fast diffusion or our random walk beside Cycles' random "
                        "walk; Mitsuba's surfaces have none, and it is left out")
    parser.add_argument("--ours", help="the built example `reference`")
    parser.add_argument("--oidn", help="Open Image Denoise's library; otherwise that of the wheel pyoidn")
    parser.add_argument("--json", type=Path, help="also write every measurement there")
    arguments = parser.parse_args()
    size, truth, repeats = (256, 512, 3) if arguments.quick else (512, 2048, 5)
    scene = described(arguments.head, size, arguments.hair, arguments.subsurface)
    denoiser = oidn.Denoiser(arguments.oidn)
    key = "_".join(str(part) for part in (size, arguments.hair, arguments.subsurface) if part)

    renderers = [Ours(arguments, scene)]
    if arguments.subsurface:
        # Still what reads EXR here.
        peer_mitsuba.load_mitsuba()
    else:
        renderers.append(Mitsuba(arguments, scene))
    if arguments.cycles:
        renderers.append(Cycles(arguments, scene))
    truths = {r.name: references(r, f"{type(r).__name__.lower()}_{key}", truth, arguments.head / "references") for r in renderers}
    # (samples, how it is denoised); Cycles denoises itself, with prefiltered guides, as a pipeline would ask it to.
    wanted = {"ours": [(4, None), (16, None), (64, None), (2, "oidn"), (4, "oidn"), (8, "oidn"), (16, "oidn"), (4, "own"), (16, "own")],
              "Mitsuba 3 llvm_ad_rgb": [(16, None), (64, None), (4, "oidn"), (8, "oidn"), (16, "oidn")],
              "Cycles": [(16, None), (64, None), (16, "its own, high")]}
    found = {}
    for repeat in range(repeats + 1):
        longest = max(len(wanted[r.name]) for r in renderers)
        for turn in range(longest):
            for renderer in renderers:
                if turn >= len(wanted[renderer.name]):
                    continue
                samples, denoise = wanted[renderer.name][turn]
                drawn = renderer.draw(samples, 1 + repeat, denoise)
                picture, seconds = drawn["picture"], drawn.get("denoise", 0.0)
                if "albedo" in drawn:
                    picture, seconds = denoiser(picture, np.minimum(drawn["albedo"], 1), drawn["normal"])
                # The first turn warms caches, compiles kernels and prepares filters.
                if repeat:
                    row = {"scene": drawn["scene"], "render": drawn["render"], "denoise": seconds, "error": error(picture, truths[renderer.name])}
                    found.setdefault((renderer.name, samples, denoise), []).append(row)

    print(f"{size}², {BOUNCES} bounces, hair: {arguments.hair or 'none'}, below the skin: {arguments.subsurface or 'nothing'}; medians of {repeats}\n")
    print("| renderer | samples | denoised by | scene CPU-s | render CPU-s | denoise CPU-s | all CPU-s | error | to 1 %, CPU-s |\n|---|---|---|---|---|---|---|---|---|")
    for (name, samples, denoise), rows in found.items():
        middle = {column: statistics.median(row[column] for row in rows) for column in rows[0]}
        cost = middle["scene"] + middle["render"] + middle["denoise"]
        reach = f"{(middle['render'] * middle['error'] / TARGET + middle['scene']):.2f}" if not denoise else "–"
        print(f"| {name} | {samples} | {denoise or '–'} | {middle['scene']:.3f} | {middle['render']:.2f} | {middle['denoise']:.2f} | {cost:.2f} | {middle['error']:.5f} | {reach} |")
    if arguments.json:
        arguments.json.write_text(json.dumps([{"renderer": n, "samples": s, "denoise": d, "runs": rows} for (n, s, d), rows in found.items()], indent=1))


if __name__ == "__main__":
    main()
