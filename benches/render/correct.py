#!/usr/bin/env python3
"""Is our picture Mitsuba's? The same scenes in both, compared as statistics (`agreement.py`).

    python benches/render/head.py HEAD
    DRJIT_LIBLLVM_PATH=… python benches/render/correct.py HEAD [--quick] [--only NAME …] [--ours BINARY] [--pictures DIR]

Besides the scenes there are two that judge the test: Mitsuba against itself must agree, and a planted fault (skin 2 % darker) must be found.
Ends with 1 when a verdict is not what is expected. Needs mitsuba 3.9.1, numpy, scipy.
"""
import argparse
import copy
import json
import sys
from pathlib import Path

import numpy as np

import agreement
import ours
import peer_mitsuba

MATTE = {"specular": 0.0}


def head(camera, skin, eyes, ground, flat=True):
    """Body, eyes and ground under the environment."""
    return {
        "camera": camera,
        "objects": [{"ply": f"{name}.ply", "material": index, "flat": flat} for index, name in enumerate(("body", "eyes", "ground"))],
        "materials": [{"base_color": [1, 1, 1], "base_color_texture": "skin.png", **skin}, {"base_color": [1, 1, 1], "base_color_texture": "eye.png", **eyes},
                      {"base_color": [0.4, 0.4, 0.4], **ground}],
        "environment": {"file": "env.exr"},
    }


def panel(camera):
    """A rectangle of light before the face, no sky."""
    scene = head(camera, MATTE, MATTE, MATTE)
    del scene["environment"]
    eye = np.array(camera["target"])
    scene["area_lights"] = [{"corner": (eye + [-0.6, 0.1, 0.5]).tolist(), "edge_u": [0.2, 0.0, 0.2], "edge_v": [0.0, 0.3, 0.0], "radiance": [30.0, 20.0, 10.0], "visible": True}]
    return scene


def mirror(camera):
    """A white metal floor without loss, against Mitsuba's own rough conductor. Seen from above and smooth, so that what the models do not share is negligible: Mitsuba masks
    and shadows independently and leaves out what facets reflect to each other."""
    metal = {"metallic": 1.0, "base_color": [1, 1, 1], "roughness": 0.1,
             "mitsuba": {"type": "twosided", "inner": {"type": "roughconductor", "material": "none", "distribution": "ggx", "alpha": 0.01}}}
    above = dict(camera, eye=[0.4, 1.5, 1.6], target=[0.0, -0.75, 0.2])
    return head(above, MATTE, MATTE, metal)


def cases(camera):
    """Name, what it asks, scene, whether exact agreement is expected."""
    skin, eyes, ground = {"roughness": 0.45, "ior": 1.4}, {"roughness": 0.15, "ior": 1.376}, {"roughness": 0.3}
    metal = {"metallic": 1.0, "roughness": 0.6}
    blend = {"metallic": 0.5, "roughness": 0.4}
    return [
        ("matte", "Lambert with textures, environment, ground", head(camera, MATTE, MATTE, MATTE), True),
        ("layered", "our layered dielectric on skin, eyes, ground", head(camera, skin, eyes, ground), True),
        ("metal", "our metal with multiple scattering, half-metal eyes", head(camera, metal, blend, ground), True),
        ("mirror", "white metal floor, roughness 0.1, against `roughconductor`", mirror(camera), True),
        ("panel", "Lambert, one rectangle of light, no sky", panel(camera), True),
        ("smooth", "`layered` with interpolated normals: we bend them at silhouettes and start shadow rays on the smooth surface, Mitsuba does not",
         head(camera, skin, eyes, ground, flat=False), False),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("head", type=Path)
    parser.add_argument("--quick", action="store_true", help="smaller pictures, fewer samples")
    parser.add_argument("--only", nargs="*", help="names of scenes")
    parser.add_argument("--ours", help="the built example `reference`")
    parser.add_argument("--pictures", type=Path, help="write the mean pictures and t values there, as .npy")
    arguments = parser.parse_args()
    size, samples, repeats = (128, 32, 12) if arguments.quick else (256, 64, 16)
    binary = ours.program(arguments.ours)
    mi = peer_mitsuba.load_mitsuba()
    camera = dict(json.loads((arguments.head / "head.json").read_text())["camera"], width=size, height=size)
    chosen = [case for case in cases(camera) if not arguments.only or case[0] in arguments.only]
    print(f"{size}², {repeats} × {samples} samples per pixel, 6 bounces; p-values wrong once in {1 / agreement.ALPHA:.0f}\n")
    print("| scene | mean radiance, ours ÷ Mitsuba − 1 | squares with abs t > 3 | worst square p (at) | shape p | verdict |\n|---|---|---|---|---|---|")
    sound = True

    def report(name, a, b, expected, bar_only=False):
        nonlocal sound
        found = agreement.compare(a, b)
        same = abs(found.mean) < agreement.MEAN_BAR if bar_only else found.same()
        sound &= same == expected
        verdict = ("mean agrees" if bar_only else "same") if same else "DIFFERS"
        print(f"| {name} | {100 * found.mean:+.3f} % ± {100 * found.mean_error:.3f} | {100 * found.beyond_three:.2f} % | {found.worst:.2g} {found.worst_at} | {found.shape:.2g} "
              f"| {verdict}{'' if same == expected else ', UNEXPECTED'} |", flush=True)

    for name, _, scene, exact in chosen:
        theirs, _ = peer_mitsuba.pictures(mi, peer_mitsuba.scene(mi, scene, arguments.head), samples, repeats, seed=1000)
        mine, _ = ours.pictures(binary, scene, arguments.head, samples, repeats)
        report(name, mine, theirs, True, bar_only=not exact)
        if arguments.pictures:
            arguments.pictures.mkdir(parents=True, exist_ok=True)
            for who, pictures in (("ours", mine), ("mitsuba", theirs)):
                np.save(arguments.pictures / f"{name}_{who}.npy", pictures.mean(0).astype(np.float32))
            np.save(arguments.pictures / f"{name}_t.npy", agreement.welch(agreement.blocks(mine), agreement.blocks(theirs))[1])
        if name == "matte":
            report(f"control: {name}, Mitsuba against itself", theirs[::2], theirs[1::2], True)
            darker = copy.deepcopy(scene)
            darker["materials"][0]["base_color"] = [0.98] * 3
            planted, _ = ours.pictures(binary, darker, arguments.head, samples, repeats)
            report(f"planted: {name}, our skin 2 % darker", planted, theirs, False)
    print()
    for name, what, _, _ in chosen:
        print(f"- `{name}`: {what}.")
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
