//! Where things are on the body's texture: lips, scalp, beard zones, oily skin — as soft-edged polygons in UV.
//!
//! MakeHuman's UV layout is fixed, so a region drawn once holds for every body shape, pose and subdivision. The head's island is
//! symmetric about [`MID_V`] and lies on its side: up the face is *down* in u, the person's left is *up* in v. A polygon is
//! therefore drawn for one half, in `(|v − MID_V|, u)`, and counts for both. Regions were drawn on the mesh's own edge loops.
//!
//! Deliberately not here: labels. Their regions are sets of mesh faces (`Part`); these maps only say how skin looks and where hair grows.
mod outlines;

use glam::Vec2;

/// v of the head's plane of symmetry.
pub const MID_V: f32 = 0.48317;

/// A named area of skin. Membership is soft: see [`Region::weight`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Region {
    /// Face without lips, lids, nostrils: what a skin tone is measured on.
    Face,
    /// The vermilion of both lips, as far as the inner edge.
    Lips,
    /// Lid margins and the strip of lid behind the lashes, which the pack's textures paint as an open eye.
    LidMargin,
    /// Upper and lower lids and the hollow under the eye.
    EyeSurround,
    /// The inside of the nostrils.
    Nostril,
    /// Skin under head hair.
    Scalp,
    /// Skin under the brows.
    Brow,
    /// Between nose and upper lip.
    Moustache,
    /// Chin, soul patch, and the corners of the mouth down to the jaw.
    Chin,
    /// Beard on cheeks and jaw.
    Cheek,
    /// Beard under the jaw.
    UnderJaw,
    /// In front of the ears.
    Sideburn,
    /// Oily skin: forehead's middle, nose, chin.
    Oily,
    /// Where blood shows: cheeks, nose tip, ears, chin.
    Flush,
    /// Soles, which like palms hold little melanin at any tone; palms are found by `skin`'s own geometry.
    Palm,
    /// Lining of mouth and eye sockets: no skin, no tone.
    Mucosa,
    /// Where the pack's textures paint head hair, generously.
    PaintedHair,
    /// Parts always under clothes, whose painted detail is taken out.
    Covered,
}

/// One polygon and the distance in UV over which it fades, half inside and half outside.
struct Patch {
    half: bool,
    corners: &'static [[f32; 2]],
    fade: f32,
    /// Around the corners and half the fade.
    low: Vec2,
    high: Vec2,
}

impl Region {
    fn patches(self) -> &'static [Patch] {
        match self {
            Self::Face => outlines::FACE,
            Self::Lips => outlines::LIPS,
            Self::LidMargin => outlines::LID_MARGIN,
            Self::EyeSurround => outlines::EYE_SURROUND,
            Self::Nostril => outlines::NOSTRIL,
            Self::Scalp => outlines::SCALP,
            Self::Brow => outlines::BROW,
            Self::Moustache => outlines::MOUSTACHE,
            Self::Chin => outlines::CHIN,
            Self::Cheek => outlines::CHEEK,
            Self::UnderJaw => outlines::UNDER_JAW,
            Self::Sideburn => outlines::SIDEBURN,
            Self::Oily => outlines::OILY,
            Self::Flush => outlines::FLUSH,
            Self::Palm => outlines::PALM,
            Self::Mucosa => outlines::MUCOSA,
            Self::PaintedHair => outlines::PAINTED_HAIR,
            Self::Covered => outlines::COVERED,
        }
    }

    /// The rectangle of UV outside which the weight is 0, as lower and upper corner.
    pub fn bounds(self) -> (Vec2, Vec2) {
        self.patches().iter().fold(
            (Vec2::INFINITY, Vec2::NEG_INFINITY),
            |(low, high), patch| {
                let reach = 0.5 * patch.fade;
                patch
                    .corners
                    .iter()
                    .fold((low, high), |(low, high), corner| {
                        let (a, b) = if patch.half {
                            (
                                Vec2::new(corner[1], MID_V - corner[0].abs()),
                                Vec2::new(corner[1], MID_V + corner[0].abs()),
                            )
                        } else {
                            (Vec2::from(*corner), Vec2::from(*corner))
                        };
                        (low.min(a - reach), high.max(b + reach))
                    })
            },
        )
    }

    /// How much the skin at `uv` (v up, as [`scene::Mesh::uvs`]) belongs to this region, `[0, 1]`.
    pub fn weight(self, uv: Vec2) -> f32 {
        let drawn = self
            .patches()
            .iter()
            .map(|patch| patch.weight(uv))
            .fold(0.0, f32::max);
        match self {
            // What the tone is measured on must hold no lip, lid or nostril.
            Self::Face if drawn > 0.0 => [
                Self::Lips,
                Self::LidMargin,
                Self::EyeSurround,
                Self::Nostril,
                Self::Scalp,
            ]
            .into_iter()
            .fold(drawn, |rest, other| rest * (1.0 - other.weight(uv))),
            Self::Moustache | Self::Chin if drawn > 0.0 => drawn * (1.0 - Self::Lips.weight(uv)),
            _ => drawn,
        }
    }
}

