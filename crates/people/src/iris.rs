//! Eyes: natural iris colours over the pack's painted fibres, a sclera that is not white, and pupils of any size.
//!
//! The pack paints nine irises in the colours of stained glass. Their fibres are good, so brightness around the pupil is kept and colour is
//! laid anew from photographs of irises: a stroma, a ring around the pupil, a dark limbus. Both eyes share one texture.
//! Deliberately not here: the cornea. The pack's eye has a clear shell over the iris (its texture is transparent there), which becomes a
//! thin clear sheet.
use crate::skin::{linear_from_srgb, srgb8_of};
use glam::{Vec2, Vec3};
use scene::Texture;
use scene::texture::Texels;

/// Where the irises lie in an eye texture; UV with v up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EyePicture {
    /// Middles of the pupils, right eye first.
    pub centres: [Vec2; 2],
    /// Radius of the iris.
    pub iris_radius: f32,
    /// Radius of the painted pupil.
    pub pupil_radius: f32,
}

/// The layout of MakeHuman's high-polygon eyes, measured on their textures.
pub const HIGH_POLY_EYES: EyePicture = EyePicture {
    centres: [Vec2::new(0.7055, 0.704), Vec2::new(0.2925, 0.2975)],
    iris_radius: 0.1145,
    pupil_radius: 0.0325,
};

/// Iris colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EyeColour {
    /// Most of mankind outside Europe: nearly black indoors.
    DarkBrown,
    /// Plainly brown.
    Brown,
    /// Hazel to amber.
    LightBrown,
    /// Green with a brown ring.
    Green,
    /// Between blue and green.
    BlueGreen,
    /// Medium blue.
    Blue,
    /// Pale blue.
    LightBlue,
    /// Dark slate blue.
    DeepBlue,
    /// Grey.
    Grey,
    /// Very pale grey-blue.
    Ice,
}

impl EyeColour {
    /// sRGB of stroma and of the ring around the pupil, in daylight photographs.
    fn swatches(self) -> [[u8; 3]; 2] {
        match self {
            // Thick melanin leaves little of any hue: both ends are dark, and hardly redder than yellow.
            Self::DarkBrown => [[40, 28, 22], [46, 32, 24]],
            Self::Brown => [[66, 41, 25], [80, 50, 30]],
            Self::LightBrown => [[118, 84, 48], [132, 80, 36]],
            Self::Green => [[104, 108, 74], [126, 96, 54]],
            Self::BlueGreen => [[96, 122, 118], [122, 112, 76]],
            Self::Blue => [[94, 115, 133], [126, 130, 120]],
            Self::LightBlue => [[132, 158, 176], [150, 156, 150]],
            Self::DeepBlue => [[68, 88, 112], [96, 100, 98]],
            Self::Grey => [[118, 126, 130], [126, 120, 106]],
            Self::Ice => [[158, 174, 182], [160, 166, 162]],
        }
    }

    /// Linear Rec. 709 albedo of the stroma.
    pub fn stroma(self) -> Vec3 {
        linear(self.swatches()[0])
    }

    /// Linear Rec. 709 albedo of the ring around the pupil.
    pub fn collarette(self) -> Vec3 {
        linear(self.swatches()[1])
    }
}

fn linear(c: [u8; 3]) -> Vec3 {
    Vec3::from(c.map(|c| linear_from_srgb(f32::from(c) / 255.0)))
}

/// The white of an eye.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sclera {
    /// Vessels: 0 rested, 1 bloodshot.
    pub redness: f32,
    /// Yellow tint: 0 a child's, 1 old age.
    pub yellowness: f32,
}

impl Sclera {
    /// What is usual at an age.
    pub fn typical(age_years: f64) -> Self {
        let aged = ((age_years - 20.0) / 60.0).clamp(0.0, 1.0) as f32;
        Self {
            redness: 0.15 + 0.25 * aged,
            yellowness: 0.1 + 0.6 * aged,
        }
    }
}

/// Mean albedo that the sclera gets: ex-vivo sclera reflects more, but eyes are seen through tears, under lids.
const SCLERA_ALBEDO: f32 = 0.52;
/// Albedo of a pupil: a hole with a little scatter from lens and cornea.
const PUPIL_ALBEDO: f32 = 0.004;
/// No texel of sclera is brighter.
const MAX_SCLERA_ALBEDO: f32 = 0.75;
/// Rec. 709.
const LUMINANCE: Vec3 = Vec3::new(0.2126, 0.7152, 0.0722);

