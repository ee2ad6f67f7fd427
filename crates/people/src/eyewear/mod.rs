//! Glasses and sunglasses, made here and fitted to a face: rims around lenses, bridge, nose pads, temples over the ears.
//!
//! Everything is laid out in the head's own axes with sizes of real frames in the boxing system (lens width 46–58 mm, bridge
//! 16–21 mm, vertex distance 12–14 mm, pantoscopic tilt 8°), then moved forward until it clears brow and cheek, and spread until the
//! temples clear the sides of the head.
//!
//! Reading order: [`Fit`] (where the face is), [`Design`] (what one wears), [`build`]. [`sweep`] holds the geometry.
pub mod sweep;

use crate::beard::strands::HeadAxes;
use glam::{Vec2, Vec3};
use scene::material::{Interior, NearInfrared};
use scene::mesh::Part;
use scene::{Material, Mesh};
use sweep::{Section, outline, sheet, tube};

/// Where a face carries glasses; world space, metres, the person's right before left.
#[derive(Debug, Clone, Copy)]
pub struct Fit<'a> {
    /// Directions of the head.
    pub axes: HeadAxes,
    /// Foremost points of the corneas, looking straight ahead.
    pub corneas: [Vec3; 2],
    /// Skin on the nose's ridge, level with the eyes.
    pub bridge: Vec3,
    /// Where the ears' upper edges join the head.
    pub ears: [Vec3; 2],
    /// Points of the skin around eyes, brows, cheeks, temples and ears, to keep clear of; more is safer.
    pub skin: &'a [Vec3],
}

/// Shape of the lenses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Style {
    /// Circles.
    Round,
    /// Rounded rectangles.
    Rectangular,
    /// Drops, with a double bridge.
    Aviator,
}

/// What one sees through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Lens {
    /// Clear glass; labels look through it ([`Part::ClearLens`]).
    Clear,
    /// Sunglasses ([`Part::DarkLens`]): share of light per channel that passes.
    Dark(Vec3),
}

/// What the frame is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Frame {
    /// Thick, coloured plastic; linear Rec. 709 albedo.
    Acetate(Vec3),
    /// Thin wire with nose pads; linear Rec. 709 reflectance.
    Metal(Vec3),
}

/// A pair of glasses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Design {
    /// Shape of the lenses.
    pub style: Style,
    /// Clear or dark.
    pub lens: Lens,
    /// Material of rims and temples.
    pub frame: Frame,
    /// 0 the smallest frame of the style, 1 the largest.
    pub size: f32,
    /// 0 slender, 1 heavy.
    pub heft: f32,
    /// From cornea to the back of the lens in metres, 0.012 to 0.014 where the face allows it.
    pub vertex_distance_m: f32,
}

impl Design {
    /// A pair by chance: clear or dark as asked, the rest drawn. `uniform` draws from `[0, 1)`, always the same number of times.
    pub fn draw(dark: bool, uniform: &mut dyn FnMut() -> f64) -> Self {
        let [style, frame, hue, size, heft, tint, gap] = std::array::from_fn(|_| uniform() as f32);
        let style = if style < 0.3 {
            Style::Round
        } else if style < if dark { 0.6 } else { 0.85 } {
            Style::Rectangular
        } else {
            Style::Aviator
        };
        let pick = |choices: &[Vec3], draw: f32| {
            choices[((draw * choices.len() as f32) as usize).min(choices.len() - 1)]
        };
        let metal = style == Style::Aviator || frame < 0.4;
        Self {
            style,
            lens: if dark {
                Lens::Dark(pick(
                    &[
                        Vec3::splat(0.10),
                        Vec3::new(0.13, 0.09, 0.05),
                        Vec3::new(0.07, 0.10, 0.07),
                        Vec3::splat(0.20),
                    ],
                    tint,
                ))
            } else {
                Lens::Clear
            },
            frame: if metal {
                Frame::Metal(pick(
                    &[
                        Vec3::new(0.91, 0.74, 0.42),
                        Vec3::splat(0.72),
                        Vec3::splat(0.30),
                        Vec3::new(0.80, 0.55, 0.42),
                    ],
                    hue,
                ))
            } else {
                Frame::Acetate(pick(
                    &[
                        Vec3::splat(0.012),
                        Vec3::splat(0.012),
                        Vec3::new(0.075, 0.030, 0.014),
                        Vec3::new(0.022, 0.030, 0.065),
                        Vec3::new(0.10, 0.015, 0.018),
                        Vec3::splat(0.16),
                        Vec3::new(0.50, 0.44, 0.34),
                    ],
                    hue,
                ))
            },
            size,
            heft,
            vertex_distance_m: 0.012 + 0.002 * gap,
        }
    }

