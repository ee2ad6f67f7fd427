use std::collections::BTreeMap;

use glam::{Quat, Vec3};
use population::stream::{Seed, Stream, Streams};

use super::level::Level;
use super::*;
use crate::archive::ArchiveWriter;
use crate::import::AssetFolders;
use crate::phenotype::Phenotype;
use crate::rig::Pose;
use crate::sliders;

const VERTICES: u32 = 1500;
const BONES: usize = 9;

/// A model that looks like nobody: points at random, a tree of bones, targets wide and narrow, some with the names of macro targets.
fn model() -> BodyModel {
    let streams = Streams::new(Seed(5), 0);
    let mut stream = streams.stream("model");
    let mut within = |low: f64, high: f64| low + (high - low) * stream.uniform();
    let mut writer = ArchiveWriter::default();
    let positions: Vec<f32> = (0..3 * VERTICES)
        .map(|_| within(-1.0, 1.0) as f32)
        .collect();
    writer.f32s("base/positions", positions);
    writer.f32s("base/uvs", [0.0; 8]);
    writer.u32s("base/quads", [0, 1, 2, 3, 0, 1, 2, 3]);
    let mut lines = String::new();
    for bone in 0..BONES {
        let parent = if bone == 0 {
            "-".to_owned()
        } else {
            (bone / 2).to_string()
        };
        let around: Vec<String> = (0..4)
            .map(|_| (within(0.0, 1.0) * f64::from(VERTICES - 1)) as u32)
            .map(|v| v.to_string())
            .collect();
        let ends = around.join(",");
        lines.push_str(&format!("bone{bone} {parent} {ends} {ends}\n"));
    }
    writer.bytes("rig/bones", lines.into_bytes());
    let (mut offsets, mut bones, mut values) = (vec![0_u32], Vec::new(), Vec::new());
    // The last vertices follow no bone.
    for vertex in 0..VERTICES - 40 {
        let count = 1 + vertex as usize % 4;
        let first = (vertex as usize / 100) % BONES;
        for k in 0..count {
            bones.push(((first + k) % BONES) as u32);
            values.push(1.0 / count as f32);
        }
        offsets.push(bones.len() as u32);
    }
    writer.u32s("rig/weight_offsets", offsets);
    writer.u32s("rig/weight_bones", bones);
    writer.f32s("rig/weight_values", values);
    let mut names: Vec<(String, bool)> = (0..40).map(|i| (format!("local/{i}"), false)).collect();
    for phenotype in [phenotype(3.0), phenotype(31.0), phenotype(70.0)] {
        for height in [-0.5, 0.5] {
            for (name, _) in sliders::targets(&phenotype, 0.8, height) {
                names.push((name, true));
            }
        }
    }
    names.sort();
    names.dedup();
    for (name, is_wide) in names {
        let share = if is_wide { 0.9 } else { 0.03 };
        let start = within(0.0, 1.0) * f64::from(VERTICES);
        let mut bytes = Vec::new();
        for vertex in 0..VERTICES {
            if is_wide && within(0.0, 1.0) < share
                || (f64::from(vertex) - start).abs() < share * f64::from(VERTICES)
            {
                bytes.extend((vertex as u16).to_le_bytes());
                for _ in 0..3 {
                    bytes.extend((within(-300.0, 300.0) as i16).to_le_bytes());
                }
            }
        }
        writer.bytes(format!("target/{name}"), bytes);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.cache");
    writer.write(&path).expect("written");
    let nowhere = AssetFolders {
        anny: folder.path().to_owned(),
        makehuman: folder.path().to_owned(),
        environments: folder.path().to_owned(),
    };
    BodyModel::open(&nowhere, &path).expect("a model")
}

fn phenotype(age_years: f64) -> Phenotype {
    Phenotype {
        age_years,
        masculinity: 0.3,
        ancestry: [0.2, 0.5, 0.3],
        muscle: 0.6,
        proportions: 0.7,
    }
}

/// A body as the batch wants it, and as the slow way does.
struct Both {
    body: Body,
    named: Vec<(String, f32)>,
    pose: Pose,
}

fn random(model: &BodyModel, batch: &BatchModel, stream: &mut Stream) -> Both {
    let mut within = |low: f64, high: f64| low + (high - low) * stream.uniform();
    let phenotype = phenotype(within(0.0, 90.0));
    let (weight, height) = (within(-0.15, 1.35), within(-1.0, 1.0));
    let mut named: Vec<(String, f32)> = Vec::new();
    let mut body = Body {
        shift: Vec3::new(within(-1.0, 1.0) as f32, 0.0, 0.3),
        ..Body::default()
    };
    batch.push_macros(&Corners::new(&phenotype, weight, height), &mut body.weights);
    for (name, weight) in sliders::targets(&phenotype, weight, height) {
        if model.target(&name).is_some() {
            named.push((name, weight));
        }
    }
    for i in 0..40 {
        if within(0.0, 1.0) < 0.4 {
            let (name, weight) = (format!("local/{i}"), within(-1.0, 1.0) as f32);
            body.weights
                .push((batch.target(&name).expect("a target"), weight));
            named.push((name, weight));
        }
    }
    let mut pose = Pose::default();
    // The last bones are not turned.
    for bone in 0..BONES - 2 {
        let turn = Quat::from_euler(
            glam::EulerRot::XYZ,
            within(-2.0, 2.0) as f32,
            within(-2.0, 2.0) as f32,
            within(-2.0, 2.0) as f32,
        );
        pose.rotate(&format!("bone{bone}"), turn);
        body.turns.push(turn);
    }
    Both { body, named, pose }
}

fn slowly(model: &BodyModel, both: &Both) -> (Vec<Vec3>, Vec<Vec3>) {
    let mut rest = model.base.clone();
    for (name, weight) in &both.named {
        model
            .target(name)
            .expect("a target")
            .add(&mut rest, *weight);
    }
    let posed = model.rig.pose(&rest, &both.pose);
    let shift = |p: Vec3| p + both.body.shift;
    let by_name: BTreeMap<&str, Vec3> = model.rig.joints(&posed).collect();
    let names = model.rig.names().into_iter();
    let joints = names.map(|name| shift(by_name[name])).collect();
    let skin = model.rig.skin_linearly(&posed, &rest);
    (skin.into_iter().map(shift).collect(), joints)
}

fn quickly(batch: &BatchModel, bodies: &[Body], threads: usize) -> (Vec<Vec3>, Vec<Vec3>) {
    let mut posed = vec![Vec3::NAN; bodies.len() * batch.vertex_count()];
    let mut joints = vec![Vec3::NAN; bodies.len() * batch.bone_count()];
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    pool.install(|| batch.compute(bodies, &mut posed, &mut joints))
        .expect("buffers of the right size");
    (posed, joints)
}

#[test]
fn a_batch_is_what_the_slow_way_makes_one_by_one() {
    let model = model();
    // Every vertex but some, so that places differ from numbers and the last tile is not full.
    let vertices: Vec<u32> = (0..VERTICES).filter(|v| v % 7 != 3).collect();
    let batch = BatchModel::new(&model, &vertices);
    let mut stream = Streams::new(Seed(11), 0).stream("bodies");
    for count in [1, 3, 16, 70] {
        let bodies: Vec<Both> = (0..count)
            .map(|_| random(&model, &batch, &mut stream))
            .collect();
        let asked: Vec<Body> = bodies.iter().map(|both| both.body.clone()).collect();
        let (posed, joints) = quickly(&batch, &asked, 2);
        for (i, both) in bodies.iter().enumerate() {
            let (skin, bones) = slowly(&model, both);
            for (place, &v) in vertices.iter().enumerate() {
                let (fast, slow) = (posed[i * vertices.len() + place], skin[v as usize]);
                assert!(
                    fast.distance(slow) < 1e-5,
                    "body {i} of {count}, vertex {v}: {fast} but {slow}"
                );
            }
            for (bone, slow) in bones.iter().enumerate() {
                let fast = joints[i * BONES + bone];
                assert!(
                    fast.distance(*slow) < 1e-5,
                    "body {i} of {count}, bone {bone}: {fast} but {slow}"
                );
            }
        }
    }
}

#[test]
fn bytes_depend_on_neither_threads_nor_batch_nor_processor() {
    let model = model();
    let vertices: Vec<u32> = (0..VERTICES).collect();
    let mut batch = BatchModel::new(&model, &vertices);
    let mut stream = Streams::new(Seed(12), 0).stream("bodies");
    let bodies: Vec<Body> = (0..67)
        .map(|_| random(&model, &batch, &mut stream).body)
        .collect();
    batch.level = Level::PLAIN;
    let expected = quickly(&batch, &bodies, 1);
    assert!(expected.0.iter().all(|p| p.is_finite()));
    for level in Level::all() {
        batch.level = level;
        for threads in [1, 2, 3] {
            assert!(
                quickly(&batch, &bodies, threads) == expected,
                "{level:?} with {threads} threads"
            );
        }
    }
    let alone = quickly(&batch, &bodies[65..66], 1);
    assert_eq!(
        alone.0,
        expected.0[65 * vertices.len()..66 * vertices.len()]
    );
    assert_eq!(alone.1, expected.1[65 * BONES..66 * BONES]);
}

#[test]
fn corners_weigh_macro_targets_as_sliders_do() {
    let model = model();
    let batch = BatchModel::new(&model, &[0]);
    for (age, weight, height) in [(3.0, 0.8, -0.5), (31.0, 0.8, 0.5), (70.0, 1.2, -0.9)] {
        let phenotype = phenotype(age);
        let mut weights = Vec::new();
        batch.push_macros(&Corners::new(&phenotype, weight, height), &mut weights);
        let by_slider: BTreeMap<TargetId, f32> = sliders::targets(&phenotype, weight, height)
            .into_iter()
            .filter_map(|(name, weight)| Some((batch.target(&name)?, weight)))
            .collect();
        let by_corner: BTreeMap<TargetId, f32> = weights.iter().copied().collect();
        assert_eq!(weights.len(), by_corner.len(), "no target comes twice");
        assert!(by_corner.len() > 20);
        assert!(by_corner.keys().eq(by_slider.keys()));
        for (target, weight) in &by_corner {
            assert!((weight - by_slider[target]).abs() < 1e-6);
        }
    }
}

#[test]
fn buffers_of_another_size_are_refused_before_anything_is_written() {
    let model = model();
    let batch = BatchModel::new(&model, &[0, 1, 2]);
    let bodies = [Body::default(), Body::default()];
    let mut posed = [Vec3::NAN; 6];
    let refused = batch.compute(&bodies, &mut posed, &mut [Vec3::ZERO; 3]);
    let error = refused.expect_err("too few joints").to_string();
    assert_eq!(
        error,
        "the buffer for joints holds 3 points, the batch has 18"
    );
    assert!(posed.iter().all(|p| p.is_nan()));
    assert!(batch.compute(&bodies, &mut posed[..5], &mut []).is_err());
    assert!(batch.compute(&bodies, &mut posed, &mut []).is_ok());
    assert!(batch.compute(&[], &mut [], &mut []).is_ok());
}

#[test]
fn weights_that_no_sum_holds_are_refused() {
    let model = model();
    let batch = BatchModel::new(&model, &[0, 1, 2]);
    let target = batch.target("local/3").expect("a target");
    let mut posed = [Vec3::ZERO; 3];
    let mut with = |weight: f32| {
        let body = Body {
            weights: vec![(target, weight)],
            ..Body::default()
        };
        batch.compute(&[body], &mut posed, &mut [])
    };
    assert_eq!(with(3.9), Ok(()));
    for weight in [4.1, -5.0, f32::NAN] {
        assert_eq!(with(weight), Err(BatchError::Weight));
    }
    let all = (0..40).filter_map(|i| batch.target(&format!("local/{i}")));
    let body = Body {
        weights: all.map(|target| (target, 3.9)).collect(),
        ..Body::default()
    };
    // 40 targets of 3 cm each, almost fourfold.
    assert_eq!(batch.compute(&[body], &mut posed, &mut []), Ok(()));
}
