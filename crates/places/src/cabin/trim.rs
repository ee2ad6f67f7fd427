//! What cabins are lined with.

use glam::Vec3;
use population::stream::Stream;
use scene::Material;
use scene::material::NearInfrared;

use crate::surface;

/// The materials of one car.
#[derive(Debug)]
pub(super) struct Trim {
    /// Seats' sides and bolsters.
    pub(super) seat: Material,
    /// Seats' middles.
    pub(super) insert: Material,
    /// Dashboard and upper doors.
    pub(super) dark: Material,
    /// Lower doors, console.
    pub(super) panel: Material,
    /// Roof lining and pillars.
    pub(super) lining: Material,
    /// Floor.
    pub(super) carpet: Material,
    /// Decorative strips.
    pub(super) strip: Material,
    /// Wheel's cover.
    pub(super) leather: Material,
    /// Screens, glossy covers.
    pub(super) black: Material,
    /// Buckles, posts.
    pub(super) metal: Material,
    /// The mirror's glass.
    pub(super) mirror: Material,
    /// Belts.
    pub(super) webbing: Material,
}

/// What a lining reflects in near infrared: dyes that are black to eyes are mostly clear there.
fn in_infrared(mut material: Material, low: f32, high: f32) -> Material {
    material.near_infrared = Some(NearInfrared::FromVisible { low, high });
    material
}

impl Trim {
    pub(super) fn draw(stream: &mut Stream) -> Self {
        let shade = stream.uniform();
        let mut tone = |low: f64, high: f64| stream.range(low, high) as f32;
        // Most cabins are dark, some grey, some beige.
        let base = if shade < 0.6 {
            Vec3::splat(tone(0.012, 0.035))
        } else if shade < 0.8 {
            Vec3::splat(tone(0.07, 0.18))
        } else {
            Vec3::new(1.0, 0.86, 0.68) * tone(0.2, 0.42)
        };
        let dark = Vec3::splat(tone(0.012, 0.04));
        let lining = if tone(0.0, 1.0) < 0.25 {
            Vec3::splat(tone(0.02, 0.05))
        } else {
            Vec3::new(1.0, 0.97, 0.91) * tone(0.35, 0.6)
        };
        let insert = if tone(0.0, 1.0) < 0.5 {
            base * tone(0.8, 1.3)
        } else {
            base * 0.6 + Vec3::splat(0.05)
        };
        let strip = if tone(0.0, 1.0) < 0.5 {
            surface::metal("strip", Vec3::splat(0.55), 0.35)
        } else {
            surface::glossy("strip", Vec3::splat(0.01), 0.12)
        };
        let belt = if tone(0.0, 1.0) < 0.8 {
            Vec3::splat(0.018)
        } else {
            Vec3::new(0.22, 0.19, 0.15)
        };
        let hides = tone(0.0, 1.0) < 0.55;
        let roughness = if hides { 0.5 } else { 0.85 };
        let skin = |name: &str, color: Vec3, stream: &mut Stream| {
            let mut made = surface::woven(name, color, !hides, stream);
            made.roughness = roughness;
            in_infrared(made, 0.12, 0.75)
        };
        let metal = surface::metal("metal", Vec3::splat(0.6), 0.3);
        Self {
            seat: skin("seat", base, stream),
            insert: skin("insert", insert, stream),
            dark: in_infrared(surface::glossy("dashboard", dark, 0.6), 0.07, 0.7),
            panel: in_infrared(
                surface::glossy("panel", base.lerp(dark, 0.5), 0.6),
                0.09,
                0.7,
            ),
            lining: in_infrared(surface::woven("lining", lining, true, stream), 0.2, 0.75),
            carpet: in_infrared(surface::woven("carpet", dark, true, stream), 0.1, 0.7),
            strip,
            leather: in_infrared(surface::glossy("wheel", Vec3::splat(0.02), 0.45), 0.09, 0.7),
            black: in_infrared(
                surface::glossy("screen", Vec3::splat(0.012), 0.08),
                0.04,
                0.5,
            ),
            metal,
            mirror: surface::metal("mirror", Vec3::splat(0.85), 0.03),
            webbing: in_infrared(surface::glossy("webbing", belt, 0.55), 0.34, 0.75),
        }
    }
}
