use std::f32::consts::{PI, TAU};

use glam::{Vec2, Vec3};
use scene::Mesh;
use scene::mesh::Part;

use super::head::{Ear, Head};
use super::obstacle::Obstacle;
use super::{Worn, hat, headphones, mask, scarf};

/// Middle of the egg that stands for a head, and its half axes.
const EGG: Vec3 = Vec3::new(0.0, 0.0, -0.085);
const HALF: Vec3 = Vec3::new(0.076, 0.118, 0.095);

/// A point of the egg, with a nose.
fn on_egg(direction: Vec3, grown_m: f32) -> Vec3 {
    let d = direction.normalize();
    let half = HALF + grown_m;
    let r = 1.0 / (d / half).length();
    let nose = (d - Vec3::new(0.0, -0.30, 0.95).normalize()).length();
    EGG + d * (r + 0.02 * (-(nose / 0.12).powi(2)).exp())
}

fn mesh(grown_m: f32) -> Mesh {
    let (rows, columns) = (90u32, 140u32);
    let mut out = Mesh::default();
    for row in 0..=rows {
        let polar = PI * row as f32 / rows as f32;
        for column in 0..columns {
            let a = TAU * column as f32 / columns as f32;
            let d = Vec3::new(polar.sin() * a.sin(), polar.cos(), polar.sin() * a.cos());
            out.positions.push(on_egg(d, grown_m));
            out.normals.push(d);
            out.uvs.push(Vec2::ZERO);
        }
    }
    for row in 0..rows {
        for column in 0..columns {
            let (a, b) = (
                row * columns + column,
                row * columns + (column + 1) % columns,
            );
            out.triangles.push([a, a + columns, b + columns]);
            out.triangles.push([a, b + columns, b]);
        }
    }
    out.parts = vec![Part::FaceSkin; out.triangles.len()];
    out
}

fn egg() -> Head {
    let at = |x: f32, y: f32| on_egg(Vec3::new(x, y, 1.0), 0.0);
    let mut points = vec![Vec3::ZERO; 68];
    for (landmark, x, y) in [
        (8, 0.0, -1.35),
        (19, -0.3, 0.22),
        (24, 0.3, 0.22),
        (28, 0.0, -0.10),
        (29, 0.0, -0.20),
        (30, 0.0, -0.31),
        (33, 0.0, -0.42),
        (48, -0.25, -0.70),
        (54, 0.25, -0.70),
        (57, 0.0, -0.80),
    ] {
        points[landmark] = at(x, y);
    }
    let ears = [-1.0f32, 1.0].map(|sign| Ear {
        root: Vec3::new(sign * 0.075, 0.005, -0.09),
        middle: Vec3::new(sign * 0.082, -0.02, -0.1),
        half: Vec3::new(0.01, 0.03, 0.018),
        lobe: Vec3::new(sign * 0.074, -0.05, -0.09),
    });
    Head::of_shape(
        points,
        ears,
        Vec3::new(0.0, 0.02, EGG.z),
        Vec3::new(HALF.x, HALF.y - 0.02, HALF.z),
        Head::own(&mesh(0.0)),
    )
}

/// Directions evenly over the sphere.
fn directions() -> impl Iterator<Item = Vec3> {
    (0..4000).map(|k| {
        let y = 1.0 - 2.0 * (k as f32 + 0.5) / 4000.0;
        let around = k as f32 * 2.399_963;
        let flat = (1.0 - y * y).sqrt();
        Vec3::new(flat * around.cos(), y, flat * around.sin())
    })
}

const MAKES: [hat::Make; 4] = [
    hat::Make::Beanie,
    hat::Make::Cap,
    hat::Make::HardHat,
    hat::Make::Bandana,
];

fn hats(head: &Head, hair_m: f32) -> Vec<Mesh> {
    let skin = Obstacle::new(head.skin.clone());
    let mut all = Vec::new();
    for make in MAKES {
        for (low, full) in [(0.0, 0.0), (0.99, 0.99), (0.5, 0.2)] {
            all.push(hat::build(
                head,
                &skin,
                make,
                hat::Sit { hair_m, low, full },
            ));
        }
    }
    all
}

/// Seen from the middle of the skull, nothing lies beyond what covers it, and the crown is covered.
fn covers(head: &Head, cover: &Obstacle, below: &Obstacle, what: &str) {
    let mut covered = 0;
    for d in directions() {
        if let (Some(outer), Some(inner)) = (
            cover.outermost(head.skull, d, 0.4),
            below.outermost(head.skull, d, 0.4),
        ) {
            covered += 1;
            assert!(
                outer > inner,
                "{what}: {} mm pokes through at {d}",
                (inner - outer) * 1e3
            );
        }
    }
    assert!(covered > 1000, "{what} covers {covered} of 4000 directions");
    assert!(
        cover.outermost(head.skull, Vec3::Y, 0.4).is_some(),
        "{what}"
    );
}

