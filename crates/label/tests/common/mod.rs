//! A person made of ellipsoids, with annotations that are right by construction.
#![allow(dead_code, reason = "every test file uses its own share")]

use std::sync::Arc;

use glam::{DMat3, DVec3, Vec2, Vec3};
use label::verify::File;
use label::{LabelSet, SampleLabels};
use population::Row;
use render::{Layers, Tracer};
use scene::annotation::{Annotations, Eye, Head, Keypoint, Person, Region, SurfacePoint};
use scene::cornea::Cornea;
use scene::mesh::Part;
use scene::{Camera, Material, MaterialId, Mesh, Object, Scene};

/// Radius of an eyeball, m.
pub(crate) const EYE_RADIUS: f64 = 0.012;
/// Centre and half axes of the skull in head axes, m.
pub(crate) const SKULL: (DVec3, DVec3) = (
    DVec3::new(0.0, -0.02, -0.084),
    DVec3::new(0.078, 0.12, 0.10),
);
const NOSE: (DVec3, DVec3) = (
    DVec3::new(0.0, -0.04, 0.012),
    DVec3::new(0.013, 0.026, 0.02),
);
const INSTANCE: u16 = 1;

/// What a test may vary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pose {
    pub(crate) yaw_deg: f64,
    pub(crate) pitch_deg: f64,
    pub(crate) gaze_yaw_deg: f64,
    /// A wall behind the person.
    pub(crate) wall: bool,
    /// A board between the camera and the person's left half of the face.
    pub(crate) board: bool,
    pub(crate) size_px: u32,
}

pub(crate) const FACING: Pose = Pose {
    yaw_deg: 0.0,
    pitch_deg: 0.0,
    gaze_yaw_deg: 0.0,
    wall: false,
    board: false,
    size_px: 160,
};

/// A sample in memory.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) scene: Scene,
    pub(crate) layers: Layers,
    pub(crate) labels: SampleLabels,
    pub(crate) files: Vec<File>,
}

pub(crate) fn make(pose: Pose) -> Made {
    make_seen(pose, |_| {})
}

/// The same through another camera.
pub(crate) fn make_seen(pose: Pose, change: impl Fn(&mut Camera)) -> Made {
    let mut scene = scene(pose);
    change(&mut scene.camera);
    let row = Row::new(17, 8)
        .with("age_years", 31.5)
        .with("sex", "female");
    files_of(pose, scene, &row, None)
}

/// The kinds of labels that people have.
pub(crate) fn people() -> LabelSet {
    let names: Vec<String> = label::kinds().into_iter().map(|kind| kind.name).collect();
    LabelSet::from_names(&names).expect("known names")
}

/// The frame of a sequence that `row` is, with its flow to `next`.
pub(crate) fn files_of(pose: Pose, scene: Scene, row: &Row, next: Option<&Scene>) -> Made {
    let tracer = Tracer::new(&scene).expect("a sound scene");
    let layers = tracer.layers();
    let mut labels = label::annotate(&scene, &layers, &tracer, row, people(), None);
    let amodal = label::amodal(&scene, &tracer, &layers);
    amodal.share(&mut labels, &layers);
    let grey: Vec<u8> = layers
        .part
        .iter()
        .flat_map(|p| [(*p as u8) * 5; 3])
        .collect();
    let picture = scene::write::png_rgb8(pose.size_px, pose.size_px, &grey);
    let flow = next.map(|next| {
        let tracer = Tracer::new(next).expect("a sound scene");
        let flow = label::flow(&scene, &layers, next, &tracer);
        label::flow_file(pose.size_px, pose.size_px, &flow)
    });
    let files = label::files(&labels, &layers, picture)
        .expect("finite labels")
        .into_iter()
        .chain([amodal.file(pose.size_px, pose.size_px)])
        .chain(flow)
        .chain([label::eyes::parsing(
            &layers,
            &tracer,
            pose.size_px,
            pose.size_px,
        )])
        .map(|a| File {
            folder: a.folder.to_owned(),
            path: format!("{}/000000017.{}", a.folder, a.extension),
            bytes: a.bytes,
        })
        .collect();
    Made {
        scene,
        layers,
        labels,
        files,
    }
}