/// A painted eye taken apart for one colour of iris: the iris is painted, and of the sclera only vessels and age are left to choose.
#[derive(Debug)]
pub struct EyeDetail {
    width: u32,
    height: u32,
    /// The iris as it will be; elsewhere only alpha counts.
    texels: Vec<[u8; 4]>,
    /// Per texel.
    vessels: Vec<Option<Vessels>>,
    /// Where iris and sclera run into each other: texel, linear albedo of the iris there, share of the sclera.
    limbus: Vec<(u32, Vec3, f32)>,
}

/// A texel of sclera against the mean sclera of its picture; natural logarithms in steps of 1 / [`LOG_STEPS`].
#[derive(Debug, Clone, Copy)]
struct Vessels {
    /// Red, green and blue over the texel's luminance.
    hue: [i16; 3],
    /// Luminance.
    light: i16,
}

/// Steps per unit of log albedo; eight bits of sRGB show some hundred.
const LOG_STEPS: f32 = 1024.0;
/// Logarithms beyond this are black, or hidden by the cap on albedo.
const LOG_RANGE: f32 = 8.0;

impl EyeDetail {
    /// `painted` gives the iris' fibres and the sclera's vessels. `None` if the texture is not 8-bit colour or has no texel in an iris.
    pub fn new(painted: &Texture, picture: &EyePicture, colour: EyeColour) -> Option<Self> {
        let Texels::Srgba8(source) = &painted.texels else {
            return None;
        };
        let (width, height) = (painted.width as usize, painted.height as usize);
        let place = |i: usize| {
            let uv = Vec2::new(
                (i % width) as f32 + 0.5,
                (height - 1 - i / width) as f32 + 0.5,
            ) / Vec2::new(width as f32, height as f32);
            let [a, b] = picture.centres.map(|c| uv.distance(c));
            a.min(b) / picture.iris_radius
        };
        let pupil = picture.pupil_radius / picture.iris_radius;
        let light = |t: &[u8; 4]| {
            (0.2126 * f32::from(t[0]) + 0.7152 * f32::from(t[1]) + 0.0722 * f32::from(t[2]) + 6.0)
                .ln()
        };

        // Fibres are brightness against the mean at the same distance from the pupil.
        let mut rings = [(0.0f32, 0.0f32); RINGS];
        let (mut white, mut white_count) = (Vec3::ZERO, 0.0f32);
        for (i, texel) in source.iter().enumerate() {
            let r = place(i);
            if (pupil..1.0).contains(&r) {
                let ring = &mut rings[(r * RINGS as f32) as usize];
                *ring = (ring.0 + light(texel), ring.1 + 1.0);
            } else if (1.3..1.9).contains(&r) {
                white += linear([texel[0], texel[1], texel[2]]);
                white_count += 1.0;
            }
        }
        if white_count == 0.0 || rings.iter().all(|ring| ring.1 == 0.0) {
            return None;
        }
        let white = white / white_count;
        let mean_light = white.dot(LUMINANCE);

        let [stroma, collarette] = colour.swatches().map(linear);
        let iris = |r: f32, texel: &[u8; 4]| {
            let ring = rings[((r * RINGS as f32) as usize).min(RINGS - 1)];
            let fibre = if ring.1 > 0.0 {
                (0.8 * (light(texel) - ring.0 / ring.1))
                    .clamp(-1.0, 0.7)
                    .exp()
            } else {
                1.0
            };
            let depth = ((r - pupil) / (1.0 - pupil)).clamp(0.0, 1.0);
            let hue = collarette.lerp(stroma, smooth(0.08, 0.42, depth));
            // The limbus: the iris' edge is dark, and blurred by the sclera over it.
            let limbus = 1.0 - 0.62 * smooth(0.80, 0.97, r);
            Vec3::splat(PUPIL_ALBEDO)
                .lerp(hue * fibre * limbus, smooth(pupil * 0.93, pupil * 1.07, r))
        };
        let steps = |ratio: f32| {
            (ratio.max(1e-9).ln().clamp(-LOG_RANGE, LOG_RANGE) * LOG_STEPS).round() as i16
        };
        // Vessels are what is redder than the mean: keep their place, choose their strength.
        let vessels = |texel: &[u8; 4]| {
            let here = linear([texel[0], texel[1], texel[2]]);
            let luminance = here.dot(LUMINANCE);
            let hue = here / luminance.max(1e-3) / (white / mean_light);
            Vessels {
                hue: hue.to_array().map(steps),
                light: steps(luminance / mean_light),
            }
        };
        let mut detail = Self {
            width: painted.width,
            height: painted.height,
            texels: Vec::with_capacity(source.len()),
            vessels: Vec::with_capacity(source.len()),
            limbus: Vec::new(),
        };
        for (i, texel) in source.iter().enumerate() {
            let r = place(i);
            let share = smooth(0.94, 1.12, r);
            detail.vessels.push((share > 0.0).then(|| vessels(texel)));
            let [red, green, blue] = if share < 1.0 {
                let albedo = iris(r, texel);
                if share > 0.0 {
                    detail.limbus.push((i as u32, albedo, share));
                }
                srgb8(albedo)
            } else {
                [0; 3]
            };
            detail.texels.push([red, green, blue, texel[3]]);
        }
        Some(detail)
    }

