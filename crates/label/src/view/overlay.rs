//! Labels drawn over a picture.

use scene::read::Raster;

use super::canvas::{Canvas, Paint};
use super::eyes;
use crate::annotations::{BoxPx, DamageLabel, Landmark, PersonLabels, SampleLabels};
use crate::layout;

/// What is drawn over the pictures of a contact sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlay {
    /// x-ray points: green where visible, red where hidden.
    Landmarks,
    /// Contour points, blue-green, joined along the jaw.
    ContourLandmarks,
    /// Face box yellow, head box orange, person and vehicle box white, damages red.
    Boxes,
    /// A colour for each `FaceSynthetics` class.
    FaceParsing,
    /// A colour for each part.
    Parts,
    /// A colour for each damage or defect, where it is seen.
    Damage,
    /// An arrow out of each pupil.
    Gaze,
    /// The head's axes: left red, up green, forward blue.
    HeadPose,
    /// Pupil yellow, iris cyan, limbus blue, visible glints green with a thin ring where hidden, the optical axis violet and the line of sight white.
    Eyes,
    /// Joints of the body and the hands, the person's right side orange, the left blue; thin where hidden.
    Keypoints,
}

impl Overlay {
    /// All overlays, in drawing order.
    pub const ALL: [Self; 10] = [
        Self::FaceParsing,
        Self::Parts,
        Self::Damage,
        Self::Boxes,
        Self::Landmarks,
        Self::ContourLandmarks,
        Self::HeadPose,
        Self::Gaze,
        Self::Eyes,
        Self::Keypoints,
    ];

    /// The name of the label it shows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Landmarks => "landmarks",
            Self::ContourLandmarks => "contour_landmarks",
            Self::Boxes => "boxes",
            Self::FaceParsing => "face_parsing",
            Self::Parts => "parts",
            Self::Damage => "damage",
            Self::Gaze => "gaze",
            Self::HeadPose => "head_pose",
            Self::Keypoints => "keypoints",
            Self::Eyes => "eyes",
        }
    }

    /// The overlay with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|overlay| overlay.name() == name)
    }

    /// The folder of the mask it colours, if it does.
    pub(super) const fn mask(self) -> Option<&'static str> {
        match self {
            Self::FaceParsing => Some(layout::PARSING),
            Self::Parts => Some(layout::PARTS),
            Self::Damage => Some(layout::DAMAGE),
            _ => None,
        }
    }

    /// What a number in its mask is painted with; `None` leaves the picture as it is.
    fn colour(self, id: u8) -> Option<Paint> {
        let srgb = match (self, id) {
            (_, 0) => return None,
            (Self::FaceParsing, id) => *CLASS_COLOURS.get(usize::from(id))?,
            // Red, yellow, blue, … for the first, then around.
            (Self::Damage, id) => DAMAGE_COLOURS[usize::from(id - 1) % DAMAGE_COLOURS.len()],
            // Neighbouring numbers far apart on the wheel of hues.
            (_, id) => hue(f64::from(id) * 0.618_034),
        };
        let cover = if self == Self::Damage { 0.6 } else { 0.55 };
        Some(Paint { srgb, cover })
    }
}

/// sRGB of damages by their ids: easy to tell apart on any paint, and by the colour-blind (Okabe & Ito 2008), black and grey left out.
const DAMAGE_COLOURS: [[u8; 3]; 6] = [
    [213, 94, 0],
    [240, 228, 66],
    [86, 180, 233],
    [204, 121, 167],
    [0, 158, 115],
    [230, 159, 0],
];

/// A strong colour by its place on the wheel, in turns.
fn hue(turns: f64) -> [u8; 3] {
    [0.0, 1.0 / 3.0, 2.0 / 3.0].map(|shift| {
        let t = (turns + shift).rem_euclid(1.0);
        let level = (2.0 - 6.0 * (t - 0.5).abs()).clamp(-1.0, 1.0);
        (150.0 + 95.0 * level) as u8
    })
}

/// sRGB of each class; background is left as it is.
const CLASS_COLOURS: [[u8; 3]; 19] = [
    [0, 0, 0],
    [255, 205, 148],
    [255, 140, 60],
    [60, 120, 255],
    [60, 220, 255],
    [120, 60, 20],
    [180, 100, 40],
    [255, 60, 160],
    [255, 130, 200],
    [120, 0, 30],
    [230, 30, 50],
    [180, 20, 90],
    [210, 180, 100],
    [90, 60, 160],
    [60, 110, 60],
    [60, 150, 140],
    [240, 240, 60],
    [120, 200, 60],
    [200, 200, 200],
];

