#!/usr/bin/env python3
"""Blender's Cycles on the reference head, as a program that answers requests; started by `pictures.py` with a Python that has `bpy` (5.2.3: 3.13).

    python peer_cycles.py HEAD

Each line on stdin is a request {"samples", "seed", "denoise", "passes", "move", "out"}; each answer a line of JSON with `cpu_s`, user and system together. The scene
is kept between requests (persistent data), as a pipeline would; `move` gives the body new vertices first, as every new person does.
"""
import json
import math
import os
import resource
import sys

import bpy
import mathutils
import numpy as np

PASSES = ["z", "normal", "uv", "object_index", "vector", "diffuse_color", "position", "cryptomatte_object"]
POINTS_PER_STRAND = 8
HAIR_COLOUR = (0.25, 0.14, 0.07)
# Blender's z is up.
TURN = mathutils.Matrix(((1, 0, 0, 0), (0, 0, -1, 0), (0, 1, 0, 0), (0, 0, 0, 1)))


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def picture(path, data=False):
    image = bpy.data.images.load(path)
    image.colorspace_settings.name = "Non-Color" if data else "sRGB"
    return image


def material(name, texture=None, roughness=0.5, colour=None, alpha=False, subsurface=False):
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    tree = made.node_tree
    surface = tree.nodes["Principled BSDF"]
    if colour:
        tree.nodes.remove(surface)
        surface = tree.nodes.new("ShaderNodeBsdfDiffuse")
        surface.inputs["Color"].default_value = (*colour, 1)
        tree.links.new(surface.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
        return made
    surface.inputs["Roughness"].default_value = roughness
    surface.inputs["IOR"].default_value = 1.5
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = picture(texture)
    tree.links.new(node.outputs["Color"], surface.inputs["Base Color"])
    if alpha:
        tree.links.new(node.outputs["Alpha"], surface.inputs["Alpha"])
    if subsurface:
        # Random walk is the default; mean free paths of skin (Jensen & Buhler 2002).
        surface.inputs["Subsurface Weight"].default_value = 1.0
        surface.inputs["Subsurface Radius"].default_value = (3.7, 1.4, 0.7)
        surface.inputs["Subsurface Scale"].default_value = 0.001
    return made


def hairs(scene, folder, colour):
    """The strands as Blender's own hair curves with Chiang's model."""
    made = bpy.data.materials.new("hair")
    made.use_nodes = True
    tree = made.node_tree
    tree.nodes.remove(tree.nodes["Principled BSDF"])
    surface = tree.nodes.new("ShaderNodeBsdfHairPrincipled")
    surface.model, surface.parametrization = "CHIANG", "COLOR"
    surface.inputs["Color"].default_value = (*colour, 1)
    surface.inputs["Roughness"].default_value, surface.inputs["Radial Roughness"].default_value, surface.inputs["IOR"].default_value = 0.3, 0.3, 1.55
    tree.links.new(surface.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
    points = np.fromfile(f"{folder}/fibres.f32", "<f4").reshape(-1, 4)
    curves = bpy.data.hair_curves.new("hair")
    curves.add_curves([POINTS_PER_STRAND] * (len(points) // POINTS_PER_STRAND))
    turned = points[:, [0, 2, 1]] * np.float32([1, -1, 1])
    curves.attributes["position"].data.foreach_set("vector", turned.ravel())
    (curves.attributes.get("radius") or curves.attributes.new("radius", "FLOAT", "POINT")).data.foreach_set("value", np.ascontiguousarray(points[:, 3]))
    curves.materials.append(made)
    thing = bpy.data.objects.new("hair", curves)
    scene.collection.objects.link(thing)
    scene.cycles_curves.shape = "THICK"
    return thing


def load(folder, name, surface):
    bpy.ops.wm.obj_import(filepath=f"{folder}/{name}.obj", forward_axis="NEGATIVE_Z", up_axis="Y")
    thing = bpy.context.selected_objects[0]
    thing.data.materials.clear()
    thing.data.materials.append(surface)
    return thing


def prepare(folder, hair, subsurface, size, threads):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.device = "CPU"
    scene.render.threads_mode, scene.render.threads = "FIXED", threads
    cycles.max_bounces = cycles.diffuse_bounces = cycles.glossy_bounces = cycles.transmission_bounces = 5
    cycles.transparent_max_bounces = 16
    cycles.sample_clamp_indirect = cycles.sample_clamp_direct = cycles.blur_glossy = 0
    cycles.use_adaptive_sampling = False
    cycles.use_light_tree = False
    cycles.pixel_filter_type = "BOX"
    cycles.denoiser, cycles.denoising_quality = "OPENIMAGEDENOISE", "HIGH"
    cycles.denoising_input_passes, cycles.denoising_prefilter = "RGB_ALBEDO_NORMAL", "ACCURATE"
    scene.render.resolution_x = scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.render.use_persistent_data = True
    body = load(folder, "body", material("skin", f"{folder}/skin.png", 0.45, subsurface=subsurface))
    things = [body, load(folder, "eyes", material("eye", f"{folder}/eye.png", 0.1)), load(folder, "ground", material("ground", colour=(0.4, 0.4, 0.4)))]
    if hair == "cards":
        things.append(load(folder, "hair", material("hair", f"{folder}/hair.png", 0.5, alpha=True)))
    elif hair == "fibres":
        things.append(hairs(scene, folder, HAIR_COLOUR))
    for index, thing in enumerate(things):
        thing.pass_index = index + 1

    world = bpy.data.worlds.new("world")
    scene.world = world
    world.use_nodes = True
    tree = world.node_tree
    background = tree.nodes.get("Background") or tree.nodes.new("ShaderNodeBackground")
    sky = tree.nodes.new("ShaderNodeTexEnvironment")
    sky.image = picture(f"{folder}/env.exr")
    sky.image.colorspace_settings.name = "Linear Rec.709"
    # Blender's picture begins a quarter turn elsewhere.
    place, turn = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeMapping")
    turn.inputs["Rotation"].default_value = (0, 0, -math.pi / 2)
    tree.links.new(place.outputs["Generated"], turn.inputs["Vector"])
    tree.links.new(turn.outputs[0], sky.inputs["Vector"])
    tree.links.new(sky.outputs[0], background.inputs["Color"])
    output = tree.nodes.get("World Output") or tree.nodes.new("ShaderNodeOutputWorld")
    tree.links.new(background.outputs[0], output.inputs["Surface"])
    world.cycles.sampling_method, world.cycles.sample_map_resolution = "MANUAL", 512

    with open(f"{folder}/head.json") as file:
        view = json.load(file)["camera"]
    camera = bpy.data.cameras.new("camera")
    camera.angle = math.radians(view["fov_deg"])
    scene.camera = bpy.data.objects.new("camera", camera)
    scene.collection.objects.link(scene.camera)
    eye, target = TURN @ mathutils.Vector(view["eye"]), TURN @ mathutils.Vector(view["target"])
    scene.camera.location = eye
    scene.camera.rotation_euler = (target - eye).to_track_quat("-Z", "Y").to_euler()
    return scene, body


def answer(scene, body, still, request):
    scene.cycles.samples, scene.cycles.seed = request["samples"], request["seed"]
    scene.cycles.use_denoising = request["denoise"]
    layer = bpy.context.view_layer
    for name in PASSES:
        setattr(layer, f"use_pass_{name}", request["passes"])
    settings = scene.render.image_settings
    settings.media_type = "MULTI_LAYER_IMAGE" if request["passes"] else "IMAGE"
    settings.file_format = "OPEN_EXR_MULTILAYER" if request["passes"] else "OPEN_EXR"
    settings.color_depth = "32"
    scene.render.filepath = request["out"]
    if request["move"]:
        # By less than anyone can see: the same picture, but everything has to be sent again.
        body.data.vertices.foreach_set("co", still * (1 + 1e-7 * (1 + request["seed"] % 7)))
        body.data.update()
    before = processor_seconds()
    bpy.ops.render.render(write_still=True)
    return {"cpu_s": processor_seconds() - before, "version": bpy.app.version_string}


def main():
    folder, options = os.path.abspath(sys.argv[1]), json.loads(sys.argv[2])
    # Blender talks on stdout; answers go to a copy of it.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    scene, body = prepare(folder, **options)
    still = np.empty(len(body.data.vertices) * 3, np.float32)
    body.data.vertices.foreach_get("co", still)
    for line in sys.stdin:
        answers.write(json.dumps(answer(scene, body, still, json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
