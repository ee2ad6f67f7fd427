use super::*;
use std::collections::BTreeMap;

/// An average face in its own axes, turned and moved as `axes` and `origin` say: corneas 62 mm apart, a nose, a brow, sides, ears.
struct Face62 {
    axes: HeadAxes,
    origin: Vec3,
    skin: Vec<Vec3>,
}

impl Face62 {
    fn new(axes: HeadAxes, origin: Vec3, brow_m: f32) -> Self {
        let mut face = Self {
            axes,
            origin,
            skin: Vec::new(),
        };
        for i in -40..=40 {
            for j in -20..=20 {
                let (x, y) = (i as f32 * 0.002, j as f32 * 0.002);
                let forehead = if y > 0.010 { brow_m } else { -0.004 };
                face.skin.push(face.at(
                    x,
                    y,
                    forehead
                        - 9.0 * x * x
                        - if x.abs() > 0.06 {
                            (x.abs() - 0.06) * 3.0
                        } else {
                            0.0
                        },
                ));
            }
        }
        for i in 0..60 {
            for j in -10..=10 {
                for side in [-1.0, 1.0] {
                    face.skin.push(face.at(
                        side * 0.074,
                        j as f32 * 0.002,
                        -0.03 - i as f32 * 0.0015,
                    ));
                }
            }
        }
        face
    }

    fn at(&self, x: f32, y: f32, z: f32) -> Vec3 {
        self.origin + self.axes.left * x + self.axes.up * y + self.axes.forward * z
    }

    fn fit(&self) -> Fit<'_> {
        Fit {
            axes: self.axes,
            corneas: [self.at(-0.031, 0.0, 0.0), self.at(0.031, 0.0, 0.0)],
            bridge: self.at(0.0, 0.0, 0.012),
            ears: [
                self.at(-0.076, 0.004, -0.095),
                self.at(0.076, 0.004, -0.095),
            ],
            skin: &self.skin,
        }
    }

    fn to_head(&self, world: Vec3) -> Vec3 {
        let d = world - self.origin;
        Vec3::new(
            d.dot(self.axes.left),
            d.dot(self.axes.up),
            d.dot(self.axes.forward),
        )
    }
}

fn upright() -> Face62 {
    Face62::new(
        HeadAxes {
            left: Vec3::X,
            up: Vec3::Y,
            forward: Vec3::Z,
        },
        Vec3::new(0.0, 1.6, 0.1),
        0.004,
    )
}

fn designs() -> Vec<Design> {
    let mut all = Vec::new();
    for style in [Style::Round, Style::Rectangular, Style::Aviator] {
        for frame in [
            Frame::Acetate(Vec3::splat(0.01)),
            Frame::Metal(Vec3::splat(0.7)),
        ] {
            for (size, heft) in [(0.0, 1.0), (1.0, 0.0)] {
                all.push(Design {
                    style,
                    lens: Lens::Clear,
                    frame,
                    size,
                    heft,
                    vertex_distance_m: 0.013,
                });
            }
        }
    }
    all
}

#[test]
fn every_frame_is_closed_and_every_triangle_faces_out() {
    let face = upright();
    for design in designs() {
        let glasses = build(&face.fit(), &design);
        let mut edges: BTreeMap<(u32, u32), i32> = BTreeMap::new();
        for t in &glasses.frame.triangles {
            for k in 0..3 {
                let (a, b) = (t[k], t[(k + 1) % 3]);
                *edges.entry((a.min(b), a.max(b))).or_default() += if a < b { 1 } else { -1 };
            }
            let [a, b, c] = t.map(|i| glasses.frame.positions[i as usize]);
            let facing = (b - a)
                .cross(c - a)
                .dot(t.iter().map(|i| glasses.frame.normals[*i as usize]).sum());
            assert!(facing > -1e-9, "{design:?}: a triangle faces inward");
        }
        assert!(
            edges.values().all(|balance| *balance == 0),
            "{design:?}: open edges"
        );
        assert!(
            glasses
                .frame
                .normals
                .iter()
                .chain(&glasses.lenses.normals)
                .all(|n| (n.length() - 1.0).abs() < 1e-3)
        );
        for t in &glasses.lenses.triangles {
            let [a, b, c] = t.map(|i| glasses.lenses.positions[i as usize]);
            assert!(
                (b - a).cross(c - a).z > 0.0,
                "{design:?}: a lens faces backward"
            );
        }
    }
}