/// The person in head axes, turned about the eyes' midpoint, 0.9 m in front of the camera.
pub(crate) fn scene(pose: Pose) -> Scene {
    let origin = DVec3::new(0.0, 1.6, 0.0);
    let turn = DMat3::from_rotation_y(pose.yaw_deg.to_radians())
        * DMat3::from_rotation_x(pose.pitch_deg.to_radians());
    let place = |p: DVec3| origin + turn * p;

    let skull = ellipsoid(SKULL, 72, 96, DMat3::IDENTITY, skull_part);
    let region = (0..skull.triangles.len())
        .filter(|t| is_face(centroid(&skull, *t)))
        .map(|t| t as u32)
        .collect();
    let mut meshes = vec![("skull", skull)];
    meshes.push((
        "nose",
        ellipsoid(NOSE, 24, 32, DMat3::IDENTITY, |_| Part::Nose),
    ));
    let mut eyes = Vec::new();
    for (x, right) in [(-0.032, true), (0.032, false)] {
        let centre = DVec3::new(x, 0.0, 0.0);
        let axis = DMat3::from_rotation_y(pose.gaze_yaw_deg.to_radians()) * DVec3::Z;
        let ball = (centre, DVec3::splat(EYE_RADIUS));
        // The sphere's pole is the pupil.
        let pole = DMat3::from_rotation_y(pose.gaze_yaw_deg.to_radians())
            * DMat3::from_rotation_x(90_f64.to_radians());
        meshes.push((
            "eye",
            ellipsoid(ball, 36, 32, pole, move |p| {
                eye_part((p - centre).normalize().dot(axis), right)
            }),
        ));
        let lid = |y: f64| place(on_face(x, y));
        eyes.push(Eye {
            centre: place(centre),
            optical_axis: turn * axis,
            pupil: place(centre + axis * 0.0115),
            iris_radius_m: 0.0058,
            pupil_radius_m: 0.002,
            upper_lid: lid(0.0052),
            lower_lid: lid(-0.0052),
            inner_corner: place(on_face(x * 0.6, 0.0)),
            outer_corner: place(on_face(x * 1.4, 0.0)),
            opening: 1.0,
            cornea: Cornea {
                apex: place(centre + axis * EYE_RADIUS),
                axis: turn * axis,
                curvature_m: EYE_RADIUS,
                asphericity: 0.0,
                rim_m: 0.0058,
                index: 1.0,
            },
            limbus: place(centre + axis * 0.0105),
            limbus_radius_m: 0.0058,
            iris: place(centre + axis * 0.0105),
            visual_axis: turn * (axis + DVec3::Y * 0.03).normalize(),
        });
        let side = |part_right, part_left| if right { part_right } else { part_left };
        let ear = (
            DVec3::new(x.signum() * 0.079, -0.02, -0.095),
            DVec3::new(0.008, 0.03, 0.018),
        );
        meshes.push((
            "ear",
            ellipsoid(ear, 16, 16, DMat3::IDENTITY, move |_| {
                side(Part::RightEar, Part::LeftEar)
            }),
        ));
    }
    let mut hair = ellipsoid((SKULL.0, SKULL.1 * 1.06), 48, 64, DMat3::IDENTITY, |_| {
        Part::Hair
    });
    keep(&mut hair, |p| p.y > 0.055 || p.z < -0.115 && p.y > -0.1);
    meshes.push(("hair", hair));
    let neck = (DVec3::new(0.0, -0.17, -0.14), DVec3::new(0.05, 0.09, 0.05));
    meshes.push((
        "neck",
        ellipsoid(neck, 24, 32, DMat3::IDENTITY, |_| Part::Neck),
    ));
    let shirt = (DVec3::new(0.0, -0.34, -0.10), DVec3::new(0.2, 0.12, 0.1));
    meshes.push((
        "shirt",
        ellipsoid(shirt, 24, 32, DMat3::IDENTITY, |_| Part::Clothing),
    ));

    let material = Material {
        name: "grey".to_owned(),
        ..Material::default()
    };
    let mut objects: Vec<Object> = meshes
        .into_iter()
        .map(|(name, mut mesh)| {
            for (p, n) in mesh.positions.iter_mut().zip(&mut mesh.normals) {
                *p = place(p.as_dvec3()).as_vec3();
                *n = (turn * n.as_dvec3()).as_vec3();
            }
            Object {
                name: name.to_owned(),
                mesh: Arc::new(mesh),
                material: MaterialId(0),
                instance: INSTANCE,
            }
        })
        .collect();
    if pose.wall {
        objects.push(sheet(
            "wall",
            [
                Vec3::new(-3.0, -1.0, -1.0),
                Vec3::new(6.0, 0.0, 0.0),
                Vec3::new(0.0, 6.0, 0.0),
            ],
        ));
    }
    if pose.board {
        objects.push(sheet(
            "board",
            [
                Vec3::new(0.008, 1.0, 0.3),
                Vec3::new(1.0, 0.0, 0.0),
                Vec3::new(0.0, 1.0, 0.0),
            ],
        ));
    }
    let point = |p: DVec3| SurfacePoint {
        position: place(p),
        normal: turn * face_normal(p),
    };
    Scene {
        objects,
        materials: vec![material],
        annotations: Annotations {
            vehicles: Vec::new(),
            products: Vec::new(),
            // Beside the camera.
            diodes: vec![DVec3::new(0.05, 1.62, 0.85)],
            people: vec![Person {
                instance: INSTANCE,
                head: Head {
                    origin,
                    world_from_head: turn,
                    low: SKULL.0 - SKULL.1,
                    high: SKULL.0 + SKULL.1,
                },
                eyes: [eyes[0], eyes[1]],
                landmarks_68: landmarks().into_iter().map(point).collect(),
                face_region: Region {
                    object: 0,
                    triangles: region,
                },
                // A centimetre below the face's landmarks: nose, eyes and ears, then any places inside the body.
                keypoints: [30, 45, 36, 16, 0]
                    .into_iter()
                    .chain(0..60)
                    .map(|i| landmarks()[i])
                    .map(|p| Keypoint {
                        position: place(p - 0.01 * face_normal(p)),
                        inset_m: 0.01,
                    })
                    .collect(),
                joints: Vec::new(),
                action: scene::annotation::Action::default(),
                perclos: None,
                measured: vec![("height_cm", 171.25)],
            }],
        },
        ..Scene::new(Camera::look_at(
            origin + DVec3::new(0.0, -0.03, 0.9),
            origin + DVec3::new(0.0, -0.03, 0.0),
            DVec3::Y,
            0.36,
            pose.size_px,
            pose.size_px,
        ))
    }
}