#[test]
fn no_skin_shows_through_a_hat_or_a_scarf_and_foreheads_stay_free() {
    let head = egg();
    let skin = Obstacle::new(head.skin.clone());
    for hat in hats(&head, 0.0) {
        let cover = Obstacle::new(Head::own(&hat));
        covers(&head, &cover, &skin, "a hat");
        // Between the brows.
        let brow = (Vec3::new(0.0, head.brow_y, head.points[19].z) - head.skull).normalize();
        assert_eq!(cover.outermost(head.skull, brow, 0.13), None);
    }
    let drape = scarf::Drape {
        forehead: 0.5,
        length: 0.5,
        folds: [0.1, 0.6, 0.3, 0.5, 0.2, 0.9],
    };
    let cover = Obstacle::new(Head::own(&scarf::build(&head, &skin, &drape)));
    covers(&head, &cover, &skin, "a scarf");
    for landmark in [30, 33, 48, 54, 57] {
        let ray = (head.point(landmark) - head.skull).normalize();
        assert_eq!(cover.outermost(head.skull, ray, 0.4), None, "{landmark}");
    }
}

#[test]
fn pressed_hair_is_below_the_hat_and_hair_elsewhere_stays() {
    let head = egg();
    for hat in hats(&head, 0.008) {
        let worn = Worn {
            head: egg(),
            pieces: Vec::new(),
            cover: Obstacle::new(Head::own(&hat)),
            mask: Obstacle::default(),
            mask_points: Vec::new(),
            hides_hair: false,
        };
        let before = mesh(0.05);
        let mut hair = before.clone();
        worn.press(&mut hair.positions);
        let (mut pressed, mut kept) = (0, 0);
        for (now, then) in hair.positions.iter().zip(&before.positions) {
            let p = *now - head.skull;
            if let Some(t) = worn.cover.nearest(head.skull, p.normalize(), 0.4) {
                assert!(p.length() < t, "{} mm through", (p.length() - t) * 1e3);
                pressed += 1;
            }
            kept += usize::from(now == then);
        }
        assert!(
            pressed > 3000 && kept > 3000,
            "{pressed} pressed, {kept} kept"
        );
    }
}

#[test]
fn a_mask_covers_what_its_position_says_and_no_skin_shows_through() {
    let head = egg();
    let skin = Obstacle::new(head.skin.clone());
    for make in [mask::Make::Surgical, mask::Make::Ffp2, mask::Make::Cloth] {
        for (wear, nose, mouth) in [
            (mask::Wear::Right, true, true),
            (mask::Wear::BelowNose, false, true),
            (mask::Wear::UnderChin, false, false),
        ] {
            let cloth = Obstacle::new(Head::own(&mask::build(&head, &skin, make, wear).cloth));
            let middle = 0.5 * (head.point(33) + head.point(8));
            let centre = Vec3::new(0.0, middle.y, -0.078);
            let over = |landmark: usize| {
                let ray = (head.point(landmark) - centre).normalize();
                cloth.outermost(centre, ray, 0.2).is_some()
            };
            assert_eq!(over(30), nose, "{make:?} {wear:?}");
            assert_eq!(over(57), mouth, "{make:?} {wear:?}");
            assert!(over(8), "{make:?} {wear:?}");
            // The tip of the nose hangs over a mask that is worn below it.
            let overhung = wear == mask::Wear::BelowNose;
            for d in directions().filter(|d| !overhung || d.y < 0.1) {
                let met = |cloth: &Obstacle| cloth.outermost(centre, d, 0.2);
                // Where the ray passes both layers: beyond the sheet's edge its lining alone may lie in the skin.
                if let (Some(outer), Some(lining), Some(inner)) =
                    (met(&cloth), cloth.nearest(centre, d, 0.2), met(&skin))
                    && outer > lining + 3e-4
                {
                    assert!(outer > inner, "{make:?} {wear:?}: {d}");
                }
            }
        }
    }
}

#[test]
fn a_band_clears_the_head_and_cups_lie_over_the_ears() {
    let head = egg();
    let skin = Obstacle::new(head.skin.clone());
    let built = headphones::build(&head, &skin, 0.004);
    let shell = Obstacle::new(Head::own(&built.shell));
    for d in directions().filter(|d| d.y > 0.5) {
        if let (Some(band), Some(inner)) = (
            shell.nearest(head.skull, d, 0.4),
            skin.outermost(head.skull, d, 0.4),
        ) {
            assert!(
                band > inner,
                "the band cuts {} mm deep",
                (inner - band) * 1e3
            );
        }
    }
    for ear in head.ears {
        let from = Vec3::new(0.0, ear.middle.y, ear.middle.z);
        let out = shell
            .outermost(from, Vec3::X * ear.middle.x.signum(), 0.2)
            .expect("a cup over the ear");
        assert!(out > ear.middle.x.abs() + ear.half.x);
    }
}
