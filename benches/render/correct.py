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
from head import write

MATTE = {"specular": 0.0}
BOUNCES = 6
# Drawn only when asked for by name, and known to differ; `benches/README.md` says why.
DIFFERENT = ("thicket",)


def portrait(camera, skin, eyes, ground, flat=True):
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
    scene = portrait(camera, MATTE, MATTE, MATTE)
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
    return portrait(above, MATTE, MATTE, metal)


def ball(folder, name, radius, centre):
    """A closed ball of 1,280 facets."""
    golden = (1 + 5**0.5) / 2
    points = np.array([[a, b * golden, 0] for a in (-1, 1) for b in (-1, 1)])
    points = np.concatenate([np.roll(points, k, 1) for k in range(3)])
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    near = np.isclose(distance, 2)
    faces = [[points[i], points[j], points[k]] for i in range(12) for j in range(i) for k in range(j) if near[i, j] and near[j, k] and near[i, k]]
    for _ in range(3):
        faces = [f for a, b, c in faces for f in ([a, a + b, a + c], [a + b, b, b + c], [a + c, b + c, c], [a + b, b + c, a + c])]
        faces = [[p / np.linalg.norm(p) for p in f] for f in faces]
    faces = [f if np.dot(np.cross(f[1] - f[0], f[2] - f[0]), f[0]) > 0 else f[::-1] for f in faces]
    corners = np.array(faces, np.float32).reshape(-1, 3)
    write(folder, name, corners * radius + np.float32(centre), corners, np.zeros((len(corners), 2), np.float32), np.arange(len(corners), dtype=np.int32).reshape(-1, 3))
    return f"{name}.ply"


def before(camera, share):
    """A point between the camera (0) and the face (1)."""
    return (np.array(camera["eye"]) * (1 - share) + np.array(camera["target"]) * share).astype(np.float32)


def glass(camera, folder, roughness, native):
    scene = portrait(camera, MATTE, MATTE, MATTE)
    scene["objects"].append({"ply": ball(folder, "ball_glass", 0.1, before(camera, 0.7)), "material": 3, "flat": True})
    scene["materials"].append({"base_color": [1, 1, 1], "roughness": roughness, "ior": 1.5, "interior": {"glass": {"absorption_per_m": [0, 0, 0]}}, "mitsuba": native})
    return scene


def turbid(camera, folder):
    """A ball alone under the sky, light wandering inside: the model of `bsdf/walk.rs` in Mitsuba's terms. Large and around the origin, because Mitsuba lifts rays off
    surfaces by 9e-5 × (1 + coordinate), which should stay a small share of a step."""
    colour, free = np.array([0.8, 0.5, 0.3]), np.array([8.0, 4.0, 2.0])
    away = dict(camera, eye=[20.0, 10.0, 90.0], target=[0.0, 0.0, 0.0])
    d = free / (3.5 + 100 * (colour - 0.33) ** 4)
    step = d * (1.9 - colour + 3.5 * (colour - 0.8) ** 2)
    b = 1.139 + 1.17 * colour
    s = 2 * (1 - colour) / (b + np.sqrt(b * b - 4 * 0.139 * (1 - colour)))
    medium = {"type": "homogeneous", "scale": float(1 / step.min()), "sigma_t": {"type": "rgb", "value": (step.min() / step).tolist()}, "albedo": {"type": "rgb", "value": (1 - s * s).tolist()}}
    material = {"base_color": colour.tolist(), "specular": 0.0, "interior": {"random_walk": {"radius_m": free.tolist()}}, "mitsuba": {"type": "populace_veil"}, "medium": medium}
    return {"camera": away, "objects": [{"ply": ball(folder, "ball_turbid", 12.0, np.zeros(3)), "material": 0, "flat": True}], "materials": [material],
            "environment": {"file": "env.exr"}}


def absorption(colour, around):
    """Chiang et al. 2016, eq. 9."""
    fit = 5.969 - 0.215 * around + 2.532 * around**2 - 10.73 * around**3 + 5.574 * around**4 + 0.245 * around**5
    return ((np.log(colour) / fit) ** 2).tolist()


