//! What glTF files mean, and what is said of those that mean nothing.
mod support;

use glam::{DVec2, DVec3, Vec2, Vec3};
use scene::file::{self, Beside, Extent, FileError, Format, Limits, Model};
use scene::light::Beam;
use scene::material::Interior;
use scene::texture::Texels;
use scene::write;
use serde_json::{Value, json};
use support::{Buffers, TRIANGLE, glb};

fn read(bytes: &[u8]) -> Result<Model, FileError> {
    file::from_bytes(bytes, Format::Gltf, Beside::Memory(&[]), Limits::default())
}

/// A file with one node that shows one triangle; `change` may change all of it.
fn triangle(change: impl FnOnce(&mut Buffers, &mut Value)) -> Vec<u8> {
    let mut buffers = Buffers::default();
    let position = buffers.floats("VEC3", 3, &TRIANGLE);
    let mut rest = json!({
        "nodes": [{"mesh": 0, "name": "thing"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": position}}]}],
    });
    change(&mut buffers, &mut rest);
    buffers.glb(rest)
}

fn sound(change: impl FnOnce(&mut Buffers, &mut Value)) -> Model {
    read(&triangle(change)).expect("sound")
}

fn told(change: impl FnOnce(&mut Buffers, &mut Value)) -> String {
    let error = read(&triangle(change)).expect_err("broken");
    let text = error.to_string();
    assert!(!text.contains('\n') && !text.ends_with('.'), "{text}");
    text
}

#[test]
fn a_bare_triangle_is_flat_grey_metal_and_its_own_thing() {
    let model = sound(|_, _| ());
    let object = &model.objects[0];
    assert_eq!((object.name.as_str(), object.instance), ("thing", 1));
    assert_eq!(object.mesh.positions, [Vec3::ZERO, Vec3::X, Vec3::Y]);
    assert_eq!(object.mesh.normals, [Vec3::Z; 3]);
    let material = &model.materials[object.material.0 as usize];
    assert_eq!(
        (material.metallic, material.roughness, material.base_color),
        (1.0, 1.0, Vec3::ONE)
    );
    assert!(model.notes.is_empty(), "{:?}", model.notes);
}

#[test]
fn nodes_carry_their_children_and_mirrors_keep_the_outside_out() {
    let model = sound(|_, rest| {
        rest["nodes"] = json!([
            {"children": [1], "translation": [10, 0, 0], "rotation": [0, 0, std::f64::consts::FRAC_1_SQRT_2, std::f64::consts::FRAC_1_SQRT_2]},
            {"mesh": 0, "scale": [2, 1, -1]},
        ]);
    });
    let mesh = &model.objects[0].mesh;
    // x turns to y about z; the mirror in z turns the triangle over and its winding back.
    assert!(
        mesh.positions.contains(&Vec3::new(10.0, 2.0, 0.0)),
        "{:?}",
        mesh.positions
    );
    assert!((mesh.normals[0] - Vec3::NEG_Z).length() < 1e-6);
    let [a, b, c] = mesh.triangles[0].map(|corner| mesh.positions[corner as usize]);
    assert!((b - a).cross(c - a).z < 0.0);
}

#[test]
fn stored_normals_follow_a_squeezing_node() {
    let model = sound(|buffers, rest| {
        let slant = Vec3::new(1.0, 0.0, 1.0).normalize();
        let normals: Vec<f32> = [slant; 3].iter().flat_map(glam::Vec3::to_array).collect();
        let normal = buffers.floats("VEC3", 3, &normals);
        rest["meshes"][0]["primitives"][0]["attributes"]["NORMAL"] = json!(normal);
        rest["nodes"][0]["scale"] = json!([1, 1, 0.5]);
    });
    let expected = Vec3::new(1.0, 0.0, 2.0).normalize();
    assert!((model.objects[0].mesh.normals[0] - expected).length() < 1e-6);
}

#[test]
fn strips_fans_and_lists_make_the_same_square() {
    for (mode, indices) in [
        (4, vec![0, 1, 2, 2, 1, 3]),
        (5, vec![0, 1, 2, 3]),
        (6, vec![0, 1, 3, 2]),
    ] {
        let model = sound(|buffers, rest| {
            let position =
                buffers.floats("VEC3", 3, &[0., 0., 0., 1., 0., 0., 0., 1., 0., 1., 1., 0.]);
            let indices = buffers.shorts("SCALAR", 1, &indices);
            rest["meshes"][0]["primitives"][0] =
                json!({"attributes": {"POSITION": position}, "indices": indices, "mode": mode});
        });
        let mesh = &model.objects[0].mesh;
        let area: f32 = mesh
            .triangles
            .iter()
            .map(|triangle| {
                let [a, b, c] = triangle.map(|corner| mesh.positions[corner as usize]);
                0.5 * (b - a).cross(c - a).z
            })
            .sum();
        assert_eq!((mesh.triangles.len(), area), (2, 1.0), "mode {mode}");
    }
}

#[test]
fn quantised_and_sparse_numbers_are_understood() {
    let model = sound(|buffers, rest| {
        // Positions as signed bytes, normalised; the second vertex replaced by a sparse one.
        let view = buffers.view(&[0, 0, 0, 0, 64, 0, 0, 0, 0, 127, 0, 0]);
        let indices = buffers.view(&[1]);
        let values = buffers.view(&[127, 0, 0]);
        buffers.views[view]["byteStride"] = json!(4);
        let accessor = buffers.accessor(view, 5120, "VEC3", 3);
        buffers.accessors[accessor]["normalized"] = json!(true);
        buffers.accessors[accessor]["sparse"] = json!({
            "count": 1,
            "indices": {"bufferView": indices, "componentType": 5121},
            "values": {"bufferView": values},
        });
        rest["extensionsRequired"] = json!(["KHR_mesh_quantization"]);
        rest["meshes"][0]["primitives"][0]["attributes"]["POSITION"] = json!(accessor);
    });
    assert_eq!(
        model.objects[0].mesh.positions,
        [Vec3::ZERO, Vec3::X, Vec3::Y]
    );
}

#[test]
fn morph_targets_have_their_default_weights_and_nodes_their_own() {
    for (node_weights, height) in [(None, 0.5), (Some(json!([2.0])), 2.0)] {
        let model = sound(|buffers, rest| {
            let target = buffers.floats("VEC3", 3, &[0., 0., 1., 0., 0., 1., 0., 0., 1.]);
            rest["meshes"][0]["weights"] = json!([0.5]);
            rest["meshes"][0]["primitives"][0]["targets"] = json!([{"POSITION": target}]);
            if let Some(weights) = node_weights {
                rest["nodes"][0]["weights"] = weights;
            }
        });
        assert_eq!(model.objects[0].mesh.positions[0].z, height);
    }
}

#[test]
fn skins_move_vertices_with_their_joints_and_not_with_their_node() {
    let model = sound(|buffers, rest| {
        let joints = buffers.shorts("VEC4", 4, &[0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0]);
        let weights = buffers.floats("VEC4", 4, &[1., 0., 0., 0., 1., 0., 0., 0., 1., 1., 0., 0.]);
        let mut identity = [0.0_f32; 32];
        for k in 0..4 {
            identity[5 * k] = 1.0;
            identity[16 + 5 * k] = 1.0;
        }
        let binds = buffers.floats("MAT4", 16, &identity);
        rest["nodes"] = json!([
            {"mesh": 0, "skin": 0, "translation": [100, 0, 0]},
            {"translation": [0, 0, 1]},
            {"translation": [0, 0, 3]},
        ]);
        rest["skins"] = json!([{"joints": [1, 2], "inverseBindMatrices": binds}]);
        let attributes = &mut rest["meshes"][0]["primitives"][0]["attributes"];
        attributes["JOINTS_0"] = json!(joints);
        attributes["WEIGHTS_0"] = json!(weights);
    });
    let expected = [
        Vec3::new(0.0, 0.0, 1.0),
        Vec3::new(1.0, 0.0, 3.0),
        Vec3::new(0.0, 1.0, 2.0),
    ];
    assert_eq!(model.objects[0].mesh.positions, expected);
}

#[test]
fn textures_come_by_channel_and_v_is_turned_up() {
    let model = sound(|buffers, rest| {
        let picture = write::png_rgb8(2, 1, &[9, 51, 255, 9, 102, 0]);
        let view = buffers.view(&picture);
        let uv = buffers.floats("VEC2", 2, &[0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
        rest["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = json!(uv);
        rest["meshes"][0]["primitives"][0]["material"] = json!(0);
        rest["images"] = json!([{"bufferView": view, "mimeType": "image/png"}]);
        rest["textures"] = json!([{"source": 0}]);
        rest["materials"] = json!([{
            "pbrMetallicRoughness": {
                "baseColorFactor": [0.5, 1, 1, 1],
                "baseColorTexture": {"index": 0},
                "metallicRoughnessTexture": {"index": 0},
            },
            "normalTexture": {"index": 0, "scale": 0.5},
        }]);
    });
    assert_eq!(model.objects[0].mesh.uvs, [Vec2::Y, Vec2::ONE, Vec2::ZERO]);
    let material = &model.materials[0];
    assert_eq!(material.base_color, Vec3::new(0.5, 1.0, 1.0));
    let data = |texture: &Option<std::sync::Arc<scene::Texture>>| match &texture
        .as_ref()
        .expect("there")
        .texels
    {
        Texels::Linear8(texels) => texels.clone(),
        other => panic!("data, not {other:?}"),
    };
    assert_eq!(data(&material.roughness_texture), [51, 102]);
    assert_eq!(data(&material.metallic_texture), [255, 0]);
    let normal = material.normal_map.as_ref().expect("there");
    assert_eq!(normal.scale, 0.5);
    let Texels::Rgb32(normals) = &normal.texture.texels else {
        panic!("numbers")
    };
    assert_eq!(normals[0][1], 0.2);
}

#[test]
fn texture_transforms_go_into_the_coordinates() {
    let model = sound(|buffers, rest| {
        let view = buffers.view(&write::png_rgb8(1, 1, &[9, 9, 9]));
        let uv = buffers.floats("VEC2", 2, &[0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
        rest["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_3"] = json!(uv);
        rest["meshes"][0]["primitives"][0]["material"] = json!(0);
        rest["images"] = json!([{"bufferView": view}]);
        rest["textures"] = json!([{"source": 0}]);
        let transform = json!({"offset": [0.25, 0.5], "scale": [2, 3], "rotation": std::f64::consts::FRAC_PI_2, "texCoord": 3});
        rest["materials"] = json!([{
            "pbrMetallicRoughness": {
                "baseColorTexture": {"index": 0, "extensions": {"KHR_texture_transform": transform}},
            },
            "emissiveFactor": [1, 1, 1],
            "emissiveTexture": {"index": 0},
        }]);
    });
    // A quarter turn counter-clockwise with v down: (u, v) → (v, −u), scaled before and shifted after; then v up.
    let expected = [
        Vec2::new(0.25, 0.5),
        Vec2::new(0.25, 2.5),
        Vec2::new(3.25, 0.5),
    ];
    for (uv, expected) in model.objects[0].mesh.uvs.iter().zip(expected) {
        assert!((*uv - expected).length() < 1e-6, "{uv} for {expected}");
    }
    assert!(model.materials[0].emission_texture.is_none());
    assert_eq!(
        model.notes,
        [
            "material 0: its emissive texture lies otherwise on the surface than the first texture and is left out"
        ]
    );
}

#[test]
fn alpha_modes_become_cut_outs_and_opacity() {
    let material = |mode: &str, alpha: f64| {
        let model = sound(|buffers, rest| {
            let mut png = Vec::new();
            let mut encoder = png::Encoder::new(&mut png, 2, 1);
            encoder.set_color(png::ColorType::Rgba);
            let mut writer = encoder.write_header().expect("header");
            writer
                .write_image_data(&[1, 2, 3, 100, 4, 5, 6, 200])
                .expect("data");
            writer.finish().expect("end");
            let view = buffers.view(&png);
            rest["images"] = json!([{"bufferView": view}]);
            rest["textures"] = json!([{"source": 0}]);
            rest["materials"] = json!([{
                "alphaMode": mode, "alphaCutoff": 0.6,
                "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "baseColorFactor": [1, 1, 1, alpha]},
            }]);
        });
        model.materials[0].clone()
    };
    let opaque = material("OPAQUE", 0.5);
    assert!(opaque.alpha.is_none() && opaque.opacity == 1.0);
    let blend = material("BLEND", 0.5);
    assert!(blend.alpha.is_some() && blend.opacity == 0.5);
    let mask = material("MASK", 1.0);
    let Texels::Linear8(texels) = &mask.alpha.as_ref().expect("there").texels else {
        panic!("data")
    };
    assert_eq!((texels.as_slice(), mask.opacity), (&[0, 255][..], 1.0));
}

#[test]
fn extensions_of_materials_find_their_place() {
    let model = sound(|_, rest| {
        rest["materials"] = json!([
            {"emissiveFactor": [1, 0.5, 0], "extensions": {
                "KHR_materials_emissive_strength": {"emissiveStrength": 8},
                "KHR_materials_clearcoat": {"clearcoatFactor": 0.7, "clearcoatRoughnessFactor": 0.1},
                "KHR_materials_sheen": {"sheenColorFactor": [0.1, 0.2, 0.3], "sheenRoughnessFactor": 0.4},
                "KHR_materials_ior": {"ior": 1.33},
                "KHR_materials_specular": {"specularFactor": 0.25},
                "KHR_materials_iridescence": {"iridescenceFactor": 1},
            }},
            {"pbrMetallicRoughness": {"baseColorFactor": [0.9, 0.8, 0.7, 1]},
             "extensions": {"KHR_materials_transmission": {"transmissionFactor": 1}}},
            {"extensions": {
                "KHR_materials_transmission": {"transmissionFactor": 1},
                "KHR_materials_volume": {"thicknessFactor": 1, "attenuationDistance": 0.5, "attenuationColor": [1, 0.5, 0.25]},
            }},
            {"extensions": {"KHR_materials_unlit": {}}, "pbrMetallicRoughness": {"baseColorFactor": [0.9, 0.8, 0.7, 1]}},
        ]);
    });
    let [layered, sheet, glass, unlit, ..] = &model.materials[..] else {
        panic!("four")
    };
    assert_eq!(layered.emission, Vec3::new(8.0, 4.0, 0.0));
    assert_eq!(
        layered.clear_coat.map(|coat| (coat.weight, coat.roughness)),
        Some((0.7, 0.1))
    );
    assert_eq!(layered.sheen.map(|sheen| sheen.roughness), Some(0.4));
    assert_eq!((layered.ior, layered.specular), (1.33, 0.25));
    assert_eq!(
        sheet.interior,
        Interior::ThinClear {
            tint: Vec3::new(0.9, 0.8, 0.7)
        }
    );
    let Interior::Glass { absorption_per_m } = glass.interior else {
        panic!("glass")
    };
    // Half of the green light after half a metre.
    assert!(
        (absorption_per_m - Vec3::new(0.0, 2.0_f32.ln() * 2.0, 4.0_f32.ln() * 2.0)).length() < 1e-5
    );
    assert_eq!(
        (unlit.emission, unlit.base_color, unlit.specular),
        (Vec3::new(0.9, 0.8, 0.7), Vec3::ZERO, 0.0)
    );
    assert_eq!(
        model.notes,
        ["material 0: `KHR_materials_iridescence` is not honoured"]
    );
}

#[test]
fn lights_and_cameras_stand_where_their_nodes_are() {
    let half = std::f64::consts::FRAC_1_SQRT_2;
    let model = sound(|_, rest| {
        rest["nodes"] = json!([
            {"mesh": 0},
            {"translation": [0, 5, 0], "rotation": [-half, 0, 0, half],
             "extensions": {"KHR_lights_punctual": {"light": 0}}},
            {"rotation": [-half, 0, 0, half], "extensions": {"KHR_lights_punctual": {"light": 1}}},
            {"translation": [1, 2, 8], "camera": 0},
        ]);
        rest["extensions"] = json!({"KHR_lights_punctual": {"lights": [
            {"type": "spot", "color": [1, 0.5, 0.25], "intensity": 4, "spot": {"innerConeAngle": 0.1, "outerConeAngle": 0.2}},
            {"type": "directional", "intensity": 3},
        ]}});
        rest["cameras"] = json!([
            {"type": "perspective", "perspective": {"yfov": 0.5, "aspectRatio": 2, "znear": 0.1}},
        ]);
    });
    let lamp = &model.point_lights[0];
    assert_eq!(
        (lamp.position, lamp.intensity),
        (Vec3::Y * 5.0, Vec3::new(4.0, 2.0, 1.0))
    );
    let Beam::Spot { axis, inner, outer } = lamp.beam else {
        panic!("spot")
    };
    assert!((axis - Vec3::NEG_Y).length() < 1e-6 && inner == 0.1 && outer == 0.2);
    let sun = model.sun.expect("there");
    assert!((sun.direction - Vec3::Y).length() < 1e-6 && sun.irradiance == Vec3::splat(3.0));
    let scene = model.into_scene(Extent::LongerSide(200), None);
    assert!(scene.environment.is_none(), "the file has light");
    let camera = &scene.camera;
    assert_eq!((camera.width_px, camera.height_px), (200, 100));
    let (pixel, depth) = camera.project(DVec3::new(1.0, 2.0, 3.0)).expect("ahead");
    assert!((pixel - DVec2::new(100.0, 50.0)).length() < 1e-9 && (depth - 5.0).abs() < 1e-9);
    let (above, _) = camera
        .project(DVec3::new(1.0, 2.0 + 5.0 * 0.25_f64.tan(), 3.0))
        .expect("ahead");
    assert!(above.y.abs() < 1e-9, "{above}");
}

#[test]
fn text_files_find_their_neighbours_and_data() {
    let positions: Vec<u8> = TRIANGLE
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let text = json!({
        "asset": {"version": "2.0"},
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3},
            {"bufferView": 1, "componentType": 5121, "type": "SCALAR", "count": 3},
        ],
        "bufferViews": [{"buffer": 0, "byteLength": 36}, {"buffer": 1, "byteLength": 3}],
        "buffers": [{"uri": "a%20b.bin", "byteLength": 36}, {"uri": "data:application/octet-stream;base64,AAEC", "byteLength": 3}],
    })
    .to_string();
    let model = file::from_bytes(
        text.as_bytes(),
        Format::Gltf,
        Beside::Memory(&[("a b.bin", &positions)]),
        Limits::default(),
    )
    .expect("sound");
    assert_eq!(model.objects[0].mesh.triangles, [[0, 1, 2]]);
}

#[test]
fn faults_are_told_with_their_place() {
    type Change = fn(&mut Buffers, &mut Value);
    let cases: [(Change, &str); 24] = [
        (
            |_, rest| {
                rest["nodes"] =
                    json!([{"mesh": 0, "children": [1]}, {"children": [2]}, {"children": [1]}]);
            },
            "node 1: is a child of node 0 and of node 2; a node has at most one parent",
        ),
        (
            |_, rest| {
                rest["nodes"] =
                    json!([{"mesh": 0}, {"children": [2], "name": "a"}, {"children": [1]}]);
            },
            "node 1 (`a`): is its own ancestor; nodes form a tree",
        ),
        (
            |_, rest| rest["nodes"] = json!([{"mesh": 0, "children": [0]}]),
            "node 0: is its own ancestor; nodes form a tree",
        ),
        (
            |_, rest| rest["nodes"][0]["children"] = json!([7]),
            "node 0 (`thing`): names node 7, but there are 1",
        ),
        (
            |_, rest| rest["nodes"][0]["mesh"] = json!(7),
            "node 0 (`thing`): names mesh 7, but there are 1",
        ),
        (
            |_, rest| rest["meshes"][0]["primitives"][0]["material"] = json!(3),
            "mesh 0 of node 0 (`thing`), primitive 0: names material 3, but there are 0",
        ),
        (
            |_, rest| rest["meshes"][0]["primitives"][0]["mode"] = json!(9),
            "mesh 0 of node 0 (`thing`), primitive 0: mode 9 is none of 0 to 6",
        ),
        (
            |_, rest| rest["meshes"][0]["primitives"][0]["mode"] = json!(1),
            "holds no surface to draw",
        ),
        (
            |_, rest| rest["meshes"][0]["primitives"][0]["attributes"]["POSITION"] = json!(9),
            "accessor 9 is named, but there are 1",
        ),
        (
            |buffers, _| buffers.accessors[0]["count"] = json!(4),
            "accessor 0: 4 elements of 12 bytes every 12 from byte 0 reach beyond buffer view 0 of 36",
        ),
        (
            |buffers, _| buffers.accessors[0]["count"] = json!(1_u64 << 62),
            "accessor 0: holds 4611686018427387904 entries, more than the 67108864 that are allowed",
        ),
        (
            |buffers, _| buffers.accessors[0]["type"] = json!("VEC2"),
            "accessor 0: has 2 numbers an element where 3 are needed",
        ),
        (
            |buffers, _| buffers.accessors[0]["type"] = json!("VEC9"),
            "accessor 0: type `VEC9` is none of SCALAR, VEC2 to VEC4 and MAT2 to MAT4",
        ),
        (
            |buffers, _| buffers.accessors[0]["componentType"] = json!(5124),
            "accessor 0: component type 5124 is none of 5120 to 5123, 5125 and 5126",
        ),
        (
            |buffers, _| buffers.views[0]["byteOffset"] = json!(u64::MAX),
            "buffer view 0: 36 bytes from byte 18446744073709551615 reach beyond its buffer of 36",
        ),
        (
            |buffers, _| buffers.views[0]["buffer"] = json!(3),
            "accessor 0: names buffer 3, but there are 1",
        ),
        (
            |buffers, rest| {
                let indices = buffers.shorts("SCALAR", 1, &[0, 1, 3]);
                rest["meshes"][0]["primitives"][0]["indices"] = json!(indices);
            },
            "mesh 0 of node 0 (`thing`), primitive 0: a triangle names vertex 3, but there are 3",
        ),
        (
            |buffers, rest| {
                let position = buffers.floats(
                    "VEC3",
                    3,
                    &[0.0, f32::NAN, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
                );
                rest["meshes"][0]["primitives"][0]["attributes"]["POSITION"] = json!(position);
            },
            "mesh 0 of node 0 (`thing`), primitive 0: vertex 0 is at [0, NaN, 0], which is not finite",
        ),
        (
            |buffers, rest| {
                let normal = buffers.floats("VEC3", 3, &[0.0; 6]);
                rest["meshes"][0]["primitives"][0]["attributes"]["NORMAL"] = json!(normal);
            },
            "mesh 0 of node 0 (`thing`), primitive 0: has 3 positions, but 2 of `NORMAL`",
        ),
        (
            |_, rest| rest["extensionsRequired"] = json!(["KHR_draco_mesh_compression"]),
            "requires the extension `KHR_draco_mesh_compression`, which is not known here",
        ),
        (
            |_, rest| {
                rest["materials"] =
                    json!([{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]);
                rest["textures"] = json!([{"source": 0}]);
                rest["images"] = json!([{"uri": "skin.png"}]);
            },
            "image 0: `skin.png` is not there",
        ),
        (
            |_, rest| {
                rest["nodes"][0]["camera"] = json!(0);
                rest["cameras"] = json!([{"type": "perspective", "perspective": {"yfov": 0}}]);
            },
            "camera 0: sees 0 rad from top to bottom; more than 0.0001 and less than 3.13 can be drawn",
        ),
        (
            |_, rest| {
                rest["nodes"][0]["camera"] = json!(0);
                rest["nodes"][0]["scale"] = json!([0, 0, 0]);
                rest["cameras"] = json!([{"type": "perspective", "perspective": {"yfov": 1}}]);
            },
            "node 0 (`thing`): is flattened, so that its camera has no direction",
        ),
        (
            |_, rest| {
                rest["nodes"][0]["extensions"] = json!({"KHR_lights_punctual": {"light": 0}});
                rest["extensions"] = json!({"KHR_lights_punctual": {"lights": [{"type": "point", "intensity": -1}]}});
            },
            "light 0: its light is [-1, -1, -1], which is not finite and at least 0",
        ),
    ];
    for (number, (change, expected)) in cases.into_iter().enumerate() {
        assert_eq!(told(change), expected, "case {number}");
    }
}

#[test]
fn places_that_leave_all_bounds_are_told() {
    assert_eq!(
        told(
            |_, rest| rest["nodes"] = json!([{"scale": [1e200, 1, 1], "children": [1]}, {"scale": [1e200, 1, 1], "mesh": 0}])
        ),
        "node 1: its place in the world is not finite"
    );
    assert_eq!(
        told(|_, rest| rest["nodes"][0]["scale"] = json!([1e39, 1, 1])),
        "mesh 0 of node 0 (`thing`), primitive 0: vertex 1 is at [inf, 0, 0], which is not finite"
    );
    assert_eq!(
        told(|_, rest| {
            rest["scenes"] = json!([{"nodes": [0]}]);
            rest["scene"] = json!(2);
        }),
        "scene 2 is to be shown, but there are 1"
    );
}

#[test]
fn files_that_are_no_gltf_are_told() {
    for (bytes, expected) in [
        (
            &b"{"[..],
            "is not glTF: EOF while parsing an object at line 1 column 1",
        ),
        (
            b"",
            "is not glTF: EOF while parsing a value at line 1 column 0",
        ),
        (
            b"{\"asset\":{\"version\":\"1.0\"}}",
            "is glTF version `1.0`; version 2.0 is read",
        ),
        (
            b"{\"asset\":{\"version\":\"2.0\"}}",
            "holds no surface to draw",
        ),
        (
            b"{\"asset\":{\"version\":2}}",
            "is not glTF: invalid type: integer `2`, expected a string at line 1 column 21",
        ),
        (
            b"glTF\x01\0\0\0\x0c\0\0\0",
            "is GLB version 1; version 2 is read",
        ),
        (
            b"glTF\x02\0\0\0\xff\0\0\0",
            "is cut off: its header says 255 bytes, there are 12",
        ),
        (b"glTF\x02\0\0\0\x0c\0\0\0", "has no JSON chunk"),
    ] {
        let error = read(bytes).expect_err("broken");
        assert_eq!(error.to_string(), expected);
    }
    // What nobody asks for is skipped without recursion, what somebody asks for has its shape.
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    let deep = format!("{{\"asset\":{{\"version\":\"2.0\"}},\"extras\":{open}{close}}}");
    let error = read(deep.as_bytes()).expect_err("deep").to_string();
    assert_eq!(error, "holds no surface to draw");
    let deep = format!("{{\"nodes\":{open}{close}}}");
    let error = read(deep.as_bytes()).expect_err("deep").to_string();
    assert!(error.starts_with("is not glTF: invalid type"), "{error}");
}

#[test]
fn a_chain_of_a_hundred_thousand_nodes_is_followed() {
    let count = 100_000;
    let model = sound(|_, rest| {
        let mut nodes: Vec<Value> = (1..count)
            .map(|child| json!({"children": [child], "translation": [0, 0.0001, 0]}))
            .collect();
        nodes.push(json!({"mesh": 0}));
        rest["nodes"] = json!(nodes);
    });
    assert!((model.objects[0].mesh.positions[0].y - 10.0).abs() < 1e-3);
}

#[test]
fn a_small_file_cannot_ask_for_much() {
    let limits = Limits {
        vertices: 100,
        triangles: 100,
        ..Limits::default()
    };
    let many = triangle(|_, rest| rest["nodes"] = json!(vec![json!({"mesh": 0}); 50]));
    let error =
        file::from_bytes(&many, Format::Gltf, Beside::Memory(&[]), limits).expect_err("too many");
    assert!(
        error
            .to_string()
            .ends_with("vertices pass the 100 that a scene file may have"),
        "{error}"
    );
    let zeros = triangle(|buffers, _| {
        buffers.accessors[0] = json!({"componentType": 5126, "type": "VEC3", "count": 300});
    });
    let error =
        file::from_bytes(&zeros, Format::Gltf, Beside::Memory(&[]), limits).expect_err("too many");
    assert!(
        error
            .to_string()
            .ends_with("vertices pass the 100 that a scene file may have"),
        "{error}"
    );
}

#[test]
fn lists_of_nothing_are_bounded() {
    let text = format!(
        "{{\"asset\":{{\"version\":\"2.0\"}},\"nodes\":[{}{{}}]}}",
        "{},".repeat(300_000)
    );
    let error = read(text.as_bytes()).expect_err("long").to_string();
    assert!(
        error.contains("a list of more than 262144 entries"),
        "{error}"
    );
    let empty = glb(&json!({"asset": {"version": "2.0"}}), &[]);
    assert_eq!(
        read(&empty).expect_err("empty").to_string(),
        "holds no surface to draw"
    );
}