    /// Half width and half height of a lens in metres.
    fn half_size(&self) -> Vec2 {
        let (small, large) = match self.style {
            Style::Round => (Vec2::new(0.0215, 0.0205), Vec2::new(0.0250, 0.0240)),
            Style::Rectangular => (Vec2::new(0.0245, 0.0150), Vec2::new(0.0280, 0.0195)),
            Style::Aviator => (Vec2::new(0.0270, 0.0225), Vec2::new(0.0300, 0.0260)),
        };
        small.lerp(large, self.size.clamp(0.0, 1.0))
    }

    /// Half width (in the lens' plane) and half depth of the rims in metres.
    fn rim(&self) -> Section {
        let heft = self.heft.clamp(0.0, 1.0);
        match self.frame {
            Frame::Acetate(_) => Section {
                across: 0.0012 + 0.0012 * heft,
                deep: 0.0016 + 0.0005 * heft,
            },
            Frame::Metal(_) => Section {
                across: 0.000_55 + 0.000_25 * heft,
                deep: 0.000_8,
            },
        }
    }
}

/// Glasses as objects to place in a scene.
#[derive(Debug, Clone)]
pub struct Glasses {
    /// Rims, bridge, pads and temples; parts [`Part::Glasses`].
    pub frame: Mesh,
    /// Look of the frame.
    pub frame_material: Material,
    /// Both lenses, thin sheets; parts [`Part::ClearLens`] or [`Part::DarkLens`].
    pub lenses: Mesh,
    /// Look of the lenses.
    pub lens_material: Material,
}

/// Lenses lean their lower edge towards the cheeks by this angle.
const TILT: f32 = 0.14;
/// Each lens turns outward by this angle.
const WRAP: f32 = 0.07;
/// Radius of the lenses' front in metres (about base 5).
const LENS_RADIUS_M: f32 = 0.105;
/// Nearest that frame and skin come, but for pads and ears.
const CLEARANCE_M: f32 = 0.0015;
/// Furthest that a deep brow may push lenses from the cornea.
const FURTHEST_M: f32 = 0.024;