/// Draws over a picture that was scaled to `canvas`'s size.
pub(super) fn draw(
    canvas: &mut Canvas,
    overlays: &[Overlay],
    labels: &SampleLabels,
    masks: &[(Overlay, Raster<u8>)],
) {
    let scale = [
        canvas.width as f64 / f64::from(labels.width_px),
        canvas.height as f64 / f64::from(labels.height_px),
    ];
    let at = |px: [f64; 2]| [px[0] * scale[0], px[1] * scale[1]];
    // Lines and dots grow with the tile.
    let pen = (canvas.width.min(canvas.height) as f64 / 256.0).max(0.6);
    for overlay in Overlay::ALL.into_iter().filter(|o| overlays.contains(o)) {
        for (_, mask) in masks.iter().filter(|(of, _)| *of == overlay) {
            colour_mask(canvas, overlay, mask);
        }
        if overlay == Overlay::Boxes {
            for vehicle in &labels.vehicles {
                let whole = vehicle.boxes.and_then(|boxes| boxes.vehicle);
                thing_boxes(canvas, whole, vehicle.damages.as_deref(), at, pen);
            }
            for product in &labels.products {
                let whole = product.boxes.and_then(|boxes| boxes.product);
                thing_boxes(canvas, whole, product.damages.as_deref(), at, pen);
            }
        }
        for person in &labels.people {
            match overlay {
                Overlay::FaceParsing | Overlay::Parts | Overlay::Damage => {}
                Overlay::Boxes => boxes(canvas, person, at, pen),
                Overlay::Landmarks => {
                    for point in person.landmarks.iter().flatten() {
                        let srgb = if point.visible {
                            [60, 255, 90]
                        } else {
                            [255, 60, 50]
                        };
                        dot(canvas, point, at, pen, srgb);
                    }
                }
                Overlay::ContourLandmarks => contour(canvas, person, at, pen),
                Overlay::Gaze => gaze(canvas, person, labels, at, pen),
                Overlay::Eyes => eyes::draw(canvas, person, labels, &at, pen),
                Overlay::Keypoints => skeleton(canvas, person, at, pen),
                Overlay::HeadPose => axes(canvas, person, labels, at, pen),
            }
        }
    }
}

pub(super) fn solid(srgb: [u8; 3]) -> Paint {
    Paint { srgb, cover: 0.95 }
}

fn dot(
    canvas: &mut Canvas,
    point: &Landmark,
    at: impl Fn([f64; 2]) -> [f64; 2],
    pen: f64,
    srgb: [u8; 3],
) {
    if let Some(px) = point.px {
        canvas.disc(at(px), 1.3 * pen, solid(srgb));
    }
}

fn colour_mask(canvas: &mut Canvas, overlay: Overlay, mask: &Raster<u8>) {
    let (from_w, from_h) = (mask.width as usize, mask.height as usize);
    for y in 0..canvas.height {
        for x in 0..canvas.width {
            // The number of the pixel under the new pixel's centre: numbers cannot be averaged.
            let (u, v) = (
                (2 * x + 1) * from_w / (2 * canvas.width),
                (2 * y + 1) * from_h / (2 * canvas.height),
            );
            if let Some(paint) = overlay.colour(mask.samples[v * from_w + u]) {
                canvas.blend(x, y, paint);
            }
        }
    }
}

