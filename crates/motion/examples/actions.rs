//! Draws everyday actions as stick figures of the reference body, from the front and from the left: `cargo run --release -p populace-motion --example actions -- DIR`.
#[path = "support/sheet.rs"]
mod sheet;

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use glam::{Vec2, Vec3};
use motion::action::{Act, Base, Doing};
use motion::{Side, Skeleton};
use population::{Seed, Streams};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    fs::create_dir_all(&out)?;
    let body = Skeleton::reference();
    let seat = |seat_m| Base::Seated { seat_m };
    let side = Side::Right;
    let walk = |path_m: Vec<Vec2>| Base::Walking {
        path_m,
        speed_m_per_s: 1.3,
    };
    let straight = vec![Vec2::ZERO, Vec2::new(0.0, 3.0)];
    let bent = vec![Vec2::ZERO, Vec2::new(0.0, 1.5), Vec2::new(1.5, 2.5)];
    let cup_m = Vec3::new(-0.2, 0.78, 0.36);
    let wheel = Doing::Steering {
        place_m: Vec3::new(0.0, 0.68, 0.46),
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
        ("stand", Base::Standing, Doing::Nothing),
        ("walk", walk(straight), Doing::Nothing),
        ("sit", seat(0.45), Doing::Nothing),
        ("wave", Base::Standing, Doing::Waving { side }),
        ("drink", seat(0.45), Doing::Drinking { side, cup_m }),
        ("phone", walk(bent), Doing::Phoning { side }),
        ("text", Base::Standing, Doing::Texting),
        ("type", seat(0.45), typing),
        ("steer", seat(0.3), wheel),
        ("reach", Base::Standing, reaching),
    ];
    for (name, base, doing) in acts {
        let act = Act::new(&body, base, doing, 5.0, &Streams::new(Seed(2), 0));
        let frames = (0..8).map(|i| act.frame_at(act.seconds() * (i as f32 + 0.5) / 8.0));
        sheet::draw(&out.join(format!("{name}.png")), &body, frames)?;
    }
    Ok(())
}