#[test]
fn lenses_stand_before_both_eyes_at_the_vertex_distance() {
    let face = upright();
    for design in designs() {
        let glasses = build(&face.fit(), &design);
        for x in [-0.031f32, 0.031] {
            let nearest = glasses
                .lenses
                .positions
                .iter()
                .map(|p| face.to_head(*p))
                .min_by(|a, b| {
                    (a.truncate() - Vec2::new(x, 0.0))
                        .length()
                        .total_cmp(&(b.truncate() - Vec2::new(x, 0.0)).length())
                })
                .expect("a lens");
            assert!(
                (nearest.truncate() - Vec2::new(x, 0.0)).length() < 0.006,
                "{design:?}: no lens before the eye"
            );
            assert!(
                (0.0115..0.020).contains(&nearest.z),
                "{design:?}: the lens is {} m from the cornea",
                nearest.z
            );
        }
    }
}

#[test]
fn a_heavy_brow_pushes_the_frame_forward_and_is_not_cut() {
    let design = designs()[0];
    let deep = Face62::new(upright().axes, upright().origin, 0.016);
    let z = |face: &Face62| {
        build(&face.fit(), &design)
            .lenses
            .positions
            .iter()
            .map(|p| face.to_head(*p).z)
            .fold(0.0, f32::max)
    };
    assert!(z(&deep) > z(&upright()) + 0.001);
    let glasses = build(&deep.fit(), &design);
    for point in deep.skin.iter().map(|p| deep.to_head(*p)) {
        for lens in glasses.lenses.positions.iter().map(|p| deep.to_head(*p)) {
            if point.x.abs() > 0.012 && (lens.truncate() - point.truncate()).length() < 0.001 {
                assert!(
                    lens.z > point.z,
                    "the lens at {lens} lies behind skin at {point}"
                );
            }
        }
    }
}

#[test]
fn temples_pass_outside_the_head_and_end_behind_the_ears() {
    let face = upright();
    for design in designs() {
        let glasses = build(&face.fit(), &design);
        let frame: Vec<Vec3> = glasses
            .frame
            .positions
            .iter()
            .map(|p| face.to_head(*p))
            .collect();
        for side in [-1.0, 1.0] {
            let ear = Vec3::new(side * 0.076, 0.004, -0.095);
            let closest = frame
                .iter()
                .map(|p| p.distance(ear))
                .fold(f32::INFINITY, f32::min);
            assert!(
                closest < 0.005,
                "{design:?}: the temple misses the ear by {closest} m"
            );
            assert!(
                frame
                    .iter()
                    .any(|p| p.x * side > 0.0 && p.z < -0.115 && p.y < -0.02),
                "{design:?}: the temple does not go down behind the ear"
            );
        }
        for p in &frame {
            if (-0.08..-0.035).contains(&p.z) {
                assert!(
                    p.x.abs() > 0.074,
                    "{design:?}: the temple is inside the head at {p}"
                );
            }
        }
    }
}

#[test]
fn glasses_are_symmetric_and_turn_with_the_head() {
    let turn = glam::Quat::from_euler(glam::EulerRot::YXZ, 0.6, -0.3, 0.1);
    let straight = upright();
    let turned = Face62::new(
        HeadAxes {
            left: turn * Vec3::X,
            up: turn * Vec3::Y,
            forward: turn * Vec3::Z,
        },
        Vec3::new(0.3, 1.2, -0.2),
        0.004,
    );
    for design in designs() {
        let (a, b) = (
            build(&straight.fit(), &design),
            build(&turned.fit(), &design),
        );
        for (p, q) in a.frame.positions.iter().zip(&b.frame.positions) {
            assert!(straight.to_head(*p).distance(turned.to_head(*q)) < 1e-5);
        }
        let widest = |side: f32| {
            a.frame
                .positions
                .iter()
                .map(|p| p.x * side)
                .fold(0.0, f32::max)
        };
        assert!((widest(1.0) - widest(-1.0)).abs() < 1e-5);
    }
}

#[test]
fn sunglasses_are_dark_and_labelled_so() {
    let mut state = 1u64;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    for _ in 0..50 {
        let sun = build(&upright().fit(), &Design::draw(true, &mut uniform));
        assert!(sun.lenses.parts.iter().all(|p| *p == Part::DarkLens));
        assert!(
            matches!(sun.lens_material.interior, Interior::ThinClear { tint } if tint.max_element() < 0.3)
        );
        let clear = build(&upright().fit(), &Design::draw(false, &mut uniform));
        assert!(clear.lenses.parts.iter().all(|p| *p == Part::ClearLens));
        assert!(clear.frame.parts.iter().all(|p| *p == Part::Glasses));
    }
}
