"""Our scene descriptions (see `crates/render/examples/reference.rs`) as Mitsuba 3 scenes, and pictures of them.

Conventions that differ, and what is done about them: Mitsuba's environment has its first column at −z and texel rows *at* the poles, ours at +z and half a row away from
them, so it gets the same function resampled at twice the rows plus one, turned by half a circle; it reads PLY's v downwards unless told; its
`max_depth` counts the camera's leg too.
"""
import json
import os
import resource
import sys
from pathlib import Path

import numpy as np

VARIANT = "llvm_ad_rgb"


def load_mitsuba(threads=2):
    """The module, ready in the LLVM variant; it wants LLVM's library in `DRJIT_LIBLLVM_PATH`."""
    if "DRJIT_LIBLLVM_PATH" not in os.environ:
        sys.exit("set DRJIT_LIBLLVM_PATH to libLLVM 19 or later (Debian: libllvm19)")
    import mitsuba as mi

    mi.set_variant(VARIANT)
    import drjit as dr
    import layered

    mi.set_log_level(mi.LogLevel.Warn)
    dr.set_thread_count(threads)
    layered.register()
    return mi


def sky(mi, environment, folder):
    """The same function of direction in Mitsuba's layout."""
    picture = np.array(mi.Bitmap(str(folder / environment["file"])).convert(mi.Bitmap.PixelFormat.RGB, mi.Struct.Type.Float32))
    height = len(picture)
    at = np.clip(np.arange(2 * height + 1) / 2 - 0.5, 0, height - 1)
    low = np.minimum(at.astype(int), height - 2)
    weight = (at - low)[:, None, None]
    rows = picture[low] * (1 - weight) + picture[low + 1] * weight
    turn = mi.ScalarTransform4f().rotate([0, 1, 0], 180 + environment.get("turn_deg", 0))
    return {"type": "envmap", "bitmap": mi.Bitmap(rows.astype(np.float32)), "to_world": turn, "scale": environment.get("scale", 1.0)}


def colour(material, folder):
    if material.get("base_color_texture"):
        return {"type": "bitmap", "filename": str(folder / material["base_color_texture"]), "filter_type": "bilinear"}
    return {"type": "rgb", "value": material["base_color"]}


def bsdf(material, folder):
    native = material.get("mitsuba")
    if native is not None:
        return native
    if material.get("specular", 1.0) == 0 and material.get("metallic", 0.0) == 0:
        inner = {"type": "diffuse", "reflectance": colour(material, folder)}
    else:
        inner = {"type": "populace_layered", "base": colour(material, folder), "roughness": material.get("roughness", 0.5),
                 "metallic": material.get("metallic", 0.0), "ior": material.get("ior", 1.5), "specular": material.get("specular", 1.0)}
    return {"type": "twosided", "inner": inner}


def rectangle(mi, light):
    corner, u, v = (np.array(light[name], float) for name in ("corner", "edge_u", "edge_v"))
    across = np.cross(u, v)
    to_world = np.eye(4)
    to_world[:3, 0], to_world[:3, 1], to_world[:3, 2], to_world[:3, 3] = u / 2, v / 2, across / np.linalg.norm(across), corner + (u + v) / 2
    return {"type": "rectangle", "to_world": mi.ScalarTransform4f(to_world), "emitter": {"type": "area", "radiance": {"type": "rgb", "value": light["radiance"]}},
            "bsdf": {"type": "diffuse", "reflectance": {"type": "rgb", "value": 0.0}}}


def bulb(mi, light):
    """A light without size. Mitsuba's spot fades linearly with the angle: it gets a hard edge, and the square of ours (`scene::light::Beam`) as a picture it throws."""
    intensity = {"type": "rgb", "value": light["intensity"]}
    if "spot" not in light:
        return {"type": "point", "position": light["position"], "intensity": intensity}
    beam = light["spot"]
    outer = np.degrees(beam["outer"])
    across = np.tan(beam["outer"]) * (2 * (np.arange(1024) + 0.5) / 1024 - 1)
    cosine = 1 / np.sqrt(1 + across[:, None] ** 2 + across[None] ** 2)
    come = np.clip((cosine - np.cos(beam["outer"])) / (np.cos(beam["inner"]) - np.cos(beam["outer"])), 0, 1) ** 2
    picture = mi.Bitmap(np.repeat(come[:, :, None], 3, 2).astype(np.float32))
    ahead = np.array(light["position"]) + beam["axis"]
    return {"type": "spot", "intensity": intensity, "cutoff_angle": outer, "beam_width": outer, "texture": {"type": "bitmap", "bitmap": picture, "raw": True},
            "to_world": mi.ScalarTransform4f().look_at(origin=light["position"], target=ahead.tolist(), up=[0, 1, 0])}


