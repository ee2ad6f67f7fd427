//! Fibres as the hierarchy keeps them: each strand's spline cut into straight round segments, and what lies where a ray enters one.
//!
//! A strand of `n` points is a uniform cubic B-spline whose first and last point count three times: `n + 1` spans, from the first point to the last.
//! A span becomes as many segments as keep their middle lines within half a radius of the curve, or an eighth of a pixel where that is more, sixteen at most; the direction of the strand is the
//! spline's own. Radii run along the same spline.
use crate::{
    bvh::{Around, Crossing, Segment},
    error::RenderError,
    geometry::{FAR_M, Spot},
    lens::Lens,
    sampling::Basis,
};
use glam::{Vec2, Vec3A, Vec4};
use scene::{Fibres, Scene, fibre::Strands};

/// Most segments of a span.
const MAX_PARTS: u8 = 16;
/// How far, in radii, segments may stray from the curve.
const STRAY: f32 = 0.5;
/// And how far in pixels, where those are larger: nobody sees a finer curve.
const STRAY_PX: f32 = 0.125;
/// Thickest fibre, metres.
const MAX_RADIUS_M: f32 = 1.0;

/// Where segments come from.
#[derive(Debug)]
pub(crate) struct Tufts<'s> {
    scene: &'s Scene,
    /// Number of the first segment; those of triangles come before.
    first: u32,
    pieces: Vec<Piece>,
}

/// Which part of which span of which strand a segment is.
#[derive(Debug, Clone, Copy)]
struct Piece {
    tuft: u32,
    strand: u32,
    span: u16,
    part: u8,
    parts: u8,
}

impl Piece {
    /// Parameters of the span at either end.
    fn range(self) -> [f32; 2] {
        let parts = f32::from(self.parts);
        [
            f32::from(self.part) / parts,
            f32::from(self.part + 1) / parts,
        ]
    }
}

impl<'s> Tufts<'s> {
    /// Checks a scene's fibres and cuts them for a camera; `flags` tells a tuft's.
    pub(crate) fn new(
        scene: &'s Scene,
        lens: &Lens,
        first: u32,
        flags: impl Fn(&Fibres) -> Result<u32, RenderError>,
    ) -> Result<(Self, Vec<Segment>), RenderError> {
        let (mut pieces, mut segments) = (Vec::new(), Vec::new());
        let eye = lens.camera().position.as_vec3a();
        let pixel = STRAY_PX * lens.pixel_width();
        for (tuft, fibres) in scene.fibres.iter().enumerate() {
            if let Some(found) = fault(&fibres.strands) {
                return Err(RenderError::Fibres {
                    fibres: fibres.name.clone(),
                    index: tuft,
                    found,
                });
            }
            let flags = flags(fibres)?;
            for strand in 0..fibres.strands.first.len().saturating_sub(1) {
                let count = points(&fibres.strands, strand).len();
                for span in 0..=count as u16 {
                    let control = control(&fibres.strands, strand, span);
                    let away = Vec3A::from_vec4(control[1]).distance(eye);
                    let parts = parts(&control, pixel * away);
                    let mut start = at(&control, 0.0);
                    for part in 0..parts {
                        let piece = Piece {
                            tuft: tuft as u32,
                            strand: strand as u32,
                            span,
                            part,
                            parts,
                        };
                        let end = at(&control, piece.range()[1]);
                        let ends = [start, end].map(Vec3A::from_vec4);
                        // Points that coincide leave nothing between them; balls at the neighbours' ends are there.
                        if ends[0] != ends[1] {
                            segments.push(Segment {
                                ends,
                                radii_m: [start.w, end.w],
                                id: first.wrapping_add(pieces.len() as u32),
                                flags,
                            });
                            pieces.push(piece);
                        }
                        start = end;
                    }
                }
            }
        }
        Ok((
            Self {
                scene,
                first,
                pieces,
            },
            segments,
        ))
    }

    /// Index into the scene's fibres and of the strand in them; `None` for a triangle's number.
    pub(crate) fn source(&self, id: u32) -> Option<(u32, u32)> {
        let piece = self.pieces.get(id.checked_sub(self.first)? as usize)?;
        Some((piece.tuft, piece.strand))
    }

    /// What lies where a ray enters a segment; `None` for a triangle's number.
    pub(crate) fn spot(&self, crossing: &Crossing) -> Option<Spot> {
        let piece = *self
            .pieces
            .get(crossing.id.checked_sub(self.first)? as usize)?;
        let fibres = &self.scene.fibres[piece.tuft as usize];
        let strands = &*fibres.strands;
        let control = control(strands, piece.strand as usize, piece.span);
        let [from, to] = piece.range();
        let (start, end) = (at(&control, from), at(&control, to));
        let [along, around] = crossing.barycentric;
        let middle = start.lerp(end, along);
        // The frame in which the hierarchy tells the place around.
        let span = Vec3A::from_vec4(end) - Vec3A::from_vec4(start);
        let frame = Basis::around(span.normalize_or(Vec3A::Y));
        let [x, y] = Around::direction(around);
        let face = frame.x * x + frame.y * y;
        let parameter = from + (to - from) * along;
        // The curve stands still at its ends.
        let tangent = Vec3A::from_vec4(slope(&control, parameter))
            .try_normalize()
            .unwrap_or(frame.z);
        let smooth = (face - tangent * face.dot(tangent))
            .try_normalize()
            .unwrap_or(face);
        let spans = points(strands, piece.strand as usize).len() as f32 + 1.0;
        let tint = strands.tints.get(piece.strand as usize);
        Some(Spot {
            object: self.scene.objects.len() as u32 + piece.tuft,
            triangle: piece.strand,
            part: fibres.part,
            position: Vec3A::from_vec4(middle) + face * middle.w,
            face,
            smooth,
            uv: Vec2::new(around, (f32::from(piece.span) + parameter) / spans),
            dp_du: smooth.cross(tangent) * -(std::f32::consts::TAU * middle.w),
            dp_dv: tangent * (span.length() * spans / (to - from)),
            bulge: 0.0,
            radius_m: middle.w,
            tint: tint.map_or(Vec3A::ONE, |&tint| Vec3A::from(tint)),
        })
    }
}