/// iBUG-68 on the toy face, head axes.
fn landmarks() -> Vec<DVec3> {
    let mut all = Vec::new();
    let ring = |x: f64, y: f64, rx: f64, ry: f64, deg: f64| {
        let a = deg.to_radians();
        on_face(x + rx * a.cos(), y + ry * a.sin())
    };
    for i in 0..17 {
        let a = (180.0 + 180.0 * f64::from(i) / 16.0).to_radians();
        // At a quarter of the skull's depth in front of its middle.
        let r = (1.0_f64 - 0.25 * 0.25).sqrt();
        all.push(SKULL.0 + SKULL.1 * DVec3::new(r * a.cos(), r * a.sin(), 0.25));
    }
    for side in [-1.0, 1.0] {
        let xs = [0.048, 0.04, 0.032, 0.024, 0.016];
        let order: Vec<f64> = if side < 0.0 {
            xs.to_vec()
        } else {
            xs.iter().rev().copied().collect()
        };
        all.extend(order.into_iter().map(|x| on_face(side * x, 0.022)));
    }
    all.extend([-0.018, -0.027, -0.036, -0.045].map(|y| on_face(0.0, y)));
    all.extend([-0.012, -0.006, 0.0, 0.006, 0.012].map(|x| on_face(x, -0.068)));
    for x in [-0.032, 0.032] {
        all.extend(
            [180.0, 120.0, 60.0, 0.0, 300.0, 240.0].map(|a| ring(x, 0.0, 0.0125, 0.0115, a)),
        );
    }
    all.extend(
        [
            180.0, 150.0, 120.0, 90.0, 60.0, 30.0, 0.0, 330.0, 300.0, 270.0, 240.0, 210.0,
        ]
        .map(|a| ring(0.0, -0.085, 0.025, 0.012, a)),
    );
    all.extend(
        [180.0, 120.0, 90.0, 60.0, 0.0, 300.0, 270.0, 240.0]
            .map(|a| ring(0.0, -0.085, 0.018, 0.005, a)),
    );
    assert_eq!(all.len(), 68);
    all
}

fn front((centre, axes): (DVec3, DVec3), x: f64, y: f64) -> Option<f64> {
    let (u, v) = ((x - centre.x) / axes.x, (y - centre.y) / axes.y);
    let rest = 1.0 - u * u - v * v;
    (rest > 0.0).then(|| centre.z + axes.z * rest.sqrt())
}

/// The frontmost place of skull and nose over `(x, y)`.
fn on_face(x: f64, y: f64) -> DVec3 {
    let skull = front(SKULL, x, y).expect("over the skull");
    DVec3::new(
        x,
        y,
        front(NOSE, x, y).map_or(skull, |nose| nose.max(skull)),
    )
}

