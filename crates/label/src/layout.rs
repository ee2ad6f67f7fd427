//! Which file of a sample holds which label, and how its numbers are encoded. Writers and readers meet here.
//!
//! | folder | file | content |
//! |---|---|---|
//! | `images` | 8-bit sRGB PNG | the picture |
//! | `annotations` | JSON | [`crate::annotations`] |
//! | `parsing` | 8-bit grey PNG | `FaceSynthetics` class, [`crate::class`] |
//! | `eye_parsing` | 8-bit grey PNG | `OpenEDS` class: 0 background, 1 sclera, 2 iris, 3 pupil |
//! | `parts` | 8-bit grey PNG | [`scene::mesh::Part`] as a number |
//! | `instances` | 16-bit grey PNG | person; 0 is scenery or nothing |
//! | `depth` | 32-bit float EXR, channel `Z` | m along the camera's axis; 0 where nothing is |
//! | `depth_sensor` | 32-bit float EXR, channel `Z` | what a depth camera measured: no label; 0 where it measured nothing |
//! | `normals` | 16-bit RGB PNG | camera space (x right, y down, z forward): `n = 2·value / 65535 − 1`; black where nothing is |
//! | `albedo` | 8-bit sRGB PNG | surface colour without light; black where nothing is |
//! | `flow` | 32-bit float EXR, channels `DX`, `DY`, `SEEN` | px to the right and down until the next frame; `SEEN` is 1 where the surface is in that picture with nothing before it, else 0 |
//! | `amodal` | 16-bit grey PNG | bit `k − 1` is set where person `k` (of the first 16) would be seen if nothing hid them |
//! | `damage` | 8-bit grey PNG | id of the damage seen; 0 is none |
//! | `damage_amodal` | 16-bit grey PNG | bit `k − 1` is set where damage `k` (of the first 16) is, though the vehicle itself may hide it |
//! | `repair` | JSON | [`crate::vehicle::Repair`]s |
//! | `uv` | 32-bit float EXR, channels `U`, `V` | texture coordinates, v up; 0 where nothing is |
//!
//! Of 16-bit RGB, Pillow reads the upper 8 bits only; OpenCV (`IMREAD_UNCHANGED`) and `imageio` read all.
//!
//! Every layer comes from one ray through each pixel's centre and is never filtered.

/// Folder of the pictures.
pub const IMAGES: &str = "images";
/// Folder of the typed labels.
pub const ANNOTATIONS: &str = "annotations";
/// Folder of `FaceSynthetics` classes.
pub const PARSING: &str = "parsing";
/// Folder of `OpenEDS` classes.
pub const EYE_PARSING: &str = "eye_parsing";
/// Folder of fine parts.
pub const PARTS: &str = "parts";
/// Folder of instance ids.
pub const INSTANCES: &str = "instances";
/// Folder of depth maps.
pub const DEPTH: &str = "depth";
/// Folder of what a depth camera measured.
pub const DEPTH_SENSOR: &str = "depth_sensor";
/// Folder of normal maps.
pub const NORMALS: &str = "normals";
/// Folder of albedo pictures.
pub const ALBEDO: &str = "albedo";
/// Folder of texture coordinates.
pub const UV: &str = "uv";
/// Folder of masks behind what hides people.
pub const AMODAL: &str = "amodal";
/// Folder of what is seen of damages.
pub const DAMAGE: &str = "damage";
/// Folder of where damages are, seen or not.
pub const DAMAGE_AMODAL: &str = "damage_amodal";
/// Folder of lists for workshops.
pub const REPAIR: &str = "repair";
/// Folder of optical flow.
pub const FLOW: &str = "flow";
/// Channels of optical flow.
pub const FLOW_CHANNELS: [&str; 3] = ["DX", "DY", "SEEN"];
/// Channel of a depth map.
pub const DEPTH_CHANNEL: &str = "Z";
/// Channels of texture coordinates.
pub const UV_CHANNELS: [&str; 2] = ["U", "V"];

/// A unit vector as `normals/*.png` stores it. The zero vector (nothing there) becomes black, which no unit vector does.
pub fn encode_normal(normal: [f32; 3]) -> [u16; 3] {
    if normal == [0.0; 3] {
        return [0; 3];
    }
    normal.map(|n| ((f64::from(n).clamp(-1.0, 1.0) + 1.0) * 0.5 * 65535.0).round() as u16)
}

/// The inverse of [`encode_normal`], within 1.6e-5 per component; `None` for black.
pub fn decode_normal(stored: [u16; 3]) -> Option<[f64; 3]> {
    (stored != [0; 3]).then(|| stored.map(|v| f64::from(v) / 65535.0 * 2.0 - 1.0))
}

/// Linear reflectance in `[0, 1]` to an 8-bit sRGB value (IEC 61966-2-1).
pub fn encode_srgb(linear: f32) -> u8 {
    let x = f64::from(linear).clamp(0.0, 1.0);
    let encoded = if x <= 0.003_130_8 {
        12.92 * x
    } else {
        1.055 * x.powf(1.0 / 2.4) - 0.055
    };
    (encoded * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normals_come_back_within_half_a_step() {
        for n in [[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.267, -0.534, -0.802]] {
            let back = decode_normal(encode_normal(n)).expect("a surface");
            assert!(
                (0..3).all(|i| (back[i] - f64::from(n[i])).abs() < 1.6e-5),
                "{n:?} {back:?}"
            );
        }
        assert_eq!(decode_normal(encode_normal([0.0; 3])), None);
    }

    #[test]
    fn srgb_keeps_its_known_values() {
        assert_eq!([0.0, 0.214_041_14, 1.0].map(encode_srgb), [0, 128, 255]);
    }
}