    /// The eye with this white. Alpha stays as painted.
    pub fn paint(&self, sclera: &Sclera) -> Texture {
        let yellow = Vec3::new(
            1.0,
            1.0 - 0.035 * sclera.yellowness,
            1.0 - 0.16 * sclera.yellowness,
        );
        let strength = 0.4 + 1.8 * sclera.redness;
        let log_albedo = |vessels: &Vessels| {
            vessels
                .hue
                .map(|hue| strength * f32::from(hue) + 0.8 * f32::from(vessels.light))
        };
        let albedo = |log: f32, yellow: f32| {
            ((log / LOG_STEPS).exp() * yellow * SCLERA_ALBEDO).min(MAX_SCLERA_ALBEDO)
        };
        // A quarter of the steps is fine enough for bytes.
        let tables = yellow.to_array().map(|yellow| {
            (0..=(0.5 * LOG_RANGE * LOG_STEPS) as usize)
                .map(|i| srgb8_of(albedo(4.0 * i as f32 - LOG_RANGE * LOG_STEPS, yellow)))
                .collect::<Vec<u8>>()
        });
        let byte = |log: f32, table: &[u8]| {
            let at = (log + LOG_RANGE * LOG_STEPS) * 0.25 + 0.5;
            table[(at.max(0.0) as usize).min(table.len() - 1)]
        };
        let mut texels = self.texels.clone();
        for (texel, vessels) in texels.iter_mut().zip(&self.vessels) {
            let Some(vessels) = vessels else { continue };
            let [r, g, b] = log_albedo(vessels);
            *texel = [
                byte(r, &tables[0]),
                byte(g, &tables[1]),
                byte(b, &tables[2]),
                texel[3],
            ];
        }
        for (i, iris, share) in &self.limbus {
            let i = *i as usize;
            let Some(vessels) = &self.vessels[i] else {
                continue;
            };
            let [r, g, b] = log_albedo(vessels);
            let outside = Vec3::new(
                albedo(r, yellow.x),
                albedo(g, yellow.y),
                albedo(b, yellow.z),
            );
            let [r, g, b] = srgb8(iris.lerp(outside, *share));
            texels[i] = [r, g, b, texels[i][3]];
        }
        Texture {
            width: self.width,
            height: self.height,
            texels: Texels::Srgba8(texels),
        }
    }
}

fn srgb8(colour: Vec3) -> [u8; 3] {
    colour.to_array().map(srgb8_of)
}

/// Rings over which the iris' mean brightness is taken.
const RINGS: usize = 24;