/// A thing's box in white, those of its damages in red.
fn thing_boxes(
    canvas: &mut Canvas,
    whole: Option<BoxPx>,
    damages: Option<&[DamageLabel]>,
    at: impl Fn([f64; 2]) -> [f64; 2],
    pen: f64,
) {
    let damages = damages.into_iter().flatten().map(|damage| damage.r#box);
    let all =
        std::iter::once((whole, [255, 255, 255])).chain(damages.map(|one| (one, [255, 50, 40])));
    for (one, srgb) in all {
        if let Some(BoxPx([x, y, w, h])) = one {
            canvas.rectangle(at([x, y]), at([x + w, y + h]), 1.2 * pen, solid(srgb));
        }
    }
}

fn boxes(canvas: &mut Canvas, person: &PersonLabels, at: impl Fn([f64; 2]) -> [f64; 2], pen: f64) {
    let Some(boxes) = person.boxes else {
        return;
    };
    for (one, srgb) in [
        (boxes.person, [255, 255, 255]),
        (boxes.head, [255, 150, 30]),
        (boxes.face, [255, 235, 40]),
    ] {
        if let Some(BoxPx([x, y, w, h])) = one {
            canvas.rectangle(at([x, y]), at([x + w, y + h]), 1.2 * pen, solid(srgb));
        }
    }
}

fn contour(
    canvas: &mut Canvas,
    person: &PersonLabels,
    at: impl Fn([f64; 2]) -> [f64; 2] + Copy,
    pen: f64,
) {
    const COLOUR: [u8; 3] = [40, 230, 255];
    let points = person.contour_landmarks.as_deref().unwrap_or_default();
    for pair in points
        .get(crate::contour::JAW)
        .unwrap_or_default()
        .windows(2)
    {
        if let (Some(from), Some(to)) = (pair[0].px, pair[1].px) {
            canvas.line(at(from), at(to), 0.8 * pen, solid(COLOUR));
        }
    }
    for point in points {
        dot(
            canvas,
            point,
            at,
            pen,
            if point.visible { COLOUR } else { [255, 60, 50] },
        );
    }
}

/// An arrow from the pupil, as long as 3 cm along the axis.
fn gaze(
    canvas: &mut Canvas,
    person: &PersonLabels,
    labels: &SampleLabels,
    at: impl Fn([f64; 2]) -> [f64; 2],
    pen: f64,
) {
    const LENGTH_M: f64 = 0.03;
    for eye in person.gaze.iter().flatten() {
        let pupil = glam::DVec3::from(eye.pupil_world_m);
        let tip = pupil + glam::DVec3::from(eye.axis_world) * LENGTH_M;
        arrow(canvas, labels, [pupil, tip], &at, pen, [255, 80, 220]);
    }
}

/// Limbs between COCO-WholeBody's points, by their numbers.
const BODY_LIMBS: [[usize; 2]; 18] = [
    [5, 7],
    [7, 9],
    [6, 8],
    [8, 10],
    [11, 13],
    [13, 15],
    [12, 14],
    [14, 16],
    [5, 6],
    [11, 12],
    [5, 11],
    [6, 12],
    [15, 17],
    [15, 18],
    [15, 19],
    [16, 20],
    [16, 21],
    [16, 22],
];

fn skeleton(
    canvas: &mut Canvas,
    person: &PersonLabels,
    at: impl Fn([f64; 2]) -> [f64; 2] + Copy,
    pen: f64,
) {
    const RIGHT: [u8; 3] = [255, 150, 40];
    const LEFT: [u8; 3] = [60, 170, 255];
    const BOTH: [u8; 3] = [240, 240, 240];
    let mut limb = |from: &Landmark, to: &Landmark, srgb: [u8; 3], width: f64| {
        if let (Some(a), Some(b)) = (from.px, to.px) {
            let width = if from.visible && to.visible {
                width
            } else {
                0.4 * width
            };
            canvas.line(at(a), at(b), width * pen, solid(srgb));
        }
    };
    if let Some(points) = person.keypoints.as_deref().filter(|p| p.len() == 133) {
        for [a, b] in BODY_LIMBS {
            // COCO numbers left before right; feet come three and three.
            let is_left = |i: usize| if i >= 17 { i < 20 } else { i % 2 == 1 };
            let srgb = match (is_left(a), is_left(b)) {
                (true, true) => LEFT,
                (false, false) => RIGHT,
                _ => BOTH,
            };
            limb(&points[a], &points[b], srgb, 1.8);
        }
        hand(&points[91..112], LEFT, &mut limb);
        hand(&points[112..133], RIGHT, &mut limb);
    } else if let Some([right, left]) = &person.hands {
        hand(&right.joints, RIGHT, &mut limb);
        hand(&left.joints, LEFT, &mut limb);
    }
}

/// Fingers from the wrist to their tips.
fn hand(
    joints: &[Landmark],
    srgb: [u8; 3],
    limb: &mut impl FnMut(&Landmark, &Landmark, [u8; 3], f64),
) {
    let Some((wrist, fingers)) = joints.split_first() else {
        return;
    };
    for finger in fingers.chunks(4) {
        let chain = std::iter::once(wrist).chain(finger);
        for (from, to) in chain.zip(finger) {
            limb(from, to, srgb, 0.9);
        }
    }
}

fn axes(
    canvas: &mut Canvas,
    person: &PersonLabels,
    labels: &SampleLabels,
    at: impl Fn([f64; 2]) -> [f64; 2],
    pen: f64,
) {
    const LENGTH_M: f64 = 0.07;
    let Some(head) = person.head_pose else {
        return;
    };
    let (origin, turn) = (
        glam::DVec3::from(head.origin_world_m),
        crate::annotations::rotation(head.world_from_head),
    );
    for (axis, srgb) in [
        (turn.x_axis, [255, 50, 50]),
        (turn.y_axis, [50, 230, 50]),
        (turn.z_axis, [60, 110, 255]),
    ] {
        arrow(
            canvas,
            labels,
            [origin, origin + axis * LENGTH_M],
            &at,
            pen,
            srgb,
        );
    }
}

/// An arrow in the world; needs the camera.
pub(super) fn arrow(
    canvas: &mut Canvas,
    labels: &SampleLabels,
    [from, to]: [glam::DVec3; 2],
    at: &impl Fn([f64; 2]) -> [f64; 2],
    pen: f64,
    srgb: [u8; 3],
) {
    let Some(camera) = labels
        .camera
        .as_ref()
        .map(|c| c.to_camera(labels.width_px, labels.height_px))
    else {
        return;
    };
    let (Some((from, _)), Some((to, _))) = (camera.project(from), camera.project(to)) else {
        return;
    };
    let (from, to) = (
        glam::DVec2::from(at(from.to_array())),
        glam::DVec2::from(at(to.to_array())),
    );
    canvas.line(from.to_array(), to.to_array(), 1.6 * pen, solid(srgb));
    let back = (from - to).normalize_or_zero() * (4.0 * pen).min(from.distance(to));
    for side in [-0.5_f64, 0.5] {
        let barb = to + glam::DVec2::from_angle(side).rotate(back);
        canvas.line(to.to_array(), barb.to_array(), 1.4 * pen, solid(srgb));
    }
}