/// Makes a pair of glasses that sits on this face.
pub fn build(fit: &Fit, design: &Design) -> Glasses {
    let face = Face::new(fit);
    let half = design.half_size();
    let rim = design.rim();
    // In the head's axes: x to the left, y up, z forward, the origin between the corneas.
    let [right, left] = fit.corneas.map(|c| face.to_head(c));
    let nose_gap = 0.0165 + 0.0035 * design.size;
    let centre_x = (0.5 * (left.x - right.x) + 0.001).max(half.x + 0.5 * nose_gap);
    let lens = LensPlace {
        centre: Vec3::new(
            centre_x,
            0.5 * (left.y + right.y) - 0.08 * half.y - 0.001,
            0.5 * (left.z + right.z) + design.vertex_distance_m,
        ),
        half,
        style: design.style,
    };
    let lens = lens.cleared(&face, rim.deep, design.vertex_distance_m);

    let mut frame = Mesh::default();
    let mut lenses = Mesh::default();
    for side in [-1.0f32, 1.0] {
        let to_world = |p: Vec3| face.to_world(Vec3::new(p.x * side, p.y, p.z));
        let ring: Vec<Vec3> = lens
            .outline()
            .iter()
            .map(|p| to_world(lens.on_surface(*p)))
            .collect();
        let outward: Vec<Vec3> = lens
            .outline()
            .iter()
            .map(|p| {
                (to_world(lens.on_surface(*p * 1.02)) - to_world(lens.on_surface(*p)))
                    .normalize_or(Vec3::Y)
            })
            .collect();
        tube(&ring, &outward, rim, true, &mut frame);
        sheet(
            &lens.outline(),
            |p| to_world(lens.on_surface(p)),
            side,
            &mut lenses,
        );
        temple(fit, &face, &lens, side, design, &mut frame);
        if matches!(design.frame, Frame::Metal(_)) {
            pad(&face, fit, &lens, side, &mut frame);
        }
    }
    bridge(&face, &lens, design, rim, &mut frame);

    frame.parts = vec![Part::Glasses; frame.triangles.len()];
    lenses.parts = vec![
        if design.lens == Lens::Clear {
            Part::ClearLens
        } else {
            Part::DarkLens
        };
        lenses.triangles.len()
    ];
    Glasses {
        frame,
        frame_material: frame_material(design),
        lenses,
        lens_material: lens_material(design),
    }
}

fn frame_material(design: &Design) -> Material {
    let (base_color, metallic, roughness) = match design.frame {
        Frame::Acetate(colour) => (colour, 0.0, 0.22),
        Frame::Metal(colour) => (colour, 1.0, 0.28),
    };
    Material {
        name: "glasses/frame".to_owned(),
        base_color,
        metallic,
        roughness,
        ior: 1.49,
        ..Material::default()
    }
}

fn lens_material(design: &Design) -> Material {
    let (name, tint, base_color) = match design.lens {
        // Coated glass passes 97 % and reflects little.
        Lens::Clear => ("glasses/clear_lens", Vec3::splat(0.985), Vec3::ONE),
        Lens::Dark(tint) => ("glasses/dark_lens", tint, tint),
    };
    let clear = design.lens == Lens::Clear;
    Material {
        name: name.to_owned(),
        base_color,
        roughness: 0.03,
        ior: 1.5,
        specular: if clear { 0.35 } else { 1.0 },
        interior: Interior::ThinClear { tint },
        // Dyes of dark lenses let near infrared through, as drivers' cameras rely on.
        near_infrared: Some(NearInfrared::Reflectance(if clear { 0.95 } else { 0.7 })),
        ..Material::default()
    }
}

/// The head's axes with their origin between the corneas, and the skin to keep clear of, in them.
struct Face {
    axes: HeadAxes,
    origin: Vec3,
    skin: Vec<Vec3>,
}

impl Face {
    fn new(fit: &Fit) -> Self {
        let mut face = Self {
            axes: fit.axes,
            origin: 0.5 * (fit.corneas[0] + fit.corneas[1]),
            skin: Vec::new(),
        };
        face.skin = fit.skin.iter().map(|p| face.to_head(*p)).collect();
        face
    }

    fn to_head(&self, world: Vec3) -> Vec3 {
        let d = world - self.origin;
        Vec3::new(
            d.dot(self.axes.left),
            d.dot(self.axes.up),
            d.dot(self.axes.forward),
        )
    }

    fn to_world(&self, head: Vec3) -> Vec3 {
        self.origin + self.axes.left * head.x + self.axes.up * head.y + self.axes.forward * head.z
    }
}

/// The left lens in the head's axes; the right one is its mirror image.
struct LensPlace {
    centre: Vec3,
    half: Vec2,
    style: Style,
}

impl LensPlace {
    /// The outline around the centre, x outward, counter-clockwise seen from the front.
    fn outline(&self) -> Vec<Vec2> {
        outline(self.style, self.half)
    }