fn smooth(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Where to look up the texture at a vertex of the eye so that the pupil gets another size: `pupil_share` is its radius over the iris',
/// `[0.15, 0.75]` (a pupil of 2 to 8 mm in an iris of 11.8 mm). UVs outside the irises stay. Labels by UV move along.
pub fn with_pupil(uv: Vec2, picture: &EyePicture, pupil_share: f32) -> Vec2 {
    let wanted = pupil_share.clamp(0.15, 0.75);
    let painted = picture.pupil_radius / picture.iris_radius;
    let centre = if uv.distance(picture.centres[0]) < uv.distance(picture.centres[1]) {
        picture.centres[0]
    } else {
        picture.centres[1]
    };
    let offset = uv - centre;
    let r = offset.length() / picture.iris_radius;
    if r >= 1.0 || r <= 0.0 {
        return uv;
    }
    let moved = if r < wanted {
        r * painted / wanted
    } else {
        painted + (r - wanted) * (1.0 - painted) / (1.0 - wanted)
    };
    centre + offset * (moved / r)
}

/// Usual pupil radius over iris radius: pupils shrink with age (Winn et al. 1994) and open in the dark. `darkness` 0 is sunlight, 1 a dim room.
pub fn typical_pupil_share(age_years: f64, darkness: f64) -> f64 {
    let iris_diameter_mm = 11.8;
    let dim_mm = 7.4 - 0.043 * (age_years.clamp(10.0, 90.0) - 10.0);
    let bright_mm = 2.8 - 0.006 * age_years.clamp(10.0, 90.0);
    (bright_mm + (dim_mm - bright_mm) * darkness.clamp(0.0, 1.0)) / iris_diameter_mm
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: EyePicture = HIGH_POLY_EYES;

    fn painted() -> Texture {
        let size = 256u32;
        let texels = (0..size * size)
            .map(|i| {
                let uv = Vec2::new((i % size) as f32 + 0.5, (size - 1 - i / size) as f32 + 0.5)
                    / size as f32;
                let (offset, r) = PICTURE
                    .centres
                    .map(|c| (uv - c, uv.distance(c) / PICTURE.iris_radius))
                    .into_iter()
                    .min_by(|a, b| a.1.total_cmp(&b.1))
                    .expect("an eye");
                let fibre = (offset.to_angle() * 20.0).sin() > 0.0;
                if r < 0.29 {
                    [6, 6, 6, 255]
                } else if r < 1.0 {
                    if fibre {
                        [150, 40, 30, 255]
                    } else {
                        [70, 20, 15, 255]
                    }
                } else if uv.x > 0.9 && uv.y < 0.1 {
                    [0, 0, 0, 0]
                } else if i % 17 == 0 {
                    [215, 150, 150, 255]
                } else {
                    [235, 228, 224, 255]
                }
            })
            .collect();
        Texture {
            width: size,
            height: size,
            texels: Texels::Srgba8(texels),
        }
    }

    fn paint_eye(
        painted: &Texture,
        picture: &EyePicture,
        colour: EyeColour,
        sclera: Sclera,
    ) -> Option<Texture> {
        Some(EyeDetail::new(painted, picture, colour)?.paint(&sclera))
    }

    fn mean(texture: &Texture, from: f32, to: f32) -> Vec3 {
        let Texels::Srgba8(texels) = &texture.texels else {
            panic!("colour")
        };
        let size = texture.width as usize;
        let mut sum = Vec3::ZERO;
        let mut count = 0.0;
        for (i, t) in texels.iter().enumerate() {
            let uv = Vec2::new((i % size) as f32 + 0.5, (size - 1 - i / size) as f32 + 0.5)
                / size as f32;
            let r = uv.distance(PICTURE.centres[0]) / PICTURE.iris_radius;
            if (from..to).contains(&r) {
                sum += linear([t[0], t[1], t[2]]);
                count += 1.0;
            }
        }
        sum / count
    }

    const RESTED: Sclera = Sclera {
        redness: 0.1,
        yellowness: 0.1,
    };

    #[test]
    fn irises_take_their_colours_whatever_was_painted() {
        for colour in [
            EyeColour::Brown,
            EyeColour::LightBrown,
            EyeColour::Green,
            EyeColour::BlueGreen,
            EyeColour::Blue,
            EyeColour::LightBlue,
            EyeColour::DeepBlue,
            EyeColour::Grey,
            EyeColour::Ice,
        ] {
            let got = mean(
                &paint_eye(&painted(), &PICTURE, colour, RESTED).expect("an eye"),
                0.62,
                0.78,
            );
            let off = ((got - colour.stroma()) / colour.stroma())
                .abs()
                .max_element();
            assert!(
                off < 0.15,
                "{colour:?}: {got} instead of {}",
                colour.stroma()
            );
        }
    }

    #[test]
    fn pupils_are_black_scleras_are_not_white_and_fibres_stay() {
        let eye = paint_eye(&painted(), &PICTURE, EyeColour::Blue, RESTED).expect("an eye");
        assert!(mean(&eye, 0.0, 0.2).max_element() < 0.01);
        let white = mean(&eye, 1.3, 1.9);
        assert!(
            white.max_element() < 0.62 && white.min_element() > 0.35,
            "{white}"
        );
        let Texels::Srgba8(texels) = &eye.texels else {
            panic!("colour")
        };
        let ring: Vec<u8> = (0..256 * 256)
            .filter(|i| {
                let uv = Vec2::new((i % 256) as f32 + 0.5, (255 - i / 256) as f32 + 0.5) / 256.0;
                (0.6..0.7).contains(&(uv.distance(PICTURE.centres[1]) / PICTURE.iris_radius))
            })
            .map(|i| texels[i][2])
            .collect();
        assert!(ring.iter().max().expect("an eye") - ring.iter().min().expect("an eye") > 25);
        let before = painted();
        let Texels::Srgba8(before) = &before.texels else {
            panic!("colour")
        };
        assert!(
            before.iter().zip(texels).all(|(b, a)| b[3] == a[3]),
            "the cornea's window moved"
        );
    }

    #[test]
    fn redness_and_age_colour_the_sclera() {
        let with = |redness: f32, yellowness: f32| {
            mean(
                &paint_eye(
                    &painted(),
                    &PICTURE,
                    EyeColour::Brown,
                    Sclera {
                        redness,
                        yellowness,
                    },
                )
                .expect("an eye"),
                1.3,
                1.9,
            )
        };
        let (rested, old) = (with(0.1, 0.0), with(0.1, 1.0));
        assert!(old.z / old.x < 0.9 * rested.z / rested.x);
        let (Texels::Srgba8(calm), Texels::Srgba8(sore)) = (
            paint_eye(
                &painted(),
                &PICTURE,
                EyeColour::Brown,
                Sclera {
                    redness: 0.0,
                    yellowness: 0.0,
                },
            )
            .expect("an eye")
            .texels,
            paint_eye(
                &painted(),
                &PICTURE,
                EyeColour::Brown,
                Sclera {
                    redness: 1.0,
                    yellowness: 0.0,
                },
            )
            .expect("an eye")
            .texels,
        ) else {
            panic!("colour")
        };
        let vessel = 17 * 3;
        assert!(
            i32::from(sore[vessel][0]) - i32::from(sore[vessel][1])
                > 10 + i32::from(calm[vessel][0]) - i32::from(calm[vessel][1])
        );
    }

    #[test]
    fn a_wider_pupil_shows_the_painted_one_at_a_larger_radius_and_nothing_folds() {
        let centre = PICTURE.centres[1];
        for share in [0.15, 0.3, 0.5, 0.75] {
            let at = |r: f32| {
                (with_pupil(centre + Vec2::X * r * PICTURE.iris_radius, &PICTURE, share) - centre).x
                    / PICTURE.iris_radius
            };
            assert!((at(share) - PICTURE.pupil_radius / PICTURE.iris_radius).abs() < 1e-4);
            for k in 1..100 {
                assert!(
                    at(k as f32 / 100.0) > at((k - 1) as f32 / 100.0),
                    "share {share} folds at {k} %"
                );
            }
            let outside = centre + Vec2::new(0.13, 0.02);
            assert_eq!(with_pupil(outside, &PICTURE, share), outside);
        }
        assert!(typical_pupil_share(25.0, 0.8) > typical_pupil_share(25.0, 0.1));
        assert!(typical_pupil_share(75.0, 0.8) < typical_pupil_share(25.0, 0.8));
    }

    #[test]
    fn textures_without_an_eye_are_refused() {
        let grey = Texture {
            width: 1,
            height: 1,
            texels: Texels::Linear8(vec![9]),
        };
        let small = Texture {
            width: 1,
            height: 1,
            texels: Texels::Srgba8(vec![[9; 4]]),
        };
        for texture in [grey, small] {
            assert!(paint_eye(&texture, &PICTURE, EyeColour::Brown, RESTED).is_none());
        }
    }
}
