//! Draws gestures, drawn hands and grasps on the packs' body: `cargo run --release -p populace-motion --example hands -- DIR`.
#[path = "support/mesh.rs"]
mod mesh;

use std::error::Error;
use std::f32::consts::PI;
use std::fs;
use std::path::PathBuf;

use body::BodyModel;
use glam::{Quat, Vec3};
use mesh::{Sheet, model, shaped, skinned};
use motion::hand::{Gesture, Grasp, HandPose, Shape};
use motion::{Finger, Frame, Joint, Side, Skeleton};
use population::{Seed, Streams};

/// A hand that points up, its palm to the viewer, and one seen from the thumb's side.
fn draw(
    sheet: &mut Sheet,
    (column, row): (usize, usize),
    (model, rest, skeleton): (&BodyModel, &[Vec3], &Skeleton),
    side: Side,
    hand: &HandPose,
    held: Option<(&Grasp, Shape)>,
) {
    let mut frame = Frame::default();
    let raise = Quat::from_rotation_z(side.sign() * 1.2);
    frame.set(Joint::UpperArm(side), raise);
    hand.apply(side, &mut frame);
    let (pose, by) = skeleton.pose(&frame);
    let skin = skinned(model, rest, &pose, by);
    let stance = skeleton.stand(&frame);
    let wrist = stance.place(Joint::Hand(side));
    let axes = stance.turn(Joint::Hand(side)) * skeleton.rest(Joint::Hand(side));
    let knuckle = stance.place(Joint::Finger(side, Finger::Middle, 0));
    let middle = wrist.lerp(knuckle, 1.1);
    let near: Vec<[u32; 3]> = model
        .skin_triangles
        .iter()
        .copied()
        .filter(|t| skin[t[0] as usize].distance(middle) < 0.16)
        .collect();
    // Fingers up, then palm or thumb to the viewer.
    let upright = Quat::from_rotation_z(PI) * axes.inverse();
    let palm = Quat::from_rotation_y(-side.sign() * PI / 2.0) * upright;
    for (i, view) in [palm, Quat::from_rotation_y(-side.sign() * 0.9) * palm]
        .into_iter()
        .enumerate()
    {
        let seen = (view, middle, 0.27);
        sheet.mesh(
            (column, row * 2 + i),
            &skin,
            &near,
            seen,
            [0.95, 0.75, 0.65],
        );
        if let Some((grasp, shape)) = held {
            let (place, turn) = grasp.held(skeleton, side, &frame);
            let (points, triangles) = solid(shape);
            let points: Vec<Vec3> = points.iter().map(|p| place + turn * *p).collect();
            sheet.mesh(
                (column, row * 2 + i),
                &points,
                &triangles,
                seen,
                [0.4, 0.6, 0.9],
            );
        }
    }
}

/// Points on the surface, found along rays from the middle.
fn solid(shape: Shape) -> (Vec<Vec3>, Vec<[u32; 3]>) {
    let (n, m) = (48_u32, 32_u32);
    let mut points = Vec::new();
    for i in 0..=m {
        for j in 0..n {
            let (a, b) = (PI * i as f32 / m as f32, 2.0 * PI * j as f32 / n as f32);
            let way = Vec3::new(a.sin() * b.cos(), a.cos(), a.sin() * b.sin());
            let (mut low, mut high) = (0.0, 1.0);
            for _ in 0..30 {
                let t = f32::midpoint(low, high);
                if shape.distance_m(way * t) < 0.0 {
                    low = t;
                } else {
                    high = t;
                }
            }
            points.push(way * low);
        }
    }
    let mut triangles = Vec::new();
    for i in 0..m {
        for j in 0..n {
            let at = |i: u32, j: u32| i * n + j % n;
            triangles.push([at(i, j), at(i, j + 1), at(i + 1, j)]);
            triangles.push([at(i + 1, j), at(i, j + 1), at(i + 1, j + 1)]);
        }
    }
    (points, triangles)
}

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    fs::create_dir_all(&out)?;
    let model = model()?;
    let rest = shaped(&model, 30.0, 0.5, 172.0, 23.0);
    let skeleton = Skeleton::of(&model, &rest);
    let body = (&model, rest.as_slice(), &skeleton);
    let mut sheet = Sheet::new(180, 10, 4);
    for (i, gesture) in Gesture::ALL.into_iter().enumerate() {
        let side = if i % 2 == 0 { Side::Right } else { Side::Left };
        draw(
            &mut sheet,
            (i % 10, i / 10),
            body,
            side,
            &gesture.pose(),
            None,
        );
    }
    sheet.save(&out.join("gestures.png"))?;
    let mut sheet = Sheet::new(180, 10, 4);
    let mut stream = Streams::new(Seed(1), 0).stream("hands");
    for i in 0..20 {
        let hand = HandPose::natural(&mut stream);
        draw(&mut sheet, (i % 10, i / 10), body, Side::Right, &hand, None);
    }
    sheet.save(&out.join("drawn.png"))?;
    let mut sheet = Sheet::new(180, 10, 2);
    let cylinder = |radius_m, length_m| Shape::Cylinder { radius_m, length_m };
    let shapes = [
        cylinder(0.01, 0.2),
        cylinder(0.02, 0.2),
        cylinder(0.035, 0.12),
        cylinder(0.045, 0.2),
        Shape::Sphere { radius_m: 0.02 },
        Shape::Sphere { radius_m: 0.037 },
        Shape::Box {
            size_m: Vec3::new(0.009, 0.15, 0.072),
        },
        Shape::Box {
            size_m: Vec3::new(0.06, 0.14, 0.06),
        },
        Shape::Thin { thickness_m: 0.001 },
        Shape::Thin { thickness_m: 0.01 },
    ];
    for (i, shape) in shapes.into_iter().enumerate() {
        let side = if i % 2 == 0 { Side::Right } else { Side::Left };
        let grasp = Grasp::around(&skeleton, side, shape);
        draw(
            &mut sheet,
            (i, 0),
            body,
            side,
            &grasp.hand,
            Some((&grasp, shape)),
        );
    }
    sheet.save(&out.join("grasps.png"))?;
    Ok(())
}