    /// From the lens' plane (x outward, y up) to the head's axes.
    fn on_surface(&self, p: Vec2) -> Vec3 {
        let sag = p.length_squared() / (2.0 * LENS_RADIUS_M);
        self.centre
            + Vec3::new(
                p.x * WRAP.cos() - sag * WRAP.sin(),
                p.y,
                p.y * TILT - p.x * WRAP.sin() - sag * WRAP.cos(),
            )
    }

    /// Moved forward until no skin behind the lens comes nearer than the clearance.
    fn cleared(mut self, face: &Face, depth_m: f32, vertex_distance_m: f32) -> Self {
        let reach = self.half + 0.003;
        let mut forward = 0.0f32;
        for point in &face.skin {
            let p = Vec2::new(point.x.abs() - self.centre.x, point.y - self.centre.y);
            // The nose rises between the lenses on purpose.
            if point.x.abs() > 0.011
                && (p / reach).length_squared() < 1.4
                && p.abs().cmplt(reach).all()
            {
                forward = forward.max(point.z + depth_m + CLEARANCE_M - self.on_surface(p).z);
            }
        }
        self.centre.z += forward.min(FURTHEST_M - vertex_distance_m);
        self
    }

    /// The outline's point in a direction from the centre.
    fn edge(&self, direction: Vec2) -> Vec2 {
        let wanted = direction.normalize_or(Vec2::X);
        self.outline()
            .into_iter()
            .max_by(|a, b| {
                a.normalize_or_zero()
                    .dot(wanted)
                    .total_cmp(&b.normalize_or_zero().dot(wanted))
            })
            .unwrap_or(Vec2::ZERO)
    }
}

/// A smooth curve through `points` (Catmull–Rom), eight pieces between neighbours.
pub(crate) fn curve(points: &[Vec3]) -> Vec<Vec3> {
    let last = points.len() - 1;
    let mut out = Vec::new();
    for k in 0..last {
        let [a, b, c, d] = [
            points[k.saturating_sub(1)],
            points[k],
            points[k + 1],
            points[(k + 2).min(last)],
        ];
        for piece in 0..8 {
            let t = piece as f32 / 8.0;
            out.push(
                0.5 * (2.0 * b
                    + (c - a) * t
                    + (2.0 * a - 5.0 * b + 4.0 * c - d) * (t * t)
                    + (3.0 * b - a - 3.0 * c + d) * (t * t * t)),
            );
        }
    }
    out.push(points[last]);
    out
}

fn bridge(face: &Face, lens: &LensPlace, design: &Design, rim: Section, out: &mut Mesh) {
    let mut arch = |direction: Vec2, rise_m: f32| {
        let edge = lens.on_surface(lens.edge(direction));
        let top = Vec3::new(0.0, edge.y + rise_m, edge.z + 0.0025);
        let line: Vec<Vec3> = [
            edge,
            top.lerp(edge, 0.45) + Vec3::Y * 0.3 * rise_m,
            top,
            Vec3::new(-edge.x, edge.y, edge.z),
        ]
        .iter()
        .enumerate()
        .flat_map(|(k, p)| {
            if k == 2 {
                vec![
                    *p,
                    Vec3::new(
                        -(top.lerp(edge, 0.45)).x,
                        top.lerp(edge, 0.45).y + 0.3 * rise_m,
                        top.lerp(edge, 0.45).z,
                    ),
                ]
            } else {
                vec![*p]
            }
        })
        .map(|p| face.to_world(p))
        .collect();
        let path = curve(&line);
        tube(
            &path,
            &vec![face.axes.up; path.len()],
            Section {
                across: rim.across * 1.15,
                deep: rim.deep,
            },
            false,
            out,
        );
    };
    match design.style {
        Style::Round => arch(Vec2::new(-0.92, 0.38), 0.0030),
        Style::Rectangular => arch(Vec2::new(-0.90, 0.42), 0.0018),
        Style::Aviator => {
            arch(Vec2::new(-0.95, 0.20), 0.0020);
            arch(Vec2::new(-0.62, 0.78), 0.0006);
        }
    }
}

