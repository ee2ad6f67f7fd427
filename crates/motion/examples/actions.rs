//! Draws everyday actions on the packs' bodies, from the front and from the left: `cargo run --release -p populace-motion --example actions -- DIR`.
#[path = "support/mesh.rs"]
mod mesh;

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use glam::{Quat, Vec2, Vec3};
use mesh::{Sheet, model, shaped, skinned};
use motion::action::{Act, Base, Doing};
use motion::{Side, Skeleton};
use population::{Seed, Streams};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    fs::create_dir_all(&out)?;
    let model = model()?;
    let grown = shaped(&model, 35.0, 0.7, 174.0, 24.0);
    let child = shaped(&model, 7.0, 0.3, 122.0, 15.5);
    let seat = |seat_m| Base::Seated { seat_m };
    let (side, wheel_m) = (Side::Right, Vec3::new(0.0, 0.68, 0.46));
    let walk = |path_m: Vec<Vec2>| Base::Walking {
        path_m,
        speed_m_per_s: 1.3,
    };
    let straight = vec![Vec2::ZERO, Vec2::new(0.0, 3.0)];
    let bent = vec![Vec2::ZERO, Vec2::new(0.0, 1.5), Vec2::new(1.5, 2.5)];
    let cup_m = Vec3::new(-0.2, 0.78, 0.36);
    let wheel = Doing::Steering {
        place_m: wheel_m,
        radius_m: 0.18,
        tilt: 0.5,
    };
    let typing = Doing::Typing {
        place_m: Vec3::new(0.0, 0.72, 0.42),
    };
    let reaching = Doing::Reaching {
        side,
        place_m: Vec3::new(-0.25, 1.6, 0.5),
    };
    let acts = [
        ("stand", &grown, Base::Standing, Doing::Nothing),
        ("walk", &grown, walk(straight), Doing::Nothing),
        ("sit", &grown, seat(0.45), Doing::Nothing),
        ("sit-child", &child, seat(0.45), Doing::Nothing),
        ("wave", &grown, Base::Standing, Doing::Waving { side }),
        ("drink", &grown, seat(0.45), Doing::Drinking { side, cup_m }),
        ("phone", &grown, walk(bent), Doing::Phoning { side }),
        ("text", &child, Base::Standing, Doing::Texting),
        ("type", &grown, seat(0.45), typing),
        ("steer", &grown, seat(0.3), wheel),
        ("reach", &grown, Base::Standing, reaching),
    ];
    for (name, rest, base, doing) in acts {
        let skeleton = Skeleton::of(&model, rest);
        let act = Act::new(&skeleton, base, doing, 5.0, &Streams::new(Seed(2), 0));
        let mut sheet = Sheet::new(200, 8, 2);
        for column in 0..8 {
            let time_s = act.seconds() * (column as f32 + 0.5) / 8.0;
            let frame = act.frame_at(time_s);
            let (pose, by) = skeleton.pose(&frame);
            let skin = skinned(&model, rest, &pose, by);
            let hips = skeleton.stand(&frame).hips();
            let middle = Vec3::new(hips.x, 0.9, hips.z);
            for (row, view) in [Quat::IDENTITY, Quat::from_rotation_y(-1.57)]
                .into_iter()
                .enumerate()
            {
                let seen = (view, middle, 2.1);
                sheet.mesh(
                    (column, row),
                    &skin,
                    &model.skin_triangles,
                    seen,
                    [0.95, 0.75, 0.65],
                );
                if let Some(prop) = act.prop_at(time_s) {
                    let size = match prop.shape {
                        motion::hand::Shape::Box { size_m } => size_m / 2.0,
                        motion::hand::Shape::Cylinder { radius_m, length_m } => {
                            Vec3::new(radius_m, length_m / 2.0, radius_m)
                        }
                        _ => Vec3::splat(0.02),
                    };
                    let corners: Vec<Vec3> = (0..8)
                        .map(|i| {
                            let sign = |bit: i32| if i >> bit & 1 == 0 { -1.0 } else { 1.0 };
                            prop.place_m + prop.turn * (size * Vec3::new(sign(0), sign(1), sign(2)))
                        })
                        .collect();
                    let faces = [
                        [0, 1, 3],
                        [0, 3, 2],
                        [4, 5, 7],
                        [4, 7, 6],
                        [0, 1, 5],
                        [0, 5, 4],
                        [2, 3, 7],
                        [2, 7, 6],
                        [0, 2, 6],
                        [0, 6, 4],
                        [1, 3, 7],
                        [1, 7, 5],
                    ];
                    sheet.mesh((column, row), &corners, &faces, seen, [0.3, 0.5, 0.95]);
                }
            }
        }
        sheet.save(&out.join(format!("{name}.png")))?;
    }
    Ok(())
}