/// Indices of a strand's points.
fn points(strands: &Strands, strand: usize) -> std::ops::Range<usize> {
    strands.first[strand] as usize..strands.first[strand + 1] as usize
}

/// Control points of a span, radius in `w`.
fn control(strands: &Strands, strand: usize, span: u16) -> [Vec4; 4] {
    let points = points(strands, strand);
    [0, 1, 2, 3].map(|k: usize| {
        let local = (usize::from(span) + k).saturating_sub(2);
        let index = (points.start + local).min(points.end - 1);
        strands.points[index].extend(strands.radii_m[index])
    })
}

/// A span at `u` of `[0, 1]`.
fn at(control: &[Vec4; 4], u: f32) -> Vec4 {
    let v = 1.0 - u;
    let outer = [v * v * v, u * u * u];
    let inner = [
        4.0 - 6.0 * u * u + 3.0 * outer[1],
        4.0 - 6.0 * v * v + 3.0 * outer[0],
    ];
    (control[0] * outer[0] + control[1] * inner[0] + control[2] * inner[1] + control[3] * outer[1])
        * (1.0 / 6.0)
}

/// Its derivative.
fn slope(control: &[Vec4; 4], u: f32) -> Vec4 {
    let v = 1.0 - u;
    (control[1] - control[0]) * (0.5 * v * v)
        + (control[2] - control[1]) * (0.5 + u * v)
        + (control[3] - control[2]) * (0.5 * u * u)
}

/// A chord of parameter length Δ strays from its curve by `|p″|·Δ²/8`; the second derivative runs straight between those of the ends.
fn parts(control: &[Vec4; 4], least_stray_m: f32) -> u8 {
    let bend =
        |k: usize| Vec3A::from_vec4(control[k] - 2.0 * control[k + 1] + control[k + 2]).length();
    let radius = control
        .iter()
        .fold(f32::INFINITY, |least, p| least.min(p.w));
    let parts = (bend(0).max(bend(1)) / (8.0 * (STRAY * radius).max(least_stray_m)))
        .sqrt()
        .ceil();
    (parts as u8).clamp(1, MAX_PARTS)
}

/// What is wrong with strands, if anything.
fn fault(strands: &Strands) -> Option<String> {
    let Strands {
        points,
        radii_m,
        first,
        tints,
    } = strands;
    if radii_m.len() != points.len() {
        return Some(format!(
            "{} points, but {} radii",
            points.len(),
            radii_m.len()
        ));
    }
    if first.is_empty() {
        return (!points.is_empty() || !tints.is_empty())
            .then(|| format!("{} points, but no strand has them", points.len()));
    }
    let count = first.len() - 1;
    if first[0] != 0 || first[count] as usize != points.len() {
        return Some(format!(
            "strands have points {} to {}, but there are {}",
            first[0],
            first[count],
            points.len()
        ));
    }
    if !tints.is_empty() && tints.len() != count {
        return Some(format!("{count} strands, but {} tints", tints.len()));
    }
    for (strand, ends) in first.windows(2).enumerate() {
        if ends[1] < ends[0].saturating_add(2) {
            return Some(format!(
                "strand {strand} has points {} to {}, not two or more",
                ends[0], ends[1]
            ));
        }
        if ends[1] - ends[0] >= u32::from(u16::MAX) {
            return Some(format!(
                "strand {strand} has {} points, more than {}",
                ends[1] - ends[0],
                u16::MAX - 1
            ));
        }
    }
    if let Some((index, point)) = (0_u32..)
        .zip(points)
        .find(|(_, point)| !(point.is_finite() && point.abs().max_element() <= FAR_M))
    {
        return Some(format!(
            "point {index} is at {point}, not at finite coordinates below {FAR_M} m"
        ));
    }
    if let Some((index, radius)) = (0_u32..)
        .zip(radii_m)
        .find(|(_, radius)| !(**radius > 0.0 && **radius <= MAX_RADIUS_M))
    {
        return Some(format!(
            "the radius of point {index} is {radius} m, not above 0 and up to {MAX_RADIUS_M}"
        ));
    }
    let (index, tint) = (0_u32..)
        .zip(tints)
        .find(|(_, tint)| !(tint.is_finite() && tint.min_element() >= 0.0))?;
    Some(format!(
        "the tint of strand {index} is {tint}, not finite and at least 0"
    ))
}