/// From the rim's outer edge back to the ear, over it and down behind it.
fn temple(fit: &Fit, face: &Face, lens: &LensPlace, side: f32, design: &Design, out: &mut Mesh) {
    let ear = face.to_head(fit.ears[usize::from(side > 0.0)]);
    let ear = Vec3::new(ear.x * side, ear.y, ear.z);
    let hinge = lens.on_surface(lens.edge(Vec2::new(0.88, 0.48)));
    let corner = hinge + Vec3::new(0.0025, 0.0, -0.0035);
    let over = ear + Vec3::new(0.0015, 0.0022, 0.002);
    let between = 6;
    let mut line = vec![hinge, corner];
    for k in 1..between {
        let t = k as f32 / between as f32;
        let mut p = corner.lerp(over, t);
        // Cheekbone and temple push the arm out; the ear itself does not, it is what the arm rests on.
        let widest = face
            .skin
            .iter()
            .filter(|s| {
                s.x * side > 0.0
                    && (s.y - p.y).abs() < 0.005
                    && (s.z - p.z).abs() < 0.009
                    && s.z > ear.z + 0.012
            })
            .map(|s| s.x * side)
            .fold(f32::NEG_INFINITY, f32::max);
        p.x = p.x.max(widest + CLEARANCE_M + 0.0012);
        line.push(p);
    }
    line.extend([
        over,
        over + Vec3::new(-0.0008, -0.0045, -0.012),
        over + Vec3::new(-0.0040, -0.0210, -0.022),
        over + Vec3::new(-0.0060, -0.0320, -0.0255),
    ]);
    let path: Vec<Vec3> = curve(&line)
        .iter()
        .map(|p| face.to_world(Vec3::new(p.x * side, p.y, p.z)))
        .collect();
    let heft = design.heft.clamp(0.0, 1.0);
    let section = match design.frame {
        Frame::Acetate(_) => Section {
            across: 0.0016 + 0.0016 * heft,
            deep: 0.0011 + 0.0004 * heft,
        },
        Frame::Metal(_) => Section {
            across: 0.0007 + 0.0004 * heft,
            deep: 0.0006,
        },
    };
    tube(&path, &vec![face.axes.up; path.len()], section, false, out);
}

/// A nose pad on its wire.
fn pad(face: &Face, fit: &Fit, lens: &LensPlace, side: f32, out: &mut Mesh) {
    let ridge = face.to_head(fit.bridge);
    let inner = lens.on_surface(lens.edge(Vec2::new(-0.95, -0.30)));
    // On the nose's side: lower and further back than its ridge.
    let rest = Vec3::new(
        0.5 * (inner.x + 0.0075),
        inner.y - 0.001,
        (ridge.z - 0.003).min(inner.z - 0.004),
    );
    let wire: Vec<Vec3> = curve(&[
        inner,
        inner.lerp(rest, 0.5) + Vec3::new(0.001, 0.001, -0.001),
        rest,
    ])
    .iter()
    .map(|p| face.to_world(Vec3::new(p.x * side, p.y, p.z)))
    .collect();
    tube(
        &wire,
        &vec![face.axes.up; wire.len()],
        Section {
            across: 0.0004,
            deep: 0.0004,
        },
        false,
        out,
    );
    let body: Vec<Vec3> = [0.005, 0.003, 0.0, -0.003, -0.005]
        .iter()
        .map(|y| {
            face.to_world(Vec3::new(
                (rest.x - 0.12 * y) * side,
                rest.y + y,
                rest.z - 0.25 * y,
            ))
        })
        .collect();
    tube(
        &body,
        &vec![face.axes.left; body.len()],
        Section {
            across: 0.0008,
            deep: 0.0022,
        },
        false,
        out,
    );
}

#[cfg(test)]
mod tests;