def strands(camera, folder):
    """A tuft of bent hairs against Mitsuba's own hair and curves. Sparse, so that few pass through each other, and long: our ends are round, Mitsuba's open. Large and
    around the origin as `turbid`, so that lifted rays start within a thirtieth of a hair."""
    draw = np.random.default_rng(1)
    count, points = 600, 6
    away = dict(camera, eye=[20.0, 10.0, 90.0], target=[0.0, 0.0, 0.0])
    root = draw.uniform([-12, 8, -5], [12, 12, 5], (count, 3))
    along = np.linspace(0, 1, points)[None, :, None]
    line = root[:, None] + along * np.array([0, -20.0, 0.0]) + draw.normal(0, 2.0, (count, 1, 3)) * along**2
    file = folder / "tuft.f32"
    np.concatenate([line, np.full((count, points, 1), 0.05)], 2).astype("<f4").tofile(file)
    return tuft(away, file.name, points, 0.4, 0.5)


def thicket(camera, folder):
    """Parallel hairs so near to each other that light goes through many, and never touching. Smooth ones, so that light comes out of a hair where Snell says."""
    draw = np.random.default_rng(3)
    count, points, apart, radius = 13, 6, 0.3, 0.1
    away = dict(camera, eye=[4.0, 0.5, 15.0], target=[0.0, 0.0, 0.0])
    grid = (np.mgrid[:count, :count].reshape(2, -1).T - count // 2) * apart + draw.uniform(-0.045, 0.045, (count**2, 2))
    line = np.stack([np.array([[x, y, z, radius] for y in np.linspace(-10, 10, points)]) for x, z in grid])
    file = folder / "thicket.f32"
    line.astype("<f4").tofile(file)
    return dict(tuft(away, file.name, points, 0.05, 0.05), bounces=60)


def tuft(camera, file, points, along, around):
    colour, tilt = [0.6, 0.35, 0.2], 0.035
    native = {"type": "hair", "int_ior": 1.55, "ext_ior": 1.0, "longitudinal_roughness": along, "azimuthal_roughness": around, "scale_tilt": float(np.degrees(tilt)),
              "sigma_a": {"type": "rgb", "value": absorption(np.array(colour), around)}}
    material = {"base_color": colour, "roughness": along, "ior": 1.55, "interior": {"hair": {"azimuthal_roughness": around, "scale_tilt": tilt}}, "mitsuba": native}
    return {"camera": camera, "objects": [], "materials": [material], "bounces": 20, "fibres": [{"file": file, "points_per_strand": points, "material": 0}],
            "environment": {"file": "env.exr"}}


def bulbs(camera):
    """A bulb without size and a sun without size, no sky."""
    scene = portrait(camera, MATTE, MATTE, MATTE)
    del scene["environment"]
    scene["point_lights"] = [{"position": [-0.5, camera["target"][1] + 0.3, 0.8], "intensity": [2.0, 1.5, 1.0]}]
    scene["sun"] = {"direction": (np.array([0.6, 0.64, 0.48])).tolist(), "irradiance": [1.0, 1.2, 1.5], "angular_radius": 0.0}
    return scene


def spot(camera):
    """A spot without size, whose light fades from the middle on as `KHR_lights_punctual` says; Mitsuba's own fades linearly, so that it gets ours as a picture."""
    scene = portrait(camera, MATTE, MATTE, MATTE)
    del scene["environment"]
    place = np.array([-0.5, camera["target"][1] + 0.4, 1.0])
    axis = np.array(camera["target"]) - place
    scene["point_lights"] = [{"position": place.tolist(), "intensity": [3.0, 2.0, 1.0], "spot": {"axis": (axis / np.linalg.norm(axis)).tolist(), "inner": 0.02, "outer": 0.22}}]
    return scene


def fog(camera):
    """Fog of colour around the head, from behind it to before it, under the sky; the camera stands outside."""
    scene = portrait(camera, MATTE, MATTE, MATTE)
    middle = np.array(camera["target"])
    scene["fog"] = {"extinction_per_m": 3.0, "albedo": [0.95, 0.9, 0.8], "forward": 0.6, "bounds": [(middle - [0.4, 0.25, 0.5]).tolist(), (middle + [0.4, 0.35, 0.4]).tolist()]}
    # Whatever scatters, counts; so much is left after as many.
    scene["bounces"] = 24
    return scene


def turned(camera):
    """The sky turned around the vertical."""
    scene = portrait(camera, MATTE, MATTE, MATTE)
    scene["environment"]["turn_deg"] = 75.0
    return scene


def cases(camera, folder):
    """Name, what it asks, scene, whether exact agreement is expected."""
    clear = {"type": "dielectric", "int_ior": 1.5, "ext_ior": 1.0}
    frosted = {"type": "roughdielectric", "distribution": "ggx", "alpha": 0.01, "int_ior": 1.5, "ext_ior": 1.0}
    skin, eyes, ground = {"roughness": 0.45, "ior": 1.4}, {"roughness": 0.15, "ior": 1.376}, {"roughness": 0.3}
    metal = {"metallic": 1.0, "roughness": 0.6}
    blend = {"metallic": 0.5, "roughness": 0.4}
    return [
        ("matte", "Lambert with textures, environment, ground", portrait(camera, MATTE, MATTE, MATTE), True),
        ("layered", "our layered dielectric on skin, eyes, ground", portrait(camera, skin, eyes, ground), True),
        ("metal", "our metal with multiple scattering, half-metal eyes", portrait(camera, metal, blend, ground), True),
        ("mirror", "white metal floor, roughness 0.1, against `roughconductor`", mirror(camera), True),
        ("panel", "Lambert, one rectangle of light, no sky", panel(camera), True),
        ("bulbs", "a bulb and a sun, both without size", bulbs(camera), True),
        ("glass", "a smooth ball of glass before the face, against `dielectric`", glass(camera, folder, 0.0, clear), True),
        ("rough", "a ball of rough glass (roughness 0.1), against `roughdielectric`", glass(camera, folder, 0.1, frosted), True),
        ("spot", "Lambert, a spot without size that fades from the middle on", spot(camera), True),
        ("fog", "coloured fog around the head, forward scattering, against Mitsuba's homogeneous medium", fog(camera), True),
        ("turned", "`matte` with the environment turned by 75°", turned(camera), True),
        ("walk", "a turbid ball, light entering, wandering and leaving as in our random walk, against Mitsuba's volumes", turbid(camera, folder), True),
        ("hair", "600 bent hairs against Mitsuba's `hair` on `bsplinecurve`", strands(camera, folder), True),
        ("thicket", "169 smooth parallel hairs, dense and apart: where light comes out of a hair is not for a model of directions to say", thicket(camera, folder), False),
        ("smooth", "`layered` with interpolated normals: we bend them at silhouettes and start shadow rays on the smooth surface, Mitsuba does not",
         portrait(camera, skin, eyes, ground, flat=False), False),
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
    chosen = [case for case in cases(camera, arguments.head) if (case[0] in arguments.only if arguments.only else case[0] not in DIFFERENT)]
    print(f"{size}², {repeats} × {samples} samples per pixel, {BOUNCES} bounces; p-values wrong once in {1 / agreement.ALPHA:.0f}\n")
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
        bounces = scene.pop("bounces", BOUNCES)
        theirs, _ = peer_mitsuba.pictures(mi, peer_mitsuba.scene(mi, scene, arguments.head, bounces), samples, repeats, seed=1000)
        mine, _ = ours.pictures(binary, scene, arguments.head, samples, repeats, "--bounces", bounces)
        report(name, mine, theirs, name not in DIFFERENT, bar_only=not exact)
        if arguments.pictures:
            arguments.pictures.mkdir(parents=True, exist_ok=True)
            for who, pictures in (("ours", mine), ("mitsuba", theirs)):
                np.save(arguments.pictures / f"{name}_{who}.npy", pictures.mean(0).astype(np.float32))
            np.save(arguments.pictures / f"{name}_t.npy", agreement.welch(agreement.blocks(mine), agreement.blocks(theirs))[1])
        if name == "matte":
            report(f"control: {name}, Mitsuba against itself", theirs[::2], theirs[1::2], True)
            darker = copy.deepcopy(scene)
            darker["materials"][0]["base_color"] = [0.98] * 3
            planted, _ = ours.pictures(binary, darker, arguments.head, samples, repeats, "--bounces", bounces)
            report(f"planted: {name}, our skin 2 % darker", planted, theirs, False)
    print()
    for name, what, _, _ in chosen:
        print(f"- `{name}`: {what}.")
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
