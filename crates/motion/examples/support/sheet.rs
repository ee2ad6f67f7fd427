//! Stick figures in rows: from the front above, from the person's left below.
use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use glam::Vec3;
use motion::{Finger, Frame, Joint, Side, Skeleton};

const CELL: usize = 220;
/// Metres that a cell shows.
const SPAN: f32 = 2.2;

/// Right limbs red, left ones blue, the trunk black; a thumb green.
fn bones(body: &Skeleton, frame: &Frame) -> Vec<(Vec3, Vec3, [u8; 3])> {
    let stance = body.stand(frame);
    let at = |joint| stance.place(joint);
    let mut all = Vec::new();
    let trunk = [
        Joint::Hips,
        Joint::Abdomen,
        Joint::Chest,
        Joint::Neck,
        Joint::Head,
    ];
    for pair in trunk.windows(2) {
        all.push((at(pair[0]), at(pair[1]), [0, 0, 0]));
    }
    let head = at(Joint::Head);
    let up = body.head_end_in(&stance);
    all.push((head, up, [0, 0, 0]));
    let middle = (head + up) / 2.0;
    let forward = stance.turn(Joint::Head) * Vec3::Z;
    all.push((middle, middle + forward * 0.14, [200, 120, 0]));
    for side in Side::BOTH {
        let colour = match side {
            Side::Right => [210, 30, 30],
            Side::Left => [30, 60, 210],
        };
        let arm = [
            Joint::Clavicle(side),
            Joint::UpperArm(side),
            Joint::LowerArm(side),
            Joint::Hand(side),
        ];
        let leg = [
            Joint::UpperLeg(side),
            Joint::LowerLeg(side),
            Joint::Foot(side),
            Joint::Toes(side),
        ];
        for pair in arm.windows(2).chain(leg.windows(2)) {
            all.push((at(pair[0]), at(pair[1]), colour));
        }
        let heel = at(Joint::Foot(side))
            + stance.turn(Joint::Foot(side)) * body.rest(Joint::Foot(side)) * body.heel_m(side);
        all.push((at(Joint::Foot(side)), heel, colour));
        all.push((heel, at(Joint::Toes(side)), colour));
        for finger in Finger::ALL {
            let colour = if finger == Finger::Thumb {
                [0, 150, 0]
            } else {
                colour
            };
            let first = at(Joint::Finger(side, finger, 0));
            all.push((at(Joint::Hand(side)), first, colour));
            let second = at(Joint::Finger(side, finger, 1));
            let third = at(Joint::Finger(side, finger, 2));
            all.push((first, second, colour));
            all.push((second, third, colour));
            all.push((third, body.tip_in(&stance, side, finger), colour));
        }
    }
    all
}

pub(crate) fn draw(
    path: &Path,
    body: &Skeleton,
    frames: impl Iterator<Item = Frame>,
) -> Result<(), Box<dyn Error>> {
    let frames: Vec<Frame> = frames.collect();
    let (width, height) = (CELL * frames.len().max(1), CELL * 2);
    let mut pixels = vec![255_u8; width * height * 3];
    let mut put = |x: i32, y: i32, colour: [u8; 3]| {
        if (0..width as i32).contains(&x) && (0..height as i32).contains(&y) {
            let at = (y as usize * width + x as usize) * 3;
            pixels[at..at + 3].copy_from_slice(&colour);
        }
    };
    for (column, frame) in frames.iter().enumerate() {
        let unit = body.hip_height_m();
        let middle = Vec3::new(frame.root.x * unit, 0.0, frame.root.z * unit);
        for row in 0..2 {
            let project = |p: Vec3| {
                let p = p - middle;
                let across = if row == 0 { p.x } else { -p.z };
                let scale = CELL as f32 / SPAN;
                (
                    (column * CELL) as f32 + CELL as f32 / 2.0 + across * scale,
                    (row * CELL) as f32 + CELL as f32 * 0.92 - p.y * scale,
                )
            };
            for x in 0..CELL as i32 {
                let (_, y) = project(Vec3::ZERO);
                put((column * CELL) as i32 + x, y as i32, [180, 180, 180]);
            }
            for (a, b, colour) in bones(body, frame) {
                let ((x0, y0), (x1, y1)) = (project(a), project(b));
                let steps = (x1 - x0).abs().max((y1 - y0).abs()).ceil().max(1.0) as i32;
                for step in 0..=steps {
                    let t = step as f32 / steps as f32;
                    let (x, y) = (x0 + (x1 - x0) * t, y0 + (y1 - y0) * t);
                    put(x as i32, y as i32, colour);
                    put(x as i32 + 1, y as i32, colour);
                }
            }
        }
    }
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = png::Encoder::new(file, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(())
}
