//! Where things are on the body's texture: lips, scalp, beard zones, oily skin — as soft-edged polygons in UV.
//!
//! MakeHuman's UV layout is fixed, so a region drawn once holds for every body shape, pose and subdivision. The head's island is
//! symmetric about [`MID_V`] and lies on its side: up the face is *down* in u, the person's left is *up* in v. A polygon is
//! therefore drawn for one half, in `(|v − MID_V|, u)`, and counts for both. Regions were drawn on the mesh's own edge loops.
//!
//! Deliberately not here: labels. Their regions are sets of mesh faces (`Part`); these maps only say how skin looks and where hair grows.
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
    /// Palms and soles, which hold little melanin at any tone.
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
}

const fn mirrored(corners: &'static [[f32; 2]], fade: f32) -> Patch {
    Patch {
        half: true,
        corners,
        fade,
    }
}
const fn plain(corners: &'static [[f32; 2]], fade: f32) -> Patch {
    Patch {
        half: false,
        corners,
        fade,
    }
}

const FACE: &[Patch] = &[mirrored(
    &[
        [-0.2, 0.782],
        [0.045, 0.785],
        [0.075, 0.80],
        [0.095, 0.83],
        [0.105, 0.87],
        [0.095, 0.90],
        [0.065, 0.925],
        [0.03, 0.945],
        [-0.2, 0.952],
    ],
    0.006,
)];
const LIPS: &[Patch] = &[mirrored(
    &[
        [-0.2, 0.8982],
        [0.0, 0.8982],
        [0.0022, 0.8976],
        [0.0057, 0.8964],
        [0.010, 0.8982],
        [0.0145, 0.9012],
        [0.0185, 0.9045],
        [0.0208, 0.9086],
        [0.0195, 0.9125],
        [0.0165, 0.917],
        [0.0125, 0.921],
        [0.008, 0.9238],
        [0.004, 0.925],
        [0.0, 0.9254],
        [-0.2, 0.9254],
    ],
    0.0022,
)];
const LID_MARGIN: &[Patch] = &[mirrored(
    &[
        [0.0225, 0.840],
        [0.0255, 0.8365],
        [0.032, 0.8352],
        [0.038, 0.8362],
        [0.0425, 0.839],
        [0.039, 0.8415],
        [0.033, 0.8428],
        [0.027, 0.8425],
    ],
    0.0025,
)];
const EYE_SURROUND: &[Patch] = &[mirrored(
    &[
        [0.016, 0.838],
        [0.022, 0.829],
        [0.034, 0.826],
        [0.046, 0.830],
        [0.052, 0.838],
        [0.046, 0.849],
        [0.034, 0.8535],
        [0.020, 0.851],
    ],
    0.010,
)];
const NOSTRIL: &[Patch] = &[mirrored(
    &[
        [0.0045, 0.8785],
        [0.0062, 0.8765],
        [0.009, 0.8762],
        [0.0112, 0.879],
        [0.0098, 0.8812],
        [0.007, 0.8815],
        [0.0048, 0.8805],
    ],
    0.0018,
)];
const SCALP: &[Patch] = &[mirrored(
    &[
        [-0.2, 0.60],
        [0.36, 0.60],
        [0.36, 0.895],
        [0.24, 0.897],
        [0.20, 0.893],
        [0.178, 0.875],
        [0.166, 0.845],
        [0.150, 0.822],
        [0.128, 0.818],
        [0.121, 0.842],
        [0.104, 0.845],
        [0.099, 0.818],
        [0.089, 0.798],
        [0.086, 0.782],
        [0.066, 0.770],
        [0.04, 0.7655],
        [-0.2, 0.7635],
    ],
    0.018,
)];
const PAINTED_HAIR: &[Patch] = &[mirrored(
    &[
        [-0.2, 0.60],
        [0.36, 0.60],
        [0.36, 0.912],
        [0.24, 0.912],
        [0.19, 0.905],
        [0.168, 0.885],
        [0.160, 0.855],
        [0.152, 0.826],
        [0.128, 0.823],
        [0.119, 0.848],
        [0.105, 0.845],
        [0.098, 0.822],
        [0.084, 0.803],
        [0.070, 0.790],
        [0.05, 0.7815],
        [-0.2, 0.7785],
    ],
    0.012,
)];
const BROW: &[Patch] = &[mirrored(
    &[
        [0.010, 0.8235],
        [0.012, 0.8185],
        [0.024, 0.8145],
        [0.036, 0.8120],
        [0.046, 0.8150],
        [0.055, 0.8220],
        [0.046, 0.8185],
        [0.035, 0.8170],
        [0.022, 0.8205],
        [0.012, 0.8245],
    ],
    0.004,
)];
const MOUSTACHE: &[Patch] = &[mirrored(
    &[
        [-0.2, 0.8880],
        [0.004, 0.8880],
        [0.011, 0.8850],
        [0.0185, 0.8875],
        [0.0255, 0.8985],
        [0.0285, 0.9105],
        [0.0225, 0.9125],
        [0.0195, 0.9045],
        [0.0145, 0.9005],
        [0.010, 0.8975],
        [0.0057, 0.8958],
        [0.0, 0.8975],
        [-0.2, 0.8975],
    ],
    0.0032,
)];
const CHIN: &[Patch] = &[mirrored(
    &[
        [-0.2, 0.9275],
        [0.0045, 0.9275],
        [0.007, 0.9335],
        [0.013, 0.934],
        [0.020, 0.928],
        [0.0215, 0.915],
        [0.0245, 0.908],
        [0.0315, 0.914],
        [0.0345, 0.932],
        [0.033, 0.952],
        [0.022, 0.962],
        [-0.2, 0.966],
    ],
    0.011,
)];
const CHEEK: &[Patch] = &[mirrored(
    &[
        [0.028, 0.917],
        [0.050, 0.9085],
        [0.072, 0.896],
        [0.092, 0.877],
        [0.104, 0.852],
        [0.121, 0.852],
        [0.123, 0.872],
        [0.125, 0.893],
        [0.135, 0.915],
        [0.11, 0.926],
        [0.085, 0.941],
        [0.060, 0.956],
        [0.032, 0.958],
    ],
    0.012,
)];
// Ends short of the island's edge: the neck beyond it belongs to another island, which has no beard.
const UNDER_JAW: &[Patch] = &[mirrored(
    &[
        [-0.2, 0.958],
        [0.03, 0.955],
        [0.065, 0.945],
        [0.10, 0.928],
        [0.130, 0.911],
        [0.142, 0.914],
        [0.122, 0.931],
        [0.090, 0.949],
        [0.055, 0.964],
        [0.025, 0.974],
        [-0.2, 0.978],
    ],
    0.014,
)];
const SIDEBURN: &[Patch] = &[mirrored(
    &[
        [0.100, 0.826],
        [0.121, 0.826],
        [0.123, 0.845],
        [0.122, 0.872],
        [0.107, 0.874],
        [0.102, 0.845],
    ],
    0.010,
)];
const OILY: &[Patch] = &[
    mirrored(
        &[
            [-0.2, 0.782],
            [0.035, 0.785],
            [0.038, 0.812],
            [0.012, 0.824],
            [0.008, 0.850],
            [0.014, 0.871],
            [0.012, 0.880],
            [-0.2, 0.882],
        ],
        0.016,
    ),
    mirrored(
        &[[-0.2, 0.934], [0.011, 0.934], [0.011, 0.951], [-0.2, 0.954]],
        0.012,
    ),
];
const FLUSH: &[Patch] = &[
    mirrored(
        &[
            [0.026, 0.866],
            [0.040, 0.860],
            [0.062, 0.862],
            [0.068, 0.878],
            [0.055, 0.892],
            [0.036, 0.890],
        ],
        0.024,
    ),
    mirrored(
        &[
            [-0.2, 0.868],
            [0.006, 0.868],
            [0.012, 0.873],
            [0.012, 0.881],
            [0.0, 0.882],
            [-0.2, 0.882],
        ],
        0.007,
    ),
    mirrored(
        &[
            [0.128, 0.826],
            [0.148, 0.826],
            [0.156, 0.85],
            [0.146, 0.885],
            [0.130, 0.88],
        ],
        0.012,
    ),
    mirrored(
        &[[-0.2, 0.938], [0.010, 0.938], [0.010, 0.950], [-0.2, 0.952]],
        0.014,
    ),
];
const PALM: &[Patch] = &[
    plain(
        &[
            [0.362, 0.165],
            [0.418, 0.200],
            [0.462, 0.140],
            [0.448, 0.112],
            [0.432, 0.106],
            [0.405, 0.092],
            [0.36, 0.115],
        ],
        0.012,
    ),
    plain(
        &[
            [0.762, 0.165],
            [0.702, 0.200],
            [0.662, 0.140],
            [0.676, 0.112],
            [0.692, 0.106],
            [0.719, 0.092],
            [0.764, 0.115],
        ],
        0.012,
    ),
    plain(
        &[
            [0.535, 0.115],
            [0.56, 0.122],
            [0.556, 0.108],
            [0.541, 0.09],
            [0.548, 0.04],
            [0.535, 0.03],
            [0.528, 0.08],
        ],
        0.010,
    ),
    plain(
        &[
            [0.589, 0.115],
            [0.564, 0.122],
            [0.568, 0.108],
            [0.583, 0.09],
            [0.576, 0.04],
            [0.589, 0.03],
            [0.596, 0.08],
        ],
        0.010,
    ),
    plain(
        &[
            [0.128, 0.125],
            [0.148, 0.142],
            [0.172, 0.125],
            [0.186, 0.050],
            [0.160, 0.015],
            [0.122, 0.028],
        ],
        0.022,
    ),
    plain(
        &[
            [0.270, 0.125],
            [0.250, 0.142],
            [0.226, 0.125],
            [0.212, 0.050],
            [0.238, 0.015],
            [0.276, 0.028],
        ],
        0.022,
    ),
];
const MUCOSA: &[Patch] = &[
    plain(
        &[
            [0.748, 0.005],
            [0.935, 0.005],
            [0.935, 0.146],
            [0.748, 0.146],
        ],
        0.004,
    ),
    plain(
        &[[0.0, 0.535], [0.158, 0.535], [0.158, 0.645], [0.0, 0.645]],
        0.004,
    ),
];
const COVERED: &[Patch] = &[
    plain(
        &[
            [0.33, 0.50],
            [0.43, 0.50],
            [0.45, 0.455],
            [0.41, 0.37],
            [0.35, 0.37],
            [0.31, 0.455],
        ],
        0.02,
    ),
    plain(
        &[[0.295, 0.665], [0.355, 0.665], [0.355, 0.73], [0.295, 0.73]],
        0.02,
    ),
    plain(
        &[[0.407, 0.665], [0.467, 0.665], [0.467, 0.73], [0.407, 0.73]],
        0.02,
    ),
];