/// Outward normal of the skull or nose at a place on it, head axes.
fn face_normal(p: DVec3) -> DVec3 {
    let nose = (p - NOSE.0) / NOSE.1;
    let (centre, axes) = if (nose.length() - 1.0).abs() < 1e-6 {
        NOSE
    } else {
        SKULL
    };
    ((p - centre) / (axes * axes)).normalize()
}

fn is_face(p: DVec3) -> bool {
    (p.z - SKULL.0.z) / SKULL.1.z > 0.2 && p.y < 0.05
}

fn skull_part(p: DVec3) -> Part {
    if p.z < -0.03 {
        return if p.y > 0.05 {
            Part::Scalp
        } else {
            Part::FaceSkin
        };
    }
    let within = |x: f64, y: f64, rx: f64, ry: f64| {
        ((p.x - x) / rx).powi(2) + ((p.y - y) / ry).powi(2) < 1.0
    };
    if within(0.0, -0.085, 0.018, 0.005) {
        Part::MouthInterior
    } else if within(0.0, -0.085, 0.025, 0.012) {
        if p.y > -0.085 {
            Part::TopLip
        } else {
            Part::BottomLip
        }
    } else if within(-0.032, 0.022, 0.018, 0.004) {
        Part::RightBrow
    } else if within(0.032, 0.022, 0.018, 0.004) {
        Part::LeftBrow
    } else {
        Part::FaceSkin
    }
}

fn eye_part(cosine: f64, right: bool) -> Part {
    let degrees = cosine.clamp(-1.0, 1.0).acos().to_degrees();
    match (degrees < 9.6, degrees < 28.9, right) {
        (true, _, true) => Part::RightPupil,
        (true, _, false) => Part::LeftPupil,
        (_, true, true) => Part::RightIris,
        (_, true, false) => Part::LeftIris,
        (_, _, true) => Part::RightEye,
        (_, _, false) => Part::LeftEye,
    }
}

fn ellipsoid(
    (centre, axes): (DVec3, DVec3),
    rings: u32,
    segments: u32,
    turn: DMat3,
    part: impl Fn(DVec3) -> Part,
) -> Mesh {
    let mut mesh = Mesh::default();
    for ring in 0..=rings {
        for segment in 0..=segments {
            let (v, u) = (
                f64::from(ring) / f64::from(rings),
                f64::from(segment) / f64::from(segments),
            );
            let (down, around) = (v * std::f64::consts::PI, (u - 0.25) * std::f64::consts::TAU);
            let unit = DVec3::new(
                down.sin() * around.sin(),
                down.cos(),
                down.sin() * around.cos(),
            );
            mesh.positions
                .push((centre + turn * (axes * unit)).as_vec3());
            mesh.normals
                .push((turn * (unit / axes)).normalize().as_vec3());
            mesh.uvs.push(Vec2::new(u as f32, 1.0 - v as f32));
        }
    }
    let row = segments + 1;
    for ring in 0..rings {
        for segment in 0..segments {
            let a = ring * row + segment;
            for triangle in [[a, a + row, a + 1], [a + 1, a + row, a + row + 1]] {
                mesh.triangles.push(triangle);
            }
        }
    }
    mesh.parts = (0..mesh.triangles.len())
        .map(|t| part(centroid(&mesh, t)))
        .collect();
    mesh
}

fn centroid(mesh: &Mesh, triangle: usize) -> DVec3 {
    mesh.triangles[triangle]
        .iter()
        .map(|v| mesh.positions[*v as usize].as_dvec3())
        .sum::<DVec3>()
        / 3.0
}

fn keep(mesh: &mut Mesh, keeps: impl Fn(DVec3) -> bool) {
    let kept: Vec<usize> = (0..mesh.triangles.len())
        .filter(|t| keeps(centroid(mesh, *t)))
        .collect();
    mesh.triangles = kept.iter().map(|t| mesh.triangles[*t]).collect();
    mesh.parts = kept.iter().map(|t| mesh.parts[*t]).collect();
}

fn sheet(name: &str, [corner, u, v]: [Vec3; 3]) -> Object {
    let mesh = Mesh {
        positions: vec![corner, corner + u, corner + u + v, corner + v],
        normals: vec![u.cross(v).normalize(); 4],
        uvs: vec![Vec2::ZERO, Vec2::X, Vec2::ONE, Vec2::Y],
        triangles: vec![[0, 1, 2], [0, 2, 3]],
        parts: vec![Part::Background; 2],
    };
    Object {
        name: name.to_owned(),
        mesh: Arc::new(mesh),
        material: MaterialId(0),
        instance: 0,
    }
}