def mist(mi, fog):
    """Fog as a box without a surface."""
    low, high = (np.array(corner, float) for corner in fog["bounds"])
    place = mi.ScalarTransform4f().translate(((low + high) / 2).tolist()).scale(((high - low) / 2).tolist())
    return {"type": "cube", "to_world": place, "bsdf": {"type": "null"},
            "interior": {"type": "homogeneous", "sigma_t": fog["extinction_per_m"], "albedo": {"type": "rgb", "value": fog["albedo"]}, "phase": {"type": "hg", "g": fog["forward"]}}}


def guides(mi):
    """An integrator that finds albedo and normals, six channels: a pass of its own is cheaper than Mitsuba's finding them along with radiance."""
    return mi.load_dict({"type": "aov", "aovs": "albedo:albedo,normal:sh_normal"})


def curves(file, points_per_strand):
    """Strands as Mitsuba reads them: a text of points and radii, strands apart; end points are repeated until the spline passes through them."""
    strands = np.fromfile(file, "<f4").reshape(-1, points_per_strand, 4)
    strands = np.concatenate([strands[:, :1]] * 2 + [strands] + [strands[:, -1:]] * 2, 1)
    text = "\n\n".join("\n".join("%.8g %.8g %.8g %.8g" % tuple(point) for point in strand) for strand in strands)
    path = file.with_suffix(".txt")
    path.write_text(text + "\n")
    return path


def scene(mi, description, folder, bounces=6):
    """A loaded Mitsuba scene. `bounces` as ours."""
    camera = description["camera"]
    if any("medium" in material for material in description["materials"]):
        # Steps inside of a body count as bounces there, and do not with us; `volpathmis`, because channels that differ give `volpath` rare bright dots.
        integrator = {"type": "volpathmis", "max_depth": -1, "rr_depth": 50}
    else:
        integrator = {"type": "volpath" if "fog" in description else "path", "max_depth": bounces + 1, "rr_depth": 1000}
    to_world = mi.ScalarTransform4f().look_at(origin=camera["eye"], target=camera["target"], up=camera["up"])
    parts = {
        "type": "scene",
        "integrator": integrator,
        "sensor": {"type": "perspective", "fov": camera["fov_deg"], "fov_axis": "y", "to_world": to_world, "sampler": {"type": "independent"},
                   "film": {"type": "hdrfilm", "width": camera["width"], "height": camera["height"], "rfilter": {"type": "box"},
                            "pixel_format": "rgb", "component_format": "float32"}},
    }
    if "environment" in description:
        parts["environment"] = sky(mi, description["environment"], folder)
    for index, thing in enumerate(description["objects"]):
        material = description["materials"][thing["material"]]
        inside = {"interior": material["medium"]} if "medium" in material else {}
        parts[f"object{index}"] = {"type": "ply", "filename": str(folder / thing["ply"]), "flip_tex_coords": True, "face_normals": thing.get("flat", False),
                                   "bsdf": bsdf(material, folder), **inside}
    for index, tuft in enumerate(description.get("fibres", [])):
        parts[f"fibres{index}"] = {"type": "bsplinecurve", "filename": str(curves(folder / tuft["file"], tuft["points_per_strand"])),
                                   "bsdf": bsdf(description["materials"][tuft["material"]], folder)}
    for index, light in enumerate(description.get("point_lights", [])):
        parts[f"bulb{index}"] = bulb(mi, light)
    if "fog" in description:
        parts["fog"] = mist(mi, description["fog"])
    if "sun" in description:
        sun = description["sun"]
        parts["sun"] = {"type": "directional", "direction": [-x for x in sun["direction"]], "irradiance": {"type": "rgb", "value": sun["irradiance"]}}
    for index, light in enumerate(description.get("area_lights", [])):
        parts[f"light{index}"] = rectangle(mi, light)
    return mi.load_dict(parts)


def pictures(mi, loaded, samples, repeats, seed=1, integrator=None):
    """`[repeats, height, width, channels]` in double precision, and the processor seconds of each; by the scene's own integrator or another."""
    images, seconds = [], []
    for repeat in range(repeats):
        before = processor_seconds()
        images.append(np.array(mi.render(loaded, spp=samples, seed=seed + repeat, integrator=integrator), dtype=np.float64))
        seconds.append(processor_seconds() - before)
    return np.stack(images), seconds


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def describe(path):
    path = Path(path)
    return json.loads(path.read_text()), path.parent