impl Patch {
    const fn new(half: bool, corners: &'static [[f32; 2]], fade: f32) -> Self {
        let (mut low, mut high) = (corners[0], corners[0]);
        let mut i = 1;
        while i < corners.len() {
            let mut axis = 0;
            while axis < 2 {
                low[axis] = low[axis].min(corners[i][axis]);
                high[axis] = high[axis].max(corners[i][axis]);
                axis += 1;
            }
            i += 1;
        }
        let reach = 0.5 * fade;
        Self {
            half,
            corners,
            fade,
            low: Vec2::new(low[0] - reach, low[1] - reach),
            high: Vec2::new(high[0] + reach, high[1] + reach),
        }
    }

    fn weight(&self, uv: Vec2) -> f32 {
        let point = if self.half {
            // The torso's and hands' islands share v with the head's; only u tells them apart.
            if uv.x < 0.6 || on_left_arm(uv) {
                return 0.0;
            }
            Vec2::new((uv.y - MID_V).abs(), uv.x)
        } else {
            uv
        };
        if point.cmplt(self.low).any() || point.cmpgt(self.high).any() {
            return 0.0;
        }
        let reach = 0.5 * self.fade;
        let inside = signed_distance(point, self.corners);
        let t = ((inside + reach) / self.fade).clamp(0.0, 1.0);
        t * t * (3.0 - 2.0 * t)
    }
}

/// Whether a place right of the torso's islands lies on one of the left arm's, above the head's or below them.
fn on_left_arm(uv: Vec2) -> bool {
    let above = (0.745 + 0.6 * (uv.x - 0.67)).max(0.735);
    uv.x < 0.77 && (uv.y < 0.205 || uv.y > above)
}

/// Distance to the polygon's outline, positive inside.
fn signed_distance(point: Vec2, corners: &[[f32; 2]]) -> f32 {
    let mut nearest = f32::INFINITY;
    let mut inside = false;
    let mut previous = Vec2::from(corners[corners.len() - 1]);
    for corner in corners {
        let current = Vec2::from(*corner);
        let edge = current - previous;
        let along =
            ((point - previous).dot(edge) / edge.length_squared().max(1e-12)).clamp(0.0, 1.0);
        nearest = nearest.min((point - previous - edge * along).length_squared());
        if (current.y > point.y) != (previous.y > point.y)
            && point.x < previous.x + (point.y - previous.y) / (current.y - previous.y) * edge.x
        {
            inside = !inside;
        }
        previous = current;
    }
    if inside {
        nearest.sqrt()
    } else {
        -nearest.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(half: f32, u: f32) -> [Vec2; 2] {
        [Vec2::new(u, MID_V + half), Vec2::new(u, MID_V - half)]
    }

    #[test]
    fn regions_hold_the_landmarks_they_are_named_after_and_mirror() {
        let cases = [
            (Region::Lips, 0.0, 0.905),
            (Region::Lips, 0.008, 0.92),
            (Region::Face, 0.05, 0.87),
            (Region::Face, 0.0, 0.80),
            (Region::Scalp, 0.10, 0.72),
            (Region::Scalp, 0.25, 0.85),
            (Region::Moustache, 0.005, 0.8925),
            (Region::Chin, 0.0, 0.945),
            (Region::Cheek, 0.07, 0.92),
            (Region::UnderJaw, 0.0, 0.968),
            (Region::Nostril, 0.008, 0.879),
        ];
        for (region, half, u) in cases {
            let [left, right] = at(half, u).map(|uv| region.weight(uv));
            assert!(left > 0.9, "{region:?} at ({half}, {u}) weighs {left}");
            assert_eq!(left, right, "{region:?} differs between left and right");
        }
    }

    #[test]
    fn tone_is_measured_on_plain_skin_only() {
        for (what, half, u) in [
            ("lip", 0.0, 0.91),
            ("nostril", 0.008, 0.879),
            ("lid", 0.033, 0.839),
            ("scalp", 0.1, 0.72),
            ("torso", 0.0, 0.4),
        ] {
            let weight = Region::Face.weight(Vec2::new(u, MID_V + half));
            assert!(weight < 0.05, "the {what} counts as face with {weight}");
        }
    }

    #[test]
    fn beard_zones_leave_the_lips_bare() {
        for region in [
            Region::Moustache,
            Region::Chin,
            Region::Cheek,
            Region::UnderJaw,
        ] {
            for u in [0.90, 0.905, 0.91, 0.915, 0.92] {
                assert!(
                    region.weight(Vec2::new(u, MID_V)) < 0.01,
                    "{region:?} grows on the lip at u = {u}"
                );
            }
        }
    }

    #[test]
    fn nothing_of_the_head_grows_on_the_left_arm() {
        // Upper arm, forearm, back of the hand, fingers.
        for uv in [[0.62, 0.78], [0.7, 0.82], [0.62, 0.16], [0.72, 0.15]] {
            for region in [
                Region::Scalp,
                Region::PaintedHair,
                Region::Cheek,
                Region::Face,
            ] {
                assert_eq!(region.weight(Vec2::from(uv)), 0.0, "{region:?} at {uv:?}");
            }
        }
    }

    #[test]
    fn weights_fade_without_steps() {
        let mut previous = Region::Cheek.weight(Vec2::new(0.92, MID_V));
        for step in 1..4000 {
            let weight = Region::Cheek.weight(Vec2::new(0.92, MID_V + step as f32 * 5e-5));
            assert!((weight - previous).abs() < 0.02);
            previous = weight;
        }
    }
}