impl Region {
    fn patches(self) -> &'static [Patch] {
        match self {
            Self::Face => FACE,
            Self::Lips => LIPS,
            Self::LidMargin => LID_MARGIN,
            Self::EyeSurround => EYE_SURROUND,
            Self::Nostril => NOSTRIL,
            Self::Scalp => SCALP,
            Self::Brow => BROW,
            Self::Moustache => MOUSTACHE,
            Self::Chin => CHIN,
            Self::Cheek => CHEEK,
            Self::UnderJaw => UNDER_JAW,
            Self::Sideburn => SIDEBURN,
            Self::Oily => OILY,
            Self::Flush => FLUSH,
            Self::Palm => PALM,
            Self::Mucosa => MUCOSA,
            Self::PaintedHair => PAINTED_HAIR,
            Self::Covered => COVERED,
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
    fn weight(&self, uv: Vec2) -> f32 {
        let point = if self.half {
            // The torso's and hands' islands share v with the head's; only u tells them apart.
            if uv.x < 0.6 {
                return 0.0;
            }
            Vec2::new((uv.y - MID_V).abs(), uv.x)
        } else {
            uv
        };
        let reach = 0.5 * self.fade;
        let (mut low, mut high) = (Vec2::INFINITY, Vec2::NEG_INFINITY);
        for corner in self.corners {
            low = low.min(Vec2::from(*corner));
            high = high.max(Vec2::from(*corner));
        }
        if point.cmplt(low - reach).any() || point.cmpgt(high + reach).any() {
            return 0.0;
        }
        let inside = signed_distance(point, self.corners);
        let t = ((inside + reach) / self.fade).clamp(0.0, 1.0);
        t * t * (3.0 - 2.0 * t)
    }
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
    fn weights_fade_without_steps() {
        let mut previous = Region::Cheek.weight(Vec2::new(0.92, MID_V));
        for step in 1..4000 {
            let weight = Region::Cheek.weight(Vec2::new(0.92, MID_V + step as f32 * 5e-5));
            assert!((weight - previous).abs() < 0.02);
            previous = weight;
        }
    }
}
